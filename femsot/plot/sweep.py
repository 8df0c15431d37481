"""Figures of a sweep: torques, contacts and resistances against one swept parameter, or a family of curves for two."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogFormatter, MaxNLocator

from femsot.base.errors import Fault, InputError
from femsot.base.quantities import Array
from femsot.io.result import is_zero, numbers, prefixed

from .canvas import MAGNETS, MARKS, canvas, give_title, plain

LIKES = {"damping_like": "damping-like torque", "field_like": "field-like torque"}
RESISTANCES = {
    "resistance_area": ("resistance area", "ohm m^2"),
    "sheet_resistance": ("sheet resistance", "ohm"),
    "resistance": ("resistance", "ohm"),
    "four_terminal_resistance": ("four-terminal resistance", "ohm"),
}
DRIVES = {"voltage": "V", "current": "A"}
MOST_CURVES = 7
LEGEND_TITLE = 24  #: characters in a line


@dataclass(frozen=True, eq=False)
class Quantity:
    """One thing to draw over the whole grid."""

    name: str
    unit: str
    values: Array  #: (swept axes); nan where undefined
    owner: str | None = None  #: a magnet or a contact; None where it is of the whole stack or device
    kind: str = ""  #: "magnet" or "contact"
    row: int = 2  #: torques along and across p above, then components of torques, then the rest


def sweep_figure(sweep: Mapping[str, Any]) -> Figure:
    """Torques of magnets, contacts and resistances against one swept parameter, or families of curves for two.

    `sweep`: {"parameters": {path: {"values": [...], "unit": "m"}}, "torque": {layer: {"damping_like": nested list,
    "field_like": nested list, "received" and "flux": nested lists with a last axis of 3}}, "resistance_area": nested
    list, "sheet_resistance": nested list}, SI, null where undefined; parameters swept together (zip) have one axis.
    The components of the torque stand for a magnet without damping-like and field-like torque. Of a device there
    are "contacts": {name: {"voltage": nested list, "current": nested list}}; those that change are drawn.
    """
    parameters = dict(sweep["parameters"])
    if not parameters:
        raise InputError(Fault("sweep", "no parameter in it, required: one at least"))
    quantities = _quantities(sweep)
    if not quantities:
        raise InputError(Fault("sweep", "nothing to draw, every torque and resistance in it is undefined or zero"))
    depth = max(quantity.values.ndim for quantity in quantities)
    if depth != 1 and (depth != 2 or len(parameters) != 2):
        count = len(parameters)
        raise InputError(Fault("sweep", f"{count} parameters, {depth} axes", "one or two", "keep the others fixed"))
    figure = (_one_parameter if depth == 1 else _two_parameters)(parameters, quantities)
    if sweep.get("title"):
        give_title(figure, str(sweep["title"]))
    return figure


def _quantities(sweep: Mapping[str, Any]) -> list[Quantity]:
    """What is defined somewhere, in the order in which it is drawn."""
    quantities = []
    for layer, torque in dict(sweep.get("torque") or {}).items():
        quantities += _torques(str(layer), torque)
    quantities += _contacts(sweep)
    for key, (name, unit) in RESISTANCES.items():
        if sweep.get(key) is not None:
            quantities.append(Quantity(name, unit, numbers(sweep[key])))
    return [quantity for quantity in quantities if np.any(np.isfinite(quantity.values))]


def _torques(layer: str, torque: Mapping[str, Any]) -> list[Quantity]:
    """Damping-like and field-like torque, or where both are undefined the components that are not zero."""
    parts = {name: numbers(torque[key]) for key, name in LIKES.items() if torque.get(key)}
    likes = [Quantity(name, "A/m^2", values, layer, "magnet", row=0) for name, values in parts.items()]
    if any(np.any(np.isfinite(like.values)) for like in likes) or not torque.get("flux"):
        return likes
    vector = numbers(torque["flux"])
    if torque.get("received") and np.any(np.isfinite(numbers(torque["received"]))):
        vector = numbers(torque["received"])
    defined = np.where(np.isfinite(vector), vector, 0.0)
    axes = [i for i in range(3) if not is_zero(defined[..., i], 1e3 * defined)]
    return [Quantity(f"torque {'xyz'[i]}", "A/m^2", vector[..., i], layer, "magnet", row=1) for i in axes]


def _contacts(sweep: Mapping[str, Any]) -> list[Quantity]:
    """Voltages and currents that change, and that are not swept themselves."""
    quantities = []
    for key, unit in DRIVES.items():
        by_contact = {str(name): numbers(x[key]) for name, x in dict(sweep.get("contacts") or {}).items()}
        for name, values in by_contact.items():
            changes = values - values.flat[0]
            if f"contacts.{name}.{key}" not in sweep["parameters"] and not _is_constant(
                changes, [*by_contact.values()]
            ):
                quantities.append(Quantity(key, unit, values, name, "contact"))
    return quantities


def _is_constant(changes: Array, scale: Any) -> bool:
    """Are these rounding noise of a solution?"""
    return bool(np.all(np.abs(changes) <= 1e-9 * np.max(np.abs(scale))))


def _label(path: str, unit: str, *, conductance: bool = False) -> str:
    """`layers.Ni.thickness` in nm is `thickness of Ni [nm]`."""
    head, _, rest = path.partition(".")
    owner, _, name = rest.rpartition(".")
    words = (name or head).replace("_", " ")
    if head == "interfaces" and conductance:
        words += " conductance"
    return f"{words}{f' of {plain(owner)}' if owner else ''}{f' [{unit}]' if unit else ''}"


def _abscissa(path: str, parameter: Mapping[str, Any]) -> tuple[Array, str]:
    """Values to draw against and their label; vectors and words are counted."""
    try:
        values = numbers(parameter["values"])
    except (TypeError, ValueError):
        values = np.zeros((0, 0))
    if values.ndim != 1:
        return np.arange(1.0, len(parameter["values"]) + 1), _label(path, "") + ", point number"
    unit = parameter.get("unit") or ""
    if unit == "rad":
        return np.degrees(values), _label(path, "deg")
    factor, printed = prefixed(values, unit)
    return values * factor, _label(path, printed, conductance=unit == "S/m^2")


def _logarithmic(values: Array) -> bool:
    """Are the values spread evenly on a logarithmic scale, over more than a decade?"""
    if len(values) < 3 or np.any(~(values > 0)) or max(values) < 10 * min(values):
        return False
    return bool(np.ptp(np.diff(np.log(values))) < 1e-6 * abs(np.log(values[-1] / values[0])))


def _panels(rows: Sequence[int], *, label: str, x: Array) -> tuple[Figure, list[Axes]]:
    """As many panels in each row, x over the swept range."""
    columns = max(rows)
    figure = canvas({1: 6.2, 2: 8.6}.get(columns, 11.4), 0.9 + 2.7 * len(rows))
    grid = figure.subplots(len(rows), columns, sharex=True, squeeze=False)
    panels = []
    for (row, column), ax in np.ndenumerate(grid):
        if column >= rows[row]:
            ax.remove()
            continue
        panels.append(ax)
        _prepare(ax, x)
        if all(column >= count for count in rows[row + 1 :]):  # nothing below it
            ax.set_xlabel(label)
            ax.tick_params(labelbottom=True)
    return figure, panels


def _prepare(ax: Axes, x: Array) -> None:
    if _logarithmic(x):
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter("{x:g}")
        ax.xaxis.set_minor_formatter(LogFormatter(labelOnlyBase=False))
    elif np.array_equal(x, np.arange(1, len(x) + 1)):  # numbers of points
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.ticklabel_format(axis="y", useOffset=False)
    if np.ptp(x) > 0:
        ax.set_xlim(np.min(x), np.max(x))
    ax.grid(color="#eeeeee", linewidth=0.6)
    ax.set_axisbelow(True)


def _rows(groups: Sequence[Any]) -> list[int]:
    """Panels in each row: a row for each group, but all in one, or the last two in one, where they fit; 3 at most."""
    counts = [groups.count(group) for group in dict.fromkeys(groups)]
    if sum(counts) <= 3:
        return [sum(counts)]
    if sum(counts[-2:]) <= max(counts):
        counts[-2:] = [sum(counts[-2:])]
    return [min(3, count - i) for count in counts for i in range(0, count, 3)]


def _curve(ax: Axes, x: Array, values: Array, **style: Any) -> None:
    # points at both ends of the swept range are drawn whole
    ax.plot(x, values, markersize=3.5, linewidth=1.3, clip_on=False, zorder=3, **style)


def _frame(ax: Axes, kind: str, values: Array) -> None:
    """A line at zero torque; rounding noise of a constant resistance is not stretched over the panel."""
    if kind == "magnet":
        ax.axhline(0, color="#555555", linewidth=0.7, zorder=1)
        return
    low = float(np.nanmin(values))
    high = float(np.nanmax(values))
    if high - low <= 1e-9 * max(abs(low), abs(high)):
        middle = 0.5 * (low + high)
        ax.set_ylim(middle - 0.1 * (abs(middle) or 1.0), middle + 0.1 * (abs(middle) or 1.0))


def _one_parameter(parameters: Mapping[str, Any], quantities: Sequence[Quantity]) -> Figure:
    """One panel for each quantity, in it a curve for each magnet or contact."""
    path, parameter = next(iter(parameters.items()))
    x, label = _abscissa(path, parameter)
    if len(parameters) > 1:
        others = ", ".join(p.partition(".")[2] for p in list(parameters)[1:])
        label += "\n" + textwrap.fill(f"varied together with {plain(others)}", 42)
    rows = dict(sorted({quantity.name: quantity.row for quantity in quantities}.items(), key=lambda item: item[1]))
    owners = {q.owner: q.kind for q in quantities if q.owner is not None}
    styles: dict[str | None, dict[str, Any]] = {None: {"color": "#4d4d4d", "marker": "."}}
    for k, owner in enumerate(owners):
        styles[owner] = {"color": MAGNETS[k % len(MAGNETS)], "marker": MARKS[k % len(MARKS)]}
    figure, panels = _panels(_rows(list(rows.values())), label=label, x=x)
    for ax, name in zip(panels, rows, strict=True):
        drawn = [quantity for quantity in quantities if quantity.name == name]
        values = np.stack([quantity.values for quantity in drawn])
        factor, printed = prefixed(values, drawn[0].unit)
        _frame(ax, drawn[0].kind, values * factor)
        for quantity in drawn:
            _curve(ax, x, quantity.values * factor, **styles[quantity.owner])
        ax.set_ylabel(f"{name} [{printed}]")
    if owners:
        title = ", ".join(dict.fromkeys(owners.values()))
        _legend(figure, [styles[name] for name in owners], names=[plain(name) for name in owners], title=title)
    return figure


def _legend(figure: Figure, styles: Sequence[Mapping[str, Any]], *, names: Sequence[str], title: str) -> None:
    """At the right, half way up: out of the way of the figure's title."""
    lines = [Line2D([], [], markersize=3.5, linewidth=1.3, **style) for style in styles]
    printed = "\n".join(textwrap.wrap(title, LEGEND_TITLE))
    figure.legend(lines, names, loc="outside right center", title=printed, frameon=False, alignment="left")


def _two_parameters(parameters: Mapping[str, Any], quantities: Sequence[Quantity]) -> Figure:
    """The longer parameter along x, the other as the family: a legend, or a colour bar for many curves."""
    axes = [_abscissa(path, parameter) for path, parameter in parameters.items()]
    along = 0 if len(axes[0][0]) >= len(axes[1][0]) else 1
    x, label = axes[along]
    family, title = axes[1 - along]
    figure, panels = _panels(_rows([q.owner if q.kind == "magnet" else None for q in quantities]), label=label, x=x)
    norm = (LogNorm if _logarithmic(family) else Normalize)(min(family), max(family))
    colors = mpl.colormaps["viridis"](0.92 * np.asarray(norm(family)))
    styles = [{"color": color, "marker": mark} for color, mark in zip(colors, _marks(len(family)), strict=True)]
    for ax, quantity in zip(panels, quantities, strict=True):
        factor, printed = prefixed(quantity.values, quantity.unit)
        _frame(ax, quantity.kind, quantity.values * factor)
        for curve, style in zip(np.moveaxis(quantity.values, along, -1) * factor, styles, strict=True):
            _curve(ax, x, curve, **style)
        owner = "" if quantity.owner is None else f" of {plain(quantity.owner)}"
        ax.set_ylabel(f"{quantity.name}{owner} [{printed}]")
    if len(family) <= MOST_CURVES:
        _legend(figure, styles, names=[f"{value:.4g}" for value in family], title=title)
    else:
        _colour_bar(figure, panels, norm=norm, label=title)
    return figure


def _colour_bar(figure: Figure, panels: Sequence[Axes], *, norm: Normalize, label: str) -> None:
    shades = mpl.colors.ListedColormap(mpl.colormaps["viridis"](np.linspace(0, 0.92, 256)))
    bar = figure.colorbar(mpl.cm.ScalarMappable(norm, shades), ax=panels, label=label)
    if isinstance(norm, LogNorm):
        bar.ax.yaxis.set_major_formatter("{x:g}")
        bar.ax.yaxis.set_minor_formatter(LogFormatter(labelOnlyBase=False))


def _marks(count: int) -> Iterator[str]:
    return (MARKS[k] if count <= MOST_CURVES else "." for k in range(count))
