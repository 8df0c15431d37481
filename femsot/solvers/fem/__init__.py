"""Finite elements for stacks: one graded mesh per layer, scalar matrices times small tensors."""

from .solve import solve

__all__ = ["solve"]
