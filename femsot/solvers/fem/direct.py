"""Direct solution of a device's equations by SuperLU or PARDISO, with iterative refinement."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
from scipy.sparse import block_array, csc_array, csr_array, csr_matrix, diags_array, hstack
from scipy.sparse.linalg import splu

from femsot.base.errors import Fault, InputError, SolveError
from femsot.base.quantities import Array

from .levels import Potentials
from .system import System

#: of the scaled matrix; what nothing holds has the rounding of its balance for a pivot, some 1e-13
SMALLEST_PIVOT = 1e-12
REFINEMENTS = 2


def have_pardiso() -> bool:
    """Whether pypardiso is installed."""
    return find_spec("pypardiso") is not None


def solve_direct(system: System, library: str = "direct") -> Potentials:
    """Return the potentials by SuperLU ("direct") or "pardiso"; raise SolveError where the matrix is singular."""
    fold = system.folding()
    lift = system.lifting()
    matrix = _bordered(system, fold, lift)
    diagonal = np.abs(matrix.diagonal())
    if not np.all(diagonal > 0):
        raise _no_solution(0.0)
    scale = 1 / np.sqrt(diagonal)
    scaled = csr_array(diags_array(scale) @ matrix @ diags_array(scale))
    backsolve = {"direct": _superlu, "pardiso": _pardiso}[library](scaled)
    unknowns = csr_array(hstack([fold, lift]))
    x = system.start()
    for _ in range(1 + REFINEMENTS):
        missing = unknowns.T @ system.missing(x).ravel()
        step = scale * backsolve(scale * missing)
        deviation = (fold @ step[: fold.shape[1]]).reshape(system.load.shape)
        x = system.stepped(x, Potentials(deviation, system.lifted(step[fold.shape[1] :])))
    return x


def _bordered(system: System, fold: csr_array, lift: csr_array) -> csr_array:
    """The equations of what is solved for, then those of the levels: balances of whole pieces, free of what cancels."""
    matrix = fold.T @ system.matrix() @ fold
    if not lift.shape[1]:
        return csr_array(matrix)
    between = system.matrix(outside=True)
    rows = [[matrix, fold.T @ between @ lift], [lift.T @ between @ fold, lift.T @ between @ lift]]
    return csr_array(block_array(rows))


def _superlu(matrix: csr_array) -> Callable[[Array], Array]:
    try:
        # a near-symmetric pattern: ordered as such it fills in half as much, with pivots near the diagonal
        options = {"SymmetricMode": True}
        factors = splu(csc_array(matrix), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.01, options=options)
        pivot = np.abs(factors.U.diagonal()).min(initial=1.0)
    except RuntimeError:
        pivot = 0.0
    if pivot < SMALLEST_PIVOT:
        raise _no_solution(pivot)
    return factors.solve


def _pardiso(matrix: csr_array) -> Callable[[Array], Array]:
    if not have_pardiso():
        raise InputError(
            Fault(
                "solver",
                ", but pypardiso is not installed",
                hint="`pip install 'femsot[pardiso]'`, or another solver",
                value="'pardiso'",
            )
        )
    from pypardiso import PyPardisoSolver

    solver: Any = PyPardisoSolver()
    stored = csr_matrix(matrix)
    stored.sort_indices()
    solver.factorize(stored)
    return lambda load: solver.solve(stored, load)


def _no_solution(pivot: float) -> SolveError:
    return SolveError(
        "no unique solution: some potential neither relaxes nor is held anywhere; is a region without a contact, or "
        f"are all its diffusion lengths infinite? (pivot {pivot:.1g})"
    )
