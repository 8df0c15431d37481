"""Two vectors that stand for the torque of every direction of m."""

import numpy as np
import pytest
from repository import EXAMPLES

import femsot as fs
from femsot.studies.vectors import torque_vectors

PT = fs.NormalMetal(name="Pt", conductivity=4e6, spin_diffusion_length=2e-9, spin_hall_conductivity=4e5)
CO = {"name": "Co", "conductivity": 5e6, "spin_diffusion_length": 5e-9, "polarization": 0.0}
CO |= {"dephasing_length": 1e-9, "exchange_length": 0.8e-9, "saturation_magnetization": 1e6}


def bilayer(m=(0, 0, 1), field=(1e5, 0, 0), **changes):
    layers = [fs.Layer("Pt", PT, 5e-9), fs.Layer("Co", fs.Ferromagnet(**(CO | changes)), 2e-9, magnetization=m)]
    return fs.Stack(layers, {"Pt|Co": fs.Mixing(up=6e14, down=4e14, mixing=6e14 + 1e14j)}, electric_field=field)


@pytest.mark.parametrize("field", [(1e5, 0, 0), (6e4, -8e4, 0)])
def test_vectors_lie_along_p_with_the_fields_of_the_torque(field):
    vectors = torque_vectors(bilayer(field=field), "Co")
    torque = fs.solve(bilayer(field=field)).torque("Co")
    damping_like, field_like = torque.field_T
    assert vectors.residual < 1e-10
    size = abs(damping_like)
    assert np.allclose(vectors.damping_like, damping_like * torque.reference, rtol=0, atol=1e-10 * size)
    assert np.allclose(vectors.field_like, -field_like * torque.reference, rtol=0, atol=1e-10 * size)


def test_field_of_the_vectors_turns_m_at_the_rate_of_the_torque():
    rng = np.random.default_rng(3)
    vectors = torque_vectors(bilayer(), "Co")
    largest = np.linalg.norm(fs.solve(bilayer()).torque("Co").rate)
    gamma = 2 * 9.2740100657e-24 / 1.054571817e-34
    for m in rng.normal(size=(5, 3)):
        m /= np.linalg.norm(m)
        expected = fs.solve(bilayer(m=m)).torque("Co").rate
        B = np.cross(m, vectors.damping_like) + vectors.field_like
        # Landau, Lifshitz: dm/dt = - gamma m x B, gamma = g mu_B/hbar with g = 2
        assert np.allclose(-gamma * np.cross(m, B), expected, rtol=0, atol=1e-8 * largest)


def test_three_directions_determine_both_vectors_and_two_do_not():
    all_directions = torque_vectors(bilayer(), "Co")
    few = torque_vectors(bilayer(), "Co", directions=np.eye(3))
    assert np.allclose(few.damping_like, all_directions.damping_like, rtol=0, atol=1e-12)
    with pytest.raises(fs.InputError, match="do not determine both vectors"):
        torque_vectors(bilayer(), "Co", directions=np.eye(3)[:2])


def test_finite_elements_give_the_same_vectors():
    from dataclasses import replace

    exact = torque_vectors(bilayer(), "Co", directions=np.eye(3))
    by_elements = torque_vectors(replace(bilayer(), method="fem"), "Co", directions=np.eye(3))
    size = np.abs(exact.damping_like).max()
    assert np.allclose(by_elements.damping_like, exact.damping_like, rtol=0, atol=1e-4 * size)
    assert np.allclose(by_elements.field_like, exact.field_like, rtol=0, atol=1e-4 * size)


def test_misfit_of_a_torque_that_depends_on_m_otherwise_is_told():
    valve = fs.read(str(EXAMPLES / "spin_valve.toml"))
    with pytest.warns(fs.PhysicsWarning, match="layers.top: two constant vectors miss its torque by up to 31 %"):
        vectors = torque_vectors(valve, "top")
    assert vectors.misfits.max() == vectors.residual


@pytest.mark.parametrize(
    ("stack", "name", "message"),
    [
        (bilayer(), "Pt", "'Pt' is no magnet"),
        (bilayer(), "Fe", "'Fe' is no magnet"),
        (bilayer(saturation_magnetization=None), "Co", "saturation_magnetization"),
    ],
)
def test_what_has_no_vectors_is_refused(stack, name, message):
    with pytest.raises(fs.InputError, match=message):
        torque_vectors(stack, name)
