"""The tables of `femsot scatter`: conductances of an interface, and its torkivity by mechanism."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from rich.table import Table

from femsot.base.constants import e, hbar
from femsot.base.quantities import Array
from femsot.io.result import numbers
from femsot.papers.amin20 import Row, bilayer, mechanisms
from femsot.scattering.hamiltonian import Hamiltonian
from femsot.scattering.tensors import Tensors, tensors


def summary(hamiltonian: Hamiltonian, interface_tensors: Tensors) -> dict[str, Any]:
    """What the tables show, plain numbers in SI; complex ones as pairs."""
    axes = hamiltonian.axes
    g = interface_tensors.conductance
    sharvin = e**2 / (2 * np.pi * hbar) * hamiltonian.kF**2 / (4 * np.pi)
    plain = interface_tensors if hamiltonian.correction == "bare" else tensors(replace(hamiltonian, correction="bare"))
    loss = [axes[2] @ plain.lattice_mu[:, side, 1:] @ axes[2] for side in (0, 1)]
    spheres = np.maximum(hamiltonian.fermi, 0.0).sum(axis=1)  # of both spins of each side, over kF^2
    signs = {"below": g[0, 1:, 0, 1:], "transmitted": -g[0, 1:, 1, 1:], "above": -g[1, 1:, 1, 1:]}
    by_mechanism = mechanisms(hamiltonian, interface_tensors)
    return {
        "sharvin": sharvin,
        "charge": float(g[0, 0, 0, 0]),
        "polarised": float(-g[0, 0, 0, 1:] @ axes[2]),
        "mixing": {name: _mixing(block, axes) for name, block in signs.items()},
        "longitudinal": {name: float(axes[2] @ block @ axes[2]) for name, block in signs.items()},
        "spin_loss_probability": [
            float(x / (2 * n * sharvin)) if n else None for x, n in zip(loss, spheres, strict=True)
        ],
        "torkivity": [_row(row) for row in bilayer(by_mechanism)],
        "torque_field": interface_tensors.torque_field.tolist(),
        "lattice_field": interface_tensors.lattice_field.tolist(),
        "unitarity_error": interface_tensors.unitarity_error,
        "quadrature_error": interface_tensors.quadrature_error,
        "converged": interface_tensors.converged,
        "points": interface_tensors.points,
    }


def _mixing(block: Array, axes: Array) -> list[float]:
    """[Re, Im] of the part Re (1 - m m) + Im K of a spin block (3, 3), K v = m x v."""
    along_axes = axes @ block @ axes.T
    return [float(along_axes[0, 0] + along_axes[1, 1]) / 2, float(along_axes[1, 0] - along_axes[0, 1]) / 2]


def _row(row: Row) -> dict[str, Any]:
    like = [[x if np.isfinite(x) else None for x in pair] for pair in row.like.tolist()]
    return {"mechanism": row.mechanism, "driven_from": row.origin, "torque": row.torque.tolist(), "like": like}


def conductance_table(values: dict[str, Any]) -> Table:
    """Conductances in S/m^2 and in the Sharvin conductance of one spin."""
    table = Table(title="interface conductances", caption=_caption(values), caption_justify="left")
    for head in ("", "[S/m²]", "over Sharvin"):
        table.add_column(head, justify="left" if not head else "right")

    def add(name: str, value: complex) -> None:
        shown = [f"{value.real:.5g}" + (f" {value.imag:+.5g}i" if isinstance(value, complex) else "")]
        scaled = value / values["sharvin"]
        shown.append(f"{scaled.real:.6f}" + (f" {scaled.imag:+.6f}i" if isinstance(value, complex) else ""))
        table.add_row(name, *shown)

    add("charge", values["charge"])
    add("charge to spin along m", values["polarised"])
    for name in ("below", "transmitted", "above"):
        add(f"spin along m, {name}", values["longitudinal"][name])
        add(f"mixing, {name}: Gr + i Gi", complex(*values["mixing"][name]))
    loss = values["spin_loss_probability"]
    for side, value in zip(("below", "above"), loss, strict=True):
        table.add_row(f"spin-loss (flip) probability, from {side}", "", "–" if value is None else f"{value:.6f}")
    return table


def _caption(values: dict[str, Any]) -> str:
    state = "converged" if values["converged"] else "NOT converged"
    return (
        f"Sharvin conductance of one spin: {values['sharvin']:.5g} S/m²\n{values['points']} wave vectors, {state}: "
        f"quadrature error {values['quadrature_error']:.1e}; unitarity {values['unitarity_error']:.1e}"
    )


def torkivity_table(record: dict[str, Any]) -> Table:
    """Torque per field along x by mechanism, of spins at the interface and of those that enter the magnet."""
    table = Table(title="torkivity for E along x [S/m]", caption="torque on m: DL along m × (y × m), FL along m × y")
    for head in ("mechanism", "driven from", "DL", "FL", "x", "y", "z"):
        table.add_column(head, justify="left" if head in ("mechanism", "driven from") else "right")
    rows = [
        (r["mechanism"], r["driven_from"], *numbers(r["like"])[:, 0], *np.asarray(r["torque"])[:, 0])
        for r in record["torkivity"]
    ]
    rows.append(("lattice torque", "", np.nan, np.nan, *np.asarray(record["lattice_field"])[:, 0]))
    largest = np.nanmax([np.abs(row[2:]) for row in rows])
    for name, origin, *values in rows:
        shown = ["–" if np.isnan(x) else f"{x if abs(x) > 1e-9 * largest else 0:.5g}" for x in values]
        table.add_row(name, origin, *shown)
    return table
