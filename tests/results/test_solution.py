"""What a user holds: potentials anywhere, and the record of result.json."""

import json

import numpy as np
import pytest
from numpy.testing import assert_allclose
from oracle import relative
from random_stacks import CPP, PUMPING, five_layers

import femsot as fs

N = fs.NormalMetal(name="N", conductivity=2e6, spin_diffusion_length=2e-9, spin_hall_angle=0.1)
YIG = fs.Insulator(name="YIG", saturation_magnetization=1.4e5)


def with_insulator(**given):
    layers = [fs.Layer("A", N, 4e-9), fs.Layer("Y", YIG, 5e-9, (0, 0, 1)), fs.Layer("B", N, 2e-9)]
    return fs.Stack(layers, {"A|Y": fs.Mixing(mixing=4e14)}, **dict(electric_field=(1e5, 0, 0)) | given)


@pytest.mark.parametrize("jumps", [False, True])
def test_potentials_are_those_of_the_layer_below(jumps):
    """Catches a height read in the wrong layer, or an interface read above where below is promised."""
    stack = five_layers(1, jumps=jumps, **CPP)
    solution = fs.solve(stack)
    assert solution.mu(stack.z).shape == solution.flux(stack.z).shape == (7, 6)
    tops = np.array([layer.mu[1] for layer in solution.fields.layers])
    currents = np.array([layer.J[1] for layer in solution.fields.layers])
    assert relative(solution.mu(stack.z[1:]).T, tops) < 1e-12
    assert relative(solution.flux(stack.z[1:]).T, currents) < 1e-12
    assert relative(solution.mu(0.0)[:, 0], solution.fields.layers[0].mu[0]) < 1e-12
    above = np.nextafter(stack.z[1], 1)
    assert relative(solution.mu(above)[:, 0], solution.fields.layers[1].mu[0]) < 1e-6


def test_heights_outside_and_in_insulators():
    """Catches extrapolation beyond the stack, and numbers where there is no metal."""
    solution = fs.solve(with_insulator())
    assert np.all(np.isnan(solution.mu(6e-9))) and np.all(np.isfinite(solution.mu([1e-9, 10e-9])))
    for z in (-1e-10, 11.1e-9, np.nan):
        with pytest.raises(fs.InputError, match=r"allowed: 0 to 1\.1e-08 m"):
            solution.mu([1e-9, z])
    with pytest.raises(fs.InputError, match=r"layers.Y: an insulator, it has no potentials"):
        solution.layer_profile("Y", 1e-9)


def test_a_batch_of_one_geometry_has_profiles():
    """Catches the batch axis after the component axis, or heights that mean another point for each stack."""
    stack, z = five_layers(2), [0.0, 1e-9, 5e-9]
    many = fs.solve_many(stack, {"materials.N1.spin_diffusion_length": np.array([1e-9, 2e-9])})
    assert many.mu(z).shape == (2, 7, 3)
    one = fs.solve_many(stack, {"materials.N1.spin_diffusion_length": np.array(2e-9)})
    assert relative(many.mu(z)[1], one.mu(z)) < 1e-13
    other = fs.solve_many(stack, {"layers.A.thickness": np.array([1e-9, 2e-9])})
    with pytest.raises(fs.InputError, match="thicknesses differ between the points of the batch"):
        other.mu(z)
    with pytest.raises(fs.InputError, match="to_dict: the solution is a batch, allowed: a single stack"):
        many.to_dict()


def test_record_holds_the_solution():
    """Catches a key of docs/input.md that is missing, a layer or side exchanged, or another number."""
    stack = five_layers(3, magnetization_rate=PUMPING, title="all", **CPP)
    solution = fs.solve(stack)
    record = solution.to_dict()
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    keys = "femsot title input components layers interfaces profiles resistance_area current_density sheet_resistance"
    assert list(record) == [*keys.split(), "report"]
    assert (record["title"], record["femsot"]) == ("all", fs.__version__)
    layer, fields, torque = record["layers"][3], solution.fields.layers[3], solution.torque("D")
    assert list(layer) == ["name", "z", "bottom", "top", "sheet_current", "current_share", "torque", "budget"]
    assert layer["name"] == "D" and layer["z"] == stack.z[3:5].tolist()
    assert layer["bottom"] == {"mu": fields.mu[0].tolist(), "J": fields.J[0].tolist()}
    assert layer["top"]["J"] == fields.J[1].tolist()
    names = "basis flux exchange interface received flux_like received_like undefined damping_like"
    names += " field_like remainder reference"
    names += " efficiency_E efficiency_j efficiency_j_in field_T field_per_current field_per_current_in rate"
    assert list(layer["torque"]) == names.split() and layer["torque"]["basis"] == "received"
    assert layer["torque"]["flux"] == torque.flux.tolist()
    assert layer["torque"]["field_T"] == torque.field_T.tolist()
    assert list(layer["budget"]) == ["flux", "exchange", "spin_flip", "orbital_exchange", "residual"]
    assert record["layers"][0]["torque"] is None
    sides = "name mu_minus mu_plus J_minus J_plus torque_magnetization torque_lattice sheet_current"
    assert list(record["interfaces"][0]) == sides.split()
    assert record["interfaces"][1]["name"] == "B|C"
    assert record["interfaces"][1]["J_minus"] == solution.fields.layers[1].J[1].tolist()
    assert record["resistance_area"] is None and record["current_density"] == float(solution.current_density())
    assert record["report"]["method"] == "exact" and record["report"]["residual"] < 1e-12


def test_profiles_of_the_record():
    """Catches profiles that miss an end, leave out the jump at an interface, or are too coarse near an end."""
    stack = five_layers(4)
    solution = fs.solve(stack)
    profiles = solution.to_dict()["profiles"]
    z, layer, mu = np.array(profiles["z"]), np.array(profiles["layer"]), np.array(profiles["mu"])
    assert np.all(np.diff(z) >= 0)
    for i, name in enumerate("ABCDE"):
        own = z[layer == name]
        assert_allclose(own[[0, -1]], stack.z[i : i + 2], rtol=1e-14)
        assert_allclose(mu[layer == name][[0, -1]], solution.fields.layers[i].mu, rtol=1e-12, atol=1e-18)
        assert np.diff(own)[0] < 0.1e-9
    assert np.array(profiles["J"]).shape == mu.shape


def test_undefined_numbers_are_null():
    """Catches NaN or infinity in JSON: insulators, m along p, no field, no M_s, closure ning24."""
    record = fs.solve(with_insulator(electric_field=(0, 0, 0))).to_dict()
    insulator = record["layers"][1]
    assert insulator["bottom"] is insulator["top"] is insulator["budget"] is None
    assert insulator["torque"]["exchange"] == [0.0, 0.0, 0.0]
    for name in ("efficiency_E", "efficiency_j", "field_T", "field_per_current", "flux_like"):
        assert insulator["torque"][name] is None
    assert insulator["torque"]["reference"] is None and insulator["torque"]["damping_like"] is None
    assert "Y" not in record["profiles"]["layer"] and record["sheet_resistance"] is None
    json.dumps(record, allow_nan=False)
    f = fs.Ferromagnet(name="F", conductivity=1e6, spin_diffusion_length=2e-9, exchange_length=1e-9)
    along = fs.Stack([fs.Layer("N", N, 2e-9), fs.Layer("F", f, 2e-9, (0, 1, 0))], electric_field=(1e5, 0, 0))
    with pytest.warns(fs.PhysicsWarning):
        record = fs.solve(along, closure="ning24").to_dict()
    torque = record["layers"][1]["torque"]
    assert torque["damping_like"] is None and torque["efficiency_E"] == [None, None]
    assert torque["exchange"] is record["layers"][1]["budget"]["exchange"] is None
    assert record["input"]["closure"] == "ning24" and len(record["report"]["warnings"]) == 1
    json.dumps(record, allow_nan=False)
