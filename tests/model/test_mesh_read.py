"""Meshes from files: every format, any orientation, and each refusal with its message."""

import importlib.util
from dataclasses import replace
from pathlib import Path

import meshio
import numpy as np
import pytest
from mesh_samples import KINDS, NM, areas, sample, shuffled, volume
from numpy.testing import assert_allclose

from femsot.base.errors import InputError
from femsot.model.mesh import read, write

FILES = Path(__file__).parent / "meshes"
FORMATS = [("a.msh", "4.1"), ("a.msh", "2.2"), ("a.vtu", "4.1"), ("a.vtk", "4.1"), ("a.xdmf", "4.1")]


def facts(mesh):
    """What does not depend on numbering: per region, interface and contact."""
    found = {name: [volume(mesh, name)] for name in sorted(mesh.regions)}
    for (a, b), rows in mesh.interfaces().items():
        vectors = areas(mesh, rows) * (1 if a > b else -1)  # from F to N, whatever the order of regions
        found["|".join(sorted((a, b)))] = [
            len(rows),
            np.linalg.norm(vectors, axis=1).sum() * 1e9,
            *vectors.sum(0) * 1e9,
        ]
    for name in sorted(mesh.faces):
        rows = mesh.faces[name]
        found[name] = [len(rows), np.linalg.norm(areas(mesh, rows), axis=1).sum() * 1e9]
    return found


def assert_same(found, wanted):
    assert found.keys() == wanted.keys()
    for name in wanted:
        assert_allclose(found[name], wanted[name], rtol=1e-9, atol=1e-20, err_msg=name)


@pytest.mark.parametrize("name, version", FORMATS)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_is_read(tmp_path, kind, *, name, version):
    """A format that loses a name, a face, the plane, or digits of the coordinates."""
    if name.endswith("xdmf") and importlib.util.find_spec("h5py") is None:
        pytest.skip("meshio reads and writes .xdmf with h5py, which is not installed")
    mesh = sample(kind)
    write(mesh, tmp_path / name, version=version)
    again = read(tmp_path / name, depth=mesh.depth if mesh.dimension == 2 else None)
    assert (again.kind, again.plane, len(again.points)) == (mesh.kind, mesh.plane, len(mesh.points))
    assert again.volumes.min() > 0
    assert_same(facts(again), facts(mesh))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(4))
def test_neither_numbering_nor_orientation_nor_rotation_matter(tmp_path, kind, seed):
    """ "Whatever the orientation in the file": points, cells and their vertices in any order, the device turned."""
    rng = np.random.default_rng(seed)
    mesh = sample(kind)
    d = mesh.dimension
    turn = np.linalg.qr(rng.normal(size=(d, d)))[0]
    turn[:, 0] *= np.linalg.det(turn)
    spoiled = shuffled(mesh, rng)
    assert spoiled.volumes.min() < 0  # or nothing is tried
    write(replace(spoiled, points=spoiled.points @ turn.T + 3e-8), tmp_path / "a.msh")
    again = read(tmp_path / "a.msh", depth=mesh.depth if d == 2 else None)
    assert again.volumes.min() > 0
    wanted = facts(mesh)
    wanted["F|N"][2:] = turn @ wanted["F|N"][2:]
    assert_same(facts(again), wanted)
    rows, owners = again.facets()
    away = again.points[rows].mean(1) - again.centres(owners[:, 0])
    assert np.all(np.einsum("fd,fd->f", away, areas(again, rows)) > 0)


@pytest.mark.parametrize("name", ["msh41_ascii", "msh41_binary", "msh22_ascii", "msh22_binary"])
def test_files_of_gmsh_are_read(name):
    """What Gmsh itself writes: meshes/strip_dot.py --size 45 --thickness-size 4, in each format."""
    mesh = read(FILES / f"{name}.msh")
    assert mesh.kind == "tetra"
    assert list(mesh.regions) == ["strip", "dot"]
    assert {contact: len(rows) for contact, rows in mesh.faces.items()} == {"left": 6, "right": 6}
    assert_allclose(volume(mesh, "strip"), 200 * 100 * 4e-27, rtol=1e-12)
    assert_allclose(np.linalg.norm(areas(mesh, mesh.faces["left"]), axis=1).sum(), 100 * 4e-18, rtol=1e-12)
    ((pair, rows),) = mesh.interfaces().items()
    assert pair == ("strip", "dot")
    assert_allclose(areas(mesh, rows).sum(0)[2] * 2e-9, volume(mesh, "dot"), rtol=1e-12)


def test_prisms_of_gmsh_become_tetrahedra():
    """A side's diagonal that differs between neighbours, or a contact's quadrilateral split the other way."""
    mesh = read(FILES / "prisms.msh")
    assert mesh.kind == "tetra"
    assert_allclose([volume(mesh, "low"), volume(mesh, "high")], [30 * 20 * 4e-27, 30 * 20 * 3e-27], rtol=1e-12)
    sizes = {name: np.linalg.norm(areas(mesh, rows), axis=1).sum() for name, rows in mesh.faces.items()}
    assert_allclose([sizes["left"], sizes["top"]], [20 * 7e-18, 30 * 20e-18], rtol=1e-12)


def saved(tmp_path, raw, name="a.msh"):
    """A mesh of meshio's as a file."""
    path = tmp_path / name
    raw.write(path, **({"file_format": "gmsh22"} if name.endswith(".msh") else {}))
    return path


def squares(*, z=(0.0, 0.0), regions=("N", "F"), extra=()):
    """Raw mesh of two squares of 10 nm side by side, `extra` more blocks (kind, rows, tag)."""
    points = np.array([[x, y, z[0] + z[1] * x] for y in (0.0, 10.0) for x in (0.0, 10.0, 20.0)])
    blocks = [("quad", np.array([[0, 1, 4, 3], [1, 2, 5, 4]])), *[(kind, np.array(rows)) for kind, rows, _ in extra]]
    tags = [np.array([1, 2]), *[np.full(len(rows), tag) for _, rows, tag in extra]]
    fields = {name: np.array([i + 1, 2]) for i, name in enumerate(regions) if name}
    fields |= {f"group{tag}": np.array([tag, 1]) for kind, _, tag in extra if kind == "line"}
    data = {"gmsh:physical": tags, "gmsh:geometrical": tags}
    return meshio.Mesh(points, blocks, cell_data=data, field_data=fields)


def test_unused_points_are_dropped_and_coincident_ones_merged(tmp_path):
    """Regions meshed alike but apart: without merging nothing crosses between them."""
    raw = squares()
    raw.points = np.concatenate([raw.points, raw.points[[1, 4]] + 1e-7, [[99.0, 5.0, 0.0]]])
    raw.cells[1 - 1].data[1] = [6, 2, 5, 7]
    mesh = read(saved(tmp_path, raw))
    assert len(mesh.points) == 6
    assert [len(rows) for rows in mesh.interfaces().values()] == [1]


@pytest.mark.parametrize("axes, plane", [((0, 1, 2), "xy"), ((0, 2, 1), "xz")])
def test_the_plane_is_that_of_the_constant_coordinate(tmp_path, axes, plane):
    """A cross-section taken for a film: current along y instead of z."""
    raw = squares()
    raw.points = raw.points[:, axes]
    mesh = read(saved(tmp_path, raw), depth=4 * NM)
    assert mesh.plane == plane
    assert_allclose(mesh.volumes, 10 * 10 * 4e-27)
    drawn = read(saved(tmp_path, raw), plane="xz")
    assert (drawn.plane, drawn.depth) == ("xz", 1.0)


def test_a_group_named_like_the_interface_is_taken_for_it(tmp_path):
    """A careful user who names what the regions imply is not refused."""
    raw = squares(extra=[("line", [[1, 4]], 3)])
    raw.field_data["F|N"] = raw.field_data.pop("group3")
    assert not read(saved(tmp_path, raw)).faces


def test_names_from_numbers_where_a_file_has_no_names(tmp_path):
    """A .vtu with nothing but an integer array."""
    raw = squares()
    raw.field_data = {}
    raw.cell_data = {"region": [np.array([7, 4])]}
    assert list(read(saved(tmp_path, raw, "a.vtu")).regions) == ["4", "7"]


def test_the_arrays_of_a_file_have_readable_names(tmp_path):
    """Names that ParaView shows."""
    write(sample("quad"), tmp_path / "a.vtu")
    assert set(meshio.read(tmp_path / "a.vtu").cell_data) == {"region", "region/N", "region/F", "face/left", "face/top"}


def test_refusals_say_what_to_do(tmp_path):
    """Each with its own message, none with a traceback of meshio's."""
    pentagon = meshio.Mesh(np.random.default_rng(0).random((5, 3)), [("polygon", np.arange(5)[None])])
    lines = meshio.Mesh(np.eye(3), [("line", np.array([[0, 1]]))])
    steep = squares(z=(0.0, 0.3))
    upright = squares()
    upright.points = upright.points[:, [2, 0, 1]]
    for raw, options, message in (
        (lines, {}, "cells: got line, allowed: triangle, quad, tetra, hexahedron, wedge, pyramid"),
        (steep, {}, r"points: the 2D cells lie in no coordinate plane \(extents 20 x 10 x 6 nm\)"),
        (upright, {}, r"plane: got yz for a 2D mesh, allowed: xz \(cross-section\), xy \(film\)"),
        (squares(), {"plane": "xyz"}, "plane: got xyz for a 2D mesh"),
        (squares(), {"plane": "zx"}, "plane: got 'zx', allowed: xyz, xz, xy"),
        (
            squares(),
            {"length_unit": 1.0},
            r"length_unit: got 1 m, .* is 20 m large, .*likely length_unit: 1e-06 .* or 1e-09",
        ),
        (squares(), {"length_unit": 1e-18}, "length_unit: got 1e-18 m, with which the device is 2e-08 nm large"),
        (squares(), {"length_unit": 0.0}, "length_unit: got 0, allowed: a finite number > 0"),
        (squares(extra=[("line", [[0, 4]], 3)]), {}, "faces.group3: 1 of 1 are no face of a cell"),
        (squares(extra=[("line", [[1, 4]], 3)]), {}, "faces.group3: 1 of 1 are inside the device, between 'N' and 'F'"),
    ):
        with pytest.raises(InputError, match=message):
            read(saved(tmp_path, raw), **options)
    message = "cells: got polygon, allowed: triangle, .*, of first or second order; mesh with first order"
    with pytest.raises(InputError, match=message):
        read(saved(tmp_path, pentagon, "a.vtu"))


def test_files_that_are_no_meshes_are_told(tmp_path, capfd):
    """meshio prints and ends the interpreter."""
    for name, text, why in (
        ("a.msh", "no mesh", "is no Gmsh file that can be read: it has no .MeshFormat"),
        ("a.msh", "", "is no Gmsh file that can be read: it has no .MeshFormat"),
        ("a.vtu", "<xml", "is no mesh that can be read: damaged, cut off, or no .vtu file"),
        ("a.vtk", "no", "is no mesh that can be read: .*; if ParaView or pyvista opens it, save it as .vtu"),
        ("a.txt", "no mesh", "got the ending '.txt', allowed: .msh, .vtu, .vtk, .xdmf, or another"),
        ("a", "no mesh", "got the ending 'none', allowed: .msh"),
    ):
        (tmp_path / name).write_text(text)
        with pytest.raises(InputError, match=rf"{name}: {why}"):
            read(tmp_path / name)
    with pytest.raises(InputError, match=r"none\.msh: cannot be read: No such file"):
        read(tmp_path / "none.msh")
    assert capfd.readouterr() == ("", "")


def test_a_depth_is_of_2d(tmp_path):
    """A thickness given twice, of which one is ignored."""
    with pytest.raises(InputError, match="depth: given for a mesh in 3D, allowed: in 2D only"):
        read(FILES / "msh41_binary.msh", depth=1e-9)


def test_writing_refuses_what_loses_names(tmp_path):
    """A format in which regions have no names, or half a file."""
    for name, version in (("a.stl", "4.1"), ("a", "4.1"), ("a.msh", "4")):
        with pytest.raises(InputError, match=r"allowed: \.msh, \.vtu, \.vtk, \.xdmf; 4\.1, 2\.2"):
            write(sample("quad"), tmp_path / name, version=version)
    with pytest.raises(InputError, match="cannot be written"):
        write(sample("quad"), FILES / "prisms.msh" / "a.msh")
    assert not list(tmp_path.iterdir())
