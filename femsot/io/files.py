"""Reading result.json and sweep.json, and writing profiles.csv."""

from __future__ import annotations

import json
import os
from typing import Any

from femsot.base.components import COMPONENTS
from femsot.base.errors import Fault, InputError
from femsot.base.files import read_file, write_csv

from .result import Result, profiles

REQUIRED = ("femsot", "components", "interfaces", "report")
RUN = "the result.json of `femsot run`"
SWEEP = "the sweep.json of `femsot sweep`"


def read_result(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The result that `femsot run` wrote, as `write_json` was given it."""
    result = _read(path, REQUIRED, RUN)
    if not any(result.get(key) for key in ("layers", "regions")):
        raise InputError(Fault(str(path), "no femsot result, missing: layers", str(RUN)))
    if result["components"] != list(COMPONENTS):
        raise InputError(Fault(str(path), f"components: got {result['components']}", str(list(COMPONENTS))))
    for key in ("layers", "regions", "interfaces"):
        if not _named(result.get(key) or []):
            raise InputError(Fault(str(path), f"{key}: got no list of records with a name", str(RUN)))
    if not isinstance(result["report"], dict):
        raise InputError(Fault(str(path), f"report: got {result['report']!r}", "a record", RUN))
    return result


def _named(records: Any) -> bool:
    return isinstance(records, list) and all(isinstance(record, dict) and "name" in record for record in records)


def read_sweep(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The sweep.json that `femsot sweep` wrote, for `sweep_plot.sweep_figure`."""
    sweep = _read(path, ("parameters", "torque"), SWEEP)
    for key in ("parameters", "torque"):
        if not isinstance(sweep[key], dict) or not all(isinstance(inner, dict) for inner in sweep[key].values()):
            raise InputError(Fault(str(path), f"{key}: got no table of records", str(SWEEP)))
    return sweep


def is_sweep(path: str | os.PathLike[str]) -> bool:
    """Is the file a sweep rather than a result? By its content, whatever its name."""
    return "parameters" in _read(path, (), f"{RUN} or {SWEEP}")


def _read(path: str | os.PathLike[str], required: tuple[str, ...], allowed: str) -> dict[str, Any]:
    try:
        record = json.loads(read_file(path).decode("utf-8"), parse_constant=_refuse)
    except UnicodeDecodeError as error:
        raise InputError(Fault(str(path), "no text file", allowed)) from error
    except json.JSONDecodeError as error:
        raise InputError(Fault(str(path), f"no json, line {error.lineno}: {error.msg}", allowed)) from error
    except RecursionError:
        raise InputError(Fault(str(path), "no json that can be read, nested too deep", allowed)) from None
    except ValueError as error:
        raise InputError(Fault(str(path), str(error), allowed)) from error
    if not isinstance(record, dict):
        raise InputError(Fault(str(path), f"no femsot result: got a {type(record).__name__}", allowed))
    missing = [name for name in required if name not in record]
    if missing:
        raise InputError(Fault(str(path), f"no femsot result, missing: {', '.join(missing)}", allowed))
    return dict(record)


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no json number")


def write_profiles(result: Result, path: str | os.PathLike[str]) -> None:
    """Writes z, layer, the seven potentials and the seven currents along z as csv, whole or not at all."""
    curves = profiles(result)
    header = ["z [m]", "layer", *(f"{c} [V]" for c in COMPONENTS), *(f"J_{c} [A/m^2]" for c in COMPONENTS)]
    points = zip(curves.z.tolist(), curves.layer, curves.mu.tolist(), curves.J.tolist(), strict=True)
    write_csv(path, header, ([z, layer, *mu, *J] for z, layer, mu, J in points))
