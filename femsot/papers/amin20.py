"""Amin, Haney, Stiles, JAP 128, 151101 (2020): one impurity, the S matrices of an interface, and its mechanisms.

As corrected (misprints A23-A28, A35), in the sign of docs/physics.md: kappa/(2 kF) = u0 + uex sigma.m +
uR sigma.(khat x z), where Eq. 15 prints z x k; "up" is *sigma* along the effective field. Matrices have the
components [x, y, z, c] of the paper.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.constants import e, h, hbar, m_e

from femsot.base.errors import Fault, InputError
from femsot.base.quantities import Array
from femsot.scattering.angular import absorbed
from femsot.scattering.hamiltonian import Ferromagnet, Hamiltonian
from femsot.scattering.moments import Response
from femsot.scattering.tensors import Tensors, solved, tensors

#: what comes in, in the plane: equal shifts of both spins, or opposite ones along m; and from which side
DRIVES = ("charge", "spin")
ORIGINS = ("below", "above")
NAMES = {
    ("charge", "interface"): "Rashba-Edelstein",
    ("spin", "interface"): "generalized Rashba-Edelstein",
    ("charge", "bulk"): "spin-orbit filtering",
    ("spin", "bulk"): "spin-orbit precession",
}

# One impurity in one dimension (Section IIIA, Appendix A); u_up, u_dn of sigma along B = z', speed kz* = k_z/kF


def phase(u: Array, kz: Array) -> Array:
    """chi of Eqs. A19-A20: cos chi = u/sqrt(kz^2 + u^2), for a u of either sign."""
    return np.arctan2(kz, u)


def impurity_amplitudes(u: Array, kz: Array) -> tuple[Array, Array]:
    """r and t of one spin, Eqs. A18, A21, A22: u/(i kz - u) and i kz/(i kz - u)."""
    chi = phase(u, kz)
    return -np.exp(1j * chi) * np.cos(chi), -1j * np.exp(1j * chi) * np.sin(chi)


def impurity_spin(u_up: Array, u_dn: Array, kz: Array) -> Array:
    """s (..., 3) at the impurity for spin x' and unit amplitude coming in, Eq. A14."""
    return _spin(impurity_amplitudes(u_up, kz)[1], impurity_amplitudes(u_dn, kz)[1])


def impurity_torque(u_up: Array, u_dn: Array, kz: Array) -> Array:
    """(u_up - u_dn) s x B^ (..., 3) in units of hbar kF/m, Eq. A29."""
    s = impurity_spin(u_up, u_dn, kz)
    return (np.asarray(u_up) - u_dn)[..., None] * np.stack([s[..., 1], -s[..., 0], 0 * s[..., 2]], axis=-1)


def impurity_flux(u_up: Array, u_dn: Array, kz: Array) -> Array:
    """Spin current absorbed, Q(0-) - Q(0+) (..., 3) in units of hbar kF/m, Eqs. A15, A16, A28."""
    r_up, t_up = impurity_amplitudes(u_up, kz)
    r_dn, t_dn = impurity_amplitudes(u_dn, kz)
    full = np.ones_like(r_up)
    return np.asarray(kz)[..., None] * (_spin(full, full) - _spin(r_up, r_dn) - _spin(t_up, t_dn))


def impurity_closed(u_up: Array, u_dn: Array, kz: Array) -> Array:
    """Both of them, Eq. A30: kz (sin^2 D, sin D cos D, 0) with D = chi_up - chi_dn."""
    angle = phase(u_up, kz) - phase(u_dn, kz)
    both = np.stack([np.sin(angle) ** 2, np.sin(angle) * np.cos(angle), 0 * angle], axis=-1)
    return np.asarray(kz)[..., None] * both


def strong_impurity_spin(u: Array, kz: Array) -> Array:
    """s (..., 3) for u_up = u -> inf, u_dn = 0: Eq. 12 of psi_0 = -(i a/u) up + dn, a = kz, times |psi_I|^2 = 1/2.

    The torque u s_y' stays kz, the whole spin current that comes in along x'. (printed: s_z' = -1 + a/u^2, m. A35.)
    """
    ratio = np.asarray(kz) / u
    return np.stack([0 * ratio, ratio, (ratio**2 - 1) / 2], axis=-1)


def _spin(up: Array, dn: Array) -> Array:
    """psi^+ sigma psi (..., 3) of psi = (up, dn)/sqrt 2."""
    x, y = (f(np.conj(up) * dn) for f in (np.real, np.imag))
    return np.stack([x, y, (np.abs(up) ** 2 - np.abs(dn) ** 2) / 2], axis=-1)


# The interface, equal Fermi surfaces and m = z (Section IIIC)


@dataclass(frozen=True, kw_only=True)
class Strengths:
    """u0, uex (along +z) and uR, dimensionless."""

    barrier: float
    exchange: float
    rashba: float

    def field(self, theta: Array) -> tuple[Array, Array, Array]:
        """|u_eff|, fs, fc at polar angle theta: Eqs. 34, 35 corrected (A23), with the field's own |u_eff| (A27).

        fc = cos chi/D, fs = sin theta sin chi/D, D^2 = cos^2 chi + sin^2 theta sin^2 chi: axis = fc m + fs khat x z.
        """
        orbit = self.rashba * np.sin(theta)
        size = np.hypot(self.exchange, orbit)
        safe = np.where(size > 0, size, 1.0)
        return size, orbit / safe, np.where(size > 0, self.exchange / safe, 1.0)


def coefficients(strengths: Strengths, theta: Array) -> dict[str, Array]:
    """a, b, c, d of Eqs. B20-B22, each (2, ...) [i-r, t]; a_ir - a_t = sin^2 D and b_ir - b_t = sin D cos D."""
    size = strengths.field(theta)[0]
    up, dn = (phase(strengths.barrier + sign * size, np.cos(theta)) for sign in (1, -1))
    angle = up - dn
    cosines = np.cos(up) * np.cos(dn)
    sines = np.sin(up) * np.sin(dn)
    through = np.sin(np.stack([up, dn])) ** 2
    return {
        "a": np.stack([1 - cosines * np.cos(angle), sines * np.cos(angle)]),
        "b": np.stack([cosines * np.sin(angle), -sines * np.sin(angle)]),
        "c": np.stack([through.sum(axis=0) / 2] * 2),
        "d": np.stack([(through[0] - through[1]) / 2] * 2),
    }


def accumulation_parts(strengths: Strengths, theta: Array) -> Array:
    """The three matrices of Eq. 33 times pi (A24), (3, 2, ..., 4, 4) [part, i-r t]; their sum is S^0.

    Parts: conserved charge current, generalized circuit theory (off without exchange), spin memory loss (off without
    spin-orbit coupling). S^0 = int dphi (1 - R), int dphi T, for potentials on the sides.
    """
    k = coefficients(strengths, theta)
    _, fs, fc = strengths.field(theta)
    zero = np.zeros_like(k["a"])
    charge = _matrix(zero, {"cc": 2 * k["c"]})
    circuit = {"xx": fc * k["a"], "yy": fc * k["a"], "xy": -k["b"], "yx": k["b"]}
    circuit = circuit | {"zz": fc * k["c"], "zc": k["d"], "cz": k["d"]}
    loss = {"xx": k["a"] + k["c"], "yy": k["a"] + k["c"], "zz": 2 * k["a"]}
    parts = [charge, 2 * fc[..., None, None] * _matrix(zero, circuit), fs[..., None, None] ** 2 * _matrix(zero, loss)]
    return np.pi * np.stack(parts)


def in_plane_matrix(strengths: Strengths, theta: Array) -> Array:
    """S^1 = int dphi cos phi (1 - R), int dphi cos phi T, (2, ..., 4, 4): Eq. 38 times +pi (A25: k x z; -pi for z x k).

    For in-plane currents along x with distribution q cos phi: d is spin-orbit filtering, b and fc (a - c) are
    spin-orbit precession, of which b alone is what spin swapping allows.
    """
    k = coefficients(strengths, theta)
    _, fs, fc = strengths.field(theta)
    turn = fc * (k["a"] - k["c"])
    entries = {"xz": -k["b"], "zx": k["b"], "yz": turn, "zy": turn, "yc": -k["d"], "cy": -k["d"]}
    return np.pi * fs[..., None, None] * _matrix(np.zeros_like(k["a"]), entries)


def _matrix(zero: Array, entries: dict[str, Array]) -> Array:
    """(..., 4, 4) of named entries, row then column."""
    out = np.zeros((*zero.shape, 4, 4))
    for name, value in entries.items():
        out[..., "xyzc".index(name[0]), "xyzc".index(name[1])] = value
    return out


@dataclass(frozen=True, eq=False, kw_only=True)
class Integrated:
    """Eqs. 28-30 with weights corrected, in SI and of the moment, components [x, y, z, c]; bare, m = +-z."""

    conductance: Array  #: (2, 4, 2, 4) [side, component, side, component] [S/m^2]
    source: Array  #: (2, 4) [side, component], E along x [S/m]
    torque_field: Array  #: (3,) on the magnetization, 2 uex s x m of the Rashba-Edelstein spins, E along x [S/m]


def integrated(hamiltonian: Hamiltonian, *, nodes: int = 200) -> Integrated:
    """The tensors of an interface from S^0 and S^1 by one integral over theta.

    Currents with weight sin cos, and one more sin for the drive in the plane, q = tau kx/kF; spins at the plane
    S_t (q^- + q^+) with weight sin: Eqs. 28-30, and v, w as in A26.
    """
    strengths, sign = _strengths(hamiltonian)
    x, w = np.polynomial.legendre.leggauss(nodes)
    theta = (x + 1) * np.pi / 4
    w = w * np.pi / 4 * np.sin((x + 1) * np.pi / 4)
    cosine = np.cos(theta)
    sine = np.sin(theta)
    unit = 2 * e**2 / h * (hamiltonian.kF / (2 * np.pi)) ** 2
    speed = hbar * hamiltonian.kF / m_e
    accumulation = np.einsum("n,vnab->vab", w * cosine, accumulation_parts(strengths, theta).sum(axis=0))
    in_plane = in_plane_matrix(strengths, theta)
    flux = np.einsum("n,vnab->vab", w * cosine * sine, in_plane)
    spins = np.einsum("n,nab->ab", w * sine, in_plane[1])
    times = hamiltonian.times
    q = np.zeros((2, 4))
    q[:, 3], q[:, 2] = times.mean(axis=1), sign * (times[:, 0] - times[:, 1]) / 2
    s = spins @ q.sum(axis=0)
    return Integrated(
        conductance=unit * _sides(accumulation),
        source=unit * speed * np.einsum("satb,tb->sa", _sides(flux), q),
        torque_field=unit * speed * 2 * strengths.exchange * np.cross(s[:3], [0.0, 0.0, 1.0]),
    )


def _sides(pair: Array) -> Array:
    """J^- = S_ir q^- - S_t q^+ and J^+ = S_t q^- - S_ir q^+ along the normal, (2, 4, 2, 4) of [S_ir, S_t] (2, 4, 4)."""
    return np.moveaxis(np.array([[pair[0], -pair[1]], [pair[1], -pair[0]]]), 1, 2)


def _strengths(ham: Hamiltonian) -> tuple[Strengths, float]:
    """u0, uex along z, uR, and the sign of m_z; other interfaces have no S matrices of this form."""
    sign = float(np.sign(ham.axes[2, 2]))
    if np.abs(ham.axes[2, :2]).max() > 1e-12 or np.ptp(ham.fermi) > 1e-12 or ham.dresselhaus or ham.potential:
        raise InputError(
            Fault(
                "interface",
                "Amin20's S matrices need m along z, equal Fermi surfaces and Rashba coupling alone",
                hint="for any other use `tensors` and `mechanisms`",
            )
        )
    return Strengths(barrier=ham.barrier_kappa / 2, exchange=sign * ham.exchange_kappa / 2, rashba=ham.rashba), sign


# Any interface, any m: which mechanism gives what


@dataclass(frozen=True, eq=False, kw_only=True)
class Mechanisms:
    """An interface's response to a field by what comes in: [drive (charge, spin), origin (below, above), ...].

    Components (c, x, y, z) of the moment, E axes (x, y) last, in S/m; sums over drives and origins are `Tensors`'.
    """

    current: Array  #: (2, 2, 2, 4, 2) [drive, origin, side, component] along the normal
    interface: Array  #: (2, 2, 3, 2) torque on the interface's magnetization
    lattice: Array  #: (2, 2, 3, 2)
    total: Tensors
    magnetization: Array  #: m (3,)
    ferromagnet: Ferromagnet

    @property
    def filtering(self) -> Array:
        """Spin-orbit filtering: spin current from an unpolarised in-plane current (2, 3, 2) [side]; d of Eq. 38.

        Spins along p; along m x p too where bulk exchange or the drift correction turns them.
        """
        return np.asarray(self.current[0, :, :, 1:].sum(axis=0))

    @property
    def precession(self) -> Array:
        """Spin-orbit precession: spin current from an in-plane current polarised along m; b, a - c of Eq. 38."""
        return np.asarray(self.current[1, :, :, 1:].sum(axis=0))

    @property
    def edelstein(self) -> Array:
        """Rashba-Edelstein: torque of the spins at the interface (3, 2), unpolarised current."""
        return np.asarray(self.interface[0].sum(axis=0))

    @property
    def generalized_edelstein(self) -> Array:
        """The same of the current polarised along m (3, 2)."""
        return np.asarray(self.interface[1].sum(axis=0))

    @property
    def inverse_filtering(self) -> Array:
        """Charge current through the interface from an in-plane current polarised along m (2,)."""
        return np.asarray(self.current[1, :, 0, 0].sum(axis=0))

    @property
    def absorbed(self) -> Array:
        """Transverse spin current that enters the ferromagnet (2, 2, 3, 2) [drive, origin], a torque on its bulk."""
        return absorbed(self.magnetization, self.current[..., 1:, :], self.ferromagnet)

    def driven(self) -> list[tuple[int, int]]:
        """The [drive, origin] that do anything."""
        return [index for index in np.ndindex(2, 2) if np.any(self.current[index]) or np.any(self.lattice[index])]


def mechanisms(hamiltonian: Hamiltonian, total: Tensors | None = None) -> Mechanisms:
    """The torkivity of an interface split into Amin20's mechanisms, for any m; `total`: its tensors, if at hand.

    The shift tau k of what comes in is split by side, and there into (tau_+ + tau_-)/2, alike for both spins (charge),
    and (tau_+ - tau_-)/2 sigma.m (spin). Where one spin has no Fermi surface there is one current, counted as charge.
    """
    ham = hamiltonian
    total = tensors(hamiltonian) if total is None else total
    entering = solved(ham).entering
    current = np.zeros((2, 2, 2, 4, 2))
    lattice = np.zeros((2, 2, 3, 2))
    for index in np.ndindex(2, 2):
        current[index], lattice[index] = _laboratory(entering(_share(ham, *index)), ham)
    spin = current[..., 1:, :]
    return Mechanisms(
        current=current,
        interface=spin[:, :, 0] - spin[:, :, 1] - lattice,
        lattice=lattice,
        total=total,
        magnetization=ham.axes[2],
        ferromagnet=ham.ferromagnet,
    )


def _share(ham: Hamiltonian, drive: int, origin: int) -> Array:
    """The part of `ham.times` (2, 2) [side, spin] of one drive from one side."""
    times = np.where(ham.fermi > 0, ham.times, ham.times[:, ::-1])[origin]
    out = np.zeros((2, 2))
    out[origin] = (times + times[::-1]) / 2 if drive == 0 else (times - times[::-1]) / 2
    return out


def _laboratory(response: Response, ham: Hamiltonian) -> tuple[Array, Array]:
    """Currents along the normal (2, 4, 2) and the lattice torque (3, 2) along x, y, z [S/m]."""
    unit = e**2 / h * (ham.kF / (2 * np.pi)) ** 2 * hbar * ham.kF / m_e
    turn = np.eye(4)
    turn[1:, 1:] = ham.axes
    current = np.einsum("s,sak,ax->sxk", np.array([1.0, -1.0]), response.source, turn)
    return unit * current, unit * ham.axes.T @ response.lattice_field


# The mechanism table, as data


@dataclass(frozen=True, eq=False)
class Row:
    """The torque of one mechanism on one magnet; E axes (x, y)."""

    mechanism: str  #: one of `NAMES`
    interface: int  #: where it arises: 0 the only or the lower one, 1 the upper one of a trilayer
    origin: str  #: the side of that interface whose in-plane current drives it
    magnet: int  #: on which it acts, that of interface 0 or 1
    magnetization: Array  #: of that magnet (3,)
    torque: Array  #: (3, 2) [S/m]

    @property
    def like(self) -> Array:
        """[tau_DL, tau_FL] (2, 2) for E along x and y, relative to p = z x E^; nan for m along p [S/m]."""
        return np.stack([self.split(p)[:, k] for k, p in enumerate(([0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]))], axis=1)

    def split(self, axis: Any) -> Array:
        """[D, F] (2, 2) of torque = D m x (axis x m) + F m x axis, as of spins along `axis` (z: Fig. 7)."""
        across = np.cross(self.magnetization, axis)
        square = across @ across
        both = np.stack([np.cross(across, self.magnetization), across])
        return np.asarray(both @ self.torque / (square if square > 1e-24 else np.nan))


def bilayer(mechanisms: Mechanisms) -> tuple[Row, ...]:
    """The torques on one magnet without potentials: four mechanisms from each side, those that vanish left out."""
    rows = []
    for drive, origin in mechanisms.driven():
        for place, part in (("interface", mechanisms.interface), ("bulk", mechanisms.absorbed)):
            name = NAMES[DRIVES[drive], place]
            rows.append(Row(name, 0, ORIGINS[origin], 0, mechanisms.magnetization, part[drive, origin]))
    return tuple(rows)


def trilayer(lower: Mechanisms, upper: Mechanisms) -> tuple[Row, ...]:
    """The torques on both magnets of F|N|F: what one interface does to its own magnet, and through N to the other.

    A spacer thinner than its spin diffusion length, ferromagnets without spin potentials, no current along z; the
    spacer's spin potential and all voltages are solved for. Thicker layers: a stack with the law "scattering".
    """
    if (lower.ferromagnet, upper.ferromagnet) != ("below", "above"):
        value = f"ferromagnets {lower.ferromagnet!r} and {upper.ferromagnet!r} of the two interfaces"
        raise InputError(Fault("trilayer", "", '"below" of the lower one and "above" of the upper one', value=value))
    pair = (lower, upper)
    rows = []
    for i in (0, 1):
        for drive, origin in pair[i].driven():
            local, bulk = (NAMES[DRIVES[drive], place] for place in ("interface", "bulk"))
            torques = _through(pair, [x.current[drive, origin] * (x is pair[i]) for x in pair])
            rows.append(Row(local, i, ORIGINS[origin], i, pair[i].magnetization, pair[i].interface[drive, origin]))
            rows += [Row(bulk, i, ORIGINS[origin], k, pair[k].magnetization, torques[k]) for k in (0, 1)]
    return tuple(rows)


def _through(pair: tuple[Mechanisms, Mechanisms], driven: list[Array]) -> list[Array]:
    """Torques (3, 2) on both magnets of interface currents `driven` (2, 4, 2) [side], by way of the potentials.

    Unknown: the ferromagnets' voltages against N, and N's spin potential (3).
    """
    embed = np.zeros((2, 2, 4, 5))  # potentials [interface, side, component] of the unknowns
    for k in (0, 1):
        embed[k, k, 0, k] = 1
        embed[k, 1 - k, 1:, 2:] = np.eye(3)
    maps = [np.tensordot(x.total.conductance, embed[k], 2) for k, x in enumerate(pair)]
    inner = [maps[0][1], maps[1][0]]
    sources = [driven[0][1], driven[1][0]]
    matrix = np.concatenate([inner[0][:1], inner[1][:1], inner[0][1:] - inner[1][1:]])
    known = np.concatenate([sources[0][:1], sources[1][:1], sources[0][1:] - sources[1][1:]])
    unknown = np.linalg.solve(matrix, -known)
    out = []
    for k, x in enumerate(pair):
        current = maps[k] @ unknown + driven[k]
        at_interface = np.tensordot(x.total.torque_mu, embed[k], 2) @ unknown
        out.append(at_interface + absorbed(x.magnetization, current[:, 1:], x.ferromagnet))
    return out
