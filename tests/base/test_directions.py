"""Functions of a direction as sums of monomials."""

import numpy as np
import pytest
from device_cases import FS, MIXING, M, laws

from femsot.base.expansion import constant, expand, exponents, monomials, spread
from femsot.materials.tensors import conductivity, exchange, relaxation

OTHER = np.random.default_rng(1).normal(size=(50, 3))
OTHER /= np.linalg.norm(OTHER, axis=1, keepdims=True)


@pytest.mark.parametrize("degree", [0, 1, 2, 4, 8])
def test_monomials_are_a_basis_on_the_sphere(degree):
    """(degree + 1)^2 independent functions; catches m_z^2 kept beside 1 - m_x^2 - m_y^2."""
    assert len(exponents(degree)) == (degree + 1) ** 2
    values = monomials(spread(4 * (degree + 1) ** 2), degree)
    assert np.linalg.matrix_rank(values, tol=1e-6) == (degree + 1) ** 2


def test_points_on_the_sphere_are_even():
    """Unit vectors whose mean vanishes and whose second moment is isotropic."""
    m = spread(500)
    assert np.allclose(np.linalg.norm(m, axis=1), 1)
    assert np.abs(m.mean(axis=0)).max() < 1e-2
    assert np.allclose(m.T @ m / 500, np.eye(3) / 3, atol=1e-2)


@pytest.mark.parametrize("tensor", [conductivity, relaxation, exchange])
def test_bulk_tensors_are_exact_at_degree_two(tensor):
    """Catches a basis that misses m x v or m m."""
    bulk = FS.bulk()
    found = expand(lambda m: tensor(bulk, m))
    wanted = np.array([tensor(bulk, m) for m in OTHER])
    assert np.abs(found.at(OTHER) - wanted).max() < 1e-12 * np.abs(wanted).max()
    assert found.error < 1e-12


@pytest.mark.parametrize("name", ["ohmic", "mixing", "memory_loss"])
def test_circuit_laws_are_exact_at_degree_two(name):
    law = laws()[name]
    found = expand(lambda m: law.map(m, m, 1).conductance)
    wanted = law.map(OTHER, OTHER, 1).conductance
    assert np.abs(found.at(OTHER) - wanted).max() < 1e-12 * np.abs(wanted).max()


def test_what_is_not_a_polynomial_has_an_error():
    """Catches an expansion that passes for exact."""
    assert expand(lambda m: np.exp(3 * m), 2).error > 1e-2
    assert expand(lambda m: np.exp(m), 8).error < 1e-6


def test_parts_of_other_units_are_measured_by_themselves():
    """Catches a law whose sources [S/m] are lost beside its conductances [S/m^2], 1e10 times as large."""

    def rows(m):
        return np.concatenate([1e15 * m, 1e4 * m[:, :1] ** 3, 1e4 * m[:, 1:2] ** 3], axis=1)

    assert expand(rows, 1).error < 1e-9
    found = expand(rows, 1, parts=(slice(0, 3), slice(3, 5)))
    assert found.error > 0.1
    found = expand(rows, 3, parts=(slice(0, 3), slice(3, 5)))
    assert found.error < 1e-12
    assert len(found.nonzero) > 3
    kept = sum(monomials(OTHER, 3)[:, [j]] * found.tensors[j] for j in found.nonzero)
    assert np.allclose(kept[:, 3:], rows(OTHER)[:, 3:], rtol=0, atol=1e-8)


def test_only_what_is_not_rounding_is_used():
    """Scalar matrices that would be all zeros are never made."""
    assert constant(np.zeros((2, 2))).nonzero == []
    assert constant(np.eye(3)).nonzero == [0]
    assert set(expand(lambda m: m[:, :, None] * m[:, None, :]).nonzero) == set(range(9)) - {1, 2, 3}
    law = MIXING.map(M[None], M[None], 1)
    assert law.conductance.shape == (1, 2, 7, 2, 7)
