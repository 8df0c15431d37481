"""Does a thicker ferromagnet, or a thicker source, give more orbital torque?

Fig. 3 of Ning, Jaffres, Zhao, Manchon (2024), the bilayer of `ning24_fig2`. Damping-like torque
tau = Re J_s(0) in units of sigma_H E, driven by the spin Hall (a, c) and the orbital Hall effect (b, d), against
d_F (a, b) and d_N (c, d). Exact, both closures, any Ohmic interface: see `ning24_fig2`; in closure "ning24",
transparent, with P = P_os P_so and the effective conductances of Eq. 15,

    eta_s = G_sF [G_oN + (1 - P) G_oF]/D,   eta_o = P_os G_oF G_sN/D,   D = (G_sN + G_sF)(G_oN + G_oF) - P G_sF G_oF,

tau = eta (1 - sech d_N/lambda_N); the paper's Eqs. 16-17 are these at P -> 0. What the text says otherwise:
the torque falls with a longer lambda_o of F, and has no optimum in d_N. Microscopic source of the conversion:
doi:10.48550/arXiv.2310.04763
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
from drawing import FAMILY, GREY, name, panels, start, write
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from ning24_fig2 import CLOSURES, FIELD, HALL, INTERFACES, STYLES, bilayer, complex_moments, exact_currents, solve


@dataclass(frozen=True)
class Sweep:
    """One panel: a family of curves against a thickness."""

    drive: str
    thickness: str  #: of which layer
    largest: float  #: [m]
    length: str  #: the family's dotted path
    symbol: str
    lengths: tuple[float, ...]  #: [m]
    closed_form: tuple[str, str]  #: names of thickness and length in `exact_currents`


NANO = 1e-9
SWEEPS = {
    "a": Sweep(
        "SHE", "F", 40 * NANO, "materials.F.spin_diffusion_length", r"\lambda_{sf}",
        (1 * NANO, 3 * NANO, 5 * NANO, 10 * NANO), ("d_f", "ls_f"),
    ),
    "b": Sweep(
        "OHE", "F", 40 * NANO, "materials.F.orbital_diffusion_length", r"\lambda_o^{\rm F}",
        (2 * NANO, 5 * NANO, 10 * NANO, 20 * NANO), ("d_f", "lo_f"),
    ),
    "c": Sweep(
        "SHE", "N", 80 * NANO, "materials.N.spin_diffusion_length", r"\lambda_s^{\rm N}",
        (1 * NANO, 3 * NANO, 5 * NANO, 10 * NANO), ("d_n", "ls_n"),
    ),
    "d": Sweep(
        "OHE", "N", 80 * NANO, "materials.N.orbital_diffusion_length", r"\lambda_o^{\rm N}",
        (1 * NANO, 3 * NANO, 5 * NANO, 10 * NANO), ("d_n", "lo_n"),
    ),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Curves:
    """Complex torque tau_DL + i tau_FL in units of sigma_H E (length, thickness)."""

    thickness: np.ndarray  #: [m]
    torque: np.ndarray  #: solved
    exact: np.ndarray  #: in closed form


def run(points: int = 160) -> dict[tuple[str, str, str], Curves]:
    """Curves by (panel, closure, interface); the last thickness is 40 nm of F or 80 nm of N."""
    results = {}
    for (panel, sweep), closure, interface in product(SWEEPS.items(), CLOSURES, INTERFACES):
        thickness = np.geomspace(0.01 * NANO, sweep.largest, points)
        lengths = np.array(sweep.lengths)[:, None]
        values = {f"layers.{sweep.thickness}.thickness": thickness, sweep.length: lengths}
        solution = solve(bilayer(sweep.drive, interface), values, closure)
        arriving = complex_moments(solution.interface("N|F").J_minus[..., None, :])[..., 0, 0]
        changes = dict(zip(sweep.closed_form, (thickness, lengths), strict=True))
        exact = exact_currents(sweep.drive, closure=closure, interface=interface, **changes)[..., 0]
        results[panel, closure, interface] = Curves(thickness, arriving / (HALL * FIELD), exact)
    return results


def figure(results: Mapping[tuple[str, str, str], Curves], interface: str) -> Figure:
    """The four panels of Fig. 3 for one kind of interface; the closures differ by dash."""
    fig, axes = panels(2, 2, (8.6, 6.8))
    for ax, (panel, sweep) in zip(axes.flat, SWEEPS.items(), strict=True):
        for closure in CLOSURES:
            found = results[panel, closure, interface]
            for curve, color in zip(found.torque, FAMILY, strict=True):
                ax.plot(found.thickness / NANO, curve.real, color=color, linestyle=STYLES[closure], linewidth=1.5)
        unit = rf"\sigma_{{\rm {'SH' if sweep.drive == 'SHE' else 'OH'}}} E"
        name(ax, f"{sweep.drive} drive", x=rf"$d_{{\rm {sweep.thickness}}}$ [nm]", y=rf"damping-like torque / ${unit}$")
        lines = [Line2D([], [], color=color) for color in FAMILY]
        values = [f"{length / NANO:g}" for length in sweep.lengths]
        place = {"a": "center", "c": "lower right"}.get(panel, "upper left")
        style = {"frameon": False, "fontsize": 9, "columnspacing": 1.2, "handlelength": 1.6}
        ax.legend(lines, values, title=f"${sweep.symbol}$ [nm]", ncols=4, loc=place, **style)
        ax.set_xlim(0, 10 if panel == "a" else sweep.largest / NANO)
    axes[0, 1].set_ylim(top=0.025)
    axes[1, 1].set_ylim(top=0.055)
    dashes = [Line2D([], [], color=GREY, linestyle=style) for style in STYLES.values()]
    labels = ['closure "ning24" (the paper)', 'closure "conserving"']
    fig.legend(dashes, labels, loc="outside lower center", ncols=2, frameon=False, handlelength=3)
    words = {"transparent": "transparent interface", "ohmic": r"Ohmic interface, $G_s=G_o=10^{15}$ S/m$^2$"}
    fig.suptitle(rf"{words[interface]};  $P_{{os}}=P_{{so}}=0.5$, E along $-x$", fontsize=11)
    return fig


def main(directory: str = "examples_out") -> None:
    """Both figures, and the torque at the largest thickness."""
    results = run()
    write({f"ning24_fig3_{kind}": figure(results, kind) for kind in INTERFACES}, directory)
    print("damping-like torque/(sigma_H E) at d_F = 40 nm (a, b) or d_N = 80 nm (c, d):")
    for (panel, closure, interface), found in results.items():
        values = "  ".join(f"{value.real:.5f}" for value in found.torque[:, -1])
        names = "/".join(f"{length / NANO:g}" for length in SWEEPS[panel].lengths)
        print(f"  ({panel}) {closure:10} {interface:11} {names:>10} nm: {values}")
    error = max(np.max(np.abs(found.torque - found.exact)) for found in results.values())
    print(f"largest distance from the closed form: {error:.0e}")


if __name__ == "__main__":
    start(main)
