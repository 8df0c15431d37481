"""Everything a run leaves in its directory."""

from __future__ import annotations

from pathlib import Path

from .plot import budget_figure, profiles_figure, save
from .result import Result
from .tables import write_json, write_profiles
from .view import stack_view
from .vtk import write_vtu


def write_result(result: Result, directory: Path, *, profiles: bool, vtu: bool) -> list[Path]:
    """result.json, and on request profiles.csv and stack.vtu; the files written."""
    written = [directory / "result.json"]
    write_json(result, written[0])
    if profiles:
        written.append(directory / "profiles.csv")
        write_profiles(result, written[-1])
    if vtu:
        written.append(directory / "stack.vtu")
        write_vtu(result, written[-1])
    return written


def write_pictures(result: Result, directory: Path, *, view: bool = False) -> tuple[list[Path], str | None]:
    """profiles.png, budget.png and, where rendering works, view.png; the files and why one is missing."""
    written = [directory / "profiles.png", directory / "budget.png"]
    save(profiles_figure(result), written[0])
    save(budget_figure(result), written[1])
    if not view:
        return written, None
    message = stack_view(result, directory / "view.png")
    return (written, message) if message else ([*written, directory / "view.png"], None)
