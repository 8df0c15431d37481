"""Angular scans against the closed form of spin Hall magnetoresistance, and against single solutions."""

import csv
import json

import numpy as np
import pytest
from typer.testing import CliRunner

import femsot as fs
from femsot import cli
from femsot.base.errors import InputError
from femsot.papers.spin_hall import HallFilm, smr_sheet_conductivity
from femsot.studies.scan import scan

MIXING, D = 1e15 + 2e14j, 4e-9
PT = fs.material("Pt")


def yig_pt(**drive: object) -> fs.Stack:
    layers = (fs.Layer("YIG", fs.material("YIG"), 10e-9, (0, 0, 1)), fs.Layer("Pt", PT, D))
    return fs.Stack(layers, {"YIG|Pt": fs.Mixing(mixing=MIXING)}, **drive)


def chen(m: np.ndarray) -> np.ndarray:
    """rho (..., 2, 2) [ohm m]: Chen's Delta sigma for fields along x and y, inverted and not expanded."""
    film = HallFilm(D, PT.conductivity, PT.conductivity, PT.spin_diffusion_length, PT.hall("spin"))
    x, y, z = np.moveaxis(m, -1, 0)
    by_x = smr_sheet_conductivity(film, MIXING, magnetization=m)
    turned = smr_sheet_conductivity(film, MIXING, magnetization=np.stack([y, -x, z], axis=-1))  # y is the new x
    columns = [by_x, np.stack([-turned[..., 1], turned[..., 0]], axis=-1)]
    return D * np.linalg.inv(np.stack(columns, axis=-1))


@pytest.mark.parametrize("plane", ["alpha", "beta", "gamma"])
def test_yig_pt_is_chens_magnetoresistance(plane: str) -> None:
    """Catches a plane that turns elsewhere, a transposed resistivity, 1/sigma expanded (0.2 % off)."""
    scanned = scan(yig_pt(electric_field=(1e5, 0, 0)), [plane], points=25)
    c, s, none = np.cos(scanned.angles), np.sin(scanned.angles), np.zeros(25)
    circles = {"alpha": (c, s, none), "beta": (none, s, c), "gamma": (s, none, c)}
    rho = chen(np.stack(circles[plane], axis=-1))
    assert np.allclose(scanned.rho_xx[0], rho[:, 0, 0], rtol=1e-12)
    changes = scanned.rho_xx[0] - scanned.rho_xx[0, 0], rho[:, 0, 0] - rho[0, 0, 0]
    assert np.allclose(*changes, rtol=0, atol=1e-10 * np.ptp(chen(np.eye(3))[:, 0, 0]))
    assert np.allclose(scanned.rho_xy[0], rho[:, 1, 0], rtol=0, atol=1e-10 * np.abs(rho[:, 1, 0]).max() + 1e-22)


def test_ratios_are_those_of_the_closed_form() -> None:
    """Catches a sign or a reference: rho is larger for m along z than across E in the film."""
    ratios = scan(yig_pt(electric_field=(1e5, 0, 0)), points=25).ratios
    along, across, out = chen(np.eye(3))
    assert ratios["SMR"] == pytest.approx((across[0, 0] - out[0, 0]) / out[0, 0], rel=1e-8) and ratios["SMR"] < 0
    assert ratios["AMR"] == pytest.approx((along[0, 0] - out[0, 0]) / out[0, 0], abs=1e-12)
    assert ratios["AHE"] == pytest.approx(out[1, 0] / out[0, 0], rel=1e-8)
    tilted = chen(np.array([np.sqrt(0.5), np.sqrt(0.5), 0.0]))
    assert ratios["PHE"] == pytest.approx(2 * tilted[1, 0] / out[0, 0], rel=1e-2)
    assert ratios["GMR_in_plane"] is None


def test_a_scan_turns_with_the_field() -> None:
    """Catches planes that stay with x while E is along another axis."""
    tilted = scan(yig_pt(electric_field=(3e4, 4e4, 0)), points=9)
    assert np.allclose(tilted.rho_xx, scan(yig_pt(current_density=(1e11, 0.0)), points=9).rho_xx, rtol=1e-12)


def valve() -> fs.Stack:
    """Co (fixed along x) | Cu | Co between contacts."""
    co, cu = fs.material("Co"), fs.material("Cu")
    layers = (fs.Layer("fixed", co, 4e-9, (1, 0, 0)), fs.Layer("Cu", cu, 3e-9), fs.Layer("free", co, 4e-9, (1, 0, 0)))
    return fs.Stack(layers, bottom=fs.Contact(voltage=1e-3), top=fs.Contact(voltage=0.0))


def test_one_magnet_of_a_valve_turns() -> None:
    """Catches a scan that turns both: its resistance between parallel and antiparallel is that of two solutions."""
    scanned = scan(valve(), ["alpha"], points=9, layers=["free"])
    assert scanned.turned == ("free",) and scanned.fixed == ("fixed",)
    ends = [fs.with_values(valve(), {"layers.free.magnetization": (sign, 0, 0)}) for sign in (1, -1)]
    parallel, antiparallel = (float(fs.solve(stack).resistance().area) for stack in ends)
    assert scanned.resistance_area is not None
    assert scanned.resistance_area[0, [0, 4]] == pytest.approx([parallel, antiparallel], rel=1e-12)
    assert scanned.ratios["GMR_perpendicular"] == pytest.approx(antiparallel / parallel - 1, rel=1e-9)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (dict(planes=["delta"]), "plane: got 'delta', known: alpha, beta, gamma"),
        (dict(points=3), "points: got 3, allowed: a whole number from 5"),
        (dict(layers=["Cu"]), "layer: got 'Cu' no magnet of that name, known: fixed, free"),
    ],
)
def test_scans_that_are_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        scan(valve(), **given)


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
[drive]
current_density = ["1e11 A/m^2", 0]
"""


def test_the_command_writes_table_numbers_and_picture(tmp_path) -> None:
    (tmp_path / "stack.toml").write_text(FILE, encoding="utf-8")
    said = CliRunner().invoke(cli.app, ["scan", str(tmp_path / "stack.toml"), "--points", "5", "-o", str(tmp_path)])
    assert said.exit_code == 0, said.output
    with (tmp_path / "scan.csv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file))
    heads = "plane,angle [deg],rho_xx [ohm m],rho_xy [ohm m],sheet_resistance [ohm],resistance_area [ohm m^2]"
    assert ",".join(rows[0]) == heads and len(rows) == 1 + 3 * 5
    assert rows[2][:2] == ["alpha", "90.0"] and float(rows[2][4]) == pytest.approx(float(rows[2][2]) / 6e-9)
    summary = json.loads((tmp_path / "scan.json").read_text(encoding="utf-8"))
    assert summary["ratios"]["SMR"] < 0 and summary["turned"] == ["Co"]
    assert (tmp_path / "scan.png").stat().st_size > 10_000


def test_the_command_refuses_an_unknown_plane(tmp_path) -> None:
    (tmp_path / "stack.toml").write_text(FILE, encoding="utf-8")
    said = CliRunner().invoke(cli.app, ["scan", str(tmp_path / "stack.toml"), "--plane", "delta"])
    assert said.exit_code == 2 and "known: alpha, beta, gamma" in said.output
