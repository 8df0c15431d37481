"""Scattering off an insulator: no channel is open on one side, and rounding may not make one."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import femsot as fs

PT = fs.NormalMetal(name="Pt", conductivity=5e6, spin_diffusion_length=1.5e-9, spin_hall_angle=0.1)
YIG = fs.Insulator(name="YIG", saturation_magnetization=1.4e5)
CO = fs.Ferromagnet(name="Co", conductivity=5e6, spin_diffusion_length=38e-9, polarization=0.4, dephasing_length=3e-9)
TI = fs.Insulator(name="TI")
#: Kim, Lee, Lee and Stiles, Phys. Rev. B 96, 104412 (2017), section V.C: a ferromagnetic insulator on a metal
GAP = {"fermi_energy": 1, "potential_step": 3, "exchange_splitting": 2.4, "rashba": 0.005}
M = np.array([0.3, 0.2, 0.9])
MIRROR = np.diag([-1.0, -1.0, 1.0])


def stack(metal, insulator, law, *, flipped=False, m=M):
    magnet = metal if metal.magnetic else insulator
    layers = [fs.Layer(x.name, x, 5e-9, m if x is magnet else None) for x in (metal, insulator)]
    layers = layers[::-1] if flipped else layers
    name = "|".join(layer.name for layer in layers)
    return fs.Stack(layers, {name: law}, electric_field=(1e5, 3e4, 0))


@pytest.mark.filterwarnings("ignore::femsot.PhysicsWarning")
@pytest.mark.parametrize(("metal", "insulator", "split"), [(PT, YIG, 2.4), (CO, TI, 0.4)])
def test_an_insulator_stands_either_way_up(metal, insulator, split):
    """2e-17 of rounding was a charge that flows into the insulator; the mirror image has the mirrored answer."""
    numbers = GAP | {"exchange_splitting": split}
    law = fs.Scattering(**numbers, relaxation_time=(1e-14, 0))
    # energies count from the band bottom below, of the insulator 3 eV up
    turned = {"fermi_energy": -2, "potential_step": -3, "rashba": -0.005, "relaxation_time": (0, 1e-14)}
    below = fs.Scattering(**numbers | turned)
    solution = fs.solve(stack(metal, insulator, law))
    mirrored = fs.solve(stack(metal, insulator, below, flipped=True, m=MIRROR @ M))
    magnet = metal.name if metal.magnetic else insulator.name
    torque = solution.torque(magnet).received
    assert np.linalg.norm(torque) > 1e5
    assert_allclose(mirrored.torque(magnet).received, MIRROR @ torque, rtol=1e-6, atol=1e-7 * np.linalg.norm(torque))
    through = solution.stack.maps[0]
    assert not np.any(through.conductance[:, 0]) and not np.any(through.conductance[..., 0])
    assert not np.any(through.conductance[1]) and not np.any(through.torque_mu[..., 0])


def test_a_band_in_the_gap_is_refused():
    """An insulator whose band is filled, or a metal without one, gave a torque of nothing."""
    law = fs.Scattering(**GAP | {"potential_step": 2.0})
    with pytest.raises(
        fs.InputError, match=r"Pt\|YIG\.potential_step: its Fermi energy lies in a band of the insulator"
    ):
        stack(PT, YIG, law)
    with pytest.raises(fs.InputError, match=r"YIG\|Pt\.fermi_energy: lies below every band of the metal 'Pt' above"):
        stack(PT, YIG, fs.Scattering(**GAP), flipped=True)
