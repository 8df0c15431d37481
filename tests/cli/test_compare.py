"""`femsot compare`: the same numbers as `fs.solve`, deviations from the last method, clear refusals."""

import json

import numpy as np
import pytest
from numpy.testing import assert_allclose
from repository import EXAMPLES
from typer.testing import CliRunner

import femsot as fs
from femsot.cli import app
from femsot.io.config import read
from femsot.plot.compare import compare_table, comparison
from femsot.studies.warnings import stack_warnings

FILE = EXAMPLES / "boltzmann_pt_co.toml"
runner = CliRunner()


@pytest.fixture(scope="module")
def record():
    done = runner.invoke(app, ["compare", str(FILE), "--methods", "exact,boltzmann", "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.mark.filterwarnings("ignore::femsot.PhysicsWarning")
def test_numbers_are_those_of_the_methods(record):
    """Columns exchanged, a row of another quantity, a deviation from the wrong method."""
    rows = {(row["where"], row["quantity"]): row for row in record["rows"]}
    solved = {name: fs.solve(read(FILE), method=name) for name in ("exact", "boltzmann")}
    expected = {
        ("Co", "received torque DL"): lambda s: s.torque("Co").split(s.torque("Co").received)[0],
        ("Co", "flux torque FL"): lambda s: s.torque("Co").flux_like[1],
        ("Pt|Co", "torque on the lattice x"): lambda s: s.interface("Pt|Co").torque_lattice[0],
        ("Pt", "sheet current x"): lambda s: s.sheet_current("Pt")[0],
        ("stack", "sheet resistance"): lambda s: s.resistance().sheet,
    }
    for key, get in expected.items():
        values = {name: float(get(solution)) for name, solution in solved.items()}
        assert rows[key]["values"] == pytest.approx(values, rel=1e-9)
        off = values["exact"] / values["boltzmann"] - 1
        assert abs(off) > 1e-3
        assert rows[key]["deviation"] == pytest.approx({"exact": off}, rel=1e-6)
    assert record["reference"] == "boltzmann"
    assert record["reports"]["boltzmann"]["angular_error"] < 1e-5
    assert "angular_error" not in record["reports"]["exact"]
    assert ("stack", "resistance-area product") not in rows  # not defined here


def test_table_shows_every_row_and_how_good_it_is(record):
    """A number, a method or a warning that is not printed."""
    done = runner.invoke(app, ["compare", str(FILE)])
    assert done.exit_code == 0
    text = done.stdout
    for word in ("exact/boltzmann - 1", "received torque DL [GA/m²]", "sheet resistance", "angular error", "warning:"):
        assert word in text
    row = next(row for row in record["rows"] if row["quantity"] == "received torque DL")
    assert f"{row['values']['boltzmann'] * 1e-9:.5g}" in text
    assert f"{row['deviation']['exact']:+.2%}" in text


def test_three_methods_of_a_stack_without_boltzmanns_equation():
    """The last method as reference whatever their number; exact and fem agree; noise is no row."""
    metal = fs.NormalMetal(name="N", conductivity=1e7, spin_diffusion_length=5e-9, spin_hall_angle=0.1)
    magnet = fs.Ferromagnet(name="F", conductivity=1e7, spin_diffusion_length=5e-9, exchange_length=1e-9)
    layers = [fs.Layer("N", metal, 5e-9), fs.Layer("F", magnet, 5e-9, (0, 0, 1))]
    stack = fs.Stack(layers, electric_field=(1e5, 0, 0))
    results = {name: fs.solve(stack, method=name).to_dict() for name in ("fem", "exact")}
    rows = comparison(results | {"again": results["exact"]})
    assert {row["quantity"] for row in rows} >= {"received torque DL", "flux torque FL", "sheet current x"}
    assert not any(row["where"] == "N|F" for row in rows)  # transparent: no torque
    for row in rows:
        assert list(row["deviation"]) == ["fem", "exact"]
        assert row["deviation"]["exact"] == 0
        assert_allclose(row["deviation"]["fem"], 0, atol=1e-4)
    assert compare_table(results).row_count == len(comparison(results))


def test_vectors_where_no_reference_direction_is_defined():
    """nan rows of damping-like and field-like parts in a stack that contacts drive."""
    magnet = fs.Ferromagnet(
        name="F", conductivity=1e7, spin_diffusion_length=5e-9, polarization=0.5, exchange_length=1e-9
    )
    metal = fs.NormalMetal(name="N", conductivity=1e7, spin_diffusion_length=50e-9)
    layers = [
        fs.Layer("A", magnet, 5e-9, (0, 0, 1)),
        fs.Layer("N", metal, 5e-9),
        fs.Layer("B", magnet, 5e-9, (1, 0, 0)),
    ]
    stack = fs.Stack(layers, bottom=fs.Contact(voltage=0.0), top=fs.Contact(current_density=1e10))
    results = {name: fs.solve(stack, method=name).to_dict() for name in ("exact", "boltzmann")}
    rows = {(row["where"], row["quantity"]): row for row in comparison(results)}
    assert ("B", "flux torque z") in rows
    assert ("stack", "resistance-area product") in rows
    assert not any("DL" in name for _, name in rows)
    assert np.all(np.isfinite([list(row["values"].values()) for row in rows.values()]))


@pytest.mark.parametrize(
    ("methods", "text"),
    [
        ("exact,boltzman", "--methods: got 'boltzman', known: boltzmann, exact, fem. Did you mean 'boltzmann'?"),
        ("exact", "--methods: got 'exact', allowed: two or more different methods, as in exact,boltzmann"),
        ("exact,exact", "allowed: two or more different methods"),
    ],
)
def test_methods_that_are_none(methods, text):
    """A traceback, or one method compared with itself."""
    done = runner.invoke(app, ["compare", str(FILE), "--methods", methods])
    assert done.exit_code == 2
    assert text in done.stderr
    assert "Traceback" not in done.output


def test_files_that_cannot_be_compared(tmp_path):
    """What Boltzmann's equation does not know ends with one message and exit code 2; so does a missing file."""
    text = FILE.read_text().replace(
        'exchange_length = "2.1099 nm"', 'exchange_length = "2.1099 nm"\ndephasing_length = "1 nm"'
    )
    other = tmp_path / "other.toml"
    other.write_text(text)
    done = runner.invoke(app, ["compare", str(other)])
    assert done.exit_code == 2
    assert 'materials.Co.dephasing_length: given with method "boltzmann"' in done.stderr
    assert runner.invoke(app, ["compare", str(tmp_path / "none.toml")]).exit_code == 2


def test_boltzmann_is_not_warned_of_drift_diffusion():
    """Warnings of drift-diffusion, in a run, a check or a sweep, beside an answer that is not drift-diffusion's."""
    stack = read(FILE)
    thin = fs.with_values(stack, {"layers.Co.thickness": 2e-9})
    assert any("mean free path" in caution.problem for caution in stack_warnings(thin, method="exact"))
    assert not any("mean free path" in caution.problem for caution in stack_warnings(thin, method="boltzmann"))
