"""Zeros and torques that nobody receives are told with their reason, and only where it is true."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import femsot as fs
from femsot.studies.warnings import stack_warnings

PT = fs.NormalMetal(name="Pt", conductivity=5e6, spin_diffusion_length=1.5e-9, spin_hall_angle=0.1)
M = (0.6, 0.0, 0.8)


def magnet(**numbers):
    values = {"conductivity": 5e6, "spin_diffusion_length": 1e-8, "polarization": 0.3} | numbers
    return fs.Ferromagnet(name="F", **values)


def bilayer(material, law=None, *, metal=PT, thickness=5e-9, **stack):
    layers = [fs.Layer(metal.name, metal, thickness), fs.Layer("F", material, 3e-9, M)]
    interfaces = {} if law is None else {f"{metal.name}|F": law}
    return fs.Stack(layers, interfaces, **{"electric_field": (1e5, 0, 0)} | stack)


def kinds(stack):
    return {caution.kind for caution in stack_warnings(stack)}


@pytest.mark.parametrize("name", ["Ni", "Fe", "CoFe"])
def test_a_magnet_that_takes_no_transverse_spin(name):
    """The library's Ni, Fe and CoFe: a flux torque stood there, and m received nothing without a word."""
    stack = bilayer(fs.material(name))
    with pytest.warns(fs.PhysicsWarning, match="neither exchange_length nor dephasing_length"):
        torque = fs.solve(stack).torque("F")
    assert np.linalg.norm(torque.flux) > 0 and not np.any(torque.received)
    assert "no-receiver" in kinds(stack)
    for cured in (
        bilayer(fs.material(name, dephasing_length=1e-9)),
        bilayer(fs.material(name), fs.Mixing(up=1e15, down=5e14, mixing=1e15)),
    ):
        assert "no-receiver" not in kinds(cured)
        assert np.any(fs.solve(cured).torque("F").received)


CASES = {
    "dephasing": bilayer(magnet(dephasing_length=1e-9)),
    "real mixing": bilayer(magnet(), fs.Mixing(up=1e15, down=5e14, mixing=1e15)),
    "imaginary mixing": bilayer(magnet(), fs.Mixing(up=1e15, down=5e14, mixing=1e15 + 1e14j)),
    "exchange": bilayer(magnet(exchange_length=1e-9)),
    "anomalous Hall": bilayer(magnet(dephasing_length=1e-9, anomalous_hall_conductivity=1e5, spin_hall_angle=0.02)),
    "rotated": bilayer(magnet(dephasing_length=1e-9, spin_hall_rotated=1e5)),
    "swapping": bilayer(magnet(dephasing_length=1e-9, spin_swapping=0.1)),
}


@pytest.mark.filterwarnings("ignore::femsot.PhysicsWarning")
@pytest.mark.parametrize("case", CASES)
def test_a_field_like_torque_of_zero_has_a_reason(case):
    """The warning stands exactly where the field-like torque is zero."""
    torque = fs.solve(CASES[case]).torque("F")
    zero = abs(float(torque.field_like)) < 1e-12 * abs(float(torque.damping_like))
    assert ("no-field-like" in kinds(CASES[case])) == zero
    assert zero == (case in ("dephasing", "real mixing", "anomalous Hall"))


def test_a_scattering_interface_without_times():
    """No relaxation time: no drive in the interface, and what the conductivity says of it was known all along."""
    numbers = {"fermi_wavevector": 16e9, "barrier": 0.5, "exchange": 0.2, "rashba": 0.1}
    stack = bilayer(magnet(dephasing_length=5e-9), fs.Scattering(**numbers))
    (caution,) = [x for x in stack_warnings(stack) if x.kind == "no-relaxation-time"]
    # sigma = e^2 n tau/m with n = kF^3/(3 pi^2)
    from scipy.constants import e, m_e

    time = 5e6 * m_e / (e**2 * 16e9**3 / (3 * np.pi**2))
    assert f"{time:.3g} s in 'Pt'" in caution.hint
    assert "no-relaxation-time" not in kinds(
        bilayer(magnet(dephasing_length=5e-9), fs.Scattering(**numbers, relaxation_time=(time, time)))
    )


ORBIT = {"orbital_conductivity": 2e6, "orbital_diffusion_length": 5e-9}


def orbital(thickness=3e-9, length=4e-7, **conversion):
    spacer = fs.NormalMetal(name="Cu", conductivity=2e7, spin_diffusion_length=length, **ORBIT)
    material = magnet(exchange_length=1e-9, dephasing_length=1.2e-9, **ORBIT, **conversion)
    injected = fs.Injection(orbital_current=(0, 1e9, 0))
    return bilayer(material, metal=spacer, thickness=thickness, bottom=injected, electric_field=(0, 0, 0))


@pytest.mark.filterwarnings("ignore::femsot.PhysicsWarning")
def test_conversion_between_currents_needs_an_absorber():
    """P_os alone behind a spacer that takes no spin: four orders below what the direct transfer gives, and told."""
    between, direct = orbital(orbit_to_spin=0.1), orbital(spin_orbit_length=5e-9)
    sizes = [np.linalg.norm(fs.solve(x).torque("F").received) for x in (between, direct)]
    assert sizes[0] < 1e-3 * sizes[1]
    assert "conversion-cancels" in kinds(between)
    assert "conversion-cancels" not in kinds(direct) | kinds(orbital(3e-9, 2e-9, orbit_to_spin=0.1))
    assert np.linalg.norm(fs.solve(orbital(3e-9, 2e-9, orbit_to_spin=0.1)).torque("F").received) > 100 * sizes[0]


def test_sizes_that_hardly_anybody_means():
    """6 m of Pt, or 6 pm: answered without a word."""
    for thickness, told in ((6.0, True), (6e-12, True), (6e-9, False), (np.array([6e-9, 6.0]), True)):
        assert ("size" in kinds(bilayer(magnet(dephasing_length=1e-9), thickness=thickness))) == told


COMPLEX = 5e-9 + 1e-9j


@pytest.mark.parametrize(
    "make",
    [
        lambda: fs.Layer("Pt", PT, COMPLEX),
        lambda: fs.Layer("Pt", PT, np.array([5e-9, COMPLEX])),
        lambda: fs.Layer("F", magnet(), 1e-9, (1, 1j, 0)),
        lambda: fs.NormalMetal(name="Pt", conductivity=5e6 + 1j, spin_diffusion_length=1e-9),
        lambda: fs.NormalMetal(name="Pt", conductivity=5e6, spin_diffusion_length=COMPLEX),
        lambda: fs.Ohmic(charge=1e15 + 1j),
        lambda: fs.Matrix(G=np.eye(8) + 0j),
        lambda: fs.Contact(voltage=1j),
        lambda: fs.Scattering(fermi_energy=1 + 1j),
        lambda: bilayer(magnet(), electric_field=(1e5, 1j, 0)),
        lambda: bilayer(magnet(), magnetization_rate={"F": (1e9, 1e9j, 0)}),
        lambda: fs.solve_many(bilayer(magnet(dephasing_length=1e-9)), {"layers.Pt.thickness": [5e-9, COMPLEX]}),
    ],
)
def test_complex_numbers_are_refused_where_real_ones_are_due(make):
    """The imaginary part was dropped."""
    with pytest.raises(fs.InputError, match=r"j\b|complex"):
        make()
    assert_allclose(fs.Mixing(mixing=1e15 + 1e14j).mixing, 1e15 + 1e14j)
