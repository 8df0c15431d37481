"""Textures from OVF and VTU files, discretisedfield and Python functions.

Fields on grids and meshes are interpolated linearly as they are and normalised then; where they are zero there is no
magnet, and zeros do not count.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from femsot.base.errors import Caution, Checks, Fault, InputError, did_you_mean
from femsot.base.quantities import Array
from femsot.base.units import plain

from ..mesh.vtu_texture import read_vectors
from .cells import OnCells
from .forms import Position, three_numbers
from .ovf import LENGTH_UNITS, VectorGrid, read

#: vectors that cancel to less than this part of their size have no direction
_CANCELLED = 1e-6


@dataclass(frozen=True, eq=False)
class Texture:
    """A direction at every point of space."""

    function: Callable[[Array], Array]  #: points (n, 3) [m] -> vectors (n, 3) of any length, 0 where there is none
    words: Mapping[str, Any]  #: what a file says of it, plain SI

    def __call__(self, points: Array) -> Array:
        """Unit vectors (n, 3) at `points` (n, 3) [m]; InputError where there is no direction."""
        at = np.asarray(points, dtype=float)
        vectors = np.asarray(self.function(at), dtype=float)
        if vectors.shape != at.shape:
            raise InputError(Fault("magnetization", f"gives shape {vectors.shape} for points {at.shape}", "the same"))
        if isinstance(self.function, OnCells):
            low, high = (edge(self.function.corners.reshape(-1, 3), axis=0) for edge in (np.min, np.max))
            why = f"lie outside its mesh, {_span(low, high)} (offset shifts it, length_unit scales it)"
            _refuse(at, np.isnan(vectors).any(axis=-1), why)
        largest = np.max(np.abs(vectors), axis=-1, keepdims=True)
        none = ~((largest > 0) & np.isfinite(largest))[..., 0]
        _refuse(at, none, "have no direction: the field is zero there, not finite, or turns round between two cells")
        scaled = vectors / largest
        unit: Array = scaled / np.linalg.norm(scaled, axis=-1, keepdims=True)
        return unit

    def cautions(self, points: Array) -> list[Caution]:
        """Return what to tell of the directions at `points` (n, 3) [m]: which are not of the file itself."""
        if not isinstance(self.function, OnCells):
            return []
        outside = self.function.outside(points)
        count = np.count_nonzero(outside)
        if not count:
            return []
        problem = f"{count} of {len(points)} vertices lie outside the cells of its file, by up to {outside.max():.2g} m"
        return [
            Caution("magnetization", problem, "they take the direction of the nearest cell", kind="outside-texture")
        ]


def _refuse(points: Array, bad: Array, why: str) -> None:
    """InputError with the number of bad points and the first of them."""
    if np.any(bad):
        first = ", ".join(f"{x:.5g}" for x in 1e9 * points[bad][0])
        raise InputError(
            Fault("magnetization", f"{bad.sum()} of {len(points)} points {why}", hint=f"the first is ({first}) nm")
        )


def _span(lower: Array, upper: Array) -> str:
    return " x ".join(f"{a:.5g} to {b:.5g}" for a, b in zip(1e9 * lower, 1e9 * upper, strict=True)) + " nm"


@dataclass(frozen=True, eq=False)
class _OnGrid:
    """Trilinear between the middles of a grid's cells; in the outer half cells, and half a cell beyond, the nearest."""

    grid: VectorGrid

    def __call__(self, points: Array) -> Array:
        grid = self.grid
        count = np.array(self.grid.cells)
        x = (points - grid.corner) / grid.step
        far = np.any((x < -0.5 - 1e-6) | (x > count + 0.5 + 1e-6), axis=-1)
        span = _span(grid.corner, grid.corner + count * grid.step)
        _refuse(points, far, f"lie more than half a cell outside its grid, {span} (offset shifts it)")
        x = np.clip(x - 0.5, 0, count - 1)
        low = np.clip(np.floor(x).astype(int), 0, np.maximum(count - 2, 0))
        part = x - low
        high = np.minimum(low + 1, count - 1)
        total = np.zeros(points.shape)
        size = np.zeros((len(points), 1))
        for corner in product((False, True), repeat=3):
            weight = np.prod(np.where(corner, part, 1 - part), axis=-1)[:, None]
            value = grid.values[tuple(np.where(corner, high, low).T)]
            total += weight * value
            size += weight * np.linalg.norm(value, axis=-1, keepdims=True)
        return np.where(np.linalg.norm(total, axis=-1, keepdims=True) > _CANCELLED * size, total, 0.0)


@dataclass(frozen=True, eq=False)
class _OfFile:
    """A function of a Python file; only its place is kept when it goes to another process."""

    path: str
    name: str

    @cached_property
    def function(self) -> Callable[[Array], Array]:
        spec = importlib.util.spec_from_file_location(Path(self.path).stem, self.path)
        if spec is None or spec.loader is None or not Path(self.path).is_file():
            raise InputError(Fault("magnetization", f"{self.path}: no such Python file"))
        module = importlib.util.module_from_spec(spec)
        try:
            spec.loader.exec_module(module)
        except Exception as error:  # whatever somebody else's module does
            raise InputError(Fault("magnetization", f"{self.path} raises {type(error).__name__}: {error}")) from error
        function = getattr(module, self.name, None)
        if not callable(function):
            known = [name for name, x in vars(module).items() if callable(x) and not name.startswith("_")]
            raise InputError(
                Fault("magnetization", f"{self.path}: no function {self.name!r}", *did_you_mean(self.name, known))
            )
        return function  # type: ignore[no-any-return]

    def __call__(self, points: Array) -> Array:
        function = self.function
        try:
            return np.asarray(function(points), dtype=float)
        except Exception as error:  # whatever somebody else's function does
            where = f"{self.path}:{self.name}"
            raise InputError(Fault("magnetization", f"{where} raises {type(error).__name__}: {error}")) from error

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path, "name": self.name}


def digest(*arrays: Array) -> str:
    """Return a short fingerprint of arrays, to see whether a file is still what it was."""
    hasher = hashlib.sha256()
    for array in arrays:
        hasher.update(np.ascontiguousarray(array).tobytes())
    return hasher.hexdigest()[:16]


def from_grid(grid: VectorGrid, *, offset: Position = (0.0, 0.0, 0.0), **words: Any) -> Texture:
    """Return the vectors of a grid, trilinear between the middles of its cells.

    Parameters
    ----------
    grid : of vectors; zeros where nothing is.
    offset : (3,) added to its positions [m].
    **words : what is told of where the vectors are from.

    Raises
    ------
    InputError
        If every vector is zero, or the offset is not three numbers.
    """
    checks = Checks("magnetization")
    shifted = VectorGrid(
        grid.values, grid.corner + three_numbers(checks, offset=offset), grid.step, grid.name, grid.unit
    )
    checks.done()
    if not np.any(grid.values):
        raise InputError(Fault("magnetization", "every vector of the grid is zero", "directions where the magnet is"))
    origin = words or {"grid": list(grid.cells)}
    known = {"offset": plain(offset), "digest": digest(grid.values, grid.corner, grid.step)}
    return Texture(_OnGrid(shifted), origin | known)


def from_ovf(
    file: str,  #: an OVF file of OOMMF, mumax3 or Ubermag
    *,
    length_unit: str | None = None,  #: of the file's positions, for a file that does not know it
    offset: Position = (0.0, 0.0, 0.0),  #: added to the file's positions
) -> Texture:
    """Return the vectors of an OVF file, trilinear between the middles of its cells.

    Parameters
    ----------
    file : of OOMMF, mumax3 or Ubermag.
    length_unit : of its positions, such as "nm", for a file that does not know it.
    offset : (3,) added to its positions [m].

    Raises
    ------
    InputError
        As `femsot.ovf.read`, and if every vector is zero.
    """
    words = {"file": str(file)} | ({} if length_unit is None else {"length_unit": length_unit})
    return from_grid(read(file, length_unit=length_unit), offset=offset, **words)


def from_field(field: Any, *, offset: Position = (0.0, 0.0, 0.0)) -> Texture:
    """Return the vectors of a field of Ubermag, trilinear between the middles of its cells.

    Parameters
    ----------
    field : a `discretisedfield.Field` with three components in three dimensions.
    offset : (3,) added to its positions [m].

    Raises
    ------
    InputError
        If it is no such field.
    """
    try:
        region = field.mesh.region
        values = np.asarray(field.array, dtype=float)
        corner = region.pmin
        step = field.mesh.cell
        unit = LENGTH_UNITS[region.units[0]]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        why = f"no length unit {error}" if isinstance(error, KeyError) else str(error)
        raise InputError(
            Fault("field", allowed="a discretisedfield.Field", value=f"{type(field).__name__} ({why})")
        ) from None
    return from_grid(VectorGrid(values, unit * np.asarray(corner), unit * np.asarray(step)), offset=offset)


def from_vtu(
    vtu: str,  #: a .vtu file, or another mesh file with arrays
    *,
    array: str = "m",  #: the name of a point or cell array of three components
    length_unit: str = "nm",  #: of the file's positions
    offset: Position = (0.0, 0.0, 0.0),  #: added to the file's positions
) -> Texture:
    """Return the vectors of a mesh file on its own cells: a point array linear in each, a cell array uniform.

    Quadrilaterals, hexahedra, prisms and pyramids are split into simplices. A point that lies outside the cells by less
    than a quarter of the nearest one's longest edge takes that one's direction; farther out there is none.

    Parameters
    ----------
    vtu : a .vtu file, or another mesh file with arrays.
    array : name of a point or cell array of three components.
    length_unit : of the file's positions.
    offset : (3,) added to the file's positions [m].

    Raises
    ------
    InputError
        If there is no such file, array or unit.
    """
    checks = Checks("magnetization")
    unit = LENGTH_UNITS.get(length_unit)
    shift = three_numbers(checks, offset=offset)
    if unit is None:
        checks.fail("length_unit", "", *did_you_mean(str(length_unit), LENGTH_UNITS), value=repr(length_unit))
    checks.done()
    cells = read_vectors(vtu, array)
    corners = (unit or 1.0) * cells.corners + shift
    words = {"vtu": str(vtu), "array": array, "length_unit": length_unit, "offset": plain(offset)}
    return Texture(OnCells(corners, cells.vectors), words | {"digest": digest(cells.corners, cells.vectors)})


def from_python(
    python: str,  #: "file.py:function", of points (n, 3) [m] to directions (n, 3)
) -> Texture:
    """Return a function of a Python file, which is run.

    Parameters
    ----------
    python : "file.py:function", of points (n, 3) [m] to directions (n, 3).

    Raises
    ------
    InputError
        If there is no such file or function.
    """
    path, _, name = str(python).rpartition(":")
    if not path or not name.isidentifier():
        raise InputError(
            Fault("magnetization.python", allowed='a file and a function, "file.py:function"', value=repr(python))
        )
    function = _OfFile(path, name)
    _ = function.function
    return Texture(function, {"python": str(python)})
