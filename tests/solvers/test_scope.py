"""What a method understands: a field that nobody has told it of is refused, with its full path."""

from dataclasses import dataclass, replace

import pytest

import femsot as fs
from femsot.base.quantities import Number
from femsot.model.boundaries import Contact
from femsot.model.stack import Stack
from femsot.solvers.boltzmann.scope import SCOPE
from femsot.solvers.scope import EXACT, FEM, Reason, Scope

N = fs.NormalMetal(name="Pt", conductivity=5e6, spin_diffusion_length=3e-9, spin_hall_angle=0.1)
F = fs.Ferromagnet(name="Co", conductivity=5e6, spin_diffusion_length=9e-9, exchange_length=2e-9)
BILAYER = fs.Stack([fs.Layer("Pt", N, 5e-9), fs.Layer("Co", F, 2e-9, (0, 0, 1))], electric_field=(1e5, 0, 0))


def texts(scope, stack):
    return [str(fault) for fault in scope.faults(stack)]


def test_drift_diffusion_understands_everything():
    """A method of tensors that is asked for fields."""
    assert EXACT.faults(BILAYER) == FEM.faults(BILAYER) == []
    assert SCOPE.faults(BILAYER) == []


def test_a_field_that_nobody_has_told_of_is_refused():
    """A new number of a material, a law, an end or a drive that is half used in silence."""
    known = dict(SCOPE.records)
    for kind, name in ((fs.NormalMetal, "spin_hall_angle"), (Stack, "electric_field"), (Contact, "voltage")):
        known[kind] = known[kind] - {name}
    older = Scope(method="older", records=known, reasons={"voltage": Reason("", "a current", "")})
    stack = replace(BILAYER, bottom=fs.Contact(voltage=0.25), top=fs.Contact(current_density=1e9))
    assert texts(older, stack) == [
        'drive.electric_field: given with method "older", which does not know it, allowed: leave it out, or '
        'method = "exact"',
        'materials.Pt.spin_hall_angle: given with method "older", which does not know it, allowed: leave it out, or '
        'method = "exact"',
        'boundaries.bottom.voltage: got 0.25 V with method "older", allowed: a current, or method = "exact"',
    ]


def test_a_record_that_nobody_has_told_of_is_refused():
    """A material of a new kind that is taken for the one it extends; a law of somebody else's."""

    @dataclass(frozen=True, eq=False, kw_only=True)
    class Anisotropic(fs.NormalMetal):
        strange: Number = 0.3

    metal = Anisotropic(name="X", conductivity=5e6, spin_diffusion_length=3e-9)
    stack = fs.Stack([fs.Layer("X", metal, 5e-9), BILAYER.layers[1]], {"X|Co": fs.Ohmic(charge=1e15)})
    assert texts(SCOPE, stack) == [
        'materials.X.kind: given with method "boltzmann", which has no collisions for it, allowed: normal, '
        'ferromagnet, insulator, or method = "exact"',
        'interfaces.X|Co.law: a law of circuit theory with method "boltzmann", which needs amplitudes, allowed: '
        'transparent, scattering, insulating, or method = "exact"',
    ]


def test_tables_are_refused_key_by_key_and_one_reason_is_told_once():
    """A path that ends before the layer; seven faults for one orbital channel."""
    orbit = dict(orbital_conductivity=1e6, orbital_diffusion_length=2e-9)
    metals = [replace(N, **orbit, orbital_hall_angle=0.1), replace(F, **orbit, orbit_to_spin=0.1)]
    layers = [replace(layer, material=metal) for layer, metal in zip(BILAYER.layers, metals, strict=True)]
    stack = replace(BILAYER, layers=layers, magnetization_rate={"Co": (1e9, 0, 0)})
    assert [text.partition(":")[0] for text in texts(SCOPE, stack)] == [
        "drive.magnetization_rate.Co",
        "materials.Pt.orbital_conductivity",
        "materials.Co.orbital_conductivity",
    ]
    with pytest.raises(fs.InputError, match=r"drive.magnetization_rate.Co: given with method"):
        fs.solve(stack, method="boltzmann")
