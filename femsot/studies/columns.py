"""What a sweep keeps of its points, columns by what they are of and what their models are warned of, in .npz files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, field
from pathlib import Path

import numpy as np

from femsot.base.errors import Caution
from femsot.base.files import replacing
from femsot.base.quantities import Array


@dataclass(frozen=True)
class Column:
    """What the numbers of one column are: a quantity of a part, or of the whole where `owner` is ""."""

    owner: str  #: layer, region or contact
    quantity: str
    unit: str
    component: str = ""  #: "x", "damping_like", ...

    @property
    def name(self) -> str:
        """What it is, without its unit: "Co received_x"."""
        quantity = f"{self.quantity}_{self.component}" if self.component else self.quantity
        return f"{self.owner} {quantity}" if self.owner else quantity

    @property
    def label(self) -> str:
        """The head of the column in a file: "Co received_x [A/m^2]"."""
        return f"{self.name} [{self.unit}]" if self.unit else self.name


Table = dict[Column, Array]


@dataclass(frozen=True, eq=False)
class Points:
    """The results of some points of a sweep."""

    table: Table  #: (points,) each; nan where undefined
    cautions: list[Caution] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many points there are."""
        return len(next(iter(self.table.values())))


def filled(columns: Mapping[Column, object], count: int) -> Table:
    """Return the columns as arrays (count,); nan where there is None."""
    table = {}
    for column, value in columns.items():
        numbers = np.nan if value is None else np.asarray(value, dtype=float)
        table[column] = np.broadcast_to(numbers, (count,)).copy()
    return table


def joined(parts: Sequence[Points]) -> Points:
    """Return several parts as one; each caution once, nan where a part does not have a column."""
    table = {}
    for column in dict.fromkeys(column for part in parts for column in part.table):
        table[column] = np.concatenate([part.table.get(column, np.full(part.count, np.nan)) for part in parts])
    return Points(table, list(dict.fromkeys(caution for part in parts for caution in part.cautions)))


def reordered(points: Points, numbers: Array) -> Points:
    """Return the points in the order of their `numbers`."""
    order = np.argsort(numbers)
    return Points({column: values[order] for column, values in points.table.items()}, points.cautions)


def store(points: Points, path: Path) -> None:
    """Write a part, whole or not at all."""
    heads = json.dumps([astuple(column) for column in points.table])
    cautions = json.dumps([asdict(caution) for caution in points.cautions])
    with replacing(path) as part:
        np.savez(part, heads=heads, cautions=cautions, numbers=np.stack(list(points.table.values())))


def load(path: Path) -> Points:
    """Return a stored part. Raise KeyError or ValueError if it is none."""
    with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        columns = [Column(*words) for words in json.loads(str(stored["heads"]))]
        cautions = [Caution(**words) for words in json.loads(str(stored["cautions"]))]
        return Points(dict(zip(columns, stored["numbers"], strict=True)), cautions)
