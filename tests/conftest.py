"""What tests share: docs/physics.md sections 2 and 3 written out again with explicit vectors, stacks, examples.

Nothing here uses femsot's tensors: `reference` solves a stack by matrix exponentials (`stack_reference`), from the
numbers of its records alone.
"""

import importlib
from pathlib import Path

import numpy as np
import pytest
import stack_reference as ref
import stack_results
from explicit_tensors import AXES, ZERO, explicit_conductivity, explicit_relaxation, matrix_of, number

import femsot as fs

EXAMPLES = Path(__file__).parents[1] / "examples"

HBAR_OVER_2E = 6.62607015e-34 / (2 * np.pi) / (2 * 1.602176634e-19)


def across(c, m, v):
    """Re c times the part of v across m, plus Im c m x v."""
    return np.real(c) * (v - (m @ v) * m) + np.imag(c) * np.cross(m, v)


def unit(v):
    return np.asarray(v, dtype=float) / np.linalg.norm(v)


def split(mu):
    return mu[0], mu[1:4], mu[4:7]


def explicit_ohmic(x, m, mu):
    """Ning24 Eqs. 8-9."""

    def tensor(value):
        return value * AXES if np.ndim(value) == 0 else np.asarray(value)

    d_phi, d_s, d_o = split(mu[0] - mu[1])
    gs = tensor(number(x.spin, x.charge))
    go, gos = gs if x.orbital is None else tensor(x.orbital), tensor(x.orbit_to_spin)
    gso = gos.T if x.spin_to_orbit is None else tensor(x.spin_to_orbit)
    pg = x.polarization * x.charge
    m = np.zeros(3) if m is None else m
    j = np.r_[x.charge * d_phi - pg * (m @ d_s), gs @ d_s + gos @ d_o - pg * d_phi * m, go @ d_o + gso @ d_s]
    return j, j


def explicit_mixing(x, m, mu, *, w):
    """Currents from N into the interface, and on into F, at mu = (mu of N, mu of F)."""
    (phi_n, s_n, o_n), (phi_f, s_f, o_f) = map(split, mu)
    g, dg = x.up + x.down, x.up - x.down
    gos, gso = x.orbit_to_spin, number(x.spin_to_orbit, x.orbit_to_spin)
    d_phi, d_m, d_o = phi_n - phi_f, m @ (s_n - s_f), o_n - o_f
    along = (g * d_m - dg * d_phi) * m
    j_n = along + across(x.mixing, m, s_n + w) - across(x.transmitted, m, s_f + w) + gos * d_o
    j_f = along + across(x.transmitted, m, s_n + w) - across(x.ferromagnet_side_mixing, m, s_f + w)
    j_f = j_f + gos * (m @ d_o) * m
    charge, orbit = g * d_phi - dg * d_m, x.orbital * d_o + gso * (s_n + w - (m @ s_f) * m)
    return np.r_[charge, j_n, orbit], np.r_[charge, j_f, orbit]


def coth_pair(delta):
    """(delta coth delta, delta/sinh delta)."""
    return (1.0, 1.0) if delta == 0 else (delta / np.tanh(delta), delta / np.sinh(delta))


def explicit_memory_loss(x, m, mu, *, w):
    """Memory loss of docs/physics.md section 3; the precessing share of the transverse loss pumps."""
    (phi_0, s_0, o_0), (phi_1, s_1, o_1) = map(split, mu)
    ar, gamma = x.resistance_area, x.asymmetry
    g = 1 / (ar * (1 - gamma**2))
    (c, s), (c_o, s_o) = coth_pair(x.delta), coth_pair(x.orbital_delta)
    delta_t = number(x.transverse_delta, x.delta)
    (c_t, s_t), g_t = coth_pair(complex(delta_t)), number(x.transverse, g)
    share = 1 - x.delta**2 / delta_t**2 if delta_t else 0.0
    charge = g * (phi_0 - phi_1 - gamma * m @ (s_0 - s_1))
    common = (gamma**2 * g * m @ (s_0 - s_1) - gamma * g * (phi_0 - phi_1)) * m
    pumped = across(share * (c_t - s_t) * g_t, m, w)
    along = [common + (x0 * s_0 - x1 * s_1) @ m / ar * m for x0, x1 in ((c, s), (s, c))]
    low = along[0] + across(c_t * g_t, m, s_0) - across(s_t * g_t, m, s_1) + pumped
    high = along[1] + across(s_t * g_t, m, s_0) - across(c_t * g_t, m, s_1) - pumped
    orbit = x.orbital * (c_o * o_0 - s_o * o_1), x.orbital * (s_o * o_0 - c_o * o_1)
    return np.r_[charge, low, orbit[0]], np.r_[charge, high, orbit[1]]


def explicit_law(x, m, mu, *, side="above", w=ZERO):
    """(J^-, J^+) of a law record at mu = (mu^-, mu^+); the ferromagnet is on `side`."""
    if isinstance(x, fs.Ohmic):
        return explicit_ohmic(x, m, mu)
    if isinstance(x, fs.SpinMemoryLoss):
        return explicit_memory_loss(x, m, mu, w=w)
    if isinstance(x, fs.Insulating):
        return np.zeros(7), np.zeros(7)
    assert isinstance(x, fs.Mixing)
    if side == "above":
        return explicit_mixing(x, m, mu, w=w)
    j_n, j_f = explicit_mixing(x, m, mu[::-1], w=w)
    return -j_f, -j_n


def affine_law(x, m, *, side="above", w=ZERO):
    """(G (14, 14), j (14)) of `explicit_law`."""

    def currents(mu, w):
        return np.concatenate(explicit_law(x, m, mu.reshape(2, 7), side=side, w=w))

    return matrix_of(lambda mu: currents(mu, ZERO), 14), currents(np.zeros(14), w)


#: units of the reference solver: nm, 1e6 S/m, V
NM, SIGMA_UNIT, G_UNIT, J_UNIT = 1e-9, 1e6, 1e15, 1e15


def _reference_layer(stack, layer, closure):
    x, m = layer.material, AXES[2] if layer.magnetization is None else layer.magnetization
    c = explicit_conductivity(x, m, stack.orbital)
    r, r_ex = explicit_relaxation(x, m, closure=closure, orbital=stack.orbital)
    rate = stack.magnetization_rate.get(layer.name, np.zeros(3))
    w = np.r_[0.0, HBAR_OVER_2E * np.cross(m, rate), np.zeros(3)]
    czz = np.linalg.inv(c[:, 2, :, 2] / SIGMA_UNIT)
    driven = c[:, 2, 0, :] @ np.asarray(stack.electric_field, dtype=float) / J_UNIT
    a = np.block([[np.zeros((7, 7)), -czz], [-r * NM**2 / SIGMA_UNIT, np.zeros((7, 7))]])
    return a, np.r_[czz @ driven, -(r_ex @ w) * NM / J_UNIT], layer.thickness / NM


def _shift(j, sign):
    """A layer that adds sign * j to the currents."""
    return np.zeros((14, 14)), np.r_[np.zeros(7), sign * j], 1.0


def _end(boundary, *, orbital):
    """One end as (A_mu, A_J, b)."""
    a_mu, a_j, b = np.zeros((7, 7)), np.eye(7), np.zeros(7)
    if isinstance(boundary, fs.Injection):
        b[1:] = np.r_[boundary.spin_current, np.multiply(boundary.orbital_current, orbital)] / J_UNIT
    if isinstance(boundary, fs.Reservoir):
        held = np.array([name in boundary.components for name in ("phi", "sx", "sy", "sz", "ox", "oy", "oz")], float)
        a_mu, a_j = np.diag(held), np.diag(1 - held)
    if isinstance(boundary, fs.Contact):
        kinds = boundary.spin, number(boundary.orbital, boundary.spin)
        held = np.r_[0.0, np.repeat([float(kind == "sink") for kind in kinds], 3)]
        a_mu, a_j = np.diag(held), np.diag(1 - held)
        if boundary.voltage is not None:
            a_mu[0, 0], a_j[0, 0], b[0] = 1.0, 0.0, boundary.voltage
        else:
            b[0] = boundary.current_density / J_UNIT
    return a_mu, a_j, b


def _law(stack, i):
    """(14 x 14 or None, source (14)) of interface i in the units of the reference."""
    pair = stack.layers[i : i + 2]
    x = stack.interfaces.get(f"{pair[0].name}|{pair[1].name}")
    if x is None:
        return None, np.zeros(14)
    magnets = [layer for layer in pair if layer.magnetization is not None]
    side = getattr(x, "ferromagnet", None) or ("above" if pair[1].magnetization is not None else "below")
    owner = None
    if len(magnets) == 1:
        owner = magnets[0]
    elif len(magnets) == 2 and getattr(x, "ferromagnet", None):
        owner = pair[side == "above"]
    m = owner.magnetization if owner else AXES[2]
    m = m if x.magnetization is None else unit(x.magnetization)
    w = ZERO if owner is None else np.cross(owner.magnetization, stack.magnetization_rate.get(owner.name, ZERO))
    g, j = affine_law(x, m, side=side, w=HBAR_OVER_2E * w)
    return g / G_UNIT, j / J_UNIT


def reference(stack, closure="conserving"):
    """mu, J (layers, 2, 7) of a stack of metals, by `stack_reference.solve`; phi is 0 at the bottom unless held."""
    layers, laws, chosen = [], [], []
    for i, layer in enumerate(stack.layers):
        chosen.append(len(layers))
        layers.append(_reference_layer(stack, layer, closure))
        if i < len(stack.layers) - 1:
            law, j = _law(stack, i)
            layers += [] if law is None else [_shift(j[:7], -1), _shift(j[7:], 1)]
            laws += [None] if law is None else [None, law, None]
    ends = [_end(end, orbital=stack.orbital) for end in (stack.bottom, stack.top)]
    voltages = [getattr(end, "voltage", None) for end in (stack.bottom, stack.top)]
    if voltages == [None, None]:  # floating
        ends[0][0][0, 0], ends[0][1][0, 0], ends[0][2][0] = 1.0, 0.0, 0.0
    y = ref.solve(layers, laws, ends)[chosen]
    return y[..., :7], y[..., 7:] * J_UNIT


def relative(found, wanted):
    """Largest deviation over the largest wanted number; the deviation itself where all of them are zero."""
    return np.max(np.abs(np.asarray(found) - wanted)) / (np.max(np.abs(wanted)) or 1.0)


def random_normal(rng, name, *, orbital=True):
    """A normal metal with a spin Hall and an orbital Hall effect, spin and orbit exchanging moment."""
    sigma, lengths = rng.uniform(1e6, 6e6), rng.uniform(1.5e-9, 8e-9, 3)
    given = dict(
        conductivity=sigma,
        spin_conductivity=rng.uniform(0.6, 1.2) * sigma,
        spin_diffusion_length=lengths[0],
        spin_hall_conductivity=rng.uniform(-0.2, 0.2) * sigma,
    )
    if orbital:
        given |= dict(orbital_conductivity=rng.uniform(0.3, 1) * sigma, orbital_diffusion_length=lengths[1])
        given |= dict(orbital_hall_angle=rng.uniform(-0.4, 0.4), spin_orbit_length=2 * lengths[2])
    return fs.NormalMetal(name=name, **given)


def random_ferromagnet(rng, name, *, orbital=True):
    """A ferromagnet with every term of docs/physics.md section 2."""
    given = {
        f: v
        for f, v in vars(random_normal(rng, name, orbital=orbital)).items()
        if v is not None and not f.startswith("_")
    }
    given |= dict(
        polarization=rng.uniform(-0.5, 0.5),
        exchange_length=rng.uniform(0.4e-9, 1.2e-9),
        antiparallel_exchange=bool(rng.integers(2)),
        dephasing_length=rng.uniform(0.8e-9, 2e-9),
        anomalous_hall_conductivity=rng.uniform(-0.05, 0.05) * given["conductivity"],
        saturation_magnetization=1e6,
    )
    return fs.Ferromagnet(**given | (dict(orbit_to_spin=rng.uniform(-0.3, 0.3)) if orbital else {}))


def random_laws(rng, *, orbital=True):
    """Interfaces of the stack A|B|C|D|E with magnets B and D: every law, the ferromagnet on either side."""
    g = rng.uniform(3e14, 1e15, 8)
    orbit = dict(orbital=g[3], orbit_to_spin=0.1 * g[3]) if orbital else {}
    tensors = dict(orbital=g[3] * (AXES + 0.1), orbit_to_spin=0.1 * g[3] * rng.normal(size=(3, 3))) if orbital else {}
    mixing = dict(
        up=g[0], down=0.4 * g[0], mixing=complex(g[1], 0.3 * g[2]), ferromagnet_side_mixing=g[1] - 0.2j * g[2]
    )
    loss = dict(orbital=g[4], orbital_delta=0.3) if orbital else {}
    return {
        "A|B": fs.Ohmic(charge=g[5], polarization=0.35, spin=g[6], **tensors),
        "B|C": fs.Mixing(**mixing, **(orbit or dict(transmitted=complex(0.3 * g[1], -0.2 * g[1])))),
        "C|D": fs.Mixing(**mixing, **orbit),
        "D|E": fs.SpinMemoryLoss(
            resistance_area=1 / g[7], asymmetry=0.5, delta=0.4, transverse=g[6], transverse_delta=0.6 - 0.3j, **loss
        ),
    }


def five_layers(seed=0, *, orbital=True, jumps=True, **given):
    """N | F | N | F | N with random numbers, every law and a field at an angle; `given` are fields of the stack."""
    rng = np.random.default_rng(seed)
    one, two = (random_normal(rng, f"N{i}", orbital=orbital) for i in (1, 2))
    f, g = (random_ferromagnet(rng, f"F{i}", orbital=orbital) for i in (1, 2))
    d = rng.uniform(1.5e-9, 6e-9, 5)
    m = rng.normal(size=(2, 3))
    layers = [
        fs.Layer("A", one, d[0]),
        fs.Layer("B", f, d[1], m[0]),
        fs.Layer("C", two, d[2]),
        fs.Layer("D", g, d[3], m[1]),
        fs.Layer("E", one, d[4]),
    ]
    laws = random_laws(rng, orbital=orbital)
    if not orbital and isinstance(given.get("bottom"), fs.Injection):
        given["bottom"] = fs.Injection(spin_current=given["bottom"].spin_current)
    return fs.Stack(layers, laws if jumps else {}, **dict(electric_field=(1e5, 4e4, 0.0)) | given)


PUMPING = {"B": (2e11, -1e11, 5e10), "D": (-4e10, 1e11, 3e11)}
CPP = dict(bottom=fs.Contact(voltage=0.0), top=fs.Contact(voltage=-2e-3))


def pytest_configure(config):
    """Solvers are tested in layers of any thickness, and in films: who is warned is test_mean_free_path's matter.

    And test_config_device's, of films.
    """
    config.addinivalue_line("filterwarnings", "ignore:mesh. a film, plane:femsot.base.errors.PhysicsWarning")
    thin = r"ignore:(layers|regions)\..* is thinner than its mean free path:femsot.base.errors.PhysicsWarning"
    config.addinivalue_line("filterwarnings", thin)


@pytest.fixture(scope="module")
def example(request):
    """Imports an example by name and runs it once, with what the test module's REDUCED holds for it.

    As a user would, from the directory of the examples.
    """
    ran = {}

    def get(name):
        if name not in ran:
            module = importlib.import_module(name)
            ran[name] = module, module.run(**request.module.REDUCED.get(name, {}))
        return ran[name]

    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(EXAMPLES))
        yield get


# results of three stacks, as files of output have them


@pytest.fixture(name="orbital", scope="module")
def _orbital():
    return stack_results.orbital()


@pytest.fixture(name="insulating", scope="module")
def _insulating():
    return stack_results.insulating()


@pytest.fixture(name="valve", scope="module")
def _valve():
    return stack_results.valve()
