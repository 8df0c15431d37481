"""Functions of a direction: monomials of m on the unit sphere, and tensors expanded in them.

A tensor that depends on m is written once as sum_j f_j(m) T_j, so that a magnetization that varies in space enters
a finite-element matrix as scalar weights f_j(m(x)). Bulk tensors and circuit laws are
quadratic in m: degree 2 is exact.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from .quantities import Array


@lru_cache(maxsize=16)
def exponents(degree: int) -> tuple[tuple[int, int, int], ...]:
    """Powers (i, j, k) of m_x, m_y, m_z, i + j + k <= degree, k <= 1: a basis on the sphere, (degree + 1)^2 of them."""
    return tuple((i, n - i - k, k) for n in range(degree + 1) for k in (0, 1) if k <= n for i in range(n - k + 1))


def monomials(m: Array, degree: int) -> Array:
    """f_j(m) (..., (degree + 1)^2) of unit vectors m (..., 3).

    >>> monomials(np.array([0.0, 0.6, 0.8]), 1)
    array([1. , 0.6, 0. , 0.8])
    """
    powers = np.asarray(m)[..., None] ** np.arange(degree + 1)
    return np.stack([powers[..., 0, i] * powers[..., 1, j] * powers[..., 2, k] for i, j, k in exponents(degree)], -1)


def spread(number: int) -> Array:
    """Directions (number, 3) spread evenly over the sphere (Fibonacci)."""
    i = np.arange(number) + 0.5
    z = 1 - 2 * i / number
    phi = np.pi * (1 + 5**0.5) * i
    flat = np.sqrt(1 - z**2)
    return np.stack([flat * np.cos(phi), flat * np.sin(phi), z], axis=-1)


@dataclass(frozen=True, eq=False)
class Expansion:
    """sum_j f_j(m) T_j; `degree` None: one tensor, whatever m."""

    tensors: Array  #: (j, ...)
    degree: int = 0
    error: float = 0.0  #: at other directions, over `scale`
    scale: Array | float | None = None  #: (...) size of what each entry stands among, default: the largest of all

    def at(self, m: Array) -> Array:
        """The tensor at m (n, 3), (n, ...)."""
        weights = monomials(m, self.degree)
        return np.asarray(np.tensordot(weights, self.tensors, axes=1))

    @cached_property
    def nonzero(self) -> list[int]:
        """The j whose tensor is more than rounding."""
        scale = np.abs(self.tensors).max() or 1.0 if self.scale is None else self.scale
        sizes = np.abs(self.tensors / scale).reshape(len(self.tensors), -1).max(axis=1)
        return [int(j) for j in np.flatnonzero(sizes > 1e-13)]


def constant(tensor: Array) -> Expansion:
    """A tensor that does not depend on position."""
    return Expansion(np.asarray(tensor)[None])


def expand(
    function: Callable[[Array], Array], degree: int = 2, *, parts: tuple[slice, ...] = (slice(None),)
) -> Expansion:
    """`function` of directions (n, 3) -> (n, ...), expanded; exact for polynomials of `degree`.

    `error` is what it misses at directions between those it was fitted to, over the largest entry of each of `parts`
    of the first axis: parts of different units are measured each by itself.
    """
    count = (degree + 1) ** 2
    m = spread(3 * count)
    values = np.asarray(function(m))
    flat = values.reshape(len(m), -1)
    tensors = np.linalg.lstsq(monomials(m, degree), flat, rcond=None)[0].reshape((count, *values.shape[1:]))
    check_points = spread(2 * count + 3)
    expansion = Expansion(tensors, degree)
    scale = np.empty(values.shape[1:])
    for part in parts:
        scale[part] = np.abs(values[:, part]).max() or 1.0
    off = float((np.abs(expansion.at(check_points) - np.asarray(function(check_points))) / scale).max())
    return Expansion(tensors, degree, off, scale)
