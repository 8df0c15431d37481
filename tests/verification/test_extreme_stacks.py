"""Stacks of numbers that no one measures: what the residual says bounds the budgets, or a warning tells where not."""

from itertools import pairwise

import numpy as np
import pytest

import femsot as fs

CASES = 120
pytestmark = pytest.mark.filterwarnings("ignore::femsot.PhysicsWarning")


def between(rng, low, high):
    return float(10 ** rng.uniform(np.log10(low), np.log10(high)))


def material(rng, name, *, orbital):
    """Conductivities from 1e-3 to 1e9 S/m, lengths from 0.01 nm to 1 m."""
    numbers = {"name": name, "conductivity": between(rng, 1e-3, 1e9), "spin_hall_angle": float(rng.uniform(-0.3, 0.3))}
    numbers["spin_diffusion_length"] = between(rng, 1e-11, 1)
    if orbital:
        numbers["orbital_conductivity"] = between(rng, 1e-3, 1e9)
        numbers["orbital_diffusion_length"] = between(rng, 1e-11, 1)
        if rng.random() < 0.3:
            numbers["spin_orbit_length"] = between(rng, 1e-11, 1)
    if rng.random() < 0.5:
        return fs.NormalMetal(**numbers)
    numbers["polarization"] = float(rng.choice([0, 0.4, 0.9, 0.999999]))
    for length in ("exchange_length", "dephasing_length"):
        if rng.random() < 0.6:
            numbers[length] = between(rng, 1e-11, 1)
    return fs.Ferromagnet(**numbers)


def extreme_stack(seed):
    """One to five layers, interfaces of 1 to 1e22 S/m^2, driven along or across."""
    rng = np.random.default_rng(seed)
    orbital = rng.random() < 0.5
    layers = []
    for i in range(rng.integers(1, 6)):
        metal = material(rng, f"M{i}", orbital=orbital)
        m = tuple(rng.normal(size=3)) if metal.magnetic else None
        layers.append(fs.Layer(f"L{i}", metal, between(rng, 1e-11, 1), m))
    interfaces = {}
    for below, above in pairwise(layers):
        g = between(rng, 1, 1e22)
        if rng.random() < 0.5:
            polarized = below.material.magnetic != above.material.magnetic
            p = float(rng.choice([0.4, 0.999999])) if polarized else 0.0
            interfaces[f"{below.name}|{above.name}"] = fs.Ohmic(charge=g, spin=g, polarization=p)
    drives = [
        {"electric_field": (1e5, 0, 0)},
        {"bottom": fs.Contact(voltage=0.0), "top": fs.Contact(voltage=between(rng, 1e-6, 1))},
    ]
    return fs.Stack(layers, interfaces, **drives[rng.integers(2)])


def test_a_residual_bounds_the_budgets_or_a_warning_tells():
    """One in two hundred had a budget off by 1e-6 to 1e3 of everything under a residual of 1e-8, and no word."""
    refused = 0
    for seed in range(CASES):
        try:
            solution = fs.solve(extreme_stack(seed))
        except fs.SolveError:
            refused += 1
            continue
        bound = max(1e-8, 10 * solution.report.residual)
        told = " ".join(solution.report.warnings)
        for name in solution.parts:
            assert solution.budget(name).residual <= bound or f"layers.{name}: its budget is off" in told, seed
        assert solution.report.residual <= 1e-8 or "report.residual: the currents balance to" in told, seed
    assert refused < CASES / 6


def weakly_held_beside_strong(ratio):
    """A magnet whose spin along m relaxes `ratio` times as slowly as across, filled with spin along m."""
    magnet = fs.Ferromagnet(
        name="F", conductivity=1e6, spin_diffusion_length=1e-3, dephasing_length=1e-3 / ratio, polarization=0.9
    )
    layers = [fs.Layer("F", magnet, 1e-3, (1, 2, 3)), fs.Layer("G", magnet, 1e-3, (1, 2, 3))]
    end = fs.Injection(spin_current=tuple(1e9 * layers[0].axis))
    return fs.Stack(layers, bottom=end)


@pytest.mark.parametrize("ratio", [1e3, 1e6])
def test_spin_along_m_exerts_no_torque_however_strong_dephasing_is(ratio):
    """Catches what is across m taken as a difference: its last digits times 1e16 were a torque."""
    solution = fs.solve(weakly_held_beside_strong(ratio))
    for name in ("F", "G"):
        terms = solution.budget(name)
        assert np.abs(terms.exchange).max() < 1e-9 * np.abs(terms.flux).max()
        assert terms.residual < 1e-9
