"""Small devices assembled straight from scalar matrices, to put the linear solvers to the test without the rest."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csr_array
from skfem import (
    Basis,
    BilinearForm,
    ElementHex1,
    ElementHex2,
    ElementQuad1,
    ElementTetP1,
    ElementTetP2,
    ElementTriP1,
    ElementTriP2,
    FacetBasis,
    MeshHex,
    MeshQuad,
)
from skfem.helpers import dot

from femsot.base.components import EPS, axial
from femsot.interfaces import ABOVE, BELOW, Mixing
from femsot.materials.records import Ferromagnet, NormalMetal
from femsot.materials.tensors import conductivity, relaxation
from femsot.solvers.fem.system import System, Term

NM = 1e-9
ELEMENTS = {
    ("tetra", 1): ElementTetP1,
    ("tetra", 2): ElementTetP2,
    ("hex", 1): ElementHex1,
    ("hex", 2): ElementHex2,
    ("triangle", 1): ElementTriP1,
    ("triangle", 2): ElementTriP2,
    ("quad", 1): ElementQuad1,
}
AXES = np.eye(3)
MIXING = Mixing(
    up=0.8e15,
    down=0.3e15,
    mixing=1e15 + 1e14j,
    transmitted=1e14 + 2e13j,
    ferromagnet_side_mixing=1e15 + 1e14j,
    orbital=5e14,
    orbit_to_spin=1e14,
)
HEAVY = NormalMetal(
    name="heavy",
    conductivity=5e6,
    spin_diffusion_length=1.5 * NM,
    spin_hall_angle=0.1,
    orbital_conductivity=3e6,
    orbital_diffusion_length=5 * NM,
    orbital_hall_angle=0.3,
)
LIGHT = NormalMetal(
    name="light",
    conductivity=2e7,
    spin_diffusion_length=200 * NM,
    orbital_conductivity=1e7,
    orbital_diffusion_length=20 * NM,
)


def magnet(**changed):
    """A ferromagnet with every coupling."""
    numbers = {
        "name": "magnet",
        "conductivity": 5e6,
        "spin_diffusion_length": 10 * NM,
        "polarization": 0.4,
        "exchange_length": 1.5 * NM,
        "dephasing_length": 3 * NM,
        "orbital_conductivity": 3e6,
        "orbital_diffusion_length": 4 * NM,
        "orbit_to_spin": 0.2,
        "anomalous_hall_conductivity": 1e5,
    }
    return Ferromagnet(**numbers | changed)


def vortex(points):
    """m (3, ...) of a vortex with a core of 10 nm in the middle of the dot."""
    x, y = points[0] - 200 * NM, points[1] - 100 * NM
    r2 = x**2 + y**2
    up = np.exp(-r2 / (10 * NM) ** 2)
    flat = np.sqrt(1 - up**2) / np.sqrt(r2 + (1e-3 * NM) ** 2)
    return np.array([-y * flat, x * flat, up]) / np.sqrt(up**2 + flat**2 * r2)


@BilinearForm
def stiffness(u, v, w):
    return w.weight * dot(u.grad, v.grad)


@BilinearForm
def mass(u, v, w):
    return w.weight * u * v


def hall(axis, dimension):
    directions = {2: [0, 2], 3: [0, 1, 2]}[dimension]

    @BilinearForm
    def form(u, v, w):
        return np.einsum("ij,i...,j...->...", EPS[axis][np.ix_(directions, directions)], v.grad, u.grad)

    return form


@dataclass
class Part:
    """One box of a device."""

    material: object
    x: tuple
    z: tuple
    m: object = None  # a vector, or a function of points (3, ...)


def assembled(form, basis, **weights):
    return csr_array(form.assemble(basis, **{"weight": 1.0, **weights}))


def texture_tensors(bulk, k):
    """C and R of any m: constant, linear and quadratic parts, (D0, D_a), (R0, R_a, R_ab)."""

    def diffusion(m):
        return np.einsum("aibi->ab", conductivity(bulk, np.asarray(m)))[:k, :k] / 3

    def decay(m):
        return relaxation(bulk, np.asarray(m))[:k, :k]

    linear = [(diffusion(e) - diffusion(-e)) / 2 for e in AXES]
    turn = [(decay(e) - decay(-e)) / 2 for e in AXES]
    even = [(decay(e) + decay(-e)) / 2 for e in AXES]
    across = np.zeros((7, 7))
    size = 3 * bulk.conductivity.shape[-1]
    across[1 : 1 + size, 1 : 1 + size] = axial(bulk.transverse.real, bulk.transverse.real, AXES[2])
    across = across[:k, :k]
    pairs = {(a, a): even[a] - across for a in range(3)}
    for a, b in ((0, 1), (0, 2), (1, 2)):
        m = (AXES[a] + AXES[b]) / np.sqrt(2)
        pairs[a, b] = 2 * ((decay(m) + decay(-m)) / 2 - across) - pairs[a, a] - pairs[b, b]
    return (diffusion(AXES[0]) + diffusion(-AXES[0])) / 2, linear, across, turn, pairs


def strip_dot(h=10, nz=5, *, m=(0, 0, 1), ferromagnet=None, strip=HEAVY, **rest):
    """The strip 400 x 200 x 5 nm with a magnet 200 x 200 x 3 nm; `nz` cells through the strip."""
    parts = [Part(strip, (0, 400), (0, 5)), Part(ferromagnet or magnet(), (100, 300), (5, 8), m)]
    return device(parts, h=h, hz=(5 / nz, 3 / max(round(nz * 3 / 5), 1)), **rest)


def bulk_terms(basis, bulk, *, k, m):
    terms = []
    if callable(m):
        at = m(np.asarray(basis.global_coordinates()))
        D0, D1, R0, R1, R2 = texture_tensors(bulk, k)
        terms += [(assembled(stiffness, basis), D0), (assembled(mass, basis), R0)]
        terms += [(assembled(stiffness, basis, weight=at[a]), D1[a]) for a in range(3)]
        terms += [(assembled(mass, basis, weight=at[a]), R1[a]) for a in range(3)]
        terms += [(assembled(mass, basis, weight=at[a] * at[b]), R) for (a, b), R in R2.items()]
        full = conductivity(bulk, AXES[2]) * 0
    else:
        full = conductivity(bulk, AXES[2] if m is None else np.asarray(m, dtype=float))
        terms.append((assembled(stiffness, basis), np.einsum("aibi->ab", full)[:k, :k] / 3))
        R = relaxation(bulk, AXES[2] if m is None else np.asarray(m, dtype=float))[:k, :k]
        terms.append((assembled(mass, basis), R))
    for axis in range(3):
        turned = np.einsum("ij,aibj->ab", EPS[axis], full)[:k, :k] / 2
        if np.any(turned):
            matrix = assembled(hall(axis, basis.mesh.dim()), basis)
            matrix.data[np.abs(matrix.data) < 1e-9 * np.abs(matrix.data).max(initial=0)] = 0
            matrix.eliminate_zeros()
            terms.append((matrix, turned))
    return [(matrix, tensor) for matrix, tensor in terms if np.any(tensor)]


def placed(matrix, rows, columns, *, size):
    matrix = coo_array(matrix)
    return csr_array(coo_array((matrix.data, (rows[matrix.row], columns[matrix.col])), shape=(size, size)))


def box(part, *, h, hz, width, kind):
    x = np.linspace(*part.x, round((part.x[1] - part.x[0]) / h) + 1)
    y = np.linspace(0, width, max(round(width / h), 1) + 1)
    z = np.linspace(*part.z, round((part.z[1] - part.z[0]) / hz) + 1)
    if kind in ("triangle", "quad"):
        mesh = MeshQuad.init_tensor(x, z)
        return mesh.to_meshtri() if kind == "triangle" else mesh
    mesh = MeshHex.init_tensor(x, y, z)
    return mesh.to_meshtet() if kind == "tetra" else mesh


def matched(below, above, *, z, offsets):
    """Trace mass of the plane z where two boxes meet, and the nodes of both sides there."""
    flat = [b.mesh.facets_satisfying(lambda p: np.isclose(p[-1], z, atol=1e-14)) for b in (below, above)]
    small = above if flat[1].size <= flat[0].size else below
    facets = flat[0] if small is below else flat[1]
    nodes = np.unique(small.get_dofs(facets).flatten())
    trace = coo_array(assembled(mass, FacetBasis(small.mesh, small.elem, facets=facets)))
    on = np.isin(trace.row, nodes) & np.isin(trace.col, nodes)
    trace = coo_array((trace.data[on], (trace.row[on], trace.col[on])), shape=trace.shape)
    points = small.doflocs[:, nodes]
    found = []
    for b, facets, offset in zip((below, above), flat, offsets, strict=True):
        own = b.get_dofs(facets).flatten()
        key = {tuple(p): n for n, p in zip(own, np.round(b.doflocs[:, own].T / NM * 1e3).astype(int), strict=True)}
        where = np.array([key[tuple(p)] for p in np.round(points.T / NM * 1e3).astype(int)])
        full = np.zeros(small.N, dtype=int)
        full[nodes] = where + offset
        found.append(full)
    return trace, found


def device(parts, *, h=10, hz=1, width=200, k=7, kind="tetra", order=1, law=None, contacts="voltage", sink=True):
    """A `System` of boxes stacked on each other (lengths in nm), each interface jumping; contacts on the first box."""
    parts = [Part(p.material, tuple(NM * v for v in p.x), tuple(NM * v for v in p.z), p.m) for p in parts]
    hs = hz if isinstance(hz, list | tuple) else [hz] * len(parts)
    bases = [
        Basis(box(p, h=h * NM, hz=s * NM, width=width * NM, kind=kind), ELEMENTS[kind, order]())
        for p, s in zip(parts, hs, strict=True)
    ]
    start = np.cumsum([0] + [b.N for b in bases])
    size, terms, m = start[-1], [], np.zeros((start[-1], 3))
    for part, basis, first in zip(parts, bases, start, strict=False):
        bulk = part.material.bulk(orbital=k == 7)
        number = np.arange(basis.N) + first
        terms += [Term(placed(s, number, number, size=size), t) for s, t in bulk_terms(basis, bulk, k=k, m=part.m)]
        if part.m is not None:
            at = part.m(basis.doflocs) if callable(part.m) else np.asarray(part.m, dtype=float)[:, None]
            m[number] = np.broadcast_to(at, (3, basis.N)).T
    for i in range(len(parts) - 1):
        terms += interface_terms(parts[i : i + 2], bases[i : i + 2], start[i : i + 2], law=law, k=k, size=size)
    load, held, values = np.zeros((size, k)), np.zeros((size, k), bool), np.zeros((size, k))
    floating = []
    xs = bases[0].doflocs[0]
    left, right = (np.flatnonzero(np.isclose(xs, x, atol=1e-14)) for x in parts[0].x)
    if sink:
        held[np.ix_(np.r_[left, right], np.arange(1, k))] = True
    held[right, 0] = True
    if contacts == "voltage":
        held[left, 0], values[left, 0] = True, 0.1
    else:
        floating.append(left)
        load[left[0], 0] = 1e-4
    if contacts == "floating":  # no voltage anywhere: two currents, one node pinned
        held[right, 0] = False
        floating.append(right)
        load[right[0], 0] = -1e-4
        far = np.argmin(np.abs(bases[0].doflocs - bases[0].doflocs.mean(axis=1, keepdims=True)).sum(axis=0))
        held[far, 0] = True
    points = np.concatenate([b.doflocs.T for b in bases])
    return System(tuple(terms), load, held, values, tuple(floating), m, points)


def interface_terms(parts, bases, start, *, law, k, size):
    """Trace terms of one interface: a law's G tensors for uniform m; a textured one as if along z."""
    trace, sides = matched(*bases, z=parts[0].z[1], offsets=start)
    magnet = parts[1] if parts[1].m is not None else parts[0]
    m = AXES[2] if magnet.m is None or callable(magnet.m) else np.asarray(magnet.m, dtype=float)
    law = (law or MIXING).map(m, m, ABOVE if magnet is parts[1] else BELOW)
    found = []
    for s in range(2):
        for t in range(2):
            tensor = (1, -1)[s] * law.conductance[s, :k, t, :k]
            found.append(Term(placed(trace, sides[s], sides[t], size=size), tensor))
    return found


def pillar(h=20, nz=5, *, angle=90, **rest):
    """Heavy metal, magnet, spacer, magnet; the second m turned by `angle` [deg], both precessing within 0.25 nm."""
    turn = np.deg2rad(angle)
    strong = magnet(exchange_length=0.25 * NM)
    parts = [
        Part(HEAVY, (0, 400), (0, 5)),
        Part(strong, (100, 300), (5, 8), (0, 0, 1)),
        Part(LIGHT, (100, 300), (8, 11)),
        Part(strong, (100, 300), (11, 14), (np.sin(turn), 0, np.cos(turn))),
    ]
    return device(parts, h=h, hz=(5 / nz, *(3 / max(round(nz * 3 / 5), 1),) * 3), **rest)
