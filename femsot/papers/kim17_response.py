"""Currents of an interface under bias, with Rashba spin-orbit coupling: Kim17's Appendices A, C; conventions: `kim17`.

Potentials [V] are those of electrons: Delta mu^N = mu_0 - sigma.s mu_s in N, s the *moment*'s direction, and along m in
F. Currents (..., 4) are (tr j, -tr sigma j) [A/m^2], j the charge current per spin: tr j is the conventional charge
current, the rest is the charge current of moments along x, y, z less that of the opposite moments. In docs/physics.md's
convention phi = -mu_0, mu_s = +s mu_s, J_c = tr j, J_s = +tr sigma j. Conductances [S/m^2] are without h_R or h_R^2.
Spin axes are (down, up); d, u in formulas. In-plane currents are those near the interface, without what decays or
oscillates within a wavelength; per mode, they must be integrated over a mean free path.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.constants import e, h, m_e

from femsot.base.quantities import Array

from .kim17 import DOWN, UP, Modes, Value, wavevector_squared


@dataclass(frozen=True, eq=False, kw_only=True)
class Bias:
    """Electron potentials on both sides [V]."""

    normal: Value = 0.0  #: mu_0^N
    normal_spin: Array | None = None  #: s mu_s^N (..., 3), along the moment
    ferromagnet: Value = 0.0  #: mu_0^F
    ferromagnet_spin: Value = 0.0  #: mu_s^F, along m


def conductance(modes: Modes) -> Array:
    """G^(s s') = (e^2/h) sum (1 - r^s r^s'*) (..., 2, 2): below Eq. A10, corrected (misprints A17). G^(u d): mixing."""
    summand = 1 - _outer(modes.r, np.conj(modes.r))
    return e**2 / h * _sum(modes, summand)


def perpendicular_current(modes: Modes, bias: Bias, *, m: Array) -> Array:
    """(tr j_z, -tr sigma j_z) (..., 4) from N to F at z = 0-, of circuit theory (h_R = 0): Eqs. A10."""
    m = np.asarray(m, dtype=float)
    G = conductance(modes)
    up = G[..., UP, UP].real
    down = G[..., DOWN, DOWN].real
    mixing = G[..., UP, DOWN]
    spin = _spin(bias)
    charge_bias = np.subtract(bias.ferromagnet, bias.normal)
    spin_bias = bias.ferromagnet_spin - _dot(spin, m)
    transverse = -2 * np.real(mixing[..., None] * _transverse(spin, m))
    charge = (up + down) * charge_bias + (up - down) * spin_bias
    along = (up - down) * charge_bias + (up + down) * spin_bias
    return _joined(charge, along[..., None] * m + transverse)


def rashba_reflection(modes: Modes) -> Array:
    """G_Rr^(s s' s'')/h_R = -(e^2/2h) sum k_perp^2/k_z^2 (1 + r^s)(1 + r^s') r^s''* (..., 2, 2, 2): Eq. A14a."""
    return _triple(modes, np.conj(modes.r)[..., None, None, :] * np.ones((2, 1)))


def rashba_transmission(modes: Modes) -> Array:
    """G_Rt^(s s' s'')/h_R = -(e^2/2h) sum k_perp^2/k_z^2 (1 + r^s) t'^s' t'^s''* (..., 2, 2, 2): Eq. A14b (t is t')."""
    passed = _outer(modes.tp, np.conj(modes.tp))
    summand = modes.p[..., :, None, None] * passed[..., None, :, :]
    return -(e**2) / (2 * h) * _sum(modes, _ratio(modes)[..., None, None, None] * summand)


def rashba_discontinuity(modes: Modes) -> Array:
    """G_RDelta^(s s')/h_R = -(e^2/2h) sum k_perp^2/k_z^2 (1 + r^s)(1 + r^s') (..., 2, 2): Eq. A16, extended.

    Where s is evanescent in F: -(1 + r^s)* (1 + r^s') instead, what N alone carries; not symmetric then. Printed is
    the case of all channels open (misprints A16). Electrons from F that N does not carry are reflected: no first order.
    """
    first = np.where(np.real(modes.wavevectors[..., 1, :]) > 0, modes.p, -np.conj(modes.p))
    return -(e**2) / (2 * h) * _sum(modes, _ratio(modes)[..., None, None] * _outer(first, modes.p))


def inplane_current(modes: Modes, bias: Bias, *, m: Array, along: Array) -> Array:
    """(tr j_u, -tr sigma j_u)/h_R (..., 4) in N at the interface, u = `along` in the plane: Eqs. A13, corrected.

    With w = u x z and a = m x (s x m) + i s x m, times mu_s^N; 2 Re of
    tr j: -(w.m/2i) [(Gt^uuu - Gt^ddd)(mu_0^F - mu_0^N) + (Gt^uuu + Gt^ddd)(mu_s^F - m.s mu_s^N)]
          -(w.a/2i) (Gr^udd - Gr^udu*)
    -tr sigma j: the same with m and signs exchanged, and what turns w and a (misprints A14, A15).
    """
    r = rashba_reflection(modes)
    t = rashba_transmission(modes)
    m = np.asarray(m, dtype=float)
    w = _side(along)
    spin = _spin(bias)
    a = _transverse(spin, m)
    wm = _dot(w, m)
    charge_bias = np.subtract(bias.ferromagnet, bias.normal)
    spin_bias = bias.ferromagnet_spin - _dot(spin, m)
    plus = _pair(t, "uuu") + _pair(t, "ddd")
    minus = _pair(t, "uuu") - _pair(t, "ddd")
    even = minus * charge_bias + plus * spin_bias
    odd = plus * charge_bias + minus * spin_bias
    direct = _pair(r, "udd") - np.conj(_pair(r, "udu"))
    crossed = _pair(r, "udd") + np.conj(_pair(r, "udu"))
    charge = -(wm * even + _dot(a, w) * direct) / 2j
    along_m = -(wm * odd - _dot(a, w) * crossed) / 2j
    turned = -_turning(r, t, bias, along=_dot(spin, m))[..., None] * _transverse(w, m) / 2j
    carried = -(wm * (_pair(r, "uud") + np.conj(_pair(r, "ddu"))))[..., None] * a / 2j
    return 2 * np.real(_joined(charge, along_m[..., None] * m + turned + carried))


def _turning(r: Array, t: Array, bias: Bias, *, along: Array) -> Array:
    """The bracket of the second line of A13b: what of w is transverse to m."""

    def both(g: Array, sign: float) -> Array:
        return _pair(g, "udd") + sign * np.conj(_pair(g, "duu"))

    from_f = both(t, -1) * bias.ferromagnet - both(t, 1) * bias.ferromagnet_spin
    return np.asarray(from_f + both(r, -1) * bias.normal - along * both(r, 1))


def inplane_discontinuity(modes: Modes, bias: Bias, *, m: Array, along: Array) -> Array:
    """(tr, -tr sigma) of j_u(0+) - diag j_u(0-), over h_R (..., 4): Eqs. A15; the spin part is along m.

    Per spin: 2 Re (1/2i) {+-w.m GD^ss (mu^F_s - mu^N_s) - GD^ss' [w.a]*}, + and * for u, - and no * for d.
    """
    m = np.asarray(m, dtype=float)
    w = _side(along)
    spin = _spin(bias)
    wm = _dot(w, m)
    turn = _dot(_transverse(spin, m), w)
    G = rashba_discontinuity(modes)
    charge_bias = np.subtract(bias.ferromagnet, bias.normal)
    spin_bias = bias.ferromagnet_spin - _dot(spin, m)
    up = wm * G[..., UP, UP] * (charge_bias + spin_bias) - G[..., UP, DOWN] * np.conj(turn)
    down = -wm * G[..., DOWN, DOWN] * (charge_bias - spin_bias) - G[..., DOWN, UP] * turn
    return 2 * np.real(_joined((up + down) / 2j, ((up - down) / 2j)[..., None] * m))


def spin_memory_loss(modes: Modes) -> Array:
    """The h_R^2 term of I [side, spin] over mu [side, spin] (..., 2, 2, 2, 2) for m = z: Eq. A18, corrected.

    I_s = tr[(1 -+ sigma_z)/2 j_z] at 0- (N) and 0+ (F) from N to F, mu_u, mu_d = mu_0 +- mu_s. I_s(0-) per (e^2/4h)
    sum k_perp^2/k_z^2, with p = 1 + r and s' opposite to s (misprints A13):
    mu_s^N: -2 Re p_s^2 p_s' r_s*; mu_s'^N: |p_s|^2 |p_s'|^2; mu_s^F: -2 |t'_s|^2 Re p_s p_s'; mu_s'^F: |p_s t'_s'|^2.
    I_s(0+): mu_s^N: 2 |t'_s|^2 Re p_s p_s'; mu_s'^N: -|t'_s p_s'|^2; mu_s'^F: -|t'_s t'_s'|^2; mu_s^F: what conserves
    charge.
    """
    p = modes.p
    r = modes.r
    passed = np.abs(modes.tp) ** 2
    p_opposite = p[..., ::-1]
    x = _ratio(modes)[..., None]
    grazing = (modes.k_perp2 / np.where(modes.kz == 0, 1.0, np.abs(modes.kz) ** 2))[..., None]
    flips = {
        (0, 0): x * np.abs(p * p_opposite) ** 2,
        (0, 1): x * np.abs(p) ** 2 * passed[..., ::-1],
        (1, 0): x * passed * np.abs(p_opposite) ** 2,
        (1, 1): grazing * passed * passed[..., ::-1],
    }
    keeps = {
        (0, 0): -2 * x * np.real(p**2 * p_opposite * np.conj(r)),
        (0, 1): -2 * x * passed * np.real(p * p_opposite),
    }
    keeps[1, 0] = keeps[0, 1]
    keeps[1, 1] = -keeps[0, 1] - (flips[0, 1] + flips[1, 1])[..., ::-1]
    total = np.zeros((*modes.weight.shape[:-1], 2, 2, 2, 2))
    for (out, into), flip in flips.items():
        sign = 1 if out == 0 else -1
        for s in (DOWN, UP):
            total[..., out, s, into, 1 - s] = sign * modes.sum(flip[..., s])
            total[..., out, s, into, s] = sign * modes.sum(keeps[out, into][..., s])
    return e**2 / (4 * h) * total


def average_squared(a: Array, m: Array) -> tuple[Array, Array]:
    """<n.sigma A n.sigma> = scalar + vector.sigma over azimuths, n = khat x z, A = diag(a) (2,) along m: Eq. A17.

    Any m: mean(a) - (a_d - a_u)/2 m_z z. For m = z the two are exchanged, as printed.
    """
    mean = np.mean(a, axis=-1)
    half = (a[..., 0] - a[..., 1]) / 2
    return mean, -half[..., None] * np.asarray(m) * [0.0, 0.0, 1.0]


def average_squared_along_x(a: Array, m: Array) -> tuple[Array, Array]:
    """<khat_x^2 n.sigma A n.sigma> = scalar + vector.sigma over azimuths: Eq. A20, corrected, in the laboratory frame.

    mean(a)/2 and (a_d - a_u)/8 [(m_x, 3 m_y, 0) - 2 m]. Along m: (a_d - a_u)(m_x^2 + 3 m_y^2)/8 beside the exchange of
    a_d and a_u, printed with the other sign (misprints A19).
    """
    mean = np.mean(a, axis=-1)
    half = (a[..., 0] - a[..., 1]) / 2
    return mean / 2, half[..., None] * np.asarray(m) * ([0.25 - 0.5, 0.75 - 0.5, -0.5])


def inplane_conductivity(modes: Modes) -> Array:
    """(conventional, isotropic/h_R^2, anisotropic/h_R^2) (..., 3) of j_x in N at the interface: Eqs. A21, corrected.

    tr j_x/(E tau) = conventional + h_R^2 [isotropic + anisotropic (m_x^2 + 3 m_y^2)] [S/(m s)], with p = 1 + r,
    e^2/(4 pi m) sum k_perp^2/k_z sum_s (1 + |r_s|^2),
    e^2/(8 pi m) sum k_perp^4/k_z^3 Re p_u p_d (p_u* p_d* - p_u r_u* - p_d r_d*),
    e^2/(64 pi m) sum k_perp^4/k_z^3 Re [(|p_u|^2 - |p_d|^2)^2 - 2 (p_u - p_d)(p_u^2 r_u* - p_d^2 r_d*)].
    The drift is that of charge -e: printed with the opposite sign (misprints A18-A21).
    """
    k2 = modes.k_perp2
    kz = np.where(modes.passing, modes.kz.real, 1.0)
    (rd, ru), (pd, pu) = (np.moveaxis(v, -1, 0) for v in (modes.r, modes.p))
    plain = k2 / kz * (2 + np.abs(ru) ** 2 + np.abs(rd) ** 2)
    isotropic = np.real(pu * pd * (np.conj(pu * pd) - pu * np.conj(ru) - pd * np.conj(rd)))
    mixed = (pu - pd) * (pu**2 * np.conj(ru) - pd**2 * np.conj(rd))
    anisotropic = (np.abs(pu) ** 2 - np.abs(pd) ** 2) ** 2 - 2 * np.real(mixed)
    terms = [plain / 4, k2**2 / kz**3 * isotropic / 8, k2**2 / kz**3 * anisotropic / 64]
    return e**2 / (np.pi * m_e) * np.stack([modes.sum(term, over=modes.passing) for term in terms], axis=-1)


def real_anisotropy(up: Array, down: Array) -> Array:
    """(r_u - r_d)^2 (2 - r_u^2 - r_d^2) >= 0: A21d's bracket for real r (Eq. A22), all channels propagating."""
    return np.asarray((up - down) ** 2 * (2 - up**2 - down**2))


def bound_state_decays(strength: Value, exchange: Value) -> Array:
    """(q_1, q_2) (..., 2) on both sides of -h_R k_perp delta(z) and a step J: Eqs. C2-C4, corrected [1/m].

    `strength` is h_R k_perp [1/m]; 2 q = h_R k_perp -+ 2mJ/(hbar^2 h_R k_perp). Bound where both are positive:
    `strength` beyond (2mJ)^1/2/hbar (Eq. C5), (0.195 nm)^-1 at 1 eV (misprints A22).
    """
    difference = wavevector_squared(exchange) / np.asarray(strength)
    return np.stack(np.broadcast_arrays(strength - difference, strength + difference), axis=-1) / 2


def _side(along: Array) -> Array:
    """w = u x z."""
    return np.cross(np.asarray(along, dtype=float), [0.0, 0.0, 1.0])


def _spin(bias: Bias) -> Array:
    return np.zeros(3) if bias.normal_spin is None else np.asarray(bias.normal_spin, dtype=float)


def _dot(a: Array, b: Array) -> Array:
    return np.asarray(np.sum(a * b, axis=-1))


def _transverse(v: Array, m: Array) -> Array:
    """m x (v x m) + i v x m."""
    turned = np.cross(v, m)
    return np.cross(m, turned) + 1j * turned


def _pair(g: Array, names: str) -> Array:
    """g^(s s' s'') of three letters d, u."""
    first, second, third = (UP if name == "u" else DOWN for name in names)
    return g[..., first, second, third]


def _ratio(modes: Modes) -> Array:
    """k_perp^2/k_z^2 = E_perp/(E_F - E_perp), zero where N is evanescent."""
    return np.where(modes.passing, modes.k_perp2, 0.0) / np.where(modes.passing, modes.kz.real**2, 1.0)


def _outer(a: Array, b: Array) -> Array:
    return a[..., :, None] * b[..., None, :]


def _triple(modes: Modes, last: Array) -> Array:
    summand = _outer(modes.p, modes.p)[..., None] * last
    return -(e**2) / (2 * h) * _sum(modes, _ratio(modes)[..., None, None, None] * summand)


def _sum(modes: Modes, summand: Array) -> Array:
    """Over the modes that N carries."""
    return modes.sum(summand, over=modes.passing)


def _joined(charge: Array, spin: Array) -> Array:
    charge = np.asarray(charge)
    shape = np.broadcast_shapes(charge.shape, spin.shape[:-1])
    return np.concatenate([np.broadcast_to(charge, shape)[..., None], np.broadcast_to(spin, (*shape, 3))], axis=-1)
