"""Every example runs, its numbers are those of closed forms or of docs/misprints.md, its pictures and TOML agree."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose
from repository import EXAMPLES

import femsot as fs
from femsot.io.config import read_job
from femsot.papers import valet_fert

NAMES = sorted(path.stem for path in EXAMPLES.glob("*.py") if path.stem != "drawing")
#: tested in test_scattering_examples.py, test_boltzmann_examples.py, ...
ELSEWHERE = ("scattering_", "boltzmann_", "device_", "veneri22_")
#: fewer points, enough for every number below
REDUCED = {"ning24_fig2": {"points": 21}, "ning24_fig3": {"points": 12}, "ning24_fig4": {"points": 7}}


def test_every_example_is_tested_here():
    """An example that is added without a test, or a TOML file without its Python twin."""
    tested = {"ning24_fig2", "ning24_fig3", "ning24_fig4", "spin_valve", "smr", "spin_pumping", "orbital_trilayer"}
    others = {name for name in NAMES if name.startswith(ELSEWHERE)}
    assert set(NAMES) == tested | others
    commands = {"interface", "fit_thickness"}  # of a command alone, without a twin; the fit is in test_fit.py
    assert {path.stem for path in EXAMPLES.glob("*.toml")} <= tested | others | commands


# Ning24, against misprints, sections 1 and 2


@pytest.mark.parametrize(
    ("drive", "spin", "orbital"),
    [("SHE", 0.55320 - 0.05118j, 0.15806 - 0.01462j), ("OHE", 0.011366 + 0.007089j, 0.15408 + 0.00203j)],
)
def test_fig2_currents_at_the_interface(example, *, drive, spin, orbital):
    """A wrong sign, handedness, closure or factor of the spin and orbital Hall currents."""
    _, results = example("ning24_fig2")
    assert_allclose(results[drive, "ning24", "transparent"].arriving, [spin, orbital], rtol=0, atol=6e-6)


def test_fig2_is_the_closed_form_in_both_closures_and_interfaces(example):
    """Closures or interfaces mixed up: the eight cases all differ."""
    _, results = example("ning24_fig2")
    assert len(results) == 8
    for found in results.values():
        assert_allclose(found.arriving, found.exact, rtol=0, atol=1e-14)


def test_fig2_potentials_jump_only_at_the_ohmic_interface(example):
    """Profiles of the wrong layer or side; with the Ohmic law J_s = G_0 (mu_s^N - mu_s^F)."""
    _, results = example("ning24_fig2")
    for (_, _, interface), found in results.items():
        jump = found.potential["N"][:, -1] - found.potential["F"][:, 0]
        assert_allclose(jump, found.arriving if interface == "ohmic" else 0, rtol=0, atol=1e-12)
        assert_allclose(found.current["N"][:, -1], found.current["F"][:, 0], rtol=0, atol=1e-14)
        assert_allclose(found.current["F"][:, -1], 0, rtol=0, atol=1e-14)


def test_fig2_orbital_drive_rises_inside_the_ferromagnet(example):
    """The orbital current drags a spin current: 0.068 near 1.1 nm, 0.056 at 2 nm, 0.017 at 4 nm (docs/misprints.md)."""
    module, _ = example("ning24_fig2")
    found = module.run(points=101)["OHE", "ning24", "transparent"]
    spin, nm = found.current["F"][0].real, found.z["F"] * 1e9
    assert_allclose([np.max(spin), *np.interp([2, 4], nm, spin)], [0.068, 0.056, 0.017], rtol=0, atol=6e-4)
    assert_allclose(nm[np.argmax(spin)], 1.1, rtol=0, atol=0.06)


def test_ning24_closure_warns_and_the_other_does_not(example):
    """The example hides a warning it should show, or silences one for everybody."""
    module, results = example("ning24_fig2")
    assert any("Onsager" in text for text in results["SHE", "ning24", "ohmic"].warnings)
    assert results["SHE", "conserving", "ohmic"].warnings == []
    with pytest.warns(fs.PhysicsWarning) as caught:
        fs.solve(module.bilayer("SHE"), closure="ning24")
    assert [str(warning.message) for warning in caught] == results["SHE", "ning24", "transparent"].warnings


@pytest.mark.parametrize(
    ("panel", "values", "digits"),
    [
        ("a", [0.5512, 0.5517, 0.5519, 0.5519], 6e-5),
        ("b", [0.01874, 0.01314, 0.00877, 0.00511], 6e-6),
        ("c", [0.660, 0.8645, 0.916, 0.956], 6e-4),
        ("d", [0.0083, 0.0206, 0.0293, 0.0428], 6e-5),
    ],
)
def test_fig3_saturations(example, *, panel, values, digits):
    """misprints, section 2, transparent; lambda_o = 20 nm is its value at 40 nm, 3% below saturation."""
    _, results = example("ning24_fig3")
    assert_allclose(results[panel, "ning24", "transparent"].torque[:, -1].real, values, rtol=0, atol=digits)


def test_fig3_is_the_closed_form_in_both_closures_and_interfaces(example):
    """A family swept in the wrong layer or length."""
    _, results = example("ning24_fig3")
    assert len(results) == 16
    for found in results.values():
        assert_allclose(found.torque, found.exact, rtol=0, atol=1e-13)


def test_fig4_values(example):
    """misprints, section 1, Eqs. 19-21, at G_s = 1e15 S/m^2 and lambda_J = 0.5 nm; the printed ones differ."""
    _, results = example("ning24_fig4")
    for along in ("G_s", "lambda_J"):
        found = results["interface", along, "ning24"]
        middle = len(found.x) // 2
        assert_allclose(found.solved_mixing[middle], 1e15 / (1 + 1 / (1.6221 - 1.2330j)), rtol=1e-4)
        assert_allclose(found.solved_orbital[middle] * 1e-15, 0.344 - 0.073j, rtol=0, atol=6e-4)
        assert_allclose(found.printed[middle] * 1e-15, 0.811 - 0.616j, rtol=0, atol=6e-4)
        inside = results["bulk", along, "ning24"]
        assert_allclose(inside.solved_orbital[middle] * 1e-15, 0.192 + 0.080j, rtol=0, atol=6e-4)
        assert_allclose(inside.printed[middle] * 1e-15, 0.5, rtol=1e-15)


def test_fig4_read_off_the_solver_is_the_closed_form(example):
    """Conductances of the wrong side, or with the orbital backflow counted as spin's."""
    _, results = example("ning24_fig4")
    for found in results.values():
        assert_allclose(found.solved_mixing, found.mixing, rtol=1e-10)
        assert_allclose(found.solved_orbital, found.orbital, rtol=1e-10)


# spin valve


def test_spin_valve_collinear_is_valet_fert(example):
    """Parallel and antiparallel exchanged, memory loss dropped, contacts that add a resistance."""
    _, (collinear, _) = example("spin_valve")
    assert_allclose(collinear.solved, collinear.exact, rtol=1e-13)
    assert np.all(collinear.solved[:, 1] > collinear.solved[:, 0])


def test_spin_valve_magnetoresistance_is_fert_jaffres(example):
    """The formula of the docstring, independent of the one above: thick F, no memory loss."""
    module, (collinear, _) = example("spin_valve")
    ferromagnet, normal, joint = module.closed_form_parts()
    normal = valet_fert.ValveLayer(collinear.spacer, normal.conductivity, normal.spin_diffusion_length)
    exact = valet_fert.thick_valve_magnetoresistance(ferromagnet, normal, interface=joint)
    solved = collinear.solved[0, 1] - collinear.solved[0, 0]
    # F is 11 lengths thick: e^-22; the difference of two resistances costs digits where d_N >> lambda
    assert_allclose(solved, exact, rtol=1e-8, atol=1e-12 * np.max(exact))


def test_spin_valve_noncollinear_is_circuit_theory(example):
    """R(theta) and torque for d_N -> 0; the smallest spacer is 1e-15 m, so they agree to about 1e-7."""
    _, (_, angular) = example("spin_valve")
    assert_allclose(angular.rise[0], angular.exact_rise, rtol=0, atol=1e-7 * np.max(angular.exact_rise))
    assert_allclose(angular.torque[0], angular.exact_torque, rtol=0, atol=1e-7)


def test_spin_valve_torque_has_slonczewskis_sign(example):
    """J along +z: electrons leave the upper magnet, which then turns away from the lower one."""
    _, (_, angular) = example("spin_valve")
    assert np.all(angular.torque[:, 1:-1].real < 0)


# spin Hall magnetoresistance


def test_smr_is_chen(example):
    """Longitudinal, planar and anomalous Hall, in every plane; a wrong inverse-Hall sign reverses all three."""
    module, (turning, thickness) = example("smr")
    assert_allclose(turning.current, turning.exact, rtol=0, atol=1e-14)
    assert_allclose(thickness.ratios, thickness.exact, rtol=0, atol=1e-14)
    exact = 1 / (module.CONDUCTIVITY * module.THICKNESS * turning.exact[..., 0])
    assert_allclose(turning.resistance, exact, rtol=1e-13)


def test_smr_has_the_symmetry_of_experiment(example):
    """Resistance is lowest for m along y and the same along x and z; ordinary anisotropy would part x from z."""
    _, (turning, _) = example("smr")
    xy, zy, zx = turning.resistance
    assert_allclose(zx, zx[0], rtol=1e-13)
    assert_allclose(xy, zy, rtol=1e-13)
    assert np.argmin(xy) in (18, 54)  # 90 and 270 degrees of 73 points


# pumping


def test_pumping_is_the_closed_form(example):
    """Damping with backflow, time-averaged spin current, inverse spin Hall current with its sign."""
    _, (pumped, _) = example("spin_pumping")
    for name in ("damping", "spin", "charge"):
        assert_allclose(getattr(pumped, name), getattr(pumped, f"exact_{name}"), rtol=1e-12)


def test_pumped_charge_and_torque_are_onsager_partners(example):
    """A pumping source that is not the transpose of the torque, at general m with orbital conversion."""
    _, (_, pair) = example("spin_pumping")
    assert_allclose(pair.pumped, pair.torque, rtol=0, atol=1e-12 * np.max(np.abs(pair.torque)))


# the demo


def test_trilayer_budget_closes(example):
    """A channel or an interface torque left out of the balance."""
    _, results = example("orbital_trilayer")
    assert max(layer["budget"]["residual"] for layer in results.single["layers"]) < 1e-13


def test_trilayer_has_no_torque_without_conversion(example):
    """Ti has no spin Hall effect: every bit of torque comes through P_os and G_os."""
    _, results = example("orbital_trilayer")
    largest = max(np.max(np.abs(torque)) for torque in results.torque.values())
    for torque in results.without.values():
        assert np.max(np.abs(torque)) < 1e-13 * largest


def test_trilayer_by_finite_elements(example):
    """Two routes, one answer: the default mesh resolves the shortest length to better than 1e-5."""
    module, results = example("orbital_trilayer")
    exact, fem = module.torques_of(results.single), module.torques_of(results.fem)
    assert_allclose(fem, exact, rtol=0, atol=1e-5 * np.max(np.abs(exact)))


def test_trilayer_sweep_passes_through_the_single_solve(example):
    """The batch and the single stack differ."""
    _, results = example("orbital_trilayer")
    at = np.argmin(np.abs(results.thickness - 4e-9))
    single = [layer["torque"]["efficiency_E"] for layer in results.single["layers"] if layer["torque"]]
    assert_allclose([torque[at] for torque in results.torque.values()], single, rtol=1e-11)


# pictures and TOML files


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith(ELSEWHERE)])
def test_main_writes_pictures_and_prints(example, *, name, tmp_path, capsys):
    """A figure that cannot be drawn, a font or a warning that stops it, a directory that is not made."""
    module, _ = example(name)
    module.main(str(tmp_path / "new" / "deep"))
    pictures = list((tmp_path / "new" / "deep").glob("*.png"))
    assert pictures
    assert all(path.read_bytes().startswith(b"\x89PNG") and path.stat().st_size > 20_000 for path in pictures)
    assert len(capsys.readouterr().out.splitlines()) >= len(pictures) + 3


def _twin(module, name):
    """The stack that an example's TOML file describes, as its Python file has it."""
    if name == "ning24_fig2":
        return module.bilayer("OHE")
    if name == "spin_valve":
        upper = {"layers.top.magnetization": [np.cos(np.pi / 3), np.sin(np.pi / 3), 0.0]}
        return module.fs.with_values(module.valve(), upper)
    return module.stack()


@pytest.mark.parametrize("name", ["ning24_fig2", "spin_valve", "smr", "orbital_trilayer"])
def test_toml_is_the_python_stack(example, name):
    """A number, unit or interface side that differs between the two files of one example."""
    module, _ = example(name)
    read, built = fs.read(EXAMPLES / f"{name}.toml"), _twin(module, name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fs.PhysicsWarning)  # ning24_fig2.toml asks for closure "ning24"
        one, other = fs.solve(read), fs.solve(built, closure=read.closure)
    assert read.title == built.title
    for mine, theirs in zip(one.fields.layers, other.fields.layers, strict=True):
        assert (mine is None) == (theirs is None)
        if mine is not None:
            for values, wanted in ((mine.mu, theirs.mu), (mine.J, theirs.J)):
                assert_allclose(values, wanted, rtol=0, atol=1e-12 * np.max(np.abs(wanted)))
    sheets = [[solution.sheet_current(name) for name in solution.parts] for solution in (one, other)]
    assert_allclose(*sheets, rtol=1e-12, atol=1e-12 * np.max(np.abs(sheets)))


def test_toml_sweep_of_the_demo_is_the_python_one(example):
    """`make demo` draws another curve than the example."""
    module, _ = example("orbital_trilayer")
    sweep = read_job(EXAMPLES / "orbital_trilayer.toml").sweep
    assert sweep.names == ("layers.Ni.thickness",)
    assert_allclose(sweep.values["layers.Ni.thickness"], module.SWEPT, rtol=1e-12)
