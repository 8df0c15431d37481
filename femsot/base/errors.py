"""What a user's number must satisfy, and the one error that says so.

Every record checks itself once, when it is made, and reports all its faults together: owner, field,
what was given, what is allowed.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from .quantities import Array


class PhysicsWarning(UserWarning):
    """A model that can be solved, but that breaks a law of physics or leaves its range of validity."""


class SolveError(RuntimeError):
    """A stack or device that has no unique solution, or one that was not reached."""


class PluginWarning(UserWarning):
    """An installed plugin that cannot be used, where nothing asks for it by name."""


class InputError(ValueError):
    """One or several faults of what the user gave; each a text `owner.field: what is wrong`."""

    def __init__(self, faults: str | Iterable[str]) -> None:
        self.faults = [faults] if isinstance(faults, str) else list(faults)
        super().__init__("\n".join(self.faults))


class Checks:
    """Collects the faults of one record; `done` raises them all in one `InputError`."""

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.faults: list[str] = []

    def fail(self, field: str, message: str) -> None:
        self.faults.append(f"{self.owner}.{field}: {message}" if field else f"{self.owner}: {message}")

    def done(self) -> None:
        if self.faults:
            raise InputError(self.faults)

    def each(self, values: Mapping[str, Any], good: Callable[[Array], Any], allowed: str) -> None:
        """A fault for each of `values` (None: not given) that is no number or array for which `good` holds."""
        for field, value in values.items():
            if value is None:
                continue
            array = np.asarray(value)
            if array.dtype.kind not in "iufc":
                self.fail(field, f"got {value!r}, allowed: {allowed}")
                continue
            bad = ~good(array)
            if np.any(bad):
                first = array[bad].flat[0] if array.ndim else array[()]
                self.fail(field, f"got {_show(first)}, allowed: {allowed}")

    def positive(self, **values: Any) -> None:
        self.each(values, lambda x: np.isfinite(x) & (np.real(x) > 0), "a finite number > 0")

    def length(self, **values: Any) -> None:
        """A length over which something decays: its inverse square is finite, 0 where nothing decays."""
        self.each(
            values,
            lambda x: (np.real(x) >= 1e-15) & ((np.real(x) <= 1e15) | np.isposinf(np.real(x))),
            "a length > 0: from 1e-15 m to 1e15 m, or infinite",
        )

    def nonnegative(self, **values: Any) -> None:
        self.each(values, lambda x: np.isfinite(x) & (np.real(x) >= 0), "a finite number >= 0")

    def finite(self, **values: Any) -> None:
        self.each(values, np.isfinite, "a finite number")

    def fraction(self, **values: Any) -> None:
        self.each(values, lambda x: np.abs(x) < 1, "a number between -1 and 1, both excluded")

    def unit_vector(self, field: str, value: Any) -> Array:
        """`value` divided by its length; shape (..., 3)."""
        vector = np.asarray(value, dtype=float)
        if vector.ndim == 0 or vector.shape[-1] != 3 or not np.all(np.isfinite(vector)):
            self.fail(field, f"got {value!r}, allowed: three finite numbers")
            return np.broadcast_to([0.0, 0.0, 1.0], vector.shape[:-1] + (3,))
        # scaled first, so that tiny and huge vectors keep their direction
        largest = np.max(np.abs(vector), axis=-1, keepdims=True)
        if np.any(largest == 0):
            self.fail(field, "got [0, 0, 0], allowed: a vector with a direction; what is its axis?")
            return np.broadcast_to([0.0, 0.0, 1.0], vector.shape)
        scaled = vector / largest
        unit = scaled / np.linalg.norm(scaled, axis=-1, keepdims=True)
        unit.setflags(write=False)
        return unit


def _show(value: Any) -> str:
    return f"{value:g}" if np.isrealobj(value) else f"{value}"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`; known: A, B. Did you mean 'A'?` for the message about an unknown name."""
    names = sorted(known)
    turned = "|".join(reversed(name.split("|")))
    if turned in names and turned != name:
        return f"known: {', '.join(names)}. Did you mean {turned!r} (lower|upper)?"
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5) or [n for n in names if n.lower() == name.lower()]
    hint = f". Did you mean {close[0]!r}?" if close else ""
    return f"known: {', '.join(names) or 'none'}{hint}"
