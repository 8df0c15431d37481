"""Tables of a device; each docstring names the bug that the test catches."""

import json

import numpy as np
import stack_results
from console import printed
from numpy.testing import assert_allclose

from femsot.io import noise
from femsot.plot import device_tables, tables
from femsot.plot.profiles import budget_figure


def test_tables_of_a_device(dot):
    """Contacts and interfaces missing, a unit that is not that of the numbers, or a total instead of a mean."""
    record = dot.to_dict()
    text = printed(
        tables.torque_table(record), *device_tables.device_tables(record), device_tables.regions_table(record)
    )
    for part in (
        "left",
        "right",
        "0.4",
        "-20",
        "[µA]",
        "[mV]",
        "torque on m x",
        "900",
        "[MA/m²]",
        "400",
        "nm²",
        "9600",
    ):
        assert part in text
    assert "fem, direct: 3344 unknowns, residual 2.0e-15, charge balance 1.0e-16, 0.12 s" in text
    assert "per footprint area" in text
    assert device_tables.device_tables(stack_results.orbital()) == []


def test_noise_of_the_solve_is_zero(dot):
    """ "8 aA" through a barrier, "579 nA/m²" on a lattice, or p = (-3.7e-06, 1, 0)."""
    record = dot.to_dict()
    noisy = {"current_minus": [8e-18, *[0.0] * 6], "torque_lattice": [5e-7, 0.0, -6e-7]}
    text = printed(*device_tables.device_tables(record | {"interfaces": [record["interfaces"][0] | noisy]}))
    assert "lattice" not in text and "[aA]" not in text
    record["regions"][1]["torque"] |= {"reference": [-3.7e-6, 1.0, 0.0]}
    assert "p = (0, 1, 0)" in printed(tables.torque_table(record))


def test_rounding_of_the_largest_current_is_zero(dot):
    """Torques of 6e-6 A/m^2, 7e-11 uA at a probe, means of -1e-9 nV, fields of 2e-16 mT: nothing but rounding."""
    record = dot.to_dict()
    keys = ("flux", "exchange", "interface", "received", "received_like", "remainder")
    torque = {key: [6e-6, -3e-6, 2e-6][: 2 if key == "received_like" else 3] for key in keys}
    torque |= {"damping_like": 6e-6, "field_like": 2e-6, "efficiency_E": [1e-11, 2e-12], "field_T": [2e-19, 1e-19]}
    record["regions"][1]["torque"] = torque | {"reference": [0, 1, 0]}
    record["regions"][1]["mu_mean"] = [0.4e-3, -1e-15, *[0.0] * 5]
    record["contacts"][1]["current"] = 7e-17
    record["report"]["residual"] = 1e-12
    tiny = {"current_minus": [1e-17] * 7, "current_plus": [0.0] * 7, "torque_magnetization": [3e-2, 0.0, 0.0]}
    record["interfaces"][0] |= tiny | {"torque_lattice": [3e-2, 0.0, 0.0]}
    before = json.dumps(record)
    shown = noise.cleaned(record)
    assert json.dumps(record) == before
    made = shown["regions"][1]["torque"]
    assert not any(np.any(made[key]) for key in (*torque, "flux"))
    assert shown["regions"][1]["mu_mean"] == [0.4e-3, *[0.0] * 6]
    assert shown["contacts"] == [record["contacts"][0], record["contacts"][1] | {"current": 0.0}]
    text = printed(
        tables.torque_table(record), *device_tables.device_tables(record), device_tables.regions_table(record)
    )
    assert "e-" not in text.split("fem, direct")[0] + text.split("1.0e-16")[1] and "torque on m" not in text
    row = next(row for row in tables.budget_rows(record) if row["name"] == "dot")
    assert np.any(row["terms"]["flux"])
    assert [row["name"] for row in tables.budget_rows(record)] == ["strip", "dot"]


def test_a_coarse_residual_is_the_noise(dot):
    """Torques shown that are smaller than what the iteration left, or a torque hidden that is larger."""
    record = dot.to_dict()
    area = record["interfaces"][0]["area"]
    for residual, kept in ((1e-9, True), (1e-5, False)):
        record["report"]["residual"] = residual
        record["interfaces"][0]["torque_lattice"] = [0.0, 1e-6 * 2e-5 / area, 0.0]
        assert np.any(noise.cleaned(record)["interfaces"][0]["torque_lattice"]) == kept
    assert noise.cleaned(stack_results.orbital()) == stack_results.orbital()


def test_the_budget_of_a_device_is_in_amperes(dot):
    """Torques per footprint of regions beside those per area of interfaces, or one of two interfaces lost."""
    record = dot.to_dict()
    strip, face, magnet = tables.budget_rows(record)
    assert_allclose(strip["terms"]["flux"], np.array([3e9, -1e9, 2e9]) * 2400e-18)
    assert_allclose(face["terms"]["flux"], 0.2e-6 * np.arange(1, 4))
    assert_allclose(face["terms"]["interface"], np.array([9e8, 0, 5e8]) * 4e-16)
    assert magnet["name"] == "dot"
    assert "spin budget [µA]" in printed(tables.budget_table(record))
    assert budget_figure(record).axes[0].get_ylabel() == "spin x [µA]"
    second = record["interfaces"][0] | {"name": "strip|other"}
    names = [row["name"] for row in tables.budget_rows(record | {"interfaces": [*record["interfaces"], second]})]
    assert names == ["strip", "strip|dot", "strip|other", "dot"]


def test_estimated_errors_are_a_table(dot):
    """A large error that looks like a small one, or a table of nothing."""
    result = dot.to_dict()
    assert "estimated errors" not in [table.title for table in device_tables.device_tables(result)]  # first order
    errors = {"torque.dot.damping_like": 0.0512, "resistance": 2e-6}
    last = device_tables.device_tables(result | {"report": result["report"] | {"error": errors}})[-1]
    large, small = last.columns[1].cells
    assert (large.plain, small.plain) == ("5.1 %", "< 0.01 %")
    assert "yellow" in large.style and not small.style
