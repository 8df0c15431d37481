"""femsot: spin-orbit and orbital torques in magnetic multilayers by charge, spin and orbital drift-diffusion."""

from .boundaries import Surface
from .checks import InputError, PhysicsWarning
from .device import Device, Region, Terminal
from .fields import SolveError
from .interfaces import (
    from_scattering,
    insulating,
    matrix,
    memory_loss,
    mixing,
    ohmic,
    rashba2d,
    scattering,
    transparent,
)
from .materials import Ferromagnet, Insulator, NormalMetal, material
from .run import solve, solve_many
from .solution import Solution
from .stack import Contact, Injection, Layer, Reservoir, Stack
from .values import with_values
from .version import __version__


def read(path: str) -> Stack | Device:
    """The stack or the device that a TOML file describes; `InputError` lists every fault of the file."""
    from .config import read as read_stack

    return read_stack(path)


def __getattr__(name: str) -> object:
    """`DeviceSolution`, which loads the finite elements, when it is asked for."""
    if name == "DeviceSolution":
        from .device_solution import DeviceSolution

        return DeviceSolution
    raise AttributeError(f"module 'femsot' has no attribute {name!r}")


__all__ = [
    "Contact",
    "Device",
    "DeviceSolution",
    "Ferromagnet",
    "Injection",
    "InputError",
    "Insulator",
    "Layer",
    "NormalMetal",
    "PhysicsWarning",
    "Region",
    "Reservoir",
    "Solution",
    "SolveError",
    "Stack",
    "Surface",
    "Terminal",
    "__version__",
    "from_scattering",
    "insulating",
    "material",
    "matrix",
    "memory_loss",
    "mixing",
    "ohmic",
    "rashba2d",
    "read",
    "scattering",
    "solve",
    "solve_many",
    "transparent",
    "with_values",
]
