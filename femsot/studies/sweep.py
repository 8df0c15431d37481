"""A grid of stacks or devices, solved in parts that are kept on disk: an interrupted sweep goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from femsot.base.errors import Caution, InputError, SolveError
from femsot.base.files import write_csv, write_json
from femsot.base.quantities import Array
from femsot.base.units import plain
from femsot.model.device import Device, in_space
from femsot.model.job import Job
from femsot.model.record import resolved
from femsot.model.replace import at_points, same_layers, with_values
from femsot.model.stack import Stack
from femsot.model.validity import thin_regions
from femsot.results.device import DeviceSolution, in_plane
from femsot.results.solution import Solution
from femsot.results.stack import StackSolution
from femsot.results.torque import DIFFERS, NOISE, Torque
from femsot.version import __version__

from .columns import Column, Points, Table, filled, joined, reordered
from .device import solve_device, thin_parts
from .parts import Part, Values, solve_parts
from .solve import solve, solve_many
from .warnings import stack_warnings

#: points that are solved and stored together; by other methods, and of devices, one
PART = {"exact": 10_000, "fem": 10, "boltzmann": 10}
#: of a torque: names in sweep.json and in sweep.csv
VECTORS = (("received", "received"), ("flux", "flux_torque"))
LIKES = ("damping_like", "field_like")
#: of each contact
DRIVES = (("voltage", "V"), ("current", "A"))


def run_sweep(
    job: Job,
    directory: Path,
    *,
    method: str | None = None,
    workers: int = 1,
    advance: Callable[[int], None] = lambda _: None,
) -> dict[str, Any]:
    """Solves every point of `job.sweep`, writes sweep.csv and sweep.json into `directory`, returns the latter.

    `method` replaces that of the stack, or is the solver of a device. `advance(n)` is called after every n points.
    Parts already solved with the same input are taken from disk. Errors of a single point say which one it is.
    """
    assert job.sweep is not None
    method = method or ("auto" if job.device else job.stack.method)
    shape, grid = job.sweep.grid()
    shapes = {path: values.shape[1:] for path, values in job.sweep.values.items()}
    points = {path: np.broadcast_to(x, shape + shapes[path]).reshape(-1, *shapes[path]) for path, x in grid.items()}
    parts = directory / f".sweep-{_fingerprint(job.given, f'{method} P{job.order}', points)}"
    jobs = list(_parts(points, 1 if job.device else PART.get(method, 1)))
    solved = partial(_solved, job.given, method, order=job.order)
    tasks = [Part(solved, part, parts / f"{i:06d}.npz") for i, part in enumerate(jobs)]
    results: list[Points] = []
    for task, result in zip(tasks, solve_parts(tasks, workers), strict=True):
        results.append(result)
        advance(task.count)
    solved_points = joined(results)
    table = solved_points.table
    cautions = _cautions(job, solved_points, values=points, method=method)
    summary = _summary(job, shape, table, cautions=cautions)
    whole = _columns(points, job.sweep.units) | {column.label: numbers for column, numbers in table.items()}
    write_csv(directory / "sweep.csv", whole, zip(*[values.tolist() for values in whole.values()], strict=True))
    write_json(summary, directory / "sweep.json")
    for finished in directory.glob(".sweep-*"):  # those of another input as well: it is this one's table now
        shutil.rmtree(finished, ignore_errors=True)
    return summary


def _fingerprint(model: Stack | Device, method: str, points: Mapping[str, Array]) -> str:
    """Changes with anything that changes the numbers."""
    text = json.dumps([__version__, method, resolved(model)], sort_keys=True, default=str)
    digest = hashlib.sha256(text.encode())
    for path, values in {**points, **(_unwritten(model) if isinstance(model, Device) else {})}.items():
        digest.update(path.encode() + np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()[:16]


def _unwritten(device: Device) -> Values:
    """What the words of a device do not hold: cells of its regions, facets of its contacts, vectors of its textures."""
    mesh = device.mesh
    points = {name: in_space(mesh.points[np.unique(mesh.cells[x])], device.axes) for name, x in mesh.regions.items()}
    textures = {f"m {name}": x.directions(points[name]) for name, x in device.regions.items() if x.textured}
    return {**mesh.regions, **mesh.faces, **textures}


def _parts(points: Mapping[str, Array], size: int) -> Iterator[dict[str, Array]]:
    total = len(next(iter(points.values())))
    for start in range(0, total, size):
        yield {path: values[start : start + size] for path, values in points.items()}


def _solved(model: Stack | Device, method: str, values: Values, *, order: int) -> Points:
    """The results at these points, in one batch or one by one."""
    count = len(next(iter(values.values())))
    if isinstance(model, Stack) and method == "exact":
        groups = same_layers(values)
        parts = [_of_stack(solve_many(model, at_points(values, points)), len(points)) for points in groups]
        return reordered(joined(parts), np.concatenate(groups))
    return joined(
        [_point(model, method, {path: x[i] for path, x in values.items()}, order=order) for i in range(count)]
    )


def _point(model: Stack | Device, method: str, values: Values, *, order: int) -> Points:
    try:
        point_model = with_values(model, values)
        if isinstance(point_model, Device):
            return _of_device(solve_device(point_model, solver=method, order=order))
        return _of_stack(solve(point_model, method=method), 1)
    except (InputError, SolveError) as error:
        at = ", ".join(f"{path} = {np.array2string(x, precision=6, separator=', ')}" for path, x in values.items())
        if isinstance(error, InputError):
            raise InputError([fault.within(f"sweep at {at}") for fault in error.faults]) from error
        raise SolveError(f"sweep at {at}: {error}") from error


def _of_stack(solution: StackSolution, count: int) -> Points:
    """What a sweep keeps of every point."""
    columns = _all_torques(solution)
    for layer in solution.stack.layers:
        sheet = solution.sheet_current(layer.name)
        columns |= {Column(layer.name, "sheet_current", "A/m", axis): sheet[..., i] for i, axis in enumerate("xy")}
    resistance = solution.resistance()
    columns[Column("", "sheet_resistance", "ohm")] = resistance.sheet
    columns[Column("", "resistance_area", "ohm m^2")] = resistance.area
    columns[Column("", "current_density", "A/m^2")] = solution.current_density()
    columns[Column("", "residual", "")] = solution.fields.residual
    return Points(filled(columns, count))


def _of_device(solution: DeviceSolution) -> Points:
    """The same of a device at one point."""
    columns = _all_torques(solution)
    for name in solution.metals:
        columns |= dict(zip(_field(name), solution.electric_field(name), strict=True))
    for name, (voltage, current) in solution.contacts.items():
        columns |= {Column(name, "voltage", "V"): voltage, Column(name, "current", "A"): current}
    resistance = solution.resistance()
    columns[Column("", "resistance", "ohm")] = resistance.two_terminal
    columns[Column("", "four_terminal_resistance", "ohm")] = resistance.four_terminal
    columns[Column("", "residual", "")] = solution.reached.residual
    thin = thin_parts(solution)  # these are told once for the whole sweep, with the number of points
    others = [caution for caution in solution.reached.cautions if caution not in thin]
    return Points(filled(columns, 1), others)


def _all_torques(solution: Solution) -> dict[Column, Any]:
    columns: dict[Column, Any] = {}
    for name in solution.magnets:
        columns |= _torques(name, solution.torque(name))
    return columns


def _field(name: str) -> list[Column]:
    return [Column(name, "electric_field", "V/m", axis) for axis in "xyz"]


def _torques(name: str, torque: Torque) -> dict[Column, Any]:
    """The columns of one magnet: parts of its torque, what it receives and what it absorbs, and what follows."""
    columns: dict[Column, Any] = {
        Column(name, "damping_like", "A/m^2"): torque.damping_like,
        Column(name, "field_like", "A/m^2"): torque.field_like,
    }
    for label, vector in (("received", torque.received), ("flux_torque", torque.flux)):
        for i, axis in enumerate("xyz"):
            columns[Column(name, label, "A/m^2", axis)] = None if vector is None else vector[..., i]
    pairs = (
        ("flux", "A/m^2", torque.flux_like),
        ("B", "T", torque.field_T),
        ("efficiency_E", "S/m", torque.efficiency_E),
        ("efficiency_j", "1", torque.efficiency_j),
        ("field_per_current", "T", torque.field_per_current),
    )
    for label, unit, pair in pairs:
        for i, like in enumerate(LIKES):
            columns[Column(name, label, unit, like)] = None if pair is None else pair[..., i]
    return columns


def _cautions(job: Job, solved: Points, *, values: Values, method: str) -> list[Caution]:
    """Each caution once; parts thinner than their mean free path, and torques that are no flux, with their points."""
    unlike = _unlike("layers" if job.device is None else "regions", solved.table)
    if job.device is None:
        return stack_warnings(job.stack, values, method=method) + unlike
    metals = [name for name, region in job.device.regions.items() if region.material.metallic]
    driven = {name: in_plane(np.stack([solved.table[x] for x in _field(name)], axis=-1)) for name in metals}
    return [*solved.cautions, *thin_regions(job.device, driven, values), *unlike]


def _unlike(kind: str, table: Table) -> list[Caution]:
    """What to tell of magnets that receive something else than they absorb."""
    cautions = []
    for name in dict.fromkeys(column.owner for column in table if column.quantity == "flux_torque"):
        received, flux = (
            np.stack([table[Column(name, label, "A/m^2", axis)] for axis in "xyz"], axis=-1) for _, label in VECTORS
        )
        size = np.linalg.norm(flux, axis=-1)
        missing = np.linalg.norm(np.nan_to_num(received - flux), axis=-1)
        count = np.count_nonzero(missing > np.maximum(DIFFERS * size, NOISE * np.nanmax(size, initial=0.0)))
        if count:
            problem = f"receives a torque more than 5 % off the flux absorbed at {count} of {len(size)} points"
            cautions.append(
                Caution(f"{kind}.{name}", problem, "torques are of what m receives", kind="received-differs")
            )
    return cautions


def _summary(job: Job, shape: tuple[int, ...], table: Table, *, cautions: list[Caution]) -> dict[str, Any]:
    assert job.sweep is not None

    def nested(column: Column) -> Any:
        values = table[column].reshape(shape).astype(object)
        values[~np.isfinite(table[column].reshape(shape))] = None
        return values.tolist()

    def torque(name: str) -> dict[str, Any]:
        likes = {like: nested(Column(name, like, "A/m^2")) for like in LIKES}
        axes = {key: [nested(Column(name, label, "A/m^2", axis)) for axis in "xyz"] for key, label in VECTORS}
        return likes | {key: _vectors(values) for key, values in axes.items()}

    magnets = [column.owner for column in table if column.quantity == LIKES[0]]
    contacts = [column.owner for column in table if column.quantity == DRIVES[0][0]]
    drives = {name: {quantity: nested(Column(name, quantity, unit)) for quantity, unit in DRIVES} for name in contacts}
    return {
        "femsot": __version__,
        "title": job.title,
        "input": resolved(job.given),
        "parameters": {
            path: {"values": plain(values), "unit": job.sweep.units[path]} for path, values in job.sweep.values.items()
        },
        "zip": job.sweep.zip,
        "warnings": [str(caution) for caution in cautions],
        "torque": {name: torque(name) for name in magnets},
        **({"contacts": drives} if drives else {}),
        **{column.quantity: nested(column) for column in table if not column.owner},
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
