"""The equations of a device: every region's stiffness and mass, every interface's jump, times small tensors.

For all test functions v of a region, with J = -C grad mu + J_ext and div J + R mu = 0,

    int grad v . C grad mu + v R mu  =  int grad v . J_ext - oint v n.J ,

and an interface law puts n.J^- = G mu + S E and n.J^+ alike.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from femsot.base.components import PHI
from femsot.base.errors import Caution
from femsot.base.quantities import Array
from femsot.model.device import Device, in_space

from .bulk import Metal, bulk_load, bulk_terms, imposed_current, metals
from .constraints import constrained, contact_nodes
from .joint import Joint, joint, jump_load, jump_terms
from .levels import Potentials, pieces
from .numbering import Numbering, number
from .space import Space
from .system import System, Term


@dataclass(frozen=True, eq=False)
class Equations:
    """The system, and its parts by what they belong to."""

    device: Device
    metals: dict[str, Metal]
    joints: dict[str, Joint]  #: of the interfaces that jump
    numbering: Numbering
    contacts: dict[str, Array]  #: nodes of the system on each contact
    terms: dict[str, tuple[Term, ...]]  #: by region or interface
    loads: dict[str, Array]  #: by region or interface, (N, k) [A]
    system: System

    def cautions(self) -> list[Caution]:
        """Return what a user should know of the interfaces."""
        return [caution for joint in self.joints.values() for caution in joint.cautions()]

    def of(self, owner: str, X: Potentials) -> Array:
        """What one region or interface puts into the balance of every node (N, k) [A]."""
        Y = -self.loads[owner]
        seen = X.seen(self.inside(owner))
        for term in self.terms[owner]:
            term.block.add(seen, Y)
        return Y

    def inside(self, owner: str) -> bool:
        """Is a region or interface wholly inside one piece?"""
        return any(owner in piece.members for piece in self.system.pieces)


def equations(device: Device, *, order: int = 2) -> Equations:
    """Everything that is solved, in elements of `order` 1 or 2."""
    regions = metals(device, order)
    spaces = {name: metal.space for name, metal in regions.items()}
    joints = {name: joint(device, name, spaces) for name in device.joints}
    jumps = {name: interface for name, interface in joints.items() if interface is not None}
    numbering = number(device, spaces, [name for name, interface in joints.items() if interface is None])
    k = numbering.components
    field = np.asarray(device.electric_field, dtype=float)
    terms: dict[str, tuple[Term, ...]] = {}
    loads: dict[str, Array] = {}
    for name, metal in regions.items():
        terms[name] = tuple(bulk_terms(metal, numbering))
        loads[name] = bulk_load(metal, numbering, field)
    for name, jump in jumps.items():
        terms[name] = tuple(jump_terms(jump, device.joints[name], numbering))
        loads[name] = jump_load(jump, device.joints[name], numbering, field=field)
    parts = pieces(
        {name: numbering.nodes[name] for name in regions},
        {name: float(metal.bulk.charge) for name, metal in regions.items()},
        _links(device, regions, jumps),
    )
    for name in terms:
        if any(name in piece.members for piece in parts):
            terms[name] = tuple(replace(term, inside=True) for term in terms[name])
    contacts = contact_nodes(device, spaces, numbering)
    every = tuple(term for part in terms.values() for term in part)
    load = sum(loads.values(), np.zeros((numbering.size, k)))
    system = constrained(device, contacts, terms=every, load=load)
    imposed = sum((imposed_current(metal, numbering, field) for metal in regions.values()), np.zeros(numbering.size))
    system = replace(system, imposed=float(np.linalg.norm(imposed)))
    system = replace(system, m=_directions(regions, numbering), points=_points(spaces, numbering))
    system = replace(system, simplices=order == 1 and device.mesh.kind in ("triangle", "tetra"), pieces=parts)
    return Equations(device, regions, jumps, numbering, contacts, terms, loads, system)


def _links(device: Device, regions: dict[str, Metal], jumps: dict[str, Joint]) -> dict[str, tuple[str, str, float]]:
    """Interfaces between two metals: their regions, and what conductivity each is worth."""
    between = {name: pair for name, pair in device.joints.items() if {*pair} <= {*regions}}
    return {name: (*pair, _worth(jumps.get(name), device)) for name, pair in between.items()}


def _worth(jump: Joint | None, device: Device) -> float:
    """The conductivity that an interface's charge conductance is worth over the size of the device [S/m]."""
    if jump is None:
        return float("inf")
    extent = float(np.ptp(device.mesh.points, axis=0).max())
    conductances = [np.abs(maps["conductance"][..., 0, PHI, 0, PHI]).max() for _, maps in jump.maps()]
    return float(max(conductances)) * extent


def _directions(regions: dict[str, Metal], numbering: Numbering) -> Array:
    """m at every node (N, 3), 0 outside magnets."""
    m = np.zeros((numbering.size, 3))
    for name, metal in regions.items():
        if metal.region.magnetization is not None:
            m[numbering.nodes[name]] = metal.m(in_space(metal.space.nodes, numbering.axes))
    return m


def _points(spaces: dict[str, Space], numbering: Numbering) -> Array:
    """Where the nodes are (N, d) [m]."""
    points = np.zeros((numbering.size, len(numbering.axes)))
    for name, space in spaces.items():
        points[numbering.nodes[name]] = space.nodes
    return points
