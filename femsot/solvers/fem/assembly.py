"""A stack as a linear system: scalar matrices of regions and interfaces, each times a small tensor.

With J = -C mu' + J_ext and J' + R mu + s = 0, every layer satisfies for all test functions v

    int v' C mu' + v R mu  =  int v' J_ext - v s  +  v J |_bottom - v J |_top ,

and an interface law puts J^s = G mu + S E + W w for the two end currents that meet there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.sparse import coo_array, csr_array, kron
from skfem import Basis, ElementLineP1, ElementLineP2, FacetBasis

from femsot.base.components import PHI
from femsot.base.quantities import Array
from femsot.interfaces.law import InterfaceMap
from femsot.model.stack import Boundary, Contact, Injection, Stack

from ..layers import LayerTensors, layer_tensors
from .forms import bulk, load, trace
from .mesh import layer_mesh

ELEMENTS = {1: ElementLineP1, 2: ElementLineP2}
BOTTOM = 0
TOP = 1


@dataclass(frozen=True, eq=False)
class Region:
    """One conducting layer on its own mesh; k = 4 components, or 7 with orbital ones."""

    basis: Basis
    tensors: LayerTensors
    unknowns: Array  #: (nodes, k), their numbers in the system

    @cached_property
    def matrix(self) -> Any:
        """Stiffness x C + mass x R on the region's own unknowns, node by node [S/m^2]."""
        k = self.unknowns.shape[1]
        stiffness = bulk.assemble(self.basis, sigma=np.ones((1, 1)), gamma=0.0)
        mass = bulk.assemble(self.basis, sigma=np.zeros((1, 1)), gamma=1.0)
        return _times(stiffness, self.tensors.Czz[:k, :k]) + _times(mass, self.tensors.R[:k, :k])

    @cached_property
    def weights(self) -> Array:
        """int v (nodes,) [m]."""
        return np.asarray(load.assemble(self.basis, flux=np.zeros((1, 1)), source=1.0))

    @cached_property
    def loads(self) -> Array:
        """int v' J_ext - v s (nodes, k) [A/m^2]."""
        k = self.unknowns.shape[1]
        slopes = load.assemble(self.basis, flux=np.ones((1, 1)), source=0.0)
        driven = np.outer(slopes, self.tensors.external[:k]) - np.outer(self.weights, self.tensors.source[:k])
        return np.asarray(driven)

    @cached_property
    def ends(self) -> Array:
        """The nodes at the bottom and the top (2,)."""
        z = self.basis.doflocs[0]
        return np.array([np.argmin(z), np.argmax(z)])

    def end_unknowns(self, side: int) -> Array:
        """The unknowns (k,) at one end."""
        return np.asarray(self.unknowns[self.ends[side]])

    def face(self, side: int) -> FacetBasis:
        """Traces on one end."""
        z = self.basis.mesh.p[0]
        return FacetBasis(self.basis.mesh, self.basis.elem, facets=np.array([[np.argmin, np.argmax][side](z)]))


@dataclass(frozen=True, eq=False)
class System:
    """(bulk + jumps) @ x = load, except for the rows of unknowns that are held."""

    regions: tuple[Region | None, ...]  #: None for an insulator
    bulk: csr_array  #: of the regions; a shift of phi in any of them drives nothing [S/m^2]
    jumps: csr_array  #: of the interface laws [S/m^2]
    load: Array  #: [A/m^2]
    held: dict[int, float]  #: unknowns that a boundary fixes, and their values [V]
    pinned: list[int]  #: phi = 0 of every segment that no voltage fixes; no current may enter there


def assemble(stack: Stack, *, order: int, cells_per_length: float, refine: int) -> System:
    """The equations of the whole stack in elements of `order` 1 or 2."""
    tensors = layer_tensors(stack)
    bases: list[Basis | None] = []
    for layer, in_layer in zip(stack.layers, tensors, strict=True):
        if in_layer is None:
            bases.append(None)
            continue
        mesh = layer_mesh(in_layer, float(layer.thickness), cells_per_length=cells_per_length, refine=refine)
        bases.append(Basis(mesh, ELEMENTS[order]()))
    regions, size = _number(stack, tensors, bases)
    metals = [region for region in regions if region is not None]
    parts = [_scatter(region.matrix, region.unknowns, region.unknowns) for region in metals]
    jumps: list[tuple[Array, Array, Array]] = []
    total = np.zeros(size)
    for region in metals:
        np.add.at(total, region.unknowns, region.loads)
    for i, pair in enumerate(pairwise(regions)):
        law = stack.maps[i]
        if law is not None:
            jumps += _jump(law, pair)
            _drive(total, pair, law.driven(stack.in_plane, stack.interface_pumping(i)))
    fixed, open_rows = _ends(stack, regions, total)
    pins = _pins(stack, regions, fixed)
    return System(tuple(regions), _sum(parts + open_rows, size), _sum(jumps, size), total, fixed, pins)


def _number(
    stack: Stack, tensors: list[LayerTensors | None], bases: list[Basis | None]
) -> tuple[list[Region | None], int]:
    """The regions with their unknowns numbered; the two sides of a transparent interface share theirs."""
    k = 7 if stack.orbital else 4
    size = 0
    regions: list[Region | None] = []
    for i, (in_layer, basis) in enumerate(zip(tensors, bases, strict=True)):
        if in_layer is None or basis is None:
            regions.append(None)
            continue
        below = regions[-1] if i and stack.maps[i - 1] is None else None
        shared = 0 if below is None else k
        unknowns = size - shared + np.arange(basis.N * k).reshape(-1, k)
        if below is not None:
            unknowns[0] = below.end_unknowns(TOP)  # node 0 is the bottom
        size += unknowns.size - shared
        regions.append(Region(basis, in_layer, unknowns))
    return regions, size


def _times(scalar: Any, tensor: Array) -> Any:
    """Every entry of a scalar matrix times a small tensor, without the tensor's zeros."""
    return kron(coo_array(scalar), coo_array(tensor), format="coo")


def _scatter(matrix: Any, rows: Array, columns: Array) -> tuple[Array, Array, Array]:
    """Values, rows and columns in the system, of a matrix on the unknowns (nodes, k) of one or two regions."""
    entries = coo_array(matrix)
    return entries.data, rows.ravel()[entries.row], columns.ravel()[entries.col]


def _sum(parts: list[tuple[Array, Array, Array]], size: int) -> csr_array:
    if not parts:
        return csr_array((size, size))
    data, rows, columns = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return csr_array(coo_array((data, (rows, columns)), shape=(size, size)))


def _jump(law: InterfaceMap, pair: tuple[Region | None, Region | None]) -> list[tuple[Array, Array, Array]]:
    """The currents J^-, leaving the region below, and J^+, entering the one above; an insulator's potentials are 0."""
    parts = []
    for out, test in enumerate(pair):
        for into, trial in enumerate(pair):
            if test is None or trial is None:
                continue
            k = test.unknowns.shape[1]
            tensor = (1 if out == 0 else -1) * law.conductance[out, :k, into, :k]
            scalar = trace.assemble(trial.face(TOP - into), test.face(TOP - out), g=1.0)
            parts.append(_scatter(_times(scalar, tensor), test.unknowns, trial.unknowns))
    return parts


def _drive(total: Array, pair: tuple[Region | None, Region | None], current: Array) -> None:
    for out, region in enumerate(pair):
        if region is not None:
            unknowns = region.end_unknowns(TOP - out)
            total[unknowns] -= (1 if out == 0 else -1) * current[out, : len(unknowns)]


def _end_current(boundary: Boundary) -> Array:
    """Currents (7,) along +z that a boundary imposes [A/m^2]."""
    current = np.zeros(7)
    if isinstance(boundary, Injection):
        current[1:] = np.concatenate([boundary.spin_current, boundary.orbital_current])
    elif isinstance(boundary, Contact) and boundary.current_density is not None:
        current[PHI] = boundary.current_density
    return current


def _ends(
    stack: Stack, regions: list[Region | None], total: Array
) -> tuple[dict[int, float], list[tuple[Array, Array, Array]]]:
    """Unknowns that the outer boundaries hold with their values, and rows of open ends; adds to the load `total`."""
    fixed: dict[int, float] = {}
    open_rows: list[tuple[Array, Array, Array]] = []
    for side, end, boundary in ((BOTTOM, regions[0], stack.bottom), (TOP, regions[-1], stack.top)):
        if end is None or boundary is None:
            continue
        unknowns = end.end_unknowns(side)
        total[unknowns] += (1 if side == BOTTOM else -1) * _end_current(boundary)[: len(unknowns)]
        fixed |= {int(unknowns[a]): value for a, value in _end_values(boundary).items() if a < len(unknowns)}
        components = boundary.going_on() if isinstance(boundary, Contact) else []
        components = [a for a in components if a < len(unknowns)]
        if components:
            open_rows.append(_open_rows(total, end, side, components=components))
    return fixed, open_rows


def _open_rows(total: Array, end: Region, side: int, *, components: list[int]) -> tuple[Array, Array, Array]:
    """The rows of an open end, J_a = (C_ac/C_cc) (J_c - J_c^ext) + J_a^ext: what charge and field drive alone.

    What the equations of the end node leave over in its charge row is J_c.
    """
    k = end.unknowns.shape[1]
    conductivity = end.tensors.Czz[:k, :k]
    external = end.tensors.external[:k]
    drag = conductivity[components, PHI] / conductivity[PHI, PHI]
    sign = 1 if side == BOTTOM else -1
    rows = end.end_unknowns(side)[components]
    node = end.ends[side]
    total[rows] -= drag * end.loads[node, PHI]
    total[rows] += sign * (external[components] - drag * external[PHI])
    charge = coo_array(end.matrix.tocsr()[[node * k + PHI]])
    data = np.multiply.outer(-drag, charge.data)
    columns = np.broadcast_to(end.unknowns.ravel()[charge.col], data.shape)
    return data.ravel(), np.broadcast_to(rows[:, None], data.shape).ravel(), columns.ravel()


def _end_values(boundary: Boundary) -> dict[int, float]:
    """Components that a boundary holds, with their potentials [V]."""
    values = dict.fromkeys(boundary.fixed(), 0.0)
    if isinstance(boundary, Contact) and boundary.voltage is not None:
        values[PHI] = float(boundary.voltage)
    return values


def _pins(stack: Stack, regions: list[Region | None], fixed: dict[int, float]) -> list[int]:
    """The bottom phi of each run of layers that charge can cross, unless a contact holds a phi of that run."""
    runs: list[list[Region]] = []
    for i, region in enumerate(regions):
        if region is None:
            continue
        law = stack.maps[i - 1] if i else None
        if i == 0 or regions[i - 1] is None or (law is not None and law.blocks_charge):
            runs.append([])
        runs[-1].append(region)
    ends = [[int(run[0].end_unknowns(BOTTOM)[PHI]), int(run[-1].end_unknowns(TOP)[PHI])] for run in runs]
    return [pair[0] for pair in ends if not fixed.keys() & set(pair)]
