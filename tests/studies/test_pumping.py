"""Pumping: signs, the damping it induces, and its partner effect."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import femsot as fs
from femsot.base.constants import e, hbar
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
    alpha = induced_damping(yig_pt(6e14 + 1e14j, length=1e-14), "YIG")
    assert_allclose(alpha, mixing.pumping_damping(6e14, MS, thickness=D), rtol=1e-4)
    assert alpha > 0


def test_backflow_reduces_the_damping():
    """Pumped moment that comes back must not be counted: 1/G -> 1/G + lambda coth(d/lambda)/sigma."""
    g, d, length, sigma = 6e14, 4e-9, 1.5e-9, 5e6
    effective = 1 / (1 / g + length / (sigma * np.tanh(d / length)))
    alpha = induced_damping(yig_pt(g, d, length), "YIG")
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
