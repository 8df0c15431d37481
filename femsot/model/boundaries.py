"""What lies beyond the two ends of a stack: contacts, reservoirs, imposed currents of moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from femsot.base.components import COMPONENTS
from femsot.base.errors import Checks, did_you_mean
from femsot.base.quantities import Current, CurrentDensity, CurrentVector, Number, Voltage

Spin = Literal["sink", "blocked", "open"]


def check_contact(checks: Checks, contact: Any, current: str) -> None:
    """Faults of a metal contact, whose other drive than the voltage is the field `current`."""
    drives = {name: getattr(contact, name) for name in ("voltage", current)}
    driven = [name for name, value in drives.items() if value is not None]
    if len(driven) != 1:
        what = f"voltage and {current} both given" if driven else "missing"
        checks.fail("voltage", what, f"voltage or {current}, one of the two")
    checks.finite(**drives)
    for name in ("spin", "orbital"):
        value = getattr(contact, name)
        if value is not None and value not in get_args(Spin):
            checks.fail(name, "", *did_you_mean(str(value), get_args(Spin)), value=repr(value))
        elif value == "open" and current == "current":
            checks.fail(name, "of a device's contact", '"sink" or "blocked"', "stacks alone have it", value=repr(value))


def held_components(spin: Spin, orbital: Spin | None) -> list[int]:
    """The spin and orbital components that a contact holds at zero; `orbital` None: as spin."""
    kinds = {1: spin, 4: spin if orbital is None else orbital}
    return [first + i for first, kind in kinds.items() if kind == "sink" for i in range(3)]


def open_components(spin: Spin, orbital: Spin | None) -> list[int]:
    """Return the spin and orbital components without diffusive flux at a contact: the wire or magnet goes on."""
    kinds = {1: spin, 4: spin if orbital is None else orbital}
    return [first + i for first, kind in kinds.items() if kind == "open" for i in range(3)]


@dataclass(frozen=True, eq=False, kw_only=True)
class Contact:
    """A metal contact: fixed potential, or an equipotential that carries a given current."""

    voltage: Voltage | None = None  #: phi at this end
    current_density: CurrentDensity | None = None  #: J_c, flowing along +z
    spin: Spin = "sink"  #: mu_s = 0; "blocked": J_s = 0; "open": J_s is what charge and field drive by themselves
    orbital: Spin | None = None  #: default: as spin

    def __post_init__(self) -> None:
        checks = Checks("boundaries.contact")
        check_contact(checks, self, "current_density")
        checks.done()

    def fixed(self) -> list[int]:
        """The spin and orbital components that are held at zero."""
        return held_components(self.spin, self.orbital)

    def quiet(self) -> Contact:
        """Return the same contact that drives nothing."""
        zero = {"voltage": 0.0} if self.current_density is None else {"current_density": 0.0}
        return Contact(spin=self.spin, orbital=self.orbital, **zero)

    def going_on(self) -> list[int]:
        """Return the components whose diffusive flux is zero: beyond the contact the layer goes on."""
        return open_components(self.spin, self.orbital)


@dataclass(frozen=True, eq=False, kw_only=True)
class Terminal:
    """A metal contact on a named face: fixed potential, or an equipotential that takes a given current."""

    voltage: Voltage | None = None  #: phi on the face
    current: Current | None = None  #: into the device; 0 for a voltage probe
    current_density: CurrentDensity | None = None  #: the mean over the face of what flows into the device
    spin: Spin = "sink"  #: mu_s = 0, or "blocked": J_s = 0
    orbital: Spin | None = None  #: default: as spin

    def __post_init__(self) -> None:
        checks = Checks("contacts")
        if self.current is not None and self.current_density is not None:
            checks.fail("current_density", "given beside current", "one of the two")
        check_contact(checks, self, "current" if self.current_density is None else "current_density")
        if self.current_density is not None and "open" in (self.spin, self.orbital):
            checks.fail("spin", "of a device's contact", '"sink" or "blocked"', "stacks alone have it", value="'open'")
        checks.done()

    def fixed(self) -> list[int]:
        """Return the spin and orbital components that are held at zero."""
        return held_components(self.spin, self.orbital)


@dataclass(frozen=True, eq=False, kw_only=True)
class Reservoir:
    """A sink that holds chosen spin and orbital potentials at zero, and passes no charge."""

    components: tuple[str, ...] = COMPONENTS[1:]

    def __post_init__(self) -> None:
        checks = Checks("boundaries.reservoir")
        for name in self.components:
            if name not in COMPONENTS[1:]:
                checks.fail("components", "", *did_you_mean(name, COMPONENTS[1:]), value=repr(name))
        checks.done()

    def fixed(self) -> list[int]:
        return [COMPONENTS.index(name) for name in self.components]

    def quiet(self) -> Reservoir:
        """Return itself: it drives nothing."""
        return self


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
                checks.fail(name, allowed="three numbers", value=repr(getattr(self, name)))
        checks.done()

    def fixed(self) -> list[int]:
        return []

    def quiet(self) -> None:
        """Return None: without its currents it is an end that nothing crosses."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Surface:
    """An outer surface that nothing crosses; how electrons leave it matters to method "boltzmann" alone."""

    specularity: Number = 1.0  #: share of electrons that are mirrored, 1 (default) to 0: the others leave at random

    def __post_init__(self) -> None:
        checks = Checks("boundaries.surface")
        checks.nonnegative(specularity=self.specularity)
        if not checks.faults and np.any(np.asarray(self.specularity) > 1):
            checks.fail("specularity", allowed="a number from 0 to 1", value=f"{np.max(self.specularity):g}")
        checks.done()

    def fixed(self) -> list[int]:
        return []

    def quiet(self) -> Surface:
        """Return itself: it drives nothing."""
        return self


Boundary = Contact | Reservoir | Injection | Surface
BOUNDARIES: dict[str, type] = {
    "contact": Contact,
    "reservoir": Reservoir,
    "injection": Injection,
    "surface": Surface,
}
