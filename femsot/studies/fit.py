"""Parameters of a stack from measured series, and what the data leave undetermined.

Weighted least squares between bounds. Every evaluation, and every Jacobian, is one batch of `solve_many` a series.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from femsot.base.errors import Fault, InputError, PhysicsWarning
from femsot.base.quantities import Array
from femsot.model.fit import Fit, Series
from femsot.results.quantities import quantity

from .solve import solve_many

STEP = 1e-5  #: of central differences, of the range of a parameter
FACTOR = 2.0  #: a 68 % interval of a larger factor is called undetermined
NOTABLE = 0.1  #: smallest exponent that is told, of the largest of a combination
_DENSE = 200  #: points of a curve


@dataclass(frozen=True, eq=False)
class FitResult:
    """The best values, in SI, in the order of `fit.parameters`."""

    fit: Fit
    values: Array  #: (parameters,)
    errors: Array  #: (parameters,) standard errors from the curvature; inf where the data do not tell
    intervals: Array  #: (parameters, 2) where chi^2 rises by 1, the others fitted again; ends at bounds
    correlations: Array  #: (parameters, parameters)
    chi2: float
    residuals: Array  #: (points,) (model - data)/error, series by series, quantity by quantity
    undetermined: list[str]  #: sentences
    cautions: list[str]  #: sentences

    @property
    def chi2_reduced(self) -> float | None:
        """Chi^2 over the degrees of freedom; None without any."""
        freedom = self.fit.count - len(self.values)
        return self.chi2 / freedom if freedom > 0 else None


def model_values(fit: Fit, series: Series, values: Array) -> list[Array]:
    """Return the model of one series.

    Parameters
    ----------
    fit : the stack and its parameters.
    series : where it was measured.
    values : (sets, parameters) in SI; all sets and points are one batch.

    Returns
    -------
    One array (sets, points) for each measured quantity.
    """
    fields = {p.path: values[:, i, None] for i, p in enumerate(fit.parameters) if not p.path.startswith("fit.")}
    factors = {p.path: values[:, i, None] for i, p in enumerate(fit.parameters)}
    changes = {path: np.array(value) for path, value in series.changes.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PhysicsWarning)
        solution = solve_many(fit.stack, {**fields, **changes, **series.x})
    shape = (len(values), len(next(iter(series.x.values()))))
    scale = factors[series.scale] if series.scale else 1.0
    return [scale * np.broadcast_to(quantity(solution, y.quantity).values, shape) for y in series.y]


def fit_parameters(fit: Fit) -> FitResult:
    """Return the parameters that fit the series best, from several starts; the same seed gives the same numbers.

    Raises
    ------
    InputError
        If there are fewer measured numbers than parameters, or a measured quantity is undefined in the model.
    """
    if fit.count < len(fit.parameters):
        counts = f"{fit.count} measured numbers for {len(fit.parameters)} parameters"
        raise InputError(Fault("fit", counts, "at least as many", "fix some: { value = ... }"))
    problem = _Problem(fit)
    random = np.random.default_rng(fit.seed).random((max(fit.starts, 1) - 1, len(fit.parameters)))
    first = [p.position(p.start) for p in fit.parameters]
    tried = [problem.minimum(start) for start in np.vstack([first, random])]
    best = min(tried, key=lambda each: each[1])[0]
    residuals = problem.residuals(best)
    jacobian = problem.jacobian(best)
    errors, correlations = _curvature(jacobian)
    ends = np.array([problem.profile(best, i, guess=errors[i]) for i in range(len(best))])
    values = problem.values(best[None])[0]
    slopes = (problem.values(best[None] + STEP)[0] - problem.values(best[None] - STEP)[0]) / (2 * STEP)
    intervals = np.stack([problem.values(ends[:, side][None])[0] for side in (0, 1)], axis=1)
    return FitResult(
        fit=fit,
        values=values,
        errors=np.abs(slopes) * errors,
        intervals=intervals,
        correlations=correlations,
        chi2=float(residuals @ residuals),
        residuals=residuals,
        undetermined=_undetermined(fit, jacobian * np.abs(values / slopes)) + _wide(fit, ends, intervals),
        cautions=_cautions(fit, best, residuals),
    )


class _Problem:
    """Weighted residuals of a fit, over positions between 0 and 1 in the ranges of its parameters."""

    def __init__(self, fit: Fit) -> None:
        self.fit = fit
        measured = [y for series in fit.series for y in series.y]
        self.data = np.concatenate([y.values for y in measured])
        self.weights = 1 / np.concatenate([y.errors for y in measured])

    def values(self, positions: Array) -> Array:
        """The values (sets, parameters) in SI at positions (sets, parameters)."""
        return np.stack([p.value(positions[:, i]) for i, p in enumerate(self.fit.parameters)], axis=1)

    def many(self, positions: Array) -> Array:
        """(sets, points)"""
        values = self.values(positions)
        models = [model for series in self.fit.series for model in model_values(self.fit, series, values)]
        residuals = (np.concatenate(models, axis=1) - self.data) * self.weights
        if not np.all(np.isfinite(residuals)):
            raise InputError(Fault("fit", "a measured quantity is undefined in the model", hint="what drives it?"))
        return np.asarray(residuals)

    def residuals(self, position: Array) -> Array:
        return np.asarray(self.many(position[None])[0])

    def jacobian(self, position: Array) -> Array:
        """(points, parameters), by central differences in one batch; one-sided at bounds."""
        moves = STEP * np.eye(len(position))
        above = np.clip(position + moves, 0, 1)
        below = np.clip(position - moves, 0, 1)
        both = self.many(np.concatenate([above, below]))
        widths = (above - below).diagonal()
        return np.asarray(((both[: len(moves)] - both[len(moves) :]) / widths[:, None]).T)

    def minimum(self, start: Array, fixed: int | None = None) -> tuple[Array, float]:
        """The best position from a start, and its chi^2; one parameter may be held."""
        free = np.array([i for i in range(len(start)) if i != fixed], dtype=int)
        if not len(free):
            residuals = self.residuals(start)
            return start, float(residuals @ residuals)

        def whole(position: Array) -> Array:
            filled = start.copy()
            filled[free] = position
            return filled

        solved = least_squares(
            lambda position: self.residuals(whole(position)),
            np.clip(start[free], 1e-6, 1 - 1e-6),
            jac=lambda position: self.jacobian(whole(position))[:, free],
            bounds=(0, 1),
            xtol=1e-12,
            ftol=1e-14 if fixed is None else 1e-6,
            gtol=1e-14 if fixed is None else 1e-9,
            max_nfev=100 if fixed is None else 20,
        )
        return whole(solved.x), 2 * float(solved.cost)

    def profile(self, best: Array, i: int, *, guess: float) -> tuple[float, float]:
        """The two positions where chi^2 rises by 1 with the others fitted again; a bound where it does not."""
        lowest = float(self.residuals(best) @ self.residuals(best))
        ends = [self._end(best, i, lowest=lowest, step=sign * min(guess, 1.0)) for sign in (-1, 1)]
        return ends[0], ends[1]

    def _end(self, best: Array, i: int, *, lowest: float, step: float) -> float:
        inside = best[i]
        bound = float(step > 0)
        outside = float(np.clip(best[i] + 1.5 * step, 0, 1))
        while self._rise(best, i, at=outside) < lowest + 1:
            if outside == bound:
                return bound
            inside = outside
            outside = float(np.clip(best[i] + 2 * (outside - best[i]) + step, 0, 1))
        for _ in range(8):
            middle = (inside + outside) / 2
            if self._rise(best, i, at=middle) < lowest + 1:
                inside = middle
            else:
                outside = middle
        return float((inside + outside) / 2)

    def _rise(self, best: Array, i: int, *, at: float) -> float:
        start = best.copy()
        start[i] = at
        return self.minimum(start, fixed=i)[1]


def _curvature(jacobian: Array) -> tuple[Array, Array]:
    """Standard errors of the positions, and correlations, by the singular values of the weighted Jacobian."""
    _, singular, directions = np.linalg.svd(jacobian, full_matrices=False)
    smallest = max(float(singular[0]) * 1e-10, 1e-300)
    spread = directions / np.maximum(singular, smallest)[:, None]
    covariance = spread.T @ spread
    errors = np.sqrt(covariance.diagonal())
    return errors, np.clip(covariance / np.outer(errors, errors), -1, 1)


def _undetermined(fit: Fit, jacobian: Array) -> list[str]:
    """A sentence for each combination whose 68 % interval exceeds a factor 2; `jacobian` by the logarithms."""
    _, singular, directions = np.linalg.svd(jacobian, full_matrices=False)
    sentences = []
    for s, direction in zip(singular, directions, strict=True):
        exponents = direction / direction[np.argmax(np.abs(direction))]
        together = [f"{p.path}^{x:+.2f}" for p, x in zip(fit.parameters, exponents, strict=True) if abs(x) >= NOTABLE]
        largest = float(np.abs(direction).max())
        if s * math.log(FACTOR) >= largest:
            continue
        spread = largest / s if s > 0 else math.inf
        factor = f"a factor {math.exp(spread):.3g}" if spread < 50 else "any factor"
        if len(together) == 1:
            sentences.append(f"The data do not determine {together[0].rpartition('^')[0]}: known within {factor}.")
        else:
            sentences.append(
                f"The data do not determine the combination {' '.join(together)} (known within {factor}): these can "
                "change together in these powers and fit as well; fix one of them."
            )
    return sentences


def _wide(fit: Fit, ends: Array, intervals: Array) -> list[str]:
    """A sentence for each parameter whose own 68 % interval exceeds a factor 2 or meets a bound."""
    sentences = []
    for p, (low, high), (first, last) in zip(fit.parameters, ends, intervals, strict=True):
        at_bound = low <= 0 or high >= 1
        if at_bound or first <= 0 < last or last > FACTOR**2 * first > 0:
            why = "meets a bound" if at_bound else "exceeds a factor 2 either way"
            sentences.append(f"The 68 % interval of {p.path}, {first:.4g} to {last:.4g} {p.unit}, {why}.")
    return sentences


def _cautions(fit: Fit, best: Array, residuals: Array) -> list[str]:
    """What is suspicious about the best fit."""
    sentences = [
        f"{p.path} lies at the bound of its range, {p.lower:.4g} to {p.upper:.4g} {p.unit}."
        for p, position in zip(fit.parameters, best, strict=True)
        if min(position, 1 - position) < 1e-4
    ]
    freedom = len(residuals) - len(best)
    chi2 = float(residuals @ residuals)
    if freedom > 0 and chi2 > freedom + 3 * math.sqrt(2 * freedom):
        sentences.append(f"The fit is poor: reduced chi^2 is {chi2 / freedom:.3g}; the model or the errors are off.")
    runs = 1 + int(np.sum(np.diff(np.sign(residuals)) != 0))
    positive = int(np.sum(residuals > 0))
    expected = 1 + 2 * positive * (len(residuals) - positive) / len(residuals)
    if chi2 > 1 and len(residuals) >= 8 and runs < expected - 1.5 * math.sqrt(len(residuals)):
        sentences.append(f"The residuals have {runs} runs of one sign, about {expected:.0f} are expected by chance.")
    return sentences


def curve(result: FitResult, series: Series) -> tuple[Array, list[Array]]:
    """Return dense x (n,) [SI] and the fitted curves (n,) of a series that has one x."""
    path, x = next(iter(series.x.items()))
    dense = np.linspace(x.min(), x.max(), _DENSE)
    finer = Series(series.file, {path: dense}, series.units, series.y, series.changes, series.scale)
    return dense, [model[0] for model in model_values(result.fit, finer, result.values[None])]
