"""The command `femsot`. Exit codes: 0 good, 1 a solve failed, 2 bad input."""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from .checks import InputError, PhysicsWarning
from .fields import SolveError
from .version import __version__

app = typer.Typer(
    name="femsot",
    help="Spin-orbit and orbital torques in magnetic multilayers by charge, spin and orbital drift-diffusion.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
File = Annotated[Path, typer.Argument(help="TOML file of a stack.", metavar="FILE", show_default=False, readable=False)]
Json = Annotated[bool, typer.Option("--json", help="Print the numbers as JSON instead of tables.")]
Directory = Annotated[Path | None, typer.Option("--output", "-o", help="Directory to write into.", show_default=False)]
Method = Annotated[str | None, typer.Option(help="'exact' or 'fem'; default: as the file says.", show_default=False)]


def main() -> None:
    app()


@contextmanager
def _told() -> Iterator[None]:
    """Errors of the user and of the solver as one clear message; physics warnings stand in the result."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PhysicsWarning)
            yield
    except InputError as error:
        for fault in error.faults:
            typer.echo(f"femsot: {fault}", err=True)
        raise typer.Exit(2) from None
    except SolveError as error:
        typer.echo(f"femsot: {error}", err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        typer.echo(
            "femsot: stopped; what a sweep has solved is kept, and the same command goes on from there", err=True
        )
        raise typer.Exit(130) from None


def _console() -> Console:
    """Tables are never squeezed below readability when the output is no terminal."""
    return Console() if sys.stdout.isatty() else Console(width=120)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"femsot {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    pass


@app.command()
def run(file: File, *, output: Directory = None, method: Method = None, as_json: Json = False) -> None:
    """Solve a stack, write its result, print the torques and the angular-momentum budget.

    Writes result.json into [output].directory (or --output), and profiles.csv, stack.vtu and pictures where the file
    asks for them.

    Example: `femsot run examples/orbital_trilayer.toml --output out`
    """
    with _told():
        from .config import read_job
        from .output.files import write_pictures, write_result
        from .output.tables import budget_table, torque_table
        from .run import solve

        job = read_job(file)
        directory = output or Path(job.output.directory)
        result = solve(job.stack, method=method).to_dict()
        written = write_result(result, directory, profiles=job.output.profiles == "csv", vtu=job.output.vtu)
        if job.output.plot:
            written += write_pictures(result, directory)[0]
        if as_json:
            typer.echo(json.dumps(result, allow_nan=False))
            return
        console = _console()
        console.print(torque_table(result), budget_table(result))
        typer.echo("wrote " + ", ".join(str(path) for path in written))
        if job.sweep is not None:
            typer.echo(f"[sweep] is not part of a run: femsot sweep {file}")


@app.command()
def check(file: File, *, as_json: Json = False) -> None:
    """Read a file and report everything that is wrong with it at once; solve nothing.

    Example: `femsot check stack.toml`
    """
    with _told():
        from .config import read_job
        from .run import model_warnings

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
    with _told():
        from .config import read_job
        from .output.canvas import save
        from .output.sweep_plot import sweep_figure
        from .sweep import run_sweep

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
    with _told():
        from .output.canvas import save
        from .output.files import write_pictures
        from .output.sweep_plot import sweep_figure
        from .output.tables import is_sweep, read_result, read_sweep

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


@app.command()
def scatter(
    file: Annotated[Path, typer.Argument(help="TOML file with an [interface].", metavar="FILE", readable=False)],
    *,
    output: Annotated[Path, typer.Option("--output", "-o", help="The .npz to write.")] = Path("tensors.npz"),
    as_json: Json = False,
) -> None:
    """From an interface's Hamiltonian to its circuit-theory, conductivity and torkivity tensors.

    Writes them as .npz for `law = "scattering"` with `file`, and prints conductances and the torkivity by mechanism.

    Example: `femsot scatter examples/interface.toml -o tensors.npz`
    """
    with _told():
        from .config import read_interface
        from .output.result import replacing
        from .output.scattering import conductance_table, summary, torkivity_table
        from .scattering.tensors import tensors

        hamiltonian = read_interface(file)
        made = tensors(hamiltonian)
        found = summary(hamiltonian, made)
        with replacing(output) as part:
            made.save(part)
        if as_json:
            typer.echo(json.dumps(found, allow_nan=False))
            return
        _console().print(conductance_table(found), torkivity_table(found))
        typer.echo(f"wrote {output}")


@app.command()
def materials(
    name: Annotated[str | None, typer.Argument(help="A material, such as Pt; left out: all names.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """The library of published materials: every number with unit, temperature and source.

    Example: `femsot materials Pt`
    """
    with _told():
        from .materials import library_entry, library_names

        if name is None:
            entries = {known: library_entry(known) for known in library_names()}
            if as_json:
                typer.echo(json.dumps(entries))
                return
            table = Table("name", "kind", "description", title="materials")
            for known, entry in entries.items():
                table.add_row(known, entry["kind"], entry.get("description", ""))
            _console().print(table)
            return
        entry = library_entry(name)
        if as_json:
            typer.echo(json.dumps(entry))
            return
        _console().print(_material_table(name, entry))
        if "left_out" in entry:
            typer.echo(f"Left out: {entry['left_out']}")


def _material_table(name: str, entry: dict[str, Any]) -> Table:
    table = Table(title=f"{name}: {entry.get('description', '')} ({entry['kind']})", show_lines=True)
    table.add_column("field", no_wrap=True)
    table.add_column("value", no_wrap=True)
    table.add_column("T", no_wrap=True)
    table.add_column("source and note", ratio=1)
    for field, item in entry.items():
        if isinstance(item, dict):
            unit = "" if item["unit"] == "1" else f" {item['unit']}"
            kelvin = f"{item['temperature']:g} K" if "temperature" in item else "-"
            note = f"\n{item['note']}" if item.get("note") else ""
            table.add_row(field, f"{item['value']:.4g}{unit}", kelvin, item["source"] + note)
    return table


@app.command()
def schema() -> None:
    """Print the JSON schema of a stack file.

    Example: `femsot schema > femsot.schema.json`
    """
    from .config import schema as made

    typer.echo(json.dumps(made(), indent=2))
