"""What no choice of axes, order or units may change, and the second law."""

import numpy as np
import pytest
from oracle import HBAR_OVER_2E, explicit_conductivity, explicit_relaxation, relative
from random_stacks import CPP, PUMPING, five_layers

import femsot as fs
from femsot.base.components import rotation
from femsot.model.replace import with_values

MIRROR = np.diag([-1.0, -1.0, 1.0])  # z -> -z of an axial vector
INJECTED = dict(bottom=fs.Injection(spin_current=(1e10, 2e10, -1e10), orbital_current=(0.0, 3e10, 1e10)))


def moved(stack, r, field=None):
    """The stack with every magnetization, its rate and E turned by r."""
    values = {f"layers.{n}.magnetization": r @ stack.layers[stack.index(n)].magnetization for n in "BD"}
    values["drive.electric_field"] = (r if field is None else field) @ np.asarray(stack.electric_field)
    values |= {f"drive.magnetization_rate.{n}": r @ np.asarray(v) for n, v in stack.magnetization_rate.items()}
    return with_values(stack, values)


def vectors(solution):
    """mu and J of both kinds (layers, 2 ends, 2 kinds, 3), and the torques."""
    fields = np.array([[layer.mu, layer.J] for layer in solution.fields.layers])
    torque = [[solution.torque(n).flux, solution.torque(n).exchange, solution.torque(n).interface] for n in "BD"]
    return fields[..., 1:].reshape(*fields.shape[:-1], 2, 3), np.array(torque), fields[..., 0]


def without_tensors(stack):
    """Scalar interface conductances: a 3 x 3 tensor would have to turn as well."""
    return with_values(stack, {"interfaces.A|B.orbital": 6e14, "interfaces.A|B.orbit_to_spin": 1e14})


@pytest.mark.parametrize("drive", [{}, dict(magnetization_rate=PUMPING, **CPP)])
def test_rotation_about_the_normal(drive):
    """Catches any axis written out by hand: C, R, laws and torques turn with m, dm/dt and E."""
    stack, r = without_tensors(five_layers(1, **drive)), rotation([0, 0, 1], 0.7)
    one, other = (vectors(fs.solve(s)) for s in (stack, moved(stack, r)))
    for kind in (0, 1):
        assert relative(other[0][:, kind], one[0][:, kind] @ r.T) < 1e-12
    assert relative(other[1], one[1] @ r.T) < 1e-12
    assert relative(other[2], one[2]) < 1e-12
    solutions = [fs.solve(s) for s in (stack, moved(stack, r))]
    sheets = [np.array([solution.sheet_current(name) for name in solution.parts]) for solution in solutions]
    assert relative(sheets[1], sheets[0] @ r[:2, :2].T) < 1e-12


def test_any_rotation_of_moments_without_hall_effects():
    """Catches moments tied to space although nothing but the Hall effects does so: CPP and pumping, all m turned."""
    none = dict(spin_hall_conductivity=0.0, orbital_hall_angle=0.0)
    stack = without_tensors(five_layers(2, electric_field=(0.0, 0.0, 0.0), magnetization_rate=PUMPING, **CPP))
    materials = {
        x.name: [*none, *(["anomalous_hall_conductivity"] if x.magnetic else [])]
        for x in (la.material for la in stack.layers)
    }
    stack = with_values(
        stack, {f"materials.{name}.{field}": 0.0 for name, fields in materials.items() for field in fields}
    )
    r = rotation([1.0, -2.0, 0.5], 2.1)
    one, other = (vectors(fs.solve(s)) for s in (stack, moved(stack, r)))
    for kind in (0, 1):
        assert relative(other[0][:, kind], one[0][:, kind] @ r.T) < 1e-12
    assert relative(other[1], one[1] @ r.T) < 1e-12
    assert relative(other[2], one[2]) < 1e-12


@pytest.mark.parametrize("drive", [{}, dict(magnetization_rate=PUMPING), CPP])
def test_mirror_image(drive):
    """Catches a law or a layer that knows up from down: stack reversed, axial vectors mirrored, J -> -J."""
    stack = without_tensors(five_layers(3, **drive))
    seen = moved(stack, MIRROR, field=np.eye(3))
    laws = {"|".join(reversed(name.split("|"))): law for name, law in seen.interfaces.items()}
    image = fs.Stack(
        seen.layers[::-1], laws, seen.top, seen.bottom, seen.electric_field, magnetization_rate=seen.magnetization_rate
    )
    one, other = fs.solve(stack), fs.solve(image)
    a, b = vectors(one), vectors(other)
    assert relative(b[0][::-1, 0, ::-1], a[0][:, 0] @ MIRROR) < 1e-11
    assert relative(b[0][::-1, 1, ::-1], -a[0][:, 1] @ MIRROR) < 1e-11
    assert relative(b[1], a[1] @ MIRROR) < 1e-11
    sheets = [np.array([solution.sheet_current(name) for name in solution.parts]) for solution in (one, other)]
    assert relative(sheets[1][::-1], sheets[0]) < 1e-12
    if drive is CPP:
        assert relative(b[2][::-1, 0, ::-1], a[2][:, 0]) < 1e-12
        assert other.current_density() == pytest.approx(-one.current_density(), rel=1e-12)


@pytest.mark.parametrize("scale", [1e-3, 1e3])
def test_similar_stacks(scale):
    """Catches a hidden length or conductance, such as a tolerance in metres: lengths x s, interfaces / s, E / s."""
    stack = five_layers(4)
    values = {"drive.electric_field": np.asarray(stack.electric_field) / scale}
    lengths = ["spin_diffusion_length", "orbital_diffusion_length", "spin_orbit_length"]
    for layer in stack.layers:
        values[f"layers.{layer.name}.thickness"] = layer.thickness * scale
        for f in [*lengths, *(["exchange_length", "dephasing_length"] if layer.material.magnetic else [])]:
            values[f"materials.{layer.material.name}.{f}"] = getattr(layer.material, f) * scale
    inverse = ["A|B.charge", "A|B.spin", "A|B.orbital", "A|B.orbit_to_spin", "D|E.transverse", "D|E.orbital"]
    mixing = ["up", "down", "mixing", "ferromagnet_side_mixing", "orbital", "orbit_to_spin"]
    for path in [*inverse, *[f"{n}.{f}" for n in ("B|C", "C|D") for f in mixing]]:
        name, field = path.split(".")
        values[f"interfaces.{path}"] = getattr(stack.interfaces[name], field) / scale
    values["interfaces.D|E.resistance_area"] = stack.interfaces["D|E"].resistance_area * scale
    one, other = (vectors(fs.solve(s)) for s in (stack, with_values(stack, values)))
    assert relative(other[0][:, 0], one[0][:, 0]) < 1e-12
    assert relative(other[0][:, 1] * scale, one[0][:, 1]) < 1e-12


def test_superposition():
    """Catches a drive that changes another's response: field, pumping, voltage and injection add up."""
    ends = dict(bottom=fs.Contact(voltage=0.0), top=fs.Contact(voltage=0.0))
    base = five_layers(5, electric_field=(0.0, 0.0, 0.0), **ends)
    parts = [
        {"drive.electric_field": (1e5, 4e4, 0.0)},
        {"drive.magnetization_rate.B": PUMPING["B"]},
        {"drive.magnetization_rate.D": PUMPING["D"]},
        {"boundaries.top.voltage": 1e-3},
    ]
    whole = vectors(fs.solve(with_values(base, {k: v for part in parts for k, v in part.items()})))
    single = [vectors(fs.solve(with_values(base, part))) for part in parts]
    for i in range(3):
        assert relative(sum(s[i] for s in single), whole[i]) < 1e-11


def dissipation(stack, solution):
    """Heat of every layer by quadrature and of every interface, from the explicit tensors: all >= 0."""
    nodes, weights = np.polynomial.legendre.leggauss(40)
    heat = []
    for layer in stack.layers:
        m = np.array([0, 0, 1.0]) if layer.magnetization is None else layer.magnetization
        c = explicit_conductivity(layer.material, m, stack.orbital)
        r, r_ex = explicit_relaxation(layer.material, m, orbital=stack.orbital)
        w = np.zeros(7)
        w[1:4] = HBAR_OVER_2E * np.cross(m, stack.magnetization_rate.get(layer.name, m))
        mu, J = solution.layer_profile(layer.name, layer.thickness / 2 * (1 + nodes))
        gradient = np.zeros((len(nodes), 7, 3))
        gradient[:, 0] -= stack.electric_field
        gradient[:, :, 2] = np.linalg.solve(c[:, 2, :, 2], (c[:, 2, 0] @ stack.electric_field - J).T).T
        density = np.einsum("nai,aibj,nbj->n", gradient, c, gradient)
        shifted = mu + w
        density += np.einsum("na,ab,nb->n", mu, r - r_ex, mu) + np.einsum("na,ab,nb->n", shifted, r_ex, shifted)
        heat.append(layer.thickness / 2 * weights @ density)
        assert heat[-1] >= 0 and density.min() >= 0
    for i in range(len(stack.layers) - 1):
        state = solution.interface(solution.interface_names[i])
        w = stack.interface_pumping(i)
        work = state.mu_minus @ state.J_minus - state.mu_plus @ state.J_plus + w @ state.torque_magnetization
        heat.append(work)
        assert work >= -1e-12 * max(heat)
    return sum(heat)


@pytest.mark.parametrize("drive", ["in plane", "pumping", "voltage", "injection", "everything"])
@pytest.mark.parametrize("orbital", [False, True])
@pytest.mark.parametrize("seed", [6, 7])
def test_work_is_heat(drive, orbital, seed):
    """Catches power from nothing: K.E + J_c V + mu.J injected + sum of w.tau is the heat, every part of it >= 0."""
    quiet = dict(electric_field=(0.0, 0.0, 0.0))
    given = {
        "in plane": {},
        "pumping": dict(magnetization_rate=PUMPING, **quiet),
        "voltage": CPP | quiet,
        "injection": INJECTED | quiet,
        "everything": dict(magnetization_rate=PUMPING, **CPP),
    }[drive]
    stack = five_layers(seed, orbital=orbital, **given)
    solution = fs.solve(stack)
    work = sum(solution.sheet_current(name) for name in solution.parts) @ np.asarray(stack.electric_field)[:2]
    low, high = solution.fields.layers[0], solution.fields.layers[-1]
    work += low.mu[0] @ low.J[0] - high.mu[1] @ high.J[1]
    for name in stack.magnetization_rate:
        torque = solution.torque(name)
        work += stack.pumping(name) @ (torque.exchange + torque.interface)
    assert work > 0
    assert work == pytest.approx(dissipation(stack, solution), rel=1e-10)
