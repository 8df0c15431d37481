"""The diagrams of one number of rays: T-matrix, self-energy, ladder of vertex corrections (Veneri22 Eqs. 14-27).

Units: hbar^2/2m* = 1, one energy, E in units of 1/e; batch (p,) first; m in the plane xz. For pairs w = (1, s),
N = (n/2) sum tr[w G+ w G-] (Eq. 20), Y = tr[w T+ w T-]/2 and J = sum tr[w G+ j G-],

    W = (1 - N Y)^-1 J,   <w> = W/2 pi,   sigma = (sum tr[j G+ j G-] + (n/2) J_L Y W)/2 pi.

1 - N Y is singular, for particles are conserved: Im Sigma is its left null vector, to which J is orthogonal. Of the
solutions the one without density, W_0 = 0, is taken: the limit of a field that is slow.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from femsot.base.quantities import Array

from ..amplitudes import PAULI
from .rays import SCALAR_VELOCITY, SPIN, Plane, Rays, bands, contours, extrema, local, pairs, rays

ITERATIONS = 200
#: tr[s_a s_m s_b s_n]/2 [a, m, b, n]
TRACES = np.einsum("aij,mjk,bkl,nli->ambn", PAULI, PAULI, PAULI, PAULI) / 2
#: dH/dk = 2 k + a V.s [axis, s]
SPIN_VELOCITY = np.array([[0, 0, -1, 0], [0, 1, 0, 0]])


@dataclass(frozen=True, eq=False)
class Problem:
    """One flat batch (p,)."""

    energy: Array
    spin_orbit: Array
    field: Array  #: (p, 3)
    density: Array  #: n
    inverse_strength: Array  #: 1/u or 1/u_R
    log_cutoff: Array  #: nan where u_R is given
    centre: Array

    @property
    def plane(self) -> Plane:
        return Plane(self.energy, self.spin_orbit, self.field, self.centre)

    def part(self, index: Array | slice) -> Problem:
        return Problem(**{name: values[index] for name, values in vars(self).items()})


@dataclass(frozen=True, eq=False)
class Solved:
    """What the diagrams of a `Problem` make; `failed` where the self-energy did not settle."""

    spin: Array  #: <s> (p, 3, 2) of electrons of charge 1
    conductivity: Array  #: (p, 2, 2)
    self_energy: Array  #: (p, 4)
    t_matrix: Array  #: (p, 4)
    failed: Array

    def part(self, index: Array | slice) -> Solved:
        return Solved(**{name: values[index] for name, values in vars(self).items()})

    def difference(self, solved: Solved) -> Array:
        """Largest change of <s> and sigma against their largest entries (p,), or what rounding leaves of <s> = 0."""
        scales = [np.abs(x).max((-2, -1)) for x in (self.spin, self.conductivity)]
        scales[0] = np.maximum(scales[0], 1e-12 * scales[1] / 2)  # <s> of a current polarised whole, dE/dk = 2 k = 2
        pairs = (self.spin, solved.spin), (self.conductivity, solved.conductivity)
        return np.max(
            [np.abs(x - y).max((-2, -1)) / scale for (x, y), scale in zip(pairs, scales, strict=True)], axis=0
        )


def centre(energy: Array, spin_orbit: Array, field: Array) -> Array:
    """Where rays start: the lowest point of the upper band, or of the lower one where no ring is about the first."""
    upper, lower = extrema(spin_orbit, field)
    outside = energy < bands(spin_orbit, field, upper)[0]
    if np.any(outside):
        weight = contours(rays(Plane(energy, spin_orbit, field, upper), 64), spin_orbit).weight
        crossed = (weight.reshape(energy.size, 64, 4) > 0).any(-1).all(-1)
        outside &= ~crossed
    return np.where(outside, lower, upper)


def t_matrix(problem: Problem, g: Array, *, born: bool) -> Array:
    """T = (1/u - g)^-1 (p, 4) (Eq. 16); u^2 g in the first Born approximation, whose first order shifts energies."""
    if born:
        return g / problem.inverse_strength[:, None] ** 2
    z = problem.inverse_strength - g[:, 0]
    vector = g[:, 1:]
    components = np.concatenate([z[:, None], vector], axis=1)
    return np.asarray(components / (z**2 - (vector * vector).sum(-1))[:, None])


def green(problem: Problem, ray: Rays) -> Array:
    """g = integral of G (p, 4): with its cut-off, or without Re g_0 where u_R contains it."""
    g = local(ray)
    bare = np.isnan(problem.log_cutoff)
    log = np.where(bare, 0, problem.log_cutoff) / (4 * np.pi)
    g[:, 0] = np.where(bare, 1j * g[:, 0].imag, g[:, 0] - log)
    return g


def insertion(problem: Problem, t: Array, *, born: bool) -> Array:
    """Y = tr[w T+ w T-]/2 (p, 4, 4) (Eq. 20)."""
    if born:
        return np.eye(4) / problem.inverse_strength[:, None, None] ** 2
    return np.einsum("ambn,pm,pn->pab", TRACES, t, t.conj(), optimize=True).real


def without_density(ladder: Array, null: Array, source: Array) -> Array:
    """W = (1 - N Y)^-1 J with W_0 = 0; null (p, 4) is the left null vector of 1 - N Y.

    Without spin-orbit coupling J = 0, and spin along m is conserved too: a second null vector.
    """
    unit = null / np.linalg.norm(null, axis=-1, keepdims=True)
    regular = np.eye(4) - ladder
    regular[:, :, 0] += unit
    regular = np.where(np.any(source, axis=(-2, -1), keepdims=True), regular, np.eye(4))
    return np.linalg.solve(regular, source)


def dilute(problem: Problem, count: int, *, born: bool) -> Solved:
    """Leading order in n: G+ x G- is (pi/gamma) P x P on the Fermi contours, gamma = -n tr[P Im T]."""
    ray = rays(problem.plane, count)
    t = t_matrix(problem, green(problem, ray), born=born)
    points = contours(ray, problem.spin_orbit)
    rate = -np.einsum("pka,pa->pk", points.spin, t.imag)  # gamma/n
    weight = np.pi * points.weight / np.where(points.weight > 0, rate, 1)
    w = np.swapaxes(points.spin, -1, -2)
    bubble = (w * weight[:, None]) @ points.spin * even(SPIN, SPIN) / 2
    source = (w * weight[:, None]) @ points.velocity * even(SPIN, SCALAR_VELOCITY[1:])
    source *= (problem.spin_orbit != 0)[:, None, None]
    drude = (np.swapaxes(points.velocity, -1, -2) * weight[:, None]) @ points.velocity * np.eye(2)
    y = insertion(problem, t, born=born)
    solved = without_density(bubble @ y, t.imag, source)
    sigma = drude + np.swapaxes(source, -1, -2) @ y @ solved / 2
    n = problem.density[:, None, None]
    return Solved(solved[:, 1:] / (2 * np.pi * n), sigma / (2 * np.pi * n), n[:, 0] * t, t, np.zeros(len(t), bool))


def even(*parities: Array) -> Array:
    """1 where a product survives the mirror k_x -> -k_x, else 0."""
    return (np.multiply.outer(*parities) > 0).astype(float)


def self_consistent(problem: Problem, count: int, *, born: bool) -> tuple[Array, Array]:
    """Sigma = n T[g[Sigma]] (p, 4), and where it did not settle (p,)."""
    n = problem.density[:, None]
    sigma = n * t_matrix(problem, green(problem, rays(problem.plane, count)), born=born)
    moving = np.arange(len(sigma))
    for _ in range(ITERATIONS):
        part = problem.part(moving)
        new = n[moving] * t_matrix(part, green(part, rays(part.plane.shifted(sigma[moving]), count)), born=born)
        change = np.abs(new - sigma[moving]).max(-1) > 1e-14 * np.abs(new).max(-1)
        sigma[moving] = new
        moving = moving[change]
        if not moving.size:
            break
    failed = np.zeros(len(sigma), bool)
    failed[moving] = True
    return sigma, failed


def finite(problem: Problem, count: int, *, born: bool) -> Solved:
    """Any n: G with its self-consistent self-energy. The bubble of two currents is without Re tr[j G+ j G+]."""
    sigma, failed = self_consistent(problem, count, born=born)
    plane = problem.plane.shifted(sigma)
    n = problem.density[:, None, None]
    a = problem.spin_orbit
    ray = rays(plane, count)
    integrals = pairs(ray, plane)
    t = sigma / problem.density[:, None]
    current = np.zeros((len(a), 2, 3, 4))  # j_b = sum of current[b, f, s] f s, f = (1, k_x, k_y)
    current[:, [0, 1], [1, 2], 0] = 2
    current[:, :, 0] = a[:, None, None] * SPIN_VELOCITY
    charge = np.zeros((4, 3, 4))
    charge[range(4), 0, range(4)] = 1
    vertices = np.concatenate([np.broadcast_to(charge, (len(a), 4, 3, 4)), current], axis=1)
    all_ = 2 * np.einsum("pxas,smtn,pambn,pybt->pxy", vertices, TRACES, integrals, vertices, optimize=True).real
    coupled = (a != 0)[:, None, None]
    bubble = n * all_[:, :4, :4] / 2
    right = all_[:, :4, 4:] * coupled
    left = all_[:, 4:, :4] * coupled
    # -Re sum tr[j G+ j G+] = 1/pi + 4 Re g_0, without the logarithm that both have
    drude = all_[:, 4:, 4:] + np.eye(2) * (1 / np.pi + 4 * local(ray)[:, 0].real)[:, None, None]
    y = insertion(problem, t, born=born)
    solved = without_density(bubble @ y, sigma.imag, right)
    conductivity = drude + n / 2 * left @ y @ solved
    return Solved(solved[:, 1:] / (2 * np.pi), conductivity / (2 * np.pi), sigma, t, failed)
