"""Tensors against a second route: the matching problem in the laboratory frame, k by k on a fixed mesh."""

import json
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.constants import e, h, hbar, m_e

from femsot.base.errors import InputError
from femsot.interfaces import Mixing
from femsot.interfaces.law import InterfaceMap
from femsot.scattering import Amplitudes, Hamiltonian, from_amplitudes, load, tensors

KF = 16e9
SHARVIN = e**2 / h * KF**2 / (4 * np.pi)  # per spin
FIELD = SHARVIN * hbar * KF / m_e * 1e-15  # of a source at 1 fs
SIGMA = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
EV = 2 * m_e * e / (hbar * KF) ** 2  # 1 eV in units of kF^2
TILTED = (0.5, -0.3, 0.8)
CASE = {
    "fermi_wavevector": KF,
    "barrier": 0.4,
    "exchange": 0.3,
    "rashba": 0.5,
    "relaxation_time": (1e-15, 0.6e-15),
    "polarization": 0.4,
}
UNEQUAL = {"barrier": 1.2, "potential_step": 1.2, "exchange_splitting": 3.0, "dresselhaus": 0.2}


@cache
def case(m=TILTED, **changes):
    return tensors(Hamiltonian(magnetization=m, **(CASE | changes)))


def herm(a):
    return (a + np.conj(np.swapaxes(a, -1, -2))) / 2


def mesh(cuts, n):
    """Nodes and weights of d^2k/pi, exact for smooth functions of k_z of every channel."""
    x, wx = np.polynomial.legendre.leggauss(n)
    x, wx = (x + 1) * np.pi / 4, wx * np.pi / 4
    angle = 2 * np.pi * (np.arange(2 * n) + 0.3) / (2 * n)
    kx, ky, w = [], [], []
    for a, b in pairwise(cuts):
        q = np.sqrt((a * np.cos(x)) ** 2 + (b * np.sin(x)) ** 2)
        kx.append(np.outer(q, np.cos(angle)).ravel())
        ky.append(np.outer(q, np.sin(angle)).ravel())
        w.append(np.outer(2 * (b * b - a * a) * np.sin(x) * np.cos(x) * wx, np.full(2 * n, 1 / (2 * n))).ravel())
    return np.concatenate(kx), np.concatenate(ky), np.concatenate(w)


def laboratory(h, n=40):
    """G, S, lattice maps by solving continuity and the slope's jump for four unknowns, spins along x, y, z."""
    m = np.asarray(h.magnetization, dtype=float) / np.linalg.norm(h.magnetization)
    s_m = np.einsum("a,aij->ij", m, SIGMA[1:])
    spin = [(np.eye(2) + s_m) / 2, (np.eye(2) - s_m) / 2]  # minority, majority
    split = np.array([h.ferromagnet in ("below", "both"), h.ferromagnet in ("above", "both")]) * h.exchange_splitting
    fermi = np.array([[1 - EV * (s * h.potential_step + p * split[s] / 2) for p in (1, -1)] for s in (0, 1)])
    kx, ky, w = mesh(np.unique(np.concatenate([[0], np.sqrt(np.maximum(fermi, 0)).ravel()])), n)
    field = 2 * np.stack([h.rashba * ky + h.dresselhaus * kx, -h.rashba * kx - h.dresselhaus * ky, 0 * kx])
    kappa = 2 * h.barrier * np.eye(2) + 2 * h.exchange * s_m + np.einsum("an,aij->nij", field, SIGMA[1:])
    kz = np.sqrt(fermi[:, :, None] - kx**2 - ky**2 + 0j)
    K = [sum(kz[s, p][:, None, None] * spin[p] for p in (0, 1)) for s in (0, 1)]
    P = [sum((kz[s, p].real > 0)[:, None, None] * spin[p] for p in (0, 1)) for s in (0, 1)]
    inv = [sum(np.where(kz[s, p].real > 0, 1 / kz[s, p], 0)[:, None, None] * spin[p] for p in (0, 1)) for s in (0, 1)]
    one = np.broadcast_to(np.eye(2), K[0].shape)
    left = np.block([[one, -one], [1j * K[0] - kappa, 1j * K[1]]])  # b (below), d (above)
    waves = [np.concatenate([-one, 1j * K[0] + kappa], axis=1), np.concatenate([one, 1j * K[1]], axis=1)]
    waves = [np.linalg.solve(left, x) for x in waves]
    tau = [sum(h.times[s, p] / 1e-15 * spin[p] for p in (0, 1)) for s in (0, 1)]
    shapes = {"G": (2, 4, 2, 4), "S": (2, 4, 2), "L": (3, 2, 4), "LE": (3, 2), "M": (3, 2, 4), "ME": (3, 2)}
    out = {name: np.zeros(shape) for name, shape in shapes.items()}
    for t in (0, 1):
        b, d = waves[t][:, :2], waves[t][:, 2:]
        psi = d if t == 0 else b
        drives = [(SIGMA[c], ("G", "L", "M"), c) for c in range(4)] + [(tau[t], ("S", "LE", "ME"), i) for i in (0, 1)]
        for mu, names, c in drives:
            cc = P[t] @ (mu @ inv[t] + inv[t] @ mu) @ P[t] / 2
            cc = cc * 1 if names[0] == "G" else cc * (kx, ky)[c][:, None, None]
            flux = [-herm(K[s] @ P[s] @ a @ cc @ np.conj(np.swapaxes(P[s] @ a, 1, 2))) for s, a in ((0, b), (1, d))]
            flux[t] = flux[t] + herm(K[t] @ cc)
            for s in (0, 1):
                value = (1 - 2 * s) * np.einsum("n,aij,nji->a", w, SIGMA, flux[s]).real
                if names[0] == "G":
                    out["G"][s, :, t, c] = value
                else:
                    out["S"][s, :, c] += value
            density = np.einsum("aij,nji->na", SIGMA[1:], psi @ cc @ np.conj(np.swapaxes(psi, 1, 2))).real
            for name, other in ((names[1], field.T), (names[2], 2 * h.exchange * m)):
                torque = w @ np.cross(density, other)
                if name in ("L", "M"):
                    out[name][:, t, c] = torque
                else:
                    out[name][:, c] += torque
    return out


@pytest.mark.parametrize(
    "changes",
    [
        {"barrier": 1.6},
        {"barrier": 1.6, "dresselhaus": 0.3, "ferromagnet": "below", "m": (1, 0.2, 0)},
        UNEQUAL,
        UNEQUAL | {"ferromagnet": "below"},
        {"potential_step": 6.0, "exchange_splitting": 10.0, "m": (0, 0, 1)},
        {"barrier": 1.6, "potential_step": 1.0, "exchange_splitting": 2.0, "ferromagnet": "both", "m": (0, 1, 0)},
    ],
    ids=str,
)
def test_bare_tensors_match_the_laboratory(changes):
    """A frame turned the wrong way, a lost evanescent channel, a side exchanged, a wrong unit or sign of any tensor."""
    changes = {"correction": "bare", "tolerance": 1e-9} | changes
    h = Hamiltonian(magnetization=changes.pop("m", TILTED), **(CASE | changes))
    T, R = tensors(h), laboratory(h, 48)
    assert T.converged
    assert_allclose(T.conductance / SHARVIN, R["G"], atol=3e-8)
    assert_allclose(T.source / FIELD, R["S"], atol=3e-8)
    assert_allclose(T.lattice_mu / SHARVIN, R["L"], atol=3e-8)
    assert_allclose(T.lattice_field / FIELD, R["LE"], atol=3e-8)
    assert np.abs(T.source).max() > 1e-3 * FIELD
    if "exchange_splitting" not in changes:  # else what dies out near the plane is in the torque too
        assert_allclose(T.torque_mu / SHARVIN, R["M"], atol=3e-8)
        assert_allclose(T.torque_field / FIELD, R["ME"], atol=3e-8)


def embedded(T):
    """The law of all seven components, without orbital current."""
    g = np.zeros((2, 7, 2, 7))
    g[:, :4, :, :4] = T.conductance
    zero = np.zeros
    return InterfaceMap(
        conductance=g,
        field=zero((2, 7, 2)),
        pumping=zero((2, 7, 3)),
        torque_mu=zero((3, 2, 7)),
        torque_field=zero((3, 2)),
        torque_pumping=zero((3, 3)),
    )


CASES = [
    {},
    UNEQUAL,
    {"potential_step": 6.0, "exchange_splitting": 10.0},
    {"m": (1, 0, 0)},
    {"rashba": 2.0, "exchange": 1.0},
]
STRONG = {"barrier": 0.1, "exchange": 0.05, "rashba": 0.4, "dresselhaus": 0.2}


@pytest.mark.parametrize("correction", ["bare", "drift"])
@pytest.mark.parametrize("changes", [*CASES, STRONG], ids=str)
def test_the_law_is_physical(changes, correction):
    """Charge lost, a current at equilibrium, or power created: the solver would refuse the law."""
    embedded(case(**changes, correction=correction)).check("scattering")


@pytest.mark.parametrize("changes", CASES, ids=str)
def test_onsager(changes):
    """Columns dressed unlike rows for unequal wave vectors: with bare t the transmitted mixing is not reciprocal."""
    m = changes.get("m", TILTED)
    changes = {"correction": "bare"} | changes | {"m": m}
    T, back = case(**changes), case(**changes | {"m": tuple(-np.array(m))})
    parity = np.array([1, -1, -1, -1])
    inward = np.array([1, -1])[:, None, None, None]
    there = T.conductance * inward
    again = np.einsum("satb,a,b->tbsa", back.conductance * inward, parity, parity)
    assert_allclose(there, again, atol=1e-11 * SHARVIN)


def test_half_metal_keeps_power():
    """Evanescent minority waves counted as current at 0+: transverse spin would come out that nothing can put in."""
    T = case(potential_step=6.0, exchange_splitting=10.0, m=(0, 0, 1), rashba=0.0)
    assert np.abs(T.conductance[1, 1:3]).max() < 1e-12 * SHARVIN
    assert np.abs(T.torque_mu[:2, 0, 1:3]).max() > 0.5 * SHARVIN


def test_drift_correction_is_the_contract():
    """docs/physics.md written out: a sign of the drift on the far side, a factor 2 of the hemisphere average."""
    from femsot.scattering.amplitudes import normal_wavevector, plane, vector_matrix

    u0, uex, uR = 0.9, 0.3, 0.5
    kx, ky, w = mesh([0.0, 1.0], 40)
    mu = np.sqrt(1 - kx**2 - ky**2)
    k = normal_wavevector(mu[:, None, None] ** 2 * np.ones((2, 2)))
    vector = 2 * np.stack([uR * ky, -uR * kx, uex + 0 * kx], axis=-1)
    S = plane(k, vector_matrix(np.full(kx.shape, 2 * u0), vector))
    R, T = (np.einsum("nji,ajk,nkl,bli->nab", np.conj(x), SIGMA, x, SIGMA).real / 2 for x in (S.r, S.t))
    G1, T1, G2, T2, T0 = (
        np.einsum("n,nab->ab", w * mu**p / 4, x)
        for p, x in ((0, np.eye(4) - R), (0, T), (1, np.eye(4) - R), (1, T), (-1, T))
    )
    loop = np.eye(8) - 3 * np.block([[G2, T2], [T2, G2]])
    M = {"m": (0, 0, 1), "barrier": u0}
    bare, corrected = case(**M, correction="bare"), case(**M)
    j = np.linalg.solve(loop, np.block([[G1, -T1], [T1, -G1]]))
    assert_allclose(corrected.conductance.reshape(8, 8) / (8 * SHARVIN), j, atol=1e-8)
    jE = np.linalg.solve(loop, bare.source.reshape(8, 2))
    assert_allclose(corrected.source.reshape(8, 2) / FIELD, jE / FIELD, atol=1e-8)
    spin = np.hstack([T0, T0]) + 3 * T1 @ (j[:4] - j[4:])
    torque = 2 * uex * np.cross(spin[1:].T, [0, 0, 1]).T
    assert_allclose(corrected.torque_mu.reshape(3, 8) / (8 * SHARVIN), torque, atol=1e-8)
    torque = (
        bare.torque_field / (8 * FIELD)
        + 2 * uex * np.cross((3 * T1 @ (jE[:4] - jE[4:]) / (8 * FIELD))[1:].T, [0, 0, 1]).T
    )
    assert_allclose(corrected.torque_field / (8 * FIELD), torque, atol=1e-8)


@pytest.mark.parametrize("changes", [{}, UNEQUAL], ids=str)
def test_equal_times_give_no_source_but_torques(changes):
    """A source from equal baths (S unitary: nothing flows), or a torque lost with it: the two torques cancel."""
    T = case(**changes | {"relaxation_time": (1e-15, (1e-15, 1e-15)), "polarization": 0.0})
    assert_allclose(T.source / FIELD, 0, atol=1e-12)
    assert_allclose(T.torque_field, -T.lattice_field, atol=1e-12 * FIELD)
    assert np.abs(T.lattice_field).max() > 0.01 * FIELD


@pytest.mark.parametrize("changes", [{}, UNEQUAL | {"dresselhaus": 0.0}], ids=str)
def test_rotation_and_mirror(changes):
    """An axis of the frame of m that leaks into the answer: Rashba interfaces turn with m, and mirror."""
    T = case(**changes)
    c, s = np.cos(0.7), np.sin(0.7)
    turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    for Q, spin in ((turn, turn), (np.diag([1.0, -1, 1]), np.diag([-1.0, 1, -1]))):
        other = case(m=tuple(spin @ TILTED), **changes)
        four = np.eye(4)
        four[1:, 1:] = spin
        expected = np.einsum("xa,yb,satb->sxty", four, four, T.conductance)
        assert_allclose(other.conductance, expected, atol=3e-8 * SHARVIN)
        assert_allclose(other.source, np.einsum("xa,kj,saj->sxk", four, Q[:2, :2], T.source), atol=3e-8 * FIELD)
        assert_allclose(other.lattice_mu, np.einsum("xa,yb,atb->xty", spin, four, T.lattice_mu), atol=3e-8 * SHARVIN)
        assert_allclose(other.torque_field, spin @ T.torque_field @ Q[:2, :2].T, atol=3e-8 * FIELD)


def test_circuit_theory_without_spin_orbit_coupling():
    """The published numbers of u0 = 0.4, uex = 0.3, and `Mixing`: polarised column or K turned."""
    T = case(rashba=0.0, correction="bare", m=TILTED)
    m = np.array(TILTED) / np.linalg.norm(TILTED)
    mixing, through = 2 * (0.891500 - 0.091864j), 2 * (0.517407 + 0.380417j)
    up, down = ((1 - u**2 * np.log(1 + 1 / u**2)) * SHARVIN for u in (0.1, 0.7))  # of 2 int dmu mu mu^2/(mu^2 + u^2)
    law = Mixing(
        up=up,
        down=down,
        mixing=mixing * SHARVIN,
        transmitted=through * SHARVIN,
        ferromagnet_side_mixing=mixing * SHARVIN,
    ).map(None, m)
    assert_allclose(T.conductance / SHARVIN, law.conductance[:, :4, :, :4] / SHARVIN, atol=2e-6)
    assert_allclose(T.source, 0, atol=1e-9 * FIELD)
    assert_allclose(T.torque_mu / SHARVIN, law.torque_mu[:, :, :4] / SHARVIN, atol=4e-6)


def test_limits_without_exchange_and_of_a_high_barrier():
    """Spin left in a nonmagnetic interface, or a barrier that does not close as 1/u0^2."""
    T = case(rashba=0.0, exchange=0.0, correction="bare", polarization=0.0)
    g = (1 - 0.16 * np.log(1 + 1 / 0.16)) * 2
    expected = np.einsum("st,ab->satb", np.array([[1, -1], [1, -1]]), g * np.eye(4))
    assert_allclose(T.conductance / SHARVIN, expected, atol=1e-8)
    high = case(barrier=200.0, correction="bare")
    assert_allclose(high.conductance[0, 0, 0, 0] / SHARVIN * 200**2, 1.0, rtol=1e-3)


def test_one_sided_correction_of_the_boltzmann_comparison():
    """misprints Amin16 B9: bare 0.1887 - 0.0273i where Sharvin is 0.25; the sign of Im G or the unit."""
    T = case(barrier=0.42645, exchange=0.20055, rashba=0.0, correction="bare", m=(0, 0, 1))
    plus = T.conductance[0, 1, 0, 1] + 1j * T.conductance[0, 2, 0, 1]
    assert_allclose(plus / (8 * SHARVIN), 0.1887 - 0.0273j, atol=1e-4)


@pytest.mark.parametrize("times", [(1e-15, (0, 0)), (0, (1e-15, 0)), (0, (0, 1e-15))], ids=str)
def test_total_torque_is_kims(times):
    """Kim17 Eq. 16 for E along x, m = z: drift direction, spin or moment, or the carriers of one layer lost.

    Its torque is what the electrons' spin loses; in the moment convention it changes sign.
    """
    small, (normal, (majority, minority)) = 1e-5, times
    T = case(m=(0, 0, 1), rashba=small, correction="bare", relaxation_time=times, polarization=0.0)
    kz, w = np.polynomial.legendre.leggauss(60)
    kz, w = (kz + 1) / 2, w / 2
    up, down = (2j * kz / (2j * kz - 2 * u) for u in (0.1, 0.7))  # t; r = t - 1
    ru, rd = up - 1, down - 1
    part = normal * (1 - np.conj(ru) * rd) * (ru - np.conj(rd))
    part = part - (rd * np.abs(up) ** 2 * majority - np.conj(ru) * np.abs(down) ** 2 * minority)
    torque = 2 * small * hbar * e / (8 * np.pi * m_e) * KF**3 / (2 * np.pi) * np.sum(w * (1 - kz**2) * part)
    expected = -2 * e / hbar * np.array([-torque.real, torque.imag])  # m x y = -x, m x (y x m) = y
    assert_allclose((T.source[0, 1:3] - T.lattice_field[:2])[:, 0], expected, rtol=1e-6)


def from_plane(n=40, **changes):
    """Amplitudes of the mesh for m = z, spins along z."""
    from femsot.scattering.amplitudes import plane, vector_matrix

    h = Hamiltonian(magnetization=(0, 0, 1), **(CASE | changes))
    kx, ky, w = mesh(np.unique(np.concatenate([[0], np.sqrt(np.maximum(h.fermi, 0)).ravel()])), n)
    scalar, orbit = h.plane(kx, ky)
    S = plane(h.wavevectors(kx, ky), vector_matrix(scalar, orbit + [0, 0, h.exchange_kappa]))
    return np.stack([kx, ky], axis=1) * KF, w * np.pi * KF**2, S


def test_from_amplitudes_gives_the_same_tensors():
    """Units or spin order lost on the way in from another code."""
    k, w, S = from_plane(barrier=1.2)
    times = [[1.4 * 0.6e-15, 0.6 * 0.6e-15]] * 2
    T = from_amplitudes(k, w, S, magnetization=(0, 0, 1), relaxation_time=times)
    direct = case(m=(0, 0, 1), barrier=1.2, correction="bare", ferromagnet="both", relaxation_time=(0.6e-15, 0.6e-15))
    assert_allclose(T.conductance, direct.conductance, atol=1e-8 * SHARVIN)
    assert_allclose(T.source, direct.source, atol=1e-8 * FIELD)


def test_from_amplitudes_in_any_spin_basis():
    """A closed minority channel along a tilted m: its projector is not diagonal, and no broken unitarity."""
    k, w, S = from_plane(potential_step=6.0, exchange_splitting=10.0)
    m = np.array(TILTED) / np.linalg.norm(TILTED)
    vector = np.array([m[0], m[1], m[2] + 1]) / np.sqrt(2 + 2 * m[2])
    U = np.einsum("a,aij->ij", vector, SIGMA[1:])  # turns z onto m
    turned = Amplitudes(**{x: U @ getattr(S, x) @ U.conj().T for x in ("r", "t", "rp", "tp")})
    times = ((1e-15, 0.5e-15), 1e-15)
    a = from_amplitudes(k, w, S, magnetization=(0, 0, 1), relaxation_time=times)
    b = from_amplitudes(k, w, turned, magnetization=m, relaxation_time=times)
    assert_allclose(b.conductance[:, 0, :, 0], a.conductance[:, 0, :, 0], atol=1e-12 * SHARVIN)
    assert_allclose(b.conductance[:, 0, :, 1:] @ m, a.conductance[:, 0, :, 3], atol=1e-12 * SHARVIN)
    assert_allclose(b.source[:, 0], a.source[:, 0], atol=1e-12 * FIELD)


def test_refused_amplitudes():
    """Amplitudes that are not flux-normalised are taken at face value, and the law creates or loses charge."""
    k, w, S = from_plane(n=4)
    bad = Amplitudes(r=S.r * 1.01, t=S.t, rp=S.rp, tp=S.tp)
    with pytest.raises(InputError, match="not unitary"):
        from_amplitudes(k, w, bad)
    with pytest.raises(InputError, match=r"r: got shape"):
        from_amplitudes(k, w, Amplitudes(r=S.r[1:], t=S.t, rp=S.rp, tp=S.tp))


def test_potential_of_a_user_is_the_same_as_ours():
    """A user's matrix in the wrong spin basis, or in the wrong unit."""

    def rashba(kx, ky):
        return np.multiply.outer(ky, SIGMA[1]) - np.multiply.outer(kx, SIGMA[2])

    theirs = tensors(Hamiltonian(magnetization=TILTED, **(CASE | {"rashba": 0.0}), potential=rashba))
    ours = case()
    for name in ("conductance", "source", "lattice_mu", "torque_field"):
        a, b = getattr(theirs, name), getattr(ours, name)
        assert_allclose(a, b, atol=1e-8 * np.abs(b).max())
    assert json.loads(json.dumps(theirs.inputs))["potential"].endswith("rashba")


def test_energies_or_wave_vectors():
    """Electronvolts read with the wrong mass, or delta strengths without their 2 kF."""
    energy = KF**2 * hbar**2 / (2 * m_e * e)
    changes = {"fermi_wavevector": None, "fermi_energy": energy, "barrier": 0.0, "exchange": 0.0}
    T = case(**changes, barrier_strength=0.8 * KF, exchange_strength=0.6 * KF)
    assert_allclose(T.conductance, case().conductance, atol=1e-8 * SHARVIN)


def test_save_and_load(tmp_path):
    """A file that loses an array, or half of one left behind by a failed write."""
    T = case()
    T.save(tmp_path / "tensors.npz")
    again = load(tmp_path / "tensors.npz")
    for name in ("conductance", "source", "torque_mu", "torque_field", "lattice_mu", "lattice_field"):
        np.testing.assert_array_equal(getattr(again, name), getattr(T, name))
    assert again.inputs == T.inputs and again.converged and again.version == T.version
    with pytest.raises(InputError, match="cannot be written"):
        T.save(tmp_path / "tensors.npz" / "inside.npz")
    assert [p.name for p in tmp_path.iterdir()] == ["tensors.npz"]
    np.savez(tmp_path / "other.npz", conductance=np.zeros(3))
    with pytest.raises(InputError, match="conductance: got shape"):
        load(tmp_path / "other.npz")
    np.savez(tmp_path / "evil.npz", conductance=np.array([{}], dtype=object))
    with pytest.raises(InputError, match="cannot be read"):
        load(tmp_path / "evil.npz")
