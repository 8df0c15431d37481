"""A solved device: fields of its regions and interfaces, contacts, torques, budgets, and the record of result.json."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from femsot.base.components import COMPONENTS, PHI, SPIN, seven
from femsot.base.errors import Fault, InputError, did_you_mean
from femsot.base.files import plain
from femsot.base.quantities import Array
from femsot.model.device import Device, in_space
from femsot.model.mesh.measure import area, footprint
from femsot.model.record import resolved
from femsot.model.stack import Layer
from femsot.version import __version__

from .fields import BulkIntegrals, DeviceFields, InterfaceResult, JointIntegrals, RegionResult
from .probes import sample as sampled
from .torque import Budget, Torque, torque_dict

#: a field this much in the plane, of its whole, has a direction across which a spin Hall torque is split
IN_PLANE = 0.5
#: a mean field is known as well as the mesh allows: m this close to its p has no damping-like part; and a field this
#: much smaller than that of the device is what leaks
PARALLEL, LEAKS = 2e-2, 1e-3


@dataclass(frozen=True, eq=False)
class DeviceReport:
    """How the solution was reached."""

    solver: str
    order: int
    unknowns: int
    iterations: int  #: 0: solved directly
    residual: float  #: largest of charge, spin and orbit: currents missing over the flux, see docs/solvers.md
    charge_balance: float  #: sum of the contacts' currents over the largest
    seconds: float
    stages: dict[str, float]  #: seconds of assembly and solution
    warnings: list[str] = field(default_factory=list)
    method: str = "fem"


@dataclass(frozen=True, eq=False)
class DeviceSolution:
    """A solved device; all SI, currents of moment in charge units."""

    device: Device
    fields: DeviceFields
    report: DeviceReport

    @cached_property
    def regions(self) -> dict[str, RegionResult]:
        """Fields at the vertices of every region."""
        return {name: self.fields.region(name) for name in self.device.mesh.regions}

    @cached_property
    def interfaces(self) -> dict[str, InterfaceResult]:
        """Both sides of every interface that has a metal."""
        metals = self.fields.equations.metals
        return {name: self.fields.interface(name) for name, pair in self.device.joints.items() if {*pair} & {*metals}}

    @cached_property
    def contacts(self) -> dict[str, tuple[float, float]]:
        """Voltage [V] and current into the device [A] of every contact."""
        found = {}
        for name, nodes in self.fields.equations.contacts.items():
            current = float(self._left[nodes, PHI].sum())
            found[name] = (float(self.fields.x[nodes, PHI].mean()), current)
        return found

    @cached_property
    def _left(self) -> Array:
        """What every region and interface together leave over at each node: a contact's current, else the residual."""
        return left_over(self.fields)

    @cached_property
    def _bulk(self) -> dict[str, BulkIntegrals]:
        return {name: self.fields.bulk(name) for name in self.fields.equations.metals}

    @cached_property
    def _surface(self) -> dict[str, JointIntegrals]:
        return {name: self.fields.surface(name) for name in self.fields.equations.joints}

    @cached_property
    def largest(self) -> float:
        """The largest current through a contact, an interface or a region, that of its field included [A]."""
        sizes = [abs(current) for _, current in self.contacts.values()]
        sizes += [float(np.abs(x.currents).max()) for x in self._surface.values()]
        sizes += [float(np.abs(x.lost).max()) for x in self._bulk.values()]
        extent, metals = np.ptp(self.device.mesh.points, axis=0).max(), self.fields.equations.metals
        sizes += [metals[n].bulk.charge * np.linalg.norm(x.field) / extent for n, x in self._bulk.items()]
        return float(max(sizes)) or 1.0

    def volume(self, name: str) -> float:
        """Volume of a region [m^3]."""
        return float(np.abs(self.device.mesh.volumes[self.device.mesh.regions[self._known(name)]]).sum())

    def footprint(self, name: str) -> float:
        """Area of a region seen along z [m^2]."""
        return self._footprints[self._known(name)]

    @cached_property
    def _footprints(self) -> dict[str, float]:
        return {name: footprint(self.device.mesh, name) for name in self.device.mesh.regions}

    def _known(self, name: str) -> str:
        if name not in self.device.regions:
            raise InputError(Fault("regions", f"unknown region {name!r}", *did_you_mean(name, self.device.regions)))
        return name

    def electric_field(self, name: str) -> Array:
        """The mean field E of a region (3,) [V/m]; zeros in an insulator."""
        bulk = self._bulk.get(self._known(name))
        return np.zeros(3) if bulk is None else bulk.field / bulk.volume

    @property
    def metals(self) -> tuple[str, ...]:
        """Names of the regions that conduct."""
        return tuple(self.fields.equations.metals)

    def _driving_field(self, name: str) -> Array | None:
        """The in-plane field (3,) of the non-magnets beside a magnet, or its own; None if it is not in plane."""
        metals, parts = self.fields.equations.metals, []
        for joint, pair in self.device.joints.items():
            other = next((x for x in pair if x != name), name)
            if name in pair and other in metals and not self.device.regions[other].material.magnetic:
                parts.append(self.fields.field_on(other, self.device.shared(joint)))
        if not parts and name in self._bulk:
            parts = [(self._bulk[name].volume, self._bulk[name].field)]
        if not parts:
            return None
        mean = np.asarray(sum(field for _, field in parts) / sum(size for size, _ in parts))
        largest = max(np.linalg.norm(self.electric_field(x)) for x in self._bulk)
        leaks = np.linalg.norm(mean) < LEAKS * largest
        return np.array([mean[0], mean[1], 0.0]) if in_plane(mean) and not leaks else None

    def torque(self, name: str, *, reference: Any = None) -> Torque:
        """The torque on a magnet over its footprint area [A/m^2]; `reference` p (3,) replaces n x E^.

        Of a texture, the whole torque with the mean m; no damping-like and field-like parts.
        """
        region = self.device.regions[self._known(name)]
        if region.magnetization is None:
            magnets = [x for x, r in self.device.regions.items() if r.magnetization is not None]
            raise InputError(
                Fault(
                    f"regions.{name}",
                    "no magnet, so it takes no torque",
                    hint=f"magnets: {', '.join(magnets) or 'none'}",
                )
            )
        size, bulk = self.footprint(name), self._bulk.get(name)
        owned = [x for n, x in self._surface.items() if self.fields.equations.joints[n].owner == name]
        flux = sum((x.transverse for x in owned), np.zeros(3)) + (0.0 if bulk is None else bulk.transverse)
        exchange = None if not self.device.exchange_is_torque else np.zeros(3) if bulk is None else bulk.exchange
        if region.textured and reference is not None:
            raise InputError(
                Fault(f"regions.{name}", "a texture, whose torque has no damping-like part", "no reference")
            )
        field = self._driving_field(name)
        m = self._mean_m(name)
        return Torque(
            flux=flux / size,
            exchange=None if exchange is None else exchange / size,
            interface=sum((x.torque for x in owned), np.zeros(3)) / size,
            magnetization=m,
            reference=self._reference(field, reference) if not region.textured else None,
            layer=Layer(name, region.material, self.volume(name) / size, magnetization=m),
            field=np.nan if field is None else float(np.linalg.norm(field)),
            parallel=PARALLEL if reference is None else 1e-12,
        )

    @staticmethod
    def _reference(field: Array | None, given: Any) -> Array | None:
        if given is not None:
            return np.asarray(given, dtype=float) / np.linalg.norm(given)
        return None if field is None else np.cross([0.0, 0.0, 1.0], field / np.linalg.norm(field))

    def _mean_m(self, name: str) -> Array:
        """m averaged over the volume of a magnet, of any length; where it cancels, m at one place."""
        region, mesh = self.device.regions[name], self.device.mesh
        cells = mesh.regions[name]
        m = region.directions(in_space(mesh.centres(cells), self.device.axes))
        mean = np.average(m, axis=0, weights=np.abs(mesh.volumes[cells]))
        return np.asarray(mean if np.linalg.norm(mean) > 1e-9 else m[0])

    def budget(self, name: str) -> Budget | None:
        """Where the moment goes that a region takes up, over its footprint [A/m^2]; None in an insulator."""
        bulk = self._bulk.get(self._known(name))
        if bulk is None:
            return None
        equations, size = self.fields.equations, self.footprint(name)
        nodes = np.unique(equations.numbering.nodes[name])
        own = seven(equations.of(name, self.fields.solved)[nodes]).sum(axis=0)
        free = equations.system.free.copy()
        free[[contact[0] for contact in equations.system.floating], PHI] = False  # its current stands there
        missing = np.where(free[nodes], self._left[nodes], 0.0)
        split = bulk.exchange + bulk.spin_flip + bulk.orbital_exchange
        off = [np.abs(missing.sum(axis=0)).max(), np.abs(own - bulk.lost).max(), np.abs(own[SPIN] - split).max()]
        return Budget(
            flux=own[SPIN] / size,
            exchange=bulk.exchange / size,
            spin_flip=bulk.spin_flip / size,
            orbital_exchange=bulk.orbital_exchange / size,
            residual=np.asarray(max(off) / self.largest),
        )

    def current(self, name: str) -> tuple[Array, Array]:
        """Currents (7,) [A] that leave a and that enter b through the interface "a|b"."""
        if name not in self.device.joints:
            raise InputError(
                Fault("interfaces", f"unknown interface {name!r}", *did_you_mean(name, self.device.joints))
            )
        if name in self._surface:
            minus, plus = self._surface[name].currents
            return minus, plus
        found = self._shared_current(*self.device.joints[name], self.device.shared(name))
        return found, found

    def _shared_current(self, a: str, b: str, facets: Array) -> Array:
        """What b takes up at the nodes of a transparent interface, less what its other neighbours bring there."""
        equations, x = self.fields.equations, self.fields.solved
        nodes = np.unique(equations.numbering.nodes[b][equations.metals[b].space.on_facets(facets)])
        taken = equations.of(b, x)[nodes].sum(axis=0)
        for name in equations.joints:
            if b in self.device.joints[name] and a not in self.device.joints[name]:
                taken = taken + equations.of(name, x)[nodes].sum(axis=0)
        return seven(taken)

    def resistances(self) -> tuple[float | None, float | None]:
        """Voltages over the current into the first of two contacts, between these two and between two probes [ohm].

        Probes are contacts that take no current, in the order of the device. None with other numbers of contacts, and
        where a field of its own drives.
        """
        found = self.contacts
        probes = [name for name in found if self.device.contacts[name].current == 0]
        ends = [name for name in found if name not in probes]
        if len(ends) != 2 or np.any(self.device.electric_field) or found[ends[0]][1] == 0:
            return None, None
        current = found[ends[0]][1]
        two, four = ((found[x[0]][0] - found[x[1]][0]) / current if len(x) == 2 else None for x in (ends, probes))
        return two, four

    def sample(self, points: Any, *, region: str | None = None) -> dict[str, Array]:
        """mu (n, 7), J (n, 7, 3) and the name of the region at points (n, 3) [m]; nan outside."""
        return sampled(self.fields, np.atleast_2d(np.asarray(points, dtype=float)), region)

    def to_dict(self) -> dict[str, Any]:
        """The record of `result.json` (docs: the result), plain numbers, SI; null where undefined."""
        resistance, four_terminal = self.resistances()
        record = {
            "femsot": __version__,
            "title": self.device.title,
            "input": resolved(self.device),
            "components": list(COMPONENTS),
            "regions": [self._region_dict(name) for name in self.device.mesh.regions],
            "interfaces": [self._interface_dict(name) for name in self.interfaces],
            "contacts": [{"name": n, "voltage": v, "current": i} for n, (v, i) in self.contacts.items()],
            "resistance": resistance,
            "four_terminal_resistance": four_terminal,
            "report": vars(self.report),
        }
        return dict(plain(record))

    def _region_dict(self, name: str) -> dict[str, Any]:
        bulk, budget = self._bulk.get(name), self.budget(name)
        magnet = self.device.regions[name].magnetization is not None
        # relaxation of "ning24" mixes the channels: what feeds m or orbit is no torque
        hidden = {"exchange": None, "orbital_exchange": None} if not self.device.exchange_is_torque else {}
        return {
            "name": name,
            "volume": self.volume(name),
            "footprint": self.footprint(name),
            "mu_mean": None if bulk is None else bulk.mu / bulk.volume,
            "electric_field": None if bulk is None else self.electric_field(name),
            "torque": torque_dict(self.torque(name)) if magnet else None,
            "budget": None if budget is None else vars(budget) | hidden,
        }

    def _interface_dict(self, name: str) -> dict[str, Any]:
        minus, plus = self.current(name)
        jump = self._surface.get(name)
        size = jump.area if jump is not None else area(self.device.mesh, self.device.shared(name))
        torque = np.zeros(3) if jump is None else jump.torque
        return {
            "name": name,
            "area": size,
            "current_minus": minus,
            "current_plus": plus,
            "torque_magnetization": torque / size,
            "torque_lattice": ((minus - plus)[SPIN] - torque) / size,
        }


def in_plane(field: Array) -> Array:
    """Has a field (..., 3) a direction in the plane that drives currents along it?"""
    return np.asarray(np.hypot(field[..., 0], field[..., 1]) > IN_PLANE * np.linalg.norm(field, axis=-1))


def left_over(fields: DeviceFields) -> Array:
    """A x - load (N, k) without what contacts bring [A]: their current where a potential is held, else the residual."""
    equations = fields.equations
    return np.asarray(sum(equations.of(name, fields.solved) for name in equations.terms))
