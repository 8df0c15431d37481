"""The arrays of a law that stand in a .npz file, read under the law's own names."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from femsot.base.errors import Fault, InputError, did_you_mean
from femsot.base.quantities import Array
from femsot.base.units import parameters
from femsot.interfaces import Law

from .models import arrays
from .reader import Reader


def law_of_file(record: Callable[..., Any]) -> type[Law] | None:
    """The same law if it reads its file itself."""
    return record if isinstance(record, type) and issubclass(record, Law) and record.reads_file else None


def with_file(
    reader: Reader, path: str, *, record: Callable[..., Any], values: dict[str, Any]
) -> dict[str, Any] | None:
    """`values` with their file replaced by the arrays inside it, or None and its faults."""
    name = values.pop("file")
    file = reader.directory / name
    law = law_of_file(record)
    try:
        _refuse_other(file)
        loaded = _load(file) if law is None else {}
    except InputError as error:
        reader.faults += [_unreadable(path, name, fault) for fault in error.faults]
        return None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        reader.faults.append(_unreadable(path, name, Fault("", str(why))))
        return None
    if law is not None:
        return _read_by(law, reader, path, file=file, values=values)
    faults = _unlike(record, name, loaded)
    reader.faults += [fault.under(f"{path}.file") for fault in faults]
    source = {"source": name} if "source" in parameters(record) else {}
    return None if faults else values | loaded | source


def _unreadable(path: str, name: str, fault: Fault) -> Fault:
    return replace(fault, path=f"{path}.file", problem=f"cannot read {name!r} as .npz: {fault.problem}")


def _read_by(law: type[Law], reader: Reader, path: str, *, file: Path, values: dict[str, Any]) -> dict[str, Any] | None:
    """`values` with what the law's own reader makes of the file."""
    try:
        return values | law.read_file(file)
    except InputError as error:
        reader.within(f"{path}.file", error)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        reader.faults.append(_unreadable(path, file.name, Fault("", str(error))))
    return None


def _unlike(record: Callable[..., Any], name: str, loaded: dict[str, Array]) -> list[Fault]:
    """What is wrong with the arrays of a file."""
    known = arrays(record)
    unknown = sorted(loaded.keys() - known.keys())
    faults = [Fault("", f"{name!r} has an unknown array {key!r}", *did_you_mean(key, known)) for key in unknown]
    for key, parameter in known.items():
        if parameter.required and key not in loaded:
            faults.append(Fault("", f"{name!r} has no array {key!r}, required", hint=f"known: {', '.join(known)}"))
    for key, array in sorted(loaded.items()):
        if array.dtype.kind not in "iuf" or not np.all(np.isfinite(array)):
            faults.append(Fault("", f"array {key!r} of {name!r} has other than real, finite numbers"))
    return faults


def _refuse_other(path: Path) -> None:
    """Raise InputError for a file that is no .npz, in our words and not in numpy's."""
    with path.open("rb") as stream:
        head = stream.read(6)
    if head == b"\x93NUMPY":
        raise InputError(Fault("", "this is one array (.npy)", "several by name, as numpy.savez writes them"))
    if not head.startswith(b"PK"):
        raise InputError(Fault("", "its content is none", "what numpy.savez writes"))


def _load(path: Path) -> dict[str, Array]:
    with path.open("rb") as stream:  # numpy itself leaves a broken archive open
        file = np.load(stream, allow_pickle=False)
        try:
            return {name: np.asarray(file[name]) for name in file.files}
        except ValueError:
            raise InputError(Fault("", "it has Python objects inside", "arrays of numbers")) from None
