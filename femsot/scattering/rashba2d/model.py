"""What a disordered two-dimensional Rashba ferromagnet is made of (Veneri22, section II)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal, get_args

import numpy as np
from scipy.constants import e, hbar, m_e

from femsot.base.errors import Checks, did_you_mean
from femsot.base.quantities import Array, Value

from .rays import Plane, bands, contours, extrema, rays

Direction = Annotated[Any, "", "vector"]
Approximation = Literal["t_matrix", "born"]
Concentration = Literal["dilute", "finite"]


@dataclass(frozen=True, eq=False, kw_only=True)
class RashbaGas:
    """Electrons in the plane of an interface: H = p^2/2m* + (alpha/hbar) s.(p x z) + Delta s.m + impurities.

    s are Pauli matrices of the electron's *spin*, opposite to its moment: Delta > 0 puts the majority's moment along
    m. Impurities are u delta(r) at random points. Every number may be an array: a batch.
    """

    magnetization: Direction  #: m, along the majority's moment
    effective_mass: Annotated[Value, ""] = 1.0  #: m* over the free electron's mass
    rashba: Annotated[Value, "eV m"]  #: alpha; z points from the lower to the upper layer
    exchange: Annotated[Value, "eV"]  #: Delta, half the splitting at k = 0
    fermi_energy: Annotated[Value, "eV"]  #: from the band bottom without alpha and Delta
    impurity_density: Annotated[Value, "1/m^2"]  #: n
    strength: Annotated[Value | None, "eV m^2"] = None  #: u of one impurity, bare: with cutoff; inf is allowed
    cutoff: Annotated[Value | None, "eV"] = None  #: largest kinetic energy that impurities scatter into
    renormalised_strength: Annotated[Value | None, "eV m^2"] = None  #: u_R, 1/u_R = 1/u - Re g_0, instead of both
    approximation: Approximation = "t_matrix"  #: all orders in u, or the first Born (Gaussian) one
    concentration: Concentration = "dilute"  #: leading order in n, or finite n with self-consistent broadening

    def __post_init__(self) -> None:
        checks = Checks("model")
        checks.unit_vector("magnetization", self.magnetization)
        checks.positive(effective_mass=self.effective_mass, impurity_density=self.impurity_density, cutoff=self.cutoff)
        checks.finite(rashba=self.rashba, exchange=self.exchange, fermi_energy=self.fermi_energy)
        choices = (
            ("approximation", self.approximation, get_args(Approximation)),
            ("concentration", self.concentration, get_args(Concentration)),
        )
        for name, word, known in choices:
            if word not in known:
                checks.fail(name, "", *did_you_mean(str(word), known), value=repr(word))
        self._check_strength(checks)
        checks.done()
        self._check_energies(checks)
        checks.done()

    def _check_strength(self, checks: Checks) -> None:
        """One of u with its cut-off, and u_R."""
        strengths = {"strength": self.strength, "renormalised_strength": self.renormalised_strength}
        if all(value is None for value in strengths.values()):
            checks.fail("strength", "missing", "strength with cutoff, or renormalised_strength")
        elif all(value is not None for value in strengths.values()):
            checks.fail("renormalised_strength", "given beside strength", "one of the two")
        if self.approximation == "born":
            checks.each(strengths, lambda u: np.isfinite(u) & (u != 0), 'finite and not 0 with approximation = "born"')
            if self.cutoff is not None:
                checks.fail("cutoff", 'given with approximation = "born", which has none', "leave it out")
            return
        checks.each(strengths, lambda u: ~np.isnan(u) & (u != 0), "a number other than 0; inf is unitary scattering")
        if self.strength is None and self.cutoff is not None:
            checks.fail("cutoff", "given without strength", "leave it out, renormalised_strength contains it")
        elif self.renormalised_strength is None and self.strength is not None and self.cutoff is None:
            checks.fail(
                "cutoff", "missing, required with strength", "Re g_0 is its logarithm", "or renormalised_strength"
            )

    def _check_energies(self, checks: Checks) -> None:
        """Above the band bottom, and the cut-off far above everything."""
        try:
            energy = np.broadcast_to(np.asarray(self.fermi_energy, dtype=float), self.shape)
        except ValueError:
            checks.fail("", "its arrays do not broadcast with each other", "a batch of one shape")
            return
        split = np.maximum(np.abs(np.asarray(self.exchange) / self.unit), np.abs(self.reduced_rashba))
        if np.any(split < 1e-6):
            checks.fail("exchange", "with rashba splits the bands by less than 1e-6 of fermi_energy", "more")
        low = energy <= self.band_bottom
        if np.any(low):
            bottom = np.broadcast_to(self.band_bottom, self.shape)[low].flat[0]
            checks.fail(
                "fermi_energy",
                allowed=f"above the band bottom, {bottom:g} eV: no electrons below",
                value=f"{energy[low].flat[0]:g} eV",
            )
        if self.cutoff is not None and np.any(np.asarray(self.cutoff) < 10 * self.unit):
            least = 10 * np.max(self.unit)
            checks.fail(
                "cutoff", allowed=f"far above all other energies, {least:g} eV", value=f"{np.min(self.cutoff):g} eV"
            )

    @property
    def born_strength(self) -> Value:
        """u or u_R, whichever is given [eV m^2]."""
        strength = self.strength if self.renormalised_strength is None else self.renormalised_strength
        return np.nan if strength is None else strength

    @property
    def band_bottom(self) -> Array:
        """The lowest energy of the lower band (...,) [eV]."""
        return self._edges[0]

    @property
    def gap(self) -> Array:
        """Lower and upper end (..., 2) of the energies where the lower band is alone [eV].

        The upper band begins at the second; the first is the lower band at that k, below which it is no single ring.
        """
        return self._edges[1]

    @cached_property
    def _edges(self) -> tuple[Array, Array]:
        parts = np.broadcast_arrays(self.unit, self.reduced_rashba, self.polar)
        unit, a, theta = (np.ravel(x) for x in parts)
        d = (np.ravel(np.asarray(self.exchange) / self.unit + 0 * parts[2]))[:, None] * in_plane(theta)
        upper, lower = extrema(a, d)
        shape = parts[0].shape
        pair = np.stack(bands(a, d, upper), axis=-1) * unit[:, None]
        return (bands(a, d, lower)[0] * unit).reshape(shape), pair.reshape((*shape, 2))

    @property
    def edge_distance(self) -> Array:
        """Of the Fermi energy from the nearest band edge (...) [eV]."""
        edges = np.concatenate([self.band_bottom[..., None], self.gap], axis=-1)
        return np.asarray(np.abs(np.asarray(self.fermi_energy)[..., None] - edges).min(axis=-1))

    @cached_property
    def least_splitting(self) -> Array:
        """The smallest of Delta, alpha k_F and, on the Fermi contours, both together (...): half a splitting [eV].

        One that is 0 does not count.
        """
        parts = [self.polar, np.asarray(self.exchange) / self.unit, self.reduced_rashba]
        parts += [self.fermi_energy / self.unit, self.band_bottom / self.unit, self.unit]
        flat = (np.broadcast_to(x, self.shape).ravel() for x in parts)
        theta, delta, a, energy, bottom, unit = flat
        d = delta[:, None] * in_plane(theta)
        on = [_least(a[i : i + 128], d[i : i + 128], energy[i : i + 128]) for i in range(0, a.size, 128)]
        sizes = np.stack([np.abs(delta), np.abs(a) * np.sqrt(energy - bottom), np.concatenate(on)])
        return np.asarray((np.where(sizes > 0, sizes, np.inf).min(axis=0) * unit).reshape(self.shape))

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the batch."""
        values = (
            *(self.effective_mass, self.rashba, self.exchange, self.fermi_energy),
            *(self.impurity_density, self.cutoff, self.born_strength),
        )
        shapes = [np.shape(x) for x in values if x is not None]
        return np.broadcast_shapes(*shapes, np.shape(self.magnetization)[:-1])

    @property
    def m(self) -> Array:
        """Unit vector (..., 3)."""
        return Checks("model").unit_vector("magnetization", self.magnetization)

    @property
    def azimuth(self) -> Array:
        """Angle of m about z from the plane xz [rad]."""
        return np.asarray(np.arctan2(self.m[..., 1], self.m[..., 0]))

    @property
    def polar(self) -> Array:
        """Angle of m from z [rad]."""
        return np.asarray(np.arctan2(np.hypot(self.m[..., 0], self.m[..., 1]), self.m[..., 2]))

    @property
    def inverse_mass(self) -> Array:
        """A = hbar^2/2m* [eV m^2]."""
        return np.asarray(hbar**2 / (2 * m_e * e) / np.asarray(self.effective_mass, dtype=float))

    @property
    def unit(self) -> Array:
        """The unit of energy of the integrals, the largest of eps_F, Delta, alpha^2/A [eV]."""
        sizes = np.abs(self.fermi_energy), np.abs(self.exchange), np.asarray(self.rashba) ** 2 / self.inverse_mass
        return np.maximum.reduce(np.broadcast_arrays(*sizes, np.finfo(float).tiny))

    @property
    def reduced_rashba(self) -> Array:
        """alpha in units of `unit` and of the length sqrt(A/unit)."""
        return np.asarray(self.rashba / np.sqrt(self.inverse_mass * self.unit))

    @property
    def fermi_velocity(self) -> Array:
        """v = sqrt(2 (eps_F - band bottom)/m*) [m/s]."""
        energy = (np.asarray(self.fermi_energy) - self.band_bottom) * e
        return np.asarray(np.sqrt(2 * energy / (np.asarray(self.effective_mass) * m_e)))


def _least(a: Array, d: Array, energy: Array) -> Array:
    """Half the splitting (p,) where it is smallest on the Fermi contours, in the units of the integrals."""
    ray = rays(Plane(energy, a, d, extrema(a, d)[0]), 64)
    half = np.abs(ray.adjugate[..., 0].real).reshape(a.size, -1)
    return np.asarray(np.where(contours(ray, a).weight > 0, half, np.inf).min(axis=-1))


def in_plane(theta: Array) -> Array:
    """Unit vectors (..., 3) of the plane xz at angle theta from z."""
    return np.stack([np.sin(theta), 0 * theta, np.cos(theta)], axis=-1)
