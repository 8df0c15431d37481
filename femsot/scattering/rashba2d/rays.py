"""Integrals over the plane of k along rays: radially exact by partial fractions, trapezoidal in angle.

Units of this file: hbar^2/2m* = 1. All arrays have the batch (p,) first; m lies in the plane xz. With complex energy E
and field d (self-energy included),

    G = (Q_0 + Q.s)/D,   Q_0 = E - k^2,   Q = a (k_y, -k_x, 0) + d,   D = Q_0^2 - Q.Q,

are polynomials in r along k = (0, y) + r (cos phi, sin phi), D of fourth order: the integral of a rational function
over r is a sum of residues times log(-root).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from femsot.base.quantities import Array

#: what the mirror k_x -> -k_x makes of (1, s) and of (1, k_x, k_y)
SPIN = np.array([1, 1, -1, 1])
SCALAR_VELOCITY = np.array([1, -1, 1])


@dataclass(frozen=True, eq=False)
class Plane:
    """What is integrated over, batch (p,)."""

    energy: Array  #: E
    spin_orbit: Array  #: a, real
    field: Array  #: d (p, 3)
    centre: Array  #: y of the point where the rays start

    def shifted(self, sigma: Array) -> Plane:
        """With a self-energy (p, 4) in G."""
        return Plane(self.energy - sigma[:, 0], self.spin_orbit, self.field + sigma[:, 1:], self.centre)


@dataclass(frozen=True, eq=False)
class Rays:
    """D and Q along every ray, at its roots; (p, rays, 4 roots)."""

    root: Array
    slope: Array  #: dD/dr
    adjugate: Array  #: Q_mu (p, rays, 4 roots, 4)
    k: Array  #: (p, rays, 4 roots, 2)

    @property
    def log(self) -> Array:
        """log(-root); a real root > 0 is above the axis where E rises along the ray, since E has + i0."""
        rises = np.where((self.root.imag == 0) & (self.root.real > 0), -np.sign(self.inverse_velocity), 0.0)
        return np.log(np.where(rises == 0, -self.root, self.root)) + 1j * np.pi * rises

    @property
    def inverse_velocity(self) -> Array:
        """dr/dE at a root, real where the root is."""
        return (-2 * self.adjugate[..., 0] / self.slope).real


def extrema(spin_orbit: Array, field: Array) -> tuple[Array, Array]:
    """k_y of the lowest points of the upper and of the lower band; both have k_x = 0."""
    a = spin_orbit
    dx = field[:, 0]
    dz = field[:, 2]
    reach = np.abs(a) / 2
    turn = np.where(a * dx < 0, -1.0, 1.0)

    def slope(y: Array, band: int) -> Array:
        b = a * y + dx
        size = np.hypot(b, dz)
        return np.asarray(2 * y + band * a * b / np.where(size > 0, size, 1.0))

    upper = _zero(lambda y: slope(y, 1), -reach, reach)
    return upper, turn * _zero(lambda y: turn * slope(turn * y, -1), 0 * reach, reach)


def _zero(f: Callable[[Array], Array], low: Array, high: Array) -> Array:
    """Return where f, negative below and positive above, changes sign, by bisection of all points at once.

    `scipy.optimize.elementwise.find_root` gives the same to 7e-16 and takes 1.7 to 3 times as long.
    """
    for _ in range(60):
        middle = (low + high) / 2
        below = f(middle) < 0
        low = np.where(below, middle, low)
        high = np.where(below, high, middle)
    return (low + high) / 2


def bands(spin_orbit: Array, field: Array, y: Array) -> tuple[Array, Array]:
    """E_- and E_+ at k = (0, y)."""
    split = np.hypot(spin_orbit * y + field[:, 0], field[:, 2])
    return y**2 - split, y**2 + split


def rays(plane: Plane, count: int) -> Rays:
    """Roots along `count` rays over half the plane, k_x > 0; the other half is its mirror image."""
    angle = (np.arange(count) + 0.5) * np.pi / count - np.pi / 2
    n = np.stack([np.cos(angle), np.sin(angle)])
    q0, q = _polynomials(plane, n)
    square = [q0[0] ** 2, 2 * q0[0] * q0[1], q0[1] ** 2 + 2 * q0[0] * q0[2], 2 * q0[1] * q0[2]]
    vector = [(x * y).sum(-1) for x, y in ((q[0], q[0]), (2 * q[0], q[1]), (q[1], q[1]))]
    d = [square[0] - vector[0], square[1] - vector[1], square[2] - vector[2], square[3] + 0 * vector[0]]
    companion = np.zeros((*d[0].shape, 4, 4), dtype=d[0].dtype)
    companion[..., [1, 2, 3], [0, 1, 2]] = 1
    companion[..., 3] = -np.stack(d, axis=-1)
    r = np.linalg.eigvals(companion)
    step, _, _ = _newton(r, q0, q)  # eigenvalues have the error of the largest of them, and of two that are close
    r = r - np.where(np.abs(step) < 1e-6 * np.abs(r), step, 0)
    _, slope, adjugate = _newton(r, q0, q)
    k = r[..., None] * n.T[:, None, :] + np.stack([0 * plane.centre, plane.centre], axis=-1)[:, None, None, :]
    return Rays(r.astype(complex), slope, adjugate, k)


def _newton(r: Array, q0: list[Array], q: list[Array]) -> tuple[Array, Array, Array]:
    """Newton's step for Q_0 = S, S = +-sqrt(Q.Q); there dD/dr = 2 S (Q_0 - S)' and Q_mu, with S for Q_0.

    Bands that are close are two factors of D, each with roots of its own.
    """
    scalar = q0[0][..., None] + r * (q0[1][..., None] - r)
    vector = q[0][..., None, :] + r[..., None] * q[1][..., None, :]
    size = np.sqrt((vector * vector).sum(-1).astype(complex))
    size = np.where(np.abs(scalar - size) > np.abs(scalar + size), -size, size)
    size = size.real if np.isrealobj(r) else size
    along = (vector * q[1][..., None, :]).sum(-1)
    change = q0[1][..., None] - 2 * r - along / np.where(size == 0, 1, size)
    step = (scalar - size) / np.where(change == 0, 1, change)
    return step, 2 * size * change, np.concatenate([size[..., None], vector], axis=-1)


def _polynomials(plane: Plane, n: Array) -> tuple[list[Array], list[Array]]:
    """Coefficients of Q_0 (p, rays) and of Q (p, rays, 3) in rising powers of r."""
    y = plane.centre[:, None]
    a = plane.spin_orbit[:, None]
    unity = np.ones_like(n[0])
    q0 = [(plane.energy - plane.centre**2)[:, None] * unity, -2 * y * n[1], -unity]
    start = plane.field + np.stack([a[:, 0] * y[:, 0], 0 * y[:, 0], 0 * y[:, 0]], axis=-1)
    return q0, [start[:, None, :] * unity[:, None], np.stack([a * n[1], -a * n[0], 0 * a * unity], axis=-1)]


def local(ray: Rays) -> Array:
    """Integral of G over d2k/(2 pi)^2, Pauli components (p, 4), up to k = 1 in the logarithm of g_0."""
    residue = (ray.root * ray.log / ray.slope)[..., None] * ray.adjugate
    return np.asarray(-residue.sum(axis=2).mean(axis=1) / (2 * np.pi)) * (SPIN > 0)


@dataclass(frozen=True, eq=False)
class Contours:
    """Points of the Fermi contours: integral of delta(E - E_k) f = sum of weight f; (p, points)."""

    weight: Array
    spin: Array  #: (1, s) (p, points, 4)
    velocity: Array  #: dE/dk (p, points, 2)


def contours(ray: Rays, spin_orbit: Array) -> Contours:
    """Every point where a ray crosses a Fermi contour; of weight 0 where it does not."""
    batch = ray.root.shape[0]
    a = spin_orbit[:, None, None]
    real = (ray.root.imag == 0) & (ray.root.real > 0)
    adjugate = np.where(real[..., None], ray.adjugate.real, 1.0)
    spin = np.concatenate([np.ones_like(adjugate[..., :1]), adjugate[..., 1:] / adjugate[..., :1]], axis=-1)
    velocity = 2 * ray.k.real + np.stack([-a * spin[..., 2], a * spin[..., 1]], axis=-1)
    slope = np.where(real, ray.slope.real, 1.0)
    weight = np.where(real, ray.root.real * 2 * np.abs(adjugate[..., 0] / slope), 0.0)
    weight = weight / (2 * np.pi * ray.root.shape[1])
    return Contours(weight.reshape(batch, -1), spin.reshape(batch, -1, 4), velocity.reshape(batch, -1, 2))


def pairs(ray: Rays, plane: Plane) -> Array:
    """Integrals of f Q_mu conj(Q_nu)/|D|^2 over d2k/(2 pi)^2 of f = (1, k_x, k_y)_a (1, k_x, k_y)_b: (p, a, mu, b, nu).

    Where f is of second order, mu = nu = 0 leaves its logarithm of the largest k out.
    """
    r = ray.root
    batch = ray.root.shape[0]
    conjugate_product = np.prod(r[..., :, None] - r.conj()[..., None, :], axis=-1)  # conj(D) at the roots of D
    residue = -r * ray.log / (ray.slope * conjugate_product * 2 * np.pi * r.shape[1])
    f = np.concatenate([np.ones_like(ray.k[..., :1]), ray.k], axis=-1)[..., :, None]
    constant = np.concatenate([plane.energy[:, None], plane.field], axis=-1)
    conjugate = ray.adjugate - 2j * constant.imag[:, None, None, :]  # their polynomials have conjugate coefficients
    left = (residue[..., None, None] * f * ray.adjugate[..., None, :]).reshape(batch, -1, 12)
    right = (f * conjugate[..., None, :]).reshape(batch, -1, 12)
    half = (np.swapaxes(left, -1, -2) @ right).reshape(batch, 3, 4, 3, 4)
    even = np.multiply.outer(SCALAR_VELOCITY, SPIN).ravel()
    mirrored = (np.multiply.outer(even, even) > 0).reshape(3, 4, 3, 4)
    return np.asarray((half + half.transpose(0, 1, 4, 3, 2).conj()) * mirrored)
