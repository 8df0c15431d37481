"""A user's own two-sided map (docs/physics.md section 3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from femsot.base.errors import Fault, InputError
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
        self.map(None, None).check(f"interfaces.matrix ({self.source})")

    def map(self, m_below: Array | None, m_above: Array | None, side: int | None = None) -> InterfaceMap:
        """Return the arrays as they are, whatever the magnetization."""
        arrays, given = empty(()), np.asarray(self.G, dtype=float)
        k = round(np.sqrt(given.size) / 2)
        if not np.all(np.isfinite(given)):
            raise InputError(Fault(f"interfaces.matrix ({self.source}).G", "not all of its numbers are finite"))
        if k not in (4, 7) or given.shape not in ((2, k, 2, k), (2 * k, 2 * k)):
            raise InputError(
                Fault(
                    f"interfaces.matrix ({self.source}).G",
                    allowed="(2, k, 2, k) or (2k, 2k) with k = 7 components, or 4 without orbital ones",
                    value=f"shape {given.shape}",
                )
            )
        arrays["conductance"][:, :k, :, :k] = given.reshape(2, k, 2, k)
        parts = {
            "j_E": ("field", (2, k, 2)),
            "torque_mu": ("torque_mu", (3, 2, k)),
            "torque_field": ("torque_field", (3, 2)),
        }
        for name, (target, shape) in parts.items():
            value = getattr(self, name)
            if value is None:
                continue
            if np.size(value) != np.prod(shape) or not np.all(np.isfinite(value)):
                raise InputError(
                    Fault(
                        f"interfaces.matrix ({self.source}).{name}",
                        allowed=f"{shape}, finite",
                        value=f"shape {np.shape(value)}",
                    )
                )
            index = (slice(None), slice(k)) if name == "j_E" else (..., slice(k)) if name == "torque_mu" else ...
            arrays[target][index] = np.reshape(value, shape)
        return InterfaceMap(**arrays)
