"""Exact scattering amplitudes of planes and thin layers between two half spaces (docs/physics.md).

Spin matrices (..., 2, 2) are in the basis of *sigma* along the axis of the half spaces' exchange, + (minority) first.
`wavevectors` (..., 2, 2) are k_z [side, spin], side 0 below: real where a channel is open, i times positive where it
is evanescent. A plane is the potential (hbar^2/2m) kappa delta(z), kappa a Hermitian matrix (..., 2, 2).
Any unit of length: wave vectors and kappa share it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from femsot.base.quantities import Array

#: 1, sigma_x, sigma_y, sigma_z
PAULI = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]], dtype=complex)


@dataclass(frozen=True, eq=False)
class Amplitudes:
    """Flux-normalised amplitudes (..., 2, 2) between open channels; the entries of closed ones are zero."""

    r: Array  #: below -> below
    t: Array  #: below -> above
    rp: Array  #: above -> above, r'
    tp: Array  #: above -> below, t'

    @property
    def matrix(self) -> Array:
        """S[..., side out, side in, spin out, spin in]."""
        rows = [np.stack([self.r, self.tp], axis=-3), np.stack([self.t, self.rp], axis=-3)]
        return np.stack(rows, axis=-4)


def product(a: Array, b: Array) -> Array:
    """The 2x2 matrix product as plain arithmetic: fast for many small matrices in any memory order."""
    return a[..., :, :1] * b[..., :1, :] + a[..., :, 1:] * b[..., 1:, :]


def inverse(a: Array) -> Array:
    """The inverse of 2x2 matrices."""
    p = a[..., 0, 0]
    q = a[..., 0, 1]
    s = a[..., 1, 0]
    u = a[..., 1, 1]
    return _build([[u, -q], [-s, p]]) / (p * u - q * s)[..., None, None]


def dagger(a: Array) -> Array:
    return np.conj(np.swapaxes(a, -1, -2))


def _build(entries: list[list[Array]]) -> Array:
    """(..., 2, 2) with the points contiguous in memory: what numpy is fast at."""
    return np.moveaxis(np.array(entries), (0, 1), (-2, -1))


def vector_matrix(scalar: Array, vector: Array) -> Array:
    """scalar + vector.sigma (..., 2, 2); vector (..., 3)."""
    x = vector[..., 0]
    y = vector[..., 1]
    z = vector[..., 2]
    scalar, x, y, z = np.broadcast_arrays(scalar, x, y, z)
    return _build([[scalar + z + 0j, x - 1j * y], [x + 1j * y, scalar - z + 0j]])


def normal_wavevector(square: Array) -> Array:
    """k_z of k_z^2: positive, or i times positive."""
    return np.sqrt(np.asarray(square) + 0j)


def layer_wavevector(square: Array, exchange: Array) -> Array:
    """The matrix k_z of k_z^2 = square - exchange.sigma (...,), (..., 3): a layer magnetized along any axis."""
    size = np.linalg.norm(exchange, axis=-1)
    axis = np.asarray(exchange) / np.where(size == 0, 1.0, size)[..., None]
    plus = normal_wavevector(square - size)
    minus = normal_wavevector(square + size)
    return vector_matrix((plus + minus) / 2, ((plus - minus) / 2)[..., None] * axis)


def open_channels(wavevectors: Array) -> Array:
    """True where a half space's channel carries flux; at the threshold itself it does not."""
    return np.real(wavevectors) > 0


def waves(wavevectors: Array, kappa: Array) -> Array:
    """The spinor at the plane, psi (..., 2, 2, 2) [side in, spin, spin in], of an incident wave of unit flux.

    g 2i k |k|^-1/2 with g = (i k_0 + i k_1 - kappa)^-1: continuity of psi, and kappa psi = psi'(0+) - psi'(0-).
    """
    g = green(wavevectors, kappa)
    incident = 2j * np.sqrt(np.where(open_channels(wavevectors), wavevectors.real, 0.0))
    return g[..., None, :, :] * incident[..., None, :]


def green(wavevectors: Array, kappa: Array) -> Array:
    """g = (i k_0 + i k_1 - kappa)^-1, (..., 2, 2)."""
    outgoing = 1j * wavevectors.sum(axis=-2)
    return inverse(outgoing[..., None, :] * np.eye(2) - kappa)


def scattering_matrix(wavevectors: Array, psi: Array) -> Array:
    """S (..., 2, 2, 2, 2) [side out, side in, spin out, spin in] of `waves`: |k|^1/2 psi, less 1 on one's own side."""
    flux = np.sqrt(np.where(open_channels(wavevectors), wavevectors.real, 0.0))
    s = flux[..., :, None, :, None] * psi[..., None, :, :, :]
    passing = open_channels(wavevectors)[..., :, None, :, None] * (np.eye(2)[:, :, None, None] * np.eye(2))
    return s - passing


def from_matrix(s: Array) -> Amplitudes:
    return Amplitudes(r=s[..., 0, 0, :, :], t=s[..., 1, 0, :, :], rp=s[..., 1, 1, :, :], tp=s[..., 0, 1, :, :])


def plane(wavevectors: Array, kappa: Array) -> Amplitudes:
    """Exact amplitudes of one plane: Kim17 Eq. 6 with r = (c), t = (a), r' = (d), t' = (b), on open channels."""
    return from_matrix(scattering_matrix(wavevectors, waves(wavevectors, kappa)))


def perturbation(wavevectors: Array, kappa: Array, change: Array) -> Amplitudes:
    """First-order change of `plane` when kappa changes by `change`: Kim17 Eq. 10, (1 + r_ex)/(2i k_z) = g."""
    first = product(green(wavevectors, kappa), change)
    psi = product(first[..., None, :, :], waves(wavevectors, kappa))
    flux = np.sqrt(np.where(open_channels(wavevectors), wavevectors.real, 0.0))
    return from_matrix(flux[..., :, None, :, None] * psi[..., None, :, :, :])


def plane_flux(wavevectors: Array, psi: Array, density: Array) -> Array:
    """The exact flux matrix Herm[(-i psi') psi^+] on both sides of the plane, 0- and 0+, along the normal.

    `density` (..., 2, 2, 2) [side in, spin, spin]: incoming, flux-normalised. It contains evanescent and interfering
    waves, which `Tensors` counts as absorbed where they die out; transverse spin needs the two wave vectors of a
    side together, so flux-normalised t do not give it (Herm[K tau n tau^+], not t n t^+).
    """
    passing = open_channels(wavevectors)
    root = np.where(passing, 1 / np.sqrt(np.where(passing, wavevectors.real, 1.0)), 0.0)
    total: Array = np.zeros(())
    for into in (0, 1):
        value = psi[..., into, :, :]
        carried = product(density[..., into, :, :], dagger(value))
        sides = []
        for side, sign in ((0, -1), (1, 1)):
            incident = 2 * (side == into) * root[..., into, :, None] * np.eye(2)
            slope = sign * wavevectors[..., side, :, None] * (value - incident)
            flux = product(slope, carried)
            sides.append((flux + dagger(flux)) / 2)
        total = total + np.stack(sides, axis=-3)
    return total


def unitarity_error(amplitudes: Amplitudes, passing: Array | None = None) -> float:
    """max |S^+ S - 1| over open channels; `passing` (..., 2, 2) [side, spin], default all."""
    s = np.swapaxes(amplitudes.matrix, -3, -2)
    s = s.reshape((*s.shape[:-4], 4, 4))
    expected = np.ones(4) if passing is None else passing.reshape((*passing.shape[:-2], 4))
    return float(np.max(np.abs(dagger(s) @ s - expected[..., None] * np.eye(4)), initial=0.0))


@dataclass(frozen=True, eq=False)
class _Section:
    """Amplitudes of wave amplitudes (not fluxes), evanescent waves included: what composes without loss."""

    r: Array
    t: Array
    rp: Array
    tp: Array


def _star(a: _Section, b: _Section) -> _Section:
    """Redheffer's star product: a below b; only decaying exponentials enter, so that thick barriers stay exact."""
    eye = np.eye(2)
    up = product(inverse(eye - product(a.rp, b.r)), a.t)
    down = product(inverse(eye - product(b.r, a.rp)), b.tp)
    return _Section(
        r=a.r + product(a.tp, product(b.r, up)),
        t=product(b.t, up),
        rp=b.rp + product(b.t, product(a.rp, down)),
        tp=product(a.tp, down),
    )


def _step(below: Array, above: Array, kappa: Array) -> _Section:
    """A plane between two media of wave-vector matrices (..., 2, 2)."""
    g = inverse(1j * (below + above) - kappa)
    t = product(g, 2j * below)
    tp = product(g, 2j * above)
    return _Section(r=t - np.eye(2), t=t, rp=tp - np.eye(2), tp=tp)


def propagation(wavevector: Array, thickness: float) -> Array:
    """exp(i k d) of a wave-vector matrix (..., 2, 2) with two eigenvalues: mean, and half the difference."""
    mean = (wavevector[..., 0, 0] + wavevector[..., 1, 1]) / 2
    traceless = wavevector - mean[..., None, None] * np.eye(2)
    half = np.sqrt(-(traceless[..., 0, 0] * traceless[..., 1, 1] - traceless[..., 0, 1] * traceless[..., 1, 0]))
    first = np.exp(1j * (mean + half) * thickness)
    second = np.exp(1j * (mean - half) * thickness)
    small = np.abs(half * thickness) < 0.5  # no cancellation in the divided difference
    near = 1j * thickness * np.exp(1j * mean * thickness) * np.sinc(np.where(small, half * thickness, 0.0) / np.pi)
    slope = np.where(small, near, (first - second) / np.where(small, 1.0, 2 * half))
    return ((first + second) / 2)[..., None, None] * np.eye(2) + slope[..., None, None] * traceless


def composite(
    wavevectors: Array, layers: Sequence[tuple[Array, float]], *, planes: Sequence[Array] | None = None
) -> Amplitudes:
    """Exact amplitudes of thin layers between the half spaces, with a plane kappa at each of their n + 1 faces.

    `layers` are (k_z matrix (..., 2, 2), thickness) from below to above, `layer_wavevector` makes the matrix; the
    planes default to none. Layers of thickness zero set planes side by side.
    """
    eye = np.eye(2)
    media = [wavevectors[..., 0, :, None] * eye, *(k for k, _ in layers), wavevectors[..., 1, :, None] * eye]
    kappas = [np.zeros((2, 2))] * (len(media) - 1) if planes is None else planes
    section = _step(media[0], media[1], kappas[0])
    for i, (k, thickness) in enumerate(layers, start=1):
        through = propagation(k, thickness)
        nothing = np.zeros_like(through)
        section = _star(section, _Section(r=nothing, t=through, rp=nothing, tp=through))
        section = _star(section, _step(media[i], media[i + 1], kappas[i]))
    flux = np.sqrt(np.where(open_channels(wavevectors), wavevectors.real, 0.0))
    root = np.where(flux > 0, 1 / np.where(flux > 0, flux, 1.0), 0.0)

    def normal(entry: Array, out: int, into: int) -> Array:
        return flux[..., out, :, None] * entry * root[..., into, None, :]

    return Amplitudes(
        r=normal(section.r, 0, 0), t=normal(section.t, 1, 0), rp=normal(section.rp, 1, 1), tp=normal(section.tp, 0, 1)
    )
