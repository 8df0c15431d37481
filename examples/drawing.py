"""What the examples' pictures share: colour-blind safe colours, lettered panels, one way to write files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from femsot.plot.profiles import MAGNETS, save

BLUE, RED, GREEN, PINK, SKY, ORANGE, BLACK = MAGNETS
#: a family of four curves, light to dark: ordered also in grey
FAMILY = ("#56b4e9", "#009e73", "#d55e00", "#332288")
GREY = "#666666"


def panels(rows: int, columns: int, size: tuple[float, float], **shared: Any) -> tuple[Figure, Any]:
    """A figure of `size` inches and its axes (rows, columns), lettered (a), (b), ... along the rows."""
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False, **shared)
    for letter, ax in zip("abcdefgh", axes.flat, strict=False):
        ax.set_title(f"({letter})", loc="left", fontsize=10, fontweight="bold")
        ax.axhline(0, color="#999999", linewidth=0.6, zorder=0)
        ax.tick_params(direction="in", top=True, right=True)
    return figure, axes


def name(ax: Axes, title: str, *, x: str | None = None, y: str | None = None) -> None:
    """Title and axis labels of one panel."""
    ax.set_title(title, fontsize=10)
    if x:
        ax.set_xlabel(x)
    if y:
        ax.set_ylabel(y)


def write(figures: Mapping[str, Figure], directory: str | Path) -> None:
    """Each figure as <directory>/<name>.png."""
    for stem, figure in figures.items():
        path = Path(directory) / f"{stem}.png"
        save(figure, path)
        print(f"wrote {path}")


def start(main: Callable[[str], None]) -> None:
    """Runs `main` with the output directory of the command line, examples_out if none is given."""
    main(sys.argv[1] if len(sys.argv) > 1 else "examples_out")
