"""Torque of a current on a wide domain wall: the limit of Zhang and Li (PRL 93, 127204 (2004)).

Where m varies over lengths w far above 1/|k|, div J_s = -P (J_c.grad) m is absorbed on the spot. Across m, with
v_+ = v_1 + i v_2 in a frame (e1, e2, m), (m x v)_+ = i v_+ and k^2 = 1/lambda_sf^2 + 1/lambda_phi^2 - i/lambda_J^2,

    mu_+ = P [(J_c.grad) m]_+ / (sigma_s k^2),      tau_+ = sigma_s (k^2 - 1/lambda_sf^2) mu_+ ,

so that without dephasing, with beta = (lambda_J/lambda_sf)^2,

    tau = P/(1 + beta^2) [(J_c.grad) m - beta m x (J_c.grad) m]                                              [A/m^3].

Electrons drift along -J_c: with u = -P mu_B/(e M_s) J_c/(1 + beta^2), dm/dt = mu_B/(e M_s) tau is
-(u.grad) m + beta m x (u.grad) m. The rest is of order 1/(|k| w)^2.
"""

import numpy as np
import pytest

import femsot as fs
from femsot.model.device import Device, Region, Terminal
from femsot.model.mesh import Mesh, grid
from femsot.studies.device import solve_device

NM = 1e-9
SOFT = dict(conductivity=4e6, polarization=0.5, spin_diffusion_length=5 * NM, saturation_magnetization=8e5)
MAGNETS = {
    "precession": fs.Ferromagnet(name="F", exchange_length=2 * NM, **SOFT),
    "antiparallel": fs.Ferromagnet(name="F", exchange_length=2 * NM, antiparallel_exchange=True, **SOFT),
    "dephasing": fs.Ferromagnet(name="F", exchange_length=1.5 * NM, dephasing_length=2.5 * NM, **SOFT),
}


class Wall:
    """m = (cos a sech, sin a sech, -tanh)(x/w): Neel for a = 0, Bloch for a right angle."""

    def __init__(self, width, angle):
        self.width, self.angle = width, angle

    def __call__(self, x):
        u = x[:, 0] / self.width
        return np.stack([np.cos(self.angle) / np.cosh(u), np.sin(self.angle) / np.cosh(u), -np.tanh(u)], axis=1)

    def slope(self, x):
        u = x[:, 0] / self.width
        f = -np.tanh(u) / np.cosh(u) / self.width
        return np.stack([np.cos(self.angle) * f, np.sin(self.angle) * f, -1 / np.cosh(u) ** 2 / self.width], axis=1)


def solved(magnet, wall, *, cells=14, order=2):
    """A film of one cell across, 20 walls long, driven by 1e12 A/m^2 along x."""
    half = 10 * wall.width
    x = np.linspace(-half, half, 20 * cells + 1)
    flat = grid(x, np.array([0.0, 5 * NM]), parts="f")
    rows, beside = flat.facets()
    outer = rows[beside[:, 1] < 0]
    faces = {name: outer[np.all(flat.points[outer][:, :, 0] == at, axis=1)] for name, at in (("a", x[0]), ("b", x[-1]))}
    mesh = Mesh(flat.points, flat.cells, "quad", flat.regions, faces, plane="xy", depth=3 * NM)
    contacts = {"a": Terminal(current=1e12 * 15 * NM**2), "b": Terminal(voltage=0.0)}
    return solve_device(Device(mesh, {"f": Region(magnet, wall)}, {}, contacts), order=order)


def limit(magnet, wall, x):
    """tau of the formula above [A/m^3] at 1e12 A/m^2."""
    sign = -1 if magnet.antiparallel_exchange else 1
    flip = 1 / magnet.spin_diffusion_length**2
    phi = 0.0 if magnet.dephasing_length is None else 1 / magnet.dephasing_length**2
    k2 = flip + phi - 1j * sign / magnet.exchange_length**2
    share, v = 1 - flip / k2, magnet.polarization * 1e12 * wall.slope(x)
    return share.real * v + share.imag * np.cross(wall(x), v)


def off(magnet, width, angle=0.4, **given):
    wall = Wall(width, angle)
    found = solved(magnet, wall, **given).regions["f"]
    inside = np.abs(found.points[:, 0]) < 4 * width
    wanted = limit(magnet, wall, found.points[inside])
    return np.abs(found.torque[inside] - wanted).max() / np.abs(wanted).max()


@pytest.mark.parametrize("name", MAGNETS)
def test_torque_of_a_wide_wall_is_that_of_zhang_and_li(name):
    """Order 2 in 1/width; catches a sign of torque, precession or current, and a factor in either length."""
    errors = np.array([off(MAGNETS[name], w * NM) for w in (20, 40, 80)])
    order = np.log2(errors[:-1] / errors[1:])
    assert np.all((order > 1.8) & (order < 2.2)), (order, errors)
    assert errors[-1] < 5e-3


def test_nonadiabaticity_is_the_square_of_a_ratio_of_lengths():
    """beta = (lambda_J/lambda_sf)^2 of both parts of the whole torque, for a Bloch wall and a Neel wall."""
    magnet = MAGNETS["precession"]
    beta = (magnet.exchange_length / magnet.spin_diffusion_length) ** 2
    for angle in (0.0, np.pi / 2):
        wall = Wall(80 * NM, angle)
        found = solved(magnet, wall).fields.deposit("f")
        inside = np.abs(found[0][:, 0]) < 4 * wall.width
        x, amount = (part[inside] for part in found)
        slope = wall.slope(x)
        along, across = (amount * slope).sum(), (amount * np.cross(wall(x), slope)).sum()
        assert -across / along == pytest.approx(beta, rel=5e-3)
        # the integral of tau.m' is P J/(1 + beta^2) times the area times the integral of m'^2, 2/width
        wanted = magnet.polarization * 1e12 / (1 + beta**2) * 15 * NM**2 * 2 / wall.width
        assert along == pytest.approx(wanted, rel=2e-3)


def test_a_wall_moves_with_the_electrons():
    """The equivalent field and rate of a result: dm/dt = -(u.grad) m, u along the electrons' drift, -J_c."""
    magnet, wall = MAGNETS["precession"], Wall(40 * NM, 0.3)
    found = solved(magnet, wall).regions["f"]
    slope = wall.slope(found.points)
    moving = -(found.torque * slope).sum() / (slope**2).sum()  # tau = -c m': the wall moves at c > 0 along x
    assert moving < 0  # J_c along +x, the wall along -x
    hbar_2e = 6.62607015e-34 / (4 * np.pi * 1.602176634e-19)
    again = np.cross(found.field, found.m) * magnet.saturation_magnetization / hbar_2e
    assert np.allclose(again, found.torque, rtol=0, atol=1e-9 * np.abs(found.torque).max())
