"""The torque of every direction of m in two constant vectors, as micromagnetic codes take it (docs/physics.md 5)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from femsot.base.constants import e, hbar
from femsot.base.errors import Caution, Fault, InputError, did_you_mean, warn
from femsot.base.quantities import Array
from femsot.materials.records import Ferromagnet, Insulator
from femsot.model.replace import with_values
from femsot.model.stack import Stack
from femsot.results.solution import Solution

from .solve import solve, solve_many

#: a misfit above it is told
TOLD = 0.02
_CORNERS = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) / np.sqrt(3)
#: six directions along the axes and eight along the diagonals
DIRECTIONS = np.concatenate([np.eye(3), -np.eye(3), _CORNERS])


@dataclass(frozen=True, eq=False, kw_only=True)
class TorqueVectors:
    """The field of the torque on m, B(m) = m x P_DL + P_FL, up to a part along m; B = hbar/(2 e M_s d) m x tau."""

    damping_like: Array  #: P_DL (3) [T]
    field_like: Array  #: P_FL (3) [T]
    residual: float  #: the largest misfit over the directions, over the largest field
    directions: Array  #: m (n, 3) of the solutions
    misfits: Array  #: (n) of each direction, over the largest field


def torque_vectors(stack: Stack, name: str, *, directions: Array | None = None) -> TorqueVectors:
    """Return the two vectors that fit the torque on a magnet best over directions of its m (least squares).

    The other magnets stay as they are. Warn with `PhysicsWarning` where the misfit is above 2 %.

    Parameters
    ----------
    stack : exact in one batch; another method solves one direction after another.
    name : layer; a magnet.
    directions : unit vectors (n, 3), three or more that span space; default 14.

    Raises
    ------
    InputError
        If there is no such magnet, it has no M_s, or the directions do not determine the vectors.
    """
    _check(stack, name)
    m = _checked(DIRECTIONS if directions is None else directions)
    fields = _fields(stack, name, m)
    rows = _rows(m).reshape(-1, 6)
    solution, _, rank, _ = np.linalg.lstsq(rows, fields.ravel(), rcond=1e-9)
    if rank < rows.shape[1]:
        raise InputError(Fault("directions", "do not determine both vectors", "three or more that span space"))
    misfits = np.linalg.norm((rows @ solution).reshape(fields.shape) - fields, axis=-1)
    largest = float(np.linalg.norm(fields, axis=-1).max())
    relative = misfits / largest if largest > 0 else misfits
    residual = float(relative.max())
    if residual > TOLD:
        problem = f"two constant vectors miss its torque by up to {100 * residual:.2g} % of the largest"
        hint = "the torque depends on m in a way that micromagnetic codes do not have"
        warn([Caution(f"layers.{name}", problem, hint, kind="vectors")], stacklevel=2)
    return TorqueVectors(
        damping_like=solution[:3], field_like=solution[3:], residual=residual, directions=m, misfits=relative
    )


def _check(stack: Stack, name: str) -> None:
    """Raise InputError if the layer is no magnet with M_s."""
    layers = {layer.name: layer for layer in stack.layers}
    magnets = [layer.name for layer in stack.layers if layer.magnetization is not None]
    if name not in magnets:
        raise InputError(Fault("layers", f"{name!r} is no magnet, so it takes no torque", *did_you_mean(name, magnets)))
    material = layers[name].material
    assert isinstance(material, Ferromagnet | Insulator)
    if material.saturation_magnetization is None:
        path = f"materials.{material.name}.saturation_magnetization"
        raise InputError(Fault(path, "missing", "M_s [A/m]", "a field in tesla needs it"))


def _checked(directions: Array) -> Array:
    m = np.asarray(directions, dtype=float)
    if m.ndim != 2 or m.shape[1] != 3 or not np.allclose(np.linalg.norm(m, axis=-1), 1.0, rtol=0, atol=1e-9):
        raise InputError(Fault("directions", f"of shape {m.shape}", "unit vectors (n, 3)"))
    return m


def _rows(m: Array) -> Array:
    """The matrices (n, 3, 6) from (P_DL, P_FL) to - m x B, B = m x P_DL + P_FL."""
    across = np.cross(m[:, None], np.eye(3)).swapaxes(-1, -2)
    return np.concatenate([np.eye(3) - m[:, :, None] * m[:, None, :], -across], axis=-1)


def _fields(stack: Stack, name: str, m: Array) -> Array:
    """Return hbar/(2 e M_s d) tau (n, 3) [T] of every direction."""
    path = f"layers.{name}.magnetization"
    if stack.method == "exact":
        return _field(solve_many(stack, {path: m}), name)
    return np.array([_field(solve(with_values(stack, {path: direction})), name) for direction in m])


def _field(solution: Solution, name: str) -> Array:
    torque = solution.torque(name)
    assert torque.moment is not None
    return np.asarray(hbar / (2 * e) / torque.moment[..., None] * torque.vector)
