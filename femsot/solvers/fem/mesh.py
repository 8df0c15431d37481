"""Graded meshes of one layer each: fine at both ends, where potentials decay over the layer's shortest length."""

from __future__ import annotations

import numpy as np
from skfem import MeshLine

from femsot.materials.tensors import Bulk
from femsot.model.mesh.grading import graded

CELLS_PER_LENGTH = 16.0


def shortest_length(bulk: Bulk) -> float:
    """The smallest 1/|k| of the modes exp(-k z), k^2 the eigenvalues of C^-1 R; infinite where nothing relaxes [m]."""
    pairs = ((bulk.longitudinal_conductivity, bulk.longitudinal), (bulk.conductivity, bulk.transverse))
    fastest = max(float(np.abs(np.linalg.eigvals(np.linalg.solve(C, R))).max()) for C, R in pairs)
    return 1 / np.sqrt(fastest) if fastest > 0 else np.inf


def layer_mesh(bulk: Bulk, thickness: float, *, cells_per_length: float, refine: int) -> MeshLine:
    """The mesh of one layer, from 0 at its bottom [m]."""
    return MeshLine(graded(thickness, shortest_length(bulk), cells_per_length, refine=refine))
