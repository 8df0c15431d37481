"""The file of a stack Ti|Ni, and the torque of its closed form."""

from femsot.papers import ning24, transverse

STACK = """
title = "orbital torque in Ti/Ni"
[materials.Ti]
kind = "normal"
conductivity = "1e6 S/m"
spin_diffusion_length = "3 nm"
orbital_conductivity = "1e6 S/m"
orbital_diffusion_length = "5 nm"
orbital_hall_conductivity = "1e6 S/m"
[materials.Ni]
kind = "ferromagnet"
conductivity = "1e6 S/m"
spin_diffusion_length = "3 nm"
orbital_conductivity = "1e6 S/m"
orbital_diffusion_length = "5 nm"
exchange_length = "0.5 nm"
dephasing_length = "1 nm"
orbit_to_spin = 0.5
saturation_magnetization = "0.5 MA/m"
[[layers]]
name = "Ti"
material = "Ti"
thickness = "5 nm"
[[layers]]
name = "Ni"
material = "Ni"
thickness = "5 nm"
magnetization = [0, 0, 1]
[interfaces."Ti|Ni"]
law = "ohmic"
charge = "1e15 S/m^2"
[drive]
electric_field = ["1e5 V/m", "0 V/m", "0 V/m"]
[sweep]
"layers.Ni.thickness" = { from = "1 nm", to = "10 nm", points = 4 }
[output]
profiles = "csv"
vtu = true
"""


def expected() -> complex:
    """tau_DL + i tau_FL of STACK over sigma_OH E, by the closed form."""
    normal = ning24.NormalLayer(5e-9, 1e6, 3e-9, 1e6, 5e-9)
    k = transverse.transverse_wavevector(3e-9, 0.5e-9, dephasing_length=1e-9)
    ferromagnet = ning24.FerromagnetLayer(5e-9, 1e6, k, 1e6, 5e-9, orbit_to_spin=0.5, spin_to_orbit=0.5)
    interface = ning24.ohmic_matrix(1e15, 1e15)
    currents = ning24.bilayer_currents(normal, ferromagnet, hall=(0.0, 1.0), interface=interface)
    return complex(currents[0])
