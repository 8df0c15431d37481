"""Messages and limits of the one place that checks numbers."""

import pickle
import re
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

import femsot as fs
from femsot.base import errors
from femsot.base.errors import Caution, Checks, Fault, InputError, PhysicsWarning, did_you_mean, warn

SMALL = np.finfo(float).tiny


@pytest.mark.parametrize(
    "rule, good, bad",
    [
        ("positive", [SMALL, 1, np.array([1.0, 2.0]), None], [0.0, -1, np.nan, np.inf, "5 nm", np.array([1.0, 0.0])]),
        ("length", [1e-15, np.inf, None], [0.0, -1e-9, np.nan, np.array([1.0, -np.inf])]),
        ("nonnegative", [0, 0.0, -0.0], [-1e-300, np.nan, np.inf, 1 + 1j, 1 + 0j]),
        ("nonnegative_complex", [0, 0.0, 1 + 1j, -0.0], [-1e-300, np.nan, np.inf, -1 + 1j]),
        ("finite", [-1.0, 0], [np.nan, np.inf, -np.inf, 1j, "x", [None]]),
        ("finite_complex", [-1.0, 1j, 0], [np.nan, np.inf, -np.inf, complex(np.nan, 1), "x", [None]]),
        ("fraction", [0.0, -0.999, 0.999], [1.0, -1, 2.0, np.nan]),
    ],
)
def test_rules_have_their_limits(rule, good, bad):
    """Catches > for >=, nan that passes a comparison, or a check of the first element of an array only."""
    for value in good:
        checks = Checks("owner")
        getattr(checks, rule)(field=value)
        checks.done()
    for value in bad:
        checks = Checks("owner")
        getattr(checks, rule)(field=value)
        with pytest.raises(InputError, match=r"owner\.field: got .*, allowed: a"):
            checks.done()


def test_all_faults_come_together():
    """Catches a check that stops at the first fault."""
    checks = Checks("materials.Pt")
    checks.positive(conductivity=-1.0, thickness=np.array([1e-9, -2e-9]))
    checks.fail("", "is odd")
    with pytest.raises(InputError) as error:
        checks.done()
    assert [str(fault) for fault in error.value.faults] == [
        "materials.Pt.conductivity: got -1, allowed: a finite number > 0",
        "materials.Pt.thickness: got -2e-09, allowed: a finite number > 0",
        "materials.Pt: is odd",
    ]
    assert str(error.value) == "\n".join(str(fault) for fault in error.value.faults)


@pytest.mark.parametrize("size", [1.0, 1e-200, 1e200, np.finfo(float).max])
def test_directions_of_any_size_are_normalised(size):
    """Catches overflow or underflow of the norm, and a caller's array that stays writable inside a record."""
    checks = Checks("layers.F")
    unit = checks.unit_vector("magnetization", np.array([[0.0, 3.0, -4.0], [1.0, 0.0, 0.0]]) / 4 * size)
    checks.done()
    assert_allclose(unit, [[0, 0.6, -0.8], [1, 0, 0]], rtol=1e-15)
    assert not unit.flags.writeable


@pytest.mark.parametrize("value", [[0, 0, 0], [1, 2], 3.0, [1, np.nan, 0], [[1, 0, 0], [0, 0, 0]], [1, np.inf, 0]])
def test_no_direction_is_refused(value):
    """Catches 0/0 in the normalisation."""
    checks = Checks("layers.F")
    checks.unit_vector("magnetization", value)
    with pytest.raises(InputError, match=r"layers\.F\.magnetization: got .*, allowed: "):
        checks.done()


def test_unknown_names_get_a_suggestion():
    """Catches a hint that lists nothing, or that misses a name in another case."""
    for name, known, text in (
        ("Ptt", ["Pt", "Co"], "known: Co, Pt. Did you mean 'Pt'?"),
        ("PT", ["Pt"], "known: Pt. Did you mean 'Pt'?"),
        ("Co|Pt", ["Pt|Co"], "known: Pt|Co. Did you mean 'Pt|Co' (lower|upper)?"),
        ("xyz", ["Pt"], "known: Pt"),
        ("xyz", [], "known: none"),
    ):
        assert str(Fault("", "no such", *did_you_mean(name, known))) == f"no such, {text}"


def test_a_fault_is_a_record_and_its_text_is_made_at_the_edge():
    """Catches a sentence that is put together in another order, or with another comma, than the parts say."""
    fault = Fault("materials.Pt.conductivity", allowed="a finite number > 0", value="-1", hint="is it a metal?")
    assert str(fault) == "materials.Pt.conductivity: got -1, allowed: a finite number > 0; is it a metal?"
    assert str(Fault("", "has no data", "Text or Binary 8")) == "has no data, allowed: Text or Binary 8"
    assert str(Fault("m", "missing, required", "a table [m]")) == "m: missing, required: a table [m]"
    assert str(Fault("a.b", "no such field", ("x", "y"), "Did you mean 'x'?")) == (
        "a.b: no such field, known: x, y. Did you mean 'x'?"
    )
    assert str(Fault("method", "for a stack", "none", value="'x'")) == "method: got 'x' for a stack, allowed: none"


def test_faults_move_as_records():
    """Catches a moved fault that loses its parts, and a prefix that matches a longer name."""
    fault = Fault("interfaces.ohmic.charge", allowed="a finite number", value="nan")
    moved = fault.renamed("interfaces.ohmic", "interfaces.Ti|Ni")
    assert moved == Fault("interfaces.Ti|Ni.charge", allowed="a finite number", value="nan")
    assert fault.renamed("interfaces.oh", "interfaces.Ti|Ni") == fault
    assert Fault("charge", "missing").under("interfaces.Ti|Ni").path == "interfaces.Ti|Ni.charge"
    assert str(Fault("nodes", "missing").within("m.ovf").within("regions.dot")) == "regions.dot: m.ovf: nodes: missing"


def test_a_caution_becomes_a_physics_warning():
    """Catches a warning whose text lost its place, or that is raised from the line of the library."""
    with pytest.warns(PhysicsWarning, match=r"^layers\.Co: is thin; use another method$") as caught:
        warn([Caution("Co", "is thin", "use another method").under("layers")], stacklevel=1)
    assert caught[0].filename == __file__


def test_every_fault_of_the_package_is_a_record():
    """Catches a sentence put together by hand, whose path, value and limits nobody can use."""
    package = Path(errors.__file__).parents[1]
    ready = re.compile(r"""InputError\(\s*\[?\s*f?["']""")
    assert [path.name for path in package.rglob("*.py") if ready.search(path.read_text())] == []
    assert InputError("a plugin's words").faults == (Fault("", "a plugin's words"),)


def test_an_error_survives_the_way_to_another_process():
    """Catches an InputError that pickle makes anew from its text."""
    error = InputError([Fault("a", "missing"), Fault("b", allowed=("x", "y"), value="'z'")])
    assert pickle.loads(pickle.dumps(error)).faults == error.faults


def test_warnings_of_a_model_are_records_and_texts_in_its_report():
    """Catches a warning whose place can only be had by cutting its text."""
    layers = (fs.Layer("Pt", fs.material("Pt"), 1e-9), fs.Layer("Co", fs.material("Co"), 1e-9, (0, 0, 1)))
    stack = fs.Stack(layers, electric_field=(1e5, 0, 0), closure="ning24")
    with pytest.warns(PhysicsWarning) as caught:
        report = fs.solve(stack).report
    assert [caution.path for caution in report.cautions][:3] == ["layers.Pt", "layers.Co", ""]
    assert report.warnings == report.to_dict()["warnings"] == [str(caution) for caution in report.cautions]
    warned = [str(caution) for caution in report.cautions if not caution.note]
    assert warned == [str(warning.message) for warning in caught] and len(warned) < len(report.cautions)
    assert "cautions" not in report.to_dict()
