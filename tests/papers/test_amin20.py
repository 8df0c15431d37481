"""Amin20's formulas against exact amplitudes, brute-force quadrature and the two-dimensional tensors."""

from dataclasses import replace

import misprints
import numpy as np
import pytest
from numpy.testing import assert_allclose

from femsot.base.errors import InputError
from femsot.papers import amin20
from femsot.papers.amin20 import Strengths
from femsot.scattering import Hamiltonian, tensors
from femsot.scattering.amplitudes import PAULI, plane, vector_matrix

CASE = {
    "magnetization": (0, 0, 1),
    "fermi_wavevector": 16e9,
    "barrier": 0.4,
    "exchange": 0.3,
    "rashba": 0.5,
    "relaxation_time": (1e-15, 0.6e-15),
    "polarization": 0.4,
}
UNEQUAL = {"barrier": 1.2, "potential_step": 1.2, "exchange_splitting": 3.0}
TILTED = (0.5, -0.3, 0.8)
STRENGTHS = [
    Strengths(barrier=0.4, exchange=0.3, rashba=0.5),
    Strengths(barrier=0.1, exchange=-0.6, rashba=0.5),
    Strengths(barrier=-0.3, exchange=0.6, rashba=-0.5),
]
U_UP, U_DN, KZ = np.array([0.7, 3.0, -0.4]), np.array([0.2, -0.5, 0.9]), np.array([0.9, 0.3, 0.6])
THETA = np.array([0.2, 0.7, 1.3])
XYZC = [1, 2, 3, 0]


def hamiltonian(**changes):
    return Hamiltonian(**(CASE | changes))


@pytest.fixture(scope="module")
def tilted():
    return amin20.mechanisms(hamiltonian(magnetization=TILTED))


def unit(v):
    return np.asarray(v, dtype=float) / np.linalg.norm(v)


# One impurity


def exact_impurity(u_up, u_dn, kz):
    """psi_R, psi_T (n, 2) of the spinor (1, 1)/sqrt 2, by continuity and the jump of the slope."""
    r, t = [], []
    for u in (u_up, u_dn):
        left = np.array([[1 + 0 * u, -1 + 0 * u], [1j * kz, 1j * kz - 2 * u]])  # 1 + r = t, i k (t - 1 + r) = 2 u t
        x = np.linalg.solve(np.moveaxis(left, -1, 0), np.stack([-1 + 0 * u, 1j * kz], -1)[..., None])[..., 0]
        r.append(x[:, 0]), t.append(x[:, 1])
    return np.stack(r, -1) / np.sqrt(2), np.stack(t, -1) / np.sqrt(2)


def spin(psi):
    return np.einsum("ni,aij,nj->na", psi.conj(), PAULI[1:], psi).real


def test_impurity_amplitudes_match_the_wave_equation():
    """A sign of the phase, or a potential twice as strong as (hbar^2 kF/m) delta(z) u."""
    (r, t), (rd, td) = amin20.impurity_amplitudes(U_UP, KZ), amin20.impurity_amplitudes(U_DN, KZ)
    R, T = exact_impurity(U_UP, U_DN, KZ)
    assert_allclose(np.stack([r, rd], -1) / np.sqrt(2), R, atol=1e-14)
    assert_allclose(np.stack([t, td], -1) / np.sqrt(2), T, atol=1e-14)
    k = KZ[:, None, None] * np.ones((2, 2)) + 0j
    kappa = vector_matrix(U_UP + U_DN, np.stack([0 * KZ, 0 * KZ, U_UP - U_DN], -1))
    assert_allclose(np.stack([r, rd], -1), np.diagonal(plane(k, kappa).r, axis1=1, axis2=2), atol=1e-14)


def test_impurity_torque_is_the_absorbed_spin_current():
    """The 2 of u_up - u_dn = 2 uex lost, s x B turned round, A30 with chi_dn - chi_up."""
    R, T = exact_impurity(U_UP, U_DN, KZ)
    incoming = np.array([[1.0, 1.0]]) / np.sqrt(2)
    absorbed = KZ[:, None] * (spin(incoming) - spin(R) - spin(T))
    assert_allclose(amin20.impurity_flux(U_UP, U_DN, KZ), absorbed, atol=1e-14)
    assert_allclose(amin20.impurity_torque(U_UP, U_DN, KZ), absorbed, atol=1e-14)
    assert_allclose(amin20.impurity_closed(U_UP, U_DN, KZ), absorbed, atol=1e-14)
    assert_allclose(amin20.impurity_spin(U_UP, U_DN, KZ), spin(T), atol=1e-14)


def test_strong_impurity_absorbs_the_whole_spin_current():
    """The vanishing s_y' dropped: the torque u s_y' does not depend on u; s_z' with a/u^2 as printed (A35)."""
    u, kz = np.array([30.0, 300.0]), np.array([0.8, 0.8])
    exact, strong = amin20.impurity_spin(u, 0 * u, kz), amin20.strong_impurity_spin(u, kz)
    assert np.all(np.abs(exact - strong)[:, :2] < 2 * (kz / u)[:, None] ** 2)
    assert np.all(np.abs(exact - strong)[:, 2] < (kz / u) ** 4)
    assert_allclose(u * strong[:, 1], kz)
    assert_allclose(amin20.impurity_torque(u, 0 * u, kz)[:, 0], kz, rtol=1e-3)


# S matrices


def brute_force(strengths, weight, n=64):
    """int dphi weight(phi) (1 - R), T (2, theta, 4, 4) [x y z c] by quadrature, R_ab = 1/2 tr s_a r s_b r^+."""
    phi = 2 * np.pi * np.arange(n) / n
    kx, ky = np.sin(THETA)[:, None] * np.cos(phi), np.sin(THETA)[:, None] * np.sin(phi)
    k = np.cos(THETA)[:, None, None, None] * np.ones((n, 2, 2)) + 0j
    field = np.stack([strengths.rashba * ky, -strengths.rashba * kx, 0 * kx + strengths.exchange], -1)
    found = plane(k, vector_matrix(np.full(kx.shape, 2 * strengths.barrier), 2 * field))
    s = PAULI[XYZC]
    R, T = (np.einsum("aij,tpjk,bkl,tpil->tpab", s, x, s, x.conj()).real / 2 for x in (found.r, found.t))
    return np.einsum("p,vtpab->vtab", weight(phi) * 2 * np.pi / n, np.stack([np.eye(4) - R, T]))


@pytest.mark.parametrize("strengths", STRENGTHS, ids=str)
def test_s_matrices_match_quadrature(strengths):
    """fs and fc as printed (A23), pi forgotten (A24), the sign of z x k (A25), an index of the matrices transposed."""
    accumulation = amin20.accumulation_parts(strengths, THETA).sum(axis=0)
    assert_allclose(accumulation, brute_force(strengths, np.ones_like), atol=2e-14)
    in_plane = amin20.in_plane_matrix(strengths, THETA)
    assert_allclose(in_plane, brute_force(strengths, np.cos), atol=2e-14)
    assert np.abs(in_plane).max(axis=(0, 2, 3)).min() > 0.02


def test_printed_angle_factors_only_agree_in_the_limits():
    """The printed fs, fc taken for right: they are where one field is absent, Eqs. 36 and 37, and nowhere else."""
    for chi, fs, fc in ((0.0, 0.0, 1.0), (np.pi / 2, 1.0, 0.0)):
        given = Strengths(barrier=0.0, exchange=np.cos(chi), rashba=np.sin(chi)).field(THETA)[1:]
        for found in (given, misprints.angle_factors(THETA, chi)):
            assert_allclose(found, [fs + 0 * THETA, fc + 0 * THETA], atol=1e-15)
    given = Strengths(barrier=0.0, exchange=np.cos(0.7), rashba=np.sin(0.7)).field(THETA)[1:]
    assert np.abs(given - np.array(misprints.angle_factors(THETA, 0.7))).max() > 0.3
    assert Strengths(barrier=1.0, exchange=0.0, rashba=0.0).field(THETA)[2].tolist() == [1, 1, 1]


def test_the_three_parts_vanish_with_what_they_need():
    """A spin memory loss without spin-orbit coupling, a mixing conductance without exchange."""
    no_orbit = amin20.accumulation_parts(Strengths(barrier=0.4, exchange=0.3, rashba=0.0), THETA)
    no_exchange = amin20.accumulation_parts(Strengths(barrier=0.4, exchange=0.0, rashba=0.5), THETA)
    assert np.all(no_orbit[2] == 0) and np.all(no_exchange[1] == 0)
    assert np.abs(no_orbit[1]).min(axis=(0, 1)).max() > 0.1 and np.abs(no_exchange[2]).max() > 0.1


@pytest.mark.parametrize("changes", [{}, {"magnetization": (0, 0, -1), "rashba": -0.7, "polarization": -0.3}], ids=str)
def test_integrated_s_matrices_are_the_tensors(changes):
    """The weights w, v as printed (A26), the 2 of trace or exchange, q_z of m = -z, a side's sign."""
    h = hamiltonian(correction="bare", **changes)
    found, exact = amin20.integrated(h), tensors(h)
    order = np.ix_([0, 1], XYZC, [0, 1], XYZC)
    assert_allclose(found.conductance, exact.conductance[order], atol=1e-12 * np.abs(exact.conductance).max())
    assert_allclose(found.source, exact.source[:, XYZC, 0], atol=1e-12 * np.abs(exact.source).max())
    assert_allclose(found.torque_field, exact.torque_field[:, 0], atol=1e-9 * np.abs(exact.torque_field).max())
    assert np.abs(found.torque_field).min() == 0 and np.abs(found.torque_field[:2]).min() > 1e4


def test_printed_weights():
    """w, v as printed in place of the right ones: tan theta, without cos theta, is not even integrable."""
    w, v = misprints.weights(THETA)
    assert_allclose(w * np.cos(THETA), np.sin(THETA))
    assert_allclose(v * np.cos(THETA), np.sin(2 * THETA) / 2)


@pytest.mark.parametrize("changes", [{"magnetization": TILTED}, {"dresselhaus": 0.1}, {"potential_step": 0.5}], ids=str)
def test_s_matrices_of_other_interfaces_are_refused(changes):
    """Formulas of m = z, Rashba and equal spheres used for anything else."""
    with pytest.raises(InputError, match="m along z, equal Fermi surfaces"):
        amin20.integrated(hamiltonian(**changes))


# Mechanisms


@pytest.mark.parametrize(
    "changes",
    [
        {"magnetization": TILTED},
        UNEQUAL | {"magnetization": TILTED, "ferromagnet": "below", "dresselhaus": 0.2},
        {"ferromagnet": "both", "relaxation_time": ((1e-15, 0.3e-15), (0.2e-15, 0.9e-15)), "polarization": 0.0},
        {"potential_step": 6.0, "exchange_splitting": 10.0, "correction": "bare"},
    ],
    ids=["N|F", "F|N", "both", "half metal"],
)
def test_the_mechanisms_add_up_to_the_tensors(changes):
    """A drive lost or counted twice, an axis of the frame of m, the correction left out of one part."""
    h = hamiltonian(**changes)
    found, total = amin20.mechanisms(h), tensors(h)
    scale = 1e-9 * np.abs(total.source).max()
    assert_allclose(found.current.sum(axis=(0, 1)), total.source, atol=scale)
    assert_allclose(found.interface.sum(axis=(0, 1)), total.torque_field, atol=scale)
    assert_allclose(found.lattice.sum(axis=(0, 1)), total.lattice_field, atol=scale)
    assert_allclose(found.filtering + found.precession, total.source[:, 1:], atol=scale)
    assert_allclose(found.edelstein + found.generalized_edelstein, total.torque_field, atol=scale)
    given = found.current[0].sum(axis=0)[:, 0]
    assert_allclose(given + found.inverse_filtering, total.source[:, 0], atol=scale)
    side = {"above": total.source[1], "below": -total.source[0], "both": total.source[1] - total.source[0]}
    flux, m = side[h.ferromagnet][1:], h.axes[2]
    table = sum(row.torque for row in amin20.bilayer(found))
    assert_allclose(table, total.torque_field + flux - np.outer(m, m @ flux), atol=scale)


def test_each_mechanism_is_its_element_of_the_s_matrix():
    """Filtering and precession exchanged: for m = z the first is d (q_c -> y), the second b and a - c (q_z -> x, y)."""
    h = hamiltonian(correction="bare")
    found = amin20.mechanisms(h)
    times = h.times
    only_charge = replace(h, relaxation_time=(times[0].mean(), times[1].mean()), polarization=0.0)
    assert_allclose(found.filtering[..., 0], amin20.integrated(only_charge).source[:, :3], atol=1e-3)
    rest = amin20.integrated(h).source - amin20.integrated(only_charge).source
    assert_allclose(found.precession[..., 0], rest[:, :3], atol=1e-3)
    assert_allclose(found.filtering[0], found.filtering[1], atol=1e-3)  # conserved in this model
    assert np.abs(found.filtering[:, [0, 2], 0]).max() < 1e-7 * np.abs(found.filtering[:, 1, 0]).min()
    assert np.abs(found.precession[:, 2]).max() < 1e-6 * np.abs(found.precession[:, :2, 0]).min()
    edelstein = amin20.integrated(only_charge).torque_field
    assert_allclose(found.edelstein[:, 0], edelstein, atol=1e-8 * np.abs(edelstein).max())
    assert abs(edelstein[0]) > 1e4 and edelstein[1] == 0


def test_mechanisms_need_what_they_are_made_of():
    """Torques without spin-orbit coupling, precession without polarisation, filtering between equal currents."""
    assert amin20.mechanisms(hamiltonian(rashba=0.0)).current.max() < 1e-6
    plain = amin20.mechanisms(hamiltonian(magnetization=TILTED, polarization=0.0, relaxation_time=(1e-15, 1e-15)))
    assert not plain.precession.any() and not plain.generalized_edelstein.any() and not plain.inverse_filtering.any()
    assert np.abs(plain.filtering).max() < 1e-8 * np.abs(plain.edelstein).max()
    assert_allclose(plain.edelstein, -plain.lattice[0].sum(axis=0), atol=1e-8 * np.abs(plain.edelstein).max())
    names = {(row.mechanism, row.origin) for row in amin20.bilayer(plain)}
    assert names == {(n, o) for n in ("Rashba-Edelstein", "spin-orbit filtering") for o in ("below", "above")}


def test_a_half_metal_carries_one_current():
    """A precession that comes from the relaxation time of electrons that do not exist."""
    half = {"potential_step": 6.0, "exchange_splitting": 10.0, "polarization": 0.0}
    found = amin20.mechanisms(hamiltonian(**half, relaxation_time=(1e-15, (0.6e-15, 9e-15))))
    assert np.abs(found.filtering).max() > 1e3 and not found.precession.any()
    assert_allclose(found.filtering, found.total.source[:, 1:], atol=1e-6)


def test_the_table_of_a_bilayer_splits_each_torque(tilted):
    """Damping- and field-like exchanged or of one sign wrong: tau_DL m x (p x m) + tau_FL m x p is the torque again."""
    rows = amin20.bilayer(tilted)
    assert [row.mechanism for row in rows[:2]] == ["Rashba-Edelstein", "spin-orbit filtering"]
    assert {(row.mechanism, row.origin) for row in rows if "precession" in row.mechanism or "gen" in row.mechanism} == {
        ("spin-orbit precession", "above"),
        ("generalized Rashba-Edelstein", "above"),
    }
    m, p = unit(TILTED), np.array([[0, 1.0, 0], [-1.0, 0, 0]])
    for row in rows:
        for k in (0, 1):
            d, f = row.like[:, k]
            again = d * np.cross(m, np.cross(p[k], m)) + f * np.cross(m, p[k])
            assert_allclose(again, row.torque[:, k], atol=1e-8 * np.abs(tilted.current).max())
    along = amin20.bilayer(amin20.mechanisms(hamiltonian(magnetization=(0, 1, 0))))[0]
    assert np.isnan(along.like[:, 0]).all() and np.isfinite(along.like[:, 1]).all()


# Trilayers


def stack(lower, upper, rashba=(0.5, -0.4), **changes):
    given = UNEQUAL | {"polarization": 0.0, "relaxation_time": ((0.9e-15, 0.3e-15), 1e-15)} | changes
    one = hamiltonian(**given | {"ferromagnet": "below", "magnetization": lower, "rashba": rashba[0]})
    given["relaxation_time"] = given["relaxation_time"][::-1]
    two = hamiltonian(**given | {"ferromagnet": "above", "magnetization": upper, "rashba": rashba[1]})
    return amin20.mechanisms(one), amin20.mechanisms(two)


def torques(rows, **chosen):
    return sum((row.torque for row in rows if all(getattr(row, k) == v for k, v in chosen.items())), np.zeros((3, 2)))


MIRROR = np.diag([-1.0, -1.0, 1.0])  # z -> -z, for axial vectors


def test_a_trilayer_upside_down():
    """A side, sign or torque that only one of the interfaces has: the mirror z -> -z exchanges them, uR -> -uR."""
    a, b = unit([0.6, 0.2, 0.5]), unit([-0.3, 0.4, 0.9])
    same = {"potential_step": 0.0, "barrier": 0.4}  # the band bottom of N is that of both
    rows = amin20.trilayer(*stack(a, b, (0.5, -0.4), **same, exchange_splitting=2.0, tolerance=1e-6))
    back = amin20.trilayer(*stack(MIRROR @ b, MIRROR @ a, (0.4, -0.5), **same, exchange_splitting=2.0, tolerance=1e-6))
    scale = np.abs(torques(rows)).max()
    for name in set(amin20.NAMES.values()):
        for i, k in np.ndindex(2, 2):
            found = torques(rows, mechanism=name, interface=i, magnet=k)
            other = torques(back, mechanism=name, interface=1 - i, magnet=1 - k)
            assert_allclose(found, MIRROR @ other, atol=1e-5 * scale)
    assert scale > 1e3


def test_nothing_is_lost_in_the_spacer():
    """Currents that do not match at the spacer: an independent solution of all potentials, by least squares."""
    pair = stack((0.6, 0.2, 0.5), (-0.3, 0.4, 0.9))
    g, s = [x.total.conductance for x in pair], [x.total.source for x in pair]

    def currents(x):
        """J (interface, side, 4) at potentials x = (phi_1, phi_2, mu_N), E along x."""
        low, spacer, high = np.r_[x[0], 0, 0, 0], np.r_[0, x[2:]], np.r_[x[1], 0, 0, 0]
        return np.stack(
            [np.tensordot(g[i], mu, 2) + s[i][..., 0] for i, mu in enumerate(([low, spacer], [spacer, high]))]
        )

    def misfit(x):
        j = currents(x)
        return np.r_[j[0, 0, 0], j[1, 1, 0], j[0, 1] - j[1, 0]]

    slope = np.stack([misfit(axis) - misfit(np.zeros(5)) for axis in np.eye(5)], -1)
    x = np.linalg.lstsq(slope, -misfit(np.zeros(5)), rcond=None)[0]
    assert np.abs(misfit(x)).max() < 1e-9 * np.abs(s).max()
    j, rows = currents(x), amin20.trilayer(*pair)
    for i, into in ((0, -j[0, 0, 1:]), (1, j[1, 1, 1:])):
        m = pair[i].magnetization
        low, high = ((np.r_[x[0], 0, 0, 0], np.r_[0, x[2:]]), (np.r_[0, x[2:]], np.r_[x[1], 0, 0, 0]))[i]
        local = np.tensordot(pair[i].total.torque_mu, [low, high], 2) + pair[i].total.torque_field[:, 0]
        total = local + into - m * (m @ into)
        assert_allclose(torques(rows, magnet=i)[:, 0], total, atol=1e-8 * np.abs(s).max())


def test_field_free_switching_geometry():
    """The spins along z that the in-plane magnet's precession current brings: lost, or credited to filtering.

    m = x below, E along x: precession makes spins m x p = z, a damping-like torque toward z on the magnet above. Equal
    Fermi surfaces, bare: filtered spins lie along the in-plane field (bulk exchange would turn them toward z).
    For E along y (p = -x, along m) both vanish.
    """
    equal = {"potential_step": 0.0, "exchange_splitting": 0.0, "barrier": 0.9, "correction": "bare"}
    pair = stack((1, 0, 0), (0.6, 0, 0.8), (0.5, 0.0), **equal)
    scale = np.abs(pair[0].current).max()
    assert np.abs(pair[0].filtering[:, 2]).max() < 1e-8 * scale
    assert abs(pair[0].precession[1, 2, 0]) > 0.02 * scale
    assert abs(pair[0].precession[1, 2, 1]) < 1e-8 * scale
    assert abs(stack((1, 0, 0), (0.6, 0, 0.8))[0].filtering[1, 2, 0]) > 1e-3 * scale
    rows = [row for row in amin20.trilayer(*pair) if (row.magnet, row.interface) == (1, 0)]
    toward = {row.mechanism: row.split([0, 0, 1])[0, 0] for row in rows}
    assert set(toward) == {"spin-orbit filtering", "spin-orbit precession"}
    assert abs(toward["spin-orbit precession"]) > 0.02 * scale
    for row in rows:
        d, f = row.split([0, 0, 1])
        m, z = row.magnetization, np.array([0, 0, 1])
        again = np.outer(np.cross(m, np.cross(z, m)), d) + np.outer(np.cross(m, z), f)
        assert_allclose(again, row.torque, atol=1e-8 * scale)


def test_trilayers_of_other_interfaces_are_refused():
    """Two interfaces in the wrong order."""
    one, two = stack((1, 0, 0), (0, 0, 1))
    with pytest.raises(InputError, match="trilayer: got ferromagnets 'above' and 'below'"):
        amin20.trilayer(two, one)
