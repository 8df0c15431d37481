"""Writing a mesh: .msh by Gmsh's own format, everything else through meshio."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np

from femsot.base.errors import Fault, InputError
from femsot.base.files import replacing
from femsot.base.quantities import Array

from .by_meshio import PREFIXES
from .facets import FACET_KIND
from .record import Mesh

ENDINGS = (".msh", ".vtu", ".vtk", ".xdmf")
GMSH = {"line": 1, "triangle": 2, "quad": 3, "tetra": 4, "hexahedron": 5}


def write(
    mesh: Mesh, path: str | os.PathLike[str], *, length_unit: float = 1e-9, version: Literal["4.1", "2.2"] = "4.1"
) -> None:
    """Write a mesh so that `read` gives it back, whole or not at all.

    Names are physical groups of .msh; in .vtu, .vtk and .xdmf cell arrays `region` (numbers from 1; faces have numbers
    of their own), "region/NAME" and "face/NAME" (1 on the cells of that name).

    Parameters
    ----------
    mesh : what to write.
    path : .msh (binary), .vtu, .vtk or .xdmf.
    length_unit : of the coordinates in the file [m].
    version : of Gmsh's format, for .msh.

    Raises
    ------
    InputError
        For another ending or version, or a file that cannot be written.
    """
    ending = Path(path).suffix.lower()
    if ending not in ENDINGS or version not in ("4.1", "2.2"):
        raise InputError(
            Fault(
                str(path),
                allowed=", ".join(ENDINGS),
                hint="4.1, 2.2",
                value=f"{ending or 'no ending'}, version {version}",
            )
        )
    points = np.zeros((len(mesh.points), 3))
    points[:, ["xyz".index(axis) for axis in mesh.plane]] = mesh.points / length_unit
    with replacing(path) as part:
        if ending == ".msh" and version == "4.1":
            with open(part, "wb") as file:
                _msh41(mesh, points, file)
        else:
            _by_meshio(_meshio(mesh, points, gmsh=ending == ".msh"), part, ending)


def _by_meshio(contents: Any, path: Path, ending: str) -> None:
    """.xdmf as one file of text, which takes h5py nevertheless."""
    options = {"data_format": "XML"} if ending == ".xdmf" else {}
    try:
        contents.write(path, file_format={".msh": "gmsh22"}.get(ending, ending[1:]), **options)
    except ModuleNotFoundError as error:
        raise InputError(Fault(str(ending), f"cannot be written: {error}", hint=f"install {error.name}")) from None


def _groups(mesh: Mesh) -> list[tuple[str, str, Array]]:
    """Name, kind of cell and rows of every region and contact."""
    groups = [(name, mesh.kind, mesh.cells[cells]) for name, cells in mesh.regions.items()]
    return groups + [(name, FACET_KIND[mesh.kind], rows) for name, rows in mesh.faces.items()]


def _meshio(mesh: Mesh, points: Array, *, gmsh: bool) -> Any:
    """meshio's mesh, one block of cells for each kind, or for each group where Gmsh wants it."""
    import meshio

    groups = _groups(mesh)
    number = {(name, kind): i + 1 for i, (name, kind, _) in enumerate(groups)}
    blocks = []
    tags = []
    for kind in dict.fromkeys(kind for _, kind, _ in groups):
        mine = [(rows, number[name, kind]) for name, k, rows in groups if k == kind]
        blocks.append((kind, np.concatenate([rows for rows, _ in mine])))
        tags.append(np.concatenate([np.full(len(rows), tag) for rows, tag in mine]).astype(np.int32))
    if gmsh:
        dimension = {kind: mesh.dimension - (kind != mesh.kind) for _, kind, _ in groups}
        fields = {name: np.array([tag, dimension[kind]]) for (name, kind), tag in number.items()}
        data = {"gmsh:physical": tags, "gmsh:geometrical": tags}
        return meshio.Mesh(points, blocks, cell_data=data, field_data=fields)
    data = {"region": tags}
    for (name, kind), tag in number.items():
        data[PREFIXES[kind != mesh.kind] + name] = [(x == tag).astype(np.int32) for x in tags]
    return meshio.Mesh(points, blocks, cell_data=data)


def _msh41(mesh: Mesh, points: Array, file: BinaryIO) -> None:
    """https://gmsh.info/doc/texinfo/gmsh.html#MSH-file-format; every group is one entity of its own."""

    def put(values: Any, dtype: str) -> None:
        file.write(np.asarray(values, dtype=dtype).tobytes())

    groups = [(name, mesh.dimension - (kind != mesh.kind), kind, rows) for name, kind, rows in _groups(mesh)]
    file.write(b"$MeshFormat\n4.1 1 8\n")
    put(1, "<i4")
    file.write(f"\n$EndMeshFormat\n$PhysicalNames\n{len(groups)}\n".encode())
    for tag, (name, dimension, _, _) in enumerate(groups, start=1):
        file.write(f'{dimension} {tag} "{name}"\n'.encode())
    file.write(b"$EndPhysicalNames\n$Entities\n")
    put([sum(x[1] == d for x in groups) for d in range(4)], "<u8")
    for d in range(4):
        for tag, (_, dimension, _, rows) in enumerate(groups, start=1):
            if dimension == d:
                corners = points[rows.ravel()]
                put(tag, "<i4")
                put([corners.min(0), corners.max(0)], "<f8")
                put(1, "<u8")
                put(tag, "<i4")
                put(0, "<u8")
    file.write(b"\n$EndEntities\n$Nodes\n")
    put([1, len(points), 1, len(points)], "<u8")
    put([mesh.dimension, 1, 0], "<i4")
    put(len(points), "<u8")
    put(np.arange(len(points)) + 1, "<u8")
    put(points, "<f8")
    file.write(b"\n$EndNodes\n$Elements\n")
    total = sum(len(x[3]) for x in groups)
    put([len(groups), total, 1, total], "<u8")
    first = 1
    for tag, (_, dimension, kind, rows) in enumerate(groups, start=1):
        put([dimension, tag, GMSH[kind]], "<i4")
        put(len(rows), "<u8")
        put(np.column_stack([np.arange(first, first + len(rows)), rows + 1]), "<u8")
        first += len(rows)
    file.write(b"\n$EndElements\n")
