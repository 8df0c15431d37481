"""Algebraic multigrid for one field: scalar interpolation, blocks of all its components on every level.

Ruge-Stueben coarsening of a scalar matrix says where each node takes its correction from. The operator itself is
coarsened with its c x c blocks (Galerkin), and the smoother, Gauss-Seidel, inverts the block of each node. So
precession and dephasing, however strong and about whatever m(x), are dealt with where they act, and diffusion by the
hierarchy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from pyamg.classical import ruge_stuben_solver
from pyamg.relaxation.relaxation import block_gauss_seidel, gauss_seidel
from scipy.sparse import bsr_array, csr_array, csr_matrix

from femsot.base.quantities import Array

#: single precision halves memory and time; the outer iteration sees to the digits
REAL = np.float32
#: nodes of the coarsest level, solved densely
COARSEST = 100
#: a larger one is left to the smoother: it ended there because mass, not diffusion, couples its nodes
LARGEST_COARSEST = 1000
#: of the largest: a weaker connection does not interpolate
STRONG = 0.25


@dataclass(frozen=True, eq=False)
class Blocks:
    """A sparse matrix of c x c blocks."""

    indptr: Array
    indices: Array
    data: Array  #: (nnz, c, c)

    @property
    def nodes(self) -> int:
        return self.indptr.size - 1

    @property
    def rows(self) -> Array:
        """The row of each block (nnz,)."""
        return np.repeat(np.arange(self.nodes, dtype=self.indices.dtype), np.diff(self.indptr))

    @property
    def matrix(self) -> Any:
        """As one of scipy's, (n c, n c): CSR where c = 1, else BSR."""
        n = self.nodes
        c = self.data.shape[1]
        if c == 1:
            return csr_array((self.data.ravel(), self.indices, self.indptr), shape=(n, n))
        return bsr_array((self.data, self.indices, self.indptr), shape=(n * c, n * c))

    @property
    def diagonal(self) -> Array:
        """(n, c, c)"""
        return self.data[self.rows == self.indices]

    def coarse(self, P: csr_array) -> Blocks:
        """P^T A P of a scalar P (n, coarse), blocks kept: they ride along as 1 x c^2, then as c^2 x 1."""
        n, coarse = P.shape
        c = self.data.shape[1]
        flat = bsr_array((self.data.reshape(-1, 1, c * c), self.indices, self.indptr), shape=(n, n * c * c))
        half = _ones(csr_array(P.T)) @ flat
        tall = bsr_array((half.data.reshape(-1, c * c, 1), half.indices, half.indptr), shape=(coarse * c * c, n))
        product = tall @ _ones(P)
        return Blocks(product.indptr, product.indices, np.ascontiguousarray(product.data.reshape(-1, c, c)))


def _ones(matrix: csr_array) -> bsr_array:
    return bsr_array((matrix.data[:, None, None], matrix.indices, matrix.indptr), shape=matrix.shape)


@dataclass(frozen=True, eq=False)
class Level:
    """One level, and the way down to the next."""

    matrix: Any
    inverse: Array  #: of the diagonal blocks (n, c, c)
    down: csr_array  #: restriction (coarse, n)
    up: csr_array  #: interpolation (n, coarse)

    @classmethod
    def of(cls, blocks: Blocks, up: csr_array) -> Level:
        up = csr_array((up.data.astype(REAL), up.indices, up.indptr), shape=up.shape)
        return cls(blocks.matrix, np.linalg.inv(blocks.diagonal.astype(float)).astype(REAL), csr_array(up.T), up)

    def smooth(self, x: Array, b: Array, sweep: str) -> None:
        """One sweep of Gauss-Seidel by blocks, "forward" or "backward", in place."""
        c = self.inverse.shape[1]
        if c == 1:
            gauss_seidel(self.matrix, x, b, sweep=sweep)
        else:
            block_gauss_seidel(self.matrix, x, b, sweep=sweep, blocksize=c, Dinv=self.inverse)


def interpolations(scalar: csr_array) -> list[csr_array]:
    """From each coarser level to the next finer one, for a scalar M-matrix; Ruge, Stueben (1987).

    With their second pass: without it a node that depends on its partner across a face may have nobody to follow.
    """
    strength = ("classical", {"theta": STRONG})
    split = ("RS", {"second_pass": True})
    hierarchy = ruge_stuben_solver(csr_matrix(scalar), strength, CF=split, max_coarse=COARSEST, max_levels=30)
    return [csr_array(level.P) for level in hierarchy.levels[:-1] if level.P.shape[1]]


@dataclass(frozen=True, eq=False)
class Multigrid:
    """One V cycle approximates the inverse of a field's matrix."""

    levels: tuple[Level, ...]
    coarsest: Array  #: pseudoinverse of the last matrix
    components: int

    @classmethod
    def of(cls, blocks: Blocks, scalar: csr_array) -> Multigrid:
        """Of c x c blocks, coarsened as the scalar M-matrix (n, n) is."""
        levels = []
        for exact in interpolations(scalar):
            levels.append(Level.of(blocks, exact))
            blocks = blocks.coarse(levels[-1].up)
        if blocks.nodes > LARGEST_COARSEST:
            levels.append(Level.of(blocks, csr_array((blocks.nodes, 0))))
            last = np.zeros((0, 0), dtype=REAL)
        else:
            last = np.linalg.pinv(blocks.matrix.toarray().astype(float)).astype(REAL)
        return cls(tuple(levels), last, blocks.data.shape[1])

    def solve(self, b: Array) -> Array:
        """About A^-1 b of b (n, c); where c = 1 but b has more columns, of each."""
        size = float(np.abs(b).max()) or 1.0
        scaled = (b / size).astype(REAL)
        parts = [scaled] if self.components > 1 else scaled.T[..., None]
        solutions = [self._cycle(np.ascontiguousarray(part).ravel(), 0).reshape(part.shape) for part in parts]
        return np.concatenate(solutions, axis=1) * size

    def _cycle(self, b: Array, depth: int) -> Array:
        if depth == len(self.levels):
            return self.coarsest @ b
        level = self.levels[depth]
        c = self.components
        x = np.zeros_like(b)
        level.smooth(x, b, "forward")
        left = level.down @ (b - level.matrix @ x).reshape(-1, c)
        x += (level.up @ self._cycle(left.ravel(), depth + 1).reshape(-1, c)).ravel()
        level.smooth(x, b, "backward")
        return x
