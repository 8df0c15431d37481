"""femsot: spin-orbit and orbital torques in magnetic multilayers by charge, spin and orbital drift-diffusion."""

from importlib import import_module

from femsot.base.errors import Caution, Fault, InputError, PhysicsWarning, SolveError
from femsot.interfaces import (
    Insulating,
    Matrix,
    Mixing,
    Ohmic,
    Rashba2D,
    Scattering,
    SpinMemoryLoss,
    Transparent,
    Tunnel,
)
from femsot.materials.library import material
from femsot.materials.records import Altermagnet, Ferromagnet, Insulator, NormalMetal
from femsot.model import mesh
from femsot.model.boundaries import Surface
from femsot.model.device import Device, Region, Terminal
from femsot.model.replace import with_values
from femsot.model.stack import Contact, Injection, Layer, Reservoir, Stack
from femsot.results.solution import Solution
from femsot.results.stack import StackSolution
from femsot.studies.solve import solve, solve_many
from femsot.version import __version__


def read(path: str) -> Stack | Device:
    """Return the stack or the device that a TOML file describes (docs/input.md).

    Parameters
    ----------
    path : the file.

    Raises
    ------
    InputError
        With every fault of the file.
    """
    from femsot.io.config import read as read_stack

    return read_stack(path)


#: names that load when they are asked for -> where they are
_LATER = {
    "DeviceSolution": ("femsot.results.device", "DeviceSolution"),
    "ovf": ("femsot.model.texture.ovf", ""),
    "papers": ("femsot.papers", ""),
    "texture": ("femsot.model.texture", ""),
}


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)


def __getattr__(name: str) -> object:
    """Return what loads with its first use, the finite elements with `DeviceSolution`."""
    if name not in _LATER:
        raise AttributeError(f"module 'femsot' has no attribute {name!r}")
    module, attribute = _LATER[name]
    loaded = import_module(module)
    return getattr(loaded, attribute) if attribute else loaded


__all__ = [
    "Altermagnet",
    "Caution",
    "Contact",
    "Device",
    "DeviceSolution",
    "Fault",
    "Ferromagnet",
    "Injection",
    "InputError",
    "Insulating",
    "Insulator",
    "Layer",
    "Matrix",
    "Mixing",
    "NormalMetal",
    "Ohmic",
    "PhysicsWarning",
    "Rashba2D",
    "Region",
    "Reservoir",
    "Scattering",
    "Solution",
    "SolveError",
    "SpinMemoryLoss",
    "Stack",
    "StackSolution",
    "Surface",
    "Terminal",
    "Transparent",
    "Tunnel",
    "__version__",
    "material",
    "mesh",
    "ovf",
    "papers",
    "read",
    "solve",
    "solve_many",
    "texture",
    "with_values",
]
