"""The command scan: resistances while magnetizations turn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
from rich.table import Table

from .app import Directory, File, Json, app, console_for, told

if TYPE_CHECKING:
    from femsot.io.config import Job
    from femsot.studies.scan import Scan

COLUMNS = (
    *("plane", "angle [deg]", "rho_xx [ohm m]", "rho_xy [ohm m]", "sheet_resistance [ohm]"),
    "resistance_area [ohm m^2]",
)


@app.command()
def scan(  # noqa: PLR0913 -- options of a command
    file: File,
    *,
    plane: Annotated[str, typer.Option(help="'alpha', 'beta', 'gamma' or 'all'.")] = "all",
    points: Annotated[int, typer.Option(help="Angles from 0 to 360 degrees.")] = 73,
    layer: Annotated[
        list[str] | None, typer.Option(help="A magnet that turns, default: all; may be repeated.", show_default=False)
    ] = None,
    output: Directory = None,
    as_json: Json = False,
) -> None:
    """Turn the magnetizations of a stack and write scan.csv, scan.json and scan.png: GMR, AMR, SMR, planar Hall.

    alpha: in the film, from E. beta: across E, from z. gamma: from z towards E.

    Example: `femsot scan stack.toml --plane beta`
    """
    with told():
        from femsot.base.files import write_csv, write_json
        from femsot.io.config import read_job
        from femsot.plot.canvas import save
        from femsot.plot.scan import scan_figure
        from femsot.studies.scan import PLANES
        from femsot.studies.scan import scan as turn

        job = read_job(file)
        scanned = turn(job.stack, tuple(PLANES) if plane == "all" else (plane,), points=points, layers=layer)
        directory = output or Path(job.output.directory)
        directory.mkdir(parents=True, exist_ok=True)
        write_csv(directory / "scan.csv", COLUMNS, _rows(scanned))
        summary = _summary(job, scanned)
        write_json(summary, directory / "scan.json")
        save(scan_figure(scanned, job.title), directory / "scan.png")
        if as_json:
            typer.echo(json.dumps(summary, allow_nan=False))
            return
        console_for().print(_table(scanned))
        typer.echo("wrote " + ", ".join(str(directory / f"scan.{ending}") for ending in ("csv", "json", "png")))


def _rows(scanned: Scan) -> list[list[Any]]:
    """One row for each plane and angle."""
    rows = []
    for i, plane in enumerate(scanned.planes):
        for j, angle in enumerate(np.degrees(scanned.angles)):
            area = "" if scanned.resistance_area is None else float(scanned.resistance_area[i, j])
            numbers = (scanned.rho_xx, scanned.rho_xy, scanned.sheet_resistance)
            rows.append([plane, float(angle), *(float(values[i, j]) for values in numbers), area])
    return rows


def _summary(job: Job, scanned: Scan) -> dict[str, Any]:
    from femsot.model.record import resolved
    from femsot.version import __version__

    return {
        "femsot": __version__,
        "title": job.title,
        "input": resolved(job.given),
        "turned": list(scanned.turned),
        "fixed": list(scanned.fixed),
        "ratios": dict(scanned.ratios),
    }


def _table(scanned: Scan) -> Table:
    table = Table("ratio", "value")
    for name, value in scanned.ratios.items():
        if value is not None:
            table.add_row(name, f"{value:.4e}")
    return table
