"""Spin and orbital pumping: what a precessing magnet sends out, and what it loses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from femsot.base.errors import Checks, Fault, InputError
from femsot.base.quantities import Array
from femsot.model.stack import Contact, Injection, Stack
from femsot.results.stack import StackSolution

from .solve import solve


def pumped(stack: Stack, layer: str, rate: Any) -> StackSolution:
    """The stack driven by dm/dt = `rate` (..., 3) [1/s] of one magnet alone, every other drive switched off.

    Contacts are short-circuited. Sheet currents of the solution are those of the inverse Hall effects.
    """
    quiet: dict[str, Any] = {}
    for end in ("bottom", "top"):
        boundary = getattr(stack, end)
        if isinstance(boundary, Contact):
            quiet[end] = Contact(voltage=0.0, spin=boundary.spin, orbital=boundary.orbital)
        elif isinstance(boundary, Injection):
            quiet[end] = None
    quiet |= {"electric_field": (0.0, 0.0, 0.0), "magnetization_rate": {layer: rate}}
    return solve(replace(stack, **quiet), method="exact")


def induced_damping(stack: Stack, layer: str) -> Array:
    """The Gilbert damping that pumping adds to `layer`, averaged over both directions of precession (...).

    alpha = (g/2) mu_B/(e M_s d) tau.(m x dm/dt)/|dm/dt|^2, d without the dead layer and tau all that m receives, bulk
    and interfaces. Into an ideal sink it is gamma hbar^2 G_r/(4 e^2 M_s d) (Tserkovnyak et al., Rev. Mod. Phys. 77,
    1375 (2005)).
    In a metallic magnet it includes what its own electrons lose by spin flip while they precess along.
    """
    record = stack.layers[stack.index(layer)]
    ms = record.material.saturation_magnetization
    if record.magnetization is None or ms is None:
        raise InputError(Fault(f"layers.{layer}", "needs a magnetization and saturation_magnetization for its damping"))
    m = Checks(f"layers.{layer}").unit_vector("magnetization", record.magnetization)
    first = np.cross(m, np.where(np.abs(m[..., :1]) < 0.6, [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]))
    first = first / np.linalg.norm(first, axis=-1, keepdims=True)
    damping = np.zeros(())
    conserving = replace(stack, closure="conserving")
    for direction in (first, np.cross(m, first)):
        torque = pumped(conserving, layer, direction).torque(layer)
        assert torque.rate is not None
        damping = damping + (torque.rate * np.cross(m, direction)).sum(-1) / 2
    return damping


__all__ = ["induced_damping", "pumped"]
