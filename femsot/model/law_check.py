"""What an interface's law must satisfy between the two layers that it joins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from femsot.base.components import PHI
from femsot.base.errors import Checks

if TYPE_CHECKING:
    from .stack import Stack


def check_law(stack: Stack, i: int) -> None:
    """Raise InputError if law i lacks the magnetization or side it needs, leaks charge or creates power."""
    law = stack.law(i)
    pair = stack.layers[i : i + 2]
    checks = Checks(stack.law_path(i))
    if law.two_magnets:
        _check_magnets(stack, i, checks)
    if law.needs_magnetization and stack.interface_magnetization(i) is None:
        both = all(layer.material.magnetic for layer in pair)
        where = "both neighbours are magnets" if both else "neither neighbour is a magnet"
        checks.fail("magnetization", f"missing, required since {where}", "three numbers")
    if law.needs_side and law.side(pair[0].magnetization, pair[1].magnetization) is None:
        checks.fail("ferromagnet", "missing", '"above" or "below", the side whose magnetization absorbs')
    checks.done()
    insulators = [not layer.material.metallic for layer in pair]
    _check_channels(stack, i, checks)
    checks.done()
    through = stack.interface_map(i)
    if through is None:
        if any(insulators):
            checks.fail("law", "transparent beside an insulator", "insulating, mixing or matrix")
    else:
        through.check(stack.law_path(i))
        metal = 1 if insulators[0] else 0
        insulator = f"{pair[1 - metal].material.name!r} {('below', 'above')[1 - metal]}"
        charged = np.any(through.conductance[..., metal, PHI, :, :]) or np.any(through.field[..., metal, PHI, :])
        crossing = law.nonzero(law.inner_fields)
        if any(insulators) and crossing:
            checks.fail(crossing[0], f"given beside an insulator, {insulator}, which has no potentials", "leave it out")
        if any(insulators) and charged:
            checks.fail("", f"carries charge into an insulator, {insulator}", "no charge conductance (up = down = 0)")
    checks.done()


def _check_channels(stack: Stack, i: int, checks: Checks) -> None:
    """A law that knows on which sides electrons move: not in an insulator, but in a metal beside one."""
    pair = stack.layers[i : i + 2]
    if all(layer.material.metallic for layer in pair):
        return
    conducting = stack.law(i).conducts(pair[0].magnetization, pair[1].magnetization)
    if conducting is None:
        return
    for where, layer, moves in zip(("below", "above"), pair, conducting, strict=True):
        if moves and not layer.material.metallic:
            checks.fail(
                "potential_step",
                f"its Fermi energy lies in a band of the insulator {layer.material.name!r} {where}",
                "a gap there: fermi_energy below the band bottom of that side, exchange splitting included",
            )
        elif not moves and layer.material.metallic:
            checks.fail(
                "fermi_energy",
                f"lies below every band of the metal {layer.material.name!r} {where}",
                "above one of them",
            )


def _check_magnets(stack: Stack, i: int, checks: Checks) -> None:
    """A law of two magnets: both are metals that take what is across their magnetization."""
    for where, layer, bulk in zip(("below", "above"), stack.layers[i : i + 2], stack.bulks[i : i + 2], strict=True):
        if bulk is None or layer.magnetization is None:
            checks.fail("law", f"{layer.material.name!r} {where} is no magnetic metal", "a ferromagnet on both sides")
        elif not np.all(np.any(bulk.exchange, axis=(-2, -1))):
            checks.fail(
                "law",
                f"the magnet {layer.material.name!r} {where} has neither exchange_length nor dephasing_length, so "
                "nothing absorbs the spin across its magnetization",
                "a magnet with one of them, finite",
            )
