"""Fields of a device for ParaView: a .vtu file for each region and interface, and the .vtm and .pvd that name them."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np

from femsot.base.errors import Fault, InputError
from femsot.base.files import replacing

from .blocks import GROUPS, PARTS, REGIONS, UNITS, Block

NANO = 1e9  #: points are written in nm: ParaView picks and clips with absolute tolerances
TYPES = {"line": 3, "triangle": 5, "quad": 9, "tetra": 10, "hexahedron": 12, "wedge": 13}  #: of vtkCellType.h
INSULATOR = "insulator"  #: among the kinds of regions
ALLOWED = "the .vtm file of a device's run"


def write_device(
    field_blocks: Sequence[Block], path: str | os.PathLike[str], *, title: str = "", run: str = ""
) -> list[Path]:
    """Writes NAME.vtm, NAME.pvd and NAME/*.vtu, all of them or none; the files written, the .vtm first.

    Points in nm, fields in the units of `UNITS`, lossless. ParaView shows a tree of regions and interfaces by their
    names; units, title, the names that belong to the numbers `region`, what is an insulator, and `run`, which tells
    runs apart, are field data of the .vtm.
    """
    vtm = Path(path).with_suffix(".vtm")
    names = [f"{number}_{file_name(block.name)}.vtu" for number, block in enumerate(field_blocks)]
    written = [vtm, vtm.with_suffix(".pvd"), *(vtm.with_suffix("") / name for name in names)]
    with ExitStack() as stack:  # left in turn: the .vtm comes last
        parts = [stack.enter_context(replacing(target)) for target in written]
        files = [f"{vtm.stem}/{name}" for name in names]
        _vtm(field_blocks, files, {"title": title, "run": run}).write(parts[0], encoding="utf-8", xml_declaration=True)
        ET.ElementTree(_pvd(field_blocks, files)).write(parts[1], encoding="utf-8", xml_declaration=True)
        for block, part in zip(field_blocks, parts[2:], strict=True):
            _write_block(block, part)
    return written


def file_name(name: str) -> str:
    """A region's or an interface's name as part of a file name."""
    return re.sub(r"[^A-Za-z0-9.+-]+", "_", name)


def _vtm(field_blocks: Sequence[Block], files: list[str], words: dict[str, str]) -> ET.ElementTree[ET.Element]:
    root = ET.Element("VTKFile", type="vtkMultiBlockDataSet", version="1.0", byte_order="LittleEndian")
    tree = ET.SubElement(root, "vtkMultiBlockDataSet")
    for index, group in enumerate(GROUPS):
        branch = ET.SubElement(tree, "Block", index=str(index), name=group)
        inside = [(block, file) for block, file in zip(field_blocks, files, strict=True) if block.group == group]
        for number, (block, file) in enumerate(inside):
            ET.SubElement(branch, "DataSet", index=str(number), name=block.name, file=file)
    data = ET.SubElement(root, "FieldData")
    data_names = dict.fromkeys(name for block in field_blocks for name in block.data)
    for name, word in words.items():
        _strings(data, name, [word])
    _strings(data, "length_unit", ["nm"])
    _strings(data, "units", [f"{name} [{UNITS[name]}]" for name in data_names])
    parts = [block for block in field_blocks if block.group == REGIONS]
    _strings(data, "region_names", [block.name for block in parts])
    _strings(data, "region_kinds", [INSULATOR if block.insulating else "metal" for block in parts])
    return ET.ElementTree(root)


def _strings(data: ET.Element, name: str, texts: list[str]) -> None:
    """An array of strings, each ended by a zero byte, as VTK writes it in ascii."""
    array = ET.SubElement(data, "Array", type="String", Name=name, NumberOfTuples=str(len(texts)), format="ascii")
    array.text = " ".join(str(byte) for text in texts for byte in [*text.encode(), 0])


def _words(root: ET.Element, name: str) -> list[str]:
    """The texts that `_strings` wrote; none where there is no such array."""
    codes = (root.findtext(f"FieldData/Array[@Name='{name}']") or "").split()
    return bytes(map(int, codes)).decode().split("\0")[:-1]


def _pvd(field_blocks: Sequence[Block], files: list[str]) -> ET.Element:
    root = ET.Element("VTKFile", type="Collection", version="0.1", byte_order="LittleEndian")
    tree = ET.SubElement(root, "Collection")
    for number, (block, file) in enumerate(zip(field_blocks, files, strict=True)):
        ET.SubElement(tree, "DataSet", timestep="0", group=block.group, part=str(number), name=block.name, file=file)
    return root


def dataset(block: Block, *, scale: float = NANO) -> Any:
    """The block as a pyvista grid, its points times `scale`; components have the names of `PARTS`."""
    import pyvista as pv

    count, corners = block.cells.shape
    cells = np.insert(block.cells, 0, corners, axis=1).ravel()
    grid: Any = pv.UnstructuredGrid(cells, np.full(count, TYPES[block.kind], np.uint8), block.points * scale)
    for name, values in block.data.items():
        grid.point_data[name] = np.ascontiguousarray(values)
        for place, part in enumerate(PARTS[values.shape[1] if values.ndim > 1 else 1]):
            grid.GetPointData().GetAbstractArray(name).SetComponentName(place, part)
    if "region" in block.data:
        grid.cell_data["region"] = block.data["region"][block.cells[:, 0]]
    return grid


def _write_block(block: Block, path: Path) -> None:
    from vtkmodules.vtkIOXML import vtkXMLUnstructuredGridWriter

    path.touch()  # VTK does not say why it cannot write
    grid = dataset(block)
    writer = vtkXMLUnstructuredGridWriter()
    writer.SetInputData(grid)
    writer.SetFileName(str(path))
    writer.SetDataModeToBinary()  # zlib and base64: meshio reads it too
    if not writer.Write() or writer.GetErrorCode():
        raise OSError(writer.GetErrorCode(), "VTK could not write it; is the disk full?")


def read_device(path: str | os.PathLike[str], *, run: str | None = None) -> list[Block]:
    """The blocks that `write_device` wrote, points in m; none where `run` is given and they are of another one."""
    path = Path(path)
    try:
        root = ET.parse(path).getroot()
        kinds = dict(zip(_words(root, "region_names"), _words(root, "region_kinds"), strict=False))
        of = _words(root, "run")
        listed = [
            (group.attrib["name"], entry.attrib["name"], path.parent / entry.attrib["file"])
            for group in root.iterfind("vtkMultiBlockDataSet/Block")
            for entry in group.iterfind("DataSet")
        ]
    except OSError as error:
        raise InputError(Fault(str(path), f"cannot be read: {error.strerror or error}")) from None
    except (ET.ParseError, KeyError, ValueError) as error:
        raise InputError(Fault(str(path), str(error), str(ALLOWED))) from None
    if not any(group == REGIONS for group, *_ in listed):
        raise InputError(Fault(str(path), "lists no regions", str(ALLOWED)))
    if run is not None and of != [run]:
        return []
    insulators = {(REGIONS, name) for name, kind in kinds.items() if kind == INSULATOR}
    return [_read_block(*entry, insulating=entry[:2] in insulators) for entry in listed]


def _read_block(group: str, name: str, file: Path, *, insulating: bool) -> Block:
    import pyvista as pv
    from vtkmodules.vtkIOXML import vtkXMLUnstructuredGridReader

    if not file.is_file():
        raise InputError(Fault(str(file), f"missing, listed as {name!r}", hint="run again"))
    with pv.vtk_verbosity("off"):
        reader = vtkXMLUnstructuredGridReader()
        reader.SetFileName(str(file))
        reader.Update()
        grid: Any = pv.wrap(reader.GetOutput())
    kinds = {number: kind for kind, number in TYPES.items()}
    types = set(grid.celltypes) if isinstance(grid, pv.UnstructuredGrid) else set()
    if len(types) != 1 or not types <= set(kinds) or not set(grid.point_data) <= set(UNITS):
        raise InputError(
            Fault(str(file), "no file of femsot: cells of one kind and arrays of a device expected", hint="run again")
        )
    cells = grid.cells.reshape(grid.n_cells, -1)[:, 1:]
    data = {key: np.array(grid.point_data[key]) for key in grid.point_data}
    shape: dict[str, Any] = {"kind": kinds[types.pop()], "points": np.array(grid.points) / NANO, "cells": cells}
    return Block(name=name, group=group, data=data, insulating=insulating, **shape)
