"""What a method of solving understands of a model: which records, and which of their fields.

A list of what is allowed, not of what is refused: a field that a later version adds is refused by a method until the
method's list says what becomes of it, so that no number of the user's is left out in silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any

import numpy as np

from femsot.base.errors import Fault
from femsot.base.units import parameters
from femsot.interfaces import LAWS
from femsot.materials.records import KINDS
from femsot.model.boundaries import BOUNDARIES
from femsot.model.stack import Stack

#: by section of a file: the key that says what a record is, and the records by its words
_WORDS: dict[str, tuple[str, Mapping[str, Any]]] = {
    "materials": ("kind", KINDS),
    "interfaces": ("law", LAWS),
    "boundaries": ("kind", BOUNDARIES),
}


@dataclass(frozen=True)
class Reason:
    """Why a method does not understand a field, for the message.

    Parameters
    ----------
    why : what follows the method's name, such as ", which has no orbital channel".
    allowed : what to give instead.
    what : what was given; "" shows the value with its unit.
    """

    why: str = ", which does not know it"
    allowed: str = "leave it out"
    what: str = "given"


@dataclass(frozen=True, eq=False, kw_only=True)
class Scope:
    """What one method understands.

    Parameters
    ----------
    method : its name in a file.
    records : the types of records that it understands -> the names of the fields; None: every field of every record.
    reasons : why a field is not understood, by its name, or by "interfaces" or "materials" for a whole record;
        fields of one reason are one fault of a record.
    otherwise : what to do instead, at the end of what is allowed.
    """

    method: str
    records: Mapping[type, frozenset[str]] | None = None
    reasons: Mapping[str, Reason] = field(default_factory=dict)
    otherwise: str = 'method = "exact"'

    def faults(self, stack: Stack) -> list[Fault]:
        """Return a fault of every record and of every field given that the method does not understand."""
        if self.records is None:
            return []
        faults = self.unknown("drive", stack)
        for section, name, record in _records(stack):
            if type(record) in self.records:
                faults += self.unknown(f"{section}.{name}", record)
            else:
                faults.append(self._foreign(section, name))
        return faults

    def unknown(self, path: str, record: Any) -> list[Fault]:
        """Return a fault of every field of one record that is given and not understood, one for each reason."""
        understood = (self.records or {})[type(record)]
        faults: dict[Reason | str, Fault] = {}
        for item in fields(record):
            value = vars(record)[item.name]
            if item.name in understood or not _is_given(item, value):
                continue
            reason = self.reasons.get(item.name)
            for place in _places(f"{path}.{item.name}", value):
                faults.setdefault(reason or place, self._fault(place, reason or Reason(), record=record, value=value))
        return list(faults.values())

    def _fault(self, path: str, reason: Reason, *, record: object, value: Any) -> Fault:
        words = f'with method "{self.method}"{reason.why}'
        allowed = f"{reason.allowed}, or {self.otherwise}"
        if reason.what:
            return Fault(path, f"{reason.what} {words}", allowed)
        quantity = parameters(type(record))[path.rpartition(".")[2]].quantity
        shown = repr(value) if quantity is None else f"{value:g} {quantity.unit}".strip()
        return Fault(path, words, allowed, value=shown)

    def _foreign(self, section: str, name: str) -> Fault:
        """The fault of a record of a kind that the method does not know."""
        key, words = _WORDS[section]
        known = ", ".join(word for word, kind in words.items() if kind in (self.records or {}))
        reason = self.reasons.get(section, Reason())
        problem = f'{reason.what} with method "{self.method}"{reason.why}'
        return Fault(f"{section}.{name}.{key}", problem, f"{known}, or {self.otherwise}")


#: the tensors of a material and the map of an interface are all that these see, and every record makes them
EXACT = Scope(method="exact")
FEM = Scope(method="fem")


def _records(stack: Stack) -> Iterator[tuple[str, str, object]]:
    """Section, name and record of everything in a stack that has fields of its own."""
    for material in {layer.material.name: layer.material for layer in stack.layers}.values():
        yield "materials", material.name, material
    for name, law in stack.interfaces.items():
        yield "interfaces", name, law
    for name, end in (("bottom", stack.bottom), ("top", stack.top)):
        if end is not None:
            yield "boundaries", name, end


def _is_given(item: Field[Any], value: Any) -> bool:
    """Does a field differ from its default?"""
    default: Any = item.default
    if item.default_factory is not MISSING:
        default = item.default_factory()
    return value is not default and not np.array_equal(value, default)


def _places(path: str, value: Any) -> list[str]:
    """The paths of one field: of a table, those of its keys."""
    if isinstance(value, Mapping):
        return [f"{path}.{key}" for key in value]
    return [path]
