"""What a user's number must satisfy, and the one error that says so.

Every record checks itself once, when it is made, and reports all its faults together: owner, field,
what was given, what is allowed.
"""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
#: One number, or the array of numbers of a batch (leading axes broadcast).
Value = float | Array

# A field's type carries its SI unit; the units of a TOML file are read with it, in config.py alone.
Length = Annotated[Value, "m"]
Conductivity = Annotated[Value, "S/m"]
Conductance = Annotated[Value, "S/m^2"]
ResistanceArea = Annotated[Value, "ohm m^2"]
Magnetization = Annotated[Value, "A/m"]
CurrentDensity = Annotated[Value, "A/m^2"]
Voltage = Annotated[Value, "V"]
Number = Annotated[Value, ""]


class PhysicsWarning(UserWarning):
    """A model that can be solved, but that breaks a law of physics or leaves its range of validity."""


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


def load_plugin(point: Any) -> Any:
    """What an entry point names, to be called; an InputError that names its package if there is no such thing."""
    try:
        found = point.load()
    except (Exception, SystemExit) as error:  # whatever somebody else's module does
        raise broken_plugin(point, f"cannot be loaded: {type(error).__name__}: {error}") from error
    if not callable(found):
        raise broken_plugin(point, f"is {found!r}, allowed: a function or a class")
    return found


def call_plugin(point: Any, kinds: Any, allowed: str) -> Any:
    """What an entry point's function makes, one of `kinds`; an InputError that names its package if it does not."""
    make = load_plugin(point)
    try:
        made = make()
    except Exception as error:  # whatever somebody else's function does
        raise broken_plugin(point, f"raises {type(error).__name__}: {error}") from error
    if not isinstance(made, kinds):
        raise broken_plugin(point, f"makes {made!r}, allowed: {allowed}")
    return made


def usable(points: Mapping[str, Any], use: Callable[[Any], Any]) -> dict[str, Any]:
    """What `use` makes of each plugin; a broken one is left out, with a warning."""
    found = {}
    for name, point in points.items():
        try:
            found[name] = use(point)
        except InputError as error:
            warnings.warn(str(error), PluginWarning, stacklevel=3)
    return found


def broken_plugin(point: Any, why: str) -> InputError:
    """The error that says whose plugin does not work, in one line."""
    package = getattr(getattr(point, "dist", None), "name", None) or str(getattr(point, "value", "?")).partition(":")[0]
    return InputError(f"plugin {point.name!r} of package {package!r}: {' '.join(why.split())}")


def numbers(record: Any) -> dict[str, tuple[float, str]]:
    """The numbers that a record was given, with their SI units ("" for none); defaults are left out."""
    found = {}
    for name, hint in get_type_hints(type(record), include_extras=True).items():
        units = [get_args(x)[1] for x in (hint, *get_args(hint)) if get_origin(x) is Annotated]
        value = getattr(record, name)
        if units and value is not None and np.ndim(value) == 0 and value != getattr(type(record), name, None):
            found[name] = (float(value), units[0])
    return found
