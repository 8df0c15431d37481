"""The scattering examples: closed forms, limits and identities; their pictures and TOML files are drawn and read."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from repository import EXAMPLES

import femsot as fs

#: fewer points, enough for every number below
REDUCED = {
    "scattering_thickness": {"points": 9},
    "scattering_interface": {"points": 4},
    "scattering_angle": {"points": 5},
    "scattering_trilayer": {"points": 5},
}


def test_every_scattering_example_is_tested_here():
    """An example that is added without a test."""
    assert {path.stem for path in EXAMPLES.glob("scattering_*.py")} == set(REDUCED)


# thickness, Amin16 Fig. 2


def test_numbers_are_those_of_one_fermi_sea(example):
    """Conductivities and relaxation times that contradict the mean free paths of docs/misprints.md."""
    module, _ = example("scattering_thickness")
    e, hbar, m_e = 1.602176634e-19, 6.62607015e-34 / (2 * np.pi), 9.1093837015e-31
    drude = e**2 * module.KF**2 / (3 * np.pi**2 * hbar)
    paths = np.array([2.0854e-9, 11.13e-9])
    assert_allclose([module.SIGMA_PT, module.SIGMA_CO], drude * paths, rtol=1e-4)
    assert_allclose([module.TAU_PT, module.TAU_CO], paths * m_e / (hbar * module.KF), rtol=1e-4)
    assert_allclose(module.CONDUCTANCE, 3 * drude, rtol=1e-4)
    # k^2 = (3/lambda_F^2) (w^2 - i w)/(1 + w^2), transverse path (16.25 * 6.01)^(1/2) nm, omega = 1/1.2 nm
    w = np.sqrt(16.25 * 6.01) / 1.2
    assert_allclose(1 / module.DEPHASING**2, 3 / paths[1] ** 2 * w**2 / (1 + w**2), rtol=1e-3)
    assert_allclose(1 / module.EXCHANGE**2, 3 / paths[1] ** 2 * w / (1 + w**2), rtol=1e-3)


def test_total_torque_is_the_two_sided_closed_form(example):
    """Interface torque, back flow from Co, spin flip there or the lattice's share of potentials left out."""
    _, (found, _) = example("scattering_thickness")
    for one in found.values():
        assert_allclose(one.total, one.exact, rtol=0, atol=1e-13 * np.max(np.abs(one.total)))
        assert one.residual < 1e-13


@pytest.mark.parametrize(("correction", "boltzmann"), [("drift", 0.15), ("bare", 0.6)])
def test_mixing_conductance_against_boltzmann(example, *, correction, boltzmann):
    """Co of plain diffusion: with lambda_J = 2 nm the drift law is 80% off."""
    module, (_, mixing) = example("scattering_thickness")
    off = abs(mixing.chosen[correction] - module.BOLTZMANN) / abs(module.BOLTZMANN)
    assert off < boltzmann
    naive = np.interp(2e-9, mixing.length, mixing.value["drift"].real)
    assert naive > 1.6 * module.BOLTZMANN.real


def test_one_sided_correction_is_that_of_the_misprints(example):
    """docs/misprints.md B9: bare 0.1887 - 0.0273i, drift-corrected 0.3115 - 0.0681i."""
    module, _ = example("scattering_thickness")
    bare, drift = (module.law_of(module.tensors_of(c, rashba=0.0)) for c in ("bare", "drift"))
    assert_allclose(bare.conductance[0, 0] / module.CONDUCTANCE, 0.1887 - 0.0273j, rtol=0, atol=6e-5)
    one = module.one_sided(bare, drift)
    assert_allclose(one.conductance[0, 0] / module.CONDUCTANCE, 0.3115 - 0.0681j, rtol=0, atol=1.2e-4)


@pytest.mark.parametrize("correction", ["drift", "bare"])
def test_eq30_is_the_limit_of_strong_precession(example, *, correction):
    """A wrong sign of tau_latt, of j_E or of the Hall current: uR -> 0, lambda_J -> 0, thick Co."""
    module, _ = example("scattering_thickness")
    made = module.tensors_of(correction, rashba=1e-6)
    t = np.array([0.5e-9, 3e-9, 12e-9])
    values = {"layers.Pt.thickness": t, "materials.Co.exchange_length": 1e-14, "materials.Co.dephasing_length": 1e-14}
    for hall in (0.0, module.HALL_ANGLE * module.SIGMA_PT):
        stack = module.stack(fs.Scattering.from_tensors(made))
        solution = fs.solve_many(stack, values | {"materials.Pt.spin_hall_conductivity": hall})
        torque = solution.torque("Co")
        total = module.transverse(torque.received) / module.FIELD
        assert_allclose(total, module.eq30(module.law_of(made), t, -hall), rtol=1e-4)


def test_torques_have_their_signs_and_saturate(example):
    """sigma_SH > 0 below Co gives tau_DL < 0 (docs/physics.md 5); spin Hall saturates later than Rashba (Fig. 2)."""
    _, (found, _) = example("scattering_thickness")
    for one in found.values():
        assert np.all(one.total[2].real < 0)
        assert_allclose(one.total[2, 0], 0, atol=2e-3 * np.max(np.abs(one.total[2])))
        reached = [np.abs(one.total[i].real) / np.abs(one.total[i, -1].real) for i in (1, 2)]
        assert np.interp(2.57e-9, one.t, reached[0]) > 2 * np.interp(2.57e-9, one.t, reached[1])


# interface, Amin16 Figs. 3 and 4


def test_interface_torques_are_the_closed_form(example):
    """A parameter that reaches the stack but not the closed form, or the other correction."""
    _, found = example("scattering_interface")
    for rows in (*found.against_uex.values(), *found.against_uR.values()):
        for one in rows.values():
            assert_allclose(one.total, one.exact, rtol=0, atol=1e-13 * np.max(np.abs(one.total)))
            assert np.max(one.residual) < 1e-13


def test_bare_law_underestimates_the_damping_like_torque(example):
    """Corrections exchanged: against Boltzmann bare is -17..-21%, drift +3..+11%, so bare/drift is 0.71..0.81 (DL)."""
    _, found = example("scattering_interface")
    rows = found.against_uex[min(found.against_uex)]
    ratio = rows["bare"].limit.real / rows["drift"].limit.real
    assert np.all((ratio > 0.7) & (ratio < 0.82))


def test_no_rashba_no_torque_and_no_exchange_no_interface_torque(example):
    """uR = 0: nothing; uex = 0: the interface has no magnetization to turn."""
    _, found = example("scattering_interface")
    largest = np.max(np.abs(found.against_uR[0.4]["drift"].total))
    for rows in found.against_uR.values():
        for one in rows.values():
            assert max(np.abs(x[0]) for x in (one.interface, one.bulk, one.lattice)) < 1e-12 * largest
    for rows in found.against_uex.values():
        for one in rows.values():
            assert abs(one.interface[0]) < 1e-12 * largest < abs(one.bulk[0])


@pytest.mark.parametrize("correction", ["drift", "bare"])
def test_equal_times_and_no_polarization_drive_no_current(example, *, correction):
    """A source where both sides and spins scatter alike; the Edelstein torque remains, paid by the lattice."""
    module, _ = example("scattering_interface")
    made = module.tensors_of(correction, relaxation_time=(1e-15, 1e-15), polarization=0.0)
    solution = module.solve(made)
    joint = solution.interface("Pt|Co")
    size = np.max(np.abs(joint.torque_magnetization))
    assert size > 1e4 * module.FIELD
    assert_allclose(joint.J_minus, 0, atol=1e-12 * size)
    assert_allclose(joint.torque_magnetization, -joint.torque_lattice, rtol=0, atol=1e-12 * size)


def test_no_spin_orbit_coupling_no_source(example):
    """uR = 0 with unequal times and P: a source would be a torque from nothing."""
    module, _ = example("scattering_interface")
    solution = module.solve(module.tensors_of(rashba=0.0))
    for state in (solution.interface("Pt|Co").J_minus, solution.interface("Pt|Co").torque_magnetization):
        assert_allclose(state, 0, atol=1e-12 * 1e5 * module.FIELD)


# angle


def test_torque_vanishes_for_m_along_p(example):
    """A source that breaks the mirror xz."""
    module, found = example("scattering_angle")
    for strength, uR in module.STRENGTHS.items():
        for m in ((0, 1, 0), (0, -1, 0)):
            zero = module.torque(fs.solve(module.bilayer(uR, m)))
            assert np.linalg.norm(zero) < 1e-10 * np.max(np.abs(found[strength].torque))


def test_sphere_is_what_single_stacks_give(example):
    """E turned the wrong way, or components of the tensors mixed up by the rotation."""
    module, found = example("scattering_angle")
    one = found["weak"]
    for i in (7, 40):
        torque = module.torque(fs.solve(module.bilayer(module.STRENGTHS["weak"], tuple(one.directions[i]))))
        assert_allclose(torque, one.torque[i], rtol=0, atol=1e-10 * np.max(np.abs(one.torque)))


def test_harmonics_are_those_that_symmetry_allows(example):
    """A torque along m, a harmonic of |m| != 1, or a smooth torque whose expansion does not converge."""
    _, found = example("scattering_angle")
    for one in found.values():
        along = (one.torque * one.directions).sum(-1)
        assert_allclose(along, 0, atol=1e-11 * np.max(np.abs(one.torque)))
        assert one.harmonics.forbidden() < 1e-9
    assert found["weak"].harmonics.residual < 1e-12
    assert found["weak"].series[3].residual < 1e-10
    assert found["strong"].series[1].residual > 0.02


def test_series_and_harmonics_are_one_torque(example):
    """The two expansions of `femsot.scattering.angular` disagree in a direction that neither was fitted to."""
    _, found = example("scattering_angle")
    m = np.array([[0.48, -0.6, 0.64]])
    one = found["weak"]
    assert_allclose(one.series[3](m), one.harmonics(m), rtol=0, atol=1e-9 * np.max(np.abs(one.torque)))


# trilayer


def test_mechanisms_add_up_to_the_stack(example):
    """A mechanism that is lost or counted twice when it is solved alone."""
    _, found = example("scattering_trilayer")
    for parts in (found.arriving, found.out_of_plane):
        whole = parts["upper"] + parts["filtering"] + parts["precession"]
        assert_allclose(whole, parts["all"], rtol=0, atol=1e-12 * np.max(np.abs(parts["all"])))
    assert found.residual < 1e-13


def test_z_spins_follow_the_magnet_below(example):
    """Precession about the wrong axis: spins m1 x y, along z for m1 along x, reversed with m1, none for m1 along y."""
    _, found = example("scattering_trilayer")
    z = found.arriving["all"][:, 2]  # m1 at 0, 45, 90, 135, 180 degrees
    assert_allclose(z[2], 0, atol=1e-8 * np.max(np.abs(z)))
    assert_allclose(z, -z[::-1], rtol=0, atol=1e-8 * np.max(np.abs(z)))
    assert abs(found.arriving["precession"][0, 2]) > 0.9 * abs(z[0])


def test_switching_needs_the_magnet_below_along_the_field(example):
    """m2 through y: as m1 = x or -x says, by the mirror yz; not for m1 along y. The sign (P > 0) is a tripwire."""
    _, found = example("scattering_trilayer")
    x, minus, y = (found.rising[key] for key in ("x", "-x", "y"))
    size = np.max(np.abs(x))
    assert_allclose(x, -minus[::-1], rtol=0, atol=1e-9 * size)
    assert abs(y[2]) < 1e-9 * size < x[2]
    assert_allclose(y, -y[::-1], rtol=0, atol=1e-9 * size)


def test_thin_trilayer_is_amin20s(example):
    """Table and stack, where the spacer is thin and Co holds no spin potential: two routes, one answer."""
    module, found = example("scattering_trilayer")
    values = {
        "layers.Cu.thickness": 1e-15,
        "materials.Co.exchange_length": 1e-15,
        "materials.Co.dephasing_length": 1e-15,
        "materials.Co.spin_diffusion_length": 2e-13,
    }
    lower, upper = module.mechanisms(0, module.X), module.mechanisms(1, module.Y)
    for label, drive in module.DRIVES.items():
        made = (module.only(lower, (drive,)), module.only(upper, ()))
        solution = fs.solve_many(module.stack(made=made), values)
        wanted = module.in_table(found.table, f"spin-orbit {label}")
        assert np.max(np.abs(wanted)) > 1e4
        assert_allclose(module.total(solution), wanted, rtol=0, atol=1e-4 * np.max(np.abs(wanted)))


def test_only_keeps_the_response_to_potentials(example):
    """A mechanism solved with another interface's conductance."""
    module, _ = example("scattering_trilayer")
    lower = module.mechanisms(0, module.X)
    everything = module.only(lower, (0, 1))
    assert everything.conductance is lower.total.conductance
    assert_allclose(everything.source, lower.total.source, atol=1e-8 * np.max(np.abs(lower.total.source)))
    assert not np.any(module.only(lower, ()).source)


# pictures and TOML files


@pytest.mark.parametrize("name", sorted(REDUCED))
def test_main_writes_pictures_and_prints(example, *, name, tmp_path, capsys, monkeypatch):
    """A figure that cannot be drawn, a font or a warning that stops it."""
    module, results = example(name)
    monkeypatch.setattr(module, "run", lambda: results)
    module.main(str(tmp_path))
    (picture,) = tmp_path.glob("*.png")
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size > 20_000
    assert len(capsys.readouterr().out.splitlines()) >= 4


@pytest.mark.parametrize("name", ["scattering_thickness", "scattering_trilayer"])
def test_toml_is_the_python_stack(example, name):
    """A number, unit or interface side that differs between the two files of one example."""
    module, _ = example(name)
    read, built = fs.read(EXAMPLES / f"{name}.toml"), module.stack()
    assert read.title == built.title
    one, other = fs.solve(read), fs.solve(built)
    for mine, theirs in zip(one.fields.layers, other.fields.layers, strict=True):
        for values, wanted in ((mine.mu, theirs.mu), (mine.J, theirs.J)):
            assert_allclose(values, wanted, rtol=0, atol=1e-12 * np.max(np.abs(wanted)))
    sheets = [[solution.sheet_current(name) for name in solution.parts] for solution in (one, other)]
    assert_allclose(*sheets, rtol=1e-12, atol=1e-12 * np.max(np.abs(sheets)))
