"""Solve a device."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable

import numpy as np

from femsot.base.components import PHI
from femsot.base.errors import Fault, InputError, PhysicsWarning, SolveError
from femsot.materials.tensors import conductivity
from femsot.model.device import Device
from femsot.model.validity import NING24, law_warnings, thin_regions
from femsot.results.device import DeviceReport, DeviceSolution, in_plane, left_over
from femsot.results.fields import DeviceFields

#: of the sum of the contacts' currents over the largest: more is refused
UNBALANCED = 1e-6
FILM = 'mesh: a film, plane "xy", has no spin Hall current across itself; is it a cross-section, plane = "xz"?'


def solve_device(
    device: Device,
    *,
    order: int = 1,
    solver: str = "auto",
    tolerance: float = 1e-10,
    progress: Callable[[int, float], None] | None = None,
) -> DeviceSolution:
    """The solved device in elements of `order` 1 or 2.

    `solver`: "auto", "direct", "krylov", "pardiso", "petsc" (docs/solvers.md); `progress` is called with the iteration
    and the residual. Raises `InputError` for what is unknown or not installed, `SolveError` where there is no solution.
    """
    from femsot.solvers.fem.equations import equations
    from femsot.solvers.fem.linear import solve_linear

    if order not in (1, 2):
        raise InputError(Fault("order", allowed="1 (P1) or 2 (P2)", value=repr(order)))
    start = time.perf_counter()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", PhysicsWarning)
        made = equations(device, order=order)
    assembled = time.perf_counter() - start
    solved = solve_linear(made.system, solver=solver, tolerance=tolerance, progress=progress)
    fields = DeviceFields(made, solved.potentials)
    found = [str(x.message) for x in caught] + [str(x) for x in solved.cautions()] + device_warnings(device)
    report = DeviceReport(
        solver=solved.solver,
        order=order,
        unknowns=int(made.system.free.sum()),
        iterations=solved.iterations,
        residual=solved.residual,
        charge_balance=_charge_balance(fields, solved.solver),
        seconds=time.perf_counter() - start,
        stages={"assembly": assembled, **solved.seconds},
        warnings=found,
    )
    solution = DeviceSolution(device, fields, report)
    found += thin_regions(device, {name: in_plane(solution.electric_field(name)) for name in solution.metals})
    for text in found:
        warnings.warn(text, PhysicsWarning, stacklevel=2)
    return solution


def _charge_balance(fields: DeviceFields, solver: str) -> float:
    """Sum of the contacts' currents over the largest, or over what an imposed field drives; 0 without contacts.

    Raise SolveError where they do not add up.
    """
    left, mesh = left_over(fields), fields.equations.device.mesh
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


def device_warnings(device: Device) -> list[str]:
    """What a referee would object to in the models of a device, one text each."""
    found = [NING24] if not device.exchange_is_torque else []
    metals = [bulk for bulk in device.bulks.values() if bulk is not None]
    if device.mesh.plane == "xy" and any(np.any(conductivity(x)[1:, 2, PHI, :2]) for x in metals):
        found.append(FILM)
    for bulk in {bulk.name: bulk for bulk in device.bulks.values() if bulk is not None}.values():
        found += bulk.warnings
    for name, law in device.interfaces.items():
        found += law_warnings(name, law, [device.bulks[region] for region in device.joints[name]])
    return found
