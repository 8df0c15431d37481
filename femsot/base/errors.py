"""What a user's number must satisfy, and the records that say what is wrong with it.

A `Fault` is data: where, what, what is allowed, what to do. Its text is made by `str()`, where somebody reads it;
no code reads a text back. Every record checks itself once, when it is made, and reports all its faults together.
"""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import KW_ONLY, dataclass, replace
from typing import Any

import numpy as np

from .quantities import Array


class PhysicsWarning(UserWarning):
    """A model that can be solved, but that breaks a law of physics or leaves its range of validity."""


class SolveError(RuntimeError):
    """A stack or device that has no unique solution, or one that was not reached."""


class PluginWarning(UserWarning):
    """An installed plugin that cannot be used, where nothing asks for it by name."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with what the user gave.

    Parameters
    ----------
    path : dotted path as the user wrote it, such as "materials.Pt.conductivity", or a file, or "" for none.
    problem : what is wrong, such as "missing"; after a value, what goes with it, such as "for a device".
    allowed : what is allowed, in words; or the known names, of which one must be chosen.
    hint : what to do, or a question that helps to see it; "(...)" for a remark.
    value : the value that was given, in words, where it is at fault.
    inside : dotted paths further in, outermost first: in the file or in the record that `path` names.

    >>> print(Fault("materials.Pt.conductivity", allowed="a finite number > 0", value="-1"))
    materials.Pt.conductivity: got -1, allowed: a finite number > 0
    >>> print(Fault("method", allowed=("exact", "fem"), hint="Did you mean 'exact'?", value="'exat'"))
    method: got 'exat', known: exact, fem. Did you mean 'exact'?
    """

    path: str
    problem: str = ""
    allowed: str | tuple[str, ...] = ""
    hint: str = ""
    _: KW_ONLY
    value: str = ""
    inside: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the fault as one sentence for the user."""
        places = [place for place in (self.path, *self.inside) if place]
        return ": ".join([*places, self._what() + self._allowed() + self._hint()])

    def _what(self) -> str:
        if not self.value:
            return self.problem
        space = " " if self.problem and not self.problem.startswith(",") else ""
        return f"got {self.value}{space}{self.problem}"

    def _allowed(self) -> str:
        if isinstance(self.allowed, tuple):
            return f", known: {', '.join(self.allowed) or 'none'}"
        if not self.allowed:
            return ""
        required = self.problem.startswith("missing, required")
        return f": {self.allowed}" if required else f", allowed: {self.allowed}"

    def _hint(self) -> str:
        if not self.hint:
            return ""
        if self.hint.startswith("("):
            return f" {self.hint}"
        return f". {self.hint}" if isinstance(self.allowed, tuple) else f"; {self.hint}"

    @property
    def name(self) -> str:
        """Return the last step of the path, such as "conductivity"."""
        return self.path.rpartition(".")[2]

    def at(self, place: str) -> bool:
        """Return whether the fault is of `place` or of something below it."""
        return self.path == place or self.path.startswith((f"{place}.", f"{place}["))

    def under(self, prefix: str) -> Fault:
        """Return the same fault one level further in: "charge" under "interfaces.Pt|Co"."""
        return replace(self, path=f"{prefix}.{self.path}" if self.path else prefix)

    def renamed(self, old: str, new: str) -> Fault:
        """Return the same fault with `old`, where its path begins so, called `new`."""
        return replace(self, path=new + self.path[len(old) :]) if self.at(old) else self

    def within(self, place: str) -> Fault:
        """Return the same fault as one of the file or of the record at `place`: "place: path: ..."."""
        return replace(self, path=place, inside=(self.path, *self.inside))


@dataclass(frozen=True)
class Caution:
    """One thing that a referee would object to, in a model that can be solved.

    Parameters
    ----------
    path : dotted path of what it is about, "" for the whole model.
    problem : what is wrong.
    hint : what to do.
    kind : a word that stays, under which docs/warnings.md has it; "" of a plugin's own.
    note : whether it explains an answer and objects to nothing: it stands in the report, and warns nobody in Python.
    """

    path: str
    problem: str
    hint: str = ""
    _: KW_ONLY
    kind: str = ""
    note: bool = False

    def __str__(self) -> str:
        """Return the warning as one sentence for the user."""
        text = f"{self.path}: {self.problem}" if self.path else self.problem
        return f"{text}; {self.hint}" if self.hint else text

    def under(self, prefix: str) -> Caution:
        """Return the same warning one level further in."""
        return replace(self, path=f"{prefix}.{self.path}" if self.path else prefix)


def warn(cautions: Iterable[Caution], *, stacklevel: int) -> None:
    """Give each that is no note as a `PhysicsWarning`; `stacklevel` as in `warnings.warn`, counted from the caller."""
    for caution in cautions:
        if caution.note:
            continue
        warnings.warn(str(caution), PhysicsWarning, stacklevel=stacklevel + 1)


class InputError(ValueError):
    """What the user gave is wrong.

    Parameters
    ----------
    faults : one fault or several; a plugin may give a plain sentence, a fault without a path.
    """

    faults: tuple[Fault, ...]

    def __init__(self, faults: Fault | str | Iterable[Fault]) -> None:
        if isinstance(faults, str):
            faults = Fault("", faults)
        self.faults = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[Fault, ...]]]:
        return type(self), (self.faults,)


@contextmanager
def renaming(old: str, new: str) -> Iterator[None]:
    """Raise the InputErrors of what is inside with `old`, where a path begins so, called `new`."""
    try:
        yield
    except InputError as error:
        raise InputError(fault.renamed(old, new) for fault in error.faults) from None


class Checks:
    """Collects the faults of one record; `done` raises them all in one `InputError`."""

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.faults: list[Fault] = []

    def fail(  # noqa: PLR0917 -- in the order of the sentence
        self, field: str, problem: str = "", allowed: str | tuple[str, ...] = "", hint: str = "", *, value: str = ""
    ) -> None:
        """Add a fault of `field`, "" for the owner itself; the rest as in `Fault`."""
        path = ".".join(step for step in (self.owner, field) if step)
        self.faults.append(Fault(path, problem, allowed, hint, value=value))

    def include(self, field: str, error: InputError) -> None:
        """Add the faults of `error`, moved under `field` of this record."""
        self.faults += [fault.under(f"{self.owner}.{field}") for fault in error.faults]

    def done(self) -> None:
        """Raise InputError if there are faults."""
        if self.faults:
            raise InputError(self.faults)

    def each(self, values: Mapping[str, Any], good: Callable[[Array], Any], allowed: str, *, real: bool = True) -> None:
        """A fault for each of `values` (None: not given) that is no number or array for which `good` holds.

        `real`: whether a complex number is a fault, whatever its imaginary part.
        """
        for name, value in values.items():
            if value is None:
                continue
            array = np.asarray(value)
            if array.dtype.kind == "c" and real:
                self.fail(name, "", allowed, "a complex number has no meaning here", value=_show(array.flat[0]))
                continue
            if array.dtype.kind not in "iufc":
                self.fail(name, "", allowed, value=repr(value))
                continue
            bad = ~good(array)
            if np.any(bad):
                first = array[bad].flat[0] if array.ndim else array[()]
                self.fail(name, "", allowed, value=_show(first))

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

    def nonnegative_complex(self, **values: Any) -> None:
        """The same of numbers that may have an imaginary part: the real part counts."""
        good = "a finite number whose real part is >= 0"
        self.each(values, lambda x: np.isfinite(x) & (np.real(x) >= 0), good, real=False)

    def finite(self, **values: Any) -> None:
        self.each(values, np.isfinite, "a finite number")

    def finite_complex(self, **values: Any) -> None:
        """The same of numbers that may have an imaginary part."""
        self.each(values, np.isfinite, "a finite number", real=False)

    def fraction(self, **values: Any) -> None:
        self.each(values, lambda x: np.abs(x) < 1, "a number between -1 and 1, both excluded")

    def unit_vector(self, field: str, value: Any) -> Array:
        """`value` divided by its length; shape (..., 3)."""
        try:
            numeric = np.asarray(value)
            vector = np.full(3, np.nan) if numeric.dtype.kind == "c" else numeric.astype(float)
        except (TypeError, ValueError):
            vector = np.full(3, np.nan)
        if vector.ndim == 0 or vector.shape[-1] != 3 or not np.all(np.isfinite(vector)):
            self.fail(field, "", "three finite numbers", value=repr(value))
            return np.broadcast_to([0.0, 0.0, 1.0], vector.shape[:-1] + (3,))
        # scaled first, so that tiny and huge vectors keep their direction
        largest = np.max(np.abs(vector), axis=-1, keepdims=True)
        if np.any(largest == 0):
            self.fail(field, "", "a vector with a direction", "what is its axis?", value="[0, 0, 0]")
            return np.broadcast_to([0.0, 0.0, 1.0], vector.shape)
        scaled = vector / largest
        unit = scaled / np.linalg.norm(scaled, axis=-1, keepdims=True)
        unit.setflags(write=False)
        return unit


def _show(value: Any) -> str:
    return f"{value:g}" if np.isrealobj(value) else f"{value}"


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name that `name` is probably meant to be, "" if there is none."""
    names = sorted(known)
    reverse = "|".join(reversed(name.split("|")))
    if reverse in names and reverse != name:
        return reverse
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    same = [known_name for known_name in names if known_name.lower() == name.lower()]
    return next(iter(close + same), "")


def did_you_mean(name: str, known: Iterable[str]) -> tuple[tuple[str, ...], str]:
    """Return `allowed` and `hint` of the fault of an unknown name.

    >>> print(Fault("method", "", *did_you_mean("exat", ["fem", "exact"]), value="'exat'"))
    method: got 'exat', known: exact, fem. Did you mean 'exact'?
    """
    names = tuple(sorted(known))
    meant = nearest(name, names)
    if not meant:
        return names, ""
    order = " (lower|upper)" if meant == "|".join(reversed(name.split("|"))) and meant != name else ""
    return names, f"Did you mean {meant!r}{order}?"
