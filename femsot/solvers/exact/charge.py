"""A stack with its charge eliminated: the current I is constant along z, so n = 3c potentials u remain.

Layers and interfaces as the exact solver sees them. Right-hand sides have one column where I is known, and two
where voltages ask for it: the drives at I = 0, and the response to a unit I.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from femsot.base.components import PHI, apply, axial, identity
from femsot.base.quantities import Array
from femsot.model.stack import Contact, Injection, Stack
from femsot.model.stack import Layer as StackLayer

from ..layers import LayerTensors
from .slab import Slab, slabs


@dataclass(frozen=True, eq=False)
class Columns:
    """The right-hand sides: how much of the drives each contains, and its charge current."""

    drive: Array  #: (columns,), 1 or 0
    current: Array  #: (..., columns) [A/m^2]

    def spread(self, drive: Array, response: Array) -> Array:
        """(..., n, columns) from what the drives give (..., n) and what a unit current gives (..., n)."""
        return drive[..., None] * self.drive + response[..., None] * self.current[..., None, :]


@dataclass(frozen=True, eq=False)
class Layer:
    """One conducting layer reduced to n components; `low` and `high` are its constant fluxes at both ends."""

    slab: Slab
    tensors: LayerTensors
    thickness: Array
    base: Array  #: (..., n, columns) J of a uniform potential
    slope: Array  #: (..., columns) d phi/dz of a uniform u [V/m]
    row: Array  #: (..., n) what a slope of u takes off it
    rest: Array  #: (..., n) the uniform potential at which pumping and relaxation balance
    low: Array
    high: Array


@dataclass(frozen=True, eq=False)
class Jump:
    """One interface reduced to n components: J^s = sum_t G[s, t] u^t + j[s]; the drop of phi follows."""

    G: Array  #: (..., 2, n, 2, n)
    j: Array  #: (..., 2, n, columns)
    row: Array  #: (..., 2, n) spin and orbital entries of the charge row
    resistance: Array  #: 1/G_cc, 0 where no charge passes
    charge: Array  #: (...) charge current of the drives alone
    blocked: Array  #: (...) no charge passes


def reduce_layers(tensors: list[LayerTensors], layers: Sequence[StackLayer], cols: Columns) -> list[Layer]:
    """Every layer of a segment; equal layers share their map, which is kept with them for the next stack."""
    pairs = list(zip(tensors, layers, strict=True))
    new = [(t, layer) for t, layer in pairs if ("slab", t.bulk) not in layer.kept]
    thicknesses = [np.atleast_1d(np.asarray(layer.thickness, dtype=float)) for _, layer in new]
    alike = [(id(t), identity(d)) for (t, _), d in zip(new, thicknesses, strict=True)]
    first = {key: i for i, key in reversed(list(enumerate(alike)))}
    places = list(first.values())
    maps = slabs([(new[i][0].bulk, new[i][0].m, np.asarray(new[i][1].thickness, dtype=float)) for i in places])
    of_kind = dict(zip(first, maps, strict=True))
    for (t, layer), key in zip(new, alike, strict=True):
        layer.kept["slab", t.bulk] = of_kind[key]
    return [
        _reduce_layer(t, layer.kept["slab", t.bulk], d=np.asarray(layer.thickness, dtype=float), cols=cols)
        for t, layer in pairs
    ]


def _reduce_layer(tensors: LayerTensors, slab: Slab, *, d: Array, cols: Columns) -> Layer:
    czz = tensors.Czz
    moments = slice(1, 1 + 3 * tensors.bulk.conductivity.shape[-1])
    drag = czz[..., moments, PHI] / czz[..., None, PHI, PHI]
    base = cols.spread(tensors.external[..., moments] - drag * tensors.external[..., PHI, None], drag)
    slope = (tensors.external[..., PHI, None] * cols.drive - cols.current) / czz[..., PHI, PHI, None]
    row = czz[..., PHI, moments] / czz[..., PHI, PHI, None]
    if tensors.w is None:
        return Layer(slab, tensors, d, base, slope, row, np.zeros(drag.shape[-1]), base, base)
    inverse = np.linalg.pinv(tensors.bulk.transverse)
    rest = -apply(axial(np.zeros(inverse.shape), inverse, tensors.m), tensors.source[..., moments])
    shift = apply(slab.D, rest)[..., None] * cols.drive
    return Layer(slab, tensors, d, base, slope, row, rest, base - shift, base + shift)


def reduce_jump(stack: Stack, i: int, cols: Columns) -> Jump | None:
    law = stack.maps[i]
    moments = slice(1, 4 + 3 * stack.orbital)
    if law is None:
        return None
    j = law.driven(stack.in_plane, stack.interface_pumping(i))
    g = law.conductance
    gcc = g[..., 0, PHI, 0, PHI]
    blocked = law.blocks_charge
    resistance = np.where(blocked, 0.0, 1.0 / np.where(blocked, 1.0, gcc))
    row = g[..., 0, PHI, :, moments]
    column = g[..., :, moments, 0, PHI] * resistance[..., None, None]
    drive = j[..., moments] - column * j[..., 0, PHI][..., None, None]
    return Jump(
        G=g[..., :, moments, :, moments] - column[..., :, :, None, None] * row[..., None, None, :, :],
        j=drive[..., None] * cols.drive + column[..., None] * cols.current[..., None, None, :],
        row=row,
        resistance=resistance,
        charge=j[..., 0, PHI],
        blocked=blocked,
    )


@dataclass(frozen=True, eq=False)
class End:
    """What lies beyond one end of a segment: J = -Y u + j below it, J = +Y u + j above it, or u = 0."""

    Y: Array
    j: Array  #: (..., n, columns)
    fixed: list[int]


def reduce_end(stack: Stack, layer: int, cols: Columns, *, top: bool, base: Array) -> End:
    """The outer boundary, or the one-sided law of an interface with an insulator.

    `base` is J of a uniform potential in the outermost layer (..., n, columns): the flux into an open end.
    """
    n = 3 * (1 + stack.orbital)
    outer = layer == len(stack.layers) - 1 if top else layer == 0
    zero = np.zeros((n, n))
    none = np.zeros((n, len(cols.drive)))
    if not outer:
        jump = reduce_jump(stack, layer if top else layer - 1, cols)
        side = 0 if top else 1
        assert jump is not None
        sign = 1.0 if top else -1.0
        return End(sign * jump.G[..., side, :, side, :], jump.j[..., side, :, :], [])
    boundary = stack.top if top else stack.bottom
    if boundary is None:
        return End(zero, none, [])
    if isinstance(boundary, Injection):
        imposed = [np.asarray(x, dtype=float) for x in (boundary.spin_current, boundary.orbital_current)]
        flux = np.concatenate(np.broadcast_arrays(*imposed), axis=-1)[..., :n]
        return End(zero, flux[..., None] * cols.drive, [])
    fixed = [a - 1 for a in boundary.fixed() if a <= n]
    if not isinstance(boundary, Contact) or not boundary.going_on():
        return End(zero, none, fixed)
    uniform = np.zeros(base.shape)
    going_on = [a - 1 for a in boundary.going_on() if a <= n]
    uniform[..., going_on, :] = base[..., going_on, :]
    return End(zero, uniform, fixed)


def contacts_of(stack: Stack, first: int, last: int) -> list[Contact | None]:
    """The contacts at the bottom and the top of the layers [first, last)."""
    ends = [stack.bottom if first == 0 else None, stack.top if last == len(stack.layers) else None]
    return [end if isinstance(end, Contact) else None for end in ends]


def columns_for(contacts: list[Contact | None]) -> Columns:
    densities = [end.current_density for end in contacts if end and end.current_density is not None]
    if not densities and all(contacts):
        return Columns(np.array([1.0, 0.0]), np.array([0.0, 1.0]))
    return Columns(np.ones(1), np.asarray(densities[0] if densities else 0.0, dtype=float)[..., None])
