"""Commands on what the run of a device leaves; each docstring names the bug that the test catches."""

import json
import subprocess
import sys

import device_results as given
import pytest
import stack_results
from typer.testing import CliRunner

import femsot as fs
from femsot.base.files import write_json
from femsot.cli import app
from femsot.interfaces import Ohmic
from femsot.io import device_vtk
from femsot.plot import files
from femsot.plot import view as stack_view


@pytest.fixture(name="run_dir")
def _run_dir(dot, tmp_path):
    """What a run leaves."""

    class Wanted:
        vtu, plot, report, ovf = True, False, False, None

    written, message = files.write_device_result(dot, tmp_path, Wanted)
    assert [path.name for path in written] == ["result.json", "device.vtm"] and message is None
    return tmp_path


def test_plot_draws_a_device(run_dir):
    """A device taken for a stack, the fields beside it not found, or options without effect."""
    arguments = ["plot", str(run_dir / "result.json"), "--field", "phi", "--line", "0,20,1 60,20,1", "--json"]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    names = {"budget.png", "profiles.png", *(["view.png", "section.png"] if stack_view.can_render() else [])}
    found = json.loads(done.stdout)
    assert {path.rsplit("/", 1)[1] for path in found["files"]} == names
    assert all((run_dir / name).stat().st_size > 5000 for name in names)


def test_plot_draws_what_it_can_without_fields(run_dir):
    """A KeyError or a silent lack of pictures where no fields were written."""
    (run_dir / "device.vtm").unlink()
    done = CliRunner().invoke(app, ["plot", str(run_dir / "result.json")])
    assert done.exit_code == 0
    assert "wrote " in done.stdout and files.NO_FIELDS in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--field", "mu_q"], "field: got 'mu_q', known: "),
        (["--line", "1,2"], "line: got '1,2', allowed: "),
        (["--line", "0,-9,0 9,-9,0"], "which meets no metal"),
    ],
)
def test_plot_tells_wrong_options(arguments, message, run_dir):
    """A traceback, or another exit code than 2."""
    done = CliRunner().invoke(app, ["plot", str(run_dir / "result.json"), *arguments])
    assert done.exit_code == 2 and message in done.stderr and len(done.stderr.splitlines()) == 1


def test_options_of_a_device_are_refused_for_a_stack(tmp_path):
    """An option that is silently without effect."""
    write_json(stack_results.film(), tmp_path / "result.json")
    done = CliRunner().invoke(app, ["plot", str(tmp_path / "result.json"), "--line", "0,0,0 1,1,1", "--field", "phi"])
    assert done.exit_code == 2
    assert [text.partition(": got")[0] for text in done.stderr.splitlines()] == ["femsot: --field", "femsot: --line"]


@pytest.mark.parametrize("what", ["voltage", "conductivity"])
def test_fields_of_another_run_are_not_drawn(what, run_dir):
    """The fields of an earlier run under the title of a new one whose regions have the same names."""
    record = json.loads((run_dir / "result.json").read_text())
    assert len(files.fields_beside(run_dir / "result.json", record)) == 3
    changed = record["contacts"][0] if what == "voltage" else record["input"]["materials"]["Pt"]
    changed[what] *= 2
    (run_dir / "result.json").write_text(json.dumps(record))
    done = CliRunner().invoke(app, ["plot", str(run_dir / "result.json"), "--json"])
    found = json.loads(done.stdout)
    assert done.exit_code == 0 and found["message"] == files.NO_FIELDS
    assert found["files"] == [str(run_dir / "budget.png")]
    assert "of another run; run again with [output] vtu = true" in files.NO_FIELDS


def test_a_run_writes_all_that_is_asked_for(tmp_path):
    """A kind of output that [output] asks for and that is not written."""

    class Wanted:
        vtu, plot, report = True, True, True

        class ovf:
            cell, lower, upper = (5e-9, 5e-9, 1e-9), None, None
            align, like = "center", None

    written, message = files.write_device_result(given.cross(), tmp_path, Wanted)
    grids, pictures = ["torque_dot.ovf", "field_dot.ovf"], ["budget.png", "profiles.png", "map.png"]
    names = ["result.json", "device.vtm", *grids, *pictures, "report.html"]
    assert [path.name for path in written] == names and message is None
    assert all(path.is_file() for path in written)


def test_a_pipe_gets_one_line(run_dir):
    """Warnings of VTK, progress or colours in a pipe."""
    command = [sys.executable, "-m", "femsot", "plot", str(run_dir / "result.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == (1 if stack_view.can_render() else 2)
    assert "\x1b" not in done.stdout


class Everything:
    """Of [output]."""

    vtu, plot, report, ovf = True, True, True, None


@pytest.mark.parametrize("law", [Ohmic(charge=1e15), fs.Insulating()])
def test_a_device_at_rest_is_written(law, tmp_path):
    """ "line: ... meets no metal", or StopIteration, where all potentials and currents are zero."""
    solution = given.at_rest(law)
    written, message = files.write_device_result(solution, tmp_path, Everything)
    assert {"profiles.png", "map.png", "report.html"} <= {path.name for path in written} and message is None
    assert not any(block.insulating for block in device_vtk.read_device(tmp_path / "device.vtm"))
    for command in ("plot", "report"):
        assert CliRunner().invoke(app, [command, str(tmp_path / "result.json")]).exit_code == 0


def test_a_device_is_always_solved_by_finite_elements(tmp_path):
    """The one method that a device has, refused; or another one taken in silence."""
    file = tmp_path / "box.toml"
    file.write_text(
        '[mesh]\nready = "box"\nsize = "25 nm"\n[materials.Cu]\nlibrary = "Cu"\n[regions.box]\nmaterial = "Cu"\n'
        '[contacts.left]\nvoltage = "0 V"\n[contacts.right]\nvoltage = "1 mV"\n',
        encoding="utf-8",
    )
    for method, code in (("fem", 0), ("exact", 2)):
        said = CliRunner().invoke(app, ["run", str(file), "--method", method, "--output", str(tmp_path / method)])
        assert said.exit_code == code, said.output
    assert json.loads((tmp_path / "fem" / "result.json").read_text(encoding="utf-8"))["report"]["method"] == "fem"
