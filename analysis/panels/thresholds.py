"""Is there anything special about a threshold of followers? Jumps of outcomes and of density.

``jump`` compares local polynomials on both sides of a cut at a given bandwidth; ``robust_jump``
chooses the bandwidth of the local line and reports the bias-corrected estimate with its robust
interval. With one bandwidth for both steps the bias-corrected local line is the local parabola
(Calonico, Cattaneo & Titiunik 2014, doi:10.3982/ECTA11757, remark 7), which keeps this short.
``density_jump`` asks whether authors bunch at the cut (Cattaneo, Jansson & Ma 2020,
doi:10.1080/01621459.2019.1635480). A density jump at one cut means little where the density is
merely bumpy: ``placebo_cuts`` gives the same figures at other cuts.

Run these on the logarithm of followers. Bandwidths follow the three-step plug-in of Calonico,
Cattaneo & Farrell (2020), doi:10.1093/ectj/utz022 (``rdrobust``'s ``mserd``).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

FloatArray = npt.NDArray[np.float64]
Kernel = Literal["triangular", "uniform"]
Errors = Literal["HC0", "HC1", "HC2", "HC3"]
_PILOT = {"triangular": 2.576, "uniform": 1.843}
POWER_80 = float(stats.norm.ppf(0.975) + stats.norm.ppf(0.8))
"""A jump of this many standard errors is found with 80 % power at the 5 % level."""


class Jump(NamedTuple):
    """A difference of limits, right of the cut minus left of it."""

    estimate: float
    se: float
    n_left: int
    n_right: int


def jump(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    cut: float,
    bandwidth: float,
    *,
    order: int = 1,
    kernel: Kernel = "triangular",
    errors: Errors = "HC3",
    clusters: npt.ArrayLike | None = None,
) -> Jump:
    """Return the jump of E[y|x] at ``cut`` by local polynomials of ``order``.

    Parameters
    ----------
    x, y : array (n,)
        Running variable (log followers) and outcome, one row per author.
    cut : float
        Rows with x >= cut are on the right.
    bandwidth : float
        Rows farther away than this have no weight.
    order : int
        1 for lines, 2 for parabolas.
    kernel : {"triangular", "uniform"}
        Weights by distance.
    errors : {"HC0", "HC1", "HC2", "HC3"}
        Heteroskedasticity-robust errors.
    clusters : array (n,), optional
        Authors, if they own several rows: errors are then clustered (CR1).

    Raises
    ------
    ValueError
        A side has too few rows with weight: widen the bandwidth.
    """
    u, v = _pair(x, y)
    u = u - cut
    groups = None if clusters is None else np.asarray(clusters)
    influences, sides, rows = [], [], []
    for right in (False, True):
        side = np.flatnonzero(((u >= 0) == right) & (_weights(u, bandwidth, kernel) > 0))
        fit = _regression(u[side], v[side], bandwidth, order, kernel, errors)
        influences.append(fit.influence[:, 0] * (1 if right else -1))
        sides.append(fit.coefficients[0])
        rows.append(side)
    influence, used = np.concatenate(influences), np.concatenate(rows)
    parameters = 2 * (order + 1)
    if groups is not None:
        codes = np.unique(groups[used], return_inverse=True)[1]
        plain = _plain(u, v, rows, bandwidth, order, kernel)
        influence = np.asarray(np.bincount(codes, weights=plain), dtype=float)
        count = influence.size
        factor = count / (count - 1) * (used.size - 1) / (used.size - parameters)
    else:
        factor = used.size / (used.size - parameters) if errors == "HC1" else 1.0
    se = math.sqrt(factor * float(influence @ influence))
    return Jump(float(sides[1] - sides[0]), se, rows[0].size, rows[1].size)


@dataclass(frozen=True)
class RobustJump:
    """Jump at a cut with its robust bias-corrected interval.

    Attributes
    ----------
    conventional : float
        Local-linear estimate.
    estimate, se, low, high, p : float
        Bias-corrected estimate, robust standard error, interval and two-sided p-value.
    bandwidth : float
        Half-width of the window, in units of x.
    n_left, n_right : int
        Authors in it.
    detectable : float
        Smallest jump found with 80 % power at the 5 % level.
    """

    conventional: float
    estimate: float
    se: float
    low: float
    high: float
    p: float
    bandwidth: float
    n_left: int
    n_right: int
    detectable: float


def robust_jump(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    cut: float,
    *,
    bandwidth: float | None = None,
    kernel: Kernel = "triangular",
    errors: Errors = "HC3",
    clusters: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> RobustJump:
    """Return the jump of E[y|x] at ``cut`` with an interval that allows for curvature.

    Parameters
    ----------
    x, y, cut, kernel, errors, clusters
        As in ``jump``.
    bandwidth : float, optional
        Chosen to minimise the mean squared error of the local line when absent.
    level : float
        Confidence level.
    """
    u, v = _pair(x, y)
    h = _regression_bandwidth(u - cut, v, kernel) if bandwidth is None else bandwidth
    plain, corrected = (
        jump(u, v, cut, h, order=order, kernel=kernel, errors=errors, clusters=clusters)
        for order in (1, 2)
    )
    return _robust(plain.estimate, corrected, h, level)


def density_jump(
    x: npt.ArrayLike, cut: float, *, bandwidth: float | None = None, level: float = 0.95
) -> RobustJump:
    """Return the jump of the density of x at ``cut``, by local polynomials of its distribution.

    Parameters
    ----------
    x : array (n,)
        Running variable (log followers).
    cut : float
        Threshold.
    bandwidth : float, optional
        Chosen to minimise the mean squared error of the difference when absent.
    level : float
        Confidence level.

    Returns
    -------
    RobustJump
        In units of density; the estimate comes from cubics at the bandwidth of the parabolas.
    """
    u = np.sort(_pair(x, x)[0] - cut)
    sides = [_Distribution(u, right) for right in (False, True)]
    h = _density_bandwidth(u, sides) if bandwidth is None else bandwidth
    found = []
    for order in (2, 3):
        fits = [side.fit(h, order) for side in sides]
        influence = fits[1].influence[:, 1] - fits[0].influence[:, 1]
        found.append(
            Jump(
                float(fits[1].coefficients[1] - fits[0].coefficients[1]),
                math.sqrt(float(influence @ influence)),
                fits[0].rows,
                fits[1].rows,
            )
        )
    return _robust(found[0].estimate, found[1], h, level)


def placebo_cuts(
    x: npt.ArrayLike,
    cuts: npt.ArrayLike,
    test: Callable[..., RobustJump],
    *,
    true_cut: float | None = None,
    y: npt.ArrayLike | None = None,
) -> pd.DataFrame:
    """Run a threshold test at many cuts.

    Parameters
    ----------
    x : array (n,)
        Running variable.
    cuts : array (m,)
        Places to test, e.g. every 0.1 of log followers.
    test : callable
        (x, cut) -> RobustJump, or with ``y`` (x, y, cut) -> RobustJump; a closure sets its options.
    true_cut : float, optional
        Rows on its other side are left out, so that a true jump cannot leak into placebos.
    y : array (n,), optional
        Outcome.

    Returns
    -------
    DataFrame
        CUT, ESTIMATE, LOW, HIGH, P, DETECTABLE, N_LEFT, N_RIGHT; rows without enough data are NaN.
    """
    u = np.asarray(x, dtype=float)
    columns = [u] if y is None else [u, np.asarray(y, dtype=float)]
    rows = []
    for cut in np.asarray(cuts, dtype=float):
        side = np.ones(u.size, dtype=bool)
        if true_cut is not None and cut != true_cut:
            side = (u >= true_cut) == (cut >= true_cut)
        try:
            found = test(*(column[side] for column in columns), cut)
        except ValueError:
            rows.append((cut, *[np.nan] * 5, 0, 0))
            continue
        rows.append(
            (
                cut,
                found.estimate,
                found.low,
                found.high,
                found.p,
                found.detectable,
                found.n_left,
                found.n_right,
            )
        )
    names = ["CUT", "ESTIMATE", "LOW", "HIGH", "P", "DETECTABLE", "N_LEFT", "N_RIGHT"]
    return pd.DataFrame(rows, columns=names)


class _Fit(NamedTuple):
    """Coefficients of 1, u, u^2, ...; ``influence`` (rows, order + 1) squares to their variance."""

    coefficients: FloatArray
    influence: FloatArray
    smoother: FloatArray
    rows: int

    def variance(self, term: int) -> float:
        return float(self.influence[:, term] @ self.influence[:, term])


def _weights(u: FloatArray, h: float, kernel: Kernel) -> FloatArray:
    inside = np.abs(u) <= h
    return np.where(inside, 1 - np.abs(u) / h if kernel == "triangular" else 1.0, 0.0)


def _smoother(u: FloatArray, h: float, order: int, kernel: Kernel) -> tuple[FloatArray, FloatArray]:
    """Return the coefficients' linear weights (order + 1, m) and the leverages (m,)."""
    w = _weights(u, h, kernel)
    if np.unique(u[w > 0]).size < order + 2:
        raise ValueError("too few authors beside the cut: widen the bandwidth")
    R = _powers(u / h, order)
    RW = R * w[:, None]
    linear = np.linalg.solve(RW.T @ R, RW.T)
    leverage = (R * linear.T).sum(axis=1)
    return linear / h ** np.arange(order + 1)[:, None], leverage


def _powers(u: FloatArray, order: int) -> FloatArray:
    """Return 1, u, ..., u^order as columns."""
    return np.vander(u, order + 1, increasing=True)


def _regression(
    u: FloatArray, v: FloatArray, h: float, order: int, kernel: Kernel, errors: Errors
) -> _Fit:
    linear, leverage = _smoother(u, h, order, kernel)
    coefficients = linear @ v
    residual = v - _powers(u, order) @ coefficients
    power = {"HC0": 0.0, "HC1": 0.0, "HC2": 0.5, "HC3": 1.0}[errors]
    scaled = residual / np.maximum(1 - leverage, 1e-10) ** power
    rows = int((_weights(u, h, kernel) > 0).sum())
    return _Fit(coefficients, (linear * scaled).T, linear, rows)


def _plain(
    u: FloatArray,
    v: FloatArray,
    rows: list[npt.NDArray[np.int64]],
    h: float,
    order: int,
    kernel: Kernel,
) -> FloatArray:
    """Return influences with plain residuals, left then right."""
    parts = [
        _regression(u[side], v[side], h, order, kernel, "HC0").influence[:, 0] for side in rows
    ]
    return np.concatenate([-parts[0], parts[1]])


class _Distribution:
    """One side's local polynomial fits of the empirical distribution of all of ``u`` (sorted)."""

    def __init__(self, u: FloatArray, right: bool) -> None:
        self.u = u
        first = int(np.searchsorted(u, 0.0))
        self.start, self.stop = (first, u.size) if right else (0, first)
        self.share = np.searchsorted(u, u, side="right") / u.size

    def fit(self, h: float, order: int) -> _Fit:
        near = np.flatnonzero(np.abs(self.u[self.start : self.stop]) <= h) + self.start
        linear, _ = _smoother(self.u[near], h, order, "triangular")
        share = self.share[near]
        coefficients = linear @ share
        # an author raises the distribution at every point to the right of it
        above = np.zeros((self.u.size + 1, order + 1))
        above[near] = linear.T
        above = above[::-1].cumsum(axis=0)[::-1]
        influence = above[np.searchsorted(self.u, self.u, side="left")] - coefficients
        residual = share - _powers(self.u[near], order) @ coefficients
        influence[near] += self.u.size * (linear * residual).T
        return _Fit(coefficients, influence / self.u.size, linear, near.size)


def _optimal(
    fits: Callable[[bool, float, int], _Fit],
    sides: tuple[FloatArray, FloatArray],
    order: int,
    term: int,
    h_variance: float,
    h_bias: float,
    rate: int,
    regularise: bool,
) -> float:
    """Return the bandwidth that balances variance and squared bias of a coefficient's jump.

    ``rate`` is the power of the bandwidth in the variance's denominator.
    """
    bias_power = order + 1 - term
    variance, bias, uncertainty = 0.0, 0.0, 0.0
    for right, u in zip((False, True), sides, strict=True):
        at_pilot, wide = fits(right, h_variance, order), fits(right, h_bias, order + 1)
        variance += at_pilot.variance(term) * h_variance**rate
        inside = u[np.abs(u) <= h_variance]
        linear = _smoother(inside, h_variance, order, "triangular")[0][term]
        constant = float(linear @ inside ** (order + 1)) / h_variance**bias_power
        bias += (1 if right else -1) * constant * wide.coefficients[order + 1]
        uncertainty += 3 * constant**2 * wide.variance(order + 1)
    squared = bias**2 + (uncertainty if regularise else 0.0)
    ratio = rate * variance / (2 * bias_power * max(squared, np.finfo(float).tiny))
    return float(ratio ** (1 / (rate + 2 * bias_power)))


def _regression_bandwidth(u: FloatArray, v: FloatArray, kernel: Kernel) -> float:
    parts = (u < 0, u >= 0)
    sides = (u[parts[0]], u[parts[1]])
    reach = [float(np.abs(side).max(initial=0.0)) for side in sides]

    def fits(right: bool, h: float, order: int) -> _Fit:
        part = parts[int(right)] & (np.abs(u) <= h)
        return _regression(u[part], v[part], h, order, kernel, "HC0")

    pilot = _pilot(u, kernel)
    far = max(reach)
    third = _optimal(fits, sides, 3, 3, pilot, far, 7, regularise=False)
    second = _optimal(fits, sides, 2, 2, pilot, min(third, far), 5, regularise=True)
    return min(_optimal(fits, sides, 1, 0, pilot, min(second, far), 1, regularise=True), far)


def _density_bandwidth(u: FloatArray, sides: list[_Distribution]) -> float:
    far = float(np.abs(u).max())
    parts = (u[u < 0], u[u >= 0])

    def fits(right: bool, h: float, order: int) -> _Fit:
        return sides[int(right)].fit(h, order)

    pilot = _pilot(u, "triangular")
    third = _optimal(fits, parts, 3, 3, pilot, far, 5, regularise=True)
    return min(_optimal(fits, parts, 2, 1, pilot, min(third, far), 1, regularise=True), far)


def _pilot(u: FloatArray, kernel: Kernel) -> float:
    """Rule of thumb, widened until either side holds enough authors for a cubic."""
    least = 20
    sides = [np.sort(np.abs(u[u < 0])), np.sort(u[u >= 0])]
    if min(side.size for side in sides) < least:
        raise ValueError("fewer than 20 authors on one side of the cut: nothing to compare")
    quartiles = np.quantile(u, [0.25, 0.75])
    spread = min(float(u.std(ddof=1)), float(quartiles[1] - quartiles[0]) / 1.349)
    rule = float(_PILOT[kernel] * spread * u.size**-0.2)
    return max([rule, *(float(side[least - 1]) * 1.01 for side in sides)])


def _robust(conventional: float, corrected: Jump, h: float, level: float) -> RobustJump:
    half = float(stats.norm.ppf((1 + level) / 2)) * corrected.se
    z = abs(corrected.estimate) / corrected.se if corrected.se > 0 else 0.0
    return RobustJump(
        conventional,
        corrected.estimate,
        corrected.se,
        corrected.estimate - half,
        corrected.estimate + half,
        float(2 * stats.norm.sf(z)),
        h,
        corrected.n_left,
        corrected.n_right,
        POWER_80 * corrected.se,
    )


def _pair(x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    u, v = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if u.shape != v.shape or u.ndim != 1:
        raise ValueError("x and y must hold one number per author")
    if not (np.isfinite(u).all() and np.isfinite(v).all()):
        raise ValueError("x or y holds missing or infinite values: drop those authors first")
    return u, v
