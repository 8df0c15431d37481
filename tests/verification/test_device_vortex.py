"""Spin accumulation of a vortex under current in a box 100 x 100 x 10 nm: the standard problem of spin diffusion.

Geometry, texture m = (-y, x, 10 nm)/r and numbers (D_0 = 1e-3 m^2/s, beta = 0.9, beta' = 0.8, lambda_sf = 10 nm,
lambda_J = sqrt 5 nm, j = 1e12 A/m^2 along x) are those of magnum.fe's vortex (Abert et al., Sci. Rep. 5, 14855 (2015),
and its example of standard problem 5). Their equations, for a spin density s at given j,

    J_s = beta mu_B/e m j - 2 D_0 [grad s - beta beta' m (m.grad s)],
    div J_s + 2 D_0 [s/lambda_sf^2 + s x m/lambda_J^2] = 0,

are ours with P = beta, P^2 sigma/sigma_s = beta beta', s = (mu_B/e) sigma_s/(2 D_0) mu_s and j = -J_c, the way the
electrons move, but for two things. Along m the conserving closure relaxes over the lambda_sf that is measured, theirs
over lambda_sf sqrt(1 - beta beta'); and the ends are contacts, where theirs have grad s.n = 0. Across m, and so in the
torque, nothing of that is felt farther than lambda_sf from the ends. Nothing depends on z: a film is the box.
"""

from functools import cache

import numpy as np
import pytest
from oracle import relative

import femsot as fs
from femsot.model.device import Device, Region, Terminal
from femsot.model.mesh import Level, Mesh, grid, layered
from femsot.studies.device import solve_device

NM, BETA, BETA_PRIME, LAMBDA_SF, LAMBDA_J, CURRENT = 1e-9, 0.9, 0.8, 10e-9, 5**0.5 * 1e-9, 1e12
SIZE, THICK, SIGMA = 100 * NM, 10 * NM, 1e6
PERMALLOY = fs.Ferromagnet(
    name="Py",
    conductivity=SIGMA,
    spin_conductivity=SIGMA * BETA / BETA_PRIME,
    polarization=BETA,
    spin_diffusion_length=LAMBDA_SF,
    exchange_length=LAMBDA_J,
    saturation_magnetization=8e5,
)


def vortex(x):
    m = np.stack([-x[:, 1], x[:, 0], np.full(len(x), 10 * NM)], axis=1)
    return m / np.linalg.norm(m, axis=1, keepdims=True)


def along_x(x):
    """d m/d x"""
    r2 = x[:, 0] ** 2 + x[:, 1] ** 2 + (10 * NM) ** 2
    return (np.array([0.0, 1.0, 0.0]) * r2[:, None] ** 0.5 - vortex(x) * x[:, :1]) / r2[:, None]


def film(kind, n):
    x = np.linspace(-SIZE / 2, SIZE / 2, n + 1)
    flat = grid(x, x, kind=kind, parts="box")
    rows, beside = flat.facets()
    outer = rows[beside[:, 1] < 0]
    faces = {"in": -SIZE / 2, "out": SIZE / 2}
    faces = {
        name: outer[np.all(np.abs(flat.points[outer][:, :, 0] - at) < 1e-3 * NM, axis=1)] for name, at in faces.items()
    }
    return Mesh(flat.points, flat.cells, kind, flat.regions, faces, plane="xy", depth=THICK)


def box(kind, n):
    x = np.linspace(-SIZE / 2, SIZE / 2, n + 1)
    foot = grid(x, x, kind="quad" if kind == "hexahedron" else "triangle")
    return layered([Level(THICK, "box")], footprint=foot, contacts={"in": "x-", "out": "x+"}, bottom=-THICK / 2)


@cache
def solved(kind, n, order):
    mesh = box(kind, n) if kind in ("tetra", "hexahedron") else film(kind, n)
    contacts = {"in": Terminal(current=CURRENT * SIZE * THICK), "out": Terminal(voltage=0.0)}
    return solve_device(Device(mesh, {"box": Region(PERMALLOY, vortex)}, {}, contacts), order=order)


def points(n=61):
    x = np.linspace(-0.49, 0.49, n) * SIZE
    return np.stack([*(a.ravel() for a in np.meshgrid(x, x)), np.zeros(n * n)], axis=1)


def misses(found, best):
    """Spin potential, and the whole torque that m receives, against the best solution."""
    mu = [s.sample(points())["mu"][:, 1:4] for s in (found, best)]
    torque = [s.fields.deposit("box")[1].sum(axis=0) for s in (found, best)]
    return np.array([np.linalg.norm(mu[0] - mu[1]) / np.linalg.norm(mu[1]), relative(*torque)])


@pytest.mark.parametrize("kind", ["quad", "triangle"])
def test_linear_elements_approach_a_refined_quadratic_solution(kind):
    """Order 2 in the potentials; catches a texture taken once per cell, or quadrature too poor for m(x)."""
    best = solved("quad", 60, 2)
    coarse, fine = (misses(solved(kind, n, 1), best) for n in (20, 40))
    assert np.all(np.log2(coarse / fine) > 1.75), (coarse, fine)
    assert np.all(fine < [1e-2, 1e-3])


@pytest.mark.slow
def test_quadratic_elements_converge_at_order_three():
    """The refined solution is itself converged, 100 times better than P1 on the same mesh."""
    best = solved("quad", 120, 2)
    coarse, fine = (misses(solved("quad", n, 2), best) for n in (25, 50))
    assert np.log2(coarse / fine)[0] > 2.7, (coarse, fine)
    coarse, fine = (misses(solved("quad", n, 1), best) for n in (50, 100))
    assert np.all(np.log2(coarse / fine) > 1.9), (coarse, fine)


@pytest.mark.parametrize("order", [1, 2])
def test_the_box_of_hexahedra_is_the_film(order):
    """Catches a weight m(x) that depends on the dimension: nothing varies along z, so the two are equal."""
    one, other = (solved(kind, 8, order) for kind in ("quad", "hexahedron"))
    inside = points(21)
    for name in ("mu", "J"):
        found, wanted = (s.sample(inside)[name] for s in (other, one))
        if name == "mu":
            found, wanted = found[:, 1:], wanted[:, 1:]
        assert relative(found, wanted) < 1e-7
    assert relative(other.torque("box").exchange, one.torque("box").exchange) < 1e-7


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["tetra", "hexahedron"])
def test_boxes_approach_the_refined_solution(kind):
    """P1 in three dimensions, as published: order 2."""
    best = solved("quad", 120, 2)
    coarse, fine = (misses(solved(kind, n, 1), best) for n in (25, 50))
    assert np.all(np.log2(coarse / fine) > 1.7), (coarse, fine)


def test_accumulation_beyond_the_core_is_local():
    """Where m turns over more than lambda_J, xi mu + mu x m = v = lambda_J^2 P (J.grad) m/sigma_s.

    xi = (lambda_J/lambda_sf)^2; the rest is of order (lambda_J/r)^2. Catches a sign of precession or of the polarised
    current, and a factor in lambda_J.
    """
    solution, x = solved("quad", 60, 2), points(81)
    r = np.hypot(x[:, 0], x[:, 1])
    x = x[(r > 22 * NM) & (r < 34 * NM)]
    at, m, xi = solution.sample(x), vortex(x), (LAMBDA_J / LAMBDA_SF) ** 2
    mu, J = at["mu"][:, 1:4], at["J"][:, 0]
    turn = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])  # the vortex looks the same from every side
    by_y = along_x(x @ turn) @ turn.T
    v = LAMBDA_J**2 * BETA / PERMALLOY.sigma_s * (J[:, :1] * along_x(x) + J[:, 1:2] * by_y)
    wanted = (xi * v + np.cross(m, v)) / (1 + xi**2)
    across = mu - (mu * m).sum(1, keepdims=True) * m
    assert np.linalg.norm(across - wanted) < 0.05 * np.linalg.norm(wanted)
