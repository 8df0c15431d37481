"""What electrons meet between layers and at the ends: amplitudes as maps of (c, x, y, z), walls, reservoirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from femsot.base.errors import Checks, Fault, InputError
from femsot.base.quantities import Array
from femsot.scattering.amplitudes import PAULI, Amplitudes, scattering_matrix, vector_matrix, waves
from femsot.scattering.hamiltonian import Hamiltonian

from .grid import Grid


@dataclass(frozen=True, eq=False)
class Joint:
    """An interface on a grid; side 0 below, 1 above; components (c, x, y, z)."""

    scatter: Array  #: (polar, azimuths, 2, 4, 2, 4) [side out, component, side in, component], charge conserved
    torque: Array  #: (polar, azimuths, 3, 2, 4), on the magnetization, of what comes in
    lattice: Array  #: (polar, azimuths, 3, 2, 4), on the lattice: together the spin current lost


#: an interface, None: transparent. A function of (khat_x, khat_y) (...,) gives amplitudes, spins along x, y, z
Interface = Hamiltonian | Callable[[Array, Array], Amplitudes] | None


@dataclass(frozen=True, eq=False, kw_only=True)
class End:
    """An outer surface, by component (c, x, y, z): g_in = specular g_out + diffuse <2 mu g_out> + incoming."""

    specular: Any = field(default_factory=lambda: np.ones(4))
    diffuse: Any = field(default_factory=lambda: np.zeros(4))
    incoming: Any = field(default_factory=lambda: np.zeros(4))  #: [V]

    def __post_init__(self) -> None:
        checks = Checks("boltzmann.end")
        checks.nonnegative(specular=self.specular, diffuse=self.diffuse)
        checks.finite(incoming=self.incoming)
        checks.done()
        if np.any(np.add(self.specular, self.diffuse) > 1 + 1e-12):
            checks.fail("specular", f"beside diffuse {self.diffuse}", "a sum of at most 1", value=str(self.specular))
        checks.done()


def wall(specularity: float = 1.0) -> End:
    """A surface that nothing crosses: `specularity` of the electrons are mirrored, the others leave at random."""
    return End(specular=np.full(4, specularity), diffuse=np.full(4, 1.0 - specularity))


def reservoir(voltage: float = 0.0) -> End:
    """Equilibrium at a voltage: whatever leaves is gone, what comes in has no spin."""
    return End(specular=np.zeros(4), incoming=np.array([voltage, 0.0, 0.0, 0.0]))


def joint(interface: Interface, grid: Grid) -> Joint:
    """The maps of an interface at every node."""
    if interface is None:
        none = np.zeros((grid.polar, grid.azimuths, 3, 2, 4))
        through = np.eye(2)[::-1, None, :, None] * np.eye(4)[:, None, :]
        return Joint(np.broadcast_to(through, (grid.polar, grid.azimuths, 2, 4, 2, 4)), none, none)
    kx, ky = grid.plane
    if isinstance(interface, Hamiltonian):
        return _of_hamiltonian(interface, kx, ky)
    return _of_amplitudes(interface(kx, ky))


def _of_hamiltonian(ham: Hamiltonian, kx: Array, ky: Array) -> Joint:
    """Torques from the spin at the plane: s x u_m on m, s x (spin-orbit field) on the lattice."""
    if np.max(np.abs(ham.fermi - 1)) > 1e-12:
        raise InputError(
            Fault(
                "interface",
                f"Fermi surfaces of k_F^2 = {np.round(ham.fermi, 6).tolist()} (below, above; minority first)",
                "all equal",
                "leave out potential_step and exchange_splitting",
            )
        )
    k = ham.wavevectors(kx, ky)
    scalar, orbit = ham.plane(kx, ky)
    exchange = ham.exchange_kappa * np.array([0.0, 0.0, 1.0])
    psi = waves(k, vector_matrix(scalar, orbit + exchange))
    turn = np.eye(4)
    turn[1:, 1:] = ham.axes
    spin = np.moveaxis(_traces(psi[..., None, :, :, :])[..., 0, 1:, :, :], -3, -1) / 2
    torque = np.cross(spin, exchange)
    lattice = np.cross(spin, orbit[..., None, None, :])
    return Joint(
        _turned(_traces(scattering_matrix(k, psi)) / 2, turn, turn),
        np.einsum("ax,...tba,by->...xty", ham.axes, torque, turn),
        np.einsum("ax,...tba,by->...xty", ham.axes, lattice, turn),
    )


def _of_amplitudes(amplitudes: Amplitudes) -> Joint:
    """Of amplitudes alone nothing tells who takes the lost spin: all is booked as the lattice's."""
    scatter = _traces(amplitudes.matrix) / 2
    leak = np.max(np.abs(scatter[..., 0, :, :].sum(axis=-3) - np.array([1.0, 0.0, 0.0, 0.0])))
    if not leak < 1e-9:
        raise InputError(
            Fault(
                "interface",
                f"charge is not conserved, by {leak:.2g} of what comes in",
                "unitary amplitudes of open channels, flux-normalised",
            )
        )
    lost = np.broadcast_to(np.eye(4)[1:, None, :], (*scatter.shape[:-4], 3, 2, 4)) - scatter[..., 1:, :, :].sum(axis=-4)
    return Joint(scatter, np.zeros_like(lost), lost)


def _traces(s: Array) -> Array:
    """tr[sigma_a S sigma_b S^+] (..., out, a, in, b) of S (..., out, in, 2, 2)."""
    right = np.einsum("...stij,bjk->...stbik", s, PAULI)
    right = np.einsum("...stbik,...stlk->...stbil", right, np.conj(s))
    return np.einsum("...stbil,ali->...satb", right, PAULI).real


def _turned(tensor: Array, out: Array, into: Array) -> Array:
    return np.einsum("ax,...satb,by->...sxty", out, tensor, into)
