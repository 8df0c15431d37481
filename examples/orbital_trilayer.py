"""Which torque does the orbital current of titanium exert on nickel, and what reaches a second magnet through copper?

Ti(10)|Ni|Cu(3)|CoFe(2), E along x. The orbital Hall current of Ti flows into Ni, loses moment at the interface (memory
loss), and drags spin along inside Ni (P_os). What of it crosses Cu (mixing interfaces with transmission) acts on
CoFe; Ni takes the recoil, of opposite sign, and shows an orbital torque of its own only above 11 nm. m along x in
Ni, along z in CoFe. There is no closed form for it; what is exact:

    budget of every layer    J_s(bottom) - J_s(top) = exchange + spin flip + orbital exchange,
    no conversion, no torque tau = 0 if P_os = 0 in both magnets and G_os = 0 at Cu|CoFe (Ti has no spin Hall effect),
    two routes, one answer   layer admittances (method "exact") and finite elements (method "fem").

Orbital torque: D. Go, H.-W. Lee, PRR 2, 013177 (2020), doi:10.1103/PhysRevResearch.2.013177. Charge and spin numbers
are the library's at the conductivity of thin films, diffusion lengths scaled with it; the orbital ones are chosen:
none is measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from drawing import BLUE, GREY, RED, name, panels, start, write
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import femsot as fs
from femsot.plot.profiles import budget_figure, profiles_figure

FIELD = 1e5  #: E along x [V/m]
SWEPT = np.linspace(1e-9, 20e-9, 39)  #: thickness of Ni [m]
MAGNETS = ("Ni", "CoFe")
#: P_os = 0 everywhere, G_os = 0
NO_CONVERSION = {
    "materials.Ni.orbit_to_spin": 0.0,
    "materials.CoFe.orbit_to_spin": 0.0,
    "interfaces.Cu|CoFe.orbit_to_spin": 0.0,
}


def materials() -> dict[str, fs.NormalMetal]:
    """By name; orbital numbers chosen here."""
    length = {"exchange_length": 1e-9, "dephasing_length": 1e-9}
    return {
        "Ti": fs.material(
            "Ti", conductivity=1.2e6, **_orbital(1.2e6, 5e-9), orbital_hall_conductivity=2e5,
        ),
        "Ni": fs.material(
            "Ni", conductivity=5e6, spin_diffusion_length=3.5e-9, anomalous_hall_conductivity=0.0,
            **_orbital(2e6, 5e-9), **length, orbit_to_spin=0.3,
        ),
        "Cu": fs.material("Cu", conductivity=2e7, spin_diffusion_length=200e-9, **_orbital(5e6, 5e-9)),
        "CoFe": fs.material(
            "CoFe", conductivity=4e6, spin_diffusion_length=3.4e-9, saturation_magnetization=1.5e6,
            **_orbital(1e6, 2e-9), **length, orbit_to_spin=0.05,
        ),
    }  # fmt: skip


def _orbital(conductivity: float, length: float) -> dict[str, float]:
    return {"orbital_conductivity": conductivity, "orbital_diffusion_length": length}


def stack() -> fs.Stack:
    """The same as orbital_trilayer.toml."""
    of = materials()
    layers = (
        fs.Layer("Ti", of["Ti"], 10e-9),
        fs.Layer("Ni", of["Ni"], 4e-9, (1, 0, 0)),
        fs.Layer("Cu", of["Cu"], 3e-9),
        fs.Layer("CoFe", of["CoFe"], 2e-9, (0, 0, 1)),
    )
    joints = {
        "Ti|Ni": fs.SpinMemoryLoss(resistance_area=1e-15, asymmetry=0.2, delta=0.3, orbital=1e15, orbital_delta=0.2),
        "Ni|Cu": fs.Mixing(
            up=1e15, down=6e14, mixing=1e15 + 5e13j, transmitted=4e14, ferromagnet_side_mixing=1e15, orbital=1e15
        ),
        "Cu|CoFe": fs.Mixing(up=1.2e15, down=4e14, mixing=1e15 + 5e13j, orbital=5e14, orbit_to_spin=5e13),
    }
    title = "orbital torque in Ti|Ni|Cu|CoFe"
    return fs.Stack(layers, interfaces=joints, electric_field=(FIELD, 0, 0), title=title)


@dataclass(frozen=True, eq=False)
class Results:
    """Torques against the thickness of Ni, and one stack in full."""

    thickness: np.ndarray  #: of Ni [m]
    torque: dict[str, np.ndarray]  #: by magnet, efficiency tau/E (n, 2): damping-like, field-like [S/m]
    field: dict[str, np.ndarray]  #: by magnet, effective field (n, 2) [T]
    without: dict[str, np.ndarray]  #: tau/E without conversion: zero
    single: dict[str, Any]  #: the record of `result.json` at 4 nm
    fem: dict[str, Any]  #: the same by finite elements


def run() -> Results:
    """The sweep in one batch, and the stack at 4 nm by both methods."""
    swept = {"layers.Ni.thickness": SWEPT}
    solution, idle = fs.solve_many(stack(), swept), fs.solve_many(stack(), swept | NO_CONVERSION)
    torques = {magnet: solution.torque(magnet) for magnet in MAGNETS}
    return Results(
        thickness=SWEPT,
        torque={magnet: torque.efficiency_E for magnet, torque in torques.items()},
        field={magnet: torque.field_T for magnet, torque in torques.items()},
        without={magnet: idle.torque(magnet).efficiency_E for magnet in MAGNETS},
        single=fs.solve(stack()).to_dict(),
        fem=fs.solve(stack(), method="fem").to_dict(),
    )


def torques_of(record: dict[str, Any]) -> np.ndarray:
    """(magnet, 3) flux torques of a `result.json` record [A/m^2]."""
    return np.array([layer["torque"]["flux"] for layer in record["layers"] if layer["torque"]])


def figure(results: Results) -> Figure:
    """Torque efficiency of both magnets (a, b) and the profiles of moment at 4 nm of Ni (c)."""
    fig, axes = panels(1, 3, (12.2, 4.2))
    nm = results.thickness * 1e9
    for ax, magnet, axis in zip(axes[0], MAGNETS, ("x", "z"), strict=False):
        efficiency, idle = results.torque[magnet] * 1e-3, results.without[magnet] * 1e-3
        ax.plot(nm, efficiency[:, 0], color=BLUE, label="damping-like")
        ax.plot(nm, efficiency[:, 1], color=RED, linestyle=(0, (4, 2)), label="field-like")
        ax.plot(nm, idle[:, 0], color=GREY, linestyle=":", label="no orbit-to-spin conversion")
        ax.set_xlim(0, 20)
        ax.set_xticks(range(0, 21, 5))
        name(ax, f"torque on {magnet}, m along ${axis}$", x=r"$d_{\rm Ni}$ [nm]", y=r"$\tau/E$ [kS/m]")
    axes[0, 0].legend(frameon=False, fontsize=9, loc="upper right")
    _profiles(axes[0, 2], results.single)
    fig.suptitle(
        "Ti(10 nm)|Ni|Cu(3 nm)|CoFe(2 nm), E along $x$, p = $y$, closure conserving; memory-loss interface Ti|Ni, "
        "mixing interfaces of Cu",
        fontsize=10.5,
    )
    return fig


def _profiles(ax: Axes, record: dict[str, Any]) -> None:
    """J_o and J_s polarised along y, layer by layer: jumps at interfaces stay jumps."""
    z, flux = np.array(record["profiles"]["z"]) * 1e9, np.array(record["profiles"]["J"]) * 1e-9
    names = np.array(record["profiles"]["layer"])
    for layer in record["layers"]:
        inside = names == layer["name"]
        ax.plot(z[inside], flux[inside, 5], color=BLUE)
        ax.plot(z[inside], 5 * flux[inside, 2], color=RED, linestyle=(0, (4, 2)))
        bottom, top = (1e9 * edge for edge in layer["z"])
        if layer["torque"]:
            ax.axvspan(bottom, top, facecolor="#fbe3b5", alpha=0.5, zorder=-1, linewidth=0)
        ax.text(
            (bottom + top) / 2,
            0.03,
            layer["name"],
            transform=ax.get_xaxis_transform(),
            ha="center",
            color=GREY,
            fontsize=8,
        )
    ax.plot([], [], color=BLUE, label="$J_o$ along $y$")
    ax.plot([], [], color=RED, linestyle=(0, (4, 2)), label=r"$5\times J_s$ along $y$")
    ax.legend(frameon=False, fontsize=9, loc="upper left", ncols=2)
    ax.set_xlim(z[0], z[-1])
    ax.set_xticks(range(0, 19, 5))
    ax.set_ylim(-12.5, 2.5)
    name(ax, r"moment currents, $d_{\rm Ni}=4$ nm", x="z [nm]", y=r"current along $z$ [GA/m$^2$]")


def main(directory: str = "examples_out") -> None:
    """Three figures, the torques at 4 nm, and how exact they are."""
    results = run()
    pictures = {
        "orbital_trilayer": figure(results),
        "orbital_trilayer_profiles": profiles_figure(results.single),
        "orbital_trilayer_budget": budget_figure(results.single),
    }
    write(pictures, directory)
    for layer in results.single["layers"]:
        if layer["torque"]:
            damping, field = layer["torque"]["efficiency_E"]
            fields = " and ".join(f"{1e3 * b:+.4f}" for b in layer["torque"]["field_T"])
            print(f"{layer['name']:4}: tau/E {damping:+.1f} (damping-like) {field:+.1f} S/m; B {fields} mT")
    residual = max(layer["budget"]["residual"] for layer in results.single["layers"])
    print(f"budget: {residual:.0e} of the largest current")
    print(f"without conversion: {max(np.max(np.abs(t)) for t in results.without.values()):.0e} S/m")
    one, other = torques_of(results.single), torques_of(results.fem)
    print(
        f"finite elements against exact: {np.max(np.abs(one - other)) / np.max(np.abs(one)):.0e} of the largest torque"
    )


if __name__ == "__main__":
    start(main)
