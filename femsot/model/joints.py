"""Which law holds where: an interface is named by its layers, by a repeated pair of layers, or by two materials."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .stack import Layer

Names = tuple[str, str, str]


def names_of(below: Layer, above: Layer) -> Names:
    """Return what a joint may be called: by its layers, by these without numbers, by its materials.

    "Co.3|Cu.3" is also "Co|Cu", as is a joint of layers of these materials.
    """
    layers = f"{below.name}|{above.name}"
    return layers, f"{without_number(below.name)}|{without_number(above.name)}", _materials(below, above)


def without_number(name: str) -> str:
    """Return the name of a layer in a repetition.

    >>> without_number("Co.12")
    'Co'
    """
    return re.sub(r"\.\d+$", "", name)


def _materials(below: Layer, above: Layer) -> str:
    return f"{below.material.name}|{above.material.name}"


def law_keys(layers: Sequence[Layer], keys: Collection[str]) -> list[str | None]:
    """Return for every joint which of `keys` holds: its own name, that of its repetition, or its materials.

    A key that names layers does not stand for materials as well.
    """
    joints = [names_of(below, above) for below, above in pairwise(layers)]
    by_layers = {name for joint in joints for name in joint[:2]}
    return [_key(joint, keys, by_layers) for joint in joints]


def _key(joint: Names, keys: Collection[str], by_layers: Collection[str]) -> str | None:
    key, repeated, materials = joint
    if key in keys:
        return key
    if repeated in keys:
        return repeated
    return materials if materials in keys and materials not in by_layers else None


def joins(layers: Sequence[Layer], key: str, droppable: Collection[str]) -> bool:
    """Return whether a joint of that name arises where some of the layers `droppable` are left out."""
    return any(key in names_of(below, above) for below, above in _pairs(layers, droppable))


def _pairs(layers: Sequence[Layer], droppable: Collection[str]) -> Iterator[tuple[Layer, Layer]]:
    for i, below in enumerate(layers):
        for above in layers[i + 1 :]:
            yield below, above
            if above.name not in droppable:
                break
