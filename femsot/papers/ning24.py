"""Orbital and spin torque of a normal metal | ferromagnet bilayer (Ning24 Eqs. 13-18).

N fills -d_N < z < 0 and F fills 0 < z < d_F, E along +x, p = n x E^ = y. Every spin or orbital quantity is
the complex transverse one, q = q_1 + i q_2 with e1 = m x (p x m), e2 = m x p, so that the flux torque is
tau_DL + i tau_FL = J_s(0).
"""

from dataclasses import dataclass

import numpy as np

from .hyperbolic import Array, ComplexValue, Value, complex_sech, sech, tanh_product

CLOSURES = ("conserving", "ning24")


@dataclass(frozen=True, eq=False)
class NormalLayer:
    """The source layer N, SI units; fields broadcast."""

    thickness: Value  #: d_N [m]
    spin_conductivity: Value  #: sigma_s [S/m]
    spin_diffusion_length: Value  #: lambda_s [m]
    orbital_conductivity: Value  #: sigma_o [S/m]
    orbital_diffusion_length: Value  #: lambda_o [m]


@dataclass(frozen=True, eq=False)
class FerromagnetLayer:
    """The absorbing layer F, SI units; fields broadcast."""

    thickness: Value  #: d_F [m], np.inf for a half space
    spin_conductivity: Value  #: sigma_s [S/m]
    wavevector: ComplexValue  #: k of `transverse_wavevector` [1/m]
    orbital_conductivity: Value  #: sigma_o [S/m]
    orbital_diffusion_length: Value  #: lambda_o [m]
    orbit_to_spin: Value = 0.0  #: P_os
    spin_to_orbit: Value = 0.0  #: P_so


@dataclass(frozen=True, eq=False)
class EffectiveConductances:
    """The four conductances of Ning24 Eq. 15 [S/m^2]; G_s^F is complex."""

    spin_normal: ComplexValue
    orbital_normal: ComplexValue
    spin_ferromagnet: ComplexValue
    orbital_ferromagnet: ComplexValue


def effective_conductance(conductivity: Value, wavevector: ComplexValue, *, thickness: Value = np.inf) -> Array:
    """Conductance sigma/lambda~ of a layer closed at its far side, sigma k tanh(k d) [S/m^2] (Ning24 Eq. 15).

    k = 1/lambda for a diffusing component, complex for transverse spin. Exact for every thickness.
    """
    return np.asarray(conductivity * wavevector * tanh_product(wavevector, thickness))


def effective_conductances(normal: NormalLayer, ferromagnet: FerromagnetLayer) -> EffectiveConductances:
    """The four effective conductances of a bilayer (Ning24 Eq. 15, finite d_F included)."""
    n = normal
    f = ferromagnet
    return EffectiveConductances(
        effective_conductance(n.spin_conductivity, 1 / n.spin_diffusion_length, thickness=n.thickness),
        effective_conductance(n.orbital_conductivity, 1 / n.orbital_diffusion_length, thickness=n.thickness),
        effective_conductance(f.spin_conductivity, f.wavevector, thickness=f.thickness),
        effective_conductance(f.orbital_conductivity, 1 / f.orbital_diffusion_length, thickness=f.thickness),
    )


def hall_torque(
    efficiency: ComplexValue,
    hall_conductivity: Value,
    *,
    field: Value,
    thickness: Value,
    diffusion_length: Value,
) -> Array:
    """Complex flux torque tau = - eta sigma_H E (1 - sech(d_N/lambda)) [A/m^2] (Ning24 Eqs. 13-14).

    The minus sign is docs/physics.md's: p = n x E^, N below F. "cosh^-1" of the paper is sech.
    """
    arriving = 1 - sech(np.divide(thickness, diffusion_length))
    return np.asarray(-efficiency * hall_conductivity * field * arriving)


def spin_efficiency(conductances: EffectiveConductances, interface_spin: Value = np.inf) -> Array:
    """eta_s = [1 + G_s^N (1/G_s^F + 1/G_s)]^-1 (Ning24 Eq. 16), exact for P_os P_so = 0 and G_os = 0.

    `interface_spin` is the Ohmic G_s [S/m^2], infinite when transparent (as in the paper).
    """
    g = conductances
    return 1 / (1 + g.spin_normal * (np.divide(1, g.spin_ferromagnet) + np.divide(1.0, interface_spin)))


def spin_efficiency_exact(conductances: EffectiveConductances, orbit_to_spin: Value, *, spin_to_orbit: Value) -> Array:
    """eta_s of closure "ning24", transparent interface, any P_os, P_so (docs/misprints.md section 1 under Eq. 16).

    For closure "conserving" or an Ohmic interface use `transmission`, entry [0, 0].
    """
    g = conductances
    pp = orbit_to_spin * spin_to_orbit
    return (g.spin_ferromagnet * (g.orbital_normal + (1 - pp) * g.orbital_ferromagnet)) / _determinant(g, pp)


def orbital_efficiency_bulk(conductances: EffectiveConductances, orbit_to_spin: Value) -> Array:
    """eta_o for conversion inside F (Ning24 Eq. 17, printed with P_os): first order in P_os, transparent."""
    g = conductances
    spin_backflow = 1 + np.divide(g.spin_ferromagnet, g.spin_normal)
    orbital_injection = 1 + np.divide(g.orbital_normal, g.orbital_ferromagnet)
    return np.asarray(orbit_to_spin / spin_backflow / orbital_injection)


def orbital_efficiency_bulk_exact(
    conductances: EffectiveConductances, orbit_to_spin: Value, *, spin_to_orbit: Value
) -> Array:
    """eta_o of closure "ning24", transparent interface, any P_os, P_so (Ning24 Eq. 17, exact).

    For closure "conserving" or an Ohmic interface use `transmission`, entry [0, 1].
    """
    g = conductances
    source = orbit_to_spin * g.orbital_ferromagnet * g.spin_normal
    return source / _determinant(g, orbit_to_spin * spin_to_orbit)


def _determinant(g: EffectiveConductances, pp: Value) -> Array:
    """(G_s^N + G_s^F)(G_o^N + G_o^F) - P_os P_so G_s^F G_o^F [S^2/m^4]."""
    both = (g.spin_normal + g.spin_ferromagnet) * (g.orbital_normal + g.orbital_ferromagnet)
    return np.asarray(both - pp * g.spin_ferromagnet * g.orbital_ferromagnet)


def orbital_efficiency_interface(conductances: EffectiveConductances, interface: Array) -> Array:
    """eta_o for conversion at the interface, first order in G_os (Ning24 Eq. 18 with its missing "1+").

    eta_o = gamma_os [1 + G_s (1/G_s^N + 1/G_s^F)]^-1 [1 + G_o^N (1/G_o + 1/G_o^F)]^-1, gamma_os = G_os/G_o.
    `interface` is [[G_s, G_os], [G_so, G_o]] (..., 2, 2) [S/m^2].
    """
    g = conductances
    gs, gos, _, go = _entries(interface)
    spin = 1 + gs * (np.divide(1, g.spin_normal) + np.divide(1, g.spin_ferromagnet))
    orbital = 1 + g.orbital_normal * (1 / go + np.divide(1, g.orbital_ferromagnet))
    return np.asarray(gos / go / spin / orbital)


def orbital_efficiency_interface_exact(conductances: EffectiveConductances, interface: Array) -> Array:
    """eta_o for conversion at the interface alone, P_os = P_so = 0, any G_os, G_so (Ning24 Eq. 18, exact)."""
    g = conductances
    gs, gos, gso, go = _entries(interface)
    zs = np.divide(1, g.spin_normal) + np.divide(1, g.spin_ferromagnet)
    zo = np.divide(1, g.orbital_normal) + np.divide(1, g.orbital_ferromagnet)
    coupled = 1 + zs * gs + zo * go + zs * zo * (gs * go - gos * gso)
    return np.asarray(gos / g.orbital_normal / coupled)


def _entries(interface: Array) -> tuple[Array, Array, Array, Array]:
    """G_s, G_os, G_so, G_o of an Ohmic interface matrix."""
    g = np.asarray(interface)
    return g[..., 0, 0], g[..., 0, 1], g[..., 1, 0], g[..., 1, 1]


def ohmic_matrix(spin: Value, orbital: Value, *, orbit_to_spin: Value = 0.0, spin_to_orbit: Value = 0.0) -> Array:
    """[[G_s, G_os], [G_so, G_o]] (..., 2, 2) [S/m^2] of Ning24 Eqs. 8-9."""
    return _matrix((spin, orbit_to_spin), (spin_to_orbit, orbital))


def _matrix(upper: tuple[ComplexValue, ComplexValue], lower: tuple[ComplexValue, ComplexValue]) -> Array:
    """[upper, lower] (..., 2, 2) of broadcast entries."""
    entries = np.stack(np.broadcast_arrays(*upper, *lower), axis=-1)
    return entries.reshape(*entries.shape[:-1], 2, 2)


def normal_admittance(normal: NormalLayer) -> Array:
    """Y_N = diag(G_s^N, G_o^N) (..., 2, 2) [S/m^2]: current drawn by N per potential at the interface."""
    n = normal
    spin = effective_conductance(n.spin_conductivity, 1 / n.spin_diffusion_length, thickness=n.thickness)
    orbital = effective_conductance(n.orbital_conductivity, 1 / n.orbital_diffusion_length, thickness=n.thickness)
    return _matrix((spin, 0.0), (0.0, orbital))


def ferromagnet_admittance(ferromagnet: FerromagnetLayer, closure: str = "conserving") -> Array:
    """Y_F (..., 2, 2) [S/m^2] with (J_s, J_o) = Y_F (mu_s, mu_o) at z = 0+, F closed at z = d_F.

    "ning24": C diag(k tanh k d, kap tanh kap d), C = [[sigma_s, P_os sigma_o], [P_so sigma_s, sigma_o]],
    kap = 1/lambda_o. "conserving": C Q tanh(Q d), Q^2 = C^-1 diag(sigma_s k^2, sigma_o kap^2) (misprints,
    section 1).
    """
    if closure not in CLOSURES:
        raise ValueError(f"closure: unknown {closure!r}; known: {', '.join(CLOSURES)}")
    f = ferromagnet
    kap = np.divide(1.0, f.orbital_diffusion_length)
    mixing = _matrix(
        (f.spin_conductivity, f.orbit_to_spin * f.orbital_conductivity),
        (f.spin_to_orbit * f.spin_conductivity, f.orbital_conductivity),
    )
    if closure == "ning24":
        spin = f.wavevector * tanh_product(f.wavevector, f.thickness)
        orbital = kap * tanh_product(kap, f.thickness)
        return mixing @ _matrix((spin, 0.0), (0.0, orbital))
    absorption = _matrix((f.spin_conductivity * f.wavevector**2, 0.0), (0.0, f.orbital_conductivity * kap**2))
    offset, slope = _root_tanh(f)
    return np.asarray(offset[..., None, None] * mixing + slope[..., None, None] * absorption)


def _root_tanh(f: FerromagnetLayer) -> tuple[Array, Array]:
    """a, b with Q tanh(Q d_F) = a + b Q^2, from the two roots s of Q; no cancellation when they coincide.

    s+- = m +- h with 4 m^2 = tr Q^2 + 2 sqrt(det Q^2), 4 h^2 = tr Q^2 - 2 sqrt(det Q^2).
    """
    k = f.wavevector
    kap = np.divide(1.0, f.orbital_diffusion_length)
    q = np.sqrt(1 - np.asarray(f.orbit_to_spin) * f.spin_to_orbit + 0j)
    trace = (k**2 + kap**2) / q**2
    product = k * kap / q
    m = np.sqrt(trace + 2 * product + 0j) / 2
    h = np.sqrt(trace - 2 * product + 0j) / 2
    total = tanh_product(m + h, f.thickness) + tanh_product(m - h, f.thickness)
    split = m * _tanh_difference(m, h, f.thickness)
    return product * (total - split) / (4 * m), (total + split) / (4 * m)


def _tanh_difference(m: Array, h: Array, thickness: Value) -> Array:
    """[tanh((m+h) d) - tanh((m-h) d)]/h, smooth at h = 0."""
    d = np.where(np.isinf(thickness), 0.0, thickness)
    x = 2 * h * d
    close = np.abs(x) < 0.5
    apart = np.where(close, 1.0, h)
    ratio = np.sinh(np.where(close, x, 0.0)) / np.where(close & (x != 0), x, 1.0)
    near = 2 * d * np.where(x == 0, 1.0, ratio) * complex_sech((m + h) * d) * complex_sech((m - h) * d)
    return np.where(close, near, (np.tanh((m + h) * d) - np.tanh((m - h) * d)) / apart)


def transmission(normal: Array, ferromagnet: Array, *, interface: Array | None = None) -> Array:
    """T (..., 2, 2) of (J_s, J_o)(0) = T j_eff, eta_s = T[0, 0], eta_o = T[0, 1] (Ning24 Eqs. 16-18, exact).

    T = (Z_N + G^-1 + Z_F)^-1 Z_N from the admittances Y_N, Y_F (..., 2, 2) and the Ohmic matrix G, None when
    transparent. Written with admittances, so that singular G (one channel blocked) is allowed.
    """
    if interface is None:
        return ferromagnet @ np.linalg.inv(normal + ferromagnet)
    g = np.asarray(interface)
    through = g @ np.linalg.inv(normal + g)
    return ferromagnet @ np.linalg.solve(ferromagnet + through @ normal, through)


def bilayer_currents(
    normal: NormalLayer,
    ferromagnet: FerromagnetLayer,
    *,
    hall: Array,
    interface: Array | None = None,
    closure: str = "conserving",
) -> Array:
    """Complex (J_s, J_o)(0) (..., 2) per field [S/m], exact for any d_N, d_F, Ohmic interface and closure.

    J(0) = (Z_N + G^-1 + Z_F)^-1 Z_N j_eff, j_eff = -(sigma_SH [1 - sech(d_N/lambda_s)], sigma_OH [1 -
    sech(d_N/lambda_o)]) (docs/misprints.md section 1). `hall` is (sigma_SH, sigma_OH) (..., 2) [S/m], `interface` that
    of `transmission`. Multiply by E for A/m^2; J_s(0) = tau_DL + i tau_FL.
    """
    n = normal
    spin = 1 - sech(np.divide(n.thickness, n.spin_diffusion_length))
    orbital = 1 - sech(np.divide(n.thickness, n.orbital_diffusion_length))
    source = -np.asarray(hall) * np.stack(np.broadcast_arrays(spin, orbital), axis=-1)
    admittance = ferromagnet_admittance(ferromagnet, closure)
    through = transmission(normal_admittance(n), admittance, interface=interface)
    return np.asarray(np.einsum("...ij,...j->...i", through, source))
