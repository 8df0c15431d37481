"""How deep do spin and orbital currents reach into a ferromagnet, driven by the spin or the orbital Hall effect?

Fig. 2 of X. Ning, H. Jaffres, W. Zhao, A. Manchon, "Phenomenology of orbital torque, pumping and mixing
conductance in metallic bilayers" (2024): N(5 nm)|F(5 nm), Eqs. 1-9. Transverse vectors are complex,

    q = q^R + i q^I,   q^R along m x (y x m),   q^I along m x y,   torque = J_s(0) = tau_DL + i tau_FL,

with E along -x, for which the paper's Eqs. 13-14 hold as printed (femsot's p = n x E^ is then -y).
Exact, any thickness, any Ohmic interface G, Y_F the admittance of F in the closure at hand
(`femsot.papers.ning24.bilayer_currents`):

    (J_s, J_o)(0) = (Y_N^-1 + G^-1 + Y_F^-1)^-1 Y_N^-1 (sigma_SH [1 - sech(d_N/ls)], sigma_OH [1 - sech(d_N/lo)]) E.

Closure "ning24" is the paper's: each potential has a diffusion equation of its own (Eqs. 5, 7). It breaks
Onsager reciprocity; "conserving" is femsot's default. The paper does not say whether the interface of Fig. 2
is transparent, so both are drawn. Microscopic source of the conversion: doi:10.48550/arXiv.2310.04763
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from drawing import BLUE, GREY, RED, name, panels, start, write
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

import femsot as fs
from femsot.papers import ning24, transverse

# the caption of Fig. 2; P_os = P_so = 0.5 is that of Fig. 3
SIGMA = 1e6  #: every conductivity [S/m]
SPIN_LENGTH, ORBITAL_LENGTH = 3e-9, 5e-9  #: lambda_s, lambda_o of both layers [m]
EXCHANGE_LENGTH, DEPHASING_LENGTH = 0.5e-9, 1e-9  #: lambda_J, lambda_phi [m]
CONVERSION = 0.5  #: P_os = P_so
THICKNESS = 5e-9  #: d_N = d_F [m]
ANGLE = 0.1  #: sigma_SH/sigma or sigma_OH/sigma; results are divided by it
FIELD = 1.0  #: |E| [V/m], along -x
G0 = 1e15  #: the paper's unit of conductance, and the Ohmic interface [S/m^2]
CLOSURES = ("ning24", "conserving")
INTERFACES = {"transparent": {}, "ohmic": {"N|F": fs.Ohmic(charge=G0, spin=G0, orbital=G0)}}
HALL = ANGLE * SIGMA  #: sigma_SH or sigma_OH [S/m]
DRIVES = {"SHE": (ANGLE, 0.0), "OHE": (0.0, ANGLE)}  #: spin and orbital Hall angles of N
STYLES = {"ning24": "-", "conserving": (0, (4, 2))}


def bilayer(drive: str, interface: str = "transparent") -> fs.Stack:
    """N below F, m along x, E along -x, driven by "SHE" or "OHE"."""
    both = {
        "conductivity": SIGMA,
        "spin_diffusion_length": SPIN_LENGTH,
        "orbital_conductivity": SIGMA,
        "orbital_diffusion_length": ORBITAL_LENGTH,
    }
    spin, orbital = DRIVES[drive]
    normal = fs.NormalMetal(name="N", **both, spin_hall_angle=spin, orbital_hall_angle=orbital)
    magnet = fs.Ferromagnet(
        name="F",
        **both,
        exchange_length=EXCHANGE_LENGTH,
        dephasing_length=DEPHASING_LENGTH,
        orbit_to_spin=CONVERSION,
        spin_to_orbit=CONVERSION,
    )
    layers = (fs.Layer("N", normal, THICKNESS), fs.Layer("F", magnet, THICKNESS, (1, 0, 0)))
    return fs.Stack(layers, interfaces=INTERFACES[interface], electric_field=(-FIELD, 0, 0), title="Ning24 bilayer")


def solve(stack: fs.Stack, values: Mapping[str, Any], closure: str) -> fs.Solution:
    """A batch of bilayers in one closure.

    "ning24" warns, rightly, that it breaks reciprocity and that F creates power at P_os = 0.5. Here that is
    the paper's model, asked for on purpose and named in every figure: its warning, and no other, is caught.
    """
    if closure == "conserving":
        return fs.solve_many(stack, values, closure=closure)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fs.PhysicsWarning)
        return fs.solve_many(stack, values, closure=closure)


def complex_moments(values: np.ndarray) -> np.ndarray:
    """(spin, orbital) q^R + i q^I (..., 2, n) of components (..., n, 7): for m along x, q_y + i q_z."""
    return np.stack([values[..., 2] + 1j * values[..., 3], values[..., 5] + 1j * values[..., 6]], axis=-2)


def exact_currents(drive: str, *, closure: str, interface: str, **changes: Any) -> np.ndarray:
    """(J_s, J_o)(0)/(sigma_H E) (..., 2) in closed form; `changes` replace lengths, as in `lo_f=2e-9`."""
    p = {"d_n": THICKNESS, "d_f": THICKNESS, "ls_n": SPIN_LENGTH, "lo_n": ORBITAL_LENGTH}
    p |= {"ls_f": SPIN_LENGTH, "lo_f": ORBITAL_LENGTH} | changes
    k = transverse.transverse_wavevector(p["ls_f"], EXCHANGE_LENGTH, dephasing_length=DEPHASING_LENGTH)
    normal = ning24.NormalLayer(p["d_n"], SIGMA, p["ls_n"], SIGMA, p["lo_n"])
    magnet = ning24.FerromagnetLayer(p["d_f"], SIGMA, k, SIGMA, p["lo_f"], CONVERSION, CONVERSION)
    ohmic = None if interface == "transparent" else ning24.ohmic_matrix(G0, G0)
    # minus: E along -x
    return -ning24.bilayer_currents(
        normal, magnet, hall=np.array(DRIVES[drive]) / ANGLE, interface=ohmic, closure=closure
    )


@dataclass(frozen=True, eq=False)
class Profiles:
    """Complex profiles [(spin, orbital), point] of one bilayer, in units of sigma_H E."""

    z: dict[str, np.ndarray]  #: by layer, 0 at the interface [m]
    current: dict[str, np.ndarray]  #: J/(sigma_H E)
    potential: dict[str, np.ndarray]  #: G0 mu/(sigma_H E)
    exact: np.ndarray  #: (2,): J(0) in closed form
    warnings: list[str]  #: what the solver objects to

    @property
    def arriving(self) -> np.ndarray:
        """J_s and J_o at the interface, solved."""
        return self.current["N"][:, -1]


def run(points: int = 161) -> dict[tuple[str, str, str], Profiles]:
    """Profiles by (drive, closure, interface)."""
    height = np.linspace(0, THICKNESS, points)
    results = {}
    for drive, closure, interface in product(DRIVES, CLOSURES, INTERFACES):
        solution = solve(bilayer(drive, interface), {}, closure)
        found = {layer: solution.layer_profile(layer, height) for layer in ("N", "F")}
        results[drive, closure, interface] = Profiles(
            z={"N": height - THICKNESS, "F": height},
            current={layer: complex_moments(J) / (HALL * FIELD) for layer, (_, J) in found.items()},
            potential={layer: complex_moments(mu) * G0 / (HALL * FIELD) for layer, (mu, _) in found.items()},
            exact=exact_currents(drive, closure=closure, interface=interface),
            warnings=solution.report.warnings,
        )
    return results


COLUMNS = ("SHE: spin", "SHE: orbital", "OHE: spin", "OHE: orbital")


def figure(results: Mapping[tuple[str, str, str], Profiles], interface: str) -> Figure:
    """The eight panels of Fig. 2 for one kind of interface."""
    fig, axes = panels(2, 4, (11.5, 5.6), sharex=True)
    for closure, (column, drive), kind in product(CLOSURES, enumerate(DRIVES), (0, 1)):
        found = results[drive, closure, interface]
        for ax, values in zip(axes[:, 2 * column + kind], (found.current, found.potential), strict=True):
            for layer in ("N", "F"):
                z, q = found.z[layer] * 1e9, values[layer][kind]
                ax.plot(z, q.real, color=BLUE, linestyle=STYLES[closure], linewidth=1.5)
                ax.plot(z, q.imag, color=RED, linestyle=STYLES[closure], linewidth=1.5)
    for ax, title in zip(axes[0], COLUMNS, strict=True):
        name(ax, title)
    for i, (hall, kind) in enumerate(product(("SH", "OH"), "so")):
        unit = rf"\sigma_{{\rm {hall}}} E"
        axes[0, i].set_ylabel(rf"$J_{kind}\,/\,{unit}$")
        name(axes[1, i], "", x="z [nm]", y=rf"$G_0\,\mu_{kind}\,/\,{unit}$")
    _finish(fig, axes, interface)
    return fig


def _finish(fig: Figure, axes: np.ndarray, interface: str) -> None:
    """Layers shaded and named, one legend, and what was assumed."""
    for ax in axes.flat:
        ax.axvspan(0, 5, facecolor="#fbe3b5", alpha=0.5, zorder=-1, linewidth=0)
        ax.set_xlim(-5, 5)
        ax.set_xticks([-4, -2, 0, 2, 4])
        ax.margins(y=0.12)
    for ax in axes[0]:
        ax.text(0.06, 0.95, "N", transform=ax.transAxes, color=GREY, va="top")
        ax.text(0.94, 0.95, "F", transform=ax.transAxes, color=GREY, va="top", ha="right")
    lines = [Line2D([], [], color=c) for c in (BLUE, RED)]
    lines += [Line2D([], [], color=GREY, linestyle=style) for style in STYLES.values()]
    labels = [r"R: along $m\times(y\times m)$", r"I: along $m\times y$"]
    labels += ['closure "ning24" (the paper)', 'closure "conserving"']
    fig.legend(lines, labels, loc="outside lower center", ncols=4, frameon=False, handlelength=3)
    words = {"transparent": "transparent interface", "ohmic": r"Ohmic interface, $G_s=G_o=10^{15}$ S/m$^2$"}
    fig.suptitle(rf"{words[interface]};  $P_{{os}}=P_{{so}}=0.5$, E along $-x$, $G_0=10^{{15}}$ S/m$^2$", fontsize=11)


def main(directory: str = "examples_out") -> None:
    """Both figures, and J(0) against the closed form."""
    results = run()
    write({f"ning24_fig2_{kind}": figure(results, kind) for kind in INTERFACES}, directory)
    print("J(0)/(sigma_H E) at z = 0, solver (its distance from the closed form):")
    for (drive, closure, interface), found in results.items():
        spin, orbital = found.arriving
        error = np.max(np.abs(found.arriving - found.exact))
        print(f"  {drive} {closure:10} {interface:11}: J_s {spin:.5f}  J_o {orbital:.5f}  ({error:.0e})")
    print("warned in closure ning24:", *results["SHE", "ning24", "transparent"].warnings, sep="\n  ")


if __name__ == "__main__":
    start(main)
