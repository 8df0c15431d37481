"""Ohm's law of an interface for charge, spin and orbit (docs/physics.md section 3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from femsot.base.components import ORBITAL, PHI, SPIN
from femsot.base.quantities import Array, Conductance, Direction, Number, Tensor

from .law import InterfaceMap, Law, law
from .parts import batch, empty, series, tensor


@law("ohmic")
@dataclass(frozen=True, eq=False, kw_only=True)
class Ohmic(Law):
    """Generalised Ohm's law, every current continuous (Ning24 Eqs. 8-9)."""

    charge: Conductance  #: Gc
    polarization: Number = 0.0  #: P, couples charge and the spin component along m
    spin: Tensor | None = None  #: Gs, default Gc
    orbital: Tensor | None = None  #: Go, default Gs
    orbit_to_spin: Tensor = 0.0  #: Gos
    spin_to_orbit: Tensor | None = None  #: Gso, default Gos^T (Onsager)
    magnetization: Direction | None = None  #: default: the adjacent ferromagnet's

    orbital_fields = ("orbital", "orbit_to_spin", "spin_to_orbit")

    def __post_init__(self) -> None:
        checks = self.checks()
        checks.nonnegative(charge=self.charge)
        checks.fraction(polarization=self.polarization)
        checks.finite(spin=self.spin, orbital=self.orbital)
        checks.finite(orbit_to_spin=self.orbit_to_spin, spin_to_orbit=self.spin_to_orbit)
        checks.done()

    @property
    def needs_magnetization(self) -> bool:
        return bool(np.any(self.polarization))

    def map(self, m_below: Array | None, m_above: Array | None, side: int | None = None) -> InterfaceMap:
        """Return the map; m enters with P alone."""
        m = self.direction(m_below, m_above, side)
        if m is None:
            m = np.array([0.0, 0.0, 1.0])
        gs = tensor(self.charge if self.spin is None else self.spin)
        go = gs if self.orbital is None else tensor(self.orbital)
        gos = tensor(self.orbit_to_spin)
        gso = np.swapaxes(gos, -1, -2) if self.spin_to_orbit is None else tensor(self.spin_to_orbit)
        pg = (np.asarray(self.polarization) * self.charge)[..., None] * m
        shapes = batch(self.charge, pg[..., 0], gs[..., 0, 0], go[..., 0, 0], gos[..., 0, 0], gso[..., 0, 0])
        block = np.zeros(np.broadcast_shapes(*shapes) + (7, 7))
        block[..., PHI, PHI] = self.charge
        block[..., PHI, SPIN] = block[..., SPIN, PHI] = -pg
        block[..., SPIN, SPIN] = gs
        block[..., ORBITAL, ORBITAL] = go
        block[..., SPIN, ORBITAL] = gos
        block[..., ORBITAL, SPIN] = gso
        return InterfaceMap(**empty(block.shape[:-2]) | {"conductance": series(block)})
