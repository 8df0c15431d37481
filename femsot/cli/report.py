"""The command for a page of a result."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from .app import Field, Json, app, refuse_for, told


@app.command()
def report(
    result: Annotated[Path, typer.Argument(help="result.json of a run.", metavar="RESULT", readable=False)],
    *,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Default: report.html beside RESULT.", show_default=False)
    ] = None,
    field: Field = None,
    as_json: Json = False,
) -> None:
    """Write one HTML page of a result: tables, budget, pictures, and a device as a view that turns.

    It needs no other file and no network.

    Example: `femsot report out/result.json -o report.html`
    """
    with told():
        from femsot.io.files import read_result
        from femsot.plot.files import NO_FIELDS, fields_beside
        from femsot.plot.report import write_report

        record = read_result(result)
        if record.get("layers"):
            refuse_for(result, field=field)
        fields = fields_beside(result, record)
        path = output or result.with_name("report.html")
        write_report(record, path, fields=fields, field=field)
        missing = bool(record.get("regions")) and not fields
        message = NO_FIELDS if missing else None
        if as_json:
            typer.echo(json.dumps({"files": [str(path)], "message": message}))
            return
        typer.echo(f"wrote {path}")
        if message:
            typer.echo(message)
