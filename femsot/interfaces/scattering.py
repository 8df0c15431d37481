"""An interface as its Hamiltonian: the law that scattering theory makes of it (docs/physics.md section 3)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np

from ..channels import ORBITAL, PHI
from ..checks import Array, Checks, Conductance, InputError
from ..constants import e, hbar
from ..jump import InterfaceLaw
from ..materials import Bulk
from ..scattering.hamiltonian import Ferromagnet, Hamiltonian
from ..scattering.tensors import Tensors, load, tensors
from .parts import ABOVE, BELOW, Direction, empty, series


@dataclass(frozen=True, eq=False, kw_only=True)
class Scattering(Hamiltonian):
    """Generalised circuit theory: barrier, exchange and spin-orbit coupling of the interface (Amin16, Amin20).

    Its in-plane-field sources and torques come with it. Precession of its magnetization does not pump: a magnet
    beside it may not have a magnetization rate.
    """

    magnetization: Direction | None = None  #: default: the adjacent ferromagnet's
    ferromagnet: Ferromagnet | None = None  # type: ignore[assignment]  #: default: as the stack has it
    orbital: Conductance = 0.0  #: Go
    tensors: Any = None  #: those of `femsot.scattering`, instead of everything else

    needs_magnetization = True
    pumps = False
    read_file = staticmethod(load)  #: what a file's `file` is read with, into `tensors`

    def __post_init__(self) -> None:
        checks = Checks("interface")
        checks.nonnegative(orbital=self.orbital)
        checks.done()
        if self.tensors is None:
            try:
                self._hamiltonian((0.0, 0.0, 1.0), self.ferromagnet or "both")
            except InputError as error:
                raise InputError([f.replace("interface.", "interfaces.scattering.", 1) for f in error.faults]) from None
        elif isinstance(self.tensors, Tensors):
            own = {f.name: f.default for f in fields(Hamiltonian) if f.name not in ("magnetization", "ferromagnet")}
            beside = [name for name, default in own.items() if getattr(self, name) != default]
            if beside:
                raise InputError(
                    f"interfaces.scattering.{beside[0]}: given beside ready tensors, allowed: one of the two"
                )
        else:
            raise InputError(
                f"interface.tensors: got {type(self.tensors).__name__}, allowed: femsot.scattering Tensors"
            )

    def _hamiltonian(self, m: Any, ferromagnet: str) -> Hamiltonian:
        values = {f.name: getattr(self, f.name) for f in fields(Hamiltonian)}
        return Hamiltonian(**values | {"magnetization": m, "ferromagnet": ferromagnet})

    @cached_property
    def _known(self) -> dict[tuple[bytes, str], Tensors]:
        return {}

    @cached_property
    def wavevector(self) -> float | None:
        """kF of the Hamiltonian, of ready tensors too; None if they do not tell [1/m]."""
        if self.tensors is None:
            return self.kF
        given = {name: self.tensors.inputs.get(name) for name in ("fermi_wavevector", "fermi_energy")}
        known = any(value is not None for value in given.values())
        return Hamiltonian(magnetization=(0, 0, 1), **given).kF if known else None

    def _tensors(self, m: Array, ferromagnet: str) -> Tensors:
        """Those of one direction, computed once."""
        if self.tensors is not None:
            return self._ready(m, ferromagnet)
        key = np.round(m, 14).tobytes(), ferromagnet
        if key not in self._known:
            self._known[key] = tensors(self._hamiltonian(m, ferromagnet))
        return self._known[key]

    def _ready(self, m: Array, ferromagnet: str) -> Tensors:
        """The tensors given, if they are of this direction and side order."""
        made: Tensors = self.tensors
        own, side = made.inputs.get("magnetization"), made.inputs.get("ferromagnet")
        if own is not None and np.linalg.norm(np.asarray(own) / np.linalg.norm(own) - m) > 1e-6:
            raise InputError(
                f"interfaces.scattering.tensors: made for m = {own}, but the interface has m = "
                f"{np.round(m, 6).tolist()}, allowed: the same; give the Hamiltonian instead, for every m"
            )
        if {side, ferromagnet} == {"above", "below"}:
            raise InputError(
                f"interfaces.scattering.tensors: made for a ferromagnet {side}, but here it is {ferromagnet}"
            )
        return made

    def quality(self) -> list[str]:
        """What of the tensors in use a reader should not trust."""
        used = list(self._known.values()) if self.tensors is None else [self.tensors]
        found = [f"quadrature not converged, error {x.quadrature_error:.1g}" for x in used if not x.converged]
        return found + [f"S is not unitary, by {x.unitarity_error:.1g}" for x in used if x.unitarity_error > 1e-6]

    def warnings(self, bulk: Bulk) -> list[str]:
        """Where a corrected law leaves its range: a ferromagnet that absorbs more than electrons can bring.

        Transverse spin decays no faster than sqrt(3)/mean free path, so that sigma_s |k| stays below 4/sqrt(3) of the
        Sharvin conductance; a shorter exchange length sends back current that was never there.
        """
        absorbing = self.correction == "boltzmann" and self.precession  # no transverse potential of it enters
        if self.tensors is not None or self.correction == "bare" or absorbing:
            return []
        sharvin = 2 * e**2 / (2 * np.pi * hbar) * self.kF**2 / (4 * np.pi)
        taken = np.sqrt(np.abs(bulk.transverse[..., 0, 0] * bulk.conductivity[..., 0, 0]))
        if np.all(taken <= 1.1 * 4 / np.sqrt(3) * sharvin):
            return []
        return [
            f'correction "{self.correction}" beside a ferromagnet whose sigma_s |k| = {np.max(taken):.3g} S/m^2 is '
            f"above 4/sqrt(3) of the Sharvin conductance {sharvin:.3g} S/m^2: longer exchange and dephasing lengths, "
            'correction = "bare", or "boltzmann" with a precession_length'
        ]

    def law(self, *, m: Array | None = None, ferromagnet: int | None = None) -> InterfaceLaw:
        assert m is not None
        side = self.ferromagnet or {ABOVE: "above", BELOW: "below"}.get(ferromagnet, "both")  # type: ignore[arg-type]
        made = [self._tensors(one, side) for one in m.reshape(-1, 3)]
        batch = m.shape[:-1]
        arrays = empty(batch, np.shape(self.orbital))
        block = np.zeros((*np.shape(self.orbital), 7, 7))
        block[..., ORBITAL, ORBITAL] = np.asarray(self.orbital)[..., None, None] * np.eye(3)
        arrays["conductance"] += series(block)
        places = {"conductance": np.s_[..., :4, :, :4], "field": np.s_[..., :4, :], "torque_mu": np.s_[..., :4]}
        names = {
            "conductance": "conductance",
            "field": "source",
            "torque_mu": "torque_mu",
            "torque_field": "torque_field",
        }
        for name, source in names.items():
            values = np.stack([getattr(one, source) for one in made])
            if name in ("conductance", "field"):  # exact but for the quadrature: what enters as charge leaves
                values[:, :, PHI] = values[:, :, PHI].mean(axis=1, keepdims=True)
            if name == "torque_mu":  # one phi on both sides is equilibrium: its anisotropy torque is not transport
                values[..., PHI] -= values[..., PHI].mean(axis=-1, keepdims=True)
            arrays[name][places.get(name, ...)] += values.reshape(batch + values.shape[1:])
        return InterfaceLaw(**arrays)


def from_scattering(made: Tensors, *, orbital: float = 0.0) -> Scattering:
    """The law of tensors that were computed before, or come from elsewhere (`scattering.tensors.from_amplitudes`)."""
    return Scattering(tensors=made, orbital=orbital)
