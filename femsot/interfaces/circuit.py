"""Laws of circuit theory: transparent, insulating, Ohmic, mixing conductance (docs/physics.md section 3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from femsot.base.components import ORBITAL, PHI, SPIN
from femsot.base.errors import Checks
from femsot.base.quantities import Array, ComplexConductance, Conductance, Direction, Number, Tensor

from .law import InterfaceLaw
from .parts import ABOVE, BELOW, Side, absorbed, batch, complex_axial, empty, mirror, series, tensor


@dataclass(frozen=True, eq=False, kw_only=True)
class Transparent:
    """Potentials and currents continuous: one set of unknowns shared by both sides."""

    needs_magnetization = False

    def law(self, *, m: Array | None = None, ferromagnet: int | None = None) -> None:
        """None: no jump."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Insulating:
    """No current crosses."""

    needs_magnetization = False

    def law(self, *, m: Array | None = None, ferromagnet: int | None = None) -> InterfaceLaw:
        return InterfaceLaw(**empty(()))


@dataclass(frozen=True, eq=False, kw_only=True)
class Ohmic:
    """Generalised Ohm's law, every current continuous (Ning24 Eqs. 8-9)."""

    charge: Conductance  #: Gc
    polarization: Number = 0.0  #: P, couples charge and the spin component along m
    spin: Tensor | None = None  #: Gs, default Gc
    orbital: Tensor | None = None  #: Go, default Gs
    orbit_to_spin: Tensor = 0.0  #: Gos
    spin_to_orbit: Tensor | None = None  #: Gso, default Gos^T (Onsager)
    magnetization: Direction | None = None  #: default: the adjacent ferromagnet's

    def __post_init__(self) -> None:
        checks = Checks("interfaces.ohmic")
        checks.nonnegative(charge=self.charge)
        checks.fraction(polarization=self.polarization)
        names = ("spin", "orbital", "orbit_to_spin", "spin_to_orbit")
        checks.finite(**{name: getattr(self, name) for name in names})
        checks.done()

    @property
    def needs_magnetization(self) -> bool:
        return bool(np.any(self.polarization))

    def law(self, *, m: Array | None = None, ferromagnet: int | None = None) -> InterfaceLaw:
        m = np.array([0.0, 0.0, 1.0]) if m is None else m
        gs = tensor(self.charge if self.spin is None else self.spin)
        go = gs if self.orbital is None else tensor(self.orbital)
        gos = tensor(self.orbit_to_spin)
        gso = np.swapaxes(gos, -1, -2) if self.spin_to_orbit is None else tensor(self.spin_to_orbit)
        pg = (np.asarray(self.polarization) * self.charge)[..., None] * m
        shapes = batch(self.charge, pg[..., 0], gs[..., 0, 0], go[..., 0, 0], gos[..., 0, 0], gso[..., 0, 0])
        block = np.zeros(np.broadcast_shapes(*shapes) + (7, 7))
        block[..., PHI, PHI] = self.charge
        block[..., PHI, SPIN] = block[..., SPIN, PHI] = -pg
        block[..., SPIN, SPIN], block[..., ORBITAL, ORBITAL] = gs, go
        block[..., SPIN, ORBITAL], block[..., ORBITAL, SPIN] = gos, gso
        return InterfaceLaw(**empty(block.shape[:-2]) | {"conductance": series(block)})


@dataclass(frozen=True, eq=False, kw_only=True)
class Mixing:
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

    needs_magnetization = True
    needs_side = True

    def __post_init__(self) -> None:
        checks = Checks("interfaces.mixing")
        checks.nonnegative(up=self.up, down=self.down, orbital=self.orbital)
        names = ("mixing", "transmitted", "ferromagnet_side_mixing", "orbit_to_spin", "spin_to_orbit")
        checks.finite(**{name: getattr(self, name) for name in names})
        checks.done()

    def law(self, *, m: Array | None = None, ferromagnet: int | None = ABOVE) -> InterfaceLaw:
        assert m is not None
        gos = np.asarray(self.orbit_to_spin, dtype=float)
        gso = gos if self.spin_to_orbit is None else np.asarray(self.spin_to_orbit, dtype=float)
        total = np.asarray(self.up, dtype=float) + self.down
        spins = (self.mixing, self.transmitted, self.ferromagnet_side_mixing)
        arrays = empty(*batch(total, self.orbital, gos, gso, *spins), m.shape[:-1])
        g, mm, eye = arrays["conductance"], m[..., :, None] * m[..., None, :], np.eye(3)
        difference = (np.asarray(self.up, dtype=float) - self.down)[..., None] * m
        block = np.zeros(g.shape[:-4] + (7, 7))
        block[..., PHI, PHI] = total
        block[..., PHI, SPIN] = block[..., SPIN, PHI] = -difference
        block[..., SPIN, SPIN] = total[..., None, None] * mm
        block[..., ORBITAL, ORBITAL] = np.asarray(self.orbital)[..., None, None] * eye
        g += series(block)
        a, t, b = (complex_axial(value, m) for value in spins)
        for side, sign, taken in ((0, 1.0, a), (1, -1.0, b)):
            g[..., side, SPIN, side, SPIN] += sign * taken
            g[..., side, SPIN, 1 - side, SPIN] -= sign * t
            g[..., side, ORBITAL, 0, SPIN] += gso[..., None, None] * eye
            g[..., side, ORBITAL, 1, SPIN] -= gso[..., None, None] * mm
            arrays["pumping"][..., side, ORBITAL, :] = gso[..., None, None] * eye
        for side, converted in ((0, gos[..., None, None] * eye), (1, gos[..., None, None] * mm)):
            g[..., side, SPIN, 0, ORBITAL] += converted
            g[..., side, SPIN, 1, ORBITAL] -= converted
        arrays["pumping"][..., 0, SPIN, :] = a - t
        arrays["pumping"][..., 1, SPIN, :] = t - b
        law = InterfaceLaw(**arrays | absorbed(arrays, np.eye(3) - mm))
        return law if ferromagnet != BELOW else mirror(law)
