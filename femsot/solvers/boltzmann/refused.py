"""What of a stack has no microscopic meaning in Boltzmann's equation, and what an interface says otherwise."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.constants import m_e

from femsot.base.constants import hbar
from femsot.base.errors import InputError
from femsot.interfaces import Insulating, Scattering, Transparent
from femsot.materials.records import Metal
from femsot.model.stack import Stack

from .translate import fermi_wavevector, flip_rate, mean_free_path

_OTHER = 'or method = "exact"'
#: relaxation times of an interface and of the metals beside it that differ by more are another metal's
_DIFFERENT = 0.05
#: what the collisions know of a metal's conductivity; any other entry is refused
UNDERSTOOD = frozenset(
    ("conductivity", "spin_conductivity", "polarization", "anomalous_hall_conductivity", "spin_hall_conductivity")
)


def check(stack: Stack) -> None:
    """One `InputError` of everything that method "boltzmann" cannot take."""
    if not stack.exchange_is_torque:
        raise InputError(f'closure: got {stack.closure!r} with method "boltzmann", allowed: "conserving", {_OTHER}')
    metals = {x.material.name: x.material for x in stack.layers if isinstance(x.material, Metal)}.values()
    faults = [fault for material in metals for fault in _material(material)]
    faults += [fault for i in range(len(stack.layers) - 1) for fault in _interface(stack, i)]
    faults += [
        f'drive.magnetization_rate.{name}: given with method "boltzmann", allowed: leave it out, {_OTHER}'
        for name in stack.magnetization_rate
    ]
    faults = faults or [*_spheres(stack), *(fault for material in metals for fault in _flips(stack, material))]
    if faults:
        raise InputError(faults)


def _material(material: Any) -> list[str]:
    """Fields that have no place in the collisions."""
    found = []
    if not material.orbital:
        fields = dict.fromkeys(row.field for row in material.bulk().rows)
        found += [
            f'{field}: given with method "boltzmann", which does not know it, allowed: leave it out'
            for field in fields
            if field not in UNDERSTOOD
        ]
    if material.numbers().full:
        found.append('relaxation: got "full" with method "boltzmann", allowed: "measured"')
    if material.orbital:
        found.append(
            'orbital_conductivity: given with method "boltzmann", which has no orbital channel, allowed: leave out '
            "every orbital_*"
        )
    if np.any(np.asarray(material.sigma_s) != material.conductivity):
        found.append(
            f'spin_conductivity: got {material.sigma_s:g} S/m with method "boltzmann", allowed: '
            f"{material.conductivity:g} S/m as of charge: the same electrons carry both"
        )
    dephasing = getattr(material, "dephasing_length", None)
    if dephasing is not None and np.isfinite(dephasing):
        found.append(
            'dephasing_length: given with method "boltzmann", where spins dephase as they precess along their ways, '
            "allowed: leave it out"
        )
    return [f"materials.{material.name}.{text}, {_OTHER}" for text in found]


def _interface(stack: Stack, i: int) -> list[str]:
    """Laws that are no scattering amplitudes."""
    name = stack.interface_name(i)
    law = stack.interfaces.get(name)
    owner = f"interfaces.{name}"
    if law is None or isinstance(law, Transparent | Insulating):
        return []
    if not isinstance(law, Scattering):
        return [
            f'{owner}.law: a law of circuit theory with method "boltzmann", which needs amplitudes, allowed: '
            f"transparent, insulating, scattering, {_OTHER}"
        ]
    if law.tensors is not None:
        return [
            f'{owner}.tensors: ready tensors with method "boltzmann", which needs amplitudes at every angle, allowed: '
            f"the Hamiltonian, {_OTHER}"
        ]
    return [
        f'{owner}.{field}: got {getattr(law, field):g} eV with method "boltzmann", allowed: 0: all Fermi surfaces are '
        f"equal, {_OTHER}"
        for field in ("potential_step", "exchange_splitting")
        if getattr(law, field)
    ]


def _spheres(stack: Stack) -> list[str]:
    """Interfaces whose Fermi wave vector is not the stack's."""
    kF = fermi_wavevector(stack)
    laws = {name: law for name, law in stack.interfaces.items() if isinstance(law, Scattering)}
    return [
        f'interfaces.{name}.fermi_wavevector: got {law.kF:g} 1/m, allowed with method "boltzmann": {kF:g} 1/m as '
        f"elsewhere in the stack: all Fermi surfaces are equal, {_OTHER}"
        for name, law in laws.items()
        if abs(law.kF / kF - 1) > 1e-9
    ]


def _flips(stack: Stack, material: Any) -> list[str]:
    """Spins cannot flip more often than their electrons scatter: w <= 1/lambda of each channel."""
    p, path = float(getattr(material, "polarization", 0.0)), mean_free_path(stack, material)
    often = flip_rate(stack, material) * path * (1 + abs(p))
    if often <= 1:
        return []
    length = float(material.spin_diffusion_length)
    return [
        f'materials.{material.name}.spin_diffusion_length: got {length:g} m with method "boltzmann", allowed: at least '
        f"{length * np.sqrt(often):.4g} m at a mean free path of {path:.4g} m (3 sigma/K at k_F = "
        f"{fermi_wavevector(stack):g} 1/m), else spins flip more often than electrons scatter, {_OTHER}"
    ]


def warnings(stack: Stack) -> list[str]:
    """Interfaces whose relaxation times are not those of the metals beside them, where a field drives."""
    found = []
    for i in range(len(stack.layers) - 1 if np.any(stack.in_plane) else 0):
        name = stack.interface_name(i)
        law = stack.interfaces.get(name)
        if not isinstance(law, Scattering):
            continue
        for layer, given, side in zip(stack.layers[i : i + 2], law.relaxation_time, ("below", "above"), strict=True):
            own = mean_free_path(stack, layer.material) * m_e / (hbar * fermi_wavevector(stack))
            if abs(np.mean(given) / own - 1) > _DIFFERENT:
                found.append(
                    f"interfaces.{name}.relaxation_time: {np.mean(given):.4g} s {side}, but the conductivity of "
                    f"{layer.material.name!r} at this k_F means {own:.4g} s, which Boltzmann's equation takes: with "
                    "drift-diffusion it is another metal"
                )
    return found
