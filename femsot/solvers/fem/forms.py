"""The three scalar forms that all physics shares; channels and their couplings enter as factors (assembly.py)."""

from __future__ import annotations

from typing import Any

from skfem import BilinearForm, LinearForm
from skfem.helpers import dot, grad, mul


@BilinearForm  # type: ignore[untyped-decorator]
def bulk(u: Any, v: Any, w: Any) -> Any:
    """Integral of d_i v sigma_ij d_j u + v gamma u over a region; w.sigma (d, d), w.gamma scalar."""
    return dot(mul(w.sigma, grad(u)), grad(v)) + w.gamma * u * v


@BilinearForm  # type: ignore[untyped-decorator]
def trace(u: Any, v: Any, w: Any) -> Any:
    """Integral of v g u over an interface, u and v on the same or on opposite sides; w.g scalar."""
    return w.g * u * v


@LinearForm  # type: ignore[untyped-decorator]
def load(v: Any, w: Any) -> Any:
    """Integral of d_i v flux_i + v source over a region; w.flux (d, 1), w.source scalar."""
    return dot(w.flux, grad(v)) + w.source * v
