"""Measures the figures of docs/verification.md: python docs/measure.py

Stacks and the reference solver are those of the tests, the papers' cases those of the examples.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import numpy as np

import femsot as fs
from femsot.model.replace import with_values

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / name) for name in ("tests/shared", "examples", "benchmarks")]
oracle = importlib.import_module("oracle")
random_stacks = importlib.import_module("random_stacks")
QUIET = {"electric_field": (0.0, 0.0, 0.0)}
ENDS = {"bottom": fs.Contact(voltage=2e-3, spin="blocked"), "top": fs.Contact(voltage=1e-3)}
DRIVES = {
    "in plane": {},
    "pumping": QUIET | {"magnetization_rate": random_stacks.PUMPING},
    "voltage": QUIET | random_stacks.CPP,
    "everything": {"magnetization_rate": random_stacks.PUMPING} | ENDS,
}
SEEDS = range(10)


def stacks() -> Iterator[fs.Stack]:
    """N|F|N|F|N with random numbers, every law: 10 seeds, 4 drives, with and without orbital channel."""
    for seed, drive, orbital in product(SEEDS, DRIVES.values(), (False, True)):
        yield random_stacks.five_layers(seed, orbital=orbital, **drive)


def states(solution: fs.StackSolution) -> tuple[np.ndarray, np.ndarray]:
    return np.array([x.mu for x in solution.fields.layers]), np.array([x.J for x in solution.fields.layers])


def matrix_exponentials() -> float:
    """Currents, potentials, and those of moment by themselves, against matrix exponentials, over the largest."""
    worst = 0.0
    for stack in stacks():
        mu, J = oracle.reference(stack)
        found = states(fs.solve(stack))
        pairs = (found[1], J), (found[0], mu), (found[0][..., 1:], mu[..., 1:])
        worst = max(worst, *(float(oracle.relative(*pair)) for pair in pairs))
    return worst


def residuals() -> float:
    """Flux law, balance and interface laws, over the largest current."""
    return max(fs.solve(stack).report.residual for stack in stacks())


def budgets() -> float:
    """Moment that is missing in a layer, over the largest current."""
    solutions = [fs.solve(stack) for stack in stacks()]
    return max(float(solution.budget(name).residual) for solution in solutions for name in solution.parts)


def batches() -> float:
    """Torques of a batch of 50 stacks against single solves, over the largest."""
    stack = random_stacks.five_layers(3)
    values = {"layers.B.thickness": np.linspace(0.5e-9, 5e-9, 50), "materials.F2.polarization": np.linspace(0, 0.5, 50)}
    many = fs.solve_many(stack, values).torque("D").flux
    one = [fs.solve(with_values(stack, {k: v[i] for k, v in values.items()})).torque("D").flux for i in range(50)]
    return float(oracle.relative(many, np.array(one)))


def finite_elements() -> float:
    """Flux torques of P2 elements on the default mesh against the exact ones, over the largest."""
    worst = 0.0
    for stack in stacks():
        torques = [[fs.solve(stack, method=method).torque(name).flux for name in "BD"] for method in ("fem", "exact")]
        worst = max(worst, float(oracle.relative(*np.array(torques))))
    return worst


def onsager() -> float:
    """Sheet current per w at m against minus the torque per field at -m, over the largest torque."""
    worst = 0.0
    for seed in SEEDS:
        stack = random_stacks.five_layers(seed, **QUIET)
        m = {name: np.asarray(stack.layers[stack.index(name)].magnetization) for name in "BD"}
        back = with_values(stack, {f"layers.{name}.magnetization": -m[name] for name in "BD"})
        driven = [fs.solve(with_values(back, {"drive.electric_field": axis})) for axis in np.eye(3)[:2]]
        tau = {n: np.array([x.torque(n).exchange + x.torque(n).interface for x in driven]) for n in "BD"}
        for name in "BD":
            w = np.cross(m[name], [0.3, -0.2, 0.9])
            rate = -np.cross(m[name], w) / oracle.HBAR_OVER_2E
            solution = fs.solve(with_values(stack, {f"drive.magnetization_rate.{name}": rate}))
            current = sum(solution.sheet_current(name) for name in solution.parts)
            worst = max(worst, np.abs(current + tau[name] @ w).max() / np.abs(list(tau.values())).max())
    return worst


def example(name: str, errors: Callable[..., float]) -> Callable[[], float]:
    def measured() -> float:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", fs.PhysicsWarning)
            return float(errors(importlib.import_module(name).run()))

    return measured


def largest(found: dict[object, object], one: str) -> float:
    """Largest distance of an attribute from `exact`, both in units of the Hall current."""
    return max(np.max(np.abs(getattr(x, one) - x.exact)) for x in found.values())


FIGURES: dict[str, Callable[[], float]] = {
    "exact solver - matrix exponentials": matrix_exponentials,
    "exact solver, residual": residuals,
    "budget, residual": budgets,
    "batch - single solves": batches,
    "finite elements, default mesh - exact": finite_elements,
    "Onsager": onsager,
    "Ning24 Fig. 2 - closed form": example("ning24_fig2", lambda found: largest(found, "arriving")),
    "Ning24 Fig. 3 - closed form": example("ning24_fig3", lambda found: largest(found, "torque")),
    "SMR - Chen": example("smr", lambda found: np.max(np.abs(found[0].current - found[0].exact))),
    "spin valve - Valet-Fert": example(
        "spin_valve", lambda found: np.max(np.abs(found[0].solved / found[0].exact - 1))
    ),
    "pumping damping - closed form": example(
        "spin_pumping", lambda found: np.max(np.abs(found[0].damping / found[0].exact_damping - 1))
    ),
}

if __name__ == "__main__":
    for claim, measure in FIGURES.items():
        print(f"{claim:42} {measure():.0e}", flush=True)  # noqa: T201
    importlib.import_module("fem_errors").main()
