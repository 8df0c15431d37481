"""Perpendicular resistance of a collinear symmetric spin valve F | N | F, times area [Ohm m^2].

Sources: Valet, Fert, PRB 48, 7099 (1993); Fert, Jaffres, PRB 64, 184420 (2001). Interfaces follow the
SpinMemoryLoss law of docs/physics.md section 3, AR* = r_b*. Mirror symmetry closes the middle of N with mu_s = 0
(parallel) or J_s = 0 (antiparallel), so half a valve at unit current is enough.
"""

from dataclasses import dataclass

import numpy as np

from .hyperbolic import Array, Value, sech, tanh_over

BOUNDARIES = ("sink", "blocked")


@dataclass(frozen=True, eq=False)
class ValveLayer:
    """A layer of a spin valve, SI units; fields broadcast."""

    thickness: Value  #: d [m]
    conductivity: Value  #: sigma = 1/[rho* (1 - P^2)] [S/m], both spins; sigma_s = sigma
    spin_diffusion_length: Value  #: lambda_sf [m]
    polarization: Value = 0.0  #: P = beta of Valet and Fert


@dataclass(frozen=True, eq=False)
class ValveInterface:
    """The two F | N interfaces of a spin valve; fields broadcast."""

    resistance: Value = 0.0  #: AR* = r_b* [Ohm m^2]; AR = AR* (1 - gamma^2)
    asymmetry: Value = 0.0  #: gamma
    memory_loss: Value = 0.0  #: delta, 0 unless AR* > 0

    def __post_init__(self) -> None:
        if np.any((np.asarray(self.resistance) == 0) & (np.asarray(self.memory_loss) != 0)):
            raise ValueError("valve interface: memory_loss needs resistance > 0; got resistance = 0")


def spin_resistance(layer: ValveLayer) -> Array:
    """r = lambda_sf/[sigma (1 - P^2)] [Ohm m^2]."""
    unpolarized = 1 - np.asarray(layer.polarization) ** 2
    return np.asarray(layer.spin_diffusion_length / (layer.conductivity * unpolarized))


def valve_resistance(
    ferromagnet: ValveLayer,
    normal: ValveLayer,
    *,
    interface: ValveInterface,
    antiparallel: bool = False,
    boundary: str = "sink",
) -> Array:
    """AR of F | N | F between its outer faces [Ohm m^2], exact for every thickness, gamma and delta.

    `boundary` is the outer spin condition, "sink" (mu_s = 0) or "blocked" (J_s = 0); contacts add no
    resistance.
    """
    outer, draw, start, passed = _outer_layer(ferromagnet, boundary)
    a, b = _middle(normal, antiparallel)
    gamma = np.asarray(interface.asymmetry)
    delta = np.asarray(interface.memory_loss)
    r = np.asarray(interface.resistance, dtype=float)
    series = r * tanh_over(delta)
    loss = delta * np.tanh(delta) / np.where(r == 0, 1.0, r)
    source = (b + a * series) * (gamma - outer) - gamma * b * sech(delta)
    mu_f = source / ((b + a * series) * draw + b * loss + a)
    mu_n = b * (mu_f * sech(delta) - series * gamma) / (b + a * series)
    spin = gamma * (mu_f - mu_n) - ferromagnet.polarization * (mu_f - start - passed * mu_f)
    return np.asarray(2 * (_half_ohmic(ferromagnet, normal, interface) + spin))


def _half_ohmic(ferromagnet: ValveLayer, normal: ValveLayer, interface: ValveInterface) -> Array:
    """Charge resistance of half a valve without spin accumulation [Ohm m^2]."""
    barrier = interface.resistance * (1 - np.asarray(interface.asymmetry) ** 2)
    outside = np.divide(ferromagnet.thickness, ferromagnet.conductivity)
    return outside + barrier + np.divide(normal.thickness, normal.conductivity) / 2


def _outer_layer(layer: ValveLayer, boundary: str) -> tuple[Array, Array, Array, Array]:
    """P', Y, mu_0, c of F at unit current: J_s = - P' - Y mu at the interface, mu_0 + c mu at the outer face.

    Y [S/m^2], mu_0 [Ohm m^2].
    """
    if boundary not in BOUNDARIES:
        raise ValueError(f"boundary: unknown {boundary!r}; known: {', '.join(BOUNDARIES)}")
    r = spin_resistance(layer)
    p = np.asarray(layer.polarization)
    x = np.divide(layer.thickness, layer.spin_diffusion_length)
    if boundary == "sink":
        return p, 1 / (r * np.tanh(x)), np.zeros_like(p), np.zeros_like(p)
    return p * (1 - sech(x)), np.tanh(x) / r, p * r * np.tanh(x), sech(x)


def _middle(layer: ValveLayer, antiparallel: bool) -> tuple[Array, Array]:
    """a, b with J_s/mu_s = a/b [S/m^2] looking into half of N: closed by mu_s = 0 (P) or J_s = 0 (AP)."""
    r = spin_resistance(layer)
    t = np.tanh(np.divide(layer.thickness, 2 * np.asarray(layer.spin_diffusion_length)))
    return (t, r) if antiparallel else (np.ones_like(t), r * t)


def thick_valve_resistance(
    ferromagnet: ValveLayer, normal: ValveLayer, *, interface: ValveInterface, antiparallel: bool = False
) -> Array:
    """AR of F | N | F with d_F >> lambda_sf^F and no memory loss [Ohm m^2] (Valet, Fert 1993).

    AR = 2 {d_F/sigma_F + d_N/2 sigma_N + r_b (1 - gamma^2) + P^2 r_F + gamma^2 r_b - (P r_F + gamma
    r_b)^2/(r_F + r_b + Z)}, Z = r_N tanh(d_N/2 lambda_N) parallel, r_N coth(d_N/2 lambda_N) antiparallel.
    Beside the Ohmic part of F, N and the interfaces the rest is the spin-coupled resistance; d_F enters the
    Ohmic part only.
    """
    rf = spin_resistance(ferromagnet)
    rb = interface.resistance
    p = ferromagnet.polarization
    gamma = interface.asymmetry
    a, b = _middle(normal, antiparallel)
    spin = p**2 * rf + gamma**2 * rb - (p * rf + gamma * rb) ** 2 * a / (a * (rf + rb) + b)
    return 2 * (_half_ohmic(ferromagnet, normal, interface) + spin)


def thick_valve_magnetoresistance(ferromagnet: ValveLayer, normal: ValveLayer, *, interface: ValveInterface) -> Array:
    """A(R_AP - R_P) for d_F >> lambda_sf^F, no memory loss [Ohm m^2] (Fert, Jaffres 2001).

    2 (P r_F + gamma r_b)^2/{(r_b + r_F) cosh x + (r_N/2)[1 + ((r_b + r_F)/r_N)^2] sinh x}, x = d_N/lambda_N.
    """
    rf = spin_resistance(ferromagnet)
    rn = spin_resistance(normal)
    rb = interface.resistance
    x = np.divide(normal.thickness, normal.spin_diffusion_length)
    side = rb + rf
    source = ferromagnet.polarization * rf + interface.asymmetry * rb
    width = side + rn / 2 * (1 + (side / rn) ** 2) * np.tanh(x)
    return 2 * source**2 * sech(x) / width
