"""Figures of a result, by matplotlib without a window and without pyplot's global state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from femsot.base.components import ORBITAL, PHI, SPIN
from femsot.base.errors import Fault, InputError
from femsot.base.quantities import Array
from femsot.io.result import Profiles, Result, apart, is_zero, kinds, parts, prefixed, profiles

from .canvas import MAGNETS, MARKS, canvas, give_title, legend_below, plain, save, width_of
from .sweep import sweep_figure
from .tables import INCOMPLETE, budget_rows, budget_unit, complete

__all__ = ["MAGNETS", "MARKS", "budget_figure", "profiles_figure", "save", "sweep_figure"]

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
ROWS = (
    ("charge", slice(PHI, PHI + 1), (r"charge potential $\phi$", r"charge current $J_c$")),
    ("spin", SPIN, (r"spin potential $\mu_s$", r"spin current $J_s$")),
    ("orbital", ORBITAL, (r"orbital potential $\mu_o$", r"orbital current $J_o$")),
)
# is_zero's 1e-12 of the largest, times these
CHARGE_NOISE = 1e3
CHARGE_SMALL = 1e11
PANEL = 3.4  #: width of a panel, a little less than it is [inches]
#: [points], [inches]
NAME_SIZE = 9
NAME_GAP = 0.09
LEADER = {"arrowstyle": "-", "linewidth": 0.5, "color": "#888888", "relpos": (0.5, 0), "shrinkA": 1, "shrinkB": 0}


# profiles along z


def profiles_figure(result: Result, *, distance: str = "z") -> Figure:
    """Potentials (left) and currents (right) of charge, spin and orbit along z; what is negligible is left out.

    `distance`: what z is called.
    """
    curves = profiles(result)
    rows = [row for row in ROWS if row[0] == "spin" or any(_there(curves, row[1]))]
    figure = canvas(9.2, 0.9 + 2.35 * len(rows))
    axes = figure.subplots(len(rows), 2, sharex=True, squeeze=False)
    for pair, (_, columns, names) in zip(axes, rows, strict=True):
        for ax, values, name, unit in zip(pair, (curves.mu, curves.J), names, ("V", "A/m^2"), strict=True):
            _shade(ax, result)
            _lines(ax, curves, values[:, columns], name=name, unit=unit)
    alone = rows[0][0] == "charge" and not _there(curves, rows[0][1])[1]
    if alone:  # a charge potential without a current
        axes[0, 1].remove()
    for ax in (axes[0, 0], axes[1 if alone else 0, 1]):
        _name_layers(ax, result)
    for ax in axes[-1]:
        ax.set_xlabel(f"{distance} [nm]")
    _component_legend(figure, result, charge=rows[0][0] == "charge")
    figure.align_ylabels(axes[:, 0])
    figure.align_ylabels(axes[1 if alone else 0 :, 1])
    if result.get("title"):
        give_title(figure, str(result["title"]))
    return figure


def _there(curves: Profiles, columns: slice) -> tuple[bool, bool]:
    """Are the potentials, and the currents, more than noise? A charge potential without a current: more than 10 %?"""
    if columns != ROWS[0][1]:
        return not is_zero(curves.mu[:, columns], curves.mu), not is_zero(curves.J[:, columns], curves.J)
    flows = not is_zero(curves.J[:, columns], CHARGE_NOISE * curves.J)
    return flows or not is_zero(curves.mu[:, columns], CHARGE_SMALL * curves.mu), flows


def _lines(ax: Axes, curves: Profiles, values: Array, *, name: str, unit: str) -> None:
    """One line per component and layer: a jump at an interface stays a gap, never a slope."""
    factor, printed = prefixed(values, unit)
    styles = list(AXES.values()) if values.shape[1] == 3 else [("#000000", "-")]
    for component, (color, dash) in enumerate(styles):
        for piece in curves.pieces():
            ax.plot(
                curves.z[piece] * 1e9, values[piece, component] * factor, color=color, linestyle=dash, linewidth=1.6
            )
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
    """The names above the layers, pushed apart where they need it; upright where all of them do not fit in a line.

    A name that had to leave its layer has a line to it.
    """
    layers = parts(result)
    low = layers[0]["z"][0]
    high = layers[-1]["z"][1]
    inches = PANEL / (high - low)
    centres = [(0.5 * sum(layer["z"]) - low) * inches for layer in layers]
    figure: Any = ax.figure
    widths = [width_of(figure, str(layer["name"]), NAME_SIZE) for layer in layers]
    level = sum(widths) + NAME_GAP * (len(layers) - 1) <= PANEL
    places = _side_by_side(centres, widths) if level else apart(centres, 0.16, PANEL)
    ends = [np.subtract(layer["z"], low) * inches for layer in layers]
    spans = list(zip(places, widths if level else [0.13] * len(layers), ends, strict=True))
    outside = [x - 0.5 * width < a - 0.02 or x + 0.5 * width > b + 0.02 for x, width, (a, b) in spans]
    for layer, centre, place, out in zip(layers, centres, places, outside, strict=True):
        ax.annotate(
            plain(layer["name"]),
            (centre / PANEL, 1.0),
            (place / PANEL, 1.1 if any(outside) else 1.03),
            xycoords="axes fraction",
            ha="center",
            va="bottom",
            rotation=0 if level else 90,
            fontsize=NAME_SIZE,
            arrowprops=LEADER if out else None,
        )


def _side_by_side(centres: Sequence[float], widths: Sequence[float]) -> list[float]:
    """Places of names that fit in a line: as close to `centres` as can be without touching each other."""
    left = np.cumsum([0.0, *(width + NAME_GAP for width in widths[:-1])])
    middle = left + 0.5 * np.asarray(widths)
    free = PANEL - (left[-1] + widths[-1])
    positions: Array = middle + np.asarray(apart([c - x for c, x in zip(centres, middle, strict=True)], 0.0, free))
    return list(positions.tolist())


def _component_legend(figure: Figure, result: Result, *, charge: bool) -> None:
    lines: list[Any] = [Line2D([], [], color=color, linestyle=dash, linewidth=1.6) for color, dash in AXES.values()]
    names = [f"{axis} component" for axis in AXES]
    if charge:
        lines = [Line2D([], [], color="#000000", linewidth=1.6), *lines]
        names = ["charge", *names]
    insulating = any(layer.get("bottom") is None for layer in parts(result))
    for kind, hatch, there in (("magnet", None, "magnet" in kinds(result)), ("insulator", "////", insulating)):
        if there:
            lines.append(Patch(facecolor=FILLS[kind], edgecolor="#c4c4c4", hatch=hatch))
            names.append(kind)
    legend_below(figure, lines, names, columns=len(lines), handlelength=2.8)


# the budget


def budget_figure(result: Result) -> Figure:
    """Spin taken up by each layer and interface, and where it goes: bars, a panel per component that is not zero."""
    rows = budget_rows(result)
    if not rows:
        raise InputError(Fault("layers.budget", "missing in this result, required for its figure"))
    everything = np.array([value for row in rows for value in row["terms"].values()])
    axes = [i for i in range(3) if not is_zero(everything[:, i], 1e3 * np.nan_to_num(everything))] or [2]
    factor, printed = prefixed(everything, budget_unit(result))
    width = min(max(5.5, 1.6 + 1.15 * len(rows)), 11.0)
    figure = canvas(width, 1.1 + 2.1 * len(axes))
    panels = figure.subplots(len(axes), 1, sharex=True, squeeze=False)[:, 0]
    for ax, i in zip(panels, axes, strict=True):
        for place, row in enumerate(rows):
            _bars(ax, place, {term: factor * value[i] for term, value in row["terms"].items() if np.any(value)})
        ax.axhline(0, color="#000000", linewidth=0.8)
        ax.set_ylabel(f"spin {'xyz'[i]} [{printed}]")
        for place in range(1, len(rows)):
            ax.axvline(place - 0.5, color="#dddddd", linewidth=0.7, zorder=0)
    panels[-1].set_xlim(-0.5, len(rows) - 0.5)
    panels[-1].set_xticks(range(len(rows)), [plain(row["name"]) for row in rows])
    fits = 0.1 * max(len(row["name"]) for row in rows) < (width - 1) / len(rows)
    panels[-1].tick_params(axis="x", length=0, labelrotation=0 if fits else 60)
    figure.align_ylabels(panels)
    _budget_legend(figure, rows)
    give_title(figure, _budget_title(result, rows), 10)
    return figure


def _bars(ax: Axes, place: int, terms: Mapping[str, float]) -> None:
    width = 0.8 / max(len(terms), 4)
    for k, (term, value) in enumerate(terms.items()):
        offset = (k - 0.5 * (len(terms) - 1)) * width
        ax.bar(place + offset, value, 0.92 * width, color=TERMS[term][1], edgecolor="#333333", linewidth=0.4)


def _budget_legend(figure: Figure, rows: list[dict[str, Any]]) -> None:
    terms = [term for term in TERMS if any(np.any(row["terms"].get(term, 0.0)) for row in rows)]
    patches = [Patch(facecolor=TERMS[t][1], edgecolor="#333333", linewidth=0.4) for t in terms]
    if patches:
        legend_below(figure, patches, [TERMS[t][0] for t in terms], columns=3)


def _budget_title(result: Result, rows: list[dict[str, Any]]) -> str:
    residuals = [row["residual"] for row in rows if row["residual"] is not None]
    name = f"{result['title']}: spin budget" if result.get("title") else "spin budget"
    if not complete(result):
        return f"{name}\n{INCOMPLETE}"
    return f"{name}\nlargest residual {max(residuals):.1e} of the largest current" if residuals else name
