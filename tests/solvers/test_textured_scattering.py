"""Scattering interfaces under a magnetization that varies: laws tabulated by the polar angle of m."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import femsot as fs
from femsot.model.mesh import Level, grid, layered
from femsot.solvers.fem import polar
from femsot.solvers.fem.joint import _SLICES, _row, _turn_back

PARTS = tuple(where for _, where in _SLICES)


def device(magnetization, **extra):
    """N|F with a Rashba interface, contacts at the ends."""
    normal = fs.NormalMetal(name="N", conductivity=4e6, spin_diffusion_length=2e-9, spin_hall_angle=0.1)
    magnet = fs.Ferromagnet(
        name="F", conductivity=3e6, spin_diffusion_length=5e-9, polarization=0.4, exchange_length=1.5e-9
    )
    law = fs.Scattering(
        fermi_wavevector=16e9,
        barrier=0.4,
        exchange=0.3,
        rashba=0.2,
        relaxation_time=(1e-15, (1.2e-15, 0.6e-15)),
        tolerance=1e-6,
        **extra,
    )
    flat = grid(np.linspace(0, 30e-9, 5), np.linspace(0, 10e-9, 3))
    levels = [Level(4e-9, "N", 1e-9), Level(3e-9, "F", 1e-9)]
    mesh = layered(levels, footprint=flat, contacts={"left": "x-", "right": "x+"})
    contacts = {"left": fs.Terminal(voltage=0.0), "right": fs.Terminal(voltage=1e-3)}
    return fs.Device(mesh, {"N": fs.Region(normal), "F": fs.Region(magnet, magnetization)}, {"N|F": law}, contacts)


def law_rows(made):
    """The law's numbers (n, r) of directions (n, 3), the normal along z."""
    return lambda m: _row(made.pair("N|F", None, m).maps[0], len(m))


@pytest.mark.filterwarnings("ignore::femsot.PhysicsWarning")
def test_a_constant_texture_is_the_uniform_magnet():
    """A table turned the wrong way, or by the wrong angle: all entries of m differ from 0."""
    m = np.array([0.48, -0.6, 0.64])
    uniform, textured = fs.solve(device(m), order=1), fs.solve(device(lambda x: np.broadcast_to(m, x.shape)), order=1)
    assert isinstance(textured.fields.equations.joints["N|F"].groups[0][1], polar.Table)
    for name in ("flux", "interface", "exchange"):
        one, other = (getattr(x.torque("F"), name) for x in (uniform, textured))
        assert_allclose(other, one, rtol=0, atol=2e-3 * np.abs(one).max())
    assert float(textured.budget("F").residual) < 1e-9


@pytest.mark.slow
def test_the_table_is_the_law_and_a_crystal_axis_is_found():
    """A table of a law that is not the same all around the normal (Dresselhaus coupling)."""
    m = np.array([[0.3, 0.5, 0.81], [-0.7, 0.2, -0.69], [0.1, -0.99, 0.05]])
    m /= np.linalg.norm(m, axis=1, keepdims=True)
    rows = law_rows(device((0, 0, 1)))
    table = polar.tabulated(rows, _turn_back, PARTS)
    for part in PARTS:
        exact = rows(m)[:, part]
        assert_allclose(table.at(m)[:, part], exact, rtol=0, atol=1e-3 * np.abs(exact).max())
    assert polar.tabulated(law_rows(device((0, 0, 1), dresselhaus=0.3)), _turn_back, PARTS) is None
