"""The equations of a device in two or three dimensions: scalar matrices times small tensors, and what is held.

With X (N, k) the potentials of N nodes, A X = sum_t S_t X T_t^T, where each S_t (N, N) is a scalar stiffness, mass or
trace matrix and each T_t (k, k) couples test component a to trial component b. The (N k)^2 matrix is made for a direct
solver alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.sparse import coo_array, csr_array

from femsot.base.components import ORBITAL, PHI, SPIN
from femsot.base.quantities import Array

from .levels import Piece, Potentials

#: components of charge, spin and orbit
FIELDS = (slice(0, 1), SPIN, ORBITAL)


@dataclass(frozen=True, eq=False)
class Term:
    """One scalar matrix times one tensor."""

    matrix: csr_array  #: (N, N), [m] for stiffness, [m^3] for mass, [m^2] for a trace
    tensor: Array  #: (k, k): couples test component a to trial component b [S/m, S/m^3, S/m^2]
    inside: bool = False  #: wholly inside one piece, so that a level of phi is nothing to it (`levels`)

    @cached_property
    def block(self) -> Block:
        """The rows and columns that are not empty, in storage of their own."""
        return Block.of(self.matrix, np.asarray(self.tensor, dtype=float))


@dataclass(frozen=True, eq=False)
class Block:
    """A term on the rows, columns and components where it is not zero."""

    matrix: csr_array  #: (rows, columns)
    tensor: Array  #: (components out, components in)
    rows: Array | slice
    columns: Array | slice
    out: Array
    into: Array

    @classmethod
    def of(cls, matrix: csr_array, tensor: Array) -> Block:
        matrix = csr_array(matrix)
        rows = np.flatnonzero(np.diff(matrix.indptr))
        coupled = np.zeros(matrix.shape[1], dtype=bool)
        coupled[matrix.indices] = True
        columns = np.flatnonzero(coupled)
        position = np.zeros(matrix.shape[1], dtype=matrix.indices.dtype)
        position[columns] = np.arange(columns.size)
        start = np.concatenate([[0], matrix.indptr[rows + 1]]).astype(matrix.indptr.dtype)
        small = csr_array((matrix.data, position[matrix.indices], start), shape=(rows.size, columns.size))
        out, into = (np.flatnonzero(np.any(tensor, axis=axis)) for axis in (1, 0))
        return cls(small, tensor[np.ix_(out, into)], _span(rows), _span(columns), out, into)

    def restrict(self, out: slice, into: slice) -> Block | None:
        """The same for some components out and in; None where they do not couple."""
        a, b = (np.isin(components, np.arange(32)[part]) for components, part in ((self.out, out), (self.into, into)))
        tensor = self.tensor[np.ix_(a, b)]
        if not np.any(tensor):
            return None
        return replace(self, tensor=tensor, out=self.out[a], into=self.into[b])

    def add(self, X: Array, Y: Array) -> None:
        """Y += S X T^T."""
        if self.tensor.size and self.matrix.nnz:
            Y[_grid(self.rows, self.out)] += self.matrix @ X[_grid(self.columns, self.into)] @ self.tensor.T

    def add_drops(self, X: Array, Y: Array) -> None:
        """Y_i += |T| sum_j |S_ij| |x_j - x_i|."""
        if not (self.tensor.size and self.matrix.nnz):
            return
        to = X[_grid(self.columns, self.into)]
        centre = X[_grid(self.rows, self.into)]
        row = np.repeat(np.arange(centre.shape[0]), np.diff(self.matrix.indptr))
        drops = np.empty(centre.shape)
        for b in range(centre.shape[1]):
            each = np.abs(self.matrix.data * (to[self.matrix.indices, b] - centre[row, b]))
            drops[:, b] = np.bincount(row, each, centre.shape[0])
        Y[_grid(self.rows, self.out)] += drops @ np.abs(self.tensor).T

    def add_sums(self, b: int, Y: Array) -> None:
        """Y_i += T_b sum_j S_ij, what a uniform component b drives."""
        if b in self.into:
            Y[_grid(self.rows, self.out)] += np.outer(self.matrix.sum(axis=1), self.tensor[:, self.into == b])


def _span(numbers: Array) -> Array | slice:
    """Consecutive numbers as a slice, which copies nothing."""
    if numbers.size and numbers[-1] - numbers[0] + 1 == numbers.size:
        return slice(int(numbers[0]), int(numbers[-1]) + 1)
    return numbers


def _grid(nodes: Array | slice, components: Array) -> tuple[Array | slice, Array]:
    return (nodes, components) if isinstance(nodes, slice) else (nodes[:, None], components)


def _positive(flux: Array) -> Array:
    """Nothing flows where nothing drives: then nothing is missing either."""
    return np.where(flux > 0, flux, 1.0)


@dataclass(frozen=True, eq=False)
class System:
    """A X = load for every unknown that is not held; A is not symmetric."""

    terms: tuple[Term, ...]
    load: Array  #: (N, k) [A]
    held: Array  #: (N, k) bool: fixed by a contact
    values: Array  #: (N, k) the fixed potentials [V], 0 elsewhere
    floating: tuple[Array, ...]  #: nodes of each floating contact: one phi for all, its current loads the first
    m: Array  #: (N, 3) magnetization at the nodes, 0 outside magnets
    points: Array | None = None  #: (N, 2 or 3) nodes [m]; without, multigrid is slow on hexahedra and in order 2
    simplices: bool = (
        False  #: simplices of order 1: the entries of a matrix tell what is strong, `points` are not needed
    )
    imposed: float = 0.0  #: norm of the charge currents that an imposed field drives past the nodes [A]
    pieces: tuple[Piece, ...] = ()  #: with a level of phi of their own

    @cached_property
    def pins(self) -> Array:
        """For each piece the node that carries its level, -1 where a contact fixes it (pieces,)."""
        floating = np.concatenate([np.zeros(0, dtype=int), *self.floating])
        pins = np.full(len(self.pieces), -1)
        for i, piece in enumerate(self.pieces):
            if not np.any(self.held[piece.nodes, PHI]):
                pins[i] = np.setdiff1d(piece.nodes, floating)[0]
        return pins

    @cached_property
    def free(self) -> Array:
        """(N, k) bool: what is solved for; of a floating contact, phi of its first node."""
        free = ~self.held
        for nodes in self.floating:
            free[nodes[1:], PHI] = False
        return free

    @cached_property
    def solved(self) -> Array:
        """(N, k) bool: `free`, without the node of each piece whose phi is the piece's level."""
        solved = self.free.copy()
        solved[self.pins[self.pins >= 0], PHI] = False
        return solved

    @property
    def fields(self) -> tuple[slice, ...]:
        """Components of charge, spin and, if solved, orbit."""
        return tuple(part for part in FIELDS if part.start < self.load.shape[1])

    def apply(self, X: Potentials) -> Array:
        """A X (N, k) [A] of all nodes, nothing held."""
        Y = np.zeros(X.deviation.shape)
        for inside in {term.inside for term in self.terms}:
            seen = X.seen(inside)
            for term in self.terms:
                if term.inside == inside:
                    term.block.add(seen, Y)
        return Y

    def spread(self, X: Array) -> Array:
        """X with one phi on every floating contact, that of its first node; in place."""
        for nodes in self.floating:
            X[nodes, PHI] = X[nodes[0], PHI]
        return X

    def fold(self, Y: Array) -> Array:
        """Balances (N, k) of what is solved for: those of a floating contact added up, 0 where held; in place."""
        for nodes in self.floating:
            Y[nodes[0], PHI] = Y[nodes, PHI].sum()
        Y[~self.free] = 0.0
        return Y

    def reduced(self, X: Potentials) -> Array:
        """The balances (N, k) of X, which is 0 where held and has one phi on each floating contact."""
        return self.fold(self.apply(X))

    def start(self) -> Potentials:
        """The held potentials, 0 elsewhere; the level of a piece is that of a contact on it."""
        level = np.zeros(len(self.load))
        for piece in self.pieces:
            fixed = self.held[piece.nodes, PHI]
            if np.any(fixed):
                level[piece.nodes] = self.values[piece.nodes, PHI][fixed][0]
        deviation = np.where(self.held, self.values, 0.0)
        deviation[self.held[:, PHI], PHI] -= level[self.held[:, PHI]]
        return Potentials(deviation, level)

    def stepped(self, X: Potentials, step: Potentials) -> Potentials:
        """X + step, what all of a piece moves by put into its level."""
        deviation = X.deviation + step.deviation
        level = X.level + step.level
        for piece, pin in zip(self.pieces, self.pins, strict=True):
            if pin >= 0:
                level[piece.nodes] += deviation[pin, PHI]
                deviation[piece.nodes, PHI] -= deviation[pin, PHI]
        return Potentials(deviation, level)

    def missing(self, X: Potentials) -> Array:
        """load - A X (N, k) [A], 0 where held."""
        return self.fold(self.load - self.apply(X))

    def flux(self, X: Potentials) -> Array:
        """Size of the currents (components,) that meet at the nodes, before they cancel: charge, spin, orbit [A].

        At each node, sum_t |T_t| sum_j |S_tij| |x_j - x_i| + |sum_tj T_t S_tij| |x_i|, where the second sum is that of
        relaxation alone: a common shift of phi counts for nothing. The norm over nodes.
        """
        Y = np.abs(self.load)
        total = X.total
        for term in self.terms:
            term.block.add_drops(X.deviation if term.inside else total, Y)
        for b in range(Y.shape[1]):
            sums = np.zeros(Y.shape)
            for term in self.terms:
                term.block.add_sums(b, sums)
            Y += np.abs(sums * X.deviation[:, b : b + 1])
        return self._norms(Y)

    def residuals(self, X: Potentials) -> Array:
        """Of charge, spin and orbit: norm of the missing currents over the norm of the field's own flux."""
        return self._norms(self.missing(X)) / _positive(self.flux(X))

    def errors(self, X: Potentials) -> Array:
        """The same over all that drives: a charge current that a field along the device drives counts as well."""
        flux = self.flux(X)
        whole = flux.copy()
        whole[0] = max(flux[0], self.imposed)
        return self._norms(self.missing(X)) / _positive(whole)

    def rounding(self, X: Potentials) -> Array:
        """What the last digit of X makes of each of `residuals`: of a volt across a barrier, say."""
        Y = np.zeros(X.deviation.shape)
        for term in self.terms:
            size = np.abs(X.seen(term.inside))
            replace(term.block, matrix=abs(term.block.matrix), tensor=np.abs(term.block.tensor)).add(size, Y)
        return np.finfo(float).eps * self._norms(Y) / _positive(self.flux(X))

    def _norms(self, Y: Array) -> Array:
        return np.array([np.linalg.norm(Y[:, part]) for part in self.fields])

    def matrix(self, *, outside: bool = False) -> csr_array:
        """A (N k, N k) of all unknowns, nothing held; unknown a of node n is number n k + a. `outside`: no pieces."""
        size = self.load.size
        k = self.load.shape[1]
        rows = [np.zeros(0, dtype=np.int64)]
        columns = [np.zeros(0, dtype=np.int64)]
        data = [np.zeros(0)]
        for term in self.terms:
            if outside and term.inside:
                continue
            scalar = coo_array(term.matrix)
            a, b = np.nonzero(term.tensor)
            rows.append((scalar.row[:, None].astype(np.int64) * k + a).ravel())
            columns.append((scalar.col[:, None].astype(np.int64) * k + b).ravel())
            data.append((scalar.data[:, None] * term.tensor[a, b]).ravel())
        parts = [np.concatenate(part) for part in (data, rows, columns)]
        return coo_array((parts[0], (parts[1], parts[2])), shape=(size, size)).tocsr()

    def folding(self) -> csr_array:
        """P (N k, solved unknowns): X = P x + start, and P^T A P x = P^T (load - A start); pins are not solved for."""
        number = np.full(self.load.shape, -1)
        number[self.solved] = np.arange(self.solved.sum())
        for nodes in self.floating:
            number[nodes, PHI] = number[nodes[0], PHI]
        solved = np.flatnonzero(number.ravel() >= 0)
        columns = number.ravel()[solved]
        return coo_array((np.ones(solved.size), (solved, columns)), shape=(number.size, int(self.solved.sum()))).tocsr()

    def lifted(self, levels: Array) -> Array:
        """phi (N,) of the levels that are solved for (levels,)."""
        phi = np.zeros(len(self.load))
        chosen = [piece for piece, pin in zip(self.pieces, self.pins, strict=True) if pin >= 0]
        for piece, value in zip(chosen, levels, strict=True):
            phi[piece.nodes] = value
        return phi

    def lifting(self) -> csr_array:
        """Z (N k, levels that are solved for): 1 at phi of every node of a piece without a fixed potential."""
        chosen = [piece for piece, pin in zip(self.pieces, self.pins, strict=True) if pin >= 0]
        rows = [piece.nodes * self.load.shape[1] + PHI for piece in chosen]
        columns = [np.full(nodes.size, i) for i, nodes in enumerate(rows)]
        places = [np.concatenate([np.zeros(0, dtype=int), *part]) for part in (rows, columns)]
        return coo_array((np.ones(places[0].size), tuple(places)), shape=(self.load.size, len(chosen))).tocsr()
