"""A whole TOML file to edit, and what is wrong with it then."""

from __future__ import annotations

from pathlib import Path

import pytest

from femsot.base.errors import InputError
from femsot.io import config

MATERIALS = """
[materials.Ti]
kind = "normal"
conductivity = "1e6 S/m"
spin_conductivity = "1e6 S/m"
spin_diffusion_length = "3 nm"
spin_hall_conductivity = "0 S/m"
orbital_conductivity = "1e6 S/m"
orbital_diffusion_length = "5 nm"
orbital_hall_conductivity = "1e6 S/m"
spin_orbit_length = "10 nm"
source = "doi or note"

[materials.Ni]
kind = "ferromagnet"
conductivity = "2e6 S/m"
spin_diffusion_length = "6 nm"
orbital_conductivity = "1e6 S/m"
orbital_diffusion_length = "7 nm"
polarization = 0.4
exchange_length = "0.5 nm"
dephasing_length = "1 nm"
orbit_to_spin = 0.5
anomalous_hall_conductivity = "0 S/m"
saturation_magnetization = "0.5 MA/m"
"""
TI = """
[[layers]]
name = "Ti"
material = "Ti"
thickness = "5 nm"
"""
NI = """
[[layers]]
name = "Ni"
material = "Ni"
thickness = "3 nm"
magnetization = [3, 0, 4]
"""
INTERFACE = """
[interfaces."Ti|Ni"]
law = "ohmic"
charge = "1e15 S/m^2"
"""
BOUNDARY = """
[boundaries.bottom]
kind = "contact"
voltage = "1 mV"
spin = "blocked"
"""
FIELD = '[drive]\nelectric_field = ["1 V/m", 0, 0]\n'
DRIVE = """
[drive]
electric_field = ["1e5 V/m", "0 V/m", "0 V/m"]
magnetization_rate = { Ni = ["0 1/s", "1e10 1/s", "0 1/s"] }
"""
SWEEP = """
[sweep]
"layers.Ni.thickness" = { from = "1 nm", to = "20 nm", points = 40 }
"""
OUTPUT = """
[output]
directory = "results"
profiles = "csv"
plot = true
"""
HEAD = """
title = "orbital torque in Ti/Ni"
closure = "ning24"
method = "fem"
"""
FILE = HEAD + MATERIALS + TI + NI + INTERFACE + BOUNDARY + DRIVE + SWEEP + OUTPUT


def edited(*changes: tuple[str, str], add: str = "") -> str:
    """FILE with every `(old, new)` applied once."""
    text = FILE
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text + add


def faults(text: str, directory: Path | str = ".") -> list[str]:
    with pytest.raises(InputError) as error:
        config.read_text(text, directory=directory)
    return [str(fault) for fault in error.value.faults]


def only_fault(*changes: tuple[str, str], add: str = "", directory: Path | str = ".") -> str:
    """The one fault of an edited file: a second one would be a cascade."""
    found = faults(edited(*changes, add=add), directory)
    assert len(found) == 1, found
    return found[0]


def pt_co(law: str, thickness: str = "8 nm") -> str:
    """Pt (5 nm) | Co with the interface `law`, the text of its table; a field along x may follow."""
    return f"""
[materials.Pt]
library = "Pt"
[materials.Co]
library = "Co"
[[layers]]
name = "Pt"
material = "Pt"
thickness = "5 nm"
[[layers]]
name = "Co"
material = "Co"
thickness = "{thickness}"
magnetization = [0, 0, 1]
[interfaces."Pt|Co"]
{law}
"""
