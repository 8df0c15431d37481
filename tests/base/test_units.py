"""Strings with units to SI floats, exactly; and the reason why one is refused."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from femsot.base.units import Quantity


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("5 nm", "m", 5e-9),
        ("5nm", "m", 5e-9),
        ("  0.3 Å ", "m", 0.3e-10),
        ("1.7 µm", "m", 1.7e-6),
        ("inf nm", "m", np.inf),
        ("1e6 S/m", "S/m", 1e6),
        ("1e4 S/cm", "S/m", 1e6),
        ("1 1/(uohm cm)", "S/m", 1e8),
        ("+2.5e6 S m^-1", "S/m", 2.5e6),
        ("1e15 1/(ohm m^2)", "S/m^2", 1e15),
        ("1e15 S/m²", "S/m^2", 1e15),
        ("0.5 fohm m^2", "ohm m^2", 0.5e-15),
        (".5 MA/m", "A/m", 5e5),
        ("-3 GHz", "1/s", -3e9),
        ("2 MA/cm**2", "A/m^2", 2e10),
        ("1 mV/um", "V/m", 1e3),
        ("20 uohm cm", "ohm m", 2e-7),
        (0, "V/m", 0.0),  # the same in every unit
    ],
)
def test_a_quantity_is_read_with_its_unit(text: str, unit: str, value: float) -> None:
    assert Quantity(unit).read(text) == value


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (5, "a bare number has no unit"),
        (5e-9, "a bare number has no unit"),
        ("5", "it has no unit"),
        ("5e6", "it has no unit"),  # no 5 of the unknown unit e6
        (" -.5E3 ", "it has no unit"),
        ("nm", "not of the form: number, unit"),
        ("", "not of the form: number, unit"),
        ("5 nm + 3 nm", "not of the form: number, unit"),
        ("5 3 nm", "not of the form: number, unit"),
        ("1,5 nm", "not of the form: number, unit"),
        ("5 nm; import os", "not of the form: number, unit"),
        ("5 " + 60 * "a" + "!", "not of the form: number, unit"),  # an ambiguous pattern takes years
        ("5 nm)(", "'nm\\)\\(' is no unit"),
        ("5 nmm", "unknown unit 'nmm'"),
        ("5 NM", "unknown unit 'NM'"),
        ("5 S/m", "S/m does not convert to m"),
        ("5 1/nm", "1/nm does not convert to m"),
        ("5 %", "% does not convert to m"),
        ("nan nm", "nan is no number"),
        ("1e999 m", "too large"),
        ("1e99999999 m", "too large"),
        (True, "this is no number"),
        ({}, "this is no number"),
    ],
)
def test_what_is_no_length_is_refused_with_the_reason(given: object, why: str) -> None:
    with pytest.raises(ValueError, match=rf'^got .*, allowed: .* converts to m, such as "5 nm" \({why}\)$'):
        Quantity("m").read(given)


@pytest.mark.parametrize(
    ("given", "why"),
    [("0.4", "no quotes"), ("1 m", "no quotes"), (True, "no number"), (float("nan"), "nan"), ([1], "plain")],
)
def test_what_is_no_plain_number_is_refused(given: object, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Quantity("").read(given)
    with pytest.raises(ValueError, match="too large"):
        Quantity("").read(10**400)


def test_vectors_tensors_and_complex_numbers() -> None:
    volts = ["1 V/m", "2 kV/m", "3 V/m"]
    assert Quantity("V/m", "vector").read(volts) == (1.0, 2000.0, 3.0)
    assert Quantity("S/m^2", "complex").read(["1e15 S/m^2", "1e14 S/m^2"]) == 1e15 + 1e14j
    assert Quantity("S/m^2", "complex").read("2 S/m^2") == 2.0
    assert Quantity("S/m^2", "tensor").read("2 S/m^2") == 2.0
    rows = [["1 S/m^2", "2 S/m^2", "3 S/m^2"], ["4 S/m^2", "5 S/m^2", "6 S/m^2"], ["7 S/m^2", "8 S/m^2", "9 S/m^2"]]
    assert_array_equal(Quantity("S/m^2", "tensor").read(rows), np.arange(1.0, 10.0).reshape(3, 3))
    for shape, wrong in (
        ("vector", volts[:2]),
        ("vector", "1 V/m"),
        ("complex", volts),
        ("tensor", volts),
        ("", volts),
    ):
        with pytest.raises(ValueError, match="allowed: "):
            Quantity("V/m", shape).read(wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"got 2 in \['1 V/m', 2, '3 V/m'\], .* three numbers .*bare number"):
        Quantity("V/m", "vector").read(["1 V/m", 2, "3 V/m"])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e6 S/m", 1e6),  # hbar/2e understood
        ("1600 (hbar/2e) S/cm", 1.6e5),
        ("1600 (hbar/e) S/cm", 3.2e5),
        ("1600 hbar/e S/cm", 3.2e5),
        ("1600 S/cm (hbar/e)", 3.2e5),
        ("1600 hbar/e/ohm/cm", 3.2e5),
        ("1600 hbar/2e/ohm/cm", 1.6e5),
        ("1600 (hbar/(2e)) * S/cm", 1.6e5),
        ("-16e4 (ħ/e)/(ohm m)", -3.2e5),
    ],
)
def test_a_moments_conductivity_names_the_unit_of_its_moment(text: str, value: float) -> None:
    """Catches a value in hbar/e that is not doubled, and one in hbar/2e that is."""
    assert Quantity("S/m", moment=True).read(text) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize("text", ["1600 hbar/e", "1600 (hbar/e S/cm", "1600 (hbar/3e) S/cm", "1600 (hbar/e) nm"])
def test_other_units_of_moment_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no unit|has no unit|unknown unit|does not convert|not of the form"):
        Quantity("S/m", moment=True).read(text)


def test_hbar_belongs_to_currents_of_moment_alone() -> None:
    """Catches a charge conductivity in (hbar/e) S/cm that is read as twice itself."""
    with pytest.raises(ValueError, match=r"does not convert|unknown unit"):
        Quantity("S/m").read("1600 (hbar/e) S/cm")


def test_a_direction_by_angles_is_exact_at_right_angles() -> None:
    read = Quantity("", "direction").read
    assert read({"theta": "90 deg", "phi": "0 deg"}) == (1.0, 0.0, 0.0)
    assert read({"theta": "90 deg", "phi": "90 deg"}) == (0.0, 1.0, 0.0)
    assert read({"theta": 0, "phi": 0}) == (0.0, 0.0, 1.0)
    tilted = np.array([np.sin(0.3) * np.cos(2.0), np.sin(0.3) * np.sin(2.0), np.cos(0.3)])
    assert np.allclose(read({"theta": "0.3 rad", "phi": "2 rad"}), tilted, rtol=0, atol=1e-15)


@pytest.mark.parametrize("given", [{"theta": "90 deg"}, {"theta": 90, "phi": 0}, {"theta": "1 nm", "phi": 0}])
def test_angles_are_both_there_with_units(given: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="theta"):
        Quantity("", "direction").read(given)
