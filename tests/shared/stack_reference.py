"""An independent 1D solver for `test_closed_forms`: docs/physics.md section 2 by matrix exponentials.

Multiple shooting with seven components (charge, spin xyz, orbital xyz); the state is y = (mu, J), 14 numbers.
Any consistent units.
"""

import numpy as np
from scipy.linalg import expm

EYE = np.eye(3)
C, S, O = slice(0, 1), slice(1, 4), slice(4, 7)  # noqa: E741


def cross_matrix(m):
    """K with K v = m x v."""
    return np.array([np.cross(m, axis) for axis in EYE]).T


def layer(thickness, sigma=1.0, *, ls=np.inf, lo=1.0, **kw):
    """(A (14, 14), s (14), d) of y' = A y + s, from material numbers named as in docs/physics.md."""
    g = dict(ss=sigma, so=1.0, P=0.0, m=EYE[2], lj=np.inf, lphi=np.inf, pos=0.0, pso=0.0, sh=0.0, oh=0.0)
    g |= dict(closure="conserving", w=np.zeros(3)) | kw
    m = np.asarray(g["m"], float)
    c = np.zeros((7, 7))
    c[0, 0], c[S, S], c[O, O] = sigma, g["ss"] * EYE, g["so"] * EYE
    c[0, S] = c[S, 0] = -g["P"] * sigma * m
    c[S, O], c[O, S] = g["pos"] * g["so"] * EYE, g["pso"] * g["ss"] * EYE
    exchange = -cross_matrix(m) / g["lj"] ** 2 + (EYE - np.outer(m, m)) / g["lphi"] ** 2
    hat = c[1:, 1:] - np.outer(c[1:, 0], c[0, 1:]) / sigma
    if g["closure"] == "conserving":
        hat = np.kron(np.eye(2), np.ones((3, 3))) * hat
    relaxation = np.zeros((7, 7))
    bulk = np.zeros((6, 6))
    bulk[:3, :3], bulk[3:, 3:] = EYE / ls**2 + exchange, EYE / lo**2
    relaxation[1:, 1:] = hat @ bulk
    drive = np.zeros(7)
    drive[2], drive[5] = -g["sh"], -g["oh"]  # C[a,z;c,x] = sigma_H eps_zax, E = 1 along x
    a = np.block([[np.zeros((7, 7)), -np.linalg.inv(c)], [-relaxation, np.zeros((7, 7))]])
    pumped = hat[:, :3] @ exchange @ g["w"]
    return a, np.r_[np.linalg.solve(c, drive), 0.0, -pumped], thickness


def closed(pin=False):
    """Outer condition J = 0 as (A_mu, A_J, b); `pin` fixes phi = 0 instead of the charge current."""
    a_mu, a_j = np.zeros((7, 7)), np.eye(7)
    if pin:
        a_mu[0, 0], a_j[0, 0] = 1.0, 0.0
    return a_mu, a_j, np.zeros(7)


def contact(voltage=0.0, spin="sink"):
    """phi = voltage, with mu_s = mu_o = 0 ("sink") or J_s = J_o = 0 ("blocked")."""
    keep = np.r_[1.0, np.full(6, float(spin == "sink"))]
    return np.diag(keep), np.diag(1 - keep), np.r_[voltage, np.zeros(6)]


def absorber(conductance, m, side=1):
    """Outer face above (side 1) or below (-1) with J_s.n = (G_r Pi + G_i K) mu_s, closed to all else."""
    a_mu, a_j, b = closed()
    a_mu[S, S] = -side * (conductance.real * (EYE - np.outer(m, m)) + conductance.imag * cross_matrix(m))
    return a_mu, a_j, b


def two_sided(block):
    """Jump law J^- = J^+ = block (mu^- - mu^+), as a 14 x 14 matrix."""
    return np.block([[block, -block], [block, -block]])


def solve(layers, laws, ends):
    """States y at the (start, end) of every layer, (layers, 2, 14); a law is 14 x 14, or None."""
    (bottom, top), steps = ends, []
    for index, (a, s, d) in enumerate(layers):
        pieces = max(1, int(np.ceil(d * np.max(np.abs(np.linalg.eigvals(a))) / 1.5)))
        flow = expm(np.block([[a, s[:, None]], [np.zeros((1, 15))]]) * d / pieces)
        steps += [(index, flow[:14, :14], flow[:14, 14], p == pieces - 1) for p in range(pieces)]
    n = len(steps)
    matrix, rhs = np.zeros((14 * n, 14 * n)), np.zeros(14 * n)
    matrix[:7, :14], rhs[:7] = np.hstack(bottom[:2]), bottom[2]
    for i, (index, flow, shift, last) in enumerate(steps[:-1]):
        rows, here, there = (
            slice(7 + 14 * i, 21 + 14 * i),
            slice(14 * i, 14 * i + 14),
            slice(14 * i + 14, 14 * i + 28),
        )
        left, right = np.eye(14), -np.eye(14)
        if last and laws[index] is not None:
            law, zero, one = laws[index], np.zeros((7, 7)), np.eye(7)
            left = np.block([[-law[:7, :7], one], [-law[7:, :7], zero]])
            right = np.block([[-law[:7, 7:], zero], [-law[7:, 7:], one]])
        matrix[rows, here], matrix[rows, there], rhs[rows] = left @ flow, right, -left @ shift
    _, flow, shift, _ = steps[-1]
    final = np.hstack(top[:2])
    matrix[-7:, -14:], rhs[-7:] = final @ flow, top[2] - final @ shift
    y = np.linalg.solve(matrix, rhs).reshape(n, 14)
    first = [next(i for i, step in enumerate(steps) if step[0] == k) for k in range(len(layers))]
    last = [*[f - 1 for f in first[1:]], n - 1]
    return np.array([[y[f], steps[g][1] @ y[g] + steps[g][2]] for f, g in zip(first, last, strict=True)])


def ohmic(charge, matrix):
    """Ning24 Eqs. 8-9: charge conductance and [[G_s, G_os], [G_so, G_o]], as a 14 x 14 matrix."""
    block = np.zeros((7, 7))
    block[0, 0], block[1:, 1:] = charge, np.kron(matrix, EYE)
    return two_sided(block)


def memory_loss(barrier, m, perp=None):
    """SpinMemoryLoss (AR*, gamma, delta) of docs/physics.md, transverse conductance `perp` (default G)."""
    ar, gamma, delta = barrier
    g = 1 / (ar * (1 - gamma**2))
    c, s = (delta / np.tanh(delta), delta / np.sinh(delta)) if delta else (1.0, 1.0)
    mm = np.outer(m, m)
    across = (g if perp is None else perp) * (EYE - mm)
    blocks = []
    for near, far in [(c, s), (s, c)]:
        plus, minus = np.eye(7), -np.eye(7)
        for block, sign, weight in [(plus, 1, near), (minus, -1, far)]:
            block[0, 0] = sign * g
            block[0, S] = block[S, 0] = -sign * gamma * g * m
            block[S, S] = sign * ((weight / ar + gamma**2 * g) * mm + across)
        blocks.append([plus, minus])
    return np.block(blocks)
