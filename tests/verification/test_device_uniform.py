"""A device that is the same everywhere along x and y is a stack: finite elements against the exact solution.

Every kind of element, P1 and P2, every interface law; fields in the plane (along periodic x and uniform y) and voltages
across. Potentials (L2) and states at interfaces converge at the order of the elements, integrals of currents at twice
the degree.
"""

from dataclasses import replace

import numpy as np
import pytest
from device_cases import (
    FS,
    KINDS,
    MIXING,
    NM,
    NS,
    YIG,
    M,
    bilayer,
    laws,
    pairs,
    potential_error,
    scattering,
    uniform_device,
)
from oracle import relative
from random_stacks import CPP, five_layers

import femsot as fs
from femsot.studies.device import solve_device

pytestmark = pytest.mark.filterwarnings("ignore:.*mean free path")
#: cells per layer, and of the period along x (and y); simplices refine both ways, since none of theirs is upright
COARSE = {"triangle": (6, 2), "quad": (6, 2), "tetra": (4, 2), "hexahedron": (4, 2)}
LAWS = laws()
#: potentials at interfaces, currents at points of interfaces, integrals of currents
CLASSES = {"jump": 0, "potential": 0, "interface": 1, "density": 1}


def errors(stack, kind, order, *, times=1):
    """Potentials (L2), potentials and currents at interfaces, integrated currents: largest errors over their sizes."""
    cells, across = (times * n for n in COARSE[kind])
    across = across if kind in ("triangle", "tetra") else COARSE[kind][1]
    device, exact = uniform_device(stack, kind, cells=cells, across=across), fs.solve(stack)
    solution = solve_device(device, order=order, solver="direct")
    driven = 1e-3 * 2e6 * float(np.linalg.norm(stack.electric_field))
    sizes, worst = np.array([0.0, driven, driven]), [("", 0.0)] * 3
    found = {(name, CLASSES.get(name.split()[0], 2)): value for name, value in pairs(solution, exact).items()}
    for (_, kind_), (_, wanted) in found.items():
        sizes[kind_] = max(sizes[kind_], float(np.max(np.abs(wanted), initial=0.0)))
    for (name, kind_), (one, wanted) in found.items():
        off = float(np.max(np.abs(one - wanted), initial=0.0)) / (sizes[kind_] or 1.0)
        worst[kind_] = max(worst[kind_], (name, off), key=lambda x: x[1])
    assert solution.report.charge_balance < 1e-8
    budgets = [solution.budget(name) for name in device.regions]
    assert all(b is None or b.residual < 1e-8 for b in budgets)
    return np.array([potential_error(solution, exact).max(), *(off for _, off in worst)]), worst


def check_orders(stack, kind, order, *, limit):
    """Two meshes: p + 1 for potentials and states at interfaces, 2 p for integrated currents; all below `limit`."""
    (coarse, _), (fine, worst) = (errors(stack, kind, order, times=n) for n in (1, 2))
    assert np.all(fine < limit), (fine, worst)
    found = np.log2(np.maximum(coarse, 1e-12) / np.maximum(fine, 1e-12))
    wanted = np.array([order + 1, order + 1, order + 1, 2 * order]) - 0.35
    assert np.all((found > wanted) | (fine < 1e-9)), (found, fine, worst)


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("kind", ["triangle", "quad"])
def test_cross_sections_equal_the_stack(kind, order, law):
    """Catches a sign of any term of bulk or law, a field along y or x left out, a law taken in the wrong frame."""
    check_orders(bilayer(LAWS[law]), kind, order, limit=[1e-3] * 4 if order == 1 else [2e-5, 2e-5, 2e-4, 1e-6])


@pytest.mark.slow
@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("kind", ["tetra", "hexahedron"])
def test_boxes_equal_the_stack(kind, order, law):
    """The same in three dimensions: the anomalous and spin Hall currents along y too."""
    check_orders(bilayer(LAWS[law]), kind, order, limit=[5e-3] * 4 if order == 1 else [1e-4, 1e-4, 1e-3, 1e-5])


@pytest.mark.parametrize("kind", KINDS)
def test_one_box_of_every_element_equals_the_stack(kind):
    """The quick form of the two above, P2: the orientation or numbering of one kind of element."""
    found, worst = errors(bilayer(MIXING), kind, 2)
    assert np.all(found < [2e-4, 2e-4, 2e-3, 1e-5]), worst


@pytest.mark.parametrize("orbital", [False, True])
@pytest.mark.parametrize("drive", [{}, CPP | dict(electric_field=(0.0, 0.0, 0.0))], ids=["field", "voltage"])
def test_five_layers_equal_the_stack(drive, orbital):
    """Two noncollinear magnets, each on either side of a law, tensors among the conductances; voltages across."""
    check_orders(five_layers(4, orbital=orbital, **drive), "quad", 2, limit=[1e-2, 1e-2, 1e-2, 1e-3])


@pytest.mark.slow
@pytest.mark.parametrize("orbital", [False, True])
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", KINDS)
def test_random_five_layers_equal_the_stack(kind, seed, orbital):
    """Rare numbers: field and voltage together."""
    found, worst = errors(five_layers(seed, orbital=orbital, **CPP), kind, 2, times=1 if kind == "tetra" else 2)
    assert np.all(found < [5e-2, 5e-2, 5e-2, 1e-2]), worst


@pytest.mark.parametrize("kind", ["quad", "hexahedron"])
def test_a_magnetic_insulator_equals_the_stack(kind):
    """Catches a side without unknowns that takes current or field, or a torque that is lost with it."""
    layers = [fs.Layer("N", NS, 2 * NM), fs.Layer("Y", YIG, 1 * NM, magnetization=M)]
    law = fs.Mixing(mixing=5e14 + 1e14j)
    for order in (layers, layers[::-1]):
        stack = fs.Stack(order, {"|".join(x.name for x in order): law}, electric_field=(1e5, 5e4, 0.0))
        solution, exact = solve_device(uniform_device(stack, kind, cells=8), order=2), fs.solve(stack).torque("Y")
        found = solution.torque("Y")
        assert relative(found.flux, exact.flux) < 1e-6
        assert relative(found.interface, exact.interface) < 1e-6
        assert relative(found.received, exact.interface) < 1e-6
        total = solution.fields.deposit("Y")[1].sum(axis=0) / solution.footprint("Y")
        assert relative(total, exact.interface) < 1e-6
        assert solution.budget("Y") is None and np.all(solution.regions["Y"].mu == 0)


@pytest.mark.parametrize("kind", ["triangle", "hexahedron"])
def test_scattering_with_the_magnet_below_equals_the_stack(kind):
    """Catches a source or torque of the in-plane field that takes the wrong side, or has its normal reversed."""
    layers = [fs.Layer("F", FS, 1.5 * NM, magnetization=M), fs.Layer("N", NS, 2 * NM)]
    law = scattering(relaxation_time=((1e-15, 0.6e-15), 1e-15))
    stack = fs.Stack(layers, {"F|N": law}, electric_field=(1e5, -3e4, 0.0))
    found, worst = errors(stack, kind, 2, times=2)
    assert np.all(found < [1e-4, 1e-4, 1e-3, 1e-5]), worst


def test_the_closure_of_ning24_is_that_of_the_stack():
    """Catches a relaxation built in the conserving closure whatever the device says."""
    stack = replace(bilayer(LAWS["ohmic"]), closure="ning24")
    with pytest.warns(fs.PhysicsWarning, match="ning24"):
        exact, solution = fs.solve(stack), solve_device(uniform_device(stack, "quad", cells=12), order=2)
    assert relative(solution.torque("F").flux, exact.torque("F").flux) < 1e-6
    assert solution.torque("F").exchange is None
    record = solution.to_dict()["regions"][1]
    assert record["budget"]["exchange"] is None and record["torque"]["received"] is None
    assert potential_error(solution, exact).max() < 1e-4
    other = solve_device(replace(solution.device, closure="conserving"), order=2)
    assert relative(other.torque("F").flux, exact.torque("F").flux) > 1e-2


def test_effective_fields_and_efficiencies_equal_the_stack():
    """Catches an area, volume or reference direction of its own: the numbers a user quotes."""
    stack = bilayer(MIXING)
    exact, solution = fs.solve(stack).torque("F"), solve_device(uniform_device(stack, "quad", cells=12), order=2)
    found = solution.torque("F")
    for name in ("damping_like", "field_like", "efficiency_E", "field_T", "rate", "reference"):
        assert relative(getattr(found, name), getattr(exact, name)) < 1e-6, name
    assert solution.volume("F") == pytest.approx(1.5 * NM * 1.5 * NM * 7 * NM)
    assert solution.footprint("F") == pytest.approx(1.5 * NM * 7 * NM)
