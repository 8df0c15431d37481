"""Two words for one number of a metal, of which a user gives one."""

from __future__ import annotations

from collections.abc import Collection

ALTERNATIVES = (
    ("conductivity", "resistivity"),
    ("spin_hall_conductivity", "spin_hall_angle"),
    ("orbital_hall_conductivity", "orbital_hall_angle"),
)


def without_others(names: Collection[str]) -> dict[str, None]:
    """Return the other words for the numbers `names`, each with None: what to change where those are set.

    >>> without_others(["resistivity", "polarization"])
    {'conductivity': None}
    """
    both = [pair for first, second in ALTERNATIVES for pair in ((first, second), (second, first))]
    return {other: None for name, other in both if name in names and other not in names}
