"""A patterned device as the user means it: regions of a mesh, interfaces between them, contacts on its faces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np

from femsot.base.errors import Checks, Fault, InputError, did_you_mean
from femsot.base.quantities import Array, Direction, FieldVector
from femsot.interfaces import Law, Transparent, check_laws
from femsot.materials.records import Material, NormalMetal
from femsot.materials.tensors import Z_AXIS, Bulk, Closure, check_closure, conserves

from .boundaries import Terminal
from .mesh import Mesh, convert
from .mesh.check import check_size
from .mesh.measure import area
from .stack import Layer, Stack, check_neel

#: a direction (3,), or a function of points (n, 3) [m] to directions (n, 3)
Texture = Any
#: directions in space along which a mesh of this plane has points
AXES = {"xyz": (0, 1, 2), "xz": (0, 2), "xy": (0, 1)}


@dataclass(frozen=True, eq=False)
class Region:
    """What fills one region of a mesh."""

    material: Material
    magnetization: Texture | None = None  #: for magnets: a direction, or a function of points (n, 3) [m]

    neel: Direction | None = None  #: for altermagnets: the Neel vector n

    def __post_init__(self) -> None:
        checks = Checks("regions")
        if self.magnetization is not None and not callable(self.magnetization):
            object.__setattr__(self, "magnetization", checks.unit_vector("magnetization", self.magnetization))
        if self.neel is not None:
            object.__setattr__(self, "neel", checks.unit_vector("neel", self.neel))
        checks.done()

    @property
    def axis(self) -> Array:
        """Return the uniform direction (3,) that the tensors refer to: of m, or n; z where the region has neither."""
        direction = self.neel if self.magnetization is None else self.magnetization
        return Z_AXIS if direction is None else np.asarray(direction)

    @property
    def textured(self) -> bool:
        """Return whether the magnetization varies in space."""
        return callable(self.magnetization)

    def directions(self, points: Array) -> Array:
        """Return the magnetization at some places.

        Parameters
        ----------
        points : (n, 3) [m].

        Returns
        -------
        (n, 3) unit vectors.

        Raises
        ------
        InputError
            If a function gives no direction somewhere.
        """
        if not self.textured:
            return np.broadcast_to(np.asarray(self.magnetization), points.shape)
        magnetization: Any = self.magnetization
        m = np.asarray(magnetization(points), dtype=float)
        size = np.linalg.norm(m, axis=-1, keepdims=True)
        if m.shape != points.shape or not np.all(np.isfinite(m)) or np.any(size == 0):
            raise InputError(
                Fault(
                    "magnetization",
                    f"the function gives shape {m.shape} for {len(points)} points, or zeros or nan",
                    "one direction (n, 3) for each point (n, 3)",
                )
            )
        return m / size


@dataclass(frozen=True, eq=False)
class Device:
    """A mesh, what its regions are made of, and what is connected to it. Checks itself whole when made."""

    mesh: Mesh  #: or a mesh of scikit-fem, meshio or pyvista, in m: `femsot.model.mesh.convert`
    regions: Mapping[str, Region]
    interfaces: Mapping[str, Law] = field(default_factory=dict)  #: by "a|b", the normal from a to b
    contacts: Mapping[str, Terminal] = field(default_factory=dict)  #: by the name of a face
    electric_field: FieldVector = (0.0, 0.0, 0.0)  #: along directions in which the device is uniform or periodic
    closure: Closure = "conserving"
    title: str = ""

    def __post_init__(self) -> None:
        check_laws(self.interfaces)
        check_closure(self.closure)
        if not isinstance(self.mesh, Mesh):
            object.__setattr__(self, "mesh", convert(self.mesh))
        object.__setattr__(self, "regions", dict(self.regions))
        faults: list[Fault] = []
        for check in (_check_regions, _check_textures, _check_contacts, _check_field):
            faults += check(self)
        if faults:
            raise InputError(faults)
        for name, (a, b) in self.joints.items():
            try:
                self.pair(name, *(self.any_direction(x) for x in (a, b)))
            except InputError as error:
                faults += [fault.renamed("layers", "regions") for fault in error.faults]
        if faults:
            raise InputError(list(dict.fromkeys(faults)))

    @property
    def axes(self) -> tuple[int, ...]:
        """Return the directions of space along which the mesh extends."""
        return AXES[self.mesh.plane]

    @property
    def orbital(self) -> bool:
        """Return whether an orbital channel is solved."""
        return any(region.material.orbital for region in self.regions.values())

    @cached_property
    def bulks(self) -> dict[str, Bulk | None]:
        """The constants of every region in the device's closure and channels; None for an insulator."""
        return {name: x.material.bulk(self.closure, orbital=self.orbital) for name, x in self.regions.items()}

    @property
    def exchange_is_torque(self) -> bool:
        """Return whether the magnetization receives what exchange and dephasing take from the spins."""
        return conserves(self.closure)

    @cached_property
    def faces(self) -> dict[tuple[str, str], Array]:
        """Facets that two regions share, by their names in the order of the mesh."""
        return self.mesh.interfaces()

    def contact_current(self, name: str) -> float:
        """Return the current that a contact is given [A], 0 for one that has a voltage."""
        terminal = self.contacts[name]
        if terminal.current_density is not None:
            return float(terminal.current_density) * area(self.mesh, self.mesh.faces[name])
        return float(terminal.current or 0.0)

    @cached_property
    def joints(self) -> dict[str, tuple[str, str]]:
        """Every interface of a metal: "a|b" as the user has it, else in the order of the mesh -> (a, b)."""
        pairs = {}
        for a, b in _with_metal(self):
            pair = (b, a) if f"{b}|{a}" in self.interfaces else (a, b)
            pairs["|".join(pair)] = pair
        return pairs

    @property
    def continuous(self) -> list[str]:
        """Return the names of the interfaces of two metals at which no potential jumps."""
        metals = {name for name, region in self.regions.items() if region.material.metallic}
        laws = {
            name: self.interfaces.get(name, Transparent()) for name, pair in self.joints.items() if {*pair} <= metals
        }
        return [name for name, law in laws.items() if law.transparent]

    def shared(self, name: str) -> Array:
        """Return the vertex numbers (f, v) of the facets of the interface "a|b"."""
        a, b = self.joints[name]
        return self.faces[a, b] if (a, b) in self.faces else self.faces[b, a]

    def pair(
        self, name: str, minus: Array | None, plus: Array | None, *, law_magnetization: Array | None = None
    ) -> Stack:
        """Return the interface alone, as a stack of two layers: its law, its owner, its checks.

        Parameters
        ----------
        name : "a|b".
        minus, plus : m (..., 3) of a and of b; None: no magnet.
        law_magnetization : (..., 3), replaces the law's own.
        """
        a, b = self.joints[name]
        layers = [
            Layer(x, self.regions[x].material, 1.0, magnetization=m, neel=self.regions[x].neel)
            for x, m in ((a, minus), (b, plus))
        ]
        laws = {name: self.interfaces[name]} if name in self.interfaces else {}
        if law_magnetization is not None:
            laws = {name: laws[name].turned(law_magnetization)}
        return Stack(tuple(layers), interfaces=laws, closure=self.closure)

    def any_direction(self, name: str) -> Array | None:
        """Return one direction (3,) of a magnet, where any will do; None for what is no magnet."""
        region = self.regions[name]
        if region.magnetization is None:
            return None
        first = self.mesh.cells[self.mesh.regions[name][:1]].ravel()
        return np.asarray(region.directions(in_space(self.mesh.points[first], self.axes))[0])


def in_space(points: Array, axes: tuple[int, ...]) -> Array:
    """Points (n, d) of a mesh as points (n, 3); the coordinate that a 2D mesh lacks is 0."""
    positions = np.zeros((len(points), 3))
    positions[:, list(axes)] = points
    return positions


def _with_metal(device: Device) -> list[tuple[str, str]]:
    """Neighbours of which at least one is a metal."""
    insulators = {name for name, region in device.regions.items() if not region.material.metallic}
    return [pair for pair in device.faces if not {*pair} <= insulators]


def _check_regions(device: Device) -> list[Fault]:
    checks = Checks("mesh")
    check_size(device.mesh.points, 1.0, checks)
    faults = checks.faults
    for name in device.mesh.regions:
        if name not in device.regions:
            faults.append(Fault(f"regions.{name}", "missing, the mesh has this region: give its material"))
    for name, region in device.regions.items():
        if name not in device.mesh.regions:
            faults.append(Fault(f"regions.{name}", "not in the mesh", *did_you_mean(name, device.mesh.regions)))
        elif region.magnetization is not None and not region.material.magnetic:
            faults.append(
                Fault(f"regions.{name}.magnetization", f"given for {region.material.name!r}, which is no magnet")
            )
        elif region.magnetization is None and region.material.magnetic:
            faults.append(
                Fault(f"regions.{name}.magnetization", f"missing, required for the magnet {region.material.name!r}")
            )
    neel = Checks("regions")
    for name, region in device.regions.items():
        check_neel(neel, f"{name}.neel", region.material, neel=region.neel)
    return faults + neel.faults + _check_alive(device) + _check_joints(device) + _check_channels(device)


def _check_alive(device: Device) -> list[Fault]:
    """A mesh tells where the moment is."""
    materials = [region.material for region in device.regions.values()]
    return [
        Fault(
            f"materials.{x.name}.dead_layer", "for a device", "0", "mesh it as a region of its own, of a normal metal"
        )
        for x in materials
        if not isinstance(x, NormalMetal) and np.any(x.dead_layer)
    ]


def _check_textures(device: Device) -> list[Fault]:
    """Functions are tried at the vertices of up to a thousand cells."""
    faults = []
    for name, cells in device.mesh.regions.items():
        region = device.regions.get(name)
        if region is not None and region.textured:
            some = cells[:: max(1, len(cells) // 1000)]
            try:
                region.directions(in_space(device.mesh.points[np.unique(device.mesh.cells[some])], device.axes))
            except InputError as error:
                faults += [fault.under(f"regions.{name}") for fault in error.faults]
    return faults


def _check_joints(device: Device) -> list[Fault]:
    """One material of a name; laws between neighbours."""
    faults = []
    known: dict[str, Material] = {}
    for name, region in device.regions.items():
        if known.setdefault(region.material.name, region.material) is not region.material:
            faults.append(
                Fault(f"regions.{name}.material", f"a second material named {region.material.name!r}", "one of a name")
            )
    joints = ["|".join(pair) for a, b in _with_metal(device) for pair in ((a, b), (b, a))]
    for a, b in _with_metal(device):
        if f"{a}|{b}" in device.interfaces and f"{b}|{a}" in device.interfaces:
            faults.append(
                Fault(f"interfaces.{b}|{a}", f"given beside {f'{a}|{b}'!r}, the same interface", "one of the two")
            )
    return faults + [
        Fault(f"interfaces.{name}", "joins no neighbours of which one is a metal", *did_you_mean(name, joints))
        for name in device.interfaces
        if name not in joints
    ]


def _check_channels(device: Device) -> list[Fault]:
    metals = [region.material for region in device.regions.values() if region.material.metallic]
    if not metals:
        return [Fault("regions", "only insulators", "at least one metal")]
    without = sorted({m.name for m in metals if not m.orbital}) if device.orbital else []
    return [
        Fault(
            f"materials.{name}.orbital_conductivity",
            "missing, required since other materials have orbital parameters",
            hint="give orbital_conductivity and orbital_diffusion_length here too, or leave out every orbital_* field",
        )
        for name in without
    ]


def _check_contacts(device: Device) -> list[Fault]:
    faults = [
        Fault(f"contacts.{name}", "no such face of the mesh", *did_you_mean(name, device.mesh.faces))
        for name in device.contacts
        if name not in device.mesh.faces
    ]
    if not device.contacts and not np.any(device.electric_field):
        faults.append(Fault("contacts", "none, and no drive.electric_field: nothing drives a current"))
    driven = [name for name, x in device.contacts.items() if x.voltage is None and name in device.mesh.faces]
    currents = [device.contact_current(name) for name in driven]
    if len(currents) == len(device.contacts) and abs(sum(currents)) > 1e-9 * max(map(abs, currents), default=0.0):
        faults.append(
            Fault(
                "contacts", f"currents into the device add up to {sum(currents):g} A", "0, or a voltage at one of them"
            )
        )
    return faults + ([] if faults else _check_sides(device) + _check_apart(device))


def _check_sides(device: Device) -> list[Fault]:
    """A periodic side is inside the device."""
    faults = []
    for axis in device.mesh.periodic:
        x = device.mesh.points[:, device.axes.index("xyz".index(axis))]
        ends = (x.min(), x.max())
        size = 1e-6 * np.ptp(x)
        faults += [
            Fault(f"contacts.{name}", f"lies on a side that is periodic along {axis}", "an outer face")
            for name in device.contacts
            if any(np.any(np.all(np.abs(x[device.mesh.faces[name]] - end) < size, axis=1)) for end in ends)
        ]
    return faults


def _check_apart(device: Device) -> list[Fault]:
    """Where two contacts meet on one metal, a point would have two potentials and belong to both currents."""
    size = len(device.mesh.points)
    rows_by_contact = {name: [np.zeros(0, dtype=int)] for name in device.contacts}
    for region, number in _continuous(device).items():
        in_region = np.zeros(size, dtype=bool)
        in_region[device.mesh.cells[device.mesh.regions[region]]] = True
        for name, places in rows_by_contact.items():
            rows = device.mesh.faces[name]
            places.append(number * size + rows[in_region[rows].all(axis=1)].ravel())
    return [
        Fault(f"contacts.{a}", f"touches contact {b!r}", "contacts that share no point, with some metal between them")
        for a, b in combinations(rows_by_contact, 2)
        if np.intersect1d(np.concatenate(rows_by_contact[a]), np.concatenate(rows_by_contact[b])).size
    ]


def _continuous(device: Device) -> dict[str, int]:
    """Metals by number, the same one where no interface between them jumps."""
    metals = [x for x in device.mesh.regions if x in device.regions and device.regions[x].material.metallic]
    number = {name: i for i, name in enumerate(metals)}
    for a, b in (device.joints[name] for name in device.continuous):
        number = {x: number[a] if i == number[b] else i for x, i in number.items()}
    return number


def _check_field(device: Device) -> list[Fault]:
    """A field of its own is allowed only where its potential need not be solved for."""
    field = np.asarray(device.electric_field, dtype=float)
    if field.shape != (3,) or not np.all(np.isfinite(field)):
        return [Fault("drive.electric_field", allowed="three finite numbers, x y z", value=repr(device.electric_field))]
    free = [i for i in range(3) if i not in device.axes] + ["xyz".index(name) for name in device.mesh.periodic]
    names = ", ".join("xyz"[i] for i in free) or "none"
    return [
        Fault(
            "drive.electric_field",
            allowed="0 there",
            hint=f"a field of its own only along directions in which the device is uniform or periodic ({names}), "
            "else drive by contacts",
            value=f"E_{'xyz'[i]} = {field[i]:g} V/m",
        )
        for i in range(3)
        if field[i] != 0 and i not in free
    ]


__all__ = ["Device", "Region", "Terminal", "Texture", "in_space"]
