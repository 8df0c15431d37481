"""When is a spin valve Valet and Fert's?

T. Valet, A. Fert, PRB 48, 7099 (1993), doi:10.1103/PhysRevB.48.7099, derive the diffusion of spins in currents
perpendicular to plane from Boltzmann's equation: it holds where mean free paths are short against spin diffusion
lengths. The same here by both methods: thick F|N|F between reservoirs, transparent interfaces, one Fermi sphere,
magnetizations parallel and antiparallel. Drift-diffusion depends on sigma alone; Boltzmann's equation sees the mean
free path 3 sigma/K, K = e^2 kF^2/(pi^2 hbar), so that at fixed sigma a smaller k_F means longer paths. Exactly, in
drift-diffusion with F thick (closed_forms.valet_fert):

    R_AP - R_P = 2 (P r_F)^2/[r_F cosh x + (r_N/2)(1 + (r_F/r_N)^2) sinh x],  x = t_N/l_N,
    r_F = l_F/[sigma (1 - P^2)],  r_N = l_N/sigma.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from drawing import BLACK, BLUE, ORANGE, RED, name, panels, start, write
from matplotlib.figure import Figure

import femsot as fs
from femsot.base.constants import e, hbar

SIGMA, POLARIZATION = 1e7, 0.5  #: of both metals [S/m]
LSF_F, LSF_N = 40e-9, 400e-9  #: [m]
D_F = 400e-9  #: [m]
CURRENT = 1e10  #: J_c [A/m^2]


def wavevector(path: float) -> float:
    """k_F that gives a mean free path [1/m]."""
    return float(np.sqrt(3 * SIGMA / path * np.pi**2 * hbar) / e)


def valve(thickness: float, sign: float, path: float) -> fs.Stack:
    """F|N|F with N of a thickness, the upper magnetization along +-z."""
    magnet = fs.Ferromagnet(
        name="F", conductivity=SIGMA, spin_diffusion_length=LSF_F, polarization=POLARIZATION, exchange_length=5e-9
    )
    metal = fs.NormalMetal(name="N", conductivity=SIGMA, spin_diffusion_length=LSF_N)
    layers = [fs.Layer("F1", magnet, D_F, (0, 0, 1)), fs.Layer("N", metal, thickness)]
    ends = {"bottom": fs.Contact(voltage=0.0), "top": fs.Contact(current_density=CURRENT)}
    return fs.Stack([*layers, fs.Layer("F2", magnet, D_F, (0, 0, sign))], fermi_wavevector=wavevector(path), **ends)


def difference(thickness: float, path: float, method: str) -> float:
    """R_AP - R_P [ohm m^2]."""
    areas = [float(fs.solve(valve(thickness, sign, path), method=method).resistance().area) for sign in (1.0, -1.0)]
    return areas[1] - areas[0]


def closed(thickness: float) -> float:
    """R_AP - R_P of the docstring [ohm m^2]."""
    r_F, r_N, x = LSF_F / (SIGMA * (1 - POLARIZATION**2)), LSF_N / SIGMA, thickness / LSF_N
    below = r_F * np.cosh(x) + r_N / 2 * (1 + (r_F / r_N) ** 2) * np.sinh(x)
    return float(2 * (POLARIZATION * r_F) ** 2 / below)


@dataclass(frozen=True, eq=False)
class Valves:
    """R_AP - R_P against N's thickness and against the mean free path."""

    thickness: np.ndarray  #: [m]
    value: dict[str, np.ndarray]  #: by method, paths of 0.5 nm [ohm m^2]
    closed: np.ndarray
    path: np.ndarray  #: [m]
    deviation: np.ndarray  #: Boltzmann's over Valet and Fert's, less one, N of 50 nm


def run(points: int = 8) -> Valves:
    """Both panels."""
    thickness, path = np.geomspace(5e-9, 200e-9, points), np.geomspace(0.3e-9, 30e-9, points)
    value = {m: np.array([difference(t, 0.5e-9, m) for t in thickness]) for m in ("exact", "boltzmann")}
    limit = closed(50e-9)
    deviation = np.array([difference(50e-9, x, "boltzmann") for x in path]) / limit - 1
    return Valves(thickness, value, np.array([closed(t) for t in thickness]), path, deviation)


def figure(found: Valves) -> Figure:
    """(a) R_AP - R_P, (b) what a mean free path does to it."""
    fig, axes = panels(1, 2, (9.6, 4.2))
    nm = found.thickness * 1e9
    axes[0, 0].plot(nm, found.closed * 1e15, color=BLACK, label="closed form")
    axes[0, 0].plot(nm, found.value["exact"] * 1e15, "o", color=BLUE, fillstyle="none", label="drift-diffusion")
    axes[0, 0].plot(nm, found.value["boltzmann"] * 1e15, "x", color=RED, label="Boltzmann, path 0.5 nm")
    axes[0, 0].legend(fontsize=8, frameon=False)
    axes[0, 0].set_ylim(bottom=0)
    name(axes[0, 0], "transparent F|N|F", x="thickness of N [nm]", y=r"$R_{AP}-R_P$ [f$\Omega$ m$^2$]")
    axes[0, 1].plot(found.path * 1e9, 100 * found.deviation, "o-", color=ORANGE)
    axes[0, 1].set_xscale("log")
    axes[0, 1].xaxis.set_major_formatter("{x:g}")
    text = r"$R_{AP}-R_P$ over Valet–Fert, less 1 [%]"
    name(axes[0, 1], "N of 50 nm, F with $l_{sf}$ = 40 nm", x="mean free path [nm]", y=text)
    return fig


def main(directory: str = "examples_out") -> None:
    """The figure, and the deviations."""
    found = run()
    write({"boltzmann_valve": figure(found)}, directory)
    for method, value in found.value.items():
        print(f"{method}: {np.max(np.abs(value / found.closed - 1)):.1e} off the closed form")
    for path, off in zip(found.path, found.deviation, strict=True):
        print(f"mean free path {path * 1e9:.2f} nm: {off:+.2%}")


if __name__ == "__main__":
    start(main)
