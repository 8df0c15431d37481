"""Which conductance turns an orbital potential at N|F into a spin current, and what does the spin one become?

Fig. 4 of Ning, Jaffres, Zhao, Manchon (2024): far inside a thick F,

    J_s^N = G_mix mu_s^N + G_os^m (mu_o^N - mu_o^F),     q = q^R + i q^I as in `ning24_fig2`.

Exact, with G_sF = sigma_s k, k^2 = 1/lambda_sf^2 + 1/lambda_phi^2 - i/lambda_J^2:

    conversion at the interface (a, b):  G_mix = [1/G_s + 1/G_sF]^-1 (Eq. 19),  G_os^m = G_os/(1 + G_s/G_sF)
    conversion inside F (c, d), "ning24": G_os^m = P_os G_o/[1 + (1 - P_os P_so) G_sF/G_s]; closure
    "conserving": `femsot.papers.mixing.orbit_spin_mixing_bulk`

Printed are Eq. 21 without the "1 +" (it diverges for G_s -> 0 and lambda_J -> 0) and Eq. 20 as P_os G_o, its limit
G_s >> |G_sF|. Marks: read off the solver by driving the bilayer twice, SHE and OHE, and solving for the two
conductances. A passive interface needs G_os^2 <= G_s G_o: hence the large G_o of (a, b), which G_mix and G_os^m
do not depend on. Microscopic source of the conversion: doi:10.48550/arXiv.2310.04763
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from drawing import BLACK, BLUE, GREY, RED, name, panels, start, write
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from ning24_fig2 import (
    CLOSURES,
    CONVERSION,
    DEPHASING_LENGTH,
    DRIVES,
    EXCHANGE_LENGTH,
    ORBITAL_LENGTH,
    SIGMA,
    SPIN_LENGTH,
    bilayer,
    complex_moments,
    solve,
)

import femsot as fs
from femsot.papers import mixing, ning24, transverse

GS, GO, GOS = 1e15, 1e15, 5e14  #: the caption's, G_o for conversion inside F [S/m^2]
LARGE_GO = 1e16  #: G_o for conversion at the interface [S/m^2]
THICK = 40 * ORBITAL_LENGTH  #: d_F
AXES = ("G_s", "lambda_J")
WHERE = ("interface", "bulk")


@dataclass(frozen=True, eq=False)
class Conductances:
    """Complex G_mix and G_os^m [S/m^2] against G_s or lambda_J."""

    x: np.ndarray  #: G_s [S/m^2] or lambda_J [m]
    mixing: np.ndarray  #: closed form
    orbital: np.ndarray
    printed: np.ndarray  #: G_os^m by Eq. 21 or 20 as printed
    solved_mixing: np.ndarray  #: from the solver
    solved_orbital: np.ndarray


def stack(drive: str, where: str) -> fs.Stack:
    """The bilayer with a thick F and an Ohmic interface; P_os = P_so = 0 or G_os = G_so = 0."""
    plain = bilayer(drive)
    inside = where == "bulk"
    magnet = replace(
        plain.layers[1].material,
        orbit_to_spin=CONVERSION if inside else 0.0,
        spin_to_orbit=CONVERSION if inside else 0.0,
    )
    law = fs.Ohmic(charge=GS, spin=GS, orbital=GO if inside else LARGE_GO, orbit_to_spin=0.0 if inside else GOS)
    layers = (plain.layers[0], replace(plain.layers[1], material=magnet, thickness=THICK))
    return replace(plain, layers=layers, interfaces={"N|F": law})


def solved(where: str, values: Mapping[str, np.ndarray], closure: str) -> tuple[np.ndarray, np.ndarray]:
    """(G_mix, G_os^m) from two independent drives of the same bilayers."""
    current, potentials = [], []
    for drive in DRIVES:
        state = solve(stack(drive, where), values, closure).interface("N|F")
        rows = [complex_moments(q[..., None, :])[..., 0] for q in (state.J_minus, state.mu_minus, state.mu_plus)]
        current.append(rows[0][..., 0])
        potentials.append(np.stack([rows[1][..., 0], rows[1][..., 1] - rows[2][..., 1]], -1))
    found = np.linalg.solve(np.stack(potentials, -2), np.stack(current, -1)[..., None])[..., 0]
    return found[..., 0], found[..., 1]


def closed_forms(where: str, gs: np.ndarray, lj: np.ndarray, *, closure: str) -> dict[str, np.ndarray]:
    """G_mix, G_os^m and the printed G_os^m."""
    k = transverse.transverse_wavevector(SPIN_LENGTH, lj, dephasing_length=DEPHASING_LENGTH)
    layer = ning24.effective_conductance(SIGMA, k, thickness=THICK)
    if where == "interface":
        orbital = mixing.orbit_spin_mixing_interface(gs, GOS, layer=layer)
        printed = GOS * layer / gs  # Eq. 21 as printed
        return {"mixing": mixing.mixing_conductance(gs, layer), "orbital": orbital, "printed": printed}
    magnet = ning24.FerromagnetLayer(THICK, SIGMA, k, SIGMA, ORBITAL_LENGTH, CONVERSION, CONVERSION)
    admittance = ning24.ferromagnet_admittance(magnet, closure)
    printed = GO * CONVERSION  # Eq. 20, for G_s >> |G_s^F|
    return {
        "mixing": mixing.mixing_conductance_exact(gs, admittance),
        "orbital": mixing.orbit_spin_mixing_bulk(gs, GO, admittance=admittance),
        "printed": printed + np.zeros(np.broadcast_shapes(np.shape(gs), np.shape(lj)), complex),
    }


def run(points: int = 61) -> dict[tuple[str, str, str], Conductances]:
    """Conductances by (where the conversion is, axis, closure); the middle point of each axis is Fig. 4's value."""
    axis = {"G_s": GS * np.geomspace(0.1, 10, points), "lambda_J": EXCHANGE_LENGTH * np.geomspace(0.1, 10, points)}
    path = {"G_s": "interfaces.N|F.spin", "lambda_J": "materials.F.exchange_length"}
    results = {}
    for where, along, closure in product(WHERE, AXES, CLOSURES):
        gs, lj = (axis["G_s"], np.array(EXCHANGE_LENGTH)) if along == "G_s" else (np.array(GS), axis["lambda_J"])
        one, other = solved(where, {path[along]: axis[along]}, closure)
        exact = closed_forms(where, gs, lj, closure=closure)
        results[where, along, closure] = Conductances(axis[along], solved_mixing=one, solved_orbital=other, **exact)
    return results


def _draw(ax: Axes, x: np.ndarray, pair: tuple[np.ndarray, np.ndarray], *, color: str, hollow: bool = False) -> None:
    """Closed form and solver's values [S/m^2]: real part solid, imaginary part dashed, the solver's as marks."""
    exact, marks = (1e-15 * values for values in pair)
    for part, dash in ((np.real, "-"), (np.imag, (0, (4, 2)))):
        ax.plot(x, part(exact), color=color, linestyle=dash, linewidth=1.5)
        face = "white" if hollow else color
        ax.plot(x[::6], part(marks)[::6], "o", color=color, markerfacecolor=face, markersize=4)


def figure(results: Mapping[tuple[str, str, str], Conductances]) -> Figure:
    """Conversion at the interface (a, b), as in the paper's Fig. 4, and inside F (c, d)."""
    fig, axes = panels(2, 2, (9.6, 7.4))
    words = {"G_s": r"$G_s$ [$10^{15}$ S/m$^2$]", "lambda_J": r"$\lambda_J$ [nm]"}
    for (row, where), (column, along) in product(enumerate(WHERE), enumerate(AXES)):
        ax = axes[row, column]
        found = results[where, along, "ning24"]
        x = found.x / (1e15 if along == "G_s" else 1e-9)
        if where == "interface":
            _draw(ax, x, (found.mixing, found.solved_mixing), color=RED)
        _draw(ax, x, (found.orbital, found.solved_orbital), color=BLUE)
        if where == "bulk":
            other = results[where, along, "conserving"]
            _draw(ax, x, (other.orbital, other.solved_orbital), color=BLACK, hollow=True)
        ax.plot(x, found.printed.real * 1e-15, color=GREY, linewidth=1, linestyle="-.")
        ax.plot(x, found.printed.imag * 1e-15, color=GREY, linewidth=1, linestyle=":")
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter("{x:g}")
        ax.set_ylim(*((-1.25, 1.75) if where == "interface" else (-0.05, 0.56)))
        fixed = r"$\lambda_J=0.5$ nm" if along == "G_s" else r"$G_s=10^{15}$ S/m$^2$"
        law = r"$G_{os}=5\times10^{14}$ S/m$^2$" if where == "interface" else r"$P_{os}=P_{so}=0.5$"
        name(ax, f"{where}: {law}, {fixed}", x=words[along], y=r"conductance [$10^{15}$ S/m$^2$]")
    _legends(fig, axes)
    return fig


def _legends(fig: Figure, axes: np.ndarray) -> None:
    upper = {"$G_{mix}$, Eq. 19": RED, "$G_{os}^m$, Eq. 21 corrected": BLUE, "$G_{os}^m$, Eq. 21 as printed": GREY}
    lower = {'$G_{os}^m$, closure "ning24"': BLUE, '$G_{os}^m$, closure "conserving"': BLACK, "Eq. 20 as printed": GREY}
    for ax, names, place in ((axes[0, 1], upper, (1.0, 1.0)), (axes[1, 1], lower, (0.5, 0.88))):
        lines = [Line2D([], [], color=color, linestyle="-." if color == GREY else "-") for color in names.values()]
        ax.legend(lines, list(names), frameon=False, fontsize=8.5, loc="upper right", bbox_to_anchor=place)
    lines = [Line2D([], [], color=GREY), Line2D([], [], color=GREY, linestyle=(0, (4, 2)))]
    lines += [Line2D([], [], color=GREY, linestyle=dash) for dash in ("-.", ":")]
    lines += [Line2D([], [], color=GREY, marker="o", markersize=4, linestyle="none")]
    labels = ["real", "imaginary", "printed, real", "printed, imaginary", "femsot's solver"]
    fig.legend(lines, labels, loc="outside lower center", ncols=5, frameon=False, handlelength=3)
    fig.suptitle(
        "thick F; conversion at the interface (a, b: both closures are one) or inside F (c, d, $G_o=10^{15}$ S/m$^2$)",
        fontsize=10.5,
    )


def main(directory: str = "examples_out") -> None:
    """The figure, and the values at Fig. 4's parameters."""
    results = run()
    write({"ning24_fig4": figure(results)}, directory)
    print("at G_s = 1e15 S/m^2, lambda_J = 0.5 nm [1e15 S/m^2]:")
    for (where, along, closure), found in results.items():
        if along == "G_s":
            middle = len(found.x) // 2
            values = [1e-15 * part[middle] for part in (found.solved_mixing, found.solved_orbital, found.printed)]
            mix, orbital, printed = values
            print(f"  {where:9} {closure:10}: G_mix {mix:.4f}  G_os^m {orbital:.4f}  as printed {printed:.4f}")
    error = max(np.max(np.abs(f.solved_orbital / f.orbital - 1)) for f in results.values())
    print(f"solver against closed form, G_os^m: {error:.0e}")


if __name__ == "__main__":
    start(main)
