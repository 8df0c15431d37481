"""The command run: one stack or one device, solved and written."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from .app import Directory, File, Json, Method, app, console_for, refuse_for, told

if TYPE_CHECKING:
    from femsot.io.config import Job

Solver = Annotated[
    str | None,
    typer.Option(help="For a device: 'auto', 'direct', 'krylov', 'pardiso', 'petsc'.", show_default=False),
]


@app.command()
def run(
    file: File,
    *,
    output: Directory = None,
    method: Method = None,
    solver: Solver = None,
    as_json: Json = False,
) -> None:
    """Solve a stack or a device, write its result, print torques, contacts and the angular-momentum budget.

    Writes result.json into [output].directory (or --output), and tables, fields for ParaView, OVF and pictures where
    the file asks for them. A device on several processes: `mpirun -n 2 femsot run device.toml --solver petsc`.

    Example: `femsot run examples/orbital_trilayer.toml --output out`
    """
    with told():
        from femsot.io.config import read_job

        job = read_job(file)
        directory = output or Path(job.output.directory)
        if job.device is None:
            refuse_for(file, solver=solver)
            outcome: Found | None = _stack(job, directory, method)
        else:
            refuse_for(file, "a device", method=None if method == "fem" else method)
            outcome = _device(job, directory, solver=solver or "auto")
        if outcome is None:  # another process writes and prints
            return
        result, written, message = outcome
        if as_json:
            typer.echo(json.dumps(result, allow_nan=False))
            return
        _print(result)
        typer.echo("wrote " + ", ".join(str(path) for path in written))
        if message:
            typer.echo(message)
        if job.sweep is not None:
            typer.echo(f"[sweep] is not part of a run: femsot sweep {file}")


Found = tuple[dict[str, Any], list[Path], str | None]


def _stack(job: Job, directory: Path, method: str | None) -> Found:
    from femsot.plot.files import write_pictures, write_result
    from femsot.studies.solve import solve

    result = solve(job.stack, method=method).to_dict()
    written = write_result(result, directory, profiles=job.output.profiles == "csv", vtu=job.output.vtu)
    if job.output.plot:
        written += write_pictures(result, directory)[0]
    return result, written, None


def _device(job: Job, directory: Path, *, solver: str) -> Found | None:
    from femsot.plot.files import write_device_result
    from femsot.studies.device import solve_device

    assert job.device is not None
    with _shown() as progress:
        solution = solve_device(job.device, order=job.order, solver=solver, progress=progress)
    if solver == "petsc":
        from femsot.solvers.fem.petsc import rank

        if rank() > 0:
            return None
    return (solution.to_dict(), *write_device_result(solution, directory, job.output))


@contextmanager
def _shown() -> Iterator[Callable[[int, float], None]]:
    """A line that tells iteration and residual while a terminal waits; nothing in a pipe."""
    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not sys.stderr.isatty(), transient=True) as progress:
        task = progress.add_task("assembling and solving")

        def tell(iteration: int, residual: float) -> None:
            progress.update(task, description=f"iteration {iteration}, residual {residual:.1e}")

        yield tell


def _print(result: dict[str, Any]) -> None:
    from femsot.plot.device_tables import device_tables
    from femsot.plot.tables import budget_table, torque_table

    console = console_for()
    console.print(torque_table(result, console.width), *device_tables(result), budget_table(result))
