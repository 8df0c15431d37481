"""What tests of devices share: stacks, the laterally uniform devices that are the same, and errors between the two."""

import numpy as np
from oracle import unit

import femsot as fs
from femsot.model.device import Device, Region, Terminal
from femsot.model.mesh import Level, Mesh, grid, layered

NM = 1e-9
KINDS = ("triangle", "quad", "tetra", "hexahedron")
M = unit([0.3, 0.5, 0.8])
N = fs.NormalMetal(
    name="N",
    conductivity=1e6,
    spin_diffusion_length=3 * NM,
    spin_hall_angle=0.1,
    orbital_conductivity=1e6,
    orbital_diffusion_length=5 * NM,
    orbital_hall_conductivity=1e6,
)
F = fs.Ferromagnet(
    name="F",
    conductivity=2e6,
    polarization=0.4,
    spin_diffusion_length=3 * NM,
    orbital_conductivity=1e6,
    orbital_diffusion_length=5 * NM,
    orbit_to_spin=0.5,
    exchange_length=1.5 * NM,
    dephasing_length=2 * NM,
    anomalous_hall_conductivity=1e5,
    spin_hall_angle=-0.05,
    saturation_magnetization=5e5,
)
#: without an orbital channel
NS = fs.NormalMetal(name="NS", conductivity=1e6, spin_diffusion_length=3 * NM, spin_hall_angle=0.1)
FS = fs.Ferromagnet(
    name="FS",
    conductivity=2e6,
    polarization=0.4,
    spin_diffusion_length=3 * NM,
    exchange_length=1.5 * NM,
    dephasing_length=2 * NM,
    anomalous_hall_conductivity=1e5,
)
YIG = fs.Insulator(name="YIG", saturation_magnetization=1.4e5)
MIXING = fs.Mixing(up=6e14, down=3e14, mixing=5e14 + 1e14j, orbital=4e14, orbit_to_spin=1e14)


def matrix():
    """A user's matrix with currents and torques of an in-plane field: no symmetry that hides an axis."""
    rng, law = np.random.default_rng(3), MIXING.map(None, M)
    j = 1e4 * rng.normal(size=(2, 7, 2))
    j[1, 0] = j[0, 0]
    return fs.Matrix(G=law.conductance, j_E=j, torque_mu=law.torque_mu, torque_field=1e4 * rng.normal(size=(3, 2)))


def scattering(**given):
    times = dict(relaxation_time=(1e-15, (1e-15, 0.6e-15)))
    return fs.Scattering(**dict(fermi_wavevector=16e9, barrier=0.4, exchange=0.3, rashba=0.3) | times | given)


def laws():
    """One of every law, for N|F."""
    return {
        "transparent": fs.Transparent(),
        "ohmic": fs.Ohmic(charge=1e15, polarization=0.3, orbit_to_spin=2e14),
        "mixing": MIXING,
        "memory_loss": fs.SpinMemoryLoss(
            resistance_area=1e-15, asymmetry=0.5, delta=0.4, transverse=7e14, transverse_delta=0.6 - 0.3j, orbital=3e14
        ),
        "matrix": matrix(),
        "scattering": scattering(orbital=3e14),
        "insulating": fs.Insulating(),
    }


def bilayer(law, **given):
    layers = [fs.Layer("N", N, 2 * NM), fs.Layer("F", F, 1.5 * NM, magnetization=M)]
    return fs.Stack(layers, interfaces={"N|F": law}, **dict(electric_field=(1e5, 5e4, 0.0)) | given)


def uniform_mesh(stack, kind, *, cells, across, contacts=None):
    """The stack as a box periodic along x (and y), every layer in `cells`, `across` of them along x (and y)."""
    names = [layer.name for layer in stack.layers]
    contacts = {"bottom": "z-", "top": "z+"} if contacts is None else contacts
    x = np.linspace(0, 1.5 * NM, across + 1)
    if kind in ("tetra", "hexahedron"):
        footprint = grid(x, np.linspace(0, 1 * NM, across + 1), kind="quad" if kind == "hexahedron" else "triangle")
        levels = [Level(la.thickness, la.name, size=la.thickness / cells) for la in stack.layers]
        return layered(levels, footprint=footprint, contacts=contacts, periodic=("x", "y"))
    ends = np.array([float(la.thickness) for la in stack.layers]).cumsum()
    z = np.interp(np.arange(len(names) * cells + 1) / cells, np.arange(len(names) + 1), [0.0, *ends])
    flat = grid(x, z, kind=kind, plane="xz", parts=lambda p: np.array(names)[np.searchsorted(ends, p[:, 1])])
    rows, beside = flat.facets()
    outer = {"z-": flat.points[:, 1] == 0, "z+": flat.points[:, 1] == z[-1]}
    faces = {name: rows[(beside[:, 1] < 0) & outer[side][rows].all(axis=1)] for name, side in contacts.items()}
    return Mesh(flat.points, flat.cells, kind, flat.regions, faces, plane="xz", depth=7 * NM, periodic=("x",))


def uniform_device(stack, kind, *, cells, across=2):
    """The laterally uniform device that is this stack; voltages of its ends become contacts."""
    ends = {"bottom": stack.bottom, "top": stack.top}
    contacts = {name: Terminal(voltage=end.voltage, spin=end.spin) for name, end in ends.items() if end is not None}
    regions = {la.name: Region(la.material, la.magnetization, la.neel) for la in stack.layers}
    mesh = uniform_mesh(stack, kind, cells=cells, across=across)
    given = dict(electric_field=stack.electric_field, closure=stack.closure)
    return Device(mesh, regions, dict(stack.interfaces), contacts, **given)


def pairs(solution, reference):
    """Quantities of a device and of the stack that it is, as {what: (found, wanted)}; without the level of phi."""
    stack, found = reference.stack, {}
    area = solution.footprint(stack.layers[0].name)
    for layer in stack.layers:
        if layer.magnetization is not None:
            one, other = solution.torque(layer.name), reference.torque(layer.name)
            wanted = np.array([other.flux, other.exchange, other.interface])
            found[f"torque {layer.name}"] = np.array([one.flux, one.exchange, one.interface]), wanted
            found[f"deposit {layer.name}"] = solution.fields.deposit(layer.name)[1].sum(axis=0) / area, other.received
        if layer.material.metallic:
            one, other = solution.budget(layer.name), reference.budget(layer.name)
            names = ("flux", "exchange", "spin_flip", "orbital_exchange")
            found[f"budget {layer.name}"] = tuple(np.array([getattr(b, n) for n in names]) for b in (one, other))
    for name in solution.device.joints:
        own, state = solution.interfaces[name], reference.interface(name)
        wanted = np.array([state.J_minus, state.J_plus])
        found[f"current {name}"] = np.array(solution.current(name)) / area, wanted
        first = int(name in solution.fields.equations.joints and not np.any(wanted))  # no level of phi between pieces
        jump = (own.mu_minus - own.mu_plus).mean(axis=0), state.mu_minus - state.mu_plus
        sides = np.array([x.mean(axis=0)[1:] for x in (own.mu_minus, own.mu_plus)])
        found[f"jump {name}"] = tuple(x[first:] for x in jump)
        found[f"potential {name}"] = sides, np.array([state.mu_minus, state.mu_plus])[:, 1:]
        sides = np.array([x.mean(axis=0) for x in (own.J_minus, own.J_plus)])
        if name in solution.fields.equations.joints:  # else a mean of gradients
            found[f"density {name}"] = sides, np.array([state.J_minus, state.J_plus])
        wanted = np.array([state.torque_magnetization, state.torque_lattice])
        mean = [x.mean(axis=0) for x in (own.torque_magnetization, own.torque_lattice)]
        found[f"interface torque {name}"] = np.array(mean), wanted
    if solution.contacts:
        current = reference.current_density()
        found["contacts"] = np.array([c for _, c in solution.contacts.values()]) / area, np.array([current, -current])
    return found


def potential_error(solution, reference):
    """L2 error of the spin and orbital potentials over their L2 size, and of phi without its level."""
    bottom, off, size = 0.0, np.zeros(2), np.zeros(2)
    for layer in reference.stack.layers:
        metal = solution.fields.equations.metals.get(layer.name)
        if metal is not None:
            u = solution.fields.potentials(layer.name)
            level = None
            for part in metal.space.inside(2 * metal.space.order + 2):
                z = np.clip(part.x[..., 2] - bottom, 0, layer.thickness)
                wanted = reference.layer_profile(layer.name, z.ravel())[0].reshape(*z.shape, 7)
                miss, w = part.of(u) - wanted, part.weight[..., None]
                level = (miss * w).sum((0, 1)) / w.sum() if level is None else level
                miss[..., 0] -= level[0]
                wanted = wanted - [wanted[..., 0].mean(), *np.zeros(6)]
                for part_, at in ((0, slice(0, 1)), (1, slice(1, 7))):
                    off[part_] += ((miss[..., at] ** 2) * w).sum()
                    size[part_] += ((wanted[..., at] ** 2) * w).sum()
        bottom += layer.thickness
    return np.sqrt(off / size)
