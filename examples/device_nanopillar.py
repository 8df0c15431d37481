"""Resistance and spin-transfer torque of a nanopillar spin valve, against the one-dimensional valve.

Cu|Py|Cu|Py|Cu pillar with current along z, m of the free layer turned in the plane. A pillar as wide as its leads is
laterally uniform: it must give the exact one-dimensional resistance (V. Valet, A. Fert, PRB 48, 7099 (1993),
noncollinear as in `spin_valve.py`) to the error of its mesh. The ready mesh has a wide bottom lead, in which the
current spreads: a lower resistance, and a spin sink farther away for most of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from drawing import BLACK, BLUE, RED, name, panels, start, write
from matplotlib.figure import Figure

import femsot as fs
from femsot.model.mesh import Level, Mesh, circle, layered, ready, triangulate

CURRENT = 3e-4  #: [A]
NAMES = ("bottom_lead", "fixed", "spacer", "free", "top_lead")
THICKNESS = (10e-9, 4e-9, 3e-9, 2e-9, 10e-9)  #: those of the ready mesh [m]
FIXED = (1.0, 0.0, 0.0)


def parts() -> tuple[fs.NormalMetal, fs.Ferromagnet, Any]:
    """Cu, Py and the interface between them."""
    py = fs.material("Py", exchange_length=1e-9, saturation_magnetization=0.8e6)
    return fs.material("Cu"), py, fs.SpinMemoryLoss(resistance_area=0.5e-15, asymmetry=0.7)


def straight(size: float = 15e-9, layer: float = 0.5e-9) -> Mesh:
    """A pillar whose leads are as wide as it is."""
    shape = triangulate({"pillar": circle(30e-9, size)}, size)
    levels = [Level(d, n, layer, 0.5) for n, d in zip(NAMES, THICKNESS, strict=True)]
    return layered(levels, footprint=shape, contacts={"bottom": "z-", "top": "z+"})


def device(mesh: Mesh, free: Any = FIXED) -> fs.Device:
    """The valve on a mesh with these regions."""
    cu, py, law = parts()
    regions = {n: fs.Region(cu) for n in NAMES}
    regions |= {"fixed": fs.Region(py, FIXED), "free": fs.Region(py, free)}
    joints = {f"{a}|{b}": law for a, b in pairwise(NAMES)}
    contacts = {"bottom": fs.Terminal(current=CURRENT), "top": fs.Terminal(voltage=0.0)}
    return fs.Device(mesh, regions, joints, contacts, title="nanopillar spin valve")


def stack() -> fs.Stack:
    """The one-dimensional valve with the same mean current density."""
    cu, py, law = parts()
    m = {"fixed": FIXED, "free": FIXED}
    layers = [fs.Layer(n, py if n in m else cu, d, m.get(n)) for n, d in zip(NAMES, THICKNESS, strict=True)]
    joints = {f"{a}|{b}": law for a, b in pairwise(NAMES)}
    return fs.Stack(layers, joints, bottom=fs.Contact(current_density=1e11), top=fs.Contact(voltage=0.0))


def turned(angle: np.ndarray) -> np.ndarray:
    """m of the free layer (angle, 3)."""
    return np.stack([np.cos(angle), np.sin(angle), 0 * angle], -1)


@dataclass(frozen=True, eq=False)
class Valve:
    """Against the angle (angle,)."""

    resistance: np.ndarray  #: of the pillar [ohm m^2], times its area
    torque: np.ndarray  #: on the free layer along m x (m_fixed x m), over the current density


@dataclass(frozen=True, eq=False)
class Results:
    angle: np.ndarray  #: [rad]
    exact: Valve  #: one-dimensional
    straight: Valve
    spreading: Valve  #: the ready mesh
    solution: fs.DeviceSolution  #: of the straight pillar, antiparallel


def solved(mesh: Mesh, angle: np.ndarray) -> tuple[Valve, fs.DeviceSolution]:
    """The valve on one mesh at every angle."""
    base, found = device(mesh), []
    for m in turned(angle):
        regions = {**base.regions, "free": replace(base.regions["free"], magnetization=m)}
        solution = fs.solve(replace(base, regions=regions))
        area = solution.footprint("free")
        along = np.array([m[1], -m[0], 0.0])  # unit vector of m x (m_fixed x m)
        found.append(
            [solution.contacts["bottom"][0] / CURRENT * area, solution.torque("free").flux @ along * area / CURRENT]
        )
    resistance, torque = np.array(found).T
    return Valve(resistance, torque), solution


def run(points: int = 9, size: float = 15e-9) -> Results:
    """All three valves."""
    angle = np.linspace(0, np.pi, points)
    m = turned(angle)
    one = fs.solve_many(stack(), {"layers.free.magnetization": m})
    along = np.stack([m[:, 1], -m[:, 0], 0 * angle], -1)
    exact = Valve(one.resistance().area, (one.torque("free").flux * along).sum(-1) / 1e11)
    pillar, solution = solved(straight(size), angle)
    spreading, _ = solved(ready("nanopillar", size=size), angle)
    return Results(angle, exact, pillar, spreading, solution)


def figure(found: Results) -> Figure:
    """Resistance (a) and torque (b) against the angle."""
    fig, axes = panels(1, 2, (9.2, 4.0))
    degrees = np.degrees(found.angle)
    rows = ((found.exact, BLACK, "-", "one-dimensional, exact"), (found.straight, BLUE, "o", "pillar, leads as wide"))
    for valve, color, mark, label in (*rows, (found.spreading, RED, "s--", "wide bottom lead")):
        style = {"color": color, "markersize": 4, "label": label}
        axes[0, 0].plot(degrees, (valve.resistance - valve.resistance[0]) * 1e15, mark, **style)
        axes[0, 1].plot(degrees, valve.torque, mark, **style)
    name(axes[0, 0], "magnetoresistance", x="angle [degrees]", y=r"$A[R(\theta)-R(0)]$ [f$\Omega$ m$^2$]")
    name(axes[0, 1], r"torque along $m\times(m_{\rm fixed}\times m)$", x="angle [degrees]", y=r"$\tau/J$")
    for ax in axes[0]:
        ax.legend(frameon=False, fontsize=9)
        ax.set_xlim(0, 180)
        ax.set_xticks(range(0, 181, 30))
    fig.suptitle("Cu | Py (4 nm) | Cu (3 nm) | Py (2 nm) | Cu nanopillar, 60 nm wide", fontsize=10.5)
    return fig


def main(directory: str = "examples_out") -> None:
    """The figure and its numbers."""
    found = run()
    write({"device_nanopillar": figure(found)}, directory)
    for label, valve in (("one-dimensional", found.exact), ("pillar", found.straight), ("wide lead", found.spreading)):
        low, high = valve.resistance[[0, -1]] * 1e15
        print(f"{label}: A R_P {low:.5f}, A R_AP {high:.5f}, difference {high - low:.5f} fohm m^2")
    off = np.abs(found.straight.resistance / found.exact.resistance - 1).max()
    print(f"pillar against the exact valve: {off:.1e}; charge balance {found.solution.report.charge_balance:.1e}")


if __name__ == "__main__":
    start(main)
