"""The same stack with other numbers: fields replaced by dotted path, as a file names them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from .checks import InputError, did_you_mean
from .stack import Stack


def with_values(stack: Stack, values: Mapping[str, Any]) -> Stack:
    """The same stack with fields replaced by dotted path, as in a file: "layers.Ni.thickness"."""
    draft = _Draft(stack)
    for path, value in values.items():
        head, _, rest = path.partition(".")
        owner, _, name = rest.rpartition(".")
        setter = getattr(draft, f"set_{head}", None)
        if setter is None:
            raise InputError(f"{path}: no such field, {did_you_mean(head, _HEADS)}")
        setter(owner, name, value)
    return draft.stack()


_HEADS = ("materials", "layers", "interfaces", "boundaries", "drive")


def _replace(path: str, record: Any, changes: dict[str, Any]) -> Any:
    known = [f.name for f in fields(record)] if is_dataclass(record) and not isinstance(record, type) else []
    for name in changes:
        if name not in known or name == "name":
            raise InputError(f"{path}.{name}: no such field, {did_you_mean(name, known)}")
    return replace(record, **changes) if changes else record


class _Draft:
    """A stack under change: everything is checked once, when all values are in."""

    def __init__(self, stack: Stack) -> None:
        self.old = stack
        self.materials: dict[str, dict[str, Any]] = {layer.material.name: {} for layer in stack.layers}
        self.layers: dict[str, dict[str, Any]] = {layer.name: {} for layer in stack.layers}
        self.interfaces: dict[str, dict[str, Any]] = {name: {} for name in stack.interfaces}
        self.boundaries: dict[str, dict[str, Any]] = {
            name: {} for name in ("bottom", "top") if getattr(stack, name) is not None
        }
        self.drive: dict[str, Any] = {}

    def _set(self, group: str, owner: str, change: tuple[str, Any]) -> None:
        known = getattr(self, group)
        if owner not in known:
            raise InputError(f"{group}.{owner}: not in the stack, {did_you_mean(owner, known)}")
        known[owner][change[0]] = change[1]

    def set_materials(self, owner: str, name: str, value: Any) -> None:
        self._set("materials", owner, (name, value))

    def set_layers(self, owner: str, name: str, value: Any) -> None:
        self._set("layers", owner, (name, value))

    def set_interfaces(self, owner: str, name: str, value: Any) -> None:
        self._set("interfaces", owner, (name, value))

    def set_boundaries(self, owner: str, name: str, value: Any) -> None:
        self._set("boundaries", owner, (name, value))

    def set_drive(self, owner: str, name: str, value: Any) -> None:
        if owner == "magnetization_rate":
            rates = self.drive.get("magnetization_rate", self.old.magnetization_rate)
            self.drive["magnetization_rate"] = {**rates, name: value}
        elif owner or name != "electric_field":
            known = ["electric_field", "magnetization_rate"]
            raise InputError(f"drive.{name}: no such field, {did_you_mean(name, known)}")
        else:
            self.drive["electric_field"] = value

    def stack(self) -> Stack:
        materials = {
            layer.material.name: _replace(
                f"materials.{layer.material.name}", layer.material, self.materials[layer.material.name]
            )
            for layer in self.old.layers
        }
        layers = []
        for layer in self.old.layers:
            changes, material = self.layers[layer.name], materials[layer.material.name]
            if material is not layer.material:
                changes = {"material": material, **changes}
            layers.append(_replace(f"layers.{layer.name}", layer, changes))
        interfaces = {
            name: _replace(f"interfaces.{name}", record, self.interfaces[name])
            for name, record in self.old.interfaces.items()
        }
        ends = {
            name: _replace(f"boundaries.{name}", getattr(self.old, name), changes)
            for name, changes in self.boundaries.items()
        }
        return replace(self.old, layers=tuple(layers), interfaces=interfaces, **ends, **self.drive)
