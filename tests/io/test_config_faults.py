"""Every fault of a file at once: one part that cannot be read hides nothing else, and invents nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from config_file import MATERIALS, NI, SWEEP, TI, edited, faults, only_fault

from femsot.base.errors import InputError
from femsot.io import config

BARE = 'conductivity = "2e6 S/m"', "conductivity = 2e6"


def paths(*changes: tuple[str, str]) -> list[str]:
    return [fault.split(": ")[0] for fault in faults(edited(*changes))]


CHARGE = 'charge = "1e15 S/m^2"'
VOLTAGE = 'voltage = "1 mV"'
THIN = 'spin_diffusion_length = "-3 nm"'
TOGETHER = [
    (
        [
            BARE,
            ("polarization = 0.4", "polarization = 1.2"),
            ('dephasing_length = "1 nm"', 'dephasing_length = "-2 nm"'),
        ],
        ["materials.Ni.conductivity", "materials.Ni.polarization", "materials.Ni.dephasing_length"],
    ),
    (
        [("conductivity =", "conductivty ="), ('spin_diffusion_length = "3 nm"', THIN)],
        ["materials.Ti.conductivty", "materials.Ti.spin_diffusion_length"],
    ),
    (
        [('spin_hall_conductivity = "0 S/m"', "spin_hall_conductivity = 5\nspin_hall_angle = 1")],
        ["materials.Ti.spin_hall_conductivity", "materials.Ti.spin_hall_angle"],
    ),
    (
        [('thickness = "3 nm"', "thickness = 3"), ("[3, 0, 4]", "[0, 0, 0]")],
        ["layers.Ni.thickness", "layers.Ni.magnetization"],
    ),
    (
        [('thickness = "5 nm"', 'thicknes = "5 nm"\nmagnetization = [1, 0, 0]')],
        ["layers.Ti.thicknes", "layers.Ti.magnetization"],
    ),
    ([('thickness = "5 nm"', "thickness = '-5 nm'"), ('name = "Ti"', "")], ["layers[0].name", "layers[0].thickness"]),
    ([(CHARGE, "charge = 1e15\npolarization = 2")], ["interfaces.Ti|Ni.charge", "interfaces.Ti|Ni.polarization"]),
    ([(CHARGE, CHARGE.replace("a", "") + '\nspin = "inf S/m^2"')], ["interfaces.Ti|Ni.chrge", "interfaces.Ti|Ni.spin"]),
    (
        [
            ('law = "ohmic"', 'law = "scattering"'),
            (CHARGE, "fermi_wavevector = '1 1/m'\nbarrier = ''\npolarization = 2"),
        ],
        ["interfaces.Ti|Ni.barrier", "interfaces.Ti|Ni.polarization"],
    ),
    (
        [(VOLTAGE, 'voltage = 1\ncurrent_density = "inf A/m^2"')],
        ["boundaries.bottom.voltage", "boundaries.bottom.voltage", "boundaries.bottom.current_density"],
    ),
    (
        [(VOLTAGE, 'current_density = "inf A/m^2"'), ('spin = "blocked"', 'spn = "blocked"')],
        ["boundaries.bottom.spn", "boundaries.bottom.current_density"],
    ),
    (
        [('"1e5 V/m", "0 V/m", "0 V/m"', "1, 2, 3"), ("{ Ni", "{ Nj")],
        ["drive.electric_field", "drive.magnetization_rate.Nj"],
    ),
    (
        [("{ Ni", '{ Nj = ["0 1/s", "0 1/s", "0 1/s"], Ni = [1, 2, 3], Nk')],
        ["drive.magnetization_rate.Ni", "drive.magnetization_rate.Nj", "drive.magnetization_rate.Nk"],
    ),
    (
        [(SWEEP, '[sweep]\n"materials.Ni.polarization" = { from = 0, to = 1.2, pionts = 4 }')],
        ["sweep.materials.Ni.polarization.pionts", "sweep.materials.Ni.polarization"],
    ),
    (
        [('from = "1 nm"', 'from = "-1 nm"'), ('"0 V/m", "0 V/m"]', '"0 V/m", "1 V/m"]')],
        ["drive.electric_field", "sweep.layers.Ni.thickness"],
    ),
]


@pytest.mark.parametrize(("changes", "wanted"), TOGETHER)
def test_a_key_that_cannot_be_read_hides_no_fault_of_its_table(
    changes: list[tuple[str, str]], wanted: list[str]
) -> None:
    """Bug caught: a record with one bare number was not made at all, so that its other numbers went unchecked."""
    assert paths(*changes) == wanted


LAWS = (
    'law = "ohmic"\ncharge = "2e15 S/m^2"\npolarization = 0.3\nspin = "1e15 S/m^2"\norbital = "1e15 S/m^2"\n'
    'orbit_to_spin = "1e14 S/m^2"\nspin_to_orbit = "1e14 S/m^2"',
    'law = "mixing"\nup = "4e14 S/m^2"\ndown = "2e14 S/m^2"\nmixing = ["1e15 S/m^2", "1e14 S/m^2"]\n'
    'transmitted = ["1e14 S/m^2", "1e13 S/m^2"]\nferromagnet_side_mixing = "1e15 S/m^2"\norbital = "1e15 S/m^2"\n'
    'orbit_to_spin = "1e14 S/m^2"\nspin_to_orbit = "1e14 S/m^2"\nmagnetization = [0, 0, 1]\nferromagnet = "above"',
    'law = "memory_loss"\nresistance_area = "1 fohm m^2"\nasymmetry = 0.3\ndelta = 0.3\ntransverse = "1e15 S/m^2"\n'
    'transverse_delta = [0.5, 0.2]\norbital = "1e15 S/m^2"\norbital_delta = 0.2\nmagnetization = [0, 0, 1]',
)
WHOLE = [edited((f'law = "ohmic"\n{CHARGE}', law)) for law in LAWS]
LINES = [
    (text, line)
    for text in WHOLE
    for line in text.splitlines()
    if " = " in line and (text is WHOLE[0] or line in text[text.index("[interfaces") : text.index("[boundaries")])
]


@pytest.mark.parametrize(("text", "line"), LINES, ids=lambda x: x if "\n" not in x else "in")
@pytest.mark.parametrize("misspelt", [False, True])
def test_one_broken_line_is_one_fault(text: str, line: str, misspelt: bool) -> None:
    """Bug caught: a fault, or a numpy warning, that comes from what stands in for the number of one broken line."""
    key = line.split(" = ")[0]
    broken = f"{key}x = {line.split(' = ', 1)[1]}" if misspelt else f"{key} = [[]]"
    found = faults(text.replace(f"\n{line}\n", f"\n{broken}\n", 1))
    if (misspelt and key in ("kind", "law", "name", "material")) or "from" in line:
        assert found
    else:
        assert len(found) == 1, found


def test_what_stands_in_for_a_number_is_not_blamed() -> None:
    """Bug caught: P^2 sigma >= sigma_s, power created, or a current that differs, with a number nobody gave."""
    assert paths(BARE, ("polarization = 0.4", "polarization = 0.99\nspin_conductivity = '1 MS/m'")) == [
        "materials.Ni.conductivity"
    ]
    form = 'spin_orbit_form = "off_diagonal"\nspin_diffusion_length = 3'
    assert paths(('spin_diffusion_length = "3 nm"', form)) == ["materials.Ti.spin_diffusion_length"]
    law = 'law = "mixing"\nmixing = 4\ntransmitted = "1e14 S/m^2"'
    assert paths(('law = "ohmic"', law), ('charge = "1e15 S/m^2"', "")) == ["interfaces.Ti|Ni.mixing"]
    top = '[boundaries.top]\nkind = "contact"\ncurrent_density = 5\n[drive]'
    ends = paths(('voltage = "1 mV"', 'current_density = "1 A/m^2"'), ("[drive]", top))
    assert ends == ["boundaries.top.current_density"]


def test_a_material_that_is_not_read_still_has_its_kind_and_channels() -> None:
    """Bug caught: an orbital interface blamed since the only orbital material has a bare number; a magnetization
    given for a broken library metal passed over."""
    both = [line for line in MATERIALS.splitlines() if "orbit" not in line]
    text = "\n".join(both).replace(
        'kind = "normal"', 'kind = "normal"\norbital_conductivity = 5\norbital_hall_angle = 1'
    )
    text += TI + TI.replace('"Ti"', '"up"', 1) + '[interfaces."Ti|up"]\nlaw = "ohmic"\ncharge = "1 S/m^2"\n'
    assert [x.split(": ")[0] for x in faults(text + 'orbital = "1 S/m^2"')] == [
        "materials.Ti.orbital_conductivity",
        "materials.Ti.orbital_diffusion_length",
    ]
    library = '[materials.Pt]\nlibrary = "Pt"\nconductivity = 5\nspin_diffusion_length = "-1 nm"\n'
    magnet = NI.replace('"Ni"', '"Pt"')
    assert [x.split(": ")[0] for x in faults(library + magnet)] == [
        "materials.Pt.conductivity",
        "materials.Pt.spin_diffusion_length",
        "layers.Pt.magnetization",
    ]


def test_what_was_given_is_shown_as_it_was_given() -> None:
    """Bug caught: "-5 nm" reported as -5e-09, a number that is nowhere in the file."""
    fault = only_fault(('exchange_length = "0.5 nm"', 'exchange_length = "-5 nm"'))
    assert fault.startswith("materials.Ni.exchange_length: got '-5 nm', allowed: a length > 0")


def test_a_text_named_npz_is_told_in_our_own_words(tmp_path: Path) -> None:
    """Bug caught: numpy's advice to allow pickled data, which nobody should follow."""
    path = tmp_path / "law.npz"
    for law in ("matrix", "scattering"):
        change = (('law = "ohmic"', f'law = "{law}"\nfile = "law.npz"'), ('charge = "1e15 S/m^2"', ""))
        for content in (b"G = 5", b""):
            path.write_bytes(content)
            fault = only_fault(*change, directory=tmp_path)
            assert "Ti|Ni.file: cannot read 'law.npz' as .npz: " in fault and "pickle" not in fault
            assert "allowed: what numpy.savez writes" in fault
        with path.open("wb") as file:
            np.save(file, np.eye(14))
        assert "this is one array (.npy), allowed: several by name" in only_fault(*change, directory=tmp_path)


def test_a_sweep_is_no_larger_than_memory() -> None:
    """Bug caught: points = 4000000000 is a MemoryError and its traceback; so is a product of small ranges."""
    fault = only_fault(("points = 40", "points = 4000000000"))
    assert fault == "sweep.layers.Ni.thickness.points: got 4000000000, allowed: at most 10,000,000"
    line = '"{}" = {{ from = "1 nm", to = "2 nm", points = 4000 }}\n'
    lines = line.format("layers.Ni.thickness") + line.format("layers.Ti.thickness")
    found = faults(edited((SWEEP, "[sweep]\n" + lines)))
    assert found == ["sweep: got 4000 x 4000 points, allowed: at most 10,000,000 in all"]
    assert config.read_text(edited((SWEEP, "[sweep]\nzip = true\n" + lines))).sweep is not None


def test_every_part_of_a_long_sweep_is_checked() -> None:
    """Bug caught: a fault after the first batch of points that is passed over, or told once for each batch."""
    line = '[sweep]\n"materials.Ni.polarization" = { from = -0.5, to = 1, points = 15001 }\n'
    assert only_fault((SWEEP, line), ("orbit_to_spin = 0.5", "")) == (
        "sweep.materials.Ni.polarization: got 1, allowed: a number between -1 and 1, both excluded"
    )


@pytest.mark.parametrize("path", ["", "."])
def test_an_empty_file_name_is_told_so(path: str) -> None:
    """Bug caught: `femsot check ""` says ".: is a directory"."""
    with pytest.raises(InputError, match=r"^\.: is the current directory, .*was its name left empty\?$"):
        config.read_job(path)
