"""Fields of a solved 2D or 3D device as plain arrays, one block for each region and each interface.

Regions share no points here, so both sides of an interface are seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from femsot.base.components import COMPONENTS, ORBITAL, PHI, SPIN
from femsot.base.errors import Fault, InputError, did_you_mean
from femsot.base.quantities import Array

if TYPE_CHECKING:
    from femsot.results.device import DeviceSolution

#: every array of a block and its unit; a vector's last axis is x, y, z
UNITS = {
    "phi": "V",
    "mu_s": "V",
    "mu_o": "V",
    "J_c": "A/m^2",
    "J_s": "A/m^2",
    "J_o": "A/m^2",
    "torque": "A/m^3",
    "field": "T",
    "m": "1",
    "region": "1",
    "jump_phi": "V",
    "jump_mu_s": "V",
    "jump_mu_o": "V",
    "J_minus": "A/m^2",
    "J_plus": "A/m^2",
    "torque_magnetization": "A/m^2",
    "torque_lattice": "A/m^2",
    "normal": "1",
}
#: names of the components of an array, by their number; 9: moment, then flow axis
PARTS: dict[int, tuple[str, ...]] = {
    1: (),
    3: tuple("xyz"),
    7: COMPONENTS,
    9: tuple(a + i for a in "xyz" for i in "xyz"),
}
FLOWS = ("phi", "mu_s", "mu_o", "J_c", "J_s", "J_o")  #: which an insulator has not
GROUPS = REGIONS, INTERFACES = "regions", "interfaces"


@dataclass(frozen=True, eq=False, kw_only=True)
class Block:
    """One region, or one interface as a surface (in 2D a line), with its fields at the points."""

    name: str
    group: str  #: REGIONS or INTERFACES
    kind: str  #: of the cells: line, triangle, quad, tetra, hexahedron, wedge
    points: Array  #: (n, 3) [m]
    cells: Array  #: (c, v) point numbers
    data: dict[str, Array]  #: (n,) or (n, 3 | 7 | 9), by the names of UNITS
    insulating: bool = False  #: a region without potentials and currents

    @property
    def magnetic(self) -> bool:
        """Has it a magnetization?"""
        return bool(np.any(self.data.get("m", 0.0)))


def blocks(solution: DeviceSolution) -> list[Block]:
    """Regions and interfaces of a `DeviceSolution`, in its order.

    Where a region is no magnet, `m`, `torque` and `field` are 0; where a magnet has no `saturation_magnetization`, or a
    closure no torque density, `field` or `torque` is nan. `torque` has the integral of the solution, see
    `with_integral`. A jump is the potential on the `minus` side less that on the `plus` side.
    """
    metals = {name for name, region in solution.device.regions.items() if region.material.metallic}
    mesh = solution.device.mesh
    regions = [
        _region(region, number, volumes=mesh.volumes[mesh.regions[name]], insulating=name not in metals)
        for number, (name, region) in enumerate(solution.regions.items())
    ]
    return [*regions, *map(_interface, solution.interfaces.values())]


def _region(region: Any, number: int, *, volumes: Array, insulating: bool) -> Block:
    mu = np.asarray(region.mu)
    J = np.asarray(region.J)
    count = len(mu)
    missing = np.full((count, 3), 0.0 if region.m is None else np.nan)
    torque = region.torque
    if torque is not None:
        torque = with_integral(np.asarray(torque), region.cells, amounts=region.amounts, volumes=volumes)
    known = {"torque": torque, "field": region.field, "m": region.m}
    data = {
        **_potentials(mu),
        "J_c": J[:, PHI],
        "J_s": J[:, SPIN].reshape(count, 9),
        "J_o": J[:, ORBITAL].reshape(count, 9),
        **{name: missing if value is None else np.asarray(value) for name, value in known.items()},
        "region": np.full(count, number),
    }
    shape: dict[str, Any] = {"kind": region.kind, "points": region.points, "cells": region.cells}
    return Block(name=region.name, group=REGIONS, data=data, insulating=insulating, **shape)


def with_integral(density: Array, cells: Array, *, amounts: Array, volumes: Array) -> Array:
    """Return a density at vertices (n, 3), moved so that its integral is that of all cells.

    A density at the vertices alone, linear between them, has another integral where it is not linear: each vertex is
    moved by the mean of what its cells lack, weighted by their volumes.

    Parameters
    ----------
    density : (n, 3), at the vertices [A/m^3].
    cells : (c, v) vertices of each cell.
    amounts : (c, 3), the exact integral over each cell [A].
    volumes : (c,) [m^3].
    """
    corners = cells.shape[1]
    lacking = amounts - volumes[:, None] * density[cells].mean(1)
    total = np.zeros(density.shape)
    size = np.zeros(len(density))
    for place in range(corners):
        np.add.at(total, cells[:, place], lacking)
        np.add.at(size, cells[:, place], volumes)
    return density + total / size[:, None]


def _interface(face: Any) -> Block:
    jump = _potentials(np.asarray(face.mu_minus) - np.asarray(face.mu_plus))
    data = {f"jump_{name}": value for name, value in jump.items()}
    data["J_minus"] = np.asarray(face.J_minus)
    data["J_plus"] = np.asarray(face.J_plus)
    data["torque_magnetization"] = np.asarray(face.torque_magnetization)
    data["torque_lattice"] = np.asarray(face.torque_lattice)
    data["normal"] = np.asarray(face.normal)
    return Block(name=face.name, group=INTERFACES, kind=face.kind, points=face.points, cells=face.facets, data=data)


def _potentials(mu: Array) -> dict[str, Array]:
    return {"phi": mu[:, PHI], "mu_s": mu[:, SPIN], "mu_o": mu[:, ORBITAL]}


def regions(field_blocks: Sequence[Block]) -> list[Block]:
    """Those that are no interfaces."""
    return [block for block in field_blocks if block.group == REGIONS]


@dataclass(frozen=True, eq=False)
class Shown:
    """One number at every point of the regions that have it, or of the interfaces, to draw."""

    name: str  #: as the user would ask for it: "mu_s_y"
    unit: str
    values: dict[str, Array]  #: (n,) by the name of the region or interface
    signed: bool  #: a component rather than a size

    @property
    def label(self) -> str:
        """What it is in words."""
        return self.name if self.signed else f"size of {self.name}"

    def printed(self, unit: str) -> str:
        """The same with the unit in which it is drawn."""
        return f"{self.label} [{unit}]" if unit != "1" else self.label

    @property
    def all(self) -> Array:
        """The values everywhere."""
        return np.concatenate(list(self.values.values()))


def shown(field_blocks: Sequence[Block], field: str | None = None) -> Shown:
    """The field that a user names: "phi", "mu_s_y", "J_s_xz" (moment x, flow z); "mu_s" is its size.

    "torque_magnetization_y" and the like are of interfaces. None: the spin potential along its largest axis.
    """
    if field is None:
        sizes = np.max([np.max(np.abs(block.data["mu_s"]), axis=0) for block in regions(field_blocks)], axis=0)
        field = f"mu_s_{'xyz'[int(np.argmax(sizes))]}"
    for group in GROUPS:
        inside = [block for block in field_blocks if block.group == group]
        picked = _names(inside[0].data).get(field) if inside else None
        if picked is not None:
            name, part = picked
            arrays = {x.name: x.data[name] for x in inside if name not in FLOWS or not x.insulating}
            signed = part is not None or inside[0].data[name].ndim == 1
            return Shown(field, UNITS[name], {key: _component(x, part) for key, x in arrays.items()}, signed)
    known = [name for block in field_blocks for name in _names(block.data)]
    raise InputError(Fault("field", "", *did_you_mean(field, dict.fromkeys(known)), value=repr(field)))


def _component(values: Array, part: int | None) -> Array:
    if part is not None:
        return np.asarray(values[:, part])
    return values if values.ndim == 1 else np.asarray(np.linalg.norm(values, axis=1))


def _names(data: dict[str, Array]) -> dict[str, tuple[str, int | None]]:
    """Every name of a field or of a component of it, with the array and the place of the component."""
    components: dict[str, tuple[str, int | None]] = {}
    for name, values in data.items():
        if name != "region":
            components[name] = (name, None)
            parts = PARTS[values.shape[1]] if values.ndim > 1 else ()
            components |= {f"{name}_{part}": (name, place) for place, part in enumerate(parts)}
    return components
