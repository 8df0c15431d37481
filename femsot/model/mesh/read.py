"""A mesh from any file that meshio reads, brought into the order that `Mesh` asks for."""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from femsot.base.errors import Checks
from femsot.base.quantities import Array

from .check import check_size
from .facets import REVERSED, groups, split_quads, split_wedges, volumes
from .layered import used
from .raw import KINDS, load, named
from .record import PLANES, Mesh

Groups = dict[str, Array]


def read(
    path: str | os.PathLike[str],
    *,
    length_unit: float = 1e-9,
    plane: str | None = None,
    depth: float | None = None,
    periodic: tuple[str, ...] = (),
) -> Mesh:
    """The mesh of a file (.msh 2.2 and 4.1, .vtu, .xdmf, whatever meshio reads), checked; docs/meshes.md.

    `length_unit` is that of the file's coordinates [m]. A 2D mesh lies in one coordinate plane, which gives `plane`;
    "xz" given for a mesh drawn in x and y takes its y for z. Cells are turned right-handed, coincident points merged,
    unused ones dropped, prisms split into tetrahedra. Raises InputError.
    """
    checks = Checks(f"mesh {Path(path).name}")
    checks.positive(length_unit=length_unit, depth=depth)
    if plane is not None and plane not in PLANES:
        checks.fail("plane", allowed=", ".join(PLANES), value=repr(plane))
    checks.done()
    raw = load(Path(path))
    top = _top(raw, checks)
    points, number = _merged(np.asarray(raw.points, dtype=float) * length_unit, _blocks(raw, top))
    kind, cells, regions = _regions(raw, top, number)
    faces = _faces(raw, top, number)
    points, cells, number = used(points, cells)
    faces = {name: number[rows] for name, rows in faces.items() if not _is_interface(name, regions)}
    check_size(points, length_unit, checks)
    points, plane = _flat(points, top, plane, checks=checks)
    if depth is not None and top == 3:
        checks.fail("depth", "given for a mesh in 3D", "in 2D only")
    lost = [name for name, rows in faces.items() if rows.min() < 0]
    for name in lost:
        checks.fail(f"faces.{name}", "some of its faces have vertices that belong to no cell")
    checks.done()
    turned = volumes(points, cells, kind) < 0
    cells[turned] = cells[turned][:, REVERSED[kind]]
    mesh = Mesh(points, cells, kind, regions, faces, plane, 1.0 if depth is None else depth, periodic)
    mesh.check()
    return mesh


def _top(raw: Any, checks: Checks) -> int:
    """The dimension of the mesh, 2 or 3."""
    kinds = {block.type for block in raw.cells if len(block.data)}
    others = sorted(kinds - set(KINDS))
    top = max((KINDS.get(x, 0) for x in kinds), default=0)
    wanted = sorted(x for x in kinds if KINDS.get(x, 0) == top)
    allowed = ", ".join(x for x, d in KINDS.items() if d > 1)
    if others:
        curved = any(c.isdigit() for x in others for c in x)
        hint = (
            "; mesh with first order (Gmsh: Mesh.ElementOrder = 1), for second-order potentials too" if curved else ""
        )
        checks.fail("cells", allowed=f"{allowed}{hint}", value=", ".join(others))
    elif top < 2:
        checks.fail("cells", allowed=allowed, value=", ".join(kinds) or "none")
    elif len(wanted) > 1 and set(wanted) != {"tetra", "wedge"}:
        checks.fail("cells", "in one mesh", "one kind, or tetra with wedge", value=" and ".join(wanted))
    checks.done()
    return top


def _blocks(raw: Any, dimension: int) -> list[Array]:
    return [np.asarray(x.data, dtype=np.int64) for x in raw.cells if KINDS[x.type] == dimension and len(x.data)]


def _merged(points: Array, blocks: list[Array]) -> tuple[Array, Array]:
    """Points where coincident ones are one, and the new number of each old point.

    Coincident: closer than 1e-3 of the shortest edge, and than 1e-6 of the whole.
    """
    extent = np.ptp(points, axis=0).max()
    shortest = extent
    for block in blocks:
        for a, b in itertools.combinations(block.T, 2):
            edges = np.linalg.norm(points[a] - points[b], axis=1)
            shortest = min(shortest, np.min(edges, where=edges > 1e-12 * extent, initial=np.inf))
    pairs = cKDTree(points).query_pairs(min(1e-3 * shortest, 1e-6 * extent), output_type="ndarray")
    if not len(pairs):
        return points, np.arange(len(points))
    graph = coo_array((np.ones(len(pairs), bool), tuple(pairs.T)), shape=(len(points),) * 2)
    _, number = connected_components(graph, directed=False)
    _, first = np.unique(number, return_index=True)
    return points[first], number


def _regions(raw: Any, top: int, number: Array) -> tuple[str, Array, Groups]:
    """Kind, cells (c, v) and regions; prisms are split."""
    cells, starts, count, kind = [], {}, 0, ""
    for i, block in enumerate(raw.cells):
        if KINDS[block.type] == top and len(block.data):
            rows = number[np.asarray(block.data, dtype=np.int64)]
            kind = "tetra" if block.type == "wedge" else block.type
            cells.append(split_wedges(rows) if block.type == "wedge" else rows)
            starts[i] = count
            count += len(cells[-1])
    regions = {}
    for name, chosen in named(raw).items():
        parts = [np.zeros(0, dtype=np.int64)]
        for i, start in starts.items():
            pieces = np.arange(3 if raw.cells[i].type == "wedge" else 1)
            parts.append(start + (chosen[i][:, None] * len(pieces) + pieces).ravel())
        found = np.unique(np.concatenate(parts))
        if len(found):
            regions[name] = found
    return kind, np.concatenate(cells), regions


def _faces(raw: Any, top: int, number: Array) -> Groups:
    """Named faces, each once; quadrilaterals of prisms are split as the prisms are."""
    prisms = any(block.type == "wedge" for block in raw.cells)
    faces = {}
    for name, chosen in named(raw).items():
        parts = []
        for block, cells in zip(raw.cells, chosen, strict=True):
            if KINDS[block.type] == top - 1 and len(cells):
                rows = number[np.asarray(block.data, dtype=np.int64)[cells]]
                parts.append(split_quads(rows) if prisms and block.type == "quad" else rows)
        if parts:
            rows = np.concatenate(parts)
            order, start = groups(rows, len(number))
            faces[name] = rows[np.sort(order[start])]
    return faces


def _is_interface(name: str, regions: Groups) -> bool:
    """A group "A|B" of two regions: said already by the regions."""
    sides = name.split("|")
    return len(sides) == 2 and set(sides) <= set(regions)


def _flat(points: Array, top: int, plane: str | None, *, checks: Checks) -> tuple[Array, str]:
    """Coordinates in the plane of a 2D mesh, and the plane."""
    points = np.concatenate([points, np.zeros((len(points), 3 - points.shape[1]))], axis=1)
    if top == 3:
        if plane not in (None, "xyz"):
            checks.fail("plane", "for a mesh in 3D", "xyz, or left out", value=repr(plane))
        return points, "xyz"
    spread = np.ptp(points, axis=0)
    constant = [i for i in range(3) if spread[i] <= 1e-9 * spread.max()]
    if not constant:
        text = " x ".join(f"{x * 1e9:.4g}" for x in spread)
        checks.fail("points", f"the 2D cells lie in no coordinate plane (extents {text} nm)", "flat meshes")
    elif plane == "xyz" or (plane is None and 0 in constant):
        checks.fail("plane", "for a 2D mesh", "xz (cross-section), xy (film)", value=str(plane or "yz"))
    checks.done()
    axes = [i for i in range(3) if i != constant[-1]]
    return points[:, axes], plane or {1: "xz", 2: "xy"}[constant[-1]]
