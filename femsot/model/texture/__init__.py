"""Magnetizations that vary in space: called with points (n, 3) [m], they give unit vectors (n, 3).

From OVF and VTU files, from a `discretisedfield.Field`, from a function, or in closed form.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .forms import DomainWall, Skyrmion, Vortex
from .sampled import Texture, digest, from_field, from_grid, from_ovf, from_python, from_vtu

vortex = Vortex
domain_wall = DomainWall
skyrmion = Skyrmion
#: closed forms by the word that a file has for their `kind`
FORMS: dict[str, Callable[..., Any]] = {"vortex": Vortex, "domain_wall": DomainWall, "skyrmion": Skyrmion}
#: sampled textures by the key that says where they are from
SOURCES: dict[str, Callable[..., Texture]] = {"file": from_ovf, "vtu": from_vtu, "python": from_python}

__all__ = [
    "FORMS",
    "SOURCES",
    "DomainWall",
    "Skyrmion",
    "Texture",
    "Vortex",
    "digest",
    "domain_wall",
    "from_field",
    "from_grid",
    "from_ovf",
    "from_python",
    "from_vtu",
    "skyrmion",
    "vortex",
]
