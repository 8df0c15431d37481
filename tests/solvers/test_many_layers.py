"""Stacks of many layers: the work of a layer does not grow with the number of layers."""

import time

import numpy as np
import pytest

import femsot as fs
from femsot.interfaces import Ohmic


def superlattice(count: int) -> fs.Stack:
    """Return a stack of `count` layers, normal metal and magnet in turn, between two contacts."""
    metal = fs.NormalMetal(name="N", conductivity=3e6, spin_diffusion_length=2e-9, spin_hall_conductivity=3e5)
    magnet = fs.Ferromagnet(
        name="F", conductivity=2e6, spin_diffusion_length=6e-9, polarization=0.4, exchange_length=0.7e-9,
        dephasing_length=1.1e-9,
    )  # fmt: skip
    layers = []
    for i in range(count):
        m = (1.0, 2.0, 0.1 * (i % 7)) if i % 2 else None
        layers.append(fs.Layer(f"layer {i}", magnet if i % 2 else metal, 12e-9, m))
    interfaces = {f"layer {i}|layer {i + 1}": Ohmic(charge=1e15, spin=8e14) for i in range(0, count - 1, 3)}
    voltage = 1e-4 * count
    ends = {"bottom": fs.Contact(voltage=0.0), "top": fs.Contact(voltage=voltage)}
    return fs.Stack(layers, interfaces, **ends, electric_field=(1e5, 0.0, 0.0))


def seconds(count: int) -> float:
    """Return the processor time of describing and solving `count` layers, the best of three."""
    times = []
    for _ in range(3):
        start = time.process_time()
        fs.solve(superlattice(count))
        times.append(time.process_time() - start)
    return min(times)


@pytest.mark.filterwarnings("ignore::femsot.PhysicsWarning")
def test_eight_times_the_layers_take_about_eight_times_as_long():
    """Catches a search of all layers for each layer: names, interfaces, insulators above and below."""
    assert seconds(3200) < 14 * seconds(400)


@pytest.mark.filterwarnings("ignore::femsot.PhysicsWarning")
def test_a_superlattice_repeats_in_its_middle():
    """Catches potentials of one layer taken for another's: far from the ends every period of 42 layers is the same."""
    solution = fs.solve(superlattice(420))
    lower, upper = (range(start, start + 42) for start in (168, 210))
    layers = solution.fields.layers
    for i, j in zip(lower, upper, strict=True):
        np.testing.assert_allclose(layers[j].J, layers[i].J, rtol=1e-9, atol=1e-9 * np.abs(layers[i].J).max())
    rises = [layers[j].mu[1, 0] - layers[i].mu[1, 0] for i, j in zip(lower, upper, strict=True)]
    np.testing.assert_allclose(rises, rises[0], rtol=1e-9)


def test_an_interface_is_computed_once(monkeypatch):
    """Catches a law that is computed for the check and again for the solver."""
    calls = []
    compute = Ohmic.map

    def counted(law, *args):
        calls.append(law)
        return compute(law, *args)

    monkeypatch.setattr(Ohmic, "map", counted)
    stack = superlattice(8)
    fs.solve(stack)
    assert len(calls) == len(stack.interfaces)
