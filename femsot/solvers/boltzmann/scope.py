"""What method "boltzmann" understands of a stack: every record and field that its equation has a place for."""

from __future__ import annotations

from femsot.interfaces import Insulating, Scattering, Transparent
from femsot.materials.records import Ferromagnet, Insulator, NormalMetal
from femsot.model.boundaries import Contact, Injection, Reservoir, Surface
from femsot.model.stack import Stack

from ..scope import Reason, Scope

#: rates of the collisions, and the currents of first angular moment that a layer carries by itself in a field
_METAL = frozenset(
    (
        *("name", "source", "conductivity", "spin_diffusion_length", "spin_hall_conductivity", "spin_hall_angle"),
        *("spin_conductivity",),  # equal to the conductivity: refused.py
    )
)
_MAGNET = _METAL | {
    *("polarization", "exchange_length", "antiparallel_exchange", "anomalous_hall_conductivity"),
    *("saturation_magnetization", "g_factor", "dead_layer"),  # of fields and rates, after the solution
    *("dephasing_length",),  # infinite: refused.py
}
#: the plane that electrons cross; the second line is about the metals beside it, which Boltzmann's equation has itself
_PLANE = frozenset(
    (
        *("magnetization", "ferromagnet", "fermi_wavevector", "fermi_energy", "barrier", "exchange", "rashba"),
        *("dresselhaus", "barrier_strength", "exchange_strength", "potential"),
        *("relaxation_time", "polarization", "correction", "spin_diffusion_length", "precession_length", "tolerance"),
    )
)
_STACK = frozenset(
    (
        *(
            "layers",
            "interfaces",
            "spare_interfaces",
            "bottom",
            "top",
            "electric_field",
            "method",
            "title",
            "fermi_wavevector",
        ),
        *("fermi_wavevector", "closure"),  # conserving: refused.py
    )
)
_ORBIT = Reason(", which has no orbital channel", "leave out every orbital_*")
_SURFACES = Reason("", "0: all Fermi surfaces are equal", "")
_REASONS = {
    "orbital_conductivity": _ORBIT,
    "orbital_diffusion_length": _ORBIT,
    "orbital_hall_conductivity": _ORBIT,
    "orbital_hall_angle": _ORBIT,
    "orbital_hall_tensor": _ORBIT,
    "orbital_swapping": _ORBIT,
    "spin_orbit_length": _ORBIT,
    "spin_orbit_form": _ORBIT,
    "antiparallel_spin_orbit": _ORBIT,
    "orbit_to_spin": _ORBIT,
    "spin_to_orbit": _ORBIT,
    "orbital": Reason(", which has no orbital channel"),
    "potential_step": _SURFACES,
    "exchange_splitting": _SURFACES,
    "tensors": Reason(", which needs amplitudes at every angle", "the Hamiltonian", "ready tensors"),
    "relaxation": Reason("", '"measured"', ""),
    "magnetization_rate": Reason(""),
    "interfaces": Reason(", which needs amplitudes", what="a law of circuit theory"),
    "materials": Reason(", which has no collisions for it"),
}

SCOPE = Scope(
    method="boltzmann",
    records={
        Stack: _STACK,
        NormalMetal: _METAL,
        Ferromagnet: _MAGNET,
        Insulator: frozenset(("name", "source", "saturation_magnetization", "g_factor", "dead_layer")),
        Transparent: frozenset(),
        Insulating: frozenset(),
        Scattering: _PLANE,
        Contact: frozenset(("voltage", "current_density", "spin", "orbital")),
        Reservoir: frozenset(("components",)),
        Injection: frozenset(("spin_current", "orbital_current")),
        Surface: frozenset(("specularity",)),
    },
    reasons=_REASONS,
)
