"""Faults of a device's file: every one at once, under the user's path."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from device_file import edited, faults

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
[0, 3, 4] -> { file = "m.ovf", offset = [0, 0, 5] } => ^regions.stripe.magnetization.offset: got 5 in .*bare number
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
voltage = "0 V" -> voltage = 3 => ^contacts.left.voltage: got 3, .*bare number
voltage = "0 V" ->  => ^contacts.left.voltage: missing, allowed: voltage or current
voltage = "0 V" -> voltage = "0 V"\ncurrent = "0 A" => ^contacts.left.voltage: .*both given
spin = "blocked" -> spin = "block" => ^contacts.left.spin: got 'block', .*Did you mean 'blocked'
current = "2 uA" -> currnt = "2 A/m^2" => ^contacts.right.currnt: unknown key, .*mean 'current'
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
        ('"0 V/m", "1e5 V/m"', '7, "1e5 V/m"'),
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
