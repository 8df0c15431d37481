"""What a referee would object to in the models of a stack or a device."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from femsot.base.components import PHI
from femsot.base.quantities import Array
from femsot.materials.tensors import conductivity
from femsot.model.device import Device
from femsot.model.stack import Stack
from femsot.model.validity import NING24, law_warnings, thin_layers
from femsot.solvers import boltzmann

FILM = 'mesh: a film, plane "xy", has no spin Hall current across itself; is it a cross-section, plane = "xz"?'


def stack_warnings(stack: Stack, swept: Mapping[str, Array] | None = None, *, method: str | None = None) -> list[str]:
    """Return what a referee would object to in the models of a stack, one text each; `swept` as of `thin_layers`.

    `method` replaces the stack's own: Boltzmann's equation has no drift-diffusion to be warned of.
    """
    if (method or stack.method) == "boltzmann":
        return [str(caution) for caution in boltzmann.warnings(stack)]
    texts = thin_layers(stack, swept)
    if not stack.exchange_is_torque:
        texts.append(NING24)
    for bulk in {bulk.name: bulk for bulk in stack.bulks if bulk is not None}.values():
        texts += bulk.warnings
    for i in range(len(stack.layers) - 1):
        name = stack.interface_name(i)
        texts += law_warnings(name, stack.law(i), stack.bulks[i : i + 2])
    return texts


def device_warnings(device: Device) -> list[str]:
    """Return what a referee would object to in the models of a device, one text each."""
    texts = [NING24] if not device.exchange_is_torque else []
    metals = [bulk for bulk in device.bulks.values() if bulk is not None]
    if device.mesh.plane == "xy" and any(np.any(conductivity(bulk)[1:, 2, PHI, :2]) for bulk in metals):
        texts.append(FILM)
    for bulk in {bulk.name: bulk for bulk in device.bulks.values() if bulk is not None}.values():
        texts += bulk.warnings
    for name, law in device.interfaces.items():
        texts += law_warnings(name, law, [device.bulks[region] for region in device.joints[name]])
    return texts
