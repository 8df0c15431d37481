"""Boltzmann's equation for a stack: method "boltzmann", the reference for drift-diffusion (docs/boltzmann.md)."""

from .refused import check, warnings
from .solve import solve
from .translate import fermi_wavevector

__all__ = ["check", "fermi_wavevector", "solve", "warnings"]
