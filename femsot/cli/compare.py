"""The command that solves one stack by several methods."""

from __future__ import annotations

import json
from typing import Annotated, get_args

import typer

from femsot.base.errors import Fault, InputError, did_you_mean

from .app import File, Json, app, console_for, told


@app.command()
def compare(
    file: File,
    *,
    methods: Annotated[str, typer.Option(help="Two or more of exact, fem, boltzmann; the last is the reference.")] = (
        "exact,boltzmann"
    ),
    as_json: Json = False,
) -> None:
    """Solve a stack by several methods and print their torques, currents and resistances side by side.

    Boltzmann's equation says how good drift-diffusion is for this stack.

    Example: `femsot compare examples/boltzmann_pt_co.toml --methods exact,boltzmann`
    """
    with told():
        from femsot.io.config import read_job
        from femsot.plot.compare import compare_table, comparison
        from femsot.studies.solve import solve

        names = _methods(methods)
        job = read_job(file)
        if job.device is not None:
            raise InputError(Fault(str(file), "a device file", "a stack, for femsot compare"))
        results = {name: solve(job.stack, method=name).to_dict() for name in names}
        if as_json:
            reports = {name: result["report"] for name, result in results.items()}
            record = {"file": str(file), "reference": names[-1], "rows": comparison(results), "reports": reports}
            typer.echo(json.dumps(record, allow_nan=False))
            return
        console_for().print(compare_table(results))


def _methods(comma_list: str) -> list[str]:
    from femsot.model.stack import Method

    names = [name.strip() for name in comma_list.split(",")]
    faults = [
        Fault("--methods", "", *did_you_mean(name, get_args(Method)), value=repr(name))
        for name in names
        if name not in get_args(Method)
    ]
    if len(set(names)) < max(2, len(names)):
        allowed = "two or more different methods, as in exact,boltzmann"
        faults.append(Fault("--methods", allowed=allowed, value=repr(comma_list)))
    if faults:
        raise InputError(faults)
    return names
