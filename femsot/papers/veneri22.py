"""Spin response and torque efficiencies of the disordered 2D Rashba ferromagnet (Veneri22), where closed forms exist.

H = p^2/2m* + alpha s.(k x z) + Delta s.m, m = (sin theta, 0, cos theta), electrons of charge -e, K the density of the
spin s/2 (in units of hbar) over E. Energies in eV and lengths in m; hbar and e restored, K in 1/(V m), efficiencies in
1/(A m). Weak scattering: eps > the gap, m* alpha^2 << eps, Delta << eps, m_x << 1, m* u << 1, with

    Q = Delta_z^2 + m* alpha^2 eps,   F = Delta_z^2/Q.

The paper has F -> 0 (strong Rashba coupling, Eqs. 33-34) and F -> 1 (weak, Eqs. 35-36); u is its u R^2.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.constants import e, hbar, m_e

from .hyperbolic import Array, Value

#: what the paper's efficiencies, in units of hbar and 1/|e|, are times in 1/(A m)
UNIT = hbar / e**2


@dataclass(frozen=True, eq=False)
class Gas:
    """One two-dimensional gas; fields broadcast."""

    effective_mass: Value  #: m* over the free electron's mass
    rashba: Value  #: alpha [eV m]
    exchange: Value  #: Delta_xc [eV]
    polar: Value  #: theta [rad]
    fermi_energy: Value  #: eps [eV]
    impurity_density: Value  #: n [1/m^2]
    strength: Value  #: u [eV m^2]

    @property
    def mass(self) -> Array:
        """m*/hbar^2 [1/(eV m^2)]."""
        return np.asarray(np.asarray(self.effective_mass) * m_e * e / hbar**2)

    @property
    def field(self) -> tuple[Array, Array]:
        """Delta_x, Delta_z [eV]."""
        return np.asarray(self.exchange * np.sin(self.polar)), np.asarray(self.exchange * np.cos(self.polar))

    @property
    def crossover(self) -> tuple[Array, Array]:
        """Q [eV^2] and F."""
        q = self.field[1] ** 2 + self.mass * np.asarray(self.rashba) ** 2 * self.fermi_energy
        return np.asarray(q), np.asarray(self.field[1] ** 2 / q)


def conductivity(gas: Gas) -> Array:
    """sigma_xx = e^2 eps/(pi n m* u^2) of weak scattering, the sheet's [S] (above Veneri22 Eq. 34)."""
    flow = gas.fermi_energy / (np.pi * gas.impurity_density * gas.mass * np.asarray(gas.strength) ** 2)
    return np.asarray(e**2 / hbar * flow)


def spin_response(gas: Gas) -> Array:
    """K (..., 3, 2) of weak scattering, each entry to its leading order in u, for every F [1/(V m)].

    Veneri22 Eq. 33 is its limit F -> 0, Eq. 35 its limit F -> 1.
    """
    x, z = gas.field
    q, _ = gas.crossover
    a = gas.rashba
    m = gas.mass
    u = gas.strength
    n = gas.impurity_density
    across = a / (2 * np.pi * n * np.asarray(u) ** 2)
    along = -(m**3) * np.asarray(a) ** 3 * z / (4 * np.pi**2 * n * q)
    zx = m**2 * a * x * z**2 / (8 * np.pi**2 * n * gas.fermi_energy * q)
    zy = -m * a * x * z / (4 * np.pi**2 * n * u * q)
    return _matrix([[along, across], [-across, along], [zx, zy]])


def spin_response_strong_rashba(gas: Gas) -> Array:
    """K (..., 3, 2) of Veneri22 Eq. 33, m_x << m_z, Delta_z << alpha p_F [1/(V m)]."""
    x, z = gas.field
    a = gas.rashba
    m = gas.mass
    eps = gas.fermi_energy
    u = np.asarray(gas.strength)
    unit = 1 / (2 * np.pi * np.asarray(gas.impurity_density))
    along = -(m**2) * z * a / (2 * np.pi * eps)
    across = a / u**2
    zx = m * x * z**2 / (4 * np.pi * a * np.asarray(eps) ** 2)
    zy = -x * z / (2 * np.pi * u * a * eps)
    return unit[..., None, None] * _matrix([[along, across], [-across, along], [zx, zy]])


def spin_response_weak_rashba(gas: Gas) -> Array:
    """K (..., 3, 2) of Veneri22 Eq. 35, alpha p_F << Delta_z [1/(V m)]."""
    x, z = gas.field
    a = np.asarray(gas.rashba)
    m = gas.mass
    u = np.asarray(gas.strength)
    unit = 1 / (2 * np.pi * np.asarray(gas.impurity_density))
    along = -(m**3) * a**3 / (2 * np.pi * z)
    across = a / u**2
    zx = m**2 * a * x / (4 * np.pi * gas.fermi_energy)
    zy = -m * a * x / (2 * np.pi * u * z)
    return unit[..., None, None] * _matrix([[along, across], [-across, along], [zx, zy]])


def efficiencies(gas: Gas) -> dict[str, Array]:
    """tau_1e, tau_2e, tau_1o, tau_2o of weak scattering and m_x -> 0, for every F [1/(A m)].

    Veneri22 Eqs. 34 and 36 corrected: K_xy has its own term in 1/u, and K_xy + K_yx, K_xx - K_yy are of order m_x^2.
    """
    q, f = gas.crossover
    a = np.asarray(gas.rashba)
    m = gas.mass
    u = np.asarray(gas.strength)
    even = -(m**4) * a**3 * gas.exchange * u**2 / (4 * np.pi * gas.fermi_energy * q)
    odd = m * a / (2 * gas.fermi_energy) * (1 - m * u / np.pi * f)
    second = m**3 * a**3 * np.asarray(gas.exchange) ** 2 * u / (4 * np.pi * q**2)
    parts = {"tau_1e": even, "tau_2e": -even * (1 - f / 2), "tau_1o": odd, "tau_2o": second}
    return {name: np.asarray(UNIT * value) for name, value in parts.items()}


def out_of_plane(gas: Gas, cutoff: Value | None = None) -> tuple[Array, Array]:
    """K (..., 3, 2) [1/(V m)] and sigma (..., 2, 2) [S] for m along z, every u and eps: leading order in n, exact.

    cutoff: largest kinetic energy [eV], `strength` is u; None: `strength` is u_R, 1/u_R = 1/u - Re g_0. The Fermi
    contours are circles of kinetic energy x = eps + m* alpha^2 +- R; [[p, q], [-q, p]] is written p + i q.
    """
    gas = replace(gas, polar=0.0)
    m = gas.mass
    a = np.asarray(gas.rashba)
    z = gas.field[1]
    mu = m * a**2
    eps = np.asarray(gas.fermi_energy)
    root = np.sqrt(z**2 + mu**2 + 2 * mu * eps)
    x = np.stack(np.broadcast_arrays(eps + mu + root, eps + mu - root))
    log = np.log(np.abs(x[0] / x[1])) / (2 * root)
    g0 = 0.0 if cutoff is None else -m / (2 * np.pi) * (np.log(cutoff / np.sqrt(np.abs(x[0] * x[1]))) - mu * log)
    there = x > 0
    rest = np.stack(np.broadcast_arrays(-mu - root, root - mu))  # eps - x
    weight = np.where(there, m / (2 * np.pi) / np.abs(1 + mu / rest), 0.0)
    k = np.sqrt(np.where(there, 2 * m * x, 0.0))
    tilt = z / rest
    turn = a * k / rest
    speed = k / m * (1 + mu / rest)
    g = g0 - 0.5j * np.pi * weight.sum(0), -m * z / (2 * np.pi) * log - 0.5j * np.pi * (weight * tilt).sum(0)
    up, down = (1 / (1 / np.asarray(gas.strength) - g[0] - sign * g[1]) for sign in (1, -1))
    t0 = (up + down) / 2
    tz = (up - down) / 2
    life = np.pi * weight / -(t0.imag + tilt * tz.imag)
    bubble, source, drude = ((life * f).sum(0) / 2 for f in (turn**2 / 2, turn * speed, speed**2))
    insertion = np.abs(t0) ** 2 - np.abs(tz) ** 2 - 2j * (t0 * tz.conj()).imag
    w = 1j * source / (1 - bubble * insertion)
    n = np.asarray(gas.impurity_density)
    flow = (drude - 0.5j * source * insertion * w) / (2 * np.pi * n)
    k_plane = -w / (4 * np.pi * n)
    zero = 0 * w.real
    spin = _matrix([[k_plane.real, k_plane.imag], [-k_plane.imag, k_plane.real], [zero, zero]])
    return spin, e**2 / hbar * _matrix([[flow.real, flow.imag], [-flow.imag, flow.real]])


def _matrix(rows: list[list[Array]]) -> Array:
    """Rows of entries (...,) as (..., rows, columns)."""
    entries = np.broadcast_arrays(*[x for row in rows for x in row])
    return np.stack(entries, axis=-1).reshape(entries[0].shape + (len(rows), len(rows[0])))
