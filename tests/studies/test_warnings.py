"""docs/warnings.md is the list of all warnings: every `Caution` of the code has a kind, and each kind a section."""

import ast
import re

from repository import DOCS, ROOT


def kinds():
    """Yield the place and the kind of every Caution that the code makes."""
    for path in (ROOT / "femsot").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Caution":
                words = {keyword.arg: keyword.value for keyword in node.keywords}
                if None not in words:  # read back from a part of a sweep
                    kind = words.get("kind")
                    yield f"{path.name}:{node.lineno}", kind.value if isinstance(kind, ast.Constant) else None


def test_the_page_of_warnings_is_complete():
    """A warning that nobody can look up, or a section about one that is gone."""
    places = dict(kinds())
    assert not [place for place, kind in places.items() if not kind]
    sections = re.findall(r"^## (\S+)$", (DOCS / "warnings.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sections == sorted(set(places.values()))
