"""The torque on one magnet and the numbers that follow from it.

Torques are moments per area and time in charge units [A/m^2] (docs/physics.md section 5); leading axes are a batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from femsot.base.constants import e, hbar, mu_B
from femsot.base.files import plain
from femsot.base.quantities import Array

Basis = Literal["received", "flux"]

#: the current density to which `field_per_current` refers [A/m^2]
PER_CURRENT = 1e11
#: a received torque that differs from the absorbed flux by more, over the flux, is told in a warning
DIFFERS = 0.05
#: torques below it, over the largest current, are rounding
NOISE = 1e-9
#: parts up to which a record holds what is told for each of them: for each magnet it grows with their number
MOST_PARTS = 50


def equivalent_field(m: Array, torque: Array, saturation_magnetization: Any) -> Array:
    """Return B = hbar/(2 e M_s) m x torque, whose rate dm/dt = -gamma m x B is that of the torque.

    Parameters
    ----------
    m : (..., 3) unit vectors.
    torque : (..., 3) density [A/m^3].
    saturation_magnetization : M_s [A/m].

    Returns
    -------
    (..., 3) [T].
    """
    return np.asarray(hbar / (2 * e * saturation_magnetization) * np.cross(m, torque))


@dataclass(frozen=True, eq=False, kw_only=True)
class Currents:
    """Mean charge current densities along the in-plane field [A/m^2]."""

    mean: Array  #: (...) over the thickness, or the volume, of all that conducts
    parts: tuple[str, ...]  #: names of the conducting layers or regions
    by_part: Array  #: (..., parts) of each of them
    magnetic: tuple[bool, ...]  #: which of them are magnets


@dataclass(frozen=True, eq=False, kw_only=True)
class Torque:
    """The spin torque on one magnet, split along the reference direction p = n x E^.

    Damping-like and field-like parts, remainder, efficiencies, fields and rate are of the torque that `basis` names.
    """

    flux: Array  #: (..., 3) transverse spin current absorbed by the layer and its interfaces [A/m^2]
    exchange: Array | None  #: (..., 3) what the magnetization of the bulk receives; None in closure "ning24"
    interface: Array  #: (..., 3) what the magnetization of the adjacent interfaces receives
    magnetization: Array  #: m (..., 3)
    reference: Array | None  #: p (..., 3); None where no in-plane field defines it
    saturation_magnetization: float | Array | None  #: M_s [A/m]; None where it is not known
    thickness: float | Array  #: d (...), of a region its volume over its footprint [m]
    field: float | Array  #: |E| [V/m]
    dead_layer: float | Array = 0.0  #: the part of d without moment [m]
    g_factor: float | Array = 2.0  #: g of gamma = g mu_B/hbar
    currents: Currents | None = None  #: None where no in-plane field drives
    parallel: float = 1e-12  #: below this |m x p| there are no damping-like and field-like parts: p is no better known
    textured: bool = False  #: the magnetization varies: `magnetization` is its mean

    @property
    def undefined(self) -> str | None:
        """Return why there are no damping-like and field-like parts, of the whole batch; None where there are."""
        if self.textured:
            return "the magnetization is a texture: the torque of each place is in the fields, the whole is the vector"
        if self.reference is None:
            return "no in-plane field defines the direction p = n x E"
        if np.all(np.isnan(self._axes[2])):
            return "the magnetization lies along p = n x E"
        return None

    @property
    def basis(self) -> Basis:
        """Return "received", or "flux" where nothing else is defined (closure "ning24")."""
        return "flux" if self.exchange is None else "received"

    @property
    def received(self) -> Array | None:
        """Return what m receives, exchange + interface (..., 3) [A/m^2]; the rest of the flux goes to the lattice."""
        return None if self.exchange is None else self.exchange + self.interface

    @property
    def vector(self) -> Array:
        """Return the torque of the basis (..., 3) [A/m^2]."""
        received = self.received
        return self.flux if received is None else received

    @cached_property
    def _axes(self) -> tuple[Array, Array, Array]:
        m = self.magnetization
        p = np.full(3, np.nan) if self.reference is None else self.reference
        across = np.cross(m, p)
        square = (across**2).sum(-1)
        return np.cross(m, np.cross(p, m)), across, np.where(square < self.parallel**2, np.nan, square)

    def split(self, torque: Array) -> Array:
        """Return [DL, FL] of torque = DL m x (p x m) + FL m x p + a rest.

        Parameters
        ----------
        torque : (..., 3) [A/m^2].

        Returns
        -------
        (..., 2) [A/m^2], nan where undefined.
        """
        damping_axis, field_axis, square = self._axes
        damping_like = (torque * damping_axis).sum(-1) / square
        field_like = (torque * field_axis).sum(-1) / square
        return np.stack([damping_like, field_like], axis=-1)

    @property
    def received_like(self) -> Array | None:
        """Return [DL, FL] (..., 2) of what m receives [A/m^2]; nan where undefined, None in closure "ning24"."""
        received = self.received
        return None if received is None else self.split(received)

    @property
    def flux_like(self) -> Array:
        """Return [DL, FL] (..., 2) of the absorbed flux [A/m^2]; nan where undefined."""
        return self.split(self.flux)

    @cached_property
    def _like(self) -> Array:
        return self.split(self.vector)

    @property
    def damping_like(self) -> Array:
        """Return tau_DL of tau = tau_DL m x (p x m) + tau_FL m x p (...) [A/m^2]; nan where undefined."""
        return self._like[..., 0]

    @property
    def field_like(self) -> Array:
        """Return tau_FL (...) [A/m^2]; nan where undefined."""
        return self._like[..., 1]

    @property
    def remainder(self) -> Array:
        """Return what of the torque is neither (..., 3) [A/m^2]."""
        damping_axis, field_axis, _ = self._axes
        explained = self.damping_like[..., None] * damping_axis + self.field_like[..., None] * field_axis
        return np.asarray(self.vector - np.where(np.isfinite(explained), explained, 0.0))

    @property
    def efficiency_E(self) -> Array:
        """Return xi_E = [tau_DL, tau_FL]/|E| (..., 2) [S/m], of all drives together."""
        return self._over(self.field)

    @property
    def efficiency_j(self) -> Array | None:
        """Return xi_j = [tau_DL, tau_FL]/j (..., 2), j the mean current density; None without an in-plane field."""
        return None if self.currents is None else self._over(self.currents.mean)

    @property
    def efficiency_j_in(self) -> dict[str, Array] | None:
        """Return [tau_DL, tau_FL] over the mean current density of each conducting layer or region."""
        if self.currents is None:
            return None
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios = self._like[..., None, :] / self.currents.by_part[..., None]
        return dict(zip(self.currents.parts, np.moveaxis(ratios, -2, 0), strict=True))

    def _over(self, drive: float | Array) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(self._like / np.asarray(drive)[..., None])

    @property
    def moment(self) -> Array | None:
        """Return M_s (d - dead layer), the moment per area (...) [A]; None without M_s."""
        if self.saturation_magnetization is None:
            return None
        return np.asarray(self.saturation_magnetization) * np.subtract(self.thickness, self.dead_layer)

    @property
    def field_T(self) -> Array | None:
        """Return B = hbar tau/(2 e M_s d), [B_DL, B_FL] (..., 2) [T], d without the dead layer; None without M_s."""
        moment = self.moment
        if moment is None:
            return None
        return np.asarray(hbar / (2 * e) / moment[..., None] * self._like)

    @property
    def field_per_current(self) -> Array | None:
        """Return [B_DL, B_FL] (..., 2) for a mean current density of 1e11 A/m^2 [T]; None without M_s or field."""
        field = self.field_T
        if self.currents is None or field is None:
            return None
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(PER_CURRENT * field / self.currents.mean[..., None])

    @property
    def field_per_current_in(self) -> dict[str, Array] | None:
        """Return the same for 1e11 A/m^2 in each non-magnetic layer or region."""
        field = self.field_T
        if self.currents is None or field is None:
            return None
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios = PER_CURRENT * field[..., None, :] / self.currents.by_part[..., None]
        pairs = zip(self.currents.parts, self.currents.magnetic, np.moveaxis(ratios, -2, 0), strict=True)
        return {name: ratio for name, magnetic, ratio in pairs if not magnetic}

    @property
    def rate(self) -> Array | None:
        """Return dm/dt = (g/2) mu_B tau/(e d M_s) (..., 3) [1/s], d without the dead layer; None without M_s."""
        moment = self.moment
        if moment is None:
            return None
        ratio = np.asarray(self.g_factor) / 2 * mu_B / e / moment
        return np.asarray(ratio[..., None] * self.vector)


def differs(torque: Torque, largest: Array) -> float:
    """Return by how much of the absorbed flux the received torque differs from it, the worst of a batch.

    Both are zero below `NOISE` of the largest current [A/m^2]: a difference of rounding is no difference.
    """
    received = torque.received
    if received is None:
        return 0.0
    missing = np.linalg.norm(received - torque.flux, axis=-1)
    size = np.maximum(np.linalg.norm(torque.flux, axis=-1), NOISE * largest)
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.where(missing > NOISE * largest, missing / size, 0.0)
    return float(np.max(relative))


def torque_dict(torque: Torque) -> dict[str, Any]:
    """Return a torque in the words of `result.json`."""
    split = torque.reference is not None
    each = split and torque.currents is not None and len(torque.currents.parts) <= MOST_PARTS
    return {
        "basis": torque.basis,
        "flux": torque.flux,
        "exchange": torque.exchange,
        "interface": torque.interface,
        "received": torque.received,
        "flux_like": torque.flux_like if split else None,
        "received_like": torque.received_like if split else None,
        "undefined": torque.undefined,
        "damping_like": torque.damping_like,
        "field_like": torque.field_like,
        "remainder": torque.remainder,
        "reference": torque.reference,
        "efficiency_E": torque.efficiency_E if split else None,
        "efficiency_j": torque.efficiency_j if split else None,
        "efficiency_j_in": _by_part(torque.efficiency_j_in) if each else None,
        "field_T": torque.field_T if split else None,
        "field_per_current": torque.field_per_current if split else None,
        "field_per_current_in": _by_part(torque.field_per_current_in) if each else None,
        "rate": torque.rate,
    }


def _by_part(ratios: dict[str, Array] | None) -> dict[str, Any] | None:
    """Numbers of many parts, made plain in one go."""
    return ratios and dict(zip(ratios, plain(np.array(list(ratios.values()))), strict=True))
