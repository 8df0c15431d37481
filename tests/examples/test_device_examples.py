"""The device examples run, on coarser meshes, and their numbers are those of one-dimensional theory."""

import importlib
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose
from repository import EXAMPLES

import femsot as fs
from femsot.io.config import read_job
from femsot.model.record import resolved

#: coarser meshes and fewer points, enough for every number below
REDUCED = {
    "device_strip_dot": {"diameters": (40e-9,), "size": 6e-9},
    "device_hall_bar": {"points": 3, "size": 20e-9},
    "device_nanopillar": {"points": 3, "size": 14e-9},
    "device_lateral_spin_valve": {"separations": (200e-9,), "size": 25e-9},
    "device_field_free": {"size": 24e-9},
}


def test_every_device_example_is_tested_here():
    """A device example that is added without a test."""
    assert {path.stem for path in EXAMPLES.glob("device_*.py")} == set(REDUCED)


def closes(solution):
    """Charge and angular momentum are conserved to 1e-8 of the largest current."""
    assert solution.report.charge_balance < 1e-8
    budgets = [solution.budget(name) for name in solution.device.regions]
    assert max(float(budget.residual) for budget in budgets) < 1e-8


def test_the_middle_of_a_dot_is_a_film(example):
    """A wrong area, field or frame of the torque in a device."""
    _, found = example("device_strip_dot")
    middle = found.torque[np.argmin(np.abs(found.x))]
    assert_allclose(middle, found.film, rtol=3e-3)
    assert 1.05 < found.mean[0].real < 1.3  # spin from beside the dot
    closes(found.solution)


def test_hall_bar_has_the_hall_effect_of_its_film(example):
    """A Hall voltage of wrong sign or size; magnetoresistance that does not follow m_y."""
    _, found = example("device_hall_bar")
    assert_allclose(found.shape[1], 1.0, rtol=0.06)
    assert_allclose(found.bar["zy"][:, 1], found.film["zy"][:, 1] * found.shape[1], rtol=0.01, atol=1e-5)
    rise = [(x["zy"][1, 0] - x["zy"][0, 0]) / x["zy"][0, 0] for x in (found.bar, found.film)]
    assert rise[1] < 0
    assert_allclose(rise[0], rise[1], rtol=0.3)
    closes(found.solution)


def test_nanopillar_is_the_valet_fert_valve(example):
    """Resistance or torque of a laterally uniform pillar off the exact valve."""
    _, found = example("device_nanopillar")
    assert_allclose(found.straight.resistance, found.exact.resistance, rtol=1e-3)
    assert_allclose(found.straight.torque, found.exact.torque, rtol=5e-3, atol=1e-9)
    assert found.spreading.resistance[0] < found.exact.resistance[0]
    closes(found.solution)


def test_nonlocal_resistance_is_takahashi_maekawa(example):
    """Spin injection, diffusion or detection off: sign, polarization twice or not at all, the sinks at the ends."""
    module, found = example("device_lateral_spin_valve")
    assert_allclose(found.nonlocal_resistance, module.exact(found.separation), rtol=0.02)
    closes(found.solution)


def test_the_dot_is_pushed_out_of_the_plane_as_m1_says(example):
    """The local field does not drive the scattering interface, or its mirror image is wrong."""
    _, found = example("device_field_free")
    for sign in (1, -1):
        key = f"{'+' if sign > 0 else '-'}x"
        assert sign * found.dot[key][2] < 0
        assert 1 < found.dot[key][2] / found.film[key][2] < 2
    assert_allclose(found.dot["+x"][2], -found.dot["-x"][2], rtol=0.02)
    closes(found.face["+x"])


@pytest.mark.parametrize("name", sorted(REDUCED))
def test_pictures_are_drawn(example, tmp_path, name):
    """A figure that fails with the numbers of its own example."""
    module, found = example(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fs.PhysicsWarning)
        module.write({name: module.figure(found)}, tmp_path)
    assert (tmp_path / f"{name}.png").stat().st_size > 20_000


@pytest.mark.parametrize(
    "name", ["device_strip_dot", "device_hall_bar", "device_nanopillar", "device_lateral_spin_valve"]
)
def test_toml_is_the_python_device(name):
    """A file and its Python twin that drift apart."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(EXAMPLES))
        module = importlib.import_module(name)
    job = read_job(EXAMPLES / f"{name}.toml")
    twin = module.device(module.ready("nanopillar"), (0, 1, 0)) if name == "device_nanopillar" else module.device()
    one, other = resolved(job.device), resolved(twin)
    for part in ("regions", "materials", "interfaces", "contacts", "title"):
        assert one[part] == other[part], part
