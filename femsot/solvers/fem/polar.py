"""Laws that are the same all around the normal, tabulated by the polar angle of m: for scattering under textures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from femsot.base.expansion import spread
from femsot.base.quantities import Array

#: highest harmonic of the polar angle; what a law may miss of its table, over its largest number, to be one around n
HARMONICS = 32
ERROR = 5e-3

Rows = Callable[[Array], Array]  #: directions (n, 3) in the frame in which the normal is z -> numbers of a law (n, r)
Turn = Callable[[Array, Array], Array]  #: numbers (n, r) and rotations (n, 3, 3), v' = turn v -> numbers (n, r)


@dataclass(frozen=True, eq=False)
class Table:
    """The Fourier series in the polar angle of a law's numbers, m in the plane xz."""

    waves: Array  #: (2 HARMONICS + 1, r): cosines, then sines
    frame: Array  #: (3, 3), turns the normal into z
    turn: Turn

    def at(self, m: Array) -> Array:
        """The numbers (n, r) at m (n, 3) in the frame of the device."""
        local = m @ self.frame.T
        theta = np.arctan2(np.hypot(local[:, 0], local[:, 1]), local[:, 2])
        phi = np.arctan2(local[:, 1], local[:, 0])
        flat = _waves(theta) @ self.waves
        c = np.cos(phi)
        s = np.sin(phi)
        o = 0 * phi
        around = np.stack([np.stack(row, -1) for row in ([c, s, o], [-s, c, o], [o, o, o + 1])], -2)
        return self.turn(flat, around @ self.frame)


def _waves(theta: Array) -> Array:
    n = np.arange(HARMONICS + 1) * theta[:, None]
    return np.concatenate([np.cos(n), np.sin(n[:, 1:])], axis=1)


def tabulated(rows: Rows, turn: Turn, parts: tuple[slice, ...]) -> Table | None:
    """The table of a law, its normal along z; None if one of the `parts` of its numbers is not the same all around z.

    Scattering tensors have a weak singularity at m in the plane (grazing electrons): the table is good to 1e-4 or so,
    5e-4 in the field's torque.
    """
    theta = np.pi * np.arange(HARMONICS + 2) / (HARMONICS + 1)
    half = rows(np.stack([np.sin(theta), 0 * theta, np.cos(theta)], axis=1))
    # m of -theta is that of theta, turned by pi about z
    behind = turn(half[1:-1], np.broadcast_to(np.diag([-1.0, -1.0, 1.0]), (HARMONICS, 3, 3)))
    angles = np.concatenate([theta, -theta[1:-1]])
    values = np.concatenate([half, behind])
    table = Table(np.linalg.lstsq(_waves(angles), values, rcond=None)[0], np.eye(3), turn)
    m = spread(5)
    off = np.abs(table.at(m) - rows(m)).max(axis=0)
    size = np.abs(values).max(axis=0)
    return table if all(off[part].max() <= ERROR * size[part].max() for part in parts) else None
