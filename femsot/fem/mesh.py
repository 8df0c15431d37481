"""Graded meshes of one layer each: fine at both ends, where potentials decay over the layer's shortest length."""

from __future__ import annotations

import numpy as np
from skfem import MeshLine

from ..checks import Array
from ..materials import Bulk

CELLS_PER_LENGTH = 16.0
#: per half layer: what an absurd ratio of lengths, or of refinement, is cut to
MAX_CELLS = 20_000


def shortest_length(bulk: Bulk) -> float:
    """The smallest 1/|k| of the modes exp(-k z), k^2 the eigenvalues of C^-1 R; infinite where nothing relaxes [m]."""
    pairs = ((bulk.longitudinal_conductivity, bulk.longitudinal), (bulk.conductivity, bulk.transverse))
    fastest = max(float(np.abs(np.linalg.eigvals(np.linalg.solve(C, R))).max()) for C, R in pairs)
    return 1 / np.sqrt(fastest) if fastest > 0 else np.inf


def graded(thickness: float, length: float, cells: float, *, refine: int = 1) -> Array:
    """Nodes from 0 to `thickness` with cells of size (length + distance to the nearer end)/(cells refine) [m].

    So every decay length >= `length` has about as many cells; `refine` = 2 halves each cell of `refine` = 1.

    >>> graded(2.0, 1.0, 2.9).round(3)
    array([0.   , 0.414, 1.   , 1.586, 2.   ])
    """
    shortest = min(length, thickness)
    stretch = np.log1p(thickness / 2 / shortest)
    number = int(min(max(np.round(cells * stretch), 1) * refine, MAX_CELLS))
    half = shortest * np.expm1(np.linspace(0.0, stretch, number + 1))
    half[-1] = thickness / 2
    return np.concatenate([half, thickness - half[-2::-1]])


def layer_mesh(bulk: Bulk, thickness: float, *, cells_per_length: float, refine: int) -> MeshLine:
    """The mesh of one layer, from 0 at its bottom [m]."""
    return MeshLine(graded(thickness, shortest_length(bulk), cells_per_length, refine=refine))
