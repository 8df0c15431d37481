"""Ready meshes, the files in meshes/, the gmsh scripts beside them, and `femsot mesh`."""

import importlib.util
import json
import subprocess
import sys

import numpy as np
import pytest
from mesh_samples import NM, areas, volume
from numpy.testing import assert_allclose
from repository import MESHES
from typer.testing import CliRunner

from femsot.base.errors import InputError
from femsot.cli import app
from femsot.model.mesh import READY, Level, read, ready

DOT = np.pi * 30**2
#: volumes of regions [nm^3], areas of contacts and interfaces [nm^2], from the default dimensions
FACTS = {
    "strip_dot": (
        {"strip": 200 * 100 * 4, "dot": DOT * 2}, {"left": 400, "right": 400}, {("strip", "dot"): DOT}
    ),
    "hall_bar": (
        {"strip": 22000 * 4, "film": 22000 * 2},
        {"left": 360, "right": 360, "hall_bottom": 240, "hall_top": 240},
        {("strip", "film"): 22000},
    ),
    "nanopillar": (
        {"bottom_lead": 81000, "fixed": DOT * 4, "spacer": DOT * 3, "free": DOT * 2, "top_lead": DOT * 10},
        {"bottom": 8100, "top": DOT},
        {("bottom_lead", "fixed"): DOT, ("fixed", "spacer"): DOT, ("spacer", "free"): DOT, ("free", "top_lead"): DOT},
    ),
    "lateral_spin_valve": (
        {"wire": 500 * 50 * 20, "injector": 20000, "detector": 20000},
        {"left": 1000, "right": 1000, "injector_top": 2000, "detector_top": 2000},
        {("wire", "injector"): 2000, ("wire", "detector"): 2000},
    ),
    "stripe": (
        {"film": 200 * 5 * 100, "stripe": 100 * 3 * 100}, {"left": 500, "right": 500}, {("film", "stripe"): 10000}
    ),
    "disc": ({"disc": np.pi * 50**2 * 10}, {"left": 250 * np.pi, "right": 250 * np.pi}, {}),
    "box": ({"box": 1e5}, {"left": 1000, "right": 1000}, {}),
}  # fmt: skip


#: the files are coarser across where those of the defaults are large
STORED = {"strip_dot": {"thickness_size": 4 * NM}, "nanopillar": {"size": 15 * NM, "thickness_size": 5 * NM}}


def assert_facts(mesh, name, rtol):
    """Names, volumes, contacts and interfaces of a ready device, however it was meshed."""
    volumes, contacts, interfaces = FACTS[name]
    depth = 1.0 if mesh.dimension == 3 else 100 * NM / mesh.depth
    assert {x: volume(mesh, x) * depth / 1e-27 for x in mesh.regions} == pytest.approx(volumes, rel=rtol)
    found = {x: np.linalg.norm(areas(mesh, rows), axis=1).sum() * depth / 1e-18 for x, rows in mesh.faces.items()}
    assert found == pytest.approx(contacts, rel=rtol)
    between = {x: np.linalg.norm(areas(mesh, rows).sum(0)) * depth / 1e-18 for x, rows in mesh.interfaces().items()}
    assert between == pytest.approx(interfaces, rel=rtol)
    mesh.check()


def test_every_ready_mesh_is_known_here():
    """A device without a test, a script or a file."""
    assert FACTS.keys() == READY.keys()
    assert READY.keys() <= {path.stem for path in MESHES.glob("*.py")}
    assert READY.keys() == {path.stem for path in MESHES.glob("*.msh")}


@pytest.mark.parametrize("name", READY)
def test_ready_meshes_have_the_sizes_that_they_say(name):
    """A contact that reaches around a corner, a region missing, a wrong dimension."""
    mesh = ready(name)
    assert_facts(mesh, name, 1e-3 if name == "disc" else 1e-12)


@pytest.mark.parametrize("name", READY)
def test_the_files_are_the_ready_meshes(name):
    """A file that was not made again: `femsot mesh NAME -o meshes/NAME.msh`, with the dimensions of `STORED`."""
    path = MESHES / f"{name}.msh"
    assert path.stat().st_size < 300_000
    stored = read(path)
    made = ready(name, **STORED.get(name, {}))
    assert len(stored.cells) == len(made.cells)
    assert_facts(stored, name, 1e-3 if name == "disc" else 1e-9)


@pytest.mark.parametrize("name", READY)
def test_the_gmsh_scripts_make_the_same_devices(name, tmp_path):
    """A script of another device than its ready mesh: regions, contacts, interfaces and dimensions are the same."""
    if importlib.util.find_spec("gmsh") is None:
        pytest.skip("gmsh is not installed (pip install gmsh)")
    words = [sys.executable, str(MESHES / f"{name}.py"), "-o", str(tmp_path / "a.msh"), "--size", "5"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=MESHES.parent)
    if "cannot open shared object" in done.stderr:
        pytest.skip(f"gmsh cannot be imported: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    round_ones = name in ("strip_dot", "nanopillar", "disc")  # chords cut off part of a disc
    assert_facts(read(tmp_path / "a.msh"), name, 0.01 if round_ones else 1e-6)


def test_the_page_shows_the_ready_meshes():
    """A dimension or contact that changed, and the page forgotten: run python docs/make_meshes.py."""
    path = MESHES.parent / "docs" / "make_meshes.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    text = made.PAGE.read_text(encoding="utf-8")
    assert made.page(text) == text, "out of date: run python docs/make_meshes.py"
    assert all((path.parent / "images" / f"mesh_{name}.png").exists() for name in READY)


@pytest.mark.parametrize("size", [4, 6, 7, 9])
def test_the_contacts_of_a_disc_are_quarters_at_any_size(size):
    """A contact that ends in the middle of a facet where the number of corners is no multiple of 8: off at O(h)."""
    mesh = ready("disc", size=size * NM)
    sizes = {x: np.linalg.norm(areas(mesh, rows), axis=1).sum() for x, rows in mesh.faces.items()}
    whole = np.linalg.norm(areas(mesh, mesh.facets()[0][mesh.facets()[1][:, 1] < 0])[:, :2], axis=1).sum()
    assert sizes == pytest.approx({"left": whole / 4, "right": whole / 4}, rel=1e-12)


@pytest.mark.parametrize("thickness, growth", [(20.0, 0.3), (20.0, 0.8), (40.0, 2.0)])
def test_a_smaller_size_refines_the_middle_of_a_level(thickness, growth):
    """Cells in the middle that stay as they are when the size is halved: refinement that stalls."""
    largest = [np.diff(Level(thickness, "film", size=size, growth=growth).nodes).max() for size in (1.0, 0.5, 0.25)]
    assert largest[0] > 1.2  # it grows
    assert largest[0] / largest[1] == pytest.approx(2, rel=0.25)
    assert largest[1] / largest[2] == pytest.approx(2, rel=0.25)


@pytest.mark.parametrize("name, around", [("strip_dot", "strip"), ("nanopillar", "bottom_lead")])
def test_cells_are_thin_across_the_rim_of_a_disc(name, around):
    """Rings that are lost, or not refined with the size."""
    for size in (10 * NM, 5 * NM):
        mesh = ready(name, size=size)
        at = mesh.points[mesh.cells[mesh.regions[around]]]
        radius = np.linalg.norm(at[..., :2], axis=-1)
        assert np.ptp(radius, axis=1).min() == pytest.approx(0.05 * size, rel=0.2)


def test_dimensions_are_the_users():
    """A dimension that is ignored."""
    mesh = ready("strip_dot", size=20 * NM, diameter=40 * NM, length=300 * NM)
    assert_allclose(volume(mesh, "dot"), np.pi * 20**2 * 2e-27, rtol=1e-12)
    assert_allclose(volume(mesh, "strip"), 300 * 100 * 4e-27, rtol=1e-12)
    assert len(ready("strip_dot", size=5 * NM).cells) > 3 * len(ready("strip_dot", size=10 * NM).cells)


def test_bad_names_and_dimensions_are_told():
    """Every fault with what is allowed."""
    for name, sizes, message in (
        ("strip_dots", {}, "mesh.name: got 'strip_dots', known: .* Did you mean 'strip_dot'"),
        ("disc", {"radius": NM}, "mesh.disc: no dimension 'radius', known: diameter, size, thickness"),
        ("disc", {"size": -NM}, "mesh.size: got -1e-09, allowed: a finite number > 0"),
        ("strip_dot", {"diameter": 95 * NM}, "strip_dot.diameter: got 95 nm, allowed: smaller than length and width"),
        ("nanopillar", {"diameter": 95 * NM}, "nanopillar.diameter: got 95 nm"),
        ("hall_bar", {"arm_width": 1e-6}, "hall_bar.arm_width: got 1000 nm, allowed: smaller than length"),
        ("lateral_spin_valve", {"separation": 30 * NM}, "separation: got 30 nm, allowed: of the middles of the bars"),
        ("stripe", {"stripe_width": 200 * NM}, "stripe.stripe_width: got 200 nm, allowed: smaller than width"),
    ):
        with pytest.raises(InputError, match=message):
            ready(name, **sizes)


def call(*words):
    done = CliRunner().invoke(app, ["mesh", *map(str, words)])
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return done.exit_code, done.output


def test_the_command_writes_a_mesh_at_any_resolution(tmp_path):
    """The example of its own help."""
    path = tmp_path / "x.msh"
    code, output = call("strip_dot", "--size", "12 nm", "--set", "diameter=40 nm", "-o", path)
    assert code == 0
    assert "contacts: left, right" in output
    assert_allclose(volume(read(path), "dot"), np.pi * 20**2 * 2e-27, rtol=1e-9)
    code, output = call("box", "-o", tmp_path / "x.vtu", "--json")
    found = json.loads(output)
    assert (code, found["cells"], found["contacts"]) == (
        0,
        {"box": len(read(tmp_path / "x.vtu").cells)},
        ["left", "right"],
    )


def test_the_command_lists_the_names():
    """A user who does not know the names."""
    code, output = call()
    assert code == 0
    assert all(name in output for name in READY)
    assert json.loads(call("--json")[1]).keys() == READY.keys()


def test_the_command_refuses_bad_words(tmp_path):
    """Exit code 2, one message, no file."""
    for words, message in (
        (["strip_dot", "--size", "12"], "mesh.size: got '12', allowed: a number with a unit"),
        (["strip_dot", "--size", "2 nm", "--set", "size=3 nm"], "mesh.size: given twice"),
        (["strip_do"], "Did you mean 'strip_dot'"),
        (["box", "-o", str(tmp_path / "x.stl")], "allowed: .msh, .vtu, .vtk, .xdmf"),
    ):
        code, output = call(*words)
        assert code == 2
        assert message in output
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("name", "sizes"), [("strip_dot", {"dot_thickness": 3.0}), ("hall_bar", {"size": 5e-11})])
def test_a_slip_of_a_unit_does_not_fill_the_memory(name, sizes):
    """Metres for nanometres: cells without end."""
    with pytest.raises(InputError, match=rf"mesh\.{name}: makes about .* cells of .*, allowed: 5e\+07 cells, 10 mm"):
        ready(name, **sizes)
