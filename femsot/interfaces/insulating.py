"""The law of an interface that nothing crosses."""

from __future__ import annotations

from dataclasses import dataclass

from femsot.base.quantities import Array

from .law import InterfaceMap, Law, law
from .parts import empty


@law("insulating")
@dataclass(frozen=True, eq=False, kw_only=True)
class Insulating(Law):
    """No current crosses."""

    insulating = True

    def map(self, m_below: Array | None, m_above: Array | None, side: int | None = None) -> InterfaceMap:
        """Return zeros."""
        return InterfaceMap(**empty(()))
