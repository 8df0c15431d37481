"""What no choice of axes, numbers, names or kind of contact may change; reciprocity and the second law."""

from dataclasses import replace
from itertools import permutations, product

import numpy as np
import pytest
from device_cases import FS, MIXING, NM, NS, F, M, N, laws, scattering
from oracle import relative

import femsot as fs
from femsot.base.components import rotation
from femsot.model.device import Device, Region, Terminal
from femsot.model.mesh import Level, Mesh, grid, layered
from femsot.model.mesh.facets import DIMENSION
from femsot.studies.device import solve_device

R = rotation(np.array([1.0, -2.0, 0.5]), 2.1)
CAP = replace(NS, name="C", conductivity=3e6, spin_hall_angle=-0.05)
VOLTAGES = {"left": Terminal(voltage=0.0), "right": Terminal(voltage=1e-3)}


def dot_mesh(kind):
    """A strip n with a dot f in the middle of a cap c: the interface f|c has five normals in 3D."""
    x = np.linspace(0, 6, 7) * NM
    inside = lambda p: np.abs(p - 3 * NM).max(axis=1) < NM  # noqa: E731
    if DIMENSION[kind] == 2:
        names = lambda p: np.where(p[:, 1] < 2 * NM, "n", np.where(inside(p), "f", "c"))  # noqa: E731
        return sides(grid(x, x, kind=kind, parts=names, plane="xz"), 6 * NM)
    foot = grid(
        x, x, kind="quad" if kind == "hexahedron" else "triangle", parts=lambda p: np.where(inside(p), "d", "r")
    )
    levels = [Level(2 * NM, "n", size=NM), Level(2 * NM, {"d": "f", "r": "c"}, size=NM), Level(1 * NM, "c")]
    return layered(levels, footprint=foot, contacts={"left": "x-", "right": "x+"})


def sides(mesh, length, depth=5 * NM):
    rows, beside = mesh.facets()
    outer = rows[beside[:, 1] < 0]
    x = mesh.points[outer][:, :, 0]
    faces = {"left": outer[np.all(x == 0, axis=1)], "right": outer[np.all(x == length, axis=1)]}
    return replace(mesh, faces=faces, depth=depth)


def dot(kind, law, *, m=M, **given):
    regions = {"n": Region(NS), "f": Region(FS, m), "c": Region(CAP)}
    return Device(dot_mesh(kind), regions, {"n|f": law} | given, VOLTAGES)


def seen(solution):
    """phi and spin potentials of every region, torque on f in all [A], contact currents."""
    torque, size = solution.torque("f"), solution.footprint("f")
    mu = np.concatenate([r.mu for r in solution.regions.values()])
    return (
        mu,
        np.array([torque.flux, torque.exchange, torque.interface]) * size,
        [c for _, c in solution.contacts.values()],
    )


def turned(device, r):
    """The whole device turned."""
    regions = {
        n: replace(x, magnetization=None if x.magnetization is None else r @ x.magnetization)
        for n, x in device.regions.items()
    }
    own = {
        n: replace(law, magnetization=r @ law.magnetization) if getattr(law, "magnetization", None) is not None else law
        for n, law in device.interfaces.items()
    }
    return replace(device, mesh=replace(device.mesh, points=device.mesh.points @ r.T), regions=regions, interfaces=own)


SPIN = laws() | {
    "ohmic": fs.Ohmic(charge=1e15, polarization=0.3),
    "mixing": replace(MIXING, orbital=0.0, orbit_to_spin=0.0),
    "memory_loss": replace(laws()["memory_loss"], orbital=0.0),
    "scattering": scattering(),
    "without field": fs.Scattering(fermi_wavevector=16e9, barrier=0.4, exchange=0.3, rashba=0.3),
}
#: with the magnet below; the field of Rashba coupling points along the normal, here the other way
BELOW = SPIN | {"scattering": scattering(relaxation_time=((1e-15, 0.6e-15), 1e-15), rashba=-0.3)}
TURNED = [name for name in SPIN if name not in ("matrix", "insulating")]


@pytest.mark.parametrize("law", TURNED)
@pytest.mark.parametrize("kind", ["hexahedron", pytest.param("tetra", marks=pytest.mark.slow)])
def test_a_turned_device_gives_turned_torques(kind, law):
    """Catches a law with a plane of its own (Rashba) that stays in the plane of x and y, field sources or not."""
    device = dot(kind, SPIN[law])
    one, other = (seen(solve_device(d, order=1)) for d in (device, turned(device, R)))
    for a, b in ((one[0][:, 1:4] @ R.T, other[0][:, 1:4]), (one[0][:, 0], other[0][:, 0]), (one[1] @ R.T, other[1])):
        assert relative(b, a) < 1e-10
    assert relative(other[2], one[2]) < 1e-10


@pytest.mark.slow
@pytest.mark.parametrize("law", ["scattering", "without field"])
def test_a_law_with_several_normals_turns_too(law):
    """The same on the five sides of the dot, where the frames of neighbouring facets differ."""
    device = dot("hexahedron", SPIN["mixing"], **{"f|c": BELOW[law]})
    one, other = (seen(solve_device(d, order=1)) for d in (device, turned(device, R)))
    assert relative(other[0][:, 1:4], one[0][:, 1:4] @ R.T) < 1e-10
    assert relative(other[1], one[1] @ R.T) < 1e-10


def test_a_law_with_its_own_magnetization_turns_too():
    """Catches an own direction that is read in the frame of the interface."""
    own = scattering(magnetization=(0.6, 0.0, 0.8), ferromagnet="both", relaxation_time=(1e-15, 1e-15))
    device = Device(
        replace(dot_mesh("hexahedron")),
        {n: Region(x) for n, x in zip("nfc", (NS, CAP, CAP), strict=True)},
        {"n|f": own},
        VOLTAGES,
    )
    solutions = [solve_device(d, order=1) for d in (device, turned(device, R))]
    one, other = (np.array(x.current("n|f")) for x in solutions)
    assert relative(other[:, 1:4], one[:, 1:4] @ R.T) < 1e-10
    through = abs(solutions[0].contacts["left"][1])  # little of it goes into the dot, and what does comes back
    assert np.abs(other[:, 0] - one[:, 0]).max() < 1e-13 * through


def own_orders(kind):
    """Right-handed numberings of the vertices of one cell."""
    if kind in ("triangle", "quad"):
        n = 3 if kind == "triangle" else 4
        return [list(np.roll(range(n), i)) for i in range(n)]
    if kind == "tetra":
        return [p for p in permutations(range(4)) if round(np.linalg.det(np.eye(4)[list(p)])) == 1]
    corner = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]]) - 0.5
    found = []
    for axes, signs in product(permutations(range(3)), product((1, -1), repeat=3)):
        r = np.eye(3)[list(axes)] * np.array(signs)
        if np.linalg.det(r) > 0:
            found.append([int(np.flatnonzero(np.all(corner == c, axis=1))[0]) for c in corner @ r])
    return found


def shuffled(mesh):
    """Vertices, cells, faces, and the vertices of each in random order; and the old number of each new vertex."""
    rng = np.random.default_rng(5)
    old, cells = rng.permutation(len(mesh.points)), rng.permutation(len(mesh.cells))
    new = np.argsort(old)
    orders = np.array(own_orders(mesh.kind))[rng.integers(len(own_orders(mesh.kind)), size=len(cells))]
    rows = new[np.take_along_axis(mesh.cells[cells], orders, axis=1)]
    place = np.argsort(cells)
    regions = {name: rng.permutation(place[own]) for name, own in mesh.regions.items()}
    faces = {name: np.roll(new[rng.permutation(own)], 1, axis=1) for name, own in mesh.faces.items()}
    return Mesh(mesh.points[old], rows, mesh.kind, regions, faces, mesh.plane, mesh.depth), old


@pytest.mark.parametrize("order", [1, pytest.param(2, marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", ["triangle", "quad", "tetra", "hexahedron"])
def test_random_numbers_of_vertices_and_cells_change_nothing(kind, order):
    """Catches facets matched by the order of their vertices, other quadrature points, a normal taken from one facet.

    The law with a plane of its own is in 2D that of the three sides of the dot.
    """
    flat = DIMENSION[kind] == 2
    names = ("mixing", "scattering") if flat else ("scattering", "mixing")
    device = dot(kind, SPIN[names[0]], **{"f|c": BELOW[names[1]]})
    mesh, old = shuffled(device.mesh)
    one, other = (solve_device(d, order=order) for d in (device, replace(device, mesh=mesh)))
    for name in "nfc":
        vertices = [np.unique(m.cells[m.regions[name]]) for m in (device.mesh, mesh)]
        mine = np.searchsorted(vertices[0], old[vertices[1]])
        assert relative(other.regions[name].mu, one.regions[name].mu[mine]) < 1e-9
    assert relative(seen(other)[1], seen(one)[1]) < 1e-9
    assert relative(seen(other)[2], seen(one)[2]) < 1e-9


def test_a_device_almost_upside_down():
    """Catches a frame that loses digits where the normal is near -z."""
    over = rotation(np.array([1.0, 0.3, 0.0]), np.pi - 1e-5)
    device = dot("quad", SPIN["scattering"])
    mesh = replace(periodic("hexahedron"), periodic=())
    device = replace(device, mesh=mesh)
    one, other = (seen(solve_device(d, order=1)) for d in (device, turned(device, over)))
    assert relative(other[1], one[1] @ over.T) < 1e-10


@pytest.mark.parametrize("law", ["ohmic", "mixing", "memory_loss", "scattering"])
@pytest.mark.parametrize("kind", ["quad", pytest.param("hexahedron", marks=pytest.mark.slow)])
def test_an_interface_named_the_other_way_is_the_same(kind, law):
    """Catches a normal that follows the mesh instead of the name."""
    device = dot(kind, SPIN[law])
    other = replace(device, interfaces={"f|n": BELOW[law]})
    found, back = (solve_device(d, order=1) for d in (device, other))
    for a, b in zip(seen(found), seen(back), strict=True):
        assert relative(b, a) < 1e-10
    assert relative(np.array(back.current("f|n")), -np.array(found.current("n|f"))[::-1]) < 1e-10
    one, two = found.interfaces["n|f"], back.interfaces["f|n"]
    assert np.allclose(one.normal, -two.normal) and np.all(one.normal[:, 2] > 0.9)
    assert relative(two.J_minus, -one.J_plus) < 1e-9
    assert np.abs(two.torque_lattice - one.torque_lattice).max() < 1e-9 * np.abs(one.J_minus[:, 1:]).max()


def cross(plane="xy", m=M, *, contacts=None, kind="quad"):
    """A Hall cross with arms of 2 nm: one film, or a normal metal under it with an interface that mixes."""
    x = np.linspace(0, 6, 7) * NM
    arms = lambda p: np.where(np.abs(p - 3 * NM).min(axis=1) < NM, "f", "")  # noqa: E731
    foot = grid(x, x, kind=kind, parts=arms)
    where = {"w": "x-", "e": "x+", "s": "y-", "n": "y+"}
    contacts = contacts or {}
    if plane == "xyz":
        mesh = layered([Level(NM, "b"), Level(NM, "f")], footprint=foot, contacts=where)
        regions = {"b": Region(N), "f": Region(F, m)}
        return Device(mesh, regions, {"b|f": MIXING}, contacts)
    rows, beside = foot.facets()
    outer, faces = rows[beside[:, 1] < 0], {}
    for name, side in where.items():
        along = foot.points[outer][:, :, "xy".index(side[0])]
        faces[name] = outer[np.all(along == (0 if side[1] == "-" else x[-1]), axis=1)]
    mesh = replace(foot, faces=faces, depth=2.5 * NM)
    return Device(mesh, {"f": Region(F, m)}, {}, contacts)


def conductance(plane, m, order):
    """G_ij = I_i/V_j (4, 4) [S]."""
    columns = []
    for j in range(4):
        given = {
            n: Terminal(voltage=float(i == j), spin="blocked" if n == "e" else "sink") for i, n in enumerate("wesn")
        }
        columns.append([c for _, c in solve_device(cross(plane, m, contacts=given), order=order).contacts.values()])
    return np.array(columns).T


@pytest.mark.parametrize(("plane", "order"), [("xy", 1), ("xy", 2), ("xyz", 1)])
def test_a_hall_cross_is_reciprocal_and_passive(plane, order):
    """G_ij(m) = G_ji(-m); catches a Hall term without its inverse, a polarisation one way only, a leak of charge."""
    g, back = conductance(plane, M, order), conductance(plane, -M, order)
    assert relative(back.T, g) < 1e-9
    assert np.abs(g - g.T).max() > 1e-3 * np.abs(g).max()
    assert np.abs(g.sum(axis=0)).max() < 1e-9 * np.abs(g).max() and np.abs(g.sum(axis=1)).max() < 1e-9 * np.abs(g).max()
    assert np.linalg.eigvalsh(g + g.T)[0] > -1e-9 * np.abs(g).max() and np.linalg.eigvalsh(g + g.T)[1] > 0


@pytest.mark.parametrize("plane", ["xy", "xyz"])
def test_current_contacts_are_voltage_contacts(plane):
    """Floating probes, imposed currents with a voltage elsewhere, and currents alone: one solution."""
    volts = {n: Terminal(voltage=v) for n, v in zip("wesn", (0.0, 1e-3, 4e-4, 5e-4), strict=True)}
    first = solve_device(cross(plane, contacts=volts), order=1)
    flow = {n: c for n, (_, c) in first.contacts.items()}
    probe = {n: volts[n] if n == "w" else Terminal(current=flow[n]) for n in volts}
    alone = {n: Terminal(current=flow[n]) for n in volts}
    level = np.array([v for v, _ in first.contacts.values()])
    for given, shift in ((probe, 0.0), (alone, None)):
        other = solve_device(cross(plane, contacts=given), order=1)
        found = np.array([v for v, _ in other.contacts.values()])
        assert relative(found - found[0], level - level[0]) < 1e-9
        assert shift is None or abs(found[0]) < 1e-12
        assert relative([c for _, c in other.contacts.values()], list(flow.values())) < 1e-9
        assert relative(other.regions["f"].mu[:, 1:], first.regions["f"].mu[:, 1:]) < 1e-9
        assert other.report.charge_balance < 1e-8


def test_hall_voltage_of_floating_probes_turns_with_m():
    """Catches a floating contact that takes current, or several that share one potential."""
    given = {"w": Terminal(voltage=0.0), "e": Terminal(voltage=1e-3)} | {n: Terminal(current=0.0) for n in "sn"}
    hall = []
    for m in ((0, 0, 1), (0, 0, -1), (1, 0, 0)):
        contacts = solve_device(cross(m=np.array(m, dtype=float), contacts=given), order=2).contacts
        assert max(abs(contacts[n][1]) for n in "sn") < 1e-9 * abs(contacts["w"][1])
        hall.append(contacts["n"][0] - contacts["s"][0])
    assert hall[0] == pytest.approx(-hall[1], rel=1e-9) and abs(hall[0]) > 1e-6
    assert abs(hall[2]) < 1e-9 * abs(hall[0])
    # J_y = sigma E_y + sigma_AH m_z eps_yxz E_x = 0 and E_x > 0 from w to e is -1e-3 V: the sign of the contract
    assert np.sign(hall[0]) == np.sign(1e-3)


def periodic(kind):
    """The dot's cross-section as a strip that is periodic along y, one cell deep."""
    flat = dot_mesh("quad")
    points = np.concatenate([np.insert(flat.points, 1, y, axis=1) for y in (0.0, flat.depth)])
    step = len(flat.points)
    up = lambda rows: np.concatenate([rows, rows[:, ::-1] + step], axis=1)  # noqa: E731
    cells = np.concatenate([flat.cells + step, flat.cells], axis=1)
    faces = {name: up(rows) for name, rows in flat.faces.items()}
    return Mesh(points, cells, "hexahedron", flat.regions, faces, periodic=("y",))


@pytest.mark.parametrize("order", [1, 2])
def test_a_cross_section_is_a_box_that_is_uniform_along_y(order):
    """Catches a depth left out, and Hall currents along y, where a cross-section has no points."""
    flat = dot("quad", SPIN["scattering"], **{"f|c": SPIN["mixing"]})
    box = replace(flat, mesh=periodic("hexahedron"))
    for field in ((0, 0, 0), (0, 2e5, 0)):
        one, other = (seen(solve_device(replace(d, electric_field=field), order=order)) for d in (flat, box))
        assert relative(other[1], one[1]) < 1e-9
        assert relative(other[2], one[2]) < 1e-9


def test_superposition():
    """Catches a drive that changes the matrix, is counted twice, or does not enter linearly."""
    base = dot("quad", SPIN["scattering"])
    both = seen(solve_device(replace(base, electric_field=(0, 6e5, 0)), order=1))
    field = replace(base, contacts={n: Terminal(voltage=0.0) for n in VOLTAGES}, electric_field=(0, 2e5, 0))
    voltage, field = (seen(solve_device(d, order=1)) for d in (base, field))
    for i in range(3):
        assert relative(np.add(voltage[i], 3 * np.asarray(field[i])), both[i]) < 1e-9


@pytest.mark.parametrize("kind", ["triangle", "quad", "tetra", pytest.param("hexahedron", marks=pytest.mark.slow)])
def test_charge_and_angular_momentum_balance(kind):
    """Sum of contact currents, and the budget of every region, below 1e-8 of the largest; the power is positive."""
    solution = solve_device(dot(kind, SPIN["scattering"], **{"f|c": SPIN["memory_loss"]}), order=2)
    assert solution.report.charge_balance < 1e-8
    assert all(solution.budget(name).residual < 1e-8 for name in "nfc")
    assert sum(v * c for v, c in solution.contacts.values()) > 0
    budget = solution.budget("f")
    assert relative(budget.exchange + budget.spin_flip + budget.orbital_exchange, budget.flux) < 1e-8
    into = sum(
        np.array(solution.current(n))[1 if n.endswith("f") else 0] * (1 if n.endswith("f") else -1)
        for n in ("n|f", "f|c")
    )[1:4]
    assert relative(into / solution.footprint("f"), budget.flux) < 1e-8
    assert (
        relative(solution.fields.deposit("f")[1].sum(axis=0) / solution.footprint("f"), solution.torque("f").received)
        < 1e-8
    )
