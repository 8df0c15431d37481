"""Fills the tables of docs/input.md from the records themselves: python docs/make_input.py

A field's unit and default are those of its type, its meaning is the `#:` comment beside it; what stands between
`<!-- made: NAME -->` and `<!-- end -->` is replaced. tests/test_docs.py fails when the page is not what this makes.
"""

from __future__ import annotations

import inspect
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from typer.testing import CliRunner

from femsot import cli
from femsot.model.boundaries import BOUNDARIES
from femsot.io.config.models import (
    DEVICE_DRIVE,
    DEVICE_OUTPUT,
    DEVICE_TOP,
    DRIVE,
    STACK_OUTPUT,
    TOP,
    MeshSource,
    Output,
    OvfOutput,
    Range,
    arrays,
    model,
)
from femsot.model.device import Device, Region, Terminal
from femsot.interfaces import LAWS, Law
from femsot.materials.records import KINDS, Ferromagnet, NormalMetal
from femsot.model.stack import Layer, Stack
from femsot.model.texture import FORMS, SOURCES
from femsot.base.units import Parameter, parameters, without_none

PAGE = Path(__file__).with_name("input.md")
EXAMPLE, FAULTY, DEVICE = (PAGE.with_name(name) for name in ("ti_ni.toml", "faulty.toml", "strip_dot.toml"))
MARK = re.compile(r"(?P<head><!-- made: (?P<name>[\w.]+) -->\n).*?(?=<!-- end -->)", re.DOTALL)
#: what has no comment beside it in its record
MEANINGS = {
    "Stack.closure": "how relaxation acts where channels mix: [physics](physics.md#closures)",
    "Stack.method": "exact exponentials, finite elements, or Boltzmann's equation",
    "Stack.title": "printed with the results",
    "Insulator.source": "where the numbers are from",
    "Layer.name": "each name once, without `|`",
    "Layer.material": "the name of a material",
    "Reservoir.components": "which potentials are held at zero",
    "Injection.spin_current": "J_s flowing along +z, components x y z of the moment",
    "Injection.orbital_current": "J_o likewise",
    "Matrix.magnetization": "noted only: the arrays stay as they are for every direction",
    "Output.directory": "where files go, relative to where the command runs",
    "Output.plot": "profiles.png and budget.png; sweep.png of a sweep",
    "Output.vtu": "stack.vtu",
    "Device.closure": "how relaxation acts where channels mix: [physics](physics.md#closures)",
    "Device.title": "printed with the results",
    "Region.material": "the name of a material",
}
#: what a device writes under the same keys
OF_DEVICE = {
    "plot": "budget.png and profiles.png along a line; map.png in 2D, view.png and section.png in 3D",
    "vtu": "the fields of every region and interface, for ParaView",
}


def comments(record: Any) -> dict[str, str]:
    """The `#:` comment of every field, those of the classes it extends included."""
    found: dict[str, str] = {}
    owners = inspect.getmro(record)[:-1] if inspect.isclass(record) else [record]
    for owner in reversed(owners):
        found |= dict(re.findall(r"^    (\w+): .*?#: (.+)$", inspect.getsource(owner), re.MULTILINE))
    return found


def meaning(record: Any, name: str) -> str:
    own, given = comments(record).get(name), MEANINGS.get(f"{record.__name__}.{name}")
    assert (own is None) != (given is None), f"{record.__name__}.{name}: say what it means, in one place"
    return (own or given or "").replace("|", "\\|")


def written(parameter: Parameter) -> str:
    """How a file writes a field: its unit, or the words that it may be."""
    quantity = parameter.quantity
    if quantity is not None:
        shape = {
            "": "",
            "pair": ", `[x, y]`",
            "vector": ", `[x, y, z]`",
            "direction": ", `[x, y, z]` or `{ theta, phi }`",
            "tensor": ", or 3 × 3",
            "matrix": ", 3 × 3",
            "cube": ", 3 × 3 × 3",
            "complex": ", or `[re, im]`",
            "sides": ": `[below, above]`",
        }
        unit = f"{quantity.unit} of hbar/2e, or `(hbar/e) S/cm`" if quantity.moment else quantity.unit
        return (unit or "number") + shape[quantity.shape]
    annotation = without_none(parameter.annotation)
    if get_origin(annotation) is Literal:
        return " \\| ".join(f'`"{word}"`' for word in get_args(annotation))
    if get_origin(annotation) is Mapping:
        return "table: layer = " + written(Parameter(get_args(annotation)[1], required=True))
    if get_origin(annotation) is tuple:
        return "list of texts"
    return {bool: "`true` \\| `false`", int: "whole number"}.get(annotation, "text")


def default(parameter: Parameter) -> str:
    """The default in the words of a file; a dash where nothing is set."""
    value, unit = parameter.default, parameter.quantity.unit if parameter.quantity else ""
    if parameter.required:
        return "**required**"
    if value is None or value == "" or callable(value) or not isinstance(value, str | bool | int | float | tuple):
        return "–"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, str):
        return f'`"{value}"`'
    if isinstance(value, tuple):
        return "`[" + ", ".join(f'"{x}"' if isinstance(x, str) else f"{x:g}" for x in value) + "]`"
    return f"{value:g} {unit}".strip()


def table(rows: Iterable[tuple[str, ...]], head: tuple[str, ...]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def keys(record: Any, names: Iterable[str], other: Mapping[str, str] | None = None) -> str:
    """The table of the fields `names` of a record, every one of which a file may have; `other` meanings first."""
    own, told = parameters(record), other or {}
    rows = [
        (f"`{name}`", written(own[name]), default(own[name]), told.get(name) or meaning(record, name)) for name in names
    ]
    return table(rows, ("key", "unit or words", "default", "meaning")) if rows else "No keys of its own.\n"


def fields(record: Any, *, without: Iterable[str] = ("name",)) -> str:
    """The table of every key that a file may give for a record, and of the arrays that only its file may."""
    known = model(record).model_fields
    text = keys(record, [name for name in known if name not in without and name != "file"])
    if "file" not in known:
        return text
    if isinstance(record, type) and issubclass(record, Law) and record.reads_file:
        return (
            text + "| `file` | text | – | .npz of `femsot scatter`, relative to the TOML file, instead of the above |\n"
        )
    found = arrays(record)
    rows = [(f"`{name}`", "**required**" if p.required else "–", meaning(record, name)) for name, p in found.items()]
    row = "| `file` | text | **required** | .npz file, relative to the TOML file, with the arrays below |\n"
    return text + row + "\n" + table(rows, ("array", "default", "meaning"))


def regions() -> str:
    """A region's magnetization may also be a texture."""
    row = ("`magnetization`", "number, `[x, y, z]` or `{ theta, phi }`, or a texture", "–", meaning(Region, "magnetization"))
    return keys(Region, ["material"]) + table([row], row).splitlines()[-1] + "\n"


def device_output() -> str:
    row = ("`ovf`", "table, see below", "–", "torque and equivalent field of each magnet on a regular grid")
    return keys(Output, DEVICE_OUTPUT, OF_DEVICE) + table([row], row).splitlines()[-1] + "\n"


def sweep() -> str:
    """A swept field's table; its model is no record, so the meanings are here."""
    meanings = {
        "from": "first value, as the swept field itself is written",
        "to": "last value",
        "points": "how many, at least 2",
        "spacing": 'equal steps, or equal ratios (`"log"`, both ends > 0)',
        "values": "the values themselves, instead of from, to and points",
    }
    words = {"points": "whole number", "spacing": '`"linear"` \\| `"log"`', "values": "list"}
    known = [field.alias or name for name, field in Range.model_fields.items()]
    assert set(known) == set(meanings)
    first = {"spacing": '`"linear"`'}
    rows = [(f"`{name}`", words.get(name, "as the field"), first.get(name, "–"), meanings[name]) for name in known]
    return table(rows, ("key", "unit or words", "default", "meaning"))


def library() -> str:
    """The materials that come with the package, and which fields each has."""
    rows = []
    for path in sorted(files("femsot.materials.library").iterdir(), key=lambda path: path.name):
        if not path.name.endswith(".toml"):
            continue
        entry = tomllib.loads(path.read_text(encoding="utf-8"))
        given = ", ".join(f"`{name}`" for name, item in entry.items() if isinstance(item, dict))
        rows.append((path.name.removesuffix(".toml"), entry["kind"], entry["description"], given))
    return table(rows, ("name", "kind", "description", "fields"))


def errors() -> str:
    """A faulty file, and what `femsot check` says of it."""
    said = CliRunner().invoke(cli.app, ["check", str(FAULTY)])
    assert said.exit_code == 2
    given = FAULTY.read_text(encoding="utf-8")
    return f"```text\n{given}```\n\n```text\n$ femsot check {FAULTY.name}\n{said.output}```\n"


def tables() -> dict[str, Callable[[], str]]:
    """Every part of the page that is made, by the name of its marker."""
    normal = [name for name in parameters(NormalMetal) if name != "name"]
    made: dict[str, Callable[[], str]] = {
        "example": lambda: f"```toml\n{EXAMPLE.read_text(encoding='utf-8')}```\n",
        "file": lambda: keys(Stack, TOP),
        "materials.normal": lambda: keys(NormalMetal, normal),
        "materials.ferromagnet": lambda: fields(Ferromagnet, without=("name", *normal)),
        "materials.altermagnet": lambda: fields(KINDS["altermagnet"], without=("name", *parameters(NormalMetal))),
        "materials.insulator": lambda: fields(KINDS["insulator"]),
        "library": library,
        "layers": lambda: fields(Layer, without=()),
        "drive": lambda: keys(Stack, DRIVE),
        "sweep": sweep,
        "output": lambda: keys(Output, STACK_OUTPUT),
        "errors": errors,
        "device.example": lambda: f"```toml\n{DEVICE.read_text(encoding='utf-8')}```\n",
        "device.file": lambda: keys(Device, DEVICE_TOP),
        "device.mesh": lambda: keys(MeshSource, parameters(MeshSource)),
        "device.regions": regions,
        "device.contacts": lambda: keys(Terminal, parameters(Terminal)),
        "device.drive": lambda: keys(Device, DEVICE_DRIVE),
        "device.output": device_output,
        "device.ovf": lambda: keys(OvfOutput, parameters(OvfOutput)),
    }
    made |= {f"textures.{word}": lambda x=x: keys(x, parameters(x)) for word, x in (SOURCES | FORMS).items()}
    made |= {f"interfaces.{word}": lambda record=record: fields(record) for word, record in LAWS.items()}
    made |= {f"boundaries.{word}": lambda record=record: fields(record) for word, record in BOUNDARIES.items()}
    return made


def page(text: str) -> str:
    """The page with every made part as it has to be."""
    made, seen = tables(), [found["name"] for found in MARK.finditer(text)]
    missing, unknown = sorted(made.keys() - seen), sorted(set(seen) - made.keys())
    assert not missing and not unknown, f"markers of input.md: missing {missing}, unknown {unknown}"
    return MARK.sub(lambda found: found["head"] + made[found["name"]](), text)


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
