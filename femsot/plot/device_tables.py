"""Tables of a device's result beside those of torques and budget: its contacts and its interfaces."""

from __future__ import annotations

from typing import Any

import numpy as np
from rich.table import Table
from rich.text import Text

from femsot.base.components import PHI
from femsot.base.quantities import Array
from femsot.io.noise import cleaned
from femsot.io.result import Result, is_noise, numbers, parts, prefixed

from .tables import DASH

AXES = ("x", "y", "z")
#: relative errors that are marked, and below which the number is of no interest
LARGE_ERROR, SMALL_ERROR = 0.03, 1e-4
SIZES = {"m^2": (1e18, "nm²"), "m^3": (1e27, "nm³")}


def device_tables(result: Result) -> list[Table]:
    """What a device has and a stack has not; empty for a stack."""
    tables = []
    if result.get("contacts"):
        tables.append(contacts_table(result))
    if result.get("regions") and result.get("interfaces"):
        tables.append(interfaces_table(result))
    if result["report"].get("error"):
        tables.append(errors_table(result))
    return tables


def errors_table(result: Result) -> Table:
    """Return the estimated relative errors of discretisation by quantity, those above `LARGE_ERROR` marked."""
    table = _table("estimated errors", "quantity", "of the finite elements; a finer mesh makes them smaller")
    table.add_column("error", justify="right")
    for path, error in result["report"]["error"].items():
        style = "bold yellow" if error > LARGE_ERROR else ""
        table.add_row(Text(path), Text(percentage(error), style=style))
    return table


def percentage(error: float) -> str:
    """Return a relative error in words, such as "0.65 %".

    >>> percentage(0.0065), percentage(3e-7)
    ('0.65 %', '< 0.01 %')
    """
    return f"{100 * error:.2g} %" if error >= SMALL_ERROR else f"< {100 * SMALL_ERROR:g} %"


def contacts_table(result: Result) -> Table:
    """Voltage of each contact and the current into the device."""
    contacts = cleaned(result).get("contacts") or []
    columns = {
        "voltage": ("V", numbers([contact["voltage"] for contact in contacts])),
        "current": ("A", numbers([contact["current"] for contact in contacts])),
    }
    table = _table("contacts", "contact", "current into the device")
    rows = [[Text(str(contact["name"]))] for contact in contacts]
    for name, (unit, values) in columns.items():
        _add(table, rows, name=name, values=values[:, None], unit=unit)
    return _filled(table, rows)


def interfaces_table(result: Result) -> Table:
    """Charge through each interface, and the torques there on the magnetization and on the lattice."""
    result = cleaned(result)
    faces = result["interfaces"]
    table = _table(
        "interfaces",
        "interface",
        "torques: mean over the area, in charge units; currents go from the first region to the second",
    )
    rows = [[Text(str(face["name"]))] for face in faces]
    areas = numbers([face.get("area") for face in faces])
    _add(table, rows, name="area", values=areas[:, None], unit="m^2")
    charge = numbers([(face.get("current_minus") or [None])[PHI] for face in faces])
    currents = numbers([contact["current"] for contact in result.get("contacts") or []])
    _add(table, rows, name="charge current", values=_clean(charge, np.append(charge, currents))[:, None], unit="A")
    torques = [numbers([x.get(key) or [None] * 3 for x in faces]) for key in ("torque_magnetization", "torque_lattice")]
    for name, values in zip(("torque on m", "on the lattice"), torques, strict=True):
        shown = _clean(values, torques)
        if np.any(np.nan_to_num(shown)):
            _add(table, rows, name=name, values=shown, unit="A/m^2")
    return _filled(table, rows)


def _clean(values: Array, scale: Any) -> Array:
    """Zeros for what is noise of a solve against the largest of `scale`."""
    denoised: Array = np.where(is_noise(values, 1e3 * np.nan_to_num(np.asarray(scale))), 0.0, values)
    return denoised


def regions_table(result: Result) -> Table:
    """Volume of each region and its mean potentials."""
    region_parts = parts(cleaned(result))
    table = _table("regions and their means", "region", "means over the volume")
    rows = [[Text(str(part["name"]))] for part in region_parts]
    volumes = numbers([part.get("volume") for part in region_parts])
    _add(table, rows, name="volume", values=volumes[:, None], unit="m^3")
    means = numbers([part.get("mu_mean") or [None] * 7 for part in region_parts])
    _add(table, rows, name="φ", values=means[:, :1], unit="V")
    _add(table, rows, name="µ_s", values=means[:, 1:4], unit="V")
    if np.any(np.nan_to_num(means[:, 4:])):
        _add(table, rows, name="µ_o", values=means[:, 4:], unit="V")
    return _filled(table, rows)


def _table(title: str, first: str, caption: str) -> Table:
    table = Table(title=title, caption=Text(caption, style="dim"), caption_justify="left")
    table.add_column(first)
    return table


def _add(table: Table, rows: list[Any], *, name: str, values: Any, unit: str) -> None:
    """A column for each component of `values` (rows, 1 or 3), a cell to each row; areas and volumes in nm."""
    factor, printed = SIZES.get(unit) or prefixed(values, unit)
    clean = np.where(is_noise(values, np.nan_to_num(values)), 0.0, values) * factor
    for axis, column in zip(AXES, clean.T, strict=False):
        label = f"{name} {axis}" if values.shape[1] > 1 else name
        table.add_column(Text(f"{label}\n[{printed}]"), justify="right")
        for row, value in zip(rows, column, strict=True):
            row.append(DASH if np.isnan(value) else f"{value + 0.0:.5g}")


def _filled(table: Table, rows: list[Any]) -> Table:
    for row in rows:
        table.add_row(*row)
    return table
