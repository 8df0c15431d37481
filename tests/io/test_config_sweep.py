"""The [sweep] table: its grid of points, and what is refused."""

from __future__ import annotations

import re

import pytest
from config_file import SWEEP, edited, faults
from numpy.testing import assert_allclose

from femsot.io import config


def swept(lines: str) -> str:
    return edited((SWEEP, f"[sweep]\n{lines}\n"))


def test_a_sweep_is_the_outer_product_or_zipped() -> None:
    lines = (
        '"layers.Ni.thickness" = { from = "1 nm", to = "100 nm", points = 3, spacing = "log" }\n'
        '"layers.Ni.magnetization" = { values = [[1, 0, 0], [0, 1, 0], [0, 0, 1]] }\n'
        "materials.Ni.polarization = { values = [0, 0.1, 0.2] }\n"
    )
    outer = config.read_text(swept(lines)).sweep
    together = config.read_text(swept("zip = true\n" + lines)).sweep
    assert outer is not None and together is not None
    assert outer.names == ("layers.Ni.thickness", "layers.Ni.magnetization", "materials.Ni.polarization")
    assert_allclose(outer.values["layers.Ni.thickness"], [1e-9, 1e-8, 1e-7], rtol=1e-14)
    shape, grid = outer.grid()
    assert shape == (3, 3, 3)
    assert [x.shape for x in grid.values()] == [(3, 1, 1), (1, 3, 1, 3), (1, 1, 3)]
    assert grid["layers.Ni.magnetization"][0, 1, 0, 1] == 1.0
    shape, grid = together.grid()
    assert shape == (3,) and [x.shape for x in grid.values()] == [(3,), (3, 3), (3,)]


BAD_SWEEPS = r"""
"layer.Ni.thickness" = { values = ["1 nm"] } => sweep.layer.Ni.thickness: no such field, .*Did you mean 'layers'
"layers.Nj.thickness" = { values = ["1 nm"] } => layers.Nj is not in the stack, known: Ni, Ti
"layers.Ni.thicknes" = { values = ["1 nm"] } => no field that can be swept, .*Did you mean 'thickness'
"layers.Ni.material" = { values = ["Ti"] } => layers.Ni.material: no field that can be swept
"materials.Ni.source" = { values = ["a"] } => materials.Ni.source: no field that can be swept
"boundaries.top.voltage" = { values = ["1 V"] } => boundaries.top is not in the stack, known: bottom
"drive.electric_fild" = { values = [] } => no field that can be swept, .*Did you mean 'electric_field'
"drive.magnetization_rate.Ti" = { values = [] } => no field that can be swept, known: Ni
"layers.Ni.thickness" = { values = ["1 nm", 2] } => sweep.layers.Ni.thickness.values\[1\]: got 2, .*bare
"layers.Ni.thickness" = { values = [] } => sweep.layers.Ni.thickness.values: got \[\], allowed: at least one
"layers.Ni.thickness" = { values = ["1 nm", "-1 nm"] } => sweep.layers.Ni.thickness: got -1e-09, allowed: .* > 0
"layers.Ni.thickness" = 5 => sweep.layers.Ni.thickness: got 5, allowed: { from, to, points }
"layers.Ni.thickness" = {} => sweep.layers.Ni.thickness: neither given
"layers.Ni.thickness" = { from = "1 nm", to = "2 nm" } => thickness.points: missing, required with
"layers.Ni.thickness" = { from = "1 nm", points = 2, values = ["1 nm"] } => thickness: both given
"layers.Ni.thickness" = { from = "1 nm", to = "2 nm", points = 2.5 } => points: got 2.5, allowed: a whole
"layers.Ni.thickness" = { from = "1 nm", to = "2 nm", pionts = 2 } => pionts: unknown key, .*'points'
"layers.Ni.thickness" = { from = "1 nm", to = "2 S", points = 2 } => thickness.to: got '2 S', .*convert
"layers.Ni.thickness" = { from = "1 nm", to = "inf nm", points = 2 } => to: got 'inf nm', .* finite number
"materials.Ni.polarization" = { from = 0, to = 1, points = 3, spacing = "log" } => from: got 0, .* > 0 for
"materials.Ni.polarization" = { from = 0, to = 0.9, points = 3, spacing = "lg" } => got 'lg', .*mean 'log'
"materials.Ni.polarization" = { from = 0, to = 1, points = 3 } => polarization: got 1, allowed: .*between
"layers.Ni.magnetization" = { from = 0, to = 1, points = 3 } => magnetization: is a vector, allowed: { values
"drive.electric_field" = { values = [["0 V/m", "0 V/m", "1 V/m"]] } => sweep.drive.electric_field: got E_z = 1
zip = 1 => sweep.zip: got 1, allowed: true or false
zip = true\nlayers = { Ni.thickness.values = ["1 nm"], Ti.thickness.values = ["1 nm", "2 nm"] } => zip: .*\(1 for
"""


@pytest.mark.parametrize("case", BAD_SWEEPS.strip().splitlines())
def test_a_bad_sweep_is_refused(case: str) -> None:
    lines, message = case.replace("\\n", "\n").split(" => ")
    found = faults(swept(lines))
    assert len(found) == 1 and re.search(message, found[0]), found


def test_a_sweep_of_a_broken_part_is_no_second_fault() -> None:
    line = (
        "\"interfaces.Ti|Ni.charge\" = { values = ['1 S/m^2'] }\n'materials.Ti.conductivity' = { values = ['1 S/m'] }"
    )
    broken = swept(line).replace('charge = "1e15', 'charge = "x', 1).replace('kind = "normal"', 'kind = "x"')
    assert [x.split(":")[0] for x in faults(broken)] == ["materials.Ti.kind", "interfaces.Ti|Ni.charge"]


def test_zipped_fields_are_checked_together() -> None:
    """Bug caught: P = 0.95 is too much for the material as it is, but not beside its new spin conductivity."""
    lines = """
    "materials.Ni.spin_conductivity" = { values = ["8e6 S/m"] }
    "materials.Ni.polarization" = { values = [0.95] }
    """
    assert config.read_text(swept("zip = true\n" + lines)).sweep is not None
