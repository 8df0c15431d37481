"""Vectors of a mesh file, such as the magnetization that another program computed, on simplices of its own cells."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from femsot.base.errors import Fault, InputError, did_you_mean
from femsot.base.quantities import Array

from .by_meshio import load
from .facets import split_hexahedra, split_pyramids, split_quads, split_wedges

#: cells by dimension, how many of their vertices are corners, and how each is split into simplices
_SPLIT: dict[int, dict[str, tuple[int, Callable[[Array], Array]]]] = {
    2: {"triangle": (3, np.asarray), "quad": (4, split_quads)},
    3: {
        "tetra": (4, np.asarray),
        "hexahedron": (8, split_hexahedra),
        "wedge": (6, split_wedges),
        "pyramid": (5, split_pyramids),
    },
}
ALLOWED = "triangles, quadrilaterals, tetrahedra, hexahedra, prisms, pyramids"


@dataclass(frozen=True, eq=False)
class VectorCells:
    """A vector at each corner of each simplex, in the file's unit of length; it may jump between cells."""

    corners: Array  #: (s, d + 1, 3) positions
    vectors: Array  #: (s, d + 1, 3)


def read_vectors(path: str | os.PathLike[str], array: str) -> VectorCells:
    """Return the vectors of the point or cell array called `array`. Raise InputError if there is none."""
    mesh = load(Path(path))
    points = np.asarray(mesh.points, dtype=float)
    points = np.pad(points, ((0, 0), (0, 3 - points.shape[1])))  # a 2D file may leave z out
    of_points = array in mesh.point_data
    if not of_points and array not in mesh.cell_data:
        known = did_you_mean(array, [*mesh.point_data, *mesh.cell_data])
        raise InputError(Fault(str(path), f"has no point or cell array {array!r}", *known))
    dimension = max((d for d, kinds in _SPLIT.items() if any(_kind(b) in kinds for b in mesh.cells)), default=0)
    if not dimension:
        raise InputError(Fault(str(path), "has no cells", ALLOWED))
    corners = []
    vectors = []
    for number, block in enumerate(mesh.cells):
        if _kind(block) not in _SPLIT[dimension] or not len(block.data):
            continue
        count, split = _SPLIT[dimension][_kind(block)]
        cells = np.asarray(block.data)[:, :count]
        simplices = split(cells)
        corners.append(points[simplices])
        if of_points:
            vectors.append(_checked(path, array, mesh.point_data[array], count=len(points))[simplices])
        else:
            by_cell = _checked(path, array, mesh.cell_data[array][number], count=len(cells))
            by_simplex = np.repeat(by_cell, len(simplices) // len(cells), axis=0)
            vectors.append(np.repeat(by_simplex[:, None], dimension + 1, axis=1))
    return VectorCells(np.concatenate(corners), np.concatenate(vectors))


def _kind(block: Any) -> str:
    """The word of a cell, without the number of its nodes: "tetra10" is a tetrahedron."""
    return str(block.type).rstrip("0123456789")


def _checked(path: str | os.PathLike[str], array: str, values: Any, *, count: int) -> Array:
    vectors = np.asarray(values, dtype=float)
    if vectors.shape != (count, 3) or not np.all(np.isfinite(vectors)):
        raise InputError(Fault(str(path), f"array {array!r} has shape {vectors.shape}", "(n, 3), finite numbers"))
    return vectors
