"""Kim17's four systems, and their torques in closed form (Eqs. 17-36); conventions and units: `kim17`.

Torques are coefficients T_R/(h_R E tau) per area [A/m], as those of `kim17.torque_coefficients`, which they equal.
"""

from __future__ import annotations

import numpy as np
from scipy.constants import e, hbar, m_e

from femsot.base.quantities import Array

from .kim17 import Modes, Value, modes, refuse_unless, wavevector_squared

_UNIT = hbar * e / (2 * np.pi * m_e)


def _bands(normal: Value, minority: Value, majority: Value) -> Array:
    """k_F^2 (..., 2, 2) [side, spin] of the Fermi energies above the band bottoms."""
    a, b, c = np.broadcast_arrays(*(wavevector_squared(energy) for energy in (normal, minority, majority)))
    return np.stack([a, a, b, c], axis=-1).reshape((*a.shape, 2, 2))


def _kappa(barrier: Value, exchange: Value) -> Array:
    """u_0 + u_m, u_0 - u_m: of down and up."""
    return np.stack(np.broadcast_arrays(np.add(barrier, exchange), np.subtract(barrier, exchange)), axis=-1)


def bulk_magnetism(fermi_energy: Value, exchange: Value) -> Modes:
    """The modes of N | F with J sigma.m in F and nothing at the interface: Eq. 17. E_F > 0; J may exceed it."""
    refuse_unless(np.greater(fermi_energy, 0), "bulk_magnetism: fermi_energy, allowed: > 0; the metal has no electrons")
    bands = _bands(fermi_energy, np.subtract(fermi_energy, exchange), np.add(fermi_energy, exchange))
    return modes(bands, np.zeros(2))


def interface_magnetism(fermi_wavevector: Value, barrier: Value, *, exchange: Value) -> Modes:
    """The modes of equal metals with the plane u_0 + u_m sigma.m [1/m]: Eq. 22. Singular only for u_0 = +-u_m."""
    square = np.square(fermi_wavevector)
    bands = np.asarray(square)[..., None, None] * np.ones((2, 2))
    return modes(bands, _kappa(barrier, exchange))


def ferromagnetic_insulator(
    fermi_energy: Value, potential: Value, exchange: Value, *, barrier: Value = 0.0, interface_exchange: Value = 0.0
) -> Modes:
    """The modes of N | insulator, U + J sigma.m in F, with a plane u_0 + u_m sigma.m: Eq. 25. 0 < E_F < U - J."""
    inside = np.greater(fermi_energy, 0) & np.less(fermi_energy, np.subtract(potential, np.abs(exchange)))
    refuse_unless(inside, "ferromagnetic_insulator: fermi_energy, allowed: above 0 and below both bands, U - |J|")
    free = np.subtract(fermi_energy, potential)
    return modes(_bands(fermi_energy, free - exchange, free + exchange), _kappa(barrier, interface_exchange))


def topological_insulator(fermi_energy: Value, potential: Value, *, exchange: Value) -> Modes:
    """The modes of insulator | F, U in N and J sigma.m in F: Eq. 33. -J < E_F < U."""
    inside = np.less(fermi_energy, potential) & np.greater(fermi_energy, -np.asarray(exchange))
    refuse_unless(inside, "topological_insulator: fermi_energy, allowed: above -J and below U")
    free = np.subtract(fermi_energy, potential)
    return modes(_bands(free, np.subtract(fermi_energy, exchange), np.add(fermi_energy, exchange)), np.zeros(2))


def bulk_torque(fermi_energy: Value, exchange: Value) -> Array:
    """Torque coefficients (..., 3) of N, majority, minority electrons with bulk magnetism: Eqs. 19, 20, corrected.

    With q = k_z^+ (minority), K = k_z^- (majority), D = (k_z + K)^2 |k_z + q|^2 and sums over k_perp^2 < k_F^2:
    N: -sum k_perp^2 k_z [K^2 - |q|^2 + 2i K Im q]/D
    majority: -sum k_perp^2 K [k_z^2 - |q|^2 - 2i k_z Im q]/D + sum_{k_F^2 < k_perp^2} k_perp^2 K/Delta^2 (Eq. 21)
    minority: -sum_{q real} k_perp^2 q (K - k_z)/[(k_z + q)^2 (k_z + K)]
    times hbar e/(2 pi m) (misprints A3, A4).
    """
    s = bulk_magnetism(fermi_energy, exchange)
    kz = s.kz
    q = s.wavevectors[..., 1, 0]
    K = s.wavevectors[..., 1, 1].real
    D = (kz + K) ** 2 * np.abs(kz + q) ** 2
    size = np.abs(q) ** 2
    normal = -s.sum(s.k_perp2 * kz * (K**2 - size + 2j * K * q.imag) / D, over=s.passing)
    majority = -s.sum(s.k_perp2 * K * (kz**2 - size - 2j * kz * q.imag) / D, over=s.passing)
    minority = -s.sum(s.k_perp2 * q * (K - kz) / ((kz + q) ** 2 * (kz + K)), over=s.passing & (q.real > 0))
    return _stacked(_UNIT * normal, _UNIT * majority + bulk_torque_evanescent(fermi_energy, exchange), _UNIT * minority)


def _stacked(normal: Array, majority: Array, minority: Array) -> Array:
    return np.stack(np.broadcast_arrays(normal, majority, minority), axis=-1) + 0j


def bulk_torque_evanescent(fermi_energy: Value, exchange: Value) -> Array:
    """The majority's part with evanescent waves in N: Eq. 21, corrected, e Delta (5 E_F + 2 J)/(30 pi^2 hbar).

    Delta = (2mJ)^1/2/hbar; the printed second line is 2 pi too large (misprints A5). Included in `bulk_torque`.
    """
    delta = np.sqrt(wavevector_squared(exchange))
    return e * delta * (5 * np.asarray(fermi_energy) + 2 * np.asarray(exchange)) / (30 * np.pi**2 * hbar)


def interface_torque(fermi_wavevector: Value, barrier: Value, *, exchange: Value) -> Array:
    """Torque coefficients (..., 3) of N, majority, minority electrons with interface magnetism: Eq. 24, corrected.

    Per tau, tau_up, tau_dn: (2 u_0 u_m, (u_0 + u_m)^2/2, -(u_0 - u_m)^2/2) - i k_z (2 u_0, -u_0 - u_m, -u_0 + u_m),
    times hbar e/(pi m) sum 1/D, D = [4k_z^2 + (u_0 - u_m)^2][4k_z^2 + (u_0 + u_m)^2]/(k_perp^2 k_z) (misprints A6).
    """
    s = interface_magnetism(fermi_wavevector, barrier, exchange=exchange)
    kz = s.kz
    plus = np.add(barrier, exchange)[..., None]
    minus = np.subtract(barrier, exchange)[..., None]
    share = s.k_perp2 * kz / ((4 * kz**2 + minus**2) * (4 * kz**2 + plus**2))
    even = s.sum(share)
    odd = s.sum(share * kz)
    plus = plus[..., 0]
    minus = minus[..., 0]
    parts = (
        (plus**2 - minus**2) / 2 * even - 1j * (plus + minus) * odd,
        plus**2 / 2 * even + 1j * plus * odd,
        -(minus**2) / 2 * even + 1j * minus * odd,
    )
    return 2 * _UNIT * _stacked(*parts)


def insulator_torque(fermi_energy: Value, potential: Value, *, exchange: Value) -> Array:
    """Torque coefficient of a ferromagnetic insulator: Eqs. 27, 28, corrected; real, i.e. field-like.

    2 (2m)^1/2 e/(15 pi^2 hbar^2) J E_F^5/2/(U^2 - J^2); printed with 8 instead of 2 (misprints A7, A8).
    """
    U = np.asarray(potential)
    J = np.asarray(exchange)
    return 2 * np.sqrt(2 * m_e) * e / (15 * np.pi**2 * hbar**2) * J * np.power(fermi_energy, 2.5) / (U**2 - J**2)


def insulator_torque_bound(potential: Value) -> Array:
    """The largest `insulator_torque` of a barrier U, at J = U/3 and E_F = U - J: Eq. 29, corrected.

    2 m^1/2 e/(45 3^1/2 pi^2 hbar^2) U^3/2; printed with 8 instead of 2 (misprints A8).
    """
    return 2 * np.sqrt(m_e) * e / (45 * np.sqrt(3) * np.pi**2 * hbar**2) * np.power(potential, 1.5)


def insulator_torque_scaled(potential: Value, alpha: Value, *, beta: Value) -> Array:
    """`insulator_torque` at J = alpha U, E_F = beta (U - J): Eq. 30, corrected (misprints A9).

    2 (2m)^1/2 e/(15 pi^2 hbar^2) x beta^5/2 U^3/2 x alpha (1 - alpha)^3/2/(1 + alpha).
    """
    unit = 2 * np.sqrt(2 * m_e) * e / (15 * np.pi**2 * hbar**2)
    shape = np.asarray(alpha) * np.power(np.subtract(1, alpha), 1.5) / np.add(1, alpha)
    return unit * np.power(beta, 2.5) * np.power(potential, 1.5) * shape


def insulator_torque_plane(
    fermi_energy: Value, potential: Value, exchange: Value, *, barrier: Value, interface_exchange: Value
) -> Array:
    """`insulator_torque` with the plane u_0 + u_m sigma.m: Eq. 32, corrected (printed with the other sign, m. A10).

    hbar e/(2 pi m) sum k_perp^2 k_z (q^- + q^+ + 2 u_0)(q^+ - q^- + 2 u_m)/D,
    D = [k_z^2 + (q^- + u_0 - u_m)^2][k_z^2 + (q^+ + u_0 + u_m)^2].
    """
    s = ferromagnetic_insulator(
        fermi_energy, potential, exchange, barrier=barrier, interface_exchange=interface_exchange
    )
    load = s.wavevectors[..., 1, :].imag + _kappa(barrier, interface_exchange)[..., None, :]
    down = load[..., 0]
    up = load[..., 1]
    kz = s.kz.real
    D = (kz**2 + up**2) * (kz**2 + down**2)
    return _UNIT * s.sum(s.k_perp2 * kz * (up + down) * (down - up) / D, over=s.passing)


def topological_torque(fermi_energy: Value, potential: Value, *, exchange: Value) -> Array:
    """Torque coefficients (..., 2) of majority, minority electrons on a topological insulator: Eqs. 35, 36.

    (2m)^1/2 e/(15 pi^2 hbar^2) [(E_F + J)^5/2/(U + J), -Re (E_F - J)^5/2/(U - J)]: field-like. The printed root covers
    e E_x A too (misprints A11).
    """
    U = np.asarray(potential)
    J = np.asarray(exchange)
    majority = np.power(np.add(fermi_energy, J), 2.5) / (U + J)
    filled = np.maximum(np.subtract(fermi_energy, J), 0.0)
    minority = np.where(filled > 0, filled**2.5 / np.where(filled > 0, U - J, 1.0), 0.0)
    unit = np.sqrt(2 * m_e) * e / (15 * np.pi**2 * hbar**2)
    return unit * np.stack(np.broadcast_arrays(majority, -minority), axis=-1)
