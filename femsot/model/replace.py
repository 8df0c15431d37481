"""The same stack or device with other numbers: fields replaced by dotted path, as a file names them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, fields, is_dataclass, replace
from typing import Any, TypeVar

import numpy as np

from femsot.base.errors import Fault, InputError, did_you_mean, renaming
from femsot.base.quantities import Array
from femsot.base.units import parameters
from femsot.interfaces import Law
from femsot.materials.alternatives import without_others

from .boundaries import BOUNDARIES
from .device import Device, Region
from .joints import joins, law_keys
from .paths import FieldPath, field_path, owners_named, part_quantity, with_parts
from .stack import Layer, Stack

System = TypeVar("System", bound=Stack | Device)


def with_values(system: System, values: Mapping[str, Any]) -> System:
    """Return the same stack or device with fields replaced by dotted path, as in a file: "layers.Ni.thickness".

    Parameters
    ----------
    system : what to change.
    values : SI values by path; "layers.Co.magnetization.phi" [rad] and "interfaces.Pt|Co.mixing.real" are parts of a
        field, and "layers.Co" are all layers "Co.1", "Co.2", ... A thickness of 0 drops the layer and its interfaces.
        Everything is checked once, when all values are in.

    Raises
    ------
    InputError
        For a path that names nothing, and for values that are refused.
    """
    records = _parts(system)
    drive: dict[str, Any] = {}
    changes: dict[tuple[str, str], dict[str, Any]] = {}
    parts: dict[tuple[str, str, str], dict[str, Any]] = {}
    for path, value in values.items():
        place = field_path(str(path), records)
        if place.section == "drive":
            drive |= _drive(drive, system, owner=place.owner, name=place.field, value=value)
            continue
        for owner in _owners(place, records, "device" if isinstance(system, Device) else "stack"):
            if place.part:
                parts.setdefault((place.section, owner, place.field), {})[place.part] = value
            else:
                changes.setdefault((place.section, owner), {})[place.field] = value
    for (section, owner, field), pieces in parts.items():
        change = changes.setdefault((section, owner), {})
        change[field] = _with_parts(records[section][owner], f"{section}.{owner}.{field}", pieces, change.get(field))
    return _whole(system, _changed(records, changes), drive)


def changed(record: Any, changes: Mapping[str, Any]) -> Any:
    """Return a record with other fields; the other words for the same numbers of a material go."""
    others = {name: None for name in without_others(changes) if name in parameters(type(record))}
    return replace(record, **others, **changes)


def _owners(place: FieldPath, records: Mapping[str, Mapping[str, Any]], what: str) -> list[str]:
    """The records that a path names, one at least."""
    if place.section not in records:
        known = did_you_mean(place.section, [*records, "drive"])
        raise InputError(Fault(".".join(step for step in astuple(place) if step), "no such field", *known))
    owners = owners_named(place.owner, records[place.section])
    if not owners:
        known = did_you_mean(place.owner, records[place.section])
        raise InputError(Fault(f"{place.section}.{place.owner}", f"not in the {what}", *known))
    return owners


def _with_parts(record: Any, path: str, pieces: Mapping[str, Any], value: Any) -> Any:  # noqa: PLR0917
    """The field at `path` of a record with parts of it replaced; `value`: the field itself is new too."""
    name = path.rpartition(".")[2]
    fields_of = parameters(Layer if isinstance(record, Region) else type(record))
    quantity = fields_of[name].quantity if name in fields_of else None
    for part in pieces:
        if quantity is None or part_quantity(quantity, part) is None:
            known = [key for key, x in fields_of.items() if x.quantity and part_quantity(x.quantity, part)]
            raise InputError(Fault(f"{path}.{part}", "no such field", *did_you_mean(name, known)))
    assert quantity is not None
    return with_parts(path, getattr(record, name) if value is None else value, pieces, shape=quantity.shape)


def _changed(
    records: dict[str, dict[str, Any]], changes: Mapping[tuple[str, str], dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """The records with the changes of each; layers and regions hold the new materials."""
    for (head, owner), change in changes.items():
        if head not in _FILLED:
            records[head][owner] = _replace(f"{head}.{owner}", records[head][owner], change)
    for head in _FILLED & records.keys():
        for name, record in list(records[head].items()):
            change = changes.get((head, name), {})
            if head == "layers" and _is_zero(change.get("thickness")):
                del records[head][name]
                continue
            filling = {"material": records["materials"][record.material.name]}
            records[head][name] = _replace(f"{head}.{name}", record, filling | change)
    return records


#: sections whose records hold a material
_FILLED = {"layers", "regions"}


def _parts(system: Stack | Device) -> dict[str, dict[str, Any]]:
    """The records by section and name."""
    if isinstance(system, Device):
        return {
            "materials": {x.material.name: x.material for x in system.regions.values()},
            "regions": dict(system.regions),
            "interfaces": dict(system.interfaces),
            "contacts": dict(system.contacts),
        }
    ends = {name: end for name in ("bottom", "top") if (end := getattr(system, name)) is not None}
    return {
        "materials": {layer.material.name: layer.material for layer in system.layers},
        "layers": {layer.name: layer for layer in system.layers},
        "interfaces": dict(system.interfaces),
        "boundaries": ends,
    }


def _is_zero(thickness: Any) -> bool:
    """Is it the one number 0, which drops a layer?"""
    return thickness is not None and np.ndim(thickness) == 0 and thickness == 0


def _whole(system: System, parts: dict[str, dict[str, Any]], drive: dict[str, Any]) -> System:
    """The stack or device of these parts."""
    changes: dict[str, Any] = {"interfaces": parts["interfaces"], **drive}
    if isinstance(system, Device):
        changes |= {"regions": parts["regions"], "contacts": parts["contacts"]}
    else:
        changes |= {"layers": tuple(parts["layers"].values()), **parts["boundaries"]}
        if len(parts["layers"]) < len(system.layers):
            rates = drive.get("magnetization_rate", system.magnetization_rate)
            changes |= _laws(system, parts)
            changes |= {"magnetization_rate": {name: rate for name, rate in rates.items() if name in parts["layers"]}}
    return replace(system, **changes)


def _laws(stack: Stack, parts: dict[str, dict[str, Any]]) -> dict[str, dict[str, Law]]:
    """The laws of the joints that are left, and of those that have arisen, once layers are dropped."""
    layers = tuple(parts["layers"].values())
    laws = {**stack.spare_interfaces, **parts["interfaces"]}
    named = set(law_keys(layers, laws))
    possible = {key for key in stack.spare_interfaces if key not in named and joins(layers, key, parts["layers"])}
    return {
        "interfaces": {key: law for key, law in laws.items() if key in named},
        "spare_interfaces": {key: stack.spare_interfaces[key] for key in possible},
    }


def same_layers(values: Mapping[str, Array]) -> list[Array]:
    """Return the points (numbers) of a sweep in groups that have the same layers: a thickness of 0 drops one."""
    paths = [path for path in values if path.startswith("layers.") and path.endswith(".thickness")]
    count = len(next(iter(values.values())))
    absent = np.array([values[path] == 0 for path in paths], dtype=int).reshape(len(paths), count)
    patterns, of_point = np.unique(absent, axis=1, return_inverse=True)
    return [np.flatnonzero(of_point.ravel() == i) for i in range(patterns.shape[1])]


def at_points(values: Mapping[str, Array], points: Array) -> dict[str, Any]:
    """Return the values at points of a sweep that have the same layers; of a layer that is dropped, the number 0."""
    chosen: dict[str, Any] = {path: array[points] for path, array in values.items()}
    for path, array in chosen.items():
        if path.startswith("layers.") and path.endswith(".thickness") and not np.any(array):
            chosen[path] = 0.0
    return chosen


def _drive(drive: dict[str, Any], system: Stack | Device, *, owner: str, name: str, value: Any) -> dict[str, Any]:
    if owner == "magnetization_rate" and isinstance(system, Stack):
        return {owner: {**drive.get(owner, system.magnetization_rate), name: value}}
    known = ["electric_field"]
    if isinstance(system, Stack):
        known += ["magnetization_rate", "current_density", "in_layer", "current", "width"]
    if owner or name not in known:
        raise InputError(Fault(f"drive.{name}", "no such field", *did_you_mean(name, known)))
    return {name: value}


def _replace(path: str, record: Any, changes: dict[str, Any]) -> Any:
    known = [f.name for f in fields(record)] if is_dataclass(record) and not isinstance(record, type) else []
    for name in changes:
        if name not in known or name == "name":
            raise InputError(Fault(f"{path}.{name}", "no such field", *did_you_mean(name, known)))
    with renaming(_own_path(record, path), path):
        return changed(record, changes)


def _own_path(record: Any, path: str) -> str:
    """How the faults of a record begin that does not know its name; `path` where it does."""
    if isinstance(record, Law):
        return record.path
    section = path.partition(".")[0]
    if section == "boundaries":
        return next(f"boundaries.{word}" for word, kind in BOUNDARIES.items() if isinstance(record, kind))
    return section if section in ("contacts", "regions") else path
