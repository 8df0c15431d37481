"""Graded meshes of one layer each: fine at both ends, where potentials decay over the layer's shortest length."""

from __future__ import annotations

import numpy as np
from skfem import MeshLine

from femsot.base.quantities import Array
from femsot.materials.tensors import Bulk, through
from femsot.model.mesh.grading import graded

from ..layers import LayerTensors

CELLS_PER_LENGTH = 16.0


def shortest_length(bulk: Bulk, m: Array | None = None) -> float:
    """Return the smallest 1/|k| of the modes exp(-k z), infinite where nothing relaxes [m].

    k^2 are the eigenvalues of C^-1 R, the charge eliminated.
    """
    C, R = through(bulk, m)
    fastest = float(np.abs(np.linalg.eigvals(np.linalg.solve(C, R))).max())
    return 1 / np.sqrt(fastest) if fastest > 0 else np.inf


def layer_mesh(tensors: LayerTensors, thickness: float, *, cells_per_length: float, refine: int) -> MeshLine:
    """The mesh of one layer, from 0 at its bottom [m]."""
    return MeshLine(graded(thickness, shortest_length(tensors.bulk, tensors.m), cells_per_length, refine=refine))
