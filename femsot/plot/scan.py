"""The figure of a scan: resistances against the angle of the magnetization."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator

from femsot.base.quantities import Array
from femsot.io.result import prefixed

from .canvas import MAGNETS, canvas, give_title

if TYPE_CHECKING:
    from femsot.studies.scan import Scan


def scan_figure(scan: Scan, title: str = "") -> Figure:
    """Return one panel for each resistance, in it a curve for each plane."""
    panels = {
        "longitudinal resistivity": (scan.rho_xx, "ohm m"),
        "transverse resistivity": (scan.rho_xy, "ohm m"),
        "resistance area": (scan.resistance_area, "ohm m^2"),
    }
    drawn = {name: (values, unit) for name, (values, unit) in panels.items() if values is not None}
    figure = canvas(4.1 * len(drawn), 3.4)
    axes = figure.subplots(1, len(drawn), squeeze=False)[0]
    for ax, (name, (values, unit)) in zip(axes, drawn.items(), strict=True):
        factor, printed = _unit(values, unit)
        for i, plane in enumerate(scan.planes):
            ax.plot(np.degrees(scan.angles), factor * values[i], color=MAGNETS[i], linewidth=1.5, label=plane)
        ax.set_xlabel("angle of m [deg]")
        ax.set_ylabel(f"{name} [{printed}]")
        ax.set_xlim(0, 360)
        ax.xaxis.set_major_locator(MultipleLocator(90))
        ax.ticklabel_format(axis="y", useOffset=False)
        ax.grid(color="#eeeeee", linewidth=0.6)
        if np.ptp(values) <= 1e-9 * np.max(np.abs(values), initial=0.0):  # rounding is not stretched over the panel
            middle = factor * float(np.mean(values))
            ax.set_ylim(middle - 0.1 * (abs(middle) or 1.0), middle + 0.1 * (abs(middle) or 1.0))
    axes[0].legend(frameon=False)
    if title:
        give_title(figure, title)
    return figure


def _unit(values: Array, unit: str) -> tuple[float, str]:
    """Resistivities in uohm cm, the rest with a prefix."""
    if unit == "ohm m":
        return 1e8, "µΩ cm"
    return prefixed(values, unit)
