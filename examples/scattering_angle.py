"""Spin-orbit torque of a bilayer for every direction of m: how far is it from damping-like plus field-like?

The Pt|Co of `scattering_thickness`, spin Hall effect and Rashba interface, E along x, p = z x E^ = y. Symmetry allows
(V. P. Amin, P. M. Haney, M. D. Stiles, JAP 128, 151101 (2020), doi:10.1063/5.0024019, Eq. 6)

    tau(m) = sum_n m_z^2n [a_n p x m + b_n m x (p x m) + c_n (m.E^) z x m + d_n (m.E^) m x (z x m)],

whose terms are not orthogonal: each coefficient depends on how many there are. Vector spherical harmonics
grad Y_lm (damping-like) and m x grad Y_lm (field-like) are, and of them |m| = 1 alone, one of each family for each l
(`femsot.scattering.angular`). The constant torque of textbooks is a_0, b_0, or l = 1. tau = 0 for m along p: the plane
xz is a mirror that leaves E and m as they are, and would turn a torque across m around.

Grazing electrons of equal Fermi surfaces resonate where |uex m + uR k x z| = u0. With sin(theta) above
|u0^2 - uex^2 - uR^2|/(2 uex uR) there are such azimuths, below there are none: tau(m) has a kink there, and both
expansions converge slowly; where no theta has them, exponentially.

Rotating m about z is rotating E back: tau(R m, E) = R tau(m, R^-1 E). So an interface's tensors are computed for m in
the plane xz alone, once for each polar angle, and a batch of fields gives the whole sphere.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from drawing import BLUE, GREY, RED, name, panels, start, write
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scattering_thickness import BARRIER, FIELD, SPLITTING, pt_co, stack

import femsot as fs
from femsot.scattering import angular

STRENGTHS = {"weak": 0.05 * BARRIER, "strong": BARRIER}  #: uR
#: of the strong one, from z [degrees]
KINK = np.degrees(np.arcsin((SPLITTING**2 + STRENGTHS["strong"] ** 2 - BARRIER**2) / 2 / SPLITTING / BARRIER))
L_MAX = 8
AZIMUTHS = {"xz": 0.0, "yz": np.pi / 2}  #: of the planes of m that are drawn


def turn(angle: np.ndarray) -> np.ndarray:
    """Rotations about z (n, 3, 3)."""
    c, s, one = np.cos(angle), np.sin(angle), np.ones_like(angle)
    return np.moveaxis(np.array([[c, -s, 0 * c], [s, c, 0 * c], [0 * c, 0 * c, one]]), -1, 0)


def bilayer(uR: float, m: tuple[float, float, float] = (0, 0, 1), **changes: float) -> fs.Stack:
    """Pt|Co with an interface of its own uR."""
    return stack(fs.Scattering(**pt_co(rashba=uR, **changes)), m)


def torque(solution: fs.Solution) -> np.ndarray:
    """What m receives over E (..., 3): exchange in Co and at the interface [S/m]."""
    return np.asarray(solution.torque("Co").received) / FIELD


def on_sphere(pt_co_stack: fs.Stack, polar: np.ndarray, azimuth: np.ndarray) -> np.ndarray:
    """tau/E (polar, azimuth, 3), E along x: one set of tensors for each polar angle [S/m]."""
    m = directions(polar, 0.0)[:, None]
    fields = FIELD * turn(-azimuth)[:, :, 0]
    solution = fs.solve_many(pt_co_stack, {"layers.Co.magnetization": m, "drive.electric_field": fields})
    assert max(np.max(solution.budget(name).residual) for name in solution.parts) < 1e-12
    return np.einsum("nab,knb->kna", turn(azimuth), torque(solution))


@dataclass(frozen=True, eq=False)
class Angles:
    """One interface: planes, sphere, expansions [S/m]."""

    polar: np.ndarray  #: [rad]
    planes: dict[str, np.ndarray]  #: tau/E (polar, 3)
    directions: np.ndarray  #: of the sphere (n, 3)
    torque: np.ndarray  #: there
    harmonics: angular.Harmonics
    series: dict[int, angular.Series]  #: Amin20 Eq. 6 by order


def directions(polar: np.ndarray, azimuth: np.ndarray | float) -> np.ndarray:
    """Unit vectors (..., 3)."""
    across = np.sin(polar)
    return np.stack([across * np.cos(azimuth), across * np.sin(azimuth), np.cos(polar) + 0 * azimuth], -1)


def run_one(uR: float, polar: np.ndarray, degree: int) -> Angles:
    """Both planes on a uniform grid of angles, and the sphere on Gauss's."""
    joint = bilayer(uR)
    planes = on_sphere(joint, polar, np.array(list(AZIMUTHS.values())))
    m, weights = angular.sphere(degree)
    grid = m.reshape(degree // 2 + 1, degree + 1, 3)
    azimuth = np.arctan2(grid[0, :, 1], grid[0, :, 0])
    values = on_sphere(joint, np.arccos(grid[:, 0, 2]), azimuth).reshape(-1, 3)
    return Angles(
        polar,
        {plane: planes[:, i] for i, plane in enumerate(AZIMUTHS)},
        m,
        values,
        angular.harmonics(values, m, l_max=L_MAX, weights=weights),
        {n: angular.series(values, m, order=n, weights=weights) for n in (1, 2, 3)},
    )


def run(points: int = 31, degree: int = 2 * L_MAX) -> dict[str, Angles]:
    """By strength of the Rashba coupling."""
    polar = np.linspace(0, np.pi, points)
    return {strength: run_one(uR, polar, degree) for strength, uR in STRENGTHS.items()}


def axes_of(plane: str, polar: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors (n, 3) along m x (y x m) and m x y, in yz up to the sign of m_z."""
    zero, one = 0 * polar, 1 + 0 * polar
    if plane == "xz":  # y, and m x y
        return np.stack([zero, one, zero], -1), np.stack([-np.cos(polar), zero, np.sin(polar)], -1)
    return np.stack([zero, np.cos(polar), -np.sin(polar)], -1), np.stack([-one, zero, zero], -1)


def split(found: Angles, m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """tau/E of the harmonics at m (n, 3): of l = 1 alone, and of the rest."""
    first = angular.modes(L_MAX)[:, 0] == 1
    parts = [replace(found.harmonics, coefficients=found.harmonics.coefficients * part) for part in (first, ~first)]
    return parts[0](m), parts[1](m)


def draw_plane(axes: np.ndarray, found: Angles, plane: str) -> None:
    """Both components of the torque, solved and by harmonics; below, without l = 1."""
    fine = np.linspace(0, np.pi, 181)
    for i, color in enumerate((BLUE, RED)):
        marks, curve = axes_of(plane, found.polar)[i], axes_of(plane, fine)[i]
        at_marks, at_curve = (split(found, directions(x, AZIMUTHS[plane])) for x in (found.polar, fine))
        drawn = (found.planes[plane], sum(at_curve)), (found.planes[plane] - at_marks[0], at_curve[1])
        for ax, (solved, fitted) in zip(axes, drawn, strict=True):
            ax.plot(np.degrees(found.polar), (solved * marks).sum(-1) * 1e-5, "o", color=color, markersize=4)
            ax.plot(np.degrees(fine), (fitted * curve).sum(-1) * 1e-5, color=color)
    for ax in axes:
        for angle in (KINK, 180 - KINK):
            ax.axvline(angle, color=GREY, linewidth=0.8, linestyle=(0, (4, 2)))
        ax.set_xlim(0, 180)
        ax.set_xticks(range(0, 181, 45))


def draw_spectrum(ax: object, found: dict[str, Angles]) -> None:
    """Root mean square torque by l and family."""
    for (strength, one), width in zip(found.items(), (-0.2, 0.2), strict=True):
        for family, color in enumerate((BLUE, RED)):
            rms = np.sqrt(one.harmonics.power[family]) * 1e-5
            at = np.arange(1, L_MAX + 1) + width + 0.16 * (family - 0.5)
            ax.plot(at, rms, "o" if strength == "strong" else "s", color=color, markersize=6)
            ax.vlines(at, 1e-9, rms, color=color, linewidth=1)
    ax.set_yscale("log")
    ax.set_ylim(1e-6, 1e2)
    marks = [Line2D([], [], color=GREY, marker=m, linestyle="") for m in "so"]
    marks += [Line2D([], [], color=c) for c in (BLUE, RED)]
    labels = [rf"$u_R={u / BARRIER:g}\,u_0$" for u in STRENGTHS.values()]
    ax.legend(marks, [*labels, r"$\nabla Y$: DL", r"$m\times\nabla Y$: FL"], frameon=False, fontsize=8, ncols=2)


def draw_map(fig: Figure, ax: object, found: Angles) -> None:
    """|tau| over the sphere, E along x; zero at +-y."""
    azimuth, polar = np.meshgrid(np.linspace(-np.pi, np.pi, 121), np.linspace(0, np.pi, 61))
    size = (
        np.linalg.norm(found.harmonics(directions(polar, azimuth).reshape(-1, 3)), axis=-1).reshape(azimuth.shape)
        * 1e-5
    )
    mesh = ax.pcolormesh(np.degrees(azimuth), np.degrees(polar), size, cmap="cividis", shading="gouraud", vmin=0)
    fig.colorbar(mesh, ax=ax, label=r"$|\tau|/E$ [$10^5$ S/m]")
    for x, label in ((-90, "$-y$"), (90, "$y$")):
        ax.plot(x, 90, "+", color="white", markersize=9)
        ax.text(x, 82, label, color="white", ha="center", va="bottom")
    ax.set_xticks(range(-180, 181, 90))
    ax.set_yticks(range(0, 181, 45))
    ax.invert_yaxis()


def figure(found: dict[str, Angles]) -> Figure:
    """Planes (a, b) and what is left of them without l = 1 (d, e), spectrum (c), the sphere (f)."""
    fig, axes = panels(2, 3, (12.6, 7.2))
    uR = f"$u_R={STRENGTHS['strong'] / BARRIER:g}\\,u_0$"
    for column, plane in enumerate(AZIMUTHS):
        draw_plane(axes[:, column], found["strong"], plane)
        name(axes[0, column], f"{uR}, m in {plane}", y=r"$\tau/E$ [$10^5$ S/m]")
        name(axes[1, column], f"{uR}, m in {plane}, without $l=1$", x="angle of m from z [degrees]")
        axes[1, column].set_ylabel(r"$(\tau-\tau_{l=1})/E$ [$10^5$ S/m]")
    draw_spectrum(axes[0, 2], found)
    name(axes[0, 2], "spectrum", x="$l$", y=r"rms $\tau/E$ [$10^5$ S/m]")
    draw_map(fig, axes[1, 2], found["strong"])
    name(axes[1, 2], f"{uR}, whole sphere", x="azimuth of m [degrees]", y="angle of m from z [degrees]")
    lines = [Line2D([], [], color=c) for c in (BLUE, RED)]
    lines += [Line2D([], [], color=GREY, marker="o", linestyle=""), Line2D([], [], color=GREY)]
    labels = [
        r"along $m\times(y\times m)$",
        r"along $m\times y$",
        "solved",
        f"harmonics, $l\\leq{L_MAX}$",
    ]
    fig.legend(lines, labels, loc="outside lower center", ncols=4, frameon=False)
    fig.suptitle("Pt(6 nm)|Co(20 nm), E along x: total torque on m against its direction, drift-corrected", fontsize=11)
    return fig


def main(directory: str = "examples_out") -> None:
    """The figure, the coefficients, and the torque for m along p."""
    found = run()
    write({"scattering_angle": figure(found)}, directory)
    for strength, one in found.items():
        rms = np.sqrt(one.harmonics.power.sum()) * 1e-5
        forbidden = one.harmonics.forbidden()
        left = one.harmonics.residual
        print(f"{strength}: rms {rms:.4f} 1e5 S/m, harmonics leave {left:.0e}, forbidden {forbidden:.0e}")
        for order, series in one.series.items():
            terms = ", ".join(f"{t} {c * 1e-5:+.4f}" for t, c in zip("abcd", series.coefficients[0], strict=True))
            print(f"  Eq. 6 with {order} power(s) of m_z^2 leaves {series.residual:.1e}; n = 0: {terms} [1e5 S/m]")
        zero = torque(fs.solve(bilayer(STRENGTHS[strength], (0, 1, 0))))
        print(f"  m along y: |tau|/E = {np.linalg.norm(zero):.0e} S/m")


if __name__ == "__main__":
    start(main)
