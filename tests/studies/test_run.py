"""`solve` and `solve_many`: methods, closures, warnings, refusals, and batches against single stacks."""

import subprocess
import sys

import numpy as np
import pytest
from oracle import relative
from random_stacks import CPP, PUMPING, five_layers

import femsot as fs
from femsot.model.replace import with_values

EVERY = dict(magnetization_rate=PUMPING)
ENDS = dict(bottom=fs.Contact(voltage=1e-3), top=fs.Contact(current_density=3e10, spin="blocked"))
NORMAL = [
    "conductivity",
    "spin_conductivity",
    "spin_diffusion_length",
    "spin_hall_conductivity",
    "orbital_conductivity",
    "orbital_diffusion_length",
    "orbital_hall_angle",
    "spin_orbit_length",
]
MAGNET = [
    "polarization",
    "exchange_length",
    "dephasing_length",
    "orbit_to_spin",
    "anomalous_hall_conductivity",
    "saturation_magnetization",
]
PATHS = [
    *[f"materials.N1.{name}" for name in NORMAL],
    *[f"materials.F1.{name}" for name in NORMAL + MAGNET],
    *["layers.A.thickness", "layers.B.thickness", "layers.B.magnetization"],
    *[f"interfaces.A|B.{name}" for name in ("charge", "polarization", "spin")],
    *[
        f"interfaces.B|C.{name}"
        for name in ("up", "down", "mixing", "ferromagnet_side_mixing", "orbital", "orbit_to_spin")
    ],
    *[f"interfaces.D|E.{name}" for name in ("resistance_area", "asymmetry", "delta", "transverse", "transverse_delta")],
    *[f"interfaces.D|E.{name}" for name in ("orbital", "orbital_delta", "magnetization")],
    *["drive.electric_field", "drive.magnetization_rate.B", "drive.magnetization_rate.D"],
    *["boundaries.bottom.voltage", "boundaries.top.current_density"],
]


def value_at(stack, path):
    """What the stack has at a dotted path."""
    head, _, rest = path.partition(".")
    owner, _, name = rest.rpartition(".")
    if head == "drive":
        return stack.magnetization_rate[name] if owner else stack.electric_field
    if head == "materials":
        record = next(layer.material for layer in stack.layers if layer.material.name == owner)
    elif head == "layers":
        record = stack.layers[stack.index(owner)]
    else:
        record = stack.interfaces[owner] if head == "interfaces" else getattr(stack, owner)
    value = getattr(record, name)
    return stack.layers[3].magnetization if value is None else value


def everything(solution):
    """Every array of a solution that a user may ask for."""
    for i, layer in enumerate(solution.fields.layers):
        yield from (layer.mu, layer.J, layer.integral, solution.sheet_current(solution.parts[i]))
        yield from (solution.budget(solution.parts[i]).exchange, solution.budget(solution.parts[i]).spin_flip)
    for i in range(len(solution.fields.layers) - 1):
        state = solution.interface(solution.interface_names[i])
        yield from (state.torque_magnetization + state.torque_lattice, state.J_plus)
    for name in "BD":
        torque = solution.torque(name)
        yield from (torque.flux, torque.exchange + torque.interface, torque.field_T, torque.efficiency_E)
        yield from solution.layer_profile(name, [2e-10, 1e-9])


def compare(many, singles):
    """Every array of the batch, point by point."""
    shape = (len(singles),)
    for i, one in enumerate(singles):
        for found, wanted in zip(everything(many), everything(one), strict=True):
            assert relative(np.broadcast_to(found, shape + np.shape(wanted))[i], wanted) < 1e-10


@pytest.mark.parametrize("path", PATHS)
def test_a_batch_over_one_field_is_its_single_stacks(path):
    """Catches a tensor whose shape forgets the batch of one of its fields, or broadcasts it along a component."""
    stack = five_layers(10, **EVERY, **ENDS)
    base = np.asarray(value_at(stack, path))
    batch = np.stack([base * x for x in (0.9, 0.97, 1.01, 1.03)])
    if base.shape:
        batch = np.stack([base, base * [1.2, 0.7, 1.0], base * [0.9, -1.1, 1.0], base * [-0.4, 1.0, 1.0]])
    many = fs.solve_many(stack, {path: batch})
    compare(many, [fs.solve(with_values(stack, {path: x})) for x in batch])


def test_a_batch_between_two_voltages_is_its_single_stacks():
    """Catches the weights of drive and current columns meeting the wrong axis once there is a batch."""
    stack = five_layers(11, **EVERY, **CPP)
    d = np.array([1e-9, 2e-9, 4e-9])
    many = fs.solve_many(stack, {"layers.B.thickness": d})
    compare(many, [fs.solve(with_values(stack, {"layers.B.thickness": x})) for x in d])
    quiet = fs.solve_many(
        with_values(stack, {"drive.electric_field": np.zeros(3)}), {"boundaries.top.voltage": d * 1e6}
    )
    assert quiet.current_density().shape == (3,)


def test_a_grid_broadcasts():
    """Catches leading axes joined instead of broadcast: 3 thicknesses x 4 angles."""
    stack = five_layers(12)
    d, angle = np.array([[1e-9], [2e-9], [4e-9]]), np.array([-0.2, 0.1, 0.3, 0.5])
    many = fs.solve_many(stack, {"layers.C.thickness": d, "materials.N1.orbital_hall_angle": angle})
    assert many.torque("D").flux.shape == (3, 4, 3)
    for i, j in np.ndindex(3, 4):
        one = fs.solve(with_values(stack, {"layers.C.thickness": d[i, 0], "materials.N1.orbital_hall_angle": angle[j]}))
        assert relative(many.torque("D").flux[i, j], one.torque("D").flux) < 1e-11


def test_everything_in_one_batch():
    """Catches fields that batch one by one and collide together."""
    stack, rng, n = five_layers(13, **EVERY, **ENDS), np.random.default_rng(0), 6
    chosen = [p for p in PATHS if p.split(".")[0] in ("materials", "layers", "interfaces") and "conductivity" not in p]
    values = {}
    for path in chosen:
        base = np.asarray(value_at(stack, path))
        values[path] = base * (1 + 0.03 * rng.uniform(-1, 1, (n, *base.shape)))
    many = fs.solve_many(stack, values)
    compare(many, [fs.solve(with_values(stack, {path: x[i] for path, x in values.items()})) for i in range(n)])


def test_solve_refuses_unknown_words():
    """Catches a misspelt closure or method that falls back to the default in silence."""
    stack = five_layers()
    with pytest.raises(
        fs.InputError, match=r"closure: got 'conserve', known: conserving, ning24\. Did you mean 'conserving'"
    ):
        fs.solve(stack, closure="conserve")
    known = r"method: got 'exakt', known: boltzmann, exact, fem\. Did you mean 'exact'"
    with pytest.raises(fs.InputError, match=known):
        fs.solve(stack, method="exakt")


def test_closure_of_the_call_and_of_the_stack_are_one():
    """Catches a closure read from the stack in one place and from the call in another."""
    with pytest.warns(fs.PhysicsWarning):
        called = fs.solve(five_layers(), closure="ning24")
    with pytest.warns(fs.PhysicsWarning):
        stacked = fs.solve(five_layers(closure="ning24"))
    assert np.array_equal(called.torque("B").flux, stacked.torque("B").flux)
    for solution in (called, stacked):
        assert solution.torque("B").exchange is None
        assert any("breaks Onsager" in text for text in solution.report.warnings)
    assert relative(fs.solve(five_layers()).torque("B").flux, called.torque("B").flux) > 1e-3


def test_broken_reciprocity_warns_and_is_reported():
    """Catches a PhysicsWarning that is lost on the way to the report."""
    stack = with_values(five_layers(), {"materials.F1.spin_to_orbit": 0.3})
    with pytest.warns(fs.PhysicsWarning, match="Onsager reciprocity is broken; give only one of the two"):
        solution = fs.solve(stack)
    assert solution.report.warnings and "materials.F1" in solution.report.warnings[0]
    assert solution.report.method == "exact" and solution.report.seconds > 0


def test_a_solution_off_by_more_than_its_tolerance_is_refused(monkeypatch):
    """Catches a wrong solution handed out without a word."""
    monkeypatch.setattr("femsot.studies.solve.TOLERANCE", 1e-30)
    with pytest.raises(fs.SolveError, match="of the largest current, allowed"):
        fs.solve(five_layers())


def test_both_methods_agree():
    """Catches finite elements and exact solver that read one stack differently (P2 on the default mesh: 1e-3)."""
    stack = five_layers(14, **EVERY, **CPP)
    exact, fem = (fs.solve(stack, method=method) for method in ("exact", "fem"))
    assert fem.report.method == "fem"
    for name in "BD":
        assert relative(fem.torque(name).flux, exact.torque(name).flux) < 1e-3
    assert relative(fem.current_density(), exact.current_density()) < 1e-4


def test_import_loads_neither_finite_elements_nor_drawing():
    """Seconds that every `import femsot` would pay for what it may never use."""
    heavy = {"skfem", "pyamg", "matplotlib", "pyvista", "meshio", "pint"}
    code = f"import sys, femsot; print(sorted({heavy!r} & set(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
    assert fs.DeviceSolution.__name__ == "DeviceSolution"
