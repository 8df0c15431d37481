"""Cells that lie on each other are refused, whatever has put them there; sound meshes of any shape are not."""

from dataclasses import replace

import numpy as np
import pytest
from mesh_samples import KINDS, NM, box, corners, joined, refused

from femsot.base.errors import InputError
from femsot.model.mesh import READY, Level, circle, grid, layered, read, ready, spaced, triangulate, write
from femsot.model.mesh.facets import REVERSED, volumes
from femsot.model.mesh.overlap import _opposite


def test_a_tangled_disc_is_refused_with_its_places(tmp_path):
    """Every vertex moved at random by up to 2 nm: cells turned inside out are flipped into their neighbours."""
    mesh = ready("disc", size=15 * NM)
    moved = mesh.points + np.random.default_rng(0).uniform(-2, 2, mesh.points.shape) * NM
    write(replace(mesh, points=moved), tmp_path / "a.msh")
    message = (
        rf"cells: \d+ of {len(mesh.cells)} overlap a neighbour: both lie on the same side of the face that they share, "
        r"\d+ and \d+ at \(.*, .*, .*\) nm; .*tangled.*: mesh it anew"
    )
    with pytest.raises(InputError, match=message):
        read(tmp_path / "a.msh")


@pytest.mark.parametrize("kind", ["triangle", "tetra"])
def test_a_mesh_is_refused_where_its_cells_fill_more_than_its_outline(kind):
    """The second route: inner vertices moved, the cells' sizes add up to the box, or some space is filled twice."""
    mesh = box(kind, "film", low=corners(kind, 0, 0, 0), high=corners(kind, 20, 20, 20), size=5)
    rng = np.random.default_rng(0)
    size = mesh.points.max(0)
    inner = np.all((mesh.points > 0) & (mesh.points < size), axis=1)
    sound = []
    for reach in np.repeat(np.arange(1, 6), 4):
        points = mesh.points.copy()
        points[inner] += rng.uniform(-reach, reach, points[inner].shape) * NM
        turned = volumes(points, mesh.cells, kind) < 0
        cells = mesh.cells.copy()
        cells[turned] = cells[turned][:, REVERSED[kind]]
        moved = replace(mesh, points=points, cells=cells)
        sound.append(moved.volumes.sum() < (1 + 1e-9) * np.prod(size) * moved.depth)
        if sound[-1]:
            moved.check()
        else:
            refused(moved, "overlap a neighbour")
    assert 0 < sum(sound) < len(sound)  # both are tried


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sunk", [1.3, 9.7])
def test_regions_that_lie_in_each_other_are_told(kind, sunk):
    """Two volumes drawn over each other and never cut: the current would flow twice through the same place."""
    low = box(kind, "low", low=corners(kind, 0, 0, 0), high=corners(kind, 30, 30, 10), size=5)
    high = box(kind, "high", low=corners(kind, 6, 6, 10 - sunk), high=corners(kind, 28, 28, 21), size=4)
    both = joined(low, high)
    rows, cells = both.facets()
    held = {"a": rows[:1], "b": rows[cells[:, 0] >= len(low.cells)][:1]}
    outer = {name: row for name, row in held.items() if np.all(np.isin(row, rows[cells[:, 1] < 0]))}
    message = r"cells: \d+ of \d+ at the surface of '.*' lie inside other cells, the first is cell \d+ at \(.*\) nm; "
    refused(replace(both, faces=outer), message)


@pytest.mark.parametrize("kind", KINDS)
def test_a_region_wholly_inside_another_is_told(kind):
    """A magnet drawn into a strip that was not cut out."""
    low = box(kind, "low", low=corners(kind, 0, 0, 0), high=corners(kind, 30, 30, 30), size=5)
    core = box(kind, "core", low=corners(kind, 11, 11, 11), high=corners(kind, 19, 19, 19), size=4)
    refused(joined(low, core), "at the surface of 'core' lie inside other cells")


@pytest.mark.parametrize("name", READY)
def test_sound_meshes_are_not_refused(name):
    """A line outwards that grazes a side or hits an edge."""
    ready(name, size=7 * NM).check()


def test_rings_bridges_and_gaps_are_sound():
    """What lies beyond a face may be the device again, past a gap or through a hole."""
    ring = triangulate({"metal": circle(30 * NM, 4 * NM), "hole": circle(12 * NM, 3 * NM)}, 4 * NM)
    levels = [Level(3 * NM, {"metal": "low"}), Level(2 * NM, {"metal": "mid", "hole": "lid"})]
    layered(levels, footprint=ring).check()
    foot = grid(spaced(100 * NM, 5 * NM), spaced(20 * NM, 5 * NM), parts=_part)
    whole = dict.fromkeys(("left", "middle", "right"), "deck")
    roof = dict.fromkeys(whole, "roof")
    posts = {"left": "first", "right": "second"}
    layered([Level(4 * NM, whole), Level(5 * NM, posts), Level(4 * NM, roof)], footprint=foot).check()


def _part(centre):
    return np.select([centre[:, 0] < 20 * NM, centre[:, 0] > 80 * NM], ["left", "right"], "middle")


def test_opposite_rows_are_told_from_equal_ones():
    """Every start of an edge, a triangle and a quadrilateral, both ways round."""
    for width in (2, 3, 4):
        row = np.arange(10, 10 + width)
        turns = np.array([np.roll(row, i) for i in range(width if width > 2 else 1)])
        rows = np.broadcast_to(row, turns.shape)
        assert np.all(_opposite(rows, turns[:, ::-1]))
        assert not np.any(_opposite(rows, turns))
