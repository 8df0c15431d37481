"""What does a precessing magnet send into a metal, and how is that tied to the torque a current exerts on it?

Spin pumping, Y. Tserkovnyak et al., RMP 77, 1375 (2005), doi:10.1103/RevModPhys.77.1375: Pt|Py with an absorbing
interface of G = G_r + i G_i (femsot's, twice that of the paper). G_N = (sigma/lambda) tanh(d/lambda) takes up what
is sent, the rest comes back, so G_eff = [1/G + 1/G_N]^-1:

    induced damping  alpha = gamma hbar^2 Re G_eff/(4 e^2 M_s d_F),
    mean spin current into Pt for m precessing about y at angle Theta, polarised along y:
        (hbar/2e) omega sin^2(Theta) Re G_eff,
    inverse spin Hall sheet current  K_x = theta lambda tanh(d/2 lambda) times that current (K along p x n).

The time average is solved, not assumed: all instants of a turn are one batch. Onsager's partner of the pumped
charge is the torque of a field, for any stack and closure "conserving" (docs/physics.md section 4):

    K_k/w_a at m = - tau_a/E_k at -m,   w = (hbar/2e) m x dm/dt,   tau: all that m receives, bulk and interfaces.

It is shown where nothing is simple: Ti|Ni with orbital Hall effect, orbit-to-spin conversion and m in no symmetric
direction. The orbital numbers of Ti and Ni are not measured: they are chosen here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from drawing import BLUE, FAMILY, GREEN, GREY, RED, name, panels, start, write
from matplotlib.figure import Figure

import femsot as fs
from femsot.base.constants import e, hbar
from femsot.papers import mixing, ning24
from femsot.studies.pumping import induced_damping

MIXING = 1e15 + 1e14j  #: G [S/m^2]
D_F = 5e-9  #: [m]
OMEGA, CONE = 2 * np.pi * 10e9, np.radians(2.0)  #: 10 GHz, Theta
GENERAL = np.array([0.48, 0.36, 0.8])  #: m of the reciprocity panel


def bilayer() -> fs.Stack:
    """Pt|Py, everything transverse absorbed at the interface; m along y.

    No dephasing inside Py: with it, spin flip of Py's own electrons adds a damping that knows nothing of Pt.
    """
    py = fs.material("Py", dephasing_length=None)
    layers = (fs.Layer("Pt", fs.material("Pt"), 5e-9), fs.Layer("Py", py, D_F, (0, 1, 0)))
    joint = {"Pt|Py": fs.Mixing(up=1e15, down=5e14, mixing=MIXING)}
    return fs.Stack(layers, interfaces=joint, title="Pt|Py spin pumping")


def orbital_bilayer() -> fs.Stack:
    """Ti|Ni: orbital Hall effect below, bulk and interface conversion."""
    orbit = {"orbital_conductivity": 1e6, "orbital_diffusion_length": 5e-9}
    ti = fs.material("Ti", conductivity=1e6, orbital_hall_angle=0.1, **orbit)
    ni = fs.material(
        "Ni", conductivity=5e6, spin_diffusion_length=5e-9, exchange_length=1e-9, dephasing_length=1e-9,
        orbit_to_spin=0.1, anomalous_hall_conductivity=0.0, spin_conductivity=1e6, **orbit,
    )  # fmt: skip
    joint = fs.Ohmic(charge=2e15, spin=1e15, orbital=1e15, orbit_to_spin=1e14)
    layers = (fs.Layer("Ti", ti, 5e-9), fs.Layer("Ni", ni, 5e-9, GENERAL))
    return fs.Stack(layers, interfaces={"Ti|Ni": joint}, title="Ti|Ni orbital pumping")


@dataclass(frozen=True, eq=False)
class Pumped:
    """Against the thickness of Pt (n,): solved and in closed form."""

    thickness: np.ndarray  #: [m]
    damping: np.ndarray
    exact_damping: np.ndarray
    spin: np.ndarray  #: mean spin current into Pt along y at the interface [A/m^2]
    exact_spin: np.ndarray
    charge: np.ndarray  #: mean sheet current K_x [A/m]
    exact_charge: np.ndarray


@dataclass(frozen=True, eq=False)
class Reciprocity:
    """[S/m] against the thickness of Ti (n, k, a): charge along k per w_a, and minus torque along a per E_k."""

    thickness: np.ndarray  #: [m]
    pumped: np.ndarray
    torque: np.ndarray


def precession(instants: int = 16) -> tuple[np.ndarray, np.ndarray]:
    """m and dm/dt (instant, 3) of a turn about y."""
    phase = 2 * np.pi * np.arange(instants) / instants
    radius, one = np.sin(CONE), np.ones(instants)
    m = np.stack([radius * np.sin(phase), np.cos(CONE) * one, radius * np.cos(phase)], -1)
    rate = OMEGA * radius * np.stack([np.cos(phase), 0 * phase, -np.sin(phase)], -1)
    return m, rate


def run_pumped(points: int = 60) -> Pumped:
    """Damping, and the averages over a turn, for every thickness."""
    d = np.geomspace(0.3e-9, 30e-9, points)
    stack = bilayer()
    pt, py = (layer.material for layer in stack.layers)
    varied = replace(stack, layers=(replace(stack.layers[0], thickness=d), stack.layers[1]))
    m, rate = (vector[:, None, :] for vector in precession())
    values = {"layers.Pt.thickness": d, "layers.Py.magnetization": m, "drive.magnetization_rate.Py": rate}
    solution = fs.solve_many(stack, values)
    taken = ning24.effective_conductance(pt.conductivity, 1 / pt.spin_diffusion_length, thickness=d)
    effective = mixing.mixing_conductance(MIXING, taken)
    spin = hbar / (2 * e) * OMEGA * np.sin(CONE) ** 2 * effective.real
    hall = pt.hall("spin") / pt.conductivity * pt.spin_diffusion_length * np.tanh(d / 2 / pt.spin_diffusion_length)
    return Pumped(
        thickness=d,
        damping=induced_damping(varied, "Py").total,
        exact_damping=mixing.pumping_damping(effective, py.saturation_magnetization, thickness=D_F),
        spin=-solution.interface("Pt|Py").J_minus[..., 2].mean(0),
        exact_spin=-spin,
        charge=solution.sheet_current("Pt")[..., 0].mean(0),
        exact_charge=hall * spin,
    )


def run_reciprocity(points: int = 40) -> Reciprocity:
    """Both sides of Onsager's relation, for the two transverse w and the two fields."""
    d, stack = np.geomspace(0.5e-9, 40e-9, points), orbital_bilayer()
    first = np.cross(GENERAL, [0.0, 0.0, 1.0]) / np.linalg.norm(np.cross(GENERAL, [0.0, 0.0, 1.0]))
    axes = np.stack([first, np.cross(GENERAL, first)])[:, None, :]  # directions a of w
    rate = np.cross(axes, GENERAL) * 1e10  # m x dm/dt = 1e10/s along a
    values = {"layers.Ti.thickness": d, "drive.magnetization_rate.Ni": rate}
    pumped = fs.solve_many(stack, values)
    charge = sum(pumped.sheet_current(name) for name in pumped.parts) / (hbar / (2 * e) * 1e10)
    driven = {"layers.Ti.thickness": d, "layers.Ni.magnetization": -GENERAL}
    driven["drive.electric_field"] = np.array([[1.0, 0, 0], [0, 1.0, 0]])[:, None, :]
    torque = fs.solve_many(stack, driven).torque("Ni")
    received = np.einsum("kni,ai->nka", torque.received, axes[:, 0])
    return Reciprocity(d, np.moveaxis(charge, 0, -1), -received)


def run() -> tuple[Pumped, Reciprocity]:
    """Both parts."""
    return run_pumped(), run_reciprocity()


def figure(pumped: Pumped, pair: Reciprocity) -> Figure:
    """Damping (a), inverse spin Hall current (b), Onsager partners (c); lines solved, marks closed form or partner."""
    fig, axes = panels(1, 3, (12.2, 4.2))
    nm = pumped.thickness * 1e9
    drawn = (
        (pumped.damping * 1e3, pumped.exact_damping * 1e3, BLUE),
        (pumped.charge * 1e3, pumped.exact_charge * 1e3, RED),
    )
    for ax, (solved, exact, color) in zip(axes[0], drawn, strict=False):
        ax.plot(nm, solved, color=color, label="femsot's solver")
        ax.plot(nm[::5], exact[::5], "o", color=color, markersize=4, label="closed form")
        ax.set_xlim(0, 30)
        ax.legend(frameon=False, loc="lower right")
    name(axes[0, 0], "Pt|Py, damping by pumping", x=r"$d_{\rm Pt}$ [nm]", y=r"$\alpha$ [$10^{-3}$]")
    label = r"mean sheet current $K_x$ [mA/m]"
    name(axes[0, 1], r"Pt|Py, inverse spin Hall effect", x=r"$d_{\rm Pt}$ [nm]", y=label)
    ax, nm = axes[0, 2], pair.thickness * 1e9
    for (k, a), color in zip(product((0, 1), (0, 1)), (BLUE, GREEN, RED, FAMILY[3]), strict=True):
        ax.plot(nm, pair.pumped[:, k, a] * 1e-3, color=color, label=f"$k={'xy'[k]}$, $a={a + 1}$")
        ax.plot(nm[::4], pair.torque[::4, k, a] * 1e-3, "o", color=color, markersize=4)
    ax.plot([], [], color=GREY, label=r"$K_k/w_a$ at $m$")
    ax.plot([], [], "o", color=GREY, markersize=4, label=r"$-\tau_a/E_k$ at $-m$")
    ax.legend(frameon=False, fontsize=9, ncols=2, loc="upper left", columnspacing=1.2)
    ax.set_xlim(0, 40)
    low, high = ax.get_ylim()
    ax.set_ylim(low, high + 0.5 * (high - low))
    name(ax, r"Ti|Ni; $a=1$: $m\times z$, $a=2$: $m\times(m\times z)$", x=r"$d_{\rm Ti}$ [nm]")
    ax.set_ylabel("Onsager partners [kS/m]")
    fig.suptitle(
        r"(a, b) mixing interface $G=(10+i)\times10^{14}$ S/m$^2$, 10 GHz about $y$, cone 2$\degree$;  "
        r"(c) Ohmic interface, closure conserving, $m=(0.48, 0.36, 0.8)$",
        fontsize=10.5,
    )
    return fig


def main(directory: str = "examples_out") -> None:
    """The figure, and how far the solver is from the closed forms and from reciprocity."""
    pumped, pair = run()
    write({"spin_pumping": figure(pumped, pair)}, directory)
    print(f"thick Pt: damping {pumped.damping[-1]:.4e}, K_x {pumped.charge[-1]:.4e} A/m at 10 GHz, 2 degrees")
    print(f"damping: {np.max(np.abs(pumped.damping / pumped.exact_damping - 1)):.0e} off the closed form")
    print(f"mean spin current: {np.max(np.abs(pumped.spin / pumped.exact_spin - 1)):.0e} off")
    print(f"mean sheet current: {np.max(np.abs(pumped.charge / pumped.exact_charge - 1)):.0e} off")
    broken = np.max(np.abs(pair.pumped - pair.torque)) / np.max(np.abs(pair.torque))
    print(f"Onsager, Ti|Ni: {broken:.0e} of the largest torque per field, {np.max(np.abs(pair.torque)):.1f} S/m")


if __name__ == "__main__":
    start(main)
