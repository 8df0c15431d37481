"""Tensors of an interface built on a lattice with Kwant (https://kwant-project.org, extra `kwant`), spin by spin.

An interface that is translationally invariant in its plane is one chain along z for each k_par: a scattering region
between a lead below (lead 0) and one above (lead 1). Kwant returns S between lead modes of unit flux, whose spin basis
and phases are its own. A mode of a lead without spin-orbit coupling is an orbital part times a spinor; the spinor at
one orbital of the lead's cell, with the mode's phase there, takes S into the basis of *sigma* along x, y, z:

    S_sigma = U_out S U_in^+ ,    U = spinors (2, modes) exp(-i n q) ,

n cells inwards from the region's last cell, q the mode's phase per cell away from the region. Where the plane of the
phases lies matters to transverse spin on a side of unequal wave vectors alone.

The region's spin-orbit coupling H_so, if it is given, takes the spin <i [sigma, H_so]> of the scattering states to the
lattice; the rest of what is lost goes to the magnetization.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.constants import e, h, hbar, m_e

from femsot.base.errors import Checks, Fault, InputError
from femsot.base.quantities import Array

from .amplitudes import PAULI, Amplitudes, from_matrix, vector_matrix
from .hamiltonian import Ferromagnet, Hamiltonian
from .tensors import Tensors, from_amplitudes

_SPINORS = 1e-6  # how far from products, and from orthonormal, lead modes may be


def _wave_vector(kx: float, ky: float) -> dict[str, Any]:
    return {"kx": kx, "ky": ky}


@dataclass(frozen=True, eq=False, kw_only=True)
class Chain:
    """A finalized Kwant system with lead 0 below and lead 1 above, for any k_par and one energy.

    Orbitals come as pairs of *sigma*_z = +1, -1 (the electron's spin, opposite to its moment), spin fastest. Leads have
    at most one mode for each spin, and no spin-orbit coupling.
    """

    system: Any  #: what `Builder.finalized()` returns
    energy: float  #: the Fermi energy, in the system's unit
    parameters: Callable[[float, float], dict[str, Any]] = _wave_vector  #: (kx, ky) [1/m] -> Kwant's `params`
    cells: tuple[int, int] = (0, 0)  #: from the region's last cell at each lead inwards to the plane of the phases
    spin_orbit: Callable[[float, float], Array] | None = None  #: (kx, ky) -> the region's H_so (orbitals, orbitals)


def from_kwant(
    chain: Chain, k: Any, weights: Any, *, magnetization: Any = None, relaxation_time: Any = (0.0, 0.0)
) -> Tensors:
    """Return bare tensors of a chain: `from_amplitudes` of its `kwant_amplitudes`, and torques by H_so if it has one.

    Electrons drift with v = hbar k/m. Of unequal wave vectors on a side, transverse spin is counted as flux-normalised
    amplitudes give it, not as in `tensors`.

    Parameters
    ----------
    chain : the interface's chain along z.
    k : (n, 2) wave vectors in the plane [1/m]; `disc` makes them where the Fermi surfaces are spheres.
    weights : (n,) of the sum for the integral over d^2k [1/m^2].
    magnetization, relaxation_time : as of `from_amplitudes`.

    Raises
    ------
    InputError
        If Kwant is missing, or a lead has several bands at one k.
    """
    amplitudes = kwant_amplitudes(chain, k)
    solution = from_amplitudes(k, weights, amplitudes, magnetization=magnetization, relaxation_time=relaxation_time)
    if chain.spin_orbit is not None:
        m = (0.0, 0.0, 1.0) if magnetization is None else magnetization
        side: Ferromagnet = "none" if magnetization is None else "both"
        ham = Hamiltonian(magnetization=m, ferromagnet=side, fermi_wavevector=1.0, relaxation_time=relaxation_time)
        solution = _shared(
            solution, chain, k=np.asarray(k, dtype=float), weights=np.asarray(weights, dtype=float), ham=ham
        )
    return replace(solution, inputs=solution.inputs | {"kwant": _kwant().__version__})


def _shared(solution: Tensors, chain: Chain, *, k: Array, weights: Array, ham: Hamiltonian) -> Tensors:
    """The torques shared out: what H_so takes to the lattice, the rest to the magnetization."""
    torque = np.array([_lattice(chain, kx, ky) for kx, ky in k])
    shift = vector_matrix(ham.times.mean(axis=1), (ham.times[:, :1] - ham.times[:, 1:]) / 2 * ham.axes[2])
    unit = e**2 / (h * (2 * np.pi) ** 2)
    mu = unit * np.einsum("n,natij,bji->atb", weights, torque, PAULI).real
    field = unit * hbar / m_e * np.einsum("n,nk,natij,tji->ak", weights, k, torque, shift).real
    return replace(
        solution,
        lattice_mu=mu,
        lattice_field=field,
        torque_mu=solution.torque_mu + solution.lattice_mu - mu,
        torque_field=solution.torque_field + solution.lattice_field - field,
    )


def _lattice(chain: Chain, kx: float, ky: float) -> Array:
    """psi^+ i [sigma, H_so] psi (3, 2, 2, 2) [component, side in, spin, spin] of incident waves of unit flux."""
    assert chain.spin_orbit is not None
    params = chain.parameters(kx, ky)
    states = _kwant().wave_function(chain.system, chain.energy, params=params)
    orbit = np.asarray(chain.spin_orbit(kx, ky))
    torque = np.zeros((3, 2, 2, 2), dtype=complex)
    for side in (0, 1):
        modes = chain.system.leads[side].modes(chain.energy, params=params)[0]
        into = _spinors(modes, chain.cells[side], side)[0]
        if into.shape[1] == 0:
            continue
        psi = states(side).T @ into.conj().T
        if orbit.shape != (len(psi), len(psi)):
            raise InputError(
                Fault("kwant.spin_orbit", allowed=f"{(len(psi), len(psi))}, the region's", value=f"shape {orbit.shape}")
            )
        for a in range(3):
            spin = np.kron(np.eye(len(psi) // 2), PAULI[a + 1])
            torque[a, side] = psi.conj().T @ (1j * (spin @ orbit - orbit @ spin)) @ psi
    return torque


def kwant_amplitudes(chain: Chain, k: Any) -> Amplitudes:
    """Flux-normalised amplitudes (n, 2, 2) at k (n, 2) [1/m], spins along x, y, z of *sigma*; 0 on closed channels."""
    points = np.asarray(k, dtype=float)
    if points.ndim != 2 or points.shape[1] != 2:
        raise InputError(Fault("kwant.k", allowed="(n, 2), in 1/m", value=f"shape {points.shape}"))
    if len(chain.system.leads) != 2:
        raise InputError(Fault("kwant.system", allowed="2, the first below", value=f"{len(chain.system.leads)} leads"))
    return from_matrix(np.array([_matrix(chain, kx, ky) for kx, ky in points]).reshape((-1, 2, 2, 2, 2)))


def _matrix(chain: Chain, kx: float, ky: float) -> Array:
    """S (2, 2, 2, 2) [side out, side in, spin out, spin in] at one k_par."""
    scattering = _kwant().smatrix(chain.system, chain.energy, params=chain.parameters(kx, ky))
    into, out = zip(*(_spinors(scattering.lead_info[side], chain.cells[side], side) for side in (0, 1)), strict=True)
    s = np.zeros((2, 2, 2, 2), dtype=complex)
    for i in (0, 1):
        for j in (0, 1):
            s[i, j] = out[i] @ scattering.submatrix(i, j) @ into[j].conj().T
    return s


def _spinors(modes: Any, cells: int, side: int) -> tuple[Array, Array]:
    """U (2, modes) of a lead's incoming and of its outgoing modes, with their phases `cells` inwards."""
    waves = np.asarray(modes.wave_functions)
    count = waves.shape[1] // 2
    checks = Checks(f"kwant.lead {side}")
    if count > 2:
        checks.fail("", f"{count} modes at one k_par", "one for each spin", "is it a lead of several bands?")
    if waves.shape[0] % 2:
        checks.fail("", f"{waves.shape[0]} orbitals in a cell", "pairs of spin up and down")
    checks.done()
    if count == 0:
        return np.zeros((2, 0)), np.zeros((2, 0))
    waves = waves.reshape((-1, 2, 2 * count))
    weight = np.sum(np.abs(waves) ** 2, axis=(1, 2))
    spinor = waves[np.argmax(weight > 0.999 * weight.max())]
    size = np.linalg.norm(spinor, axis=0)
    spinor = spinor / np.where(size > 0, size, 1.0)
    orbital = np.einsum("osm,sm->om", waves, np.conj(spinor))
    mixed = np.max(np.linalg.norm(waves - orbital[:, None] * spinor, axis=(0, 1)) / np.linalg.norm(waves, axis=(0, 1)))
    into, out = np.split(spinor * np.exp(-1j * cells * np.asarray(modes.momenta)), 2, axis=1)
    skew = max(np.abs(u.conj().T @ u - np.eye(count)).max() for u in (into, out))
    if max(mixed, skew) > _SPINORS:
        checks.fail(
            "",
            f"its modes are no spin states (off by {max(mixed, skew):.2g})",
            "an orbital part times a spinor, those of both orthogonal",
            "keep spin-orbit coupling to the scattering region",
        )
    checks.done()
    return into, out


def delta_chain(hamiltonian: Hamiltonian, lattice_constant: float) -> Chain:
    """The chain of a `Hamiltonian`, its plane one site, in units of its kF: error O(a^2), a the lattice constant [m].

    -psi'' becomes (2 psi_j - psi_j-1 - psi_j+1)/a^2, and kappa delta(z) the energy kappa/a of the site at z = 0, which
    has the mean of both sides' potentials. Then S is that of `plane` with k_z^2 (1 - (k_z a)^2/4) for k_z^2, exactly.
    """
    ham = hamiltonian
    checks = Checks("delta_chain")
    checks.positive(lattice_constant=lattice_constant)
    checks.done()
    a = ham.kF * lattice_constant
    if a**2 * ham.fermi.max() >= 4:
        raise InputError(
            Fault(
                "delta_chain.lattice_constant",
                allowed="< 2/k_F, or no band reaches the Fermi energy",
                value=f"{lattice_constant:g} m",
            )
        )
    m = ham.axes[2]
    bottom = vector_matrix(1 - ham.fermi.mean(axis=1), (ham.fermi[:, 1] - ham.fermi[:, 0])[:, None] / 2 * m)

    def kinetic(kx: float, ky: float) -> Array:
        return (2 / a**2 + (kx**2 + ky**2) / ham.kF**2) * np.eye(2)

    def lead(side: int) -> Callable[[Any, float, float], Array]:
        return lambda site, kx, ky: kinetic(kx, ky) + bottom[side]

    def plane(site: Any, kx: float, ky: float) -> Array:
        scalar, orbit = ham.plane(np.asarray(kx / ham.kF), np.asarray(ky / ham.kF))
        kappa = vector_matrix(scalar, orbit @ ham.axes + ham.exchange_kappa * m)
        return kinetic(kx, ky) + bottom.mean(axis=0) + kappa / a

    def spin_orbit(kx: float, ky: float) -> Array:
        orbit = ham.plane(np.asarray(kx / ham.kF), np.asarray(ky / ham.kF))[1]
        return vector_matrix(np.zeros(()), orbit @ ham.axes) / a

    system = _finalized(plane, (lead(0), lead(1)), -np.eye(2) / a**2)
    return Chain(system=system, energy=1.0, spin_orbit=spin_orbit)


def _finalized(plane: Any, leads: tuple[Any, Any], hopping: Array) -> Any:
    """One site between two leads, each given by its energy as Kwant takes it: (site, kx, ky) -> (2, 2)."""
    kwant = _kwant()
    lattice = kwant.lattice.chain(norbs=2)
    system = kwant.Builder()
    system[lattice(0)] = plane
    for energy, direction in zip(leads, (-1, 1), strict=True):
        lead = kwant.Builder(kwant.TranslationalSymmetry((direction,)))
        lead[lattice(0)] = energy
        lead[lattice.neighbors()] = hopping
        system.attach_lead(lead)
    return system.finalized()


def disc(wavevectors: Sequence[float], n: int = 16) -> tuple[Array, Array]:
    """k (points, 2) [1/m] and weights of d^2k up to the largest of the Fermi wave vectors of all channels.

    A Gauss rule of n points between every two of them, in an x where all k_z are smooth
    (k^2 = a^2 cos^2 x + b^2 sin^2 x), times 2n azimuths.

    >>> k, weights = disc([1e10, 2e10])
    >>> round(float(weights.sum()) / (np.pi * 2e10**2), 12)
    1.0
    """
    cuts = np.unique([0.0, *(q for q in wavevectors if q > 0)])
    x, share = np.polynomial.legendre.leggauss(n)
    x = (x + 1) * np.pi / 4
    share = share * np.pi / 4
    azimuth = 2 * np.pi * (np.arange(2 * n) + 0.25) / (2 * n)
    direction = np.stack([np.cos(azimuth), np.sin(azimuth)], axis=1)
    k = []
    weights = []
    for a, b in pairwise(cuts):
        radius = np.hypot(a * np.cos(x), b * np.sin(x))
        measure = (b**2 - a**2) * np.sin(x) * np.cos(x) * share * np.pi / n
        k.append((radius[:, None, None] * direction).reshape(-1, 2))
        weights.append(np.repeat(measure, 2 * n))
    return np.concatenate(k), np.concatenate(weights)


def _kwant() -> Any:
    """The package, imported where it is used."""
    try:
        return importlib.import_module("kwant")
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "lattice interfaces need Kwant. In an environment of its own: pip install 'numpy<2' scipy cython tinyarray "
            "setuptools wheel; pip install --no-build-isolation kwant==1.5.0; pip install 'numpy<2' femsot"
        ) from error
