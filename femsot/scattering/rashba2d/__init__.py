"""The disordered two-dimensional Rashba ferromagnet, impurities to all orders (Veneri22)."""

from .model import RashbaGas
from .response import Response, efficiencies, response

__all__ = ["RashbaGas", "Response", "efficiencies", "response"]
