"""Rounding of a device's solution, which is shown as zero."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .result import Result, numbers

#: proportional to the damping-like and to the field-like torque
LIKE = ("efficiency_E", "efficiency_j", "field_T", "field_per_current")
SPLIT = ("damping_like", "field_like")
TORQUES = ("flux", "exchange", "interface", "received", "received_like", "flux_like", "remainder", *SPLIT)


def tolerance(result: Result) -> float:
    """Rounding of a solution over its largest current."""
    return max(1e-12, 10 * float(result["report"].get("residual") or 0.0))


def current_floor(result: Result) -> float:
    """The current [A] below which a device's currents are rounding; 0 for a stack."""
    return tolerance(result) * _largest(_currents(result)) if result.get("regions") else 0.0


def _currents(result: Result) -> Iterator[Any]:
    """All currents of charge and moment: of contacts, through interfaces, and those that regions take up."""
    for contact in result.get("contacts") or []:
        yield contact["current"]
    for face in result.get("interfaces") or []:
        yield from (face.get(f"current_{side}") for side in ("minus", "plus"))
    for part in result["regions"]:
        yield part.get("footprint", 1.0) * numbers((part.get("budget") or {}).get("flux") or 0.0)


def _largest(values: Iterator[Any]) -> float:
    magnitudes = (np.abs(numbers(value)) for value in values if value is not None)
    return max((float(np.max(np.nan_to_num(sizes), initial=0.0)) for sizes in magnitudes), default=0.0)


def cleaned(result: Result) -> Result:
    """A device's record with zeros for rounding in currents, torques, fields and potentials; a stack's as it is.

    Torques are compared as currents: times the footprint or area that they are over.
    """
    if not result.get("regions"):
        return result
    current = current_floor(result)
    contacts = result.get("contacts") or []
    means = [part.get("mu_mean") for part in result["regions"]]
    potential = tolerance(result) * _largest(iter([*means, *(contact["voltage"] for contact in contacts)]))
    levels = {"voltage": potential, "current": current}
    return {
        **result,
        "regions": [_region(part, current / part.get("footprint", 1.0), potential) for part in result["regions"]],
        "interfaces": [_interface(face, current) for face in result.get("interfaces") or []],
        "contacts": [_zeroed(contact, levels) for contact in contacts],
    }


def _region(part: dict[str, Any], torque: float, potential: float) -> dict[str, Any]:
    cleaned_part = _zeroed(part, {"mu_mean": potential})
    if part.get("torque"):
        torque_part = _zeroed(part["torque"], dict.fromkeys(TORQUES, torque))
        for key in filter(torque_part.get, LIKE):
            torque_part[key] = [
                0.0 if torque_part.get(like) == 0 else x for x, like in zip(torque_part[key], SPLIT, strict=True)
            ]
        cleaned_part["torque"] = torque_part
    return cleaned_part


def _interface(face: dict[str, Any], current: float) -> dict[str, Any]:
    levels = {f"current_{side}": current for side in ("minus", "plus")}
    if face.get("area"):
        levels |= {f"torque_{part}": current / face["area"] for part in ("magnetization", "lattice")}
    return _zeroed(face, levels)


def _zeroed(record: dict[str, Any], levels: dict[str, float]) -> dict[str, Any]:
    """The record with zeros where its numbers are not above the level of their key."""
    return {key: _small(value, levels[key]) if key in levels else value for key, value in record.items()}


def _small(value: Any, level: float) -> Any:
    if isinstance(value, list | tuple):
        return [_small(x, level) for x in value]
    return value if value is None or abs(value) > level else 0.0
