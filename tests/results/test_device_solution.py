"""What is read off a solved device: fields, integrals, samples, the record of result.json."""

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from device_cases import FS, MIXING, NM, NS, YIG, M
from oracle import HBAR_OVER_2E, relative

import femsot as fs
from femsot.model.device import Device, Region, Terminal
from femsot.model.mesh import Level, Mesh, grid, layered
from femsot.studies.device import solve_device

MIX = replace(MIXING, orbital=0.0, orbit_to_spin=0.0)
X = np.linspace(0, 6, 7) * NM
CAP = fs.NormalMetal(name="C", conductivity=3e6, spin_diffusion_length=4 * NM)


@cache
def solved(kind="hexahedron", order=1, texture=False):
    """A strip n under a dot f beside an insulator y; contacts left and right."""
    foot = grid(
        X,
        X[:5],
        kind="quad" if kind == "hexahedron" else "triangle",
        parts=lambda p: np.select([p[:, 0] < 2 * NM, p[:, 0] > 4 * NM], ["l", "r"], "m"),
    )
    levels = [Level(2 * NM, "n", size=NM), Level(1.5 * NM, {"l": "f", "m": "c", "r": "y"}, size=0.75 * NM)]
    mesh = layered(levels, footprint=foot, contacts={"left": "x-", "right": "x+"})
    mesh = replace(mesh, faces={n: r[mesh.points[r][:, :, 2].max(axis=1) <= 2 * NM] for n, r in mesh.faces.items()})
    m = (lambda x: np.stack([np.cos(x[:, 1] / NM), np.sin(x[:, 1] / NM), 0.5 + 0 * x[:, 0]], axis=1)) if texture else M
    regions = {
        "n": Region(NS),
        "f": Region(replace(FS, saturation_magnetization=8e5), m),
        "c": Region(CAP),
        "y": Region(YIG, (0, 0, 1)),
    }
    laws = {"n|f": MIX, "n|y": fs.Mixing(mixing=4e14), "c|y": fs.Mixing(mixing=2e14), "f|c": fs.Ohmic(charge=1e15)}
    contacts = {"left": Terminal(voltage=0.0), "right": Terminal(voltage=2e-3)}
    return solve_device(Device(mesh, regions, laws, contacts, title="strip"), order=order)


@pytest.mark.parametrize("kind", ["hexahedron", "tetra"])
def test_regions_have_their_vertices(kind):
    """Catches cells that number the vertices of another region, or in another order than VTK's."""
    solution = solved(kind)
    mesh = solution.device.mesh
    for name, region in solution.regions.items():
        assert region.kind == kind
        assert np.allclose(region.points[region.cells], mesh.points[mesh.cells[mesh.regions[name]]])
    assert np.all(solution.regions["y"].mu == 0) and np.all(solution.regions["y"].J == 0)
    assert solution.regions["n"].m is None and solution.regions["n"].torque is None


def test_volumes_and_footprints():
    """A region above another has its own footprint."""
    solution = solved()
    assert solution.volume("f") == pytest.approx(2 * 4 * 1.5 * NM**3)
    assert solution.footprint("f") == pytest.approx(8 * NM**2)
    assert solution.footprint("n") == pytest.approx(24 * NM**2)


def test_fluxes_at_vertices_obey_the_flux_law():
    """Linear elements on tetrahedra: J is constant in a cell; a vertex has the mean by volume of its cells."""
    solution = solved("tetra")
    metal = solution.fields.equations.metals["c"]
    u, region = solution.fields.potentials("c"), solution.regions["c"]
    p, mu = region.points[region.cells], u[region.cells]
    edges = p[:, 1:] - p[:, :1]
    slope = np.linalg.solve(edges, mu[:, 1:] - mu[:, :1]).transpose(0, 2, 1)
    volume = np.abs(np.linalg.det(edges)) / 6
    J = -metal.bulk.charge * slope  # no Hall effect, sigma_s = sigma
    total, weight = np.zeros((len(p), 7, 3))[: len(region.points)], np.zeros(len(region.points))
    total = np.zeros((len(region.points), 7, 3))
    for corner in range(4):
        np.add.at(total, region.cells[:, corner], J * volume[:, None, None])
        np.add.at(weight, region.cells[:, corner], volume)
    assert relative(region.J[:, :4], (total / weight[:, None, None])[:, :4]) < 1e-10


@pytest.mark.parametrize("texture", [False, True])
def test_torque_density_is_the_exchange_term(texture):
    """tau = sigma_s [mu x m/lambda_J^2 + m x (mu x m)/lambda_phi^2] [A/m^3], B = hbar/(2e M_s) m x tau."""
    region = solved(texture=texture).regions["f"]
    m, mu = region.m, region.mu[:, 1:4]
    assert np.allclose(np.linalg.norm(m, axis=1), 1)
    wanted = np.cross(mu, m) / FS.exchange_length**2 + np.cross(m, np.cross(mu, m)) / FS.dephasing_length**2
    assert relative(region.torque, FS.conductivity * wanted) < 1e-10
    assert relative(region.field, HBAR_OVER_2E / 8e5 * np.cross(m, region.torque)) < 1e-6


@pytest.mark.parametrize("texture", [False, True])
@pytest.mark.parametrize("order", [1, 2])
def test_deposit_is_the_received_torque(order, texture):
    """Where torque goes, added up, is what the result says; inside the region or on its interfaces."""
    solution = solved(order=order, texture=texture)
    for name in ("f", "y"):
        points, amounts = solution.fields.deposit(name)
        assert relative(amounts.sum(axis=0) / solution.footprint(name), solution.torque(name).received) < 1e-10
        box = solution.regions[name].points
        assert np.all((points >= box.min(axis=0) - 1e-15) & (points <= box.max(axis=0) + 1e-15))
    assert np.linalg.norm(solution.torque("y").received) > 0


def test_budget_closes_for_regions_and_interfaces():
    """flux = exchange + spin flip; at interfaces J^- - J^+ = torque on m and on the lattice."""
    solution = solved(order=2)
    record = solution.to_dict()
    for region in record["regions"]:
        if region["budget"] is not None:
            assert region["budget"]["residual"] < 1e-8
    for interface in record["interfaces"]:
        lost = np.subtract(interface["current_minus"], interface["current_plus"])[1:4] / interface["area"]
        given = np.add(interface["torque_magnetization"], interface["torque_lattice"])
        assert np.abs(lost - given).max() <= 1e-10 * np.abs(lost).max()
        assert interface["current_minus"][0] == pytest.approx(interface["current_plus"][0], abs=1e-18)


def test_the_current_into_a_region_is_what_its_neighbours_give():
    """Transparent interfaces too, n|c here; edges where three regions meet are counted once."""
    solution = solved(order=2)
    assert "n|c" not in solution.fields.equations.joints
    into = solution.current("n|c")[1] - solution.current("c|y")[0] + solution.current("f|c")[1]
    budget = solution.budget("c").flux * solution.footprint("c")
    assert relative(into[1:4], budget) < 1e-8
    assert abs(into[0]) < 1e-10 * abs(solution.contacts["left"][1])


def test_transparent_interfaces_have_no_torque():
    """Catches the numerical jump of a gradient reported as a loss to the lattice."""
    found = solved().interfaces["n|c"]
    assert np.all(found.torque_lattice == 0) and np.all(found.torque_magnetization == 0)
    assert np.array_equal(found.J_minus, found.J_plus)
    assert relative(found.mu_minus, found.mu_plus) < 1e-12
    assert np.allclose(found.normal, [0, 0, 1])


def test_interface_states_obey_the_law():
    """J^s = G mu at every vertex, with the torque maps; zeros on the side of an insulator."""
    solution = solved()
    found, law = solution.interfaces["n|f"], MIX.map(M, M, 1)
    mu = np.stack([found.mu_minus, found.mu_plus])
    J = np.einsum("satb,tnb->sna", law.conductance, mu)
    assert relative(found.J_minus, J[0]) < 1e-10 and relative(found.J_plus, J[1]) < 1e-10
    assert relative(found.torque_magnetization, np.einsum("itb,tnb->ni", law.torque_mu, mu)) < 1e-10
    assert found.kind == "quad" and np.allclose(found.normal, [0, 0, 1])
    blank = solution.interfaces["n|y"]
    assert np.all(blank.mu_plus == 0) and np.all(blank.J_plus == 0) and np.any(blank.J_minus != 0)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("kind", ["hexahedron", "tetra"])
def test_samples_are_the_fields(kind, order):
    """At vertices the nodal values; outside nan; on an interface the region that is asked for."""
    solution = solved(kind, order)
    for name in ("n", "f", "c"):
        region = solution.regions[name]
        found = solution.sample(region.points, region=name)
        assert relative(found["mu"], region.mu) < 1e-8
        assert set(found["region"]) == {name}
    outside = solution.sample(np.array([[-1e-9, 0, 0], [1e-9, 1e-9, 9e-9]]))
    assert np.all(np.isnan(outside["mu"])) and list(outside["region"]) == ["", ""]
    on_top = np.array([[1.0, 1.0, 2.0]]) * NM
    below, above = (solution.sample(on_top, region=name)["mu"] for name in "nf")
    assert np.abs(below - above).max() > 1e-9


def test_contacts_have_voltage_and_current():
    """Currents into the device add up to zero, ohmic in size and sign."""
    contacts = solved().contacts
    assert contacts["left"][0] == 0 and contacts["right"][0] == pytest.approx(2e-3, rel=1e-14)
    assert contacts["right"][1] > 0
    assert contacts["left"][1] == pytest.approx(-contacts["right"][1], rel=1e-9)
    lower = 2e-3 * NS.conductivity * 8 * NM**2 / (6 * NM)
    assert lower < contacts["right"][1] < 4 * lower


def test_the_record_is_plain_json():
    """Keys and shapes of the contract; no nan, no numpy."""
    solution = solved(order=2)
    record = json.loads(json.dumps(solution.to_dict(), allow_nan=False))
    assert record["title"] == "strip" and record["components"][0] == "phi"
    assert [region["name"] for region in record["regions"]] == list(solution.device.mesh.regions)
    regions = {region["name"]: region for region in record["regions"]}
    assert regions["n"]["torque"] is None and regions["y"]["budget"] is None
    assert len(regions["n"]["mu_mean"]) == 7 and regions["f"]["volume"] == pytest.approx(solution.volume("f"))
    torque = regions["f"]["torque"]
    assert np.allclose(np.add(torque["exchange"], torque["interface"]), torque["received"])
    assert set(record["report"]) >= {"method", "solver", "unknowns", "iterations", "residual", "seconds", "warnings"}
    assert record["report"]["method"] == "fem" and record["report"]["charge_balance"] < 1e-8
    assert [contact["name"] for contact in record["contacts"]] == ["left", "right"]


def test_unknown_names_are_refused():
    """With what is known."""
    solution = solved()
    for call, message in [
        (lambda: solution.torque("g"), "regions: unknown region 'g', known"),
        (lambda: solution.torque("n"), r"regions\.n: no magnet, so it takes no torque; magnets: f, y"),
        (lambda: solution.budget("g"), "regions: unknown region 'g'"),
        (lambda: solution.current("f|n"), r"interfaces: unknown interface 'f\|n', known"),
    ]:
        with pytest.raises(fs.InputError, match=message):
            call()


def test_a_device_without_contacts_is_driven_by_its_field():
    """Catches noise over noise: probes take nothing, so their balance is measured by what the field drives."""
    foot = grid(X, X)
    mesh = layered([Level(2 * NM, "n", size=NM)], footprint=foot, contacts={"a": "z-", "b": "z+"}, periodic=("x", "y"))
    probes = {name: Terminal(current=0.0) for name in "ab"}
    solution = solve_device(Device(mesh, {"n": Region(CAP)}, {}, probes, electric_field=(1e5, 0, 0)), order=1)
    assert solution.report.charge_balance < 1e-8 and solution.budget("n").residual < 1e-8
    assert np.allclose(solution.electric_field("n"), [1e5, 0, 0])
    assert np.allclose(solution.regions["n"].J[:, 0], [3e11, 0, 0], atol=1e2)


def test_cross_sections_lie_in_their_plane():
    """2D results have 3D points: y = 0 of "xz", z = 0 of "xy"; all fluxes have three components."""
    for plane, axis in (("xz", 1), ("xy", 2)):
        flat = grid(X, X, parts="n", plane=plane)
        rows, beside = flat.facets()
        outer = rows[beside[:, 1] < 0]
        x = flat.points[outer][:, :, 0]
        faces = {"a": outer[np.all(x == 0, axis=1)], "b": outer[np.all(x == X[-1], axis=1)]}
        mesh = Mesh(flat.points, flat.cells, "quad", flat.regions, faces, plane=plane, depth=3 * NM)
        ends = {"a": Terminal(voltage=1e-3), "b": Terminal(voltage=0.0)}
        solution = solve_device(Device(mesh, {"n": Region(NS)}, {}, ends), order=2)
        region = solution.regions["n"]
        assert np.all(region.points[:, axis] == 0) and np.ptp(region.points[:, 3 - axis]) == X[-1]
        assert np.any(region.J[:, 1:, axis] != 0) and region.kind == "quad"
        assert solution.contacts["a"][1] == pytest.approx(1e6 * 1e-3 / (6 * NM) * 18 * NM**2, rel=0.05)


def test_a_texture_has_no_reference_and_its_mean_is_that_of_its_volume():
    """A reference silently ignored; a mean direction that counts vertices."""
    with pytest.raises(fs.InputError, match=r"regions\.f: a texture, .*allowed: no reference"):
        solved(texture=True).torque("f", reference=(0, 1, 0))
    x = np.array([0.0, 0.1, 0.2, 0.3, 0.4, 6.0]) * NM  # fine at one end: vertices and cells count that end more
    flat = grid(x, X[:2], parts="f", plane="xz")
    magnet = replace(FS, saturation_magnetization=8e5)

    def turning(points):
        angle = np.where(points[:, 0] < 0.4 * NM, 0.0, np.pi / 2)
        return np.stack([np.cos(angle), np.sin(angle), 0 * angle], 1)

    mesh = Mesh(flat.points, flat.cells, "quad", flat.regions, {}, plane="xz", depth=NM)
    made = Device(mesh, {"f": Region(magnet, turning)}, electric_field=(0.0, 1e5, 0.0))
    mean = solve_device(made, order=1).torque("f").magnetization
    assert relative(mean, np.array([0.4, 5.6, 0.0]) / 6) < 1e-12


def test_m_along_p_has_no_damping_like_part():
    """Torques of a few A/m^2 over the square of a small angle between m and a mean field that is no better known."""
    base = solved().device
    for angle, defined in ((0.0, False), (0.01, False), (0.1, True)):
        region = replace(base.regions["f"], magnetization=(0.0, np.cos(angle), np.sin(angle)))
        torque = solve_device(replace(base, regions={**base.regions, "f": region}), order=1).torque("f")
        assert np.isfinite(torque.damping_like) == defined
        if defined:
            upright = replace(base, regions={**base.regions, "f": replace(region, magnetization=(1, 0, 0))})
            assert abs(torque.damping_like / solve_device(upright, order=1).torque("f").damping_like - 1) < 0.2


def test_currents_that_do_not_add_up_are_refused_before_the_solve():
    """A check that calls good what no solve can do."""
    base = solved().device
    contacts = {"left": Terminal(current=5e-5), "right": Terminal(current=-4e-5)}
    with pytest.raises(fs.InputError, match="currents into the device add up to 1e-05 A, allowed: 0, or a voltage"):
        replace(base, contacts=contacts)
