"""Pictures of a device, in 3D and as maps; each docstring names the bug that the test catches."""

import device_results as given
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from femsot.base.errors import InputError
from femsot.io import blocks as device_fields
from femsot.plot import maps, scene
from femsot.plot import view as stack_view


def test_regions_move_apart_along_the_normals(dot_blocks):
    """The upper region moved into the lower one, or not at all."""
    moved = scene.offsets(dot_blocks, np.ones(3))
    assert_allclose(moved["strip"], 0)
    assert_allclose(moved["dot"] / np.linalg.norm(moved["dot"]), [0, 0, 1])
    assert_allclose(scene.stretched(dot_blocks), 1)
    flat = [device_fields.Block(**vars(x) | {"points": x.points * [10, 10, 1]}) for x in dot_blocks]
    assert_allclose(scene.stretched(flat), [1, 1, 0.12 * 600 / 7])
    assert scene.told(scene.stretched(flat)) == "z stretched 10 times"


@pytest.mark.parametrize("cut", [False, True])
def test_a_device_is_drawn_where_rendering_works(cut, dot_blocks, tmp_path):
    """An empty picture, or colours that are not those of the bar."""
    if not stack_view.can_render():
        pytest.skip(stack_view.MESSAGE)
    from matplotlib import image

    assert scene.device_view(dot_blocks, tmp_path / "view.png", field="mu_s_y", title="a|b $5", cut=cut) is None
    pixels = image.imread(tmp_path / "view.png")[..., :3]
    middle = pixels[250:850, 200:1300].reshape(-1, 3)
    coloured = np.ptp(middle, axis=1) > 0.2
    assert np.mean(coloured) > 0.1
    assert list(tmp_path.iterdir()) == [tmp_path / "view.png"]


def test_no_rendering_gives_a_message(dot_blocks, tmp_path, monkeypatch):
    """VTK ends the interpreter, or a wrong field passes unseen, where nothing can be drawn."""
    monkeypatch.setattr(scene, "can_render", lambda: False)
    assert scene.device_view(dot_blocks, tmp_path / "view.png") == stack_view.MESSAGE
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(InputError, match="field: got 'nothing'"):
        scene.device_view(dot_blocks, tmp_path / "view.png", field="nothing")


def test_maps_of_2d_devices():
    """Colours across an interface, axes without unit, or x and z exchanged."""
    found = device_fields.blocks(given.cross())
    figure = maps.map_figure(found, "phi", title="$5_$")
    figure.canvas.draw()
    ax, bar = figure.axes
    assert (ax.get_xlabel(), ax.get_ylabel(), bar.get_ylabel()) == ("x [nm]", "z [nm]", "phi [mV]")
    drawn = [x for x in ax.collections if hasattr(x, "_coordinates") or "TriMesh" in type(x).__name__]
    assert len(drawn) == 2
    for mesh, block in zip(drawn, found, strict=False):
        assert_allclose(mesh.get_array(), 1e3 * block.data["phi"])
    assert {text.get_text() for text in ax.texts} == {"strip", "dot"}
    assert maps.flat_axes(device_fields.blocks(given.disc())) == (0, 1)
    assert maps.flat_axes(device_fields.blocks(given.strip_dot())) is None


def test_a_magnet_has_arrows_of_the_current_too():
    """A current that seems to end at a magnet, arrows on each other, or noise scaled up to arrows."""
    some, m = np.array([1, 3, 4, 6, 7]), np.tile([0.0, 0.0, 1.0], (8, 1))
    current = np.tile([0.5, 0.0, 0.0], (8, 1))
    arrows = maps.in_turn(some, m, current)
    assert [name for name, *_ in arrows] == ["m", "charge current"]
    assert [list(places) for *_, places, _ in arrows] == [[1, 4, 7], [3, 6]]
    assert_array_equal(arrows[1][3], current[:2])
    ((name, _, places, _),) = maps.in_turn(some, m, 1e-13 * current)
    assert name == "m" and list(places) == list(some)
    assert maps.in_turn(some, 0 * m, 0 * m) == []
    figure = maps.map_figure(device_fields.blocks(given.cross()), "phi")
    figure.canvas.draw()
    assert sum(type(x).__name__ == "Quiver" for x in figure.axes[0].collections) == 3


def test_colours_are_about_zero_where_signs_differ():
    """A sign that cannot be seen, or a constant field without a range."""
    assert maps.looks(np.array([-1.0, 3.0])) == ("RdBu_r", -3.0, 3.0)
    assert maps.looks(np.array([1.0, 3.0, np.nan, 2.0])) == ("viridis", 1.0, 3.0)
    assert maps.looks(np.array([2.0])) == ("viridis", 2.0, 4.0)
    assert maps.looks(np.zeros(3)) == ("viridis", 0.0, 1.0)
