"""What the contacts of a device hold: fixed potentials, equipotentials that carry a current, and what floats."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from femsot.base.components import PHI
from femsot.base.errors import Fault, InputError
from femsot.base.quantities import Array
from femsot.model.device import Device

from .numbering import Numbering
from .space import Space
from .system import System, Term


def contact_nodes(device: Device, spaces: dict[str, Space], numbering: Numbering) -> dict[str, Array]:
    """Nodes of the system on every contact."""
    by_contact = {}
    for name in device.contacts:
        facets = device.mesh.faces[name]
        nodes = []
        for region, space in spaces.items():
            on_region = facets[space.has(facets)]
            if len(on_region):
                nodes.append(numbering.nodes[region][space.on_facets(on_region)])
        if not nodes:
            raise InputError(Fault(f"contacts.{name}", "touches no metal", "a face of a metal region"))
        by_contact[name] = np.unique(np.concatenate(nodes))
    return by_contact


def constrained(device: Device, contacts: dict[str, Array], *, terms: tuple[Term, ...], load: Array) -> System:
    """The system with what contacts fix, and one phi for each piece that nothing else fixes; m is left at 0."""
    shape = load.shape
    fixed = np.zeros(shape, dtype=bool)
    values = np.zeros(shape)
    floating = []
    for name, terminal in device.contacts.items():
        nodes = contacts[name]
        for a in terminal.fixed():
            if a < shape[1]:
                fixed[nodes, a] = True
        if terminal.voltage is not None:
            fixed[nodes, PHI] = True
            values[nodes, PHI] = float(terminal.voltage)
        else:
            floating.append(nodes)
            load[nodes[0], PHI] += device.contact_current(name)
    pieces = _pieces(terms, len(load), list(contacts.values()))
    for piece in range(pieces.max() + 1):
        inside = pieces == piece
        if np.any(fixed[inside, PHI]):
            continue
        _balanced(device, [name for name, nodes in contacts.items() if inside[nodes[0]]])
        probes = [nodes for nodes in floating if inside[nodes[0]]]
        pinned = probes[0] if probes else np.flatnonzero(inside)[:1]
        floating = [nodes for nodes in floating if nodes is not pinned]
        fixed[pinned, PHI] = True
    return System(terms, load, fixed, values, tuple(floating), np.zeros((len(load), 3)))


def _pieces(terms: tuple[Term, ...], size: int, contacts: list[Array]) -> Array:
    """Which piece, joined by charge conductance or by a contact, each node is in (N,)."""
    links = [coo_array(term.matrix) for term in terms if term.tensor[PHI, PHI] != 0]
    rows = np.concatenate([x.row for x in links] + [np.full(nodes.size, nodes[0]) for nodes in contacts])
    columns = np.concatenate([x.col for x in links] + contacts)
    graph = coo_array((np.ones(rows.size), (rows, columns)), shape=(size, size))
    return np.asarray(connected_components(graph, directed=False)[1])


def _balanced(device: Device, names: list[str]) -> None:
    """Currents into a piece without a voltage add up to zero."""
    currents = {name: device.contact_current(name) for name in names}
    if abs(sum(currents.values())) > 1e-9 * max(map(abs, currents.values()), default=0.0):
        raise InputError(
            Fault(
                f"contacts.{', '.join(currents)}",
                f"currents into one piece add up to {sum(currents.values()):g} A",
                "0, or a voltage at one of them",
            )
        )
