"""Manufactured solutions: potentials that jump at a zigzag interface with unequal currents on its two sides.

Fluxes and relaxation are written out again here with explicit vectors; their divergence is a complex-step derivative.
Loads of volume, outer faces and interface are integrated by this file and added to the system of the device.
"""

from dataclasses import replace

import numpy as np
import pytest
from device_cases import MIXING, NM, F, M, N, laws, scattering
from oracle import number

import femsot as fs
from femsot.base.components import EPS, cross_matrix
from femsot.model.device import Device, Region, Terminal
from femsot.model.mesh import Level, Mesh, grid, layered
from femsot.solvers.fem.equations import equations
from femsot.solvers.fem.linear import solve_linear

PLANES = {"xyz": (0, 1, 2), "xz": (0, 2), "xy": (0, 1)}
PERIOD, HEIGHT, SLOPE = 2 * NM, 1.5 * NM, 0.4
METALS = {
    "a": replace(N, name="a", spin_orbit_length=4 * NM, spin_conductivity=1.3e6),
    "b": replace(F, name="b", spin_conductivity=1.7e6, anomalous_hall_conductivity=4e5),
}


def zigzag(x):
    return SLOPE * np.abs((x / PERIOD) % 1 - 0.5) * PERIOD


def mesh(kind, n, plane="xz"):
    """Regions a below b; the interface and all that is parallel to it folded along x (and y), exact as it is."""
    steps = np.linspace(0, 1, 2 * n + 1)
    if plane == "xyz":
        foot = grid(PERIOD * steps, PERIOD / 2 * steps[::2], kind="quad" if kind == "hexahedron" else "triangle")
        levels = [Level(HEIGHT, name, size=HEIGHT / n) for name in "ab"]
        flat = layered(levels, footprint=foot, contacts={"low": "z-"})
        rise = zigzag(flat.points[:, 0]) + 0.6 * zigzag(flat.points[:, 1] + PERIOD / 2)
        return replace(flat, points=flat.points + rise[:, None] * [0, 0, 1])
    flat = grid(
        PERIOD * steps, 2 * HEIGHT * steps, kind=kind, parts=lambda p: np.where(p[:, 1] < HEIGHT, "a", "b"), plane=plane
    )
    rows, _ = flat.facets()
    low = rows[np.all(flat.points[rows][:, :, 1] == 0, axis=1)]
    points = flat.points + zigzag(flat.points[:, :1]) * [0, 1]
    return Mesh(points, flat.cells, kind, flat.regions, {"low": low}, plane=plane, depth=3 * NM)


def texture(x):
    """A magnetization that turns by about a radian across the device; analytic."""
    u = x / NM
    m = [1 + 0.3 * np.sin(u[..., 0]), np.sin(0.5 * u[..., 1] + 0.4 * u[..., 2]), np.cos(0.6 * u[..., 0] - 0.3)]
    m = np.stack(m, axis=-1)
    return m / np.sqrt((m * m).sum(-1, keepdims=True))


class Exact:
    """Potentials of one region, products of sines along the axes of the mesh, and what follows from them."""

    def __init__(self, name, plane, *, m, field):
        rng = np.random.default_rng("ab".index(name))
        self.x, self.m, self.field, self.axes = METALS[name], m, np.asarray(field), PLANES[plane]
        self.size = 1e-3 * rng.uniform(0.5, 1.5, 7)
        self.k, self.shift = rng.uniform(0.4, 0.9, (7, 3)) / NM, rng.uniform(0, 6, (7, 3))

    def _angles(self, x):
        return x[..., None, :] * self.k + self.shift

    def mu(self, x):
        """(..., 7)"""
        return self.size * np.prod(np.sin(self._angles(x))[..., self.axes], axis=-1)

    def slope(self, x):
        """(..., 7, 3), the imposed field taken off that of phi."""
        angle, found = self._angles(x), np.zeros((*x.shape[:-1], 7, 3), dtype=x.dtype)
        for i in self.axes:
            others = [j for j in self.axes if j != i]
            rest = np.prod(np.sin(angle)[..., others], axis=-1)
            found[..., i] = self.size * self.k[:, i] * np.cos(angle)[..., i] * rest
        found[..., 0, :] -= self.field
        return found

    def flux(self, x):
        """J (..., 7, 3), from the table of docs/physics.md section 2."""
        a, m, g = self.x, self.m(x), self.slope(x)
        c, s, o = g[..., 0, :], g[..., 1:4, :], g[..., 4:, :]
        p = getattr(a, "polarization", 0.0) * a.conductivity
        hall = [a.hall("spin"), a.hall("orbital")]
        p_os, p_so = a.conversion if a.magnetic else (0.0, 0.0)
        sigma_o = a.orbital_conductivity
        charge = -a.conductivity * c + p * np.einsum("...a,...ai->...i", m, s)
        charge -= getattr(a, "anomalous_hall_conductivity", 0.0) * np.cross(c, m)
        charge -= np.einsum("iak,...ak->...i", EPS, hall[0] * s + hall[1] * o)
        turned = np.einsum("iak,...k->...ai", EPS, c)
        spin = p * m[..., :, None] * c[..., None, :] - a.sigma_s * s - p_os * sigma_o * o - hall[0] * turned
        orbit = -sigma_o * o - p_so * a.sigma_s * s - hall[1] * turned
        return np.concatenate([charge[..., None, :], spin, orbit], axis=-2)

    def lost(self, x):
        """R mu (..., 7)"""
        a, m, mu = self.x, self.m(x), self.mu(x)
        s, o = mu[..., 1:4], mu[..., 4:]
        rate = s / a.spin_diffusion_length**2
        if a.magnetic:
            rate = rate + np.cross(s, m) / a.exchange_length**2 + np.cross(m, np.cross(s, m)) / a.dephasing_length**2
        p = getattr(a, "polarization", 0.0)
        spin = a.sigma_s * rate - p**2 * a.conductivity * (m * rate).sum(-1, keepdims=True) * m
        orbit = a.orbital_conductivity * o / a.orbital_diffusion_length**2
        drag = np.sqrt(a.sigma_s * a.orbital_conductivity) / number(a.spin_orbit_length, np.inf) ** 2 * (s - o)
        return np.concatenate([0 * mu[..., :1], spin + drag, orbit - drag], axis=-1)

    def body(self, x):
        """div J + R mu (..., 7)"""
        h, found = 1e-20 * NM, self.lost(x)
        for i in self.axes:
            found = found + self.flux(x + 1j * h * np.eye(3)[i])[..., i].imag / h
        return found


def law_current(law, exact, x, *, n):
    """J^- and J^+ (2, ..., 7) of a law, in the frame in which the normal is z, at the exact potentials."""
    m, shape = exact["b"].m(x).reshape(-1, 3), x.shape[:-1]
    mu = np.stack([exact[r].mu(x).reshape(-1, 7) for r in "ab"], axis=1)
    field = -np.mean([exact[r].slope(x)[..., 0, :] for r in "ab"], axis=0).reshape(-1, 3)
    found = np.zeros((len(m), 2, 7))
    for one in np.unique(np.round(n.reshape(-1, 3), 9), axis=0):
        at = np.all(np.abs(n.reshape(-1, 3) - one) < 1e-6, axis=1)
        axis = np.cross(one, [0, 0, 1])
        k = cross_matrix(axis)  # turns n into z about n x z
        turn = np.eye(3) + k + k @ k / (1 + one[2])
        seven = np.zeros((7, 7))
        seven[0, 0], seven[1:4, 1:4], seven[4:, 4:] = 1, turn, turn
        own = np.unique(m[at] @ turn.T, axis=0) if np.ptp(m[at], axis=0).max() < 1e-12 else m[at] @ turn.T
        made = law.map(None, own[:1] if len(own) == 1 else own)
        J = np.einsum("...satb,...tb->...sa", made.conductance, mu[at] @ seven.T)
        J = J + np.einsum("...sak,...k->...sa", made.field, (field[at] @ turn.T)[:, :2])
        found[at] = J @ seven
    return np.moveaxis(found.reshape(*shape, 2, 7), -2, 0)


def solved(device, law, exact, *, order):
    """The device with the loads of the exact potentials, which are held on the lowest face."""
    made = equations(device, order=order)
    load, values, degree = made.system.load.copy(), made.system.values.copy(), 2 * order + 5

    def add(region, part, density):
        amount = np.einsum("beq,eq,eqk->bek", part.value, part.weight, density)
        np.add.at(load, made.numbering.nodes[region][part.nodes], amount)

    rows, beside = device.mesh.facets()
    outer = beside[:, 1] < 0
    place = np.array(list(device.mesh.regions))[device.mesh.region[beside[outer, 0]]]
    for region, metal in made.metals.items():
        one = exact[region]
        for part in metal.space.inside(degree):
            add(region, part, one.body(part.x))
        part = metal.space.on(rows[outer][place == region], degree)
        add(region, part, -np.einsum("eqai,eqi->eqa", one.flux(part.x), part.normal))
        sign = 1.0 if region == "a" else -1.0
        part = metal.space.on(device.shared("a|b"), degree)
        n = sign * part.normal
        off = np.einsum("eqai,eqi->eqa", one.flux(part.x), n) - law_current(law, exact, part.x, n=n)["ab".index(region)]
        add(region, part, -sign * off)
        nodes = made.numbering.nodes[region]
        at = np.zeros((len(nodes), 3))
        at[:, list(device.axes)] = metal.space.nodes
        values[nodes] = np.where(made.system.held[nodes], one.mu(at), 0.0)
    return made, solve_linear(replace(made.system, load=load, values=values)).potentials


def errors(law, kind, n, *, order=1, plane="xz", m=lambda x: np.broadcast_to(M, x.shape)):
    """L2 errors over L2 sizes: potentials, jump and currents J^-, J^+ of the law at the interface."""
    from femsot.results.fields import DeviceFields

    field = np.array({"xyz": (0, 0, 0), "xz": (0, 3e5, 0), "xy": (0, 0, 3e5)}[plane], dtype=float)
    regions = {"a": Region(METALS["a"]), "b": Region(METALS["b"], m if m is texture else M)}
    low = {"low": Terminal(voltage=0.0)}
    device = Device(mesh(kind, n, plane), regions, {"a|b": law}, low, electric_field=field)
    exact = {name: Exact(name, plane, m=m, field=field) for name in "ab"}
    made, x = solved(device, law, exact, order=order)
    fields, off, size = DeviceFields(made, x), np.zeros(3), np.zeros(3)
    for region, metal in made.metals.items():
        for part in metal.space.inside(2 * order + 4):
            wanted, w = exact[region].mu(part.x), part.weight[..., None]
            off[0] += (w * (part.of(fields.potentials(region)) - wanted) ** 2).sum()
            size[0] += (w * wanted**2).sum()
    joint = made.joints["a|b"]
    mu, J, _ = fields.state(joint)
    w, points = joint.sampled.weight[..., None], joint.sampled.x
    jump = exact["a"].mu(points) - exact["b"].mu(points)
    currents = law_current(law, exact, points, n=joint.normal)
    spins = currents[..., 1:4]
    assert isinstance(law, fs.Ohmic) or np.ptp(spins, axis=0).max() > 1e-2 * np.abs(spins).max()
    for i, (one, other) in enumerate([(mu[0] - mu[1], jump), (J, currents)], start=1):
        off[i], size[i] = (w * (one - other) ** 2).sum(), (w * other**2).sum()
    return np.sqrt(off / size)


LAWS = laws()


def check(law, kind, sizes, *, order, **given):
    """Orders p + 1; a current with a source of the field, which is a gradient of phi, is of order p at least."""
    coarse, fine = (errors(law, kind, n, order=order, **given) for n in sizes)
    found = np.log2(coarse / fine)
    source = np.any(law.map(M, M, 1).field)
    wanted = np.array([order + 1, order + 1, order + (not source)])
    assert np.all(found > wanted - 0.2), (found, fine)
    assert fine[0] < (2e-2 if order == 1 else 1e-3), fine


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize(("kind", "plane"), [("triangle", "xz"), ("quad", "xz"), ("triangle", "xy"), ("quad", "xy")])
def test_cross_sections_and_films_converge(kind, plane, order):
    """Drops to order 0 if a term of bulk or interface is lost, doubled or of the wrong sign."""
    check(MIXING, kind, (4, 8), order=order, plane=plane)


@pytest.mark.parametrize(("kind", "law"), [("quad", "mixing"), ("triangle", "ohmic"), ("quad", "memory_loss")])
def test_textures_converge(kind, law):
    """Catches a weight f_j(m(x)) that is missing, at the wrong points, or of the other side's magnetization."""
    check(LAWS[law], kind, (4, 8), order=2, m=texture)


@pytest.mark.parametrize("order", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_scattering_on_a_tilted_interface_converges(order):
    """Catches a law that stays in the frame of z, or a field that is not the mean of both sides along the interface."""
    check(scattering(orbital=3e14), "quad", (4, 8), order=order)


@pytest.mark.slow
@pytest.mark.parametrize("m", [None, texture])
@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("kind", ["tetra", "hexahedron"])
def test_boxes_converge(kind, order, m):
    """The same in three dimensions, the interface folded along x and y."""
    given = {} if m is None else {"m": m}
    sizes = {("tetra", 1): (6, 12), ("hexahedron", 1): (4, 8)}.get((kind, order), (2, 4))
    check(MIXING, kind, sizes, order=order, plane="xyz", **given)


@pytest.mark.parametrize("kind", ["tetra", "hexahedron"])
def test_small_boxes_are_close(kind):
    """The quick form of the above: one coarse mesh, textured."""
    assert np.all(errors(MIXING, kind, 2, order=1 if kind == "tetra" else 2, plane="xyz", m=texture) < 0.1)
