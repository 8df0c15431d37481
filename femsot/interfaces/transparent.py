"""The law of an interface that everything crosses freely."""

from __future__ import annotations

from dataclasses import dataclass

from femsot.base.quantities import Array

from .law import Law, law


@law("transparent")
@dataclass(frozen=True, eq=False, kw_only=True)
class Transparent(Law):
    """Potentials and currents continuous: one set of unknowns shared by both sides."""

    transparent = True

    def map(self, m_below: Array | None, m_above: Array | None, side: int | None = None) -> None:
        """Return None: no jump."""
