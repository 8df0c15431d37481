"""Ready devices: a name and a few dimensions make a mesh."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from femsot.base.errors import Checks, did_you_mean
from femsot.base.quantities import Array

from .check import LARGEST
from .footprint import circle, grid, rectangle, triangulate
from .grading import spaced
from .layered import Level, Side, cross_section, layered, with_contacts
from .record import Mesh
from .rim import disc_in

NM = 1e-9
MOST_CELLS = 5e7
#: cells of thin levels grow by this share of their distance to the nearer side: each some 3 times the one before
GROWTH = 2.0
Sizes = Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Ready:
    """A device that `ready` makes; the first dimension is the size of cells in the plane."""

    description: str
    build: Callable[[Sizes], Mesh]
    sizes: Sizes  #: default dimensions [m]


def ready(name: str, *, size: float | None = None, **sizes: float) -> Mesh:
    """Return the mesh of a ready device; names, dimensions, regions and contacts are in `READY` and docs/meshes.md.

    Parameters
    ----------
    name : of the device.
    size : of the cells in the plane, about [m]; default: the device's own.
    **sizes : other dimensions by name [m].

    Raises
    ------
    InputError
        For an unknown name or dimension, or one that is not positive.

    >>> sorted(ready("stripe", size=20e-9).regions)
    ['film', 'stripe']
    """
    checks = Checks("mesh")
    if name not in READY:
        checks.fail("name", "", *did_you_mean(name, READY), value=repr(name))
        checks.done()
    dimensions = {**sizes} if size is None else {"size": size, **sizes}
    for key in dimensions:
        if key not in READY[name].sizes:
            checks.fail(name, f"no dimension {key!r}", *did_you_mean(key, READY[name].sizes))
    checks.positive(**dimensions)
    checks.done()
    sizes = {**READY[name].sizes, **dimensions}
    _check_cells(name, sizes, checks)
    checks.done()
    return READY[name].build(sizes)


def _check_cells(name: str, d: Sizes, checks: Checks) -> None:
    """A slip of a unit would fill the memory with cells."""
    length = d.get("length", d.get("width", d.get("diameter", 0.0)))
    width = d["size"] if name == "stripe" else d.get("width", d.get("diameter", 0.0))
    height = sum(value for key, value in d.items() if key.endswith("thickness"))
    cells = length * width / d["size"] ** 2 * height / d["thickness_size"] * 6
    if max(d.values()) > LARGEST or cells > MOST_CELLS:
        shown = ", ".join(f"{key} = {value / NM:g} nm" for key, value in d.items())
        checks.fail(name, f"makes about {cells:.1g} cells of {shown}", f"{MOST_CELLS:.0e} cells, 10 mm")


def _strip_dot(d: Sizes) -> Mesh:
    if d["diameter"] + 2 * d["size"] > min(d["length"], d["width"]):
        _refuse("strip_dot.diameter", d, "smaller than length and width by 2 size")
    levels = [
        Level(d["strip_thickness"], "strip", d["thickness_size"], GROWTH),
        Level(d["dot_thickness"], {"dot": "dot"}, d["thickness_size"], GROWTH),
    ]
    contacts = {"left": Side("x-", ("strip",)), "right": Side("x+", ("strip",))}
    footprint = disc_in(rectangle(d["length"], d["width"]), d["diameter"], d["size"], names=("strip", "dot"))
    return layered(levels, footprint=footprint, contacts=contacts)


def _hall_bar(d: Sizes) -> Mesh:
    if d["arm_width"] >= d["length"]:
        _refuse("hall_bar.arm_width", d, "smaller than length")
    arm = d["arm_width"] / 2
    strip = d["width"] / 2
    x = _nodes(d["size"], -d["length"] / 2, -arm, arm, d["length"] / 2)
    y = _nodes(d["size"], -strip - d["arm_length"], -strip, strip, strip + d["arm_length"])

    def cross(centres: Array) -> Array:
        return np.where((np.abs(centres[:, 0]) < arm) | (np.abs(centres[:, 1]) < strip), "cross", "")

    levels = [
        Level(d["strip_thickness"], "strip", d["thickness_size"], GROWTH),
        Level(d["film_thickness"], "film", d["thickness_size"], GROWTH),
    ]
    contacts = {"left": "x-", "right": "x+", "hall_bottom": "y-", "hall_top": "y+"}
    return layered(levels, footprint=grid(x, y, parts=cross), contacts=contacts)


def _nanopillar(d: Sizes) -> Mesh:
    if d["diameter"] + 2 * d["size"] > d["width"]:
        _refuse("nanopillar.diameter", d, "smaller than width by 2 size")
    footprint = disc_in(rectangle(d["width"], d["width"]), d["diameter"], d["size"], names=("lead", "pillar"))
    levels = [Level(d["bottom_thickness"], "bottom_lead", d["thickness_size"], GROWTH)]
    for name in ("fixed", "spacer", "free"):
        levels.append(Level(d[f"{name}_thickness"], {"pillar": name}, d["thickness_size"], GROWTH))
    levels.append(Level(d["top_thickness"], {"pillar": "top_lead"}, d["thickness_size"], GROWTH))
    return layered(levels, footprint=footprint, contacts={"bottom": "z-", "top": "z+"})


def _lateral_spin_valve(d: Sizes) -> Mesh:
    """The bars lie across the wire; x = 0 is the middle between them."""
    outer = (d["separation"] + d["bar_width"]) / 2
    inner = (d["separation"] - d["bar_width"]) / 2
    if inner <= 0 or 2 * outer >= d["length"]:
        _refuse("lateral_spin_valve.separation", d, "of the middles of the bars: > bar_width, < length - bar_width")
    x = _nodes(d["size"], -d["length"] / 2, -outer, -inner, inner, outer, d["length"] / 2)
    y = _nodes(d["size"], -d["width"] / 2, d["width"] / 2)

    def bars(centres: Array) -> Array:
        under = (np.abs(centres[:, 0]) > inner) & (np.abs(centres[:, 0]) < outer)
        return np.where(under, np.where(centres[:, 0] < 0, "injector", "detector"), "wire")

    levels = [
        Level(d["wire_thickness"], "wire", d["thickness_size"], 0.5),
        Level(d["bar_thickness"], {"injector": "injector", "detector": "detector"}, d["thickness_size"], 0.5),
    ]
    contacts = {"left": Side("x-", ("wire",)), "right": Side("x+", ("wire",))}
    contacts |= {f"{bar}_top": Side("z+", (bar,)) for bar in ("injector", "detector")}
    return layered(levels, footprint=grid(x, y, parts=bars), contacts=contacts)


def _stripe(d: Sizes) -> Mesh:
    rest = (d["width"] - d["stripe_width"]) / 2
    if rest <= 0:
        _refuse("stripe.stripe_width", d, "smaller than width")
    columns = [(x, spaced(w, d["size"])) for x, w in (("left", rest), ("middle", d["stripe_width"]), ("right", rest))]
    levels = [
        Level(d["film_thickness"], "film", d["thickness_size"], 0.3),
        Level(d["stripe_thickness"], {"middle": "stripe"}, d["thickness_size"], 0.3),
    ]
    contacts = {"left": Side("x-", ("film",)), "right": Side("x+", ("film",))}
    return cross_section(columns, levels, contacts=contacts, depth=d["depth"])


def _disc(d: Sizes) -> Mesh:
    """Contacts are the quarters of the rim around -x and +x: named edges of the footprint."""
    flat = triangulate({"disc": circle(d["diameter"] / 2, d["size"])}, d["size"])
    rim = {"left": lambda x: -x[:, 0] > np.abs(x[:, 1]), "right": lambda x: x[:, 0] > np.abs(x[:, 1])}
    levels = [Level(d["thickness"], "disc", d["thickness_size"])]
    return layered(levels, footprint=with_contacts(flat, rim), contacts={name: name for name in rim})


def _box(d: Sizes) -> Mesh:
    x = _nodes(d["size"], -d["length"] / 2, d["length"] / 2)
    y = _nodes(d["size"], -d["width"] / 2, d["width"] / 2)
    levels = [Level(d["thickness"], "box", d["thickness_size"])]
    return layered(levels, footprint=grid(x, y), contacts={"left": "x-", "right": "x+"})


def _nodes(size: float, *stops: float) -> Array:
    """From the first stop to the last, every stop a node, at most `size` apart."""
    pieces = [a + spaced(b - a, size)[:-1] for a, b in itertools.pairwise(stops)]
    return np.concatenate([*pieces, stops[-1:]])


def _refuse(field: str, d: Sizes, allowed: str) -> None:
    checks = Checks("mesh")
    checks.fail(field, allowed=allowed, value=f"{d[field.split('.')[1]] / NM:g} nm")
    checks.done()


def _nm(**sizes: float) -> dict[str, float]:
    return {name: value * NM for name, value in sizes.items()}


READY = {
    "strip_dot": Ready(
        "a disc on a strip, current along x",
        _strip_dot,
        _nm(size=10, length=200, width=100, diameter=60, strip_thickness=4, dot_thickness=2, thickness_size=0.5),
    ),
    "hall_bar": Ready(
        "a cross of a metal under a magnetic film, two current and two Hall contacts",
        _hall_bar,
        _nm(size=10, length=300, width=60, arm_width=40, arm_length=50, strip_thickness=4, film_thickness=2)
        | _nm(thickness_size=0.5),
    ),
    "nanopillar": Ready(
        "a spin-valve pillar between leads, current along z",
        _nanopillar,
        _nm(size=10, width=90, diameter=60, bottom_thickness=10, fixed_thickness=4, spacer_thickness=3)
        | _nm(free_thickness=2, top_thickness=10, thickness_size=0.5),
    ),
    "lateral_spin_valve": Ready(
        "two magnetic bars on a wire: injector and detector",
        _lateral_spin_valve,
        _nm(size=10, length=500, width=50, separation=200, bar_width=40, wire_thickness=20, bar_thickness=10)
        | _nm(thickness_size=2),
    ),
    "stripe": Ready(
        "2D cross-section (xz) of a magnetic stripe on a film",
        _stripe,
        _nm(size=4, width=200, stripe_width=100, film_thickness=5, stripe_thickness=3, thickness_size=0.5, depth=100),
    ),
    "disc": Ready(
        "a magnetic disc, contacts at its rim", _disc, _nm(size=6, diameter=100, thickness=10, thickness_size=2.5)
    ),
    "box": Ready(
        "a magnetic box, current along x", _box, _nm(size=5, length=100, width=100, thickness=10, thickness_size=2.5)
    ),
}
