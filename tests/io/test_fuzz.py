"""Mutated inputs and results: each is answered or refused in clear lines, in time, and never with a traceback."""

import json
import random
import signal
import tomllib
from collections import Counter
from contextlib import contextmanager
from functools import cache

import pytest
from matplotlib import pyplot
from mutated import document, mutated
from repository import EXAMPLES
from typer.testing import CliRunner

import femsot as fs
from femsot.cli import app
from femsot.io.config import read_text
from femsot.io.files import read_result, read_sweep
from femsot.plot.profiles import profiles_figure
from femsot.plot.sweep import sweep_figure
from femsot.plot.tables import budget_table, torque_table
from femsot.studies.sweep import run_sweep

SECONDS = 20
FILES = sorted(path for path in EXAMPLES.glob("*.toml") if path.name != "interface.toml")
pytestmark = pytest.mark.filterwarnings("ignore")


class Hang(BaseException):
    """Too slow."""


@contextmanager
def in_time():
    def ring(signum, frame):
        raise Hang

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def check(path):
    """Run `femsot check`, and return its exit code; a traceback is raised again."""
    result = CliRunner().invoke(app, ["check", str(path)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    if result.exit_code:
        assert result.exit_code == 2 and all(line.strip() for line in result.stderr.splitlines())
        assert "Traceback" not in result.stderr and result.stderr.startswith("femsot: ")
        assert max(map(len, result.stderr.splitlines())) < 4000
    return result.exit_code


def draw(path, record):
    """What `plot` and `report` make of a result but for rendering, and 0, or 2 if it is refused."""
    try:
        if "parameters" in record:
            sweep_figure(read_sweep(path))
        else:
            result = read_result(path)
            torque_table(result, 100)
            budget_table(result)
            if result.get("layers"):
                profiles_figure(result)
    except fs.InputError as error:
        assert error.faults and max(len(str(fault)) for fault in error.faults) < 4000
        return 2
    finally:
        pyplot.close("all")
    return 0


@cache
def job():
    return read_text((EXAMPLES / "orbital_trilayer.toml").read_text())


@pytest.fixture(scope="session")
def results(tmp_path_factory):
    sweep = run_sweep(job(), tmp_path_factory.mktemp("sweep"))
    return [json.loads(json.dumps(record)) for record in (fs.solve(job().stack).to_dict(), sweep)]


def run(count, seed, *, results, tmp_path):
    """Two thirds of the cases are files, one third results."""
    rng = random.Random(seed)
    tally = Counter()
    for i in range(count):
        if i % 3:
            data = tomllib.loads(rng.choice(FILES).read_text())
            kind, data = mutated(rng, data)
            path = tmp_path / "case.toml"
            path.write_text(document(data), encoding="utf-8", errors="surrogatepass")
        else:
            kind, data = mutated(rng, rng.choice(results))
            path = tmp_path / "case.json"
            path.write_text(json.dumps(data), encoding="utf-8")
        with in_time():
            tally[kind, check(path) if i % 3 else draw(path, data)] += 1
    return tally


def test_mutated_files(results, tmp_path):
    """49 tracebacks in 132 edited results, hangs and tracebacks of units such as nm**0."""
    tally = run(300, 2, results=results, tmp_path=tmp_path)
    assert tally.total() == 300 and {code for _, code in tally} == {0, 2}


@pytest.mark.slow
def test_many_mutated_files(results, tmp_path):
    """The same, many more."""
    tally = run(5000, 3, results=results, tmp_path=tmp_path)
    assert tally.total() == 5000, tally


@pytest.mark.parametrize(
    "unit", ["nm**0", "nm*" * 5000 + "nm", "n" * 100_000, "(" * 90 + "nm" + ")" * 90, "nm" + "**1" * 40]
)
def test_units_that_are_none(unit):
    """A KeyError of pint, or minutes."""
    with in_time(), pytest.raises(fs.InputError, match="conductivity"):
        read_text(f'[materials.Pt]\nkind = "normal"\nconductivity = "5 {unit}"\n')


def test_sweeps_that_are_none():
    """`[sweep]` with only zip = true, and a grid of more axes than an array has."""
    text = (EXAMPLES / "spin_valve.toml").read_text().split("[sweep]")[0]
    with pytest.raises(fs.InputError, match=r"sweep: names no field"):
        read_text(f"{text}\n[sweep]\nzip = true\n")


@pytest.mark.parametrize(
    ("place", "value", "match"),
    [
        (("layers", 0, "torque"), "x", r"layers\[0\]\.torque: got 'x', allowed: a table"),
        (("layers", 1, "budget", "flux"), [1, "a", 2], r"layers\[1\]\.budget\.flux: .*allowed: 3 numbers"),
        (("profiles", "mu"), [[1]], r"profiles\.mu: got .*, allowed: any x 7 numbers"),
        (("report", "warnings"), None, r"report\.warnings: got None, allowed: a list"),
    ],
)
def test_an_edited_result_is_told_by_its_place(results, tmp_path, *, place, value, match):
    """A traceback of numpy somewhere in a figure."""
    record = json.loads(json.dumps(results[0]))
    parent = record
    for step in place[:-1]:
        parent = parent[step]
    parent[place[-1]] = value
    path = tmp_path / "result.json"
    path.write_text(json.dumps(record))
    with pytest.raises(fs.InputError, match=match):
        read_result(path)
