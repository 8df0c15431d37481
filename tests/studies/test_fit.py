"""`femsot fit`: parameters recovered, what the data do not tell said in words, bad input refused."""

import json

import numpy as np
import pytest
from numpy.testing import assert_allclose
from repository import EXAMPLES
from typer.testing import CliRunner

from femsot.base.errors import InputError
from femsot.cli import app
from femsot.io.config import read, read_fit
from femsot.results.quantities import quantity
from femsot.studies.fit import fit_parameters
from femsot.studies.solve import solve_many

pytestmark = pytest.mark.filterwarnings("ignore::femsot.PhysicsWarning")
TEXT = (EXAMPLES / "fit_thickness.toml").read_text()
LENGTH = '"materials.Pt.spin_diffusion_length" = { from = "0.5 nm", to = "5 nm" }'
MIXING = '"interfaces.Pt|Co.mixing.real" = { from = "1e13 S/m^2", to = "1e16 S/m^2", scale = "log" }'
TRUTH = (1.8e-9, 3.2e5)
t = np.arange(1, 13) * 1e-9


def written(folder, *, noise=0.0, error=0.02, text=TEXT, data=None):
    """The example's file with its model's own numbers, and noise of so many errors."""
    model = solve_many(read(EXAMPLES / "fit_thickness.toml"), {"layers.Pt.thickness": t})
    exact = quantity(model, "torque.Co.efficiency_E[0]").values
    errors = error * np.abs(exact)
    xi = exact + noise * errors * np.random.default_rng(1).standard_normal(len(t))
    rows = "".join(
        f"{1e9 * a!r},{b!r},{c!r}\n" for a, b, c in zip(t.tolist(), xi.tolist(), errors.tolist(), strict=True)
    )
    (folder / "fit_thickness.csv").write_text(data or "t [nm],xi [S/m],xi error [S/m]\n" + rows)
    (folder / "fit.toml").write_text(text)
    return folder / "fit.toml"


def test_exact_data_give_the_parameters_back(tmp_path):
    """A wrong unit, a Jacobian of another parameter, a start that is never left."""
    result = fit_parameters(read_fit(written(tmp_path)))
    assert_allclose(result.values, TRUTH, rtol=1e-8)
    assert result.undetermined == []


def test_intervals_of_profile_and_curvature_agree_where_the_problem_is_nearly_linear(tmp_path):
    """An interval of 2 sigma, or one with the other parameter held."""
    result = fit_parameters(read_fit(written(tmp_path)))
    assert_allclose(np.ptp(result.intervals, axis=1) / 2, result.errors, rtol=0.05)


def test_what_only_a_product_determines_is_said(tmp_path):
    """One thickness series cannot tell spin Hall effect and mixing conductance apart at errors of 10 %."""
    text = TEXT.replace(LENGTH, MIXING)
    result = fit_parameters(read_fit(written(tmp_path, text=text, error=0.1)))
    assert any("mixing.real" in x and "spin_hall_conductivity" in x for x in result.undetermined)
    assert result.correlations[0, 1] < -0.99


def test_a_fixed_parameter_stays(tmp_path):
    """A fixed value that is fitted, or dropped."""
    text = TEXT.replace(LENGTH, '"materials.Pt.spin_diffusion_length" = { value = "1.8 nm" }')
    result = fit_parameters(read_fit(written(tmp_path, text=text)))
    assert_allclose(result.values, TRUTH[1:], rtol=1e-8)


def test_the_command_writes_numbers_and_picture(tmp_path):
    """A file left out, nan in JSON."""
    done = CliRunner().invoke(app, ["fit", str(written(tmp_path, noise=1.0)), "-o", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    record = json.loads((tmp_path / "out" / "fit.json").read_text())
    assert record["parameters"]["materials.Pt.spin_diffusion_length"]["value"] == pytest.approx(1.8e-9, rel=0.2)
    assert (tmp_path / "out" / "fit.png").stat().st_size > 10_000


@pytest.mark.parametrize(
    "old, new, match",
    [
        ('column = "t"', 'column = "tt"', "column: no such column, known: t, xi, xi error"),
        ("efficiency_E[0]", "eficiency_E[0]", "Did you mean 'torque.Co.efficiency_E"),
        ('to = "5 nm"', 'to = "5 S/m"', "spin_diffusion_length.to"),
        ('from = "0.5 nm"', 'from = "7 nm"', "from < to"),
        ("Pt.spin_diffusion_length", "Pt.spin_difusion_length", "Did you mean 'spin_diffusion_length'"),
        ('to = "5 nm"', 'to = "5 nm", expr = "k"', "expr: unknown key"),
    ],
)
def test_bad_files_are_refused(tmp_path, old, new, match):  # noqa: PLR0917
    """A word that is passed over."""
    head, fit = TEXT.split("[fit.parameters]")
    with pytest.raises(InputError, match=match.replace("[", r"\[")):
        read_fit(written(tmp_path, text=f"{head}[fit.parameters]{fit.replace(old, new)}"))


@pytest.mark.parametrize(
    "data, match",
    [
        ("t [nm],xi [S/m],xi error [S/m]\n1,2,3\n2,x,3\n", "line 3, column 'xi': got 'x'"),
        ("t [nm],xi [S/m],xi error [S/m]\n1,2\n", "line 2: has 2 columns"),
        ("t [nm],xi [S/m],xi error [S/m]\n1,2,0\n", "standard deviations > 0"),
    ],
)
def test_bad_data_are_refused_with_line_and_column(tmp_path, data, match):
    """A cell that becomes nan."""
    with pytest.raises(InputError, match=match):
        read_fit(written(tmp_path, data=data))
