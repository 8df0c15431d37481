"""A material creates no power: sym(C) > 0, and sym(R) >= 0 of the off-diagonal spin-orbit form, computed from both.

Hall effects are antisymmetric and lose nothing. What is the same for every direction of flow is judged by its small
matrix along m; the whole C of (21 x 21) entries is looked at only where other rows are dissipative too.
"""

from __future__ import annotations

import numpy as np

from femsot.base.errors import Checks
from femsot.base.expansion import spread
from femsot.base.quantities import Array

from .table import Row
from .tensors import Z_AXIS, Bulk, conductivity, lowest


def check_passive(checks: Checks, bulk: Bulk) -> None:
    """Add a fault for each reason why currents or relaxation of this material create power."""
    others = [row for row in bulk.rows if row.dissipative and not row.alike]
    if others or np.any(lowest(bulk.longitudinal_conductivity)[0] <= 0):
        _check_conductivity(checks, bulk)
    _check_transfer(checks, bulk)


def _check_conductivity(checks: Checks, bulk: Bulk) -> None:
    """sym(C) > 0 for every m: turning m turns the eigenvectors, but for a crystal's own tensors."""
    crystal = any(row.times is not None for row in bulk.rows)
    for m in spread(12) if crystal else Z_AXIS[None]:
        symmetric = _symmetric(conductivity(bulk, m), bulk)
        size = np.sqrt(np.einsum("...ii->...i", symmetric))
        values, vectors = np.linalg.eigh(symmetric / size[..., :, None] / size[..., None, :])
        if np.all(values[..., 0] > 1e-12):
            continue
        worst = np.unravel_index(np.argmin(values[..., 0]), values.shape[:-1])
        vector = vectors[worst][:, 0] / np.broadcast_to(size, vectors.shape[:-1])[worst]
        checks.fail(
            _blamed(bulk, m, vector).field,
            "the conductivity is not positive: the largest coupling of currents, over what each has by "
            f"itself, is {1 - values[worst][0]:.4g}",
            "< 1",
        )
        return


def _symmetric(C: Array, bulk: Bulk) -> Array:
    """sym(C) (..., 3k, 3k) of the components that are solved."""
    k = 1 + 3 * bulk.kinds
    flat = C[..., :k, :, :k, :].reshape((*C.shape[:-4], 3 * k, 3 * k))
    return np.asarray((flat + np.swapaxes(flat, -1, -2)) / 2)


def _blamed(bulk: Bulk, m: Array, vector: Array) -> Row:
    """The row that takes the most power out of the potentials' gradients `vector` (3k,)."""

    def power(row: Row) -> float:
        return float(np.min(vector @ _symmetric(conductivity(bulk, m, rows=[row]), bulk) @ vector))

    return min(bulk.rows, key=power)


def _check_transfer(checks: Checks, bulk: Bulk) -> None:
    """sym(R) >= 0 in the off-diagonal form of spin-orbit transfer."""
    numbers = bulk.numbers
    if not bulk.orbital or numbers.spin_orbit_form == "exchange" or not np.any(numbers.spin_orbit):
        return
    for R in (bulk.longitudinal, bulk.transverse.real):
        off = np.abs(R[..., 0, 1] + R[..., 1, 0]) / 2
        with np.errstate(divide="ignore"):
            share = np.asarray(off / np.sqrt(R[..., 0, 0] * R[..., 1, 1]))
        if np.any(share > 1 + 1e-12):
            worst = np.unravel_index(np.argmax(share), share.shape)
            length = np.broadcast_to(numbers.spin_orbit, share.shape)[worst] ** -0.5
            checks.fail(
                "spin_orbit_length",
                "in the off-diagonal form",
                f">= {length * np.sqrt(share[worst]):g} m, else spin and orbit create power",
                value=f"{length:g} m",
            )
            return
