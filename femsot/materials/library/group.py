"""Materials of a group's own file, in the library's format: "group.toml:CoFeB"."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

from femsot.base.errors import Fault, InputError, did_you_mean
from femsot.base.files import check_file
from femsot.base.units import parameters, show

from ..records import KINDS

#: folders with files of materials, as in PATH
FOLDERS = "FEMSOT_LIBRARY"
#: what a material has besides its numbers
_WORDS = ("kind", "description", "left_out")


def is_group_name(name: str) -> bool:
    """Return whether a name is that of a material in a file: "group.toml:CoFeB"."""
    return ".toml:" in name


def located(name: str, directory: Path) -> str:
    """Return the name with the path of its file, in `directory` or a folder of FEMSOT_LIBRARY."""
    file, _, material = name.rpartition(":")
    for folder in (directory, *_folders()):
        if (folder / file).exists():
            return f"{folder / file}:{material}"
    return f"{directory / file}:{material}"


def group_names() -> list[str]:
    """Return the materials of the files in the folders of FEMSOT_LIBRARY; files that cannot be read have none."""
    names = []
    for path in sorted(path for folder in _folders() for path in folder.glob("*.toml")):
        try:
            tables = _tables(path)
        except InputError:
            continue
        names += [f"{path.name}:{name}" for name, table in tables.items() if isinstance(table, dict)]
    return names


def group_entry(name: str) -> dict[str, Any]:
    """Return a material as the library has it: every number with value, SI unit and source.

    Raises
    ------
    InputError
        If there is no such file or material, or a number lacks its value, unit or source.
    """
    file, _, material = located(name, Path()).rpartition(":")
    tables = _tables(Path(file))
    if material not in tables or not isinstance(tables[material], dict):
        raise InputError(Fault(file, f"no material {material!r}", *did_you_mean(material, tables)))
    table = dict(tables[material])
    kind = table.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise InputError(Fault(f"{file}: {material}.kind", "", *did_you_mean(str(kind), KINDS), value=show(kind)))
    table.setdefault("description", f"of {Path(file).name}")
    faults: list[Fault] = []
    known = parameters(KINDS[kind])
    for key, item in table.items():
        if key in _WORDS:
            continue
        try:
            table[key] = _number(key, item, known)
        except InputError as error:
            faults += [fault.under(f"{material}.{key}").within(file) for fault in error.faults]
    if faults:
        raise InputError(faults)
    return table


def _number(key: str, item: Any, known: dict[str, Any]) -> dict[str, Any]:
    """One number in SI."""
    if key not in known or known[key].quantity is None:
        names = [name for name, parameter in known.items() if parameter.quantity is not None]
        raise InputError(Fault("", "no number of this kind of material", *did_you_mean(key, names)))
    if not isinstance(item, dict):
        raise InputError(Fault("", allowed=f"a table [MATERIAL.{key}] with value, unit and source", value=show(item)))
    missing = [word for word in ("value", "unit", "source") if word not in item]
    if missing:
        raise InputError(Fault(missing[0], "missing, required", "value, unit and source of every number"))
    quantity = known[key].quantity
    unit = item["unit"] if quantity.unit else ""
    if isinstance(item["value"], list) or not isinstance(item["unit"], str):
        raise InputError(Fault("value", allowed="one number", hint="tensors go into the TOML file of the stack"))
    value = quantity.read(f"{item['value']} {unit}" if unit else item["value"])
    return item | {"value": value, "unit": quantity.unit or "1"}


def _tables(path: Path) -> dict[str, Any]:
    if not path.exists():
        raise InputError(Fault(str(path), "no such file", hint=f"beside the TOML file, or in a folder of {FOLDERS}"))
    try:
        check_file(path)
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(Fault(str(path), f"cannot be read: {error.strerror or error}")) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(Fault(str(path), f"is not TOML: {error}")) from None


def _folders() -> list[Path]:
    return [Path(folder) for folder in os.environ.get(FOLDERS, "").split(os.pathsep) if folder]
