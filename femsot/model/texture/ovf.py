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
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from femsot.base.errors import Checks, Fault, InputError, did_you_mean
from femsot.base.files import replacing
from femsot.base.quantities import Array

Form = Literal["text", "binary 4", "binary 8"]
LENGTH_UNITS = {"m": 1.0, "mm": 1e-3, "um": 1e-6, "µm": 1e-6, "nm": 1e-9}
#: the number that starts binary data, to tell whether bytes are read in the right order
_CONTROL = {"4": 1234567.0, "8": 123456789012345.0}
_HEADS = {"# oommf ovf 2.0": 2, "# oommf: rectangular mesh v1.0": 1}
_DATA = re.compile(
    rb"^#[ \t]*begin:[ \t]*data[ \t]+(?P<form>text|binary[ \t]+[48])[ \t]*\r?\n", re.IGNORECASE | re.MULTILINE
)


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
        for field, shape in (("values", (None, None, None, 3)), ("corner", (3,)), ("step", (3,))):
            array = np.array(getattr(self, field), dtype=float)
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


def read(path: str | os.PathLike[str]) -> VectorGrid:
    """The vectors of an OVF file, text or binary; `InputError` for what is no rectangular grid of vectors."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise InputError(Fault(str(path), f"cannot be read: {error.strerror or error}")) from None
    try:
        return _grid(content)
    except InputError as error:
        raise InputError([fault.within(str(path)) for fault in error.faults]) from None


def write(grid: VectorGrid, path: str | os.PathLike[str], *, form: Form = "binary 8") -> None:
    """Writes OVF 2.0, whole or not at all; "text" keeps every digit, "binary 4" seven of them."""
    if form not in get_args(Form):
        raise InputError(Fault("form", "", *did_you_mean(str(form), get_args(Form)), value=repr(form)))
    word, order = form.capitalize(), grid.values.transpose(2, 1, 0, 3).reshape(-1, 3)  # x runs fastest
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


def _grid(content: bytes) -> VectorGrid:
    version = _HEADS.get(" ".join(content[:100].split(b"\n")[0].decode("latin-1").lower().split()))
    if version is None:
        raise InputError(
            Fault("", "starts with no known line", 'an OVF file, "# OOMMF OVF 2.0" or 1.0 (rectangular mesh)')
        )
    found = _DATA.search(content)
    if found is None:
        raise InputError(Fault("", "has no data", "# Begin: Data Text, Binary 4 or Binary 8"))
    head = _keys(content[: found.start()].decode("utf-8", errors="replace"))
    checks = Checks("")
    step, first, cells = _rectangle(checks, head, version)
    checks.done()
    count = 3 * math.prod(cells)
    values = _numbers(content, found, count=count, order="<" if version == 2 else ">")
    shaped = values.reshape(*cells[::-1], 3).transpose(2, 1, 0, 3)
    factor = float(head.get("valuemultiplier", 1.0)) if version == 1 else 1.0
    label, unit = _first(head.get("valuelabels"), "m_x"), _first(head.get("valueunits", head.get("valueunit")), "1")
    return VectorGrid(factor * shaped, first, step, name=label.removesuffix("_x"), unit=unit)


def _first(words: str | None, default: str) -> str:
    """The first of several words, each of which may stand in braces; "None" is what Ubermag writes for no unit."""
    found = re.match(r"\{(?P<inside>[^}]*)\}|(?P<word>\S+)", words or "")
    text = (found["inside"] or found["word"]) if found else ""
    return text if text not in ("", "None") else default


def _keys(text: str) -> dict[str, str]:
    """The header's keys, lower case without blanks, and their values; `##` starts a comment."""
    pairs = [line.partition("##")[0].lstrip("# \t").partition(":") for line in text.splitlines()]
    return {"".join(key.lower().split()): value.strip() for key, _, value in pairs}


def _rectangle(checks: Checks, head: Mapping[str, str], version: int) -> tuple[Array, Array, tuple[int, ...]]:
    """Step (3,) and lowest corner (3,) in m, and the number of cells; faults go into `checks`."""
    if head.get("segmentcount", "1") != "1":
        checks.fail("Segment count", allowed="1", value=str(head["segmentcount"]))
    if head.get("meshtype", "rectangular").lower() != "rectangular":
        checks.fail("meshtype", allowed="rectangular", value=repr(head["meshtype"]))
    if version == 2 and head.get("valuedim", "3") != "3":
        checks.fail("valuedim", allowed="3, a vector in each cell", value=str(head["valuedim"]))
    unit = LENGTH_UNITS.get(head.get("meshunit", "m"))
    if unit is None:
        checks.fail("meshunit", "", *did_you_mean(head["meshunit"], LENGTH_UNITS), value=repr(head["meshunit"]))
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
    corner = first - step / 2 if based else first
    return step * (unit or 1.0), corner * (unit or 1.0), tuple(int(n) for n in cells)


def _number(checks: Checks, head: Mapping[str, str], key: str) -> float:
    """One number of the header; 1 and a fault if there is none."""
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


def _numbers(content: bytes, found: re.Match[bytes], *, count: int, order: str) -> Array:
    """The `count` numbers of the data."""
    size = found["form"][-1:].decode()
    if size not in _CONTROL:
        words = content[found.end() :].partition(b"#")[0].split()
        if len(words) != count:
            raise InputError(Fault("", f"has {len(words)} numbers", f"{count}, three for each cell"))
        try:
            return np.array(words, dtype=float)
        except ValueError as error:
            raise InputError(Fault("has other words than numbers in its data", str(error))) from None
    given = len(content) - found.end()
    if given < int(size) * (count + 1):
        raise InputError(Fault("ends early", f"{given} bytes of data", str(int(size) * (count + 1))))
    data = np.frombuffer(content, dtype=f"{order}f{size}", count=count + 1, offset=found.end())
    if data[0] != _CONTROL[size]:
        raise InputError(
            Fault("", f"its binary data starts with {data[0]:g}", f"the control number {_CONTROL[size]:.0f}")
        )
    return data[1:].astype(float)
