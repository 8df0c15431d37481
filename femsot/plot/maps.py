"""Pictures of 2D devices: a field in colour, magnetization and current as arrows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.tri import Triangulation

from femsot.base.quantities import Array
from femsot.io.blocks import INTERFACES, Block, Shown, regions, shown
from femsot.io.device_vtk import NANO
from femsot.io.result import is_noise, prefixed
from femsot.io.simplices import simplices

from .canvas import canvas, give_title

ARROWS = 22  #: along the longer side
SEEN = 1e-2  #: of the longest arrow
CURRENT = "charge current"
M_COLOR = "#0072b2"
CURRENT_COLOR = "#222222"
GREY = "#dddddd"

PLATE = {"boxstyle": "round", "facecolor": "#ffffff", "edgecolor": "none", "alpha": 0.7}  #: behind a name


def flat_axes(field_blocks: Sequence[Block]) -> tuple[int, int] | None:
    """The two directions in which a 2D device extends; None in 3D."""
    if regions(field_blocks)[0].kind not in ("triangle", "quad"):
        return None
    points = np.concatenate([block.points for block in regions(field_blocks)])
    size = np.ptp(points, axis=0)
    return (0, 2) if size[1] <= size[2] else (0, 1)


def looks(values: Array) -> tuple[str, float, float]:
    """Colour map and range: about zero where there are both signs."""
    known = values[np.isfinite(values)]
    ends = np.array([known.min(), known.max()] if len(known) else [0.0, 0.0])
    low, high = np.where(is_noise(ends, 1e3 * ends), 0.0, ends).tolist()
    if low < 0 < high:
        return "RdBu_r", -max(-low, high), max(-low, high)
    return "viridis", low, high if high > low else low + (abs(low) or 1.0)


def thinned(points: Array, size: Array, number: int) -> Array:
    """Numbers of points about evenly spread, `number` of them along the longest of `size` (3,)."""
    cell = size.max() / number
    _, first = np.unique(np.floor((points - points.min(0)) / cell).astype(int), axis=0, return_index=True)
    return first


def map_figure(field_blocks: Sequence[Block], field: str | None = None, *, title: str = "") -> Figure:
    """One field of a 2D device; each region has colours of its own, so that a jump stays a jump."""
    axes = flat_axes(field_blocks)
    assert axes is not None
    what = shown(field_blocks, field)
    points = NANO * np.concatenate([block.points for block in regions(field_blocks)])[:, list(axes)]
    width, height = np.ptp(points, axis=0)
    equal = 0.25 < height / width < 4
    figure = canvas(8.6, float(np.clip(6.2 * height / width, 2.4, 6.2)) + 1.4 if equal else 4.2)
    ax = figure.subplots()
    _colours(figure, ax, field_blocks, what=what, axes=axes)
    names = _arrows(ax, field_blocks, axes)
    ax.set_aspect("equal" if equal else "auto")
    ax.set_xlabel(f"{'xyz'[axes[0]]} [nm]")
    ax.set_ylabel(f"{'xyz'[axes[1]]} [nm]")
    if names:
        ax.legend(handles=names, loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False)
    if title:
        give_title(figure, title)
    return figure


def _colours(figure: Figure, ax: Axes, field_blocks: Sequence[Block], *, what: Shown, axes: tuple[int, int]) -> None:
    factor, unit = prefixed(what.all, what.unit)
    cmap, low, high = looks(what.all)
    norm = Normalize(low * factor, high * factor)
    drawn = ScalarMappable(norm, cmap)
    for block in field_blocks:
        x = NANO * block.points[:, axes[0]]
        y = NANO * block.points[:, axes[1]]
        values = what.values.get(block.name)
        if block.group == INTERFACES:
            if values is not None:  # a line in colours
                ends = np.stack([x, y], -1)[block.cells]
                colours = drawn.to_rgba(factor * values[block.cells].mean(1))
                ax.add_collection(LineCollection(list(ends), colors=colours, linewidths=5, zorder=3))
            continue
        mesh = Triangulation(x, y, simplices(block.cells, block.kind))
        if values is not None:
            ax.tripcolor(mesh, values * factor, shading="gouraud", cmap=cmap, norm=norm, rasterized=True)
        else:
            ax.tripcolor(mesh, 0 * x, cmap=ListedColormap([GREY]), rasterized=True)
        for edge in _outline(mesh.triangles):
            ax.plot(x[edge], y[edge], color="#444444", linewidth=0.7)
        middle = np.argmin(np.hypot(x - np.mean(x), y - np.mean(y)))
        name = ax.annotate(block.name, (x[middle], y[middle]), ha="center", va="center", fontsize=9, bbox=PLATE)
        name.set_parse_math(False)
    figure.colorbar(drawn, ax=ax, label=what.printed(unit))


def _outline(triangles: Array) -> Array:
    """Edges (2, k) of one triangle only."""
    edges = np.sort(triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    edges, count = np.unique(edges, axis=0, return_counts=True)
    return edges[count == 1]


def largest_current(field_blocks: Sequence[Block]) -> float:
    """The largest charge current density of a device [A/m^2]; 1 where there is none."""
    return max(float(np.linalg.norm(block.data["J_c"], axis=1).max()) for block in regions(field_blocks)) or 1.0


def in_turn(some: Array, m: Array, current: Array) -> list[tuple[str, str, Array, Array]]:
    """Name, colour, points and vectors (k, 3) of the arrows of a region at its points `some`.

    m (n, 3), and the charge current (n, 3) over the device's largest where it is seen; if both, in turn.
    """
    kinds = [("m", M_COLOR, m[some]), (CURRENT, CURRENT_COLOR, current[some])]
    there = [kind for kind in kinds if np.abs(kind[2]).max(initial=0.0) > SEEN]
    step = len(there)
    return [(name, color, some[k::step], vectors[k::step]) for k, (name, color, vectors) in enumerate(there)]


def _arrows(ax: Axes, field_blocks: Sequence[Block], axes: tuple[int, int]) -> list[Artist]:
    """In-plane m and charge current, the latter longer where it is stronger."""
    size = np.ptp(np.concatenate([block.points for block in regions(field_blocks)]), axis=0)
    largest = largest_current(field_blocks)
    handles: dict[str, Artist] = {}
    for block in regions(field_blocks):
        some = thinned(block.points, size, ARROWS)
        for name, color, places, vectors in in_turn(some, block.data["m"], block.data["J_c"] / largest):
            x, y = (NANO * block.points[places, axis] for axis in axes)
            handles[name] = ax.quiver(
                x, y, *vectors[:, list(axes)].T, color=color, pivot="mid", scale=1.1 * ARROWS, width=0.003, label=name
            )
    return list(handles.values())
