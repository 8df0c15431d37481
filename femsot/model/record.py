"""The input of a solve as it was understood: the words of a TOML file with plain SI numbers, ready for JSON.

What is left out stays left out (None); infinity is the string "inf"; a complex number is the pair
(real, imaginary). `femsot.io.config.from_resolved` reads it back. A mesh and a texture from a file are named, and what
they held is noted in `digest`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import isroutine
from typing import Any

from femsot.base.units import parameters, plain
from femsot.interfaces import LAWS, Law, laws
from femsot.materials.records import KINDS, Material
from femsot.scattering.tensors import Tensors

from .boundaries import BOUNDARIES
from .device import Device, Region
from .mesh import Mesh
from .stack import Stack
from .texture import FORMS, Texture, digest


def resolved(model: Stack | Device) -> dict[str, Any]:
    """A stack or a device as a JSON-ready dict, by the sections of a file."""
    return _device(model) if isinstance(model, Device) else _stack(model)


def _stack(stack: Stack) -> dict[str, Any]:
    """Title, closure, method, materials, layers, interfaces, boundaries, drive."""
    ends = {"bottom": stack.bottom, "top": stack.top}
    return {
        "title": stack.title,
        "closure": stack.closure,
        "method": stack.method,
        **({} if stack.fermi_wavevector is None else {"fermi_wavevector": plain(stack.fermi_wavevector)}),
        "materials": _materials([layer.material for layer in stack.layers]),
        "layers": [_fields(x, skip="material") | {"material": x.material.name} for x in stack.layers],
        "interfaces": _laws(stack.interfaces),
        **({"spare_interfaces": _laws(stack.spare_interfaces)} if stack.spare_interfaces else {}),
        "boundaries": {k: {"kind": _word(x, BOUNDARIES)} | _fields(x) for k, x in ends.items() if x is not None},
        "drive": {
            "electric_field": plain(stack.electric_field),
            **{name: plain(value) for name, value in _imposed(stack).items() if value is not None},
            "magnetization_rate": {name: plain(rate) for name, rate in stack.magnetization_rate.items()},
        },
    }


def _imposed(stack: Stack) -> dict[str, Any]:
    """What gives the in-plane current, None where it is left out."""
    return {name: vars(stack)[name] for name in ("current_density", "in_layer", "current", "width")}


def _device(device: Device) -> dict[str, Any]:
    """Title, closure, method, mesh, materials, regions, interfaces, contacts, drive."""
    regions = device.regions
    return {
        "title": device.title,
        "closure": device.closure,
        "method": "fem",
        "mesh": plain(dict(device.mesh.source)) | mesh_counts(device.mesh),
        "materials": _materials([region.material for region in regions.values()]),
        "regions": {name: _region(x) for name, x in regions.items()},
        "interfaces": _laws(device.interfaces),
        "contacts": {name: _fields(x) for name, x in device.contacts.items()},
        "drive": {"electric_field": plain(device.electric_field)},
    }


def mesh_counts(mesh: Mesh | None = None) -> dict[str, Any]:
    """What tells one mesh from another; without a mesh, the keys alone."""
    if mesh is None:
        return dict.fromkeys(("cell", "vertices", "cells", "digest"))
    size = {"cell": mesh.kind, "vertices": len(mesh.points), "cells": len(mesh.cells)}
    return size | {"digest": digest(mesh.points, mesh.cells)}


def _laws(interfaces: Mapping[str, Law]) -> dict[str, Any]:
    return {name: {"law": _law(x)} | _fields(x) for name, x in interfaces.items()}


def _materials(materials: list[Material]) -> dict[str, Any]:
    named = {x.name: x for x in materials}
    return {name: {"kind": _word(x, KINDS)} | _fields(x, skip="name") for name, x in named.items()}


def _region(region: Region) -> dict[str, Any]:
    """The material of a region and its direction."""
    neel = {} if region.neel is None else {"neel": plain(region.neel)}
    return {"material": region.material.name} | _direction(region.magnetization) | neel


def _direction(m: Any) -> dict[str, Any]:
    """The magnetization of a region: a direction, the words of a texture, the name of a function."""
    if m is None:
        return {}
    if not callable(m):
        return {"magnetization": plain(m)}
    if type(m) in FORMS.values():
        return {"magnetization": {"kind": _word(m, FORMS)} | _fields(m)}
    if isinstance(m, Texture):
        return {"magnetization": plain(m.words)}
    return {"magnetization": {"python": m.__qualname__ if isroutine(m) else type(m).__name__}}


def _fields(record: Any, skip: str = "") -> dict[str, Any]:
    inputs = {k: getattr(record, k, None) for k in parameters(type(record)) if k != skip}
    inputs = {
        k: value.inputs if isinstance(value, Tensors) else value for k, value in inputs.items() if not callable(value)
    }
    values = {k: plain(value, parameters(type(record))[k].quantity) for k, value in inputs.items()}
    return {name: value for name, value in values.items() if value is not None}


def _law(record: Any) -> str:
    """The name of a law; plugins are looked for only where it is none of ours."""
    return _word(record, LAWS if type(record) in LAWS.values() else laws())


def _word(record: Any, names: Mapping[str, Callable[..., Any]]) -> str:
    """The word a file has for this record; a plugin's own type is named after its class."""
    return next((word for word, kind in names.items() if kind is type(record)), type(record).__name__)
