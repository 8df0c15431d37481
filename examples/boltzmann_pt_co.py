"""How well do drift-diffusion and circuit theory reproduce Boltzmann's equation for a Rashba interface?

Figs. 2-4 of V. P. Amin, M. D. Stiles, PRB 94, 104420 (2016), doi:10.1103/PhysRevB.94.104420: Pt|Co, E along x, m along
z, interface u0 + uex sigma.m + uR sigma.(k x z), one Fermi sphere, specular outer surfaces. What m receives, split as
tau = tau_DL m x (y x m) + tau_FL m x y, by four treatments:

    bare       incoming distributions are the accumulations (appendix B)
    drift      with Schep's drift term
    improved   with the modes that die out within a mean free path (appendix D; correction "boltzmann")
    Boltzmann  the equation itself (appendix C), method "boltzmann"

The figures' data are not published as numbers; parameters are those of docs/misprints.md, Amin16 D. The spin diffusion
length of Pt is hardly more than its mean free path: where l_sf^2 = lambda v_F tau_sf/6 says 2.57 nm, spins decay over
2.828 nm. Boltzmann's equation is given the 2.57 nm, drift-diffusion the 2.828 nm that come out of it. Co precesses
within 1.2 nm; drift-diffusion takes the admittance that this gives (scattering_thickness.py).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from drawing import BLACK, BLUE, GREEN, GREY, ORANGE, name, panels, start, write
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

import femsot as fs

KF = 16e9  #: [1/m]
SIGMA_PT, SIGMA_CO = 4.3889e6, 2.3424e7  #: mean free paths 2.0854 and 11.13 nm [S/m]
TAU_PT, TAU_CO = 1.1259e-15, 6.0088e-15  #: the same as times [s]
POLARIZATION, LSF_CO = 0.46, 59e-9
LSF_PT, DECAY_PT = 2.57e-9, 2.8281e-9  #: as of tau_sf, and of the mode [m]
PRECESSION = 1.2e-9  #: v_F/omega in Co [m]
EXCHANGE = 2.1099e-9  #: lambda_J^2 = lambda v_F/(3 omega) [m]
ADMITTANCE = {"exchange_length": 18.58e-9, "dephasing_length": 6.473e-9}  #: of Co that precesses, to diffusion [m]
BARRIER, SPLITTING = 0.42645, 0.20055  #: u0, uex
FIELD = 1e5  #: E [V/m]
TREATMENTS = ("bare", "drift", "improved", "Boltzmann")


@dataclass(frozen=True)
class Case:
    """One bilayer, lengths in m."""

    exchange: float = SPLITTING  #: uex
    rashba: float = 0.5 * BARRIER  #: uR
    platinum: float = 10e-9
    cobalt: float = 20e-9
    hall_angle: float = 0.0  #: of Pt
    top: Any = None  #: the outer surface of Co


def stack(case: Case, treatment: str) -> fs.Stack:
    """The bilayer as a treatment sees it."""
    boltzmann = treatment == "Boltzmann"
    platinum = fs.NormalMetal(
        name="Pt",
        conductivity=SIGMA_PT,
        spin_diffusion_length=LSF_PT if boltzmann else DECAY_PT,
        spin_hall_angle=case.hall_angle,
    )
    lengths = {"exchange_length": EXCHANGE} if boltzmann else ADMITTANCE
    cobalt = fs.Ferromagnet(
        name="Co", conductivity=SIGMA_CO, spin_diffusion_length=LSF_CO, polarization=POLARIZATION, **lengths
    )
    changes: dict[str, Any] = {"correction": "drift" if boltzmann else treatment}
    if treatment == "improved":
        flips = {"spin_diffusion_length": (DECAY_PT, LSF_CO), "precession_length": PRECESSION}
        changes = {"correction": "boltzmann", **flips}
    law = fs.Scattering(
        fermi_wavevector=KF,
        barrier=BARRIER,
        exchange=case.exchange,
        rashba=case.rashba,
        relaxation_time=(TAU_PT, TAU_CO),
        polarization=POLARIZATION,
        tolerance=1e-5,
        **changes,
    )
    layers = [fs.Layer("Pt", platinum, case.platinum), fs.Layer("Co", cobalt, case.cobalt, (0, 0, 1))]
    return fs.Stack(layers, {"Pt|Co": law}, electric_field=(FIELD, 0.0, 0.0), top=case.top)


def torque(case: Case, treatment: str) -> np.ndarray:
    """What m receives in all, and of it at the interface, over E: complex DL + i FL (2,) [S/m]."""
    method = "boltzmann" if treatment == "Boltzmann" else "exact"
    with warnings.catch_warnings():  # layers thinner than a mean free path are what this is about
        warnings.simplefilter("ignore", fs.PhysicsWarning)
        found = fs.solve(stack(case, treatment), method=method).torque("Co")
    parts = np.stack([found.split(found.received), found.split(found.interface)])
    return (parts[:, 0] + 1j * parts[:, 1]) / FIELD


@dataclass(frozen=True, eq=False)
class Curves:
    """tau/E (2 [all, interface], points) by treatment, complex (DL, FL)."""

    x: np.ndarray
    value: dict[str, np.ndarray]

    def deviation(self, treatment: str) -> np.ndarray:
        """(points,) DL + i FL of a treatment over Boltzmann's, less one."""
        one, other = self.value[treatment][0], self.value["Boltzmann"][0]
        return one.real / other.real - 1 + 1j * (one.imag / other.imag - 1)


def curves(x: np.ndarray, cases: list[Case]) -> Curves:
    return Curves(x, {t: np.stack([torque(case, t) for case in cases], axis=1) for t in TREATMENTS})


def run(points: int = 9) -> dict[tuple[str, float], Curves]:
    """Against uex at two uR (Fig. 3), uR at two uex (Fig. 4), the thickness of Pt for two sources (Fig. 2)."""
    found = {}
    exchange, rashba = np.linspace(0.02, 0.4, points), np.linspace(0.02, 0.4, points)
    thickness = np.linspace(1e-9, 15e-9, points)
    for ratio in (0.5, 0.05):
        found["uex", ratio] = curves(exchange, [Case(u, ratio * BARRIER) for u in exchange])
    for splitting in (0.05, 0.2):
        found["uR", splitting] = curves(rashba, [Case(splitting, u) for u in rashba])
    for angle in (0.0, 0.05):
        weak = 0.05 * BARRIER * (angle == 0)
        found["t", angle] = curves(thickness, [Case(SPLITTING, weak, t, hall_angle=angle) for t in thickness])
    return found


STYLES: dict[str, dict[str, Any]] = {
    "bare": {"color": BLUE, "marker": "o", "linestyle": "", "fillstyle": "none", "markersize": 5},
    "drift": {"color": ORANGE, "linestyle": (0, (4, 2))},
    "improved": {"color": GREEN, "marker": "s", "linestyle": "", "markersize": 3.5},
    "Boltzmann": {"color": BLACK},
}


def draw(axes: Any, found: Curves, *, scale: float = 1.0) -> None:
    """DL and FL of all treatments."""
    for treatment in reversed(TREATMENTS):
        for ax, part in zip(axes, (np.real, np.imag), strict=True):
            ax.plot(found.x * scale, part(found.value[treatment][0]) * 1e-5, **STYLES[treatment])


def legend(figure: Figure, title: str) -> None:
    lines = [Line2D([], [], label=treatment, **STYLES[treatment]) for treatment in TREATMENTS]
    figure.legend(handles=lines, loc="outside lower center", ncols=4, frameon=False)
    figure.suptitle(title, fontsize=11)


def exchange_figure(found: dict[tuple[str, float], Curves]) -> Figure:
    """Fig. 3: all of the torque against uex at two uR, and its parts in interface and bulk."""
    figure, axes = panels(2, 3, (12.2, 7.2), sharex=True)
    label = r"$\tau/E$ [$10^5$ S/m]"
    for column, ratio in enumerate((0.5, 0.05)):
        draw(axes[:, column], found["uex", ratio])
        name(axes[0, column], rf"damping-like, $u_R={ratio}\,u_0$", y=label)
        name(axes[1, column], rf"field-like, $u_R={ratio}\,u_0$", x=r"$u_{ex}$", y=label)
    for row, part in enumerate((np.real, np.imag)):
        draw_parts(axes[row, 2], found["uex", 0.5], part)
    name(axes[0, 2], r"damping-like, parts, $u_R=0.5\,u_0$", y=label)
    name(axes[1, 2], r"field-like, parts, $u_R=0.5\,u_0$", x=r"$u_{ex}$", y=label)
    legend(figure, "Pt(10 nm)|Co(20 nm), m along z: torque on m against interface exchange (Amin16 Fig. 3)")
    return figure


def draw_parts(ax: Axes, found: Curves, part: Any) -> None:
    """Interface and bulk; "improved" books at the interface what Co absorbs within a mean free path: left out."""
    for treatment in ("drift", "Boltzmann"):
        whole, interface = found.value[treatment]
        style = STYLES[treatment]
        ax.plot(found.x, part(interface) * 1e-5, **style)
        ax.plot(found.x, part(whole - interface) * 1e-5, **style | {"linewidth": 3, "alpha": 0.45})
    ax.legend(
        handles=[
            Line2D([], [], color=GREY, label="interface"),
            Line2D([], [], color=GREY, linewidth=3, alpha=0.45, label="bulk Co"),
        ],
        fontsize=8,
        frameon=False,
    )


def pair_figure(found: dict[tuple[str, float], Curves], key: str, *, labels: dict[float, str], x: str) -> Figure:
    """DL above FL, a column for each family."""
    figure, axes = panels(2, 2, (9.0, 7.2), sharex=True)
    for column, (value, text) in enumerate(labels.items()):
        draw(axes[:, column], found[key, value], scale=1e9 if key == "t" else 1.0)
        name(axes[0, column], f"damping-like, {text}", y=r"$\tau/E$ [$10^5$ S/m]")
        name(axes[1, column], f"field-like, {text}", x=x, y=r"$\tau/E$ [$10^5$ S/m]")
    return figure


def figures(found: dict[tuple[str, float], Curves]) -> dict[str, Figure]:
    splitting = {value: rf"$u_{{ex}}={value}$" for value in (0.05, 0.2)}
    sources = {0.0: r"Rashba, $u_R=0.05\,u_0$", 0.05: "spin Hall effect, angle 0.05"}
    rashba = pair_figure(found, "uR", labels=splitting, x=r"$u_R$")
    legend(rashba, "Pt(10 nm)|Co(20 nm), m along z: torque on m (Amin16 Fig. 4)")
    thickness = pair_figure(found, "t", labels=sources, x="thickness of Pt [nm]")
    legend(thickness, "Pt(t)|Co(20 nm), m along z: torque on m (Amin16 Fig. 2)")
    return {
        "boltzmann_pt_co_exchange": exchange_figure(found),
        "boltzmann_pt_co_rashba": rashba,
        "boltzmann_pt_co_thickness": thickness,
    }


def main(directory: str = "examples_out") -> None:
    """The figures, and how far each treatment is off."""
    found = run()
    write(figures(found), directory)
    for (key, value), one in found.items():
        for treatment in TREATMENTS[:-1]:
            off = one.deviation(treatment)
            like = [f"{part} {x.min():+.1%} to {x.max():+.1%}" for part, x in (("DL", off.real), ("FL", off.imag))]
            print(f"{key} ({value}) {treatment:9} {', '.join(like)}")


if __name__ == "__main__":
    start(main)
