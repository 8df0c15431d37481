"""The [[layers]] of a file, repetitions written out and layers of no thickness left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from femsot.base.errors import did_you_mean
from femsot.base.units import show
from femsot.materials.library import in_library
from femsot.materials.records import Material
from femsot.model.stack import Layer

from .models import model
from .reader import Reader

#: layers that a repetition may make
MOST_LAYERS = 100_000
_REPEAT = ("repeat", "layers")


@dataclass
class Layers:
    """The layers of a file, as far as they could be made."""

    materials: Mapping[str, Material]  #: by name, stand-ins included
    defined: list[str]  #: names of the materials that the file has
    unsure: set[str]  #: "materials.Ti", ...: stand-ins whose kind is not known
    layers: list[Layer] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)  #: names of layers of no thickness
    nameless: bool = False  #: a layer has no name


def users_of(tables: Any) -> list[Any]:
    """Every table of [[layers]] that names a material, those of repetitions included."""
    users: list[Any] = []
    for table in tables if isinstance(tables, list) else []:
        inner = table.get("layers") if isinstance(table, dict) else None
        users += inner if isinstance(inner, list) else [table]
    return users


def read_layers(
    reader: Reader, materials: Mapping[str, Material], *, defined: list[str], unsure: set[str], tables: Any
) -> Layers:
    """Every layer of the file from -z to +z, stand-ins for the broken ones."""
    listed = Layers(materials, defined, unsure)
    if not isinstance(tables, list):
        reader.fail("layers", allowed="one [[layers]] for each layer, from -z to +z", value=show(tables))
        listed.nameless = True
        return listed
    for i, table in enumerate(tables):
        if isinstance(table, dict) and not reader.si and table.keys() & {*_REPEAT}:
            _add_repetition(reader, listed, table=table, path=f"layers[{i}]")
        else:
            _add_layer(reader, listed, table=table, path=f"layers[{i}]")
    return listed


def _add_repetition(reader: Reader, listed: Layers, *, table: dict[str, Any], path: str) -> None:
    """Layers "Co.1", "Cu.1", "Co.2", ... of a table with repeat and layers."""
    before = len(reader.faults)
    for key in sorted(table.keys() - {*_REPEAT}):
        reader.fail(f"{path}.{key}", "unknown key", *did_you_mean(key, _REPEAT))
    inner = table.get("layers")
    times = table.get("repeat")
    if not isinstance(inner, list) or not inner:
        problem = "" if "layers" in table else "missing, required"
        reader.fail(f"{path}.layers", problem, "a list of layers", value=show(inner) if "layers" in table else "")
        inner = []
    most = MOST_LAYERS // max(1, len(inner))
    if isinstance(times, bool) or not isinstance(times, int) or not 1 <= times <= most:
        problem = "" if "repeat" in table else "missing, required"
        allowed = f"a whole number from 1 to {most:,}"
        reader.fail(f"{path}.repeat", problem, allowed, value=show(times) if "repeat" in table else "")
        times = 1
    once = Layers(listed.materials, listed.defined, listed.unsure)
    for j, each in enumerate(inner):
        _add_layer(reader, once, table=each, path=f"{path}.layers[{j}]")
    listed.nameless = listed.nameless or once.nameless or (len(reader.faults) > before and not inner)
    for number in range(1, times + 1):
        listed.layers += [replace(layer, name=f"{layer.name}.{number}") for layer in once.layers]
        listed.dropped += [f"{name}.{number}" for name in once.dropped]


def _add_layer(reader: Reader, listed: Layers, *, table: Any, path: str) -> None:
    """One layer, or a stand-in of its name and material."""
    if not isinstance(table, dict):
        reader.fail(path, allowed="a table [[layers]]", value=show(table))
        listed.nameless = True
        return
    name = table.get("name")
    wanted = wanted_material(table)
    if not isinstance(name, str) or not name or "|" in name:
        name = path
        listed.nameless = True
    else:
        path = f"layers.{name}"
    check_material(reader, f"{path}.material", name=wanted, known=listed.defined)
    material = listed.materials[wanted]
    axis = (0.0, 0.0, 1.0) if material.magnetic else None
    values, missing = reader.readable(path, model(Layer, si=reader.si), table=table)
    missing = [key for key in missing if key != "name"]
    values = reader.filled(Layer, values, missing=missing) | {"material": material}
    if f"materials.{wanted}" in listed.unsure:
        values.setdefault("magnetization", axis)
    if _is_zero(values.get("thickness")):
        listed.dropped.append(name)
        reader.make(path, Layer, {"name": name} | values | {"thickness": 1.0}, table=table)
        return
    layer = reader.make(path, Layer, {"name": name} | values, table=table)
    listed.layers.append(layer or Layer(name, material, 1.0, axis, (0.0, 0.0, 1.0) if material.altermagnetic else None))


def _is_zero(thickness: Any) -> bool:
    """Does it drop its layer? An array of a resolved batch never does."""
    return isinstance(thickness, float) and thickness == 0


def check_material(reader: Reader, path: str, *, name: str, known: list[str]) -> None:
    if name and name not in known:
        allowed, hint = did_you_mean(name, known)
        if in_library(name):
            hint = f'{hint} (or write [materials.{name}] with library = "{name}")'.strip()
        reader.fail(path, f"unknown material {name!r}", allowed, hint)


def wanted_material(user: Any) -> str:
    """The name of a layer's or a region's material as it is written, "" where there is none."""
    name = user.get("material") if isinstance(user, dict) else None
    return name if isinstance(name, str) else ""
