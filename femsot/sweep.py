"""A grid of stacks, solved in parts that are kept on disk, so that an interrupted sweep goes on where it stopped."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from .checks import Array, PhysicsWarning
from .config import Job
from .output.result import replacing
from .output.tables import write_json
from .resolved import resolved
from .run import model_warnings, solve, solve_many
from .solution import Solution
from .stack import Stack
from .units import plain
from .values import with_values
from .version import __version__

#: points that are solved and stored together
PART = {"exact": 10_000, "fem": 10}


def run_sweep(
    job: Job,
    directory: Path,
    *,
    method: str | None = None,
    workers: int = 1,
    advance: Callable[[int], None] = lambda _: None,
) -> dict[str, Any]:
    """Solves every point of `job.sweep`, writes sweep.csv and sweep.json into `directory`, returns the latter.

    `advance(n)` is called after every n points. Parts already solved with the same input are taken from disk.
    """
    assert job.sweep is not None
    method = method or job.stack.method
    shape, grid = job.sweep.grid()
    own = {path: values.shape[1:] for path, values in job.sweep.values.items()}
    points = {path: np.broadcast_to(x, shape + own[path]).reshape(-1, *own[path]) for path, x in grid.items()}
    parts = directory / f".sweep-{_fingerprint(job.stack, method, points)}"
    jobs = list(_parts(points, PART[method]))
    tasks = [(job.stack, method, part, parts / f"{i:06d}.npz") for i, part in enumerate(jobs)]
    columns: list[dict[str, Array]] = []
    for part, found in zip(jobs, _solved(tasks, workers), strict=True):
        columns.append(found)
        advance(len(next(iter(part.values()))))
    table = {name: np.concatenate([found[name] for found in columns]) for name in columns[0]}
    result = _summary(job, shape, table)
    _write_csv(directory / "sweep.csv", {**_columns(points, job.sweep.units), **table})
    write_json(result, directory / "sweep.json")
    shutil.rmtree(parts, ignore_errors=True)
    return result


def _fingerprint(stack: Stack, method: str, points: Mapping[str, Array]) -> str:
    """Changes with anything that changes the numbers."""
    text = json.dumps([__version__, method, resolved(stack)], sort_keys=True, default=str)
    digest = hashlib.sha256(text.encode())
    for path, values in points.items():
        digest.update(path.encode() + np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()[:16]


def _parts(points: Mapping[str, Array], size: int) -> Iterator[dict[str, Array]]:
    total = len(next(iter(points.values())))
    for start in range(0, total, size):
        yield {path: values[start : start + size] for path, values in points.items()}


def _solved(tasks: list[tuple[Any, ...]], workers: int) -> Iterator[dict[str, Array]]:
    if workers == 1 or len(tasks) == 1:
        yield from map(_part, tasks)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_part, tasks)


def _part(task: tuple[Stack, str, dict[str, Array], Path]) -> dict[str, Array]:
    """One part, from disk if it is there."""
    stack, method, values, path = task
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (OSError, ValueError, BadZipFile):
        pass
    count = len(next(iter(values.values())))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PhysicsWarning)  # they stand in sweep.json
        found = _solve_part(stack, method, values=values, count=count)
    with replacing(path) as part:
        np.savez(part, **found)  # type: ignore[arg-type]
    return found


def _solve_part(stack: Stack, method: str, *, values: dict[str, Array], count: int) -> dict[str, Array]:
    if method == "exact":
        return _observed(solve_many(stack, values), count)
    singles = [{name: x[i] for name, x in values.items()} for i in range(count)]
    rows = [_observed(solve(with_values(stack, one), method=method), 1) for one in singles]
    return {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}


def _observed(solution: Solution, count: int) -> dict[str, Array]:
    """What a sweep keeps of every point, by column name; nan where undefined."""
    found: dict[str, Any] = {}
    for layer in solution.stack.layers:
        if layer.magnetization is None:
            continue
        torque = solution.torque(layer.name)
        fields = torque.field_T
        found[f"{layer.name} damping_like [A/m^2]"] = torque.damping_like
        found[f"{layer.name} field_like [A/m^2]"] = torque.field_like
        for i, axis in enumerate("xyz"):
            found[f"{layer.name} flux_torque_{axis} [A/m^2]"] = torque.flux[..., i]
        for i, name in enumerate(("damping_like", "field_like")):
            found[f"{layer.name} B_{name} [T]"] = np.nan if fields is None else fields[..., i]
    found["sheet_resistance [ohm]"] = solution.sheet_resistance()
    found["resistance_area [ohm m^2]"] = solution.resistance_area()
    found["current_density [A/m^2]"] = solution.current_density()
    found["residual"] = solution.fields.residual
    return {
        name: np.broadcast_to(np.nan if value is None else np.asarray(value, dtype=float), (count,)).copy()
        for name, value in found.items()
    }


def _summary(job: Job, shape: tuple[int, ...], table: Mapping[str, Array]) -> dict[str, Any]:
    assert job.sweep is not None

    def nested(name: str) -> Any:
        values = table[name].reshape(shape).astype(object)
        values[~np.isfinite(table[name].reshape(shape))] = None
        return values.tolist()

    magnets = [layer.name for layer in job.stack.layers if layer.magnetization is not None]
    return {
        "femsot": __version__,
        "title": job.title,
        "input": resolved(job.stack),
        "parameters": {
            path: {"values": plain(values), "unit": job.sweep.units[path]} for path, values in job.sweep.values.items()
        },
        "zip": job.sweep.zip,
        "warnings": model_warnings(job.stack, job.stack.closure),
        "torque": {
            name: {part: nested(f"{name} {part} [A/m^2]") for part in ("damping_like", "field_like")}
            for name in magnets
        },
        **{
            name.partition(" ")[0]: nested(name)
            for name in ("sheet_resistance [ohm]", "resistance_area [ohm m^2]", "current_density [A/m^2]", "residual")
        },
    }


def _vectors(axes: list[Any]) -> Any:
    """Nested lists of x, y and z as nested lists of [x, y, z]."""
    if not isinstance(axes[0], list):
        return axes
    return [_vectors(list(each)) for each in zip(*axes, strict=True)]


def _columns(points: Mapping[str, Array], units: Mapping[str, str]) -> dict[str, Array]:
    """Swept fields as columns of numbers, their unit in the name; a vector has three, a complex number two."""
    flat: dict[str, Array] = {}
    for path, values in points.items():
        name = f"{path} [{units[path]}]" if units[path] else path
        parts = {f"{name} re": values.real, f"{name} im": values.imag} if np.iscomplexobj(values) else {name: values}
        for label, part in parts.items():
            rows = part.reshape(len(part), -1)
            ends = [""] if rows.shape[1] == 1 else [f" {axis}" for axis in _AXES[rows.shape[1]]]
            flat |= {label + end: rows[:, i] for i, end in enumerate(ends)}
    return flat


_AXES = {3: ["x", "y", "z"], 9: [a + b for a in "xyz" for b in "xyz"]}


def _write_csv(path: Path, columns: Mapping[str, Array]) -> None:
    """One row for each point: parameters, then results."""
    with replacing(path) as part, open(part, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*[values.tolist() for values in columns.values()], strict=True))
