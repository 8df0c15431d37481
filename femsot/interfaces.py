"""Laws of an interface: the affine two-sided map from potentials to currents (docs/physics.md section 3).

    J^s = sum_t G[s, t] mu^t + S[s] E + W[s] w        s, t = 0 (-, below), 1 (+, above); J along the normal - to +

Each law is a frozen record of the user's numbers; `law(...)` turns it into the `InterfaceLaw` that solvers see.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import Annotated, Any, Literal

import numpy as np

from .channels import ORBITAL, PHI, SPIN, cross_matrix
from .checks import Array, Checks, Conductance, InputError, Number, ResistanceArea
from .jump import InterfaceLaw

#: a scalar (...,) or a 3 x 3 tensor (..., 3, 3) [S/m^2]
Tensor = Annotated[Any, "S/m^2", "tensor"]
#: a complex number, in a file the pair (real, imaginary)
ComplexConductance = Annotated[Any, "S/m^2", "complex"]
ComplexNumber = Annotated[Any, "", "complex"]
Direction = Annotated[Any, "", "vector"]
Side = Literal["above", "below"]
ABOVE, BELOW = 1, 0


def _empty(*shapes: tuple[int, ...]) -> dict[str, Array]:
    """Zero arrays of a law on the broadcast batch `shapes`."""
    batch = np.broadcast_shapes(*shapes)
    sizes = {
        "conductance": (2, 7, 2, 7),
        "field": (2, 7, 2),
        "pumping": (2, 7, 3),
        "torque_mu": (3, 2, 7),
        "torque_field": (3, 2),
        "torque_pumping": (3, 3),
    }
    return {name: np.zeros(batch + size) for name, size in sizes.items()}


def _tensor(value: Any) -> Array:
    """A scalar (...,) times the unit matrix, or the (..., 3, 3) tensor itself."""
    array = np.asarray(value, dtype=float)
    return array if array.shape[-2:] == (3, 3) else array[..., None, None] * np.eye(3)


def _batch(*values: Any) -> list[tuple[int, ...]]:
    return [np.shape(value) for value in values]


def _complex_axial(value: Any, m: Array) -> Array:
    """Re v (1 - m m) + Im v K, (..., 3, 3)."""
    v = np.asarray(value)[..., None, None]
    return v.real * (np.eye(3) - m[..., :, None] * m[..., None, :]) + v.imag * cross_matrix(m)


def _series(block: Array) -> Array:
    """Blocks [[g, -g], [g, -g]] of a law that is continuous in every current; block (..., 7, 7)."""
    sides = np.array([[1.0, -1.0], [1.0, -1.0]])
    return block[..., None, :, None, :] * sides[:, None, :, None]


def _mirror(law: InterfaceLaw) -> InterfaceLaw:
    """The same interface seen with its sides exchanged: the normal, hence every current, changes sign."""
    return InterfaceLaw(
        conductance=-law.conductance[..., ::-1, :, ::-1, :],
        field=-law.field[..., ::-1, :, :],
        pumping=-law.pumping[..., ::-1, :, :],
        torque_mu=law.torque_mu[..., ::-1, :],
        torque_field=law.torque_field,
        torque_pumping=law.torque_pumping,
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class Transparent:
    """Potentials and currents continuous: one set of unknowns shared by both sides."""

    needs_magnetization = False

    def law(self, *, m: Array | None = None, ferromagnet: int | None = None) -> None:
        """None: no jump."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Insulating:
    """No current crosses."""

    needs_magnetization = False

    def law(self, *, m: Array | None = None, ferromagnet: int | None = None) -> InterfaceLaw:
        return InterfaceLaw(**_empty(()))


@dataclass(frozen=True, eq=False, kw_only=True)
class Ohmic:
    """Generalised Ohm's law, every current continuous (Ning24 Eqs. 8-9)."""

    charge: Conductance  #: Gc
    polarization: Number = 0.0  #: P, couples charge and the spin component along m
    spin: Tensor | None = None  #: Gs, default Gc
    orbital: Tensor | None = None  #: Go, default Gs
    orbit_to_spin: Tensor = 0.0  #: Gos
    spin_to_orbit: Tensor | None = None  #: Gso, default Gos^T (Onsager)
    magnetization: Direction | None = None  #: default: the adjacent ferromagnet's

    def __post_init__(self) -> None:
        checks = Checks("interfaces.ohmic")
        checks.nonnegative(charge=self.charge)
        checks.fraction(polarization=self.polarization)
        names = ("spin", "orbital", "orbit_to_spin", "spin_to_orbit")
        checks.finite(**{name: getattr(self, name) for name in names})
        checks.done()

    @property
    def needs_magnetization(self) -> bool:
        return bool(np.any(self.polarization))

    def law(self, *, m: Array | None = None, ferromagnet: int | None = None) -> InterfaceLaw:
        m = np.array([0.0, 0.0, 1.0]) if m is None else m
        gs = _tensor(self.charge if self.spin is None else self.spin)
        go = gs if self.orbital is None else _tensor(self.orbital)
        gos = _tensor(self.orbit_to_spin)
        gso = np.swapaxes(gos, -1, -2) if self.spin_to_orbit is None else _tensor(self.spin_to_orbit)
        pg = (np.asarray(self.polarization) * self.charge)[..., None] * m
        shapes = _batch(self.charge, pg[..., 0], gs[..., 0, 0], go[..., 0, 0], gos[..., 0, 0], gso[..., 0, 0])
        block = np.zeros(np.broadcast_shapes(*shapes) + (7, 7))
        block[..., PHI, PHI] = self.charge
        block[..., PHI, SPIN] = block[..., SPIN, PHI] = -pg
        block[..., SPIN, SPIN], block[..., ORBITAL, ORBITAL] = gs, go
        block[..., SPIN, ORBITAL], block[..., ORBITAL, SPIN] = gos, gso
        return InterfaceLaw(**_empty(block.shape[:-2]) | {"conductance": _series(block)})


@dataclass(frozen=True, eq=False, kw_only=True)
class Mixing:
    """Circuit theory: transverse spin is absorbed (Brataas et al., Phys. Rep. 427, 157); 2 G_mix throughout."""

    up: Conductance = 0.0  #: Gup
    down: Conductance = 0.0  #: Gdn
    mixing: ComplexConductance = 0.0  #: Gr + i Gi = 2 G_mix
    transmitted: ComplexConductance = 0.0  #: Tr + i Ti
    ferromagnet_side_mixing: ComplexConductance = 0.0  #: Gr' + i Gi', seen from the ferromagnet
    orbital: Conductance = 0.0  #: Go
    orbit_to_spin: Conductance = 0.0  #: Gos
    spin_to_orbit: Conductance | None = None  #: Gso, default Gos (Onsager)
    magnetization: Direction | None = None  #: default: the adjacent ferromagnet's
    ferromagnet: Side | None = None  #: which side it is on; default: as the stack has it

    needs_magnetization = True

    def __post_init__(self) -> None:
        checks = Checks("interfaces.mixing")
        checks.nonnegative(up=self.up, down=self.down, orbital=self.orbital)
        names = ("mixing", "transmitted", "ferromagnet_side_mixing", "orbit_to_spin", "spin_to_orbit")
        checks.finite(**{name: getattr(self, name) for name in names})
        checks.done()

    def law(self, *, m: Array | None = None, ferromagnet: int | None = ABOVE) -> InterfaceLaw:
        assert m is not None
        gos = np.asarray(self.orbit_to_spin, dtype=float)
        gso = gos if self.spin_to_orbit is None else np.asarray(self.spin_to_orbit, dtype=float)
        total = np.asarray(self.up, dtype=float) + self.down
        spins = (self.mixing, self.transmitted, self.ferromagnet_side_mixing)
        arrays = _empty(*_batch(total, self.orbital, gos, gso, *spins), m.shape[:-1])
        g, mm, eye = arrays["conductance"], m[..., :, None] * m[..., None, :], np.eye(3)
        difference = (np.asarray(self.up, dtype=float) - self.down)[..., None] * m
        block = np.zeros(g.shape[:-4] + (7, 7))
        block[..., PHI, PHI] = total
        block[..., PHI, SPIN] = block[..., SPIN, PHI] = -difference
        block[..., SPIN, SPIN] = total[..., None, None] * mm
        block[..., ORBITAL, ORBITAL] = np.asarray(self.orbital)[..., None, None] * eye
        g += _series(block)
        a, t, b = (_complex_axial(value, m) for value in spins)
        for side, sign, absorbed in ((0, 1.0, a), (1, -1.0, b)):
            g[..., side, SPIN, side, SPIN] += sign * absorbed
            g[..., side, SPIN, 1 - side, SPIN] -= sign * t
            g[..., side, ORBITAL, 0, SPIN] += gso[..., None, None] * eye
            g[..., side, ORBITAL, 1, SPIN] -= gso[..., None, None] * mm
            arrays["pumping"][..., side, ORBITAL, :] = gso[..., None, None] * eye
        for side, converted in ((0, gos[..., None, None] * eye), (1, gos[..., None, None] * mm)):
            g[..., side, SPIN, 0, ORBITAL] += converted
            g[..., side, SPIN, 1, ORBITAL] -= converted
        arrays["pumping"][..., 0, SPIN, :] = a - t
        arrays["pumping"][..., 1, SPIN, :] = t - b
        law = InterfaceLaw(**arrays | _absorbed(arrays, np.eye(3) - mm))
        return law if ferromagnet != BELOW else _mirror(law)


def _absorbed(arrays: dict[str, Array], onto: Array) -> dict[str, Array]:
    """Torque maps of a law whose magnetization takes `onto` (..., 3, 3) of the spin current that is lost."""
    lost = arrays["conductance"][..., 0, SPIN, :, :] - arrays["conductance"][..., 1, SPIN, :, :]
    pumped = arrays["pumping"][..., 0, SPIN, :] - arrays["pumping"][..., 1, SPIN, :]
    return {
        "torque_mu": np.einsum("...ij,...jtb->...itb", onto, lost),
        "torque_pumping": onto @ pumped,
    }


@dataclass(frozen=True, eq=False, kw_only=True)
class MemoryLoss:
    """Spin memory loss: the exact map of a vanishing real layer (Fert-Lee; Bass-Pratt's delta)."""

    resistance_area: ResistanceArea  #: AR*
    asymmetry: Number = 0.0  #: gamma
    delta: Number = 0.0  #: delta = d/lambda_sf of the layer; loss probability 1 - exp(-delta)
    transverse: Conductance | None = None  #: G_perp, default 1/[AR* (1 - gamma^2)]
    transverse_delta: ComplexNumber | None = None  #: delta', precession in its imaginary part; default delta
    orbital: Conductance = 0.0  #: Go
    orbital_delta: Number = 0.0  #: delta_o
    magnetization: Direction | None = None  #: default: the adjacent ferromagnet's

    def __post_init__(self) -> None:
        checks = Checks("interfaces.memory_loss")
        checks.positive(resistance_area=self.resistance_area)
        checks.fraction(asymmetry=self.asymmetry)
        checks.nonnegative(delta=self.delta, orbital_delta=self.orbital_delta, orbital=self.orbital)
        checks.nonnegative(transverse=self.transverse, transverse_delta=self.transverse_delta)
        checks.done()

    @property
    def needs_magnetization(self) -> bool:
        return bool(np.any(self.asymmetry)) or self.transverse is not None or self.transverse_delta is not None

    def law(self, *, m: Array | None = None, ferromagnet: int | None = None) -> InterfaceLaw:
        m = np.array([0.0, 0.0, 1.0]) if m is None else m
        ar, gamma = np.asarray(self.resistance_area, dtype=float), np.asarray(self.asymmetry, dtype=float)
        g0 = 1 / (ar * (1 - gamma**2))
        g_perp = g0 if self.transverse is None else np.asarray(self.transverse, dtype=float)
        delta_t = self.delta if self.transverse_delta is None else self.transverse_delta
        shapes = _batch(g0, g_perp, self.delta, delta_t, self.orbital, self.orbital_delta)
        arrays = _empty(*shapes, m.shape[:-1])
        g, mm = arrays["conductance"], m[..., :, None] * m[..., None, :]
        block = np.zeros(g.shape[:-4] + (7, 7))
        block[..., PHI, PHI] = g0
        block[..., PHI, SPIN] = block[..., SPIN, PHI] = -(gamma * g0)[..., None] * m
        block[..., SPIN, SPIN] = (gamma**2 * g0)[..., None, None] * mm
        g += _series(block)
        along = [x / ar for x in _slab(self.delta)]
        across = [x * g_perp for x in _slab(delta_t)]
        orbit = [x * np.asarray(self.orbital) for x in _slab(self.orbital_delta)]
        for out in (0, 1):
            for into in (0, 1):
                which, sign = int(out != into), 1.0 if into == 0 else -1.0
                spin = along[which][..., None, None] * mm + _complex_axial(across[which], m)
                g[..., out, SPIN, into, SPIN] += sign * spin
                g[..., out, ORBITAL, into, ORBITAL] += sign * orbit[which][..., None, None] * np.eye(3)
        return InterfaceLaw(**arrays | self._torques(arrays, m, (delta_t, g_perp, across[0] - across[1])))

    def _torques(self, arrays: dict[str, Array], m: Array, slab: tuple[Any, ...]) -> dict[str, Array]:
        """The share 1 - (delta/delta')^2 of the transverse loss is exchange, as in a real layer with one lambda_sf."""
        delta_t, g_perp, leak = slab
        square = np.square(np.asarray(delta_t, dtype=complex))
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(square == 0, 0.0, 1 - np.square(np.asarray(self.delta, dtype=float)) / square)
        onto, pumped = _complex_axial(share, m), _complex_axial(leak * share, m)
        arrays["pumping"][..., 0, SPIN, :] = pumped
        arrays["pumping"][..., 1, SPIN, :] = -pumped
        maps = _absorbed(arrays, onto)
        maps["torque_pumping"] = maps["torque_pumping"] + _complex_axial(g_perp * square * share * (1 - share), m)
        return maps


def _slab(delta: Any) -> tuple[Array, Array]:
    """(delta coth delta, delta/sinh delta) of a real or complex delta >= 0, without growing exponentials."""
    x = np.asarray(delta)
    small = np.abs(x) < 1e-4
    y = np.where(small, 1.0, x)
    decay = np.exp(-y)
    denominator = -np.expm1(-2 * y)
    own = np.where(small, 1 + x * x / 3, y * (1 + decay**2) / denominator)
    other = np.where(small, 1 - x * x / 6, 2 * y * decay / denominator)
    return own, other


@dataclass(frozen=True, eq=False, kw_only=True)
class Matrix:
    """A user's own two-sided map, measured or computed elsewhere."""

    G: Any  #: (2, k, 2, k) or (2k, 2k), rows J^-, J^+ and columns mu^-, mu^+; k = 7, or 4 without orbital [S/m^2]
    j_E: Any = None  #: (2, k, 2) or (2k, 2), current of each side per in-plane field component [S/m]
    torque_mu: Any = None  #: (3, 2, k), torque on the magnetization; default none: the lattice takes all [S/m^2]
    torque_field: Any = None  #: (3, 2) [S/m]
    magnetization: Direction | None = None
    source: str = field(default="matrix", kw_only=True)  #: named in messages

    needs_magnetization = False

    def __post_init__(self) -> None:
        self.law().check(f"interfaces.matrix ({self.source})")

    def law(self, *, m: Array | None = None, ferromagnet: int | None = None) -> InterfaceLaw:
        arrays, given = _empty(()), np.asarray(self.G, dtype=float)
        k = round(np.sqrt(given.size) / 2)
        if not np.all(np.isfinite(given)):
            raise InputError(f"interfaces.matrix ({self.source}).G: not all of its numbers are finite")
        if k not in (4, 7) or given.shape not in ((2, k, 2, k), (2 * k, 2 * k)):
            raise InputError(
                f"interfaces.matrix ({self.source}).G: got shape {given.shape}, allowed: (2, k, 2, k) or (2k, 2k) "
                "with k = 7 components, or 4 without orbital ones"
            )
        arrays["conductance"][:, :k, :, :k] = given.reshape(2, k, 2, k)
        parts = {
            "j_E": ("field", (2, k, 2)),
            "torque_mu": ("torque_mu", (3, 2, k)),
            "torque_field": ("torque_field", (3, 2)),
        }
        for name, (target, shape) in parts.items():
            value = getattr(self, name)
            if value is None:
                continue
            if np.size(value) != np.prod(shape) or not np.all(np.isfinite(value)):
                raise InputError(
                    f"interfaces.matrix ({self.source}).{name}: got shape {np.shape(value)}, allowed: {shape}, finite"
                )
            index = (slice(None), slice(k)) if name == "j_E" else (..., slice(k)) if name == "torque_mu" else ...
            arrays[target][index] = np.reshape(value, shape)
        return InterfaceLaw(**arrays)


Interface = Any  # a record with `needs_magnetization` and `law(m=, ferromagnet=)`: one of these, or a plugin's
LAWS: dict[str, Callable[..., Interface]] = {
    "transparent": Transparent,
    "ohmic": Ohmic,
    "mixing": Mixing,
    "memory_loss": MemoryLoss,
    "insulating": Insulating,
    "matrix": Matrix,
}
transparent, ohmic, mixing, memory_loss = Transparent, Ohmic, Mixing, MemoryLoss
insulating, matrix = Insulating, Matrix


def laws() -> dict[str, Callable[..., Interface]]:
    """Every law by the name a file gives it: ours and those of the entry-point group `femsot.interfaces`."""
    return LAWS | {point.name: point.load() for point in entry_points(group="femsot.interfaces")}
