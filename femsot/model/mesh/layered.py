"""Layered meshes: a footprint drawn once, extruded through the levels of a device."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from femsot.base.errors import Checks, Fault, InputError, did_you_mean
from femsot.base.quantities import Array, Length, Number

from .facets import matches, split_wedges
from .grading import growing, spaced
from .record import Mesh

Where = str | Callable[[Array], Array]
SIDES = ("x-", "x+", "y-", "y+", "z-", "z+")


@dataclass(frozen=True, eq=False)
class Level:
    """One level of a layered device, as thick everywhere."""

    thickness: Length
    #: one region over the whole footprint, or footprint region -> region; footprint regions left out are empty here
    regions: str | Mapping[str, str]
    size: Length | None = None  #: largest thickness of the cells at bottom and top of the level, default: one cell
    growth: Number = 0.0  #: cells grow by this share of their distance to an end, such as 0.3, to 4 sizes

    def __post_init__(self) -> None:
        checks = Checks(f"level {self.regions!r}")
        checks.positive(thickness=self.thickness, size=self.size)
        checks.nonnegative(growth=self.growth)
        checks.done()

    @property
    def nodes(self) -> Array:
        """From 0 to the thickness [m]."""
        size = min(float(self.thickness), float(self.thickness if self.size is None else self.size))
        if self.growth == 0 or 2 * size >= self.thickness:
            return spaced(float(self.thickness), size)
        return growing(float(self.thickness), size, float(self.growth))


@dataclass(frozen=True)
class Side:
    """Which outer faces make a contact."""

    #: a side of the bounding box, "x-", "x+", "y-", ...; the name of an outer edge of the footprint;
    #: or a function of face centres (f, 3) [m] that is true on the contact
    where: Where
    regions: tuple[str, ...] = ()  #: only faces of these regions, default: all


def layered(
    levels: Sequence[Level],
    *,
    footprint: Mesh,
    contacts: Mapping[str, Where | Side] | None = None,
    bottom: float = 0.0,
    periodic: tuple[str, ...] = (),
) -> Mesh:
    """Return a footprint extruded through levels: tetrahedra of triangles, hexahedra of quads.

    The order of regions is that in which they appear from the bottom. Prisms are split into three tetrahedra each,
    conformingly.

    Parameters
    ----------
    levels : from the bottom upwards.
    footprint : a 2D mesh in the plane "xy".
    contacts : outer faces by the names that they get.
    bottom : height of the lowest level [m].
    periodic : directions of space, "x" and "y", along which the device repeats.

    Raises
    ------
    InputError
        For a level, a contact or a mesh that cannot be.
    """
    _check(levels, list(footprint.regions))
    if footprint.dimension != 2:
        raise InputError(
            Fault("layered.footprint", allowed="triangle or quad", value=f"a mesh of {footprint.kind} cells")
        )
    heights, level_of = through(levels, bottom)
    names, part = levels_regions(levels, list(footprint.regions))
    per = len(footprint.points)
    region = part[level_of][:, footprint.region]  # (steps, footprint cells), -1 where empty
    step, base = np.nonzero(region >= 0)
    flat = footprint.cells[base] + (step * per)[:, None]
    cells = np.concatenate([flat, flat + per], axis=1)
    region = region[step, base]
    if footprint.kind == "triangle":
        cells = split_wedges(cells)
        region = np.repeat(region, 3)
    points = np.concatenate([np.tile(footprint.points, (len(heights), 1)), np.repeat(heights, per)[:, None]], axis=1)
    points, cells, _ = without_unused(points, cells)
    kind = "tetra" if footprint.kind == "triangle" else "hexahedron"
    regions = {name: np.flatnonzero(region == i) for i, name in enumerate(names)}
    return with_contacts(Mesh(points, cells, kind, regions, periodic=periodic), contacts or {}, footprint)


def cross_section(
    columns: Sequence[tuple[str, Array]],
    levels: Sequence[Level],
    *,
    contacts: Mapping[str, Where | Side] | None = None,
    depth: float = 1.0,
    periodic: tuple[str, ...] = (),
) -> Mesh:
    """Return quads in the plane "xz": columns side by side from x = 0, and levels.

    Parameters
    ----------
    columns : (name, nodes (n,) from 0 to the width [m]); a level names its region over every column.
    levels : from the bottom upwards.
    contacts : outer faces by the names that they get.
    depth : extent along y [m].
    periodic : directions of space, "x" or "z", along which the device repeats.

    Raises
    ------
    InputError
        For a level, a contact or a mesh that cannot be.
    """
    pieces = [name for name, _ in columns]
    _check(levels, pieces)
    heights, level_of = through(levels, 0.0)
    names, part = levels_regions(levels, pieces)
    lefts = np.concatenate([[0.0], np.cumsum([nodes[-1] for _, nodes in columns])])
    x = np.concatenate([*(left + nodes[:-1] for left, (_, nodes) in zip(lefts[:-1], columns, strict=True)), lefts[-1:]])
    column_of = np.repeat(np.arange(len(columns)), [len(nodes) - 1 for _, nodes in columns])
    region = part[level_of][:, column_of]
    i, j = np.nonzero(region >= 0)
    first = i * len(x) + j
    cells = np.stack([first, first + 1, first + 1 + len(x), first + len(x)], axis=1)
    points, cells, _ = without_unused(np.stack([np.tile(x, len(heights)), np.repeat(heights, len(x))], axis=1), cells)
    regions = {name: np.flatnonzero(region[i, j] == k) for k, name in enumerate(names)}
    mesh = Mesh(points, cells, "quad", regions, plane="xz", depth=depth, periodic=periodic)
    return with_contacts(mesh, contacts or {})


def _check(levels: Sequence[Level], pieces: Sequence[str]) -> None:
    checks = Checks("layered")
    if not levels:
        checks.fail("levels", allowed="one or more, from the bottom", value="none")
    for level in levels:
        for name in () if isinstance(level.regions, str) else level.regions:
            if name not in pieces:
                checks.fail("levels", f"no part {name!r} of the footprint", *did_you_mean(name, pieces))
    checks.done()


def through(levels: Sequence[Level], bottom: float) -> tuple[Array, Array]:
    """Heights (n,) [m] of the nodes, and the level (n - 1,) of each step between them."""
    floors = bottom + np.concatenate([[0.0], np.cumsum([float(level.thickness) for level in levels])])
    nodes = [level.nodes for level in levels]
    heights = [floor + x[:-1] for floor, x in zip(floors[:-1], nodes, strict=True)]
    return np.concatenate([*heights, floors[-1:]]), np.repeat(np.arange(len(levels)), [len(x) - 1 for x in nodes])


def levels_regions(levels: Sequence[Level], pieces: Sequence[str]) -> tuple[list[str], Array]:
    """Names of regions, and for each level and piece of the footprint the place of its name, -1 where empty."""
    names: list[str] = []
    part = np.full((len(levels), len(pieces)), -1)
    for i, level in enumerate(levels):
        for j, piece in enumerate(pieces):
            name = level.regions if isinstance(level.regions, str) else level.regions.get(piece)
            if name is not None:
                names += [] if name in names else [name]
                part[i, j] = names.index(name)
    return names, part


def without_unused(points: Array, cells: Array) -> tuple[Array, Array, Array]:
    """Points and cells without unused points, and the new number of each old point (-1 where dropped)."""
    keep = np.zeros(len(points), dtype=bool)
    keep[cells] = True
    number = np.where(keep, np.cumsum(keep) - 1, -1)
    return points[keep], number[cells], number


def with_contacts(mesh: Mesh, contacts: Mapping[str, Where | Side], footprint: Mesh | None = None) -> Mesh:
    """Return the mesh with named outer faces added.

    Parameters
    ----------
    mesh : without these faces.
    contacts : where they are, by name.
    footprint : gives the names of its outer edges; None: there are none.

    Raises
    ------
    InputError
        For a contact without faces, or one of an unknown place.
    """
    if not contacts:
        return mesh
    checks = Checks("contacts")
    rows, cells = mesh.facets()
    outer = cells[:, 1] < 0
    rows = rows[outer]
    region = mesh.region[cells[outer, 0]]
    faces = dict(mesh.faces)
    for name, place in contacts.items():
        side = place if isinstance(place, Side) else Side(place)
        try:
            faces[name] = rows[_among(mesh, region, side.regions) & _on(mesh, rows, side.where, footprint=footprint)]
        except InputError as error:
            checks.include(name, error)
        else:
            if not len(faces[name]):
                checks.fail(name, "no outer face there", hint="is it inside the device, or on other regions?")
    checks.done()
    return replace(mesh, faces=faces)


def _among(mesh: Mesh, region: Array, names: Sequence[str]) -> Array:
    """Which facets, of given regions (f,), belong to the named ones, or to any if none is named."""
    for name in names:
        if name not in mesh.regions:
            raise InputError(Fault("", f"no region {name!r}", *did_you_mean(name, mesh.regions)))
    return np.isin(region, [i for i, name in enumerate(mesh.regions) if name in names or not names])


def _on(mesh: Mesh, rows: Array, where: Where, *, footprint: Mesh | None) -> Array:
    """Which outer facets (f,) lie where a contact is."""
    if callable(where):
        chosen = np.asarray(where(mesh.points[rows].mean(1)))
        if chosen.shape != (len(rows),) or chosen.dtype != bool:
            raise InputError(Fault("", f"the function gives {chosen.dtype} {chosen.shape}", f"bool ({len(rows)},)"))
        return chosen
    edges = {} if footprint is None else footprint.faces
    if footprint is not None and where in edges:
        return _over(mesh, rows, footprint.points[edges[where]])
    axis = mesh.plane.find(where[:1])
    if where not in SIDES or axis < 0:
        known = [x for x in SIDES if x[0] in mesh.plane] + list(edges)
        names, hint = did_you_mean(where, known)
        hint = f"{hint} Or a function of face centres".strip()
        raise InputError(Fault("", "", names, hint, value=repr(where)))
    along = mesh.points[:, axis]
    end = along.min() if where[1] == "-" else along.max()
    near = np.abs(along - end) <= 1e-9 * np.ptp(mesh.points, axis=0).max()
    on: Array = near[rows].all(1)
    return on


def _over(mesh: Mesh, rows: Array, edges: Array) -> Array:
    """Which outer facets of an extruded mesh stand on some edges (e, 2 vertices, 2) of its footprint."""
    flat = mesh.points[:, :2]
    columns, number = np.unique(np.concatenate([flat, edges.reshape(-1, 2)]), axis=0, return_inverse=True)
    number = number.ravel()
    ends = number[len(flat) :].reshape(-1, 2)
    corners = np.sort(number[: len(flat)][rows], axis=1)
    upright = (np.diff(corners, axis=1) > 0).sum(1) == 1
    pairs = corners[:, [0, -1]]
    return upright & (matches(pairs, ends, len(columns)) >= 0)
