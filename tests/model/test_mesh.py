"""The record of a mesh: interfaces, volumes, and every fault that `check` tells."""

import time
from dataclasses import replace

import numpy as np
import pytest
from mesh_samples import KINDS, NM, areas, box, corners, joined, refused, sample, shuffled, volume
from numpy.testing import assert_allclose, assert_array_equal

from femsot.base.errors import InputError
from femsot.model.mesh import Level, Mesh, grid, layered, spaced
from femsot.model.mesh.facets import cell_facets, corner_quality, split_quads, split_wedges, volumes

#: [m^3] of N and F, [m^2] between them; the 2D ones with 7 nm of depth
SIZES = {2: (40 * 20 * 7e-27, 20 * 3 * 7e-27, 20 * 7e-18), 3: (40 * 14 * 20e-27, 20 * 14 * 3e-27, 20 * 14e-18)}


@pytest.mark.parametrize("kind", KINDS)
def test_volumes_and_interfaces_are_exact(kind):
    """A facet lost or counted twice, a normal from b to a, depth forgotten in 2D."""
    mesh = sample(kind)
    n, f, area = SIZES[mesh.dimension]
    assert_allclose([volume(mesh, "N"), volume(mesh, "F")], [n, f], rtol=1e-13)
    assert mesh.volumes.min() > 0
    (pair, rows), *rest = mesh.interfaces().items()
    assert pair == ("N", "F")
    assert not rest
    up = np.eye(mesh.dimension)[-1]
    assert_allclose(areas(mesh, rows).sum(0), area * up, rtol=1e-12, atol=1e-12 * area)
    assert_allclose(np.linalg.norm(areas(mesh, rows), axis=1).sum(), area, rtol=1e-12)
    mesh.check()


@pytest.mark.parametrize("kind", KINDS)
def test_facets_are_each_once_and_outward(kind):
    """An inner facet taken for an outer one: the closed surface of a device has no net area."""
    mesh = sample(kind)
    rows, cells = mesh.facets()
    outer = cells[:, 1] < 0
    assert 2 * len(rows) - outer.sum() == len(cell_facets(mesh.cells, kind))
    vectors = areas(mesh, rows)
    assert_allclose(vectors[outer].sum(0), 0, atol=1e-12 * np.abs(vectors).max())
    away = mesh.points[rows].mean(1) - mesh.centres(cells[:, 0])
    assert np.all(np.einsum("fd,fd->f", away, vectors) > 0)
    assert np.all(cells[~outer, 0] < cells[~outer, 1])


def test_a_hexahedron_with_bent_faces_has_its_trilinear_volume():
    """Gauss points that are not exact, or a volume of flat faces: against 4 x 4 x 4 points and numerical slopes."""
    points = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]])
    corners, points = points, points + np.random.default_rng(0).uniform(-0.3, 0.3, (8, 3))

    def place(s):
        return np.prod(np.where(corners == 1, s, 1 - s), axis=1) @ points

    nodes, weights = np.polynomial.legendre.leggauss(4)
    total = 0.0
    for i, j, k in np.ndindex(4, 4, 4):
        s = (1 + nodes[[i, j, k]]) / 2
        slopes = [(place(s + h) - place(s - h)) / 1.0 for h in np.eye(3) / 2]  # exact: linear along each axis
        total += np.prod(weights[[i, j, k]]) / 8 * np.linalg.det(slopes)
    assert_allclose(volumes(points, np.arange(8)[None], "hexahedron"), total, rtol=1e-12)


def test_quality_does_not_see_the_aspect_ratio():
    """Thin layers refused as slivers."""
    footprint = grid(spaced(500 * NM, 100 * NM), spaced(500 * NM, 100 * NM), kind="triangle")
    thin = layered([Level(0.1 * NM, "film")], footprint=footprint)
    assert corner_quality(thin.points, thin.cells, "tetra").max(1).min() > 0.5
    thin.check()
    cubes = layered([Level(3 * NM, "film")], footprint=grid(spaced(6 * NM, 3 * NM), spaced(6 * NM, 3 * NM)))
    assert_allclose(corner_quality(cubes.points, cubes.cells, "hexahedron"), 1)


@pytest.mark.parametrize("seed", range(3))
def test_prisms_are_split_alike_on_both_sides(seed):
    """A diagonal chosen by position in the cell: neighbours then disagree, and inner faces look like outer ones."""
    footprint = grid(np.arange(5.0) * NM, np.arange(4.0) * NM, kind="triangle")
    per, cells = len(footprint.points), footprint.cells
    prisms = np.concatenate([np.concatenate([cells + i * per, cells + (i + 1) * per], axis=1) for i in range(3)])
    number = np.random.default_rng(seed).permutation(4 * per)
    points = np.empty((4 * per, 3))
    points[number, :2] = np.tile(footprint.points, (4, 1))
    points[number, 2] = np.repeat(np.arange(4), per) * NM
    tets = split_wedges(number[prisms])
    assert_allclose(volumes(points, tets, "tetra").min(), NM**3 / 6, rtol=1e-9)
    mesh = Mesh(points, tets, "tetra", {"film": np.arange(len(tets))})
    rows, owners = mesh.facets()
    outside = areas(mesh, rows[owners[:, 1] < 0])
    assert_allclose(np.linalg.norm(outside, axis=1).sum(), 2 * (12 + 12 + 9) * NM**2, rtol=1e-12)
    sides = np.concatenate([prisms[:, [0, 1, 4, 3]], prisms[:, [1, 2, 5, 4]], prisms[:, [2, 0, 3, 5]]])
    known = {tuple(sorted(row)) for row in rows.tolist()}
    assert all(tuple(sorted(row)) in known for row in split_quads(number[sides]).tolist())


def test_shapes_kinds_and_names_are_checked_when_the_record_is_made():
    """A mesh that fails somewhere inside the solver instead."""
    mesh = sample("tetra")
    for changed, message in (
        ({"kind": "wedge"}, "kind: got 'wedge', allowed: triangle, quad, tetra, hexahedron"),
        ({"plane": "xz"}, "plane: got 'xz' for cells that are a tetra, allowed: xyz"),
        ({"periodic": ("w",)}, "periodic: got w, allowed: x, y, z"),
        ({"depth": -1.0}, "depth: got -1, allowed: a finite number > 0"),
        ({"cells": mesh.cells[:, :3]}, r"cells: got shape \(\d+, 3\), allowed: one or more rows of 4"),
        ({"cells": mesh.cells + 50}, r"cells: got vertex number \d+, allowed: 0 to \d+"),
        ({"points": mesh.points * np.nan}, r"points: (\d+) of \1 points are not finite"),
        ({"faces": {"N": mesh.faces["left"]}}, "faces: 'N' is the name of a region too"),
        ({"regions": {"N": mesh.regions["N"]}}, r"72 of \d+ cells are in no region, the first at \(.*\) nm"),
        ({"regions": {**mesh.regions, "G": mesh.regions["F"]}}, "cells are in more than one region"),
        ({"regions": {**mesh.regions, "G": []}}, "regions: 'G' has no cells"),
        ({"regions": {"N": [10**6]}}, "regions: got a cell number outside 0 to"),
    ):
        with pytest.raises(InputError, match=message):
            replace(mesh, **changed)


def test_the_arrays_of_a_mesh_cannot_be_written_to():
    """A solver that renumbers in place spoils the device of its user."""
    with pytest.raises(ValueError, match="read-only"):
        sample("quad").cells[0, 0] = 3


@pytest.mark.parametrize("kind", KINDS)
def test_turned_cells_are_told(kind):
    """Negative volumes that reach the assembly."""
    refused(shuffled(sample(kind), np.random.default_rng(1)), r"cells: \d+ of \d+ are left-handed.* at \(.*\) nm")


@pytest.mark.parametrize("kind", ["quad", "hexahedron"])
def test_tangled_cells_are_told(kind):
    """A cell that is turned over at some corners only."""
    mesh = sample(kind)
    cells = mesh.cells.copy()
    cells[3, :2] = cells[3, 1::-1]
    refused(replace(mesh, cells=cells, faces={}), "cells: 1 of .* are tangled")


@pytest.mark.parametrize("kind", KINDS)
def test_slivers_are_told_with_their_place(kind):
    """A cell without volume makes the matrix singular far from its cause."""
    mesh = sample(kind)
    points = mesh.points.copy()
    cell = mesh.cells[7]
    a, b = points[cell[0]], points[cell[1]]
    points[cell[-1]] = (a + b) / 2 if mesh.dimension == 2 else (a + b + points[cell[2]]) / 3
    refused(replace(mesh, points=points), r"are (slivers without volume|tangled)")


def test_duplicate_cells_are_told():
    """Cells written twice, as Gmsh 2.2 does for a cell in two physical groups."""
    mesh = sample("hexahedron")
    cells = np.concatenate([mesh.cells, mesh.cells[:2]])
    regions = {"N": np.append(mesh.regions["N"], [len(mesh.cells), len(mesh.cells) + 1]), "F": mesh.regions["F"]}
    refused(replace(mesh, cells=cells, regions=regions), "cells: 2 of .* are duplicates of others")


def test_three_cells_on_one_face_are_told():
    """Cells that overlap: no conforming mesh."""
    mesh = sample("triangle")
    rows, owners = mesh.facets()
    a, b = rows[owners[:, 1] >= 0][0]
    along = mesh.points[b] - mesh.points[a]
    point = (mesh.points[a] + mesh.points[b]) / 2 + 0.3 * np.array([-along[1], along[0]])
    cells = np.append(mesh.cells, [[a, b, len(mesh.points)]], axis=0)
    regions = {"N": np.append(mesh.regions["N"], len(mesh.cells)), "F": mesh.regions["F"]}
    more = replace(mesh, points=np.append(mesh.points, [point], axis=0), cells=cells, regions=regions)
    refused(more, "cells: 1 faces belong to more than two cells")


@pytest.mark.parametrize("kind", KINDS)
def test_contacts_inside_the_device_are_told(kind):
    """A contact drawn on an interface would take current out of the middle of the device."""
    mesh = sample(kind)
    inner = mesh.interfaces()["N", "F"]
    refused(
        replace(mesh, faces={"wrong": inner}),
        rf"faces.wrong: {len(inner)} of {len(inner)} are inside the device, between 'N' and 'F', .*need no name",
    )


def test_contacts_that_are_no_faces_or_overlap_are_told():
    """A contact that never touches the device, or one face with two voltages."""
    mesh = sample("tetra")
    left = mesh.faces["left"]
    far = np.array([[left[0, 0], left[0, 1], mesh.faces["top"][0, 0]]])
    refused(replace(mesh, faces={"odd": far}), r"faces.odd: 1 of 1 are no face of a cell, the first at \(")
    refused(replace(mesh, faces={"left": left, "more": left[:3, ::-1]}), "faces.more: 3 of 3 belong to 'left' too")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [3.0, 4.0, 11.0])
def test_surfaces_that_do_not_match_are_told(kind, size):
    """Two regions meshed apart: nothing would cross the interface, and nobody would see why."""
    low = box(kind, "low", low=corners(kind, 0, 0, 0), high=corners(kind, 30, 30, 10), size=5)
    high = box(kind, "high", low=corners(kind, 6, 6, 10), high=corners(kind, 28, 28, 21), size=size)
    message = r"interfaces: \d+ outer faces lie on faces .* between 'low' and 'high', the first at \(.*\) nm; mesh all"
    refused(joined(low, high), message)


def test_the_other_diagonal_does_not_match():
    """Two triangulations of the same squares share every vertex and no face."""
    low = box("tetra", "low", low=(0, 0, 0), high=(25, 20, 5), size=5)
    turned = replace(low, points=low.points * [-1, 1, 1] + [25 * NM, 0, 5 * NM])
    turned = replace(turned, cells=turned.cells[:, [0, 2, 1, 3]], regions={"high": turned.regions["low"]})
    both = joined(low, turned)
    points, inverse = np.unique(np.round(both.points / NM, 6), axis=0, return_inverse=True)
    merged = replace(both, points=points * NM, cells=inverse.ravel()[both.cells])
    refused(merged, "outer faces lie on faces of other cells without matching them")


def test_neighbours_with_a_gap_are_no_fault():
    """A real gap taken for surfaces that do not match."""
    low = box("hexahedron", "low", low=(0, 0, 0), high=(30, 30, 10), size=5)
    high = box("hexahedron", "high", low=(5, 5, 11), high=(25, 25, 20), size=4)
    both = joined(low, high)
    top = replace(both, faces={"a": _bottom(low), "b": _bottom(high) + len(low.points)})
    top.check()


def _bottom(mesh):
    rows, cells = mesh.facets()
    z = mesh.points[rows][..., 2]
    return rows[(cells[:, 1] < 0) & np.all(z == z.min(), axis=1)]


def test_pieces_that_touch_nothing_are_told():
    """An island: its potential is undetermined."""
    low = box("hexahedron", "low", low=(0, 0, 0), high=(30, 30, 10), size=5)
    island = box("hexahedron", "island", low=(5, 5, 20), high=(25, 25, 30), size=5)
    both = replace(joined(low, island), faces={"a": _bottom(low)})
    refused(
        both, r"regions.island: a piece of 32 cells touches no other region and no contact, the first at \(7.5, 7.5"
    )
    low.check()  # alone it is no island


def test_sizes_of_no_device_are_told():
    """Metres taken for nanometres: 1e9 times the resistance."""
    mesh = sample("quad")
    for factor, found in ((1e9, "40 m"), (1e-9, "4e-08 nm"), (1e12, "40 km")):
        refused(replace(mesh, points=mesh.points * factor), f"device is {found} large, allowed: 2 nm to 10 mm")


def test_periodic_sides_must_match():
    """Opposite sides that cannot be made one."""
    mesh = replace(sample("hexahedron"), faces={})
    replace(mesh, periodic=("y",)).check()
    refused(replace(mesh, periodic=("x",)), "periodic: 'x': 8 faces on one side, 14 on the other, 0 without a partner")
    points = mesh.points.copy()
    inner = (points[:, 1] > 13 * NM) & (points[:, 0] > 9 * NM) & (points[:, 0] < 11 * NM) & (points[:, 2] < 19 * NM)
    points[inner & (points[:, 2] > 1 * NM), 0] += NM
    refused(replace(mesh, points=points, periodic=("y",)), "periodic: 'y': .* without a partner of the same region")
    with_contact = replace(sample("hexahedron"), periodic=("x",))
    refused(with_contact, "faces.left: 8 of 8 lie on the periodic sides of 'x', allowed: none")


def test_interfaces_of_many_cells_take_little_time():
    """Python over cells, or np.unique over rows."""
    footprint = grid(spaced(400 * NM, 4 * NM), spaced(400 * NM, 4 * NM), kind="triangle")
    start = time.perf_counter()
    mesh = layered([Level(5 * NM, name, NM) for name in "ABCD"], footprint=footprint, contacts={"left": "x-"})
    assert len(mesh.cells) == 1_200_000
    found = mesh.interfaces()
    assert time.perf_counter() - start < 30  # 2 s on a free core
    assert [len(found[pair]) for pair in (("A", "B"), ("B", "C"), ("C", "D"))] == [20_000] * 3
    assert len(found) == 3


@pytest.mark.parametrize("kind", KINDS)
def test_the_order_of_regions_names_the_interface(kind):
    """ "b|a" after "a|b": the normal of a law would point the wrong way."""
    mesh = sample(kind)
    swapped = replace(mesh, regions=dict(reversed(mesh.regions.items())))
    rows, turned = mesh.interfaces()["N", "F"], swapped.interfaces()["F", "N"]
    assert_array_equal(
        np.sort(rows, axis=1)[np.lexsort(np.sort(rows, axis=1).T)],
        np.sort(turned, axis=1)[np.lexsort(np.sort(turned, axis=1).T)],
    )
    assert_allclose(areas(swapped, turned).sum(0), -areas(mesh, rows).sum(0), atol=1e-12 * NM**2)
