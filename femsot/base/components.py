"""The potentials that are solved for, their order, and tensors that are axial about the magnetization.

Components in order: `phi`, `sx, sy, sz`, `ox, oy, oz` (docs/physics.md section 1). A model without orbital
parameters solves the first four. A *kind* is spin (0) or orbital (1).
"""

from __future__ import annotations

import numpy as np

from .quantities import Array

COMPONENTS = ("phi", "sx", "sy", "sz", "ox", "oy", "oz")
PHI = 0
SPIN = slice(1, 4)
ORBITAL = slice(4, 7)
#: eps[i, j, k], the Levi-Civita symbol
EPS = np.zeros((3, 3, 3))
EPS[[0, 1, 2], [1, 2, 0], [2, 0, 1]] = 1.0
EPS[[0, 2, 1], [2, 1, 0], [1, 0, 2]] = -1.0


def seven(values: Array) -> Array:
    """(..., k) among all seven components, zeros where none is solved."""
    return np.concatenate([values, np.zeros((*values.shape[:-1], len(COMPONENTS) - values.shape[-1]))], axis=-1)


def apply(matrix: Array, vector: Array) -> Array:
    """matrix (..., a, b) times vector (..., b)."""
    return np.asarray((matrix @ vector[..., None])[..., 0])


def identity(vector: Array | None) -> object:
    """A key that equal vectors (n,) share; a batch of them shares it with itself alone, as long as it lives."""
    if vector is None:
        return None
    return vector.tobytes() if vector.ndim == 1 else id(vector)


def cross_matrix(m: Array) -> Array:
    """K with K v = m x v; m (..., 3), K (..., 3, 3). (K v)_+ = + i v_+ in a frame (e1, e2, m)."""
    return np.einsum("ijk,...j->...ik", EPS, m)


def axial(longitudinal: Array, transverse: Array, m: Array) -> Array:
    """The operator `a m m + Re b (1 - m m) + Im b K` on every pair of kinds.

    longitudinal a (..., c, c) real, transverse b (..., c, c) complex: it multiplies v_+ = v_1 + i v_2 in a
    right-handed frame (e1, e2, m). Returns (..., 3c, 3c), c = number of kinds.
    """
    a = np.asarray(longitudinal)
    b = np.asarray(transverse)
    m = np.asarray(m, dtype=float)
    c = a.shape[-1]
    mm = m[..., :, None] * m[..., None, :]
    parts = [a, b.real]
    basis = [mm, np.eye(3) - mm]
    if np.iscomplexobj(b):
        parts = [*parts, b.imag]
        basis = [*basis, cross_matrix(m)]
    weights = np.stack(np.broadcast_arrays(*parts), axis=-1)
    weights = weights.reshape(weights.shape[:-3] + (c * c, len(parts)))
    tensors = np.stack(np.broadcast_arrays(*basis), axis=-3).reshape(m.shape[:-1] + (len(parts), 9))
    blocks = weights @ tensors
    batch = blocks.shape[:-2]
    return np.swapaxes(blocks.reshape((*batch, c, c, 3, 3)), -3, -2).reshape((*batch, 3 * c, 3 * c))


def rotation(axis: Array, angle: float) -> Array:
    """The 3 x 3 rotation by `angle` [rad] about `axis` (Rodrigues)."""
    n = np.asarray(axis, dtype=float) / np.linalg.norm(axis)
    k = cross_matrix(n)
    return np.eye(3) + np.sin(angle) * k + (1 - np.cos(angle)) * k @ k
