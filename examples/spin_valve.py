"""Perpendicular magnetoresistance of a spin valve, and the torque its current exerts, at any angle.

F|N|F = Py|Cu|Py between contacts that carry J along +z. Collinear, against the spacer's thickness: T. Valet,
A. Fert, PRB 48, 7099 (1993), doi:10.1103/PhysRevB.48.7099, exact for any thickness and with spin memory loss in
`femsot.papers.valet_fert`; thick F without memory loss, x = d_N/lambda_N (Fert, Jaffres, PRB 64, 184420):

    A(R_AP - R_P) = 2 (P r_F + gamma r_b)^2/{(r_b + r_F) cosh x + (r_N/2)[1 + ((r_b + r_F)/r_N)^2] sinh x}.

At an angle theta, thick F and d_N -> 0 (circuit theory, Brataas, Bauer, Kelly, doi:10.1016/j.physrep.2005.12.006):
with g_L = 1/(r_b + r_F), p = (P r_F + gamma r_b) g_L, g_T = |G_mix|^2/Re G_mix, c = cos theta, the node's balance
-p J (m1 - m2) = sum over both magnets of [g_L m m + Re G_mix (1 - m m) + Im G_mix m x] mu_s gives

    A[R(theta) - R(0)] = 2 p^2 (1 - c)/[g_L (1 - c) + g_T (1 + c)],
    tau on the upper m2 = -J p g_T/[g_L (1 - c) + g_T (1 + c)]  m2 x (m1 x m2),    none along m2 x m1.

Electrons carry moment against J, hence the minus: for J along +z they flow from m2 to m1 and turn m2 away from m1.
G_mix (Ning24 Eq. 19) is that of the interface's transverse conductance and of F in series. Interface numbers are
those of Py|Cu: 2 AR* = 1 fOhm m^2, gamma = 0.7 (Bass, Pratt, J. Magn. Magn. Mater. 200, 274 (1999),
doi:10.1016/S0304-8853(99)00316-9); delta and lambda_J are typical values, chosen here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from drawing import BLACK, BLUE, FAMILY, GREY, RED, name, panels, start, write
from matplotlib.figure import Figure

import femsot as fs
from femsot.papers import circuit, mixing, ning24, transverse, valet_fert

CURRENT = 1e11  #: J [A/m^2]
RESISTANCE, ASYMMETRY = 0.5e-15, 0.7  #: AR* of one interface [ohm m^2], gamma
DELTA = 0.3  #: spin memory loss
EXCHANGE_LENGTH = 1e-9  #: lambda_J of Py [m]
D_F, D_N = 60e-9, 10e-9  #: thick F: 11 spin diffusion lengths [m]
SPACERS = (1e-15, 10e-9, 100e-9, 400e-9)  #: of the angular dependence; the first is d_N -> 0 [m]


def valve() -> fs.Stack:
    """Py|Cu|Py, parallel, no memory loss."""
    py, cu = fs.material("Py", exchange_length=EXCHANGE_LENGTH), fs.material("Cu")
    layers = (fs.Layer("bottom", py, D_F, (1, 0, 0)), fs.Layer("Cu", cu, D_N), fs.Layer("top", py, D_F, (1, 0, 0)))
    joint = fs.SpinMemoryLoss(resistance_area=RESISTANCE, asymmetry=ASYMMETRY, delta=0.0)
    return fs.Stack(
        layers,
        interfaces={"bottom|Cu": joint, "Cu|top": joint},
        bottom=fs.Contact(current_density=CURRENT),
        top=fs.Contact(voltage=0.0),
        title="Py|Cu|Py spin valve",
    )


def closed_form_parts() -> tuple[valet_fert.ValveLayer, valet_fert.ValveLayer, valet_fert.ValveInterface]:
    """F, N (thickness D_N) and the interface for `valet_fert`."""
    bottom, spacer, _ = valve().layers
    f, n = bottom.material, spacer.material
    ferromagnet = valet_fert.ValveLayer(D_F, f.conductivity, f.spin_diffusion_length, f.polarization)
    return (
        ferromagnet,
        valet_fert.ValveLayer(D_N, n.conductivity, n.spin_diffusion_length),
        valet_fert.ValveInterface(RESISTANCE, ASYMMETRY),
    )


def mixing_conductance() -> complex:
    """G_mix of the interface and F in series [S/m^2]."""
    f = valve().layers[0].material
    k = transverse.transverse_wavevector(f.spin_diffusion_length, EXCHANGE_LENGTH, dephasing_length=f.dephasing_length)
    layer = ning24.effective_conductance(f.sigma_s, k, thickness=D_F)
    return complex(mixing.mixing_conductance(1 / (RESISTANCE * (1 - ASYMMETRY**2)), layer))


@dataclass(frozen=True, eq=False)
class Collinear:
    """AR [ohm m^2] (delta, state, d_N): delta = 0 or DELTA, parallel or antiparallel."""

    spacer: np.ndarray  #: d_N [m]
    solved: np.ndarray
    exact: np.ndarray


@dataclass(frozen=True, eq=False)
class Angular:
    """Against theta (angle,), for each spacer (spacer, angle)."""

    angle: np.ndarray  #: [rad]
    rise: np.ndarray  #: A[R(theta) - R(0)] [ohm m^2]
    torque: np.ndarray  #: on the upper magnet over J: along m2 x (m1 x m2) + i along m2 x m1
    exact_rise: np.ndarray  #: d_N -> 0 (angle,)
    exact_torque: np.ndarray


def run_collinear(points: int = 60) -> Collinear:
    """Both collinear states, with and without memory loss, one batch."""
    spacer = np.geomspace(1e-9, 2e-6, points)
    states = np.array([[1.0, 0, 0], [-1.0, 0, 0]])[:, None, :]
    deltas = np.array([0.0, DELTA])[:, None, None]
    values = {"layers.Cu.thickness": spacer, "layers.top.magnetization": states}
    values |= {f"interfaces.{joint}.delta": deltas for joint in ("bottom|Cu", "Cu|top")}
    ferromagnet, normal, _ = closed_form_parts()
    normal = valet_fert.ValveLayer(spacer, normal.conductivity, normal.spin_diffusion_length)
    joint = valet_fert.ValveInterface(RESISTANCE, ASYMMETRY, deltas[:, 0])
    exact = [
        valet_fert.valve_resistance(ferromagnet, normal, interface=joint, antiparallel=antiparallel)
        for antiparallel in (False, True)
    ]
    return Collinear(spacer, fs.solve_many(valve(), values).resistance().area, np.stack(exact, 1))


def run_angular(points: int = 91) -> Angular:
    """Resistance and torque for every angle and spacer, one batch."""
    angle = np.linspace(0, np.pi, points)
    upper = np.stack([np.cos(angle), np.sin(angle), 0 * angle], -1)
    spacer = np.array(SPACERS)[:, None]
    solution = fs.solve_many(valve(), {"layers.Cu.thickness": spacer, "layers.top.magnetization": upper})
    resistance = solution.resistance().area
    toward = np.stack([np.sin(angle), -np.cos(angle), 0 * angle], -1)  # unit vector of m2 x (m1 x m2)
    flux = solution.torque("top").flux / CURRENT
    torque = (flux * toward).sum(-1) + 1j * (flux * np.cross(upper, toward)).sum(-1)
    ferromagnet, _, joint = closed_form_parts()
    mix = mixing_conductance()
    rise = circuit.thin_spacer_magnetoresistance(angle, ferromagnet, interface=joint, mixing_conductance=mix)
    return Angular(angle, resistance - resistance[:, :1], torque, rise, exact_torque(angle))


def exact_torque(angle: np.ndarray) -> np.ndarray:
    """tau/J along the unit vector of m2 x (m1 x m2), d_N -> 0 and thick F."""
    ferromagnet, _, joint = closed_form_parts()
    r_f, mix = valet_fert.spin_resistance(ferromagnet), mixing_conductance()
    along = 1 / (joint.resistance + r_f)
    p = (ferromagnet.polarization * r_f + joint.asymmetry * joint.resistance) * along
    across, c = abs(mix) ** 2 / mix.real, np.cos(angle)
    return -p * across * np.sin(angle) / (along * (1 - c) + across * (1 + c))


def run() -> tuple[Collinear, Angular]:
    """Both parts."""
    return run_collinear(), run_angular()


def figure(collinear: Collinear, angular: Angular) -> Figure:
    """Collinear (a, b), angular (c, d); closed forms as marks."""
    fig, axes = panels(2, 2, (9.2, 7.2))
    nm, unit = collinear.spacer * 1e9, 1e15
    for state, color, label in ((0, BLUE, r"$AR_{\rm P}$"), (1, RED, r"$AR_{\rm AP}$")):
        axes[0, 0].plot(nm, collinear.solved[0, state] * unit, color=color, label=label)
        axes[0, 0].plot(nm[::6], collinear.exact[0, state][::6] * unit, "o", color=color, markersize=4)
    for delta, color in ((0, BLUE), (1, RED)):
        solved, exact = (np.diff(ar[delta], axis=0)[0] * unit for ar in (collinear.solved, collinear.exact))
        axes[0, 1].plot(nm, solved, color=color, label=rf"$\delta$ = {(0.0, DELTA)[delta]:g}")
        axes[0, 1].plot(nm[::6], exact[::6], "o", color=color, markersize=4)
    name(axes[0, 0], r"collinear, $\delta=0$", x=r"$d_{\rm N}$ [nm]", y=r"$AR$ [f$\Omega$ m$^2$]")
    name(axes[0, 1], "magnetoresistance", x=r"$d_{\rm N}$ [nm]", y=r"$A(R_{\rm AP}-R_{\rm P})$ [f$\Omega$ m$^2$]")
    for ax in axes[0]:
        ax.plot([], [], "o", color=GREY, markersize=4, label="Valet-Fert, exact")
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter("{x:g}")
    axes[0, 0].set_ylim(bottom=0)
    _angular(axes[1], angular)
    axes[0, 0].legend(frameon=False, loc="upper left")
    for ax in (axes[0, 1], *axes[1]):
        ax.legend(frameon=False, fontsize=9)
    fig.suptitle(
        rf"Py(60 nm)|Cu($d_{{\rm N}}$)|Py(60 nm), current along $+z$; both interfaces AR*=0.5 f$\Omega$ m$^2$, "
        rf"$\gamma$={ASYMMETRY}",
        fontsize=10.5,
    )
    return fig


def _angular(axes: np.ndarray, found: Angular) -> None:
    degrees = np.degrees(found.angle)
    for i, (spacer, color) in enumerate(zip(SPACERS, FAMILY, strict=True)):
        label = r"$d_{\rm N}\to0$" if i == 0 else rf"$d_{{\rm N}}$ = {spacer * 1e9:g} nm"
        axes[0].plot(degrees, found.rise[i] * 1e15, color=color, label=label)
        axes[1].plot(degrees, found.torque[i].real, color=color)
        axes[1].plot(degrees, found.torque[i].imag, color=color, linestyle=(0, (4, 2)))
    axes[0].plot(degrees[::5], found.exact_rise[::5] * 1e15, "o", color=BLACK, markersize=3.5, label="circuit theory")
    axes[1].plot(degrees[::5], found.exact_torque[::5], "o", color=BLACK, markersize=3.5, label="circuit theory")
    axes[1].plot([], [], color=GREY, label=r"along $m_2\times(m_1\times m_2)$")
    axes[1].plot([], [], color=GREY, linestyle=(0, (4, 2)), label=r"along $m_2\times m_1$, < $3\times10^{-4}$")
    name(axes[0], r"noncollinear, $\delta=0$", x=r"$\theta$ [degrees]", y=r"$A[R(\theta)-R(0)]$ [f$\Omega$ m$^2$]")
    name(axes[1], "torque on the upper Py, colours as in (c)", x=r"$\theta$ [degrees]", y=r"$\tau/J$")
    for ax in axes:
        ax.set_xlim(0, 180)
        ax.set_xticks(range(0, 181, 30))


def main(directory: str = "examples_out") -> None:
    """The figure, and the numbers at d_N = 10 nm."""
    collinear, angular = run()
    write({"spin_valve": figure(collinear, angular)}, directory)
    parallel, antiparallel = np.array([collinear.solved[0, state, 20] for state in (0, 1)]) * 1e15
    print(f"d_N = {collinear.spacer[20] * 1e9:.2f} nm: AR_P {parallel:.5f}, AR_AP {antiparallel:.5f} fOhm m^2")
    print(f"solver against Valet-Fert: {np.max(np.abs(collinear.solved / collinear.exact - 1)):.0e}")
    print(f"R(theta), d_N -> 0: {np.max(np.abs(angular.rise[0] - angular.exact_rise)) * 1e15:.0e} fOhm m^2 off")
    print(f"torque/J, d_N -> 0: {np.max(np.abs(angular.torque[0] - angular.exact_torque)):.0e} off")
    print(f"largest |torque|/J: {np.max(np.abs(angular.torque), axis=1).round(4)} for d_N -> 0, 10, 100, 400 nm")


if __name__ == "__main__":
    start(main)
