"""Hyperbolic functions that stay finite for layers of any thickness, infinite included."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Value = float | Array
"""A real number or an array of them; all arguments of a function broadcast."""
ComplexValue = complex | Array


def sech(x: Value) -> Array:
    """1/cosh x for real x, without overflow.

    >>> float(sech(np.inf))
    0.0
    """
    decay = np.exp(-np.abs(x))
    return np.asarray(2 * decay / (1 + decay**2))


def complex_sech(x: ComplexValue) -> Array:
    """1/cosh x for complex x with Re x >= 0, without overflow."""
    decay = np.exp(-np.asarray(x))
    return np.asarray(2 * decay / (1 + decay**2))


def tanh_product(k: ComplexValue, thickness: Value) -> Array:
    """tanh(k d) with k complex, Re k > 0, and d possibly infinite."""
    d = np.asarray(thickness)
    finite = np.where(np.isinf(d), 0.0, d)
    return np.where(np.isinf(d), 1.0, np.tanh(k * finite))


def cosh_ratio(a: Value, b: Value) -> Array:
    """cosh a / cosh b for |a| <= b."""
    size = np.abs(a)
    shape = np.exp(size - b) * (1 + np.exp(-2 * size)) / (1 + np.exp(-2 * np.asarray(b)))
    return np.asarray(shape)


def sinh_ratio(a: Value, b: Value) -> Array:
    """sinh a / cosh b for |a| <= b."""
    size = np.abs(a)
    shape = np.exp(size - b) * np.expm1(-2 * size) / (1 + np.exp(-2 * np.asarray(b)))
    return np.asarray(-np.sign(a) * shape)


def tanh_over(x: Value) -> Array:
    """tanh(x)/x, 1 at x = 0."""
    x = np.asarray(x, dtype=float)
    return np.where(x == 0, 1.0, np.tanh(x) / np.where(x == 0, 1.0, x))
