"""Tensors against a second route: the matching problem in the laboratory frame, solved k by k and summed on a fixed mesh."""

import json
from functools import cache

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.constants import e, h, hbar, m_e

from femsot.checks import InputError
from femsot.interfaces import InterfaceLaw, Mixing
from femsot.scattering import Amplitudes, Hamiltonian, from_amplitudes, load, tensors

KF = 16e9
SHARVIN = e**2 / h * KF**2 / (4 * np.pi)  # per spin
FIELD = SHARVIN * hbar * KF / m_e * 1e-15  # of a source at 1 fs
SIGMA = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
EV = 2 * m_e * e / (hbar * KF) ** 2  # 1 eV in units of kF^2
TILTED = (0.5, -0.3, 0.8)
CASE = {
    "fermi_wavevector": KF,
    "barrier": 0.4,
    "exchange": 0.3,
    "rashba": 0.5,
    "relaxation_time": (1e-15, 0.6e-15),
    "polarization": 0.4,
}
UNEQUAL = {"potential_step": 1.2, "exchange_splitting": 3.0, "dresselhaus": 0.2}


@cache
def case(m=TILTED, **changes):
    return tensors(Hamiltonian(magnetization=m, **(CASE | changes)))


def herm(a):
    return (a + np.conj(np.swapaxes(a, -1, -2))) / 2


def mesh(cuts, n):
    """Nodes and weights of d^2k/pi, exact for smooth functions of k_z of every channel."""
    x, wx = np.polynomial.legendre.leggauss(n)
    x, wx = (x + 1) * np.pi / 4, wx * np.pi / 4
    angle = 2 * np.pi * (np.arange(2 * n) + 0.3) / (2 * n)
    kx, ky, w = [], [], []
    for a, b in zip(cuts[:-1], cuts[1:], strict=True):
        q = np.sqrt((a * np.cos(x)) ** 2 + (b * np.sin(x)) ** 2)
        kx.append(np.outer(q, np.cos(angle)).ravel())
        ky.append(np.outer(q, np.sin(angle)).ravel())
        w.append(np.outer(2 * (b * b - a * a) * np.sin(x) * np.cos(x) * wx, np.full(2 * n, 1 / (2 * n))).ravel())
    return np.concatenate(kx), np.concatenate(ky), np.concatenate(w)


def laboratory(h, n=40):
    """G, S, lattice maps by solving continuity and the slope's jump for four unknowns, spins along x, y, z."""
    m = np.asarray(h.magnetization, dtype=float) / np.linalg.norm(h.magnetization)
    s_m = np.einsum("a,aij->ij", m, SIGMA[1:])
    spin = [(np.eye(2) + s_m) / 2, (np.eye(2) - s_m) / 2]  # minority, majority
    split = np.array([h.ferromagnet in ("below", "both"), h.ferromagnet in ("above", "both")]) * h.exchange_splitting
    fermi = np.array([[1 - EV * (s * h.potential_step + p * split[s] / 2) for p in (1, -1)] for s in (0, 1)])
    kx, ky, w = mesh(np.unique(np.concatenate([[0], np.sqrt(np.maximum(fermi, 0)).ravel()])), n)
    field = 2 * np.stack([h.rashba * ky + h.dresselhaus * kx, -h.rashba * kx - h.dresselhaus * ky, 0 * kx])
    kappa = 2 * h.barrier * np.eye(2) + 2 * h.exchange * s_m + np.einsum("an,aij->nij", field, SIGMA[1:])
    kz = np.sqrt(fermi[:, :, None] - kx**2 - ky**2 + 0j)
    K = [sum(kz[s, p][:, None, None] * spin[p] for p in (0, 1)) for s in (0, 1)]
    P = [sum((kz[s, p].real > 0)[:, None, None] * spin[p] for p in (0, 1)) for s in (0, 1)]
    inv = [sum(np.where(kz[s, p].real > 0, 1 / kz[s, p], 0)[:, None, None] * spin[p] for p in (0, 1)) for s in (0, 1)]
    one = np.broadcast_to(np.eye(2), K[0].shape)
    left = np.block([[one, -one], [1j * K[0] - kappa, 1j * K[1]]])  # b (below), d (above)
    waves = [np.concatenate([-one, 1j * K[0] + kappa], axis=1), np.concatenate([one, 1j * K[1]], axis=1)]
    waves = [np.linalg.solve(left, x) for x in waves]
    tau = [sum(h.times[s, p] / 1e-15 * spin[p] for p in (0, 1)) for s in (0, 1)]
    out = {"G": np.zeros((2, 4, 2, 4)), "S": np.zeros((2, 4, 2)), "L": np.zeros((3, 2, 4)), "LE": np.zeros((3, 2))}
    out["gap"] = 0.0
    for t in (0, 1):
        b, d = waves[t][:, :2], waves[t][:, 2:]
        psi = d if t == 0 else b
        drives = [(SIGMA[c], ("G", "L"), c) for c in range(4)] + [(tau[t], ("S", "LE"), i) for i in (0, 1)]
        for mu, names, c in drives:
            cc = P[t] @ (mu @ inv[t] + inv[t] @ mu) @ P[t] / 2
            cc = cc * 1 if names[0] == "G" else cc * (kx, ky)[c][:, None, None]
            flux = [-herm(K[s] @ P[s] @ a @ cc @ np.conj(np.swapaxes(P[s] @ a, 1, 2))) for s, a in ((0, b), (1, d))]
            flux[t] = flux[t] + herm(K[t] @ cc)
            for s in (0, 1):
                value = (1 - 2 * s) * np.einsum("n,aij,nji->a", w, SIGMA, flux[s]).real
                if names[0] == "G":
                    out["G"][s, :, t, c] = value
                else:
                    out["S"][s, :, c] += value
            density = np.einsum("aij,nji->na", SIGMA[1:], psi @ cc @ np.conj(np.swapaxes(psi, 1, 2))).real
            torque = w @ np.cross(density, field.T)
            if names[0] == "G":
                out["L"][:, t, c] = torque
            else:
                out["LE"][:, c] += torque
    return out


@pytest.mark.parametrize(
    "changes",
    [
        {"barrier": 1.6},
        {"barrier": 1.6, "dresselhaus": 0.3, "ferromagnet": "below", "m": (1, 0.2, 0)},
        UNEQUAL,
        UNEQUAL | {"ferromagnet": "below"},
        {"potential_step": 6.0, "exchange_splitting": 10.0, "m": (0, 0, 1)},
        {"potential_step": 1.0, "exchange_splitting": 2.0, "ferromagnet": "both", "m": (0, 1, 0)},
    ],
    ids=str,
)
def test_bare_tensors_match_the_laboratory(changes):
    """A frame turned the wrong way, a lost evanescent channel, a side exchanged, a wrong unit or sign of any tensor."""
    changes = {"correction": "bare", "tolerance": 1e-9} | changes
    h = Hamiltonian(magnetization=changes.pop("m", TILTED), **(CASE | changes))
    T, R = tensors(h), laboratory(h, 48)
    assert T.converged
    assert_allclose(T.conductance / SHARVIN, R["G"], atol=3e-8)
    assert_allclose(T.source / FIELD, R["S"], atol=3e-8)
    assert_allclose(T.lattice_mu / SHARVIN, R["L"], atol=3e-8)
    assert_allclose(T.lattice_field / FIELD, R["LE"], atol=3e-8)
    assert np.abs(T.source).max() > 1e-3 * FIELD
