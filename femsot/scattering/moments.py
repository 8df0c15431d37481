"""Fermi-surface moments of the scattering matrix: what every tensor is made of.

All incoming and outgoing spin states are matrices X of two spins, flattened: X -> S X S^+ is a 4x4 matrix in that
space. Two wave vectors k_i != k_j of one side make a coherence X_ij carry (k_i + k_j)/2 per amplitude: its flux is
w_ij = (k_i + k_j)/(2 sqrt(k_i k_j)) times the flux-normalised one, going out and, by reciprocity, coming in.
That keeps the power positive and Onsager exact; evanescent and interfering waves are not in these fluxes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from femsot.base.quantities import Array

from .amplitudes import PAULI, open_channels, scattering_matrix, vector_matrix, waves
from .hamiltonian import Hamiltonian

DIAGONAL = [0, 3]
#: J_a = tr(sigma_a X) = TRACE[a] . X, and X = sum_b v_b SPREAD[:, b]
TRACE = np.swapaxes(PAULI, 1, 2).reshape(4, 4)
SPREAD = PAULI.reshape(4, 4).T


@dataclass(frozen=True, eq=False)
class Moments:
    """Integrals over d^2k; in = [side, spin matrix (4)], for times the diagonal of X alone (2)."""

    flux: Array  #: (2, 4, 2, 4) [side out, X out, side in, X in]: current into the plane from each side
    flux_drift: Array  #: the same, weighted with cos theta
    flux_field: Array  #: (2, 4, 2, 2, 2), weighted with k_x, k_y (last)
    lattice: Array  #: (3, 2, 4), s x (spin-orbit field)
    lattice_drift: Array
    lattice_field: Array  #: (3, 2, 2, 2)
    weight: Array  #: (2, 4), of w^2 cos theta
    sheet: Array  #: (2, 2, 2, 2, 4) [side out, spin out, k axis, side in, X in]: flux of one spin, times k_x, k_y
    sheet_drift: Array  #: the same, weighted with cos theta
    sheet_field: Array  #: (2, 2, 2, 2, 2, 2), of one spin coming in, weighted with k_x, k_y once more (last)


_SHAPES = {
    "flux": (2, 4, 2, 4),
    "flux_drift": (2, 4, 2, 4),
    "flux_field": (2, 4, 2, 2, 2),
    "lattice": (3, 2, 4),
    "lattice_drift": (3, 2, 4),
    "lattice_field": (3, 2, 2, 2),
    "weight": (2, 4),
    "sheet": (2, 2, 2, 2, 4),
    "sheet_drift": (2, 2, 2, 2, 4),
    "sheet_field": (2, 2, 2, 2, 2, 2),
}
_ENDS = np.cumsum([np.prod(shape) for shape in _SHAPES.values()])[:-1]
#: components that share a scale of error
GROUPS = np.repeat(np.arange(len(_SHAPES)), [np.prod(shape) for shape in _SHAPES.values()])


def unpack(value: Array) -> Moments:
    """The record of a vector of all components."""
    parts = np.split(value, _ENDS)
    return Moments(**{name: part.reshape(shape) for (name, shape), part in zip(_SHAPES.items(), parts, strict=True)})


@dataclass(frozen=True, eq=False)
class Plane:
    """One interface at wave vectors (points,), spin states flattened as above."""

    passing: Array  #: X -> S X S^+ (2, 4, 2, 4, points) of flux-normalised states
    lattice: Array  #: (3, 2, 4, points), s x (spin-orbit field)
    dress: Array  #: w (2, 4, points), 0 where one of the two waves is closed
    cosine: Array  #: (2, 4, points), of the mean velocity


def plane_of(h: Hamiltonian, kx: Array, ky: Array) -> Plane:
    """What (kx, ky) in units of kF (points,) meet at the plane."""
    fermi = np.sqrt(np.maximum(h.fermi, 0.0))
    norm = fermi[:, :, None] + fermi[:, None, :]
    norm = np.where(norm > 0, norm, 1.0)
    k = h.wavevectors(kx, ky)
    scalar, orbit = h.plane(kx, ky)
    psi = waves(k, vector_matrix(scalar, orbit + h.exchange_kappa * np.array([0.0, 0.0, 1.0])))
    speed = np.moveaxis(np.where(open_channels(k), k.real, 0.0), 0, -1)
    mean = speed[:, :, None] + speed[:, None, :]
    both = (speed[:, :, None] > 0) & (speed[:, None, :] > 0)
    root = np.sqrt(np.where(both, speed[:, :, None] * speed[:, None, :], 1.0))
    return Plane(
        passing=scattered(np.moveaxis(scattering_matrix(k, psi), 0, -1)),
        lattice=_lattice(np.moveaxis(psi, 0, -1), np.moveaxis(orbit, 0, -1)),
        dress=np.where(both, mean / (2 * root), 0.0).reshape(2, 4, -1),
        cosine=(mean / norm[..., None]).reshape(2, 4, -1),
    )


def integrand(h: Hamiltonian) -> Callable[[Array, Array], Array]:
    """(kx, ky) in units of kF, (points,) -> all moments' integrands, (components, points)."""

    def values(kx: Array, ky: Array) -> Array:
        at = plane_of(h, kx, ky)
        flux = -at.passing * at.dress[:, :, None, None] * at.dress
        for side, x in np.ndindex(2, 4):
            flux[side, x, side, x] += at.dress[side, x] ** 2
        return _moments(flux, at.lattice * at.dress, (at.cosine, at.dress), k=(kx, ky))

    return values


def scattered(s: Array) -> Array:
    """X -> S X S^+ as (2, 4, 2, 4, points), of S (2, 2, 2, 2, points) [side out, in, spin out, in]."""
    out = s[:, :, :, None, :, None] * np.conj(s[:, :, None, :, None, :])
    return np.swapaxes(out.reshape(2, 2, 4, 4, -1), 1, 2)


def _lattice(psi: Array, orbit: Array) -> Array:
    """s x orbit (3, 2, 4, points) of waves psi (2, 2, 2, points) [side in, spin, spin in]."""
    density = psi[:, :, None, :, None] * np.conj(psi[:, None, :, None, :])
    density = density.reshape(2, 4, 4, -1)
    spin = np.einsum("ax,sxyp->asyp", TRACE[1:], density)
    return np.stack([spin[(a + 1) % 3] * orbit[(a + 2) % 3] - spin[(a + 2) % 3] * orbit[(a + 1) % 3] for a in range(3)])


def _moments(flux: Array, lattice: Array, weights: tuple[Array, Array], *, k: tuple[Array, Array]) -> Array:
    """All components in the order of `Moments`, (components, points)."""
    cosine, dress = weights
    out = np.empty((len(GROUPS), flux.shape[-1]), dtype=complex)
    parts = iter(np.split(out, _ENDS))
    for tensor in (flux, lattice):
        shape = tensor.shape
        next(parts).reshape(shape)[:] = tensor
        np.multiply(tensor, cosine, out=next(parts).reshape(shape))
        field = next(parts).reshape((*shape[:-2], 2, 2, shape[-1]))
        for axis in (0, 1):
            np.multiply(tensor[..., DIAGONAL, :], k[axis], out=field[..., axis, :])
    next(parts).reshape(dress.shape)[:] = dress**2 * cosine
    along = np.stack(k)
    sheet = flux[:, DIAGONAL][:, :, None] * along[:, None, None]
    next(parts).reshape(sheet.shape)[:] = sheet
    np.multiply(sheet, cosine, out=next(parts).reshape(sheet.shape))
    field = sheet[..., DIAGONAL, :][..., None, :] * along
    next(parts).reshape(field.shape)[:] = field
    return out


@dataclass(frozen=True, eq=False)
class Response:
    """Linear maps in the frame of m, components (c, 1, 2, 3), currents into the plane; units of the moments."""

    conductance: Array  #: (2, 4, 2, 4)
    source: Array  #: (2, 4, 2) [side, component, k axis]
    lattice_mu: Array  #: (3, 2, 4)
    lattice_field: Array  #: (3, 2)
    sheet_mu: Array | None = None  #: (2, 2, 2, 4) [side out, k axis, side in, component]; None: not known
    sheet_field: Array | None = None  #: (2, 2, 2) [side out, k axis, k axis of the field]


def bare(moments: Moments, times: Array) -> Response:
    """Incoming distributions are the potentials, and tau k of a field (times (2, 2) [side, spin])."""
    return Response(
        conductance=out(into(moments.flux)).real,
        source=out(np.einsum("sxtuk,tu->sxk", moments.flux_field, times)).real,
        lattice_mu=into(moments.lattice).real,
        lattice_field=np.einsum("atuk,tu->ak", moments.lattice_field, times).real,
        sheet_mu=_sheet(moments, times),
        sheet_field=-np.einsum("su,suitvk,tv->sik", times, moments.sheet_field, times).real,
    )


def _sheet(moments: Moments, times: Array) -> Array:
    """What leaves the plane carries k until it scatters: (2, 2, 2, 4) [side out, k axis, side in, component]."""
    return -into(np.einsum("su,suity->sity", times, moments.sheet)).real


def drift(moments: Moments, start: Response, times: Array) -> Response:
    """Schep's correction: a bulk current J adds cos theta J/(2 <w^2 cos theta>) to what comes in; solved for J.

    Passive; reciprocal exactly for equal Fermi surfaces without spin-orbit coupling, else Onsager is missed by about 1%
    of G (equal surfaces) and up to 14% (unequal ones). The bare response is exactly reciprocal.
    """
    share = np.where(moments.weight.real > 0, 1 / np.where(moments.weight.real > 0, 4 * moments.weight.real, 1.0), 0.0)
    # `into the plane` on both sides is toward it: of one sign with cos theta
    spread = share[:, :, None] * SPREAD
    back = out(np.einsum("sxty,tyb->sxtb", moments.flux_drift, spread)).real
    loop = np.linalg.inv(np.eye(8) - back.reshape(8, 8)).reshape(2, 4, 2, 4)
    conductance = np.einsum("satb,tbuc->sauc", loop, start.conductance)
    source = np.einsum("satb,tbk->sak", loop, start.source)
    lattice = np.einsum("aty,tyb->atb", moments.lattice_drift, spread).real
    sheet = -np.einsum("su,suity,tyb->sitb", times, moments.sheet_drift, spread).real
    assert start.sheet_mu is not None and start.sheet_field is not None
    return Response(
        conductance=conductance,
        source=source,
        lattice_mu=start.lattice_mu + np.einsum("atb,tbuc->auc", lattice, conductance),
        lattice_field=start.lattice_field + np.einsum("atb,tbk->ak", lattice, source),
        sheet_mu=start.sheet_mu + np.einsum("sitb,tbuc->siuc", sheet, conductance),
        sheet_field=start.sheet_field + np.einsum("sitb,tbk->sik", sheet, source),
    )


def into(moment: Array) -> Array:
    """Incoming spin matrices (last axis) as components (c, 1, 2, 3)."""
    return moment @ SPREAD


def out(moment: Array) -> Array:
    """Outgoing spin matrices (second axis) as traces with (1, sigma)."""
    return np.moveaxis(np.tensordot(TRACE, moment, (1, 1)), 0, 1)
