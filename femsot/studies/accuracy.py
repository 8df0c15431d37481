"""Errors of discretisation of a solved device, estimated from elements of first order on the same mesh.

Potentials are broken powers r^a of the distance r to the rim of a magnet (a = 2/3 beside a right angle) and to the end
of a contact (a = 1/2). A quantity computed with elements of order p on cells of size h is then off by about
h^2a p^-4a (not checked against a source), so that of order 2 is off by 1/(2^4a - 1) of the difference
between orders 1 and 2: 0.19 at a rim, 0.33 at the end of a contact. Where the solution is smooth it is off by less.
"""

from __future__ import annotations

import numpy as np

from femsot.base.quantities import Array
from femsot.results.device import DeviceSolution

#: error of second order over its difference from first order: of torques, and of voltages, currents and resistances
OF_TORQUES, OF_CONTACTS = 0.22, 0.4
#: a quantity smaller than this part of the whole torque, or of the largest voltage or current, errs relative to it
LEAST = 0.01


def estimated_errors(solution: DeviceSolution, coarse: DeviceSolution) -> dict[str, float]:
    """Return the relative errors of a solution of order 2, by quantity.

    Parameters
    ----------
    solution : of order 2.
    coarse : of the same device, of order 1.

    Returns
    -------
    dict
        "torque.NAME.received", ".flux" (of vectors, in the norm), ".damping_like", ".field_like" of every magnet,
        "contacts.NAME.voltage" or ".current", whichever is not given, "resistance" and "four_terminal_resistance",
        as far as they are defined. Torques are relative to the larger of the quantity and 1 % of the torque, voltages
        and currents to the larger of the quantity and 1 % of the largest one, a four-terminal resistance to the larger
        of itself and 1 % of that between the other two contacts.
    """
    errors: dict[str, float] = {}
    for name in solution.magnets:
        errors |= _of_torque(solution, coarse, name)
    errors |= _of_contacts(solution, coarse)
    fine = solution.resistance()
    rough = coarse.resistance()
    pairs = {
        "resistance": (fine.two_terminal, rough.two_terminal),
        "four_terminal_resistance": (fine.four_terminal, rough.four_terminal),
    }
    for path, (value, other) in pairs.items():
        if value is not None and other is not None:
            errors[path] = _relative(value, other, least=LEAST * abs(fine.two_terminal or value), factor=OF_CONTACTS)
    return errors


def _of_torque(solution: DeviceSolution, coarse: DeviceSolution, name: str) -> dict[str, float]:
    fine = solution.torque(name)
    rough = coarse.torque(name)
    errors = {}
    least = LEAST * float(np.linalg.norm(fine.vector))
    pairs = {
        "received": (fine.received, rough.received),
        "flux": (fine.flux, rough.flux),
        "damping_like": (fine.damping_like, rough.damping_like),
        "field_like": (fine.field_like, rough.field_like),
    }
    for field, (value, other) in pairs.items():
        if value is not None and other is not None and np.all(np.isfinite(value)) and np.all(np.isfinite(other)):
            errors[f"torque.{name}.{field}"] = _relative(value, other, least=least, factor=OF_TORQUES)
    return errors


def _of_contacts(solution: DeviceSolution, coarse: DeviceSolution) -> dict[str, float]:
    errors = {}
    largest = np.max(np.abs([(0.0, 0.0), *solution.contacts.values()]), axis=0)
    for name, values in solution.contacts.items():
        place = 1 if solution.device.contacts[name].voltage is not None else 0
        quantity = ("voltage", "current")[place]
        rough = coarse.contacts[name][place]
        errors[f"contacts.{name}.{quantity}"] = _relative(
            values[place], rough, least=LEAST * largest[place], factor=OF_CONTACTS
        )
    return errors


def _relative(fine: float | Array, rough: float | Array, *, least: float, factor: float) -> float:
    """Return factor |fine - rough| over the larger of |fine| and `least`; 0 where all of them are zero."""
    size = max(float(np.linalg.norm(fine)), least)
    return factor * float(np.linalg.norm(np.subtract(fine, rough))) / size if size > 0 else 0.0
