"""The command `femsot`. Exit codes: 0 good, 1 a solve failed, 2 bad input."""

from . import compare, mesh, rashba2d, report, run, scan, stacks, tables
from .app import app, main

__all__ = ["app", "compare", "main", "mesh", "rashba2d", "report", "run", "scan", "stacks", "tables"]
