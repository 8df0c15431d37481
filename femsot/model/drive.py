"""What drives a stack: an in-plane field or current, ends, magnets that precess."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from femsot.base.errors import Checks, Fault, did_you_mean
from femsot.base.quantities import Array

from .boundaries import Contact, Injection

if TYPE_CHECKING:
    from .stack import Stack


def check_drive(stack: Stack) -> list[Fault]:
    """Faults of what drives a stack."""
    checks = Checks("drive")
    checks.finite(electric_field=stack.electric_field)
    field = np.asarray(stack.electric_field)
    if field.shape[-1:] != (3,):
        checks.fail("electric_field", allowed="three numbers, x y z", value=repr(stack.electric_field))
    elif np.any(field[..., 2] != 0):
        checks.fail(
            "electric_field",
            allowed="0",
            hint="drive along z by contacts",
            value=f"E_z = {np.max(np.abs(field[..., 2])):g} V/m",
        )
    _check_current(stack, checks)
    magnets = [layer.name for layer in stack.layers if layer.material.magnetic]
    for name, rate in stack.magnetization_rate.items():
        if name not in magnets:
            checks.fail(f"magnetization_rate.{name}", "no magnet of that name", *did_you_mean(name, magnets))
        elif _silent(stack, name):
            checks.fail(
                f"magnetization_rate.{name}",
                f"interface {_silent(stack, name)} does not pump",
                "no rate beside it",
            )
        elif np.shape(rate)[-1:] != (3,) or np.iscomplexobj(rate) or not np.all(np.isfinite(rate)):
            checks.fail(f"magnetization_rate.{name}", allowed="three finite numbers", value=repr(rate))
    return checks.faults


def _silent(stack: Stack, layer: str) -> str | None:
    """The interface of a magnet whose law has no pumping."""
    i = stack.index(layer)
    beside = [stack.interface_name(j) for j in (i - 1, i) if 0 <= j < len(stack.layers) - 1]
    return next((name for name in beside if name in stack.laws and not stack.laws[name].pumps), None)


def _check_current(stack: Stack, checks: Checks) -> None:
    """One of field, current density and current; what goes with each."""
    checks.finite(current_density=stack.current_density, current=stack.current)
    checks.positive(width=stack.width)
    words = {"current_density": stack.current_density, "current": stack.current}
    drives = [name for name, value in words.items() if value is not None]
    drives = (["electric_field"] if np.any(stack.electric_field) else []) + drives
    if len(drives) > 1:
        checks.fail(drives[-1], f"given beside {drives[0]}", "electric_field, current_density or current, one of them")
    if stack.current_density is not None and np.shape(stack.current_density)[-1:] != (2,):
        checks.fail("current_density", allowed="two numbers, along x and y", value=repr(stack.current_density))
    if stack.in_layer is not None:
        conducting = [layer.name for layer in stack.layers if layer.material.metallic]
        if stack.current_density is None:
            checks.fail("in_layer", "given without current_density", "both")
        if stack.in_layer not in conducting:
            known = did_you_mean(stack.in_layer, conducting)
            checks.fail("in_layer", "no conducting layer of that name", *known, value=repr(stack.in_layer))
    if (stack.current is None) != (stack.width is None):
        missing = "width" if stack.width is None else "current"
        checks.fail(missing, "missing, required", f"current and width, as in {missing} = {_EXAMPLES[missing]}")


_EXAMPLES = {"width": '"5 um"', "current": '"1 mA"'}


def sheet_current(stack: Stack) -> Array:
    """Return the in-plane current (..., 2) that is imposed, over the width [A/m], of the layer `in_layer` or of all."""
    if stack.current is not None:
        along = np.asarray(stack.current) / np.asarray(stack.width)
        return np.stack([along, np.zeros_like(along)], axis=-1)
    names = {layer.name for layer in stack.layers if layer.material.metallic}
    names &= names if stack.in_layer is None else {stack.in_layer}
    layers = [layer for layer in stack.layers if layer.name in names]
    thickness = sum((np.asarray(layer.thickness, dtype=float) for layer in layers), np.zeros(()))
    return np.asarray(stack.current_density) * thickness[..., None]


def driven(stack: Stack) -> bool:
    """Does anything drive the stack?"""
    ends = [stack.bottom, stack.top]
    contacts = [end for end in ends if isinstance(end, Contact)]
    volts = [np.asarray(end.voltage) for end in contacts if end.voltage is not None]
    currents: list[Any] = [end.current_density for end in contacts if end.current_density is not None]
    currents += [end.spin_current for end in ends if isinstance(end, Injection)]
    currents += [end.orbital_current for end in ends if isinstance(end, Injection)]
    currents += [x for x in (stack.current_density, stack.current) if x is not None]
    biased = len(volts) == 2 and bool(np.any(volts[0] != volts[1]))
    return biased or any(np.any(x) for x in (stack.electric_field, *stack.magnetization_rate.values(), *currents))
