"""Textures in closed form, called with points (n, 3) [m] -> unit vectors (n, 3): vortex, domain wall, skyrmion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

import numpy as np

from femsot.base.errors import Checks, did_you_mean
from femsot.base.quantities import Array, Length, Number

Position = Annotated[Any, "m", "vector"]
Axis = Literal["x", "y"]
Wall = Literal["bloch", "neel", "head_to_head"]
Ring = Literal["neel", "bloch"]


def three_numbers(checks: Checks, **vectors: Any) -> Array:
    """The last of `vectors` as an array (3,); faults go into `checks`."""
    array = np.zeros(3)
    for name, value in vectors.items():
        array = np.asarray(value, dtype=float)
        if array.shape != (3,) or not np.all(np.isfinite(array)):
            checks.fail(name, allowed="three finite numbers", value=repr(value))
            array = np.zeros(3)
    return array


def _signs(checks: Checks, **signs: Any) -> None:
    for name, value in signs.items():
        if value not in (1, -1):
            checks.fail(name, allowed="1 or -1", value=repr(value))


def _words(checks: Checks, **words: tuple[Any, Any]) -> None:
    for name, (value, kind) in words.items():
        if value not in get_args(kind):
            checks.fail(name, "", *did_you_mean(str(value), get_args(kind)), value=repr(value))


def _around(points: Array, center: Any) -> tuple[Array, Array, Array]:
    """Distance r (n,) from an axis along z, and cos and sin of the azimuth (0 on the axis itself)."""
    x, y = (points[:, i] - float(center[i]) for i in range(2))
    r = np.hypot(x, y)
    safe = np.where(r > 0, r, 1.0)
    return r, x / safe, y / safe


@dataclass(frozen=True, eq=False, kw_only=True)
class Vortex:
    """A vortex about an axis along z: m_z = p (a^2 - r^2)/(a^2 + r^2) for r < a, in the plane beyond.

    N. A. Usov and S. E. Peschany, J. Magn. Magn. Mater. 118, L290 (1993).
    """

    center: Position  #: of the core; its z does not matter
    core_radius: Length  #: a, beyond which m lies in the plane
    chirality: Number = 1.0  #: 1: counterclockwise seen from +z; or -1
    polarity: Number = 1.0  #: of m_z in the core: 1 or -1

    def __post_init__(self) -> None:
        checks = Checks("magnetization")
        checks.positive(core_radius=self.core_radius)
        _signs(checks, chirality=self.chirality, polarity=self.polarity)
        three_numbers(checks, center=self.center)
        checks.done()

    def __call__(self, points: Array) -> Array:
        r, cos, sin = _around(points, self.center)
        ratio = np.minimum(r / self.core_radius, 1.0)
        up = (1 - ratio**2) / (1 + ratio**2)
        flat = self.chirality * 2 * ratio / (1 + ratio**2)
        return np.stack([-flat * sin, flat * cos, self.polarity * up], axis=-1)


@dataclass(frozen=True, eq=False, kw_only=True)
class DomainWall:
    """A straight 180-degree wall: m along the easy axis is p tanh((x0 - x)/Delta), the rest 1/cosh.

    Between domains along z, a Bloch wall turns through the direction in the plane across `along`, a Neel wall through
    `along`. Head-to-head domains lie along `along`, and their wall turns through the direction across it.
    L. D. Landau and E. M. Lifshitz, Phys. Z. Sowjetunion 8, 153 (1935).
    """

    position: Length  #: x0, of the wall's middle
    width: Length  #: Delta = sqrt(A/K)
    wall: Wall = "bloch"  #: and the domains beside it
    along: Axis = "x"  #: the wall's normal
    chirality: Number = 1.0  #: of m in the wall: 1 or -1
    polarity: Number = 1.0  #: of the domain on the negative side: 1 or -1

    def __post_init__(self) -> None:
        checks = Checks("magnetization")
        checks.positive(width=self.width)
        checks.finite(position=self.position)
        _signs(checks, chirality=self.chirality, polarity=self.polarity)
        _words(checks, wall=(self.wall, Wall), along=(self.along, Axis))
        checks.done()

    def __call__(self, points: Array) -> Array:
        along, across = (0, 1) if self.along == "x" else (1, 0)
        easy, inside = {"bloch": (2, across), "neel": (2, along), "head_to_head": (along, across)}[self.wall]
        # beyond 300 Delta the wall's own part is 0 in any case, and cosh would overflow
        x = np.clip((points[:, along] - self.position) / self.width, -300, 300)
        m = np.zeros(points.shape)
        m[:, easy] = -self.polarity * np.tanh(x)
        m[:, inside] = self.chirality / np.cosh(x)
        return m


@dataclass(frozen=True, eq=False, kw_only=True)
class Skyrmion:
    """A skyrmion: m turns by 2 atan[sinh(r/w)/sinh(R/w)] from its centre to r, by 90 degrees at R.

    X. S. Wang, H. Y. Yuan and X. R. Wang, Commun. Phys. 1, 31 (2018).
    """

    center: Position  #: its z does not matter
    radius: Length  #: R, where m_z = 0
    width: Length  #: w, of the wall around it
    wall: Ring = "neel"  #: m in the wall along the radius, or around the centre
    chirality: Number = 1.0  #: 1: outwards, or counterclockwise seen from +z; or -1
    polarity: Number = 1.0  #: of m_z in the centre: 1 or -1

    def __post_init__(self) -> None:
        checks = Checks("magnetization")
        checks.positive(radius=self.radius, width=self.width)
        _signs(checks, chirality=self.chirality, polarity=self.polarity)
        _words(checks, wall=(self.wall, Ring))
        three_numbers(checks, center=self.center)
        checks.done()

    def __call__(self, points: Array) -> Array:
        r, cos, sin = _around(points, self.center)
        # both sinh over exp(the larger argument), which cancels in the ratios below
        largest = np.maximum(r, self.radius)
        s, edge = (
            np.exp((x - largest) / self.width) * -np.expm1(-2 * x / self.width)
            for x in (r, np.full_like(r, self.radius))
        )
        up = (edge**2 - s**2) / (edge**2 + s**2)
        flat = self.chirality * 2 * s * edge / (edge**2 + s**2)
        x, y = (cos, sin) if self.wall == "neel" else (-sin, cos)
        return np.stack([flat * x, flat * y, self.polarity * up], axis=-1)
