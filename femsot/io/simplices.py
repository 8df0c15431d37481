"""Cells as simplices (segments, triangles, tetrahedra), cut by a regular grid or met by a line."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from femsot.base.quantities import Array

#: simplices of each kind of cell, vertices in the order of VTK and Gmsh
SPLIT: dict[str, tuple[tuple[int, ...], ...]] = {
    "line": ((0, 1),),
    "triangle": ((0, 1, 2),),
    "quad": ((0, 1, 2), (0, 2, 3)),
    "tetra": ((0, 1, 2, 3),),
    "wedge": ((0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5)),
    "hexahedron": ((0, 1, 2, 6), (0, 1, 5, 6), (0, 3, 2, 6), (0, 3, 7, 6), (0, 4, 5, 6), (0, 4, 7, 6)),
}
TINY = 1e-10  #: of a grid's step, and of the weight of a corner
#: of a simplex, and of a line: what counts as none
EDGE = 1e-9
SHORT = 1e-7


def simplices(cells: Array, kind: str) -> Array:
    """Point numbers (s, d + 1) of the simplices that fill cells (c, v)."""
    split: Array = np.asarray(cells)[:, SPLIT[kind]]
    return split.reshape(-1, split.shape[-1])


def measures(corners: Array) -> Array:
    """Length, area or volume (s,) of simplices with corners (s, d + 1, 3)."""
    edges = corners[:, 1:] - corners[:, :1]
    gram = edges @ edges.transpose(0, 2, 1)
    size = edges.shape[1]
    sizes: Array = np.sqrt(np.maximum(np.linalg.det(gram), 0.0)) / (1, 1, 2, 6)[size]
    return sizes


def cut(corners: Array, measure: Array, *, planes: Sequence[Array]) -> tuple[Array, Array]:
    """Simplices cut until none crosses a plane: corners (s, d + 1, 3 + f) and measures (s,), of the same sum.

    `planes[i]` are two or more heights along axis i, rising. Columns of `corners` beyond the first three are linear
    fields. An edge that crosses is halved at the plane, and its simplex with it, into two.
    """
    for axis, heights in enumerate(planes):
        done = []
        gap = TINY * (heights[1] - heights[0])
        while len(corners):
            low = corners[..., axis].min(1)
            high = corners[..., axis].max(1)
            first = np.searchsorted(heights, low + gap)
            last = np.searchsorted(heights, high - gap)
            crossing = first < last
            done.append((corners[~crossing], measure[~crossing]))
            corners = corners[crossing]
            measure = measure[crossing]
            plane = heights[(first + last)[crossing] // 2]
            corners, measure = _halves(corners, measure, plane=plane, axis=axis)
        corners, measure = (np.concatenate(x) for x in zip(*done, strict=True))
    return corners, measure


def _halves(corners: Array, measure: Array, *, plane: Array, axis: int) -> tuple[Array, Array]:
    """Both parts of simplices whose edge from their lowest to their highest corner is cut."""
    rows = np.arange(len(corners))
    x = corners[..., axis]
    low = x.argmin(1)
    high = x.argmax(1)
    share = (plane - x[rows, low]) / (x[rows, high] - x[rows, low])
    middle = corners[rows, low] + share[:, None] * (corners[rows, high] - corners[rows, low])
    middle[:, axis] = plane
    first = corners.copy()
    second = corners.copy()
    first[rows, high] = middle
    second[rows, low] = middle
    return np.concatenate([first, second]), np.concatenate([measure * share, measure * (1 - share)])


def along(corners: Array, start: Array, end: Array) -> tuple[Array, Array, Array]:
    """Where a line from `start` to `end` meets simplices (s, d + 1, 3).

    Returns which simplices (k,), both ends (k, 2) of the line in them, from 0 at `start` to 1 at `end`, and the weights
    of their corners there (k, 2, d + 1). What is across the plane of a 2D device does not count.
    """
    near = _near(corners, np.stack([start, end]))
    origin = corners[near, 0]
    edges = corners[near, 1:] - corners[near, :1]
    inverse = np.linalg.pinv(edges.transpose(0, 2, 1))

    def weights(place: Array) -> Array:
        inner = (inverse @ (place - origin)[..., None])[..., 0]
        return np.concatenate([1 - inner.sum(1, keepdims=True), inner], axis=1)

    at = weights(start)
    slope = weights(end) - at
    with np.errstate(divide="ignore", invalid="ignore"):
        zero = -(at + EDGE) / slope  # a line in a face belongs to both of its simplices
    low = np.where(slope > TINY, zero, 0.0).max(1, initial=0.0)
    high = np.where(slope < -TINY, zero, 1.0).min(1, initial=1.0)
    outside = ((np.abs(slope) <= TINY) & (at < -EDGE)).any(1)
    hit = np.flatnonzero((high - low > SHORT) & ~outside)
    ends = np.stack([low, high], 1)[hit]
    return near[hit], ends, at[hit, None] + ends[..., None] * slope[hit, None]


def _near(corners: Array, line: Array) -> Array:
    """Simplices whose box the line's box meets, in the directions in which they extend."""
    low = corners.min(1)
    high = corners.max(1)
    size = high.max(0) - low.min(0)
    slack = EDGE * size.max()
    meets = (low <= line.max(0) + slack) & (high >= line.min(0) - slack)
    return np.flatnonzero((meets | (size < slack)).all(1))
