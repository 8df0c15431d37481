"""The pydantic models of a file, made from the records themselves: their fields are the only list there is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, is_dataclass, replace
from functools import lru_cache
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, create_model

from femsot.base.errors import Checks, InputError
from femsot.base.quantities import Length
from femsot.base.units import NUMBER, Parameter, Quantity, parameters, without_none
from femsot.interfaces import LAWS, laws
from femsot.materials.records import KINDS
from femsot.model.boundaries import BOUNDARIES
from femsot.model.device import Device, Region, Terminal
from femsot.model.job import Output, OvfOutput
from femsot.model.stack import Layer, Stack
from femsot.model.texture import FORMS, SOURCES

#: every number is read as it is written: a string is no number, a number no boolean
STRICT = ConfigDict(extra="forbid", strict=True, protected_namespaces=(), validate_assignment=True)
TOP = ("title", "closure", "method", "fermi_wavevector")
DRIVE = ("electric_field", "current_density", "in_layer", "current", "width", "magnetization_rate")
DEVICE_TOP = TOP[:2]
DEVICE_DRIVE = DRIVE[:1]
STACK_OUTPUT = ("directory", "profiles", "plot", "vtu")
DEVICE_OUTPUT = ("directory", "plot", "vtu", "report")


@dataclass(frozen=True, eq=False, kw_only=True)
class MeshSource:
    """Where the mesh of a device is from: `file` or `ready`."""

    file: str | None = None  #: a mesh with named regions and faces (.msh, .vtu, .xdmf), relative to the TOML file
    ready: str | None = None  #: the name of a ready mesh, instead of a file
    size: Length | None = None  #: of the cells of a ready mesh
    length_unit: str = "nm"  #: of the coordinates in the file
    plane: Literal["xz", "xy"] | None = None  #: 2D: cross-section, uniform along y; or film, uniform along z
    depth: Length | None = None  #: 2D: extent along the uniform direction; required with a current
    periodic: tuple[Literal["x", "y", "z"], ...] = ()  #: directions in which the device repeats
    ignore: tuple[str, ...] = ()  #: names of faces or groups of the file to forget, such as surfaces inside the device
    order: int = 2  #: of the finite elements: 1 (P1) or 2 (P2)

    def __post_init__(self) -> None:
        checks = Checks("mesh")
        if (self.file is None) == (self.ready is None):
            state = "missing" if self.file is None else "given beside ready"
            checks.fail("file", state, 'file = "device.msh" or ready = "strip_dot", one of the two')
        of_files = {"plane": self.plane, "depth": self.depth, "periodic": self.periodic, "ignore": self.ignore}
        for name, value in of_files.items() if self.ready is not None and self.file is None else ():
            if value:
                checks.fail(name, "given for a ready mesh, which has its own", "for a file")
        if self.ready is None and self.size is not None:
            checks.fail("size", "given for a file, whose cells are as they are", "for a ready mesh")
        if self.order not in (1, 2):
            checks.fail("order", allowed="1 or 2", value=repr(self.order))
        try:
            unit = Quantity("m").read(f"1 {self.length_unit}")
            checks.positive(length_unit=unit)
        except InputError:
            checks.fail("length_unit", allowed='a unit of length, such as "nm"', value=repr(self.length_unit))
        checks.positive(size=self.size, depth=self.depth)
        checks.done()

    @property
    def unit(self) -> float:
        """The length unit [m]."""
        return float(Quantity("m").read(f"1 {self.length_unit}"))


def _optional(parameter: Parameter | None = None, **field: Any) -> Any:
    """A field that may be left out; the schema shows its default where it is a word."""
    default = parameter.default if parameter is not None and parameter.quantity is None else None

    def finish(schema: dict[str, Any]) -> None:
        schema.pop("default", None)
        if default and isinstance(default, str):
            schema["default"] = default

    return Field(default=None, json_schema_extra=finish, **field)


class Range(BaseModel):
    """One swept field: `points` evenly spaced values, or a list of values."""

    model_config = STRICT
    start: Any = _optional(alias="from", description="a value as the swept field itself takes it")
    stop: Any = _optional(alias="to", description="a value as the swept field itself takes it")
    points: Annotated[int, Field(ge=2)] = _optional()
    spacing: Literal["linear", "log"] = "linear"
    values: list[Any] = _optional(description="instead of from, to, points")


class SweepTable(BaseModel):
    """Fields to sweep by dotted path, as in "layers.Ni.thickness": their outer product, or together (`zip`)."""

    model_config = ConfigDict(extra="allow", strict=True)
    __pydantic_extra__: dict[str, Range]
    zip: bool = False


@lru_cache(maxsize=256)
def model(
    record: Callable[..., Any], names: tuple[str, ...] | None = None, *, si: bool = False, optional: bool = False
) -> type[BaseModel]:
    """What a table that describes `record` may contain: its parameters, or those of them in `names`.

    si: plain SI numbers and arrays, as `resolved` writes them, instead of units and files. optional: nothing is
    required, as where a library material is the base.
    """
    return create_model(_title(record), __config__=STRICT, **_fields(record, names, si=si, optional=optional))


def arrays(record: Callable[..., Any]) -> dict[str, Parameter]:
    """The parameters that are arrays without a unit in their type: only a file can carry them."""
    return {name: p for name, p in parameters(record).items() if without_none(p.annotation) is Any}


def _is_function(parameter: Parameter) -> bool:
    """Only Python can give a function."""
    return get_origin(without_none(parameter.annotation)) is Callable


def stand_in(parameter: Parameter, *, large: bool) -> Any:
    """A harmless value for a field that could not be read, tiny or large; None if there is no such."""
    quantity = parameter.quantity
    if quantity is None:
        return "" if parameter.required and parameter.annotation is str else None
    small_and_large = (1e-3, 0.9)
    if quantity.unit:
        small_and_large = (1e-14, 1e14) if quantity.unit == "m" else (1e-30, 1e30)
    number = small_and_large[large]
    shapes = {
        "pair": (number, 0.0),
        "vector": (number, 0.0, 0.0),
        "direction": (number, 0.0, 0.0),
        "sides": (number, number),
    }
    return shapes.get(quantity.shape, number)


def allowed(kind: type[BaseModel], name: str) -> str:
    """What may be given for a field, for the message that says it is missing."""
    known = kind.model_fields[name]
    for item in known.metadata:
        if isinstance(item, WithJsonSchema) and item.json_schema:
            return str(item.json_schema["description"])
    return "a text in quotes" if known.annotation is str else f"{known.annotation}"


def schema(kind: Literal["stack", "device"] = "stack") -> dict[str, Any]:
    """The JSON schema of a whole file, for `femsot schema` and for editors."""
    kinds = _union([*_tagged("kind", KINDS, skip="name"), _library()])
    known = {word: record for word, record in laws().items() if word in LAWS or _describable(record)}
    of_laws = _union(_tagged("law", known))
    of_ends = _union(_tagged("kind", BOUNDARIES))
    ends: Any = {name: (of_ends, _optional()) for name in ("bottom", "top")}
    common: Any = {
        "materials": (_dict_of(kinds), ...),
        "interfaces": (_dict_of(of_laws), _optional()),
        "sweep": (SweepTable, _optional()),
    }
    stack: Any = {
        **_fields(Stack, TOP),
        **common,
        "layers": (Annotated[_list_of(model(Layer) | _repetition()), Field(min_length=1)], ...),
        "boundaries": (create_model("boundaries", __config__=STRICT, **ends), _optional()),
        "drive": (create_model("drive", __config__=STRICT, **_fields(Stack, DRIVE)), _optional()),
        "output": (model(Output, STACK_OUTPUT), _optional()),
    }
    ovf: Any = {"ovf": (model(OvfOutput), _optional())}
    device: Any = {
        **_fields(Device, DEVICE_TOP),
        **common,
        "mesh": (model(MeshSource), ...),
        "regions": (_dict_of(region_model()), ...),
        "contacts": (_dict_of(model(Terminal)), _optional()),
        "drive": (create_model("drive", __config__=STRICT, **_fields(Device, DEVICE_DRIVE)), _optional()),
        "output": (
            create_model("Output", __config__=STRICT, **_fields(Output, DEVICE_OUTPUT), **ovf),
            _optional(),
        ),
    }
    root = {"stack": stack, "device": device}[kind]
    file_model: type[BaseModel] = create_model("femsot input file", __config__=STRICT, **root)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | file_model.model_json_schema()


@lru_cache(maxsize=2)
def region_model(*, si: bool = False) -> type[BaseModel]:
    """What [regions.NAME] may contain; a texture is a table, whose keys are read by themselves."""
    direction = Quantity("", "direction")
    textures = [*_tagged("kind", FORMS), *(model(record) for record in SOURCES.values())]

    def read(value: Any) -> Any:
        if isinstance(value, Mapping) and not value.keys() & {"theta", "phi"}:
            return value
        try:
            return (direction.read_si if si else direction.read)(value)
        except InputError as error:
            (fault,) = error.faults
            hint = "; ".join(words for words in (fault.hint, 'or a texture, such as { file = "m.ovf" }') if words)
            raise InputError(replace(fault, hint=hint)) from None

    described = {"anyOf": [_json(direction), *(texture.model_json_schema() for texture in textures)]}
    vector = Annotated[Any, BeforeValidator(read), WithJsonSchema(described)]
    fields: Any = _fields(Region, ("material", "neel"), si=si) | {"magnetization": (vector, _optional())}
    return create_model("region", __config__=STRICT, **fields)


def _describable(record: Callable[..., Any]) -> bool:
    """Has a plugin's law fields that a file can give?"""
    try:
        model(record)
    except Exception:  # its annotations may be anything
        return False
    return True


def _tagged(key: str, records: Mapping[str, Callable[..., Any]], skip: str = "") -> list[type[BaseModel]]:
    """One model for each word that `key` may be."""
    return [
        create_model(
            f"{key} = {word}",
            __config__=STRICT,
            **{key: (Literal[word], ...)} | _fields(record, tuple(x for x in parameters(record) if x != skip)),
        )
        for word, record in records.items()
    ]


def _library() -> type[BaseModel]:
    """A published material, whose fields may be replaced; its kind is known only when it is read."""
    extra: Any = {"library": (str, ...), "kind": (Literal[tuple(KINDS)], _optional())}
    for record in KINDS.values():
        extra |= _fields(record, tuple(name for name in parameters(record) if name != "name"), optional=True)
    return create_model("library material", __config__=STRICT, **extra)


def _repetition() -> type[BaseModel]:
    """A table of [[layers]] that stands for several layers, several times."""
    extra: Any = {"repeat": (Annotated[int, Field(ge=1)], ...), "layers": (_list_of(model(Layer)), ...)}
    return create_model("repetition", __config__=STRICT, **extra)


def _dict_of(kind: Any) -> Any:
    return dict.__class_getitem__((str, kind))


def _list_of(kind: Any) -> Any:
    return list.__class_getitem__(kind)


def _union(models: Iterable[type[BaseModel]]) -> Any:
    union: Any = None
    for each in models:
        union = each if union is None else union | each
    return union


def _fields(
    record: Callable[..., Any], names: tuple[str, ...] | None = None, *, si: bool = False, optional: bool = False
) -> dict[str, Any]:
    """The arguments of `create_model` for one record."""
    from_file = {k: p for k, p in ({} if si else arrays(record)).items() if names is None or k in names}
    hidden = {*from_file, "source"} if from_file else set()
    hidden |= {k for k, p in parameters(record).items() if _is_function(p)}
    chosen = {k: p for k, p in parameters(record).items() if k not in hidden and (names is None or k in names)}
    arguments: dict[str, Any] = {
        name: (_type(p, si), ... if p.required and not optional else _optional(p)) for name, p in chosen.items()
    }
    needed = any(p.required for p in from_file.values())
    return arguments | ({"file": (str, ... if needed else _optional())} if from_file else {})


def _type(parameter: Parameter, si: bool) -> Any:
    """The type of a field as pydantic reads it."""
    quantity = parameter.quantity
    if quantity is not None:
        read = quantity.read_si if si else quantity.read
        return Annotated[Any, BeforeValidator(read), WithJsonSchema(_json(quantity))]
    annotation = without_none(parameter.annotation)
    if get_origin(annotation) is Mapping:
        return _dict_of(_type(Parameter(get_args(annotation)[1], required=True), si))
    if get_origin(annotation) is tuple:
        return Annotated[annotation, Field(strict=False)]
    if any(is_dataclass(x) for x in (annotation, *get_args(annotation))):
        return Annotated[str, WithJsonSchema({"type": "string", "description": "the name of a table"})]
    return annotation


#: a number with a unit, or a bare 0
_WITH_UNIT = {"type": ["string", "number"], "pattern": rf"^\s*{NUMBER}\s*\S.*$", "minimum": 0, "maximum": 0}
_ANGLES = {
    "type": "object",
    "properties": {name: _WITH_UNIT for name in ("theta", "phi")},
    "required": ["theta", "phi"],
    "additionalProperties": False,
}


def _json(quantity: Quantity) -> dict[str, Any]:
    """The schema of one quantity, its unit in the description."""
    number: dict[str, Any] = {"type": "number"}
    if quantity.unit:
        number = _WITH_UNIT
    shapes: dict[str, dict[str, Any]] = {
        "": number,
        "pair": _row(number, 2),
        "vector": _row(number, 3),
        "direction": {"anyOf": [_row(number, 3), _ANGLES]},
        "complex": {"anyOf": [number, _row(number, 2)]},
        "tensor": {"anyOf": [number, _row(_row(number, 3), 3)]},
        "matrix": _row(_row(number, 3), 3),
        "cube": _row(_row(_row(number, 3), 3), 3),
        "sides": _row({"anyOf": [number, _row(number, 2)]}, 2),
    }
    return {"description": quantity.allowed, **shapes[quantity.shape]}


def _row(items: dict[str, Any], size: int) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": size, "maxItems": size}


def _title(record: Callable[..., Any]) -> str:
    return getattr(record, "__name__", "table")
