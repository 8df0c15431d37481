"""Plugins in files: a broken one names its package where it is used, and harms nothing where it is not."""

from __future__ import annotations

import json
import warnings
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from config_file import FILE, edited, only_fault
from typer.testing import CliRunner

import femsot as fs
from femsot import cli
from femsot.base.errors import InputError, PluginWarning
from femsot.interfaces import laws
from femsot.io import config
from femsot.materials.library import library_entry, library_names, material
from femsot.model.record import resolved

CODE = """
import femsot as fs

number = 5

def alloy():
    return fs.Ferromagnet(name="AuTi", conductivity=5e6, spin_diffusion_length=3e-9, polarization=0.3, source="a book")

def wrong():
    return fs.NormalMetal(name="AuTi", conductivity=-5e6, spin_diffusion_length=3e-9)

def stumbles():
    raise KeyError("no data")

def nothing(charge: "Nowhere" = 1.0):
    return None

def empty():
    return None

class Old:
    needs_magnetization = False

    def law(self, m=None, ferromagnet=None):
        return None
"""
BROKEN = {
    "no_such_package_of_ours:x": "cannot be loaded: ModuleNotFoundError: No module named",
    "femsot_test_plugin:no_such": "cannot be loaded: AttributeError: ",
    "femsot_test_plugin:number": "is 5, allowed: a function or a class",
}
BROKEN_MATERIALS = BROKEN | {
    "femsot_test_plugin:stumbles": "raises KeyError: 'no data'",
    "femsot_test_plugin:empty": "makes None, allowed: a NormalMetal, Ferromagnet or Insulator",
    "femsot_test_plugin:wrong": "raises InputError: materials.AuTi.conductivity: got -5e",
}
BROKEN_LAWS = BROKEN | {
    "femsot_test_plugin:stumbles": "raises KeyError: 'no data'",
    "femsot_test_plugin:empty": "makes None, allowed: a law",
    "femsot_test_plugin:nothing": "raises NameError: ",
    "femsot_test_plugin:Old": "allowed: a law, a class derived from femsot.interfaces.Law with a method map",
}
USED = '[materials.mix]\nlibrary = "mine"\n[materials.Ti]'


#: where the entry points of a group are looked up
HOMES = {"femsot.materials": "femsot.materials.library", "femsot.interfaces": "femsot.interfaces"}


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """A package femsot_test_plugin with one entry point called "mine"."""
    (tmp_path / "femsot_test_plugin.py").write_text(CODE)
    monkeypatch.syspath_prepend(tmp_path)

    def made(target: str, kind: str) -> None:
        name = f"femsot.{kind}"
        monkeypatch.setattr(HOMES[name] + ".entry_points", lambda group: [EntryPoint("mine", target, group)])

    return made


def mine(change: tuple[str, str], target: str) -> str:
    """The one fault of a file that uses the plugin."""
    fault = only_fault(change)
    package = target.partition(":")[0]
    assert f"plugin 'mine' of package '{package}': " in fault and "\n" not in fault
    return fault


@pytest.mark.parametrize("target", BROKEN_MATERIALS)
def test_a_broken_material_harms_only_the_files_that_use_it(install: Any, target: str) -> None:
    """Bug caught: every file that has library = "Pt" ends in the traceback of a package that it never names."""
    install(target, "materials")
    config.read_text(FILE)
    assert material("Pt").name == "Pt"
    assert "materials.mix.library: " in (fault := mine(("[materials.Ti]", USED), target))
    assert BROKEN_MATERIALS[target] in fault
    with pytest.warns(PluginWarning, match="plugin 'mine' of package") as warned:
        assert "mine" not in library_names() and "Pt" in library_names()
    assert len({str(each.message) for each in warned}) == 1
    with pytest.raises(InputError, match="plugin 'mine' of package"):
        library_entry("mine")


@pytest.mark.parametrize("target", BROKEN_LAWS)
def test_a_broken_law_harms_only_the_files_that_use_it(install: Any, target: str) -> None:
    """Bug caught: every file with an interface, and every result, ends in the traceback of another package."""
    install(target, "interfaces")
    stack = config.read_text(FILE).stack
    assert resolved(stack)["interfaces"]["Ti|Ni"]["law"] == "ohmic"
    fault = mine(('law = "ohmic"\ncharge = "1e15 S/m^2"', 'law = "mine"'), target)
    assert "interfaces.Ti|Ni.law: " in fault and BROKEN_LAWS[target] in fault
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        assert "ohmic" in laws()
        assert json.dumps(config.schema())
    assert ("mine" in laws()) if target not in BROKEN else all(x.category is PluginWarning for x in warned)


def test_a_plugins_material_is_an_entry_of_the_library(install: Any) -> None:
    """Bug caught: `femsot materials` and `femsot materials mine` know only the files of the package."""
    install("femsot_test_plugin:alloy", "materials")
    entry = library_entry("mine")
    assert entry["kind"] == "ferromagnet" and "plugin" in entry["description"]
    assert entry["conductivity"] == {"value": 5e6, "unit": "S/m", "source": "a book"}
    assert entry["polarization"] == {"value": 0.3, "unit": "1", "source": "a book"}
    assert set(entry) == {"kind", "description", "conductivity", "spin_diffusion_length", "polarization"}
    listed = CliRunner().invoke(cli.app, ["materials"])
    assert listed.exit_code == 0 and "mine" in listed.output and "Pt" in listed.output
    shown = CliRunner().invoke(cli.app, ["materials", "mine"])
    assert shown.exit_code == 0 and "5e+06 S/m" in shown.output and "a book" in shown.output


def test_a_plugin_does_not_replace_what_is_ours(install: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bug caught: a package that calls something "Pt" or "ohmic" changes the files of others without a word."""
    found = {"femsot.materials": "Pt", "femsot.interfaces": "ohmic"}

    def points(group: str) -> list[EntryPoint]:
        return [EntryPoint(found[group], "femsot_test_plugin:alloy", group)]

    for name in found:
        monkeypatch.setattr(f"{HOMES[name]}.entry_points", points)
    assert isinstance(material("Pt"), fs.NormalMetal) and material("Pt").source == "femsot library: Pt"
    assert library_names().count("Pt") == 1 and laws()["ohmic"] is fs.Ohmic
    assert edited() == FILE
