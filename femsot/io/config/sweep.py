"""The [sweep] table: which fields take which values."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from femsot.base.errors import Fault, InputError, did_you_mean
from femsot.base.quantities import Array
from femsot.base.units import Quantity, parameters, show
from femsot.model.device import Device
from femsot.model.job import Sweep
from femsot.model.paths import field_path, owners_named, part_quantity
from femsot.model.replace import at_points, changed, same_layers, with_values
from femsot.model.stack import Stack

from .build import Draft
from .device import DeviceDraft
from .models import Range
from .reader import Reader, relabel

MOST = 10_000_000  #: points of a whole grid
MOST_AXES = 32  #: fields of a grid: arrays have no more axes than twice as many
_TRIED = 10_000  #: points that are checked at once
Parted = Draft | DeviceDraft


def read_sweep(reader: Reader, section: Any, *, draft: Parted, whole: Stack | Device | None) -> Sweep | None:
    """The sweep of a file, None if it has none; `whole` is None where the stack or device has faults of its own."""
    table = dict(reader.table("sweep", section))
    together = table.pop("zip", False)
    if not isinstance(together, bool):
        reader.fail("sweep.zip", allowed="true or false", value=show(together))
    values: dict[str, Array] = {}
    parts: dict[str, Array] = {}  # what could be read of ranges that have faults
    for path, values_table in _leaves(table):
        before = len(reader.faults)
        array_read = ranged(reader, f"sweep.{path}", field_quantity(reader, path, draft), table=values_table)
        if array_read is not None:
            (values if len(reader.faults) == before else parts)[path] = array_read
    if isinstance(section, dict) and isinstance(together, bool) and not table:
        reader.fail(
            "sweep", "names no field", "one or more fields by dotted path", "leave out [sweep] where nothing is swept"
        )
    for path, array in parts.items():
        _alone(reader, {path: array}, draft)
    quantities = {path: field_quantity(reader, path, draft) for path in values}
    units = {path: quantity.unit for path, quantity in quantities.items() if quantity}
    sweep = Sweep(values, units, together is True)
    if values and _sized(reader, sweep):
        groups = [values] if sweep.zip else [{path: array} for path, array in values.items()]
        for group in groups:
            _try(reader, group, whole=whole, draft=draft)
    return sweep if values else None


def swept_to_zero(reader: Reader, section: Any, *, draft: Draft) -> set[str]:
    """The layers that the sweep drops at some of its points: their thickness is 0 there."""
    table = section if isinstance(section, dict) else {}
    silent = Reader(reader.directory, reader.si)  # what is wrong is told when the sweep itself is read
    known = [layer.name for layer in draft.layers]
    names: set[str] = set()
    for path, values_table in _leaves(table):
        place = field_path(path, {"layers": known})
        if place.section == "layers" and place.field == "thickness":
            values = ranged(silent, path, Quantity("m"), table=values_table)
            names |= set(owners_named(place.owner, known)) if values is not None and np.any(values == 0) else set()
    return names


def _sized(reader: Reader, sweep: Sweep) -> bool:
    """Is the grid one, and small enough?"""
    if len(sweep.values) > MOST_AXES:
        reader.fail("sweep", allowed=f"at most {MOST_AXES}", value=f"{len(sweep.values)} fields")
        return False
    sizes = {path: len(array) for path, array in sweep.values.items()}
    if sweep.zip and len(set(sizes.values())) > 1:
        counts = ", ".join(f"{n} for {path}" for path, n in sizes.items())
        reader.fail("sweep.zip", allowed="the same for all", value=f"different numbers of points ({counts})")
        return False
    if math.prod(sweep.shape) > MOST:
        grid = " x ".join(str(n) for n in sweep.shape)
        reader.fail("sweep", allowed=f"at most {MOST:,} in all", value=f"{grid} points")
    return True


def _leaves(table: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every range by its dotted path; `layers.Ni.thickness = {...}` without quotes is a table in tables."""
    for key, inner_table in table.items():
        inner = isinstance(inner_table, dict) and inner_table and all(isinstance(x, dict) for x in inner_table.values())
        yield from _leaves(inner_table, f"{prefix}{key}.") if inner else [(prefix + key, inner_table)]


def ranged(reader: Reader, where: str, quantity: Quantity | None, *, table: Any) -> Array | None:
    """The values (n, ...) of one range in SI, or None and its faults; `quantity` None: no field that can be swept."""
    if not isinstance(table, dict):
        reader.fail(where, allowed="{ from, to, points } or { values = [...] }", value=show(table))
        return None
    read = reader.values(where, Range, table=table)
    if quantity is None:
        return None
    if read is None:  # its numbers may be wrong too
        both_ends = [
            _value(reader, f"{where}.{key}", quantity=quantity, value=table[key]) for key in _ENDS if key in table
        ]
        both_ends = [x for x in both_ends if x is not None]
        return np.array(both_ends) if both_ends and len({np.shape(x) for x in both_ends}) == 1 else None
    ends = {"from": read.get("start"), "to": read.get("stop"), "points": read.get("points")}
    listed = read.get("values")
    if (listed is None) == all(x is None for x in ends.values()):
        reader.fail(where, f"{'neither' if listed is None else 'both'} given", "from, to, points", "or values")
        return None
    if listed is not None:
        return _listed(reader, where, quantity=quantity, values=listed)
    missing = [key for key, value in ends.items() if value is None]
    for key in missing:
        reader.fail(f"{where}.{key}", "missing, required with from, to, points")
    return None if missing else _spaced(reader, where, quantity=quantity, read=read)


def _listed(reader: Reader, where: str, *, quantity: Quantity, values: list[Any]) -> Array | None:
    numbers = [_value(reader, f"{where}.values[{i}]", quantity=quantity, value=x) for i, x in enumerate(values)]
    if not numbers:
        reader.fail(f"{where}.values", allowed="at least one value", value="[]")
    if not numbers or any(x is None for x in numbers):
        return None
    if len({np.shape(x) for x in numbers}) > 1:
        reader.fail(f"{where}.values", allowed="one of the two", value="numbers and tensors")
        return None
    return np.array(numbers)


def _spaced(reader: Reader, where: str, *, quantity: Quantity, read: dict[str, Any]) -> Array | None:
    if quantity.shape in ("pair", "vector", "direction"):
        reader.fail(where, "is a vector", "{ values = [...] }")
        return None
    ends = {key: _value(reader, f"{where}.{key}", quantity=quantity, value=read[name]) for key, name in _ENDS.items()}
    if any(x is None for x in ends.values()):
        return None
    log = read.get("spacing") == "log"
    good = True
    for key, x in ends.items():
        if np.ndim(x) or not np.isfinite(x) or (log and not (np.isreal(x) and np.real(x) > 0)):
            kind = 'a finite number > 0 for spacing = "log"' if log else "a finite number"
            reader.fail(
                f"{where}.{key}", allowed=str(kind), hint="or give values = [...]", value=show(read[_ENDS[key]])
            )
            good = False
    if not good:
        return None
    if read["points"] > MOST:
        reader.fail(f"{where}.points", allowed=f"at most {MOST:,}", value=str(read["points"]))
        return np.array(list(ends.values()))
    return (np.geomspace if log else np.linspace)(ends["from"], ends["to"], read["points"])


_ENDS = {"from": "start", "to": "stop"}


def _value(reader: Reader, where: str, *, quantity: Quantity, value: Any) -> Any:
    try:
        return quantity.read(value)
    except InputError as error:
        reader.at(where, error)
        return None


def field_quantity(reader: Reader, path: str, draft: Parted, *, section: str = "sweep") -> Quantity | None:
    """Unit and shape of the field a path names, or None and a fault."""
    owners = draft.owners
    place = field_path(path, owners)
    head = place.section
    owner = place.owner
    name = place.field
    if head not in owners:
        reader.fail(f"{section}.{path}", "no such field", *did_you_mean(head, owners))
        return None
    if f"{head}.{owner}" in draft.unsure or (draft.nameless and owner not in owners[head]):
        return None  # what it names has a fault of its own
    named = owners_named(owner, owners[head])
    if not named:
        reader.fail(
            f"{section}.{path}", f"{head}.{owner} is not in the {draft.what}", *did_you_mean(owner, owners[head])
        )
        return None
    quantities = {key: p.quantity for key, p in owners[head][named[0]].items() if p.quantity is not None}
    if place.part:
        of_parts = {key: part_quantity(quantity, place.part) for key, quantity in quantities.items()}
        quantities = {key: quantity for key, quantity in of_parts.items() if quantity}
    if name not in quantities:
        reader.fail(f"{section}.{path}", "no field that can be swept", *did_you_mean(name, quantities))
    return quantities.get(name)


def _try(reader: Reader, values: dict[str, Array], *, whole: Stack | Device | None, draft: Parted) -> None:
    """The stack with these fields swept, as batches: its own checks see every value. Without a stack, its parts.

    A device is no batch: its parts see every value, and it is made whole at the two ends.
    """
    faults = len(reader.faults)
    count = len(next(iter(values.values())))
    for start in range(0, count, _TRIED):
        part = {path: array[start : start + _TRIED] for path, array in values.items()}
        if isinstance(whole, Stack):
            for points in same_layers(part):
                _together(reader, at_points(part, points), whole)
        else:
            _alone(reader, part, draft)
        if len(reader.faults) > faults:
            return
    if isinstance(whole, Device):
        for i in dict.fromkeys((0, count - 1)):
            _together(reader, {path: array[i] for path, array in values.items()}, whole)


def _together(reader: Reader, values: dict[str, Any], whole: Stack | Device) -> None:
    for path, array in values.items():
        try:
            whole = with_values(whole, {path: array})
        except InputError as error:
            blame(reader, path, error.faults, place=f"sweep.{path}")


def _alone(reader: Reader, values: dict[str, Array], draft: Parted) -> None:
    """Each part of the stack with its fields swept, by itself."""
    records = draft.records
    changes: dict[tuple[str, str], dict[str, Array]] = {}
    for path, array in values.items():
        place = field_path(path, records)
        for owner in [] if place.part else owners_named(place.owner, records.get(place.section, {})):
            changes.setdefault((place.section, owner), {})[place.field] = array
    for (head, owner), fields in changes.items():
        record = records[head][owner]
        where = f"{head}.{owner}"
        if head == "layers" and "thickness" in fields:
            fields["thickness"] = np.where(fields["thickness"] == 0, 1.0, fields["thickness"])  # drops the layer
        try:
            changed(record, fields)
        except InputError as error:
            faults = [relabel(fault, where, parameters(type(record))) for fault in error.faults]
            path = f"{where}.{next(iter(fields))}"
            blame(reader, path, faults, place=f"sweep.{path}")


def blame(reader: Reader, path: str, faults: Iterable[Fault], *, place: str) -> None:
    """Faults of what is swept, at `place` of the file; one of another field than `path` keeps its name inside."""
    reader.faults += [fault.renamed(path, place) if fault.path == path else fault.within(place) for fault in faults]
