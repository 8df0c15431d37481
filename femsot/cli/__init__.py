"""The command `femsot`. Exit codes: 0 good, 1 a solve failed, 2 bad input."""

from . import stacks, tables
from .app import app, main

__all__ = ["app", "main", "stacks", "tables"]
