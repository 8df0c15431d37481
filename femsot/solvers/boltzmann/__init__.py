"""Boltzmann's equation for a stack: method "boltzmann", the reference for drift-diffusion (docs/boltzmann.md).

The linearised spin-dependent equation (Amin16, appendix C) is solved without a grid along z.
"""

from .equation import Distribution, UnheldError, distribution
from .grid import Grid
from .joints import End, Interface, reservoir, wall
from .layer import Layer
from .method import solve
from .refused import check, warnings
from .translate import fermi_wavevector

__all__ = [
    "Distribution",
    "End",
    "Grid",
    "Interface",
    "Layer",
    "UnheldError",
    "check",
    "distribution",
    "fermi_wavevector",
    "reservoir",
    "solve",
    "wall",
    "warnings",
]
