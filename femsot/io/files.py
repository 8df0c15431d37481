"""Reading result.json and sweep.json, and writing profiles.csv."""

from __future__ import annotations

import json
import os
from itertools import islice
from typing import Any

from femsot.base.components import COMPONENTS
from femsot.base.errors import Fault, InputError
from femsot.base.files import read_file, write_csv

from .result import Result, profiles
from .schema import DEVICE, PARAMETERS, STACK, Rule, faults, sweep_rule

RUN = "the result.json of `femsot run`"
SWEEP = "the sweep.json of `femsot sweep`"
#: faults of an edited file that are told
MOST_FAULTS = 20


def read_result(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the result that `femsot run` wrote. Raise InputError of every place that holds something else."""
    result = _read(path, ("femsot", "components", "interfaces", "report"), RUN)
    if not any(result.get(key) for key in ("layers", "regions")):
        raise InputError(Fault(str(path), "no femsot result, missing: layers", str(RUN)))
    if result.get("layers") and "regions" in result:
        raise InputError(
            Fault(str(path), "regions: beside layers", "one of the two: a stack has layers, a device regions")
        )
    _agree(path, result, STACK if result.get("layers") else DEVICE)
    return result


def read_sweep(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the sweep that `femsot sweep` wrote. Raise InputError of every place that holds something else."""
    sweep = _read(path, ("parameters", "torque"), SWEEP)
    _agree(path, sweep["parameters"], PARAMETERS)
    sizes = tuple(len(parameter["values"]) for parameter in sweep["parameters"].values())
    together = sweep.get("zip") is True
    if not sizes or (together and len(set(sizes)) > 1):
        raise InputError(Fault(str(path), "parameters: are of different lengths, or none", SWEEP))
    _agree(path, sweep, sweep_rule(sizes[:1] if together else sizes))
    return sweep


def _agree(path: str | os.PathLike[str], record: Any, rule: Rule) -> None:
    wrong = list(islice(faults(record, rule), MOST_FAULTS))
    if wrong:
        raise InputError(fault.within(str(path)) for fault in wrong)


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
