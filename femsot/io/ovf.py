"""Torque and equivalent field of a device on a regular grid, for micromagnetic codes (OVF 2.0)."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from femsot.base.errors import Caution, Checks, Fault, InputError, did_you_mean, warn
from femsot.base.quantities import Array
from femsot.model.texture import ovf
from femsot.model.texture.ovf import VectorGrid
from femsot.results.torque import equivalent_field

from .simplices import cut, measures, simplices

if TYPE_CHECKING:
    from femsot.results.device import DeviceSolution

Align = Literal["center", "corner"]
BATCH = 50_000  #: cells that the simplices cut at a time may touch
LARGEST = 100_000_000  #: cells of a grid
#: of a cell: a magnet that is larger than whole cells by no more gets no cell more, as a round one, whose polygon has
#: the area of the circle
SLACK = 0.05
LONGEST_NAME = 80  #: letters of a magnet's name in that of its file


@dataclass(frozen=True, eq=False, kw_only=True)
class Box:
    """Where the cells of a grid lie, as in `torque_grid`."""

    cell: Sequence[float] | None = None
    lower: Sequence[float] | None = None
    upper: Sequence[float] | None = None
    align: Align = "center"
    like: str | os.PathLike[str] | None = None


@dataclass(frozen=True, eq=False)
class TorqueGrid:
    """What the magnets of a device receive, in the cells of a regular grid. Zeros where no magnet is."""

    torque: VectorGrid  #: on m, mean over the cell [A/m^3]
    field: VectorGrid | None  #: that exerts this torque on M_s in the whole cell [T]; None where a magnet has no M_s
    filled: Array  #: (nx, ny, nz) volume of the magnets over that of the cell
    cautions: tuple[Caution, ...] = ()  #: what of the magnets is not in the grid

    @property
    def total(self) -> Array:
        """The torque on all cells together (3,) [A]; times hbar/2e in N m."""
        return np.asarray(self.torque.values.sum((0, 1, 2)) * np.prod(self.torque.step))


def torque_grid(  # noqa: PLR0913 -- where the cells lie
    solution: DeviceSolution,
    cell: Sequence[float] | None = None,
    *,
    regions: Sequence[str] | None = None,
    lower: Sequence[float] | None = None,
    upper: Sequence[float] | None = None,
    align: Align = "center",
    like: str | os.PathLike[str] | None = None,
) -> TorqueGrid:
    """Return torque and field of a `DeviceSolution` in the cells of a regular grid.

    Every element of the mesh, and every facet of an interface, gives exactly the torque that it receives, in shares by
    the pieces into which the cells' faces cut it: a density linear between the corners plus a constant of each element.
    What lies outside the grid is not in it, and a warning tells how much that is. Of a 2D device the uniform direction
    is one cell of the mesh's `depth`, whatever is said of it.

    dm/dt = mu_B t/(e M_s) = -gamma m x B gives B = hbar/(2 e M_s) m x t.

    Parameters
    ----------
    cell : (3,) size of a cell [m]; required without `like`.
    regions : magnets, default all of them.
    lower, upper : corners (3,) of the grid [m]; where cells do not fit, the grid ends beyond the upper one.
    align : without `lower` and `upper`, "center": the grid covers the magnets and its centre is theirs; "corner": it
        begins at their lowest corner.
    like : an OVF file whose grid is taken, cell by cell.

    Raises
    ------
    InputError
        If there is no such magnet, or the cells are none.
    """
    box = Box(cell=cell, lower=lower, upper=upper, align=align, like=like)
    grid = _filled(solution, _magnets(solution, regions), box)
    warn(grid.cautions, stacklevel=2)
    return grid


def _filled(solution: DeviceSolution, names: Sequence[str], box: Box) -> TorqueGrid:
    """Return the grid of some magnets, with its warnings."""
    empty = _empty(solution, names, box) if box.like is None else _like(box)
    torque = np.zeros(empty.values.shape)
    filled = np.zeros(empty.cells)
    field: Array | None = np.zeros(empty.values.shape)
    planes = [empty.corner[i] + empty.step[i] * np.arange(empty.cells[i] + 1) for i in range(3)]
    outside = []
    for name in names:
        t, m, volume = _deposited(solution, name, planes=planes)
        outside += _outside(solution, name, float(volume.sum() * np.prod(empty.step)))
        torque += t
        filled += volume
        M_s = solution.device.regions[name].material.saturation_magnetization
        field = None if field is None or M_s is None else field + equivalent_field(m, t, M_s)
    return TorqueGrid(
        replace(empty, values=torque, name="torque", unit="A/m^3"),
        None if field is None else replace(empty, values=field, name="B", unit="T"),
        filled,
        tuple(outside),
    )


def write_ovf(  # noqa: PLR0913 -- as torque_grid
    solution: DeviceSolution,
    directory: str | os.PathLike[str],
    *,
    cell: Sequence[float] | None = None,
    lower: Sequence[float] | None = None,
    upper: Sequence[float] | None = None,
    align: Align = "center",
    like: str | os.PathLike[str] | None = None,
) -> list[Path]:
    """Write torque_NAME.ovf [A/m^3] and, with its M_s, field_NAME.ovf [T] of each magnet. Return the files.

    The grid is that of `torque_grid`. Names that would be the same file have their number in front.
    """
    box = Box(cell=cell, lower=lower, upper=upper, align=align, like=like)
    written, cautions = write_grids(solution, directory, box)
    warn(cautions, stacklevel=2)
    return written


def write_grids(
    solution: DeviceSolution, directory: str | os.PathLike[str], box: Box
) -> tuple[list[Path], list[Caution]]:
    """Write the files of `write_ovf`. Return them, and the warnings instead of giving them."""
    written = []
    cautions: list[Caution] = []
    names = _magnets(solution, None)
    for name, word in zip(names, file_names(names), strict=True):
        grid = _filled(solution, [name], box)
        cautions += grid.cautions
        for kind, vectors in (("torque", grid.torque), ("field", grid.field)):
            if vectors is not None:
                path = Path(directory) / f"{kind}_{word}.ovf"
                ovf.write(vectors, path)
                written.append(path)
    return written, cautions


def file_names(names: Sequence[str]) -> list[str]:
    """Return a part of a file name for each name, all of them different, also where upper and lower case are one.

    Letters of every script stay, other signs are "_". Where two are the same then, each has its number in front.
    """
    words = [re.sub(r"[^\w.+-]+", "_", unicodedata.normalize("NFC", name)) for name in names]
    shortened = [word[:LONGEST_NAME] for word in words]
    alike = {unicodedata.normalize("NFKC", word).casefold() for word in shortened}
    if len(alike) == len(names):
        return shortened
    return [f"{number}_{word}" for number, word in enumerate(shortened)]


def _magnets(solution: DeviceSolution, names: Sequence[str] | None) -> list[str]:
    known = [name for name, region in solution.regions.items() if region.torque is not None]
    unknown = [name for name in names or () if name not in known]
    if unknown:
        raise InputError([Fault("regions", "", *did_you_mean(name, known), value=repr(name)) for name in unknown])
    if not known:
        raise InputError(Fault("regions", "no magnet with a torque density in this device, required for a grid"))
    return list(dict.fromkeys(names)) if names else known


def _like(box: Box) -> VectorGrid:
    """Return the cells of another file without vectors. Raise InputError for what is said beside it."""
    checks = Checks("grid")
    for key, value in {"cell": box.cell, "lower": box.lower, "upper": box.upper}.items():
        if value is not None:
            checks.fail(key, "is given beside like", "either of them", "like takes the whole grid of its file")
    checks.done()
    assert box.like is not None
    pattern = ovf.read(box.like)
    return replace(pattern, values=np.zeros(pattern.values.shape))


def _empty(solution: DeviceSolution, names: Sequence[str], box: Box) -> VectorGrid:
    """Return the cells without vectors."""
    points = np.concatenate([solution.regions[name].points for name in names])
    if box.cell is None:
        raise InputError(Fault("grid.cell", "missing, required without like"))
    lower = points.min(0) if box.lower is None else box.lower
    upper = points.max(0) if box.upper is None else box.upper
    step, low, high = (np.array(x, dtype=float) for x in (box.cell, lower, upper))
    checks = Checks("grid")
    if box.align not in get_args(Align):
        checks.fail("align", "", *did_you_mean(str(box.align), get_args(Align)), value=repr(box.align))
    checks.positive(cell=box.cell)
    _check_lengths(checks, cell=step, lower=low, upper=high)
    checks.done()
    mesh = solution.device.mesh
    for axis in {0, 1, 2} - {"xyz".index(name) for name in mesh.plane}:
        step[axis] = mesh.depth
        low[axis], high[axis] = points[0, axis] + mesh.depth * np.array([-0.5, 0.5])
    if np.any(low >= high):
        raise InputError(
            Fault("grid.upper", allowed=f"above lower, {low.tolist()}, along x, y and z", value=str(high.tolist()))
        )
    free = box.lower is None and box.upper is None
    count = np.maximum(np.ceil((high - low) / step - (SLACK if free else 1e-6)), 1)
    if np.prod(count) > LARGEST:
        raise InputError(Fault("grid.cell", f"{np.prod(count):.3g} cells", f"{LARGEST:.0g}", value=f"{step.tolist()}:"))
    if free and box.align == "center":
        low = (low + high) / 2 - count * step / 2
    return VectorGrid(np.zeros((*count.astype(int), 3)), low, step)


def _check_lengths(checks: Checks, **vectors: Array) -> None:
    """A fault for each that is not three finite numbers."""
    for field, value in vectors.items():
        if value.shape != (3,) or not np.all(np.isfinite(value)):
            checks.fail(field, allowed="three finite lengths, x y z", value=str(value.tolist()))


def _outside(solution: DeviceSolution, name: str, inside: float) -> list[Caution]:
    """Return the warning that some of a magnet is not in the grid, of which `inside` [m^3] is."""
    region = solution.regions[name]
    whole = _depth(solution) * measures(region.points[simplices(region.cells, region.kind)]).sum()
    share = 1 - inside / whole
    if share < 1e-9:
        return []
    problem = f"{100 * share:.2g} % of the volume of {name!r} lies outside the grid, and its torque is not in the file"
    return [Caution("grid", problem, "widen lower and upper if it matters", kind="outside-grid")]


def _deposited(solution: DeviceSolution, name: str, *, planes: list[Array]) -> tuple[Array, Array, Array]:
    """Return torque per volume (nx, ny, nz, 3), mean m there and filled part of each cell, of one magnet."""
    region = solution.regions[name]
    depth = _depth(solution)
    assert region.torque is not None and region.amounts is not None  # a magnet's
    parts = simplices(region.cells, region.kind)
    corners = _conserving(region.points, parts, region.torque, amounts=region.amounts / depth)
    sums = depth * _gathered(np.concatenate([corners, np.asarray(region.m)[parts]], axis=-1), planes=planes)
    torque = sums[..., :3]
    m_sum = sums[..., 3:6]
    volume = sums[..., 6]
    for face, side in _faces(solution, name):
        shifted = face.points + side * 1e-3 * min(np.diff(x).min() for x in planes) * np.asarray(face.normal)
        facets = simplices(face.facets, face.kind)
        corners = _conserving(shifted, facets, face.torque_magnetization, amounts=face.amounts / depth)
        torque += depth * _gathered(corners, planes=planes)[..., :3]
    cell = np.prod([x[1] - x[0] for x in planes])
    size = np.linalg.norm(m_sum, axis=-1, keepdims=True)
    return torque / cell, np.divide(m_sum, size, out=np.zeros_like(m_sum), where=size > 0), volume / cell


def _conserving(points: Array, parts: Array, density: Array, *, amounts: Array) -> Array:
    """Return places and densities at the corners of simplices (s, d + 1, 6), of which every element has its amount.

    `parts` (s, d + 1) are the simplices of the elements in turn, as many of each; `density` (n, 3) is linear between
    the vertices, and what an element's amount (e, 3) has beyond that is spread evenly over it.
    """
    places = points[parts]
    values = density[parts]
    pieces = len(parts) // len(amounts)
    measure = measures(places)
    linear = (measure[:, None] * values.mean(1)).reshape(-1, pieces, 3).sum(1)
    size = measure.reshape(-1, pieces).sum(1)
    beyond = (amounts - linear) / size[:, None]
    return np.concatenate([places, values + np.repeat(beyond, pieces, axis=0)[:, None]], axis=-1)


def _depth(solution: DeviceSolution) -> float:
    """Extent along the uniform direction of a 2D device; 1 in 3D."""
    mesh = solution.device.mesh
    return 1.0 if mesh.plane == "xyz" else float(mesh.depth)


def _faces(solution: DeviceSolution, name: str) -> list[tuple[Any, int]]:
    """Interfaces whose torque this magnet takes, and whether it is on the side of the normal (1) or not (-1)."""
    faces = []
    for face in solution.interfaces.values():
        pair = face.name.split("|")
        directions = [solution.regions[x].m if x in solution.regions else None for x in pair]
        owner = solution.device.pair(face.name, *(None if m is None else m[0] for m in directions)).interface_owner(0)
        if owner is not None and pair[owner] == name:
            faces.append((face, 1 if owner else -1))
    return faces


def _gathered(corners: Array, *, planes: list[Array]) -> Array:
    """Return integrals of linear fields over simplices, and their measures, in each cell (nx, ny, nz, f + 1).

    Columns of `corners` (s, d + 1, 3 + f) are places and fields at the corners.
    """
    shape = [len(x) - 1 for x in planes]
    total = np.zeros((int(np.prod(shape)), corners.shape[2] - 2))
    low = np.array([x[0] for x in planes])
    step = np.array([x[1] - x[0] for x in planes])
    extent = np.ptp(corners[..., :3], axis=1)
    batch = np.prod(extent / step + 1, axis=1).cumsum() // BATCH
    for part in np.split(corners, np.flatnonzero(np.diff(batch)) + 1):
        pieces, measure = cut(part, measures(part[..., :3]), planes=planes)
        mean = pieces.mean(1)
        place = np.floor((mean[:, :3] - low) / step).astype(int)
        inside = np.all((place >= 0) & (place < shape), axis=1)
        number = np.ravel_multi_index(tuple(place[inside].T), shape)
        weight = measure[inside, None]
        np.add.at(total, number, np.c_[weight * mean[inside, 3:], weight])
    return total.reshape(*shape, -1)
