"""The house rule: a module imports only from smaller rows, and stays small (docs/design.md)."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "femsot"
ROWS = {
    "constants": 0, "checks": 0, "version": 0,
    "channels": 1, "closed_forms": 1, "directions": 1, "files": 1,
    "materials": 2, "jump": 2, "scattering": 2, "ovf": 2,
    "interfaces": 3, "slab": 3, "boundaries": 3, "units": 3, "mesh": 3,
    "stack": 4, "texture": 4,
    "device": 5, "coefficients": 5,
    "validity": 6, "values": 6, "resolved": 6, "fields": 6,
    "config": 7, "reduced": 7, "fem": 7,
    "exact": 8, "kinetic": 8,
    "observables": 8, "device_fields": 9,
    "solution": 10, "device_sample": 10,
    "device_solution": 11,
    "output": 12, "device_run": 12,
    "run": 13,
    "pumping": 14, "sweep": 14,
    "cli": 15, "__init__": 15,
    "__main__": 16,
}  # fmt: skip
#: drawing, file formats and schemas are each at home in one room
HOMES = {
    "matplotlib": {"output"}, "pyvista": {"output"}, "vtkmodules": {"output"}, "meshio": {"output", "mesh"},
    "skfem": {"fem"}, "pyamg": {"fem"}, "petsc4py": {"fem"}, "pypardiso": {"fem"},
    "pint": {"units"}, "pydantic": {"config"}, "typer": {"cli"}, "rich": {"cli", "output"},
}  # fmt: skip
FILES = sorted(ROOT.rglob("*.py"))


def room(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Absolute names of everything a file imports, wherever in the file."""
    package = ["femsot", *path.relative_to(ROOT).parts[:-1]]
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            start = [*base, *(node.module.split(".") if node.module else [])]
            found |= {".".join([*start, alias.name]) for alias in node.names}
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_upstream(path):
    """A lower room that reaches into a higher one turns the one-way flow into a knot."""
    own = room(path)
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "femsot" and len(parts) > 1 and parts[1] in ROWS and parts[1] != own:
            assert ROWS[parts[1]] < ROWS[own], f"{own} (row {ROWS[own]}) imports {name} (row {ROWS[parts[1]]})"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_heavy_libraries_stay_in_their_room(path):
    """matplotlib in a solver, or pint in a kernel, would load with every import."""
    for name in imports(path):
        homes = HOMES.get(name.split(".")[0])
        assert homes is None or room(path) in homes, f"{room(path)} imports {name}, at home in {homes}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_files_and_functions_are_small(path):
    """Nobody reviews a file of 1000 lines or a function of 200."""
    text = path.read_text()
    assert len(text.splitlines()) <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            doc = node.body[0]
            has_doc = isinstance(doc, ast.Expr) and isinstance(doc.value, ast.Constant)
            length = node.end_lineno - node.lineno + 1 - (doc.end_lineno - doc.lineno + 1 if has_doc else 0)
            assert length <= 40, f"{path.name}: {node.name} has {length} lines"


def test_every_room_has_a_row():
    """A new module must earn its row."""
    assert {room(path) for path in FILES} <= set(ROWS)
