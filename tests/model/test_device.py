"""Devices refuse what cannot be solved, with the name of the field, and know their interfaces and contacts."""

from dataclasses import replace

import numpy as np
import pytest

import femsot as fs
from femsot.model.device import Device, Region, Terminal
from femsot.model.mesh import Level, Side, grid, layered
from femsot.studies.device import solve_device

NM = 1e-9
N = fs.NormalMetal(name="N", conductivity=1e6, spin_diffusion_length=2e-9)
O = fs.NormalMetal(  # noqa: E741
    name="O", conductivity=1e6, spin_diffusion_length=2e-9, orbital_conductivity=1e6, orbital_diffusion_length=1e-9
)
F = fs.Ferromagnet(name="F", conductivity=1e6, spin_diffusion_length=2e-9)
YIG, MGO = fs.Insulator(name="YIG", saturation_magnetization=1e5), fs.Insulator(name="MgO")
X = np.linspace(0, 4, 5) * NM
HALVES = grid(X, X, parts=lambda p: np.where(p[:, 0] < 2 * NM, "l", "r"))
VOLTS = {"west": Terminal(voltage=0.0), "east": Terminal(voltage=1e-3)}


def mesh(**given):
    """Two levels a and b, faces on all sides and in the middle of the top."""
    sides = dict(west="x-", east="x+", south="y-", top="z+", low="z-")
    sides["patch"] = Side(lambda p: (p[:, 2] > 1.9 * NM) & (np.abs(p[:, 0] - 2 * NM) < NM))
    sides["above west"] = Side("x-", regions=("b",))
    return layered([Level(NM, "a"), Level(NM, "b")], footprint=HALVES, contacts=sides, **given)


MESH = mesh()


def device(**given):
    base = dict(mesh=MESH, regions={"a": Region(N), "b": Region(F, (0, 0, 2))}, interfaces={}, contacts=VOLTS)
    return Device(**base | given)


def regions(a, b, m=None):
    return {"a": Region(a), "b": Region(b, m)}


def film(voltage=None, **given):
    """One normal film with the given contacts."""
    return device(regions=regions(N, replace(N, name="M")), contacts=given)


REFUSED = {
    "zero m": (lambda: Region(F, (0, 0, 0)), "regions.magnetization: got [0, 0, 0], allowed"),
    "no drive": (lambda: Terminal(), "contacts.voltage: missing, allowed: voltage or current"),
    "both": (lambda: Terminal(voltage=0.0, current=1.0), "contacts.voltage: voltage and current both given"),
    "nan": (lambda: Terminal(voltage=np.nan), "contacts.voltage: got nan"),
    "spin": (lambda: Terminal(voltage=0.0, spin="sinc"), "contacts.spin: got 'sinc', known: blocked, open, sink"),
    "orbit": (lambda: Terminal(voltage=0.0, orbital="ajar"), "contacts.orbital: got 'ajar', known"),
    "closure": (lambda: device(closure="ning"), "closure: got 'ning', known: conserving, ning24"),
    "no region": (lambda: device(regions={"a": Region(N)}), "regions.b: missing, the mesh has this region"),
    "other region": (
        lambda: device(regions=regions(N, F, (0, 0, 1)) | {"bb": Region(N)}),
        "regions.bb: not in the mesh, known: a, b. Did you mean 'b'",
    ),
    "m of N": (lambda: device(regions=regions(N, O, (0, 0, 1))), "regions.b.magnetization: given for 'O', which is no"),
    "no m": (lambda: device(regions=regions(N, F)), "regions.b.magnetization: missing, required for the magnet 'F'"),
    "two N": (
        lambda: device(regions=regions(N, replace(N, conductivity=2e6))),
        "regions.b.material: a second material named 'N', allowed: one of a name",
    ),
    "no metal": (lambda: device(regions=regions(MGO, replace(MGO, name="I"))), "regions: only insulators, allowed"),
    "orbital": (lambda: device(regions=regions(N, O)), "materials.N.orbital_conductivity: missing, required since"),
    "no joint": (
        lambda: device(interfaces={"a|c": fs.Insulating()}),
        "interfaces.a|c: joins no neighbours of which one is a metal, known: a|b, b|a",
    ),
    "both ways": (
        lambda: device(interfaces={"a|b": fs.Insulating(), "b|a": fs.Ohmic(charge=1e14, spin=1e14)}),
        "interfaces.b|a: given beside 'a|b', the same interface, allowed: one of the two",
    ),
    "no law m": (
        lambda: device(regions=regions(N, replace(N, name="M")), interfaces={"a|b": fs.Mixing(up=1e14)}),
        "interfaces.a|b.magnetization: missing, required since neither neighbour is a magnet",
    ),
    "transparent": (
        lambda: device(regions=regions(N, MGO), interfaces={"a|b": fs.Transparent()}),
        "interfaces.a|b.law: transparent beside an insulator",
    ),
    "power": (
        lambda: device(interfaces={"a|b": fs.Mixing(mixing=1e14, transmitted=3e14, ferromagnet_side_mixing=1e14)}),
        "interfaces.a|b: creates power",
    ),
    "not a law": (lambda: device(interfaces={"a|b": 1e15}), "interfaces.a|b: got 1000000000000000.0, allowed: a law"),
    "no face": (lambda: device(contacts={"wets": Terminal(voltage=0.0)}), "contacts.wets: no such face of the mesh"),
    "nothing drives": (lambda: device(contacts={}), "contacts: none, and no drive.electric_field: nothing drives"),
    "touching": (
        lambda: device(contacts=VOLTS | {"south": Terminal(voltage=0.0)}),
        "contacts.west: touches contact 'south', allowed: contacts that share no point",
    ),
    "one in another": (
        lambda: device(contacts=VOLTS | {"above west": Terminal(voltage=0.0)}),
        "contacts.west: touches contact 'above west'",
    ),
    "periodic": (
        lambda: device(mesh=mesh(periodic=("x",))),
        "contacts.west: lies on a side that is periodic along x, allowed: an outer face",
    ),
    "E_x": (lambda: device(electric_field=(1e5, 0, 0)), "drive.electric_field: got E_x = 100000 V/m, allowed: 0 there"),
    "E of two": (lambda: device(electric_field=(1e5, 0)), "drive.electric_field: got (100000.0, 0), allowed: three"),
    "order": (lambda: solve_device(device(), order=3), "order: got 3, allowed: 1 (P1) or 2 (P2)"),
    "on an insulator": (
        lambda: solve_device(device(regions=regions(N, MGO), contacts=VOLTS | {"patch": Terminal(current=0.0)})),
        "contacts.patch: touches no metal, allowed: a face of a metal region",
    ),
    "currents": (
        lambda: film(west=Terminal(current=1e-6), east=Terminal(current=-2e-6)),
        "contacts: currents into the device add up to -1e-06 A, allowed: 0, or a voltage at one of them",
    ),
    "cut off": (
        lambda: solve_device(
            device(
                interfaces={"a|b": fs.Insulating()},
                contacts={"low": Terminal(voltage=0.0), "top": Terminal(current=1e-6)},
            )
        ),
        "contacts.top: currents into one piece add up to 1e-06 A",
    ),
    "texture shape": (
        lambda: device(regions=regions(N, F, lambda x: x[:, :2] + 1.0)),
        "regions.b.magnetization: the function gives shape",
    ),
    "texture zero": (
        lambda: device(regions=regions(N, F, lambda x: np.where(x > 1.9 * NM, np.nan, 1.0))),
        "or zeros or nan, allowed: one direction (n, 3)",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_input(case):
    """Each fault has the name of its field and what is allowed, before anything is solved."""
    make, message = REFUSED[case]
    with pytest.raises(fs.InputError) as caught:
        make()
    assert any(message in str(fault) for fault in caught.value.faults), caught.value.faults


def test_every_fault_at_once():
    """Catches a check that stops at the first fault."""
    with pytest.raises(fs.InputError) as caught:
        device(regions={"a": Region(F)}, contacts={"wets": VOLTS["west"]}, electric_field=(0, 0, 1.0))
    assert len(caught.value.faults) == 4


def test_interfaces_are_named_as_the_user_has_them():
    """Catches a name that follows the mesh: the normal would be turned."""
    law = fs.Ohmic(charge=1e15)
    assert device().joints == {"a|b": ("a", "b")}
    assert device(interfaces={"b|a": law}).joints == {"b|a": ("b", "a")}
    assert device(interfaces={"b|a": law}).shared("b|a").shape == (16, 4)


def test_two_insulators_side_by_side_need_no_law():
    """A substrate under a magnetic insulator is no stack without a metal."""
    levels = [Level(NM, name) for name in ("substrate", "yig", "n")]
    thick = layered(levels, footprint=HALVES, contacts={"west": "x-", "east": "x+"})
    made = {"substrate": Region(MGO), "yig": Region(YIG, (0, 0, 1)), "n": Region(N)}
    found = Device(thick, made, {"yig|n": fs.Mixing(mixing=1e14)}, VOLTS)
    assert list(found.joints) == ["yig|n"]
    assert list(solve_device(found).interfaces) == ["yig|n"]
    with pytest.raises(fs.InputError, match=r"interfaces.substrate\|yig: joins no neighbours of which one is a metal"):
        replace(found, interfaces={"substrate|yig": fs.Insulating()})


def test_contacts_may_meet_where_there_is_no_metal():
    """Only metal carries the potentials that would differ."""
    cut = grid(X, X, parts=lambda p: np.select([p[:, 0] < NM, p[:, 0] > 3 * NM], ["l", "r"], "gap"))
    flat = layered([Level(NM, {"l": "l", "r": "r", "gap": "gap"})], footprint=cut, contacts={"w": "x-", "s": "y-"})
    made = {"l": Region(N), "gap": Region(MGO), "r": Region(N)}
    with pytest.raises(fs.InputError, match=r"contacts\.w: touches contact 's'"):
        Device(flat, made, {}, {"w": VOLTS["west"], "s": VOLTS["east"]})
    made = {"l": Region(MGO), "gap": Region(N), "r": Region(N)}
    found = Device(flat, made, {}, {"w": VOLTS["west"], "s": VOLTS["east"]})
    with pytest.raises(fs.InputError, match=r"contacts\.w: touches no metal"):
        solve_device(found)


@pytest.mark.filterwarnings("ignore:.*neither exchange_length:femsot.PhysicsWarning")
def test_contacts_may_meet_across_an_interface_that_jumps():
    """Each side has potentials of its own; where the interface is transparent they share one."""
    sides = {"lower": Side("x-", regions=("a",)), "upper": Side("x-", regions=("b",)), "east": "x+"}
    split = layered([Level(NM, "a"), Level(NM, "b")], footprint=HALVES, contacts=sides)
    ends = {"lower": Terminal(voltage=0.0), "upper": Terminal(voltage=1e-3)}
    found = device(mesh=split, contacts=ends, interfaces={"a|b": fs.Ohmic(charge=1e14)})
    (_, current), (_, back) = solve_device(found, order=1).contacts.values()
    assert current == pytest.approx(-back) and back > 0
    with pytest.raises(fs.InputError, match=r"contacts\.lower: touches contact 'upper'"):
        replace(found, interfaces={})


def test_magnetization_of_regions():
    """Directions are normalised where they are given, textures where they are evaluated."""
    assert np.allclose(Region(F, (0, 3, 4)).directions(np.zeros((2, 3))), [0, 0.6, 0.8])
    textured = Region(F, lambda x: x + [0, 0, 2.0])
    assert textured.textured and not Region(F, (0, 0, 1)).textured
    assert np.allclose(textured.directions(np.array([[0, 0, 1.0], [3, 0, 1.0]])), [[0, 0, 1], [2**-0.5, 0, 2**-0.5]])


def test_terminals_hold_what_they_say():
    """sink: mu_s = mu_o = 0; blocked: neither; orbital as spin unless given."""
    assert Terminal(voltage=0.0).fixed() == [1, 2, 3, 4, 5, 6]
    assert Terminal(voltage=0.0, spin="blocked").fixed() == []
    assert Terminal(current=0.0, spin="blocked", orbital="sink").fixed() == [4, 5, 6]


def test_fields_are_allowed_where_the_device_is_uniform_or_periodic():
    """Catches a field refused along y of a cross-section, or accepted along x of a finite device."""
    found = device(mesh=mesh(periodic=("x",)), contacts={}, electric_field=(1e5, 0, 0))
    assert found.electric_field == (1e5, 0, 0)
    flat = replace(HALVES, plane="xz", depth=NM)
    made = {"l": Region(N), "r": Region(N)}
    assert Device(flat, made, electric_field=(0, 1e5, 0)).axes == (0, 2)
    with pytest.raises(fs.InputError, match=r"\(y\)"):
        Device(flat, made, electric_field=(1e5, 0, 0))


@pytest.mark.filterwarnings("ignore:closure")
def test_warnings_name_what_a_referee_would_object_to():
    """As of stacks: broken reciprocity, a closure that may create power."""
    broken = fs.Ferromagnet(
        name="B",
        conductivity=1e6,
        spin_diffusion_length=2e-9,
        orbital_conductivity=1e6,
        orbital_diffusion_length=1e-9,
        orbit_to_spin=0.4,
        spin_to_orbit=0.1,
        dephasing_length=1e-9,
    )
    with pytest.warns(fs.PhysicsWarning, match="Onsager reciprocity is broken"):
        found = solve_device(device(regions=regions(O, broken, (0, 0, 1))))
    assert any("materials.B" in text for text in found.report.warnings)


def test_a_contact_carries_its_current_density_over_its_area():
    """Catches the density taken for a current, or its sign: two routes, one potential."""
    ends = {"east": Terminal(voltage=0.0)}
    dense = solve_device(film(west=Terminal(current_density=3e10), **ends))
    area = dense.device.contact_current("west") / 3e10
    by_current = solve_device(film(west=Terminal(current=3e10 * area), **ends))
    assert dense.contacts["west"][1] == pytest.approx(3e10 * area, rel=1e-9)
    assert dense.contacts["west"] == pytest.approx(by_current.contacts["west"], rel=1e-9)
    face = dense.device.mesh.points[dense.device.mesh.faces["west"]]
    extents = np.sort(np.ptp(face.reshape(-1, 3), axis=0))
    assert area == pytest.approx(extents[1] * extents[2], rel=1e-12)  # a rectangle across x


def test_a_contact_has_one_current():
    with pytest.raises(ValueError, match=r"contacts.current_density: given beside current, allowed: one of the two"):
        Terminal(current=1.0, current_density=1.0)
    with pytest.raises(ValueError, match=r"contacts.voltage: voltage and current_density both given"):
        Terminal(voltage=1.0, current_density=1.0)
