"""Flexible GMRES that measures charge, spin and orbit each against its own flux."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg import lstsq

from femsot.base.quantities import Array

from .levels import Potentials
from .multigrid import REAL
from .precondition import Preconditioner
from .system import System

#: kept directions, in double precision, and what the preconditioner makes of each, in its own
RESTART = 30
MOST_ITERATIONS = 200


def gmres(
    system: System, precondition: Preconditioner, *, tolerance: float, progress: Callable[[int, float], None] | None
) -> tuple[Potentials, int]:
    """Return the potentials and the number of iterations; the residual of X is above the tolerance where they stalled.

    Saad, SIAM J. Sci. Comput. 14, 461 (1993): the rounding of a preconditioner in single precision does no harm. After
    each cycle the true residual and the fluxes that measure it are computed anew; a cycle that does not halve the
    residual is the last.
    """
    run = _Run(system, precondition, tolerance, progress)
    x = system.start()
    x = system.stepped(x, precondition.solve(system.missing(x)))
    left, weight = run.missing(x)
    residual = run.residual(left)
    iterations = 0
    while residual >= tolerance and iterations < MOST_ITERATIONS:
        step, steps = run.cycle(left, weight, iterations)
        x = system.stepped(x, step)
        iterations += steps
        before = residual
        left, weight = run.missing(x)
        residual = run.residual(left)
        if not residual < before / 2:
            break
    return x, iterations


@dataclass(frozen=True, eq=False)
class _Run:
    system: System
    precondition: Preconditioner
    tolerance: float
    progress: Callable[[int, float], None] | None

    def missing(self, x: Potentials) -> tuple[Array, Array]:
        """What x leaves, over each field's flux (N, k), and one over the fluxes (k,)."""
        weight = np.ones(self.system.load.shape[1])
        for part, size in zip(self.system.fields, self.system.flux(x), strict=True):
            weight[part] = 1 / (size or 1.0)
        return self.system.missing(x) * weight, weight

    def residual(self, left: Array) -> float:
        """The largest of charge, spin and orbit."""
        return max(float(np.linalg.norm(left[:, part])) for part in self.system.fields)

    def cycle(self, left: Array, weight: Array, done: int) -> tuple[Potentials, int]:
        """The correction that leaves the least, and its iterations."""
        start = float(np.linalg.norm(left))
        basis = [left / start]
        solved = []
        H = np.zeros((RESTART + 1, RESTART))
        y = np.zeros(0)
        for j in range(RESTART):
            direction = self.precondition.solve(basis[j] / weight)
            solved.append(Potentials(direction.deviation.astype(REAL), direction.level))
            rounded = Potentials(solved[j].deviation.astype(float), direction.level)
            new = self.system.reduced(rounded) * weight
            for i, old in enumerate(basis):
                H[i, j] = np.vdot(old, new)
                new -= H[i, j] * old
            H[j + 1, j] = np.linalg.norm(new)
            small = H[: j + 2, : j + 1]
            goal = np.zeros(j + 2)
            goal[0] = start
            y = lstsq(small, goal)[0]
            reached = float(np.linalg.norm(small @ y - goal))
            if self.progress is not None:
                self.progress(done + j + 1, reached)
            if reached < self.tolerance / 2 or H[j + 1, j] <= np.finfo(float).eps * np.abs(small).max():
                break
            basis.append(new / H[j + 1, j])
        deviation = np.zeros_like(left)
        level = np.zeros(len(left))
        for factor, direction in zip(y, solved, strict=True):
            deviation += factor * direction.deviation
            level += factor * direction.level
        return Potentials(deviation, level), y.size
