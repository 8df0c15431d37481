"""Stacks refuse what cannot be solved, with the name of the field, and place laws on the right magnet."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from oracle import HBAR_OVER_2E
from random_stacks import PUMPING, five_layers

import femsot as fs
from femsot.model.replace import with_values

N = fs.NormalMetal(name="N", conductivity=1e6, spin_diffusion_length=2e-9)
O = fs.NormalMetal(  # noqa: E741
    name="O", conductivity=1e6, spin_diffusion_length=2e-9, orbital_conductivity=1e6, orbital_diffusion_length=1e-9
)
F = fs.Ferromagnet(name="F", conductivity=1e6, spin_diffusion_length=2e-9)
YIG, MGO = fs.Insulator(name="YIG", saturation_magnetization=1e5), fs.Insulator(name="MgO")
A, B, C = fs.Layer("A", N, 1e-9), fs.Layer("B", F, 2e-9, (0, 0, 2)), fs.Layer("C", F, 3e-9, (1, 0, 0))
Y, I = fs.Layer("Y", YIG, 1e-9, (0, 1, 0)), fs.Layer("I", MGO, 1e-9)  # noqa: E741
MIX = fs.Mixing(up=1e14, mixing=1e14)
CONTACT, DRIVEN = fs.Contact(voltage=0.0), fs.Contact(current_density=1e9)
REFUSED = {
    "no thickness": (lambda: fs.Layer("A", N, 0.0), "layers.A.thickness: got 0, allowed: a finite number > 0"),
    "infinite": (lambda: fs.Layer("A", N, np.inf), "layers.A.thickness: got inf"),
    "bar": (lambda: fs.Layer("A|B", N, 1e-9), "layers.A|B.name: got 'A|B', allowed: a name without '|'"),
    "no magnet": (lambda: fs.Layer("A", N, 1e-9, (0, 0, 1)), "magnetization: given for 'N', which is no magnet"),
    "MgO": (lambda: fs.Layer("A", MGO, 1e-9, (0, 0, 1)), "magnetization: given for 'MgO', which is no magnet"),
    "no m": (lambda: fs.Layer("B", F, 1e-9), "layers.B.magnetization: missing, required for the magnet 'F'"),
    "zero m": (lambda: fs.Layer("B", F, 1e-9, (0, 0, 0)), "layers.B.magnetization: got [0, 0, 0], allowed"),
    "empty": (lambda: fs.Stack([]), "layers: the stack is empty"),
    "twice": (lambda: fs.Stack([A, A]), "layers.A.name: given 2 times, allowed: each name once"),
    "no joint": (lambda: fs.Stack([A, B], {"B|A": MIX}), "interfaces.B|A: joins no neighbours, known: A|B"),
    "two N": (
        lambda: fs.Stack(
            [A, fs.Layer("D", fs.NormalMetal(name="N", conductivity=1.0, spin_diffusion_length=1.0), 1.0)]
        ),
        "layers.D.material: a second material named 'N', allowed: one of a name",
    ),
    "E_z": (lambda: fs.Stack([A], electric_field=(0, 0, 1.0)), "drive.electric_field: got E_z = 1 V/m, allowed: 0"),
    "E": (lambda: fs.Stack([A], electric_field=(0, 1.0)), "drive.electric_field: got (0, 1.0), allowed: three"),
    "rate": (lambda: fs.Stack([A], magnetization_rate={"A": (0, 0, 1)}), "magnetization_rate.A: no magnet of that"),
    "rate nan": (lambda: fs.Stack([B], magnetization_rate={"B": (0, np.nan, 1)}), "magnetization_rate.B: got (0, nan"),
    "closure": (lambda: fs.Stack([A], closure="ning"), "closure: got 'ning', known: conserving, ning24. Did you"),
    "method": (lambda: fs.Stack([A], method="fen"), "method: got 'fen', known: boltzmann, exact, fem. Did you mean"),
    "no metal": (lambda: fs.Stack([I, Y]), "layers: only insulators, allowed: at least one metal"),
    "orbital": (
        lambda: fs.Stack([A, fs.Layer("D", O, 1e-9)]),
        "materials.N.orbital_conductivity: missing, required since O has orbital parameters",
    ),
    "end": (lambda: fs.Stack([A, I], top=CONTACT), "boundaries.top: the outermost layer 'I' is an insulator"),
    "lone current": (lambda: fs.Stack([A], top=DRIVEN), "boundaries.top.current_density: 1e+09 A/m^2 has nowhere"),
    "insulated": (lambda: fs.Stack([A, I, B], bottom=CONTACT, top=DRIVEN), "to go: an insulator blocks it"),
    "unequal": (
        lambda: fs.Stack([A], bottom=DRIVEN, top=fs.Contact(current_density=2e9)),
        "boundaries.top.current_density: differs from the bottom's",
    ),
    "transparent": (lambda: fs.Stack([A, Y], {"A|Y": fs.Transparent()}), "law: transparent beside an insulator"),
    "charged": (lambda: fs.Stack([A, Y], {"A|Y": MIX}), "interfaces.A|Y: carries charge into an insulator"),
    "N|N": (
        lambda: fs.Stack([A, fs.Layer("D", N, 1e-9)], {"A|D": fs.Ohmic(charge=1e15, polarization=0.1)}),
        "interfaces.A|D.magnetization: missing, required since neither neighbour is a magnet",
    ),
    "F|F": (
        lambda: fs.Stack([B, C], {"B|C": fs.SpinMemoryLoss(resistance_area=1e-15, asymmetry=0.1)}),
        "interfaces.B|C.magnetization: missing, required since both neighbours are magnets",
    ),
    "F|F mixing": (
        lambda: fs.Stack([B, C], {"B|C": fs.Mixing(mixing=1e14, magnetization=(0, 0, 1))}),
        'interfaces.B|C.ferromagnet: missing, allowed: "above" or "below"',
    ),
    "power": (
        lambda: fs.Stack([A, B], {"A|B": fs.Mixing(mixing=1e14, transmitted=2e14)}),
        "interfaces.A|B: creates power: lowest eigenvalue of its symmetric part is -",
    ),
    "two contacts": (lambda: fs.Contact(voltage=1.0, current_density=1.0), "voltage: voltage and current_density both"),
    "no contact": (
        lambda: fs.Contact(),
        "boundaries.contact.voltage: missing, allowed: voltage or current_density, one of the two",
    ),
    "sinks": (lambda: fs.Contact(voltage=0.0, spin="sinks"), "spin: got 'sinks', known: blocked, open, sink. Did you"),
    "reservoir": (lambda: fs.Reservoir(components=("phi",)), "boundaries.reservoir.components: got 'phi', known: ox"),
    "injection": (lambda: fs.Injection(spin_current=(1, 2)), "injection.spin_current: got (1, 2), allowed: three"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals_name_the_field(name):
    """Catches an impossible stack that is taken, or a message without owner, field, value and range."""
    make, message = REFUSED[name]
    with pytest.raises(fs.InputError) as error:
        make()
    assert message in str(error.value)


def test_all_faults_of_a_stack_come_together():
    """Catches a check that hides the next one."""
    with pytest.raises(fs.InputError) as error:
        fs.Stack([A, A], {"X|Y": MIX}, electric_field=(0, 0, 1.0), top=DRIVEN)
    assert len(error.value.faults) == 4


def test_heights_and_names():
    """Catches positions of another order."""
    stack = fs.Stack([A, B, C])
    assert_allclose(stack.z, [0, 1e-9, 3e-9, 6e-9], rtol=1e-14)
    assert [stack.index(n) for n in "ABC"] == [0, 1, 2]
    assert [stack.interface_name(i) for i in (0, 1)] == ["A|B", "B|C"]
    with pytest.raises(fs.InputError, match=r"layers: unknown layer 'D', known: A, B, C"):
        stack.index("D")
    assert B.magnetization.tolist() == [0, 0, 1]


def test_interfaces_belong_to_their_magnet():
    """Catches a torque or a pumping of the wrong layer: the magnet beside N, the law's own side between two magnets."""
    law = dict(mixing=1e14)
    stack = fs.Stack(
        [A, B, C, Y], {"B|C": fs.Mixing(**law, ferromagnet="below"), "C|Y": fs.Mixing(**law, ferromagnet="above")}
    )
    assert [stack.interface_owner(i) for i in range(3)] == [1, 1, 3]
    assert_allclose([stack.interface_magnetization(i) for i in range(3)], [[0, 0, 1], [0, 0, 1], [0, 1, 0]])
    bare = fs.Stack([A, fs.Layer("D", N, 1e-9), B, C])
    assert [bare.interface_owner(i) for i in range(3)] == [None, 2, None]
    own = fs.Stack([A, B], {"A|B": fs.Mixing(**law, magnetization=(3, 0, 4))})
    assert_allclose(own.interface_magnetization(0), [0.6, 0, 0.8])
    assert_allclose(
        own.maps[0].conductance[0, 1:4, 0, 1:4], 1e14 * (np.eye(3) - np.outer([0.6, 0, 0.8], [0.6, 0, 0.8]))
    )


def test_left_out_interfaces_are_transparent_or_insulating():
    """Catches a transparent joint to an insulator."""
    stack = fs.Stack([A, B, Y, I, fs.Layer("D", N, 1e-9)])
    assert stack.maps[0] is None
    assert all(not np.any(law.conductance) for law in stack.maps[1:])


def test_pumping_is_m_cross_its_rate():
    """Catches dm/dt x m, or a rate that pumps another layer."""
    stack = five_layers(magnetization_rate=PUMPING)
    assert_allclose(stack.pumping("D"), HBAR_OVER_2E * np.cross(stack.layers[3].magnetization, PUMPING["D"]))
    assert_allclose(stack.interface_pumping(0), stack.pumping("B"))
    assert_allclose(stack.interface_pumping(2), stack.pumping("D"))
    assert not np.any(stack.pumping("A"))


def test_values_are_replaced_by_path():
    """Catches a path that changes another record, a shared material changed in one layer only, or the old stack."""
    old = five_layers(bottom=fs.Reservoir(), magnetization_rate=PUMPING)
    new = with_values(
        old,
        {
            "layers.B.thickness": 7e-9,
            "layers.B.magnetization": (0, 2, 0),
            "materials.N1.conductivity": 9e6,
            "interfaces.A|B.charge": 9e14,
            "boundaries.bottom.components": ("sx",),
            "drive.electric_field": (0.0, 7.0, 0.0),
            "drive.magnetization_rate.B": (0.0, 0.0, 1.0),
        },
    )
    assert new.layers[1].thickness == 7e-9 and new.layers[1].magnetization.tolist() == [0, 1, 0]
    assert new.layers[0].material is new.layers[4].material and new.layers[4].material.conductivity == 9e6
    assert new.interfaces["A|B"].charge == 9e14 and new.bottom.components == ("sx",)
    assert new.electric_field == (0.0, 7.0, 0.0)
    assert new.magnetization_rate == {**PUMPING, "B": (0.0, 0.0, 1.0)}
    assert old.layers[1].thickness != 7e-9 and old.layers[0].material.conductivity != 9e6


@pytest.mark.parametrize(
    "path, message",
    [
        (
            "layer.B.thickness",
            "layer.B.thickness: no such field, known: boundaries, drive, interfaces, layers, materials",
        ),
        ("layers.X.thickness", "layers.X: not in the stack, known: A, B, C, D, E"),
        ("layers.B.thicknes", "layers.B.thicknes: no such field, known: magnetization"),
        ("layers.B.name", "layers.B.name: no such field"),
        ("materials.Pt.conductivity", "materials.Pt: not in the stack, known: F1, F2, N1, N2"),
        ("interfaces.A|C.charge", "interfaces.A|C: not in the stack"),
        ("boundaries.top.voltage", "boundaries.top: not in the stack"),
        ("drive.field", "drive.field: no such field, known: current, current_density, electric_field"),
    ],
)
def test_paths_that_lead_nowhere_are_refused(path, message):
    """Catches a misspelt path of a sweep that changes nothing."""
    with pytest.raises(fs.InputError) as error:
        with_values(five_layers(), {path: 1e-9})
    assert message in str(error.value)


def test_a_bad_value_is_refused_when_it_is_set():
    """Catches a sweep that steps past the checks of a record."""
    with pytest.raises(fs.InputError, match=r"layers.B.thickness: got -1"):
        with_values(five_layers(), {"layers.B.thickness": np.array([1e-9, -1.0])})
    with pytest.raises(fs.InputError, match=r"interfaces.A\|B: creates power"):
        with_values(five_layers(), {"interfaces.A|B.spin": 1e12})
