"""A field on the cells of a file: linear inside each, and what a point just outside them takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from femsot.base.quantities import Array

#: barycentric coordinates of a point on a side of its cell may be this far below zero
ON_SIDE = 1e-9
#: a point outside takes the nearest cell within this part of the cell's longest edge: of a curved side, say
REACH = 0.25


@dataclass(frozen=True, eq=False)
class OnCells:
    """Vectors at the corners of simplices, linear between them."""

    corners: Array  #: (s, d + 1, 3) [m]
    vectors: Array  #: (s, d + 1, 3)

    @cached_property
    def axes(self) -> list[int]:
        """The directions along which the cells extend: a flat mesh has no variation across."""
        size = np.ptp(self.corners.reshape(-1, 3), axis=0)
        extended = [i for i in range(3) if size[i] > 1e-9 * size.max()]
        return extended[: self.corners.shape[1] - 1]

    @cached_property
    def _inverse(self) -> Array:
        """From a point less the first corner to the barycentric coordinates of the others (s, d, d)."""
        flat = self.corners[:, :, self.axes]
        edges = np.swapaxes(flat[:, 1:] - flat[:, :1], 1, 2)
        size = np.abs(edges).max(axis=(1, 2), keepdims=True)
        degenerate = np.abs(np.linalg.det(edges / size)) < 1e-12
        edges[degenerate] = np.eye(edges.shape[1]) * 1e-300  # no point is inside
        return np.asarray(np.linalg.inv(edges))

    @cached_property
    def _edge(self) -> Array:
        """The longest edge of each simplex (s,) [m]."""
        count = self.corners.shape[1]
        pairs = [(i, j) for i in range(count) for j in range(i)]
        lengths = [np.linalg.norm(self.corners[:, i] - self.corners[:, j], axis=1) for i, j in pairs]
        return np.max(lengths, axis=0)

    @cached_property
    def _trees(self) -> list[tuple[Array, float, Any]]:
        """Simplices of about one size, half of it, and a tree of the middles of their boxes."""
        from scipy.spatial import KDTree

        flat = self.corners[:, :, self.axes]
        middle = (flat.max(axis=1) + flat.min(axis=1)) / 2
        half = (np.ptp(flat, axis=1) / 2).max(axis=1)
        level = np.floor(np.log2(half)).astype(int)
        trees = []
        for value in np.unique(level):
            members = np.flatnonzero(level == value)
            trees.append((members, float(half[members].max()), KDTree(middle[members])))
        return trees

    def __call__(self, points: Array) -> Array:
        """Return the vectors (n, 3) at points (n, 3) [m]; nan where no cell is within reach."""
        return self._at(points)[0]

    def outside(self, points: Array) -> Array:
        """Return how far each of the points (n, 3) is from the cells (n,) [m]: 0 inside, infinite out of reach."""
        return self._at(points)[1]

    def _at(self, points: Array) -> tuple[Array, Array]:
        vectors = np.full((len(points), 3), np.nan)
        distance = np.full(len(points), np.inf)
        flat = points[:, self.axes]
        for chosen, simplices in self._candidates(flat):
            weights, away = self._clamped(flat[chosen], simplices)
            allowed = away <= REACH * self._edge[simplices]
            order = np.lexsort((np.where(allowed, away, np.inf), chosen))
            first = order[np.unique(chosen[order], return_index=True)[1]]
            first = first[allowed[first] & (away[first] < distance[chosen[first]])]
            vectors[chosen[first]] = np.einsum("ni,nia->na", weights[first], self.vectors[simplices[first]])
            distance[chosen[first]] = away[first]
        return vectors, distance

    def _candidates(self, points: Array) -> Iterator[tuple[Array, Array]]:
        """Pairs (p,), (p,) of points and simplices whose boxes, widened by the reach, hold them."""
        for members, half, tree in self._trees:
            radius = half * (1 + 1e-9) + REACH * float(self._edge[members].max())
            for start in range(0, len(points), 20_000):
                part = slice(start, start + 20_000)
                lists = tree.query_ball_point(points[part], radius, p=np.inf)
                counts = np.array([len(simplices) for simplices in lists])
                if counts.sum():
                    chosen = np.repeat(np.arange(len(counts)), counts) + start
                    yield chosen, members[np.concatenate([np.asarray(x, dtype=int) for x in lists])]

    def _clamped(self, points: Array, simplices: Array) -> tuple[Array, Array]:
        """Weights (p, d + 1) of the corners, none negative, and how far off their point is (p,) [m]."""
        corners = self.corners[simplices][:, :, self.axes]
        local = np.einsum("pij,pj->pi", self._inverse[simplices], points - corners[:, 0])
        weights = np.concatenate([1 - local.sum(axis=1, keepdims=True), local], axis=1)
        inside = np.all(weights >= -ON_SIDE, axis=1)
        weights = np.clip(np.nan_to_num(weights, posinf=0.0, neginf=0.0), 0.0, None)
        total = weights.sum(axis=1, keepdims=True)
        weights = np.divide(weights, total, out=np.full(weights.shape, 1 / weights.shape[1]), where=total > 0)
        away = np.linalg.norm(np.einsum("pi,pij->pj", weights, corners) - points, axis=1)
        return weights, np.where(inside, 0.0, away)
