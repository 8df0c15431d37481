"""Kim17's formulas against the exact amplitudes: mode by mode, any m, evanescent channels on both sides.

The first and second order of the spinors in h_R are known (g change psi), and every current is a quadratic form of the
spinor: its slope is half the difference of two values, exactly, without a step.
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.constants import e, h, hbar, m_e

from femsot.checks import InputError
from femsot.scattering import Hamiltonian, kim17, kim17_response, kim17_systems, tensors
from femsot.scattering.amplitudes import (
    PAULI,
    composite,
    green,
    layer_wavevector,
    normal_wavevector,
    open_channels,
    plane,
    plane_flux,
    product,
    scattering_matrix,
    vector_matrix,
    waves,
)
from femsot.scattering.hamiltonian import frame
from femsot.scattering.integrals import integrate

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


@M
@pytest.mark.parametrize("times", np.eye(3), ids=["normal", "majority", "minority"])
def test_torque_of_every_mode_is_the_exact_slope(m, times):
    """Eq. 16: a sign of the drift, a conjugate, t for t', the evanescent waves of N forgotten or with k_z for |k_z|."""
    expected = 0
    for angle in AZIMUTHS:
        change, w, k = rashba(m, angle)
        psi = orders(change)
        taken = slope(lambda value: spin_current(value, times), psi) - lattice_torque(psi[0], w, times)
        expected += taken * k[:, :1] / len(AZIMUTHS)
    expected = -e * hbar / (h * m_e) * hbar / 2 * expected @ frame(m)  # charge -e: shifted against the field
    expected -= (expected @ m)[:, None] * m
    got = kim17.torque_vector(kim17.torque(MODES, times, rashba=1.0, field=1.0), m)
    scale = np.abs(expected).max()
    assert_allclose(got, expected, atol=1e-10 * scale / 100, rtol=1e-10)
    assert (~MODES.passing & (np.abs(MODES.tp).max(axis=-1) > 0)).any()


def test_torque_is_the_finite_difference_of_the_exact_amplitudes():
    """A perturbation wrong in the reference too: here only amplitudes at finite h_R enter, by Richardson."""
    m, times = np.array([0.48, -0.64, 0.6]), np.array([1.0, 0.7, 0.4])

    def exact(strength):
        total = 0
        for angle in AZIMUTHS:
            change, w, k = rashba(m, angle)
            psi = waves(K, kappa_matrix() + strength * change)
            taken = spin_current(psi, times) - lattice_torque(psi, strength * w, times)
            total += taken * k[:, :1] / len(AZIMUTHS)
        return total

    def central(step):
        return (exact(step) - exact(-step)) / (2 * step)

    expected = (64 * central(1e-3) - 20 * central(2e-3) + central(4e-3)) / 45
    expected = -e / m_e * hbar / (4 * np.pi) * expected @ frame(m)
    expected -= (expected @ m)[:, None] * m
    got = kim17.torque_vector(kim17.torque(MODES, times, rashba=1.0, field=1.0), m)
    smooth = np.abs(green(K, kappa_matrix())).max(axis=(1, 2)) < 3  # resonances need smaller steps
    assert_allclose(got[smooth], expected[smooth], atol=1e-8 * np.abs(expected).max())
    assert smooth.mean() > 0.8


def test_torque_is_that_of_the_tensors():
    """Another module, another quadrature, finite h_R, SI, moments: a factor of the units or the drift's sign."""
    m, times, energy, exchange = np.array([0.48, -0.64, 0.6]), [2e-14, (3e-14, 1e-14)], 5.0, 1.5
    kF = np.sqrt(kim17.wavevector_squared(energy * EV))

    def response(strength):
        ham = Hamiltonian(
            magnetization=m, fermi_energy=energy, exchange_splitting=2 * exchange, rashba=strength / 2,
            barrier=0.2, exchange=0.1, relaxation_time=times, correction="bare", tolerance=1e-8,
        )  # fmt: skip
        t = tensors(ham)
        return (t.source[0, 1:] - t.lattice_field)[:, 0]

    low, high = ((response(x) - response(-x)) / (2 * x) for x in (0.04, 0.08))
    moment = (4 * low - high) / 3
    squares = kim17.wavevector_squared(np.array([[energy, energy], [energy - exchange, energy + exchange]]) * EV)
    modes = kim17.modes(squares, 2 * kF * np.array([0.3, 0.1]))
    got = kim17.torque(modes, np.array([times[0], *times[1]]), rashba=1.0, field=1.0)
    got = kim17.torque_vector(got, m)
    expected = -hbar / (2 * e) * (moment - (moment @ m) * m)
    assert_allclose(got, expected, atol=1e-5 * np.abs(expected).max())


def test_quadrature_is_that_of_the_adaptive_one():
    """A weight of the graded rule, or a threshold missed: bands of all kinds, one closed in F beyond 0.3 k_F^2."""
    bands, kappa = np.array([[1.0, 1.0], [0.3, 1.6]]), np.array([0.5, 0.05])

    def integrand(kx, ky):
        k2 = kx**2 + ky**2
        k = normal_wavevector(bands - k2[:, None, None])
        one = kim17.from_wavevectors(k2[:, None], k[:, None], kappa=kappa, weight=np.ones((len(k2), 1)))
        c = kim17.torque_coefficients(one)
        return np.concatenate([c.real, c.imag], axis=-1).T / (4 * np.pi**2) / unit

    unit = hbar * e / (8 * np.pi * m_e)
    value = integrate(integrand, [1.0, np.sqrt(0.3), np.sqrt(1.6)], groups=np.zeros(6, dtype=int), tolerance=1e-9)
    got = kim17.torque_coefficients(kim17.modes(bands, kappa)) / unit
    assert value.converged
    assert_allclose(np.concatenate([got.real, got.imag]), value.value, atol=1e-9 * np.abs(got).max())


@pytest.mark.parametrize("barrier", [0.3, 1e-2, 1e-4])
def test_weak_barriers_are_resolved(barrier):
    """Lorentzians of width u_0 at grazing incidence: a uniform rule needs 1/u_0 points (Kim17 Fig. 6's black lines)."""
    bands = np.ones((2, 2))
    got, fine = (
        kim17.torque_coefficients(kim17.modes(bands, barrier * np.array([1.5, 0.5]), nodes=n)) for n in (201, 801)
    )
    assert_allclose(got, fine, rtol=1e-10)


# the four systems

ENERGY = np.array([0.3, 0.9, 1.0, 1.7, 2.5, 8.0]) * EV


def test_bulk_magnetism():
    """Eqs. 19-21: k_z^- for k_z (misprints A3, A4), a range of the sum, at E_F below, at and above J."""
    expected = kim17.torque_coefficients(kim17_systems.bulk_magnetism(ENERGY, EV))
    got = kim17_systems.bulk_torque(ENERGY, EV)
    assert_allclose(got, expected, atol=1e-11 * np.abs(expected).max())
    assert_allclose(kim17_systems.bulk_torque(2.5 * EV, EV), got[4], rtol=1e-12)
    assert np.all(got.imag[:, 0] * got.real[:, 0] > 0)  # field-like and damping-like of one sign, Fig. 4
    assert np.all(got.imag[:, 0] * got.imag[:, 1] < 0)
    assert_allclose(got.imag[:, 2], 0, atol=1e-12 * np.abs(got).max())


def test_evanescent_part_of_the_bulk_torque():
    """Eq. 21: the printed 15 pi for 30 pi^2 (misprints A5)."""
    modes = kim17_systems.bulk_magnetism(ENERGY, EV)
    beyond = kim17.Modes(
        weight=np.where(modes.passing, 0.0, modes.weight),
        k_perp2=modes.k_perp2,
        wavevectors=modes.wavevectors,
        r=modes.r,
        tp=modes.tp,
    )
    expected = kim17.torque_coefficients(beyond)
    assert_allclose(kim17_systems.bulk_torque_evanescent(ENERGY, EV), expected[:, 1], rtol=1e-11)
    printed = kim17_systems.bulk_torque_evanescent_printed(ENERGY, EV)
    assert_allclose(printed, 2 * np.pi * expected[:, 1], rtol=1e-11)


def test_interface_magnetism():
    """Eq. 24: tau_s for tau_e (misprints A6), u_0 and u_m exchanged."""
    u0, um = np.array([[0.3], [-1.0], [4.0]]) * 1e10, np.array([0.1, -0.7, 2.0, 0.0]) * 1e10
    expected = kim17.torque_coefficients(kim17_systems.interface_magnetism(1.2e10, u0, exchange=um))
    got = kim17_systems.interface_torque(1.2e10, u0, exchange=um)
    assert_allclose(got, expected, atol=1e-11 * np.abs(expected).max())
    assert expected.shape == (3, 4, 3)
    # as printed: field-like parts of the charge currents add, damping-like ones cancel
    assert_allclose(got.real[..., 0], got.real[..., 1] + got.real[..., 2], atol=1e-11 * np.abs(got).max())
    assert_allclose(got.imag[..., 0], -got.imag[..., 1] - got.imag[..., 2], atol=1e-11 * np.abs(got).max())


def test_ferromagnetic_insulator():
    """Eqs. 27, 28: the printed 8 for 2, and the amplitudes of Eq. 26 (misprints A7, A8)."""
    energy, U, J = np.array([0.2, 1.0, 1.9]) * EV, 3 * EV, np.array([[0.3], [1.0]]) * EV
    expected = kim17.torque_coefficients(kim17_systems.ferromagnetic_insulator(energy, U, J))
    got = kim17_systems.insulator_torque(energy, U, exchange=J)
    assert_allclose(got, expected[..., 0], rtol=1e-11)
    assert_allclose(expected[..., 1:], 0)
    assert_allclose(kim17_systems.insulator_torque_printed(energy, U, exchange=J), 4 * expected[..., 0], rtol=1e-11)


def test_largest_torque_of_the_insulator():
    """Eqs. 29, 30: U^3/2 in the denominator (misprints A9), the maximum's place."""
    U, alpha = 3 * EV, np.linspace(0, 1, 100_001)
    shape = kim17_systems.insulator_torque_scaled(U, alpha, beta=1.0)
    assert_allclose(alpha[np.argmax(shape)], 1 / 3, atol=1e-5)
    assert_allclose(shape.max(), kim17_systems.insulator_torque_bound(U), rtol=1e-9)
    some = alpha[1:-1:999]
    direct = kim17_systems.insulator_torque(0.4 * (1 - some) * U, U, exchange=some * U)
    assert_allclose(kim17_systems.insulator_torque_scaled(U, some, beta=0.4), direct, rtol=1e-12)


def test_insulator_with_a_plane():
    """Eq. 32: the printed overall sign (misprints A10)."""
    U, J, u0, um = 3 * EV, 0.8 * EV, np.array([0.0, 0.4, -2.0]) * 1e10, np.array([0.0, 0.3, -0.5]) * 1e10
    modes = kim17_systems.ferromagnetic_insulator(1.5 * EV, U, J, barrier=u0, interface_exchange=um)
    expected = kim17.torque_coefficients(modes)[..., 0]
    got = kim17_systems.insulator_torque_plane(1.5 * EV, U, J, barrier=u0, interface_exchange=um)
    assert_allclose(got, expected, rtol=1e-10)
    assert_allclose(got[0], kim17_systems.insulator_torque(1.5 * EV, U, exchange=J), rtol=1e-11)


def test_topological_insulator():
    """Eqs. 35, 36: the minority above and below its band bottom, U below J."""
    energy, U, J = np.array([-0.3, 0.5, 0.9, 1.9]) * EV, 2 * EV, np.array([[0.6], [1.0], [3.0]]) * EV
    expected = kim17.torque_coefficients(kim17_systems.topological_insulator(energy, U, exchange=J))
    got = kim17_systems.topological_torque(energy, U, exchange=J)
    assert_allclose(got, expected[..., 1:], atol=1e-11 * np.abs(got).max())
    assert_allclose(expected[..., 0], 0)
    assert (got[..., 1] == 0).any() and (got[..., 1] != 0).any()


@pytest.mark.parametrize(
    "make, field",
    [
        (lambda: kim17_systems.bulk_magnetism(-1.0, 1.0), "bulk_magnetism"),
        (lambda: kim17_systems.ferromagnetic_insulator(2.5, 3.0, 1.0), "ferromagnetic_insulator"),
        (lambda: kim17_systems.topological_insulator(3.0, 2.0, exchange=1.0), "topological_insulator"),
        (lambda: kim17_systems.topological_insulator(-2.0, 2.0, exchange=1.0), "topological_insulator"),
    ],
)
def test_refuses_what_is_not_the_system(make, field):
    """A conducting "insulator": the closed form gives a number for it."""
    with pytest.raises(InputError, match=field):
        make()


def test_amplitudes_of_the_systems():
    """Eqs. 18, 23, 26, 31, 34: up and down exchanged, a root of |k| for evanescent waves."""
    rng = np.random.default_rng(5)
    step = plane(K, 0 * kappa_matrix())
    for s in (0, 1):
        assert_allclose(kim17.step_reflection(K[:, 0, 0], K[:, 1, s]), step.r[:, s, s], atol=1e-13)
        psi = np.sqrt(np.abs(K[:, 0, 0])) * waves(K, 0 * kappa_matrix())[:, 1, s, s]
        assert_allclose(kim17.step_transmission(K[:, 0, 0], K[:, 1, s]), psi, atol=1e-12)
    kz, q = rng.uniform(0.1, 2, N), rng.uniform(0.1, 2, (N, 2))
    flat = plane(kz[:, None, None] * np.ones((2, 2)), np.diag([0.7, 0.3]) * np.ones((N, 1, 1)))
    got = kim17.plane_reflection(kz, 0.5, exchange=0.2)
    assert_allclose(got, np.einsum("nss->ns", flat.r), atol=1e-13)
    assert_allclose(1 + got, np.einsum("nss->ns", flat.tp), atol=1e-13)
    k = np.stack([kz[:, None] * np.ones(2), 1j * q], axis=1)
    closed = plane(k, np.diag([0.7, 0.3]) * np.ones((N, 1, 1))).r
    for s, kappa in enumerate((0.7, 0.3)):
        assert_allclose(kim17.insulator_reflection(kz, q[:, s], kappa=kappa), closed[:, s, s], atol=1e-13)


# any structure beneath, Eqs. 37-47


def layered(extra):
    """r of a magnetized layer on a half space, with planes; `extra` at z = 0."""
    square = np.where(K2 < 1, 1 - K2, 0.5)
    k = normal_wavevector(np.stack([square[:, None] * np.ones(2), BANDS[:, 1] - K2[:, None]], axis=1))
    layer = layer_wavevector(square + 0.2, np.array([0.3, 0.4, -0.2]))
    planes = [kappa_matrix() + extra, vector_matrix(np.zeros(N), 0.3 * np.ones((N, 3)))]
    return composite(k, [(layer, 1.3)], planes=planes).r, np.sqrt(square)


def test_reflection_with_a_plane_on_any_structure():
    """Eqs. 45, 46: the order of matrices that do not commute, an order of the series."""
    rng = np.random.default_rng(5)
    change = vector_matrix(np.zeros(N), rng.normal(size=(N, 3)))
    bare, kz = layered(0 * change)
    expected, _ = layered(change)
    assert_allclose(kim17.reflection_with_plane(bare, kz, change=change), expected, atol=1e-10)
    series = sum(kim17.reflection_order(bare, kz, change=0.01 * change, order=n) for n in range(12))
    assert_allclose(series, layered(0.01 * change)[0], atol=1e-12)


def test_proximity_magnetism():
    """Eq. 47: u_m -> -u_m as printed (misprints A12)."""
    rng = np.random.default_rng(5)
    open_ = MODES.passing[:, 0]
    bare, kz = MODES.r[open_, 0], K[open_, 0, 0].real
    um = rng.normal(size=kz.size)
    more = KAPPA[open_] + um[:, None] * [1, -1]
    expected = np.einsum("nss->ns", plane(K[open_], more[:, :, None] * EYE).r)
    assert_allclose(kim17.proximity_reflection(bare, kz, exchange=um), expected, atol=1e-12)
    printed = kim17.proximity_reflection_printed(bare, kz, exchange=um)
    assert np.abs(printed - expected).max() > 0.5
    assert_allclose(printed, kim17.proximity_reflection(bare, kz, exchange=-um), atol=1e-14)


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
    assert_allclose(kim17_response.spin_flip_conductance_printed(modes), off[0] + off[1], rtol=1e-12)
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
