"""Torques and their budget, sheet currents and resistances, from the potentials and currents of a solved stack.

Torques are moments per area and time in charge units [A/m^2] (docs/physics.md section 5); leading axes are a batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from .channels import ORBITAL, PHI, SPIN
from .checks import Array, InputError
from .coefficients import LayerTensors, pumping_potential
from .constants import e, hbar, mu_B
from .fields import Fields
from .stack import Contact, Injection, Layer, Stack


@dataclass(frozen=True, eq=False, kw_only=True)
class Torque:
    """The spin torque on one magnet, split along the reference direction p = n x E^."""

    flux: Array  #: (..., 3) transverse spin current absorbed by the layer and its interfaces [A/m^2]
    exchange: Array | None  #: (..., 3) what the magnetization of the bulk receives; None in closure "ning24"
    interface: Array  #: (..., 3) what the magnetization of the adjacent interfaces receives
    magnetization: Array  #: m (..., 3)
    reference: Array | None  #: p (..., 3); None where no in-plane field defines it
    layer: Layer
    field: float | Array  #: |E| [V/m]

    @cached_property
    def _axes(self) -> tuple[Array, Array, Array]:
        m, p = self.magnetization, np.full(3, np.nan) if self.reference is None else self.reference
        across = np.cross(m, p)
        square = (across**2).sum(-1)
        return np.cross(m, np.cross(p, m)), across, np.where(square < 1e-24, np.nan, square)

    @property
    def received(self) -> Array | None:
        """What m receives, exchange + interface (..., 3) [A/m^2]; the rest of the flux torque goes to the lattice."""
        return None if self.exchange is None else self.exchange + self.interface

    def split(self, torque: Array) -> Array:
        """[DL, FL] (..., 2) of torque = DL m x (p x m) + FL m x p + a rest; nan where undefined."""
        one, two, square = self._axes
        return np.stack([(torque * one).sum(-1) / square, (torque * two).sum(-1) / square], axis=-1)

    @property
    def damping_like(self) -> Array:
        """tau_DL of the flux torque, tau = tau_DL m x (p x m) + tau_FL m x p [A/m^2]; nan where undefined."""
        return self.split(self.flux)[..., 0]

    @property
    def field_like(self) -> Array:
        """tau_FL of the flux torque [A/m^2]; nan where undefined."""
        return self.split(self.flux)[..., 1]

    @property
    def remainder(self) -> Array:
        """What of the flux torque is neither (..., 3) [A/m^2]."""
        one, two, _ = self._axes
        split = self.damping_like[..., None] * one + self.field_like[..., None] * two
        return np.asarray(self.flux - np.where(np.isfinite(split), split, 0.0))

    @property
    def efficiency_E(self) -> Array:
        """xi_E = [tau_DL, tau_FL]/|E| of the flux torque (..., 2) [S/m], of all drives together."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.stack([self.damping_like, self.field_like], -1) / np.asarray(self.field)[..., None]

    def efficiency_j(self, conductivity: float | Array) -> Array:
        """xi_j = tau/(sigma E) (..., 2) for a source layer of `conductivity` sigma [S/m]."""
        return self.efficiency_E / np.asarray(conductivity)[..., None]

    @property
    def field_T(self) -> Array | None:
        """Effective fields B = hbar tau/(2 e M_s d) of the flux torque, [B_DL, B_FL] (..., 2) [T]; None without M_s."""
        ms = getattr(self.layer.material, "saturation_magnetization", None)
        if ms is None:
            return None
        scale = np.asarray(hbar / (2 * e) / (np.asarray(ms) * self.layer.thickness))
        return np.stack([self.damping_like, self.field_like], -1) * scale[..., None]

    @property
    def rate(self) -> Array | None:
        """dm/dt = mu_B tau/(e d M_s) of the flux torque (..., 3) [1/s]; None without M_s."""
        ms = getattr(self.layer.material, "saturation_magnetization", None)
        if ms is None:
            return None
        return np.asarray(mu_B / e / (np.asarray(ms) * self.layer.thickness))[..., None] * self.flux


@dataclass(frozen=True, eq=False, kw_only=True)
class Budget:
    """Where the moment goes that a layer takes up: flux = exchange + spin_flip + orbital_exchange [A/m^2]."""

    flux: Array  #: (..., 3) J_s at its bottom minus J_s at its top
    exchange: Array  #: (..., 3) to its magnetization
    spin_flip: Array  #: (..., 3) to the lattice
    orbital_exchange: Array  #: (..., 3) to orbital moment
    residual: Array  #: (...) what is missing, orbital moment included, over the largest current of the stack


@dataclass(frozen=True, eq=False, kw_only=True)
class InterfaceState:
    """Both sides of one interface; currents flow along +z. Zeros on the side of an insulator."""

    name: str
    mu_minus: Array  #: (..., 7) [V]
    mu_plus: Array
    J_minus: Array  #: (..., 7) [A/m^2]
    J_plus: Array
    torque_magnetization: Array  #: (..., 3) [A/m^2]
    torque_lattice: Array  #: (..., 3) [A/m^2]


@dataclass(frozen=True, eq=False)
class Observables:
    """Everything that follows from a stack and its fields."""

    stack: Stack
    closure: str
    fields: Fields

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
        law, torque = self.stack.laws[i], np.zeros(3)
        if law is not None:
            w = pumping_potential(self.stack.interface_pumping(i))[..., SPIN]
            field = np.asarray(self.stack.electric_field, dtype=float)[..., :2]
            torque = np.einsum("...itb,...tb->...i", law.torque_mu, mu)
            torque = torque + np.einsum("...ik,...k->...i", law.torque_field, field)
            torque = torque + np.einsum("...ik,...k->...i", law.torque_pumping, w)
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
        bulk, m = tensors.bulk, tensors.m
        d = np.asarray(self.stack.layers[i].thickness)[..., None]
        to_m = (tensors.exchange @ fields.integral[..., None])[..., 0]
        spins = fields.integral[..., SPIN]
        along = (spins * m).sum(-1, keepdims=True) * m
        flip = bulk.spin_flip[..., None] * (spins - along) + bulk.spin_flip_longitudinal[..., None] * along
        everything = (tensors.R @ fields.integral[..., None])[..., 0]
        rest = bulk.transfer[..., 0, 0, None] * spins
        rest = rest + (tensors.R[..., SPIN, ORBITAL] @ fields.integral[..., ORBITAL, None])[..., 0]
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

    def torque(self, name: str, *, reference: Any = None) -> Torque:
        """The torque on the layer called `name`; `reference` p (3,) replaces n x E^."""
        i = self.stack.index(name)
        layer = self.stack.layers[i]
        if layer.magnetization is None:
            magnets = [x.name for x in self.stack.layers if x.magnetization is not None]
            raise InputError(
                f"layers.{name}: no magnet, so it takes no torque; magnets: {', '.join(magnets) or 'none'}"
            )
        m = np.asarray(layer.magnetization)
        incoming, outgoing, interface = self._around(i)
        taken = incoming[..., SPIN] - outgoing[..., SPIN]
        budget = self.budget(i) if self.closure == "conserving" else None
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
        field = np.asarray(self.stack.electric_field, dtype=float)[..., :2]
        d = np.asarray(self.stack.layers[i].thickness)[..., None]
        direct = np.einsum("...ik,...k->...i", tensors.C[..., PHI, :2, PHI, :2], field) * d
        rise = fields.mu[..., 1, :] - fields.mu[..., 0, :]
        return np.asarray(direct - np.einsum("...ib,...b->...i", tensors.C[..., PHI, :2, :, 2], rise))

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
        field = np.asarray(self.stack.electric_field, dtype=float)[..., :2]
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
