"""Everything a run leaves in its directory."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from femsot.base.files import write_json
from femsot.base.quantities import Array
from femsot.io.blocks import Block, blocks
from femsot.io.device_vtk import read_device, write_device
from femsot.io.files import write_profiles
from femsot.io.ovf import Box, write_grids
from femsot.io.result import Result, identity
from femsot.io.vtk import write_vtu

from .line import along_line, between, middle_line
from .maps import flat_axes, map_figure
from .profiles import budget_figure, profiles_figure, save
from .report import write_report
from .scene import device_view
from .tables import budget_rows
from .view import stack_view

if TYPE_CHECKING:
    from femsot.results.device import DeviceSolution

FIELDS = "device.vtm"  #: beside the result.json of a device
NO_FIELDS = f"no fields: {FIELDS} beside the result is missing or of another run; run again with [output] vtu = true"


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


def write_device_result(solution: DeviceSolution, directory: Path, wanted: Any) -> tuple[list[Path], str | None]:
    """All that a device's run leaves: result.json, and what `wanted`, a `config.Output`, asks for.

    `vtu`: device.vtm and its files; `ovf`: torque and field on a grid; `plot`: pictures; `report`: report.html. The
    files, and what the user should know: what lies outside the grid, why a picture is missing.
    """
    result = solution.to_dict()
    messages: list[str] = []
    field_blocks = blocks(solution) if wanted.vtu or wanted.plot or wanted.report else []
    written = [directory / "result.json"]
    write_json(result, written[0])
    if wanted.vtu:
        words = {"title": str(result.get("title") or ""), "run": identity(result)}
        written += write_device(field_blocks, directory / FIELDS, **words)[:1]
    if wanted.ovf is not None:
        grid = wanted.ovf
        box = Box(cell=grid.cell, lower=grid.lower, upper=grid.upper, align=grid.align, like=grid.like)
        grids, cautions = write_grids(solution, directory, box)
        written += grids
        messages += [f"warning: {caution}" for caution in cautions]
    if wanted.plot:
        pictures, missing = write_device_pictures(result, field_blocks, directory)
        written += pictures
        messages += [missing] if missing else []
    if wanted.report:
        written.append(directory / "report.html")
        write_report(result, written[-1], fields=field_blocks)
    return written, "\n".join(messages) or None


@dataclass(frozen=True, eq=False)
class Shot:
    """What is to be seen of a device."""

    field: str | None = None  #: "phi", "mu_s_y", "J_c"; None: the largest component of the spin potential
    line: Array | None = None  #: both ends (2, 3) [m] of the line of the profiles; None: through the first interface


def write_device_pictures(
    result: Result, field_blocks: Sequence[Block], directory: Path, *, shot: Shot | None = None
) -> tuple[list[Path], str | None]:
    """budget.png, profiles.png along a line; map.png in 2D, view.png and section.png in 3D; why some are missing."""
    shot = shot or Shot()
    title = str(result.get("title") or "")
    written = []
    message = None
    if budget_rows(result):
        written.append(directory / "budget.png")
        save(budget_figure(result), written[-1])
    if not field_blocks:
        return written, NO_FIELDS
    ends = middle_line(field_blocks) if shot.line is None else shot.line
    record = along_line(field_blocks, ends, title=f"{title}\nfrom {between(ends)}".strip())
    written.append(directory / "profiles.png")
    save(profiles_figure(record, distance="distance along the line"), written[-1])
    if flat_axes(field_blocks):
        written.append(directory / "map.png")
        save(map_figure(field_blocks, shot.field, title=title), written[-1])
        return written, None
    for name, cut in (("view.png", False), ("section.png", True)):
        message = device_view(field_blocks, directory / name, field=shot.field, title=title, cut=cut)
        written += [] if message else [directory / name]
    return written, message


def fields_beside(path: str | os.PathLike[str], result: Result) -> list[Block]:
    """The fields of a device's run, from beside its result.json.

    Empty where none were written, where those there are of another run, and for a stack.
    """
    file = Path(path).parent / FIELDS
    if not result.get("regions") or not file.exists():
        return []
    return read_device(file, run=identity(result))
