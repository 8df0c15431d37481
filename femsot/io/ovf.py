"""Torque and equivalent field of a device on a regular grid, for micromagnetic codes (OVF 2.0)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from femsot.base.errors import Checks, Fault, InputError, did_you_mean
from femsot.base.quantities import Array
from femsot.model.texture import ovf
from femsot.model.texture.ovf import VectorGrid
from femsot.results.torque import equivalent_field

from .device_vtk import file_name
from .simplices import cut, measures, simplices

BATCH = 50_000  #: cells that the simplices cut at a time may touch
LARGEST = 100_000_000  #: cells of a grid


@dataclass(frozen=True, eq=False)
class TorqueGrid:
    """What the magnets of a device receive, in the cells of a regular grid. Zeros where no magnet is."""

    torque: VectorGrid  #: on m, mean over the cell [A/m^3]
    field: VectorGrid | None  #: that exerts this torque on M_s in the whole cell [T]; None where a magnet has no M_s
    filled: Array  #: (nx, ny, nz) volume of the magnets over that of the cell

    @property
    def total(self) -> Array:
        """The torque on all cells together (3,) [A]; times hbar/2e in N m."""
        return np.asarray(self.torque.values.sum((0, 1, 2)) * np.prod(self.torque.step))


def torque_grid(
    solution: Any,
    cell: Sequence[float],
    *,
    regions: Sequence[str] | None = None,
    lower: Sequence[float] | None = None,
    upper: Sequence[float] | None = None,
) -> TorqueGrid:
    """Torque and field of a `DeviceSolution` in cells of size `cell` (3,) [m].

    `regions`: magnets, default all of them. `lower`, `upper`: corners (3,) [m] of the grid, default those of the
    magnets; where cells do not fit, the grid ends beyond the upper one. Of a 2D device the uniform direction is one
    cell of the mesh's `depth`, whatever is given of it.

    Elements are cut by the cells' faces, each piece gives its part of the torque density, and facets of interfaces
    give theirs to the magnet they belong to, both linear between their corners. What the quadrature of the solution
    (`deposit`) has beyond that is shared out as the torque is, component by component, so that a box that holds a whole
    magnet receives its torque exactly.

    dm/dt = mu_B t/(e M_s) = -gamma m x B gives B = hbar/(2 e M_s) m x t.
    """
    names = _magnets(solution, regions)
    empty = _empty(solution, names, cell=cell, corners=(lower, upper))
    torque, filled = np.zeros(empty.values.shape), np.zeros(empty.cells)
    field: Array | None = np.zeros(empty.values.shape)
    planes = [empty.corner[i] + empty.step[i] * np.arange(empty.cells[i] + 1) for i in range(3)]
    for name in names:
        t, m, volume = _deposited(solution, name, planes=planes)
        torque += t
        filled += volume
        M_s = getattr(solution.device.regions[name].material, "saturation_magnetization", None)
        field = None if field is None or M_s is None else field + equivalent_field(m, t, M_s)
    return TorqueGrid(
        replace(empty, values=torque, name="torque", unit="A/m^3"),
        None if field is None else replace(empty, values=field, name="B", unit="T"),
        filled,
    )


def write_ovf(
    solution: Any,
    directory: str | os.PathLike[str],
    *,
    cell: Sequence[float],
    lower: Sequence[float] | None = None,
    upper: Sequence[float] | None = None,
) -> list[Path]:
    """torque_NAME.ovf [A/m^3] and, with its M_s, field_NAME.ovf [T] of each magnet; the files written."""
    written = []
    for name in _magnets(solution, None):
        made = torque_grid(solution, cell, regions=[name], lower=lower, upper=upper)
        for kind, vectors in (("torque", made.torque), ("field", made.field)):
            if vectors is not None:
                written.append(Path(directory) / f"{kind}_{file_name(name)}.ovf")
                ovf.write(vectors, written[-1])
    return written


def _magnets(solution: Any, names: Sequence[str] | None) -> list[str]:
    known = [name for name, region in solution.regions.items() if region.torque is not None]
    unknown = [name for name in names or () if name not in known]
    if unknown:
        raise InputError([Fault("regions", "", *did_you_mean(name, known), value=repr(name)) for name in unknown])
    if not known:
        raise InputError(Fault("regions", "no magnet with a torque density in this device, required for a grid"))
    return list(dict.fromkeys(names)) if names else known


def _empty(solution: Any, names: Sequence[str], *, cell: Sequence[float], corners: tuple[Any, Any]) -> VectorGrid:
    """The cells."""
    points = np.concatenate([solution.regions[name].points for name in names])
    checks = Checks("grid")
    checks.positive(cell=cell)
    lower, upper = (x if y is None else y for x, y in zip((points.min(0), points.max(0)), corners, strict=True))
    step, low, high = (np.array(x, dtype=float) for x in (cell, lower, upper))
    for field, value in (("cell", step), ("lower", low), ("upper", high)):
        if value.shape != (3,) or not np.all(np.isfinite(value)):
            checks.fail(field, allowed="three finite lengths, x y z", value=str(value.tolist()))
    checks.done()
    mesh = solution.device.mesh
    for axis in {0, 1, 2} - {"xyz".index(name) for name in mesh.plane}:
        step[axis] = mesh.depth
        low[axis], high[axis] = points[0, axis] + mesh.depth * np.array([-0.5, 0.5])
    if np.any(low >= high):
        raise InputError(
            Fault("grid.upper", allowed=f"above lower, {low.tolist()}, along x, y and z", value=str(high.tolist()))
        )
    count = np.maximum(np.ceil((high - low) / step - 1e-6), 1)
    if np.prod(count) > LARGEST:
        raise InputError(
            Fault("grid.cell", allowed=f"{LARGEST:.0g}", value=f"{step.tolist()}: {np.prod(count):.3g} cells")
        )
    return VectorGrid(np.zeros((*count.astype(int), 3)), low, step)


def _deposited(solution: Any, name: str, *, planes: list[Array]) -> tuple[Array, Array, Array]:
    """Torque per volume (nx, ny, nz, 3), mean m there and filled part of each cell, of one magnet."""
    region, depth = solution.regions[name], _depth(solution)
    m = np.asarray(region.m)
    sums = _gathered(region.points, simplices(region.cells, region.kind), np.c_[region.torque, m], planes=planes)
    torque, m_sum, volume = depth * sums[..., :3], depth * sums[..., 3:6], depth * sums[..., 6]
    whole = depth * measures(region.points[simplices(region.cells, region.kind)]).sum()
    for face, side in _faces(solution, name):
        shifted = face.points + side * 1e-3 * min(np.diff(x).min() for x in planes) * np.asarray(face.normal)
        given = simplices(face.facets, face.kind)
        torque += depth * _gathered(shifted, given, face.torque_magnetization, planes=planes)[..., :3]
    inside = volume.sum() > (1 - 1e-9) * whole
    if inside:
        missing, share = region.deposit()[1].sum(0) - torque.sum((0, 1, 2)), np.abs(torque)
        share = np.where(share.any((0, 1, 2)), share, volume[..., None])
        torque += share / share.sum((0, 1, 2)) * missing
    cell = np.prod([x[1] - x[0] for x in planes])
    size = np.linalg.norm(m_sum, axis=-1, keepdims=True)
    return torque / cell, np.divide(m_sum, size, out=np.zeros_like(m_sum), where=size > 0), volume / cell


def _depth(solution: Any) -> float:
    """Extent along the uniform direction of a 2D device; 1 in 3D."""
    mesh = solution.device.mesh
    return 1.0 if mesh.plane == "xyz" else float(mesh.depth)


def _faces(solution: Any, name: str) -> list[tuple[Any, int]]:
    """Interfaces whose torque this magnet takes, and whether it is on the side of the normal (1) or not (-1)."""
    found = []
    for face in solution.interfaces.values():
        pair = face.name.split("|")
        given = [solution.regions[x].m if x in solution.regions else None for x in pair]
        owner = solution.device.pair(face.name, *(None if m is None else m[0] for m in given)).interface_owner(0)
        if owner is not None and pair[owner] == name:
            found.append((face, 1 if owner else -1))
    return found


def _gathered(points: Array, cells: Array, values: Array, *, planes: list[Array]) -> Array:
    """Integrals over simplices of linear fields (n, f), and their measures, in each cell (nx, ny, nz, f + 1)."""
    shape = [len(x) - 1 for x in planes]
    found = np.zeros((int(np.prod(shape)), values.shape[1] + 1))
    low, step = np.array([x[0] for x in planes]), np.array([x[1] - x[0] for x in planes])
    rows = np.c_[points, values]
    extent = np.ptp(points[cells], axis=1)
    batch = np.prod(extent / step + 1, axis=1).cumsum() // BATCH
    for part in np.split(cells, np.flatnonzero(np.diff(batch)) + 1):
        corners = rows[part]
        corners, measure = cut(corners, measures(corners[..., :3]), planes=planes)
        mean = corners.mean(1)
        place = np.floor((mean[:, :3] - low) / step).astype(int)
        inside = np.all((place >= 0) & (place < shape), axis=1)
        number = np.ravel_multi_index(tuple(place[inside].T), shape)
        weight = measure[inside, None]
        np.add.at(found, number, np.c_[weight * mean[inside, 3:], weight])
    return found.reshape(*shape, -1)
