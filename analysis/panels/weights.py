"""Weights that make a panel speak for a population, and standard errors that know of them.

A panel is a sample of authors with base weights. ``post_stratify``, ``rake`` and ``calibrate``
move the base weights as little as they must until weighted totals meet known population totals;
``propensity`` models who was selected. Every mean is a ratio of weighted totals, and its standard
error is linearised: the ratio is replaced by its influence values, these by their residuals from
the calibration variables, and the residuals are summed within clusters (authors).

Sources: Deville & Särndal (1992), doi:10.1080/01621459.1992.10475217; Särndal, Swensson & Wretman
(1992), ch. 5-6; Kish (1965); conventions of R's ``survey`` 4.1 (Lumley), doi:10.18637/jss.v009.i08.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats
from sklearn.linear_model import LogisticRegression

from analysis.randomness import stream

FloatArray = npt.NDArray[np.float64]


class Kish(NamedTuple):
    """How much unequal weights cost.

    Attributes
    ----------
    n : int
        Units.
    effective_n : float
        (sum w)^2 / sum w^2: as many equally weighted units would be as precise.
    design_effect : float
        n / effective_n = 1 + squared coefficient of variation of the weights.
    """

    n: int
    effective_n: float
    design_effect: float


def kish(weights: npt.ArrayLike) -> Kish:
    """Return Kish's effective sample size and design effect of ``weights`` (n,)."""
    w = _weights(weights)
    effective = float(w.sum() ** 2 / (w @ w))
    return Kish(w.size, effective, w.size / effective)


class Estimate(NamedTuple):
    """A weighted estimate, its standard error and its interval (t with ``df`` degrees)."""

    estimate: float
    se: float
    low: float
    high: float
    df: float


@dataclass(frozen=True)
class Design:
    """A weighted sample of units, perhaps clustered, perhaps calibrated.

    Attributes
    ----------
    weights : ndarray (n,)
        Final weights.
    clusters : ndarray (n,)
        The sampled unit of each row: rows of one author count once.
    sampling_fraction : float
        Share of all clusters that is in the sample; 0 for an infinite population.
    base : ndarray (n,) or None
        Weights before calibration.
    auxiliary : ndarray (n, p) or None
        Variables whose totals the calibration met; their fit is taken out of the variance.
    """

    weights: FloatArray
    clusters: npt.NDArray[Any]
    sampling_fraction: float = 0.0
    base: FloatArray | None = None
    auxiliary: FloatArray | None = field(default=None, repr=False)

    @classmethod
    def of(
        cls,
        weights: npt.ArrayLike,
        clusters: npt.ArrayLike | None = None,
        sampling_fraction: float = 0.0,
    ) -> Design:
        """Return an uncalibrated design; without ``clusters`` each row is its own."""
        w = _weights(weights)
        units = np.arange(w.size) if clusters is None else np.asarray(clusters)
        if units.shape != w.shape:
            raise ValueError("clusters has another length than weights: give one per row")
        return cls(w, pd.factorize(units)[0], sampling_fraction)

    @property
    def df(self) -> int:
        """Degrees of freedom: clusters less one."""
        return int(self.clusters.max())

    def influence_se(self, influence: FloatArray) -> FloatArray:
        """Return the design standard error of a sum of weighted influence values.

        Parameters
        ----------
        influence : ndarray (n,) or (n, m)
            w_i z_i, whose total is the estimate's linear part.
        """
        z = np.asarray(influence, dtype=float)
        z = z[:, None] if z.ndim == 1 else z
        if self.auxiliary is not None and self.base is not None:
            final = np.where(self.weights == 0, 1.0, self.weights)[:, None]
            root = np.sqrt(self.base)[:, None]
            fit, *_ = np.linalg.lstsq(self.auxiliary * root, z / final * root, rcond=None)
            z = z - self.weights[:, None] * (self.auxiliary @ fit)
        groups = self.df + 1
        totals = np.zeros((groups, z.shape[1]))
        np.add.at(totals, self.clusters, z)
        spread = ((totals - totals.mean(axis=0)) ** 2).sum(axis=0)
        fpc = (1 - self.sampling_fraction) * groups / (groups - 1)
        return np.asarray(np.sqrt(fpc * spread))

    def ratio(
        self,
        numerator: npt.ArrayLike,
        denominator: npt.ArrayLike | None = None,
        *,
        domain: npt.ArrayLike | None = None,
        level: float = 0.95,
    ) -> Estimate:
        """Return sum w y / sum w x with its linearised standard error.

        Parameters
        ----------
        numerator : array (n,)
            y, e.g. items of a trend.
        denominator : array (n,), optional
            x, e.g. images; ones (a weighted mean) when absent.
        domain : bool array (n,), optional
            Rows that the ratio is about; the others still count as sampled.
        level : float
            Confidence level.
        """
        y = _column(numerator, self.weights.size, "numerator")
        x = np.ones_like(y) if denominator is None else _column(denominator, y.size, "denominator")
        inside = np.ones(y.size, dtype=bool) if domain is None else np.asarray(domain, dtype=bool)
        w = np.where(inside, self.weights, 0.0)
        total = float(w @ x)
        if total == 0:
            raise ValueError("the domain holds no weight: choose one with at least one unit")
        value = float(w @ y) / total
        return self._estimate(
            value, float(self.influence_se(w * (y - value * x) / total)[0]), level
        )

    def total(self, values: npt.ArrayLike, *, level: float = 0.95) -> Estimate:
        """Return the weighted total of ``values`` (n,)."""
        z = self.weights * _column(values, self.weights.size, "values")
        return self._estimate(float(z.sum()), float(self.influence_se(z)[0]), level)

    def proportion(
        self,
        values: npt.ArrayLike,
        *,
        domain: npt.ArrayLike | None = None,
        level: float = 0.95,
    ) -> Estimate:
        """Return a weighted proportion with its interval on the logit scale.

        The interval stays inside (0, 1) and suits rare labels better than the symmetric one
        (``survey::svyciprop(method = "logit")``).
        """
        mean = self.ratio(values, domain=domain, level=level)
        p, se = mean.estimate, mean.se
        if not 0 < p < 1:
            return mean
        half = stats.t.ppf((1 + level) / 2, self.df) * se / (p * (1 - p))
        centre = np.log(p / (1 - p))
        low, high = (1 / (1 + np.exp(-(centre + side * half))) for side in (-1, 1))
        return Estimate(p, se, float(low), float(high), self.df)

    def bootstrap(
        self,
        statistic: Callable[[FloatArray], float],
        *,
        reweight: Callable[[FloatArray], Design] | None = None,
        replicates: int = 999,
        seed: int = 0,
        level: float = 0.95,
    ) -> Estimate:
        """Return ``statistic(weights)`` with its bootstrap standard error and percentile interval.

        Clusters are drawn with replacement; each draw multiplies the base weights, and
        ``reweight`` (a closure over ``rake``, ``calibrate``, ...) calibrates them anew, so that
        the interval carries what calibration gains and costs.
        """
        base = self.weights if self.base is None else self.base
        groups = self.df + 1
        values = np.empty(replicates)
        for r in range(replicates):
            draw = stream(seed, "panels", "bootstrap", r).multinomial(
                groups, np.full(groups, 1 / groups)
            )
            w = base * draw[self.clusters]
            values[r] = statistic(w if reweight is None else reweight(w).weights)
        low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
        return Estimate(
            statistic(self.weights), float(values.std(ddof=1)), float(low), float(high), self.df
        )

    def _estimate(self, value: float, se: float, level: float) -> Estimate:
        half = float(stats.t.ppf((1 + level) / 2, self.df)) * se
        return Estimate(value, se, value - half, value + half, self.df)


Margin = tuple[npt.ArrayLike, Mapping[Any, float]]
"""A category per unit, and the population total of each category."""


def post_stratify(design: Design, margin: Margin) -> Design:
    """Scale weights within strata to the population totals.

    Raises
    ------
    ValueError
        A stratum of the population has no unit in the sample, or the reverse: merge strata.
    """
    dummies, totals = _dummies(margin, design.weights)
    sums = dummies.T @ design.weights
    return _calibrated(design, design.weights * (dummies @ (totals / sums)), dummies)


def rake(
    design: Design,
    margins: Sequence[Margin],
    *,
    tolerance: float = 1e-12,
    most: int = 2000,
) -> Design:
    """Scale weights to each margin in turn until all are met (iterative proportional fitting).

    Parameters
    ----------
    design : Design
        Its weights are where raking starts.
    margins : sequence of (categories (n,), totals)
        Population totals of each category; all margins must have the same sum.
    tolerance : float
        Largest relative difference between a margin and its total at the end.
    most : int
        Sweeps before giving up.

    Raises
    ------
    ValueError
        Margins disagree in their sum, a category is empty, or no convergence.
    """
    pairs = [_dummies(margin, design.weights) for margin in margins]
    sums = [totals.sum() for _, totals in pairs]
    if max(sums) - min(sums) > 1e-9 * max(sums):
        raise ValueError("margins add up to different populations: scale them to one total")
    w = design.weights.copy()
    for _ in range(most):
        for dummies, totals in pairs:
            w = w * (dummies @ (totals / (dummies.T @ w)))
        gap = max(np.abs(dummies.T @ w / totals - 1).max() for dummies, totals in pairs)
        if gap <= tolerance:
            return _calibrated(design, w, np.hstack([dummies for dummies, _ in pairs]))
    raise ValueError(f"raking leaves a margin off by {gap:.1e}: merge sparse categories")


Distance = Literal["linear", "raking", "logit"]


def calibrate(
    design: Design,
    auxiliary: npt.ArrayLike,
    totals: npt.ArrayLike,
    *,
    distance: Distance = "logit",
    bounds: tuple[float, float] = (0.2, 4.0),
    tolerance: float = 1e-11,
    most: int = 100,
) -> Design:
    """Move weights least until the weighted totals of ``auxiliary`` are ``totals``.

    Parameters
    ----------
    design : Design
        Its weights are the base.
    auxiliary : array (n, p)
        Numeric variables and dummies; include a column of ones to keep the population size.
    totals : array (p,)
        Their population totals.
    distance : {"linear", "raking", "logit"}
        Deville and Särndal's cases 1, 2 and 6: "linear" (GREG) may give negative weights,
        "raking" multiplies by exp, "logit" keeps the factor inside ``bounds``.
    bounds : (float, float)
        Least and greatest factor on a base weight, for "logit".
    tolerance : float
        Largest difference between weighted and wanted totals, relative to the totals' size.
    most : int
        Newton steps before giving up.

    Raises
    ------
    ValueError
        The totals cannot be met: widen the bounds or drop a variable.
    """
    X = np.asarray(auxiliary, dtype=float)
    wanted = np.asarray(totals, dtype=float)
    w = design.weights
    if X.shape != (w.size, wanted.size):
        raise ValueError("auxiliary must have one row per unit and one column per total")
    if distance == "logit" and not bounds[0] < 1 < bounds[1]:
        raise ValueError("bounds must lie on both sides of 1")
    scale = np.maximum(np.abs(wanted), w @ np.abs(X))
    multipliers = np.zeros(wanted.size)

    def gap(at: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        factor, slope = _factor(X @ at, distance, bounds)
        return wanted - X.T @ (w * factor), factor, slope

    missing, factor, slope = gap(multipliers)
    for _ in range(most):
        if np.abs(missing / scale).max() <= tolerance:
            return _calibrated(design, w * factor, X)
        step, *_ = np.linalg.lstsq((X * (w * slope)[:, None]).T @ X, missing, rcond=None)
        size = np.abs(missing / scale).sum()
        for halving in range(30):
            ahead = multipliers + step / 2**halving
            found, factor, slope = gap(ahead)
            if np.abs(found / scale).sum() < size:
                break
        multipliers, missing = ahead, found
    raise ValueError("totals cannot be met: widen bounds or drop a variable")


def trim(design: Design, lower: float, upper: float) -> Design:
    """Cut weights to [``lower``, ``upper``] and share what was cut equally among the others.

    Repeated until all weights are inside (``survey::trimWeights(strict = TRUE)``); the sum stays.
    """
    w = design.weights.copy()
    total = w.sum()
    if not lower * w.size <= total <= upper * w.size:
        raise ValueError("lower and upper cannot hold the sum of weights: widen them")
    while ((w < lower * (1 - 1e-12)) | (w > upper * (1 + 1e-12))).any():
        outside = (w <= lower) | (w >= upper)
        w = np.clip(w, lower, upper)
        w[~outside] += (total - w.sum()) / (~outside).sum()
    return Design(w, design.clusters, design.sampling_fraction, design.base, design.auxiliary)


@dataclass(frozen=True)
class Propensity:
    """Who was selected, and weights that undo it.

    Attributes
    ----------
    score : ndarray (n,)
        Estimated probability of selection.
    weights : ndarray (n,)
        Weights of all units for the chosen target; they sum to one within each arm.
    balance : DataFrame
        Per feature: standardised mean difference BEFORE and AFTER weighting.
    overlap : float
        Share of units whose score lies inside the range that both arms occupy.
    effective_n : tuple of float
        Kish's effective size of the unselected and the selected arm.
    """

    score: FloatArray
    weights: FloatArray
    balance: pd.DataFrame
    overlap: float
    effective_n: tuple[float, float]


Target = Literal["all", "selected", "overlap"]


def propensity(
    features: pd.DataFrame,
    selected: npt.ArrayLike,
    *,
    target: Target = "overlap",
    trim_at: float = 1.0,
    penalty: float = 1e-5,
) -> Propensity:
    """Weight both arms to one target population by a logistic model of selection.

    Parameters
    ----------
    features : DataFrame (n, p)
        Numeric features; standardised inside.
    selected : bool array (n,)
        The hand-picked flag, or response.
    target : {"all", "selected", "overlap"}
        Population that both arms are weighted to: everybody (inverse probability), the selected
        (odds), or those who could be either (overlap weights; Li, Morgan & Zaslavsky 2018,
        doi:10.1080/01621459.2016.1260466: exact balance of the features and no extreme weights).
    trim_at : float
        Quantile at which weights of each arm are capped; lower it if a few weights of "all" or
        "selected" carry an arm, at the price of some bias.
    penalty : float
        Ridge penalty per unit, so that separation ends in a finite model.
    """
    chosen = np.asarray(selected, dtype=bool)
    X = features.to_numpy(float)
    if not np.isfinite(X).all():
        raise ValueError("features hold missing values: fill them or drop the rows")
    if not 0 < chosen.sum() < chosen.size:
        raise ValueError("selected must hold both kinds of units")
    spread = X.std(axis=0)
    Z = (X - X.mean(axis=0)) / np.where(spread == 0, 1, spread)
    model = LogisticRegression(C=1 / (penalty * chosen.size), max_iter=1000, tol=1e-10)
    # a score of one, to which rounding can bring it, would give an infinite weight
    score = np.clip(model.fit(Z, chosen).predict_proba(Z)[:, 1], 1e-9, 1 - 1e-9)
    weights = {
        "all": np.where(chosen, 1 / score, 1 / (1 - score)),
        "selected": np.where(chosen, 1.0, score / (1 - score)),
        "overlap": np.where(chosen, 1 - score, score),
    }[target]
    for arm in (~chosen, chosen):
        weights[arm] = np.minimum(weights[arm], np.quantile(weights[arm], trim_at))
        weights[arm] /= weights[arm].sum()
    pooled = np.sqrt((X[chosen].var(axis=0) + X[~chosen].var(axis=0)) / 2)
    pooled = np.where(pooled == 0, 1, pooled)
    after = (weights[chosen] @ X[chosen] - weights[~chosen] @ X[~chosen]) / pooled
    before = (X[chosen].mean(axis=0) - X[~chosen].mean(axis=0)) / pooled
    common = (
        max(score[chosen].min(), score[~chosen].min()),
        min(score[chosen].max(), score[~chosen].max()),
    )
    return Propensity(
        score,
        weights,
        pd.DataFrame({"BEFORE": before, "AFTER": after}, index=features.columns),
        float(((score >= common[0]) & (score <= common[1])).mean()),
        (kish(weights[~chosen]).effective_n, kish(weights[chosen]).effective_n),
    )


def _factor(
    linear: FloatArray, distance: Distance, bounds: tuple[float, float]
) -> tuple[FloatArray, FloatArray]:
    """Return the factor on the base weight and its derivative."""
    if distance == "linear":
        return 1 + linear, np.ones_like(linear)
    if distance == "raking":
        grown = np.exp(np.minimum(linear, 500))
        return grown, grown
    low, high = bounds
    rate = (high - low) / ((1 - low) * (high - 1))
    grown = np.exp(np.clip(rate * linear, -500, 500))
    denominator = (high - 1) + (1 - low) * grown
    factor = (low * (high - 1) + high * (1 - low) * grown) / denominator
    return factor, rate * (factor - low) * (high - factor) / (high - low)


def _calibrated(design: Design, weights: FloatArray, auxiliary: FloatArray) -> Design:
    return Design(weights, design.clusters, design.sampling_fraction, design.weights, auxiliary)


def _dummies(margin: Margin, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    categories, totals = margin
    values = np.asarray(categories)
    if values.shape != weights.shape:
        raise ValueError("a margin has another length than the weights: give one category per unit")
    names = list(totals)
    dummies = np.stack([values == name for name in names], axis=1).astype(float)
    if (dummies.sum(axis=1) != 1).any():
        raise ValueError("a unit's category has no population total: add it or merge categories")
    empty = [str(name) for name, s in zip(names, dummies.T @ weights, strict=True) if s == 0]
    if empty:
        raise ValueError(f"no unit in {', '.join(empty)}: merge categories")
    return dummies, np.array([float(totals[name]) for name in names])


def _weights(weights: npt.ArrayLike) -> FloatArray:
    w = np.asarray(weights, dtype=float)
    if w.ndim != 1 or not np.isfinite(w).all() or (w < 0).any() or w.sum() == 0:
        raise ValueError("weights must be one finite number of at least 0 per unit, not all 0")
    return w


def _column(values: npt.ArrayLike, n: int, name: str) -> FloatArray:
    column = np.asarray(values, dtype=float)
    if column.shape != (n,):
        raise ValueError(f"{name} must hold one number per unit ({n})")
    return column
