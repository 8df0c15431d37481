"""What meshio reads from a file: blocks of cells, and the groups that name them."""

from __future__ import annotations

import contextlib
import io
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from femsot.base.errors import Fault, InputError
from femsot.base.quantities import Array

from .facets import DIMENSION

#: dimension of every linear kind of cell that is understood
KINDS = {"vertex": 0, "line": 1, **DIMENSION, "wedge": 3}
#: integer cell arrays that number the regions and faces; of these the first that a file has
NUMBERS = ("gmsh:physical", "region", "medit:ref", "cell_tags", "MaterialIDs")
#: cell arrays "region/NAME" and "face/NAME", not zero on the cells of that name
PREFIXES = ("region/", "face/")


def load(path: Path) -> Any:
    """meshio's mesh; its way to fail (printing and ending the interpreter) as one InputError."""
    import meshio

    readers = {".msh": meshio.gmsh.read, ".vtu": meshio.vtu.read, ".xdmf": meshio.xdmf.read}
    said = io.StringIO()
    try:
        with open(path, "rb"):
            pass
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            made = readers.get(path.suffix.lower(), meshio.read)(path)
    except OSError as error:
        raise InputError(Fault(str(path), f"cannot be read: {error.strerror or error}")) from None
    except (Exception, SystemExit) as error:
        text = " ".join(str(error).split()) if not isinstance(error, SystemExit) else ""
        if "gmsh:physical" in text:
            why = "some cells are in no physical group; give every region one, and save without SaveAll"
        elif isinstance(error, ModuleNotFoundError):
            why = f"{text}; install {error.name}"
        else:
            why = text or " ".join(said.getvalue().split()) or type(error).__name__
        raise InputError(Fault(str(path), f"is no mesh that can be read: {why}")) from None
    if path.suffix.lower() == ".msh":
        _check_names(path)
    return made


def _check_names(path: Path) -> None:
    """A name of two physical groups, of which meshio would lose one."""
    with open(path, "rb") as file:
        inside = itertools.takewhile(
            lambda line: line.strip() != b"$EndPhysicalNames",
            itertools.dropwhile(lambda line: line.strip() != b"$PhysicalNames", file),
        )
        names = [line.decode(errors="replace").split(None, 2)[2].strip() for line in itertools.islice(inside, 2, None)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(Fault(str(path), f"two physical groups are called {', '.join(twice)}", "one name for each"))


def named(raw: Any) -> dict[str, list[Array]]:
    """Name -> for each block of cells the cells (numbers) that bear it."""
    found: dict[str, list[Array]] = {}
    for name, sets in raw.cell_sets.items():
        if not name.startswith("gmsh:"):
            found[name] = [np.asarray([] if x is None else x, dtype=np.int64).ravel() for x in sets]
    for key, arrays in raw.cell_data.items():
        name = next((key.removeprefix(x) for x in PREFIXES if key.startswith(x)), None)
        if name is not None:
            found[name] = [np.flatnonzero(x) for x in arrays]
    if not any(map(len, (x for sets in found.values() for x in sets))):
        found = dict(_numbered(raw))
    return found


def _numbered(raw: Any) -> Iterator[tuple[str, list[Array]]]:
    """Groups by an integer array; their names from the field data, else the numbers themselves."""
    key = next((x for x in NUMBERS if x in raw.cell_data), None)
    if key is None:
        return
    names: dict[tuple[int, int], str] = {}
    for name, value in raw.field_data.items():
        number = np.ravel(value)
        if number.dtype.kind in "iu" and len(number) in (1, 2):
            names |= {(int(number[0]), d): name for d in ([int(number[1])] if len(number) == 2 else (1, 2, 3))}
    tags = [np.asarray(x).ravel() for x in raw.cell_data[key]]
    dimensions = [KINDS.get(block.type, 0) for block in raw.cells]
    for dimension in set(dimensions):
        mine = [np.where(d == dimension, x, 0) for x, d in zip(tags, dimensions, strict=True)]
        for tag in np.unique(np.concatenate(mine)):
            name = names.get((int(tag), dimension), "" if names else f"{tag:g}")
            if tag != 0 and name:
                yield name, [np.flatnonzero(x == tag) for x in mine]
