"""The affine two-sided map of one interface, all that a solver knows of it.

J^s = sum_t G[s, t] mu^t + S[s] E + W[s] w        s, t = 0 (-, below), 1 (+, above); J along the normal - to +
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from femsot.base.components import PHI, apply
from femsot.base.errors import Checks
from femsot.base.quantities import Array


@dataclass(frozen=True, eq=False, kw_only=True)
class InterfaceLaw:
    """The numbers of one interface, all seven components; leading axes are a batch.

    Torques on the interface's magnetization follow from linear maps too; what else the spin current loses
    goes to the lattice.
    """

    conductance: Array  #: G (..., 2, 7, 2, 7) [side out, component, side in, component] [S/m^2]
    field: Array  #: S (..., 2, 7, 2) [side, component, E axis x y] [S/m]
    pumping: Array  #: W (..., 2, 7, 3), w = (hbar/2e) m x dm/dt [S/m^2]
    torque_mu: Array  #: (..., 3, 2, 7) [S/m^2]
    torque_field: Array  #: (..., 3, 2) [S/m]
    torque_pumping: Array  #: (..., 3, 3) [S/m^2]

    @property
    def blocks_charge(self) -> Array:
        """(...) True where no charge passes."""
        row = self.conductance[..., 0, PHI, :, :]
        return np.asarray(row[..., 0, PHI] <= 1e-14 * np.max(np.abs(row), axis=(-2, -1)))

    def driven(self, field: Array, w: Array) -> Array:
        """S E + W w (..., 2, 7) of an in-plane field (..., 2) [V/m] and a pumping potential (..., 3) [V]."""
        return apply(self.field, field[..., None, :]) + apply(self.pumping, w[..., None, :])

    def torque(self, mu: Array, field: Array, w: Array) -> Array:
        """What the magnetization of the interface receives (..., 3) [A/m^2]; mu (..., 2, 7) of both sides."""
        of_mu = np.einsum("...itb,...tb->...i", self.torque_mu, mu)
        return np.asarray(of_mu + apply(self.torque_field, field) + apply(self.torque_pumping, w))

    def check(self, owner: str) -> None:
        """Charge conserved, no current from a common shift of phi, power >= 0: else one `InputError`."""
        checks = Checks(owner)
        g = self.conductance
        scale = np.max(np.abs(g), axis=(-4, -3, -2, -1)) + np.finfo(float).tiny
        leak = np.max(np.abs(g[..., 0, PHI, :, :] - g[..., 1, PHI, :, :]), axis=(-2, -1)) / scale
        shift = np.max(np.abs(g[..., PHI].sum(axis=-1)), axis=(-2, -1)) / scale
        if np.any(leak > 1e-9):
            checks.fail("", f"charge is not conserved: the two charge rows differ by {np.max(leak):.2g} of G")
        source = np.abs(self.field[..., 0, PHI, :] - self.field[..., 1, PHI, :])
        if np.any(source > 1e-9 * (np.max(np.abs(self.field)) + np.finfo(float).tiny)):
            checks.fail("", "the in-plane field creates charge: the two charge rows of j_E differ")
        if np.any(self.blocks_charge[..., None] & (self.field[..., 0, PHI, :] != 0)):
            checks.fail("", "j_E drives charge through an interface whose charge conductance is zero")
        if np.any(shift > 1e-9):
            checks.fail("", f"a common shift of phi drives a current, {np.max(shift):.2g} of G per volt")
        form = power_matrix(g)
        if not _nonnegative(form + 1e-9 * scale[..., None, None] * np.eye(14)):
            lowest = np.linalg.eigvalsh(form)[..., 0]
            checks.fail(
                "",
                f"creates power: lowest eigenvalue of its symmetric part is {np.min(lowest):.3g} S/m^2, allowed: "
                ">= 0; are mu and J of one sign convention?",
            )
        checks.done()


def power_matrix(g: Array) -> Array:
    """The symmetric 14 x 14 form whose value is the power lost at the interface, mu^-.J^- - mu^+.J^+."""
    signed = g * np.array([1.0, -1.0])[:, None, None, None]
    flat = signed.reshape(g.shape[:-4] + (14, 14))
    return (flat + np.swapaxes(flat, -1, -2)) / 2


def _nonnegative(form: Array) -> bool:
    """Is every matrix of the batch positive definite?"""
    try:
        np.linalg.cholesky(form)
    except np.linalg.LinAlgError:
        return False
    return True
