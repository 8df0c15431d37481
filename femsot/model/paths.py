"""The fields of a stack or device by dotted path, as a file names them: "layers.Co.1.thickness"."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from femsot.base.errors import Fault, InputError
from femsot.base.quantities import Array
from femsot.base.units import Quantity

#: parts of a field that a path may name, by the shape of the field
PARTS = {"direction": ("theta", "phi"), "complex": ("real", "imag")}
_WORDS = frozenset(word for words in PARTS.values() for word in words)


@dataclass(frozen=True)
class FieldPath:
    """One field, or a part of it: "layers.Co.magnetization.phi"."""

    section: str
    owner: str  #: "" for a section that has fields of its own
    field: str
    part: str = ""  #: "theta", "phi", "real", "imag"; "" for the whole field


def field_path(path: str, owners: Mapping[str, Collection[str]]) -> FieldPath:
    """Return what a path names, with an owner that may be unknown; `owners` by section, names may have dots."""
    section, _, rest = path.partition(".")
    owner, _, name = rest.rpartition(".")
    if name in _WORDS and not owners_named(owner, owners.get(section, ())):
        whole, _, field = owner.rpartition(".")
        if owners_named(whole, owners.get(section, ())):
            return FieldPath(section, whole, field, name)
    return FieldPath(section, owner, name)


def owners_named(name: str, known: Collection[str]) -> list[str]:
    """Return the owner of that name, or all of a repetition: "Co" for "Co.1", "Co.2", ...

    >>> owners_named("Co", ["Co.1", "Cu.1", "Co.2"])
    ['Co.1', 'Co.2']
    """
    if name in known:
        return [name]
    numbered = re.compile(re.escape(name) + r"\.\d+")
    return [other for other in known if numbered.fullmatch(other)]


def part_quantity(quantity: Quantity, part: str) -> Quantity | None:
    """Return unit and shape of a part of a field; None if the field has no such part."""
    if part not in PARTS.get(quantity.shape, ()):
        return None
    return Quantity("rad") if quantity.shape == "direction" else Quantity(quantity.unit, moment=quantity.moment)


def with_parts(path: str, value: Any, parts: Mapping[str, Any], *, shape: str) -> Any:
    """Return a direction with other angles [rad], or a complex number with another real or imaginary part."""
    if shape == "complex":
        number = np.asarray(0.0 if value is None else value)
        return np.asarray(parts.get("real", number.real)) + 1j * np.asarray(parts.get("imag", number.imag))
    if value is None or callable(value):
        raise InputError(Fault(path, "is no direction, whose angles could be set", "a magnet with a uniform one"))
    return _turned(path, np.asarray(value, dtype=float), parts)


def _turned(path: str, m: Array, angles: Mapping[str, Any]) -> Array:
    """The unit vectors (..., 3) of m with other angles; at a pole phi is 0."""
    across = np.hypot(m[..., 0], m[..., 1])
    if "theta" not in angles and np.any(across == 0):
        raise InputError(Fault(f"{path}.phi", "m is along z: phi turns nothing", "theta too, or another m"))
    theta = np.asarray(angles.get("theta", np.arctan2(across, m[..., 2])), dtype=float)
    phi = np.asarray(angles.get("phi", np.arctan2(m[..., 1], m[..., 0])), dtype=float)
    theta, phi = np.broadcast_arrays(theta, phi)
    return np.stack([np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)], axis=-1)
