"""Materials of a group's own file, in the library's format."""

import pytest

import femsot as fs
from femsot.base.errors import InputError
from femsot.io import config
from femsot.materials.library import library_entry, library_names

GROUP = """
[CoFeB]
kind = "ferromagnet"
[CoFeB.resistivity]
value = 160
unit = "uohm cm"
source = "four-probe, our sputter chamber"
[CoFeB.spin_diffusion_length]
value = 1.2
unit = "nm"
source = "our notebook"
[CoFeB.polarization]
value = 0.5
unit = "1"
source = "our notebook"
"""
STACK = """
[materials.free]
library = "group.toml:CoFeB"
polarization = 0.6
[materials.Pt]
library = "Pt"
[[layers]]
name = "Pt"
material = "Pt"
thickness = "4 nm"
[[layers]]
name = "free"
material = "free"
thickness = "1 nm"
magnetization = [0, 0, 1]
[drive]
electric_field = ["1e5 V/m", 0, 0]
"""


def test_a_file_uses_the_groups_material(tmp_path) -> None:
    """Catches a unit that is not converted, an override that is lost, a path that is not beside the file."""
    (tmp_path / "group.toml").write_text(GROUP, encoding="utf-8")
    free = config.read_text(STACK, directory=tmp_path).stack.layers[1].material
    assert (free.name, free.conductivity) == ("free", pytest.approx(1 / 1.6e-6, rel=1e-14))
    assert (free.spin_diffusion_length, free.polarization) == (1.2e-9, 0.6)


def test_a_folder_of_the_environment_is_searched_and_listed(tmp_path, monkeypatch) -> None:
    (tmp_path / "group.toml").write_text(GROUP, encoding="utf-8")
    (tmp_path / "broken.toml").write_text("[", encoding="utf-8")
    monkeypatch.setenv("FEMSOT_LIBRARY", str(tmp_path))
    assert config.read_text(STACK, directory="/").stack.layers[1].material.polarization == 0.6
    assert fs.material("group.toml:CoFeB", conductivity=1e6).conductivity == 1e6
    assert "group.toml:CoFeB" in library_names()
    assert library_entry("group.toml:CoFeB")["spin_diffusion_length"]["value"] == 1.2e-9


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("[CoFeB", "[CoFe"), r"materials.free.library: .*group.toml: no material 'CoFeB', known: CoFe"),
        (
            ('source = "four-probe, our sputter chamber"', ""),
            r"CoFeB.resistivity.source: missing, required",
        ),
        (('unit = "nm"', 'unit = "uohm cm"'), r"CoFeB.spin_diffusion_length: got '1.2 uohm cm'.*does not convert to m"),
        (
            ("[CoFeB.polarization]", "[CoFeB.polarisation]"),
            r"polarisation: no number.*mean 'polarization'",
        ),
        (('kind = "ferromagnet"', 'kind = "magnet"'), r"CoFeB.kind: got 'magnet', known"),
        (('kind = "ferromagnet"', 'kind = "ferromagnet"\nresistivit = 3'), r"CoFeB.resistivit: no number"),
    ],
)
def test_a_group_file_with_a_mistake(tmp_path, change: tuple[str, str], message: str) -> None:
    """Catches a number that is ignored, or one without its source."""
    text = GROUP.replace(*change)
    (tmp_path / "group.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        config.read_text(STACK, directory=tmp_path)


def test_a_group_file_that_is_not_there(tmp_path) -> None:
    with pytest.raises(InputError, match=r"group.toml: no such file; beside the TOML file, or in a folder"):
        config.read_text(STACK, directory=tmp_path)


def test_nife_is_another_name_of_permalloy() -> None:
    assert fs.material("NiFe").conductivity == fs.material("Py").conductivity and "NiFe" in library_names()
    assert fs.material("MgO").metallic is False
