"""Reading the result dict: its parts, its profiles as arrays, units for people."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from femsot.base.components import COMPONENTS
from femsot.base.errors import Fault, InputError
from femsot.base.quantities import Array

Result = Mapping[str, Any]

PREFIXES = dict(zip(range(-18, 19, 3), ("a", "f", "p", "n", "µ", "m", "", "k", "M", "G", "T", "P", "E"), strict=True))


@dataclass(frozen=True, eq=False)
class Profiles:
    """Potentials and currents along z of a stack; both sides of an interface are points of their own."""

    z: Array  #: (n,) [m]
    layer: list[str]  #: the layer's name of each point
    mu: Array  #: (n, 7) [V]
    J: Array  #: (n, 7) along z [A/m^2]

    def pieces(self) -> list[slice]:
        """The points of one layer after another."""
        ends = [i for i in range(1, len(self.layer)) if self.layer[i] != self.layer[i - 1]]
        return [slice(a, b) for a, b in zip([0, *ends], [*ends, len(self.layer)], strict=True)]


def profiles(result: Result) -> Profiles:
    """The profiles of a stack's result as arrays; orbital components are zero where they are not solved."""
    record = result.get("profiles")
    if not record or not len(record.get("z", ())):
        raise InputError(
            Fault("profiles", "missing in this result, required here", hint="only a stack has profiles along z")
        )
    z = np.asarray(record["z"], dtype=float)
    size = len(COMPONENTS)
    count = len(z)
    values = {name: np.asarray(record[name], dtype=float) for name in ("mu", "J")}
    for name, array in values.items():
        if array.shape != (count, size):
            raise InputError(
                Fault(f"profiles.{name}", allowed=f"{(count, size)}, one row per z", value=f"shape {array.shape}")
            )
    layer = list(record.get("layer") or _layer_of(result, z))
    if len(layer) != count:
        raise InputError(Fault("profiles.layer", allowed=f"{count}, one per z", value=f"{len(layer)} names"))
    return Profiles(z=z, layer=layer, mu=values["mu"], J=values["J"])


def _layer_of(result: Result, z: Array) -> list[str]:
    """Names by position, where the profiles do not say; the second point of an interface is the upper layer's."""
    layers = parts(result)
    names = []
    i = 0
    for k, height in enumerate(z):
        while i + 1 < len(layers) and (height > layers[i]["z"][1] or (k and height == z[k - 1] == layers[i]["z"][1])):
            i += 1
        names.append(str(layers[i]["name"]))
    return names


def parts(result: Result) -> list[dict[str, Any]]:
    """The layers of a stack, the regions of a device."""
    return list(result.get("layers") or result.get("regions") or [])


def identity(result: Result) -> str:
    """What tells a device's run from another: a digest of its input and its contacts."""
    record = {key: result.get(key) for key in ("input", "contacts")}
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()[:16]


def torque_vector(torque: Mapping[str, Any]) -> Array:
    """The torque (3,) that its basis names: what m receives, or where nothing else is defined the flux."""
    return numbers(torque["received"] if torque.get("basis", "flux") == "received" else torque["flux"])


def magnets(result: Result) -> list[dict[str, Any]]:
    """The layers or regions that have a torque."""
    return [part for part in parts(result) if part.get("torque")]


def kinds(result: Result) -> list[str]:
    """What each layer is drawn as: magnet, metal, metal2 or insulator; neighbouring metals differ in shade."""
    layer_kinds: list[str] = []
    for layer in parts(result):
        conducts = layer.get("bottom") is not None
        kind = "metal" if conducts else "insulator"
        if layer.get("torque"):
            kind = "magnet"
        layer_kinds.append("metal2" if kind == "metal" and layer_kinds[-1:] == ["metal"] else kind)
    return layer_kinds


def described(result: Result, name: str) -> Mapping[str, Any]:
    """The layer or region as the user gave it, empty where the result does not hold it."""
    source = result.get("input") or {}
    listed = source.get("layers", source.get("regions", []))
    if isinstance(listed, Mapping):
        return dict(listed.get(name) or {})
    return next((dict(part) for part in listed if part.get("name") == name), {})


def magnetization(result: Result, name: str) -> Array | None:
    """The unit vector m of one layer; None for a non-magnet and for a texture."""
    m = described(result, name).get("magnetization")
    if m is None or np.shape(m) != (3,):
        return None
    vector = np.asarray(m, dtype=float)
    unit: Array = vector / np.linalg.norm(vector)
    return unit


def numbers(values: Any) -> Array:
    """Nested lists as an array of floats; null is nan."""
    array: Array = np.array(values, dtype=object).astype(float)
    return array


def pretty(unit: str) -> str:
    """The unit as printed in a figure: `A/m^2` is `A/m²`, `ohm` is `Ω`."""
    for plain, printed in (("ohm", "Ω"), ("^2", "²"), ("^3", "³"), ("deg", "°")):
        unit = unit.replace(plain, printed)
    return unit


def prefixed(values: Any, unit: str) -> tuple[float, str]:
    """Factor and unit that bring the largest of `values` between 1 and 1000.

    >>> prefixed([-2.5e-9, 1e-9], "m")
    (1000000000.0, 'nm')
    >>> prefixed([1.6e10], "1/m")
    (1e-09, '1/nm')
    """
    sizes = np.abs(np.asarray(values, dtype=float))
    largest = float(np.max(sizes[np.isfinite(sizes)], initial=0.0))
    symbol = unit.removeprefix("1/").split("/")[0].split(" ")[0]
    if largest == 0 or not symbol or "^" in symbol or symbol in ("deg", "rad", "%"):
        return 1.0, pretty(unit)
    # 1e-12: a value that is 1000 but for rounding takes the next prefix
    power = 3 * math.floor(math.log10(largest) / 3 + 1e-12)
    power = min(max(power, min(PREFIXES)), max(PREFIXES))
    if unit.startswith("1/"):
        return float(f"1e{-power}"), "1/" + PREFIXES[-power] + pretty(unit[2:])
    return float(f"1e{-power}"), PREFIXES[power] + pretty(unit)


def is_noise(values: Any, scale: Any) -> Array:
    """Where are `values` rounding noise against the largest of `scale`?"""
    largest = np.max(np.abs(np.asarray(scale, dtype=float)), initial=0.0)
    small: Array = np.abs(np.asarray(values, dtype=float)) <= 1e-12 * largest
    return small


def is_zero(values: Any, scale: Any) -> bool:
    """Are all of them?"""
    return bool(np.all(is_noise(values, scale)))


def apart(centres: Sequence[float], gap: float, width: float) -> list[float]:
    """Return places in order, at least `gap` apart, near `centres`, and within `width` where there is room."""
    from scipy.optimize import isotonic_regression  # pictures alone need it: 0.25 s less for `femsot run`

    count = len(centres)
    gap = min(gap, width / count)
    offsets = gap * np.arange(count)
    # least squares under y_0 <= y_1 <= ...
    best = isotonic_regression(np.asarray(centres, dtype=float) - offsets).x
    low = gap / 2
    high = width - gap * (count - 0.5)
    places: list[float] = (np.minimum(np.maximum(best, low), high) + offsets).tolist()
    return places
