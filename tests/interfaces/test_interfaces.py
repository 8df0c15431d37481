"""Every interface law against docs/physics.md in explicit vectors (`oracle.explicit_law`), and its limits."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest
from config_file import edited
from numpy.testing import assert_allclose
from oracle import AXES, across, affine_law, relative, unit

import femsot as fs
from femsot import interfaces
from femsot.base.quantities import Conductivity, Length
from femsot.interfaces import ABOVE, BELOW
from femsot.interfaces.law import LAWS, Law, power_matrix
from femsot.interfaces.law import law as law_of
from femsot.io.config import read_text
from femsot.model.record import resolved

M = unit([0.3, -0.5, 0.8])
TENSOR = np.random.default_rng(1).normal(size=(3, 3)) * 1e14
OHMIC = dict(charge=1e15, polarization=0.3)
MIXING = dict(up=7e14, down=2e14, mixing=9e14 + 2e14j, transmitted=2e14 - 3e14j, ferromagnet_side_mixing=8e14 - 1e14j)
LOSS = dict(resistance_area=1.3e-15, asymmetry=-0.4, delta=0.7, orbital=3e14, orbital_delta=0.2)
RECORDS = {
    "ohmic, defaults": fs.Ohmic(**OHMIC),
    "ohmic, scalars": fs.Ohmic(**OHMIC, spin=6e14, orbital=4e14, orbit_to_spin=2e14, spin_to_orbit=1e14),
    "ohmic, tensors": fs.Ohmic(**OHMIC, spin=9e14 * AXES + TENSOR + TENSOR.T, orbital=7e14, orbit_to_spin=TENSOR),
    "mixing": fs.Mixing(**MIXING, orbital=3e14),
    "mixing, converting": fs.Mixing(**MIXING, orbital=3e14, orbit_to_spin=1e14, spin_to_orbit=0.4e14),
    "memory loss": fs.SpinMemoryLoss(**LOSS),
    "memory loss, precessing": fs.SpinMemoryLoss(**LOSS, transverse=9e14, transverse_delta=1.4 - 0.5j),
    "no memory loss": fs.SpinMemoryLoss(resistance_area=1e-15, asymmetry=0.6),
    "insulating": fs.Insulating(),
}
SIDES = {"above": ABOVE, "below": BELOW}


def flat(law):
    return law.conductance.reshape(14, 14)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", RECORDS)
def test_conductance_and_pumping_are_those_of_the_contract(name, side):
    """Catches a sign, a projector, a transpose or a mirror: G and W against vector products, F on either side."""
    record, w = RECORDS[name], np.array([1e-6, 3e-6, -2e-6])
    w = w - (w @ M) * M
    law = record.map(M, M, SIDES[side])
    g, j = affine_law(record, M, side=side, w=w)
    assert_allclose(flat(law), g, atol=1e-13 * max(np.abs(g).max(), 1))
    assert_allclose((law.pumping @ w).ravel(), j, atol=1e-12 * max(np.abs(j).max(), 1e-30))
    law.check("law")


def test_mixing_absorbs_the_transverse_spin_of_the_normal_side():
    """Catches a lost minus of the mirror: into the interface from N flows + (Gr Pi + Gi K) mu_s, F above or below."""
    record, mu = fs.Mixing(mixing=9e14 + 2e14j), np.array([0.2, 0.7, -0.1])
    expected = across(9e14 + 2e14j, M, mu)
    assert_allclose(record.map(M, M, ABOVE).conductance[0, 1:4, 0, 1:4] @ mu, expected, rtol=1e-13)
    assert_allclose(-record.map(M, M, BELOW).conductance[1, 1:4, 1, 1:4] @ mu, expected, rtol=1e-13)
    mu = mu - (mu @ M) * M
    e1, e2 = unit(mu), np.cross(M, unit(mu))
    assert complex(e1 @ expected, e2 @ expected) == pytest.approx((9e14 + 2e14j) * np.linalg.norm(mu))  # J_+ = G mu_+


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", ["mixing", "mixing, converting"])
def test_mixing_gives_its_loss_to_the_magnetization(name, side):
    """Catches a torque of the wrong side, sign or projector: all transverse spin that a mixing law loses turns m."""
    law = RECORDS[name].map(M, M, SIDES[side])
    mu, w = np.random.default_rng(2).normal(size=14), np.cross(M, [1.0, 2.0, 3.0])
    J = flat(law) @ mu + law.pumping.reshape(14, 3) @ w
    lost = J[1:4] - J[8:11]
    torque = law.torque_mu.reshape(3, 14) @ mu + law.torque_pumping @ w
    assert_allclose(torque, lost - (lost @ M) * M, rtol=1e-12)
    assert abs(lost @ M) < 1e-12 * np.abs(lost).max()


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", RECORDS)
def test_laws_are_reciprocal(name, side):
    """Catches G that breaks L(m) = eps L(-m)^T eps (eps = -1 for moments) where no pair Gos, Gso is broken by hand."""
    into = np.repeat([1.0, -1.0], 7)[:, None]  # L takes currents into the interface
    eps = np.tile(np.r_[1.0, np.full(6, -1.0)], 2)
    one, other = (into * flat(RECORDS[name].map(sign * M, sign * M, SIDES[side])) for sign in (1, -1))
    broken = np.abs(one - eps[:, None] * other.T * eps).max() > 1e-12 * np.abs(one).max()
    assert broken == (name in ("ohmic, scalars", "mixing, converting"))


@pytest.mark.parametrize("side", SIDES)
def test_mixing_is_passive_to_its_limits(side):
    """Catches a passivity check without T or G_os: Tr^2 <= Gr Gr', Gos^2 <= Gr Go and Gos^2 <= G (1 - P^2) Go."""
    spin = dict(up=7e14, down=2e14, mixing=9e14 + 5e14j)
    transmitted = np.sqrt(9e14 * 4e14)
    along = 9e14 * (1 - (5 / 9) ** 2)
    limits = [
        (dict(**spin, ferromagnet_side_mixing=4e14 - 2e14j), "transmitted", transmitted),
        (dict(**spin, orbital=5e14), "orbit_to_spin", np.sqrt(min(9e14, along) * 5e14)),
        (dict(up=9e14, down=9e14, mixing=2e14, orbital=5e14), "orbit_to_spin", np.sqrt(2e14 * 5e14)),
    ]
    for given, name, limit in limits:
        fs.Mixing(**given, **{name: 0.999 * limit}).map(M, M, SIDES[side]).check("law")
        with pytest.raises(fs.InputError, match="law: creates power: lowest eigenvalue of its symmetric part is -"):
            fs.Mixing(**given, **{name: 1.001 * limit}).map(M, M, SIDES[side]).check("law")


def test_ohmic_is_passive_if_its_matrix_is():
    """Catches a check that looks at the diagonal only: Gos^2 <= (Gs - P^2 Gc) Go."""
    limit = np.sqrt((6e14 - 0.09e15) * 4e14)
    given = dict(charge=1e15, polarization=0.3, spin=6e14, orbital=4e14)
    fs.Ohmic(**given, orbit_to_spin=0.999 * limit).map(None, M).check("law")
    with pytest.raises(fs.InputError, match="creates power"):
        fs.Ohmic(**given, orbit_to_spin=1.001 * limit).map(None, M).check("law")
    fs.Ohmic(**given, orbit_to_spin=3 * limit, spin_to_orbit=-3 * limit).map(None, M).check("law")  # does no work


def test_power_matrix_is_the_power_lost():
    """Catches J^+ counted as an inflow."""
    law, mu = RECORDS["mixing, converting"].map(M, M, ABOVE), np.random.default_rng(3).normal(size=14)
    J = flat(law) @ mu
    assert mu @ power_matrix(law.conductance) @ mu == pytest.approx(mu[:7] @ J[:7] - mu[7:] @ J[7:], rel=1e-12)


def test_infinite_memory_loss_does_not_overflow():
    """Catches cosh and sinh of delta: 800 loses all spin and keeps the charge."""
    law = fs.SpinMemoryLoss(**LOSS | dict(delta=800.0, orbital_delta=900.0)).map(None, M)
    g, ar = law.conductance, LOSS["resistance_area"]
    assert_allclose(M @ g[0, 1:4, 0, 1:4] @ M, (800 + 0.16 / 0.84) / ar, rtol=1e-13)
    assert_allclose(g[0, 4:, 1, 4:], 0, atol=1e-30)
    assert g[0, 0, 0, 0] == pytest.approx(1 / (ar * 0.84))


# A real layer: memory loss and its torque, pumping and orbit are those of a thin ferromagnet, exactly.
LAYER = dict(conductivity=2e6, spin_diffusion_length=1.1e-9, polarization=0.45, exchange_length=0.9e-9)
LAYER |= dict(dephasing_length=1.7e-9, orbital_conductivity=0.7e6, orbital_diffusion_length=2.3e-9)


def equivalent(d, x):
    """memory_loss of a ferromagnetic layer of thickness d."""
    k2 = 1 / x.spin_diffusion_length**2 + 1 / x.dephasing_length**2 - 1j / x.exchange_length**2
    return dict(
        resistance_area=d / (x.conductivity * (1 - x.polarization**2)),
        asymmetry=x.polarization,
        delta=d / x.spin_diffusion_length,
        transverse_delta=d * np.sqrt(k2),
        orbital=x.orbital_conductivity / d,
        orbital_delta=d / x.orbital_diffusion_length,
    )


@pytest.mark.parametrize("d", [1e-10, 1.5e-9])
@pytest.mark.parametrize("order", [1, -1])
def test_memory_loss_is_the_exact_map_of_a_real_layer(d, order):
    """Catches any entry of the law, its split of the torque into m and lattice, and what it pumps."""
    rng = np.random.default_rng(4)
    n = fs.NormalMetal(
        name="N",
        conductivity=3e6,
        spin_diffusion_length=2e-9,
        spin_hall_angle=0.1,
        orbital_conductivity=1e6,
        orbital_diffusion_length=3e-9,
        orbital_hall_angle=0.3,
    )
    x, rate = fs.Ferromagnet(name="X", **LAYER), 1e11 * rng.normal(size=3)
    f = fs.Ferromagnet(name="F", **LAYER | dict(conductivity=4e6, orbit_to_spin=0.2))
    low, high = fs.Layer("N", n, 4e-9), fs.Layer("F", f, 3e-9, M)
    given = dict(electric_field=(1e5, 2e4, 0), bottom=fs.Contact(voltage=0.0), top=fs.Contact(voltage=1e-3))
    real = [low, fs.Layer("X", x, d, M), high][::order]
    thick = fs.solve(fs.Stack(real, magnetization_rate={"X": rate, "F": rate}, **given))
    name = "N|F" if order == 1 else "F|N"
    law = fs.SpinMemoryLoss(**equivalent(d, x))
    thin = fs.solve(fs.Stack([low, high][::order], {name: law}, magnetization_rate={"F": rate}, **given))
    for i, j in ((0, 0), (2, 1)):
        for field in ("mu", "J"):
            one, two = (getattr(s.fields.layers[k], field) for s, k in ((thick, i), (thin, j)))
            assert relative(two, one) < 1e-10
    state, budget = thin.interface(name), thick.budget("X")
    assert relative(state.torque_magnetization, budget.exchange) < 1e-9
    assert relative(state.torque_lattice, budget.spin_flip) < 1e-9
    assert relative(thin.torque("F").interface, budget.exchange) < 1e-9


def test_matrix_is_the_users_own():
    """Catches a reshape that mixes sides and components, or torque and field maps that are dropped."""
    reference = RECORDS["mixing"].map(M, M, ABOVE)
    rng = np.random.default_rng(5)
    j_e, torque_mu, torque_field = rng.normal(size=(2, 7, 2)), rng.normal(size=(3, 2, 7)), rng.normal(size=(3, 2))
    j_e[1, 0] = j_e[0, 0]
    for g in (reference.conductance, flat(reference)):
        law = fs.Matrix(G=g, j_E=j_e.reshape(14, 2), torque_mu=torque_mu, torque_field=torque_field).map(None, None)
        assert_allclose(law.conductance, reference.conductance)
        assert_allclose(law.field, j_e)
        assert_allclose(law.torque_mu, torque_mu)
        assert_allclose(law.torque_field, torque_field)
    four = fs.Matrix(G=reference.conductance[:, :4, :, :4], j_E=j_e[:, :4]).map(None, None)
    assert_allclose(four.conductance[:, :4, :, :4], reference.conductance[:, :4, :, :4])
    assert not np.any(four.conductance[:, 4:]) and not np.any(four.conductance[..., 4:])


def test_matrix_refuses_what_is_no_law():
    """Catches a matrix with the currents of both sides counted inwards, a charge leak or a gauge that drives."""
    g = flat(RECORDS["ohmic, defaults"].map(None, M)).copy()
    with pytest.raises(fs.InputError, match=r"interfaces.matrix \(mine\): charge is not conserved"):
        fs.Matrix(G=g * np.repeat([1, -1], 7)[:, None], source="mine")
    with pytest.raises(fs.InputError, match="creates power"):
        fs.Matrix(G=-g)
    shifted = g.copy()
    shifted[1, 0] += 1e14
    with pytest.raises(fs.InputError, match="a common shift of phi drives a current"):
        fs.Matrix(G=shifted)
    with pytest.raises(fs.InputError, match=r"G: got shape \(3, 3\), allowed: \(2, k, 2, k\) or \(2k, 2k\)"):
        fs.Matrix(G=np.eye(3))
    with pytest.raises(fs.InputError, match=r"j_E: got shape \(3,\), allowed: \(2, 7, 2\), finite"):
        fs.Matrix(G=g, j_E=[1, 2, 3])


def test_matrix_refuses_a_field_driven_charge_that_differs_between_the_sides():
    """Catches charge created at an interface by j_E: rows J_c^- and J_c^+ must be equal, as those of G."""
    g, j_e = flat(RECORDS["ohmic, defaults"].map(None, M)), np.zeros((2, 7, 2))
    j_e[0, 0, 0] = 1e5
    with pytest.raises(fs.InputError, match="the in-plane field creates charge"):
        fs.Matrix(G=g, j_E=j_e)


def test_a_field_driven_current_enters_the_stack():
    """Catches j_E of the wrong sign or side: a spin current made at the interface and taken by reservoirs."""
    n = fs.NormalMetal(name="N", conductivity=1e6, spin_diffusion_length=np.inf)
    j_e = np.zeros((2, 4, 2))
    j_e[0, 2, 0], j_e[1, 2, 0], j_e[1, 3, 1] = 2e5, 5e5, 3e5
    law = fs.Matrix(G=np.zeros((8, 8)), j_E=j_e, torque_field=[[0, 0], [4e5, 0], [0, 0]])
    layers = [fs.Layer("A", n, 1e-9), fs.Layer("B", n, 1e-9)]
    ends = dict(bottom=fs.Reservoir(), top=fs.Reservoir())
    state = fs.solve(fs.Stack(layers, {"A|B": law}, electric_field=(10.0, 100.0, 0), **ends)).interface("A|B")
    assert_allclose(state.J_minus[:4], [0, 0, 2e6, 0], rtol=1e-13)
    assert_allclose(state.J_plus[:4], [0, 0, 5e6, 3e7], rtol=1e-13)
    assert_allclose(state.torque_magnetization, [0, 4e6, 0], rtol=1e-13)
    assert_allclose(state.torque_lattice, [0, -7e6, -3e7], rtol=1e-13)


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: fs.Ohmic(charge=-1.0), "interfaces.ohmic.charge: got -1, allowed: a finite number >= 0"),
        (lambda: fs.Ohmic(charge=1.0, polarization=1.0), "interfaces.ohmic.polarization: got 1, allowed"),
        (lambda: fs.Ohmic(charge=1.0, spin=np.nan), "interfaces.ohmic.spin: got nan"),
        (lambda: fs.Ohmic(charge=1.0, magnetization=(0, 0, 0)), "interfaces.ohmic.magnetization: got [0, 0, 0]"),
        (lambda: fs.Mixing(up=-1.0), "interfaces.mixing.up: got -1"),
        (lambda: fs.Mixing(mixing=np.inf), "interfaces.mixing.mixing: got inf"),
        (lambda: fs.SpinMemoryLoss(resistance_area=0.0), "interfaces.memory_loss.resistance_area: got 0, allowed"),
        (lambda: fs.SpinMemoryLoss(resistance_area=1.0, asymmetry=-1), "interfaces.memory_loss.asymmetry"),
        (lambda: fs.SpinMemoryLoss(resistance_area=1.0, delta=-0.1), "interfaces.memory_loss.delta: got -0.1"),
        (lambda: fs.SpinMemoryLoss(resistance_area=1.0, transverse_delta=-1 + 1j), "transverse_delta"),
    ],
)
def test_wrong_numbers_are_refused_by_name(make, message):
    """Catches a field that is never checked, or a message without owner, field, value and range."""
    with pytest.raises(fs.InputError) as error:
        make()
    assert message in str(error.value)


def test_a_word_names_one_law():
    """Catches a law of one's own that takes the place of another without a word."""
    with pytest.raises(fs.InputError, match=r"interfaces\.law: 'ohmic' is the word of Ohmic, allowed: another word"):
        law_of("ohmic")(fs.Mixing)
    assert LAWS["ohmic"] is fs.Ohmic and fs.Mixing.word == "mixing"


def test_a_law_of_ones_own_is_read_from_a_file_and_written_back():
    """Catches a second place that must know of a law: format, units and record follow from its fields."""

    @dataclass(frozen=True, eq=False, kw_only=True)
    class Film(Law):
        conductivity: Conductivity  #: sigma
        thickness: Length = 1e-9  #: d

        def map(self, m_below, m_above, side=None):
            return fs.Ohmic(charge=self.conductivity / self.thickness).map(m_below, m_above, side)

    law_of("film")(Film)
    try:
        stack = read_text(
            edited(('law = "ohmic"\ncharge = "1e15 S/m^2"', 'law = "film"\nconductivity = "2 MS/m"'))
        ).stack
        film = stack.interfaces["Ti|Ni"]
        assert isinstance(film, Film) and (film.conductivity, film.thickness) == (2e6, 1e-9)
        assert stack.maps[0].conductance[0, 0, 0, 0] == 2e15
        assert resolved(stack)["interfaces"]["Ti|Ni"] == {"law": "film", "conductivity": 2e6, "thickness": 1e-9}
        with pytest.raises(
            fs.InputError, match=r"interfaces\.Ti\|Ni\.conductivity: got '2 m', allowed: a number with a unit"
        ):
            read_text(edited(('law = "ohmic"\ncharge = "1e15 S/m^2"', 'law = "film"\nconductivity = "2 m"')))
    finally:
        del LAWS["film"]


def test_what_is_no_law_is_refused():
    """Catches an object that merely has the methods of a law of old."""
    n = fs.NormalMetal(name="N", conductivity=1e6, spin_diffusion_length=1e-9)
    layers = [fs.Layer("A", n, 1e-9), fs.Layer("B", n, 1e-9)]
    with pytest.raises(fs.InputError, match=r"interfaces.A\|B: got .*derived from femsot.interfaces.Law"):
        fs.Stack(layers, {"A|B": SimpleNamespace(needs_magnetization=False, law=lambda **_: None)})


def test_plugins_add_laws(monkeypatch):
    """Catches an entry-point group of another name, or plugins that hide our own laws."""

    class Point:
        name = "mine"

        @staticmethod
        def load():
            return fs.Ohmic

    monkeypatch.setattr(interfaces, "entry_points", lambda group: [Point] if group == "femsot.interfaces" else [])
    assert interfaces.laws()["mine"] is fs.Ohmic
    assert set(interfaces.laws()) > {"transparent", "ohmic", "mixing", "memory_loss", "insulating", "matrix"}
