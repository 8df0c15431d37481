"""Tasks of parts for workers, which import them by name: one that doubles, and ones that end their process."""

import os
import time
from pathlib import Path

import numpy as np

from femsot.studies.columns import Column, Points


def double(values):
    """Twice the numbers."""
    return Points({Column("", "y", "m"): 2 * values["x"]})


def dies_once(marker, values):
    """As a worker that the kernel kills for its memory, the first time."""
    try:
        Path(marker).touch(exist_ok=False)
    except FileExistsError:
        return double(values)
    os._exit(9)


def dies(values):
    """A worker that never comes back."""
    os._exit(9)


def waits(values):
    """Long enough for a parent to be killed meanwhile."""
    time.sleep(60)
    return double(values)


def numbers(count=3):
    """The points of a part."""
    return {"x": np.arange(float(count))}
