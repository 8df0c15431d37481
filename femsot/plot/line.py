"""Fields of a device along a straight line, both sides of every interface included."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from femsot.base.errors import Fault, InputError
from femsot.base.quantities import Array
from femsot.io.blocks import INTERFACES, Block, regions
from femsot.io.device_vtk import NANO
from femsot.io.simplices import SHORT, along, simplices

LINE = '"x,y,z x,y,z", the two ends in nm'


def read_line(text: str) -> Array:
    """Both ends (2, 3) [m] of a line that a user gives as "0,0,0 100,0,20" in nm."""
    try:
        ends = np.array([[float(x) for x in end.split(",")] for end in text.split()])
    except ValueError:
        ends = np.zeros(0)
    if ends.shape != (2, 3) or not np.all(np.isfinite(ends)) or np.all(ends[0] == ends[1]):
        raise InputError(Fault("line", allowed=f"{LINE}, not the same", value=repr(text)))
    return ends / NANO


def between(ends: Array) -> str:
    """Both ends (2, 3) [m] of a line as people read them: "(0, 0, 0) to (100, 0, 20) nm"."""
    return " to ".join("({:.4g}, {:.4g}, {:.4g})".format(*(NANO * end)) for end in ends) + " nm"


def middle_line(field_blocks: Sequence[Block]) -> Array:
    """Both ends (2, 3) [m] of a line through the middle of the first interface, along its normal; else along z, x or y.

    It ends at the box of the device.
    """
    points = np.concatenate([block.points for block in regions(field_blocks)])
    box = np.array([points.min(0), points.max(0)])
    faces = [block for block in field_blocks if block.group == INTERFACES]
    centre = box.mean(0)
    direction = np.eye(3)[2 if box[0, 2] < box[1, 2] else 0]
    if faces:
        middles = faces[0].points[faces[0].cells].mean(1)
        nearest = np.argmin(((middles - middles.mean(0)) ** 2).sum(1))
        centre = middles[nearest]
        direction = faces[0].data["normal"][faces[0].cells[nearest]].mean(0)
        direction = np.where(np.abs(direction) < 1e-9 * np.abs(direction).max(), 0.0, direction)
    moves = direction != 0
    reach = np.sort((box - centre)[:, moves] / direction[moves], axis=0)
    ends = np.array([centre + end * direction for end in (reach[0].max(), reach[1].min())])
    return np.where(np.abs(ends) < 1e-9 * np.ptp(box, axis=0).max(), 0.0, ends)


def along_line(field_blocks: Sequence[Block], ends: Array, *, title: str = "") -> dict[str, Any]:
    """Potentials and currents along a line from ends[0] to ends[1] (2, 3) [m], for `plot.profiles_figure`.

    The record of a stack: its layers are the stretches of the line in a region, z the distance from ends[0], J the
    current along the line; without points in insulators.
    """
    length = float(np.linalg.norm(ends[1] - ends[0]))
    direction = (ends[1] - ends[0]) / length
    pieces = [(block, *piece) for block in regions(field_blocks) for piece in _pieces(block, ends, direction)]
    if all(block.insulating for block, *_ in pieces):
        text = " ".join(",".join(f"{x * NANO:.6g}" for x in end) for end in ends)
        raise InputError(Fault("line", ", which meets no metal", LINE, value=repr(text)))
    pieces.sort(key=lambda piece: (piece[1][0], piece[1][-1]))
    layers: list[dict[str, Any]] = [
        {
            "name": block.name,
            "z": [length * t[0], length * t[-1]],
            "torque": block.magnetic,
            "bottom": None if block.insulating else {},
        }
        for block, t, _ in pieces
    ]
    pieces = [piece for piece in pieces if not piece[0].insulating]
    values = np.concatenate([values for *_, values in pieces])
    profiles = {
        "z": np.concatenate([length * t for _, t, _ in pieces]),
        "layer": [block.name for block, t, _ in pieces for _ in t],
        "mu": values[:, :7],
        "J": values[:, 7:],
    }
    return {"title": title, "layers": layers, "profiles": profiles}


def _pieces(block: Block, ends: Array, direction: Array) -> list[tuple[Array, Array]]:
    """Stretches of the line in one region: places (k,) from 0 to 1, rising, with potentials and currents (k, 14)."""
    cells = simplices(block.cells, block.kind)
    hit, places, weights = along(block.points[cells], ends[0], ends[1])
    order = np.argsort(places[:, 0])
    hit = hit[order]
    places = places[order]
    weights = weights[order]
    values = (weights[..., None] * _along(block, direction)[cells[hit]][:, None]).sum(2)
    breaks = np.flatnonzero(places[1:, 0] > np.maximum.accumulate(places[:, 1])[:-1] + SHORT) + 1
    stretches = []
    for piece_points in np.split(np.arange(len(hit)), breaks) if len(hit) else ():
        rising = np.argsort(places[piece_points].ravel())
        t = places[piece_points].ravel()[rising]
        distinct = np.append(True, np.diff(t) > SHORT)
        stretches.append((t[distinct], values[piece_points].reshape(-1, 14)[rising][distinct]))
    return stretches


def _along(block: Block, direction: Array) -> Array:
    """Potentials, and currents along a direction, at every point (n, 14)."""
    data = block.data
    count = len(block.points)
    J = np.concatenate([data["J_c"][:, None], *(data[name].reshape(count, 3, 3) for name in ("J_s", "J_o"))], axis=1)
    return np.concatenate([data["phi"][:, None], data["mu_s"], data["mu_o"], J @ direction], axis=1)
