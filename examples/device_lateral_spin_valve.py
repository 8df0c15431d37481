"""Nonlocal resistance of a lateral spin valve against the separation of its bars.

Two Py bars across a Cu wire: current goes in through the injector and out at the wire's left end, the detector and
the right end float. Tunnel barriers of conductance G and polarization P inject the moment P I into the wire, where it
spreads along x and relaxes, and the detector sees the voltage P mu_s m (S. Takahashi, S. Maekawa, PRB 67, 052409
(2003), doi:10.1103/PhysRevB.67.052409, tunnel limit). A wire thin against its spin diffusion length lambda, of cross-
section A, with ends at +-a that take all spin, gives for bars at -L/2 and L/2

    R_NL = +- P^2 (lambda/sigma A) sinh((a - L/2)/lambda)^2 / sinh(2a/lambda),     + for parallel bars,

which is P^2 (lambda/2 sigma A) exp(-L/lambda) in an infinite wire; `exact` averages it over the width of both bars.
R_NL is half the difference of V/I for parallel and antiparallel bars.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from drawing import BLACK, BLUE, RED, name, panels, start, write
from matplotlib.figure import Figure

import femsot as fs
from femsot.model.mesh import ready

CURRENT = 1e-4  #: [A]
CONDUCTANCE, POLARIZATION = 1e12, 0.3  #: of the barriers [S/m^2], P
LENGTH, WIDTH, THICKNESS, BAR = 500e-9, 50e-9, 20e-9, 40e-9  #: of the wire and the bars: those of the ready mesh [m]
SEPARATIONS = (100e-9, 150e-9, 200e-9, 250e-9, 300e-9)  #: L [m]


def device(separation: float = 200e-9, detector: Any = (0, 1, 0), size: float = 10e-9) -> fs.Device:
    """The valve, injector along y."""
    cu, py = fs.material("Cu"), fs.material("Py")
    law = fs.Ohmic(charge=CONDUCTANCE, polarization=POLARIZATION)
    return fs.Device(
        ready("lateral_spin_valve", separation=separation, size=size),
        {"wire": fs.Region(cu), "injector": fs.Region(py, (0, 1, 0)), "detector": fs.Region(py, detector)},
        {"wire|injector": law, "wire|detector": law},
        {
            "injector_top": fs.Terminal(current=CURRENT),
            "left": fs.Terminal(voltage=0.0),
            "right": fs.Terminal(current=0.0),
            "detector_top": fs.Terminal(current=0.0),
        },
        title="lateral nonlocal spin valve",
    )


def exact(separation: np.ndarray) -> np.ndarray:
    """R_NL [ohm] for parallel bars, averaged over their widths."""
    cu = fs.material("Cu")
    length, a = cu.spin_diffusion_length, LENGTH / 2
    points, weights = np.polynomial.legendre.leggauss(8)
    x, w = points * BAR / 2, weights / 2
    left, right = (
        -np.asarray(separation)[..., None, None] / 2 + x[:, None],
        np.asarray(separation)[..., None, None] / 2 + x,
    )
    green = np.sinh((a - right) / length) * np.sinh((a + left) / length) / np.sinh(2 * a / length)
    mean = np.einsum("...ij,i,j->...", green, w, w)
    return POLARIZATION**2 * length / (cu.conductivity * WIDTH * THICKNESS) * mean


@dataclass(frozen=True, eq=False)
class Results:
    """Against the separation (L,)."""

    separation: np.ndarray  #: [m]
    nonlocal_resistance: np.ndarray  #: [ohm]
    line: np.ndarray  #: x along the wire [m]
    spin: np.ndarray  #: mu_s along y there [V]
    solution: fs.DeviceSolution  #: at 200 nm, antiparallel


def measured(separation: float, size: float) -> tuple[float, fs.DeviceSolution]:
    """Half of V/I parallel less antiparallel, V between the detector and the floating end."""
    volts = []
    for detector in ((0, 1, 0), (0, -1, 0)):
        solution = fs.solve(device(separation, detector, size))
        volts.append(solution.contacts["detector_top"][0] - solution.contacts["right"][0])
    return (volts[0] - volts[1]) / 2 / CURRENT, solution


def run(separations: tuple[float, ...] = SEPARATIONS, size: float = 10e-9) -> Results:
    """Every separation, and the spin potential along one wire."""
    found = [measured(separation, size)[0] for separation in separations]
    _, solution = measured(200e-9, size)
    line = np.linspace(-LENGTH / 2, LENGTH / 2, 201)
    points = np.stack([line, 0 * line, 0 * line + THICKNESS / 2], -1)
    spin = solution.sample(points, region="wire")["mu"][:, 2]
    return Results(np.array(separations), np.array(found), line, spin, solution)


def figure(found: Results) -> Figure:
    """Nonlocal resistance (a), spin potential along the wire (b)."""
    fig, axes = panels(1, 2, (9.2, 4.0))
    dense = np.linspace(found.separation[0], found.separation[-1], 60)
    ax = axes[0, 0]
    ax.plot(dense * 1e9, exact(dense) * 1e3, color=BLACK, label="one-dimensional, tunnel limit")
    ax.plot(found.separation * 1e9, found.nonlocal_resistance * 1e3, "o", color=BLUE, label="device")
    ax.set_ylim(bottom=0)
    ax.legend(frameon=False)
    name(ax, "nonlocal resistance", x="separation L [nm]", y=r"$R_{\rm NL}$ [m$\Omega$]")
    ax = axes[0, 1]
    ax.plot(found.line * 1e9, found.spin * 1e6, color=RED)
    for x in (-100, 100):
        ax.axvspan(x - BAR * 5e8, x + BAR * 5e8, color="#fbe3b5", zorder=0)
    name(ax, "in the wire, bars shaded", x="x [nm]", y=r"$\mu_{s,y}$ [$\mu$V]")
    fig.suptitle("Py | Cu | Py lateral spin valve, tunnel barriers, 0.1 mA", fontsize=10.5)
    return fig


def main(directory: str = "examples_out") -> None:
    """The figure and its numbers."""
    found = run()
    write({"device_lateral_spin_valve": figure(found)}, directory)
    for length, value, line in zip(found.separation, found.nonlocal_resistance, exact(found.separation), strict=True):
        both = f"R_NL {value * 1e3:.4f} mohm, one-dimensional {line * 1e3:.4f}"
        print(f"L = {length * 1e9:.0f} nm: {both} ({value / line - 1:+.1%})")
    report = found.solution.report
    print(f"{report.unknowns} unknowns, {report.solver}, charge balance {report.charge_balance:.1e}")


if __name__ == "__main__":
    start(main)
