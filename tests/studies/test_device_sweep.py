"""Sweeps of devices: the grid, resuming, what a point keeps, its errors; thin regions; the schema of a device file."""

from __future__ import annotations

import csv
import json
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from numpy.testing import assert_allclose
from typer.testing import CliRunner

import femsot as fs
from femsot.cli import app
from femsot.io.config import Job, read_text
from femsot.model.mesh import record
from femsot.model.validity import thin_regions
from femsot.plot.sweep import sweep_figure
from femsot.studies import sweep

HALL = """
title = "a Hall bar"
[mesh]
ready = "hall_bar"
size = "20 nm"
thickness_size = "2 nm"
[materials.Pt]
kind = "normal"
conductivity = "5e6 S/m"
spin_diffusion_length = "2 nm"
spin_hall_angle = 0.1
[materials.Co]
kind = "ferromagnet"
conductivity = "4e6 S/m"
spin_diffusion_length = "10 nm"
dephasing_length = "1 nm"
anomalous_hall_conductivity = "1e5 S/m"
saturation_magnetization = "1 MA/m"
[regions.strip]
material = "Pt"
[regions.film]
material = "Co"
magnetization = [0, 0, 1]
[contacts.left]
current = "0.1 mA"
[contacts.right]
voltage = "0 V"
[contacts.hall_top]
current = "0 A"
[contacts.hall_bottom]
current = "0 A"
[sweep]
"contacts.left.current" = { from = "0.1 mA", to = "0.2 mA", points = 2 }
"regions.film.magnetization" = { values = [[0, 0, 1], [0, 1, 1], [0, 1, -1]] }
[output]
plot = true
"""
CURRENTS, ANGLES = HALL.split("[sweep]\n")[1].split("\n")[:2]
BOX = """
[mesh]
ready = "box"
size = "25 nm"
thickness_size = "5 nm"
[materials.Cu]
kind = "normal"
conductivity = "1e7 S/m"
spin_diffusion_length = "400 nm"
[regions.box]
material = "Cu"
[contacts.left]
voltage = "1 mV"
[contacts.right]
voltage = "0 V"
[sweep]
"materials.Cu.conductivity" = { values = ["1e7 S/m", "4e7 S/m", "8e7 S/m"] }
[output]
plot = true
"""
runner = CliRunner()
pytestmark = pytest.mark.filterwarnings("ignore:regions:femsot.base.errors.PhysicsWarning")


def direct(job: Job, **values: object) -> fs.DeviceSolution:
    paths = {"current": "contacts.left.current", "m": "regions.film.magnetization"}
    return fs.solve(fs.with_values(job.given, {paths[name]: value for name, value in values.items()}))


def call(tmp_path: Path, text: str, *words: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of `femsot sweep` of this file."""
    path = tmp_path / "device.toml"
    path.write_text(text)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = runner.invoke(app, ["sweep", str(path), "-o", str(tmp_path / "out"), *words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """sweep.json and the rows of sweep.csv of HALL, by two workers."""
    directory = tmp_path_factory.mktemp("hall")
    result = sweep.run_sweep(read_text(HALL), directory, workers=2)
    with open(directory / "sweep.csv", newline="") as file:
        return result, list(csv.DictReader(file))


def test_every_point_is_solved_and_in_its_place(hall: tuple[dict[str, Any], list[dict[str, str]]]) -> None:
    """Axes exchanged, a parameter that stays as the file has it, or the columns of another magnet or contact."""
    job, (result, rows) = read_text(HALL), hall
    for i, current in enumerate((1e-4, 2e-4)):
        for j, m in enumerate(([0, 0, 1], [0, 1, 1], [0, 1, -1])):
            one, row = direct(job, current=current, m=m), rows[3 * i + j]
            torque, field = one.torque("film"), one.electric_field("strip")
            assert_allclose(result["torque"]["film"]["damping_like"][i][j], torque.damping_like, rtol=1e-9)
            assert_allclose(result["torque"]["film"]["flux"][i][j], torque.flux, rtol=1e-9, atol=1)
            assert_allclose(result["contacts"]["left"]["current"][i][j], current, rtol=1e-9)
            assert float(row["contacts.left.current [A]"]) == pytest.approx(current)
            assert_allclose(float(row["hall_top voltage [V]"]), one.contacts["hall_top"][0], rtol=1e-9)
            assert_allclose([float(row[f"strip electric_field_{x} [V/m]"]) for x in "xy"], field[:2], rtol=1e-9)


def test_resistances_are_those_of_the_contacts(tmp_path: Path, hall: tuple[dict[str, Any], Any]) -> None:
    """A voltage over the wrong current, a probe taken for an end, a sign: L/(sigma w d), and V_Hall odd in m_z."""
    found = sweep.run_sweep(read_text(BOX), tmp_path)
    assert_allclose(found["resistance"], 100e-9 / (np.array([1e7, 4e7, 8e7]) * 100e-9 * 10e-9), rtol=1e-9)
    assert found["four_terminal_resistance"] == [None] * 3
    four, volts = np.array(hall[0]["four_terminal_resistance"]), hall[0]["contacts"]
    across = np.subtract(volts["hall_top"]["voltage"], volts["hall_bottom"]["voltage"])
    assert_allclose(four, across / [[1e-4], [2e-4]], rtol=1e-6)
    assert_allclose(four[:, 1], -four[:, 2], rtol=1e-6)
    assert_allclose(hall[0]["resistance"], np.array(volts["left"]["voltage"]) / [[1e-4], [2e-4]], rtol=1e-9)


def test_no_resistance_where_it_is_not_simple(tmp_path: Path) -> None:
    """A number made of 0/0, or of three ends; a traceback where nothing is driven."""
    still = BOX.replace('"materials.Cu.conductivity" = { values = ["1e7 S/m", "4e7 S/m", "8e7 S/m"] }', "")
    still = still.replace("[sweep]", '[sweep]\n"contacts.left.voltage" = { values = ["0 V", "1 mV"] }')
    found = sweep.run_sweep(read_text(still), tmp_path)["resistance"]
    assert found[0] is None and found[1] > 0
    probes = BOX.replace('voltage = "1 mV"', 'current = "0 A"').replace('voltage = "0 V"', 'current = "0 A"')
    assert sweep.run_sweep(read_text(probes), tmp_path)["resistance"] == [None] * 3
    three = HALL.replace('[contacts.hall_top]\ncurrent = "0 A"', '[contacts.hall_top]\ncurrent = "1 uA"')
    three = three.replace(ANGLES, '"materials.Co.conductivity" = { values = ["1e6 S/m"] }')
    assert sweep.run_sweep(read_text(three), tmp_path)["resistance"] == [[None]] * 2


def test_an_interrupted_sweep_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sweep that starts all over, or whose parts do not know the regions and contacts of their mesh."""
    job = read_text(BOX)

    def stop(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sweep.run_sweep(job, tmp_path, advance=stop)
    assert len(list(tmp_path.glob(".sweep-*/*.npz"))) == 1
    solved: list[int] = []
    real = sweep.solve_device
    monkeypatch.setattr(sweep, "solve_device", lambda *a, **k: solved.append(1) or real(*a, **k))
    assert len(sweep.run_sweep(job, tmp_path)["resistance"]) == 3
    assert len(solved) == 2
    assert not list(tmp_path.glob(".sweep-*"))


def test_parts_of_another_device_are_not_its_own() -> None:
    """Facets moved from one contact to the other, or a texture whose words stay: parts of the old one in the table."""
    job = read_text(HALL)
    mesh, own = job.given.mesh, sweep._fingerprint(job.given, "auto", {})
    faces = dict(zip(mesh.faces, list(mesh.faces.values())[::-1], strict=True))
    other = replace(job.given, mesh=replace(mesh, faces=faces, source=mesh.source))
    assert sweep._fingerprint(other, "auto", {}) != own
    prints = set()
    for sign in (1, -1):

        def turned(x: np.ndarray, sign: int = sign) -> np.ndarray:
            return np.broadcast_to([0.0, 0.0, sign], x.shape)

        film = replace(job.given.regions["film"], magnetization=turned)
        textured = replace(job.given, regions={**job.given.regions, "film": film})
        prints.add(sweep._fingerprint(textured, "auto", {}))
    assert len(prints) == 2


@pytest.mark.parametrize("error", [fs.InputError("no"), fs.SolveError("no")], ids=["input", "solve"])
def test_a_failed_point_says_which(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """An error of one of many points that leaves the user to find it; the points before it are kept."""
    real = sweep.solve_device

    def fails(device: fs.Device, **given: object) -> fs.DeviceSolution:
        if device.regions["box"].material.conductivity == 4e7:
            raise error
        return real(device, **given)

    monkeypatch.setattr(sweep, "solve_device", fails)
    found, out, err = call(tmp_path, BOX)
    code = 2 if isinstance(error, fs.InputError) else 1
    assert (found, out, err) == (code, "", "femsot: sweep at materials.Cu.conductivity = 40000000.: no\n")
    assert len(list(tmp_path.glob("out/.sweep-*/*.npz"))) == 1


def test_the_command_writes_the_files_and_is_quiet_in_a_pipe(tmp_path: Path) -> None:
    """A progress bar in a log; a solver that is not passed on; a table or picture that is missing."""
    code, out, err = call(tmp_path, BOX, "--solver", "krylov")
    assert (code, err) == (0, "")
    assert out.startswith("3 points; wrote ")
    files = {path.name for path in (tmp_path / "out").iterdir()}
    assert files == {"sweep.csv", "sweep.json", "sweep.png"}
    code, _, err = call(tmp_path, BOX, "--solver", "krilov")
    assert code == 2 and "solver: got 'krilov'" in err and "Did you mean 'krylov'" in err
    assert runner.invoke(app, ["plot", str(tmp_path / "out" / "sweep.json")]).exit_code == 0


def drawn(text: str, tmp_path: Path) -> dict[str, list[int]]:
    """Label of each panel: number of points of each curve but the line at zero."""
    figure = sweep_figure(sweep.run_sweep(read_text(text), tmp_path))
    found = {ax.get_ylabel(): [len(x.get_xdata()) for x in ax.lines if len(x.get_xdata()) > 2] for ax in figure.axes}
    plt.close(figure)
    return found


def test_contacts_that_change_are_drawn(tmp_path: Path) -> None:
    """Panels of given voltages and of rounding noise of probes, or contacts without a curve."""
    one = HALL.replace(CURRENTS, "")
    voltages = "voltage [mV]", "resistance [Ω]", "four-terminal resistance [mΩ]"
    found = drawn(one, tmp_path)
    assert list(found)[2:] == [*voltages]
    assert [found[label] for label in voltages] == [[3, 3, 3], [3], [3]]
    assert drawn(BOX, tmp_path) == {"current [µA]": [3, 3], "resistance [Ω]": [3]}


def test_two_parameters_are_families_for_each_contact(hall: tuple[dict[str, Any], Any]) -> None:
    """Seven panels in one row, too narrow to read, or curves without the name of their contact."""
    found = sweep_figure(hall[0])
    assert [ax.get_ylabel().partition(" [")[0] for ax in found.axes] == [
        *("damping-like torque of film", "field-like torque of film"),
        *("voltage of left", "voltage of hall_top", "voltage of hall_bottom"),
        *("current of right", "resistance", "four-terminal resistance"),
    ]
    assert max(ax.get_subplotspec().get_gridspec().ncols for ax in found.axes) == 3


def test_interfaces_of_a_mesh_are_found_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sweep over a large mesh that searches for its interfaces at every point again."""
    device = read_text(HALL).given
    calls: list[int] = []
    real = record.groups
    monkeypatch.setattr(record, "groups", lambda *a: calls.append(1) or real(*a))
    for _ in range(3):
        device = fs.with_values(device, {"contacts.left.current": 1e-3})
    assert device.faces.keys() == {("strip", "film")}
    assert calls == []


def test_a_thin_region_is_told_of_once() -> None:
    """The wrong region or thickness: Co of 2 nm against 1.9 nm is thick, at 8e6 S/m it is thin."""
    device = read_text(HALL).given
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert fs.solve(device).report.warnings == []
    message = r"^regions\.film: is thinner than its mean free path: 2 nm against 3\.8 nm .*kF = 16 1/nm assumed"
    with pytest.warns(fs.PhysicsWarning, match=message) as caught:
        solution = fs.solve(fs.with_values(device, {"materials.Co.conductivity": 8e6}))
    assert len(caught) == len(solution.report.warnings) == 1


@pytest.mark.parametrize(("plane", "depth"), [("xz", 5e-9), ("xy", 2e-9)])
def test_the_thickness_of_a_2d_region(plane: str, depth: float) -> None:
    """The extent along another axis than z: a 2 nm film, as a cross-section and from above."""
    x, other = np.linspace(0, 40e-9, 5), np.linspace(0, 2e-9 if plane == "xz" else 30e-9, 3)
    mesh = replace(fs.mesh.grid(x, other, kind="quad", plane=plane), depth=depth)
    name = next(iter(mesh.regions))
    rows, beside = mesh.facets()
    ends = {k: rows[(beside[:, 1] < 0) & (mesh.points[rows, 0] == at).all(1)] for k, at in (("l", 0), ("r", x[-1]))}
    metal = fs.NormalMetal(name="M", conductivity=1e7, spin_diffusion_length=1e-9)
    contacts = {"l": fs.Terminal(voltage=1e-3), "r": fs.Terminal(voltage=0.0)}
    device = fs.Device(replace(mesh, faces=ends), {name: fs.Region(metal)}, {}, contacts)
    with pytest.warns(fs.PhysicsWarning, match=r"2 nm against 4\.75 nm"):
        fs.solve(device)


def pillar() -> fs.Device:
    """Two thin magnets between leads, a scattering interface below the upper one; the current flows along z."""
    mesh = fs.mesh.ready("nanopillar", size=20e-9, width=110e-9, thickness_size=4e-9)
    co = fs.Ferromagnet(name="Co", conductivity=2e7, spin_diffusion_length=1e-8, dephasing_length=1e-9)
    cu = fs.NormalMetal(name="Cu", conductivity=1e6, spin_diffusion_length=1e-7)
    regions = {name: fs.Region(cu) for name in mesh.regions}
    regions |= {name: fs.Region(co, (1, 0, 0)) for name in ("fixed", "free")}
    law = fs.Scattering(fermi_wavevector=8e9, barrier=0.4, exchange=0.3, correction="bare")
    ends = {"bottom": fs.Terminal(voltage=1e-3), "top": fs.Terminal(voltage=0.0)}
    return fs.Device(mesh, regions, {"spacer|free": law}, ends)


def test_a_field_across_the_layers_is_no_matter() -> None:
    """A current along z that is warned of: its mean field has no part in the plane."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert fs.solve(pillar()).report.warnings == []


def test_kf_of_the_interface_beside_a_region() -> None:
    """kF of another region's interface, or of none: 8 1/nm makes the paths four times longer."""
    found = thin_regions(pillar(), {"fixed": True, "spacer": False, "free": True})
    assert [caution.path for caution in found] == ["regions.fixed", "regions.free"]
    assert "4 nm against 9.5 nm" in found[0].problem and "kF = 16 1/nm assumed" in found[0].problem
    assert "2 nm against 38 nm" in found[1].problem and "kF = 8 1/nm of spacer|free" in found[1].problem


def test_a_sweep_says_it_once(tmp_path: Path) -> None:
    """A line for each point, the first point's lengths, or points that no field drives counted as driven."""
    result = sweep.run_sweep(read_text(BOX), tmp_path)
    assert len(result["warnings"]) == 1
    assert "at 2 of 3 points, at worst 10 nm against 38 nm" in result["warnings"][0]
    driven = BOX.replace("[sweep]", '[sweep]\n"contacts.left.voltage" = { values = ["0 V", "1 mV"] }')
    assert "at 2 of 6 points" in sweep.run_sweep(read_text(driven), tmp_path)["warnings"][0]


def test_schema_of_a_device_file() -> None:
    """The schema of a stack, printed for both."""
    stack, device = (json.loads(runner.invoke(app, ["schema", *words]).output) for words in ([], ["--device"]))
    assert {"mesh", "regions", "contacts"} <= device["properties"].keys()
    assert "layers" in stack["properties"] and "layers" not in device["properties"]
