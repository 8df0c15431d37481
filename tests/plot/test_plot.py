"""Figures of a result and of a sweep, and the view in 3D; each docstring names the bug that the test catches."""

import subprocess
from itertools import pairwise

import numpy as np
import pytest
import stack_results
from numpy.testing import assert_allclose

from femsot import Layer, NormalMetal, Stack, solve
from femsot.base.errors import InputError
from femsot.base.files import write_json
from femsot.io import files
from femsot.io.result import apart, profiles
from femsot.plot import profiles as plot
from femsot.plot import tables, view


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


def test_a_charge_row_is_drawn_where_something_flows(orbital, valve):
    """A panel of a current that is zero and of a potential that is negligible, or a charge potential lost."""
    assert [label.partition(" ")[0] for label in ylabels(plot.profiles_figure(orbital))] == ["spin"] * 2 + [
        "orbital"
    ] * 2
    assert [label.partition(" ")[0] for label in ylabels(plot.profiles_figure(valve))] == ["charge"] * 2 + ["spin"] * 2
    given = orbital["profiles"]
    mu = np.array(given["mu"])
    for part, count in ((0.05, 4), (0.5, 5)):
        mu[:, 0] = part * np.max(np.abs(mu[:, 1:])) * np.linspace(0, 1, len(mu))
        labels = ylabels(plot.profiles_figure(orbital | {"profiles": given | {"mu": mu.tolist()}}))
        assert len(labels) == count
        assert not any("charge current" in label for label in labels)


def names_of(thicknesses):
    """The printed layer names of a stack: angle and extent along x."""
    metal = NormalMetal(name="Cu", conductivity=1e7, spin_diffusion_length=1e-7, spin_hall_angle=0.01)
    layers = [Layer(name, metal, d) for name, d in thicknesses]
    figure = plot.profiles_figure(solve(Stack(layers, electric_field=(1e5, 0, 0))).to_dict())
    figure.canvas.draw()
    texts = figure.axes[0].texts
    boxes = [super(type(text), text).get_window_extent() for text in texts]  # without the line
    return figure, [text.get_rotation() for text in texts], [(box.x0, box.x1) for box in boxes]


def test_names_stay_level_where_they_fit():
    """All names upright since one layer is narrow, or names printed on top of each other."""
    several = [("substrate Ti", 20e-9), ("Ni", 4e-10), ("Cu", 5e-10), ("CoFe", 5e-10), ("MgO", 2e-9)]
    figure, angles, spans = names_of(several)
    assert angles == [0] * 5
    assert all(a[1] < b[0] for a, b in pairwise(spans))
    assert outside(figure) == []
    figure, angles, spans = names_of([(f"layer number {i}", 1e-9) for i in range(8)])
    assert angles == [90] * 8
    assert all(a[1] < b[0] for a, b in pairwise(spans))


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
    write_json(given, tmp_path / "sweep.json")
    figure = plot.sweep_figure(files.read_sweep(tmp_path / "sweep.json"))
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
    assert axes_of(plot.sweep_figure(given))[0].get_xlabel() == "magnetization of Ni, point number"
    nothing = {"Ni": {"damping_like": [None, None], "field_like": [None, None], "flux": [[0.0] * 3, [None] * 3]}}
    with pytest.raises(InputError, match="nothing to draw"):
        plot.sweep_figure(given | {"torque": nothing, "resistance_area": [None, None]})


THICKNESS = {"layers.Ni.thickness": {"values": [1e-9, 2e-9, 3e-9, 4e-9], "unit": "m"}}
UNDEFINED = {"damping_like": [None] * 4, "field_like": [None] * 4}
SCALES = {"resistance_area": [None, 1e-15, 2e-15, 3e-15], "sheet_resistance": [None] * 4}


def ylabels(figure):
    return [ax.get_ylabel() for ax in axes_of(figure)]


def test_sweep_without_a_reference_direction_draws_components():
    """Empty panels, their text out of them, where damping-like and field-like torque are undefined (contacts)."""
    flux = [[1e9 * k, 0.0, -2e9] for k in range(3)] + [[None] * 3]
    given = {"parameters": THICKNESS, "torque": {"free": {**UNDEFINED, "flux": flux}}, **SCALES}
    figure = plot.sweep_figure(given)
    assert ylabels(figure) == ["torque x [GA/m²]", "torque z [GA/m²]", "resistance area [fΩ m²]"]
    assert words(figure) == []
    curve = axes_of(figure)[0].get_lines()[1].get_xydata()
    assert_allclose(curve, [[1, 0], [2, 1], [3, 2], [4, np.nan]])
    for ax in axes_of(figure):  # the resistance is undefined at 1 nm, the torque at 4 nm
        assert_allclose(ax.get_xlim(), (1, 4))


def test_sweep_of_two_kinds_of_magnets_and_of_none():
    """A magnet with a reference loses its torques beside one without, or no figure without a magnet."""
    like = {"damping_like": [1e9, 2e9, 3e9, 4e9], "field_like": [1e6] * 4, "flux": [[1e9, 0, 0]] * 4}
    torque = {"Ni": like, "Fe": {**UNDEFINED, "flux": [[0.0, 1e9, 1e9]] * 4}}
    sheet = {"sheet_resistance": [20.0, 10.0, 5.0, 4.0]}
    names = ["damping-like torque [GA/m²]", "field-like torque [MA/m²]", "torque y [GA/m²]", "torque z [GA/m²]"]
    figure = plot.sweep_figure({"parameters": THICKNESS, "torque": torque, **sheet})
    assert ylabels(figure) == [*names, "sheet resistance [Ω]"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["Ni", "Fe"]
    figure = plot.sweep_figure({"parameters": THICKNESS, "torque": {}, **SCALES, **sheet})
    assert ylabels(figure) == ["resistance area [fΩ m²]", "sheet resistance [Ω]"]
    assert not figure.legends


def test_sweep_of_a_constant_resistance_is_flat():
    """Rounding noise of a constant stretched over the whole panel."""
    noisy = {"sheet_resistance": [20.0, 20.0 + 2e-12, 20.0, None]}
    low, high = axes_of(plot.sweep_figure({"parameters": THICKNESS, "torque": {}, **noisy}))[0].get_ylim()
    assert low < 19 and high > 21


def test_sweep_of_two_parameters_draws_resistances_and_components():
    """Torque components of the wrong axis, or resistances missing, in a family of curves."""
    flux = np.random.default_rng(2).normal(size=(2, 4, 3)) * 1e9
    family = {"layers.Ni.magnetization": {"values": [[1, 0, 0], [0, 1, 0]], "unit": ""}}
    none = {"damping_like": [[None] * 4] * 2, "field_like": [[None] * 4] * 2, "flux": flux.tolist()}
    ohms = [[1e-15] * 4, [None] * 4]
    figure = plot.sweep_figure({"parameters": family | THICKNESS, "torque": {"a": none}, "resistance_area": ohms})
    assert ylabels(figure) == [*(f"torque {c} of a [GA/m²]" for c in "xyz"), "resistance area [fΩ m²]"]
    curves = [line.get_ydata() for line in axes_of(figure)[2].get_lines() if line.get_marker() != "None"]
    assert_allclose(curves, flux[..., 2] * 1e-9)


def outside(figure):
    """Titles, legends and names that leave the figure."""
    figure.canvas.draw()
    texts = [figure._suptitle, *figure.legends, *(text for ax in figure.axes for text in ax.texts)]
    boxes = [text.get_window_extent() for text in texts if text is not None]
    return [b for b in boxes if b.x0 < 0 or b.y0 < 0 or b.x1 > figure.bbox.x1 or b.y1 > figure.bbox.y1]


LONG = "A title as long as an abstract, of Ti|Ni|Cu|CoFe with 5 nm each and a price of $5_$ a piece, at 300 K. " * 2


@pytest.mark.parametrize("title", ["", LONG, "W" * 120])
def test_titles_and_legends_fit(title, orbital, valve):
    """A long title clipped on both sides, or the legend of a budget with a lossy interface."""
    results = [result | {"title": title} for result in (orbital, valve, stack_results.lossy())]
    for result in results:
        assert outside(plot.profiles_figure(result)) == []
        assert outside(plot.budget_figure(result)) == []
    printed = plot.budget_figure(results[-1]).get_suptitle()
    assert printed.replace("\n", " ").startswith(title.strip()) or title[0] == "W"
    given = {"parameters": THICKNESS, "torque": {}, **SCALES}
    assert outside(plot.sweep_figure(given | {"title": title})) == []
    names = [text.get_text() for text in plot.budget_figure(results[-1]).legends[0].get_texts()]
    assert names[-2:] == ["spin flip (to lattice)", "interface, to lattice"]


@pytest.mark.parametrize("members", [2, 7])
def test_the_legend_of_a_sweep_is_clear_of_its_title(members):
    """The legend's title printed over the end of the figure's title."""
    conductance = {"values": np.geomspace(1e14, 1e16, members).tolist(), "unit": "S/m^2"}
    given, _ = sweep((members, 20), **{"interfaces.Ti|Ni.spin": conductance})
    thickness = {"layers.Ni.thickness": {"values": np.linspace(1e-9, 2e-8, 20).tolist(), "unit": "m"}}
    given["parameters"] |= thickness
    for title in (LONG, LONG[:90], "short"):
        figure = plot.sweep_figure(given | {"title": title})
        assert outside(figure) == []
        assert not figure._suptitle.get_window_extent().overlaps(figure.legends[0].get_window_extent())


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


def test_words_of_the_view_are_no_mathematics():
    """VTK takes "|" for the end of a column and leaves it out, and "$" for a formula."""
    assert view._plain("Ti|Ni | Cu|CoFe for $5") == r"Ti / Ni / Cu / CoFe for \$5"


def test_long_title_of_the_view_is_clear_of_its_key(orbital, tmp_path):
    """A title printed over the key of the arrows, or a title of columns that is mangled."""
    if not view.can_render():
        pytest.skip(view.MESSAGE)
    from matplotlib import image

    for title in (LONG, "W" * 100):
        assert view.stack_view(orbital | {"title": title}, tmp_path / "view.png") is None
        pixels = image.imread(tmp_path / "view.png")[..., :3]
        black = np.all(pixels[:120] < 0.3, axis=-1).any(axis=0)
        assert np.any(black) and not np.any(black[int(0.66 * len(black)) :])
