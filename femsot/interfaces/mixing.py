"""Mixing conductance: a magnet's surface absorbs the spin across m (docs/physics.md section 3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from femsot.base.components import ORBITAL, PHI, SPIN
from femsot.base.quantities import Array, ComplexConductance, Conductance, Direction

from .law import BELOW, InterfaceMap, Law, Side, law
from .parts import absorbed, batch, complex_axial, empty, mirror, series


@law("mixing")
@dataclass(frozen=True, eq=False, kw_only=True)
class Mixing(Law):
    """Circuit theory: transverse spin is absorbed (Brataas et al., Phys. Rep. 427, 157); 2 G_mix throughout."""

    up: Conductance = 0.0  #: Gup
    down: Conductance = 0.0  #: Gdn
    mixing: ComplexConductance = 0.0  #: Gr + i Gi = 2 G_mix
    transmitted: ComplexConductance = 0.0  #: Tr + i Ti
    ferromagnet_side_mixing: ComplexConductance = 0.0  #: Gr' + i Gi', seen from the ferromagnet
    orbital: Conductance = 0.0  #: Go
    orbit_to_spin: Conductance = 0.0  #: Gos
    spin_to_orbit: Conductance | None = None  #: Gso, default Gos (Onsager)
    magnetization: Direction | None = None  #: default: the adjacent ferromagnet's
    ferromagnet: Side | None = None  #: which side it is on; default: as the stack has it

    needs_side = True
    orbital_fields = ("orbital", "orbit_to_spin", "spin_to_orbit")
    inner_fields = ("transmitted", "ferromagnet_side_mixing")

    def __post_init__(self) -> None:
        checks = self.checks()
        checks.nonnegative(up=self.up, down=self.down, orbital=self.orbital)
        checks.finite_complex(mixing=self.mixing, transmitted=self.transmitted)
        checks.finite_complex(ferromagnet_side_mixing=self.ferromagnet_side_mixing)
        checks.finite(orbit_to_spin=self.orbit_to_spin, spin_to_orbit=self.spin_to_orbit)
        checks.done()

    @property
    def needs_magnetization(self) -> bool:
        """Whatever its numbers."""
        return True

    def map(self, m_below: Array | None, m_above: Array | None, side: int | None = None) -> InterfaceMap:
        """Return the map; written for a magnet above, and mirrored where it is below."""
        if side is None:
            side = self.side(m_below, m_above)
        m = self.direction(m_below, m_above, side)
        assert m is not None
        gos = np.asarray(self.orbit_to_spin, dtype=float)
        gso = gos if self.spin_to_orbit is None else np.asarray(self.spin_to_orbit, dtype=float)
        total = np.asarray(self.up, dtype=float) + self.down
        spins = (self.mixing, self.transmitted, self.ferromagnet_side_mixing)
        arrays = empty(*batch(total, self.orbital, gos, gso, *spins), m.shape[:-1])
        g = arrays["conductance"]
        mm = m[..., :, None] * m[..., None, :]
        eye = np.eye(3)
        difference = (np.asarray(self.up, dtype=float) - self.down)[..., None] * m
        block = np.zeros(g.shape[:-4] + (7, 7))
        block[..., PHI, PHI] = total
        block[..., PHI, SPIN] = block[..., SPIN, PHI] = -difference
        block[..., SPIN, SPIN] = total[..., None, None] * mm
        block[..., ORBITAL, ORBITAL] = np.asarray(self.orbital)[..., None, None] * eye
        g += series(block)
        a, t, b = (complex_axial(value, m) for value in spins)
        for s, sign, reflected in ((0, 1.0, a), (1, -1.0, b)):
            g[..., s, SPIN, s, SPIN] += sign * reflected
            g[..., s, SPIN, 1 - s, SPIN] -= sign * t
            g[..., s, ORBITAL, 0, SPIN] += gso[..., None, None] * eye
            g[..., s, ORBITAL, 1, SPIN] -= gso[..., None, None] * mm
            arrays["pumping"][..., s, ORBITAL, :] = gso[..., None, None] * eye
        for s, converted in ((0, gos[..., None, None] * eye), (1, gos[..., None, None] * mm)):
            g[..., s, SPIN, 0, ORBITAL] += converted
            g[..., s, SPIN, 1, ORBITAL] -= converted
        arrays["pumping"][..., 0, SPIN, :] = a - t
        arrays["pumping"][..., 1, SPIN, :] = t - b
        above = InterfaceMap(**arrays | absorbed(arrays, np.eye(3) - mm))
        return mirror(above) if side == BELOW else above
