"""The [fit] of a file: parameters, measured series and their data files."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from femsot.base.errors import Fault, InputError, did_you_mean
from femsot.base.files import read_file
from femsot.base.quantities import Array
from femsot.base.units import Quantity, show
from femsot.model.fit import Fit, FitParameter, Measured, Series
from femsot.model.replace import with_values
from femsot.results.quantities import quantities
from femsot.studies.solve import solve

from .build import Draft, build, draft
from .reader import Reader
from .sweep import field_quantity

SECTIONS = ("materials", "layers", "interfaces", "boundaries", "drive", "sweep", "output", "fit")
FIT_KEYS = ("parameters", "series", "starts", "seed")
SERIES_KEYS = ("data", "x", "y", "changes", "scale")
PARAMETER_KEYS = ("from", "to", "start", "scale", "value")
Columns = Mapping[str, tuple[str, Array]]


def read_fit(reader: Reader, data: dict[str, Any]) -> Fit | None:
    """The fit that a file asks for; None and its faults where there are any."""
    parts = draft(reader, data, SECTIONS)
    stack = build(reader, parts)
    table = reader.table("fit", data.get("fit"))
    counts = _counts(reader, table)
    if stack is None or reader.faults:
        return None
    if stack.method != "exact":
        reader.fail("method", "cannot be fitted", "'exact'", value=repr(stack.method))
    fixed, free = _parameters(reader, table["parameters"], parts)
    try:
        stack = with_values(stack, {**fixed, **{p.path: p.start for p in free}})
    except InputError as error:
        reader.within("fit.parameters", error)
        return None
    units = {path: each.unit for path, each in quantities(solve(stack)).items()}
    series = [_Entry(reader, i, parts, units).read(entry) for i, entry in enumerate(table["series"])]
    read = [entry for entry in series if entry is not None]
    if reader.faults:
        return None
    scales = [scale for _, scale in read if scale is not None]
    return Fit(stack, (*free, *scales), tuple(entry for entry, _ in read), counts["starts"], counts["seed"])


def _counts(reader: Reader, table: dict[str, Any]) -> dict[str, int]:
    """Starts and seed; faults where a part of [fit] is missing."""
    _known(reader, "fit", table, FIT_KEYS)
    if not isinstance(table.get("parameters"), dict) or not table["parameters"]:
        reader.fail("fit.parameters", "missing, required", 'a table of "path" = { from = ..., to = ... }')
    if not isinstance(table.get("series"), list) or not table["series"]:
        reader.fail("fit.series", "missing, required", "[[fit.series]] with data, x and y")
    counts = {key: table.get(key, default) for key, default in (("starts", 8), ("seed", 0))}
    for key, count in counts.items():
        if type(count) is not int or not 0 <= count <= 1000:
            reader.fail(f"fit.{key}", allowed="a whole number, 0 to 1000", value=show(count))
    return counts


def _known(reader: Reader, where: str, table: Mapping[str, Any], keys: Iterable[str]) -> None:  # noqa: PLR0917
    for key in table:
        if key not in keys:
            reader.fail(f"{where}.{key}", "unknown key", *did_you_mean(key, list(keys)))


def _number(reader: Reader, where: str, quantity: Quantity, value: Any) -> float | None:  # noqa: PLR0917
    try:
        return float(quantity.read(value))
    except (InputError, TypeError) as error:
        if isinstance(error, InputError):
            reader.at(where, error)
        else:
            reader.fail(where, allowed="one number", value=show(value))
        return None


def _parameters(reader: Reader, table: dict[str, Any], parts: Draft) -> tuple[dict[str, float], list[FitParameter]]:
    """The fixed values and the free parameters."""
    fixed: dict[str, float] = {}
    free = []
    for path, entry in table.items():
        where = f"fit.parameters.{path}"
        quantity = field_quantity(reader, path, parts, section="fit.parameters")
        if not isinstance(entry, dict):
            reader.fail(where, allowed="{ from, to } or { value }", value=show(entry))
        elif quantity is not None and "value" in entry:
            _known(reader, where, entry, ("value",))
            value = _number(reader, f"{where}.value", quantity, entry["value"])
            fixed |= {} if value is None else {path: value}
        elif quantity is not None:
            parameter = _parameter(reader, path, quantity, where=where, table=entry)
            free += [] if parameter is None else [parameter]
    if not free and not reader.faults:
        reader.fail("fit.parameters", "nothing is free", "at least one { from, to }")
    return fixed, free


def _parameter(
    reader: Reader, path: str, quantity: Quantity, *, where: str, table: dict[str, Any]
) -> FitParameter | None:
    _known(reader, where, table, PARAMETER_KEYS)
    ends = {key: _number(reader, f"{where}.{key}", quantity, table[key]) for key in ("from", "to") if key in table}
    for key in ("from", "to"):
        if key not in table:
            reader.fail(f"{where}.{key}", "missing, required", quantity.allowed)
    lower = ends.get("from")
    upper = ends.get("to")
    scale = table.get("scale", "linear")
    if scale not in ("linear", "log"):
        reader.fail(f"{where}.scale", "", *did_you_mean(str(scale), ["linear", "log"]), value=show(scale))
        return None
    if lower is None or upper is None:
        return None
    if not lower < upper or not np.isfinite([lower, upper]).all() or (scale == "log" and lower <= 0):
        allowed = "0 < from < to, finite" if scale == "log" else "from < to, finite"
        reader.fail(where, allowed=allowed, value=f"{lower:g} to {upper:g}")
        return None
    middle = float(np.sqrt(lower * upper)) if scale == "log" else (lower + upper) / 2
    start = _number(reader, f"{where}.start", quantity, table["start"]) if "start" in table else middle
    if start is None:
        return None
    if not lower <= start <= upper:
        reader.fail(f"{where}.start", allowed=f"{lower:g} to {upper:g}", value=f"{start:g}")
    return FitParameter(path, lower, upper, start, quantity.unit, scale)


class _Entry:
    """One [[fit.series]] being read."""

    def __init__(self, reader: Reader, number: int, parts: Draft, units: Mapping[str, str]) -> None:  # noqa: PLR0917
        self.reader = reader
        self.where = f"fit.series[{number}]"
        self.parts = parts
        self.units = units

    def read(self, table: Any) -> tuple[Series, FitParameter | None] | None:
        """The series and its nuisance factor."""
        if not isinstance(table, dict):
            self.reader.fail(self.where, allowed="a table", value=show(table))
            return None
        _known(self.reader, self.where, table, SERIES_KEYS)
        if not isinstance(table.get("data"), str):
            self.reader.fail(f"{self.where}.data", "missing, required", "the name of a CSV file")
            return None
        columns = read_columns(self.reader.directory / table["data"])
        x = self._x(columns, table.get("x"))
        y = self._y(columns, table.get("y"))
        changes = self._changes(table.get("changes"))
        scale = None
        if "scale" in table:
            path = f"{self.where}.scale"
            entry = self.reader.table(path, table["scale"])
            scale = _parameter(self.reader, path, Quantity(""), where=path, table=entry)
        units = {path: unit for path, (unit, _) in x.items()}
        arrays = {path: values for path, (_, values) in x.items()}
        return Series(table["data"], arrays, units, tuple(y), changes, scale.path if scale else ""), scale

    def _column(self, columns: Columns, where: str, *, name: Any, quantity: Quantity) -> Array | None:
        """A column in SI, converted from the unit of its head."""
        if not isinstance(name, str) or name not in columns:
            self.reader.fail(where, "no such column", *did_you_mean(str(name), list(columns)))
            return None
        unit, numbers = columns[name]
        if not unit and not quantity.unit:
            return numbers
        factor = _number(self.reader, where, quantity, f"1 {unit}" if unit else 1.0)
        return None if factor is None else numbers * factor

    def _tables(self, key: str, value: Any, *, keys: tuple[str, ...]) -> list[tuple[str, dict[str, Any]]]:
        entries = value if isinstance(value, list) else [value]
        tables = []
        for i, entry in enumerate(entries):
            where = f"{self.where}.{key}" + (f"[{i}]" if isinstance(value, list) else "")
            if isinstance(entry, dict):
                _known(self.reader, where, entry, keys)
                tables.append((where, entry))
            else:
                self.reader.fail(where, allowed="{ " + ", ".join(keys) + " }", value=show(entry))
        return tables

    def _x(self, columns: Columns, value: Any) -> dict[str, tuple[str, Array]]:
        read = {}
        for where, table in self._tables("x", value, keys=("column", "path")):
            path = str(table.get("path"))
            quantity = field_quantity(self.reader, path, self.parts, section=where)
            if quantity is None:
                continue
            numbers = self._column(columns, f"{where}.column", name=table.get("column"), quantity=quantity)
            if numbers is not None and path.endswith(".thickness") and np.any(numbers <= 0):
                self.reader.fail(f"{where}.column", allowed="thicknesses > 0", value=f"{numbers.min():g} m")
            elif numbers is not None:
                read[path] = (quantity.unit, numbers)
        return read

    def _y(self, columns: Columns, value: Any) -> list[Measured]:
        read = []
        for where, table in self._tables("y", value, keys=("column", "quantity", "error")):
            path = str(table.get("quantity"))
            if path not in self.units:
                self.reader.fail(f"{where}.quantity", "no such quantity", *did_you_mean(path, self.units))
                continue
            unit = self.units[path]
            quantity = Quantity("" if unit == "1" else unit)
            numbers = self._column(columns, f"{where}.column", name=table.get("column"), quantity=quantity)
            error = table.get("error")
            if isinstance(error, str) and (error in columns or not re.match(r"[\d.]", error)):
                errors = self._column(columns, f"{where}.error", name=error, quantity=quantity)
            else:
                single = _number(self.reader, f"{where}.error", quantity, error)
                errors = None if single is None or numbers is None else np.full(len(numbers), single)
            if errors is not None and not np.all(errors > 0):
                self.reader.fail(f"{where}.error", allowed="standard deviations > 0", value=f"{errors.min():g}")
            elif numbers is not None and errors is not None:
                read.append(Measured(path, unit, numbers, errors))
        return read

    def _changes(self, value: Any) -> dict[str, float]:
        where = f"{self.where}.changes"
        read = {}
        for path, text in self.reader.table(where, value).items():
            quantity = field_quantity(self.reader, path, self.parts, section=where)
            number = None if quantity is None else _number(self.reader, f"{where}.{path}", quantity, text)
            if number is not None:
                read[path] = number
        return read


def read_columns(path: Path) -> dict[str, tuple[str, Array]]:
    """Return {name: (unit, numbers)} of a CSV file whose first line has names with units, such as "t [nm]".

    Raises
    ------
    InputError
        With line and column of the first cell that is no finite number.
    """
    try:
        lines = list(csv.reader(read_file(path).decode("utf-8-sig").splitlines()))
    except UnicodeDecodeError as error:
        raise InputError(Fault(str(path), f"is not UTF-8 text (byte {error.start})", "a CSV file")) from None
    rows = [(i + 1, row) for i, row in enumerate(lines) if any(cell.strip() for cell in row)]
    if len(rows) < 2:
        raise InputError(Fault(str(path), "has no data", "a line of names, then lines of numbers"))
    heads = [_head(cell) for cell in rows[0][1]]
    names = [name for name, _ in heads]
    if len(set(names)) < len(names):
        raise InputError(Fault(str(path), f"line {rows[0][0]}: two columns of one name", "different names"))
    numbers = np.array([_row(path, number, row, names=names) for number, row in rows[1:]])
    return {name: (unit, numbers[:, i]) for i, (name, unit) in enumerate(heads)}


def _head(cell: str) -> tuple[str, str]:
    """Name and unit of a head such as "t [nm]"."""
    match = re.fullmatch(r"\s*(.*?)\s*(?:\[(.*)\])?\s*", cell)
    assert match is not None
    unit = (match[2] or "").strip()
    return match[1], "" if unit == "1" else unit


def _row(path: Path, number: int, row: list[str], *, names: list[str]) -> list[float]:
    if len(row) != len(names):
        raise InputError(Fault(str(path), f"line {number}: has {len(row)} columns", f"{len(names)}, as its first line"))
    numbers = []
    for name, cell in zip(names, row, strict=True):
        try:
            value = float(cell)
        except ValueError:
            value = np.nan
        if not np.isfinite(value):
            raise InputError(Fault(str(path), f"line {number}, column {name!r}: got {cell!r}", "a finite number"))
        numbers.append(value)
    return numbers
