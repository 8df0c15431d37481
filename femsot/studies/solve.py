"""Solve a stack, or a whole grid of stacks at once."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, get_args, overload

import numpy as np

from femsot.base.errors import Caution, Fault, InputError, SolveError, did_you_mean, warn
from femsot.base.quantities import Array
from femsot.model.device import Device
from femsot.model.replace import with_values
from femsot.model.stack import Method, Stack
from femsot.results.record import Report
from femsot.results.stack import StackSolution
from femsot.solvers import boltzmann, exact
from femsot.solvers.layers import layer_tensors
from femsot.solvers.record import Fields

from .device import solve_device
from .imposed import with_field
from .warnings import stack_warnings

if TYPE_CHECKING:
    from femsot.results.device import DeviceSolution

#: a solution whose flux law, balance or interface law is off by more is refused
TOLERANCE = 1e-6
#: one that is off by more is told
TOLD = 1e-8


@overload
def solve(
    model: Stack, *, method: str | None = None, closure: str | None = None, order: int | None = None
) -> StackSolution: ...


@overload
def solve(
    model: Device, *, closure: str | None = None, order: int | None = None, solver: str | None = None
) -> DeviceSolution: ...


def solve(
    model: Stack | Device,
    *,
    method: str | None = None,
    closure: str | None = None,
    order: int | None = None,
    solver: str | None = None,
) -> StackSolution | DeviceSolution:
    """Return the solved stack or device. Warn with `PhysicsWarning` where a model breaks reciprocity or creates power.

    Parameters
    ----------
    model : what to solve.
    method : "exact", "fem" or "boltzmann" (docs/boltzmann.md), replaces a stack's own; a device's is "fem".
    closure : "conserving" or "ning24", replaces the model's own.
    order : of the finite elements, 1 (P1) or 2 (P2, default).
    solver : of a device: "auto", "direct", "krylov", "pardiso" or "petsc"; `solve_device` has more to set.

    Raises
    ------
    InputError
        For a method, closure, order or solver that is unknown.
    SolveError
        For a model without a unique solution.
    """
    if closure is not None and closure != model.closure:
        model = replace(model, closure=closure)  # type: ignore[arg-type]
    if isinstance(model, Device):
        if method not in (None, "fem"):
            raise InputError(Fault("method", "for a device", "'fem'", value=repr(method)))
        return solve_device(model, order=2 if order is None else order, solver=solver or "auto")
    if solver is not None:
        raise InputError(
            Fault("solver", "for a stack", "none", "only a device's equations have a choice", value=repr(solver))
        )
    return _solve_stack(model, method or model.method, order=2 if order is None else order)


def _solve_stack(stack: Stack, method: str, *, order: int) -> StackSolution:
    if method not in get_args(Method):
        raise InputError(Fault("method", "", *did_you_mean(method, get_args(Method)), value=repr(method)))
    if order not in (1, 2):
        raise InputError(Fault("order", allowed="1 (P1) or 2 (P2)", value=repr(order)))
    start = time.perf_counter()
    if stack.imposes_current:
        stack = with_field(stack, partial(_solution, method=method, order=order, start=start, cautions=[]))
    cautions = stack_warnings(stack, method=method)
    warn(cautions, stacklevel=3)
    solution = _solution(stack, method, order=order, start=start, cautions=cautions)
    missing = _residual_cautions(solution.reached.residual)
    warn(missing, stacklevel=3)
    cautions += missing
    return solution


def _residual_cautions(residual: float) -> list[Caution]:
    """Return what to tell where the currents do not balance to all their digits."""
    if residual <= TOLD:
        return []
    problem = f"the currents balance to {residual:.1g} of the largest only, all that the potentials' digits allow"
    return [Caution("report.residual", problem, "trust the numbers to about that many digits", kind="residual")]


def _solution(stack: Stack, method: str, *, order: int, start: float, cautions: list[Caution]) -> StackSolution:
    """The solution of a stack whose in-plane field is known."""
    fields = _fields(stack, method, order=order)
    residual = float(np.max(fields.residual))
    if not residual < TOLERANCE:
        raise SolveError(f"residual {residual:.2g} of the largest current, allowed: < {TOLERANCE:g}")
    report = Report(
        method=fields.method,
        unknowns=fields.unknowns,
        residual=residual,
        seconds=time.perf_counter() - start,
        cautions=cautions,
        angular_error=fields.angular_error,
    )
    return StackSolution(stack, fields, report)


def _fields(stack: Stack, method: str, *, order: int) -> Fields:
    """Return what the solver of that name finds."""
    if method == "exact":
        return exact.solve(stack)
    if _batched(stack):
        raise InputError(
            Fault("method", f"{method!r} solves one stack, not a batch", "'exact', or one point at a time")
        )
    if method == "boltzmann":
        return boltzmann.solve(stack)
    from femsot.solvers import fem

    return fem.solve(stack, order=order)


def solve_many(stack: Stack, values: Mapping[str, Any], *, closure: str | None = None) -> StackSolution:
    """Return many stacks solved exactly in one batch; every array of the solution has the batch's axes first.

    A point takes 10 to 20 kB at the peak: give more than 1e5 points in parts.

    Parameters
    ----------
    stack : the stack whose fields change.
    values : new values by dotted path, such as {"layers.Ni.thickness": t, "materials.Ni.exchange_length": l}, in SI;
        arrays that broadcast with each other, a vector such as "layers.Ni.magnetization" as (..., 3).
    closure : "conserving" or "ning24", replaces the stack's own.

    Raises
    ------
    InputError
        For a path that names no field, a value out of its range, or arrays that do not broadcast.
    SolveError
        For a point without a unique solution.
    """
    arrays: dict[str, Array] = {path: np.array(value) for path, value in values.items()}
    for array in arrays.values():
        array.setflags(write=False)
    try:
        return solve(with_values(stack, arrays), method="exact", closure=closure)
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        shapes = ", ".join(f"{path} {array.shape}" for path, array in arrays.items())
        raise InputError(Fault("solve_many", f"the arrays do not broadcast with each other: {shapes}")) from error


def _batched(stack: Stack) -> bool:
    """Is any number of the stack an array?"""
    tensors = [layer for layer in layer_tensors(stack) if layer is not None]
    laws = [law for law in stack.maps if law is not None]
    return (
        any(layer.C.ndim > 4 or layer.m.ndim > 1 or layer.external.ndim > 1 for layer in tensors)
        or any(law.conductance.ndim > 4 for law in laws)
        or stack.z.ndim > 1
    )
