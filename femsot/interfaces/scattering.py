"""An interface as its Hamiltonian: the law that scattering theory makes of it (docs/physics.md section 3)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from femsot.base.components import ORBITAL, PHI
from femsot.base.constants import e, hbar
from femsot.base.errors import Caution, Fault, InputError, renaming
from femsot.base.quantities import Array, Conductance, Direction
from femsot.materials.tensors import Bulk
from femsot.scattering.hamiltonian import NUMBERS, Ferromagnet, Hamiltonian
from femsot.scattering.tensors import Tensors, load, tensors

from .law import ABOVE, BELOW, InterfaceMap, Law, law
from .parts import empty, series

_ROUNDING = 1e-15  #: of currents that both come in and go out at an opaque interface, (e^2/hbar) kF^2


@law("scattering")
@dataclass(frozen=True, eq=False, kw_only=True)
class Scattering(Hamiltonian, Law):
    """Generalised circuit theory: barrier, exchange and spin-orbit coupling of the interface (Amin16, Amin20).

    Its in-plane-field sources and torques come with it. Every number may be an array: a batch. Precession of its
    magnetization does not pump: a magnet beside it may not have a magnetization rate.
    """

    magnetization: Direction | None = None  #: default: the adjacent ferromagnet's
    ferromagnet: Ferromagnet | None = None  # type: ignore[assignment]  #: default: as the stack has it
    orbital: Conductance = 0.0  #: Go
    tensors: Any = None  #: those of `femsot.scattering`, instead of everything else

    pumps = False
    orbital_fields = ("orbital",)
    reads_file = True

    def __post_init__(self) -> None:
        checks = self.checks()
        checks.nonnegative(orbital=self.orbital)
        if isinstance(self.relaxation_time, np.ndarray) and self.relaxation_time.shape != (2,):
            checks.fail(
                "relaxation_time",
                allowed="(below, above), each a time or the tuple (majority, minority)",
                hint="no batch, which nothing tells from pairs: solve point by point",
                value=f"an array of shape {self.relaxation_time.shape}",
            )
        checks.done()
        if self.tensors is None:
            self._check_points()
        elif isinstance(self.tensors, Tensors):
            numbers = {f.name: f.default for f in fields(Hamiltonian) if f.name not in ("magnetization", "ferromagnet")}
            beside = [name for name, default in numbers.items() if not _equal(vars(self)[name], default)]
            if beside:
                raise InputError(Fault(f"{self.path}.{beside[0]}", "given beside ready tensors", "one of the two"))
        else:
            raise InputError(
                Fault(f"{self.path}.tensors", allowed="femsot.scattering Tensors", value=type(self.tensors).__name__)
            )

    @classmethod
    def read_file(cls, path: Path) -> dict[str, object]:
        """Return the tensors of a .npz file."""
        return {"tensors": load(path)}

    @classmethod
    def from_tensors(cls, tensors: Tensors, *, orbital: Conductance = 0.0) -> Scattering:
        """Return the law of tensors that were computed before or come from elsewhere.

        Parameters
        ----------
        tensors : of `femsot.scattering.tensors` or `from_amplitudes`; of one direction of m.
        orbital : Go [S/m^2].
        """
        return cls(tensors=tensors, orbital=orbital)

    def _check_points(self) -> None:
        """Every point is a Hamiltonian, on the given side or on one of those that a stack may have."""
        orders = (self.ferromagnet,) if self.ferromagnet else ("both", "above", "below")
        for values in self._points(self._shape):
            faults: list[tuple[Fault, ...]] = []
            for side in orders:
                try:
                    with renaming("interface", self.path):
                        Hamiltonian(**values | {"magnetization": (0.0, 0.0, 1.0), "ferromagnet": side})
                    break
                except InputError as error:
                    faults.append(error.faults)
            else:
                raise InputError([x for x in faults[0] if all(x in point for point in faults)] or faults[0])

    @cached_property
    def _arrays(self) -> dict[str, Array]:
        """Its numbers that are a batch (...,); lengths of both sides (..., 2)."""
        axes = {"spin_diffusion_length": 1} | dict.fromkeys(NUMBERS, 0)
        arrays = {name: np.asarray(vars(self)[name]) for name in axes}
        return {name: array for name, array in arrays.items() if array.ndim > axes[name]}

    @cached_property
    def _shape(self) -> tuple[int, ...]:
        """Of the batch of its own numbers."""
        shapes = [x.shape[: x.ndim - (name not in NUMBERS)] for name, x in self._arrays.items()]
        try:
            return np.broadcast_shapes(*shapes)
        except ValueError:
            raise InputError(
                Fault(
                    self.path,
                    f"arrays of {', '.join(self._arrays)} of shapes {shapes} do not broadcast with each other",
                    "a batch of one shape",
                )
            ) from None

    def _points(self, batch: tuple[int, ...]) -> Iterator[dict[str, Any]]:
        """The fields of a Hamiltonian at every point of a batch, its own or a larger one."""
        numbers = {f.name: vars(self)[f.name] for f in fields(Hamiltonian)}
        ends = {name: x.shape[x.ndim - (name not in NUMBERS) :] for name, x in self._arrays.items()}
        flat = {
            name: np.broadcast_to(x, batch + ends[name]).reshape(-1, *ends[name]) for name, x in self._arrays.items()
        }
        for i in range(math.prod(batch)):
            yield numbers | {name: x[i].tolist() for name, x in flat.items()}

    @cached_property
    def _known(self) -> dict[Any, Tensors]:
        return {}

    @cached_property
    def kF(self) -> float:
        """Of a batch the smallest: the longest mean free path of one conductivity; nan with ready tensors."""
        if self.tensors is not None:
            return float("nan")
        names = ("fermi_wavevector", "fermi_energy", "potential_step")
        points = [{name: x[name] for name in names} for x in self._points(self._shape)]
        return min(Hamiltonian(magnetization=(0, 0, 1), **x).kF for x in points)

    @property
    def needs_magnetization(self) -> bool:
        """Whatever its numbers."""
        return True

    @property
    def wavevector(self) -> float | None:
        """kF of the Hamiltonian, of ready tensors too; None if they do not tell [1/m]."""
        if self.tensors is None:
            return self.kF
        energies = {name: self.tensors.inputs.get(name) for name in ("fermi_wavevector", "fermi_energy")}
        if all(value is None for value in energies.values()):
            return None
        step = self.tensors.inputs.get("potential_step", 0.0)
        return Hamiltonian(magnetization=(0, 0, 1), potential_step=step, **energies).kF

    def _tensors(self, m: Array, ferromagnet: str, values: dict[str, Any]) -> Tensors:
        """Those of one direction and point, computed once."""
        if self.tensors is not None:
            return self._ready(m, ferromagnet)
        point = values | {"magnetization": np.round(m, 14), "ferromagnet": ferromagnet}
        key = tuple((name, _frozen(value)) for name, value in point.items())
        if key not in self._known:
            with renaming("interface", self.path):
                self._known[key] = _computed(key)
        return self._known[key]

    def _ready(self, m: Array, ferromagnet: str) -> Tensors:
        """The tensors given, if they are of this direction and side order."""
        ready: Tensors = self.tensors
        axis = ready.inputs.get("magnetization")
        side = ready.inputs.get("ferromagnet")
        if axis is not None and np.linalg.norm(np.asarray(axis) / np.linalg.norm(axis) - m) > 1e-6:
            raise InputError(
                Fault(
                    f"{self.path}.tensors",
                    f"made for m = {axis}, but the interface has m = {np.round(m, 6).tolist()}",
                    "the same",
                    "give the Hamiltonian instead, for every m",
                )
            )
        if {side, ferromagnet} == {"above", "below"}:
            raise InputError(
                Fault(f"{self.path}.tensors", f"made for a ferromagnet {side}, but here it is {ferromagnet}")
            )
        return ready

    def conducts(self, m_below: Array | None, m_above: Array | None) -> tuple[bool, bool] | None:
        """Return on which sides any electron of the Hamiltonian moves; None with ready tensors."""
        if self.tensors is not None:
            return None
        side = self.side(m_below, m_above)
        order = self.ferromagnet or ("both" if side is None else {ABOVE: "above", BELOW: "below"}[side])
        fermi = [
            Hamiltonian(**x | {"magnetization": (0, 0, 1), "ferromagnet": order}).fermi
            for x in self._points(self._shape)
        ]
        below, above = np.any(np.stack(fermi) > 0, axis=(0, 2))
        return bool(below), bool(above)

    def quality(self) -> list[Caution]:
        """What of the tensors in use a reader should not trust, the worst of them."""
        of_points = list(self._known.values()) if self.tensors is None else [self.tensors]
        rough = [x.quadrature_error for x in of_points if not x.converged]
        broken = [x.unitarity_error for x in of_points if x.unitarity_error > 1e-6]
        cautions = []
        if rough:
            cautions.append(Caution("", f"quadrature not converged, error {max(rough):.1g}", kind="quadrature"))
        if broken:
            cautions.append(Caution("", f"S is not unitary, by {max(broken):.1g}", kind="not-unitary"))
        return cautions

    def warnings(self, bulk: Bulk) -> list[Caution]:
        """Where the law does not fit a layer beside it, a magnet or, for "boltzmann", a normal metal."""
        if self.tensors is not None or self.correction == "bare":
            return []
        if np.any(bulk.exchange) or np.any(bulk.polarization):
            return self._absorbs(bulk)
        if self.correction == "drift" or self.spin_diffusion_length is not None or self.ferromagnet == "both":
            return []
        with np.errstate(divide="ignore"):
            length = float(np.min(np.sqrt(bulk.conductivity[..., 0, 0] / bulk.spin_flip)))
        if not np.isfinite(length) or not np.any(np.hstack(self.relaxation_time)):
            return []
        problem = (
            'correction "boltzmann" without spin_diffusion_length takes it as infinite, but spin decays within '
            f"{length:.3g} m in the normal metal {bulk.name!r} beside it"
        )
        return [Caution("", problem, "give that length", kind="spin-diffusion-length-missing")]

    def _absorbs(self, bulk: Bulk) -> list[Caution]:
        """A ferromagnet that absorbs more than electrons can bring.

        Transverse spin decays no faster than sqrt(3)/mean free path, so that sigma_s |k| stays below 4/sqrt(3) of the
        Sharvin conductance; a shorter exchange length sends back current that was never there.
        """
        turns = self.exchange_splitting if self.precession_length is None else True
        if self.correction == "boltzmann" and np.all(turns):  # no transverse potential of it enters
            return []
        sharvin = 2 * e**2 / (2 * np.pi * hbar) * self.kF**2 / (4 * np.pi)
        absorbed = np.sqrt(np.abs(bulk.transverse[..., 0, 0] * bulk.conductivity[..., 0, 0]))
        if np.all(absorbed <= 1.1 * 4 / np.sqrt(3) * sharvin):
            return []
        problem = (
            f'correction "{self.correction}" beside the ferromagnet {bulk.name!r}, whose sigma_s |k| = '
            f"{np.max(absorbed):.3g} S/m^2 is above 4/sqrt(3) of the Sharvin conductance {sharvin:.3g} S/m^2"
        )
        hint = 'longer exchange and dephasing lengths, correction = "bare", or "boltzmann" with a precession_length'
        return [Caution("", problem, hint, kind="absorbs-too-much")]

    def map(self, m_below: Array | None, m_above: Array | None, side: int | None = None) -> InterfaceMap:
        """Return the map of the tensors, computed once for every direction and point."""
        if side is None:
            side = self.side(m_below, m_above)
        m = self.direction(m_below, m_above, side)
        assert m is not None
        order = self.ferromagnet or ("both" if side is None else {ABOVE: "above", BELOW: "below"}[side])
        batch = np.broadcast_shapes(m.shape[:-1], self._shape)
        directions = np.broadcast_to(m, (*batch, 3)).reshape(-1, 3)
        pairs = zip(directions, self._points(batch), strict=True)
        of_points = [self._tensors(direction, order, values) for direction, values in pairs]
        arrays = empty(batch, np.shape(self.orbital))
        block = np.zeros((*np.shape(self.orbital), 7, 7))
        block[..., ORBITAL, ORBITAL] = np.asarray(self.orbital)[..., None, None] * np.eye(3)
        arrays["conductance"] += series(block)
        places = {
            "conductance": np.s_[..., :4, :, :4],
            "field": np.s_[..., :4, :],
            "torque_mu": np.s_[..., :4],
            "sheet_mu": np.s_[..., :4],
        }
        names = {
            "conductance": "conductance",
            "field": "source",
            "torque_mu": "torque_mu",
            "torque_field": "torque_field",
        }
        if all(each.sheet_mu is not None for each in of_points):
            names |= {"sheet_mu": "sheet_mu", "sheet_field": "sheet_field"}
            arrays |= {"sheet_mu": np.zeros((*batch, 2, 2, 2, 7)), "sheet_field": np.zeros((*batch, 2, 2, 2))}
        closed = np.array([not np.all(np.any(each.conductance, axis=(1, 2, 3))) for each in of_points])
        for name, source in names.items():
            values = np.stack([vars(each)[source] for each in of_points])
            _balance(name, values, closed)
            if name == "conductance":
                values = _passive(values, _ROUNDING * e**2 / hbar * (self.wavevector or 0.0) ** 2)
            arrays[name][places.get(name, ...)] += values.reshape(batch + values.shape[1:])
        return InterfaceMap(**arrays)


def _equal(value: Any, default: Any) -> bool:
    """Is a field as it is left out?"""
    return bool(np.array_equal(value, default))


def _balance(name: str, values: Array, closed: Array) -> None:
    """Make an array (n, ...) of tensors balance where it does but for the quadrature; `closed` (n,): on one side."""
    if name in ("conductance", "field"):  # what enters as charge leaves
        values[:, :, PHI] = values[:, :, PHI].mean(axis=1, keepdims=True)
    if name in ("torque_mu", "sheet_mu"):  # a closed side has no phi: that of the other is a common shift
        values[closed, ..., PHI] = 0.0
    if name in ("conductance", "torque_mu", "sheet_mu"):
        # one phi on both sides is equilibrium: no current, and the torque of its anisotropy is no transport
        values[..., PHI] -= values[..., PHI].mean(axis=-1, keepdims=True)


def _passive(conductance: Array, least: float) -> Array:
    """G (n, 2, 4, 2, 4) without the power that rounding creates: no eigenvalue of it between -least and 0 [S/m^2]."""
    along = np.repeat([1.0, -1.0], 4)[:, None]
    power = along * conductance.reshape(-1, 8, 8)
    values, vectors = np.linalg.eigh((power + np.swapaxes(power, -1, -2)) / 2)
    lift = np.where((values < 0) & (values > -least), -values, 0.0)[:, None]
    return conductance + (along * ((vectors * lift) @ np.swapaxes(vectors, -1, -2))).reshape(conductance.shape)


@lru_cache(maxsize=4096)
def _computed(point: tuple[tuple[str, Any], ...]) -> Tensors:
    """Of the fields of a Hamiltonian, whichever law has them: a sweep is checked and solved by records of its own."""
    return tensors(Hamiltonian(**dict(point)))


def _frozen(value: Any) -> Any:
    """Numbers in nested tuples."""
    value = value.tolist() if isinstance(value, np.ndarray) else value
    return tuple(_frozen(x) for x in value) if isinstance(value, list | tuple) else value
