"""Bulk physics as tensors: a layer's constants and its magnetization give C and R of docs/physics.md section 2."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np

from femsot.base.components import EPS, ORBITAL, PHI, SPIN, axial, cross_matrix
from femsot.base.errors import InputError, did_you_mean
from femsot.base.quantities import Array

Closure = Literal["conserving", "ning24"]
Z_AXIS = np.array([0.0, 0.0, 1.0])
_SAME = np.eye(3)
_SAME_BOTH = _SAME[:, None, :, None] * _SAME[:, None, :]


def check_closure(closure: str) -> None:
    if closure not in get_args(Closure):
        raise InputError(f"closure: got {closure!r}, {did_you_mean(closure, get_args(Closure))}")


def conserves(closure: str) -> bool:
    """Is what leaves a current what its own reservoir absorbs, so that exchange is a torque?"""
    return closure == "conserving"


@dataclass(frozen=True, eq=False, kw_only=True)
class Bulk:
    """The tensors of one material at rest, axial about m (docs/physics.md section 2); c = 1 (spin) or 2 (and orbital).

    Relaxation matrices multiply potentials: longitudinal ones the component along m, transverse ones
    mu_+ = mu_1 + i mu_2 in a right-handed frame (e1, e2, m).
    """

    name: str  #: of the material
    closure: str
    charge: Array  #: sigma [S/m]
    polarization: Array  #: P
    conductivity: Array  #: (..., c, c), spin-orbital block [[sigma_s, P_os sigma_o], [P_so sigma_s, sigma_o]] [S/m]
    hall: Array  #: (..., c), sigma_SH and sigma_OH [S/m]
    anomalous_hall: Array  #: sigma_AH [S/m]
    longitudinal: Array  #: (..., c, c) relaxation of the component along m [S/m^3]
    transverse: Array  #: (..., c, c) complex, relaxation of mu_+ [S/m^3]
    exchange: Array  #: (..., c, c) complex, the part of `transverse` that acts on the magnetization [S/m^3]
    transfer: Array  #: (..., c, c), the part of both that moves moment between spin and orbit directly [S/m^3]
    spin_flip: Array  #: [S/m^3], sigma_s/lambda_sf^2: transverse spin lost to the lattice
    spin_flip_longitudinal: Array  #: [S/m^3], (sigma_s - P^2 sigma)/lambda_sf^2

    @property
    def longitudinal_conductivity(self) -> Array:
        """C^ along m (..., c, c): the charge eliminated, sigma_s - P^2 sigma [S/m]."""
        corner = np.zeros(self.conductivity.shape[-2:])
        corner[0, 0] = 1.0
        return self.conductivity - (self.polarization**2 * self.charge)[..., None, None] * corner

    @cached_property
    def warnings(self) -> list[str]:
        """What a referee would object to: a relaxation that creates power, broken reciprocity."""
        texts = []
        eigenvalues = [lowest(matrix) for matrix in (self.longitudinal, self.transverse)]
        if min(np.min(value / scale) for value, scale in eigenvalues) < -1e-12:
            value = min(np.min(value) for value, _ in eigenvalues)
            texts.append(
                f"materials.{self.name}: relaxation creates power in closure {self.closure!r}: the lowest eigenvalue "
                f"of sym(R) is {value:.3g} S/m^3 < 0"
            )
        into_spin, into_orbit = self.conductivity[..., 0, -1], self.conductivity[..., -1, 0]
        if not np.allclose(into_spin, into_orbit, rtol=1e-9, atol=0):
            texts.append(
                f"materials.{self.name}: P_os sigma_o = {np.ravel(into_spin)[0]:.4g} S/m and P_so sigma_s = "
                f"{np.ravel(into_orbit)[0]:.4g} S/m differ: Onsager reciprocity is broken; give only one of the two"
            )
        return texts


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


def small_matrix(rows: list[list[Any]], dtype: type = float) -> Array:
    """A small matrix of broadcastable entries, (..., c, c)."""
    flat = np.broadcast_arrays(*[np.asarray(x, dtype=dtype) for row in rows for x in row])
    return np.stack(flat, axis=-1).reshape(flat[0].shape + (len(rows), len(rows[0])))


def lowest(matrix: Array) -> tuple[Array, Array]:
    """The lowest eigenvalue (...) of the Hermitian part of (..., c, c), c = 1 or 2, and the matrix' size."""
    scale = np.max(np.abs(matrix), axis=(-2, -1)) + np.finfo(float).tiny
    if matrix.shape[-1] == 1:
        return matrix[..., 0, 0].real, scale
    a, d = matrix[..., 0, 0].real, matrix[..., 1, 1].real
    off = (matrix[..., 0, 1] + np.conj(matrix[..., 1, 0])) / 2
    return (a + d) / 2 - np.hypot((a - d) / 2, np.abs(off)), scale
