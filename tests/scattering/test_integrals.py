"""Quadrature over the disc of k_par against closed forms."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import quad

from femsot.scattering import Hamiltonian, integrals, tensors
from femsot.scattering.integrals import GAUSS, KRONROD, NODES, integrate


def one(function, thresholds, **options):
    result = integrate(lambda x, y: function(x, y)[None], thresholds, groups=np.zeros(1, dtype=int), **options)
    return result.value[0], result


def test_the_rules_are_quadpacks():
    """A digit of a node or weight: the rules are no longer exact for degrees 22 and 13."""
    degrees = np.arange(23)
    exact = np.where(degrees % 2, 0, 2 / (degrees + 1))
    powers = NODES[:, None] ** degrees
    assert_allclose(KRONROD @ powers, exact, atol=1e-15)
    assert_allclose((GAUSS @ powers)[:14], exact[:14], atol=1e-15)


def test_square_roots_at_thresholds_are_smooth():
    """Thresholds ignored inside the disc: channels that open or close cost digits, or hundreds of panels."""
    a = 0.7
    value, result = one(lambda x, y: np.sqrt(np.abs(a * a - x * x - y * y)) * (1 + x), [1.0, a])
    assert_allclose(value, 2 * np.pi / 3 * (a**3 + (1 - a * a) ** 1.5), rtol=1e-13)
    assert result.converged and result.points < 3000


@pytest.mark.parametrize("angles", [None, np.array([0, np.pi])], ids=["found", "known"])
def test_grazing_singularity(angles):
    """A uniform mesh, 1e-5 off where the limit k_z -> 0 depends on the azimuth; or an error estimate that is a wish."""
    exact = np.pi * (np.sqrt(2) - np.arcsinh(1))

    def cone(x, y):
        square = 1 - x * x - y * y
        return square / (square + np.sin(np.arctan2(y, x)) ** 2)

    for tolerance in (1e-4, 1e-6, 1e-8, 1e-10):
        value, result = one(cone, [1.0], tolerance=tolerance, angles=angles)
        assert result.converged
        assert abs(value / exact - 1) <= result.error <= tolerance


def test_narrow_resonance():
    """A bound state that almost touches the Fermi surface: a ridge far thinner than the first panels."""
    width, exact = 3e-3, 0.0
    exact = quad(
        lambda x: 2 * np.sqrt(1 - x * x) * width**2 / ((x - 0.3) ** 2 + width**2), -1, 1, points=[0.3], limit=500
    )[0]
    value, result = one(lambda x, y: width**2 / ((x - 0.3) ** 2 + width**2), [1.0])
    assert result.converged
    assert_allclose(value, exact, rtol=1e-8)


def test_not_converged_is_said(monkeypatch):
    """An integral that gives up and calls itself converged."""
    monkeypatch.setattr(integrals, "MAX_POINTS", 100_000)
    _, result = one(lambda x, y: (x > 0.1234) * 1.0, [1.0], tolerance=1e-10)
    assert not result.converged and result.error > 1e-10


def test_no_group_is_judged_by_another():
    """Small sources lost under large conductances: every group has its own scale."""
    groups = np.array([0, 1])
    sharp = 1e-3

    def both(x, y):
        return np.stack([1 + 0 * x, sharp / (1.05 - x)])

    result = integrate(both, [1.0], groups=groups, tolerance=1e-9)
    exact = 2 * np.pi * (1.05 - np.sqrt(1.05**2 - 1)) * sharp
    assert_allclose(result.value, [np.pi, exact], rtol=1e-9)


@pytest.mark.parametrize("m", [(1, 0, 0), (0.3, 1, 0.0)], ids=str)
def test_in_plane_magnetization_to_the_tolerance(m):
    """Torkivity of an in-plane m, singular at grazing incidence, off by far more than the tolerance it claims."""
    case = {"fermi_wavevector": 16e9, "barrier": 0.4, "exchange": 0.3, "rashba": 0.5, "relaxation_time": (1e-15, 6e-16)}
    rough, fine = (tensors(Hamiltonian(magnetization=m, **case, tolerance=t)) for t in (1e-6, 1e-10))
    assert rough.converged and fine.converged
    for name in ("conductance", "source", "torque_mu", "torque_field", "lattice_field"):
        a, b = getattr(rough, name), getattr(fine, name)
        assert np.abs(a - b).max() < 4e-6 * np.abs(b).max()
