"""Files of a device: exact SI, every fault at once under the user's path, and back from the resolved input."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from typer.testing import CliRunner

from femsot import cli
from femsot.base.errors import InputError
from femsot.interfaces import Mixing
from femsot.io import config
from femsot.materials.records import Ferromagnet, NormalMetal
from femsot.model import mesh
from femsot.model.device import Device, Region, Terminal
from femsot.model.record import resolved
from femsot.model.replace import with_values
from femsot.model.texture import Skyrmion, Texture, ovf

FILE = """
title = "a stripe on a film"

[mesh]
file = "stripe.msh"
length_unit = "nm"
plane = "xz"
depth = "20 nm"
order = 2

[materials.Pt]
kind = "normal"
conductivity = "5e6 S/m"
spin_diffusion_length = "2 nm"
[materials.Co]
kind = "ferromagnet"
conductivity = "4e6 S/m"
spin_diffusion_length = "30 nm"
polarization = 0.4
dephasing_length = "1 nm"

[regions.film]
material = "Pt"
[regions.stripe]
material = "Co"
magnetization = [0, 3, 4]

[interfaces."stripe|film"]
law = "mixing"
up = "4e14 S/m^2"
down = "2e14 S/m^2"
mixing = ["1e15 S/m^2", "1e14 S/m^2"]

[contacts.left]
voltage = "0 V"
spin = "blocked"
[contacts.right]
current = "2 uA"

[drive]
electric_field = ["0 V/m", "1e5 V/m", "0 V/m"]

[sweep]
"contacts.right.current" = { from = "0 uA", to = "2 uA", points = 3 }
"regions.stripe.magnetization" = { values = [[1, 0, 0], [0, 1, 0]] }

[output]
directory = "results"
vtu = true
report = true
ovf = { cell = ["5 nm", "5 nm", "1 nm"] }
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a mesh, a grid of vectors over it and a Python file."""
    found = tmp_path_factory.mktemp("device")
    made = mesh.ready("stripe", size=20e-9, thickness_size=1.5e-9)
    mesh.write(made, found / "stripe.msh")
    low, size = made.points.min(0), np.ptp(made.points, axis=0)
    up = np.zeros((10, 1, 4, 3)) + [0.0, 0.0, 1.0]
    ovf.write(ovf.VectorGrid(up, (low[0], -1e-9, low[1]), (size[0] / 10, 2e-9, size[1] / 4)), found / "m.ovf")
    (found / "m.py").write_text("def up(points):\n    return 0 * points + [0, 0, 2]\n")
    (found / "text.msh").write_text("no mesh")
    return found


def edited(*changes: tuple[str, str]) -> str:
    """FILE with every `(old, new)` applied once."""
    text = FILE
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def faults(text: str, directory: Path) -> list[str]:
    with pytest.raises(InputError) as error:
        config.read_text(text, directory=directory)
    return [str(fault) for fault in error.value.faults]


def device_of(text: str, directory: Path) -> Device:
    made = config.read_text(text, directory=directory).device
    assert made is not None
    return made


def test_every_number_of_a_file_is_exact_si(place: Path) -> None:
    """Bug caught: a unit lost, a contact's fields of another's, the film read in the plane it is drawn in."""
    job = config.read_text(FILE, directory=place)
    made = job.device
    assert made is not None and (made.title, job.title, made.closure, job.order) == (*2 * [job.title], "conserving", 2)
    assert (made.mesh.plane, made.mesh.depth, list(made.mesh.regions)) == ("xz", 20e-9, ["film", "stripe"])
    assert_allclose(np.ptp(made.mesh.points, axis=0), [200e-9, 8e-9], rtol=1e-9)
    pt, co = made.regions["film"], made.regions["stripe"]
    assert isinstance(pt.material, NormalMetal) and pt.material.conductivity == 5e6 and pt.magnetization is None
    assert isinstance(co.material, Ferromagnet) and co.material.polarization == 0.4
    assert_allclose(co.magnetization, [0, 0.6, 0.8], rtol=1e-15)
    law = made.interfaces["stripe|film"]
    assert isinstance(law, Mixing) and law.mixing == 1e15 + 1e14j and made.joints == {"stripe|film": ("stripe", "film")}
    left, right = made.contacts["left"], made.contacts["right"]
    assert (left.voltage, left.current, left.spin, right.voltage, right.current) == (0.0, None, "blocked", None, 2e-6)
    assert made.electric_field == (0.0, 1e5, 0.0)
    assert (job.output.directory, job.output.vtu, job.output.plot, job.output.report) == ("results", True, False, True)
    assert job.output.ovf is not None and job.output.ovf.cell == (5e-9, 5e-9, 1e-9) and job.output.ovf.lower is None
    assert job.sweep is not None and job.sweep.shape == (3, 2)
    assert job.sweep.units == {"contacts.right.current": "A", "regions.stripe.magnetization": ""}


def test_a_device_is_no_stack(place: Path) -> None:
    job = config.read_text(FILE, directory=place)
    with pytest.raises(InputError, match=r"^text: a device \(\[mesh\], \[regions\]\), allowed here: a stack"):
        _ = job.stack
    (place / "device.toml").write_text(FILE)
    assert isinstance(config.read(place / "device.toml"), Device)
    layer = '[[layers]]\nname = "a"\n[boundaries.top]\nkind = "reservoir"\n'
    message = "[[layers]], [boundaries] belongs to a stack, [mesh], [regions], [contacts] to a device, allowed: "
    assert faults(FILE + layer, place) == [message + "one of the two in a file"]
    assert faults(FILE.replace("[mesh]", "[[layers]]\n[mesh]"), place)[0].startswith(
        "[[layers]] belongs to a stack, [m"
    )


TEXTURES: dict[str, tuple[str, Callable[[object], bool]]] = {
    '{ file = "m.ovf", offset = ["0 nm", "0 nm", "0.5 nm"] }': ("file", lambda m: isinstance(m, Texture)),
    '{ python = "m.py:up" }': ("python", lambda m: isinstance(m, Texture)),
    '{ kind = "domain_wall", position = "0 nm", width = "5 nm", wall = "neel" }': ("kind", callable),
    '{ kind = "vortex", center = ["0 nm", "0 nm", "0 nm"], core_radius = "9 nm" }': ("kind", callable),
    '{ kind = "skyrmion", center = ["0 nm", "0 nm", "0 nm"], radius = "9 nm", width = "3 nm" }': (
        "kind",
        lambda m: isinstance(m, Skyrmion) and m.radius == 9e-9,
    ),
}


@pytest.mark.parametrize("text", TEXTURES)
def test_textures_are_read_and_read_back(text: str, place: Path) -> None:
    """Bug caught: a file looked for where the command runs; a texture that a result cannot give back."""
    made = device_of(edited(("[0, 3, 4]", text)), place)
    word, good = TEXTURES[text]
    m = made.regions["stripe"].magnetization
    assert good(m) and made.regions["stripe"].textured
    words = json.loads(json.dumps(resolved(made), allow_nan=False))
    assert word in words["regions"]["stripe"]["magnetization"]
    again = config.from_resolved(words)
    assert isinstance(again, Device) and resolved(again) == words
    points = np.array([[1e-9, 0, 6e-9], [30e-9, 0, 7e-9]])
    assert_array_equal(again.regions["stripe"].directions(points), made.regions["stripe"].directions(points))


def test_the_resolved_device_is_json_and_reads_back(place: Path) -> None:
    made = device_of(edited(("[0, 3, 4]", "[0, 0, -2]")), place)
    words = json.loads(json.dumps(resolved(made), allow_nan=False))
    assert words["mesh"]["file"] == str(place / "stripe.msh") and words["mesh"]["length_unit"] == "nm"
    assert words["mesh"]["cells"] == len(made.mesh.cells) and words["mesh"]["depth"] == 20e-9
    assert words["contacts"]["right"] == {"current": 2e-6, "spin": "sink"}
    assert words["interfaces"]["stripe|film"]["law"] == "mixing" and words["method"] == "fem"
    again = config.from_resolved(words)
    assert isinstance(again, Device) and resolved(again) == words
    assert_array_equal(again.mesh.points, made.mesh.points)


def test_a_changed_file_is_no_longer_the_input_of_a_result(place: Path, tmp_path: Path) -> None:
    """Bug caught: an old result solved again on another mesh or texture without a word."""
    for name in ("stripe.msh", "m.ovf"):
        (tmp_path / name).write_bytes((place / name).read_bytes())
    words = resolved(device_of(edited(("[0, 3, 4]", '{ file = "m.ovf" }')), tmp_path))
    grid = ovf.read(tmp_path / "m.ovf")
    ovf.write(ovf.VectorGrid(grid.values + [0.1, 0, 0], grid.corner, grid.step), tmp_path / "m.ovf")
    with pytest.raises(InputError, match=r"^regions\.stripe\.magnetization: the file holds other vectors \("):
        config.from_resolved(words)
    mesh.write(mesh.ready("stripe", size=10e-9), tmp_path / "stripe.msh")
    with pytest.raises(InputError, match=r"mesh\.vertices: got \d+, allowed: \d+, what the mesh was; has it changed"):
        config.from_resolved(words)


def test_a_mesh_made_in_python_is_told_by_its_numbers() -> None:
    made = mesh.ready("stripe", size=50e-9)
    metal = NormalMetal(name="N", conductivity=1e6, spin_diffusion_length=3e-9)
    both = {name: Region(metal) for name in made.regions}
    words = resolved(Device(made, both, contacts={"left": Terminal(voltage=1.0)}))
    assert words["mesh"] == {
        "cell": "quad",
        "vertices": len(made.points),
        "cells": len(made.cells),
        "digest": words["mesh"]["digest"],
    }
    with pytest.raises(InputError, match=r"^mesh\.file: missing, allowed: file = .* or ready"):
        config.from_resolved(words)
    magnet = Ferromagnet(name="F", conductivity=1e6, spin_diffusion_length=3e-9)
    turned = both | {"stripe": Region(magnet, lambda x: np.ones_like(x))}
    words = resolved(Device(made, turned, contacts={"left": Terminal(voltage=1.0)}))
    assert "lambda" in words["regions"]["stripe"]["magnetization"]["python"]


def test_ready_meshes_with_their_own_dimensions(tmp_path: Path) -> None:
    """Bug caught: a dimension of the ready mesh taken for a misspelt key, or lost on the way back."""
    table = 'ready = "stripe"\nsize = "25 nm"\nstripe_width = "60 nm"\ndepth = "30 nm"\n'
    head, _, rest = edited(("[0, 3, 4]", "[0, 0, -2]")).partition("[mesh]")
    text = f"{head}[mesh]\n{table}{rest[rest.index('[materials.Pt]') - 1 :]}"
    made = device_of(text, tmp_path)
    wanted = mesh.ready("stripe", size=25e-9, stripe_width=60e-9, depth=30e-9)
    assert_array_equal(made.mesh.points, wanted.points)
    assert made.mesh.depth == 30e-9
    words = json.loads(json.dumps(resolved(made)))
    assert words["mesh"]["stripe_width"] == 60e-9
    again = config.from_resolved(words)
    assert isinstance(again, Device) and resolved(again) == words
    for old, new, message in (
        ('"stripe"', '"strip"', "mesh.ready: got 'strip', known: .*Did you mean 'stripe'"),
        ("stripe_width", "stripe_with", "mesh.stripe_with: unknown key, .*Did you mean 'stripe_width'"),
        ('"60 nm"', "60", "mesh.stripe_width: got 60, allowed: a number with a unit"),
        ('"60 nm"', '"600 nm"', "mesh.stripe_width: got 600 nm, allowed: smaller than width"),
        ('"25 nm"', '"-25 nm"', "mesh.size: got '-25 nm', allowed: a finite number > 0"),
        ('size = "25 nm"', 'plane = "xz"', "mesh.plane: given for a ready mesh"),
    ):
        found = faults(text.replace(old, new, 1), tmp_path)
        assert len(found) == 1 and re.search(message, found[0]), found


CASES = r"""
file = "stripe.msh" ->  => ^mesh.file: missing, allowed: file = "device.msh" or ready = "strip_dot"
file = "stripe.msh" -> file = "stripe.msh"\nready = "stripe" => ^mesh.file: given beside ready
file = "stripe.msh" -> file = "strip.msh" => ^mesh.file: .*strip.msh: cannot be read: No such file
file = "stripe.msh" -> file = "text.msh" => ^mesh.file: .*text.msh: is no Gmsh file that can be read: it has
file = "stripe.msh" -> file = "stripe.msh"\nignore = ["lid"] => ^mesh.ignore: got 'lid', known: film, left
file = "stripe.msh" -> file = 5 => ^mesh.file: got 5, allowed: a text in quotes
length_unit = "nm" -> length_unit = "nmm" => ^mesh.length_unit: got 'nmm', allowed: a unit of length, such as "nm"
length_unit = "nm" -> length_unit = "m" => ^mesh.length_unit: got 1 m, .*likely length_unit: 1e-09 \(nm
length_unit = "nm" -> length_unit = "S" => ^mesh.length_unit: got 'S', allowed: a unit of length
plane = "xz" -> plane = "yz" => ^mesh.plane: got 'yz', known: xy, xz
plane = "xz" -> plan = "xz" => ^mesh.plan: unknown key, .*Did you mean 'plane'
depth = "20 nm" -> depth = "0 nm" => ^mesh.depth: got '0 nm', allowed: a finite number > 0
depth = "20 nm" -> depth = 20 => ^mesh.depth: got 20, .*bare number
depth = "20 nm" ->  => ^mesh.depth: missing, required in 2D since contacts.right has a current
depth = "20 nm" -> periodic = ["y"]\ndepth = "20 nm" => ^mesh.periodic: got y, allowed: x, z
depth = "20 nm" -> periodic = ["a"]\ndepth = "20 nm" => ^mesh.periodic\[0\]: got 'a', .*x, y, z
depth = "20 nm" -> size = "2 nm"\ndepth = "20 nm" => ^mesh.size: given for a file, whose cells are as they are
order = 2 -> order = 3 => ^mesh.order: got 3, allowed: 1 or 2
order = 2 -> order = "2" => ^mesh.order: got '2', allowed: a whole number
[regions.film] -> [regions.flm] => ^regions.film: missing, the mesh has this region;regions.flm: .*mean 'film'
[regions.film]\nmaterial = "Pt" -> [regions]\nfilm = 5 => ^regions.film: got 5, allowed: a table \[regions.film\]
material = "Pt" -> material = "Ptt" => ^regions.film.material: unknown material 'Ptt', known: Co, Pt. Did you mean 'Pt'
material = "Pt" -> materiel = "Pt" => ^regions.film.materiel: unknown key, .*Did you mean 'material'
material = "Pt" -> magnetization = [0, 0, 1]\nmaterial = "Pt" => ^regions.film.magnetization: given for 'Pt'
magnetization = [0, 3, 4] ->  => ^regions.stripe.magnetization: missing, required for the magnet 'Co'
[0, 3, 4] -> [0, 0, 0] => ^regions.stripe.magnetization: got \[0, 0, 0\], .*direction
[0, 3, 4] -> [0, 3] => ^regions.stripe.magnetization: got \[0, 3\], allowed: three .*or a texture, such as \{ file
[0, 3, 4] -> "up" => ^regions.stripe.magnetization: got 'up', allowed: three numbers
[0, 3, 4] -> {} => ^regions.stripe.magnetization: got the keys of nothing, allowed: kind, file, vtu, python, one of
[0, 3, 4] -> { file = "m.ovf", vtu = "m.vtu" } => ^regions.stripe.magnetization: got file and vtu, allowed
[0, 3, 4] -> { file = "n.ovf" } => ^regions.stripe.magnetization: .*n.ovf: cannot be read: No such file
[0, 3, 4] -> { file = "stripe.msh" } => ^regions.stripe.magnetization: .*stripe.msh: starts with no known line
[0, 3, 4] -> { file = "m.ovf", ofset = [] } => ^regions.stripe.magnetization.ofset: unknown key, .*mean 'offset'
[0, 3, 4] -> { file = "m.ovf", offset = [0, 0, 0] } => ^regions.stripe.magnetization.offset: got 0 in .*bare number
[0, 3, 4] -> { file = "m.ovf", offset = ["0 m", "0 m", "1 um"] } => ^regions.stripe.magnetization: \d+ of \d+ points lie
[0, 3, 4] -> { vtu = "m.ovf" } => ^regions.stripe.magnetization: .*m.ovf: got the ending '.ovf', allowed: .msh, .vtu
[0, 3, 4] -> { vtu = "m.vtu", length_unit = "nn" } => ^regions.stripe.magnetization.length_unit: got 'nn', .*mean 'nm'
[0, 3, 4] -> { python = "m.py:upp" } => ^regions.stripe.magnetization: .*no function 'upp', known: up. Did you mean 'up'
[0, 3, 4] -> { kind = "vortx" } => ^regions.stripe.magnetization.kind: got 'vortx', .*Did you mean 'vortex'
[0, 3, 4] -> { kind = "vortex", core_radius = "1 nm" } => ^regions.stripe.magnetization.center: missing, required: three
[0, 3, 4] -> { kind = "domain_wall", position = "1 nm", width = "-1 nm" } => magnetization.width: got '-1 nm', allowed
[interfaces."stripe|film"] -> [interfaces."stripe|fim"] => ^interfaces.stripe\|fim: joins no .*mean 'stripe\|film'
law = "mixing" -> law = "mixng" => ^interfaces.stripe\|film.law: got 'mixng', .*Did you mean 'mixing'
up = "4e14 S/m^2" -> up = "4e14" => ^interfaces.stripe\|film.up: got '4e14', .*it has no unit
up = "4e14 S/m^2" -> up = "-4e14 S/m^2" => ^interfaces.stripe\|film.up: got '-4e14 S/m.2', allowed: .* >= 0
[contacts.right] -> [contacts.rigt] => ^contacts.rigt: no such face .*mean 'right';contacts.right is not in the device
voltage = "0 V" -> voltage = 0 => ^contacts.left.voltage: got 0, .*bare number
voltage = "0 V" ->  => ^contacts.left.voltage: missing, allowed: voltage or current
voltage = "0 V" -> voltage = "0 V"\ncurrent = "0 A" => ^contacts.left.voltage: .*both given
spin = "blocked" -> spin = "block" => ^contacts.left.spin: got 'block', .*Did you mean 'blocked'
current = "2 uA" -> current_density = "2 A/m^2" => ^contacts.right.current_density: unknown key, .*mean 'current'
"0 V/m", "1e5 V/m" -> "1 V/m", "1e5 V/m" => ^drive.electric_field: got E_x = 1 V/m, allowed: 0 there
[drive] -> [drive]\nmagnetization_rate = {} => ^drive.magnetization_rate: unknown key, known: electric_field
title = -> method = "exact"\ntitle = => ^method: got 'exact', allowed: "fem"
title = -> titel = => ^titel: unknown key, .*Did you mean 'title'
"contacts.right.current" -> "contacts.rigt.current" => contacts.rigt is not in the device, .*Did you mean 'right'
"contacts.right.current" -> "contacts.right.curent" => ^sweep.contacts.right.curent: no field .*mean 'current'
"contacts.right.current" -> "contacts.right.voltage" => sweep.contacts.right.voltage.from: got '0 uA', .*convert;to: got
"contacts.right.current" -> "layers.film.thickness" => ^sweep.layers.film.thickness: no such field
[1, 0, 0], [0, 1, 0]] -> [1, 0, 0], [0, 0, 0]] => ^sweep.regions.stripe.magnetization: got \[0, 0, 0\]
[1, 0, 0], [0, 1, 0]] -> [1, 0, 0], [0, 1]] => ^sweep.regions.stripe.magnetization.values\[1\]: got \[0, 1\]
{ values = [[1, 0, 0], [0, 1, 0]] } -> { from = 0, to = 1, points = 2 } => magnetization: is a vector, allowed: { values
"regions.stripe.magnetization" = { values = [[1, 0, 0], [0, 1, 0]] } -> "drive.electric_field" = \
{ values = [["0 V/m", "1 V/m", "0 V/m"], ["1 V/m", "0 V/m", "0 V/m"]] } => ^sweep.drive.electric_field: got E_x = 1 V/m
kind = "ferromagnet" -> kind = "ferromagnt" => ^materials.Co.kind: got 'ferromagnt', .*Did you mean 'ferromagnet'
vtu = true -> profiles = "csv" => ^output.profiles: unknown key, known: directory, ovf, plot, report, vtu
report = true -> report = 1 => ^output.report: got 1, allowed: true or false
ovf = { cell = ["5 nm", "5 nm", "1 nm"] } -> ovf = true => ^output.ovf: got true, allowed: a table
ovf = { cell = ["5 nm", "5 nm", "1 nm"] } -> ovf = {} => ^output.ovf.cell: missing, required: three numbers with units
["5 nm", "5 nm", "1 nm"] -> ["5 nm", "5 nm", "0 nm"] => ^output.ovf.cell: got \['5 nm', .* > 0
"1 nm"] } -> "1 nm"], lower = ["1 m", "1 m", "1 m"], upper = ["2 m", "1 m", "2 m"] } => ^output.ovf.upper: does not lie
"""


@pytest.mark.parametrize("case", CASES.strip().replace("\\\n", "").splitlines())
def test_one_fault_one_message_under_the_users_path(case: str, place: Path) -> None:
    """Bug caught: a fault hidden, one that drags others behind it, or one under a record's own name."""
    change, messages = case.replace("\\n", "\n").split(" => ")
    old, new = change.split(" ->")
    found = faults(edited((old, new.strip())), place)
    expected = messages.split(";")
    assert len(found) == len(expected), found
    for fault, message in zip(found, expected, strict=True):
        assert re.search(message, fault), fault


def test_all_faults_of_a_file_are_found_at_once(place: Path) -> None:
    """Bug caught: a fault of the mesh hides that of a contact; a broken part is blamed twice."""
    text = edited(
        ("order = 2", "order = 7"),
        ('conductivity = "5e6 S/m"', "conductivity = 5e6"),
        ("polarization = 0.4", "polarization = 2"),
        ("[0, 3, 4]", '{ kind = "vortx" }'),
        ('up = "4e14 S/m^2"', "up = 4e14"),
        ('voltage = "0 V"', 'voltage = "0 A"'),
        ('"0 V/m", "1e5 V/m"', '0, "1e5 V/m"'),
        ("points = 3", "points = 1"),
        ("vtu = true", "vtu = 1"),
    )
    assert [fault.split(": ")[0] for fault in faults(text, place)] == [
        "mesh.order",
        "materials.Pt.conductivity",
        "materials.Co.polarization",
        "regions.stripe.magnetization.kind",
        "interfaces.stripe|film.up",
        "contacts.left.voltage",
        "drive.electric_field",
        "sweep.contacts.right.current.points",
        "output.vtu",
    ]


def test_without_its_mesh_a_device_is_still_checked(place: Path) -> None:
    """Bug caught: a misspelt file name hides a missing magnetization; faults invented for want of a mesh."""
    text = edited(('"stripe.msh"', '"none.msh"'), ("magnetization = [0, 3, 4]", ""), ('"2 uA"', '"2 V"'))
    assert [fault.split(": ")[0] for fault in faults(text, place)] == [
        "mesh.file",
        "contacts.right.current",
        "regions.stripe.magnetization",
    ]


def test_a_region_is_not_blamed_for_a_material_of_unknown_kind(place: Path) -> None:
    """Bug caught: a magnetization asked for, since what stands in for the material is taken for a magnet."""
    text = edited(('kind = "ferromagnet"', 'kind = "metal"'), ('material = "Pt"', 'material = "Co"'))
    assert [fault.split(": ")[0] for fault in faults(text, place)] == ["materials.Co.kind"]


def test_faults_of_contacts_do_not_hide_those_of_an_interface(place: Path) -> None:
    magnet = '[regions.film]\nmaterial = "Co"\nmagnetization = [1, 0, 0]'
    text = edited(('[regions.film]\nmaterial = "Pt"', magnet), ("[contacts.left]", "[contacts.lft]"))
    assert [fault.split(", ")[0] for fault in faults(text, place)] == [
        "interfaces.stripe|film.magnetization: missing",
        "interfaces.stripe|film.ferromagnet: missing",
        "contacts.lft: no such face of the mesh",
    ]


def test_devices_with_other_numbers(place: Path) -> None:
    """Bug caught: a material changed in one region and not in the other, a value that is not checked."""
    made = device_of(FILE, place)
    other = with_values(
        made,
        {
            "materials.Co.polarization": 0.1,
            "regions.stripe.magnetization": (0, 0, 5),
            "interfaces.stripe|film.up": 1e15,
            "contacts.right.current": 1e-3,
            "drive.electric_field": (0.0, 2.0, 0.0),
        },
    )
    assert isinstance(other.regions["stripe"].material, Ferromagnet)
    assert (other.regions["stripe"].material.polarization, other.contacts["right"].current) == (0.1, 1e-3)
    assert_array_equal(other.regions["stripe"].magnetization, [0, 0, 1])
    assert other.interfaces["stripe|film"].up == 1e15 and other.electric_field == (0.0, 2.0, 0.0)
    assert made.contacts["right"].current == 2e-6 and other.mesh is made.mesh
    for path, message in (
        ("layers.stripe.thickness", r"no such field, known: contacts, drive, interfaces, materials, regions"),
        ("regions.strip.magnetization", r"^regions\.strip: not in the device, .*Did you mean 'stripe'"),
        ("contacts.right.curent", r"^contacts\.right\.curent: no such field, .*Did you mean 'current'"),
        ("drive.magnetization_rate.stripe", r"^drive\.stripe: no such field, known: electric_field$"),
    ):
        with pytest.raises(InputError, match=message):
            with_values(made, {path: 1.0})
    with pytest.raises(InputError, match=r"electric_field: got E_z = 1 V/m"):
        with_values(made, {"drive.electric_field": (0.0, 0.0, 1.0)})


def test_the_schema_of_a_device_knows_every_field() -> None:
    schema = config.schema("device")
    assert json.loads(json.dumps(schema)) == schema
    assert set(schema["properties"]) == {"title", "closure", *config.DEVICE_SECTIONS, "sweep", "output"}
    assert sorted(schema["required"]) == ["materials", "mesh", "regions"]
    region = schema["$defs"]["region"]["properties"]
    assert set(region) == {"material", "magnetization"} and region["material"]["type"] == "string"
    assert len(region["magnetization"]["anyOf"]) == 7
    assert set(schema["$defs"]["Terminal"]["properties"]) == {"voltage", "current", "spin", "orbital"}
    assert set(schema["$defs"]["Output"]["properties"]) == {"directory", "plot", "vtu", "report", "ovf"}
    assert set(config.schema()["$defs"]["Output"]["properties"]) == {"directory", "profiles", "plot", "vtu"}


def test_the_example_of_the_docs_is_a_device() -> None:
    job = config.read_job(Path(__file__).parents[1] / "docs" / "strip_dot.toml")
    assert job.device is not None and list(job.device.joints) == ["strip|dot"] and job.order == 1


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
    text = (Path(__file__).parents[1] / "docs" / "strip_dot.toml").read_text(encoding="utf-8")
    path = tmp_path / "device.toml"
    path.write_text('closure = "ning24"\n' + text, encoding="utf-8")
    said = CliRunner().invoke(cli.app, ["check", str(path), "--json"])
    assert any("ning24" in warning for warning in json.loads(said.output)["warnings"])
    assert "warning: closure" in CliRunner().invoke(cli.app, ["check", str(path)]).output


def test_a_film_with_a_spin_hall_effect_is_warned_of(tmp_path):
    """A cross-section drawn in x and y, taken for a film, has no torque and no message."""
    from femsot.materials.library import material
    from femsot.model.device import Device, Region, Terminal
    from femsot.model.mesh import grid
    from femsot.model.mesh.layered import with_contacts
    from femsot.studies.warnings import FILM, device_warnings

    flat = with_contacts(grid(np.linspace(0, 1e-8, 3), np.linspace(0, 4e-9, 3)), {"left": "x-"})
    pt = material("Pt")
    made = Device(flat, {"film": Region(pt)}, contacts={"left": Terminal(voltage=0.0)})
    assert FILM in device_warnings(made)
    bare = Device(flat, {"film": Region(material("Pt", spin_hall_angle=0.0))}, contacts=made.contacts)
    assert FILM not in device_warnings(bare)
