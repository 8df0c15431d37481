"""Files, tables and pictures of devices in 2D and 3D; each docstring names the bug that the test catches."""

import device_results as given
import meshio
import numpy as np
import pytest
import pyvista as pv
from console import printed
from numpy.testing import assert_allclose, assert_array_equal

import femsot as fs
from femsot.base.errors import InputError
from femsot.io import blocks as device_fields
from femsot.io import device_vtk
from femsot.io import ovf as grid
from femsot.plot import device_tables, report, tables

# fields


def test_blocks_hold_the_fields_of_the_solution(dot, dot_blocks):
    """A flux tensor with its axes exchanged, a jump of the wrong sign, or the m of a non-magnet left out."""
    assert [(block.name, block.group) for block in dot_blocks] == [
        ("strip", "regions"),
        ("dot", "regions"),
        ("strip|dot", "interfaces"),
    ]
    strip, magnet, face = dot_blocks
    region = dot.regions["strip"]
    assert_array_equal(strip.data["phi"], region.mu[:, 0])
    assert_array_equal(strip.data["mu_o"], region.mu[:, 4:])
    for a in range(3):
        for i in range(3):
            assert_array_equal(strip.data["J_s"][:, 3 * a + i], region.J[:, 1 + a, i])
            assert_array_equal(strip.data["J_o"][:, 3 * a + i], region.J[:, 4 + a, i])
    for name in ("m", "torque", "field"):
        assert not np.any(strip.data[name])
    for name in ("m", "field"):
        assert_array_equal(magnet.data[name], getattr(dot.regions["dot"], name))
    # linear, so that its integral by the vertices is exact but for rounding
    torque = dot.regions["dot"].torque
    assert_allclose(magnet.data["torque"], torque, rtol=0, atol=1e-14 * np.abs(torque).max())
    assert set(magnet.data["region"]) == {1}
    lower, upper = (given.linear(given.MU[name], face.points) for name in ("strip", "dot"))
    assert_array_equal(face.data["jump_mu_s"], (lower - upper)[:, 1:4])
    assert set(device_fields.UNITS) == {*strip.data, *face.data}


def test_a_field_that_is_not_known_is_nan_in_a_magnet(dot):
    """A zero field where no saturation magnetization was given: read as "no torque"."""
    region = dot.regions["dot"]
    known, region.field = region.field, None
    try:
        assert np.all(np.isnan(device_fields.blocks(dot)[1].data["field"]))
    finally:
        region.field = known


@pytest.mark.parametrize(
    ("name", "unit", "signed"),
    [
        ("phi", "V", True),
        ("mu_s", "V", False),
        ("mu_s_y", "V", True),
        ("J_s_zx", "A/m^2", True),
        ("torque", "A/m^3", False),
    ],
)
def test_fields_by_name(name, unit, signed, *, dot_blocks):
    """A component of another axis, a size taken for a component, or a wrong unit."""
    what = device_fields.shown(dot_blocks, name)
    assert (what.unit, what.signed) == (unit, signed)
    data = dot_blocks[0].data
    expected = {
        "phi": data["phi"],
        "mu_s": np.linalg.norm(data["mu_s"], axis=1),
        "mu_s_y": data["mu_s"][:, 1],
        "J_s_zx": data["J_s"][:, 6],
        "torque": 0 * data["phi"],
    }
    assert_array_equal(what.values["strip"], expected[name])
    assert list(what.values) == ["strip", "dot"]
    assert list(device_fields.shown(dot_blocks, "torque_magnetization_y").values) == ["strip|dot"]


def test_a_field_that_is_none_is_told_with_what_there_is(dot_blocks):
    """A KeyError for a wrong name, or the largest spin potential not shown where none is named."""
    with pytest.raises(InputError, match=r"field: got 'mu_s_q', known: .*mu_s_x.*Did you mean"):
        device_fields.shown(dot_blocks, "mu_s_q")
    assert device_fields.shown(dot_blocks).name == "mu_s_y"


def test_files_come_back_as_they_were(solution, tmp_path):
    """Fields rounded to single precision, points of a wrong unit, or a region under another's name."""
    blocks = device_fields.blocks(solution)
    written = device_vtk.write_device(blocks, tmp_path / "new" / "device.vtm", title="Ä <$> & b")
    assert all(path.is_file() for path in written) and len(written) == 2 + len(blocks)
    back = device_vtk.read_device(written[0])
    for one, other in zip(blocks, back, strict=True):
        assert (one.name, one.group, one.kind) == (other.name, other.group, other.kind)
        assert_array_equal(one.cells, other.cells)
        assert_allclose(other.points, one.points, rtol=1e-15, atol=0)
        assert list(one.data) == list(other.data)
        for name, values in one.data.items():
            assert_array_equal(values, other.data[name], strict=True)


def test_names_units_and_nanometres_are_in_the_files(dot_blocks, tmp_path):
    """Blocks called Block0, arrays without unit or components without name, lengths in metres."""
    path = device_vtk.write_device(dot_blocks, tmp_path / "device.vtm", title="Ä <$> & b")[0]
    tree = pv.read(path)
    assert [tree.get_block_name(i) for i in range(2)] == ["regions", "interfaces"]
    assert tree["regions"].keys() == ["strip", "dot"] and tree["interfaces"].keys() == ["strip|dot"]
    words = {name: list(tree.field_data[name]) for name in tree.field_data}
    assert words["title"] == ["Ä <$> & b"] and words["length_unit"] == ["nm"]
    assert words["region_names"] == ["strip", "dot"]
    assert {"phi [V]", "J_s [A/m^2]", "torque [A/m^3]", "jump_mu_s [V]"} <= set(words["units"])
    strip = tree["regions"]["strip"]
    assert_allclose(strip.bounds, (0, 60, 0, 40, 0, 4), atol=1e-12)
    fluxes = strip.GetPointData().GetAbstractArray("J_s")
    assert [fluxes.GetComponentName(i) for i in range(9)] == ["xx", "xy", "xz", "yx", "yy", "yz", "zx", "zy", "zz"]
    assert_array_equal(np.unique(strip.cell_data["region"]), [0])


def test_meshio_reads_the_files_too(dot_blocks, tmp_path):
    """Strings within a .vtu, on which meshio ends the program."""
    written = device_vtk.write_device(dot_blocks, tmp_path / "device.vtm")
    mesh = meshio.read(written[3])
    assert_array_equal(mesh.cells_dict["tetra"], dot_blocks[1].cells)
    assert_array_equal(mesh.point_data["m"], dot_blocks[1].data["m"])


def test_files_are_written_all_or_none(dot_blocks, tmp_path, monkeypatch):
    """The .vtm of a new run beside fields of the old one, or parts left behind, when the disk is full."""
    device_vtk.write_device(dot_blocks, tmp_path / "device.vtm")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    def full(block, path):
        path.write_text("half")
        if block.name == "dot":
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(device_vtk, "_write_block", full)
    with pytest.raises(InputError, match=r"cannot be written: No space left"):
        device_vtk.write_device(dot_blocks, tmp_path / "device.vtm", title="new")
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_folder_that_cannot_be_written_is_told(dot_blocks, tmp_path):
    """VTK writes nothing and says nothing."""
    (tmp_path / "device").write_text("a file where the folder should be")
    with pytest.raises(InputError, match="cannot be written: "):
        device_vtk.write_device(dot_blocks, tmp_path / "device.vtm")


def broken(path, what):
    if what == "missing":
        path.unlink()
    elif what == "no xml":
        path.write_text("<VTKFile>")
    elif what == "empty":
        path.write_text("<VTKFile/>")
    elif what == "no vtu":
        (path.parent / "device" / "1_dot.vtu").write_text("nothing")
    else:
        (path.parent / "device" / "1_dot.vtu").unlink()


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("missing", r"device.vtm: cannot be read: No such file"),
        ("no xml", r"device.vtm: no element found.*, allowed: the .vtm file of a device's run"),
        ("empty", r"device.vtm: lists no regions"),
        ("no vtu", r"1_dot.vtu: no file of femsot"),
        ("gone", r"1_dot.vtu: missing, listed as 'dot'; run again"),
    ],
)
def test_broken_files_are_told_by_name(what, message, *, dot_blocks, tmp_path, capfd):
    """A traceback of VTK or of the XML reader, or VTK's own lines printed over ours."""
    path = device_vtk.write_device(dot_blocks, tmp_path / "device.vtm")[0]
    broken(path, what)
    with pytest.raises(InputError, match=message):
        device_vtk.read_device(path)
    assert capfd.readouterr() == ("", "")


def test_a_solved_device_has_what_output_reads(solved_dot, tmp_path):
    """A name of the solution that output knows by another."""
    blocks = device_fields.blocks(solved_dot)
    back = device_vtk.read_device(device_vtk.write_device(blocks, tmp_path / "device.vtm")[0])
    assert [block.name for block in back] == ["strip", "dot", "strip|dot"]
    assert_array_equal(back[1].data["torque"], blocks[1].data["torque"])
    made = grid.torque_grid(solved_dot, (4e-9, 4e-9, 1e-9))
    received = solved_dot.torque("dot").received * solved_dot.footprint("dot")
    assert_allclose(made.total, received, rtol=0, atol=1e-12 * np.abs(received).max())
    text = printed(*device_tables.device_tables(solved_dot.to_dict()), tables.budget_table(solved_dot.to_dict()))
    assert "left" in text and "strip|dot" in text
    assert "<canvas>" in report.page(solved_dot.to_dict(), fields=blocks)


def test_an_insulator_is_one_by_its_material(tmp_path):
    """A magnetic insulator that is drawn with a potential of 0 V, now or from its files."""
    yig = fs.Insulator(name="YIG", saturation_magnetization=1.4e5)
    solution = given.at_rest(fs.Mixing(mixing=1e14), yig)
    found = device_fields.blocks(solution)
    back = device_vtk.read_device(device_vtk.write_device(found, tmp_path / "device.vtm")[0])
    for made in (found, back):
        assert [block.insulating for block in made] == [False, True, False]
        assert list(device_fields.shown(made, "phi").values) == ["strip"]
