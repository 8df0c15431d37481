"""Parts of fields by path: angles of a magnetization, real and imaginary parts, layers of a repetition."""

import numpy as np
import pytest

import femsot as fs
from femsot.base.errors import InputError
from femsot.io import config
from femsot.model.replace import with_values

TEXT = """
[materials.Pt]
library = "Pt"
resistivity = "25 uohm cm"
spin_hall_conductivity = "1600 (hbar/e) S/cm"
[materials.Co]
library = "Co"
[[layers]]
name = "Pt"
material = "Pt"
thickness = "4 nm"
[[layers]]
name = "Co"
material = "Co"
thickness = "1 nm"
magnetization = {m}
[interfaces."Pt|Co"]
law = "mixing"
mixing = ["1e15 S/m^2", "1e14 S/m^2"]
[drive]
electric_field = ["1e5 V/m", 0, 0]
[sweep]
{sweep}
"""
PHI = '"layers.Co.magnetization.phi" = { from = "0 deg", to = "90 deg", points = 3 }'


def job(m: str = "[1, 0, 1]", sweep: str = PHI) -> fs.Stack:
    return config.read_text(TEXT.replace("{m}", m).replace("{sweep}", sweep))


def test_a_file_in_the_words_of_a_laboratory() -> None:
    """Catches a resistivity, a moment's unit, a bare zero or angles that a file cannot say."""
    stack = job('{ theta = "90 deg", phi = "90 deg" }').stack
    pt = stack.layers[0].material
    assert pt.conductivity == pytest.approx(4e6, rel=1e-15) and pt.spin_hall_conductivity == pytest.approx(3.2e5)
    assert stack.layers[1].magnetization.tolist() == [0.0, 1.0, 0.0] and stack.electric_field == (1e5, 0.0, 0.0)


@pytest.mark.parametrize("m", ["[1, 0, 1]", '{ theta = "45 deg", phi = "0 deg" }'])
def test_an_angle_is_swept_however_m_was_written(m: str) -> None:
    """Catches an angle that forgets the other one."""
    swept = job(m)
    assert swept.sweep.units == {"layers.Co.magnetization.phi": "rad"}
    turned = with_values(swept.stack, swept.sweep.grid()[1]).layers[1].magnetization
    half = np.sqrt(0.5)
    assert np.allclose(turned, [[half, 0, half], [0.5, 0.5, half], [0, half, half]], rtol=0, atol=1e-15)


def test_both_angles_are_set_at_once() -> None:
    """Catches phi that is lost where m passes the pole before theta is set."""
    stack = with_values(job().stack, {"layers.Co.magnetization": (0, 0, 1)})
    turned = with_values(stack, {"layers.Co.magnetization.phi": 0.3, "layers.Co.magnetization.theta": 1.1})
    expected = [np.sin(1.1) * np.cos(0.3), np.sin(1.1) * np.sin(0.3), np.cos(1.1)]
    assert np.allclose(turned.layers[1].magnetization, expected, rtol=0, atol=1e-15)


def test_parts_of_a_complex_number() -> None:
    """Catches a real part that takes the imaginary one with it."""
    changed = with_values(job().stack, {"interfaces.Pt|Co.mixing.real": 3e15})
    assert changed.interfaces["Pt|Co"].mixing == 3e15 + 1e14j
    batch = with_values(job().stack, {"interfaces.Pt|Co.mixing.imag": np.array([0.0, 2e14])})
    assert batch.interfaces["Pt|Co"].mixing.tolist() == [1e15, 1e15 + 2e14j]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("layers.Pt.magnetization.phi", "layers.Pt.magnetization: is no direction"),
        ("layers.Co.thickness.phi", r"layers.Co.thickness.phi: no such field, known: magnetization, neel"),
        ("interfaces.Pt|Co.mixing.phi", r"interfaces.Pt\|Co.mixing.phi: no such field"),
        ("layers.Cu.magnetization.phi", "layers.Cu.magnetization: not in the stack"),
    ],
)
def test_parts_that_are_not_there_are_refused(path: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        with_values(job().stack, {path: 1.0})


def test_phi_of_m_along_z_is_refused() -> None:
    """Catches a sweep of phi that turns nothing."""
    with pytest.raises(InputError, match=r"sweep.layers.Co.magnetization.phi: m is along z: phi turns nothing"):
        job("[0, 0, 1]")


def test_a_sweep_of_a_part_that_a_field_has_not_is_refused() -> None:
    with pytest.raises(InputError, match=r"sweep.layers.Co.thickness.phi: no field that can be swept"):
        job(sweep='"layers.Co.thickness.phi" = { from = "0 deg", to = "90 deg", points = 3 }')
