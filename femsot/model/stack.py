"""A one-dimensional multilayer as the user means it: layers from -z to +z, interfaces, ends, drives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Any, Literal, get_args

import numpy as np

from femsot.base.components import PHI
from femsot.base.constants import e, hbar
from femsot.base.errors import Checks, InputError, did_you_mean
from femsot.base.quantities import Array, FieldVector, Length, RateVector, Vector
from femsot.interfaces import ABOVE, BELOW, Interface, Transparent
from femsot.interfaces import insulating as _insulating
from femsot.interfaces.law import InterfaceLaw
from femsot.materials.records import Material
from femsot.materials.tensors import Bulk, Closure, check_closure, conserves

from .boundaries import BOUNDARIES, Boundary, Contact, Injection, Reservoir, Surface

Method = Literal["exact", "fem", "boltzmann"]


@dataclass(frozen=True, eq=False)
class Layer:
    """One homogeneous layer of a stack."""

    name: str
    material: Material
    thickness: Length  #: d
    magnetization: Vector | None = None  #: direction, normalised; for magnets only

    def __post_init__(self) -> None:
        checks = Checks(f"layers.{self.name}")
        checks.positive(thickness=self.thickness)
        if "|" in self.name or not self.name:
            checks.fail("name", f"got {self.name!r}, allowed: a name without '|'")
        if self.magnetization is not None and not self.material.magnetic:
            checks.fail(
                "magnetization",
                f"given for {self.material.name!r}, which is no magnet, allowed: a ferromagnet, or an insulator with "
                "saturation_magnetization",
            )
        elif self.magnetization is None and self.material.magnetic:
            checks.fail("magnetization", f"missing, required for the magnet {self.material.name!r}: three numbers")
        elif self.magnetization is not None:
            object.__setattr__(self, "magnetization", checks.unit_vector("magnetization", self.magnetization))
        checks.done()

    @cached_property
    def kept(self) -> dict[Any, Any]:
        """What solvers have computed of this layer alone, so that a stack that shares it need not again."""
        return {}

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "kept"}


@dataclass(frozen=True, eq=False)
class Stack:
    """Layers from -z to +z with their interfaces, ends and drives. Checks itself whole when made."""

    layers: tuple[Layer, ...]
    interfaces: Mapping[str, Interface] = field(default_factory=dict)  #: by "lower|upper"; left out: transparent
    bottom: Boundary | None = None  #: left out: no flux
    top: Boundary | None = None
    electric_field: FieldVector = (0.0, 0.0, 0.0)  #: in-plane E [V/m]
    magnetization_rate: Mapping[str, RateVector] = field(default_factory=dict)  #: dm/dt by layer [1/s]
    closure: Closure = "conserving"
    method: Method = "exact"
    title: str = ""
    fermi_wavevector: Annotated[float | None, "1/m"] = None  #: k_F, for "boltzmann"; default: interfaces', or 16 1/nm

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", tuple(self.layers))
        check_closure(self.closure)
        if self.method not in get_args(Method):
            raise InputError(f"method: got {self.method!r}, {did_you_mean(self.method, get_args(Method))}")
        faults: list[str] = []
        for check in (_check_kinds, _check_names, _check_sphere, _check_drive, _check_channels, _check_ends):
            faults += check(self)
        if faults:
            raise InputError(faults)
        for i in range(len(self.layers) - 1):
            try:
                _check_law(self, i)
            except InputError as error:
                faults += error.faults
        faults = faults or _check_current(self)
        if faults:
            raise InputError(faults)

    @property
    def orbital(self) -> bool:
        """Is an orbital channel solved?"""
        return any(layer.material.orbital for layer in self.layers)

    @cached_property
    def bulks(self) -> tuple[Bulk | None, ...]:
        """The constants of every layer in the stack's closure and channels; None for an insulator."""
        return tuple(layer.material.bulk(self.closure, orbital=self.orbital) for layer in self.layers)

    @property
    def exchange_is_torque(self) -> bool:
        """Is what exchange and dephasing take from the spins what the magnetization receives?"""
        return conserves(self.closure)

    @property
    def in_plane(self) -> Array:
        """E along x and y (..., 2) [V/m]."""
        return np.asarray(self.electric_field, dtype=float)[..., :2]

    @cached_property
    def z(self) -> Array:
        """Positions of the layers' ends (..., layers + 1) [m], 0 at the bottom."""
        steps = np.broadcast_arrays(*[np.asarray(layer.thickness, dtype=float) for layer in self.layers])
        return np.concatenate([np.zeros(steps[0].shape + (1,)), np.cumsum(np.stack(steps, -1), -1)], -1)

    def index(self, name: str) -> int:
        """The position of the layer called `name`."""
        names = [layer.name for layer in self.layers]
        if name not in names:
            raise InputError(f"layers: unknown layer {name!r}, {did_you_mean(name, names)}")
        return names.index(name)

    def interface_name(self, i: int) -> str:
        return f"{self.layers[i].name}|{self.layers[i + 1].name}"

    @cached_property
    def laws(self) -> tuple[InterfaceLaw | None, ...]:
        """The jump of every interface from -z to +z; None where potentials and currents are continuous."""
        return tuple(self._law(i) for i in range(len(self.layers) - 1))

    def _law(self, i: int) -> InterfaceLaw | None:
        lower, upper = self.layers[i], self.layers[i + 1]
        given = self.interfaces.get(self.interface_name(i))
        if given is None:
            insulator = not (lower.material.metallic and upper.material.metallic)
            given = _insulating() if insulator else Transparent()
        law: InterfaceLaw | None = given.law(m=self.interface_magnetization(i), ferromagnet=_side(given, lower, upper))
        return law

    def interface_magnetization(self, i: int) -> Array | None:
        """The interface's own direction, or the adjacent magnet's; None between non-magnets."""
        given = self.interfaces.get(self.interface_name(i))
        own = getattr(given, "magnetization", None)
        if own is not None:
            return Checks(f"interfaces.{self.interface_name(i)}").unit_vector("magnetization", own)
        owner = self.interface_owner(i)
        return None if owner is None else np.asarray(self.layers[owner].magnetization)

    def pumping(self, layer: str) -> Array:
        """w = (hbar/2e) m x dm/dt (..., 3) [V] of one layer."""
        m, rate = self.layers[self.index(layer)].magnetization, self.magnetization_rate.get(layer)
        return np.zeros(3) if rate is None or m is None else hbar / (2 * e) * np.cross(m, np.asarray(rate, dtype=float))

    def interface_owner(self, i: int) -> int | None:
        """The layer whose magnetization the interface shares; None between non-magnets or two equal claims."""
        magnets = [j for j in (i, i + 1) if self.layers[j].magnetization is not None]
        if len(magnets) < 2:
            return magnets[0] if magnets else None
        side = _side(self.interfaces.get(self.interface_name(i)), *self.layers[i : i + 2])
        return None if side is None else magnets[side]

    def interface_pumping(self, i: int) -> Array:
        """w of the magnet whose magnetization the interface shares (..., 3) [V]."""
        owner = self.interface_owner(i)
        return np.zeros(3) if owner is None else self.pumping(self.layers[owner].name)


def _side(given: Interface | None, lower: Layer, upper: Layer) -> int | None:
    """Which side the interface's magnet is on: as the law says, else where the stack has one."""
    side = getattr(given, "ferromagnet", None)
    if side in ("above", "below"):
        return ABOVE if side == "above" else BELOW
    if lower.material.magnetic != upper.material.magnetic:
        return ABOVE if upper.material.magnetic else BELOW
    return None


def _check_names(stack: Stack) -> list[str]:
    names = [layer.name for layer in stack.layers]
    if not names:
        return ["layers: the stack is empty, allowed: at least one layer"]
    faults = [
        f"layers.{n}.name: given {names.count(n)} times, allowed: each name once"
        for n in dict.fromkeys(names)
        if names.count(n) > 1
    ]
    joints = [f"{a}|{b}" for a, b in pairwise(names)]
    for name in stack.interfaces:
        if name not in joints:
            faults.append(f"interfaces.{name}: joins no neighbours, {did_you_mean(name, joints)}")
    known: dict[str, Material] = {}
    for layer in stack.layers:
        other = known.setdefault(layer.material.name, layer.material)
        if other is not layer.material:
            faults.append(
                f"layers.{layer.name}.material: a second material named {other.name!r}, allowed: one of a name"
            )
    return faults


def _check_kinds(stack: Stack) -> list[str]:
    """Interfaces are laws, ends are boundaries: what else a Python program may give has no meaning here."""
    faults = [
        f"interfaces.{name}: got {law!r}, allowed: a law, such as femsot.ohmic(charge=1e15)"
        for name, law in stack.interfaces.items()
        if not callable(getattr(law, "law", None))
    ]
    ends = {"bottom": stack.bottom, "top": stack.top}
    return faults + [
        f"boundaries.{name}: got {end!r}, allowed: a Contact, Reservoir, Injection or Surface"
        for name, end in ends.items()
        if end is not None and not isinstance(end, get_args(Boundary))
    ]


def _check_sphere(stack: Stack) -> list[str]:
    checks = Checks("stack")
    checks.positive(fermi_wavevector=stack.fermi_wavevector)
    return checks.faults


def _check_drive(stack: Stack) -> list[str]:
    checks = Checks("drive")
    checks.finite(electric_field=stack.electric_field)
    given = np.asarray(stack.electric_field)
    if given.shape[-1:] != (3,):
        checks.fail("electric_field", f"got {stack.electric_field!r}, allowed: three numbers, x y z")
    elif np.any(given[..., 2] != 0):
        checks.fail(
            "electric_field", f"got E_z = {np.max(np.abs(given[..., 2])):g} V/m, allowed: 0; drive along z by contacts"
        )
    magnets = [layer.name for layer in stack.layers if layer.material.magnetic]
    for name, rate in stack.magnetization_rate.items():
        if name not in magnets:
            checks.fail(f"magnetization_rate.{name}", f"no magnet of that name, {did_you_mean(name, magnets)}")
        elif _silent(stack, name):
            checks.fail(
                f"magnetization_rate.{name}",
                f"interface {_silent(stack, name)} does not pump, allowed: no rate beside it",
            )
        elif np.shape(rate)[-1:] != (3,) or not np.all(np.isfinite(np.asarray(rate, dtype=float))):
            checks.fail(f"magnetization_rate.{name}", f"got {rate!r}, allowed: three finite numbers")
    return checks.faults


def _silent(stack: Stack, layer: str) -> str | None:
    """The interface of a magnet whose law has no pumping."""
    i = stack.index(layer)
    beside = [stack.interface_name(j) for j in (i - 1, i) if 0 <= j < len(stack.layers) - 1]
    return next((name for name in beside if not getattr(stack.interfaces.get(name), "pumps", True)), None)


def _check_channels(stack: Stack) -> list[str]:
    metals = [layer.material for layer in stack.layers if layer.material.metallic]
    if stack.layers and not metals:
        return ["layers: only insulators, allowed: at least one metal"]
    if not stack.orbital:
        return _orbital_elsewhere(stack)
    without = sorted({m.name for m in metals if not m.orbital})
    carrying = sorted({m.name for m in metals if m.orbital})
    return [
        f"materials.{name}.orbital_conductivity: missing, required since {', '.join(carrying)} "
        f"{'has' if len(carrying) == 1 else 'have'} orbital parameters; give orbital_conductivity and "
        "orbital_diffusion_length here too, or leave out every orbital_* field"
        for name in without
    ]


def _orbital_elsewhere(stack: Stack) -> list[str]:
    """Orbital numbers of interfaces and ends, in a stack whose materials have no orbital channel."""
    why = "but no material has orbital_conductivity: no orbital channel is solved, allowed: leave it out"
    names = ("orbital", "orbit_to_spin", "spin_to_orbit")
    faults = [
        f"interfaces.{name}.{field}: given, {why}"
        for name, record in stack.interfaces.items()
        for field in names
        if getattr(record, field, None) is not None and np.any(getattr(record, field))
    ]
    ends = {"bottom": stack.bottom, "top": stack.top}
    return faults + [
        f"boundaries.{name}.orbital_current: given, {why}"
        for name, end in ends.items()
        if isinstance(end, Injection) and np.any(end.orbital_current)
    ]


def _check_ends(stack: Stack) -> list[str]:
    faults = []
    ends = {"bottom": stack.bottom, "top": stack.top}
    for name, layer in (("bottom", stack.layers[:1]), ("top", stack.layers[-1:])):
        if ends[name] is not None and layer and not layer[0].material.metallic:
            faults.append(f"boundaries.{name}: the outermost layer {layer[0].name!r} is an insulator, allowed: a metal")
    currents = {
        k: v.current_density for k, v in ends.items() if isinstance(v, Contact) and v.current_density is not None
    }
    contacts = [k for k, v in ends.items() if isinstance(v, Contact)]
    blocked = any(not layer.material.metallic for layer in stack.layers)
    for name, value in currents.items():
        if np.any(value) and (len(contacts) < 2 or blocked):
            why = "an insulator blocks it" if blocked else "there is no other contact to take it"
            faults.append(
                f"boundaries.{name}.current_density: {np.max(np.abs(value)):g} A/m^2 has nowhere to go: {why}"
            )
    if len(currents) == 2 and np.any(np.asarray(currents["bottom"]) != currents["top"]):
        faults.append(
            "boundaries.top.current_density: differs from the bottom's, allowed: the same along +z, or a voltage"
        )
    return faults


def _check_law(stack: Stack, i: int) -> None:
    """A law has the magnetization and the side it needs, conserves charge, creates no power."""
    name = stack.interface_name(i)
    given, pair = stack.interfaces.get(name), stack.layers[i : i + 2]
    checks = Checks(f"interfaces.{name}")
    if given is not None and given.needs_magnetization:
        both = all(layer.material.magnetic for layer in pair)
        side = _side(given, *pair)
        if getattr(given, "magnetization", None) is None and (
            (both and side is None) or stack.interface_magnetization(i) is None
        ):
            where = "both neighbours are magnets" if both else "neither neighbour is a magnet"
            checks.fail("magnetization", f"missing, required since {where}: three numbers")
        if getattr(given, "needs_side", False) and side is None:
            checks.fail("ferromagnet", 'missing, allowed: "above" or "below", the side whose magnetization absorbs')
    checks.done()
    law = stack._law(i)
    insulators = [not layer.material.metallic for layer in pair]
    if law is None:
        if any(insulators):
            checks.fail("law", "transparent beside an insulator, allowed: insulating, mixing or matrix")
    else:
        law.check(f"interfaces.{name}")
        metal = 1 if insulators[0] else 0
        charged = np.any(law.conductance[..., metal, PHI, :, :]) or np.any(law.field[..., metal, PHI, :])
        crossing = [f for f in ("transmitted", "ferromagnet_side_mixing") if np.any(getattr(given, f, 0.0))]
        if any(insulators) and crossing:
            checks.fail(crossing[0], "given beside an insulator, which has no potentials, allowed: leave it out")
        if any(insulators) and charged:
            checks.fail("", "carries charge into an insulator, allowed: no charge conductance (up = down = 0)")
    checks.done()


def _check_current(stack: Stack) -> list[str]:
    """An imposed current must find a way through."""
    barred = [
        stack.interface_name(i) for i, law in enumerate(stack.laws) if law is not None and np.any(law.blocks_charge)
    ]
    ends = {"bottom": stack.bottom, "top": stack.top}
    return [
        f"boundaries.{name}.current_density: {np.max(np.abs(end.current_density)):g} A/m^2 has nowhere to go: "
        f"interface {barred[0]} passes no charge"
        for name, end in ends.items()
        if barred and isinstance(end, Contact) and end.current_density is not None and np.any(end.current_density)
    ]


__all__ = ["BOUNDARIES", "Boundary", "Contact", "Injection", "Layer", "Reservoir", "Stack", "Surface"]
