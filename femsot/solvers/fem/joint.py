"""One interface of a device: what both regions see at its quadrature points, and its law there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from femsot.base.components import PHI, rotation
from femsot.base.errors import Caution
from femsot.base.expansion import Expansion, constant, expand, monomials
from femsot.base.quantities import Array
from femsot.interfaces.law import InterfaceMap
from femsot.model.device import Device

from .numbering import Numbering
from .polar import Rows, Table, tabulated
from .space import Sampled, Space, scatter
from .system import Term

#: degrees in m to which a law is expanded where its magnetization varies, and what may be left over
DEGREES = (2, 4, 6, 8)
EXPANSION_ERROR = 1e-9
#: laws that depend on the normal (Rashba coupling, in-plane fields, tensors) are evaluated once for each, to this many
#: digits; this rotation finds out which ones do
DIGITS = 6
TURN = rotation(np.array([1.0, 2.0, 3.0]), 1.0)
# where a law's maps stand in one row of numbers
PARTS = {"conductance": (2, 7, 2, 7), "field": (2, 7, 3), "torque_mu": (3, 2, 7), "torque_field": (3, 3)}
SIGNS = (1.0, -1.0)


@dataclass(frozen=True, eq=False)
class Points:
    """A law of two magnets, evaluated at every quadrature point of its facets."""

    values: Array  #: (points, numbers)

    def at(self, m: Array) -> Array:
        """The numbers (n, r) at all n points; the direction of one magnet says nothing."""
        return self.values


AtFacets = Expansion | Table | Points


@dataclass(frozen=True, eq=False)
class Joint:
    """An interface a|b; a law of None shares its unknowns."""

    name: str
    owner: str | None  #: the region whose magnetization the interface shares
    sides: tuple[Sampled | None, Sampled | None]  #: None: an insulator
    m: Array | None  #: magnetization that the law has (f, q, 3); None: it has none
    groups: tuple[tuple[Array, AtFacets], ...]  #: facets, and their law as one row of `PARTS`

    @property
    def sampled(self) -> Sampled:
        """Either side's points."""
        side = self.sides[0] if self.sides[0] is not None else self.sides[1]
        assert side is not None
        return side

    @property
    def normal(self) -> Array:
        """(f, q, 3) from a to b."""
        assert self.sampled.normal is not None
        return self.sampled.normal if self.sides[0] is not None else -self.sampled.normal

    def cautions(self) -> list[Caution]:
        """Return what the expansion of the law in m misses."""
        missed = [law.error for _, law in self.groups if isinstance(law, Expansion) and law.error >= EXPANSION_ERROR]
        if not missed:
            return []
        problem = f"its law varies so fast with m that {max(missed):.1g} is missed"
        return [Caution(f"interfaces.{self.name}", problem, kind="expansion")]

    def maps(self) -> Iterator[tuple[Array, dict[str, Array]]]:
        """Facets (e,) and the maps (e, q, ...) of the law there."""
        for facets, law in self.groups:
            q = self.sampled.weight.shape[1]
            m = np.zeros((facets.size * q, 3)) if self.m is None else self.m[facets].reshape(-1, 3)
            values = law.at(m).reshape(facets.size, q, -1)
            yield facets, {name: values[..., where].reshape(values.shape[:2] + PARTS[name]) for name, where in _SLICES}


def _slices() -> list[tuple[str, slice]]:
    ends = np.cumsum([0, *(int(np.prod(shape)) for shape in PARTS.values())])
    return [(name, slice(int(ends[i]), int(ends[i + 1]))) for i, name in enumerate(PARTS)]


_SLICES = _slices()


def joint(device: Device, name: str, spaces: dict[str, Space], *, corners: bool = False) -> Joint | None:
    """The interface `name` at its quadrature points, or at the corners of its facets; None where it is transparent."""
    pair = device.joints[name]
    facets = device.shared(name)
    minus, plus = (device.any_direction(x) for x in pair)
    stack = device.pair(name, minus, plus)
    if stack.maps[0] is None:
        return None
    owner = stack.interface_owner(0)
    law_m = stack.law(0).magnetization
    region = None if owner is None or law_m is not None else device.regions[pair[owner]]
    law_m = None if law_m is None else stack.interface_magnetization(0)
    two_magnets = stack.law(0).two_magnets
    textured = any(device.regions[x].textured for x in pair) if two_magnets else region is not None and region.textured
    degree = None if corners else max((spaces[x].degree(2 if textured else 0) for x in pair if x in spaces), default=2)
    sides = tuple(spaces[x].on(facets, degree) if x in spaces else None for x in pair)
    points = sides[0] if sides[0] is not None else sides[1]
    if points is None:
        return None
    m = None if law_m is None else np.broadcast_to(law_m, points.x.shape)
    m = m if region is None else region.directions(points.x.reshape(-1, 3)).reshape(points.x.shape)
    interface = Joint(name, None if owner is None else pair[owner], sides, m, ())  # type: ignore[arg-type]

    if two_magnets:
        return replace(interface, groups=(_between(device, interface, textured=textured),))

    def rows(direction: Array) -> Array:
        both = [None if x is None else np.broadcast_to(x, direction.shape) for x in (minus, plus)]
        chosen = [direction if i == owner and region is not None else x for i, x in enumerate(both)]
        law_magnetization = None if law_m is None else direction
        return _row(device.pair(name, *chosen, law_magnetization=law_magnetization).maps[0], len(direction))

    return replace(interface, groups=tuple(_groups(interface, rows, textured=textured)))


def _between(device: Device, interface: Joint, *, textured: bool) -> tuple[Array, AtFacets]:
    """All facets with the law of both magnets there; it knows no normal."""
    points = interface.sampled.x.reshape(-1, 3) if textured else interface.sampled.x[0, :1]
    below, above = (device.regions[x].directions(points) for x in device.joints[interface.name])
    values = _row(device.pair(interface.name, below, above).maps[0], len(points))
    return np.arange(len(interface.sampled.x)), Points(values) if textured else constant(values[0])


def _groups(interface: Joint, rows: Rows, *, textured: bool) -> Iterator[tuple[Array, Expansion | Table]]:
    """Facets of one normal with their law, turned from the frame in which n is z; one group if the law knows no n."""
    normals = interface.normal[:, 0]
    _, which = np.unique(np.round(normals, DIGITS), axis=0, return_inverse=True)
    which = which.ravel()
    m = np.zeros(3) if interface.m is None else interface.m[0, 0]
    if which.max() > 0 and _isotropic(rows, m):
        which = np.zeros(len(normals), dtype=int)
    table = None
    parts = tuple(where for _, where in _SLICES)
    for group in range(which.max() + 1):
        facets = np.flatnonzero(which == group)
        turn = _to_z(normals[facets[0]])

        def turned(m: Array, turn: Array = turn) -> Array:
            return _turn_back(rows(m @ turn.T), turn)

        if not textured:
            yield facets, constant(turned(m[None])[0])
            continue
        law = expand(turned, DEGREES[0], parts=parts)
        if law.error >= EXPANSION_ERROR:  # circuit laws are exact
            table = table or tabulated(rows, _turn_back, parts)
            yield facets, _expanded(turned) if table is None else replace(table, frame=turn)
        else:
            yield facets, law


def _isotropic(rows: Rows, m: Array) -> bool:
    """Does a law turn with m alone, whatever the normal?"""
    straight = rows(m[None])
    turned = _turn_back(rows((TURN @ m)[None]), TURN)
    return all(
        np.allclose(straight[:, x], turned[:, x], rtol=0, atol=1e-9 * np.abs(straight[:, x]).max()) for _, x in _SLICES
    )


def _expanded(rows: Rows) -> Expansion:
    """A law that is not the same all around its normal, in as many monomials as it takes."""
    for degree in DEGREES:
        expansion = expand(rows, degree, parts=tuple(where for _, where in _SLICES))
        if expansion.error < EXPANSION_ERROR:
            return expansion
    return expansion


def _row(law: InterfaceMap | None, count: int) -> Array:
    """The maps of a law (count, numbers); in-plane fields get a third component, 0."""
    assert law is not None
    wide = {"field": (0, 1), "torque_field": (0, 1)}
    parts = []
    for name, shape in PARTS.items():
        value = vars(law)[name]
        if name in wide:
            value = np.concatenate([value, np.zeros((*value.shape[:-1], 1))], axis=-1)
        parts.append(np.broadcast_to(value, (count, *shape)).reshape(count, -1))
    return np.concatenate(parts, axis=1)


def _to_z(normal: Array) -> Array:
    """A rotation that turns a unit vector into z: the smallest one, after half a turn about x where it points down."""
    flip = np.diag([1.0, -1.0, -1.0]) if normal[2] < -0.5 else np.eye(3)
    x, y, z = flip @ normal
    k = np.array([[0, 0, -x], [0, 0, -y], [x, y, 0]])
    return np.asarray((np.eye(3) + k + k @ k / (1 + z)) @ flip)


def _turn_back(rows: Array, turn: Array) -> Array:
    """Maps (n, numbers) in the frame of the interface as maps in that of the device; v' = turn v, turn (3, 3) or n."""
    turn = np.broadcast_to(turn, (len(rows), 3, 3))
    both = np.zeros((len(rows), 7, 7))
    both[:, 0, 0] = 1.0
    both[:, 1:4, 1:4] = both[:, 4:, 4:] = turn
    maps = {name: rows[:, where].reshape((-1, *PARTS[name])) for name, where in _SLICES}
    blocks = (
        np.einsum("nap,nsatb,nbq->nsptq", both, maps["conductance"], both, optimize=True),
        np.einsum("nap,nsak,nkl->nspl", both, maps["field"], turn, optimize=True),
        np.einsum("nip,nitb,nbq->nptq", turn, maps["torque_mu"], both, optimize=True),
        np.einsum("nip,nik,nkl->npl", turn, maps["torque_field"], turn, optimize=True),
    )
    return np.concatenate([x.reshape(len(rows), -1) for x in blocks], axis=1)


def jump_terms(interface: Joint, regions: tuple[str, str], numbering: Numbering) -> Iterator[Term]:
    """v^- J^- - v^+ J^+ of the potentials; the law's field is the mean of -grad phi of both sides."""
    k = numbering.components
    size = numbering.size
    share = -1.0 / sum(side is not None for side in interface.sides)
    for facets, weight, maps in _weighted(interface):
        sides = [
            (x, numbering.place(region, x, facets)) if x is not None else None
            for x, region in zip(interface.sides, regions, strict=True)
        ]
        for s, test in enumerate(sides):
            for t, trial in enumerate(sides):
                if test is None or trial is None:
                    continue
                v = test[0].value[:, facets] * weight
                tensor = SIGNS[s] * maps["conductance"][s, :k, t, :k]
                if np.any(tensor):
                    local = np.einsum("ieq,jeq->eij", v, trial[0].value[:, facets])
                    yield Term(scatter(local, test[1], trial[1], shape=(size, size)), tensor)
                for i, axis in enumerate(numbering.axes):
                    tensor = np.zeros((k, k))
                    tensor[:, PHI] = SIGNS[s] * share * maps["field"][s, :k, axis]
                    if np.any(tensor):
                        local = np.einsum("ieq,jeq->eij", v, trial[0].grad[i][:, facets])
                        yield Term(scatter(local, test[1], trial[1], shape=(size, size)), tensor)


def jump_load(interface: Joint, regions: tuple[str, str], numbering: Numbering, *, field: Array) -> Array:
    """-(v^- J^- - v^+ J^+) of an imposed field (3,), (N, k) [A]."""
    load = np.zeros((numbering.size, numbering.components))
    for facets, weight, maps in _weighted(interface):
        driven = maps["field"][:, : numbering.components] @ field
        for s, (side, region) in enumerate(zip(interface.sides, regions, strict=True)):
            if side is not None and np.any(driven[s]):
                amount = np.einsum("ieq,eq->ie", side.value[:, facets], weight)
                np.add.at(load, numbering.place(region, side, facets), -SIGNS[s] * amount[..., None] * driven[s])
    return load


def _weighted(interface: Joint) -> Iterator[tuple[Array, Array, dict[str, Array]]]:
    """Facets (e,), quadrature weights times f_j(m) (e, q), and the maps that stand with f_j."""
    for facets, law in interface.groups:
        weight = interface.sampled.weight[facets]
        for f, row in _factors(law, np.zeros((*weight.shape, 3)) if interface.m is None else interface.m[facets]):
            yield facets, weight * f, {name: row[where].reshape(PARTS[name]) for name, where in _SLICES}


def _factors(law: AtFacets, m: Array) -> Iterator[tuple[Array, Array]]:
    """f_j (e, q) and the numbers of T_j (r,) of a law, sum_j f_j T_j, at m (e, q, 3); of a table, number by number."""
    if isinstance(law, Expansion):
        f = monomials(m, law.degree)
        for j in law.nonzero:
            yield f[..., j], law.tensors[j]
        return
    values = law.at(m.reshape(-1, 3)).reshape((*m.shape[:-1], -1))
    for j in np.flatnonzero(np.abs(values).max(axis=(0, 1)) > 0).tolist():
        row = np.zeros(values.shape[-1])
        row[j] = 1.0
        yield values[..., j], row
