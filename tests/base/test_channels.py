"""Axial operators and rotations against vector products."""

import numpy as np
import pytest
from explicit_tensors import eps
from numpy.testing import assert_allclose
from oracle import AXES, across, matrix_of, unit

from femsot.base.components import COMPONENTS, EPS, ORBITAL, PHI, SPIN, axial, cross_matrix, rotation

RNG = np.random.default_rng(0)
M = unit([0.2, -0.7, 0.5])


def test_components_are_in_the_order_of_the_contract():
    """Catches slices that no longer meet the names."""
    assert COMPONENTS == ("phi", "sx", "sy", "sz", "ox", "oy", "oz")
    assert (COMPONENTS[PHI], COMPONENTS[SPIN], COMPONENTS[ORBITAL]) == ("phi", COMPONENTS[1:4], COMPONENTS[4:])
    assert_allclose(EPS, [[[eps(i, j, k) for k in range(3)] for j in range(3)] for i in range(3)])


def test_cross_matrix_multiplies_from_the_left_and_turns_by_plus_i():
    """Catches v x m for m x v, and (K v)_+ = - i v_+."""
    rng = np.random.default_rng(5)
    v = rng.normal(size=3)
    assert_allclose(cross_matrix(M) @ v, np.cross(M, v), rtol=1e-13)
    e1 = unit(np.cross(M, v))
    e2, k = np.cross(M, e1), cross_matrix(M)
    assert complex(e1 @ k @ e1, e2 @ k @ e1) == pytest.approx(1j)
    many = rng.normal(size=(2, 4, 3))
    assert_allclose(cross_matrix(many)[1, 2], cross_matrix(many[1, 2]))


@pytest.mark.parametrize("c", [1, 2])
@pytest.mark.parametrize("turning", [False, True])
def test_axial_is_its_definition(c, turning):
    """Catches a m m + Re b (1 - m m) + Im b K with kinds or axes transposed (unsymmetric a, b)."""
    rng = np.random.default_rng(5)
    a = rng.normal(size=(c, c))
    b = rng.normal(size=(c, c)) + (1j * rng.normal(size=(c, c)) if turning else 0)
    found = axial(a, b, M).reshape(c, 3, c, 3)
    for i, j in np.ndindex(c, c):
        wanted = matrix_of(lambda v, i=i, j=j: a[i, j] * (M @ v) * M + across(b[i, j], M, v))
        assert_allclose(found[i, :, j], wanted, atol=1e-14)


def test_axial_of_an_isotropic_operator_needs_no_direction():
    """Catches the short cut for a is b: the same as a along and across m, in a batch of materials."""
    rng = np.random.default_rng(5)
    a = rng.normal(size=(5, 2, 2))
    assert_allclose(axial(a, a, M), axial(a, a.copy(), M), atol=1e-14)


def test_axial_broadcasts_materials_and_directions():
    """Catches batches that must have one shape: materials (3, 1), directions (4,)."""
    rng = np.random.default_rng(5)
    a, b = rng.normal(size=(3, 1, 2, 2)), rng.normal(size=(3, 1, 2, 2)) * (1 + 2j)
    m = unit(rng.normal(size=(4, 3)))
    found = axial(a, b, m)
    assert found.shape == (3, 4, 6, 6)
    assert_allclose(found[2, 1], axial(a[2, 0], b[2, 0], m[1]), atol=1e-14)


def test_rotation_is_right_handed_about_its_axis():
    """Catches a rotation by - angle, or an axis that is not normalised."""
    assert_allclose(rotation([0, 0, 3.0], np.pi / 2) @ AXES[0], AXES[1], atol=1e-15)
    r = rotation([1.0, 2.0, -0.5], 0.7)
    assert_allclose(r @ r.T, np.eye(3), atol=1e-15)
    assert np.linalg.det(r) == pytest.approx(1)
    assert np.trace(r) == pytest.approx(1 + 2 * np.cos(0.7))
