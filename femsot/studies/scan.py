"""Resistances while m turns: in the film (alpha), across the field (beta), in the plane of field and z (gamma)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from femsot.base.errors import Fault, InputError, did_you_mean
from femsot.base.quantities import Array
from femsot.model.drive import driven
from femsot.model.paths import owners_named
from femsot.model.stack import Stack

from .imposed import NO_CURRENT, without_drives
from .solve import solve_many

#: plane -> the directions between which m turns: angle 0 and 90 degrees; E, T = z x E, and z
PLANES = {"alpha": ("E", "T"), "beta": ("z", "T"), "gamma": ("z", "E")}
MOST_POINTS = 100_000


@dataclass(frozen=True, eq=False, kw_only=True)
class Scan:
    """Resistances of a stack against the angle of its magnetizations.

    With the current along E, rho_xx is the field along it and rho_xy the field across it (along z x E), each over
    the mean current density of all that conducts.
    """

    planes: tuple[str, ...]
    angles: Array  #: (points,) [rad]
    turned: tuple[str, ...]  #: layers whose magnetization turns
    fixed: tuple[str, ...]  #: magnets that stay as they are
    rho_xx: Array  #: (planes, points) [ohm m]
    rho_xy: Array  #: (planes, points) [ohm m]
    thickness: float  #: of all that conducts [m]
    resistance_area: Array | None  #: (planes, points) [ohm m^2]; None where no two contacts drive
    ratios: Mapping[str, float | None]  #: by name, see `ratios_of`

    @property
    def sheet_resistance(self) -> Array:
        """Return rho_xx over the thickness (planes, points) [ohm]."""
        return self.rho_xx / self.thickness


def scan(
    stack: Stack, planes: Sequence[str] = tuple(PLANES), *, points: int = 73, layers: Sequence[str] | None = None
) -> Scan:
    """Return the resistances of a stack while magnetizations turn through 360 degrees, one batch for all of them.

    Parameters
    ----------
    stack : one stack; E along its in-plane field or current, along x where it has none.
    planes : of "alpha" (E towards z x E), "beta" (z towards z x E), "gamma" (z towards E).
    points : angles from 0 to 360 degrees, both included.
    layers : magnets that turn, together; default: all.

    Raises
    ------
    InputError
        For an unknown plane or layer, and for a stack without magnets.
    """
    _check(planes, points)
    turned = _turned(stack, layers)
    axes = _axes(stack)
    angles = np.linspace(0.0, 2 * np.pi, points)
    m = np.stack([_circle(axes, plane, angles) for plane in planes])
    sides = np.stack([axes["E"], axes["T"], axes["z"]])
    every = np.concatenate([m.reshape(-1, 3), sides])
    rho, thickness = _resistivity(stack, {f"layers.{name}.magnetization": every[:, None, :] for name in turned}, axes)
    shape = len(planes), points
    area = _resistance_area(stack, turned, m)
    magnets = [layer.name for layer in stack.layers if layer.magnetization is not None]
    rho_xx = rho[: m.size // 3, 0, 0].reshape(shape)
    rho_xy = rho[: m.size // 3, 1, 0].reshape(shape)
    fixed = tuple(name for name in magnets if name not in turned)
    extremes = None if not fixed else (rho_xx, area)
    return Scan(
        planes=tuple(planes),
        angles=angles,
        turned=tuple(turned),
        fixed=fixed,
        rho_xx=rho_xx,
        rho_xy=rho_xy,
        thickness=thickness,
        resistance_area=area,
        ratios=ratios_of(rho[-3:], rho_xy[list(planes).index("alpha")] if "alpha" in planes else None, extremes),
    )


def ratios_of(rho: Array, planar: Array | None, extremes: tuple[Array, Array | None] | None) -> dict[str, float | None]:
    """Return the ratios of a scan; None where its planes or magnets do not tell.

    Parameters
    ----------
    rho : (3, 2, 2), the resistivities for m along E, z x E and z [ohm m].
    planar : rho_xy in plane alpha, points from 0 to 360 degrees [ohm m].
    extremes : rho_xx and resistance-area product where some magnets stay as they are.
    """
    along, across, out = rho[:, 0, 0]
    amplitude = None if planar is None else _second_harmonic(planar)
    resistivity, area = extremes or (None, None)
    return {
        "AMR": float((along - out) / out),
        "SMR": float((across - out) / out),
        "AHE": float(rho[2, 1, 0] / out),
        "PHE": None if amplitude is None else float(2 * amplitude / out),
        "GMR_in_plane": None if resistivity is None else float(np.ptp(resistivity) / resistivity.min()),
        "GMR_perpendicular": None if area is None else float(np.ptp(area) / area.min()),
    }


def _second_harmonic(values: Array) -> float:
    """The amplitude of sin 2 angle over evenly spaced angles, both ends of the circle included."""
    angles = np.linspace(0.0, 2 * np.pi, len(values))[:-1]
    return float(2 * np.mean(values[:-1] * np.sin(2 * angles)))


def _check(planes: Sequence[str], points: int) -> None:
    for plane in planes:
        if plane not in PLANES:
            raise InputError(Fault("plane", "", *did_you_mean(str(plane), PLANES), value=repr(plane)))
    if not 5 <= points <= MOST_POINTS:
        raise InputError(Fault("points", allowed=f"a whole number from 5 to {MOST_POINTS:,}", value=str(points)))


def _turned(stack: Stack, layers: Sequence[str] | None) -> list[str]:
    """The magnets that turn."""
    magnets = [layer.name for layer in stack.layers if layer.magnetization is not None]
    if not magnets:
        raise InputError(Fault("layers", "no magnet whose magnetization could turn", "one at least"))
    if layers is None:
        return magnets
    for name in layers:
        if not owners_named(name, magnets):
            raise InputError(Fault("layer", "no magnet of that name", *did_you_mean(name, magnets), value=repr(name)))
    return [owner for name in layers for owner in owners_named(name, magnets)]


def _axes(stack: Stack) -> dict[str, Array]:
    """Unit vectors along E (or the given current), z x E and z."""
    along = np.asarray(stack.electric_field if stack.current_density is None else (*stack.current_density, 0.0))
    if along.ndim != 1:
        raise InputError(Fault("stack", "is a batch", "one stack"))
    size = np.linalg.norm(along)
    field = along / size if size else np.array([1.0, 0.0, 0.0])
    z = np.array([0.0, 0.0, 1.0])
    return {"E": field, "T": np.cross(z, field), "z": z}


def _circle(axes: Mapping[str, Array], plane: str, angles: Array) -> Array:
    """m (points, 3) in one plane."""
    start, quarter = (axes[name] for name in PLANES[plane])
    return np.cos(angles)[:, None] * start + np.sin(angles)[:, None] * quarter


def _resistivity(stack: Stack, m: dict[str, Array], axes: Mapping[str, Array]) -> tuple[Array, float]:
    """rho (n, 2, 2) [ohm m] in the axes E and z x E for every m (n, 1, 3), and the conducting thickness [m]."""
    quiet = without_drives(stack)
    fields = np.stack([axes["E"], axes["T"]])
    solution = solve_many(quiet, {**m, "drive.electric_field": fields})
    layers = [layer for layer in stack.layers if layer.material.metallic]
    sheets = sum((solution.sheet_current(layer.name) for layer in layers), np.zeros(2))
    sheets = np.broadcast_to(sheets, (len(next(iter(m.values()))), 2, 2))
    conductance = np.swapaxes(sheets @ fields[:, :2].T, -1, -2)
    thickness = float(sum(float(layer.thickness) for layer in layers))
    return thickness * np.linalg.inv(conductance), thickness


def _resistance_area(stack: Stack, turned: Sequence[str], m: Array) -> Array | None:
    """(planes, points) of a stack that its contacts drive [ohm m^2]; None where they do not."""
    alone = replace(stack, electric_field=(0.0, 0.0, 0.0), magnetization_rate={}, **NO_CURRENT)
    if not driven(alone):
        return None
    area = solve_many(alone, {f"layers.{name}.magnetization": m for name in turned}).resistance().area
    return None if area is None else np.broadcast_to(area, m.shape[:-1])
