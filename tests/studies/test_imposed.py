"""Stacks whose in-plane current is given: the field is solved."""

import numpy as np
import pytest

import femsot as fs
from femsot.base.errors import InputError
from femsot.io import config
from femsot.model.record import resolved
from femsot.model.replace import with_values
from femsot.studies.solve import solve_many

PT, CO = fs.material("Pt"), fs.material("Co", anomalous_hall_conductivity=5e4)
LAYERS = (fs.Layer("Pt", PT, 4e-9), fs.Layer("Co", CO, 2e-9, (0.3, 0.4, 0.8)))


@pytest.mark.parametrize("method", ["exact", "fem"])
def test_the_mean_current_density_is_the_given_one(method: str) -> None:
    """Catches a Hall field that is left out: with m out of plane j along x alone needs E along y."""
    solution = fs.solve(fs.Stack(LAYERS, current_density=(1e11, 0.0)), method=method)
    sheet = solution.sheet_current("Pt") + solution.sheet_current("Co")
    assert np.allclose(sheet / 6e-9, [1e11, 0.0], rtol=0, atol=1e11 * 1e-9)
    assert abs(solution.stack.electric_field[1]) > 1e-6 * solution.stack.electric_field[0]


def test_a_single_film_has_ohms_law() -> None:
    """Closed form: without spin-orbit coupling E = j/sigma."""
    film = fs.NormalMetal(name="N", conductivity=2e6, spin_diffusion_length=3e-9)
    solution = fs.solve(fs.Stack((fs.Layer("N", film, 5e-9),), current_density=(1e10, -3e10)))
    assert np.allclose(solution.stack.electric_field, [5e3, -1.5e4, 0.0], rtol=1e-14)
    wire = fs.Stack((fs.Layer("N", film, 5e-9),), current=1e-3, width=5e-6)
    assert np.allclose(fs.solve(wire).stack.electric_field, [1e-3 / (5e-6 * 5e-9 * 2e6), 0.0, 0.0], rtol=1e-14)


def test_a_torque_is_that_of_the_field_that_drives_the_current() -> None:
    """Two routes: imposed in one layer, and the field that turns out."""
    imposed = fs.solve(fs.Stack(LAYERS, current_density=(1e11, 0.0), in_layer="Pt"))
    assert np.allclose(imposed.sheet_current("Pt") / 4e-9, [1e11, 0.0], rtol=0, atol=1e2)
    by_field = fs.solve(fs.Stack(LAYERS, electric_field=tuple(imposed.stack.electric_field)))
    assert np.allclose(imposed.torque("Co").vector, by_field.torque("Co").vector, rtol=1e-12)


def test_other_drives_are_part_of_the_given_current() -> None:
    """Catches the inverse spin Hall current of pumping that comes on top of what was imposed."""
    stack = fs.Stack(LAYERS, current_density=(0.0, 0.0), magnetization_rate={"Co": (1e10, 0.0, 0.0)})
    solution = fs.solve(stack)
    sheet = solution.sheet_current("Pt") + solution.sheet_current("Co")
    alone = fs.solve(fs.Stack(LAYERS, magnetization_rate={"Co": (1e10, 0.0, 0.0)}))
    before = alone.sheet_current("Pt") + alone.sheet_current("Co")
    assert np.linalg.norm(sheet) < 1e-12 * np.linalg.norm(before)


def test_a_batch_of_currents_and_thicknesses() -> None:
    many = solve_many(
        fs.Stack(LAYERS, current_density=(1e11, 0.0)), {"layers.Pt.thickness": np.array([2e-9, 4e-9, 8e-9])}
    )
    alone = fs.solve(with_values(fs.Stack(LAYERS, current_density=(1e11, 0.0)), {"layers.Pt.thickness": 8e-9}))
    assert np.allclose(many.torque("Co").vector[2], alone.torque("Co").vector, rtol=1e-12)
    assert many.torque("Co").damping_like[1] == pytest.approx(
        fs.solve(fs.Stack(LAYERS, current_density=(1e11, 0.0))).torque("Co").damping_like, rel=1e-12
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (dict(electric_field=(1.0, 0, 0), current=1.0, width=1.0), "drive.current: given beside electric_field"),
        (dict(current_density=(1.0, 0.0, 0.0)), "drive.current_density: got .*two numbers, along x and y"),
        (dict(current=1e-3), "drive.width: missing, required: current and width"),
        (dict(width=1e-3), "drive.current: missing, required"),
        (dict(in_layer="Pt"), "drive.in_layer: given without current_density"),
        (
            dict(current_density=(1.0, 0.0), in_layer="Pd"),
            "drive.in_layer: got 'Pd' no conducting.*known: Co, Pt",
        ),
        (dict(current_density=(np.inf, 0.0)), "drive.current_density: got inf, allowed: a finite number"),
    ],
)
def test_one_drive_with_what_belongs_to_it(given: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        fs.Stack(LAYERS, **given)


FILE = """
[materials.Pt]
library = "Pt"
[materials.Co]
library = "Co"
[[layers]]
name = "Pt"
material = "Pt"
thickness = "4 nm"
[[layers]]
name = "Co"
material = "Co"
thickness = "2 nm"
magnetization = [0, 0, 1]
{drive}
"""


def test_a_file_says_the_current() -> None:
    text = FILE.format(drive='[drive]\ncurrent_density = ["1e7 A/cm^2", 0]\nin_layer = "Pt"')
    stack = config.read_text(text).stack
    assert stack.current_density == (1e11, 0.0) and stack.in_layer == "Pt"
    assert config.from_resolved(resolved(stack)).current_density.tolist() == [1e11, 0.0]
    wire = config.read_text(FILE.format(drive='[drive]\ncurrent = "1 mA"\nwidth = "5 um"')).stack
    assert (wire.current, wire.width) == (1e-3, 5e-6)


@pytest.mark.parametrize("drive", ["", "[drive]\nelectric_field = [0, 0, 0]", "[drive]\ncurrent_density = [0, 0]"])
def test_a_file_that_nothing_drives_is_refused(drive: str) -> None:
    """Catches a result of zeros."""
    with pytest.raises(InputError, match="drive: nothing drives this stack, allowed: a field"):
        config.read_text(FILE.format(drive=drive))


def test_a_file_may_leave_its_drive_to_the_sweep() -> None:
    sweep = '[sweep]\n"drive.current_density" = { values = [["1e10 A/m^2", 0], ["1e11 A/m^2", 0]] }'
    job = config.read_text(FILE.format(drive=sweep))
    assert job.sweep.values["drive.current_density"].shape == (2, 2)
