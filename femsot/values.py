"""The same stack with other numbers: fields replaced by dotted path, as a file names them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from .checks import InputError, did_you_mean
from .stack import Stack


def with_values(stack: Stack, values: Mapping[str, Any]) -> Stack:
    """The same stack with fields replaced by dotted path, as in a file: "layers.Ni.thickness".

    Everything is checked once, when all values are in.
    """
    ends = {name: end for name in ("bottom", "top") if (end := getattr(stack, name)) is not None}
    parts: dict[str, dict[str, Any]] = {
        "materials": {layer.material.name: layer.material for layer in stack.layers},
        "layers": {layer.name: layer for layer in stack.layers},
        "interfaces": dict(stack.interfaces),
        "boundaries": ends,
    }
    drive: dict[str, Any] = {}
    changes: dict[tuple[str, str], dict[str, Any]] = {}
    for path, value in values.items():
        head, _, rest = path.partition(".")
        owner, _, name = rest.rpartition(".")
        if head == "drive":
            drive |= _drive(drive, stack, owner=owner, name=name, value=value)
        elif head not in parts:
            raise InputError(f"{path}: no such field, {did_you_mean(head, [*parts, 'drive'])}")
        elif owner not in parts[head]:
            raise InputError(f"{head}.{owner}: not in the stack, {did_you_mean(owner, parts[head])}")
        else:
            changes.setdefault((head, owner), {})[name] = value
    for (head, owner), change in changes.items():
        if head != "layers":
            parts[head][owner] = _replace(f"{head}.{owner}", parts[head][owner], change)
    layers = [
        _replace(
            f"layers.{x.name}",
            x,
            {"material": parts["materials"][x.material.name]} | changes.get(("layers", x.name), {}),
        )
        for x in stack.layers
    ]
    return replace(stack, layers=tuple(layers), interfaces=parts["interfaces"], **parts["boundaries"], **drive)


def _drive(drive: dict[str, Any], stack: Stack, *, owner: str, name: str, value: Any) -> dict[str, Any]:
    if owner == "magnetization_rate":
        return {owner: {**drive.get(owner, stack.magnetization_rate), name: value}}
    if owner or name != "electric_field":
        raise InputError(f"drive.{name}: no such field, {did_you_mean(name, ['electric_field', 'magnetization_rate'])}")
    return {name: value}


def _replace(path: str, record: Any, changes: dict[str, Any]) -> Any:
    known = [f.name for f in fields(record)] if is_dataclass(record) and not isinstance(record, type) else []
    for name in changes:
        if name not in known or name == "name":
            raise InputError(f"{path}.{name}: no such field, {did_you_mean(name, known)}")
    return replace(record, **changes)
