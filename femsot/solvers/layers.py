"""The tensors of every layer of a stack, as its solvers see them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from femsot.base.components import PHI, SPIN, apply, identity
from femsot.base.quantities import Array
from femsot.materials.tensors import Bulk, conductivity, exchange, relaxation
from femsot.model.stack import Layer, Stack


@dataclass(frozen=True, eq=False)
class LayerTensors:
    """What a solver needs of one conducting layer of a stack."""

    bulk: Bulk
    m: Array  #: (..., 3)
    C: Array  #: (..., 7, 3, 7, 3) [S/m]
    external: Array  #: J_ext (..., 7): the flow along z that the in-plane field drives [A/m^2]
    w: Array | None  #: (hbar/2e) m x dm/dt (..., 3) [V]; None: at rest

    @property
    def Czz(self) -> Array:
        return self.C[..., :, 2, :, 2]

    @cached_property
    def R(self) -> Array:
        """(..., 7, 7) [S/m^3]"""
        return relaxation(self.bulk, self.m)

    @cached_property
    def exchange(self) -> Array:
        """R_ex (..., 7, 7) [S/m^3]"""
        return exchange(self.bulk, self.m)

    @cached_property
    def source(self) -> Array:
        """s (..., 7) of d J/dz + R mu + s = 0, pumping [A/m^3]."""
        return np.zeros(7) if self.w is None else apply(self.exchange[..., SPIN], self.w)


def layer_tensors(stack: Stack) -> list[LayerTensors | None]:
    """The tensors of every layer, the same object for layers of one metal and axis at rest; None for an insulator."""
    at_rest: dict[tuple[Bulk, object], LayerTensors] = {}
    tensors: list[LayerTensors | None] = []
    for layer, bulk in zip(stack.layers, stack.bulks, strict=True):
        if bulk is None:
            tensors.append(None)
            continue
        w = stack.pumping(layer.name)
        if np.any(w):
            tensors.append(_tensors_of(stack, layer, bulk=bulk, w=w))
            continue
        alike = (bulk, identity(layer.axis))
        if alike not in at_rest:
            at_rest[alike] = _tensors_of(stack, layer, bulk=bulk, w=None)
        tensors.append(at_rest[alike])
    return tensors


def _tensors_of(stack: Stack, layer: Layer, *, bulk: Bulk, w: Array | None) -> LayerTensors:
    """The tensors of one layer; C is kept with it, so that another stack that shares the layer has it already."""
    if ("C", bulk) not in layer.kept:
        layer.kept["C", bulk] = conductivity(bulk, layer.axis)
    C = layer.kept["C", bulk]
    external = apply(C[..., :, 2, PHI, :2], stack.in_plane)
    return LayerTensors(bulk=bulk, m=layer.axis, C=C, external=external, w=w)
