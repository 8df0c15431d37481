"""Kim et al., PRB 96, 104438: torque, four systems, amplitudes, against the exact amplitudes' derivative in h_R."""

import misprints
import numpy as np
import pytest
from kim17_modes import (
    AZIMUTHS,
    BANDS,
    EV,
    EYE,
    K2,
    KAPPA,
    MODES,
    K,
    M,
    N,
    kappa_matrix,
    lattice_torque,
    orders,
    rashba,
    slope,
    spin_current,
)
from numpy.testing import assert_allclose
from scipy.constants import e, h, hbar, m_e

from femsot.base.errors import InputError
from femsot.papers import kim17, kim17_systems
from femsot.scattering import Hamiltonian, tensors
from femsot.scattering.amplitudes import (
    composite,
    green,
    layer_wavevector,
    normal_wavevector,
    plane,
    vector_matrix,
    waves,
)
from femsot.scattering.hamiltonian import frame
from femsot.scattering.integrals import integrate


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
    printed = misprints.bulk_torque_evanescent(ENERGY, EV)
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
    assert_allclose(misprints.insulator_torque(energy, U, exchange=J), 4 * expected[..., 0], rtol=1e-11)


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
    printed = misprints.proximity_reflection(bare, kz, exchange=um)
    assert np.abs(printed - expected).max() > 0.5
    assert_allclose(printed, kim17.proximity_reflection(bare, kz, exchange=-um), atol=1e-14)
