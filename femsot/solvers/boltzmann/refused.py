"""What of a stack Boltzmann's equation cannot take, and what an interface says otherwise."""

from __future__ import annotations

import numpy as np
from scipy.constants import m_e

from femsot.base.constants import hbar
from femsot.base.errors import Caution, Fault, InputError
from femsot.interfaces import Scattering
from femsot.materials.records import Ferromagnet, Metal
from femsot.model.stack import Contact, Stack

from .scope import SCOPE
from .translate import fermi_wavevector, flip_rate, mean_free_path

_OTHER = 'or method = "exact"'
#: relaxation times of an interface and of the metals beside it that differ by more are another metal's
_DIFFERENT = 0.05


def check(stack: Stack) -> None:
    """Raise one InputError of everything that method "boltzmann" does not understand, or cannot take as it is."""
    faults = SCOPE.faults(stack)
    if not stack.exchange_is_torque:
        faults.append(Fault("closure", 'with method "boltzmann"', f'"conserving", {_OTHER}', value=repr(stack.closure)))
    for name, end in (("bottom", stack.bottom), ("top", stack.top)):
        if isinstance(end, Contact) and end.going_on():
            problem = 'with method "boltzmann"'
            faults.append(Fault(f"boundaries.{name}.spin", problem, f'"sink" or "blocked", {_OTHER}', value="'open'"))
    metals = {x.material.name: x.material for x in stack.layers if isinstance(x.material, Metal)}.values()
    faults += [fault for material in metals for fault in _material(material)]
    if not faults:
        faults = _spheres(stack) + [fault for material in metals for fault in _flips(stack, material)]
    if faults:
        raise InputError(faults)


def _material(material: Metal) -> list[Fault]:
    """Numbers that the collisions know, but not with such a value."""
    faults = []
    if np.any(np.asarray(material.sigma_s) != material.conductivity):
        faults.append(
            Fault(
                f"materials.{material.name}.spin_conductivity",
                'with method "boltzmann"',
                f"{material.conductivity:g} S/m as of charge: the same electrons carry both, {_OTHER}",
                value=f"{material.sigma_s:g} S/m",
            )
        )
    dephasing = material.dephasing_length if isinstance(material, Ferromagnet) else None
    if dephasing is not None and np.isfinite(dephasing):
        faults.append(
            Fault(
                f"materials.{material.name}.dephasing_length",
                'given with method "boltzmann", where spins dephase as they precess along their ways',
                f"leave it out, {_OTHER}",
            )
        )
    return faults


def _spheres(stack: Stack) -> list[Fault]:
    """Interfaces whose Fermi wave vector is not the stack's."""
    kF = fermi_wavevector(stack)
    laws = {name: law for name, law in stack.laws.items() if isinstance(law, Scattering)}
    return [
        Fault(
            f"interfaces.{name}.fermi_wavevector",
            'with method "boltzmann"',
            f"{kF:g} 1/m as elsewhere in the stack: all Fermi surfaces are equal, {_OTHER}",
            value=f"{law.kF:g} 1/m",
        )
        for name, law in laws.items()
        if abs(law.kF / kF - 1) > 1e-9
    ]


def _flips(stack: Stack, material: Metal) -> list[Fault]:
    """Spins cannot flip more often than their electrons scatter: w <= 1/lambda of each channel."""
    path = mean_free_path(stack, material)
    p = float(material.polarization) if isinstance(material, Ferromagnet) else 0.0
    often = flip_rate(stack, material) * path * (1 + abs(p))
    if often <= 1:
        return []
    length = float(material.spin_diffusion_length)
    return [
        Fault(
            f"materials.{material.name}.spin_diffusion_length",
            'with method "boltzmann"',
            f"at least {length * np.sqrt(often):.4g} m at a mean free path of {path:.4g} m (3 sigma/K at k_F = "
            f"{fermi_wavevector(stack):g} 1/m), else spins flip more often than electrons scatter, {_OTHER}",
            value=f"{length:g} m",
        )
    ]


def warnings(stack: Stack) -> list[Caution]:
    """Interfaces whose relaxation times are not those of the metals beside them, where a field drives."""
    cautions = []
    for i in range(len(stack.layers) - 1 if np.any(stack.in_plane) else 0):
        name = stack.interface_name(i)
        law = stack.laws.get(name)
        if not isinstance(law, Scattering):
            continue
        for layer, times, side in zip(stack.layers[i : i + 2], law.relaxation_time, ("below", "above"), strict=True):
            bulk_time = mean_free_path(stack, layer.material) * m_e / (hbar * fermi_wavevector(stack))
            if abs(np.mean(times) / bulk_time - 1) > _DIFFERENT:
                cautions.append(
                    Caution(
                        f"interfaces.{name}.relaxation_time",
                        f"{np.mean(times):.4g} s {side}, but the conductivity of {layer.material.name!r} at this "
                        f"k_F means {bulk_time:.4g} s, which Boltzmann's equation takes: with drift-diffusion it is "
                        "another metal",
                        kind="relaxation-time-differs",
                    )
                )
    return cautions
