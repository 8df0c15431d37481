"""Profiles along a line through a device; each docstring names the bug that the test catches."""

import device_results as given
import numpy as np
import pytest
from numpy.testing import assert_allclose

from femsot.base.errors import InputError
from femsot.io import blocks as device_fields
from femsot.plot import line
from femsot.plot.profiles import profiles_figure


def test_a_line_has_both_sides_of_an_interface(dot_blocks):
    """The value of one side on both, a point between them, or a distance from the wrong end."""
    ends = np.array([[22e-9, 13e-9, 0], [30e-9, 13e-9, 7e-9]])
    record = line.along_line(dot_blocks, ends)
    length = np.linalg.norm(ends[1] - ends[0])
    direction = (ends[1] - ends[0]) / length
    assert [layer["name"] for layer in record["layers"]] == ["strip", "dot"]
    assert_allclose([layer["z"] for layer in record["layers"]], length * np.array([[0, 4 / 7], [4 / 7, 1]]), rtol=1e-6)
    assert [bool(layer["torque"]) for layer in record["layers"]] == [False, True]
    profile = record["profiles"]
    layer, places = np.array(profile["layer"]), ends[0] + profile["z"][:, None] * direction
    for name in ("strip", "dot"):
        own = layer == name
        assert_allclose(profile["mu"][own], given.linear(given.MU[name], places[own]), rtol=1e-6, atol=1e-12)
        J = -1e6 * given.MU[name][1] @ direction + 1e10 * places[own, :1] / 60e-9 * direction.sum()
        assert_allclose(profile["J"][own], J, rtol=1e-6, atol=1)
    assert np.sum(layer == "dot") > 3  # a point at every face of a cell
    figure = profiles_figure(record, distance="distance along the line")
    assert figure.axes[-1].get_xlabel() == "distance along the line [nm]"


@pytest.mark.parametrize("y", [0.0, 20e-9, 17e-9])
def test_a_line_along_faces_of_cells_is_whole(y, dot_blocks):
    """A line in a face of cells, or on the surface, that belongs to no cell or twice to one."""
    record = line.along_line(dot_blocks[:1], np.array([[0, y, 2e-9], [60e-9, y, 2e-9]]))
    z = record["profiles"]["z"]
    assert_allclose(z[[0, -1]], [0, 60e-9], atol=1e-14)
    assert np.all(np.diff(z) > 1e-11) and len(record["layers"]) == 1


def test_a_line_that_leaves_a_region_comes_back(dot_blocks):
    """A straight line drawn through the gap between two stretches in one region."""
    ends = np.array([[0.0, 20e-9, 5e-9], [60e-9, 20e-9, 5e-9]])
    assert_allclose(line.along_line(dot_blocks, ends)["layers"][0]["z"], [20e-9, 40e-9], atol=1e-13)
    apart = [dot_blocks[0], device_fields.Block(**vars(dot_blocks[1]) | {"cells": outer(dot_blocks[1])})]
    assert_allclose(
        [x["z"] for x in line.along_line(apart, ends)["layers"]], [[20e-9, 25e-9], [35e-9, 40e-9]], atol=1e-13
    )


def outer(block):
    """The cells of the dot but for its middle in x."""
    return block.cells[np.abs(block.points[block.cells].mean(1)[:, 0] - 30e-9) > 5e-9]


def test_a_line_in_2d_ignores_the_uniform_direction():
    """A line at y = 3 nm that misses a cross-section in the plane y = 0."""
    found = device_fields.blocks(given.cross())
    record = line.along_line(found, np.array([[25e-9, 3e-9, 0], [25e-9, 3e-9, 7e-9]]))
    assert_allclose([layer["z"] for layer in record["layers"]], [[0, 4e-9], [4e-9, 7e-9]], atol=1e-14)


def test_the_line_of_its_own_goes_through_the_interface(solution):
    """A line along the interface, or one that ends within the device."""
    found = device_fields.blocks(solution)
    names = [layer["name"] for layer in line.along_line(found, line.middle_line(found))["layers"]]
    assert names == (["dot"] if len(found) == 1 else ["strip", "dot"])
    wanted = [40e-9, 0, 0] if len(found) == 1 else [0, 0, 7e-9]
    assert_allclose(np.ptp(line.middle_line(found), axis=0), wanted, atol=1e-20)


def test_an_insulator_has_no_potential(dot_blocks):
    """A potential of zero volts in an insulator, drawn as if it were one."""
    nothing = {name: 0 * values for name, values in dot_blocks[1].data.items() if name not in ("m", "torque")}
    words = vars(dot_blocks[1]) | {"data": dot_blocks[1].data | nothing}
    blocks = [dot_blocks[0], device_fields.Block(**words | {"insulating": True}), dot_blocks[2]]
    assert list(device_fields.shown([dot_blocks[0], device_fields.Block(**words)], "phi").values) == ["strip", "dot"]
    assert not device_fields.shown([blocks[1]], "J_c").signed
    assert list(device_fields.shown(blocks, "phi").values) == ["strip"]
    assert list(device_fields.shown(blocks, "torque_x").values) == ["strip", "dot"]
    record = line.along_line(blocks, line.middle_line(blocks))
    assert set(record["profiles"]["layer"]) == {"strip"} and len(record["layers"]) == 2
    hatched = [bool(patch.get_hatch()) for patch in profiles_figure(record).axes[0].patches]
    assert hatched == [False, True]
    with pytest.raises(InputError, match="meets no metal"):
        line.along_line(blocks, np.array([[20e-9, 20e-9, 5e-9], [40e-9, 20e-9, 5e-9]]))


def test_the_line_ends_are_rounded(dot_blocks):
    """Profiles "from (-8.272e-16, -5, 0)"."""
    x, y, _ = line.middle_line(dot_blocks)[0]
    moved = [device_fields.Block(**vars(one) | {"points": one.points - [x + 8e-25, y, 0]}) for one in dot_blocks]
    assert line.between(line.middle_line(moved)) == "(0, 0, 0) to (0, 0, 7) nm"


@pytest.mark.parametrize("text", ["", "0,0,0", "0,0,0 0,0,0", "0,0 1,1", "0,0,0 a,b,c", "0,0,0 1,1,nan"])
def test_a_line_that_is_none_is_told(text):
    """A ValueError of numpy with its traceback."""
    with pytest.raises(InputError, match=r'line: got .*, allowed: "x,y,z x,y,z", the two ends in nm'):
        line.read_line(text)


def test_a_line_beside_the_device_is_told(dot_blocks):
    """An empty figure."""
    assert_allclose(line.read_line("0,-50,0 60,-50,1e1"), [[0, -50e-9, 0], [60e-9, -50e-9, 10e-9]])
    with pytest.raises(InputError, match=r"line: got '0,-50,0 60,-50,10', which meets no metal"):
        line.along_line(dot_blocks, line.read_line("0,-50,0 60,-50,10"))


def test_the_profile_of_a_solved_device_is_its_solution(solved_dot):
    """Values of the wrong side at an interface, against the solution itself sampled beside it."""
    ends = np.array([[33e-9, 22e-9, 0.0], [33e-9, 22e-9, 7e-9]])
    profile = line.along_line(device_fields.blocks(solved_dot), ends)["profiles"]
    z, layer, mu = profile["z"], np.array(profile["layer"]), profile["mu"]
    for name, inside in (("strip", (0.3e-9, 3.99e-9)), ("dot", (4.01e-9, 6.9e-9))):
        places = np.linspace(*inside, 7)
        points = np.stack([0 * places + 33e-9, 0 * places + 22e-9, places], -1)
        wanted = solved_dot.sample(points, region=name)["mu"]
        for a in range(4):
            found = np.interp(places, z[layer == name], mu[layer == name, a])
            assert_allclose(found, wanted[:, a], rtol=0, atol=1e-6 * np.abs(mu[:, a]).max())
