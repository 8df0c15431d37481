"""Charge currents along a scattering interface: what leaves the plane drifts along it until it scatters."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.constants import e, h, hbar, m_e
from scipy.integrate import quad

import femsot as fs
from femsot.scattering.hamiltonian import Hamiltonian
from femsot.scattering.tensors import load, tensors

KF, PATH, P, FIELD = 16e9, 5e-9, 0.4, 1e5
SPEED = hbar * KF / m_e
TAU = PATH / SPEED
BARRIER = {"fermi_wavevector": KF, "barrier": 0.4, "exchange": 0.3, "relaxation_time": (TAU, TAU), "polarization": P}
DIRECTIONS = {"z": (0, 0, 1), "x": (1, 0, 0), "y": (0, 1, 0)}


def of_interface(m, rashba=0.0, correction="bare"):
    return tensors(Hamiltonian(magnetization=m, ferromagnet="above", rashba=rashba, correction=correction, **BARRIER))


def test_without_spin_orbit_coupling_it_is_the_mixing_of_two_mean_free_paths():
    """K = -(e^2 m kF v_F^3/8 pi^2 hbar^2) E sum_s (tau_N - tau_s)^2 int x (1 - x^2) T_s dx: -101.244 A/m here."""

    def transmission(x, strength):
        return x**2 / (x**2 + strength**2)

    total = 0.0
    for spin, share in ((1, 1 + P), (-1, 1 - P)):
        strength = BARRIER["barrier"] - spin * BARRIER["exchange"]
        integral = quad(lambda x, u=strength: x * (1 - x**2) * transmission(x, u), 0, 1, epsabs=1e-12)[0]
        total += (TAU - TAU * share) ** 2 * integral
    closed = -(e**2 * m_e * KF * SPEED**3) / (8 * np.pi**2 * hbar**2) * FIELD * total
    assert closed == pytest.approx(-101.244, abs=1e-3)
    for correction in ("bare", "drift"):
        made = of_interface((0.3, -0.5, 0.8), correction=correction)
        assert_allclose(made.sheet_field.sum(axis=0) * FIELD, closed * np.eye(2), rtol=0, atol=1e-6 * abs(closed))


def test_potentials_drive_what_the_field_sends_out():
    """Onsager: K_i = sum_a e_a [S^-_ai(-m) mu^-_a - S^+_ai(-m) mu^+_a], and B(m) = B(-m)^T."""
    m = np.array([0.3, -0.5, 0.8]) / np.linalg.norm([0.3, -0.5, 0.8])
    made, turned = (of_interface(sign * m, rashba=0.2) for sign in (1, -1))
    even = np.array([1.0, -1.0, -1.0, -1.0])
    for side, sign in ((0, 1.0), (1, -1.0)):
        wanted = sign * even * np.swapaxes(turned.source[side], 0, 1)
        scale = np.abs(turned.source).max()
        assert_allclose(made.sheet_mu.sum(axis=0)[:, side], wanted, rtol=0, atol=1e-10 * scale)
    whole, other = made.sheet_field.sum(axis=0), turned.sheet_field.sum(axis=0)
    assert_allclose(whole, other.T, rtol=0, atol=1e-10 * np.abs(whole).max())


def bilayer(m, thickness=100e-9, correction="bare"):
    sigma = e**2 / h * 2 * KF**2 / (3 * np.pi) * PATH
    metal = fs.NormalMetal(name="N", conductivity=sigma, spin_diffusion_length=20e-9)
    magnet = fs.Ferromagnet(
        name="F", conductivity=sigma, spin_diffusion_length=20e-9, polarization=P, exchange_length=1e-9
    )
    law = fs.Scattering(rashba=0.3, correction=correction, **BARRIER)
    layers = [fs.Layer("N", metal, thickness), fs.Layer("F", magnet, thickness, magnetization=m)]
    return fs.Stack(layers, interfaces={"N|F": law}, electric_field=(FIELD, 0, 0)), sigma


@pytest.mark.filterwarnings("ignore::femsot.PhysicsWarning")
@pytest.mark.parametrize(("axis", "boltzmann", "hall"), [("z", -126.33, -3.13), ("x", -116.11, 0), ("y", -95.47, 0)])
def test_thick_layers_agree_with_boltzmanns_sheet_current(axis, boltzmann, hall):
    """Interface magnetoresistance and anomalous Hall effect: without K all three are zero."""
    stack, sigma = bilayer(DIRECTIONS[axis])
    solution = fs.solve(stack)
    total = solution.interface("N|F").sheet_current + sum(solution.sheet_current(name) for name in "NF")
    excess = total - np.array([sigma * FIELD * 200e-9, 0.0])
    assert excess[0] == pytest.approx(boltzmann, rel=3e-3)
    assert excess[1] == pytest.approx(hall, abs=0.6)
    assert solution.resistance().sheet == pytest.approx(FIELD / total[0], rel=1e-12)


@pytest.mark.filterwarnings("ignore::femsot.PhysicsWarning")
@pytest.mark.parametrize(("axis", "boltzmann"), [("z", -126.33), ("x", -116.11), ("y", -95.47)])
def test_the_drift_correction_keeps_it_within_two_percent(axis, boltzmann):
    stack, sigma = bilayer(DIRECTIONS[axis], correction="drift")
    solution = fs.solve(stack)
    total = solution.interface("N|F").sheet_current + sum(solution.sheet_current(name) for name in "NF")
    assert total[0] - sigma * FIELD * 200e-9 == pytest.approx(boltzmann, rel=0.02)


@pytest.mark.filterwarnings("ignore::femsot.PhysicsWarning")
def test_boltzmanns_own_currents_are_not_counted_twice():
    """The layers of the equation carry all of it: the interface adds none."""
    stack, _ = bilayer(DIRECTIONS["x"], thickness=40e-9)
    solution = fs.solve(stack, method="boltzmann")
    assert solution.interface("N|F").sheet_current is None
    total = sum(solution.sheet_current(name) for name in "NF")
    assert solution.resistance().sheet == pytest.approx(FIELD / total[0], rel=1e-12)


def test_tensors_keep_it_in_their_file(tmp_path):
    made = of_interface((0, 0, 1), rashba=0.2)
    made.save(tmp_path / "tensors.npz")
    again = load(tmp_path / "tensors.npz")
    assert_allclose(again.sheet_mu, made.sheet_mu, rtol=0)
    assert_allclose(again.sheet_field, made.sheet_field, rtol=0)
