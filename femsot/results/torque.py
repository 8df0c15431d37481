"""What is asked of a solved stack: torques and how they split, budgets, the state of an interface.

Torques are moments per area and time in charge units [A/m^2] (docs/physics.md section 5); leading axes are a batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from femsot.base.constants import e, hbar, mu_B
from femsot.base.files import plain
from femsot.base.quantities import Array
from femsot.model.stack import Layer


def equivalent_field(m: Array, torque: Array, saturation_magnetization: Any) -> Array:
    """B = hbar/(2 e M_s) m x torque (..., 3) [T] of a torque density [A/m^3]: dm/dt = -gamma m x B is its rate."""
    return np.asarray(hbar / (2 * e * saturation_magnetization) * np.cross(m, torque))


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
    parallel: float = 1e-12  #: below this |m x p| there are no damping-like and field-like parts: p is no better known

    @cached_property
    def _axes(self) -> tuple[Array, Array, Array]:
        m, p = self.magnetization, np.full(3, np.nan) if self.reference is None else self.reference
        across = np.cross(m, p)
        square = (across**2).sum(-1)
        return np.cross(m, np.cross(p, m)), across, np.where(square < self.parallel**2, np.nan, square)

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


def torque_dict(torque: Torque) -> dict[str, Any]:
    """A torque in the words of `result.json`, plain numbers."""
    field_T = torque.field_T
    defined = torque.reference is not None
    return plain(  # type: ignore[no-any-return]
        {
            "flux": torque.flux,
            "exchange": torque.exchange,
            "interface": torque.interface,
            "received": torque.received,
            "received_like": None if torque.received is None or not defined else torque.split(torque.received),
            "damping_like": torque.damping_like,
            "field_like": torque.field_like,
            "remainder": torque.remainder,
            "reference": torque.reference,
            "efficiency_E": torque.efficiency_E if defined else None,
            "field_T": field_T if defined else None,
        }
    )
