"""What a layer is made of: records of numbers with their units and ranges.

Every field may be an array that broadcasts with the others: a batch of materials. `bulk` makes the tensors that the
rest of the package sees (`femsot.materials.tensors`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np

from femsot.base.errors import Checks, did_you_mean
from femsot.base.quantities import (
    Array,
    Conductivity,
    ConductivityCube,
    ConductivityMatrix,
    Length,
    Magnetization,
    MomentConductivity,
    Number,
    Resistivity,
    Value,
)
from femsot.base.units import Quantity

from .alternatives import ALTERNATIVES
from .passive import check_passive
from .table import Numbers
from .tensors import Bulk

SpinOrbitForm = Literal["exchange", "off_diagonal"]
Relaxation = Literal["measured", "full"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Metal:
    """What normal metals and magnets have in common. Lengths may be infinite: nothing relaxes."""

    name: str
    conductivity: Conductivity = None  # type: ignore[assignment]  #: sigma, charge; this or resistivity is required
    resistivity: Resistivity | None = None  #: rho, instead of conductivity, which then holds 1/rho (and this, None)
    spin_diffusion_length: Length  #: lambda_sf, longitudinal, as measured
    spin_conductivity: Conductivity | None = None  #: sigma_s, default sigma
    spin_hall_conductivity: MomentConductivity | None = None  #: sigma_SH: moment e_a flows along e_a x E
    spin_hall_angle: Number | None = None  #: sigma_SH/sigma, instead of sigma_SH
    spin_swapping: Number | None = None  #: kappa: flow and moment exchange their directions, -1 < kappa < 1/2
    orbital_conductivity: Conductivity | None = None  #: sigma_o; left out everywhere: no orbital channel
    orbital_diffusion_length: Length | None = None  #: lambda_o
    orbital_hall_conductivity: MomentConductivity | None = None  #: sigma_OH
    orbital_hall_angle: Number | None = None  #: sigma_OH/sigma, instead of sigma_OH
    orbital_swapping: Number | None = None  #: kappa of orbital moment
    spin_orbit_length: Length | None = None  #: lambda_so, direct spin <-> orbit transfer
    spin_orbit_form: SpinOrbitForm = "exchange"  #: or Sala-Gambardella's off-diagonal form (PRR 4, 033037)
    antiparallel_spin_orbit: bool = False  #: spin and orbit drag each other with opposite sign
    source: str = ""  #: where the numbers are from

    def __post_init__(self) -> None:
        checks = Checks(f"materials.{self.name}")
        self._check(checks)
        checks.done()
        if self.resistivity is not None:
            object.__setattr__(self, "conductivity", 1 / np.asarray(self.resistivity)[()])
            object.__setattr__(self, "resistivity", None)
        check_passive(checks, self.bulk())
        checks.done()

    def _check(self, checks: Checks) -> None:
        checks.positive(
            conductivity=self.conductivity,
            resistivity=self.resistivity,
            spin_conductivity=self.spin_conductivity,
            orbital_conductivity=self.orbital_conductivity,
        )
        checks.length(
            spin_diffusion_length=self.spin_diffusion_length,
            orbital_diffusion_length=self.orbital_diffusion_length,
            spin_orbit_length=self.spin_orbit_length,
        )
        checks.finite(
            spin_hall_conductivity=self.spin_hall_conductivity,
            spin_hall_angle=self.spin_hall_angle,
            orbital_hall_conductivity=self.orbital_hall_conductivity,
            orbital_hall_angle=self.orbital_hall_angle,
            spin_swapping=self.spin_swapping,
            orbital_swapping=self.orbital_swapping,
        )
        values = vars(self)
        for first, second in ALTERNATIVES:
            if values[first] is not None and values[second] is not None:
                checks.fail(second, f"given beside {first}", "one of the two")
        if self.conductivity is None and self.resistivity is None:
            checks.fail("conductivity", "missing, required", f"{Quantity('S/m').allowed}; or resistivity")
        if self.spin_orbit_form not in get_args(SpinOrbitForm):
            known = did_you_mean(str(self.spin_orbit_form), get_args(SpinOrbitForm))
            checks.fail("spin_orbit_form", "", *known, value=repr(self.spin_orbit_form))
        orbital = {name for name, value in self._orbital_numbers().items() if value is not None}
        missing = {"orbital_conductivity", "orbital_diffusion_length"} - orbital
        if orbital and missing:
            for name in sorted(missing):
                checks.fail(name, f"missing, required with {', '.join(sorted(orbital))}")

    def _orbital_numbers(self) -> dict[str, Any]:
        """The fields that need an orbital channel."""
        return {
            "orbital_conductivity": self.orbital_conductivity,
            "orbital_diffusion_length": self.orbital_diffusion_length,
            "orbital_hall_conductivity": self.orbital_hall_conductivity,
            "orbital_hall_angle": self.orbital_hall_angle,
            "orbital_swapping": self.orbital_swapping,
            "spin_orbit_length": self.spin_orbit_length,
        }

    @property
    def metallic(self) -> bool:
        """Does it carry current?"""
        return True

    @property
    def altermagnetic(self) -> bool:
        """Does it have a Neel vector?"""
        return False

    @property
    def orbital(self) -> bool:
        """Does this material carry orbital moment?"""
        return self.orbital_conductivity is not None

    @property
    def sigma_s(self) -> Value:
        """sigma_s, sigma where it is not given [S/m]."""
        return self.conductivity if self.spin_conductivity is None else self.spin_conductivity

    def hall(self, kind: Literal["spin", "orbital"]) -> Value:
        """Return sigma_SH ("spin") or sigma_OH ("orbital"), from whichever field gives it [S/m]."""
        if kind == "spin":
            value, angle = self.spin_hall_conductivity, self.spin_hall_angle
        else:
            value, angle = self.orbital_hall_conductivity, self.orbital_hall_angle
        if angle is not None:
            return np.asarray(angle) * self.conductivity
        return 0.0 if value is None else value

    def numbers(self) -> Numbers:
        """Return what the fields say, with defaults filled in."""
        return Numbers(
            name=self.name,
            sigma=_array(self.conductivity),
            sigma_s=_array(self.sigma_s),
            sigma_o=_array(self.orbital_conductivity),
            spin_hall=_array(self.hall("spin")),
            spin_swapping=_array(self.spin_swapping),
            orbital_hall=_array(self.hall("orbital")),
            orbital_swapping=_array(self.orbital_swapping),
            flip=_inverse_square(self.spin_diffusion_length),
            orbital_decay=_inverse_square(self.orbital_diffusion_length),
            spin_orbit=_inverse_square(self.spin_orbit_length),
            spin_orbit_form=self.spin_orbit_form,
            spin_orbit_sign=1.0 if self.antiparallel_spin_orbit else -1.0,
        )

    def bulk(self, closure: str = "conserving", *, orbital: bool | None = None) -> Bulk:
        """Return the tensors in one of the two closures; `orbital` as the whole model has it."""
        key = closure, self.orbital if orbital is None else orbital
        if key not in self._bulks:
            self._bulks[key] = Bulk(numbers=self.numbers(), closure=closure, orbital=key[1])
        return self._bulks[key]

    @cached_property
    def _bulks(self) -> dict[tuple[str, bool], Bulk]:
        return {}


@dataclass(frozen=True, eq=False, kw_only=True)
class NormalMetal(Metal):
    """A normal metal."""

    spin_hall_tensor: ConductivityCube | None = None  #: S[a][i][k], J[a, i] = S[a, i, k] E_k, instead of sigma_SH
    orbital_hall_tensor: ConductivityCube | None = None  #: the same of orbital moment, instead of sigma_OH

    def _check(self, checks: Checks) -> None:
        super()._check(checks)
        kinds = (
            ("spin_hall", self.spin_hall_tensor, self.spin_hall_conductivity, self.spin_hall_angle),
            ("orbital_hall", self.orbital_hall_tensor, self.orbital_hall_conductivity, self.orbital_hall_angle),
        )
        for kind, tensor, *scalars in kinds:
            if tensor is None:
                continue
            if any(x is not None for x in scalars):
                checks.fail(f"{kind}_tensor", f"given beside {kind}_conductivity or {kind}_angle", "one of them")
            checks.finite(**{f"{kind}_tensor": tensor})
            if np.shape(tensor)[-3:] != (3, 3, 3):
                checks.fail(f"{kind}_tensor", allowed="(3, 3, 3)", value=f"the shape {np.shape(tensor)}")

    def _orbital_numbers(self) -> dict[str, Any]:
        return super()._orbital_numbers() | {"orbital_hall_tensor": self.orbital_hall_tensor}

    @property
    def magnetic(self) -> bool:
        """Does it have a magnetization?"""
        return False

    @property
    def saturation_magnetization(self) -> None:
        """A normal metal has none."""
        return None

    def numbers(self) -> Numbers:
        """Return what the fields say, with defaults filled in."""
        return replace(
            super().numbers(),
            spin_hall_tensor=_array(self.spin_hall_tensor),
            orbital_hall_tensor=_array(self.orbital_hall_tensor),
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class Altermagnet(NormalMetal):
    """A metal without magnetization whose bands split the spin along its Neel vector, that of a layer or region."""

    spin_splitter: ConductivityMatrix  #: T, symmetric: spin along n flows by T_ik E_k
    dephasing_length: Length | None = None  #: lambda_phi of spin across n; left out: no dephasing

    def _check(self, checks: Checks) -> None:
        super()._check(checks)
        checks.length(dephasing_length=self.dephasing_length)
        checks.finite(spin_splitter=self.spin_splitter)
        splitter = np.asarray(self.spin_splitter)
        if splitter.shape[-2:] != (3, 3):
            checks.fail("spin_splitter", f"got the shape {splitter.shape}", "(3, 3)")
        elif np.any(np.abs(splitter - np.swapaxes(splitter, -1, -2)) > 1e-9 * np.abs(splitter).max()):
            checks.fail("spin_splitter", "is not symmetric", "T_ik = T_ki, as reciprocity asks")

    @property
    def altermagnetic(self) -> bool:
        """Does it have a Neel vector?"""
        return True

    def numbers(self) -> Numbers:
        """Return what the fields say, with defaults filled in."""
        return replace(
            super().numbers(),
            spin_splitter=np.asarray(self.spin_splitter, dtype=float),
            precession=np.asarray(_inverse_square(self.dephasing_length) + 0j),
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class Ferromagnet(Metal):
    """A ferromagnetic metal: polarised current, precession, dephasing, orbit-to-spin conversion."""

    polarization: Number = 0.0  #: P = (sigma_up - sigma_down)/sigma
    parallel_conductivity: Conductivity | None = None  #: sigma of a current along m, default: as across (no AMR)
    parallel_polarization: Number | None = None  #: P of a current along m, default: as across
    exchange_length: Length | None = None  #: lambda_J; left out: no precession
    antiparallel_exchange: bool = False  #: lambda_J^2 < 0
    dephasing_length: Length | None = None  #: lambda_phi; left out: no dephasing
    orbit_to_spin: Number | None = None  #: P_os; giving one of the two sets the other by Onsager
    spin_to_orbit: Number | None = None  #: P_so
    anomalous_hall_conductivity: Conductivity = 0.0  #: sigma_AH
    anomalous_hall_polarization: Number | None = None  #: zeta; left out: the anomalous Hall current carries no spin
    spin_hall_parallel: MomentConductivity | None = None  #: sigma_SH of spin along m, default: spin_hall_conductivity
    spin_hall_rotated: MomentConductivity | None = None  #: sigma_R: spin turned about m, odd in m
    relaxation: Relaxation = "measured"  #: "full": R along m without the factor 1 - P^2 sigma/sigma_s
    saturation_magnetization: Magnetization | None = None  #: M_s, only for fields and rates
    g_factor: Number = 2.0  #: g of gamma = g mu_B/hbar, only for rates and damping
    dead_layer: Length = 0.0  #: thickness without moment, only for fields, rates and damping: M_s (d - dead_layer)

    def _check(self, checks: Checks) -> None:
        super()._check(checks)
        checks.fraction(polarization=self.polarization, parallel_polarization=self.parallel_polarization)
        checks.length(exchange_length=self.exchange_length, dephasing_length=self.dephasing_length)
        checks.finite(
            anomalous_hall_conductivity=self.anomalous_hall_conductivity,
            anomalous_hall_polarization=self.anomalous_hall_polarization,
            spin_hall_parallel=self.spin_hall_parallel,
            spin_hall_rotated=self.spin_hall_rotated,
            orbit_to_spin=self.orbit_to_spin,
            spin_to_orbit=self.spin_to_orbit,
        )
        checks.positive(
            saturation_magnetization=self.saturation_magnetization, parallel_conductivity=self.parallel_conductivity
        )
        checks.positive(g_factor=self.g_factor)
        checks.nonnegative(dead_layer=self.dead_layer)
        if self.relaxation not in get_args(Relaxation):
            known = did_you_mean(str(self.relaxation), get_args(Relaxation))
            checks.fail("relaxation", "", *known, value=repr(self.relaxation))

    def _orbital_numbers(self) -> dict[str, Any]:
        conversion = {"orbit_to_spin": self.orbit_to_spin, "spin_to_orbit": self.spin_to_orbit}
        return super()._orbital_numbers() | conversion

    @property
    def magnetic(self) -> bool:
        """Does it have a magnetization?"""
        return True

    @property
    def conversion(self) -> tuple[Value, Value]:
        """(P_os, P_so): a missing one follows from P_os sigma_o = P_so sigma_s."""
        p_os, p_so = self.orbit_to_spin, self.spin_to_orbit
        if self.orbital_conductivity is None or (p_os is None and p_so is None):
            return 0.0, 0.0
        if p_so is None:
            p_so = np.asarray(p_os) * self.orbital_conductivity / self.sigma_s
        elif p_os is None:
            p_os = np.asarray(p_so) * self.sigma_s / self.orbital_conductivity
        return p_os, p_so  # type: ignore[return-value]

    def numbers(self) -> Numbers:
        """Return what the fields say, with defaults filled in."""
        p_os, p_so = self.conversion
        sign = -1.0 if self.antiparallel_exchange else 1.0
        return replace(
            super().numbers(),
            p=_array(self.polarization),
            p_os=_array(p_os),
            p_so=_array(p_so),
            parallel=_optional(self.parallel_conductivity),
            p_parallel=_optional(self.parallel_polarization),
            anomalous_hall=_array(self.anomalous_hall_conductivity),
            zeta=_array(self.anomalous_hall_polarization),
            spinful=self.anomalous_hall_polarization is not None,
            spin_hall_parallel=_optional(self.spin_hall_parallel),
            spin_hall_rotated=_array(self.spin_hall_rotated),
            precession=np.asarray(
                _inverse_square(self.dephasing_length) - 1j * sign * _inverse_square(self.exchange_length)
            ),
            full=self.relaxation == "full",
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class Insulator:
    """No currents inside. With a saturation magnetization it is magnetic, such as YIG."""

    name: str
    saturation_magnetization: Magnetization | None = None  #: M_s
    g_factor: Number = 2.0  #: g of gamma = g mu_B/hbar, only for rates and damping
    dead_layer: Length = 0.0  #: thickness without moment, only for fields, rates and damping: M_s (d - dead_layer)
    source: str = ""

    def __post_init__(self) -> None:
        checks = Checks(f"materials.{self.name}")
        checks.positive(saturation_magnetization=self.saturation_magnetization, g_factor=self.g_factor)
        checks.nonnegative(dead_layer=self.dead_layer)
        checks.done()

    @property
    def magnetic(self) -> bool:
        """Does it have a magnetization?"""
        return self.saturation_magnetization is not None

    @property
    def metallic(self) -> bool:
        """Does it carry current?"""
        return False

    @property
    def altermagnetic(self) -> bool:
        """Does it have a Neel vector?"""
        return False

    @property
    def orbital(self) -> bool:
        """Does this material carry orbital moment?"""
        return False

    def bulk(self, closure: str = "conserving", *, orbital: bool | None = None) -> None:
        """Return None: no current, no tensors."""


Material = NormalMetal | Altermagnet | Ferromagnet | Insulator
KINDS: dict[str, type] = {
    "normal": NormalMetal,
    "altermagnet": Altermagnet,
    "ferromagnet": Ferromagnet,
    "insulator": Insulator,
}


def _array(value: Any) -> Value:
    """One number or a batch; 0 where nothing is given."""
    return 0.0 if value is None else np.asarray(value, dtype=float)


def _optional(value: Any) -> Array | None:
    return None if value is None else np.asarray(value, dtype=float)


def _inverse_square(length: Any) -> Value:
    """1/length^2 [1/m^2]; 0 where nothing decays."""
    return 0.0 if length is None else np.asarray(1.0 / np.square(length))
