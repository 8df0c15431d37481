"""Meshes of devices: read, checked, written; layered ones made of a footprint; ready ones."""

from .convert import convert
from .footprint import circle, grid, rectangle, triangulate
from .grading import graded, spaced
from .layered import Level, Side, cross_section, layered
from .read import read
from .ready import READY, ready
from .record import Mesh
from .write import write

__all__ = [
    "READY",
    "Level",
    "Mesh",
    "Side",
    "circle",
    "convert",
    "cross_section",
    "graded",
    "grid",
    "layered",
    "read",
    "ready",
    "rectangle",
    "spaced",
    "triangulate",
    "write",
]
