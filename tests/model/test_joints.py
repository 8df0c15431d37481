"""Repeated layers, laws for pairs of layers or materials, layers of no thickness."""

import numpy as np
import pytest

import femsot as fs
from femsot.base.errors import InputError
from femsot.io import config
from femsot.model.record import resolved
from femsot.model.replace import with_values
from femsot.studies.sweep import run_sweep

MULTILAYER = """
[materials.Co]
library = "Co"
[materials.Cu]
library = "Cu"
[[layers]]
repeat = 20
layers = [
  { name = "Co", material = "Co", thickness = "3 nm", magnetization = { theta = "90 deg", phi = "0 deg" } },
  { name = "Cu", material = "Cu", thickness = "3 nm" },
]
[interfaces."Co|Cu"]
law = "memory_loss"
resistance_area = "0.5 fohm m^2"
asymmetry = 0.77
[interfaces."Cu|Co"]
law = "memory_loss"
resistance_area = "0.5 fohm m^2"
asymmetry = 0.77
[boundaries.bottom]
kind = "contact"
voltage = "1 mV"
[boundaries.top]
kind = "contact"
voltage = 0
"""


def test_a_multilayer_of_a_file_is_that_written_out() -> None:
    """Catches a repetition out of order, and a joint of it that is left transparent: two routes, one resistance."""
    assert len(MULTILAYER.strip().splitlines()) <= 40
    stack = config.read_text(MULTILAYER).stack
    assert [layer.name for layer in stack.layers][:3] == ["Co.1", "Cu.1", "Co.2"] and len(stack.layers) == 40
    co, cu = fs.material("Co"), fs.material("Cu")
    law = fs.SpinMemoryLoss(resistance_area=0.5e-15, asymmetry=0.77)
    layers, laws = [], {}
    for i in range(20):
        layers += [fs.Layer(f"f{i}", co, 3e-9, (1, 0, 0)), fs.Layer(f"n{i}", cu, 3e-9)]
        laws |= {f"f{i}|n{i}": law} | ({f"n{i - 1}|f{i}": law} if i else {})
    by_hand = fs.Stack(tuple(layers), laws, bottom=fs.Contact(voltage=1e-3), top=fs.Contact(voltage=0.0))
    assert fs.solve(stack).resistance().area == pytest.approx(fs.solve(by_hand).resistance().area, rel=1e-12)
    again = config.from_resolved(resolved(stack))
    assert fs.solve(again).resistance().area == fs.solve(stack).resistance().area


def test_a_path_without_number_is_all_of_a_repetition() -> None:
    """Catches a sweep that turns or thickens one layer of twenty."""
    stack = config.read_text(MULTILAYER).stack
    turned = with_values(stack, {"layers.Co.magnetization.phi": np.pi / 2, "layers.Co.2.thickness": 5e-9})
    assert all(np.allclose(x.magnetization, [0, 1, 0], atol=1e-15) for x in turned.layers if x.material.magnetic)
    assert [x.thickness for x in turned.layers[:5:2]] == [3e-9, 5e-9, 3e-9]
    other = with_values(stack, {"interfaces.Co|Cu.asymmetry": 0.1})
    assert other.interfaces["Co|Cu"].asymmetry == 0.1 and other.interfaces["Cu|Co"].asymmetry == 0.77


def named(*keys: str) -> fs.Stack:
    """F1 (Co) | N (Cu) | Co.1 (Co) | Cu.1 (Cu), with a law of another conductance for each key."""
    co, cu = fs.material("Co"), fs.material("Cu")
    layers = [("F1", co), ("N", cu), ("Co.1", co), ("Cu.1", cu)]
    made = [fs.Layer(name, x, 2e-9, (0, 0, 1) if x.magnetic else None) for name, x in layers]
    return fs.Stack(tuple(made), {key: fs.Ohmic(charge=(i + 1) * 1e15) for i, key in enumerate(keys)})


@pytest.mark.parametrize(
    ("keys", "wanted"),
    [
        (["Co|Cu"], [None, None, "Co|Cu"]),  # layers are called so: not their materials
        (["Cu|Co"], [None, "Cu|Co", None]),  # none is: materials
        (["Co|Cu", "Co.1|Cu.1"], None),  # nothing is left for the general one
        (["F1|N", "N|Co"], ["F1|N", "N|Co", None]),
    ],
)
def test_the_exact_name_then_the_repetition_then_materials(keys: list[str], wanted: list[str | None] | None) -> None:
    """Catches a law that reaches other joints than its name says."""
    names = [None, None, "Co.1|Cu.1"] if wanted is None else wanted
    assert list(named(*keys).law_names) == names


def test_a_pair_that_joins_nothing_is_refused() -> None:
    with pytest.raises(InputError, match=r"interfaces.Ni\|Cu: joins no neighbours, known: .*Co.1\|Cu.1"):
        named("Ni|Cu")


SPACER = """
[materials.Pt]
library = "Pt"
[materials.Cu]
library = "Cu"
[materials.Co]
library = "Co"
[[layers]]
name = "Pt"
material = "Pt"
thickness = "4 nm"
[[layers]]
name = "Cu"
material = "Cu"
thickness = "{cu}"
[[layers]]
name = "Co"
material = "Co"
thickness = "1 nm"
magnetization = [0, 0, 1]
[interfaces."Pt|Co"]
law = "memory_loss"
resistance_area = "0.7 fohm m^2"
delta = 0.9
{cu_co}
[drive]
electric_field = ["1e5 V/m", 0, 0]
"""
CU_CO = '[interfaces."Cu|Co"]\nlaw = "memory_loss"\nresistance_area = "0.5 fohm m^2"\nasymmetry = 0.77\n'
SWEEP = '[sweep]\n"layers.Cu.thickness" = { from = "0 nm", to = "2 nm", points = 3 }\n'


def spacer(cu: str = "1 nm", add: str = "") -> config.Job:
    return config.read_text(SPACER.replace("{cu}", cu).replace("{cu_co}", CU_CO) + add)


def test_a_layer_of_no_thickness_is_dropped_with_its_interfaces() -> None:
    """Catches the joint that arises left transparent though the file names it."""
    stack = spacer("0 nm").stack
    assert [layer.name for layer in stack.layers] == ["Pt", "Co"] and list(stack.interfaces) == ["Pt|Co"]


def test_a_sweep_drops_the_layer_where_it_has_no_thickness(tmp_path) -> None:
    """Catches a sweep in which the point without spacer is another than the file without it."""
    job = spacer(add=SWEEP)
    swept = run_sweep(job, tmp_path)["torque"]["Co"]["damping_like"]
    others = [with_values(job.stack, {"layers.Cu.thickness": d}) for d in (1e-9, 2e-9)]
    alone = [fs.solve(stack).torque("Co").damping_like for stack in (spacer("0 nm").stack, *others)]
    assert np.allclose(swept, alone, rtol=1e-12)
    heads = (tmp_path / "sweep.csv").read_text(encoding="utf-8").splitlines()[0]
    assert "Cu sheet_current_x" in heads


def test_a_joint_that_no_sweep_makes_is_still_a_misprint() -> None:
    """Catches a law for layers that never meet, kept in silence."""
    with pytest.raises(InputError, match=r"interfaces.Pt\|Co: joins no neighbours"):
        spacer()


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("repeat = 0\nlayers = []", r"layers\[0\].layers: got \[\], allowed: a list of layers"),
        ('repeat = 0\nlayers = [{ name = "Co" }]', r"layers\[0\].repeat: got 0, allowed: a whole number from 1 to"),
        ("layers = []", r"layers\[0\].repeat: missing, required: a whole number"),
        ("repeat = 2\nlayer = []", r"layers\[0\].layer: unknown key.*Did you mean 'layers'"),
    ],
)
def test_repetitions_that_cannot_be_read(table: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        config.read_text(f'[materials.Co]\nlibrary = "Co"\n[[layers]]\n{table}\n')
