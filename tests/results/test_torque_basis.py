"""What a torque is of: received or absorbed; its efficiencies and fields by current; the warning where they differ."""

from dataclasses import replace

import numpy as np
import pytest
from device_cases import uniform_device
from numpy.testing import assert_allclose

import femsot as fs
from femsot.results.torque import torque_dict
from femsot.studies.device import solve_device

M, E = np.array([0.48, 0.6, 0.64]), 2e5
N = fs.NormalMetal(name="N", conductivity=4e6, spin_diffusion_length=1.5e-9, spin_hall_angle=0.1)
LIGHT = fs.NormalMetal(name="C", conductivity=5e6, spin_diffusion_length=50e-9)
F = fs.Ferromagnet(
    name="F",
    conductivity=3e6,
    spin_diffusion_length=5e-9,
    polarization=0.4,
    exchange_length=1e-9,
    dephasing_length=1.2e-9,
    saturation_magnetization=8e5,
)
LOSSY = fs.SpinMemoryLoss(resistance_area=1e-15, asymmetry=0.3, delta=0.6, transverse=1e15, transverse_delta=0.8)
OF_BASIS = ("efficiency_E", "efficiency_j", "field_T", "field_per_current")


def stack(law=LOSSY, field=(E, 0, 0), m=M, **other):
    layers = [fs.Layer("N", N, 4e-9), fs.Layer("F", F, 2e-9, m), fs.Layer("C", LIGHT, 3e-9)]
    return fs.Stack(layers, {"N|F": law} if law else {}, electric_field=field, **other)


def split(vector, m=M, p=(0, 1.0, 0)):
    """DL and FL by least squares, and what is left."""
    axes = np.stack([np.cross(m, np.cross(p, m)), np.cross(m, p)], axis=1)
    parts = np.linalg.lstsq(axes, vector, rcond=None)[0]
    return parts, vector - axes @ parts


def test_everything_is_of_what_the_magnetization_receives():
    """A number of the absorbed flux beside numbers of the received torque."""
    torque = fs.solve(stack()).torque("F")
    received, flux = torque.exchange + torque.interface, torque.flux
    assert torque.basis == "received" and np.linalg.norm(received - flux) > 0.05 * np.linalg.norm(flux)
    like, rest = split(received)
    assert_allclose([torque.damping_like, torque.field_like], like, rtol=1e-12)
    assert_allclose(torque.remainder, rest, atol=1e-9 * np.linalg.norm(received))
    assert_allclose(torque.vector, received, rtol=0)
    assert_allclose(torque.received_like, like, rtol=1e-12)
    assert_allclose(torque.flux_like, split(flux)[0], rtol=1e-12)
    assert_allclose(torque.efficiency_E, like / E, rtol=1e-12)
    per_area = 9.2740100657e-24 / 1.602176634e-19 / (8e5 * 2e-9)  # mu_B/(e M_s d)
    assert_allclose(torque.rate, per_area * received, rtol=1e-9)
    assert (torque.saturation_magnetization, torque.thickness) == (8e5, 2e-9)


def test_of_ning24_only_the_flux_is_a_torque():
    """A received torque reported in a closure whose exchange is none."""
    with pytest.warns(fs.PhysicsWarning, match="Onsager"):
        solution = fs.solve(stack(law=fs.Ohmic(charge=1e15)), closure="ning24")
    torque = solution.torque("F")
    assert torque.basis == "flux" and torque.received is torque.received_like is torque.exchange is None
    assert_allclose([torque.damping_like, torque.field_like], split(torque.flux)[0], rtol=1e-12)
    assert_allclose(torque.vector, torque.flux, rtol=0)
    record = solution.to_dict()["layers"][1]["torque"]
    assert (record["basis"], record["received"], record["received_like"]) == ("flux", None, None)
    assert record["flux_like"] == pytest.approx([record["damping_like"], record["field_like"]])
    assert not any("receives a torque" in text for text in solution.report.warnings)


def test_efficiency_and_field_of_a_current_by_hand():
    """Thickness or conductivity of another layer, T per 1e10 A/m^2, hbar/e for hbar/2e."""
    weak = replace(N, spin_hall_angle=1e-4)  # inverse effects change currents by less than 1e-7
    layers = [fs.Layer("N", weak, 4e-9), fs.Layer("F", F, 2e-9, M), fs.Layer("C", LIGHT, 3e-9)]
    solution = fs.solve(fs.Stack(layers, electric_field=(0, E, 0)))
    torque = solution.torque("F")
    like = split(torque.received, p=(-1.0, 0, 0))[0]
    mean = E * (4e6 * 4e-9 + 3e6 * 2e-9 + 5e6 * 3e-9) / 9e-9
    assert_allclose(torque.efficiency_j, like / mean, rtol=1e-6)
    for name, conductivity in (("N", 4e6), ("F", 3e6), ("C", 5e6)):
        assert_allclose(torque.efficiency_j_in[name], like / (conductivity * E), rtol=1e-6)
    tesla = 1.054571817e-34 / (2 * 1.602176634e-19) * like / (8e5 * 2e-9)
    assert_allclose(torque.field_T, tesla, rtol=1e-9)
    assert_allclose(torque.field_per_current, tesla * 1e11 / mean, rtol=1e-6)
    assert set(torque.field_per_current_in) == {"N", "C"}
    assert_allclose(torque.field_per_current_in["C"], tesla * 1e11 / (5e6 * E), rtol=1e-6)
    shares = [layer["current_share"] for layer in solution.to_dict()["layers"]]
    assert_allclose(shares, np.array([16e-3, 6e-3, 15e-3]) / 37e-3, rtol=1e-6)


def test_undefined_without_a_field_or_a_moment():
    """0/0 called a number; a field of a magnet whose M_s nobody knows."""
    still = fs.solve(stack(field=(0, 0, 0), magnetization_rate={"F": np.cross(M, (1e10, 0, 0))})).torque("F")
    assert still.efficiency_j is still.efficiency_j_in is still.field_per_current is still.field_per_current_in is None
    assert still.reference is None and np.isnan(still.damping_like)
    unknown = replace(F, saturation_magnetization=None)
    layers = [fs.Layer("N", N, 4e-9), fs.Layer("F", unknown, 2e-9, M)]
    torque = fs.solve(fs.Stack(layers, electric_field=(E, 0, 0))).torque("F")
    assert torque.field_T is torque.rate is torque.field_per_current is torque.field_per_current_in is None
    assert np.all(np.isfinite(torque.efficiency_j))


def test_profiles_of_all_layers_at_once_are_those_of_each():
    """Layers of one number of points exchanged, or the parts above and below a point."""
    thick = [replace(layer, thickness=(4 + i) * layer.thickness) for i, layer in enumerate(stack().layers)]
    for layers in (stack().layers, [*stack().layers[:2], fs.Layer("MgO", fs.Insulator(name="MgO"), 1e-9), thick[0]]):
        layers = [replace(layer, name=f"{layer.name}{i}") for i, layer in enumerate(layers)]
        solution = fs.solve(fs.Stack(layers, electric_field=(E, 0, 0)))
        profiles = solution.to_dict()["profiles"]
        names, bottoms = np.array(profiles["layer"]), dict(zip(solution.parts, solution.stack.z, strict=False))
        assert set(names) == {name for name in solution.parts if "MgO" not in name}
        for name in set(names):
            z = np.array(profiles["z"])[names == name] - bottoms[name]
            for key, values in zip(("mu", "J"), solution.layer_profile(name, z), strict=True):
                found = np.array(profiles[key])[names == name]
                assert_allclose(found, values, rtol=1e-9, atol=1e-9 * np.abs(values).max())


def test_a_long_stack_does_not_tell_each_magnet_of_each_layer():
    """A record that grows with the square of the layers."""
    layers = [replace(layer, name=f"{layer.name}{i}") for i in range(17) for layer in stack().layers]
    torque = fs.solve(fs.Stack(layers, electric_field=(E, 0, 0))).to_dict()["layers"][1]["torque"]
    assert torque["efficiency_j_in"] is torque["field_per_current_in"] is None
    assert np.all(np.isfinite(torque["efficiency_j"])) and np.all(np.isfinite(torque["field_per_current"]))


def test_a_torque_that_is_not_the_flux_is_told_once():
    """The lattice's share in silence; a warning for each of many looks, or for rounding."""
    solution = fs.solve(stack())
    for _ in range(2):
        texts = [text for text in solution.report.warnings if "receives a torque" in text]
    torque = solution.torque("F")
    received, flux = np.linalg.norm(torque.received), np.linalg.norm(torque.flux)
    assert len(texts) == 1 and texts[0].startswith("layers.F: ")
    assert f"{received:.3g} A/m^2" in texts[0] and f"{flux:.3g} A/m^2" in texts[0] and "lattice" in texts[0]
    assert solution.to_dict()["report"]["warnings"] == solution.report.warnings
    quiet = fs.solve(stack(law=fs.Ohmic(charge=1e15)))
    assert not quiet.report.warnings
    collinear = fs.Contact(current_density=1e10), fs.Contact(voltage=0.0)
    along = stack(field=(0, 0, 0), m=(0, 0, 1), bottom=collinear[0], top=collinear[1])
    assert not fs.solve(along).report.warnings  # both are zero


def test_a_batch_is_told_of_its_worst_point():
    """A mean over a batch in which one point is wrong."""
    values = {"interfaces.N|F.delta": np.array([0.0, 0.6]), "interfaces.N|F.transverse_delta": np.array([0.0, 0.8])}
    assert not fs.solve(fs.with_values(stack(), {path: x[0] for path, x in values.items()})).report.warnings
    assert len(fs.solve_many(stack(), values).report.warnings) == 1


@pytest.mark.parametrize("law", [fs.Ohmic(charge=1e15), LOSSY])
def test_a_uniform_device_has_the_record_of_the_stack(law):
    """Two interfaces that drift apart: a field, a sign or an area of one of them."""
    model = stack(law=law)
    exact = fs.solve(model)
    device = solve_device(uniform_device(model, "quad", cells=12), order=2)
    assert isinstance(exact, fs.Solution) and isinstance(device, fs.Solution)
    assert (exact.parts, exact.magnets, exact.interface_names) == (device.parts, device.magnets, device.interface_names)
    wanted, found = exact.torque("F"), device.torque("F")
    assert list(torque_dict(wanted)) == list(torque_dict(found))
    size = np.linalg.norm(wanted.received)
    for name in ("flux", "received", "exchange", "interface", "remainder"):
        assert np.linalg.norm(getattr(found, name) - getattr(wanted, name)) < 1e-5 * size
    for name in (*OF_BASIS, "damping_like", "field_like", "flux_like", "received_like", "rate"):
        assert_allclose(getattr(found, name), getattr(wanted, name), rtol=1e-4, atol=1e-9 * size * (name == "rate"))
    for part in exact.parts:
        assert_allclose(found.efficiency_j_in[part], wanted.efficiency_j_in[part], rtol=1e-4)
    assert_allclose(found.field_per_current_in["N"], wanted.field_per_current_in["N"], rtol=1e-4)
    for part in exact.parts:
        assert_allclose(device.budget(part).flux, exact.budget(part).flux, atol=1e-5 * size)
    for name in exact.interface_names:
        one, other = exact.interface(name), device.interface(name)
        for field in ("J_minus", "J_plus", "torque_magnetization", "torque_lattice"):
            assert_allclose(getattr(other, field), getattr(one, field), atol=2e-5 * exact.largest)
        for side in ("mu_minus", "mu_plus"):
            moments = getattr(one, side)[1:4]
            assert_allclose(getattr(other, side)[1:4], moments, atol=1e-4 * np.abs(moments).max())
        area = device.area(name)
        assert_allclose(np.array(device.current(name)) / area, exact.current(name), atol=2e-5 * exact.largest)
    told = [any("receives a torque" in text for text in solution.report.warnings) for solution in (exact, device)]
    assert told == [law is LOSSY] * 2


def test_unknown_names_are_told_with_the_nearest():
    """A KeyError, or an index that quietly takes another layer."""
    solution = fs.solve(stack())
    for call in (solution.budget, solution.torque, solution.sheet_current):
        with pytest.raises(fs.InputError, match=r"layers: unknown layer 'n', known: C, F, N. Did you mean 'N'\\?"):
            call("n")
    for call in (solution.interface, solution.current):
        with pytest.raises(fs.InputError, match=r"interfaces: unknown interface 'F\|N', known: F\|C, N\|F"):
            call("F|N")
    with pytest.raises(fs.InputError, match=r"layers.C: no magnet, so it takes no torque; magnets: F"):
        solution.torque("C")


def test_the_record_says_why_there_are_no_parts():
    """A silent null for a texture, for m along p, or where nothing drives in the plane."""
    metal = fs.NormalMetal(name="Pt", conductivity=4e6, spin_diffusion_length=2e-9, spin_hall_conductivity=4e5)
    magnet = fs.Ferromagnet(name="Co", conductivity=6e6, spin_diffusion_length=2e-8, exchange_length=1e-9)

    def record(m, **drive):
        layers = [fs.Layer("Pt", metal, 5e-9), fs.Layer("Co", magnet, 2e-9, magnetization=m)]
        return fs.solve(fs.Stack(layers, **drive)).to_dict()["layers"][1]["torque"]

    assert record((0, 0, 1), electric_field=(1e5, 0, 0))["undefined"] is None
    along = record((0, 1, 0), electric_field=(1e5, 0, 0))
    assert along["damping_like"] is None and "lies along p" in along["undefined"]
    contacts = {"bottom": fs.Contact(voltage=1e-3), "top": fs.Contact(voltage=0.0)}
    assert "no in-plane field" in record((0, 0, 1), **contacts)["undefined"]
