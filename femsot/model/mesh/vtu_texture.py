"""A vector at each vertex of a .vtu file, such as the magnetization that another program has computed."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from femsot.base.errors import Fault, InputError, did_you_mean
from femsot.base.quantities import Array

from .by_meshio import load


def read_vectors(path: str | os.PathLike[str], array: str) -> tuple[Array, Array, float]:
    """Vertices (n, 3), the vectors of the point array called `array` (n, 3), and the largest cell, in the file's unit.

    Vertices of no cell are left out. Raises InputError.
    """
    mesh = load(Path(path))
    if array not in mesh.point_data:
        problem = f"has no point array {array!r}"
        if array in mesh.cell_data:
            raise InputError(Fault(str(path), f"{problem}, it is a cell array"))
        raise InputError(Fault(str(path), problem, *did_you_mean(array, mesh.point_data)))
    points, vectors = np.asarray(mesh.points, dtype=float), np.asarray(mesh.point_data[array], dtype=float)
    if vectors.ndim != 2 or vectors.shape[1] != 3 or not np.all(np.isfinite(vectors)):
        raise InputError(Fault(str(path), f"array {array!r} has shape {vectors.shape}", "(n, 3), finite numbers"))
    rows = [block.data for block in mesh.cells if block.data.shape[1] > 2]
    if not rows:
        raise InputError(Fault(str(path), "has no cells", "triangles, quadrilaterals, tetrahedra, hexahedra, prisms"))
    sizes = [np.linalg.norm(points[x] - points[x[:, [i]]], axis=2).max() for x in rows for i in range(x.shape[1])]
    used = np.unique(np.concatenate([x.ravel() for x in rows]))
    # padded to (n, 3): a 2D file may leave z out
    points = np.pad(points, ((0, 0), (0, 3 - points.shape[1])))
    return points[used], vectors[used], float(max(sizes))
