"""One device's equations over many processes: PETSc's Krylov solver and multigrid, with our coarsening.

Every process assembles all terms, and keeps of the matrix the rows of its own nodes: a slice of the device along its
longest side. The strategy is that of `precondition`: charge, spin, orbit in turn, each by a V cycle whose interpolation
is Ruge-Stueben's of the field's scalar matrix and whose smoother inverts node blocks (PETSc's inodes).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.sparse import coo_array, csr_array

from femsot.base.components import PHI, SPIN
from femsot.base.errors import Fault, InputError
from femsot.base.quantities import Array

from .levels import Potentials
from .multigrid import interpolations
from .precondition import field
from .system import System

FIELDS = ("charge", "spin", "orbit")
RESTART = 30
MOST_ITERATIONS = 200
MOST_CYCLES = 4
#: least part of the largest flux that a field's own is taken for
LEAST_FLUX = 1e-6


def rank() -> int:
    """The number of this process among those that `mpirun` started, 0 without PETSc; 0 alone prints and writes."""
    try:
        return int(_library().COMM_WORLD.rank)
    except InputError:
        return 0


def solve_petsc(
    system: System, *, tolerance: float, progress: Callable[[int, float], None] | None
) -> tuple[Potentials, int]:
    """Return the potentials, the same on every process, and the number of iterations."""
    petsc = _library()
    share = _Share.of(system, petsc.COMM_WORLD)
    solver = _solver(petsc, system, share)
    x = system.start()
    iterations = 0
    step = _applied(petsc, share, action=solver.getPC().apply, b=system.missing(x))
    x = system.stepped(x, Potentials.flat(system.spread(step)))
    for _ in range(MOST_CYCLES):
        missing = system.missing(x)
        flux = system.flux(x)
        if system.residuals(x).max() < tolerance:
            break
        least = max(flux[flux > 0].min(initial=np.inf), LEAST_FLUX * flux.max())
        solver.setTolerances(rtol=0.0, atol=0.5 * tolerance * least, max_it=MOST_ITERATIONS)
        if progress is not None and share.comm.rank == 0:
            solver.cancelMonitor()
            solver.setMonitor(_monitor(progress, iterations, least))
        step = _applied(petsc, share, action=solver.solve, b=missing)
        x = system.stepped(x, Potentials.flat(system.spread(step)))
        iterations += solver.getIterationNumber()
    return x, iterations


def _library() -> Any:
    try:
        from petsc4py import PETSc
    except ImportError as error:
        raise InputError(
            Fault(
                "solver",
                ", but petsc4py is not installed (docs/solvers.md says how)",
                hint="or choose another solver",
                value="'petsc'",
            )
        ) from error
    return PETSc


@dataclass(frozen=True, eq=False)
class _Share:
    """Which process has which nodes of a level; they are numbered anew, process by process."""

    owner: Array  #: (n,) process of each node
    comm: Any

    @classmethod
    def of(cls, system: System, comm: Any) -> _Share:
        """Slices of equal size along the longest side; a floating contact belongs to one process."""
        nodes = system.load.shape[0]
        order = np.arange(nodes)
        if system.points is not None:
            order = np.argsort(system.points[:, np.argmax(np.ptp(system.points, axis=0))], kind="stable")
        owner = np.empty(nodes, dtype=int)
        owner[order] = np.arange(nodes) * comm.size // nodes
        for contact in system.floating:
            owner[contact] = owner[contact[0]]
        return cls(owner, comm)

    @cached_property
    def own(self) -> Array:
        return np.flatnonzero(self.owner == self.comm.rank)

    @cached_property
    def place(self) -> Array:
        """The new number of each node (n,)."""
        place = np.empty(self.owner.size, dtype=int)
        place[np.argsort(self.owner, kind="stable")] = np.arange(self.owner.size)
        return place

    def coarse(self, P: csr_array) -> _Share:
        """Of the next level: each coarse node goes with the fine one that it is."""
        rows = np.repeat(np.arange(P.shape[0]), np.diff(P.indptr))
        same = P.data == 1.0
        owner = np.empty(P.shape[1], dtype=int)
        owner[P.indices[same]] = self.owner[rows[same]]
        return _Share(owner, self.comm)

    def sizes(self, components: int) -> tuple[int, int]:
        """Of a vector with so many components: here, and everywhere."""
        return self.own.size * components, self.owner.size * components


def _solver(petsc: Any, system: System, share: _Share) -> Any:
    """GMRES whose preconditioner goes field by field."""
    k = system.load.shape[1]
    first = int(np.sum(share.owner < share.comm.rank)) * k
    solver = petsc.KSP().create(share.comm)
    solver.setType("fgmres")
    solver.setGMRESRestart(RESTART)
    solver.setOperators(_matrix(petsc, system, share))
    outer = solver.getPC()
    outer.setType("fieldsplit")
    outer.setFieldSplitType(petsc.PC.CompositeType.MULTIPLICATIVE)
    for part, name in zip(system.fields, FIELDS, strict=False):
        numbers = first + np.arange(share.own.size)[:, None] * k + np.arange(k)[part]
        outer.setFieldSplitIS((name, petsc.IS().createGeneral(numbers.ravel().astype(petsc.IntType), share.comm)))
    solver.setUp()
    for part, inner in zip(system.fields, outer.getFieldSplitSubKSP(), strict=True):
        inner.setType("preonly")
        _multigrid(petsc, inner.getPC(), system, part=part, share=share)
    return solver


def _multigrid(petsc: Any, pc: Any, system: System, *, part: slice, share: _Share) -> None:
    """One V cycle on our interpolations; PETSc coarsens the matrix and solves the coarsest level directly."""
    ups = interpolations(field(system, part)[1])
    pc.setType("mg")
    pc.setMGLevels(len(ups) + 1)
    petsc.Options()[(pc.getOptionsPrefix() or "") + "pc_mg_galerkin"] = "both"
    pc.setFromOptions()
    for level, up in zip(range(len(ups), 0, -1), ups, strict=True):
        below = share.coarse(up)
        pc.setMGInterpolation(level, _interpolation(petsc, up, part.stop - part.start, shares=(share, below)))
        smoother = pc.getMGSmoother(level)
        smoother.setType("richardson")
        smoother.setTolerances(max_it=1)
        smoother.getPC().setType("sor")
        share = below


def _interpolation(petsc: Any, up: csr_array, components: int, *, shares: tuple[_Share, _Share]) -> Any:
    """`up` for each component, as rows of the processes that have the finer nodes."""
    fine, coarse = shares
    entries = coo_array(up[fine.own])
    a = np.arange(components)
    rows = (entries.row[:, None] * components + a).ravel()
    columns = (coarse.place[entries.col][:, None] * components + a).ravel()
    sizes = fine.sizes(components), coarse.sizes(components)
    return _rows(petsc, (np.repeat(entries.data, components), rows, columns), sizes=sizes, comm=fine.comm)


def _matrix(petsc: Any, system: System, share: _Share) -> Any:
    """The rows of this process' nodes; unit rows where nothing is solved for, floating contacts folded."""
    k = system.load.shape[1]
    free = system.free
    target = np.arange(system.load.shape[0])
    for nodes in system.floating:
        target[nodes] = nodes[0]
    local = np.full(target.size, -1)
    local[share.own] = np.arange(share.own.size)
    parts = []
    blocks = any(_couples(term.tensor) for term in system.terms)
    for term in system.terms:
        scalar = coo_array(term.matrix)
        local_rows = local[scalar.row] >= 0
        i = scalar.row[local_rows]
        j = scalar.col[local_rows]
        value = scalar.data[local_rows]
        coupled = np.asarray(term.tensor) != 0
        filled = coupled.copy()
        filled[SPIN, SPIN] |= blocks and coupled[SPIN, SPIN].any()
        for a, b in zip(*np.nonzero(filled), strict=True):
            row = target[i] if a == PHI else i
            column = target[j] if b == PHI else j
            open_entries = free[row, a] & free[column, b]
            place = share.place[column[open_entries]] * k + b
            parts.append((value[open_entries] * term.tensor[a, b], local[row[open_entries]] * k + a, place))
    unsolved, a = np.nonzero(~free[share.own])
    size = np.mean([np.abs(part[0]).mean() for part in parts if part[0].size])
    parts.append((np.full(unsolved.size, size), unsolved * k + a, share.place[share.own[unsolved]] * k + a))
    data, rows, columns = (np.concatenate(each) for each in zip(*parts, strict=True))
    return _rows(petsc, (data, rows, columns), sizes=(share.sizes(k), share.sizes(k)), comm=share.comm)


def _couples(tensor: Array) -> bool:
    """Whether spin components couple: then all nine entries are stored, so that PETSc sees one block, an inode."""
    spin = np.asarray(tensor)[SPIN, SPIN]
    return bool(np.any(spin - np.diag(np.diag(spin))))


def _rows(petsc: Any, entries: tuple[Array, Array, Array], *, sizes: Any, comm: Any) -> Any:
    """A distributed matrix of this process' (values, local rows, columns)."""
    data, rows, columns = entries
    local = csr_array((data, (rows, columns)), shape=(sizes[0][0], sizes[1][1]))
    index = (local.indptr.astype(petsc.IntType), local.indices.astype(petsc.IntType), local.data)
    matrix = petsc.Mat().createAIJ(size=sizes, csr=index, comm=comm)
    matrix.assemble()
    return matrix


def _applied(petsc: Any, share: _Share, *, action: Any, b: Array) -> Array:
    """What `action(right-hand side, result)` makes of b (N, k), on every process."""
    right = petsc.Vec().createMPI(share.sizes(b.shape[1]), comm=share.comm)
    right.setArray(b[share.own].ravel())
    result = right.duplicate()
    action(right, result)
    scatter, whole = petsc.Scatter.toAll(result)
    scatter.scatter(result, whole)
    return np.array(whole.getArray()).reshape(b.shape)[share.place]


def _monitor(progress: Callable[[int, float], None], done: int, least: float) -> Callable[[Any, int, float], None]:
    return lambda _, count, norm: progress(done + count, norm / least)
