"""Boltzmann's equation for a stack of layers, without a grid along z.

What enters each layer at both faces, `inward`, is found; what leaves follows, t inward + (S - t) <inward> + source.
At one (mu, azimuth) everything but the scattering into it is a small linear system of all layers; scattering
couples the means over the azimuth, one dense system of 8 x layers x polar unknowns.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import LinAlgWarning, solve

from femsot.base.errors import Fault, InputError
from femsot.base.quantities import Array

from .grid import Grid
from .joints import End, Interface, Joint, joint
from .layer import CHANNELS, Layer, assemble


class UnheldError(ValueError):
    """Some potential neither relaxes nor is held anywhere."""


@dataclass(frozen=True, eq=False)
class Distribution:
    """The solution of one stretch of layers; potentials g [V], currents over K = e^2 kF^2/(pi^2 hbar) [V]."""

    layers: tuple[Layer, ...]
    joints: tuple[Joint, ...]
    grid: Grid
    inward: Array  #: (polar, azimuths, layers, 2 faces, 4) what enters
    outward: Array  #: what leaves
    residual: float  #: largest violation of a boundary condition, over the largest value

    def _faces(self, i: int) -> tuple[Array, Array]:
        """Azimuthal means of e and o (2 faces, 4, polar) of layer i."""
        into, out = (np.moveaxis(g.mean(1)[:, i], 0, -1) for g in (self.inward, self.outward))
        return (into + out) / 2, (into - out) / 2 * np.array([1.0, -1.0])[:, None, None]

    @cached_property
    def ends(self) -> tuple[Array, Array]:
        """mu and J/K (layers, 2 faces, 4) at both faces of every layer."""
        both = [self._faces(i) for i in range(len(self.layers))]
        w = self.grid.weights
        mu = self.grid.mu
        return np.array([e @ w for e, _ in both]), np.array([o @ (w * mu) for _, o in both])

    def _modal(self, i: int) -> tuple[list[Array], Array]:
        """(up, down) (2 faces, 2 polar) and g_+ (2, polar) of e without h, and the axes."""
        e = self._faces(i)[0]
        axes = self.layers[i].axes
        spin = np.einsum("ax,fxn->fan", axes, e[:, 1:])
        channels = np.einsum("sa,fan->fsn", CHANNELS, np.stack([e[:, 0], spin[:, 2]], axis=1))
        return [channels.reshape(2, -1), spin[:, 0] + 1j * spin[:, 1]], axes

    def _four(self, parts: Sequence[Array], axes: Array) -> Array:
        """(..., 4) of (up, down) node by node, weights included, and of g_+."""
        channels = parts[0].reshape(*parts[0].shape[:-1], 2, -1).sum(-1) @ np.linalg.inv(CHANNELS).T
        plus = parts[1].sum(-1)
        spin = np.stack([plus.real, plus.imag, channels[..., 1]], axis=-1) @ axes
        return np.concatenate([channels[..., :1], spin], axis=-1)

    def at(self, i: int, z: Array) -> tuple[Array, Array]:
        """mu and J/K (points, 4) at heights z above the bottom of layer i."""
        faces, axes = self._modal(i)
        layer = self.layers[i]
        w = self.grid.weights
        amplitudes = [modes.at(face, z) for modes, face in zip(layer.modes(self.grid), faces, strict=True)]
        mu = self._four([amplitudes[0][0] * np.tile(w, 2), amplitudes[1][0] * w], axes)
        return mu, self._four([x[1] for x in amplitudes], axes) + layer.shift[:, 2] / 3

    def integral(self, i: int) -> Array:
        """int mu dz (4,) of layer i."""
        faces, axes = self._modal(i)
        w = self.grid.weights
        amplitudes = [m.integral(f) for m, f in zip(self.layers[i].modes(self.grid), faces, strict=True)]
        return self._four([amplitudes[0] * np.tile(w, 2), amplitudes[1] * w], axes)

    def sheet(self, i: int) -> Array:
        """int J_c dz/K (2,), in plane along x and y, of layer i."""
        layer = self.layers[i]
        grid = self.grid
        loss = layer.turned(_rates(layer))
        missing = self.inward[:, :, i] - _bulk(layer, grid)  # (polar, azimuths, face, 4)
        remaining = np.linalg.inv(loss) @ (np.eye(4) - layer.ballistic(grid)) * grid.mu[:, None, None]
        stored = np.einsum("nb,npfb->np", remaining[:, 0], missing)
        along = [(grid.weights[:, None] * k * stored).sum() / (2 * grid.azimuths) for k in grid.plane]
        return np.array(along) + layer.shift[0, :2] * layer.thickness / 3

    def torques(self, i: int) -> tuple[Array, Array]:
        """Return what magnetization and lattice of interface i take, over K (3,).

        A common shift of phi is equilibrium: what it exerts is anisotropy, and no torque of transport. So phi counts
        from the mean of both sides, as in the law of drift-diffusion.
        """
        into = np.stack([self.outward[:, :, i, 1], self.outward[:, :, i + 1, 0]], axis=2)
        potentials = self.ends[0]
        level = (potentials[i, 1, 0] + potentials[i + 1, 0, 0]) / 2
        into = into - level * np.array([1.0, 0.0, 0.0, 0.0])
        flux = self.grid.weights * self.grid.mu / (2 * self.grid.azimuths)
        interface = self.joints[i]
        to_m = np.einsum("n,npxtb,nptb->x", flux, interface.torque, into)
        to_lattice = np.einsum("n,npxtb,nptb->x", flux, interface.lattice, into)
        return to_m, to_lattice


def distribution(
    layers: Sequence[Layer], interfaces: Sequence[Interface], ends: tuple[End, End], *, grid: Grid
) -> Distribution:
    """The distribution of a stack, bottom to top. Raises `UnheldError` where nothing holds a spin potential."""
    if len(interfaces) != len(layers) - 1:
        raise InputError(Fault("boltzmann", f"{len(layers)} layers and {len(interfaces)} interfaces", "one less"))
    joints = tuple(joint(x, grid) for x in interfaces)
    parts = _Parts(tuple(layers), joints, ends, grid)
    mean = parts.mean()
    inward = parts.inward(mean)
    outward = parts.outward(inward)
    error = inward - parts.returned(outward)
    scale = max(np.abs(inward).max(), np.abs(outward).max(), np.finfo(float).tiny)
    return Distribution(parts.layers, joints, grid, inward, outward, float(np.abs(error).max() / scale))


def _rates(layer: Layer) -> Array:
    """A (4, 4) in (c, e1, e2, m)."""
    return assemble(layer.rates, np.asarray(layer.transverse[0]))


def _bulk(layer: Layer, grid: Grid) -> Array:
    """h (polar, azimuths, 2, 4): of electrons that move up, and down."""
    kx, ky = grid.plane
    up = np.stack([kx, ky, np.broadcast_to(grid.mu[:, None], kx.shape)], axis=-1)
    both = np.stack([up, up * np.array([1.0, 1.0, -1.0])], axis=2)
    return np.asarray(both @ layer.shift.T)


@dataclass(frozen=True, eq=False)
class _Parts:
    """The pieces of the linear system; faces are flattened to 8 x layers, [layer, face, component]."""

    layers: tuple[Layer, ...]
    joints: tuple[Joint, ...]
    ends: tuple[End, End]
    grid: Grid

    @cached_property
    def ballistic(self) -> Array:
        """t (polar, layers, 4, 4)."""
        return np.stack([layer.ballistic(self.grid) for layer in self.layers], axis=1)

    @cached_property
    def bulk(self) -> Array:
        """h (polar, azimuths, layers, 2, 4) of what enters."""
        return np.stack([_bulk(layer, self.grid) for layer in self.layers], axis=2)

    @cached_property
    def scattered(self) -> Array:
        """S - t (layers, 2, 4, polar, 2, 4, polar) of azimuthal means."""
        return np.stack([_scattered(layer, self.grid) for layer in self.layers])

    def _mean_part(self, mean: Array) -> Array:
        """(S - t) of means (polar, layers, 2, 4)."""
        return np.einsum("kfanjbm,mkjb->nkfa", self.scattered, mean)

    def outward(self, inward: Array) -> Array:
        """What leaves every layer."""
        missing = inward - self.bulk
        through = np.einsum("nkab,npkfb->npkfa", self.ballistic, missing)[:, :, :, ::-1]
        return np.asarray(through + self.bulk[:, :, :, ::-1] + self._mean_part(missing.mean(1))[:, None])

    @cached_property
    def _fixed(self) -> Array:
        """What leaves if only h enters from outside: out of inward = 0 (polar, azimuths, layers, 2, 4)."""
        return self.outward(np.zeros_like(self.bulk))

    @cached_property
    def local(self) -> Array:
        """The mirror of every interface and end (polar, azimuths or 1, 8 k, 8 k): out -> inward at one angle."""
        count = len(self.layers)
        alike = all(np.allclose(x.scatter, x.scatter[:, :1], rtol=0, atol=1e-14) for x in self.joints)
        azimuths = 1 if alike else self.grid.azimuths  # without spin-orbit coupling one stands for all
        out = np.zeros((self.grid.polar, azimuths, count, 2, 4, count, 2, 4))
        for i, mirror in enumerate(self.joints):
            sides = ((i, 1), (i + 1, 0))
            for s, (k, face) in enumerate(sides):
                for t, (far, away) in enumerate(sides):
                    out[:, :, k, face, :, far, away, :] = mirror.scatter[:, :azimuths, s, :, t, :]
        for (k, face), end in zip(((0, 0), (count - 1, 1)), self.ends, strict=True):
            out[:, :, k, face, :, k, face, :] = np.diag(end.specular)
        return out.reshape(self.grid.polar, azimuths, 8 * count, 8 * count)

    @cached_property
    def through(self) -> Array:
        """t (polar, 8 k, 8 k): inward at one face -> out at the other."""
        count = len(self.layers)
        out = np.zeros((self.grid.polar, count, 2, 4, count, 2, 4))
        for k in range(count):
            out[:, k, 0, :, k, 1, :] = out[:, k, 1, :, k, 0, :] = self.ballistic[:, k]
        return out.reshape(self.grid.polar, 8 * count, 8 * count)

    @cached_property
    def bounced(self) -> Array:
        """(1 - local t)^-1 (polar, azimuths or 1, 8 k, 8 k)."""
        return np.linalg.inv(np.eye(8 * len(self.layers)) - self.local @ self.through[:, None])

    def _from_ends(self, outward: Array) -> Array:
        """What diffuse and incoming electrons add at every angle (8 k,)."""
        added = np.zeros((len(self.layers), 2, 4))
        flux = 2 * self.grid.weights * self.grid.mu
        for (k, face), end in zip(((0, 0), (-1, 1)), self.ends, strict=True):
            added[k, face] += end.diffuse * (flux @ outward.mean(1)[:, k, face]) + end.incoming
        return added.ravel()

    def returned(self, outward: Array) -> Array:
        """What interfaces and ends send back."""
        flat = outward.reshape(*outward.shape[:2], -1)
        back = (self.local @ flat[..., None])[..., 0] + self._from_ends(outward)
        return np.asarray(back.reshape(outward.shape))

    def inward(self, mean: Array) -> Array:
        """What enters every layer, given its azimuthal mean (polar, layers, 2, 4)."""
        extra = self._fixed + self._mean_part(mean)[:, None]
        mean_out = self._fixed.mean(1) + self._mean_part(mean)
        mean_out = mean_out + np.einsum("nkab,nkfb->nkfa", self.ballistic, mean)[:, :, ::-1]
        right = self.returned(extra) - self._from_ends(extra).reshape(extra.shape[2:])
        right = right + self._from_ends(mean_out[:, None]).reshape(extra.shape[2:])
        flat = right.reshape(*right.shape[:2], -1, 1)
        return np.asarray((self.bounced @ flat)[..., 0].reshape(extra.shape))

    def mean(self) -> Array:
        """The azimuthal means (polar, layers, 2, 4) of what enters: the dense system."""
        matrix = self._matrix()
        zero = np.zeros((self.grid.polar, len(self.layers), 2, 4))
        right = self.inward(zero).mean(1).ravel()
        size = len(right)
        if not any(np.any(end.specular[0] + end.diffuse[0] < 1 - 1e-12) for end in self.ends):
            charge = np.zeros(zero.shape)
            charge[..., 0] = 1.0
            matrix = matrix + charge.reshape(-1, 1) * charge.ravel() / (size / 4)
        with warnings.catch_warnings():
            warnings.simplefilter("error", LinAlgWarning)
            try:
                inward = solve(matrix, right, check_finite=False)
            except (LinAlgWarning, np.linalg.LinAlgError):
                raise UnheldError("some spin potential neither relaxes nor is held anywhere") from None
        return np.asarray(inward.reshape(zero.shape))

    def _matrix(self) -> Array:
        """1 minus what comes back of a mean, (size, size) by [polar, layer, face, component]."""
        count = len(self.layers)
        polar = self.grid.polar
        back = (self.bounced @ self.local).mean(1).reshape(polar, 8 * count, count, 2, 4)
        out = np.empty((polar, 8 * count, polar, count, 2, 4))
        for k in range(count):
            block = self.scattered[k].transpose(2, 0, 1, 3, 4, 5).reshape(polar, 8, -1)
            out[:, :, :, k] = np.moveaxis(
                (back[:, :, k].reshape(polar, 8 * count, 8) @ block).reshape(polar, 8 * count, 2, 4, polar), -1, 2
            )
        matrix = -out.reshape(polar * 8 * count, -1)
        matrix[np.diag_indices(len(matrix))] += 1.0
        return matrix - self._diffuse() if any(np.any(end.diffuse) for end in self.ends) else matrix

    def _diffuse(self) -> Array:
        """What diffuse ends return of a mean."""
        count = len(self.layers)
        polar = self.grid.polar
        direct = self.bounced.mean(1).reshape(polar, 8 * count, count, 2, 4)
        out = np.zeros((polar, 8 * count, polar, count, 2, 4))
        flux = 2 * self.grid.weights * self.grid.mu
        for (k, face), end in zip(((0, 0), (count - 1, 1)), self.ends, strict=True):
            leaving = np.einsum("n,anjbm->ajbm", flux, self.scattered[k, face])
            leaving[:, 1 - face] += np.moveaxis(flux[:, None, None] * self.ballistic[:, k], 0, -1)
            out[:, :, :, k] += np.einsum("nra,a,ajbm->nrmjb", direct[:, :, k, face], end.diffuse, leaving)
        return out.reshape(polar * 8 * count, -1)


def _scattered(layer: Layer, grid: Grid) -> Array:
    """S - t (2 faces out, 4, polar, 2 faces in, 4, polar) of one layer."""
    n = grid.polar
    pair, plus = layer.modes(grid)
    out = np.empty((2, 4, n, 2, 4, n))
    for k, (channels, across) in enumerate(zip(pair.scatter, plus.scatter, strict=True)):
        four = np.zeros((n, n, 4, 4))
        blocks = channels.reshape(2, n, 2, n)
        inverse = np.linalg.inv(CHANNELS)
        pairs = np.einsum("as,snum,ub->nmab", inverse, blocks, CHANNELS)
        four[..., 1:3, 1:3] = assemble(np.zeros((n, n, 2)), across)[..., 1:3, 1:3]
        for a, x in ((0, 0), (3, 1)):
            for b, y in ((0, 0), (3, 1)):
                four[..., a, b] = pairs[..., x, y]
        if k == 1:
            four[np.arange(n), np.arange(n)] -= assemble(
                np.exp(-layer.rates * (layer.thickness / grid.mu)[:, None]),
                np.exp(-layer.transverse[0] * layer.thickness / grid.mu),
            )
        value = layer.turned(four).transpose(2, 0, 3, 1)
        for face in (0, 1):
            out[face, :, :, face if k == 0 else 1 - face] = value
    return out
