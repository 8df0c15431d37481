"""Cells that lie on each other: turned through a neighbour, meshed apart, or one piece of a device inside another."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.spatial import cKDTree

from femsot.base.errors import Checks
from femsot.base.quantities import Array

from .record import Mesh

#: the direction along which it is asked what lies beyond a face: parallel to no plane or edge that a device has
ACROSS = {2: np.array([0.5291, 0.8486]), 3: np.array([0.3187, 0.4523, 0.8330])}
#: faces seen along that direction under a smaller sine are not asked
GRAZING = 0.02
#: pairs of a face and a triangle that are looked at together
PAIRS = 2_000_000


def check_sides(mesh: Mesh, pairs: Array, seen: tuple[Array, Array], *, checks: Checks) -> None:
    """Tell inner facets whose two cells (m, 2) lie on the same side: one of them runs through the other.

    Cells are right-handed, so that each sees its facets run counterclockwise from outside: `seen` (m, v) by two cells
    on opposite sides they run in opposite order.
    """
    wrong = pairs[~_opposite(*seen)]
    if len(wrong):
        places = "; ".join(_place(mesh, pair) for pair in wrong[:3])
        checks.fail(
            "cells",
            f"{len(np.unique(wrong))} of {len(mesh.cells)} overlap a neighbour: both lie on the same side of the face "
            f"that they share, {places}{'; ...' if len(wrong) > 3 else ''}",
            hint="the mesh is tangled (vertices moved through cells?): mesh it anew",
        )


def _place(mesh: Mesh, pair: Array) -> str:
    """Return where two cells are, with their numbers, for messages."""
    centre = mesh.points[mesh.cells[pair]].mean((0, 1)) * 1e9
    return f"{pair[0]} and {pair[1]} at ({', '.join(f'{x:.5g}' for x in centre)}) nm"


def _opposite(first: Array, second: Array) -> Array:
    """Return whether two rows of the same vertices (m, v) run in opposite order (m,)."""
    width = first.shape[1]
    if width == 2:
        turned: Array = first[:, 0] == second[:, 1]
        return turned
    lines = np.arange(len(first))
    after = first[lines, (first.argmin(1) + 1) % width]
    before = second[lines, (second.argmin(1) - 1) % width]
    turned = after == before
    return turned


def between(mesh: Mesh, pairs: Array) -> str:
    """Return the regions at both sides of some facets (n, 2), for messages."""
    names = list(mesh.regions)
    sides = np.unique(np.sort(mesh.region[pairs], axis=1), axis=0)
    return ", ".join(f"within {names[a]!r}" if a == b else f"between {names[a]!r} and {names[b]!r}" for a, b in sides)


def check_apart(mesh: Mesh, facets: tuple[Array, Array], checks: Checks) -> None:
    """Tell outer facets that lie on each other without being the same: the two sides were meshed apart."""
    rows, owner = facets
    hull = _on_hull(mesh.points, rows)
    rows = rows[~hull]
    owner = owner[~hull]
    if not len(rows):
        return
    corners = mesh.points[rows]
    first, second = _facing(corners)
    pairs = np.stack([owner[first], owner[second]], axis=1)
    if len(first):
        checks.fail(
            "interfaces",
            f"{len(np.unique(first))} outer faces lie on faces of other cells without matching them, "
            f"{between(mesh, pairs)}, {mesh.place(rows[first])}",
            hint="mesh all regions as one (Gmsh: BooleanFragments, or Coherence), so that neighbours share "
            "their vertices",
        )


def _on_hull(points: Array, rows: Array) -> Array:
    """Return whether facets (f, v) lie on a side of the bounding box, beyond which there is nothing (f,)."""
    ends = points.min(0), points.max(0)
    return np.any([np.all((points == end)[rows], axis=1) for end in ends], axis=(0, 2))


def _facing(corners: Array) -> tuple[Array, Array]:
    """Return pairs (i, j) of facets (f, v, d) that face each other, the centre of i lying on j."""
    centre = corners.mean(1)
    normal = _normals(corners)
    size = np.linalg.norm(corners - centre[:, None], axis=2).max(1)
    octave = np.floor(np.log2(size / size.min())).astype(int)
    pairs = [np.zeros((0, 2), dtype=np.int64)]
    for step in np.unique(octave):  # facets of similar size by one search, in which normals must be opposite too
        among = np.flatnonzero(octave == step)
        scale = size[among].max()
        tree = cKDTree(np.concatenate([centre[among] / scale, 100 * normal[among]], axis=1))
        queries = cKDTree(np.concatenate([centre / scale, -100 * normal], axis=1))
        near = queries.sparse_distance_matrix(tree, 1.2, output_type="ndarray")
        i = near["i"]
        j = among[near["j"]]
        pairs.append(np.stack([i, j], axis=1)[_lies_on(centre[i], corners[j], normal=normal[j], size=size[j])])
    first, second = np.concatenate(pairs).T
    return first, second


def _normals(corners: Array) -> Array:
    """Return unit normals (f, d) of facets (f, v, d), outwards."""
    if corners.shape[2] == 2:
        normal = (corners[:, 1] - corners[:, 0])[:, ::-1] * [1, -1]
    else:
        normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    unit: Array = normal / np.linalg.norm(normal, axis=1, keepdims=True)
    return unit


def _lies_on(points: Array, corners: Array, *, normal: Array, size: Array) -> Array:
    """Return whether point (n, d) is on facet (n, v, d), within 1e-3 of its size."""
    to_corner = points[:, None] - corners
    level = np.abs(np.einsum("nd,nd->n", to_corner[:, 0], normal)) < 1e-3 * size
    if corners.shape[2] == 2:
        return level & (np.linalg.norm(to_corner, axis=2).max(1) <= (2 + 1e-6) * size)
    edges = np.roll(corners, -1, axis=1) - corners
    inside: Array = np.einsum("nvd,nd->nv", np.cross(edges, to_corner), normal) >= -1e-6 * size[:, None] ** 2
    return level & inside.all(1)


def check_inside(mesh: Mesh, facets: tuple[Array, Array], checks: Checks) -> None:
    """Tell outer facets that lie inside other cells: the line outwards from each must leave the device as it enters."""
    rows, owner = facets
    width = rows.shape[1]
    if width == 4:  # two triangles each
        rows = rows[:, [[0, 1, 2], [0, 2, 3]]].reshape(-1, 3)
        owner = np.repeat(owner, 2)
    asked = np.flatnonzero(~_on_hull(mesh.points, rows))
    deep = asked[_depth(mesh.points[rows], asked) > 0] if len(asked) else asked
    if len(deep):
        cells = np.unique(owner[deep])
        names = list(mesh.regions)
        regions = ", ".join(repr(names[i]) for i in np.unique(mesh.region[cells]))
        centre = mesh.points[rows[deep[0]]].mean(0) * 1e9
        checks.fail(
            "cells",
            f"{len(cells)} of {len(mesh.cells)} at the surface of {regions} lie inside other cells, the first is cell "
            f"{owner[deep[0]]} at ({', '.join(f'{x:.5g}' for x in centre)}) nm",
            hint="regions overlap: cut one out of the other before meshing (Gmsh: BooleanFragments)",
        )


def _depth(corners: Array, asked: Array) -> Array:
    """Return how many cells lie outside each facet `asked` (n,) of a surface (f, d, d), lines or triangles.

    The surface of a mesh is closed, so that the crossings of a line with it, +1 out and -1 in, count the cells at its
    start: 0 in a sound mesh.
    """
    dimension = corners.shape[2]
    across = ACROSS[dimension] / np.linalg.norm(ACROSS[dimension])
    with np.errstate(invalid="ignore"):
        rising = np.nan_to_num(_normals(corners) @ across)
    asked_well = np.abs(rising[asked]) > GRAZING
    flat = (corners - corners[:1, :1]) @ _plane(across)
    height = (corners - corners[:1, :1]) @ across
    count = np.zeros(len(asked), dtype=np.int64)
    for numbers, targets in _below(flat, asked):
        points = asked[numbers]
        weights = _weights(flat[points].mean(1), flat[targets])
        above = np.einsum("nv,nv->n", np.nan_to_num(weights), height[targets]) > height[points].mean(1)
        hit = np.all(weights > 0, axis=1) & (points != targets) & above
        np.add.at(count, numbers[hit], np.sign(rising[targets[hit]]).astype(np.int64))
    return np.where(asked_well, count - (rising[asked] < 0), 0)


def _plane(across: Array) -> Array:
    """Return the directions (d, d - 1) at right angles to a unit vector (d,)."""
    return np.linalg.svd(across[None])[2][1:].T


def _below(flat: Array, asked: Array) -> Iterator[tuple[Array, Array]]:
    """Yield (numbers (n,) in `asked`, targets (n,)): centres that may lie in facets (f, d, d - 1) seen along a line."""
    centre = flat.mean(1)
    size = np.linalg.norm(flat - centre[:, None], axis=2).max(1)
    size = np.maximum(size, 1e-6 * size.max())
    octave = np.floor(np.log2(size / size.min())).astype(int)
    centres = cKDTree(centre[asked])
    for step in np.unique(octave):
        among = np.flatnonzero(octave == step)
        reach = size[among].max()
        numbers = np.cumsum(centres.query_ball_point(centre[among], reach, return_length=True))
        ends = np.searchsorted(numbers, np.arange(PAIRS, numbers[-1], PAIRS))
        for part in np.split(among, np.unique(ends)):
            near = cKDTree(centre[part]).sparse_distance_matrix(centres, reach, output_type="ndarray")
            yield near["j"], part[near["i"]]


def _weights(points: Array, corners: Array) -> Array:
    """Return barycentric coordinates (n, d) of points (n, d - 1) in lines or triangles (n, d, d - 1)."""
    if corners.shape[1] == 2:
        length = corners[:, 1] - corners[:, 0]
        with np.errstate(divide="ignore", invalid="ignore"):
            part = ((points - corners[:, 0]) / length)[:, 0]
        return np.stack([1 - part, part], axis=1)
    a, b, c = (corners[:, i] - points for i in range(3))
    areas = np.stack([_cross(b, c), _cross(c, a), _cross(a, b)], axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        weights: Array = areas / areas.sum(1, keepdims=True)
    return weights


def _cross(a: Array, b: Array) -> Array:
    """Return a x b of vectors (n, 2)."""
    return np.asarray(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])
