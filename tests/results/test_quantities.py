"""Named scalars of solutions: every one is there, in its place, with its unit, of batches and devices too."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

import femsot as fs
from femsot.results.quantities import quantities, quantity

PT = fs.NormalMetal(name="Pt", conductivity=4e6, spin_diffusion_length=2e-9, spin_hall_conductivity=4e5)
CO = fs.Ferromagnet(
    name="Co",
    conductivity=6e6,
    spin_diffusion_length=20e-9,
    polarization=0.4,
    exchange_length=1e-9,
    dephasing_length=1e-9,
    saturation_magnetization=1.4e6,
)


def stack():
    layers = [fs.Layer("Pt", PT, 5e-9), fs.Layer("Co", CO, 2e-9, magnetization=(0.3, 0.2, 0.9))]
    return fs.Stack(layers, electric_field=(1e5, 0, 0))


def test_a_path_leads_to_its_number():
    """An entry, a layer or a field exchanged for its neighbour."""
    solution = fs.solve(stack())
    torque = solution.torque("Co")
    for path, unit, number in (
        ("torque.Co.damping_like", "A/m^2", torque.damping_like),
        ("torque.Co.efficiency_j[1]", "1", torque.efficiency_j[1]),
        ("torque.Co.rate[y]", "1/s", torque.rate[1]),
        ("torque.Co.efficiency_j_in.Pt[0]", "1", torque.efficiency_j_in["Pt"][0]),
        ("torque.Co.field_per_current_in.Pt[0]", "T", torque.field_per_current_in["Pt"][0]),
        ("interfaces.Pt|Co.J_minus[sy]", "A/m^2", solution.interface("Pt|Co").J_minus[2]),
        ("layers.Pt.sheet_current[x]", "A/m", solution.sheet_current("Pt")[0]),
        ("sheet_resistance", "ohm", solution.resistance().sheet),
    ):
        entry = quantity(solution, path)
        assert entry.unit == unit
        assert_allclose(entry.values, number, rtol=1e-15)


def test_shares_of_the_current_add_up():
    """Parallel layers: share = sigma d over the sum, but for the inverse spin Hall effect."""
    solution = fs.solve_many(stack(), {"layers.Pt.thickness": np.array([2e-9, 5e-9, 9e-9])})
    shares = [quantity(solution, f"layers.{name}.current_share").values for name in ("Pt", "Co")]
    assert shares[0].shape == (3,)
    assert_allclose(shares[0] + shares[1], 1.0, rtol=1e-14)
    parallel = 4e6 * np.array([2e-9, 5e-9, 9e-9])
    assert_allclose(shares[0], parallel / (parallel + 6e6 * 2e-9), rtol=0.02)


def test_a_batch_has_every_scalar_of_its_points():
    """A scalar that is taken of the first point, or of another one."""
    thicknesses = np.array([2e-9, 5e-9])
    batch = quantities(fs.solve_many(stack(), {"layers.Pt.thickness": thicknesses}))
    for i, thickness in enumerate(thicknesses):
        layers = [replace(stack().layers[0], thickness=thickness), stack().layers[1]]
        single = quantities(fs.solve(replace(stack(), layers=tuple(layers))))
        assert single.keys() == batch.keys()
        for path, entry in single.items():
            value = np.broadcast_to(batch[path].values, (2,))[i]
            assert_allclose(value, entry.values, rtol=1e-9, atol=1e-5, err_msg=path)  # 1e-14 of the currents


def test_a_device_names_its_contacts_and_resistance():
    mesh = fs.mesh.ready("strip_dot", size=20e-9)
    regions = {"strip": fs.Region(PT), "dot": fs.Region(CO, (0, 0, 1))}
    contacts = {"left": fs.Terminal(voltage=1e-3), "right": fs.Terminal(voltage=0.0)}
    solution = fs.solve(fs.Device(mesh, regions, contacts=contacts), order=1)
    ohm = quantity(solution, "contacts.left.voltage").values / quantity(solution, "contacts.left.current").values
    assert_allclose(quantity(solution, "resistance").values, ohm, rtol=1e-9)
    assert np.isnan(quantity(solution, "four_terminal_resistance").values)


def test_an_unknown_quantity_is_refused():
    with pytest.raises(fs.InputError, match=r"no such quantity of the result, .*Did you mean 'torque.Co.damping_like'"):
        quantity(fs.solve(stack()), "torque.Co.dampinglike")
