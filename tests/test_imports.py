"""The house rule: a module imports only from smaller rows, and stays small (docs/design.md)."""

import ast
from pathlib import Path

import pytest

import femsot

ROOT = Path(__file__).parents[1] / "femsot"
ROOMS = (
    *("version", "base", "materials", "scattering", "interfaces", "model", "solvers", "results", "papers", "studies"),
    *("io", "plot", "cli", "__init__", "__main__"),
)
ROWS = {name: row for row, name in enumerate(ROOMS)}
#: drawing, file formats and schemas are each at home in one room
HOMES = {
    "matplotlib": {"plot"}, "pyvista": {"io", "plot"}, "vtkmodules": {"io", "plot"}, "meshio": {"io", "model"},
    "skfem": {"solvers"}, "pyamg": {"solvers"}, "petsc4py": {"solvers"}, "pypardiso": {"solvers"},
    "pint": {"base"}, "pydantic": {"io"}, "typer": {"cli"}, "rich": {"cli", "plot"},
}  # fmt: skip
FILES = sorted(ROOT.rglob("*.py"))
TESTS = Path(__file__).parent
TEST_FILES = sorted(TESTS.rglob("*.py"))


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


@pytest.mark.parametrize("path", TEST_FILES, ids=lambda p: str(p.relative_to(TESTS)))
def test_test_files_are_small(path):
    """A test file in which nobody looks for the test that is there already."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_tests_are_in_the_rooms_of_what_they_test():
    """A test beside the rooms, or a room of tests that is none: `shared` holds what tests share."""
    rooms = {path.name for path in TESTS.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert rooms <= set(ROOMS) | {"shared", "verification", "examples"}
    assert {path.name for path in TESTS.glob("*.py")} == {"conftest.py", "test_docs.py", "test_imports.py"}


def test_every_room_has_a_row():
    """A new module must earn its row: twelve rooms, and a newcomer sees at most 16 entries."""
    assert {room(path) for path in FILES} <= set(ROWS)
    entries = {path.name for path in ROOT.iterdir() if path.name != "__pycache__"}
    assert len(entries) <= 16


def test_dir_shows_public_names_only():
    assert dir(femsot) == sorted(femsot.__all__)


def test_names_are_things_of_physics_and_numerics():
    """Names that tell what the author did, not what a value is; `held` is of numerics, of unknowns at contacts."""
    verbs = {"found", "given", "made", "own", "taken", "used", "kept", "here", "moved"}
    bound = []
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                bound.append(node.id)
            elif isinstance(node, ast.arg):
                bound.append(node.arg)
    assert sum(name in verbs for name in bound) < 0.01 * len(bound)
