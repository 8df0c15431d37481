"""Files of a device: exact SI, every fault at once under the user's path, and back from the resolved input."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from device_file import FILE, device_of, edited, faults
from numpy.testing import assert_allclose, assert_array_equal
from repository import DOCS

from femsot.base.errors import InputError
from femsot.interfaces import Mixing
from femsot.io import config
from femsot.materials.records import Ferromagnet, NormalMetal
from femsot.model import mesh
from femsot.model.device import Device, Region, Terminal
from femsot.model.record import resolved
from femsot.model.replace import with_values
from femsot.model.texture import Skyrmion, Texture, ovf


def test_every_number_of_a_file_is_exact_si(place: Path) -> None:
    """Bug caught: a unit lost, a contact's fields of another's, the film read in the plane it is drawn in."""
    job = config.read_text(FILE, directory=place)
    made = job.device
    assert made is not None and (made.title, job.title, made.closure, job.order) == (*2 * [job.title], "conserving", 2)
    assert (made.mesh.plane, made.mesh.depth, list(made.mesh.regions)) == ("xz", 20e-9, ["film", "stripe"])
    assert_allclose(np.ptp(made.mesh.points, axis=0), [200e-9, 8e-9], rtol=1e-9)
    pt, co = made.regions["film"], made.regions["stripe"]
    assert isinstance(pt.material, NormalMetal) and pt.material.conductivity == 5e6 and pt.magnetization is None
    assert isinstance(co.material, Ferromagnet) and co.material.polarization == 0.4
    assert_allclose(co.magnetization, [0, 0.6, 0.8], rtol=1e-15)
    law = made.interfaces["stripe|film"]
    assert isinstance(law, Mixing) and law.mixing == 1e15 + 1e14j and made.joints == {"stripe|film": ("stripe", "film")}
    left, right = made.contacts["left"], made.contacts["right"]
    assert (left.voltage, left.current, left.spin, right.voltage, right.current) == (0.0, None, "blocked", None, 2e-6)
    assert made.electric_field == (0.0, 1e5, 0.0)
    assert (job.output.directory, job.output.vtu, job.output.plot, job.output.report) == ("results", True, False, True)
    assert job.output.ovf is not None and job.output.ovf.cell == (5e-9, 5e-9, 1e-9) and job.output.ovf.lower is None
    assert job.sweep is not None and job.sweep.shape == (3, 2)
    assert job.sweep.units == {"contacts.right.current": "A", "regions.stripe.magnetization": ""}


def test_a_device_is_no_stack(place: Path) -> None:
    job = config.read_text(FILE, directory=place)
    with pytest.raises(InputError, match=r"^text: a device \(\[mesh\], \[regions\]\), allowed here: a stack"):
        _ = job.stack
    (place / "device.toml").write_text(FILE)
    assert isinstance(config.read(place / "device.toml"), Device)
    layer = '[[layers]]\nname = "a"\n[boundaries.top]\nkind = "reservoir"\n'
    message = "[[layers]], [boundaries] belongs to a stack, [mesh], [regions], [contacts] to a device, allowed: "
    assert faults(FILE + layer, place) == [message + "one of the two in a file"]
    assert faults(FILE.replace("[mesh]", "[[layers]]\n[mesh]"), place)[0].startswith(
        "[[layers]] belongs to a stack, [m"
    )


TEXTURES: dict[str, tuple[str, Callable[[object], bool]]] = {
    '{ file = "m.ovf", offset = ["0 nm", "0 nm", "0.5 nm"] }': ("file", lambda m: isinstance(m, Texture)),
    '{ python = "m.py:up" }': ("python", lambda m: isinstance(m, Texture)),
    '{ kind = "domain_wall", position = "0 nm", width = "5 nm", wall = "neel" }': ("kind", callable),
    '{ kind = "vortex", center = ["0 nm", "0 nm", "0 nm"], core_radius = "9 nm" }': ("kind", callable),
    '{ kind = "skyrmion", center = ["0 nm", "0 nm", "0 nm"], radius = "9 nm", width = "3 nm" }': (
        "kind",
        lambda m: isinstance(m, Skyrmion) and m.radius == 9e-9,
    ),
}


@pytest.mark.parametrize("text", TEXTURES)
def test_textures_are_read_and_read_back(text: str, place: Path) -> None:
    """Bug caught: a file looked for where the command runs; a texture that a result cannot give back."""
    made = device_of(edited(("[0, 3, 4]", text)), place)
    word, good = TEXTURES[text]
    m = made.regions["stripe"].magnetization
    assert good(m) and made.regions["stripe"].textured
    words = json.loads(json.dumps(resolved(made), allow_nan=False))
    assert word in words["regions"]["stripe"]["magnetization"]
    again = config.from_resolved(words)
    assert isinstance(again, Device) and resolved(again) == words
    points = np.array([[1e-9, 0, 6e-9], [30e-9, 0, 7e-9]])
    assert_array_equal(again.regions["stripe"].directions(points), made.regions["stripe"].directions(points))


def test_the_resolved_device_is_json_and_reads_back(place: Path) -> None:
    made = device_of(edited(("[0, 3, 4]", "[0, 0, -2]")), place)
    words = json.loads(json.dumps(resolved(made), allow_nan=False))
    assert words["mesh"]["file"] == str(place / "stripe.msh") and words["mesh"]["length_unit"] == "nm"
    assert words["mesh"]["cells"] == len(made.mesh.cells) and words["mesh"]["depth"] == 20e-9
    assert words["contacts"]["right"] == {"current": 2e-6, "spin": "sink"}
    assert words["interfaces"]["stripe|film"]["law"] == "mixing" and words["method"] == "fem"
    again = config.from_resolved(words)
    assert isinstance(again, Device) and resolved(again) == words
    assert_array_equal(again.mesh.points, made.mesh.points)


def test_a_changed_file_is_no_longer_the_input_of_a_result(place: Path, tmp_path: Path) -> None:
    """Bug caught: an old result solved again on another mesh or texture without a word."""
    for name in ("stripe.msh", "m.ovf"):
        (tmp_path / name).write_bytes((place / name).read_bytes())
    words = resolved(device_of(edited(("[0, 3, 4]", '{ file = "m.ovf" }')), tmp_path))
    grid = ovf.read(tmp_path / "m.ovf")
    ovf.write(ovf.VectorGrid(grid.values + [0.1, 0, 0], grid.corner, grid.step), tmp_path / "m.ovf")
    with pytest.raises(InputError, match=r"^regions\.stripe\.magnetization: the file holds other vectors \("):
        config.from_resolved(words)
    mesh.write(mesh.ready("stripe", size=10e-9), tmp_path / "stripe.msh")
    with pytest.raises(InputError, match=r"mesh\.vertices: got \d+, allowed: \d+, what the mesh was; has it changed"):
        config.from_resolved(words)


def test_a_mesh_made_in_python_is_told_by_its_numbers() -> None:
    made = mesh.ready("stripe", size=50e-9)
    metal = NormalMetal(name="N", conductivity=1e6, spin_diffusion_length=3e-9)
    both = {name: Region(metal) for name in made.regions}
    words = resolved(Device(made, both, contacts={"left": Terminal(voltage=1.0)}))
    assert words["mesh"] == {
        "cell": "quad",
        "vertices": len(made.points),
        "cells": len(made.cells),
        "digest": words["mesh"]["digest"],
    }
    with pytest.raises(InputError, match=r"^mesh\.file: missing, allowed: file = .* or ready"):
        config.from_resolved(words)
    magnet = Ferromagnet(name="F", conductivity=1e6, spin_diffusion_length=3e-9)
    turned = both | {"stripe": Region(magnet, lambda x: np.ones_like(x))}
    words = resolved(Device(made, turned, contacts={"left": Terminal(voltage=1.0)}))
    assert "lambda" in words["regions"]["stripe"]["magnetization"]["python"]


def test_ready_meshes_with_their_own_dimensions(tmp_path: Path) -> None:
    """Bug caught: a dimension of the ready mesh taken for a misspelt key, or lost on the way back."""
    table = 'ready = "stripe"\nsize = "25 nm"\nstripe_width = "60 nm"\ndepth = "30 nm"\n'
    head, _, rest = edited(("[0, 3, 4]", "[0, 0, -2]")).partition("[mesh]")
    text = f"{head}[mesh]\n{table}{rest[rest.index('[materials.Pt]') - 1 :]}"
    made = device_of(text, tmp_path)
    wanted = mesh.ready("stripe", size=25e-9, stripe_width=60e-9, depth=30e-9)
    assert_array_equal(made.mesh.points, wanted.points)
    assert made.mesh.depth == 30e-9
    words = json.loads(json.dumps(resolved(made)))
    assert words["mesh"]["stripe_width"] == 60e-9
    again = config.from_resolved(words)
    assert isinstance(again, Device) and resolved(again) == words
    for old, new, message in (
        ('"stripe"', '"strip"', "mesh.ready: got 'strip', known: .*Did you mean 'stripe'"),
        ("stripe_width", "stripe_with", "mesh.stripe_with: unknown key, .*Did you mean 'stripe_width'"),
        ('"60 nm"', "60", "mesh.stripe_width: got 60, allowed: a number with a unit"),
        ('"60 nm"', '"600 nm"', "mesh.stripe_width: got 600 nm, allowed: smaller than width"),
        ('"25 nm"', '"-25 nm"', "mesh.size: got '-25 nm', allowed: a finite number > 0"),
        ('size = "25 nm"', 'plane = "xz"', "mesh.plane: given for a ready mesh"),
    ):
        found = faults(text.replace(old, new, 1), tmp_path)
        assert len(found) == 1 and re.search(message, found[0]), found


def test_devices_with_other_numbers(place: Path) -> None:
    """Bug caught: a material changed in one region and not in the other, a value that is not checked."""
    made = device_of(FILE, place)
    other = with_values(
        made,
        {
            "materials.Co.polarization": 0.1,
            "regions.stripe.magnetization": (0, 0, 5),
            "interfaces.stripe|film.up": 1e15,
            "contacts.right.current": 1e-3,
            "drive.electric_field": (0.0, 2.0, 0.0),
        },
    )
    assert isinstance(other.regions["stripe"].material, Ferromagnet)
    assert (other.regions["stripe"].material.polarization, other.contacts["right"].current) == (0.1, 1e-3)
    assert_array_equal(other.regions["stripe"].magnetization, [0, 0, 1])
    assert other.interfaces["stripe|film"].up == 1e15 and other.electric_field == (0.0, 2.0, 0.0)
    assert made.contacts["right"].current == 2e-6 and other.mesh is made.mesh
    for path, message in (
        ("layers.stripe.thickness", r"no such field, known: contacts, drive, interfaces, materials, regions"),
        ("regions.strip.magnetization", r"^regions\.strip: not in the device, .*Did you mean 'stripe'"),
        ("contacts.right.curent", r"^contacts\.right\.curent: no such field, .*Did you mean 'current'"),
        ("drive.magnetization_rate.stripe", r"^drive\.stripe: no such field, known: electric_field$"),
    ):
        with pytest.raises(InputError, match=message):
            with_values(made, {path: 1.0})
    with pytest.raises(InputError, match=r"electric_field: got E_z = 1 V/m"):
        with_values(made, {"drive.electric_field": (0.0, 0.0, 1.0)})


def test_the_schema_of_a_device_knows_every_field() -> None:
    schema = config.schema("device")
    assert json.loads(json.dumps(schema)) == schema
    assert set(schema["properties"]) == {"title", "closure", *config.DEVICE_SECTIONS, "sweep", "output"}
    assert sorted(schema["required"]) == ["materials", "mesh", "regions"]
    region = schema["$defs"]["region"]["properties"]
    assert set(region) == {"material", "magnetization", "neel"} and region["material"]["type"] == "string"
    assert len(region["magnetization"]["anyOf"]) == 7
    assert set(schema["$defs"]["Terminal"]["properties"]) == {
        "voltage",
        "current",
        "current_density",
        "spin",
        "orbital",
    }
    assert set(schema["$defs"]["Output"]["properties"]) == {"directory", "plot", "vtu", "report", "ovf"}
    assert set(config.schema()["$defs"]["Output"]["properties"]) == {"directory", "profiles", "plot", "vtu"}


def test_the_example_of_the_docs_is_a_device() -> None:
    job = config.read_job(DOCS / "strip_dot.toml")
    assert job.device is not None and list(job.device.joints) == ["strip|dot"] and job.order == 2


def test_a_film_with_a_spin_hall_effect_is_warned_of(tmp_path):
    """A cross-section drawn in x and y, taken for a film, has no torque and no message."""
    from femsot.materials.library import material
    from femsot.model.device import Device, Region, Terminal
    from femsot.model.mesh import grid
    from femsot.model.mesh.layered import with_contacts
    from femsot.studies.warnings import FILM, device_warnings

    flat = with_contacts(grid(np.linspace(0, 1e-8, 3), np.linspace(0, 4e-9, 3)), {"left": "x-"})
    pt = material("Pt")
    made = Device(flat, {"film": Region(pt)}, contacts={"left": Terminal(voltage=0.0)})
    assert FILM in device_warnings(made)
    bare = Device(flat, {"film": Region(material("Pt", spin_hall_angle=0.0))}, contacts=made.contacts)
    assert FILM not in device_warnings(bare)
