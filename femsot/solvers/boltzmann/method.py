"""Potentials, currents and torques of a stack from Boltzmann's equation, at two angular orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

import numpy as np

from femsot.base.components import PHI, SPIN, seven
from femsot.base.errors import SolveError
from femsot.base.quantities import Array
from femsot.model.stack import Contact, Stack

from ..layers import LayerTensors, layer_tensors
from ..record import Fields, LayerFields
from .equation import Distribution, UnheldError, distribution
from .grid import Grid
from .joints import End
from .refused import check
from .translate import end, interface, layer_rates, sharvin

#: angular orders, one after the other until the result changes by less than TOLERANCE
GRIDS = (Grid(24, 12), Grid(36, 16), Grid(54, 20), Grid(72, 24), Grid(96, 28))
TOLERANCE = 1e-5
_NOISE = 1e-9  # of the largest current: what symmetry forbids has no digits to compare
_LARGEST = 4000  # unknowns of the dense system: beyond, the error is what it is


def solve(stack: Stack) -> Fields:
    """The stack at the first angular order that agrees with the one before it; how well is `angular_error`.

    Raises `InputError` for what Boltzmann's equation cannot take, `SolveError` where nothing holds a potential.
    """
    check(stack)
    tensors = layer_tensors(stack)
    fields = _fields(stack, tensors, GRIDS[0])
    error = np.inf
    for grid in GRIDS[1:]:
        if error < TOLERANCE or (np.isfinite(error) and 8 * len(stack.layers) * grid.polar > _LARGEST):
            break
        finer = _fields(stack, tensors, grid)
        error = _difference(stack, finer, fields)
        fields = finer
    return replace(fields, angular_error=float(error))


@dataclass(frozen=True, eq=False)
class _Stretch:
    """Layers [first, last) that electrons can cross, solved."""

    first: int
    last: int
    solution: Distribution


def _stretches(stack: Stack, tensors: Sequence[LayerTensors | None]) -> list[tuple[int, int]]:
    """The runs of layers between insulators and insulating interfaces."""
    cuts = [0]
    for i in range(1, len(tensors)):
        if tensors[i] is None or tensors[i - 1] is None or stack.law(i - 1).insulating:
            cuts.append(i)
    return [(a, b) for a, b in pairwise([*cuts, len(tensors)]) if tensors[a] is not None]


def _stretch(stack: Stack, tensors: Sequence[LayerTensors | None], run: tuple[int, int], *, grid: Grid) -> _Stretch:
    first, last = run
    K = sharvin(stack)
    layers = [layer_rates(stack, i, t) for i, t in enumerate(tensors) if t is not None and first <= i < last]
    joints = [interface(stack, i) for i in range(first, last - 1)]
    outer = (stack.bottom if first == 0 else None), (stack.top if last == len(tensors) else None)
    ends = end(outer[0], K, top=False), end(outer[1], K, top=True)
    contacts = [x for x in outer if isinstance(x, Contact)]
    try:
        solution = distribution(layers, joints, ends, grid=grid)
        currents = [x.current_density for x in contacts if x.current_density is not None]
        if len(contacts) == 2 and currents:
            higher = _raised(ends, top=contacts[0].voltage is not None)
            solution = _carrying(float(currents[0]) / K, solution, distribution(layers, joints, higher, grid=grid))
    except UnheldError as error:
        raise SolveError(f"no unique solution: {error}; are all spin diffusion lengths infinite?") from None
    if any(x.voltage is not None for x in contacts):
        return _Stretch(first, last, solution)
    return _Stretch(first, last, _floated(solution))


def _raised(ends: tuple[End, End], *, top: bool) -> tuple[End, End]:
    """The same ends with one volt more at the contact that has no voltage of its own."""
    volt = np.array([1.0, 0.0, 0.0, 0.0])
    bottom, upper = (replace(x, incoming=x.incoming + volt * (side == top)) for side, x in enumerate(ends))
    return bottom, upper


def _carrying(wanted: float, first: Distribution, second: Distribution) -> Distribution:
    """The mean of two solutions that carries a given current over K."""
    low, high = (x.ends[1][0, 0, PHI] for x in (first, second))
    share = (wanted - low) / (high - low)
    inward = (1 - share) * first.inward + share * second.inward
    outward = (1 - share) * first.outward + share * second.outward
    return replace(first, inward=inward, outward=outward, residual=max(first.residual, second.residual))


def _floated(solution: Distribution) -> Distribution:
    """phi = 0 at the bottom, where no voltage says otherwise."""
    phi = np.array([solution.ends[0][0, 0, PHI], 0.0, 0.0, 0.0])
    return replace(solution, inward=solution.inward - phi, outward=solution.outward - phi)


def _fields(stack: Stack, tensors: Sequence[LayerTensors | None], grid: Grid) -> Fields:
    K = sharvin(stack)
    layers: list[LayerFields | None] = [None] * len(tensors)
    torques: list[Array | None] = [None] * (len(tensors) - 1)
    worst = [0.0]
    unknowns = 0
    for run in _stretches(stack, tensors):
        part = _stretch(stack, tensors, run, grid=grid)
        solution = part.solution
        for k, i in enumerate(range(part.first, part.last)):
            layers[i] = _layer(solution, k, K)
        for k, i in enumerate(range(part.first, part.last - 1)):
            torques[i] = K * solution.torques(k)[0]
        worst += [solution.residual, _imbalance(solution)]
        unknowns += solution.inward.size
    return Fields(
        layers=tuple(layers),
        tensors=tuple(tensors),
        method="boltzmann",
        unknowns=unknowns,
        residual=np.asarray(max(worst)),
        torques=tuple(torques),
    )


def _layer(solution: Distribution, k: int, K: float) -> LayerFields:
    mu, J = solution.ends
    integral = solution.integral(k)
    exchange, flip = solution.layers[k].uptake(integral[SPIN])
    return LayerFields(
        mu=seven(mu[k]),
        J=K * seven(J[k]),
        integrate=lambda: seven(integral),
        at=partial(_at, solution, k=k, K=K),
        direct=K * solution.sheet(k),
        taken=(K * exchange, K * flip),
    )


def _at(solution: Distribution, z: Array, *, k: int, K: float) -> tuple[Array, Array]:
    mu, J = solution.at(k, np.asarray(z, dtype=float))
    return seven(mu), K * seven(J)


def _imbalance(solution: Distribution) -> float:
    """Charge and moment that a layer or interface loses without a taker, over the largest current."""
    J = solution.ends[1]
    largest = max(np.abs(J).max(), *(np.abs(layer.shift).max() / 3 for layer in solution.layers), np.finfo(float).tiny)
    lost = []
    for k, layer in enumerate(solution.layers):
        lost.append(J[k, 0] - J[k, 1])
        lost[-1][SPIN] -= sum(layer.uptake(solution.integral(k)[SPIN]))
    for k in range(len(solution.joints)):
        lost.append(J[k, 1] - J[k + 1, 0])
        lost[-1][SPIN] -= sum(solution.torques(k))
    return float(np.abs(lost).max() / largest)


def _difference(stack: Stack, coarse: Fields, fine: Fields) -> float:
    """The largest change of currents and torques, of sheet currents, and of the voltage between two contacts.

    Each over the largest of its kind. Potentials right at an interface converge more slowly (docs/boltzmann.md).
    """
    first = _kinds(stack, coarse)
    second = _kinds(stack, fine)
    drive = max(float(x.bulk.charge) for x in coarse.tensors if x is not None) * float(np.abs(stack.in_plane).max())
    noise = _NOISE * max(np.abs(first[0]).max(), drive)
    worst = 0.0
    for a, b, unit in zip(first, second, (1.0, stack.z[-1], 1 / sharvin(stack)), strict=True):
        scale = max(np.abs(a).max(initial=0.0), noise * unit)
        worst = max(worst, float(np.abs(a - b).max(initial=0.0) / scale) if scale > 0 else 0.0)
    return worst


def _kinds(stack: Stack, fields: Fields) -> tuple[Array, Array, Array]:
    layers = [x for x in fields.layers if x is not None]
    currents = [x.J for x in layers] + [t for x in layers for t in x.taken or ()]
    currents += [x for x in fields.torques if x is not None]
    both = isinstance(stack.bottom, Contact) and isinstance(stack.top, Contact)
    drop = np.ravel(layers[0].mu[0, PHI] - layers[-1].mu[1, PHI])
    sheets = np.concatenate([np.asarray(x.direct) for x in layers])
    return np.concatenate([np.ravel(x) for x in currents]), sheets, drop[: int(both)]
