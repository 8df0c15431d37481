"""Files and tables of a result; each docstring names the bug that the test catches."""

import csv
import io

import meshio
import numpy as np
import pytest
import stack_results
from numpy.testing import assert_allclose, assert_array_equal
from rich.console import Console

from femsot.base.errors import InputError
from femsot.base.files import write_json
from femsot.io import files, noise, vtk
from femsot.io.result import prefixed, profiles
from femsot.plot import profiles as plot
from femsot.plot import tables


def printed(table):
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(table)
    return console.export_text()


# files


def test_json_comes_back_as_it_was_and_reads_well(orbital, tmp_path):
    """The compact lists of the file drop or merge numbers, or a title with brackets is taken for a list."""
    path = tmp_path / "new" / "result.json"
    write_json(orbital | {"title": 'a [ 1,  2 ] "b"\n µ'}, path)
    assert files.read_result(path) == orbital | {"title": 'a [ 1,  2 ] "b"\n µ'}
    assert len(path.read_text().splitlines()) < 5 * len(orbital["profiles"]["z"])


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_json_refuses_what_is_not_finite_and_keeps_the_old_file(value, orbital, tmp_path):
    """A file with NaN, which is no json, or the good file of an earlier run lost."""
    path = tmp_path / "result.json"
    write_json(orbital, path)
    before = path.read_text()
    with pytest.raises(ValueError, match=r"not a finite number: report.warnings\[1\], resistance"):
        write_json(orbital | {"resistance": value, "report": {"warnings": ["", value]}}, path)
    assert path.read_text() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["json", "csv", "vtu", "png"])
def test_nothing_half_written_when_writing_fails(name, orbital, *, tmp_path, monkeypatch):
    """A half-written file, or a temporary one, is left when the disk is full, in place of the earlier good one."""

    def full(source, target):
        assert source.stat().st_size > 100
        raise OSError(28, "No space left on device")

    path = tmp_path / f"result.{name}"
    path.write_text("good")
    monkeypatch.setattr("femsot.base.files.os.replace", full)
    write = {"json": write_json, "csv": files.write_profiles, "vtu": vtk.write_vtu}
    with pytest.raises(InputError, match=f"result.{name}: cannot be written: No space left"):
        if name == "png":
            plot.save(plot.budget_figure(orbital), path)
        else:
            write[name](orbital, path)
    assert path.read_text() == "good"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_made_is_told(orbital, tmp_path):
    """An OSError with a traceback for an output folder that is a file."""
    (tmp_path / "out").write_text("a file")
    with pytest.raises(InputError, match=r"result\.json: cannot be written: "):
        write_json(orbital, tmp_path / "out" / "result.json")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "cannot be read: No such file"),
        ("{", "no json, line 1"),
        (b"\xff\xfe", "no text file"),
        ('{"femsot": "0.1.0", "components": [], "interfaces": [], "report": {}}', "missing: layers"),
        ('{"femsot": "1", "components": ["phi"], "interfaces": [], "report": {}, "layers": [{}]}', "components: got"),
        ('{"femsot": NaN}', "NaN is no json number"),
    ],
)
def test_a_file_that_is_no_result_is_refused_by_name(text, message, tmp_path):
    """A KeyError or a traceback of json for a wrong file."""
    path = tmp_path / "wrong.json"
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError, match=message) as caught:
        files.read_result(path)
    assert str(path) in str(caught.value)
    with pytest.raises(InputError, match=r"wrong\.json: "):
        files.read_sweep(path)


def test_csv_holds_every_point_with_units(orbital, tmp_path):
    """Columns exchanged or rounded, or one side of the interface dropped."""
    files.write_profiles(orbital, tmp_path / "profiles.csv")
    with (tmp_path / "profiles.csv").open(newline="") as file:
        header, *rows = list(csv.reader(file))
    assert header[:3] + header[9:11] == ["z [m]", "layer", "phi [V]", "J_phi [A/m^2]", "J_sx [A/m^2]"]
    given = orbital["profiles"]
    assert [row[1] for row in rows] == given["layer"]
    values = np.array([[row[0], *row[2:]] for row in rows], dtype=float)
    assert_array_equal(values, np.c_[given["z"], given["mu"], given["J"]])
    jump = [row for row in values if row[0] == 5e-9]
    assert len(jump) == 2
    assert_array_equal([row[1:8] for row in jump], [orbital["interfaces"][0][f"mu_{x}"] for x in ("minus", "plus")])


def test_vtu_reads_back_with_layers_apart(orbital, insulating, tmp_path):
    """A component along the wrong flow axis, a cell across an interface, or m and torque in the wrong layer."""
    vtk.write_vtu(orbital, tmp_path / "stack.vtu")
    mesh, found = meshio.read(tmp_path / "stack.vtu"), profiles(orbital)
    data, region = mesh.point_data, np.array([name == "Ni" for name in found.layer]).astype(int)
    count = len(found.z)
    shapes = {"phi": (count,), "mu_s": (count, 3), "mu_o": (count, 3), "J_c": (count, 3), "J_s": (count, 9)}
    shapes |= {"J_o": (count, 9), "torque": (count, 3), "m": (count, 3), "region": (count,)}
    assert {name: array.shape for name, array in data.items()} == shapes
    assert_array_equal(mesh.points, np.c_[0 * found.z, 0 * found.z, found.z])
    assert_array_equal(data["J_s"].reshape(-1, 3, 3)[:, :, 2], found.J[:, 1:4])
    assert_array_equal(data["J_o"][:, [2, 5, 8]], found.J[:, 4:7])
    assert_array_equal(data["J_c"][:, 2], found.J[:, 0])
    assert not np.any(np.delete(data["J_s"], [2, 5, 8], axis=1))
    assert_array_equal(data["region"], region)
    assert_allclose(data["m"][region == 1][0], np.array([1, 0.3, 0.5]) / np.linalg.norm([1, 0.3, 0.5]), rtol=1e-15)
    assert_array_equal(data["torque"][region == 1][0], orbital["layers"][1]["torque"]["received"])
    assert not np.any(data["m"][region == 0])
    cells = mesh.cells_dict["line"]
    assert len(cells) == count - 2
    assert_array_equal(region[cells[:, 0]], region[cells[:, 1]])
    assert_array_equal(mesh.cell_data["region"][0], region[cells[:, 0]])


def test_vtu_holds_an_insulating_magnet(insulating, tmp_path):
    """No point for a magnetic insulator: its m and torque are missing from the file."""
    vtk.write_vtu(insulating, tmp_path / "stack.vtu")
    mesh = meshio.read(tmp_path / "stack.vtu")
    data, cells = mesh.point_data, mesh.cells_dict["line"]
    z, region = mesh.points[:, 2], data["region"]
    assert np.all(np.diff(region) >= 0)
    assert_array_equal(z[region == 0], insulating["layers"][0]["z"])
    assert_array_equal(z[region == 2], insulating["layers"][2]["z"])
    assert_array_equal(data["m"][region == 0], [[1, 0, 0]] * 2)
    assert_array_equal(data["torque"][region == 0], [insulating["layers"][0]["torque"]["flux"]] * 2)
    for name in ("phi", "mu_s", "mu_o", "J_c", "J_s", "J_o"):
        assert not np.any(data[name][region != 1])
    assert not np.any(data["m"][region != 0]) and not np.any(data["torque"][region != 0])
    assert_array_equal(region[cells[:, 0]], region[cells[:, 1]])
    assert set(mesh.cell_data["region"][0]) == {0, 1, 2}


@pytest.mark.parametrize("name", ["sweep.json", "result.json", "other"])
def test_a_sweep_is_known_by_its_content(name, orbital, tmp_path):
    """A result called sweep_1.json, or a sweep under another name, taken for the other."""
    write_json(orbital, tmp_path / name)
    assert not files.is_sweep(tmp_path / name)
    write_json({"parameters": {}, "torque": {}}, tmp_path / name)
    assert files.is_sweep(tmp_path / name)
    (tmp_path / name).write_text("[1, 2]")
    with pytest.raises(InputError, match="got a list, allowed: "):
        files.is_sweep(tmp_path / name)


@pytest.mark.parametrize("key", ["layers", "regions", "interfaces", "report"])
@pytest.mark.parametrize("wrong", ["Ti", ["Ti"], {"Ti": 1}, [{}], 3])
def test_a_result_whose_parts_are_no_records_is_refused(key, wrong, *, orbital, tmp_path):
    """A TypeError or a KeyError with its traceback for a file that was edited."""
    if key == "report" and isinstance(wrong, dict):
        wrong = None
    write_json(orbital | {key: wrong}, tmp_path / "result.json")
    with pytest.raises(InputError, match=rf"result\.json: {key}(\[0\])?(\.\w+)?: (got|missing|beside)"):
        files.read_result(tmp_path / "result.json")


@pytest.mark.parametrize("wrong", [{"parameters": [1], "torque": {}}, {"parameters": {}, "torque": {"Ni": 1.0}}])
def test_a_sweep_whose_parts_are_no_records_is_refused(wrong, tmp_path):
    """An AttributeError for a sweep.json that was edited."""
    write_json(wrong, tmp_path / "sweep.json")
    with pytest.raises(InputError, match=r"got \[1\], allowed: a table|parameters: are of different lengths, or none"):
        files.read_sweep(tmp_path / "sweep.json")


# tables


def test_torque_table_has_every_number_with_its_unit(orbital):
    """DL and FL exchanged, or a field in tesla under a heading in mT."""
    text, torque = printed(tables.torque_table(orbital)), orbital["layers"][1]["torque"]
    row = next(line for line in text.splitlines() if line.startswith("│ Ni")).strip("│ ").split("│")
    values = [float(x) for x in row[1:]]
    expected = [x / 1e6 for x in (torque["damping_like"], torque["field_like"], *torque["flux_like"])]
    expected += [x / 1e3 for x in torque["efficiency_E"]] + torque["efficiency_j"]
    expected += [x * 1e3 for x in (*torque["field_T"], *torque["field_per_current"])]
    assert_allclose(values, expected, rtol=5e-4)
    for part in (
        "[MA/m²]",
        "[kS/m]",
        "[mT]",
        "p = (0, 1, 0)",
        "sheet resistance",
        "orbital torque [Ti/Ni]",
        "residual",
    ):
        assert part in text


def test_torque_table_without_reference_shows_the_vector(valve):
    """A row of dashes and nothing else where DL and FL are undefined."""
    text = printed(tables.torque_table(valve | {"report": valve["report"] | {"warnings": ["beware [of] this"]}}))
    assert all(word in text for word in ("torque x", "fixed", "free")) and "ξ_E" not in text
    assert "resistance-area product" in text and "fΩ m²" in text and "warning: beware [of] this" in text


def changed(result, layer, **torque):
    """The result with another torque of one layer."""
    layers = [x | {"torque": x["torque"] | torque} if x["name"] == layer else x for x in result["layers"]]
    return result | {"layers": layers}


def test_absorbed_flux_is_shown_where_it_differs(orbital):
    """A flux that the lattice takes a part of, read as the torque on the magnetization or left out."""
    received = np.array(orbital["layers"][1]["torque"]["received"])
    for factor, shown in ((0.97, True), (0.995, False)):
        text = printed(tables.torque_table(changed(orbital, "Ni", flux=list(factor * received))))
        assert ("flux absorbed DL" in text) == ("torque: what the magnetization receives" in text) == shown
        assert ("flux absorbed: from the normal-metal side" in text) == shown
        assert "torque DL" in text and "torque FL" in text
    only = printed(tables.torque_table(changed(orbital, "Ni", basis="flux", received=None, received_like=None)))
    assert "torque: the flux absorbed" in only and "receives" not in only.split("warning")[0]
    none = dict.fromkeys(("damping_like", "field_like", "received_like", "flux_like", *noise.LIKE))
    text = printed(tables.torque_table(changed(orbital, "Ni", flux=list(0.9 * received), **none)))
    assert "torque x" in text and "flux absorbed z" in text and "DL" not in text
    collinear = changed(orbital, "Ni", flux=[0, 0, 0], received=[1e-3, 0, 0])
    assert "flux absorbed" not in printed(tables.torque_table(collinear)).split("warning")[0]


@pytest.mark.parametrize("width", [80, 120])
def test_torque_table_fits_the_terminal(width, orbital, valve):
    """Numbers cut or wrapped where a column for each quantity has no room; a row that is of another magnet."""
    for result in (orbital, valve):
        console = Console(width=width, file=io.StringIO(), record=True)
        console.print(tables.torque_table(result, width))
        lines = console.export_text().splitlines()
        assert max(len(line) for line in lines) <= width
        assert "…" not in "".join(lines)
    lines = [line for line in printed(tables.torque_table(orbital, width)).splitlines() if line.count("│") > 3]
    rows = {line.split("│")[2].strip(): line for line in lines}
    torque = orbital["layers"][1]["torque"]
    for label, pair, unit in (
        ("torque [MA/m²]", [torque["damping_like"], torque["field_like"]], 1e6),
        ("flux absorbed [MA/m²]", torque["flux_like"], 1e6),
        ("B for j = 1e11 A/m² [mT]", torque["field_per_current"], 1e-3),
    ):
        cells = rows[label].strip("│ ").split("│")
        assert [float(cell) for cell in cells[-2:]] == pytest.approx([x / unit for x in pair], rel=5e-4)


def test_footnotes_are_of_columns_that_are_there(valve, orbital):
    """DL and FL explained under a table that has neither, for want of an in-plane field."""
    assert "DL" not in printed(tables.torque_table(valve))
    assert "DL along m × (p × m), FL along m × p, p = (0, 1, 0)" in printed(tables.torque_table(orbital))


def test_zero_has_no_sign(orbital):
    """ "-0", or rounding noise of finite elements, where a torque is zero."""
    like = {"damping_like": -1e9, "received": None, "received_like": None, "efficiency_E": [-1e4, -0.0]}
    for zero in (-0.0, -1e-7):
        text = printed(tables.torque_table(changed(orbital, "Ni", field_like=zero, flux=[-0.0, 1e9, zero], **like)))
        row = next(line for line in text.splitlines() if line.startswith("│ Ni"))
        cells = [cell.strip() for cell in row.strip("│ ").split("│")]
        assert cells.count("0") >= 2 and not {"-0", "-1e-16"} & set(cells)


def test_no_torque_box_without_a_magnet():
    """An empty box, its caption squeezed to a word per line."""
    film = stack_results.film()
    lines = printed(tables.torque_table(film)).splitlines()
    assert [line.strip() for line in lines[:2]] == ["a film [Pt]", "no magnet in this result"]
    assert lines[2].startswith("sheet resistance ") and "┃" not in "".join(lines)


def test_budget_rows_close(orbital, valve):
    """A term left out or with a wrong sign (flux in is the sum of the rest), or a title taken for mathematics."""
    for result in (orbital, valve):
        plot.budget_figure(result | {"title": "$5_$"}).canvas.draw()
        rows = tables.budget_rows(result)
        size = max(np.max(np.abs(row["terms"]["flux"])) for row in rows)
        for row in rows:
            rest = sum(value for term, value in row["terms"].items() if term != "flux")
            assert_allclose(row["terms"]["flux"], rest, atol=1e-11 * size)
    assert [row["name"] for row in tables.budget_rows(valve)] == ["fixed", "spacer", "spacer|free", "free"]
    text = printed(tables.budget_table(orbital))
    assert "to orbit" in text and "to orbit" not in printed(tables.budget_table(valve))


@pytest.mark.parametrize(
    ("values", "unit", "expected"),
    [
        ([0.0], "V", (1.0, "V")),
        ([1e-6], "V", (1e6, "µV")),
        ([2e15, np.nan], "S/m^2", (1e-15, "PS/m²")),
        ([5e-16], "ohm m^2", (1e18, "aΩ m²")),
        ([1.6e10], "1/m", (1e-9, "1/nm")),
        ([300.0], "", (1.0, "")),
    ],
)
def test_prefixes(values, unit, expected):
    """A factor and a prefix that do not belong together."""
    factor, symbol = prefixed(values, unit)
    assert symbol == expected[1]
    assert_allclose(factor, expected[0], rtol=1e-12)


def test_result_of_a_device_has_tables_but_no_profiles():
    """A KeyError for a device, whose result has regions and no profiles along z."""
    torque = {"flux": [0, 1e9, 0], "damping_like": 1e9, "field_like": 0.0, "remainder": [0, 0, 0], "efficiency_E": None}
    device = {"regions": [{"name": "dot", "torque": torque}], "interfaces": [], "report": {"method": "fem"}}
    assert "dot" in printed(tables.torque_table(device))
    with pytest.raises(InputError, match="only a stack has profiles"):
        plot.profiles_figure(device)
