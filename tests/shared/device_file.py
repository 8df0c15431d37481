"""A whole TOML file of a device to edit, the files that it names, and what is wrong with it then."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from femsot.base.errors import InputError
from femsot.io import config
from femsot.model import mesh
from femsot.model.device import Device
from femsot.model.texture import ovf

FILE = """
title = "a stripe on a film"

[mesh]
file = "stripe.msh"
length_unit = "nm"
plane = "xz"
depth = "20 nm"
order = 2

[materials.Pt]
kind = "normal"
conductivity = "5e6 S/m"
spin_diffusion_length = "2 nm"
[materials.Co]
kind = "ferromagnet"
conductivity = "4e6 S/m"
spin_diffusion_length = "30 nm"
polarization = 0.4
dephasing_length = "1 nm"

[regions.film]
material = "Pt"
[regions.stripe]
material = "Co"
magnetization = [0, 3, 4]

[interfaces."stripe|film"]
law = "mixing"
up = "4e14 S/m^2"
down = "2e14 S/m^2"
mixing = ["1e15 S/m^2", "1e14 S/m^2"]

[contacts.left]
voltage = "0 V"
spin = "blocked"
[contacts.right]
current = "2 uA"

[drive]
electric_field = ["0 V/m", "1e5 V/m", "0 V/m"]

[sweep]
"contacts.right.current" = { from = "0 uA", to = "2 uA", points = 3 }
"regions.stripe.magnetization" = { values = [[1, 0, 0], [0, 1, 0]] }

[output]
directory = "results"
vtu = true
report = true
ovf = { cell = ["5 nm", "5 nm", "1 nm"] }
"""


def write_files(directory: Path) -> None:
    """Write the mesh of FILE, a grid of vectors over it, a Python file, and a file that is no mesh."""
    stripe = mesh.ready("stripe", size=20e-9, thickness_size=1.5e-9)
    mesh.write(stripe, directory / "stripe.msh")
    low, size = stripe.points.min(0), np.ptp(stripe.points, axis=0)
    up = np.zeros((10, 1, 4, 3)) + [0.0, 0.0, 1.0]
    ovf.write(ovf.VectorGrid(up, (low[0], -1e-9, low[1]), (size[0] / 10, 2e-9, size[1] / 4)), directory / "m.ovf")
    (directory / "m.py").write_text("def up(points):\n    return 0 * points + [0, 0, 2]\n")
    (directory / "text.msh").write_text("no mesh")


def edited(*changes: tuple[str, str]) -> str:
    """FILE with every `(old, new)` applied once."""
    text = FILE
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def faults(text: str, directory: Path) -> list[str]:
    with pytest.raises(InputError) as error:
        config.read_text(text, directory=directory)
    return [str(fault) for fault in error.value.faults]


def device_of(text: str, directory: Path) -> Device:
    made = config.read_text(text, directory=directory).device
    assert made is not None
    return made
