"""Lattice interfaces of Kwant against the analytic plane: exactly on the lattice, and in the continuum limit."""

import sys
import warnings
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from femsot.base.errors import InputError
from femsot.scattering import Hamiltonian, from_amplitudes, tensors
from femsot.scattering.amplitudes import from_matrix
from femsot.scattering.kwant import Chain, delta_chain, disc, from_kwant, kwant_amplitudes

KF = 16e9
SIGMA = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
TIMES = ((1e-15, 0.5e-15), (0.8e-15, 0.6e-15))
PLANE = {
    "fermi_wavevector": KF,
    "magnetization": (0.5, -0.3, 0.8),
    "ferromagnet": "both",
    "barrier": 2.0,
    "exchange": 0.3,
    "rashba": 0.5,
    "dresselhaus": 0.1,
    "relaxation_time": TIMES,
    "correction": "bare",
}
ABOVE = PLANE | {"ferromagnet": "above", "relaxation_time": (1e-15, TIMES[1]), "potential_step": 1.2}
CASES = {
    "plane": PLANE,
    "magnet above": ABOVE | {"exchange_splitting": 3.0},
    "magnets": PLANE | {"potential_step": 1.0, "exchange_splitting": 3.0},
    "half metal below": ABOVE | {"ferromagnet": "below", "relaxation_time": TIMES[::-1][:1] + (1e-15,)}
    | {"exchange_splitting": 25.0},
}  # fmt: skip


@pytest.fixture(scope="module")
def kwant():
    """The package; without MUMPS it warns when it is imported."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("kwant", reason="no Kwant: in its own environment, see `femsot.scattering.kwant`")


def laboratory(h, k, *, a=0.0, kinetic=None):
    """The plane's amplitudes by 2x2 matrices along x, y, z; a: of the lattice, kF a, where k_z -> sin(q a)/a."""
    m = np.asarray(h.magnetization) / np.linalg.norm(h.magnetization)
    s_m = np.einsum("a,aij->ij", m, SIGMA[1:])
    kx, ky = (k / KF).T
    kinetic = kx**2 + ky**2 if kinetic is None else kinetic
    field = 2 * np.stack([h.rashba * ky + h.dresselhaus * kx, -h.rashba * kx - h.dresselhaus * ky, 0 * kx])
    kappa = 2 * h.barrier * np.eye(2) + 2 * h.exchange * s_m + np.einsum("an,aij->nij", field, SIGMA[1:])
    square = h.fermi[:, :, None] - kinetic
    kz = np.sqrt(square * (1 - square * a**2 / 4) + 0j)

    def matrix(values):
        return np.einsum("psn,sij->psnij", values, np.array([np.eye(2) + s_m, np.eye(2) - s_m]) / 2).sum(axis=1)

    g = np.linalg.inv(1j * matrix(kz).sum(axis=0) - kappa)
    root, passing = matrix(np.sqrt(kz.real)), matrix((kz.real > 0) * 1.0)
    s = 2j * np.einsum("pnij,njk,qnkl->npqil", root, g, root)
    s[:, [0, 1], [0, 1]] -= np.moveaxis(passing, 0, 1)
    return from_matrix(s)


def wave_vectors(n=12, size=1.3):
    """Scattered over a disc beyond the Fermi circle below."""
    rng = np.random.default_rng(5)
    radius, angle = size * KF * np.sqrt(rng.uniform(size=n)), 2 * np.pi * rng.uniform(size=n)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


@pytest.mark.parametrize("case", CASES)
def test_amplitudes_of_the_lattice_are_known_exactly(kwant, case):
    """Kwant's own spin basis, phase or plane left in r and t; closed channels and both sides' magnets included."""
    h, k = Hamiltonian(**CASES[case]), wave_vectors()
    for a in (0.5, 0.1):
        assert_allclose(kwant_amplitudes(delta_chain(h, a / KF), k).matrix, laboratory(h, k, a=a).matrix, atol=1e-9)


def order(errors):
    return np.log2(errors[:-1] / errors[1:])


def test_tensors_converge_to_the_analytic_ones(kwant):
    """Another limit than the plane, m tilted and Rashba on: order 2 in the lattice constant, 4 once extrapolated."""
    h = Hamiltonian(**PLANE)
    exact, (k, w) = tensors(h), disc([KF], 9)
    found = [
        from_kwant(delta_chain(h, a / KF), k, w, magnetization=h.magnetization, relaxation_time=TIMES)
        for a in (0.4, 0.2, 0.1)
    ]
    assert max(x.unitarity_error for x in found) < 1e-9
    assert found[0].inputs["kwant"] == kwant.__version__
    for name in ("conductance", "source", "torque_mu", "torque_field", "lattice_mu", "lattice_field"):
        expected = getattr(exact, name)
        values = np.array([getattr(x, name) for x in found]) / np.abs(expected).max()
        expected = expected / np.abs(expected).max()
        errors = np.array([np.abs(x - expected).max() for x in values])
        assert_allclose(order(errors), 2, atol=0.05)
        assert errors[-1] < 1.5e-3
        better = (4 * values[1:] - values[:-1]) / 3
        errors = np.array([np.abs(x - expected).max() for x in better])
        assert_allclose(order(errors), 4, atol=0.2)
        assert errors[-1] < 4e-6


def test_magnetic_sides_converge(kwant):
    """A phase left between the two wave vectors of a side: transverse spin converges to something else."""
    h = Hamiltonian(**CASES["magnets"])
    exact, (k, w) = tensors(h), disc(np.sqrt(h.fermi).ravel() * KF, 4)
    options = {"magnetization": h.magnetization, "relaxation_time": TIMES}
    analytic = from_amplitudes(k, w, laboratory(h, k), **options)
    chains = [replace(delta_chain(h, a / KF), spin_orbit=None) for a in (0.2, 0.1)]
    found = [from_kwant(chain, k, w, **options) for chain in chains]
    for name in ("conductance", "source"):
        expected = getattr(analytic, name)
        errors = np.array([np.abs(getattr(x, name) - expected).max() for x in found]) / np.abs(expected).max()
        assert_allclose(order(errors), 2, atol=0.1)
    charge = exact.conductance[0, 0, 0, 0]
    extrapolated = (4 * found[1].conductance - found[0].conductance)[0, 0, 0, 0] / 3
    assert_allclose(extrapolated, charge, rtol=1e-3)


def crystal(kwant, h, a, *, swap=False):
    """The plane in a cubic crystal of two orbitals, one far away, mixed at random or swapped; three layers."""
    site = delta_chain(h, a / KF).system
    rng = np.random.default_rng(3)
    mix = np.linalg.qr(rng.normal(size=(2, 2)) + 1j * rng.normal(size=(2, 2)))[0]
    mix = np.kron(np.eye(2)[::-1] if swap else mix, np.eye(2))

    def orbitals(near, far):
        return mix @ np.kron(np.diag([1, 0]), near) @ mix.conj().T + mix @ np.kron(np.diag([0, 1]), far) @ mix.conj().T

    def energy(system, number):
        def value(site, kx, ky):
            near = system.hamiltonian(number, number, params={"kx": kx, "ky": ky})
            near = near - (kx**2 + ky**2) / KF**2 * np.eye(2) + 4 / a**2 * np.eye(2)
            return orbitals(near, 100 / a**2 * np.eye(2))

        return value

    lattice = kwant.lattice.cubic(norbs=4)
    hopping = orbitals(-np.eye(2) / a**2, -np.eye(2) / a**2)
    in_plane = [(1, 0, 0), (0, 1, 0)]
    region = kwant.Builder(kwant.TranslationalSymmetry(*in_plane))
    for z, part in ((-1, site.leads[0]), (0, site), (1, site.leads[1])):
        region[lattice(0, 0, z)] = energy(part, 0)
    region[lattice.neighbors()] = hopping
    region = kwant.wraparound.wraparound(region)
    for side, direction in enumerate((-1, 1)):
        lead = kwant.Builder(kwant.TranslationalSymmetry(*in_plane, (0, 0, direction)))
        lead[lattice(0, 0, 0)] = energy(site.leads[side], 0)
        lead[lattice.neighbors()] = hopping
        region.attach_lead(kwant.wraparound.wraparound(lead, keep=2))

    def parameters(kx, ky):
        return {"k_x": kx * a / KF, "k_y": ky * a / KF, "kx": kx, "ky": ky}

    return Chain(system=region.finalized(), energy=1.0, parameters=parameters, cells=(1, 1))


@pytest.mark.parametrize("case, swap", [("magnet above", False), ("magnets", True)])
def test_crystal_of_several_orbitals(kwant, case, swap):
    """Spin read from the wrong orbital, the plane one layer off, or the user's `params` ignored."""
    h, a = Hamiltonian(**CASES[case]), 0.5
    k = wave_vectors(6)
    kinetic = 2 * (2 - np.cos(k * a / KF).sum(axis=1)) / a**2
    expected = laboratory(h, k, a=a, kinetic=kinetic).matrix
    chain = crystal(kwant, h, a, swap=swap)
    assert_allclose(kwant_amplitudes(chain, k).matrix, expected, atol=1e-9)
    assert np.abs(kwant_amplitudes(replace(chain, cells=(0, 0)), k).matrix - expected).max() > 0.1


def test_torque_on_the_lattice_of_a_crystal(kwant):
    """Spin operators in the wrong order of orbitals: all that acts on spin, called H_so, leaves the magnet nothing."""
    h = Hamiltonian(**CASES["plane"])
    chain = crystal(kwant, h, 0.5)

    def everything(kx, ky):
        return chain.system.hamiltonian_submatrix(params=chain.parameters(kx, ky))

    k = wave_vectors(5, size=0.9)
    options = {"magnetization": h.magnetization, "relaxation_time": TIMES}
    some = from_kwant(chain, k, np.ones(5), **options)
    found = from_kwant(replace(chain, spin_orbit=everything), k, np.ones(5), **options)
    for mine, other in (("torque_mu", "lattice_mu"), ("torque_field", "lattice_field")):
        total = getattr(some, mine) + getattr(some, other)
        assert_allclose(getattr(found, other), total, atol=1e-9 * np.abs(total).max())
        assert_allclose(getattr(found, mine), 0, atol=1e-9 * np.abs(total).max())
        assert np.abs(getattr(some, mine)).max() > 0.1 * np.abs(total).max()
    with pytest.raises(InputError, match=r"spin_orbit: got shape \(2, 2\), allowed: \(12, 12\)"):
        from_kwant(replace(chain, spin_orbit=lambda kx, ky: np.eye(2)), k, np.ones(5))


def lead_chain(kwant, cell, hopping):
    """A uniform chain."""
    lattice = kwant.lattice.chain(norbs=len(cell))
    system = kwant.Builder()
    system[lattice(0)] = cell
    for direction in (-1, 1):
        lead = kwant.Builder(kwant.TranslationalSymmetry((direction,)))
        lead[lattice(0)], lead[lattice.neighbors()] = cell, hopping
        system.attach_lead(lead)
    return Chain(system=system.finalized(), energy=1.0, parameters=lambda kx, ky: {})


@pytest.mark.parametrize(
    "lead, match",
    [
        ((2 * SIGMA[0] + 0.3 * SIGMA[3], -SIGMA[0] + 0.5j * SIGMA[1]), "lead 0: its modes are no spin states"),
        ((np.kron(np.diag([2, 2.5]), SIGMA[0]), -np.eye(4)), "lead 0: 4 modes"),
        ((np.diag([2, 9, 2]), -np.eye(3)), "lead 0: 3 orbitals"),
    ],
    ids=["spin-orbit coupling", "bands", "orbitals"],
)
def test_refused_leads(kwant, lead, match):
    """Modes without a spin of their own, taken for spin up and down."""
    with pytest.raises(InputError, match=match):
        kwant_amplitudes(lead_chain(kwant, *lead), [[0.0, 0.0]])


def test_refused_input(kwant):
    """A band that ends below the Fermi energy leaves an empty S; a k of the wrong shape, half an answer."""
    h = Hamiltonian(**PLANE)
    with pytest.raises(InputError, match="allowed: < 2/k_F"):
        delta_chain(h, 2.1 / KF)
    with pytest.raises(InputError, match=r"lattice_constant: got -1"):
        delta_chain(h, -1.0)
    with pytest.raises(InputError, match=r"k: got shape \(2,\)"):
        kwant_amplitudes(delta_chain(h, 0.1 / KF), [0.0, 0.0])
    single = kwant.Builder()
    single[kwant.lattice.chain(norbs=2)(0)] = np.eye(2)
    with pytest.raises(InputError, match="got 0 leads"):
        kwant_amplitudes(Chain(system=single.finalized(), energy=1.0), [[0.0, 0.0]])


def test_missing_kwant_says_what_to_install(monkeypatch):
    """A bare ModuleNotFoundError, where the plain pip install fails too."""
    monkeypatch.setitem(sys.modules, "kwant", None)
    with pytest.raises(ModuleNotFoundError, match="no-build-isolation kwant"):
        delta_chain(Hamiltonian(**PLANE), 0.1 / KF)


def test_disc_is_exact_for_smooth_functions_of_every_normal_wave_vector():
    """A threshold inside a panel: k_z has a square root there, and the rule loses its order."""
    k, w = disc([2.0, 1.0, 1.0, 0.0], 12)
    square = np.sum(k**2, axis=1)
    for radius in (1.0, 2.0):
        assert_allclose(w @ np.sqrt(np.maximum(radius**2 - square, 0)), 2 * np.pi * radius**3 / 3, rtol=1e-12)
    assert_allclose(w @ (k[:, 0] ** 2 * k[:, 1] ** 2), np.pi * 2**6 / 24, rtol=1e-12)
