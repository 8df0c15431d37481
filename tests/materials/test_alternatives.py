"""Resistivity for conductivity, g factor and dead layer: words of a laboratory for numbers that were there."""

from dataclasses import replace

import numpy as np
import pytest

import femsot as fs
from femsot.base.errors import InputError
from femsot.model.replace import with_values
from femsot.studies.pumping import induced_damping

N = dict(name="N", spin_diffusion_length=2e-9)


def test_a_resistivity_is_an_inverse_conductivity() -> None:
    """Catches a resistivity that is not noted, or stays beside the conductivity that replaces it."""
    metal = fs.NormalMetal(resistivity=2e-7, spin_hall_angle=0.1, **N)
    assert metal.conductivity == 1 / 2e-7 and metal.hall("spin") == 0.1 * (1 / 2e-7)
    assert replace(metal, conductivity=1e6).conductivity == 1e6
    assert fs.material("Pt", resistivity=np.array([2e-7, 4e-7])).conductivity.tolist() == [1 / 2e-7, 1 / 4e-7]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (dict(), r"N.conductivity: missing, required.*or resistivity"),
        (dict(conductivity=1e6, resistivity=1e-6), "N.resistivity: given beside conductivity, allowed: one of the two"),
        (dict(resistivity=0.0), "N.resistivity: got 0, allowed: a finite number > 0"),
    ],
)
def test_one_of_the_two_is_required(given: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        fs.NormalMetal(**N, **given)


def magnet(**numbers: float) -> fs.Stack:
    """Pt (5 nm) | Co (2 nm) in a field, its magnetization along z."""
    layers = (
        fs.Layer("Pt", fs.material("Pt"), 5e-9),
        fs.Layer("Co", fs.material("Co", **numbers), 2e-9, (0, 0, 1)),
    )
    return fs.Stack(layers, electric_field=(1e5, 0, 0))


def test_a_swept_resistivity_replaces_the_conductivity() -> None:
    """Catches both set at once, and a sweep of the one that forgets the other."""
    stack = magnet()
    by_rho = with_values(stack, {"materials.Pt.resistivity": 2.5e-7})
    by_sigma = with_values(stack, {"materials.Pt.conductivity": 4e6})
    assert fs.solve(by_rho).torque("Co").damping_like == fs.solve(by_sigma).torque("Co").damping_like
    angle = with_values(stack, {"materials.Pt.spin_hall_angle": 0.1}).layers[0].material
    assert angle.hall("spin") == 0.1 * stack.layers[0].material.conductivity


def test_rates_and_damping_grow_with_g_and_fields_do_not() -> None:
    """Catches gamma = 2 mu_B/hbar left in one of them: B = rate/gamma has no g."""
    usual, other = (fs.solve(magnet(g_factor=g)).torque("Co") for g in (2.0, 2.2))
    assert np.allclose(other.rate, 1.1 * usual.rate, rtol=1e-14) and np.all(other.field_T == usual.field_T)
    alpha = induced_damping(magnet(), "Co").total
    assert induced_damping(magnet(g_factor=2.2), "Co").total == pytest.approx(1.1 * alpha, rel=1e-13)


def test_a_dead_layer_has_no_moment_and_all_the_torque() -> None:
    """Catches M_s d with the whole thickness, and a torque that shrinks with the dead layer."""
    whole, part = (fs.solve(magnet(dead_layer=dead)).torque("Co") for dead in (0.0, 0.5e-9))
    assert np.all(part.vector == whole.vector)
    assert np.allclose(part.field_T, whole.field_T * 2 / 1.5, rtol=1e-14)
    assert np.allclose(part.rate, whole.rate * 2 / 1.5, rtol=1e-14)
    alpha = induced_damping(magnet(dead_layer=0.5e-9), "Co").total
    assert alpha == pytest.approx(induced_damping(magnet(), "Co").total * 2 / 1.5, rel=1e-13)


def test_a_layer_thicker_than_dead_is_required() -> None:
    with pytest.raises(InputError, match=r"layers.Co.thickness: got 2e-09 m, allowed: more than the dead layer"):
        magnet(dead_layer=2e-9)
