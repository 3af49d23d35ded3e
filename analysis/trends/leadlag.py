"""Does one panel wear a trend before another? The lag of a common curve.

Two panels share the season, so cross-correlation is pulled to lag zero. Here both panels follow
one smooth curve of log visibility, the lead panel ``lag`` weeks earlier, on top of a season that
falls on the same dates for both and a straight line for each:

    log rate_follow(t) = s(t)       + season(t) + a + b t
    log rate_lead(t)   = gain s(t + lag) + season(t) + c + d t

``s`` is a penalised cubic spline without its straight line: a line shifts for free and must not
speak about the lag. For every lag of a grid the model is linear, so one factorisation per lag
serves all bootstrap replicates of authors. Without a bump the lag is not identified and its
interval spans the grid.

Counts enter by one step of the iteratively weighted least squares of a Poisson model about each
panel's own smooth fit, which is linear in the counts and at home with weeks of no items.
Splines: Eilers & Marx (1996), doi:10.1214/ss/1038425655; smoothing by marginal likelihood:
Wood (2011), doi:10.1111/j.1467-9868.2010.00749.x; a little less of it, so that intervals cover:
Hall (1992), doi:10.1214/aos/1176348651; two sources of variance moderated: Smyth (2004),
doi:10.2202/1544-6115.1027.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import linalg, stats
from scipy.interpolate import BSpline

from analysis.randomness import stream
from analysis.trends.season import harmonics
from analysis.trends.visibility import WeeklyCounts, design_effect

FloatArray = npt.NDArray[np.float64]
Season = Literal["common", "shifted", "none"]
LAGS = np.arange(-12, 12.25, 0.5)
"""Lags tried, in weeks."""
_GAINS = (1.0, 0.5, 0.7, 1.4, 2.0)
_CHOICES = 1.15
"""How much the choice of smoothing and gain, made once, adds to the spread of one trend's lead:
read off simulated panels of other seeds than the validation's."""
_UNDERSMOOTHING = 0.7
"""Share of the likeliest penalty that is used: all of it flattens the bump, and the season then
takes a part that pulls the lead off; read off the same simulated panels."""
_AUTHORS_COUNT = 5
"""Degrees of freedom that the authors' replicates count beside those of the trends."""
_SMOOTHING = 10.0 ** np.arange(-3, 5.5, 0.5)


class Shift(NamedTuple):
    """The shift model of one pair of series, factorised at every lag.

    Attributes
    ----------
    lags : ndarray (L,)
        Grid of lags in weeks.
    factors : ndarray (L, p, 2 T)
        Maps responses (lead above follow) to the part the model explains.
    weights : ndarray (2 T,)
        Weights of the responses.
    log_determinant : ndarray (L,)
        Of the penalised cross-product: the marginal likelihood's volume term.
    dispersion : float
        Variance of a response of weight one.
    gain : float
        Amplitude of the curve in the lead panel over that in the follow panel.
    """

    lags: FloatArray
    factors: FloatArray
    weights: FloatArray
    log_determinant: FloatArray
    dispersion: float
    gain: float

    def profile(self, responses: FloatArray) -> FloatArray:
        """Return -2 log marginal likelihood (R, L) of responses (R, 2 T), up to a constant."""
        z = np.atleast_2d(responses)
        total = ((z**2) @ self.weights)[:, None]
        explained = np.stack([((z @ factor.T) ** 2).sum(axis=1) for factor in self.factors], axis=1)
        return np.asarray((total - explained) / self.dispersion + self.log_determinant)

    def redrawn(
        self, responses: FloatArray, at: int, replicates: int, rng: np.random.Generator
    ) -> FloatArray:
        """Return curves (R, 2 T) as likely as what responses (2 T,) fit at lag number ``at``.

        Draws from the posterior of the spline, season and lines; weeks without weight keep their
        response.
        """
        factor = self.factors[at]
        seen = self.weights > 0
        spread = np.sqrt(self.dispersion) * rng.standard_normal((replicates, len(factor)))
        curves = (factor @ responses + spread) @ factor / np.where(seen, self.weights, 1.0)
        return np.where(seen, curves, responses)


def shift_model(
    responses: FloatArray,
    weights: FloatArray,
    lags: FloatArray,
    *,
    season: Season = "common",
    knots: int | None = None,
    number: int = 3,
) -> Shift:
    """Build the shift model of a pair of series.

    Parameters
    ----------
    responses : ndarray (2, T)
        Log visibility of the lead and of the follow panel, by week.
    weights : ndarray (2, T)
        Precisions of the responses, up to a common factor; 0 for missing weeks.
    lags : ndarray (L,)
        Lags to try.
    season : {"common", "shifted", "none"}
        Season on the same dates for both, moved with the curve, or none: "shifted" asks for the
        lead of the whole series, season included.
    knots : int, optional
        Segments of the spline; one per four weeks when absent, at most 40.
    number : int
        Harmonics of the season.
    """
    _, weeks = responses.shape
    time = np.arange(weeks, dtype=float)
    reach = float(np.abs(lags).max())
    segments = knots or int(np.clip(weeks // 4, 8, 40))
    spline, penalty = _spline(-reach, weeks - 1 + reach, segments)
    z, w = responses.ravel(), weights.ravel()
    root = np.sqrt(w)[:, None]
    blank, one = np.zeros(weeks), np.ones(weeks)
    line = (time - time.mean()) / weeks
    fixed = [
        np.stack(columns, axis=1)
        for columns in ([one, line, blank, blank], [blank, blank, one, line])
    ]
    still = harmonics(time, number) if season == "common" else np.empty((weeks, 0))

    @cache
    def panel(shift: float) -> tuple[FloatArray, FloatArray]:
        moved = harmonics(time + shift, number) if season == "shifted" else still
        return spline(time + shift), moved

    def design(lag: float, gain: float) -> FloatArray:
        parts = []
        for side, (shift, scale) in enumerate(((lag, gain), (0.0, 1.0))):
            curve, moved = panel(shift)
            parts.append(np.hstack([scale * curve, fixed[side], moved]))
        return np.vstack(parts)

    smooth = penalty.size
    coarse = lags[:: max(1, lags.size // 8)]
    response = root[:, 0] * z

    def deviances(gain: float, smoothing: FloatArray) -> FloatArray:
        crosses = _Crosses.of([root * design(lag, gain) for lag in coarse], response)
        return np.asarray(crosses.deviances(smoothing[:, None] * penalty).min(axis=1))

    smoothing = float(_SMOOTHING[deviances(1.0, _SMOOTHING).argmin()])
    chosen = np.array([smoothing])
    gain = min(_GAINS, key=lambda value: float(deviances(value, chosen)[0]))
    smoothing *= _UNDERSMOOTHING
    designs = [design(lag, gain) for lag in lags]
    free = designs[0].shape[1] - smooth
    factors, determinants, rest, edf = [], [], [], []
    ridge = np.concatenate([smoothing * penalty, np.zeros(free)])
    for candidate in designs:
        X = candidate * root
        cross = X.T @ X
        cross[np.diag_indices_from(cross)] += ridge + _jitter(cross)
        lower = linalg.cholesky(cross, lower=True, check_finite=False)
        explained = linalg.solve_triangular(lower, X.T, lower=True, check_finite=False)
        factor = explained * root[:, 0]
        factors.append(factor)
        determinants.append(2 * float(np.log(np.diag(lower)).sum()))
        rest.append(float((z**2) @ w - ((factor @ z) ** 2).sum()))
        edf.append(float((explained**2).sum()))
    best = int(np.argmin(rest))
    freedom = max(float((w > 0).sum()) - edf[best], 1.0)
    return Shift(
        np.asarray(lags, dtype=float),
        np.stack(factors),
        w,
        np.array(determinants),
        max(rest[best] / freedom, 1e-12),
        gain,
    )


def lowest(lags: FloatArray, profiles: FloatArray) -> FloatArray:
    """Return where each profile (R, L) is least, refined by the parabola through three points."""
    at = np.atleast_2d(profiles).argmin(axis=1)
    rows = np.arange(at.size)
    inside = np.clip(at, 1, lags.size - 2)
    left, mid, right = (np.atleast_2d(profiles)[rows, inside + d] for d in (-1, 0, 1))
    bend = left - 2 * mid + right
    step = np.where(
        (at == inside) & (bend > 0), (left - right) / (2 * np.where(bend > 0, bend, 1)), 0
    )
    return np.asarray(lags[at] + np.clip(step, -0.5, 0.5) * (lags[1] - lags[0]))


@dataclass(frozen=True)
class LeadLag:
    """Leads of one panel over another, in weeks; positive means that the first leads.

    Attributes
    ----------
    trends : DataFrame
        By TREND: LEAD, LOW, HIGH, IDENTIFIED (bootstrap leads span less than half of the grid),
        N_LEAD and N_FOLLOW (items of both panels).
    lead, low, high : float
        Pooled over trends.
    share_leading, share_low, share_high : float
        Share of trends with a positive lead.
    replicates : ndarray (R, K)
        Bootstrap leads per trend; ``pooled`` (R,) for all together.
    profiles : ndarray (K, L)
        Profile of every trend over ``lags`` (L,), least set to 0.
    """

    trends: pd.DataFrame
    lead: float
    low: float
    high: float
    share_leading: float
    share_low: float
    share_high: float
    replicates: FloatArray
    pooled: FloatArray
    profiles: FloatArray
    lags: FloatArray

    @property
    def verdict(self) -> Literal["leads", "follows", "undecided"]:
        """What the pooled interval says."""
        return "leads" if self.low > 0 else "follows" if self.high < 0 else "undecided"


def lead_lag(
    counts: WeeklyCounts,
    lead: str,
    follow: str,
    *,
    trends: Sequence[str] | None = None,
    lags: FloatArray = LAGS,
    season: Season = "common",
    replicates: int = 499,
    seed: int = 0,
    level: float = 0.95,
) -> LeadLag:
    """Estimate how many weeks panel ``lead`` is ahead of ``follow``, per trend and pooled.

    Parameters
    ----------
    counts : WeeklyCounts
        Items and images by author block.
    lead, follow : str
        Groups.
    trends : sequence of str, optional
        Trends to use; those with fewer than ten items in a panel are left out.
    lags : ndarray (L,)
        Evenly spaced lags to try, in weeks.
    season : {"common", "shifted", "none"}
        See ``shift_model``.
    replicates : int
        Author-block bootstrap replicates; blocks are resampled within panels, jointly for all
        trends, and what that changes is laid on curves drawn from the fitted model.
    seed : int
        Of the bootstrap.
    level : float
        Confidence level.

    Raises
    ------
    ValueError
        No trend has enough items, or a panel has fewer than two blocks.
    """
    groups = np.stack([counts.in_group(lead), counts.in_group(follow)]).astype(float)
    if groups.sum(axis=1).min() < 2:
        raise ValueError("a panel has fewer than two author blocks: nothing to resample")
    items, images = counts.totals(groups)
    names = [
        name
        for k, name in enumerate(counts.trends)
        if (trends is None or name in trends) and items[:, k].sum(axis=1).min() >= 10
    ]
    if not names:
        raise ValueError("no trend has ten items in both panels: leads cannot be estimated")
    draws = _draws(groups, replicates, stream(seed, "lead lag"))
    drawn = [counts.totals(draw) for draw in draws]
    profiles, boots = [], []
    rng = stream(seed, "lead lag", "curves")
    for name in names:
        k = counts.trends.index(name)
        found = items[:, k]
        blocks = counts.of_trend(name)
        effects = [design_effect(blocks[g > 0], counts.images[g > 0]) for g in groups]
        fits = [smooth_rate(found[p], images[p]) for p in (0, 1)]
        weights = np.stack([f * images[p] / effects[p] for p, f in enumerate(fits)])
        working = np.stack([_response(found[p], images[p], fits[p]) for p in (0, 1)])
        model = shift_model(working, weights, lags, season=season)
        again = np.concatenate(
            [_response(drawn[p][0][:, k], drawn[p][1], fits[p]) for p in (0, 1)], axis=1
        )
        z = working.ravel()
        profiles.append(model.profile(z)[0])
        # authors' noise about curves of the model: about the series it would count twice
        likely = model.redrawn(z, int(profiles[-1].argmin()), replicates, rng)
        boots.append(model.profile(likely + again - z))
    single = np.array([lowest(lags, p)[0] for p in profiles])
    boot = np.stack([lowest(lags, b) for b in boots], axis=1)
    pooled = lowest(lags, np.sum(boots, axis=0))
    wide = _spread(boot, _CHOICES)
    intervals = [bootstrap_interval(single[i], wide[:, i], lags, level) for i in range(single.size)]
    low, high, known = (np.array(column) for column in zip(*intervals, strict=True))
    kept = [counts.trends.index(name) for name in names]
    table = pd.DataFrame(
        {
            "LEAD": single,
            "LOW": low,
            "HIGH": high,
            "IDENTIFIED": known.astype(bool),
            "N_LEAD": items[0, kept].sum(axis=1),
            "N_FOLLOW": items[1, kept].sum(axis=1),
        },
        index=pd.Index(names, name="TREND"),
    )
    shares = np.quantile((boot > 0).mean(axis=1), [(1 - level) / 2, (1 + level) / 2])
    curves = np.stack(profiles)
    lead_pooled = float(lowest(lags, curves.sum(axis=0))[0])
    pooled = _moderated(pooled, curves, lags, stream(seed, "lead lag", "trends"))
    low_pooled, high_pooled, _ = bootstrap_interval(lead_pooled, pooled, lags, level)
    return LeadLag(
        table,
        lead_pooled,
        low_pooled,
        high_pooled,
        float((single > 0).mean()),
        float(shares[0]),
        float(shares[1]),
        boot,
        pooled,
        curves - curves.min(axis=1, keepdims=True),
        np.asarray(lags, dtype=float),
    )


class Permutation(NamedTuple):
    """Pooled lead against panels drawn at random from authors of like activity."""

    statistic: float
    null: FloatArray
    p: float


def permutation_null(
    counts: WeeklyCounts,
    lead: str,
    follow: str,
    *,
    trends: Sequence[str] | None = None,
    lags: FloatArray = LAGS,
    season: Season = "common",
    strata: int = 20,
    permutations: int = 199,
    seed: int = 0,
) -> Permutation:
    """Test the pooled lead by shuffling panel labels over author blocks of like activity.

    Observed and shuffled panels are treated alike: the model is built about the common curve of
    both panels, each panel's level is scaled to it, and only then are leads compared. Blocks
    should be single authors or equally large groups of authors.

    Parameters
    ----------
    counts, lead, follow, trends, lags, season
        As in ``lead_lag``.
    strata : int
        Blocks per stratum of like activity.
    permutations : int
        Shuffles.
    seed : int
        Of the shuffles.

    Returns
    -------
    Permutation
        Pooled lead, its null distribution and the two-sided p-value.
    """
    first, second = counts.in_group(lead), counts.in_group(follow)
    units = np.flatnonzero(first | second)
    rng = stream(seed, "lead lag", "permutation")
    member = np.zeros((permutations + 1, first.size))
    member[0, first] = 1
    order = units[np.argsort(counts.images[units].sum(axis=1), kind="stable")]
    for start in range(0, order.size, strata):
        block = order[start : start + strata]
        labels = first[block].astype(float)
        for r in range(1, permutations + 1):
            member[r, block] = rng.permutation(labels)
    if (member[1:] == member[0]).all():
        raise ValueError(
            "the panels share no stratum of activity: widen strata or use finer blocks"
        )
    everyone = (first | second).astype(float)
    sides = [counts.totals(side) for side in (member, everyone - member)]
    whole, images = (t[0] for t in counts.totals(everyone))
    total = np.zeros((permutations + 1, lags.size))
    used = 0
    for k, name in enumerate(counts.trends):
        if trends is not None and name not in trends:
            continue
        if min(side[0][:, k].sum(axis=1).min() for side in sides) < 1 or whole[k].sum() < 20:
            continue
        used += 1
        rate = smooth_rate(whole[k], images)
        responses, weights = [], []
        for found, shown in sides:
            level = found[:, k].sum(axis=1) / (shown @ rate)
            responses.append(_response(found[:, k] / level[:, None], shown, rate))
            weights.append(rate * shown[0])
        stacked = np.concatenate(responses, axis=1)
        model = shift_model(
            np.stack([responses[0][0], responses[1][0]]), np.stack(weights), lags, season=season
        )
        total += model.profile(stacked)
    if used == 0:
        raise ValueError("no trend has items in both panels: leads cannot be compared")
    found = lowest(lags, total)
    null = found[1:]
    hits = 1 + int((np.abs(null) >= abs(found[0]) - 1e-12).sum())
    return Permutation(float(found[0]), null, hits / (permutations + 1))


def smooth_rate(items: FloatArray, images: FloatArray, number: int = 3) -> FloatArray:
    """Return a panel's smooth weekly rate (T,): spline, line and season, Poisson, log link."""
    time = np.arange(items.size, dtype=float)
    spline, penalty = _spline(0, time[-1], int(np.clip(time.size // 4, 8, 40)))
    line = (time - time.mean()) / time.size
    X = np.hstack([spline(time), harmonics(time, number), np.ones((time.size, 1)), line[:, None]])
    level = max(float(items.sum() / images.sum()), 1e-12)
    rate = np.full(items.size, level)
    ridge = np.zeros(X.shape[1])
    for _ in range(6):
        root = np.sqrt(rate * images)
        z = _response(items, images, rate) - np.log(level)
        crosses = _Crosses.of([X * root[:, None]], z * root)
        penalties = _SMOOTHING[:, None] * penalty
        ridge[: penalty.size] = penalties[crosses.deviances(penalties).argmin()]
        cross = crosses.matrices[0] + np.diag(ridge + _jitter(crosses.matrices[0]))
        fit = linalg.solve(cross, crosses.moments[0], assume_a="pos")
        # a week's working response can be far out: keep steps inside a factor of 1,000
        rate = level * np.exp(np.clip(X @ fit, -7, 7))
    return rate


def _response(items: FloatArray, images: FloatArray, rate: FloatArray) -> FloatArray:
    """Return the working response of log rate about ``rate``; ``rate`` itself without images."""
    expected = rate * images
    with np.errstate(invalid="ignore", divide="ignore"):
        step = np.where(expected > 0, items / expected - 1, 0.0)
    return np.asarray(np.log(rate) + step)


class _Spline(NamedTuple):
    """Cubic spline on even knots, in coordinates whose penalty is diagonal."""

    knots: FloatArray
    turn: FloatArray

    def __call__(self, at: FloatArray) -> FloatArray:
        inside = np.clip(at, self.knots[3], self.knots[-4])
        return np.asarray(BSpline.design_matrix(inside, self.knots, 3).toarray() @ self.turn)


def _spline(low: float, high: float, segments: int) -> tuple[_Spline, FloatArray]:
    """Return a spline basis without the straight line, and its diagonal penalty."""
    step = (high - low) / segments
    knots = np.asarray(low + step * np.arange(-3, segments + 4), dtype=float)
    # rounding must not push the ends out of the base interval
    knots[3], knots[-4] = low, high
    differences = np.diff(np.eye(segments + 3), n=2, axis=0)
    values, vectors = np.linalg.eigh(differences.T @ differences)
    # the two null directions are the constant and the line
    return _Spline(knots, vectors[:, 2:]), values[2:]


class _Crosses(NamedTuple):
    """Cross-products of weighted designs and a response, enough for any penalty.

    ``matrices`` are X'X (L, p, p), ``moments`` X'v (L, p), ``total`` v'v, ``rows`` the number of
    responses that have a weight.
    """

    matrices: FloatArray
    moments: FloatArray
    total: float
    rows: int

    @classmethod
    def of(cls, designs: Sequence[FloatArray], v: FloatArray) -> _Crosses:
        return cls(
            np.stack([X.T @ X for X in designs]),
            np.stack([X.T @ v for X in designs]),
            float(v @ v),
            int((v != 0).sum()),
        )

    def deviances(self, penalties: FloatArray) -> FloatArray:
        """Return -2 restricted log likelihoods (S, L), the dispersion profiled out.

        Up to a constant; the first columns of a design are penalised by ``penalties`` (S, q), the
        others are free.
        """
        size, penalised = self.moments.shape[1], penalties.shape[1]
        ridge = np.zeros((len(penalties), len(self.moments), size))
        ridge[:, :, :penalised] = penalties[:, None]
        ridge += np.array([_jitter(matrix) for matrix in self.matrices])[:, None]
        crosses = self.matrices + ridge[..., None] * np.eye(size)
        volume = 2 * np.log(np.linalg.cholesky(crosses).diagonal(axis1=2, axis2=3)).sum(axis=2)
        moments = np.broadcast_to(self.moments, ridge.shape)
        solved = np.linalg.solve(crosses, moments[..., None])[..., 0]
        rest = np.maximum(self.total - (solved * moments).sum(axis=2), 1e-12)
        freedom = max(self.rows - (size - penalised), 1)
        return np.asarray(
            freedom * np.log(rest) + volume - np.log(penalties).sum(axis=1)[:, None], dtype=float
        )


def _jitter(cross: FloatArray) -> float:
    """Return a ridge far below the scale of X'X: empty weeks must not make it singular."""
    return float(1e-9 * np.trace(cross) / len(cross) + 1e-300)


def bootstrap_interval(
    estimate: float, replicates: FloatArray, lags: FloatArray, level: float
) -> tuple[float, float, bool]:
    """Return a bootstrap interval and whether the lag is identified.

    Noise pushes leads away from zero (the season takes what the penalty keeps from the curve):
    the basic interval takes out what the replicates show of the push. Where they span half of
    the grid, or the basic interval would leave it, nothing is known, and reflecting them would
    invent a side: percentiles then.
    """
    low, high = (float(q) for q in np.quantile(replicates, [(1 - level) / 2, (1 + level) / 2]))
    basic = 2 * estimate - high, 2 * estimate - low
    narrow = high - low < 0.5 * (lags.max() - lags.min())
    if narrow and basic[0] > lags.min() and basic[1] < lags.max():
        return basic[0], basic[1], True
    return low, high, False


def _moderated(
    pooled: FloatArray, curves: FloatArray, lags: FloatArray, rng: np.random.Generator
) -> FloatArray:
    """Return pooled replicates (R,), as far spread as authors and trends (K, L) together say.

    Authors' replicates keep the smoothing and the gain that were chosen once per trend; trends
    drawn with replacement show what those choices add, but K of them are few. The variances are
    averaged by their degrees of freedom, which also set the t quantile. Below five trends the
    authors speak alone.
    """
    count = len(curves)
    authors = _spread(pooled, _CHOICES)
    if count < 5:
        return authors
    weights = rng.multinomial(count, np.full(count, 1 / count), pooled.size)
    by_trends = _deviation(lowest(lags, weights @ curves)) * np.sqrt(count / (count - 1))
    freedom = count - 1 + _AUTHORS_COUNT
    variance = (count - 1) * by_trends**2 + _AUTHORS_COUNT * _deviation(authors) ** 2
    wanted = np.sqrt(variance / freedom) * stats.t.ppf(0.975, freedom) / stats.norm.ppf(0.975)
    return _spread(pooled, float(wanted / max(_deviation(pooled), 1e-9)))


def _deviation(replicates: FloatArray) -> float:
    """Return the standard deviation that the middle two thirds of replicates (R,) show."""
    return float(np.ptp(np.quantile(replicates, stats.norm.cdf([-1, 1]))) / 2)


def _spread(replicates: FloatArray, times: float) -> FloatArray:
    """Return replicates (R, ...) ``times`` as far from their median."""
    middle = np.median(replicates, axis=0)
    return np.asarray(middle + (replicates - middle) * times)


def _draws(groups: FloatArray, replicates: int, rng: np.random.Generator) -> list[FloatArray]:
    """Return multiplicities (R, U) of the blocks of each panel, drawn within it."""
    drawn = []
    for group in groups:
        size = int(group.sum())
        weights = np.zeros((replicates, group.size))
        weights[:, group > 0] = rng.multinomial(size, np.full(size, 1 / size), size=replicates)
        drawn.append(weights)
    return drawn
