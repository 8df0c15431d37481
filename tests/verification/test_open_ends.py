"""Contacts beyond which a wire or magnet goes on: no diffusive flux of moment, J_s.n is what charge and field drive."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

import femsot as fs

P = 0.6
M = np.array([0.3, 0.4, 0.8]) / np.linalg.norm([0.3, 0.4, 0.8])
F = fs.Ferromagnet(
    name="F",
    conductivity=5e6,
    spin_diffusion_length=10e-9,
    polarization=P,
    exchange_length=2e-9,
    dephasing_length=3e-9,
    spin_hall_conductivity=1e5,
)
N = fs.NormalMetal(name="N", conductivity=2e7, spin_diffusion_length=50e-9)
OPEN = {"bottom": fs.Contact(voltage=1e-3, spin="open"), "top": fs.Contact(voltage=0.0, spin="open")}


def valve(thickness=15e-9, **drives):
    layers = [
        fs.Layer("low", F, thickness, magnetization=M),
        fs.Layer("N", N, 20e-9),
        fs.Layer("high", F, 8e-9, magnetization=(0, 1, 0)),
    ]
    return fs.Stack(layers, **drives)


@pytest.mark.parametrize("method", ["exact", "fem"])
def test_what_crosses_an_open_end_is_the_polarised_current(method):
    """J_s = - P m J_c at a magnet's open end, 0 at a normal metal's; a sink or a wall carries something else."""
    solution = fs.solve(valve(**OPEN), method=method)
    J = solution.fields.layers[0].J[0]
    assert_allclose(J[1:4], -P * M * J[0], rtol=1e-12, atol=1e-12 * abs(J[0]))
    for spin in ("sink", "blocked"):
        other = fs.solve(valve(**OPEN | {"bottom": fs.Contact(voltage=1e-3, spin=spin)}), method=method)
        there = other.fields.layers[0].J[0]
        assert np.linalg.norm(there[1:4] + P * M * there[0]) > 0.01 * abs(there[0])


def test_a_field_drives_its_spin_hall_current_through_an_open_end():
    """The whole J_s of an unbounded layer crosses: - P m J_c and the spin Hall current of the field."""
    drives = {"bottom": fs.Contact(current_density=1e10, spin="open"), "top": fs.Contact(voltage=0.0)}
    solution = fs.solve(valve(electric_field=(1e5, 2e4, 0), **drives))
    J = solution.fields.layers[0].J[0]
    hall = 1e5 * np.array([2e4, -1e5, 0.0])  # eps_zak E_k: the moment that flows along z
    plain = fs.solve(replace(valve(**drives), electric_field=(0.0, 0.0, 0.0))).fields.layers[0].J[0]
    difference = J[1:4] - plain[1:4]
    assert_allclose(difference, hall, rtol=1e-12, atol=1e-3)


def test_both_methods_agree():
    for drives in (OPEN, {"bottom": fs.Contact(current_density=1e10, spin="open"), "top": fs.Contact(voltage=0.0)}):
        stack = valve(electric_field=(1e5, 2e4, 0), **drives)
        exact, fem = fs.solve(stack), fs.solve(stack, method="fem")
        z = np.linspace(0.1e-9, 42.9e-9, 9)
        assert_allclose(fem.flux(z), exact.flux(z), rtol=0, atol=1e-6 * np.abs(exact.flux(z)).max())
        assert_allclose(fem.mu(z), exact.mu(z), rtol=0, atol=1e-6 * np.abs(exact.mu(z)).max())


def test_far_from_a_junction_any_magnet_that_goes_on_is_the_same():
    """The state at the junction with an open end 20 diffusion lengths away is that of an endless magnet."""
    ends = {"bottom": fs.Contact(current_density=1e10, spin="open"), "top": fs.Contact(voltage=0.0)}
    states = [fs.solve(valve(d, **ends)).interface("low|N") for d in (200e-9, 400e-9)]
    assert_allclose(states[0].J_minus[1:4], states[1].J_minus[1:4], rtol=1e-8)


def test_what_does_not_know_open_ends_refuses_them():
    with pytest.raises(fs.InputError, match=r"boundaries.bottom.spin: got 'open' with method \"boltzmann\""):
        magnet = replace(F, dephasing_length=None)
        stack = valve(**OPEN)
        layers = [replace(x, material=magnet) if x.material is F else x for x in stack.layers]
        fs.solve(replace(stack, layers=tuple(layers)), method="boltzmann")
    with pytest.raises(fs.InputError, match=r"contacts.spin: got 'open' of a device's contact, allowed: \"sink\""):
        fs.Terminal(voltage=1e-3, spin="open")
