"""A stack in the words of Boltzmann's equation: materials as rates, interfaces as Hamiltonians, ends as walls.

Electrons of one Fermi sphere everywhere; K = e^2 kF^2/(pi^2 hbar) turns their distribution [V] into currents [A/m^2].

    lambda = 3 sigma/K,  lambda_up,down = (1 +- P) lambda,  w = 1/(v_F tau_sf) = lambda (1 - P^2)/(6 lambda_sf^2),
    Omega = omega/v_F = lambda/(3 lambda_J^2),  h = (3/K) J_hom.khat

w is the rate at which channels flip, so that lambda_sf^2 = lambda v_F tau_sf/6 at P = 0 (Amin16 B5). J_hom, axis by
axis, is what the layer by itself carries in the field: drift, spin Hall and anomalous Hall current as the material
states them. Their sources are first angular moments, and thick layers give them back.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from femsot.base.components import COMPONENTS, PHI
from femsot.base.constants import e, hbar
from femsot.base.errors import renaming
from femsot.interfaces import Scattering
from femsot.model import validity
from femsot.model.boundaries import Boundary, Contact, Injection, Reservoir, Surface
from femsot.model.stack import Stack
from femsot.model.validity import WAVEVECTOR
from femsot.scattering.hamiltonian import Hamiltonian

from ..layers import LayerTensors
from .joints import End, Interface, wall
from .layer import Layer


def fermi_wavevector(stack: Stack) -> float:
    """k_F [1/m] of every layer: the stack's, else that of a scattering interface, else `validity.WAVEVECTOR`."""
    if stack.fermi_wavevector is not None:
        return float(stack.fermi_wavevector)
    wavevectors = [law.kF for law in stack.interfaces.values() if isinstance(law, Scattering) and law.tensors is None]
    return wavevectors[0] if wavevectors else WAVEVECTOR


def sharvin(stack: Stack) -> float:
    """K = e^2 kF^2/(pi^2 hbar) [S/m^2], four times the Sharvin conductance of both spins."""
    return float(e**2 * fermi_wavevector(stack) ** 2 / (np.pi**2 * hbar))


def mean_free_path(stack: Stack, material: Any) -> float:
    """lambda = 3 sigma/K of a metal, the mean of both spins [m]."""
    return float(validity.mean_free_path(float(material.conductivity), fermi_wavevector(stack)))


def flip_rate(stack: Stack, material: Any) -> float:
    """w = 1/(v_F tau_sf), tau_sf of one channel [1/m]."""
    p = float(material.numbers().p)
    return mean_free_path(stack, material) * (1 - p**2) / (6 * float(material.spin_diffusion_length) ** 2)


def layer_rates(stack: Stack, i: int, tensors: LayerTensors) -> Layer:
    """One metal layer, lengths in m."""
    layer = stack.layers[i]
    material: Any = layer.material
    path = mean_free_path(stack, material)
    numbers = material.numbers()
    return Layer(
        thickness=float(layer.thickness),
        mean_free_path=path,
        polarization=float(numbers.p),
        spin_flip=flip_rate(stack, material),
        precession=-path * float(np.imag(numbers.precession)) / 3,
        magnetization=tensors.m,
        shift=3 / sharvin(stack) * (tensors.C[:4, :, PHI, :2] @ stack.in_plane),
        name=layer.name,
    )


def interface(stack: Stack, i: int) -> Interface:
    """The Hamiltonian of interface i, None where it is transparent."""
    law = stack.laws.get(stack.interface_name(i))
    if not isinstance(law, Scattering):
        return None
    values: dict[str, Any] = {f.name: vars(law)[f.name] for f in fields(Hamiltonian)}
    with renaming("interface", f"interfaces.{stack.interface_name(i)}"):
        return Hamiltonian(**values | {"magnetization": stack.interface_magnetization(i), "ferromagnet": "both"})


def end(boundary: Boundary | None, K: float, *, top: bool) -> End:
    """What electrons meet at one end of the stack; None: a mirror."""
    if isinstance(boundary, Surface):
        return wall(float(boundary.specularity))
    if isinstance(boundary, Injection):  # moment that enters at every angle alike; <cos theta> of a half sphere is 1/4
        flux = np.asarray(boundary.spin_current, dtype=float) * (-1.0 if top else 1.0)
        return End(incoming=np.concatenate([[0.0], 4 * flux / K]))
    if isinstance(boundary, Reservoir):
        return End(specular=[float(name not in boundary.components) for name in COMPONENTS[:4]])
    if isinstance(boundary, Contact):
        blocked = np.array([0.0, 1.0, 1.0, 1.0]) * (boundary.spin == "blocked")
        voltage = 0.0 if boundary.voltage is None else float(boundary.voltage)
        return End(specular=np.zeros(4), diffuse=blocked, incoming=np.array([voltage, 0.0, 0.0, 0.0]))
    return wall()
