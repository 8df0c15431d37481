"""Areas of faces, and of regions seen from above."""

from __future__ import annotations

import numpy as np

from femsot.base.quantities import Array

from .facets import cell_facets, groups
from .record import Mesh


def _vectors(mesh: Mesh, rows: Array) -> Array:
    """Area vectors (f, 3) of faces of a 3D mesh [m^2]; exact for the plane ones."""
    p = mesh.points[rows]
    first, second = (
        (p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]) if p.shape[1] == 3 else (p[:, 2] - p[:, 0], p[:, 3] - p[:, 1])
    )
    return np.asarray(np.cross(first, second) / 2)


def area(mesh: Mesh, rows: Array) -> float:
    """Area of faces (f, v); of edges of a 2D mesh, length times depth [m^2]."""
    if mesh.dimension == 3:
        return float(np.linalg.norm(_vectors(mesh, rows), axis=1).sum())
    ends = mesh.points[rows]
    return float(np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1).sum() * mesh.depth)


def footprint(mesh: Mesh, region: str) -> float:
    """Area of a region seen along z; of a cross-section, extent along x times depth [m^2]. Parts above others add."""
    cells = mesh.regions[region]
    if mesh.plane == "xy":
        return float(np.abs(mesh.volumes[cells]).sum() / mesh.depth)
    rows = cell_facets(mesh.cells[cells], mesh.kind)
    order, start = groups(rows, len(mesh.points))
    outer = rows[order[start & np.append(start[1:], True)]]
    if mesh.plane == "xz":
        return float(np.abs(np.diff(mesh.points[outer, 0], axis=1)).sum() / 2 * mesh.depth)
    return float(np.abs(_vectors(mesh, outer)[:, 2]).sum() / 2)
