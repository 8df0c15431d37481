"""The physical constants of the package, SI (CODATA values of scipy)."""

from scipy.constants import e, hbar, physical_constants

#: Bohr magneton [J/T]
mu_B: float = physical_constants["Bohr magneton"][0]

__all__ = ["e", "hbar", "mu_B"]
