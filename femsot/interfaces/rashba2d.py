"""An interface with a two-dimensional Rashba gas: the torque of its spins beside an Ohmic law (Veneri22)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np

from femsot.base.errors import Caution, Fault, InputError, renaming
from femsot.base.quantities import Array, Direction
from femsot.scattering.rashba2d import RashbaGas, Response, response

from .law import InterfaceMap, law
from .ohmic import Ohmic


@law("rashba2d")
@dataclass(frozen=True, eq=False, kw_only=True)
class Rashba2D(Ohmic, RashbaGas):
    """Ohm's law through the interface, and the torque that an in-plane field makes a gas in its plane exert on m.

    The spin-orbit coupling, hence the lattice, takes what m receives: spin currents are continuous. The gas's own
    sheet current is no part of the stack's, and its torque does not pump: no magnetization rate beside it.
    """

    magnetization: Direction | None = None  #: default: the adjacent ferromagnet's

    pumps = False

    def __post_init__(self) -> None:
        faults: list[Fault] = []
        # without a direction of its own the lowest band bottom, in the plane, is all that can be asked for
        for check in (lambda: Ohmic.__post_init__(self), lambda: self._gas(np.array([1.0, 0.0, 0.0]))):
            try:
                check()
            except InputError as error:
                faults += error.faults
        if faults:
            raise InputError(faults)

    @property
    def needs_magnetization(self) -> bool:
        """Whatever its numbers."""
        return True

    def _gas(self, m: Any) -> RashbaGas:
        values = {f.name: vars(self)[f.name] for f in fields(RashbaGas)}
        with renaming("model", self.path):
            return RashbaGas(**values | {"magnetization": m if self.magnetization is None else self.magnetization})

    @cached_property
    def _known(self) -> dict[tuple[tuple[int, ...], bytes], Response]:
        return {}

    def response(self, m: Array) -> Response:
        """Of the gas under a magnetization m (..., 3), computed once."""
        key = m.shape, m.tobytes()
        if key not in self._known:
            gas = self._gas(m)
            with renaming("model", self.path):
                self._known[key] = response(gas)
        return self._known[key]

    def quality(self) -> list[Caution]:
        """What of the responses in use a reader should not trust."""
        return list(dict.fromkeys(doubt for response in self._known.values() for doubt in response.doubts()))

    def map(self, m_below: Array | None, m_above: Array | None, side: int | None = None) -> InterfaceMap:
        """Return Ohm's law with the torque of the gas, of an in-plane field."""
        m = self.direction(m_below, m_above, side)
        assert m is not None
        through = super().map(m_below, m_above, side)
        torque = self.response(np.asarray(m)).torque_field
        leading = through.torque_field.ndim - 2
        batch = np.broadcast_shapes(torque.shape[:-2], through.torque_field.shape[:-2])
        arrays = {name: array for name, array in vars(through).items() if array is not None}
        wide = {name: np.broadcast_to(array, batch + array.shape[leading:]) for name, array in arrays.items()}
        return InterfaceMap(**wide | {"torque_field": np.broadcast_to(torque, (*batch, 3, 2))})
