"""Sweeps: the grid, resuming, files."""

import csv
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from ti_ni import STACK, expected

import femsot as fs
from femsot.base.errors import Caution
from femsot.io.config import read_text
from femsot.studies import sweep
from femsot.studies.columns import Column, Points, filled, joined, load, store

GRID = STACK.replace(
    "[output]", '"materials.Ni.exchange_length" = { values = ["0.4 nm", "0.5 nm", "0.8 nm"] }\n[output]'
)


@pytest.fixture
def parts_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sweep.PART, "exact", 2)


def direct(job: object, thickness: float, length: float) -> float:
    values = {"layers.Ni.thickness": thickness, "materials.Ni.exchange_length": length}
    return float(fs.solve(fs.with_values(job.stack, values)).torque("Ni").damping_like)


@pytest.mark.parametrize("workers", [1, 2])
def test_every_point_is_solved_and_in_its_place(tmp_path: Path, parts_of_two: None, workers: int) -> None:
    """An outer product whose axes are exchanged, or parts put together in another order."""
    job = read_text(GRID)
    result = sweep.run_sweep(job, tmp_path, workers=workers)
    found = np.array(result["torque"]["Ni"]["damping_like"])
    assert found.shape == (4, 3)
    for i, thickness in enumerate(np.linspace(1e-9, 10e-9, 4)):
        for j, length in enumerate((0.4e-9, 0.5e-9, 0.8e-9)):
            assert_allclose(found[i, j], direct(job, thickness, length), rtol=1e-12)


def test_zipped_parameters_go_together(tmp_path: Path) -> None:
    """`zip = true` that still makes the outer product."""
    text = GRID.replace("[sweep]", "[sweep]\nzip = true").replace("points = 4", "points = 3")
    job = read_text(text)
    result = sweep.run_sweep(job, tmp_path)
    found = np.array(result["torque"]["Ni"]["damping_like"])
    assert_allclose(found[2], direct(job, 10e-9, 0.8e-9), rtol=1e-12)
    assert found.shape == (3,)


def test_an_interrupted_sweep_goes_on(tmp_path: Path, parts_of_two: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sweep that starts all over, or that mixes parts of another input into its table."""
    job = read_text(GRID)
    seen: list[int] = []

    def stop(count: int) -> None:
        seen.append(count)
        if len(seen) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sweep.run_sweep(job, tmp_path, advance=stop)
    assert not (tmp_path / "sweep.csv").exists()
    kept = sorted(tmp_path.glob(".sweep-*/*.npz"))
    assert len(kept) == 3
    solved: list[int] = []
    real = sweep.solve_many
    monkeypatch.setattr(sweep, "solve_many", lambda *a, **k: solved.append(1) or real(*a, **k))
    result = sweep.run_sweep(job, tmp_path)
    assert len(solved) == 3
    assert_allclose(np.array(result["torque"]["Ni"]["damping_like"])[0, 0], direct(job, 1e-9, 0.4e-9), rtol=1e-12)
    assert not list(tmp_path.glob(".sweep-*"))
    other = read_text(GRID.replace("orbit_to_spin = 0.5", "orbit_to_spin = 0.4"))
    assert sweep._fingerprint(other.stack, "exact", {}) != sweep._fingerprint(job.stack, "exact", {})


def test_a_damaged_part_is_solved_again(tmp_path: Path, parts_of_two: None) -> None:
    """A part cut short by a full disk must not end the sweep for good."""
    job = read_text(GRID)
    with pytest.raises(KeyboardInterrupt):
        sweep.run_sweep(job, tmp_path, advance=lambda _: (_ for _ in ()).throw(KeyboardInterrupt()))
    (part,) = tmp_path.glob(".sweep-*/*.npz")
    part.write_bytes(part.read_bytes()[:100])
    assert np.all(np.isfinite(np.array(sweep.run_sweep(job, tmp_path)["torque"]["Ni"]["damping_like"])))


def test_the_table_has_units_and_vectors(tmp_path: Path) -> None:
    """A column without its unit, or a swept vector that becomes text."""
    text = STACK.replace(
        '"layers.Ni.thickness" = { from = "1 nm", to = "10 nm", points = 4 }',
        '"layers.Ni.magnetization" = { values = [[1, 0, 0], [0, 0, 1]] }',
    )
    sweep.run_sweep(read_text(text), tmp_path)
    with open(tmp_path / "sweep.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["layers.Ni.magnetization x"] for row in rows] == ["1.0", "0.0"]
    assert float(rows[1]["Ni flux_damping_like [A/m^2]"]) == pytest.approx(1e11 * expected().real, rel=1e-12)


def test_finite_elements_sweep_too(tmp_path: Path) -> None:
    """A sweep by finite elements that is quietly exact."""
    job = read_text(STACK)
    fem, exact = (
        np.array(sweep.run_sweep(job, tmp_path, method=m)["torque"]["Ni"]["damping_like"]) for m in ("fem", "exact")
    )
    assert_allclose(fem, exact, rtol=1e-3)
    assert np.all(fem != exact)


def test_an_unknown_method_is_refused_at_the_first_point(tmp_path: Path) -> None:
    """A KeyError in the name of the method; an error of one point that does not say which."""
    with pytest.raises(
        fs.InputError, match=r"^sweep at layers\.Ni\.thickness = 1\.e-09: method: got 'exakt', .*'exact'"
    ):
        sweep.run_sweep(read_text(STACK), tmp_path, method="exakt")


def test_torques_stand_by_component_too(tmp_path: Path) -> None:
    """Components of the flux torque in another order of the grid, or of the axes; nothing to draw without a field."""
    job = read_text(GRID)
    found = np.array(sweep.run_sweep(job, tmp_path)["torque"]["Ni"]["flux"])
    values = {"layers.Ni.thickness": 1e-9, "materials.Ni.exchange_length": 0.8e-9}
    assert found.shape == (4, 3, 3)
    assert_allclose(found[0, 2], fs.solve(fs.with_values(job.stack, values)).torque("Ni").flux, rtol=1e-12, atol=1e-3)


def test_a_column_has_its_owner_and_its_unit_whatever_its_label(tmp_path):
    """Catches an owner that ends like a quantity, and a stored part that loses a column."""
    columns = filled({Column("Co voltage", "damping_like", "A/m^2"): [1.0, 2.0], Column("", "residual", ""): None}, 2)
    store(Points(columns, [Caution("layers.Co", "is thin")]), tmp_path / "part.npz")
    points = load(tmp_path / "part.npz")
    assert [column.label for column in points.table] == ["Co voltage damping_like [A/m^2]", "residual"]
    assert list(points.table) == list(columns) and points.cautions == [Caution("layers.Co", "is thin")]
    both = joined([points, points])
    assert both.table[Column("Co voltage", "damping_like", "A/m^2")].tolist() == [1.0, 2.0, 1.0, 2.0]
    assert both.cautions == points.cautions and np.all(np.isnan(both.table[Column("", "residual", "")]))


def test_torques_that_are_not_the_flux_are_told_with_their_points(tmp_path: Path) -> None:
    """What the lattice takes in silence, or a warning of its own for every point."""
    text = GRID.replace('"materials.Ni.exchange_length" = { values = ["0.4 nm", "0.5 nm", "0.8 nm"] }', "SWEPT")
    job = read_text(text.replace("SWEPT", '"materials.Ni.spin_orbit_length" = { values = ["1 nm", "1 um"] }'))
    result = sweep.run_sweep(job, tmp_path)
    received, flux = (np.array(result["torque"]["Ni"][key]).reshape(-1, 3) for key in ("received", "flux"))
    count = np.count_nonzero(np.linalg.norm(received - flux, axis=1) > 0.05 * np.linalg.norm(flux, axis=1))
    assert 0 < count < len(flux) == 8
    told = [text for text in result["warnings"] if "flux absorbed" in text]
    assert len(told) == 1
    assert told[0].startswith(
        f"layers.Ni: receives a torque more than 5 % off the flux absorbed at {count} of 8 points"
    )
