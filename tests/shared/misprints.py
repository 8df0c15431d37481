"""The papers' formulas as they are printed, where that misleads: docs/misprints.md says what is wrong with each.

The corrected ones are those of `femsot.papers`, under the same names.
"""

import numpy as np
from scipy.constants import e, h

from femsot.papers import kim17, kim17_systems, mixing, veneri22
from femsot.papers.hyperbolic import sech


def transverse_wavevector(
    spin_diffusion_length,
    exchange_length=np.inf,
    *,
    dephasing_length=np.inf,
    antiparallel=False,
):
    """Ning24 Eq. 6 as printed [1/m]: 1/2 in place of 1/sqrt 2, so k is too small by sqrt 2."""
    damping = np.divide(1.0, spin_diffusion_length) ** 2 + np.divide(1.0, dephasing_length) ** 2
    size = np.hypot(damping, np.divide(1.0, exchange_length) ** 2)
    beta = np.where(antiparallel, -1.0, 1.0) * np.sqrt(size - damping) / 2
    return np.asarray(np.sqrt(size + damping) / 2 - 1j * beta)


def hall_torque(
    efficiency,
    hall_conductivity,
    *,
    field,
    thickness,
    diffusion_length,
):
    """Ning24 Eqs. 13-14 with the printed overall sign [A/m^2]: right for E along -x or N above F."""
    arriving = 1 - sech(np.divide(thickness, diffusion_length))
    return np.asarray(efficiency * hall_conductivity * field * arriving)


def orbital_efficiency_interface(conductances, interface):
    """Ning24 Eq. 18 as printed: only for G_s (1/G_s^N + 1/G_s^F) >> 1 (too large by 28% at 1e15 S/m^2)."""
    g = conductances
    gs = interface[..., 0, 0]
    gos = interface[..., 0, 1]
    go = interface[..., 1, 1]
    spin = np.divide(g.spin_ferromagnet, gs) / (1 + np.divide(g.spin_ferromagnet, g.spin_normal))
    orbital = 1 + g.orbital_normal * (1 / go + np.divide(1, g.orbital_ferromagnet))
    return np.asarray(gos / go * spin / orbital)


def orbit_spin_mixing_bulk(interface_orbital, orbit_to_spin):
    """G_os^m = P_os G_o [S/m^2] (Ning24 Eq. 20): only for G_s >> |G_s^F|."""
    return np.asarray(interface_orbital * orbit_to_spin)


def orbit_spin_mixing_interface(interface_spin, interface_orbit_to_spin, *, layer):
    """G_os^m = G_os G_s^F/G_s [S/m^2] (Ning24 Eq. 21 as printed): diverges for G_s -> 0 and lambda_J -> 0."""
    return np.asarray(interface_orbit_to_spin * np.divide(layer, interface_spin))


def pumped_current(conductance, magnetization, *, rate):
    """The printed text below Ning24 Eq. 23, with hbar/e: twice `pumped_current` [A/m^2]."""
    return 2 * mixing.pumped_current(conductance, magnetization, rate=rate)


def interface_transmission(scaled, thickness):
    """g1 + i g2 of Amin16 Eqs. 26-27 as printed (as if G < 0): diverges at G = tanh(t/l_sf)."""
    t = np.tanh(thickness)
    g = np.asarray(scaled, dtype=complex)
    return np.asarray((t**2 - g.real * t + 1j * g.imag * t) / ((g.real - t) ** 2 + g.imag**2))


def hall_transmission(scaled, thickness):
    """h_d + i h_f of Amin16 Eqs. 23, 28, 29 as printed: not 0 without an interface (G = 0).

    (g1 h1, g2 h2) with h1 = h2 (1 + g1)/g1, h2 = -(1 - sech(t/l_sf)) and the printed g1, g2.
    """
    g = interface_transmission(scaled, thickness)
    h2 = -(1 - sech(thickness))
    return np.asarray(h2 * (1 + g.real) + 1j * h2 * g.imag)


def angle_factors(theta, chi):
    """fs, fc of Amin20 Eqs. 34, 35 as printed: sin theta is with the exchange field."""
    size = np.sqrt(np.sin(theta) ** 2 * np.cos(chi) ** 2 + np.sin(chi) ** 2)
    return np.sin(chi) / size, np.sin(theta) * np.cos(chi) / size


def weights(theta):
    """w, v of Amin20 Eqs. 28-30 as printed, over c_mu and c_j e kF^2: tan theta and sin theta, for both drives.

    Right are sin theta and sin theta cos theta, with one more sin theta for a drive in the plane (A26).
    """
    return np.tan(theta), np.sin(theta)


def proximity_reflection(r, kz, *, exchange):
    """Kim17 Eq. 47 as printed: u_m with the sign opposite to that of Eqs. 23, 31 and 46."""
    return kim17.proximity_reflection(r, kz, exchange=-np.asarray(exchange))


def bulk_torque_evanescent(fermi_energy, exchange):
    """Kim17 Eq. 21 as printed, with 1/(15 pi)."""
    return 2 * np.pi * kim17_systems.bulk_torque_evanescent(fermi_energy, exchange)


def insulator_torque(fermi_energy, potential, *, exchange):
    """Kim17 Eq. 28 as printed."""
    return 4 * kim17_systems.insulator_torque(fermi_energy, potential, exchange=exchange)


def spin_flip_conductance(modes):
    """G_flip/h_R^2 of Kim17 Eq. A18b as printed, for mu^F - mu^N: it answers half their sum (A13)."""
    flip = np.abs(modes.p[..., 0] * modes.p[..., 1]) ** 2
    ratio = np.where(modes.passing, modes.k_perp2, 0.0) / np.where(modes.passing, modes.kz.real**2, 1.0)
    return np.asarray(e**2 / (2 * h) * modes.sum(ratio * flip))


def efficiencies_strong_rashba(gas):
    """Veneri22 Eq. 34 as printed, m* restored where dimensions ask for it: right to leading order but for two terms.

    tau_1o: its term in u is that of K_zy alone; tau_2o has eps for eps^2 (its value is then no 1/(A m)).
    """
    x, z = gas.field
    a = np.asarray(gas.rashba)
    m = gas.mass
    eps = np.asarray(gas.fermi_energy)
    u = np.asarray(gas.strength)
    delta = np.asarray(gas.exchange)
    parts = {
        "tau_1e": -(m**3) * delta * a * u**2 / (4 * np.pi * eps**2),
        "tau_2e": m**2 * delta * u**2 / (4 * np.pi * eps**2) * (m * a - z**2 / (2 * a * eps)),
        "tau_1o": m / (2 * eps) * (a + x**2 * u / (2 * np.pi * a * eps)),
        "tau_2o": m * delta**2 * u / (4 * np.pi * a * eps),
    }
    return {name: np.asarray(veneri22.UNIT * value) for name, value in parts.items()}


def efficiencies_weak_rashba(gas):
    """Veneri22 Eq. 36 as printed [1/(A m)]: tau_2o and tau_2e are wrong, and the term in u of tau_1o."""
    x, z = gas.field
    a = np.asarray(gas.rashba)
    m = gas.mass
    eps = np.asarray(gas.fermi_energy)
    u = np.asarray(gas.strength)
    delta = np.asarray(gas.exchange)
    parts = {
        "tau_1e": -(m**4) * a**3 * delta * u**2 / (4 * np.pi * z**2 * eps),
        "tau_2e": a * m**3 * u**2 * delta / (4 * np.pi * eps) * (m * a**2 / z**2 - 1 / (2 * eps)),
        "tau_1o": m * a / (2 * eps) * (1 + m * x**2 * u / (2 * np.pi * z**2)),
        "tau_2o": m**2 * a * delta**2 * u / (4 * np.pi * z**2 * eps),
    }
    return {name: np.asarray(veneri22.UNIT * value) for name, value in parts.items()}
