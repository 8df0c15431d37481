"""A user's own two-sided map (docs/physics.md section 3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from femsot.base.errors import Checks
from femsot.base.quantities import Array, Direction

from .law import InterfaceMap, Law, law
from .parts import empty


@law("matrix")
@dataclass(frozen=True, eq=False, kw_only=True)
class Matrix(Law):
    """A user's own two-sided map, measured or computed elsewhere."""

    G: Any  #: (2, k, 2, k) or (2k, 2k), rows J^-, J^+ and columns mu^-, mu^+; k = 7, or 4 without orbital [S/m^2]
    j_E: Any = None  #: (2, k, 2) or (2k, 2), current of each side per in-plane field component [S/m]
    torque_mu: Any = None  #: (3, 2, k), torque on the magnetization; default none: the lattice takes all [S/m^2]
    torque_field: Any = None  #: (3, 2) [S/m]
    magnetization: Direction | None = None
    source: str = field(default="matrix", kw_only=True)  #: named in messages

    def __post_init__(self) -> None:
        if self.magnetization is not None:
            self.checks().done()
        self.map(None, None).check(self._owner)

    @property
    def _owner(self) -> str:
        """How its faults begin: with where the numbers are from."""
        return f"{self.path} ({self.source})"

    def map(self, m_below: Array | None, m_above: Array | None, side: int | None = None) -> InterfaceMap:
        """Return the arrays as they are, whatever the magnetization."""
        checks = Checks(self._owner)
        if np.iscomplexobj(self.G):
            checks.fail("G", "has complex numbers", "real ones")
            checks.done()
        matrix = np.asarray(self.G, dtype=float)
        k = round(np.sqrt(matrix.size) / 2)
        if not np.all(np.isfinite(matrix)):
            checks.fail("G", "not all of its numbers are finite")
        elif k not in (4, 7) or matrix.shape not in ((2, k, 2, k), (2 * k, 2 * k)):
            allowed = "(2, k, 2, k) or (2k, 2k) with k = 7 components, or 4 without orbital ones"
            checks.fail("G", "", allowed, value=f"shape {matrix.shape}")
        checks.done()
        arrays = empty(())
        arrays["conductance"][:, :k, :, :k] = matrix.reshape(2, k, 2, k)
        arrays["field"][:, :k] = _part(checks, "j_E", self.j_E, shape=(2, k, 2))
        arrays["torque_mu"][..., :k] = _part(checks, "torque_mu", self.torque_mu, shape=(3, 2, k))
        arrays["torque_field"][...] = _part(checks, "torque_field", self.torque_field, shape=(3, 2))
        checks.done()
        return InterfaceMap(**arrays)


def _part(checks: Checks, name: str, value: Any, *, shape: tuple[int, ...]) -> Array:
    """One array of the user's; zeros where it is left out or of another size."""
    if value is None:
        return np.zeros(shape)
    if np.iscomplexobj(value) or np.size(value) != np.prod(shape) or not np.all(np.isfinite(value)):
        checks.fail(name, "", f"{shape}, finite and real", value=f"shape {np.shape(value)}")
        return np.zeros(shape)
    return np.reshape(np.asarray(value, dtype=float), shape)
