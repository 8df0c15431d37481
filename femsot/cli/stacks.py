"""Commands on a file of a stack or a device: check, sweep, plot."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from femsot.base.errors import Fault, InputError

from .app import Directory, Field, File, Json, app, console_for, refuse_for, told

if TYPE_CHECKING:
    from femsot.io.config import Job


@app.command()
def check(file: File, *, as_json: Json = False) -> None:
    """Read a file and report everything that is wrong with it at once; solve nothing.

    Of a device it prints the regions, interfaces and contacts, and how large the problem is.

    Example: `femsot check stack.toml`
    """
    with told():
        from femsot.io.config import read_job

        try:
            job = read_job(file)
            if job.device is None and job.stack.method == "boltzmann":
                from femsot.solvers.boltzmann import check as check_kinetic

                check_kinetic(job.stack)
        except InputError as error:
            if as_json:
                typer.echo(json.dumps({"file": str(file), "faults": [str(x) for x in error.faults], "warnings": []}))
                raise typer.Exit(2) from None
            raise
        points = "" if job.sweep is None else f", sweep of {' x '.join(str(n) for n in job.sweep.shape)} points"
        if job.device is not None:
            _check_device(job, points, as_json)
            return
        from femsot.studies.warnings import stack_warnings

        cautions = stack_warnings(job.stack)
        if as_json:
            typer.echo(json.dumps({"file": str(file), "faults": [], "warnings": [str(x) for x in cautions]}))
            return
        layers = " | ".join(layer.name for layer in job.stack.layers)
        typer.echo(f"{file}: good: {layers}{points}")
        for text in cautions:
            typer.echo(f"warning: {text}")


def _check_device(job: Job, points: str, as_json: bool) -> None:
    from femsot.studies.warnings import device_warnings

    from .described import described, tables

    assert job.device is not None
    summary = described(job.device, job.order)
    warned = device_warnings(job.device)
    if as_json:
        typer.echo(json.dumps({"file": str(job.path), "faults": [], "warnings": [str(x) for x in warned], **summary}))
        return
    size = f"{summary['cells']:,} cells, {summary['vertices']:,} vertices, about {summary['unknowns']:,} unknowns"
    typer.echo(f"{job.path}: good: {size} (P{job.order}){points}")
    console_for().print(*tables(summary))
    for text in warned:
        typer.echo(f"warning: {text}")


@app.command()
def sweep(
    file: File,
    *,
    output: Directory = None,
    method: Annotated[
        str | None, typer.Option("--method", "--solver", help="Of a stack its method, of a device its solver.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes that solve parts of the grid.")] = 1,
    as_json: Json = False,
) -> None:
    """Solve every point of a file's [sweep] and write sweep.csv, sweep.json and, if asked for, sweep.png.

    Parts that are solved stay on disk until the end: the same command goes on where it was interrupted.

    Example: `femsot sweep examples/orbital_trilayer.toml --workers 2`
    """
    with told():
        from femsot.io.config import read_job
        from femsot.plot.canvas import save
        from femsot.plot.sweep import sweep_figure
        from femsot.studies.sweep import run_sweep

        job = read_job(file)
        if job.sweep is None:
            raise InputError(
                Fault(str(file), "sweep: missing, required by femsot sweep: one or more fields by dotted path")
            )
        directory = output or Path(job.output.directory)
        total = 1
        for size in job.sweep.shape:
            total *= size
        columns = TextColumn("sweep"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        shown = sys.stderr.isatty()
        with Progress(*columns, console=Console(stderr=True), disable=not shown, transient=True) as progress:
            task = progress.add_task("sweep", total=total)
            result = run_sweep(
                job, directory, method=method, workers=workers, advance=lambda n: progress.advance(task, n)
            )
        names = ["sweep.csv", "sweep.json"]
        if job.output.plot and len(job.sweep.shape) <= 2:
            try:
                save(sweep_figure(result), directory / "sweep.png")
                names.append("sweep.png")
            except InputError as error:  # every torque and resistance undefined: the tables still say so
                typer.echo(f"no sweep.png: {error}", err=True)
        typer.echo(json.dumps(result, allow_nan=False) if as_json else _wrote(total, directory, names))


def _wrote(points: int, directory: Path, names: list[str]) -> str:
    return f"{points} points; wrote " + ", ".join(str(directory / name) for name in names)


@app.command()
def plot(
    result: Annotated[
        Path, typer.Argument(help="result.json of a run, or sweep.json of a sweep.", metavar="RESULT", readable=False)
    ],
    *,
    output: Directory = None,
    field: Field = None,
    line: Annotated[
        str | None,
        typer.Option(help='A device\'s profiles along a line from "x,y,z x,y,z" [nm].', show_default=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """Draw a result: profiles.png and budget.png, view.png where 3D rendering works; or sweep.png.

    Of a device: budget.png, profiles.png along a line, map.png in 2D, view.png and section.png in 3D.

    Example: `femsot plot out/result.json --field mu_s_y --line "0,20,0 60,20,0"`
    """
    with told():
        from femsot.io.files import is_sweep, read_result, read_sweep
        from femsot.plot.canvas import save
        from femsot.plot.sweep import sweep_figure

        directory = output or result.parent
        message = None
        if is_sweep(result):
            refuse_for(result, field=field, line=line)
            written = [directory / "sweep.png"]
            save(sweep_figure(read_sweep(result)), written[0])
        else:
            written, message = _pictures(result, read_result(result), directory, field=field, line=line)
        if as_json:
            typer.echo(json.dumps({"files": [str(path) for path in written], "message": message}))
            return
        typer.echo("wrote " + ", ".join(str(path) for path in written))
        if message:
            typer.echo(message)


def _pictures(
    path: Path, result: dict[str, Any], directory: Path, *, field: str | None, line: str | None
) -> tuple[list[Path], str | None]:
    """Those of a stack or of a device."""
    from femsot.plot.files import Shot, fields_beside, write_device_pictures, write_pictures
    from femsot.plot.line import read_line

    if result.get("layers"):
        refuse_for(path, field=field, line=line)
        return write_pictures(result, directory, view=True)
    shot = Shot(field, None if line is None else read_line(line))
    return write_device_pictures(result, fields_beside(path, result), directory, shot=shot)
