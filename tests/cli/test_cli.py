"""The command: what it prints, writes and refuses."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from ti_ni import STACK, expected
from typer.testing import CliRunner

from femsot.cli import app
from femsot.version import __version__

FAULTY = (
    STACK.replace('thickness = "5 nm"', 'thickness = "-5 nm"').replace('"1e15 S/m^2"', "1e15").replace("Ti|Ni", "Ti|N")
)
runner = CliRunner()


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "stack.toml"
    path.write_text(STACK)
    return path


def call(*words: object) -> tuple[int, str, str]:
    result = runner.invoke(app, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def test_run_writes_the_result_and_prints_torque_and_budget(stack: Path) -> None:
    """A run that prints other numbers than it writes, or forgets a file that was asked for."""
    code, out, _ = call("run", stack, "--output", "here")
    assert code == 0
    result = json.loads(Path("here/result.json").read_text())
    torque = result["layers"][1]["torque"]
    assert torque["flux_like"][0] == pytest.approx(1e5 * 1e6 * expected().real, rel=1e-12)
    assert f"{torque['damping_like'] / 1e6:.4g}" in out
    assert "budget" in out
    assert {p.name for p in Path("here").iterdir()} == {"result.json", "profiles.csv", "stack.vtu"}


def test_json_output_is_the_result_alone(stack: Path) -> None:
    """A table or a path among the JSON breaks every script that reads it."""
    code, out, _ = call("run", stack, "--json")
    assert code == 0
    assert json.loads(out) == json.loads(Path("out/result.json").read_text())


def test_both_methods_agree(stack: Path) -> None:
    """--method fem that quietly solves exactly, or another problem."""
    exact, fem = (json.loads(call("run", stack, "--json", "--method", m)[1]) for m in ("exact", "fem"))
    assert (exact["report"]["method"], fem["report"]["method"]) == ("exact", "fem")
    one, other = (r["layers"][1]["torque"]["damping_like"] for r in (exact, fem))
    assert one != other
    assert other == pytest.approx(one, rel=1e-3)


def test_check_lists_every_fault_and_exits_2(stack: Path) -> None:
    """A user who mends one fault after another, one run each."""
    stack.write_text(FAULTY)
    code, out, err = call("check", stack)
    assert code == 2
    assert out == ""
    for path in ("layers.Ti.thickness", "layers.Ni.thickness", "interfaces.Ti|N.charge"):
        assert path in err
    assert "Traceback" not in err


@pytest.mark.parametrize("command", ["run", "sweep"])
def test_bad_input_leaves_no_files(stack: Path, command: str) -> None:
    """A half-written output directory after a refused file."""
    stack.write_text(FAULTY)
    code, _, err = call(command, stack)
    assert code == 2
    assert err.startswith("femsot: ")
    assert {p.name for p in stack.parent.iterdir()} == {"stack.toml"}


def test_an_unknown_method_is_refused(stack: Path) -> None:
    """A typing slip that falls back to a default."""
    code, _, err = call("run", stack, "--method", "exakt")
    assert code == 2
    assert "Did you mean 'exact'?" in err


def test_a_stack_without_a_solution_exits_1(stack: Path) -> None:
    """A solve that fails must not look like bad input, nor like success."""
    stack.write_text(
        STACK.replace('"3 nm"', '"inf nm"').replace('dephasing_length = "1 nm"', "").replace("exchange_", "#")
    )
    code, _, err = call("run", stack)
    assert code == 1
    assert "no unique solution" in err


def test_sweep_then_plot(stack: Path) -> None:
    """A sweep whose points are shuffled, or files that the plot command cannot read."""
    code, out, _ = call("sweep", stack)
    assert code == 0
    assert out.startswith("4 points")
    table = json.loads(Path("out/sweep.json").read_text())
    assert table["parameters"]["layers.Ni.thickness"]["values"] == pytest.approx([1e-9, 4e-9, 7e-9, 10e-9])
    assert call("plot", "out/sweep.json")[0] == 0
    assert Path("out/sweep.png").stat().st_size > 10_000


def test_plot_draws_a_result(stack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a way to render in 3D the flat pictures are still made, and the user is told what to install."""
    monkeypatch.setattr("femsot.plot.view.can_render", lambda: False)
    call("run", stack)
    code, out, _ = call("plot", "out/result.json")
    assert code == 0
    assert "apt-get install" in out
    assert {p.name for p in Path("out").glob("*.png")} == {"profiles.png", "budget.png"}


def test_plot_refuses_what_is_no_result(stack: Path) -> None:
    """A traceback out of a foreign file."""
    code, _, err = call("plot", stack)
    assert code == 2
    assert "stack.toml" in err


def test_materials() -> None:
    """A number without its unit and source, or an unknown name without help."""
    code, out, _ = call("materials", "Pt")
    assert code == 0
    for word in ("conductivity", "S/m", "spin_diffusion_length", "doi"):
        assert word in out
    assert "Pt" in call("materials")[1]
    code, _, err = call("materials", "Ptt")
    assert code == 2
    assert "Did you mean 'Pt'?" in err


def test_schema_is_json() -> None:
    """A schema that no editor can read."""
    assert "layers" in json.loads(call("schema")[1])["properties"]


def test_version_and_module() -> None:
    """`python -m femsot` and `femsot` must be one program."""
    assert call("--version")[1].strip() == f"femsot {__version__}"
    done = subprocess.run([sys.executable, "-m", "femsot", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"femsot {__version__}"


@pytest.mark.parametrize("command", ["run", "check", "sweep", "plot", "materials", "schema"])
def test_help_shows_an_example(command: str) -> None:
    """Help that leaves a user guessing."""
    assert "Example:" in call(command, "--help")[1]
