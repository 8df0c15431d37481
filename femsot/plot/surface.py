"""What the viewer of a report draws: the outside of each region as a few thousand triangles with values."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np

from femsot.base.quantities import Array
from femsot.io.blocks import INTERFACES, PARTS, Block, Shown, regions, shown
from femsot.io.device_vtk import NANO, dataset
from femsot.io.result import is_zero, prefixed

from .maps import looks
from .scene import offsets, stretched

TRIANGLES = 30_000  #: drawn at most, of all regions together
FINENESS = (400, 280, 200, 140, 100, 70, 50, 35, 25)  #: points along a region's side, tried in turn
SMOOTH = 8000  #: triangles of a region, each of one colour, up to which they are quartered
STOPS = 17  #: of a colour map


def viewer_data(field_blocks: Sequence[Block], field: str | None = None) -> dict[str, Any]:
    """The scene of viewer.js, plain numbers and base64 arrays; `field` is shown first."""
    stretch = stretched(field_blocks)
    points = np.concatenate([block.points for block in regions(field_blocks)]) * NANO * stretch
    low = points.min(0)
    high = points.max(0)
    size = float(np.linalg.norm(high - low))
    shifts = offsets(field_blocks, stretch)
    fields = _fields(field_blocks, field)
    scaled = [prefixed(what.all, what.unit) for what in fields]
    drawn = []
    for block in field_blocks:
        shown_here = [number for number, what in enumerate(fields) if block.name in what.values]
        columns = [fields[k].values[block.name] * scaled[k][0] for k in shown_here]
        values = np.stack(columns, -1) if shown_here else np.zeros((len(block.points), 0))
        points, triangles, values = outside(block, values, most=TRIANGLES // len(field_blocks))
        places = (points * NANO * stretch - (low + high) / 2) / size
        drawn.append(
            {
                "name": block.name,
                "sheet": block.group == INTERFACES,
                "offset": (shifts[block.name.split("|")[0]] / size).tolist(),
                "middle": ((places.min(0) + places.max(0)) / 2).tolist(),
                "points": _packed(places, np.float32),
                "triangles": _packed(triangles, np.uint32),
                "fields": {k: _packed(column, np.float32) for k, column in zip(shown_here, values.T, strict=True)},
            }
        )
    listed = [_described(what, *scale) for what, scale in zip(fields, scaled, strict=True)]
    return {"regions": drawn, "fields": listed, "colours": _colours()}


def _fields(field_blocks: Sequence[Block], field: str | None) -> list[Shown]:
    """The field that is shown first, and all others that are not zero everywhere; no flux tensors."""
    first = shown(field_blocks, field)
    names = []
    for name, values in {name: values for block in field_blocks for name, values in block.data.items()}.items():
        if name not in ("region", "normal") and (values.ndim == 1 or values.shape[1] == 3):
            names += [name, *(f"{name}_{part}" for part in PARTS[3] if values.ndim > 1)]
    others = [shown(field_blocks, name) for name in names if name != first.name]
    return [first, *(what for what in others if np.any(np.nan_to_num(what.all)))]


def _described(what: Shown, factor: float, unit: str) -> dict[str, Any]:
    cmap, low, high = looks(what.all)
    flat = is_zero([low, high], 0.0)
    limits = {"low": low * factor, "high": 1.0 if flat else high * factor}
    return {
        "name": what.name,
        "label": what.printed(unit),
        "unit": "" if unit == "1" else unit,
        "colours": cmap,
        **limits,
    }


def _colours() -> dict[str, list[list[int]]]:
    maps = {name: mpl.colormaps[name](np.linspace(0, 1, STOPS))[:, :3] for name in ("viridis", "RdBu_r")}
    return {name: np.rint(255 * colours).astype(int).tolist() for name, colours in maps.items()}


def _packed(values: Array, kind: type) -> str:
    return base64.b64encode(np.ascontiguousarray(values, dtype=np.dtype(kind).newbyteorder("<")).tobytes()).decode()


def outside(block: Block, values: Array, *, most: int) -> tuple[Array, Array, Array]:
    """Points (n, 3) [m], triangles (t, 3) seen from outside counterclockwise, and values (n, f) of a region's surface.

    More than `most` triangles are made fewer: points are moved onto a grid of the region's box, and those that meet
    become one, with the mean of their values. Few triangles are made more.
    """
    surface = dataset(block).extract_surface(algorithm="dataset_surface", pass_pointid=True).triangulate()
    surface = surface.compute_normals(
        cell_normals=False, consistent_normals=True, auto_orient_normals=True, split_vertices=False
    )
    number = np.asarray(surface.point_data["vtkOriginalPointIds"])
    triangles = np.asarray(surface.faces).reshape(-1, 4)[:, 1:]
    skin = block.points[number], triangles, values[number]
    for fineness in FINENESS:
        if len(skin[1]) <= most:
            break
        skin = _coarser(block.points[number], triangles, values=values[number], fineness=fineness)
    while 4 * len(skin[1]) <= min(most, SMOOTH):
        skin = _finer(*skin)
    return skin


def _coarser(points: Array, triangles: Array, *, values: Array, fineness: int) -> tuple[Array, Array, Array]:
    low = points.min(0)
    size = np.ptp(points, axis=0)
    step = np.where(size > 0, size, 1.0) / fineness
    place, number = np.unique(np.rint((points - low) / step), axis=0, return_inverse=True)
    count = np.bincount(number)
    mean = np.zeros((len(place), values.shape[1]))
    np.add.at(mean, number, values / count[number, None])
    corners = number[triangles]
    whole = (corners[:, 0] != corners[:, 1]) & (corners[:, 1] != corners[:, 2]) & (corners[:, 2] != corners[:, 0])
    _, first = np.unique(np.sort(corners[whole], axis=1), axis=0, return_index=True)
    return low + place * step, corners[whole][first], mean


def _finer(points: Array, triangles: Array, values: Array) -> tuple[Array, Array, Array]:
    """Every triangle in four."""
    a, b, c = triangles.T
    edges = np.sort(np.stack([[a, b], [b, c], [c, a]]).transpose(0, 2, 1), axis=-1)
    ends, number = np.unique(edges.reshape(-1, 2), axis=0, return_inverse=True)
    ab, bc, ca = number.reshape(3, -1) + len(points)
    quarters = np.concatenate([np.stack(x, -1) for x in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))])
    return np.concatenate([points, points[ends].mean(1)]), quarters, np.concatenate([values, values[ends].mean(1)])
