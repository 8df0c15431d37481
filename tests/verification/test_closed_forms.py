"""`fs.solve` against the papers' formulas (`femsot.papers`), which are tested against matrix exponentials."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from oracle import HBAR_OVER_2E, unit

import femsot as fs
from femsot.papers import amin16, mixing, ning24, spin_hall, transverse

M = unit([0.48, 0.36, -0.8])
N = dict(conductivity=1.1e6, spin_conductivity=0.9e6, spin_diffusion_length=3e-9, orbital_conductivity=0.7e6)
N |= dict(orbital_diffusion_length=5e-9)
F = dict(conductivity=1.3e6, spin_conductivity=0.7e6, spin_diffusion_length=2.3e-9, orbital_conductivity=0.4e6)
F |= dict(orbital_diffusion_length=4.1e-9, polarization=0.35, exchange_length=0.8e-9, dephasing_length=1.7e-9)
E = 2e5


def complex_torque(torque):
    """Of the absorbed flux, which the formulas are about."""
    return complex(*torque.flux_like)


@pytest.mark.parametrize("closure", ["conserving", "ning24"])
@pytest.mark.parametrize("ohmic", [None, (9e14, 6e14, 3.5e14, 2e14), (1.2e15, 3e14, 0.0, 0.0)])
@pytest.mark.parametrize("d_f", [0.6e-9, 5e-9])
def test_bilayer_of_ning24(closure, ohmic, d_f):
    """Catches a torque of another sign, closure or interface than Ning24 Eqs. 13-18 (corrected), to 1e-11."""
    hall = np.array([3e5, -8e5])
    n = fs.NormalMetal(name="N", **N, spin_hall_conductivity=hall[0], orbital_hall_conductivity=hall[1])
    f = fs.Ferromagnet(name="F", **F, orbit_to_spin=0.45, spin_to_orbit=0.3)
    laws, matrix = {}, None
    if ohmic:
        names = ("spin", "orbital", "orbit_to_spin", "spin_to_orbit")
        laws = {"N|F": fs.Ohmic(charge=1e15, **dict(zip(names, ohmic, strict=True)))}
        matrix = ning24.ohmic_matrix(*ohmic[:2], orbit_to_spin=ohmic[2], spin_to_orbit=ohmic[3])
    layers = [fs.Layer("N", n, 4e-9), fs.Layer("F", f, d_f, M)]
    with pytest.warns(fs.PhysicsWarning, match="Onsager|creates power"):
        solution = fs.solve(fs.Stack(layers, laws, electric_field=(E, 0, 0)), closure=closure)
    k = transverse.transverse_wavevector(2.3e-9, 0.8e-9, dephasing_length=1.7e-9)
    below = ning24.NormalLayer(4e-9, 0.9e6, 3e-9, 0.7e6, 5e-9)
    above = ning24.FerromagnetLayer(d_f, 0.7e6, k, 0.4e6, 4.1e-9, 0.45, 0.3)
    spin, orbital = ning24.bilayer_currents(below, above, hall=hall, interface=matrix, closure=closure) * E
    assert complex_torque(solution.torque("F")) == pytest.approx(spin, rel=1e-11)
    p = np.array([0, 1.0, 0])
    axes, J = (np.cross(M, np.cross(p, M)), np.cross(M, p)), solution.interface("N|F").J_plus[4:]
    assert complex(J @ axes[0], J @ axes[1]) / (axes[1] @ axes[1]) == pytest.approx(orbital, rel=1e-11)


@pytest.mark.parametrize("thickness", [0.5e-9, 3e-9, 20e-9])
def test_heavy_metal_of_amin16(thickness):
    """Catches g and h of Amin16 (corrected): j_E of a user's matrix and the spin Hall current."""
    sigma, length, g, j_e = 2e6, 1.4e-9, 9e14 - 3e14j, 2e5 + 6e5j
    axes = np.cross(M, np.cross([0, 1.0, 0], M)), np.cross(M, [0, 1.0, 0])
    G, source = np.zeros((2, 7, 2, 7)), np.zeros((2, 7, 2))
    G[0, 1:4, 0, 1:4] = fs.Mixing(mixing=g).map(None, M).conductance[0, 1:4, 0, 1:4]
    source[0, 1:4, 0] = j_e.real * axes[0] + j_e.imag * axes[1]
    n = fs.NormalMetal(name="N", conductivity=sigma, spin_diffusion_length=length, spin_hall_angle=0.15)
    layers = [fs.Layer("N", n, thickness), fs.Layer("F", fs.material("YIG"), 1e-9, M)]
    law = fs.Matrix(G=G, j_E=source, magnetization=M)
    solution = fs.solve(fs.Stack(layers, {"N|F": law}, electric_field=(E, 0, 0)))
    scaled = amin16.scaled_conductance(g, sigma, spin_diffusion_length=length)
    found = amin16.interface_current(j_e * E, -0.15 * sigma * E, scaled=scaled, thickness=thickness / length)
    assert complex_torque(solution.torque("F")) == pytest.approx(complex(found), rel=1e-12)


FILM = spin_hall.HallFilm(4e-9, 1.3e6, 0.8e6, 1.5e-9, 3e5)
METAL = dict(conductivity=1.3e6, spin_conductivity=0.8e6, spin_diffusion_length=1.5e-9, spin_hall_conductivity=3e5)


def test_spin_hall_film():
    """Catches a sign or a length of accumulation and spin current, and the inverse effect in the sheet current."""
    solution = fs.solve(fs.Stack([fs.Layer("N", fs.NormalMetal(name="N", **METAL), 4e-9)], electric_field=(E, 0, 0)))
    z = np.linspace(0, 4e-9, 9)
    assert_allclose(solution.mu(z)[2], spin_hall.film_accumulation(FILM, z, field=E), rtol=1e-11, atol=1e-20)
    assert_allclose(solution.flux(z)[2], spin_hall.film_spin_current(FILM, z, field=E), rtol=1e-11, atol=1e-3)
    assert solution.sheet_current("N")[0] == pytest.approx(4e-9 * E * spin_hall.film_conductivity(FILM), rel=1e-13)


@pytest.mark.parametrize("above", [True, False])
@pytest.mark.parametrize("g", [9e14 + 4e14j, 1e13 - 3e13j])
def test_spin_hall_magnetoresistance(above, g):
    """Catches the sign of the inverse effect, of G_i or of J_y in Chen's formula (m_x m_y and m_z), on either side."""
    n, yig = fs.Layer("N", fs.NormalMetal(name="N", **METAL), 4e-9), fs.material("YIG")
    for m in (M, -M, (0, 0, 1), (1, 1, 0)):
        layers = [n, fs.Layer("Y", yig, 9e-9, m)][:: 1 if above else -1]
        name = "|".join(layer.name for layer in layers)
        solution = fs.solve(fs.Stack(layers, {name: fs.Mixing(mixing=g)}, electric_field=(E, 0, 0)))
        sheet = solution.sheet_current("N") / E
        assert_allclose(sheet, spin_hall.smr_sheet_conductivity(FILM, g, magnetization=unit(m)), rtol=1e-12, atol=1e-18)


def test_spin_hall_efficiency_of_haney():
    """Catches a factor 2 of the mixing conductance: 0.0285845 for 1e15 + 1e14 i of Brataas and theta = 0.1."""
    film = spin_hall.HallFilm(10e-9, 7e6, 7e6, 1.4e-9, 7e5)
    n = fs.NormalMetal(name="N", conductivity=7e6, spin_diffusion_length=1.4e-9, spin_hall_angle=0.1)
    f = fs.Ferromagnet(name="F", conductivity=1e6, spin_diffusion_length=5e-9)
    law = fs.Mixing(up=1e15, down=1e15, mixing=2e15 + 2e14j)
    layers = [fs.Layer("N", n, 10e-9), fs.Layer("F", f, 3e-9, (1, 0, 0))]
    torque = fs.solve(fs.Stack(layers, {"N|F": law}, electric_field=(E, 0, 0))).torque("F")
    efficiency = torque.flux_like / (7e6 * E)
    assert efficiency[0] == pytest.approx(-0.0285845, abs=5e-8)
    assert complex(*efficiency) == pytest.approx(complex(spin_hall.spin_hall_efficiency(film, 2e15 + 2e14j)))


@pytest.mark.parametrize("antiparallel", [False, True])
def test_transverse_moment_decays_with_its_wavevector(antiparallel):
    """Catches 1/2 for 1/sqrt 2 in Ning24 Eq. 6 and the handedness: mu_+ ~ exp(-k z) in a thick ferromagnet."""
    f = fs.Ferromagnet(name="F", **F, antiparallel_exchange=antiparallel)
    injected = np.cross(M, [1.0, 0, 0])
    stack = fs.Stack([fs.Layer("F", f, 60e-9, M)], bottom=fs.Injection(spin_current=1e9 * injected))
    z = np.linspace(0, 4e-9, 7)
    mu = fs.solve(stack).mu(z)[1:4]
    e1 = unit(injected)
    plus = e1 @ mu + 1j * (np.cross(M, e1) @ mu)
    k = transverse.transverse_wavevector(2.3e-9, 0.8e-9, dephasing_length=1.7e-9, antiparallel=antiparallel)
    wanted = 1e9 * np.linalg.norm(injected) / (0.7e6 * k) * np.exp(-k * z)
    assert_allclose(plus, wanted, rtol=1e-10)


def test_moment_along_m_decays_over_the_spin_diffusion_length():
    """Catches lambda_sf that depends on P: the measured length is lambda_sf at zero current, for every P."""
    for p in (0.0, 0.6):
        f = fs.Ferromagnet(name="F", conductivity=2e6, spin_diffusion_length=3e-9, polarization=p, exchange_length=1e-9)
        stack = fs.Stack([fs.Layer("F", f, 150e-9, M)], bottom=fs.Injection(spin_current=1e9 * M))
        mu = M @ fs.solve(stack).mu([1e-9, 7e-9])[1:4]
        assert mu[1] / mu[0] == pytest.approx(np.exp(-2), rel=1e-10)
        assert mu[0] == pytest.approx(1e9 * 3e-9 / (2e6 * (1 - p**2)) * np.exp(-1 / 3), rel=1e-10)


@pytest.mark.parametrize("conversion", ["interface", "bulk"])
def test_mixing_conductances_of_ning24(conversion):
    """Catches Eqs. 10, 19-21 through the solver: J_s of N = G_mix mu_s + G_os (mu_o^N - mu_o^F)."""
    bulk, gos = (0.45, 0.0) if conversion == "bulk" else (0.0, 3e14)
    given = {k: v for k, v in F.items() if k != "polarization"}
    f = fs.Ferromagnet(name="F", **given, orbit_to_spin=bulk)
    n = fs.NormalMetal(name="N", **N, spin_hall_conductivity=2e5, orbital_hall_conductivity=7e5)
    law = fs.Ohmic(charge=1e15, spin=9e14, orbital=6e14, orbit_to_spin=gos)
    layers = [fs.Layer("N", n, 5e-9), fs.Layer("F", f, 0.9e-9, M)]
    state = fs.solve(fs.Stack(layers, {"N|F": law}, electric_field=(E, 0, 0))).interface("N|F")
    axes = np.cross(M, np.cross([0, 1.0, 0], M)), np.cross(M, [0, 1.0, 0])
    js, mu_s, d_o = (
        complex(v @ axes[0], v @ axes[1])
        for v in (state.J_minus[1:4], state.mu_minus[1:4], (state.mu_minus - state.mu_plus)[4:])
    )
    k = transverse.transverse_wavevector(2.3e-9, 0.8e-9, dephasing_length=1.7e-9)
    y = ning24.ferromagnet_admittance(ning24.FerromagnetLayer(0.9e-9, 0.7e6, k, 0.4e6, 4.1e-9, bulk, bulk * 4 / 7))
    if conversion == "bulk":
        g_os = mixing.orbit_spin_mixing_bulk(9e14, 6e14, admittance=y)
    else:
        layer = ning24.effective_conductance(0.7e6, k, thickness=0.9e-9)
        g_os = mixing.orbit_spin_mixing_interface(9e14, gos, layer=layer)
    assert js == pytest.approx(complex(mixing.mixing_conductance_exact(9e14, y) * mu_s + g_os * d_o), rel=1e-11)


def test_constant_of_the_tests():
    """Catches a typing error in the constant that half of these tests rest on."""
    from femsot.base.constants import e, hbar

    assert pytest.approx(hbar / (2 * e), rel=1e-9) == HBAR_OVER_2E
