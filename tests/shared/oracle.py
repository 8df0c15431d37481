"""The independent oracle: docs/physics.md sections 2 and 3 written out again with explicit vectors.

Nothing here uses femsot's tensors: C, R and the interface laws are written from the numbers of the records alone, and
`reference` solves a stack with them by matrix exponentials (`stack_reference`).
"""

import numpy as np
import stack_reference as ref
from explicit_tensors import AXES, ZERO, explicit_conductivity, explicit_relaxation, matrix_of, number

import femsot as fs

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
    x, m = layer.material, layer.axis
    c = explicit_conductivity(x, m, stack.orbital, neel=layer.neel)
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
