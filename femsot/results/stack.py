"""A solved stack: potentials and currents anywhere, integrals over its layers, the record of `result.json`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from femsot.base.components import ORBITAL, PHI, SPIN, apply, seven
from femsot.base.errors import Fault, InputError
from femsot.base.quantities import Array
from femsot.materials.tensors import Bulk
from femsot.model.stack import Contact, Injection, Layer, Stack
from femsot.solvers.layers import LayerTensors
from femsot.solvers.record import Fields

from .in_plane import InPlane
from .record import InterfaceState, Report, Resistance, Uptake
from .solution import Absorbed, Solution
from .torque import Currents


@dataclass(frozen=True, eq=False)
class StackSolution(Solution):
    """A solved stack, or a batch of them: leading axes of every array are the batch."""

    stack: Stack
    fields: Fields
    solved: Report

    @property
    def model(self) -> Stack:
        """Return the stack."""
        return self.stack

    @property
    def reached(self) -> Report:
        """Return how the solver reached the solution."""
        return self.solved

    @property
    def tensors(self) -> tuple[LayerTensors | None, ...]:
        """Return the tensors of every layer; None for an insulator."""
        return self.fields.tensors

    @cached_property
    def _parts(self) -> dict[str, Layer]:
        return {layer.name: layer for layer in self.stack.layers}

    @cached_property
    def _indices(self) -> dict[str, int]:
        return {layer.name: i for i, layer in enumerate(self.stack.layers)}

    @cached_property
    def _joints(self) -> dict[str, int]:
        return {self.stack.interface_name(i): i for i in range(len(self.stack.layers) - 1)}

    @property
    def interface_names(self) -> tuple[str, ...]:
        """Return the names "a|b" of all interfaces."""
        return tuple(self._joints)

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

    def _state(self, name: str) -> InterfaceState:
        return self._between(self._joints[name])

    @cached_property
    def _states(self) -> dict[int, InterfaceState]:
        """Those that have been asked for."""
        return {}

    def _between(self, i: int) -> InterfaceState:
        """Return the state of the interface between layers i and i + 1."""
        if i not in self._states:
            self._states[i] = self._both_sides(i)
        return self._states[i]

    def _both_sides(self, i: int) -> InterfaceState:
        mu = np.stack(np.broadcast_arrays(self._end(i, 1, flux=False), self._end(i + 1, 0, flux=False)), -2)
        J = np.stack(np.broadcast_arrays(self._end(i, 1, flux=True), self._end(i + 1, 0, flux=True)), -2)
        law = self.stack.maps[i]
        torque = self.fields.torques[i] if self.fields.torques else None
        if torque is None and law is not None:
            torque = law.torque(mu, self.stack.in_plane, self.stack.interface_pumping(i))
        sheet: Array | None = np.zeros(2)
        if law is not None:
            sheet = law.sheet_current(mu, self.stack.in_plane) if not self.fields.torques else None
        lost = J[..., 0, SPIN] - J[..., 1, SPIN]
        received = np.zeros(lost.shape) if torque is None else torque + np.zeros(lost.shape)
        return InterfaceState(
            name=self.stack.interface_name(i),
            mu_minus=mu[..., 0, :],
            mu_plus=mu[..., 1, :],
            J_minus=J[..., 0, :],
            J_plus=J[..., 1, :],
            torque_magnetization=received,
            torque_lattice=lost - received,
            sheet_current=sheet,
        )

    def _integrated(self, name: str) -> Uptake | None:
        i = self._indices[name]
        fields, tensors = self.fields.layers[i], self.tensors[i]
        if fields is None or tensors is None:
            return None
        flux = fields.J[..., 0, :] - fields.J[..., 1, :]
        if fields.taken is not None:
            exchange, spin_flip = fields.taken
            orbital_exchange = np.zeros(3)
            lost = np.concatenate([[0.0], exchange + spin_flip, np.zeros(3)])
        else:
            bulk, m = tensors.bulk, tensors.m
            along, across = fields.split(m)
            pumped = tensors.source * np.asarray(self.stack.layers[i].thickness)[..., None]
            exchange = (apply(tensors.exchange, across) + pumped)[..., SPIN]
            spin_flip = bulk.spin_flip[..., None] * across[..., SPIN]
            spin_flip = spin_flip + (bulk.spin_flip_longitudinal * along[..., 0])[..., None] * m
            orbital_exchange = bulk.transfer[..., 0, 0, None] * (across[..., SPIN] + along[..., :1] * m)
            orbital_exchange = orbital_exchange + apply(tensors.R[..., SPIN, ORBITAL], across[..., ORBITAL])
            relaxing = apply(bulk.longitudinal, along[..., : bulk.kinds])
            if bulk.orbital:
                orbital_exchange += (bulk.longitudinal[..., 0, 1] * along[..., 1])[..., None] * m
            lost = apply(tensors.R, across) + pumped + _about(m, relaxing)
        return Uptake(
            flux=flux,
            lost=lost,
            exchange=exchange,
            spin_flip=spin_flip,
            orbital_exchange=orbital_exchange,
            missing=np.zeros(()),
            largest=self.largest,
        )

    def _absorbed(self, name: str) -> Absorbed:
        layer = self._parts[name]
        m = np.asarray(layer.magnetization)
        incoming, outgoing, interface = self._around(self._indices[name])
        spin = incoming[..., SPIN] - outgoing[..., SPIN]
        exchange: Array | None = None
        if self.stack.exchange_is_torque:
            uptake = self._uptake(name)
            exchange = np.zeros(3) if uptake is None else uptake.exchange
        return Absorbed(
            flux=spin - (spin * m).sum(-1, keepdims=True) * m,
            exchange=exchange,
            interface=interface,
            magnetization=m,
            thickness=layer.thickness,
            field=self._field,
        )

    def _floor(self, name: str) -> Array:
        return self.largest

    @property
    def _field(self) -> Array | None:
        """The in-plane field (..., 3); None where no point has one."""
        field = np.asarray(self.stack.electric_field, dtype=float)
        return field if np.any(field) else None

    @cached_property
    def _plane(self) -> InPlane:
        """The charge currents along the plane, of layers and interfaces."""
        interfaces = [state.sheet_current for state in (self._between(i) for i in self._joints.values())]
        along = [current for current in interfaces if current is not None]
        return InPlane(self.stack, self.fields, sum(along, np.zeros(2)))

    def _currents(self, field: Array) -> Currents:
        return self._plane.means

    def _around(self, i: int) -> tuple[Array, Array, Array]:
        """Currents (..., 7) entering and leaving layer i with the interfaces it owns, and their torque on m."""
        incoming, outgoing = self._end(i, 0, flux=True), self._end(i, 1, flux=True)
        torque = np.zeros(3)
        if i > 0 and self.stack.interface_owner(i - 1) == i:
            state = self._between(i - 1)
            incoming, torque = state.J_minus, torque + state.torque_magnetization
        if i < len(self.stack.layers) - 1 and self.stack.interface_owner(i) == i:
            state = self._between(i)
            outgoing, torque = state.J_plus, torque + state.torque_magnetization
        return incoming, outgoing, torque

    def sheet_current(self, name: str) -> Array:
        """Return the in-plane charge current of a layer over its thickness (..., 2), x and y [A/m].

        Raises
        ------
        InputError
            If there is no such layer.
        """
        self._check_part(name)
        return self._plane.sheets[self._indices[name]]

    def _field_alone(self) -> bool:
        """Does nothing but the in-plane field drive?"""
        ends = [end for end in (self.stack.bottom, self.stack.top) if isinstance(end, Contact)]
        volts = [end.voltage for end in ends if end.voltage is not None]
        biased = len(volts) == 2 and np.any(np.asarray(volts[0]) != volts[1])
        currents = any(np.any(end.current_density) for end in ends if end.current_density is not None)
        injected = any(isinstance(end, Injection) for end in (self.stack.bottom, self.stack.top))
        pumped = any(np.any(rate) for rate in self.stack.magnetization_rate.values())
        return not (biased or currents or injected or pumped)

    def _sheet_resistance(self) -> Array | None:
        """E^2/(K.E) of the whole stack [ohm per square]; None unless an in-plane field alone drives."""
        field = self.stack.in_plane
        if not np.any(field) or not self._field_alone():
            return None
        total = self._plane.total
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray((field**2).sum(-1) / (total * field).sum(-1))

    def current_density(self) -> Array | None:
        """Return J_c along +z between two contacts (...) [A/m^2]; None without them."""
        if not (isinstance(self.stack.bottom, Contact) and isinstance(self.stack.top, Contact)):
            return None
        return self._end(0, 0, flux=True)[..., PHI]

    def _resistance_area(self) -> Array | None:
        """(phi_bottom - phi_top)/J_c (...) [ohm m^2]; None unless two contacts alone drive a current."""
        current = self.current_density()
        others = np.any(self.stack.electric_field) or any(np.any(r) for r in self.stack.magnetization_rate.values())
        if current is None or others or not np.all(current):
            return None
        ends = self._end(0, 0, flux=False), self._end(len(self.stack.layers) - 1, 1, flux=False)
        return np.asarray((ends[0][..., PHI] - ends[1][..., PHI]) / current)

    def resistance(self) -> Resistance:
        """Return the sheet resistance and the resistance-area product; None where undefined."""
        return Resistance(sheet=self._sheet_resistance(), area=self._resistance_area())

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
                for per_layer, value in zip(values, layer.at(inside), strict=True):
                    per_layer.append((chosen, value))
        return self._gather(values[0], heights.size), self._gather(values[1], heights.size)

    @staticmethod
    def _gather(parts: list[tuple[Array, Array]], size: int) -> Array:
        batch = np.broadcast_shapes(*[value.shape[:-2] for _, value in parts]) if parts else ()
        out = np.full((*batch, size, 7), np.nan)
        for chosen, value in parts:
            out[..., chosen, :] = value
        return np.swapaxes(out, -1, -2)

    def layer_profile(self, name: str, z: Any) -> tuple[Array, Array]:
        """Return mu and J (..., n, 7) of one layer at heights z (n,) above its own bottom [m].

        Raises
        ------
        InputError
            If there is no such layer, or it is an insulator.
        """
        self._check_part(name)
        layer = self.fields.layers[self._indices[name]]
        if layer is None:
            raise InputError(Fault(f"layers.{name}", "an insulator, it has no potentials"))
        return layer.at(np.atleast_1d(np.asarray(z, dtype=float)))

    def _record(self) -> dict[str, Any]:
        for layer in self.fields.layers:
            if layer is not None and layer.mu.ndim > 2:
                raise InputError(Fault("to_dict", "the solution is a batch", "a single stack"))
        resistance = self.resistance()
        return {
            "layers": [self._layer_dict(name) for name in self._parts],
            "interfaces": [vars(self._between(i)) for i in self._joints.values()],
            "profiles": self._profiles(),
            "resistance_area": resistance.area,
            "current_density": self.current_density(),
            "sheet_resistance": resistance.sheet,
        }

    def _layer_dict(self, name: str) -> dict[str, Any]:
        i = self._indices[name]
        fields = self.fields.layers[i]
        ends = [None, None] if fields is None else [{"mu": fields.mu[s], "J": fields.J[s]} for s in (0, 1)]
        return {
            "name": name,
            "z": self.stack.z[i : i + 2],
            "bottom": ends[0],
            "top": ends[1],
            "sheet_current": self._plane.sheets[i],
            "current_share": None if self._field is None else self._plane.shares[i],
            "torque": self._torque_dict(name),
            "budget": self._budget_dict(name),
        }

    def current_share(self, name: str) -> Array | None:
        """Return the part of the current along the in-plane field that a layer carries (...); None without a field.

        Raises
        ------
        InputError
            If there is no such layer.
        """
        self._check_part(name)
        return None if self._field is None else self._plane.shares[self._indices[name]]

    def _profiles(self) -> dict[str, Any]:
        conducting = [i for i, layer in enumerate(self.fields.layers) if layer is not None]
        heights = [self._points(i) for i in conducting]
        if self.fields.sample is not None:
            inside = self.fields.sample(heights)
        else:
            layers = [layer for layer in self.fields.layers if layer is not None]
            inside = [layer.at(z) for layer, z in zip(layers, heights, strict=True)]
        names = np.array([self.stack.layers[i].name for i in conducting])
        return {
            "z": np.concatenate([z + self.stack.z[i] for i, z in zip(conducting, heights, strict=True)]),
            "layer": np.repeat(names, [len(z) for z in heights]),
            "mu": np.concatenate([mu for mu, _ in inside]),
            "J": np.concatenate([J for _, J in inside]),
        }

    @cached_property
    def _rates(self) -> dict[Bulk, float]:
        """The largest squared wavevector across m of every metal [1/m^2]."""
        bulks = {tensors.bulk for tensors in self.tensors if tensors is not None}
        squares = {bulk: np.linalg.solve(bulk.conductivity, bulk.transverse) for bulk in bulks}
        return {bulk: float(np.max(np.abs(np.linalg.eigvals(square)))) for bulk, square in squares.items()}

    def _points(self, i: int) -> Array:
        """Heights that show a layer: evenly spread, and close to both ends down to its shortest length."""
        d = float(self.stack.layers[i].thickness)
        tensors = self.tensors[i]
        assert tensors is not None
        shortest = 1 / np.sqrt(max(self._rates[tensors.bulk], 1 / d**2))
        even = np.linspace(0.0, d, int(np.clip(np.ceil(30 * d / shortest), 30, 40)) + 1)
        if d <= 2 * shortest:
            return even
        near = np.geomspace(min(shortest / 20, d / 100), d / 2, 25)
        return np.unique(np.concatenate([even, near, d - near]))


def _about(m: Array, along: Array) -> Array:
    """(..., 7) of what spin, or spin and orbit, have along m (..., c); no charge."""
    moments = along[..., None] * m[..., None, :]
    return seven(np.concatenate([np.zeros((*moments.shape[:-2], 1)), moments.reshape((*moments.shape[:-2], -1))], -1))
