"""Figures of a result and of a sweep, by matplotlib without a window and without pyplot's global state."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ..channels import ORBITAL, PHI, SPIN
from ..checks import Array, InputError
from .result import Profiles, Result, apart, is_zero, kinds, numbers, parts, prefixed, profiles, replacing
from .tables import INCOMPLETE, budget_rows, complete

# colour-blind safe (Okabe and Ito); every colour has a dash of its own as well
AXES: dict[str, tuple[str, Any]] = {
    "x": ("#0072b2", "-"),
    "y": ("#d55e00", (0, (5, 1.5))),
    "z": ("#009e73", (0, (5, 1.5, 1, 1.5))),
}
FILLS = {"magnet": "#fbe3b5", "insulator": "#ffffff", "metal": "#e9edf1", "metal2": "#d9e0e7"}
TERMS = {
    "flux": ("flux in", "#4d4d4d"),
    "exchange": ("exchange (to m)", "#0072b2"),
    "interface": ("interface torque (to m)", "#56b4e9"),
    "spin_flip": ("spin flip (to lattice)", "#e69f00"),
    "lattice": ("interface, to lattice", "#f0e442"),
    "orbital_exchange": ("to orbit", "#cc79a7"),
}
MAGNETS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000")
MARKS = ("o", "s", "^", "D", "v", "P", "X")
LIKES = {"damping_like": "damping-like torque", "field_like": "field-like torque"}
MOST_CURVES = 7
LEADER = {"arrowstyle": "-", "linewidth": 0.5, "color": "#888888", "relpos": (0.5, 0), "shrinkA": 1, "shrinkB": 0}


def _figure(width: float, height: float) -> Figure:
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _plain(text: Any) -> str:
    """A user's words as they are: no mathematics between dollar signs."""
    return str(text).replace("$", r"\$")


def save(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Writes the figure in the format of the file's ending (png, pdf, svg), whole or not at all."""
    known = figure.canvas.get_supported_filetypes()
    ending = Path(path).suffix.lower().removeprefix(".")
    if ending not in known:
        raise InputError(f"{path}: no known picture format, allowed: {', '.join('.' + name for name in sorted(known))}")
    # 42: text in a pdf stays text, as publishers ask
    with mpl.rc_context({"pdf.fonttype": 42, "svg.fonttype": "none"}), replacing(path) as part:
        figure.savefig(part, dpi=200, format=ending)


# profiles along z


def profiles_figure(result: Result) -> Figure:
    """Potentials (left) and currents (right) of charge, spin and orbit along z; a row that is zero is left out."""
    found = profiles(result)
    rows = [
        ("charge", slice(PHI, PHI + 1), (r"charge potential $\phi$", r"charge current $J_c$")),
        ("spin", SPIN, (r"spin potential $\mu_s$", r"spin current $J_s$")),
        ("orbital", ORBITAL, (r"orbital potential $\mu_o$", r"orbital current $J_o$")),
    ]
    kept = [row for row in rows if row[0] == "spin" or not _empty(found, row[1])]
    figure = _figure(9.2, 0.9 + 2.35 * len(kept))
    axes = figure.subplots(len(kept), 2, sharex=True, squeeze=False)
    for pair, (_, columns, names) in zip(axes, kept, strict=True):
        for ax, values, name, unit in zip(pair, (found.mu, found.J), names, ("V", "A/m^2"), strict=True):
            _shade(ax, result)
            _lines(ax, found, values[:, columns], name=name, unit=unit)
    for ax in axes[0]:
        _name_layers(ax, result)
    for ax in axes[-1]:
        ax.set_xlabel("z [nm]")
    _component_legend(figure, result, charge=kept[0][0] == "charge")
    figure.align_ylabels(axes)
    if result.get("title"):
        figure.suptitle(_plain(result["title"]), fontsize=11)
    return figure


def _empty(found: Profiles, columns: slice) -> bool:
    return is_zero(found.mu[:, columns], found.mu) and is_zero(found.J[:, columns], found.J)


def _lines(ax: Axes, found: Profiles, values: Array, *, name: str, unit: str) -> None:
    """One line per component and layer: a jump at an interface stays a gap, never a slope."""
    factor, printed = prefixed(values, unit)
    styles = list(AXES.values()) if values.shape[1] == 3 else [("#000000", "-")]
    for component, (color, dash) in enumerate(styles):
        for piece in found.pieces():
            ax.plot(found.z[piece] * 1e9, values[piece, component] * factor, color=color, linestyle=dash, linewidth=1.6)
    ax.axhline(0, color="#555555", linewidth=0.7, zorder=1.5)
    ax.set_ylabel(f"{name} [{printed}]")
    ax.margins(y=0.08)
    if is_zero(values, 0.0):
        ax.set_ylim(-1, 1)
        ax.set_yticks([0])


def _shade(ax: Axes, result: Result) -> None:
    """Each layer in the colour of its kind, thin lines at the interfaces."""
    for layer, kind in zip(parts(result), kinds(result), strict=True):
        bottom, top = (1e9 * z for z in layer["z"])
        hatch = "////" if layer.get("bottom") is None else None
        ax.axvspan(bottom, top, facecolor=FILLS[kind], edgecolor="#c4c4c4", linewidth=0, hatch=hatch, zorder=0)
    for layer in parts(result)[1:]:
        ax.axvline(1e9 * layer["z"][0], color="#888888", linewidth=0.6, zorder=0.5)
    ax.set_xlim(1e9 * parts(result)[0]["z"][0], 1e9 * parts(result)[-1]["z"][1])


def _name_layers(ax: Axes, result: Result) -> None:
    """The names above the layers; those that do not fit stand upright, pushed apart, with a line to their layer."""
    layers = parts(result)
    low, high = layers[0]["z"][0], layers[-1]["z"][1]
    inches = 3.4 / (high - low)
    centres = [(0.5 * sum(layer["z"]) - low) * inches for layer in layers]
    fits = all(0.095 * len(str(x["name"])) < (x["z"][1] - x["z"][0]) * inches for x in layers)
    places = centres if fits else apart(centres, 0.16, 3.4)
    for layer, centre, place in zip(layers, centres, places, strict=True):
        ax.annotate(
            _plain(layer["name"]),
            (centre / 3.4, 1.0),
            (place / 3.4, 1.03 if fits else 1.14),
            xycoords="axes fraction",
            ha="center",
            va="bottom",
            rotation=0 if fits else 90,
            fontsize=9,
            arrowprops=None if fits else LEADER,
        )


def _component_legend(figure: Figure, result: Result, *, charge: bool) -> None:
    lines: list[Any] = [Line2D([], [], color=color, linestyle=dash, linewidth=1.6) for color, dash in AXES.values()]
    names = [f"{axis} component" for axis in AXES]
    if charge:
        lines, names = [Line2D([], [], color="#000000", linewidth=1.6), *lines], ["charge", *names]
    insulating = any(layer.get("bottom") is None for layer in parts(result))
    for kind, hatch, there in (("magnet", None, "magnet" in kinds(result)), ("insulator", "////", insulating)):
        if there:
            lines.append(Patch(facecolor=FILLS[kind], edgecolor="#c4c4c4", hatch=hatch))
            names.append(kind)
    figure.legend(lines, names, loc="outside lower center", ncols=len(lines), frameon=False, handlelength=2.8)


# the budget


def budget_figure(result: Result) -> Figure:
    """Spin taken up by each layer and interface, and where it goes: bars, a panel per component that is not zero."""
    rows = budget_rows(result)
    if not rows:
        raise InputError("layers.budget: missing in this result, required for its figure")
    everything = np.array([value for row in rows for value in row["terms"].values()])
    axes = [i for i in range(3) if not is_zero(everything[:, i], 1e3 * np.nan_to_num(everything))] or [2]
    factor, printed = prefixed(everything, "A/m^2")
    width = min(max(5.5, 1.6 + 1.15 * len(rows)), 11.0)
    figure = _figure(width, 1.1 + 2.1 * len(axes))
    panels = figure.subplots(len(axes), 1, sharex=True, squeeze=False)[:, 0]
    for ax, i in zip(panels, axes, strict=True):
        for place, row in enumerate(rows):
            _bars(ax, place, {term: factor * value[i] for term, value in row["terms"].items() if np.any(value)})
        ax.axhline(0, color="#000000", linewidth=0.8)
        ax.set_ylabel(f"spin {'xyz'[i]} [{printed}]")
        for place in range(1, len(rows)):
            ax.axvline(place - 0.5, color="#dddddd", linewidth=0.7, zorder=0)
    panels[-1].set_xlim(-0.5, len(rows) - 0.5)
    panels[-1].set_xticks(range(len(rows)), [_plain(row["name"]) for row in rows])
    fits = 0.1 * max(len(row["name"]) for row in rows) < (width - 1) / len(rows)
    panels[-1].tick_params(axis="x", length=0, labelrotation=0 if fits else 60)
    figure.align_ylabels(panels)
    _budget_legend(figure, rows)
    figure.suptitle(_budget_title(result, rows), fontsize=10)
    return figure


def _bars(ax: Axes, place: int, terms: Mapping[str, float]) -> None:
    width = 0.8 / max(len(terms), 4)
    for k, (term, value) in enumerate(terms.items()):
        offset = (k - 0.5 * (len(terms) - 1)) * width
        ax.bar(place + offset, value, 0.92 * width, color=TERMS[term][1], edgecolor="#333333", linewidth=0.4)


def _budget_legend(figure: Figure, rows: list[dict[str, Any]]) -> None:
    used = [term for term in TERMS if any(np.any(row["terms"].get(term, 0.0)) for row in rows)]
    patches = [Patch(facecolor=TERMS[t][1], edgecolor="#333333", linewidth=0.4, label=TERMS[t][0]) for t in used]
    figure.legend(handles=patches, loc="outside lower center", ncols=min(3, max(len(patches), 1)), frameon=False)


def _budget_title(result: Result, rows: list[dict[str, Any]]) -> str:
    residuals = [row["residual"] for row in rows if row["residual"] is not None]
    name = f"{_plain(result['title'])}: spin budget" if result.get("title") else "spin budget"
    if not complete(result):
        return f"{name}\n{INCOMPLETE}"
    return f"{name}\nlargest residual {max(residuals):.1e} of the largest current" if residuals else name


# sweeps


def sweep_figure(sweep: Mapping[str, Any]) -> Figure:
    """Damping-like and field-like torque of each magnet against one swept parameter, or a family of curves for two.

    `sweep`: {"parameters": {path: {"values": [...], "unit": "m"}}, "torque": {layer: {"damping_like": nested list,
    "field_like": nested list}}}, [A/m^2], null where undefined; parameters swept together (zip) have one axis.
    """
    parameters, torque = dict(sweep["parameters"]), dict(sweep["torque"])
    if not parameters or not torque:
        raise InputError("sweep: no parameter or no magnet in it, required: one of each at least")
    values = {layer: {like: numbers(found[like]) for like in LIKES} for layer, found in torque.items()}
    depth = max(array.ndim for found in values.values() for array in found.values())
    if depth == 1 or (depth == 2 and len(parameters) == 2):
        figure = (_one_parameter if depth == 1 else _two_parameters)(parameters, values)
        if sweep.get("title"):
            figure.suptitle(_plain(sweep["title"]), fontsize=11)
        return figure
    raise InputError(f"sweep: {len(parameters)} parameters, {depth} axes, allowed: one or two; keep the others fixed")


def _label(path: str, unit: str) -> str:
    """`layers.Ni.thickness` in nm is `thickness of Ni [nm]`."""
    head, _, rest = path.partition(".")
    owner, _, name = rest.rpartition(".")
    words = (name or head).replace("_", " ")
    if head == "interfaces" and unit.endswith("S/m²"):
        words += " conductance"
    return f"{words}{f' of {_plain(owner)}' if owner else ''}{f' [{unit}]' if unit else ''}"


def _abscissa(path: str, parameter: Mapping[str, Any]) -> tuple[Array, str]:
    """Values to draw against and their label; vectors and words are counted."""
    try:
        values = numbers(parameter["values"])
    except (TypeError, ValueError):
        values = np.zeros((0, 0))
    if values.ndim != 1:
        return np.arange(1.0, len(parameter["values"]) + 1), _label(path, "") + ", point number"
    factor, printed = prefixed(values, parameter.get("unit") or "")
    return values * factor, _label(path, printed)


def _logarithmic(values: Array) -> bool:
    """Are the values spread evenly on a logarithmic scale, over more than a decade?"""
    if len(values) < 3 or np.any(~(values > 0)) or max(values) < 10 * min(values):
        return False
    return bool(np.ptp(np.diff(np.log(values))) < 1e-6 * abs(np.log(values[-1] / values[0])))


def _panels(count: int, label: str, x: Array) -> tuple[Figure, Array]:
    """`count` rows of a damping-like and a field-like panel."""
    figure = _figure(8.6, 0.9 + 2.7 * count)
    panels = figure.subplots(count, 2, sharex=True, squeeze=False)
    for ax in panels[-1]:
        ax.set_xlabel(label)
    for ax in panels.flat:
        if _logarithmic(x):
            ax.set_xscale("log")
            ax.xaxis.set_major_formatter("{x:g}")
        ax.axhline(0, color="#555555", linewidth=0.7, zorder=1)
        ax.grid(color="#eeeeee", linewidth=0.6)
        ax.set_axisbelow(True)
    return figure, panels


def _one_parameter(parameters: Mapping[str, Any], values: Mapping[str, Any]) -> Figure:
    path, parameter = next(iter(parameters.items()))
    x, label = _abscissa(path, parameter)
    if len(parameters) > 1:
        label += f"\nvaried together with {', '.join(p.partition('.')[2] for p in list(parameters)[1:])}"
    figure, panels = _panels(1, label, x)
    for ax, (like, name) in zip(panels[0], LIKES.items(), strict=True):
        factor, printed = prefixed([found[like] for found in values.values()], "A/m^2")
        for k, found in enumerate(values.values()):
            style = {"color": MAGNETS[k % len(MAGNETS)], "marker": MARKS[k % len(MARKS)]}
            ax.plot(x, found[like] * factor, markersize=3.5, linewidth=1.3, **style)
        ax.set_ylabel(f"{name} [{printed}]")
        _say_undefined(ax, np.stack([found[like] for found in values.values()]))
    _legend_of(figure, panels[0, 0], names=[_plain(name) for name in values], title="magnet")
    return figure


def _legend_of(figure: Figure, ax: Axes, *, names: Sequence[str], title: str) -> None:
    lines = [line for line in ax.get_lines() if line.get_marker() != "None"]
    figure.legend(lines, names, loc="outside right upper", title=title, frameon=False)


def _two_parameters(parameters: Mapping[str, Any], values: Mapping[str, Any]) -> Figure:
    """The longer parameter along x, the other as the family: a legend, or a colour bar for many curves."""
    axes = [_abscissa(path, parameter) for path, parameter in parameters.items()]
    along = 0 if len(axes[0][0]) >= len(axes[1][0]) else 1
    (x, label), (family, title) = axes[along], axes[1 - along]
    figure, panels = _panels(len(values), label, x)
    norm = (LogNorm if _logarithmic(family) else Normalize)(min(family), max(family))
    colors = mpl.colormaps["viridis"](0.92 * np.asarray(norm(family)))
    for row, (layer, found) in zip(panels, values.items(), strict=True):
        for ax, (like, name) in zip(row, LIKES.items(), strict=True):
            factor, printed = prefixed(found[like], "A/m^2")
            curves = np.moveaxis(found[like], along, -1) * factor
            for curve, color, mark in zip(curves, colors, _marks(len(family)), strict=True):
                ax.plot(x, curve, color=color, marker=mark, markersize=3.5, linewidth=1.3)
            ax.set_ylabel(f"{name} of {_plain(layer)} [{printed}]")
            _say_undefined(ax, found[like])
    if len(family) <= MOST_CURVES:
        names = [f"{value:.4g}" for value in family]
        _legend_of(figure, panels[0, 0], names=names, title=title.replace(" [", "\n["))
    else:
        scale = mpl.cm.ScalarMappable(
            norm, mpl.colors.ListedColormap(mpl.colormaps["viridis"](np.linspace(0, 0.92, 256)))
        )
        bar = figure.colorbar(scale, ax=panels, label=title)
        if isinstance(norm, LogNorm):
            bar.ax.yaxis.set_major_formatter("{x:g}")
            bar.ax.yaxis.set_minor_formatter("{x:g}")
    return figure


def _say_undefined(ax: Axes, values: Array) -> None:
    """An empty panel says why: m is along the reference direction, or no in-plane field gives one."""
    if not np.any(np.isfinite(values)):
        ax.text(0.5, 0.6, "undefined: m along p, or no p", transform=ax.transAxes, ha="center", color="#555555")


def _marks(count: int) -> Iterator[str]:
    return (MARKS[k] if count <= MOST_CURVES else "." for k in range(count))
