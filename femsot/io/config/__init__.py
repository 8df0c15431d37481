"""A TOML file as a `Job`: the only place where units, file paths and the words of a file are read.

Every fault of a file is found in one go and raised as one `InputError`, each under the path the user wrote.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from femsot.base.errors import Fault, InputError, did_you_mean
from femsot.base.files import check_file
from femsot.model.device import Device
from femsot.model.drive import driven
from femsot.model.fit import Fit
from femsot.model.job import Job, Output, OvfOutput, Sweep
from femsot.model.stack import Stack
from femsot.scattering.hamiltonian import Hamiltonian

from .build import build, draft
from .device import build_device, draft_device
from .fit import read_fit as fit_of
from .models import DEVICE_OUTPUT, STACK_OUTPUT, model, schema
from .rashba2d import Rashba2DJob
from .rashba2d import read_rashba2d as rashba2d_job
from .reader import Reader
from .sweep import read_sweep, swept_to_zero

__all__ = [
    "Job",
    "Output",
    "Rashba2DJob",
    "Sweep",
    "from_resolved",
    "read",
    "read_fit",
    "read_interface",
    "read_job",
    "read_rashba2d",
    "read_text",
    "schema",
]

Made = TypeVar("Made")
STACK_SECTIONS = ("materials", "layers", "interfaces", "boundaries", "drive")
SECTIONS = (*STACK_SECTIONS, "sweep", "output")
DEVICE_SECTIONS = ("mesh", "materials", "regions", "interfaces", "contacts", "drive")
#: what a stack and a device have for themselves
ONLY = {"stack": ("layers", "boundaries"), "device": ("mesh", "regions", "contacts")}


def read(path: str | Path) -> Stack | Device:
    """The stack or the device of a TOML file."""
    return read_job(path).given


def read_job(path: str | Path) -> Job:
    """The whole TOML file: stack or device, sweep and output."""
    path = Path(path)
    return _job(_parse(_text(path), str(path)), path.parent, path)


def _text(path: Path) -> str:
    """What a file says, or one line on why not."""
    if path == Path():
        raise InputError(Fault(".", "is the current directory", "a TOML file", "was its name left empty?"))
    if path.exists():
        check_file(path)
    try:
        return path.read_bytes().decode("utf-8-sig")
    except IsADirectoryError:
        raise InputError(Fault(str(path), "is a directory", "a TOML file")) from None
    except FileNotFoundError:
        raise InputError(Fault(str(path), "no such file")) from None
    except OSError as error:
        raise InputError(Fault(str(path), f"cannot be read: {error.strerror or error}")) from None
    except UnicodeDecodeError as error:
        raise InputError(Fault(str(path), f"is not UTF-8 text (byte {error.start})", "a TOML file")) from None


def read_text(text: str, *, directory: str | Path = ".") -> Job:
    """The same from a text; `directory` is where the files it names are."""
    return _job(_parse(text, "text"), Path(directory), None)


def from_resolved(data: Mapping[str, Any]) -> Stack | Device:
    """The stack or device of a `femsot.model.record.resolved` dict, such as the "input" of a result.json."""

    def stack(reader: Reader) -> Stack | None:
        return build(reader, draft(reader, dict(data), (*STACK_SECTIONS, "spare_interfaces")))

    def device(reader: Reader) -> Device | None:
        return build_device(reader, draft_device(reader, dict(data), DEVICE_SECTIONS))

    return _agreed(device, Path(), si=True) if "mesh" in data else _agreed(stack, Path(), si=True)


def read_interface(path: str | Path) -> Hamiltonian:
    """The [interface] of a TOML file for `femsot scatter`."""
    data = _parse(_text(Path(path)), str(path))

    def hamiltonian(reader: Reader) -> Hamiltonian | None:
        for key in sorted(data.keys() - {"interface", "title"}):
            reader.fail(key, "unknown key", *did_you_mean(key, ["interface", "title"]))
        table = reader.table("interface", data.get("interface"))
        values, missing = reader.readable("interface", model(Hamiltonian), table=table)
        values = reader.filled(Hamiltonian, values, missing=missing)
        return reader.make("interface", Hamiltonian, values, table=table)  # type: ignore[no-any-return]

    return _agreed(hamiltonian, Path(path).parent)


def read_fit(path: str | Path) -> Fit:
    """The stack of a TOML file with its [fit] and the measured series that it names."""
    path = Path(path)
    data = _parse(_text(path), str(path))
    if any(name in data for name in ONLY["device"]):
        raise InputError(Fault(str(path), "a device file", "a stack, for femsot fit"))
    return _agreed(lambda reader: fit_of(reader, data), path.parent)


def read_rashba2d(path: str | Path) -> Rashba2DJob:
    """The whole TOML file of `femsot rashba2d`: model, sweep and output."""
    data = _parse(_text(Path(path)), str(path))
    return _agreed(lambda reader: rashba2d_job(reader, data), Path(path).parent)


def _parse(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(Fault(name, f"is not TOML: {error}")) from None
    except RecursionError:
        raise InputError(Fault(name, "is not TOML that can be read: its tables or lists are nested too deep")) from None
    except ValueError:  # what Python says of a number of thousands of digits
        raise InputError(Fault(name, "is not TOML that can be read: a number has too many digits")) from None


def _job(data: dict[str, Any], directory: Path, path: Path | None) -> Job:
    _refuse_other_files(data)
    is_device = any(name in data for name in ONLY["device"])

    def stack(reader: Reader) -> Job | None:
        parts = draft(reader, data, (*SECTIONS, "fit"))
        whole = build(reader, parts, may_drop=swept_to_zero(reader, data.get("sweep"), draft=parts))
        sweep = read_sweep(reader, data.get("sweep"), draft=parts, whole=whole)
        if whole is not None and not reader.faults and not driven(whole) and not _drives(sweep):
            reader.fail("drive", "nothing drives this stack", _DRIVES)
        output = reader.values("output", model(Output, STACK_OUTPUT), table=reader.table("output", data.get("output")))
        return None if whole is None or output is None else Job(whole, sweep, Output(**output), path)

    def device(reader: Reader) -> Job | None:
        parts = draft_device(reader, data, (*DEVICE_SECTIONS, "sweep", "output"))
        whole = build_device(reader, parts)
        sweep = read_sweep(reader, data.get("sweep"), draft=parts, whole=whole)
        output = _device_output(reader, reader.table("output", data.get("output")))
        return None if whole is None or output is None else Job(whole, sweep, output, path, parts.order)

    return _agreed(device if is_device else stack, directory)


#: what a file may say
_DRIVES = 'a field, electric_field = ["1e5 V/m", 0, 0], a current_density, a magnetization_rate, or ends that drive'


def _drives(sweep: Sweep | None) -> bool:
    """Does a sweep set something that drives?"""
    return sweep is not None and any(path.startswith(("drive.", "boundaries.")) for path in sweep.names)


def _device_output(reader: Reader, table: dict[str, Any]) -> Output | None:
    values = reader.values("output", model(Output, DEVICE_OUTPUT), table=table, known=("ovf",))
    ovf = None
    grid = reader.table("output.ovf", table.get("ovf"))
    if isinstance(table.get("ovf"), dict):
        fields = reader.values("output.ovf", model(OvfOutput), table=grid)
        if fields is not None and fields.get("like") is not None:
            fields["like"] = str(reader.directory / fields["like"])
        ovf = None if fields is None else reader.make("output.ovf", OvfOutput, fields, table=grid)
    return None if values is None else Output(**values, ovf=ovf)


def _agreed(make: Callable[[Reader], Made | None], directory: Path, *, si: bool = False) -> Made:
    """What a reading makes; else the faults that do not depend on what stands in for unreadable numbers."""
    reader = Reader(directory, si=si)
    model = make(reader)
    if model is not None and not reader.faults:
        return model
    again = Reader(directory, si=si, large=True)
    make(again)
    raise InputError([fault for fault in reader.faults if fault in again.faults] or reader.faults)


def _refuse_other_files(data: dict[str, Any]) -> None:
    """A stack, a device and an interface alone are files of their own kind."""
    sections = {kind: [f"[{name}]" for name in names if name in data] for kind, names in ONLY.items()}
    if all(sections.values()):
        stack, device = (", ".join(x) for x in sections.values())
        raise InputError(
            Fault(
                "",
                f"{stack.replace('[layers]', '[[layers]]')} belongs to a stack, {device} to a device",
                "one of the two in a file",
            )
        )
    if "interface" in data:
        raise InputError(
            Fault(
                "[interface]",
                "an interface alone, for `femsot scatter`",
                hint='in a stack or a device an interface is [interfaces."a|b"]',
            )
        )
