"""Meshes of scikit-fem, meshio and pyvista in memory, and what those libraries write: the same as by the file."""

from dataclasses import replace
from pathlib import Path

import meshio
import numpy as np
import pytest
import pyvista
import skfem
from mesh_samples import NM, areas, sample, volume
from numpy.testing import assert_allclose

import femsot as fs
from femsot.base.errors import InputError, PhysicsWarning
from femsot.model.mesh import convert, ready, write
from femsot.model.mesh.by_meshio import load, raw_of

FILES = Path(__file__).parent / "meshes"
SCIKIT_FEM = {"tetra": skfem.MeshTet, "hexahedron": skfem.MeshHex, "triangle": skfem.MeshTri, "quad": skfem.MeshQuad}
METAL = fs.NormalMetal(name="metal", conductivity=1e6, spin_diffusion_length=5 * NM, spin_hall_conductivity=1e5)
OTHER = fs.NormalMetal(name="other", conductivity=3e6, spin_diffusion_length=2 * NM)


def bar(kind):
    """scikit-fem's mesh of a bar of 40 nm along x: "Pt" and "Co" side by side, contacts at the ends."""
    mesh = SCIKIT_FEM[kind]().refined(2).with_subdomains({"Pt": lambda x: x[0] < 0.5, "Co": lambda x: x[0] > 0.5})
    return mesh.with_boundaries({"left": lambda x: x[0] == 0, "right": lambda x: x[0] == 1}).scaled(40 * NM)


def facts(mesh):
    """Sizes of regions [nm^3] and contacts [nm^2], with a depth of 1 nm in 2D."""
    scale = 1.0 if mesh.dimension == 3 else NM / mesh.depth
    sizes = {name: np.linalg.norm(areas(mesh, rows), axis=1).sum() for name, rows in mesh.faces.items()}
    regions = {name: volume(mesh, name) / NM**3 * scale for name in mesh.regions}
    return regions | {name: size / NM**2 * scale for name, size in sizes.items()}


def device(mesh):
    """A current along a bar of two metals."""
    contacts = {"left": fs.Terminal(voltage=1e-3), "right": fs.Terminal(voltage=0.0)}
    return fs.Device(mesh, {"Pt": fs.Region(METAL), "Co": fs.Region(OTHER)}, contacts=contacts)


@pytest.mark.parametrize("kind", SCIKIT_FEM)
def test_a_mesh_of_scikit_fem_is_a_mesh(kind):
    """Vertices of hexahedra or facets of cells in another order; boundaries lost."""
    mesh = convert(bar(kind))
    half, side = (32000, 1600) if mesh.dimension == 3 else (800, 40)
    assert mesh.kind == kind
    assert facts(mesh) == pytest.approx({"Pt": half, "Co": half, "left": side, "right": side}, rel=1e-12)


@pytest.mark.parametrize("kind", SCIKIT_FEM)
def test_what_scikit_fem_saves_is_read(tmp_path, kind):
    """Its subdomains and boundaries are arrays of its own."""
    mesh = bar(kind)
    mesh.scaled(1e9).save(tmp_path / "a.vtu")
    again, wanted = fs.mesh.read(tmp_path / "a.vtu"), convert(mesh)
    assert facts(again) == pytest.approx(facts(wanted), rel=1e-12)
    assert_allclose(again.points / NM, wanted.points / NM, rtol=1e-12, atol=1e-12)


def objects(tmp_path):
    """One mesh by three libraries, each in m, and by femsot."""
    mesh = convert(bar("tetra"))
    write(mesh, tmp_path / "a.vtu", length_unit=1.0)
    write(mesh, tmp_path / "a.msh")
    return {
        "femsot": fs.mesh.read(tmp_path / "a.msh"),
        "skfem": bar("tetra"),
        "meshio": meshio.read(tmp_path / "a.vtu"),
        "pyvista": pyvista.read(tmp_path / "a.vtu"),
    }


def test_a_device_of_any_mesh_is_the_device_of_its_file(tmp_path):
    """Another unit, another face: the current and its spin must agree to 1e-12."""
    currents = {name: fs.solve(device(mesh), order=1).contacts["left"][1] for name, mesh in objects(tmp_path).items()}
    for current in currents.values():
        assert current == pytest.approx(currents["femsot"], rel=1e-12)
    assert currents["femsot"] == pytest.approx(1e-3 / (20 / 1e6 + 20 / 3e6) * 1600 * NM, rel=2e-3)  # spin Hall: 0.1 %


def test_a_grid_of_pyvista_needs_no_file():
    """Voxels, names from numbers and field data, hexahedra with vertices in the wrong order."""
    grid = pyvista.ImageData(dimensions=(5, 3, 2), spacing=(10 * NM, 10 * NM, 10 * NM))
    grid.cell_data["region"] = [1, 1, 2, 2] * 2
    assert facts(convert(grid)) == pytest.approx({"1": 4000, "2": 4000}, rel=1e-12)
    grid.field_data["Pt"], grid.field_data["Co"] = [1], [2]
    assert list(convert(grid).regions) == ["Pt", "Co"]
    flat = pyvista.ImageData(dimensions=(5, 3, 1), spacing=(10 * NM, 10 * NM, 1))
    flat.cell_data["region"] = [1, 1, 2, 2] * 2
    mesh = convert(flat, plane="xz", depth=5 * NM)
    assert (mesh.kind, mesh.plane) == ("quad", "xz")
    assert facts(mesh) == pytest.approx({"1": 400, "2": 400}, rel=1e-12)


def test_voxels_of_files_are_hexahedra():
    """Cells left out with a word on a terminal: "cells: got none"."""
    mesh = fs.mesh.read(FILES / "voxels.vtu")
    assert mesh.kind == "hexahedron"
    assert facts(mesh) == pytest.approx({"1": 2000, "2": 2000}, rel=1e-12)
    assert [block.type for block in load(FILES / "voxels.vtu").cells] == ["hexahedron"]  # of textures


def test_pixels_of_files_are_quadrilaterals(tmp_path):
    """VTK's pixels cross themselves when taken for quadrilaterals."""
    flat = pyvista.ImageData(dimensions=(5, 3, 1), spacing=(10, 10, 1))
    flat.cell_data["region"] = [1, 1, 2, 2] * 2
    flat.cast_to_unstructured_grid().save(tmp_path / "a.vtu")
    assert facts(fs.mesh.read(tmp_path / "a.vtu", depth=NM)) == pytest.approx({"1": 400, "2": 400})


def test_legacy_files_of_new_vtk_say_how_to_save_them(tmp_path):
    """The assertion of a parser."""
    flat = pyvista.ImageData(dimensions=(5, 3, 2), spacing=(10, 10, 10)).cast_to_unstructured_grid()
    flat.cell_data["region"] = [1] * 8
    flat.save(tmp_path / "a.vtk")
    with pytest.raises(InputError, match=r"a.vtk: is no mesh that can be read: .*save it as .vtu \(pyvista.read"):
        fs.mesh.read(tmp_path / "a.vtk")


def families(numbers, names):
    """What meshio makes of a MED file of two quadrilaterals and an edge."""
    points = np.array([[x, y, 0.0] for y in (0.0, 10.0) for x in (0.0, 10.0, 20.0)])
    cells = [("quad", np.array([[0, 1, 4, 3], [1, 2, 5, 4]])), ("line", np.array([[0, 3]]))]
    mesh = meshio.Mesh(points, cells, cell_data={"cell_tags": [np.array(x) for x in numbers]})
    mesh.cell_tags = names
    return mesh


def test_families_of_med_have_names():
    """Regions "-6" and "-7"; a family of two names is in two groups, family 0 in none."""
    names = {-6: ["left_volume"], -7: ["right_volume", "all"], -8: ["left_boundary  "]}
    raw = raw_of(families([[-6, -7], [-8]], names))
    assert set(raw.groups) == {("left_volume", 2), ("right_volume", 2), ("all", 2), ("left_boundary", 1)}
    mesh = convert(families([[-6, -7], [-8]], names), length_unit=NM, ignore=("all",))
    assert (list(mesh.regions), list(mesh.faces)) == (["right_volume", "left_volume"], ["left_boundary"])
    with pytest.raises(InputError, match=r"1 of 2 cells are in more than one region, .* in 'right_volume' and 'all'"):
        convert(families([[-6, -7], [-8]], names), length_unit=NM)
    assert not raw_of(families([[-6, 0], [0]], names)).groups.keys() - {("left_volume", 2)}


def test_cell_sets_of_meshio_are_groups():
    """Abaqus' sets: numbers of cells by block, None or nothing where a block has none."""
    mesh = families([[1, 1], [1]], {})
    mesh.cell_data = {}
    mesh.cell_sets = {"N": [np.array([0]), None], "F": [[np.array([1])], []], "end": [np.array([]), np.array([0])]}
    assert facts(convert(mesh, length_unit=NM, depth=NM)).keys() == {"N", "F", "end"}


def test_sets_of_cells_that_there_are_not_are_told():
    """A file cut off after its sets: an index of numpy."""
    mesh = families([[1, 1], [1]], {})
    mesh.cell_data = {}
    mesh.cell_sets = {"N": [np.array([0, 7]), None]}
    with pytest.raises(InputError, match="cells: the group 'N' has cells that there are not; is the file cut off"):
        convert(mesh, length_unit=NM)


def test_second_order_of_scikit_fem_keeps_its_corners():
    """Mid-side nodes taken for points of the mesh."""
    curved = skfem.MeshTri2.from_mesh(bar("triangle")).with_subdomains({"Pt": lambda x: x[0] < 1})
    curved = curved.with_boundaries({"left": lambda x: x[0] < NM, "right": lambda x: x[0] > 39 * NM})
    mesh = convert(curved)
    both = {"left": fs.Terminal(voltage=1e-3), "right": fs.Terminal(voltage=0.0)}
    with pytest.warns(PhysicsWarning, match="^mesh: 32 cells and faces are of second order: their corners are kept"):
        fs.solve(fs.Device(curved, {"Pt": fs.Region(METAL)}, contacts=both), order=1)
    assert facts(mesh)["Pt"] == pytest.approx(1600)


def test_what_is_no_mesh_is_told():
    """An attribute that is missing, deep in the solver."""
    for thing, shown in (([1, 2], "a list"), ("device.msh", "a str"), (pyvista.MultiBlock(), "a MultiBlock")):
        with pytest.raises(InputError, match=f"mesh: got {shown}, allowed: a mesh of femsot, a Mesh of scikit-fem or"):
            device(thing)
    with pytest.raises(InputError, match="mesh: got a MeshLine1, allowed: triangle"):
        convert(skfem.MeshLine())
    with pytest.raises(InputError, match="regions: 512 of 512 cells are in no region"):
        convert(skfem.MeshTri().refined(4).scaled(NM * 40))
    with pytest.raises(InputError, match=r"plane: got 'zx', allowed: xyz, xz, xy"):
        convert(bar("triangle"), plane="zx")


def test_a_mesh_of_femsot_stays_what_it_is():
    """A copy, or a check that takes time."""
    mesh = replace(ready("stripe"), depth=2 * NM)
    contacts = {"left": fs.Terminal(voltage=0.0), "right": fs.Terminal(voltage=1.0)}
    regions = {"film": fs.Region(METAL), "stripe": fs.Region(OTHER)}
    assert fs.Device(mesh, regions, contacts=contacts).mesh is mesh
    assert sample("quad").kind == "quad"
