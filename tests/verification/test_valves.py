"""Collinear spin valves against Valet, Fert (PRB 48, 7099) and Fert, Jaffres (PRB 64, 184420)."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from oracle import AXES, unit

import femsot as fs
from femsot.model.replace import with_values
from femsot.papers import valet_fert

F, N = (3e-9, 0.8e6, 2.2e-9, 0.45), (2e-9, 1.7e6, 6e-9)
BARRIERS = [(0.0, 0.0, 0.0), (0.6e-15, 0.7, 0.0), (0.6e-15, -0.7, 0.9), (0.5e-15, 0.6, 12.0)]
SENSES = {"P": 1, "AP": -1}


def valve(sense, barrier=BARRIERS[0], *, axis=AXES[0], spin="sink", d_f=F[0]):
    """F | N | F between two contacts; m of the upper F is `sense` times that of the lower."""
    numbers = dict(conductivity=F[1], spin_diffusion_length=F[2], polarization=F[3])
    f = fs.Ferromagnet(name="F", **numbers, exchange_length=0.9e-9, dephasing_length=1.3e-9)
    n = fs.NormalMetal(name="N", conductivity=N[1], spin_diffusion_length=N[2])
    layers = [fs.Layer("A", f, d_f, axis), fs.Layer("N", n, N[0]), fs.Layer("B", f, d_f, sense * np.asarray(axis))]
    ar, gamma, delta = barrier
    law = fs.SpinMemoryLoss(resistance_area=ar, asymmetry=gamma, delta=delta) if ar else fs.Transparent()
    ends = dict(bottom=fs.Contact(voltage=1e-3, spin=spin), top=fs.Contact(voltage=0.0, spin=spin))
    return fs.Stack(layers, {"A|N": law, "N|B": law}, **ends)


def closed(sense, barrier, d_f=F[0], **given):
    layers = valet_fert.ValveLayer(d_f, *F[1:]), valet_fert.ValveLayer(*N)
    interface = valet_fert.ValveInterface(*barrier)
    return valet_fert.valve_resistance(*layers, interface=interface, antiparallel=sense == "AP", **given)


@pytest.mark.parametrize("barrier", BARRIERS)
@pytest.mark.parametrize("spin", ["sink", "blocked"])
@pytest.mark.parametrize("sense", SENSES)
def test_resistance_of_a_valve(barrier, spin, sense):
    """Catches a spin-coupled resistance of bulk, interface or memory loss, to 1e-11, and a dependence on the axis."""
    for axis in (AXES[0], unit([1, 2, -3])):
        found = fs.solve(valve(SENSES[sense], barrier, axis=axis, spin=spin)).resistance().area
        assert found == pytest.approx(float(closed(sense, barrier, boundary=spin)), rel=1e-11)


@pytest.mark.parametrize("barrier", BARRIERS[:2])
def test_thick_valves(barrier):
    """Catches r_F without 1 - P^2 in the limit of thick ferromagnets: AR_P, AR_AP and their difference to 1e-10."""
    layers = valet_fert.ValveLayer(100e-9, *F[1:]), valet_fert.ValveLayer(*N)
    interface = valet_fert.ValveInterface(*barrier)
    found = [float(fs.solve(valve(sign, barrier, d_f=100e-9)).resistance().area) for sign in SENSES.values()]
    wanted = [
        float(valet_fert.thick_valve_resistance(*layers, interface=interface, antiparallel=sense == "AP"))
        for sense in SENSES
    ]
    assert found == pytest.approx(wanted, rel=1e-12)
    difference = valet_fert.thick_valve_magnetoresistance(*layers, interface=interface)
    assert found[1] - found[0] == pytest.approx(float(difference), rel=1e-10)


@pytest.mark.filterwarnings("ignore:.*its magnetization receives no torque:femsot.PhysicsWarning")
def test_two_current_model():
    """Catches P of another sign or meaning: without spin flip, rho_up and rho_down are resistors side by side."""
    f = fs.Ferromagnet(name="F", conductivity=2e6, spin_diffusion_length=np.inf, polarization=0.6)
    up, down = 1 / 1.6e6, 1 / 0.4e6  # sigma (1 +- P)/2
    for sign, wanted in ((1, 2e-9 * up * down / (up + down) * 2), (-1, 2e-9 * (up + down) / 2)):
        layers = [fs.Layer("A", f, 2e-9, (0, 0, 1)), fs.Layer("B", f, 2e-9, (0, 0, sign))]
        ends = dict(bottom=fs.Contact(voltage=1.0), top=fs.Contact(voltage=0.0))
        assert fs.solve(fs.Stack(layers, **ends)).resistance().area == pytest.approx(wanted, rel=1e-12)


@pytest.mark.filterwarnings("ignore:.*its magnetization receives no torque:femsot.PhysicsWarning")
def test_spin_accumulates_where_moment_arrives():
    """Catches a moment current of the wrong sign: J_c along +z in F carries -P m J_c, the moment of the electrons."""
    f = fs.Ferromagnet(name="F", conductivity=2e6, spin_diffusion_length=5e-9, polarization=0.5)
    n = fs.NormalMetal(name="N", conductivity=2e6, spin_diffusion_length=20e-9)
    layers = [fs.Layer("N", n, 100e-9), fs.Layer("F", f, 100e-9, (1, 0, 0))]
    drive = dict(bottom=fs.Contact(current_density=1e11), top=fs.Contact(voltage=0.0))
    solution = fs.solve(fs.Stack(layers, **drive))
    J = solution.flux([150e-9])[:, 0]
    assert J[1] == pytest.approx(-0.5 * J[0], rel=1e-4)
    assert solution.mu(100e-9)[1, 0] > 0  # what comes out of F piles up at the interface


def test_field_along_x_does_not_change_a_resistance_without_hall_effects():
    """Catches E_x that leaks into the perpendicular current."""
    one = fs.solve(valve(-1))
    other = fs.solve(with_values(valve(-1), {"drive.electric_field": (1e6, 2e6, 0.0)}))
    assert other.current_density() == pytest.approx(one.current_density(), rel=1e-14)
    assert_allclose(other.torque("B").flux, one.torque("B").flux, atol=1e-3)
