"""The same stack or device with other numbers: fields replaced by dotted path, as a file names them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from femsot.base.errors import Fault, InputError, did_you_mean, renaming
from femsot.interfaces import Law

from .boundaries import BOUNDARIES
from .device import Device
from .stack import Stack

System = TypeVar("System", bound=Stack | Device)


def with_values(system: System, values: Mapping[str, Any]) -> System:
    """The same stack or device with fields replaced by dotted path, as in a file: "layers.Ni.thickness".

    Everything is checked once, when all values are in.
    """
    parts: dict[str, dict[str, Any]] = _parts(system)
    what = "device" if isinstance(system, Device) else "stack"
    drive: dict[str, Any] = {}
    changes: dict[tuple[str, str], dict[str, Any]] = {}
    for path, value in values.items():
        head, _, rest = path.partition(".")
        owner, _, name = rest.rpartition(".")
        if head == "drive":
            drive |= _drive(drive, system, owner=owner, name=name, value=value)
        elif head not in parts:
            raise InputError(Fault(str(path), "no such field", *did_you_mean(head, [*parts, "drive"])))
        elif owner not in parts[head]:
            raise InputError(Fault(f"{head}.{owner}", f"not in the {what}", *did_you_mean(owner, parts[head])))
        else:
            changes.setdefault((head, owner), {})[name] = value
    for (head, owner), change in changes.items():
        if head not in _FILLED:
            parts[head][owner] = _replace(f"{head}.{owner}", parts[head][owner], change)
    for head in _FILLED & parts.keys():
        parts[head] = {
            name: _replace(
                f"{head}.{name}",
                x,
                {"material": parts["materials"][x.material.name]} | changes.get((head, name), {}),
            )
            for name, x in parts[head].items()
        }
    return _whole(system, parts, drive)


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


def _whole(system: System, parts: dict[str, dict[str, Any]], drive: dict[str, Any]) -> System:
    """The stack or device of these parts."""
    changes: dict[str, Any] = {"interfaces": parts["interfaces"], **drive}
    if isinstance(system, Device):
        changes |= {"regions": parts["regions"], "contacts": parts["contacts"]}
    else:
        changes |= {"layers": tuple(parts["layers"].values()), **parts["boundaries"]}
    return replace(system, **changes)


def _drive(drive: dict[str, Any], system: Stack | Device, *, owner: str, name: str, value: Any) -> dict[str, Any]:
    if owner == "magnetization_rate" and isinstance(system, Stack):
        return {owner: {**drive.get(owner, system.magnetization_rate), name: value}}
    if owner or name != "electric_field":
        known = ["electric_field", "magnetization_rate"] if isinstance(system, Stack) else ["electric_field"]
        raise InputError(Fault(f"drive.{name}", "no such field", *did_you_mean(name, known)))
    return {name: value}


def _replace(path: str, record: Any, changes: dict[str, Any]) -> Any:
    known = [f.name for f in fields(record)] if is_dataclass(record) and not isinstance(record, type) else []
    for name in changes:
        if name not in known or name == "name":
            raise InputError(Fault(f"{path}.{name}", "no such field", *did_you_mean(name, known)))
    with renaming(_own_path(record, path), path):
        return replace(record, **changes)


def _own_path(record: Any, path: str) -> str:
    """How the faults of a record begin that does not know its name; `path` where it does."""
    if isinstance(record, Law):
        return record.path
    section = path.partition(".")[0]
    if section == "boundaries":
        return next(f"boundaries.{word}" for word, kind in BOUNDARIES.items() if isinstance(record, kind))
    return section if section in ("contacts", "regions") else path
