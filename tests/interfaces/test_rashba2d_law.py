"""The law `rashba2d` in a stack: Ohm's law through the interface, the gas's torque on its magnetization."""

import re

import numpy as np
import pytest
from config_file import pt_co
from numpy.testing import assert_allclose

import femsot as fs
from femsot.base.components import rotation
from femsot.interfaces import Rashba2D
from femsot.io.config import from_resolved, read_text
from femsot.model.record import resolved
from femsot.scattering.rashba2d import RashbaGas, response

GAS = {
    "effective_mass": 0.8,
    "rashba": 1.7e-11,
    "exchange": 4.8e-3,
    "fermi_energy": 10e-3,
    "impurity_density": 5e14,
    "renormalised_strength": 43e-21,
}
FIELD = (1e5, 3e4, 0.0)
TILTED = (0.48, 0.36, 0.8)


def bilayer(law, m=TILTED, **drive):
    pt = fs.NormalMetal(name="Pt", conductivity=2e6, spin_diffusion_length=2e-9, spin_hall_angle=0.1)
    co = fs.Ferromagnet(name="Co", conductivity=1e6, spin_diffusion_length=9e-9, polarization=0.4, exchange_length=1e-9)
    layers = [fs.Layer("Pt", pt, 3e-9), fs.Layer("Co", co, 1e-9, m)]
    return fs.Stack(layers, {"Pt|Co": law}, electric_field=FIELD, **drive)


def test_its_torque_is_that_of_the_gas_beside_an_ohmic_interface():
    """A torque of the wrong unit, sign or field component; a law that changes what passes through."""
    law, plain = Rashba2D(charge=2e15, spin=1e15, **GAS), fs.Ohmic(charge=2e15, spin=1e15)
    one, other = fs.solve(bilayer(law)), fs.solve(bilayer(plain))
    wanted = response(RashbaGas(magnetization=TILTED, **GAS)).torque_field @ FIELD[:2]
    assert_allclose(one.interface("Pt|Co").torque_magnetization, wanted, rtol=1e-12)
    assert np.linalg.norm(wanted) > 1e10
    for name in ("mu_minus", "mu_plus", "J_minus", "J_plus"):
        assert_allclose(
            getattr(one.interface("Pt|Co"), name), getattr(other.interface("Pt|Co"), name), rtol=1e-12, atol=1e-20
        )
    assert_allclose(one.torque("Co").received - other.torque("Co").received, wanted, rtol=1e-9)


def test_the_lattice_gives_what_the_magnetization_receives():
    """Angular momentum from nowhere: spin currents are continuous, so both torques are opposite."""
    solution = fs.solve(bilayer(Rashba2D(charge=2e15, **GAS)))
    state = solution.interface("Pt|Co")
    assert_allclose(state.torque_lattice, -state.torque_magnetization, rtol=1e-9)
    assert_allclose(state.J_minus, state.J_plus, rtol=0, atol=1e-12 * np.max(np.abs(state.J_plus)))
    assert abs(state.torque_magnetization @ TILTED) < 1e-12 * np.linalg.norm(state.torque_magnetization)
    assert max(solution.budget(name).residual for name in solution.parts) < 1e-12


def test_turning_the_whole_stack_turns_the_torque():
    """The direction of m read in other axes than those of E."""
    turn = rotation((0, 0, 1), 0.9)
    law = Rashba2D(charge=2e15, **GAS)
    one = fs.solve(bilayer(law)).interface("Pt|Co").torque_magnetization
    layers = bilayer(law, turn @ TILTED).layers
    other = (
        fs.solve(fs.Stack(layers, {"Pt|Co": law}, electric_field=turn @ FIELD)).interface("Pt|Co").torque_magnetization
    )
    assert_allclose(other, turn @ one, rtol=0, atol=1e-12 * np.linalg.norm(one))


def test_a_stack_upside_down_has_the_other_sign_of_alpha():
    """Inversion that comes from the order of the layers: alpha's z points from the lower to the upper layer."""
    mirrored = dict(GAS, rashba=-GAS["rashba"])
    co, pt = bilayer(fs.Ohmic(charge=2e15)).layers[::-1]
    flip = np.diag([1.0, -1.0, -1.0])  # turned by pi about x
    down = fs.Layer("Co", co.material, co.thickness, flip @ TILTED)
    for gas, sign in ((GAS, 1), (mirrored, -1)):
        law = Rashba2D(charge=2e15, **gas)
        stack = fs.Stack([down, pt], {"Co|Pt": law}, electric_field=flip @ FIELD)
        same = Rashba2D(charge=2e15, **mirrored)
        turned = flip @ fs.solve(stack).interface("Co|Pt").torque_magnetization
        wanted = fs.solve(bilayer(same)).interface("Pt|Co").torque_magnetization
        equal = np.allclose(turned, wanted, rtol=1e-10, atol=1e-10 * np.linalg.norm(wanted))
        assert equal == (sign == 1)


def test_batches_of_its_fields_and_of_directions():
    """A response of one point used for another, or axes of the batch mixed with those of the tensors."""
    law = Rashba2D(charge=2e15, **GAS)
    m, energy = np.array([[0, 0, 1.0], [0.6, 0, 0.8]])[:, None], np.array([3e-3, 10e-3, 20e-3])
    values = {"layers.Co.magnetization": m, "interfaces.Pt|Co.fermi_energy": energy}
    many = fs.solve_many(bilayer(law), values).interface("Pt|Co").torque_magnetization
    assert many.shape == (2, 3, 3)
    for i, j in np.ndindex(2, 3):
        one = bilayer(Rashba2D(charge=2e15, **dict(GAS, fermi_energy=energy[j])), m[i, 0])
        assert_allclose(many[i, j], fs.solve(one).interface("Pt|Co").torque_magnetization, rtol=1e-9, atol=1.0)
    thick = fs.solve_many(bilayer(law), {"interfaces.Pt|Co.charge": np.array([1e15, 2e15])})
    assert thick.interface("Pt|Co").torque_magnetization.shape == (2, 3)


def test_doubts_of_the_gas_are_told_with_the_result():
    """Non-crossing diagrams far outside their range, and nobody told."""
    with pytest.warns(fs.PhysicsWarning, match=r"interfaces\.Pt\|Co: impurities broaden states"):
        fs.solve(bilayer(Rashba2D(charge=2e15, **dict(GAS, impurity_density=1e18))))


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"exchange": 1e-5, "rashba": 1e-13, "impurity_density": 1e16}, r"hbar/tau is 9\.2 of the smallest splitting"),
        ({"exchange": 5e-5, "rashba": 1e-12, "impurity_density": 1e15}, r"hbar/tau is 0\.18 of the smallest splitting"),
        ({"exchange": 1e-3, "rashba": 1e-13, "impurity_density": 1e16}, r"hbar/tau is 1\.9 of the smallest splitting"),
        ({"fermi_energy": 4.66e-3}, r"broaden states by 0\.24 of the distance of fermi_energy from a band edge"),
        (
            {"impurity_density": 4e16, "concentration": "finite"},
            r"impurities shift the bands by 0\.11 of the Fermi energy above the band bottom, from which",
        ),
        (
            {"impurity_density": 5e17, "concentration": "finite"},
            r"shift the bands by 1\.4 of .*: the shifted bottom is above it, and only broadened tails conduct",
        ),
    ],
)
def test_what_the_theory_leaves_out_is_told(given, text):
    """A damping-like torque of wrong sign beside a small splitting, or a Fermi energy below a shifted band."""
    found = response(RashbaGas(magnetization=(0.4, 0, 0.9), **GAS | given))
    assert any(re.search(text, doubt.problem) for doubt in found.doubts())
    assert response(RashbaGas(magnetization=(0.4, 0, 0.9), **GAS)).doubts() == []


def test_the_smallest_splitting_is_on_a_contour():
    """m in the plane, where exchange and spin-orbit coupling all but cancel at one k; batch and scalar differ."""
    gas = RashbaGas(magnetization=(1, 0, 0), **GAS | {"exchange": np.array([5e-3, 7.3e-3])})
    angle = np.linspace(0, 2 * np.pi, 20001)
    area = (6.62607015e-34 / (2 * np.pi)) ** 2 / (2 * 9.1093837015e-31 * 0.8 * 1.602176634e-19)
    for delta, found in zip(gas.exchange, gas.least_splitting, strict=True):
        least = []
        for sign in (1, -1):  # E = area k^2 + sign |alpha (k x z) + Delta m| at each angle
            low, high = np.zeros_like(angle), np.full_like(angle, 2e9)
            for _ in range(60):
                k = (low + high) / 2
                half = np.hypot(1.7e-11 * k * np.sin(angle) + delta, 1.7e-11 * k * np.cos(angle))
                above = area * k**2 + sign * half > 10e-3
                low, high = np.where(above, low, k), np.where(above, k, high)
            least.append(half.min())
        assert found == pytest.approx(min(least), rel=0.05)
        assert found < delta / 2


def test_precession_beside_it_is_refused():
    """Pumping that is silently left out."""
    with pytest.raises(fs.InputError, match=r"magnetization_rate\.Co: interface Pt\|Co does not pump"):
        bilayer(Rashba2D(charge=2e15, **GAS), magnetization_rate={"Co": (1e10, 0, 0)})


def test_its_record_is_read_back():
    """A field, or infinity, lost between the record and result.json."""
    law = Rashba2D(charge=2e15, polarization=0.2, **dict(GAS, renormalised_strength=np.inf), concentration="finite")
    stack = bilayer(law)
    again = from_resolved(resolved(stack))
    assert resolved(again) == resolved(stack)
    assert_allclose(
        fs.solve(again).interface("Pt|Co").torque_magnetization,
        fs.solve(stack).interface("Pt|Co").torque_magnetization,
        rtol=1e-12,
    )


LAW = """law = "rashba2d"
charge = "2e15 S/m^2"
effective_mass = 0.8
rashba = "17 meV nm"
exchange = "4.8 meV"
fermi_energy = "10 meV"
impurity_density = "5e14 1/m^2"
renormalised_strength = "43 meV nm^2"
"""
STACK = pt_co(LAW, "1 nm") + '[drive]\nelectric_field = ["1e5 V/m", "0 V/m", "0 V/m"]\n'


def test_a_file_means_the_same_as_python():
    """A unit of the law's fields: meV nm for eV m, nm^2 for m^2."""
    read, built = read_text(STACK).stack, Rashba2D(charge=2e15, **GAS)
    law = read.interfaces["Pt|Co"]
    assert {name: getattr(law, name) for name in GAS} == {name: pytest.approx(value) for name, value in GAS.items()}
    m = np.array([0.0, 0.0, 1.0])
    assert_allclose(law.map(None, m).torque_field, built.map(None, m).torque_field, rtol=1e-12)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('charge = "2e15 S/m^2"', "", r"interfaces\.Pt\|Co\.charge: missing, required"),
        ('charge = "2e15 S/m^2"', 'charge = "-1 S/m^2"', r"interfaces\.Pt\|Co\.charge: got '-1 S/m\^2'"),
        ('"10 meV"', '"-1 eV"', r"interfaces\.Pt\|Co\.fermi_energy: got '-1 eV', allowed: above the band bottom"),
        ('"10 meV"', '"-6 meV"', r"^interfaces\..*fermi_energy: got -0\.006 eV, allowed: above the band bottom"),
        ('"5e14 1/m^2"', '"-5e14 1/m^2"', r"interfaces\.Pt\|Co\.impurity_density: got '-5e14 1/m\^2'"),
        ('renormalised_strength = "43 meV nm^2"', "", r"interfaces\.Pt\|Co\.strength: missing, allowed: strength with"),
        ('"43 meV nm^2"', '"0 meV nm^2"', r"renormalised_strength: got '0 meV nm\^2', allowed: a number other than 0"),
        ('"43 meV nm^2"', '"43 meV nm^2"\ncutoff = "1 eV"', r"interfaces\.Pt\|Co\.cutoff: given without strength"),
        ('"43 meV nm^2"', '"43 meV nm^2"\nstrength = "1 meV nm^2"', r"renormalised_strength: given beside strength"),
        ('"43 meV nm^2"', '"43 meV nm^2"\napproximation = "borm"', r"approximation: got 'borm'.*Did you mean 'born'"),
        (
            '"17 meV nm"',
            "17",
            r"interfaces\.Pt\|Co\.rashba: got 17, allowed: a number with a unit that converts to eV m",
        ),
    ],
)
def test_bad_interfaces_are_refused(old, new, message):
    """A traceback, or a message without the user's own path."""
    with pytest.raises(fs.InputError, match=message):
        read_text(STACK.replace(old, new))


@pytest.mark.parametrize("line", LAW.splitlines()[1:])
def test_one_broken_line_is_one_fault(line):
    """A fault that comes from what stands in for the number that could not be read."""
    with pytest.raises(fs.InputError) as error:
        read_text(STACK.replace(line, f"{line.split(' = ')[0]} = [[]]"))
    assert len(error.value.faults) == 1


@pytest.mark.parametrize(
    "given", [{"renormalised_strength": 1e-301}, {"impurity_density": 1e-300}, {"effective_mass": 1e300}]
)
def test_a_response_that_overflows_is_refused(given):
    """A torque that is nan in a stack whose other numbers are fine."""
    with pytest.raises(fs.InputError, match=r"^interfaces\.Pt\|Co: no finite response"):
        fs.solve(bilayer(Rashba2D(charge=2e15, **GAS | given)))


def test_faults_of_both_halves_are_told_at_once():
    """Ohm's law checked only where the gas is good."""
    with pytest.raises(fs.InputError) as error:
        Rashba2D(charge=-1.0, **dict(GAS, impurity_density=-1.0))
    assert [fault.path for fault in error.value.faults] == [
        "interfaces.rashba2d.charge",
        "interfaces.rashba2d.impurity_density",
    ]
