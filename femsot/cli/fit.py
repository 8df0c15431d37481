"""The command that fits parameters of a stack to measured series."""

from __future__ import annotations

import json
from pathlib import Path

import typer

from .app import Directory, File, Json, app, console_for, told


@app.command()
def fit(file: File, *, output: Directory = None, as_json: Json = False) -> None:
    """Fit parameters of a stack to measured series, and say what the data leave undetermined.

    Writes fit.json and fit.png into --output (default: out).

    Example: `femsot fit examples/fit_thickness.toml`
    """
    with told():
        from femsot.base.files import write_json
        from femsot.io.config import read_fit
        from femsot.io.fit import fit_record
        from femsot.plot.canvas import save
        from femsot.plot.fit import fit_figure, fit_table
        from femsot.studies.fit import fit_parameters

        result = fit_parameters(read_fit(file))
        record = fit_record(result)
        written = [(output or Path("out")) / name for name in ("fit.json", "fit.png")]
        write_json(record, written[0])
        save(fit_figure(result), written[1])
        if as_json:
            typer.echo(json.dumps(record, allow_nan=False))
            return
        console_for().print(fit_table(result))
        for sentence in (*result.undetermined, *result.cautions):
            typer.echo(sentence)
        if result.chi2_reduced is not None:
            typer.echo(f"reduced chi^2 {result.chi2_reduced:.3g}")
        typer.echo("wrote " + ", ".join(str(path) for path in written))
