"""Conductivities that differ by up to 1e13 and more, in devices: right to the last digits, or an error."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose

import femsot as fs
from femsot.studies.device import solve_device

PILLAR = fs.mesh.ready("nanopillar")
AREA = np.pi * (30e-9) ** 2  #: of the polygon of the ready mesh, which has the circle's
SPACER = 3e-9


def metal(name, conductivity):
    return fs.NormalMetal(name=name, conductivity=conductivity, spin_diffusion_length=1e-7)


def pillar(conductivity, *, electrode=None, leads=None, bottom=None):
    """Good conductors with a bad spacer, `leads` of another material where given."""
    electrode = electrode or metal("Cu", 5e7)
    m = (0.0, 0.0, 1.0) if electrode.magnetic else None
    oxide = metal("oxide", conductivity)
    regions = {name: fs.Region(electrode, m) for name in ("fixed", "free")}
    outer = fs.Region(electrode, m) if leads is None else fs.Region(oxide)
    regions |= {"bottom_lead": outer, "top_lead": outer, "spacer": fs.Region(oxide)}
    contacts = {"bottom": bottom or fs.Terminal(voltage=0.1), "top": fs.Terminal(voltage=0.0)}
    return fs.Device(PILLAR, regions, contacts=contacts)


def solved(device, solver):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fs.PhysicsWarning)
        return solve_device(device, solver=solver, order=1)


def resistance(solution, first="bottom", second="top"):
    (above, current), (below, _) = solution.contacts[first], solution.contacts[second]
    return (above - below) / current


@pytest.mark.parametrize("solver", ["direct", "krylov"])
@pytest.mark.parametrize("conductivity", [1e-4, 1e-6, 1e-9])
@pytest.mark.parametrize("bottom", [fs.Terminal(voltage=0.1), fs.Terminal(current=1e-15)])
def test_a_bad_spacer_has_its_resistance(solver, conductivity, bottom):
    """It was 2.0e14 ohm instead of 1.061e15 at 1e-9 S/m: the currents of the leads were rounding of their potential."""
    solution = solved(pillar(conductivity, bottom=bottom), solver)
    assert_allclose(resistance(solution), SPACER / (conductivity * AREA), rtol=1e-9)
    assert solution.report.charge_balance < 1e-9


@pytest.mark.parametrize("solver", ["direct", "krylov"])
def test_a_bad_spacer_between_magnets(solver):
    """Polarised current couples the level of a piece to spin."""
    solution = solved(pillar(1e-9, electrode=fs.material("Py")), solver)
    assert_allclose(resistance(solution), SPACER / (1e-9 * AREA), rtol=1e-9)


@pytest.mark.parametrize("solver", ["direct", "krylov"])
def test_good_conductors_that_nothing_good_holds(solver):
    """Islands in a bad conductor: their level is a balance of what lies around them, the same at any contrast."""
    large, small = (resistance(solved(pillar(s, leads=True), solver)) * s for s in (1e-6, 1e-9))
    assert_allclose(large, small, rtol=1e-9)


@pytest.mark.parametrize("solver", ["direct", "krylov"])
def test_a_dot_that_conducts_a_million_million_times_better(solver):
    """5e18 S/m on Pt gave 77.24 or 76.85 ohm with a residual of 1.3e-2; an equipotential is the limit."""
    values = []
    for conductivity in (5e14, 5e18):
        regions = {"strip": fs.Region(fs.material("Pt")), "dot": fs.Region(metal("dot", conductivity))}
        contacts = {"left": fs.Terminal(voltage=0.1), "right": fs.Terminal(voltage=0.0)}
        solution = solved(fs.Device(fs.mesh.ready("strip_dot"), regions, contacts=contacts), solver)
        assert solution.report.residual < 1e-10
        values.append(resistance(solution, "left", "right"))
    assert_allclose(values[0], values[1], rtol=1e-7)
