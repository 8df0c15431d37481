"""What `femsot rashba2d` writes: a record for json, its table as csv and in the terminal, curves of a sweep."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from rich.table import Table
from rich.text import Text

from femsot.base import files
from femsot.base.files import plain as json_plain
from femsot.base.quantities import Array
from femsot.base.units import parameters, plain
from femsot.io.config import Rashba2DJob
from femsot.io.config.rashba2d import POLAR
from femsot.io.result import prefixed
from femsot.scattering.rashba2d import Response
from femsot.studies.columns import Column
from femsot.version import __version__

from .canvas import MAGNETS, MARKS, canvas, give_title

#: key of the record, letter, unit, components of a point
TENSORS = {
    "spin_response": ("K", "1/(V m)", ("xx", "xy", "yx", "yy", "zx", "zy")),
    "conductivity": ("sigma", "S", ("xx", "xy", "yx", "yy")),
    "spin_per_current": ("K_J", "1/(A m)", ("xx", "xy", "yx", "yy", "zx", "zy")),
    "charge_to_spin": ("theta", "", ("xx", "xy", "yx", "yy", "zx", "zy")),
    "torque_field": ("torque/E", "S/m", ("xx", "xy", "yx", "yy", "zx", "zy")),
}
EFFICIENCIES = ("1e", "2e", "1o", "2o")
ROWS = 20  #: of the table in the terminal


def record(job: Rashba2DJob, solved: Response) -> dict[str, Any]:
    """Plain numbers for json, SI and eV; lists have the points of the sweep first, undefined numbers are None."""
    gas = job.gas
    parameter_values = {name: plain(vars(gas)[name], p.quantity) for name, p in parameters(type(gas)).items()}
    sweep = {"name": job.swept, "unit": job.unit, "values": plain(job.values)} if job.swept else None
    of_response = {
        "spin_response": solved.spin,
        "conductivity": solved.conductivity,
        "spin_per_current": solved.spin_per_current,
        "charge_to_spin": solved.charge_to_spin(),
        "torque_field": solved.torque_field,
    }
    sizes = {"band_bottom": gas.band_bottom, "gap": gas.gap, "broadening": solved.broadening, "error": solved.error}
    return {
        "femsot": __version__,
        "title": job.title,
        "model": {name: value for name, value in parameter_values.items() if value is not None},
        "sweep": sweep,
        **{name: json_plain(array) for name, array in of_response.items()},
        "torque_efficiencies": {name: json_plain(array) for name, array in solved.torque_efficiencies.items()},
        "self_energy": plain(solved.self_energy),
        "t_matrix": plain(solved.t_matrix),
        **{name: json_plain(array) for name, array in sizes.items()},
        "converged": solved.converged.tolist(),
        "rays": solved.rays.tolist(),
        "warnings": [str(doubt) for doubt in solved.doubts()],
    }


def columns(result: dict[str, Any]) -> Iterator[tuple[Column, Array]]:
    """Every number of a point, (points,), the swept one first."""
    sweep = result["sweep"]
    points = len(sweep["values"]) if sweep else 1
    if sweep:
        yield Column("", sweep["name"], sweep["unit"]), np.asarray(sweep["values"], dtype=float)
    for key, (letter, unit, axes) in TENSORS.items():
        values = np.asarray(result[key], dtype=float).reshape(points, len(axes))
        yield from ((Column("", letter, unit, axis), values[:, i]) for i, axis in enumerate(axes))
    for parity in EFFICIENCIES:
        efficiency = np.asarray(result["torque_efficiencies"][f"tau_{parity}"], dtype=float)
        yield Column("", "tau", "1/(A m)", parity), efficiency.reshape(points)
    for name, unit in (("broadening", "eV"), ("error", "")):
        yield Column("", name, unit), np.asarray(result[name], dtype=float).reshape(points)


def write_csv(result: dict[str, Any], path: Path) -> None:
    """A line for each point, whole or not at all; an undefined number is an empty cell."""
    heads, values = zip(*columns(result), strict=True)
    rows = np.column_stack(values).tolist()
    files.write_csv(path, [head.label for head in heads], (["" if np.isnan(x) else x for x in row] for row in rows))


def table(result: dict[str, Any]) -> Table:
    """Every number of one point; of a sweep the main ones, at most 20 points of it."""
    caption = Text("\n".join([_state(result), *(f"warning: {text}" for text in result["warnings"])]))
    title = Text(result["title"] or "2D Rashba ferromagnet")
    shown = Table(title=title, caption=caption, caption_justify="left", min_width=72)
    shown_columns = _without_noise(dict(columns(result)))
    if result["sweep"] is None:
        for head in ("", "value", "unit"):
            shown.add_column(head, justify="right" if head == "value" else "left")
        for column, values in shown_columns.items():
            shown.add_row(column.name, _number(values[0]), column.unit)
        return shown
    main = [next(iter(shown_columns)), Column("", "sigma", "S", "xx")]
    main += [Column("", "K_J", "1/(A m)", component) for component in ("xx", "xy")]
    main += [Column("", "tau", "1/(A m)", parity) for parity in EFFICIENCIES]
    for column in main:
        head = f"{column.name}\n[{column.unit}]" if column.unit else column.name
        shown.add_column(Text(head), justify="right")
    points = len(result["sweep"]["values"])
    for i in np.unique(np.linspace(0, points - 1, min(points, ROWS)).round().astype(int)):
        shown.add_row(*(_number(shown_columns[column][i]) for column in main))
    return shown


def _without_noise(table: dict[Column, Array]) -> dict[Column, Array]:
    """Components that are rounding noise beside others of their tensor are 0."""
    scale: dict[str, Array] = {}
    for column, values in table.items():
        size = np.abs(np.nan_to_num(values))
        scale[column.quantity] = np.maximum(scale.get(column.quantity, 0.0), size)
    return {x: np.where(np.abs(values) < 1e-12 * scale[x.quantity], 0.0, values) for x, values in table.items()}


def _number(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.5g}"


def _state(result: dict[str, Any]) -> str:
    state = "converged" if np.all(result["converged"]) else "NOT converged"
    words = result["model"]["concentration"], result["model"]["approximation"].replace("_", "-"), state
    return f"{', '.join(words)}: error {np.max(result['error']):.1g}, up to {np.max(result['rays'])} rays"


#: letter, components and label of a panel: what is odd in m above, what is even below
PANELS = (
    ("sigma", ("xx", "yy"), r"sheet conductivity $\sigma$ [S]"),
    ("K_J", ("xy", "yx", "zy"), r"spin per current $K_J$ [1/(A m)]"),
    ("tau", ("1o", "2o"), r"field-like $\tau^{\rm o}$ [1/(A m)]"),
    ("sigma", ("xy", "yx"), r"sheet conductivity $\sigma$ [S]"),
    ("K_J", ("xx", "yy", "zx"), r"spin per current $K_J$ [1/(A m)]"),
    ("tau", ("1e", "2e"), r"damping-like $\tau^{\rm e}$ [1/(A m)]"),
)


def figure(result: dict[str, Any]) -> Figure:
    """Conductivity, spin per current and torque efficiencies along the sweep."""
    table = _without_noise(dict(columns(result)))
    sweep = result["sweep"]
    curves = {(column.quantity, column.component): values for column, values in table.items()}
    factor, unit = (
        (180 / np.pi, "degrees")
        if sweep["unit"] == "rad"
        else prefixed(np.asarray(sweep["values"], dtype=float), sweep["unit"])
    )
    drawn = canvas(12.0, 6.2)
    x = np.asarray(sweep["values"], dtype=float) * factor
    axes = drawn.subplots(2, 3, sharex=True)
    for ax, (letter, members, label) in zip(axes.flat, PANELS, strict=True):
        for member, color, mark in zip(members, MAGNETS, MARKS, strict=False):
            y = curves[letter, member]
            if np.all(np.isnan(y)):  # no tau of this m
                continue
            look = {"color": color, "marker": mark, "markersize": 4, "linewidth": 1.3}
            ax.plot(x, y, markevery=max(1, len(x) // 12), label=member, **look)
        ax.set_ylabel(label)
        ax.axhline(0, color="#555555", linewidth=0.7, zorder=1)
        ax.ticklabel_format(axis="y", scilimits=(-1, 3), useMathText=True)
        ax.grid(color="#eeeeee", linewidth=0.6)
        if ax.get_legend_handles_labels()[0]:
            ax.legend(frameon=False, fontsize=8, ncols=len(members), loc="lower right", bbox_to_anchor=(1.0, 1.0))
    words = {POLAR: "angle of m from z"}.get(sweep["name"], sweep["name"].replace("_", " "))
    for ax in axes[1]:
        ax.set_xlabel(f"{words} [{unit}]" if unit else words)
    if result["title"]:
        give_title(drawn, result["title"])
    return drawn
