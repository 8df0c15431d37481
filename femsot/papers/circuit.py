"""Perpendicular transport of a spin valve against the angle of its magnetizations.

Source: circuit theory, Brataas, Bauer, Kelly, Phys. Rep. 427, 157 (2006).
"""

import numpy as np

from .hyperbolic import Array, ComplexValue, Value
from .valet_fert import ValveInterface, ValveLayer, spin_resistance


def node_valve_conductance(
    angle: Value, conductance: Value, *, polarization: Value, mixing_conductance: ComplexValue
) -> Array:
    """I/(A V) of reservoir | mixing | N | mixing | reservoir, N without resistance or spin flip [S/m^2].

    (G/2)[1 - P^2 t^2/(t^2 + alpha)], t = tan(theta/2), alpha = |eta|^2/Re eta, eta = (G_r + i G_i)/G; one
    interface has G = G_up + G_dn, P = (G_up - G_dn)/G and G_r + i G_i = 2 G_mix of Brataas [S/m^2]. `angle`
    is theta [rad].
    """
    sine = np.sin(np.divide(angle, 2)) ** 2
    cosine = np.cos(np.divide(angle, 2)) ** 2
    eta = np.divide(mixing_conductance, conductance)
    alpha = np.abs(eta) ** 2 / np.real(eta)
    return np.asarray(conductance / 2 * (1 - polarization**2 * sine / (sine + alpha * cosine)))


def thin_spacer_magnetoresistance(
    angle: Value, ferromagnet: ValveLayer, *, interface: ValveInterface, mixing_conductance: ComplexValue
) -> Array:
    """A[R(theta) - R(0)] of F | N | F for d_N -> 0, d_F >> lambda_sf^F [Ohm m^2] (docs/misprints.md section 4).

    2 p^2 (1 - c)/[g_L (1 - c) + g_T (1 + c)], c = cos theta, g_L = 1/(r_b + r_F), p = (P r_F + gamma r_b)
    g_L, g_T = |G_mix|^2/Re G_mix, with G_mix of one interface and its F, e.g. from
    `mixing.mixing_conductance`.
    """
    longitudinal = 1 / (interface.resistance + spin_resistance(ferromagnet))
    source = ferromagnet.polarization * spin_resistance(ferromagnet) + interface.asymmetry * interface.resistance
    transverse = np.abs(mixing_conductance) ** 2 / np.real(mixing_conductance)
    c = np.cos(angle)
    return np.asarray(2 * (source * longitudinal) ** 2 * (1 - c) / (longitudinal * (1 - c) + transverse * (1 + c)))
