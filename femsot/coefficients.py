"""Bulk physics as tensors: a layer's constants and its magnetization give C and R of docs/physics.md section 2."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .channels import EPS, ORBITAL, PHI, SPIN, apply, axial, cross_matrix
from .checks import Array
from .materials import Bulk, Insulator
from .stack import Stack

Z_AXIS = np.array([0.0, 0.0, 1.0])
_SAME = np.eye(3)
_SAME_BOTH = _SAME[:, None, :, None] * _SAME[:, None, :]


def kind_slices(bulk: Bulk) -> list[slice]:
    """The components of spin, and of orbit where it is solved."""
    return [SPIN, ORBITAL][: bulk.conductivity.shape[-1]]


def conductivity(bulk: Bulk, m: Array | None = None) -> Array:
    """C (..., 7, 3, 7, 3) [component, flow axis, component, gradient axis], [S/m]."""
    m = Z_AXIS if m is None else np.asarray(m)
    scalars = (bulk.charge, bulk.polarization, bulk.anomalous_hall)
    shapes = [x.shape for x in scalars] + [bulk.conductivity.shape[:-2], bulk.hall.shape[:-1], m.shape[:-1]]
    c = np.zeros(np.broadcast_shapes(*shapes) + (7, 3, 7, 3))
    c[..., PHI, :, PHI, :] = bulk.charge[..., None, None] * _SAME
    if np.any(bulk.anomalous_hall):
        c[..., PHI, :, PHI, :] -= bulk.anomalous_hall[..., None, None] * cross_matrix(m)  # eps_ijk m_k
    if np.any(bulk.polarization):
        polarised = (bulk.polarization * bulk.charge)[..., None, None, None] * m[..., :, None, None] * _SAME
        c[..., SPIN, :, PHI, :] -= polarised
        c[..., PHI, :, SPIN, :] -= np.swapaxes(polarised, -3, -2)
    kinds = kind_slices(bulk)
    for i, out in enumerate(kinds):
        if np.any(bulk.hall[..., i]):
            hall = bulk.hall[..., i, None, None, None] * EPS  # [flow i, component a, gradient k]
            c[..., PHI, :, out, :] += hall
            c[..., out, :, PHI, :] += np.swapaxes(hall, -3, -2)
        for j, into in enumerate(kinds):
            c[..., out, :, into, :] = bulk.conductivity[..., i, j, None, None, None, None] * _SAME_BOTH
    return c


def _seven(bulk: Bulk, block: Array) -> Array:
    """A spin-orbital block (..., 3c, 3c) among all seven components."""
    full = np.zeros(block.shape[:-2] + (7, 7))
    size = 3 * bulk.conductivity.shape[-1]
    full[..., 1 : 1 + size, 1 : 1 + size] = block
    return full


def relaxation(bulk: Bulk, m: Array | None = None) -> Array:
    """R (..., 7, 7) [S/m^3]."""
    return _seven(bulk, axial(bulk.longitudinal, bulk.transverse, Z_AXIS if m is None else np.asarray(m)))


def exchange(bulk: Bulk, m: Array | None = None) -> Array:
    """R_ex (..., 7, 7), the part of R that acts on the magnetization [S/m^3]."""
    none = np.zeros(bulk.exchange.shape)
    return _seven(bulk, axial(none, bulk.exchange, Z_AXIS if m is None else np.asarray(m)))


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


def layer_tensors(stack: Stack, closure: str) -> list[LayerTensors | None]:
    """The tensors of every layer; None for an insulator."""
    found: list[LayerTensors | None] = []
    for layer in stack.layers:
        if isinstance(layer.material, Insulator):
            found.append(None)
            continue
        bulk = layer.material.bulk(closure, orbital=stack.orbital)
        m = Z_AXIS if layer.magnetization is None else np.asarray(layer.magnetization)
        if ("C", bulk) not in layer.kept:
            layer.kept["C", bulk] = conductivity(bulk, m)
        C = layer.kept["C", bulk]
        w = stack.pumping(layer.name)
        found.append(
            LayerTensors(
                bulk=bulk,
                m=m,
                C=C,
                external=apply(C[..., :, 2, PHI, :2], stack.in_plane),
                w=w if np.any(w) else None,
            )
        )
    return found
