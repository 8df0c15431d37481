"""The result that a user holds: one interface for stacks and devices.

A stack and a device differ in how they integrate over a part; what is asked of the integrals is written here once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from femsot.base.components import COMPONENTS
from femsot.base.errors import Caution, Fault, InputError, did_you_mean
from femsot.base.files import plain
from femsot.base.quantities import Array, Vector
from femsot.materials.records import Ferromagnet, Insulator
from femsot.model.device import Device, Region
from femsot.model.record import resolved
from femsot.model.stack import Layer, Stack
from femsot.version import __version__

from .record import Budget, InterfaceState, Report, Resistance, Uptake, budget
from .torque import DIFFERS, Currents, Torque, differs, torque_dict

#: a budget that is off by more of the largest current, and by more than the residual says, is told
UNBALANCED = 1e-8


@dataclass(frozen=True, eq=False, kw_only=True)
class Absorbed:
    """What one magnet absorbs per area, or footprint, and what its split refers to."""

    flux: Array  #: (..., 3) transverse spin current that it and its interfaces absorb [A/m^2]
    exchange: Array | None  #: (..., 3) to the magnetization inside; None where the closure does not define it
    interface: Array  #: (..., 3) to the magnetization of its interfaces
    magnetization: Array  #: m (..., 3), of a texture the mean
    thickness: float | Array  #: (...) [m]
    field: Array | None  #: the in-plane field (..., 3) that drives [V/m]; None: there is none
    split: bool = True  #: False: a texture, whose torque has no damping-like and field-like parts
    parallel: float = 1e-12  #: as in `Torque`


@dataclass(frozen=True, eq=False)
class Solution(ABC):
    """A solved stack or device; all SI, currents of moment in charge units.

    Leading axes of every array are the batch of a stack of many points.
    """

    @property
    @abstractmethod
    def model(self) -> Stack | Device:
        """Return what was solved."""

    @property
    @abstractmethod
    def reached(self) -> Report:
        """Return how the solver reached the solution."""

    @property
    @abstractmethod
    def largest(self) -> Array | float:
        """Return the largest current, of a stack per area (...) [A/m^2], of a device [A]."""

    @abstractmethod
    def _integrated(self, name: str) -> Uptake | None:
        """Return what a known layer or region takes up; None for an insulator."""

    @abstractmethod
    def _absorbed(self, name: str) -> Absorbed:
        """Return what a known magnet absorbs."""

    @abstractmethod
    def _state(self, name: str) -> InterfaceState:
        """Return both sides of a known interface."""

    @abstractmethod
    def _currents(self, field: Array) -> Currents:
        """Return the mean current densities along a field (..., 3)."""

    @abstractmethod
    def _floor(self, name: str) -> Array | float:
        """Return the largest current over the area or footprint of a part [A/m^2]."""

    @abstractmethod
    def resistance(self) -> Resistance:
        """Return the resistances of the whole; None where undefined."""

    @abstractmethod
    def _record(self) -> dict[str, Any]:
        """Return what the record of result.json holds of this kind of solution, without heading and report."""

    @property
    @abstractmethod
    def _parts(self) -> Mapping[str, Layer | Region]:
        """Return the layers, or regions, by name."""

    @property
    @abstractmethod
    def interface_names(self) -> tuple[str, ...]:
        """Return the names "a|b" of all interfaces."""

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the names of all layers, from -z to +z, or regions."""
        return tuple(self._parts)

    @cached_property
    def magnets(self) -> tuple[str, ...]:
        """Return the names of the layers or regions that have a magnetization."""
        return tuple(name for name, part in self._parts.items() if part.magnetization is not None)

    @cached_property
    def report(self) -> Report:
        """Return how the solution was reached, with what its torques and budgets warn of."""
        told = [self._torque_caution(name) for name in self.magnets]
        told += [self._budget_caution(name) for name in self.parts]
        cautions = [caution for caution in told if caution is not None]
        return replace(self.reached, cautions=[*self.reached.cautions, *cautions])

    @cached_property
    def _uptakes(self) -> dict[str, Uptake | None]:
        """What has been integrated already, by name."""
        return {}

    def _uptake(self, name: str) -> Uptake | None:
        if name not in self._uptakes:
            self._uptakes[name] = self._integrated(name)
        return self._uptakes[name]

    @cached_property
    def _torques(self) -> dict[str, Torque]:
        """Torques about n x E that have been asked for, by name."""
        return {}

    def torque(self, name: str, *, reference: Vector | None = None) -> Torque:
        """Return the torque on one magnet with its interfaces, per area, of a region per footprint.

        Parameters
        ----------
        name : layer or region; a magnet.
        reference : (3,) direction p that damping-like and field-like refer to; default n x E.

        Raises
        ------
        InputError
            If there is no such magnet, or a reference is given for a texture.
        """
        self._check_magnet(name)
        if reference is not None:
            return self._torque(name, reference)
        if name not in self._torques:
            self._torques[name] = self._torque(name, None)
        return self._torques[name]

    def _torque(self, name: str, reference: Vector | None) -> Torque:
        absorbed = self._absorbed(name)
        if reference is not None and not absorbed.split:
            raise InputError(
                Fault(f"{self._kind}.{name}", "a texture, whose torque has no damping-like part", "no reference")
            )
        material = self._parts[name].material
        field = absorbed.field
        assert isinstance(material, Ferromagnet | Insulator)
        return Torque(
            flux=absorbed.flux,
            exchange=absorbed.exchange,
            interface=absorbed.interface,
            magnetization=absorbed.magnetization,
            reference=_direction(field, reference) if absorbed.split else None,
            saturation_magnetization=material.saturation_magnetization,
            thickness=absorbed.thickness,
            dead_layer=material.dead_layer,
            g_factor=material.g_factor,
            field=np.nan if field is None else np.linalg.norm(field, axis=-1),
            currents=None if field is None else self._currents(field),
            parallel=absorbed.parallel if reference is None else 1e-12,
            textured=not absorbed.split,
        )

    def budget(self, name: str) -> Budget | None:
        """Return where the moment goes that a layer or region takes up; None for an insulator.

        Parameters
        ----------
        name : layer or region.

        Raises
        ------
        InputError
            If there is no such layer or region.
        """
        self._check_part(name)
        uptake = self._uptake(name)
        return None if uptake is None else budget(uptake)

    def interface(self, name: str) -> InterfaceState:
        """Return both sides of an interface, of a device their means over its area.

        Parameters
        ----------
        name : "a|b".

        Raises
        ------
        InputError
            If there is no such interface.
        """
        self._check_interface(name)
        return self._state(name)

    def current(self, name: str) -> tuple[Array, Array]:
        """Return the currents through an interface, of a stack per area, of a device of the whole interface.

        Parameters
        ----------
        name : "a|b".

        Returns
        -------
        (..., 7), (..., 7) : what leaves a, and what enters b; of a stack [A/m^2], of a device [A].

        Raises
        ------
        InputError
            If there is no such interface.
        """
        state = self.interface(name)
        return state.J_minus, state.J_plus

    def to_dict(self) -> dict[str, Any]:
        """Return the record of `result.json` (docs/result.md): plain numbers, SI; None where undefined.

        Raises
        ------
        InputError
            If the solution is a batch.
        """
        return {
            "femsot": __version__,
            "title": self.model.title,
            "input": resolved(self.model) | {"method": self.reached.method},
            "components": list(COMPONENTS),
            **plain(self._record()),
            "report": plain(self.report.to_dict()),
        }

    @property
    def _kind(self) -> str:
        return "layers" if isinstance(self.model, Stack) else "regions"

    def _check_part(self, name: str) -> None:
        if name not in self._parts:
            kind = self._kind
            raise InputError(Fault(kind, f"unknown {kind[:-1]} {name!r}", *did_you_mean(name, self._parts)))

    def _check_interface(self, name: str) -> None:
        if name not in self.interface_names:
            known = did_you_mean(name, self.interface_names)
            raise InputError(Fault("interfaces", f"unknown interface {name!r}", *known))

    def _check_magnet(self, name: str) -> None:
        self._check_part(name)
        if name not in self.magnets:
            magnets = ", ".join(self.magnets) or "none"
            problem = "no magnet, so it takes no torque"
            raise InputError(Fault(f"{self._kind}.{name}", problem, hint=f"magnets: {magnets}"))

    def _torque_dict(self, name: str) -> dict[str, Any] | None:
        return torque_dict(self.torque(name)) if name in self.magnets else None

    def _budget_dict(self, name: str) -> dict[str, Any] | None:
        """Return the terms of a part; in closure "ning24" what feeds m or orbit is no torque, and not reported."""
        terms = self.budget(name)
        if terms is None:
            return None
        hidden = {"exchange": None, "orbital_exchange": None} if not self.model.exchange_is_torque else {}
        return vars(terms) | hidden

    def _budget_caution(self, name: str) -> Caution | None:
        """Return what to tell where the terms of a budget are differences that have lost their digits."""
        terms = self.budget(name)
        residual = 0.0 if terms is None else float(np.max(terms.residual))
        if residual <= max(UNBALANCED, 10 * self.reached.residual):
            return None
        problem = f"its budget is off by {residual:.1g} of the largest current, where the currents balance to "
        problem += f"{self.reached.residual:.1g}: spin and orbit are too nearly in balance to tell what goes over"
        return Caution(f"{self._kind}.{name}", problem, "trust its flux, not its parts", kind="budget")

    def _torque_caution(self, name: str) -> Caution | None:
        """Return what to tell where a magnet receives something else than it absorbs."""
        torque = self.torque(name)
        relative = differs(torque, np.asarray(self._floor(name)))
        if relative <= DIFFERS:
            return None
        assert torque.received is not None
        received, flux = (float(np.linalg.norm(x, axis=-1).max()) for x in (torque.received, torque.flux))
        problem = (
            f"receives a torque of {received:.3g} A/m^2, the flux absorbed is {flux:.3g} A/m^2, "
            f"{100 * relative:.3g} % apart: lattice and orbit take or give the rest"
        )
        return Caution(f"{self._kind}.{name}", problem, "torques are of what m receives", kind="received-differs")


def _direction(field: Array | None, reference: Vector | None) -> Array | None:
    """Return p (..., 3): the reference, or n x E^; None where neither is."""
    if reference is not None:
        return np.asarray(reference, dtype=float) / np.linalg.norm(reference)
    if field is None:
        return None
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.cross([0.0, 0.0, 1.0], field / np.linalg.norm(field, axis=-1, keepdims=True)))
