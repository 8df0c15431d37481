"""Published materials, each number with unit, temperature and source; and those of plugins."""

from __future__ import annotations

import tomllib
from dataclasses import fields
from importlib.metadata import entry_points
from importlib.resources import files
from typing import Any

from femsot.base.errors import Fault, InputError, did_you_mean
from femsot.base.plugins import call_plugin, usable
from femsot.base.quantities import numbers

from ..alternatives import without_others
from ..records import KINDS, Material
from .group import group_entry, group_names, is_group_name

#: other names of the same material
ALIASES = {"NiFe": "Py"}


def library_names() -> list[str]:
    """The published materials of the package, those of plugins that can be used, those of FEMSOT_LIBRARY."""
    return sorted(_published()) + sorted(usable(plugin_materials(), _called)) + group_names()


def in_library(name: str) -> bool:
    """Is there an entry of that name? Plugins are not loaded to see it."""
    return name in _published() or name in plugin_materials() or is_group_name(name)


def library_entry(name: str) -> dict[str, Any]:
    """One material as its file has it: every number with unit, source and temperature; a plugin's likewise."""
    if is_group_name(name):
        return group_entry(name)
    if name in ALIASES:
        return library_entry(ALIASES[name])
    if name in _published():
        return tomllib.loads(files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8"))
    if name not in plugin_materials():
        raise InputError(Fault("materials", f"unknown material {name!r}", *did_you_mean(name, library_names())))
    published = _called(plugin_materials()[name])
    kind = next(word for word in reversed(KINDS) if isinstance(published, KINDS[word]))
    entries = {
        k: {"value": x, "unit": u or "1", "source": published.source or "-"} for k, (x, u) in numbers(published).items()
    }
    return {"kind": kind, "description": f"of the plugin {name}"} | entries


def material(name: str, /, **overrides: Any) -> Material:
    """Return a material of the library, or of a plugin (entry-point group `femsot.materials`), some fields replaced.

    Parameters
    ----------
    name : of the material, such as "Pt"; `femsot materials` lists them with their sources.
    **overrides : fields of the material, SI.

    Raises
    ------
    InputError
        For an unknown name or field, or a value out of its range.
    """
    if name in plugin_materials():
        plugin_material = _called(plugin_materials()[name])
        values = {f.name: getattr(plugin_material, f.name) for f in fields(plugin_material)}
        return type(plugin_material)(**_override(values, overrides))
    entry = library_entry(name)
    values = {key: item["value"] for key, item in entry.items() if isinstance(item, dict)}
    values |= {"name": name.rpartition(".toml:")[2], "source": f"femsot library: {name}"}
    return KINDS[entry["kind"]](**_override(values, overrides))


def _override(values: dict[str, Any], overrides: dict[str, Any]) -> dict[str, Any]:
    others = without_others(overrides)
    return {key: value for key, value in values.items() if key not in others} | overrides


def _published() -> set[str]:
    names = {path.name.removesuffix(".toml") for path in files(__package__).iterdir() if path.name.endswith(".toml")}
    return names | ALIASES.keys()


def plugin_materials() -> dict[str, Any]:
    return {point.name: point for point in entry_points(group="femsot.materials") if point.name not in _published()}


def _called(point: Any) -> Material:
    return call_plugin(point, Material, "a NormalMetal, Ferromagnet or Insulator")
