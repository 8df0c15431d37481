"""What a referee would object to in the models of a stack or a device."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from femsot.base.components import PHI
from femsot.base.errors import Caution
from femsot.base.quantities import Array
from femsot.materials.tensors import conductivity
from femsot.model.device import Device, in_space
from femsot.model.stack import Stack
from femsot.model.texture import Texture
from femsot.model.validity import NING24, law_warnings, thin_layers
from femsot.solvers import boltzmann

from .reasons import device_reasons, stack_reasons

FILM = Caution(
    "mesh",
    'a film, plane "xy", has no spin Hall current across itself',
    'is it a cross-section, plane = "xz"?',
    kind="film",
)


def stack_warnings(
    stack: Stack, swept: Mapping[str, Array] | None = None, *, method: str | None = None
) -> list[Caution]:
    """Return what a referee would object to in the models of a stack; `swept` as of `thin_layers`.

    `method` replaces the stack's own: Boltzmann's equation has no drift-diffusion to be warned of.
    """
    if (method or stack.method) == "boltzmann":
        return boltzmann.warnings(stack)
    cautions = thin_layers(stack, swept)
    if not stack.exchange_is_torque:
        cautions.append(NING24)
    for bulk in {bulk.name: bulk for bulk in stack.bulks if bulk is not None}.values():
        cautions += bulk.warnings
    for i in range(len(stack.layers) - 1):
        name = stack.interface_name(i)
        cautions += law_warnings(name, stack.law(i), stack.bulks[i : i + 2])
    return cautions + stack_reasons(stack, swept or ())


def device_warnings(device: Device) -> list[Caution]:
    """Return what a referee would object to in the models of a device."""
    cautions = [*device.mesh.cautions, *([NING24] if not device.exchange_is_torque else [])]
    metals = [bulk for bulk in device.bulks.values() if bulk is not None]
    if device.mesh.plane == "xy" and any(np.any(conductivity(bulk)[1:, 2, PHI, :2]) for bulk in metals):
        cautions.append(FILM)
    for bulk in {bulk.name: bulk for bulk in device.bulks.values() if bulk is not None}.values():
        cautions += bulk.warnings
    for name, law in device.interfaces.items():
        cautions += law_warnings(name, law, [device.bulks[region] for region in device.joints[name]])
    for name, region in device.regions.items():
        if isinstance(region.magnetization, Texture):
            vertices = np.unique(device.mesh.cells[device.mesh.regions[name]])
            points = in_space(device.mesh.points[vertices], device.axes)
            cautions += [caution.under(f"regions.{name}") for caution in region.magnetization.cautions(points)]
    return cautions + device_reasons(device)
