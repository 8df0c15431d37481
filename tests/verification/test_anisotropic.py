"""A conductivity that knows directions, every row of docs/physics.md section 2: all ways of solving agree.

A magnet with anisotropic magnetoresistance, spin of the anomalous Hall current, spin Hall effects relative to m and
swapping, on a crystal whose spin Hall tensor has no symmetry; m in no plane.
"""

from dataclasses import replace

import numpy as np
import pytest
from device_cases import KINDS, NM, pairs, uniform_device
from oracle import reference, relative, unit
from random_stacks import CPP

import femsot as fs
from femsot.materials.tensors import conductivity, relaxation
from femsot.model.device import Device, Region, Terminal
from femsot.model.mesh import Level, grid, layered
from femsot.solvers import fem
from femsot.solvers.fem.bulk import metals
from femsot.solvers.fem.equations import equations
from femsot.studies.device import solve_device

pytestmark = pytest.mark.filterwarnings("ignore:.*mean free path")
M = unit([0.4, -0.5, 0.7])
BASE = dict(conductivity=2e6, spin_diffusion_length=2 * NM, spin_conductivity=1.6e6)
ORBIT = dict(orbital_conductivity=5e5, orbital_diffusion_length=3 * NM)
MAGNET = BASE | dict(
    polarization=0.3,
    parallel_conductivity=1.7e6,
    parallel_polarization=0.4,
    anomalous_hall_conductivity=9e4,
    anomalous_hall_polarization=0.6,
    spin_hall_conductivity=2e5,
    spin_hall_parallel=3.1e5,
    spin_hall_rotated=1.3e5,
    spin_swapping=0.2,
    exchange_length=1.4 * NM,
    dephasing_length=1.6 * NM,
    saturation_magnetization=8e5,
)


def trilayer(**drive):
    """Altermagnet | magnet, the Neel vector and m in no plane."""
    splitter = 3e5 * np.array([[0.6, 1.0, -0.4], [1.0, -0.3, 0.7], [-0.4, 0.7, 0.9]])
    below = fs.Altermagnet(name="A", **BASE, spin_splitter=splitter, dephasing_length=1.5 * NM)
    layers = [
        fs.Layer("N", below, 2 * NM, neel=(0.3, 0.8, -0.4)),
        fs.Layer("F", fs.Ferromagnet(name="F", **MAGNET), 1.5 * NM, magnetization=M),
        fs.Layer("T", fs.NormalMetal(name="N", **BASE), 1 * NM),
    ]
    return fs.Stack(layers, **dict(electric_field=(1e5, 5e4, 0.0)) | drive)


def bilayer(*, orbital=True, m=M, **drive):
    """Crystal | magnet | crystal; by default a field in the plane."""
    cubes = 2e5 * np.random.default_rng(1).normal(size=(2, 3, 3, 3))
    crystal = BASE | dict(spin_hall_tensor=cubes[0], spin_swapping=0.1)
    magnet = dict(MAGNET)
    if orbital:
        crystal |= ORBIT | dict(orbital_hall_tensor=cubes[1])
        magnet |= ORBIT | dict(orbit_to_spin=0.2, orbital_swapping=-0.3, orbital_hall_conductivity=1e5)
    normal = fs.NormalMetal(name="N", **crystal)
    layers = [
        fs.Layer("N", normal, 2 * NM),
        fs.Layer("F", fs.Ferromagnet(name="F", **magnet), 1.5 * NM, magnetization=m),
        fs.Layer("T", normal, 1 * NM),
    ]
    return fs.Stack(layers, **dict(electric_field=(1e5, 5e4, 0.0)) | drive)


DRIVES = {
    "field": {},
    "pumping": dict(magnetization_rate={"F": (1e10, 2e10, 0.0)}),
    "voltage": CPP,
    "current": dict(bottom=fs.Contact(current_density=1e10), top=fs.Contact(voltage=0.0)),
}


STACKS = {
    "crystal": lambda **drive: bilayer(orbital=False, **drive),
    "orbital crystal": lambda **drive: bilayer(orbital=True, **drive),
    "altermagnet": trilayer,
}


@pytest.mark.parametrize("make", STACKS)
@pytest.mark.parametrize("drive", DRIVES)
def test_exact_equals_matrix_exponentials(drive, make):
    """Catches the axial map used where C is not axial, and a budget or residual that hides it."""
    stack = STACKS[make](**DRIVES[drive])
    solution = fs.solve(stack)
    potentials, currents = reference(stack)
    for layer, mu, J in zip(solution.fields.layers, potentials, currents, strict=True):
        assert relative(layer.J, J) < 1e-12
        level = layer.mu[0, 0] - mu[0, 0]
        assert relative(layer.mu - level * np.eye(7)[0], mu) < 1e-12
    assert solution.report.residual < 1e-13
    assert all(solution.budget(name).residual < 1e-13 for name in ("N", "F", "T"))


@pytest.mark.parametrize("drive", DRIVES)
def test_finite_elements_of_the_stack_agree(drive):
    """Catches a term of C that finite elements leave out, or a mesh made for other decay lengths."""
    stack = bilayer(**DRIVES[drive])
    exact, default = fs.solve(stack), fs.solve(stack, method="fem")
    for ours, theirs in zip(fem.solve(stack, cells_per_length=24).layers, exact.fields.layers, strict=True):
        assert relative(ours.J, theirs.J) < 2e-8
        assert relative(ours.integral, theirs.integral) < 2e-8
    for name in ("N", "F", "T"):
        assert relative(default.sheet_current(name), exact.sheet_current(name)) < 1e-7
    assert relative(default.torque("F").received, exact.torque("F").received) < 5e-7


#: element -> cells per layer, and what the error of P2 is there
ELEMENTS = {"quad": (24, 1e-7), "triangle": (12, 1e-6), "hexahedron": (10, 2e-6), "tetra": (4, 1e-4)}


def check_device(solution, exact, limit):
    """Torques, budgets and currents of a device that is a stack."""
    integrals = {k: v for k, v in pairs(solution, exact).items() if k.split()[0] in ("torque", "budget", "current")}
    size = max(np.abs(wanted).max() for _, wanted in integrals.values())
    for name, (ours, wanted) in integrals.items():
        assert np.max(np.abs(ours - wanted)) < limit * size, name
    assert solution.report.charge_balance < 1e-8
    assert all(solution.budget(name).residual < 1e-8 for name in ("N", "F", "T"))


@pytest.mark.parametrize("drive", ["field", "voltage"])
@pytest.mark.parametrize("kind", ELEMENTS)
def test_devices_that_are_the_stack_agree(kind, drive):
    """Catches a pair of directions left out or counted twice, on every element, in two and three dimensions."""
    stack = bilayer(orbital=False, **DRIVES[drive])
    cells, limit = ELEMENTS[kind]
    solution = solve_device(uniform_device(stack, kind, cells=cells), order=2, solver="direct")
    check_device(solution, fs.solve(stack), limit)


@pytest.mark.parametrize("kind", ["quad", "hexahedron"])
def test_an_altermagnet_in_a_device(kind):
    """Catches a Neel vector that devices do not see."""
    stack = trilayer()
    cells, limit = ELEMENTS[kind]
    solution = solve_device(uniform_device(stack, kind, cells=cells), order=2, solver="direct")
    check_device(solution, fs.solve(stack), limit)


@pytest.mark.parametrize("kind", KINDS)
def test_every_pair_of_directions_has_its_matrix(kind):
    """Catches a pair that a uniform device never sees: the power of affine v and u is exact."""
    x, y, z = (np.linspace(0, size * NM, 3) for size in (10.0, 20.0, 15.0))
    if kind in ("tetra", "hexahedron"):
        footprint = grid(x, y, kind="quad" if kind == "hexahedron" else "triangle")
        mesh = layered([Level(15 * NM, "F", size=8 * NM)], footprint=footprint, contacts={"bottom": "z-", "top": "z+"})
        drive = dict(contacts={"bottom": Terminal(voltage=0.0), "top": Terminal(voltage=1e-3)})
    else:
        mesh = replace(grid(x, z, kind=kind, plane="xz", parts=lambda p: np.array(["F"] * len(p))), depth=NM)
        drive = dict(electric_field=(0.0, 1e5, 0.0))
    never = dict(spin_diffusion_length=np.inf, orbital_diffusion_length=np.inf)  # so that R = 0
    material = replace(bilayer().layers[1].material, exchange_length=None, dephasing_length=None, **never)
    device = Device(mesh, {"F": Region(material, M)}, **drive)
    system, axes = equations(device, order=1).system, list(device.axes)
    first, second = np.random.default_rng(1).normal(size=(2, len(axes), 7)) / NM
    C = conductivity(material.bulk(), M)[:, axes][..., axes]
    wanted = np.einsum("ia,aibj,jb->", first, C, second) * np.abs(mesh.volumes).sum()
    u, v = system.points @ second, system.points @ first
    power = sum(np.sum(v * (term.matrix @ u @ term.tensor.T)) for term in system.terms)
    assert power == pytest.approx(wanted, rel=1e-11)


@pytest.mark.parametrize("kind", ["quad", "tetra"])
def test_the_preconditioner_takes_any_conductivity(kind):
    """Catches multigrid that assumes components alike: GMRES reaches its tolerance in as many steps as without AMR."""
    plain = bilayer(orbital=False, **CPP)
    layers = [replace(x, material=isotropic(x)) for x in plain.layers]
    solutions = {}
    for name, stack in (("rows", plain), ("plain", replace(plain, layers=tuple(layers)))):
        device = uniform_device(stack, kind, cells=8)
        solutions[name] = solve_device(device, order=1, solver="krylov")
        direct = solve_device(device, order=1, solver="direct")
        assert relative(np.array(solutions[name].current("N|F")), np.array(direct.current("N|F"))) < 1e-8
    assert solutions["rows"].report.iterations <= 2 * solutions["plain"].report.iterations


def isotropic(layer):
    """The same metal without what knows directions."""
    if layer.material.magnetic:
        plain = {k: v for k, v in MAGNET.items() if k in (*BASE, "polarization", "exchange_length", "dephasing_length")}
        return fs.Ferromagnet(name=layer.name, **plain)
    return fs.NormalMetal(name=layer.name, **BASE)


def test_a_texture_expands_the_whole_conductivity():
    """Catches monomials of degree 2 where anisotropic magnetoresistance needs degree 4."""
    stack = bilayer()
    device = uniform_device(stack, "quad", cells=2)
    regions = dict(device.regions)
    regions["F"] = Region(stack.layers[1].material, texture)
    metal = metals(replace(device, regions=regions), 1)["F"]
    directions = np.array([unit(v) for v in np.random.default_rng(5).normal(size=(9, 3))])
    wanted = conductivity(metal.bulk, directions)
    assert relative(metal.C.at(directions), wanted) < 1e-12
    assert relative(metal.R.at(directions), relaxation(metal.bulk, directions)) < 1e-12


def texture(x):
    """A magnetization that turns along x."""
    angle = x[:, 0] / NM
    return np.stack([np.cos(angle), np.sin(angle), 0.5 + 0 * angle], axis=-1)


def test_power_is_never_created():
    """Catches a symmetric part of the wrong sign: J_c V of contacts is the heat, for any direction of m."""
    for m in np.random.default_rng(2).normal(size=(20, 3)):
        solution = fs.solve(bilayer(m=unit(m), electric_field=(0.0, 0.0, 0.0), **CPP))
        low, high = (solution.stack.bottom.voltage, solution.stack.top.voltage)
        assert solution.fields.layers[0].J[0, 0] * (low - high) > 0


def test_batches_of_directions_and_numbers_are_single_stacks():
    """Catches a row that does not broadcast: m, AMR and the tensors swept together."""
    m = np.array([unit(v) for v in np.random.default_rng(4).normal(size=(5, 3))])
    along = np.linspace(1.2e6, 2.5e6, 5)
    cubes = 1e5 * np.random.default_rng(6).normal(size=(5, 3, 3, 3))
    values = {
        "layers.F.magnetization": m,
        "materials.F.parallel_conductivity": along,
        "materials.N.spin_hall_tensor": cubes,
    }
    batch = fs.solve_many(bilayer(), values)
    for i in range(5):
        single = fs.solve_many(bilayer(), {path: value[i] for path, value in values.items()})
        for ours, theirs in zip(batch.fields.layers, single.fields.layers, strict=True):
            assert relative(ours.J[i], theirs.J) < 1e-12


@pytest.mark.filterwarnings("ignore:.*neither exchange_length nor dephasing_length:femsot.PhysicsWarning")
def test_anisotropic_magnetoresistance_of_a_film():
    """Catches sigma_par mixed up with sigma: the in-plane current of a thick magnet along and across E."""
    film = [
        fs.Layer("F", fs.Ferromagnet(name="F", **BASE, parallel_conductivity=1.5e6), 50 * NM, magnetization=(1, 0, 0))
    ]
    for m, sigma in (((1, 0, 0), 1.5e6), ((0, 1, 0), 2e6), ((0, 0, 1), 2e6)):
        stack = fs.Stack([replace(film[0], magnetization=m)], electric_field=(1e5, 0.0, 0.0))
        assert fs.solve(stack).sheet_current("F")[0] == pytest.approx(sigma * 1e5 * 50 * NM, rel=1e-12)
    tilted = fs.solve(fs.Stack([replace(film[0], magnetization=(1, 1, 0))], electric_field=(1e5, 0.0, 0.0)))
    assert tilted.sheet_current("F") == pytest.approx(np.array([1.75e6, -0.25e6]) * 1e5 * 50 * NM, rel=1e-12)


def test_out_of_plane_spin_of_a_crystal():
    """Catches S_aik with flow and moment exchanged: S_zzx alone sends moment z along z for E along x alone."""
    cube = np.zeros((3, 3, 3))
    cube[2, 2, 0] = 3e5
    normal = fs.NormalMetal(name="N", conductivity=1e6, spin_diffusion_length=2 * NM, spin_hall_tensor=cube)
    layers = [fs.Layer("N", normal, 40 * NM)]
    solution = fs.solve(
        fs.Stack(layers, electric_field=(1e5, 0.0, 0.0), top=fs.Reservoir(components=("sx", "sy", "sz")))
    )
    flow = solution.fields.layers[0].J[1, 1:4]
    wanted = 3e5 * 1e5 * (1 - 1 / np.cosh(20.0))
    assert flow == pytest.approx([0.0, 0.0, wanted], abs=1e-9 * wanted)
    other = fs.solve(fs.Stack(layers, electric_field=(0.0, 1e5, 0.0)))
    assert np.abs(other.fields.layers[0].J[:, 1:]).max() == 0.0


def test_profiles_inside_a_layer_are_those_of_a_stack_cut_there():
    """Catches a map of points in a layer that is not axial: cut at the point, the two halves say the same."""
    whole = bilayer()
    first = whole.layers[0]
    for share in (0.1, 0.5, 0.95):
        depth = share * first.thickness
        halves = [fs.Layer("N", first.material, depth), fs.Layer("M", first.material, first.thickness - depth)]
        cut = fs.solve(fs.Stack([*halves, *whole.layers[1:]], electric_field=whole.electric_field))
        mu, J = fs.solve(whole).fields.layers[0].at(np.array([0.3 * depth, depth]))
        assert relative(J[1], cut.fields.layers[0].J[1]) < 1e-12
        assert relative(mu[1] - mu[1, 0] * np.eye(7)[0], (cut.fields.layers[0].mu[1] * (np.arange(7) > 0))) < 1e-12
