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
    return {head: {name: parameters(type(x)) for name, x in found.items()} for head, found in records.items()}


def draft(reader: Reader, data: dict[str, Any], known: tuple[str, ...]) -> Draft:
    """Every part of the file but sweep and output; `known` are the sections that a file may have."""
    made = Draft()
    top = {key: value for key, value in data.items() if key not in known}
    made.rest = reader.readable("", model(Stack, TOP, si=reader.si), table=top, known=known)[0]
    layers = data.get("layers", [])
    add_materials(reader, made, section=data.get("materials"), users=users_of(layers))
    listed = read_layers(reader, made.materials, defined=made.defined, unsure=made.unsure, given=layers)
    made.layers = listed.layers
    made.dropped = listed.dropped
    made.nameless = listed.nameless
    add_interfaces(reader, made, data.get("interfaces"))
    if reader.si:
        made.spare = read_laws(reader, "spare_interfaces", data.get("spare_interfaces"))
    for name, given in reader.tables("boundaries", data.get("boundaries")):
        if reader.choice(f"boundaries.{name}", name, known=("bottom", "top")):
            end = _boundary(reader, f"boundaries.{name}", given)
            made.unsure |= {f"boundaries.{name}"} if end is None else set()
            made.ends[name] = end or Contact(voltage=0.0)
    drive = reader.table("drive", data.get("drive"))
    made.rest |= reader.readable("drive", model(Stack, DRIVE, si=reader.si), table=drive)[0]
    return made


def add_interfaces(reader: Reader, made: Parts, section: Any) -> None:
    """Every interface of the file; one that nothing passes in place of a broken one."""
    laws_of = read_laws(reader, "interfaces", section)
    made.unsure |= {f"interfaces.{name}" for name, law in laws_of.items() if law is None}
    made.interfaces |= {name: law or Insulating() for name, law in laws_of.items()}


def read_laws(reader: Reader, section: str, tables: Any) -> dict[str, Any]:
    """The law of every interface in a section, None and its faults for a broken one."""
    return {name: _interface(reader, f"{section}.{name}", given) for name, given in reader.tables(section, tables)}


def build(reader: Reader, made: Draft, *, may_drop: Collection[str] = ()) -> Stack | None:
    """The stack of these parts, or None and the faults of their combination; a sweep drops the layers `may_drop`."""
    _leave_out(made, may_drop)
    named = set(law_keys(made.layers, made.interfaces))
    inside = {name: law for name, law in made.interfaces.items() if name in named}
    faults: dict[Fault, None] = {}
    stack = None
    whole = {"interfaces": made.interfaces, "spare_interfaces": made.spare, **made.ends, **made.rest}
    # the layers and their interfaces by themselves first: faults of drives and ends must not hide theirs
    for arguments in ({"interfaces": inside}, whole):
        try:
            stack = Stack(tuple(made.layers), **arguments)
        except InputError as error:
            faults |= dict.fromkeys(error.faults)
    reader.faults += [fault for fault in faults if not _of_stand_in(fault, made)]
    return None if faults else stack


def _leave_out(made: Draft, may_drop: Collection[str]) -> None:
    """What goes with layers of no thickness; laws of joints that only a sweep makes are set aside."""
    named = set(law_keys(made.layers, made.interfaces))
    gone = {*made.dropped, *map(without_number, made.dropped)} - {layer.name for layer in made.layers}
    for name in [name for name in made.interfaces if name not in named]:
        if gone & {*name.split("|")}:
            del made.interfaces[name]
        elif joins(made.layers, name, may_drop):
            made.spare[name] = made.interfaces.pop(name)
    rates = made.rest.get("magnetization_rate")
    if rates:
        made.rest["magnetization_rate"] = {name: rate for name, rate in rates.items() if name not in made.dropped}


def _of_stand_in(fault: Fault, made: Draft) -> bool:
    """May the fault be a stand-in's and not the user's?"""
    if made.nameless and fault.path == "layers":
        return True
    return any(fault.at(place) for place in _suspect(made))


def _suspect(made: Draft) -> list[str]:
    """Where faults may be a stand-in's and not the user's."""
    doubtful = {layer.name for layer in made.layers if f"materials.{layer.material.name}" in made.unsure}
    pairs = zip(made.layers[:-1], made.layers[1:], strict=True)
    beside = [names_of(*pair) for pair in pairs if doubtful & {layer.name for layer in pair}]
    joints = [f"interfaces.{name}" for names in beside for name in names]
    rates = [f"drive.magnetization_rate.{name}" for name in doubtful]
    everything = ["interfaces", "drive.magnetization_rate"] if made.nameless else []
    return [*joints, *rates, *everything]


def _material(reader: Reader, name: str, given: dict[str, Any]) -> Material | None:
    path = f"materials.{name}"
    if "library" in given:
        return _library(reader, name, given)
    known = ("kind",)
    kind = reader.choice(f"{path}.kind", given.get("kind"), known=KINDS, note='or library = "Pt"')
    if kind is None:
        return None
    record = KINDS[kind]
    values, missing = reader.readable(path, _fields_of(record, si=reader.si), table=given, known=known)
    values = reader.filled(record, values, missing=missing) | {"name": name}
    made: Material | None = reader.make(path, record, values, table=given)
    return made


def _library(reader: Reader, name: str, given: dict[str, Any]) -> Material | None:
    """A published or a plugin's material with some fields replaced."""
    path, published = f"materials.{name}", given["library"]
    if not isinstance(published, str) or not in_library(published):
        reader.choice(f"{path}.library", published, known=library_names())
        return None
    try:
        base = type(material(published))
    except InputError as error:
        reader.within(f"{path}.library", error)
        return None
    own = next((word for word in reversed(KINDS) if issubclass(base, KINDS[word])), None)
    if given.get("kind", own) != own:
        reader.fail(f"{path}.kind", allowed=f"{own}, which {published} of the library is", value=show(given["kind"]))
        return None
    kind = _fields_of(base, optional=True)
    values, missing = reader.readable(path, kind, table=given, known=("library", "kind"))
    try:
        with _foreign(reader, f"{path}.library", plugin_materials().get(published)):
            return replace(material(published, **reader.filled(base, values, missing=missing)), name=name)
    except InputError as error:
        reader.blame(path, base, error, table=given)
    return None


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


def add_materials(reader: Reader, made: Parts, *, section: Any, users: list[Any]) -> None:
    """Every material of the file; stand-ins for the broken ones, and for those that layers or regions only mention."""
    table = reader.table("materials", section)
    made.defined = list(table)
    found = {name: _material(reader, name, given) for name, given in reader.tables("materials", table)}
    made.materials |= {name: x for name, x in found.items() if x is not None}
    tables = [given for given in table.values() if isinstance(given, dict)]
    orbital = any(x.orbital for x in made.materials.values()) or any(_names_orbit(given) for given in tables)
    wanted = [wanted_material(user) for user in users]
    for name in dict.fromkeys([*table, *wanted]):
        if name not in made.materials:
            given = table.get(name)
            kind = _kind(given) if isinstance(given, dict) else None
            if kind is None:
                made.unsure.add(f"materials.{name}")
                used = [user for user in users if wanted_material(user) == name and isinstance(user, dict)]
                kind = "ferromagnet" if any("magnetization" in user for user in used) else "normal"
            orbit = orbital if f"materials.{name}" in made.unsure else _names_orbit(table[name])
            made.materials[name] = _stand_in(name, kind, given=given, orbital=orbit)


def _kind(given: dict[str, Any]) -> str | None:
    """The kind of a material that could not be made, None if that is not known."""
    word, published = given.get("kind"), given.get("library")
    if "library" in given:
        try:
            word = library_entry(published)["kind"] if isinstance(published, str) and in_library(published) else None
        except InputError:
            word = None
    return word if isinstance(word, str) and word in KINDS else None


def _names_orbit(given: dict[str, Any]) -> bool:
    """Does a table mean a material with an orbital channel?"""
    return any(key.startswith("orbital_") for key in given)


def _stand_in(name: str, kind: str, *, given: Any, orbital: bool) -> Material:
    """A harmless material of the kind that was meant."""
    if kind == "insulator":
        return Insulator(name=name, saturation_magnetization=1.0 if "saturation_magnetization" in given else None)
    extra: dict[str, Any] = {"orbital_conductivity": 1.0, "orbital_diffusion_length": 1.0} if orbital else {}
    if kind == "altermagnet":
        extra["spin_splitter"] = np.zeros((3, 3))
    made: Material = KINDS[kind](name=name, conductivity=1.0, spin_diffusion_length=1.0, **extra)
    return made


def _interface(reader: Reader, path: str, given: dict[str, Any]) -> Any:
    """The record of one interface law, or None and its faults."""
    word = given.get("law")
    own = LAWS.get(word) if isinstance(word, str) else None
    if own is not None:
        return _law(reader, path, own, given=given)
    point = plugin_laws().get(word) if isinstance(word, str) else None
    if point is None:
        reader.choice(f"{path}.law", word, known=laws())
        return None
    before = len(reader.faults)
    with _foreign(reader, f"{path}.law", point):
        try:
            made = _law(reader, path, load_plugin(point), given=given)
        except InputError as error:
            reader.within(f"{path}.law", error)
            return None
        if len(reader.faults) > before:
            return None
        if isinstance(made, Law):
            return made
        allowed = "a law, a class derived from femsot.interfaces.Law with a method map"
        reader.within(f"{path}.law", broken_plugin(point, f"makes {made!r}", allowed))
    return None


def _law(reader: Reader, path: str, record: Callable[..., Any], *, given: dict[str, Any]) -> Any:
    """The record of a law that is known, or None and its faults."""
    values, missing = reader.readable(path, model(record, si=reader.si), table=given, known=("law",))
    if "file" in values:
        read = with_file(reader, path, record=record, values=values)
        if read is None:
            return None
        values = read
    made = None
    if set(missing) <= {*parameters(record), ""}:  # arrays of a file have no stand-ins
        made = reader.make(path, record, reader.filled(record, values, missing=missing), table=given)
    # what a broken Hamiltonian would scatter is not worth the time
    return None if missing and law_of_file(record) else made


def _boundary(reader: Reader, path: str, given: dict[str, Any]) -> Any:
    """The record of one end of the stack, or None and its faults."""
    note = f"leave [{path}] out for no flux"
    kind = reader.choice(f"{path}.kind", given.get("kind"), known=BOUNDARIES, note=note)
    if kind is None:
        return None
    record = BOUNDARIES[kind]
    values, missing = reader.readable(path, model(record, si=reader.si), table=given, known=("kind",))
    made = reader.make(path, record, reader.filled(record, values, missing=missing), table=given)
    return None if missing else made
