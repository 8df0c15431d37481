"""The contract of an interface law: a record of a user's numbers that makes the two-sided map which solvers see.

J^s = sum_t G[s, t] mu^t + S[s] E + W[s] w        s, t = 0 (-, below), 1 (+, above); J along the normal - to +
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Literal, Self, TypeVar

import numpy as np

from femsot.base.components import PHI, apply
from femsot.base.errors import Caution, Checks, Fault, InputError
from femsot.base.quantities import Array, Direction
from femsot.materials.tensors import Bulk

Side = Literal["above", "below"]
#: the positions of the two sides in every array of a map
BELOW = 0
ABOVE = 1


@dataclass(frozen=True, eq=False, kw_only=True)
class InterfaceMap:
    """The affine two-sided map of one interface, all that a solver knows of it; leading axes are a batch.

    Components are phi, s xyz, o xyz (7); sides are - (0, below) and + (1, above). What the spin current loses, and the
    torque maps do not give to the magnetization, goes to the lattice.

    Parameters
    ----------
    conductance : (..., 2, 7, 2, 7) G [S/m^2]: side out, component, side in, component.
    field : (..., 2, 7, 2) S [S/m]: side, component, E along x and y of the interface's plane.
    pumping : (..., 2, 7, 3) W [S/m^2], of w = (hbar/2e) m x dm/dt [V].
    torque_mu : (..., 3, 2, 7) [S/m^2]: torque on the interface's magnetization of the potentials of both sides.
    torque_field : (..., 3, 2) [S/m]: torque of E.
    torque_pumping : (..., 3, 3) [S/m^2]: torque of w.
    sheet_mu : (..., 2, 2, 2, 7) A [S/m]: charge current along the interface, of side out and axis x, y, by the
        potentials of both sides; what leaves the plane carries it until it scatters. None: there is none.
    sheet_field : (..., 2, 2, 2) B [S]: the same by E along x and y.
    """

    conductance: Array
    field: Array
    pumping: Array
    torque_mu: Array
    torque_field: Array
    torque_pumping: Array
    sheet_mu: Array | None = None
    sheet_field: Array | None = None

    @property
    def blocks_charge(self) -> Array:
        """Return (...) True where no charge passes."""
        row = self.conductance[..., 0, PHI, :, :]
        return np.asarray(row[..., 0, PHI] <= 1e-14 * np.max(np.abs(row), axis=(-2, -1)))

    def driven(self, field: Array, w: Array) -> Array:
        """Return the currents S E + W w that flow without potentials.

        Parameters
        ----------
        field : (..., 2) E in the plane [V/m].
        w : (..., 3) (hbar/2e) m x dm/dt [V].

        Returns
        -------
        (..., 2, 7) [A/m^2].
        """
        return apply(self.field, field[..., None, :]) + apply(self.pumping, w[..., None, :])

    def torque(self, mu: Array, field: Array, w: Array) -> Array:
        """Return what the magnetization of the interface receives.

        Parameters
        ----------
        mu : (..., 2, 7) potentials of both sides [V].
        field : (..., 2) E in the plane [V/m].
        w : (..., 3) (hbar/2e) m x dm/dt [V].

        Returns
        -------
        (..., 3) [A/m^2].
        """
        of_mu = np.einsum("...itb,...tb->...i", self.torque_mu, mu)
        return np.asarray(of_mu + apply(self.torque_field, field) + apply(self.torque_pumping, w))

    def sheet_current(self, mu: Array, field: Array) -> Array:
        """Return the charge current along the interface (..., 2) [A/m], x and y, of mu (..., 2, 7) and E (..., 2)."""
        if self.sheet_mu is None or self.sheet_field is None:
            return np.zeros((*mu.shape[:-2], 2))
        of_mu = np.einsum("...sitb,...tb->...i", self.sheet_mu, mu)
        return np.asarray(of_mu + np.einsum("...sik,...k->...i", self.sheet_field, field))

    def check(self, owner: str) -> None:
        """Check that charge is conserved, that a common shift of phi drives no current, and that power is >= 0.

        Parameters
        ----------
        owner : path of the interface, for messages.

        Raises
        ------
        InputError
            With every fault.
        """
        if self.faults:
            raise InputError(fault.renamed("map", owner) for fault in self.faults)

    @cached_property
    def faults(self) -> list[Fault]:
        """Return what is wrong with it, whose interface it may be: equal magnets have one map in all a stack."""
        checks = Checks("map")
        g = self.conductance
        scale = np.max(np.abs(g), axis=(-4, -3, -2, -1)) + np.finfo(float).tiny
        leak = np.max(np.abs(g[..., 0, PHI, :, :] - g[..., 1, PHI, :, :]), axis=(-2, -1)) / scale
        shift = np.max(np.abs(g[..., PHI].sum(axis=-1)), axis=(-2, -1)) / scale
        if np.any(leak > 1e-9):
            checks.fail("", f"charge is not conserved: the two charge rows differ by {np.max(leak):.2g} of G")
        source = np.abs(self.field[..., 0, PHI, :] - self.field[..., 1, PHI, :])
        if np.any(source > 1e-9 * (np.max(np.abs(self.field)) + np.finfo(float).tiny)):
            checks.fail("", "the in-plane field creates charge: the two charge rows of j_E differ")
        if np.any(self.blocks_charge[..., None] & (self.field[..., 0, PHI, :] != 0)):
            checks.fail("", "j_E drives charge through an interface whose charge conductance is zero")
        if np.any(shift > 1e-9):
            checks.fail("", f"a common shift of phi drives a current, {np.max(shift):.2g} of G per volt")
        form = power_matrix(g)
        if not _nonnegative(form + 1e-9 * scale[..., None, None] * np.eye(14)):
            lowest = np.linalg.eigvalsh(form)[..., 0]
            checks.fail(
                "",
                f"creates power: lowest eigenvalue of its symmetric part is {np.min(lowest):.3g} S/m^2",
                ">= 0",
                "are mu and J of one sign convention?",
            )
        return checks.faults


class Law(ABC):
    """What stands at one interface of a stack or a device.

    A law is a frozen dataclass (`kw_only=True, eq=False`) whose fields are the user's numbers; the type of a field
    carries its unit. `map` turns them into the `InterfaceMap` that solvers see; the other attributes say what it needs
    and what it is. Each has a default, which a law replaces where it differs. `@law("word")` names a law for files.
    """

    #: what a file says after `law =`; set by `@law`
    word: ClassVar[str] = ""
    #: True: potentials and currents are continuous, both sides share their unknowns, and `map` returns None
    transparent: ClassVar[bool] = False
    #: True: nothing crosses, whatever its numbers
    insulating: ClassVar[bool] = False
    #: True: `map` needs to know on which side the magnet of the interface is
    needs_side: ClassVar[bool] = False
    #: True: it joins two magnetic metals, and each takes what is across its m by its own exchange or dephasing
    two_magnets: ClassVar[bool] = False
    #: False: precession of the magnet beside it has no place in its map, and a magnetization rate there is refused
    pumps: ClassVar[bool] = True
    #: its fields that act in the orbital channel; refused where no material has one
    orbital_fields: ClassVar[tuple[str, ...]] = ()
    #: its fields that act on potentials inside the magnet; refused where the magnet is an insulator
    inner_fields: ClassVar[tuple[str, ...]] = ()
    #: True: `read_file` reads the `file` of a TOML table; False: the arrays of a .npz file are fields by name
    reads_file: ClassVar[bool] = False

    # Two fields that a law may have; these are the values of a law that has not.
    #: a direction of the interface's own (..., 3); None: that of the adjacent magnet
    magnetization: Direction | None = None
    #: the side whose magnet the interface belongs to, "above" or "below"; None: the only magnet's
    ferromagnet: str | None = None

    @property
    def path(self) -> str:
        """Return how its faults begin as long as no interface has it: "interfaces.ohmic"."""
        return f"interfaces.{self.word or type(self).__name__}"

    @property
    def needs_magnetization(self) -> bool:
        """Return whether `map` needs a direction, its own or that of a magnet beside it."""
        return False

    @property
    def wavevector(self) -> float | None:
        """Return the Fermi wave vector of the electrons that it scatters [1/m]; None if it does not say."""
        return None

    @classmethod
    def read_file(cls, path: Path) -> dict[str, object]:
        """Return the fields that a file holds; only where `reads_file`. Raise InputError if it is no such file."""
        raise NotImplementedError(f"{cls.__name__} reads no file of its own")

    @abstractmethod
    def map(self, m_below: Array | None, m_above: Array | None, side: int | None = None) -> InterfaceMap | None:
        """Return the map of the interface between two magnetizations.

        Parameters
        ----------
        m_below, m_above : (..., 3) unit vectors, the magnetization of each side; None: no magnet.
        side : BELOW or ABOVE, the side whose magnet the interface belongs to; None: the only magnet's.

        Returns
        -------
        InterfaceMap or None
            None if potentials and currents are continuous (`transparent`).
        """

    def conducts(self, m_below: Array | None, m_above: Array | None) -> tuple[bool, bool] | None:
        """Return on which sides, below and above, its electrons move; None where the law does not tell."""
        return None

    def quality(self) -> list[Caution]:
        """Return what a reader should not trust of the numbers that the law has computed so far."""
        return []

    def warnings(self, bulk: Bulk) -> list[Caution]:
        """Return where the law does not fit a layer beside it; `bulk` has the numbers of that layer's material."""
        return []

    def side(self, m_below: Array | None, m_above: Array | None) -> int | None:
        """Return BELOW or ABOVE: as `ferromagnet` says, else where the only magnet is; None where nothing tells.

        Parameters
        ----------
        m_below, m_above : (..., 3) unit vectors, the magnetization of each side; None: no magnet.
        """
        if self.ferromagnet in ("above", "below"):
            return ABOVE if self.ferromagnet == "above" else BELOW
        if (m_below is None) == (m_above is None):
            return None
        return BELOW if m_above is None else ABOVE

    def direction(self, m_below: Array | None, m_above: Array | None, side: int | None = None) -> Array | None:
        """Return the direction m (..., 3) of the interface: its own, else that of the magnet on `side`, or of the only.

        None between non-magnets, and between two magnets if nothing tells whose the interface is.

        Parameters
        ----------
        m_below, m_above : (..., 3) unit vectors, the magnetization of each side; None: no magnet.
        side : BELOW or ABOVE; None: as `Law.side` says.
        """
        if self.magnetization is not None:
            return self.checks().unit_vector("magnetization", self.magnetization)
        if side is None:
            side = self.side(m_below, m_above)
        if side is None:
            return None
        return m_below if side == BELOW else m_above

    def turned(self, m: Array) -> Self:
        """Return the same law with the direction m (..., 3) of its own; for laws with a field `magnetization`."""
        return replace(self, magnetization=m)  # type: ignore[type-var]

    def checks(self) -> Checks:
        """Return the checks of a new record, to which its class adds its own; a direction is checked already."""
        checks = Checks(self.path)
        if self.magnetization is not None:
            checks.unit_vector("magnetization", self.magnetization)
        return checks

    def nonzero(self, names: tuple[str, ...]) -> list[str]:
        """Return which of its fields `names` have a value other than zero."""
        values = vars(self)
        return [name for name in names if values.get(name) is not None and np.any(values[name])]


#: every law of this package by the word that a file gives it, in the order in which they are listed
LAWS: dict[str, type[Law]] = {}
AnyLaw = TypeVar("AnyLaw", bound=type[Law])


def law(word: str) -> Callable[[AnyLaw], AnyLaw]:
    """Return the decorator that registers a `Law` for files.

    Parameters
    ----------
    word : what a file says after `law =`.

    Raises
    ------
    InputError
        If the word is another law's.
    """

    def register(record: AnyLaw) -> AnyLaw:
        if word in LAWS:
            raise InputError(Fault("interfaces.law", f"{word!r} is the word of {LAWS[word].__name__}", "another word"))
        record.word = word
        LAWS[word] = record
        return record

    return register


def check_laws(interfaces: Mapping[str, object]) -> None:
    """Raise InputError of every interface whose value is no law."""
    checks = Checks("interfaces")
    for name, value in interfaces.items():
        if not isinstance(value, Law):
            checks.fail(
                name,
                allowed="a law, such as femsot.Ohmic(charge=1e15), or a record derived from femsot.interfaces.Law",
                value=repr(value),
            )
    checks.done()


def power_matrix(g: Array) -> Array:
    """Return the symmetric (..., 14, 14) form whose value is the power lost at the interface, mu^-.J^- - mu^+.J^+."""
    signed = g * np.array([1.0, -1.0])[:, None, None, None]
    flat = signed.reshape(g.shape[:-4] + (14, 14))
    return (flat + np.swapaxes(flat, -1, -2)) / 2


def _nonnegative(form: Array) -> bool:
    """Is every matrix of the batch positive definite?"""
    try:
        np.linalg.cholesky(form)
    except np.linalg.LinAlgError:
        return False
    return True
