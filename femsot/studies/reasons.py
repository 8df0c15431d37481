"""Why an answer is zero, or nobody's, by construction: said with the answer, before somebody wonders."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

import numpy as np
from scipy.constants import m_e

from femsot.base.components import SPIN
from femsot.base.constants import hbar
from femsot.base.errors import Caution
from femsot.interfaces import InterfaceMap, Law, Scattering
from femsot.materials.tensors import Bulk
from femsot.model.boundaries import Contact, Injection, Reservoir
from femsot.model.device import Device
from femsot.model.stack import Stack
from femsot.model.validity import mean_free_path

#: sizes that spin-orbit torques are measured on [m]: others are mostly a unit that was not meant
SMALLEST = 0.05e-9
LARGEST = 100e-6
#: a layer thinner than this share of its spin diffusion length absorbs next to no spin
THIN = 0.1
#: rows of C whose spin currents have moments other than n x E: with them no parity forbids a field-like torque
_TURNING = frozenset(
    ("spin_hall_rotated", "spin_hall_tensor", "spin_splitter", "spin_swapping", "orbital_hall_tensor")
) | {"orbital_swapping"}


def stack_reasons(stack: Stack, swept: Collection[str] = ()) -> list[Caution]:
    """Return what of a stack's answers is zero, or nobody's, by construction; of the paths `swept` nothing is said."""
    cautions = [*_sizes(stack), *_unreceived(stack, swept), *_converted(stack, swept)]
    if np.any(stack.in_plane):
        cautions += _no_field_like(stack, swept)
        for i in range(len(stack.layers) - 1 if stack.interfaces else 0):
            pair = stack.bulks[i : i + 2]
            cautions += _timeless(stack.interface_name(i), stack.law(i), pair)
    return cautions


def device_reasons(device: Device) -> list[Caution]:
    """Return the same of a device."""
    extent = np.ptp(device.mesh.points, axis=0)
    cautions = _size("mesh", float(np.max(extent))) or _size("mesh", float(np.min(extent)))
    for name, bulk in device.bulks.items():
        pairs = [_pair(device, joint) for joint, pair in device.joints.items() if name in pair]
        absorbing = any(_absorbs(pair, pair.index(name)) for pair in pairs)
        if bulk is not None and device.regions[name].material.magnetic and not absorbing and not _has_exchange(bulk):
            cautions.append(_nobody(f"regions.{name}", bulk.name))
    for name, law in device.interfaces.items() if np.any(device.electric_field) else ():
        cautions += _timeless(name, law, [device.bulks[region] for region in device.joints[name]])
    return cautions


def _pair(device: Device, joint: str) -> Stack:
    """The two sides of an interface in any of their directions."""
    below, above = device.joints[joint]
    return device.pair(joint, device.any_direction(below), device.any_direction(above))


def _sizes(stack: Stack) -> Iterator[Caution]:
    """Layers of a thickness that hardly anybody means."""
    for layer in stack.layers:
        for size in (np.min(layer.thickness), np.max(layer.thickness)):
            cautions = _size(f"layers.{layer.name}.thickness", float(size))
            if cautions:
                yield from cautions
                break


def _size(path: str, size: float) -> list[Caution]:
    if size == 0 or SMALLEST <= size <= LARGEST:  # 0: a layer that is left out
        return []
    what = "extends over" if path == "mesh" else "is"
    hint = "is length_unit right?" if path == "mesh" else "is its unit right?"
    return [Caution(path, f"{what} {size:.3g} m, outside of 0.05 nm to 100 um", hint, kind="size")]


def _has_exchange(bulk: Bulk) -> bool:
    """Does the magnetization of the bulk take spin, by exchange or dephasing, at any point of a batch?"""
    return bool(np.any(bulk.exchange))


def _beside(stack: Stack, i: int) -> list[int]:
    return [j for j in (i - 1, i) if 0 <= j < len(stack.layers) - 1]


def _absorbs(stack: Stack, i: int) -> bool:
    """Does an interface of the magnet i exert a torque on its magnetization?"""
    laws = [stack.maps[j] for j in _beside(stack, i) if stack.interface_owner(j) == i]
    return any(law is not None and (np.any(law.torque_mu) or np.any(law.torque_field)) for law in laws)


def _unreceived(stack: Stack, swept: Collection[str]) -> Iterator[Caution]:
    """Magnets whose magnetization receives nothing, whatever flows into them."""
    for i, (layer, bulk) in enumerate(zip(stack.layers, stack.bulks, strict=True)):
        if layer.magnetization is None or bulk is None or _has_exchange(bulk) or _absorbs(stack, i):
            continue
        paths = [f"materials.{bulk.name}.{field}" for field in ("exchange_length", "dephasing_length")]
        paths += [f"interfaces.{stack.interface_name(j)}" for j in _beside(stack, i)]
        if not _any_swept(swept, paths):
            yield _nobody(f"layers.{layer.name}", bulk.name)


def _nobody(path: str, material: str) -> Caution:
    return Caution(
        path,
        f"{material!r} has neither exchange_length nor dephasing_length and no interface takes spin across m: its "
        "magnetization receives no torque, and the flux that it absorbs goes to the lattice by spin flip",
        'give one of the lengths, about 1 nm in 3d metals, or law = "mixing" at its interfaces',
        kind="no-receiver",
    )


def _any_swept(swept: Collection[str], paths: Iterable[str]) -> bool:
    return any(path.startswith(start) for start in paths for path in swept)


def _no_field_like(stack: Stack, swept: Collection[str]) -> list[Caution]:
    """The field-like torque where no spin turns about m anywhere: zero for symmetry.

    One magnet, and spin currents of the moment n x E alone: what it absorbs along that is damping-like.
    """
    magnets = [layer for layer in stack.layers if layer.magnetization is not None]
    if len(magnets) != 1 or swept or _driven_otherwise(stack):
        return []
    bulks = [bulk for bulk in stack.bulks if bulk is not None]
    if any(np.any(np.imag(bulk.exchange)) or not _TURNING.isdisjoint(row.field for row in bulk.rows) for bulk in bulks):
        return []
    if any(law is not None and _turns(law) for law in stack.maps):
        return []
    if not any(_receives(stack, i) for i, layer in enumerate(stack.layers) if layer is magnets[0]):
        return []
    return [
        Caution(
            f"layers.{magnets[0].name}",
            "no exchange_length and no imaginary part of a mixing conductance turns spin about m: its field-like "
            "torque is zero by construction",
            "give one of them to have it",
            kind="no-field-like",
            note=True,
        )
    ]


def _receives(stack: Stack, i: int) -> bool:
    bulk = stack.bulks[i]
    return _absorbs(stack, i) or (bulk is not None and _has_exchange(bulk))


def _driven_otherwise(stack: Stack) -> bool:
    """Does anything but an in-plane field drive?"""
    if any(np.any(rate) for rate in stack.magnetization_rate.values()):
        return True
    ends = [end for end in (stack.bottom, stack.top) if end is not None]
    if any(isinstance(end, Injection) for end in ends):
        return True
    return any(isinstance(end, Contact) and (np.any(end.voltage) or np.any(end.current_density)) for end in ends)


def _turns(law: InterfaceMap) -> bool:
    """Does an interface turn spin that passes or comes back, or make spin of its own?"""
    spin = law.conductance[..., :, SPIN, :, SPIN]
    turned = np.abs(spin - np.swapaxes(spin, -1, -3))
    size = np.max(np.abs(law.conductance), initial=0.0)
    return bool(np.any(turned > 1e-12 * size) or np.any(law.field) or np.any(law.torque_field))


def _timeless(name: str, law: Law, beside: Iterable[Bulk | None]) -> Iterator[Caution]:
    """A scattering interface without relaxation times: an in-plane field drives nothing in it."""
    if not isinstance(law, Scattering) or law.tensors is not None or np.any(np.hstack(law.relaxation_time)):
        return
    metals = {bulk.name: float(np.mean(bulk.charge)) for bulk in beside if bulk is not None}
    times = [
        f"{mean_free_path(sigma, law.kF) * m_e / (hbar * law.kF):.3g} s in {metal!r}" for metal, sigma in metals.items()
    ]
    yield Caution(
        f"interfaces.{name}.relaxation_time",
        "is zero: an in-plane field drives no current and no torque at this interface",
        f"the conductivities and its k_F mean {' and '.join(times)}",
        kind="no-relaxation-time",
        note=True,
    )


def _converted(stack: Stack, swept: Collection[str]) -> Iterator[Caution]:
    """Magnets that turn orbit into spin by P_os alone, with nobody beside them to take the opposite spin.

    P_os moves moment between two currents and conserves both: what leaves the magnet must be absorbed elsewhere.
    """
    converting = [
        i
        for i, bulk in enumerate(stack.bulks)
        if bulk is not None and np.any(bulk.numbers.p_os) and not np.any(bulk.numbers.spin_orbit)
    ]
    if not converting or swept or _ends_take_spin(stack) or any(law is not None and _loses(law) for law in stack.maps):
        return
    takers = {i for i in range(len(stack.layers)) if _takes_spin(stack, i)}
    for i in converting:
        if not takers - {i}:
            yield Caution(
                f"layers.{stack.layers[i].name}",
                "orbit_to_spin is its only conversion, which conserves spin between currents, and nothing beside it "
                "absorbs spin: its net torque nearly vanishes",
                "for orbital moment that becomes spin inside the magnet give spin_orbit_length (docs/physics.md, 2)",
                kind="conversion-cancels",
            )


def _ends_take_spin(stack: Stack) -> bool:
    ends = [end for end in (stack.bottom, stack.top) if isinstance(end, Contact | Reservoir)]
    return any({1, 2, 3} & set(end.fixed()) for end in ends)


def _loses(law: InterfaceMap) -> bool:
    """Does an interface lose spin?"""
    lost = np.abs(law.conductance[..., 0, SPIN, :, :] - law.conductance[..., 1, SPIN, :, :])
    return bool(np.any(lost > 1e-12 * np.max(np.abs(law.conductance), initial=0.0)))


def _takes_spin(stack: Stack, i: int) -> bool:
    """Does layer i absorb a share of the spin that is worth the name?"""
    layer = stack.layers[i]
    bulk = stack.bulks[i]
    if bulk is None:
        return False
    lost_in = THIN / np.sqrt(np.maximum(bulk.numbers.flip, np.finfo(float).tiny))
    return _has_exchange(bulk) or bool(np.any(np.asarray(layer.thickness) > lost_in))
