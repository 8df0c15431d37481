"""Laws of an interface: the affine two-sided map from potentials to currents (docs/physics.md section 3).

    J^s = sum_t G[s, t] mu^t + S[s] E + W[s] w        s, t = 0 (-, below), 1 (+, above); J along the normal - to +

Each law is a frozen record of the user's numbers; `law(...)` turns it into the `InterfaceLaw` that solvers see.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any

from femsot.base.plugins import load_plugin, usable

from .circuit import Insulating, Mixing, Ohmic, Transparent
from .matrix import Matrix
from .memory_loss import MemoryLoss
from .parts import ABOVE, BELOW
from .rashba2d import Rashba2D
from .scattering import Scattering, from_scattering

Interface = Any  # a record with `needs_magnetization` and `law(m=, ferromagnet=)`: one of these, or a plugin's
LAWS: dict[str, Callable[..., Interface]] = {
    "transparent": Transparent,
    "ohmic": Ohmic,
    "mixing": Mixing,
    "memory_loss": MemoryLoss,
    "scattering": Scattering,
    "rashba2d": Rashba2D,
    "insulating": Insulating,
    "matrix": Matrix,
}
transparent, ohmic, mixing, memory_loss = Transparent, Ohmic, Mixing, MemoryLoss
insulating, matrix, scattering, rashba2d = Insulating, Matrix, Scattering, Rashba2D


def laws() -> dict[str, Callable[..., Interface]]:
    """Every law by the name a file gives it: ours and those of the entry-point group `femsot.interfaces`.

    A plugin that cannot be loaded is left out, with a warning.
    """
    return LAWS | usable(plugin_laws(), load_plugin)


def plugin_laws() -> dict[str, Any]:
    """The entry points of other packages' laws by name; none of them replaces one of ours."""
    return {point.name: point for point in entry_points(group="femsot.interfaces") if point.name not in LAWS}


__all__ = [
    "ABOVE",
    "BELOW",
    "LAWS",
    "Insulating",
    "Interface",
    "Matrix",
    "MemoryLoss",
    "Mixing",
    "Ohmic",
    "Rashba2D",
    "Scattering",
    "Transparent",
    "from_scattering",
    "insulating",
    "laws",
    "matrix",
    "memory_loss",
    "mixing",
    "ohmic",
    "rashba2d",
    "scattering",
    "transparent",
]
