import numpy as np
import pytest
from numpy.testing import assert_allclose

from femsot.base.constants import e, hbar
from femsot.base.errors import InputError, SolveError
from femsot.interfaces import Insulating, Mixing, Ohmic, SpinMemoryLoss
from femsot.materials.records import Ferromagnet, Insulator, NormalMetal
from femsot.model.stack import Contact, Layer, Stack
from femsot.solvers import fem
from femsot.solvers.fem.assembly import assemble
from femsot.solvers.fem.mesh import graded, shortest_length
from femsot.solvers.layers import layer_tensors

SIGMA, LAMBDA, ANGLE = 2e6, 1.5e-9, 0.1
N = NormalMetal(name="N", conductivity=SIGMA, spin_diffusion_length=LAMBDA, spin_hall_angle=ANGLE)
F = Ferromagnet(
    name="F",
    conductivity=3e6,
    spin_diffusion_length=5e-9,
    polarization=0.5,
    exchange_length=0.9e-9,
    dephasing_length=1.2e-9,
    anomalous_hall_conductivity=5e4,
)
MIXING = Mixing(up=7e14, down=3e14, mixing=9e14 + 2e14j, transmitted=2e14, ferromagnet_side_mixing=8e14)


def valve(**changes):
    """N/F/N/F with an Ohmic, a mixing and a memory-loss interface, driven by contacts, field and pumping."""
    layers = (
        Layer("N1", N, 4e-9),
        Layer("F1", F, 3e-9, magnetization=(0.6, 0.3, 0.7)),
        Layer("N2", N, 5e-9),
        Layer("F2", F, 2e-9, magnetization=(-0.2, 0.8, 0.5)),
    )
    laws = {
        "N1|F1": Ohmic(charge=1.2e15, polarization=0.5, spin=0.9e15),
        "F1|N2": MIXING,
        "N2|F2": SpinMemoryLoss(resistance_area=0.8e-15, asymmetry=0.6, delta=0.4),
    }
    given = {"bottom": Contact(voltage=1e-3), "top": Contact(current_density=2e10, spin="blocked")}
    given |= {"electric_field": (1e5, 4e4, 0.0), "magnetization_rate": {"F1": (0.0, 2e11, -1e11)}}
    return Stack(layers, interfaces=laws, **given | changes)


def test_mesh_ends_exactly_and_halves_with_refine():
    """A last node off by rounding, an asymmetric grading, or a `refine` that moves nodes instead of adding them."""
    coarse, fine = graded(7e-9, 1e-9, 10.3), graded(7e-9, 1e-9, 10.3, refine=2)
    assert coarse[0] == 0.0 and coarse[-1] == 7e-9
    assert_allclose(coarse + coarse[::-1], 7e-9, rtol=1e-14)
    assert_allclose(fine[::2], coarse, rtol=1e-13)
    assert np.diff(coarse)[0] == pytest.approx(1e-10, rel=0.1) and np.diff(coarse).max() < (1e-9 + 3.5e-9) / 9


def test_mesh_follows_the_shortest_mode():
    """The precession length forgotten: k^2 = 1/lambda_sf^2 + 1/lambda_phi^2 - i/lambda_J^2 is the shortest here."""
    k_squared = 1 / 5e-9**2 + 1 / 1.2e-9**2 - 1j / 0.9e-9**2
    assert shortest_length(F.bulk()) == pytest.approx(abs(k_squared) ** -0.5)
    assert shortest_length(N.bulk()) == pytest.approx(LAMBDA)
    assert shortest_length(NormalMetal(name="X", conductivity=1e6, spin_diffusion_length=np.inf).bulk()) == np.inf


def test_transparent_interface_shares_its_unknowns():
    """A transparent interface made of a large conductance: a second set of unknowns and a small jump."""
    halves = Stack((Layer("A", N, 2e-9), Layer("B", N, 3e-9)), electric_field=(1e5, 0, 0))
    system = assemble(halves, order=2, cells_per_length=8, refine=1)
    below, above = system.regions
    assert system.load.size == below.unknowns.size + above.unknowns.size - 4
    found, whole = (
        fem.solve(halves),
        fem.solve(Stack((Layer("A", N, 5e-9),), electric_field=(1e5, 0, 0))),
    )
    assert np.array_equal(found.layers[0].mu[1], found.layers[1].mu[0])
    assert_allclose(found.layers[0].J[1], found.layers[1].J[0], atol=1e-9 * 2e10)
    assert_allclose(found.layers[1].mu[1], whole.layers[0].mu[1], atol=1e-6 * np.abs(whole.layers[0].mu).max())


@pytest.mark.parametrize("order", [1, 2])
def test_charge_current_is_the_same_everywhere(order):
    """A jump law scattered to one side only, or end fluxes from the slope of the end cells: charge appears."""
    found = fem.solve(valve(), order=order, cells_per_length=6)
    charge = np.concatenate([layer.J[:, 0] for layer in found.layers])
    assert_allclose(charge, 2e10, rtol=1e-10)


@pytest.mark.parametrize("closure", ["conserving", "ning24"])
@pytest.mark.parametrize("order", [1, 2])
def test_what_enters_a_layer_is_what_relaxes_in_it(order, closure):
    """J(0) - J(d) = R int mu + s d on any mesh: fails for fluxes by slopes, a lost source, or a wrong end sign."""
    stack = valve(closure=closure)
    found = fem.solve(stack, order=order, cells_per_length=3)
    largest = max(np.abs(layer.J).max() for layer in found.layers)
    for layer, fields, tensors in zip(stack.layers, found.layers, layer_tensors(stack), strict=True):
        relaxed = tensors.R @ fields.integral + tensors.source * layer.thickness
        assert np.abs(relaxed).max() > 1e-4 * largest
        assert_allclose(fields.J[0] - fields.J[1], relaxed, rtol=0, atol=1e-11 * largest)


@pytest.mark.parametrize("order", [1, 2])
def test_inside_joins_the_ends_and_obeys_the_balance(order):
    """Element lookup off by one, or a flux that does not end where the layer's own balance says."""
    found = fem.solve(valve(), order=order, cells_per_length=4).layers[1]
    mu, J = found.at(np.array([0.0, 3e-9]))
    assert_allclose(mu, found.mu, rtol=1e-12)
    assert_allclose(J, found.J, rtol=0, atol=1e-11 * np.abs(J).max())
    z, weights = np.polynomial.legendre.leggauss(400)
    inside = found.at(1.5e-9 * (1 + z))
    assert_allclose(1.5e-9 * weights @ inside[0], found.integral, rtol=1e-5)
    assert_allclose(inside[1][:, 0], 2e10, rtol=1e-9)
    assert np.all(inside[0][:, 4:] == 0) and np.all(inside[1][:, 4:] == 0)


def test_flux_inside_follows_the_flux_law():
    """J(z) from another law than J = -C mu' + J_ext: then the difference does not vanish with the mesh."""
    stack, z, step = valve(), np.array([0.4e-9, 1.1e-9, 2.3e-9]), 1e-13
    found = fem.solve(stack, refine=16).layers[1]
    tensors = layer_tensors(stack)[1]
    slope = (found.at(z + step)[0] - found.at(z - step)[0]) / (2 * step)
    J = found.at(z)[1]
    assert_allclose(tensors.external - slope @ tensors.Czz.T, J, rtol=0, atol=1e-4 * np.abs(J).max())


@pytest.mark.parametrize("below", [False, True])
def test_magnetic_insulator_absorbs_through_its_one_sided_law(below):
    """The insulator's side solved as if it had potentials, a mirror lost, or pumping w of a wrong sign.

    Closed form in a right-handed frame (e1, e2, m), F above: J_+(d) = g (mu_+ + w_+), no flux at 0. Below: the mirror.
    """
    m, d, g, rate = np.array([0.0, 0.0, 1.0]), 4e-9, 6e14 + 1.5e14j, 1e11
    yig = Layer("I", Insulator(name="YIG", saturation_magnetization=1.4e5), 1e-8, magnetization=m)
    metal, name = Layer("N", N, d), "I|N" if below else "N|I"
    stack = Stack(
        (yig, metal) if below else (metal, yig),
        interfaces={name: Mixing(mixing=g)},
        electric_field=(1e5, 0, 0),
        magnetization_rate={"I": (rate, 0.0, 0.0)},
    )
    found = fem.solve(stack)
    fields = found.layers[1 if below else 0]
    assert found.layers[0 if below else 1] is None
    # m x dm/dt = rate y; J_ext = sigma_SH E eps_zyx y = -sigma_SH E y. Upside down (z -> -z) J_ext changes sign
    w, drive = 1j * hbar / (2 * e) * rate, (1j if below else -1j) * SIGMA * ANGLE * 1e5
    c, s, slope = np.cosh(d / LAMBDA), np.sinh(d / LAMBDA), LAMBDA * drive / SIGMA
    even = (drive * (1 - c) - g * slope * s - g * w) / (g * c + SIGMA / LAMBDA * s)
    mu = even * c + slope * s
    end, sign = (0, -1) if below else (1, 1)
    plus = np.array([1, 1j])
    assert fields.mu[end, 1:3] @ plus == pytest.approx(mu, rel=1e-6)
    assert fields.J[end, 1:3] @ plus == pytest.approx(sign * g * (mu + w), rel=1e-6)
    assert_allclose(fields.J[1 - end], 0.0, atol=1e-10 * abs(g * mu))


def test_current_follows_ohms_law_from_the_higher_voltage():
    """J_c of the wrong sign, or a contact's phi not held."""
    found = fem.solve(Stack((Layer("N", N, 5e-9),), bottom=Contact(voltage=1e-3), top=Contact(voltage=0.0)))
    assert_allclose(found.layers[0].J[:, 0], SIGMA * 1e-3 / 5e-9, rtol=1e-11)
    assert_allclose(found.layers[0].integral[0], 0.5e-3 * 5e-9, rtol=1e-11)


@pytest.mark.parametrize(("bottom", "top"), [("current", "voltage"), ("voltage", "current"), ("current", "current")])
def test_contact_by_current_is_contact_by_voltage(bottom, top):
    """An imposed current entering with the wrong sign at one end, or phi left floating between two currents."""
    volts = {"bottom": -2e-3, "top": 1e-3}
    known = fem.solve(valve(**{end: Contact(voltage=v) for end, v in volts.items()}))
    current = known.layers[0].J[0, 0]
    kinds = {"bottom": bottom, "top": top}
    ends = {
        end: Contact(voltage=volts[end]) if kind == "voltage" else Contact(current_density=current)
        for end, kind in kinds.items()
    }
    found = fem.solve(valve(**ends))
    shift = np.eye(7)[0] * (-2e-3 if bottom == top else 0.0)
    for a, b in zip(found.layers, known.layers, strict=True):
        assert_allclose(a.mu + shift, b.mu, rtol=0, atol=1e-10 * 2e-3)
        assert_allclose(a.J, b.J, rtol=0, atol=1e-9 * abs(current))


def test_each_floating_segment_is_pinned_at_its_bottom():
    """One pin for the whole stack: singular beyond an insulating interface; a pin beside a voltage: phi held twice."""
    m = (0.3, 0.2, 0.9)
    layers = Layer("A", F, 2e-9, magnetization=m), Layer("B", N, 2e-9), Layer("C", F, 2e-9, magnetization=m)
    stack = Stack(layers, interfaces={"A|B": Insulating()}, top=Contact(voltage=2e-3), electric_field=(1e5, 0, 0))
    found = fem.solve(stack).layers
    assert found[0].mu[0, 0] == 0.0 and found[2].mu[1, 0] == 2e-3
    assert 1e-7 < abs(found[0].mu[1, 0]) < 1e-5 and abs(found[1].mu[0, 0] - 2e-3) < 1e-4
    assert_allclose([layer.J[:, 0] for layer in found], 0.0, atol=1e-9 * SIGMA * ANGLE * 1e5)


def test_a_current_with_nowhere_to_go_is_refused():
    """A pin that quietly swallows the charge current that an insulating interface blocks."""
    layers = (Layer("A", N, 2e-9), Layer("B", N, 2e-9))
    ends = {end: Contact(current_density=1e10) for end in ("bottom", "top")}
    with pytest.raises(InputError, match=r"has nowhere to go: interface A\|B passes no charge"):
        Stack(layers, interfaces={"A|B": Insulating()}, **ends)


@pytest.mark.parametrize("charge", [None, 1e5])
def test_a_volt_across_a_barrier_costs_no_digits(charge):
    """Currents lost in the rounding of 1 V: 16 digits of 1e17 S/m^2, where the barrier passes 1e5 A/m^2 or nothing."""
    layers = Layer("A", N, 1e-7), Layer("B", F, 1e-9, magnetization=(0.3, 0.4, 0.8))
    barrier = Insulating() if charge is None else Ohmic(charge=charge)
    stack = Stack(layers, interfaces={"A|B": barrier}, bottom=Contact(voltage=1.0), top=Contact(voltage=0.0))
    found = fem.solve(stack)
    charges = [layer.J[:, 0] for layer in found.layers]
    assert_allclose(charges, charge or 0.0, rtol=1e-8, atol=1e-6)
    assert float(found.residual) < 1e-10


def test_an_unheld_potential_is_refused():
    """A potential that nothing fixes, returned with whatever value rounding gave it."""
    free = NormalMetal(name="N", conductivity=1e6, spin_diffusion_length=np.inf, spin_hall_angle=0.1)
    with pytest.raises(SolveError, match="neither relaxes nor is held"):
        fem.solve(Stack((Layer("N", free, 5e-9),), electric_field=(1e5, 0, 0)))
