"""Solve a device, and estimate how far its mesh lets it be off."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from femsot.base.components import PHI
from femsot.base.errors import Caution, Fault, InputError, SolveError, warn
from femsot.model.device import Device
from femsot.model.validity import thin_regions
from femsot.results.record import Report

from .warnings import device_warnings

if TYPE_CHECKING:
    from femsot.results.device import DeviceSolution
    from femsot.results.fields import DeviceFields

#: of the sum of a device's contact currents over the largest: more is refused
UNBALANCED = 1e-6


def solve_device(
    device: Device,
    *,
    order: int = 2,
    solver: str = "auto",
    tolerance: float = 1e-10,
    progress: Callable[[int, float], None] | None = None,
) -> DeviceSolution:
    """Return the solved device; in order 2 its report tells the estimated errors of torques and contacts.

    Parameters
    ----------
    device : what to solve.
    order : of the elements, 1 or 2; errors are estimated in order 2.
    solver : "auto", "direct", "krylov", "pardiso" or "petsc" (docs/solvers.md).
    tolerance : of the solver's residual.
    progress : is called with the number of the iteration and its residual.

    Raises
    ------
    InputError
        For what is unknown or not installed.
    SolveError
        Where there is no unique solution, or none is reached.
    """
    if order not in (1, 2):
        raise InputError(Fault("order", allowed="1 (P1) or 2 (P2)", value=repr(order)))
    solution = _solved(device, order, solver=solver, tolerance=tolerance, progress=progress)
    if order == 2:
        solution = _with_errors(solution, solver=solver, tolerance=tolerance)
    cautions = solution.solved.cautions
    cautions += device_warnings(device) + thin_parts(solution)
    warn(cautions, stacklevel=2)
    return solution


def _with_errors(solution: DeviceSolution, *, solver: str, tolerance: float) -> DeviceSolution:
    """Return a solution of order 2 with the errors that the solution of order 1 on the same mesh lets expect."""
    from .accuracy import estimated_errors

    start = time.perf_counter()
    try:
        coarse = _solved(solution.device, 1, solver=solver, tolerance=tolerance)
    except SolveError as error:
        problem = f"is not known: the equations of first order that tell it have no solution ({error})"
        solution.solved.cautions.append(Caution("report.error", problem, kind="estimated-error"))
        return solution
    errors = estimated_errors(solution, coarse)
    report = solution.solved
    seconds = time.perf_counter() - start
    stages = {**(report.stages or {}), "error": seconds}
    return replace(solution, solved=replace(report, error=errors, stages=stages, seconds=report.seconds + seconds))


def _solved(
    device: Device,
    order: int,
    *,
    solver: str,
    tolerance: float,
    progress: Callable[[int, float], None] | None = None,
) -> DeviceSolution:
    """Return the device solved in elements of one order; its cautions are those of the equations."""
    from femsot.results.device import DeviceSolution
    from femsot.results.fields import DeviceFields
    from femsot.solvers.fem.equations import equations
    from femsot.solvers.fem.linear import solve_linear

    start = time.perf_counter()
    assembled = equations(device, order=order)
    assembly = time.perf_counter() - start
    solved = solve_linear(assembled.system, solver=solver, tolerance=tolerance, progress=progress)
    fields = DeviceFields(assembled, solved.potentials)
    report = Report(
        method="fem",
        solver=solved.solver,
        order=order,
        unknowns=int(assembled.system.free.sum()),
        iterations=solved.iterations,
        residual=solved.residual,
        charge_balance=_charge_balance(fields, solved.solver),
        seconds=time.perf_counter() - start,
        stages={"assembly": assembly, **solved.seconds},
        cautions=assembled.cautions() + solved.cautions(),
    )
    return DeviceSolution(device, fields, report)


def thin_parts(solution: DeviceSolution) -> list[Caution]:
    """Return a caution for every region thinner than its mean free path that an in-plane field drives."""
    from femsot.results.device import in_plane

    driven = {name: in_plane(solution.electric_field(name)) for name in solution.metals}
    return thin_regions(solution.device, driven)


def _charge_balance(fields: DeviceFields, solver: str) -> float:
    """Sum of the contacts' currents over the largest, or over what an imposed field drives; 0 without contacts.

    Raise SolveError where they do not add up.
    """
    from femsot.results.device import left_over

    left = left_over(fields)
    mesh = fields.equations.device.mesh
    currents = [left[nodes, PHI].sum() for nodes in fields.equations.contacts.values()]
    sigma = max(float(metal.bulk.charge) for metal in fields.equations.metals.values())
    driven = sigma * np.linalg.norm(fields.external) * np.abs(mesh.volumes).sum() / np.ptp(mesh.points, axis=0).max()
    balance = float(abs(sum(currents)) / (np.max(np.abs(currents), initial=driven) or 1.0))
    if balance > UNBALANCED:
        raise SolveError(
            f"solver {solver!r}: the currents of the contacts add up to {balance:.2g} of the largest, allowed: "
            f"< {UNBALANCED:g}; try another solver"
        )
    return balance
