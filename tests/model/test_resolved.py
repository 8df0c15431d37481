"""The resolved input: plain JSON that reads back to the same stack."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from femsot.base.errors import InputError
from femsot.interfaces import Matrix, Mixing, Ohmic
from femsot.io import config
from femsot.materials.records import Ferromagnet, Insulator, NormalMetal
from femsot.model.boundaries import Contact, Reservoir
from femsot.model.record import resolved
from femsot.model.replace import with_values
from femsot.model.stack import Layer, Stack


def test_the_resolved_input_is_json_and_reads_back() -> None:
    """Bug caught: a field lost, infinity as a JSON extension, a complex number or a batch flattened."""
    sizes = {"conductivity": 1e6, "orbital_conductivity": 2e6, "orbital_diffusion_length": 5e-9}
    ti = NormalMetal(name="Ti", spin_diffusion_length=np.inf, **sizes)
    ni = Ferromagnet(name="Ni", spin_diffusion_length=3e-9, polarization=0.4, antiparallel_exchange=True, **sizes)
    first = Stack(
        (Layer("Ti", ti, 5e-9), Layer("Ni", ni, 3e-9, (0, 2, 0))),
        {"Ti|Ni": Ohmic(charge=1e15, spin=1e15 * np.eye(3))},
        bottom=Contact(voltage=1e-3, orbital="blocked"),
        electric_field=(1e5, 0, 0),
        magnetization_rate={"Ni": (1e9, 0, 0)},
        closure="ning24",
        title="two layers",
    )
    words = resolved(first)
    assert words["materials"]["Ti"]["spin_diffusion_length"] == "inf"
    assert words["interfaces"]["Ti|Ni"]["law"] == "ohmic" and words["boundaries"]["bottom"]["kind"] == "contact"
    again = config.from_resolved(json.loads(json.dumps(words, allow_nan=False)))
    assert resolved(again) == words
    assert again.layers[0].material.spin_diffusion_length == np.inf


def test_laws_batches_and_insulators_read_back_too() -> None:
    block = np.diag([2.0, 1, 1, 1, 1, 1, 1]) * 1e15
    metal = NormalMetal(name="N", conductivity=1e6, spin_diffusion_length=3e-9)
    yig = Insulator(name="YIG", saturation_magnetization=1.4e5)
    stack = Stack(
        (
            Layer("a", yig, 5e-9, (0, 0, 1)),
            Layer("b", metal, np.array([1e-9, 2e-9])),
            Layer("c", metal, 3e-9),
        ),
        {
            "a|b": Mixing(mixing=np.array([1e14 + 1e13j, 2e14])),
            "b|c": Matrix(G=np.block([[block, -block], [block, -block]]), source="by hand"),
        },
        top=Reservoir(components=("sx",)),
    )
    words = json.loads(json.dumps(resolved(stack), allow_nan=False))
    assert words["interfaces"]["a|b"]["mixing"] == [[1e14, 1e13], [2e14, 0.0]]
    again = config.from_resolved(words)
    assert resolved(again) == words
    assert_array_equal(again.interfaces["a|b"].mixing, [1e14 + 1e13j, 2e14])
    assert again.interfaces["b|c"].source == "by hand" and again.layers[0].material.magnetic
    assert with_values(again, {"layers.c.thickness": 1e-9}).layers[2].thickness == 1e-9
    words["layers"][2]["thickness"] = "3 nm"
    with pytest.raises(InputError, match=r"layers.c.thickness: got '3 nm', allowed: SI numbers"):
        config.from_resolved(words)


def test_results_know_no_units_library() -> None:
    """`resolved` is on the way of every solve: pydantic and pint take longer to import than a stack to solve."""
    code = "import sys, femsot.model.record; print({'pint', 'pydantic'} & set(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "set()"
