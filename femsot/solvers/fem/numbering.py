"""The unknowns of a device: one number for each node of each region, shared where nothing jumps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from femsot.base.errors import Fault, InputError
from femsot.base.quantities import Array
from femsot.model.device import Device

from .space import Sampled, Space


@dataclass(frozen=True, eq=False)
class Numbering:
    """Where the nodes of each region stand in the system."""

    nodes: dict[str, Array]  #: region -> (n,) numbers
    size: int  #: N
    components: int  #: 4, or 7 with orbital ones
    axes: tuple[int, ...]  #: directions in space of the mesh's coordinates

    def place(self, region: str, sampled: Sampled, facets: Array) -> Array:
        """Numbers (b, e) in the system."""
        return np.asarray(self.nodes[region][sampled.nodes[:, facets]])


def number(device: Device, spaces: dict[str, Space], transparent: list[str]) -> Numbering:
    """Nodes of all regions; those on a transparent interface, or on opposite periodic sides, are one."""
    starts = {}
    total = 0
    for name, space in spaces.items():
        starts[name] = total
        total = total + space.size
    same = []
    for name in transparent:
        a, b = device.joints[name]
        if a in spaces and b in spaces:
            facets = device.shared(name)
            local = [spaces[x].on_facets(facets) for x in (a, b)]
            points = [spaces[x].nodes[i] for x, i in zip((a, b), local, strict=True)]
            match = _coincident(points[0], points[1], f"interfaces.{name}: the nodes of its two sides")
            same.append((starts[a] + local[0], starts[b] + local[1][match]))
    for axis in device.mesh.periodic:
        same += [(starts[name] + low, starts[name] + high) for name, low, high in _periodic(device, spaces, axis)]
    labels = np.arange(total)
    if same:
        i, j = (np.concatenate([pair[n] for pair in same]) for n in (0, 1))
        labels = connected_components(coo_array((np.ones(i.size), (i, j)), shape=(total, total)), directed=False)[1]
    nodes = {name: labels[starts[name] : starts[name] + space.size] for name, space in spaces.items()}
    return Numbering(nodes, int(labels.max()) + 1, 7 if device.orbital else 4, device.axes)


def _coincident(first: Array, second: Array, what: str) -> Array:
    """For each point of `one` the number of the same point in `other`."""
    scale = np.ptp(first, axis=0).max() if len(first) > 1 else 1.0
    if len(first) == len(second):
        distance, match = cKDTree(second).query(first)
        if np.all(distance <= 1e-6 * scale):
            return np.asarray(match)
    raise InputError(
        Fault(f"{what} do not match", f"{len(first)} and {len(second)} of them", "the same points on both")
    )


def _periodic(device: Device, spaces: dict[str, Space], axis: str) -> Iterator[tuple[str, Array, Array]]:
    """Regions and their nodes on the two ends of the device along one direction."""
    column = device.axes.index("xyz".index(axis))
    low, high = (float(f(device.mesh.points[:, column])) for f in (np.min, np.max))
    for name, space in spaces.items():
        x = space.nodes[:, column]
        rest = np.delete(space.nodes, column, axis=1)
        ends = [np.flatnonzero(np.abs(x - end) < 1e-6 * (high - low)) for end in (low, high)]
        if ends[0].size or ends[1].size:
            what = f'mesh.periodic "{axis}": the ends of region {name!r}'
            yield name, ends[0], ends[1][_coincident(rest[ends[0]], rest[ends[1]], what)]
