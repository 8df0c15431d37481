"""The two-sided boundary operator of an interface with spin-orbit scattering, and its torques, in SI.

    J^s = G[s, t] mu^t + S[s] E        s, t = 0 (below), 1 (above); J along the normal, from side 0 to side 1

mu = (phi, mu_s), J = (J_c, J_s) of the *moment*, and the true field E: docs/physics.md. Translated from
*sigma*: the electrons' potential matrix is -(phi + mu_s.sigma), since the charge is -e and the moment -sigma, and the
currents are J_c = -tr j, J_s = -tr(sigma j). Both signs cancel: traces with (1, sigma) give moments. A field shifts the
electrons along -E, potential -tau v.E, which acts as phi + mu_s.sigma = + tau v.E on what comes in.

J^+ and J^- are what propagates away from the plane. Waves that die out within a wavelength of it (evanescent ones, and
the interference of incident with reflected waves of unequal k) hand their spin to the bulk exchange there: it is
in `torque_mu` and `torque_field`. No diffusive layer can carry them, and counted in J they would create power.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from scipy.constants import e, h, hbar, m_e

from femsot.base.errors import Checks, Fault, InputError
from femsot.base.files import replacing
from femsot.base.quantities import Array
from femsot.version import __version__

from .amplitudes import (
    Amplitudes,
    dagger,
    open_channels,
    product,
    scattering_matrix,
    unitarity_error,
    vector_matrix,
    waves,
)
from .amplitudes import from_matrix as _amplitudes
from .half_space import half_spaces
from .hamiltonian import Ferromagnet, Hamiltonian
from .integrals import integrate
from .moments import GROUPS, Response, bare, drift, integrand, into, out, scattered, unpack

_PERFECT = 1e7  # Sharvin conductances, of spheres of kF
_UNITARY = 1e-6  # from elsewhere: what a first-principles code leaves


@dataclass(frozen=True, eq=False, kw_only=True)
class Tensors:
    """The numbers of one interface; components (c, x, y, z), E axes (x, y)."""

    conductance: Array  #: G (2, 4, 2, 4) [side out, component, side in, component] [S/m^2]
    source: Array  #: S (2, 4, 2) [side, component, E axis]: sigma(m), gamma_FM(m) [S/m]
    torque_mu: Array  #: (3, 2, 4), on the magnetization: J^- - J^+ less the lattice's share [S/m^2]
    torque_field: Array  #: (3, 2), gamma_mag(m) [S/m]
    lattice_mu: Array  #: (3, 2, 4), on the lattice [S/m^2]
    lattice_field: Array  #: (3, 2) [S/m]
    #: A (2, 2, 2, 4) [side, axis x y, side in, component] [S/m], of the charge that what leaves carries along the plane
    sheet_mu: Array | None = None
    sheet_field: Array | None = None  #: B (2, 2, 2) [side, axis x y, E axis] [S]
    inputs: dict[str, Any]  #: what they were made from, as in a file, SI
    unitarity_error: float  #: max |S^+ S - 1|
    quadrature_error: float  #: estimated, relative to the largest of each kind
    converged: bool  #: quadrature_error within the tolerance asked for
    points: int = 0  #: wave vectors that were evaluated
    version: str = __version__

    def save(self, path: str | Path) -> None:
        """One .npz, whole or not at all; names and shapes as here, inputs as a JSON text."""
        known = {name: value for name, value in vars(self).items() if value is not None and name != "inputs"}
        arrays: dict[str, Any] = {name: np.asarray(value) for name, value in known.items()}
        with replacing(path) as part, part.open("wb") as file:
            np.savez(file, **arrays, inputs=np.asarray(json.dumps(self.inputs)))


_SHAPES = {
    "conductance": (2, 4, 2, 4),
    "source": (2, 4, 2),
    "torque_mu": (3, 2, 4),
    "torque_field": (3, 2),
    "lattice_mu": (3, 2, 4),
    "lattice_field": (3, 2),
}
_OPTIONAL = {"sheet_mu": (2, 2, 2, 4), "sheet_field": (2, 2, 2)}
_SCALARS = {"unitarity_error": float, "quadrature_error": float, "converged": bool, "points": int, "version": str}


def load(path: str | Path) -> Tensors:
    """Return the tensors that `Tensors.save` or `femsot scatter` wrote.

    Parameters
    ----------
    path : a .npz file.

    Raises
    ------
    InputError
        If the file cannot be read, or is not of `femsot scatter`.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            data = {name: file[name] for name in file.files}
    except (OSError, ValueError) as error:
        raise InputError(
            Fault(f"tensors ({path})", f"cannot be read, {error}", "a .npz of `femsot scatter`")
        ) from error
    checks = Checks(f"tensors ({path})")
    arrays = _SHAPES | {name: shape for name, shape in _OPTIONAL.items() if name in data}
    for name in (*arrays, *_SCALARS, "inputs"):
        shape = arrays.get(name, ())
        if name not in data:
            checks.fail(name, "missing", hint="is it a file of `femsot scatter`?")
        elif data[name].shape != shape:
            checks.fail(name, allowed=str(shape), value=f"shape {data[name].shape}")
        elif name in arrays:
            checks.finite(**{name: data[name]})
    checks.done()
    scalars = {name: kind(data[name].item()) for name, kind in _SCALARS.items()}
    if not scalars["unitarity_error"] <= _UNITARY:
        raise InputError(
            Fault(
                f"tensors ({path}).unitarity_error",
                ", its amplitudes are not unitary",
                f"<= {_UNITARY:g}",
                value=f"{scalars['unitarity_error']:.2g}",
            )
        )
    return Tensors(
        **{name: data[name] for name in arrays},
        **scalars,
        inputs=json.loads(data["inputs"].item()),  # type: ignore[arg-type]
    )


def tensors(hamiltonian: Hamiltonian) -> Tensors:
    """Return all tensors of an interface, integrated over the wave vectors in its plane.

    Parameters
    ----------
    hamiltonian : the interface; its `tolerance` is relative to the largest entries.

    Returns
    -------
    Tensors
        Conductances [S/m^2] and responses to a field [S/m]; `converged` is False where the tolerance is not met.

    Raises
    ------
    InputError
        If nothing conducts, or if some current meets no resistance and the correction is not "bare".
    """
    ham = hamiltonian
    solution = solved(hamiltonian)
    unit = e**2 / h * (ham.kF / (2 * np.pi)) ** 2
    arrays = _lab(solution.respond(ham.times), ham.axes, (unit, unit * hbar * ham.kF / m_e))
    _clean(arrays, np.all(ham.fermi <= 0, axis=1))
    return Tensors(
        **arrays,
        inputs=_inputs(ham),
        unitarity_error=_unitarity(ham),
        quadrature_error=solution.error,
        converged=solution.converged,
        points=solution.points,
    )


@dataclass(frozen=True, eq=False)
class Solved:
    """An interface's response in its correction, to any relaxation times (2, 2) [side, spin] of the field's drive."""

    respond: Callable[[Array], Response]
    entering: Callable[[Array], Response]  #: its source with what a ferromagnet absorbs near the plane
    error: float
    converged: bool
    points: int


def solved(ham: Hamiltonian) -> Solved:
    """By one integral over the Fermi surface, or with both half spaces; a perfect interface is refused."""
    if not np.any(ham.fermi > 0):
        raise InputError(Fault("interface.fermi_energy", "below every band", "above one", "nothing conducts"))
    try:
        solution = _half_spaces(ham) if ham.correction == "boltzmann" else _integrated(ham)
        perfect = not np.max(np.abs(solution.respond(ham.times).conductance)) < _PERFECT
    except np.linalg.LinAlgError:
        perfect = True
    if perfect and ham.correction != "bare":
        raise InputError(
            Fault(
                "interface.correction",
                f'with "{ham.correction}" some current meets no resistance at this interface',
                '"bare", or the law "transparent"',
            )
        )
    return solution


def _half_spaces(ham: Hamiltonian) -> Solved:
    spaces = half_spaces(ham)
    entering = partial(spaces.response, absorbed=True)
    return Solved(spaces.response, entering, spaces.error, spaces.converged, spaces.points)


def _integrated(ham: Hamiltonian) -> Solved:
    """Bare or drift-corrected."""
    thresholds = np.sqrt(np.maximum(ham.fermi, 0.0)).ravel()
    angles = ham.grazing_angles()
    integral = integrate(integrand(ham), list(thresholds), groups=GROUPS, tolerance=ham.tolerance, angles=angles)
    moments = unpack(integral.value)

    def respond(times: Array) -> Response:
        start = bare(moments, times)
        return start if ham.correction == "bare" else drift(moments, start, times)

    return Solved(respond, respond, integral.error, integral.converged, integral.points)


def _lab(response: Response, axes: Array, units: tuple[float, float]) -> dict[str, Any]:
    """The tensors of a response: vectors from the frame of m to x, y, z, currents from inward to along the normal."""
    turn = np.eye(4)
    turn[1:, 1:] = axes
    along = np.array([1.0, -1.0])
    conductance = np.einsum("s,satb,ax,by->sxty", along, response.conductance, turn, turn) * units[0]
    source = np.einsum("s,sak,ax->sxk", along, response.source, turn) * units[1]
    lattice_mu = np.einsum("atb,ax,by->xty", response.lattice_mu, axes, turn) * units[0]
    lattice_field = np.einsum("ak,ax->xk", response.lattice_field, axes) * units[1]
    return {
        "conductance": conductance,
        "source": source,
        "lattice_mu": lattice_mu,
        "lattice_field": lattice_field,
        "torque_mu": conductance[0, 1:] - conductance[1, 1:] - lattice_mu,
        "torque_field": source[0, 1:] - source[1, 1:] - lattice_field,
        **_sheets(response, turn, units),
    }


def _sheets(response: Response, turn: Array, units: tuple[float, float]) -> dict[str, Array]:
    """Currents along the plane of a response, in x, y, z; nothing where a method does not know them."""
    if response.sheet_mu is None or response.sheet_field is None:
        return {}
    sheet_mu = np.einsum("sitb,by->sity", response.sheet_mu, turn) * units[1]
    return {"sheet_mu": sheet_mu, "sheet_field": response.sheet_field * units[1] ** 2 / units[0]}


def _clean(arrays: dict[str, Array], closed: Array) -> None:
    """Make exactly zero what rounding leaves of a side (2,) without open channels, and of charge that goes nowhere."""
    for side in np.flatnonzero(closed):
        arrays["conductance"][side] = 0.0
        arrays["conductance"][:, :, side] = 0.0
        arrays["source"][side] = 0.0
        for name in ("torque_mu", "lattice_mu"):
            arrays[name][:, side] = 0.0
        arrays["conductance"][:, 0] = 0.0  # charge does not get through, nor does its potential drive anything
        arrays["conductance"][..., 0] = 0.0
        arrays["source"][:, 0] = 0.0
        if "sheet_mu" in arrays:
            arrays["sheet_mu"][side] = 0.0
            arrays["sheet_mu"][:, :, side] = 0.0
            arrays["sheet_field"][side] = 0.0


def _inputs(ham: Hamiltonian) -> dict[str, Any]:
    """The record as plain numbers and words."""
    values = dict(vars(ham))
    if ham.potential is not None:
        values["potential"] = getattr(ham.potential, "__qualname__", "a function")
    return json.loads(json.dumps(values, default=lambda value: np.asarray(value).tolist()))


def _unitarity(ham: Hamiltonian) -> float:
    """max |S^+ S - 1| over open channels, on a sample of the disc."""
    radius, angle = np.meshgrid(np.sqrt(np.linspace(0.003, 0.997, 41) * ham.fermi.max()), np.linspace(0.1, 6.2, 23))
    kx = (radius * np.cos(angle)).ravel()
    ky = (radius * np.sin(angle)).ravel()
    k = ham.wavevectors(kx, ky)
    scalar, orbit = ham.plane(kx, ky)
    psi = waves(k, vector_matrix(scalar, orbit + ham.exchange_kappa * np.array([0.0, 0.0, 1.0])))
    return unitarity_error(_amplitudes(scattering_matrix(k, psi)), open_channels(k))


def from_amplitudes(
    k: Any, weights: Any, amplitudes: Amplitudes, *, magnetization: Any = None, relaxation_time: Any = (0.0, 0.0)
) -> Tensors:
    """Return bare tensors of flux-normalised amplitudes from elsewhere, spins along x, y, z of *sigma*.

    Without the waves at the plane, the magnetization takes what spin is lost across it (nothing if there is none) and
    the lattice the rest.

    Parameters
    ----------
    k : (n, 2) wave vectors in the plane [1/m]; m v/hbar where bands are not parabolic, since electrons drift with v.
    weights : (n,) of the sum for the integral over d^2k [1/m^2].
    amplitudes : (n, 2, 2) each; those of a closed channel are zero.
    magnetization : (3,) direction m; None of an interface without one.
    relaxation_time : of each side as in `Hamiltonian` [s], pairs (majority, minority) along `magnetization`.

    Raises
    ------
    InputError
        If shapes do not fit or electrons are not conserved.
    """
    k = np.asarray(k, dtype=float)
    weights = np.asarray(weights, dtype=float)
    error = _check_amplitudes(k, weights, amplitudes)
    m = np.array([0.0, 0.0, 1.0]) if magnetization is None else magnetization
    side: Ferromagnet = "none" if magnetization is None else "both"
    ham = Hamiltonian(magnetization=m, ferromagnet=side, fermi_wavevector=1.0, relaxation_time=relaxation_time)
    m = ham.axes[2]
    flux = scattered(np.moveaxis(_passing(amplitudes.matrix), 0, -1)) - scattered(np.moveaxis(amplitudes.matrix, 0, -1))
    projectors = vector_matrix(np.full(2, 0.5), np.stack([m, -m]) / 2).reshape(2, 4)
    field = np.einsum("sxtyn,kn,iy,ti->sxk", flux, weights * k.T, projectors, ham.times, optimize=True)
    response = Response(out(into(flux @ weights)).real, out(field).real, np.zeros((3, 2, 4)), np.zeros((3, 2)))
    unit = e**2 / (h * (2 * np.pi) ** 2)
    arrays = _lab(response, np.eye(3), (unit, unit * hbar / m_e))
    lattice = np.eye(3) if magnetization is None else np.outer(m, m)
    for name, of in (("torque_mu", "lattice_mu"), ("torque_field", "lattice_field")):
        arrays[of] = np.tensordot(lattice, arrays[name], 1)
        arrays[name] = arrays[name] - arrays[of]
    inputs = {
        "amplitudes": len(k),
        "magnetization": None if magnetization is None else m.tolist(),
        "relaxation_time": [np.asarray(time).tolist() for time in relaxation_time],
        "correction": "bare",
    }
    return Tensors(
        **arrays, inputs=inputs, unitarity_error=error, quadrature_error=np.nan, converged=True, points=len(k)
    )


def _passing(s: Array) -> Array:
    """S^+ S, (..., 2, 2, 2, 2) [side, side, spin, spin]: the projector on the open channels, of any spin axis."""
    flat = np.swapaxes(s, -3, -2).reshape((-1, 4, 4))
    return np.swapaxes((dagger(flat) @ flat).reshape((-1, 2, 2, 2, 2)), -3, -2)


def _check_amplitudes(k: Array, weights: Array, amplitudes: Amplitudes) -> float:
    checks = Checks("amplitudes")
    n = len(weights) if weights.ndim == 1 else -1
    for name, value, shape in (
        ("k", k, (n, 2)),
        ("weights", weights, (n,)),
        *((name, value, (n, 2, 2)) for name, value in vars(amplitudes).items()),
    ):
        if np.shape(value) != shape:
            checks.fail(
                name,
                allowed="(n, 2), (n,) and (n, 2, 2) for k, weights and r, t, rp, tp",
                value=f"shape {np.shape(value)}",
            )
        else:
            checks.finite_complex(**{name: value})
    checks.nonnegative(weights=weights)
    checks.done()
    p = _passing(amplitudes.matrix)
    mixed = np.abs(p[:, [0, 1], [1, 0]]).max(initial=0.0)
    error = float(max(mixed, np.abs(product(p, p)[:, [0, 1], [0, 1]] - p[:, [0, 1], [0, 1]]).max(initial=0.0)))
    if error > _UNITARY:
        checks.fail(
            "", f"not unitary: max |S^+ S - 1| = {error:.2g}", f"{_UNITARY:g}", "are r, t, rp, tp flux-normalised?"
        )
    checks.done()
    return error
