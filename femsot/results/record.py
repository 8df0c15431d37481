"""What a solution is made of beside its torques: how it was reached, balances, interfaces, resistances."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from femsot.base.components import SPIN
from femsot.base.errors import Caution
from femsot.base.quantities import Array


@dataclass(frozen=True, eq=False, kw_only=True)
class Report:
    """How the solution was reached; None where a method has no such number."""

    method: str  #: "exact", "fem" or "boltzmann"
    unknowns: int
    residual: float  #: currents missing over the largest (docs/result.md)
    seconds: float
    cautions: list[Caution] = field(default_factory=list)  #: what a referee would object to
    angular_error: float | None = None  #: largest relative change between two angular orders; method "boltzmann"
    solver: str | None = None  #: of a device: "direct", "krylov", "pardiso" or "petsc"
    order: int | None = None  #: of a device's elements
    iterations: int | None = None  #: of a device; 0: solved directly
    charge_balance: float | None = None  #: of a device: sum of the contacts' currents over the largest
    error: dict[str, float] | None = None  #: of a device in order 2: estimated relative errors by quantity
    stages: dict[str, float] | None = None  #: of a device: seconds of assembly and solution

    @property
    def warnings(self) -> list[str]:
        """What a referee would object to, a sentence each."""
        return [str(caution) for caution in self.cautions]

    def to_dict(self) -> dict[str, Any]:
        """Return the record of `result.json`: what the method has, warnings as sentences."""
        numbers = {name: value for name, value in vars(self).items() if value is not None and name != "cautions"}
        return numbers | {"warnings": self.warnings}


@dataclass(frozen=True, eq=False, kw_only=True)
class Uptake:
    """What one conducting layer takes up per area, or a region per footprint [A/m^2], and where it goes."""

    flux: Array  #: (..., 7) currents in through all its faces
    lost: Array  #: (..., 7) what relaxes and is pumped inside
    exchange: Array  #: (..., 3) spin to its magnetization
    spin_flip: Array  #: (..., 3) spin to the lattice
    orbital_exchange: Array  #: (..., 3) spin to orbital moment
    missing: Array  #: (...) currents that the solver knows to be missing besides
    largest: Array  #: (...) the largest current of the whole


@dataclass(frozen=True, eq=False, kw_only=True)
class Budget:
    """Where the moment goes that a part takes up: flux = exchange + spin_flip + orbital_exchange [A/m^2]."""

    flux: Array  #: (..., 3) spin that flows in through all its faces
    exchange: Array  #: (..., 3) to its magnetization
    spin_flip: Array  #: (..., 3) to the lattice
    orbital_exchange: Array  #: (..., 3) to orbital moment
    residual: Array  #: (...) what is missing, orbital moment included, over the largest current of the whole


@dataclass(frozen=True, eq=False, kw_only=True)
class InterfaceState:
    """Both sides of one interface "a|b", of a device their means; zeros on the side of an insulator."""

    name: str
    mu_minus: Array  #: (..., 7) in a [V]
    mu_plus: Array  #: (..., 7) in b
    J_minus: Array  #: (..., 7) that leaves a, along the normal from a to b [A/m^2]
    J_plus: Array  #: (..., 7) that enters b
    torque_magnetization: Array  #: (..., 3) [A/m^2]
    torque_lattice: Array  #: (..., 3) [A/m^2]
    sheet_current: Array | None = None  #: (..., 2) charge current along it, x and y, of a stack [A/m]


@dataclass(frozen=True, eq=False, kw_only=True)
class Resistance:
    """Resistances of a whole stack or device; None where undefined."""

    sheet: Array | None = None  #: E^2/(K.E) of a stack that an in-plane field alone drives (...) [ohm]
    area: Array | None = None  #: (phi_bottom - phi_top)/J_c of a stack between two contacts (...) [ohm m^2]
    two_terminal: float | None = None  #: of a device between two contacts [ohm]
    four_terminal: float | None = None  #: of a device between two probes [ohm]


def budget(uptake: Uptake) -> Budget:
    """Return the balance of one part: its spin terms, and what of all components is missing."""
    spin = uptake.flux[..., SPIN]
    spent = uptake.exchange + uptake.spin_flip + uptake.orbital_exchange
    missing = np.maximum(np.abs(uptake.flux - uptake.lost).max(-1), np.abs(spin - spent).max(-1))
    return Budget(
        flux=spin,
        exchange=uptake.exchange,
        spin_flip=uptake.spin_flip,
        orbital_exchange=uptake.orbital_exchange,
        residual=np.maximum(missing, uptake.missing) / np.where(uptake.largest > 0, uptake.largest, 1.0),
    )
