"""Files, tables and figures of a result; each docstring names the bug that the test catches."""

import csv
import io
import subprocess

import meshio
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from rich.console import Console

from femsot import Contact, Ferromagnet, Insulator, Layer, NormalMetal, Stack, mixing, ohmic, solve
from femsot.checks import InputError
from femsot.output import plot, tables, view, vtk
from femsot.output.result import apart, prefixed, profiles

LENGTHS = {"spin_diffusion_length": 3e-9, "orbital_conductivity": 1e6, "orbital_diffusion_length": 5e-9}
TI = NormalMetal(name="Ti", conductivity=1e6, orbital_hall_conductivity=1e6, spin_orbit_length=10e-9, **LENGTHS)
MAGNET = {"polarization": 0.4, "exchange_length": 0.5e-9, "dephasing_length": 1e-9, "orbit_to_spin": 0.5}
NI = Ferromagnet(name="Ni", conductivity=1e6, saturation_magnetization=0.5e6, **LENGTHS, **MAGNET)
PT = NormalMetal(name="Pt", conductivity=5e6, spin_diffusion_length=1.4e-9, spin_hall_angle=0.1)


@pytest.fixture(scope="module")
def orbital():
    """Ti/Ni under an in-plane field, with a jump at the interface and an oblique m."""
    layers = [Layer("Ti", TI, 5e-9), Layer("Ni", NI, 4e-9, (1, 0.3, 0.5))]
    stack = Stack(layers, {"Ti|Ni": ohmic(charge=1e15)}, electric_field=(1e5, 0, 0), title="orbital torque [Ti/Ni]")
    return solve(stack).to_dict()


@pytest.fixture(scope="module")
def insulating():
    yig = Insulator(name="YIG", saturation_magnetization=1.4e5)
    layers = [Layer("YIG", yig, 20e-9, (1, 0, 0)), Layer("Pt", PT, 5e-9), Layer("MgO", Insulator(name="MgO"), 2e-9)]
    return solve(Stack(layers, {"YIG|Pt": mixing(mixing=1e14 + 1e13j)}, electric_field=(1e5, 0, 0))).to_dict()


@pytest.fixture(scope="module")
def valve():
    """A current perpendicular to the plane: charge profiles, no reference direction, a resistance."""
    co = {"conductivity": 7e6, "spin_diffusion_length": 38e-9, "polarization": 0.46, "exchange_length": 1e-9}
    layers = [
        Layer("fixed", Ferromagnet(name="Co", **co), 20e-9, (0, 0, 1)),
        Layer("spacer", NormalMetal(name="Cu", conductivity=5e7, spin_diffusion_length=2e-7), 5e-9),
        Layer("free", Ferromagnet(name="Co2", dephasing_length=0.8e-9, **co), 3e-9, (1, 0, 0)),
    ]
    ends = {"bottom": Contact(current_density=1e11), "top": Contact(voltage=0.0)}
    return solve(Stack(layers, {"spacer|free": mixing(up=1e15, down=3e14, mixing=5e14)}, **ends)).to_dict()


def printed(table):
    console = Console(width=160, record=True, file=io.StringIO())
    console.print(table)
    return console.export_text()


# files


def test_json_comes_back_as_it_was_and_reads_well(orbital, tmp_path):
    """The compact lists of the file drop or merge numbers, or a title with brackets is taken for a list."""
    path = tmp_path / "new" / "result.json"
    tables.write_json(orbital | {"title": 'a [ 1,  2 ] "b"\n µ'}, path)
    assert tables.read_result(path) == orbital | {"title": 'a [ 1,  2 ] "b"\n µ'}
    assert len(path.read_text().splitlines()) < 5 * len(orbital["profiles"]["z"])


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_json_refuses_what_is_not_finite_and_keeps_the_old_file(value, orbital, tmp_path):
    """A file with NaN, which is no json, or the good file of an earlier run lost."""
    path = tmp_path / "result.json"
    tables.write_json(orbital, path)
    before = path.read_text()
    with pytest.raises(ValueError, match=r"not a finite number: resistance, report.warnings\[1\]"):
        tables.write_json(orbital | {"resistance": value, "report": {"warnings": ["", value]}}, path)
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
    monkeypatch.setattr("femsot.output.result.os.replace", full)
    write = {"json": tables.write_json, "csv": tables.write_profiles, "vtu": vtk.write_vtu}
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
        tables.write_json(orbital, tmp_path / "out" / "result.json")


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
        tables.read_result(path)
    assert str(path) in str(caught.value)
    with pytest.raises(InputError, match=r"wrong\.json: "):
        tables.read_sweep(path)


def test_csv_holds_every_point_with_units(orbital, tmp_path):
    """Columns exchanged or rounded, or one side of the interface dropped."""
    tables.write_profiles(orbital, tmp_path / "profiles.csv")
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
    assert_array_equal(data["torque"][region == 1][0], orbital["layers"][1]["torque"]["flux"])
    assert not np.any(data["m"][region == 0])
    cells = mesh.cells_dict["line"]
    assert len(cells) == count - 2
    assert_array_equal(region[cells[:, 0]], region[cells[:, 1]])
    assert_array_equal(mesh.cell_data["region"][0], region[cells[:, 0]])
    vtk.write_vtu(insulating, tmp_path / "stack.vtu")  # insulators have no points, but keep their number
    assert set(meshio.read(tmp_path / "stack.vtu").point_data["region"]) == {1}


# tables


def test_torque_table_has_every_number_with_its_unit(orbital):
    """DL and FL exchanged, or a field in tesla under a heading in mT."""
    text, torque = printed(tables.torque_table(orbital)), orbital["layers"][1]["torque"]
    row = next(line for line in text.splitlines() if line.startswith("│ Ni")).strip("│ ").split("│")
    values = [float(x) for x in row[1:]]
    expected = [torque["damping_like"] / 1e6, torque["field_like"] / 1e6]
    expected += [x / 1e3 for x in torque["efficiency_E"]] + [x * 1e3 for x in torque["field_T"]]
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


# figures


def axes_of(figure):
    return [ax for ax in figure.axes if ax.get_label() != "<colorbar>"]


def words(figure):
    figure.canvas.draw()
    return [text.get_text() for ax in figure.axes for text in ax.texts]


def test_profiles_figure_labels_shades_and_names(orbital):
    """A panel without unit, a layer without shade or name, or values that are not those of the label's unit."""
    figure = plot.profiles_figure(orbital)
    labels = [ax.get_ylabel() for ax in axes_of(figure)]
    assert labels[-4:-2] == ["spin potential $\\mu_s$ [µV]", "spin current $J_s$ [GA/m²]"]
    assert labels[-2:] == ["orbital potential $\\mu_o$ [µV]", "orbital current $J_o$ [GA/m²]"]
    assert [ax.get_xlabel() for ax in axes_of(figure)][-2:] == ["z [nm]", "z [nm]"]
    assert {"Ti", "Ni"} <= set(words(figure))
    for ax in figure.axes:
        assert_allclose([(p.get_x(), p.get_x() + p.get_width()) for p in ax.patches], [(0, 5), (5, 9)])
    found = profiles(orbital)
    drawn = [line.get_xydata() for line in axes_of(figure)[-3].get_lines() if len(line.get_xydata()) > 2]
    assert len(drawn) == 6  # three components in two layers: no line across the interface
    first = found.pieces()[0]
    assert_allclose(drawn[2], np.c_[found.z[first] * 1e9, found.J[first, 2] * 1e-9], rtol=1e-12)


def test_profiles_figure_leaves_out_what_is_not_there(insulating, valve):
    """Empty orbital panels where no orbital channel is solved, or the charge missing where a current flows."""
    assert len(axes_of(plot.profiles_figure(insulating))) == 2
    labels = [ax.get_ylabel() for ax in axes_of(plot.profiles_figure(valve))]
    assert labels[:2] == ["charge potential $\\phi$ [µV]", "charge current $J_c$ [GA/m²]"]
    assert len(labels) == 4
    shades = axes_of(plot.profiles_figure(insulating))[0].patches
    assert [bool(patch.get_hatch()) for patch in shades] == [True, False, True]


def test_crowded_names_stay_apart():
    """Names of thin layers printed on top of each other, or out of their order."""
    places = apart([0.1, 1.0, 1.01, 1.02, 3.39], 0.16, 3.4)
    assert np.all(np.diff(places) > 0.16 - 1e-12)
    assert_allclose(places[1:4], [0.85, 1.01, 1.17])
    assert_allclose(apart([0.0, 0.01], 0.16, 3.4) + apart([3.39, 3.4], 0.16, 3.4), [0.08, 0.24, 3.16, 3.32])
    assert np.all(np.diff(apart([0.5] * 30, 0.16, 3.4)) > 0.1)


def test_budget_figure_bars_are_the_budget(orbital):
    """A bar of another component or layer, or the residual told where the bars do not add up (ning24)."""
    figure = plot.budget_figure(orbital)
    rows, panels = tables.budget_rows(orbital), axes_of(figure)
    assert [ax.get_ylabel() for ax in panels] == [f"spin {c} [GA/m²]" for c in "xyz"]
    terms = [value for row in rows for value in row["terms"].values() if np.any(value)]
    for i, ax in enumerate(panels):
        assert_allclose([bar.get_height() for bar in ax.patches], [value[i] * 1e-9 for value in terms], rtol=1e-12)
    assert [tick.get_text() for tick in panels[-1].get_xticklabels()] == [row["name"] for row in rows]
    assert "largest residual" in figure.get_suptitle()
    layers = [layer | {"budget": layer["budget"] | {"exchange": None}} for layer in orbital["layers"]]
    assert "do not add up" in plot.budget_figure(orbital | {"layers": layers}).get_suptitle()


def sweep(shape, **parameters):
    values = np.random.default_rng(1).normal(size=shape) * 1e9
    torque = {"damping_like": values.tolist(), "field_like": (-values).tolist()}
    return {"parameters": parameters, "torque": {"Ni": torque, "Co": torque}}, values


def test_sweep_figure_of_one_parameter():
    """The abscissa in metres under a label in nm, or a gap (null) that breaks the figure."""
    given, values = sweep((5,), **{"layers.Ni.thickness": {"values": np.linspace(1e-9, 5e-9, 5).tolist(), "unit": "m"}})
    given["torque"]["Ni"]["damping_like"][2] = None
    left, right = axes_of(plot.sweep_figure(given))
    assert left.get_xlabel() == "thickness of Ni [nm]"
    assert [left.get_ylabel(), right.get_ylabel()] == ["damping-like torque [GA/m²]", "field-like torque [GA/m²]"]
    curve = left.get_lines()[1].get_xydata()
    assert_allclose(curve[:, 0], [1, 2, 3, 4, 5])
    assert_allclose(curve[:, 1], np.where(np.arange(5) == 2, np.nan, values / 1e9))


@pytest.mark.parametrize("members", [3, 12])
def test_sweep_figure_of_two_parameters_is_a_family(members, tmp_path):
    """The two axes of the grid exchanged: each curve is one value of the shorter parameter."""
    conductance = {"values": np.geomspace(1e14, 1e16, members).tolist(), "unit": "S/m^2"}
    thickness = {"values": np.linspace(1e-9, 2e-8, 20).tolist(), "unit": "m"}
    given, values = sweep((members, 20), **{"interfaces.Ti|Ni.spin": conductance, "layers.Ni.thickness": thickness})
    tables.write_json(given, tmp_path / "sweep.json")
    figure = plot.sweep_figure(tables.read_sweep(tmp_path / "sweep.json"))
    ax = axes_of(figure)[0]
    curves = [line.get_ydata() for line in ax.get_lines() if line.get_marker() != "None"]
    assert_allclose(curves, values / 1e9, rtol=1e-12)
    assert axes_of(figure)[-1].get_xlabel() == "thickness of Ni [nm]"
    told = figure.legends[0].get_title().get_text() if members == 3 else figure.axes[-1].get_ylabel()
    assert told.replace("\n", " ") == "spin conductance of Ti|Ni [PS/m²]"


def test_sweep_figure_says_what_it_cannot_draw():
    """A traceback for three parameters, an empty panel without a word, or a crash for a swept vector."""
    field = {"values": [1.0, 2.0], "unit": ""}
    with pytest.raises(InputError, match="allowed: one or two"):
        plot.sweep_figure(sweep((2, 2, 2), **{f"materials.Ni.{name}": field for name in "abc"})[0])
    directions = {"values": [[1, 0, 0], [0, 1, 0]], "unit": ""}
    given, _ = sweep((2,), **{"layers.Ni.magnetization": directions})
    for torque in given["torque"].values():
        torque["damping_like"] = [None, None]
    figure = plot.sweep_figure(given)
    assert axes_of(figure)[0].get_xlabel() == "magnetization of Ni, point number"
    assert any("undefined" in text for text in words(figure))


def test_figures_are_saved_as_asked_and_without_pyplot(orbital, tmp_path):
    """A figure kept alive by pyplot, or a format taken from the temporary name."""
    import matplotlib.pyplot as plt

    figure = plot.profiles_figure(orbital)
    plot.save(figure, tmp_path / "a.png")
    plot.save(figure, tmp_path / "a.pdf")
    assert [(tmp_path / f"a.{x}").read_bytes()[:4] for x in ("png", "pdf")] == [b"\x89PNG", b"%PDF"]
    assert plt.get_fignums() == []
    with pytest.raises(InputError, match=r"no known picture format, allowed: .*\.png"):
        plot.save(figure, tmp_path / "a.docx")


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


# the view in 3D


@pytest.mark.parametrize("failure", ["segfault", "hangs", "missing"])
def test_no_rendering_gives_a_message_and_no_file(failure, orbital, *, tmp_path, monkeypatch):
    """The interpreter ends in VTK where OSMesa and EGL are missing."""

    def run(command, **options):
        if failure == "hangs":
            raise subprocess.TimeoutExpired(command, options["timeout"])
        if failure == "missing":
            raise FileNotFoundError(command[0])
        return subprocess.CompletedProcess(command, -11)

    monkeypatch.setattr(view.subprocess, "run", run)
    view.can_render.cache_clear()
    try:
        message = view.stack_view(orbital, tmp_path / "view.png")
    finally:
        view.can_render.cache_clear()
    assert "apt-get install libosmesa6 libegl1 libgl1-mesa-dri" in message
    assert list(tmp_path.iterdir()) == []


def test_stack_view_is_a_picture_where_rendering_works(orbital, insulating, tmp_path):
    """An empty picture, or a crash where a layer is an insulator."""
    if not view.can_render():
        pytest.skip(view.MESSAGE)
    from matplotlib import image

    for result in (orbital, insulating):
        assert view.stack_view(result, tmp_path / "view.png") is None
        assert np.std(image.imread(tmp_path / "view.png")[..., :3]) > 0.05


def test_result_of_a_device_has_tables_but_no_profiles():
    """A KeyError for a device, whose result has regions and no profiles along z."""
    torque = {"flux": [0, 1e9, 0], "damping_like": 1e9, "field_like": 0.0, "remainder": [0, 0, 0], "efficiency_E": None}
    device = {"regions": [{"name": "dot", "torque": torque}], "interfaces": [], "report": {"method": "fem"}}
    assert "dot" in printed(tables.torque_table(device))
    with pytest.raises(InputError, match="only a stack has profiles"):
        plot.profiles_figure(device)
