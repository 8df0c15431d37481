"""The command `femsot`. Exit codes: 0 good, 1 a solve failed, 2 bad input."""

from . import compare, fit, mesh, rashba2d, report, run, scan, stacks, tables
from .app import app, main

__all__ = ["app", "compare", "fit", "main", "mesh", "rashba2d", "report", "run", "scan", "stacks", "tables"]
