"""C, R and what follows from them: the table of docs/physics.md section 2, Onsager's rule, covariance, positivity."""

import numpy as np
import pytest
from explicit_tensors import explicit_conductivity, explicit_relaxation
from oracle import AXES, relative, unit

import femsot as fs
from femsot.base.components import rotation
from femsot.materials.table import TABLE
from femsot.materials.tensors import conductivity, eliminate, exchange, relaxation, through

BASE = dict(name="X", conductivity=2e6, spin_diffusion_length=2e-9, spin_conductivity=1.6e6)
ORBIT = dict(orbital_conductivity=5e5, orbital_diffusion_length=3e-9, orbital_hall_conductivity=3e5)
FIELDS = dict(
    polarization=0.3,
    parallel_conductivity=1.7e6,
    parallel_polarization=0.4,
    anomalous_hall_conductivity=9e4,
    anomalous_hall_polarization=0.6,
    spin_hall_conductivity=2e5,
    spin_hall_parallel=3.1e5,
    spin_hall_rotated=1.3e5,
    spin_swapping=0.2,
    exchange_length=0.7e-9,
    dephasing_length=1.1e-9,
)
CONVERSION = dict(orbit_to_spin=0.2, orbital_swapping=-0.3)


def magnet(**changes):
    return fs.Ferromagnet(**BASE | ORBIT | FIELDS | CONVERSION | changes)


def crystal(seed=1, **changes):
    cubes = 2e5 * np.random.default_rng(seed).normal(size=(2, 3, 3, 3))
    given = dict(spin_hall_tensor=cubes[0], orbital_hall_tensor=cubes[1], spin_swapping=0.1)
    orbit = {k: v for k, v in ORBIT.items() if k != "orbital_hall_conductivity"}
    return fs.NormalMetal(**BASE | orbit | given | changes)


SPLITTER = 3e5 * np.array([[0.6, 1.0, -0.4], [1.0, -0.3, 0.7], [-0.4, 0.7, 0.9]])


def altermagnet(**changes):
    return fs.Altermagnet(**BASE | ORBIT | dict(spin_splitter=SPLITTER, dephasing_length=1e-9) | changes)


def directions(number=6, seed=0):
    return [unit(v) for v in np.random.default_rng(seed).normal(size=(number, 3))]


def flat(C):
    return C.reshape(21, 21)


@pytest.mark.parametrize("relaxation_form", ["measured", "full"])
def test_the_table_is_that_of_the_contract(relaxation_form):
    """Catches any row of another sign, index, factor or power of m: random m, against loops over the printed table."""
    for m in directions():
        x = magnet(relaxation=relaxation_form)
        assert relative(conductivity(x.bulk(), m), explicit_conductivity(x, m)) < 1e-14
        R, R_ex = explicit_relaxation(x, m)
        assert relative(relaxation(x.bulk(), m), R) < 1e-13
        assert relative(exchange(x.bulk(), m), R_ex) < 1e-13
        y = crystal()
        assert relative(conductivity(y.bulk(), m), explicit_conductivity(y, m)) < 1e-14
        z = altermagnet()
        assert relative(conductivity(z.bulk(), m), explicit_conductivity(z, m, neel=m)) < 1e-14
        assert relative(relaxation(z.bulk(), m), explicit_relaxation(z, m)[0]) < 1e-13


@pytest.mark.parametrize("field", sorted({row.field for row in TABLE} & set(FIELDS | CONVERSION)))
def test_a_row_is_left_out_with_its_number(field):
    """Catches a field that acts although it is not given, or one that does nothing."""
    m = unit([0.3, -0.5, 0.7])
    x = magnet(**{field: 0.0 if field in ("polarization", "anomalous_hall_conductivity") else None})
    assert relative(conductivity(x.bulk(), m), explicit_conductivity(x, m)) < 1e-14
    assert relative(conductivity(x.bulk(), m), conductivity(magnet().bulk(), m)) > 1e-3


def test_reciprocity_by_one_rule():
    """Catches a partner at +m, of the wrong sign or with the two directions not exchanged: C(m) = e C(-m)^T e."""
    sign = np.repeat([1.0, -1.0, -1.0, -1.0, -1.0, -1.0, -1.0], 3)
    for x in (magnet(), crystal(), altermagnet()):
        for m in directions():
            C = flat(conductivity(x.bulk(), m))
            assert relative(sign[:, None] * flat(conductivity(x.bulk(), -m)).T * sign, C) < 1e-15


def test_turning_the_magnetization_turns_everything():
    """Catches a row that knows another direction of space than m: C(Qm) = Q C(m) Q^T in every index."""
    Q = rotation(unit([0.2, 0.5, -0.8]), 1.1)
    turn = np.eye(7)
    turn[1:4, 1:4] = turn[4:, 4:] = Q
    for m in directions(3):
        C = conductivity(magnet().bulk(), m)
        turned = np.einsum("ax,il,by,jn,xlyn->aibj", turn, Q, turn, Q, C, optimize=True)
        assert relative(conductivity(magnet().bulk(), Q @ m), turned) < 1e-14


def test_every_row_is_what_it_says():
    """Catches a row declared lossless, invisible along z or of a lower degree in m than it is."""
    seen = set()
    for x in (magnet().bulk(), crystal().bulk(), altermagnet().bulk()):
        for row in x.rows:
            C = np.array([conductivity(x, m, rows=[row]) for m in directions(4)])
            lossy = [np.abs(flat(one) + flat(one).T).max() > 1e-9 * np.abs(one).max() for one in C]
            assert any(lossy) == row.dissipative, row.field
            visible = np.abs(C[:, :, 2, :, 2]).max() > 1e-9 * np.abs(C).max()
            assert visible == (row.alike or row.through), row.field
            scaled = row.entry(x.numbers, 2.0 * AXES[2] + AXES[0])
            twice = row.entry(x.numbers, 2 * (2.0 * AXES[2] + AXES[0]))
            assert relative(twice, 2.0**row.degree * scaled) < 1e-14, row.field
            seen.add((row.field, row.out.start, row.into.start))
    assert {(row.field, row.out.start, row.into.start) for row in TABLE} == seen


def test_small_matrices_are_those_of_the_large_ones():
    """Catches a conductivity along or across m that is told twice: both are read off C and R again."""
    plain = fs.Ferromagnet(**BASE | ORBIT, polarization=0.5, spin_to_orbit=0.1, exchange_length=1e-9)
    for m in directions(3):
        bulk = plain.bulk()
        side = unit(np.cross(m, [0.3, 0.1, 0.9]))
        C, R = through(bulk, m)
        for direction, small in ((m, bulk.longitudinal_conductivity), (side, bulk.conductivity)):
            read = np.einsum("a,xayb,b->xy", direction, C.reshape(2, 3, 2, 3), direction)
            assert relative(read, small) < 1e-14
        for direction, small in ((m, bulk.longitudinal), (side, bulk.transverse.real)):
            read = np.einsum("a,xayb,b->xy", direction, R.reshape(2, 3, 2, 3), direction)
            assert relative(read, small) < 1e-14


def test_elimination_keeps_the_charge_current():
    """Catches C_sc C_cs/sigma of the wrong order or sign: with a slope of phi that lets no current pass."""
    C = conductivity(magnet().bulk(), unit([1, 2, 3]))[:, 2, :, 2]
    slope = np.random.default_rng(3).normal(size=6)
    phi = -C[0, 1:] @ slope / C[0, 0]
    assert relative(eliminate(C) @ slope, (C @ np.r_[phi, slope])[1:]) < 1e-14


@pytest.mark.parametrize("kappa", [-1.0, 0.5, 0.7])
@pytest.mark.parametrize("kind", ["spin", "orbital"])
def test_swapping_is_positive_between_its_limits(kind, kappa):
    """Catches a swapping that creates power: sym(C) > 0 for -1 < kappa < 1/2 alone."""
    base = BASE | ORBIT
    with pytest.raises(fs.InputError, match=rf"materials.X.{kind}_swapping: the conductivity is not positive"):
        fs.NormalMetal(**base, **{f"{kind}_swapping": kappa})
    inside = fs.NormalMetal(**base, **{f"{kind}_swapping": 0.999 * min(kappa, 0.5)})
    values = np.linalg.eigvalsh(flat(conductivity(inside.bulk()) + conductivity(inside.bulk()).transpose(2, 3, 0, 1)))
    assert 0 < values[0] < 0.01 * values[-1]


def test_rotated_spin_hall_effect_is_positive_to_its_limit():
    """Catches sigma_R taken as lossless: P^2 sigma^2 + 2 sigma_R^2 < sigma sigma_s."""
    limit = np.sqrt((2e6 * 1.6e6 - 0.3**2 * 2e6**2) / 2)
    given = BASE | dict(polarization=0.3)
    fs.Ferromagnet(**given, spin_hall_rotated=0.9999 * limit)
    with pytest.raises(fs.InputError, match=r"spin_hall_rotated: the conductivity is not positive.* is 1\.0"):
        fs.Ferromagnet(**given, spin_hall_rotated=1.002 * limit)


def test_anisotropic_magnetoresistance_is_positive_to_its_limit():
    """Catches a current along m judged by the numbers across it: P_par^2 sigma_par < sigma_s sigma_par/sigma."""
    given = BASE | dict(parallel_conductivity=3e6)
    limit = np.sqrt(1.6 / 2)
    fs.Ferromagnet(**given, parallel_polarization=0.999 * limit)
    with pytest.raises(fs.InputError, match=r"materials.X.parallel_polarization: the conductivity is not positive"):
        fs.Ferromagnet(**given, parallel_polarization=1.001 * limit)


def test_spin_splitter_is_positive_to_its_limit():
    """Catches a splitter judged at one Neel vector or one direction: max |eig T|^2 < sigma sigma_s."""
    limit = np.sqrt(2e6 * 1.6e6) / np.abs(np.linalg.eigvalsh(SPLITTER)).max()
    altermagnet(spin_splitter=0.999 * limit * SPLITTER)
    with pytest.raises(fs.InputError, match=r"materials.X.spin_splitter: the conductivity is not positive.* is 1\.00"):
        altermagnet(spin_splitter=1.002 * limit * SPLITTER)
    with pytest.raises(fs.InputError, match="spin_splitter: is not symmetric"):
        altermagnet(spin_splitter=np.triu(SPLITTER))
    with pytest.raises(fs.InputError, match=r"spin_splitter: got the shape \(3,\)"):
        altermagnet(spin_splitter=SPLITTER[0])


def test_neel_vectors_are_of_altermagnets():
    """Catches a layer without its Neel vector, or one that has it in vain."""
    with pytest.raises(fs.InputError, match=r"layers\.A\.neel: missing, required for the altermagnet 'X'"):
        fs.Layer("A", altermagnet(), 1e-9)
    with pytest.raises(fs.InputError, match=r"layers\.A\.neel: given for 'X', which is no altermagnet"):
        fs.Layer("A", crystal(), 1e-9, neel=(0, 0, 1))
    with pytest.raises(fs.InputError, match=r"layers\.A\.magnetization: given for 'X', which is no magnet"):
        fs.Layer("A", altermagnet(), 1e-9, magnetization=(0, 0, 1), neel=(0, 0, 1))


def test_one_bad_material_of_a_batch_is_refused():
    """Catches a positivity that is read off the first of a batch."""
    with pytest.raises(fs.InputError, match=r"spin_swapping: the conductivity is not positive"):
        fs.NormalMetal(**BASE, spin_swapping=np.array([0.1, 0.6, 0.2]))


@pytest.mark.parametrize(
    "given, message",
    [
        (dict(spin_hall_tensor=np.ones((3, 3))), r"spin_hall_tensor: got the shape \(3, 3\), allowed: \(3, 3, 3\)"),
        (dict(spin_hall_tensor=np.ones((3, 3, 3)), spin_hall_angle=0.1), "spin_hall_tensor: given beside"),
        (dict(spin_swapping=np.nan), "spin_swapping: got nan, allowed: a finite number"),
        (dict(orbital_swapping=0.1), "orbital_conductivity: missing, required with orbital_swapping"),
    ],
)
def test_wrong_tensors_are_refused_by_name(given, message):
    """Catches a new field that is not checked, or one that needs an orbital channel and has none."""
    with pytest.raises(fs.InputError, match=message):
        fs.NormalMetal(**BASE, **given)


def test_full_relaxation_has_no_factor_of_the_polarization():
    """Catches `relaxation` read nowhere, or changing what is across m."""
    plain, full = (fs.Ferromagnet(**BASE, polarization=0.6, relaxation=word).bulk() for word in ("measured", "full"))
    factor = 1 - 0.36 * 2 / 1.6
    assert plain.longitudinal[0, 0] == pytest.approx(factor * full.longitudinal[0, 0])
    assert plain.transverse[0, 0] == full.transverse[0, 0]
    with pytest.raises(fs.InputError, match=r"materials.X.relaxation: got 'ful', known: full, measured. Did you mean"):
        fs.Ferromagnet(**BASE, relaxation="ful")
