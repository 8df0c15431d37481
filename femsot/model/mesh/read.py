"""A mesh from any file that can be read, brought into the order that `Mesh` asks for."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from femsot.base.errors import Caution, Checks, Fault, InputError
from femsot.base.quantities import Array

from .by_meshio import check_regular, load, raw_of
from .check import check_size
from .facets import REVERSED, groups, split_hexahedra, split_pyramids, split_quads, split_wedges, volumes
from .layered import without_unused
from .msh import read_msh
from .raw import KINDS, Raw
from .record import PLANES, Mesh

Groups = dict[str, Array]

#: how cells of several kinds in one mesh become cells of one kind, and how many each gives
SPLIT: dict[str, tuple[str, int, Callable[[Array], Array]]] = {
    "triangle": ("triangle", 1, np.asarray),
    "quad": ("triangle", 2, split_quads),
    "tetra": ("tetra", 1, np.asarray),
    "wedge": ("tetra", 3, split_wedges),
    "pyramid": ("tetra", 2, split_pyramids),
    "hexahedron": ("tetra", 6, split_hexahedra),
}


CURVED = "{} cells and faces are of second order: their corners are kept, curved sides become straight"
#: cells that stay what they are
SIMPLEX = {2: "triangle", 3: "tetra"}


@dataclass(frozen=True)
class Placing:
    """What is said of a mesh beside its cells."""

    length_unit: float = 1.0  #: [m]
    plane: str | None = None
    depth: float | None = None  #: [m]
    periodic: tuple[str, ...] = ()

    def check(self, checks: Checks) -> None:
        """Raise InputError with what is wrong by itself."""
        checks.positive(length_unit=self.length_unit, depth=self.depth)
        if self.plane is not None and self.plane not in PLANES:
            checks.fail("plane", allowed=", ".join(PLANES), value=repr(self.plane))
        checks.done()


def read(  # noqa: PLR0913 -- each is a key of [mesh] by itself
    path: str | os.PathLike[str],
    *,
    length_unit: float = 1e-9,
    plane: str | None = None,
    depth: float | None = None,
    periodic: tuple[str, ...] = (),
    ignore: tuple[str, ...] = (),
) -> Mesh:
    """Return the mesh of a file, checked: docs/meshes.md.

    Cells are turned right-handed, coincident points merged, unused ones dropped; cells of several kinds, prisms and
    pyramids are split into triangles or tetrahedra; of cells of second order the corners are kept.

    Parameters
    ----------
    path : .msh (2.2 or 4.1), .vtu, .vtk, .xdmf, or whatever else meshio reads.
    length_unit : of the file's coordinates [m].
    plane : of a 2D mesh, which lies in one coordinate plane; "xz" for one drawn in x and y takes its y for z.
    depth : extent of a 2D mesh along its uniform direction [m].
    periodic : of "x", "y", "z", directions in which opposite sides are one.
    ignore : names of faces or of groups to forget, such as surfaces inside the device.

    Raises
    ------
    InputError
        If the file cannot be read, or with every fault of the mesh.
    """
    place = Path(path)
    checks = Checks(f"mesh {place.name}")
    placing = Placing(length_unit, plane, depth, periodic)
    placing.check(checks)
    try:
        check_regular(place)
        raw = read_msh(place) if place.suffix.lower() == ".msh" else raw_of(load(place))
    except OSError as error:
        raise InputError(Fault(str(path), f"cannot be read: {error.strerror or 'damaged'}")) from None
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        raise InputError(Fault(repr(str(path)), "is no path of a file")) from None
    raw.forget(ignore, checks)
    return from_raw(raw, placing, checks)


def from_raw(raw: Raw, placing: Placing, checks: Checks) -> Mesh:
    """Return the mesh of these cells and groups, checked. Raise InputError with every fault."""
    top, kind = _top(raw, checks)
    raw = _corners(raw)
    raw.check(checks)
    points = raw.points * placing.length_unit
    check_size(points, placing.length_unit, checks)
    checks.done()
    points, number = _merged(points, [rows for name, rows in raw.blocks if KINDS[name] == top])
    cells, regions = _regions(raw, kind, number)
    faces = _faces(raw, kind, number)
    points, cells, number = without_unused(points, cells)
    faces = {name: number[rows] for name, rows in faces.items() if not _is_interface(name, regions)}
    points, plane = _flat(points, top, placing.plane, checks=checks)
    if placing.depth is not None and top == 3:
        checks.fail("depth", "given for a mesh in 3D", "in 2D only")
    for name in [name for name, rows in faces.items() if rows.min() < 0]:
        checks.fail(f"faces.{name}", "some of its faces have vertices that belong to no cell")
    checks.done()
    turned = volumes(points, cells, kind) < 0
    cells[turned] = cells[turned][:, REVERSED[kind]]
    depth = 1.0 if placing.depth is None else placing.depth
    cautions = (Caution("mesh", CURVED.format(raw.curved), kind="second-order-cells"),) if raw.curved else ()
    mesh = Mesh(points, cells, kind, regions, faces, plane, depth, placing.periodic, cautions)
    mesh.check()
    return mesh


def _top(raw: Raw, checks: Checks) -> tuple[int, str]:
    """Return the dimension of the mesh, 2 or 3, and the kind of cell that it will have."""
    kinds = {kind for kind, rows in raw.blocks if len(rows)}
    others = sorted(kinds - set(KINDS))
    top = max((KINDS.get(kind, 0) for kind in kinds), default=0)
    wanted = sorted(kind for kind in kinds if KINDS.get(kind, 0) == top)
    allowed = ", ".join(kind for kind, dimension in KINDS.items() if dimension > 1)
    if others:
        hint = "mesh with first order (Gmsh: Mesh.ElementOrder = 1), for second-order potentials too"
        checks.fail("cells", "", f"{allowed}, of first or second order", hint, value=", ".join(others))
    elif top < 2:
        checks.fail("cells", allowed=allowed, value=", ".join(sorted(kinds)) or "none")
    checks.done()
    alone = len(wanted) == 1 and wanted[0] not in ("wedge", "pyramid")
    return top, wanted[0] if alone else SPLIT[wanted[0]][0]


def _corners(raw: Raw) -> Raw:
    """Return the same without empty blocks and without points that no cell has, such as mid-side nodes and centres."""
    keep = np.zeros(len(raw.points), dtype=bool)
    for _, rows in raw.blocks:
        keep[rows[(rows >= 0) & (rows < len(keep))]] = True
    number = np.where(keep, np.cumsum(keep) - 1, -1)
    blocks = []
    for kind, rows in raw.blocks:
        inside = (rows >= 0) & (rows < len(keep))
        blocks.append((kind, np.where(inside, number[np.where(inside, rows, 0)] if len(number) else -1, -1)))
    points = np.pad(raw.points[keep], ((0, 0), (0, max(3 - raw.points.shape[1], 0))))
    return Raw(points, blocks, raw.groups, raw.curved)


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


def _regions(raw: Raw, kind: str, number: Array) -> tuple[Array, Groups]:
    """Return cells (c, v) of one kind, each once, and regions.

    Gmsh 2.2 writes a cell once for each of its groups: it is one cell, in all of them.
    """
    rows = []
    starts = {}
    pieces = {}
    count = 0
    for i, (name, cells) in enumerate(raw.blocks):
        if KINDS[name] != KINDS[kind] or not len(cells):
            continue
        _, pieces[i], split = SPLIT[name if name != kind else SIMPLEX[KINDS[kind]]]
        rows.append(split(number[cells]))
        starts[i] = count
        count += len(rows[-1])
    every = np.concatenate(rows)
    order, start = groups(every, len(number))
    firsts = np.empty(count, dtype=np.int64)
    firsts[order] = np.minimum.reduceat(order, np.flatnonzero(start))[np.cumsum(start) - 1]
    unique, same = np.unique(firsts, return_inverse=True)
    regions = {}
    for (name, dimension), parts in raw.groups.items():
        if dimension == KINDS[kind]:
            chosen = [starts[i] + (x[:, None] * pieces[i] + np.arange(pieces[i])).ravel() for i, x in parts.items()]
            regions[name] = np.unique(same[np.concatenate(chosen)])
    return every[unique], regions


def _faces(raw: Raw, kind: str, number: Array) -> Groups:
    """Return named faces, each once; quadrilaterals of cells that are split are split alike."""
    faces = {}
    for (name, dimension), parts in raw.groups.items():
        if dimension == KINDS[kind] - 1:
            rows = []
            for i, chosen in parts.items():
                cells = number[raw.blocks[i][1][chosen]]
                rows.append(split_quads(cells) if kind == "tetra" and cells.shape[1] == 4 else cells)
            together = np.concatenate(rows)
            order, start = groups(together, len(number))
            faces[name] = together[np.sort(order[start])]
    return faces


def _is_interface(name: str, regions: Groups) -> bool:
    """A group "A|B" of two regions: said already by the regions."""
    sides = name.split("|")
    return len(sides) == 2 and set(sides) <= set(regions)


def _flat(points: Array, top: int, plane: str | None, *, checks: Checks) -> tuple[Array, str]:
    """Coordinates in the plane of a 2D mesh, and the plane."""
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
