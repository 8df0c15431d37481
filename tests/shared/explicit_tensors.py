"""docs/physics.md section 2 written out again: C entry by entry in loops, R from vector products.

Nothing here uses femsot's tensors.
"""

import itertools

import numpy as np

AXES = np.eye(3)
ZERO = np.zeros(3)


def eps(i, j, k):
    """The Levi-Civita symbol."""
    return (i - j) * (j - k) * (k - i) / 2


def matrix_of(function, size=3):
    """The matrix of a linear function of vectors."""
    return np.array([function(axis) for axis in np.eye(size)]).T


def number(value, default=0.0):
    return default if value is None else value


class Fields:
    """The fields of a record; one that this kind of material lacks is None."""

    def __init__(self, record):
        self.record = vars(record)

    def __getattr__(self, name):
        return self.record.get(name)


def explicit_conductivity(x, m, orbital=True, *, neel=None):
    """C (7, 3, 7, 3) of a metal, entry by entry from the tables of docs/physics.md section 2."""
    x, m = Fields(x), np.asarray(m, dtype=float)
    sigma, sigma_s = x.conductivity, number(x.spin_conductivity, x.conductivity)
    sigma_o = x.orbital_conductivity if orbital else 1e6
    p_os = number(x.orbit_to_spin, number(x.spin_to_orbit) * sigma_s / sigma_o)
    p_so = number(x.spin_to_orbit, p_os * sigma_o / sigma_s)
    p, ahe = number(x.polarization), number(x.anomalous_hall_conductivity)
    along, p_along = number(x.parallel_conductivity, sigma), number(x.parallel_polarization, p)
    zeta, swap = number(x.anomalous_hall_polarization), number(x.spin_swapping)
    spinful = x.anomalous_hall_polarization is not None
    c = np.zeros((7, 3, 7, 3))
    for i, j in itertools.product(range(3), repeat=2):
        d, mm = i == j, m[i] * m[j]
        hall = ahe * sum(eps(i, j, k) * m[k] for k in range(3))
        c[0, i, 0, j] = sigma * (d - mm) + along * mm + hall
        for a in range(3):
            polarised = -m[a] * (p * sigma * (d - mm) + p_along * along * mm) - zeta * m[a] * hall
            c[1 + a, i, 0, j] += polarised
            c[0, i, 1 + a, j] += polarised
            swapped = -swap * p * sigma * (m[i] * (a == j) - (a == i) * m[j])
            c[1 + a, i, 0, j] += swapped
            c[0, j, 1 + a, i] += swapped
            for b in range(3):
                axis, same = m[a] * m[b], a == b
                c[1 + a, i, 1 + b, j] += (same - axis) * sigma_s * d
                c[1 + a, i, 1 + b, j] += axis * (sigma_s * (d - mm) + sigma_s * along / sigma * mm + spinful * hall)
                exchanged = (a == j) * (b == i) - (a == i) * (b == j)
                c[1 + a, i, 1 + b, j] += sigma_s * swap * exchanged
                c[4 + a, i, 4 + b, j] += sigma_o * (same * d + number(x.orbital_swapping) * exchanged)
                c[1 + a, i, 4 + b, j] += p_os * sigma_o * same * d
                c[4 + a, i, 1 + b, j] += p_so * sigma_s * same * d
    return c + _explicit_hall(x, m, neel)


def _explicit_hall(x, m, neel):
    """Spin and orbital Hall effects and the spin splitter, each with its reciprocal."""
    spin = number(x.spin_hall_conductivity) + number(x.spin_hall_angle) * x.conductivity
    orbit = number(x.orbital_hall_conductivity) + number(x.orbital_hall_angle) * x.conductivity
    along, turned = number(x.spin_hall_parallel, spin), number(x.spin_hall_rotated)
    cube = np.zeros((3, 3, 3))
    spin_tensor, orbital_tensor = number(x.spin_hall_tensor, cube), number(x.orbital_hall_tensor, cube)
    splitter, neel = number(x.spin_splitter, np.zeros((3, 3))), number(neel, ZERO)
    even = spin * (AXES - np.outer(m, m)) + along * np.outer(m, m)
    odd = turned * matrix_of(lambda v: np.cross(m, v))
    c = np.zeros((7, 3, 7, 3))
    for a, i, k in itertools.product(range(3), repeat=3):
        forward, backward = (sum(matrix[a, b] * eps(i, b, k) for b in range(3)) for matrix in (even + odd, even - odd))
        c[1 + a, i, 0, k] = forward + spin_tensor[a][i][k] + neel[a] * splitter[i][k]
        c[0, k, 1 + a, i] = -backward - spin_tensor[a][i][k] + neel[a] * splitter[i][k]
        c[4 + a, i, 0, k] = orbit * eps(i, a, k) + orbital_tensor[a][i][k]
        c[0, k, 4 + a, i] = -orbit * eps(i, a, k) - orbital_tensor[a][i][k]
    return c


def explicit_relaxation(x, m, *, closure="conserving", orbital=True):
    """R and R_ex (7, 7) of a metal from the vector products of docs/physics.md section 2; m or the Neel vector."""
    x, m = Fields(x), np.asarray(m, dtype=float)
    sigma_s, sigma_o = number(x.spin_conductivity, x.conductivity), x.orbital_conductivity if orbital else 1e6
    lost = 0.0 if x.relaxation == "full" else number(x.polarization) ** 2 * x.conductivity
    p_os = number(x.orbit_to_spin, number(x.spin_to_orbit) * sigma_s / sigma_o)
    reduced = np.zeros((6, 6))
    reduced[:3, :3] = sigma_s * AXES - lost * np.outer(m, m)
    reduced[3:, 3:] = sigma_o * AXES
    if closure != "conserving":
        reduced[:3, 3:] = p_os * sigma_o * AXES
        reduced[3:, :3] = number(x.spin_to_orbit, p_os * sigma_o / sigma_s) * sigma_s * AXES
    lj2 = np.inf if x.exchange_length is None else x.exchange_length**2 * (-1 if x.antiparallel_exchange else 1)
    lphi = number(x.dephasing_length, np.inf)
    turn = matrix_of(lambda v: np.cross(v, m) / lj2 + np.cross(m, np.cross(v, m)) / lphi**2)
    spin, everything = np.zeros((6, 6)), np.zeros((6, 6))
    spin[:3, :3] = turn
    everything[:3, :3] = turn + AXES / x.spin_diffusion_length**2
    everything[3:, 3:] = AXES / (x.orbital_diffusion_length if orbital else 1e-9) ** 2
    r, r_ex = np.zeros((7, 7)), np.zeros((7, 7))
    r[1:, 1:], r_ex[1:, 1:] = reduced @ everything, reduced @ spin
    if orbital and x.spin_orbit_length is not None:
        size = np.sqrt(number(x.spin_conductivity, x.conductivity) * x.orbital_conductivity) / x.spin_orbit_length**2
        sign = 1 if x.antiparallel_spin_orbit else -1
        own = size if x.spin_orbit_form == "exchange" else 0.0
        r[1:, 1:] += np.kron([[own, sign * size], [sign * size, own]], AXES)
    return r, r_ex
