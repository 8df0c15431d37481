"""The one door to the solvers, and what solves many times."""
