"""Operators, direct and iterative solvers of devices, on small problems assembled here."""

from dataclasses import replace

import numpy as np
import pytest
from linear_problems import HEAVY, LIGHT, NM, magnet, pillar, strip_dot, vortex
from numpy.testing import assert_allclose
from scipy.sparse import csr_array, diags_array, random_array

from femsot.base.errors import InputError, SolveError
from femsot.solvers.fem import direct, krylov, linear
from femsot.solvers.fem.levels import Piece, Potentials
from femsot.solvers.fem.linear import solve_linear
from femsot.solvers.fem.multigrid import Blocks, Multigrid
from femsot.solvers.fem.system import System, Term

TOLERANCE = 1e-10
SHORT = replace(HEAVY, spin_diffusion_length=0.05 * NM, orbital_diffusion_length=0.05 * NM)
STRONG = magnet(exchange_length=0.25 * NM)


def random_system(k=7, nodes=60, seed=0):
    """Diagonally dominant, with empty rows and components, one floating contact and held unknowns."""
    rng = np.random.default_rng(seed)
    terms = []
    for part in (slice(0, nodes), slice(0, nodes // 2), slice(nodes // 2, nodes)):
        matrix = random_array((nodes, nodes), density=0.1, rng=rng).tolil()
        keep = np.zeros(nodes, bool)
        keep[part] = True
        matrix[~keep] = 0
        tensor = rng.normal(size=(k, k)) * (rng.random((k, k)) < 0.3)
        terms.append(Term(csr_array(matrix), tensor))
    terms.append(Term(csr_array(diags_array(np.full(nodes, 20.0))), np.eye(k)))
    held = rng.random((nodes, k)) < 0.1
    floating = np.arange(10, 15)
    held[floating, 0] = False
    values = np.where(held, rng.normal(size=held.shape), 0)
    load, points = rng.normal(size=held.shape), rng.random((nodes, 3))
    return System(tuple(terms), load, held, values, (floating,), np.zeros((nodes, 3)), points)


@pytest.mark.parametrize("k", [4, 7])
def test_the_operator_is_its_matrix(k):
    """A tensor transposed, or rows compressed wrongly, gives another operator."""
    system = random_system(k)
    X = np.random.default_rng(1).normal(size=system.load.shape)
    assert_allclose(system.apply(Potentials.flat(X)).ravel(), system.matrix() @ X.ravel(), atol=1e-12)
    dense = sum(np.kron(term.matrix.toarray(), term.tensor) for term in system.terms)
    assert_allclose(system.matrix().toarray(), dense, atol=1e-13)


def test_folding_is_the_reduced_operator():
    """A floating contact's balances are added up and its nodes share phi; what is held drops out."""
    system = random_system()
    fold = system.folding()
    x = np.random.default_rng(1).normal(size=fold.shape[1])
    X = (fold @ x).reshape(system.load.shape)
    assert np.ptp(X[system.floating[0], 0]) == 0
    assert np.all(X[system.held] == 0)
    assert_allclose(system.reduced(Potentials.flat(X))[system.free], fold.T @ system.matrix() @ fold @ x, atol=1e-12)


@pytest.mark.parametrize("solver", ["direct", "krylov"])
def test_a_manufactured_solution_is_found(solver):
    """Held values, the floating phi and the loads all enter: the wrong sign of one of them is another solution."""
    system = random_system()
    X = system.spread(np.where(system.held, system.values, np.random.default_rng(2).normal(size=system.load.shape)))
    load = system.apply(Potentials.flat(X))
    load[system.floating[0][0], 0] = load[system.floating[0], 0].sum()
    load[system.floating[0][1:], 0] = 0
    solved = solve_linear(replace(system, load=load), solver=solver)
    assert solved.solver == solver
    assert_allclose(solved.x, X, atol=1e-8)


CASES = {
    "ordinary": {},
    "strong precession": {"ferromagnet": STRONG},
    "tilted": {"m": (1 / 3, 2 / 3, 2 / 3)},
    "vortex": {"m": vortex, "ferromagnet": STRONG},
    "flat": {"h": 25, "nz": 20},
    "floating": {"contacts": "floating"},
    "no sinks": {"sink": False, "contacts": "current"},
    "strong polarization": {"ferromagnet": magnet(polarization=0.8)},
    "contrast": {"strip": replace(LIGHT, conductivity=5e9, orbital_conductivity=5e9, spin_hall_angle=0.1)},
    "poor conductor": {"strip": replace(HEAVY, conductivity=5e4, orbital_conductivity=5e4)},
    "short lengths": {"strip": SHORT, "ferromagnet": magnet(spin_diffusion_length=0.1 * NM, dephasing_length=0.1 * NM)},
    "no orbit": {"k": 4},
    "hexahedra": {"kind": "hex"},
    "order 2": {"h": 50, "nz": 3, "order": 2},
    "hexahedra, order 2": {"h": 50, "nz": 3, "kind": "hex", "order": 2},
    "triangles": {"h": 4, "nz": 10, "kind": "triangle"},
    "quadrilaterals": {"h": 4, "nz": 10, "kind": "quad"},
}


@pytest.mark.parametrize("case", CASES)
def test_few_iterations_and_the_direct_answer(case):
    """Without node blocks precession stalls, without distances hexahedra and order 2, flat cells by aggregation."""
    system = strip_dot(**{"h": 20, "nz": 5} | CASES[case])
    found = solve_linear(system, solver="krylov", tolerance=1e-8)
    assert found.iterations <= 25
    assert found.residual < 1e-8
    finer = solve_linear(system, solver="krylov", tolerance=1e-12)
    exact = solve_linear(system, solver="direct")
    for part in system.fields:
        size = np.abs(exact.x[:, part]).max()
        assert_allclose(finer.x[:, part], exact.x[:, part], atol=1e-7 * size)


@pytest.mark.parametrize("angle", [0, 90, 180])
def test_two_magnets_at_an_angle(angle):
    """One frame for all of them, or one for each, converges only where they are parallel."""
    assert solve_linear(pillar(angle=angle), solver="krylov", tolerance=1e-8).iterations <= 25


def test_iterations_do_not_grow_with_refinement():
    """One-level preconditioners need twice as many at half the cell."""
    counts = [solve_linear(strip_dot(h=h, nz=nz), solver="krylov").iterations for h, nz in ((50, 3), (20, 5), (10, 10))]
    assert max(counts) <= min(counts) + 6


def test_the_residual_is_each_fields_own():
    """Orbital currents are a fifth of the charge's here: in one norm for all, errors in them would count less."""
    system = strip_dot(h=50, nz=3)
    x = solve_linear(system).x
    assert system.residuals(Potentials.flat(x)).max() < 1e-13
    rng = np.random.default_rng(3)
    for field, part in enumerate(system.fields):
        wrong = x.copy()
        wrong[:, part] *= 1 + 0.01 * rng.normal(size=x[:, part].shape)
        assert system.residuals(Potentials.flat(wrong))[field] > 3e-4
    together = np.linalg.norm(system.missing(Potentials.flat(wrong))) / np.linalg.norm(system.flux(Potentials.flat(x)))
    assert system.residuals(Potentials.flat(wrong))[2] > 3 * together, (
        "in one norm the last, orbit, would look better than it is"
    )


def test_a_shift_of_phi_is_no_flux():
    """A device at 100 V whose currents are due to millivolts would otherwise seem solved from the start."""
    system = strip_dot(h=50, nz=3)
    x = solve_linear(system).x
    shifted = x + np.eye(7)[0] * 100
    assert_allclose(system.flux(Potentials.flat(shifted)), system.flux(Potentials.flat(x)), rtol=1e-9)


def test_progress_tells_of_every_iteration():
    """The last residual told is what GMRES believes, the one returned what is true."""
    told = []
    found = solve_linear(strip_dot(h=50, nz=3), solver="krylov", progress=lambda *now: told.append(now))
    assert [count for count, _ in told] == list(range(1, found.iterations + 1))
    assert told[0][1] > 1e3 * told[-1][1]


def test_a_stall_says_what_and_what_next(monkeypatch):
    """Silence would hand over potentials that balance nothing."""
    monkeypatch.setattr(krylov, "MOST_ITERATIONS", 3)
    monkeypatch.setattr(krylov, "RESTART", 3)
    with pytest.raises(SolveError, match=r"'krylov': the \w+ currents balance to .* after 3 iterations.*'direct'"):
        solve_linear(strip_dot(h=20, nz=5), solver="krylov")


def test_a_stall_falls_back_on_a_direct_solver(monkeypatch):
    """`auto` answers as long as memory allows, and says how."""
    monkeypatch.setattr(krylov, "MOST_ITERATIONS", 3)
    monkeypatch.setattr(krylov, "RESTART", 3)
    monkeypatch.setattr(linear, "SMALL", {2: 0, 3: 0})
    system = strip_dot(h=50, nz=3)
    found = solve_linear(system)
    assert found.solver in ("krylov, then direct", "krylov, then pardiso")
    assert found.residual < TOLERANCE
    monkeypatch.setattr(linear, "POSSIBLE", {2: 0, 3: 0})
    with pytest.raises(SolveError, match="currents balance to"):
        solve_linear(system)


def test_small_devices_are_solved_directly():
    """And large ones are not: 50,000 unknowns in 3D take 20 s so, 0.4 s by GMRES."""
    assert solve_linear(strip_dot(h=50, nz=3)).solver == "direct"
    assert solve_linear(strip_dot(h=20, nz=5)).solver == "krylov"


def test_pardiso_agrees():
    """Another library's factors, the same solution."""
    pytest.importorskip("pypardiso")
    system = strip_dot(h=50, nz=3)
    found = solve_linear(system, solver="pardiso")
    assert found.solver == "pardiso"
    exact = solve_linear(system, solver="direct").x
    assert_allclose(found.x, exact, atol=1e-10 * np.abs(exact).max())


def test_unknown_and_missing_solvers(monkeypatch):
    """One line that says what there is, and what to install."""
    system = random_system()
    with pytest.raises(InputError, match=r"solver: got 'kyrlov', known: .*Did you mean 'krylov'"):
        solve_linear(system, solver="kyrlov")
    monkeypatch.setattr(direct, "have_pardiso", lambda: False)
    with pytest.raises(InputError, match=r"pip install 'femsot\[pardiso\]'"):
        solve_linear(system, solver="pardiso")


@pytest.mark.parametrize("solver", ["direct", "krylov"])
def test_what_nothing_holds_has_no_solution(solver):
    """A component without any equation is a zero on the diagonal."""
    system = strip_dot(h=50, nz=3)
    without = np.diag([1.0, 1, 1, 0, 1, 1, 1])
    terms = tuple(Term(term.matrix, without @ term.tensor @ without) for term in system.terms)
    with pytest.raises(SolveError, match="no unique solution"):
        solve_linear(replace(system, terms=terms), solver=solver)


def test_a_free_level_has_no_solution():
    """Currents in and out, and phi fixed nowhere."""
    system = strip_dot(h=50, nz=3, contacts="floating")
    held = system.held.copy()
    held[:, 0] = False
    with pytest.raises(SolveError, match="no unique solution"):
        solve_linear(replace(system, held=held), solver="direct")


@pytest.mark.parametrize("solver", ["direct", "krylov"])
def test_nothing_drives_nothing(solver):
    """0/0 is no residual."""
    system = strip_dot(h=50, nz=3)
    found = solve_linear(replace(system, values=0 * system.values), solver=solver)
    assert found.residual == 0
    assert not np.any(found.x)


def test_a_barrier_costs_no_digits_of_the_currents_behind_it():
    """Without a level for each piece the last digit of a volt is a current."""
    nodes, gap = 20, 9
    conductance = np.where(np.arange(nodes - 1) == gap, 1e-12, np.random.default_rng(5).random(nodes - 1))
    drop = csr_array(diags_array([np.ones(nodes), -np.ones(nodes - 1)], offsets=[0, 1]))[: nodes - 1]
    held, values = np.zeros((nodes, 4), bool), np.zeros((nodes, 4))
    held[[0, -1], 0] = True
    values[0, 0] = 0.7
    points = np.arange(nodes)[:, None] * np.array([1.0, 0, 0])

    def chain(part, inside):
        diagonal = diags_array(np.where(part, conductance, 0.0))
        return Term(csr_array(drop.T @ diagonal @ drop), np.diag([1.0, 0, 0, 0]), inside=inside)

    below, above = np.arange(nodes - 1) < gap, np.arange(nodes - 1) > gap
    mass = Term(csr_array(diags_array(np.ones(nodes))), np.diag([0.0, 1, 1, 1]))
    terms = (chain(below, True), chain(above, True), chain(~below & ~above, False), mass)
    pieces = (Piece(np.arange(gap + 1), frozenset()), Piece(np.arange(gap + 1, nodes), frozenset()))
    whole = tuple(replace(term, inside=False) for term in terms)
    system = System(whole, np.zeros((nodes, 4)), held, values, (), points=points, m=np.zeros((nodes, 3)))
    with pytest.raises(SolveError, match=r"the charge currents balance to .*, allowed: < 1e-10"):
        solve_linear(system)
    solved = solve_linear(replace(system, terms=terms, pieces=pieces))
    assert solved.residual < 1e-14
    current = 0.7 / np.sum(1 / conductance)
    slopes = -np.diff(solved.potentials.deviation[:, 0])[[0, 5, 12]] * conductance[[0, 5, 12]]
    assert_allclose(slopes, current, rtol=1e-12)


def test_mass_alone_needs_no_coarse_level():
    """Where lengths are far below the cells no node follows another; 3000 of them are no dense matrix to invert."""
    n = 3000
    mass = csr_array(diags_array([np.ones(n - 1), 4 * np.ones(n), np.ones(n - 1)], offsets=[-1, 0, 1]))
    blocks = Blocks(mass.indptr, mass.indices, mass.data[:, None, None].astype(np.float32))
    grid = Multigrid.of(blocks, csr_array(diags_array(np.ones(n))))
    assert grid.coarsest.size == 0
    b = np.random.default_rng(4).normal(size=(n, 1))
    assert np.linalg.norm(b - mass @ grid.solve(b)) < 0.1 * np.linalg.norm(b)


def test_without_points_it_converges_still():
    """Only slower, on the entries of the matrix alone."""
    system = replace(strip_dot(h=20, nz=5, strip=HEAVY), points=None)
    assert solve_linear(system, solver="krylov", tolerance=1e-8).iterations <= 30
