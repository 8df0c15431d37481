"""The map of one layer against extended precision: a series for a thin slice, doubled until it is the layer.

Two equal slices (f, b) = (tanh(q h/2)/q, q/sinh(q h)) joined back to back make one of 2 h, without cancellation.
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from oracle import explicit_conductivity, explicit_relaxation, relative, unit
from random_stacks import random_ferromagnet
from scipy.linalg import expm

import femsot as fs
from femsot.materials.tensors import through
from femsot.solvers.exact import slab
from femsot.solvers.exact.slab import matrix_functions, slabs

S = 1e17  # a usual rate, (3 nm)^-2
MATRICES = {
    "diagonal": np.diag([1 + 40j, 0.4]) * S,
    "coupled": np.array([[12 + 40j, 0.1], [3 - 10j, 0.4]]) * S,
    "real": np.array([[3, 1], [2, 2.0]]) * S,
    "defective": np.array([[1, 0.5], [0, 1.0]]) * S,
    "nearly defective": np.array([[1, 0.5], [1e-9, 1 + 3e-3]]) * S,
    "exceptional": np.array([[1 + 0.2j, 0.3], [1e-5j, 1 + 0.2j]]) * S,
    "almost exceptional": np.array([[1, 0.5], [1e-12, 1.0]]) * S,
    "edge of the cluster": np.array([[1, 0.05], [0.05, 1.0]]) * S,
    "zero eigenvalue": np.array([[1, -1], [-1, 1.0]]) * S,
    "zero": np.zeros((2, 2)),
    "far eigenvalues": np.array([[1e3, 3e2], [1e-7, 1e-9]]) * S,
    "far, other order": np.array([[1e-9, 1e-7], [3e2, 1e3]]) * S,
    "complex pair": np.array([[1, -0.8], [0.7, 1.0]]) * S,
    "one component": np.array([[2 + 3j]]) * S,
}


def inverse(m):
    """The inverse of a 1 x 1 or 2 x 2 matrix in its own precision."""
    if len(m) == 1:
        return 1 / m
    (a, b), (c, d) = m
    return np.array([[d, -b], [-c, a]]) / (a * d - b * c)


def doubled(M, d):
    """tanh(q d/2)/q and q/sinh(q d), q^2 = M, in extended precision."""
    M = M.astype(np.clongdouble)
    steps = max(0, int(np.ceil(np.log2(max(float(np.abs(M).max()) ** 0.5 * d, 1e-30)))) + 3)
    h, eye = np.longdouble(d) / 2**steps, np.eye(len(M), dtype=np.clongdouble)
    t, power, factorial = M * h * h, eye, np.longdouble(1)
    sinh, cosh = 0 * eye, 0 * eye  # sinh(x)/x and (cosh(x) - 1)/x^2 in powers of x^2 = t
    for j in range(12):
        sinh, cosh = sinh + power / factorial, cosh + power / (factorial * (2 * j + 2))
        factorial, power = factorial * (2 * j + 2) * (2 * j + 3), power @ t
    f, b = h * (cosh @ inverse(sinh)), inverse(sinh) / h
    for _ in range(steps):
        through = b @ inverse(b + M @ f)
        f, b = f + through @ f, through @ b / 2
    return f, b


@pytest.mark.parametrize("d", [1e-12, 1e-10, 5e-9, 1e-7, 1e-3])
@pytest.mark.parametrize("name", MATRICES)
def test_matrix_functions_are_exact(name, d):
    """Catches projectors at an exceptional point, 0/0 at a zero eigenvalue, overflow, a thin layer's lost digits."""
    found, wanted = matrix_functions(MATRICES[name], np.asarray(d)), doubled(MATRICES[name], d)
    for one, other in zip(found, wanted, strict=True):
        scale = float(np.abs(other).max())
        assert np.all(np.isfinite(one))
        assert np.abs(one - other).max() <= 3e-13 * scale + 1e-290


@pytest.mark.parametrize("d", [1e-12, 1e-10, 5e-9, 1e-7, 1e-6])
@pytest.mark.parametrize("name", MATRICES)
def test_doubled_slices_are_exact(name, d):
    """Catches a series cut too early, a doubling that grows, slow decay that is lost beside fast decay."""
    f, b = doubled(MATRICES[name], d)
    for found, wanted in zip(slab.doubled(MATRICES[name], np.asarray(d)), (f, b, MATRICES[name] @ f), strict=True):
        assert np.abs(found - wanted).max() <= 2e-13 * float(np.abs(wanted).max()) + 1e-290


def test_axial_layers_are_the_same_by_both_ways():
    """Catches a general map of its own sign or order: where C is axial, slices doubled are the closed form."""
    rng, m = np.random.default_rng(8), unit([0.2, 0.9, -0.4])
    for d in (1e-10, 3e-9, 1e-7):
        bulk = random_ferromagnet(rng, "F").bulk()
        (closed,) = slabs([(bulk, m, d)])
        C, R = through(bulk, m)
        f, b, t = slab.doubled(np.linalg.solve(C, R), np.asarray(d))
        for found, wanted in ((C @ b, closed.B), (C @ t, closed.D), (f, closed.F)):
            assert relative(found, wanted) < 1e-12


@pytest.mark.parametrize("name", ["far eigenvalues", "far, other order", "diagonal", "zero eigenvalue"])
def test_small_entries_keep_their_digits(name):
    """Catches an error relative to the largest eigenvalue only: every diagonal entry of f is exact by itself."""
    for d in (1e-10, 5e-9, 1e-6):
        found, wanted = matrix_functions(MATRICES[name], np.asarray(d))[0], doubled(MATRICES[name], d)[0]
        assert_allclose(np.diag(found).astype(complex), np.diag(wanted).astype(complex), rtol=1e-12)


def test_functions_are_continuous_where_the_branches_meet():
    """Catches a jump between projectors and clusters (2 r = 5% of the mean), and between series and exponentials."""
    for split in np.array([0.9, 0.999999, 1.000001, 1.1]) * 0.05:
        M = np.array([[1, split], [split, 1.0]]) * S
        for one, other in zip(matrix_functions(M, np.asarray(4e-9)), doubled(M, 4e-9), strict=True):
            assert_allclose(one, other.astype(complex).real, rtol=1e-13)
    for x in (0.999e-3, 1.001e-3):
        d = x / np.sqrt(S)
        for one, other in zip(
            matrix_functions(np.array([[S]]), np.asarray(d)), doubled(np.array([[S]]), d), strict=True
        ):
            assert_allclose(one, other.astype(complex).real, rtol=1e-15)


def test_a_batch_mixes_branches():
    """Catches np.where on a batch that holds a cluster, a zero eigenvalue and far eigenvalues at once."""
    names = ["real", "defective", "nearly defective", "zero eigenvalue", "far eigenvalues", "zero"]
    M, d = np.array([MATRICES[n] for n in names])[:, None], np.array([1e-10, 6e-9, 1e-4])
    f, b = matrix_functions(M, d)
    for i, j in np.ndindex(len(names), 3):
        one = matrix_functions(M[i, 0], d[j])
        assert_allclose(f[i, j], one[0], rtol=1e-13, atol=1e-30)
        assert_allclose(b[i, j], one[1], rtol=1e-13, atol=1e-30)


@pytest.mark.parametrize("closure", ["conserving", "ning24"])
@pytest.mark.parametrize("d", [1e-10, 3e-9])
def test_slab_maps_potentials_to_currents(d, closure):
    """Catches B, D or F of another sign or order: J(0) = A u_0 - B u_d, J(d) = B u_0 - A u_d, F: the mean of u."""
    rng, m = np.random.default_rng(6), unit([0.2, 0.9, -0.4])
    x = random_ferromagnet(rng, "F")
    c = explicit_conductivity(x, m)[:, 2, :, 2]
    c = c[1:, 1:] - np.outer(c[1:, 0], c[0, 1:]) / c[0, 0]
    r = explicit_relaxation(x, m, closure=closure)[0][1:, 1:]
    generator = np.block([[np.zeros((6, 6)), -np.linalg.inv(c / 1e15)], [-r / 1e15, np.zeros((6, 6))]])
    flow = expm(generator * d)  # (u, J/1e15) at d from those at 0
    (made,) = slabs([(x.bulk(closure), m, d)])
    u0, ud = rng.normal(size=(2, 6))
    low = np.linalg.solve(flow[:6, 6:], ud - flow[:6, :6] @ u0) * 1e15
    high = flow[6:, :6] @ u0 * 1e15 + flow[6:, 6:] @ low
    through = made.B @ (u0 - ud)
    assert relative(through + made.D @ u0, low) < 1e-10
    assert relative(through - made.D @ ud, high) < 1e-10
    assert relative(r @ made.F @ (u0 + ud), low - high) < 1e-9


def test_what_is_conserved_leaves_as_it_came():
    """Catches D = A - B: without relaxation the current through 1e-10 m or 1 mm is one number, exactly."""
    x = random_ferromagnet(np.random.default_rng(7), "F", orbital=False)
    given = {f: v for f, v in vars(x).items() if not f.startswith("_")}
    free = type(x)(**given | dict(spin_diffusion_length=np.inf, dephasing_length=None, exchange_length=None))
    for d in (1e-10, 1e-3):
        (made,) = slabs([(free.bulk(), unit([1.0, 1.0, 0.0]), d)])
        assert not np.any(made.D)
        assert_allclose(made.F, d / 2 * np.eye(3), rtol=1e-14, atol=1e-16 * d)


def test_a_layer_without_any_decay_beside_a_coupled_one():
    """Catches 0/0 for M = 0 in one call with a coupled M: both eigenvalues are equal, and their mean is zero."""
    numbers = dict(conductivity=1e6, orbital_conductivity=1e6)
    free = fs.NormalMetal(name="free", spin_diffusion_length=np.inf, orbital_diffusion_length=np.inf, **numbers)
    lengths = dict(spin_diffusion_length=2e-9, orbital_diffusion_length=3e-9, spin_orbit_length=4e-9)
    coupled = fs.NormalMetal(name="coupled", **lengths, **numbers)
    stack = fs.Stack(
        [fs.Layer("A", free, 3e-9), fs.Layer("B", coupled, 3e-9)], bottom=fs.Injection(spin_current=(1e9, 0, 0))
    )
    solution = fs.solve(stack)
    assert_allclose(solution.flux([0, 3e-9])[1], 1e9, rtol=1e-13)
