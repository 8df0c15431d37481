"""Meshes that meshio reads, and where each of its formats keeps the names of groups."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from femsot.base.errors import Fault, InputError
from femsot.base.files import check_file
from femsot.base.quantities import Array

from .facets import FACET_KIND
from .raw import GRIDS, KINDS, Raw

#: integer cell arrays that number the regions and faces; of these the first that a file has
NUMBERS = ("gmsh:physical", "region", "medit:ref", "cell_tags", "MaterialIDs")
#: cell arrays "region/NAME" and "face/NAME", not zero on the cells of that name
PREFIXES = ("region/", "face/")
#: scikit-fem's: cells of a subdomain; for each cell a bit for each of its facets that belongs to a boundary
SUBDOMAIN = "skfem:s:"
BOUNDARY = "skfem:b:"
#: the facets of scikit-fem's cells, in its own order, by vertices in the order of Gmsh and VTK
BITS = {
    "triangle": [[0, 1], [1, 2], [0, 2]],
    "quad": [[0, 1], [1, 2], [2, 3], [0, 3]],
    "tetra": [[0, 1, 2], [0, 1, 3], [0, 2, 3], [1, 2, 3]],
    "hexahedron": [[0, 4, 7, 3], [0, 3, 2, 1], [0, 1, 5, 4], [3, 7, 6, 2], [4, 5, 6, 7], [1, 2, 6, 5]],
}
#: VTK's number and meshio's word of a cell that meshio leaves out
VOXEL = 11


def load(path: Path) -> Any:
    """Return meshio's mesh of a file. Raise InputError in our words where it cannot be read."""
    import meshio

    _teach_grids()
    readers = {".msh": meshio.gmsh.read, ".vtu": meshio.vtu.read, ".xdmf": meshio.xdmf.read}
    said = io.StringIO()
    check_regular(path)
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            mesh = readers.get(path.suffix.lower(), meshio.read)(path)
    except OSError as error:
        raise InputError(Fault(str(path), f"cannot be read: {error.strerror or 'damaged'}")) from None
    except ModuleNotFoundError as error:
        raise InputError(Fault(str(path), f"is read with {error.name}", hint=f"pip install {error.name}")) from None
    except (Exception, SystemExit):  # meshio prints and ends the interpreter, or fails where its code does
        raise InputError(_why(path, set(meshio.extension_to_filetypes))) from None
    if not len(mesh.cells):
        return mesh
    for block in mesh.cells:
        if block.type in GRIDS:
            kind, order = GRIDS[block.type]
            block.type = kind
            block.data = block.data[:, order]
    return mesh


def check_regular(path: Path) -> None:
    """Raise InputError where a path is none of a file: also for a folder, into which some readers look."""
    check_file(path)
    if path.is_dir():
        raise InputError(Fault(str(path), "is a folder", "a file"))


def _teach_grids() -> None:
    """Let meshio know the cells of image data, which it leaves out with a printed line."""
    from meshio import _common, _mesh, _vtk_common

    _vtk_common.vtk_to_meshio_type.setdefault(VOXEL, "voxel")
    for kind, vertices, dimension in (("pixel", 4, 2), ("voxel", 8, 3)):
        _common.num_nodes_per_cell.setdefault(kind, vertices)
        _mesh.topological_dimension.setdefault(kind, dimension)


def _why(path: Path, known: set[str]) -> Fault:
    ending = path.suffix.lower()
    if ending not in known:
        allowed = ".msh, .vtu, .vtk, .xdmf, or another that meshio knows"
        return Fault(str(path), "", allowed, value=f"the ending {ending or 'none'!r}")
    hint = 'if ParaView or pyvista opens it, save it as .vtu (pyvista.read("a.vtk").save("a.vtu"))'
    what = f"is no mesh that can be read: damaged, cut off, or no {ending} file"
    return Fault(str(path), what, hint=hint if ending == ".vtk" else "")


@dataclass(frozen=True)
class Names:
    """Where meshes of other libraries keep who is in which group; values by blocks of cells."""

    data: Mapping[str, Any]  #: cell arrays
    fields: Mapping[str, Any]  #: name -> number of a group, or number and dimension
    sets: Mapping[str, Any] = field(default_factory=dict)  #: numbers of cells
    families: Mapping[int, list[str]] = field(default_factory=dict)  #: of MED: number -> names


def raw_of(mesh: Any) -> Raw:
    """Return cells and groups of a `meshio.Mesh`."""
    raw = Raw(np.atleast_2d(np.asarray(mesh.points, dtype=float)))
    for block in mesh.cells:
        raw.add_block(block.type, np.asarray(block.data))
    # only meshes from MED files have families
    add_names(raw, Names(mesh.cell_data, mesh.field_data, mesh.cell_sets, vars(mesh).get("cell_tags") or {}))
    return raw


def add_names(raw: Raw, names: Names) -> None:
    """Put the cells of a mesh into their groups."""
    blocks = list(range(len(raw.blocks)))
    for name, sets in names.sets.items():
        if not name.startswith("gmsh:"):
            for block, cells in zip(blocks, sets, strict=True):
                raw.name(name, block, _cells(cells))
    for key, arrays in names.data.items():
        for block, values in zip(blocks, arrays, strict=True):
            _add_array(raw, key, block, values=np.asarray(values))
    if not raw.groups:
        _numbered(raw, names, blocks)


def _add_array(raw: Raw, key: str, block: int, *, values: Array) -> None:
    """Put cells of a block into the group that a cell array is named after; or facets, a bit for each of a cell."""
    prefix = next((x for x in (*PREFIXES, SUBDOMAIN) if key.startswith(x)), None)
    if prefix is not None:
        raw.name(key.removeprefix(prefix), block, np.flatnonzero(values))
    elif key.startswith(BOUNDARY):
        kind, rows = raw.blocks[block]
        bits = values.ravel().astype(np.int64)
        facets = [rows[bits >> i & 1 == 1][:, facet] for i, facet in enumerate(BITS.get(kind, ()))]
        if sum(map(len, facets)):
            added = raw.add_block(FACET_KIND[kind], np.concatenate(facets))
            raw.name(key.removeprefix(BOUNDARY), added, np.arange(len(raw.blocks[added][1])))


def _cells(cells: Any) -> Array:
    """Return the numbers of a cell set's cells; None where a block has none, nested where sets are made of sets."""
    if cells is None:
        return np.zeros(0, dtype=np.int64)
    parts = [np.zeros(0)] + [np.ravel(x) for x in (cells if isinstance(cells, list) else [cells]) if x is not None]
    return np.concatenate(parts).astype(np.int64)


def _numbered(raw: Raw, names: Names, blocks: list[int]) -> None:
    """Groups by an integer array; their names from MED's families or the field data, else the numbers themselves."""
    key = next((x for x in NUMBERS if x in names.data), None)
    if key is None:
        return
    known = dict(_field_names(names.fields))
    for block, values in zip(blocks, names.data[key], strict=True):
        tags = np.asarray(values).ravel()
        if not names.families:
            raw.number(block, tags, known)
            continue
        for family in np.unique(tags):
            for name in names.families.get(int(family), ()):
                raw.name(name.strip(), block, np.flatnonzero(tags == family))


def _field_names(fields: Mapping[str, Any]) -> Iterator[tuple[tuple[int, int], str]]:
    """Yield (number, dimension) and name."""
    for name, value in fields.items():
        number = np.ravel(value)
        if number.dtype.kind in "iu" and len(number) in (1, 2):
            dimensions = [int(number[1])] if len(number) == 2 else sorted(set(KINDS.values()))
            for dimension in dimensions:
                yield (int(number[0]), dimension), name
