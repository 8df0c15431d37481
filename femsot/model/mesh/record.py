"""The record of a mesh: vertices, cells, named regions and named outer faces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from femsot.base.errors import Caution, Checks
from femsot.base.quantities import Array

from .facets import DIMENSION, FACETS, cell_facets, groups, volumes

PLANES = {"xyz": 3, "xz": 2, "xy": 2}


@dataclass(frozen=True, eq=False)
class Mesh:
    """One conforming mesh of a whole device: neighbouring regions share the vertices between them.

    Cells and faces have the vertex order of Gmsh and VTK. `check` says all that is wrong with the geometry; shapes and
    names are checked when the record is made. Raises InputError.
    """

    points: Array  #: (n, 2 or 3) coordinates in `plane` [m]
    cells: Array  #: (c, v) vertex numbers, right-handed
    kind: str  #: "triangle", "quad", "tetra" or "hexahedron"
    regions: Mapping[str, Array]  #: name -> cell numbers; every cell is in exactly one
    faces: Mapping[str, Array] = field(default_factory=dict)  #: name -> (f, v) vertices of outer faces (2D: edges)
    plane: str = "xyz"  #: "xyz"; 2D: "xz" (cross-section, uniform along y) or "xy" (film, uniform along z)
    depth: float = 1.0  #: 2D: extent along the uniform direction [m]
    periodic: tuple[str, ...] = ()  #: of "x", "y", "z": opposite sides are one
    cautions: tuple[Caution, ...] = ()  #: what is lost of a file; told in every result
    source: Mapping[str, Any] = field(default_factory=dict)  #: the words of a file: file or ready, size, length unit

    def __post_init__(self) -> None:
        checks = Checks("mesh")
        arrays: dict[str, Any] = {"points": _frozen(self.points, float), "cells": _frozen(self.cells, np.int64)}
        arrays["regions"] = {name: _frozen(numbers, np.int64) for name, numbers in self.regions.items()}
        arrays["faces"] = {name: _frozen(rows, np.int64) for name, rows in self.faces.items()}
        for name, value in (arrays | {"periodic": tuple(self.periodic)}).items():
            object.__setattr__(self, name, value)
        self._check_kind(checks)
        checks.done()
        self._check_shapes(checks)
        checks.done()
        self._check_regions(checks)
        checks.done()

    def _check_kind(self, checks: Checks) -> None:
        if self.kind not in FACETS:
            checks.fail("kind", allowed=", ".join(FACETS), value=repr(self.kind))
        elif PLANES.get(self.plane) != DIMENSION[self.kind]:
            allowed = [plane for plane, d in PLANES.items() if d == DIMENSION[self.kind]]
            checks.fail("plane", f"for cells that are a {self.kind}", ", ".join(allowed), value=repr(self.plane))
        checks.positive(depth=self.depth)
        wrong = [axis for axis in self.periodic if axis not in self.plane]
        if wrong:
            checks.fail("periodic", allowed=", ".join(self.plane), value=", ".join(map(str, wrong)))

    def _check_shapes(self, checks: Checks) -> None:
        shapes = {"points": (self.points, self.dimension), "cells": (self.cells, 1 + max(map(max, FACETS[self.kind])))}
        shapes |= {f"faces[{name!r}]": (rows, len(FACETS[self.kind][0])) for name, rows in self.faces.items()}
        for name, (rows, width) in shapes.items():
            if rows.ndim != 2 or rows.shape[1] != width or not len(rows):
                checks.fail(name, allowed=f"one or more rows of {width}", value=f"shape {rows.shape}")
            elif name == "points":
                if not np.all(np.isfinite(rows)):
                    checks.fail(name, f"{np.sum(~np.isfinite(rows).all(1))} of {len(rows)} points are not finite")
            elif rows.min() < 0 or rows.max() >= len(self.points):
                bad = rows.min() if rows.min() < 0 else rows.max()
                checks.fail(name, allowed=f"0 to {len(self.points) - 1}", value=f"vertex number {bad}")

    def _check_regions(self, checks: Checks) -> None:
        numbers = np.concatenate([np.zeros(0, np.int64), *(x.ravel() for x in self.regions.values())])
        if len(numbers) and (numbers.min() < 0 or numbers.max() >= len(self.cells)):
            checks.fail("regions", value=f"a cell number outside 0 to {len(self.cells) - 1}")
            return
        for name in sorted(set(self.regions) & set(self.faces)):
            checks.fail(
                "faces",
                f"{name!r} is the name of a region too",
                "a name of its own",
                "numbers of groups without names count anew in each dimension" if name.isdigit() else "",
            )
        for name, cells in self.regions.items():
            if not len(cells):
                checks.fail("regions", f"{name!r} has no cells")
        count = np.bincount(numbers, minlength=len(self.cells))
        if np.any(count == 0):
            checks.fail(
                "regions",
                f"{np.sum(count == 0)} of {len(self.cells)} cells are in no region, {self.where(count == 0)}",
                hint="every cell has one (Gmsh: a physical group of every volume, in 2D surface; Mesh.SaveAll = 0, "
                "which in MSH 2.2 drops the groups)",
            )
        if np.any(count > 1):
            first = int(np.flatnonzero(count > 1)[0])
            names = " and ".join(repr(name) for name, cells in self.regions.items() if first in cells)
            checks.fail(
                "regions",
                f"{np.sum(count > 1)} of {len(self.cells)} cells are in more than one region, {self.where(count > 1)}, "
                f"in {names}",
                hint='every cell has one; a file\'s group is forgotten with [mesh] ignore = ["name"]',
            )

    @property
    def dimension(self) -> int:
        """2 or 3."""
        return DIMENSION[self.kind]

    @cached_property
    def region(self) -> Array:
        """For each cell (c,) the place of its region in `regions`."""
        number = np.empty(len(self.cells), dtype=np.int64)
        for i, cells in enumerate(self.regions.values()):
            number[cells] = i
        return number

    @cached_property
    def volumes(self) -> Array:
        """Volume of each cell (c,), with `depth` in 2D; negative where turned over [m^3]."""
        return volumes(self.points, self.cells, self.kind) * (1.0 if self.dimension == 3 else self.depth)

    def facets(self) -> tuple[Array, Array]:
        """Return every facet once.

        Returns
        -------
        rows : (m, v) vertex numbers, oriented outwards from the first cell, whose number is the smaller one.
        cells : (m, 2) first and second cell of each, the second -1 on the outside.

        Raises
        ------
        InputError
            Where more than two cells meet.
        """
        rows, cells, _ = self.shared_facets()
        return rows, cells

    def shared_facets(self) -> tuple[Array, Array, Array]:
        """Return `facets()`, and the rows (i, v) of those with two cells as the second cell has them."""
        rows = cell_facets(self.cells, self.kind)
        order, start = groups(rows, len(self.points))
        first = np.flatnonzero(start)
        count = np.diff(np.append(first, len(rows)))
        if np.any(count > 2):
            checks = Checks("mesh")
            at = self.place(rows[order[first[count > 2]]])
            checks.fail(
                "cells", f"{np.sum(count > 2)} faces belong to more than two cells, {at}", hint="do cells overlap?"
            )
            checks.done()
        per = len(FACETS[self.kind])
        second = order[first[count == 2] + 1]
        cells = np.full((len(first), 2), -1)
        cells[:, 0] = order[first] // per
        cells[count == 2, 1] = second // per
        return rows[order[first]], cells, rows[second]

    def interfaces(self) -> dict[tuple[str, str], Array]:
        """Return the facets between regions: (a, b), a before b in `regions` -> (f, v) vertex numbers.

        The normal points from a to b: counterclockwise seen from b; in 2D a is at the left of the edge.
        """
        return dict(self._interfaces)

    @cached_property
    def _interfaces(self) -> dict[tuple[str, str], Array]:
        several = np.zeros(len(self.points), dtype=np.int64)
        for cells in self.regions.values():
            in_region = np.zeros(len(self.points), dtype=bool)
            in_region[self.cells[cells]] = True
            several += in_region
        touching = several > 1  # only facets all of whose vertices belong to two regions can lie between two
        rows, owner = _candidates(self, touching)
        order, start = groups(rows, len(self.points))
        pair = np.flatnonzero(~start)
        first = order[pair - 1]
        second = order[pair]
        swap = self.region[owner[first]] > self.region[owner[second]]
        first, second = np.where(swap, second, first), np.where(swap, first, second)
        low = self.region[owner[first]]
        high = self.region[owner[second]]
        names = list(self.regions)
        label = np.where(low < high, low * len(names) + high, -1)
        labels = np.unique(label[label >= 0])
        return {
            (names[x // len(names)], names[x % len(names)]): _frozen(rows[first[label == x]], np.int64) for x in labels
        }

    def check(self) -> None:
        """Check the geometry: docs/meshes.md.

        Raises
        ------
        InputError
            With every fault.
        """
        from .check import check_mesh

        check_mesh(self)

    def centres(self, cells: Array | slice = slice(None)) -> Array:
        """Return the mean of the vertices of each cell (c, 2 or 3) [m].

        Parameters
        ----------
        cells : numbers of the cells; default: all.
        """
        centre: Array = np.mean([self.points[column] for column in self.cells[cells].T], axis=0)
        return centre

    def where(self, bad: Array) -> str:
        """The place of the first of some cells, for messages."""
        return self.place(self.cells[np.flatnonzero(bad)[:1]])

    def place(self, rows: Array) -> str:
        """The centre of the first of some facets or cells (rows of vertex numbers), for messages."""
        centre = self.points[rows[0]].mean(0) * 1e9
        return f"the first at ({', '.join(f'{x:.5g}' for x in centre)}) nm"


def _candidates(mesh: Mesh, touching: Array) -> tuple[Array, Array]:
    """Facets with all vertices `touching`, oriented outwards, and their cells."""
    rows = []
    owners = []
    inside = touching[mesh.cells]
    for facet in FACETS[mesh.kind]:
        chosen = np.flatnonzero(inside[:, facet].all(1))
        rows.append(mesh.cells[chosen][:, facet])
        owners.append(chosen)
    return np.concatenate(rows), np.concatenate(owners)


def _frozen(value: Array, dtype: type) -> Array:
    """A read-only view."""
    array: Array = np.asarray(value).astype(dtype, copy=False).view()
    array.setflags(write=False)
    return array
