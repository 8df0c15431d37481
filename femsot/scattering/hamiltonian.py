"""What an interface is made of: one plane between two free-electron half spaces.

    H = p^2/2m + V(z) + (hbar^2 kF/m) delta(z) kappa/(2 kF),
    kappa/(2 kF) = u0 + uex sigma.m + uR sigma.(khat x z) + uD (sigma_x khat_x - sigma_y khat_y)

khat = k_par/kF. *sigma* is the electron's spin, opposite to its moment: the majority (moment along m) sees u0 - uex and
lies lower by half the exchange splitting on a ferromagnetic side.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal, get_args

import numpy as np
from scipy.constants import e, hbar, m_e

from femsot.base.errors import Checks, did_you_mean
from femsot.base.quantities import Array

from .amplitudes import PAULI, normal_wavevector

Ferromagnet = Literal["above", "below", "both", "none"]
Correction = Literal["drift", "bare", "boltzmann"]
Direction = Annotated[Any, "", "vector"]
#: a number of one side: (below, above); each a pair (majority, minority) if need be
BothSides = Annotated[Any, "s", "sides"]
BothLengths = Annotated[Any, "m", "sides"]

#: fields that are one number
NUMBERS = (
    *("fermi_wavevector", "fermi_energy", "potential_step", "exchange_splitting", "barrier", "exchange", "rashba"),
    *("dresselhaus", "barrier_strength", "exchange_strength", "polarization", "precession_length", "tolerance"),
)
SIDES = {"above": (False, True), "below": (True, False), "both": (True, True), "none": (False, False)}


@dataclass(frozen=True, eq=False, kw_only=True)
class Hamiltonian:
    """An interface alone, side 0 below, side 1 above; one of `fermi_wavevector` and `fermi_energy`."""

    magnetization: Direction  #: m, along the majority's moment
    ferromagnet: Ferromagnet = "above"  #: the sides with exchange splitting and polarised current
    fermi_wavevector: Annotated[float | None, "1/m"] = None  #: kF, of the side below without its exchange splitting
    fermi_energy: Annotated[float | None, "eV"] = None  #: from the band bottom below, instead of kF; < 0: none filled
    potential_step: Annotated[float, "eV"] = 0.0  #: U, band bottom above minus band bottom below
    exchange_splitting: Annotated[float, "eV"] = 0.0  #: minority minus majority band bottom on ferromagnetic sides
    barrier: Annotated[float, ""] = 0.0  #: u0
    exchange: Annotated[float, ""] = 0.0  #: uex
    rashba: Annotated[float, ""] = 0.0  #: uR
    dresselhaus: Annotated[float, ""] = 0.0  #: uD
    barrier_strength: Annotated[float | None, "1/m"] = None  #: kappa_0 = 2 kF u0, instead of u0
    exchange_strength: Annotated[float | None, "1/m"] = None  #: u_m = 2 kF uex, instead of uex
    potential: Callable[[Array, Array], Array] | None = None  #: added to kappa: (kx, ky) [1/m] -> (..., 2, 2) [1/m]
    relaxation_time: BothSides = (0.0, 0.0)  #: [s]
    polarization: Annotated[float, ""] = 0.0  #: P on ferromagnetic sides, where no pair of times is given
    correction: Correction = "drift"  #: of what comes in: the drift term, none, or both half spaces
    spin_diffusion_length: BothLengths | None = None  #: of normal sides, for "boltzmann"; left out: infinite
    precession_length: Annotated[float | None, "m"] = None  #: v_F/omega of ferromagnets, for "boltzmann"
    tolerance: Annotated[float, ""] = 1e-8  #: of every Fermi-surface integral, against the largest of its kind

    def __post_init__(self) -> None:
        checks = Checks("interface")
        numbers = vars(self)
        for name in NUMBERS:
            if np.ndim(numbers[name]):
                checks.fail(name, allowed="one number", value=f"an array of shape {np.shape(numbers[name])}")
        checks.done()
        checks.unit_vector("magnetization", self.magnetization)
        checks.positive(fermi_wavevector=self.fermi_wavevector, tolerance=self.tolerance)
        checks.positive(precession_length=self.precession_length)
        names = ("potential_step", "exchange_splitting", "barrier", "exchange", "rashba", "dresselhaus")
        checks.finite(**{name: numbers[name] for name in (*names, "barrier_strength", "exchange_strength")})
        checks.fraction(polarization=self.polarization)
        if not self.tolerance <= 0.1:
            checks.fail("tolerance", allowed="at most 0.1", value=f"{self.tolerance:g}")
        self._check_energies(checks)
        self._check_choices(checks)
        checks.done()
        self._check_times(checks)
        self._check_lengths(checks)
        checks.done()
        if self.correction == "boltzmann":
            self._check_half_spaces(checks)
            checks.done()

    def _check_energies(self, checks: Checks) -> None:
        if (self.fermi_wavevector is None) == (self.fermi_energy is None):
            state = "missing" if self.fermi_energy is None else "given beside fermi_energy"
            checks.fail("fermi_wavevector", state, "one of fermi_wavevector and fermi_energy, the other left out")
        elif self.fermi_energy is not None and not _reached(self.fermi_energy, self.potential_step):
            checks.fail(
                "fermi_energy",
                ", below both bands",
                "> 0, from the band bottom below, or > potential_step, with a band above alone",
                value=f"{self.fermi_energy!r} eV",
            )
        if self.barrier != 0 and self.barrier_strength is not None:
            checks.fail("barrier_strength", "given beside barrier", "one of the two")
        if self.exchange != 0 and self.exchange_strength is not None:
            checks.fail("exchange_strength", "given beside exchange", "one of the two")

    def _check_choices(self, checks: Checks) -> None:
        choices = (
            ("ferromagnet", self.ferromagnet, get_args(Ferromagnet)),
            ("correction", self.correction, get_args(Correction)),
        )
        for name, word, known in choices:
            if word not in known:
                checks.fail(name, "", *did_you_mean(str(word), known), value=repr(word))
        if self.ferromagnet == "none":
            splitting = {"exchange_splitting": self.exchange_splitting, "polarization": self.polarization}
            for name, value in splitting.items():
                if value:
                    checks.fail(name, 'given with ferromagnet = "none"', "0", "which side is the ferromagnet?")

    def _check_times(self, checks: Checks) -> None:
        times = self.relaxation_time
        if not isinstance(times, (list, tuple, np.ndarray)) or len(times) != 2:
            checks.fail(
                "relaxation_time", allowed="(below, above), each a time or (majority, minority)", value=repr(times)
            )
            return
        sides = list(zip(("below", "above"), times, SIDES[self.ferromagnet], strict=True))
        wrong = [side for side, time, _ in sides if not _is_time(time)]
        alone = [side for side, time, magnetic in sides if np.shape(time) not in ((), (2,) if magnetic else ())]
        if wrong:
            value = times if len(wrong) == 2 else times[wrong == ["above"]]
            checks.fail("relaxation_time", " and ".join(wrong), "a finite number >= 0", value=repr(value))
        elif alone:
            checks.fail(
                "relaxation_time", " and ".join(alone), "a pair only on a ferromagnetic side", value=repr(times)
            )
        elif self.polarization and any(np.ndim(time) for time in times):
            checks.fail("polarization", "given beside a pair of relaxation times", "one of the two")

    def _check_lengths(self, checks: Checks) -> None:
        lengths = self.spin_diffusion_length
        if lengths is not None:
            if not isinstance(lengths, (list, tuple, np.ndarray)) or np.shape(lengths) != (2,):
                checks.fail("spin_diffusion_length", allowed="(below, above), one length each", value=repr(lengths))
            else:
                checks.length(spin_diffusion_length=lengths)
        if self.precession_length is not None and self.exchange_splitting:
            checks.fail("precession_length", "given beside exchange_splitting", "one of the two")
        if self.precession_length is not None and self.ferromagnet == "none":
            checks.fail("precession_length", 'given with ferromagnet = "none"', "beside a ferromagnet")

    def _check_half_spaces(self, checks: Checks) -> None:
        """What the modes within a mean free path need."""
        magnetic = np.array(SIDES[self.ferromagnet])
        paths = self.mean_free_path.max(axis=1)
        if not np.all(magnetic | (paths < 0.99 * self.spin_diffusion_lengths)):
            beside = " and ".join(f"{paths[i]:g} m {('below', 'above')[i]}" for i in np.flatnonzero(~magnetic))
            checks.fail(
                "spin_diffusion_length",
                'with correction "boltzmann"',
                f"longer than the mean free path of relaxation_time, {beside}",
                "spin does not diffuse",
                value=repr(self.spin_diffusion_length),
            )
        still = magnetic & (self.fermi.min(axis=1) > 0) & ~(self.times.min(axis=1) > 0)
        if self.precession and np.any(still):
            where = " and ".join(("below", "above")[i] for i in np.flatnonzero(still))
            checks.fail(
                "relaxation_time",
                f'with correction "boltzmann" {where}, in a ferromagnet where spin precesses',
                "> 0 for both spins",
                value=repr(self.relaxation_time),
            )

    @cached_property
    def axes(self) -> Array:
        """Rows (e1, e2, m): the right-handed frame in which spin matrices are written."""
        return frame(self.magnetization)

    @cached_property
    def kF(self) -> float:
        """The unit of wave vectors [1/m]: kF of the side below, or of the side above if none of it is filled below."""
        if self.fermi_wavevector is not None:
            return float(self.fermi_wavevector)
        assert self.fermi_energy is not None
        filled = self.fermi_energy if self.fermi_energy > 0 else self.fermi_energy - self.potential_step
        return float(np.sqrt(2 * m_e * e * filled) / hbar)

    @cached_property
    def fermi(self) -> Array:
        """(k_F/kF)^2 of [side, spin], + (minority) first; <= 0: a band above the Fermi energy."""
        unit = 2 * m_e * e / (hbar * self.kF) ** 2
        below = 1.0 if self.fermi_energy is None or self.fermi_energy > 0 else unit * self.fermi_energy
        step = np.array([0.0, self.potential_step])[:, None]
        spin = np.array(SIDES[self.ferromagnet])[:, None] * np.array([0.5, -0.5]) * self.exchange_splitting
        return below - unit * (step + spin)

    @cached_property
    def times(self) -> Array:
        """Relaxation times [side, spin], + (minority) first [s]: tau sets sum(k_F^3 tau_s), P divides it."""
        out = np.zeros((2, 2))
        for side, time in enumerate(self.relaxation_time):
            volume = np.maximum(self.fermi[side], 0.0) ** 1.5
            magnetic = SIDES[self.ferromagnet][side] and volume.min() > 0
            share = np.array([1 - self.polarization, 1 + self.polarization]) / 2
            split = share * volume.sum() / np.where(volume > 0, volume, 1.0)
            out[side] = time[::-1] if np.ndim(time) else time * (split if magnetic else np.ones(2))
        return out

    @cached_property
    def mean_free_path(self) -> Array:
        """[side, spin] [m]"""
        return np.asarray(self.times * hbar * self.kF * np.sqrt(np.maximum(self.fermi, 0.0)) / m_e)

    @cached_property
    def spin_diffusion_lengths(self) -> Array:
        """(2,) of both sides [m]"""
        return np.full(2, np.inf) if self.spin_diffusion_length is None else np.asarray(self.spin_diffusion_length)

    @property
    def precession(self) -> float:
        """omega of transverse spin in ferromagnets [1/s]; 0: none is given."""
        if self.precession_length is not None:
            return float(hbar * self.kF / m_e / self.precession_length)
        return self.exchange_splitting * e / hbar

    def wavevectors(self, kx: Array, ky: Array) -> Array:
        """k_z/kF (..., 2, 2) [side, spin] at k_par/kF."""
        square = np.moveaxis(np.array([[f - kx**2 - ky**2 for f in side] for side in self.fermi]), (0, 1), (-2, -1))
        return normal_wavevector(square)

    def plane(self, kx: Array, ky: Array) -> tuple[Array, Array]:
        """kappa/kF at k_par/kF without exchange: scalar (...,), spin-orbit vector (..., 3) in the frame of m."""
        orbit = 2 * np.stack([self.rashba * ky + self.dresselhaus * kx, -self.rashba * kx - self.dresselhaus * ky])
        orbit = np.tensordot(self.axes[:, :2], orbit, 1)
        scalar = np.full(np.shape(kx), self.barrier_kappa)
        if self.potential is not None:
            parts = np.einsum("aij,...ji->a...", PAULI, self.potential(kx * self.kF, ky * self.kF)).real / (2 * self.kF)
            scalar = scalar + parts[0]
            orbit = orbit + np.tensordot(self.axes, parts[1:], 1)
        return scalar, np.moveaxis(orbit, 0, -1)

    @property
    def barrier_kappa(self) -> float:
        """kappa_0/kF."""
        return 2 * self.barrier if self.barrier_strength is None else self.barrier_strength / self.kF

    @property
    def exchange_kappa(self) -> float:
        """u_m/kF."""
        return 2 * self.exchange if self.exchange_strength is None else self.exchange_strength / self.kF

    def grazing_angles(self) -> Array:
        """Azimuths where grazing electrons of equal Fermi surfaces are transmitted: det kappa = 0 at k_par = kF."""
        if np.ptp(self.fermi) > 1e-12:
            return np.zeros(0)
        angles = np.linspace(0, 2 * np.pi, 721)
        value = self._grazing(angles)
        left = np.flatnonzero(np.sign(value[:-1]) * np.sign(value[1:]) < 0)
        low = angles[left]
        high = angles[left + 1]
        for _ in range(50):
            middle = (low + high) / 2
            same = np.sign(self._grazing(middle)) == np.sign(value[left])
            low = np.where(same, middle, low)
            high = np.where(same, high, middle)
        return (low + high) / 2

    def _grazing(self, angles: Array) -> Array:
        """det kappa/kF^2 at k_par = kF."""
        scalar, vector = self.plane(np.cos(angles), np.sin(angles))
        vector = vector + self.exchange_kappa * np.array([0.0, 0.0, 1.0])
        return scalar**2 - np.sum(vector**2, axis=-1)


def frame(m: Any) -> Array:
    """Rows (e1, e2, m), right-handed."""
    axis = np.asarray(m, dtype=float) / np.linalg.norm(m)
    helper = np.eye(3)[0] if abs(axis[0]) < 0.9 else np.eye(3)[1]
    e2 = np.cross(axis, helper)
    e2 /= np.linalg.norm(e2)
    return np.stack([np.cross(e2, axis), e2, axis])


def _is_time(value: Any) -> bool:
    """Is it a time or several, finite and not negative?"""
    array = np.asarray(value)
    return array.dtype.kind in "iuf" and bool(np.all(np.isfinite(array) & (array >= 0)))


def _reached(energy: Any, step: Any) -> bool:
    """Does the Fermi energy reach the band bottom of a side, its exchange splitting left out?"""
    return not np.iscomplexobj([energy, step]) and bool(min(0.0, step) < energy < np.inf)
