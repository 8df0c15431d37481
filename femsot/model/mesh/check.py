"""What is wrong with the geometry of a mesh, all of it in one message."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from femsot.base.errors import Checks
from femsot.base.quantities import Array

from .facets import corner_quality, groups, matches
from .overlap import between, check_apart, check_inside, check_sides
from .record import Mesh

UNITS = {"m": 1.0, "mm": 1e-3, "um": 1e-6, "nm": 1e-9, "angstrom": 1e-10}
#: a device's largest extent [m]
SMALLEST = 2e-9
LARGEST = 1e-2
#: the determinant of unit edge vectors below which a cell is a sliver: of a tetrahedron or triangle at its best
#: corner, of a hexahedron or quad at its worst
SLIVER = 1e-4
IN_ONE = "a face is one contact's; a file's group is forgotten with [mesh] ignore = [\"name\"]"


def check_mesh(mesh: Mesh) -> None:
    """Raises one InputError with every fault of `mesh`."""
    checks = Checks("mesh")
    check_size(mesh.points, 1.0, checks)
    _check_cells(mesh, checks)
    checks.done()
    rows, cells, partners = mesh.shared_facets()
    contact_cells = _check_faces(mesh, (rows, cells), checks)
    outer = cells[:, 1] < 0
    check_sides(mesh, cells[~outer], (rows[~outer], partners), checks=checks)
    checks.done()
    check_apart(mesh, (rows[outer], cells[outer, 0]), checks)
    checks.done()
    check_inside(mesh, (rows[outer], cells[outer, 0]), checks)
    _check_pieces(mesh, cells[~outer], contact_cells, checks=checks)
    for axis in mesh.periodic:
        _check_periodic(mesh, (rows[outer], cells[outer, 0]), axis, checks=checks)
    checks.done()


def check_size(points: Array, length_unit: float, checks: Checks) -> None:
    """A device is between 2 nm and 1 cm; `length_unit` is what its file was read with, 1 when it was not read."""
    extent = float(np.ptp(points, axis=0).max())
    if SMALLEST < extent < LARGEST:
        return
    likely = [
        f"{value:g} ({name}: {_length(extent / length_unit * value)})"
        for name, value in UNITS.items()
        if 1e-8 <= extent / length_unit * value <= 1e-4
    ]
    hint = f"likely length_unit: {' or '.join(likely)}" if likely else ""
    checks.fail(
        "length_unit",
        f", with which the device is {_length(extent)} large",
        f"{_length(SMALLEST)} to {_length(LARGEST)}",
        hint,
        value=f"{length_unit:g} m",
    )


def _length(metres: float) -> str:
    """With a unit that leaves a readable number.

    >>> _length(4e-7)
    '400 nm'
    """
    scales = {"km": 1e3, "m": 1.0, "mm": 1e-3, "um": 1e-6, "nm": 1e-9}
    name = next((name for name, value in scales.items() if metres >= value), "nm")
    return f"{metres / scales[name]:.3g} {name}"


def _check_cells(mesh: Mesh, checks: Checks) -> None:
    """Degenerate, turned over and duplicate cells."""
    corners = corner_quality(mesh.points, mesh.cells, mesh.kind)
    if mesh.kind in ("triangle", "tetra"):  # as good as its best corner: needles and thin layers are fine
        corners = np.take_along_axis(corners, np.abs(corners).argmax(1)[:, None], axis=1)
    total = len(mesh.cells)
    low = corners.min(1)
    whole = corners.max(1) <= -SLIVER
    tangled = (low <= -SLIVER) & ~whole
    for bad, what in (
        (whole, "are left-handed: their vertices run the wrong way"),
        (tangled, "are tangled: turned over at some corners"),
        (np.abs(low) < SLIVER, f"are slivers without volume (quality below {SLIVER:g})"),
    ):
        if np.any(bad):
            checks.fail("cells", f"{bad.sum()} of {total} {what}, {mesh.where(bad)}")
    order, start = groups(mesh.cells, len(mesh.points))
    if not start.all():
        bad = np.zeros(total, dtype=bool)
        bad[order[~start]] = True
        checks.fail("cells", f"{bad.sum()} of {total} are duplicates of others, {mesh.where(bad)}")


def _check_faces(mesh: Mesh, facets: tuple[Array, Array], checks: Checks) -> Array:
    """Named faces are outer facets of cells, each in one name; the cells (n,) that have one."""
    rows, cells = facets
    contact = np.full(len(rows), -1)
    for i, (name, vertices) in enumerate(mesh.faces.items()):
        field = f"faces.{name}"
        total = len(vertices)
        numbers = matches(vertices, rows, len(mesh.points))
        if np.any(numbers < 0):
            place = mesh.place(vertices[numbers < 0])
            checks.fail(field, f"{np.sum(numbers < 0)} of {total} are no face of a cell, {place}")
        numbers = numbers[numbers >= 0]
        inner = numbers[cells[numbers, 1] >= 0]
        if len(inner):
            checks.fail(
                field,
                f"{len(inner)} of {total} are inside the device, {between(mesh, cells[inner])}, "
                f"{mesh.place(rows[inner])}",
                hint="a contact is an outer face, and interfaces need no name; a file's group is forgotten with "
                f'[mesh] ignore = ["{name}"]',
            )
        twice = contact[numbers]
        if np.any(twice >= 0):
            checks.fail(
                field, f"{np.sum(twice >= 0)} of {total} belong to {list(mesh.faces)[twice.max()]!r} too", hint=IN_ONE
            )
        contact[numbers] = i
    return cells[contact >= 0, 0]


def _check_pieces(mesh: Mesh, joined: Array, contact_cells: Array, *, checks: Checks) -> None:
    """Pieces of one region that touch neither another region nor a contact, beside others."""
    graph = coo_array((np.ones(len(joined), bool), (joined[:, 0], joined[:, 1])), shape=(len(mesh.cells),) * 2)
    number, piece = connected_components(graph, directed=False)
    if number == 1:
        return
    low = np.full(number, len(mesh.regions))
    high = np.full(number, -1)
    np.minimum.at(low, piece, mesh.region)
    np.maximum.at(high, piece, mesh.region)
    connected = np.zeros(number, dtype=bool)
    connected[piece[contact_cells]] = True
    for i in np.flatnonzero((low == high) & ~connected):
        bad = piece == i
        checks.fail(
            f"regions.{list(mesh.regions)[low[i]]}",
            f"a piece of {bad.sum()} cells touches no other region and no contact, {mesh.where(bad)}",
            hint="do the meshes of the regions share their vertices?",
        )


def _check_periodic(mesh: Mesh, facets: tuple[Array, Array], axis: str, *, checks: Checks) -> None:
    """Opposite sides have the same faces, of the same regions, none of them named."""
    rows, owner = facets
    column = mesh.plane.index(axis)
    extent = np.ptp(mesh.points, axis=0).max()
    along = mesh.points[:, column]
    sides = []
    for end in (along.min(), along.max()):
        on = (np.abs(along - end) <= 1e-9 * extent)[rows].all(1)
        flat = np.delete(mesh.points, column, axis=1)[rows[on]]
        # what identifies a face: its centre, its spread along each direction, its region
        frames = np.concatenate([flat.mean(1), flat.std(1), mesh.region[owner[on], None] * extent], axis=1)
        sides.append((frames, rows[on]))
    (low, first), (high, second) = sides
    bad = cKDTree(high).query(low)[0] > 1e-6 * extent
    if len(low) != len(high) or np.any(bad):
        place = mesh.place(first[bad] if np.any(bad) else first)
        checks.fail(
            "periodic",
            f"{axis!r}: {len(low)} faces on one side, {len(high)} on the other, {bad.sum()} without a "
            f"partner of the same region and shape, {place}",
            hint="mesh opposite sides alike",
        )
    for name, named in mesh.faces.items():
        hit = np.sum(matches(named, np.concatenate([first, second]), len(mesh.points)) >= 0)
        if hit:
            checks.fail(f"faces.{name}", f"{hit} of {len(named)} lie on the periodic sides of {axis!r}", "none")
