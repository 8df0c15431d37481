"""Interfacial spin-orbit torque to first order in the Rashba strength (Kim et al., PRB 96, 104438 (2017), "Kim17").

The interface is N (z < 0) | F (z > 0), with (hbar^2/2m) [kappa_0 + h_R sigma.(k x z)] delta(z), kappa_0 diagonal
along m: h_R = 2 uR has no dimension, u_0 = 2 kF u0 and u_m = 2 kF uex of kappa_0 = u_0 + u_m sigma.m are in 1/m.
`kim17_systems` has the paper's four systems in closed form, `kim17_response` its Appendix A. Equation numbers are the
paper's; the formulas are corrected (docs/misprints.md). All parameters broadcast; energies are in J.

Conventions. *sigma* is the electron's spin, antiparallel to its moment; m is along the majority's moment. Spin axes
are (down, up) = (minority, majority), the order of sigma = +1, -1. Carriers have the charge -e and drift along -E in
the true field E (the paper's Eq. 13 has the other sign, Eq. 16 has not). Sums over k_perp are per area: dk_perp^2/4pi.
Torques are on the magnetization, rates of electron spin hbar sigma/2 [J/m^2]; the moment convention in charge units
of docs/physics.md is -(2e/hbar) times these.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.constants import e, hbar, m_e

from femsot.base.errors import Fault, InputError
from femsot.base.quantities import Array
from femsot.scattering.amplitudes import inverse, normal_wavevector, open_channels, plane, product, waves

Value = float | Array
DOWN = 0
UP = 1  # sigma = +1, -1: minority, majority
_REACH = 4.0  # of the double-exponential rule: what is left out is below 1e-30 of a panel


@dataclass(frozen=True, eq=False)
class Modes:
    """Spin-conserving amplitudes of transverse modes, without spin-orbit coupling: all that a first order needs.

    From a model (`modes`, `from_wavevectors`) or from elsewhere; the axis n is summed over.
    """

    weight: Array  #: (..., n) of the sum over k_perp per area [1/m^2]
    k_perp2: Array  #: (..., n) k_perp^2 [1/m^2]
    wavevectors: Array  #: (..., n, 2, 2) k_z [side, spin], i times positive where evanescent [1/m]
    r: Array  #: (..., n, 2) N -> N, zero where N is evanescent
    tp: Array  #: (..., n, 2) t', F -> N: flux-normalised with |k_z| (Eq. 6b) also where N alone is evanescent

    @property
    def kz(self) -> Array:
        """k_z in N (..., n), where both spins share it."""
        return self.wavevectors[..., 0, 0]

    @property
    def passing(self) -> Array:
        """True where N is open, (..., n)."""
        return open_channels(self.kz)

    @property
    def p(self) -> Array:
        """1_k + r (..., n, 2): zero where N is evanescent."""
        return np.where(self.passing[..., None], 1 + self.r, 0.0)

    def sum(self, summand: Array, *, over: Array | None = None) -> Array:
        """The sum over modes per area of (..., n) or (..., n, any), over those where `over` is True."""
        weight = self.weight if over is None else np.where(over, self.weight, 0.0)
        extra = np.ndim(summand) - weight.ndim
        weight = weight.reshape(weight.shape + (1,) * extra)
        return np.sum(weight * np.where(weight > 0, summand, 0.0), axis=-1 - extra)


def wavevector_squared(energy: Value) -> Array:
    """k^2 = 2m energy/hbar^2 of an energy in J, of either sign [1/m^2]."""
    return 2 * m_e * np.asarray(energy, dtype=float) / hbar**2


def modes(fermi2: Array, kappa: Array, *, nodes: int = 201) -> Modes:
    """The modes of one plane between free-electron half spaces, by a quadrature graded at every threshold.

    fermi2 (..., 2, 2) = k_F^2 [side, spin], <= 0 for a closed band, equal for both spins in N; kappa (..., 2) =
    kappa_0 per spin. A tanh-sinh rule in k_perp^2 between two thresholds, for the square roots at both: 1e-13, and
    1e-10 for a barrier alone of 1e-4 k_F. Any unit of length.
    """
    fermi2 = np.asarray(fermi2, dtype=float)
    kappa = np.asarray(kappa, dtype=float)
    shape = np.broadcast_shapes(fermi2.shape[:-2], kappa.shape[:-1])
    fermi2 = np.broadcast_to(fermi2, (*shape, 2, 2))
    kappa = np.broadcast_to(kappa, (*shape, 2))
    levels = np.maximum(fermi2.reshape((*shape, 4)), 0.0)
    edges = np.sort(np.concatenate([np.zeros((*shape, 1)), levels[..., 1:]], axis=-1), axis=-1)
    low = edges[..., :-1, None]
    high = edges[..., 1:, None]
    x, rest, rule = _tanh_sinh(nodes)
    width = np.where(
        high > low, high - low, edges[..., -1:, None]
    )  # a panel of no width has no weight, but wave vectors
    band = fermi2[..., None, None, :, :]
    above = (band - high[..., None, None]) + (width * rest)[..., None, None]
    below = (band - low[..., None, None]) - (width * x)[..., None, None]
    k = normal_wavevector(np.where(band >= high[..., None, None], above, below))
    k = k.reshape((*shape, -1, 2, 2))
    weight = ((high - low) * rule / (4 * np.pi)).reshape((*shape, -1))
    return from_wavevectors((low + width * x).reshape(weight.shape), k, kappa=kappa[..., None, :], weight=weight)


def from_wavevectors(k_perp2: Array, wavevectors: Array, *, kappa: Array, weight: Array) -> Modes:
    """Modes (..., n) of given k_z (..., n, 2, 2) and kappa_0 per spin (..., n, 2): Eqs. 6, 7 (labels: misprints A1)."""
    matrix = kappa[..., None] * np.eye(2)
    r = np.einsum("...ss->...s", plane(wavevectors, matrix).r)
    psi = np.einsum("...ss->...s", waves(wavevectors, matrix)[..., 1, :, :])
    tp = np.sqrt(np.abs(wavevectors[..., 0, :])) * psi
    return Modes(weight=weight, k_perp2=k_perp2, wavevectors=wavevectors, r=r, tp=tp)


def _tanh_sinh(nodes: int) -> tuple[Array, Array, Array]:
    """Points x, 1 - x (without cancellation) and weights of the double-exponential rule on (0, 1)."""
    t = np.linspace(-_REACH, _REACH, nodes)
    rate = np.pi / 2 * np.sinh(t)
    x = 1 / (1 + np.exp(-2 * rate))
    rest = 1 / (1 + np.exp(2 * rate))
    return x, rest, (t[1] - t[0]) * np.pi * np.cosh(t) * x * rest


def torque_coefficients(modes: Modes) -> Array:
    """Complex T_R/(h_R E tau) (..., 3) of the drift of N, majority (up), minority (down) electrons: Eqs. 16b-d [A/m].

    T_R^N = h_R (hbar e E tau/8 pi m) sum k_perp^2/k_z (1 - r_up* r_dn)(r_up - r_dn*)
    T_R^F = -h_R (hbar e E/8 pi m) { sum k_perp^2/k_z (r_dn |t'_up|^2 tau_up - r_up* |t'_dn|^2 tau_dn)
                                    - sum_{k_z^2 < 0} k_perp^2/|k_z| (|t'_up|^2 tau_up - |t'_dn|^2 tau_dn) }

    t' is what 16d prints as t (misprints C). It is the torque on the bulk and on the interface magnetization together.
    """
    down = modes.r[..., DOWN]
    up = modes.r[..., UP]
    rate = modes.k_perp2 / np.where(modes.kz == 0, 1.0, np.abs(modes.kz))
    passed = np.abs(modes.tp) ** 2
    terms = [
        (1 - np.conj(up) * down) * (up - np.conj(down)),
        np.where(modes.passing, -down, 1.0) * passed[..., UP],
        np.where(modes.passing, np.conj(up), -1.0) * passed[..., DOWN],
    ]
    total = np.stack([modes.sum(rate * term) for term in terms], axis=-1)
    return hbar * e / (8 * np.pi * m_e) * total


def torque(modes: Modes, times: Array, *, rashba: Value, field: Value) -> Array:
    """Complex T_R of Eq. 16: Im T_R along m x (y x m), Re T_R along m x y, for E along x [J/m^2].

    times (..., 3): momentum relaxation in N, of the majority and of the minority in F [s]; field [V/m].
    """
    return rashba * field * np.sum(torque_coefficients(modes) * times, axis=-1)


def torque_vector(complex_torque: Value, m: Array) -> Array:
    """T = Im[T_R] m x (y x m) + Re[T_R] m x y (..., 3) for a unit vector m: Eq. 16a."""
    y = np.array([0.0, 1.0, 0.0])
    m = np.asarray(m, dtype=float)
    value = np.asarray(complex_torque)[..., None]
    return value.imag * np.cross(m, np.cross(y, m)) + value.real * np.cross(m, y)


def step_reflection(kz: Array, K: Array) -> Array:
    """r = (k_z - K)/(k_z + K) of a potential step, K = k_z^-+ (up, down) in F: Eq. 18a; zero for evanescent k_z."""
    return np.where(np.real(kz) > 0, (kz - K) / (kz + K), 0.0)


def step_transmission(kz: Array, K: Array) -> Array:
    """t' = 2i (K |k_z|)^1/2/(i k_z + i K) from F into N over a step: Eqs. 18b, 34; zero for evanescent K."""
    return np.where(np.real(K) > 0, 2 * np.sqrt(np.real(K) * np.abs(kz) + 0j) / (kz + K), 0.0)


def plane_reflection(kz: Array, barrier: Value, *, exchange: Value) -> Array:
    """(r_dn, r_up) (..., 2) = u/(2i k_z - u), u = u_0 +- u_m, of a plane between equal metals: Eq. 23. t' = 1 + r."""
    u = np.stack(np.broadcast_arrays(np.add(barrier, exchange), np.subtract(barrier, exchange)), axis=-1)
    return u / (2j * np.asarray(kz)[..., None] - u)


def insulator_reflection(kz: Array, decay: Array, *, kappa: Value = 0.0) -> Array:
    """r = (i k_z + q + u)/(i k_z - q - u), decay q^-+ and u_0 -+ u_m for up, down: Eqs. 26, 31."""
    load = decay + np.asarray(kappa)
    return (1j * kz + load) / (1j * kz - load)


def reflection_order(r: Array, kz: Array, *, change: Array, order: int) -> Array:
    """r^(n) = 2i k_z G (change G)^n, G = (1 + r)/(2i k_z), of a plane `change` added at z = 0-: Eqs. 46.

    r, change (..., 2, 2); kz (...,) of the normal metal. Whatever lies beneath the plane: layers, other planes.
    """
    factor = 2j * np.asarray(kz)[..., None, None]
    green = (np.eye(2) + r) / factor
    term = green
    for _ in range(order):
        term = product(term, product(change, green))
    return factor * term - (np.eye(2) if order == 0 else 0.0)


def reflection_with_plane(r: Array, kz: Array, *, change: Array) -> Array:
    """The sum of `reflection_order` to all orders: -1 + 2i k_z (G^-1 - change)^-1, exact (Eqs. 37-46)."""
    factor = 2j * np.asarray(kz)[..., None, None]
    return factor * inverse(factor * inverse(np.eye(2) + r) - change) - np.eye(2)


def proximity_reflection(r: Array, kz: Array, *, exchange: Value) -> Array:
    """(r_dn, r_up) (..., 2) with the interface magnetism u_m sigma.m added at z = 0- to r (..., 2): Eq. 47, corrected.

    r + (1 + r)/[2i k_z sigma/(u_m (1 + r)) - 1], sigma = +-1 for down, up (misprints A12).
    """
    coupling = np.asarray(exchange)[..., None] * np.array([1.0, -1.0])
    p = 1 + r
    factor = 2j * np.asarray(kz)[..., None]
    return r + p * p * coupling / (factor - coupling * p)


def refuse_unless(condition: Value, message: str) -> None:
    """For what a formula cannot mean."""
    if not np.all(condition):
        raise InputError(Fault("kim17", str(message)))
