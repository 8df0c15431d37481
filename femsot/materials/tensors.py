"""Bulk physics as tensors: the numbers of a material and a direction give C and R of docs/physics.md section 2.

C is stated here alone, as a table of rows (`TABLE`). Reciprocal entries, the symmetric part, positivity and the form
without charge follow from the rows. The axis m of a row is the magnetization, or the Neel vector of an altermagnet.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np

from femsot.base.components import axial
from femsot.base.errors import Caution, Fault, InputError, did_you_mean
from femsot.base.quantities import Array

from .table import Numbers, Row, given_rows, partner

Closure = Literal["conserving", "ning24"]
Z_AXIS = np.array([0.0, 0.0, 1.0])
#: of an axial (7, 7) matrix about z: charge and what is along the axis, and what is across it
_ALONG = [0, 3, 6]
_ACROSS = [1, 4]


def check_closure(closure: str) -> None:
    """Raise InputError if there is no such closure."""
    if closure not in get_args(Closure):
        raise InputError(Fault("closure", "", *did_you_mean(closure, get_args(Closure)), value=repr(closure)))


def conserves(closure: str) -> bool:
    """Is what leaves a current what its own reservoir absorbs, so that exchange is a torque?"""
    return closure == "conserving"


def eliminate(matrix: Array) -> Array:
    """Return C^ (..., n, n) of C (..., 1 + n, 1 + n): the first component, charge, eliminated at constant current."""
    return np.asarray(matrix[..., 1:, 1:] - matrix[..., 1:, :1] * (matrix[..., :1, 1:] / matrix[..., :1, :1]))


@dataclass(frozen=True, eq=False, kw_only=True)
class Bulk:
    """The tensors of one material in one closure (docs/physics.md section 2); c = 1 (spin) or 2 (and orbital).

    What is the same for every direction of flow is axial about m. Relaxation matrices multiply potentials:
    longitudinal ones the component along m, transverse ones mu_+ = mu_1 + i mu_2 in a right-handed frame (e1, e2, m).
    """

    numbers: Numbers
    closure: str = "conserving"
    orbital: bool = False  #: is an orbital channel solved?

    def __getstate__(self) -> dict[str, Any]:
        """Return the fields alone: rows are functions, found again in another process."""
        return {"numbers": self.numbers, "closure": self.closure, "orbital": self.orbital}

    @property
    def name(self) -> str:
        """The name of the material."""
        return self.numbers.name

    @property
    def kinds(self) -> int:
        """c: spin, or spin and orbit."""
        return 2 if self.orbital else 1

    @property
    def charge(self) -> Array:
        """sigma (...) [S/m]"""
        return np.asarray(self.numbers.sigma)

    @property
    def polarization(self) -> Array:
        """P (...)"""
        return np.asarray(self.numbers.p)

    @cached_property
    def rows(self) -> list[Row]:
        """The rows of the table that are not zero."""
        return given_rows(self.numbers, orbital=self.orbital)

    @cached_property
    def directional(self) -> bool:
        """Do spins that flow along z see more in C than what is the same for every direction of flow?"""
        return any(row.through for row in self.rows)

    @cached_property
    def degree(self) -> int:
        """The degree of C as a polynomial of m."""
        return max(row.degree for row in self.rows)

    @cached_property
    def _common(self) -> Array:
        """The part of C that is the same for every direction of flow, (..., 7, 7), m along z [S/m]."""
        return conductivity(self, rows=[row for row in self.rows if row.alike])[..., :, 0, :, 0]

    @cached_property
    def conductivity(self) -> Array:
        """(..., c, c), the spin-orbital block across m: [[sigma_s, P_os sigma_o], [P_so sigma_s, sigma_o]] [S/m]."""
        across = _ACROSS[: self.kinds]
        return self._common[..., across, :][..., across]

    @cached_property
    def longitudinal_conductivity(self) -> Array:
        """C^ along m (..., c, c), the charge eliminated [S/m]."""
        along = _ALONG[: 1 + self.kinds]
        return eliminate(self._common[..., along, :][..., along])

    @cached_property
    def longitudinal(self) -> Array:
        """(..., c, c) relaxation of the component along m [S/m^3]."""
        relaxing = self.conductivity if self.numbers.full else self.longitudinal_conductivity
        return self._absorbing(relaxing) @ self._decay + self.transfer

    @cached_property
    def transverse(self) -> Array:
        """(..., c, c) complex, relaxation of mu_+ [S/m^3]."""
        return self._absorbing(self.conductivity) @ (self._decay + self._precession) + self.transfer

    @cached_property
    def exchange(self) -> Array:
        """(..., c, c) complex, the part of `transverse` that acts on the magnetization [S/m^3]."""
        return self._absorbing(self.conductivity) @ self._precession

    @cached_property
    def transfer(self) -> Array:
        """(..., c, c), the part of both that moves moment between spin and orbit directly [S/m^3]."""
        n = self.numbers
        if not self.orbital or not np.any(n.spin_orbit):
            return np.zeros((self.kinds, self.kinds))
        strength = np.sqrt(n.sigma_s * n.sigma_o) * n.spin_orbit
        same = strength if n.spin_orbit_form == "exchange" else 0.0
        other = n.spin_orbit_sign * strength
        return small_matrix([[same, other], [other, same]])

    @cached_property
    def spin_flip(self) -> Array:
        """(...) [S/m^3], sigma_s/lambda_sf^2: transverse spin lost to the lattice."""
        return np.asarray(self.conductivity[..., 0, 0] * self.numbers.flip)

    @cached_property
    def spin_flip_longitudinal(self) -> Array:
        """(...) [S/m^3], (sigma_s - P^2 sigma)/lambda_sf^2."""
        return np.asarray((self.longitudinal - self.transfer)[..., 0, 0])

    def _absorbing(self, conductivity: Array) -> Array:
        """The closure: which reservoir a current feeds, its own alone or, in "ning24", those that drive it too."""
        return conductivity * np.eye(self.kinds) if conserves(self.closure) else conductivity

    @cached_property
    def _decay(self) -> Array:
        """(..., c, c) 1/lambda_sf^2 and 1/lambda_o^2 [1/m^2]."""
        n = self.numbers
        return small_matrix([[n.flip, 0.0], [0.0, n.orbital_decay]]) if self.orbital else small_matrix([[n.flip]])

    @cached_property
    def _precession(self) -> Array:
        """(..., c, c) complex: 1/lambda_phi^2 - i/lambda_J^2 of spin [1/m^2]."""
        turn = self.numbers.precession
        return small_matrix([[turn, 0.0], [0.0, 0.0]], complex) if self.orbital else small_matrix([[turn]], complex)

    @cached_property
    def warnings(self) -> list[Caution]:
        """What a referee would object to: a relaxation that creates power, broken reciprocity."""
        cautions = []
        path = f"materials.{self.name}"
        eigenvalues = [lowest(matrix) for matrix in (self.longitudinal, self.transverse)]
        if min(np.min(value / scale) for value, scale in eigenvalues) < -1e-12:
            value = min(np.min(value) for value, _ in eigenvalues)
            problem = (
                f"relaxation creates power in closure {self.closure!r}: the lowest eigenvalue of sym(R) is "
                f"{value:.3g} S/m^3 < 0"
            )
            cautions.append(Caution(path, problem, kind="relaxation-creates-power"))
        into_spin = self.conductivity[..., 0, -1]
        into_orbit = self.conductivity[..., -1, 0]
        if not np.allclose(into_spin, into_orbit, rtol=1e-9, atol=0):
            problem = (
                f"P_os sigma_o = {np.ravel(into_spin)[0]:.4g} S/m and P_so sigma_s = "
                f"{np.ravel(into_orbit)[0]:.4g} S/m differ: Onsager reciprocity is broken"
            )
            cautions.append(Caution(path, problem, "give only one of the two", kind="conversion-not-reciprocal"))
        return cautions


def conductivity(bulk: Bulk, m: Array | None = None, *, rows: list[Row] | None = None) -> Array:
    """Return C [S/m].

    Parameters
    ----------
    m : (..., 3), the magnetization or Neel vector; default z, for materials without.
    rows : some rows of the table alone, with their reciprocals; default all.

    Returns
    -------
    Array
        (..., 7, 3, 7, 3) [component, flow axis, component, gradient axis].
    """
    m = Z_AXIS if m is None else np.asarray(m)
    entries = []
    for row in bulk.rows if rows is None else rows:
        entries.append((row, row.out, row.into, row.entry(bulk.numbers, m)))
        if row.reciprocal:
            entries.append((row, row.into, row.out, partner(row, row.entry(bulk.numbers, -m))))
    # one for each m also where no row depends on it
    batches = [value.shape[: -2 if row.alike else -4] for row, *_, value in entries]
    batch = np.broadcast_shapes(m.shape[:-1], *batches)
    C = np.zeros((*batch, 7, 3, 7, 3))
    alike = np.einsum("...aibi->...abi", C)  # a view
    for row, out, into, value in entries:
        if row.alike:
            alike[..., out, into, :] += value[..., None]
        else:
            C[..., out, :, into, :] += value
    return C


def _seven(bulk: Bulk, block: Array) -> Array:
    """A spin-orbital block (..., 3c, 3c) among all seven components."""
    full = np.zeros(block.shape[:-2] + (7, 7))
    size = 3 * bulk.kinds
    full[..., 1 : 1 + size, 1 : 1 + size] = block
    return full


def relaxation(bulk: Bulk, m: Array | None = None) -> Array:
    """Return R (..., 7, 7) [S/m^3]."""
    return _seven(bulk, axial(bulk.longitudinal, bulk.transverse, Z_AXIS if m is None else np.asarray(m)))


def exchange(bulk: Bulk, m: Array | None = None) -> Array:
    """Return R_ex (..., 7, 7), the part of R that acts on the magnetization [S/m^3]."""
    none = np.zeros(bulk.exchange.shape)
    return _seven(bulk, axial(none, bulk.exchange, Z_AXIS if m is None else np.asarray(m)))


def through(bulk: Bulk, m: Array | None = None) -> tuple[Array, Array]:
    """Return C^ [S/m] and R [S/m^3] (..., 3c, 3c) of flow along z: spin and orbit, the charge eliminated."""
    solved = slice(0, 1 + 3 * bulk.kinds)
    C = conductivity(bulk, m)[..., solved, 2, solved, 2]
    return eliminate(C), relaxation(bulk, m)[..., 1 : 1 + 3 * bulk.kinds, 1 : 1 + 3 * bulk.kinds]


def small_matrix(rows: list[list[Any]], dtype: type = float) -> Array:
    """Return a small matrix of broadcastable entries, (..., c, c)."""
    flat = np.broadcast_arrays(*[np.asarray(x, dtype=dtype) for row in rows for x in row])
    return np.stack(flat, axis=-1).reshape(flat[0].shape + (len(rows), len(rows[0])))


def lowest(matrix: Array) -> tuple[Array, Array]:
    """Return the lowest eigenvalue (...) of the Hermitian part of (..., c, c), c = 1 or 2, and the matrix' size."""
    scale = np.max(np.abs(matrix), axis=(-2, -1)) + np.finfo(float).tiny
    if matrix.shape[-1] == 1:
        return matrix[..., 0, 0].real, scale
    a = matrix[..., 0, 0].real
    d = matrix[..., 1, 1].real
    off = (matrix[..., 0, 1] + np.conj(matrix[..., 1, 0])) / 2
    return (a + d) / 2 - np.hypot((a - d) / 2, np.abs(off)), scale
