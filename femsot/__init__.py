"""femsot: spin-orbit and orbital torques in magnetic multilayers by charge, spin and orbital drift-diffusion."""

from .checks import InputError, PhysicsWarning
from .fields import SolveError
from .interfaces import from_scattering, insulating, matrix, memory_loss, mixing, ohmic, scattering, transparent
from .materials import Ferromagnet, Insulator, NormalMetal, material
from .run import solve, solve_many
from .solution import Solution
from .stack import Contact, Injection, Layer, Reservoir, Stack
from .values import with_values
from .version import __version__


def read(path: str) -> Stack:
    """The stack that a TOML file describes; `InputError` lists every fault of the file."""
    from .config import read as read_stack

    return read_stack(path)


__all__ = [
    "Contact",
    "Ferromagnet",
    "Injection",
    "InputError",
    "Insulator",
    "Layer",
    "NormalMetal",
    "PhysicsWarning",
    "Reservoir",
    "Solution",
    "SolveError",
    "Stack",
    "__version__",
    "from_scattering",
    "insulating",
    "material",
    "matrix",
    "memory_loss",
    "mixing",
    "ohmic",
    "read",
    "scattering",
    "solve",
    "solve_many",
    "transparent",
    "with_values",
]
