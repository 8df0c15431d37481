"""Commands on a file of a stack: run, check, sweep, plot."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ..checks import InputError
from .app import Directory, File, Json, Method, app, console_for, told


@app.command()
def run(file: File, *, output: Directory = None, method: Method = None, as_json: Json = False) -> None:
    """Solve a stack, write its result, print the torques and the angular-momentum budget.

    Writes result.json into [output].directory (or --output), and profiles.csv, stack.vtu and pictures where the file
    asks for them.

    Example: `femsot run examples/orbital_trilayer.toml --output out`
    """
    with told():
        from ..config import read_job
        from ..output.files import write_pictures, write_result
        from ..output.tables import budget_table, torque_table
        from ..run import solve

        job = read_job(file)
        directory = output or Path(job.output.directory)
        result = solve(job.stack, method=method).to_dict()
        written = write_result(result, directory, profiles=job.output.profiles == "csv", vtu=job.output.vtu)
        if job.output.plot:
            written += write_pictures(result, directory)[0]
        if as_json:
            typer.echo(json.dumps(result, allow_nan=False))
            return
        console = console_for()
        console.print(torque_table(result), budget_table(result))
        typer.echo("wrote " + ", ".join(str(path) for path in written))
        if job.sweep is not None:
            typer.echo(f"[sweep] is not part of a run: femsot sweep {file}")


@app.command()
def check(file: File, *, as_json: Json = False) -> None:
    """Read a file and report everything that is wrong with it at once; solve nothing.

    Example: `femsot check stack.toml`
    """
    with told():
        from ..config import read_job
        from ..run import model_warnings

        try:
            job = read_job(file)
        except InputError as error:
            if as_json:
                typer.echo(json.dumps({"file": str(file), "faults": error.faults, "warnings": []}))
                raise typer.Exit(2) from None
            raise
        found = model_warnings(job.stack, job.stack.closure)
        if as_json:
            typer.echo(json.dumps({"file": str(file), "faults": [], "warnings": found}))
            return
        layers = " | ".join(layer.name for layer in job.stack.layers)
        points = "" if job.sweep is None else f", sweep of {' x '.join(str(n) for n in job.sweep.shape)} points"
        typer.echo(f"{file}: good: {layers}{points}")
        for text in found:
            typer.echo(f"warning: {text}")


@app.command()
def sweep(
    file: File,
    *,
    output: Directory = None,
    method: Method = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes that solve parts of the grid.")] = 1,
    as_json: Json = False,
) -> None:
    """Solve every point of a file's [sweep] and write sweep.csv, sweep.json and, if asked for, sweep.png.

    Parts that are solved stay on disk until the end: the same command goes on where it was interrupted.

    Example: `femsot sweep examples/orbital_trilayer.toml --workers 2`
    """
    with told():
        from ..config import read_job
        from ..output.canvas import save
        from ..output.sweep_plot import sweep_figure
        from ..sweep import run_sweep

        job = read_job(file)
        if job.sweep is None:
            raise InputError(f"{file}: sweep: missing, required by femsot sweep: one or more fields by dotted path")
        directory, total = output or Path(job.output.directory), 1
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
    as_json: Json = False,
) -> None:
    """Draw a result: profiles.png and budget.png, view.png where 3D rendering works; or sweep.png.

    Example: `femsot plot out/result.json`
    """
    with told():
        from ..output.canvas import save
        from ..output.files import write_pictures
        from ..output.sweep_plot import sweep_figure
        from ..output.tables import is_sweep, read_result, read_sweep

        directory, message = output or result.parent, None
        if is_sweep(result):
            written = [directory / "sweep.png"]
            save(sweep_figure(read_sweep(result)), written[0])
        else:
            written, message = write_pictures(read_result(result), directory, view=True)
        if as_json:
            typer.echo(json.dumps({"files": [str(path) for path in written], "message": message}))
            return
        typer.echo("wrote " + ", ".join(str(path) for path in written))
        if message:
            typer.echo(message)
