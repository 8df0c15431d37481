"""The tables of a file as a `Stack`, with every fault collected on the way.

A part that could not be made is replaced by a stand-in, so that it hides no fault of the others; what a
stand-in itself would be blamed for is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, get_args

import numpy as np

from femsot.base.errors import Fault, InputError
from femsot.base.plugins import broken_plugin, load_plugin
from femsot.base.units import Parameter, parameters, show, without_none
from femsot.interfaces import LAWS, Insulating, Law, laws, plugin_laws
from femsot.materials.library import in_library, library_entry, library_names, material, plugin_materials
from femsot.materials.library.group import is_group_name, located
from femsot.materials.records import KINDS, Insulator, Material
from femsot.model.boundaries import BOUNDARIES, Contact
from femsot.model.joints import joins, law_keys, names_of, without_number
from femsot.model.stack import Layer, Stack

from .layers import read_layers, users_of, wanted_material
from .models import DRIVE, TOP, model
from .npz import law_of_file, with_file
from .reader import Reader

Owners = dict[str, dict[str, dict[str, Parameter]]]


@dataclass
class Parts:
    """What stacks and devices have in common, as far as it could be made."""

    materials: dict[str, Material] = field(default_factory=dict)
    defined: list[str] = field(default_factory=list)  #: names of the materials that the file has, broken ones too
    interfaces: dict[str, Any] = field(default_factory=dict)
    rest: dict[str, Any] = field(default_factory=dict)  #: drive, closure, method, title
    unsure: set[str] = field(default_factory=set)  #: "materials.Ti", ...: stand-ins whose kind or law is not known
    nameless: bool = False  #: something has no name


@dataclass
class Draft(Parts):
    """The parts of a stack, as far as they could be made."""

    layers: list[Layer] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)  #: names of layers of no thickness
    spare: dict[str, Any] = field(default_factory=dict)  #: laws of joints that arise where a sweep drops a layer
    ends: dict[str, Any] = field(default_factory=dict)
    what = "stack"

    @property
    def records(self) -> dict[str, dict[str, Any]]:
        """The parts by section and by name."""
        return {
            "materials": {x.material.name: x.material for x in self.layers},
            "layers": {x.name: x for x in self.layers},
            "interfaces": self.interfaces,
            "boundaries": self.ends,
        }

    @property
    def owners(self) -> Owners:
        """The fields of every part, by section and by name."""
        drives = {name: parameters(Stack)[name] for name in DRIVE}
        rate = drives.pop("magnetization_rate")
        of_layer = Parameter(get_args(without_none(rate.annotation))[1], required=True)
        rates = {layer.name: of_layer for layer in self.layers if layer.material.magnetic}
        return owned(self.records) | {"drive": {"": drives, "magnetization_rate": rates}}


def owned(records: dict[str, dict[str, Any]]) -> Owners:
    return {head: {name: parameters(type(x)) for name, x in by_name.items()} for head, by_name in records.items()}


def draft(reader: Reader, data: dict[str, Any], known: tuple[str, ...]) -> Draft:
    """Every part of the file but sweep and output; `known` are the sections that a file may have."""
    parts = Draft()
    top = {key: value for key, value in data.items() if key not in known}
    parts.rest = reader.readable("", model(Stack, TOP, si=reader.si), table=top, known=known)[0]
    layers = data.get("layers", [])
    add_materials(reader, parts, section=data.get("materials"), users=users_of(layers))
    listed = read_layers(reader, parts.materials, defined=parts.defined, unsure=parts.unsure, tables=layers)
    parts.layers = listed.layers
    parts.dropped = listed.dropped
    parts.nameless = listed.nameless
    add_interfaces(reader, parts, data.get("interfaces"))
    if reader.si:
        parts.spare = read_laws(reader, "spare_interfaces", data.get("spare_interfaces"))
    for name, table in reader.tables("boundaries", data.get("boundaries")):
        if reader.choice(f"boundaries.{name}", name, known=("bottom", "top")):
            end = _boundary(reader, f"boundaries.{name}", table)
            parts.unsure |= {f"boundaries.{name}"} if end is None else set()
            parts.ends[name] = end or Contact(voltage=0.0)
    drive = reader.table("drive", data.get("drive"))
    parts.rest |= reader.readable("drive", model(Stack, DRIVE, si=reader.si), table=drive)[0]
    return parts


def add_interfaces(reader: Reader, parts: Parts, section: Any) -> None:
    """Every interface of the file; one that nothing passes in place of a broken one."""
    laws_of = read_laws(reader, "interfaces", section)
    parts.unsure |= {f"interfaces.{name}" for name, law in laws_of.items() if law is None}
    parts.interfaces |= {name: law or Insulating() for name, law in laws_of.items()}


def read_laws(reader: Reader, section: str, tables: Any) -> dict[str, Any]:
    """The law of every interface in a section, None and its faults for a broken one."""
    return {name: _interface(reader, f"{section}.{name}", table) for name, table in reader.tables(section, tables)}


def build(reader: Reader, parts: Draft, *, may_drop: Collection[str] = ()) -> Stack | None:
    """The stack of these parts, or None and the faults of their combination; a sweep drops the layers `may_drop`."""
    _leave_out(parts, may_drop)
    named = set(law_keys(parts.layers, parts.interfaces))
    inside = {name: law for name, law in parts.interfaces.items() if name in named}
    faults: dict[Fault, None] = {}
    stack = None
    whole = {"interfaces": parts.interfaces, "spare_interfaces": parts.spare, **parts.ends, **parts.rest}
    # the layers and their interfaces by themselves first: faults of drives and ends must not hide theirs
    for arguments in ({"interfaces": inside}, whole):
        try:
            stack = Stack(tuple(parts.layers), **arguments)
        except InputError as error:
            faults |= dict.fromkeys(error.faults)
    reader.faults += [fault for fault in faults if not _of_stand_in(fault, parts)]
    return None if faults else stack


def _leave_out(parts: Draft, may_drop: Collection[str]) -> None:
    """What goes with layers of no thickness; laws of joints that only a sweep makes are set aside."""
    named = set(law_keys(parts.layers, parts.interfaces))
    gone = {*parts.dropped, *map(without_number, parts.dropped)} - {layer.name for layer in parts.layers}
    for name in [name for name in parts.interfaces if name not in named]:
        if gone & {*name.split("|")}:
            del parts.interfaces[name]
        elif joins(parts.layers, name, may_drop):
            parts.spare[name] = parts.interfaces.pop(name)
    rates = parts.rest.get("magnetization_rate")
    if rates:
        parts.rest["magnetization_rate"] = {name: rate for name, rate in rates.items() if name not in parts.dropped}


def _of_stand_in(fault: Fault, parts: Draft) -> bool:
    """May the fault be a stand-in's and not the user's?"""
    if parts.nameless and fault.path == "layers":
        return True
    return any(fault.at(place) for place in _suspect(parts))


def _suspect(parts: Draft) -> list[str]:
    """Where faults may be a stand-in's and not the user's."""
    doubtful = {layer.name for layer in parts.layers if f"materials.{layer.material.name}" in parts.unsure}
    pairs = zip(parts.layers[:-1], parts.layers[1:], strict=True)
    beside = [names_of(*pair) for pair in pairs if doubtful & {layer.name for layer in pair}]
    joints = [f"interfaces.{name}" for names in beside for name in names]
    rates = [f"drive.magnetization_rate.{name}" for name in doubtful]
    everything = ["interfaces", "drive.magnetization_rate"] if parts.nameless else []
    return [*joints, *rates, *everything]


def _material(reader: Reader, name: str, table: dict[str, Any]) -> Material | None:
    path = f"materials.{name}"
    if "library" in table:
        return _library(reader, name, table)
    known = ("kind",)
    kind = reader.choice(f"{path}.kind", table.get("kind"), known=KINDS, note='or library = "Pt"')
    if kind is None:
        return None
    record = KINDS[kind]
    values, missing = reader.readable(path, _fields_of(record, si=reader.si), table=table, known=known)
    values = reader.filled(record, values, missing=missing) | {"name": name}
    material: Material | None = reader.make(path, record, values, table=table)
    return material


def _library(reader: Reader, name: str, table: dict[str, Any]) -> Material | None:
    """A published or a plugin's material with some fields replaced."""
    path, published = f"materials.{name}", _located(reader, table["library"])
    if not isinstance(published, str) or not in_library(published):
        reader.choice(f"{path}.library", published, known=library_names())
        return None
    try:
        base = type(material(published))
    except InputError as error:
        reader.within(f"{path}.library", error)
        return None
    library_kind = next((word for word in reversed(KINDS) if issubclass(base, KINDS[word])), None)
    if table.get("kind", library_kind) != library_kind:
        reader.fail(
            f"{path}.kind", allowed=f"{library_kind}, which {published} of the library is", value=show(table["kind"])
        )
        return None
    kind = _fields_of(base, optional=True)
    values, missing = reader.readable(path, kind, table=table, known=("library", "kind"))
    try:
        with _foreign(reader, f"{path}.library", plugin_materials().get(published)):
            return replace(material(published, **reader.filled(base, values, missing=missing)), name=name)
    except InputError as error:
        reader.blame(path, base, error, table=table)
    return None


def _located(reader: Reader, published: Any) -> Any:
    """The name of a material in a file with the path of that file, which is relative to the TOML file."""
    named = isinstance(published, str) and is_group_name(published)
    return located(published, reader.directory) if named else published


@contextmanager
def _foreign(reader: Reader, path: str, point: Any) -> Iterator[None]:
    """Whatever a plugin raises as one fault that names it; `point` is None for what is our own."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        if point is None:
            raise
        reader.within(path, broken_plugin(point, f"raises {type(error).__name__}: {error}"))


def _fields_of(record: Callable[..., Any], *, si: bool = False, optional: bool = False) -> Any:
    return model(record, tuple(x for x in parameters(record) if x != "name"), si=si, optional=optional)


def add_materials(reader: Reader, parts: Parts, *, section: Any, users: list[Any]) -> None:
    """Every material of the file; stand-ins for the broken ones, and for those that layers or regions only mention."""
    table = reader.table("materials", section)
    parts.defined = list(table)
    read = {name: _material(reader, name, entry) for name, entry in reader.tables("materials", table)}
    parts.materials |= {name: x for name, x in read.items() if x is not None}
    tables = [entry for entry in table.values() if isinstance(entry, dict)]
    orbital = any(x.orbital for x in parts.materials.values()) or any(_names_orbit(entry) for entry in tables)
    wanted = [wanted_material(user) for user in users]
    for name in dict.fromkeys([*table, *wanted]):
        if name not in parts.materials:
            entry = table.get(name)
            kind = _kind(entry) if isinstance(entry, dict) else None
            if kind is None:
                parts.unsure.add(f"materials.{name}")
                users_of_it = [user for user in users if wanted_material(user) == name and isinstance(user, dict)]
                kind = "ferromagnet" if any("magnetization" in user for user in users_of_it) else "normal"
            orbit = orbital if f"materials.{name}" in parts.unsure else _names_orbit(table[name])
            parts.materials[name] = _stand_in(name, kind, table=entry, orbital=orbit)


def _kind(table: dict[str, Any]) -> str | None:
    """The kind of a material that could not be made, None if that is not known."""
    word, published = table.get("kind"), table.get("library")
    if "library" in table:
        try:
            word = library_entry(published)["kind"] if isinstance(published, str) and in_library(published) else None
        except InputError:
            word = None
    return word if isinstance(word, str) and word in KINDS else None


def _names_orbit(table: dict[str, Any]) -> bool:
    """Does a table mean a material with an orbital channel?"""
    return any(key.startswith("orbital_") for key in table)


def _stand_in(name: str, kind: str, *, table: Any, orbital: bool) -> Material:
    """A harmless material of the kind that was meant."""
    if kind == "insulator":
        return Insulator(name=name, saturation_magnetization=1.0 if "saturation_magnetization" in table else None)
    extra: dict[str, Any] = {"orbital_conductivity": 1.0, "orbital_diffusion_length": 1.0} if orbital else {}
    if kind == "altermagnet":
        extra["spin_splitter"] = np.zeros((3, 3))
    metal: Material = KINDS[kind](name=name, conductivity=1.0, spin_diffusion_length=1.0, **extra)
    return metal


def _interface(reader: Reader, path: str, table: dict[str, Any]) -> Any:
    """The record of one interface law, or None and its faults."""
    word = table.get("law")
    record = LAWS.get(word) if isinstance(word, str) else None
    if record is not None:
        return _law(reader, path, record, table=table)
    point = plugin_laws().get(word) if isinstance(word, str) else None
    if point is None:
        reader.choice(f"{path}.law", word, known=laws())
        return None
    before = len(reader.faults)
    with _foreign(reader, f"{path}.law", point):
        try:
            result = _law(reader, path, load_plugin(point), table=table)
        except InputError as error:
            reader.within(f"{path}.law", error)
            return None
        if len(reader.faults) > before:
            return None
        if isinstance(result, Law):
            return result
        allowed = "a law, a class derived from femsot.interfaces.Law with a method map"
        reader.within(f"{path}.law", broken_plugin(point, f"makes {result!r}", allowed))
    return None


def _law(reader: Reader, path: str, record: Callable[..., Any], *, table: dict[str, Any]) -> Any:
    """The record of a law that is known, or None and its faults."""
    values, missing = reader.readable(path, model(record, si=reader.si), table=table, known=("law",))
    if "file" in values:
        read = with_file(reader, path, record=record, values=values)
        if read is None:
            return None
        values = read
    law_record = None
    if set(missing) <= {*parameters(record), ""}:  # arrays of a file have no stand-ins
        law_record = reader.make(path, record, reader.filled(record, values, missing=missing), table=table)
    # what a broken Hamiltonian would scatter is not worth the time
    return None if missing and law_of_file(record) else law_record


def _boundary(reader: Reader, path: str, table: dict[str, Any]) -> Any:
    """The record of one end of the stack, or None and its faults."""
    note = f"leave [{path}] out for no flux"
    kind = reader.choice(f"{path}.kind", table.get("kind"), known=BOUNDARIES, note=note)
    if kind is None:
        return None
    record = BOUNDARIES[kind]
    values, missing = reader.readable(path, model(record, si=reader.si), table=table, known=("kind",))
    end = reader.make(path, record, reader.filled(record, values, missing=missing), table=table)
    return None if missing else end
