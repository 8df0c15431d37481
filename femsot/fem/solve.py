"""The solution of a stack by finite elements, with fluxes that balance exactly."""

from __future__ import annotations

from functools import partial

import numpy as np
from scipy.sparse import csc_array, diags_array
from scipy.sparse.linalg import splu

from ..checks import Array
from ..fields import Fields, LayerFields, SolveError
from ..stack import Stack
from .assembly import BOTTOM, Region, System, assemble
from .mesh import CELLS_PER_LENGTH

#: largest accepted residual, over the largest current
TOLERANCE = 1e-8


def solve(
    stack: Stack, closure: str, *, order: int = 2, cells_per_length: float = CELLS_PER_LENGTH, refine: int = 1
) -> Fields:
    """Potentials and currents of every layer; `refine` divides every cell in as many.

    Currents at a layer's ends are what the discrete equations of that layer leave over at its end nodes. So
    J(bottom) - J(top) = R int mu + s d holds to rounding, and they converge at twice the order of the elements.
    """
    system = assemble(stack, closure, order=order, cells_per_length=cells_per_length, refine=refine)
    x = _solve_direct(system)
    layers = tuple(None if region is None else _layer_fields(region, x[region.unknowns]) for region in system.regions)
    residual = _residual(system, x, layers)
    if not residual < TOLERANCE:
        raise SolveError(
            f"finite elements: residual {residual:.2g} of the largest current, allowed: < {TOLERANCE:g}; "
            "is a charge current driven that has nowhere to go?"
        )
    tensors = tuple(None if region is None else region.tensors for region in system.regions)
    return Fields(layers=layers, tensors=tensors, method="fem", unknowns=x.size, residual=np.asarray(residual))


def _solve_direct(system: System) -> Array:
    """All unknowns, by SuperLU on the symmetrically scaled equations and one step of refinement."""
    x = np.zeros(system.load.size)
    x[list(system.held)] = list(system.held.values())
    free = np.setdiff1d(np.arange(x.size), [*system.held, *system.pinned])
    matrix, rhs = system.matrix[free][:, free], (system.load - system.matrix @ x)[free]
    scale = 1 / np.sqrt(np.abs(matrix.diagonal()))
    try:
        factors = splu(csc_array(diags_array(scale) @ matrix @ diags_array(scale)))
    except RuntimeError as error:
        raise SolveError(
            f"finite elements: {error}; does some potential neither relax nor have a fixed value?"
        ) from error
    x[free] = scale * factors.solve(scale * rhs)
    x[free] += scale * factors.solve(scale * (system.load - system.matrix @ x)[free])
    return x


def _residual(system: System, x: Array, layers: tuple[LayerFields | None, ...]) -> float:
    """Largest current missing in the balance of an unknown that no boundary holds, over the largest current."""
    missing = system.matrix @ x - system.load
    missing[list(system.held)] = 0.0
    largest = max([np.abs(system.load).max()] + [np.abs(layer.J).max() for layer in layers if layer is not None])
    return float(np.abs(missing).max() / (largest or 1.0))


def _layer_fields(region: Region, u: Array) -> LayerFields:
    """What one layer's unknowns (nodes, k) say."""
    reaction = (region.matrix @ u.ravel()).reshape(u.shape) - region.loads
    J = reaction[region.ends] * np.array([[1.0], [-1.0]])
    return LayerFields(
        mu=_seven(u[region.ends]),
        J=_seven(J),
        integrate=partial(_integral, region, u),
        at=partial(_inside, region, u, start=J[BOTTOM]),
    )


def _integral(region: Region, u: Array) -> Array:
    return _seven(region.weights @ u)


def _inside(region: Region, u: Array, z: Array, *, start: Array) -> tuple[Array, Array]:
    """mu and J = J(0) - R int_0^z mu - s z (n, 7) at heights z (n,).

    The balance gives J one order more than the slope of mu would, joins J(d), and keeps the charge current constant.
    """
    z, p, k = np.asarray(z, dtype=float), region.basis.mesh.p[0], u.shape[1]
    cell = np.clip(np.searchsorted(p, z, side="right") - 1, 0, p.size - 2)
    part = (z - p[cell]) / np.diff(p)[cell]
    whole = _integral_in_cells(region, u, cell=np.arange(p.size - 1), part=np.ones(p.size - 1))
    integral = (np.cumsum(whole, axis=0) - whole)[cell] + _integral_in_cells(region, u, cell=cell, part=part)
    J = start - integral @ region.tensors.R[:k, :k].T - np.outer(z, region.tensors.source[:k])
    return _seven(_in_cells(region, u, cell=cell, part=part)), _seven(J)


def _in_cells(region: Region, u: Array, *, cell: Array, part: Array) -> Array:
    """Potentials (n, k) at fractions `part` (n,) of cells."""
    shapes = [region.basis.elem.lbasis(part[None], i)[0] for i in range(region.basis.Nbfun)]
    return np.asarray(np.einsum("in,ink->nk", shapes, u[region.basis.element_dofs[:, cell]]))


def _integral_in_cells(region: Region, u: Array, *, cell: Array, part: Array) -> Array:
    """Potentials (n, k) integrated from the bottom of each cell to a fraction `part` of it: two Gauss points."""
    points = [_in_cells(region, u, cell=cell, part=part * (1 + x) / 2) for x in (-(3**-0.5), 3**-0.5)]
    width = part * np.diff(region.basis.mesh.p[0])[cell]
    return np.asarray(width[:, None] * (points[0] + points[1]) / 2)


def _seven(values: Array) -> Array:
    """(..., k) among all seven components, zeros where none is solved."""
    return np.concatenate([values, np.zeros((*values.shape[:-1], 7 - values.shape[-1]))], axis=-1)
