"""What the interface laws are written with: pieces of their maps."""

from __future__ import annotations

from typing import Any

import numpy as np

from femsot.base.components import SPIN, cross_matrix
from femsot.base.quantities import Array

from .law import InterfaceMap


def empty(*shapes: tuple[int, ...]) -> dict[str, Array]:
    """Zero arrays of a map on the broadcast batch `shapes`."""
    batch = np.broadcast_shapes(*shapes)
    sizes = {
        "conductance": (2, 7, 2, 7),
        "field": (2, 7, 2),
        "pumping": (2, 7, 3),
        "torque_mu": (3, 2, 7),
        "torque_field": (3, 2),
        "torque_pumping": (3, 3),
    }
    return {name: np.zeros(batch + size) for name, size in sizes.items()}


def tensor(value: Any) -> Array:
    """A scalar (...,) times the unit matrix, or the (..., 3, 3) tensor itself."""
    array = np.asarray(value, dtype=float)
    return array if array.shape[-2:] == (3, 3) else array[..., None, None] * np.eye(3)


def batch(*values: Any) -> list[tuple[int, ...]]:
    return [np.shape(value) for value in values]


def complex_axial(value: Any, m: Array) -> Array:
    """Re v (1 - m m) + Im v K, (..., 3, 3)."""
    v = np.asarray(value)[..., None, None]
    return v.real * (np.eye(3) - m[..., :, None] * m[..., None, :]) + v.imag * cross_matrix(m)


def series(block: Array) -> Array:
    """Blocks [[g, -g], [g, -g]] of a law that is continuous in every current; block (..., 7, 7)."""
    sides = np.array([[1.0, -1.0], [1.0, -1.0]])
    return block[..., None, :, None, :] * sides[:, None, :, None]


def mirror(through: InterfaceMap) -> InterfaceMap:
    """The same interface seen with its sides exchanged: the normal, hence every current, changes sign."""
    return InterfaceMap(
        conductance=-through.conductance[..., ::-1, :, ::-1, :],
        field=-through.field[..., ::-1, :, :],
        pumping=-through.pumping[..., ::-1, :, :],
        torque_mu=through.torque_mu[..., ::-1, :],
        torque_field=through.torque_field,
        torque_pumping=through.torque_pumping,
    )


def absorbed(arrays: dict[str, Array], onto: Array) -> dict[str, Array]:
    """Torque maps of a law whose magnetization takes `onto` (..., 3, 3) of the spin current that is lost."""
    lost = arrays["conductance"][..., 0, SPIN, :, :] - arrays["conductance"][..., 1, SPIN, :, :]
    pumped = arrays["pumping"][..., 0, SPIN, :] - arrays["pumping"][..., 1, SPIN, :]
    return {
        "torque_mu": np.einsum("...ij,...jtb->...itb", onto, lost),
        "torque_pumping": onto @ pumped,
    }
