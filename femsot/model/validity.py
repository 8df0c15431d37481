"""What a referee would object to: layers thinner than their mean free path along a field, what laws say themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from femsot.base.constants import e, hbar
from femsot.base.errors import Caution
from femsot.base.quantities import Array
from femsot.interfaces import Law
from femsot.materials.tensors import Bulk

from .device import Device
from .mesh.measure import footprint
from .stack import Stack

#: assumed where neither an interface nor the stack says it, that of Pt|Co in Amin and Stiles (2016) [1/m]
WAVEVECTOR = 16e9
#: of that closure
NING24 = Caution(
    "",
    'closure "ning24" breaks Onsager reciprocity and may create power',
    "only flux torques are reported",
    kind="ning24",
)
_THEN = "drift-diffusion along an in-plane field is off by tens of percent there"
_ASSUMED = WAVEVECTOR, "assumed"
_DRUDE = e**2 / (3 * np.pi**2 * hbar)  # sigma/(kF^2 lambda)


def mean_free_path(conductivity: Any, wavevector: float = WAVEVECTOR) -> Any:
    """lambda of sigma = (e^2/h) (2 kF^2/3 pi) lambda, free electrons of both spins [m].

    >>> round(1e9 * mean_free_path(4.39e6), 2)
    2.09
    """
    return conductivity / (_DRUDE * wavevector**2)


def law_warnings(name: str, law: Law, beside: Iterable[Bulk | None]) -> list[Caution]:
    """Return what the law of interface `name` says of itself, and of the metals beside it."""
    cautions = list(law.quality())
    for bulk in beside:
        if bulk is not None:
            cautions += law.warnings(bulk)
    return [caution.under(f"interfaces.{name}") for caution in cautions]


def thin_layers(stack: Stack, swept: Mapping[str, Array] | None = None) -> list[Caution]:
    """One caution for each layer thinner than its mean free path where an in-plane field drives it, at any point.

    `swept`: fields by dotted path -> arrays (points, ...), as of a sweep, instead of the stack's own.
    """
    swept = swept or {}
    field = swept.get("drive.electric_field", stack.electric_field)
    driven = bool(field[0] or field[1]) if np.ndim(field) == 1 else np.any(np.asarray(field)[..., :2], axis=-1)
    driven = driven | stack.imposes_current
    if not np.any(driven):
        return []
    cautions = []
    for i, layer in enumerate(stack.layers):
        if layer.material.metallic:
            sigma = _conductivity(layer.material, swept)
            thickness = np.asarray(swept.get(f"layers.{layer.name}.thickness", layer.thickness))
            thickness = np.where(thickness == 0, np.inf, thickness)  # a layer that is left out
            how = _how(thickness, sigma, driven=driven, wavevector=_wavevector(stack, i))
            cautions += [Caution(f"layers.{layer.name}", how, kind="thin")] if how else []
    return cautions


def thin_regions(device: Device, driven: Mapping[str, Any], swept: Mapping[str, Array] | None = None) -> list[Caution]:
    """The same of a device: `driven` says of each metal whether, or at which points, an in-plane field drives it.

    The thickness of a region is its volume over its footprint.
    """
    cautions = []
    for name in [name for name, where in driven.items() if np.any(where)]:
        thickness = np.abs(device.mesh.volumes[device.mesh.regions[name]]).sum() / footprint(device.mesh, name)
        sigma = _conductivity(device.regions[name].material, swept or {})
        near = [x for x, pair in device.joints.items() if name in pair]
        how = _how(
            thickness, sigma, driven=driven[name], wavevector=_laws_wavevector(device.interfaces, near) or _ASSUMED
        )
        cautions += [Caution(f"regions.{name}", how, kind="thin")] if how else []
    return cautions


def _conductivity(material: Any, swept: Mapping[str, Array]) -> Any:
    path = f"materials.{material.name}"
    if f"{path}.resistivity" in swept:
        return 1 / np.asarray(swept[f"{path}.resistivity"])
    return swept.get(f"{path}.conductivity", material.conductivity)


def _how(thickness: Any, sigma: Any, *, driven: Any, wavevector: tuple[float, str]) -> str:
    """How thin, of the worst of several points, by which kF; "" where there is nothing to say."""
    path = mean_free_path(sigma, wavevector[0])
    thin = (thickness < path) & driven
    if not np.any(thin):
        return ""
    where = ":"
    if np.ndim(thin):
        where = f" at {np.sum(thin)} of {np.size(thin)} points, at worst"
        thickness, path = (np.broadcast_to(x, thin.shape) for x in (thickness, path))
        worst = np.argmin(np.where(thin, thickness / path, np.inf))
        thickness = thickness.flat[worst]
        path = path.flat[worst]
    origin = f"(sigma = (e^2/h) (2 kF^2/3 pi) lambda, kF = {wavevector[0] * 1e-9:.4g} 1/nm {wavevector[1]})"
    lengths = f"{thickness * 1e9:.3g} nm against {path * 1e9:.3g} nm {origin}"
    return f"is thinner than its mean free path{where} {lengths}: {_THEN}"


def _wavevector(stack: Stack, i: int) -> tuple[float, str]:
    """kF of a scattering interface of layer i, or the stack's, or `WAVEVECTOR`; and whence."""
    names = [stack.interface_name(j) for j in (i - 1, i) if 0 <= j < len(stack.layers) - 1] if stack.laws else []
    of_stack = None if stack.fermi_wavevector is None else (float(stack.fermi_wavevector), "of the stack")
    return _laws_wavevector(stack.laws, names) or of_stack or _ASSUMED


def _laws_wavevector(laws: Mapping[str, Law], names: Iterable[str]) -> tuple[float, str] | None:
    """kF of the first interface among these that says it."""
    for name in names:
        law = laws.get(name)
        if law is not None and law.wavevector is not None:
            return law.wavevector, f"of {name}"
    return None
