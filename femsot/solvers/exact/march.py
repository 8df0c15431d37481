"""Stacks solved to machine precision: layer admittances, eliminated from the bottom up, batched over parameters.

Below a point everything is J = -Y u + j; each layer or jump maps (Y, j) across itself and keeps u_- = X u_+ + x.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from typing import Any

import numpy as np

from femsot.base.components import apply
from femsot.base.errors import SolveError
from femsot.base.quantities import Array
from femsot.materials.tensors import Bulk
from femsot.model.stack import Contact, Stack

from ..layers import LayerTensors, layer_tensors
from ..record import Fields, LayerFields
from .charge import Columns, End, Jump, Layer, columns_for, contacts_of, reduce_end, reduce_jump, reduce_layers
from .slab import Slab, slabs

_UNHELD = (
    "no unique solution: some spin or orbital potential neither relaxes nor is held anywhere; "
    "are all its diffusion lengths infinite?"
)

#: closer to an end than this fraction of the thickness is the end
_END = 1e-12
#: currents below this part of the largest are not missing: they are its last digits
_NOISE = 1e-12
#: what the last digits of a product of matrices are, over the sum of its terms' sizes
_ROUNDING = 4 * np.finfo(float).eps


def solve(stack: Stack) -> Fields:
    """Potentials and currents of every layer, for every point of the batch at once."""
    tensors = layer_tensors(stack)
    layers: list[LayerFields | None] = [None] * len(tensors)
    worst: list[Array] = []
    insides: list[_Inside] = []
    for first, last in _segments(tensors):
        segment, residual = _solve_segment(stack, tensors[first:last], first)
        layers[first:last] = [inside.fields() for inside in segment]
        insides += segment
        worst.append(residual)
    residual = np.max(np.stack(np.broadcast_arrays(*worst)), axis=0)
    n = 3 * (1 + stack.orbital)
    unknowns = sum(2 * (n + 1) for layer in layers if layer is not None)
    return Fields(
        layers=tuple(layers),
        tensors=tuple(tensors),
        method="exact",
        unknowns=unknowns,
        residual=residual,
        sample=partial(sample, insides),
    )


def _segments(tensors: list[LayerTensors | None]) -> list[tuple[int, int]]:
    """The runs [first, last) of conducting layers between insulators."""
    runs, start = [], None
    for i, layer in enumerate([*tensors, None]):
        if layer is not None and start is None:
            start = i
        elif layer is None and start is not None:
            runs.append((start, i))
            start = None
    return runs


def _inverse(matrix: Array, fixed: list[int]) -> Array:
    """matrix^-1 among the components that are free, zero where one is `fixed` at u = 0."""
    cut = matrix
    if fixed:
        cut = matrix.copy()
        cut[..., fixed, :] = cut[..., :, fixed] = 0.0
        cut[..., fixed, fixed] = 1.0
    try:
        inverse = np.linalg.inv(cut)
    except np.linalg.LinAlgError:
        raise SolveError(_UNHELD) from None
    inverse[..., fixed, fixed] = 0.0
    return inverse


def _solve_top(matrix: Array, source: Array, fixed: list[int]) -> Array:
    """The last solve: here a potential that nothing takes up shows, even if rounding hides it.

    The inverse, scaled by the diagonal of the matrix, is the lifetime of the least damped combination.
    """
    inverse = _inverse(matrix, fixed)
    scale = np.sqrt(np.abs(np.diagonal(matrix, axis1=-2, axis2=-1)))
    if not np.all(np.abs(inverse) * scale[..., :, None] * scale[..., None, :] < 1e13):
        raise SolveError(_UNHELD)
    return inverse @ source


def _eliminate(matrix: Array, right: tuple[Array, Array, Array], fixed: list[int]) -> tuple[Array, Array, Array]:
    """(1 - X, X, x) with `fixed` components held at u = 0."""
    inverse = _inverse(matrix, fixed)
    leak, through, source = (inverse @ part for part in right)
    if fixed:  # 1 - X is one there, and the others feel it
        leak[..., :, fixed] -= inverse @ matrix[..., :, fixed]
        leak[..., fixed, fixed] = 1.0
    return leak, through, source


def _cross_layer(layer: Layer, below: tuple[Array, Array], fixed: list[int]) -> tuple[Array, ...]:
    Y, j = below
    B, D = layer.slab.B, layer.slab.D
    leaving = D + Y
    leak, X, x = _eliminate(B + leaving, (leaving, B, j - layer.low), fixed)
    return D + B @ leak, layer.high + B @ x, X, x, leak


def _cross_jump(jump: Jump, below: tuple[Array, Array]) -> tuple[Array, ...]:
    Y, j = below
    g = jump.G
    mm, mp, pm, pp = g[..., 0, :, 0, :], g[..., 0, :, 1, :], g[..., 1, :, 0, :], g[..., 1, :, 1, :]
    leak, X, x = _eliminate(mm + Y, (mm + mp + Y, -mp, j - jump.j[..., 0, :, :]), [])
    return -(pp + pm) + pm @ leak, jump.j[..., 1, :, :] + pm @ x, X, x, leak


def _solve_segment(stack: Stack, tensors: list[Any], first: int) -> tuple[list[_Inside], Array]:
    """March up, solve at the top, substitute back down, fix the current, then integrate phi."""
    last = first + len(tensors)
    contacts = contacts_of(stack, first, last)
    cols = columns_for(contacts)
    layers = reduce_layers(tensors, stack.layers[first:last], cols)
    jumps = [reduce_jump(stack, i, cols) for i in range(first, last - 1)]
    bottom = reduce_end(stack, first, cols, top=False, base=layers[0].base)
    top = reduce_end(stack, last - 1, cols, top=True, base=layers[-1].base)
    u, J, falls = _march(layers, jumps, (bottom, top))
    parts = layers, jumps, contacts
    weights, current, phi = _charge(parts, cols, u)
    column = weights[..., None, :, None]
    u, J = [(v @ column)[..., 0] for v in u], [(v @ column)[..., 0] for v in J]
    residual = _residual(parts, weights, (u, J, current, [apply(fall, weights) for fall in falls]))
    insides = []
    for i, layer in enumerate(layers):
        slope = (layer.slope * weights).sum(-1)
        insides.append(_Inside(layer, u[i], J[i], apply(layer.base, weights), current, slope, phi[i]))
    return insides, residual


def _march(layers: list[Layer], jumps: list[Jump | None], ends: tuple[End, End]) -> tuple[list[Array], ...]:
    """u and J (..., 2 ends, n, columns) of every layer, and what u falls by across each layer and jump, from below."""
    bottom, top = ends
    Y, j, fixed = bottom.Y, bottom.j, bottom.fixed
    steps, below = [], [(Y, j)]
    for layer, jump in zip(layers, [*jumps, None], strict=True):
        Y, j, *back = _cross_layer(layer, (Y, j), fixed)
        steps.append(back)
        below.append((Y, j))
        fixed = []
        if jump is not None:
            Y, j, *back = _cross_jump(jump, (Y, j))
            steps.append(back)
            below.append((Y, j))
    nodes = [_solve_top(Y + top.Y, j - top.j, top.fixed)]
    falls = []
    for X, x, leak in reversed(steps):
        falls.append(x - leak @ nodes[-1])  # no difference of potentials, which have no digits for it where B is large
        nodes.append(X @ nodes[-1] + x)
    nodes.reverse()
    falls.reverse()
    flux = [j - Y @ v for (Y, j), v in zip(below, nodes, strict=True)]
    if bottom.fixed:  # the flux into a sink is not given but found
        flux[0] = layers[0].low + layers[0].slab.D @ nodes[0] + layers[0].slab.B @ (nodes[0] - nodes[1])
    pairs, at = [], 0
    for i in range(len(layers)):
        pairs.append(slice(at, at + 2))
        at += 1 if i < len(jumps) and jumps[i] is None else 2
    u, J = ([np.stack(np.broadcast_arrays(*values[p]), -3) for p in pairs] for values in (nodes, flux))
    return u, J, falls


def _drop_layer(layer: Layer, u: Array) -> Array:
    """phi at the top minus phi at the bottom (..., columns)."""
    rise = u[..., 1, :, :] - u[..., 0, :, :]
    return layer.slope * layer.thickness[..., None] - (layer.row[..., None, :] @ rise)[..., 0, :]


def _drop_jump(jump: Jump, sides: tuple[Array, Array], cols: Columns) -> Array:
    """phi above minus phi below (..., columns)."""
    carried = sum((jump.row[..., None, t, :] @ sides[t])[..., 0, :] for t in (0, 1))
    forced = cols.current - jump.charge[..., None] * cols.drive
    return -(forced - carried) * jump.resistance[..., None]


_Parts = tuple[list[Layer], list[Jump | None], list[Contact | None]]


def _charge(parts: _Parts, cols: Columns, u: list[Array]) -> tuple[Array, Array, list[Array]]:
    """The weights of the columns that the contacts ask for, the current, and phi (..., 2 ends) of every layer."""
    layers, jumps, contacts = parts
    drops, blocked = [], np.zeros((), dtype=bool)
    for i, layer in enumerate(layers):
        drops.append(_drop_layer(layer, u[i]))
        jump = jumps[i] if i < len(jumps) else None
        if jump is not None:
            blocked = blocked | jump.blocked
            drops.append(_drop_jump(jump, (u[i][..., 1, :, :], u[i + 1][..., 0, :, :]), cols))
        else:
            drops.append(np.zeros(len(cols.drive)))
    if len(cols.drive) == 1:
        weights = np.ones(1)
    else:
        total = np.asarray(sum(drops))
        assert contacts[0] is not None and contacts[1] is not None
        applied = np.asarray(contacts[1].voltage) - np.asarray(contacts[0].voltage)
        current = np.where(blocked, 0.0, (applied - total[..., 0]) / total[..., 1])
        weights = np.stack(np.broadcast_arrays(1.0, current), -1)
    steps = [(drop * weights).sum(-1) for drop in drops]
    return weights, (cols.current * weights).sum(-1), _potentials(jumps, contacts, steps)


def _potentials(jumps: list[Jump | None], contacts: list[Contact | None], steps: list[Array]) -> list[Array]:
    """phi at both ends of every layer; 0 at the bottom of each stretch without a voltage.

    Stretches end where an interface passes no charge.
    """
    low, high = (None if contact is None else contact.voltage for contact in contacts)
    climb = [np.zeros(())]
    for step in steps:
        climb.append(climb[-1] + step)
    cuts = [np.zeros((), dtype=bool) if jump is None else jump.blocked for jump in jumps]
    start, begins = climb[0], []
    for i in range(len(jumps) + 1):
        start = np.where(cuts[i - 1], climb[2 * i], start) if i else start
        begins.append(start)
    uncut: Array = np.zeros((), dtype=bool)
    cut_below = list(accumulate(cuts, np.logical_or, initial=uncut))
    cut_above = list(accumulate(reversed(cuts), np.logical_or, initial=uncut))[::-1]
    phi = []
    for i, begin in enumerate(begins):
        offset = np.zeros(())
        if high is not None:
            offset = np.where(cut_above[i], offset, high - (climb[-2] - begins[-1]))
        if low is not None:
            offset = np.where(cut_below[i], offset, low)
        ends = (climb[2 * i] - begin + offset, climb[2 * i + 1] - begin + offset)
        phi.append(np.stack(np.broadcast_arrays(*ends), -1))
    return phi


def _residual(parts: _Parts, weights: Array, state: tuple[list[Array], list[Array], Array, list[Array]]) -> Array:
    """The worst balance of any layer or interface: currents missing over the largest current there.

    A layer's current is missing where its map differs, and where D u, of large entries, has lost its last digits: that
    is what a budget may be off by. What is below `_NOISE` of the largest current of all is none.
    """
    layers, jumps, _ = parts
    u, J, current, falls = state
    fall = iter(falls)
    missing, scales = [], []
    for i, layer in enumerate(layers):
        missing.append(_missing_in_layer(layer, weights, (u[i], J[i], next(fall))))
        constant = np.maximum(np.abs(layer.low[..., 0]).max(-1), np.abs(layer.high[..., 0]).max(-1))
        scales.append(np.maximum(constant, np.abs(J[i]).max((-2, -1))))
        jump = jumps[i] if i < len(jumps) else None
        if jump is not None:
            pair = np.stack(np.broadcast_arrays(J[i][..., 1, :], J[i + 1][..., 0, :]), -2)
            missing.append(_missing_at_jump(jump, weights, (u[i + 1][..., 0, :], pair, next(fall))))
            scales.append(np.abs(pair).max((-2, -1)))
    lost = np.stack(np.broadcast_arrays(*missing))
    local = np.stack(np.broadcast_arrays(*scales))
    largest = np.maximum(np.abs(current), local.max(0))
    scale = np.maximum(local, _NOISE * largest)
    excess = np.where(lost > _NOISE * largest, lost / np.where(scale > 0, scale, 1.0), 0.0)
    return np.maximum(excess, lost / np.where(largest > 0, largest, 1.0)).max(0)


def _missing_in_layer(layer: Layer, weights: Array, state: tuple[Array, Array, Array]) -> Array:
    """Currents missing in the map of a layer (...), with what rounding takes off D u [A/m^2]."""
    u, J, fall = state
    low, high = u[..., 0, :], u[..., 1, :]
    through = apply(layer.slab.B, fall)
    bottom = apply(layer.low, weights) + through + apply(layer.slab.D, low)
    top = apply(layer.high, weights) + through - apply(layer.slab.D, high)
    rounded = _ROUNDING * apply(np.abs(layer.slab.D), np.maximum(np.abs(low), np.abs(high)))
    worst = np.maximum(np.abs(J[..., 0, :] - bottom), np.abs(J[..., 1, :] - top))
    return np.asarray(np.maximum(worst, rounded).max(-1))


def _missing_at_jump(jump: Jump, weights: Array, state: tuple[Array, Array, Array]) -> Array:
    """Currents missing in the law of an interface (...) [A/m^2]."""
    above, pair, fall = state
    of_fall = jump.G[..., 0, :]  # (..., side, n, n): of what is below
    of_common = jump.G.sum(-2)
    law = (
        apply(of_fall, fall[..., None, :])
        + apply(of_common, above[..., None, :])
        + apply(jump.j, weights[..., None, :])
    )
    return np.asarray(np.abs(law - pair).max((-2, -1)))


@dataclass(frozen=True, eq=False)
class _Inside:
    """One solved layer: u = v + rest with J = base - C v', and phi' = slope - row . u'."""

    layer: Layer
    u: Array  #: (..., 2, n) at both ends
    J: Array  #: (..., 2, n) at both ends
    base: Array  #: (..., n)
    current: Array  #: I (...)
    slope: Array  #: (...) [V/m]
    phi: Array  #: (..., 2)

    def fields(self) -> LayerFields:
        """What is told of the layer."""
        mu, J = _full(self.phi, self.u), _full(self.current[..., None], self.J)
        across = None if self.layer.slab.mean_across is None else self.across
        return LayerFields(mu, J, integrate=self.integral, at=self.at, integrate_across=across)

    def integral(self) -> Array:
        """int mu dz (..., 7) [V m]."""
        layer, u, d = self.layer, self.u, self.layer.thickness
        mean = apply(layer.slab.F, u.sum(-2) - 2 * layer.rest) + layer.rest * d[..., None]
        bent = (layer.row * (mean - u[..., 0, :] * d[..., None])).sum(-1)
        return _full(self.phi[..., 0] * d + self.slope * d * d / 2 - bent, mean)

    def across(self) -> Array:
        """int mu dz of what is across m (..., 7) [V m]."""
        layer = self.layer
        assert layer.slab.F_across is not None
        mean = apply(layer.slab.F_across, self.u.sum(-2) - 2 * layer.rest) + layer.rest * layer.thickness[..., None]
        return _full(np.zeros(()), mean)

    def at(self, z: Array) -> tuple[Array, Array]:
        """mu and J (..., points, 7) at heights z above the bottom."""
        z = np.asarray(z, dtype=float)
        below, above = slabs(_cut(self, z), points=True)
        return _within(_numbers(self), z, below=below, above=above)


def sample(insides: Sequence[_Inside], heights: Sequence[Array]) -> list[tuple[Array, Array]]:
    """mu and J (points, 7) of layers without a batch at heights above each one's bottom, alike layers in one go."""
    kinds = [(id(inside.layer.slab), z.tobytes()) for inside, z in zip(insides, heights, strict=True)]
    first = {kind: i for i, kind in reversed(list(enumerate(kinds)))}
    maps = slabs([cut for i in first.values() for cut in _cut(insides[i], heights[i])], points=True)
    place = {kind: 2 * at for at, kind in enumerate(first)}
    profiles: list[tuple[Array, Array]] = [(np.zeros(0), np.zeros(0))] * len(insides)
    for count in {len(z) for z in heights}:
        alike = [i for i, z in enumerate(heights) if len(z) == count]
        numbers = [np.stack(values) for values in zip(*[_numbers(insides[i]) for i in alike], strict=True)]
        below, above = (_together([maps[place[kinds[i]] + side] for i in alike]) for side in (0, 1))
        mu, J = _within(numbers, np.stack([heights[i] for i in alike]), below=below, above=above)
        for i, values in zip(alike, zip(mu, J, strict=True), strict=True):
            profiles[i] = values
    return profiles


def _together(maps: Sequence[Slab]) -> Slab:
    """The maps of several layers along a first axis; F is not asked for."""
    B, D = (np.stack(values) for values in zip(*[(each.B, each.D) for each in maps], strict=True))
    return Slab(B=B, D=D, mean=lambda: np.stack([each.F for each in maps]))


def _cut(inside: _Inside, z: Array) -> list[tuple[Bulk, Array, Array]]:
    """The parts of a layer below and above heights z."""
    layer, d = inside.layer, inside.layer.thickness[..., None]
    tensors = layer.tensors
    return [(tensors.bulk, tensors.m, np.maximum(part, _END * d)) for part in (z, d - z)]


def _numbers(inside: _Inside) -> list[Array]:
    """What the fields inside a layer follow from."""
    layer = inside.layer
    return [layer.rest, layer.row, layer.thickness, inside.u, inside.base, inside.current, inside.slope, inside.phi]


def _within(numbers: list[Array], z: Array, *, below: Slab, above: Slab) -> tuple[Array, Array]:
    """mu and J (..., points, 7) at heights z (..., points): the two parts of a layer share the flux there."""
    rest, row, d, u, base, current, slope, phi = numbers
    d, rest = d[..., None], rest[..., None, :]
    v0, vd = u[..., None, 0, :] - rest, u[..., None, 1, :] - rest
    right = apply(below.B, v0) + apply(above.B, vd)
    v = np.linalg.solve(below.B + below.D + above.B + above.D, right[..., None])[..., 0]
    v = np.where((z <= _END * d)[..., None], v0, np.where((z >= d - _END * d)[..., None], vd, v))
    from_below = apply(below.B, v0 - v) - apply(below.D, v)
    from_above = apply(above.D, v) + apply(above.B, v - vd)
    flux = np.where((z < d / 2)[..., None], from_above, from_below)
    bent = (row[..., None, :] * (v - v0)).sum(-1)
    J = _full(current[..., None], flux + base[..., None, :])
    return _full(phi[..., 0, None] + slope[..., None] * z - bent, v + rest), J


def _full(charge: Array, rest: Array) -> Array:
    """(..., 7) from the charge component and the n others; orbital zeros where it is not solved."""
    batch = np.broadcast_shapes(charge.shape, rest.shape[:-1])
    full = np.zeros((*batch, 7))
    full[..., 0], full[..., 1 : 1 + rest.shape[-1]] = charge, rest
    return full
