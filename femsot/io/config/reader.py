"""Collects every fault of a file, each under the path the user wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from femsot.base.errors import Fault, InputError, did_you_mean, nearest
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
#: pydantic's word for a key that a table does not have
_UNKNOWN = "extra_forbidden"


@dataclass
class Reader:
    """One file being read: where its own files are, whether its numbers are plain SI, what is wrong so far."""

    directory: Path
    si: bool = False
    large: bool = False  #: the size of what stands in for numbers that cannot be read
    faults: list[Fault] = field(default_factory=list)

    def fail(  # noqa: PLR0917 -- as Checks.fail
        self, path: str, problem: str = "", allowed: str | tuple[str, ...] = "", hint: str = "", *, value: str = ""
    ) -> None:
        """Add a fault; the arguments as in `Fault`."""
        self.faults.append(Fault(path, problem, allowed, hint, value=value))

    def within(self, path: str, error: InputError) -> None:
        """Add the faults of what `path` names: of a file, of a plugin."""
        self.faults += [fault.within(path) for fault in error.faults]

    def at(self, path: str, error: InputError) -> None:
        """Add the faults of the value at `path`."""
        self.faults += [fault.under(path) for fault in error.faults]

    def tables(self, path: str, value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
        """The named tables inside a section, such as [materials.Ti]; what is no table is a fault."""
        for name, inner in self.table(path, value).items():
            if isinstance(inner, dict):
                yield name, inner
            else:
                self.fail(f"{path}.{name}", allowed=f"a table [{path}.{name}]", value=show(inner))

    def table(self, path: str, value: Any) -> dict[str, Any]:
        if value is None or isinstance(value, dict):
            return value or {}
        self.fail(path, allowed=f"a table [{path}]", value=show(value))
        return {}

    def choice(self, path: str, word: Any, *, known: Iterable[str], note: str = "") -> str | None:
        """One of the words in `known`, or None and a fault."""
        names = list(known)
        if isinstance(word, str) and word in names:
            return word
        if word is None:
            self.fail(path, "missing", ", ".join(names), note and f"({note})")
        else:
            allowed, hint = did_you_mean(str(word), names)
            hint = " ".join(words for words in (hint, note and f"({note})") if words)
            self.fail(path, "", allowed, hint, value=show(word))
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
        read_keys = {k: v for k, v in table.items() if k not in known}
        try:
            read = kind.model_validate(read_keys)
        except ValidationError as error:
            errors = error.errors()
        else:
            return _values(read), []
        # a misspelt key is one fault, not that and a missing one
        meant = [nearest(_key(each), {*_aliases(kind), *known}) for each in errors if each["type"] == _UNKNOWN]
        excused = [each for each in errors if each["type"] == "missing" and each["loc"][0] in meant]
        self.faults += [_explain(each, path, kind=kind, known=known) for each in errors if each not in excused]
        values = _good(kind, read_keys, errors=errors)
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
        known = parameters(record)
        harmless = {name: stand_in(known[name], large=self.large) for name in missing if name in known}
        return {name: value for name, value in harmless.items() if value is not None} | values


def _key(error: ErrorDetails) -> str:
    """The key that pydantic found at fault; of a list in a list, the key of the list."""
    return next((step for step in reversed(error["loc"]) if isinstance(step, str)), "")


def _aliases(kind: type[BaseModel]) -> dict[str, str]:
    """The keys of a file -> the fields of the model."""
    return {field_.alias or key: key for key, field_ in kind.model_fields.items()}


def _explain(error: ErrorDetails, path: str, *, kind: type[BaseModel], known: Iterable[str]) -> Fault:
    """One fault that pydantic found, in our words."""
    where = path
    for step in error["loc"]:
        word = f".{step}" if where else str(step)
        where += f"[{step}]" if isinstance(step, int) else word
    name = _key(error)
    value = show(error["input"])
    aliases = _aliases(kind)
    if error["type"] == "missing":
        return Fault(where, "missing, required", allowed(kind, aliases[name]))
    if error["type"] == _UNKNOWN:
        return Fault(where, "unknown key", *did_you_mean(name, {*aliases, *known}))
    if error["type"] == "literal_error":
        options = [x for x in _literals(kind.model_fields[aliases[name]].annotation) if isinstance(x, str)]
        return Fault(where, "", *did_you_mean(str(error["input"]), options), value=value)
    if error["type"] == "value_error":
        reason = error["ctx"]["error"]
        fault = reason.faults[0] if isinstance(reason, InputError) else Fault("", str(reason))
        return fault.under(where)
    return Fault(where, allowed=_ALLOWED.get(error["type"], error["msg"]), value=value)


def _good(kind: type[BaseModel], table: dict[str, Any], *, errors: list[ErrorDetails]) -> dict[str, Any]:
    """The values of the keys that pydantic found nothing wrong with; tables inside without their wrong keys."""
    bad = {str(each["loc"][0]) for each in errors}
    inside = {(each["loc"][0], each["loc"][1]) for each in errors if len(each["loc"]) > 1}
    part = {key: value for key, value in table.items() if key not in bad}
    part |= {
        key: {name: x for name, x in value.items() if (key, name) not in inside}
        for key, value in table.items()
        if key in bad and isinstance(value, dict) and not any(each["loc"] == (key,) for each in errors)
    }
    read = kind.model_construct()
    for name, field_ in kind.model_fields.items():
        if (field_.alias or name) in part:
            setattr(read, name, part[field_.alias or name])
    return _values(read)


def _values(read: BaseModel) -> dict[str, Any]:
    """The values of the keys that a table has."""
    return {name: value for name, value in vars(read).items() if name in read.model_fields_set}


def _literals(annotation: Any) -> list[Any]:
    """Every word inside a type such as `Literal["a", "b"] | None`."""
    inside = get_args(annotation)
    return [x for each in inside for x in ([each] if isinstance(each, str) else _literals(each))]


def relabel(fault: Fault, path: str, names: Iterable[str]) -> Fault:
    """A record's own fault where the user has the record: "interfaces.ohmic.charge" as "interfaces.Ti|Ni.charge"."""
    section = path.partition(".")[0].partition("[")[0]
    if not fault.path.startswith(section):
        return fault.within(path)
    return replace(fault, path=f"{path}.{fault.name}" if fault.name in names else path)


def quoted(fault: Fault, path: str, table: dict[str, Any]) -> Fault:
    """The same fault with the value as the file has it, '-5 nm' and not -5e-09."""
    place = fault.path.removeprefix(f"{path}.")
    if place not in table or not fault.value or not isinstance(fault.allowed, str):
        return fault
    return replace(fault, value=show(table[place]))
