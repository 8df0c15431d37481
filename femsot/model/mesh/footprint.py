"""Meshes in the plane: structured grids, and triangles that follow outlines, made without gmsh."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np
from scipy.spatial import Delaunay, cKDTree

from femsot.base.errors import Fault, InputError
from femsot.base.quantities import Array

from .facets import matches
from .layered import without_unused
from .record import Mesh


def grid(
    x: Array,
    y: Array,
    *,
    kind: Literal["quad", "triangle"] = "quad",
    parts: Callable[[Array], Array] | str = "film",
    plane: str = "xy",
) -> Mesh:
    """Return a structured mesh.

    Parameters
    ----------
    x, y : nodes (n,) and (m,), rising [m].
    kind : "quad", or "triangle": each rectangle halved, the diagonals alternating.
    parts : one region, or a function of cell centres (c, 2) [m] that gives names (c,), "" where nothing is.
    plane : "xy", "xz" or "yz".
    """
    number = np.arange(len(x) * len(y)).reshape(len(y), len(x))
    corners = [number[:-1, :-1], number[:-1, 1:], number[1:, 1:], number[1:, :-1]]
    cells = np.stack([corner.ravel() for corner in corners], axis=1)
    points = np.stack([np.tile(x, len(y)), np.repeat(y, len(x))], axis=1)
    names = np.full(len(cells), parts) if isinstance(parts, str) else np.asarray(parts(points[cells].mean(1)))
    if kind == "triangle":
        odd = np.add.outer(np.arange(len(y) - 1), np.arange(len(x) - 1)).ravel() % 2 == 1
        cells = np.where(odd[:, None, None], cells[:, [[0, 1, 3], [1, 2, 3]]], cells[:, [[0, 1, 2], [0, 2, 3]]])
        cells = cells.reshape(-1, 3)
        names = np.repeat(names, 2)
    points, cells, _ = without_unused(points, cells[names != ""])
    return Mesh(points, cells, kind, _regions(names[names != ""]), plane=plane)


def _regions(names: Array) -> dict[str, Array]:
    """In the order in which they first appear."""
    region_names, first, number = np.unique(names, return_index=True, return_inverse=True)
    return {str(region_names[i]): np.flatnonzero(number.ravel() == i) for i in np.argsort(first)}


def circle(radius: float, size: float, *, centre: tuple[float, float] = (0.0, 0.0)) -> Array:
    """Return the corners (n, 2) [m] of a regular polygon with the area of the circle.

    Their number is a multiple of 8: quarters about the axes begin and end at corners.

    Parameters
    ----------
    radius : of the circle [m].
    size : of an edge, at most about [m].
    centre : (x, y) [m].
    """
    number = 8 * max(int(np.ceil(np.pi * radius / size / 4)), 1)
    corner = radius * np.sqrt(2 * np.pi / number / np.sin(2 * np.pi / number))
    angle = 2 * np.pi * np.arange(number) / number
    return np.asarray(centre) + corner * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def rectangle(length: float, width: float, *, centre: tuple[float, float] = (0.0, 0.0)) -> Array:
    """Return the four corners (4, 2) [m].

    Parameters
    ----------
    length : along x [m].
    width : along y [m].
    centre : (x, y) [m].
    """
    signs = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    return np.asarray(centre) + signs * [length / 2, width / 2]


def triangulate(shapes: Mapping[str, Array], size: float, *, plane: str = "xy") -> Mesh:
    """Return triangles that follow the outlines of named shapes.

    A hexagonal lattice and points along the outlines are joined by Delaunay's rule and smoothed.

    Parameters
    ----------
    shapes : outlines (n, 2) [m] by name. The first shape is the whole; each later one lies inside it and is cut out of
        those before it. Outlines neither cross nor touch.
    size : of an edge, about [m].
    plane : "xy", "xz" or "yz".

    Raises
    ------
    InputError
        Where outlines are closer than `size` can resolve.
    """
    outlines = {name: np.asarray(shape, dtype=float) / size for name, shape in shapes.items()}
    fixed = [_along(outline, 1.0) for outline in outlines.values()]
    whole = next(iter(outlines.values()))
    border = np.concatenate(fixed)
    lattice = _lattice(whole.min(0), whole.max(0))
    dense = cKDTree(np.concatenate([_along(outline, 0.1) for outline in outlines.values()]))
    lattice = lattice[_inside(lattice, whole) & (dense.query(lattice)[0] > 0.6)]
    points = np.concatenate([border, lattice])
    fixed_count = len(border)
    for _ in range(4):
        cells = Delaunay(points).simplices
        for _ in range(5):  # each free point moves to the middle of its neighbours
            points[fixed_count:] = _middles(points, cells)[fixed_count:]
    cells = Delaunay(points).simplices  # counterclockwise
    centres = points[cells].mean(1)
    cells = cells[_inside(centres, whole)]
    centres = centres[_inside(centres, whole)]
    _check_outlines(fixed, cells, len(points))
    names = np.full(len(cells), next(iter(outlines)), dtype=object)
    for name, outline in outlines.items():
        names[_inside(centres, outline)] = name
    points, cells, _ = without_unused(points * size, cells.astype(np.int64))
    regions = {name: np.flatnonzero(names == name) for name in outlines if np.any(names == name)}
    return Mesh(points, cells, "triangle", regions, plane=plane)


def _along(outline: Array, size: float) -> Array:
    """Points along a closed outline, its corners among them, at most `size` apart."""
    ends = np.roll(outline, -1, axis=0)
    counts = np.maximum(np.ceil(np.linalg.norm(ends - outline, axis=1) / size * (1 - 1e-2)).astype(int), 1)
    first = np.repeat(np.cumsum(counts) - counts, counts)
    share = (np.arange(counts.sum()) - first) / np.repeat(counts, counts)
    return np.repeat(outline, counts, axis=0) + share[:, None] * np.repeat(ends - outline, counts, axis=0)


def _lattice(low: Array, high: Array) -> Array:
    """A hexagonal lattice of edge 1 over a box, centred."""
    columns, rows = np.ceil((high - low) / [1.0, np.sqrt(0.75)]).astype(int) + 2
    i, j = np.meshgrid(np.arange(columns), np.arange(rows))
    points = np.stack([i + 0.5 * (j % 2), np.sqrt(0.75) * j], axis=-1).reshape(-1, 2)
    return points - (points.min(0) + points.max(0)) / 2 + (low + high) / 2


def _inside(points: Array, outline: Array) -> Array:
    """Which points (n, 2) are inside a polygon: a ray to the right crosses it an odd number of times."""
    inside = np.zeros(len(points), dtype=bool)
    x, y = points.T
    for (x0, y0), (x1, y1) in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        if y0 != y1:
            inside ^= ((y0 > y) != (y1 > y)) & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0))
    return inside


def _middles(points: Array, cells: Array) -> Array:
    """The mean of the neighbours of each point (n, 2)."""
    edges = np.concatenate([cells[:, [0, 1]], cells[:, [1, 2]], cells[:, [2, 0]]])
    edges = np.concatenate([edges, edges[:, ::-1]])  # those inside come twice, from both sides: weights alike
    count = np.bincount(edges[:, 0], minlength=len(points))
    total = [np.bincount(edges[:, 0], weights=x[edges[:, 1]], minlength=len(points)) for x in points.T]
    return np.stack(total, axis=1) / count[:, None]


def _check_outlines(fixed: list[Array], cells: Array, number: int) -> None:
    """Every piece of an outline is an edge of a triangle."""
    first = 0
    wanted = []
    for outline in fixed:
        corners = first + np.arange(len(outline))
        wanted.append(np.stack([corners, np.roll(corners, -1)], axis=1))
        first += len(outline)
    rows = np.concatenate(wanted)
    lost = matches(rows, np.concatenate([cells[:, [0, 1]], cells[:, [1, 2]], cells[:, [2, 0]]]), number) < 0
    if np.any(lost):
        raise InputError(
            Fault(
                "triangulate.size",
                f"{lost.sum()} of {len(rows)} pieces of the outlines are no edges of triangles",
                "outlines that neither cross nor touch, farther apart than the size",
                "give a smaller one",
            )
        )
