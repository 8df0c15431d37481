"""Measured series with their fitted curves and residuals, and the table of the parameters."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from rich.table import Table

from femsot.studies.fit import FitResult, curve, model_values

from .canvas import MAGNETS, canvas, plain


def fit_figure(result: FitResult) -> Figure:
    """Return a column for each measured quantity: data with errors and the fitted curve above, residuals below."""
    panels = [(series, i) for series in result.fit.series for i in range(len(series.y))]
    figure = canvas(max(4.2 * len(panels), 5), 4.8)
    axes = figure.subplots(2, len(panels), squeeze=False, height_ratios=[3, 1], sharex="col")
    for column, (series, i) in enumerate(panels):
        measured = series.y[i]
        path, x = next(iter(series.x.items()))
        factor, unit = (1e9, "nm") if series.units[path] == "m" else (1.0, series.units[path])
        upper, lower = axes[:, column]
        upper.errorbar(factor * x, measured.values, measured.errors, fmt="o", color="black", capsize=2, label="data")
        if len(series.x) == 1:
            dense, curves = curve(result, series)
            upper.plot(factor * dense, curves[i], color=MAGNETS[0], label="fit")
        model = model_values(result.fit, series, result.values[None])[i][0]
        if len(series.x) > 1:
            upper.plot(factor * x, model, "x", color=MAGNETS[0], label="fit")
        lower.axhline(0, color="grey", linewidth=0.8)
        lower.plot(factor * x, (model - measured.values) / measured.errors, "o", color=MAGNETS[0], markersize=4)
        lower.set_xlabel(plain(f"{path} [{unit}]" if unit else path))
        upper.set_ylabel(plain(measured.quantity if measured.unit == "1" else f"{measured.quantity} [{measured.unit}]"))
        lower.set_ylabel("(fit - data) / error")
        upper.set_title(plain(series.file), fontsize=9)
        upper.legend(frameon=False)
    return figure


def fit_table(result: FitResult) -> Table:
    """Return the parameters with errors and 68 % intervals."""
    table = Table(title="Fitted parameters")
    for name in ("parameter", "value", "error", "68 % interval", "unit"):
        table.add_column(name, justify="left" if name in ("parameter", "unit") else "right")
    rows = zip(result.fit.parameters, result.values, result.errors, result.intervals, strict=True)
    for p, value, error, (low, high) in rows:
        shown = f"{error:.2g}" if np.isfinite(error) else "unknown"
        table.add_row(p.path, f"{value:.5g}", shown, f"{low:.4g} to {high:.4g}", p.unit)
    return table
