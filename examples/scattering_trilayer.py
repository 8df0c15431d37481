"""Can one magnet's interface turn another magnet out of the plane without a magnetic field?

F|N|F = Co|Cu|Co, E along x. Rashba coupling at the lower interface turns the spins of the polarised in-plane current
of the lower Co about khat x z: spin-orbit precession sends a current of spins m1 x y, along z for m1 along x, through
Cu into the upper magnet (V. P. Amin, P. M. Haney, M. D. Stiles, JAP 128, 151101 (2020), doi:10.1063/5.0024019;
V. P. Amin, J. Zemen, M. D. Stiles, PRL 121, 136805 (2018), doi:10.1103/PhysRevLett.121.136805). Spin-orbit filtering
of the unpolarised part gives spins near y, for every m1, and little of them where both metals scatter alike. An upper
magnet m2 along y feels no torque from its own interface, nor from spins along y; what is left along m2 x (z x m2)
pushes it toward +z or -z, as m1 says.

Each mechanism has its own sources at an interface (`femsot.papers.amin20.mechanisms`); they are solved one by one
in the same stack, and add up to the whole. `amin20.trilayer` is the limit of a thin spacer and of ferromagnets that
hold no spin potential: the solver is driven there as a test. Equal Fermi surfaces; interface numbers are chosen here,
as is Cu; Co is that of `scattering_thickness`, thicker than its mean free path.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from drawing import BLACK, BLUE, GREEN, GREY, ORANGE, RED, name, panels, start, write
from matplotlib.figure import Figure
from scattering_thickness import FIELD, KF, POLARIZATION, TAU_CO, cobalt

import femsot as fs
from femsot.papers import amin20
from femsot.scattering import Hamiltonian, Tensors

D_CO, D_CU = 20e-9, 4e-9  #: [m]
# mean free path 10 nm
TAU_CU, SIGMA_CU = 5.3987e-15, 2.1044e7  #: [s], [S/m]
LSF_CU = 100e-9  #: [m]
#: u0, uex, uR of the two interfaces: the lower one works, the upper one is a weak mirror image
LOWER = {"barrier": 0.3, "exchange": 0.15, "rashba": 0.1, "relaxation_time": (TAU_CO, TAU_CU)}
UPPER = {"barrier": 0.3, "exchange": 0.15, "rashba": -0.02, "relaxation_time": (TAU_CU, TAU_CO)}
SIDES = ((LOWER, "below"), (UPPER, "above"))
X, Y = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)
JOINTS = ("bottom|Cu", "Cu|top")
DRIVES = {"filtering": 0, "precession": 1}  #: index of `amin20.DRIVES`: the unpolarised and the polarised current


def common() -> dict[str, Any]:
    """Fields of both interfaces."""
    return {"fermi_wavevector": KF, "polarization": POLARIZATION}


def stack(m1: Any = X, m2: Any = Y, made: tuple[Tensors, Tensors] | None = None) -> fs.Stack:
    """The trilayer, with laws of its own or of tensors `made` before."""
    cu = fs.NormalMetal(name="Cu", conductivity=SIGMA_CU, spin_diffusion_length=LSF_CU)
    co = cobalt()
    layers = (fs.Layer("bottom", co, D_CO, m1), fs.Layer("Cu", cu, D_CU), fs.Layer("top", co, D_CO, m2))
    if made is None:
        laws = [fs.Scattering(**common(), **given) for given, _ in SIDES]
    else:
        laws = [fs.Scattering.from_tensors(one) for one in made]
    return fs.Stack(
        layers, dict(zip(JOINTS, laws, strict=True)), electric_field=(FIELD, 0, 0), title="Co|Cu|Co, Rashba interfaces"
    )


def mechanisms(index: int, m: Any) -> amin20.Mechanisms:
    """Of the lower (0) or upper (1) interface."""
    given, side = SIDES[index]
    return amin20.mechanisms(Hamiltonian(magnetization=m, ferromagnet=side, **common(), **given))


def only(found: amin20.Mechanisms, drives: Iterable[int]) -> Tensors:
    """The interface's tensors with the sources of some drives alone."""
    drives = list(drives)
    names = {"source": found.current, "torque_field": found.interface, "lattice_field": found.lattice}
    return replace(found.total, **{key: value[drives].sum(axis=(0, 1)) for key, value in names.items()})


def total(solution: fs.Solution, magnet: str = "top") -> np.ndarray:
    """What m of one magnet receives over E (..., 3): exchange in Co and at the interface [S/m]."""
    return np.asarray(solution.torque(magnet).received) / FIELD


def split(m1: Any, m2: Any, thickness: np.ndarray) -> dict[str, fs.Solution]:
    """The stack with all sources, and with one mechanism of the lower interface at a time."""
    lower, upper = mechanisms(0, m1), mechanisms(1, m2)
    pairs = {"all": (lower.total, upper.total), "upper": (only(lower, ()), upper.total)}
    pairs |= {label: (only(lower, (drive,)), only(upper, ())) for label, drive in DRIVES.items()}
    return {
        label: fs.solve_many(stack(m1, m2, made), {"layers.Cu.thickness": thickness}) for label, made in pairs.items()
    }


@dataclass(frozen=True, eq=False)
class Results:
    """Torques and spin currents over E [S/m]."""

    solution: fs.Solution  #: m1 along x, m2 along y
    angle: np.ndarray  #: of m1 from x, in the plane [rad]
    arriving: dict[str, np.ndarray]  #: J_s at the upper interface (angle, 3), m2 along y
    polar: np.ndarray  #: of m2 from z, in the plane yz [rad]
    rising: dict[str, np.ndarray]  #: torque on m2 along rising polar angle, by m1
    thickness: np.ndarray  #: of Cu [m]
    out_of_plane: dict[str, np.ndarray]  #: torque on m2 = y along z, by mechanism
    table: tuple[amin20.Row, ...]  #: of the thin trilayer
    residual: float  #: worst budget


def run_polar(points: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The upper magnet turned from z to -z through y, the lower along x, -x, y: one batch."""
    polar = np.linspace(0, np.pi, points)
    m1 = np.array([X, np.negative(X), Y])
    m2 = np.stack([0 * polar, np.sin(polar), np.cos(polar)], -1)
    values = {"layers.bottom.magnetization": m1[:, None], "layers.top.magnetization": m2}
    torque = total(fs.solve_many(stack(), values))
    rising = np.stack([0 * polar, np.cos(polar), -np.sin(polar)], -1)
    return polar, dict(zip(("x", "-x", "y"), (torque * rising).sum(-1), strict=True))


def run(points: int = 13) -> Results:
    """Everything; the same number of angles of m1 and of m2."""
    angle = np.linspace(0, np.pi, points)
    turned = [split((np.cos(a), np.sin(a), 0.0), Y, np.array([D_CU])) for a in angle]
    upper = {label: [parts[label].interface("Cu|top") for parts in turned] for label in turned[0]}
    arriving = {label: np.array([state.J_minus[0, 1:4] for state in states]) / FIELD for label, states in upper.items()}
    polar, rising = run_polar(points)
    thickness = np.geomspace(0.2e-9, 400e-9, 60)
    parts = split(X, Y, thickness)
    everything = parts["all"]
    return Results(
        solution=fs.solve(stack()),
        angle=angle,
        arriving=arriving,
        polar=polar,
        rising=rising,
        thickness=thickness,
        out_of_plane={label: total(one)[:, 2] for label, one in parts.items()},
        table=amin20.trilayer(mechanisms(0, X), mechanisms(1, Y)),
        residual=float(max(np.max(everything.budget(name).residual) for name in everything.parts)),
    )


def in_table(rows: Iterable[amin20.Row], mechanism: str, *, interface: int = 0, magnet: int = 1) -> np.ndarray:
    """Torque (3,) on one magnet of one interface's mechanism, E along x, from both sides of it [S/m]."""
    found = [r.torque[:, 0] for r in rows if (r.interface, r.magnet, r.mechanism) == (interface, magnet, mechanism)]
    return np.sum(found, axis=0) if found else np.zeros(3)


COLORS = {"all": BLACK, "precession": BLUE, "filtering": RED, "upper": GREY}
STYLES = {label: (0, (4, 2)) if label == "precession" else "-" for label in COLORS}
WORDS = {
    "all": "everything",
    "precession": "precession, lower",
    "filtering": "filtering, lower",
    "upper": "upper's own",
}


def draw_profile(ax: Any, found: Results) -> None:
    """Spin current through the stack, m1 along x, m2 along y."""
    z = found.solution.stack.z
    for i, color in enumerate((GREEN, ORANGE, BLUE)):
        for n, layer in enumerate(found.solution.stack.layers):
            inside = np.linspace(0, z[n + 1] - z[n], 120)
            J = found.solution.layer_profile(layer.name, inside)[1][:, 1 + i]
            label = rf"$J_{{s,{'xyz'[i]}}}$" if n == 0 else None
            ax.plot((z[n] + inside - z[1]) * 1e9, J / FIELD * 1e-5, color=color, label=label)
    ax.axvspan(0, D_CU * 1e9, facecolor="#fbe3b5", alpha=0.5, zorder=-1, linewidth=0)
    ax.set_xlim(-D_CO * 1e9, (D_CU + D_CO) * 1e9)
    ax.legend(frameon=False, fontsize=9)
    name(ax, "spin current, $m_1=x$, $m_2=y$", x="z [nm], Cu shaded", y=r"$J_s/E$ [$10^5$ S/m]")


def draw_arriving(ax: Any, found: Results) -> None:
    """z-polarised spin current at the upper interface against the direction of m1."""
    for label in ("all", "precession", "filtering", "upper"):
        values = found.arriving[label][:, 2] * 1e-5
        look = {"color": COLORS[label], "linestyle": STYLES[label], "label": WORDS[label]}
        ax.plot(np.degrees(found.angle), values, marker="o", markersize=3.5, **look)
    ax.set_xlim(0, 180)
    ax.set_xticks(range(0, 181, 45))
    ax.legend(frameon=False, fontsize=9)
    name(ax, "arriving at the upper Co", x="angle of $m_1$ from E [degrees]", y=r"$J_{s,z}/E$ [$10^5$ S/m]")


def draw_rising(ax: Any, found: Results) -> None:
    """Torque that lowers m2."""
    for (m1, values), color in zip(found.rising.items(), (BLUE, RED, BLACK), strict=True):
        ax.plot(np.degrees(found.polar), values * 1e-5, "o-", color=color, markersize=3.5, label=f"$m_1={m1}$")
    ax.set_xlim(0, 180)
    ax.set_xticks(range(0, 181, 45))
    ax.legend(frameon=False, fontsize=9)
    x = r"angle $\theta$ of $m_2$ from z, toward y [degrees]"
    name(ax, r"torque on $m_2$ that raises $\theta$", x=x, y=r"$\tau_\theta/E$ [$10^5$ S/m]")


def draw_thickness(ax: Any, found: Results) -> None:
    """Out-of-plane torque against the spacer, and the table's values for a thin one."""
    nm = found.thickness * 1e9
    for label in ("all", "precession", "filtering", "upper"):
        look = {"color": COLORS[label], "linestyle": STYLES[label], "label": WORDS[label]}
        ax.plot(nm, found.out_of_plane[label] * 1e-5, **look)
    for label in DRIVES:
        value = in_table(found.table, f"spin-orbit {label}")[2] * 1e-5
        ax.plot(nm[0], value, "s", color=COLORS[label], markersize=7, clip_on=False)
    ax.plot([], [], "s", color=GREY, label="thin spacer, no spin potentials in Co")
    ax.set_xscale("log")
    ax.set_xlim(nm[0], nm[-1])
    ax.xaxis.set_major_formatter("{x:g}")
    ax.legend(frameon=False, fontsize=9)
    name(ax, "out of plane, $m_1=x$, $m_2=y$", x=r"thickness of Cu [nm]", y=r"$\tau_z/E$ on $m_2$ [$10^5$ S/m]")


def figure(found: Results) -> Figure:
    """Profile (a), direction of the source (b), switching (c), spacer (d)."""
    fig, axes = panels(2, 2, (10.4, 7.8))
    draw_profile(axes[0, 0], found)
    draw_arriving(axes[0, 1], found)
    draw_rising(axes[1, 0], found)
    draw_thickness(axes[1, 1], found)
    words = rf"Co(20 nm)|Cu({D_CU * 1e9:g} nm)|Co(20 nm), E along x; $u_R={LOWER['rashba']:g}$ below Cu, "
    fig.suptitle(words + f"{UPPER['rashba']:g} above", fontsize=11)
    return fig


def main(directory: str = "examples_out") -> None:
    """The figure and the table of mechanisms."""
    found = run()
    write({"scattering_trilayer": figure(found)}, directory)
    print(f"m1 = x, m2 = y: torque/E on the upper magnet {total(found.solution) * 1e-5} 1e5 S/m")
    print(f"budget, every thickness: {found.residual:.0e} of the largest current")
    print("mechanisms of a thin trilayer without spin potentials in Co, torque/E (x, y, z) [1e5 S/m]:")
    for row in found.table:
        where = f"{JOINTS[row.interface]}, from {row.origin:5}, on {('bottom', 'top')[row.magnet]:6}"
        values = " ".join(f"{value * 1e-5:+.4f}" for value in row.torque[:, 0])
        print(f"  {row.mechanism:28} {where} {values}")


if __name__ == "__main__":
    start(main)
