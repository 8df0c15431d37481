"""A spin Hall film alone, next to a magnetic insulator and next to a ferromagnet, in-plane field E along x.

The film fills 0 < z < d; accumulation and spin current are along p = n x E^ = y. "Closed": no spin current
leaves it. Sources: Chen et al., PRB 87, 144411 (2013); Haney et al., PRB 87, 174411 (2013).
"""

from dataclasses import dataclass

import numpy as np

from .hyperbolic import Array, ComplexValue, Value, cosh_ratio, sech, sinh_ratio, tanh_over


@dataclass(frozen=True, eq=False)
class HallFilm:
    """One normal metal film, SI units; fields broadcast."""

    thickness: Value  #: d [m]
    conductivity: Value  #: sigma, charge [S/m]
    spin_conductivity: Value  #: sigma_s [S/m], = sigma by default elsewhere
    spin_diffusion_length: Value  #: lambda_sf [m]
    spin_hall_conductivity: Value  #: sigma_SH = theta sigma [S/m]


def film_accumulation(film: HallFilm, z: Value, *, field: Value = 1.0) -> Array:
    """Spin accumulation mu_s[y](z) [V] of a closed film.

    -(sigma_SH E lambda/sigma_s) sinh((z - d/2)/lambda)/cosh(d/2 lambda).
    """
    half = np.divide(film.thickness, 2 * np.asarray(film.spin_diffusion_length))
    shape = sinh_ratio(np.divide(z, film.spin_diffusion_length) - half, half)
    return -film.spin_hall_conductivity * field * film.spin_diffusion_length / film.spin_conductivity * shape


def film_spin_current(film: HallFilm, z: Value, *, field: Value = 1.0) -> Array:
    """J_s[y,z](z) = -sigma_SH E [1 - cosh((z - d/2)/lambda)/cosh(d/2 lambda)] [A/m^2] of a closed film."""
    half = np.divide(film.thickness, 2 * np.asarray(film.spin_diffusion_length))
    shape = cosh_ratio(np.divide(z, film.spin_diffusion_length) - half, half)
    return -film.spin_hall_conductivity * field * (1 - shape)


def film_charge_current(film: HallFilm, z: Value, *, field: Value = 1.0) -> Array:
    """Charge current J_c[x](z) [A/m^2] of a closed film.

    [sigma + (sigma_SH^2/sigma_s) cosh((z - d/2)/lambda)/cosh(d/2 lambda)] E.
    """
    half = np.divide(film.thickness, 2 * np.asarray(film.spin_diffusion_length))
    shape = cosh_ratio(np.divide(z, film.spin_diffusion_length) - half, half)
    return (film.conductivity + film.spin_hall_conductivity**2 / film.spin_conductivity * shape) * field


def film_conductivity(film: HallFilm) -> Array:
    """Mean conductivity sigma + (sigma_SH^2/sigma_s)(2 lambda/d) tanh(d/2 lambda) [S/m] of a closed film.

    Between sigma (thick: the spin current flows freely) and sigma + sigma_SH^2/sigma_s (thin: none flows).
    """
    return film.conductivity * (1 - smr_ratios(film, 0.0)[0])


def film_resistance_change(film: HallFilm) -> Array:
    """Delta rho/rho = sigma/<sigma> - 1 <= 0 of a closed film against a thick one; exact in theta."""
    return film.conductivity / film_conductivity(film) - 1


def smr_ratios(film: HallFilm, mixing_conductance: ComplexValue) -> tuple[Array, Array, Array]:
    """(Delta rho_0, Delta rho_1, Delta rho_2)/rho of N | magnetic insulator (Chen et al. 2013).

    rho_0: -theta^2 (2 lambda/d) tanh(d/2 lambda);  rho_1 + i rho_2: theta^2 (lambda/d) G tanh^2(d/2 lambda) /
    [sigma_s/lambda + G coth(d/lambda)], theta^2 = sigma_SH^2/(sigma sigma_s). G = G_r + i G_i of docs/physics.md,
    which is 2 G_Chen with G_i of the opposite handedness (Chen has -Im). The far side of N is closed. They
    are exact as relative changes of conductivity (`smr_sheet_conductivity`), to O(theta^4) of resistivity.
    """
    length = np.asarray(film.spin_diffusion_length)
    d = film.thickness
    angle = film.spin_hall_conductivity**2 / (film.conductivity * np.asarray(film.spin_conductivity))
    half = d / (2 * length)
    absorbed = mixing_conductance / (film.spin_conductivity / length + mixing_conductance / np.tanh(d / length))
    ratio = angle * np.tanh(half) ** 2 * length / d * absorbed
    return -angle * tanh_over(half), np.real(ratio), np.imag(ratio)


def smr_sheet_conductivity(film: HallFilm, mixing_conductance: ComplexValue, *, magnetization: Array) -> Array:
    """Sheet current along x and along y per field along x (..., 2) [S] of N | magnetic insulator.

    sigma_xx = sigma [1 - (rho_0 + rho_1 (1 - m_y^2))/rho], sigma_yx = - sigma (rho_1 m_x m_y + rho_2
    m_z)/rho, with `smr_ratios`, times d. The insulator may be above or below. `magnetization` is the unit
    vector m (..., 3).
    """
    r0, r1, r2 = smr_ratios(film, mixing_conductance)
    x, y, z = np.moveaxis(np.asarray(magnetization, dtype=float), -1, 0)
    along = 1 - r0 - r1 * (1 - y**2)
    across = -r1 * x * y - r2 * z
    sheet = np.asarray(film.conductivity * film.thickness)[..., None]
    return np.asarray(sheet * np.stack(np.broadcast_arrays(along, across), axis=-1))


def spin_hall_efficiency(film: HallFilm, mixing_conductance: ComplexValue) -> Array:
    """xi = (tau_DL + i tau_FL)/(sigma E) of N below F, absorbing interface (Haney 2013).

    xi = -(sigma_SH/sigma)(1 - sech d/lambda) G/[G + (sigma_s/lambda) tanh d/lambda], G = G_r + i G_i of
    docs/physics.md, twice the mixing conductance of Brataas. d = 10 nm, lambda = 1.4 nm, sigma = 7e6 S/m, theta =
    0.1 and G = 2 (1e15 + 1e14 i) S/m^2 (G = 1e15 + 1e14 i as Brataas has it):

    >>> film = HallFilm(10e-9, 7e6, 7e6, 1.4e-9, 7e5)
    >>> complex(np.round(spin_hall_efficiency(film, 2e15 + 2e14j), 7))
    (-0.0285845-0.0020359j)
    """
    x = np.divide(film.thickness, film.spin_diffusion_length)
    backflow = film.spin_conductivity / np.asarray(film.spin_diffusion_length) * np.tanh(x)
    angle = np.divide(film.spin_hall_conductivity, film.conductivity)
    return np.asarray(-angle * (1 - sech(x)) * mixing_conductance / (mixing_conductance + backflow))
