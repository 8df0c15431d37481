"""Collects every fault of a file, each under the path the user wrote."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from femsot.base.errors import InputError, did_you_mean
from femsot.base.units import parameters, show

from .models import allowed, stand_in

#: pydantic's words for a wrong type, and ours
_ALLOWED = {
    "string_type": "a text in quotes",
    "bool_type": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a table",
    "int_type": "a whole number",
    "greater_than_equal": "a whole number >= 2",
}


@dataclass
class Reader:
    """One file being read: where its own files are, whether its numbers are plain SI, what is wrong so far."""

    directory: Path
    si: bool = False
    large: bool = False  #: the size of what stands in for numbers that cannot be read
    faults: list[str] = field(default_factory=list)

    def fail(self, path: str, message: str) -> None:
        self.faults.append(f"{path}: {message}")

    def tables(self, path: str, value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
        """The named tables inside a section, such as [materials.Ti]; what is no table is a fault."""
        for name, given in self.table(path, value).items():
            if isinstance(given, dict):
                yield name, given
            else:
                self.fail(f"{path}.{name}", f"got {show(given)}, allowed: a table [{path}.{name}]")

    def table(self, path: str, value: Any) -> dict[str, Any]:
        if value is None or isinstance(value, dict):
            return value or {}
        self.fail(path, f"got {show(value)}, allowed: a table [{path}]")
        return {}

    def choice(self, path: str, given: Any, *, known: Iterable[str], note: str = "") -> str | None:
        """One of the words in `known`, or None and a fault."""
        names = list(known)
        if isinstance(given, str) and given in names:
            return given
        if given is None:
            self.fail(path, f"missing, allowed: {', '.join(names)}{note and f' ({note})'}")
        else:
            self.fail(path, f"got {show(given)}, {did_you_mean(str(given), names)}{note and f' ({note})'}")
        return None

    def values(
        self, path: str, kind: type[BaseModel], *, table: dict[str, Any], known: Iterable[str] = ()
    ) -> dict[str, Any] | None:
        """What the table gives, in SI, or None and its faults; `known` are further keys read elsewhere."""
        values, missing = self.readable(path, kind, table=table, known=known)
        return None if missing else values

    def readable(
        self, path: str, kind: type[BaseModel], *, table: dict[str, Any], known: Iterable[str] = ()
    ) -> tuple[dict[str, Any], list[str]]:
        """What could be read, in SI, and the keys that are missing since they could not; "" for a key of no meaning."""
        given = {k: v for k, v in table.items() if k not in known}
        try:
            read = kind.model_validate(given)
        except ValidationError as error:
            errors = error.errors()
        else:
            return {name: getattr(read, name) for name in read.model_fields_set}, []
        faults = [_explain(each, path, kind=kind, known=known) for each in errors]
        # a misspelt key is one fault, not that and a missing one
        meant = [_meant(fault) for fault in faults if ": unknown key, " in fault]
        excused = tuple(f"{path}.{key}: missing" for key in meant if key)
        self.faults += [fault for fault in faults if not fault.startswith(excused)]
        values = _good(kind, given, errors=errors)
        bad = dict.fromkeys([*(str(each["loc"][0]) for each in errors), *meant])
        return values, [key for key in bad if key not in values and (key in kind.model_fields or not key)] or [""]

    def make(self, path: str, record: Callable[..., Any], values: dict[str, Any], *, table: dict[str, Any]) -> Any:
        """The record of these values, or None and its own faults under the user's path, with the words of `table`."""
        try:
            return record(**values)
        except InputError as error:
            self.blame(path, record, error, table=table)
            return None

    def blame(self, path: str, record: Callable[..., Any], error: InputError, *, table: dict[str, Any]) -> None:
        """A record's own faults under the user's path."""
        names = parameters(record)
        faults = [relabel(fault, path, names) for fault in error.faults]
        self.faults += faults if self.si else [quoted(fault, path, table) for fault in faults]

    def filled(self, record: Callable[..., Any], values: dict[str, Any], *, missing: list[str]) -> dict[str, Any]:
        """`values`, and harmless ones for what is missing, so that a record can find the faults of the others.

        A number is tiny in one reading of a file and huge in the other: a fault that depends on it is not in both.
        """
        own = parameters(record)
        made = {name: stand_in(own[name], large=self.large) for name in missing if name in own}
        return {name: value for name, value in made.items() if value is not None} | values


def _explain(error: ErrorDetails, path: str, *, kind: type[BaseModel], known: Iterable[str]) -> str:
    """One fault that pydantic found, in our words."""
    where = path
    for step in error["loc"]:
        where += f"[{step}]" if isinstance(step, int) else f".{step}" if where else str(step)
    name = next((step for step in reversed(error["loc"]) if isinstance(step, str)), "")  # of a list in a list, its key
    given = error["input"]
    aliases = {field.alias or key: key for key, field in kind.model_fields.items()}
    if error["type"] == "missing":
        return f"{where}: missing, required: {allowed(kind, aliases[name])}"
    if error["type"] == "extra_forbidden":
        return f"{where}: unknown key, {did_you_mean(name, {*aliases, *known})}"
    if error["type"] == "literal_error":
        options = [x for x in _literals(kind.model_fields[aliases[name]].annotation) if isinstance(x, str)]
        return f"{where}: got {show(given)}, {did_you_mean(str(given), options)}"
    if error["type"] == "value_error":
        return f"{where}: {error['ctx']['error']}"
    return f"{where}: got {show(given)}, allowed: {_ALLOWED.get(error['type'], error['msg'])}"


def _meant(fault: str) -> str:
    """The key that a message suggests, "" if none."""
    return fault.rpartition(" Did you mean ")[2].strip("?").strip("'") if " Did you mean " in fault else ""


def _good(kind: type[BaseModel], given: dict[str, Any], *, errors: list[ErrorDetails]) -> dict[str, Any]:
    """The values of the keys that pydantic found nothing wrong with; tables inside without their wrong keys."""
    bad = {str(each["loc"][0]) for each in errors}
    inside = {(each["loc"][0], each["loc"][1]) for each in errors if len(each["loc"]) > 1}
    part = {key: value for key, value in given.items() if key not in bad}
    part |= {
        key: {name: x for name, x in value.items() if (key, name) not in inside}
        for key, value in given.items()
        if key in bad and isinstance(value, dict) and not any(each["loc"] == (key,) for each in errors)
    }
    read = kind.model_construct()
    for name, field_ in kind.model_fields.items():
        if (field_.alias or name) in part:
            setattr(read, name, part[field_.alias or name])
    return {name: getattr(read, name) for name in read.model_fields_set}


def _literals(annotation: Any) -> list[Any]:
    """Every word inside a type such as `Literal["a", "b"] | None`."""
    inside = get_args(annotation)
    return [x for each in inside for x in ([each] if isinstance(each, str) else _literals(each))]


def relabel(fault: str, path: str, names: Iterable[str]) -> str:
    """A record's own fault "interfaces.ohmic.charge: ..." as "interfaces.Ti|Ni.charge: ..."."""
    owner, colon, message = fault.partition(": ")
    section = path.partition(".")[0].partition("[")[0]
    if not colon or not owner.startswith(section):
        return f"{path}: {fault}"
    field = owner.rpartition(".")[2]
    return f"{path}.{field}: {message}" if field in names else f"{path}: {message}"


def quoted(fault: str, path: str, table: dict[str, Any]) -> str:
    """A record's own "got -5e-09, allowed" with what the file has: "got '-5 nm', allowed"."""
    field = fault.partition(": ")[0].removeprefix(f"{path}.")
    if field not in table:
        return fault
    return re.sub(r": got .*?, allowed", lambda _: f": got {show(table[field])}, allowed", fault, count=1)
