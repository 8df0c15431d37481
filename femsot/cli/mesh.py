"""The command for ready meshes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from femsot.base.errors import Checks, InputError

from .app import Json, app, console_for, told


@app.command()
def mesh(
    name: Annotated[str | None, typer.Argument(help="A ready device, such as strip_dot; left out: all names.")] = None,
    *,
    size: Annotated[str | None, typer.Option(help='Size of the cells in the plane, such as "2 nm".')] = None,
    dimensions: Annotated[
        list[str] | None, typer.Option("--set", help='Another dimension, such as diameter="40 nm"; repeatable.')
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help=".msh, .vtu, .vtk or .xdmf; default: NAME.msh.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the mesh of a ready device, at any resolution; without NAME list them.

    Example: `femsot mesh strip_dot --size "2 nm" --set diameter="40 nm" -o x.msh`
    """
    with told():
        from femsot.model.mesh import READY, ready, write

        if name is None:
            _list(READY, as_json)
            return
        grid = ready(name, **_lengths(size, dimensions or []))
        path = output or Path(f"{name}.msh")
        write(grid, path)
        contents = {
            "file": str(path),
            "kind": grid.kind,
            "points": len(grid.points),
            "cells": {region: len(cells) for region, cells in grid.regions.items()},
            "contacts": list(grid.faces),
            "interfaces": ["|".join(pair) for pair in grid.interfaces()],
        }
        if as_json:
            typer.echo(json.dumps(contents))
            return
        cells = ", ".join(f"{region} ({count} cells)" for region, count in contents["cells"].items())  # type: ignore[attr-defined]
        typer.echo(f"regions: {cells}\ncontacts: {', '.join(grid.faces)}\nwrote {path}: {grid.kind}, lengths in nm")


def _lengths(size: str | None, dimensions: list[str]) -> dict[str, float]:
    """Lengths with units by name [m]; every fault in one InputError."""
    from femsot.base.units import Quantity

    texts = {} if size is None else {"size": size}
    checks = Checks("mesh")
    for text in dimensions:
        key, _, value = text.partition("=")
        if key in texts:
            checks.fail(key, f"given twice: {texts[key]!r} and {value!r}")
        texts[key] = value
    lengths = {}
    for key, value in texts.items():
        try:
            lengths[key] = float(Quantity("m").read(value))
        except InputError as error:
            checks.include(key, error)
    checks.done()
    return lengths


def _list(devices: Any, as_json: bool) -> None:
    """Names, dimensions with defaults, regions and contacts."""
    if as_json:
        typer.echo(
            json.dumps({name: {"description": d.description, "sizes": dict(d.sizes)} for name, d in devices.items()})
        )
        return
    table = Table("name", "what it is", "dimensions and defaults, nm", title="ready meshes", show_lines=True)
    for name, device in devices.items():
        sizes = ", ".join(f"{key} {value * 1e9:g}" for key, value in device.sizes.items())
        table.add_row(name, device.description, sizes)
    console_for().print(table)
