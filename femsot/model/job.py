"""What a file asks for: a stack or a device, what to sweep, what to write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from femsot.base.errors import Checks, Fault, InputError
from femsot.base.quantities import Array
from femsot.base.units import Quantity

from .device import Device
from .stack import Stack
from .texture.forms import Position


@dataclass(frozen=True, eq=False)
class OvfOutput:
    """The regular grid on which torque and equivalent field are written."""

    cell: Position | None = None  #: size of a cell, as the micromagnetic program has it; required without `like`
    lower: Position | None = None  #: lowest corner of the grid, default: the grid covers each magnet, see `align`
    upper: Position | None = None  #: its opposite corner
    align: Literal["center", "corner"] = "center"  #: the grid has the magnet's centre, or begins at its lowest corner
    like: str | None = None  #: an OVF file whose grid is taken, instead of the other keys

    def __post_init__(self) -> None:
        checks = Checks("output.ovf")
        checks.positive(cell=self.cell)
        checks.finite(lower=self.lower, upper=self.upper)
        if self.cell is None and self.like is None:
            checks.fail("cell", "missing, required", Quantity("m", "vector").allowed, "or like, an OVF file")
        if self.like is not None and any(x is not None for x in (self.cell, self.lower, self.upper)):
            checks.fail("like", "beside cell, lower or upper", "either of them", "it takes the whole grid of its file")
        if self.lower is not None and self.upper is not None and not np.all(np.less(self.lower, self.upper)):
            checks.fail("upper", "does not lie above `lower` along x, y and z")
        checks.done()


@dataclass(frozen=True)
class Output:
    """What is written and where; result.json always. `directory` as given: relative to where the command runs."""

    directory: str = "out"
    profiles: Literal["csv"] | None = None  #: potentials and fluxes along z
    plot: bool = False
    vtu: bool = False
    report: bool = False  #: report.html, one page with tables, pictures and a view that turns
    ovf: OvfOutput | None = None


@dataclass(frozen=True, eq=False)
class Sweep:
    """Values in SI by dotted path, each (n,) for a number, (n, 3) for a vector."""

    values: Mapping[str, Array]
    units: Mapping[str, str]  #: SI, "" for a plain number
    zip: bool = False  #: together, point by point; else the outer product

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.values)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the grid of points: one axis for each path, or one in all if zipped."""
        sizes = tuple(len(array) for array in self.values.values())
        return sizes[:1] if self.zip else sizes

    def grid(self) -> tuple[tuple[int, ...], dict[str, Array]]:
        """(shape, values by path that broadcast to it), for `with_values` and `solve_many`."""
        if self.zip:
            return self.shape, dict(self.values)
        axes = len(self.values)
        return self.shape, {
            path: array.reshape((1,) * i + (len(array),) + (1,) * (axes - 1 - i) + array.shape[1:])
            for i, (path, array) in enumerate(self.values.items())
        }


@dataclass(frozen=True, eq=False)
class Job:
    """What a file asks for: a stack or a device, what to sweep, what to write."""

    given: Stack | Device
    sweep: Sweep | None = None
    output: Output = field(default_factory=Output)
    path: Path | None = None  #: the file; None if it was read from a text
    order: int = 2  #: of a device's finite elements

    @property
    def title(self) -> str:
        return self.given.title

    @property
    def device(self) -> Device | None:
        """None if the file is that of a stack."""
        return self.given if isinstance(self.given, Device) else None

    @property
    def stack(self) -> Stack:
        """InputError if the file is that of a device."""
        if isinstance(self.given, Device):
            raise InputError(
                Fault(str(self.path or "text"), "a device ([mesh], [regions]), allowed here: a stack ([[layers]])")
            )
        return self.given
