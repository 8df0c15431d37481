"""The table of docs/physics.md section 2: every entry of C, once, with the field that gives it.

A row is the block of currents `out` that gradients of `into` drive. Rows that are `alike` for every direction of flow
are (..., out, in) and stand for themselves times delta_ij; others are (..., out, i, in, j). The block of the reciprocal
effect is never written: it follows from L_xy(m) = e_x e_y L_yx(-m), e = +1 for charge, -1 for spin and orbit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from femsot.base.components import EPS, ORBITAL, SPIN, cross_matrix
from femsot.base.quantities import Array, Value

CHARGE = slice(0, 1)
_SAME = np.eye(3)
_EXCHANGED = np.einsum("aj,bi->aibj", _SAME, _SAME) - np.einsum("ai,bj->aibj", _SAME, _SAME)


@dataclass(frozen=True, eq=False, kw_only=True)
class Numbers:
    """What a material's record says, with its defaults filled in: one number or a batch (...) each."""

    name: str
    sigma: Value  #: charge conductivity, across m [S/m]
    sigma_s: Value  #: spin conductivity [S/m]
    sigma_o: Value = 0.0  #: orbital conductivity [S/m]
    p: Value = 0.0  #: P, across m
    p_os: Value = 0.0  #: orbit to spin
    p_so: Value = 0.0  #: spin to orbit
    parallel: Value | None = None  #: sigma of a current along m [S/m]; None: as across
    p_parallel: Value | None = None  #: its P
    anomalous_hall: Value = 0.0  #: sigma_AH [S/m]
    zeta: Value = 0.0  #: spin of the anomalous Hall current
    spinful: bool = False  #: does the anomalous Hall current carry spin?
    spin_hall: Value = 0.0  #: sigma_SH [S/m]
    spin_hall_parallel: Value | None = None  #: of spin along m [S/m]; None: as across
    spin_hall_rotated: Value = 0.0  #: sigma_R [S/m]
    spin_hall_tensor: Value = 0.0  #: S (..., 3, 3, 3) [S/m]
    spin_swapping: Value = 0.0  #: kappa
    spin_splitter: Value = 0.0  #: T (..., 3, 3) [S/m]
    orbital_hall: Value = 0.0  #: sigma_OH [S/m]
    orbital_hall_tensor: Value = 0.0  #: (..., 3, 3, 3) [S/m]
    orbital_swapping: Value = 0.0
    flip: Value  #: 1/lambda_sf^2 [1/m^2]
    orbital_decay: Value = 0.0  #: 1/lambda_o^2 [1/m^2]
    precession: Value = 0.0  #: 1/lambda_phi^2 - i/lambda_J^2 [1/m^2]
    spin_orbit: Value = 0.0  #: 1/lambda_so^2 [1/m^2]
    spin_orbit_form: str = "exchange"
    spin_orbit_sign: float = -1.0  #: +1: spin and orbit drag each other with opposite sign
    full: bool = False  #: relaxation along m without the factor 1 - P^2 sigma/sigma_s

    @property
    def sigma_parallel(self) -> Value:
        """sigma of a current along m [S/m]."""
        return self.sigma if self.parallel is None else self.parallel

    @property
    def polarized_excess(self) -> Value:
        """P sigma of a current along m, less that of one across [S/m]."""
        return (self.p if self.p_parallel is None else self.p_parallel) * self.sigma_parallel - self.p * self.sigma

    @property
    def spin_hall_excess(self) -> Value:
        """sigma_SH of spin along m, less that of spin across [S/m]."""
        return 0.0 if self.spin_hall_parallel is None else self.spin_hall_parallel - self.spin_hall

    @property
    def spinful_hall(self) -> Value:
        """sigma_AH where its current carries spin, 0 where it does not [S/m]."""
        return self.anomalous_hall if self.spinful else 0.0


@dataclass(frozen=True, eq=False, kw_only=True)
class Row:
    """One row of the table: `number` times `shape`, which depends on m alone."""

    field: str  #: of the record
    out: slice
    into: slice
    number: Callable[[Numbers], Value]  #: the row is left out where it is zero
    shape: Callable[[Array], Array]  #: of m (..., 3): (..., out, in) or (..., out, i, in, j)
    times: Callable[[Array, Array], Array] | None = None  #: number and shape multiplied, where number is a tensor
    alike: bool = False  #: for every direction of flow
    degree: int = 0  #: in m
    through: bool = False  #: part of C_zz, besides what is alike
    dissipative: bool = False  #: part of sym(C)
    pair: bool = False  #: the reciprocal is a row of its own, which a user may set apart

    @property
    def reciprocal(self) -> bool:
        """Does the rule of Onsager add a second block?"""
        return self.out != self.into and not self.pair

    def entry(self, numbers: Numbers, m: Array) -> Array:
        """Return the block, (..., out, in) or (..., out, i, in, j) [S/m]."""
        number = np.asarray(self.number(numbers))
        shape = self.shape(m)
        if self.times is not None:
            return self.times(number, shape)
        return number[(..., *[None] * (2 if self.alike else 4))] * shape


def partner(row: Row, reversed_entry: Array) -> Array:
    """Return the block of the reciprocal effect: e_x e_y times the transpose of the block at -m."""
    sign = (1.0 if row.out == CHARGE else -1.0) * (1.0 if row.into == CHARGE else -1.0)
    if row.alike:
        return np.asarray(sign * np.swapaxes(reversed_entry, -1, -2))
    return np.asarray(sign * np.swapaxes(np.swapaxes(reversed_entry, -4, -2), -3, -1))


def given_rows(numbers: Numbers, *, orbital: bool) -> list[Row]:
    """Return the rows that are not zero, without orbital ones where no orbital channel is solved."""
    solved = [row for row in TABLE if orbital or ORBITAL not in (row.out, row.into)]
    return [row for row in solved if _is_nonzero(row.number(numbers))]


def _is_nonzero(number: Value) -> bool:
    """Is any of the numbers not zero?"""
    return bool(number.any()) if isinstance(number, np.ndarray) else bool(number)


def _constant(tensor: Array) -> Callable[[Array], Array]:
    return lambda m: tensor


def _flows(vector: Array) -> Array:
    """Of (..., i, j) the block of charge (..., 1, i, 1, j)."""
    return vector[..., None, :, None, :]


def _driven(tensor: Array) -> Array:
    """Of (..., a, i, k) the block (..., a, i, 1, k): moment a flows along i, driven by charge along k."""
    return tensor[..., :, :, None, :]


def _outer(m: Array, pattern: str) -> Array:
    """m_a m_i ... of the letters in `pattern`."""
    return np.asarray(np.einsum(",".join(f"...{x}" for x in pattern) + "->..." + pattern, *[m] * len(pattern)))


def _hall(m: Array) -> Array:
    """eps_ijk m_k (..., i, j)."""
    return -cross_matrix(m)


def _polarized_swapping(m: Array) -> Array:
    """m_i delta_ak - delta_ai m_k (..., a, i, k)."""
    return np.einsum("...i,ak->...aik", m, _SAME) - np.einsum("ai,...k->...aik", _SAME, m)


def _turned_hall(matrix: Array) -> Array:
    """M_aa' eps_ia'k (..., a, i, k)."""
    return np.einsum("...ab,ibk->...aik", matrix, EPS)


def _as_given(tensor: Array, shape: Array) -> Array:
    """A tensor (..., a, i, k) as the block that charge drives."""
    return _driven(tensor)


def _along_axis(tensor: Array, axis: Array) -> Array:
    """n_a T_ik of T (..., i, k) as the block that charge drives."""
    return _driven(axis[..., :, None, None] * tensor[..., None, :, :])


_ONE = _constant(np.ones((1, 1)))
_THREE = _constant(_SAME)
_EPS_AIK = _constant(_driven(np.einsum("iak->aik", EPS)))

TABLE: tuple[Row, ...] = (
    Row(
        field="conductivity",
        out=CHARGE,
        into=CHARGE,
        number=lambda n: n.sigma,
        shape=_ONE,
        alike=True,
        dissipative=True,
    ),
    Row(
        field="spin_conductivity",
        out=SPIN,
        into=SPIN,
        number=lambda n: n.sigma_s,
        shape=_THREE,
        alike=True,
        dissipative=True,
    ),
    Row(
        field="orbital_conductivity",
        out=ORBITAL,
        into=ORBITAL,
        number=lambda n: n.sigma_o,
        shape=_THREE,
        alike=True,
        dissipative=True,
    ),
    Row(
        field="polarization",
        out=SPIN,
        into=CHARGE,
        number=lambda n: -n.p * n.sigma,
        shape=lambda m: m[..., :, None],
        alike=True,
        degree=1,
        dissipative=True,
    ),
    Row(
        field="orbit_to_spin",
        out=SPIN,
        into=ORBITAL,
        number=lambda n: n.p_os * n.sigma_o,
        shape=_THREE,
        alike=True,
        dissipative=True,
        pair=True,
    ),
    Row(
        field="spin_to_orbit",
        out=ORBITAL,
        into=SPIN,
        number=lambda n: n.p_so * n.sigma_s,
        shape=_THREE,
        alike=True,
        dissipative=True,
        pair=True,
    ),
    # anisotropic magnetoresistance: what charge does, spin along m does with its own polarisation
    Row(
        field="parallel_conductivity",
        out=CHARGE,
        into=CHARGE,
        number=lambda n: n.sigma_parallel - n.sigma,
        shape=lambda m: _flows(_outer(m, "ij")),
        degree=2,
        through=True,
        dissipative=True,
    ),
    Row(
        field="parallel_polarization",
        out=SPIN,
        into=CHARGE,
        number=lambda n: -n.polarized_excess,
        shape=lambda m: _driven(_outer(m, "aik")),
        degree=3,
        through=True,
        dissipative=True,
    ),
    Row(
        field="parallel_conductivity",
        out=SPIN,
        into=SPIN,
        number=lambda n: n.sigma_s * (n.sigma_parallel / n.sigma - 1),
        shape=lambda m: _outer(m, "aibj"),
        degree=4,
        through=True,
        dissipative=True,
    ),
    # anomalous Hall effect, and the spin that its current carries
    Row(
        field="anomalous_hall_conductivity",
        out=CHARGE,
        into=CHARGE,
        number=lambda n: n.anomalous_hall,
        shape=lambda m: _flows(_hall(m)),
        degree=1,
    ),
    Row(
        field="anomalous_hall_polarization",
        out=SPIN,
        into=CHARGE,
        number=lambda n: -n.zeta * n.anomalous_hall,
        shape=lambda m: _driven(np.einsum("...a,...ik->...aik", m, _hall(m))),
        degree=2,
    ),
    Row(
        field="anomalous_hall_polarization",
        out=SPIN,
        into=SPIN,
        number=lambda n: n.spinful_hall,
        shape=lambda m: np.einsum("...a,...b,...ij->...aibj", m, m, _hall(m)),
        degree=3,
    ),
    # spin Hall effects
    Row(field="spin_hall_conductivity", out=SPIN, into=CHARGE, number=lambda n: n.spin_hall, shape=_EPS_AIK),
    Row(
        field="spin_hall_parallel",
        out=SPIN,
        into=CHARGE,
        number=lambda n: n.spin_hall_excess,
        shape=lambda m: _driven(_turned_hall(_outer(m, "ab"))),
        degree=2,
    ),
    Row(
        field="spin_hall_rotated",
        out=SPIN,
        into=CHARGE,
        number=lambda n: n.spin_hall_rotated,
        shape=lambda m: _driven(_turned_hall(cross_matrix(m))),
        degree=1,
        dissipative=True,
    ),
    Row(
        field="spin_hall_tensor",
        out=SPIN,
        into=CHARGE,
        number=lambda n: n.spin_hall_tensor,
        shape=_ONE,
        times=_as_given,
        through=True,
    ),
    Row(
        field="spin_splitter",
        out=SPIN,
        into=CHARGE,
        number=lambda n: n.spin_splitter,
        shape=lambda m: m,
        times=_along_axis,
        degree=1,
        through=True,
        dissipative=True,
    ),
    # spin swapping of the whole spin current, diffusion and polarised
    Row(
        field="spin_swapping",
        out=SPIN,
        into=SPIN,
        number=lambda n: n.sigma_s * n.spin_swapping,
        shape=_constant(_EXCHANGED),
        dissipative=True,
    ),
    Row(
        field="spin_swapping",
        out=SPIN,
        into=CHARGE,
        number=lambda n: -n.spin_swapping * n.p * n.sigma,
        shape=lambda m: _driven(_polarized_swapping(m)),
        degree=1,
        dissipative=True,
    ),
    # orbital currents
    Row(field="orbital_hall_conductivity", out=ORBITAL, into=CHARGE, number=lambda n: n.orbital_hall, shape=_EPS_AIK),
    Row(
        field="orbital_hall_tensor",
        out=ORBITAL,
        into=CHARGE,
        number=lambda n: n.orbital_hall_tensor,
        shape=_ONE,
        times=_as_given,
        through=True,
    ),
    Row(
        field="orbital_swapping",
        out=ORBITAL,
        into=ORBITAL,
        number=lambda n: n.sigma_o * n.orbital_swapping,
        shape=_constant(_EXCHANGED),
        dissipative=True,
    ),
)
