"""The solution of a device's equations: which solver, how well it did, and what to do where it failed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from femsot.base.errors import Caution, Fault, InputError, SolveError, did_you_mean
from femsot.base.quantities import Array

from .direct import have_pardiso, solve_direct
from .krylov import gmres
from .levels import Potentials
from .petsc import solve_petsc
from .precondition import Preconditioner
from .system import System

SOLVERS = ("auto", "direct", "krylov", "pardiso", "petsc")
#: by dimension, the most unknowns for which a direct solver is the faster (docs/solvers.md)
SMALL = {2: 40_000, 3: 8_000}
#: and the most that it is asked for where GMRES stalls: some 5 GB
POSSIBLE = {2: 1_000_000, 3: 100_000}
#: digits that a solver may lose to rounding
LOST = 10.0
#: residuals above are refused whatever the digits allow, and told above the second
REFUSED = 1e-6
TOLD = 1e-8
FIELDS = ("charge", "spin", "orbital")
#: called with the number of the iteration and the residual that it reached
Progress = Callable[[int, float], None]


@dataclass(frozen=True, eq=False)
class Solved:
    """Potentials, and how they were found."""

    potentials: Potentials
    solver: str
    iterations: int  #: 0 for a direct solver
    residual: float  #: the largest of `System.residuals`, computed from x itself
    error: float  #: the largest of `System.errors`, where a field along the device counts as a drive
    seconds: dict[str, float]  #: of setup and of solution

    def cautions(self) -> list[Caution]:
        """Return what a user should know of the residual."""
        if self.error <= TOLD:
            return []
        problem = f"the currents balance to {self.error:.1g} of their flux only, all that the potentials' digits allow"
        hint = "trust the numbers to about that many digits"
        return [Caution("report.residual", problem, hint, kind="residual")]

    @property
    def x(self) -> Array:
        """All potentials (N, k) [V]."""
        return self.potentials.total


def solve_linear(
    system: System, *, solver: str = "auto", tolerance: float = 1e-10, progress: Progress | None = None
) -> Solved:
    """Potentials whose missing currents are below `tolerance` of the flux, for charge, spin and orbit each.

    `auto` solves small devices directly, others by GMRES; where that stalls, directly again, if memory should allow.
    Raises `InputError` for an unknown or missing solver, `SolveError` where there is no solution or it was not reached.
    """
    if solver not in SOLVERS:
        raise InputError(Fault("solver", "", *did_you_mean(solver, SOLVERS), value=repr(solver)))
    unknowns = int(system.free.sum())
    dimension = 3 if system.points is None else system.points.shape[1]
    iterate = solver == "auto" and unknowns > SMALL[dimension]
    chosen = solver
    if solver == "auto":
        chosen = "krylov" if iterate else "direct"
    solved = _run(system, chosen, tolerance=tolerance, progress=progress)
    if iterate and unknowns <= POSSIBLE[dimension] and not _good(system, solved, tolerance):
        last = "pardiso" if have_pardiso() else "direct"
        again = _run(system, last, tolerance=tolerance, progress=progress)
        solved = Solved(
            again.potentials,
            f"krylov, then {last}",
            solved.iterations,
            again.residual,
            error=again.error,
            seconds=solved.seconds | again.seconds,
        )
    if not _good(system, solved, tolerance):
        raise _not_reached(system, solved, tolerance)
    return solved


def _run(system: System, solver: str, *, tolerance: float, progress: Progress | None) -> Solved:
    """What one solver finds, however good."""
    start = ready = perf_counter()
    iterations = 0
    if solver == "krylov":
        preconditioner = Preconditioner(system)
        ready = perf_counter()
        x, iterations = gmres(system, preconditioner, tolerance=tolerance, progress=progress)
    elif solver == "petsc":
        x, iterations = solve_petsc(system, tolerance=tolerance, progress=progress)
    else:
        x = solve_direct(system, solver)
    seconds = {"setup": ready - start, "solve": perf_counter() - ready}
    residual = float(system.residuals(x).max())
    error = float(system.errors(x).max())
    return Solved(x, solver, iterations, residual, error=error, seconds=seconds)


def _good(system: System, solved: Solved, tolerance: float) -> bool:
    """Whether each field's residual is below the tolerance, or is all that the digits of x allow."""
    if solved.residual < tolerance:
        return True
    residuals = system.residuals(solved.potentials)
    digits = (residuals < LOST * system.rounding(solved.potentials)) & (system.errors(solved.potentials) < REFUSED)
    return bool(np.all((residuals < tolerance) | digits))


def _not_reached(system: System, solved: Solved, tolerance: float) -> SolveError:
    residuals = system.residuals(solved.potentials)
    worst = FIELDS[int(np.argmax(residuals))]
    steps = f" after {solved.iterations} iterations" if solved.iterations else ""
    others = ", ".join(repr(name) for name in ("direct", "pardiso", "krylov") if name not in solved.solver)
    return SolveError(
        f"solver {solved.solver!r}: the {worst} currents balance to {solved.residual:.2g} of their flux{steps}, "
        f"allowed: < {tolerance:g}, with {int(system.free.sum())} unknowns; try solver = {others}, a larger tolerance, "
        "or a mesh without slivers; is a current driven that has nowhere to go?"
    )
