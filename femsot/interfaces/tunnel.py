"""A tunnel barrier between two magnets, across which spin is kept (docs/physics.md section 3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from femsot.base.components import PHI, SPIN
from femsot.base.quantities import Array, Conductance, Number, ResistanceArea

from .law import InterfaceMap, Law, law
from .parts import batch, empty, series


@law("tunnel")
@dataclass(frozen=True, eq=False, kw_only=True)
class Tunnel(Law):
    """A tunnel barrier between two magnets: J^- = J^+ = g (mu^- - mu^+), spin is kept.

    Each magnet takes what is across its magnetization by its own exchange and dephasing; the interface has no torque.
    Julliere's magnetoresistance is 2 P1 P2/(1 - P1 P2).
    """

    conductance: Conductance | None = None  #: G0, of magnetizations at a right angle
    resistance_area: ResistanceArea | None = None  #: of parallel magnetizations, instead: G0 = 1/[RA (1 + P1 P2)]
    polarization_below: Number  #: P1, of the tunnel current
    polarization_above: Number  #: P2
    field_like: Conductance = 0.0  #: b: of V = phi^- - phi^+, m1 receives - b V m1 x m2 and m2 + b V m1 x m2

    two_magnets = True

    def __post_init__(self) -> None:
        checks = self.checks()
        checks.positive(conductance=self.conductance, resistance_area=self.resistance_area)
        checks.finite(field_like=self.field_like)
        polarizations = {"polarization_below": self.polarization_below, "polarization_above": self.polarization_above}
        checks.each(polarizations, lambda x: np.abs(x) <= 1, "a number from -1 to 1")
        if self.conductance is None and self.resistance_area is None:
            checks.fail("conductance", "missing, required", "a conductance, or resistance_area")
        if self.conductance is not None and self.resistance_area is not None:
            checks.fail("resistance_area", "given beside conductance", "one of the two")
        checks.done()
        if self.resistance_area is not None and np.any(self._product <= -1):
            checks.fail("resistance_area", "given though parallel magnets pass no current", "conductance")
        checks.done()

    @property
    def _product(self) -> Array:
        """P1 P2."""
        return np.asarray(self.polarization_below, dtype=float) * np.asarray(self.polarization_above, dtype=float)

    @property
    def mean_conductance(self) -> Array:
        """G0 (...,) [S/m^2]."""
        if self.conductance is not None:
            return np.asarray(self.conductance, dtype=float)
        return 1.0 / (np.asarray(self.resistance_area, dtype=float) * (1.0 + self._product))

    def map(self, m_below: Array | None, m_above: Array | None, side: int | None = None) -> InterfaceMap:
        """Return the map of the golden rule for two magnets; the part of b does no work."""
        assert m_below is not None
        assert m_above is not None
        g0 = self.mean_conductance[..., None]
        p1 = np.asarray(self.polarization_below, dtype=float)[..., None]
        p2 = np.asarray(self.polarization_above, dtype=float)[..., None]
        cosine = np.sum(m_below * m_above, axis=-1)
        charge = self.mean_conductance * (1.0 + self._product * cosine)
        polarised = g0 * (p1 * m_below + p2 * m_above)
        odd = np.asarray(self.field_like, dtype=float)[..., None] * np.cross(m_below, m_above)
        both = m_below[..., :, None] * m_above[..., None, :]
        turned = both + np.swapaxes(both, -1, -2) - cosine[..., None, None] * np.eye(3)
        spins = g0[..., None] * (np.eye(3) + (p1 * p2)[..., None] * turned)
        block = np.zeros(np.broadcast_shapes(*batch(charge, polarised[..., 0], odd[..., 0])) + (7, 7))
        block[..., PHI, PHI] = charge
        block[..., PHI, SPIN] = -polarised - odd
        block[..., SPIN, PHI] = -polarised + odd
        block[..., SPIN, SPIN] = spins
        return InterfaceMap(**empty(block.shape[:-2]) | {"conductance": series(block)})
