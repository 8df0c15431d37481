"""Where does the spin-orbit torque act on a magnetic dot, and how far is it from that of a film?

A Co disc on a Pt strip, current along x. In the middle of a wide dot everything is as in the film Pt|Co of the same
layers, which is solved exactly for the local field; within a few spin diffusion lengths of the rim, and where current
turns up into the dot, it is not. The same file runs as `femsot run examples/device_strip_dot.toml`, with fields for
ParaView and an OVF of the torque.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from drawing import BLACK, BLUE, GREY, RED, name, panels, start, write
from matplotlib.figure import Figure

import femsot as fs
from femsot.model.mesh import ready

CURRENT = 2e-4  #: through the strip [A]
DIAMETERS = (10e-9, 20e-9, 40e-9, 60e-9, 80e-9)  #: [m]
SIZES = {"strip_thickness": 4e-9, "dot_thickness": 3e-9}  #: [m]


def parts() -> tuple[fs.NormalMetal, fs.Ferromagnet, Any]:
    """Pt, Co and the interface between them."""
    pt = fs.material("Pt")
    co = fs.material("Co", exchange_length=1e-9, dephasing_length=1.5e-9, saturation_magnetization=1.4e6)
    return pt, co, fs.Mixing(up=6e14, down=3e14, mixing=8e14 + 5e13j)


def device(diameter: float = 60e-9, size: float = 4e-9) -> fs.Device:
    """The dot on its strip, m along z."""
    pt, co, law = parts()
    mesh = ready("strip_dot", size=size, diameter=diameter, **SIZES)
    regions = {"strip": fs.Region(pt), "dot": fs.Region(co, (0, 0, 1))}
    contacts = {"left": fs.Terminal(current=CURRENT), "right": fs.Terminal(voltage=0.0)}
    return fs.Device(mesh, regions, {"strip|dot": law}, contacts, title="Co dot on a Pt strip")


def film(field: float) -> fs.Solution:
    """The film of the same layers in a field [V/m] along x, exactly."""
    pt, co, law = parts()
    layers = [
        fs.Layer("strip", pt, SIZES["strip_thickness"]),
        fs.Layer("dot", co, SIZES["dot_thickness"], (0, 0, 1)),
    ]
    return fs.solve(fs.Stack(layers, {"strip|dot": law}, electric_field=(field, 0, 0)))


@dataclass(frozen=True, eq=False)
class Results:
    """Torques in the dot; of the film at the field in the middle of the strip."""

    solution: fs.DeviceSolution  #: of the dot of 60 nm
    field: float  #: E_x in the strip below its middle [V/m]
    film: complex  #: tau_DL + i tau_FL of the film there [A/m^2]
    x: np.ndarray  #: along the diameter [m]
    torque: np.ndarray  #: tau_DL + i tau_FL along it [A/m^2]
    diameter: np.ndarray  #: [m]
    mean: np.ndarray  #: tau_DL + i tau_FL of each dot over its area, over that of the film [1]


def field_below(solution: fs.DeviceSolution) -> float:
    """E_x in the middle of the strip's thickness below the dot's middle [V/m]."""
    step, height = 6e-9, SIZES["strip_thickness"] / 2
    phi = solution.sample([[-step, 0, height], [step, 0, height]])["mu"][:, 0]
    return float((phi[0] - phi[1]) / (2 * step))


def like(torque: np.ndarray) -> np.ndarray:
    """tau_DL + i tau_FL for m = z and p = z x E^ = y: m x (p x m) = y, m x p = -x."""
    return np.asarray(torque[..., 1] - 1j * torque[..., 0])


def run(diameters: tuple[float, ...] = DIAMETERS, size: float = 4e-9) -> Results:
    """The map of one dot, and the mean torque of dots of every diameter."""
    solution = fs.solve(device(size=size), order=1)
    field = field_below(solution)
    exact = complex(film(field).torque("dot").damping_like, film(field).torque("dot").field_like)
    face = solution.interfaces["strip|dot"]
    near = np.abs(face.points[:, 1]) < size / 2
    order = np.argsort(face.points[near, 0])
    means = []
    for diameter in diameters:
        found = fs.solve(device(diameter, size=min(size, diameter / 4)), order=1)
        torque = found.torque("dot")
        reference = film(field_below(found)).torque("dot")
        whole = complex(reference.damping_like, reference.field_like)
        means.append(complex(like(torque.flux)) / whole.real)
    along = like(face.torque_magnetization[near][order])
    return Results(solution, field, exact, face.points[near, 0][order], along, np.array(diameters), np.array(means))


def figure(found: Results) -> Figure:
    """The map of the torque (a), along the diameter (b), and against the diameter (c)."""
    fig, axes = panels(1, 3, (13.2, 4.0))
    face, unit = found.solution.interfaces["strip|dot"], 1e-9
    values = like(face.torque_magnetization).real * unit
    ax = axes[0, 0]
    x, y = face.points[:, 0] * 1e9, face.points[:, 1] * 1e9
    shown = ax.tripcolor(x, y, face.facets, values, shading="gouraud", cmap="viridis")
    fig.colorbar(shown, ax=ax, label=r"$\tau_{\rm DL}$ [GA/m$^2$]")
    ax.set_aspect("equal")
    name(ax, "interface torque on the dot", x="x [nm]", y="y [nm]")
    ax = axes[0, 1]
    for part, color, label in (
        (found.torque.real, BLUE, r"$\tau_{\rm DL}$"),
        (found.torque.imag, RED, r"$\tau_{\rm FL}$"),
    ):
        ax.plot(found.x * 1e9, part * unit, "o-", color=color, markersize=3, label=label)
    for value, label in ((found.film.real, "film, exact"), (found.film.imag, None)):
        ax.axhline(value * unit, color=BLACK, linestyle=(0, (4, 2)), linewidth=1, label=label)
    ax.legend(frameon=False)
    name(ax, "along the diameter y = 0", x="x [nm]", y=r"torque [GA/m$^2$]")
    ax = axes[0, 2]
    ax.plot(found.diameter * 1e9, found.mean.real, "o-", color=BLUE, label="dot, mean over its area")
    ax.axhline(1, color=GREY, linewidth=1, label="film")
    ax.set_ylim(0.95, 1.25)
    ax.legend(frameon=False)
    name(ax, "size of the dot", x="diameter [nm]", y=r"$\tau_{\rm DL}$ / film")
    fig.suptitle("Co dot (60 nm x 3 nm) on a Pt strip (100 nm x 4 nm), 0.2 mA along x", fontsize=10.5)
    return fig


def main(directory: str = "examples_out") -> None:
    """The figure and its numbers."""
    found = run()
    write({"device_strip_dot": figure(found)}, directory)
    middle = found.torque[np.argmin(np.abs(found.x))]
    print(f"middle of the dot: tau_DL {middle.real:.5g}, film {found.film.real:.5g} A/m^2")
    print(f"mean over the dot / film: {np.round(found.mean.real, 4)} at {np.round(found.diameter * 1e9)} nm")
    report = found.solution.report
    print(f"{report.unknowns} unknowns, charge balance {report.charge_balance:.1e}")
    print("budget residuals " + ", ".join(f"{n} {found.solution.budget(n).residual:.0e}" for n in ("strip", "dot")))


if __name__ == "__main__":
    start(main)
