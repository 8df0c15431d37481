"""Files, tables and pictures of devices in 2D and 3D; each docstring names the bug that the test catches."""

import io
import json
import subprocess
import sys
import warnings
from dataclasses import replace

import device_results as given
import meshio
import numpy as np
import pytest
import pyvista as pv
import stack_results
from numpy.testing import assert_allclose, assert_array_equal
from rich.console import Console
from typer.testing import CliRunner

import femsot as fs
from femsot.base.errors import InputError
from femsot.base.files import write_json
from femsot.cli import app
from femsot.interfaces import Ohmic
from femsot.io import blocks as device_fields
from femsot.io import device_vtk, noise
from femsot.io import ovf as grid
from femsot.model.device import Region, Terminal
from femsot.plot import device_tables, files, line, maps, report, scene, tables
from femsot.plot import view as stack_view
from femsot.plot.profiles import budget_figure, profiles_figure

SOLUTIONS = {"strip_dot": given.strip_dot, "cross": given.cross, "disc": given.disc}


@pytest.fixture(name="solution", params=SOLUTIONS)
def _solution(request):
    return SOLUTIONS[request.param]()


@pytest.fixture(name="dot", scope="module")
def _dot():
    return given.strip_dot()


@pytest.fixture(name="found", scope="module")
def _found(dot):
    return device_fields.blocks(dot)


def printed(*made):
    console = Console(width=140, record=True, file=io.StringIO())
    console.print(*made)
    return console.export_text()


# fields


def test_blocks_hold_the_fields_of_the_solution(dot, found):
    """A flux tensor with its axes exchanged, a jump of the wrong sign, or the m of a non-magnet left out."""
    assert [(block.name, block.group) for block in found] == [
        ("strip", "regions"),
        ("dot", "regions"),
        ("strip|dot", "interfaces"),
    ]
    strip, magnet, face = found
    region = dot.regions["strip"]
    assert_array_equal(strip.data["phi"], region.mu[:, 0])
    assert_array_equal(strip.data["mu_o"], region.mu[:, 4:])
    for a in range(3):
        for i in range(3):
            assert_array_equal(strip.data["J_s"][:, 3 * a + i], region.J[:, 1 + a, i])
            assert_array_equal(strip.data["J_o"][:, 3 * a + i], region.J[:, 4 + a, i])
    for name in ("m", "torque", "field"):
        assert not np.any(strip.data[name])
        assert_array_equal(magnet.data[name], getattr(dot.regions["dot"], name))
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
def test_fields_by_name(name, unit, signed, *, found):
    """A component of another axis, a size taken for a component, or a wrong unit."""
    what = device_fields.shown(found, name)
    assert (what.unit, what.signed) == (unit, signed)
    data = found[0].data
    expected = {
        "phi": data["phi"],
        "mu_s": np.linalg.norm(data["mu_s"], axis=1),
        "mu_s_y": data["mu_s"][:, 1],
        "J_s_zx": data["J_s"][:, 6],
        "torque": 0 * data["phi"],
    }
    assert_array_equal(what.values["strip"], expected[name])
    assert list(what.values) == ["strip", "dot"]
    assert list(device_fields.shown(found, "torque_magnetization_y").values) == ["strip|dot"]


def test_a_field_that_is_none_is_told_with_what_there_is(found):
    """A KeyError for a wrong name, or the largest spin potential not shown where none is named."""
    with pytest.raises(InputError, match=r"field: got 'mu_s_q', known: .*mu_s_x.*Did you mean"):
        device_fields.shown(found, "mu_s_q")
    assert device_fields.shown(found).name == "mu_s_y"


# files for ParaView


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


def test_names_units_and_nanometres_are_in_the_files(found, tmp_path):
    """Blocks called Block0, arrays without unit or components without name, lengths in metres."""
    path = device_vtk.write_device(found, tmp_path / "device.vtm", title="Ä <$> & b")[0]
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


def test_meshio_reads_the_files_too(found, tmp_path):
    """Strings within a .vtu, on which meshio ends the program."""
    written = device_vtk.write_device(found, tmp_path / "device.vtm")
    mesh = meshio.read(written[3])
    assert_array_equal(mesh.cells_dict["tetra"], found[1].cells)
    assert_array_equal(mesh.point_data["m"], found[1].data["m"])


def test_files_are_written_all_or_none(found, tmp_path, monkeypatch):
    """The .vtm of a new run beside fields of the old one, or parts left behind, when the disk is full."""
    device_vtk.write_device(found, tmp_path / "device.vtm")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    def full(block, path):
        path.write_text("half")
        if block.name == "dot":
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(device_vtk, "_write_block", full)
    with pytest.raises(InputError, match=r"cannot be written: No space left"):
        device_vtk.write_device(found, tmp_path / "device.vtm", title="new")
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_folder_that_cannot_be_written_is_told(found, tmp_path):
    """VTK writes nothing and says nothing."""
    (tmp_path / "device").write_text("a file where the folder should be")
    with pytest.raises(InputError, match="cannot be written: "):
        device_vtk.write_device(found, tmp_path / "device.vtm")


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
def test_broken_files_are_told_by_name(what, message, *, found, tmp_path, capfd):
    """A traceback of VTK or of the XML reader, or VTK's own lines printed over ours."""
    path = device_vtk.write_device(found, tmp_path / "device.vtm")[0]
    broken(path, what)
    with pytest.raises(InputError, match=message):
        device_vtk.read_device(path)
    assert capfd.readouterr() == ("", "")


# profiles along a line


def test_a_line_has_both_sides_of_an_interface(found):
    """The value of one side on both, a point between them, or a distance from the wrong end."""
    ends = np.array([[22e-9, 13e-9, 0], [30e-9, 13e-9, 7e-9]])
    record = line.along_line(found, ends)
    length = np.linalg.norm(ends[1] - ends[0])
    direction = (ends[1] - ends[0]) / length
    assert [layer["name"] for layer in record["layers"]] == ["strip", "dot"]
    assert_allclose([layer["z"] for layer in record["layers"]], length * np.array([[0, 4 / 7], [4 / 7, 1]]), rtol=1e-6)
    assert [bool(layer["torque"]) for layer in record["layers"]] == [False, True]
    profile = record["profiles"]
    layer, places = np.array(profile["layer"]), ends[0] + profile["z"][:, None] * direction
    for name in ("strip", "dot"):
        own = layer == name
        assert_allclose(profile["mu"][own], given.linear(given.MU[name], places[own]), rtol=1e-6, atol=1e-12)
        J = -1e6 * given.MU[name][1] @ direction + 1e10 * places[own, :1] / 60e-9 * direction.sum()
        assert_allclose(profile["J"][own], J, rtol=1e-6, atol=1)
    assert np.sum(layer == "dot") > 3  # a point at every face of a cell
    figure = profiles_figure(record, distance="distance along the line")
    assert figure.axes[-1].get_xlabel() == "distance along the line [nm]"


@pytest.mark.parametrize("y", [0.0, 20e-9, 17e-9])
def test_a_line_along_faces_of_cells_is_whole(y, found):
    """A line in a face of cells, or on the surface, that belongs to no cell or twice to one."""
    record = line.along_line(found[:1], np.array([[0, y, 2e-9], [60e-9, y, 2e-9]]))
    z = record["profiles"]["z"]
    assert_allclose(z[[0, -1]], [0, 60e-9], atol=1e-14)
    assert np.all(np.diff(z) > 1e-11) and len(record["layers"]) == 1


def test_a_line_that_leaves_a_region_comes_back(found):
    """A straight line drawn through the gap between two stretches in one region."""
    ends = np.array([[0.0, 20e-9, 5e-9], [60e-9, 20e-9, 5e-9]])
    assert_allclose(line.along_line(found, ends)["layers"][0]["z"], [20e-9, 40e-9], atol=1e-13)
    apart = [found[0], device_fields.Block(**vars(found[1]) | {"cells": outer(found[1])})]
    assert_allclose(
        [x["z"] for x in line.along_line(apart, ends)["layers"]], [[20e-9, 25e-9], [35e-9, 40e-9]], atol=1e-13
    )


def outer(block):
    """The cells of the dot but for its middle in x."""
    return block.cells[np.abs(block.points[block.cells].mean(1)[:, 0] - 30e-9) > 5e-9]


def test_a_line_in_2d_ignores_the_uniform_direction():
    """A line at y = 3 nm that misses a cross-section in the plane y = 0."""
    found = device_fields.blocks(given.cross())
    record = line.along_line(found, np.array([[25e-9, 3e-9, 0], [25e-9, 3e-9, 7e-9]]))
    assert_allclose([layer["z"] for layer in record["layers"]], [[0, 4e-9], [4e-9, 7e-9]], atol=1e-14)


def test_the_line_of_its_own_goes_through_the_interface(solution):
    """A line along the interface, or one that ends within the device."""
    found = device_fields.blocks(solution)
    names = [layer["name"] for layer in line.along_line(found, line.middle_line(found))["layers"]]
    assert names == (["dot"] if len(found) == 1 else ["strip", "dot"])
    wanted = [40e-9, 0, 0] if len(found) == 1 else [0, 0, 7e-9]
    assert_allclose(np.ptp(line.middle_line(found), axis=0), wanted, atol=1e-20)


def test_an_insulator_has_no_potential(found):
    """A potential of zero volts in an insulator, drawn as if it were one."""
    nothing = {name: 0 * values for name, values in found[1].data.items() if name not in ("m", "torque")}
    words = vars(found[1]) | {"data": found[1].data | nothing}
    blocks = [found[0], device_fields.Block(**words | {"insulating": True}), found[2]]
    assert list(device_fields.shown([found[0], device_fields.Block(**words)], "phi").values) == ["strip", "dot"]
    assert not device_fields.shown([blocks[1]], "J_c").signed
    assert list(device_fields.shown(blocks, "phi").values) == ["strip"]
    assert list(device_fields.shown(blocks, "torque_x").values) == ["strip", "dot"]
    record = line.along_line(blocks, line.middle_line(blocks))
    assert set(record["profiles"]["layer"]) == {"strip"} and len(record["layers"]) == 2
    hatched = [bool(patch.get_hatch()) for patch in profiles_figure(record).axes[0].patches]
    assert hatched == [False, True]
    with pytest.raises(InputError, match="meets no metal"):
        line.along_line(blocks, np.array([[20e-9, 20e-9, 5e-9], [40e-9, 20e-9, 5e-9]]))


def test_the_line_ends_are_rounded(found):
    """Profiles "from (-8.272e-16, -5, 0)"."""
    x, y, _ = line.middle_line(found)[0]
    moved = [device_fields.Block(**vars(one) | {"points": one.points - [x + 8e-25, y, 0]}) for one in found]
    assert line.between(line.middle_line(moved)) == "(0, 0, 0) to (0, 0, 7) nm"


@pytest.mark.parametrize("text", ["", "0,0,0", "0,0,0 0,0,0", "0,0 1,1", "0,0,0 a,b,c", "0,0,0 1,1,nan"])
def test_a_line_that_is_none_is_told(text):
    """A ValueError of numpy with its traceback."""
    with pytest.raises(InputError, match=r'line: got .*, allowed: "x,y,z x,y,z", the two ends in nm'):
        line.read_line(text)


def test_a_line_beside_the_device_is_told(found):
    """An empty figure."""
    assert_allclose(line.read_line("0,-50,0 60,-50,1e1"), [[0, -50e-9, 0], [60e-9, -50e-9, 10e-9]])
    with pytest.raises(InputError, match=r"line: got '0,-50,0 60,-50,10', which meets no metal"):
        line.along_line(found, line.read_line("0,-50,0 60,-50,10"))


# tables


def test_tables_of_a_device(dot):
    """Contacts and interfaces missing, a unit that is not that of the numbers, or a total instead of a mean."""
    record = dot.to_dict()
    text = printed(
        tables.torque_table(record), *device_tables.device_tables(record), device_tables.regions_table(record)
    )
    for part in (
        "left",
        "right",
        "0.4",
        "-20",
        "[µA]",
        "[mV]",
        "torque on m x",
        "900",
        "[MA/m²]",
        "400",
        "nm²",
        "9600",
    ):
        assert part in text
    assert "fem, direct: 3344 unknowns, residual 2.0e-15, charge balance 1.0e-16, 0.12 s" in text
    assert "per footprint area" in text
    assert device_tables.device_tables(stack_results.orbital()) == []


def test_noise_of_the_solve_is_zero(dot):
    """ "8 aA" through a barrier, "579 nA/m²" on a lattice, or p = (-3.7e-06, 1, 0)."""
    record = dot.to_dict()
    noisy = {"current_minus": [8e-18, *[0.0] * 6], "torque_lattice": [5e-7, 0.0, -6e-7]}
    text = printed(*device_tables.device_tables(record | {"interfaces": [record["interfaces"][0] | noisy]}))
    assert "lattice" not in text and "[aA]" not in text
    record["regions"][1]["torque"] |= {"reference": [-3.7e-6, 1.0, 0.0]}
    assert "p = (0, 1, 0)" in printed(tables.torque_table(record))


def test_rounding_of_the_largest_current_is_zero(dot):
    """Torques of 6e-6 A/m^2, 7e-11 uA at a probe, means of -1e-9 nV, fields of 2e-16 mT: nothing but rounding."""
    record = dot.to_dict()
    keys = ("flux", "exchange", "interface", "received", "received_like", "remainder")
    torque = {key: [6e-6, -3e-6, 2e-6][: 2 if key == "received_like" else 3] for key in keys}
    torque |= {"damping_like": 6e-6, "field_like": 2e-6, "efficiency_E": [1e-11, 2e-12], "field_T": [2e-19, 1e-19]}
    record["regions"][1]["torque"] = torque | {"reference": [0, 1, 0]}
    record["regions"][1]["mu_mean"] = [0.4e-3, -1e-15, *[0.0] * 5]
    record["contacts"][1]["current"] = 7e-17
    record["report"]["residual"] = 1e-12
    tiny = {"current_minus": [1e-17] * 7, "current_plus": [0.0] * 7, "torque_magnetization": [3e-2, 0.0, 0.0]}
    record["interfaces"][0] |= tiny | {"torque_lattice": [3e-2, 0.0, 0.0]}
    before = json.dumps(record)
    shown = noise.cleaned(record)
    assert json.dumps(record) == before
    made = shown["regions"][1]["torque"]
    assert not any(np.any(made[key]) for key in (*torque, "flux"))
    assert shown["regions"][1]["mu_mean"] == [0.4e-3, *[0.0] * 6]
    assert shown["contacts"] == [record["contacts"][0], record["contacts"][1] | {"current": 0.0}]
    text = printed(
        tables.torque_table(record), *device_tables.device_tables(record), device_tables.regions_table(record)
    )
    assert "e-" not in text.split("fem, direct")[0] + text.split("1.0e-16")[1] and "torque on m" not in text
    row = next(row for row in tables.budget_rows(record) if row["name"] == "dot")
    assert np.any(row["terms"]["flux"])
    assert [row["name"] for row in tables.budget_rows(record)] == ["strip", "dot"]


def test_a_coarse_residual_is_the_noise(dot):
    """Torques shown that are smaller than what the iteration left, or a torque hidden that is larger."""
    record = dot.to_dict()
    area = record["interfaces"][0]["area"]
    for residual, kept in ((1e-9, True), (1e-5, False)):
        record["report"]["residual"] = residual
        record["interfaces"][0]["torque_lattice"] = [0.0, 1e-6 * 2e-5 / area, 0.0]
        assert np.any(noise.cleaned(record)["interfaces"][0]["torque_lattice"]) == kept
    assert noise.cleaned(stack_results.orbital()) == stack_results.orbital()


def test_the_budget_of_a_device_is_in_amperes(dot):
    """Torques per footprint of regions beside those per area of interfaces, or one of two interfaces lost."""
    record = dot.to_dict()
    strip, face, magnet = tables.budget_rows(record)
    assert_allclose(strip["terms"]["flux"], np.array([3e9, -1e9, 2e9]) * 2400e-18)
    assert_allclose(face["terms"]["flux"], 0.2e-6 * np.arange(1, 4))
    assert_allclose(face["terms"]["interface"], np.array([9e8, 0, 5e8]) * 4e-16)
    assert magnet["name"] == "dot"
    assert "spin budget [µA]" in printed(tables.budget_table(record))
    assert budget_figure(record).axes[0].get_ylabel() == "spin x [µA]"
    second = record["interfaces"][0] | {"name": "strip|other"}
    names = [row["name"] for row in tables.budget_rows(record | {"interfaces": [*record["interfaces"], second]})]
    assert names == ["strip", "strip|dot", "strip|other", "dot"]


# pictures


def test_regions_move_apart_along_the_normals(found):
    """The upper region moved into the lower one, or not at all."""
    moved = scene.offsets(found, np.ones(3))
    assert_allclose(moved["strip"], 0)
    assert_allclose(moved["dot"] / np.linalg.norm(moved["dot"]), [0, 0, 1])
    assert_allclose(scene.stretched(found), 1)
    flat = [device_fields.Block(**vars(x) | {"points": x.points * [10, 10, 1]}) for x in found]
    assert_allclose(scene.stretched(flat), [1, 1, 0.12 * 600 / 7])
    assert scene.told(scene.stretched(flat)) == "z stretched 10 times"


@pytest.mark.parametrize("cut", [False, True])
def test_a_device_is_drawn_where_rendering_works(cut, found, tmp_path):
    """An empty picture, or colours that are not those of the bar."""
    if not stack_view.can_render():
        pytest.skip(stack_view.MESSAGE)
    from matplotlib import image

    assert scene.device_view(found, tmp_path / "view.png", field="mu_s_y", title="a|b $5", cut=cut) is None
    pixels = image.imread(tmp_path / "view.png")[..., :3]
    middle = pixels[250:850, 200:1300].reshape(-1, 3)
    coloured = np.ptp(middle, axis=1) > 0.2
    assert np.mean(coloured) > 0.1
    assert list(tmp_path.iterdir()) == [tmp_path / "view.png"]


def test_no_rendering_gives_a_message(found, tmp_path, monkeypatch):
    """VTK ends the interpreter, or a wrong field passes unseen, where nothing can be drawn."""
    monkeypatch.setattr(scene, "can_render", lambda: False)
    assert scene.device_view(found, tmp_path / "view.png") == stack_view.MESSAGE
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(InputError, match="field: got 'nothing'"):
        scene.device_view(found, tmp_path / "view.png", field="nothing")


def test_maps_of_2d_devices():
    """Colours across an interface, axes without unit, or x and z exchanged."""
    found = device_fields.blocks(given.cross())
    figure = maps.map_figure(found, "phi", title="$5_$")
    figure.canvas.draw()
    ax, bar = figure.axes
    assert (ax.get_xlabel(), ax.get_ylabel(), bar.get_ylabel()) == ("x [nm]", "z [nm]", "phi [mV]")
    drawn = [x for x in ax.collections if hasattr(x, "_coordinates") or "TriMesh" in type(x).__name__]
    assert len(drawn) == 2
    for mesh, block in zip(drawn, found, strict=False):
        assert_allclose(mesh.get_array(), 1e3 * block.data["phi"])
    assert {text.get_text() for text in ax.texts} == {"strip", "dot"}
    assert maps.flat_axes(device_fields.blocks(given.disc())) == (0, 1)
    assert maps.flat_axes(device_fields.blocks(given.strip_dot())) is None


def test_a_magnet_has_arrows_of_the_current_too():
    """A current that seems to end at a magnet, arrows on each other, or noise scaled up to arrows."""
    some, m = np.array([1, 3, 4, 6, 7]), np.tile([0.0, 0.0, 1.0], (8, 1))
    current = np.tile([0.5, 0.0, 0.0], (8, 1))
    arrows = maps.in_turn(some, m, current)
    assert [name for name, *_ in arrows] == ["m", "charge current"]
    assert [list(places) for *_, places, _ in arrows] == [[1, 4, 7], [3, 6]]
    assert_array_equal(arrows[1][3], current[:2])
    ((name, _, places, _),) = maps.in_turn(some, m, 1e-13 * current)
    assert name == "m" and list(places) == list(some)
    assert maps.in_turn(some, 0 * m, 0 * m) == []
    figure = maps.map_figure(device_fields.blocks(given.cross()), "phi")
    figure.canvas.draw()
    assert sum(type(x).__name__ == "Quiver" for x in figure.axes[0].collections) == 3


def test_colours_are_about_zero_where_signs_differ():
    """A sign that cannot be seen, or a constant field without a range."""
    assert maps.looks(np.array([-1.0, 3.0])) == ("RdBu_r", -3.0, 3.0)
    assert maps.looks(np.array([1.0, 3.0, np.nan, 2.0])) == ("viridis", 1.0, 3.0)
    assert maps.looks(np.array([2.0])) == ("viridis", 2.0, 4.0)
    assert maps.looks(np.zeros(3)) == ("viridis", 0.0, 1.0)


# the command


@pytest.fixture(name="run_dir")
def _run_dir(dot, tmp_path):
    """What a run leaves."""

    class Wanted:
        vtu, plot, report, ovf = True, False, False, None

    written, message = files.write_device_result(dot, tmp_path, Wanted)
    assert [path.name for path in written] == ["result.json", "device.vtm"] and message is None
    return tmp_path


def test_plot_draws_a_device(run_dir):
    """A device taken for a stack, the fields beside it not found, or options without effect."""
    arguments = ["plot", str(run_dir / "result.json"), "--field", "phi", "--line", "0,20,1 60,20,1", "--json"]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    names = {"budget.png", "profiles.png", *(["view.png", "section.png"] if stack_view.can_render() else [])}
    found = json.loads(done.stdout)
    assert {path.rsplit("/", 1)[1] for path in found["files"]} == names
    assert all((run_dir / name).stat().st_size > 5000 for name in names)


def test_plot_draws_what_it_can_without_fields(run_dir):
    """A KeyError or a silent lack of pictures where no fields were written."""
    (run_dir / "device.vtm").unlink()
    done = CliRunner().invoke(app, ["plot", str(run_dir / "result.json")])
    assert done.exit_code == 0
    assert "wrote " in done.stdout and files.NO_FIELDS in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--field", "mu_q"], "field: got 'mu_q', known: "),
        (["--line", "1,2"], "line: got '1,2', allowed: "),
        (["--line", "0,-9,0 9,-9,0"], "which meets no metal"),
    ],
)
def test_plot_tells_wrong_options(arguments, message, run_dir):
    """A traceback, or another exit code than 2."""
    done = CliRunner().invoke(app, ["plot", str(run_dir / "result.json"), *arguments])
    assert done.exit_code == 2 and message in done.stderr and len(done.stderr.splitlines()) == 1


def test_options_of_a_device_are_refused_for_a_stack(tmp_path):
    """An option that is silently without effect."""
    write_json(stack_results.film(), tmp_path / "result.json")
    done = CliRunner().invoke(app, ["plot", str(tmp_path / "result.json"), "--line", "0,0,0 1,1,1", "--field", "phi"])
    assert done.exit_code == 2
    assert [text.partition(": got")[0] for text in done.stderr.splitlines()] == ["femsot: --field", "femsot: --line"]


@pytest.mark.parametrize("what", ["voltage", "conductivity"])
def test_fields_of_another_run_are_not_drawn(what, run_dir):
    """The fields of an earlier run under the title of a new one whose regions have the same names."""
    record = json.loads((run_dir / "result.json").read_text())
    assert len(files.fields_beside(run_dir / "result.json", record)) == 3
    changed = record["contacts"][0] if what == "voltage" else record["input"]["materials"]["Pt"]
    changed[what] *= 2
    (run_dir / "result.json").write_text(json.dumps(record))
    done = CliRunner().invoke(app, ["plot", str(run_dir / "result.json"), "--json"])
    found = json.loads(done.stdout)
    assert done.exit_code == 0 and found["message"] == files.NO_FIELDS
    assert found["files"] == [str(run_dir / "budget.png")]
    assert "of another run; run again with [output] vtu = true" in files.NO_FIELDS


def test_a_run_writes_all_that_is_asked_for(tmp_path):
    """A kind of output that [output] asks for and that is not written."""

    class Wanted:
        vtu, plot, report = True, True, True

        class ovf:
            cell, lower, upper = (5e-9, 5e-9, 1e-9), None, None

    written, message = files.write_device_result(given.cross(), tmp_path, Wanted)
    grids, pictures = ["torque_dot.ovf", "field_dot.ovf"], ["budget.png", "profiles.png", "map.png"]
    names = ["result.json", "device.vtm", *grids, *pictures, "report.html"]
    assert [path.name for path in written] == names and message is None
    assert all(path.is_file() for path in written)


def test_a_pipe_gets_one_line(run_dir):
    """Warnings of VTK, progress or colours in a pipe."""
    command = [sys.executable, "-m", "femsot", "plot", str(run_dir / "result.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == (1 if stack_view.can_render() else 2)
    assert "\x1b" not in done.stdout


# a device that is solved


@pytest.fixture(name="solved", scope="module")
def _solved():
    """The strip and the dot, in truth."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fs.PhysicsWarning)  # the dot is thin
        return fs.solve(given.strip_dot().device)


def test_a_solved_device_has_what_output_reads(solved, tmp_path):
    """A name of the solution that output knows by another."""
    blocks = device_fields.blocks(solved)
    back = device_vtk.read_device(device_vtk.write_device(blocks, tmp_path / "device.vtm")[0])
    assert [block.name for block in back] == ["strip", "dot", "strip|dot"]
    assert_array_equal(back[1].data["torque"], solved.regions["dot"].torque)
    made = grid.torque_grid(solved, (4e-9, 4e-9, 1e-9))
    received = solved.torque("dot").received * solved.footprint("dot")
    assert_allclose(made.total, received, rtol=0, atol=1e-12 * np.abs(received).max())
    text = printed(*device_tables.device_tables(solved.to_dict()), tables.budget_table(solved.to_dict()))
    assert "left" in text and "strip|dot" in text
    assert "<canvas>" in report.page(solved.to_dict(), fields=blocks)


class Everything:
    """Of [output]."""

    vtu, plot, report, ovf = True, True, True, None


def at_rest(law, material=given.CO):
    """The cross-section, all contacts at 0 V."""
    given_device = given.cross().device
    regions = given_device.regions | {"dot": Region(material, given.M)}
    contacts = {name: Terminal(voltage=0.0) for name in given_device.contacts}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fs.PhysicsWarning)
        return fs.solve(replace(given_device, regions=regions, interfaces={"strip|dot": law}, contacts=contacts))


@pytest.mark.parametrize("law", [Ohmic(charge=1e15), fs.Insulating()])
def test_a_device_at_rest_is_written(law, tmp_path):
    """ "line: ... meets no metal", or StopIteration, where all potentials and currents are zero."""
    solution = at_rest(law)
    written, message = files.write_device_result(solution, tmp_path, Everything)
    assert {"profiles.png", "map.png", "report.html"} <= {path.name for path in written} and message is None
    assert not any(block.insulating for block in device_vtk.read_device(tmp_path / "device.vtm"))
    for command in ("plot", "report"):
        assert CliRunner().invoke(app, [command, str(tmp_path / "result.json")]).exit_code == 0


def test_an_insulator_is_one_by_its_material(tmp_path):
    """A magnetic insulator that is drawn with a potential of 0 V, now or from its files."""
    yig = fs.Insulator(name="YIG", saturation_magnetization=1.4e5)
    solution = at_rest(fs.Mixing(mixing=1e14), yig)
    found = device_fields.blocks(solution)
    back = device_vtk.read_device(device_vtk.write_device(found, tmp_path / "device.vtm")[0])
    for made in (found, back):
        assert [block.insulating for block in made] == [False, True, False]
        assert list(device_fields.shown(made, "phi").values) == ["strip"]


def test_the_profile_of_a_solved_device_is_its_solution(solved):
    """Values of the wrong side at an interface, against the solution itself sampled beside it."""
    ends = np.array([[33e-9, 22e-9, 0.0], [33e-9, 22e-9, 7e-9]])
    profile = line.along_line(device_fields.blocks(solved), ends)["profiles"]
    z, layer, mu = profile["z"], np.array(profile["layer"]), profile["mu"]
    for name, inside in (("strip", (0.3e-9, 3.99e-9)), ("dot", (4.01e-9, 6.9e-9))):
        places = np.linspace(*inside, 7)
        points = np.stack([0 * places + 33e-9, 0 * places + 22e-9, places], -1)
        wanted = solved.sample(points, region=name)["mu"]
        for a in range(4):
            found = np.interp(places, z[layer == name], mu[layer == name, a])
            assert_allclose(found, wanted[:, a], rtol=0, atol=1e-6 * np.abs(mu[:, a]).max())


def test_a_device_is_always_solved_by_finite_elements(tmp_path):
    """The one method that a device has, refused; or another one taken in silence."""
    file = tmp_path / "box.toml"
    file.write_text(
        '[mesh]\nready = "box"\nsize = "25 nm"\n[materials.Cu]\nlibrary = "Cu"\n[regions.box]\nmaterial = "Cu"\n'
        '[contacts.left]\nvoltage = "0 V"\n[contacts.right]\nvoltage = "1 mV"\n',
        encoding="utf-8",
    )
    for method, code in (("fem", 0), ("exact", 2)):
        said = CliRunner().invoke(app, ["run", str(file), "--method", method, "--output", str(tmp_path / method)])
        assert said.exit_code == code, said.output
    assert json.loads((tmp_path / "fem" / "result.json").read_text(encoding="utf-8"))["report"]["method"] == "fem"
