"""TOML to a `Job`: exact SI numbers, and one clear message for everything that may be wrong."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pytest
from config_file import FIELD, FILE, MATERIALS, NI, TI, edited, faults, only_fault
from numpy.testing import assert_allclose

from femsot.base.errors import InputError
from femsot.interfaces import Matrix, Mixing, Ohmic, SpinMemoryLoss
from femsot.io import config
from femsot.materials.library import material
from femsot.materials.records import Ferromagnet, NormalMetal
from femsot.model.boundaries import Contact, Injection, Reservoir
from femsot.model.stack import Stack


def test_every_number_of_a_file_is_exact_si() -> None:
    """Bug caught: 3 * 1e-9 is 3.0000000000000004e-09; a unit prefix lost; a field read with another's unit."""
    job = config.read_text(FILE)
    stack = job.stack
    ti, ni = (layer.material for layer in stack.layers)
    assert isinstance(ti, NormalMetal) and isinstance(ni, Ferromagnet)
    assert (ti.conductivity, ti.spin_diffusion_length, ti.orbital_diffusion_length) == (1e6, 3e-9, 5e-9)
    assert (ti.spin_orbit_length, ti.orbital_hall_conductivity, ti.source) == (10e-9, 1e6, "doi or note")
    assert (ni.polarization, ni.exchange_length, ni.dephasing_length) == (0.4, 0.5e-9, 1e-9)
    assert (ni.orbit_to_spin, ni.spin_to_orbit, ni.saturation_magnetization) == (0.5, None, 5e5)
    assert [layer.thickness for layer in stack.layers] == [5e-9, 3e-9]
    assert_allclose(stack.layers[1].magnetization, [0.6, 0.0, 0.8], rtol=1e-15)
    law, contact = stack.interfaces["Ti|Ni"], stack.bottom
    assert isinstance(law, Ohmic) and law.charge == 1e15 and law.spin is None
    assert isinstance(contact, Contact) and (contact.voltage, contact.spin, contact.orbital) == (1e-3, "blocked", None)
    assert stack.top is None
    assert stack.electric_field == (1e5, 0.0, 0.0)
    assert stack.magnetization_rate == {"Ni": (0.0, 1e10, 0.0)}
    assert (stack.closure, stack.method, stack.title, job.title) == ("ning24", "fem", *2 * [stack.title])
    assert job.output == config.Output(directory="results", profiles="csv", plot=True, vtu=False)
    assert job.sweep is not None and job.sweep.names == ("layers.Ni.thickness",)
    assert_allclose(job.sweep.values["layers.Ni.thickness"], np.linspace(1e-9, 20e-9, 40), rtol=1e-15)


def test_a_file_needs_materials_layers_and_a_drive_only() -> None:
    job = config.read_text(MATERIALS + TI + FIELD)
    assert job.sweep is None and job.output == config.Output()
    assert (job.stack.closure, job.stack.method, job.stack.electric_field) == ("conserving", "exact", (1.0, 0.0, 0.0))


CASES = r"""
conductivity = "1e6 S/m" -> conductivity = 1e6 => materials.Ti.conductivity: got 1000000.0, allowed: .* bare number
conductivity = "1e6 S/m" -> conductivity = "5 nm" => materials.Ti.conductivity: got '5 nm', .*nm does not convert to S/m
thickness = "3 nm" -> thickness = "3 nmm" => layers.Ni.thickness: got '3 nmm', .*unknown unit 'nmm'
polarization = 0.4 -> polarization = "0.4" => materials.Ni.polarization: got '0.4', allowed: a plain number
polarization = 0.4 -> polarization = true => materials.Ni.polarization: got true, allowed: a plain number
polarization = 0.4 -> polarization = nan => materials.Ni.polarization: got nan, allowed
charge = "1e15 S/m^2" -> charge = "1e15 S/m" => interfaces.Ti\|Ni.charge: .* S/m does not convert|S/m\^2
voltage = "1 mV" -> voltage = 1 => boundaries.bottom.voltage: got 1, .*bare number
"1e5 V/m", "0 V/m", "0 V/m" -> "1e5 V/m", "0 V/m", 3 => drive.electric_field: got 3 in .*bare number
"1e5 V/m", "0 V/m", "0 V/m" -> "1e5 V/m", "0 V/m" => drive.electric_field: got .* allowed: three
"0 1/s", "1e10 1/s", "0 1/s" -> "0 m", "0 1/s", "0 1/s" => drive.magnetization_rate.Ni: got '0 m' in
title = -> titel = => titel: unknown key, .*Did you mean 'title'
conductivity = -> conductivty = => materials.Ti.conductivty: unknown key, .*Did you mean 'conductivity'
thickness = -> thicknes = => layers.Ti.thicknes: unknown key, .*Did you mean 'thickness'
charge = -> chrge = => interfaces.Ti\|Ni.chrge: unknown key, .*Did you mean 'charge'
spin = "blocked" -> spn = "blocked" => boundaries.bottom.spn: unknown key, .*Did you mean 'spin'
electric_field = -> electricfield = => drive.electricfield: unknown key, .*Did you mean 'electric_field'
directory = -> dir = => output.dir: unknown key, known: directory, plot, profiles, vtu
[boundaries.bottom] -> [boundaries.botom] => boundaries.botom: got 'botom', .*Did you mean 'bottom'
kind = "normal" -> kind = "norml" => materials.Ti.kind: got 'norml', .*Did you mean 'normal'.*library
kind = "normal" -> kind = [1] => materials.Ti.kind: got \[1\], known: altermagnet, ferromagnet
kind = "normal" ->  => materials.Ti.kind: missing, allowed: normal, altermagnet, ferromagnet, insulator
kind = "normal" -> library = "Ptt" => materials.Ti.library: got 'Ptt', .*Did you mean 'Pt'
law = "ohmic" -> law = "ohmc" => interfaces.Ti\|Ni.law: got 'ohmc', .*Did you mean 'ohmic'
law = "ohmic" ->  => interfaces.Ti\|Ni.law: missing, allowed: transparent, ohmic, mixing
law = "ohmic" -> law = "scatering" => law: got 'scatering', known: .*Did you mean 'scattering'?
kind = "contact" -> kind = "none" => boundaries.bottom.kind: got 'none', .*leave \[boundaries.bottom\] out
material = "Ti" -> material = "Tj" => layers.Ti.material: unknown material 'Tj', known: Ni, Ti
material = "Ti" -> material = "Pt" => layers.Ti.material: unknown material 'Pt', .*write \[materials.Pt\]
closure = "ning24" -> closure = "ning" => closure: got 'ning', known: conserving, ning24. Did you mean
method = "fem" -> method = "fme" => method: got 'fme', .*Did you mean 'fem'
spin = "blocked" -> spin = "block" => boundaries.bottom.spin: got 'block', .*Did you mean 'blocked'
profiles = "csv" -> profiles = "xls" => output.profiles: got 'xls', known: csv
plot = true -> plot = 1 => output.plot: got 1, allowed: true or false
directory = "results" -> directory = 1 => output.directory: got 1, allowed: a text in quotes
[materials.Ti] -> [materials.Cu]\n[materials.Ti] => materials.Cu.kind: missing
[materials.Ti] -> [materials]\nCu = 5\n[materials.Ti] => materials.Cu: got 5, allowed: a table \[materials.Cu\]
conductivity = "1e6 S/m" -> conductivity = "-1e6 S/m" => materials.Ti.conductivity: got '-1e6 S/m', allowed: .* > 0
polarization = 0.4 -> polarization = 1 => materials.Ni.polarization: got 1, allowed: .*between -1 and 1
polarization = 0.4 -> polarization = -1.5 => materials.Ni.polarization: got -1.5, allowed: .*between -1 and 1
orbit_to_spin = 0.5 -> orbit_to_spin = 1.3 => materials.Ni.orbit_to_spin: the conductivity is not positive
orbital_diffusion_length = "5 nm" ->  => materials.Ti.orbital_diffusion_length: missing, required with
[materials.Ti] -> [materials.Ti]\nspin_hall_angle = 0.1 => materials.Ti.spin_hall_angle
thickness = "3 nm" -> thickness = "-3 nm" => layers.Ni.thickness: got '-3 nm', allowed: a finite number > 0
thickness = "3 nm" -> thickness = "inf nm" => layers.Ni.thickness: got 'inf nm', allowed: a finite number > 0
magnetization = [3, 0, 4] -> magnetization = [0, 0, 0] => layers.Ni.magnetization: got \[0, 0, 0\], .*direction
magnetization = [3, 0, 4] -> magnetization = [nan, 0, 1] => layers.Ni.magnetization: got nan in
magnetization = [3, 0, 4] -> magnetization = [inf, 0, 1] => layers.Ni.magnetization: .*three finite numbers
magnetization = [3, 0, 4] ->  => layers.Ni.magnetization: missing, required for the magnet 'Ni'
thickness = "5 nm" -> thickness = "5 nm"\nmagnetization = [0, 0, 1] => layers.Ti.magnetization: .* no magnet
charge = "1e15 S/m^2" -> charge = "-1e15 S/m^2" => ^interfaces.Ti\|Ni.charge: got '-1e15 S/m.2', allowed: .* >= 0
charge = "1e15 S/m^2" -> charge = "1 S/m^2"\norbit_to_spin = "2 S/m^2" => ^interfaces.Ti\|Ni: creates power
[interfaces."Ti|Ni"] -> [interfaces."Ni|Ti"] => interfaces.Ni\|Ti: joins no neighbours, known: Ti\|Ni. .*lower.upper
charge = "1e15 S/m^2" -> charge = "5e6" => ^interfaces.Ti\|Ni.charge: got '5e6', .*\(it has no unit\)
exchange_length = "0.5 nm" -> exchange_length = "1e-320 m" => ^materials.Ni.exchange_length: got '1e-320 m', .* > 0
"layers.Ni.thickness" = { from -> "interfaces.Ni|Ti.charge" = { from => interfaces.Ni\|Ti is not .*mean 'Ti\|Ni' \(lower
voltage = "1 mV" -> voltage = "1 mV"\ncurrent_density = "1 A/m^2" => ^boundaries.bottom.voltage: .* both given
voltage = "1 mV" ->  => ^boundaries.bottom.voltage: missing, allowed: voltage or current_density, one of
voltage = "1 mV" -> current_density = "1 A/m^2" => boundaries.bottom.current_density: 1 A/m.2 has nowhere to go
"1e5 V/m", "0 V/m", "0 V/m" -> "1e5 V/m", "0 V/m", "1 V/m" => drive.electric_field: got E_z = 1 V/m
"1e5 V/m", "0 V/m", "0 V/m" -> "inf V/m", "0 V/m", "0 V/m" => drive.electric_field: got inf
{ Ni = -> { Nj = => drive.magnetization_rate.Nj: no magnet of that name, known: Ni
name = "Ti" -> name = "T|" => layers\[0\].name: got 'T\|', allowed: a name without
name = "Ti" ->  => layers\[0\].name: missing, required: a text in quotes
"""


@pytest.mark.parametrize("case", CASES.strip().splitlines())
def test_one_fault_one_message_under_the_users_path(case: str) -> None:
    """Bug caught: a fault hidden, one that drags others behind it, or one under a record's own name."""
    change, message = case.replace("\\n", "\n").split(" => ")
    old, new = change.split(" ->")
    assert re.search(message, only_fault((old, new.strip())))


def test_names_and_layers() -> None:
    assert "layers.Ti.name: given 2 times" in "\n".join(faults(FILE + TI))
    assert faults(MATERIALS) == ["layers: the stack is empty, allowed: at least one layer"]
    assert faults(MATERIALS + "[layers.Ti]\nthickness = '5 nm'") == [
        "layers: got a table, allowed: one [[layers]] for each layer, from -z to +z"
    ]
    assert faults("layers = [1]\n" + MATERIALS) == ["layers[0]: got 1, allowed: a table [[layers]]"]


def test_all_faults_of_a_file_are_found_at_once() -> None:
    """Bug caught: a fault of one material hides that of a layer; a broken part is blamed twice."""
    text = edited(
        ("title =", "titel ="),
        ('conductivity = "1e6 S/m"', "conductivity = 1e6"),
        ('spin_diffusion_length = "3 nm"', 'spin_diffusion_length = "3 S"'),
        ("polarization = 0.4", "polarization = 2"),
        ('thickness = "5 nm"', 'thickness = "-5 nm"'),
        ("magnetization = [3, 0, 4]", "magnetization = [0, 0, 0]"),
        ('charge = "1e15 S/m^2"', 'charge = "-1 S/m^2"'),
        ('voltage = "1 mV"', ""),
        ('"1e5 V/m", "0 V/m", "0 V/m"', '"1e5 V/m", "0 V/m", "7 V/m"'),
        ("{ Ni =", "{ Nj ="),
        ("points = 40", "points = 1"),
        ("plot = true", 'plot = "yes"'),
    )
    paths = [fault.split(": ")[0] for fault in faults(text)]
    assert paths == [
        "titel",
        "materials.Ti.conductivity",
        "materials.Ti.spin_diffusion_length",
        "materials.Ni.polarization",
        "layers.Ti.thickness",
        "layers.Ni.magnetization",
        "interfaces.Ti|Ni.charge",
        "boundaries.bottom.voltage",
        "drive.electric_field",
        "drive.magnetization_rate.Nj",
        "sweep.layers.Ni.thickness.points",
        "output.plot",
    ]


def test_faults_of_ends_and_drives_do_not_hide_those_of_an_interface() -> None:
    """The stack itself checks its interfaces only when all else is well."""
    text = edited(
        ('charge = "1e15 S/m^2"', 'charge = "1 S/m^2"\norbit_to_spin = "2 S/m^2"'),
        ('"1e5 V/m", "0 V/m", "0 V/m"', '"1e5 V/m", "0 V/m", "7 V/m"'),
    )
    assert [fault.split(": ")[0] for fault in faults(text)] == ["interfaces.Ti|Ni", "drive.electric_field"]


def test_a_missing_channel_is_the_materials_fault() -> None:
    orbital = [line for line in MATERIALS.split("[materials.Ni]")[0].splitlines() if "orbit" in line]
    assert only_fault(*[(line, "") for line in orbital]).startswith("materials.Ti.orbital_conductivity: missing")


def test_materials_of_the_library() -> None:
    """Bug caught: an override ignored, or the library's name instead of the user's in the result."""
    text = MATERIALS.replace("orbit", "#") + '[materials.heavy]\nlibrary = "Pt"\nspin_diffusion_length = "4 nm"\n'
    text = "\n".join(line for line in text.splitlines() if "#" not in line)
    stack = config.read_text(text + NI + TI.replace('material = "Ti"', 'material = "heavy"') + FIELD).stack
    heavy, published = stack.layers[1].material, material("Pt")
    assert isinstance(heavy, NormalMetal) and isinstance(published, NormalMetal)
    assert (heavy.name, heavy.spin_diffusion_length) == ("heavy", 4e-9)
    assert heavy.conductivity == published.conductivity
    base = text + NI + TI
    for line, message in (
        (
            'kind = "ferromagnet"',
            "materials.heavy.kind: got 'ferromagnet', allowed: normal, which Pt of the library is",
        ),
        ('conductivity = "-1 S/m"', "materials.heavy.conductivity: got '-1 S/m', allowed: a finite number > 0"),
        ("conductivity = 5", "materials.heavy.conductivity: got 5, allowed: a number with a unit"),
        ("conductivty = 5", "materials.heavy.conductivty: unknown key"),
    ):
        found = faults(base.replace('library = "Pt"', f'library = "Pt"\n{line}'))
        assert len(found) == 1 and found[0].startswith(message), found


def test_every_law_and_end_is_read(tmp_path: Path) -> None:
    text = MATERIALS + TI + NI + TI.replace('name = "Ti"', 'name = "top"')
    laws = """
    [interfaces."Ti|Ni"]
    law = "mixing"
    up = "4e14 S/m^2"
    mixing = ["1e15 S/m^2", "1e14 S/m^2"]
    ferromagnet = "above"
    [interfaces."Ni|top"]
    law = "memory_loss"
    resistance_area = "0.5 fohm m^2"
    delta = 0.3
    transverse_delta = [0.4, 0.2]
    magnetization = [0, 0, 2]
    [boundaries.bottom]
    kind = "reservoir"
    components = ["sx", "oy"]
    [boundaries.top]
    kind = "injection"
    spin_current = ["0 A/m^2", "1e10 A/m^2", "0 A/m^2"]
    """
    stack = config.read_text(text + laws).stack
    mixing, loss = stack.interfaces["Ti|Ni"], stack.interfaces["Ni|top"]
    assert isinstance(mixing, Mixing) and isinstance(loss, SpinMemoryLoss)
    assert (mixing.up, mixing.mixing, mixing.ferromagnet) == (4e14, 1e15 + 1e14j, "above")
    assert (loss.resistance_area, loss.delta, loss.transverse_delta) == (0.5e-15, 0.3, 0.4 + 0.2j)
    assert loss.magnetization == (0.0, 0.0, 2.0)
    assert isinstance(stack.bottom, Reservoir) and stack.bottom.components == ("sx", "oy")
    assert isinstance(stack.top, Injection) and stack.top.spin_current == (0.0, 1e10, 0.0)
    bad = laws.replace('["sx", "oy"]', '["sx", "q"]').replace('"above"', '"over"').replace("[0, 0, 2]", "[0, 0, 0]")
    assert [x.split(":")[0] for x in faults(text + bad)] == [
        "interfaces.Ti|Ni.ferromagnet",
        "interfaces.Ni|top.magnetization",
        "boundaries.bottom.components",
    ]


def matrix_file(path: Path, **arrays: object) -> None:
    block = np.diag([2.0, 1, 1, 1, 1, 1, 1]) * 1e15
    np.savez(path, **{"G": np.block([[block, -block], [block, -block]])} | arrays)  # type: ignore[arg-type]


def test_a_matrix_is_read_from_its_file(tmp_path: Path) -> None:
    """The path is relative to the TOML file, not to where the program runs."""
    matrix_file(tmp_path / "law.npz", j_E=np.ones((2, 7, 2)))
    (tmp_path / "stack.toml").write_text(
        edited(('law = "ohmic"', 'law = "matrix"\nfile = "law.npz"'), ('charge = "1e15 S/m^2"', "")), encoding="utf-8"
    )
    law = config.read(tmp_path / "stack.toml").interfaces["Ti|Ni"]
    assert isinstance(law, Matrix) and law.source == "law.npz"
    assert law.G[0, 0] == 2e15 and np.shape(law.j_E) == (2, 7, 2)


def test_a_bad_matrix_file_is_a_fault(tmp_path: Path) -> None:
    change = (('law = "ohmic"', 'law = "matrix"\nfile = "law.npz"'), ('charge = "1e15 S/m^2"', ""))
    path = tmp_path / "law.npz"

    def fault() -> str:
        return only_fault(*change, directory=tmp_path)

    assert "Ti|Ni.file: cannot read 'law.npz' as .npz: No such file" in fault()
    path.write_text("no archive")
    assert "Ti|Ni.file: cannot read 'law.npz' as .npz" in fault()
    path.write_bytes(b"PK\x03\x04 broken")
    assert "Ti|Ni.file: cannot read 'law.npz' as .npz" in fault()
    with path.open("wb") as file:
        np.save(file, np.eye(14))
    assert "this is one array (.npy), allowed: several by name" in fault()
    np.savez(path, G=np.array([{}], dtype=object))
    assert "cannot read 'law.npz' as .npz: it has Python objects inside, allowed: arrays of numbers" in fault()
    matrix_file(path, j_e=np.ones((2, 7, 2)))
    assert "unknown array 'j_e', known: G, j_E, torque_field, torque_mu. Did you mean 'j_E'" in fault()
    np.savez(path, j_E=np.ones((2, 7, 2)))
    assert "'law.npz' has no array 'G', required" in fault()
    matrix_file(path, j_E=np.full((2, 7, 2), np.nan))
    assert "array 'j_E' of 'law.npz' has other than real, finite numbers" in fault()
    np.savez(path, G=np.eye(3))
    assert fault().startswith("interfaces.Ti|Ni.G: got shape (3, 3), allowed")
    np.savez(path, G=np.diag(np.arange(14.0)))
    assert any(x.startswith("interfaces.Ti|Ni: charge is not conserved") for x in faults(edited(*change), tmp_path))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"

    def message() -> str:
        with pytest.raises(InputError) as error:
            config.read_job(str(path))
        assert len(error.value.faults) == 1 and "\n" not in str(error.value)
        return str(error.value)

    assert "a.toml: no such file" in message()
    path.write_text("[materials.Ti]\nkind = normal\n")
    assert "a.toml: is not TOML: Invalid value (at line 2" in message()
    path.write_bytes(b'title = "\xff"')
    assert "a.toml: is not UTF-8 text (byte 9)" in message()
    path.unlink()
    path.mkdir()
    assert "a.toml: is a directory" in message()
    good = tmp_path / "good.toml"
    good.write_bytes(b"\xef\xbb\xbf" + FILE.replace("\n", "\r\n").encode())  # as an editor on Windows saves it
    job = config.read_job(good)
    assert job.path == good and isinstance(config.read(good), Stack)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '[[layers]]\nname = "a"\n[mesh]\nfile = "a.msh"\n[regions.a]\nmaterial = "Pt"\n[contacts.l]\n',
            r"^\[\[layers\]\] belongs to a stack, \[mesh\], \[regions\], \[contacts\] to a device, allowed: one",
        ),
        ("[interface]\nbarrier = 0.4\n", r"^\[interface\]: an interface alone, for `femsot scatter`"),
    ],
)
def test_devices_and_lone_interfaces_are_told_so(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as error:
        config.read_text(text)
    assert len(error.value.faults) == 1


def test_the_schema_knows_every_field_and_its_unit() -> None:
    schema = config.schema()
    assert json.loads(json.dumps(schema)) == schema
    assert set(schema["properties"]) == {"title", "closure", "method", "fermi_wavevector", *config.SECTIONS}
    assert schema["required"] == ["materials", "layers"] and schema["additionalProperties"] is False
    magnet = schema["$defs"]["kind___ferromagnet"]
    names = {"kind"} | set(Ferromagnet.__dataclass_fields__) - {"name"}
    assert set(magnet["properties"]) == names
    assert sorted(magnet["required"]) == ["kind", "spin_diffusion_length"]  # conductivity or resistivity
    length = magnet["properties"]["exchange_length"]
    assert length["type"] == ["string", "number"] and length["maximum"] == 0
    assert "converts to m, " in length["description"] and "pattern" in length
    assert magnet["properties"]["polarization"]["type"] == "number"
    assert set(schema["$defs"]["law___matrix"]["properties"]) == {"law", "file", "magnetization"}
    assert schema["$defs"]["law___mixing"]["properties"]["mixing"]["anyOf"][1]["minItems"] == 2


def test_a_broken_law_at_no_interface_has_two_faults() -> None:
    found = faults(edited(('[interfaces."Ti|Ni"]', '[interfaces."Ni|Ti"]'), ('law = "ohmic"', 'law = "ohmc"')))
    assert [x.split(",")[0] for x in found] == [
        "interfaces.Ni|Ti.law: got 'ohmc'",
        "interfaces.Ni|Ti: joins no neighbours",
    ]


@dataclass(frozen=True, eq=False, kw_only=True)
class Alloy(NormalMetal):
    """A plugin's material with a field of its own."""

    grain: Annotated[float, "m"] = 1e-8


def film(charge: Annotated[float, "S/m^2"], thickness: Annotated[float, "m"] = 1e-9) -> Ohmic:
    """A plugin's law, a function."""
    return Ohmic(charge=charge * (thickness / 1e-9))


def plugin(name: str, made: Any) -> Any:
    return lambda group: [EntryPoint(name, f"{__name__}:{made}", group)]


def test_plugins_are_known_by_name_with_their_units(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("femsot.interfaces.entry_points", plugin("film", "film"))
    monkeypatch.setattr("femsot.materials.library.entry_points", plugin("AuTi", "alloy"))
    text = edited(
        ('law = "ohmic"', 'law = "film"\nthickness = "2 nm"'),
        ("[materials.Ti]", '[materials.mix]\nlibrary = "AuTi"\nkind = "normal"\ngrain = "3 nm"\n[materials.Ti]'),
        ("[[layers]]", '[[layers]]\nname = "mix"\nmaterial = "mix"\nthickness = "1 nm"\n[[layers]]'),
    )
    stack = config.read_text(text).stack
    assert stack.interfaces["Ti|Ni"].charge == 2e15
    mix = stack.layers[0].material
    assert isinstance(mix, Alloy) and (mix.name, mix.grain, mix.conductivity) == ("mix", 3e-9, 5e6)
    assert faults(text.replace('"2 nm"', "2"))[0].startswith(
        "interfaces.Ti|Ni.thickness: got 2, allowed: a number with"
    )
    assert faults(text.replace('"1e15 S/m^2"', '"-1 S/m^2"'))[0].startswith(
        "interfaces.Ti|Ni.charge: got '-1 S/m^2', allowed"
    )


def alloy() -> Alloy:
    return Alloy(
        name="AuTi",
        conductivity=5e6,
        spin_diffusion_length=3e-9,
        orbital_conductivity=1e6,
        orbital_diffusion_length=2e-9,
    )
