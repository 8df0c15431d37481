"""The exact solver against matrix exponentials (`oracle.reference`), and against the equations themselves."""

from dataclasses import replace

import numpy as np
import pytest
from oracle import HBAR_OVER_2E, across, explicit_conductivity, explicit_relaxation, reference, relative
from random_stacks import CPP, PUMPING, five_layers

import femsot as fs

SINK, BLOCKED = fs.Contact(voltage=1e-3), fs.Contact(current_density=3e10, spin="blocked", orbital="sink")
DRIVES = {
    "in plane": {},
    "pumping": dict(electric_field=(0.0, 0.0, 0.0), magnetization_rate=PUMPING),
    "voltage": dict(electric_field=(0.0, 0.0, 0.0), **CPP),
    "current": dict(bottom=SINK, top=BLOCKED),
    "injection": dict(
        bottom=fs.Injection(spin_current=(1e10, 2e10, -1e10), orbital_current=(0.0, 3e10, 1e10)),
        top=fs.Reservoir(components=("sx", "sz", "oy")),
    ),
    "reservoir": dict(bottom=fs.Reservoir()),
    "everything": dict(magnetization_rate=PUMPING, bottom=fs.Contact(voltage=2e-3, spin="blocked"), top=SINK),
}


def states(solution):
    mu = np.array([layer.mu for layer in solution.fields.layers])
    return mu, np.array([layer.J for layer in solution.fields.layers])


def deviation(solution, wanted):
    """Largest error: of moment potentials and currents over the largest of them, of phi over the largest of all."""
    mu, J = states(solution)
    return max(relative(mu, wanted[0]), relative(mu[..., 1:], wanted[0][..., 1:]), relative(J, wanted[1]))


@pytest.mark.parametrize("drive", DRIVES)
@pytest.mark.parametrize("components", [4, 7])
@pytest.mark.parametrize("seed", [1, 2])
def test_five_layers_equal_matrix_exponentials(drive, components, seed):
    """Catches any sign or factor in C, R, a law, a drive, an end or the elimination of the charge."""
    stack = five_layers(seed, orbital=components == 7, jumps=seed == 1, **DRIVES[drive])
    solution = fs.solve(stack)
    assert solution.report.residual < 1e-12
    assert deviation(solution, reference(stack)) < 2e-10


@pytest.mark.parametrize("drive", ["in plane", "pumping", "current"])
def test_closure_of_ning24_equals_matrix_exponentials(drive):
    """Catches R = C^ L written as L C^, or an orbital row that forgets the spin that it drags."""
    stack = five_layers(3, **DRIVES[drive])
    with pytest.warns(fs.PhysicsWarning, match="breaks Onsager|creates power"):
        solution = fs.solve(stack, closure="ning24")
    assert deviation(solution, reference(stack, "ning24")) < 2e-10


def normal(**given):
    numbers = dict(conductivity=2e6, spin_diffusion_length=2e-9, spin_hall_conductivity=2e5)
    return fs.NormalMetal(**dict(name="N") | numbers | given)


def magnet(**given):
    numbers = dict(conductivity=3e6, spin_diffusion_length=5e-9, polarization=0.4, exchange_length=0.8e-9)
    return fs.Ferromagnet(**dict(name="F") | numbers | given)


@pytest.mark.parametrize("thickness", [1e-10, 1e-12])
def test_thin_layers_equal_matrix_exponentials(thickness):
    """Catches cancellation in q/sinh(q d) and tanh(q d/2)/q of a layer far thinner than its lengths."""
    rates = dict(magnetization_rate={"F": (1e11, 0.0, 2e11)}, electric_field=(1e5, 0.0, 0.0))
    layers = [fs.Layer("N", normal(), 4e-9), fs.Layer("F", magnet(), thickness, (0.3, 0.5, 1.0))]
    stack = fs.Stack([*layers, fs.Layer("M", normal(name="M"), thickness)], **rates)
    solution = fs.solve(stack)
    assert deviation(solution, reference(stack)) < 1e-12
    assert solution.budget("F").residual < 1e-12


def test_a_millimetre_of_metal_does_not_overflow():
    """Catches a growing exponential: 1 mm is 5e5 spin diffusion lengths, and behaves as 100 of them at its faces."""
    ends = dict(bottom=fs.Injection(spin_current=(1e9, 0, 0)))
    found = []
    for d in (1e-3, 2e-7):
        layers = [
            fs.Layer("N", normal(), d),
            fs.Layer("F", magnet(), d, (0, 0.6, 0.8)),
            fs.Layer("M", normal(name="M"), d),
        ]
        solution = fs.solve(fs.Stack(layers, electric_field=(1e5, 0, 0), **ends))
        assert solution.report.residual < 1e-12
        found.append(states(solution))
    np.testing.assert_allclose(found[0][1], found[1][1], rtol=1e-12, atol=1e-2)
    np.testing.assert_allclose(found[0][0][..., 1:], found[1][0][..., 1:], rtol=1e-12, atol=1e-18)
    assert np.all(np.isfinite(solution.mu([0, 1e-7, 3e-7])))


def full_residual(stack, closure="conserving"):
    """Largest violation of continuity, law and charge conservation over the largest current, from the records."""
    from oracle import J_UNIT, _law

    solution = fs.solve(stack, closure=closure)
    mu, J = states(solution)
    worst = np.max(np.abs(np.ptp(J[..., 0])))
    for i in range(len(stack.layers) - 1):
        law, source = _law(stack, i)
        pair = np.concatenate([J[i, 1], J[i + 1, 0]])
        if law is None:
            worst = max(worst, np.abs(J[i, 1] - J[i + 1, 0]).max(), 1e14 * np.abs(mu[i, 1] - mu[i + 1, 0]).max())
        else:
            both = np.concatenate([mu[i, 1], mu[i + 1, 0]])
            worst = max(worst, np.abs(law @ both + source - pair / J_UNIT).max() * J_UNIT)
    return worst / np.abs(J).max()


@pytest.mark.parametrize("drive", DRIVES)
@pytest.mark.parametrize("jumps", [False, True])
def test_currents_obey_every_interface_law(drive, jumps):
    """Catches a solver whose own residual leaves out the charge: G mu + j = J for all 14 rows, J_c uniform."""
    assert full_residual(five_layers(4, jumps=jumps, **DRIVES[drive])) < 1e-12


@pytest.mark.parametrize("name", "ABE")
@pytest.mark.parametrize("drive", ["in plane", "everything"])
def test_profiles_solve_the_differential_equations(name, drive):
    """Catches a profile that is right at the ends only: J = -C mu' + C E and J' + R mu + R_ex w = 0 inside."""
    stack = five_layers(5, **DRIVES[drive])
    solution, layer = fs.solve(stack), stack.layers[stack.index(name)]
    d, h = layer.thickness, 1e-4 * layer.thickness
    m = np.array([0, 0, 1.0]) if layer.magnetization is None else layer.magnetization
    c = explicit_conductivity(layer.material, m)
    r, r_ex = explicit_relaxation(layer.material, m)
    w = np.r_[0, HBAR_OVER_2E * np.cross(m, stack.magnetization_rate.get(name, np.zeros(3))), np.zeros(3)]
    z = np.array([0.1, 0.35, 0.5, 0.81]) * d
    at = np.array([solution.layer_profile(name, z + k * h) for k in (-2, -1, 0, 1, 2)])
    slope = (at[0] - 8 * at[1] + 8 * at[3] - at[4]) / (12 * h)
    flux = -slope[0] @ c[:, 2, :, 2].T + c[:, 2, 0, :] @ np.asarray(stack.electric_field)
    assert relative(at[2, 1], flux) < 1e-9
    assert relative(slope[1], -at[2, 0] @ r.T - r_ex @ w) < 1e-8


@pytest.mark.parametrize("drive", ["in plane", "everything"])
def test_profiles_meet_the_ends_and_the_integral(drive):
    """Catches a profile or an integral of another layer, height or scale: Gauss quadrature of mu over each layer."""
    stack = five_layers(6, **DRIVES[drive])
    solution = fs.solve(stack)
    nodes, weights = np.polynomial.legendre.leggauss(40)
    for i, layer in enumerate(stack.layers):
        fields, d = solution.fields.layers[i], layer.thickness
        ends = np.array(fields.at(np.array([0.0, d])))
        np.testing.assert_allclose(ends, [fields.mu, fields.J], rtol=1e-13, atol=1e-14 * np.abs(fields.J).max())
        mu, _ = fields.at(d / 2 * (1 + nodes))
        assert relative(fields.integral, d / 2 * weights @ mu) < 1e-12
        middle = solution.mu(stack.z[i] + 0.3 * d)[:, 0], solution.flux(stack.z[i] + 0.3 * d)[:, 0]
        assert relative(middle, np.array(fields.at(np.array([0.3 * d])))[:, 0]) < 1e-12


def test_a_current_is_the_voltage_that_drives_it():
    """Catches a sign or an offset between contacts by voltage and by current; J_c runs along +z, high to low."""
    quiet = dict(electric_field=(0.0, 0.0, 0.0))
    by_voltage = fs.solve(five_layers(7, bottom=fs.Contact(voltage=3e-3), top=fs.Contact(voltage=1e-3), **quiet))
    current = float(by_voltage.current_density())
    assert current > 0
    assert by_voltage.resistance().area == pytest.approx(2e-3 / current, rel=1e-12)
    for low, high in [
        (dict(voltage=3e-3), dict(current_density=current)),
        (dict(current_density=current), dict(voltage=1e-3)),
        (dict(current_density=current), dict(current_density=current)),
    ]:
        other = fs.solve(five_layers(7, bottom=fs.Contact(**low), top=fs.Contact(**high), **quiet))
        offset = 3e-3 if len({*low, *high}) == 1 else 0.0
        mu, J = states(other)
        assert relative(mu + np.r_[offset, np.zeros(6)], states(by_voltage)[0]) < 1e-12
        assert relative(J, states(by_voltage)[1]) < 1e-12


def test_phi_floats_from_zero_and_follows_a_single_contact():
    """Catches phi undefined without contacts, or a lone contact that carries current or shifts the moments."""
    floating = states(fs.solve(five_layers(8)))
    assert floating[0][0, 0, 0] == 0.0
    shift = np.zeros(7)
    for end, at in (("bottom", (0, 0)), ("top", (-1, 1))):
        held = states(fs.solve(five_layers(8, **{end: fs.Contact(voltage=0.2, spin="blocked")})))
        assert held[0][at][0] == pytest.approx(0.2, abs=1e-15)
        shift[0] = 0.2 - floating[0][at][0]
        np.testing.assert_allclose(held[0], floating[0] + shift, atol=1e-15)
        assert np.all(held[1][..., 0] == 0)


def test_insulators_cut_the_stack():
    """Catches currents through an insulator, a segment with another's contact, or a mixing law on the wrong side."""
    rng_stack = five_layers(9)
    n, f = rng_stack.layers[0].material, rng_stack.layers[1].material
    yig = fs.Insulator(name="YIG", saturation_magnetization=1.4e5)
    law = fs.Mixing(mixing=5e14 + 1e14j, orbital=2e14)
    m, rate = (0.3, -0.4, 0.8), (1e11, 0.0, -2e11)
    given = dict(electric_field=(1e5, 3e4, 0.0), magnetization_rate={"Y": rate})
    layers = [
        fs.Layer("A", n, 4e-9),
        fs.Layer("B", f, 2e-9, (1, 1, 0)),
        fs.Layer("Y", yig, 9e-9, m),
        fs.Layer("C", n, 3e-9),
    ]
    whole = fs.solve(
        fs.Stack(
            layers, {"B|Y": replace(law, ferromagnet="above"), "Y|C": law}, bottom=fs.Contact(voltage=0.1), **given
        )
    )
    assert whole.fields.layers[2] is None
    assert whole.fields.layers[0].mu[0, 0] == 0.1
    assert whole.fields.layers[3].mu[0, 0] == 0.0
    assert np.all(np.isnan(whole.mu(10e-9)))
    for name, side in (("B|Y", 1), ("Y|C", 0)):
        state = whole.interface(name)
        mu_s = (state.mu_plus if side == 0 else state.mu_minus)[1:4]
        J = state.J_plus if side == 0 else state.J_minus
        w = HBAR_OVER_2E * np.cross(m / np.linalg.norm(m), rate)
        into = (1 if side else -1) * J[1:4]
        assert relative(into, across(law.mixing, m / np.linalg.norm(m), mu_s + w)) < 1e-11, name
        assert J[0] == 0
        wanted = law.orbital * (state.mu_plus if side == 0 else state.mu_minus)[4:] * (1 if side else -1)
        assert relative(J[4:], wanted) < 1e-11


def test_an_interface_without_charge_conductance_blocks_the_current():
    """Catches 1/0 at G_cc = 0: no current flows, phi is each contact's own on its side."""
    layers = [fs.Layer("N", normal(), 4e-9), fs.Layer("F", magnet(), 3e-9, (1, 0, 0))]
    laws = {"N|F": fs.Ohmic(charge=0.0, spin=4e14)}
    stack = fs.Stack(
        layers, laws, electric_field=(1e5, 0, 0), bottom=fs.Contact(voltage=1.0), top=fs.Contact(voltage=3.0)
    )
    solution = fs.solve(stack)
    assert solution.current_density() == 0
    assert deviation(solution, reference(stack)) < 1e-12
    with pytest.raises(fs.InputError, match=r"has nowhere to go: interface N\|F passes no charge"):
        fs.solve(fs.Stack(layers, laws, bottom=fs.Contact(voltage=1.0), top=fs.Contact(current_density=1e9)))


def test_what_neither_relaxes_nor_is_held_has_no_solution():
    """Catches a singular system answered with noise."""
    free = fs.NormalMetal(name="N", conductivity=1e6, spin_diffusion_length=np.inf)
    with pytest.raises(fs.SolveError, match="neither relaxes nor is held anywhere"):
        fs.solve(fs.Stack([fs.Layer("N", free, 5e-9)], top=fs.Injection(spin_current=(1e9, 0, 0))))
    with pytest.raises(fs.SolveError, match="neither relaxes"):
        fs.solve(fs.Stack([fs.Layer("N", free, 5e-9), fs.Layer("M", free, 5e-9)], electric_field=(1e5, 0, 0)))
    held = fs.solve(
        fs.Stack([fs.Layer("N", free, 5e-9)], bottom=fs.Reservoir(), top=fs.Injection(spin_current=(1e9, 0, 0)))
    )
    assert held.mu(5e-9)[1, 0] == pytest.approx(-1e9 * 5e-9 / 1e6, rel=1e-13)


@pytest.mark.parametrize("m", [(0, 0, 1), (0.48, 0.36, -0.8)])
@pytest.mark.parametrize("moment", ["along", "across"])
def test_moment_along_m_that_nothing_takes_has_no_solution(m, moment):
    """Catches a singular system that rounding hides: lambda_sf = inf in all layers leaves mu_s along m undetermined."""
    f = magnet(spin_diffusion_length=np.inf, dephasing_length=1e-9)
    spin = np.asarray(m) if moment == "along" else np.cross(m, [1.0, 2.0, 0.5])
    stack = fs.Stack([fs.Layer("F", f, 3e-9, m)], bottom=fs.Injection(spin_current=1e9 * spin))
    with pytest.raises(fs.SolveError, match="neither relaxes nor is held anywhere"):
        fs.solve(stack)


@pytest.mark.parametrize("d", [1e-8, 1e-5, 1e-3])
def test_profile_of_a_thick_layer_is_resolved_at_its_faces(d):
    """Catches a margin that grows with the thickness: 0.5 nm inside 1 mm the moment has decayed by exp(-1/4)."""
    x = fs.NormalMetal(name="N", conductivity=1e6, spin_diffusion_length=2e-9)
    solution = fs.solve(fs.Stack([fs.Layer("N", x, d)], bottom=fs.Injection(spin_current=(1e9, 0, 0))))
    z = np.array([0, 1e-13, 1e-11, 0.5e-9, 3e-9])
    mu, J = solution.layer_profile("N", z)
    shape = np.cosh((z - d) / 2e-9) / np.sinh(d / 2e-9) if d < 1e-7 else np.exp(-z / 2e-9)
    flux = -np.sinh((z - d) / 2e-9) / np.sinh(d / 2e-9) if d < 1e-7 else np.exp(-z / 2e-9)
    np.testing.assert_allclose(mu[:, 1], 1e9 * 2e-9 / 1e6 * shape, rtol=1e-11)
    np.testing.assert_allclose(J[:, 1], 1e9 * flux, rtol=1e-11)
    mu, _ = solution.layer_profile("N", d - z)
    assert np.all(np.isfinite(mu))


@pytest.mark.parametrize("held", ["both", "top", "none"])
def test_phi_of_every_stretch_between_blocked_interfaces(held):
    """Catches phi carried across an interface without charge: a contact holds its own side, the rest starts at 0."""
    names = "ABC"
    layers = [fs.Layer(n, magnet(name=n), 3e-9, (0.0, 0.6, 0.8)) for n in names]
    open_, shut = fs.Ohmic(charge=4e14), fs.Ohmic(charge=0.0, spin=4e14)
    ends = {"both": dict(bottom=1.0, top=3.0), "top": dict(top=3.0), "none": {}}[held]
    given = dict(magnetization_rate={"B": (1e11, 0.0, 0.0)}) | {k: fs.Contact(voltage=v) for k, v in ends.items()}
    both = fs.solve(fs.Stack(layers, {"A|B": shut, "B|C": shut}, **given))
    phi = states(both)[0][..., 0]
    assert phi[0, 0] == ends.get("bottom", 0.0) and phi[1, 0] == 0.0
    assert (phi[2, 1] if "top" in ends else phi[2, 0]) == ends.get("top", 0.0)
    charge = np.array([0.0, 4e14])
    many = fs.solve_many(fs.Stack(layers, {"A|B": open_, "B|C": shut}, **given), {"interfaces.A|B.charge": charge})
    for i, law in enumerate((fs.Ohmic(charge=0.0, spin=0.0), open_)):
        one = fs.solve(fs.Stack(layers, {"A|B": law, "B|C": shut}, **given))
        for a, b in zip(many.fields.layers, one.fields.layers, strict=True):
            assert np.abs(a.mu[i] - b.mu).max() < 1e-14 and relative(a.J[i], b.J) < 1e-11


@pytest.mark.parametrize("thickness", [10e-9, 15e-9, 40e-9])
def test_a_partial_sink_holds_what_it_names(thickness):
    """Catches a held potential lost in rounding: a row of ones among rows of 1e15 S/m^2, coupled by 1 to 1e15."""
    n = fs.NormalMetal(name="N", conductivity=3e7, spin_diffusion_length=1e-9, spin_hall_angle=0.1)
    f = fs.Ferromagnet(
        name="F", conductivity=1e6, spin_diffusion_length=5e-9, exchange_length=1e-9, dephasing_length=1e-9
    )
    layers = [fs.Layer("F", f, 2e-9, (1, 2, 3)), fs.Layer("N", n, thickness)]
    for ends in ({"top": fs.Reservoir(components=("sx", "sz"))}, {"bottom": fs.Reservoir(components=("sx", "sz"))}):
        stack = fs.Stack(layers if "top" in ends else layers[::-1], electric_field=(1e5, 0, 0), **ends)
        solution = fs.solve(stack)
        assert deviation(solution, reference(stack)) < 1e-10
        side = (1, 1) if "top" in ends else (0, 0)
        assert np.all(solution.fields.layers[side[0]].mu[side[1], [1, 3]] == 0)


def test_a_weak_contact_beside_strong_spin_conductance_conducts():
    """Catches a charge conductance called zero because the spin conductance is 1e14 times larger."""
    metal = fs.NormalMetal(name="N", conductivity=5e6, spin_diffusion_length=2e-9)
    layers = [fs.Layer("A", metal, 5e-9), fs.Layer("B", metal, 5e-9)]
    ends = {"bottom": fs.Contact(voltage=1.0), "top": fs.Contact(voltage=0.0)}
    solution = fs.solve(fs.Stack(layers, {"A|B": fs.Ohmic(charge=1e6, spin=1e20)}, **ends))
    assert solution.resistance().area == pytest.approx(1e-6 + 2 * 5e-9 / 5e6, rel=1e-12)


def test_memory_loss_must_lose_across_m_what_it_loses_along():
    """Catches a negative damping: delta' below delta would make the exchange share of the loss negative."""
    with pytest.raises(fs.InputError, match=r"transverse_delta.*Re\(delta'\^2\) >= delta\^2"):
        fs.SpinMemoryLoss(resistance_area=1e-15, delta=1.0, transverse_delta=0.5)


def test_bad_requests_of_a_solve_are_refused():
    """Catches numpy's own errors: an order without elements, arrays that do not fit."""
    stack = fs.Stack([fs.Layer("N", normal(), 4e-9)], electric_field=(1e5, 0, 0))
    with pytest.raises(fs.InputError, match="order: got 3, allowed: 1"):
        fs.solve(stack, method="fem", order=3)
    name = stack.layers[0].material.name
    batch = fs.with_values(stack, {"layers.N.thickness": np.array([1e-9, 2e-9])})
    with pytest.raises(fs.InputError, match="'fem' solves one stack, not a batch"):
        fs.solve(batch, method="fem")
    with pytest.raises(fs.InputError, match="do not broadcast"):
        fs.solve_many(stack, {"layers.N.thickness": [1e-9, 2e-9], f"materials.{name}.conductivity": [1e6, 2e6, 3e6]})
    with pytest.raises(fs.InputError, match=r"boundaries\.top: got 'contact'"):
        fs.Stack(stack.layers, top="contact")


def test_a_partial_sink_under_a_tilted_magnet():
    """Catches the coupling of held to free components left out of what leaks: exchange turns one into the other."""
    f = magnet(spin_diffusion_length=5e-9, exchange_length=1e-9, dephasing_length=1e-9, spin_hall_conductivity=2e5)
    layers = [fs.Layer("F", f, 2e-9, (1, 2, 3)), fs.Layer("N", normal(), 4e-9)]
    stack = fs.Stack(layers, electric_field=(1e5, 4e4, 0), bottom=fs.Reservoir(components=("sx", "sz")))
    assert deviation(fs.solve(stack), reference(stack)) < 1e-10


def test_the_received_torque_is_all_that_m_takes_up():
    """Catches an interface torque left out: a mixing interface takes it all, and flux - received is spin flip alone."""
    f = magnet(spin_diffusion_length=5e-9, exchange_length=1e-9, dephasing_length=1e-9)
    n = normal(spin_hall_conductivity=3e5)
    law = fs.Mixing(up=6e14, down=3e14, mixing=9e14 + 1e14j, transmitted=2e14, ferromagnet_side_mixing=8e14)
    stack = fs.Stack(
        [fs.Layer("N", n, 4e-9), fs.Layer("F", f, 3e-9, (1, 2, 3))], {"N|F": law}, electric_field=(1e5, 0, 0)
    )
    solution = fs.solve(stack)
    torque, m = solution.torque("F"), np.asarray(stack.layers[1].magnetization)
    flip = solution.budget("F").spin_flip + solution.budget("F").orbital_exchange
    lost = flip - (flip @ m) * m
    assert np.abs(torque.flux - torque.received - lost).max() < 1e-12 * solution.largest
    assert np.abs(torque.interface).max() > 1e-3 * np.abs(torque.flux).max()
