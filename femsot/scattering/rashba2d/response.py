"""Spin density and current of a disordered 2D Rashba ferromagnet in an electric field, in SI units (Veneri22)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.constants import e, hbar

from femsot.base.components import cross_matrix
from femsot.base.errors import Caution, Fault, InputError
from femsot.base.quantities import Array, Value

from .diagrams import Problem, Solved, centre, dilute, finite
from .model import RashbaGas, in_plane
from .rays import bands, extrema

TOLERANCE = 1e-9  #: of K and sigma against their largest entries, from two numbers of rays
FEWEST = 16
MOST = 4096  #: rays over half the plane
EDGE = 1e-12  #: how close energies come to the upper band's, in units of the gas
DOUBT = 0.1  #: broadening over another energy, from where on a reader is told
CHUNK = 8192  #: rays of all points that are held at once


@dataclass(frozen=True, eq=False)
class Response:
    """Linear response to an in-plane field E; axes x, y, z as m has them; batch first."""

    gas: RashbaGas
    spin: Array  #: K (..., 3, 2): density of the spin s/2, in units of hbar, over E [1/(V m)]
    conductivity: Array  #: sigma (..., 2, 2) of the sheet [S]
    self_energy: Array  #: Sigma+ (..., 4), components of 1, s_x, s_y, s_z [eV]
    t_matrix: Array  #: Sigma+/n (..., 4) [eV m^2]
    error: Array  #: (...) of K and sigma against their largest entries
    converged: Array  #: (...)
    rays: Array  #: (...) over half the plane

    @property
    def spin_per_current(self) -> Array:
        """K_J = K sigma^-1 (..., 3, 2): spin density over sheet current density [1/(A m)]."""
        return np.asarray(self.spin @ np.linalg.inv(self.conductivity))

    @property
    def torque_field(self) -> Array:
        """Torque on m over E (..., 3, 2), charge units: (2e/hbar) Delta m x <s> = (4e/hbar) Delta m x K [S/m]."""
        energy = np.asarray(self.gas.exchange)[..., None, None] * e
        return np.asarray(4 * e / hbar * energy * (cross_matrix(self.gas.m) @ self.spin))

    def charge_to_spin(self, velocity: Value | None = None) -> Array:
        """theta = -2 e v K_J (..., 3, 2), e < 0 (Veneri22, below Eq. 27); v [m/s], default: `fermi_velocity`."""
        v = np.asarray(self.gas.fermi_velocity if velocity is None else velocity)
        return np.asarray(2 * e * v[..., None, None] * self.spin_per_current)

    @property
    def torque_efficiencies(self) -> dict[str, Array]:
        """tau_1e, tau_2e, tau_1o, tau_2o [1/(A m)]; see `efficiencies`."""
        return efficiencies(self.spin_per_current, self.gas.m)

    @property
    def broadening(self) -> Array:
        """-Im Sigma_0 = hbar/2 tau averaged over spin [eV]; in the dilute limit at the density given."""
        return np.asarray(-self.self_energy[..., 0].imag)

    def doubts(self) -> list[Caution]:
        """What a reader should not trust."""
        problems = []
        if not np.all(self.converged):
            worst = np.max(self.error[~self.converged])
            problems.append(f"integrals over k or the self-energy not converged, error {worst:.1g}")
        gas = self.gas
        depth = np.asarray(self.gas.fermi_energy) - self.gas.band_bottom
        part = self.broadening / depth
        if np.any(part > DOUBT):
            problems.append(
                f"impurities broaden states by {np.max(part):.2g} of the Fermi energy above the band bottom: "
                "non-crossing diagrams need much less than 1"
            )
        split = self.broadening / gas.least_splitting
        with np.errstate(divide="ignore"):
            edge = self.broadening / gas.edge_distance
        if np.any(split > DOUBT):
            problems.append(
                f"impurities broaden states: hbar/tau is {np.max(split):.2g} of the smallest splitting of the bands "
                "(exchange, spin-orbit at k_F, or both on a Fermi contour): small entries, as those of a damping-like "
                "torque, may have the wrong sign"
            )
        if np.any(edge > DOUBT):
            problems.append(
                f"impurities broaden states by {np.max(edge):.2g} of the distance of fermi_energy from a band edge: "
                "which bands conduct is not sharp"
            )
        return [Caution("", problem, kind="rashba-broadening") for problem in problems + self._shifted(depth)]

    def _shifted(self, depth: Array) -> list[str]:
        """What Re Sigma does to a gas of finite concentration, whose Fermi energy counts from the unshifted bottom."""
        shift = self.self_energy[..., 0].real / depth
        if self.gas.concentration != "finite" or not np.any(np.abs(shift) > DOUBT):
            return []
        worst = np.ravel(shift)[np.argmax(np.abs(shift))]
        text = (
            f"impurities shift the bands by {worst:.2g} of the Fermi energy above the band bottom, from which "
            "fermi_energy counts without them"
        )
        below = int(np.sum(shift >= 1))
        points = f" at {below} of {shift.size} points" if shift.size > 1 else ""
        return [text + (f": the shifted bottom is above it{points}, and only broadened tails conduct" if below else "")]


def response(gas: RashbaGas) -> Response:
    """Return spin response and conductivity, and what follows from them, for every point of the batch.

    The number of rays is doubled until two results agree to 1e-9, and then the second is good to its square: the
    error falls exponentially.

    Parameters
    ----------
    gas : the two-dimensional gas; its fields broadcast.

    Returns
    -------
    Response
        `converged` is False where two results do not agree.

    Raises
    ------
    InputError
        If a number overflows.
    """
    try:
        with np.errstate(all="ignore"):
            solution = _response(gas)
            numbers = [solution.spin, solution.conductivity, solution.self_energy, solution.t_matrix, solution.error]
            numbers += [solution.spin_per_current, solution.torque_field, solution.charge_to_spin()]
            finite = all(np.all(np.isfinite(x)) for x in numbers)
    except np.linalg.LinAlgError:
        finite = False
    if not finite:
        raise InputError(
            Fault(
                "model",
                "no finite response, a number overflows on the way",
                "sizes of a metal or a semiconductor",
                "check effective_mass, impurity_density and the strength",
            )
        )
    return solution


def _response(gas: RashbaGas) -> Response:
    """Whatever numbers come out."""
    problem = _problem(gas)
    count = FEWEST
    todo = np.arange(problem.energy.size)
    solution = _solved(gas, problem, count)
    error = np.full(todo.size, np.inf)
    counts = np.full(todo.size, count)
    while todo.size and count < MOST:
        count *= 2
        new = _solved(gas, problem.part(todo), count)
        error[todo] = new.difference(solution.part(todo))
        counts[todo] = count
        for name, values in vars(new).items():
            vars(solution)[name][todo] = values
        todo = todo[error[todo] > TOLERANCE]
    return _restored(gas, solution, error=error, counts=counts)


def _solved(gas: RashbaGas, problem: Problem, count: int) -> Solved:
    """A part of the batch at a time."""
    solve = dilute if gas.concentration == "dilute" else finite
    size = max(1, CHUNK // count)
    total = problem.energy.size
    parts = [
        solve(problem.part(slice(i, i + size)), count, born=gas.approximation == "born") for i in range(0, total, size)
    ]
    return Solved(**{name: np.concatenate([vars(part)[name] for part in parts]) for name in vars(parts[0])})


def _problem(gas: RashbaGas) -> Problem:
    """The gas in its own units, with m turned into the plane xz; flat batch."""
    unit = gas.unit
    length2 = gas.inverse_mass / gas.unit

    def flat(value: Array) -> Array:
        return np.broadcast_to(np.asarray(value, dtype=float), gas.shape).ravel()

    log = np.nan if gas.cutoff is None else np.log(np.asarray(gas.cutoff) / unit)
    energy = flat(np.asarray(gas.fermi_energy) / unit)
    a = flat(gas.reduced_rashba)
    field = flat(np.asarray(gas.exchange) / unit)[:, None] * in_plane(flat(gas.polar))
    # at the edge of the upper band Re g has a logarithm
    edge = bands(a, field, extrema(a, field)[0])[1]
    energy = np.where(np.abs(energy - edge) < EDGE, edge + EDGE, energy)
    return Problem(
        energy,
        a,
        field,
        density=flat(np.asarray(gas.impurity_density) * length2),
        inverse_strength=flat(gas.inverse_mass / np.asarray(gas.born_strength, dtype=float)),
        log_cutoff=flat(np.asarray(log)),
        centre=centre(energy, a, field),
    )


def _restored(gas: RashbaGas, solution: Solved, *, error: Array, counts: Array) -> Response:
    """In SI units and in the axes of m; electrons have the charge -e."""
    shape = gas.shape
    turn = np.broadcast_to(rotation(gas.azimuth), (*gas.shape, 3, 3))

    def shaped(array: Array) -> Array:
        return array.reshape(shape + array.shape[1:])

    def turned(components: Array) -> Array:
        values = shaped(components)
        return np.concatenate([values[..., :1], (turn @ values[..., 1:, None])[..., 0]], axis=-1)

    unit = gas.unit[..., None]
    area = gas.inverse_mass[..., None]
    return Response(
        gas,
        spin=-rotated(shaped(solution.spin), turn) / 2 / np.sqrt(area * unit)[..., None],
        conductivity=e**2 / hbar * rotated(shaped(solution.conductivity), turn),
        self_energy=turned(solution.self_energy) * unit,
        t_matrix=turned(solution.t_matrix) * area,
        error=shaped(error),
        converged=shaped((error <= TOLERANCE) & ~solution.failed),
        rays=shaped(counts),
    )


def efficiencies(spin_per_current: Array, m: Array) -> dict[str, Array]:
    """tau_1e, tau_2e, tau_1o, tau_2o of Veneri22 Eq. 4 with K_J (..., 3, 2) for its K [1/(A m)].

    The torque on m, in charge units, is -(4e/hbar) Delta times tau_1e m x (m x (z x J)) + tau_2e (m x z)(m.J) + tau_1o
    m x (z x J) + tau_2o m x (m x z)(m.J). tau_2 divides by m_x^2, m turned into the plane xz, and all by m_z: nan for
    m_x below 1e-5, where rounding takes over, and for m_z = 0.
    """
    turn = rotation(-np.arctan2(m[..., 1], m[..., 0]))
    (xx, xy), (yx, yy), (zx, zy) = np.moveaxis(rotated(spin_per_current, turn), (-2, -1), (0, 1))
    across = np.hypot(m[..., 0], m[..., 1])
    z = m[..., 2]
    x = np.where(across < 1e-5, np.nan, across)
    z = np.where(np.abs(z) < 1e-10, np.nan, z)
    return {
        "tau_1e": yy / z,
        "tau_2e": (xx - yy) / (x**2 * z) - xx / z - zx / x,
        "tau_1o": xy - across / z * zy,
        "tau_2o": ((xy + yx) / x - zy / z) / x,
    }


def rotation(angle: Array) -> Array:
    """Turns by `angle` about z (..., 3, 3)."""
    c = np.cos(angle)
    s = np.sin(angle)
    o = np.zeros_like(angle)
    return np.moveaxis(np.array([[c, -s, o], [s, c, o], [o, o, o + 1]]), (0, 1), (-2, -1))


def rotated(tensor: Array, turn: Array) -> Array:
    """R K R^T of a tensor (..., 3 or 2, 2)."""
    size = tensor.shape[-2]
    return np.asarray(turn[..., :size, :size] @ tensor @ np.swapaxes(turn[..., :2, :2], -1, -2))
