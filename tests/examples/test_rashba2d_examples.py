"""The examples of Veneri22: what docs/rashba2d.md says of Figs. 3 and 4 is what they draw and print."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from repository import EXAMPLES

from femsot.io.config import read_rashba2d

REDUCED = {"veneri22_fig3": {"points": 40}, "veneri22_fig4": {"points": 24}}


def test_every_example_is_tested_here():
    """An example that is added without a test."""
    assert {path.stem for path in EXAMPLES.glob("veneri22_*.py")} == set(REDUCED)
    assert {path.stem for path in EXAMPLES.glob("veneri22_*.toml")} == set(REDUCED)


def test_fig3_is_the_closed_form(example):
    """The example's parameters or entries exchanged."""
    _, found = example("veneri22_fig3")
    assert_allclose(found.out_of_plane.spin, found.exact, rtol=0, atol=1e-12 * np.max(np.abs(found.exact)))


def test_fig3_seven_percent_are_at_fixed_field(example):
    """At fixed field 7% in the gap, 2.3% at its edge, 0.8% at 10 meV; at fixed current none in it, at most 0.5%."""
    module, found = example("veneri22_fig3")
    field, current = (-1e2 * f(found.out_of_plane, "x", "x") for f in (module.at_fixed_field, module.at_fixed_current))
    inside = found.energy < module.GAP
    assert field[inside].min() > 6.7 and field[inside].max() < 6.95
    assert_allclose(field[~inside][0], 2.3, atol=0.05)
    assert_allclose(np.interp(10e-3, found.energy, field), 0.82, atol=0.02)
    assert np.all(np.diff(field[~inside]) < 0)
    assert np.max(np.abs(current[inside])) < 1e-11
    assert_allclose(current.max(), 0.51, atol=0.01)


def test_fig3_tilted_and_unitary(example):
    """K_zy/K_xy up to 1.9% at 45 degrees; unitary scatterers by their cut-off."""
    module, found = example("veneri22_fig3")
    assert_allclose(1e2 * np.abs(module.at_fixed_field(found.tilted, "z", "y")).max(), 1.9, atol=0.06)
    ratio = -1e2 * module.at_fixed_field(found.unitary, "x", "x")
    at = np.interp(np.log([0.1, 1, 10, 1e2, 1e3, 1e4]), np.log(found.cutoff), ratio)
    assert_allclose(at, [28, 17.5, 12.6, 9.8, 8.0, 6.8], rtol=0.02)


def test_fig4_jumps_where_the_gap_closes(example):
    """theta_c = 0.2377 pi; tau_1o falls by 7% there, and nothing jumps above the gap."""
    module, found = example("veneri22_fig4")
    assert_allclose(module.critical_angle(4.5e-3) / np.pi, 0.2377, atol=5e-5)
    inside, above = found.values()
    at = int(np.argmin(np.diff(inside.theta)))
    before, after = inside.whole["tau_1o"][at : at + 2]
    assert_allclose(after / before, 0.935, atol=0.006)
    assert np.max(np.abs(np.diff(above.whole["tau_1o"]))) < 0.02 * above.whole["tau_1o"][0]


def test_fig4_growth_towards_the_plane(example):
    """Damping-like x 11.3 with the whole tensor, 2.4 with its diagonal, field-like x 1.08; equal only in the plane."""
    _, found = example("veneri22_fig4")
    above = found["above the gap"]
    growth = [
        values[key][-1] / values[key][0] for values in (above.whole, above.diagonal) for key in ("tau_1e", "tau_1o")
    ]
    assert_allclose(growth, [11.3, 1.084, 2.37, 1.084], rtol=5e-3)
    for values in (above.whole, above.diagonal):
        assert_allclose(values["tau_2e"][-1], -values["tau_1e"][-1], rtol=1e-3)
    inside = found["in the gap"]
    gap = inside.theta < 0.237 * np.pi
    assert np.max(np.abs(inside.diagonal["tau_2e"] / inside.diagonal["tau_1e"] + 1)[gap]) < 0.1
    assert abs(inside.whole["tau_1e"][0]) < 1e-3 * abs(inside.diagonal["tau_1e"][0])


@pytest.mark.parametrize("name", REDUCED)
def test_main_writes_a_picture_and_prints(example, *, name, tmp_path, capsys):
    """A figure that cannot be drawn, a font or a warning that stops it, a directory that is not made."""
    module, _ = example(name)
    module.main(str(tmp_path / "new"))
    assert (tmp_path / "new" / f"{name}.png").stat().st_size > 20_000
    assert len(capsys.readouterr().out.splitlines()) >= 4


@pytest.mark.parametrize(
    ("name", "arguments"), [("veneri22_fig3", (10e-3,)), ("veneri22_fig4", (5.5e-3, np.zeros(())))]
)
def test_toml_is_the_python_gas(example, *, name, arguments):
    """A number or unit that differs between the two files of one example."""
    module, _ = example(name)
    read, built = read_rashba2d(EXAMPLES / f"{name}.toml").gas, module.gas(*arguments)
    for field in ("effective_mass", "rashba", "exchange", "impurity_density", "renormalised_strength"):
        assert_allclose(getattr(read, field), getattr(built, field), rtol=1e-12)
    assert np.ravel(read.fermi_energy)[0] == (1e-3 if name == "veneri22_fig3" else built.fermi_energy)
