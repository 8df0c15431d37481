"""Torques of a device on a regular grid; each docstring names the bug that the test catches."""

import dataclasses
import re

import device_results as given
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import femsot as fs
from femsot.base.constants import e, hbar, mu_B
from femsot.base.errors import InputError, PhysicsWarning
from femsot.io import ovf as grid
from femsot.io import simplices
from femsot.io.blocks import blocks
from femsot.io.config import read_job
from femsot.model import job, texture
from femsot.model import mesh as meshes
from femsot.model.texture import ovf
from femsot.plot.files import write_device_result

SOLUTIONS = {"strip_dot": given.strip_dot, "cross": given.cross, "disc": given.disc}
GAMMA = 2 * mu_B / hbar


@pytest.fixture(name="solution", params=SOLUTIONS)
def _solution(request):
    return SOLUTIONS[request.param]()


@pytest.fixture(name="dot", scope="module")
def _dot():
    return given.strip_dot()


# simplices


@pytest.mark.parametrize("size", [2, 3, 4])
def test_simplices_are_cut_without_loss(size):
    """A piece lost, counted twice, or left across a plane; a field that is not linear any more in a piece."""
    rng = np.random.default_rng(size)
    places = rng.uniform(0, 1, (40, size, 3))
    places[:10, 0] = np.round(4 * places[:10, 0]) / 4  # corners on the planes
    slope = np.array([1.0, -2.0, 0.5])
    corners = np.concatenate([places, (places @ slope)[..., None] + 3], axis=-1)
    planes = [np.linspace(-1, 2, 13), np.linspace(-1, 2, 9), np.linspace(-1, 2, 31)]
    measure = simplices.measures(places)
    pieces, sizes = simplices.cut(corners, measure, planes=planes)
    assert np.all(sizes > -1e-15)
    assert_allclose(sizes.sum(), measure.sum(), rtol=1e-13)
    assert_allclose(sizes, simplices.measures(pieces[..., :3]), atol=1e-13)
    assert_allclose(sizes @ pieces.mean(1), measure @ corners.mean(1), rtol=1e-12)
    assert_allclose(pieces[..., 3], pieces[..., :3] @ slope + 3, atol=1e-12)
    for axis, heights in enumerate(planes):
        low, high = pieces[..., axis].min(1), pieces[..., axis].max(1)
        inside = (heights[:, None] > low + 1e-9) & (heights[:, None] < high - 1e-9)
        assert not np.any(inside)


@pytest.mark.parametrize("kind", ["quad", "hexahedron", "wedge"])
def test_cells_are_filled_by_their_simplices(kind):
    """A split that leaves a hole in the cell or counts a part of it twice."""
    square = [(0, 0), (1, 0), (1, 1), (0, 1)]
    corners = {
        "quad": [(x, y, 0) for x, y in square],
        "hexahedron": [(x, y, z) for z in (0, 1) for x, y in square],
        "wedge": [(x, y, z) for z in (0, 1) for x, y in square[:3]],
    }[kind]
    points = np.array(corners, dtype=float)
    parts = points[simplices.simplices(np.arange(len(points))[None], kind)]
    assert_allclose(simplices.measures(parts).sum(), 0.5 if kind == "wedge" else 1.0)
    middles = np.random.default_rng(0).uniform(0, 1, (200, 3)) * ([1, 1, 0] if kind == "quad" else 1)
    if kind == "wedge":
        middles = middles[middles[:, 0] > middles[:, 1]]
    edges = parts[:, 1:] - parts[:, :1]
    inverse = np.linalg.pinv(edges.transpose(0, 2, 1))
    inner = (inverse @ (middles[:, None] - parts[:, 0])[..., None])[..., 0]
    assert_array_equal(((inner > 0).all(-1) & (inner.sum(-1) < 1)).sum(1), 1)


# the regular grid


CELLS = [(5e-9, 5e-9, 1e-9), (3e-9, 3.3e-9, 2e-9), (1.7e-9, 2.1e-9, 0.4e-9), (1e-7, 1e-7, 1e-7)]


@pytest.mark.parametrize("cell", CELLS)
def test_the_grid_receives_the_whole_torque(cell, solution):
    """Torque lost where an element lies across cells or on the border, or the depth of a 2D device left out."""
    points = solution.regions["dot"].points
    made = grid.torque_grid(solution, cell, lower=points.min(0), upper=points.max(0))
    wanted = solution.regions["dot"].deposit()[1].sum(0)
    assert_allclose(made.total, wanted, rtol=0, atol=1e-12 * np.abs(wanted).max())
    region = solution.device.mesh.regions["dot"]
    volume = np.prod(made.torque.step) * made.filled.sum()
    assert_allclose(volume, solution.device.mesh.volumes[region].sum(), rtol=1e-12)
    assert np.max(made.filled) < 1 + 1e-9


def test_what_quadrature_has_beyond_the_corners_is_spread(dot, monkeypatch):
    """A total that is that of the linear interpolation, or is so once any of the magnet is outside the grid."""
    region, face = dot.regions["dot"], dot.interfaces["strip|dot"]
    middle = region.points[region.cells].mean(1)
    factor = np.where(middle[:, 0] < 30e-9, 1.03, 0.9)  # unlike in the two halves
    wanted = (factor[:, None] * region.amounts).sum(0) + 1.03 * face.amounts.sum(0)
    monkeypatch.setattr(region, "amounts", factor[:, None] * region.amounts)
    monkeypatch.setattr(face, "amounts", 1.03 * face.amounts)
    whole = grid.torque_grid(dot, (3e-9, 3e-9, 1e-9))
    assert_allclose(whole.total, wanted, rtol=1e-12)
    halves = []
    for low, high in ((20e-9, 30e-9), (30e-9, 40e-9)):
        with pytest.warns(PhysicsWarning, match=r"grid: 50 % of the volume of 'dot' lies outside the grid"):
            halves.append(grid.torque_grid(dot, (5e-9, 5e-9, 1e-9), lower=(low, 0, 0), upper=(high, 40e-9, 7e-9)))
    assert_allclose(halves[0].total + halves[1].total, wanted, rtol=1e-12)
    left = middle[:, 0] < 30e-9
    inside = region.amounts[left].sum(0) + face.amounts[face.points[face.facets].mean(1)[:, 0] < 30e-9].sum(0)
    assert_allclose(halves[0].total, inside, rtol=0, atol=1e-12 * np.abs(inside).max())


def test_each_cell_has_its_own_torque(dot):
    """Cells shifted by one, axes exchanged, or the interface's torque given to the wrong side or spread over all."""
    made = grid.torque_grid(dot, (4e-9, 5e-9, 1e-9), lower=(10e-9, 0, 0), upper=(50e-9, 40e-9, 8e-9))
    assert made.torque.cells == (10, 8, 8)
    centre = np.array([10e-9 + 4.5 * 4e-9, 12.5e-9, 6.5e-9])
    assert_allclose(made.torque.values[4, 2, 6], given.linear(given.TORQUE, centre), rtol=1e-9)
    bottom = np.array([centre[0], centre[1], 4.5e-9])
    at_face = given.linear(given.SURFACE, np.array([centre[0], centre[1], 4e-9])) / 1e-9
    assert_allclose(made.torque.values[4, 2, 4], given.linear(given.TORQUE, bottom) + at_face, rtol=1e-9)
    inside = np.zeros((10, 8, 8), dtype=bool)
    inside[2:8, 2:6, 4:7] = True
    assert not np.any(made.torque.values[~inside]) and not np.any(made.filled[~inside])
    assert_allclose(made.filled[3:7, 2:6, 4:7], 1, rtol=1e-9)
    assert_allclose(made.filled[2, 2:6, 4:7], 0.5, rtol=1e-9)


def test_the_field_exerts_the_torque(dot):
    """The sign or the factor of hbar/(2 e M_s) m x t: -gamma m x B is the rate mu_B t/(e M_s) of m."""
    made = grid.torque_grid(dot, (5e-9, 5e-9, 1e-9))
    rate = -GAMMA * np.cross(given.M, made.field.values)
    t = made.torque.values
    across = t - (t @ given.M)[..., None] * given.M
    assert_allclose(rate, mu_B / (e * 1e6) * across, rtol=1e-9, atol=1e-9 * np.abs(rate).max())
    assert np.abs(made.field.values).max() > 0


def test_ovf_files_of_each_magnet(dot, tmp_path):
    """x and z exchanged in the file, or a field written for a magnet without M_s."""
    written = grid.write_ovf(dot, tmp_path, cell=(5e-9, 5e-9, 3e-9))
    assert [path.name for path in written] == ["torque_dot.ovf", "field_dot.ovf"]
    back, made = ovf.read(written[0]), grid.torque_grid(dot, (5e-9, 5e-9, 3e-9))
    assert_array_equal(back.values, made.torque.values)
    assert_allclose(back.corner, [20e-9, 10e-9, 4e-9])
    assert (back.name, back.unit) == ("torque", "A/m^3")
    assert ovf.read(written[1]).unit == "T"


SKYRMION = {"center": (0.0, 0.0, 0.0), "radius": 20e-9, "width": 5e-9}


@pytest.fixture(name="disc", scope="module")
def _disc():
    """100 nm, a polygon of the circle's area, which reaches to 50.04 nm; m turns."""
    mesh = meshes.ready("disc", diameter=100e-9, thickness=10e-9, size=5e-9)
    magnet = fs.Region(dataclasses.replace(given.CO, polarization=0.5), texture.Skyrmion(**SKYRMION))
    contacts = {"left": fs.Terminal(current=1e-3), "right": fs.Terminal(voltage=0.0)}
    return fs.solve(fs.Device(mesh, {"disc": magnet}, {}, contacts), order=1)


def test_a_disc_has_the_cells_of_its_micromagnetic_run(disc):
    """A grid of 21 x 21 cells from -50.04 nm; the linear interpolation's torque, for 0.08 % of the disc lie outside."""
    with pytest.warns(PhysicsWarning, match=r"grid: 0\.\d+ % of the volume of 'disc' lies outside the grid"):
        made = grid.torque_grid(disc, (5e-9, 5e-9, 5e-9))
    assert made.torque.cells == (20, 20, 2)
    assert_allclose(made.torque.corner, [-50e-9, -50e-9, 0], atol=2e-12)
    region = disc.regions["disc"]
    wanted = region.deposit()[1].sum(0)
    assert np.abs(wanted).max() > 1e-5
    assert_allclose(region.amounts.sum(0), wanted, rtol=0, atol=1e-12 * np.abs(wanted).max())
    assert_allclose(made.total, wanted, rtol=0, atol=2e-3 * np.abs(wanted).max())
    corner = grid.torque_grid(disc, (7e-9, 7e-9, 5e-9), align="corner")
    assert_allclose(corner.torque.corner, region.points.min(0), rtol=1e-12)
    assert_allclose(corner.total, wanted, rtol=0, atol=1e-12 * np.abs(wanted).max())


def test_a_run_tells_what_is_not_in_the_grid(disc, tmp_path):
    """Warnings of physics stand in the result, but the grid is made after it: nobody would read this one."""
    wanted = job.Output(ovf=job.OvfOutput(cell=(5e-9, 5e-9, 5e-9)))
    written, message = write_device_result(disc, tmp_path, wanted)
    assert [path.name for path in written] == ["result.json", "torque_disc.ovf", "field_disc.ovf"]
    assert message.startswith("warning: grid: 0.") and "of 'disc' lies outside the grid" in message
    inside = job.Output(ovf=job.OvfOutput(cell=(5e-9, 5e-9, 5e-9), lower=(-51e-9,) * 3, upper=(51e-9,) * 3))
    assert write_device_result(disc, tmp_path, inside)[1] is None


@pytest.mark.parametrize(
    ("ovf_output", "fault"),
    [
        ({}, 'output.ovf.cell: missing, required: three numbers with units that convert to m, each such as "5 nm"'),
        (
            {"cell": (1e-9,) * 3, "like": "m.ovf"},
            "output.ovf.like: beside cell, lower or upper, allowed: either of them; it takes the whole grid",
        ),
    ],
)
def test_a_grid_of_a_file_and_one_of_its_own_exclude_each_other(ovf_output, fault):
    """`cell` ignored beside `like`, or a traceback where there is neither."""
    with pytest.raises(InputError, match=re.escape(fault)):
        job.OvfOutput(**ovf_output)


def test_torques_at_the_vertices_have_the_integral_of_the_solution(disc):
    """A map whose integral in ParaView is three times the received torque, for m turns within an element."""
    (block,) = (block for block in blocks(disc) if block.name == "disc")
    torque = block.data["torque"]
    parts = simplices.simplices(block.cells, block.kind)
    volumes = simplices.measures(block.points[parts])
    wanted = disc.regions["disc"].deposit()[1].sum(0)
    assert_allclose((volumes[:, None] * torque[parts].mean(1)).sum(0), wanted, rtol=0, atol=1e-3 * np.abs(wanted).max())
    by_cells = (disc.device.mesh.volumes[:, None] * torque[block.cells].mean(1)).sum(0)
    assert_allclose(by_cells, wanted, rtol=0, atol=1e-12 * np.abs(wanted).max())


def test_the_grid_of_a_file_is_taken(dot, tmp_path):
    """Cells beside those of the micromagnetic run, whose torques cannot be added cell by cell."""
    pattern = ovf.VectorGrid(np.ones((9, 8, 7, 3)), (11e-9, 1e-9, 1e-9), (4e-9, 5e-9, 1e-9))
    ovf.write(pattern, tmp_path / "m.ovf")
    made = grid.torque_grid(dot, like=tmp_path / "m.ovf")
    box = {"lower": pattern.corner, "upper": pattern.corner + np.array(pattern.cells) * pattern.step}
    assert_array_equal(made.torque.step, ovf.read(tmp_path / "m.ovf").step)
    assert_allclose(made.torque.corner, pattern.corner, rtol=1e-12)
    other = grid.torque_grid(dot, pattern.step, **box)
    assert_allclose(made.torque.values, other.torque.values, rtol=1e-6, atol=1e-9 * np.abs(made.torque.values).max())
    with pytest.raises(InputError, match=r"grid\.cell: is given beside like, allowed: either of them"):
        grid.torque_grid(dot, (1e-9,) * 3, like=tmp_path / "m.ovf")


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["Co α", "Co β"], ["Co_α", "Co_β"]),
        (["a b", "a_b"], ["0_a_b", "1_a_b"]),
        (["Co", "co", "1_co"], ["0_Co", "1_co", "2_1_co"]),
        (["é", "e\u0301"], ["0_é", "1_é"]),
        (["x" * 300, "x" * 301], ["0_" + "x" * 80, "1_" + "x" * 80]),
        (["dot"], ["dot"]),
    ],
)
def test_each_magnet_has_files_of_its_own(names, words):
    """The second magnet's files written over the first's, by all file systems or by those that see no case."""
    assert grid.file_names(names) == words


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"cell": None}, "grid.cell: missing, required without like"),
        ({"align": "middle"}, "grid.align: got 'middle', known: center, corner"),
        ({"cell": (1e-9, 0, 1e-9)}, "grid.cell: got 0, allowed: a finite number > 0"),
        ({"cell": (1e-9, 1e-9)}, "grid.cell: got .*, allowed: three finite lengths"),
        ({"cell": (1e-14, 1e-12, 1e-12)}, "grid.cell: .* cells, allowed: "),
        ({"regions": ["strip"]}, "regions: got 'strip', known: dot"),
        ({"lower": (0, 0, 0), "upper": (1e-9, 0, 1e-9)}, "grid.upper: got .*, allowed: above lower"),
    ],
)
def test_a_grid_that_cannot_be_made_is_told(wrong, message, dot):
    """A negative or a huge shape handed to numpy."""
    with pytest.raises(InputError, match=message):
        grid.torque_grid(dot, **{"cell": (1e-9, 1e-9, 1e-9)} | wrong)


# the other way: vectors of a grid as m


def test_a_mesh_that_is_not_there_invents_no_fault_of_vectors(tmp_path):
    """ "4 of 4 points lie more than half a cell outside its grid", said of the mesh that stands in for a lost one."""
    vectors = ovf.VectorGrid(np.ones((2, 2, 1, 3)), (1e-6, 1e-6, 0.0), (1e-9,) * 3, name="m", unit="1")
    ovf.write(vectors, tmp_path / "m.ovf")
    (tmp_path / "a.toml").write_text(LOST)
    with pytest.raises(InputError) as caught:
        read_job(tmp_path / "a.toml")
    (fault,) = caught.value.faults
    assert fault.path == "mesh.file" and "none.msh: cannot be read" in str(fault)


LOST = """
[mesh]
file = "none.msh"
length_unit = "nm"

[materials.Co]
library = "Co"

[regions.dot]
material = "Co"
magnetization = { file = "m.ovf" }

[contacts.left]
voltage = "0 V"
"""
