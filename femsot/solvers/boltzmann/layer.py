"""One homogeneous layer in Boltzmann's equation: what its collisions do to electrons that enter it.

    +-mu dg/dz = -A (g - h) + M <g>,      g = (g_c, g_x, g_y, g_z) [V], mu = |cos theta|, upper sign: upward

g acts as phi + mu_s.sigma (of the moment): <g> over the sphere are the potentials, <cos theta g> times
e^2 kF^2/(pi^2 hbar) the currents. With the rates per length of electrons that move along (up, g_c - g_m) and against
(down, g_c + g_m) m, r = 1/lambda and the channel-flip rate w = 1/(v_F tau_sf),

    A = diag(r_up, r_down),  M = A - w [[1, -1], [-1, 1]];    g_+ :  A = r_t - i Omega,  M = p_t,
    r_t = (r_up + r_down)/2,  p_t = [(r_up - w)(r_down - w)]^1/2 - w        (Born: the same scatterers)

so that charge is conserved, the moment along m decays by spin flip alone, and the moment across m is taken by the
lattice at the rate 2 w and by the magnetization at the rate r_t - p_t - 2 w, besides precession. h = shift.khat is the
distribution of the layer by itself in a field. M feels the mean over the azimuth only: all else is ballistic.

The mean over the azimuth, with even and odd parts in cos theta, e and o, is the slab of diffusion theory with as many
components as nodes: w mu o = - C e', (w mu o)' = - R e, C = w mu^2/A, R = w (A - M W). C and R are symmetric, so
that the modes e ~ exp(+-q z) are real along m, and q = 0 of charge, kept exact, needs no special case.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from femsot.base.errors import Checks
from femsot.base.quantities import Array
from femsot.scattering.hamiltonian import frame

from .grid import Grid

#: g_up, g_down of (g_c, g_m)
CHANNELS = np.array([[1.0, -1.0], [1.0, 1.0]])


@dataclass(frozen=True, eq=False, kw_only=True)
class Layer:
    """Lengths and inverse lengths of one layer, in any unit they share."""

    thickness: float
    mean_free_path: float  #: lambda, the mean of both channels': sigma = e^2 kF^2 lambda/(3 pi^2 hbar)
    polarization: float = 0.0  #: P, lambda_up,down = (1 +- P) lambda
    spin_flip: float = 0.0  #: w = 1/(v_F tau_sf), rate of channel flips
    precession: float = 0.0  #: Omega = omega/v_F: dg_s/dt = + omega m x g_s
    magnetization: Array = field(default_factory=lambda: np.array([0.0, 0.0, 1.0]))  #: m (3,)
    shift: Array = field(default_factory=lambda: np.zeros((4, 3)))  #: h = shift.khat, (c, x, y, z) by axis of khat [V]
    name: str = "layer"

    def __post_init__(self) -> None:
        checks = Checks(f"boltzmann.{self.name}")
        checks.positive(thickness=self.thickness, mean_free_path=self.mean_free_path)
        checks.fraction(polarization=self.polarization)
        checks.nonnegative(spin_flip=self.spin_flip)
        checks.finite_complex(precession=self.precession)
        checks.finite(shift=self.shift)
        checks.unit_vector("magnetization", self.magnetization)
        checks.done()
        if self.spin_flip > self.rates.min():
            checks.fail(
                "spin_flip",
                allowed=f"at most 1/lambda = {self.rates.min():g} of each channel",
                value=f"{self.spin_flip:g}",
            )
        checks.done()

    @cached_property
    def axes(self) -> Array:
        """Rows (e1, e2, m)."""
        return frame(self.magnetization)

    @property
    def rates(self) -> Array:
        """(r_up, r_down)."""
        return 1 / (self.mean_free_path * (1 + self.polarization * np.array([1.0, -1.0])))

    @property
    def scattered_in(self) -> Array:
        """M among (up, down)."""
        return np.diag(self.rates) - self.spin_flip * np.array([[1.0, -1.0], [-1.0, 1.0]])

    @property
    def transverse(self) -> tuple[complex, float]:
        """A and M of g_+ = g_1 + i g_2."""
        into = np.sqrt(np.prod(self.rates - self.spin_flip)) - self.spin_flip
        return complex(self.rates.mean(), -self.precession), float(into)

    def turned(self, frame_tensor: Array) -> Array:
        """(..., 4, 4) in (c, e1, e2, m) as in (c, x, y, z)."""
        turn = np.eye(4)
        turn[1:, 1:] = self.axes
        return np.asarray(turn.T @ frame_tensor @ turn)

    def ballistic(self, grid: Grid) -> Array:
        """exp(-A d/mu) (polar, 4, 4): what crosses the layer without a collision."""
        path = self.thickness / grid.mu
        return self.turned(assemble(np.exp(-self.rates * path[:, None]), np.exp(-self.transverse[0] * path)))

    def uptake(self, spin: Array) -> tuple[Array, Array]:
        """What magnetization and lattice take of int <g_s> dz (3,): (3,), (3,), as currents over K."""
        rate, into = self.transverse
        plus = (rate - into - 2 * self.spin_flip) * ((self.axes[0] + 1j * self.axes[1]) @ spin)
        return plus.real * self.axes[0] + plus.imag * self.axes[1], 2 * self.spin_flip * spin

    @cached_property
    def _modes(self) -> dict[Grid, tuple[Modes, Modes]]:
        return {}

    def modes(self, grid: Grid) -> tuple[Modes, Modes]:
        """Of (up, down) and of g_+."""
        if grid not in self._modes:
            self._modes[grid] = collinear(self, grid), transverse(self, grid)
        return self._modes[grid]


def assemble(channels: Array, plus: Array) -> Array:
    """(..., 4, 4) in (c, e1, e2, m) of what multiplies (up, down) (..., 2) and g_+ (...)."""
    out = np.zeros((*plus.shape, 4, 4))
    pair = np.swapaxes(CHANNELS, 0, 1) / 2 @ (channels[..., :, None] * CHANNELS)
    out[..., 0, 0], out[..., 0, 3], out[..., 3, 0], out[..., 3, 3] = (pair[..., i, j] for i in (0, 1) for j in (0, 1))
    out[..., 1, 1] = out[..., 2, 2] = plus.real
    out[..., 2, 1] = plus.imag
    out[..., 1, 2] = -plus.imag
    return out


@dataclass(frozen=True, eq=False)
class Modes:
    """e = V a, w mu o = - C e' = - C V a' with V^T C V = 1 and a'' = q^2 a; n = channels times nodes."""

    V: Array  #: (n, n)
    CV: Array  #: (n, n)
    q: Array  #: (n,), Re q >= 0
    d: float
    measure: Array  #: w mu (n,)

    @cached_property
    def scatter(self) -> tuple[Array, Array]:
        """Reflection and transmission (n, n) of what enters at one face, scattering included."""
        half = self.q * self.d / 2
        unit = np.eye(len(self.q))
        tanh = np.tanh(half)
        coth = np.where(half == 0, 1.0, half) / np.where(half == 0, 1.0, tanh) * (2 / self.d)
        even, odd = ((self.CV * f) @ self.CV.T / self.measure[:, None] for f in (self.q * tanh, coth))
        plus = unit - 2 * np.linalg.solve(unit + even, even)
        minus = 2 * np.linalg.inv(unit + odd) - unit
        return (plus + minus) / 2, (plus - minus) / 2

    def integral(self, ends: Array) -> Array:
        """int e dz (n,) of e (2, n) at both faces."""
        half = self.q * self.d / 2
        small = np.abs(half) < 1e-4
        ratio = np.where(small, 1 - half**2 / 3, np.tanh(half) / np.where(small, 1.0, half))
        return np.asarray(self.V @ (ratio * self.d / 2 * (self.CV.T @ ends.sum(0))))

    def at(self, ends: Array, z: Array) -> tuple[Array, Array]:
        """e and w mu o (points, n) at heights z."""
        a = ends @ self.CV
        value = np.zeros((len(z), len(self.q)), a.dtype)
        slope = np.zeros((len(z), len(self.q)), a.dtype)
        linear = np.abs(self.q) * self.d < 1e-6
        q = np.where(linear, 1.0, self.q)
        for end, distance, sign in ((0, self.d - z, -1.0), (1, z, 1.0)):
            y = distance[:, None]
            scale = np.exp(-q * (self.d - y)) / -np.expm1(-2 * q * self.d)
            sinh = -np.expm1(-2 * q * y) * scale
            cosh = (1 + np.exp(-2 * q * y)) * scale
            value = value + np.where(linear, y / self.d, sinh) * a[end]
            slope = slope + sign * np.where(linear, 1 / self.d, q * cosh) * a[end]
        return value @ self.V.T, -slope @ self.CV.T


def collinear(layer: Layer, grid: Grid) -> Modes:
    """Modes of (up, down), node by node: real, one of q = 0 for charge and one more where no spin flips."""
    w = np.tile(grid.weights, 2)
    mu = np.tile(grid.mu, 2)
    rates = np.repeat(layer.rates, grid.polar)
    root = np.sqrt(w / rates) * mu  # C^1/2
    if layer.polarization == 0:  # charge and spin apart: else their modes are nearly degenerate
        rate = layer.rates[0]
        charge, spin = (_single(rate, into, grid) for into in (rate, rate - 2 * layer.spin_flip))
        square = np.concatenate([charge[0], spin[0]])
        U = np.block([[charge[1], -spin[1]], [charge[1], spin[1]]]) / np.sqrt(2)
    else:
        gather = np.kron(layer.scattered_in, np.outer(grid.weights, grid.weights))
        matrix = (np.diag(w * rates) - gather) / root[:, None] / root
        split = np.sign(np.arange(len(root)) - grid.polar + 0.5)
        eigenvectors = [root] if layer.spin_flip else [root, root * rates * split]
        square, U = _refined(matrix, np.linalg.eigh(matrix)[1], np.array(eigenvectors).T)
    return Modes(U / root[:, None], U * root[:, None], np.sqrt(np.maximum(square, 0.0)), layer.thickness, w * mu)


def transverse(layer: Layer, grid: Grid) -> Modes:
    """Modes of g_+: complex symmetric where spins precess."""
    rate, into = layer.transverse
    w = grid.weights
    mu = grid.mu
    square, U = _single(rate.real if layer.precession == 0 else rate, into, grid)
    root = np.sqrt(w / rate) * mu
    return Modes(U / root[:, None], U * root[:, None], np.sqrt(square + 0j), layer.thickness, w * mu)


def _single(rate: complex, into: float, grid: Grid) -> tuple[Array, Array]:
    """q^2 and U of one component: A = rate, M = into."""
    w = grid.weights
    mu = grid.mu
    matrix = (rate * np.eye(len(w)) - into * np.outer(np.sqrt(w), np.sqrt(w))) * (rate / mu[:, None] / mu)
    U = np.linalg.eig(matrix)[1] if np.iscomplexobj(matrix) else np.linalg.eigh(matrix)[1]
    return _refined(matrix, U, (np.sqrt(w) * mu)[:, None] if rate == into else np.zeros((len(w), 0)))


def _refined(matrix: Array, U: Array, null: Array) -> tuple[Array, Array]:
    """Eigenvalues and U with U^T U = 1 of a graded symmetric matrix whose orthogonal `null` vectors are known.

    An eigensolver errs by 1e-16 of the largest eigenvalue, 1/mu^2 of grazing electrons; two steps of Ogita and Aishima
    (Japan J. Indust. Appl. Math. 35, 1007, 2018) give the modes that carry current 1e-16 of their own.
    """
    count = null.shape[1]
    for _ in range(2):
        U = U / np.sqrt((U * U).sum(0))
        if count:
            exact = null / np.sqrt((null * null).sum(0))
            U = np.concatenate([exact, U[:, count:] - exact @ (exact.T @ U[:, count:])], axis=1)
        short = np.eye(len(U)) - U.T @ U
        energy = U.T @ (matrix @ U)
        square = np.diagonal(energy) / (1 - np.diagonal(short))
        gap = square - square[:, None]
        far = np.abs(gap) > 1e-10 * np.maximum(np.abs(square), np.abs(square)[:, None])
        turn = np.where(far, (energy + square * short) / np.where(far, gap, 1.0), short / 2)
        turn[:, :count] = 0.0
        U = U + U @ turn
    return np.concatenate([np.zeros(count), square[count:]]), U / np.sqrt((U * U).sum(0))
