"""What the potentials of a device say: fields in its regions and on its interfaces, and integrals of both.

Spin currents in charge units; everything is evaluated from the finite-element functions themselves, at quadrature
points for integrals and at the corners of cells and facets for pictures.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from femsot.base.components import ORBITAL, PHI, SPIN, seven
from femsot.base.errors import Fault, InputError
from femsot.base.expansion import Expansion, monomials
from femsot.base.quantities import Array
from femsot.model.device import in_space
from femsot.solvers.fem.bulk import Metal
from femsot.solvers.fem.equations import Equations
from femsot.solvers.fem.joint import Joint, joint
from femsot.solvers.fem.levels import Potentials
from femsot.solvers.fem.space import Sampled

from .torque import equivalent_field


@dataclass(frozen=True, eq=False)
class RegionResult:
    """Fields at the vertices of one region; zeros in an insulator."""

    name: str
    points: Array  #: (n, 3) [m]
    cells: Array  #: (c, v) into `points`, Gmsh and VTK order
    kind: str  #: "triangle", "quad", "tetra", "hexahedron"
    mu: Array  #: (n, 7) [V]
    J: Array  #: (n, 7, 3), component and flow axis; the mean of the cells that meet at the vertex [A/m^2]
    m: Array | None  #: (n, 3); None in a non-magnet
    torque: Array | None  #: (n, 3), what the magnetization receives by exchange [A/m^3]
    amounts: Array | None  #: (c, 3), the same, integrated over each cell [A]; None where there is no `torque`
    field: Array | None  #: (n, 3), the equivalent field hbar/(2 e M_s) m x torque [T]; None without M_s
    deposit: Callable[[], tuple[Array, Array]]  #: points (q, 3) [m] and the torque received there (q, 3) [A]


@dataclass(frozen=True, eq=False)
class InterfaceResult:
    """Both sides of one interface at its vertices; currents along the normal from a to b, zeros in an insulator."""

    name: str
    points: Array  #: (n, 3) [m]
    facets: Array  #: (f, v) into `points`
    kind: str  #: "line", "triangle", "quad"
    normal: Array  #: (n, 3)
    mu_minus: Array  #: (n, 7) [V]
    mu_plus: Array
    J_minus: Array  #: (n, 7) [A/m^2]
    J_plus: Array
    torque_magnetization: Array  #: (n, 3) [A/m^2]
    torque_lattice: Array  #: (n, 3) [A/m^2]
    amounts: Array  #: (f, 3), `torque_magnetization` integrated over each facet [A]


@dataclass(frozen=True, eq=False)
class BulkIntegrals:
    """One region, integrated over its volume [A], [V m^3], [m^3]."""

    volume: float
    mu: Array  #: (7,)
    field: Array  #: E (3,) [V m^2]
    lost: Array  #: (7,), R mu
    transverse: Array  #: (3,), the part of R mu across m
    exchange: Array  #: (3,)
    spin_flip: Array  #: (3,)
    orbital_exchange: Array  #: (3,)


@dataclass(frozen=True, eq=False)
class JointIntegrals:
    """One interface that jumps, integrated over its area."""

    area: float  #: [m^2]
    mu: Array  #: (2, 7), on both sides [V m^2]
    currents: Array  #: (2, 7), J^- and J^+ [A]
    torque: Array  #: (3,) on the magnetization [A]
    transverse: Array  #: (3,), J^- - J^+ across m of the owner [A]


@dataclass(frozen=True, eq=False)
class DeviceFields:
    """The finite-element functions of a solved device."""

    equations: Equations
    solved: Potentials

    @cached_property
    def x(self) -> Array:
        """All potentials (N, k) [V]."""
        return self.solved.total

    @cached_property
    def external(self) -> Array:
        return np.asarray(self.equations.device.electric_field, dtype=float)

    def potentials(self, region: str) -> Array:
        """(n, 7) of all nodes of a metal."""
        return seven(self.x[self.equations.numbering.nodes[region]])

    def sloping(self, region: str) -> Array:
        """Potentials (n, 7) of all nodes of a metal up to a level of phi, whose slopes have all their digits."""
        seen = self.solved.seen(self.equations.inside(region))
        return seven(seen[self.equations.numbering.nodes[region]])

    def flux(self, metal: Metal, part: Sampled) -> Array:
        """J (e, q, 7, 3) at sampled points."""
        u = self.sloping(metal.name)
        slope = np.zeros((*part.weight.shape, 7, 3))
        slope[..., list(self.equations.device.axes)] = part.slope(u)
        slope[..., PHI, :] -= self.external
        f = metal.weights(part)
        current = np.zeros(slope.shape)
        for j in metal.C.nonzero:
            current -= f[..., j, None, None] * np.einsum("aibl,eqbl->eqai", metal.C.tensors[j], slope, optimize=True)
        return current

    def bulk(self, name: str) -> BulkIntegrals:
        """The integrals of one metal region."""
        metal = self.equations.metals[name]
        u = self.potentials(name)
        totals = [np.zeros(shape) for shape in ((), (7,), (3,), (7,), (3,), (3,), (3,), (3,))]
        for part in metal.space.inside(metal.degree):
            mu = part.of(u)
            m = metal.m(part.x)
            w = part.weight
            lost, precession = (_times(tensor, m, mu) for tensor in (metal.R, metal.exchange))
            spin = mu[..., SPIN]
            bulk = metal.bulk
            along = (spin * m).sum(-1, keepdims=True) * m
            flip = bulk.spin_flip * (spin - along) + bulk.spin_flip_longitudinal * along
            rest = bulk.transfer[..., 0, 0] * spin + _times(metal.R, m, mu, only=ORBITAL)[..., SPIN]
            across = lost[..., SPIN] - (lost[..., SPIN] * m).sum(-1, keepdims=True) * m
            slope = np.zeros((*w.shape, 3))
            slope[..., list(self.equations.device.axes)] = part.slope(self.sloping(name)[:, :1])[..., 0, :]
            values = (np.ones(w.shape), mu, self.external - slope, lost, across, precession[..., SPIN], flip, rest)
            for total, value in zip(totals, values, strict=True):
                total += np.einsum("eq,eq...->...", w, value)
        return BulkIntegrals(float(totals[0]), *totals[1:])

    def state(self, jump: Joint) -> tuple[Array, Array, Array]:
        """mu (2, f, q, 7), J (2, f, q, 7) and the torque on the magnetization (f, q, 3) of an interface that jumps."""
        shape = jump.sampled.weight.shape
        mu = np.zeros((2, *shape, 7))
        seen = np.zeros((2, *shape, 7))
        J = np.zeros((2, *shape, 7))
        torque = np.zeros((*shape, 3))
        potentials = self.solved.seen(self.equations.inside(jump.name))
        slopes = []
        for s, (side, region) in enumerate(zip(jump.sides, self.equations.device.joints[jump.name], strict=True)):
            if side is not None:
                mu[s] = side.of(self.potentials(region))
                seen[s] = side.of(seven(potentials[self.equations.numbering.nodes[region]]))
                slope = np.zeros((*shape, 3))
                slope[..., list(self.equations.device.axes)] = side.slope(self.sloping(region)[:, :1])[..., 0, :]
                slopes.append(slope)
        E = self.external - sum(slopes) / len(slopes)
        for facets, maps in jump.maps():
            at = seen[:, facets]
            J[:, facets] = np.einsum("fqsatb,tfqb->sfqa", maps["conductance"], at, optimize=True)
            J[:, facets] += np.einsum("fqsak,fqk->sfqa", maps["field"], E[facets])
            torque[facets] = np.einsum("fqitb,tfqb->fqi", maps["torque_mu"], at, optimize=True)
            torque[facets] += np.einsum("fqik,fqk->fqi", maps["torque_field"], E[facets])
        present = np.array([side is not None for side in jump.sides])
        return mu, J * present[:, None, None, None], torque

    def surface(self, name: str) -> JointIntegrals:
        """The integrals of one interface that jumps."""
        jump = self.equations.joints[name]
        mu, J, torque = self.state(jump)
        w = jump.sampled.weight
        lost = (J[0] - J[1])[..., SPIN]
        if jump.owner is None:
            across = np.zeros(lost.shape)
        else:
            m = self.equations.device.regions[jump.owner].directions(jump.sampled.x.reshape(-1, 3)).reshape(lost.shape)
            across = lost - (lost * m).sum(-1, keepdims=True) * m
        sides = [np.einsum("fq,sfqa->sa", w, value) for value in (mu, J)]
        total = [np.einsum("fq,fq...->...", w, value) for value in (torque, across)]
        return JointIntegrals(float(w.sum()), *sides, *total)

    def potentials_on(self, name: str) -> Array:
        """mu (2, 7) on both sides of an interface, integrated over its area [V m^2]; zeros in an insulator."""
        facets = self.equations.device.shared(name)
        total = np.zeros((2, 7))
        for side, region in enumerate(self.equations.device.joints[name]):
            metal = self.equations.metals.get(region)
            if metal is not None:
                part = metal.space.on(facets, metal.space.degree(False))
                total[side] = np.einsum("fq,fqa->a", part.weight, part.of(self.potentials(region)))
        return total

    def charge(self, name: str) -> Array:
        """J_c integrated over the volume of a metal region (3,) [A m]."""
        metal = self.equations.metals[name]
        u = self.sloping(name)
        total = np.zeros(3)
        for part in metal.space.inside(metal.degree):
            slope = np.zeros((*part.weight.shape, 7, 3))
            slope[..., list(self.equations.device.axes)] = part.slope(u)
            slope[..., PHI, :] -= self.external
            weights = metal.weights(part) * part.weight[..., None]
            for j in metal.C.nonzero:
                driven = np.einsum("eq,eqbl->bl", weights[..., j], slope)
                total -= np.einsum("ibl,bl->i", metal.C.tensors[j][PHI], driven)
        return total

    def field_on(self, region: str, facets: Array) -> tuple[float, Array]:
        """Area [m^2] of facets of a metal, and the field E on its side of them, integrated (3,) [V m]."""
        metal = self.equations.metals[region]
        part = metal.space.on(facets, metal.space.degree(0))
        slope = np.zeros((*part.weight.shape, 3))
        slope[..., list(self.equations.device.axes)] = part.slope(self.sloping(region)[:, :1])[..., 0, :]
        return float(part.weight.sum()), np.einsum("fq,fqi->i", part.weight, self.external - slope)

    def region(self, name: str) -> RegionResult:
        """Fields at the vertices of one region."""
        device = self.equations.device
        region = device.regions[name]
        metal = self.equations.metals.get(name)
        vertices, inverse = np.unique(device.mesh.cells[device.mesh.regions[name]], return_inverse=True)
        cells = inverse.reshape(-1, device.mesh.cells.shape[1])
        points = in_space(device.mesh.points[vertices], device.axes)
        m = None if region.magnetization is None else region.directions(points)
        mu = np.zeros((len(points), 7))
        J = np.zeros((len(points), 7, 3))
        torque: Array | None = None
        amounts: Array | None = None
        field: Array | None = None
        if metal is not None:
            mu = self.potentials(name)[: len(points)]
            J = self._vertex_flux(metal, len(points))
        if m is not None and device.exchange_is_torque:
            amounts = self.cell_torque(name)
            torque = np.zeros(points.shape)
            if metal is not None:
                torque = _times(metal.exchange, m[None], mu[None])[0, :, SPIN]
            ms = region.material.saturation_magnetization
            field = None if ms is None else equivalent_field(m, torque, ms)
        take = partial(self.deposit, name)
        return RegionResult(name, points, cells, device.mesh.kind, mu, J, m, torque, amounts, field, take)

    def _vertex_flux(self, metal: Metal, count: int) -> Array:
        total = np.zeros((count, 7, 3))
        weight = np.zeros(count)
        for cells, part in metal.space.corners():
            at = metal.space.cells[cells]
            np.add.at(total, at, self.flux(metal, part) * part.weight[..., None, None])
            np.add.at(weight, at, part.weight)
        return total / weight[:, None, None]

    def interface(self, name: str) -> InterfaceResult:
        """Both sides of an interface at its vertices."""
        device = self.equations.device
        metals = self.equations.metals
        facets = device.shared(name)
        vertices, corner_index = np.unique(facets, return_inverse=True)
        corner_index = corner_index.reshape(facets.shape)
        spaces = {x: metal.space for x, metal in metals.items()}
        jump = joint(device, name, spaces, corners=True) if name in self.equations.joints else None
        if jump is not None:
            mu, J, torque = self.state(jump)
            normal = jump.normal
            weight = jump.sampled.weight
        else:
            mu, J, normal, weight = self._continuous(name, facets)
            torque = np.zeros((*weight.shape, 3))
        values = [*mu, *J, normal, torque, (J[0] - J[1])[..., SPIN] - torque]
        mean = [_at_vertices(value, corner_index, weight) for value in values]
        mean[4] = mean[4] / np.linalg.norm(mean[4], axis=1, keepdims=True)
        kind = {2: "line", 3: "triangle", 4: "quad"}[facets.shape[1]]
        return InterfaceResult(
            name=name,
            points=in_space(device.mesh.points[vertices], device.axes),
            facets=corner_index,
            kind=kind,
            normal=mean[4],
            mu_minus=mean[0],
            mu_plus=mean[1],
            J_minus=mean[2],
            J_plus=mean[3],
            torque_magnetization=mean[5],
            torque_lattice=mean[6],
            amounts=self.facet_torque(name, len(facets)),
        )

    def _continuous(self, name: str, facets: Array) -> tuple[Array, Array, Array, Array]:
        """mu, J (2, f, v, 7), normal, weight at the corners of a transparent interface; J the mean of both sides."""
        mu = []
        J = []
        normal = None
        weight = None
        for sign, region in zip((1.0, -1.0), self.equations.device.joints[name], strict=True):
            metal = self.equations.metals.get(region)
            if metal is None:
                continue
            part = metal.space.on(facets, None)
            u = self.potentials(region)
            assert part.normal is not None
            mu.append(part.of(u))
            J.append(np.einsum("fqai,fqi->fqa", self.flux(metal, part), sign * part.normal))
            normal = sign * part.normal
            weight = part.weight
        assert normal is not None and weight is not None
        return np.stack(mu), np.broadcast_to(np.mean(J, axis=0), (2, *J[0].shape)), normal, weight

    def cell_torque(self, name: str) -> Array:
        """Return what the magnetization of a region receives by exchange in each of its cells (c, 3) [A]."""
        metal = self.equations.metals.get(name)
        if metal is None:
            return np.zeros((len(self.equations.device.mesh.regions[name]), 3))
        u = self.potentials(name)
        amounts = []
        for part in metal.space.inside(metal.degree):
            density = _times(metal.exchange, metal.m(part.x), part.of(u))[..., SPIN]
            amounts.append(np.einsum("eq,eqi->ei", part.weight, density))
        return np.concatenate(amounts)

    def facet_torque(self, name: str, count: int) -> Array:
        """Return what a magnetization receives at each of the `count` facets of an interface (f, 3) [A]."""
        joint_at = self.equations.joints.get(name)
        if joint_at is None:
            return np.zeros((count, 3))
        return np.asarray(np.einsum("fq,fqi->fi", joint_at.sampled.weight, self.state(joint_at)[2]))

    def deposit(self, name: str) -> tuple[Array, Array]:
        """Where the magnetization of a region receives torque: points (q, 3) [m] and amounts (q, 3) [A].

        By exchange inside, and at the interfaces that share its magnetization; the sum is the received torque. Raises
        InputError in closure "ning24", whose exchange is no torque.
        """
        if not self.equations.device.exchange_is_torque:
            raise InputError(
                Fault("closure", '"ning24" has flux torques only, allowed for torque densities: "conserving"')
            )
        points = [np.zeros((0, 3))]
        amounts = [np.zeros((0, 3))]
        metal = self.equations.metals.get(name)
        if metal is not None:
            u = self.potentials(name)
            for part in metal.space.inside(metal.degree):
                density = _times(metal.exchange, metal.m(part.x), part.of(u))[..., SPIN]
                points.append(part.x.reshape(-1, 3))
                amounts.append((density * part.weight[..., None]).reshape(-1, 3))
        for jump in self.equations.joints.values():
            if jump.owner == name:
                points.append(jump.sampled.x.reshape(-1, 3))
                amounts.append((self.state(jump)[2] * jump.sampled.weight[..., None]).reshape(-1, 3))
        return np.concatenate(points), np.concatenate(amounts)


def _at_vertices(values: Array, corner_index: Array, weight: Array) -> Array:
    """Values (f, v, ...) at the corners of facets, averaged where facets meet (n, ...)."""
    count = corner_index.max() + 1
    total = np.zeros((count, *values.shape[2:]))
    size = np.zeros(count)
    np.add.at(total, corner_index, values * weight.reshape(weight.shape + (1,) * (values.ndim - 2)))
    np.add.at(size, corner_index, weight)
    return total / size.reshape(-1, *(1,) * (values.ndim - 2))


def _times(tensor: Expansion, m: Array, mu: Array, *, only: slice = slice(None)) -> Array:
    """A (7, 7) tensor at m (e, q, 3) times mu (e, q, 7); `only` some of mu's components."""
    f = monomials(m, tensor.degree)
    return np.asarray(
        sum(f[..., j, None] * (mu[..., only] @ tensor.tensors[j][:, only].T) for j in tensor.nonzero) + 0 * mu
    )
