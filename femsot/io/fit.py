"""What a fit leaves behind, as JSON."""

from __future__ import annotations

from typing import Any

from femsot.base.files import plain
from femsot.studies.fit import FitResult


def fit_record(result: FitResult) -> dict[str, Any]:
    """Return the JSON-ready record of a fit, in SI."""
    parameters = result.fit.parameters
    names = [p.path for p in parameters]
    rows = zip(parameters, result.values, result.errors, result.intervals, strict=True)
    record = {
        "parameters": {p.path: {"value": v, "error": e, "interval": i, "unit": p.unit} for p, v, e, i in rows},
        "correlations": {
            names[i]: {names[j]: result.correlations[i, j] for j in range(len(names))} for i in range(len(names))
        },
        "chi2": result.chi2,
        "chi2_reduced": result.chi2_reduced,
        "residuals": result.residuals,
        "undetermined": result.undetermined,
        "cautions": result.cautions,
    }
    return dict(plain(record))
