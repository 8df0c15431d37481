"""Solved stacks, as the dict of their result.json."""

from functools import cache

from femsot import Contact, Ferromagnet, Insulator, Layer, Mixing, NormalMetal, Ohmic, SpinMemoryLoss, Stack, solve

LENGTHS = {"spin_diffusion_length": 3e-9, "orbital_conductivity": 1e6, "orbital_diffusion_length": 5e-9}
TI = NormalMetal(name="Ti", conductivity=1e6, orbital_hall_conductivity=1e6, spin_orbit_length=10e-9, **LENGTHS)
MAGNET = {"polarization": 0.4, "exchange_length": 0.5e-9, "dephasing_length": 1e-9, "orbit_to_spin": 0.5}
NI = Ferromagnet(name="Ni", conductivity=1e6, saturation_magnetization=0.5e6, **LENGTHS, **MAGNET)
PT = NormalMetal(name="Pt", conductivity=5e6, spin_diffusion_length=1.4e-9, spin_hall_angle=0.1)


@cache
def orbital():
    """Ti/Ni under an in-plane field, with a jump at the interface and an oblique m."""
    layers = [Layer("Ti", TI, 5e-9), Layer("Ni", NI, 4e-9, (1, 0.3, 0.5))]
    stack = Stack(layers, {"Ti|Ni": Ohmic(charge=1e15)}, electric_field=(1e5, 0, 0), title="orbital torque [Ti/Ni]")
    return solve(stack).to_dict()


@cache
def insulating():
    """Two insulators, one of them a magnet, and a metal between them."""
    yig = Insulator(name="YIG", saturation_magnetization=1.4e5)
    layers = [Layer("YIG", yig, 20e-9, (1, 0, 0)), Layer("Pt", PT, 5e-9), Layer("MgO", Insulator(name="MgO"), 2e-9)]
    return solve(Stack(layers, {"YIG|Pt": Mixing(mixing=1e14 + 1e13j)}, electric_field=(1e5, 0, 0))).to_dict()


@cache
def valve():
    """A current perpendicular to the plane: charge profiles, no reference direction, a resistance."""
    co = {"conductivity": 7e6, "spin_diffusion_length": 38e-9, "polarization": 0.46, "exchange_length": 1e-9}
    layers = [
        Layer("fixed", Ferromagnet(name="Co", **co), 20e-9, (0, 0, 1)),
        Layer("spacer", NormalMetal(name="Cu", conductivity=5e7, spin_diffusion_length=2e-7), 5e-9),
        Layer("free", Ferromagnet(name="Co2", dephasing_length=0.8e-9, **co), 3e-9, (1, 0, 0)),
    ]
    ends = {"bottom": Contact(current_density=1e11), "top": Contact(voltage=0.0)}
    return solve(Stack(layers, {"spacer|free": Mixing(up=1e15, down=3e14, mixing=5e14)}, **ends)).to_dict()


@cache
def film():
    """Nothing but a metal."""
    return solve(Stack([Layer("Pt", PT, 5e-9)], electric_field=(1e5, 0, 0), title="a film [Pt]")).to_dict()


@cache
def lossy():
    """Two layers whose interface loses spin to the lattice: every term of the budget but the orbital one."""
    law = SpinMemoryLoss(resistance_area=1e-15, asymmetry=0.3, delta=0.5, transverse=1e15, transverse_delta=0.8)
    metals = {"conductivity": 7e6, "spin_diffusion_length": 38e-9, "polarization": 0.46, "exchange_length": 1e-9}
    layers = [Layer("Pt", PT, 5e-9), Layer("Co", Ferromagnet(name="Co", **metals), 3e-9, (0, 0.3, 1))]
    return solve(Stack(layers, {"Pt|Co": law}, electric_field=(1e5, 0, 0))).to_dict()
