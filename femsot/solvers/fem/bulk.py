"""The regions of a device that carry current: stiffness, mass and what an imposed field drives.

With C = D delta_ij + H^n eps_ijn + Q_ij, Q symmetric and without trace, the scalar matrices are one stiffness, up to
three antisymmetric ones (zero but for the surface where H is uniform), one for each pair of directions in which Q does
not vanish, and one mass, each once for every monomial of m that varies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from femsot.base.components import EPS, PHI
from femsot.base.expansion import Expansion, constant, expand, monomials
from femsot.base.quantities import Array
from femsot.materials.tensors import Bulk, conductivity, exchange, relaxation
from femsot.model.device import Device, Region

from .numbering import Numbering
from .space import Sampled, Space, scatter
from .system import Term

#: entries of a matrix below this part of its largest are rounding
ROUNDING = 1e-13


@dataclass(frozen=True, eq=False)
class Metal:
    """A region that carries current."""

    name: str
    region: Region
    bulk: Bulk
    space: Space

    def _of_m(self, tensor: Callable[[Bulk, Array | None], Array], degree: int = 2) -> Expansion:
        if self.region.textured:
            return expand(lambda m: tensor(self.bulk, m), degree)
        return constant(tensor(self.bulk, self.region.axis))

    @cached_property
    def C(self) -> Expansion:
        """(7, 3, 7, 3) [S/m]"""
        return self._of_m(conductivity, max(2, self.bulk.degree))

    @cached_property
    def R(self) -> Expansion:
        """(7, 7) [S/m^3]"""
        return self._of_m(relaxation)

    @cached_property
    def exchange(self) -> Expansion:
        """R_ex (7, 7) [S/m^3]"""
        return self._of_m(exchange)

    def m(self, x: Array) -> Array:
        """Magnetization (..., 3) at points (..., 3); zeros in a non-magnet."""
        if self.region.magnetization is None:
            return np.zeros(x.shape)
        return self.region.directions(x.reshape(-1, 3)).reshape(x.shape)

    def weights(self, part: Sampled) -> Array:
        """f_j(m) (e, q, j) at sampled points."""
        return monomials(self.m(part.x), self.C.degree) if self.region.textured else np.ones((*part.weight.shape, 1))

    @property
    def degree(self) -> int:
        """The degree of quadrature that is exact for what the tensors and elements need."""
        return self.space.degree(max(2, self.bulk.degree) if self.region.textured else 0)


def metals(device: Device, order: int) -> dict[str, Metal]:
    """Every region that is no insulator, in elements of `order`."""
    by_region = {}
    for name in device.mesh.regions:
        region = device.regions[name]
        bulk = device.bulks[name]
        if bulk is not None:
            by_region[name] = Metal(name, region, bulk, Space.of(device.mesh, name, order=order, axes=device.axes))
    return by_region


def bulk_terms(metal: Metal, numbering: Numbering) -> Iterator[Term]:
    """Stiffness and mass of one region, weighted by the monomials of m that its tensors need."""
    k = numbering.components
    spread, whirl, stretch = _split(metal.C.tensors[:, :k, :, :k])
    R = metal.R.tensors[:, :k, :k]
    kinds: list[tuple[str, int, Array]] = [("mass", j, R[j]) for j in metal.R.nonzero]
    kinds += [("stiffness", j, spread[j]) for j in metal.C.nonzero]
    # the whirl about an axis needs gradients along both others
    axes = [n for n in range(3) if all(i in numbering.axes for i in range(3) if i != n)]
    kinds += [(f"whirl{n}", j, whirl[n, j]) for j in metal.C.nonzero for n in axes]
    pairs = [(i, n) for i in numbering.axes for n in numbering.axes if i <= n]
    kinds += [(f"stretch{i}{n}", j, stretch[j, :, i, :, n]) for j in metal.C.nonzero for i, n in pairs]
    largest = {"mass": np.abs(R).max()}
    kinds = [x for x in kinds if np.abs(x[2]).max() > ROUNDING * largest.get(x[0], np.abs(metal.C.tensors).max())]
    matrices = _scalars(metal, {(kind, j) for kind, j, _ in kinds}, numbering)
    for kind, j, tensor in kinds:
        yield Term(matrices[kind, j], tensor)


def _split(C: Array) -> tuple[Array, Array, Array]:
    """C (j, k, 3, k, 3) = D delta_il + sum_n H^n eps_iln + Q_il: D (j, k, k), H (3, j, k, k), Q (j, k, 3, k, 3)."""
    D = np.einsum("jaibi->jab", C) / 3
    H = np.einsum("jaibl,iln->njab", C, EPS) / 2
    Q = (C + C.transpose(0, 1, 4, 3, 2)) / 2 - D[:, :, None, :, None] * np.eye(3)[:, None, :]
    return D, H, Q


def _scalars(metal: Metal, wanted: set[tuple[str, int]], numbering: Numbering) -> dict[tuple[str, int], csr_array]:
    """Scalar matrices (N, N) by kind and monomial."""
    nodes = numbering.nodes[metal.name]
    shape = (numbering.size, numbering.size)
    matrices: dict[tuple[str, int], csr_array] = {}
    for part in metal.space.inside(metal.degree):
        f = metal.weights(part)
        place = nodes[part.nodes]
        for kind, j in wanted:
            local = _local(part, kind, weight=part.weight * f[..., j], axes=numbering.axes)
            matrix = scatter(local, place, place, shape=shape)
            matrices[kind, j] = matrices[kind, j] + matrix if (kind, j) in matrices else matrix
    for (kind, _), matrix in matrices.items():
        if kind.startswith("whirl"):
            largest = max(abs(matrices[name, 0]).max() for name, j in matrices if name == "stiffness" and j == 0)
            matrix.data[np.abs(matrix.data) < ROUNDING * largest] = 0
            matrix.eliminate_zeros()
    return matrices


def _local(part: Sampled, kind: str, *, weight: Array, axes: tuple[int, ...]) -> Array:
    """Local matrices (e, b, b) of one kind, w the weight.

    mass: int w v u; stiffness: int w grad v.grad u; whirl n: int w (d_i v d_l u - d_l v d_i u), i l n cyclic;
    stretch i l: int w (d_i v d_l u + d_l v d_i u), once where i = l.
    """
    if kind == "mass":
        value = part.value.transpose(1, 0, 2)
        return np.asarray((value * weight[:, None]) @ value.transpose(0, 2, 1))
    g = part.grad.transpose(2, 1, 0, 3)  # (e, b, d, q)
    e, b, d, q = g.shape
    if kind == "stiffness":
        return np.asarray((g * weight[:, None, None]).reshape(e, b, d * q) @ g.reshape(e, b, d * q).transpose(0, 2, 1))
    if kind.startswith("stretch"):
        first, second = (axes.index(int(axis)) for axis in kind[-2:])
        half = (g[:, :, first] * weight[:, None]) @ g[:, :, second].transpose(0, 2, 1)
        return np.asarray(half if first == second else half + half.transpose(0, 2, 1))
    axis = int(kind[-1])
    first, second = (axes.index((axis + n) % 3) for n in (1, 2))
    half = (g[:, :, first] * weight[:, None]) @ g[:, :, second].transpose(0, 2, 1)
    return np.asarray(half - half.transpose(0, 2, 1))


def bulk_load(metal: Metal, numbering: Numbering, field: Array) -> Array:
    """int grad v . J_ext (N, k) [A] of an imposed field."""
    k = numbering.components
    load = np.zeros((numbering.size, k))
    driven = np.einsum("jaik,k->jai", metal.C.tensors[:, :k, :, PHI, :], field)[:, :, list(numbering.axes)]
    if not np.any(driven):
        return load
    for part in metal.space.inside(metal.degree):
        f = metal.weights(part)
        amount = np.einsum("dbeq,eq,eqj,jad->bea", part.grad, part.weight, f, driven, optimize=True)
        np.add.at(load, numbering.nodes[metal.name][part.nodes], amount)
    return load


def imposed_current(metal: Metal, numbering: Numbering, field: Array) -> Array:
    """Return the charge current (N,) [A] that an imposed field drives past each node, before it cancels."""
    size = np.zeros(numbering.size)
    strength = float(np.max(metal.bulk.charge)) * float(np.linalg.norm(field))
    if strength == 0:
        return size
    for part in metal.space.inside(metal.degree):
        amount = np.einsum("beq,eq->be", np.sqrt((part.grad**2).sum(axis=0)), part.weight) * strength
        np.add.at(size, numbering.nodes[metal.name][part.nodes], amount)
    return size
