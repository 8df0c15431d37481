"""Charge currents along the plane of a stack: of its layers, of its interfaces, and what follows from them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from femsot.base.components import PHI, apply
from femsot.base.quantities import Array
from femsot.model.stack import Stack
from femsot.solvers.record import Fields

from .torque import Currents


@dataclass(frozen=True, eq=False)
class InPlane:
    """Sheet currents of a solved stack; leading axes are the batch."""

    stack: Stack
    fields: Fields
    of_interfaces: Array  #: (..., 2) along all interfaces together [A/m]

    @cached_property
    def sheets(self) -> tuple[Array, ...]:
        """The current of every layer over its thickness (..., 2), x and y [A/m]."""
        return tuple(self._sheet(i) for i in range(len(self.stack.layers)))

    def _sheet(self, i: int) -> Array:
        layer, tensors = self.fields.layers[i], self.fields.tensors[i]
        if layer is None or tensors is None:
            return np.zeros(2)
        d = np.asarray(self.stack.layers[i].thickness)[..., None]
        direct = layer.direct
        if direct is None:
            direct = apply(tensors.C[..., PHI, :2, PHI, :2], self.stack.in_plane) * d
        return direct - apply(tensors.C[..., PHI, :2, :, 2], layer.mu[..., 1, :] - layer.mu[..., 0, :])

    @cached_property
    def total(self) -> Array:
        """The current of the whole stack (..., 2) [A/m]."""
        return np.asarray(sum(self.sheets) + self.of_interfaces)

    @cached_property
    def shares(self) -> list[Array]:
        """The part of the whole current along the field that each layer carries (...)."""
        with np.errstate(invalid="ignore", divide="ignore"):
            whole = (self.total * self.stack.in_plane).sum(-1)
            return [np.asarray((sheet * self.stack.in_plane).sum(-1) / whole) for sheet in self.sheets]

    @cached_property
    def means(self) -> Currents:
        """The mean current densities along the in-plane field."""
        field = self.stack.in_plane
        with np.errstate(invalid="ignore", divide="ignore"):
            along = field / np.linalg.norm(field, axis=-1, keepdims=True)
        conducting = [i for i, fields in enumerate(self.fields.layers) if fields is not None]
        layers = [self.stack.layers[i] for i in conducting]
        sheets = _stacked([(self.sheets[i] * along).sum(-1) for i in conducting])
        thickness = _stacked([np.asarray(layer.thickness, dtype=float) for layer in layers])
        return Currents(
            mean=(self.total * along).sum(-1) / thickness.sum(-1),
            parts=tuple(layer.name for layer in layers),
            by_part=sheets / thickness,
            magnetic=tuple(layer.magnetization is not None for layer in layers),
        )


def _stacked(values: list[Array]) -> Array:
    """Values (...) of several layers along a last axis (..., layers)."""
    return np.stack(np.broadcast_arrays(*values), axis=-1)
