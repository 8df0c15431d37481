"""The warning of layers thinner than their mean free path: which, when, how often, and that it costs nothing."""

import json
import timeit
import warnings
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.constants import e, h
from typer.testing import CliRunner

import femsot as fs
from femsot.cli import app
from femsot.model.validity import mean_free_path, thin_layers
from femsot.scattering import Hamiltonian, tensors

PT = fs.NormalMetal(name="Pt", conductivity=4.3889e6, spin_diffusion_length=2.5e-9, spin_hall_angle=0.1)
CO = fs.Ferromagnet(name="Co", conductivity=2.3424e7, spin_diffusion_length=59e-9, exchange_length=1e-9)
INTERFACE = {"fermi_wavevector": 8e9, "barrier": 0.4, "exchange": 0.3, "correction": "bare"}


def stack(pt=6e-9, co=5e-9, field=(1e5, 0.0, 0.0), **changes):
    return fs.Stack((fs.Layer("N", PT, pt), fs.Layer("F", CO, co, (0, 0, 1))), electric_field=field, **changes)


def test_mean_free_path_of_a_conductivity():
    """A factor of spin, 2 or pi: docs/misprints.md, Amin16 D gives 2.0854 and 11.13 nm at kF = 16 1/nm."""
    assert_allclose(mean_free_path(np.array([4.3889e6, 2.3424e7])), [2.0854e-9, 11.13e-9], rtol=1e-3)
    assert_allclose(e**2 / h * 2 * (9e9) ** 2 / (3 * np.pi) * mean_free_path(1e7, 9e9), 1e7, rtol=1e-12)


def test_every_solve_warns_of_a_thin_layer_once():
    """The wrong layer, a length in another unit, or silence: Co of 5 nm against 11.1 nm."""
    message = r"^layers\.F: is thinner than its mean free path: 5 nm against 11\.1 nm .*kF = 16 1/nm assumed"
    for method in ("exact", "fem"):
        with pytest.warns(fs.PhysicsWarning, match=message) as caught:
            solution = fs.solve(stack(), method=method)
        assert len(caught) == len(solution.report.warnings) == 1


@pytest.mark.parametrize("quiet", [stack(co=12e-9), stack(field=(0.0, 0.0, 0.0))], ids=["thick", "no field"])
def test_no_warning_without_cause(quiet):
    """Thick layers, and layers that no in-plane field drives, are no matter of mean free paths."""
    assert thin_layers(quiet) == []


def test_insulators_and_every_field_direction():
    """An insulator asked for its conductivity, or a field along y that counts as none."""
    yig = fs.Insulator(name="YIG", saturation_magnetization=1.4e5)
    made = fs.Stack((fs.Layer("YIG", yig, 1e-9, (0, 0, 1)), fs.Layer("N", PT, 1e-9)), electric_field=(0, 10.0, 0))
    assert [caution.path for caution in thin_layers(made)] == ["layers.N"]


def test_the_wave_vector_is_the_interfaces_own():
    """kF of another interface, or of none: 8 1/nm makes all paths four times longer, of ready tensors as well."""
    law = fs.Scattering(**INTERFACE)
    ready = fs.Scattering.from_tensors(tensors(Hamiltonian(magnetization=(0, 0, 1), ferromagnet="above", **INTERFACE)))
    for given in (law, ready):
        found = thin_layers(stack(interfaces={"N|F": given}))
        assert len(found) == 2 and all("kF = 8 1/nm of N|F" in caution.problem for caution in found)
        assert "6 nm against 8.34 nm" in found[0].problem and "5 nm against 44.5 nm" in found[1].problem
    assert "kF = 12 1/nm of the stack" in thin_layers(replace(stack(), fermi_wavevector=12e9))[0].problem


def test_a_batch_says_for_how_many_points():
    """One line for each point, or the first point's lengths instead of the worst's."""
    d, field = np.array([[2.0, 20.0, 5.0]]) * 1e-9, np.zeros((2, 1, 3))
    field[1, 0, 0] = 1e5
    with pytest.warns(fs.PhysicsWarning, match=r"at 2 of 6 points, at worst 2 nm against 11\.1 nm") as caught:
        fs.solve_many(stack(), {"layers.F.thickness": d, "drive.electric_field": field})
    assert len(caught) == 1
    sigma = {"materials.Co.conductivity": np.array([1e6, 4e7])}
    assert "at 1 of 2 points, at worst 5 nm against 19" in thin_layers(stack(), sigma)[0].problem


def written(tmp_path, more=""):
    text = """
[materials.Pt]
kind = "normal"
conductivity = "4.3889e6 S/m"
spin_diffusion_length = "2.5 nm"
[[layers]]
name = "N"
material = "Pt"
thickness = "1 nm"
[drive]
electric_field = ["1e5 V/m", "0 V/m", "0 V/m"]
"""
    path = tmp_path / "thin.toml"
    path.write_text(text + more)
    return path


def test_check_says_it(tmp_path):
    """`femsot check` that calls a stack fine of which every solve warns."""
    result = CliRunner().invoke(app, ["check", str(written(tmp_path)), "--json"])
    found = json.loads(result.output)["warnings"]
    assert result.exit_code == 0 and len(found) == 1 and found[0].startswith("layers.N: is thinner")


def test_a_sweep_says_it_once(tmp_path):
    """A line for each part, or for the file's own thickness alone, which here is not among the points."""
    more = '[sweep]\n"layers.N.thickness" = { values = ["1.5 nm", "1.8 nm", "4 nm"] }\n'
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = CliRunner().invoke(app, ["sweep", str(written(tmp_path, more)), "--output", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    found = json.loads((tmp_path / "out" / "sweep.json").read_text())["warnings"]
    assert len(found) == 1 and "at 2 of 3 points, at worst 1.5 nm against 2.09 nm" in found[0]


def test_it_costs_nothing():
    """A warning that a loop over stacks would feel: a small part of what the solution takes, in the same run."""
    thick = stack(co=12e-9)
    warning = min(timeit.repeat(lambda: thin_layers(thick), number=50, repeat=20)) / 50
    solution = min(timeit.repeat(lambda: fs.solve(thick), number=3, repeat=20)) / 3
    assert warning < 0.1 * solution
