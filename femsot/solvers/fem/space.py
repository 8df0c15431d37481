"""Shape functions of one region of a device, in its cells and on its faces, and integrals over both.

Everything is evaluated in parts of at most `CHUNK` cells; nothing that grows with the mesh is kept but node numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.sparse import coo_array, csr_array
from skfem import (
    ElementHex1,
    ElementHex2,
    ElementQuad1,
    ElementQuad2,
    ElementTetP1,
    ElementTetP2,
    ElementTriP1,
    ElementTriP2,
    MeshHex1,
    MeshQuad1,
    MeshTet1,
    MeshTri1,
)
from skfem.assembly.dofs import Dofs
from skfem.quadrature import get_quadrature
from skfem.refdom import RefLine, RefQuad, RefTri

from femsot.base.quantities import Array
from femsot.model.device import in_space
from femsot.model.mesh.facets import FACETS, cell_facets, matches

CHUNK = 200_000
MESHES = {"triangle": MeshTri1, "quad": MeshQuad1, "tetra": MeshTet1, "hexahedron": MeshHex1}
ELEMENTS = {
    "triangle": (ElementTriP1, ElementTriP2),
    "quad": (ElementQuad1, ElementQuad2),
    "tetra": (ElementTetP1, ElementTetP2),
    "hexahedron": (ElementHex1, ElementHex2),
}
#: the vertices of scikit-fem's cells in the order of Gmsh and VTK
VERTICES = {"hexahedron": [6, 2, 5, 7, 1, 3, 4, 0]}
#: volume of scikit-fem's reference cell
REFERENCE = {"triangle": 1 / 2, "quad": 1.0, "tetra": 1 / 6, "hexahedron": 1.0}


@dataclass(frozen=True, eq=False)
class Sampled:
    """Shape functions at points of cells or facets; e of them with q points each."""

    nodes: Array  #: (b, e) the region's own numbers of the b shape functions
    value: Array  #: (b, e, q)
    grad: Array  #: (d, b, e, q) along the axes of the mesh [1/m]
    x: Array  #: (e, q, 3) [m]
    weight: Array  #: (e, q) [m^d], times the depth of a 2D mesh: [m^3] in cells, [m^2] on facets
    normal: Array | None = None  #: (e, q, 3) on facets, out of the region

    def of(self, u: Array) -> Array:
        """Values (e, q, k) of nodal u (n, k)."""
        return np.einsum("beq,bek->eqk", self.value, u[self.nodes])

    def slope(self, u: Array) -> Array:
        """Gradients (e, q, k, d) of nodal u (n, k)."""
        return np.einsum("dbeq,bek->eqkd", self.grad, u[self.nodes], optimize=True)


@dataclass(frozen=True, eq=False)
class Space:
    """Lagrange elements of order 1 or 2 on the cells of one region."""

    kind: str
    points: Array  #: (v, d) vertices of the region [m]
    cells: Array  #: (c, vertices per cell), Gmsh order, into `points`
    vertices: Array  #: (v,) their numbers in the whole mesh, increasing
    order: int
    axes: tuple[int, ...]  #: directions in space of the d coordinates
    depth: float  #: extent along the uniform direction of a 2D mesh [m]

    @classmethod
    def of(cls, mesh: Any, name: str, *, order: int, axes: tuple[int, ...]) -> Space:
        """The space of the region `name` of a `femsot.model.mesh.Mesh`."""
        cells = mesh.cells[mesh.regions[name]]
        vertices, inverse = np.unique(cells, return_inverse=True)
        depth = 1.0 if len(axes) == 3 else mesh.depth
        return cls(mesh.kind, mesh.points[vertices], inverse.reshape(cells.shape), vertices, order, axes, depth)

    @cached_property
    def element(self) -> Any:
        return ELEMENTS[self.kind][self.order - 1]()

    @cached_property
    def _order(self) -> list[int]:
        return VERTICES.get(self.kind, list(range(self.cells.shape[1])))

    @cached_property
    def _columns(self) -> Array:
        return np.ascontiguousarray(self.points.T)

    def _mesh(self, cells: Array) -> Any:
        """scikit-fem's mesh of some cells, on all points; of itself it would sort the vertices of each triangle."""
        return MESHES[self.kind](self._columns, np.ascontiguousarray(self.cells[cells][:, self._order].T), sort_t=False)

    @cached_property
    def dofs(self) -> Array:
        """Numbers (b, c) of the shape functions of every cell; those of vertices first."""
        if self.order == 1:
            return np.ascontiguousarray(self.cells[:, self._order].T)
        return np.asarray(Dofs(self._mesh(np.arange(len(self.cells))), self.element).element_dofs)

    @cached_property
    def size(self) -> int:
        """Number of shape functions."""
        return int(self.dofs.max()) + 1

    @cached_property
    def nodes(self) -> Array:
        """Where they are (size, d) [m]; the first ones are `points`."""
        if self.order == 1:
            return self.points
        positions = np.empty((self.size, len(self.axes)))
        for cells in self._parts():
            x = self._mesh(cells).mapping().F(self.element.doflocs.T)
            positions[self.dofs[:, cells]] = x.transpose(2, 1, 0)
        return positions

    def _parts(self) -> Iterator[Array]:
        for start in range(0, len(self.cells), CHUNK):
            yield np.arange(start, min(start + CHUNK, len(self.cells)))

    def degree(self, of_m: int) -> int:
        """Return the degree of the quadrature of mass matrices, times tensors of degree `of_m` in m that varies."""
        return 2 * self.order + 2 * of_m

    def inside(self, degree: int) -> Iterator[Sampled]:
        """Quadrature points of all cells, part by part, exact for polynomials of `degree`."""
        X, weights = get_quadrature(self.element.refdom, degree)
        for cells in self._parts():
            mapping = self._mesh(cells).mapping()
            dx = np.abs(mapping.detDF(X)) * weights * self.depth
            yield self._sampled(cells, mapping, X=X, weight=dx)

    def corners(self) -> Iterator[tuple[Array, Sampled]]:
        """The cells, and everything at their vertices; weights add up to the volume of each cell."""
        X = self.element.refdom.p[:, np.argsort(self._order)].astype(float)
        for cells in self._parts():
            mapping = self._mesh(cells).mapping()
            dx = np.abs(mapping.detDF(X)) * (REFERENCE[self.kind] / X.shape[1] * self.depth)
            yield cells, self._sampled(cells, mapping, X=X, weight=dx)

    def at(self, cells: Array, X: Array) -> Sampled:
        """Points of cells at reference coordinates X (d, e, q); no weights."""
        mapping = self._mesh(cells).mapping()
        return self._sampled(cells, mapping, X=X, weight=np.zeros(X.shape[1:]))

    def inverse(self, cells: Array, points: Array) -> tuple[Array, Array]:
        """Reference coordinates (d, n) of points (n, d) in one cell each, and whether they are inside (n,)."""
        mapping = self._mesh(cells).mapping()
        reference = self.element.refdom
        every = np.arange(len(cells))
        X = np.repeat(reference.p.mean(axis=1)[:, None], len(cells), axis=1)
        for _ in range(12):  # exact at once in simplices and bricks
            off = points.T - mapping.F(X[..., None], every)[..., 0]
            slope = mapping.DF(X[..., None], every)[..., 0].transpose(2, 0, 1)
            X = X + np.linalg.solve(slope, off.T[..., None])[..., 0].T
        outside = np.maximum(-X.min(axis=0), X.max(axis=0) - 1)
        if reference.p.shape[1] == len(self.axes) + 1:
            outside = np.maximum(outside, X.sum(axis=0) - 1)
        return X, outside < 1e-9

    def on(self, facets: Array, degree: int | None) -> Sampled:
        """Quadrature points of facets (f, v), vertex numbers of the whole mesh; their vertices where `degree` is None.

        The points follow from the facets alone, so that two regions see the same ones.
        """
        cells, local = self._beside(facets)
        shape = _facet_shapes(facets.shape[1], degree)
        corner = self.element.refdom.p[:, np.argsort(self._order)][:, local]  # (d, f, v)
        X = np.einsum("dfv,vq->dfq", corner, shape.value)
        p = self.points[np.searchsorted(self.vertices, facets)]  # (f, v, d)
        tangents = np.einsum("fvd,vtq->fqtd", p, shape.slope)
        normal, area = _normal(tangents)
        mapping = self._mesh(cells).mapping()
        sampled = self._sampled(cells, mapping, X=X, weight=area * shape.weight * self.depth)
        x = np.einsum("fvd,vq->fqd", p, shape.value)
        assert np.allclose(sampled.x[..., list(self.axes)], x, rtol=0, atol=1e-9 * np.ptp(self.points, axis=0).max())
        inward = self.points[self.cells[cells]].mean(axis=1)[:, None] - x
        sign = -np.sign((inward * normal).sum(-1))[..., None]
        outward = in_space((normal * sign).reshape(-1, normal.shape[-1]), self.axes).reshape(sampled.x.shape)
        return Sampled(sampled.nodes, sampled.value, sampled.grad, sampled.x, sampled.weight, outward)

    def on_facets(self, facets: Array) -> Array:
        """The shape functions that do not vanish on facets (f, v), without repetition."""
        values = self.on(facets, self.degree(0))
        shown = np.abs(values.value).max(axis=-1) > 1e-12
        return np.unique(values.nodes[shown])

    def has(self, facets: Array) -> Array:
        """(f,) Is each facet one of a cell of this region?"""
        inside: Array = np.asarray(np.isin(facets, self.vertices).all(axis=1))
        if np.any(inside):
            inside[inside] = self._matched(facets[inside])[2] >= 0
        return inside

    def _beside(self, facets: Array) -> tuple[Array, Array]:
        """The cell (f,) that has each facet, and which of its vertices (f, v), Gmsh order, are the facet's."""
        near, rows, where = self._matched(facets)
        sides = np.array(FACETS[self.kind])
        match = rows[where][:, :, None] == np.searchsorted(self.vertices, facets)[:, None, :]
        return near[where // len(sides)], sides[(where % len(sides))[:, None], match.argmax(axis=1)]

    def _matched(self, facets: Array) -> tuple[Array, Array, Array]:
        """Cells near the facets, the facets (n, v) of those cells, and which of these each facet is (-1: none)."""
        local = np.searchsorted(self.vertices, facets)
        known = np.zeros(len(self.vertices), dtype=bool)
        known[local] = True
        near = np.flatnonzero(known[self.cells].sum(axis=1) >= facets.shape[1])
        rows = cell_facets(self.cells[near], self.kind)
        return near, rows, matches(local, rows, len(self.vertices))

    def _sampled(self, cells: Array, mapping: Any, *, X: Array, weight: Array) -> Sampled:
        every = np.arange(len(cells))
        shape = (len(cells), X.shape[-1])
        values = []
        grads = []
        for i in range(len(self.dofs)):
            (field,) = self.element.gbasis(mapping, X, i, tind=every)
            values.append(np.broadcast_to(np.asarray(field), shape))
            grads.append(np.broadcast_to(field.grad, (len(self.axes), *shape)))
        x = np.moveaxis(mapping.F(X, every), 0, -1).reshape(-1, len(self.axes))
        return Sampled(
            nodes=self.dofs[:, cells],
            value=np.stack(values),
            grad=np.stack(grads, axis=1),
            x=in_space(x, self.axes).reshape((*shape, 3)),
            weight=weight,
        )


@dataclass(frozen=True, eq=False)
class _FacetShapes:
    """Linear shape functions of a facet at its quadrature points."""

    value: Array  #: (v, q)
    slope: Array  #: (v, t, q) along the t tangents
    weight: Array  #: (q,)


def _facet_shapes(corners: int, degree: int | None) -> _FacetShapes:
    reference, vertices = {
        2: (RefLine, [[0], [1]]),
        3: (RefTri, [[0, 0], [1, 0], [0, 1]]),
        4: (RefQuad, [[0, 0], [1, 0], [1, 1], [0, 1]]),
    }[corners]
    p = np.array(vertices, dtype=float)
    if degree is None:
        X = p.T
        weight = np.full(corners, (0.5 if corners == 3 else 1.0) / corners)
    else:
        X, weight = get_quadrature(reference, degree)
    if corners == 4:
        factor = [np.where(p[:, [a]] > 0, X[a], 1 - X[a]) for a in (0, 1)]
        sign = np.where(p > 0, 1.0, -1.0)
        slope = np.stack([sign[:, [0]] * factor[1], sign[:, [1]] * factor[0]], axis=1)
        return _FacetShapes(factor[0] * factor[1], slope, weight)
    t = corners - 1
    value = np.concatenate([1 - X.sum(axis=0, keepdims=True), X])
    slope = np.concatenate([-np.ones((1, t)), np.eye(t)])[:, :, None] + np.zeros(X.shape[1])
    return _FacetShapes(value, slope, weight)


def _normal(tangents: Array) -> tuple[Array, Array]:
    """Unit normals (f, q, d) and surface elements (f, q) from tangents (f, q, t, d), t = d - 1."""
    if tangents.shape[-1] == 2:
        along = tangents[..., 0, :]
        normal = np.stack([along[..., 1], -along[..., 0]], axis=-1)
    else:
        normal = np.cross(tangents[..., 0, :], tangents[..., 1, :])
    area = np.linalg.norm(normal, axis=-1)
    return normal / area[..., None], area


def scatter(local: Array, rows: Array, columns: Array, *, shape: tuple[int, int]) -> csr_array:
    """Local matrices (e, i, j) summed into one, at node numbers rows (i, e) and columns (j, e)."""
    where = np.broadcast_arrays(rows.T[:, :, None], columns.T[:, None, :])
    index = np.int32 if max(shape) < 2**31 else np.int64
    ij = tuple(x.astype(index).ravel() for x in where)
    return csr_array(coo_array((local.ravel(), ij), shape=shape))
