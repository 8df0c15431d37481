"""Kim et al., PRB 96, 104438, Appendices A and C: in-plane current, spin memory loss, magnetoresistance."""

import misprints
import numpy as np
import pytest
from kim17_modes import (
    AXES,
    AZIMUTHS,
    EV,
    EYE,
    K2,
    MODES,
    K,
    M,
    N,
    components,
    curvature,
    kappa_matrix,
    orders,
    rashba,
    slope,
)
from numpy.testing import assert_allclose
from scipy.constants import e, h, hbar, m_e

from femsot.papers import kim17, kim17_response, kim17_systems
from femsot.scattering.amplitudes import PAULI, open_channels, plane_flux, scattering_matrix, vector_matrix, waves
from femsot.scattering.hamiltonian import frame

# Appendix A

BIASES = {
    "charge N": {"normal": 1.0},
    "charge F": {"ferromagnet": 1.0},
    "spin N": {"normal_spin": np.array([0.3, -0.5, 0.8])},
    "spin F": {"ferromagnet_spin": 1.0},
}
BIAS = pytest.mark.parametrize("name", list(BIASES))
ALONG = np.array([np.cos(0.7), np.sin(0.7), 0.0])
SIGNS = np.array([1, -1, -1, -1])


def potentials(name, m):
    """Electron potential matrices of both sides in the frame of m."""
    bias = kim17_response.Bias(**BIASES[name])
    spin = np.zeros(3) if bias.normal_spin is None else bias.normal_spin
    n = vector_matrix(np.array(bias.normal), -(frame(m) @ spin))
    f = vector_matrix(np.array(bias.ferromagnet), -bias.ferromagnet_spin * np.array([0, 0, 1.0]))
    return bias, np.stack([n, f]) * np.ones((N, 1, 1, 1))


def inplane_of(psi, density):
    """Electrons near the interface on both sides per k_par of theirs (Eqs. A8): outgoing waves over k_z, open ones."""
    passing = open_channels(K)
    rate = np.where(passing, 1 / np.where(passing, K.real, 1.0), 0.0)
    S = scattering_matrix(K, psi)
    out = np.einsum("nstij,ntjk,nstlk->nsil", S, density, np.conj(S))
    return np.sqrt(rate)[..., :, None] * out * np.sqrt(rate)[..., None, :]


def lab(value, m):
    """(tr, -tr sigma) of matrices in the frame of m, in the laboratory."""
    c = components(value) * SIGNS
    return np.concatenate([c[..., :1], c[..., 1:] @ frame(m)], axis=-1)


def inplane_slope(name, m):
    bias, density = potentials(name, m)
    passing = open_channels(K)[..., None] * open_channels(K)[..., None, :]
    total = 0
    for angle in AZIMUTHS:
        change, _, k = rashba(m, angle)
        part = slope(lambda value: inplane_of(value, density * passing), orders(change))
        total += part * (k @ ALONG)[:, None, None, None] / len(AZIMUTHS)
    return bias, -(e**2) / h * total


@M
@BIAS
def test_inplane_current_of_a_perpendicular_bias(m, name):
    """Eqs. A13, A14: the spin indices and conjugates of G_R (misprints A14, A15), any s, m, u, closed bands in F."""
    bias, exact = inplane_slope(name, m)
    expected = lab(exact[:, 0], m)
    got = kim17_response.inplane_current(MODES, bias, m=m, along=ALONG)
    assert_allclose(got, expected, atol=1e-12 * np.abs(expected).max(), rtol=1e-10)


@M
@BIAS
def test_inplane_discontinuity(m, name):
    """Eqs. A15, A16: as printed it fails where a spin is evanescent in F (misprints A16)."""
    bias, exact = inplane_slope(name, m)
    diagonal = (exact[:, 1] - exact[:, 0]) * EYE
    expected = lab(diagonal, m)
    got = kim17_response.inplane_discontinuity(MODES, bias, m=m, along=ALONG)
    scale = np.abs(lab(exact[:, 0] * EYE, m)).max()
    assert_allclose(got, expected, atol=1e-12 * scale, rtol=1e-10)


@pytest.mark.parametrize("name", ["perpendicular_current", "inplane_current", "inplane_discontinuity"])
def test_batches_are_single_ones(name):
    """An axis that broadcasts against spin: systems, magnetizations, directions and potentials at once."""
    rng = np.random.default_rng(5)
    m = np.array([np.array(v) / np.linalg.norm(v) for v in AXES.values()])
    u = np.array([[1.0, 0, 0], [0, 1, 0], ALONG, -ALONG])
    spins, U = rng.normal(size=(4, 3)), np.array([1.0, 1.5, 2.0, 3.0]) * EV
    function = getattr(kim17_response, name)

    def call(i):
        bias = kim17_response.Bias(normal=0.2, normal_spin=spins[i], ferromagnet=0.5, ferromagnet_spin=-0.3)
        along = {} if name == "perpendicular_current" else {"along": u[i]}
        return function(kim17_systems.bulk_magnetism(U[i], EV), bias, m=m[i], **along)

    together = call(slice(None))
    assert together.shape == (4, 4)
    assert_allclose(together, [call(i) for i in range(4)], atol=1e-12 * np.abs(together).max())


def test_no_inplane_current_in_equilibrium():
    """Im(G_Rr + G_Rt) = 0: unitarity, below Eq. A14; also with an evanescent minority."""
    r, t = kim17_response.rashba_reflection(MODES), kim17_response.rashba_transmission(MODES)
    for s in (0, 1):
        assert_allclose(np.imag(r[..., s, s, s] + t[..., s, s, s]), 0, atol=1e-12 * np.abs(r).max())


@M
@BIAS
def test_perpendicular_current_is_circuit_theory(m, name):
    """Eqs. A10: the sign of the imaginary part of the mixing conductance, r r for r r* (misprints A17)."""
    bias, density = potentials(name, m)
    passing = open_channels(K)[..., None] * open_channels(K)[..., None, :]
    flux = plane_flux(K, waves(K, kappa_matrix()), density * passing)
    expected = -(e**2) / h * lab(flux[:, 0], m)
    got = kim17_response.perpendicular_current(MODES, bias, m=m)
    assert_allclose(got, expected, atol=1e-12 * np.abs(expected).max(), rtol=1e-10)


def second_order_currents(side, s):
    """The h_R^2 term of I [side, spin] per mode of the potential of one spin on one side, m = z."""
    density = np.zeros((N, 2, 2, 2))
    density[:, side, s, s] = 1
    total = 0
    for angle in AZIMUTHS:
        change, _, _ = rashba(np.array([0, 0, 1.0]), angle)
        total += curvature(lambda value: outgoing(value, density), orders(change)) / len(AZIMUTHS)
    return -(e**2) / h * np.array([-1, 1])[:, None] * np.einsum("nsii->nsi", total).real


def outgoing(psi, density):
    S = scattering_matrix(K, psi)
    return np.einsum("nstij,ntjk,nstlk->nsil", S, density, np.conj(S))


@pytest.mark.parametrize("side", [0, 1], ids=["N", "F"])
@pytest.mark.parametrize("s", [0, 1], ids=["down", "up"])
def test_spin_memory_loss(side, s):
    """Eq. A18 as of misprints A13: the response to the sum of both potentials, the factor 2, the diagonal's indices."""
    expected = second_order_currents(side, s)
    got = kim17_response.spin_memory_loss(MODES)[..., side, s]
    assert_allclose(got, expected, atol=1e-12 * np.abs(expected).max(), rtol=1e-9)


def test_spin_memory_loss_as_printed():
    """Equal Fermi surfaces: printed G_flip answers mu^N = mu^F, and the difference drives no flip at all."""
    modes = kim17_systems.interface_magnetism(1e10, 0.5e10, exchange=0.2e10)
    loss = kim17_response.spin_memory_loss(modes)
    off = [loss[0, 1, side, 0] for side in (0, 1)]
    assert_allclose(off[0], off[1], rtol=1e-12)
    assert_allclose(misprints.spin_flip_conductance(modes), off[0] + off[1], rtol=1e-12)
    # charge is conserved: what enters at 0- leaves at 0+
    assert_allclose(loss.sum(axis=1)[0], loss.sum(axis=1)[1], atol=1e-12 * loss.max())
    # moment enters at 0- and does not come out at 0+: lost, for either spin of N
    moment = loss[:, 1] - loss[:, 0]
    assert np.all((moment[1] - moment[0])[0] * [-1, 1] > 0)


@M
def test_averages_over_azimuths(m):
    """Eqs. A17, A20: the sign of the terms of sigma (misprints A19)."""
    a = np.array([0.7 + 0.2j, -0.4 + 0.9j])
    A = a.mean() * EYE + (a[0] - a[1]) / 2 * np.tensordot(m, PAULI[1:], 1)
    plain = squared = 0
    for angle in AZIMUTHS:
        n = np.tensordot(np.cross([np.cos(angle), np.sin(angle), 0], [0, 0, 1.0]), PAULI[1:], 1)
        plain = plain + n @ A @ n / len(AZIMUTHS)
        squared = squared + np.cos(angle) ** 2 * n @ A @ n / len(AZIMUTHS)
    for got, expected in (
        (kim17_response.average_squared(a, m), plain),
        (kim17_response.average_squared_along_x(a, m), squared),
    ):
        scalar, vector = got
        assert_allclose(scalar * EYE + np.tensordot(vector, PAULI[1:], 1), expected, atol=1e-14)
    along = kim17_response.average_squared_along_x(a, m)[1] @ m - (a[1] - a[0]) / 4
    assert_allclose(along, (a[0] - a[1]) * (m[0] ** 2 + 3 * m[1] ** 2) / 8, atol=1e-14)


@M
def test_anisotropic_magnetoresistance(m):
    """Eqs. A19-A21: signs of A21c, the weight and 1/64 of A21d (misprints A20, A21), the drift; complex r."""
    density = np.zeros((N, 2, 2, 2)) + np.stack([EYE, 0 * EYE])
    density = density * open_channels(K)[..., None] * EYE
    zeroth = second = 0
    for angle in AZIMUTHS:
        change, _, k = rashba(m, angle)
        psi = orders(change)
        weight = k[:, 0] ** 2 / len(AZIMUTHS)
        arriving = np.where(MODES.passing[:, 0], 2 / np.where(MODES.passing[:, 0], K[:, 0, 0].real, 1.0), 0.0)
        zeroth += weight * (components(inplane_of(psi[0], density)[:, 0])[:, 0] + arriving)
        second += weight * curvature(lambda value: components(inplane_of(value, density)[:, 0])[:, 0], psi)
    unit = e**2 * hbar / (h * m_e)
    plain, isotropic, anisotropic = np.moveaxis(kim17_response.inplane_conductivity(MODES), -1, 0)
    assert_allclose(plain, unit * zeroth, rtol=1e-12)
    got = isotropic + anisotropic * (m[0] ** 2 + 3 * m[1] ** 2)
    assert_allclose(got, unit * second, atol=1e-12 * unit * np.abs(second).max(), rtol=1e-9)


def test_magnetoresistance_of_real_amplitudes():
    """Eq. A22, all channels open; and none next to an insulator."""
    open_ = np.all(open_channels(K), axis=(1, 2))
    k = K[open_].real
    modes = kim17.from_wavevectors(
        K2[open_, None], K[open_][:, None], kappa=np.zeros((1, 2)), weight=np.ones((k.shape[0], 1))
    )
    down, up = modes.r[:, 0, 0].real, modes.r[:, 0, 1].real
    bracket = kim17_response.real_anisotropy(up, down)
    expected = e**2 / (64 * np.pi * m_e) * K2[open_] ** 2 / k[:, 0, 0] ** 3 * bracket
    got = kim17_response.inplane_conductivity(modes)[:, 2]
    assert_allclose(got, expected, atol=1e-12 * expected.max(), rtol=1e-10)
    assert np.all(got >= 0)
    insulator = kim17_systems.ferromagnetic_insulator(EV, 3 * EV, EV)
    values = kim17_response.inplane_conductivity(insulator)
    assert_allclose(values[1:] / values[0], 0, atol=1e-14)


def test_bound_states():
    """Eqs. C2-C5: the missing 2 of C4 (misprints A22), and a threshold of (0.195 nm)^-1 at 1 eV."""
    threshold = np.sqrt(kim17.wavevector_squared(EV))
    assert_allclose(1 / threshold, 0.195e-9, rtol=2e-3)
    below, above = kim17_response.bound_state_decays(np.array([0.99, 1.01]) * threshold, EV)
    assert below.min() < 0 < above.min()
    assert_allclose(above.sum(), 1.01 * threshold)
    assert_allclose(above[1] ** 2 - above[0] ** 2, threshold**2)
