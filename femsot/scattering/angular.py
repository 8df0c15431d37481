"""Torques against the direction of the magnetization: symmetry, Amin20 Eq. 6, and vector spherical harmonics.

E lies along x or y, z is the normal, p = z x E^. Both expansions take any torque tau(m): a function of directions
(n, 3), or its values there, such as a stack's torques from `solve_many` over a magnetization.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.polynomial import legendre
from scipy.special import gammaln

from femsot.base.errors import Checks, Fault, InputError
from femsot.base.quantities import Array

from .hamiltonian import SIDES, Ferromagnet, Hamiltonian
from .tensors import tensors

#: tau(m): directions (n, 3) -> torques (n, 3, ...), or those torques themselves
Torque = Callable[[Array], Array] | Array
#: names of the terms of Amin20 Eq. 6
TERMS = ("a", "b", "c", "d")


@dataclass(frozen=True, eq=False, kw_only=True)
class AngularDependence:
    """The field's response at zero potentials for every direction; E axes (x, y) last [S/m]."""

    directions: Array  #: m (..., 3)
    interface: Array  #: (..., 3, 2) torque on the interface's magnetization, gamma_mag(m)
    lattice: Array  #: (..., 3, 2)
    source: Array  #: (..., 2, 4, 2) [side, component]: sigma(m) and gamma_FM(m), along the normal
    ferromagnet: Ferromagnet
    quadrature_error: float  #: the worst of all directions
    converged: bool
    evaluated: int  #: directions that were integrated; the others are their mirror images and rotations

    @property
    def total(self) -> Array:
        """Torque on the whole magnet (..., 3, 2), Amin16 Eq. 15: the interface's, and what enters the ferromagnet."""
        return np.asarray(self.interface + absorbed(self.directions, self.source[..., 1:, :], self.ferromagnet))


def absorbed(m: Array, current: Array, ferromagnet: Ferromagnet) -> Array:
    """Transverse part (..., 3, k) of the spin currents (..., 2, 3, k) [side] along the normal that enters a magnet."""
    into = np.array(SIDES[ferromagnet]) * np.array([-1.0, 1.0])
    spin = np.einsum("s,...sak->...ak", into, current)
    return np.asarray(spin - m[..., None] * np.einsum("...a,...ak->...k", m, spin)[..., None, :])


def angular_dependence(hamiltonian: Hamiltonian, directions: Any) -> AngularDependence:
    """The response for all `directions` (..., 3) of the magnetization, each class of equivalent ones integrated once.

    A polar sweep costs a quarter of its points, an azimuthal one a single integral, a whole `sphere` half its rows;
    for many scattered directions expand the torque on a `sphere` and evaluate the expansion.
    """
    checks = Checks("directions")
    m = checks.unit_vector("", directions)
    checks.done()
    shape = m.shape[:-1]
    m = m.reshape(-1, 3)
    axial = equivalence(hamiltonian, m)
    images = np.round(np.einsum("nab,nb->na", axial, m), 12) + 0.0
    directions, index = np.unique(images, axis=0, return_inverse=True)
    solutions = [tensors(replace(hamiltonian, magnetization=solution)) for solution in directions]
    polar = axial[:, 2, 2, None, None] * axial[:, :2, :2]

    def back(name: str) -> Array:
        return np.stack([vars(solution)[name] for solution in solutions])[index.ravel()]

    def turned(vectors: Array) -> Array:
        return np.einsum("nba,n...bk,nkj->n...aj", axial, vectors, polar)

    source = back("source")
    charge = np.einsum("nsak,nkj->nsaj", source[:, :, :1], polar)
    return AngularDependence(
        directions=m.reshape(*shape, 3),
        interface=turned(back("torque_field")).reshape(*shape, 3, 2),
        lattice=turned(back("lattice_field")).reshape(*shape, 3, 2),
        source=np.concatenate([charge, turned(source[:, :, 1:])], axis=2).reshape(*shape, 2, 4, 2),
        ferromagnet=hamiltonian.ferromagnet,
        quadrature_error=max((solution.quadrature_error for solution in solutions), default=0.0),
        converged=all(solution.converged for solution in solutions),
        evaluated=len(directions),
    )


def equivalence(hamiltonian: Hamiltonian, m: Array) -> Array:
    """Symmetries of the interface without magnet that bring each m (n, 3) to one place; matrices (n, 3, 3) of axial
    vectors, for which the polar ones of the plane are A_zz A_xy.

    Rashba alone: any rotation about z and any vertical mirror. With Dresselhaus: half turns and the mirror x = y.
    A potential of one's own: none.
    """
    axial = np.broadcast_to(np.eye(3), (len(m), 3, 3)).copy()
    if hamiltonian.potential is not None:
        return axial
    down = m[:, 2] < 0
    if hamiltonian.dresselhaus:
        axial[down] = [[0, -1, 0], [-1, 0, 0], [0, 0, -1]]
        image = np.einsum("nab,nb->na", axial, m)
        axial[image[:, 0] < 0] = np.diag([-1, -1, 1]) @ axial[image[:, 0] < 0]
        return axial
    across = np.hypot(m[:, 0], m[:, 1])
    c, s = np.where(across > 0, m[:, :2].T / np.where(across > 0, across, 1.0), np.array([[1.0], [0.0]]))
    axial[:, 0, :2] = np.stack([c, s], 1)
    axial[:, 1, :2] = np.stack([-s, c], 1)
    axial[down] = np.diag([1, -1, -1]) @ axial[down]
    return axial


def sphere(degree: int) -> tuple[Array, Array]:
    """Directions (n, 3) and weights (n,) that integrate polynomials of m up to `degree` exactly over the sphere."""
    z, w = np.polynomial.legendre.leggauss(degree // 2 + 1)
    angle = 2 * np.pi * np.arange(degree + 1) / (degree + 1)
    z, angle = (a.ravel() for a in np.meshgrid(z, angle, indexing="ij"))
    rho = np.sqrt(1 - z**2)
    weights = np.repeat(w, degree + 1) * 2 * np.pi / (degree + 1)
    return np.stack([rho * np.cos(angle), rho * np.sin(angle), z], axis=-1), weights


def series_terms(directions: Array, order: int, *, field: Any = (1.0, 0.0)) -> Array:
    """The terms of Amin20 Eq. 6 (order, 4, n, 3), l < order, for E along `field`.

    m_z^2l times p x m, m x (p x m), (m.E^) z x m, (m.E^) m x (z x m): every torque of a bilayer isotropic about z.
    """
    m = np.asarray(directions, dtype=float)
    E = np.append(field, 0.0) / np.linalg.norm(field)
    z = np.array([0.0, 0.0, 1.0])
    p = np.cross(z, E)
    along = (m @ E)[:, None]
    terms = np.stack(
        [np.cross(p, m), np.cross(m, np.cross(p, m)), along * np.cross(z, m), along * np.cross(m, np.cross(z, m))]
    )
    return np.asarray(m[:, 2] ** (2 * np.arange(order)[:, None]))[:, None, :, None] * terms


@dataclass(frozen=True, eq=False, kw_only=True)
class Series:
    """Amin20 Eq. 6; the terms are not orthogonal, so every coefficient depends on the order."""

    coefficients: Array  #: (order, 4, ...) [l, a b c d], in units of the torque
    field: Array  #: E^ (2,)
    residual: float  #: root mean square of what is left, over that of the torque
    condition: float  #: of the least squares, how far errors of the torque are amplified

    def __call__(self, directions: Array) -> Array:
        terms = series_terms(directions, len(self.coefficients), field=self.field)
        return np.einsum("ltna,lt...->na...", terms, self.coefficients)


def series(
    torque: Torque, directions: Any = None, *, order: int, weights: Any = None, field: Any = (1.0, 0.0)
) -> Series:
    """Amin20 Eq. 6 up to m_z^(2 order - 2), by least squares; without `directions`, of a function on a `sphere`."""
    values, m, weights = _sampled(torque, directions, weights=weights, degree=4 * order + 4)
    field = np.asarray(field, dtype=float)
    basis = series_terms(m, order, field=field).reshape(-1, len(m), 3)
    coefficients_flat, residual, condition = _fit(basis, values, weights)
    return Series(
        coefficients=coefficients_flat.reshape(order, 4, *values.shape[2:]),
        field=field,
        residual=residual,
        condition=condition,
    )


def modes(l_max: int) -> Array:
    """(l, m) of every harmonic, l = 1 .. l_max, m = -l .. l; m < 0 is sin |m| phi, m >= 0 cos m phi."""
    return np.array([(degree, m) for degree in range(1, l_max + 1) for m in range(-degree, degree + 1)])


def harmonic_terms(directions: Array, l_max: int) -> Array:
    """Vector spherical harmonics (2, modes, n, 3): grad Y/sqrt(l(l+1)) and m x grad Y/sqrt(l(l+1)), orthonormal.

    All tangent fields: the first do work (damping-like: m x (p x m) = grad m.p), the second are torques m x grad F of
    an energy (field-like). Y real; its gradient is a polynomial in x, y, z, regular at the poles.
    """
    m = np.asarray(directions, dtype=float)
    gradient = np.stack([_gradient(m, int(degree), int(order)) for degree, order in modes(l_max)])
    gradient -= m * (gradient * m).sum(-1, keepdims=True)
    return np.stack([gradient, np.cross(m, gradient)])


def _gradient(m: Array, degree: int, order: int) -> Array:
    """grad Y_lm/sqrt(l(l+1)) (n, 3) of Q(z) Re or Im (x + iy)^|m|, Q the |m|-th derivative of P_l."""
    k = abs(order)
    norm = (2 * degree + 1) / (4 * np.pi) / (degree * (degree + 1)) * (2 if k else 1)
    norm = np.sqrt(norm * np.exp(gammaln(degree - k + 1) - gammaln(degree + k + 1)))
    polynomial = legendre.legder(np.eye(degree + 1)[degree], k)
    q = legendre.legval(m[:, 2], polynomial)
    slope = legendre.legval(m[:, 2], legendre.legder(polynomial))
    w = m[:, 0] + 1j * m[:, 1]
    turn = -1j if order < 0 else 1
    power = w**k
    inner = k * w ** max(k - 1, 0)
    return np.asarray(norm * np.stack([(turn * v).real for v in (q * inner, 1j * q * inner, slope * power)], axis=-1))


@dataclass(frozen=True, eq=False, kw_only=True)
class Harmonics:
    """Vector spherical harmonics: orthonormal, so that a coefficient does not depend on l_max."""

    coefficients: Array  #: (2, modes, ...) [gradient, curl] in units of the torque
    l_max: int
    residual: float  #: root mean square of what is left, over that of the torque
    condition: float

    def __call__(self, directions: Array) -> Array:
        return np.einsum("fLna,fL...->na...", harmonic_terms(directions, self.l_max), self.coefficients)

    @property
    def power(self) -> Array:
        """Mean square of the torque by family and l (2, l_max, ...)."""
        degree = modes(self.l_max)[:, 0]
        square = np.abs(self.coefficients) ** 2 / (4 * np.pi)
        return np.stack([square[:, degree == n].sum(axis=1) for n in range(1, self.l_max + 1)], axis=1)

    def forbidden(self, field: Any = (1.0, 0.0)) -> float:
        """Share (root mean square) that no bilayer isotropic about z has, E along x or y: see `allowed`."""
        coefficients = np.abs(self.coefficients) ** 2
        whole = coefficients.sum()
        return float(np.sqrt(coefficients[:, ~allowed(self.l_max, field)].sum() / whole)) if whole else 0.0


def allowed(l_max: int, field: Any = (1.0, 0.0)) -> Array:
    """True for the modes (L,) that rotations about z and vertical mirrors leave to E along x (1, 0) or y (0, 1).

    A vector E drives |m| = 1 alone; the mirrors leave p.m-like modes for odd l and E.m-like ones for even l: two
    coefficients, gradient and curl, for each l, as many as Amin20 Eq. 6 has for l_max = 2 order.
    """
    x, y = np.asarray(field, dtype=float) != 0
    if x == y:
        raise InputError(Fault("field", allowed="(1, 0) or (0, 1), along x or y", value=repr(field)))
    degree, order = modes(l_max).T
    across = -1 if x else 1
    return np.asarray(order == np.where(degree % 2 == 1, across, -across))


def harmonics(torque: Torque, directions: Any = None, *, l_max: int, weights: Any = None) -> Harmonics:
    """Expansion up to l_max by least squares; on a `sphere` of degree >= 2 l_max, given its weights, the projection.

    Without `directions`, of a function on a sphere of degree 2 l_max + 6.
    """
    values, m, weights = _sampled(torque, directions, weights=weights, degree=2 * l_max + 6)
    basis = harmonic_terms(m, l_max).reshape(-1, len(m), 3)
    coefficients_flat, residual, condition = _fit(basis, values, weights)
    coefficients = coefficients_flat.reshape(2, -1, *values.shape[2:])
    return Harmonics(coefficients=coefficients, l_max=l_max, residual=residual, condition=condition)


def _sampled(torque: Torque, directions: Any, *, weights: Any, degree: int) -> tuple[Array, Array, Array]:
    """Torques (n, 3, ...), unit directions (n, 3) and weights (n,)."""
    checks = Checks("torque")
    if directions is None:
        if not callable(torque):
            raise InputError(
                Fault("torque.directions", "missing", "left out only where the torque is a function of them")
            )
        directions, weights = sphere(degree)
    m = np.atleast_2d(checks.unit_vector("directions", directions))
    values = np.asarray(torque(m) if callable(torque) else torque, dtype=float)
    weights = np.ones(len(m)) if weights is None else np.asarray(weights, dtype=float)
    if values.shape[:2] != m.shape or m.ndim != 2:
        checks.fail("", allowed="(n, 3, ...) at (n, 3)", value=f"shape {values.shape} at directions {m.shape}")
    if weights.shape != m.shape[:1]:
        checks.fail("weights", allowed=f"({len(m)},)", value=f"shape {weights.shape}")
    checks.finite(values=values)
    checks.nonnegative(weights=weights)
    checks.done()
    return values, m, weights


def _fit(basis: Array, values: Array, weights: Array) -> tuple[Array, float, float]:
    """Coefficients (terms, -1), relative residual and condition of a weighted least squares."""
    if basis.shape[0] > 2 * len(weights):
        raise InputError(
            Fault("torque.directions", f"{len(weights)} for {basis.shape[0]} coefficients", "at least half as many")
        )
    root = np.sqrt(weights)
    matrix = (basis * root[:, None]).reshape(len(basis), -1).T
    target = (values.reshape(*values.shape[:2], -1) * root[:, None, None]).reshape(matrix.shape[0], -1)
    solution, _, _, singular = np.linalg.lstsq(matrix, target, rcond=None)
    size = np.linalg.norm(target)
    residual = float(np.linalg.norm(target - matrix @ solution) / size) if size else 0.0
    smallest = singular.min()
    return solution, residual, float(singular.max() / smallest) if smallest > 0 else np.inf
