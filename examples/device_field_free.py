"""Field-free switching of a dot: the out-of-plane spins that one magnet's interface sends into another, in a device.

The Co|Cu|Co trilayer of `scattering_trilayer.py`, patterned: Co and Cu are a strip with contacts at its ends, the
upper Co is a dot. Rashba coupling at both interfaces (`law = "scattering"`) is driven by the local in-plane field,
wherever the current goes. Spin-orbit precession at the lower interface sends spins along z into the dot when m1 is
along x, and with the other sign for m1 along -x: m2 along y is pushed toward +z or -z, with no field. The film of the
same layers is solved exactly at the field below the middle of the dot.

Current also turns up into the dot at one end and down at the other. Polarised along m1, it exerts a much larger
torque there, of opposite signs at the two ends: over the whole dot it cancels, and what is left is about the film's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from drawing import BLUE, GREY, RED, name, panels, start, write
from matplotlib.figure import Figure
from scattering_trilayer import D_CO, D_CU, FIELD, JOINTS, X, Y, stack

import femsot as fs
from femsot.model.mesh import Level, Side, circle, layered, rectangle, triangulate

LENGTH, WIDTH, RADIUS = 240e-9, 120e-9, 35e-9  #: of the strip and the dot [m]
SIGNS = {"+x": X, "-x": (-1.0, 0.0, 0.0)}  #: m1


def device(m1: Any = X, m2: Any = Y, size: float = 12e-9) -> fs.Device:
    """The patterned trilayer; its laws are those of the film, computed once for each direction."""
    film = stack(m1, m2)
    footprint = triangulate({"strip": rectangle(LENGTH, WIDTH), "dot": circle(RADIUS, size)}, size)
    levels = [
        Level(D_CO, "bottom", 1e-9, 0.5),
        Level(D_CU, "Cu", 1e-9, 0.5),
        Level(D_CO, {"dot": "top"}, 1e-9, 0.5),
    ]
    ends = {"left": Side("x-", ("bottom", "Cu")), "right": Side("x+", ("bottom", "Cu"))}
    mesh = layered(levels, footprint=footprint, contacts=ends)
    regions = {layer.name: fs.Region(layer.material, layer.magnetization) for layer in film.layers}
    contacts = {"left": fs.Terminal(voltage=FIELD * LENGTH), "right": fs.Terminal(voltage=0.0)}
    return fs.Device(mesh, regions, film.interfaces, contacts, title="Co|Cu|Co, upper Co a dot")


def field_below(solution: fs.DeviceSolution) -> float:
    """E_x in Cu below the middle of the dot [V/m]."""
    step, height = 10e-9, D_CO + D_CU / 2
    phi = solution.sample([[-step, 0, height], [step, 0, height]], region="Cu")["mu"][:, 0]
    return float((phi[0] - phi[1]) / (2 * step))


@dataclass(frozen=True, eq=False)
class Results:
    """By the sign of m1; torques over the local field [S/m]."""

    dot: dict[str, np.ndarray]  #: received by the whole dot over its area (3,)
    film: dict[str, np.ndarray]  #: by the film (3,)
    face: dict[str, fs.DeviceSolution]
    field: dict[str, float]  #: [V/m]


def run(size: float = 12e-9) -> Results:
    """Both signs of m1."""
    dot, film, face, field = {}, {}, {}, {}
    for sign, m1 in SIGNS.items():
        solution = fs.solve(device(m1, size=size))
        field[sign], face[sign] = field_below(solution), solution
        dot[sign] = np.asarray(solution.torque("top").received) / field[sign]
        film[sign] = np.asarray(fs.solve(stack(m1)).torque("top").received) / FIELD
    return Results(dot, film, face, field)


def figure(found: Results) -> Figure:
    """The torque along z on the dot's face for both signs of m1, and along the diameter."""
    fig, axes = panels(1, 3, (13.2, 4.0))
    colors = {"+x": BLUE, "-x": RED}
    sizes = [1e-9 * np.abs(x.interfaces[JOINTS[1]].torque_magnetization[:, 2]).max() for x in found.face.values()]
    for ax, (sign, solution) in zip(axes[0], found.face.items(), strict=False):
        face = solution.interfaces[JOINTS[1]]
        x, y, values = face.points[:, 0] * 1e9, face.points[:, 1] * 1e9, face.torque_magnetization[:, 2] * 1e-9
        limits = {"vmin": -max(sizes), "vmax": max(sizes)}
        shown = ax.tripcolor(x, y, face.facets, values, shading="gouraud", cmap="RdBu_r", **limits)
        fig.colorbar(shown, ax=ax, label=r"$\tau_z$ [GA/m$^2$]")
        ax.set_aspect("equal")
        name(ax, rf"interface torque on $m_2=y$, $m_1={sign[0]}x$", x="x [nm]", y="y [nm]")
        near = np.abs(face.points[:, 1]) < 6e-9
        order = np.argsort(x[near])
        axes[0, 2].plot(
            x[near][order], values[near][order], "o-", markersize=3, color=colors[sign], label=f"$m_1={sign[0]}x$"
        )
        at_interface = fs.solve(stack(SIGNS[sign])).interface("Cu|top").torque_magnetization[2]
        film = at_interface * found.field[sign] / FIELD * 1e-9
        axes[0, 2].axhline(film, color=GREY, linestyle=(0, (4, 2)), linewidth=1)
    axes[0, 2].plot([], [], color=GREY, linestyle=(0, (4, 2)), label="film, exact")
    axes[0, 2].legend(frameon=False)
    name(axes[0, 2], "along the diameter y = 0", x="x [nm]", y=r"interface $\tau_z$ [GA/m$^2$]")
    fig.suptitle("Co dot (70 nm) on a Co | Cu strip, current along x, Rashba interfaces", fontsize=10.5)
    return fig


def main(directory: str = "examples_out") -> None:
    """The figure and its numbers."""
    found = run()
    write({"device_field_free": figure(found)}, directory)
    for sign in SIGNS:
        dot, film = (", ".join(f"{x:.4g}" for x in part[sign]) for part in (found.dot, found.film))
        print(f"m1 = {sign}: received by the dot over E ({dot}) S/m, by the film ({film}) S/m")
    report = found.face["+x"].report
    print(
        f"{report.unknowns} unknowns, {report.solver}, {report.iterations} iterations, residual {report.residual:.1e}"
    )


if __name__ == "__main__":
    start(main)
