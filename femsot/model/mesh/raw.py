"""What a file or an object of another library holds: points, blocks of cells, and the groups that name them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from femsot.base.errors import Checks
from femsot.base.quantities import Array

from .facets import DIMENSION

#: dimension of every kind of cell that is understood, and how many vertices it has
KINDS = {"vertex": 0, "line": 1, **DIMENSION, "wedge": 3, "pyramid": 3}
VERTICES = {
    "vertex": 1,
    "line": 2,
    "triangle": 3,
    "quad": 4,
    "tetra": 4,
    "hexahedron": 8,
    "wedge": 6,
    "pyramid": 5,
}
#: cells of second order, whose first vertices are the corners
SECOND_ORDER = {
    "line3": "line",
    "triangle6": "triangle",
    "triangle7": "triangle",
    "quad8": "quad",
    "quad9": "quad",
    "tetra10": "tetra",
    "hexahedron20": "hexahedron",
    "hexahedron24": "hexahedron",
    "hexahedron27": "hexahedron",
    "wedge12": "wedge",
    "wedge15": "wedge",
    "wedge18": "wedge",
    "pyramid13": "pyramid",
    "pyramid14": "pyramid",
}
#: cells of image data, with the vertices in the order of x, then y, then z
GRIDS = {"pixel": ("quad", [0, 1, 3, 2]), "voxel": ("hexahedron", [0, 1, 3, 2, 4, 5, 7, 6])}


@dataclass
class Raw:
    """Cells as they come, and who is in which group."""

    points: Array  #: (n, 1 to 3) in the file's unit
    blocks: list[tuple[str, Array]] = field(default_factory=list)  #: kind of cell and rows (c, v) of vertex numbers
    #: (name, dimension) -> number of a block -> numbers of its cells
    groups: dict[tuple[str, int], dict[int, Array]] = field(default_factory=dict)
    curved: int = 0  #: cells of second order, of which the corners are kept

    def add_block(self, kind: str, rows: Array) -> int:
        """Add cells and return the number of their block; only corners are kept, in the order of Gmsh and VTK."""
        cells = np.asarray(rows)
        if kind in GRIDS:
            kind, order = GRIDS[kind]
            cells = cells[:, order]
        elif kind in SECOND_ORDER:
            kind = SECOND_ORDER[kind]
            cells = cells[:, : VERTICES[kind]]
            self.curved += len(cells)
        self.blocks.append((kind, cells.astype(np.int64, copy=False)))
        return len(self.blocks) - 1

    def name(self, name: str, block: int, cells: Array) -> None:
        """Put cells (n,) of a block into a group."""
        if len(cells) and self.blocks[block][0] in KINDS:
            parts = self.groups.setdefault((name, KINDS[self.blocks[block][0]]), {})
            parts[block] = np.union1d(parts[block], cells) if block in parts else cells

    def number(self, block: int, tags: Array, names: dict[tuple[int, int], str]) -> None:
        """Put the cells of a block into groups by their numbers (c,), 0 for none; `names` by (number, dimension)."""
        dimension = KINDS.get(self.blocks[block][0], 0)
        for tag in np.unique(tags[tags != 0]):
            self.name(names.get((int(tag), dimension), f"{tag:g}"), block, np.flatnonzero(tags == tag))

    def forget(self, ignore: Iterable[str], checks: Checks) -> None:
        """Drop groups by name."""
        known = sorted({name for name, _ in self.groups})
        unknown = [name for name in ignore if name not in known]
        for name in unknown:
            checks.fail("ignore", "", tuple(known), value=repr(name))
        self.groups = {key: cells for key, cells in self.groups.items() if key[0] not in ignore}

    def check(self, checks: Checks) -> None:
        """Tell points that are no numbers, and vertices that there are not."""
        count = len(self.points)
        for kind, rows in self.blocks:
            if rows.size and (rows.min() < 0 or rows.max() >= count):
                bad = np.any((rows < 0) | (rows >= count), axis=1)
                checks.fail(
                    "cells",
                    f"{bad.sum()} of {len(rows)} of kind {kind} have vertices that are not among the {count} points",
                    hint="is the file cut off or put together by hand?",
                )
        for (name, _), parts in self.groups.items():
            wrong = [x for block, x in parts.items() if x.min() < 0 or x.max() >= len(self.blocks[block][1])]
            if wrong:
                checks.fail("cells", f"the group {name!r} has cells that there are not", hint="is the file cut off?")
        bad = ~np.all(np.abs(self.points) < 1e100, axis=1)
        if np.any(bad):
            first = ", ".join(f"{x:g}" for x in self.points[bad][0])
            checks.fail("points", f"{bad.sum()} of {count} are not finite or beyond 1e100, the first is ({first})")
        checks.done()
