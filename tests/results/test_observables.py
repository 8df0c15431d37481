"""Torques, budgets, sheet currents and resistances from the fields of a solved stack."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from oracle import HBAR_OVER_2E, across, relative, unit
from random_stacks import CPP, PUMPING, five_layers

import femsot as fs
from femsot.base.constants import e, hbar, mu_B

EVERYTHING = dict(magnetization_rate=PUMPING, **CPP)
M = unit([0.3, 0.5, -0.8])
N = fs.NormalMetal(name="N", conductivity=2e6, spin_diffusion_length=2e-9, spin_hall_angle=0.1)
F = fs.Ferromagnet(
    name="F",
    conductivity=3e6,
    spin_diffusion_length=5e-9,
    polarization=0.4,
    exchange_length=0.8e-9,
    dephasing_length=1.5e-9,
    saturation_magnetization=8e5,
)


def bilayer(m=M, **given):
    layers = [fs.Layer("N", N, 4e-9), fs.Layer("F", F, 3e-9, m)]
    return fs.Stack(layers, **dict(electric_field=(2e5, 0.0, 0.0)) | given)


def ning24(hall, closure="ning24"):
    """The bilayer of Ning24 Fig. 2: 5 nm each, transparent, m along x, E along x."""
    numbers = dict(
        conductivity=1e6, spin_diffusion_length=3e-9, orbital_conductivity=1e6, orbital_diffusion_length=5e-9
    )
    n = fs.NormalMetal(name="N", **numbers, **hall)
    f = fs.Ferromagnet(name="F", **numbers, orbit_to_spin=0.5, exchange_length=0.5e-9, dephasing_length=1e-9)
    layers = [fs.Layer("N", n, 5e-9), fs.Layer("F", f, 5e-9, (1, 0, 0))]
    return fs.Stack(layers, electric_field=(1e5, 0, 0), closure=closure)


SHE, OHE = dict(spin_hall_conductivity=1e6), dict(orbital_hall_conductivity=1e6)


@pytest.mark.parametrize(
    "hall, spin, orbital",
    [(SHE, 0.55320 - 0.05118j, 0.15806 - 0.01462j), (OHE, 0.011366 + 0.007089j, 0.15408 + 0.00203j)],
)
def test_ning24_figure_2(hall, spin, orbital):
    """Catches any change of misprints, section 2 through the whole package: -J(0) per sigma_H E, closure ning24."""
    with pytest.warns(fs.PhysicsWarning, match="breaks Onsager|creates power"):
        solution = fs.solve(ning24(hall))
    torque, J = solution.torque("F"), solution.flux(5e-9)[:, 0] / -1e11
    assert torque.basis == "flux" and torque.received is None
    assert complex(torque.damping_like, torque.field_like) / -1e11 == pytest.approx(spin, abs=6e-6)
    assert complex(*torque.flux_like) == complex(torque.damping_like, torque.field_like)
    e1, e2 = np.array([0, 1, 0]), np.cross([1, 0, 0], [0, 1, 0])  # m x (p x m) and m x p for m = x, p = y
    assert complex(J[1:4] @ e1, J[1:4] @ e2) == pytest.approx(spin, abs=6e-6)
    assert complex(J[4:] @ e1, J[4:] @ e2) == pytest.approx(orbital, abs=6e-6)
    assert torque.exchange is None


def test_ning24_figure_2_in_the_conserving_closure():
    """Catches the two closures exchanged: OHE torque -0.010860 against the exchange torque -0.010930 (misprints 3)."""
    torque = fs.solve(ning24(OHE, "conserving")).torque("F")
    assert torque.flux_like[0] / -1e11 == pytest.approx(0.010860, abs=6e-7)
    assert torque.damping_like / -1e11 == pytest.approx(0.010930, abs=6e-7)  # the basis: nothing but exchange here
    assert torque.exchange[1] / -1e11 == pytest.approx(0.010930, abs=6e-7)


@pytest.mark.parametrize("drive", [{}, EVERYTHING])
@pytest.mark.parametrize("orbital", [False, True])
def test_budget_closes(drive, orbital):
    """Catches moment that vanishes: flux = exchange + spin flip + orbital exchange in every layer."""
    solution = fs.solve(five_layers(1, orbital=orbital, **drive))
    for i in range(5):
        budget = solution.budget(solution.parts[i])
        parts = budget.exchange + budget.spin_flip + budget.orbital_exchange
        assert np.abs(budget.flux - parts).max() < 1e-12 * solution.largest
        assert budget.residual < 1e-12
        assert orbital or np.abs(budget.orbital_exchange).max() < 1e-14 * solution.largest
        m = solution.stack.layers[i].magnetization
        assert abs(budget.exchange @ m) < 1e-13 * solution.largest if m is not None else not np.any(budget.exchange)


def test_budget_is_the_integral_of_the_profile():
    """Catches a budget that closes by construction: exchange and spin flip by quadrature of mu, w included."""
    stack = five_layers(2, **EVERYTHING)
    solution, layer = fs.solve(stack), stack.layers[1]
    x, m, d = layer.material, layer.magnetization, layer.thickness
    nodes, weights = np.polynomial.legendre.leggauss(40)
    mu, _ = solution.layer_profile("B", d / 2 * (1 + nodes))
    spins = d / 2 * weights @ mu[:, 1:4]
    w = d * HBAR_OVER_2E * np.cross(m, PUMPING["B"])
    sign = -1 if x.antiparallel_exchange else 1
    turned = sign * np.cross(spins + w, m) / x.exchange_length**2 + across(1, m, spins + w) / x.dephasing_length**2
    assert relative(solution.budget("B").exchange, x.spin_conductivity * turned) < 1e-11
    flip = x.spin_conductivity * spins - x.polarization**2 * x.conductivity * (spins @ m) * m
    assert relative(solution.budget("B").spin_flip, flip / x.spin_diffusion_length**2) < 1e-11
    strength = np.sqrt(x.spin_conductivity * x.orbital_conductivity) / x.spin_orbit_length**2
    given = strength * (spins - d / 2 * weights @ mu[:, 4:])
    assert relative(solution.budget("B").orbital_exchange, given) < 1e-10


def test_torque_is_what_layer_and_interfaces_take_up():
    """Catches a torque taken at the wrong side: flux = J_N - J_out across m, = exchange + interface + what flips."""
    solution = fs.solve(five_layers(3, **EVERYTHING))
    for name, i in (("B", 1), ("D", 3)):
        torque, m = solution.torque(name), solution.stack.layers[i].magnetization
        low, high = solution.interface(solution.interface_names[i - 1]), solution.interface(solution.interface_names[i])
        taken = (low.J_minus - high.J_plus)[1:4]
        assert relative(torque.flux, taken - (taken @ m) * m) < 1e-13
        assert relative(torque.interface, low.torque_magnetization + high.torque_magnetization) < 1e-13
        budget = solution.budget(solution.parts[i])
        rest = budget.spin_flip + budget.orbital_exchange + low.torque_lattice + high.torque_lattice
        assert relative(torque.exchange + torque.interface + rest, taken) < 1e-12


def test_torque_is_split_along_its_reference():
    """Catches tau_DL and tau_FL exchanged, a wrong sign, or axes that are not normalised."""
    torque, p = fs.solve(bilayer()).torque("F"), np.array([0, 1.0, 0])
    assert_allclose(torque.reference, p)
    axes = np.cross(M, np.cross(p, M)), np.cross(M, p)
    split = torque.damping_like * axes[0] + torque.field_like * axes[1]
    assert torque.basis == "received" and relative(split, torque.received) < 1e-13
    assert relative(torque.flux_like @ axes, torque.flux) < 1e-13
    assert np.abs(torque.remainder).max() < 1e-12 * np.abs(torque.received).max()
    assert torque.damping_like < 0  # sigma_SH > 0, N below F: moment -p is injected
    q = np.array([1.0, 2.0, 2.0])
    other = fs.solve(bilayer()).torque("F", reference=q)
    assert_allclose(other.reference, q / 3)
    assert (
        relative(
            other.damping_like * np.cross(M, np.cross(q, M)) / 3 + other.field_like * np.cross(M, q) / 3, other.received
        )
        < 1e-13
    )


def test_reference_is_normal_cross_field():
    """Catches p = E x n: E along y gives p along -x."""
    torque = fs.solve(bilayer(electric_field=(0, 3e5, 0))).torque("F")
    assert_allclose(torque.reference, [-1, 0, 0], atol=1e-16)


def test_no_split_where_m_is_along_the_reference():
    """Catches 0/0 answered by a number: m = p has no damping-like and field-like axes; all torque is remainder."""
    torque = fs.solve(bilayer((0, -1, 0))).torque("F")
    assert np.isnan(torque.damping_like) and np.isnan(torque.field_like) and np.all(np.isnan(torque.field_T))
    assert_allclose(torque.remainder, torque.received)
    none = fs.solve(bilayer(electric_field=(0, 0, 0), magnetization_rate={"F": (1e10, 0, 0)})).torque("F")
    assert none.reference is None and np.isnan(none.damping_like)
    assert_allclose(none.remainder, none.received)


def test_efficiencies_fields_and_rates_have_their_units():
    """Catches hbar/e for hbar/2e, sigma of the magnet for the source's, or a missing thickness."""
    torque = fs.solve(bilayer()).torque("F")
    pair = np.array([torque.damping_like, torque.field_like])
    assert_allclose(torque.efficiency_E, pair / 2e5, rtol=1e-14)
    assert_allclose(torque.field_T, hbar * pair / (2 * e * 8e5 * 3e-9), rtol=1e-14)
    assert_allclose(torque.rate, mu_B * torque.received / (e * 8e5 * 3e-9), rtol=1e-14)
    gamma = 2 * mu_B / hbar  # dm/dt = gamma tau hbar/(2e M_s d)
    assert_allclose(torque.rate, gamma * hbar / (2 * e) * torque.received / (8e5 * 3e-9), rtol=1e-12)
    bare = fs.Ferromagnet(name="F", conductivity=3e6, spin_diffusion_length=5e-9, exchange_length=1e-9)
    stack = fs.Stack([fs.Layer("N", N, 4e-9), fs.Layer("F", bare, 3e-9, M)], electric_field=(2e5, 0, 0))
    assert fs.solve(stack).torque("F").field_T is None and fs.solve(stack).torque("F").rate is None


@pytest.mark.parametrize("side", ["below", "above"])
def test_interface_between_two_magnets_turns_the_one_it_names(side):
    """Catches an interface torque counted for both magnets or for neither."""
    law = fs.Mixing(up=5e14, down=3e14, mixing=6e14, ferromagnet_side_mixing=5e14, transmitted=1e14, ferromagnet=side)
    g = fs.Ferromagnet(name="G", conductivity=3e6, spin_diffusion_length=5e-9, exchange_length=1e-9)
    layers = [fs.Layer("N", N, 4e-9), fs.Layer("F", F, 2e-9, M), fs.Layer("G", g, 2e-9, (1, 0, 0))]
    solution = fs.solve(fs.Stack(layers, {"F|G": law}, electric_field=(1e5, 0, 0)))
    state = solution.interface("F|G")
    owner, other, m = ("F", "G", M) if side == "below" else ("G", "F", np.array([1.0, 0, 0]))
    assert np.abs(state.torque_magnetization).max() > 1e-3 * np.abs(state.J_minus).max()
    assert_allclose(solution.torque(owner).interface, state.torque_magnetization)
    assert not np.any(solution.torque(other).interface)
    total = sum(solution.torque(n).exchange + solution.torque(n).interface for n in "FG")
    flipped = sum(solution.budget(name).spin_flip for name in solution.parts) + state.torque_lattice
    assert np.abs(total + flipped).max() < 1e-12 * solution.largest  # nothing leaves the closed stack
    taken = (state.J_minus - state.J_plus)[1:4]
    assert relative(state.torque_magnetization, taken - (taken @ m) * m) < 1e-12


def test_torque_on_a_magnetic_insulator():
    """Catches a torque of YIG that needs currents inside it: m x (J_s x m) at its face, on M_s and thickness of YIG."""
    yig = fs.material("YIG")
    layers = [fs.Layer("N", N, 4e-9), fs.Layer("Y", yig, 20e-9, M)]
    g = 4e14 + 1e14j
    solution = fs.solve(fs.Stack(layers, {"N|Y": fs.Mixing(mixing=g)}, electric_field=(1e5, 0, 0)))
    torque, state = solution.torque("Y"), solution.interface("N|Y")
    assert relative(torque.flux, across(g, M, state.mu_minus[1:4])) < 1e-12
    assert relative(torque.interface, torque.flux) < 1e-12
    assert torque.basis == "received" and not np.any(torque.exchange) and solution.budget("Y") is None
    assert_allclose(torque.rate, mu_B / e / (yig.saturation_magnetization * 20e-9) * torque.flux, rtol=1e-13)
    assert not np.any(solution.sheet_current("Y"))
    with pytest.raises(fs.InputError, match=r"layers.N: no magnet, so it takes no torque; magnets: Y"):
        solution.torque("N")


def test_sheet_current_is_the_integral_of_the_current():
    """Catches the inverse Hall effects, the anomalous Hall effect or P left out of the sheet current (quadrature)."""
    from oracle import explicit_conductivity

    stack = five_layers(4, **EVERYTHING)
    solution = fs.solve(stack)
    nodes, weights = np.polynomial.legendre.leggauss(40)
    for i, layer in enumerate(stack.layers):
        m = np.array([0, 0, 1.0]) if layer.magnetization is None else layer.magnetization
        c = explicit_conductivity(layer.material, m)
        J = solution.layer_profile(layer.name, layer.thickness / 2 * (1 + nodes))[1]
        driven = c[:, 2, 0] @ stack.electric_field
        slope = np.linalg.solve(c[:, 2, :, 2], (driven - J).T).T  # d mu/dz
        density = c[0, :2, 0] @ stack.electric_field - slope @ c[0, :2, :, 2].T
        assert relative(solution.sheet_current(solution.parts[i]), layer.thickness / 2 * weights @ density) < 1e-11


def test_sheet_resistance_of_films_in_parallel():
    """Catches E/K for E^2/(K.E): without Hall effects the films are parallel resistors."""
    plain = [fs.NormalMetal(name=n, conductivity=s, spin_diffusion_length=1e-9) for n, s in (("a", 1e6), ("b", 5e6))]
    layers = [fs.Layer("A", plain[0], 3e-9), fs.Layer("B", plain[1], 2e-9)]
    solution = fs.solve(fs.Stack(layers, electric_field=(3e4, -4e4, 0)))
    assert solution.resistance().sheet == pytest.approx(1 / (1e6 * 3e-9 + 5e6 * 2e-9), rel=1e-13)
    assert fs.solve(fs.Stack(layers)).resistance().sheet is None


def test_resistance_area_of_resistors_in_series():
    """Catches a resistance with the sign of the voltage, or one reported while the field or pumping drives as well."""
    layers = [
        fs.Layer("N", N, 4e-9),
        fs.Layer("B", fs.NormalMetal(name="B", conductivity=1e6, spin_diffusion_length=1e-9), 3e-9),
    ]
    law = {"N|B": fs.Ohmic(charge=1e15)}
    for volts in (1e-3, -1e-3):
        ends = dict(bottom=fs.Contact(voltage=volts), top=fs.Contact(voltage=0.0))
        solution = fs.solve(fs.Stack(layers, law, **ends))
        assert solution.resistance().area == pytest.approx(4e-9 / 2e6 + 3e-9 / 1e6 + 1e-15, rel=1e-12)
        assert np.sign(solution.current_density()) == np.sign(volts)
        assert fs.solve(fs.Stack(layers, law, **ends, electric_field=(1e5, 0, 0))).resistance().area is None
    assert fs.solve(fs.Stack(layers, law)).resistance().area is None
    assert fs.solve(fs.Stack(layers, law, top=fs.Contact(voltage=1.0))).current_density() is None


def test_a_thin_film_alone_takes_no_torque_from_its_own_field():
    """Catches a reference or a torque made of nothing: a symmetric film without Hall effects."""
    alone = fs.Stack([fs.Layer("F", F, 3e-9, M)], electric_field=(1e5, 0, 0))
    torque = fs.solve(alone).torque("F")
    assert_allclose(torque.flux, 0, atol=1e-3)
    assert_allclose(torque.exchange, 0, atol=1e-3)
