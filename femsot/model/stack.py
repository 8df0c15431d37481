"""A one-dimensional multilayer as the user means it: layers from -z to +z, interfaces, ends, drives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Any, Literal, get_args

import numpy as np

from femsot.base.components import identity
from femsot.base.constants import e, hbar
from femsot.base.errors import Checks, Fault, InputError, did_you_mean, renaming
from femsot.base.quantities import Array, Current, Direction, FieldVector, Length, PlaneCurrent, RateVector, Vector
from femsot.interfaces import Insulating, InterfaceMap, Law, Transparent, check_laws
from femsot.materials.records import Material, NormalMetal
from femsot.materials.tensors import Z_AXIS, Bulk, Closure, check_closure, conserves

from .boundaries import BOUNDARIES, Boundary, Contact, Injection, Reservoir, Surface
from .drive import check_drive
from .joints import joins, law_keys, names_of
from .law_check import check_law

Method = Literal["exact", "fem", "boltzmann"]
#: the laws of interfaces that are left out
_TRANSPARENT = Transparent()
_INSULATING = Insulating()


@dataclass(frozen=True, eq=False)
class Layer:
    """One homogeneous layer of a stack."""

    name: str
    material: Material
    thickness: Length  #: d
    magnetization: Direction | None = None  #: normalised; for magnets only
    neel: Direction | None = None  #: the Neel vector n, normalised; for altermagnets only

    def __post_init__(self) -> None:
        checks = Checks(f"layers.{self.name}")
        checks.positive(thickness=self.thickness)
        if "|" in self.name or not self.name:
            checks.fail("name", allowed="a name without '|'", value=repr(self.name))
        if self.magnetization is not None and not self.material.magnetic:
            checks.fail(
                "magnetization",
                f"given for {self.material.name!r}, which is no magnet",
                "a ferromagnet, or an insulator with saturation_magnetization",
            )
        elif self.magnetization is None and self.material.magnetic:
            checks.fail("magnetization", f"missing, required for the magnet {self.material.name!r}", "three numbers")
        elif self.magnetization is not None:
            object.__setattr__(self, "magnetization", checks.unit_vector("magnetization", self.magnetization))
        check_neel(checks, "neel", self.material, neel=self.neel)
        if self.neel is not None:
            object.__setattr__(self, "neel", checks.unit_vector("neel", self.neel))
        dead = 0.0 if isinstance(self.material, NormalMetal) else self.material.dead_layer
        if not checks.faults and np.any(np.greater_equal(dead, self.thickness) & np.greater(dead, 0)):
            allowed = f"more than the dead layer of {self.material.name!r}, {np.max(dead):g} m"
            checks.fail("thickness", allowed=allowed, value=f"{np.min(self.thickness):g} m")
        checks.done()

    @property
    def axis(self) -> Array:
        """The direction (..., 3) that the tensors refer to: of m, or n; z where the layer has neither."""
        direction = self.neel if self.magnetization is None else self.magnetization
        return Z_AXIS if direction is None else np.asarray(direction)

    @cached_property
    def kept(self) -> dict[Any, Any]:
        """What solvers have computed of this layer alone, so that a stack that shares it need not again."""
        return {}

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "kept"}


def check_neel(checks: Checks, field: str, material: Material, *, neel: Vector | None) -> None:
    """Add a fault where a layer or region has a Neel vector and no altermagnet, or the other way round."""
    if neel is not None and not material.altermagnetic:
        checks.fail(
            field, f"given for {material.name!r}, which is no altermagnet", 'a material of kind = "altermagnet"'
        )
    elif neel is None and material.altermagnetic:
        checks.fail(field, f"missing, required for the altermagnet {material.name!r}", "three numbers")


@dataclass(frozen=True, eq=False)
class Stack:
    """Layers from -z to +z with their interfaces, ends and drives. Checks itself whole when made."""

    layers: tuple[Layer, ...]
    interfaces: Mapping[str, Law] = field(default_factory=dict)  #: by "lower|upper" of layers, or of materials
    bottom: Boundary | None = None  #: left out: no flux
    top: Boundary | None = None
    electric_field: FieldVector = (0.0, 0.0, 0.0)  #: in-plane E [V/m]
    current_density: PlaneCurrent | None = None  #: instead of E: [jx, jy], mean over the conducting thickness
    in_layer: str | None = None  #: current_density is the mean over this layer
    current: Current | None = None  #: instead of E: in all along x, none along y; with width
    width: Length | None = None  #: of the film across current
    magnetization_rate: Mapping[str, RateVector] = field(default_factory=dict)  #: dm/dt by layer [1/s]
    closure: Closure = "conserving"
    method: Method = "exact"
    title: str = ""
    fermi_wavevector: Annotated[float | None, "1/m"] = None  #: k_F, for "boltzmann"; default: interfaces', or 16 1/nm
    spare_interfaces: Mapping[str, Law] = field(default_factory=dict)  #: of joints where a layer of no thickness goes

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", tuple(self.layers))
        check_laws({**self.spare_interfaces, **self.interfaces})
        check_closure(self.closure)
        if self.method not in get_args(Method):
            raise InputError(Fault("method", "", *did_you_mean(self.method, get_args(Method)), value=repr(self.method)))
        faults: list[Fault] = []
        for check in (_check_kinds, _check_names, _check_sphere, check_drive, _check_channels, _check_ends):
            faults += check(self)
        if faults:
            raise InputError(faults)
        for i in range(len(self.layers) - 1):
            try:
                check_law(self, i)
            except InputError as error:
                faults += error.faults
        faults = list(dict.fromkeys(faults)) or _check_current(self)
        if faults:
            raise InputError(faults)

    @cached_property
    def orbital(self) -> bool:
        """Is an orbital channel solved?"""
        return any(layer.material.orbital for layer in self.layers)

    @cached_property
    def bulks(self) -> tuple[Bulk | None, ...]:
        """The constants of every layer in the stack's closure and channels; None for an insulator."""
        return tuple(layer.material.bulk(self.closure, orbital=self.orbital) for layer in self.layers)

    @property
    def exchange_is_torque(self) -> bool:
        """Return whether the magnetization receives what exchange and dephasing take from the spins."""
        return conserves(self.closure)

    @property
    def imposes_current(self) -> bool:
        """Is the in-plane current given, and E to be solved?"""
        return self.current_density is not None or self.current is not None

    @property
    def in_plane(self) -> Array:
        """Return E along x and y (..., 2) [V/m]."""
        return np.asarray(self.electric_field, dtype=float)[..., :2]

    @cached_property
    def z(self) -> Array:
        """Positions of the layers' ends (..., layers + 1) [m], 0 at the bottom."""
        steps = np.broadcast_arrays(*[np.asarray(layer.thickness, dtype=float) for layer in self.layers])
        return np.concatenate([np.zeros(steps[0].shape + (1,)), np.cumsum(np.stack(steps, -1), -1)], -1)

    def index(self, name: str) -> int:
        """Return the position of a layer. Raise InputError if there is no such layer."""
        if name not in self._positions:
            raise InputError(Fault("layers", f"unknown layer {name!r}", *did_you_mean(name, list(self._positions))))
        return self._positions[name]

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {layer.name: i for i, layer in enumerate(self.layers)}

    def interface_name(self, i: int) -> str:
        """Return "lower|upper" of the layers at interface i."""
        return f"{self.layers[i].name}|{self.layers[i + 1].name}"

    @cached_property
    def law_names(self) -> tuple[str | None, ...]:
        """The key in `interfaces` of the law of every joint; None where it is left out."""
        return tuple(law_keys(self.layers, self.interfaces))

    @cached_property
    def laws(self) -> dict[str, Law]:
        """The laws in `interfaces` by the names of the joints, "lower|upper" of layers."""
        named = enumerate(self.law_names)
        return {self.interface_name(i): self.interfaces[key] for i, key in named if key is not None}

    @cached_property
    def maps(self) -> tuple[InterfaceMap | None, ...]:
        """The jump of every interface from -z to +z; None where potentials and currents are continuous."""
        return tuple(self.interface_map(i) for i in range(len(self.layers) - 1))

    @cached_property
    def _known_maps(self) -> dict[tuple[int, object, object], InterfaceMap | None]:
        """Those that were computed when their laws were checked, by law and the directions on both sides."""
        return {}

    def interface_map(self, i: int) -> InterfaceMap | None:
        """Return the jump of interface i; None where potentials and currents are continuous."""
        law = self.law(i)
        below, above = self._magnetizations(i)
        alike = (id(law), identity(below), identity(above))
        if alike not in self._known_maps:
            with renaming(law.path, self.law_path(i)):
                self._known_maps[alike] = law.map(below, above, law.side(below, above))
        return self._known_maps[alike]

    def law(self, i: int) -> Law:
        """Return the law of interface i; left out, transparent between metals and insulating beside an insulator."""
        key = self.law_names[i]
        if key is not None:
            return self.interfaces[key]
        metals = self.layers[i].material.metallic and self.layers[i + 1].material.metallic
        return _TRANSPARENT if metals else _INSULATING

    def law_path(self, i: int) -> str:
        """Return where the user has the law of interface i: "interfaces.Co|Cu"."""
        return f"interfaces.{self.law_names[i] or self.interface_name(i)}"

    def _magnetizations(self, i: int) -> tuple[Array | None, Array | None]:
        """m (..., 3) of the layers below and above interface i; None: no magnet."""
        below, above = (layer.magnetization for layer in self.layers[i : i + 2])
        return None if below is None else np.asarray(below), None if above is None else np.asarray(above)

    def interface_magnetization(self, i: int) -> Array | None:
        """Return the interface's own direction (..., 3), or the adjacent magnet's; None between non-magnets."""
        return self.law(i).direction(*self._magnetizations(i))

    def pumping(self, layer: str) -> Array:
        """Return w = (hbar/2e) m x dm/dt (..., 3) [V] of one layer."""
        m = self.layers[self.index(layer)].magnetization
        rate = self.magnetization_rate.get(layer)
        return np.zeros(3) if rate is None or m is None else hbar / (2 * e) * np.cross(m, np.asarray(rate, dtype=float))

    def interface_owner(self, i: int) -> int | None:
        """Return the layer whose magnetization interface i shares; None between non-magnets or two equal claims."""
        magnets = [j for j in (i, i + 1) if self.layers[j].magnetization is not None]
        if len(magnets) < 2:
            return magnets[0] if magnets else None
        side = self.law(i).side(*self._magnetizations(i))
        return None if side is None else magnets[side]

    def interface_pumping(self, i: int) -> Array:
        """Return w of the magnet whose magnetization interface i shares (..., 3) [V]."""
        owner = self.interface_owner(i)
        return np.zeros(3) if owner is None else self.pumping(self.layers[owner].name)


def _check_names(stack: Stack) -> list[Fault]:
    names = [layer.name for layer in stack.layers]
    if not names:
        return [Fault("layers", "the stack is empty", "at least one layer")]
    repeated = [n for n, times in Counter(names).items() if times > 1]
    faults = [Fault(f"layers.{n}.name", f"given {names.count(n)} times", "each name once") for n in repeated]
    joints = dict.fromkeys(name for pair in pairwise(stack.layers) for name in names_of(*pair))
    for name in stack.interfaces:
        if name not in joints:
            faults.append(Fault(f"interfaces.{name}", "joins no neighbours", *did_you_mean(name, list(joints))))
    for name in stack.spare_interfaces:
        if not joins(stack.layers, name, names):
            faults.append(Fault(f"spare_interfaces.{name}", "joins no two layers", "lower|upper"))
    known: dict[str, Material] = {}
    for layer in stack.layers:
        namesake = known.setdefault(layer.material.name, layer.material)
        if namesake is not layer.material:
            faults.append(
                Fault(f"layers.{layer.name}.material", f"a second material named {namesake.name!r}", "one of a name")
            )
    return faults


def _check_kinds(stack: Stack) -> list[Fault]:
    """Ends are boundaries: what else a Python program may give has no meaning here."""
    ends = {"bottom": stack.bottom, "top": stack.top}
    return [
        Fault(f"boundaries.{name}", allowed="a Contact, Reservoir, Injection or Surface", value=repr(end))
        for name, end in ends.items()
        if end is not None and not isinstance(end, get_args(Boundary))
    ]


def _check_sphere(stack: Stack) -> list[Fault]:
    checks = Checks("stack")
    checks.positive(fermi_wavevector=stack.fermi_wavevector)
    return checks.faults


def _check_channels(stack: Stack) -> list[Fault]:
    metals = [layer.material for layer in stack.layers if layer.material.metallic]
    if stack.layers and not metals:
        return [Fault("layers", "only insulators", "at least one metal")]
    if not stack.orbital:
        return _orbital_elsewhere(stack)
    without = sorted({m.name for m in metals if not m.orbital})
    carrying = sorted({m.name for m in metals if m.orbital})
    return [
        Fault(
            f"materials.{name}.orbital_conductivity",
            f"missing, required since {', '.join(carrying)} {'has' if len(carrying) == 1 else 'have'} "
            "orbital parameters",
            hint="give orbital_conductivity and orbital_diffusion_length here too, or leave out every orbital_* field",
        )
        for name in without
    ]


def _orbital_elsewhere(stack: Stack) -> list[Fault]:
    """Orbital numbers of interfaces and ends, in a stack whose materials have no orbital channel."""
    problem = "given, but no material has orbital_conductivity: no orbital channel is solved"
    faults = [
        Fault(f"interfaces.{name}.{field}", problem, "leave it out")
        for name, law in stack.interfaces.items()
        for field in law.nonzero(law.orbital_fields)
    ]
    ends = {"bottom": stack.bottom, "top": stack.top}
    return faults + [
        Fault(f"boundaries.{name}.orbital_current", problem, "leave it out")
        for name, end in ends.items()
        if isinstance(end, Injection) and np.any(end.orbital_current)
    ]


def _check_ends(stack: Stack) -> list[Fault]:
    faults = []
    ends = {"bottom": stack.bottom, "top": stack.top}
    for name, layer in (("bottom", stack.layers[:1]), ("top", stack.layers[-1:])):
        if ends[name] is not None and layer and not layer[0].material.metallic:
            faults.append(
                Fault(f"boundaries.{name}", f"the outermost layer {layer[0].name!r} is an insulator", "a metal")
            )
    currents = {
        k: v.current_density for k, v in ends.items() if isinstance(v, Contact) and v.current_density is not None
    }
    contacts = [k for k, v in ends.items() if isinstance(v, Contact)]
    blocked = any(not layer.material.metallic for layer in stack.layers)
    for name, value in currents.items():
        if np.any(value) and (len(contacts) < 2 or blocked):
            why = "an insulator blocks it" if blocked else "there is no other contact to take it"
            faults.append(
                Fault(f"boundaries.{name}.current_density", f"{np.max(np.abs(value)):g} A/m^2 has nowhere to go: {why}")
            )
    if len(currents) == 2 and np.any(np.asarray(currents["bottom"]) != currents["top"]):
        faults.append(
            Fault("boundaries.top.current_density", "differs from the bottom's", "the same along +z, or a voltage")
        )
    return faults


def _check_current(stack: Stack) -> list[Fault]:
    """An imposed current must find a way through."""
    barred = [
        stack.interface_name(i)
        for i, through in enumerate(stack.maps)
        if through is not None and np.any(through.blocks_charge)
    ]
    ends = {"bottom": stack.bottom, "top": stack.top}
    return [
        Fault(
            f"boundaries.{name}.current_density",
            f"{np.max(np.abs(end.current_density)):g} A/m^2 has nowhere to go: interface {barred[0]} passes no charge",
        )
        for name, end in ends.items()
        if barred and isinstance(end, Contact) and end.current_density is not None and np.any(end.current_density)
    ]


__all__ = ["BOUNDARIES", "Boundary", "Contact", "Injection", "Layer", "Reservoir", "Stack", "Surface"]
