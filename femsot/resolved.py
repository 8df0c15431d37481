"""The input of a solve as it was understood: the words of a TOML file with plain SI numbers, ready for JSON.

What is left out stays left out (None); infinity is the string "inf"; a complex number is the pair
(real, imaginary). `femsot.config.from_resolved` reads it back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .boundaries import BOUNDARIES
from .interfaces import LAWS, laws
from .materials import KINDS
from .stack import Stack
from .units import parameters, plain


def resolved(stack: Stack) -> dict[str, Any]:
    """`stack` as a JSON-ready dict: materials, layers, interfaces, boundaries, drive, closure, method, title."""
    materials = {layer.material.name: layer.material for layer in stack.layers}
    ends = {"bottom": stack.bottom, "top": stack.top}
    return {
        "title": stack.title,
        "closure": stack.closure,
        "method": stack.method,
        "materials": {name: {"kind": _word(x, KINDS)} | _fields(x, skip="name") for name, x in materials.items()},
        "layers": [_fields(x, skip="material") | {"material": x.material.name} for x in stack.layers],
        "interfaces": {name: {"law": _law(x)} | _fields(x) for name, x in stack.interfaces.items()},
        "boundaries": {k: {"kind": _word(x, BOUNDARIES)} | _fields(x) for k, x in ends.items() if x is not None},
        "drive": {
            "electric_field": plain(stack.electric_field),
            "magnetization_rate": {name: plain(rate) for name, rate in stack.magnetization_rate.items()},
        },
    }


def _fields(record: Any, skip: str = "") -> dict[str, Any]:
    given = {k: getattr(record, k, None) for k in parameters(type(record)) if k != skip}
    given = {k: getattr(value, "inputs", value) for k, value in given.items() if not callable(value)}
    values = {k: plain(value, parameters(type(record))[k].quantity) for k, value in given.items()}
    return {name: value for name, value in values.items() if value is not None}


def _law(record: Any) -> str:
    """The name of a law; plugins are looked for only where it is none of ours."""
    return _word(record, LAWS if type(record) in LAWS.values() else laws())


def _word(record: Any, names: Mapping[str, Callable[..., Any]]) -> str:
    """The word a file has for this record; a plugin's own type is named after its class."""
    return next((word for word, made in names.items() if made is type(record)), type(record).__name__)
