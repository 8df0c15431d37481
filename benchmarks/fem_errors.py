"""Errors of the finite elements in an N/F/N/F stack, against the exact solution: python benchmarks/fem_errors.py

Unequal materials, two noncollinear magnets, charge, spin and orbit driven by a current, a field and pumping; a flux
and a jump of every component at an Ohmic, a mixing and a memory-loss interface.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

import femsot.solvers.exact.march
import femsot.solvers.fem
from femsot.interfaces import Law, Mixing, Ohmic, SpinMemoryLoss
from femsot.materials.records import Ferromagnet, NormalMetal
from femsot.model.stack import Contact, Layer, Stack
from femsot.solvers.record import Fields

GAUSS, WEIGHTS = np.polynomial.legendre.leggauss(6)


def spin_valve() -> Stack:
    """N/F/N/F with a jump at every interface."""
    orbit = {"orbital_conductivity": 0.8e6, "orbital_hall_conductivity": 0.9e6}
    pt = NormalMetal(
        name="Pt",
        conductivity=4e6,
        spin_diffusion_length=1.5e-9,
        spin_hall_angle=0.1,
        orbital_diffusion_length=4e-9,
        spin_orbit_length=3e-9,
        **orbit,
    )
    cu = NormalMetal(
        name="Cu",
        conductivity=9e6,
        spin_conductivity=7e6,
        spin_diffusion_length=20e-9,
        orbital_diffusion_length=2e-9,
        **orbit,
    )
    co = Ferromagnet(
        name="Co",
        conductivity=3e6,
        polarization=0.45,
        spin_diffusion_length=8e-9,
        exchange_length=1.1e-9,
        dephasing_length=1.3e-9,
        orbital_diffusion_length=3e-9,
        orbit_to_spin=0.3,
        anomalous_hall_conductivity=4e4,
        **orbit,
    )
    layers = [
        Layer("N1", pt, 4e-9),
        Layer("F1", co, 3e-9, magnetization=(0.6, 0.3, 0.7)),
        Layer("N2", cu, 5e-9),
        Layer("F2", co, 2e-9, magnetization=(-0.2, 0.8, 0.5)),
    ]
    laws: dict[str, Law] = {
        "N1|F1": Ohmic(charge=1.2e15, polarization=0.5, spin=0.9e15, orbital=0.5e15, orbit_to_spin=0.1e15),
        "F1|N2": Mixing(
            up=0.7e15,
            down=0.3e15,
            mixing=0.9e15 + 0.2e15j,
            transmitted=0.2e15 + 0.05e15j,
            ferromagnet_side_mixing=0.8e15 - 0.1e15j,
            orbital=0.4e15,
            orbit_to_spin=0.05e15,
        ),
        "N2|F2": SpinMemoryLoss(
            resistance_area=0.8e-15,
            asymmetry=0.6,
            delta=0.4,
            transverse_delta=0.7 + 0.5j,
            orbital=0.6e15,
            orbital_delta=0.3,
        ),
    }
    return Stack(
        tuple(layers),
        interfaces=laws,
        bottom=Contact(voltage=1e-3),
        top=Contact(current_density=2e10, spin="blocked"),
        electric_field=(1e5, 4e4, 0.0),
        magnetization_rate={"F1": (0.0, 2e11, -1e11)},
    )


@dataclass(frozen=True)
class Errors:
    """Relative errors of one solve."""

    cells: int
    mu: float  #: L2 norm over the stack, of the worst component
    flux: float  #: of the worst component at either side of any interface, over the largest component there
    jump: float  #: likewise
    residual: float


def errors(stack: Stack, exact: Fields, *, order: int, refine: int) -> Errors:
    """The errors of elements of `order` on 4 `refine` cells per shortest length."""
    fem = femsot.solvers.fem.solve(stack, order=order, cells_per_length=4, refine=refine)
    wrong, total = np.zeros(7), np.zeros(7)
    for layer, ours, theirs in zip(stack.layers, fem.layers, exact.layers, strict=True):
        edges = np.linspace(0.0, layer.thickness, 401)
        h = np.diff(edges)[:, None]
        z, weight = (edges[:-1, None] + h * (1 + GAUSS) / 2).ravel(), (h * WEIGHTS / 2).ravel()
        mu, exact_mu = ours.at(z)[0], theirs.at(z)[0]
        wrong += weight @ (mu - exact_mu) ** 2
        total += weight @ exact_mu**2
    found = [at_interfaces(fields) for fields in (fem, exact)]
    flux, jump = (np.max(np.abs(a - b) / np.abs(b).max(axis=-1, keepdims=True)) for a, b in zip(*found, strict=True))
    cells = (fem.unknowns // 7 - len(stack.layers)) // order
    return Errors(cells, float(np.sqrt(wrong / total).max()), flux, jump, float(fem.residual))


def at_interfaces(fields: Fields) -> tuple[np.ndarray, np.ndarray]:
    """Currents on both sides (interfaces, 2, 7) and jumps of the potentials (interfaces, 7)."""
    pairs = list(pairwise(fields.layers))
    flux = np.array([[below.J[1], above.J[0]] for below, above in pairs])
    return flux, np.array([above.mu[0] - below.mu[1] for below, above in pairs])


def observed_order(coarse: float, fine: float) -> float:
    """The order p of errors that fall as h^p, for two meshes of which one halves the other."""
    return float(np.log2(coarse / fine))


def main() -> None:
    stack = spin_valve()
    exact = femsot.solvers.exact.march.solve(stack, stack.closure)
    names = ("mu", "flux", "jump")
    print(f"{'':4}{'cells':>6}" + "".join(f"{name:>11}{'order':>7}" for name in names) + f"{'residual':>11}")
    for order in (1, 2):
        rows = [errors(stack, exact, order=order, refine=refine) for refine in (1, 2, 4, 8, 16)]
        for before, row in zip([None, *rows[:-1]], rows, strict=True):
            text = f"P{order:<3}{row.cells:>6}"
            for name in names:
                value = getattr(row, name)
                text += f"{value:>11.2e}" + (
                    f"{observed_order(getattr(before, name), value):>7.2f}" if before else 7 * " "
                )
            print(f"{text}{row.residual:>11.1e}")


if __name__ == "__main__":
    main()
