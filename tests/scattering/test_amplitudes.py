"""Amplitudes against direct solutions of the matching problem, conservation laws and exact limits."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from femsot.scattering.amplitudes import (
    composite,
    layer_wavevector,
    normal_wavevector,
    open_channels,
    perturbation,
    plane,
    plane_flux,
    scattering_matrix,
    unitarity_error,
    vector_matrix,
    waves,
)

SIGMA = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
RNG = np.random.default_rng(3)
N = 300
#: every pattern of open and evanescent channels, and any Hermitian plane
K = normal_wavevector(RNG.uniform(-0.7, 1.5, (N, 2, 2)))
SCALAR, VECTOR = RNG.normal(size=N), RNG.normal(size=(N, 3))
KAPPA = vector_matrix(SCALAR, VECTOR)


def dagger(a):
    return np.conj(np.swapaxes(a, -1, -2))


def random_density():
    rng = np.random.default_rng(5)
    a = rng.normal(size=(N, 2, 2, 2)) + 1j * rng.normal(size=(N, 2, 2, 2))
    return a @ dagger(a)


def diagonal(k):
    return k[..., None] * np.eye(2)


def assert_same(a, b, atol=1e-12):
    for name in ("r", "t", "rp", "tp"):
        assert_allclose(getattr(a, name), getattr(b, name), atol=atol, err_msg=name)


def test_unitary_with_evanescent_channels():
    """A root of |k| missing, or a closed channel that counts: flux is created as soon as one wave decays."""
    S = plane(K, KAPPA)
    assert unitarity_error(S, open_channels(K)) < 1e-12
    assert unitarity_error(S) > 0.5  # every pattern is there


def test_matches_continuity_and_the_jump_of_the_slope():
    """A sign of kappa, r and r' exchanged, an operator order that only commuting matrices forgive."""
    S = plane(K, KAPPA)
    one = np.broadcast_to(np.eye(2), (N, 2, 2))
    below, above = 1j * diagonal(K[:, 0]), 1j * diagonal(K[:, 1])
    left = np.block([[one, -one], [below - KAPPA, above]])
    right = np.block([[-one, one], [below + KAPPA, above]])
    out = np.linalg.solve(left, right)
    flux = np.sqrt(np.where(K.real > 0, K.real, 0.0)).reshape(N, 4)
    back = np.where(flux > 0, 1 / np.where(flux > 0, flux, 1), 0)
    expected = flux[:, :, None] * out * back[:, None, :]
    got = np.block([[S.r, S.tp], [S.t, S.rp]])
    assert_allclose(got, expected, atol=1e-11)


def test_charge_is_conserved_spin_by_spin():
    """R + T of the charge row: transposed spin indices keep the total for one polarisation only."""
    S = plane(K, KAPPA)
    for into, (same, other) in enumerate(((S.r, S.t), (S.rp, S.tp))):
        rows = sum(np.einsum("nij,jbk,nik->nb", x, np.moveaxis(SIGMA, 0, 1), np.conj(x)) for x in (same, other))
        passing = np.einsum("ni,bii->nb", open_channels(K)[:, into], SIGMA)
        assert_allclose(rows, passing, atol=1e-12)


def test_balance_of_angular_momentum_at_the_plane():
    """j(0-) - j(0+) = s x u, the torques of the plane: their factor 2, or a transverse flux of bare t."""
    psi, density = waves(K, KAPPA), random_density()
    flux = plane_flux(K, psi, density)
    passing = open_channels(K)
    total = sum(psi[:, s] @ (density[:, s]) @ dagger(psi[:, s]) for s in (0, 1))
    spin = np.einsum("aij,nji->na", SIGMA[1:], total).real
    j = np.einsum("aij,nsji->nsa", SIGMA, flux).real
    assert_allclose(j[:, 0, 1:] - j[:, 1, 1:], np.cross(spin, VECTOR), atol=1e-10)
    assert_allclose(j[:, 0, 0], j[:, 1, 0], atol=1e-10)
    assert passing.any() and not passing.all()


def test_exact_flux_is_the_flux_normalised_one_where_wave_vectors_agree():
    """Interference counted where there is none: with one k per side both ways of counting the current are equal."""
    rng = np.random.default_rng(5)
    k = normal_wavevector(rng.uniform(0.1, 1.5, (N, 2, 1)) * np.ones(2))
    psi, density = waves(k, KAPPA), random_density()
    S = scattering_matrix(k, psi)
    out = np.einsum("nstij,ntjk,nstlk->nsil", S, density, np.conj(S))
    expected = (density - out) * np.array([1, -1])[:, None, None]
    assert_allclose(plane_flux(k, psi, density), expected, atol=1e-11)


def test_transverse_flux_of_unequal_wave_vectors():
    """misprints B9: 0.7498 + 0.3015i at 0+ for Delta^2 = 0.4, u0 = 0.3, um = 0.2; |K|^1/2 t gives another number."""
    total = 0
    for a, b in ((0, np.sqrt(0.6)), (np.sqrt(0.6), 1.0)):
        x, w = np.polynomial.legendre.leggauss(40)
        x, w = (x + 1) * np.pi / 4, w * np.pi / 4
        q2 = (a * np.cos(x)) ** 2 + (b * np.sin(x)) ** 2
        k = normal_wavevector(np.moveaxis(np.array([[1 - q2, 1 - q2], [0.6 - q2, 1.4 - q2]]), -1, 0))
        psi = waves(k, np.diag([0.5, 0.1]) + 0j)
        flux = plane_flux(k, psi, np.array([SIGMA[1], 0 * SIGMA[1]]))
        total += np.sum(flux[:, 1, 1, 0] * w * 2 * (b * b - a * a) * np.sin(x) * np.cos(x))
    assert_allclose(total, 0.7498 + 0.3015j, atol=1e-4)


def test_perturbation_is_the_exact_slope():
    """Kim17 Eq. 10 with its labels mixed up: the slope of the exact amplitudes at once tells r from r'."""
    rng = np.random.default_rng(5)
    change = vector_matrix(np.zeros(N), rng.normal(size=(N, 3)))

    def central(step):
        up, down = plane(K, KAPPA + step * change), plane(K, KAPPA - step * change)
        return {name: (getattr(up, name) - getattr(down, name)) / (2 * step) for name in ("r", "t", "rp", "tp")}

    coarse, middle, fine = central(8e-3), central(4e-3), central(2e-3)
    got = perturbation(K, KAPPA, change)
    largest = np.max([np.abs(getattr(got, name)).max(axis=(1, 2)) for name in coarse], axis=0)
    keep = largest < 2  # away from bound states, where differences have no digits
    assert np.mean(keep) > 0.6
    for name in coarse:
        first, second = (4 * middle[name] - coarse[name]) / 3, (4 * fine[name] - middle[name]) / 3
        slope = (16 * second - first) / 15
        assert_allclose(getattr(got, name)[keep], slope[keep], atol=1e-10, err_msg=name)


def test_perturbation_is_kims():
    """The formula in terms of amplitudes alone, 10c: (h/2i k_z)(1 + r_ex) sigma.(k x z) (1 + r), normal k_z."""
    rng = np.random.default_rng(5)
    kz = rng.uniform(0.2, 1.2, N)
    k = np.stack([np.stack([kz, kz], axis=1), K[:, 1]], axis=1)
    kappa = vector_matrix(SCALAR, np.array([0, 0, 0.3]) * np.ones((N, 3)))
    change = vector_matrix(np.zeros(N), VECTOR)
    one = np.eye(2) + plane(k, kappa).r
    assert_allclose(perturbation(k, kappa, change).r, one @ change @ one / (2j * kz[:, None, None]), atol=1e-11)


def test_thin_square_barrier_is_a_plane():
    """Layer and plane of different unit: a barrier of height kappa/d becomes the plane, first order in d."""
    errors = []
    exact = plane(K, KAPPA)
    far = np.abs(np.linalg.det(1j * diagonal(K.sum(axis=1)) - KAPPA)) > 0.3
    for d in (1e-4, 5e-5):
        layer = layer_wavevector(-SCALAR / d, VECTOR / d)
        thin = composite(K, [(layer, d)])
        assert unitarity_error(thin, open_channels(K)) < 1e-11
        errors.append(max(np.abs(getattr(thin, x) - getattr(exact, x))[far].max() for x in ("r", "t", "rp", "tp")))
    assert errors[0] < 5e-3
    assert_allclose(errors[0] / errors[1], 2, rtol=0.02)


def test_two_planes_at_no_distance_are_their_sum():
    """The star product in the wrong order: spin matrices of the two planes do not commute."""
    rng = np.random.default_rng(5)
    other = vector_matrix(rng.normal(size=N), rng.normal(size=(N, 3)))
    between = layer_wavevector(np.full(N, 0.8), rng.normal(size=(N, 3)) * 0.2)
    assert_same(composite(K, [(between, 0.0)], planes=[KAPPA, other]), plane(K, KAPPA + other), atol=1e-10)


def test_layers_match_the_transfer_matrix():
    """Noncollinear layers with planes between them: a wrong exponent, or r from the wrong side."""
    rng = np.random.default_rng(5)
    k = normal_wavevector(rng.uniform(0.1, 1.5, (N, 2, 2)))
    layers = [(rng.uniform(-0.5, 1.5, N), rng.normal(size=(N, 3)) * 0.4, d) for d in (0.7, 0.3)]
    planes = [vector_matrix(rng.normal(size=N), rng.normal(size=(N, 3))) for _ in range(3)]
    got = composite(k, [(layer_wavevector(s, v), d) for s, v, d in layers], planes=planes)
    transfer = np.broadcast_to(np.eye(4), (N, 4, 4))
    zero, one = np.zeros((N, 2, 2)), np.broadcast_to(np.eye(2), (N, 2, 2))
    for i, kappa in enumerate(planes):
        transfer = np.block([[one, zero], [kappa, one]]) @ transfer
        if i < 2:
            s, v, d = layers[i]
            square = vector_matrix(s, -v)
            generator = np.block([[zero, one], [-square, zero]]) * d
            values, vectors = np.linalg.eig(generator)
            transfer = (vectors * np.exp(values)[:, None, :]) @ np.linalg.inv(vectors) @ transfer
    A, B = 1j * diagonal(k[:, 0]), 1j * diagonal(k[:, 1])
    below_out, below_in = np.concatenate([one, -A], axis=1), np.concatenate([one, A], axis=1)
    above_out, above_in = np.concatenate([one, B], axis=1), np.concatenate([one, -B], axis=1)
    out = np.linalg.solve(
        np.concatenate([-transfer @ below_out, above_out], axis=2),
        np.concatenate([transfer @ below_in, -above_in], axis=2),
    )
    flux = np.sqrt(k.real).reshape(N, 4)
    assert_allclose(np.block([[got.r, got.tp], [got.t, got.rp]]), flux[:, :, None] * out / flux[:, None, :], atol=1e-9)


@pytest.mark.parametrize("thickness", [3.0, 1e4])
def test_thick_barriers_stay_exact(thickness):
    """Growing exponentials: a transfer matrix of a thick barrier overflows, or leaves flux 1e-3 too large."""
    k = np.full((1, 2, 2), 0.6 + 0j)
    decay = 0.9
    S = composite(k, [(layer_wavevector(np.full(1, -(decay**2)), np.zeros((1, 3))), thickness)])
    assert unitarity_error(S) < 1e-13
    with np.errstate(over="ignore"):
        expected = 1 / (1 + ((0.36 + decay**2) / (2 * 0.6 * decay)) ** 2 * np.sinh(decay * thickness) ** 2)
    assert_allclose(np.abs(S.t[0, 0, 0]) ** 2, expected, rtol=1e-12, atol=1e-300)


def test_time_reversal():
    """Microreversibility: S of -k, -m (kappa's vector turned round) is sigma_y S^T sigma_y."""
    rng = np.random.default_rng(5)
    k = normal_wavevector(rng.uniform(-0.5, 1.5, (N, 2, 1)) * np.ones(2))
    there, back = plane(k, KAPPA), plane(k, vector_matrix(SCALAR, -VECTOR))
    y = SIGMA[2]
    for a, b in ((there.r, back.r), (there.t, back.tp), (there.rp, back.rp)):
        assert_allclose(a, y @ np.swapaxes(b, -1, -2) @ y, atol=1e-11)
