"""The linearised spin-dependent Boltzmann equation of a stack (Amin16, appendix C), without a grid along z."""

from .grid import Grid
from .joints import End, Interface, reservoir, wall
from .layer import Layer
from .solve import Distribution, UnheldError, distribution

__all__ = ["Distribution", "End", "Grid", "Interface", "Layer", "UnheldError", "distribution", "reservoir", "wall"]
