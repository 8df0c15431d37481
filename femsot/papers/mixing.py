"""Mixing conductances, pumped currents, induced damping and effective fields (Ning24 Eqs. 19-23)."""

import numpy as np

from femsot.base.constants import e, hbar, mu_B

from .hyperbolic import Array, ComplexValue, Value


def mixing_conductance(interface_spin: ComplexValue, layer: ComplexValue) -> Array:
    """G_mix = [1/G_s + 1/G_s^F]^-1 = G_r + i G_i [S/m^2] (Ning24 Eq. 19), J_+ = G_mix mu_+, Im < 0.

    `layer` is `effective_conductance(sigma_s, k, thickness=d_F)`: exact for every d_F with P_os P_so = 0. Two
    conductances in series: with `layer` that of N it is a mixing conductance reduced by the backflow into N.

    >>> complex(mixing_conductance(2.0, 2.0))
    (1+0j)
    """
    return 1 / (np.divide(1.0, interface_spin) + np.divide(1.0 + 0j, layer))


def mixing_conductance_exact(interface_spin: Value, admittance: Array) -> Array:
    """G_mix [S/m^2] with an orbital channel in F, either closure (Ning24 Eq. 19 for any P_os, P_so).

    G_s^F becomes Y_ss - Y_so Y_os/Y_oo.
    `admittance` is `ferromagnet_admittance(...)` (..., 2, 2). J_s = G_mix mu_s^N + G_os^m (mu_o^N - mu_o^F).
    """
    return mixing_conductance(interface_spin, _spin_admittance(admittance))


def orbit_spin_mixing_bulk(interface_spin: Value, interface_orbital: Value, *, admittance: Array) -> Array:
    """G_os^m for conversion inside F [S/m^2] (Ning24 Eq. 20, exact, either closure, any d_F).

    G_os^m = G_o (Y_so/Y_oo)/(1 + Y_h/G_s), Y_h = Y_ss - Y_so Y_os/Y_oo, the entries of
    `ferromagnet_admittance`. Closure "ning24": P_os G_o/[1 + (1 - P_os P_so) G_s^F/G_s].
    """
    drag = admittance[..., 0, 1] / admittance[..., 1, 1]
    return interface_orbital * drag / (1 + _spin_admittance(admittance) / interface_spin)


def _spin_admittance(y: Array) -> Array:
    """Y_ss - Y_so Y_os/Y_oo: spin current per spin potential at zero orbital current [S/m^2]."""
    return y[..., 0, 0] - y[..., 0, 1] * y[..., 1, 0] / y[..., 1, 1]


def orbit_spin_mixing_interface(interface_spin: Value, interface_orbit_to_spin: Value, *, layer: ComplexValue) -> Array:
    """G_os^m = G_os/(1 + G_s/G_s^F) for conversion at the interface [S/m^2] (Ning24 Eq. 21, corrected).

    Printed without "1+". The same law divides G_so. `layer` is G_s^F of `effective_conductance`.
    """
    return interface_orbit_to_spin / (1 + np.divide(interface_spin, layer))


def pumped_current(conductance: ComplexValue, magnetization: Array, *, rate: Array) -> Array:
    """Moment current into F, (hbar/2e)[G_r m x dm/dt - G_i dm/dt] (..., 3) [A/m^2] (below Ning24 Eq. 23).

    `magnetization` is the unit vector m, `rate` is dm/dt (..., 3) [1/s]. Spin: `conductance` = G_mix;
    orbital: G_so^m. The paper prints hbar/e; its own Eqs. 22-23 give hbar/2e (docs/misprints.md section 1).
    """
    g = np.asarray(conductance, dtype=complex)[..., None]
    return np.asarray(hbar / (2 * e) * (g.real * np.cross(magnetization, rate) - g.imag * np.asarray(rate)))


def pumping_damping(
    mixing_conductance: ComplexValue,
    saturation_magnetization: Value,
    *,
    thickness: Value,
    gyromagnetic_ratio: Value = 2 * mu_B / hbar,
) -> Array:
    """Gilbert damping induced by pumping, alpha = gamma hbar^2 G_r/(4 e^2 M_s d) (docs/physics.md section 4).

    M_s [A/m], gamma [rad/(s T)]. With backflow insert `mixing_conductance(G_mix, G_s^N)`.
    """
    real = np.real(mixing_conductance)
    return np.asarray(gyromagnetic_ratio * hbar**2 * real / (4 * e**2 * saturation_magnetization * thickness))


def torque_field(torque: ComplexValue, saturation_magnetization: Value, *, thickness: Value) -> Array:
    """Effective field B = hbar tau/(2 e M_s d) [T] of a torque tau in charge units [A/m^2]."""
    return np.asarray(hbar * torque / (2 * e * saturation_magnetization * thickness))


def torque_rate(torque: ComplexValue, saturation_magnetization: Value, *, thickness: Value) -> Array:
    """|dm/dt| = mu_B tau/(e d M_s) [1/s] of a torque in charge units [A/m^2] (above Ning24 Eq. 23).

    It is gamma B of `torque_field` with gamma = 2 mu_B/hbar.
    """
    return np.asarray(mu_B * torque / (e * thickness * saturation_magnetization))
