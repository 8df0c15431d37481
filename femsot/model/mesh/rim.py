"""A disc inside a plane outline, with rings of cells that grow away from its rim on both sides.

Potentials vary as a broken power of the distance to a rim: cells of equal size there spoil the torque of the whole
disc, whereas around the rim nothing varies fast. So cells are thin across the rim and long along it.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from femsot.base.quantities import Array

from .footprint import circle, triangulate
from .record import Mesh

#: thickness of the first ring over the size of cells, and of each further ring over the one before it
FIRST = 0.05
RATIO = 3.0
#: thickest ring inside and outside, and depth of all rings inside and outside, over the size of cells
INSIDE = 0.3
OUTSIDE = 0.6
DEPTH = 1.0
REACH = 0.7


def disc_in(whole: Array, diameter: float, size: float, *, names: tuple[str, str]) -> Mesh:
    """Return triangles of a disc around the origin and of what surrounds it, with rings along the rim.

    Parameters
    ----------
    whole : (n, 2) corners of the outline [m], at least `size` away from the disc.
    diameter : of the disc [m].
    size : of cells away from the rim [m].
    names : of the region around the disc and of the disc.
    """
    rim = circle(diameter / 2, size / (1 + 2 * REACH * size / diameter))  # outlines longer than `size` are divided
    gap = float(np.abs(whole).max(axis=0).min()) - diameter / 2
    outer = _distances(size, OUTSIDE, min(REACH * size, gap - 0.6 * size))
    inner = _distances(size, INSIDE, min(DEPTH * size, diameter / 4))
    radius = float(np.linalg.norm(rim[0]))
    rings = [rim * (1 - x / radius) for x in inner[::-1]] + [rim * (1 + x / radius) for x in outer[1:]]
    flat = triangulate({names[0]: whole, "rings": rings[-1], names[1]: rings[0]}, size)
    points, cells, parts = _with_rings(flat, rings, disc=len(inner) - 1)
    label = np.array([names[0], names[1]])[parts]
    return Mesh(points, cells, "triangle", {name: np.flatnonzero(label == name) for name in names}, plane="xy")


def _distances(size: float, largest: float, depth: float) -> Array:
    """Return the distances of rings from the rim, from 0 to at most `depth` [m], one ring at least."""
    distances = [0.0]
    thickness = min(FIRST * size, depth)
    while distances[-1] + thickness <= depth * (1 + 1e-9):
        distances.append(distances[-1] + thickness)
        thickness = min(RATIO * thickness, largest * size)
    return np.array(distances)


def _with_rings(flat: Mesh, rings: list[Array], *, disc: int) -> tuple[Array, Array, Array]:
    """Return points, cells and 1 for those of the disc, with the part "rings" of `flat` replaced by rings.

    Parameters
    ----------
    flat : triangles, with the outermost and the innermost ring as outlines.
    rings : corners (n, 2) [m] of each, from the innermost outwards.
    disc : how many of the gaps between rings belong to the disc.
    """
    names = list(flat.regions)
    rest = flat.region != names.index("rings")
    corners = [_numbers(flat.points, rings[0])]
    extra = np.concatenate([np.zeros((0, 2)), *rings[1:-1]])
    for i in range(len(rings) - 2):
        corners.append(len(flat.points) + i * len(rings[0]) + np.arange(len(rings[0])))
    corners.append(_numbers(flat.points, rings[-1]))
    cells = [flat.cells[rest]]
    parts = [np.where(flat.region[rest] == 0, 0, 1)]
    for i, (a, b) in enumerate(pairwise(corners)):
        c = np.roll(b, -1)
        d = np.roll(a, -1)
        triangles = np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])
        cells.append(triangles)
        parts.append(np.full(len(triangles), 1 if i < disc else 0))
    points = np.concatenate([flat.points, extra])
    number = np.cumsum(np.isin(np.arange(len(points)), np.concatenate(cells))) - 1
    every = np.concatenate(cells)
    keep = np.unique(every)
    return points[keep], number[every], np.concatenate(parts)


def _numbers(points: Array, ring: Array) -> Array:
    """Return the numbers of the points at the corners of a ring."""
    distance = np.linalg.norm(points[None] - ring[:, None], axis=-1)
    nearest: Array = distance.argmin(axis=1)
    assert np.all(distance.min(axis=1) < 1e-6 * np.ptp(points))
    return nearest
