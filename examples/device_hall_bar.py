"""Anomalous Hall effect and spin Hall magnetoresistance of a patterned Hall bar, m turned in three planes.

Pt under Co in a cross with four contacts: current from left to right, the two others float and measure. Both layers
conduct, Co has an anomalous Hall effect and Pt a spin Hall effect, whose inverse feels what Co absorbs: all of it in
one solve. A film of the same layers is solved exactly for its sheet conductivity sigma(m); a bar of that sheet
resistivity rho = sigma^-1 has R_xx = g rho_xx and R_xy = f rho_xy, with g and f of its shape alone: on meshes of 20,
10 and 5 nm f = 1.040, 1.008 and 0.997, the last digit below 1 being what the current contacts short.

`femsot sweep examples/device_hall_bar.toml` turns m from z over y to -z at five points: the resistance falls from
155.230 to 155.209 ohm, the four-terminal one (hall_top less hall_bottom) goes from -82.7 to 82.7 mohm.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from drawing import BLACK, BLUE, GREEN, RED, name, panels, start, write
from matplotlib.figure import Figure

import femsot as fs
from femsot.model.mesh import ready

CURRENT = 1e-4  #: [A]
PLANES = ("xy", "zy", "zx")  #: m turns from the first axis to the second
COLORS = dict(zip(PLANES, (BLUE, GREEN, RED), strict=True))


def parts() -> tuple[fs.NormalMetal, fs.Ferromagnet, Any]:
    """Pt, Co and the interface between them."""
    co = fs.Ferromagnet(
        name="Co",
        conductivity=4e6,
        spin_diffusion_length=10e-9,
        polarization=0.3,
        exchange_length=1e-9,
        dephasing_length=1.5e-9,
        anomalous_hall_conductivity=4e4,
        saturation_magnetization=1.1e6,
    )
    return fs.material("Pt"), co, fs.Mixing(up=6e14, down=3e14, mixing=8e14 + 5e13j)


def device(m: Any = (0, 0, 1), **sizes: float) -> fs.Device:
    """The cross; dimensions as those of the ready mesh."""
    pt, co, law = parts()
    contacts = {"left": fs.Terminal(current=CURRENT), "right": fs.Terminal(voltage=0.0)}
    contacts |= {f"hall_{side}": fs.Terminal(current=0.0) for side in ("top", "bottom")}
    regions = {"strip": fs.Region(pt), "film": fs.Region(co, m)}
    return fs.Device(
        ready("hall_bar", **sizes), regions, {"strip|film": law}, contacts, title="Hall bar of Pt under Co"
    )


def turned(angle: np.ndarray) -> dict[str, np.ndarray]:
    """m (angle, 3) in each plane."""
    found = {}
    for plane in PLANES:
        m = np.zeros((angle.size, 3))
        m[:, "xyz".index(plane[0])], m[:, "xyz".index(plane[1])] = np.cos(angle), np.sin(angle)
        found[plane] = m
    return found


def sheet(m: np.ndarray) -> np.ndarray:
    """Sheet resistivity (..., 2, 2) [ohm] of the film for m (..., 3), exactly."""
    pt, co, law = parts()
    columns = []
    for field in ((1.0, 0, 0), (0, 1.0, 0)):
        layers = [fs.Layer("strip", pt, 4e-9), fs.Layer("film", co, 2e-9, m)]
        film = fs.solve(fs.Stack(layers, {"strip|film": law}, electric_field=field))
        columns.append(sum(film.sheet_current(name) for name in film.parts))
    return np.linalg.inv(np.stack(columns, axis=-1))


@dataclass(frozen=True, eq=False)
class Results:
    """Resistances [ohm] of the bar and of a bar of the film's sheet resistivity, by plane (angle,)."""

    angle: np.ndarray  #: [rad]
    bar: dict[str, np.ndarray]  #: R_xx, R_xy (angle, 2)
    film: dict[str, np.ndarray]  #: rho_xx, rho_xy (angle, 2)
    shape: tuple[float, float]  #: g and f
    solution: fs.DeviceSolution  #: the last one


def run(points: int = 13, **sizes: float) -> Results:
    """Every angle of every plane."""
    angle = np.linspace(0, np.pi, points)
    base, bar, film = device(**sizes), {}, {}
    for plane, directions in turned(angle).items():
        found = []
        for m in directions:
            regions = {**base.regions, "film": replace(base.regions["film"], magnetization=m)}
            solution = fs.solve(replace(base, regions=regions), order=1)
            volts = {contact: voltage for contact, (voltage, _) in solution.contacts.items()}
            found.append([volts["left"] - volts["right"], volts["hall_bottom"] - volts["hall_top"]])
        bar[plane] = np.array(found) / CURRENT
        rho = sheet(directions)
        film[plane] = np.stack([rho[:, 0, 0], rho[:, 1, 0]], -1)
    longitudinal = np.mean(np.concatenate([bar[p][:, 0] / film[p][:, 0] for p in PLANES]))
    hall = [np.concatenate([found[p][:, 1] for p in PLANES]) for found in (bar, film)]
    return Results(angle, bar, film, (float(longitudinal), float(hall[0] @ hall[1] / (hall[1] @ hall[1]))), solution)


def figure(found: Results) -> Figure:
    """Longitudinal (a) and Hall (b) resistance against the angle of m."""
    fig, axes = panels(1, 2, (9.2, 4.0))
    degrees = np.degrees(found.angle)
    for plane, color in COLORS.items():
        base = found.film["zx"][0, 0]
        ax = axes[0, 0]
        ax.plot(degrees, (found.bar[plane][:, 0] / (found.shape[0] * base) - 1) * 1e3, "o", color=color, markersize=4)
        ax.plot(
            degrees, (found.film[plane][:, 0] / base - 1) * 1e3, color=color, label=f"m from {plane[0]} to {plane[1]}"
        )
        ax = axes[0, 1]
        ax.plot(degrees, found.bar[plane][:, 1] * 1e3, "o", color=color, markersize=4)
        ax.plot(degrees, found.film[plane][:, 1] * found.shape[1] * 1e3, color=color)
    axes[0, 1].plot([], [], "o", color=BLACK, markersize=4, label="Hall bar")
    axes[0, 1].plot([], [], color=BLACK, label=f"film, exact, times {found.shape[1]:.3f}")
    name(axes[0, 0], "magnetoresistance", x="angle [degrees]", y=r"$R_{xx}(m)/R_{xx}(z) - 1$ [$10^{-3}$]")
    name(axes[0, 1], "Hall resistance", x="angle [degrees]", y=r"$R_{xy}$ [m$\Omega$]")
    for ax in axes[0]:
        ax.legend(frameon=False, fontsize=9)
        ax.set_xlim(0, 180)
        ax.set_xticks(range(0, 181, 30))
    fig.suptitle(
        f"Pt (4 nm) | Co (2 nm) Hall bar; lines: film of the same layers, $g$ = {found.shape[0]:.3f}", fontsize=10.5
    )
    return fig


def main(directory: str = "examples_out") -> None:
    """The figure and its numbers."""
    found = run()
    write({"device_hall_bar": figure(found)}, directory)
    print(f"shape factors g = {found.shape[0]:.4f}, f = {found.shape[1]:.4f}")
    for plane in PLANES:
        bar, film = found.bar[plane], found.film[plane]
        rise = [np.ptp(x[:, 0]) / x[0, 0] for x in (bar, film)]
        low, high = bar[:, 1].min(), bar[:, 1].max()
        print(f"{plane}: dR/R {rise[0]:.3e} (film {rise[1]:.3e}), R_xy from {low:.4g} to {high:.4g} ohm")
    report = found.solution.report
    print(f"{report.unknowns} unknowns, charge balance {report.charge_balance:.1e}, {report.seconds:.1f} s a point")


if __name__ == "__main__":
    start(main)
