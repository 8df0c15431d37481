"""OVF files, the vector fields of OOMMF, mumax3 and Ubermag: reads 1.0 and 2.0, writes 2.0.

Format: M. J. Donahue and D. G. Porter, OOMMF User's Guide (NISTIR 6376), chapter "File Formats".
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np

from femsot.base.errors import Checks, Fault, InputError, did_you_mean
from femsot.base.files import read_file, replacing
from femsot.base.quantities import Array

Form = Literal["text", "binary 4", "binary 8"]
#: both micro signs, U+00B5 and the Greek letter
LENGTH_UNITS = {"m": 1.0, "mm": 1e-3, "um": 1e-6, "\u00b5m": 1e-6, "\u03bcm": 1e-6, "nm": 1e-9}
LARGEST_GRID = 100_000_000  #: cells of a file that is read
IRREGULAR = Fault("", "has an irregular mesh, which is not read", "a rectangular mesh")
NO_END = Fault("", "ends early: no line '# End: Data' after the numbers")
#: what a converter writes into `meshunit` if it does not know
_UNKNOWN_UNITS = ("", "unknown", "unspecified", "none", "{}")
#: the number that starts binary data, to tell whether bytes are read in the right order
_CONTROL = {"4": 1234567.0, "8": 123456789012345.0}
#: versions by the first line, lower case; 0.99 and 0.0a0 are other names of 1.0
_HEADS = {"# oommf ovf 2.0": 2} | {f"# oommf: rectangular mesh v{x}": 1 for x in ("1.0", "0.99", "0.0a0")}
_GRID_KEYS = frozenset(
    [f"{axis}{word}" for axis in "xyz" for word in ("nodes", "stepsize", "base", "min", "max")]
    + ["meshtype", "meshunit", "valuedim", "valuemultiplier"]
)
_DATA = re.compile(
    rb"^#[ \t]*begin:[ \t]*data[ \t]+(?P<form>text|binary[ \t]+[48])[ \t]*\r?\n", re.IGNORECASE | re.MULTILINE
)
_END = re.compile(rb"^#[ \t]*end:[ \t]*data\b", re.IGNORECASE | re.MULTILINE)
_COMMENT = re.compile(rb"##[^\r\n]*")


@dataclass(frozen=True, eq=False)
class VectorGrid:
    """One vector in each cell of a regular grid."""

    values: Array  #: (nx, ny, nz, 3), of the cells' middles
    corner: Array  #: (3,) lowest corner of the first cell [m]
    step: Array  #: (3,) size of a cell [m]
    name: str = "m"  #: of the quantity
    unit: str = "1"  #: of the vectors

    def __post_init__(self) -> None:
        checks = Checks("grid")
        fields = (
            ("values", self.values, (None, None, None, 3)),
            ("corner", self.corner, (3,)),
            ("step", self.step, (3,)),
        )
        for field, value, shape in fields:
            array = np.array(value, dtype=float)
            array.setflags(write=False)
            object.__setattr__(self, field, array)
            good = len(shape) == array.ndim and all(a in (None, b) for a, b in zip(shape, array.shape, strict=True))
            if not good or not array.size:
                wanted = "(nx, ny, nz, 3)" if field == "values" else "(3,)"
                checks.fail(field, allowed=str(wanted), value=f"shape {array.shape}")
        checks.finite(values=self.values, corner=self.corner)
        checks.positive(step=self.step)
        checks.done()

    @property
    def cells(self) -> tuple[int, ...]:
        """How many along x, y and z."""
        return self.values.shape[:3]

    @cached_property
    def axes(self) -> tuple[Array, ...]:
        """The cells' middles along x (nx,), y (ny,) and z (nz,) [m]."""
        return tuple(self.corner[i] + (np.arange(n) + 0.5) * self.step[i] for i, n in enumerate(self.cells))

    @property
    def points(self) -> Array:
        """The cells' middles (nx ny nz, 3) [m], in the order of `values.reshape(-1, 3)`."""
        return np.stack(np.meshgrid(*self.axes, indexing="ij"), axis=-1).reshape(-1, 3)


def read(path: str | os.PathLike[str], *, length_unit: str | None = None) -> VectorGrid:
    """Return the vectors of an OVF file, text or binary.

    Parameters
    ----------
    path : the file.
    length_unit : of its positions, such as "nm", where the file itself does not know it.

    Raises
    ------
    InputError
        If it is no rectangular grid of vectors, if its data are not what its header says, or if its unit of length is
        unknown, or another than `length_unit`.
    """
    content = read_file(path)
    try:
        with np.errstate(all="ignore"):  # what is not finite is refused
            return _grid(content, length_unit)
    except InputError as error:
        raise InputError([fault.within(str(path)) for fault in error.faults]) from None
    except MemoryError:
        raise InputError(Fault(str(path), "does not fit into memory")) from None


def write(grid: VectorGrid, path: str | os.PathLike[str], *, form: Form = "binary 8") -> None:
    """Write OVF 2.0, whole or not at all.

    Parameters
    ----------
    grid : the vectors.
    path : the file.
    form : "binary 8", "binary 4" (seven digits) or "text" (every digit).

    Raises
    ------
    InputError
        For another form.
    """
    if form not in get_args(Form):
        raise InputError(Fault("form", "", *did_you_mean(str(form), get_args(Form)), value=repr(form)))
    # x runs fastest
    word = form.capitalize()
    order = grid.values.transpose(2, 1, 0, 3).reshape(-1, 3)
    with replacing(path) as part, part.open("wb") as file:
        file.write(_header(grid).encode() + f"# Begin: Data {word}\n".encode())
        if form == "text":
            np.savetxt(file, order, fmt="%.17g")
        else:
            size = form[-1]
            np.array([_CONTROL[size]], dtype=f"<f{size}").tofile(file)
            order.astype(f"<f{size}").tofile(file)
            file.write(b"\n")
        file.write(f"# End: Data {word}\n# End: Segment\n".encode())


def _header(grid: VectorGrid) -> str:
    """Everything before the data, with the keys that OOMMF, mumax3 and Ubermag know and no other."""
    upper = grid.corner + np.array(grid.cells) * grid.step
    name, unit = ("_".join(text.split()) for text in (grid.name, grid.unit))
    rows = {"Title": name, "meshtype": "rectangular", "meshunit": "m"}
    for key, numbers in {"min": grid.corner, "max": upper, "base": grid.corner + grid.step / 2}.items():
        rows |= {axis + key: repr(float(x)) for axis, x in zip("xyz", numbers, strict=True)}
    rows |= {f"{axis}nodes": str(n) for axis, n in zip("xyz", grid.cells, strict=True)}
    rows |= {f"{axis}stepsize": repr(float(x)) for axis, x in zip("xyz", grid.step, strict=True)}
    rows["valuedim"] = "3"
    rows["valuelabels"] = " ".join(f"{name}_{axis}" for axis in "xyz")
    rows["valueunits"] = " ".join([unit] * 3)
    lines = "".join(f"# {key}: {value}\n" for key, value in rows.items())
    head = "# OOMMF OVF 2.0\n# Segment count: 1\n# Begin: Segment\n# Begin: Header\n"
    return f"{head}{lines}# End: Header\n"


def _grid(content: bytes, length_unit: str | None) -> VectorGrid:
    """Return the grid of a file's content. Raise InputError without the file's name."""
    version = _version(content)
    data = _DATA.search(content)
    if data is None:
        raise InputError(Fault("", "has no data", "# Begin: Data Text, Binary 4 or Binary 8"))
    checks = Checks("")
    head = _keys(checks, content[: data.start()])
    if head.get("meshtype", "rectangular").lower() == "irregular":
        raise InputError(IRREGULAR)
    unit = _length_unit(checks, head.get("meshunit", ""), length_unit)
    step, first, cells = _rectangle(checks, head, version)
    factor = _number(checks, head, "valuemultiplier") if version == 1 and "valuemultiplier" in head else 1.0
    checks.done()
    count = 3 * math.prod(cells)
    if data["form"].lower() == b"text":
        values = _text_numbers(content, data, count)
    else:
        values = _binary_numbers(content, data, count, order="<" if version == 2 else ">")
    shaped = values.reshape(*cells[::-1], 3).transpose(2, 1, 0, 3)
    label = _first(head.get("valuelabels"), "m_x")
    value_unit = _first(head.get("valueunits", head.get("valueunit")), "1")
    return VectorGrid(factor * shaped, unit * first, unit * step, name=label.removesuffix("_x"), unit=value_unit)


def _version(content: bytes) -> int:
    """Return 1 or 2, of the first line. Raise InputError if it is that of no rectangular mesh."""
    line = " ".join(content[:100].split(b"\n")[0].decode("latin-1").lower().split())
    if line.startswith("# oommf: irregular mesh"):
        raise InputError(IRREGULAR)
    if line not in _HEADS:
        known = 'an OVF file, "# OOMMF OVF 2.0" or 1.0 (rectangular mesh)'
        raise InputError(Fault("", "starts with no known line", known))
    return _HEADS[line]


def _first(words: str | None, default: str) -> str:
    """Return the first of several words, each of which may stand in braces.

    Empty braces are what OOMMF writes for no unit, and "None" is what Ubermag writes.
    """
    match = re.match(r"\{(?P<inside>[^}]*)\}|(?P<word>\S+)", words or "")
    if match is None:
        return default
    text = (match["inside"] or "").strip() if match["word"] is None else match["word"]
    return text if text not in ("", "None") else default


def _keys(checks: Checks, content: bytes) -> dict[str, str]:
    """Return the header's keys, lower case without blanks, and their values; `##` starts a comment.

    A key of the grid that has two values is a fault in `checks`.
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    keys: dict[str, str] = {}
    for line in text.splitlines():
        key, _, value = line.partition("##")[0].lstrip("# \t").partition(":")
        name = "".join(key.lower().split())
        if name in _GRID_KEYS and keys.get(name, value.strip()) != value.strip():
            checks.fail(name, f"stands twice, {keys[name]} and {value.strip()}", "one value")
        keys[name] = value.strip()
    return keys


def _length_unit(checks: Checks, stated: str, length_unit: str | None) -> float:
    """Return the unit of length [m], of the file (`stated`) or of the user; faults go into `checks`."""
    names = tuple(LENGTH_UNITS)
    if length_unit is not None and length_unit not in LENGTH_UNITS:
        checks.fail("length_unit", "", *did_you_mean(str(length_unit), names), value=repr(length_unit))
        return 1.0
    if stated.lower() in _UNKNOWN_UNITS:
        if length_unit is None:
            checks.fail("meshunit", "unknown to the file", hint='say it with length_unit, such as length_unit = "nm"')
        return LENGTH_UNITS[length_unit or "m"]
    if stated not in LENGTH_UNITS:
        checks.fail("meshunit", "", *did_you_mean(stated, names), value=repr(stated))
        return 1.0
    if length_unit is not None and LENGTH_UNITS[length_unit] != LENGTH_UNITS[stated]:
        problem = f"but the file has meshunit: {stated}"
        checks.fail("length_unit", problem, hint="leave it out", value=repr(length_unit))
    return LENGTH_UNITS[stated]


def _rectangle(checks: Checks, head: Mapping[str, str], version: int) -> tuple[Array, Array, tuple[int, ...]]:
    """Return step (3,) and lowest corner (3,) in the file's unit, and the number of cells; faults into `checks`."""
    if head.get("segmentcount", "1") != "1":
        checks.fail("Segment count", allowed="1", value=str(head["segmentcount"]))
    if head.get("meshtype", "rectangular").lower() != "rectangular":
        checks.fail("meshtype", allowed="rectangular", value=repr(head["meshtype"]))
    if version == 2 and head.get("valuedim", "3") != "3":
        checks.fail("valuedim", allowed="3, a vector in each cell", value=head["valuedim"])
    cells = [_number(checks, head, f"{axis}nodes") for axis in "xyz"]
    step = np.array([_number(checks, head, f"{axis}stepsize") for axis in "xyz"])
    # the first cell's middle; some programs write the box alone
    based = all(f"{axis}base" in head for axis in "xyz")
    first = np.array([_number(checks, head, f"{axis}{'base' if based else 'min'}") for axis in "xyz"])
    for axis, n, size in zip("xyz", cells, step, strict=True):
        if not n >= 1 or n != int(n):
            checks.fail(f"{axis}nodes", allowed="a whole number >= 1", value=str(head.get(f"{axis}nodes")))
        if not size > 0:
            checks.fail(f"{axis}stepsize", allowed="a number > 0", value=f"{size:g}")
    if not checks.faults and math.prod(cells) > LARGEST_GRID:
        checks.fail("xnodes", f"the grid has {math.prod(cells):.3g} cells", f"at most {LARGEST_GRID:.0e}")
    corner = first - step / 2 if based else first
    return step, corner, tuple(int(n) for n in cells)


def _number(checks: Checks, head: Mapping[str, str], key: str) -> float:
    """Return one number of the header; 1 and a fault if there is none."""
    try:
        value = float(head[key])
        if math.isfinite(value):
            return value
    except KeyError:
        checks.fail(key, "missing, required")
        return 1.0
    except ValueError:
        pass
    checks.fail(key, allowed="a finite number", value=repr(head[key]))
    return 1.0


def _text_numbers(content: bytes, begin: re.Match[bytes], count: int) -> Array:
    """Return the `count` numbers of text data, in which `##` starts a comment."""
    end = _END.search(content, begin.end())
    if end is None:
        raise InputError(NO_END)
    words = _COMMENT.sub(b"", content[begin.end() : end.start()]).split()
    if len(words) != count:
        raise InputError(Fault("", f"has {len(words)} numbers", f"{count}, three for each cell"))
    try:
        return np.array(words, dtype=float)
    except ValueError:
        wrong = next(word for word in words if not _is_number(word)).decode("utf-8", errors="replace")
        raise InputError(Fault("", f"has a word among its numbers: {wrong[:40]!r}", "finite numbers")) from None


def _is_number(word: bytes) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _binary_numbers(content: bytes, begin: re.Match[bytes], count: int, *, order: str) -> Array:
    """Return the `count` numbers of binary data, whose bytes are in `order`, after the number that checks them."""
    size = begin["form"][-1:].decode()
    needed = int(size) * (count + 1)
    size_of_data = len(content) - begin.end()
    if size_of_data < needed:
        raise InputError(Fault("ends early", f"{size_of_data} bytes of data", str(needed)))
    numbers = np.frombuffer(content, dtype=f"{order}f{size}", count=count + 1, offset=begin.end())
    if numbers[0] != _CONTROL[size]:
        swapped = numbers[:1].byteswap()[0] == _CONTROL[size]
        why = ", its bytes are in the other order" if swapped else ""
        control = f"the control number {_CONTROL[size]:.0f}"
        raise InputError(Fault("", f"its binary data starts with {numbers[0]:g}{why}", control))
    rest = content[begin.end() + needed : begin.end() + needed + 100].lstrip()
    if not rest:
        raise InputError(NO_END)
    if _END.match(rest) is None:
        problem = f"has more data than the {count} numbers of its header, three for each cell"
        raise InputError(Fault("", problem, hint="is it damaged?"))
    return numbers[1:].astype(float)
