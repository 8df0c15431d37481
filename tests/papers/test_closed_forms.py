"""Closed forms against matrix exponentials of docs/physics.md section 2 (`stack_reference`), and known numbers.

Units here: nm, 1e6 S/m, 1e15 S/m^2, so that every number is of order one; E = 1.
"""

import misprints
import numpy as np
import pytest
import stack_reference as ref
from numpy.testing import assert_allclose
from scipy.integrate import quad

from femsot.base.constants import e, hbar, mu_B
from femsot.papers import amin16, circuit, mixing, ning24, spin_hall, transverse, valet_fert

P_AXIS = np.array([0.0, 1.0, 0.0])
FIG2 = dict(lj=0.5, lphi=1.0, ls=3.0, lo=5.0)
GENERAL = dict(lj=0.8, lphi=1.7, ls=2.3, lo=4.1, ss=0.7, so=0.4, sigma=1.3, P=0.35)
M = np.array([0.48, 0.36, 0.8])


def complex_component(vector, m):
    """tau_DL + i tau_FL of a vector, in the basis m x (p x m), m x p."""
    e1, e2 = P_AXIS - (m @ P_AXIS) * m, np.cross(m, P_AXIS)
    return (vector @ e1 + 1j * (vector @ e2)) / (e1 @ e1)


def two_layers(d_n=5.0, d_f=5.0, *, pos=0.5, pso=0.5, numbers=FIG2):
    """(NormalLayer, FerromagnetLayer) with the numbers of `numbers`; N as in Fig. 2."""
    k = transverse.transverse_wavevector(numbers["ls"], numbers["lj"], dephasing_length=numbers["lphi"])
    f = (numbers.get("ss", 1.0), k, numbers.get("so", 1.0), numbers["lo"], pos, pso)
    return ning24.NormalLayer(d_n, 1.0, 3.0, 1.0, 5.0), ning24.FerromagnetLayer(d_f, *f)


@pytest.mark.parametrize("antiparallel", [False, True])
def test_transverse_wavevector_is_the_eigenvalue_of_the_relaxation(antiparallel):
    """Catches 1/2 for 1/sqrt 2 in Ning24 Eq. 6, and a precession of the wrong handedness."""
    rng = np.random.default_rng(1)
    mu = rng.normal(size=3)
    mu -= (mu @ M) * M
    sign = -1 if antiparallel else 1
    change = mu / 2.0**2 + sign * np.cross(mu, M) / 0.6**2 + np.cross(M, np.cross(mu, M)) / 1.1**2
    k = transverse.transverse_wavevector(2.0, 0.6, dephasing_length=1.1, antiparallel=antiparallel)
    assert_allclose(complex_component(change, M), k**2 * complex_component(mu, M), rtol=1e-13)
    printed = misprints.transverse_wavevector(2.0, 0.6, dephasing_length=1.1, antiparallel=antiparallel)
    assert_allclose(printed * np.sqrt(2), k, rtol=1e-13)
    assert_allclose(transverse.transverse_wavevector(np.inf, np.inf), 0)
    assert k.real > 0


@pytest.mark.parametrize("closure", ["conserving", "ning24"])
@pytest.mark.parametrize("ohmic", [None, (0.9, 0.6, 0.35, 0.2), (1.2, 0.0, 0.0, 0.0), (50.0, 40.0, 0.0, 0.0)])
@pytest.mark.parametrize("d_f", [0.6, 5.0])
def test_bilayer_equals_the_differential_equations(closure, ohmic, d_f):
    """Catches any slip in Y_F, the closure, the interface, the sign of the Hall source or of tau_FL."""
    hall = np.array([0.3, 0.8])
    n, f = two_layers(4.0, d_f, pos=0.45, pso=0.3, numbers=GENERAL)
    matrix = None if ohmic is None else ning24.ohmic_matrix(*ohmic[:2], orbit_to_spin=ohmic[2], spin_to_orbit=ohmic[3])
    j = ning24.bilayer_currents(n, f, hall=hall, interface=matrix, closure=closure)
    stack = [
        ref.layer(4.0, ls=3.0, lo=5.0, sh=0.3, oh=0.8),
        ref.layer(d_f, m=M, pos=0.45, pso=0.3, closure=closure, **GENERAL),
    ]
    law = None if matrix is None else ref.ohmic(1.0, matrix)
    y = ref.solve(stack, [law], (ref.closed(pin=True), ref.closed()))[0, 1, 7:]
    assert_allclose(j, [complex_component(y[ref.S], M), complex_component(y[ref.O], M)], atol=2e-13)


def test_bilayer_with_a_defective_ferromagnet():
    """Catches 0/0 and lost digits in Q tanh(Q d) when both modes have one length (defective for P_so = 0)."""
    numbers = FIG2 | dict(lj=np.inf, lphi=np.inf, ls=5.0)
    for shift in [0.0, 1e-9, 1e-5, 1e-2]:
        lengths = numbers | dict(ls=5.0 + shift)
        n, f = two_layers(5.0, 4.0, pos=0.5, pso=0.0, numbers=lengths)
        j = ning24.bilayer_currents(n, f, hall=[1.0, 0.5])
        stack = [
            ref.layer(5.0, ls=3.0, lo=5.0, sh=1, oh=0.5),
            ref.layer(4.0, m=ref.EYE[0], pos=0.5, **lengths),
        ]
        y = ref.solve(stack, [None], (ref.closed(pin=True), ref.closed()))[0, 1, 7:]
        assert_allclose(j, [y[2], y[5]], atol=1e-13)


def test_bilayer_reproduces_ning24_figures_2_and_3():
    """Catches any change of the Fig. 2 and 3 numbers of docs/misprints.md (closure ning24, transparent)."""
    j = [ning24.bilayer_currents(*two_layers(), hall=h, closure="ning24") for h in np.eye(2)]
    assert_allclose(-j[0], [0.55320 - 0.05118j, 0.15806 - 0.01462j], atol=6e-6)
    assert_allclose(-j[1], [0.011366 + 0.007089j, 0.15408 + 0.00203j], atol=6e-6)
    k = transverse.transverse_wavevector(np.array([1.0, 3, 5, 10]), 0.5, dephasing_length=1.0)
    n, lengths = two_layers()[0], np.array([1.0, 3, 5, 10])
    spin = ning24.FerromagnetLayer(np.inf, 1.0, k, 1.0, 5.0, 0.5, 0.5)
    j = ning24.bilayer_currents(n, spin, hall=[1, 0], closure="ning24")[:, 0].real
    assert_allclose(-j, [0.5512, 0.5517, 0.5519, 0.5519], atol=6e-5)
    orbital = ning24.FerromagnetLayer(40.0, 1.0, k[1], 1.0, np.array([2.0, 5, 10, 20]), 0.5, 0.5)
    j = ning24.bilayer_currents(n, orbital, hall=[0, 1], closure="ning24")[:, 0].real
    assert_allclose(-j, [0.01874, 0.01314, 0.00877, 0.00511], atol=6e-6)
    spin_n, orbital_n = (ning24.NormalLayer(80.0, 1, ls, 1, lo) for ls, lo in [(lengths, 5.0), (3.0, lengths)])
    f = two_layers()[1]
    j = ning24.bilayer_currents(spin_n, f, hall=[1, 0], closure="ning24")[:, 0].real
    assert_allclose(-j, [0.660, 0.8645, 0.916, 0.956], atol=6e-4)
    j = ning24.bilayer_currents(orbital_n, f, hall=[0, 1], closure="ning24")[:, 0].real
    assert_allclose(-j, [0.0083, 0.0206, 0.0293, 0.0428], atol=6e-5)


@pytest.mark.parametrize("closure", ["conserving", "ning24"])
def test_half_space_is_the_limit_of_a_thick_ferromagnet(closure):
    """Catches a wrong root (s < 0) of Q in the half space, where tanh no longer hides its sign."""
    thick, infinite = (ning24.ferromagnet_admittance(two_layers(5, d)[1], closure) for d in [200.0, np.inf])
    assert_allclose(thick, infinite, rtol=1e-13)


def test_efficiencies_of_ning24():
    """Catches a wrong exact Eq. 16-18, and a first-order form whose error is not of second order."""
    n, f = two_layers()
    g, zero = ning24.effective_conductances(n, f), np.zeros((2, 2))
    y_n = ning24.normal_admittance(n)
    t = ning24.transmission(y_n, ning24.ferromagnet_admittance(f, "ning24"))
    pp = dict(orbit_to_spin=0.5, spin_to_orbit=0.5)
    assert_allclose(ning24.spin_efficiency_exact(g, **pp), t[0, 0], rtol=1e-13)
    assert_allclose(ning24.orbital_efficiency_bulk_exact(g, **pp), t[0, 1], rtol=1e-13)
    assert_allclose(abs(ning24.spin_efficiency(g) / t[0, 0] - 1), 0.019, atol=6e-4)
    assert_allclose(abs(ning24.orbital_efficiency_bulk(g, 0.5) / t[0, 1] - 1), 0.11, atol=3e-3)
    y_f = ning24.ferromagnet_admittance(two_layers(pos=0.0, pso=0.0)[1])
    assert_allclose(ning24.transmission(y_n, y_f, interface=zero), zero)
    for gos, tolerance in [(0.3, 0.1), (1e-4, 1e-8)]:
        ohmic = ning24.ohmic_matrix(1.0, 0.8, orbit_to_spin=gos, spin_to_orbit=gos)
        t = ning24.transmission(y_n, y_f, interface=ohmic)
        assert_allclose(ning24.orbital_efficiency_interface_exact(g, ohmic), t[0, 1], rtol=1e-13)
        assert_allclose(ning24.orbital_efficiency_interface(g, ohmic), t[0, 1], rtol=tolerance)
    assert_allclose(ning24.spin_efficiency(g, 1.0), t[0, 0], rtol=1e-8)
    for gs, ratio in [(1.0, 1.28), (0.1, 3.756)]:
        ohmic = ning24.ohmic_matrix(gs, 1.0, orbit_to_spin=1e-3)
        printed = misprints.orbital_efficiency_interface(g, ohmic)
        assert_allclose(abs(printed / ning24.orbital_efficiency_interface(g, ohmic)), ratio, rtol=5e-3)


def test_hall_torque_is_the_current_of_the_bilayer():
    """Catches the printed sign of Eqs. 13-14 (E along +x, N below F) and arccosh for sech."""
    n, f = two_layers()
    g = ning24.effective_conductances(n, f)
    eta = ning24.orbital_efficiency_bulk_exact(g, 0.5, spin_to_orbit=0.5)
    film = dict(field=2.0, thickness=5.0, diffusion_length=5.0)
    tau = ning24.hall_torque(eta, 0.7, **film)
    assert_allclose(tau, 2 * ning24.bilayer_currents(n, f, hall=[0, 0.7], closure="ning24")[0], rtol=1e-13)
    assert_allclose(misprints.hall_torque(eta, 0.7, **film), -tau)
    with pytest.raises(ValueError, match="unknown 'ning'; known: conserving, ning24"):
        ning24.ferromagnet_admittance(f, "ning")


@pytest.mark.parametrize("closure", ["conserving", "ning24"])
def test_mixing_conductances_are_the_law_seen_from_the_normal_metal(closure):
    """Catches Ning24 Eqs. 10, 19-21 with bare G_os or P_os G_o, their missing "1+", or Im G_mix > 0."""
    rng = np.random.default_rng(2)
    for pos, gos, d_f in [(0.45, 0.0, 0.7), (0.45, 0.0, 6.0), (0.0, 0.3, 0.9)]:
        f = two_layers(4.0, d_f, pos=pos, pso=pos, numbers=GENERAL)[1]
        y_f = ning24.ferromagnet_admittance(f, closure)
        law = ref.ohmic(1.0, ning24.ohmic_matrix(0.9, 0.6, orbit_to_spin=gos))[:7, :7]
        mu = np.r_[0.0, rng.normal(size=6)]
        stack = [ref.layer(d_f, m=M, pos=pos, pso=pos, closure=closure, **GENERAL)]
        y = ref.solve(stack, [], ((law, np.eye(7), law @ mu), ref.closed()))[0, 0]
        js, mu_s, mu_o = (complex_component(v, M) for v in [y[8:11], mu[1:4], mu[4:] - y[4:7]])
        layer = ning24.effective_conductance(f.spin_conductivity, f.wavevector, thickness=d_f)
        g_os = mixing.orbit_spin_mixing_bulk(0.9, 0.6, admittance=y_f)
        if gos:
            g_os = mixing.orbit_spin_mixing_interface(0.9, gos, layer=layer)
            assert_allclose(mixing.mixing_conductance_exact(0.9, y_f), mixing.mixing_conductance(0.9, layer))
        assert_allclose(js, mixing.mixing_conductance_exact(0.9, y_f) * mu_s + g_os * mu_o, rtol=1e-13)
    assert mixing.mixing_conductance(0.9, layer).imag < 0


def test_mixing_conductances_of_ning24_figure_4():
    """Catches a change of the numbers of docs/misprints.md under Eqs. 20-21, printed and corrected."""
    f = two_layers(d_f=np.inf)[1]
    layer = ning24.effective_conductance(1.0, f.wavevector)
    assert_allclose(mixing.orbit_spin_mixing_interface(1.0, 0.5, layer=layer), 0.344 - 0.073j, atol=6e-4)
    assert_allclose(misprints.orbit_spin_mixing_interface(1.0, 0.5, layer=layer), 0.811 - 0.616j, atol=6e-4)
    y_f = ning24.ferromagnet_admittance(f, "ning24")
    assert_allclose(mixing.orbit_spin_mixing_bulk(1.0, 1.0, admittance=y_f), 0.192 + 0.080j, atol=6e-4)
    exact = mixing.orbit_spin_mixing_bulk(1e9, 1.0, admittance=y_f)
    assert_allclose(misprints.orbit_spin_mixing_bulk(1.0, 0.5), exact, atol=1e-8)


def test_pumped_current_of_a_precessing_ferromagnet():
    """Catches hbar/e for hbar/2e and the sign of the G_i term: F with mu_s -> mu_s + w against G_mix."""
    rate = np.cross(M, [0.3, -0.5, 0.1])
    w = hbar / (2 * e) * np.cross(M, rate)
    stack = [ref.layer(2.5, m=M, ls=np.inf, lj=0.7, lphi=1.2, w=w / hbar * e)]
    y = ref.solve(stack, [], ((np.eye(7), np.zeros((7, 7)), np.zeros(7)), ref.closed()))[0, 0, 8:11]
    k = transverse.transverse_wavevector(np.inf, 0.7, dephasing_length=1.2)
    g = ning24.effective_conductance(1.0, k, thickness=2.5)
    pumped = mixing.pumped_current(g, M, rate=rate)
    assert_allclose(pumped / hbar * e, y, atol=1e-13)
    assert_allclose(misprints.pumped_current(g, M, rate=rate), 2 * pumped)


def test_pumping_damping_is_the_power_lost():
    """Catches a factor of 2 in alpha: alpha M_s d |dm/dt|^2/gamma is the power J.w fed to the electrons."""
    g, ms, d, rate = 2e15 - 3e14j, 8e5, 2e-9, np.cross(M, [3e9, 1e9, -2e9])
    alpha, w = mixing.pumping_damping(g, ms, thickness=d), hbar / (2 * e) * np.cross(M, rate)
    power = mixing.pumped_current(g, M, rate=rate) @ w
    assert_allclose(alpha * ms * d * (rate @ rate) / (2 * mu_B / hbar), power, rtol=1e-12)
    tau = np.array([1e10, -3e10 + 1e9j])
    field = mixing.torque_field(tau, ms, thickness=d)
    assert_allclose(mixing.torque_rate(tau, ms, thickness=d), 2 * mu_B / hbar * field, rtol=1e-12)
    assert_allclose(field * ms * d, hbar / (2 * e) * tau)


@pytest.mark.parametrize("thickness", [0.3, 2.0, 9.0])
def test_amin16_current_solves_the_heavy_metal(thickness):
    """Catches 1 + g1 for g1 - 1 in Eq. 28, -G_R in Eqs. 26-27 and the symmetric matrix of Eq. 23."""
    sigma, length, g, j_e, j_sh = 0.7, 1.4, 0.9 - 0.35j, 0.2 + 0.6j, 0.8
    top = list(ref.closed(pin=True))
    top[0][1:3, 1:3] = -np.array([[g.real, -g.imag], [g.imag, g.real]])
    top[2][1:3] = j_e.real, j_e.imag
    a, s, _ = ref.layer(thickness, ls=length, ss=sigma)
    s[1] += j_sh / sigma
    y = ref.solve([(a, s, thickness)], [], (ref.closed(), top))[0, 1, 8:10]
    scaled = amin16.scaled_conductance(g, sigma, spin_diffusion_length=length)
    x = dict(scaled=scaled, thickness=thickness / length)
    assert_allclose(amin16.interface_current(j_e, j_sh, **x), y[0] + 1j * y[1], atol=1e-13)
    torque = amin16.total_torque(j_e, j_sh, lattice_torque=0.3j, **x)
    assert_allclose(torque, y[0] + 1j * y[1] - 0.3j, atol=1e-13)


def test_amin16_limits_and_printed_forms():
    """Catches a torque without an interface (G = 0), and a printed form silently corrected."""
    x = np.array([0.1, 1.0, 30.0])
    assert_allclose(amin16.interface_transmission(0.0, x), 1)
    assert_allclose(amin16.hall_transmission(0.0, x), 0)
    assert_allclose(amin16.hall_transmission(1e12, x), 1 - 1 / np.cosh(x), rtol=1e-10)
    assert_allclose(amin16.hall_transmission(1.0, 1e-9), 0, atol=1e-9)
    assert_allclose(misprints.hall_transmission(0.0, x), -2 * (1 - 1 / np.cosh(x)))
    g, printed = amin16.interface_transmission(0.4 - 0.2j, x), -0.4 + 0.2j
    assert_allclose(misprints.interface_transmission(printed, x), g)
    assert_allclose(misprints.hall_transmission(printed, x), -(1 - 1 / np.cosh(x)) * (1 + g))


FILM = spin_hall.HallFilm(4.0, 1.3, 0.8, 1.5, 0.3)


def film_layer(thickness):
    return ref.layer(thickness, 1.3, ls=1.5, ss=0.8, sh=0.3)


def test_spin_hall_film_profiles():
    """Catches a sign or a length of the accumulation, the spin current, or the charge current driven back."""
    stack = [film_layer(1.1), film_layer(2.9)]
    y, z = ref.solve(stack, [None], (ref.closed(pin=True), ref.closed())), np.array([0.0, 1.1, 4.0])
    states = np.array([y[0, 0], y[0, 1], y[1, 1]])
    assert_allclose(spin_hall.film_accumulation(FILM, z), states[:, 2], atol=1e-14)
    assert_allclose(spin_hall.film_spin_current(FILM, z, field=2.0), 2 * states[:, 9], atol=1e-14)
    mean = 1.3 - 0.3 * (states[2, 2] - states[0, 2]) / 4.0
    assert_allclose(spin_hall.film_conductivity(FILM), mean, rtol=1e-13)
    assert_allclose(quad(lambda x: spin_hall.film_charge_current(FILM, x) / 4.0, 0, 4)[0], mean, rtol=1e-12)
    assert_allclose(spin_hall.film_resistance_change(FILM), 1.3 / mean - 1, rtol=1e-12)
    thin, thick = (spin_hall.HallFilm(d, 1.3, 0.8, 1.5, 0.3) for d in [1e-6, 1e7])
    assert_allclose(spin_hall.film_conductivity(thin), 1.3 + 0.3**2 / 0.8)
    assert_allclose(spin_hall.film_conductivity(thick), 1.3, atol=1e-7)
    assert_allclose(spin_hall.film_accumulation(thick, 1e7), -0.3 * 1.5 / 0.8)


@pytest.mark.parametrize("above", [True, False])
def test_spin_hall_magnetoresistance(above):
    """Catches the sign of the inverse spin Hall effect or of G_i, a factor 2 in G, a dependence on side."""
    g = 0.9 + 0.4j
    free = ref.closed(pin=True)
    ends = (free, ref.absorber(g, M)) if above else (ref.absorber(g, M, side=-1), free)
    y = ref.solve([film_layer(4.0)], [], ends)[0]
    change = y[1] - y[0]
    sheet = [1.3 * 4.0 - 0.3 * change[2], 0.3 * change[1]]
    assert_allclose(spin_hall.smr_sheet_conductivity(FILM, g, magnetization=M), sheet, rtol=1e-13)
    r0, r1, _ = spin_hall.smr_ratios(FILM, g)
    assert r0 < 0 < r1


def test_spin_hall_efficiency():
    """Catches a factor of 2 in the mixing conductance (0.0285845 is for 1e15 + 1e14 i of Brataas)."""
    y = ref.solve([film_layer(4.0)], [], (ref.closed(pin=True), ref.absorber(0.9 + 0.4j, M)))[0, 1, 8:11]
    xi = spin_hall.spin_hall_efficiency(FILM, 0.9 + 0.4j)
    assert_allclose(1.3 * xi, complex_component(y, M), rtol=1e-13)
    film = spin_hall.HallFilm(10e-9, 7e6, 7e6, 1.4e-9, 0.1 * 7e6)
    assert_allclose(spin_hall.spin_hall_efficiency(film, 2 * (1e15 + 1e14j)).real, -0.0285845, atol=5e-8)


LAYERS = (valet_fert.ValveLayer(3.0, 0.8, 2.2, 0.45), valet_fert.ValveLayer(2.0, 1.7, 6.0))
INTERFACES = [(0.0, 0.0, 0.0), (0.6, 0.7, 0.0), (0.6, -0.7, 0.9), (0.5, 0.6, 12.0)]


def reference_valve(f, n, law, *, angle=0.0, spin="sink"):
    """A/I of F | N | F between contacts, `law(m)` the 14 x 14 interface from its F."""
    m1, m2 = np.array([0.0, 0.0, 1.0]), np.array([np.sin(angle), 0.0, np.cos(angle)])
    number = dict(ls=f.spin_diffusion_length, P=f.polarization, ss=f.conductivity, lj=0.9, lphi=1.3)
    number |= dict(lo=1.0, sigma=f.conductivity)
    middle = ref.layer(n.thickness, n.conductivity, ls=n.spin_diffusion_length, lo=1.0)
    stack = [ref.layer(f.thickness, m=m1, **number), middle, ref.layer(f.thickness, m=m2, **number)]
    y = ref.solve(stack, [law(m1), law(m2)], (ref.contact(1.0, spin), ref.contact(0.0, spin)))
    return 1 / y[0, 0, 7]


@pytest.mark.parametrize("barrier", INTERFACES)
@pytest.mark.parametrize("spin", ["sink", "blocked"])
@pytest.mark.parametrize("antiparallel", [False, True])
def test_valve_resistance_equals_the_differential_equations(barrier, spin, antiparallel):
    """Catches a bulk or interface spin-coupled term, r_F without 1 - P^2, memory loss with c, s exchanged."""
    interface = valet_fert.ValveInterface(*barrier)
    law = (lambda m: None) if barrier[0] == 0 else lambda m: ref.memory_loss(barrier, m)
    expected = reference_valve(*LAYERS, law, angle=np.pi * antiparallel, spin=spin)
    kwargs = dict(interface=interface, antiparallel=antiparallel, boundary=spin)
    assert_allclose(valet_fert.valve_resistance(*LAYERS, **kwargs), expected, rtol=2e-13)


@pytest.mark.parametrize("barrier", INTERFACES[:2])
def test_thick_valves(barrier):
    """Catches a slip of the Fert-Jaffres form or of the total resistances against the general one."""
    interface, n = valet_fert.ValveInterface(*barrier), LAYERS[1]
    f = valet_fert.ValveLayer(100.0, 0.8, 2.2, 0.45)
    general, thick = [], []
    for antiparallel in [False, True]:
        general.append(valet_fert.valve_resistance(f, n, interface=interface, antiparallel=antiparallel))
        thick.append(valet_fert.thick_valve_resistance(f, n, interface=interface, antiparallel=antiparallel))
    assert_allclose(thick, general, rtol=1e-14)
    closed = valet_fert.thick_valve_magnetoresistance(f, n, interface=interface)
    assert_allclose(closed, general[1] - general[0], rtol=1e-11)
    with pytest.raises(ValueError, match="unknown 'open'; known: sink, blocked"):
        valet_fert.valve_resistance(f, n, interface=interface, boundary="open")
    with pytest.raises(ValueError, match="memory_loss needs resistance > 0"):
        valet_fert.ValveInterface(0.0, 0.2, 0.1)


@pytest.mark.parametrize("angle", [0.0, 0.4, 2.0, np.pi])
def test_node_valve_against_circuit_theory(angle):
    """Catches alpha = |eta| or Re eta, and tan theta for tan theta/2: Kirchhoff's law of one N node."""
    g, p, mix = 1.4, 0.6, 0.9 - 0.5j
    total, source = np.zeros((4, 4)), np.zeros(4)
    for voltage, m in [(1.0, [0.0, 0.0, 1.0]), (0.0, [np.sin(angle), 0.0, np.cos(angle)])]:
        m = np.array(m)
        block = g * np.block([[1.0, -p * m], [-p * m[:, None], np.outer(m, m)]])
        into_node = block.copy()
        into_node[1:, 1:] += mix.real * (np.eye(3) - np.outer(m, m)) + mix.imag * ref.cross_matrix(m)
        total, source = total + into_node, source + block[:, 0] * voltage
    node = np.linalg.solve(total, source)
    current = g * (1.0 - node[0]) + p * g * node[3]
    closed = circuit.node_valve_conductance(angle, g, polarization=p, mixing_conductance=mix)
    assert_allclose(closed, current, rtol=1e-13)


@pytest.mark.parametrize("angle", [0.7, 2.0, np.pi])
def test_thin_spacer_magnetoresistance_at_any_angle(angle):
    """Catches g_T = |G_mix| or Re G_mix and a wrong spin source; transverse conductance G_perp in Eq. 19."""
    ar, gamma, perp = 0.6, 0.7, 0.35
    f, n = valet_fert.ValveLayer(50.0, 0.8, 2.2, 0.45), valet_fert.ValveLayer(1e-9, 1.7, 6.0)
    k = transverse.transverse_wavevector(2.2, 0.9, dephasing_length=1.3)
    g_mix = mixing.mixing_conductance(perp, ning24.effective_conductance(0.8, k))
    closed = circuit.thin_spacer_magnetoresistance(
        angle, f, interface=valet_fert.ValveInterface(ar, gamma), mixing_conductance=g_mix
    )
    r0, r = (reference_valve(f, n, lambda m: ref.memory_loss((ar, gamma, 0.0), m, perp), angle=x) for x in [0.0, angle])
    assert_allclose(closed, r - r0, atol=2e-9)


def test_parameters_broadcast_and_extremes_do_not_overflow():
    """Catches overflow of cosh or a scalar-only branch: arrays of parameters, thickness up to infinity."""
    d = np.array([[0.1], [5.0], [5e3], [np.inf]])
    wavevector = two_layers()[1].wavevector
    n = ning24.NormalLayer(5.0, 1.0, np.array([1.0, 3.0]), 1.0, 5.0)
    f = ning24.FerromagnetLayer(d, 1.0, wavevector, 1.0, 5.0, 0.5, 0.5)
    for closure in ning24.CLOSURES:
        j = ning24.bilayer_currents(n, f, hall=[1, 1], closure=closure)
        assert j.shape == (4, 2, 2)
        assert np.all(np.isfinite(j))
        one = ning24.bilayer_currents(*two_layers(), hall=[1, 1], closure=closure)
        assert_allclose(j[1, 1], one, rtol=1e-14)
    f = valet_fert.ValveLayer(d[:3], 0.8, 2.2, np.array([0.1, 0.5]))
    interface = valet_fert.ValveInterface(0.5, 0.2, 900.0)
    for spin in valet_fert.BOUNDARIES:
        r = valet_fert.valve_resistance(f, LAYERS[1], interface=interface, boundary=spin)
        assert r.shape == (3, 2)
        assert np.all(np.isfinite(r))
    thick = spin_hall.HallFilm(1e6, 1.0, 1.0, 1.0, 0.1)
    assert_allclose(spin_hall.spin_hall_efficiency(thick, 1.0), -0.05)
    assert_allclose(spin_hall.film_spin_current(thick, 5e5), -0.1)
    m = np.array([ref.EYE[0], M])
    assert spin_hall.smr_sheet_conductivity(thick, np.array([1.0, 2.0]), magnetization=m).shape == (2, 2)
    assert mixing.pumped_current(np.array([1.0, 2.0]), m, rate=m[::-1]).shape == (2, 3)
    assert circuit.node_valve_conductance(d[:3], 1.0, polarization=0.5, mixing_conductance=[1, 2]).shape == (
        3,
        2,
    )
