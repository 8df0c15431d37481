"""What lies beyond the two ends of a stack: contacts, reservoirs, imposed currents of moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

import numpy as np

from .channels import COMPONENTS
from .checks import Checks, CurrentDensity, Number, Voltage, did_you_mean

Spin = Literal["sink", "blocked"]
CurrentVector = Annotated[Any, "A/m^2", "vector"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Contact:
    """A metal contact: fixed potential, or an equipotential that carries a given current."""

    voltage: Voltage | None = None  #: phi at this end
    current_density: CurrentDensity | None = None  #: J_c, flowing along +z
    spin: Spin = "sink"  #: mu_s = 0, or "blocked": J_s = 0
    orbital: Spin | None = None  #: default: as spin

    def __post_init__(self) -> None:
        checks = Checks("boundaries.contact")
        given = [name for name in ("voltage", "current_density") if getattr(self, name) is not None]
        if not given:
            checks.fail("voltage", "missing, allowed: voltage or current_density, one of the two")
        elif len(given) == 2:
            checks.fail("voltage", "voltage and current_density both given, allowed: one of the two")
        checks.finite(voltage=self.voltage, current_density=self.current_density)
        for name in ("spin", "orbital"):
            value = getattr(self, name)
            if value is not None and value not in get_args(Spin):
                checks.fail(name, f"got {value!r}, {did_you_mean(str(value), get_args(Spin))}")
        checks.done()

    def fixed(self) -> list[int]:
        """The spin and orbital components that are held at zero."""
        kinds = {1: self.spin, 4: self.spin if self.orbital is None else self.orbital}
        return [first + i for first, kind in kinds.items() if kind == "sink" for i in range(3)]


@dataclass(frozen=True, eq=False, kw_only=True)
class Reservoir:
    """A sink that holds chosen spin and orbital potentials at zero, and passes no charge."""

    components: tuple[str, ...] = COMPONENTS[1:]

    def __post_init__(self) -> None:
        checks = Checks("boundaries.reservoir")
        for name in self.components:
            if name not in COMPONENTS[1:]:
                checks.fail("components", f"got {name!r}, {did_you_mean(name, COMPONENTS[1:])}")
        checks.done()

    def fixed(self) -> list[int]:
        return [COMPONENTS.index(name) for name in self.components]


@dataclass(frozen=True, eq=False, kw_only=True)
class Injection:
    """Imposed currents of moment, flowing along +z, components x, y, z of the moment."""

    spin_current: CurrentVector = (0.0, 0.0, 0.0)
    orbital_current: CurrentVector = (0.0, 0.0, 0.0)

    def __post_init__(self) -> None:
        checks = Checks("boundaries.injection")
        checks.finite(spin_current=self.spin_current, orbital_current=self.orbital_current)
        for name in ("spin_current", "orbital_current"):
            if np.shape(getattr(self, name))[-1:] != (3,):
                checks.fail(name, f"got {getattr(self, name)!r}, allowed: three numbers")
        checks.done()

    def fixed(self) -> list[int]:
        return []


@dataclass(frozen=True, eq=False, kw_only=True)
class Surface:
    """An outer surface that nothing crosses; how electrons leave it matters to method "boltzmann" alone."""

    specularity: Number = 1.0  #: share of electrons that are mirrored, 1 (default) to 0: the others leave at random

    def __post_init__(self) -> None:
        checks = Checks("boundaries.surface")
        checks.nonnegative(specularity=self.specularity)
        if not checks.faults and np.any(np.asarray(self.specularity) > 1):
            checks.fail("specularity", f"got {np.max(self.specularity):g}, allowed: a number from 0 to 1")
        checks.done()

    def fixed(self) -> list[int]:
        return []


Boundary = Contact | Reservoir | Injection | Surface
BOUNDARIES: dict[str, type] = {
    "contact": Contact,
    "reservoir": Reservoir,
    "injection": Injection,
    "surface": Surface,
}
