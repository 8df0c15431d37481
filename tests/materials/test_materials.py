"""Materials and their tensors C, R against the table of docs/physics.md section 2 in explicit vectors (`oracle`)."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from oracle import AXES, explicit_conductivity, explicit_relaxation, relative, unit
from random_stacks import random_ferromagnet, random_normal

import femsot as fs
from femsot.materials import library
from femsot.materials import tensors as coefficients

M = unit([0.6, 0.2, -0.5])
N = dict(name="N", conductivity=2e6, spin_diffusion_length=2e-9)
ORBIT = dict(orbital_conductivity=5e5, orbital_diffusion_length=3e-9)
F = N | ORBIT | dict(name="F", spin_conductivity=1.5e6)


def tensors(material, closure="conserving"):
    """C, R, R_ex of the package."""
    bulk, m = material.bulk(closure), M if material.magnetic else None
    return coefficients.conductivity(bulk, m), coefficients.relaxation(bulk, m), coefficients.exchange(bulk, m)


def only(found, orbital):
    """Without the orbital components, which the explicit tensors fill with dummies."""
    size = 7 if orbital else 4
    return found[:size, :size] if found.ndim == 2 else found[:size, :, :size]


@pytest.mark.parametrize("closure", ["conserving", "ning24"])
@pytest.mark.parametrize("make", [random_normal, random_ferromagnet])
@pytest.mark.parametrize(
    "changes", [None, {}, dict(spin_orbit_form="off_diagonal"), dict(antiparallel_spin_orbit=True)]
)
def test_tensors_are_those_of_the_contract(make, changes, closure):
    """Catches any entry of C, R or R_ex of another sign, index or factor, in both closures."""
    orbital = changes is not None
    for seed in range(4):
        x = make(np.random.default_rng(seed), "X", orbital=orbital)
        given = {f: v for f, v in vars(x).items() if not f.startswith("_")}
        x = type(x)(**given | (dict(**changes, spin_orbit_length=9e-9) if changes else {}))
        C, R, R_ex = tensors(x, closure)
        m = M if x.magnetic else AXES[2]
        assert relative(only(C, orbital), only(explicit_conductivity(x, m, orbital), orbital)) < 1e-14
        r, r_ex = explicit_relaxation(x, m, closure=closure, orbital=orbital)
        assert relative(only(R, orbital), only(r, orbital)) < 1e-13
        assert relative(only(R_ex, orbital), only(r_ex, orbital)) < 1e-13


def test_moments_flow_along_their_direction_cross_the_field():
    """Catches sigma_SH eps_iak with i and a exchanged: E along x makes +sigma_SH E of moment z flow along +y."""
    C = tensors(fs.NormalMetal(**N, **ORBIT, spin_hall_angle=0.1, orbital_hall_conductivity=3e5))[0]
    for a, i in ((2, 1), (1, 2)):
        sign = np.cross(AXES[a], AXES[0])[i]
        assert abs(sign) == 1
        assert C[1 + a, i, 0, 0] == sign * 2e5 and C[4 + a, i, 0, 0] == sign * 3e5
        assert C[0, i, 1 + a, 0] == -C[1 + a, 0, 0, i]  # no dissipation: antisymmetric under exchange of index pairs
    hall = C.copy()
    hall[0, :, 0] = hall[1:, :, 1:] = 0
    assert_allclose(hall, -np.transpose(hall, (2, 3, 0, 1)))


def test_anomalous_hall_current():
    """Catches eps_ijk m_k E_j of the wrong handedness: m along z, E along y, current along +x."""
    x = fs.Ferromagnet(**F, anomalous_hall_conductivity=7e4)
    C = coefficients.conductivity(x.bulk(), AXES[2])
    assert C[0, 0, 0, 1] == 7e4 and C[0, 1, 0, 0] == -7e4


def test_majority_electrons_carry_moment_along_m_with_the_electrons():
    """Catches + P sigma: for P > 0 and E along i, the conventional charge flows along E, moment along m against it."""
    C = coefficients.conductivity(fs.Ferromagnet(**F, polarization=0.4).bulk(), M)
    assert_allclose(C[1:4, 0, 0, 0], -0.4 * 2e6 * M, rtol=1e-14)
    assert_allclose(C[0, 1, 1:4, 1], -0.4 * 2e6 * M, rtol=1e-14)


@pytest.mark.parametrize("antiparallel", [False, True])
def test_exchange_turns_moments_about_m(antiparallel):
    """Catches m x mu for mu x m, and an antiparallel exchange that does not change the sign."""
    x = fs.Ferromagnet(**F, exchange_length=0.5e-9, antiparallel_exchange=antiparallel)
    mu = np.array([0.3, -0.2, 0.9])
    sign = -1 if antiparallel else 1
    found = coefficients.exchange(x.bulk(), M)[1:4, 1:4] @ mu
    assert_allclose(found, sign * 1.5e6 * np.cross(mu, M) / 0.5e-9**2, rtol=1e-13)


def test_longitudinal_spin_decays_over_the_spin_diffusion_length():
    """Catches R_ss = sigma_s/lambda^2 for (sigma_s - P^2 sigma)/lambda^2: lambda_sf is the decay at zero current."""
    bulk = fs.Ferromagnet(**N | dict(name="F"), polarization=0.6).bulk()
    assert bulk.longitudinal[0, 0] / bulk.longitudinal_conductivity[0, 0] == pytest.approx(1 / 2e-9**2)
    assert bulk.spin_flip_longitudinal == pytest.approx(2e6 * (1 - 0.36) / 2e-9**2)
    assert bulk.spin_flip == pytest.approx(2e6 / 2e-9**2)


def test_conversion_is_completed_by_onsager():
    """Catches P_os sigma_s = P_so sigma_o, and one of the pair that is lost."""
    one, other = fs.Ferromagnet(**F, orbit_to_spin=0.3), fs.Ferromagnet(**F, spin_to_orbit=0.1)
    assert one.conversion == (0.3, pytest.approx(0.1))
    assert other.conversion == (pytest.approx(0.3), 0.1)
    assert_allclose(tensors(one)[0], tensors(other)[0])
    assert_allclose(one.bulk().conductivity, one.bulk().conductivity.T)
    assert one.bulk().warnings == other.bulk().warnings == []
    broken = fs.Ferromagnet(**F, orbit_to_spin=0.3, spin_to_orbit=0.3)
    assert "P_os sigma_o = 1.5e+05 S/m and P_so sigma_s = 4.5e+05 S/m differ" in broken.bulk().warnings[0].problem


def test_conductivity_is_positive_to_its_limit():
    """Catches P^2 sigma/sigma_s without the orbital part, or with a broken pair not symmetrised."""
    p_os = 2 * np.sqrt((1 - 0.25 * 2 / 1.5) * 1.5e6 / 5e5)  # spin_to_orbit = 0: only half of it is in sym(C)
    given = F | dict(polarization=0.5, spin_to_orbit=0.0)
    C = tensors(fs.Ferromagnet(**given, orbit_to_spin=0.999 * p_os))[0].reshape(21, 21)
    assert np.linalg.eigvalsh(C + C.T)[0] > 0
    with pytest.raises(fs.InputError, match=r"materials.F.orbit_to_spin: the conductivity is not positive.*is 1\.00\d"):
        fs.Ferromagnet(**given, orbit_to_spin=1.001 * p_os)
    with pytest.raises(fs.InputError, match=r"materials.F.polarization: the conductivity is not positive"):
        fs.Ferromagnet(**F, polarization=0.9)


def test_off_diagonal_spin_orbit_form_is_passive_to_its_limit():
    """Catches lambda_so >= sqrt(lambda_sf lambda_o) squared wrongly; the exchange form has no limit."""
    limit = np.sqrt(2e-9 * 3e-9)
    form = dict(spin_orbit_form="off_diagonal")
    good = fs.NormalMetal(**N, **ORBIT, **form, spin_orbit_length=1.0001 * limit)
    assert good.bulk().warnings == []
    assert np.linalg.eigvalsh(good.bulk().longitudinal)[0] > 0
    with pytest.raises(fs.InputError, match=r"spin_orbit_length: got .* m in the off-diagonal form, allowed: >= "):
        fs.NormalMetal(**N, **ORBIT, **form, spin_orbit_length=0.9999 * limit)
    assert fs.NormalMetal(**N, **ORBIT, spin_orbit_length=limit / 100).bulk().warnings == []


def test_closure_of_ning24_is_reported_where_it_creates_power():
    """Catches the bound of misprints, section 3: longitudinal R indefinite for P_os > 2 l_s l_o/(l_s^2 + l_o^2)."""
    ls, lo = 1e-9, 6e-9
    limit = 2 * ls * lo / (ls**2 + lo**2)
    given = dict(
        name="F", conductivity=1e6, spin_diffusion_length=ls, orbital_conductivity=1e6, orbital_diffusion_length=lo
    )
    assert fs.Ferromagnet(**given, orbit_to_spin=0.99 * limit).bulk("ning24").warnings == []
    over = fs.Ferromagnet(**given, orbit_to_spin=1.01 * limit)
    assert "materials.F: relaxation creates power in closure 'ning24'" in str(over.bulk("ning24").warnings[0])
    assert over.bulk().warnings == []


@pytest.mark.parametrize(
    "given, message",
    [
        (N | dict(conductivity=0.0), "materials.N.conductivity: got 0, allowed: a finite number > 0"),
        (N | dict(spin_diffusion_length=-1.0), "materials.N.spin_diffusion_length: got -1, allowed: a length > 0"),
        (N | dict(spin_conductivity=np.inf), "materials.N.spin_conductivity: got inf"),
        (N | dict(spin_hall_angle=np.nan), "materials.N.spin_hall_angle: got nan, allowed: a finite number"),
        (N | dict(spin_hall_angle=0.1, spin_hall_conductivity=1e5), "spin_hall_angle: given beside spin_hall_cond"),
        (N | dict(orbital_conductivity=1e6), "orbital_diffusion_length: missing, required with orbital_conductivity"),
        (N | dict(orbital_hall_angle=0.1), "materials.N.orbital_conductivity: missing, required with orbital_hall"),
        (N | dict(spin_orbit_length=1e-9), "materials.N.orbital_diffusion_length: missing"),
        (N | dict(spin_orbit_form="exchang"), "spin_orbit_form: got 'exchang', known: exchange, off_diagonal. Did"),
        (F | dict(polarization=1.0), "materials.F.polarization: got 1, allowed: a number between -1 and 1"),
        (F | dict(exchange_length=0.0), "materials.F.exchange_length: got 0, allowed: a length > 0"),
        (F | dict(dephasing_length=-1.0), "materials.F.dephasing_length: got -1"),
        (F | dict(saturation_magnetization=0.0), "materials.F.saturation_magnetization: got 0"),
        (F | dict(orbit_to_spin=np.inf), "materials.F.orbit_to_spin: got inf"),
        (F | dict(anomalous_hall_conductivity=np.nan), "materials.F.anomalous_hall_conductivity: got nan"),
    ],
)
def test_wrong_numbers_are_refused_by_name(given, message):
    """Catches a field that is never checked, or a message without owner, field, value and range."""
    with pytest.raises(fs.InputError) as error:
        (fs.Ferromagnet if given["name"] == "F" else fs.NormalMetal)(**given)
    assert message in str(error.value)


@pytest.mark.parametrize("length", [1e-320, 1e-16, 1e16, 1e200])
def test_lengths_whose_inverse_square_is_no_number_are_refused(length):
    """Catches 1e-320 m, which ended in numpy's overflow warnings; infinity stays allowed."""
    with pytest.raises(
        fs.InputError, match=r"materials.F.exchange_length: got .*, allowed: a length > 0: from 1e-15 m"
    ):
        fs.Ferromagnet(**F, exchange_length=length)
    assert fs.Ferromagnet(**F, exchange_length=np.inf).exchange_length == np.inf


def test_one_bad_value_of_a_batch_is_refused():
    """Catches checks that look at the first value only."""
    with pytest.raises(fs.InputError, match=r"materials.N.conductivity: got -3e\+06"):
        fs.NormalMetal(**N | dict(conductivity=np.array([1e6, -3e6])))


def test_insulators_are_magnets_by_their_magnetization():
    """Catches an insulator that takes a torque without M_s, or a bad M_s that is taken."""
    assert not fs.Insulator(name="MgO").magnetic
    assert fs.Insulator(name="YIG", saturation_magnetization=1.4e5).magnetic
    with pytest.raises(fs.InputError, match=r"materials.YIG.saturation_magnetization: got -1"):
        fs.Insulator(name="YIG", saturation_magnetization=-1.0)


def test_angles_and_conductivities_are_one():
    """Catches an angle times sigma_s, or an angle that is ignored."""
    by_angle = fs.NormalMetal(**N, **ORBIT, spin_conductivity=1e6, spin_hall_angle=0.1, orbital_hall_angle=-0.2)
    assert (by_angle.hall("spin"), by_angle.hall("orbital")) == (pytest.approx(2e5), pytest.approx(-4e5))
    assert fs.NormalMetal(**N).hall("spin") == 0.0


@pytest.mark.parametrize("name", library.library_names())
def test_the_library_loads(name):
    """Catches a file with an unknown field, a unit other than the field's, a number without source or a bad value."""
    x, entry = fs.material(name), library.library_entry(name)
    assert x.name == name and name in x.source
    numbers = {key: item for key, item in entry.items() if isinstance(item, dict)}
    for key, item in numbers.items():
        assert getattr(x, key) == item["value"]
        assert item["source"] and item["unit"]
    if x.metallic:
        assert x.bulk().warnings == []
        c = tensors(x)[0][:4, :, :4].reshape(12, 12)
        assert np.linalg.eigvalsh(c + c.T)[0] > 0


def test_library_values_are_replaced():
    """Catches an angle beside the library's conductivity, or an override that is ignored or invented."""
    pt = fs.material("Pt", spin_hall_angle=0.2, conductivity=3e6)
    assert pt.hall("spin") == pytest.approx(6e5) and pt.spin_hall_conductivity is None
    assert fs.material("Pt").hall("spin") > 0  # the sign of Pt in this convention
    assert fs.material("Ta").hall("spin") < 0 > fs.material("W").hall("spin")
    with pytest.raises(TypeError, match="colour"):
        fs.material("Pt", colour="grey")
    with pytest.raises(fs.InputError, match=r"materials: unknown material 'Ptt', known: .*Did you mean 'Pt'\?"):
        fs.material("Ptt")


def test_plugins_add_materials(monkeypatch):
    """Catches an entry-point group of another name, or overrides that do not reach a plugin."""

    class Point:
        name = "mine"

        @staticmethod
        def load():
            return lambda: fs.NormalMetal(**N, spin_hall_angle=0.1)

    monkeypatch.setattr(library, "entry_points", lambda group: [Point] if group == "femsot.materials" else [])
    assert fs.material("mine").hall("spin") == pytest.approx(2e5)
    assert fs.material("mine", spin_hall_conductivity=7e5).hall("spin") == 7e5
    assert "mine" in library.library_names() and "Pt" in library.library_names()
