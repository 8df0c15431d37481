"""Finite elements against the exact exponentials: orders of convergence, and one answer for every kind of stack."""

import importlib.util
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from repository import ROOT

from femsot.interfaces import Insulating, Matrix, Mixing, Ohmic
from femsot.materials.records import Ferromagnet, Insulator, NormalMetal
from femsot.model.stack import Contact, Injection, Layer, Reservoir, Stack
from femsot.solvers import exact, fem

BENCHMARK = ROOT / "benchmarks" / "fem_errors.py"
M1, M2 = (0.3, -0.5, 0.8), (0.9, 0.1, -0.2)


@pytest.fixture(scope="module")
def study():
    """The module benchmarks/fem_errors.py."""
    spec = importlib.util.spec_from_file_location("fem_errors", BENCHMARK)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("order", "expected"), [(1, {"mu": 2, "flux": 2, "jump": 2}), (2, {"mu": 3, "flux": 4, "jump": 4})]
)
def test_potentials_fluxes_and_jumps_converge_at_the_order_of_the_element(study, order, expected):
    """A jump law dropped, scaled, of a wrong sign or with sides exchanged: the order falls to 0.

    All three laws at once, with a flux and a jump of every component. Fluxes taken from the slope of the end
    cells instead of the balance of the end nodes: order 1 and 2 instead of 2 and 4.
    """
    stack = study.spin_valve()
    reference = exact.solve(stack)
    flux, jump = study.at_interfaces(reference)
    assert np.all(np.abs(jump) > 1e-8) and np.all(np.abs(flux) > 1e6)
    coarse, fine = (study.errors(stack, reference, order=order, refine=n) for n in (2, 4))
    for name, value in expected.items():
        observed = study.observed_order(getattr(coarse, name), getattr(fine, name))
        assert observed == pytest.approx(value, abs=0.1), name


def normal(name="N", *, orbital=True, **changes):
    orbit = {"orbital_conductivity": 0.7e6, "orbital_diffusion_length": 2e-9, "orbital_hall_conductivity": 3e5}
    values = {"conductivity": 2e6, "spin_diffusion_length": 1.8e-9, "spin_hall_angle": 0.08}
    return NormalMetal(name=name, **values | (orbit if orbital else {}) | changes)


def magnet(*, orbital=True, **changes):
    orbit = {
        "orbital_conductivity": 1.1e6,
        "orbital_diffusion_length": 3e-9,
        "orbit_to_spin": 0.4,
        "spin_to_orbit": 0.1,
    }
    values = {"conductivity": 3e6, "spin_diffusion_length": 5e-9, "polarization": 0.5, "exchange_length": 0.9e-9}
    values |= {"dephasing_length": 1.2e-9, "anomalous_hall_conductivity": 3e4}
    return Ferromagnet(name="F", **values | (orbit if orbital else {}) | changes)


def mixing(**changes):
    return Mixing(mixing=8e14 + 1e14j, orbital=2e14, **changes)


def driven_interface():
    """A law with currents of its own per in-plane field, other ones on its two sides; charge passes unchanged."""
    jumps = np.kron([[1.0, -1.0], [1.0, -1.0]], np.diag([1.0, 0.6, 0.6, 0.6, 0.3, 0.3, 0.3]) * 1e15)
    currents = np.random.default_rng(7).normal(size=(2, 7, 2)) * 1e-4 * 1e6
    currents[1, 0] = currents[0, 0]
    return Matrix(G=jumps, j_E=currents)


def stacks():
    n, f = Layer("N", normal(), 3e-9), Layer("F", magnet(), 2e-9, magnetization=M1)
    yig = Layer("I", Insulator(name="YIG", saturation_magnetization=1.4e5), 10e-9, magnetization=M2)
    field = {"electric_field": (1e5, -5e4, 0.0)}
    spin = normal(orbital=False), magnet(orbital=False)
    no_orbit = Layer("N", spin[0], 3e-9), Layer("F", spin[1], 2e-9, magnetization=M1)
    top = Layer("T", normal(name="T", conductivity=5e6), 2e-9)
    ends = {"bottom": Contact(voltage=0.0), "top": Contact(voltage=2e-3, spin="blocked", orbital="sink")}
    injected = Injection(spin_current=(1e9, -2e9, 5e8), orbital_current=(3e8, 1e8, 2e8))
    passes = Mixing(up=6e14, down=2e14, mixing=8e14 + 1e14j, transmitted=1e14, ferromagnet_side_mixing=5e14)
    return {
        "transparent, field": Stack((n, f, top), **field),
        "no orbital channel": Stack(no_orbit, interfaces={"N|F": Ohmic(charge=1e15, polarization=0.4)}, **field),
        "contacts": Stack((n, f, top), interfaces={"F|T": passes}, **ends),
        "injection and reservoir": Stack((n, f), bottom=injected, top=Reservoir(components=("sx", "oy", "oz"))),
        "pumping": Stack((n, f, top), interfaces={"N|F": passes}, magnetization_rate={"F": (1e11, 0.0, 2e10)}),
        "insulator above": Stack(
            (n, yig), interfaces={"N|I": mixing()}, magnetization_rate={"I": (0, 1e11, 0)}, **field
        ),
        "insulator between": Stack((n, yig, top), interfaces={"N|I": mixing(), "I|T": mixing()}, **field),
        "interface driven by the field": Stack((n, f), interfaces={"N|F": driven_interface()}, **field),
        "blocked interface": Stack((n, f), interfaces={"N|F": Insulating()}, **field),
        "nothing relaxes in N": Stack(
            (Layer("N", normal(spin_diffusion_length=np.inf), 3e-9), f), interfaces={"N|F": passes}, **field
        ),
    }


@pytest.mark.parametrize("closure", ["conserving", "ning24"])
@pytest.mark.parametrize("name", stacks())
def test_every_kind_of_stack_agrees_with_the_exact_solution(name, closure):
    """A drive, boundary, pin or insulator's side with a wrong sign, or one of the two closures assembled otherwise."""
    stack = replace(stacks()[name], closure=closure)
    ours, theirs = fem.solve(stack, cells_per_length=24), exact.solve(stack)
    pairs = [(a, b) for a, b in zip(ours.layers, theirs.layers, strict=True) if b is not None]
    volts = max(np.abs(b.mu).max() for _, b in pairs)
    amperes = max(np.abs(b.at(np.array([1e-9]))[1]).max() for _, b in pairs)
    assert [layer is None for layer in ours.layers] == [layer is None for layer in theirs.layers]
    for a, b in pairs:
        gauge = np.eye(7)[0] * (a.mu[0, 0] - b.mu[0, 0] if name == "blocked interface" else 0.0)  # phi is free there
        z = np.linspace(0.0, 2e-9, 7)
        assert_allclose(a.mu, b.mu + gauge, rtol=0, atol=1e-7 * volts)
        assert_allclose(a.J, b.J, rtol=0, atol=1e-7 * amperes)
        assert_allclose(
            a.integral, b.integral + 1e-9 * gauge * (3 if b is pairs[0][1] else 2), rtol=0, atol=3e-16 * volts
        )
        assert_allclose(a.at(z)[0], b.at(z)[0] + gauge, rtol=0, atol=1e-5 * volts)
        assert_allclose(a.at(z)[1], b.at(z)[1], rtol=0, atol=1e-6 * amperes)
