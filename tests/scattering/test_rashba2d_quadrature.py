"""Contour sums and partial fractions of the 2D Rashba gas against brute force on a grid of k, about another point."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from femsot.scattering.rashba2d.diagrams import Problem, centre, dilute, finite, green, self_consistent
from femsot.scattering.rashba2d.rays import Plane, bands, extrema, local, pairs, rays

PAULI = np.array([np.eye(2), [[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
FIELD = np.array([0.25, 0.0, 0.45])


def problem(energy, *, a=0.9, n=0.5, u=2.0, log_cutoff=np.nan):
    """hbar^2/2m* = 1."""
    one = np.ones(1)
    e, d = energy * one, FIELD[None]
    return Problem(e, a * one, d, n * one, one / u, log_cutoff * one, centre(e, a * one, d))


def grid(radial=700, angles=240, shift=(0.13, -0.21)):
    """k (points, 2) and weights of d2k/(2 pi)^2; Gauss in t = r/(1 + r), trapezoidal in angle."""
    nodes, weights = np.polynomial.legendre.leggauss(radial)
    t, w = (nodes + 1) / 2, weights / 2
    r, w = t / (1 - t), w / (1 - t) ** 2
    phi = np.arange(angles) * 2 * np.pi / angles
    k = r[:, None, None] * np.stack([np.cos(phi), np.sin(phi)], axis=-1)
    weight = np.repeat(r * w, angles) * (2 * np.pi / angles) / (2 * np.pi) ** 2
    return k.reshape(-1, 2) + shift, weight


def resolvent(k, energy, sigma, *, a=0.9):
    """G+ (points, 2, 2) and dH/dk (points, 2, 2, 2)."""
    field = FIELD + a * np.stack([k[:, 1], -k[:, 0], 0 * k[:, 0]], axis=-1)
    h = (k**2).sum(-1)[:, None, None] * PAULI[0] + np.einsum("pa,aij->pij", field, PAULI[1:])
    g = np.linalg.inv(energy * np.eye(2) - h - np.einsum("a,aij->ij", sigma, PAULI))
    v = 2 * k[:, :, None, None] * PAULI[0]
    v = v + a * np.stack([-PAULI[2], PAULI[1]])
    return g, v


@pytest.mark.parametrize("energy", [0.2, 0.9, 2.0])
def test_everything_of_finite_density_by_brute_force(energy):
    """g, <s> and sigma from 2 x 2 matrices on a grid and the ladder itself: no root, no log, no Pauli table."""
    p = problem(energy)
    sigma, failed = self_consistent(p, 128, born=False)
    assert not failed[0]
    k, w = grid()
    g, v = resolvent(k, energy, sigma[0])
    # g_0 up to k = 1 in the logarithm: 1/(1 + k^2) added, whose integral is that logarithm
    added = g + (1 / (1 + (k**2).sum(-1)))[:, None, None] * np.eye(2)
    own = local(rays(p.plane.shifted(sigma), 128))[0]
    assert_allclose(np.einsum("p,pij->ij", w, added), np.einsum("a,aij->ij", own, PAULI), rtol=0, atol=2e-6)

    t = np.einsum("a,aij->ij", sigma[0] / p.density[0], PAULI)
    minus = np.conj(np.swapaxes(g, -1, -2))
    # s~ = s + n sum T- G- s~ G+ T+ as a 4 x 4 matrix on s~, whose column of conserved particles is replaced
    step = p.density[0] * np.einsum("p,ij,pjk,plm,mn->inkl", w, t.conj().T, minus, g, t, optimize=True).reshape(4, 4)
    ladder = np.eye(4) - step.T  # transposed: acts on the source sum G+ j G-
    source = np.stack([np.einsum("p,pij,pjk,pkl->il", w, g, v[:, b], minus, optimize=True) for b in (0, 1)])
    flat = np.swapaxes(source, -1, -2).reshape(2, 4)  # tr[s~ X] = sum s~_kl X_lk
    null = np.linalg.svd(ladder)[0][:, -1].conj()
    density = np.eye(2).reshape(4)
    regular = ladder + np.outer(null, density)
    solved = np.linalg.solve(regular.astype(complex), flat.T)
    spin = np.array([s.reshape(4) @ solved for s in PAULI[1:]]) / (2 * np.pi)
    assert_allclose(density @ solved, 0, atol=1e-5)
    found = finite(p, 128, born=False)
    assert_allclose(spin, found.spin[0], rtol=0, atol=1e-5 * np.max(np.abs(found.spin)))

    # sigma: the bubble less Re tr[j G+ j G+], and (1/2 pi) sum tr[j_a G+ d_b G-], d = n T+ X T-, X the solved pair
    bubble = np.einsum("p,paij,pjk,pbkl,pli->ab", w, v, g, v, minus - g, optimize=True).real
    pair = np.swapaxes(solved.T.reshape(2, 2, 2), -1, -2)
    dressed = p.density[0] * t @ pair @ t.conj().T
    correction = np.einsum("p,paij,pjk,bkl,pli->ab", w, v, g, dressed, minus, optimize=True).real
    wanted = (bubble + correction) / (2 * np.pi)
    assert_allclose(wanted, found.conductivity[0], rtol=0, atol=1e-5 * np.max(np.abs(wanted)))


@pytest.mark.parametrize("energy", [-0.1, 0.3, 1.4])
def test_the_clean_green_function_is_the_limit_of_a_broad_one(energy):
    """A root taken on the wrong side of the axis: Im g against the contour sum, Re g against complex energies."""
    p = problem(energy)
    clean = green(p, rays(p.plane, 256))
    p_cut = problem(energy, log_cutoff=0.0)
    real = green(p_cut, rays(p_cut.plane, 256)).real
    shifts = np.array([2e-4, 1e-4])
    broad = [local(rays(Plane(p.energy + 1j * s, p.spin_orbit, p.field, p.centre), 256))[0] for s in shifts]
    limit = 2 * broad[1] - broad[0]
    assert_allclose(limit.real, real[0], rtol=0, atol=1e-6)
    assert_allclose(limit.imag, clean[0].imag, rtol=0, atol=1e-6)


@pytest.mark.parametrize("energy", [0.3, 1.4])
def test_pairs_do_not_depend_on_where_the_rays_start(energy):
    """An integral that misses a part of the plane."""
    p = problem(energy)
    plane = p.plane.shifted(np.array([[0.02 - 0.1j, 0.01 - 0.02j, 0, 0.03 - 0.01j]]))
    other = Plane(plane.energy, plane.spin_orbit, plane.field, plane.centre + 0.17)
    for one in (lambda x: pairs(rays(x, 256), x), lambda x: local(rays(x, 256))):
        assert_allclose(one(plane), one(other), rtol=0, atol=1e-11)


def test_extrema_of_the_bands():
    """The rays' centre: lowest points on a grid of k_y, for every sign of a and d_x."""
    y = np.linspace(-1, 1, 200_001)
    for a in (0.9, -0.9):
        for dx in (0.25, -0.25, 0.0):
            field = np.array([[dx, 0, 0.3]])
            upper, lower = extrema(np.array([a]), field)
            low, high = bands(np.array([a]), field, y)
            assert_allclose(upper[0], y[np.argmin(high)], atol=2e-5)
            found = bands(np.array([a]), field, lower)[0]
            assert_allclose(found, np.min(low), rtol=0, atol=1e-9)


@pytest.mark.parametrize("energy", [0.3, 1.4])
def test_dilute_is_the_limit_of_finite(energy):
    """pi/gamma P x P on the contours against broadened states, in the units of the integrals."""
    off = []
    for n in (1e-4, 1e-5):
        p = problem(energy, n=n)
        one, other = dilute(p, 128, born=False), finite(p, 128, born=False)
        off.append(np.max(np.abs(one.spin - other.spin)) / np.max(np.abs(one.spin)))
    assert off[0] < 1e-3
    assert_allclose(off[0] / off[1], 10, rtol=0.05)
