"""Random modes, open and closed, and their exact amplitudes: what the tests of Kim17 share."""

import numpy as np
import pytest
from scipy.constants import e

from femsot.papers import kim17
from femsot.scattering.amplitudes import PAULI, green, normal_wavevector, plane_flux, product, vector_matrix, waves
from femsot.scattering.hamiltonian import frame

RNG = np.random.default_rng(17)
N = 400
EYE = np.eye(2)
#: bands of every pattern; k_perp^2 in units of k_F^2 of the metal, which is evanescent for some
K2 = RNG.uniform(0.05, 1.4, N)
BANDS = np.stack([np.ones((N, 2)), RNG.uniform(-0.4, 2.0, (N, 2))], axis=1)
K = normal_wavevector(BANDS - K2[:, None, None])
KAPPA = RNG.normal(size=(N, 2))
MODES = kim17.from_wavevectors(K2[:, None], K[:, None], kappa=KAPPA[:, None], weight=np.ones((N, 1)))
AXES = {"z": (0, 0, 1), "in the plane": (0.8, 0.6, 0), "any": (0.48, -0.64, 0.6), "below": (-0.3, 0.1, -0.9)}
M = pytest.mark.parametrize("m", [np.array(m) / np.linalg.norm(m) for m in AXES.values()], ids=list(AXES))
AZIMUTHS = np.arange(12) * np.pi / 6 + 0.1  # exact for all harmonics there are
EV = e


def dagger(a):
    return np.conj(np.swapaxes(a, -1, -2))


def rashba(m, angle):
    """sigma.(k x z) in the frame of m, of all modes; and k_par."""
    k = np.sqrt(K2)[:, None] * np.array([np.cos(angle), np.sin(angle), 0.0])
    w = np.cross(k, [0, 0, 1.0]) @ frame(m).T
    return vector_matrix(np.zeros(N), w), w, k


def kappa_matrix():
    return KAPPA[:, :, None] * EYE


def orders(change):
    """psi to zeroth, first and second order in h_R."""
    psi = [waves(K, kappa_matrix())]
    step = product(green(K, kappa_matrix()), change)[:, None]
    for _ in range(2):
        psi.append(product(step, psi[-1]))
    return psi


def slope(quadratic, psi):
    """Of a quadratic form of psi_0 + h psi_1, exactly."""
    return (quadratic(psi[0] + psi[1]) - quadratic(psi[0] - psi[1])) / 2


def curvature(quadratic, psi):
    """The h^2 term of a quadratic form of psi_0 + h psi_1 + h^2 psi_2, exactly."""
    middle = quadratic(psi[0])
    bend = (quadratic(psi[0] + psi[1]) + quadratic(psi[0] - psi[1])) / 2 - middle
    return bend + (quadratic(psi[0] + psi[2]) - quadratic(psi[0] - psi[2])) / 2


def components(matrix):
    """Traces with (1, sigma), (..., 4)."""
    return np.einsum("aij,...ji->...a", PAULI, matrix).real


def spin_current(psi, times):
    """tr sigma j(0-) of unit incoming fluxes times tau."""
    density = np.stack([times[0] * EYE, np.diag([times[2], times[1]])]) * np.ones((N, 1, 1, 1))
    return components(plane_flux(K, psi, density)[:, 0])[:, 1:]


def lattice_torque(psi, w, times):
    """tr sigma n x w at the plane: what spin-orbit coupling takes."""
    density = np.stack([times[0] * EYE, np.diag([times[2], times[1]])]) * np.ones((N, 1, 1, 1))
    return np.cross(components((psi @ density @ dagger(psi)).sum(axis=1))[:, 1:], w)
