"""The examples of Boltzmann's equation: closed forms, limits, and the deviations that docs/boltzmann.md states."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from repository import EXAMPLES

import femsot as fs

REDUCED = {
    "boltzmann_pt_co": {"points": 2},
    "boltzmann_thickness": {"points": 3},
    "boltzmann_valve": {"points": 3},
}


def test_every_boltzmann_example_is_tested_here():
    """An example that is added without a test."""
    assert {path.stem for path in EXAMPLES.glob("boltzmann_*.py")} == set(REDUCED)


def test_thick_layers_in_four_treatments(example):
    """Pt 10|Co 20: bare -16 to -30 % (DL), drift +4 to +8 %, improved +2 to +4 % of Boltzmann; FL within 6 %."""
    _, found = example("boltzmann_pt_co")
    limits = {"bare": (-0.31, -0.16), "drift": (0.035, 0.085), "improved": (0.015, 0.04)}
    for key in [("uex", 0.5), ("uex", 0.05), ("uR", 0.05), ("uR", 0.2)]:
        for treatment, (low, high) in limits.items():
            off = found[key].deviation(treatment)
            assert np.all((low < off.real) & (off.real < high))
            assert np.all(np.abs(off.imag) < 0.06)
        assert np.all(np.abs(found[key].deviation("improved").imag) < 0.01)


def test_spin_hall_torque_saturates_with_platinum(example):
    """The source of the spin Hall current in Boltzmann's equation: improved treatment within 3 % at 15 nm."""
    _, found = example("boltzmann_pt_co")
    curves = found["t", 0.05]
    value = curves.value["Boltzmann"][0].real
    assert 0 > 5 * value[0] > value[1]
    assert abs(curves.deviation("improved")[-1].real) < 0.03


def test_thin_cobalt_is_out_of_reach_of_drift_diffusion(example):
    """2, 14 and 100 nm of Co: off by +100 % and more, and within 5 % again where Co is thick."""
    _, found = example("boltzmann_thickness")
    for case in ("weak", "strong"):
        for surface in ("specular", "diffuse"):
            off = found.ratio(case, surface, "drift").real
            assert off[0] > 1.0
            assert 0 < off[2] < 0.05
            assert np.all(np.diff(off) < 0)
        rough, smooth = (found.ratio(case, s, "drift").real[0] for s in ("diffuse", "specular"))
        assert rough > 3 * smooth
    assert_allclose(found.film, found.closed, rtol=2e-5)


def test_valve_is_valet_and_ferts_where_paths_are_short(example):
    """The closed form within 1e-3 at paths of 0.5 nm; half a percent and more where they are a fifth of l_sf."""
    _, found = example("boltzmann_valve")
    assert_allclose(found.value["exact"], found.closed, rtol=1e-6)
    assert_allclose(found.value["boltzmann"], found.closed, rtol=1e-3)
    assert np.all(np.diff(found.deviation) > 0)
    assert found.deviation[-1] > 0.03


def test_toml_is_the_python_stack(example):
    """A number that differs between the two files of the example."""
    module, _ = example("boltzmann_pt_co")
    stack = fs.read(str(EXAMPLES / "boltzmann_pt_co.toml"))
    expected = module.torque(module.Case(rashba=0.05 * module.BARRIER), "Boltzmann") * module.FIELD
    found = fs.solve(stack, method="boltzmann").torque("Co")
    assert_allclose(found.split(found.received), [expected[0].real, expected[0].imag], rtol=1e-9)


@pytest.mark.parametrize("name", REDUCED)
def test_pictures_are_drawn(example, name, tmp_path):
    """A label, a legend or a curve that fails to draw."""
    from drawing import write

    module, found = example(name)
    drawn = module.figures(found) if hasattr(module, "figures") else {name: module.figure(found)}
    write(drawn, tmp_path)
    for stem, figure in drawn.items():
        assert (tmp_path / f"{stem}.png").stat().st_size > 10_000
        for ax in figure.axes:
            assert ax.get_ylabel() or ax.get_xlabel()
