"""Pumping: currents into N, back-flow, damping, and its static image."""

import numpy as np
import pytest
from oracle import HBAR_OVER_2E, across, unit

import femsot as fs
from femsot.papers import mixing, ning24, transverse

M = unit([0.48, 0.36, -0.8])
RATE = np.cross(M, [3e10, -5e10, 1e10])
W = HBAR_OVER_2E * np.cross(M, RATE)
Z, TURN = np.array([0.0, 0.0, 1.0]), np.array([3e10, -5e10, 0.0])
F = dict(conductivity=1.3e6, spin_diffusion_length=np.inf, exchange_length=0.7e-9, dephasing_length=1.2e-9)


def test_ideal_sink_takes_the_current_of_the_mixing_conductance():
    """Catches hbar/e for hbar/2e and the sign of G_i: J = (hbar/2e)[Gr m x dm/dt - Gi dm/dt] into the interface."""
    g = 7e14 + 2e14j
    f = fs.Ferromagnet(name="F", conductivity=1e6, spin_diffusion_length=5e-9)
    n = fs.NormalMetal(name="N", conductivity=1e12, spin_diffusion_length=1e-9)
    layers = [fs.Layer("N", n, 1e-9), fs.Layer("F", f, 2e-9, M)]
    law = {"N|F": fs.Mixing(up=1e14, mixing=g)}
    solution = fs.solve(fs.Stack(layers, law, magnetization_rate={"F": RATE}))
    wanted = mixing.pumped_current(g, M, rate=RATE)
    assert np.abs(solution.interface("N|F").J_minus[1:4] - wanted).max() < 1e-5 * np.abs(wanted).max()
    # moment along -m x dm/dt flows out of F into N below, to -z: positive spin current of -m x dm/dt along -z
    assert solution.interface("N|F").J_minus[1:4] @ np.cross(M, RATE) > 0


@pytest.mark.parametrize("d", [0.5e-9, 3e-9])
def test_bulk_pumping_is_that_of_its_mixing_conductance(d):
    """Catches a source R_ex w of the wrong sign or part: F of any thickness into a sink is G_mix of Ning24 Eq. 19."""
    f = fs.Ferromagnet(name="F", **F)
    stack = fs.Stack([fs.Layer("F", f, d, M)], bottom=fs.Reservoir(), magnetization_rate={"F": RATE})
    solution = fs.solve(stack)
    k = transverse.transverse_wavevector(np.inf, 0.7e-9, dephasing_length=1.2e-9)
    g = complex(ning24.effective_conductance(1.3e6, k, thickness=d))
    wanted = mixing.pumped_current(g, M, rate=RATE)
    assert np.abs(solution.flux(0.0)[1:4, 0] - wanted).max() < 1e-11 * np.abs(wanted).max()


def test_induced_damping():
    """Catches a factor 2 in alpha = gamma hbar^2 Gr/(4 e^2 M_s d), with back-flow G_mix and G_N in series."""
    ms, d, g = 8e5, 2e-9, 9e14 - 3e14j
    f = fs.Ferromagnet(name="F", conductivity=1e6, spin_diffusion_length=5e-9, saturation_magnetization=ms)
    n = fs.NormalMetal(name="N", conductivity=4e6, spin_diffusion_length=3e-9)
    layers = [fs.Layer("N", n, 4e-9), fs.Layer("F", f, d, M)]
    stack = fs.Stack(layers, {"N|F": fs.Mixing(up=1e14, mixing=g)}, magnetization_rate={"F": RATE})
    torque = fs.solve(stack).torque("F")
    series = mixing.mixing_conductance(g, ning24.effective_conductance(4e6, 1 / 3e-9, thickness=4e-9))
    alpha = mixing.pumping_damping(series, ms, thickness=d)
    # LLG: dm/dt = -gamma m x H + alpha m x dm/dt; the moment lost to the electrons brakes the precession
    found = torque.rate @ np.cross(M, RATE) / (RATE @ RATE)
    assert found == pytest.approx(float(alpha), rel=1e-12)


def test_pumping_is_a_static_spin_potential():
    """Catches a pumping source that is not mu_s -> mu_s + w: F with w is F without, in a frame where N is at - w."""
    f = fs.Ferromagnet(name="F", **F)
    layers, held = [fs.Layer("F", f, 2e-9, Z)], fs.Reservoir(components=("sz",))
    moving = fs.solve(fs.Stack(layers, bottom=fs.Reservoir(), top=held, magnetization_rate={"F": TURN}))
    J = moving.flux(0.0)[1:4, 0]
    still = fs.solve(fs.Stack(layers, bottom=fs.Injection(spin_current=J), top=held))
    w = HBAR_OVER_2E * np.cross(Z, TURN)
    assert np.abs(still.mu(0.0)[1:4, 0] - w).max() < 1e-11 * np.abs(w).max()
    assert np.abs(moving.torque("F").exchange - J).max() < 1e-11 * np.abs(J).max()


def test_two_magnets_in_step_do_not_damp_each_other():
    """Catches pumping without absorption, or of another size: equal w on both sides of N moves no moment."""
    f = fs.Ferromagnet(name="F", **F)
    n = fs.NormalMetal(name="N", conductivity=4e6, spin_diffusion_length=np.inf)
    layers = [fs.Layer("A", f, 2e-9, Z), fs.Layer("N", n, 3e-9), fs.Layer("B", f, 2e-9, Z)]
    held = fs.Reservoir(components=("sz",))
    law = fs.Mixing(up=4e14, down=2e14, mixing=6e14 + 1e14j, ferromagnet_side_mixing=5e14, transmitted=2e14)
    for laws in ({}, {"A|N": law, "N|B": law}):
        both = fs.solve(fs.Stack(layers, laws, top=held, magnetization_rate={"A": TURN, "B": TURN}))
        alone = fs.solve(fs.Stack(layers, laws, top=held, magnetization_rate={"A": TURN}))
        scale = np.abs(alone.interface("A|N").J_minus[1:4]).max() + np.abs(alone.interface("A|N").J_plus[1:4]).max()
        assert scale > 0
        for name in ("A|N", "N|B"):
            assert np.abs(both.interface(name).J_minus).max() < 1e-12 * scale
            assert np.abs(both.interface(name).J_plus).max() < 1e-12 * scale
        assert np.abs(alone.torque("B").flux).max() > 1e-3 * scale


def test_orbital_pumping_follows_the_conversion():
    """Catches an orbital current without G_so w: at the interface J_o = Gso (mu_s + w) with an orbital sink in N."""
    n = fs.NormalMetal(
        name="N",
        conductivity=1e12,
        spin_diffusion_length=1e-9,
        orbital_conductivity=1e12,
        orbital_diffusion_length=1e-9,
    )
    f = fs.Ferromagnet(
        name="F", conductivity=1e6, spin_diffusion_length=5e-9, orbital_conductivity=1e12, orbital_diffusion_length=1e-9
    )
    law = fs.Mixing(up=4e14, down=4e14, mixing=6e14 + 1e14j, orbital=3e14, orbit_to_spin=1.5e14)
    for order, name in ((1, "N|F"), (-1, "F|N")):
        layers = [fs.Layer("N", n, 1e-9), fs.Layer("F", f, 1e-9, M)][::order]
        state = fs.solve(fs.Stack(layers, {name: law}, magnetization_rate={"F": RATE})).interface(name)
        into = order * (state.J_minus if order == 1 else state.J_plus)
        assert np.abs(into[4:] - 1.5e14 * W).max() < 1e-5 * np.abs(1.5e14 * W).max()
        assert np.abs(into[1:4] - across(6e14 + 1e14j, M, W)).max() < 1e-5 * np.abs(6e14 * W).max()


def test_rate_along_m_pumps_nothing():
    """Catches dm/dt used without m x: a rate along m is no precession."""
    f = fs.Ferromagnet(name="F", **F)
    stack = fs.Stack([fs.Layer("F", f, 2e-9, M)], bottom=fs.Reservoir(), magnetization_rate={"F": 1e11 * M})
    assert np.abs(fs.solve(stack).flux(0.0)).max() < 1e-3


@pytest.mark.parametrize("films", [1, 2])
@pytest.mark.parametrize("m", [(0, 0, 1), (1, 2, 3)])
def test_a_film_pumped_alone_is_solved(films, m):
    """Catches a residual over the largest current where all currents are zero: uniform mu_s = - R^-1 R_ex w, J = 0."""
    f = fs.Ferromagnet(name="F", **F | dict(spin_diffusion_length=5e-9))
    layers = [fs.Layer(name, f, 2e-9, m) for name in "AB"[:films]]
    rate = np.cross(m, [1e10, 2e10, -4e10])
    solution = fs.solve(fs.Stack(layers, magnetization_rate={layer.name: rate for layer in layers}))
    k2, flip = 1 / 1.2e-9**2 - 1j / 0.7e-9**2, 1 / 5e-9**2
    w = HBAR_OVER_2E * np.cross(unit(m), rate)
    wanted = across(-k2 / (k2 + flip), unit(m), w)
    for i in range(films):
        assert np.abs(solution.fields.layers[i].mu[:, 1:4] - wanted).max() < 1e-11 * np.abs(wanted).max()
        assert solution.budget(solution.parts[i]).residual < 1e-12
    assert solution.report.residual < 1e-12
