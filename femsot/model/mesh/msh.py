"""Gmsh's own format, MSH 2.2 and 4.1, text or binary: https://gmsh.info/doc/texinfo/gmsh.html#MSH-file-format

Read here and not by meshio, which forgets groups with a minus sign and names shared between dimensions, and fails on
cells without a group.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from femsot.base.errors import Fault, InputError
from femsot.base.quantities import Array

from .raw import SECOND_ORDER, VERTICES, Raw

#: Gmsh's numbers of the kinds of cells, and how many vertices those of second order have
TYPES = {1: "line", 2: "triangle", 3: "quad", 4: "tetra", 5: "hexahedron", 6: "wedge", 7: "pyramid", 15: "vertex"} | {
    8: "line3",
    9: "triangle6",
    10: "quad9",
    11: "tetra10",
    12: "hexahedron27",
    13: "wedge18",
    14: "pyramid14",
    16: "quad8",
    17: "hexahedron20",
    18: "wedge15",
    19: "pyramid13",
}
#: cells of order 3 and more start here, but for the vertex
HIGHEST = 20
#: sections that are read
READ = ("PhysicalNames", "Entities", "Nodes", "Elements")
CUT = "it ends within ${}: it is cut off; save or copy it again"
#: whole numbers of a text beyond this have lost digits
WHOLE = 2.0**53
Names = dict[tuple[int, int], str]


class _BrokenError(Exception):
    """What is wrong with a file, and what to do."""


@dataclass
class _Stream:
    """Numbers one after another, in text or binary."""

    data: bytes
    at: int = 0
    size_type: str = "u8"  #: of counts and tags of nodes and elements
    order: str = "<"  #: of bytes
    text: Array | None = None  #: the numbers of the section, where the file is text
    section: str = ""

    def line(self) -> bytes:
        """Return the rest of the line, without the line break."""
        end = self.data.find(b"\n", self.at)
        end = len(self.data) if end < 0 else end
        line = self.data[self.at : end]
        self.at = end + 1
        return line.strip()

    def open(self, section: str, *, binary: bool) -> None:
        """Start with the numbers of a section."""
        self.section = section
        if binary:
            self.text = None
            return
        end = self.data.find(f"$End{section}".encode(), self.at)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                self.text = np.fromstring(self.data[self.at : end], dtype=float, sep=" ")
        except (ValueError, DeprecationWarning):
            raise _BrokenError(f"${section} holds something that is no number") from None
        self.at = 0

    def take(self, dtype: str, count: int) -> Array:
        """Return the next numbers: of `dtype` i4, f8 or, for "size", of the file's own."""
        if count < 0 or count > len(self.data):
            raise _BrokenError(f"${self.section} counts {count} entries, more than the file can hold")
        if self.text is not None:
            part = self.text[self.at : self.at + count]
            self.at += count
        else:
            kind = np.dtype(self.order + (self.size_type if dtype == "size" else dtype))
            left = max(len(self.data) - self.at, 0) // kind.itemsize
            part = np.frombuffer(self.data, kind, count=min(count, left), offset=min(self.at, len(self.data)))
            self.at += count * kind.itemsize
        if len(part) < count:
            raise _BrokenError(CUT.format(self.section))
        if dtype == "f8":
            return part.astype(float)
        if self.text is not None and not np.all(np.abs(part) < WHOLE):
            raise _BrokenError(f"${self.section} holds a number that is too large")
        return part.astype(np.int64)

    def number(self, dtype: str) -> int:
        """Return the next whole number."""
        return int(self.take(dtype, 1)[0])


def read_msh(path: Path) -> Raw:
    """Return the cells and physical groups of a .msh file. Raise InputError if it is none that can be read."""
    data = path.read_bytes().removeprefix(b"\xef\xbb\xbf")  # the mark that Windows' editors put before UTF-8
    try:
        return _read(data)
    except _BrokenError as error:
        raise InputError(Fault(str(path), f"is no Gmsh file that can be read: {error}")) from None


def _read(data: bytes) -> Raw:
    version, binary, stream = _header(data)
    sections = _sections(data, stream.at)
    for word, what in (
        (
            "PartitionedEntities",
            "the mesh is partitioned; save it whole (Gmsh: Mesh > Unpartition, or gmsh -unpartition)",
        ),
        ("ParametricNodes", "nodes carry parameters; save with Mesh.SaveParametric = 0"),
    ):
        if word in sections:
            raise _BrokenError(what)
    for word in ("Nodes", "Elements"):
        if word not in sections:
            raise _BrokenError(f"it has no ${word}; is it cut off, or was the mesh never made (gmsh -3)?")
    names = _names(data, sections)
    if version == "2.2":
        return _read22(stream, sections, binary=binary, names=names)
    return _read41(stream, sections, binary=binary, names=names)


def _header(data: bytes) -> tuple[str, bool, _Stream]:
    """Return "2.2" or "4.1", whether it is binary, and the stream after the header."""
    start = re.search(rb"^\s*\$MeshFormat\s*?\n", data, re.MULTILINE)
    if start is None:
        old = b"$NOD" in data[:1000]
        why = "MSH 1; save as MSH 4.1 or 2.2 (Gmsh: Mesh.MshFileVersion = 4.1)" if old else "it has no $MeshFormat"
        raise _BrokenError(why)
    stream = _Stream(data, start.end(), section="MeshFormat")
    words = stream.line().decode("ascii", "replace").split()
    if len(words) != 3 or words[1] not in ("0", "1") or words[2] not in ("4", "8"):
        raise _BrokenError(f"its $MeshFormat says {' '.join(words)[:40]!r}, allowed: such as 4.1 0 8")
    version = {"2": "2.2", "2.0": "2.2", "2.1": "2.2", "2.2": "2.2", "4.1": "4.1"}.get(words[0])
    if version is None:
        version = {"4": "4.0"}.get(words[0], words[0][:10])
        raise _BrokenError(f"MSH {version}; save as MSH 4.1 or 2.2 (Gmsh: Mesh.MshFileVersion = 4.1)")
    stream.size_type = f"u{words[2]}"
    if words[1] == "1" and data[stream.at : stream.at + 4] == b"\x00\x00\x00\x01":
        stream.order = ">"
    return version, words[1] == "1", stream


def _sections(data: bytes, start: int) -> dict[str, int]:
    """Return where each section begins; those that are read must have an end."""
    places: dict[str, int] = {}
    begin = re.compile(rb"^\$(?!End)([A-Za-z]{3,40})[ \t\r]*\n", re.MULTILINE)
    for match in begin.finditer(data, start):
        name = match[1].decode("ascii")
        if data.find(f"$End{name}".encode(), match.end()) >= 0:
            places.setdefault(name, match.end())
        elif name in READ:
            raise _BrokenError(CUT.format(name))
    return places


def _names(data: bytes, sections: dict[str, int]) -> Names:
    """Return the names of physical groups by (number, dimension)."""
    if "PhysicalNames" not in sections:
        return {}
    body = data[sections["PhysicalNames"] : data.index(b"$EndPhysicalNames", sections["PhysicalNames"])]
    try:
        lines = [line.strip() for line in body.decode("utf-8").split("\n") if line.strip()]
    except UnicodeDecodeError:
        raise _BrokenError("names of its physical groups are not in UTF-8; save the .geo file as UTF-8") from None
    names: Names = {}
    for line in lines[1:]:
        match = re.fullmatch(r'(\d)\s+(-?\d{1,18})\s+"(.*)"', line)
        if match is None:
            raise _BrokenError(f'$PhysicalNames has the line {line[:60]!r}, allowed: such as 3 1 "Pt"')
        names[abs(int(match[2])), int(match[1])] = match[3]
    if not lines or lines[0] != str(len(lines) - 1):
        raise _BrokenError("$PhysicalNames does not hold as many names as it says")
    return names


def _read22(stream: _Stream, sections: dict[str, int], *, binary: bool, names: Names) -> Raw:
    stream.at = sections["Nodes"]
    count = _count(stream, "Nodes")
    stream.open("Nodes", binary=binary)
    if binary:
        rows = stream.take("u1", 28 * count).astype(np.uint8).reshape(-1, 28)  # a tag of 4 bytes, 3 coordinates of 8
        tags = np.ascontiguousarray(rows[:, :4]).view(f"{stream.order}i4").ravel().astype(np.int64)
        points = np.ascontiguousarray(rows[:, 4:]).view(f"{stream.order}f8").astype(float)
    else:
        table = stream.take("f8", 4 * count).reshape(-1, 4)
        tags = table[:, 0].astype(np.int64)
        points = table[:, 1:]
    raw = Raw(points)
    stream.at = sections["Elements"]
    count = _count(stream, "Elements")
    stream.open("Elements", binary=binary)
    position = _Positions(tags)
    while count > 0:
        kind_name, cells, groups = _run22(stream, count, binary=binary)
        count -= len(cells)
        block = raw.add_block(kind_name, position.of(cells))
        raw.number(block, np.abs(groups), names)
    return raw


def _count(stream: _Stream, section: str) -> int:
    word = stream.line()
    if not word.isdigit() or len(word) > 12:
        raise _BrokenError(f"${section} does not begin with a count")
    return int(word)


def _run22(stream: _Stream, left: int, *, binary: bool) -> tuple[str, Array, Array]:
    """Return the kind, the vertices (n, v) and the group (n,) of the next elements that are alike."""
    start = stream.at
    # text: number, type, tags, ...; binary: type, how many follow, tags, then number, ...
    head = stream.take("i4", 3)
    code, tags = (int(head[0]), int(head[2])) if binary else (int(head[1]), int(head[2]))
    together = int(head[1]) if binary else 1
    name = _type(code)
    width = tags + _vertices(name)
    if not 0 <= tags < 1000 or not 1 <= together <= left:
        raise _BrokenError("$Elements holds what is no element")
    if together > 1:
        rows = stream.take("i4", together * (width + 1)).reshape(together, -1)[:, 1:]
    else:
        stream.at = start
        rows = _alike(stream, left, 3 + width + (1 if binary else 0), head=(0, 2) if binary else (1, 2))
        rows = rows[:, 3 + (1 if binary else 0) :]
    groups = rows[:, 0] if tags else np.zeros(len(rows), dtype=np.int64)
    return name, rows[:, tags:], groups


def _alike(stream: _Stream, left: int, width: int, *, head: tuple[int, int]) -> Array:
    """Return as many rows (n, width) as have the same numbers in the columns `head` as the first."""
    size = 1 if stream.text is not None else 4
    parts: list[Array] = []
    ask = 64
    first: Array | None = None
    while left > 0:
        rest = (len(stream.data) - stream.at) // 4 if stream.text is None else len(stream.text) - stream.at
        ask = min(ask, left, rest // width)
        if ask == 0:
            break
        rows = stream.take("i4", ask * width).reshape(ask, width)
        first = rows[0] if first is None else first
        same = np.all(rows[:, head] == first[list(head)], axis=1)
        number = ask if same.all() else int(np.argmin(same))
        parts.append(rows[:number])
        stream.at -= (ask - number) * width * size
        left -= number
        if number < ask:
            break
        ask *= 2
    if first is None:
        stream.take("i4", width)
    return np.concatenate(parts)


def _type(code: int) -> str:
    if code not in TYPES:
        what = "cells of third order or more" if code >= HIGHEST else "cells of an unknown kind"
        raise _BrokenError(f"it holds {what} (Gmsh's type {code}); mesh with Mesh.ElementOrder = 1")
    return TYPES[code]


def _vertices(name: str) -> int:
    digits = re.search(r"\d+$", name)
    return VERTICES[name] if name not in SECOND_ORDER or digits is None else int(digits[0])


class _Positions:
    """Where the node of each tag is in the table of points; -1 for none."""

    def __init__(self, tags: Array) -> None:
        self.order = np.argsort(tags, kind="stable")
        self.tags = tags[self.order]

    def of(self, tags: Array) -> Array:
        """Return the positions of nodes by their tags, of the same shape."""
        if not len(self.tags):
            return np.full(tags.shape, -1)
        at = np.minimum(np.searchsorted(self.tags, tags), len(self.tags) - 1)
        return np.where(self.tags[at] == tags, self.order[at], -1)


def _read41(stream: _Stream, sections: dict[str, int], *, binary: bool, names: Names) -> Raw:
    groups: dict[tuple[int, int], list[int]] = {}
    if "Entities" in sections:
        stream.at = sections["Entities"]
        stream.open("Entities", binary=binary)
        groups = _entities(stream)
    stream.at = sections["Nodes"]
    stream.open("Nodes", binary=binary)
    blocks = stream.take("size", 4)[0]
    tags = [np.zeros(0, dtype=np.int64)]
    points = [np.zeros((0, 3))]
    for _ in range(blocks):
        dimension, _, parametric = stream.take("i4", 3)
        count = stream.number("size")
        tags.append(stream.take("size", count))
        width = 3 + (int(dimension) if parametric else 0)
        points.append(stream.take("f8", width * count).reshape(-1, width)[:, :3])
    raw = Raw(np.concatenate(points))
    position = _Positions(np.concatenate(tags))
    stream.at = sections["Elements"]
    stream.open("Elements", binary=binary)
    blocks = stream.take("size", 4)[0]
    for _ in range(blocks):
        dimension, entity, code = (int(x) for x in stream.take("i4", 3))
        name = _type(code)
        count = stream.number("size")
        rows = stream.take("size", count * (1 + _vertices(name))).reshape(count, -1)[:, 1:]
        block = raw.add_block(name, position.of(rows))
        for number in groups.get((dimension, entity), ()):
            raw.name(names.get((number, dimension), str(number)), block, np.arange(count))
    return raw


def _entities(stream: _Stream) -> dict[tuple[int, int], list[int]]:
    """Return the physical groups of each entity (dimension, tag), whatever their signs: those are orientations."""
    groups = {}
    for dimension, count in enumerate(stream.take("size", 4)):
        for _ in range(count):
            tag = stream.number("i4")
            stream.take("f8", 3 if dimension == 0 else 6)
            groups[dimension, tag] = sorted({abs(int(x)) for x in stream.take("i4", stream.number("size"))})
            if dimension > 0:
                stream.take("i4", stream.number("size"))
    return groups
