"""Pieces of a device that conduct far better than what lies between them, each with a level of phi of its own.

Where a bad conductor parts two good ones, phi hardly varies within each and jumps between them: the currents in a good
conductor are due to its last digits. So phi is kept as the level of a piece plus what deviates from it. The equations
of what lies wholly inside one piece do not feel the level, and their sum over the piece is zero: neither is ever
computed from numbers that cancel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from femsot.base.components import PHI
from femsot.base.quantities import Array

#: neighbours whose charge conductances differ by more have levels of their own
CONTRAST = 1e4


@dataclass(frozen=True, eq=False)
class Potentials:
    """All potentials of a device, phi as the level of each piece plus a deviation."""

    deviation: Array  #: (N, k) [V]
    level: Array  #: (N,) of phi [V]

    @classmethod
    def flat(cls, deviation: Array) -> Potentials:
        """Return potentials (N, k) [V] without any level."""
        return cls(deviation, np.zeros(len(deviation)))

    @property
    def total(self) -> Array:
        """(N, k) [V]"""
        total = self.deviation.copy()
        total[:, PHI] += self.level
        return total

    def seen(self, inside: bool) -> Array:
        """Return (N, k) [V] what a term works on: the deviation alone where it lies inside one piece."""
        return self.deviation if inside else self.total


@dataclass(frozen=True, eq=False)
class Piece:
    """Nodes whose phi is one level plus a deviation."""

    nodes: Array  #: (n,) numbers in the system
    members: frozenset[str]  #: regions and interfaces wholly inside


def pieces(
    nodes: Mapping[str, Array], conductivity: Mapping[str, float], joints: Mapping[str, tuple[str, str, float]]
) -> tuple[Piece, ...]:
    """Return the pieces of a device; a device without bad conductors is one.

    Parameters
    ----------
    nodes : numbers in the system of the nodes of each conducting region.
    conductivity : sigma of each conducting region [S/m].
    joints : regions of each interface between two of them, and the conductivity that its charge conductance is worth
        over the size of the device [S/m]; infinite where nothing jumps.
    """
    groups = {name: {name} for name in nodes}
    for a, b, worth in joints.values():
        low, high = sorted((conductivity[a], conductivity[b]))
        if low * CONTRAST >= high and worth * CONTRAST >= low:
            merged = groups[a] | groups[b]
            groups |= dict.fromkeys(merged, merged)
    clusters = list({id(group): group for group in groups.values()}.values())
    clusters.sort(key=lambda group: max(conductivity[name] for name in group))
    size = 1 + max(int(numbers.max()) for numbers in nodes.values())
    owner = np.full(size, -1)
    for i, group in enumerate(clusters):  # a shared node belongs to the better conductor
        for name in group:
            owner[nodes[name]] = i
    result = []
    for i, group in enumerate(clusters):
        members = {name for name in group if np.all(owner[nodes[name]] == i)}
        if members:
            members |= {name for name, (a, b, _) in joints.items() if a in members and b in members}
            result.append(Piece(np.flatnonzero(owner == i), frozenset(members)))
    return tuple(result)
