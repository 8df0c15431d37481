"""Two or more methods on one stack: the same quantities side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from rich.table import Table
from rich.text import Text

from femsot.base.quantities import Array
from femsot.io.result import Result, is_zero, magnets, numbers, parts, prefixed

#: where, name, unit, components
_Key = tuple[str, str, str, tuple[str, ...]]
_LIKES = ("DL", "FL")
_AXES = ("x", "y", "z")


def comparison(results: Mapping[str, Result]) -> list[dict[str, Any]]:
    """One record for each number of the results by method: where, quantity, unit, values, and deviations.

    A deviation is value/reference - 1, the reference being the last method; None where that is zero. Numbers that are
    noise or not defined in every result are left out.
    """
    each = [dict(_quantities(result)) for result in results.values()]
    table = {key: np.stack([_complete(quantities[key], key) for quantities in each], axis=1) for key in each[0]}
    rows = []
    for (where, name, unit, axes), values in table.items():
        alike = [np.nan_to_num(x).ravel() for key, x in table.items() if key[2] == unit]
        for axis, line in zip(axes, values, strict=True):
            if np.any(np.isfinite(line)) and not is_zero(np.nan_to_num(line), np.concatenate(alike)):
                rows.append({"where": where, "quantity": f"{name} {axis}".strip(), "unit": unit} | _row(results, line))
    return rows


def _row(results: Mapping[str, Result], line: Array) -> dict[str, Any]:
    reference = line[-1]
    plain = [float(x) if np.isfinite(x) else None for x in line]
    with np.errstate(divide="ignore", invalid="ignore"):
        deviations = [float(x) if np.isfinite(x) else None for x in line[:-1] / reference - 1]
    return {
        "values": dict(zip(results, plain, strict=True)),
        "deviation": dict(zip(list(results)[:-1], deviations, strict=True)),
    }


def _complete(values: Any, key: _Key) -> Array:
    return np.full(len(key[3]), np.nan) if values is None else np.atleast_1d(numbers(values))


def _quantities(result: Result) -> Iterator[tuple[_Key, Any]]:
    """Torques of magnets and interfaces, sheet currents, resistances; None where not defined."""
    for part in magnets(result):
        torque = part["torque"]
        name = str(part["name"])
        like = torque.get("damping_like") is not None
        axes = _LIKES if like else _AXES
        yield (name, "received torque", "A/m^2", axes), torque.get("received_like" if like else "received")
        yield (name, "flux torque", "A/m^2", axes), torque.get("flux_like" if like else "flux")
    for face in result.get("interfaces") or []:
        yield (str(face["name"]), "torque on m", "A/m^2", _AXES), face.get("torque_magnetization")
        yield (str(face["name"]), "torque on the lattice", "A/m^2", _AXES), face.get("torque_lattice")
    for part in parts(result):
        yield (str(part["name"]), "sheet current", "A/m", ("x", "y")), part.get("sheet_current")
    for key, name, unit in (
        ("resistance_area", "resistance-area product", "ohm m^2"),
        ("current_density", "current density along z", "A/m^2"),
        ("sheet_resistance", "sheet resistance", "ohm"),
    ):
        yield ("stack", name, unit, ("",)), result.get(key)


def compare_table(results: Mapping[str, Result]) -> Table:
    """`comparison` as a table; deviations in percent."""
    methods = list(results)
    title = next((str(result["title"]) for result in results.values() if result.get("title")), "methods compared")
    table = Table(title=Text(title), caption=_caption(results), caption_justify="left")
    table.add_column("where")
    table.add_column("quantity")
    for method in methods:
        table.add_column(Text(method), justify="right")
    for method in methods[:-1]:
        table.add_column(Text(f"{method}/{methods[-1]} - 1"), justify="right")
    last = None
    for row in comparison(results):
        values = [row["values"][method] for method in methods]
        factor, unit = prefixed([x for x in values if x is not None], row["unit"])
        shown = ["–" if x is None else f"{x * factor + 0.0:.5g}" for x in values]
        shown += ["–" if x is None else f"{x:+.2%}" for x in row["deviation"].values()]
        where = "" if row["where"] == last else row["where"]
        table.add_row(Text(where), Text(f"{row['quantity']} [{unit}]"), *shown)
        last = row["where"]
    return table


def _caption(results: Mapping[str, Result]) -> Text:
    """How each was solved, and what it warns of."""
    text = Text("DL along m × (p × m), FL along m × p; received: by the magnetization, flux: lattice included")
    warnings: dict[str, None] = {}
    for method, result in results.items():
        report = result["report"]
        angular = report.get("angular_error")
        text.append(f"\n{method}: residual {report['residual']:.1e}, {report['seconds']:.2g} s")
        text.append("" if angular is None else f", angular error {angular:.1e}")
        warnings |= dict.fromkeys(report.get("warnings") or [])
    for warning in warnings:
        text.append(f"\nwarning: {warning}", style="bold yellow")
    return text
