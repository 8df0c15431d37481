"""A solved device: fields of its regions and interfaces, contacts, torques, budgets, and the record of result.json."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from femsot.base.components import PHI, SPIN, seven
from femsot.base.quantities import Array
from femsot.model.device import Device, Region, in_space
from femsot.model.mesh.measure import area, footprint

from .fields import BulkIntegrals, DeviceFields, InterfaceResult, JointIntegrals, RegionResult
from .probes import sample as sampled
from .record import InterfaceState, Report, Resistance, Uptake
from .solution import Absorbed, Solution
from .torque import Currents

#: a field this much in the plane, of its whole, has a direction across which a spin Hall torque is split
IN_PLANE = 0.5
#: a mean field is known as well as the mesh allows: m this close to its p has no damping-like part; and a field this
#: much smaller than that of the device is what leaks
PARALLEL = 2e-2
LEAKS = 1e-3


@dataclass(frozen=True, eq=False)
class DeviceSolution(Solution):
    """A solved device; all SI, currents of moment in charge units."""

    device: Device
    fields: DeviceFields
    solved: Report

    @property
    def model(self) -> Device:
        """Return the device."""
        return self.device

    @property
    def reached(self) -> Report:
        """Return how the solver reached the solution."""
        return self.solved

    @cached_property
    def _parts(self) -> dict[str, Region]:
        return {name: self.device.regions[name] for name in self.device.mesh.regions}

    @property
    def interface_names(self) -> tuple[str, ...]:
        """Return the names "a|b" of all interfaces."""
        return tuple(self.device.joints)

    @cached_property
    def regions(self) -> dict[str, RegionResult]:
        """Return the fields at the vertices of every region."""
        return {name: self.fields.region(name) for name in self.device.mesh.regions}

    @cached_property
    def interfaces(self) -> dict[str, InterfaceResult]:
        """Return both sides of every interface that has a metal."""
        metals = self.fields.equations.metals
        return {name: self.fields.interface(name) for name, pair in self.device.joints.items() if {*pair} & {*metals}}

    @cached_property
    def contacts(self) -> dict[str, tuple[float, float]]:
        """Return the voltage [V] and the current into the device [A] of every contact."""
        by_contact = {}
        for name, nodes in self.fields.equations.contacts.items():
            current = float(self._left[nodes, PHI].sum())
            by_contact[name] = (float(self.fields.x[nodes, PHI].mean()), current)
        return by_contact

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
        """Return the largest current through a contact, an interface or a region, that of its field included [A]."""
        sizes = [abs(current) for _, current in self.contacts.values()]
        sizes += [float(np.abs(x.currents).max()) for x in self._surface.values()]
        sizes += [float(np.abs(x.lost).max()) for x in self._bulk.values()]
        extent = np.ptp(self.device.mesh.points, axis=0).max()
        metals = self.fields.equations.metals
        sizes += [metals[n].bulk.charge * np.linalg.norm(x.field) / extent for n, x in self._bulk.items()]
        return float(max(sizes)) or 1.0

    def volume(self, name: str) -> float:
        """Return the volume of a region [m^3]. Raise InputError if there is no such region."""
        self._check_part(name)
        return float(np.abs(self.device.mesh.volumes[self.device.mesh.regions[name]]).sum())

    def footprint(self, name: str) -> float:
        """Return the area of a region seen along z [m^2]. Raise InputError if there is no such region."""
        self._check_part(name)
        return self._footprints[name]

    @cached_property
    def _footprints(self) -> dict[str, float]:
        return {name: footprint(self.device.mesh, name) for name in self.device.mesh.regions}

    def electric_field(self, name: str) -> Array:
        """Return the mean field E of a region (3,) [V/m], zeros in an insulator. Raise InputError for another name."""
        self._check_part(name)
        bulk = self._bulk.get(name)
        return np.zeros(3) if bulk is None else bulk.field / bulk.volume

    @property
    def metals(self) -> tuple[str, ...]:
        """Return the names of the regions that conduct."""
        return tuple(self.fields.equations.metals)

    def _driving_field(self, name: str) -> Array | None:
        """The in-plane field (3,) of the non-magnets beside a magnet, or its own; None if it is not in plane."""
        metals = self.fields.equations.metals
        parts = []
        for joint, pair in self.device.joints.items():
            neighbour = next((x for x in pair if x != name), name)
            if name in pair and neighbour in metals and not self.device.regions[neighbour].material.magnetic:
                parts.append(self.fields.field_on(neighbour, self.device.shared(joint)))
        if not parts and name in self._bulk:
            parts = [(self._bulk[name].volume, self._bulk[name].field)]
        if not parts:
            return None
        mean = np.asarray(sum(field for _, field in parts) / sum(size for size, _ in parts))
        largest = max(np.linalg.norm(self.electric_field(x)) for x in self._bulk)
        leaks = np.linalg.norm(mean) < LEAKS * largest
        return np.array([mean[0], mean[1], 0.0]) if in_plane(mean) and not leaks else None

    def _absorbed(self, name: str) -> Absorbed:
        region = self.device.regions[name]
        size = self.footprint(name)
        bulk = self._bulk.get(name)
        surfaces = [x for n, x in self._surface.items() if self.fields.equations.joints[n].owner == name]
        flux = sum((x.transverse for x in surfaces), np.zeros(3)) + (0.0 if bulk is None else bulk.transverse)
        exchange: Array | None = None
        if self.device.exchange_is_torque:
            exchange = np.zeros(3) if bulk is None else bulk.exchange / size
        return Absorbed(
            flux=flux / size,
            exchange=exchange,
            interface=sum((x.torque for x in surfaces), np.zeros(3)) / size,
            magnetization=self._mean_m(name),
            thickness=self.volume(name) / size,
            field=self._driving_field(name),
            split=not region.textured,
            parallel=PARALLEL,
        )

    def _floor(self, name: str) -> float:
        return self.largest / self.footprint(name)

    def _currents(self, field: Array) -> Currents:
        along = field / np.linalg.norm(field)
        currents = {name: float(current @ along) for name, current in self._charge.items()}
        volumes = {name: bulk.volume for name, bulk in self._bulk.items()}
        return Currents(
            mean=np.asarray(sum(currents.values()) / sum(volumes.values())),
            parts=tuple(currents),
            by_part=np.array([current / volumes[name] for name, current in currents.items()]),
            magnetic=tuple(name in self.magnets for name in currents),
        )

    @cached_property
    def _charge(self) -> dict[str, Array]:
        """The charge current density integrated over the volume of every metal (3,) [A m]."""
        return {name: self.fields.charge(name) for name in self.fields.equations.metals}

    def _mean_m(self, name: str) -> Array:
        """m averaged over the volume of a magnet, of any length; where it cancels, m at one place."""
        region = self.device.regions[name]
        mesh = self.device.mesh
        cells = mesh.regions[name]
        m = region.directions(in_space(mesh.centres(cells), self.device.axes))
        mean = np.average(m, axis=0, weights=np.abs(mesh.volumes[cells]))
        return np.asarray(mean if np.linalg.norm(mean) > 1e-9 else m[0])

    def _integrated(self, name: str) -> Uptake | None:
        bulk = self._bulk.get(name)
        if bulk is None:
            return None
        equations = self.fields.equations
        size = self.footprint(name)
        nodes = np.unique(equations.numbering.nodes[name])
        free = equations.system.free.copy()
        free[[contact[0] for contact in equations.system.floating], PHI] = False  # its current stands there
        missing = np.where(free[nodes], self._left[nodes], 0.0)
        return Uptake(
            flux=seven(equations.of(name, self.fields.solved)[nodes]).sum(axis=0) / size,
            lost=bulk.lost / size,
            exchange=bulk.exchange / size,
            spin_flip=bulk.spin_flip / size,
            orbital_exchange=bulk.orbital_exchange / size,
            missing=np.abs(missing.sum(axis=0)).max() / size,
            largest=np.asarray(self._floor(name)),
        )

    def current(self, name: str) -> tuple[Array, Array]:
        """Return the currents through a whole interface.

        Parameters
        ----------
        name : "a|b".

        Returns
        -------
        (7,), (7,) : what leaves a, and what enters b [A].

        Raises
        ------
        InputError
            If there is no such interface.
        """
        self._check_interface(name)
        if name in self._surface:
            minus, plus = self._surface[name].currents
            return minus, plus
        shared = self._shared_current(*self.device.joints[name], self.device.shared(name))
        return shared, shared

    def area(self, name: str) -> float:
        """Return the area of an interface [m^2]. Raise InputError if there is no such interface."""
        self._check_interface(name)
        jump = self._surface.get(name)
        return area(self.device.mesh, self.device.shared(name)) if jump is None else jump.area

    def _state(self, name: str) -> InterfaceState:
        size = self.area(name)
        jump = self._surface.get(name)
        minus, plus = (current / size for current in self.current(name))
        mu = self.fields.potentials_on(name) / size if jump is None else jump.mu / size
        torque = np.zeros(3) if jump is None else jump.torque / size
        return InterfaceState(
            name=name,
            mu_minus=mu[0],
            mu_plus=mu[1],
            J_minus=minus,
            J_plus=plus,
            torque_magnetization=torque,
            torque_lattice=(minus - plus)[SPIN] - torque,
        )

    def _shared_current(self, a: str, b: str, facets: Array) -> Array:
        """What b takes up at the nodes of a transparent interface, less what its other neighbours bring there."""
        equations = self.fields.equations
        x = self.fields.solved
        nodes = np.unique(equations.numbering.nodes[b][equations.metals[b].space.on_facets(facets)])
        inflow = equations.of(b, x)[nodes].sum(axis=0)
        for name in equations.joints:
            if b in self.device.joints[name] and a not in self.device.joints[name]:
                inflow = inflow + equations.of(name, x)[nodes].sum(axis=0)
        return seven(inflow)

    def resistance(self) -> Resistance:
        """Return the voltages over the current into the first of two contacts: between these and between two probes.

        Probes are contacts that take no current, in the order of the device. None with other numbers of contacts, and
        where a field of its own drives.
        """
        contacts = self.device.contacts
        probes = [name for name in self.contacts if 0 in (contacts[name].current, contacts[name].current_density)]
        ends = [name for name in self.contacts if name not in probes]
        if len(ends) != 2 or np.any(self.device.electric_field):
            return Resistance()
        current = self.contacts[ends[0]][1]
        if current == 0:
            return Resistance()
        drop = {name: self.contacts[name][0] / current for name in self.contacts}
        return Resistance(
            two_terminal=drop[ends[0]] - drop[ends[1]],
            four_terminal=drop[probes[0]] - drop[probes[1]] if len(probes) == 2 else None,
        )

    def sample(self, points: Any, *, region: str | None = None) -> dict[str, Array]:
        """Return the fields at some places.

        Parameters
        ----------
        points : (n, 3) [m].
        region : whose side is meant where several regions meet.

        Returns
        -------
        "mu" (n, 7) [V], "J" (n, 7, 3) [A/m^2], nan outside, and "region" (n,), "" outside.
        """
        return sampled(self.fields, np.atleast_2d(np.asarray(points, dtype=float)), region)

    def _record(self) -> dict[str, Any]:
        resistance = self.resistance()
        return {
            "regions": [self._region_dict(name) for name in self._parts],
            "interfaces": [self._interface_dict(name) for name in self.interfaces],
            "contacts": [{"name": n, "voltage": v, "current": i} for n, (v, i) in self.contacts.items()],
            "resistance": resistance.two_terminal,
            "four_terminal_resistance": resistance.four_terminal,
        }

    def _region_dict(self, name: str) -> dict[str, Any]:
        bulk = self._bulk.get(name)
        return {
            "name": name,
            "volume": self.volume(name),
            "footprint": self.footprint(name),
            "mu_mean": None if bulk is None else bulk.mu / bulk.volume,
            "electric_field": None if bulk is None else self.electric_field(name),
            "torque": self._torque_dict(name),
            "budget": self._budget_dict(name),
        }

    def _interface_dict(self, name: str) -> dict[str, Any]:
        minus, plus = self.current(name)
        state = self._state(name)
        return {
            "name": name,
            "area": self.area(name),
            "current_minus": minus,
            "current_plus": plus,
            "torque_magnetization": state.torque_magnetization,
            "torque_lattice": state.torque_lattice,
        }


def in_plane(field: Array) -> Array:
    """Has a field (..., 3) a direction in the plane that drives currents along it?"""
    return np.asarray(np.hypot(field[..., 0], field[..., 1]) > IN_PLANE * np.linalg.norm(field, axis=-1))


def left_over(fields: DeviceFields) -> Array:
    """A x - load (N, k) without what contacts bring [A]: their current where a potential is held, else the residual."""
    equations = fields.equations
    return np.asarray(sum(equations.of(name, fields.solved) for name in equations.terms))
