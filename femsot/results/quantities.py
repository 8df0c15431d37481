"""Every scalar of a solution by name: what studies fit, vary, estimate errors of, and tabulate.

A path is `torque.NAME.FIELD`, `layers.NAME.FIELD`, `regions.NAME.FIELD`, `interfaces.NAME.FIELD`, `contacts.NAME.FIELD`
or a FIELD of the whole, with an entry `[0]` or `[x]` where the field has several.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from femsot.base.components import COMPONENTS
from femsot.base.errors import Fault, InputError, did_you_mean
from femsot.base.quantities import Array

from .device import DeviceSolution
from .record import InterfaceState
from .solution import Solution
from .stack import StackSolution
from .torque import Torque

AXES = ("x", "y", "z")
LIKES = ("0", "1")  #: damping-like, field-like


@dataclass(frozen=True, eq=False)
class Quantity:
    """One scalar of a solution; leading axes are the batch of a stack of many points."""

    path: str  #: such as "torque.Co.efficiency_j[0]"
    unit: str  #: SI, "1" for a plain number
    values: Array  #: (...) nan where undefined


#: fields of a torque: unit, names of the entries, the values (..., entries), None where undefined
_TORQUE: dict[str, tuple[str, tuple[str, ...], Callable[[Torque], Array | None]]] = {
    "damping_like": ("A/m^2", (), lambda torque: torque.damping_like),
    "field_like": ("A/m^2", (), lambda torque: torque.field_like),
    "remainder": ("A/m^2", AXES, lambda torque: torque.remainder),
    "efficiency_E": ("S/m", LIKES, lambda torque: torque.efficiency_E),
    "efficiency_j": ("1", LIKES, lambda torque: torque.efficiency_j),
    "field_T": ("T", LIKES, lambda torque: torque.field_T),
    "field_per_current": ("T", LIKES, lambda torque: torque.field_per_current),
    "rate": ("1/s", AXES, lambda torque: torque.rate),
    "received": ("A/m^2", AXES, lambda torque: torque.received),
    "received_like": ("A/m^2", LIKES, lambda torque: torque.received_like),
    "flux": ("A/m^2", AXES, lambda torque: torque.flux),
    "flux_like": ("A/m^2", LIKES, lambda torque: torque.flux_like),
}
_INTERFACE: dict[str, tuple[str, tuple[str, ...], Callable[[InterfaceState], Array]]] = {
    "torque_magnetization": ("A/m^2", AXES, lambda state: state.torque_magnetization),
    "torque_lattice": ("A/m^2", AXES, lambda state: state.torque_lattice),
    "J_minus": ("A/m^2", COMPONENTS, lambda state: state.J_minus),
    "J_plus": ("A/m^2", COMPONENTS, lambda state: state.J_plus),
    "mu_minus": ("V", COMPONENTS, lambda state: state.mu_minus),
    "mu_plus": ("V", COMPONENTS, lambda state: state.mu_plus),
}


def quantities(solution: Solution) -> dict[str, Quantity]:
    """Return every scalar of a solution by its path."""
    listed = [*_of_torques(solution), *_of_interfaces(solution)]
    if isinstance(solution, StackSolution):
        listed += _of_stack(solution)
    if isinstance(solution, DeviceSolution):
        listed += _of_device(solution)
    return {entry.path: entry for entry in listed}


def quantity(solution: Solution, path: str) -> Quantity:
    """Return one scalar of a solution.

    Raises
    ------
    InputError
        If the solution has none of that path.
    """
    known = quantities(solution)
    if path not in known:
        raise InputError(Fault(path, "no such quantity of the result", *did_you_mean(path, known)))
    return known[path]


def _of_torques(solution: Solution) -> Iterator[Quantity]:
    for name in solution.magnets:
        torque = solution.torque(name)
        for field, (unit, entries, values) in _TORQUE.items():
            yield from _entries(f"torque.{name}.{field}", unit, entries, values=values(torque))
        inside: tuple[tuple[str, str, Mapping[str, Array] | None], ...] = (
            ("efficiency_j_in", "1", torque.efficiency_j_in),
            ("field_per_current_in", "T", torque.field_per_current_in),
        )
        for field, unit, by_part in inside:
            for part, pair in (by_part or {}).items():
                yield from _entries(f"torque.{name}.{field}.{part}", unit, LIKES, values=pair)


def _of_interfaces(solution: Solution) -> Iterator[Quantity]:
    for name in solution.interface_names:
        state = solution.interface(name)
        for field, (unit, entries, values) in _INTERFACE.items():
            yield from _entries(f"interfaces.{name}.{field}", unit, entries, values=values(state))


def _of_stack(solution: StackSolution) -> Iterator[Quantity]:
    for name in solution.parts:
        yield from _entries(f"layers.{name}.sheet_current", "A/m", AXES[:2], values=solution.sheet_current(name))
        yield from _entries(f"layers.{name}.current_share", "1", (), values=solution.current_share(name))
    resistance = solution.resistance()
    yield from _entries("sheet_resistance", "ohm", (), values=resistance.sheet)
    yield from _entries("resistance_area", "ohm m^2", (), values=resistance.area)
    yield from _entries("current_density", "A/m^2", (), values=solution.current_density())


def _of_device(solution: DeviceSolution) -> Iterator[Quantity]:
    for name in solution.metals:
        yield from _entries(f"regions.{name}.electric_field", "V/m", AXES, values=solution.electric_field(name))
    for name, (voltage, current) in solution.contacts.items():
        yield from _entries(f"contacts.{name}.voltage", "V", (), values=np.asarray(voltage))
        yield from _entries(f"contacts.{name}.current", "A", (), values=np.asarray(current))
    resistance = solution.resistance()
    for field, value in (
        ("resistance", resistance.two_terminal),
        ("four_terminal_resistance", resistance.four_terminal),
    ):
        yield from _entries(field, "ohm", (), values=None if value is None else np.asarray(value))


def _entries(path: str, unit: str, entries: tuple[str, ...], *, values: Array | None) -> Iterator[Quantity]:
    """A scalar, or each entry of the last axis."""
    if not entries:
        yield Quantity(path, unit, np.asarray(np.nan if values is None else values, dtype=float))
        return
    for i, entry in enumerate(entries):
        number = np.asarray(np.nan) if values is None else np.asarray(values[..., i], dtype=float)
        yield Quantity(f"{path}[{entry}]", unit, number)
