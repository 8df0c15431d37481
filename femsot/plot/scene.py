"""Pictures of 3D devices, by pyvista off-screen: regions in the colours of a field, m and the current as arrows."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from femsot.base.files import replacing
from femsot.base.quantities import Array
from femsot.io.blocks import INTERFACES, Block, Shown, regions, shown
from femsot.io.device_vtk import NANO, dataset
from femsot.io.result import apart, prefixed

from .maps import CURRENT, CURRENT_COLOR, GREY, M_COLOR, in_turn, largest_current, looks, thinned
from .view import EYE, KEY, MESSAGE, RIGHT, can_render, heading, label

THIN = 0.12  #: a device is drawn at least this high, of its width
GAP = 0.22  #: between the regions of an exploded view, of the largest extent
ARROWS = 14  #: along the longest side
VALUE = "shown"
APART = "regions moved apart"
CUT = "cut through the middle"


def device_view(
    field_blocks: Sequence[Block],
    path: str | os.PathLike[str],
    *,
    field: str | None = None,
    title: str = "",
    cut: bool = False,
) -> str | None:
    """Draws the regions, moved apart along the normals of their interfaces; None, or why it could not.

    `cut`: in place, the half before the plane through the middle of the first magnet (or of the device) taken away, so
    that both sides of the interfaces are seen. A device that is very flat is stretched, as the picture says.
    """
    what = shown(field_blocks, field)  # a wrong name is told also where nothing can be drawn
    if not can_render():
        return MESSAGE
    import pyvista as pv

    with pv.vtk_verbosity("off"):
        plotter = pv.Plotter(off_screen=True, window_size=[1600, 1000])
        try:
            _draw(plotter, field_blocks, what=what, title=title, cut=cut)
            with replacing(path) as part:
                plotter.screenshot(str(part))
        finally:
            plotter.close()
    return None


def _draw(plotter: Any, field_blocks: Sequence[Block], *, what: Shown, title: str, cut: bool) -> None:
    stretch = stretched(field_blocks)
    shifts = {} if cut else offsets(field_blocks, stretch)
    factor, _ = prefixed(what.all, what.unit)
    size = NANO * float((np.ptp(_points(field_blocks), axis=0) * stretch).max())
    plane = _plane(field_blocks, stretch) if cut else None
    places = {}
    mapper = None
    for block in field_blocks:
        values = what.values.get(block.name)
        if block.group == INTERFACES and values is None:
            continue
        grid = dataset(block)
        grid.points = np.asarray(grid.points) * stretch + shifts.get(block.name.split("|")[0], 0.0)
        if block.group == INTERFACES:  # on the first of its regions
            grid.points += 0.003 * size * block.data["normal"]
        if values is not None:
            grid.point_data[VALUE] = values * factor
        shapes = _faces(grid, plane)
        mapper = _surface(plotter, shapes, what=what) or mapper
        seen = [np.asarray(shape.points) for shape in shapes[0] if shape.n_cells]
        if block.group != INTERFACES and seen:
            places[block.name] = seen[0]
            if not cut:
                _arrows(plotter, grid, size=size, largest=largest_current(field_blocks))
    _bar(plotter, mapper, what)
    _names(plotter, places)
    _aim(plotter, np.concatenate(list(places.values())))
    _look(plotter, field_blocks, words=(title, ", ".join(filter(None, (CUT if cut else APART, told(stretch))))))


def _points(field_blocks: Sequence[Block]) -> Array:
    return np.concatenate([block.points for block in regions(field_blocks)])


def stretched(field_blocks: Sequence[Block]) -> Array:
    """Factors (3,) that bring the shortest extent to about THIN of the longest."""
    size = np.ptp(_points(field_blocks), axis=0)
    factor = np.ones(3)
    thin = int(np.argmin(size))
    if size[thin] < 0.9 * THIN * size.max():
        factor[thin] = THIN * size.max() / size[thin]
    return factor


def told(stretch: Array) -> str:
    """How much a picture is stretched, "" if it is not."""
    thin = int(np.argmax(stretch))
    return "" if stretch[thin] == 1 else f"{'xyz'[thin]} stretched {stretch[thin]:.2g} times"


def offsets(field_blocks: Sequence[Block], stretch: Array) -> dict[str, Array]:
    """Where the regions are moved to (3,), from the first one on along the mean normals of the interfaces [nm]."""
    size = NANO * np.ptp(_points(field_blocks), axis=0) * stretch
    steps: dict[str, list[tuple[str, Array]]] = {}
    for face in field_blocks:
        if face.group == INTERFACES:
            a, b = face.name.split("|")
            normal = face.data["normal"].mean(0)
            normal = normal if np.linalg.norm(normal) > 0.5 else 0 * normal  # a closed surface has no direction
            steps.setdefault(a, []).append((b, normal))
            steps.setdefault(b, []).append((a, -normal))
    shifts: dict[str, Array] = {}
    for block in regions(field_blocks):
        shifts.setdefault(block.name, np.zeros(3))
        waiting = [block.name]
        while waiting:
            name = waiting.pop()
            for neighbour, normal in steps.get(name, []):
                if neighbour not in shifts:
                    shifts[neighbour] = shifts[name] + GAP * size.max() * normal
                    waiting.append(neighbour)
    return shifts


def _plane(field_blocks: Sequence[Block], stretch: Array) -> Array:
    """A point (3,) of the plane along x and z through the middle of the first magnet, or region."""
    first = next((block for block in regions(field_blocks) if block.magnetic), regions(field_blocks)[0])
    # not quite the middle, which may be a face of cells
    middle: Array = NANO * stretch * (0.497 * first.points.min(0) + 0.503 * first.points.max(0))
    return middle


def _faces(grid: Any, plane: Array | None) -> tuple[list[Any], list[Any]]:
    """What is seen of a region: faces, and edges; with a plane what is behind it, and the cut."""
    surface = grid.extract_surface(algorithm="dataset_surface").clean()
    edges = surface.extract_feature_edges(feature_angle=30)
    if plane is None:
        return [surface], [edges]
    behind = {"normal": (0, -1, 0), "origin": plane}
    section = grid.slice(**behind).clean()
    around = section.extract_feature_edges(feature_edges=False, manifold_edges=False)
    return [surface.clip(**behind), section], [edges.clip(**behind) if edges.n_cells else edges, around]


def _surface(plotter: Any, shapes: tuple[list[Any], list[Any]], *, what: Shown) -> Any:
    """Faces in the colours of VALUE, grey without it, and edges; what maps the colours, None where nothing does."""
    mapper = None
    faces, edges = shapes
    factor, _ = prefixed(what.all, what.unit)
    cmap, low, high = looks(what.all)
    look = {"ambient": 0.5, "diffuse": 0.55, "clim": (low * factor, high * factor), "show_scalar_bar": False}
    for face in faces:
        if face.n_cells and VALUE in face.point_data:
            mapper = plotter.add_mesh(face, scalars=VALUE, cmap=cmap, line_width=6, **look).mapper
        elif face.n_cells:
            plotter.add_mesh(face, color=GREY, ambient=0.5, diffuse=0.55)
    for edge in edges:
        if edge.n_cells:
            plotter.add_mesh(edge, color="#333333", line_width=1.5)
    return mapper


def _arrows(plotter: Any, grid: Any, *, size: float, largest: float) -> None:
    """m and the charge current above a region, the latter longer where it is stronger."""
    import pyvista as pv

    surface = grid.extract_surface(algorithm="dataset_surface").compute_normals(cell_normals=False, split_vertices=True)
    normals = np.asarray(surface.point_data["Normals"])
    seen = np.flatnonzero(normals[:, 2] > 0.5)
    if not len(seen):
        return
    places = np.asarray(surface.points)
    some = seen[thinned(places[seen], np.full(3, size), ARROWS)]
    m, current = (np.asarray(surface.point_data[name]) for name in ("m", "J_c"))
    arrow = pv.Arrow(start=(-0.5, 0, 0), tip_length=0.35, tip_radius=0.16, shaft_radius=0.06)
    look: dict[str, Any] = {"orient": "vector", "scale": "vector", "factor": 0.75 * size / ARROWS, "geom": arrow}
    for _, color, chosen, vectors in in_turn(some, m, current / largest):
        points = pv.PolyData(places[chosen] + 0.012 * size * normals[chosen])
        points["vector"] = vectors
        plotter.add_mesh(points.glyph(**look), color=color, ambient=0.4)


def _names(plotter: Any, points: dict[str, Array]) -> None:
    """Names in a column at the right, each joined to its region."""
    import pyvista as pv

    everything = np.concatenate(list(points.values()))
    low = everything.min(0)
    high = everything.max(0)
    size = float(np.linalg.norm(high - low))
    corner = np.array([high[0], high[1], 0.0]) + 0.06 * size * RIGHT
    edges = [x[np.argmax(x @ RIGHT)] for x in points.values()]
    order = np.argsort([edge[2] for edge in edges], kind="stable")
    room = max(float(high[2] - low[2]), 0.08 * size * len(order))
    heights = apart([float(edges[number][2] - low[2]) for number in order], 0.08 * size, room)
    for number, height in zip(order, heights, strict=True):
        place = corner + [0, 0, low[2] + height]
        plotter.add_mesh(pv.Line(edges[number], place), color="#888888", line_width=1.5)
        label(plotter, place + 0.01 * size * RIGHT, list(points)[number])


def _bar(plotter: Any, mapper: Any, what: Shown) -> None:
    """The colours' scale, and above it the field and its unit."""
    _, unit = prefixed(what.all, what.unit)
    place = {"position_x": 0.38, "position_y": 0.03, "width": 0.4, "height": 0.06}
    plotter.add_scalar_bar(title="", mapper=mapper, label_font_size=22, color="black", fmt="%.3g", **place)
    plotter.add_text(what.printed(unit), position=(0.38, 0.105), viewport=True, font_size=13, color="black")


def _aim(plotter: Any, points: Array) -> None:
    """The eye, such that all points are between the title and the colours' scale, and names fit at the right."""
    up = np.cross(RIGHT, -EYE) / np.linalg.norm(EYE)
    x = points @ RIGHT
    y = points @ up
    scale = max(np.ptp(y) / (2 * 0.7), np.ptp(x) / (2 * 0.7 * 1.6))
    middle = (x.max() + x.min()) / 2 * RIGHT + (y.max() + y.min()) / 2 * up + (points @ EYE).mean() / (EYE @ EYE) * EYE
    focus = middle + 0.1 * scale * RIGHT - 0.07 * scale * up
    plotter.camera_position = [focus + 10 * scale * EYE / np.linalg.norm(EYE), focus, (0, 0, 1)]
    plotter.enable_parallel_projection()
    plotter.camera.parallel_scale = scale
    plotter.reset_camera_clipping_range()


def _look(plotter: Any, field_blocks: Sequence[Block], *, words: tuple[str, str]) -> None:
    """Title, the key of the arrows, and axes."""
    key = [("m", M_COLOR)] * any(block.magnetic for block in regions(field_blocks))
    key += [(CURRENT, CURRENT_COLOR)] * any(np.any(block.data["J_c"]) for block in regions(field_blocks))
    for y, (text, color) in zip((0.94, 0.9), key if words[1].startswith(APART) else [], strict=False):
        plotter.add_text(text, position=(KEY, y), viewport=True, font_size=13, color=color)
    plotter.add_text(words[1], position=(0.04, 0.03), viewport=True, font_size=10, color="#444444")
    if words[0]:
        heading(plotter, words[0])
    plotter.add_axes(line_width=4, xlabel="x", ylabel="y", zlabel="z", viewport=(0.82, 0.0, 1.0, 0.2))
    plotter.background_color = "white"
