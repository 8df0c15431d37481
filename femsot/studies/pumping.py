"""Spin and orbital pumping: what a precessing magnet sends out, and what it loses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from femsot.base.components import SPIN
from femsot.base.constants import e, mu_B
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
    for end, boundary in (("bottom", stack.bottom), ("top", stack.top)):
        if isinstance(boundary, Contact):
            quiet[end] = Contact(voltage=0.0, spin=boundary.spin, orbital=boundary.orbital)
        elif isinstance(boundary, Injection):
            quiet[end] = None
    quiet |= dict.fromkeys(("current_density", "in_layer", "current", "width"))
    quiet |= {"electric_field": (0.0, 0.0, 0.0), "magnetization_rate": {layer: rate}}
    return solve(replace(stack, **quiet), method="exact")


@dataclass(frozen=True, eq=False, kw_only=True)
class Damping:
    """The Gilbert damping of one magnet that its precession in the stack brings, by who takes the moment.

    Parameters
    ----------
    layer : the magnet's name.
    sinks : alpha (...) by the name of a layer or interface, or "bottom" and "top" for what leaves the stack.
    """

    layer: str
    sinks: Mapping[str, Array]

    @property
    def total(self) -> Array:
        """Return the sum of all sinks (...)."""
        return np.asarray(sum(self.sinks.values(), np.zeros(())))

    @property
    def inside(self) -> Array:
        """Return what the magnet's own electrons lose while they precess along (...): it has that alone too."""
        return self.sinks.get(self.layer, np.zeros(()))

    @property
    def pumped(self) -> Array:
        """Return what everything but the magnet takes (...): what its neighbours add."""
        return np.asarray(self.total - self.inside)


def induced_damping(stack: Stack, layer: str) -> Damping:
    """Return the Gilbert damping that pumping brings to one magnet, averaged over both directions of precession.

    alpha = (g/2) mu_B/(e M_s d) tau.(m x dm/dt)/|dm/dt|^2, d without the dead layer, tau all that m receives. Spin
    is conserved, so that tau is what layers and interfaces lose to lattice, orbit and other magnetizations, and what
    leaves through the ends.

    Parameters
    ----------
    stack : its other drives are switched off.
    layer : the magnet; with saturation_magnetization.

    Returns
    -------
    Damping
        By sink; into an ideal sink `total` is gamma hbar^2 G_r/(4 e^2 M_s d) (Tserkovnyak et al., Rev. Mod. Phys. 77,
        1375 (2005)).

    Raises
    ------
    InputError
        If the layer is no magnet or has no saturation_magnetization.
    """
    record = stack.layers[stack.index(layer)]
    ms = record.material.saturation_magnetization
    if record.magnetization is None or ms is None:
        raise InputError(Fault(f"layers.{layer}", "needs a magnetization and saturation_magnetization for its damping"))
    m = Checks(f"layers.{layer}").unit_vector("magnetization", record.magnetization)
    first = np.cross(m, np.where(np.abs(m[..., :1]) < 0.6, [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]))
    first = first / np.linalg.norm(first, axis=-1, keepdims=True)
    conserving = replace(stack, closure="conserving")
    sinks: dict[str, Array] = {}
    for direction in (first, np.cross(m, first)):
        along = np.cross(m, direction) / 2
        solution = pumped(conserving, layer, direction)
        torque = solution.torque(layer)
        assert torque.moment is not None
        unit = np.asarray(torque.g_factor) / 2 * mu_B / e / torque.moment
        for name, spin in _sinks(solution, layer).items():
            sinks[name] = sinks.get(name, np.zeros(())) - unit * (spin * along).sum(-1)
    return Damping(layer=layer, sinks=sinks)


def _sinks(solution: StackSolution, layer: str) -> dict[str, Array]:
    """Spin (..., 3) that each layer and interface takes but for what m of `layer` receives; what leaves open ends."""
    stack = solution.stack
    sinks: dict[str, Array] = {}
    for part in stack.layers:
        balance = solution.budget(part.name)
        if balance is None:  # an insulator
            continue
        lost = balance.spin_flip + balance.orbital_exchange
        sinks[part.name] = lost if part.name == layer else lost + balance.exchange
    for i, name in enumerate(solution.interface_names):
        if stack.maps[i] is None:
            continue
        state = solution.interface(name)
        owner = stack.interface_owner(i)
        others = owner is None or stack.layers[owner].name != layer
        sinks[name] = state.torque_lattice + (state.torque_magnetization if others else 0.0)
    if stack.bottom is not None and stack.bottom.fixed():
        sinks["bottom"] = -_current(solution, 0, 0)
    if stack.top is not None and stack.top.fixed():
        sinks["top"] = _current(solution, -1, 1)
    return sinks


def _current(solution: StackSolution, layer: int, side: int) -> Array:
    """Spin current (..., 3) along +z at the bottom (0) or top (1) of a layer; zero in an insulator."""
    fields = solution.fields.layers[layer]
    return np.zeros(3) if fields is None else np.asarray(fields.J[..., side, SPIN])


__all__ = ["Damping", "induced_damping", "pumped"]
