"""A long study: hundreds of random stacks, exact against matrix exponentials and finite elements against exact."""

import numpy as np
import pytest
from oracle import reference, relative
from random_stacks import CPP, PUMPING, five_layers

import femsot as fs


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 200))
@pytest.mark.parametrize("orbital", [False, True])
def test_random_stacks_equal_matrix_exponentials(seed, orbital):
    """A case of rare numbers that no hand-written stack meets: two routes, one answer."""
    stack = five_layers(seed, orbital=orbital, magnetization_rate=PUMPING, **CPP)
    found = fs.solve(stack)
    mu, J = reference(stack)
    assert relative(np.array([layer.J for layer in found.fields.layers]), J) < 1e-8
    assert relative(np.array([layer.mu for layer in found.fields.layers])[..., 1:], mu[..., 1:]) < 1e-8
    fem = fs.solve(stack, method="fem")
    assert relative(np.array([layer.J for layer in fem.fields.layers]), J) < 1e-4


@pytest.mark.slow
def test_partial_sinks_hold_whatever_the_coupling():
    """A held potential that drowns in rounding where a layer couples by anything from 1 to 1e15 S/m^2."""
    for thickness in np.linspace(1e-9, 60e-9, 60):
        n = fs.NormalMetal(name="N", conductivity=3e7, spin_diffusion_length=1e-9, spin_hall_angle=0.1)
        f = fs.Ferromagnet(
            name="F", conductivity=1e6, spin_diffusion_length=5e-9, exchange_length=1e-9, dephasing_length=1e-9
        )
        layers = [fs.Layer("F", f, 2e-9, (1, 2, 3)), fs.Layer("N", n, thickness)]
        end = fs.Reservoir(components=("sx", "sz"))
        exact, fem = (
            fs.solve(fs.Stack(layers, electric_field=(1e5, 0, 0), top=end), method=m) for m in ("exact", "fem")
        )
        assert np.all(exact.fields.layers[1].mu[1, [1, 3]] == 0)
        one, other = exact.fields.layers[1].J, fem.fields.layers[1].J
        assert np.abs(one - other).max() < 1e-4 * np.abs(one).max()
