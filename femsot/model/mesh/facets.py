"""The facets of cells (edges in 2D, faces in 3D), which of them are the same, and sizes of cells; numpy only."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from femsot.base.quantities import Array

#: vertices of each facet of a right-handed cell in Gmsh/VTK order; seen from outside counterclockwise,
#: an edge with the cell at its left
FACETS = {
    "triangle": [[0, 1], [1, 2], [2, 0]],
    "quad": [[0, 1], [1, 2], [2, 3], [3, 0]],
    "tetra": [[0, 2, 1], [0, 1, 3], [1, 2, 3], [0, 3, 2]],
    "hexahedron": [[0, 3, 2, 1], [4, 5, 6, 7], [0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7]],
}
#: the neighbours of each vertex in its cell, right-handed
CORNERS = {
    "triangle": [[1, 2], [2, 0], [0, 1]],
    "quad": [[1, 3], [2, 0], [3, 1], [0, 2]],
    "tetra": [[1, 2, 3], [0, 3, 2], [0, 1, 3], [0, 2, 1]],
    "hexahedron": [[1, 3, 4], [2, 0, 5], [3, 1, 6], [0, 2, 7], [7, 5, 0], [4, 6, 1], [5, 7, 2], [6, 4, 3]],
}
#: the same cell with the other orientation
REVERSED = {
    "triangle": [0, 2, 1],
    "quad": [0, 3, 2, 1],
    "tetra": [0, 2, 1, 3],
    "hexahedron": [4, 5, 6, 7, 0, 1, 2, 3],
}
DIMENSION = {"triangle": 2, "quad": 2, "tetra": 3, "hexahedron": 3}
FACET_KIND = {"triangle": "line", "quad": "line", "tetra": "triangle", "hexahedron": "quad"}


def cell_facets(cells: Array, kind: str) -> Array:
    """The facets of all cells (c f, v), those of one cell after another, oriented outwards."""
    table = np.array(FACETS[kind])
    return cells[:, table].reshape(-1, table.shape[1])


def keys(rows: Array, bound: int) -> Array:
    """Integer columns (n, w), equal for rows that contain the same vertex numbers < bound in any order.

    Vertex numbers are sorted and packed, as many as fit, into 63 bits.
    """
    ordered = np.sort(rows, axis=1).astype(np.int64, copy=False)
    bits = max(int(bound), 2).bit_length()
    per = max(63 // bits, 1)
    columns = []
    for start in range(0, ordered.shape[1], per):
        packed = np.zeros(len(ordered), dtype=np.int64)
        for column in ordered[:, start : start + per].T:
            packed = (packed << bits) | column
        columns.append(packed)
    return np.stack(columns, axis=1)


def groups(rows: Array, bound: int) -> tuple[Array, Array]:
    """(order (n,), start (n,) bool): rows[order] has equal rows (any order of vertices) side by side."""
    key = keys(rows, bound)
    order = np.argsort(key[:, 0], kind="stable") if key.shape[1] == 1 else np.lexsort(key.T[::-1])
    start = np.ones(len(rows), dtype=bool)
    start[1:] = np.any(key[order[1:]] != key[order[:-1]], axis=1)
    return order, start


def matches(rows: Array, table: Array, bound: int) -> Array:
    """For each of `rows` the number of a row of `table` with the same vertices, or -1."""
    order, start = groups(np.concatenate([table, rows]), bound)
    first = order[start][np.cumsum(start) - 1]  # a stable order: of equal rows the one in `table` is first
    position = np.empty(len(order), dtype=np.int64)
    position[order] = first
    position = position[len(table) :]
    return np.where(position < len(table), position, -1)


def determinant(a: Array, b: Array, c: Array | None = None) -> Array:
    """a x b in 2D, (a x b) . c in 3D, along the last axis."""
    if c is None:
        return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    volume: Array = np.einsum("...i,...i->...", np.cross(a, b), c)
    return volume


def volumes(points: Array, cells: Array, kind: str) -> Array:
    """Signed areas or volumes (c,) [m^2, m^3], exact for bilinear and trilinear cells too."""
    if kind in ("triangle", "tetra"):
        first, *rest = (points[column] for column in cells.T)
        return determinant(*(x - first for x in rest)) / (2 if kind == "triangle" else 6)
    if kind == "quad":
        a, b, c, d = (points[column] for column in cells.T)
        return determinant(c - a, d - b) / 2
    total = np.zeros(len(cells))
    signs = np.array([[-1, -1, -1], [1, -1, -1], [1, 1, -1], [-1, 1, -1]])
    signs = np.concatenate([signs, signs * [1, 1, -1]])
    for gauss in signs / np.sqrt(3):  # two points per axis integrate the Jacobian of a trilinear map exactly
        factors = 1 + signs * gauss
        slopes = [signs[:, i] * np.delete(factors, i, axis=1).prod(1) / 8 for i in range(3)]
        edges = [sum((s * points[column].T).T for s, column in zip(slope, cells.T, strict=True)) for slope in slopes]
        total += determinant(*edges)  # type: ignore[arg-type]
    return total


def corner_quality(points: Array, cells: Array, kind: str) -> Array:
    """The determinant of the unit edge vectors at each corner (c, v): 1 at a right angle, <= 0 where turned over.

    Independent of the aspect ratio: flat cells of thin layers are as good as cubes.
    """
    quality = np.empty(cells.shape)
    with np.errstate(invalid="ignore", divide="ignore"):
        for corner, neighbours in enumerate(CORNERS[kind]):
            edges = [points[cells[:, n]] - points[cells[:, corner]] for n in neighbours]
            quality[:, corner] = determinant(*(edge / np.linalg.norm(edge, axis=1, keepdims=True) for edge in edges))
    return np.nan_to_num(quality)


def split_wedges(wedges: ArrayLike) -> Array:
    """Tetrahedra (3 n, 4) of prisms (n, 6) in VTK order; the three of one prism follow each other.

    The diagonal of each side goes through its smallest vertex number, so that neighbours agree
    (Dompierre et al., Proc. 8th Int. Meshing Roundtable, 195 (1999)).
    """
    prisms = np.asarray(wedges)
    turns: Any = np.array(
        [[0, 1, 2, 3, 4, 5], [1, 2, 0, 4, 5, 3], [2, 0, 1, 5, 3, 4]]
        + [[3, 5, 4, 0, 2, 1], [4, 3, 5, 1, 0, 2], [5, 4, 3, 2, 1, 0]]
    )
    v = np.take_along_axis(prisms, turns[np.argmin(prisms, axis=1)], axis=1)
    rising = np.minimum(v[:, 1], v[:, 5]) < np.minimum(v[:, 2], v[:, 4])
    rising_split = v[:, [[0, 1, 2, 5], [0, 1, 5, 4], [0, 4, 5, 3]]]
    two = v[:, [[0, 1, 2, 4], [0, 4, 2, 5], [0, 4, 5, 3]]]
    return np.where(rising[:, None, None], rising_split, two).reshape(-1, 4)


def split_quads(quads: ArrayLike) -> Array:
    """Triangles (2 n, 3) of quadrilaterals (n, 4) in cyclic order, split as `split_wedges` does."""
    rows = np.asarray(quads)
    turned = (rows.argmin(1)[:, None] + np.arange(4)) % 4
    return np.take_along_axis(rows, turned, axis=1)[:, [[0, 1, 2], [0, 2, 3]]].reshape(-1, 3)


def split_pyramids(pyramids: ArrayLike) -> Array:
    """Tetrahedra (2 n, 4) of pyramids (n, 5), the apex last; the base is split as `split_quads` does."""
    rows = np.asarray(pyramids)
    return np.concatenate([split_quads(rows[:, :4]), np.repeat(rows[:, 4:], 2, axis=0)], axis=1)


def split_hexahedra(hexahedra: ArrayLike) -> Array:
    """Tetrahedra (6 n, 4) of hexahedra (n, 8); every side is split as `split_quads` does.

    From the smallest vertex number to the two triangles of each of the three sides that do not have it.
    """
    rows = np.asarray(hexahedra)
    sides = np.array(FACETS["hexahedron"])
    first = rows.argmin(1)
    far = np.array([[i for i, side in enumerate(sides) if corner not in side] for corner in range(8)])
    quads = np.take_along_axis(rows[:, None], sides[far[first]].reshape(len(rows), 1, 12), axis=2)
    triangles = split_quads(quads.reshape(-1, 4))
    return np.concatenate([np.repeat(rows.min(1), 6)[:, None], triangles], axis=1)
