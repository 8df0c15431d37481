"""What all figures share: a canvas without a window, titles and legends that fit it, and files written whole."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from femsot.base.errors import Fault, InputError
from femsot.base.files import replacing

# colour-blind safe (Okabe and Ito)
MAGNETS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000")
MARKS = ("o", "s", "^", "D", "v", "P", "X")
MARGIN = 0.12  #: kept free at the left and at the right of a title or legend [inches]
TITLE_LINES = 5


def canvas(width: float, height: float) -> Figure:
    """An empty figure, [inches]."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def plain(text: Any) -> str:
    """A user's words as they are: no mathematics between dollar signs."""
    return str(text).replace("$", r"\$")


def save(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Writes the figure in the format of the file's ending (png, pdf, svg), whole or not at all."""
    known = figure.canvas.get_supported_filetypes()
    ending = Path(path).suffix.lower().removeprefix(".")
    if ending not in known:
        raise InputError(Fault(str(path), "no known picture format", ", ".join("." + name for name in sorted(known))))
    # 42: text in a pdf stays text, as publishers ask
    with mpl.rc_context({"pdf.fonttype": 42, "svg.fonttype": "none"}), replacing(path) as part:
        figure.savefig(part, dpi=200, format=ending)


def width_of(figure: Figure, text: str, size: float) -> float:
    """Printed width of one line of text [inches]."""
    renderer: Any = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    return float(renderer.get_text_width_height_descent(text, FontProperties(size=size), False)[0]) / figure.dpi


def give_title(figure: Figure, text: str, size: float = 11) -> None:
    """A title in as many lines as it takes to fit; the figure grows with them."""
    room = figure.get_figwidth() - 2 * MARGIN
    lines: list[str] = []
    for line in text.split("\n"):
        lines += _wrapped(figure, line, size=size, room=room)
    figure.suptitle("\n".join(lines), fontsize=size).set_parse_math(False)
    figure.set_figheight(figure.get_figheight() + 0.018 * size * (len(lines) - 1))


def _wrapped(figure: Figure, line: str, *, size: float, room: float) -> list[str]:
    """The fewest lines, each of about the same length."""
    for count in range(1, TITLE_LINES + 1):
        most = max(-(-len(line) // count) + 8 * (count > 1), 8)
        title_lines = textwrap.wrap(line, most, max_lines=TITLE_LINES, placeholder=" …")
        if all(width_of(figure, part, size) <= room for part in title_lines):
            return title_lines
    most = int(len(line) * room / width_of(figure, line, size))
    return textwrap.wrap(line, max(most, 8), max_lines=TITLE_LINES, placeholder=" …")


def legend_below(figure: Figure, handles: Sequence[Any], names: Sequence[str], *, columns: int, **look: Any) -> None:
    """A legend under the panels, in as many columns as fit side by side; the figure grows with its rows."""
    room = (figure.get_figwidth() - 2 * MARGIN) * figure.dpi
    for count in range(min(columns, len(handles)), 0, -1):
        legend = figure.legend(handles, names, loc="outside lower center", ncols=count, frameon=False, **look)
        if count == 1 or legend.get_window_extent().width <= room:
            figure.set_figheight(figure.get_figheight() + 0.19 * (-(-len(handles) // count) - 1))
            return
        legend.remove()
