"""The disordered 2D Rashba ferromagnet: symmetries, closed forms, limits (Veneri22)."""

import importlib
from dataclasses import replace

import misprints
import numpy as np
import pytest
from numpy.testing import assert_allclose

from femsot.base.components import rotation
from femsot.base.constants import e, hbar
from femsot.papers import veneri22
from femsot.scattering import Hamiltonian, tensors
from femsot.scattering.rashba2d import RashbaGas, response
from femsot.scattering.rashba2d.diagrams import without_density

TILTED = (0.48, 0.36, 0.8)
BASE = {"effective_mass": 0.8, "rashba": 1.7e-11, "exchange": 4.8e-3, "impurity_density": 5e14}
IN_GAP, ABOVE, RING = 3e-3, 10e-3, -5e-3  #: [eV]; RING: below the gap, but for m along z
STRENGTHS = {
    "weak": {"renormalised_strength": 5e-21},
    "strong": {"renormalised_strength": 43e-21},
    "attractive": {"renormalised_strength": -43e-21},
    "unitary": {"renormalised_strength": np.inf},
    "bare": {"strength": 60e-21, "cutoff": 30.0},
}


def gas(m=TILTED, energy=ABOVE, strength="strong", **other):
    return RashbaGas(magnetization=m, fermi_energy=energy, **BASE | STRENGTHS[strength] | other)


def polar(theta):
    return np.stack([np.sin(theta), 0 * theta, np.cos(theta)], axis=-1)


# the first Born limit


@pytest.mark.parametrize("concentration", ["dilute", "finite"])
def test_born_has_no_damping_like_response_above_the_gap(concentration):
    """Re g in the self-energy of the ladder, or T-matrices left in it."""
    m = polar(np.array([0.0, 0.4, 1.1]))
    born = response(gas(m, approximation="born", concentration=concentration)).spin
    small = born[:, [0, 1, 2, 2], [0, 1, 0, 1]]
    # finite n: Re Sigma_vec turns spins a little, a correction of order n
    scale = 1e-13 if concentration == "dilute" else 5e-2
    assert np.max(np.abs(small)) < scale * np.min(np.abs(born[:, 0, 1]))
    full = response(gas(m, concentration=concentration)).spin
    assert np.min(np.abs(full[:, [0, 1], [0, 1]])) > 3e-3 * np.max(np.abs(full[:, 0, 1]))


def test_born_in_the_gap_leaves_only_kzy():
    """K_zy is 0 in the gap only for m_x = 0: of the zero mode's gauge nothing may leak into the others."""
    k = response(gas(polar(np.array(0.5)), IN_GAP, approximation="born")).spin
    assert np.max(np.abs(k[[0, 1, 2], [0, 1, 0]])) < 1e-13 * abs(k[0, 1])
    assert abs(k[2, 1]) > 1e-2 * abs(k[0, 1])


# symmetry


@pytest.mark.parametrize("concentration", ["dilute", "finite"])
@pytest.mark.parametrize("energy", [IN_GAP, ABOVE])
def test_rotation_about_z(energy, concentration):
    """An axis exchanged on the way into the plane of m, or a component that is not turned back."""
    turn = rotation((0, 0, 1), 0.7)
    one = response(gas(energy=energy, concentration=concentration))
    other = response(gas(turn @ TILTED, energy, concentration=concentration))
    pairs = [
        (other.spin, turn @ one.spin @ turn[:2, :2].T),
        (other.torque_field, turn @ one.torque_field @ turn[:2, :2].T),
        (other.conductivity, turn[:2, :2] @ one.conductivity @ turn[:2, :2].T),
        (other.self_energy[1:], turn @ one.self_energy[1:]),
    ]
    for got, wanted in pairs:
        assert_allclose(got, wanted, rtol=0, atol=1e-12 * np.max(np.abs(wanted)))
    for name, value in one.torque_efficiencies.items():
        assert_allclose(other.torque_efficiencies[name], value, rtol=1e-9, atol=1e-12 * np.max(np.abs(one.spin)))


@pytest.mark.parametrize("energy", [IN_GAP, ABOVE])
@pytest.mark.parametrize("strength", ["strong", "unitary"])
def test_parities_in_m(energy, strength):
    """A product of Re g_x and Re g_z of the wrong sign; K: rows x y z, columns x y."""
    x, z = 0.6, 0.8
    k = response(gas(np.array([[x, 0, z], [x, 0, -z], [-x, 0, z], [-x, 0, -z]]), energy, strength)).spin
    odd_in_z = np.array([[-1, 1], [1, -1], [1, -1]])
    odd_in_x = np.array([[1, 1], [1, 1], [-1, -1]])
    for other, parity in zip(k[1:], (odd_in_z, odd_in_x, odd_in_z * odd_in_x), strict=True):
        assert_allclose(other, parity * k[0], rtol=0, atol=1e-12 * np.max(np.abs(k)))
    assert np.min(np.abs(k[0])) > 1e-4 * np.max(np.abs(k))


@pytest.mark.parametrize("concentration", ["dilute", "finite"])
def test_conductivity_is_reciprocal(concentration):
    """sigma_ab(m) = sigma_ba(-m): J_L of the wrong order, or a vertex correction on one side only."""
    one = response(gas(energy=np.array([IN_GAP, ABOVE]), concentration=concentration)).conductivity
    m = -np.array(TILTED)
    other = response(gas(m, energy=np.array([IN_GAP, ABOVE]), concentration=concentration)).conductivity
    assert_allclose(one, np.swapaxes(other, -1, -2), rtol=0, atol=1e-12 * np.max(np.abs(one)))
    assert np.min(np.abs(one - other)[:, 0, 1]) > 1e-4 * np.max(np.abs(one))


# closed forms


@pytest.mark.parametrize("strength", STRENGTHS)
@pytest.mark.parametrize("rashba", [1.7e-11, 10e-11])
def test_out_of_plane_is_the_closed_form(strength, rashba):
    """Every energy: two rings of the lower band, the gap, both bands; all orders in u with its prefactor."""
    energy = np.array([-3e-3, IN_GAP, 4.79e-3, 5e-3, ABOVE, 0.1])
    if rashba > 5e-11:
        energy = np.concatenate([[-50e-3, -20e-3], energy])
    found = response(gas((0, 0, 1), energy, strength, rashba=rashba))
    u = STRENGTHS[strength].get("strength", STRENGTHS[strength].get("renormalised_strength"))
    model = veneri22.Gas(**BASE | {"rashba": rashba}, polar=0.3, fermi_energy=energy, strength=u)
    spin, sigma = veneri22.out_of_plane(model, STRENGTHS[strength].get("cutoff"))
    scale = np.max(np.abs(spin), axis=(1, 2), keepdims=True)
    assert_allclose(found.spin / scale, spin / scale, rtol=0, atol=3e-13)
    scale = np.max(np.abs(sigma), axis=(1, 2), keepdims=True)
    assert_allclose(found.conductivity / scale, sigma / scale, rtol=0, atol=3e-13)


def weak(scale, exchange, rashba):
    """Both, at a point where Delta/eps, m alpha^2/eps, m u and m_x are small; smaller with `scale`."""
    values = {
        "effective_mass": 0.8,
        "rashba": rashba * scale,
        "exchange": exchange * scale,
        "fermi_energy": 0.8,
        "impurity_density": 5e14,
    }
    u, theta = 3e-22 * scale, 0.03 * scale
    made = response(RashbaGas(magnetization=polar(np.array(theta)), **values, renormalised_strength=u))
    return made, veneri22.Gas(**values, polar=theta, strength=u)


#: F = 0.0003, 0.28, 0.91
REGIMES = [(1e-3, 1.7e-11), (2e-3, 1e-12), (1e-2, 1e-12)]


@pytest.mark.parametrize(("exchange", "rashba"), REGIMES)
def test_weak_scattering_spin_response(exchange, rashba):
    """Every entry of K with its prefactor and sign, conductivity too: the deviation falls with the small parameters."""
    errors = []
    for scale in (3.0, 1.0):
        made, model = weak(scale, exchange, rashba)
        errors.append(np.abs(made.spin / veneri22.spin_response(model) - 1))
        assert_allclose(np.diagonal(made.conductivity), veneri22.conductivity(model), rtol=5e-3 * scale**2)
    assert np.max(errors[1]) < min(1e-2, 0.4 * np.max(errors[0]))


@pytest.mark.parametrize(("exchange", "rashba"), REGIMES)
def test_weak_scattering_efficiencies(exchange, rashba):
    """All four, corrected; of the printed ones those that docs/rashba2d.md calls wrong are off."""
    made, model = weak(1.0, exchange, rashba)
    exact, found = veneri22.efficiencies(model), made.torque_efficiencies
    for name, value in exact.items():
        assert_allclose(found[name], value, rtol=3e-2, err_msg=name)
    # the term of tau_1o in u, by itself: odd in u
    attractive = response(replace(made.gas, renormalised_strength=-made.gas.renormalised_strength))
    odd = (found["tau_1o"] - attractive.torque_efficiencies["tau_1o"]) / 2
    assert_allclose(odd, exact["tau_1o"] - veneri22.efficiencies(replace(model, strength=0.0))["tau_1o"], rtol=3e-2)


def test_printed_efficiencies_are_right_and_wrong_where_told():
    """A correction that is none: the printed forms agree where docs/rashba2d.md says so, and nowhere else."""
    strong, weak_one = weak(1.0, *REGIMES[0])[1], weak(1.0, *REGIMES[2])[1]
    for model, printed, good in (
        (strong, misprints.efficiencies_strong_rashba(strong), {"tau_1e", "tau_2e", "tau_1o"}),
        (weak_one, misprints.efficiencies_weak_rashba(weak_one), {"tau_1e", "tau_1o"}),
    ):
        exact = veneri22.efficiencies(model)
        right = {name for name, value in exact.items() if abs(printed[name] / value - 1) < 0.15}
        assert right == good
    typo = misprints.efficiencies_strong_rashba(strong)["tau_2o"] / strong.fermi_energy
    assert_allclose(typo, veneri22.efficiencies(strong)["tau_2o"], rtol=1e-2)


def test_printed_spin_responses_are_both_limits():
    """Eqs. 33 and 35 against the formula for every F."""
    for (exchange, rashba), printed in (
        ((1e-5, 1.7e-11), veneri22.spin_response_strong_rashba),
        ((1e-2, 1e-14), veneri22.spin_response_weak_rashba),
    ):
        model = weak(1.0, exchange, rashba)[1]
        assert_allclose(printed(model), veneri22.spin_response(model), rtol=1e-3)


# limits


@pytest.mark.parametrize("energy", [IN_GAP, ABOVE, RING])
@pytest.mark.parametrize("strength", ["strong", "unitary"])
def test_finite_density_tends_to_the_dilute_limit_linearly(energy, strength):
    """Another gauge of the zero mode: in the gap under a tilted m it tends elsewhere."""
    density = np.array([1e13, 1e12])
    full = response(gas(energy=energy, strength=strength, impurity_density=density, concentration="finite"))
    dilute = response(gas(energy=energy, strength=strength, impurity_density=1.0))
    assert full.converged.all()
    for name in ("spin", "conductivity"):
        limit = getattr(dilute, name)
        off = np.abs(getattr(full, name) * density[:, None, None] - limit).max((1, 2)) / np.abs(limit).max()
        assert off[0] < 2e-2
        assert_allclose(off[0] / off[1], 10, rtol=0.1)


def test_the_neutral_gauge_of_the_zero_mode():
    """nK of another program, hbar = m = -e = 1, in the gap under a tilted m; the literal inverse has K_zy = -.1515."""
    nm = 1e-9
    found = response(
        RashbaGas(
            magnetization=(0.05, 0, 0.2),
            effective_mass=hbar**2 / (2 * 9.1093837e-31 * e) / (0.5 * nm**2),
            rashba=0.3 * nm,
            exchange=np.hypot(0.05, 0.2),
            fermi_energy=0.1,
            impurity_density=1.0,
            strength=0.5 * nm**2,
            cutoff=30.0,
        )
    )
    k = 2 * found.spin * nm**3  # Pauli matrices, n in 1/nm^2
    assert_allclose(k, [[-0.0282, 0.6317], [-0.6482, -0.0288], [0.0032, -0.0718]], rtol=0, atol=6e-5)


def test_one_ring_locks_spin_to_current():
    """In the gap, m along z: S = const z x J for every strength, so no damping-like torque at fixed current."""
    for strength in STRENGTHS:
        k = response(gas((0, 0, 1), IN_GAP, strength)).spin_per_current
        assert_allclose(k[:2], k[0, 1] * np.array([[0, 1], [-1, 0]]), rtol=0, atol=1e-12 * abs(k[0, 1]))


def test_a_cutoff_is_a_renormalised_strength():
    """1/u_R = 1/u - Re g_0; Re g_0 of m along z in closed form, and K independent of how it is given."""
    u, cutoff = STRENGTHS["bare"].values()
    model = veneri22.Gas(**BASE, polar=0.0, fermi_energy=ABOVE, strength=u)
    m, a = model.mass, model.mass * BASE["rashba"] ** 2
    root = np.sqrt(BASE["exchange"] ** 2 + a**2 + 2 * a * ABOVE)
    x = ABOVE + a + root, ABOVE + a - root
    g0 = -m / (2 * np.pi) * (np.log(cutoff / np.sqrt(x[0] * x[1])) - a * np.log(x[0] / x[1]) / (2 * root))
    bare = response(gas((0, 0, 1), strength="bare"))
    dressed = response(gas((0, 0, 1), renormalised_strength=1 / (1 / u - g0)))
    assert_allclose(bare.spin, dressed.spin, rtol=0, atol=1e-12 * np.max(np.abs(bare.spin)))
    assert_allclose(bare.t_matrix, dressed.t_matrix, rtol=0, atol=1e-12 * np.max(np.abs(bare.t_matrix)))


def test_optical_theorem():
    """Particles conserved: Im T = T+ Im g T; a T-matrix of other sign or unit is none."""
    pauli = np.array([np.eye(2), [[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
    one, other = (response(gas(strength=s)).t_matrix for s in ("strong", "unitary"))
    t, unitary = (np.einsum("a,aij->ij", x, pauli) for x in (one, other))
    # 1/T - 1/T_unitary = 1/u_R
    assert_allclose(np.linalg.inv(t) - np.linalg.inv(unitary), np.eye(2) / 43e-21, rtol=0, atol=1e-12 / 43e-21)
    assert np.all(np.linalg.eigvalsh((t - t.conj().T) / 2j) < 0)


# torque


def test_torque_is_that_of_its_efficiencies():
    """Eq. 3 with the coefficients of Eq. 4, times -(4e/hbar) Delta: a column or the order of a cross product lost."""
    found = response(gas(energy=np.array([IN_GAP, ABOVE])))
    m, tau = found.gas.m, {k: v[:, None] for k, v in found.torque_efficiencies.items()}
    z = np.array([0.0, 0.0, 1.0])
    for field in np.eye(2):
        j = np.concatenate([found.conductivity @ field, np.zeros((2, 1))], axis=-1)
        mj, zj = (j @ m)[:, None], np.cross(z, j)
        even = tau["tau_1e"] * np.cross(m, np.cross(m, zj)) + tau["tau_2e"] * np.cross(m, z) * mj
        odd = tau["tau_1o"] * np.cross(m, zj) + tau["tau_2o"] * np.cross(m, np.cross(m, z)) * mj
        wanted = -4 * e / hbar * BASE["exchange"] * e * (even + odd)
        got = found.torque_field @ field
        assert_allclose(got, wanted, rtol=0, atol=1e-12 * np.max(np.abs(got)))


def test_torque_has_the_sign_of_the_scattering_interface():
    """The same alpha, Delta and E make the other module's delta interface turn m the same way."""
    plane = Hamiltonian(magnetization=(0, 0, 1), fermi_wavevector=10e9, barrier=0.3, exchange=0.05, rashba=0.05,
                        relaxation_time=(1e-15, 1e-15), tolerance=1e-5)  # fmt: skip
    there, here = tensors(plane).torque_field, response(gas((0, 0, 1))).torque_field
    assert abs(there[1, 0]) < 0.1 * abs(there[0, 0])
    assert np.sign(there[0, 0]) == np.sign(here[0, 0]) == 1


def test_efficiencies_are_undefined_only_where_m_makes_them_so():
    """0/0 that comes out as a number: tau_2 of m along z, all of m in the plane."""
    tau = response(gas(polar(np.array([0.0, np.pi / 4, np.pi / 2])) * [[1, 1, 1], [1, 1, 1], [1, 1, 0]]))
    undefined = {name: np.isnan(value).tolist() for name, value in tau.torque_efficiencies.items()}
    first, second = [False, False, True], [True, False, True]
    assert undefined == {"tau_1e": first, "tau_2e": second, "tau_1o": first, "tau_2o": second}
    assert np.all(np.isfinite(tau.torque_field))


def test_charge_to_spin_is_dimensionless():
    """theta = -2 e v K_J with a default v of the band: of order 1 for the field-like part."""
    found = response(gas())
    assert_allclose(found.charge_to_spin(1e5), 2 * e * 1e5 * found.spin_per_current, rtol=1e-15)
    assert 0.3 < found.charge_to_spin()[0, 1] < 1.5


# numerics


@pytest.mark.parametrize("split", [1e-3, 1e-5])
def test_bands_that_are_close(split):
    """Double roots of D: digits lost as the square of the splitting."""
    other = {"exchange": split * ABOVE, "rashba": split * 1e-11}
    found = response(gas((0, 0, 1), **other))
    model = veneri22.Gas(**BASE | other, polar=0.0, fermi_energy=ABOVE, strength=43e-21)
    spin, sigma = veneri22.out_of_plane(model)
    assert_allclose(found.spin, spin, rtol=0, atol=1e-15 / split * np.max(np.abs(spin)))
    assert_allclose(found.conductivity, sigma, rtol=0, atol=1e-15 / split * np.max(sigma))


@pytest.mark.parametrize("concentration", ["dilute", "finite"])
def test_a_batch_is_its_points(concentration):
    """A point that takes another's rays, centre or self-energy."""
    m = polar(np.array([0.3, 0.7, 1.2]))[:, None]
    energy = np.array([-3.4e-3, 4.4e-3, ABOVE])
    many = response(gas(m, energy, concentration=concentration))
    assert len(set(many.rays.ravel())) > 1
    for i, j in np.ndindex(3, 3):
        one = response(gas(m[i, 0], energy[j], concentration=concentration))
        assert_allclose(many.spin[i, j], one.spin, rtol=0, atol=1e-11 * np.max(np.abs(one.spin)))
        assert_allclose(many.conductivity[i, j], one.conductivity, rtol=0, atol=1e-11 * np.max(one.conductivity))


def test_a_large_batch_is_solved_in_parts(monkeypatch):
    """A part that is solved twice, or left out."""
    many = gas(energy=np.linspace(3e-3, 20e-3, 7))
    whole = response(many)
    monkeypatch.setattr(importlib.import_module("femsot.scattering.rashba2d.response"), "CHUNK", 64)
    parts = response(many)
    assert_allclose(parts.spin, whole.spin, rtol=0, atol=1e-12 * np.max(np.abs(whole.spin)))
    assert np.array_equal(parts.rays, whole.rays)


def test_the_edge_of_the_upper_band_is_finite():
    """log 0, or a root that is lost: exactly at the edge."""
    found = response(gas((0, 0, 1), np.array([4.8e-3, 4.8e-3 * (1 + 1e-15)])))
    assert np.all(np.isfinite(found.spin)) and found.converged.all()


def test_a_crescent_says_that_it_did_not_converge(monkeypatch):
    """Numbers of unknown error without a word: far below the gap no point sees the whole contour."""
    monkeypatch.setattr(importlib.import_module("femsot.scattering.rashba2d.response"), "MOST", 64)
    found = response(gas(TILTED, np.array([-51e-3, -20e-3]), rashba=10e-11))
    assert found.converged.tolist() == [False, True]
    assert any("not converged" in doubt.problem for doubt in found.doubts())


def test_doubts_of_broad_states():
    """Diagrams without crossings used where the states are as broad as their energy."""
    assert response(gas()).doubts() == []
    assert "broaden" in response(gas(impurity_density=1e18)).doubts()[0].problem


# refused input


@pytest.mark.parametrize("m", [(0, 0, 1), (0.4, 0, 0.9), (1, 0, 0)])
@pytest.mark.parametrize("concentration", ["dilute", "finite"])
def test_without_spin_orbit_coupling_a_field_makes_no_spin(m, concentration):
    """Rounding over a second null vector, spin along m: K of any size, and an error of 2 of it."""
    given = {"exchange": 4.8e-3, "fermi_energy": 10e-3, "impurity_density": 5e14, "renormalised_strength": 43e-21}
    gas = RashbaGas(magnetization=m, effective_mass=0.8, rashba=0.0, concentration=concentration, **given)
    found = response(gas)
    assert found.converged and found.doubts() == []
    assert np.all(found.spin == 0)
    assert found.conductivity[0, 0] == pytest.approx(found.conductivity[1, 1]) and found.conductivity[0, 0] > 0


def test_a_second_null_vector_without_a_source_is_no_fault():
    """A matrix that is exactly singular, where spin along m is conserved beside particles."""
    assert np.all(without_density(np.eye(4)[None], np.array([[1.0, 0, 0, 0]]), np.zeros((1, 4, 2))) == 0)
