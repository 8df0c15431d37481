"""The command on a two-dimensional Rashba gas."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from .app import Directory, Json, app, console_for, told


@app.command()
def rashba2d(
    file: Annotated[Path, typer.Argument(help="TOML file with a [model].", metavar="FILE", readable=False)],
    *,
    output: Directory = None,
    as_json: Json = False,
) -> None:
    """Spin response, conductivity and torque of a disordered 2D Rashba ferromagnet, with a sweep if the file has one.

    Writes rashba2d.json and rashba2d.csv into [output].directory (or --output), and rashba2d.png where the file asks
    for it.

    Example: `femsot rashba2d examples/veneri22_fig3.toml --output out`
    """
    with told():
        from femsot.base.files import write_json
        from femsot.io.config import read_rashba2d
        from femsot.plot.canvas import save
        from femsot.plot.rashba2d import figure, record, table, write_csv
        from femsot.scattering.rashba2d import response

        job = read_rashba2d(file)
        result = record(job, response(job.gas))
        directory = output or Path(job.output.directory)
        written = [directory / "rashba2d.json", directory / "rashba2d.csv"]
        write_json(result, written[0])
        write_csv(result, written[1])
        if job.output.plot:
            written.append(directory / "rashba2d.png")
            save(figure(result), written[-1])
        if as_json:
            typer.echo(json.dumps(result, allow_nan=False))
            return
        console_for().print(table(result))
        typer.echo("wrote " + ", ".join(str(path) for path in written))
