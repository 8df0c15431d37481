"""The transverse spin mode of a ferromagnet (Ning24 Eqs. 5-6)."""

import numpy as np

from .hyperbolic import Array, Value


def transverse_wavevector(
    spin_diffusion_length: Value,
    exchange_length: Value = np.inf,
    *,
    dephasing_length: Value = np.inf,
    antiparallel: bool | Array = False,
) -> Array:
    """Complex k = alpha - i beta [1/m] of the mode mu_+ ~ exp(-k z) (Ning24 Eq. 6, corrected).

    k^2 = 1/lambda_sf^2 + 1/lambda_phi^2 - i/lambda_J^2, Re k >= 0, with mu_+ = mu_1 + i mu_2 in a
    right-handed basis (e1, e2, m). An infinite length removes its term; `antiparallel` means lambda_J^2 < 0,
    so Im k > 0.

    >>> complex(np.round(transverse_wavevector(3.0, 0.5, dephasing_length=1.0), 4))
    (1.6221-1.233j)
    """
    damping = np.divide(1.0, spin_diffusion_length) ** 2 + np.divide(1.0, dephasing_length) ** 2
    precession = np.where(antiparallel, -1.0, 1.0) * np.divide(1.0, exchange_length) ** 2
    return np.asarray(np.sqrt(damping - 1j * precession))
