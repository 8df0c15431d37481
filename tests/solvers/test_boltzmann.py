"""Boltzmann's equation: against the matrix exponential of the same equation, closed forms and conservation laws."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.constants import e, hbar, m_e
from scipy.integrate import quad
from scipy.linalg import expm
from scipy.optimize import brentq

from femsot.base.components import cross_matrix
from femsot.base.errors import InputError
from femsot.scattering.amplitudes import PAULI, plane
from femsot.scattering.hamiltonian import Hamiltonian
from femsot.scattering.tensors import tensors
from femsot.solvers.boltzmann import End, Grid, Layer, UnheldError, distribution, reservoir, wall
from femsot.solvers.boltzmann.joints import joint

RNG = np.random.default_rng(7)
TILTED = np.array([0.3, -0.5, 0.8]) / np.linalg.norm([0.3, -0.5, 0.8])
PT = Layer(thickness=1.3, mean_free_path=2.0, spin_flip=0.03, shift=RNG.normal(size=(4, 3)))
CO = Layer(
    thickness=0.8,
    mean_free_path=3.0,
    polarization=0.4,
    spin_flip=0.01,
    precession=0.7,
    magnetization=TILTED,
    shift=RNG.normal(size=(4, 3)),
)
RASHBA = Hamiltonian(magnetization=(0.6, 0.0, 0.8), fermi_wavevector=1e10, barrier=0.4, exchange=0.2, rashba=0.25)


def collisions(layer):
    """A and M as 4 x 4 matrices of (c, x, y, z), written out anew; (up, down) = (g_c - g_m, g_c + g_m)."""
    m, w = layer.magnetization, layer.spin_flip
    up, down = (1 / (layer.mean_free_path * (1 + s * layer.polarization)) for s in (1, -1))
    A, M = np.zeros((4, 4)), np.zeros((4, 4))
    across, turn = np.eye(3) - np.outer(m, m), cross_matrix(m)
    mean, half = (up + down) / 2, (up - down) / 2
    A[0, 0] = M[0, 0] = mean
    A[0, 1:] = A[1:, 0] = M[0, 1:] = M[1:, 0] = -half * m
    A[1:, 1:] = mean * np.eye(3) - layer.precession * turn
    M[1:, 1:] = (mean - 2 * w) * np.outer(m, m) + (np.sqrt((up - w) * (down - w)) - w) * across
    return A, M


def brute(layers, interface, ends, *, grid):
    """<g> and <mu g> at the faces of two layers: dg/dz = B g + s at every angle (Amin16 C13), by expm."""
    n, p = grid.polar, grid.azimuths
    kx, ky = grid.plane
    mu = np.concatenate([grid.mu, -grid.mu])
    khat = np.stack([np.tile(kx, (2, 1)), np.tile(ky, (2, 1)), np.repeat(mu[:, None], p, 1)], -1).reshape(-1, 3)
    weight = np.repeat(np.tile(grid.weights, 2), p) / (2 * p)
    size = len(khat) * 4
    maps = []
    for layer in layers:
        A, M = collisions(layer)
        B = np.kron(np.ones((len(khat), 1)) * weight, M) - np.kron(np.eye(len(khat)), A)
        drive = (khat @ layer.shift.T @ A.T).ravel()  # M <h> = 0
        B, drive = B / np.repeat(khat[:, 2], 4)[:, None], drive / np.repeat(khat[:, 2], 4)
        whole = expm(np.block([[B, drive[:, None]], [np.zeros((1, size + 1))]]) * layer.thickness)
        maps.append((whole[:-1, :-1], whole[:-1, -1]))
    # unknowns: g at the bottoms of both layers; conditions: bottom end, interface, top end
    up, down = np.arange(size // 2), np.arange(size // 2, size)
    rows, right = [], []

    def end_condition(end, into, out, *, at, source):
        """g_in = specular g_out + diffuse <2 mu g_out> + incoming, g = at x + source."""
        flux = np.kron(np.repeat(2 * grid.weights * grid.mu, p) / p, np.diag(end.diffuse))
        spread = np.tile(flux, (n * p, 1))
        back = np.kron(np.eye(n * p), np.diag(end.specular)) + spread
        rows.append(at[into] - back @ at[out])
        right.append(np.tile(end.incoming, n * p) - source[into] + back @ source[out])

    eye, zero = np.eye(size), np.zeros((size, size))
    end_condition(ends[0], up, down, at=np.hstack([eye, zero]), source=np.zeros(size))
    (T0, s0), (T1, s1) = maps
    scatter = joint(interface, grid).scatter.reshape(n * p, 2, 4, 2, 4)
    sides = [(np.hstack([T0, zero]), s0), (np.hstack([zero, eye]), np.zeros(size))]
    towards = [sides[0][0][up], sides[1][0][down]], [sides[0][1][up], sides[1][1][down]]
    for side, leaving in ((0, down), (1, up)):
        row, known = sides[side][0][leaving].copy(), sides[side][1][leaving].copy()
        for other in (0, 1):
            block = np.zeros((n * p, 4, n * p, 4))
            block[np.arange(n * p), :, np.arange(n * p), :] = scatter[:, side, :, other, :]
            block = block.reshape(size // 2, size // 2)
            row -= block @ towards[0][other]
            known -= block @ towards[1][other]
        rows.append(row)
        right.append(-known)
    end_condition(ends[1], down, up, at=np.hstack([zero, T1]), source=s1)
    x = np.linalg.solve(np.concatenate(rows), np.concatenate(right))
    found = [x[:size], T0 @ x[:size] + s0, x[size:], T1 @ x[size:] + s1]
    g = np.array(found).reshape(2, 2, -1, 4)
    return np.einsum("n,lfna->lfa", weight, g), np.einsum("n,lfna->lfa", weight * khat[:, 2], g)


@pytest.mark.parametrize(
    "ends",
    [(wall(0.3), reservoir(0.5)), (reservoir(), wall(0.0)), (End(specular=[1, 0, 0, 0]), reservoir(1.0))],
    ids=["partly diffuse", "diffuse", "spin sink"],
)
def test_modes_and_matrix_exponential_agree(ends):
    """Any wrong rate, mode, face, frame, source or boundary condition: the same equation, solved without modes."""
    grid = Grid(3, 4)
    found = distribution([PT, CO], [RASHBA], ends, grid=grid)
    mu, J = brute([PT, CO], RASHBA, ends, grid=grid)
    assert_allclose(found.ends[0], mu, rtol=0, atol=1e-11)
    assert_allclose(found.ends[1], J, rtol=0, atol=1e-11)
    assert found.residual < 1e-13


def trilayer(polar=16, azimuths=12):
    """Three layers, two tilted magnets, one Rashba and one transparent interface, a diffuse top."""
    second = replace(CO, magnetization=np.array([1.0, 0.0, 0.0]), precession=-0.3, thickness=2.0)
    return distribution([CO, PT, second], [RASHBA, None], (wall(), wall(0.2)), grid=Grid(polar, azimuths))


def test_charge_and_moment_are_conserved():
    """A collision or interface that loses charge, or spin that nobody receives."""
    found = trilayer()
    _, J = found.ends
    largest = np.abs(J).max()
    assert np.abs(J[:, :, 0]).max() < 1e-13 * largest  # closed: no charge leaves
    for i, layer in enumerate(found.layers):
        lost = J[i, 0, 1:] - J[i, 1, 1:]
        assert np.linalg.norm(lost) > 1e-3 * largest
        assert_allclose(lost, sum(layer.uptake(found.integral(i)[1:])), rtol=0, atol=1e-12 * largest)
    for i in (0, 1):
        assert_allclose(J[i, 1] - J[i + 1, 0], [0, *sum(found.torques(i))], rtol=0, atol=1e-12 * largest)
    assert np.linalg.norm(found.torques(0)[0]) > 1e-3 * largest
    assert np.linalg.norm(found.torques(0)[1]) > 1e-3 * largest


def test_profiles_meet_the_faces_and_the_integrals():
    """A profile of the wrong layer, frame or mode: against the distribution at the faces, and by quadrature."""
    found = trilayer()
    x, w = np.polynomial.legendre.leggauss(120)
    for i, layer in enumerate(found.layers):
        d = layer.thickness
        for values, faces in zip(found.at(i, np.array([0.0, d])), found.ends, strict=True):
            assert_allclose(values, faces[i], rtol=0, atol=1e-12)
        # the accumulation has a logarithmic slope at its ends: nodes t = 3 x^2 - 2 x^3
        x01 = (x + 1) / 2
        mu, _ = found.at(i, d * x01**2 * (3 - 2 * x01))
        integral = d / 2 * (w * 6 * x01 * (1 - x01)) @ mu
        assert_allclose(integral, found.integral(i), rtol=0, atol=1e-9)
        z = d * np.array([0.5 - 1e-5, 0.5, 0.5 + 1e-5])
        mu, J = found.at(i, z)
        slope = (J[2] - J[0]) / (z[2] - z[0])
        assert_allclose(-slope[1:], sum(layer.uptake(mu[1, 1:])), rtol=0, atol=1e-8)


@pytest.mark.parametrize(
    ("polarization", "ratio"), [(0.0, 1e4), (0.0, 1e3), (0.0, 100.0), (0.0, 10.0), (0.46, 1e4), (0.46, 100.0)]
)
def test_spins_decay_by_the_exact_mode_and_diffusively_where_flips_are_rare(polarization, ratio):
    """A factor 2 in tau_sf: det[1 - artanh(k/r)/k M] = 0, in the limit lambda_sf^2 = (1 - P^2) lambda tau_sf/6."""
    w = 1 / ratio
    layer = Layer(thickness=1.0, mean_free_path=1.0, polarization=polarization, spin_flip=w)
    rates, into = layer.rates, layer.scattered_in

    def dispersion(k):
        return np.linalg.det(np.eye(2) - np.diag(np.arctanh(k / rates) / k) @ into)

    limit = np.sqrt((1 - polarization**2) / (6 * w))
    mode = np.sort(layer.modes(Grid(48, 4))[0].q)[1]
    exact = brentq(dispersion, 0.98 * mode, min(rates.min(), 1.02 * mode), xtol=1e-15)
    assert_allclose(mode, exact, rtol=1e-9)
    assert_allclose(mode * limit, 1, atol=1.1 / ratio)
    if ratio >= 1e4:
        assert_allclose(mode * limit, 1, atol=1e-4)


@pytest.mark.parametrize("thickness", [0.1, 1.0, 10.0])
@pytest.mark.parametrize("p", [0.0, 0.4])
def test_film_with_rough_surfaces_is_fuchs_and_sondheimers(thickness, p):
    """In-plane conduction with diffuse, partly diffuse surfaces: the closed form (Adv. Phys. 1, 1, 1952)."""

    def lost(t):
        return (t**-3 - t**-5) * (1 - np.exp(-thickness * t)) / (1 - p * np.exp(-thickness * t))

    closed = 1 - 3 / (2 * thickness) * (1 - p) * quad(lost, 1, np.inf, epsabs=1e-13, epsrel=1e-12)[0]
    shift = np.zeros((4, 3))
    shift[0, 0] = 1.0
    film = Layer(thickness=thickness, mean_free_path=1.0, spin_flip=0.01, shift=shift)
    found = distribution([film], [], (wall(p), wall(p)), grid=Grid(40, 8))
    assert_allclose(found.sheet(0) * 3 / thickness, [closed, 0], rtol=0, atol=1e-8)


def test_mixing_conductance_of_a_precessing_half_space():
    """0.3107 - 0.0620i of 4 Sharvin conductances (docs/misprints.md, Amin16 B9); drift-corrected theory is near it."""
    values = {"magnetization": (0, 0, 1), "fermi_wavevector": 1e10, "barrier": 0.42645, "exchange": 0.20055}
    ham = Hamiltonian(**values)
    normal = Layer(thickness=30.0, mean_free_path=1.0, spin_flip=1e-9)
    # 1/omega far below the mean free path: nothing comes back
    magnet = Layer(thickness=30.0, mean_free_path=5.0, polarization=0.46, spin_flip=1e-4, precession=300.0)
    injected = End(incoming=np.array([0.0, 1.0, 0.0, 0.0]))
    found = distribution([normal, magnet], [ham], (injected, wall()), grid=Grid(48, 8))
    mu, J = found.at(0, np.array([15.0, 16.0]))
    at_plane = mu[1] + (mu[1] - mu[0]) * 14.0  # the diffusive profile, continued to the plane
    conductance = complex(*J[1, 1:3]) / complex(*at_plane[1:3])
    # components along m are not driven; e1 -> e1 + i e2
    assert_allclose(conductance.real, 0.3107, atol=0.004)
    assert_allclose(abs(conductance.imag), 0.0620, atol=0.004)
    # one-sided circuit theory, the drift term on the side of the normal metal: G' = G/(1 - 3 G2), G2 = <mu^2 (1 - R)>
    grid = Grid(64, 16)
    lost = np.eye(4) - joint(ham, grid).scatter.mean(1)[:, 0, :, 0, :]
    one, two = (np.einsum("n,nab->ab", grid.weights * grid.mu**k / 2, lost) for k in (1, 2))
    bare, square = (complex(x[1, 1], x[2, 1]) for x in (one, two))
    found = tensors(replace(ham, correction="bare")).conductance[0, 1:3, 0, 1:3]
    assert_allclose(found[:, 0] / (e**2 * ham.kF**2 / (np.pi**2 * hbar)), [bare.real, bare.imag], rtol=0, atol=1e-7)
    assert abs(bare / (1 - 3 * square) - conductance) < 0.012
    assert abs(bare - conductance) > 0.1


def test_half_spaces_of_appendix_d_solve_the_same_equation():
    """Two codes, one equation: the law that is made of half spaces, and thick layers solved whole."""
    paths, precession = np.array([1e-9, 5e-9]), 0.6e-9
    ham = Hamiltonian(
        magnetization=(0, 0, 1),
        ferromagnet="above",
        fermi_wavevector=1e10,
        barrier=0.42645,
        exchange=0.20055,
        relaxation_time=tuple(paths * m_e / (hbar * 1e10)),
        polarization=0.46,
        precession_length=precession,
        correction="boltzmann",
        tolerance=1e-7,
    )
    K = e**2 * ham.kF**2 / (np.pi**2 * hbar)
    law = tensors(ham).conductance[0, 1:3, 0, 1] / K
    normal = Layer(thickness=40e-9, mean_free_path=paths[0], spin_flip=1.0)
    magnet = Layer(
        thickness=80e-9, mean_free_path=paths[1], polarization=0.46, spin_flip=1e3, precession=1 / precession
    )
    injected = End(incoming=np.array([0.0, 1.0, 0.0, 0.0]))
    found = distribution([normal, magnet], [ham], (injected, wall()), grid=Grid(64, 8))
    mu, J = found.at(0, np.array([20e-9, 21e-9]))
    at_plane = mu[1] + (mu[1] - mu[0]) * 19.0
    assert_allclose(complex(*J[1, 1:3]) / complex(*at_plane[1:3]), complex(*law), rtol=0, atol=1e-5)


def test_interface_maps_by_two_routes():
    """R and T of a wrong order, frame or factor: a Hamiltonian in its own frame, and amplitudes along x, y, z."""
    grid = Grid(6, 7)

    def amplitudes(kx, ky):
        kz = np.sqrt(1 - kx**2 - ky**2)
        m = RASHBA.axes[2]
        field = [0.2 * m[0] + 0.25 * ky, 0.2 * m[1] - 0.25 * kx, 0.2 * m[2] + 0 * kx]
        kappa = 2 * (0.4 * np.eye(2) + np.einsum("a...,aij->...ij", np.array(field), PAULI[1:]))
        return plane(np.stack([np.stack([kz, kz], -1)] * 2, -2), kappa)

    one, other = joint(RASHBA, grid), joint(amplitudes, grid)
    assert_allclose(one.scatter, other.scatter, rtol=0, atol=1e-13)
    assert_allclose(one.torque + one.lattice, other.lattice, rtol=0, atol=1e-13)
    assert_allclose(one.scatter[..., 0, :, :].sum(-3), np.broadcast_to(np.eye(4)[0], (6, 7, 2, 4)), rtol=0, atol=1e-13)


def test_turning_everything_about_z_turns_the_answer():
    """An axis or a node of the azimuth that is preferred."""

    def torque(angle):
        c, s = np.cos(angle), np.sin(angle)
        turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
        both = np.eye(4)
        both[1:, 1:] = turn
        layers = [replace(x, magnetization=turn @ x.magnetization, shift=both @ x.shift @ turn.T) for x in (PT, CO)]
        ham = replace(RASHBA, magnetization=turn @ RASHBA.magnetization)
        found = distribution(layers, [ham], (wall(), wall(0.5)), grid=Grid(12, 48))
        return turn.T @ found.torques(0)[0]

    assert_allclose(torque(0.4), torque(0.0), rtol=0, atol=1e-9 * np.linalg.norm(torque(0.0)))


def _ones(kx):
    return np.broadcast_to(np.eye(2), (*kx.shape, 2, 2))


REFUSED = {
    "time": (lambda: replace(PT, mean_free_path=0.0), "boltzmann.layer.mean_free_path: got 0, allowed: a finite"),
    "flips": (
        lambda: replace(PT, spin_flip=0.6),
        "boltzmann.layer.spin_flip: got 0.6, allowed: at most 1/lambda = 0.5",
    ),
    "count": (lambda: distribution([PT], [None], (wall(), wall()), grid=Grid(4, 4)), "1 layers and 1 interfaces"),
    "mirror": (lambda: wall(1.2), "boltzmann.end.diffuse: got -0.2"),
    "sum": (lambda: End(diffuse=np.full(4, 0.5)), "a sum of at most 1"),
    "surfaces": (
        lambda: joint(Hamiltonian(magnetization=(0, 0, 1), fermi_wavevector=1e10, potential_step=0.1), Grid(4, 4)),
        "allowed: all equal; leave out potential_step",
    ),
    "amplitudes": (
        lambda: joint(lambda kx, ky: replace(plane(np.ones((*kx.shape, 2, 2)), np.eye(2)), t=_ones(kx)), Grid(4, 4)),
        "charge is not conserved, by",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    """Input without meaning that goes through, or a message that does not say what is allowed."""
    make, text = REFUSED[case]
    with pytest.raises(InputError) as error:
        make()
    assert text in str(error.value)


def test_spin_that_nothing_holds_is_an_error():
    """A singular system that returns noise of 1e16."""
    with pytest.raises(UnheldError):
        distribution([replace(PT, spin_flip=0.0)], [], (wall(), wall()), grid=Grid(6, 4))
