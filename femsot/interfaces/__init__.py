"""Laws of an interface, one file a law: what the user gives, and the two-sided map of it (docs/physics.md section 3).

`Law` in law.py is the contract; importing a law's file registers it.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points

from femsot.base.plugins import load_plugin, usable

# in the order in which messages and tables list them
from .transparent import Transparent  # isort: skip
from .ohmic import Ohmic  # isort: skip
from .mixing import Mixing  # isort: skip
from .memory_loss import SpinMemoryLoss  # isort: skip
from .tunnel import Tunnel  # isort: skip
from .scattering import Scattering  # isort: skip
from .rashba2d import Rashba2D  # isort: skip
from .insulating import Insulating  # isort: skip
from .matrix import Matrix  # isort: skip
from .law import ABOVE, BELOW, LAWS, InterfaceMap, Law, check_laws  # isort: skip


def laws() -> dict[str, Callable[..., Law]]:
    """Return every law by the word of a file: ours and those of the entry-point group `femsot.interfaces`.

    A plugin that cannot be loaded is left out, with a warning.
    """
    return {**LAWS, **usable(plugin_laws(), load_plugin)}


def plugin_laws() -> dict[str, EntryPoint]:
    """Return the entry points of other packages' laws by name; none of them replaces one of ours."""
    return {point.name: point for point in entry_points(group="femsot.interfaces") if point.name not in LAWS}


__all__ = [
    "ABOVE",
    "BELOW",
    "LAWS",
    "Insulating",
    "InterfaceMap",
    "Law",
    "Matrix",
    "Mixing",
    "Ohmic",
    "Rashba2D",
    "Scattering",
    "SpinMemoryLoss",
    "Transparent",
    "Tunnel",
    "check_laws",
    "laws",
    "plugin_laws",
]
