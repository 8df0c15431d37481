"""The tables of a file as a `Device`, with every fault collected on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from femsot.base.errors import Fault, InputError
from femsot.base.quantities import Array
from femsot.base.units import Parameter, Quantity, parameters, show
from femsot.materials.records import NormalMetal
from femsot.model import mesh as meshes
from femsot.model.device import Device, Region, Terminal, in_space
from femsot.model.mesh import Mesh
from femsot.model.record import mesh_counts
from femsot.model.stack import Layer
from femsot.model.texture import FORMS, SOURCES, Texture

from .build import Owners, Parts, add_interfaces, add_materials, owned
from .layers import check_material, wanted_material
from .models import DEVICE_DRIVE, DEVICE_TOP, MeshSource, model, region_model
from .reader import Reader, quoted


@dataclass
class DeviceDraft(Parts):
    """The parts of a device, as far as they could be made."""

    mesh: Mesh | None = None
    order: int = 2
    regions: dict[str, Region] = field(default_factory=dict)
    contacts: dict[str, Terminal] = field(default_factory=dict)
    what = "device"

    @property
    def records(self) -> dict[str, dict[str, Any]]:
        """The parts by section and by name."""
        return {
            "materials": {x.material.name: x.material for x in self.regions.values()},
            "regions": self.regions,
            "interfaces": self.interfaces,
            "contacts": self.contacts,
        }

    @property
    def owners(self) -> Owners:
        """The fields of every part, by section and by name."""
        known = parameters(Layer)
        regions = {name: {key: known[key] for key in ("magnetization", "neel")} for name in self.regions}
        drive: dict[str, Parameter] = {name: parameters(Device)[name] for name in DEVICE_DRIVE}
        return owned(self.records) | {"regions": regions, "drive": {"": drive}}


def draft_device(reader: Reader, data: dict[str, Any], known: tuple[str, ...]) -> DeviceDraft:
    """Every part of the file but sweep and output; `known` are the sections that a file may have."""
    parts = DeviceDraft()
    method = data.get("method", "fem")
    if method != "fem":
        reader.fail("method", allowed='"fem", as every device is solved', value=show(method))
    top = {key: value for key, value in data.items() if key not in known}
    parts.rest = reader.readable("", model(Device, DEVICE_TOP, si=reader.si), table=top, known=(*known, "method"))[0]
    _add_mesh(reader, parts, reader.table("mesh", data.get("mesh")))
    regions = reader.table("regions", data.get("regions"))
    add_materials(reader, parts, section=data.get("materials"), users=list(regions.values()))
    for name, entry in reader.tables("regions", regions):
        _add_region(reader, parts, name=name, table=entry)
    parts.unsure |= {f"regions.{name}" for name in regions if name not in parts.regions}
    add_interfaces(reader, parts, data.get("interfaces"))
    for name, entry in reader.tables("contacts", data.get("contacts")):
        path = f"contacts.{name}"
        values, missing = reader.readable(path, model(Terminal, si=reader.si), table=entry)
        contact = reader.make(path, Terminal, reader.filled(Terminal, values, missing=missing), table=entry)
        parts.unsure |= {path} if missing or contact is None else set()
        parts.contacts[name] = contact or Terminal(voltage=0.0)
    drive = reader.table("drive", data.get("drive"))
    parts.rest |= reader.readable("drive", model(Device, DEVICE_DRIVE, si=reader.si), table=drive)[0]
    return parts


def build_device(reader: Reader, parts: DeviceDraft) -> Device | None:
    """The device of these parts, or None and the faults of their combination."""
    mesh = parts.mesh or _stand_in(parts)
    faults = dict.fromkeys(_depth(parts))
    device = None
    # regions and interfaces by themselves first: faults of drives and contacts must not hide theirs
    inside = {name: x for name, x in parts.interfaces.items() if _joins(mesh, name)}
    face = dict.fromkeys(list(mesh.faces)[:1], Terminal(voltage=0.0))
    alone: dict[str, Any] = {"interfaces": inside, "contacts": face}
    whole: dict[str, Any] = {"interfaces": parts.interfaces, "contacts": parts.contacts, **parts.rest}
    for arguments in (alone, whole):
        try:
            device = Device(mesh, parts.regions, **arguments)
        except InputError as error:
            faults |= dict.fromkeys(x for x in error.faults if arguments is whole or x.path != "contacts")
    reader.faults += [fault for fault in faults if not _of_stand_in(fault, parts)]
    return None if faults or parts.mesh is None else device


def _joins(mesh: Mesh, name: str) -> bool:
    a, _, b = name.partition("|")
    return bool({(a, b), (b, a)} & mesh.interfaces().keys())


def _depth(parts: DeviceDraft) -> list[Fault]:
    """A current in A needs the third dimension of a 2D mesh."""
    driven = [name for name, x in parts.contacts.items() if np.any(x.current or 0.0)]
    if parts.mesh is None:
        return []
    source = parts.mesh.source
    if parts.mesh.dimension == 3 or not driven or "depth" in source or "ready" in source:
        return []
    return [
        Fault(
            "mesh.depth", f"missing, required in 2D since contacts.{driven[0]} has a current", "a length such as 20 nm"
        )
    ]


def _of_stand_in(fault: Fault, parts: DeviceDraft) -> bool:
    """May the fault be a stand-in's and not the user's?"""
    unread = [path for path in parts.unsure if path.startswith("regions.")]
    if fault.path in unread or (parts.mesh is None and fault.path == "regions"):
        return True
    return any(fault.at(place) for place in _suspect(parts))


def _suspect(parts: DeviceDraft) -> list[str]:
    """Where faults may be a stand-in's and not the user's."""
    doubtful = {name for name, x in parts.regions.items() if f"materials.{x.material.name}" in parts.unsure}
    unplaced = {name for name, x in parts.regions.items() if parts.mesh is None and x.textured}
    directions = [f"regions.{name}.magnetization" for name in doubtful | unplaced]
    joints = [f"interfaces.{name}" for name in parts.interfaces if doubtful & set(name.split("|"))]
    joints += [f"interfaces.{a}|{b}" for a in parts.regions for b in parts.regions if doubtful & {a, b}]
    without = ["interfaces", "drive.electric_field"] if parts.mesh is None else []
    without += [f"contacts.{name}" for name in parts.contacts] if parts.mesh is None else []
    return [*directions, *joints, *without]


def _stand_in(parts: DeviceDraft) -> Mesh:
    """A row of squares, one for each region of the file, where its mesh cannot be read."""
    names = list(parts.regions) or ["region"]
    if not parts.regions:
        parts.regions = {"region": Region(NormalMetal(name="metal", conductivity=1.0, spin_diffusion_length=1.0))}
    x = np.arange(len(names) + 1.0)
    points = np.concatenate([np.stack([x, np.full_like(x, y)], axis=1) for y in (0.0, 1.0)])
    i = np.arange(len(names))
    cells = np.stack([i, i + 1, i + len(x) + 1, i + len(x)], axis=1)
    edge = {name: np.array([[0, 1]]) for name in parts.contacts}
    return Mesh(points * 1e-8, cells, "quad", {name: np.array([k]) for k, name in enumerate(names)}, edge, plane="xy")


def _add_mesh(reader: Reader, parts: DeviceDraft, table: dict[str, Any]) -> None:
    """The mesh of [mesh]; None and its faults if there is none."""
    before = len(reader.faults)
    ready = table.get("ready")
    if ready is not None and reader.choice("mesh.ready", ready, known=meshes.READY) is None:
        return  # its other keys depend on which one it is
    sizes = _sizes(reader, table)
    known = (*sizes, *(mesh_counts() if reader.si else ()))
    values, missing = reader.readable("mesh", model(MeshSource, si=reader.si), table=table, known=known)
    unread = {"file": ""} if {"file", "ready"} & {*missing} else {}  # given, so that it is not missing too
    source = reader.make("mesh", MeshSource, unread | values, table=table)
    if source is None or len(reader.faults) > before:
        return
    parts.order = source.order
    try:
        mesh = _mesh(reader, source, {key: size for key, size in sizes.items() if size is not None})
    except InputError as error:
        reader.faults += [_of_mesh(fault, source) for fault in error.faults]
        return
    words = {key: value for key, value in (values | sizes).items() if key != "order" and value is not None}
    if source.file is not None:
        words["file"] = str((reader.directory / source.file).resolve())
    parts.mesh = replace(mesh, source=words)
    _same(reader, parts.mesh, table)


def _sizes(reader: Reader, table: dict[str, Any]) -> dict[str, Any]:
    """The dimensions that a ready mesh has of its own, in SI; None where left out or a fault."""
    if "ready" not in table:
        return {}
    length = Quantity("m")
    keys = [key for key in meshes.READY[table["ready"]].sizes if key != "size"]
    lengths: dict[str, Any] = dict.fromkeys(keys)
    for key in lengths.keys() & table.keys():
        try:
            lengths[key] = (length.read_si if reader.si else length.read)(table[key])
        except InputError as error:
            reader.at(f"mesh.{key}", error)
    return lengths


def _mesh(reader: Reader, source: MeshSource, sizes: dict[str, float]) -> Mesh:
    if source.ready is not None:
        return meshes.ready(source.ready, size=None if source.size is None else float(source.size), **sizes)
    depth = None if source.depth is None else float(source.depth)
    options: dict[str, Any] = {"plane": source.plane, "depth": depth, "periodic": tuple(source.periodic)}
    options |= {"ignore": tuple(source.ignore)}
    return meshes.read(reader.directory / str(source.file), length_unit=source.unit, **options)


def _of_mesh(fault: Fault, source: MeshSource) -> Fault:
    """A fault of the mesh under the user's path."""
    for owner in (f"mesh {Path(str(source.file)).name}", f"mesh.{source.ready}", "mesh"):
        if fault.at(owner):
            return fault.renamed(owner, "mesh")
    return fault.within("mesh.file")


def _same(reader: Reader, mesh: Mesh, table: dict[str, Any]) -> None:
    """Is the file still what it was when a result was written? A ready mesh is made anew."""
    if "ready" in table:
        return
    for key, value in mesh_counts(mesh).items():
        if key in table and table[key] != value:
            reader.fail(
                f"mesh.{key}",
                allowed=f"{show(table[key])}, what the mesh was",
                hint="has it changed?",
                value=show(value),
            )
            return


def _add_region(reader: Reader, parts: DeviceDraft, *, name: str, table: dict[str, Any]) -> None:
    """One region, or a stand-in with its material."""
    path = f"regions.{name}"
    wanted = wanted_material(table)
    check_material(reader, f"{path}.material", name=wanted, known=parts.defined)
    stuff = parts.materials[wanted]
    axis = (0.0, 0.0, 1.0) if stuff.magnetic else None
    values, missing = reader.readable(path, region_model(si=reader.si), table=table)
    m = values.get("magnetization")
    if isinstance(m, Mapping):
        texture = _texture(reader, f"{path}.magnetization", dict(m))
        texture = texture if texture is None else _tried(reader, parts, name=name, region=Region(stuff, texture))
        values["magnetization"] = texture or axis or (0.0, 0.0, 1.0)
    elif "magnetization" in missing:
        values["magnetization"] = (0.0, 0.0, 1.0)
    region = reader.make(path, Region, values | {"material": stuff}, table=table)
    parts.regions[name] = region or Region(stuff, axis, (0.0, 0.0, 1.0) if stuff.altermagnetic else None)


def _texture(reader: Reader, path: str, table: dict[str, Any]) -> Any:
    """The texture that a table describes, or None and its faults."""
    keys = [key for key in ("kind", *SOURCES) if key in table]
    if len(keys) != 1:
        which = " and ".join(keys) if keys else f"the keys {', '.join(table) or 'of nothing'}"
        reader.fail(path, allowed=f"kind, {', '.join(SOURCES)}, one of them", value=which)
        return None
    record = SOURCES.get(keys[0])
    known = ("digest",) if reader.si else ()
    if record is None:
        word = reader.choice(f"{path}.kind", table["kind"], known=FORMS)
        if word is None:
            return None
        record = FORMS[word]
        known = ("kind",)
    values = reader.values(path, model(record, si=reader.si), table=table, known=known)
    if values is None:
        return None
    if keys[0] in SOURCES:
        values[keys[0]] = str(reader.directory.resolve() / values[keys[0]])
    return _checked_texture(reader, path, record=record, values=values, table=table)


def _checked_texture(
    reader: Reader, path: str, *, record: Callable[..., Any], values: dict[str, Any], table: dict[str, Any]
) -> Any:
    """The texture of these values, or None and its faults in the words of the file."""
    try:
        texture = record(**values)
    except InputError as error:
        for fault in error.faults:
            placed = fault.renamed("magnetization", path) if fault.at("magnetization") else fault.within(path)
            reader.faults.append(placed if reader.si else quoted(placed, path, table))
        return None
    now = texture.words.get("digest") if isinstance(texture, Texture) else None
    if table.get("digest", now) != now:
        reader.fail(
            path, f"the file holds other vectors ({now}) than it did ({table['digest']})", hint="has it changed?"
        )
        return None
    return texture


def _tried(reader: Reader, parts: DeviceDraft, *, name: str, region: Region) -> Any:
    """The region's texture, if it has a direction at every vertex of the region; else None and the fault."""
    if parts.mesh is None or name not in parts.mesh.regions:
        return region.magnetization
    numbers: Array = np.unique(parts.mesh.cells[parts.mesh.regions[name]])
    axes = [i for i in range(3) if "xyz"[i] in parts.mesh.plane]
    try:
        region.directions(in_space(parts.mesh.points[numbers], tuple(axes)))
    except InputError as error:
        reader.faults += [fault.under(f"regions.{name}") for fault in error.faults]
        return None
    return region.magnetization
