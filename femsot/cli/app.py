"""What every command shares: the application, its options, errors as one clear message."""

from __future__ import annotations

import io
import os
import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer
import typer.core
from rich.console import Console

from femsot.base.errors import Fault, InputError, PhysicsWarning, SolveError
from femsot.version import __version__

ORDER = (
    "run",
    "check",
    "sweep",
    "scan",
    "compare",
    "fit",
    "mesh",
    "scatter",
    "rashba2d",
    "plot",
    "report",
    "materials",
    "schema",
)


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


#: as a shell tells of a process that a signal ended
INTERRUPTED = 130
TERMINATED = 143


class _Terminated(KeyboardInterrupt):
    """SIGTERM, of a batch system or of a person: as Ctrl-C."""


def main() -> None:
    """Run the command; files are written and the exit code is right, whatever becomes of what is printed."""
    with suppress(ValueError):  # not in the main thread
        signal.signal(signal.SIGTERM, _terminate)
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115 - closed by whoever started us
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    code: str | int | None = 0
    try:
        app()
    except SystemExit as stopped:
        code = stopped.code
    except OSError as error:
        code = _unprinted(error)
    sys.exit(_flushed(code))


def _flushed(code: str | int | None) -> str | int | None:
    """The exit code once what was printed has left, or cannot."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _silence()
    except OSError as error:
        code = code or _unprinted(error)
    return code


def _unprinted(error: OSError) -> int:
    """1, with a line of why: what was to be written is written, but not everything could be printed."""
    _silence()
    with suppress(OSError):
        print(f"femsot: cannot print: {error.strerror or error}", file=sys.stderr)  # noqa: T201 - typer flushes stdout too
    return 1


def _silence() -> None:
    """Nothing more goes to a stdout that takes nothing, not even as Python ends."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _terminate(signum: int, frame: object) -> None:
    raise _Terminated


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
    except BrokenPipeError:  # nobody reads on: what was to be written is written
        _silence()
        raise typer.Exit(0) from None
    except KeyboardInterrupt as stopped:
        typer.echo(
            "femsot: stopped; what a sweep has solved is kept, and the same command goes on from there", err=True
        )
        raise typer.Exit(TERMINATED if isinstance(stopped, _Terminated) else INTERRUPTED) from None


def refuse_for(path: Path, what: str = "no device", /, **flags: object) -> None:
    """An option that a device has, and a stack or a sweep has not; or the other way round."""
    faults = [
        Fault(f"--{name}", f"for {path}, which is {what}", value=repr(value)) for name, value in flags.items() if value
    ]
    if faults:
        raise InputError(faults)


class _Console(Console):
    """A console that says where nobody reads on, instead of an exit code of its own."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def console_for() -> Console:
    """Tables are never squeezed below readability when the output is no terminal."""
    return _Console() if sys.stdout.isatty() else _Console(width=120)


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
