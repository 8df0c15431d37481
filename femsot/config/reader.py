"""Collects every fault of a file, each under the path the user wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ..checks import InputError, did_you_mean
from ..units import parameters, show
from .models import allowed

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
        try:
            read = kind.model_validate({k: v for k, v in table.items() if k not in known})
        except ValidationError as error:
            faults = [_explain(each, path, kind=kind, known=known) for each in error.errors()]
            # a misspelt key is one fault, not that and a missing one
            meant = [fault.rpartition(" Did you mean ")[2] for fault in faults if ": unknown key, " in fault]
            excused = tuple(f"{path}.{key.strip('?').strip(chr(39))}: missing" for key in meant)
            self.faults += [fault for fault in faults if not fault.startswith(excused)]
            return None
        return {name: getattr(read, name) for name in read.model_fields_set}

    def make(self, path: str, record: Callable[..., Any], values: dict[str, Any]) -> Any:
        """The record of these values, or None and its own faults under the user's path."""
        try:
            return record(**values)
        except InputError as error:
            self.faults += [_relabel(fault, path, parameters(record)) for fault in error.faults]
            return None


def _explain(error: ErrorDetails, path: str, *, kind: type[BaseModel], known: Iterable[str]) -> str:
    """One fault that pydantic found, in our words."""
    where = path
    for step in error["loc"]:
        where += f"[{step}]" if isinstance(step, int) else f".{step}" if where else str(step)
    name, given = str(error["loc"][-1]), error["input"]
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


def _literals(annotation: Any) -> list[Any]:
    """Every word inside a type such as `Literal["a", "b"] | None`."""
    inside = get_args(annotation)
    return [x for each in inside for x in ([each] if isinstance(each, str) else _literals(each))]


def _relabel(fault: str, path: str, names: Iterable[str]) -> str:
    """A record's own fault "interfaces.ohmic.charge: ..." as "interfaces.Ti|Ni.charge: ..."."""
    owner, colon, message = fault.partition(": ")
    section = path.partition(".")[0].partition("[")[0]
    if not colon or not owner.startswith(section):
        return f"{path}: {fault}"
    field = owner.rpartition(".")[2]
    return f"{path}.{field}: {message}" if field in names else f"{path}: {message}"
