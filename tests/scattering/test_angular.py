"""Torques against the direction of the magnetization: what symmetry allows, and two expansions of it."""

import time
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

import femsot as fs
from femsot.base.errors import InputError
from femsot.scattering import Hamiltonian, tensors
from femsot.scattering.angular import (
    Series,
    allowed,
    angular_dependence,
    harmonic_terms,
    harmonics,
    modes,
    series,
    series_terms,
    sphere,
)

CASE = Hamiltonian(
    magnetization=(0, 0, 1),
    fermi_wavevector=16e9,
    barrier=1.2,
    exchange=0.3,
    rashba=0.5,
    relaxation_time=(1e-15, 0.6e-15),
    polarization=0.4,
)
RASHBA = {
    "equal": {},
    "unequal, below": {"potential_step": 1.2, "exchange_splitting": 3.0, "ferromagnet": "below", "tolerance": 1e-9},
}


def unit(v):
    return np.asarray(v, dtype=float) / np.linalg.norm(v, axis=-1, keepdims=True)


def at(m, **changes):
    return tensors(replace(CASE, magnetization=m, **changes))


def size(t):
    return np.abs(t.source).max()


@pytest.mark.parametrize("changes", RASHBA.values(), ids=RASHBA)
def test_no_torque_along_z_cross_E(changes):
    """A torque that survives at m = z x E: the mirror plane through E and z forbids every one (Amin20 Section IIF)."""
    for m, k in (((0, 1, 0), 0), ((0, -1, 0), 0), ((1, 0, 0), 1)):
        t = at(m, **changes)
        assert np.abs(t.torque_field[:, k]).max() < 1e-9 * size(t)
        assert np.abs(np.delete(t.source[:, 1:, k], np.argmax(np.abs(m)), axis=1)).max() < 1e-9 * size(t)
        assert np.abs(t.torque_field[:, 1 - k]).max() > 1e-3 * size(t)


@pytest.mark.parametrize("changes", RASHBA.values(), ids=RASHBA)
def test_mirrors_and_rotations_about_z(changes):
    """A torque turned by the wrong angle, or E mirrored as an axial vector: integrated afresh, not by `equivalence`."""
    m = unit([0.5, -0.3, 0.8])
    t = at(m, **changes)
    c, s = np.cos(0.7), np.sin(0.7)
    turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    for axial, polar in (
        (turn, turn[:2, :2]),
        (np.diag([1, -1, -1]), np.diag([-1, 1])),
        (np.diag([-1, 1, -1]), np.diag([1, -1])),
    ):
        u = at(axial @ m, **changes)
        assert_allclose(u.torque_field, axial @ t.torque_field @ polar.T, atol=2e-8 * size(t))
        assert_allclose(u.lattice_field, axial @ t.lattice_field @ polar.T, atol=2e-8 * size(t))
        assert_allclose(u.source[:, 1:], axial @ t.source[:, 1:] @ polar.T, atol=2e-8 * size(t))
        assert_allclose(u.source[:, 0], t.source[:, 0] @ polar.T, atol=2e-8 * size(t))


def potential(kx, ky):
    """A spin-orbit field that no mirror and no rotation leaves alone."""
    sigma = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
    return np.einsum("...a,aij->...ij", np.stack([0.3 * ky + 0.1 * kx, 0.2 * ky, 0.2 * kx - 0.4 * ky], -1), sigma)


@pytest.mark.parametrize(
    "changes",
    [{}, {"dresselhaus": 0.3}, {"potential": potential}, RASHBA["unequal, below"], {"ferromagnet": "both"}],
    ids=["Rashba", "Dresselhaus", "potential", "below", "both"],
)
def test_directions_folded_by_symmetry_match_direct_integrals(changes):
    """A symmetry that the interface does not have (Rashba's with Dresselhaus), an image turned back the wrong way."""
    h = replace(CASE, **changes)
    m = unit(np.random.default_rng(1).normal(size=(2, 2, 3)))
    m[0, 0, 2], m[1, 1, 2] = -abs(m[0, 0, 2]), abs(m[1, 1, 2])
    found = angular_dependence(h, 3 * m)
    assert_allclose(found.directions, m, atol=1e-14)
    for i in np.ndindex(2, 2):
        t = tensors(replace(h, magnetization=m[i]))
        for name, exact in (("source", t.source), ("interface", t.torque_field), ("lattice", t.lattice_field)):
            assert_allclose(getattr(found, name)[i], exact, atol=2e-8 * size(t))
        flux = {"above": t.source[1], "below": -t.source[0], "both": t.source[1] - t.source[0]}[h.ferromagnet][1:]
        total = t.torque_field + flux - np.outer(m[i], m[i] @ flux)
        assert_allclose(found.total[i], total, atol=2e-8 * size(t))
        assert np.abs(m[i] @ found.total[i]).max() < 1e-9 * size(t)
    assert found.converged and found.quadrature_error <= h.tolerance


def test_a_sweep_costs_only_its_different_directions():
    """A hundred points integrated a hundred times: minutes instead of seconds."""
    angle = 2 * np.pi * np.arange(100) / 100
    polar = np.stack([np.sin(angle), 0 * angle, np.cos(angle)], axis=-1)
    start = time.process_time()
    found = angular_dependence(CASE, polar)
    assert time.process_time() - start < 20
    assert (found.evaluated, found.total.shape) == (26, (100, 3, 2))
    azimuth = np.stack([np.cos(angle), np.sin(angle), 0.3 + 0 * angle], axis=-1)
    assert angular_dependence(CASE, azimuth).evaluated == 1


def test_sphere_integrates_polynomials():
    """Weights or nodes of the quadrature wrong by one degree: m_x^2, m_z^8 and a mixed monomial."""
    m, w = sphere(8)
    assert_allclose(w.sum(), 4 * np.pi)
    for power, exact in (
        ((2, 0, 0), 1 / 3),
        ((0, 0, 8), 1 / 9),
        ((2, 2, 4), 3 / 945),
        ((0, 8, 0), 1 / 9),
        ((1, 0, 3), 0),
    ):
        assert_allclose(w @ np.prod(m ** np.array(power), axis=1) / (4 * np.pi), exact, atol=1e-15)


def test_harmonics_are_orthonormal_and_complete():
    """A norm, a derivative at the poles, a mode counted twice: 2 l (l + 2) tangent fields, each orthonormal."""
    m, w = sphere(14)
    basis = harmonic_terms(m, 7).reshape(-1, len(m), 3)
    assert len(basis) == 2 * len(modes(7)) == 2 * 7 * 9
    assert_allclose(np.einsum("ina,jna,n->ij", basis, basis, w), np.eye(len(basis)), atol=1e-13)
    assert np.abs((basis * m).sum(-1)).max() < 1e-14
    pole = harmonic_terms(np.array([[0, 0, 1.0], [1e-9, 0, 1.0]]), 5)
    assert_allclose(pole[:, :, 0], pole[:, :, 1], atol=1e-7)


def test_damping_and_field_like_torques_are_one_mode_each():
    """The two families exchanged: m x (p x m) is the gradient of m.p, p x m a precession about it."""
    p = np.array([0.0, 1.0, 0.0])
    found = harmonics(lambda m: 2 * np.cross(m, np.cross(p, m)) - 3 * np.cross(m, p), l_max=3)
    first = (modes(3) == [1, -1]).all(axis=1)
    assert_allclose(found.coefficients[:, first, ...].ravel(), np.array([2, -3]) * np.sqrt(8 * np.pi / 3))
    assert np.abs(found.coefficients[:, ~first]).max() < 1e-13 and found.residual < 1e-13
    assert_allclose(found.power[:, 0], np.array([4, 9]) * 2 / 3)


def test_any_tangent_field_is_expanded():
    """Modes missing from the basis: a random polynomial torque of degree 4, at scattered directions without weights."""
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=(2, 3, 3, 3))

    def torque(m):
        return np.cross(m, np.einsum("aij,ni,nj->na", a, m, m)) + np.cross(
            m, np.einsum("aij,ni,nj->na", b, m, m[:, ::-1]) * m
        )

    m = unit(rng.normal(size=(60, 3)))
    found = harmonics(torque(m), m, l_max=4)
    assert found.residual < 1e-12
    other = unit(rng.normal(size=(5, 3)))
    assert_allclose(found(other), torque(other), atol=1e-11)
    assert found.forbidden() > 0.1


@pytest.mark.parametrize("field", [(1.0, 0.0), (0.0, 1.0)])
def test_equation_6_and_the_harmonics_span_the_same_torques(field):
    """A term of Eq. 6 with a wrong vector, or a mode wrongly forbidden: 4 L coefficients equal 2 for each l <= 2 L."""
    rng = np.random.default_rng(3)
    given = Series(coefficients=rng.normal(size=(3, 4)), field=np.array(field), residual=0.0, condition=1.0)
    found = harmonics(given, l_max=6)
    assert found.residual < 1e-13 and found.forbidden(field) < 1e-13 and found.forbidden(field[::-1]) > 0.99
    assert allowed(6, field).sum() * 2 == 12
    back = series(found, order=3, field=field)
    assert_allclose(back.coefficients, given.coefficients, atol=1e-12)
    assert 10 < back.condition < 1000


def test_equation_6_by_hand():
    """A sign or an order of vector products in one of the four terms."""
    m, p, E, z = unit([0.5, -0.3, 0.8]), np.array([0, 1.0, 0]), np.array([1.0, 0, 0]), np.array([0, 0, 1.0])
    by_hand = [np.cross(p, m), p - m * (p @ m), (m @ E) * np.cross(z, m), (m @ E) * (z - m * m[2])]
    terms = series_terms(m[None], 3)
    assert_allclose(terms[0, :, 0], by_hand, atol=1e-15)
    assert_allclose(terms[2], m[2] ** 4 * terms[0], atol=1e-15)


def test_an_interfaces_torque_has_only_what_symmetry_allows():
    """Any forbidden mode: here nothing is folded, 32 directions are integrated one by one."""
    m, w = sphere(7)
    m, w = m @ np.linalg.qr(np.random.default_rng(4).normal(size=(3, 3)))[0], w
    torque = np.stack([at(one, tolerance=1e-7).torque_field[:, 0] for one in m])
    found = harmonics(torque, m, l_max=3, weights=w)
    assert found.residual < 1e-4 and found.forbidden() < 1e-5
    assert found.forbidden((0.0, 1.0)) > 0.9
    assert series(torque, m, order=2, weights=w).residual < found.residual * 1.5


def test_harmonics_converge_with_l_and_do_not_change():
    """A coefficient that depends on l_max, which those of Eq. 6 do; smooth without grazing singularities."""
    m, w = sphere(18)
    both = angular_dependence(CASE, m).total
    torque = both[..., 0]
    few, many = (harmonics(torque, m, l_max=n, weights=w) for n in (3, 7))
    assert_allclose(few.coefficients, many.coefficients[:, : len(modes(3))], atol=1e-12 * np.abs(torque).max())
    assert few.residual < 1e-2 and many.residual < 1e-6 and many.forbidden() < 1e-12
    assert_allclose(harmonics(both, m, l_max=7, weights=w)(m)[..., 0], many(m), atol=1e-12 * np.abs(torque).max())
    one, two = (series(torque, m, order=n, weights=w).coefficients for n in (1, 3))
    assert np.abs(one[0] - two[0]).max() > 1e-3 * np.abs(two).max()


def test_the_torque_of_a_stack_is_decomposed():
    """A stack's torques in another shape or frame than expected: spin Hall current absorbed at an interface."""
    pt = fs.NormalMetal(name="Pt", conductivity=5e6, spin_diffusion_length=1.5e-9, spin_hall_conductivity=5e5)
    co = fs.Ferromagnet(
        name="Co", conductivity=5e6, spin_diffusion_length=10e-9, polarization=0.0, exchange_length=1e-9
    )
    stack = fs.Stack(
        [fs.Layer("Pt", pt, 5e-9), fs.Layer("Co", co, 20e-9, (0, 0, 1))],
        {"Pt|Co": fs.Mixing(up=4e14, down=4e14, mixing=5e14 + 1e14j)},
        electric_field=(1e5, 0, 0),
    )
    m, w = sphere(8)
    torque = fs.solve_many(stack, {"layers.Co.magnetization": m}).torque("Co")
    found = harmonics(torque.flux, m, l_max=3, weights=w)
    assert found.forbidden() < 1e-10 and found.residual < 0.02
    split = series(torque.flux, m, order=2, weights=w)
    pole = np.argmax(m[:, 2])
    assert_allclose(torque.damping_like[pole], split.coefficients[0, 1], rtol=0.02)
    assert_allclose(torque.field_like[pole], -split.coefficients[0, 0], rtol=0.02)


def test_what_cannot_be_expanded_is_refused():
    """Arrays of other lengths, too few directions, m = 0: a wrong fit instead of a message."""
    m, w = sphere(4)
    with pytest.raises(InputError, match=r"torque\.directions: missing"):
        harmonics(np.zeros((len(m), 3)), l_max=2)
    with pytest.raises(InputError, match=r"torque: got shape \(5, 3\)"):
        harmonics(np.zeros((5, 3)), m, l_max=2)
    with pytest.raises(InputError, match=r"torque\.weights: got shape"):
        series(np.zeros((len(m), 3)), m, order=1, weights=w[1:])
    with pytest.raises(InputError, match="at least half as many"):
        harmonics(np.zeros((4, 3)), m[:4], l_max=3)
    with pytest.raises(InputError, match="a vector with a direction"):
        angular_dependence(CASE, [[0, 0, 1], [0, 0, 0]])
    with pytest.raises(InputError, match="along x or y"):
        allowed(3, (1.0, 1.0))
    assert harmonics(np.zeros((len(m), 3)), m, l_max=1).residual == 0
