"""How do the spin Hall effect of Pt and the Rashba coupling at Pt|Co add up, against the thickness of Pt?

Fig. 2 of V. P. Amin, M. D. Stiles, PRB 94, 104420 (2016), doi:10.1103/PhysRevB.94.104420: Pt(t)|Co, E along x, m
along z, delta barrier kappa = u0 + uex sigma.m + uR sigma.(k x z) between equal Fermi surfaces. Transverse vectors
v are complex, v = v_y - i v_x: tau = tau_DL + i tau_FL with p = z x E^ = y. What m receives is exchange in Co and
at the interface; the lattice torque of the interface is the rest, and `Torque.flux` has it in. Eq. 30 as corrected
(docs/misprints.md, Amin16 A6-A8; `femsot.papers.amin16.total_torque`), transverse potentials zero in Co,

    tau_tot = g j_E + h j_SH - tau_latt,   g = T/(T + G),  h = (1 - g)(1 - sech x),  T = tanh x,  x = t/lambda_sf,

bare (G, j_E of the incoming potentials) or with Schep's drift term on the side of Pt, G' = G/(1 - 3 G2).
Two-sided and exact for any Co: mu^+ = (G^+- mu^- + j^+)/(Y - G^++), Y = sigma k tanh(k d), put into the law.

Spins precess in Co within 1/omega = 1.2 nm, a fraction of its mean free path. Plain diffusion, lambda_J = 2 nm, would
give it an admittance sigma k of seven times Sharvin's conductance, and the law of the interface a wrong answer (panel
c); the precession of the current itself (moments 0 and 1 of Boltzmann's equation) limits it to 4/3^(1/2) times: Y =
sigma k with k^2 = (3/lambda_F^2)(w^2 - i w)/(1 + w^2), w = omega lambda_t. Hence the lengths of Co here.
They stand for what the interface feels of Co, not for the profile of spin inside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from drawing import BLACK, BLUE, GREEN, GREY, ORANGE, RED, name, panels, start, write
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

import femsot as fs
from femsot.papers import amin16
from femsot.scattering import Hamiltonian, Tensors, tensors

# Pt and Co of docs/misprints.md, Amin16 D: mean free paths 2.0854 and 11.13 nm, over v_F = hbar kF/m_e
KF = 16e9  #: both metals' [1/m]
TAU_PT, TAU_CO = 1.1259e-15, 6.0088e-15  #: relaxation times [s]
POLARIZATION = 0.46
SIGMA_PT, SIGMA_CO = 4.3889e6, 2.3424e7  #: e^2 kF^2 lambda/(3 pi^2 hbar) [S/m]
LSF_PT, LSF_CO = 2.57e-9, 59e-9  #: spin diffusion lengths, that of Co assumed there [m]
DEPHASING, EXCHANGE = 6.473e-9, 18.58e-9  #: of the docstring's k^2, w = 9.88/1.2 [m]
BARRIER, SPLITTING = 0.42645, 0.20055  #: u0, uex
RASHBA = 0.05 * BARRIER  #: uR, the weaker one of Fig. 3
HALL_ANGLE = 0.05  #: of Pt, chosen here
D_PT, D_CO = 6e-9, 20e-9  #: D_CO: thicker than Co's mean free path, else no drift-diffusion form holds [m]
FIELD = 1e5  #: E [V/m]
CORRECTIONS = ("drift", "bare")
SOURCES = ("both", "Rashba", "spin Hall")
CONDUCTANCE = 6.3131e15  #: 4 times Sharvin's of both spins: <mu (1 - R)> = G/CONDUCTANCE [S/m^2]
BOLTZMANN = 0.3107 - 0.0620j  #: <mu (1 - R)> of Boltzmann's half space (docs/misprints.md, Amin16 B9)


def pt_co(correction: str = "drift", **changes: Any) -> dict[str, Any]:
    """The Hamiltonian's fields of Pt|Co; `changes` replace them, as in rashba=0."""
    given = {"barrier": BARRIER, "exchange": SPLITTING, "rashba": RASHBA, "polarization": POLARIZATION}
    times = {"fermi_wavevector": KF, "relaxation_time": (TAU_PT, TAU_CO), "correction": correction}
    return given | times | changes


def cobalt() -> fs.Ferromagnet:
    """Co, with the admittance of a metal that precesses faster than it scatters."""
    return fs.Ferromagnet(
        name="Co",
        conductivity=SIGMA_CO,
        spin_diffusion_length=LSF_CO,
        polarization=POLARIZATION,
        exchange_length=EXCHANGE,
        dephasing_length=DEPHASING,
    )


def stack(law: fs.Scattering | None = None, m: tuple[float, float, float] = (0, 0, 1)) -> fs.Stack:
    """Pt|Co with spin Hall effect and Rashba interface."""
    pt = fs.NormalMetal(
        name="Pt", conductivity=SIGMA_PT, spin_diffusion_length=LSF_PT, spin_hall_conductivity=HALL_ANGLE * SIGMA_PT
    )
    layers = (fs.Layer("Pt", pt, D_PT), fs.Layer("Co", cobalt(), D_CO, m))
    law = fs.Scattering(**pt_co()) if law is None else law
    title = "Pt|Co, spin Hall effect and Rashba interface"
    return fs.Stack(layers, {"Pt|Co": law}, electric_field=(FIELD, 0, 0), title=title)


def transverse(vectors: np.ndarray) -> np.ndarray:
    """v_y - i v_x of vectors (..., 3): (DL, FL) for m along z and p along y."""
    return np.asarray(vectors[..., 1] - 1j * vectors[..., 0])


@dataclass(frozen=True, eq=False)
class Law:
    """The transverse part of an interface's law for m along z, as complex numbers; sides (-, +)."""

    conductance: np.ndarray  #: (2, 2) [S/m^2]
    source: np.ndarray  #: (2,) for E along x [S/m]
    lattice_mu: np.ndarray  #: (2,) [S/m^2]
    lattice_field: complex  #: [S/m]


def tensors_of(correction: str = "drift", **changes: Any) -> Tensors:
    """Of `pt_co` for m along z."""
    return tensors(Hamiltonian(magnetization=(0, 0, 1), **pt_co(correction, **changes)))


def law_of(made: Tensors) -> Law:
    """Rows along y and x of the tensors' arrays."""
    g, lattice = made.conductance, made.lattice_mu
    return Law(
        conductance=g[:, 2, :, 2] - 1j * g[:, 1, :, 2],
        source=transverse(made.source[:, 1:, 0]),
        lattice_mu=lattice[1, :, 2] - 1j * lattice[0, :, 2],
        lattice_field=complex(transverse(made.lattice_field[:, 0])),
    )


def one_sided(bare: Law, drift: Law) -> Law:
    """Schep's correction on the side of Pt alone: what comes from Co is zero, its drift too.

    Two-sided J = (1 - B)^-1 (G mu + j) of the bare G, j; B follows from both laws, its column of Co is dropped.
    """
    b = np.eye(2) - bare.conductance @ np.linalg.inv(drift.conductance)
    b[:, 1] = 0
    solved = np.linalg.inv(np.eye(2) - b)
    return Law(solved @ bare.conductance, solved @ bare.source, bare.lattice_mu, bare.lattice_field)


def eq30(law: Law, thickness: np.ndarray, hall: complex) -> np.ndarray:
    """tau_tot/E of Amin16 Eq. 30, corrected, sources of the interface and -sigma_SH of the bulk together [S/m]."""
    scaled = amin16.scaled_conductance(law.conductance[0, 0], SIGMA_PT, spin_diffusion_length=LSF_PT)
    return amin16.total_torque(
        law.source[0], hall, lattice_torque=law.lattice_field, scaled=scaled, thickness=thickness / LSF_PT
    )


def reduced(law: Law, admittance: complex) -> tuple[complex, complex, complex, complex]:
    """G, j_E of the interface with Co behind it, and mu^+ = a mu^- + b E."""
    (g, back), (through, own) = law.conductance
    a, b = through / (admittance - own), law.source[1] / (admittance - own)
    return g + back * a, law.source[0] + back * b, a, b


def decay() -> complex:
    """k of transverse spin in Co [1/m]."""
    return complex(np.sqrt(1 / LSF_CO**2 + 1 / DEPHASING**2 - 1j / EXCHANGE**2))


def exact(law: Law, thickness: np.ndarray, hall: complex) -> np.ndarray:
    """tau_tot/E of the stack: Eq. 22 for what arrives, less the lattice's share and the spin flip in Co [S/m]."""
    k = decay()
    admittance = SIGMA_CO * k * np.tanh(k * D_CO)
    g, j, a, b = reduced(law, admittance)
    scaled = amin16.scaled_conductance(g, SIGMA_PT, spin_diffusion_length=LSF_PT)
    arriving = amin16.interface_current(j, hall, scaled=scaled, thickness=thickness / LSF_PT)
    below = (arriving - j) / g
    above = a * below + b
    lattice = law.lattice_mu[0] * below + law.lattice_mu[1] * above + law.lattice_field
    return np.asarray(arriving - lattice - admittance * above / (k * LSF_CO) ** 2)


@dataclass(frozen=True, eq=False)
class Thickness:
    """tau/E [S/m] against t: (source, t) with sources both, Rashba, spin Hall; complex (DL, FL)."""

    t: np.ndarray  #: [m]
    total: np.ndarray  #: what m receives
    interface: np.ndarray  #: of it, at the interface
    lattice: np.ndarray  #: what the lattice of the interface receives
    exact: np.ndarray
    limit: np.ndarray  #: Eq. 30; drift: corrected on the side of Pt
    residual: float  #: worst budget of Pt and Co, over the largest current


@dataclass(frozen=True, eq=False)
class Mixing:
    """<mu (1 - R)> of interface and thick Co, against Co's 1/|k| with k^2 = - i/lambda_J^2."""

    length: np.ndarray  #: lambda_J [m]
    value: dict[str, np.ndarray]
    chosen: dict[str, complex]  #: with the lengths of `cobalt`


def with_difference(both_and_rashba: np.ndarray) -> np.ndarray:
    """(both, Rashba, spin Hall): the stack is linear."""
    both, rashba = both_and_rashba
    return np.stack([both, rashba, both - rashba])


def run_thickness(correction: str, laws: Mapping[str, Law], points: int) -> Thickness:
    """One correction: all thicknesses and both Hall angles in one batch, with one set of tensors."""
    t = np.linspace(0.1e-9, 15e-9, points)
    hall = np.array([HALL_ANGLE * SIGMA_PT, 0.0])[:, None]
    values = {"layers.Pt.thickness": t, "materials.Pt.spin_hall_conductivity": hall}
    solution = fs.solve_many(stack(fs.Scattering(**pt_co(correction))), values)
    torque, joint = solution.torque("Co"), solution.interface("Pt|Co")
    at_interface = transverse(torque.interface)
    limit = one_sided(laws["bare"], laws["drift"]) if correction == "drift" else laws["bare"]
    parts = (transverse(torque.received), at_interface, transverse(joint.torque_lattice))
    return Thickness(
        t,
        *[with_difference(part / FIELD) for part in parts],
        exact=with_difference(exact(laws[correction], t, -hall)),
        limit=with_difference(eq30(limit, t, -hall)),
        residual=float(max(np.max(solution.budget(name).residual) for name in solution.parts)),
    )


def run_mixing(laws: Mapping[str, Law], points: int) -> Mixing:
    """What a choice of Co's exchange length does to the law, and what is chosen here."""
    length = np.geomspace(1e-10, 1e-7, points)
    k = np.exp(-0.25j * np.pi) / length
    value = {c: np.array([reduced(laws[c], SIGMA_CO * x)[0] for x in k]) / CONDUCTANCE for c in CORRECTIONS}
    chosen = {c: reduced(laws[c], SIGMA_CO * decay())[0] / CONDUCTANCE for c in CORRECTIONS}
    return Mixing(length, value, chosen)


def run(points: int = 60) -> tuple[dict[str, Thickness], Mixing]:
    """By correction, and the mixing conductance."""
    laws = {correction: law_of(tensors_of(correction)) for correction in CORRECTIONS}
    return {c: run_thickness(c, laws, points) for c in CORRECTIONS}, run_mixing(laws, points)


COLORS = dict(zip(SOURCES, (BLACK, RED, BLUE), strict=True))


def draw_torque(axes: np.ndarray, found: Thickness) -> None:
    """DL and FL against t, three sources."""
    step = max(len(found.t) // 12, 1)
    for row, part in enumerate((np.real, np.imag)):
        for i, color in enumerate(COLORS.values()):
            nm = found.t * 1e9
            axes[row].plot(nm, part(found.total[i]) * 1e-5, color=color)
            axes[row].plot(nm[::step], part(found.exact[i])[::step] * 1e-5, "o", color=color, markersize=3.5)
            axes[row].plot(nm, part(found.limit[i]) * 1e-5, color=color, linestyle=(0, (1, 1.5)), linewidth=1.2)
        axes[row].set_xlim(0, 15)


def draw_mixing(ax: Axes, found: Mixing) -> None:
    """Re (full) and Im (dashed) of <mu (1 - R)>, the choice made here and Boltzmann's value."""
    for correction, color, at in zip(CORRECTIONS, (GREEN, ORANGE), (5, 7.5), strict=True):
        for part, style in ((np.real, "-"), (np.imag, (0, (4, 2)))):
            ax.plot(found.length * 1e9, part(found.value[correction]), color=color, linestyle=style)
            ax.plot(at, part(found.chosen[correction]), "s", color=color, markersize=6)
    for value in (BOLTZMANN.real, BOLTZMANN.imag):
        ax.axhline(value, color=GREY, linewidth=1, linestyle=(0, (1, 1.5)))
    ax.set_xscale("log")
    ax.set_xlim(0.1, 100)
    ax.xaxis.set_major_formatter("{x:g}")
    lines = [Line2D([], [], color=c) for c in (GREEN, ORANGE)]
    lines += [Line2D([], [], color=GREY, linestyle=s) for s in ("-", (0, (4, 2)), (0, (1, 1.5)))]
    lines += [Line2D([], [], color=GREY, marker="s", linestyle="")]
    labels = [*CORRECTIONS, "Re", "Im", "Boltzmann", "Co as here"]
    ax.legend(lines, labels, fontsize=8, frameon=False, ncols=2, loc="upper right")
    ax.set_ylim(-0.25, 1.0)
    name(ax, "law and Co in series", x=r"$\lambda_J$ of a diffusive Co [nm]", y=r"$\langle\mu(1-R)\rangle$")


def draw_parts(ax: Axes, found: Thickness) -> None:
    """Where the moment of all sources goes."""
    parts = {
        "exchange in Co": (found.total - found.interface, GREEN),
        "interface exchange": (found.interface, ORANGE),
        "lattice": (found.lattice, GREY),
    }
    for label, (values, color) in parts.items():
        ax.plot(found.t * 1e9, values[0].real * 1e-5, color=color, label=label)
        ax.plot(found.t * 1e9, values[0].imag * 1e-5, color=color, linestyle=(0, (4, 2)))
    ax.set_xlim(0, 15)
    ax.legend(fontsize=8, frameon=False, title="full DL, dashed FL", title_fontsize=8, loc=(0.5, 0.62))
    name(ax, "drift, both sources: who gets it", x="t [nm]", y=r"$\tau/E$ [$10^5$ S/m]")


def figure(found: Mapping[str, Thickness], mixing: Mixing) -> Figure:
    """(a, b, d, e) torques, (c) the conductance behind them, (f) their parts."""
    fig, axes = panels(2, 3, (12.2, 7.4))
    for column, correction in enumerate(CORRECTIONS):
        draw_torque(axes[:, column], found[correction])
        name(axes[0, column], f"{correction}: damping-like", y=r"$\tau_{\rm DL}/E$ [$10^5$ S/m]")
        name(axes[1, column], f"{correction}: field-like", x="t [nm]", y=r"$\tau_{\rm FL}/E$ [$10^5$ S/m]")
    for row in (0, 1):
        axes[row, 1].sharey(axes[row, 0])
    draw_mixing(axes[0, 2], mixing)
    draw_parts(axes[1, 2], found["drift"])
    lines = [Line2D([], [], color=c) for c in COLORS.values()]
    lines += [Line2D([], [], color=GREY, marker="o", linestyle="", markersize=4)]
    lines += [Line2D([], [], color=GREY, linestyle=(0, (1, 1.5)))]
    labels = [*SOURCES, "closed form, two-sided, any Co", r"Eq. 30 corrected: no transverse potential in Co"]
    fig.legend(lines, labels, loc="outside lower center", ncols=5, frameon=False)
    fig.suptitle(
        rf"Pt(t)|Co({D_CO * 1e9:g} nm), E along x, m along z: total torque on m; "
        rf"$u_R={RASHBA / BARRIER:g}\,u_0$, $\theta_{{\rm SH}}={HALL_ANGLE:g}$",
        fontsize=11,
    )
    return fig


def main(directory: str = "examples_out") -> None:
    """The figure, and how far Eq. 30 is off."""
    found, mixing = run()
    write({"scattering_thickness": figure(found, mixing)}, directory)
    for correction, one in found.items():
        largest = np.max(np.abs(one.total), axis=1)
        error = np.max(np.abs(one.total - one.exact)) / largest.max()
        print(f"{correction}: solver against the two-sided closed form {error:.0e}, budget {one.residual:.0e}")
        for i, source in enumerate(SOURCES):
            off = (one.limit[i] - one.total[i])[-1] / np.abs(one.total[i, -1])
            value = one.total[i, -1] * 1e-5
            print(f"  {source:9} 15 nm: {value:.4f} 1e5 S/m; Eq. 30 is off by {off.real:+.1%} DL, {off.imag:+.1%} FL")
        flux = one.total[0, -1] + one.lattice[0, -1]
        print(f"  both, with the lattice's share: {flux * 1e-5:.4f} 1e5 S/m, which is not the torque on m")
        print(f"  <mu (1 - R)> = {mixing.chosen[correction]:.4f} with Co behind it, Boltzmann {BOLTZMANN:.4f}")


if __name__ == "__main__":
    start(main)
