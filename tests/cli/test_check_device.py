"""`femsot check` of a device: what it is, and what every solve would warn of."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from device_file import FILE, device_of, edited
from numpy.testing import assert_allclose
from repository import DOCS
from typer.testing import CliRunner

from femsot import cli


def test_check_tells_what_a_device_is(place: Path) -> None:
    """Bug caught: an interface of another area than its contact face; unknowns of one side only."""
    path = place / "check.toml"
    path.write_text(FILE)
    said = CliRunner().invoke(cli.app, ["check", str(path), "--json"])
    assert said.exit_code == 0, said.output
    found = json.loads(said.output)
    made = device_of(FILE, place)
    assert found["faults"] == [] and found["cells"] == len(made.mesh.cells)
    assert {x["name"]: round(1e27 * x["volume"]) for x in found["regions"]} == {"film": 20000, "stripe": 6000}
    assert_allclose(found["interfaces"][0]["area"], 100e-9 * 20e-9, rtol=1e-9)
    assert [x["law"] for x in found["interfaces"]] == ["mixing"]
    assert_allclose([x["area"] for x in found["contacts"]], 5e-9 * 20e-9, rtol=1e-9)
    law = FILE[FILE.index("[interfaces") : FILE.index("[contacts.left]")]
    path.write_text(edited((law, "")))
    without = json.loads(CliRunner().invoke(cli.app, ["check", str(path), "--json"]).output)
    assert without["interfaces"][0]["law"] == "transparent"
    path.write_text(edited((law, ""), ("order = 2", "order = 1")))
    joined = json.loads(CliRunner().invoke(cli.app, ["check", str(path), "--json"]).output)
    assert joined["unknowns"] == 4 * len(made.mesh.points) < without["unknowns"] < found["unknowns"]
    path.write_text(edited(("order = 2", "order = 1")))
    linear = json.loads(CliRunner().invoke(cli.app, ["check", str(path), "--json"]).output)
    shared = len(np.unique(made.shared("stripe|film")))
    assert linear["unknowns"] == 4 * (len(made.mesh.points) + shared) < found["unknowns"]
    text = CliRunner().invoke(cli.app, ["check", str(path)]).output
    assert "good: " in text and "stripe|film" in text and "(0, 0.6, 0.8)" in text and "2 µA" in text


def test_check_warns_of_the_models_of_a_device(tmp_path):
    """A check that calls good what every solve warns of."""
    text = (DOCS / "strip_dot.toml").read_text(encoding="utf-8")
    path = tmp_path / "device.toml"
    path.write_text('closure = "ning24"\n' + text, encoding="utf-8")
    said = CliRunner().invoke(cli.app, ["check", str(path), "--json"])
    assert any("ning24" in warning for warning in json.loads(said.output)["warnings"])
    assert "warning: closure" in CliRunner().invoke(cli.app, ["check", str(path)]).output
