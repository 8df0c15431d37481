"""For how thin a ferromagnet does drift-diffusion still say the torque?

Pt(10 nm)|Co(d) of boltzmann_pt_co.py, E along x, m along z: torque on m by drift-diffusion with the drift-corrected and
the improved interface, over Boltzmann's equation, for Co from 2 to 100 nm with a specular and a diffuse outer surface.
Co's mean free paths are 16.25 (majority) and 6.01 nm (minority). What drift-diffusion takes for the drive, the bulk's
distribution in a field, has not built up in a layer that is thinner.

The sheet conductance of Co alone, with diffuse surfaces on both sides, is that of K. Fuchs and E. H. Sondheimer, for
two spins with mean free paths l (E. H. Sondheimer, Adv. Phys. 1, 1 (1952)):

    sigma_film/sigma = sum_l l F(d/l)/sum_l l,  F(k) = 1 - 3/(2k) int_1^inf (t^-3 - t^-5)(1 - e^(-k t)) dt.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from boltzmann_pt_co import BARRIER, BLACK, BLUE, FIELD, LSF_CO, POLARIZATION, SIGMA_CO, SPLITTING, Case, torque
from drawing import GREEN, ORANGE, RED, name, panels, start, write
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scipy.integrate import quad

import femsot as fs
from femsot.model.boundaries import Surface

PATHS = 11.13e-9 * np.array([1 + POLARIZATION, 1 - POLARIZATION])  #: of majority and minority [m]
CASES = {"weak": (SPLITTING, 0.05 * BARRIER), "strong": (SPLITTING, 0.5 * BARRIER)}
SURFACES = {"specular": 1.0, "diffuse": 0.0}
TREATMENTS = ("drift", "improved", "Boltzmann")


@dataclass(frozen=True, eq=False)
class Thickness:
    """Against d of Co."""

    d: np.ndarray  #: [m]
    value: dict[tuple[str, str, str], np.ndarray]  #: tau/E by case, surface, treatment: complex (DL, FL) [S/m]
    film: np.ndarray  #: sheet conductance of Co alone over sigma d
    closed: np.ndarray  #: the same in closed form

    def ratio(self, case: str, surface: str, treatment: str) -> np.ndarray:
        """DL + i FL over Boltzmann's, less one."""
        one, other = self.value[case, surface, treatment], self.value[case, surface, "Boltzmann"]
        return one.real / other.real - 1 + 1j * (one.imag / other.imag - 1)


def film(d: float) -> float:
    """Sheet conductance of a rough film of Co over sigma d, by Boltzmann's equation."""
    cobalt = fs.Ferromagnet(
        name="Co", conductivity=SIGMA_CO, spin_diffusion_length=LSF_CO, polarization=POLARIZATION, exchange_length=2e-9
    )
    rough = Surface(specularity=0.0)
    layers = [fs.Layer("Co", cobalt, d, (0, 0, 1))]
    stack = fs.Stack(layers, electric_field=(FIELD, 0.0, 0.0), bottom=rough, top=rough, method="boltzmann")
    return float(fs.solve(stack).sheet_current("Co")[0] / (SIGMA_CO * d * FIELD))


def fuchs_sondheimer(k: float) -> float:
    """F(k) of the docstring."""
    lost = quad(lambda t: (t**-3 - t**-5) * (1 - np.exp(-k * t)), 1, np.inf, epsabs=1e-12)[0]
    return 1 - 3 / (2 * k) * lost


def run(points: int = 12) -> Thickness:
    """Torques in all treatments, and the conductance of a film."""
    thicknesses = np.geomspace(2e-9, 100e-9, points)
    value = {}
    for case, (exchange, rashba) in CASES.items():
        for surface, p in SURFACES.items():
            for treatment in TREATMENTS:
                cases = [Case(exchange, rashba, cobalt=d, top=Surface(specularity=p)) for d in thicknesses]
                value[case, surface, treatment] = np.array([torque(x, treatment)[0] for x in cases])
    closed = [PATHS @ [fuchs_sondheimer(d / path) for path in PATHS] / PATHS.sum() for d in thicknesses]
    return Thickness(thicknesses, value, np.array([film(d) for d in thicknesses]), np.array(closed))


def figure(found: Thickness) -> Figure:
    """(a, b) deviations of DL and FL, (c) the torques themselves, (d) the film."""
    fig, axes = panels(2, 2, (9.6, 7.4))
    nm = found.d * 1e9
    colors = {"drift": ORANGE, "improved": GREEN}
    for ax, part, like in zip(axes[0], (np.real, np.imag), ("damping-like", "field-like"), strict=True):
        for treatment, color in colors.items():
            for surface, style in (("specular", "-"), ("diffuse", (0, (4, 2)))):
                off = 100 * part(found.ratio("weak", surface, treatment))
                ax.plot(nm, off, color=color, linestyle=style, label=f"{treatment}, {surface}")
        name(ax, f"{like}, against Boltzmann", x="thickness of Co [nm]", y="deviation [%], linear below 10 %")
        ax.set_xscale("log")
        ax.set_yscale("symlog", linthresh=10)
        ax.set_ylim(-5, 1000)
        ax.yaxis.set_major_formatter("{x:g}")
        ax.xaxis.set_major_formatter("{x:g}")
    axes[0, 0].legend(fontsize=8, frameon=False)
    for surface, color in (("specular", BLACK), ("diffuse", RED)):
        value = found.value["weak", surface, "Boltzmann"] * 1e-5
        axes[1, 0].plot(nm, value.real, color=color)
        axes[1, 0].plot(nm, value.imag, color=color, linestyle=(0, (4, 2)))
    lines = [Line2D([], [], color=c, label=f"{s} surface") for s, c in (("specular", BLACK), ("diffuse", RED))]
    lines += [Line2D([], [], color="#666666", linestyle=s, label=x) for x, s in (("DL", "-"), ("FL", (0, (4, 2))))]
    axes[1, 0].legend(handles=lines, fontsize=8, frameon=False, ncols=2, loc="upper right")
    axes[1, 0].set_ylim(top=0.4)
    name(axes[1, 0], "torque by Boltzmann's equation", x="thickness of Co [nm]", y=r"$\tau/E$ [$10^5$ S/m]")
    axes[1, 1].plot(nm, found.film, "o", color=BLUE, fillstyle="none", label="Boltzmann")
    axes[1, 1].plot(nm, found.closed, color=BLACK, label="Fuchs–Sondheimer, two spins")
    axes[1, 1].legend(fontsize=8, frameon=False)
    axes[1, 1].set_ylim(0, 1.02)
    name(axes[1, 1], "Co alone, diffuse surfaces", x="thickness of Co [nm]", y=r"sheet conductance over $\sigma d$")
    for ax in axes[1]:
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter("{x:g}")
    fig.suptitle(r"Pt(10 nm)|Co(d), m along z, $u_{ex}=0.2$, $u_R=0.05\,u_0$: drift-diffusion in thin Co", fontsize=11)
    return fig


def main(directory: str = "examples_out") -> None:
    """The figure, and the deviations."""
    found = run()
    write({"boltzmann_thickness": figure(found)}, directory)
    print(f"film: {np.max(np.abs(found.film / found.closed - 1)):.0e} off the closed form")
    for case, surface, treatment in found.value:
        if treatment != "Boltzmann":
            off = found.ratio(case, surface, treatment)
            shown = [f"{d * 1e9:.3g} nm {x.real:+.0%}/{x.imag:+.0%}" for d, x in zip(found.d, off, strict=True)]
            print(f"{case} {surface} {treatment}, DL/FL: {', '.join(shown[::3])}")


if __name__ == "__main__":
    start(main)
