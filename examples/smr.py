"""Spin Hall magnetoresistance: how does an insulating magnet change the resistance of the metal on it?

YIG|Pt, in-plane E along x. The spin Hall effect piles up spin at Pt's faces; the magnet absorbs what is transverse
to m, and the inverse effect feels it. Y.-T. Chen et al., PRB 87, 144411 (2013), doi:10.1103/PhysRevB.87.144411,
with G = G_r + i G_i of femsot (twice their conductance, G_i of the opposite handedness), film closed above:

    sigma_xx/sigma = 1 - r0 - r1 (1 - m_y^2),        J_y/(sigma E) = - r1 m_x m_y - r2 m_z,
    r0 = - theta^2 (2 lambda/d) tanh(d/2 lambda),
    r1 + i r2 = theta^2 (lambda/d) G tanh^2(d/2 lambda)/[sigma/lambda + G coth(d/lambda)].

r1 gives the resistance for m in the plane across y (1 - m_y^2, not m_x^2: m along z counts like m along x) and the
planar Hall effect, r2 an anomalous Hall effect without any current in the magnet. Exact as conductivities; the
paper's resistivities agree with them to order theta^4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from drawing import BLUE, FAMILY, GREY, RED, name, panels, start, write
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

import femsot as fs
from femsot.papers import spin_hall

# Pt as in Chen et al.'s comparison with experiment; G_i is chosen here
CONDUCTIVITY = 1.1628e6  #: 86 uOhm cm [S/m]
SPIN_LENGTH = 1.5e-9  #: lambda [m]
ANGLE = 0.11  #: spin Hall angle theta
MIXING = 1e15 + 1e14j  #: G_r + i G_i, twice theirs [S/m^2]
THICKNESS = 5e-9  #: d [m]
FIELD = 1e4  #: E [V/m]


def stack() -> fs.Stack:
    """YIG|Pt, m along x."""
    pt = fs.NormalMetal(name="Pt", conductivity=CONDUCTIVITY, spin_diffusion_length=SPIN_LENGTH, spin_hall_angle=ANGLE)
    layers = (fs.Layer("YIG", fs.material("YIG"), 50e-9, (1, 0, 0)), fs.Layer("Pt", pt, THICKNESS))
    joint = {"YIG|Pt": fs.Mixing(mixing=MIXING)}
    return fs.Stack(layers, interfaces=joint, electric_field=(FIELD, 0, 0), title="YIG|Pt magnetoresistance")


def film(thickness: float | np.ndarray = THICKNESS) -> spin_hall.HallFilm:
    """Pt for the closed form."""
    return spin_hall.HallFilm(thickness, CONDUCTIVITY, CONDUCTIVITY, SPIN_LENGTH, ANGLE * CONDUCTIVITY)


def planes(angle: np.ndarray) -> dict[str, np.ndarray]:
    """m (angle, 3) turning from the first axis to the second."""
    c, s, o = np.cos(angle), np.sin(angle), 0 * angle
    return {"xy": np.stack([c, s, o], -1), "zy": np.stack([o, s, c], -1), "zx": np.stack([s, o, c], -1)}


@dataclass(frozen=True, eq=False)
class Turning:
    """m turned in three planes: K/(sigma d E) (plane, angle, 2), sheet current along x and y."""

    angle: np.ndarray  #: [rad]
    planes: tuple[str, ...]
    current: np.ndarray  #: solved
    exact: np.ndarray
    resistance: np.ndarray  #: sheet resistance (plane, angle) [ohm]


@dataclass(frozen=True, eq=False)
class Thickness:
    """The three ratios r0, r1, r2 (3, n) against d."""

    thickness: np.ndarray  #: [m]
    ratios: np.ndarray  #: from solved sheet currents
    exact: np.ndarray


def sheet_currents(solution: fs.StackSolution, thickness: float | np.ndarray) -> np.ndarray:
    """K/(sigma d E) (..., 2) of Pt."""
    return solution.sheet_current("Pt") / (CONDUCTIVITY * np.asarray(thickness)[..., None] * FIELD)


def run_turning(points: int = 73) -> Turning:
    """All angles of all planes in one batch."""
    angle = np.linspace(0, 2 * np.pi, points)
    turned = planes(angle)
    m = np.stack(list(turned.values()))
    solution = fs.solve_many(stack(), {"layers.YIG.magnetization": m})
    exact = spin_hall.smr_sheet_conductivity(film(), MIXING, magnetization=m) / (CONDUCTIVITY * THICKNESS)
    return Turning(angle, tuple(turned), sheet_currents(solution, THICKNESS), exact, solution.resistance().sheet)


def run_thickness(points: int = 60) -> Thickness:
    """m along y, x and z for every thickness in one batch, and the ratios from them."""
    d = np.geomspace(0.5e-9, 30e-9, points)
    m = np.array([[0.0, 1, 0], [1.0, 0, 0], [0, 0, 1.0]])[:, None, :]
    solution = fs.solve_many(stack(), {"layers.YIG.magnetization": m, "layers.Pt.thickness": d})
    k = sheet_currents(solution, d)
    ratios = np.stack([1 - k[0, :, 0], k[0, :, 0] - k[1, :, 0], -k[2, :, 1]])
    return Thickness(d, ratios, np.stack(spin_hall.smr_ratios(film(d), MIXING)))


def run() -> tuple[Turning, Thickness]:
    """Both parts."""
    return run_turning(), run_thickness()


def figure(turning: Turning, thickness: Thickness) -> Figure:
    """Sheet resistance (a), transverse current (b), against thickness (c); marks are the closed form."""
    fig, axes = panels(1, 3, (12.2, 4.3))
    degrees = np.degrees(turning.angle)
    labels = {"xy": r"$x\to y$", "zy": r"$z\to y$", "zx": r"$z\to x$"}
    along = turning.resistance, 1 / (CONDUCTIVITY * THICKNESS * turning.exact[..., 0])
    across = turning.current[..., 1] * 1e4, turning.exact[..., 1] * 1e4
    for ax, (solved, exact) in zip(axes[0], (along, across), strict=False):
        for i, (plane, color) in enumerate(zip(turning.planes, FAMILY, strict=False)):
            width = 3.5 if ax is axes[0, 0] and plane == "xy" else 1.5  # seen below a curve that coincides with it
            ax.plot(degrees, solved[i], color=color, label=labels[plane], linewidth=width)
            ax.plot(degrees[i * 2 :: 6], exact[i, i * 2 :: 6], "o", color=color, markersize=4.5)
        ax.set_xlim(0, 360)
        ax.set_xticks(range(0, 361, 90))
    axes[0, 0].set_ylim(along[0].min() - 0.02, along[0].max() + 0.02)
    name(axes[0, 0], "sheet resistance", x="angle [degrees]", y=r"$E/K_x$ [$\Omega$]")
    name(axes[0, 1], "transverse current", x="angle [degrees]", y=r"$J_y/\sigma E$ [$10^{-4}$]")
    handles, names = axes[0, 0].get_legend_handles_labels()
    handles.append(Line2D([], [], color=GREY, marker="o", linestyle="none", markersize=4))
    fig.legend(
        handles, [f"m turned {x}" for x in names] + ["Chen et al., exact"], loc="outside lower center", ncols=4,
        frameon=False,
    )  # fmt: skip
    ax, nm = axes[0, 2], thickness.thickness * 1e9
    shown = ((1, BLUE, r"$r_1$: magnetoresistance, planar Hall"), (2, RED, r"$r_2\times10$: anomalous Hall"))
    for i, color, label in shown:
        scale = 1e4 if i == 1 else 1e5
        ax.plot(nm, thickness.ratios[i] * scale, color=color, label=label)
        ax.plot(nm[::5], thickness.exact[i][::5] * scale, "o", color=color, markersize=4)
    ax.legend(frameon=False, fontsize=9, loc="upper right")
    ax.set_ylim(top=1.25 * np.max(thickness.ratios[1]) * 1e4)
    ax.set_xlim(0, 30)
    name(ax, "against thickness", x=r"$d_{\rm Pt}$ [nm]", y=r"ratio [$10^{-4}$]")
    fig.suptitle(
        r"YIG|Pt, mixing interface $G=(10+i)\times10^{14}$ S/m$^2$; $\theta_{\rm SH}=0.11$, $\lambda=1.5$ nm, "
        r"E along $x$; (a, b) $d_{\rm Pt}=5$ nm",
        fontsize=10.5,
    )
    return fig


def main(directory: str = "examples_out") -> None:
    """The figure, and the three ratios at d = 5 nm."""
    turning, thickness = run()
    write({"smr": figure(turning, thickness)}, directory)
    r0, r1, r2 = spin_hall.smr_ratios(film(), MIXING)
    print(f"Pt 5 nm: r0 {r0:.4e}, r1 {r1:.4e}, r2 {r2:.4e} (Chen et al.)")
    print(
        f"sheet resistance: {turning.resistance[0, 0]:.4f} ohm for m along x, {turning.resistance[0, 18]:.4f} along y"
    )
    print(
        f"sheet currents, solver against closed form: {np.max(np.abs(turning.current - turning.exact)):.0e} of sigma E"
    )
    largest = np.argmax(thickness.ratios[1])
    at = thickness.thickness[largest] * 1e9
    print(f"largest magnetoresistance {thickness.ratios[1, largest]:.3e} at d = {at:.1f} nm")


if __name__ == "__main__":
    start(main)
