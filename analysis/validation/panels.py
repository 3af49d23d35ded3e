"""Level of threshold tests and coverage of the intervals for weights, errors and inequality."""

from __future__ import annotations

from functools import lru_cache, partial

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from analysis.panels.inequality import gini, gini_interval
from analysis.panels.measurement import Audit, difference, prediction_powered, rogan_gladen
from analysis.panels.thresholds import density_jump, robust_jump
from analysis.panels.weights import Design, Estimate, Target, propensity, rake
from analysis.randomness import stream
from analysis.validation.sets import ACCEPTED, over_sets, rates

FloatArray = npt.NDArray[np.float64]
AUTHORS = 19_000
CUTS = {"12,000": float(np.log(12_000)), "40,000": float(np.log(40_000))}


def threshold_levels(seed: int = 0, sets: int = 2000, workers: int | None = None) -> pd.DataFrame:
    """Return rejection rates at 5 % where neither outcomes nor density jump.

    Followers are log-normal like the published ones; outcomes are smooth in their logarithm: a
    common label, a label of 1 % of the authors, and a skewed share. Columns as in ``rates``.
    """
    rows = over_sets(partial(_threshold_set, seed), sets, workers)
    return rates(pd.DataFrame(rows)).reset_index()


def bunching_power(seed: int = 0, sets: int = 200, workers: int | None = None) -> pd.DataFrame:
    """Return how often the density test at 12,000 rejects for a smooth bump just below it.

    A rejection does not show manipulation: a bump of 1 % or 2 % of the authors, log-sd 0.06 or
    0.12, centred at 11,600, has no edge at all.
    """
    cases = [(share, spread) for share in (0.01, 0.02) for spread in (0.06, 0.12)]
    rows = over_sets(partial(_bump_set, seed, cases), sets, workers)
    table = pd.DataFrame(cases, columns=["share", "sd"])
    rejects = [np.mean([row[case] for row in rows]) for case in cases]
    return table.assign(rejects=rejects, sets=sets)


def panel_coverage(seed: int = 0, sets: int = 500, workers: int | None = None) -> pd.DataFrame:
    """Return coverage and mean width of the 95 % intervals of ``analysis.panels``.

    Returns
    -------
    DataFrame
        quantity, intervals, coverage, width, holds (coverage inside 0.93 to 0.97) and used
        (False where the report must not print the interval).
    """
    rows = [
        row for found in over_sets(partial(_coverage_set, seed), sets, workers) for row in found
    ]
    frame = pd.DataFrame(rows, columns=["quantity", "used", "truth", "low", "high"])
    frame["coverage"] = (frame["low"] <= frame["truth"]) & (frame["truth"] <= frame["high"])
    frame["width"] = frame["high"] - frame["low"]
    table = (
        frame.groupby(["quantity", "used"], sort=False)
        .agg(intervals=("coverage", "size"), coverage=("coverage", "mean"), width=("width", "mean"))
        .reset_index()
    )
    return table.assign(holds=table["coverage"].between(*ACCEPTED))


def weighting_removes_selection(
    seed: int = 0, sets: int = 200, workers: int | None = None
) -> pd.DataFrame:
    """Return the bias of a hand-picked panel's share before and after weighting, by kind.

    Followers drive both being picked and wearing the label; the truth is no difference between
    picked and other authors of the same size.
    """
    found = pd.DataFrame(over_sets(partial(_selection_set, seed), sets, workers))
    return (
        pd.DataFrame({"bias": found.mean(), "sd": found.std(), "sets": sets})
        .rename_axis("estimate")
        .reset_index()
    )


def _followers(rng: np.random.Generator) -> FloatArray:
    """Log followers with the published median and spread."""
    return rng.normal(7.58, 1.5, AUTHORS)


def _threshold_set(seed: int, number: int) -> dict[str, bool]:
    rng = stream(seed, "validation", "thresholds", number)
    x = _followers(rng)
    outcomes = {
        "common label": rng.random(AUTHORS) < 1 / (1 + np.exp(-0.3 * (x - 8))),
        "label of 1 %": rng.random(AUTHORS) < 0.01 * np.exp(0.4 * (x - 8)),
        "share": rng.gamma(0.5, 0.2 * np.exp(0.1 * x)),
    }
    found = {}
    for name, cut in CUTS.items():
        for outcome, y in outcomes.items():
            found[f"{outcome}, {name}"] = robust_jump(x, y, cut).p < 0.05
        found[f"density, {name}"] = density_jump(x, cut).p < 0.05
    return found


def _bump_set(
    seed: int, cases: list[tuple[float, float]], number: int
) -> dict[tuple[float, float], bool]:
    found = {}
    for share, spread in cases:
        rng = stream(seed, "validation", "bump", str(share), str(spread), number)
        x = _followers(rng)
        moved = rng.random(AUTHORS) < share
        x[moved] = rng.normal(np.log(11_600), spread, int(moved.sum()))
        found[share, spread] = density_jump(x, CUTS["12,000"]).p < 0.05
    return found


def _coverage_set(seed: int, number: int) -> list[tuple[str, bool, float, float, float]]:
    rng = stream(seed, "validation", "coverage", number)
    rows: list[tuple[str, bool, float, float, float]] = []

    def keep(name: str, truth: float, low: float, high: float, used: bool = True) -> None:
        rows.append((name, used, truth, low, high))

    region, age, wears = _population()
    for size in (150, 1000):
        drawn = rng.choice(region.size, size, p=_inclusion(), replace=False)
        margins = [
            (region[drawn], {k: float((region == k).sum()) for k in range(3)}),
            (age[drawn], {k: float((age == k).sum()) for k in range(3)}),
        ]
        raked = rake(Design.of(1 / _inclusion()[drawn]), margins)
        mean = raked.ratio(wears[drawn])
        keep(f"raked share, {size} authors", float(wears.mean()), mean.low, mean.high)
    clustered = _clustered_share(rng, 200)
    keep("share of images, 200 authors", 0.15, clustered.low, clustered.high)
    corrected = []
    for truth, sensitivity, specificity in ((0.12, 0.85, 0.97), (0.06, 0.75, 0.95)):
        seen = truth * sensitivity + (1 - truth) * (1 - specificity)
        audit = Audit(rng.binomial(150, sensitivity), 150, rng.binomial(300, specificity), 300)
        corrected.append(rogan_gladen(rng.binomial(3000, seen) / 3000, 3000, audit))
        keep("corrected share", truth, corrected[-1].low, corrected[-1].high)
    gap = difference(*corrected)
    keep("difference of corrected shares", 0.06, gap.low, gap.high)
    for audited in (60, 200):
        hand, others = _images(rng, audited), _images(rng, 2000)
        powered = prediction_powered(
            hand[1], hand[2], others[2], audit_authors=hand[0], authors=others[0]
        )
        keep(f"prediction-powered share, {audited} authors", 0.2, powered.low, powered.high)
    for size, sigma in ((300, 1.3), (1400, 1.3), (1400, 1.8)):
        volumes = rng.lognormal(4, sigma, size)
        cap = float(np.exp(4 + 1.28 * sigma))
        whole = gini_interval(volumes, replicates=299, seed=number)
        keep(f"Gini, {size} authors, log-sd {sigma}", _gini(sigma), whole.low, whole.high, False)
        capped = gini_interval(volumes, cap=cap, replicates=299, seed=number)
        name = f"Gini capped at the 90 % quantile, {size} authors, log-sd {sigma}"
        keep(name, _gini(sigma, cap), capped.low, capped.high)
    return rows


@lru_cache
def _gini(sigma: float, cap: float | None = None) -> float:
    """Return the Gini index of a log-normal population, perhaps capped, from its quantiles."""
    if cap is None:
        return float(2 * stats.norm.cdf(sigma / np.sqrt(2)) - 1)
    grid = (np.arange(200_000) + 0.5) / 200_000
    return gini(np.exp(4 + sigma * stats.norm.ppf(grid)), cap=cap)


@lru_cache
def _population() -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], FloatArray]:
    rng = stream(0, "validation", "population")
    region, age = rng.integers(0, 3, 50_000), rng.integers(0, 3, 50_000)
    wears = rng.random(50_000) < 0.1 + 0.05 * region + 0.05 * age
    return region, age, wears.astype(float)


@lru_cache
def _inclusion() -> FloatArray:
    region, age, _ = _population()
    p = 1.0 + region + 0.5 * age
    return np.asarray(p / p.sum())


def _clustered_share(rng: np.random.Generator, authors: int) -> Estimate:
    images = 1 + rng.poisson(rng.lognormal(2.5, 0.8, authors))
    taste = rng.beta(1.5, 8.5, authors)
    return Design.of(np.ones(authors)).ratio(rng.binomial(images, taste), images)


def _images(rng: np.random.Generator, authors: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    author = np.repeat(np.arange(authors), 1 + rng.poisson(4, authors))
    truth = rng.random(author.size) < rng.beta(1, 4, authors)[author]
    wrong = rng.random(author.size) < np.where(truth, 0.1, 0.05)
    return author.astype(float), truth.astype(float), (truth ^ wrong).astype(float)


def _selection_set(seed: int, number: int) -> dict[str, float]:
    rng = stream(seed, "validation", "selection", number)
    size = 8000
    x = rng.normal(size=size)
    wears = rng.random(size) < 1 / (1 + np.exp(2 - x))
    picked = rng.random(size) < 1 / (1 + np.exp(4 - 1.5 * x))
    features = pd.DataFrame({"followers": x})
    found = {"unweighted": float(wears[picked].mean() - wears[~picked].mean())}
    targets: tuple[Target, ...] = ("overlap", "selected", "all")
    for target in targets:
        w = propensity(features, picked, target=target).weights
        found[target] = float(w[picked] @ wears[picked] - w[~picked] @ wears[~picked])
    return found
