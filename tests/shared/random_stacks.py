"""Stacks with random numbers: every law, the magnet on either side, spin and orbit exchanging moment; and drives."""

import numpy as np
from oracle import AXES

import femsot as fs


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
