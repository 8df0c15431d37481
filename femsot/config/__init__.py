"""A TOML file as a `Job`: the only place where units, file paths and the words of a file are read.

Every fault of a file is found in one go and raised as one `InputError`, each under the path the user wrote.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from ..checks import InputError, did_you_mean
from ..scattering.hamiltonian import Hamiltonian
from ..stack import Stack
from .build import build, draft
from .models import Output, model, schema
from .reader import Reader
from .sweep import Sweep, read_sweep

__all__ = ["Job", "Output", "Sweep", "from_resolved", "read", "read_interface", "read_job", "read_text", "schema"]

Made = TypeVar("Made")
STACK_SECTIONS = ("materials", "layers", "interfaces", "boundaries", "drive")
SECTIONS = (*STACK_SECTIONS, "sweep", "output")
DEVICE_SECTIONS = ("mesh", "regions", "contacts")


@dataclass(frozen=True, eq=False)
class Job:
    """What a file asks for: a stack, what to sweep, what to write."""

    stack: Stack
    sweep: Sweep | None = None
    output: Output = field(default_factory=Output)
    path: Path | None = None  #: the file; None if it was read from a text

    @property
    def title(self) -> str:
        return self.stack.title


def read(path: str | Path) -> Stack:
    """The stack of a TOML file."""
    return read_job(path).stack


def read_job(path: str | Path) -> Job:
    """The whole TOML file: stack, sweep and output."""
    path = Path(path)
    return _job(_parse(_text(path), str(path)), path.parent, path)


def _text(path: Path) -> str:
    """What a file says, or one line on why not."""
    if path == Path():
        raise InputError(".: is the current directory, allowed: a TOML file; was its name left empty?")
    try:
        return path.read_bytes().decode("utf-8-sig")
    except IsADirectoryError:
        raise InputError(f"{path}: is a directory, allowed: a TOML file") from None
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not UTF-8 text (byte {error.start}), allowed: a TOML file") from None


def read_text(text: str, *, directory: str | Path = ".") -> Job:
    """The same from a text; `directory` is where the files it names are."""
    return _job(_parse(text, "text"), Path(directory), None)


def from_resolved(data: Mapping[str, Any]) -> Stack:
    """The stack of a `femsot.resolved.resolved` dict, such as the "input" of a result.json."""
    return _agreed(lambda reader: build(reader, draft(reader, dict(data), STACK_SECTIONS)), Path(), si=True)


def read_interface(path: str | Path) -> Hamiltonian:
    """The [interface] of a TOML file for `femsot scatter`."""
    data = _parse(_text(Path(path)), str(path))

    def made(reader: Reader) -> Hamiltonian | None:
        for key in sorted(data.keys() - {"interface", "title"}):
            reader.fail(key, f"unknown key, {did_you_mean(key, ['interface', 'title'])}")
        table = reader.table("interface", data.get("interface"))
        values, missing = reader.readable("interface", model(Hamiltonian), table=table)
        values = reader.filled(Hamiltonian, values, missing=missing)
        return reader.make("interface", Hamiltonian, values, table=table)  # type: ignore[no-any-return]

    return _agreed(made, Path(path).parent)


def _parse(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{name}: is not TOML: {error}") from None


def _job(data: dict[str, Any], directory: Path, path: Path | None) -> Job:
    _refuse_other_files(data)

    def made(reader: Reader) -> Job | None:
        parts = draft(reader, data, SECTIONS)
        stack = build(reader, parts)
        sweep = read_sweep(reader, data.get("sweep"), made=parts, stack=stack)
        output = reader.values("output", model(Output), table=reader.table("output", data.get("output")))
        return None if stack is None or output is None else Job(stack, sweep, Output(**output), path=path)

    return _agreed(made, directory)


def _agreed(make: Callable[[Reader], Made | None], directory: Path, *, si: bool = False) -> Made:
    """What a reading makes; else the faults that do not depend on what stands in for unreadable numbers."""
    reader = Reader(directory, si=si)
    made = make(reader)
    if made is not None and not reader.faults:
        return made
    again = Reader(directory, si=si, large=True)
    make(again)
    raise InputError([fault for fault in reader.faults if fault in again.faults] or reader.faults)


def _refuse_other_files(data: dict[str, Any]) -> None:
    """A device and an interface alone are files of their own kind."""
    device = [f"[{name}]" for name in DEVICE_SECTIONS if name in data]
    if device:
        raise InputError(
            f"{', '.join(device)}: a device file; this version of femsot solves stacks only: [[layers]] from -z to +z"
        )
    if "interface" in data:
        raise InputError(
            "[interface]: an interface alone, for `femsot scatter`; in a stack an interface is "
            '[interfaces."lower|upper"]'
        )
