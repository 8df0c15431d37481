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


def viewer_data(found: Sequence[Block], field: str | None = None) -> dict[str, Any]:
    """The scene of viewer.js, plain numbers and base64 arrays; `field` is shown first."""
    stretch = stretched(found)
    points = np.concatenate([block.points for block in regions(found)]) * NANO * stretch
    low, high = points.min(0), points.max(0)
    size = float(np.linalg.norm(high - low))
    moved = offsets(found, stretch)
    fields = _fields(found, field)
    scaled = [prefixed(what.all, what.unit) for what in fields]
    drawn = []
    for block in found:
        own = [number for number, what in enumerate(fields) if block.name in what.values]
        columns = [fields[k].values[block.name] * scaled[k][0] for k in own]
        values = np.stack(columns, -1) if own else np.zeros((len(block.points), 0))
        points, triangles, values = outside(block, values, most=TRIANGLES // len(found))
        places = (points * NANO * stretch - (low + high) / 2) / size
        drawn.append(
            {
                "name": block.name,
                "sheet": block.group == INTERFACES,
                "offset": (moved[block.name.split("|")[0]] / size).tolist(),
                "middle": ((places.min(0) + places.max(0)) / 2).tolist(),
                "points": _packed(places, np.float32),
                "triangles": _packed(triangles, np.uint32),
                "fields": {k: _packed(column, np.float32) for k, column in zip(own, values.T, strict=True)},
            }
        )
    listed = [_described(what, *scale) for what, scale in zip(fields, scaled, strict=True)]
    return {"regions": drawn, "fields": listed, "colours": _colours()}


def _fields(found: Sequence[Block], field: str | None) -> list[Shown]:
    """The field that is shown first, and all others that are not zero everywhere; no flux tensors."""
    kept = shown(found, field)
    names = []
    for name, values in {name: values for block in found for name, values in block.data.items()}.items():
        if name not in ("region", "normal") and (values.ndim == 1 or values.shape[1] == 3):
            names += [name, *(f"{name}_{part}" for part in PARTS[3] if values.ndim > 1)]
    made = [shown(found, name) for name in names if name != kept.name]
    return [kept, *(what for what in made if np.any(np.nan_to_num(what.all)))]


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
    found = block.points[number], triangles, values[number]
    for fineness in FINENESS:
        if len(found[1]) <= most:
            break
        found = _coarser(block.points[number], triangles, values=values[number], fineness=fineness)
    while 4 * len(found[1]) <= min(most, SMOOTH):
        found = _finer(*found)
    return found


def _coarser(points: Array, triangles: Array, *, values: Array, fineness: int) -> tuple[Array, Array, Array]:
    low, size = points.min(0), np.ptp(points, axis=0)
    step = np.where(size > 0, size, 1.0) / fineness
    place, number = np.unique(np.rint((points - low) / step), axis=0, return_inverse=True)
    count = np.bincount(number)
    mean = np.zeros((len(place), values.shape[1]))
    np.add.at(mean, number, values / count[number, None])
    made = number[triangles]
    whole = (made[:, 0] != made[:, 1]) & (made[:, 1] != made[:, 2]) & (made[:, 2] != made[:, 0])
    _, first = np.unique(np.sort(made[whole], axis=1), axis=0, return_index=True)
    return low + place * step, made[whole][first], mean


def _finer(points: Array, triangles: Array, values: Array) -> tuple[Array, Array, Array]:
    """Every triangle in four."""
    a, b, c = triangles.T
    edges = np.sort(np.stack([[a, b], [b, c], [c, a]]).transpose(0, 2, 1), axis=-1)
    ends, number = np.unique(edges.reshape(-1, 2), axis=0, return_inverse=True)
    ab, bc, ca = number.reshape(3, -1) + len(points)
    made = np.concatenate([np.stack(x, -1) for x in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))])
    return np.concatenate([points, points[ends].mean(1)]), made, np.concatenate([values, values[ends].mean(1)])
