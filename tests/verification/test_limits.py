"""Limits that need no formula: thin and thick layers, strong and weak interfaces, what is switched off."""

import numpy as np
import pytest
from oracle import relative, unit
from random_stacks import PUMPING, five_layers

import femsot as fs
from femsot.model.replace import with_values

M = unit([0.3, 0.5, -0.8])
N = fs.NormalMetal(name="N", conductivity=2e6, spin_diffusion_length=2e-9, spin_hall_angle=0.1)
NUMBERS = dict(conductivity=3e6, spin_diffusion_length=5e-9, polarization=0.4, exchange_length=0.8e-9)
F = fs.Ferromagnet(name="F", **NUMBERS, dephasing_length=1.5e-9)


def bilayer(d_n=4e-9, d_f=3e-9, *, laws=None, order=1, n=N):
    layers = [fs.Layer("N", n, d_n), fs.Layer("F", F, d_f, M)][::order]
    return fs.Stack(layers, laws or {}, electric_field=(1e5, 0, 0))


def flux(stack):
    return fs.solve(stack).torque("F").flux


def test_a_layer_cut_in_two_is_one_layer():
    """Catches an interface that is not transparent, or a layer whose map depends on where it starts."""
    stack = five_layers(1, magnetization_rate=PUMPING)
    b, d = stack.layers[1], stack.layers[1].thickness
    parts = [fs.Layer("B1", b.material, 0.3 * d, b.magnetization), fs.Layer("B2", b.material, 0.7 * d, b.magnetization)]
    laws = {{"A|B": "A|B1", "B|C": "B2|C"}.get(k, k): v for k, v in stack.interfaces.items()}
    rates = {"B1": PUMPING["B"], "B2": PUMPING["B"], "D": PUMPING["D"]}
    layers = [stack.layers[0], *parts, *stack.layers[2:]]
    cut = fs.solve(fs.Stack(layers, laws, electric_field=stack.electric_field, magnetization_rate=rates))
    whole = fs.solve(stack)
    assert relative(cut.torque("D").flux, whole.torque("D").flux) < 1e-11
    total = sum(cut.torque(name).exchange + cut.torque(name).interface for name in ("B1", "B2"))
    assert relative(total, whole.torque("B").exchange + whole.torque("B").interface) < 1e-11
    z = np.linspace(0, stack.z[-1], 40)
    assert relative(cut.mu(z), whole.mu(z)) < 1e-11
    assert relative(cut.flux(z), whole.flux(z)) < 1e-11


@pytest.mark.parametrize("side", [1, -1])
def test_a_strong_interface_is_transparent(side):
    """Catches a law that does not tend to continuity: Ohmic, memory loss and collinear mixing with G -> infinity."""
    clean = flux(bilayer(order=side))
    name = "N|F"[::side]
    g = 1e22
    laws = [
        fs.Ohmic(charge=g, spin=g),
        fs.SpinMemoryLoss(resistance_area=1 / g),
        fs.Mixing(up=g, down=g, mixing=g, transmitted=g, ferromagnet_side_mixing=g),
    ]
    for law in laws:
        assert relative(flux(bilayer(order=side, laws={name: law})), clean) < 1e-6


def test_a_closed_interface_passes_no_torque():
    """Catches a current around an insulating law."""
    for law in (fs.Insulating(), fs.Ohmic(charge=0.0), fs.Mixing()):
        assert np.abs(flux(bilayer(laws={"N|F": law}))).max() < 1e-3


def test_torque_changes_sign_with_the_order_the_field_and_the_angle():
    """Catches a torque that is even where it is odd: N above F; -E; -theta. The split follows p = n x E^."""
    one = fs.solve(bilayer()).torque("F")
    reverse = fs.solve(with_values(bilayer(), {"drive.electric_field": (-1e5, 0, 0)})).torque("F")
    assert relative(reverse.flux, -one.flux) < 1e-14
    assert reverse.damping_like == pytest.approx(one.damping_like, rel=1e-13)
    above = fs.solve(bilayer(order=-1)).torque("F")
    assert above.damping_like == pytest.approx(-one.damping_like, rel=1e-12)
    assert above.field_like == pytest.approx(-one.field_like, rel=1e-12)
    other = with_values(bilayer(), {"materials.N.spin_hall_angle": -0.1})
    assert relative(flux(other), -one.flux) < 1e-14


def test_damping_like_torque_of_a_positive_angle_is_negative():
    """Catches the one sign that everything else hangs on: sigma_SH > 0, N below F, E along x injects moment -y."""
    for m in ((1, 0, 0), (0, 0, 1), (1, 2, 3)):
        solution = fs.solve(with_values(bilayer(), {"layers.F.magnetization": np.array(m, dtype=float)}))
        assert solution.torque("F").damping_like < 0
    alone = fs.solve(fs.Stack([fs.Layer("N", N, 40e-9)], electric_field=(1e5, 0, 0)))
    middle = alone.flux(20e-9)[1:4, 0]
    assert middle == pytest.approx([0, -0.1 * 2e6 * 1e5, 0], rel=1e-3)  # e_a x E along +z: e_a = -y
    assert alone.mu(40e-9)[2, 0] < 0 < alone.mu(0.0)[2, 0]  # moment -y piles up at the top


def test_torque_saturates_with_thickness():
    """Catches a torque that grows with N or F for ever, or does not vanish with them."""
    sizes = np.array([0.01, 0.1, 1, 3, 30, 300]) * 1e-9
    by_n = [np.abs(flux(bilayer(d_n=d))).max() for d in sizes]
    assert np.all(np.diff(by_n) > -1e-9 * by_n[-1])
    assert by_n[0] < 1e-4 * by_n[-1] and by_n[4] == pytest.approx(by_n[5], rel=1e-5)
    by_f = [np.abs(flux(bilayer(d_f=d))).max() for d in sizes]
    assert by_f[0] < 0.1 * by_f[-1] and by_f[4] == pytest.approx(by_f[5], rel=1e-6)


def test_a_thin_strong_spin_flip_layer_is_memory_loss():
    """Catches delta of another meaning: the probability to keep a spin is 1/cosh delta through a bare interface."""
    n = fs.NormalMetal(name="N", conductivity=1e12, spin_diffusion_length=1e-10)
    free = fs.NormalMetal(name="M", conductivity=1e12, spin_diffusion_length=np.inf)
    law = {"M|N": fs.SpinMemoryLoss(resistance_area=1e-15, delta=0.8)}
    layers = [fs.Layer("M", free, 1e-9), fs.Layer("N", n, 1e-9)]
    solution = fs.solve(fs.Stack(layers, law, bottom=fs.Injection(spin_current=(1e9, 0, 0))))
    state = solution.interface("M|N")
    assert state.J_plus[1] / state.J_minus[1] == pytest.approx(1 / np.cosh(0.8), rel=1e-6)
    assert state.torque_lattice[0] == pytest.approx(1e9 * (1 - 1 / np.cosh(0.8)), rel=1e-6)


def test_four_and_seven_components_agree_where_orbit_is_cut_off():
    """Catches orbital terms that reach the spin although P_os, lambda_so and G_os are absent."""
    orbit = dict(orbital_conductivity=1e6, orbital_diffusion_length=3e-9)
    n = fs.NormalMetal(name="N", conductivity=2e6, spin_diffusion_length=2e-9, spin_hall_angle=0.1, **orbit)
    f = fs.Ferromagnet(name="F", **NUMBERS, dephasing_length=1.5e-9, **orbit)
    seven = fs.Stack([fs.Layer("N", n, 4e-9), fs.Layer("F", f, 3e-9, M)], electric_field=(1e5, 0, 0))
    four, whole = fs.solve(bilayer()), fs.solve(seven)
    assert relative(whole.torque("F").flux, four.torque("F").flux) < 1e-13
    assert not np.any(whole.mu([1e-9, 5e-9])[4:])


def test_strong_direct_exchange_locks_spin_and_orbit():
    """Catches lambda_so of the wrong sign: lambda_so -> 0 makes both potentials one, or opposite."""
    numbers = dict(
        conductivity=1e6, spin_diffusion_length=5e-9, orbital_conductivity=1e6, orbital_diffusion_length=5e-9
    )
    for antiparallel, sign in ((False, 1), (True, -1)):
        x = fs.NormalMetal(name="N", **numbers, spin_orbit_length=1e-12, antiparallel_spin_orbit=antiparallel)
        stack = fs.Stack([fs.Layer("N", x, 4e-9)], bottom=fs.Injection(spin_current=(0, 0, 1e9)))
        mu = fs.solve(stack).mu([1e-9, 3e-9])
        assert mu[3] == pytest.approx(sign * mu[6], rel=1e-6)
