"""Torque of a Rashba interface against its exchange uex and its spin-orbit coupling uR, without any spin Hall effect.

Figs. 3 and 4 of V. P. Amin, M. D. Stiles, PRB 94, 104420 (2016), doi:10.1103/PhysRevB.94.104420, for the Pt|Co of
`scattering_thickness`, m along z, Pt 10 nm, Co 20 nm. Total torque tau_tot = tau_mag + tau_FM (Eq. 15): exchange at
the interface and in Co, complex tau_DL + i tau_FL with p = y. To lowest order in uR, with G and the sources of the
interface (docs/misprints.md, Amin16 A6-A8; `femsot.papers.amin16.total_torque`),

    tau_tot = g j_E - tau_latt,   g = T/(T + G),  T = tanh(t/lambda_sf),

where no transverse potential is left in Co. Against Boltzmann's equation the total is -17..-21% (DL) in the bare law
and +3..+11% in the drift-corrected one (docs/misprints.md, Amin16 C). Equal relaxation times and P = 0: no source,
but the field turns the spins at the interface all the same, tau_mag = -tau_latt. The kinks are where the barrier of
majority electrons is gone for grazing ones, uex^2 + uR^2 = u0^2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
from drawing import BLUE, FAMILY, GREEN, GREY, ORANGE, RED, name, panels, start, write
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scattering_thickness import (
    BARRIER,
    CORRECTIONS,
    FIELD,
    eq30,
    exact,
    law_of,
    one_sided,
    stack,
    tensors_of,
    transverse,
)

import femsot as fs
from femsot.scattering import Tensors

D_PT = 10e-9  #: [m]
STRONG, WEAK = 0.5 * BARRIER, 0.05 * BARRIER  #: uR of Fig. 3
EXCHANGES = (0.02, 0.1, 0.2, 0.4)  #: uex of Fig. 4, chosen here
STYLES = {"drift": "-", "bare": (0, (4, 2))}


@dataclass(frozen=True, eq=False)
class Torques:
    """tau/E (n,) of a row of interfaces, complex (DL, FL) [S/m]."""

    interface: np.ndarray  #: tau_mag
    bulk: np.ndarray  #: tau_FM, what m of Co receives
    lattice: np.ndarray
    exact: np.ndarray  #: their total, two-sided closed form
    limit: np.ndarray  #: of the docstring's formula; drift: corrected on the side of Pt
    residual: np.ndarray  #: budget

    @property
    def total(self) -> np.ndarray:
        return self.interface + self.bulk


def solve(made: Tensors) -> fs.Solution:
    """The bilayer without spin Hall effect."""
    bilayer = stack(fs.Scattering.from_tensors(made))
    return fs.solve(fs.with_values(bilayer, {"layers.Pt.thickness": D_PT, "materials.Pt.spin_hall_conductivity": 0.0}))


def point(made: Mapping[str, Tensors], correction: str) -> Torques:
    """One interface, whose tensors are at hand in both corrections."""
    solution, laws = solve(made[correction]), {c: law_of(one) for c, one in made.items()}
    torque, joint = solution.torque("Co"), solution.interface("Pt|Co")
    limit = one_sided(laws["bare"], laws["drift"]) if correction == "drift" else laws["bare"]
    t, none = np.array(D_PT), 0j
    return Torques(
        interface=transverse(torque.interface) / FIELD,
        bulk=transverse(torque.exchange) / FIELD,
        lattice=transverse(joint.torque_lattice) / FIELD,
        exact=exact(laws[correction], t, none),
        limit=eq30(limit, t, none),
        residual=np.max([solution.budget(name).residual for name in solution.parts]),
    )


def row(name_of: str, values: np.ndarray, **others: float) -> dict[str, Torques]:
    """By correction, along one parameter."""
    found: dict[str, list[Torques]] = {correction: [] for correction in CORRECTIONS}
    for value in values:
        made = {c: tensors_of(c, **{name_of: float(value), **others}) for c in CORRECTIONS}
        for correction in CORRECTIONS:
            found[correction].append(point(made, correction))
    names = [f.name for f in fields(Torques)]
    return {c: Torques(**{n: np.stack([getattr(x, n) for x in one]) for n in names}) for c, one in found.items()}


@dataclass(frozen=True, eq=False)
class Results:
    """Against uex for two uR (Fig. 3), against uR for four uex (Fig. 4)."""

    uex: np.ndarray
    against_uex: dict[float, dict[str, Torques]]  #: by uR
    uR: np.ndarray
    against_uR: dict[float, dict[str, Torques]]  #: by uex


def run(points: int = 13) -> Results:
    """One set of tensors for each point and correction."""
    uex, uR = np.linspace(0, 0.5, points), np.linspace(0, STRONG, points)
    return Results(
        uex,
        {r: row("exchange", uex, rashba=r) for r in (STRONG, WEAK)},
        uR,
        {x: row("rashba", uR, exchange=x) for x in EXCHANGES},
    )


PARTS = (np.real, np.imag)


def draw_total(axes: np.ndarray, found: Results) -> None:
    """Fig. 3(a)-(d): total torque over uR/u0."""
    for (uR, rows), color in zip(found.against_uex.items(), (RED, BLUE), strict=True):
        scale = BARRIER / uR * 1e-6
        for (correction, one), (ax, part) in ((r, a) for a in zip(axes, PARTS, strict=True) for r in rows.items()):
            ax.plot(found.uex, part(one.total) * scale, color=color, linestyle=STYLES[correction])
            ax.plot(found.uex, part(one.exact) * scale, "o", color=color, markersize=3)
            ax.plot(found.uex, part(one.limit) * scale, ":", color=color, linewidth=1)
    for ax, kind in zip(axes, ("DL", "FL"), strict=True):
        name(ax, f"total, {kind}", x="$u_{ex}$", y=rf"$\tau_{{\rm {kind}}}u_0/(E\,u_R)$ [$10^6$ S/m]")
    lines = [Line2D([], [], color=c) for c in (RED, BLUE)]
    axes[0].legend(lines, [rf"$u_R={u / BARRIER:g}\,u_0$" for u in found.against_uex], frameon=False, fontsize=9)


def draw_parts(axes: np.ndarray, found: Results) -> None:
    """Fig. 3(e)-(f): interface and bulk for the weaker coupling."""
    scale = BARRIER / WEAK * 1e-6
    for correction, one in found.against_uex[WEAK].items():
        for values, color in ((one.interface, ORANGE), (one.bulk, GREEN), (one.lattice, GREY)):
            for ax, part in zip(axes, PARTS, strict=True):
                ax.plot(found.uex, part(values) * scale, color=color, linestyle=STYLES[correction])
    for ax, kind in zip(axes, ("DL", "FL"), strict=True):
        name(ax, rf"parts, {kind}, $u_R={WEAK / BARRIER:g}\,u_0$", x="$u_{ex}$", y=r"$\tau u_0/(E\,u_R)$ [$10^6$ S/m]")
    lines = [Line2D([], [], color=c) for c in (ORANGE, GREEN, GREY)]
    axes[0].legend(lines, ["interface", "bulk Co", "lattice"], frameon=False, fontsize=9)


def draw_rashba(axes: np.ndarray, found: Results) -> None:
    """Fig. 4(a), (b): total torque against uR."""
    for (uex, rows), color in zip(found.against_uR.items(), FAMILY, strict=True):
        for correction, one in rows.items():
            for ax, part in zip(axes, PARTS, strict=True):
                label = f"$u_{{ex}}={uex:g}$" if correction == "drift" else None
                ax.plot(
                    found.uR / BARRIER,
                    part(one.total) * 1e-6,
                    color=color,
                    linestyle=STYLES[correction],
                    label=label,
                )
    for ax, kind in zip(axes, ("DL", "FL"), strict=True):
        name(ax, f"total, {kind}", x="$u_R/u_0$", y=rf"$\tau_{{\rm {kind}}}/E$ [$10^6$ S/m]")
    axes[0].legend(frameon=False, fontsize=9)


def figure(found: Results) -> Figure:
    """Fig. 3 in (a, d) and (b, e), Fig. 4 in (c, f)."""
    fig, axes = panels(2, 3, (12.2, 7.2))
    draw_total(axes[:, 0], found)
    draw_parts(axes[:, 1], found)
    draw_rashba(axes[:, 2], found)
    for ax in axes[:, :2].flat:
        ax.set_xlim(0, 0.5)
    for ax in axes[:, 2]:
        ax.set_xlim(0, 0.5)
    lines: list[Axes | Line2D] = [Line2D([], [], color=GREY, linestyle=STYLES[c]) for c in CORRECTIONS]
    lines += [Line2D([], [], color=GREY, marker="o", linestyle="", markersize=4)]
    lines += [Line2D([], [], color=GREY, linestyle=":")]
    labels = ["drift", "bare", "closed form, two-sided", r"$g\,j_E-\tau_{\rm latt}$: no transverse potential in Co"]
    fig.legend(lines, labels, loc="outside lower center", ncols=4, frameon=False)
    fig.suptitle("Pt(10 nm)|Co(20 nm), no spin Hall effect, E along x, m along z: torque on m", fontsize=11)
    return fig


def main(directory: str = "examples_out") -> None:
    """The figure, distances of the two laws and of the closed forms, and the case without a source."""
    found = run()
    write({"scattering_interface": figure(found)}, directory)
    for uR, rows in found.against_uex.items():
        ratio = rows["bare"].total[1:] / rows["drift"].total[1:]
        print(f"uR = {uR / BARRIER:g} u0, uex = {found.uex[1]:.2f} .. 0.5")
        for correction, one in rows.items():
            off = np.max(np.abs(one.exact - one.total)) / np.max(np.abs(one.total))
            far = np.max(np.abs(one.limit - one.total)) / np.max(np.abs(one.total))
            print(f"  {correction:5}: two-sided closed form {off:.0e}, g j_E - tau_latt {far:.1%}", end="")
            print(f" off, budget {np.max(one.residual):.0e}")
        print(f"  |bare/drift| = {np.min(np.abs(ratio)):.2f} .. {np.max(np.abs(ratio)):.2f}")
    null = solve(tensors_of(relaxation_time=(1e-15, 1e-15), polarization=0.0))
    joint = null.interface("Pt|Co")
    print(f"equal times, P = 0: J_s/E {np.max(np.abs(joint.J_minus)) / FIELD:.0e} S/m,", end=" ")
    print(f"tau_mag {joint.torque_magnetization / FIELD} and lattice {joint.torque_lattice / FIELD} S/m")


if __name__ == "__main__":
    start(main)
