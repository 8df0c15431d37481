"""A picture in 3D of a stack, by pyvista.

Without OSMesa or EGL rendering ends the interpreter, so it is tried out in a child process first.
"""

from __future__ import annotations

import functools
import os
import re
import subprocess
import sys
import textwrap
from typing import Any

import numpy as np

from femsot.base.files import replacing
from femsot.base.quantities import Array
from femsot.io.result import Result, apart, kinds, magnetization, magnets, parts, torque_vector

TRIAL = """
import pyvista
plotter = pyvista.Plotter(off_screen=True, window_size=(32, 32))
plotter.add_mesh(pyvista.Sphere(), color="red")
image = plotter.screenshot(return_img=True)
raise SystemExit(0 if image.std() > 0 else 3)
"""
MESSAGE = (
    "no 3D picture: off-screen rendering does not work here; `apt-get install libosmesa6 libegl1 libgl1-mesa-dri` "
    "(or your system's OSMesa or EGL) makes it work"
)
FILLS = {"magnet": "#f2b134", "metal": "#a9b6c4", "metal2": "#c9d3dd", "insulator": "#f3f3ec"}
M_COLOR = "#0072b2"
TORQUE_COLOR = "#c03a00"
HALF = 0.6  #: half the width of a slab; the stack is 1 high
EYE = np.array([3.4, -5.2, 2.2])
KEY = 0.68  #: where the key of the arrows begins, of the width
TITLE_LINES = (70, 60, 50, 40, 30, 20)  #: characters in a line of a title, the first that fits beside the key
RIGHT = np.array([-EYE[1], EYE[0], 0.0]) / np.hypot(EYE[0], EYE[1])  #: to the right in the picture


@functools.cache
def can_render() -> bool:
    """Does a small off-screen picture come out? Tried in a child process, once per process."""
    try:
        done = subprocess.run([sys.executable, "-P", "-c", TRIAL], timeout=60, capture_output=True, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def stack_view(result: Result, path: str | os.PathLike[str]) -> str | None:
    """Draws the layers as slabs, with m and the direction of the torque beside each magnet; None, or why it could not.

    Heights are true to scale, widths and the lengths of arrows are not.
    """
    if not can_render():
        return MESSAGE
    import pyvista as pv

    with pv.vtk_verbosity("off"):
        plotter = pv.Plotter(off_screen=True, window_size=[1600, 1000])
        try:
            _slabs(plotter, result)
            _arrows(plotter, result)
            _look(plotter, result)
            with replacing(path) as part:
                plotter.screenshot(str(part))
        finally:
            plotter.close()
    return None


def _ends(result: Result) -> Array:
    """Bottom and top of each layer (n, 2), the stack from 0 to 1."""
    z = np.array([layer["z"] for layer in parts(result)], dtype=float)
    ends: Array = (z - z[0, 0]) / (z[-1, 1] - z[0, 0])
    return ends


def _slabs(plotter: Any, result: Result) -> None:
    """The layers, and their names in a column at the right."""
    import pyvista as pv

    ends = _ends(result)
    layers = parts(result)
    names = [f"{layer['name']}, {(layer['z'][1] - layer['z'][0]) * 1e9:.3g} nm" for layer in layers]
    heights = apart(list(ends.mean(1) + 0.3), 0.1, 1.6)
    for name, (bottom, top), height, kind in zip(names, ends, heights, kinds(result), strict=True):
        slab = pv.Box(bounds=(-HALF, HALF, -HALF, HALF, bottom, top))
        plotter.add_mesh(slab, color=FILLS[kind], ambient=0.55, diffuse=0.5)
        plotter.add_mesh(slab.extract_feature_edges(), color="#444444", line_width=1.5)
        edge = np.array([HALF, HALF, (bottom + top) / 2])
        place = np.array([HALF, HALF, height - 0.3]) + 0.25 * RIGHT
        plotter.add_mesh(pv.Line(edge, place), color="#888888", line_width=1.5)
        label(plotter, place + 0.02 * RIGHT, name)


def _plain(text: str) -> str:
    """A user's words without VTK's mathematics: "|" starts a column, text between "$" is a formula.

    >>> _plain("Ti|Ni for $5")
    'Ti / Ni for \\\\$5'
    """
    return re.sub(r"\s*\|\s*", " / ", text).replace("$", r"\$")


def heading(plotter: Any, text: str) -> None:
    """The title in at most three lines that end before the key of the arrows."""
    for most in TITLE_LINES:
        lines = textwrap.wrap(_plain(text), most, max_lines=3, placeholder=" ...")
        place = (0.04, 0.945 - 0.035 * (len(lines) - 1))
        actor = plotter.add_text("\n".join(lines), position=place, viewport=True, font_size=14, color="black")
        actor.GetTextProperty().SetLineSpacing(1.2)
        size = [0.0, 0.0]
        actor.GetSize(plotter.renderer, size)
        if size[0] <= (KEY - 0.06) * plotter.window_size[0]:
            return
        plotter.remove_actor(actor)


def label(plotter: Any, place: Array, text: str, *, side: str = "left") -> None:
    plotter.add_point_labels(
        place[None, :],
        [_plain(text)],
        font_size=24,
        shape=None,
        show_points=False,
        always_visible=True,
        text_color="black",
        justification_horizontal=side,
        justification_vertical="center",
    )


def _arrows(plotter: Any, result: Result) -> None:
    """m and the direction of the flux torque of each magnet, in a column at the left, joined to its slab."""
    import pyvista as pv

    magnet_parts = magnets(result)
    if not magnet_parts:
        return
    names = [layer["name"] for layer in parts(result)]
    middles = [float(_ends(result)[names.index(layer["name"])].mean()) for layer in magnet_parts]
    gap = min(0.6, 2.0 / len(magnet_parts))
    for layer, middle, height in zip(magnet_parts, middles, apart([z + 0.5 for z in middles], gap, 2.0), strict=True):
        edge = np.array([-HALF, -HALF, middle])
        origin = np.array([-HALF, -HALF, height - 0.5]) - 0.6 * RIGHT
        plotter.add_mesh(pv.Line(edge, origin), color="#888888", line_width=1.5)
        label(plotter, origin - (0.5 * gap + 0.03) * RIGHT, str(layer["name"]), side="right")
        torque = torque_vector(layer["torque"])
        for vector, color in ((magnetization(result, layer["name"]), M_COLOR), (torque, TORQUE_COLOR)):
            if vector is not None and np.any(vector):
                arrow = pv.Arrow(start=origin, direction=vector, scale=0.48 * gap, tip_length=0.3, shaft_radius=0.04)
                plotter.add_mesh(arrow, color=color, ambient=0.4)


def _look(plotter: Any, result: Result) -> None:
    """Axes, the key of the arrows, and the eye."""
    if magnets(result):
        for y, text, color in ((0.94, "m", M_COLOR), (0.9, "torque, direction only", TORQUE_COLOR)):
            plotter.add_text(text, position=(KEY, y), viewport=True, font_size=13, color=color)
    if result.get("title"):
        heading(plotter, str(result["title"]))
    plotter.add_axes(line_width=4, xlabel="x", ylabel="y", zlabel="z", viewport=(0.82, 0.0, 1.0, 0.2))
    plotter.background_color = "white"
    focus = np.array([0.0, 0.0, 0.55]) - 0.12 * RIGHT
    plotter.camera_position = [focus + EYE, focus, (0, 0, 1)]
    plotter.enable_parallel_projection()
    plotter.camera.parallel_scale = 1.35
