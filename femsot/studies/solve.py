"""Solve a stack, or a whole grid of stacks at once."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args, overload

import numpy as np

from femsot.base.errors import Fault, InputError, PhysicsWarning, SolveError, did_you_mean
from femsot.base.quantities import Array
from femsot.model.device import Device
from femsot.model.replace import with_values
from femsot.model.stack import Method, Stack
from femsot.model.validity import NING24, law_warnings, thin_layers
from femsot.results.solution import Report, Solution
from femsot.solvers import boltzmann, exact
from femsot.solvers.layers import layer_tensors
from femsot.solvers.record import Fields

if TYPE_CHECKING:
    from femsot.results.device import DeviceSolution

#: a solution whose flux law, balance or interface law is off by more is refused
TOLERANCE = 1e-6


@overload
def solve(
    model: Stack, *, method: str | None = None, closure: str | None = None, order: int | None = None
) -> Solution: ...


@overload
def solve(
    model: Device, *, closure: str | None = None, order: int | None = None, solver: str | None = None
) -> DeviceSolution: ...


def solve(
    model: Stack | Device,
    *,
    method: str | None = None,
    closure: str | None = None,
    order: int | None = None,
    solver: str | None = None,
) -> Solution | DeviceSolution:
    """The solved stack or device; `method` ("exact", "fem", "boltzmann") and `closure` replace the stack's own.

    `order` is that of the finite elements: 1 (P1, a device's default) or 2 (P2, a stack's); `solver` is a device's:
    "auto", "direct", "krylov", "pardiso", "petsc" (docs/solvers.md); `femsot.studies.solve_device` has more to set.
    "boltzmann" reports how well it has converged in angle (docs/boltzmann.md).
    Warns with `PhysicsWarning` where a model breaks reciprocity or creates power. Raises `InputError` for
    a method or closure that is unknown, `SolveError` for a stack without a unique solution.
    """
    if closure is not None and closure != model.closure:
        model = replace(model, closure=closure)  # type: ignore[arg-type]
    if isinstance(model, Device):
        if method not in (None, "fem"):
            raise InputError(Fault("method", "for a device", "'fem'", value=repr(method)))
        from .solve_device import solve_device  # finite elements load with the first device

        return solve_device(model, order=1 if order is None else order, solver=solver or "auto")
    if solver is not None:
        raise InputError(
            Fault("solver", "for a stack", "none", "only a device's equations have a choice", value=repr(solver))
        )
    return _solve_stack(model, method, order=2 if order is None else order)


def _solve_stack(stack: Stack, method: str | None, *, order: int) -> Solution:
    start = time.perf_counter()
    method = method or stack.method
    if method not in get_args(Method):
        raise InputError(Fault("method", "", *did_you_mean(method, get_args(Method)), value=repr(method)))
    if order not in (1, 2):
        raise InputError(Fault("order", allowed="1 (P1) or 2 (P2)", value=repr(order)))
    fields = _fields(stack, method, order=order)
    residual = float(np.max(fields.residual))
    if not residual < TOLERANCE:
        raise SolveError(f"residual {residual:.2g} of the largest current, allowed: < {TOLERANCE:g}")
    found = model_warnings(stack, method=method)
    for text in found:
        warnings.warn(text, PhysicsWarning, stacklevel=3)
    seconds, angular = time.perf_counter() - start, fields.angular_error
    report = Report(fields.method, fields.unknowns, residual, seconds, found, angular_error=angular)
    return Solution(stack, fields, report)


def _fields(stack: Stack, method: str, *, order: int) -> Fields:
    """What the solver of that name finds."""
    if method == "exact":
        return exact.solve(stack)
    if _batched(stack):
        raise InputError(
            Fault("method", f"{method!r} solves one stack, not a batch", "'exact', or one point at a time")
        )
    if method == "boltzmann":
        return boltzmann.solve(stack)
    from femsot.solvers import fem

    return fem.solve(stack, order=order)


def solve_many(stack: Stack, values: Mapping[str, Any], *, closure: str | None = None) -> Solution:
    """Many stacks in one batch, exactly: fields by dotted path -> arrays that broadcast with each other.

    `solve_many(stack, {"layers.Ni.thickness": t, "materials.Ni.exchange_length": l})`; vectors such as
    "layers.Ni.magnetization" are (..., 3). Every array of the solution carries the broadcast shape first.
    A point takes 10 to 20 kB at the peak: give more than 1e5 points in parts.
    """
    arrays: dict[str, Array] = {path: np.array(value) for path, value in values.items()}
    for array in arrays.values():
        array.setflags(write=False)
    try:
        return solve(with_values(stack, arrays), method="exact", closure=closure)
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        shapes = ", ".join(f"{path} {array.shape}" for path, array in arrays.items())
        raise InputError(Fault("solve_many", f"the arrays do not broadcast with each other: {shapes}")) from error


def _batched(stack: Stack) -> bool:
    """Is any number of the stack an array?"""
    tensors = [layer for layer in layer_tensors(stack) if layer is not None]
    laws = [law for law in stack.maps if law is not None]
    return (
        any(layer.C.ndim > 4 or layer.m.ndim > 1 or layer.external.ndim > 1 for layer in tensors)
        or any(law.conductance.ndim > 4 for law in laws)
        or stack.z.ndim > 1
    )


def model_warnings(stack: Stack, swept: Mapping[str, Array] | None = None, *, method: str | None = None) -> list[str]:
    """What a referee would object to in the models of a stack, one text each; `swept` as of `thin_layers`.

    `method` replaces the stack's own: Boltzmann's equation has no drift-diffusion to be warned of.
    """
    if (method or stack.method) == "boltzmann":
        return [str(x) for x in boltzmann.warnings(stack)]
    found = thin_layers(stack, swept)
    if not stack.exchange_is_torque:
        found.append(NING24)
    for bulk in {bulk.name: bulk for bulk in stack.bulks if bulk is not None}.values():
        found += bulk.warnings
    for i in range(len(stack.layers) - 1):
        name = stack.interface_name(i)
        found += law_warnings(name, stack.law(i), stack.bulks[i : i + 2])
    return found
