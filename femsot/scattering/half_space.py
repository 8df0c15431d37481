"""What comes in to an interface from two half spaces of Boltzmann's equation: "boltzmann", Amin16 appendix D.

Deep inside each side a current is diffusive: a potential mu and a current J, one pair of modes per component. Near the
plane come modes that die out within a mean free path; what the plane sends out fixes them, while the pair is left to
the layer (docs/misprints.md, Amin16 B8: fixed as well, it would count twice). The law is that of the pairs, continued
to the plane.

Scattering inside is isotropic: only the mean over azimuths and both directions comes back. For one component with nodes
of cosine l, flux weights f and p ~ f/l, 2 sum p = 1, a half space answers by Chandrasekhar's law of diffuse reflection
(Radiative Transfer, 1950, chapters III to V), exact for discrete nodes: no z grid, and no mode needs computing.

    x_in = A x_out + beta H/(1 - kappa l),  A_nm = c p_m l_m H_n H_m/(l_n + l_m),
    1/H_n = (1 - c)^1/2 + sum c p_m l_m H_m/(l_n + l_m)

c is the share of scattering that keeps the component, 1/kappa its diffusion length over the mean free path:
c = kappa/artanh(kappa). c = 1, kappa = 0: charge, and moment in a ferromagnet. c < 1: spin of a normal side with a
`spin_diffusion_length`. c complex: transverse spin that precesses in a ferromagnet, c = (tau_+ tau_-)^-1/2 over
(1/tau_+ + 1/tau_-)/2 + i omega. It has no pair (beta = 0) and is all absorbed, as torque on m.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from femsot.base.quantities import Array

from .hamiltonian import SIDES, Hamiltonian
from .moments import DIAGONAL, SPREAD, TRACE, Response, plane_of

#: radial nodes of successive solutions, each compared with the one before
ORDERS = (12, 18, 27, 40, 60, 90)
_AZIMUTHS = 1024  # of each radial node, or between two marks


@dataclass(frozen=True, eq=False)
class HalfSpaces:
    """Currents into the plane and the lattice's torque, by unit potentials and unit relaxation times."""

    conductance: Array  #: (2, 4, 2, 4)
    source: Array  #: (2, 4, 2, 2, 2) [side, component, side, spin, k axis]
    lattice_mu: Array  #: (3, 2, 4)
    lattice_field: Array  #: (3, 2, 2, 2)
    absorbed: Array  #: as `source`, what goes into a ferromagnet without a pair
    error: float = np.inf  #: how far the order before is off, against the largest of each kind
    converged: bool = False
    points: int = 0

    def response(self, times: Array, *, absorbed: bool = False) -> Response:
        """With relaxation times (2, 2) [side, spin]; `absorbed`: what a ferromagnet absorbs is in its current."""
        source = self.source + self.absorbed if absorbed else self.source
        return Response(
            self.conductance,
            np.einsum("satuk,tu->sak", source, times),
            self.lattice_mu,
            np.einsum("atuk,tu->ak", self.lattice_field, times),
        )

    def distance(self, coarser: HalfSpaces) -> float:
        """The largest difference, over the largest of its kind or 1e-4."""
        pairs = (
            (self.conductance, coarser.conductance),
            (self.source, coarser.source),
            (self.lattice_mu, coarser.lattice_mu),
            (self.lattice_field, coarser.lattice_field),
        )
        return float(max(np.max(np.abs(a - b)) / max(np.max(np.abs(a)), 1e-4) for a, b in pairs))


def half_spaces(ham: Hamiltonian) -> HalfSpaces:
    """Solved at rising orders until two agree within the tolerance, or said not to."""
    solution = _solve(ham, ORDERS[0])
    points = 0
    for order in ORDERS[1:]:
        finer = _solve(ham, order)
        error = max(finer.distance(solution), finer.error)
        points = points + finer.points
        solution = finer
        if error <= max(ham.tolerance, finer.error):  # or the azimuths err more than the radial nodes
            break
    return replace(solution, error=error, converged=error <= ham.tolerance, points=points)


# One component of one side


@dataclass(frozen=True, eq=False)
class Component:
    """A half space's answer to one component of spin, on all nodes (n,); where it does not run, there is no flux."""

    albedo: Array  #: A (n, n)
    milne: Array  #: H/(1 - kappa l)
    pair: bool  #: is there a diffusive one? mu' even -+ b odd, out and in
    even: Array
    odd: Array
    flux: Array  #: f, of d^2k

    @property
    def potential(self) -> Array:
        """Row on x_out + x_in: the pair's potential, scaled so that mu J is its power (Onsager exact)."""
        return np.asarray(self.flux * self.odd / (2 * np.sum(self.flux * self.odd)))

    @property
    def current(self) -> Array:
        """Row on x_in - x_out: the pair's current into the plane; 0 without a pair."""
        if not self.pair:
            return np.zeros(self.flux.shape)
        carried = self.flux * self.odd
        return np.asarray(self.flux * self.even * (carried.sum() / np.sum(carried * self.even)))


def component(cosine: Array, flux: Array, *, kappa: float = 0.0, eigenvalue: complex | None = None) -> Component:
    """Of nodes l (n,) up to 1 with weights; `eigenvalue`: c of a component that leaves no pair."""
    if not np.any(flux > 0):
        nothing = np.zeros(len(flux))
        return Component(np.zeros((len(flux), len(flux))), nothing, False, nothing, nothing, flux)
    cosine = np.where(flux > 0, cosine, 1.0)
    p = flux / cosine / (2 * np.sum(flux / cosine))
    shape = 1 / (1 - (kappa * cosine) ** 2)
    c = 1 / (2 * np.sum(p * shape)) if eigenvalue is None else eigenvalue
    root = np.sqrt(1 - c) if eigenvalue is not None else np.sqrt(2 * c * np.sum(p * shape * (kappa * cosine) ** 2))
    h = chandrasekhar(cosine, c * p, root)
    albedo = h[:, None] * h * (c * p * cosine) / (cosine[:, None] + cosine)
    return Component(albedo, h / (1 - kappa * cosine), eigenvalue is None, c * shape, c * shape * cosine, flux)


def chandrasekhar(cosine: Array, weight: Array, root: complex) -> Array:
    """H (n,) of 1/H = root + sum weight l H/(l + l'), root = (1 - 2 sum weight)^1/2, by Newton's method."""
    kernel = weight * cosine / (cosine[:, None] + cosine)
    h = np.ones(len(cosine), dtype=np.result_type(kernel, root))
    for _ in range(50):
        inverse = root + kernel @ h
        step = np.linalg.solve(np.diag(inverse) + h[:, None] * kernel, 1 - h * inverse)
        h = h + step
        if np.max(np.abs(step / h)) < 1e-13:
            break
    return h


def spin_conductivity_ratio(kappa: Array | float) -> Array:
    """sigma_s/sigma of a normal metal whose mean free path is kappa < 1 spin diffusion lengths, the measured ones.

    With it a layer's diffusive pair is that of Boltzmann's equation: J of the pair, and a mu with the power mu J.
    """
    kappa = np.asarray(kappa, dtype=float)
    safe = np.maximum(kappa, 1e-2)
    c = safe / np.arctanh(safe)
    ratio = 6 * ((1 - c) / safe) ** 2 / (c * (c / (1 - safe**2) - 1))
    return np.where(kappa < 1e-2, 1.0, ratio)


# Both half spaces and the plane


def _solve(ham: Hamiltonian, order: int) -> HalfSpaces:
    """With `order` radial nodes between neighbouring Fermi wave vectors."""
    radius, weight = _radial(ham, order)
    means, miss = _around(ham, radius, weight)
    at = plane_of(ham, radius, 0 * radius)
    dress = at.dress.reshape(8, -1)
    cosine = at.cosine.reshape(8, -1)
    parts = [_component(ham, i, (cosine[i], weight * dress[i] ** 2)) for i in range(8)]
    out, into = _at_plane(ham, (means, parts), dress)
    return replace(_response(ham, (means, parts), (out, into), weight=weight), error=miss)


def _around(ham: Hamiltonian, radius: Array, weight: Array) -> tuple[_Means, float]:
    """Means over azimuths, whose number is doubled until they stay, and by how much they should still move."""
    marks = np.sort(ham.grazing_angles())
    count = 16
    shift = 0.25
    means = _means(ham, radius, _azimuthal(marks, count, shift))
    last = 1.0
    error = np.inf
    while error > ham.tolerance / 10 and count < _AZIMUTHS:
        between = _means(ham, radius, _azimuthal(marks, count, shift + 0.5))
        means, change = means.joined(between, weight / weight.sum())
        error = change * min(1.0, change / max(last, 1e-300))
        last = change
        count = 2 * count
        shift = 2 * shift % 1
    return means, error


@dataclass(frozen=True, eq=False)
class _Means:
    """Means over azimuths at the radial nodes (n,); components [side, component of the side's basis] flat (8)."""

    passing: Array  #: (8, 8, n)
    driven: Array  #: (8, 8, n), by X = k alone [side, spin, k axis]
    lattice: Array  #: (3, 8, n)
    lattice_driven: Array  #: (3, 8, n)
    points: int  #: at which the plane was evaluated

    def joined(self, between: _Means, weight: Array) -> tuple[_Means, float]:
        """The mean with that over the azimuths between, and how far the whole, with radial weights, is from both."""
        pairs = (
            (self.passing, between.passing),
            (self.driven, between.driven),
            (self.lattice, between.lattice),
            (self.lattice_driven, between.lattice_driven),
        )
        means = [(a + b) / 2 for a, b in pairs]
        both = _Means(means[0], means[1], means[2], means[3], self.points + between.points)
        return both, float(max(np.max(np.abs((a - b) @ weight)) for a, b in pairs)) / 2


def _radial(ham: Hamiltonian, order: int) -> tuple[Array, Array]:
    """k/kF and weights of d^2k: roots k_z are smooth in the nodes' parameter, which is dense at every threshold."""
    cuts = np.concatenate([[0.0], np.unique(ham.fermi[ham.fermi > 0])])
    cuts = cuts[np.concatenate([[True], np.diff(cuts) > 1e-12 * cuts[-1]])]
    x, slope = _graded(order)
    radius = []
    weight = []
    for a, b in pairwise(cuts):
        radius.append(np.sqrt(a + (b - a) * np.sin(x * np.pi / 2) ** 2))
        weight.append(np.pi**2 / 2 * (b - a) * np.sin(x * np.pi) * slope)
    return np.concatenate(radius), np.concatenate(weight)


def _graded(order: int) -> tuple[Array, Array]:
    """Gauss nodes on (0, 1), quadratically dense at both ends, and weights."""
    t, w = np.polynomial.legendre.leggauss(order)
    t = (t + 1) / 2
    w = w / 2
    return t**2 * (3 - 2 * t), 6 * t * (1 - t) * w


def _azimuthal(marks: Array, count: int, shift: float) -> tuple[Array, Array]:
    """Angles and shares of the circle, evenly spaced from `shift` on; dense where grazing electrons pass (`marks`)."""
    t = (np.arange(count) + shift) / count
    if not marks.size:
        return 2 * np.pi * t, np.full(count, 1 / count)
    width = np.diff(np.append(marks, marks[0] + 2 * np.pi))[:, None]
    x = t - np.sin(2 * np.pi * t) / (2 * np.pi)
    slope = 1 - np.cos(2 * np.pi * t)
    return (marks[:, None] + width * x).ravel(), (width * slope).ravel() / (2 * np.pi * count)


def _bases(ham: Hamiltonian) -> Array:
    """X = basis . v (2, 4, 4): spin matrices beside a ferromagnet, (c, 1, 2, 3) beside a normal metal."""
    return np.stack([np.eye(4) if magnetic else SPREAD for magnetic in SIDES[ham.ferromagnet]])


def _means(ham: Hamiltonian, radius: Array, azimuths: tuple[Array, Array]) -> _Means:
    """Over (angles, shares)."""
    kx, ky = (np.outer(radius, f(azimuths[0])) for f in (np.cos, np.sin))
    at = plane_of(ham, kx.ravel(), ky.ravel())
    shares = np.stack([np.ones_like(kx), kx, ky]) * azimuths[1]
    grid = kx.shape
    n = len(radius)
    shares[1:] -= shares[1:].sum(axis=-1, keepdims=True) * azimuths[1]  # no net drive, on any mesh
    basis = _bases(ham)
    passing = np.einsum("sxtynp,np->sxtyn", at.passing.reshape(2, 4, 2, 4, *grid), shares[0])
    driven = (at.passing * at.dress).reshape(2, 4, 2, 4, *grid)[:, :, :, DIAGONAL]
    lattice = (at.lattice * at.dress).reshape(3, 2, 4, *grid)
    back = np.linalg.inv(basis)
    return _Means(
        passing=np.einsum("svx,sxtyn,tyw->svtwn", back, passing, basis).reshape(8, 8, n),
        driven=np.einsum("svx,sxtunp,knp->svtukn", back, driven, shares[1:], optimize=True).reshape(8, 8, n),
        lattice=np.einsum("asxnp,np,sxv->asvn", lattice, shares[0], basis, optimize=True).reshape(3, 8, n),
        lattice_driven=np.einsum("atunp,knp->atukn", lattice[:, :, DIAGONAL], shares[1:]).reshape(3, 8, n),
        points=kx.size,
    )


def _component(ham: Hamiltonian, index: int, nodes: tuple[Array, Array]) -> Component:
    """Of [side, component of the side's basis]."""
    side, x = divmod(index, 4)
    if not SIDES[ham.ferromagnet][side]:
        return component(*nodes, kappa=ham.mean_free_path[side, 0] / ham.spin_diffusion_lengths[side] * (x > 0))
    if x in DIAGONAL or not ham.precession:
        return component(*nodes)
    rates = 1 / ham.times[side]
    turning = 1j * ham.precession * (1 if x == 1 else -1)
    return component(*nodes, eigenvalue=np.sqrt(rates.prod()) / (rates.mean() + turning))


def _at_plane(ham: Hamiltonian, known: tuple[_Means, list[Component]], dress: Array) -> tuple[Array, Array]:
    """x_out and x_in (8, n, 16) for unit potentials (8) and unit times (8): x_out = S x_in + driven, mu given."""
    means, parts = known
    pairs = [i for i, part in enumerate(parts) if part.pair]
    n = dress.shape[1]
    size = dress.size
    undress = np.where(dress > 0, 1 / np.where(dress > 0, dress, 1.0), 0.0)
    scatter = undress[:, None] * means.passing * dress
    albedo = np.stack([part.albedo for part in parts])
    milne = np.zeros((8, n, len(pairs)), dtype=complex)
    row = np.zeros((len(pairs), 8, n), dtype=complex)
    for p, i in enumerate(pairs):
        milne[i, :, p] = parts[i].milne
        row[p, i] = parts[i].potential
    matrix = np.eye(size + len(pairs), dtype=complex)
    matrix[:size, :size] -= np.einsum("ijn,jnm->injm", scatter, albedo).reshape(size, size)
    matrix[:size, size:] = -np.einsum("ijn,jnp->inp", scatter, milne).reshape(size, -1)
    matrix[size:, :size] = (row + np.einsum("pin,inm->pim", row, albedo)).reshape(-1, size)
    matrix[size:, size:] = np.einsum("pin,inq->pq", row, milne)
    sources = np.zeros((size + len(pairs), 16), dtype=complex)
    sources[:size, 8:] = np.swapaxes(undress[:, None] * means.driven, 1, 2).reshape(size, 8)
    components = np.linalg.solve(_bases(ham), np.broadcast_to(SPREAD, (2, 4, 4)))
    for p, i in enumerate(pairs):
        sources[size + p, 4 * (i // 4) : 4 * (i // 4) + 4] = components[i // 4, i % 4]
    unknowns = np.linalg.solve(matrix, sources)
    out = unknowns[:size].reshape(8, n, 16)
    return out, albedo @ out + milne @ unknowns[size:]


def _response(
    ham: Hamiltonian, known: tuple[_Means, list[Component]], x: tuple[Array, Array], *, weight: Array
) -> HalfSpaces:
    """Currents of the pairs; the lattice takes what is left of them at a normal side's plane, and its torque there."""
    means, parts = known
    out, into = x
    pairs = np.stack([part.current @ y for part, y in zip(parts, into - out, strict=True)])
    plane = np.stack([part.flux @ y for part, y in zip(parts, into - out, strict=True)])
    traces = TRACE @ _bases(ham)
    current, whole = (np.einsum("sax,sxk->sak", traces, j.reshape(2, 4, 16)).real for j in (pairs, plane))
    normal = ~np.array(SIDES[ham.ferromagnet])
    lattice = np.einsum("ain,ink,n->ak", means.lattice, into, weight, optimize=True).real
    lattice[:, 8:] += (means.lattice_driven @ weight).real
    lattice += (current - whole)[normal, 1:].sum(axis=0)
    return HalfSpaces(
        conductance=current[..., :8].reshape(2, 4, 2, 4),
        source=current[..., 8:].reshape(2, 4, 2, 2, 2),
        lattice_mu=lattice[:, :8].reshape(3, 2, 4),
        lattice_field=lattice[:, 8:].reshape(3, 2, 2, 2),
        absorbed=((whole - current) * ~normal[:, None, None])[..., 8:].reshape(2, 4, 2, 2, 2),
        points=means.points,
    )
