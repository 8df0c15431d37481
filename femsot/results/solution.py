"""The result a user holds: potentials and currents anywhere, torques, budget, and the record of `result.json`."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from femsot.base.components import COMPONENTS, ORBITAL, PHI, SPIN, apply
from femsot.base.errors import Fault, InputError
from femsot.base.files import plain
from femsot.base.quantities import Array
from femsot.model.record import resolved
from femsot.model.stack import Contact, Injection, Stack
from femsot.solvers.layers import LayerTensors
from femsot.solvers.record import Fields
from femsot.version import __version__

from .torque import Budget, InterfaceState, Torque, torque_dict


@dataclass(frozen=True, eq=False)
class Report:
    """How the solution was reached."""

    method: str
    unknowns: int
    residual: float  #: worst violation of flux law, balance and interface laws over the largest current
    seconds: float
    warnings: list[str] = field(default_factory=list)
    angular_error: float | None = None  #: largest relative change between two angular orders; method "boltzmann" only


@dataclass(frozen=True, eq=False)
class Solution:
    """A solved stack, or a batch of them: leading axes of every array are the batch."""

    stack: Stack
    fields: Fields
    report: Report

    @property
    def tensors(self) -> tuple[LayerTensors | None, ...]:
        return self.fields.tensors

    @cached_property
    def largest(self) -> Array:
        """The largest current of the stack (...), the drives by Hall effects and pumping included [A/m^2]."""
        sizes = []
        for layer, fields, tensors in zip(self.stack.layers, self.fields.layers, self.tensors, strict=True):
            if fields is not None and tensors is not None:
                pumped = np.abs(tensors.source).max(-1) * layer.thickness
                sizes += [np.abs(fields.J).max((-2, -1)), np.abs(tensors.external).max(-1), pumped]
        return np.asarray(np.max(np.stack(np.broadcast_arrays(*sizes)), 0))

    def _end(self, i: int, side: int, *, flux: bool) -> Array:
        """mu or J (..., 7) at the bottom (0) or top (1) of layer i; zeros in an insulator."""
        fields = self.fields.layers[i]
        if fields is None:
            return np.zeros(7)
        return (fields.J if flux else fields.mu)[..., side, :]

    def interface(self, i: int) -> InterfaceState:
        """The state of the interface between layers i and i + 1."""
        mu = np.stack(np.broadcast_arrays(self._end(i, 1, flux=False), self._end(i + 1, 0, flux=False)), -2)
        J = np.stack(np.broadcast_arrays(self._end(i, 1, flux=True), self._end(i + 1, 0, flux=True)), -2)
        law, torque = self.stack.maps[i], np.zeros(3)
        found = self.fields.torques[i] if self.fields.torques else None
        if found is not None:
            torque = found
        elif law is not None:
            torque = law.torque(mu, self.stack.in_plane, self.stack.interface_pumping(i))
        lost = J[..., 0, SPIN] - J[..., 1, SPIN]
        return InterfaceState(
            name=self.stack.interface_name(i),
            mu_minus=mu[..., 0, :],
            mu_plus=mu[..., 1, :],
            J_minus=J[..., 0, :],
            J_plus=J[..., 1, :],
            torque_magnetization=torque + 0 * lost,
            torque_lattice=lost - torque,
        )

    def budget(self, i: int) -> Budget | None:
        """The balance of layer i; None in an insulator."""
        fields, tensors = self.fields.layers[i], self.tensors[i]
        if fields is None or tensors is None:
            return None
        if fields.taken is not None:
            return self._taken(fields.J, fields.taken)
        bulk, m = tensors.bulk, tensors.m
        d = np.asarray(self.stack.layers[i].thickness)[..., None]
        to_m = apply(tensors.exchange, fields.integral)
        spins = fields.integral[..., SPIN]
        along = (spins * m).sum(-1, keepdims=True) * m
        flip = bulk.spin_flip[..., None] * (spins - along) + bulk.spin_flip_longitudinal[..., None] * along
        everything = apply(tensors.R, fields.integral)
        rest = bulk.transfer[..., 0, 0, None] * spins
        rest = rest + apply(tensors.R[..., SPIN, ORBITAL], fields.integral[..., ORBITAL])
        to_m = to_m + tensors.source * d
        flux = fields.J[..., 0, :] - fields.J[..., 1, :]
        missing = np.abs(flux - everything - tensors.source * d)
        missing = np.maximum(missing.max(-1), np.abs(flux[..., SPIN] - to_m[..., SPIN] - flip - rest).max(-1))
        return Budget(
            flux=flux[..., SPIN],
            exchange=to_m[..., SPIN],
            spin_flip=flip,
            orbital_exchange=rest,
            residual=missing / np.where(self.largest > 0, self.largest, 1.0),
        )

    def _taken(self, J: Array, taken: tuple[Array, Array]) -> Budget:
        """The balance of a layer whose solver knows where the moment goes."""
        flux = J[..., 0, :] - J[..., 1, :]
        missing = np.abs(flux - np.concatenate([[0.0], sum(taken), np.zeros(3)])).max(-1)
        return Budget(
            flux=flux[..., SPIN],
            exchange=taken[0],
            spin_flip=taken[1],
            orbital_exchange=np.zeros(3),
            residual=missing / np.where(self.largest > 0, self.largest, 1.0),
        )

    def torque(self, name: str, *, reference: Any = None) -> Torque:
        """The torque on the layer called `name`; `reference` p (3,) replaces n x E^."""
        i = self.stack.index(name)
        layer = self.stack.layers[i]
        if layer.magnetization is None:
            magnets = [x.name for x in self.stack.layers if x.magnetization is not None]
            raise InputError(
                Fault(
                    f"layers.{name}",
                    "no magnet, so it takes no torque",
                    hint=f"magnets: {', '.join(magnets) or 'none'}",
                )
            )
        m = np.asarray(layer.magnetization)
        incoming, outgoing, interface = self._around(i)
        taken = incoming[..., SPIN] - outgoing[..., SPIN]
        budget = self.budget(i) if self.stack.exchange_is_torque else None
        field = np.asarray(self.stack.electric_field, dtype=float)
        return Torque(
            flux=taken - (taken * m).sum(-1, keepdims=True) * m,
            exchange=None if budget is None else budget.exchange,
            interface=interface,
            magnetization=m,
            reference=self._reference(field)
            if reference is None
            else np.asarray(reference) / np.linalg.norm(reference),
            layer=layer,
            field=np.linalg.norm(field, axis=-1),
        )

    def _around(self, i: int) -> tuple[Array, Array, Array]:
        """Currents (..., 7) entering and leaving layer i with the interfaces it owns, and their torque on m."""
        incoming, outgoing = self._end(i, 0, flux=True), self._end(i, 1, flux=True)
        torque = np.zeros(3)
        if i > 0 and self.stack.interface_owner(i - 1) == i:
            state = self.interface(i - 1)
            incoming, torque = state.J_minus, torque + state.torque_magnetization
        if i < len(self.stack.layers) - 1 and self.stack.interface_owner(i) == i:
            state = self.interface(i)
            outgoing, torque = state.J_plus, torque + state.torque_magnetization
        return incoming, outgoing, torque

    @staticmethod
    def _reference(field: Array) -> Array | None:
        size = np.linalg.norm(field, axis=-1, keepdims=True)
        if not np.any(size):
            return None
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.cross([0.0, 0.0, 1.0], field / size))

    def sheet_current(self, i: int) -> Array:
        """In-plane charge current of layer i integrated over its thickness (..., 2), x and y [A/m]."""
        fields, tensors = self.fields.layers[i], self.tensors[i]
        if fields is None or tensors is None:
            return np.zeros(2)
        d = np.asarray(self.stack.layers[i].thickness)[..., None]
        direct = apply(tensors.C[..., PHI, :2, PHI, :2], self.stack.in_plane) * d
        direct = direct if fields.direct is None else fields.direct
        return direct - apply(tensors.C[..., PHI, :2, :, 2], fields.mu[..., 1, :] - fields.mu[..., 0, :])

    def _field_alone(self) -> bool:
        """Does nothing but the in-plane field drive?"""
        ends = [end for end in (self.stack.bottom, self.stack.top) if isinstance(end, Contact)]
        volts = [end.voltage for end in ends if end.voltage is not None]
        biased = len(volts) == 2 and np.any(np.asarray(volts[0]) != volts[1])
        currents = any(np.any(end.current_density) for end in ends if end.current_density is not None)
        injected = any(isinstance(end, Injection) for end in (self.stack.bottom, self.stack.top))
        pumped = any(np.any(rate) for rate in self.stack.magnetization_rate.values())
        return not (biased or currents or injected or pumped)

    def sheet_resistance(self) -> Array | None:
        """E^2/(K.E) of the whole stack [ohm per square]; None unless an in-plane field alone drives."""
        field = self.stack.in_plane
        if not np.any(field) or not self._field_alone():
            return None
        total = sum(self.sheet_current(i) for i in range(len(self.stack.layers)))
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray((field**2).sum(-1) / (total * field).sum(-1))

    def current_density(self) -> Array | None:
        """J_c along +z between two contacts (...) [A/m^2]; None without them."""
        if not (isinstance(self.stack.bottom, Contact) and isinstance(self.stack.top, Contact)):
            return None
        return self._end(0, 0, flux=True)[..., PHI]

    def resistance_area(self) -> Array | None:
        """(phi_bottom - phi_top)/J_c (...) [ohm m^2]; None unless two contacts alone drive a current."""
        current = self.current_density()
        others = np.any(self.stack.electric_field) or any(np.any(r) for r in self.stack.magnetization_rate.values())
        if current is None or others or not np.all(current):
            return None
        ends = self._end(0, 0, flux=False), self._end(len(self.stack.layers) - 1, 1, flux=False)
        return np.asarray((ends[0][..., PHI] - ends[1][..., PHI]) / current)

    def mu(self, z: Any) -> Array:
        """Potentials (..., 7, len(z)) [V] at heights z (n,) above the bottom [m]; nan in an insulator.

        At an interface the value below it is meant.
        """
        return self._sample(z)[0]

    def flux(self, z: Any) -> Array:
        """Currents along z (..., 7, len(z)) [A/m^2] at heights z (n,) [m]."""
        return self._sample(z)[1]

    def _sample(self, z: Any) -> tuple[Array, Array]:
        heights, edges = np.atleast_1d(np.asarray(z, dtype=float)), self.stack.z
        if edges.ndim > 1:
            raise InputError(
                Fault("", "mu(z), flux(z): thicknesses differ between the points of the batch", "one stack")
            )
        total = edges[-1]
        if np.any(~(heights >= -1e-9 * total)) or np.any(heights > total * (1 + 1e-9)):
            raise InputError(
                Fault("z", allowed=f"0 to {total:g} m", value=f"{np.min(heights):g} to {np.max(heights):g} m")
            )
        where = np.clip(np.searchsorted(edges, heights, side="left") - 1, 0, len(edges) - 2)
        values: list[list[tuple[Array, Array]]] = [[], []]
        for i, layer in enumerate(self.fields.layers):
            chosen = np.flatnonzero(where == i)
            if layer is not None and chosen.size:
                inside = np.clip(heights[chosen] - edges[i], 0.0, edges[i + 1] - edges[i])
                for found, value in zip(values, layer.at(inside), strict=True):
                    found.append((chosen, value))
        return self._gather(values[0], heights.size), self._gather(values[1], heights.size)

    @staticmethod
    def _gather(parts: list[tuple[Array, Array]], size: int) -> Array:
        batch = np.broadcast_shapes(*[value.shape[:-2] for _, value in parts]) if parts else ()
        out = np.full((*batch, size, 7), np.nan)
        for chosen, value in parts:
            out[..., chosen, :] = value
        return np.swapaxes(out, -1, -2)

    def layer_profile(self, name: str, z: Any) -> tuple[Array, Array]:
        """mu and J (..., n, 7) of one layer at heights z (n,) above its own bottom [m]."""
        layer = self.fields.layers[self.stack.index(name)]
        if layer is None:
            raise InputError(Fault(f"layers.{name}", "an insulator, it has no potentials"))
        return layer.at(np.atleast_1d(np.asarray(z, dtype=float)))

    def to_dict(self) -> dict[str, Any]:
        """The record of `result.json` (docs: the result), plain numbers, SI; null where undefined."""
        for layer in self.fields.layers:
            if layer is not None and layer.mu.ndim > 2:
                raise InputError(Fault("to_dict", "the solution is a batch", "a single stack"))
        return {
            "femsot": __version__,
            "title": self.stack.title,
            "input": resolved(self.stack) | {"method": self.report.method},
            "components": list(COMPONENTS),
            "layers": [self._layer_dict(i) for i in range(len(self.stack.layers))],
            "interfaces": [plain(vars(self.interface(i))) for i in range(len(self.stack.layers) - 1)],
            "profiles": self._profiles(),
            "resistance_area": plain(self.resistance_area()),
            "current_density": plain(self.current_density()),
            "resistance": plain(self.sheet_resistance()),
            "report": plain(vars(self.report)),
        }

    def _layer_dict(self, i: int) -> dict[str, Any]:
        layer, fields = self.stack.layers[i], self.fields.layers[i]
        ends = [None, None] if fields is None else [{"mu": fields.mu[s], "J": fields.J[s]} for s in (0, 1)]
        budget = self.budget(i)
        return {
            "name": layer.name,
            "z": plain(self.stack.z[i : i + 2]),
            "bottom": plain(ends[0]),
            "top": plain(ends[1]),
            "sheet_current": plain(self.sheet_current(i)),
            "torque": None if layer.magnetization is None else torque_dict(self.torque(layer.name)),
            "budget": None if budget is None else plain(_without_exchange(budget, self.stack)),
        }

    def _profiles(self) -> dict[str, Any]:
        names, z, mu, J = [], [], [], []
        for i, layer in enumerate(self.fields.layers):
            if layer is None:
                continue
            inside = self._points(i)
            at = layer.at(inside)
            names += [self.stack.layers[i].name] * len(inside)
            z.append(inside + self.stack.z[i])
            mu.append(at[0])
            J.append(at[1])
        return {
            "z": plain(np.concatenate(z)),
            "layer": names,
            "mu": plain(np.concatenate(mu)),
            "J": plain(np.concatenate(J)),
        }

    def _points(self, i: int) -> Array:
        """Heights that show a layer: evenly spread, and close to both ends down to its shortest length."""
        d, tensors = float(self.stack.layers[i].thickness), self.tensors[i]
        assert tensors is not None
        rates = np.linalg.eigvals(np.linalg.solve(tensors.bulk.conductivity, tensors.bulk.transverse))
        shortest = 1 / np.sqrt(max(np.max(np.abs(rates)), 1 / d**2))
        near = np.geomspace(min(shortest / 20, d / 100), d / 2, 25)
        return np.unique(np.concatenate([np.linspace(0.0, d, 41), near, d - near]))


def _without_exchange(budget: Budget, stack: Stack) -> dict[str, Any]:
    """In closure "ning24" relaxation mixes the channels, and what feeds m or orbit is no torque: not reported."""
    values = dict(vars(budget))
    return values if stack.exchange_is_torque else values | {"exchange": None, "orbital_exchange": None}
