"""What result.json and sweep.json must hold for those who read them: a person may have edited them by hand.

A rule is a `Leaf`, a record (dict of rules, "key?" where it may be missing, further keys are not looked at), `Each` of
a table, `Many` of a list, or `Maybe` null.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from femsot.base.components import COMPONENTS
from femsot.base.errors import Fault
from femsot.base.units import show


@dataclass(frozen=True)
class Leaf:
    """A value by itself."""

    allowed: str
    good: Callable[[Any], bool]


@dataclass(frozen=True)
class Each:
    """A table of any keys whose values follow one rule."""

    rule: Rule


@dataclass(frozen=True)
class Many:
    """A list whose values follow one rule."""

    rule: Rule


@dataclass(frozen=True)
class Maybe:
    """A value or null."""

    rule: Rule


Rule = Leaf | Each | Many | Maybe | Mapping[str, "Rule"]


def faults(value: Any, rule: Rule, path: str = "") -> Iterator[Fault]:
    """Yield a fault for each place of `value` that is not what the rule says."""
    if isinstance(rule, Maybe):
        yield from faults(value, rule.rule, path) if value is not None else ()
    elif isinstance(rule, Leaf):
        if not rule.good(value):
            yield Fault(path, "", rule.allowed, value=show(value))
    elif isinstance(rule, Many):
        yield from _of_list(value, rule, path)
    elif isinstance(value, dict):
        yield from _of_table(value, rule, f"{path}." if path else "")
    else:
        yield Fault(path, "", "a table", value=show(value))


def _of_list(value: Any, rule: Many, path: str) -> Iterator[Fault]:
    if not isinstance(value, list):
        yield Fault(path, "", "a list", value=show(value))
        return
    for i, item in enumerate(value):
        yield from faults(item, rule.rule, f"{path}[{i}]")


def _of_table(value: dict[str, Any], rule: Each | Mapping[str, Rule], prefix: str) -> Iterator[Fault]:
    if isinstance(rule, Each):
        for key, item in value.items():
            yield from faults(item, rule.rule, prefix + key)
        return
    for key, inner in rule.items():
        name = key.removesuffix("?")
        if name in value:
            yield from faults(value[name], inner, prefix + name)
        elif name == key:
            yield Fault(prefix + name, "missing, required")


def shape(value: Any) -> tuple[int, ...] | None:
    """Return the shape of nested lists of numbers and nulls; None if they are none."""
    if value is None or is_number(value):
        return ()
    if not isinstance(value, list) or not value:
        return None
    first = shape(value[0])
    if first is None or any(shape(item) != first for item in value[1:]):
        return None
    return (len(value), *first)


def is_number(value: Any) -> bool:
    """Is it a finite number, and not true or false? Up to 1e300, so that sums of a few are finite too."""
    return isinstance(value, int | float) and not isinstance(value, bool) and _bounded(value)


def _bounded(value: float) -> bool:
    return math.isfinite(value) and abs(value) <= 1e300 if isinstance(value, float) else abs(value) <= 10**300


def numbers(*size: int) -> Leaf:
    """Return the rule of nested lists of numbers and nulls of one shape; -1: any length."""
    words = " x ".join("any" if n < 0 else str(n) for n in size)

    def good(value: Any) -> bool:
        found = shape(value)
        return (
            found is not None
            and len(found) == len(size)
            and all(n in (-1, m) for n, m in zip(size, found, strict=True))
        )

    return Leaf(f"{words} numbers", good)


NUMBER = Leaf("a number", is_number)
TEXT = Leaf("a text", lambda value: isinstance(value, str))
NAME = Leaf("a name", lambda value: isinstance(value, str) and bool(value))
FLAG = Leaf("true or false", lambda value: isinstance(value, bool))
VECTOR = numbers(3)
SEVEN = numbers(len(COMPONENTS))
PAIR = numbers(2)
TORQUE: Rule = {
    "basis": Leaf('"received" or "flux"', lambda value: value in ("received", "flux")),
    "flux": VECTOR,
    "exchange": Maybe(VECTOR),
    "interface": VECTOR,
    "received": Maybe(VECTOR),
    "damping_like": Maybe(NUMBER),
    "field_like": Maybe(NUMBER),
    "remainder": Maybe(VECTOR),
    "reference": Maybe(VECTOR),
    **{f"{key}?": Maybe(PAIR) for key in ("flux_like", "received_like", "efficiency_E", "efficiency_j", "field_T")},
    "field_per_current?": Maybe(PAIR),
    "efficiency_j_in?": Maybe(Each(PAIR)),
    "field_per_current_in?": Maybe(Each(PAIR)),
    "rate?": Maybe(VECTOR),
    "undefined?": Maybe(TEXT),
}
BUDGET: Rule = {
    "flux": VECTOR,
    "exchange": VECTOR,
    "spin_flip": VECTOR,
    "orbital_exchange": VECTOR,
    "residual": NUMBER,
}
END: Rule = {"mu": SEVEN, "J": SEVEN}
LAYER: Rule = {
    "name": NAME,
    "z": PAIR,
    "bottom": Maybe(END),
    "top": Maybe(END),
    "sheet_current": PAIR,
    "current_share?": Maybe(NUMBER),
    "torque": Maybe(TORQUE),
    "budget": Maybe(BUDGET),
}
REGION: Rule = {
    "name": NAME,
    "volume": NUMBER,
    "footprint": NUMBER,
    "mu_mean": Maybe(SEVEN),
    "electric_field?": Maybe(VECTOR),
    "torque": Maybe(TORQUE),
    "budget": Maybe(BUDGET),
}
_TORQUES = {"name": NAME, "torque_magnetization": VECTOR, "torque_lattice": VECTOR}
_SIDES = {f"{quantity}_{side}": SEVEN for quantity in ("mu", "J") for side in ("minus", "plus")}
_CURRENTS = {"area": NUMBER, "current_minus": SEVEN, "current_plus": SEVEN}
#: a part as the user gave it: what pictures look at
_PART: Rule = {
    "name?": NAME,
    "material?": NAME,
    "magnetization?": Leaf("a direction, or a table", lambda value: isinstance(value, dict) or shape(value) == (3,)),
}
_COMMON: Mapping[str, Rule] = {
    "femsot": TEXT,
    "title?": TEXT,
    "components": Leaf(str(list(COMPONENTS)), lambda value: value == list(COMPONENTS)),
    "report": {"method": NAME, "residual": NUMBER, "unknowns": NUMBER, "warnings": Many(TEXT)},
}
STACK: Rule = {
    **_COMMON,
    "input?": {"layers?": Many(_PART), "materials?": Each({"kind?": NAME})},
    "layers": Many(LAYER),
    "interfaces": Many(_TORQUES | _SIDES | {"sheet_current?": PAIR}),
    "profiles": {
        "z": numbers(-1),
        "layer?": Many(NAME),
        "mu": numbers(-1, len(COMPONENTS)),
        "J": numbers(-1, len(COMPONENTS)),
    },
    **{f"{key}?": Maybe(NUMBER) for key in ("resistance_area", "current_density", "sheet_resistance")},
}
DEVICE: Rule = {
    **_COMMON,
    "input?": {"regions?": Each(_PART), "materials?": Each({"kind?": NAME})},
    "regions": Many(REGION),
    "interfaces": Many(_TORQUES | _CURRENTS),
    "contacts": Many({"name": NAME, "voltage": NUMBER, "current": NUMBER}),
    **{f"{key}?": Maybe(NUMBER) for key in ("resistance", "four_terminal_resistance")},
}


def sweep_rule(grid: tuple[int, ...]) -> Rule:
    """Return the rule of a sweep.json whose grid has this shape."""
    each = numbers(*grid)
    torque = {"damping_like": each, "field_like": each, "received?": numbers(*grid, 3), "flux?": numbers(*grid, 3)}
    return {
        "title?": TEXT,
        "zip?": FLAG,
        "warnings?": Many(TEXT),
        "torque": Each(torque),
        "contacts?": Each({"voltage": each, "current": each}),
        **{f"{key}?": each for key in ("sheet_resistance", "resistance_area", "current_density", "residual")},
        **{f"{key}?": each for key in ("resistance", "four_terminal_resistance", "charge_balance")},
    }


PARAMETERS: Rule = Each(
    {
        "values": Leaf("a list of numbers", lambda value: shape(value) is not None and isinstance(value, list)),
        "unit": TEXT,
    }
)
