"""Layered meshes: footprints, levels, grading, contacts by side, edge or function."""

import time
from dataclasses import replace

import numpy as np
import pytest
from mesh_samples import NM, areas, volume
from numpy.testing import assert_allclose

from femsot.base.errors import InputError
from femsot.model.mesh import (
    Level,
    Side,
    circle,
    cross_section,
    grid,
    layered,
    read,
    rectangle,
    spaced,
    triangulate,
    write,
)


def footprint(kind="quad"):
    """60 x 40 nm, the left 20 nm called "bar"."""

    def parts(centre):
        return np.where(centre[:, 0] < 20 * NM, "bar", "rest")

    return grid(spaced(60 * NM, 10 * NM), spaced(40 * NM, 10 * NM), kind=kind, parts=parts)


def area(mesh, name):
    """Of a contact [m^2]."""
    return np.linalg.norm(areas(mesh, mesh.faces[name]), axis=1).sum()


@pytest.mark.parametrize("kind", ["quad", "triangle"])
def test_levels_exist_where_they_are_wanted(kind):
    """A region under another, beside another, and over nothing."""
    levels = [Level(5 * NM, "N", NM), Level(3 * NM, {"bar": "F", "rest": "oxide"}), Level(2 * NM, {"bar": "N2"})]
    mesh = layered(levels, footprint=footprint(kind), bottom=-5 * NM)
    found = {name: volume(mesh, name) for name in mesh.regions}
    wanted = {"N": 60 * 40 * 5e-27, "F": 20 * 40 * 3e-27, "oxide": 40 * 40 * 3e-27, "N2": 20 * 40 * 2e-27}
    assert list(found) == list(wanted)
    assert_allclose(list(found.values()), list(wanted.values()), rtol=1e-12)
    between = {pair: np.abs(areas(mesh, rows).sum(0)).max() for pair, rows in mesh.interfaces().items()}
    assert between.keys() == {("N", "F"), ("N", "oxide"), ("F", "oxide"), ("F", "N2")}
    assert_allclose(between["F", "oxide"], 40 * 3e-18, rtol=1e-12)
    assert_allclose([mesh.points[:, 2].min(), mesh.points[:, 2].max()], [-5 * NM, 5 * NM], atol=1e-20)
    mesh.check()


@pytest.mark.parametrize("kind", ["quad", "triangle"])
def test_contacts_by_side_region_edge_and_function(kind):
    """A contact on the whole side of the device instead of that of one region; a wall found from above."""
    flat = footprint(kind)
    rows, cells = flat.facets()
    end = rows[(cells[:, 1] < 0) & (flat.points[rows][..., 0] > 59 * NM).all(1)]
    low = rows[(cells[:, 1] < 0) & (flat.points[rows][..., 1] < 1 * NM).all(1)]
    flat = replace(flat, faces={"wall": end, "low": low})
    contacts = {
        "left": Side("x-", ("N",)),
        "magnet": Side("x-", ("F",)),
        "right": "wall",
        "top": Side(lambda p: (p[:, 2] > 7.9 * NM) & (p[:, 1] > 20 * NM)),
        "front": "low",
        "back": Side("y+", ("N", "F")),
    }
    mesh = layered([Level(5 * NM, "N"), Level(3 * NM, {"bar": "F"})], footprint=flat, contacts=contacts)
    found = {name: area(mesh, name) for name in mesh.faces}
    wanted = [40 * 5e-18, 40 * 3e-18, 40 * 5e-18, 20 * 20e-18, *2 * [60 * 5e-18 + 20 * 3e-18]]
    assert_allclose([found[name] for name in contacts], wanted, rtol=1e-12)
    mesh.check()


def test_contacts_that_cannot_be_made_are_told_together():
    """An empty contact would float in the solver."""
    with pytest.raises(InputError) as caught:
        layered(
            [Level(5 * NM, "N")],
            footprint=footprint(),
            contacts={
                "a": "x", "b": Side("x-", ("M",)), "c": lambda p: p[:, 2] > 1, "d": lambda p: p[:, 2], "e": "z+"
            },
        )  # fmt: skip
    message = str(caught.value)
    assert "contacts.a: got 'x', known: x+, x-, y+, y-, z+, z-. Did you mean 'x" in message
    assert "contacts.b: no region 'M', known: N" in message
    assert "contacts.c: no outer face there" in message
    assert "contacts.d: the function gives float64 (68,), allowed: bool (68,)" in message
    assert "contacts.e" not in message


def test_levels_and_footprints_are_checked():
    """A part misspelt is a region that silently is not there."""
    for make, message in (
        (lambda: layered([], footprint=footprint()), "levels: got none"),
        (lambda: layered([Level(NM, {"barr": "F"})], footprint=footprint()), "no part 'barr' .*Did you mean 'bar'"),
        (lambda: Level(-NM, "F"), "thickness: got -1e-09, allowed: a finite number > 0"),
        (lambda: Level(NM, "F", 0.0), "size: got 0"),
        (lambda: Level(NM, "F", NM, -1.0), "growth: got -1"),
        (
            lambda: layered([Level(NM, "F")], footprint=layered([Level(NM, "F")], footprint=footprint())),
            "got a mesh of",
        ),
    ):
        with pytest.raises(InputError, match=message):
            make()


def test_cells_are_fine_at_both_faces_of_a_level():
    """Grading at one end only, or cells twice as thick as asked for."""
    steps = np.diff(Level(20 * NM, "N", 0.5 * NM, 0.3).nodes)
    assert_allclose(steps.sum(), 20 * NM, rtol=1e-12)
    assert_allclose(steps, steps[::-1], rtol=1e-9)
    assert 0.4 * NM < steps[0] <= 0.5 * NM
    assert np.all(np.diff(Level(5 * NM, "N", 2 * NM, 0.1).nodes) <= 2.2 * NM)
    assert steps.max() > 3 * steps[0]
    assert np.all(steps[1:] / steps[:-1] < 1.4)
    assert len(Level(20 * NM, "N", 0.5 * NM).nodes) == 41
    assert len(Level(20 * NM, "N").nodes) == 2


def test_a_cross_section_has_columns_and_levels():
    """A region in the wrong column, or a mesh turned over: z is up."""
    columns = [("a", spaced(30 * NM, 10 * NM)), ("b", spaced(20 * NM, 5 * NM))]
    contacts = {"left": "x-", "top": "z+", "side": Side("x+", ("F",))}
    levels = [Level(5 * NM, "N", NM), Level(3 * NM, {"b": "F"}, NM)]
    mesh = cross_section(columns, levels, contacts=contacts, depth=10 * NM)
    assert (mesh.kind, mesh.plane) == ("quad", "xz")
    assert_allclose([volume(mesh, "N"), volume(mesh, "F")], [50 * 5 * 10e-27, 20 * 3 * 10e-27], rtol=1e-12)
    assert_allclose(areas(mesh, mesh.interfaces()["N", "F"]).sum(0), [0, 20 * 10e-18], atol=1e-30)
    assert_allclose([area(mesh, x) for x in contacts], [5 * 10e-18, 20 * 10e-18, 3 * 10e-18], rtol=1e-12)
    mesh.check()


def angles(mesh):
    """Of triangles (c, 3) [degrees]."""
    p = mesh.points[mesh.cells]
    edges = np.roll(p, -1, axis=1) - p
    unit = edges / np.linalg.norm(edges, axis=2, keepdims=True)
    return np.degrees(np.arccos(-np.einsum("cvd,cvd->cv", unit, np.roll(unit, 1, axis=1))))


@pytest.mark.parametrize("size", [2.0, 3.7, 6.0, 9.0, 14.0])
def test_triangles_follow_the_outlines_and_are_good(size):
    """Needles beside a boundary; a dot whose rim cuts through triangles: its area would be wrong."""
    shapes = {"strip": rectangle(200 * NM, 100 * NM), "dot": circle(30 * NM, size * NM, centre=(20 * NM, 5 * NM))}
    mesh = triangulate(shapes, size * NM)
    assert angles(mesh).min() > 20
    found = [mesh.volumes[mesh.regions[name]].sum() for name in ("strip", "dot")]
    assert_allclose(found, [(200 * 100 - np.pi * 900) * 1e-18, np.pi * 900e-18], rtol=1e-12)
    mean = mesh.volumes.mean() / (np.sqrt(3) / 4 * (size * NM) ** 2)
    assert 0.7 < mean < 1.2
    mesh.check()


def test_shapes_that_are_not_convex():
    """Triangles across the notch of an L."""
    corners = np.array([[0, 0], [60, 0], [60, 20], [20, 20], [20, 60], [0, 60]]) * NM
    mesh = triangulate({"L": corners}, 4 * NM)
    assert_allclose(mesh.volumes.sum(), (60 * 20 + 20 * 40) * 1e-18, rtol=1e-12)
    assert angles(mesh).min() > 20


def test_outlines_that_are_too_close_are_told():
    """A rim that silently is not there."""
    shapes = {"strip": rectangle(100 * NM, 62 * NM), "dot": circle(30 * NM, 10 * NM)}
    with pytest.raises(InputError, match=r"triangulate.size: \d+ of \d+ pieces of the outlines .* give a smaller one"):
        triangulate(shapes | {"bar": rectangle(100 * NM, 10 * NM)}, 10 * NM)


def test_a_footprint_may_come_from_a_file(tmp_path):
    """A drawing of Gmsh's, extruded without Gmsh."""
    drawn = triangulate({"strip": rectangle(90 * NM, 60 * NM), "dot": circle(15 * NM, 6 * NM)}, 6 * NM)
    write(drawn, tmp_path / "flat.vtu")
    flat = read(tmp_path / "flat.vtu")
    assert flat.plane == "xy"
    mesh = layered([Level(4 * NM, "N", NM), Level(NM, {"dot": "F"})], footprint=flat)
    assert_allclose(volume(mesh, "F"), np.pi * 225e-27, rtol=1e-9)


def test_a_million_cells_take_seconds():
    """A Python loop over cells or columns."""
    start = time.perf_counter()
    mesh = layered(
        [Level(20 * NM, "N", NM)], footprint=grid(spaced(1e-6, 8 * NM), spaced(1.1e-6, 8 * NM), kind="triangle")
    )
    assert len(mesh.cells) > 1_000_000
    assert time.perf_counter() - start < 20  # 1 s on a free core
