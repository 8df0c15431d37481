"""A strip with a magnetic dot on it in 3D, and its cross-section in 2D, with fields that are linear in space.

Nothing is solved: the objects have what the output of a `DeviceSolution` reads, and every number is known.
"""

import dataclasses
import warnings
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

import femsot as fs
from femsot.interfaces import Ohmic
from femsot.materials.records import Ferromagnet, NormalMetal
from femsot.model.device import Device, Region, Terminal
from femsot.model.mesh import Level, Mesh, cross_section, grid, layered

NM = 1e-9
M = np.array([0.6, 0.0, 0.8])
PT = NormalMetal(name="Pt", conductivity=5e6, spin_diffusion_length=1.4e-9, spin_hall_angle=0.1)
CO = Ferromagnet(
    name="Co", conductivity=7e6, spin_diffusion_length=10e-9, exchange_length=1e-9, saturation_magnetization=1e6
)
#: of the strip and of the dot: value at the origin (7,) and gradient (7, 3) [V, V/m]
MU = {
    "strip": (np.array([1e-3, 0, 2e-5, 0, 0, 3e-6, 0]), np.outer([-4e4, 30, -80, 0, 0, 50, 0], [1.0, 0.2, 0.5])),
    "dot": (np.array([0.9e-3, 5e-6, 1e-5, -2e-6, 0, 0, 0]), np.outer([-3e4, 10, -40, 60, 0, 0, 0], [1.0, -0.1, 0.3])),
}
TORQUE = (np.array([2e18, -5e17, 1e18]), np.outer([1e25, 0, -3e25], [0.5, 1.0, 0.0]))
SURFACE = (np.array([1e9, 2e9, -5e8]), np.outer([1e16, -2e16, 0.0], [1.0, 0.0, 0.0]))


def linear(given, points):
    return given[0] + points @ given[1].T


@dataclass
class RegionResult:
    name: str
    points: np.ndarray
    cells: np.ndarray
    kind: str
    mu: np.ndarray
    J: np.ndarray
    m: np.ndarray | None = None
    torque: np.ndarray | None = None
    amounts: np.ndarray | None = None
    field: np.ndarray | None = None
    quadrature: list = dataclasses.field(default_factory=list)

    def deposit(self):
        points, values = zip(*self.quadrature, strict=True)
        return np.concatenate(points), np.concatenate(values)


@dataclass
class InterfaceResult:
    name: str
    points: np.ndarray
    facets: np.ndarray
    kind: str
    mu_minus: np.ndarray
    mu_plus: np.ndarray
    J_minus: np.ndarray
    J_plus: np.ndarray
    torque_magnetization: np.ndarray
    torque_lattice: np.ndarray
    normal: np.ndarray
    amounts: np.ndarray


@dataclass
class Solution:
    device: Device
    regions: dict
    interfaces: dict
    contacts: dict

    def to_dict(self):
        return record(self)


def in_space(mesh):
    points = np.zeros((len(mesh.points), 3))
    points[:, ["xyz".index(axis) for axis in mesh.plane]] = mesh.points
    return points


def _own(points, cells):
    used, inverse = np.unique(cells, return_inverse=True)
    return points[used], inverse.reshape(cells.shape)


def _region(mesh, name):
    points, cells = _own(in_space(mesh), mesh.cells[mesh.regions[name]])
    mu = linear(MU[name], points)
    J = np.broadcast_to(-1e6 * MU[name][1], (len(points), 7, 3)) + 1e10 * points[:, None, :1] / 60e-9
    found = RegionResult(name, points, cells, mesh.kind, mu, J)
    if name == "dot":
        found.m = np.tile(M, (len(points), 1))
        found.torque = linear(TORQUE, points)
        found.field = 1e-19 * np.cross(M, found.torque)
        middle = points[cells].mean(1)  # exact for linear fields in tetrahedra and rectangles
        found.amounts = mesh.volumes[mesh.regions[name], None] * linear(TORQUE, middle)
        found.quadrature.append((middle, found.amounts))
    return found


def _interface(mesh, rows):
    points, facets = _own(in_space(mesh), rows)
    mu = [linear(MU[name], points) for name in ("strip", "dot")]
    J = [np.tile(x, (len(points), 1)) for x in (np.arange(7) * 1e9, np.arange(7) * 8e8)]
    torque = linear(SURFACE, points)
    normal = np.tile([0.0, 0.0, 1.0], (len(points), 1))
    kind = {2: "line", 3: "triangle", 4: "quad"}[facets.shape[1]]
    corners = points[facets]
    amounts = _size(mesh, corners)[:, None] * linear(SURFACE, corners.mean(1))
    return InterfaceResult("strip|dot", points, facets, kind, *mu, *J, torque, 0.1 * torque, normal, amounts)


def _size(mesh, corners):
    """Area of triangles, of the width `depth` times length of edges."""
    if corners.shape[1] == 2:
        return mesh.depth * np.linalg.norm(corners[:, 1] - corners[:, 0], axis=1)
    return np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2


def _solution(mesh, title):
    regions = {"strip": Region(PT), "dot": Region(CO, M)}
    contacts = {"left": Terminal(voltage=1e-3), "right": Terminal(current=-2e-5)}
    device = Device(mesh, regions, {"strip|dot": Ohmic(charge=1e15)}, contacts, title=title)
    found = {name: _region(mesh, name) for name in mesh.regions}
    face = _interface(mesh, mesh.interfaces()["strip", "dot"])
    found["dot"].quadrature.append((face.points[face.facets].mean(1), face.amounts))
    currents = {"left": (1e-3, 2e-5), "right": (0.4e-3, -2e-5)}
    return Solution(device, found, {face.name: face}, currents)


def nm(*values):
    return NM * np.array(values, dtype=float)


def footprint():
    """60 x 40 nm of triangles, the dot's place 20 x 20 nm in the middle."""

    def parts(centres):
        inside = (np.abs(centres - nm(30, 20)) < 10e-9).all(1)
        return np.where(inside, "middle", "rest")

    x, y = nm(*range(0, 61, 5)), nm(*range(0, 41, 5))
    return grid(x, y, kind="triangle", parts=parts)


@cache
def strip_dot():
    """In 3D, tetrahedra."""
    levels = [Level(4e-9, "strip", size=1e-9), Level(3e-9, {"middle": "dot"}, size=1e-9)]
    mesh = layered(levels, footprint=footprint(), contacts={"left": "x-", "right": "x+"})
    return _solution(mesh, "a strip with a dot [Pt|Co]")


@cache
def cross():
    """In 2D, quads in the plane x, z, 40 nm deep."""
    columns = [("a", nm(*range(0, 21, 2))), ("b", nm(*range(0, 21, 2))), ("c", nm(*range(0, 21, 2)))]
    levels = [Level(4e-9, "strip", size=1e-9), Level(3e-9, {"b": "dot"}, size=1e-9)]
    mesh = cross_section(columns, levels, contacts={"left": "x-", "right": "x+"}, depth=40e-9)
    return _solution(mesh, "cross-section")


@cache
def disc():
    """In 2D, triangles in the plane x, y, a film of 5 nm: one magnet with a turning m."""
    mesh = grid(nm(*range(0, 41, 4)), nm(*range(0, 41, 4)), kind="triangle", parts="dot", plane="xy")
    mesh = Mesh(
        mesh.points, mesh.cells, mesh.kind, mesh.regions, faces={"left": _edges(mesh, 0.0)}, plane="xy", depth=5e-9
    )
    contacts = {"left": Terminal(voltage=0.0)}
    device = Device(mesh, {"dot": Region(CO, _turning)}, contacts=contacts, title="a disc")
    region = _region(mesh, "dot")
    region.m = _turning(region.points)
    return Solution(device, {"dot": region}, {}, {"left": (0.0, 0.0)})


def _turning(points):
    x, y = (points[:, :2] - 20e-9).T
    core = np.exp(-(x**2 + y**2) / (8e-9) ** 2)
    size = np.hypot(x, y) + 1e-12
    return np.stack([-y / size * (1 - core), x / size * (1 - core), core + 1e-3], axis=-1)


def _edges(mesh, x):
    numbers = np.flatnonzero(mesh.points[:, 0] == x)
    return np.stack([numbers[:-1], numbers[1:]], axis=1)


def record(solution):
    """The result.json of a device, with numbers of their own in every place."""
    flux = [3e9, -1e9, 2e9]
    like = {
        "received_like": [2.9e9, 1e8],
        "flux_like": [3e9, 1e8],
        "damping_like": 2.9e9,
        "field_like": 1e8,
        "efficiency_E": None,
    }
    torque = {
        "basis": "received",
        "flux": flux,
        "exchange": [2e9, -1e9, 1e9],
        "interface": [9e8, 0.0, 9e8],
        "received": [2.9e9, -1e9, 1.9e9],
    }
    torque |= like | {"remainder": [0.0, 0.0, 0.0], "reference": [0, 1, 0], "field_T": [2e-3, 1e-4]}
    spent = {"flux": flux, "exchange": torque["exchange"], "spin_flip": [1e9, 0.0, 1e9], "orbital_exchange": [0.0] * 3}
    mesh = solution.device.mesh
    parts = []
    for name, region in solution.regions.items():
        volume = float(mesh.volumes[mesh.regions[name]].sum())
        footprint = volume / 4e-9 if name == "strip" else volume / 3e-9
        part = {"name": name, "volume": volume, "footprint": footprint, "mu_mean": region.mu.mean(0).tolist()}
        part |= {"torque": None if region.m is None else torque, "budget": spent | {"residual": 1e-12}}
        parts.append(part)
    faces = [
        {
            "name": name,
            "area": 4e-16,
            "current_minus": [1e-6 * k for k in range(7)],
            "current_plus": [0.8e-6 * k for k in range(7)],
            "torque_magnetization": [9e8, 0.0, 5e8],
            "torque_lattice": [1e8, -2e8, 0.0],
        }
        for name in solution.interfaces
    ]
    contacts = [{"name": name, "voltage": v, "current": i} for name, (v, i) in solution.contacts.items()]
    report = {"method": "fem", "solver": "direct", "unknowns": 3344, "iterations": 1, "residual": 2e-15}
    report |= {"seconds": {"assembly": 0.1, "solve": 0.02}, "warnings": ["a <warning> & more"], "charge_balance": 1e-16}
    materials = {"Pt": {"kind": "normal", "conductivity": 5e6}, "Co": {"kind": "ferromagnet", "conductivity": 7e6}}
    vortex = {"kind": "vortex", "core_radius": 8e-9}
    regions = {"strip": {"material": "Pt"}, "dot": {"material": "Co", "magnetization": vortex}}
    return {
        "femsot": "0.1.0",
        "title": solution.device.title,
        "input": {"mesh": {"size": 5e-9, "cells": 9}, "materials": materials, "regions": regions},
        "components": ["phi", "sx", "sy", "sz", "ox", "oy", "oz"],
        "regions": parts,
        "interfaces": faces,
        "contacts": contacts,
        "report": report,
    }


SOLUTIONS = {"strip_dot": strip_dot, "cross": cross, "disc": disc}


def at_rest(law, material=CO):
    """The cross-section, all contacts at 0 V."""
    device = cross().device
    regions = device.regions | {"dot": Region(material, M)}
    contacts = {name: Terminal(voltage=0.0) for name in device.contacts}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fs.PhysicsWarning)
        return fs.solve(replace(device, regions=regions, interfaces={"strip|dot": law}, contacts=contacts), order=1)
