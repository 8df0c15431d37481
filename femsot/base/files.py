"""Files that are read with a limit and written whole or not at all, and records as JSON."""

from __future__ import annotations

import csv
import json
import math
import os
import re
import secrets
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from .errors import Fault, InputError

#: bytes of a file that is read as a whole
LARGEST_FILE = 8 * 2**30
#: what is no input: it may keep a reader waiting for ever, or never end
_SPECIAL = {
    stat.S_IFIFO: "a named pipe (FIFO)",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}


def check_file(path: str | os.PathLike[str], *, largest: int = LARGEST_FILE) -> None:
    """Look at an input file before it is opened.

    Parameters
    ----------
    path : the file, as the user wrote it.
    largest : most bytes that it may have.

    Raises
    ------
    InputError
        If it cannot be looked at, is a named pipe, a device or a socket, or is larger than `largest`.
    """
    try:
        status = os.stat(path)
    except OSError as error:
        raise InputError(Fault(str(path), f"cannot be read: {error.strerror or error}")) from None
    except ValueError as error:  # a zero byte in the path
        raise InputError(Fault(repr(str(path)), f"cannot be read: {error}")) from None
    special = _SPECIAL.get(stat.S_IFMT(status.st_mode))
    if special is not None:
        raise InputError(Fault(str(path), f"is {special}", "a file", "write its content to a file first"))
    if status.st_size > largest:
        size = f"has {status.st_size:.4g} bytes"
        raise InputError(Fault(str(path), size, f"{largest:.4g}, so that it fits into memory"))


def read_file(path: str | os.PathLike[str], *, largest: int = LARGEST_FILE) -> bytes:
    """Return the bytes of an input file. Raise InputError as `check_file` does, or if it cannot be read."""
    check_file(path, largest=largest)
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise InputError(Fault(str(path), f"cannot be read: {error.strerror or error}")) from None


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A path to write to, moved onto `path` when the block ends well and removed when it fails.

    It lies in the same folder and has the same ending, by which meshio and matplotlib choose the format. What a killed
    process of this machine left behind there is removed. A device or a pipe is never replaced: what is not a file or
    a link to one is refused.
    """
    target = Path(path)
    if "\0" in str(target):
        raise InputError(Fault(ascii(str(target)), "is no path", "a path without a NUL"))
    part = target.with_name(f".{target.stem}-{os.getpid()}-{secrets.token_hex(4)}{target.suffix}")
    try:
        _check_replaceable(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(target)
        yield part
        _synchronise(part)
        os.replace(part, target)
    except OSError as error:
        raise InputError(Fault(str(target), f"cannot be written: {error.strerror or error}")) from error
    finally:
        with suppress(OSError):
            part.unlink()


def _check_replaceable(target: Path) -> None:
    """A device, a pipe or a socket is no file that another can take the place of."""
    with suppress(FileNotFoundError):
        special = _SPECIAL.get(stat.S_IFMT(target.stat().st_mode))
        if special is not None:
            raise InputError(Fault(str(target), f"is {special}", "a file to write"))


def _remove_leftovers(target: Path) -> None:
    """Hidden parts of this file whose process is gone."""
    pattern = re.compile(rf"\.{re.escape(target.stem)}-(\d+)-[0-9a-f]{{8}}{re.escape(target.suffix)}")
    for entry in os.scandir(target.parent):
        match = pattern.fullmatch(entry.name)
        if match and not _is_running(int(match[1])):
            with suppress(OSError):
                os.unlink(entry.path)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _synchronise(path: Path) -> None:
    """What is written is on the disk before it gets its name, so that no crash leaves an empty file."""
    with open(path, "rb+") as file:
        os.fsync(file.fileno())


def disarmed(value: Any) -> Any:
    """Return a cell of a table that no spreadsheet takes for a formula.

    >>> disarmed("=SUM(A1)"), disarmed(-1.5), disarmed("Pt")
    ("'=SUM(A1)", -1.5, 'Pt')
    """
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return value


def write_csv(path: str | os.PathLike[str], header: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    """A line of names and a line for each row, whole or not at all."""
    with replacing(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([disarmed(name) for name in header])
        writer.writerows([disarmed(value) for value in row] for row in rows)


def write_json(result: Mapping[str, Any], path: str | os.PathLike[str]) -> None:
    """Writes the result, whole or not at all; a number that is not finite is refused (undefined ones are null)."""
    try:
        text = json.dumps(result, indent=1, allow_nan=False, ensure_ascii=False)
    except ValueError as error:
        where = ", ".join(_not_finite(result, "")) or error
        raise ValueError(f"{path}: not written, not a finite number: {where}") from error
    # innermost lists of numbers on one line; a string never holds a raw line break
    text = re.sub(r"\[\n\s*([^][{}\"]*?)\s*\]", lambda m: "[" + re.sub(r"\s*\n\s*", " ", m[1]) + "]", text)
    with replacing(path) as part:
        part.write_text(text + "\n", encoding="utf-8")


def _not_finite(value: Any, name: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _not_finite(inner, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list | tuple):
        for i, inner in enumerate(value):
            yield from _not_finite(inner, f"{name}[{i}]")
    elif isinstance(value, float) and not math.isfinite(value):
        yield name


def plain(value: Any) -> Any:
    """Nested lists of Python numbers; None for a number that is not finite."""
    if isinstance(value, np.ndarray | np.generic):
        numbers = value.tolist()
        finite = value.dtype.kind in "biuU" or (value.dtype.kind == "f" and bool(np.isfinite(value).all()))
        return numbers if finite else plain(numbers)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
