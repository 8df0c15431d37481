"""The preconditioner of a device's equations: charge, then spin, then orbit, each by one multigrid cycle.

Block Gauss-Seidel over the fields: what a field sends to the later ones (spin Hall, polarised current, conversion) is
applied exactly, what returns is left to the outer iteration.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array, csr_array, eye_array

from femsot.base.components import PHI
from femsot.base.errors import SolveError
from femsot.base.quantities import Array

from .levels import Potentials
from .multigrid import REAL, Blocks, Multigrid
from .system import Block, System


class Preconditioner:
    """About the inverse of `System.reduced`."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.levels = _Levels(system)
        self.grids = [Multigrid.of(*field(system, part)) for part in system.fields]
        later = [slice(part.stop, system.load.shape[1]) for part in system.fields]
        self.couplings = [_coupling(system, out, into) for out, into in zip(later, system.fields, strict=True)]

    def solve(self, b: Array) -> Potentials:
        """Return about x of A x = b, b (N, k) 0 where held; phi is one on each floating contact."""
        b = b.copy()
        x = np.zeros_like(b)
        free = self.system.solved
        level = self.levels.solve(b)
        for part, grid, couplings in zip(self.system.fields, self.grids, self.couplings, strict=True):
            x[:, part] = np.where(free[:, part], grid.solve(b[:, part]), 0.0)
            self.system.spread(x)
            if part.start == PHI:
                level = level + self.levels.solve(b, x)
            sent = np.zeros_like(b)
            for block in couplings:
                block.add(x, sent)
            b -= self.system.fold(sent)
        return Potentials(x, self.system.lifted(level))


def _coupling(system: System, out: slice, into: slice) -> list[Block]:
    """The blocks by which some components act on others."""
    blocks = [term.block.restrict(out, into) for term in system.terms]
    return [block for block in blocks if block is not None]


class _Levels:
    """The balances of whole pieces, from what lies between them alone."""

    def __init__(self, system: System) -> None:
        self.lift = system.lifting()
        between = system.matrix(outside=True) if self.lift.shape[1] else csr_array((system.load.size,) * 2)
        self.columns = csr_array(between @ self.lift)
        self.rows = csr_array(self.lift.T @ between)
        self.inverse = np.linalg.pinv((self.lift.T @ self.columns).toarray())
        self.system = system

    def solve(self, b: Array, x: Array | None = None) -> Array:
        """Return the levels (levels,) that balance b - A x of every piece; b is left without what they drive."""
        if not self.lift.shape[1]:
            return np.zeros(0)
        missing = self.lift.T @ b.ravel()
        if x is not None:
            missing = missing - self.rows @ x.ravel()
        level = self.inverse @ missing
        b -= self.system.fold((self.columns @ level).reshape(b.shape))
        return np.asarray(level)


def field(system: System, part: slice) -> tuple[Blocks, csr_array]:
    """The matrix of one field, 1 x 1 blocks where its components are alike, and the scalar one to coarsen it by."""
    blocks = _blocks(system, part)
    fixed = ~system.solved[:, part]
    diagonal = np.einsum("naa->na", blocks.diagonal)
    if not np.all(fixed | (diagonal != 0)):
        raise SolveError(f"no unique solution: nothing holds components {part.start} to {part.stop - 1} at some node")
    _hold(blocks, fixed, np.abs(diagonal).mean())
    alike = np.eye(blocks.data.shape[1]) * blocks.data[:, :1, :1]
    if np.all(np.abs(blocks.data - alike) <= 1e-6 * np.abs(diagonal).max()) and np.all(fixed == fixed[:, :1]):
        blocks = Blocks(blocks.indptr, blocks.indices, np.ascontiguousarray(blocks.data[:, :1, :1]))
    return blocks, _neighbours(blocks, None if system.simplices else system.points)


def _blocks(system: System, part: slice) -> Blocks:
    """The blocks of one field, a floating contact's balances and potentials folded onto its first node."""
    size = system.load.shape[0]
    target = np.arange(size)
    if part.start == PHI:
        for nodes in system.floating:
            target[nodes] = nodes[0]
    weighted = []
    for term in system.terms:
        tensor = np.asarray(term.tensor)[part, part]
        if np.any(tensor):
            scalar = coo_array(term.matrix)
            rows = target[scalar.row]
            columns = target[scalar.col]
            weighted.append((csr_array((scalar.data, (rows, columns)), shape=(size, size)), tensor))
    pattern = csr_array(eye_array(size, dtype=np.int8))
    for scalar, _ in weighted:
        pattern = pattern + csr_array((np.ones(scalar.nnz, np.int8), scalar.indices, scalar.indptr), shape=scalar.shape)
    pattern.sort_indices()
    place = _keys(pattern)
    c = part.stop - part.start
    data = np.zeros((pattern.nnz, c, c), dtype=REAL)
    for scalar, tensor in weighted:
        data[np.searchsorted(place, _keys(scalar))] += (scalar.data[:, None, None] * tensor).astype(REAL)
    return Blocks(pattern.indptr, pattern.indices, data)


def _keys(matrix: csr_array) -> Array:
    """One number for each entry, in order."""
    rows = np.repeat(np.arange(matrix.shape[0], dtype=np.int64), np.diff(matrix.indptr))
    return rows * matrix.shape[1] + matrix.indices


def _hold(blocks: Blocks, fixed: Array, size: float) -> None:
    """Rows and columns of what is not solved for become those of the unit matrix, times `size`; in place."""
    rows = blocks.rows
    blocks.data[fixed[rows][:, :, None] | fixed[blocks.indices][:, None, :]] = 0.0
    diagonal = np.flatnonzero(rows == blocks.indices)
    a = np.arange(fixed.shape[1])
    blocks.data[diagonal[:, None], a, a] += np.where(fixed, size, 0.0)


def _neighbours(blocks: Blocks, points: Array | None) -> csr_array:
    """The M-matrix whose strong connections are the field's: by distance inside a metal, by conductance across a face.

    Of each edge with a negative entry the weight is sqrt(c_i c_j)/distance^2, with c such that the diagonal is about
    kept. The entries themselves mislead in flat hexahedra and elements of order 2, where many are positive; positive
    ones lead nowhere.
    """
    n = blocks.nodes
    a = np.einsum("naa->n", blocks.data).astype(float) / blocks.data.shape[1]
    i = blocks.rows
    j = blocks.indices
    sums = np.maximum(np.bincount(i, a, n), 0.0)
    diagonal = a[i == j]
    linked = (i != j) & (a < 0)
    i = i[linked]
    j = j[linked]
    a = a[linked]
    square = np.zeros(a.size) if points is None else np.sum((points[i] - points[j]) ** 2, axis=1)
    apart = square > 1e-12 * square.max(initial=0.0)
    across = np.where(apart, 0.0, -a)
    near = np.divide(1.0, square, out=np.zeros(square.shape), where=apart)
    inside = np.maximum(diagonal - sums - np.bincount(i, across, n), 1e-3 * np.abs(diagonal))
    nearness = np.bincount(i, near, n)
    c = np.sqrt(np.divide(inside, nearness, out=np.zeros(n), where=nearness > 0))
    weight = c[i] * c[j] * near + across
    total = np.bincount(i, weight, n) + sums
    total[total == 0] = 1.0
    rows = np.concatenate([i, np.arange(n)])
    columns = np.concatenate([j, np.arange(n)])
    return csr_array((np.concatenate([-weight, total]), (rows, columns)), shape=(n, n))
