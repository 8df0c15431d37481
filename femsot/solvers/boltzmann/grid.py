"""Directions on the Fermi sphere: nodes and weights for which every balance of the collisions is exact."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from femsot.base.quantities import Array


@dataclass(frozen=True)
class Grid:
    """`polar` nodes mu = |cos theta| on each half sphere times `azimuths` around z.

    Gauss-Legendre nodes of each half (double Gauss): the averages of 1, mu and mu^2, by which particles and moment are
    conserved and the conductivity is the bulk's, are exact. Equally spaced azimuths: cos and sin average to zero.
    """

    polar: int
    azimuths: int

    @cached_property
    def _rule(self) -> tuple[Array, Array]:
        x, w = np.polynomial.legendre.leggauss(self.polar)
        x = (x + 1) / 2
        return x, w / 2

    @property
    def mu(self) -> Array:
        """(polar,) between 0 and 1."""
        return self._rule[0]

    @property
    def weights(self) -> Array:
        """(polar,), their sum is 1."""
        return self._rule[1]

    @cached_property
    def plane(self) -> tuple[Array, Array]:
        """khat_x, khat_y (polar, azimuths) = k_par/kF; the same for both directions along z."""
        angle = 2 * np.pi * (np.arange(self.azimuths) + 0.5) / self.azimuths
        radius = np.sqrt(1 - self.mu**2)
        return np.outer(radius, np.cos(angle)), np.outer(radius, np.sin(angle))
