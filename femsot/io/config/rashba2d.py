"""The file of `femsot rashba2d`: one gas, what to sweep, what to write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from femsot.base.errors import InputError, did_you_mean
from femsot.base.quantities import Array
from femsot.base.units import Quantity, parameters, show
from femsot.scattering.rashba2d import RashbaGas

from .models import model
from .reader import Reader
from .sweep import blame, ranged

SECTIONS = ("title", "model", "sweep", "output")
POLAR = "polar"  #: the swept angle of m from z, its azimuth kept


@dataclass(frozen=True)
class Rashba2DOutput:
    """What is written and where; rashba2d.json and rashba2d.csv always."""

    directory: str = "out"
    plot: bool = False  #: rashba2d.png, of a sweep


@dataclass(frozen=True, eq=False)
class Rashba2DJob:
    """A gas; where something is swept, the batch of all its points."""

    gas: RashbaGas
    title: str = ""
    swept: str | None = None  #: a field of the gas, or "polar"
    values: Array = field(default_factory=lambda: np.zeros(0))  #: of it, SI and eV
    unit: str = ""
    output: Rashba2DOutput = field(default_factory=Rashba2DOutput)


def read_rashba2d(reader: Reader, data: Mapping[str, Any]) -> Rashba2DJob | None:
    """The job of a file's tables, or None and its faults."""
    for key in sorted(data.keys() - set(SECTIONS)):
        reader.fail(key, "unknown key", *did_you_mean(key, SECTIONS))
    title = data.get("title", "")
    if not isinstance(title, str):
        reader.fail("title", allowed="a text in quotes", value=show(title))
    if "model" not in data:
        reader.fail("model", "missing, required", "a table [model]")
        return None
    table = reader.table("model", data.get("model"))
    values, missing = reader.readable("model", model(RashbaGas), table=table)
    gas = reader.make("model", RashbaGas, reader.filled(RashbaGas, values, missing=missing), table=table)
    swept, points, unit = _sweep(reader, data.get("sweep"))
    output = reader.values("output", model(Rashba2DOutput), table=reader.table("output", data.get("output")))
    if output and output.get("plot") and "sweep" not in data:
        reader.fail("output.plot", allowed="false", hint="a single point has no curve", value="true without a [sweep]")
    if gas is None or output is None:
        return None
    if points is not None:
        gas = _batch(reader, gas, swept=swept, points=points)
    return (
        None
        if gas is None
        else Rashba2DJob(
            gas, title, swept or None, np.zeros(0) if points is None else points, unit, Rashba2DOutput(**output)
        )
    )


def _sweep(reader: Reader, section: Any) -> tuple[str, Array | None, str]:
    """Name, values and unit of what is swept; "" and None where nothing is, or where it is wrong."""
    if section is None:
        return "", None, ""
    table = reader.table("sweep", section)
    known = {name: p.quantity for name, p in parameters(RashbaGas).items() if p.quantity and not p.quantity.shape}
    known[POLAR] = Quantity("rad")
    for name in table.keys() - known.keys():
        reader.fail(f"sweep.{name}", "no field that can be swept", *did_you_mean(name, known))
    if len(table) != 1:
        reader.fail("sweep", allowed=f"one of {', '.join(known)}", value=f"{len(table)} fields")
        return "", None, ""
    name, values = next(iter(table.items()))
    quantity = known.get(name)
    if quantity is None:
        return "", None, ""
    return name, ranged(reader, f"sweep.{name}", quantity, table=values), quantity.unit


def _batch(reader: Reader, gas: RashbaGas, *, swept: str, points: Array) -> RashbaGas | None:
    """The gas at every point, or None and the faults of one."""
    change: dict[str, Any] = {swept: points}
    if swept == POLAR:
        c = np.cos(points)
        s = np.sin(points)
        phi = gas.azimuth
        change = {"magnetization": np.stack([s * np.cos(phi), s * np.sin(phi), c], axis=-1)}
    try:
        return replace(gas, **change)
    except InputError as error:
        blame(reader, f"model.{swept}", error.faults, place=f"sweep.{swept}")
    return None
