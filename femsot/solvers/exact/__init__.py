"""The exact solver of a stack: layer maps, charge eliminated, a march from the bottom."""

from .march import solve

__all__ = ["solve"]
