"""What a layer is made of: bulk constants, and the small tensors that follow from them.

A material is a frozen record of numbers with units. Its `bulk` is all that the rest of the package sees of
it. Every field may be an array that broadcasts with the others: a batch of materials.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np

from femsot.base.errors import Checks, did_you_mean
from femsot.base.quantities import Array, Conductivity, Length, Magnetization, Number

from .tensors import Bulk, check_closure, conserves, small_matrix

SpinOrbitForm = Literal["exchange", "off_diagonal"]


@dataclass(frozen=True, eq=False, kw_only=True)
class NormalMetal:
    """A normal metal. Lengths may be infinite: nothing relaxes."""

    name: str
    conductivity: Conductivity  #: sigma, charge
    spin_diffusion_length: Length  #: lambda_sf, longitudinal, as measured
    spin_conductivity: Conductivity | None = None  #: sigma_s, default sigma
    spin_hall_conductivity: Conductivity | None = None  #: sigma_SH: moment e_a flows along e_a x E
    spin_hall_angle: Number | None = None  #: sigma_SH/sigma, instead of sigma_SH
    orbital_conductivity: Conductivity | None = None  #: sigma_o; left out everywhere: no orbital channel
    orbital_diffusion_length: Length | None = None  #: lambda_o
    orbital_hall_conductivity: Conductivity | None = None  #: sigma_OH
    orbital_hall_angle: Number | None = None  #: sigma_OH/sigma, instead of sigma_OH
    spin_orbit_length: Length | None = None  #: lambda_so, direct spin <-> orbit transfer
    spin_orbit_form: SpinOrbitForm = "exchange"  #: or Sala-Gambardella's off-diagonal form (PRR 4, 033037)
    antiparallel_spin_orbit: bool = False  #: spin and orbit drag each other with opposite sign
    source: str = ""  #: where the numbers are from

    magnetic = False
    metallic = True

    def __post_init__(self) -> None:
        checks = Checks(f"materials.{self.name}")
        self._check(checks)
        checks.done()
        checks = Checks(f"materials.{self.name}")
        self._check_tensors(checks)
        checks.done()

    def _check(self, checks: Checks) -> None:
        checks.positive(
            conductivity=self.conductivity,
            spin_conductivity=self.spin_conductivity,
            orbital_conductivity=self.orbital_conductivity,
        )
        checks.length(
            spin_diffusion_length=self.spin_diffusion_length,
            orbital_diffusion_length=self.orbital_diffusion_length,
            spin_orbit_length=self.spin_orbit_length,
        )
        hall = ("spin_hall_conductivity", "spin_hall_angle", "orbital_hall_conductivity", "orbital_hall_angle")
        checks.finite(**{name: getattr(self, name) for name in hall})
        for kind in ("spin", "orbital"):
            pair = (getattr(self, f"{kind}_hall_conductivity"), getattr(self, f"{kind}_hall_angle"))
            if all(value is not None for value in pair):
                checks.fail(f"{kind}_hall_angle", f"given beside {kind}_hall_conductivity, allowed: one of the two")
        if self.spin_orbit_form not in get_args(SpinOrbitForm):
            known = did_you_mean(str(self.spin_orbit_form), get_args(SpinOrbitForm))
            checks.fail("spin_orbit_form", f"got {self.spin_orbit_form!r}, {known}")
        needs_orbit = {name for name in _ORBITAL if getattr(self, name, None) is not None}
        missing = {"orbital_conductivity", "orbital_diffusion_length"} - needs_orbit
        if needs_orbit and missing:
            for name in sorted(missing):
                checks.fail(name, f"missing, required with {', '.join(sorted(needs_orbit))}")

    def _check_tensors(self, checks: Checks) -> None:
        """sym(C) > 0, and the passivity of the off-diagonal spin-orbit form."""
        if self.spin_orbit_length is not None and self.spin_orbit_form == "off_diagonal":
            limit = np.asarray(self.spin_diffusion_length) * self.orbital_diffusion_length
            if np.any(np.square(self.spin_orbit_length) < limit):
                checks.fail(
                    "spin_orbit_length",
                    f"got {np.min(self.spin_orbit_length):g} m, allowed in the off-diagonal form: >= "
                    f"sqrt(lambda_sf lambda_o) = {np.sqrt(np.max(limit)):g} m, else spin and orbit create power",
                )

    @property
    def orbital(self) -> bool:
        """Does this material carry orbital moment?"""
        return self.orbital_conductivity is not None

    @property
    def sigma_s(self) -> Any:
        return self.conductivity if self.spin_conductivity is None else self.spin_conductivity

    def hall(self, kind: str) -> Any:
        """sigma_SH ("spin") or sigma_OH ("orbital"), from whichever field gives it [S/m]."""
        value, angle = getattr(self, f"{kind}_hall_conductivity"), getattr(self, f"{kind}_hall_angle")
        if angle is not None:
            return np.asarray(angle) * self.conductivity
        return 0.0 if value is None else value

    def bulk(self, closure: str = "conserving", *, orbital: bool | None = None) -> Bulk:
        """The tensors of docs/physics.md section 2 in one of the two closures; `orbital` as the whole model has it."""
        key = closure, self.orbital if orbital is None else orbital
        if key not in self._bulks:
            self._bulks[key] = _bulk(self, *key)
        return self._bulks[key]

    @cached_property
    def _bulks(self) -> dict[tuple[str, bool], Bulk]:
        return {}


@dataclass(frozen=True, eq=False, kw_only=True)
class Ferromagnet(NormalMetal):
    """A ferromagnetic metal: polarised current, precession, dephasing, orbit-to-spin conversion."""

    polarization: Number = 0.0  #: P = (sigma_up - sigma_down)/sigma
    exchange_length: Length | None = None  #: lambda_J; left out: no precession
    antiparallel_exchange: bool = False  #: lambda_J^2 < 0
    dephasing_length: Length | None = None  #: lambda_phi; left out: no dephasing
    orbit_to_spin: Number | None = None  #: P_os; giving one of the two sets the other by Onsager
    spin_to_orbit: Number | None = None  #: P_so
    anomalous_hall_conductivity: Conductivity = 0.0  #: sigma_AH
    saturation_magnetization: Magnetization | None = None  #: M_s, only for fields and rates

    magnetic = True

    def _check(self, checks: Checks) -> None:
        super()._check(checks)
        checks.fraction(polarization=self.polarization)
        checks.length(exchange_length=self.exchange_length, dephasing_length=self.dephasing_length)
        checks.finite(
            anomalous_hall_conductivity=self.anomalous_hall_conductivity,
            orbit_to_spin=self.orbit_to_spin,
            spin_to_orbit=self.spin_to_orbit,
        )
        checks.positive(saturation_magnetization=self.saturation_magnetization)

    def _check_tensors(self, checks: Checks) -> None:
        super()._check_tensors(checks)
        p_os, p_so = self.conversion
        sigma_s = np.asarray(self.sigma_s)
        sigma_o = self.orbital_conductivity if self.orbital else 1.0
        p = np.asarray(self.polarization)
        load = p**2 * self.conductivity / sigma_s + ((p_os * sigma_o + p_so * sigma_s) / 2) ** 2 / (sigma_s * sigma_o)
        if np.any(load >= 1):
            checks.fail(
                "polarization" if not np.any(p_os) and not np.any(p_so) else "orbit_to_spin",
                f"the conductivity is not positive: P^2 sigma/sigma_s + ((P_os sigma_o + P_so sigma_s)/2)^2/"
                f"(sigma_s sigma_o) is {np.max(load):.4g}, allowed: < 1",
            )

    @property
    def conversion(self) -> tuple[Any, Any]:
        """(P_os, P_so): a missing one follows from P_os sigma_o = P_so sigma_s."""
        p_os, p_so = self.orbit_to_spin, self.spin_to_orbit
        if p_os is None and p_so is None:
            return 0.0, 0.0
        if p_os is None:
            return np.asarray(p_so) * self.sigma_s / self.orbital_conductivity, p_so
        if p_so is None:
            return p_os, np.asarray(p_os) * self.orbital_conductivity / self.sigma_s
        return p_os, p_so


@dataclass(frozen=True, eq=False, kw_only=True)
class Insulator:
    """No currents inside. With a saturation magnetization it is magnetic, such as YIG."""

    name: str
    saturation_magnetization: Magnetization | None = None  #: M_s
    source: str = ""

    orbital = False
    metallic = False

    def __post_init__(self) -> None:
        checks = Checks(f"materials.{self.name}")
        checks.positive(saturation_magnetization=self.saturation_magnetization)
        checks.done()

    @property
    def magnetic(self) -> bool:
        return self.saturation_magnetization is not None

    def bulk(self, closure: str = "conserving", *, orbital: bool | None = None) -> None:
        """Return None: no current, no tensors."""


Material = NormalMetal | Ferromagnet | Insulator
KINDS: dict[str, type] = {"normal": NormalMetal, "ferromagnet": Ferromagnet, "insulator": Insulator}
_ORBITAL = (
    "orbital_conductivity",
    "orbital_diffusion_length",
    "orbital_hall_conductivity",
    "orbital_hall_angle",
    "spin_orbit_length",
    "orbit_to_spin",
    "spin_to_orbit",
)


def _inverse_square(length: Any) -> Any:
    return 0.0 if length is None else 1.0 / np.square(length)


def _bulk(material: Any, closure: str, orbital: bool) -> Bulk:
    check_closure(closure)
    sigma, sigma_s = np.asarray(material.conductivity, dtype=float), np.asarray(material.sigma_s, dtype=float)
    p = np.asarray(getattr(material, "polarization", 0.0), dtype=float)
    sign = -1.0 if getattr(material, "antiparallel_exchange", False) else 1.0
    exchange = _inverse_square(getattr(material, "dephasing_length", None)) - 1j * sign * _inverse_square(
        getattr(material, "exchange_length", None)
    )
    flip = _inverse_square(material.spin_diffusion_length)
    if orbital:
        p_os, p_so = material.conversion if isinstance(material, Ferromagnet) else (0.0, 0.0)
        sigma_o = material.orbital_conductivity
        conductivity = small_matrix([[sigma_s, p_os * np.asarray(sigma_o)], [p_so * sigma_s, sigma_o]])
        decay = [flip, _inverse_square(material.orbital_diffusion_length)]
        hall = np.stack(np.broadcast_arrays(material.hall("spin"), material.hall("orbital")), axis=-1)
    else:
        conductivity, decay = small_matrix([[sigma_s]]), [flip]
        hall = np.asarray(material.hall("spin"))[..., None]
    c = len(decay)
    along = conductivity - small_matrix([[p**2 * sigma if i == j == 0 else 0.0 for j in range(c)] for i in range(c)])
    rates = small_matrix([[decay[i] if i == j else 0.0 for j in range(c)] for i in range(c)])
    precession = small_matrix([[exchange if i == j == 0 else 0.0 for j in range(c)] for i in range(c)], complex)
    own = np.eye(c) if conserves(closure) else np.ones((c, c))  # conserving: each flux feeds its own reservoir
    transfer = _transfer(material, c)
    return Bulk(
        name=material.name,
        closure=closure,
        charge=sigma,
        polarization=p,
        conductivity=conductivity,
        hall=np.asarray(hall, dtype=float),
        anomalous_hall=np.asarray(getattr(material, "anomalous_hall_conductivity", 0.0), dtype=float),
        longitudinal=(along * own) @ rates + transfer,
        transverse=(conductivity * own) @ (rates + precession) + transfer,
        exchange=(conductivity * own) @ precession,
        transfer=transfer,
        spin_flip=sigma_s * flip,
        spin_flip_longitudinal=along[..., 0, 0] * flip,
    )


def _transfer(material: Any, c: int) -> Array:
    """The lambda_so part of R, (..., c, c) [S/m^3]."""
    if c == 1 or material.spin_orbit_length is None:
        return np.zeros((c, c))
    strength = np.sqrt(np.asarray(material.sigma_s) * material.orbital_conductivity) / np.square(
        material.spin_orbit_length
    )
    off = strength if material.antiparallel_spin_orbit else -strength
    own = strength if material.spin_orbit_form == "exchange" else 0.0 * strength
    return small_matrix([[own, off], [off, own]])
