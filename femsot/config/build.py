"""The tables of a file as a `Stack`, with every fault collected on the way.

A part that could not be made is replaced by a stand-in, so that it hides no fault of the others; what a
stand-in itself would be blamed for is left out.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..boundaries import BOUNDARIES, Contact
from ..checks import Array, InputError, did_you_mean
from ..interfaces import Insulating, laws
from ..materials import KINDS, Insulator, Material, library_names, material
from ..stack import Layer, Stack
from ..units import parameters, show
from .models import DRIVE, TOP, arrays, model
from .reader import Reader

#: words of docs/input.md that a later version will know


@dataclass
class Draft:
    """The parts of a stack, as far as they could be made."""

    materials: dict[str, Material] = field(default_factory=dict)
    defined: list[str] = field(default_factory=list)  #: names of the materials that the file has, broken ones too
    layers: list[Layer] = field(default_factory=list)
    interfaces: dict[str, Any] = field(default_factory=dict)
    ends: dict[str, Any] = field(default_factory=dict)
    rest: dict[str, Any] = field(default_factory=dict)  #: drive, closure, method, title
    unsure: set[str] = field(default_factory=set)  #: "materials.Ti", ...: stand-ins whose kind or law is not known
    nameless: bool = False  #: some layer has no name


def draft(reader: Reader, data: dict[str, Any], known: tuple[str, ...]) -> Draft:
    """Every part of the file but sweep and output; `known` are the sections that a file may have."""
    made = Draft()
    layers = data.get("layers", [])
    if not isinstance(layers, list):
        reader.fail("layers", f"got {show(layers)}, allowed: one [[layers]] for each layer, from -z to +z")
        layers, made.nameless = [], True
    top = {key: value for key, value in data.items() if key not in known}
    made.rest = reader.values("", model(Stack, TOP, si=reader.si), table=top, known=known) or {}
    _add_materials(reader, made, section=data.get("materials"), layers=layers)
    for i, given in enumerate(layers):
        _add_layer(reader, made, given=given, path=f"layers[{i}]")
    for name, given in reader.tables("interfaces", data.get("interfaces")):
        law = _interface(reader, f"interfaces.{name}", given)
        made.unsure |= {f"interfaces.{name}"} if law is None else set()
        made.interfaces[name] = law or Insulating()
    for name, given in reader.tables("boundaries", data.get("boundaries")):
        if reader.choice(f"boundaries.{name}", name, known=("bottom", "top")):
            end = _boundary(reader, f"boundaries.{name}", given)
            made.unsure |= {f"boundaries.{name}"} if end is None else set()
            made.ends[name] = end or Contact(voltage=0.0)
    drive = reader.table("drive", data.get("drive"))
    made.rest |= reader.values("drive", model(Stack, DRIVE, si=reader.si), table=drive) or {}
    return made


def build(reader: Reader, made: Draft) -> Stack | None:
    """The stack of these parts, or None and the faults of their combination."""
    joints = {f"{a.name}|{b.name}" for a, b in zip(made.layers[:-1], made.layers[1:], strict=True)}
    inside = {name: law for name, law in made.interfaces.items() if name in joints}
    faults: dict[str, None] = {}
    stack = None
    # the layers and their interfaces by themselves first: faults of drives and ends must not hide theirs
    for arguments in ({"interfaces": inside}, {"interfaces": made.interfaces, **made.ends, **made.rest}):
        try:
            stack = Stack(tuple(made.layers), **arguments)
        except InputError as error:
            faults |= dict.fromkeys(error.faults)
    reader.faults += [fault for fault in faults if not fault.startswith(_suspect(made))]
    return None if faults else stack


def _suspect(made: Draft) -> tuple[str, ...]:
    """How the faults begin that may be a stand-in's and not the user's."""
    doubtful = {layer.name for layer in made.layers if f"materials.{layer.material.name}" in made.unsure}
    pairs = zip(made.layers[:-1], made.layers[1:], strict=True)
    joints = [f"interfaces.{a.name}|{b.name}" for a, b in pairs if doubtful & {a.name, b.name}]
    rates = [f"drive.magnetization_rate.{name}:" for name in doubtful]
    everything = ["interfaces.", "drive.magnetization_rate.", "layers: the stack is empty"] if made.nameless else []
    return (*joints, *rates, *everything)


def _material(reader: Reader, name: str, given: dict[str, Any]) -> Material | None:
    path = f"materials.{name}"
    if "library" in given:
        return _library(reader, name, given)
    known = ("kind",)
    kind = reader.choice(f"{path}.kind", given.get("kind"), known=KINDS, note='or library = "Pt"')
    if kind is None:
        return None
    record = KINDS[kind]
    values = reader.values(path, _fields_of(record, si=reader.si), table=given, known=known)
    made: Material | None = None if values is None else reader.make(path, record, values | {"name": name})
    return made


def _library(reader: Reader, name: str, given: dict[str, Any]) -> Material | None:
    """A published or a plugin's material with some fields replaced."""
    path, published = f"materials.{name}", given["library"]
    if not reader.choice(f"{path}.library", published, known=library_names()):
        return None
    base = type(material(published))
    own = next((word for word in reversed(KINDS) if issubclass(base, KINDS[word])), None)
    if given.get("kind", own) != own:
        reader.fail(f"{path}.kind", f"got {show(given['kind'])}, allowed: {own}, which {published} of the library is")
        return None
    kind = _fields_of(base, optional=True)
    values = reader.values(path, kind, table=given, known=("library", "kind"))

    def made(**overrides: Any) -> Material:
        return replace(material(published, **overrides), name=name)

    if values is None:
        return None
    try:
        return made(**values)
    except InputError as error:
        reader.faults += [fault.replace(f"materials.{published}", path, 1) for fault in error.faults]
        return None


def _fields_of(record: Callable[..., Any], *, si: bool = False, optional: bool = False) -> Any:
    return model(record, tuple(x for x in parameters(record) if x != "name"), si=si, optional=optional)


def _add_materials(reader: Reader, made: Draft, *, section: Any, layers: list[Any]) -> None:
    """Every material of the file; stand-ins for the broken ones, and for those that layers only mention."""
    table = reader.table("materials", section)
    made.defined = list(table)
    found = {name: _material(reader, name, given) for name, given in reader.tables("materials", table)}
    made.materials |= {name: x for name, x in found.items() if x is not None}
    orbital = any(x.orbital for x in made.materials.values())
    wanted = [_wanted(layer) for layer in layers]
    for name in dict.fromkeys([*table, *wanted]):
        if name not in made.materials:
            given = table.get(name)
            kind = given.get("kind") if isinstance(given, dict) and "library" not in given else None
            if not isinstance(kind, str) or kind not in KINDS:
                made.unsure.add(f"materials.{name}")
                used = [layer for layer in layers if _wanted(layer) == name and isinstance(layer, dict)]
                kind = "ferromagnet" if any("magnetization" in layer for layer in used) else "normal"
            made.materials[name] = _stand_in(name, kind, given=given, orbital=orbital)


def _stand_in(name: str, kind: str, *, given: Any, orbital: bool) -> Material:
    """A harmless material of the kind that was meant."""
    if kind == "insulator":
        return Insulator(name=name, saturation_magnetization=1.0 if "saturation_magnetization" in given else None)
    extra = {"orbital_conductivity": 1.0, "orbital_diffusion_length": 1.0} if orbital else {}
    made: Material = KINDS[kind](name=name, conductivity=1.0, spin_diffusion_length=1.0, **extra)
    return made


def _wanted(layer: Any) -> str:
    """The name of a layer's material as it is written, "" where there is none."""
    name = layer.get("material") if isinstance(layer, dict) else None
    return name if isinstance(name, str) else ""


def _add_layer(reader: Reader, made: Draft, *, given: Any, path: str) -> None:
    """One layer, or a stand-in of its name and material."""
    if not isinstance(given, dict):
        reader.fail(path, f"got {show(given)}, allowed: a table [[layers]]")
        made.nameless = True
        return
    name, wanted = given.get("name"), _wanted(given)
    if not isinstance(name, str) or not name or "|" in name:
        name, made.nameless = path, True
    else:
        path = f"layers.{name}"
    if wanted and wanted not in made.defined:
        reader.fail(f"{path}.material", _unknown_material(wanted, made.defined))
    stuff = made.materials[wanted]
    axis = (0.0, 0.0, 1.0) if stuff.magnetic else None
    values = reader.values(path, model(Layer, si=reader.si), table=given)
    layer = None
    if values is not None:
        doubtful = {"magnetization": values.get("magnetization", axis)} if f"materials.{wanted}" in made.unsure else {}
        layer = reader.make(path, Layer, values | {"material": stuff} | doubtful)
    made.layers.append(layer or Layer(name, stuff, 1.0, axis))


def _unknown_material(name: str, known: list[str]) -> str:
    hint = f' (or write [materials.{name}] with library = "{name}")' if name in library_names() else ""
    return f"unknown material {name!r}, {did_you_mean(name, known)}{hint}"


def _interface(reader: Reader, path: str, given: dict[str, Any]) -> Any:
    """The record of one interface law, or None and its faults."""
    known, word = laws(), given.get("law")
    if reader.choice(f"{path}.law", word, known=known) is None:
        return None
    record = known[str(word)]
    values = reader.values(path, model(record, si=reader.si), table=given, known=("law",))
    if values is not None and "file" in values:
        values = _with_file(reader, path, record=record, values=values)
    return None if values is None else reader.make(path, record, values)


def _with_file(
    reader: Reader, path: str, *, record: Callable[..., Any], values: dict[str, Any]
) -> dict[str, Any] | None:
    """`values` with their file replaced by the arrays inside it."""
    name = values.pop("file")
    if hasattr(record, "read_file"):
        return _with_tensors(reader, path, values=values, read=lambda: record.read_file(reader.directory / name))
    try:
        found = _load(reader.directory / name)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        reader.fail(f"{path}.file", f"cannot read {name!r} as .npz: {why}")
        return None
    faults = _unlike(record, name, found)
    for fault in sorted(faults):
        reader.fail(f"{path}.file", fault)
    source = {"source": name} if "source" in parameters(record) else {}
    return None if faults else values | found | source


def _unlike(record: Callable[..., Any], name: str, found: dict[str, Array]) -> list[str]:
    """What is wrong with the arrays of a file."""
    wanted = arrays(record)
    faults = [
        f"{name!r} has an unknown array {key!r}, {did_you_mean(key, wanted)}" for key in found.keys() - wanted.keys()
    ]
    for key, parameter in wanted.items():
        if parameter.required and key not in found:
            faults.append(f"{name!r} has no array {key!r}, required; known: {', '.join(wanted)}")
    for key, array in found.items():
        if array.dtype.kind not in "iuf" or not np.all(np.isfinite(array)):
            faults.append(f"array {key!r} of {name!r} has other than real, finite numbers")
    return faults


def _with_tensors(
    reader: Reader, path: str, *, values: dict[str, Any], read: Callable[[], Any]
) -> dict[str, Any] | None:
    """`values` with what the record's own reader makes of the file."""
    try:
        return values | {"tensors": read()}
    except InputError as error:
        for fault in error.faults:
            reader.fail(f"{path}.file", fault)
        return None


def _load(path: Path) -> dict[str, Array]:
    with path.open("rb") as stream:  # numpy itself leaves a broken archive open
        file = np.load(stream, allow_pickle=False)
        if not isinstance(file, np.lib.npyio.NpzFile):
            raise ValueError("this is one array, allowed: several by name")
        return {name: file[name] for name in file.files}


def _boundary(reader: Reader, path: str, given: dict[str, Any]) -> Any:
    """The record of one end of the stack, or None and its faults."""
    note = f"leave [{path}] out for no flux"
    kind = reader.choice(f"{path}.kind", given.get("kind"), known=BOUNDARIES, note=note)
    if kind is None:
        return None
    values = reader.values(path, model(BOUNDARIES[kind], si=reader.si), table=given, known=("kind",))
    return None if values is None else reader.make(path, BOUNDARIES[kind], values)
