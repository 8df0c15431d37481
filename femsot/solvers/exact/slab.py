"""The two-sided map of one homogeneous layer, without a growing exponential.

For J = -C u', J' + R u = 0 and q^2 = M = C^-1 R,
    J(0) = A u_0 - B u_d,   J(d) = B u_0 - A u_d,   B = C q/sinh(q d),   A = B + D,   D = R F,   F = tanh(q d/2)/q.
D and F are computed by themselves and never as A - B, so that what is conserved stays conserved.

Where C and R are axial about m, as nearly always, that is done for small matrices along and across m; any other C by
series for a thin slice, doubled until it is the layer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from femsot.base.components import axial
from femsot.base.quantities import Array
from femsot.materials.tensors import Bulk, through

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(6)
#: closer than this fraction of their mean, two eigenvalues are treated as one cluster
_CLOSE = 0.05
#: |q| h of the slices that are doubled: the series below are exact to rounding there
_SLICE = 0.2
#: tanh(x/2)/(x/2) and x/sinh(x) in powers of x^2
_TANH = (1.0, -1 / 12, 1 / 120, -17 / 20160, 31 / 362880, -691 / 79833600, 5461 / 6227020800)
_SINH = (1.0, -1 / 6, 7 / 360, -31 / 15120, 127 / 604800, -73 / 3421440, 1414477 / 653837184000)


@dataclass(frozen=True, eq=False)
class Slab:
    """B, D [S/m^2] and F [m] of one layer among its spin and orbital components, each (..., 3c, 3c)."""

    B: Array
    D: Array
    mean: Callable[[], Array]  #: computes F when it is asked for
    #: computes what of F acts across m, by itself and not as a difference; None where F is not axial about m
    mean_across: Callable[[], Array] | None = None

    @cached_property
    def F(self) -> Array:
        """[m]"""
        return self.mean()

    @cached_property
    def F_across(self) -> Array | None:
        """[m]"""
        return None if self.mean_across is None else self.mean_across()


def slabs(layers: Sequence[tuple[Bulk, Array, Array]], *, points: bool = False) -> list[Slab]:
    """The maps of layers (bulk, m (..., 3), thickness (...) [m]), the charge eliminated (constant current).

    `points`: thicknesses have one batch axis more, the last.
    Layers of one batch shape are computed in one go; what does not vary with the batch is computed once.
    """
    maps: list[Slab | None] = [_general(*layer, points=points) if layer[0].directional else None for layer in layers]
    axially = iter(_axial_slabs([layer for layer in layers if not layer[0].directional], points))
    return [next(axially) if whole is None else whole for whole in maps]


def _general(bulk: Bulk, m: Array, thickness: Array, *, points: bool) -> Slab:
    """The map of a layer whose C^ is not axial about m."""
    C, R = through(bulk, m)
    if points:
        C, R = C[..., None, :, :], R[..., None, :, :]
    f, b, t = doubled(np.linalg.solve(C, R), np.asarray(thickness, dtype=float))
    return Slab(B=C @ b, D=C @ t, mean=lambda: f)


def doubled(M: Array, d: Array) -> tuple[Array, Array, Array]:
    """Return f = tanh(q d/2)/q [m], b = q/sinh(q d) and t = q tanh(q d/2) [1/m] of q^2 = M (..., n, n) [1/m^2].

    Series in M h^2 for a slice h = d/2^k, then k doublings: with s = b (b + t)^-1 = 1/cosh(q h), b' = s b/2,
    f' = f + s f and t' = t + s t, where nothing moves any more once s is gone. No eigenvector and no growing
    exponential: defective and singular M are no exceptions. t is carried by itself, for M f loses what decays slowly
    beside what decays fast.
    """
    size = float(np.max(np.sqrt(np.linalg.norm(M, axis=(-2, -1))) * d))
    doublings = max(0, int(np.ceil(np.log2(size / _SLICE)))) if size > 0 else 0
    h = (d / 2.0**doublings)[..., None, None]
    y = M * h**2
    f, b = (_series(y, coefficients) for coefficients in (_TANH, _SINH))
    f, b = f * h / 2, b / h
    t = M @ f
    for _ in range(doublings):
        share = b @ np.linalg.inv(b + t)
        b = share @ b / 2
        f = f + share @ f
        t = t + share @ t
    return f, b, t


def _series(y: Array, coefficients: Sequence[float]) -> Array:
    """sum_k c_k y^k by Horner's rule."""
    total = coefficients[-1] * np.eye(y.shape[-1]) + np.zeros(y.shape)
    for c in coefficients[-2::-1]:
        total = total @ y + c * np.eye(y.shape[-1])
    return total


def _axial_slabs(layers: Sequence[tuple[Bulk, Array, Array]], points: bool) -> list[Slab]:
    """The maps of layers that are axial about m."""
    axial = [_axial_data(*layer) for layer in layers]
    if points:
        axial = [[*((np.expand_dims(x, -k - 1), k) for x, k in data[:-1]), data[-1]] for data in axial]
    shapes = [np.broadcast_shapes(*[x.shape[: x.ndim - k] for x, k in data]) for data in axial]
    all_slabs: list[Slab | None] = [None] * len(axial)
    for shape in dict.fromkeys(shapes):
        group = [i for i, batch in enumerate(shapes) if batch == shape]
        same = [_together([axial[i][at] for i in group], shape) for at in range(6)]
        for i, slab in zip(group, _slab(*same), strict=True):
            all_slabs[i] = slab
    return [slab for slab in all_slabs if slab is not None]


def _axial_data(bulk: Bulk, m: Array, thickness: Array) -> list[tuple[Array, int]]:
    """What the map depends on, each with its number of own axes."""
    pairs = (bulk.longitudinal_conductivity, bulk.longitudinal, bulk.conductivity, bulk.transverse)
    return [*((x, 2) for x in pairs), (m, 1), (np.asarray(thickness, dtype=float), 0)]


def _together(values: list[tuple[Array, int]], shape: tuple[int, ...]) -> Array:
    """Values of several layers along a first axis, on one batch shape; with axes of length 1 if none varies."""
    if all(x.ndim == k for x, k in values):
        alike = np.array([x for x, _ in values])
        return alike.reshape(alike.shape[:1] + (1,) * len(shape) + alike.shape[1:])
    tails = [x.shape[x.ndim - k :] for x, k in values]
    return np.array([np.broadcast_to(x, shape + tail) for (x, _), tail in zip(values, tails, strict=True)])


def _slab(*data: Array) -> list[Slab]:
    c_along, r_along, c_across, r_across, m, d = data
    b_along, d_along, f_along = _maps(c_along, r_along, d)
    b_across, d_across, f_across = _maps(c_across, r_across, d)
    B, D = axial(b_along, b_across, m), axial(d_along, d_across, m)
    none = np.zeros(f_along.shape)
    return [
        Slab(
            B=B[i],
            D=D[i],
            mean=partial(axial, f_along[i], f_across[i], m[i]),
            mean_across=partial(axial, none[i], f_across[i], m[i]),
        )
        for i in range(len(m))
    ]


def _maps(conductivity: Array, relaxation: Array, d: Array) -> tuple[Array, Array, Array]:
    """B, D and F (..., c, c) of the components along or across m."""
    f, b = matrix_functions(_solve(conductivity, relaxation), d)
    return conductivity @ b, relaxation @ f, f


def _solve(C: Array, R: Array) -> Array:
    """C^-1 R of (..., c, c), c = 1 or 2, written out: much faster than a library call for each."""
    if C.shape[-1] == 1:
        return R / C
    swapped = _entries(C[..., 1, 1], -C[..., 0, 1], -C[..., 1, 0], C[..., 0, 0])
    det = C[..., 0, 0] * C[..., 1, 1] - C[..., 0, 1] * C[..., 1, 0]
    return (swapped @ R) / det[..., None, None]


def matrix_functions(M: Array, d: Array) -> tuple[Array, Array]:
    """tanh(q d/2)/q [m] and q/sinh(q d) [1/m] of q^2 = M (..., c, c), c = 1 or 2 [1/m^2].

    Projectors where the eigenvalues are apart, a mean of derivatives where they meet: defective M and zero
    eigenvalues are no exceptions.
    """
    if M.shape[-1] == 1 or not np.any(M[..., [0, 1], [1, 0]]):
        w = np.diagonal(M, axis1=-2, axis2=-1)
        f, b = _scalar(w, d[..., None])
        eye = np.eye(M.shape[-1])
        return f[..., None] * eye, b[..., None] * eye
    half = (M[..., 0, 0] - M[..., 1, 1]) / 2
    product = M[..., 0, 1] * M[..., 1, 0]
    r = np.sqrt(np.asarray(half * half + product, dtype=complex))
    r = np.where(np.real(np.conj(half) * r) < 0, -r, r)
    mean = (M[..., 0, 0] + M[..., 1, 1]) / 2
    close = np.abs(r) <= _CLOSE * np.abs(mean)
    shift = product / np.where(close, 1.0, half + r)
    f1, b1 = _scalar(M[..., 0, 0] + shift, d)
    f2, b2 = _scalar(M[..., 1, 1] - shift, d)
    first = _entries(half + r, M[..., 0, 1], M[..., 1, 0], shift)
    second = _entries(shift, -M[..., 0, 1], -M[..., 1, 0], half + r)
    scale = np.where(close, 1.0, 2 * r)
    first, second = first / scale[..., None, None], second / scale[..., None, None]
    f = f1[..., None, None] * first + f2[..., None, None] * second
    b = b1[..., None, None] * first + b2[..., None, None] * second
    if np.any(close):
        f_close, b_close = _cluster(M, (mean, r), d)
        f, b = np.where(close[..., None, None], f_close, f), np.where(close[..., None, None], b_close, b)
    return (f, b) if np.iscomplexobj(M) else (f.real, b.real)


def _entries(*values: Array) -> Array:
    """The matrix (..., 2, 2) of four entries, row by row."""
    entries = np.stack(np.broadcast_arrays(*values), axis=-1)
    return entries.reshape(entries.shape[:-1] + (2, 2))


def _scalar(w: Array, d: Array) -> tuple[Array, Array]:
    """tanh(q d/2)/q and q/sinh(q d), q = sqrt(w) with Re q >= 0."""
    q = np.sqrt(w) if np.isrealobj(w) and np.all(w >= 0) else np.sqrt(np.asarray(w, dtype=complex))
    x = q * d
    small = np.abs(x) < 1e-3
    series = bool(np.any(small))
    y = np.where(small, 1.0, x) if series else x
    decay, gone = np.exp(-y), -np.expm1(-y)  # exp(-y) and 1 - exp(-y), each to full precision
    f = gone / (1 + decay) * (d / y)
    b = 2 * y * decay / (gone * (1 + decay)) / d
    if series:
        square = x * x
        f = np.where(small, d / 2 * (1 - square / 12 + square**2 / 120), f)
        b = np.where(small, (1 - square / 6 + 7 * square**2 / 360) / d, b)
    return f, b


def _cluster(M: Array, pair: tuple[Array, Array], d: Array) -> tuple[Array, Array]:
    """f(M) where both eigenvalues mean +- r are close: their half sum, and a mean of f' for their difference."""
    mean, r = pair
    w = mean[..., None] + r[..., None] * _NODES
    q = np.sqrt(np.asarray(w, dtype=complex))
    x = q * np.asarray(d)[..., None]
    tiny = np.abs(x) < 1e-3
    y = np.where(tiny, 1.0, x)
    decay = np.exp(-y)
    sinh = -np.expm1(-2 * y) / 2  # exp(-y) sinh(y)
    tanh = -np.expm1(-y) / (1 + decay)
    cube = np.asarray(d)[..., None] ** 3
    df = cube * np.where(tiny, -1 / 24 + x * x / 120, (y * decay / (1 + decay) ** 2 * 2 - tanh) / (2 * y**3))
    coth = (1 + decay**2) / (2 * sinh)
    db = np.asarray(d)[..., None] * np.where(tiny, -1 / 6 + 7 * x * x / 180, decay / sinh * (1 - y * coth) / (2 * y))
    rest = M - mean[..., None, None] * np.eye(2)
    f_plus, b_plus = _scalar(mean + r, d)
    f_minus, b_minus = _scalar(mean - r, d)
    out = []
    for plus, minus, slope in ((f_plus, f_minus, df), (b_plus, b_minus, db)):
        difference = (slope * (_WEIGHTS / 2)).sum(axis=-1)
        out.append(((plus + minus) / 2)[..., None, None] * np.eye(2) + difference[..., None, None] * rest)
    return out[0], out[1]
