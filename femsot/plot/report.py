"""A result as one HTML page that needs no network: tables, pictures, parameters, and a device as a view that turns."""

from __future__ import annotations

import base64
import io
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from rich.table import Table
from rich.text import Text

from femsot.base.files import replacing
from femsot.base.units import parameters
from femsot.interfaces import LAWS
from femsot.io.blocks import Block
from femsot.io.result import Result
from femsot.materials.records import KINDS
from femsot.model.boundaries import BOUNDARIES
from femsot.model.device import Device, Region, Terminal
from femsot.model.stack import Layer, Stack
from femsot.model.texture import FORMS

from .device_tables import device_tables, regions_table
from .line import along_line, between, middle_line
from .maps import flat_axes, map_figure
from .profiles import budget_figure, profiles_figure
from .tables import budget_rows, budget_table, torque_table

RECORDS: tuple[Callable[..., Any], ...] = (
    *KINDS.values(), *LAWS.values(), *BOUNDARIES.values(), *FORMS.values(), Layer, Stack, Region, Terminal, Device
)  # fmt: skip
LONGEST = 120  #: characters of a value
VIEWER = """<figure id="viewer">
<p><label>field <select></select></label> <label>apart <input type="range" min="0" max="1" step="0.01" value="0.5">
</label> drag: turn, wheel: zoom</p>
<canvas></canvas>
<figcaption><span></span><span class="bar"></span><span></span></figcaption>
</figure>"""


def write_report(
    result: Result, path: str | os.PathLike[str], *, fields: Sequence[Block] = (), field: str | None = None
) -> None:
    """Writes the page, whole or not at all.

    `fields`: the blocks of a device, for its profiles and its view; `field`: what is shown of them first.
    """
    with replacing(path) as part:
        part.write_text(page(result, fields=fields, field=field), encoding="utf-8")


def page(result: Result, *, fields: Sequence[Block] = (), field: str | None = None) -> str:
    """The page's text."""
    sections = [
        ("Torques", html_table(torque_table(result))),
        ("Contacts and interfaces", "".join(map(html_table, device_tables(result)))),
        ("Device", "".join(_device(fields, field))),
        ("Profiles", _profiles(result, fields)),
        ("Spin budget", _budget(result)),
        ("Regions", html_table(regions_table(result)) if result.get("regions") else ""),
        ("Parameters", "".join(html_table(table) for table in parameter_tables(result))),
    ]
    body = "\n".join(f"<h2>{name}</h2>\n{content}" for name, content in sections if content)
    title = escape(str(result.get("title") or "femsot result"))
    written_by = escape(f"femsot {result.get('femsot')}, SI units; potentials in V, torques in charge units")
    return Template(_file("report.html")).substitute(title=title, made=written_by, body=body)


def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _device(fields: Sequence[Block], field: str | None) -> Iterator[str]:
    """A map in 2D; in 3D the canvas, its data and its program."""
    if not fields:
        return
    if flat_axes(fields):
        yield picture(map_figure(fields, field), "map")
        return
    from .scene import stretched, told
    from .surface import viewer_data

    data = json.dumps(viewer_data(fields, field)).replace("<", "\\u003c")
    note = f'<p class="note">{told(stretched(fields))}</p>' if max(stretched(fields)) > 1 else ""
    yield f'{VIEWER}{note}\n<script type="application/json" id="device">{data}</script>\n'
    yield f"<script>{_file('viewer.js')}</script>"


def _profiles(result: Result, fields: Sequence[Block]) -> str:
    if fields:
        ends = middle_line(fields)
        figure = profiles_figure(along_line(fields, ends), distance="distance along the line")
        slopes = ": slopes of the potentials, first order in the cells' size" if _first_order(result) else ""
        return (
            f'{picture(figure, "profiles")}<p class="note">From {between(ends)}; currents along the line{slopes}.</p>'
        )
    if not (result.get("profiles") or {}).get("z"):
        return ""
    return picture(profiles_figure({**result, "title": ""}), "profiles")


def _first_order(result: Result) -> bool:
    return result["report"].get("order") == 1


def _budget(result: Result) -> str:
    if not budget_rows(result):
        return ""
    return picture(budget_figure({**result, "title": ""}), "spin budget") + html_table(budget_table(result))


def picture(figure: Figure, name: str) -> str:
    """A figure within the page."""
    drawn = io.BytesIO()
    with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "femsot"}):
        figure.savefig(drawn, format="svg", dpi=150, metadata={"Date": None})
    data = base64.b64encode(drawn.getvalue()).decode()
    return f'<p><img alt="{escape(name)}" src="data:image/svg+xml;base64,{data}"></p>'


def html_table(table: Table | Text) -> str:
    """A table of the terminal as HTML; lines below it become a note, warnings stand out."""
    if isinstance(table, Text):
        return _note(table)
    classes = ["number" if column.justify == "right" else "text" for column in table.columns]
    heads = [_plain(column.header) for column in table.columns]
    rows = zip(*([_plain(cell) for cell in column.cells] for column in table.columns), strict=True)
    lines = [f"<tr>{_cells('th', heads, classes)}</tr>", *(f"<tr>{_cells('td', row, classes)}</tr>" for row in rows)]
    caption = f"<caption>{_plain(table.title)}</caption>" if table.title else ""
    return f'<div class="wide"><table>{caption}{"".join(lines)}</table></div>{_note(table.caption)}'


def _cells(tag: str, texts: Sequence[str], classes: Sequence[str]) -> str:
    return "".join(f'<{tag} class="{kind}">{text}</{tag}>' for text, kind in zip(texts, classes, strict=True))


def _plain(text: Any) -> str:
    return escape(text.plain if isinstance(text, Text) else Text.from_markup(str(text)).plain)


def _note(text: Any) -> str:
    if not text:
        return ""
    lines = _plain(text).split("\n")
    marked = [f'<span class="warning">{x}</span>' if x.startswith("warning:") else x for x in lines]
    return f'<p class="note">{"<br>".join(marked)}</p>'


def parameter_tables(result: Result) -> Iterator[Table]:
    """The input as it was solved, a table for each of its sections, SI."""
    source = result.get("input") or {}
    single = {
        name: value for name, value in source.items() if not isinstance(value, list | Mapping) and name != "title"
    }
    sections = {name: value for name, value in source.items() if isinstance(value, list | Mapping) and value}
    for name, content in ({"solve": single} | sections).items():
        rows = [row for row in _flat("", content) if row[1] not in (None, "")]
        if rows:
            table = Table("field", title=Text(name))
            table.add_column("value", justify="right")
            table.add_column("unit")
            for key, value in rows:
                table.add_row(Text(key), Text(_value(value)), Text(_unit(name, key, value)))
            yield table


def _flat(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Nested records as dotted names; records in a list by their own name."""
    if isinstance(value, list) and value and all(isinstance(x, Mapping) for x in value):
        value = {str(x.get("name", i)): {k: v for k, v in x.items() if k != "name"} for i, x in enumerate(value)}
    if not isinstance(value, Mapping):
        yield name, value
        return
    for key, inner in value.items():
        yield from _flat(f"{name}.{key}" if name else str(key), inner)


def _value(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    if isinstance(value, float):
        text = f"{value:.12g}"
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 2]} …"


def _unit(section: str, name: str, value: Any) -> str:
    """The unit of the field, whichever record has it; the sizes of a ready mesh are lengths."""
    if isinstance(value, str | bool) and value != "inf":
        return ""
    if section == "mesh" and isinstance(value, float):
        return "m"
    field = name.rpartition(".")[2] if "magnetization_rate" not in name else ""
    fields = [parameters(record).get(field) for record in RECORDS]
    quantities = [parameter.quantity for parameter in fields if parameter is not None]
    return next((quantity.unit for quantity in quantities if quantity), "1/s" if "magnetization_rate" in name else "")
