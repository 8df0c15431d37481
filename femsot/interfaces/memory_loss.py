"""Spin memory loss: an interface as a layer of vanishing thickness (docs/physics.md section 3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from femsot.base.components import ORBITAL, PHI, SPIN
from femsot.base.quantities import Array, ComplexNumber, Conductance, Direction, Number, ResistanceArea

from .law import InterfaceMap, Law, law
from .parts import absorbed, batch, complex_axial, empty, series


@law("memory_loss")
@dataclass(frozen=True, eq=False, kw_only=True)
class SpinMemoryLoss(Law):
    """Spin memory loss: the exact map of a vanishing real layer (Fert-Lee; Bass-Pratt's delta)."""

    resistance_area: ResistanceArea  #: AR*
    asymmetry: Number = 0.0  #: gamma
    delta: Number = 0.0  #: delta = d/lambda_sf of the layer; loss probability 1 - exp(-delta)
    transverse: Conductance | None = None  #: G_perp, default 1/[AR* (1 - gamma^2)]
    transverse_delta: ComplexNumber | None = None  #: delta', precession in its imaginary part; default delta
    orbital: Conductance = 0.0  #: Go
    orbital_delta: Number = 0.0  #: delta_o
    magnetization: Direction | None = None  #: default: the adjacent ferromagnet's

    orbital_fields = ("orbital", "orbital_delta")

    def __post_init__(self) -> None:
        checks = self.checks()
        checks.positive(resistance_area=self.resistance_area)
        checks.fraction(asymmetry=self.asymmetry)
        checks.nonnegative(delta=self.delta, orbital_delta=self.orbital_delta, orbital=self.orbital)
        checks.nonnegative(transverse=self.transverse)
        checks.nonnegative_complex(transverse_delta=self.transverse_delta)
        delta = (
            0.0 if self.transverse_delta is None else np.square(np.asarray(self.transverse_delta, dtype=complex)).real
        )
        if self.transverse_delta is not None and np.any(delta < np.square(self.delta) * (1 - 1e-12)):
            checks.fail(
                "transverse_delta",
                allowed=f"Re(delta'^2) >= delta^2 = {np.max(np.square(self.delta)):g}",
                hint="precession and dephasing only add to the loss along m",
                value=str(self.transverse_delta),
            )
        checks.done()

    @property
    def needs_magnetization(self) -> bool:
        return bool(np.any(self.asymmetry)) or self.transverse is not None or self.transverse_delta is not None

    def map(self, m_below: Array | None, m_above: Array | None, side: int | None = None) -> InterfaceMap:
        """Return the map; m enters with the asymmetry and with numbers across m."""
        m = self.direction(m_below, m_above, side)
        if m is None:
            m = np.array([0.0, 0.0, 1.0])
        ar = np.asarray(self.resistance_area, dtype=float)
        gamma = np.asarray(self.asymmetry, dtype=float)
        g0 = 1 / (ar * (1 - gamma**2))
        g_perp = g0 if self.transverse is None else np.asarray(self.transverse, dtype=float)
        delta_t = self.delta if self.transverse_delta is None else self.transverse_delta
        shapes = batch(g0, g_perp, self.delta, delta_t, self.orbital, self.orbital_delta)
        arrays = empty(*shapes, m.shape[:-1])
        g = arrays["conductance"]
        mm = m[..., :, None] * m[..., None, :]
        block = np.zeros(g.shape[:-4] + (7, 7))
        block[..., PHI, PHI] = g0
        block[..., PHI, SPIN] = block[..., SPIN, PHI] = -(gamma * g0)[..., None] * m
        block[..., SPIN, SPIN] = (gamma**2 * g0)[..., None, None] * mm
        g += series(block)
        along = [x / ar for x in _slab(self.delta)]
        across = [x * g_perp for x in _slab(delta_t)]
        orbit = [x * np.asarray(self.orbital) for x in _slab(self.orbital_delta)]
        for out in (0, 1):
            for into in (0, 1):
                which = int(out != into)
                sign = 1.0 if into == 0 else -1.0
                spin = along[which][..., None, None] * mm + complex_axial(across[which], m)
                g[..., out, SPIN, into, SPIN] += sign * spin
                g[..., out, ORBITAL, into, ORBITAL] += sign * orbit[which][..., None, None] * np.eye(3)
        return InterfaceMap(**arrays | self._torques(arrays, m, (delta_t, g_perp, across[0] - across[1])))

    def _torques(self, arrays: dict[str, Array], m: Array, slab: tuple[Any, ...]) -> dict[str, Array]:
        """The share 1 - (delta/delta')^2 of the transverse loss is exchange, as in a real layer with one lambda_sf."""
        delta_t, g_perp, leak = slab
        square = np.square(np.asarray(delta_t, dtype=complex))
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(square == 0, 0.0, 1 - np.square(np.asarray(self.delta, dtype=float)) / square)
        onto = complex_axial(share, m)
        pumped = complex_axial(leak * share, m)
        arrays["pumping"][..., 0, SPIN, :] = pumped
        arrays["pumping"][..., 1, SPIN, :] = -pumped
        maps = absorbed(arrays, onto)
        maps["torque_pumping"] = maps["torque_pumping"] + complex_axial(g_perp * square * share * (1 - share), m)
        return maps


def _slab(delta: Any) -> tuple[Array, Array]:
    """(delta coth delta, delta/sinh delta) of a real or complex delta >= 0, without growing exponentials."""
    x = np.asarray(delta)
    small = np.abs(x) < 1e-4
    y = np.where(small, 1.0, x)
    decay = np.exp(-y)
    denominator = -np.expm1(-2 * y)
    same = np.where(small, 1 + x * x / 3, y * (1 + decay**2) / denominator)
    across = np.where(small, 1 - x * x / 6, 2 * y * decay / denominator)
    return same, across
