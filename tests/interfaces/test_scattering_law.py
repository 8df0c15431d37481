"""law = "scattering" in stacks, and the command that makes its tensors."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from config_file import pt_co
from numpy.testing import assert_allclose
from repository import EXAMPLES
from typer.testing import CliRunner

import femsot as fs
from femsot.cli import app
from femsot.io.config import read_interface, read_text
from femsot.model.replace import with_values
from femsot.plot.scattering import summary
from femsot.scattering import Hamiltonian, load, tensors
from femsot.scattering.amplitudes import plane, vector_matrix

INTERFACE = dict(fermi_wavevector=16e9, barrier=0.8, exchange=0.3, relaxation_time=(1e-15, (1e-15, 6e-16)))
EXAMPLE = EXAMPLES / "interface.toml"


def metals():
    pt = fs.NormalMetal(name="Pt", conductivity=5e6, spin_diffusion_length=2.5e-9, spin_hall_conductivity=4e5)
    co = fs.Ferromagnet(
        name="Co", conductivity=7e6, spin_diffusion_length=40e-9, polarization=0.4, exchange_length=8e-9,
        dephasing_length=9e-9, saturation_magnetization=1.4e6,
    )  # fmt: skip
    return pt, co


def bilayer(law, m=(0.3, -0.2, 0.9), *, flipped=False, **given):
    pt, co = metals()
    layers = [fs.Layer("Pt", pt, 5e-9), fs.Layer("Co", co, 8e-9, m)]
    layers = layers[::-1] if flipped else layers
    name = "|".join(layer.name for layer in layers)
    return fs.Stack(layers, {name: law}, **dict(electric_field=(1e5, 3e4, 0)) | given)


def received(solution):
    torque = solution.torque("Co")
    return torque.exchange + torque.interface


def test_without_spin_orbit_it_is_circuit_theory():
    """Two routes: the mixing law with the conductances of the same barrier; a sign of K, a side, a factor 2."""
    law = fs.Scattering(**INTERFACE | {"relaxation_time": (0.0, 0.0)})
    m = np.asarray(bilayer(law).layers[1].magnetization)
    g = tensors(Hamiltonian(magnetization=m, **INTERFACE | {"relaxation_time": (0.0, 0.0)})).conductance
    e1 = np.cross(m, [1.0, 0, 0]) / np.linalg.norm(np.cross(m, [1.0, 0, 0]))
    e2 = np.cross(m, e1)
    parts = [
        complex(e1 @ block @ e1, e2 @ block @ e1) for block in (g[0, 1:, 0, 1:], -g[0, 1:, 1, 1:], -g[1, 1:, 1, 1:])
    ]
    total, polarised = g[0, 0, 0, 0], -g[0, 0, 0, 1:] @ m
    mixing = fs.Mixing(
        up=(total + polarised) / 2, down=(total - polarised) / 2, mixing=parts[0], transmitted=parts[1],
        ferromagnet_side_mixing=parts[2],
    )  # fmt: skip
    one, other = (fs.solve(bilayer(x)) for x in (law, mixing))
    assert_allclose(received(one), received(other), rtol=1e-6)
    assert_allclose(one.interface("Pt|Co").J_minus, other.interface("Pt|Co").J_minus, rtol=1e-6, atol=1e3)


def test_the_other_side_order_is_the_mirror_image():
    """F below N: mirrored at z = 0, axial vectors change sign in plane; a source with the wrong side or sign shows."""
    law = fs.Scattering(**INTERFACE, rashba=0.2)
    swapped = fs.Scattering(**INTERFACE | {"relaxation_time": INTERFACE["relaxation_time"][::-1]}, rashba=-0.2)
    mirror = np.diag([-1.0, -1.0, 1.0])
    m = np.array([0.3, -0.2, 0.9])
    one = fs.solve(bilayer(law, m))
    # z -> -z turns z x khat, hence the sign of Rashba, and the spin Hall current
    other = fs.solve(bilayer(swapped, mirror @ m, flipped=True))
    assert_allclose(received(other), mirror @ received(one), rtol=1e-6)


def test_equal_times_and_no_polarization_give_no_source():
    """tau_E = - tau_latt != 0, but no current flows: a source that does not vanish is a wrong drift term."""
    made = tensors(Hamiltonian(magnetization=(0.4, 0.1, 0.8), fermi_wavevector=16e9, barrier=0.4, exchange=0.3,
                               rashba=0.3, relaxation_time=(1e-15, 1e-15)))  # fmt: skip
    scale = np.abs(made.torque_field).max()
    assert scale > 0
    assert np.abs(made.source).max() < 1e-9 * scale
    assert_allclose(made.torque_field, -made.lattice_field, atol=1e-9 * scale)


def test_the_budget_closes_at_a_scattering_interface():
    """Flux in = torque on m + lattice torque, in the stack too."""
    solution = fs.solve(bilayer(fs.Scattering(**INTERFACE, rashba=0.3)))
    state = solution.interface("Pt|Co")
    lost = state.J_minus[1:4] - state.J_plus[1:4]
    assert_allclose(state.torque_magnetization + state.torque_lattice, lost, atol=1e-12 * solution.largest)
    made = tensors(Hamiltonian(magnetization=solution.stack.layers[1].magnetization, **INTERFACE, rashba=0.3))
    mu = np.stack([state.mu_minus[:4], state.mu_plus[:4]])
    mu[:, 0] -= mu[:, 0].mean()  # phi at both sides alike is equilibrium
    lattice = np.tensordot(made.lattice_mu, mu, 2) + made.lattice_field @ [1e5, 3e4]
    assert_allclose(state.torque_lattice, lattice, atol=1e-6 * np.abs(lattice).max())
    assert max(solution.budget(name).residual for name in solution.parts) < 1e-12


def test_finite_elements_see_the_same_interface():
    """A source of the interface that one of the two methods forgets."""
    stack = bilayer(fs.Scattering(**INTERFACE, rashba=0.3))
    assert_allclose(received(fs.solve(stack, method="fem")), received(fs.solve(stack)), rtol=1e-4)


def test_a_batch_of_directions():
    """Tensors of one direction used for another."""
    m = np.array([[0, 0, 1.0], [1, 0, 0.2], [0.5, 0.5, -0.5]])
    law = fs.Scattering(**INTERFACE, rashba=0.3, tolerance=1e-6)
    many = received(fs.solve_many(bilayer(law), {"layers.Co.magnetization": m}))
    for i in range(3):
        assert_allclose(many[i], received(fs.solve(bilayer(law, m[i]))), rtol=1e-10)


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("rashba", [0.1, 0.3]),
        ("rashba", [0.1, 0.3, 0.5]),
        ("exchange_splitting", ["0.2 eV", "0.6 eV"]),
        ("exchange_splitting", ["0.2 eV", "0.4 eV", "0.6 eV"]),
        ("fermi_wavevector", ["14 1/nm", "16 1/nm"]),
    ],
)
@pytest.mark.filterwarnings("ignore::femsot.PhysicsWarning")
def test_a_sweep_of_a_number_is_its_single_runs(tmp_path, *, path, values):
    """Two points read as two spins or two sides, silently; other numbers of points in a traceback."""
    text = STACK + 'tolerance = 1e-5\n[drive]\nelectric_field = ["1e5 V/m", "3e4 V/m", "0 V/m"]\n'
    file = tmp_path / "s.toml"
    file.write_text(text + f'[sweep]\n"interfaces.Pt|Co.{path}" = {{ values = {json.dumps(values)} }}\n')
    assert CliRunner().invoke(app, ["check", str(file)]).exit_code == 0
    said = CliRunner().invoke(app, ["sweep", str(file), "-o", str(tmp_path)])
    assert said.exit_code == 0, said.output
    swept = json.loads((tmp_path / "sweep.json").read_text())["torque"]["Co"]["flux"]
    line = next((x for x in text.splitlines() if x.startswith(path)), 'law = "scattering"')
    for value, found in zip(values, swept, strict=True):
        own = f"{path} = {json.dumps(value)}" + ("" if line.startswith(path) else f"\n{line}")
        one = fs.solve(read_text(text.replace(line, own)).stack)
        assert_allclose(found, one.torque("Co").flux, rtol=1e-9)


def test_a_batch_of_every_number_at_once():
    """Directions, numbers and lengths of both sides that are paired wrongly; a length of a side read as a point's."""
    given = {"relaxation_time": (1e-15, 1e-15), "correction": "boltzmann", "precession_length": 2e-9, "tolerance": 1e-4}
    law = fs.Scattering(**INTERFACE | given)
    m, barrier = np.array([[0, 0, 1.0], [1, 0, 0.2]]), np.array([0.2, 0.5, 0.9])
    turn, lengths = np.array([2e-9, 4e-9, 8e-9]), np.array([[5e-9, 1.0], [9e-9, 1.0], [1e-8, 1.0]])
    many = {"layers.Co.magnetization": m[:, None], "interfaces.Pt|Co.barrier": barrier}
    many |= {"interfaces.Pt|Co.precession_length": turn, "interfaces.Pt|Co.spin_diffusion_length": lengths}
    found = received(fs.solve_many(bilayer(law), many))
    assert found.shape == (2, 3, 3)
    for i, j in np.ndindex(2, 3):
        changed = replace(law, barrier=barrier[j], precession_length=turn[j], spin_diffusion_length=lengths[j])
        assert_allclose(found[i, j], received(fs.solve(bilayer(changed, m[i]))), rtol=1e-9)


def test_arrays_of_different_shapes_are_refused():
    """A traceback of numpy's."""
    with pytest.raises(fs.InputError, match=r"scattering: arrays of barrier, rashba of .* do not broadcast"):
        fs.Scattering(**INTERFACE | {"barrier": np.ones(2)}, rashba=np.ones(3))


@pytest.mark.parametrize("points", [2, 3])
def test_a_batch_of_times_is_refused(points):
    """Two points of (below, above) read as the spins of both sides."""
    times = np.full((points, 2), 1e-15)
    with pytest.raises(fs.InputError, match=r"relaxation_time: got an array of shape \(\d, 2\), allowed: \(below"):
        fs.solve_many(bilayer(fs.Scattering(**INTERFACE)), {"interfaces.Pt|Co.relaxation_time": times})


@pytest.mark.parametrize(
    "given",
    [
        {"correction": "bare", "barrier": 1e5},
        {"correction": "drift", "barrier": 1e5},
        {"correction": "boltzmann", "barrier": 1e4},
        {"correction": "boltzmann", "barrier": 1e4, "exchange": 0.0},
    ],
)
def test_an_opaque_barrier_is_no_fault(given):
    """Reflection of 1 - 1e-9, whose rounding was taken for a current of a potential that is the same on both sides."""
    law = fs.Scattering(**INTERFACE | given)
    conductance = bilayer(law).maps[0].conductance[0, 0]
    sharvin = 1.602176634e-19**2 / 6.62607015e-34 * 16e9**2 / (2 * np.pi)
    assert_allclose(conductance[:, 0], sharvin / (2 * given["barrier"] ** 2) * np.array([1, -1]), rtol=1e-6)


@pytest.mark.parametrize(
    ("given", "faults"),
    [
        (
            'relaxation_time = [["1 fs", "2 fs"], "1 fs"]',
            [r"Pt\|Co\.relaxation_time: got .* below, allowed: .*ferromagnetic side"],
        ),
        (
            'relaxation_time = ["1 fs", "1 fs"]\ncorrection = "boltzmann"\nspin_diffusion_length = ["1 pm", "1 pm"]',
            [r"Pt\|Co\.spin_diffusion_length: got .* 1\.85.* m below;"],
        ),
        (
            'relaxation_time = ["0 s", "0 s"]\ncorrection = "boltzmann"\nprecession_length = "5 nm"',
            [r"Pt\|Co\.relaxation_time: got \['0 s', '0 s'\] with .* above, .*, allowed: > 0 for both"],
        ),
        ("magnetization = [0, 0, 0]", [r"Pt\|Co\.magnetization: got \[0, 0, 0\], allowed: a vector with a direction"]),
        ('relaxation_time = ["-1 s", "-1 s"]', [r"Pt\|Co\.relaxation_time: got .* below and above, allowed: .*>= 0"]),
        ('relaxation_time = ["0 s", "1 fs"]\ncorrection = "boltzmann"\nprecession_length = "5 nm"', []),
    ],
)
def test_faults_have_an_owner_and_are_told_once(given, faults):
    """A name that no file has, the same line for each side, or a normal side refused as if it were the magnet."""
    text = STACK.replace('relaxation_time = ["1 fs", ["1 fs", "0.6 fs"]]', given) + DRIVE
    found = []
    try:
        read_text(text)
    except fs.InputError as error:
        found = error.faults
    assert len(found) == len(faults)
    for fault, wanted in zip(found, faults, strict=True):
        assert re.match(r"interfaces\." + wanted, str(fault))


def test_faults_found_in_a_stack_name_its_interface():
    """interfaces.scattering, of which a stack may have several, where the user wrote Pt|Co."""
    stack = bilayer(fs.Scattering(**INTERFACE))
    made = tensors(Hamiltonian(magnetization=(1, 0, 0), **INTERFACE))
    with pytest.raises(fs.InputError, match=r"^interfaces\.Pt\|Co\.tensors: made for m = \[1, 0, 0\]"):
        bilayer(fs.Scattering.from_tensors(made), (0, 0, 1))
    changes = {"barrier": np.nan, "relaxation_time": (1e-15, -1e-15), "tolerance": 0.5}
    for name, value in changes.items():
        with pytest.raises(fs.InputError, match=rf"^interfaces\.Pt\|Co\.{name}: got "):
            with_values(stack, {f"interfaces.Pt|Co.{name}": value})
    driven = replace(stack, electric_field=(0, 0, 0), bottom=fs.Contact(voltage=1.0), top=fs.Contact(voltage=0.0))
    with pytest.raises(fs.InputError, match=r"^boundaries\.top\.voltage: got nan"):
        with_values(driven, {"boundaries.top.voltage": np.nan})


def test_a_length_left_out_is_told():
    """Spin that does not relax in the half space, beside a layer where it does: 9 to 14 % of the torque."""
    pt, co = (metal.bulk("conserving", orbital=False) for metal in metals())
    times = {"relaxation_time": (1e-15, 1e-15)}
    law = fs.Scattering(**INTERFACE | times, correction="boltzmann", precession_length=2e-9)
    assert [x.problem for x in law.warnings(pt)] == [
        'correction "boltzmann" without spin_diffusion_length takes it as infinite, but spin decays within 2.5e-09 m '
        "in the normal metal 'Pt' beside it"
    ]
    assert law.warnings(co) == []
    for other in ({"spin_diffusion_length": (5e-9, 1.0)}, {"correction": "drift"}, {"ferromagnet": "both"}):
        assert replace(law, **other).warnings(pt) == []


def test_tensors_from_a_file_are_the_law(tmp_path):
    """`femsot scatter` and `file = ...`: an axis exchanged on the way, or numbers other than those printed."""
    interface = tmp_path / "interface.toml"
    interface.write_text(EXAMPLE.read_text())
    target = tmp_path / "t.npz"
    result = CliRunner().invoke(app, ["scatter", str(interface), "-o", str(target), "--json"])
    assert result.exit_code == 0
    found, made, hamiltonian = json.loads(result.stdout), load(target), read_interface(interface)
    assert_allclose(made.conductance, tensors(hamiltonian).conductance, rtol=1e-12)
    assert found["charge"] == made.conductance[0, 0, 0, 0]
    total = np.sum([row["torque"] for row in found["torkivity"] if "Edelstein" in row["mechanism"]], axis=0)
    assert_allclose(total, made.torque_field, atol=1e-8 * np.abs(total).max())
    direct = {
        f: getattr(hamiltonian, f) for f in ("fermi_wavevector", "barrier", "exchange", "rashba", "relaxation_time")
    }
    one = fs.solve(bilayer(fs.Scattering.from_tensors(made), (0, 0, 1)))
    other = fs.solve(bilayer(fs.Scattering(**direct, polarization=0.4), (0, 0, 1)))
    assert_allclose(received(one), received(other), rtol=1e-10)


def test_printed_tables_name_every_mechanism(tmp_path, monkeypatch):
    """A table that a user cannot read: no units, no mechanisms, no errors of the quadrature."""
    monkeypatch.chdir(tmp_path)
    out = CliRunner().invoke(app, ["scatter", str(EXAMPLE)]).stdout
    assert Path("tensors.npz").exists()
    for word in ("mixing", "spin-loss", "Rashba-Edelstein", "filtering", "precession", "lattice", "S/m²", "quadrature"):
        assert word in out


DRIVE = '\n[drive]\nelectric_field = ["1e5 V/m", "0 V/m", "0 V/m"]\n'
STACK = pt_co("""law = "scattering"
fermi_wavevector = "16 1/nm"
barrier = 0.4
relaxation_time = ["1 fs", ["1 fs", "0.6 fs"]]""")


def test_a_file_reads_every_form_of_its_fields():
    """A pair of times read as one, or a length unit lost."""
    record = read_text(STACK + DRIVE).stack.interfaces["Pt|Co"]
    assert record.fermi_wavevector == pytest.approx(16e9)
    assert record.relaxation_time == (1e-15, (1e-15, 6e-16))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("barrier = 0.4", 'barrier = "0.4"', r"interfaces\.Pt\|Co\.barrier: got '0\.4'"),
        ('["1 fs", ["1 fs", "0.6 fs"]]', '["-1 fs", "1 fs"]', r"relaxation_time: got .*-1 fs"),
        ('["1 fs", ["1 fs", "0.6 fs"]]', '"1 fs"', r"relaxation_time: got '1 fs', allowed: two numbers"),
        ('"16 1/nm"', '"-16 1/nm"', r"interfaces\.Pt\|Co\.fermi_wavevector: got '-16 1/nm'"),
        ('fermi_wavevector = "16 1/nm"', "", r"one of fermi_wavevector and fermi_energy"),
        ("barrier = 0.4", 'correction = "boltzman"', r"correction.*known: bare, boltzmann, drift"),
        ("barrier = 0.4", 'file = "missing.npz"', r"interfaces\.Pt\|Co\.file: .*missing\.npz"),
    ],
)
def test_bad_interfaces_are_refused(old, new, message):
    """A traceback, or a message without the user's own path."""
    with pytest.raises(fs.InputError, match=message):
        read_text(STACK.replace(old, new))


def test_precession_beside_it_is_refused():
    """Pumping that is silently left out."""
    with pytest.raises(fs.InputError, match=r"magnetization_rate\.Co: interface Pt\|Co does not pump"):
        bilayer(fs.Scattering(**INTERFACE), magnetization_rate={"Co": (1e10, 0, 0)})


def test_a_drift_correction_out_of_its_range_warns():
    """A torque published from a ferromagnet that absorbs more spin than electrons can bring to it."""
    pt, _ = metals()
    short = fs.Ferromagnet(name="Co", conductivity=2e7, spin_diffusion_length=40e-9, exchange_length=1e-9)
    law = fs.Scattering(**INTERFACE, rashba=0.1)
    layers = [fs.Layer("Pt", pt, 5e-9), fs.Layer("Co", short, 12e-9, (0, 0, 1))]
    with pytest.warns(fs.PhysicsWarning, match=r"interfaces\.Pt\|Co: correction \"drift\" beside the ferromagnet 'Co'"):
        fs.solve(fs.Stack(layers, {"Pt|Co": law}, electric_field=(1e5, 0, 0)))
    bare = fs.Scattering(**INTERFACE, rashba=0.1, correction="bare")
    assert fs.solve(fs.Stack(layers, {"Pt|Co": bare}, electric_field=(1e5, 0, 0))).reached.warnings == []


def test_ready_tensors_serve_only_what_they_were_made_for():
    """Tensors of another direction of m, or of the other side order: a torque along m, or of wrong sign."""
    made = tensors(Hamiltonian(magnetization=(0, 0, 1), **INTERFACE, rashba=0.2))
    with pytest.raises(fs.InputError, match=r"made for m = .*but the interface has m = \[1.0, 0.0, 0.0\]"):
        bilayer(fs.Scattering.from_tensors(made), (1, 0, 0))
    with pytest.raises(fs.InputError, match="made for a ferromagnet above, but here it is below"):
        bilayer(fs.Scattering.from_tensors(made), (0, 0, 1), flipped=True)
    with pytest.raises(fs.InputError, match="barrier: given beside ready tensors"):
        fs.Scattering(tensors=made, barrier=3.0)


def test_tensors_that_did_not_converge_warn():
    """A quadrature that gave up, and nobody told."""
    made = replace(tensors(Hamiltonian(magnetization=(0, 0, 1), **INTERFACE)), converged=False, quadrature_error=0.3)
    with pytest.warns(fs.PhysicsWarning, match=r"interfaces\.Pt\|Co: quadrature not converged, error 0\.3"):
        fs.solve(bilayer(fs.Scattering.from_tensors(made), (0, 0, 1)))


@pytest.mark.parametrize("step", [-5.0, 0.0, 3.0])
def test_the_flip_probability_is_that_of_electrons(step):
    """Normalised by the wrong side's Fermi surface it was 6 times too large; counted as lost spin, twice."""
    ham = Hamiltonian(magnetization=(0, 0, 1), **INTERFACE | {"relaxation_time": (0.0, 0.0)}, rashba=0.5,
                      potential_step=step, correction="bare")  # fmt: skip
    found = summary(ham, tensors(ham))["spin_loss_probability"]
    n = 400
    angle = (np.arange(n) + 0.5) * 2 * np.pi / n
    nodes, weights = np.polynomial.legendre.leggauss(200)
    for side in (0, 1):
        sphere = ham.fermi[side, 0]
        # part that reaches the interface from this side: k_par^2 uniform over its disc
        x = (nodes + 1) / 2 * sphere
        kx, ky = (np.sqrt(x)[:, None] * f(angle) for f in (np.cos, np.sin))
        k = ham.wavevectors(kx.ravel(), ky.ravel())
        scalar, orbit = ham.plane(kx.ravel(), ky.ravel())
        kappa = vector_matrix(scalar, orbit + ham.exchange_kappa * np.array([0.0, 0.0, 1.0]))
        s = np.abs(plane(k, kappa).matrix[:, :, side]) ** 2  # [k, side out, spin out, spin in]
        flip = (s[:, :, 0, 1] + s[:, :, 1, 0]).sum(axis=1) / 2
        assert found[side] == pytest.approx((flip.reshape(200, n).mean(axis=1) * weights).sum() / 2, rel=2e-3)


def test_a_file_of_amplitudes_that_are_not_unitary_is_refused(tmp_path):
    """Currents that electrons do not carry, from a file whose own record says so."""
    made = tensors(Hamiltonian(magnetization=(0, 0, 1), **INTERFACE))
    replace(made, unitarity_error=0.02).save(tmp_path / "t.npz")
    (tmp_path / "s.toml").write_text(STACK.replace("barrier = 0.4", 'file = "t.npz"'))
    with pytest.raises(fs.InputError, match=r"interfaces\.Pt\|Co\.file: .*not unitary"):
        fs.read(tmp_path / "s.toml")


def test_a_solve_tells_a_length_left_out():
    """A warning that the law has and nobody asks for."""
    given = {"relaxation_time": (1e-15, 1e-15), "correction": "boltzmann", "precession_length": 2e-9}
    law = fs.Scattering(**INTERFACE | given)
    with pytest.warns(fs.PhysicsWarning, match="without spin_diffusion_length takes it as infinite"):
        fs.solve(bilayer(law))
    assert fs.solve(bilayer(replace(law, spin_diffusion_length=(2.5e-9, 1.0)))).reached.warnings == []
