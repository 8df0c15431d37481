"""Files that are written whole or not at all, and records as JSON."""

from __future__ import annotations

import csv
import json
import math
import os
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from .errors import Fault, InputError


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A path to write to, moved onto `path` when the block ends well and removed when it fails.

    It lies in the same folder and has the same ending, by which meshio and matplotlib choose the format.
    """
    target = Path(path)
    part = target.with_name(f".{target.stem}-{secrets.token_hex(4)}{target.suffix}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield part
        os.replace(part, target)
    except OSError as error:
        raise InputError(Fault(str(target), f"cannot be written: {error.strerror or error}")) from error
    finally:
        with suppress(OSError):
            part.unlink()


def write_csv(path: str | os.PathLike[str], header: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    """A line of names and a line for each row, whole or not at all."""
    with replacing(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


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
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
