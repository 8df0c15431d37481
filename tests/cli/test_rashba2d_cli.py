"""`femsot rashba2d`: its file, its json, csv and picture, its exit codes and messages."""

import csv
import json

import numpy as np
import pytest
from numpy.testing import assert_allclose
from repository import EXAMPLES
from typer.testing import CliRunner

from femsot.cli import app
from femsot.io.config import read_rashba2d
from femsot.plot.rashba2d import figure, record
from femsot.scattering.rashba2d import response

MODEL = """
[model]
magnetization = [0.6, 0, 0.8]
effective_mass = 0.8
rashba = "17 meV nm"
exchange = "4.8 meV"
fermi_energy = "10 meV"
impurity_density = "5e14 1/m^2"
renormalised_strength = "43 meV nm^2"
"""
SWEEP = '[sweep]\nfermi_energy = { from = "3 meV", to = "20 meV", points = 5 }\n'


def run(tmp_path, text, *options):
    file = tmp_path / "gas.toml"
    file.write_text(text)
    return CliRunner().invoke(app, ["rashba2d", str(file), "-o", str(tmp_path / "out"), *options])


def test_one_point(tmp_path):
    """A number of the wrong unit or component in the record, or printed without its unit."""
    said = run(tmp_path, 'title = "one"\n' + MODEL)
    assert said.exit_code == 0
    made = json.loads((tmp_path / "out" / "rashba2d.json").read_text())
    job = read_rashba2d(tmp_path / "gas.toml")
    found = response(job.gas)
    assert job.gas.rashba == pytest.approx(1.7e-11)
    assert job.gas.renormalised_strength == pytest.approx(43e-21)
    for name in ("spin_per_current", "torque_field", "conductivity", "error", "broadening", "converged"):
        assert_allclose(made[name], getattr(found, name), rtol=1e-12)
    assert_allclose(made["spin_response"], found.spin, rtol=1e-12)
    assert_allclose(made["charge_to_spin"], found.charge_to_spin(), rtol=1e-12)
    assert_allclose(made["self_energy"], np.stack([found.self_energy.real, found.self_energy.imag], -1), rtol=1e-12)
    assert made["model"]["rashba"] == job.gas.rashba and "strength" not in made["model"]
    assert made["sweep"] is None and made["title"] == "one" and made["warnings"] == []
    for word in ("one", "K_xy", "1/(V m)", "tau_2o", "torque/E_xx", "S/m", "converged"):
        assert word in said.output


def test_a_sweep_in_csv_is_that_of_json(tmp_path):
    """Rows and columns exchanged, or a header that names another column."""
    said = run(tmp_path, MODEL + SWEEP, "--json")
    made = json.loads(said.stdout)
    assert made == json.loads((tmp_path / "out" / "rashba2d.json").read_text())
    rows = list(csv.DictReader((tmp_path / "out" / "rashba2d.csv").read_text().splitlines()))
    assert_allclose([float(row["fermi_energy [eV]"]) for row in rows], np.linspace(3e-3, 20e-3, 5), rtol=1e-12)
    for name, key, index in (
        ("K_zy [1/(V m)]", "spin_response", (2, 1)),
        ("sigma_yx [S]", "conductivity", (1, 0)),
        ("torque/E_zx [S/m]", "torque_field", (2, 0)),
        ("K_J_xy [1/(A m)]", "spin_per_current", (0, 1)),
    ):
        wanted = np.array(made[key])[(slice(None), *index)]
        assert_allclose([float(row[name]) for row in rows], wanted, rtol=1e-12)
    assert_allclose([float(row["tau_2e [1/(A m)]"]) for row in rows], made["torque_efficiencies"]["tau_2e"], rtol=1e-12)
    assert not (tmp_path / "out" / "rashba2d.png").exists()


def test_a_swept_angle_keeps_the_azimuth(tmp_path):
    """Degrees read as radians, or m that is turned back into the plane xz; undefined numbers are null and empty."""
    text = MODEL.replace("[0.6, 0, 0.8]", "[1, 1, 1]") + '[sweep]\npolar = { values = ["0 deg", "30 deg", "90 deg"] }\n'
    assert run(tmp_path, text + "[output]\nplot = true\n").exit_code == 0
    job = read_rashba2d(tmp_path / "gas.toml")
    s = np.sin(np.pi / 6) / np.sqrt(2)
    r = 1 / np.sqrt(2)
    assert_allclose(job.gas.m, [[0, 0, 1], [s, s, np.cos(np.pi / 6)], [r, r, 0]], rtol=0, atol=1e-12)
    made = json.loads((tmp_path / "out" / "rashba2d.json").read_text())
    defined = [[x is not None for x in made["torque_efficiencies"][name]] for name in ("tau_1o", "tau_2o")]
    assert defined == [[True, True, False], [False, True, False]]
    last = list(csv.DictReader((tmp_path / "out" / "rashba2d.csv").read_text().splitlines()))[-1]
    assert last["tau_1o [1/(A m)]"] == ""
    assert (tmp_path / "out" / "rashba2d.png").read_bytes().startswith(b"\x89PNG")


def test_every_field_of_the_model_can_be_swept(tmp_path):
    """A batch that one of the fields does not take."""
    bare = MODEL.replace('renormalised_strength = "43 meV nm^2"', 'strength = "60 meV nm^2"\ncutoff = "3 eV"')
    fields = {
        "effective_mass": "[0.5, 1.0]",
        "rashba": '["10 meV nm", "20 meV nm"]',
        "exchange": '["2 meV", "-3 meV"]',
        "impurity_density": '["1e14 1/m^2", "2e14 1/m^2"]',
        "strength": '["1 meV nm^2", "inf meV nm^2"]',
        "cutoff": '["1 eV", "10 eV"]',
    }
    for name, values in fields.items():
        said = run(tmp_path, bare + f"[sweep]\n{name} = {{ values = {values} }}\n", "--json")
        assert said.exit_code == 0, said.output
        k = np.array(json.loads(said.stdout)["spin_response"])
        assert k.shape == (2, 3, 2) and not np.allclose(k[0], k[1])


def test_the_figure_shows_every_curve(tmp_path):
    """A panel without axis labels or unit, or a tensor that is not drawn."""
    (tmp_path / "gas.toml").write_text(MODEL + SWEEP)
    job = read_rashba2d(tmp_path / "gas.toml")
    drawn = figure(record(job, response(job.gas)))
    assert [len(ax.get_legend().get_texts()) for ax in drawn.axes] == [2, 3, 2, 2, 3, 2]
    assert all("[" in ax.get_ylabel() for ax in drawn.axes)
    assert [ax.get_xlabel() for ax in drawn.axes[3:]] == ["fermi energy [meV]"] * 3
    assert_allclose(drawn.axes[0].lines[0].get_xdata(), [3, 7.25, 11.5, 15.75, 20], rtol=1e-12)


STRENGTH = 'renormalised_strength = "43 meV nm^2"'
BAD = [
    ("[0.6, 0, 0.8]", "[0, 0, 0]", "femsot: model.magnetization: got [0, 0, 0], allowed: a vector with a direction"),
    ('"10 meV"', '"-10 meV"', "femsot: model.fermi_energy: got '-10 meV', allowed: above the band bottom"),
    ('"3 meV"', '"-10 meV"', "femsot: sweep.fermi_energy: got -0.01 eV, allowed: above the band bottom"),
    (
        '"5e14 1/m^2"',
        '"-5e14 1/m^2"',
        "femsot: model.impurity_density: got '-5e14 1/m^2', allowed: a finite number > 0",
    ),
    (STRENGTH, "", "femsot: model.strength: missing, allowed: strength with cutoff, or renormalised_strength"),
    (STRENGTH, 'renormalised_strength = "0 eV m^2"', "femsot: model.renormalised_strength: got '0 eV m^2'"),
    (STRENGTH, STRENGTH + '\nstrength = "1 eV m^2"', "femsot: model.renormalised_strength: given beside strength"),
    (STRENGTH, STRENGTH + '\ncutoff = "1 eV"', "femsot: model.cutoff: given without strength"),
    (STRENGTH, 'strength = "1 eV m^2"', "femsot: model.cutoff: missing, required with strength"),
    ('"17 meV nm"', "17", "femsot: model.rashba: got 17, allowed: a number with a unit that converts to eV m"),
    ("effective_mass", "efective_mass", "femsot: model.efective_mass: unknown key"),
    ("[model]", "[modell]", "femsot: modell: unknown key, known: model, output, sweep, title. Did you mean 'model'?"),
    ("fermi_energy = {", "fermi_enrgy = {", "femsot: sweep.fermi_enrgy: no field that can be swept"),
    ("points = 5", "points = 1", "femsot: sweep.fermi_energy.points: got 1, allowed: a whole number >= 2"),
    (", points = 5", "", "femsot: sweep.fermi_energy.points: missing, required with from, to, points"),
    (
        "points = 5",
        'points = 5, values = ["1 meV"]',
        "femsot: sweep.fermi_energy: both given, allowed: from, to, points",
    ),
    ("[sweep]", '[sweep]\npolar = { values = ["1 deg"] }', "femsot: sweep: got 2 fields, allowed: one of"),
    (SWEEP, "[output]\nplot = true\n", "femsot: output.plot: got true without a [sweep]"),
    (SWEEP, "[output]\nplt = true\n", "femsot: output.plt: unknown key"),
    (SWEEP, "[[layers]]\n", "femsot: layers: unknown key"),
    (MODEL, "title = 3\n" + MODEL, "femsot: title: got 3, allowed: a text in quotes"),
]


@pytest.mark.parametrize(("old", "new", "message"), BAD)
def test_bad_files_are_refused(tmp_path, *, old, new, message):
    """A traceback, another exit code, a message without the user's words, or a file that is written all the same."""
    said = run(tmp_path, (MODEL + SWEEP).replace(old, new))
    assert said.exit_code == 2
    assert message in said.output
    assert not (tmp_path / "out").exists()


def test_every_fault_is_told_at_once(tmp_path):
    """One fault at a time."""
    text = (MODEL + SWEEP).replace('"5e14 1/m^2"', '"-1 1/m^2"').replace("= 0.8", '= "x"').replace("points", "pionts")
    faults = run(tmp_path, text).output.splitlines()
    assert [fault.split(": ")[1] for fault in faults] == [
        "model.effective_mass",
        "model.impurity_density",
        "sweep.fermi_energy.pionts",
    ]


def test_a_missing_file_is_told(tmp_path):
    """A traceback for a name mistyped."""
    said = CliRunner().invoke(app, ["rashba2d", str(tmp_path / "none.toml")])
    assert said.exit_code == 2 and "no such file" in said.output


@pytest.mark.parametrize("name", ["veneri22_fig3", "veneri22_fig4"])
def test_the_examples_are_good_files(tmp_path, name):
    """An example that its own command refuses, or that does not converge."""
    said = CliRunner().invoke(app, ["rashba2d", str(EXAMPLES / f"{name}.toml"), "-o", str(tmp_path), "--json"])
    assert said.exit_code == 0
    assert np.all(json.loads(said.stdout)["converged"])
    assert (tmp_path / "rashba2d.png").stat().st_size > 20_000


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"43 meV nm^2"', '"1e-280 meV nm^2"'),
        ('"5e14 1/m^2"', '"1e-300 1/m^2"'),
        ("effective_mass = 0.8", "effective_mass = 1e300"),
    ],
)
def test_a_response_that_overflows_is_refused(tmp_path, *, old, new):
    """A traceback after files of nan are written."""
    said = run(tmp_path, MODEL.replace(old, new))
    assert said.exit_code == 2
    assert "model: no finite response" in said.output
    assert not (tmp_path / "out").exists()
