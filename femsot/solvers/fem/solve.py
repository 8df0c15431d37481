"""The solution of a stack by finite elements, with fluxes that balance exactly."""

from __future__ import annotations

from functools import partial

import numpy as np
from scipy.sparse import csc_array, diags_array
from scipy.sparse.linalg import SuperLU, splu

from femsot.base.components import PHI, seven
from femsot.base.errors import SolveError
from femsot.base.quantities import Array
from femsot.model.stack import Stack

from ..record import Fields, LayerFields
from .assembly import BOTTOM, Region, System, assemble
from .mesh import CELLS_PER_LENGTH

#: largest accepted residual, over the largest current
TOLERANCE = 1e-8
#: of the scaled matrix; a smaller one leaves fewer than four digits of the potential that it fixes
SMALLEST_PIVOT = 1e-14


def solve(stack: Stack, *, order: int = 2, cells_per_length: float = CELLS_PER_LENGTH, refine: int = 1) -> Fields:
    """Potentials and currents of every layer; `refine` divides every cell in as many.

    Currents at a layer's ends are what the discrete equations of that layer leave over at its end nodes. So
    J(bottom) - J(top) = R int mu + s d holds to rounding, and they converge at twice the order of the elements.
    """
    system = assemble(stack, order=order, cells_per_length=cells_per_length, refine=refine)
    x, level = _solve_direct(system)
    layers = tuple(None if region is None else _layer_fields(region, x, level) for region in system.regions)
    residual = _residual(system, layers, x=x, level=level)
    if not residual < TOLERANCE:
        raise SolveError(
            f"finite elements: residual {residual:.2g} of the largest current, allowed: < {TOLERANCE:g}; "
            "is a charge current driven that has nowhere to go?"
        )
    tensors = tuple(None if region is None else region.tensors for region in system.regions)
    return Fields(layers=layers, tensors=tensors, method="fem", unknowns=x.size, residual=np.asarray(residual))


def _solve_direct(system: System) -> tuple[Array, Array]:
    """All unknowns as x + level, by SuperLU on the symmetrically scaled equations; `level` is a phi for each piece.

    A layer at 1 V whose currents are due to microvolts would else lose them in the rounding of the volt.
    """
    fixed = list(system.held)
    values = list(system.held.values())
    matrix = system.bulk + system.jumps
    free = np.setdiff1d(np.arange(system.load.size), [*fixed, *system.pinned])
    scale = 1 / np.sqrt(np.abs(matrix.diagonal()[free]))
    factors = _factorize(csc_array(diags_array(scale) @ matrix[free][:, free] @ diags_array(scale)))
    x, level = np.zeros((2, system.load.size))
    x[fixed] = values
    for _ in range(3):  # solve, and refine twice
        step = _level(system, x)
        x = x - step
        level = level + step
        x[free] += scale * factors.solve(scale * -_missing(system, x, level)[free])
    return x, level


def _factorize(matrix: csc_array) -> SuperLU:
    """The factors of a matrix whose diagonal is 1; raises `SolveError` where it is singular to rounding."""
    try:
        factors = splu(matrix)
        pivot = np.abs(factors.U.diagonal()).min()
    except RuntimeError:
        pivot = 0.0
    if pivot < SMALLEST_PIVOT:
        raise SolveError(
            "no unique solution: some spin or orbital potential neither relaxes nor is held anywhere; "
            f"are all its diffusion lengths infinite? (pivot {pivot:.1g})"
        )
    return factors


def _level(system: System, x: Array) -> Array:
    """phi at the bottom of each piece (layers that share unknowns), and 0 for other components."""
    level = np.zeros(x.size)
    joint = -1
    value = 0.0
    for region in system.regions:
        if region is not None:
            phi = region.unknowns[:, PHI]
            bottom, top = phi[region.ends]
            value = value if bottom == joint else x[bottom]
            joint = top
            level[phi] = value
    return level


def _missing(system: System, x: Array, level: Array) -> Array:
    """What is left over in each unknown's balance [A/m^2]; the regions do not feel `level`."""
    return np.asarray(system.bulk @ x + system.jumps @ x + system.jumps @ level - system.load)


def _residual(system: System, layers: tuple[LayerFields | None, ...], *, x: Array, level: Array) -> float:
    """Largest current missing in the balance of an unknown that no boundary holds, over the largest current."""
    missing = _missing(system, x, level)
    missing[list(system.held)] = 0.0
    # no current at all: what the rounding of the potentials makes of it
    least = np.finfo(float).eps * system.bulk.diagonal().max() * np.abs(x + level).max()
    currents = [np.abs(layer.J).max() for layer in layers if layer is not None]
    return float(np.abs(missing).max() / (max(np.abs(system.load).max(), least, *currents) or 1.0))


def _layer_fields(region: Region, x: Array, level: Array) -> LayerFields:
    """What the unknowns say of one layer."""
    unknowns = x[region.unknowns]
    u = (x + level)[region.unknowns]
    reaction = (region.matrix @ unknowns.ravel()).reshape(unknowns.shape) - region.loads
    J = reaction[region.ends] * np.array([[1.0], [-1.0]])
    return LayerFields(
        mu=seven(u[region.ends]),
        J=seven(J),
        integrate=partial(_integral, region, u),
        at=partial(_inside, region, u, start=J[BOTTOM]),
    )


def _integral(region: Region, u: Array) -> Array:
    return seven(region.weights @ u)


def _inside(region: Region, u: Array, z: Array, *, start: Array) -> tuple[Array, Array]:
    """mu and J = J(0) - R int_0^z mu - s z (n, 7) at heights z (n,).

    The balance gives J one order more than the slope of mu would, joins J(d), and keeps the charge current constant.
    """
    z = np.asarray(z, dtype=float)
    p = region.basis.mesh.p[0]
    k = u.shape[1]
    cell = np.clip(np.searchsorted(p, z, side="right") - 1, 0, p.size - 2)
    part = (z - p[cell]) / np.diff(p)[cell]
    whole = _integral_in_cells(region, u, cell=np.arange(p.size - 1), part=np.ones(p.size - 1))
    integral = (np.cumsum(whole, axis=0) - whole)[cell] + _integral_in_cells(region, u, cell=cell, part=part)
    J = start - integral @ region.tensors.R[:k, :k].T - np.outer(z, region.tensors.source[:k])
    return seven(_in_cells(region, u, cell=cell, part=part)), seven(J)


def _in_cells(region: Region, u: Array, *, cell: Array, part: Array) -> Array:
    """Potentials (n, k) at fractions `part` (n,) of cells."""
    shapes = [region.basis.elem.lbasis(part[None], i)[0] for i in range(region.basis.Nbfun)]
    return np.asarray(np.einsum("in,ink->nk", shapes, u[region.basis.element_dofs[:, cell]]))


def _integral_in_cells(region: Region, u: Array, *, cell: Array, part: Array) -> Array:
    """Potentials (n, k) integrated from the bottom of each cell to a fraction `part` of it: two Gauss points."""
    points = [_in_cells(region, u, cell=cell, part=part * (1 + x) / 2) for x in (-(3**-0.5), 3**-0.5)]
    width = part * np.diff(region.basis.mesh.p[0])[cell]
    return np.asarray(width[:, None] * (points[0] + points[1]) / 2)
