"""Nodes along a line, fine at both ends."""

from __future__ import annotations

import numpy as np

from femsot.base.quantities import Array

#: cells inside a layer are at most this many times those at its ends, so that a smaller size refines all of them
LARGEST = 4.0
#: per half: what an absurd ratio of lengths, or of refinement, is cut to
MAX_CELLS = 20_000


def graded(thickness: float, length: float, cells: float, *, refine: int = 1) -> Array:
    """Return nodes from 0 to `thickness` with cells of size (length + distance to the nearer end)/(cells refine).

    So every decay length >= `length` has about as many cells; `refine` = 2 halves each cell of `refine` = 1.

    Parameters
    ----------
    thickness : of the layer [m].
    length : the shortest decay length to resolve [m].
    cells : per decay length.
    refine : how many times finer than that.

    Returns
    -------
    (n,) rising [m].

    >>> graded(2.0, 1.0, 2.9).round(3)
    array([0.   , 0.414, 1.   , 1.586, 2.   ])
    """
    shortest = min(length, thickness)
    stretch = np.log1p(thickness / 2 / shortest)
    number = int(min(max(np.round(cells * stretch), 1) * refine, MAX_CELLS))
    half = shortest * np.expm1(np.linspace(0.0, stretch, number + 1))
    half[-1] = thickness / 2
    return np.concatenate([half, thickness - half[-2::-1]])


def spaced(length: float, size: float) -> Array:
    """Return the nodes (n,) of equal cells of at most `size` from 0 to `length` [m].

    Parameters
    ----------
    length : of the whole [m].
    size : of a cell at most [m].

    >>> spaced(1.0, 0.4).round(3)
    array([0.   , 0.333, 0.667, 1.   ])
    """
    return np.linspace(0.0, length, max(int(np.ceil(length / size * (1 - 1e-9))), 1) + 1)


def growing(thickness: float, size: float, growth: float) -> Array:
    """Return nodes from 0 to `thickness` [m], both ends alike, each cell in proportion to `size`.

    Cells are `size` at the ends and grow by `growth` times their distance to the nearer end, to `LARGEST` sizes.

    >>> growing(4.0, 0.5, 2.0).round(3)
    array([0. , 0.5, 2. , 3.5, 4. ])
    """
    distances = [0.0]
    while distances[-1] < thickness / 2 * (1 - 1e-9) and len(distances) <= MAX_CELLS:
        distances.append(distances[-1] + min(size + growth * distances[-1], LARGEST * size))
    half = np.array(distances) * (thickness / 2 / distances[-1])
    return np.concatenate([half, thickness - half[-2::-1]])
