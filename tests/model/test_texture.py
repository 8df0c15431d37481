"""Textures: exact where the field is linear, closed forms as the papers have them, refused where nothing is known."""

from __future__ import annotations

import pickle
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import meshio
import numpy as np
import pytest
from numpy.testing import assert_allclose

from femsot.base.errors import InputError
from femsot.model import texture
from femsot.model.texture import ovf

NM = 1e-9
SLOPE = np.array([[0.1, -0.2, 0.3], [0.5, 0.1, -0.2], [-0.1, 0.4, 0.2]]) / NM
START = np.array([3.0, -2.0, 5.0])


def linear(points: np.ndarray) -> np.ndarray:
    return START + points @ SLOPE.T


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def sampled(cells: tuple[int, int, int] = (6, 5, 4)) -> ovf.VectorGrid:
    """The linear field on a grid of cells 2 x 1 x 0.5 nm with its corner at (-1, 2, 3) nm."""
    empty = ovf.VectorGrid(np.zeros((*cells, 3)), np.array([-1, 2, 3]) * NM, np.array([2, 1, 0.5]) * NM)
    return ovf.VectorGrid(linear(empty.points).reshape(*cells, 3), empty.corner, empty.step)


def box(grid: ovf.VectorGrid, count: int = 200, *, beyond: float = -0.5) -> np.ndarray:
    """Random points in a grid's box made larger by `beyond` cells on each side."""
    low, high = (
        grid.corner - beyond * grid.step,
        grid.corner + (np.array(grid.cells) + beyond) * grid.step,
    )
    return np.random.default_rng(1).uniform(low, high, (count, 3))


def test_a_linear_field_on_a_grid_is_exact(tmp_path: Path) -> None:
    """Bug caught: axes exchanged, half a cell off, vectors normalised before they are interpolated."""
    grid = sampled()
    points = box(grid)
    assert_allclose(texture.from_grid(grid)(points), unit(linear(points)), atol=1e-13)
    ovf.write(grid, tmp_path / "m.ovf")
    shift = np.array([10, -20, 5]) * NM
    moved = texture.from_ovf(str(tmp_path / "m.ovf"), offset=shift)
    assert_allclose(moved(points + shift), unit(linear(points)), atol=1e-13)
    assert moved.words["file"] == str(tmp_path / "m.ovf") and moved.words["offset"] == shift.tolist()


def test_beyond_the_outermost_middles_the_nearest_cell_holds() -> None:
    """Bug caught: an extrapolated direction at the rim; a mesh that ends half a cell later than the grid refused."""
    grid = sampled()
    points = box(grid, beyond=0.5)
    low, high = (np.array([axis[i] for axis in grid.axes]) for i in (0, -1))
    assert_allclose(texture.from_grid(grid)(points), unit(linear(np.clip(points, low, high))), atol=1e-13)


def test_farther_outside_is_refused_with_the_place() -> None:
    grid = sampled()
    points = box(grid, 5)
    points[3] = [-3 * NM, 3 * NM, 4 * NM]
    message = (
        r"^magnetization: 1 of 5 points lie more than half a cell outside its grid, "
        r"-1 to 11 x 2 to 7 x 3 to 5 nm \(offset shifts it\); the first is \(-3, 3, 4\) nm$"
    )
    with pytest.raises(InputError, match=message):
        texture.from_grid(grid)(points)


def test_one_cell_along_an_axis_is_uniform_there() -> None:
    """The films of mumax3 are one cell thick."""
    grid = sampled((6, 5, 1))
    points = box(grid, beyond=0.0)
    inside = np.clip(points[:, :2], *([axis[i] for axis in grid.axes[:2]] for i in (0, -1)))
    middle = np.column_stack([inside, np.full(len(points), 3.25 * NM)])
    assert_allclose(texture.from_grid(grid)(points), unit(linear(middle)), atol=1e-13)


def test_empty_cells_do_not_count() -> None:
    """Bug caught: the zeros of the vacuum around a disc that pull, or leave nan, at its rim."""
    values = np.zeros((4, 1, 1, 3))
    values[:2] = [0.0, 0.6, 0.8]
    field = texture.from_grid(ovf.VectorGrid(values, (0, 0, 0), (NM, NM, NM)))
    at = np.array([[0.5, 0.5, 0.5], [1.5, 0.5, 0.5], [2.4, 0.5, 0.5]]) * NM
    assert_allclose(field(at), [[0, 0.6, 0.8]] * 3, atol=1e-15)
    with pytest.raises(
        InputError, match=r"^magnetization: 2 of 3 points have no direction: .*first is \(2\.6, 0, 0\) nm"
    ):
        field(np.array([[0.5, 0, 0], [2.6, 0, 0], [3.5, 0, 0]]) * NM)
    with pytest.raises(InputError, match="every vector of the grid is zero"):
        texture.from_grid(ovf.VectorGrid(0 * values, (0, 0, 0), (NM, NM, NM)))


def test_halfway_between_opposite_cells_there_is_no_direction() -> None:
    """Bug caught: the direction of a rounding error, taken for a magnetization."""
    values = np.array([[0.3, 0.4, 0.5], [-0.3, -0.4, -0.5]]).reshape(2, 1, 1, 3) * 8e5
    field = texture.from_grid(ovf.VectorGrid(values, (0, 0, 0), (NM, NM, NM)))
    with pytest.raises(InputError, match=r"1 of 1 points have no direction: .* turns round between two cells"):
        field(np.array([[1.0 + 1e-12, 0.5, 0.5]]) * NM)
    assert_allclose(field(np.array([[0.9, 0.5, 0.5]]) * NM), unit(values[0, 0]), atol=1e-12)


def vtu(path: Path, points: np.ndarray, cells: list[tuple[str, np.ndarray]], **data: np.ndarray) -> str:
    meshio.write(path, meshio.Mesh(points, cells, point_data=data), file_format="vtu")
    return str(path)


def cube(cells: int = 3, *, scale: float = 1.0) -> tuple[np.ndarray, list[tuple[str, np.ndarray]]]:
    """A box of hexahedra, 0 to 6 x 0 to 3 x 0 to 1.5 nm for a scale of 1e-9."""
    side = np.arange(cells + 1) / cells
    x = np.stack(np.meshgrid(6 * side, 3 * side, 1.5 * side, indexing="ij"), axis=-1).reshape(-1, 3)
    number = np.arange(len(x)).reshape((cells + 1,) * 3)
    low, high = slice(None, -1), slice(1, None)
    corners = [(low, low), (high, low), (high, high), (low, high)]
    rows = [number[a, b, c].ravel() for c in (low, high) for a, b in corners]
    return scale * x, [("hexahedron", np.stack(rows, axis=1))]


def test_a_linear_field_on_a_mesh_is_exact(tmp_path: Path) -> None:
    """Bug caught: the file's length unit ignored, offset with the wrong sign."""
    points, cells = cube()
    path = vtu(tmp_path / "m.vtu", points, cells, m=linear(points * NM), other=points[:, 0])
    shift = np.array([0, 50, -7]) * NM
    field = texture.from_vtu(path, array="m", length_unit="nm", offset=shift)
    at = np.random.default_rng(2).uniform(0, [6, 3, 1.5], (300, 3)) * NM
    assert_allclose(field(at + shift), unit(linear(at)), atol=1e-12)
    with pytest.raises(InputError, match=r"1 of 2 points lie outside its mesh, 0 to 6 x 50 to 53 x -7 to -5\.5 nm"):
        field(np.array([[1, 51, -6], [1, 1, -6]]) * NM)
    rim = np.array([[-0.2, 0.1, 1.6]]) * NM  # as beside a curved rim that the other mesh cuts off
    nearest = unit(linear(np.array([[0, 0.1, 1.5]]) * NM))
    assert np.linalg.norm(field(rim + shift) - nearest) < 0.02, "not the direction of the nearest cell"
    assert "1 of 1 vertices lie outside the cells of its file, by up to" in str(field.cautions(rim + shift)[0])
    assert field.cautions(at + shift) == []


def test_a_flat_mesh_is_uniform_across(tmp_path: Path) -> None:
    x, y = np.meshgrid(np.arange(4.0), np.arange(3.0))
    points = np.column_stack([x.ravel(), y.ravel(), np.full(12, 7.0)])
    number = np.arange(12).reshape(3, 4)
    quads = np.stack([number[:-1, :-1], number[:-1, 1:], number[1:, 1:], number[1:, :-1]], axis=-1).reshape(-1, 4)
    flat = linear(points * NM)
    field = texture.from_vtu(vtu(tmp_path / "m.vtu", points, [("quad", quads)], m=flat))
    at = np.random.default_rng(3).uniform(0, [3, 2, 40], (50, 3)) * NM
    assert_allclose(field(at), unit(linear(np.column_stack([at[:, :2], np.full(50, 7 * NM)]))), atol=1e-12)


def test_a_gap_in_a_mesh_is_no_magnet(tmp_path: Path) -> None:
    """Bug caught: directions between two dots, where the file has nothing."""
    points, cells = cube()
    both = np.concatenate([points, points + [60, 0, 0]])
    path = vtu(tmp_path / "m.vtu", both, [*cells, ("hexahedron", cells[0][1] + len(points))], m=np.ones_like(both))
    with pytest.raises(InputError, match=r"1 of 2 points lie outside its mesh, 0 to 66 x .*first is \(33, 1, 1\) nm"):
        texture.from_vtu(path, length_unit="nm")(np.array([[1, 1, 1], [33, 1, 1]]) * NM)


def test_the_gap_of_a_concave_magnet_is_not_bridged(tmp_path: Path) -> None:
    """A mesh of its own between the file's vertices gave directions across the mouth of a horseshoe."""
    x, y = np.meshgrid(np.arange(7.0), np.arange(7.0))
    points = np.column_stack([x.ravel(), y.ravel(), np.zeros(49)])
    number = np.arange(49).reshape(7, 7)
    quads = np.stack([number[:-1, :-1], number[:-1, 1:], number[1:, 1:], number[1:, :-1]], axis=-1).reshape(-1, 4)
    middle = points[quads].mean(axis=1)
    mouth = (np.abs(middle[:, 0] - 3) < 1) & (middle[:, 1] > 2)
    path = vtu(tmp_path / "m.vtu", points, [("quad", quads[~mouth])], m=np.ones_like(points))
    field = texture.from_vtu(path)
    field(np.array([[0.5, 5, 0], [3, 1, 0]]) * NM)
    with pytest.raises(InputError, match="1 of 1 points lie outside its mesh"):
        field(np.array([[3.0, 4.0, 0]]) * NM)


def test_every_point_sees_the_cell_that_it_is_in(tmp_path: Path) -> None:
    """45 % of the cells of a file saw another m: vertices were joined anew, across the cells."""
    rng = np.random.default_rng(5)
    x, y = np.meshgrid(np.arange(9.0), np.arange(5.0))
    points = np.column_stack([x.ravel(), y.ravel(), np.zeros(45)])
    number = np.arange(45).reshape(5, 9)
    low = np.stack([number[:-1, :-1], number[:-1, 1:], number[1:, 1:]], axis=-1).reshape(-1, 3)
    high = np.stack([number[:-1, :-1], number[1:, 1:], number[1:, :-1]], axis=-1).reshape(-1, 3)
    triangles = np.concatenate([low, high])
    m = rng.normal(size=points.shape)
    field = texture.from_vtu(vtu(tmp_path / "m.vtu", points, [("triangle", triangles)], m=m))
    weights = rng.dirichlet(np.ones(3), size=len(triangles))
    at = np.einsum("ci,cia->ca", weights, points[triangles]) * NM
    assert_allclose(field(at), unit(np.einsum("ci,cia->ca", weights, m[triangles])), atol=1e-9)


def test_a_cell_array_is_uniform_in_each_cell(tmp_path: Path) -> None:
    """Programs of finite differences write m by cell; voxels are hexahedra."""
    import meshio

    points, cells = cube()
    kind, rows = cells[0]
    m = np.random.default_rng(6).normal(size=(len(rows), 3))
    path = str(tmp_path / "m.vtu")
    meshio.Mesh(points, [(kind, rows)], cell_data={"m": [m]}).write(path)
    middle = points[rows].mean(axis=1)
    near = middle + 0.3 * (points[rows[:, 0]] - middle)
    assert_allclose(texture.from_vtu(path)(near * NM), unit(m), atol=1e-12)


def test_bad_mesh_files_are_told_so(tmp_path: Path) -> None:
    points, cells = cube()
    path = vtu(tmp_path / "m.vtu", points, cells, m=points, Ms=points[:, 0])
    (tmp_path / "text.vtu").write_text("no mesh")
    dots = vtu(tmp_path / "dots.vtu", points, [("vertex", np.arange(3)[:, None])], m=points)
    for file, more, message in (
        (path, {"array": "M"}, r"m\.vtu: has no point or cell array 'M', known: Ms, m"),
        (path, {"array": "Ms"}, r"array 'Ms' has shape \(64,\), allowed: \(n, 3\)"),
        (path, {"length_unit": "nn"}, r"^magnetization.length_unit: got 'nn', known: .*Did you mean 'nm'"),
        (path, {"offset": (0, 0)}, r"^magnetization.offset: got \(0, 0\), allowed: three finite numbers"),
        (str(tmp_path / "none.vtu"), {}, "none.vtu: cannot be read: No such file"),
        (str(tmp_path / "text.vtu"), {}, "text.vtu: is no mesh that can be read"),
        (dots, {}, "dots.vtu: has no cells"),
    ):
        with pytest.raises(InputError, match=message) as error:
            texture.from_vtu(file, **more)  # type: ignore[arg-type]
        assert len(error.value.faults) == 1


def test_a_field_of_ubermag_is_a_grid(tmp_path: Path) -> None:
    grid = sampled()
    top = grid.corner + np.array(grid.cells) * grid.step
    region = SimpleNamespace(pmin=grid.corner / NM, pmax=top / NM, units=("nm",) * 3)
    field = SimpleNamespace(mesh=SimpleNamespace(region=region, cell=grid.step / NM), array=grid.values)
    points = box(grid)
    assert_allclose(texture.from_field(field)(points), unit(linear(points)), atol=1e-13)
    region.units = ("s",) * 3
    for wrong in (field, "a text", SimpleNamespace(mesh=None)):
        with pytest.raises(InputError, match=r"^field: got .*, allowed: a discretisedfield\.Field"):
            texture.from_field(wrong)


def test_a_real_field_of_ubermag_is_a_grid() -> None:
    df = pytest.importorskip("discretisedfield")
    grid = sampled()
    top = grid.corner + np.array(grid.cells) * grid.step
    mesh = df.Mesh(p1=tuple(grid.corner), p2=tuple(top), n=grid.cells)
    field = df.Field(mesh, nvdim=3, value=lambda x: tuple(linear(np.array(x))))
    points = box(grid)
    assert_allclose(texture.from_field(field)(points), unit(linear(points)), atol=1e-10)


SOURCE = """
import numpy as np

def film(points):
    return np.stack([points[:, 1], 0 * points[:, 0], 2 * points[:, 0]], axis=-1)

def short(points):
    return points[:, :2]

def broken(points):
    return 1 / 0

number = 5
"""


def test_a_function_of_a_file_also_in_another_process(tmp_path: Path) -> None:
    """Bug caught: a function that a sweep's workers cannot take with them; a failure as a traceback."""
    (tmp_path / "m.py").write_text(SOURCE)
    at = np.array([[3, 8, 0], [-3, 0, 5]]) * NM
    made = texture.from_python(f"{tmp_path}/m.py:film")
    for field in (made, pickle.loads(pickle.dumps(made))):
        assert_allclose(field(at), [[0.8, 0, 0.6], [0, 0, -1]], atol=1e-15)
    with pytest.raises(InputError, match=r"gives shape \(2, 2\) for points \(2, 3\), allowed: the same"):
        texture.from_python(f"{tmp_path}/m.py:short")(at)
    with pytest.raises(InputError, match=r"m\.py:broken raises ZeroDivisionError: division by zero"):
        texture.from_python(f"{tmp_path}/m.py:broken")(at)
    (tmp_path / "bad.py").write_text("import no_such_module")
    for word, message in (
        ("m.py:flm", r"no function 'flm', known: broken, film, short\. Did you mean 'film'"),
        ("m.py:number", "no function 'number'"),
        ("n.py:film", r"n\.py: no such Python file"),
        ("m.py", r"magnetization\.python: got .*, allowed: a file and a function"),
        ("bad.py:film", "bad.py raises ModuleNotFoundError"),
    ):
        with pytest.raises(InputError, match=message):
            texture.from_python(f"{tmp_path}/{word}")


PLANE = np.random.default_rng(4).uniform(-60, 60, (200, 3)) * NM


@pytest.mark.parametrize(
    "form",
    [
        texture.vortex(center=(5 * NM, 0, 0), core_radius=10 * NM),
        texture.domain_wall(position=0.0, width=5 * NM),
        texture.skyrmion(center=(0, 0, 0), radius=20 * NM, width=4 * NM),
        texture.skyrmion(center=(0, 0, 0), radius=20 * NM, width=1e-3 * NM),  # sinh alone would overflow
    ],
)
def test_closed_forms_are_unit_vectors_and_travel(form: Any) -> None:
    assert_allclose(np.linalg.norm(form(PLANE), axis=-1), 1, rtol=1e-14)
    assert_allclose(pickle.loads(pickle.dumps(form))(PLANE), form(PLANE), atol=0)


def test_a_vortex_turns_round_its_core() -> None:
    a = 10 * NM
    m = texture.vortex(center=(a, 0, 0), core_radius=a, chirality=-1, polarity=-1)
    at = np.array([[a, 0, 0], [2 * a, 0, 0], [a, 3 * a, 7 * a], [1.5 * a, 0, 0]])
    assert_allclose(m(at), [[0, 0, -1], [0, -1, 0], [1, 0, 0], [0, -0.8, -0.6]], atol=1e-15)


@pytest.mark.parametrize(
    ("given", "left", "middle"),
    [
        ({}, (0, 0, 1), (0, 1, 0)),
        ({"wall": "neel", "chirality": -1}, (0, 0, 1), (-1, 0, 0)),
        ({"wall": "head_to_head"}, (1, 0, 0), (0, 1, 0)),
        ({"wall": "head_to_head", "along": "y", "polarity": -1}, (0, -1, 0), (1, 0, 0)),
        ({"along": "y"}, (0, 0, 1), (1, 0, 0)),
    ],
)
def test_a_wall_lies_where_it_is_put(given: dict[str, Any], left: tuple[int, ...], middle: tuple[int, ...]) -> None:
    m = texture.domain_wall(position=3 * NM, width=2 * NM, **given)
    axis = np.eye(3)["xy".index(given.get("along", "x"))]
    steps = np.array([-1e6, 3, 3 + 2 * np.arctanh(0.6), 1e6])
    found = m(np.outer(steps * NM, axis))
    expected = [left, middle, 0.8 * np.array(middle) - 0.6 * np.array(left), -np.array(left)]
    assert_allclose(found, expected, atol=1e-14)


@pytest.mark.parametrize(("wall", "side"), [("neel", (1, 0, 0)), ("bloch", (0, 1, 0))])
def test_a_skyrmion_is_as_large_as_asked(wall: Any, side: tuple[int, ...]) -> None:
    """At R the magnetization lies in the plane; it has turned by 2 atan[sinh(r/w)/sinh(R/w)] from the centre."""
    r0, w = 8 * NM, 3 * NM
    m = texture.skyrmion(center=(0, 0, 0), radius=r0, width=w, wall=wall, chirality=-1, polarity=-1)
    angle = 2 * np.arctan(np.sinh(2) / np.sinh(r0 / w))
    near = -np.cos(angle) * np.array([0, 0, 1]) - np.sin(angle) * np.array(side)
    found = m(np.array([[0, 0, 0], [r0, 0, 0], [6 * NM, 0, 0], [1e3 * r0, 0, 0]]))
    assert_allclose(found, [[0, 0, -1], -np.array(side), near, [0, 0, 1]], atol=1e-14)


def test_bad_closed_forms_are_refused() -> None:
    for make, given, faults in (
        (
            texture.vortex,
            {"center": (0, 0), "core_radius": 0, "chirality": 2},
            ["core_radius: got 0", "chirality: got 2", "center: got (0, 0)"],
        ),
        (
            texture.domain_wall,
            {"position": np.nan, "width": -1, "wall": "blch", "along": "z"},
            ["width: got -1", "position: got nan", "wall: got 'blch'", "along: got 'z'"],
        ),
        (
            texture.skyrmion,
            {"center": (0, 0, 0), "radius": 1, "width": 0, "wall": "head_to_head", "polarity": 0},
            ["width: got 0", "polarity: got 0", "wall: got 'head_to_head'"],
        ),
    ):
        with pytest.raises(InputError) as error:
            make(**given)  # type: ignore[operator]
        found = error.value.faults
        assert [str(x).startswith(f"magnetization.{y}, ") for x, y in zip(found, faults, strict=True)] == [True] * len(
            faults
        )
