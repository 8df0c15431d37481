"""A tunnel barrier between two magnets: against the golden rule in Pauli matrices, channels, exact limits."""

import warnings

import numpy as np
import pytest
from device_cases import pairs, uniform_device
from numpy.testing import assert_allclose
from oracle import relative, unit

import femsot as fs
from femsot.base.components import rotation
from femsot.interfaces.law import power_matrix
from femsot.interfaces.parts import mirror
from femsot.io.config import read_text
from femsot.model.device import Device, Region, Terminal
from femsot.model.mesh import Mesh, grid
from femsot.solvers.fem.equations import equations
from femsot.studies.device import solve_device

NM = 1e-9
M1 = unit([0.3, -0.5, 0.8])
M2 = unit([-0.6, 0.2, 0.5])
P1 = 0.7
P2 = -0.4
G0 = 3e12
B = 5e11
LAW = fs.Tunnel(conductance=G0, polarization_below=P1, polarization_above=P2, field_like=B)
PAULI = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])


def magnet(name, **given):
    values = dict(conductivity=5e6, spin_diffusion_length=8 * NM, polarization=0.4, exchange_length=1.1 * NM)
    return fs.Ferromagnet(name=name, **values | dict(dephasing_length=1.6 * NM, spin_hall_angle=0.05) | given)


def junction(law=LAW, m1=M1, m2=M2, **given):
    """A|B between contacts; as many layers as there are directions."""
    layers = [fs.Layer("A", magnet("FA"), 3 * NM, m1), fs.Layer("B", magnet("FB", conductivity=3e6), 2 * NM, m2)]
    ends = dict(bottom=fs.Contact(voltage=1e-3), top=fs.Contact(voltage=0.0))
    return fs.Stack(layers, {"A|B": law}, **ends | given)


def flat(through):
    return through.conductance.reshape(14, 14)


def golden_rule(off):
    """J_c and J_s of Tr and of the vector of N1 F N2, symmetrised: N = 1 + P m.sigma, F the potential of electrons."""
    states1 = np.eye(2) + P1 * np.einsum("i,ijk->jk", M1, PAULI)
    states2 = np.eye(2) + P2 * np.einsum("i,ijk->jk", M2, PAULI)
    potential = -off[0] * np.eye(2) + np.einsum("i,ijk->jk", off[1:4], PAULI)
    flow = (states1 @ potential @ states2 + states2 @ potential @ states1) / 2
    spin = np.einsum("ijk,kj->i", PAULI, flow).real / 2
    return np.array([-np.trace(flow).real / 2, *spin]) * G0


def test_the_map_is_the_golden_rule():
    """Catches a sign, a factor or a transpose of any entry of g, and a side that is not minus the other."""
    law = fs.Tunnel(conductance=G0, polarization_below=P1, polarization_above=P2)
    through = law.map(M1, M2)
    mu = np.random.default_rng(1).normal(size=(2, 7))
    J = np.einsum("satb,tb->sa", through.conductance, mu)
    wanted = golden_rule(mu[0] - mu[1])
    assert_allclose(J[:, :4], [wanted, wanted], rtol=1e-13)
    assert not np.any(J[:, 4:])
    assert not np.any(through.torque_mu)
    through.check("law")


def test_along_both_magnetizations_it_is_the_channel_picture():
    """Catches spin accumulations that are left out or counted twice: four resistors between two channels each."""
    mu1, mu2, phi1, phi2 = 0.3, -0.2, 0.9, 0.1
    mu = np.zeros((2, 7))
    mu[0, 0], mu[0, 1:4] = phi1, mu1 * M1
    mu[1, 0], mu[1, 1:4] = phi2, mu2 * M2
    law = fs.Tunnel(conductance=G0, polarization_below=P1, polarization_above=P2)
    J = np.einsum("satb,tb->sa", law.map(M1, M2).conductance, mu)
    s = np.array([1.0, -1.0])
    c = M1 @ M2
    g = G0 / 4 * np.outer(1 + s * P1, 1 + s * P2) * (1 + c * np.outer(s, s))
    # an electron's potential is minus the electric one: channel s is at phi - s mu_s
    through = g * ((phi1 - s * mu1)[:, None] - (phi2 - s * mu2)[None, :])
    assert J[0, 0] == pytest.approx(through.sum(), rel=1e-13)
    assert J[0, 1:4] @ M1 == pytest.approx(-(s @ through).sum(), rel=1e-13)
    assert J[1, 1:4] @ M2 == pytest.approx(-(through @ s).sum(), rel=1e-13)


def test_magnetoresistance_is_that_of_julliere():
    """Catches a resistance_area of another state, and P1 P2 of the wrong sign: TMR = 2 P1 P2/(1 - P1 P2)."""
    law = fs.Tunnel(resistance_area=2e-12, polarization_below=0.5, polarization_above=0.6)
    parallel, antiparallel = (1 / law.map(M1, sign * M1).conductance[0, 0, 0, 0] for sign in (1, -1))
    assert parallel == pytest.approx(2e-12, rel=1e-13)
    assert antiparallel / parallel - 1 == pytest.approx(2 * 0.3 / (1 - 0.3), rel=1e-12)
    assert law.mean_conductance == pytest.approx(1 / (2e-12 * 1.3), rel=1e-13)


def test_it_is_reciprocal_and_b_does_no_work():
    """Catches b in one of the two places only: L(m) = eps L(-m)^T eps, and the power of b is zero."""
    into = np.repeat([1.0, -1.0], 7)[:, None]
    eps = np.tile(np.r_[1.0, np.full(6, -1.0)], 2)
    one, other = (into * flat(LAW.map(sign * M1, sign * M2)) for sign in (1, -1))
    assert_allclose(one, eps[:, None] * other.T * eps, atol=1e-12 * np.abs(one).max())
    without = fs.Tunnel(conductance=G0, polarization_below=P1, polarization_above=P2)
    power = power_matrix(without.map(M1, M2).conductance)
    assert_allclose(power_matrix(LAW.map(M1, M2).conductance), power, atol=1e-12 * G0)


@pytest.mark.parametrize("p", [(1.0, 1.0), (1.0, -1.0), (0.9, 0.9), (0.0, 1.0)])
def test_it_creates_no_power(p):
    """Catches transverse accumulations left out: they alone make the power negative, by O(1)."""
    rng = np.random.default_rng(2)
    law = fs.Tunnel(conductance=G0, polarization_below=p[0], polarization_above=p[1], field_like=G0)
    m1, m2 = (x / np.linalg.norm(x, axis=-1, keepdims=True) for x in rng.normal(size=(2, 50, 3)))
    through = law.map(m1, m2)
    assert through.conductance.shape == (50, 2, 7, 2, 7)
    assert np.linalg.eigvalsh(power_matrix(through.conductance)).min() > -1e-12 * G0


def test_exchanged_sides_have_the_other_sign_of_b():
    """Catches a normal that b does not know: the same junction upside down."""
    other = fs.Tunnel(conductance=G0, polarization_below=P2, polarization_above=P1, field_like=-B)
    assert_allclose(flat(mirror(other.map(M2, M1))), flat(LAW.map(M1, M2)), atol=1e-12 * G0)
    one = fs.solve(junction())
    turned = junction(other)
    layers = turned.layers[::-1]
    ends = dict(bottom=turned.top, top=turned.bottom)
    upside_down = fs.solve(fs.Stack(layers, {"B|A": other}, **ends))
    for name in ("A", "B"):
        assert relative(upside_down.torque(name).received, one.torque(name).received) < 1e-11


def test_turning_both_magnets_turns_the_torques():
    """Catches a term that knows an axis of its own; the spin Hall effect does, so it is left out here."""
    turn = rotation(np.array([1.0, 2.0, 3.0]), 1.1)
    found = [fs.solve(junction(m1=x @ M1, m2=x @ M2)) for x in (np.eye(3), turn)]
    assert found[1].current_density() == pytest.approx(float(found[0].current_density()), rel=1e-12)
    for name in ("A", "B"):
        assert relative(found[1].torque(name).received, turn @ found[0].torque(name).received) < 1e-11


def test_both_torques_of_b():
    """Catches its sign and who gets it: m1 receives - b V m1 x m2, m2 + b V m1 x m2; thick magnets absorb it whole."""
    given = dict(conductivity=1e9, spin_diffusion_length=1e-6, polarization=0.0, spin_hall_angle=None)
    given |= dict(exchange_length=0.4 * NM, dephasing_length=0.4 * NM)
    layers = [fs.Layer(x, magnet(x, **given), 20 * NM, m) for x, m in (("A", M1), ("B", M2))]
    law = fs.Tunnel(conductance=1e10, polarization_below=0.0, polarization_above=0.0, field_like=3e9)
    ends = dict(bottom=fs.Contact(voltage=2e-3), top=fs.Contact(voltage=0.0))
    solution = fs.solve(fs.Stack(layers, {"A|B": law}, **ends))
    wanted = 3e9 * 2e-3 * np.cross(M1, M2)
    assert relative(solution.torque("A").received, -wanted) < 1e-5
    assert relative(solution.torque("B").received, wanted) < 1e-5


def test_the_torque_of_p_is_slonczewskis():
    """Catches a torque that the exchange of a magnet does not take: G0 V P2 m1 x (m2 x m1) leaves the one below."""
    given = dict(conductivity=1e9, spin_diffusion_length=1e-6, polarization=0.0, spin_hall_angle=None)
    given |= dict(exchange_length=0.4 * NM, dephasing_length=0.4 * NM)
    layers = [fs.Layer(x, magnet(x, **given), 20 * NM, m) for x, m in (("A", M1), ("B", M2))]
    law = fs.Tunnel(conductance=1e10, polarization_below=P1, polarization_above=P2)
    ends = dict(bottom=fs.Contact(voltage=2e-3), top=fs.Contact(voltage=0.0))
    solution = fs.solve(fs.Stack(layers, {"A|B": law}, **ends))
    below = 1e10 * 2e-3 * P2 * np.cross(M1, np.cross(M2, M1))
    above = -1e10 * 2e-3 * P1 * np.cross(M2, np.cross(M1, M2))
    assert relative(solution.torque("A").received, below) < 1e-5
    assert relative(solution.torque("B").received, above) < 1e-5


def test_pumping_is_the_reciprocal_of_the_torque():
    """Catches a junction that needs a pumping source of its own: I/w_a(m) = - tau_a(-m)/V, from R_ex w alone."""
    tau = fs.solve(junction(m1=-M1, m2=-M2)).torque("A").received / 1e-3
    across = [unit(np.cross(M1, x)) for x in ([1.0, 0, 0], [0, 1.0, 0])]
    short = dict(bottom=fs.Contact(voltage=0.0), top=fs.Contact(voltage=0.0))
    for rate in across:
        stack = junction(**short, magnetization_rate={"A": 1e10 * rate})
        w = stack.pumping("A")
        assert float(fs.solve(stack).current_density()) == pytest.approx(-tau @ w, rel=1e-9)


def test_finite_elements_and_a_device_agree():
    """Catches a law of two magnets that a solver gives one direction only, or one in another frame."""
    stack = junction(electric_field=(1e4, 2e4, 0.0), bottom=None, top=None)
    for case in (stack, junction()):
        exact, fem = fs.solve(case), fs.solve(case, method="fem")
        for name in ("A", "B"):
            assert relative(fem.torque(name).received, exact.torque(name).received) < 1e-6
    exact = fs.solve(stack)
    for kind in ("quad", "hexahedron"):
        solution = solve_device(uniform_device(stack, kind, cells=12), order=2, solver="direct")
        for name, (value, wanted) in pairs(solution, exact).items():
            if name.startswith(("torque", "current")):
                assert np.max(np.abs(value - wanted)) < 1e-5 * 1e4 * 5e6, name


def test_a_junction_that_stands_upright_is_the_same():
    """Catches magnetizations taken in the frame of the normal: without a spin Hall effect no term knows the normal."""
    bare = {name: magnet(name, spin_hall_angle=None) for name in ("A", "B")}
    layers = [fs.Layer("A", bare["A"], 3 * NM, M1), fs.Layer("B", bare["B"], 2 * NM, M2)]
    ends = dict(bottom=fs.Contact(voltage=1e-3), top=fs.Contact(voltage=0.0))
    exact = fs.solve(fs.Stack(layers, {"A|B": LAW}, **ends))
    x, height = np.linspace(0, 5 * NM, 41), 1 * NM
    flat = grid(
        x, np.array([0.0, height]), kind="quad", plane="xz", parts=lambda p: np.where(p[:, 0] < 3 * NM, "A", "B")
    )
    rows, beside = flat.facets()
    sides = {"west": flat.points[:, 0] == 0, "east": flat.points[:, 0] == x[-1]}
    faces = {name: rows[(beside[:, 1] < 0) & side[rows].all(axis=1)] for name, side in sides.items()}
    mesh = Mesh(flat.points, flat.cells, "quad", flat.regions, faces, plane="xz", depth=1 * NM)
    contacts = {"west": Terminal(voltage=1e-3), "east": Terminal(voltage=0.0)}
    regions = {"A": Region(bare["A"], M1), "B": Region(bare["B"], M2)}
    solution = solve_device(Device(mesh, regions, {"A|B": LAW}, contacts), order=2, solver="direct")
    area = height * 1 * NM
    assert solution.contacts["west"][1] / area == pytest.approx(float(exact.current_density()), rel=1e-6)
    for name in ("A", "B"):
        deposit = solution.fields.deposit(name)[1].sum(axis=0) / area
        assert relative(deposit, exact.torque(name).received) < 1e-5


def texture(points):
    """Directions that turn along x."""
    angle = 2 * np.pi * points[:, 0] / (1.5 * NM)
    return np.stack([np.sin(angle), 0 * angle, np.cos(angle)], axis=-1)


def test_textures_on_both_sides_meet_point_by_point():
    """Catches one magnet's texture taken for both, or one direction of it for all: every point has its own law."""
    uniform = uniform_device(junction(), "quad", cells=4)
    regions = {"A": Region(uniform.regions["A"].material, texture), "B": Region(uniform.regions["B"].material, M2)}
    device = Device(uniform.mesh, regions, dict(uniform.interfaces), uniform.contacts)
    found = equations(device, order=2).joints["A|B"]
    x = found.sampled.x
    wanted = LAW.map(texture(x.reshape(-1, 3)), np.broadcast_to(M2, (x[..., 0].size, 3))).conductance
    for facets, maps in found.maps():
        assert_allclose(maps["conductance"], wanted.reshape(*x.shape[:2], 2, 7, 2, 7)[facets], atol=1e-10 * G0)
    # functions that are the same everywhere are directions
    same = {
        name: Region(r.material, lambda p, m=r.magnetization: np.broadcast_to(m, p.shape))
        for name, r in uniform.regions.items()
    }
    one, other = (
        solve_device(Device(uniform.mesh, r, dict(uniform.interfaces), uniform.contacts), order=2, solver="direct")
        for r in (uniform.regions, same)
    )
    for name in ("A", "B"):
        assert relative(other.torque(name).received, one.torque(name).received) < 1e-8


REFUSED = {
    "no conductance": (dict(polarization_below=0.1, polarization_above=0.1), "tunnel.conductance: missing, required"),
    "two": (
        dict(conductance=1.0, resistance_area=1.0, polarization_below=0.1, polarization_above=0.1),
        "tunnel.resistance_area: given beside conductance, allowed: one of the two",
    ),
    "more than all": (
        dict(conductance=1.0, polarization_below=1.1, polarization_above=0.1),
        "tunnel.polarization_below: got 1.1, allowed: a number from -1 to 1",
    ),
    "no parallel current": (
        dict(resistance_area=1.0, polarization_below=1.0, polarization_above=-1.0),
        "tunnel.resistance_area: given though parallel magnets pass no current, allowed: conductance",
    ),
    "negative": (dict(conductance=-1.0, polarization_below=0, polarization_above=0), "tunnel.conductance: got -1"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_numbers(case):
    """A junction without meaning that is solved anyway."""
    given, text = REFUSED[case]
    with pytest.raises(fs.InputError) as error:
        fs.Tunnel(**given)
    assert f"interfaces.{text}" in str(error.value)


def test_it_joins_two_magnets_that_absorb():
    """Catches spin across m that nobody takes: a normal metal, or a magnet with neither exchange nor dephasing."""
    n = fs.NormalMetal(name="N", conductivity=1e6, spin_diffusion_length=NM)
    bare = magnet("bare", exchange_length=None, dephasing_length=np.inf)
    a = fs.Layer("A", magnet("FA"), NM, M1)
    with pytest.raises(
        fs.InputError, match=r"interfaces.A\|N.law: 'N' above is no magnetic metal, allowed: a ferromagnet"
    ):
        fs.Stack([a, fs.Layer("N", n, NM)], {"A|N": LAW})
    with pytest.raises(
        fs.InputError, match=r"A\|B.law: the magnet 'bare' above has neither exchange_length nor dephasing"
    ):
        fs.Stack([a, fs.Layer("B", bare, NM, M2)], {"A|B": LAW})
    with pytest.raises(fs.InputError, match=r"B\|A.law: the magnet 'bare' below has neither"):
        fs.Stack([fs.Layer("B", bare, NM, M2), a], {"B|A": LAW})


def test_a_file_means_the_same_as_python():
    """Catches a unit, or a word that files do not know."""
    text = """
    [materials.F]
    kind = "ferromagnet"
    conductivity = "5 MS/m"
    spin_diffusion_length = "8 nm"
    exchange_length = "1 nm"
    [[layers]]
    name = "free"
    material = "F"
    thickness = "2 nm"
    magnetization = [1, 0, 0]
    [[layers]]
    name = "fixed"
    material = "F"
    thickness = "3 nm"
    magnetization = [0, 0, 1]
    [interfaces."free|fixed"]
    law = "tunnel"
    resistance_area = "5 ohm um^2"
    polarization_below = 0.5
    polarization_above = 0.6
    field_like = "1e11 S/m^2"
    [boundaries.bottom]
    kind = "contact"
    voltage = "0.1 V"
    [boundaries.top]
    kind = "contact"
    voltage = "0 V"
    """
    law = read_text(text).stack.interfaces["free|fixed"]
    assert isinstance(law, fs.Tunnel)
    assert (law.resistance_area, law.polarization_above, law.field_like) == (5e-12, 0.6, 1e11)


def test_batches():
    """Catches arrays of one field that do not meet those of another or of directions."""
    angles = np.linspace(0, np.pi, 5)
    m2 = np.stack([np.sin(angles), 0 * angles, np.cos(angles)], axis=-1)
    areas = np.array([1e-12, 2e-12])[:, None]
    values = {"layers.B.magnetization": m2, "interfaces.A|B.resistance_area": areas}
    law = fs.Tunnel(resistance_area=1e-12, polarization_below=0.5, polarization_above=0.6, field_like=1e11)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        many = fs.solve_many(junction(law), values)
    assert many.torque("A").received.shape == (2, 5, 3)
    one = fs.Tunnel(resistance_area=2e-12, polarization_below=0.5, polarization_above=0.6, field_like=1e11)
    alone = fs.solve(junction(one, m2=m2[3]))
    assert relative(many.torque("B").received[1, 3], alone.torque("B").received) < 1e-11
