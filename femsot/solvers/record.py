"""What every solver of a stack returns or raises: potentials and currents of each layer, at its ends and inside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from femsot.base.quantities import Array

from .layers import LayerTensors


@dataclass(frozen=True, eq=False)
class LayerFields:
    """One conducting layer; components phi, s xyz, o xyz (7), leading axes a batch."""

    mu: Array  #: (..., 2, 7) at its bottom and top [V]
    J: Array  #: (..., 2, 7) currents along z at its bottom and top [A/m^2]
    integrate: Callable[[], Array]  #: the potentials integrated over the thickness (..., 7) [V m]
    at: Callable[[Array], tuple[Array, Array]]  #: heights (n,) above its bottom [m] -> mu, J (..., n, 7)
    #: what of `integral` is across m, to full precision beside any part along it; None: as the difference
    integrate_across: Callable[[], Array] | None = None
    # what a microscopic method finds itself; None: as the tensors of drift-diffusion say
    direct: Array | None = None  #: in-plane charge current over the thickness, inverse Hall effects left out (2,) [A/m]
    taken: tuple[Array, Array] | None = None  #: moment that magnetization and lattice take, (3,) each [A/m^2]

    @cached_property
    def integral(self) -> Array:
        return self.integrate()

    def split(self, m: Array) -> tuple[Array, Array]:
        """Return `integral` along m (..., 2), of spin and of orbit, and across m (..., 7) without charge [V m].

        Relaxation across m may be 1e20 times as strong as along it: the part across is no difference then.
        """
        moments = self.integral[..., 1:].reshape((*self.integral.shape[:-1], 2, 3))
        along = (moments * m[..., None, :]).sum(-1)
        if self.integrate_across is not None:
            return along, self.integrate_across()
        across = moments - along[..., None] * m[..., None, :]
        return along, np.concatenate([np.zeros((*along.shape[:-1], 1)), across.reshape((*along.shape[:-1], 6))], -1)


@dataclass(frozen=True, eq=False)
class Fields:
    """A solved stack."""

    layers: tuple[LayerFields | None, ...]  #: None for an insulator
    tensors: tuple[LayerTensors | None, ...]  #: what was solved
    method: str
    unknowns: int
    residual: Array  #: (...,) largest violation of flux law, balance or interface law over the largest current
    torques: tuple[Array | None, ...] = ()  #: on the magnetization of each interface (3,), of a microscopic method
    #: heights (n,) above the bottom of every conducting layer [m] -> mu, J (n, 7) of each; None: one by one, by `at`
    sample: Callable[[Sequence[Array]], list[tuple[Array, Array]]] | None = None
    angular_error: float | None = None  #: largest relative change between two angular orders; method "boltzmann"
