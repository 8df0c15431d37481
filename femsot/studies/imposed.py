"""The in-plane field of a stack whose current is given: the answer is linear in the field, so two fields tell it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from femsot.base.quantities import Array
from femsot.model.drive import driven, sheet_current
from femsot.model.stack import Stack
from femsot.results.stack import StackSolution

#: a stack whose in-plane current is not given
NO_CURRENT: dict[str, Any] = dict.fromkeys(("current_density", "in_layer", "current", "width"))


def with_field(stack: Stack, solve: Callable[[Stack], StackSolution]) -> Stack:
    """Return the stack driven by the field that makes its current the given one.

    K(E) = K_0 + M E, with K_0 of the other drives alone and the columns of M of fields along x and y alone.
    """
    wanted = sheet_current(stack)
    layer = stack.in_layer
    alone = replace(stack, electric_field=(0.0, 0.0, 0.0), **NO_CURRENT)
    quiet = without_drives(stack)
    along = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
    columns = [_sheet(solve(replace(quiet, electric_field=field)), layer) for field in along]
    response = np.stack(np.broadcast_arrays(*columns), axis=-1)
    others = _sheet(solve(alone), layer) if driven(alone) else np.zeros(2)
    field = np.linalg.solve(response, (wanted - others)[..., None])[..., 0]
    return replace(alone, electric_field=np.concatenate([field, np.zeros_like(field[..., :1])], axis=-1))


def without_drives(stack: Stack) -> Stack:
    """Return the stack with the same ends, and nothing that drives."""
    bottom = None if stack.bottom is None else stack.bottom.quiet()
    top = None if stack.top is None else stack.top.quiet()
    alone = replace(stack, electric_field=(0.0, 0.0, 0.0), **NO_CURRENT)
    return replace(alone, magnetization_rate={}, bottom=bottom, top=top)


def _sheet(solution: StackSolution, layer: str | None) -> Array:
    """The in-plane current (..., 2) of one layer, or of all [A/m]."""
    if layer is not None:
        return solution.sheet_current(layer)
    conducting = [x.name for x in solution.stack.layers if x.material.metallic]
    return sum((solution.sheet_current(name) for name in conducting), np.zeros(2))
