"""Meshes of other libraries in memory: scikit-fem, meshio, pyvista. None of them is imported for it."""

from __future__ import annotations

from typing import Any

import numpy as np

from femsot.base.errors import Checks, Fault, InputError

from .by_meshio import BITS, Names, add_names, raw_of
from .facets import FACET_KIND
from .raw import Raw
from .read import Placing, from_raw
from .record import Mesh

#: kinds of cells by VTK's numbers
VTK = {
    1: "vertex",
    3: "line",
    5: "triangle",
    8: "pixel",
    9: "quad",
    10: "tetra",
    11: "voxel",
    12: "hexahedron",
    13: "wedge",
    14: "pyramid",
    21: "line3",
    22: "triangle6",
    23: "quad8",
    24: "tetra10",
    25: "hexahedron20",
    26: "wedge15",
    27: "pyramid13",
    28: "quad9",
    29: "hexahedron27",
    32: "wedge18",
    34: "triangle7",
}
#: kinds of cells of scikit-fem by dimension and number of vertices
SCIKIT_FEM = {(2, 3): "triangle", (2, 4): "quad", (3, 4): "tetra", (3, 8): "hexahedron", (3, 6): "wedge"}
#: the vertices of its hexahedra in the order of Gmsh and VTK
HEXAHEDRON = [0, 3, 6, 2, 1, 5, 7, 4]
#: what a mesh may be
ALLOWED = "a mesh of femsot, a Mesh of scikit-fem or meshio, or a grid of pyvista"


def convert(  # noqa: PLR0913 -- as `read`
    mesh: Any,
    *,
    length_unit: float = 1.0,
    plane: str | None = None,
    depth: float | None = None,
    periodic: tuple[str, ...] = (),
    ignore: tuple[str, ...] = (),
) -> Mesh:
    """Return the mesh of another library as one of femsot, checked.

    Parameters
    ----------
    mesh : of scikit-fem with named `subdomains` and `boundaries`, a `meshio.Mesh`, or a grid of pyvista, with names as
        in files: docs/meshes.md.
    length_unit : of its coordinates [m].
    plane, depth, periodic, ignore : as in `read`; a mesh in x and y is a film, "xy", or with "xz" a cross-section.

    Raises
    ------
    InputError
        If it is none of these, or with every fault of the mesh.
    """
    checks = Checks("mesh")
    placing = Placing(length_unit, plane, depth, periodic)
    placing.check(checks)
    library = type(mesh).__module__.partition(".")[0]
    readers = {"skfem": _of_scikit_fem, "meshio": raw_of, "pyvista": _of_pyvista}
    if library not in readers:
        raise InputError(Fault("mesh", allowed=ALLOWED, value=f"a {type(mesh).__name__}"))
    raw = readers[library](mesh)
    raw.forget(ignore, checks)
    return from_raw(raw, placing, checks)


def _of_scikit_fem(mesh: Any) -> Raw:
    """Return cells, subdomains and boundaries of a mesh of scikit-fem."""
    points = np.asarray(mesh.p, dtype=float).T
    cells = np.asarray(mesh.t).T
    kind = SCIKIT_FEM.get((points.shape[1], cells.shape[1]))
    if kind is None:
        raise InputError(Fault("mesh", allowed=", ".join(SCIKIT_FEM.values()), value=f"a {type(mesh).__name__}"))
    if kind == "hexahedron":
        cells = cells[:, HEXAHEDRON]
    raw = Raw(points)
    block = raw.add_block(kind, cells)
    raw.curved = len(cells) if type(mesh).__name__.endswith("2") else 0
    for name, numbers in (mesh.subdomains or {}).items():
        raw.name(name, block, np.asarray(numbers))
    for name, numbers in (mesh.boundaries or {}).items():
        facets = np.asarray(numbers)
        owner = mesh.f2t[0, facets]
        side = np.argmax(mesh.t2f[:, owner] == facets, axis=0)
        rows = np.take_along_axis(cells[owner], np.array(BITS[kind])[side], axis=1)
        added = raw.add_block(FACET_KIND[kind], rows)
        raw.name(name, added, np.arange(len(rows)))
    return raw


def _of_pyvista(grid: Any) -> Raw:
    """Return cells and groups of a grid of pyvista; its arrays name regions and faces as those of .vtu files do."""
    if type(grid).__name__ == "MultiBlock":
        raise InputError(Fault("mesh", allowed=ALLOWED, hint="combine() joins its blocks", value="a MultiBlock"))
    whole = grid.cast_to_unstructured_grid()
    raw = Raw(np.asarray(whole.points, dtype=float))
    places = []
    for number, rows in whole.cells_dict.items():
        raw.add_block(VTK.get(int(number), f"cells of VTK's type {number}"), rows)
        places.append(np.flatnonzero(whole.celltypes == number))
    data = {name: [np.asarray(values)[place] for place in places] for name, values in whole.cell_data.items()}
    add_names(raw, Names(data, {name: np.asarray(values) for name, values in whole.field_data.items()}))
    return raw
