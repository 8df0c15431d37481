"""The record of an interface: what it refuses, and what its numbers mean."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from femsot.base.errors import InputError
from femsot.scattering import Hamiltonian, tensors

CASE = {
    "fermi_wavevector": 16e9,
    "barrier": 0.4,
    "exchange": 0.3,
    "rashba": 0.5,
    "relaxation_time": (1e-15, 0.6e-15),
    "polarization": 0.4,
}


def test_polarization_is_that_of_the_bulk_current():
    """P of unequal Fermi spheres: sigma_s ~ k_F^3 tau_s, not tau_s alone; or minority and majority exchanged."""
    h = Hamiltonian(magnetization=(0, 0, 1), **CASE, potential_step=1.2, exchange_splitting=3.0)
    minority, majority = np.sqrt(h.fermi[1]) ** 3 * h.times[1]
    assert minority < majority
    assert_allclose((majority - minority) / (majority + minority), 0.4)
    assert_allclose((majority + minority) / np.sum(np.sqrt(h.fermi[1]) ** 3), 0.6e-15)
    assert_allclose(h.times[0], 1e-15)


@pytest.mark.parametrize(
    "changes, match",
    [
        ({"magnetization": (0, 0, 0)}, "magnetization: got"),
        ({"relaxation_time": (-1e-15, 1e-15)}, "relaxation_time: got -1e-15"),
        ({"relaxation_time": 1e-15}, "relaxation_time: got"),
        (
            {"exchange_splitting": np.array([0.1, 0.2])},
            r"exchange_splitting: got an array of shape \(2,\), allowed: one",
        ),
        ({"relaxation_time": ((1e-15, 1e-15), 1e-15)}, "pair only on a ferromagnetic side"),
        ({"relaxation_time": (1e-15, (1e-15, 2e-15))}, "beside a pair"),
        ({"fermi_energy": 5.0}, "one of fermi_wavevector and fermi_energy"),
        ({"fermi_wavevector": None, "fermi_energy": -1.0}, "below both bands"),
        ({"ferromagnet": "up"}, "ferromagnet: got 'up'"),
        ({"ferromagnet": "none"}, "which side is the ferromagnet"),
        ({"polarization": 1.5}, "polarization: got"),
        ({"barrier_strength": 1e9}, "given beside barrier"),
        ({"correction": "schep"}, "correction: got"),
        ({"barrier": 0.0, "exchange": 0.0, "rashba": 0.0}, "meets no resistance"),
    ],
    ids=str,
)
def test_refused_input(changes, match):
    """A number without physics is solved, or answered by a traceback."""
    with pytest.raises(InputError, match=match):
        tensors(Hamiltonian(**({"magnetization": (0, 0, 1)} | CASE | changes)))
