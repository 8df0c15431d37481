"""OVF files: what OOMMF, mumax3 and Ubermag write is read, what is written they read."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from femsot.base.errors import InputError
from femsot.base.files import read_file
from femsot.base.units import Quantity
from femsot.io.config import read_job
from femsot.io.files import read_result
from femsot.model.texture import ovf

GRID = ovf.VectorGrid(
    np.random.default_rng(0).normal(size=(3, 4, 2, 3)) * 1e5,
    (1e-9, -2e-9, 3e-9),
    (1e-9, 2e-9, 0.5e-9),
    name="torque",
    unit="A/m^3",
)
#: the header of mumax3, letter by letter
MUMAX = """\
# OOMMF OVF 2.0
# Segment count: 1
# Begin: Segment
# Begin: Header
# Title: m
# meshtype: rectangular
# meshunit: m
# xmin: 0
# ymin: 0
# zmin: 0
# xmax: 6e-09
# ymax: 8e-09
# zmax: 3e-09
# valuedim: 3
# valuelabels: m_x m_y m_z
# valueunits: 1 1 1
# Desc: Total simulation time:  0  s
# xbase: 1e-09
# ybase: 2e-09
# zbase: 1.5e-09
# xnodes: 3
# ynodes: 2
# znodes: 1
# xstepsize: 2e-09
# ystepsize: 4e-09
# zstepsize: 3e-09
# End: Header
"""
ROWS = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [-1, 0, 0], [0, -1, 0], [0, 0, 0.5]])  # x runs fastest
OOMMF1 = """\
# OOMMF: rectangular mesh v1.0
#
## a comment: of the user
# Segment count: 1
# Begin: Segment
# Begin: Header
# Title: old
# meshtype: rectangular
# meshunit: nm
# xbase: 1.0
# ybase: 2.0
# zbase: 1.5
# xstepsize: 2.0
# ystepsize: 4.0
# zstepsize: 3.0
# xnodes: 3
# ynodes: 2
# znodes: 1
# xmin: 0
# ymin: 0
# zmin: 0
# xmax: 6
# ymax: 8
# zmax: 3
# valueunit: A/m
# valuemultiplier: 8e5
# ValueRangeMinMag: 0
# ValueRangeMaxMag: 1
# End: Header
"""


def text_file(header: str = MUMAX, rows: np.ndarray = ROWS, *, end: str = "\n") -> bytes:
    """As mumax3 writes it, with a blank at the end of every row."""
    data = "".join(" ".join(f"{x:g}" for x in row) + " \n" for row in rows)
    whole = f"{header}# Begin: Data Text\n{data}# End: Data Text\n# End: Segment\n"
    return whole.replace("\n", end).encode()


def binary_file(size: int, *, order: str = "<", header: str = MUMAX) -> bytes:
    kind, control = {4: ("f", 1234567.0), 8: ("d", 123456789012345.0)}[size]
    data = struct.pack(f"{order}{1 + ROWS.size}{kind}", control, *ROWS.ravel())
    return (
        f"{header}# Begin: Data Binary {size}\n".encode()
        + data
        + f"# End: Data Binary {size}\n# End: Segment\n".encode()
    )


MADE = {
    "text": text_file(),
    "text of Windows": text_file(end="\r\n"),
    "binary 4": binary_file(4),
    "binary 8": binary_file(8),
    "lower case": binary_file(8).replace(b"# Begin: Data", b"# begin: data").replace(b"xnodes", b"x Nodes"),
    "without base": b"".join(x for x in binary_file(8).splitlines(keepends=True) if b"base" not in x),
}


@pytest.mark.parametrize("content", MADE.values(), ids=MADE)
def test_a_file_of_mumax3_is_read(content: bytes, tmp_path: Path) -> None:
    """Bug caught: x and z exchanged, a corner half a cell off, the blank at the end of a row taken for a number."""
    path = tmp_path / "m.ovf"
    path.write_bytes(content)
    grid = ovf.read(path)
    assert grid.cells == (3, 2, 1) and (grid.name, grid.unit) == ("m", "1")
    assert_allclose(grid.corner, 0, atol=1e-24)
    assert_allclose(grid.step, [2e-9, 4e-9, 3e-9], rtol=1e-15)
    assert_array_equal(grid.values[:, 0, 0], ROWS[:3])
    assert_array_equal(grid.values[:, 1, 0], ROWS[3:])
    assert_allclose([axis[-1] for axis in grid.axes], [5e-9, 6e-9, 1.5e-9], rtol=1e-14)
    assert_allclose(grid.points[1], [1e-9, 6e-9, 1.5e-9], rtol=1e-14)


@pytest.mark.parametrize("content", [text_file(OOMMF1), *(binary_file(n, order=">", header=OOMMF1) for n in (4, 8))])
def test_the_first_version_has_its_bytes_the_other_way_round(content: bytes, tmp_path: Path) -> None:
    """Bug caught: version 1 read as little-endian, its multiplier or the mesh's unit ignored."""
    path = tmp_path / "m.omf"
    path.write_bytes(content)
    grid = ovf.read(path)
    assert_allclose(grid.values[:, 1, 0], 8e5 * ROWS[3:], rtol=1e-15)
    assert_allclose(grid.step, [2e-9, 4e-9, 3e-9], rtol=1e-15)
    assert_allclose(grid.corner, 0, atol=1e-24)
    assert grid.unit == "A/m"


@pytest.mark.parametrize("form", ["text", "binary 4", "binary 8"])
def test_what_is_written_is_read(form: ovf.Form, tmp_path: Path) -> None:
    path = tmp_path / "new" / "t.ovf"
    ovf.write(GRID, path, form=form)
    again = ovf.read(path)
    assert_allclose(again.values, GRID.values, rtol=1e-7 if form == "binary 4" else 0)
    assert_allclose(again.corner, GRID.corner, rtol=1e-14)
    assert_array_equal(again.step, GRID.step)
    assert (again.name, again.unit) == ("torque", "A/m^3")


def test_the_written_header_is_the_one_that_others_read(tmp_path: Path) -> None:
    """mumax3 stops at a key that it does not know; Ubermag takes the box from min and max."""
    path = tmp_path / "t.ovf"
    ovf.write(GRID, path, form="text")
    lines = path.read_text().splitlines()
    known = {line.partition(":")[0] for line in MUMAX.splitlines()}
    head = lines[: lines.index("# End: Header") + 1]
    assert {line.partition(":")[0] for line in head} <= known
    assert head[0] == "# OOMMF OVF 2.0" and lines[len(head)] == "# Begin: Data Text"
    assert lines[-2:] == ["# End: Data Text", "# End: Segment"]
    keys = dict(line.removeprefix("# ").split(": ") for line in head[2:])
    assert_allclose([float(keys[k]) for k in ("xmin", "ymax", "zbase")], [1e-9, 6e-9, 3.25e-9], rtol=1e-14)
    assert keys["valuelabels"] == "torque_x torque_y torque_z" and keys["valueunits"] == "A/m^3 A/m^3 A/m^3"
    assert_allclose([float(x) for x in lines[len(head) + 2].split()], GRID.values[1, 0, 0], rtol=0)


def test_discretisedfield_reads_and_writes_the_same(tmp_path: Path) -> None:
    df = pytest.importorskip("discretisedfield")
    for form in ("text", "binary 4", "binary 8"):
        ovf.write(GRID, tmp_path / "t.ovf", form=form)
        field = df.Field.from_file(tmp_path / "t.ovf")
        assert_allclose(field.array, GRID.values, rtol=1e-7)
        assert_allclose(field.mesh.region.pmin, GRID.corner, rtol=1e-12)
        assert_allclose(field.mesh.cell, GRID.step, rtol=1e-12)
    for form in ("txt", "bin4", "bin8"):
        field.to_file(tmp_path / "d.ovf", representation=form)
        again = ovf.read(tmp_path / "d.ovf")
        assert_allclose(again.values, GRID.values, rtol=1e-7)
        assert_allclose(again.corner, GRID.corner, rtol=1e-12)


BAD = {
    "empty": (b"", "starts with no known line"),
    "picture": (b"\x89PNG\r\n\x1a\n", "starts with no known line"),
    "header alone": (MUMAX.encode(), "has no data, allowed: # Begin: Data Text"),
    "scalars": (text_file(MUMAX.replace("valuedim: 3", "valuedim: 1")), "valuedim: got 1, allowed: 3"),
    "irregular": (
        text_file(MUMAX.replace("rectangular", "irregular")),
        "bad.ovf: has an irregular mesh, which is not read",
    ),
    "unit": (text_file(MUMAX.replace("unit: m", "unit: nn")), r"meshunit: got 'nn', known: .*Did you mean 'nm'"),
    "two segments": (text_file(MUMAX.replace("count: 1", "count: 2")), "Segment count: got 2, allowed: 1"),
    "no nodes": (text_file(MUMAX.replace("# ynodes: 2\n", "")), "ynodes: missing, required"),
    "half a node": (text_file(MUMAX.replace("ynodes: 2", "ynodes: 2.5")), "ynodes: got 2.5, allowed: a whole number"),
    "word": (text_file(MUMAX.replace("xstepsize: 2e-09", "xstepsize: two")), "xstepsize: got 'two', allowed: a finite"),
    "no step": (
        text_file(MUMAX.replace("zstepsize: 3e-09", "zstepsize: 0")),
        "zstepsize: got 0, allowed: a number > 0",
    ),
    "short text": (text_file(rows=ROWS[:5]), "has 15 numbers, allowed: 18"),
    "words": (text_file().replace(b"0.5", b"abc"), "has a word among its numbers: 'abc', allowed: finite numbers"),
    "nan": (text_file().replace(b"0.5", b"nan"), "grid.values: got nan, allowed: a finite number"),
    "short binary": (binary_file(8)[:-80], "ends early: .* bytes of data, allowed: 152"),
    "irregular 1.0": (
        b"# OOMMF: irregular mesh v0.0\n" + text_file(OOMMF1),
        "has an irregular mesh, which is not read",
    ),
    "multiplier": (text_file(OOMMF1.replace("8e5", "apples")), "valuemultiplier: got 'apples', allowed: a finite"),
    "infinite multiplier": (text_file(OOMMF1.replace("8e5", "inf")), "valuemultiplier: got 'inf', allowed: a finite"),
    "overflow": (text_file(OOMMF1.replace("8e5", "1e308"), 10 * ROWS), "grid.values: got (-)?inf, allowed: a finite"),
    "unknown unit": (
        text_file(MUMAX.replace("meshunit: m", "meshunit: unknown")),
        'meshunit: unknown to the file; say it with length_unit, such as length_unit = "nm"',
    ),
    "empty unit": (text_file(MUMAX.replace("meshunit: m", "meshunit:")), "meshunit: unknown to the file; say it"),
    "no unit": (text_file(MUMAX.replace("# meshunit: m\n", "")), "meshunit: unknown to the file; say it"),
    "two sizes": (
        text_file(MUMAX.replace("# End: Header", "# xnodes: 2\n# End: Header")),
        "xnodes: stands twice, 3 and 2, allowed: one value",
    ),
    "huge": (
        text_file(MUMAX.replace("nodes: 2", "nodes: 200000").replace("nodes: 1", "nodes: 1e5")),
        r"xnodes: the grid has 6e\+10 cells, allowed: at most 1e\+08",
    ),
    "no end of text": (text_file().partition(b"# End: Data")[0], "ends early: no line '# End: Data'"),
    "no end of binary": (binary_file(8).partition(b"# End: Data")[0], "ends early: no line '# End: Data'"),
    "long binary": (
        binary_file(8, header=MUMAX.replace("xnodes: 3", "xnodes: 2")),
        "has more data than the 12 numbers of its header, three for each cell",
    ),
    "header in the data": (text_file().replace(b"0.5", b"0.5\n# xnodes: 3"), "has 21 numbers, allowed: 18"),
    "swapped bytes": (
        binary_file(4, order=">"),
        "in the other order, allowed: the control number 1234567",
    ),
}


@pytest.mark.parametrize(("content", "message"), BAD.values(), ids=BAD)
def test_a_bad_file_is_one_clear_message(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.ovf"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as error:
        ovf.read(path)
    assert len(error.value.faults) == 1 and error.value.faults[0].path == str(path)


@pytest.mark.parametrize("form", ["text", "binary 4", "binary 8"])
def test_every_cut_and_every_damaged_byte_is_an_input_error(form: str, tmp_path: Path) -> None:
    """Bug caught: a traceback of float(), of numpy or of re for a file that is damaged anywhere."""
    rng = np.random.default_rng(7)
    content = {"text": text_file(OOMMF1), "binary 4": binary_file(4), "binary 8": binary_file(8)}[form]
    path = tmp_path / "bad.ovf"
    for _ in range(300):
        damaged = bytearray(content[: rng.integers(len(content))] if rng.random() < 0.3 else content)
        for place in rng.integers(max(len(damaged), 1), size=rng.integers(1, 4)):
            damaged[place : place + 1] = rng.bytes(1)
        path.write_bytes(damaged)
        try:
            ovf.read(path)
        except InputError as error:
            assert all(str(fault).startswith(f"{path}: ") for fault in error.faults)


@pytest.mark.parametrize("unit", ["\u00b5m", "\u03bcm"])
def test_both_micro_signs_are_read(unit: str, tmp_path: Path) -> None:
    """Bug caught: the Greek letter refused beside the micro sign, which looks the same; here and in TOML."""
    path = tmp_path / "m.ovf"
    path.write_bytes(text_file(MUMAX.replace("meshunit: m", f"meshunit: {unit}")))
    assert_allclose(ovf.read(path).step, [2e-15, 4e-15, 3e-15], rtol=1e-15)
    assert Quantity("m").read(f"5 {unit}") == 5e-6
    assert Quantity("ohm m").read(f"5 {unit[0]}ohm cm") == 5e-8
    path.write_bytes(path.read_text(encoding="utf-8").encode("latin-1", errors="replace"))
    if unit == "\u00b5m":
        assert_allclose(ovf.read(path).step, [2e-15, 4e-15, 3e-15], rtol=1e-15)


def test_a_unit_that_the_file_does_not_know_is_given(tmp_path: Path) -> None:
    """Bug caught: a file of unknown scale that cannot be read at all, or whose own unit is overridden."""
    path = tmp_path / "m.ovf"
    path.write_bytes(text_file(MUMAX.replace("meshunit: m", "meshunit: unknown").replace("e-09", "")))
    assert_allclose(ovf.read(path, length_unit="nm").step, [2e-9, 4e-9, 3e-9], rtol=1e-15)
    assert_allclose(ovf.read(path, length_unit="nm").corner, 0, atol=1e-24)
    with pytest.raises(InputError, match=r"m\.ovf: length_unit: got 'nn', known: .*Did you mean 'nm'"):
        ovf.read(path, length_unit="nn")
    path.write_bytes(text_file())
    assert_array_equal(ovf.read(path, length_unit="m").step, ovf.read(path).step)
    with pytest.raises(InputError, match="length_unit: got 'um' but the file has meshunit: m; leave it out"):
        ovf.read(path, length_unit="um")


@pytest.mark.parametrize("version", ["0.99", "0.0a0"])
def test_early_versions_are_read_as_the_first(version: str, tmp_path: Path) -> None:
    """Bug caught: OOMMF's own samples refused; its guide calls these synonyms of 1.0."""
    path = tmp_path / "m.omf"
    path.write_bytes(text_file(OOMMF1.replace("v1.0", f"v{version}")))
    assert_allclose(ovf.read(path).values[:, 1, 0], 8e5 * ROWS[3:], rtol=1e-15)


def test_comments_in_text_data_are_skipped(tmp_path: Path) -> None:
    """Bug caught: everything after the first comment dropped, "has 0 numbers"."""
    path = tmp_path / "m.ovf"
    content = text_file().replace(b"Data Text\n", b"Data Text\n## x y z\n", 1).replace(b"0.5", b"0.5 ## the last")
    path.write_bytes(content)
    assert_array_equal(ovf.read(path).values[:, 1, 0], ROWS[3:])


def test_empty_braces_are_no_unit(tmp_path: Path) -> None:
    """Bug caught: a unit None, which cannot be written again."""
    path = tmp_path / "m.ovf"
    path.write_bytes(text_file(MUMAX.replace("valueunits: 1 1 1", "valueunits: {} {} {}")))
    grid = ovf.read(path)
    assert grid.unit == "1"
    ovf.write(grid, tmp_path / "again.ovf")
    again = ovf.read(tmp_path / "again.ovf")
    assert (again.unit, again.name) == ("1", "m")
    assert_array_equal(again.values, grid.values)


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    """Bug caught: a reader that waits for ever for a named pipe, or fills the memory with zeros of a device."""
    os.mkfifo(tmp_path / "pipe.ovf")
    with pytest.raises(InputError, match=r"pipe\.ovf: is a named pipe \(FIFO\), allowed: a file; write its content"):
        ovf.read(tmp_path / "pipe.ovf")
    with pytest.raises(InputError, match="/dev/zero: is a device, allowed: a file"):
        ovf.read("/dev/zero")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        with pytest.raises(InputError, match="s: is a socket, allowed: a file"):
            ovf.read(tmp_path / "s")
    with pytest.raises(InputError, match="cannot be read: embedded null"):
        ovf.read("a\0b.ovf")
    (tmp_path / "large").write_bytes(b"x" * 100)
    with pytest.raises(InputError, match="large: has 100 bytes, allowed: 99, so that it fits into memory"):
        read_file(tmp_path / "large", largest=99)


def test_all_faults_of_a_header_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "bad.ovf"
    path.write_bytes(text_file(MUMAX.replace("ynodes: 2", "ynodes: 0").replace("valuedim: 3", "valuedim: 6")))
    with pytest.raises(InputError) as error:
        ovf.read(path)
    assert [x.inside[0] for x in error.value.faults] == ["valuedim", "ynodes"]
    with pytest.raises(InputError, match=r"none\.ovf: cannot be read: No such file"):
        ovf.read(tmp_path / "none.ovf")


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bug caught: a full disk leaves half a file in place of the good one."""
    path = tmp_path / "t.ovf"
    ovf.write(GRID, path)
    before = path.read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savetxt", full)
    with pytest.raises(InputError, match=r"t\.ovf: cannot be written: No space left"):
        ovf.write(GRID, path, form="text")
    assert path.read_bytes() == before and [x.name for x in tmp_path.iterdir()] == ["t.ovf"]


def test_bad_grids_are_refused() -> None:
    with pytest.raises(InputError) as error:
        ovf.VectorGrid(np.zeros((2, 2, 3)), (0, 0, 0), (1e-9, 0, 1e-9))
    assert [str(x).partition(", allowed")[0] for x in error.value.faults] == [
        "grid.values: got shape (2, 2, 3)",
        "grid.step: got 0",
    ]
    with pytest.raises(InputError, match=r"form: got 'binary', known: .*Did you mean"):
        ovf.write(GRID, "x.ovf", form="binary")  # type: ignore[arg-type]


@pytest.mark.parametrize("read", [read_job, read_result])
def test_other_inputs_that_are_no_files_are_refused_too(read: Callable[[Path], object], tmp_path: Path) -> None:
    """Bug caught: a TOML file or a result that is a named pipe is waited for."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match=r"pipe: is a named pipe \(FIFO\), allowed: a file"):
        read(tmp_path / "pipe")
