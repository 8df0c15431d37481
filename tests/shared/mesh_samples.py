"""Small two-region meshes of every kind of cell, and ways to spoil them."""

import itertools

import numpy as np
import pytest

from femsot.base.errors import InputError
from femsot.model.mesh import Level, Mesh, Side, grid, layered, spaced

NM = 1e-9
KINDS = ("triangle", "quad", "tetra", "hexahedron")
#: vertex orders that give the same cell, turned over or not
CUBE = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]])


def sample(kind):
    """20 nm of "N" below, 3 nm of "F" on the half x > 20 nm; contacts "left" (N alone) and "top" (F alone)."""
    if kind in ("triangle", "quad"):
        x, z = spaced(40 * NM, 5 * NM), np.concatenate([spaced(20 * NM, 4 * NM), (20 + spaced(3, 1)[1:]) * NM])

        def parts(centre):
            return np.where(centre[:, 1] < 20 * NM, "N", np.where(centre[:, 0] > 20 * NM, "F", ""))

        flat = grid(x, z, kind=kind, parts=parts, plane="xz")
        left = np.flatnonzero(flat.points[:, 0] == 0)
        top = np.flatnonzero(flat.points[:, 1] >= 22.999 * NM)
        faces = {name: np.stack([ends[:-1], ends[1:]], axis=1) for name, ends in (("left", left), ("top", top))}
        return Mesh(flat.points, flat.cells, kind, flat.regions, faces, "xz", 7 * NM)
    flat = {"tetra": "triangle", "hexahedron": "quad"}[kind]

    def half(centre):
        return np.where(centre[:, 0] > 20 * NM, "magnet", "rest")

    footprint = grid(spaced(40 * NM, 10 * NM), spaced(14 * NM, 7 * NM), kind=flat, parts=half)
    levels = [Level(20 * NM, "N", 5 * NM), Level(3 * NM, {"magnet": "F"}, 1 * NM)]
    contacts = {"left": Side("x-", ("N",)), "top": Side("z+", ("F",))}
    return layered(levels, footprint=footprint, contacts=contacts)


def orders(kind):
    """Every order of a cell's vertices that is the same cell, right-handed or not."""
    if kind in ("triangle", "tetra"):
        return list(itertools.permutations(range(3 if kind == "triangle" else 4)))
    if kind == "quad":
        turns = [[(i + j) % 4 for j in range(4)] for i in range(4)]
        return turns + [turn[::-1] for turn in turns]
    found = []
    for axes, flips in itertools.product(itertools.permutations(range(3)), itertools.product((0, 1), repeat=3)):
        corners = np.abs(CUBE[:, axes] - flips)
        found.append([int(np.flatnonzero((corner == CUBE).all(1))[0]) for corner in corners])
    return found


def shuffled(mesh, rng):
    """The same mesh with points, cells, faces and the vertices of each at random, turned over or not."""
    number = rng.permutation(len(mesh.points))
    points = np.empty_like(mesh.points)
    points[number] = mesh.points
    order = rng.permutation(len(mesh.cells))
    choices = np.array(orders(mesh.kind))
    chosen = choices[rng.integers(len(choices), size=len(order))]
    cells = np.take_along_axis(number[mesh.cells[order]], chosen, axis=1)
    back = np.argsort(order)
    regions = {name: back[cells_of] for name, cells_of in reversed(mesh.regions.items())}
    faces = {name: number[rng.permutation(rows)][:, ::-1] for name, rows in mesh.faces.items()}
    return Mesh(points, cells, mesh.kind, regions, faces, mesh.plane, mesh.depth)


def areas(mesh, rows):
    """The vector area of each facet (f, d): its size times its normal."""
    p = mesh.points[rows]
    if mesh.dimension == 2:
        edge = p[:, 1] - p[:, 0]
        return mesh.depth * np.stack([edge[:, 1], -edge[:, 0]], axis=1)
    if rows.shape[1] == 3:
        return np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]) / 2
    return np.cross(p[:, 2] - p[:, 0], p[:, 3] - p[:, 1]) / 2


def volume(mesh, region):
    """[m^3]"""
    return mesh.volumes[mesh.regions[region]].sum()


def joined(one, two):
    """Two meshes of one kind in one record, sharing no vertex."""
    points, count = len(one.points), len(one.cells)
    regions = dict(one.regions) | {name: cells + count for name, cells in two.regions.items()}
    faces = dict(one.faces) | {name: rows + points for name, rows in two.faces.items()}
    cells = np.concatenate([one.cells, two.cells + points])
    both = np.concatenate([one.points, two.points])
    return Mesh(both, cells, one.kind, regions, faces, one.plane, one.depth)


def refused(mesh, message):
    with pytest.raises(InputError, match=message):
        mesh.check()


def box(kind, name, *, low, high, size):
    """A box (or rectangle in xz) of one region between two corners, with cells of about `size`; all in nm."""
    nodes = [(a + spaced(b - a, size)) * NM for a, b in zip(low, high, strict=True)]
    if kind in ("triangle", "quad"):
        return grid(*nodes, kind=kind, parts=name, plane="xz")
    footprint = grid(*nodes[:2], kind={"tetra": "triangle", "hexahedron": "quad"}[kind])
    level = Level((high[2] - low[2]) * NM, name, size * NM)
    return layered([level], footprint=footprint, bottom=low[2] * NM)


def corners(kind, *numbers):
    """Low and high corners in the mesh's dimension."""
    return tuple(numbers) if kind in ("tetra", "hexahedron") else (numbers[0], numbers[2])
