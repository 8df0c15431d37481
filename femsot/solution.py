"""The result a user holds: potentials and currents anywhere, torques, budget, and the record of `result.json`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .channels import COMPONENTS
from .checks import Array, InputError
from .observables import Budget, Observables, Torque
from .resolved import resolved
from .version import __version__


@dataclass(frozen=True, eq=False)
class Report:
    """How the solution was reached."""

    method: str
    unknowns: int
    residual: float  #: worst violation of flux law, balance and interface laws over the largest current
    seconds: float
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class Solution(Observables):
    """A solved stack, or a batch of them: leading axes of every array are the batch."""

    report: Report

    def mu(self, z: Any) -> Array:
        """Potentials (..., 7, len(z)) [V] at heights z (n,) above the bottom [m]; nan in an insulator.

        At an interface the value below it is meant.
        """
        return self._sample(z)[0]

    def flux(self, z: Any) -> Array:
        """Currents along z (..., 7, len(z)) [A/m^2] at heights z (n,) [m]."""
        return self._sample(z)[1]

    def _sample(self, z: Any) -> tuple[Array, Array]:
        heights, edges = np.atleast_1d(np.asarray(z, dtype=float)), self.stack.z
        if edges.ndim > 1:
            raise InputError("mu(z), flux(z): thicknesses differ between the points of the batch, allowed: one stack")
        total = edges[-1]
        if np.any(~(heights >= -1e-9 * total)) or np.any(heights > total * (1 + 1e-9)):
            raise InputError(f"z: got {np.min(heights):g} to {np.max(heights):g} m, allowed: 0 to {total:g} m")
        where = np.clip(np.searchsorted(edges, heights, side="left") - 1, 0, len(edges) - 2)
        values: list[list[tuple[Array, Array]]] = [[], []]
        for i, layer in enumerate(self.fields.layers):
            chosen = np.flatnonzero(where == i)
            if layer is not None and chosen.size:
                inside = np.clip(heights[chosen] - edges[i], 0.0, edges[i + 1] - edges[i])
                for found, value in zip(values, layer.at(inside), strict=True):
                    found.append((chosen, value))
        return self._gather(values[0], heights.size), self._gather(values[1], heights.size)

    @staticmethod
    def _gather(parts: list[tuple[Array, Array]], size: int) -> Array:
        batch = np.broadcast_shapes(*[value.shape[:-2] for _, value in parts]) if parts else ()
        out = np.full((*batch, size, 7), np.nan)
        for chosen, value in parts:
            out[..., chosen, :] = value
        return np.swapaxes(out, -1, -2)

    def layer_profile(self, name: str, z: Any) -> tuple[Array, Array]:
        """mu and J (..., n, 7) of one layer at heights z (n,) above its own bottom [m]."""
        layer = self.fields.layers[self.stack.index(name)]
        if layer is None:
            raise InputError(f"layers.{name}: an insulator, it has no potentials")
        return layer.at(np.atleast_1d(np.asarray(z, dtype=float)))

    def to_dict(self) -> dict[str, Any]:
        """The record of `result.json` (docs: the result), plain numbers, SI; null where undefined."""
        for layer in self.fields.layers:
            if layer is not None and layer.mu.ndim > 2:
                raise InputError("to_dict: the solution is a batch, allowed: a single stack")
        return {
            "femsot": __version__,
            "title": self.stack.title,
            "input": resolved(self.stack) | {"closure": self.closure, "method": self.report.method},
            "components": list(COMPONENTS),
            "layers": [self._layer_dict(i) for i in range(len(self.stack.layers))],
            "interfaces": [_plain(vars(self.interface(i))) for i in range(len(self.stack.layers) - 1)],
            "profiles": self._profiles(),
            "resistance_area": _plain(self.resistance_area()),
            "current_density": _plain(self.current_density()),
            "resistance": _plain(self.sheet_resistance()),
            "report": _plain(vars(self.report)),
        }

    def _layer_dict(self, i: int) -> dict[str, Any]:
        layer, fields = self.stack.layers[i], self.fields.layers[i]
        ends = [None, None] if fields is None else [{"mu": fields.mu[s], "J": fields.J[s]} for s in (0, 1)]
        budget = self.budget(i)
        return {
            "name": layer.name,
            "z": _plain(self.stack.z[i : i + 2]),
            "bottom": _plain(ends[0]),
            "top": _plain(ends[1]),
            "sheet_current": _plain(self.sheet_current(i)),
            "torque": None if layer.magnetization is None else _torque_dict(self.torque(layer.name)),
            "budget": None if budget is None else _plain(_without_exchange(budget, self.closure)),
        }

    def _profiles(self) -> dict[str, Any]:
        names, z, mu, J = [], [], [], []
        for i, layer in enumerate(self.fields.layers):
            if layer is None:
                continue
            inside = self._points(i)
            at = layer.at(inside)
            names += [self.stack.layers[i].name] * len(inside)
            z.append(inside + self.stack.z[i])
            mu.append(at[0])
            J.append(at[1])
        return {
            "z": _plain(np.concatenate(z)),
            "layer": names,
            "mu": _plain(np.concatenate(mu)),
            "J": _plain(np.concatenate(J)),
        }

    def _points(self, i: int) -> Array:
        """Heights that show a layer: evenly spread, and close to both ends down to its shortest length."""
        d, tensors = float(self.stack.layers[i].thickness), self.tensors[i]
        assert tensors is not None
        rates = np.linalg.eigvals(np.linalg.solve(tensors.bulk.conductivity, tensors.bulk.transverse))
        shortest = 1 / np.sqrt(max(np.max(np.abs(rates)), 1 / d**2))
        near = np.geomspace(min(shortest / 20, d / 100), d / 2, 25)
        return np.unique(np.concatenate([np.linspace(0.0, d, 41), near, d - near]))


def _torque_dict(torque: Torque) -> dict[str, Any]:
    field_T = torque.field_T
    defined = torque.reference is not None
    return _plain(  # type: ignore[no-any-return]
        {
            "flux": torque.flux,
            "exchange": torque.exchange,
            "interface": torque.interface,
            "received": torque.received,
            "received_like": None if torque.received is None or not defined else torque.split(torque.received),
            "damping_like": torque.damping_like,
            "field_like": torque.field_like,
            "remainder": torque.remainder,
            "reference": torque.reference,
            "efficiency_E": torque.efficiency_E if defined else None,
            "field_T": field_T if defined else None,
        }
    )


def _without_exchange(budget: Budget, closure: str) -> dict[str, Any]:
    """In closure "ning24" relaxation mixes the channels, and what feeds m or orbit is no torque: not reported."""
    values = dict(vars(budget))
    return values | {"exchange": None, "orbital_exchange": None} if closure == "ning24" else values


def _plain(value: Any) -> Any:
    """Nested lists of Python numbers; None for a number that is not finite."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
