"""Results as tables in the terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from femsot.base.components import SPIN
from femsot.base.quantities import Array
from femsot.io.noise import cleaned, current_floor
from femsot.io.result import Result, is_noise, is_zero, magnets, numbers, parts, prefixed, torque_vector

TERMS = ("flux", "exchange", "spin_flip", "orbital_exchange")
INCOMPLETE = "exchange is not reported in this closure: the terms do not add up to the flux"
DASH = "–"
CAPTION = 80  #: characters that a table is at least wide, so that the lines below it can be read
PER_CURRENT = "B for j = 1e11 A/m²"


@dataclass(frozen=True, eq=False)
class Quantity:
    """One quantity of all magnets, some components of it."""

    name: str
    unit: str
    axes: tuple[str, ...]
    values: Array  #: (magnets, axes)

    @property
    def label(self) -> str:
        """The name with the unit that its values are printed in."""
        unit = self._printed[1]
        return f"{self.name} [{unit}]" if unit else self.name

    @property
    def _printed(self) -> tuple[float, str]:
        return (1e3, "mT") if self.unit == "T" else prefixed(self.values, self.unit)

    def cells(self) -> list[list[str]]:
        """Numbers as printed, a list for each magnet; rounding noise is zero."""
        factor = self._printed[0]
        shown = np.where(is_noise(self.values, np.nan_to_num(self.values)), 0.0, self.values)
        return [[_number(float(value), factor) for value in row] for row in shown]


def torque_table(result: Result, width: int | None = None) -> Table | Text:
    """Torque, efficiency and field of each magnet; below it what else the solve gave, and its warnings.

    A column for each quantity where they fit into `width` characters (None: any width), else a row. Without a magnet
    only the lines below.
    """
    result = cleaned(result)
    title = Text(str(result.get("title") or "torques"))
    quantities = _quantities(result)
    if not magnets(result):
        lines = Text(f"{result['title']}\n" if result.get("title") else "")
        return lines.append_text(_caption(result, []))
    names = [str(part["name"]) for part in magnets(result)]
    table = _wide(names, quantities)
    if width is not None and Measurement.get(Console(width=1000), Console(width=1000).options, table).maximum > width:
        table = _narrow(names, quantities)
    table.min_width = CAPTION if width is None else min(CAPTION, width)
    table.title = title
    table.caption = _caption(result, quantities)
    table.caption_justify = "left"
    return table


def _wide(names: list[str], quantities: list[Quantity]) -> Table:
    """A row for each magnet."""
    table = Table("magnet")
    rows: list[list[str | Text]] = [[Text(name)] for name in names]
    for quantity in quantities:
        for axis in quantity.axes:
            unit = quantity.label.removeprefix(quantity.name).strip()
            table.add_column(Text(f"{quantity.name} {axis}\n{unit}"), justify="right")
        for row, cells in zip(rows, quantity.cells(), strict=True):
            row += cells
    for row in rows:
        table.add_row(*row)
    return table


def _narrow(names: list[str], quantities: list[Quantity]) -> Table:
    """A row for each quantity of each magnet."""
    axes = [axis for axis in ("DL", "FL", "x", "y", "z") if any(axis in quantity.axes for quantity in quantities)]
    table = Table("magnet", "quantity")
    for axis in axes:
        table.add_column(axis, justify="right")
    for i, name in enumerate(names):
        rows: dict[str, dict[str, str]] = {}
        for quantity in quantities:
            row = rows.setdefault(quantity.label, {})
            row |= dict(zip(quantity.axes, quantity.cells()[i], strict=True))
        for line, (label, row) in enumerate(rows.items()):
            table.add_row(Text("" if line else name), Text(label), *(row.get(axis, "") for axis in axes))
        table.add_section()
    return table


def _quantities(result: Result) -> list[Quantity]:
    """The quantities of the torque table; those that are undefined for every magnet are left out."""
    torques = [part["torque"] for part in magnets(result)]
    likes = ("DL", "FL")
    axes = ("x", "y", "z")
    vectors = _needs_vector(torques)
    largest = _largest_current(result)
    differs = any(_receives_less(torque, largest) for torque in torques)
    basis = [[t.get("damping_like"), t.get("field_like")] for t in torques]
    wanted: list[tuple[str, str, tuple[str, ...], list[Any], bool]] = [
        ("torque", "A/m^2", likes, basis, True),
        ("torque", "A/m^2", axes, [torque_vector(t) for t in torques], vectors),
        ("flux absorbed", "A/m^2", likes, _pairs(torques, "flux_like"), differs),
        ("flux absorbed", "A/m^2", axes, [t["flux"] for t in torques], vectors and differs),
        ("ξ_E", "S/m", likes, _pairs(torques, "efficiency_E"), True),
        ("ξ_j", "", likes, _pairs(torques, "efficiency_j"), True),
        ("B", "T", likes, _pairs(torques, "field_T"), True),
        (PER_CURRENT, "T", likes, _pairs(torques, "field_per_current"), True),
    ]
    quantities = [Quantity(name, unit, parts, numbers(values)) for name, unit, parts, values, shown in wanted if shown]
    return [quantity for quantity in quantities if np.any(np.isfinite(quantity.values))]


def _pairs(torques: list[dict[str, Any]], key: str) -> list[Any]:
    return [torque.get(key) or [None, None] for torque in torques]


def _needs_vector(torques: list[dict[str, Any]]) -> bool:
    """Is a torque more than its damping-like and field-like parts?"""
    if any(t.get("damping_like") is None for t in torques):
        return True
    return any(not is_zero(t.get("remainder") or [0.0], 1e3 * torque_vector(t)) for t in torques)


def _receives_less(torque: dict[str, Any], largest: float) -> bool:
    """Does what the magnetization receives differ from the flux torque by more than 1 %, and not by noise alone?"""
    if torque.get("received") is None:
        return False
    flux = numbers(torque["flux"])
    missing = float(np.linalg.norm(numbers(torque["received"]) - flux))
    return missing > max(0.01 * float(np.linalg.norm(flux)), 1e-9 * largest)


def _largest_current(result: Result) -> float:
    ends = [part[side]["J"] for part in parts(result) for side in ("bottom", "top") if part.get(side)]
    return float(np.max(np.abs(numbers(ends)))) if ends else 0.0


def _number(value: float | None, factor: float = 1.0) -> str:
    # + 0.0: a negative zero is a zero
    return DASH if value is None or math.isnan(value) else f"{value * factor + 0.0:.4g}"


def _caption(result: Result, quantities: list[Quantity]) -> Text:
    """References, resistances, how it was solved, and every warning: one to a line."""
    lines = _legend(result, quantities) if magnets(result) else ["no magnet in this result"]
    for part in magnets(result):
        why = part["torque"].get("undefined")
        if why:
            lines.append(f"{part['name']}: no damping-like and field-like parts: {why}")
    for key, name, unit in (
        ("resistance_area", "resistance-area product", "ohm m^2"),
        ("current_density", "current density along z", "A/m^2"),
        ("sheet_resistance", "sheet resistance", "ohm"),
        ("resistance", "resistance", "ohm"),
        ("four_terminal_resistance", "four-terminal resistance", "ohm"),
    ):
        if result.get(key) is not None:
            factor, printed = prefixed([result[key]], unit)
            lines.append(f"{name} {result[key] * factor + 0.0:.6g} {printed}")
    caption = Text("\n".join([*lines, _solved(result["report"])]), style="dim")
    for warning in result["report"].get("warnings") or []:
        caption.append(f"\nwarning: {warning}", style="not dim bold yellow")
    return caption


def _solved(report: dict[str, Any]) -> str:
    """How it was solved, in one line."""
    by = f", {report['solver']}" if report.get("solver") else ""
    words = [f"{report.get('method')}{by}: {report.get('unknowns')} unknowns"]
    if (report.get("iterations") or 0) > 1:
        words.append(f"{report['iterations']} iterations")
    shown = (("residual", "residual"), ("charge_balance", "charge balance"), ("angular_error", "angular error"))
    for key, name in shown:
        if report.get(key) is not None:
            words.append(f"{name} {report[key]:.1e}")
    seconds = report.get("seconds")
    if seconds is not None:
        words.append(f"{sum(seconds.values()) if isinstance(seconds, dict) else seconds:.2g} s")
    return ", ".join(words)


def _legend(result: Result, quantities: list[Quantity]) -> list[str]:
    """What the quantities are; nothing of one that is not there."""
    device = not result.get("layers")
    lines = [f"torques{' per footprint area' if device else ''} in charge units: times ħ/2e for N/m"]
    names = {quantity.name for quantity in quantities}
    if any(quantity.axes == ("DL", "FL") for quantity in quantities):
        lines[0] += f"; DL along m × (p × m), FL along m × p{_references(result)}"
    if any(part["torque"].get("basis", "flux") == "flux" for part in magnets(result)):
        lines.append("torque: the flux absorbed, lattice and orbit included; nothing else is defined here")
    elif "flux absorbed" in names:
        lines.append("torque: what the magnetization receives, by exchange inside and at its interfaces")
        lines.append("flux absorbed: from the normal-metal side, what lattice and orbit take of it included")
    if names & {"ξ_j", PER_CURRENT}:
        lines.append("ξ_j = torque/j, j the mean current density of all that conducts")
    return lines


def _references(result: Result) -> str:
    directions = [part["torque"].get("reference") for part in magnets(result)]
    references = {tuple(p) for p in directions if p}
    vectors = ["(" + ", ".join(f"{round(x, 4) + 0.0:g}" for x in p) + ")" for p in sorted(references)]
    return f", p = {' or '.join(vectors)}" if vectors else ""


def budget_rows(result: Result) -> list[dict[str, Any]]:
    """Spin (3) that each layer and interface takes in, and where it goes, from bottom to top, in `budget_unit`.

    Terms: `flux` in, `exchange` and `interface` to the magnetization, `spin_flip` and `lattice` to the lattice,
    `orbital_exchange` to the orbital channel; left out are terms that do not exist, an orbital exchange that
    is zero everywhere, and interfaces that take nothing. Rounding noise is set to zero.
    """
    faces = [face for face in result.get("interfaces") or [] if face.get("J_minus") or face.get("current_minus")]
    rows = []
    for part in parts(result):
        budget = part.get("budget") or {}
        area = part.get("footprint", 1.0)
        terms = {key: area * numbers(budget[key]) for key in TERMS if budget.get(key)}
        if terms:
            rows.append({"name": str(part["name"]), "terms": terms, "residual": budget.get("residual")})
        rows += [_interface_row(face) for face in faces if str(face["name"]).split("|")[0] == part["name"]]
    return _tidy(rows, current_floor(result))


def budget_unit(result: Result) -> str:
    """Per area of a stack, of a whole region or interface in a device."""
    return "A/m^2" if result.get("layers") else "A"


def complete(result: Result) -> bool:
    """Do the terms add up to the flux? Not in closure "ning24", which reports no exchange."""
    return all((part.get("budget") or {}).get("exchange", ()) is not None for part in parts(result))


def _tidy(rows: list[dict[str, Any]], floor: float) -> list[dict[str, Any]]:
    largest = max((np.max(np.abs(value)) for row in rows for value in row["terms"].values()), default=0.0)
    for row in rows:
        row["terms"] = {
            key: np.where(is_noise(value, largest) | (np.abs(value) <= floor), 0.0, value)
            for key, value in row["terms"].items()
        }
    if not any(np.any(row["terms"].get("orbital_exchange", 0.0)) for row in rows):
        for row in rows:
            row["terms"].pop("orbital_exchange", None)
    return [row for row in rows if "interface" not in row["terms"] or any(np.any(x) for x in row["terms"].values())]


def _interface_row(face: Result) -> dict[str, Any]:
    kind, area = ("J", 1.0) if face.get("J_minus") else ("current", face["area"])
    minus, plus = (numbers(face[f"{kind}_{side}"])[SPIN] for side in ("minus", "plus"))
    terms = {"flux": minus - plus}
    for term, key in (("interface", "torque_magnetization"), ("lattice", "torque_lattice")):
        if face.get(key) is not None:
            terms[term] = area * numbers(face[key])
    # the lattice torque is what is left over, so an interface has no residual of its own
    return {"name": str(face["name"]), "terms": terms, "residual": None}


def budget_table(result: Result) -> Table:
    """Spin that enters each layer and interface, and what takes it, one line per component that is not zero."""
    rows = budget_rows(result)
    everything = np.array([value for row in rows for value in row["terms"].values()])
    factor, printed = prefixed(everything, budget_unit(result))
    either = {
        "flux in": ("flux",),
        "to magnetization": ("exchange", "interface"),
        "to lattice": ("spin_flip", "lattice"),
        "to orbit": ("orbital_exchange",),
    }
    takers = {name: keys for name, keys in either.items() if any(key in row["terms"] for row in rows for key in keys)}
    text = "to magnetization: exchange inside, interface torque; to lattice: spin flip, at an interface the balance"
    if not complete(result):
        text += f"; {INCOMPLETE}"
    table = Table(title=Text(f"spin budget [{printed}]"), caption=Text(text, style="dim"), caption_justify="left")
    table.add_column("where")
    table.add_column("")
    for name in (*takers, "residual"):
        table.add_column(name, justify="right")
    for row in rows:
        columns = [next((row["terms"][key] for key in keys if key in row["terms"]), None) for keys in takers.values()]
        for line in _budget_lines(row, columns, factor):
            table.add_row(*line)
        table.add_section()
    return table


def _budget_lines(row: dict[str, Any], columns: list[Any], factor: float) -> Iterator[list[str | Text]]:
    known = [value for value in columns if value is not None]
    axes = [i for i in range(3) if any(value[i] for value in known)] or [0]
    for line, i in enumerate(axes):
        residual = DASH if row["residual"] is None else f"{row['residual']:.1e}"
        cells = [DASH if value is None else _number(float(value[i]), factor) for value in columns]
        yield [Text("" if line else row["name"]), "xyz"[i], *cells, "" if line else residual]
