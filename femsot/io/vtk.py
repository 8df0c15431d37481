"""A stack as a VTU file for ParaView: a thin adapter to meshio, which is imported nowhere else but in mesh."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from femsot.base.components import ORBITAL, PHI, SPIN
from femsot.base.files import replacing
from femsot.base.quantities import Array

from .result import Profiles, Result, magnetization, parts, profiles, torque_vector


def write_vtu(result: Result, path: str | os.PathLike[str]) -> None:
    """Writes the profiles of a stack as lines along z, whole or not at all.

    Layers are not joined, so both sides of an interface are seen; `region` counts the layers from the bottom, from 0.
    An insulator has its two ends, where potentials and currents are zero.
    J_s and J_o (9): index 3 * component + flow axis; only the flow along z is known, the others are zero.
    """
    import meshio

    curves = _with_insulators(result)
    names = [str(part["name"]) for part in parts(result)]
    region = np.array([names.index(name) for name in curves.layer])
    first = np.concatenate([np.arange(piece.start, piece.stop - 1) for piece in curves.pieces()])
    points = np.zeros((len(curves.z), 3))
    points[:, 2] = curves.z
    data = {**_fields(curves), **_of_layers(result, curves), "region": region}
    mesh = meshio.Mesh(
        points, [("line", np.stack([first, first + 1], -1))], point_data=data, cell_data={"region": [region[first]]}
    )
    with replacing(path) as part:
        meshio.write(part, mesh, file_format="vtu")


def _with_insulators(result: Result) -> Profiles:
    """The profiles of a stack, and two points for each layer that has none, from bottom to top."""
    curves = profiles(result)
    pieces = {curves.layer[piece.start]: piece for piece in curves.pieces()}
    z = []
    layer = []
    mu = []
    J = []
    for part in parts(result):
        name = str(part["name"])
        piece = pieces.get(name)
        ends = np.asarray(part["z"], dtype=float)
        none = np.zeros((2, curves.mu.shape[1]))
        z.append(ends if piece is None else curves.z[piece])
        mu.append(none if piece is None else curves.mu[piece])
        J.append(none if piece is None else curves.J[piece])
        layer += [name] * len(z[-1])
    return Profiles(z=np.concatenate(z), layer=layer, mu=np.concatenate(mu), J=np.concatenate(J))


def _fields(curves: Profiles) -> dict[str, Array]:
    """Potentials [V] and currents [A/m^2] at every point."""
    count = len(curves.z)
    charge = np.zeros((count, 3))
    spin = np.zeros((count, 3, 3))
    orbital = np.zeros((count, 3, 3))
    charge[:, 2] = curves.J[:, PHI]
    spin[:, :, 2] = curves.J[:, SPIN]
    orbital[:, :, 2] = curves.J[:, ORBITAL]
    return {
        "phi": curves.mu[:, PHI].copy(),
        "mu_s": curves.mu[:, SPIN].copy(),
        "mu_o": curves.mu[:, ORBITAL].copy(),
        "J_c": charge,
        "J_s": spin.reshape(count, 9),
        "J_o": orbital.reshape(count, 9),
    }


def _of_layers(result: Result, curves: Profiles) -> dict[str, Array]:
    """The torque [A/m^2] and m of each point's layer, zeros where it is no magnet."""
    torque: dict[str, Any] = {str(part["name"]): part.get("torque") for part in parts(result)}
    none = np.zeros(3)
    vectors = {name: none if not t else torque_vector(t) for name, t in torque.items()}
    m = {name: magnetization(result, name) for name in torque}
    return {
        "torque": np.array([vectors[name] for name in curves.layer]),
        "m": np.array([none if m[name] is None else m[name] for name in curves.layer]),
    }
