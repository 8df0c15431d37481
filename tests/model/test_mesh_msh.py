"""Gmsh's files: groups whatever their signs, numbers and numbers of dimensions; each damage with its own message."""

import os
import re
import socket
import struct
from pathlib import Path

import numpy as np
import pytest
from mesh_samples import areas, volume
from numpy.testing import assert_allclose, assert_array_equal

from femsot.base.errors import InputError
from femsot.model.mesh import read

FILES = Path(__file__).parent / "meshes"
GMSH = FILES / "gmsh"  #: two boxes of 20 x 10 x 4 nm side by side, as Gmsh 4.15 writes them
#: 2D: two rectangles of 20 x 10 nm, triangles beside quadrilaterals
FLAT = ["flat41_minus", "flat22_binary"]


def facts(mesh):
    """Sizes of regions [nm^3 or nm^2] and contacts [nm^2 or nm]."""
    unit = 1e27 if mesh.dimension == 3 else 1e18
    regions = {name: round(unit * volume(mesh, name), 6) for name in mesh.regions}
    sizes = {name: np.linalg.norm(areas(mesh, rows), axis=1).sum() for name, rows in mesh.faces.items()}
    return regions | {name: round(size * unit / 1e9, 6) for name, size in sizes.items()}


TWO = {"Pt": 800, "Co": 800, "left": 40, "right": 40}


@pytest.mark.parametrize("name", ["minus41_text", "minus41_binary", "saveall41", "parametric41", "parametric41_binary"])
def test_groups_of_gmsh_are_read(name):
    """A group with a minus sign dropped; cells without a group or with parameters that make meshio fail."""
    assert facts(read(GMSH / f"{name}.msh")) == TWO
    assert facts(read(GMSH / "partitioned22.msh")) == TWO


@pytest.mark.parametrize("name, twin", [("negative", "positive"), ("mixed", "mixed_positive")])
def test_a_minus_sign_is_an_orientation(name, twin):
    """Half of a contact lost: 511 instead of 500 ohm."""
    mesh = read(FILES / f"{name}.msh")
    assert facts(mesh) == facts(read(FILES / f"{twin}.msh"))
    assert facts(mesh)["left"] == {"negative": 100, "mixed": 40}[name]


@pytest.mark.parametrize("groups", ["2 11 -21", "2 -21 11", "2 -11 -21", "3 -11 21 11"])
def test_one_entity_in_several_groups_one_of_them_negative(tmp_path, groups):
    """Only the first tag of an entity looked at, or only the positive ones."""
    text = (FILES / "negative.msh").read_text()
    text = text.replace("1 -11 0", f"{groups} 0").replace('4\n2 11 "left"', '5\n2 21 "again"\n2 11 "left"')
    (tmp_path / "a.msh").write_text(text)
    with pytest.raises(
        InputError, match=r"faces\.again: 1 of 1 belong to 'left' too; a face is one contact's; .* ignore = "
    ):
        read(tmp_path / "a.msh")
    assert facts(read(tmp_path / "a.msh", ignore=("again",))) == facts(read(FILES / "positive.msh"))


@pytest.mark.parametrize("name", FLAT)
def test_triangles_with_quadrilaterals_and_curves_with_signs(name):
    """A 2D mesh of two kinds of cells: every quadrilateral is two triangles."""
    mesh = read(GMSH / f"{name}.msh")
    assert mesh.kind == "triangle"
    assert facts(mesh) == {"Pt": 200, "Co": 200, "left": 10, "right": 10}


def test_hexahedra_and_tetrahedra_meet_over_pyramids():
    """A side of a hexahedron split otherwise than the pyramid on it: the two would not match."""
    mesh = read(GMSH / "pyramids.msh")
    assert mesh.kind == "tetra"
    assert facts(mesh) == {"Pt": 2000, "Co": 2000, "left": 100, "right": 100}
    assert_allclose(np.linalg.norm(areas(mesh, mesh.interfaces()["Pt", "Co"]), axis=1).sum(), 100e-18, rtol=1e-12)


@pytest.mark.parametrize("name", ["second41", "second22_binary"])
def test_cells_of_second_order_keep_their_corners(name):
    """Refused, or read with mid-side nodes for corners."""
    mesh = read(GMSH / f"{name}.msh")
    (caution,) = mesh.cautions
    assert str(caution).startswith("mesh: 44 cells and faces are of second order: their corners are kept")
    assert facts(mesh) == TWO
    assert len(np.unique(mesh.cells)) == len(mesh.points)


@pytest.mark.parametrize("name", ["gmsh/both22_binary", "gmsh/both41_binary", "two22", "two41"])
def test_cells_in_two_groups_are_told_by_both_names(name):
    """2.2 writes such a cell twice, 4.1 once with two tags: the same words for both, and the same way out."""
    path = FILES / f"{name}.msh"
    total = r"36 of 36|2 of 2"
    message = (
        rf"regions: ({total}) cells are in more than one region, the first at .*, in 'Pt' and 'metal'; .* ignore = "
    )
    with pytest.raises(InputError, match=message):
        read(path)
    assert list(read(path, ignore=("metal",)).regions) == ["Pt", "Co"]


def test_numbers_count_anew_in_each_dimension(tmp_path):
    """Volume 1 and surface 1 without names: all faces lost without a word."""
    assert list(read(FILES / "numbers_apart.msh").faces) == ["11", "12"]
    mesh = read(FILES / "numbers_apart.msh")
    assert list(mesh.regions) == ["1", "2"]
    for name, version in (("shared.msh", None), ("a.msh", "2.2"), ("a.vtu", "2.2")):
        path = FILES / "numbers_shared.msh" if version is None else tmp_path / name
        if version is not None:
            _with_shared_numbers(path)
        with pytest.raises(
            InputError, match="faces: '1' is the name of a region too, allowed: a name of its own; numbers"
        ):
            read(path)


def _with_shared_numbers(path):
    import meshio

    mesh = read(FILES / "numbers_apart.msh")
    blocks = [("quad", mesh.faces["11"]), ("quad", mesh.faces["12"]), ("hexahedron", mesh.cells)]
    tags = [np.array([1]), np.array([2]), np.array([1, 2])]
    key = "gmsh:physical" if path.suffix == ".msh" else "region"
    data = {key: tags, "gmsh:geometrical": tags} if path.suffix == ".msh" else {key: tags}
    raw = meshio.Mesh(mesh.points * 1e9, blocks, cell_data=data)
    raw.write(path, **({"file_format": "gmsh22"} if path.suffix == ".msh" else {}))


def test_groups_are_forgotten_by_name(tmp_path):
    """An inner surface with a name refuses the file; an unknown name is told."""
    text = (FILES / "positive.msh").read_text()
    text = text.replace("0 0 2 2\n", "0 0 3 2\n3 20 0 0 20 10 10 1 13 0\n").replace(
        "4 4 1 4", "5 5 1 5\n2 3 3 1\n9 5 6 8 7"
    )
    (tmp_path / "a.msh").write_text(text)
    with pytest.raises(InputError, match=r"faces\.13: 1 of 1 are inside the device, between 'Pt' and 'Co'"):
        read(tmp_path / "a.msh")
    assert facts(read(tmp_path / "a.msh", ignore=("13",))) == facts(read(FILES / "positive.msh"))
    with pytest.raises(InputError, match="ignore: got 'lid', known: 13, Co, Pt, left, right"):
        read(tmp_path / "a.msh", ignore=("13", "lid"))


@pytest.mark.parametrize(
    "name, message",
    [
        ("partitioned41", r"the mesh is partitioned; save it whole \(Gmsh: .*gmsh -unpartition\)"),
        ("parametric22", "nodes carry parameters; save with Mesh.SaveParametric = 0"),
        ("msh40", r"MSH 4.0; save as MSH 4.1 or 2.2 \(Gmsh: Mesh.MshFileVersion = 4.1\)"),
    ],
)
def test_what_gmsh_writes_and_we_do_not_read_is_told(name, message):
    """Errors of numpy and of meshio's code."""
    with pytest.raises(InputError, match=rf"{name}.msh: is no Gmsh file that can be read: {message}$"):
        read(GMSH / f"{name}.msh")


def test_saving_all_in_22_leaves_groups_out():
    """All cells in no region, and no word of what did it."""
    with pytest.raises(InputError, match=r"regions: 36 of 36 cells are in no region, .*Mesh\.SaveAll = 0"):
        read(GMSH / "saveall22.msh")


def test_a_byte_order_mark_is_no_fault(tmp_path):
    """A file that an editor of Windows has saved."""
    (tmp_path / "a.msh").write_bytes(b"\xef\xbb\xbf" + (FILES / "positive.msh").read_bytes().replace(b"\n", b"\r\n"))
    assert facts(read(tmp_path / "a.msh")) == facts(read(FILES / "positive.msh"))


def test_names_that_are_not_utf8_are_told(tmp_path):
    """Latin-1 from an old editor."""
    (tmp_path / "a.msh").write_bytes((FILES / "positive.msh").read_bytes().replace(b'"left"', b'"Gr\xfc\xdfe"'))
    with pytest.raises(InputError, match=r"names of its physical groups are not in UTF-8; save the \.geo file"):
        read(tmp_path / "a.msh")


@pytest.mark.parametrize("name", ["positive", "gmsh/minus41_binary", "two22", "gmsh/second22_binary", "msh41_binary"])
def test_a_file_cut_off_anywhere_is_told(tmp_path, name):
    """Errors of indices, or half a device that is solved without a word."""
    whole = (FILES / f"{name}.msh").read_bytes()
    whole = whole[: whole.rindex(b"$EndElements")]
    for end in np.linspace(0, len(whole), 60).astype(int):
        (tmp_path / "a.msh").write_bytes(whole[:end])
        with pytest.raises(
            InputError, match=r"a\.msh: is no Gmsh file that can be read: it(s .MeshFormat says| has no| ends within)"
        ):
            read(tmp_path / "a.msh")


def test_random_damage_is_refused_in_our_words(tmp_path):
    """A traceback of numpy; what can still be read may be read."""
    rng = np.random.default_rng(1)
    words = ("list index", "invalid literal", "Traceback", "np.", "could not", "NoneType", "array(")
    refused = 0
    for name in ("positive", "gmsh/minus41_binary", "two22", "gmsh/second22_binary"):
        whole = (FILES / f"{name}.msh").read_bytes()
        for _ in range(60):
            data = bytearray(whole)
            for place in rng.integers(len(data), size=rng.integers(1, 6)):
                data[place] = rng.integers(256)
            (tmp_path / "a.msh").write_bytes(data)
            try:
                read(tmp_path / "a.msh", ignore=())
            except InputError as error:
                refused += 1
                assert not any(word in str(error) for word in words), error
    assert refused > 50


@pytest.mark.parametrize("bad, shown", [("nan", "nan"), ("inf", "inf"), ("-1e308", "-1e[+]308")])
def test_points_that_are_no_places_are_told(tmp_path, bad, shown):
    """A search tree that fails on nan, or a size that overflows."""
    text = (FILES / "positive.msh").read_text()
    (tmp_path / "a.msh").write_text(text.replace("\n20 10 10\n", f"\n{bad} 10 10\n"))
    with pytest.raises(
        InputError, match=rf"points: 1 of 12 are not finite or beyond 1e100, the first is \({shown}, 10, 10\)"
    ):
        read(tmp_path / "a.msh")


def test_vertices_that_there_are_not_are_told(tmp_path):
    """Vertex -1 is the last point in numpy."""
    text = (FILES / "positive.msh").read_text()
    (tmp_path / "a.msh").write_text(text.replace("1 5 7 3 2 6 8 4", "1 5 7 3 2 6 8 99"))
    message = "cells: 1 of 1 of kind hexahedron have vertices that are not among the 12 points"
    with pytest.raises(InputError, match=message):
        read(tmp_path / "a.msh")


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("size", [4, 8])
@pytest.mark.parametrize("name", ["negative", "mixed"])
def test_binary_files_of_any_machine_are_the_text(tmp_path, order, size, *, name):
    """The text packed anew: signs, bytes the other way round, counts of 4 bytes."""
    text = (FILES / f"{name}.msh").read_text()
    (tmp_path / "a.msh").write_bytes(packed(text, order, "QI"[size == 4]))
    mesh, wanted = read(tmp_path / "a.msh"), read(FILES / f"{name}.msh")
    assert facts(mesh) == facts(wanted)
    assert_array_equal(mesh.points, wanted.points)


def packed(text, order, count):
    """A text of MSH 4.1 in binary: "i" whole numbers, `count` counts and tags of nodes and elements, "d" places."""
    parts = dict(re.findall(r"\$(\w+)\n(.*?)\n\$End", text, re.DOTALL))
    numbers = {section: iter(parts[section].split()) for section in ("Entities", "Nodes", "Elements")}

    def put(section, kinds):
        values = [float(next(numbers[section])) for _ in kinds]
        values = [value if kind == "d" else int(value) for kind, value in zip(kinds, values, strict=True)]
        bodies[section] += struct.pack(order + kinds, *values)
        return values

    bodies = dict.fromkeys(numbers, b"")
    for dimension, entities in enumerate(put("Entities", 4 * count)):
        for _ in range(entities):
            groups = put("Entities", "i" + ("ddd" if dimension == 0 else "dddddd") + count)[-1]
            bounds = put("Entities", "i" * groups + count)[-1] if dimension else 0
            put("Entities", "i" * bounds)
    for _ in range(put("Nodes", 4 * count)[0]):
        nodes = put("Nodes", "iii" + count)[-1]
        put("Nodes", count * nodes)
        put("Nodes", "ddd" * nodes)
    for _ in range(put("Elements", 4 * count)[0]):
        *_, kind, elements = put("Elements", "iii" + count)
        put("Elements", count * elements * {3: 5, 5: 9}[kind])
    head = f"$MeshFormat\n4.1 1 {struct.calcsize('<' + count)}\n".encode() + struct.pack(f"{order}i", 1)
    head += f"\n$EndMeshFormat\n$PhysicalNames\n{parts['PhysicalNames']}\n$EndPhysicalNames\n".encode()
    return head + b"".join(f"${x}\n".encode() + y + f"\n$End{x}\n".encode() for x, y in bodies.items())


def test_pipes_devices_and_sockets_are_refused_at_once(tmp_path, monkeypatch):
    """A pipe that nobody writes to hangs for ever."""
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe.msh")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.vtu")
        (tmp_path / "device.msh").symlink_to("/dev/zero")
        (tmp_path / "folder.msh").mkdir()
        kinds = {"pipe.msh": "named pipe", "socket.vtu": "socket", "device.msh": "device", "folder.msh": "folder"}
        for name, kind in kinds.items():
            with pytest.raises(InputError, match=rf"{name}: is a {kind}.*, allowed: a file"):
                read(name)
    for name in ("a\0.msh", "x" * 5000 + ".msh"):
        with pytest.raises(InputError, match=r"is no path of a file|cannot be read"):
            read(name)
