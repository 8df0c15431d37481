"""Types of a record's fields: each carries its SI unit, so that files, schema, messages and docs follow from it."""

from __future__ import annotations

from dataclasses import fields
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
#: One number, or the array of numbers of a batch (leading axes broadcast).
Value = float | Array


# A field's type carries its SI unit; the units of a TOML file are read with it, in `io.config` alone.
Length = Annotated[Value, "m"]
Conductivity = Annotated[Value, "S/m"]
Resistivity = Annotated[Value, "ohm m"]
#: of a moment's current, in units of hbar/2e; a file may also say "(hbar/e) S/cm"
MomentConductivity = Annotated[Value, "S/m", "", "hbar/2e"]
#: (..., 3, 3, 3) [S/m], of a moment's current
ConductivityCube = Annotated[Any, "S/m", "cube", "hbar/2e"]
#: (..., 3, 3) [S/m], of a moment's current
ConductivityMatrix = Annotated[Any, "S/m", "matrix", "hbar/2e"]
Conductance = Annotated[Value, "S/m^2"]
ResistanceArea = Annotated[Value, "ohm m^2"]
Magnetization = Annotated[Value, "A/m"]
CurrentDensity = Annotated[Value, "A/m^2"]
Voltage = Annotated[Value, "V"]
Number = Annotated[Value, ""]
#: three components x, y, z (..., 3)
Vector = Annotated[Any, "", "vector"]
#: a direction (..., 3), normalised by the record that holds it; in a file also { theta, phi }
Direction = Annotated[Any, "", "direction"]
FieldVector = Annotated[Any, "V/m", "vector"]
RateVector = Annotated[Any, "1/s", "vector"]
#: components x and y (..., 2)
PlaneCurrent = Annotated[Any, "A/m^2", "pair"]
CurrentVector = Annotated[Any, "A/m^2", "vector"]
Current = Annotated[Value, "A"]
#: a scalar (...,) or a 3 x 3 tensor (..., 3, 3) [S/m^2]
Tensor = Annotated[Any, "S/m^2", "tensor"]
#: a complex number, in a file the pair (real, imaginary)
ComplexConductance = Annotated[Any, "S/m^2", "complex"]
ComplexNumber = Annotated[Any, "", "complex"]


def numbers(record: Any) -> dict[str, tuple[float, str]]:
    """The numbers that a record was given, with their SI units ("" for none); defaults are left out."""
    values = {}
    values_of = vars(record)
    defaults = {field.name: field.default for field in fields(record)}
    for name, hint in get_type_hints(type(record), include_extras=True).items():
        units = [get_args(x)[1] for x in (hint, *get_args(hint)) if get_origin(x) is Annotated]
        value = values_of.get(name)
        if units and value is not None and np.ndim(value) == 0 and value != defaults.get(name):
            values[name] = (float(value), units[0])
    return values
