"""Perpendicular resistance against the angle between magnets: circuit theory and the thin spacer."""

import numpy as np
import pytest

import femsot as fs
from femsot.papers import circuit, mixing, ning24, transverse, valet_fert

ANGLES = [0.0, 0.4, 2.0, np.pi]


def direction(angle):
    return (np.sin(angle), 0.0, np.cos(angle))


@pytest.mark.parametrize("angle", ANGLES)
@pytest.mark.parametrize("mix", [9e14 - 5e14j, 2e15 + 1e14j])
def test_one_node_between_two_mixing_interfaces(angle, mix):
    """Catches tan theta for tan theta/2, alpha, or a mirrored law: reservoir | N | reservoir of circuit theory."""
    g, p = 1.4e15, 0.6
    # huge, short ferromagnets are reservoirs; the node is a film of no resistance and no spin flip
    f = fs.Ferromagnet(name="F", conductivity=1e12, spin_diffusion_length=1e-9)
    n = fs.NormalMetal(name="N", conductivity=1e12, spin_diffusion_length=np.inf)
    law = fs.Mixing(up=g * (1 + p) / 2, down=g * (1 - p) / 2, mixing=mix, ferromagnet_side_mixing=mix)
    layers = [fs.Layer("A", f, 1e-10, (0, 0, 1)), fs.Layer("N", n, 1e-10), fs.Layer("B", f, 1e-10, direction(angle))]
    ends = dict(bottom=fs.Contact(voltage=1e-3), top=fs.Contact(voltage=0.0))
    found = 1 / fs.solve(fs.Stack(layers, {"A|N": law, "N|B": law}, **ends)).resistance().area
    wanted = circuit.node_valve_conductance(angle, g, polarization=p, mixing_conductance=mix)
    assert found == pytest.approx(float(wanted), rel=3e-7)  # 1e-10 m/1e12 S/m against 1/g: 1.4e-7


@pytest.mark.parametrize("angle", ANGLES[1:])
@pytest.mark.parametrize("spacer, tolerance", [(1e-12, 2e-3), (1e-14, 2e-5)])
def test_thin_spacer(angle, spacer, tolerance):
    """Catches g_T = |G_mix| or a transverse conductance that differs from G_perp: R(theta) - R(0), error O(d_N)."""
    ar, gamma, perp = 0.6e-15, 0.7, 3.5e14
    numbers = dict(conductivity=0.8e6, spin_diffusion_length=2.2e-9, polarization=0.45)
    f = fs.Ferromagnet(name="F", **numbers, exchange_length=0.9e-9, dephasing_length=1.3e-9)
    n = fs.NormalMetal(name="N", conductivity=1.7e6, spin_diffusion_length=6e-9)
    law = fs.SpinMemoryLoss(resistance_area=ar, asymmetry=gamma, transverse=perp)
    ends = dict(bottom=fs.Contact(voltage=1e-3), top=fs.Contact(voltage=0.0))

    def resistance(x):
        layers = [fs.Layer("A", f, 60e-9, (0, 0, 1)), fs.Layer("N", n, spacer), fs.Layer("B", f, 60e-9, direction(x))]
        return fs.solve(fs.Stack(layers, {"A|N": law, "N|B": law}, **ends)).resistance().area

    k = transverse.transverse_wavevector(2.2e-9, 0.9e-9, dephasing_length=1.3e-9)
    g_mix = mixing.mixing_conductance(perp, ning24.effective_conductance(0.8e6, k))
    layer = valet_fert.ValveLayer(60e-9, 0.8e6, 2.2e-9, 0.45)
    interface = valet_fert.ValveInterface(ar, gamma)
    wanted = circuit.thin_spacer_magnetoresistance(angle, layer, interface=interface, mixing_conductance=g_mix)
    assert resistance(angle) - resistance(0.0) == pytest.approx(float(wanted), rel=tolerance)


@pytest.mark.parametrize("angle", ANGLES[1:3])
def test_torque_in_a_valve_tends_to_align_or_oppose(angle):
    """Catches a torque of the wrong sign: electrons from A bring moment along m_A to B and align it."""
    f = fs.Ferromagnet(name="F", conductivity=2e6, spin_diffusion_length=6e-9, polarization=0.5, dephasing_length=1e-9)
    n = fs.NormalMetal(name="N", conductivity=5e6, spin_diffusion_length=50e-9)
    layers = [fs.Layer("A", f, 20e-9, (0, 0, 1)), fs.Layer("N", n, 3e-9), fs.Layer("B", f, 3e-9, direction(angle))]
    for volts, sign in ((-1e-3, 1), (1e-3, -1)):  # bottom low: conventional current to -z, electrons to +z
        stack = fs.Stack(layers, bottom=fs.Contact(voltage=volts), top=fs.Contact(voltage=0.0))
        solution = fs.solve(stack)
        assert np.sign(solution.current_density()) == -sign
        tau = solution.torque("B").flux
        toward = np.cross(direction(angle), np.cross([0, 0, 1.0], direction(angle)))
        assert np.sign(tau @ toward) == sign
        assert abs(tau[1]) < 1e-12 * np.abs(tau).max()  # no precession: the torque stays in the plane of both m
