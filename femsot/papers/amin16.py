"""Spin torque of heavy metal (thickness t) | ferromagnet with interfacial sources (Amin16 Eqs. 22-30).

Vectors (d, f) are written d + i f, so that the paper's matrices [[a, -b], [b, a]] are complex numbers a + i
b. The heavy metal is closed at z = -t, the law at z = 0- is j = G mu + j_E (Eq. 7) and j = -sigma dmu/dz +
j_sH inside (Eq. 20). The paper's (d, f, m) is left-handed: in docs/physics.md's basis (e1, e2, m) take the
conjugate.
"""

import numpy as np

from .hyperbolic import Array, ComplexValue, Value, sech


def scaled_conductance(mixing_conductance: ComplexValue, conductivity: Value, *, spin_diffusion_length: Value) -> Array:
    """Dimensionless G = G_mix l_sf/sigma (Amin16 Eqs. 24-25).

    `mixing_conductance` is that of docs/physics.md [S/m^2], twice the paper's G^(up,down): hence no 2 here.
    """
    return np.asarray(mixing_conductance * spin_diffusion_length / conductivity)


def interface_transmission(scaled: ComplexValue, thickness: Value) -> Array:
    """g = g1 + i g2 = T/(T + G), T = tanh(t/l_sf): weight of j_E (Amin16 Eqs. 26-27, corrected).

    misprints A6-A7: the matrix of Eq. 23 is antisymmetric, Eqs. 26-27 are printed for -G. `thickness` is t/l_sf,
    `scaled` is `scaled_conductance`. g -> 1 for G -> 0, g -> 0 for t -> 0.

    >>> complex(interface_transmission(1.0, float("inf")))
    (0.5+0j)
    """
    t = np.tanh(thickness)
    return np.asarray(t / (t + scaled))


def hall_transmission(scaled: ComplexValue, thickness: Value) -> Array:
    """h = (1 - g)(1 - sech(t/l_sf)): weight of j_sH,d (Amin16 Eqs. 23, 28, 29, corrected; docs/misprints.md A8).

    h -> 0 for G -> 0 and t -> 0, h -> 1 - sech(t/l_sf) for G -> infinity.
    """
    t = np.tanh(thickness)
    return np.asarray(scaled / (t + scaled) * (1 - sech(thickness)))


def interface_current(
    interface_source: ComplexValue, hall_source: ComplexValue, *, scaled: ComplexValue, thickness: Value
) -> Array:
    """Transverse spin current j(0-) = g j_E + h j_sH (Amin16 Eq. 22), in the unit of the sources.

    The paper's j_sH has only a d component; a complex `hall_source` is as good.
    """
    return (
        interface_transmission(scaled, thickness) * interface_source
        + hall_transmission(scaled, thickness) * hall_source
    )


def total_torque(
    interface_source: ComplexValue,
    hall_source: ComplexValue,
    *,
    lattice_torque: ComplexValue = 0.0,
    scaled: ComplexValue,
    thickness: Value,
) -> Array:
    """tau_tot = g j_E + h j_sH - tau_latt (Amin16 Eq. 30), in the unit of the sources."""
    current = interface_current(interface_source, hall_source, scaled=scaled, thickness=thickness)
    return current - lattice_torque
