"""Torque efficiencies of a 2D Rashba gas against the direction of m, with the Fermi energy in the gap and above it.

Fig. 4 of A. Veneri, D. T. S. Perkins, A. Ferreira, PRB 106, 235419 (2022), doi:10.1103/PhysRevB.106.235419, its Eq. 4
with K_J for K. The gap closes as m turns into the plane: 4.5 meV is inside it up to

    theta_c: min E_+ = 4.5 meV,  0.2377 pi,

where both bands begin to conduct and every coefficient jumps; 5.5 meV is above it at every angle. alpha is not in the
caption (that of Fig. 3 is used: it gives theta_c near the paper's pi/4), nor is the impurity strength (as in
`veneri22_fig3`). The paper has |tau_1e| = |tau_2e|. That holds exactly only where m lies in the plane; nearly, where
sigma is replaced by its diagonal. With the whole tensor the damping-like torque in the gap vanishes for m along z, and
above the gap it grows twelvefold towards the plane, while the field-like one changes by 8% (docs/rashba2d.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from drawing import BLUE, GREEN, GREY, RED, name, panels, start, write
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scipy.optimize import brentq

from femsot.scattering.rashba2d import RashbaGas, Response, efficiencies, response

EXCHANGE, STRENGTH = 5e-3, 43e-21  #: [eV], [eV m^2]
ENERGIES = {"in the gap": 4.5e-3, "above the gap": 5.5e-3}  #: for m along z [eV]
NAMES = {"tau_1o": BLUE, "tau_1e": RED, "tau_2e": GREEN}


def gas(energy: float, theta: np.ndarray) -> RashbaGas:
    """The gas of Fig. 4."""
    m = np.stack([np.sin(theta), 0 * theta, np.cos(theta)], axis=-1)
    return RashbaGas(
        magnetization=m,
        effective_mass=0.8,
        rashba=1.7e-11,
        exchange=EXCHANGE,
        fermi_energy=energy,
        impurity_density=5e14,
        renormalised_strength=STRENGTH,
    )


def critical_angle(energy: float) -> float:
    """theta where the upper band begins at the Fermi energy [rad]."""
    return float(brentq(lambda x: float(gas(1.0, np.array(x)).gap[1]) - energy, 0, np.pi / 2))


@dataclass(frozen=True, eq=False)
class Results:
    """One Fermi energy along the angle [1/(A m)]."""

    theta: np.ndarray  #: [rad]
    response: Response
    whole: dict[str, np.ndarray]  #: tau with the tensor sigma
    diagonal: dict[str, np.ndarray]  #: with its diagonal alone


def run(points: int = 120) -> dict[str, Results]:
    """By place of the Fermi energy; angles on both sides of the critical one."""
    found = {}
    for place, energy in ENERGIES.items():
        ends = [0.01, np.pi / 2 - 0.002]
        if place == "in the gap":
            jump = critical_angle(energy)
            ends = [ends[0], jump - 1e-4, jump + 1e-4, ends[1]]
        pairs = list(zip(ends[::2], ends[1::2], strict=True))
        theta = np.concatenate([np.linspace(*pair, points // len(pairs)) for pair in pairs])
        made = response(gas(energy, theta))
        plain = made.spin / np.diagonal(made.conductivity, axis1=-2, axis2=-1)[:, None, :]
        found[place] = Results(theta, made, made.torque_efficiencies, efficiencies(plain, made.gas.m))
    return found


def figure(found: dict[str, Results]) -> Figure:
    """Field-like above, damping-like below; the tensor sigma, and its diagonal dashed."""
    fig, axes = panels(2, 2, (10.0, 7.0))
    for column, (place, one) in enumerate(found.items()):
        x = one.theta / np.pi
        cut = np.flatnonzero(np.diff(one.theta) < 1e-3)  # the jump is no line
        for key, color in NAMES.items():
            ax = axes[int(key != "tau_1o"), column]
            for values, style in ((one.whole[key], "-"), (one.diagonal[key], "--")):
                parts = [np.insert(v.astype(float), cut + 1, np.nan) for v in (x, values * 1e-12)]
                ax.plot(*parts, style, color=color)
        name(
            axes[0, column], f"{ENERGIES[place] * 1e3:g} meV, {place} for m along z", y=r"$\tau_1^o$ [$10^{12}$/(A m)]"
        )
        axes[1, column].set_ylabel(r"$\tau^e$ [$10^{12}$/(A m)]")
        axes[1, column].set_xlabel(r"angle of m from z [$\pi$]")
        for ax in axes[:, column]:
            ax.set_xlim(0, 0.5)
            if place == "in the gap":
                ax.axvline(critical_angle(ENERGIES[place]) / np.pi, color=GREY, linestyle=":", linewidth=1)
    lines = [Line2D([], [], color=c) for c in NAMES.values()]
    lines += [Line2D([], [], color=GREY), Line2D([], [], color=GREY, linestyle="--")]
    labels = [r"$\tau_1^o$", r"$\tau_1^e$", r"$\tau_2^e$", r"$K\sigma^{-1}$", r"$\sigma$ without its Hall part"]
    fig.legend(lines, labels, loc="outside lower center", ncols=5, frameon=False)
    fig.suptitle(rf"2D Rashba ferromagnet, $u_R={STRENGTH * 1e21:g}$ meV nm$^2$", fontsize=11)
    return fig


def main(directory: str = "examples_out") -> None:
    """The figure, the critical angle, jumps and growth."""
    found = run()
    write({"veneri22_fig4": figure(found)}, directory)
    print(f"theta_c = {critical_angle(ENERGIES['in the gap']) / np.pi:.4f} pi (paper: about pi/4)")
    inside, above = found.values()
    at = int(np.argmin(np.diff(inside.theta)))
    for key in NAMES:
        a, b = inside.whole[key][at : at + 2]
        print(f"{key} at theta_c: {a:.3e} -> {b:.3e} 1/(A m)")
    for words, values in (("K sigma^-1", above.whole), ("diagonal sigma", above.diagonal)):
        odd, even = (values[key][-1] / values[key][0] for key in ("tau_1o", "tau_1e"))
        print(f"above the gap, {words}, from z to the plane: tau_1o x {odd:.3f}, tau_1e x {even:.2f}")


if __name__ == "__main__":
    start(main)
