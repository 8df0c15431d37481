"""What the 2D Rashba gas refuses, in one clear message each."""

from dataclasses import replace

import numpy as np
import pytest

import femsot as fs
from femsot.scattering.rashba2d import RashbaGas

GAS = RashbaGas(
    effective_mass=0.8,
    rashba=1.7e-11,
    exchange=4.8e-3,
    impurity_density=5e14,
    renormalised_strength=43e-21,
    magnetization=(0.48, 0.36, 0.8),
    fermi_energy=10e-3,
)
BAD = [
    ({"magnetization": (0, 0, 0)}, "magnetization: got .*a vector with a direction"),
    ({"fermi_energy": -20e-3}, "fermi_energy: got -0.02 eV, allowed: above the band bottom, -0.0"),
    ({"impurity_density": -1.0}, "impurity_density: got -1, allowed: a finite number > 0"),
    ({"impurity_density": 0.0}, "impurity_density: got 0"),
    ({"effective_mass": 0.0}, "effective_mass: got 0"),
    ({"rashba": np.inf}, "rashba: got inf"),
    ({"renormalised_strength": 0.0}, "renormalised_strength: got 0, allowed: a number other than 0"),
    ({"renormalised_strength": None}, "strength: missing, allowed: strength with cutoff, or renormalised_strength"),
    ({"strength": 1e-20}, "renormalised_strength: given beside strength, allowed: one of the two"),
    ({"cutoff": 1.0}, "cutoff: given without strength"),
    ({"renormalised_strength": None, "strength": 1e-20}, "cutoff: missing, required with strength"),
    ({"renormalised_strength": None, "strength": 1e-20, "cutoff": 0.02}, "cutoff: got 0.02 eV, allowed: far above"),
    ({"renormalised_strength": None, "strength": 1e-20, "cutoff": np.inf}, "cutoff: got inf, allowed: a finite number"),
    ({"approximation": "born", "renormalised_strength": np.inf}, "renormalised_strength: got inf, allowed: finite"),
    ({"approximation": "born", "renormalised_strength": None, "strength": 1e-20, "cutoff": 1.0}, "cutoff: given with"),
    ({"approximation": "bron"}, "approximation: got 'bron', known: born, t_matrix. Did you mean 'born'"),
    ({"concentration": "low"}, "concentration: got 'low', known: dilute, finite"),
    ({"exchange": 1e-10, "rashba": 0.0}, "exchange: with rashba splits the bands by less than 1e-6 of fermi_energy"),
    ({"fermi_energy": np.ones(3), "rashba": np.full(2, 1e-11)}, "its arrays do not broadcast"),
]


@pytest.mark.parametrize(("change", "message"), BAD, ids=lambda x: x if isinstance(x, str) else "")
def test_bad_models_are_refused(change, message):
    """A number that means nothing, or an answer that depends on what was not said."""
    with pytest.raises(fs.InputError, match=rf"^model\.?.*{message}"):
        replace(GAS, **change)


def test_all_faults_are_told_at_once():
    """One fault at a time."""
    with pytest.raises(fs.InputError) as error:
        replace(GAS, impurity_density=-1.0, effective_mass=-1.0, approximation="x")
    assert len(error.value.faults) == 3
