"""Quantities of a file: what a record's fields say of their units, and strings such as "5 nm" to SI floats.

pint is imported at the first conversion, so that a program which reads no file never pays for it.
"""

from __future__ import annotations

import inspect
import math
import re
import tokenize
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin, get_type_hints

import numpy as np
from scipy.special import cosdg, sindg

from .errors import Fault, InputError
from .quantities import Array

PLAIN = "a plain number, such as 0.5"
_EXAMPLES = {
    "m": "5 nm",
    "deg": "90 deg",
    "S/m": "1e6 S/m",
    "S/m^2": "1e15 S/m^2",
    "ohm m": "20 uohm cm",
    "ohm m^2": "1 fohm m^2",
    "A/m": "0.5 MA/m",
}
Shape = Literal["", "pair", "vector", "direction", "tensor", "matrix", "cube", "complex", "sides"]
#: how many numbers stand in each list of lists
_SIZES = {
    "pair": [2],
    "vector": [3],
    "direction": [3],
    "complex": [2],
    "tensor": [3, 3],
    "matrix": [3, 3],
    "cube": [3, 3, 3],
}
#: a number, or `inf`; the form of a TOML float without underscores
NUMBER = r"[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|inf)"
#: letters of a number with its unit that are looked at
LONGEST = 200
#: what a unit may be made of: names, products, quotients, integer powers; no sums and no second number
_UNIT = r"(?:[^\W\d]\w*+|(?:\^|\*\*)\s*(?:[+-]?\d+|\([+-]?\d+\))|[%°]|\s|[*/()·⁻]|(?<![\w.])1(?=\s*/))++"
_HBAR = r"(?:hbar|ħ)\s*/\s*(?:e|2\s*e|2\s*/\s*e|\(\s*2\s*e\s*\))(?!\w)"
#: the unit of the moment that flows: hbar/2e, or hbar/e, which is twice as much
_MOMENT = re.compile(rf"(?P<moment>\(\s*{_HBAR}\s*\)|{_HBAR})\s*[*·]?\s*")
_QUANTITY = re.compile(rf"\s*(?P<number>{NUMBER}|[+-]?nan)\s*(?P<unit>{_UNIT})")


@dataclass(frozen=True)
class Quantity:
    """A field that carries numbers: its SI unit, "" for none, and how a file writes it."""

    unit: str
    shape: Shape = ""
    moment: bool = False  #: a moment's current: hbar/2e understood, "(hbar/2e) S/cm" and "(hbar/e) S/cm" allowed

    @property
    def allowed(self) -> str:
        """What a file may give, for messages and for the schema."""
        example = _EXAMPLES.get(self.unit, f"1 {self.unit}")
        example = f'"{example}" (of hbar/2e) or "1600 (hbar/e) S/cm"' if self.moment else f'"{example}"'
        single_number = f"a number with a unit that converts to {self.unit}, such as {example}" if self.unit else PLAIN
        many = f"numbers with units that convert to {self.unit}, each such as {example}" if self.unit else "numbers"
        return {
            "": single_number,
            "vector": f"three {many}; x, y, z",
            "pair": f"two {many}; x, y",
            "direction": f'three {many}; x, y, z; or {{ theta = "90 deg", phi = "0 deg" }}',
            "tensor": f"{single_number}; or three rows of three",
            "matrix": f"three rows of three {many}",
            "cube": f"three times three rows of three {many}",
            "complex": f"{single_number}; or a pair: real and imaginary part",
            "sides": f"two {many}; below and above, either of them a pair: majority and minority",
        }[self.shape]

    def read(self, value: Any) -> Any:
        """What a file gives, in SI: a float, complex, tuple of three or 3 x 3 array, or raise InputError."""
        if self.shape == "sides" and isinstance(value, list) and len(value) == 2:
            return tuple(
                tuple(self._number(y, value) for y in x)
                if isinstance(x, list) and len(x) == 2
                else self._number(x, value)
                for x in value
            )
        if not isinstance(value, list):
            if self.shape == "direction" and isinstance(value, Mapping) and value.keys() == {"theta", "phi"}:
                return _direction(value)
            if self.shape in ("pair", "vector", "direction", "sides", "matrix", "cube"):
                raise InputError(Fault("", allowed=self.allowed, value=show(value)))
            return self._number(value, value)
        sizes = _SIZES.get(self.shape)
        if sizes is None or not _has_sizes(value, sizes):
            raise InputError(Fault("", allowed=self.allowed, value=show(value)))
        if self.shape in ("tensor", "matrix", "cube"):
            return self._array(value, value)
        numbers = [self._number(x, value) for x in value]
        return complex(*numbers) if self.shape == "complex" else tuple(numbers)

    def read_si(self, value: Any) -> Any:
        """The float, complex or array of plain SI numbers, as `femsot.model.record` writes them; batches too."""
        if self.shape == "sides" and isinstance(value, list) and len(value) == 2:
            number = Quantity(self.unit)
            return tuple(tuple(map(number.read_si, x)) if isinstance(x, list) else number.read_si(x) for x in value)
        try:
            array = np.array(value, dtype=float)  # "inf" is read as infinity
        except (TypeError, ValueError):
            raise InputError(Fault("", allowed="SI numbers", value=show(value))) from None
        if np.any(np.isnan(array)):
            raise InputError(Fault("", allowed="numbers", value="nan"))
        if self.shape == "complex" and array.shape[-1:] == (2,):
            array = array[..., 0] + 1j * array[..., 1]
        return array if array.ndim else array.item()

    def _array(self, value: Any, whole: Any) -> Array:
        """Nested lists of numbers."""
        return np.array([self._array(x, whole) if isinstance(x, list) else self._number(x, whole) for x in value])

    def _number(self, value: Any, whole: Any) -> float:
        """One number; `whole` is what the user sees in a message."""
        try:
            if not self.unit:
                return _plain(value)
            return _of_moment(value, self.unit) if self.moment else _with_unit(value, self.unit)
        except ValueError as error:
            where = f"in {show(whole)}" if whole is not value else ""
            raise InputError(Fault("", where, self.allowed, f"({error})", value=show(value))) from None


@dataclass(frozen=True)
class Parameter:
    """One field of a record, or one argument of a plugin's constructor."""

    annotation: Any
    required: bool
    default: Any = None

    @property
    def quantity(self) -> Quantity | None:
        """Its unit and shape; None if it is no physical number."""
        annotation = without_none(self.annotation)
        if get_origin(annotation) is not Annotated:
            return None
        unit, *rest = (x for x in get_args(annotation)[1:] if isinstance(x, str))
        return Quantity(unit, cast(Shape, rest[0]) if rest else "", moment="hbar/2e" in rest[1:])


def parameters(record: Callable[..., Any]) -> dict[str, Parameter]:
    """What is needed to make `record`, by name: the only source of what a file may contain."""
    return _parameters(record)


@lru_cache(maxsize=256)
def _parameters(record: Callable[..., Any]) -> dict[str, Parameter]:
    hints = get_type_hints(record, include_extras=True)
    signature = inspect.signature(record).parameters.values()
    return {p.name: Parameter(hints.get(p.name, Any), p.default is p.empty, p.default) for p in signature}


def without_none(annotation: Any) -> Any:
    """`X | None` as X: a file leaves out what is None."""
    if get_origin(annotation) not in (Union, UnionType):
        return annotation
    rest = tuple(x for x in get_args(annotation) if x is not NoneType)
    return rest[0] if len(rest) == 1 else Union[rest]  # noqa: UP007


def show(value: Any) -> str:
    """A value in the words of a TOML file, short."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "a table"
    text = repr(value) if isinstance(value, str | int | float | list) else str(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _has_sizes(value: Any, sizes: list[int]) -> bool:
    if not sizes:
        return not isinstance(value, list)
    return isinstance(value, list) and len(value) == sizes[0] and all(_has_sizes(x, sizes[1:]) for x in value)


def _plain(value: Any) -> float:
    if isinstance(value, str):
        raise ValueError("no quotes and no unit: this field is dimensionless")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("this is no number")
    try:
        number = float(value)
    except OverflowError:
        raise ValueError("too large") from None
    if math.isnan(number):
        raise ValueError("nan is no number")
    return number


def _direction(angles: Mapping[str, Any]) -> tuple[float, float, float]:
    """The unit vector of theta, from z, and phi, from x; exact at multiples of 90 deg."""
    degrees = {}
    for name in ("theta", "phi"):
        try:
            degrees[name] = Quantity("deg").read(angles[name])
        except InputError as error:
            raise InputError([fault.under(name) for fault in error.faults]) from None
    theta = degrees["theta"]
    phi = degrees["phi"]
    across = sindg(theta)
    return float(across * cosdg(phi)), float(across * sindg(phi)), float(cosdg(theta))


def _of_moment(value: Any, unit: str) -> float:
    """A conductivity of a moment's current in units of hbar/2e: one of hbar/e is doubled."""
    match = _MOMENT.search(value) if isinstance(value, str) else None
    if match is None:
        return _with_unit(value, unit)
    rest = value[match.end() :]
    text = f"{value[: match.start()]} {'1' if rest.startswith('/') else ''}{rest}"
    return _with_unit(text, unit) * (1 if "2" in match["moment"] else 2)


def _bare(value: Any) -> float:
    """0, which is the same in every unit."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("this is no number")
    if value != 0:
        raise ValueError("a bare number has no unit")
    return 0.0


def _parts(value: str) -> tuple[str, str]:
    """The number and the unit of a text, or ValueError."""
    if len(value) > LONGEST:
        raise ValueError(f"longer than {LONGEST} letters")
    if re.fullmatch(rf"\s*{NUMBER}\s*", value):  # first, for "5e6" is no 5 of a unit e6
        raise ValueError("it has no unit")
    match = _QUANTITY.fullmatch(value)
    if match is None:
        raise ValueError("not of the form: number, unit")
    if match["number"].endswith("nan"):
        raise ValueError("nan is no number")
    return match["number"], match["unit"].strip()


def _with_unit(value: Any, unit: str) -> float:
    if not isinstance(value, str):
        return _bare(value)
    number, name = _parts(value)
    if number.endswith("inf"):
        return math.copysign(math.inf, _factor(name, unit) * Decimal(f"{number[:-3]}1"))
    try:
        result = float(Decimal(number) * _factor(name, unit))
    except ArithmeticError:
        result = math.inf
    if not math.isfinite(result):
        raise ValueError("too large")
    return result


@lru_cache(maxsize=1024)
def _factor(name: str, unit: str) -> Decimal:
    """How many `unit` one `name` is; exact, so that "3 nm" is the float 3e-9."""
    import pint

    registry = _registry()
    try:
        parsed_unit = registry.parse_units(name)
    except pint.UndefinedUnitError as error:
        names = error.unit_names
        unknown = names if isinstance(names, str) else ", ".join(names)
        raise ValueError(f"unknown unit {unknown!r}") from None
    except (pint.PintError, ValueError, TypeError, AssertionError, SyntaxError, tokenize.TokenError, LookupError):
        raise ValueError(f"{name!r} is no unit") from None
    try:
        factor: Decimal = registry.convert(Decimal(1), parsed_unit, registry.parse_units(unit))
    except pint.PintError:
        raise ValueError(f"{name} does not convert to {unit}") from None
    return factor


@lru_cache(maxsize=1)
def _registry() -> Any:
    import pint

    return pint.UnitRegistry(non_int_type=Decimal)


def plain(value: Any, quantity: Quantity | None = None) -> Any:
    """A record's value as JSON has it: nested lists, a complex number as a pair, infinity as "inf"."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(x, quantity) for x in value]
    array: Array = np.asarray(value)
    if array.dtype.kind not in "iufc":
        return [plain(x) for x in value]
    if np.iscomplexobj(array) or (quantity is not None and quantity.shape == "complex"):
        array = np.stack([array.real, array.imag], axis=-1)
    return _finite(array.tolist())


def _finite(value: Any) -> Any:
    if isinstance(value, list):
        return [_finite(x) for x in value]
    return value if math.isfinite(value) else str(value)
