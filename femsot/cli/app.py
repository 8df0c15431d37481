"""What every command shares: the application, its options, errors as one clear message."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
import typer.core
from rich.console import Console

from femsot.base.errors import Fault, InputError, PhysicsWarning, SolveError
from femsot.version import __version__

ORDER = ("run", "check", "sweep", "compare", "mesh", "scatter", "rashba2d", "plot", "report", "materials", "schema")


class _Ordered(typer.core.TyperGroup):
    """Commands in the order in which they are used."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        return sorted(self.commands, key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))


app = typer.Typer(
    name="femsot",
    cls=_Ordered,
    help="Spin-orbit and orbital torques in magnetic multilayers by charge, spin and orbital drift-diffusion.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
File = Annotated[
    Path, typer.Argument(help="TOML file of a stack or a device.", metavar="FILE", show_default=False, readable=False)
]
Json = Annotated[bool, typer.Option("--json", help="Print the numbers as JSON instead of tables.")]
Directory = Annotated[Path | None, typer.Option("--output", "-o", help="Directory to write into.", show_default=False)]
Method = Annotated[
    str | None, typer.Option(help="'exact', 'fem' or 'boltzmann'; default: as the file says.", show_default=False)
]
Field = Annotated[
    str | None,
    typer.Option(help="What a device's view shows first: phi, mu_s_y, J_c, torque_x, ...", show_default=False),
]


def main() -> None:
    app()


@contextmanager
def told() -> Iterator[None]:
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


def refuse_for(path: Path, what: str = "no device", /, **given: object) -> None:
    """An option that a device has, and a stack or a sweep has not; or the other way round."""
    faults = [
        Fault(f"--{name}", f"for {path}, which is {what}", value=repr(value)) for name, value in given.items() if value
    ]
    if faults:
        raise InputError(faults)


def console_for() -> Console:
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
