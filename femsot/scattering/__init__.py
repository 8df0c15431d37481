"""From an interface's Hamiltonian, or from amplitudes, to circuit theory's tensors with spin-orbit torques."""

from .amplitudes import Amplitudes
from .hamiltonian import Hamiltonian
from .tensors import Tensors, from_amplitudes, load, tensors

__all__ = ["Amplitudes", "Hamiltonian", "Tensors", "from_amplitudes", "load", "tensors"]
