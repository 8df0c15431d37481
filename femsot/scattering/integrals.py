"""Adaptive integrals over the in-plane wave vector, with an error estimate.

The disc of k_par is cut at every threshold (the Fermi wave vectors of all channels). Between two of them
k_par^2 = a^2 cos^2 x + b^2 sin^2 x, which makes the square roots at both ends analytic. Panels in (x, azimuth) carry a
tensor Gauss-Kronrod rule (15 points, 7 embedded) and are halved across the direction that errs, worst first, until the
sum of all panels' errors is below the tolerance: grazing singularities of an in-plane magnetization
(|u_eff| = |u0|, equal Fermi surfaces) and near-resonances only make more panels.

`scipy.integrate.cubature` with the same rule takes 3 to 6 times as many points and 3 times as long at the same
tolerance, since it halves every panel in both directions, and it knows no common scale of a group of components.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from femsot.base.quantities import Array

#: (kx, ky), each (points,) -> (components, points)
Integrand = Callable[[Array, Array], Array]

# Nodes and weights of QUADPACK's 15-point Kronrod rule on [-1, 1], from the middle outwards; every second is Gauss's.
_NODES = np.array(
    [0.0, 0.207784955007898467600689403773245, 0.405845151377397166906606412076961, 0.586087235467691130294144691693013,
     0.741531185599394439863864773280788, 0.864864423359769072789712788640926, 0.949107912342758524526189684047851,
     0.991455371120812639206854697526329]
)  # fmt: skip
_KRONROD = np.array(
    [0.209482141084727828012999174891714, 0.204432940075298892414161999234649, 0.190350578064785409913256402421014,
     0.169004726639267902826583426598550, 0.140653259715525918745189590510238, 0.104790010322250183839876322541518,
     0.063092092629978553290700663189204, 0.022935322010529224963732008058970]
)  # fmt: skip
_GAUSS = np.array(
    [0.417959183673469387755102040816327, 0.0, 0.381830050505118944950369775488975, 0.0,
     0.279705391489276667901467771423780, 0.0, 0.129484966168869693270611432679082, 0.0]
)  # fmt: skip


def _mirrored(half: Array) -> Array:
    return np.concatenate([half[:0:-1], half])


NODES = np.concatenate([-_NODES[:0:-1], _NODES])
KRONROD = _mirrored(_KRONROD)
GAUSS = _mirrored(_GAUSS)
_RULES = np.stack([KRONROD, GAUSS], axis=1)
_CHUNK = 4  # panels evaluated at once: what fits into cache
MAX_POINTS = 6_000_000  # then the integral is said not to have converged


@dataclass(frozen=True, eq=False)
class Integral:
    """Values (components,) of an integral over d^2k; `error` is the worst group's, relative to the group's scale."""

    value: Array
    error: float
    converged: bool
    points: int


@dataclass(frozen=True, eq=False)
class _Panels:
    """Rectangles (n, 2, 2) [x | azimuth, from | to] with their interval (n, 2), value (n, c), error (n, 2, g)."""

    interval: Array
    edges: Array
    value: Array
    error: Array

    def __getitem__(self, index: Array) -> _Panels:
        return _Panels(self.interval[index], self.edges[index], self.value[index], self.error[index])


def integrate(
    function: Integrand,
    thresholds: Sequence[float],
    *,
    groups: Array,
    tolerance: float = 1e-8,
    angles: Array | None = None,
) -> Integral:
    """The integral of every component over the disc up to the largest threshold.

    `groups` (components,): one group (they are sorted) share a scale, the largest of their values or 1e-4; the error is
    the worst group's sum of panel errors over that scale. `angles`: azimuths known to be singular.
    """
    panels = _evaluate(function, *_start(thresholds, angles), groups=groups)
    points = len(panels.value) * 225
    for _ in range(60):
        scale = _scale(panels.value.sum(axis=0), groups)
        local = (panels.error / scale).max(axis=(1, 2))
        error = float((panels.error.sum(axis=1).sum(axis=0) / scale).max())
        split = _worst(local, tolerance)
        if error <= tolerance or not split.any() or points > MAX_POINTS:
            break
        fine = _evaluate(function, *_split(panels[split], scale), groups=groups)
        points += len(fine.value) * 225
        panels = _join(panels[~split], fine)
    return Integral(panels.value.sum(axis=0), error, error <= tolerance, points)


def _start(thresholds: Sequence[float], angles: Array | None) -> tuple[Array, Array]:
    """Panels between all thresholds, and azimuths cut in quarters and at `angles`."""
    cuts = np.concatenate([[0.0], np.unique([k for k in thresholds if k > 0])])
    cuts = cuts[np.concatenate([[True], np.diff(cuts) > 1e-12 * cuts[-1]])]
    known = np.zeros(0) if angles is None else np.mod(angles, 2 * np.pi)
    base = known.min() if known.size else 0.0
    marks = np.unique(np.concatenate([base + np.pi / 2 * np.arange(5), known, [base + 2 * np.pi]]))
    marks = marks[np.concatenate([[True], np.diff(marks) > 1e-9])]
    interval = []
    edges = []
    for a, b in pairwise(cuts):
        for start, stop in pairwise(marks):
            interval.append((a, b))
            edges.append(((0.0, np.pi / 2), (start, stop)))
    return np.array(interval), np.array(edges)


def _evaluate(function: Integrand, interval: Array, edges: Array, *, groups: Array) -> _Panels:
    """The rule on every panel: Kronrod's value, and how far Gauss's is along each direction."""
    starts = np.searchsorted(groups, np.arange(groups.max() + 1))
    values = []
    errors = []
    for i in range(0, len(edges), _CHUNK):
        a, b = (interval[i : i + _CHUNK, j, None] for j in (0, 1))
        middle = edges[i : i + _CHUNK].mean(axis=2)
        half = np.diff(edges[i : i + _CHUNK], axis=2)[..., 0] / 2
        x, azimuth = (middle[:, j, None] + half[:, j, None] * NODES for j in (0, 1))
        radius = np.hypot(a * np.cos(x), b * np.sin(x))
        measure = (b**2 - a**2) * np.sin(x) * np.cos(x) * (half[:, :1] * half[:, 1:])
        kx, ky = (radius[:, :, None] * f(azimuth)[:, None, :] for f in (np.cos, np.sin))
        f = function(kx.ravel(), ky.ravel()).reshape((len(groups), *kx.shape))
        radial = np.swapaxes(f @ _RULES, -1, -2) * measure[:, None, :]
        both = radial @ _RULES
        value = both[..., 0, 0]
        miss = np.abs(np.stack([both[..., 0, 1], both[..., 1, 0]]) - value)
        values.append(value.T)
        errors.append(np.moveaxis(np.maximum.reduceat(miss, starts, axis=1), 2, 0))
    return _Panels(interval, edges, np.concatenate(values), np.concatenate(errors))


def _scale(total: Array, groups: Array) -> Array:
    """The largest absolute value of each group, at least 1e-4: what vanishes by symmetry has no scale."""
    starts = np.searchsorted(groups, np.arange(groups.max() + 1))
    return np.maximum(np.maximum.reduceat(np.abs(total), starts), 1e-4)


def _worst(local: Array, tolerance: float) -> Array:
    """The fewest panels whose refinement leaves less than half the tolerance on the others."""
    order = np.argsort(local)
    fine = np.cumsum(local[order]) <= tolerance / 2
    split = np.ones(len(local), dtype=bool)
    split[order[fine]] = False
    return split


def _split(panels: _Panels, scale: Array) -> tuple[Array, Array]:
    """Halves of each panel across the directions that err, quarters where both do."""
    errs = (panels.error / scale).max(axis=2)
    cut = errs > 0.2 * errs.max(axis=1, keepdims=True)
    interval = panels.interval
    edges = panels.edges
    for axis in (0, 1):
        middle = edges[:, axis].mean(axis=1)
        low = edges.copy()
        high = edges[cut[:, axis]].copy()
        low[cut[:, axis], axis, 1] = middle[cut[:, axis]]
        high[:, axis, 0] = middle[cut[:, axis]]
        interval = np.concatenate([interval, interval[cut[:, axis]]])
        edges = np.concatenate([low, high])
        cut = np.concatenate([cut, cut[cut[:, axis]]])
    return interval, edges


def _join(a: _Panels, b: _Panels) -> _Panels:
    return _Panels(
        np.concatenate([a.interval, b.interval]),
        np.concatenate([a.edges, b.edges]),
        np.concatenate([a.value, b.value]),
        np.concatenate([a.error, b.error]),
    )
