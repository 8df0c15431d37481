"""What a file asks to fit: free numbers of a stack, and measured series."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from femsot.base.quantities import Array

from .stack import Stack


@dataclass(frozen=True)
class FitParameter:
    """One free number, in SI."""

    path: str  #: a field of the stack, or "fit.series[0].scale", a factor of one series
    lower: float
    upper: float
    start: float
    unit: str
    scale: Literal["linear", "log"] = "linear"

    def value(self, position: Array) -> Array:
        """Return the value at positions between 0 (lower) and 1 (upper)."""
        if self.scale == "log":
            return np.asarray(self.lower * (self.upper / self.lower) ** position)
        return np.asarray(self.lower + (self.upper - self.lower) * position)

    def position(self, value: float) -> float:
        """Return the position of a value: 0 at `lower`, 1 at `upper`."""
        if self.scale == "log":
            return float(np.log(value / self.lower) / np.log(self.upper / self.lower))
        return (value - self.lower) / (self.upper - self.lower)


@dataclass(frozen=True, eq=False)
class Measured:
    """One measured quantity of a series, in SI."""

    quantity: str  #: path of a result, such as "torque.Co.efficiency_j[0]"
    unit: str
    values: Array  #: (n,)
    errors: Array  #: (n,) standard deviations


@dataclass(frozen=True, eq=False)
class Series:
    """One measured series."""

    file: str
    x: Mapping[str, Array]  #: {path: (n,)} in SI
    units: Mapping[str, str]  #: of x
    y: tuple[Measured, ...]
    changes: Mapping[str, float]  #: this series' own values by path, in SI
    scale: str = ""  #: path of the parameter that multiplies the model; "" for none


@dataclass(frozen=True, eq=False)
class Fit:
    """A stack, what is free in it, and what was measured."""

    stack: Stack
    parameters: tuple[FitParameter, ...]
    series: tuple[Series, ...]
    starts: int = 8  #: the first as the file says, the others at random
    seed: int = 0

    @property
    def count(self) -> int:
        """How many numbers were measured."""
        return sum(len(measured.values) for series in self.series for measured in series.y)
