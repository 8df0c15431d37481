"""The documentation is true: its tables are made from the records, its snippets run, its fields are the real ones."""

import importlib.util
import re
import sys
import tomllib
from pathlib import Path

import pytest

import femsot as fs
from femsot.interfaces import laws
from femsot.io.config import read_job, read_text

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))


def module(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def blocks(path, language):
    """The code blocks of a page in one language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", path.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A directory to write into that looks like the top of the repository."""
    for name in ("docs", "examples"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path)


def test_the_tables_of_input_are_those_of_the_records():
    """A key added, renamed or given another default, and the page forgotten: run python docs/make_input.py."""
    text = (DOCS / "input.md").read_text(encoding="utf-8")
    assert module(DOCS / "make_input.py").page(text) == text, "out of date: run python docs/make_input.py"


@pytest.mark.parametrize("page", [path.name for path in PAGES if blocks(path, "python")])
def test_the_snippets_of_the_docs_run_and_print_what_they_say(page, repository, capsys):
    """A call that no longer exists, or a number that is no longer so. `print(...)  # x` must print x."""
    names = {"__name__": "snippets"}
    for text in blocks(DOCS / page, "python"):
        exec(compile(text, page, "exec"), names)
        said = re.findall(r"^ *print\(.*\)  # (.+)$", text, re.MULTILINE)
        assert capsys.readouterr().out.splitlines() == said


def test_the_python_page_has_snippets():
    """Blocks that are no longer found are not blocks that run."""
    assert len(blocks(DOCS / "python.md", "python")) >= 10


def test_the_snippets_of_the_readme_run(repository):
    """The first thing that a user copies."""
    readme = ROOT / "README.md"
    texts = blocks(readme, "python") if readme.exists() else []
    if not texts:
        pytest.skip("README.md has no python block yet")
    names = {"__name__": "snippets"}
    for text in texts:
        exec(compile(text, "README.md", "exec"), names)


@pytest.mark.parametrize("page", [path.name for path in (*PAGES, ROOT / "README.md") if path.exists()])
def test_whole_files_in_the_pages_are_read(page):
    """An example file with a key that is refused."""
    path = DOCS / page if (DOCS / page).exists() else ROOT / page
    for text in blocks(path, "toml"):
        tomllib.loads(text)
        if "[[layers]]" in text and "[materials" in text:
            read_text(text, directory=DOCS)


def test_the_plugin_of_the_python_page_is_found(tmp_path, monkeypatch):
    """Entry-point lines or a record that femsot does not take."""
    lines = next(x for x in blocks(DOCS / "python.md", "toml") if "entry-points" in x)
    code = next(x for x in blocks(DOCS / "python.md", "python") if "def auti" in x)
    (tmp_path / "femsot_alloys.py").write_text(code)
    info = tmp_path / "femsot_alloys-0.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: femsot-alloys\nVersion: 0.1\n")
    groups = tomllib.loads(lines)["project"]["entry-points"]
    entries = [f"[{group}]\n" + "\n".join(f"{k} = {v}" for k, v in each.items()) for group, each in groups.items()]
    (info / "entry_points.txt").write_text("\n".join(entries))
    monkeypatch.syspath_prepend(tmp_path)
    try:
        assert fs.material("AuTi").source == "a lab book"
        assert "film" in laws()
        text = (DOCS / "ti_ni.toml").read_text(encoding="utf-8").replace('law = "ohmic"', 'law = "film"')
        stack = read_text(text.replace('charge = "1e15 S/m^2"', 'conductivity = "1e6 S/m"')).stack
        assert stack.maps[0].conductance[0, 0, 0, 0] == pytest.approx(1e15)
    finally:
        sys.modules.pop("femsot_alloys", None)


def field_names(record):
    """Every key of a record, but those of the input, which are input.md's."""
    for key, value in record.items():
        yield key
        inside = value if isinstance(value, list) else [value]
        for item in inside if key != "input" else ():
            if isinstance(item, dict):
                yield from field_names(item)


def test_every_field_of_a_result_is_explained():
    """A field that a reader of result.json has to guess, or one that is gone."""
    page = (DOCS / "result.md").read_text(encoding="utf-8")
    solution = fs.solve(fs.read(str(DOCS / "ti_ni.toml")))
    found = set(field_names(solution.to_dict())) - set(solution.parts)  # layers are keys of efficiency_j_in
    stack, device = page.split("## profiles.csv")[0].split("## result.json")[1:]
    assert explained(stack) == found | {"angular_error"}  # of method "boltzmann" alone
    solution = fs.solve(read_job(DOCS / "strip_dot.toml").device)
    solved = solution.to_dict()
    names = set(field_names(solved)) - set(solution.parts)
    keys = set(solved["report"]["stages"]) | set(solved["report"]["error"])  # by their names
    assert explained(device) | found | keys >= names
    assert explained(device) <= names


def explained(text):
    """Names in the first column of every table."""
    return {name for row in re.findall(r"^\| (`.*?) \|", text, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}


def test_the_rooms_of_design_are_those_of_the_import_table():
    """A module that moved, or that nobody explained."""
    page = (DOCS / "design.md").read_text(encoding="utf-8")
    told = {name: int(row) for row, name in re.findall(r"^\| (\d+) \| `(\w+)` \|", page, re.MULTILINE)}
    assert told == module(ROOT / "tests" / "test_imports.py").ROWS


@pytest.mark.parametrize("page", [path.name for path in PAGES])
def test_links_lead_somewhere(page):
    """A page, a heading or a test file that was renamed."""
    text = (DOCS / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]*(?:#[^)]*)?)\)", text):
        name, _, heading = target.partition("#")
        if name.startswith("http"):
            continue
        path = DOCS / name if name else DOCS / page
        assert path.exists(), target
        if heading:
            headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in headings}
            assert heading in slugs, target
    for name in re.findall(r"`((?:tests|benchmarks|examples|docs)/[\w/]+\.\w+)`", text):
        assert (ROOT / name).exists() or (ROOT / "tests" / name).exists(), name
    for name, tests in re.findall(r"`([\w/]+\.py)`: ((?:`test_\w+`(?:, )?)+)", text):
        code = (ROOT / "tests" / name).read_text(encoding="utf-8")
        for test in re.findall(r"`(test_\w+)`", tests):
            assert f"def {test}(" in code, f"{name}: {test}"
