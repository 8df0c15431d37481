"""Pumping: signs, the damping it induces, and its partner effect."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import femsot as fs
from femsot.base.constants import e, hbar, mu_B
from femsot.papers import mixing
from femsot.studies.pumping import induced_damping, pumped

MS, D = 1.4e5, 3e-9


def yig_pt(conductance: complex, thickness: float = 5e-9, length: float = 1.5e-9) -> fs.Stack:
    yig = fs.Insulator(name="YIG", saturation_magnetization=MS)
    pt = fs.NormalMetal(name="Pt", conductivity=5e6, spin_diffusion_length=length, spin_hall_conductivity=4e5)
    layers = [fs.Layer("Pt", pt, thickness), fs.Layer("YIG", yig, D, (0.3, -0.2, 0.9))]
    return fs.Stack(layers, {"Pt|YIG": fs.Mixing(mixing=conductance)}, electric_field=(1e5, 0, 0))


def test_ideal_sink_gives_the_textbook_damping():
    """A factor 2, or the wrong sign of the pumped moment: damping that drives."""
    alpha = induced_damping(yig_pt(6e14 + 1e14j, length=1e-14), "YIG").total
    assert_allclose(alpha, mixing.pumping_damping(6e14, MS, thickness=D), rtol=1e-4)
    assert alpha > 0


def test_backflow_reduces_the_damping():
    """Pumped moment that comes back must not be counted: 1/G -> 1/G + lambda coth(d/lambda)/sigma."""
    g, d, length, sigma = 6e14, 4e-9, 1.5e-9, 5e6
    effective = 1 / (1 / g + length / (sigma * np.tanh(d / length)))
    alpha = induced_damping(yig_pt(g, d, length), "YIG").total
    assert_allclose(alpha, mixing.pumping_damping(effective, MS, thickness=D), rtol=1e-12)


def test_all_other_drives_are_off():
    """Pumped currents mixed with those of the field that the stack also has."""
    still = pumped(yig_pt(6e14), "YIG", (0, 0, 0))
    assert np.max(np.abs(still.fields.layers[0].J)) == 0
    moving = pumped(yig_pt(6e14), "YIG", (1e10, 0, 0))
    assert np.abs(moving.sheet_current("Pt")).max() > 0


def test_pumped_current_is_the_partner_of_the_torque():
    """Onsager: the sheet current per w at m is minus the torque per field at -m."""
    stack = yig_pt(6e14 + 2e14j)
    m = np.asarray(stack.layers[1].magnetization)
    direction = np.cross(m, (0.0, 1.0, 0.0))
    rate = -(2 * e / hbar) * np.cross(m, direction)  # (hbar/2e) m x dm/dt = direction
    current = pumped(stack, "YIG", rate).sheet_current("Pt")
    mirrored = fs.with_values(stack, {"layers.YIG.magnetization": -m})
    assert_allclose(current[0], -(fs.solve(mirrored).torque("YIG").interface @ direction) / 1e5, rtol=1e-12)


def test_damping_needs_a_magnet():
    """A damping of a metal, or of a magnet without M_s, would be a guess."""
    with pytest.raises(fs.InputError, match="saturation_magnetization"):
        induced_damping(yig_pt(6e14), "Pt")


def test_damping_by_sink():
    """A magnet's own loss counted as pumping: 5 nm of Py alone had a damping of 6e-3 with nothing to pump into."""
    py = fs.material("Py")
    alone = induced_damping(fs.Stack([fs.Layer("Py", py, 5e-9, (0.3, -0.2, 0.9))]), "Py")
    assert_allclose(alone.total, 6.0e-3, rtol=0.01)
    assert alone.sinks.keys() == {"Py"} and alone.inside == alone.total and alone.pumped == 0


def test_sinks_add_up_to_the_torque():
    """A sink that is left out, or counted twice: valve with lossy interfaces, orbit, a second magnet and open ends."""
    orbit = {"orbital_conductivity": 2e6, "orbital_diffusion_length": 5e-9}
    magnet = {"spin_diffusion_length": 6e-9, "exchange_length": 2e-9, "dephasing_length": 2e-9} | orbit
    free = fs.Ferromagnet(
        name="free", conductivity=4e6, saturation_magnetization=8e5, spin_orbit_length=4e-9, orbit_to_spin=0.1, **magnet
    )
    fixed = fs.Ferromagnet(name="fixed", conductivity=3e6, polarization=0.4, **magnet)
    cu = fs.NormalMetal(name="Cu", conductivity=2e7, spin_diffusion_length=3e-8, **orbit)
    layers = [
        fs.Layer("Cu", cu, 4e-9),
        fs.Layer("free", free, 3e-9, (0.3, -0.2, 0.9)),
        fs.Layer("spacer", cu, 2e-9),
        fs.Layer("fixed", fixed, 3e-9, (1, 0.2, 0)),
    ]
    laws = {
        "Cu|free": fs.SpinMemoryLoss(resistance_area=1e-15, delta=0.4),
        "spacer|fixed": fs.Mixing(up=1e15, down=5e14, mixing=8e14 + 1e14j),
    }
    stack = fs.Stack(layers, laws, bottom=fs.Reservoir())
    damping = induced_damping(stack, "free")
    assert damping.sinks.keys() == {*stack_names(layers), *laws, "bottom"}
    m = np.asarray(layers[1].magnetization)
    first = np.cross(m, (0, 1, 0)) / np.linalg.norm(np.cross(m, (0, 1, 0)))
    total = sum(
        pumped(stack, "free", x).torque("free").received @ np.cross(m, x) / 2 for x in (first, np.cross(m, first))
    )
    assert_allclose(damping.total, mu_B / e * total / (8e5 * 3e-9), rtol=1e-10)
    assert damping.pumped > 0 and damping.inside > 0


def stack_names(layers):
    return [layer.name for layer in layers]
