"""What makes a segmentation good, one function per criterion.

Each function takes the evidence (:class:`Evidence`) and the segment of each author and returns
:class:`Score` rows: an estimate, an interval, the threshold it is held to and why that threshold.
:mod:`analysis.segmentations.scorecard` puts them together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array
from statsmodels.stats.proportion import proportion_confint

from analysis.contingency.association import association, noise_free_interval
from analysis.contingency.bootstrap import author_weights
from analysis.contingency.counts import AuthorLabelCounts, Floats, Grouping, Ints, column_sums
from analysis.contingency.permutation import (
    activity_blocks,
    between_groups,
    permutation_p_value,
    permute_authors,
)
from analysis.panels.weights import kish
from analysis.randomness import stream
from analysis.segmentations.explained import Halves, best_grouping, explained, share_of_best
from analysis.segmentations.stability import jaccard, resample
from analysis.segmentations.telling import telling_labels
from analysis.segmentations.validity import agreement
from analysis.trends.leadlag import lead_lag
from analysis.trends.visibility import WeeklyCounts, visibility

Verdict = Literal["pass", "fail", "undecided", "not measured"]
Reassign = Callable[[AuthorLabelCounts, pd.DataFrame, np.random.Generator], npt.ArrayLike]
"""The method behind a table: (counts, features, generator) -> segment of each of their authors."""

ALPHA = 0.05
BRANDS = ("shoe_brand/", "bag_brand/")
SMALL_R2, LARGE_R2 = 0.02, 0.25
"""Cohen's (1988) bounds of a small effect (f² of 0.02) and a large one (a correlation of 0.5)."""
FLAG_R2 = "R² of the fashion-forward flag, noise removed"
COMMENTS_R2 = "R² of log comments, noise removed"
JITTER = 0.1
"""Relative error put on follower counts, and share of labels taken away, to see what holds."""


class Score(NamedTuple):
    """One line of the scorecard.

    Attributes
    ----------
    criterion, measure : str
        What is asked, and by which estimator.
    estimate, low, high : float
        NaN where there is none.
    threshold : float
        The estimate has to be at least this, or at most where ``most`` is set.
    verdict : {"pass", "fail", "undecided", "not measured"}
        By where the interval lies; by the estimate if it has no interval.
    reason : str
        Why this threshold, or why nothing was measured.
    most : bool
    """

    criterion: str
    measure: str
    estimate: float
    low: float
    high: float
    threshold: float
    verdict: Verdict
    reason: str
    most: bool = False


@dataclass(frozen=True)
class Evidence:
    """What is known of the authors apart from their segments.

    Attributes
    ----------
    counts : AuthorLabelCounts
        Fashion labels of the whole window.
    features : DataFrame
        One row per author of the panel, also those without labels: AUTHOR_INDEX and any of FLAG,
        COMMENTS_MEAN, N_LABELLED_IMAGES, FOLLOWERS_AUTHORS, FOLLOWERS_SEGMENTATIONS.
    halves : Halves, optional
        The labels in two halves of the window; without them nothing can be held out.
    trends : WeeklyCounts, optional
        Items and images by week; BLOCK is the author's AUTHOR_INDEX.
    """

    counts: AuthorLabelCounts
    features: pd.DataFrame
    halves: Halves | None = None
    trends: WeeklyCounts | None = None

    def __post_init__(self) -> None:
        """Check that authors can be matched."""
        if "AUTHOR_INDEX" not in self.features or self.features["AUTHOR_INDEX"].duplicated().any():
            raise ValueError("features must have one row per AUTHOR_INDEX.")
        if not np.isin(self.counts.authors, self.features["AUTHOR_INDEX"]).all():
            raise ValueError("counts hold authors that features lack: give a row for each.")

    def of(self, counts: AuthorLabelCounts) -> pd.DataFrame:
        """Return the features of the authors of ``counts``, in their order."""
        return self.features.set_index("AUTHOR_INDEX").loc[counts.authors].reset_index()


def small_v(groups: int) -> float:
    """Return Cohen's small effect (w of 0.1) as Cramér's V of so many groups."""
    return 0.1 / float(np.sqrt(max(groups - 1, 1)))


def distinct(
    evidence: Evidence, segments: pd.Series[Any], reassign: Reassign | None, effort: int, seed: int
) -> list[Score]:
    """Ask whether segments wear different things, as far as authors can be told apart at all."""
    rows = []
    halves = evidence.halves
    if halves is None:
        grouping = _groups(segments, evidence.counts.authors)
        found = association(
            evidence.counts,
            grouping,
            blocks=activity_blocks(evidence.counts.totals),
            permutations=effort,
            replicates=effort,
            seed=seed,
            stage="scorecard",
        )
        v, bounds, p = found.cramers_v, found.cramers_v_interval, found.p_value
        features, inside = evidence.counts, grouping
    else:
        halves, inside = _held_out(evidence, halves, segments, reassign, seed)
        own = explained(halves, inside, permutations=effort, replicates=effort, seed=seed)
        v, bounds, p = own.cramers_v, own.cramers_v_interval, own.p_value
        features = halves.second
    rows.append(
        _score(
            "distinct",
            "Cramér's V with labels, noise removed",
            v,
            bounds,
            small_v(len(inside.names)),
            "Cohen's bound of a small effect (w of 0.1) for so many segments: below it nobody "
            "could tell two wardrobes apart.",
            failed=p >= ALPHA,
        )
    )
    rows.append(_permanova(features, inside, effort, seed))
    if halves is None:
        missing = "Needs two halves of the window: groups are found in one and judged in the other."
        return [
            *rows,
            _absent("distinct", "share of what the best groups of these sizes tell apart", missing),
            _absent("homogeneous", "share of repeatable taste between segments", missing),
        ]
    best = explained(
        halves,
        best_grouping(halves, inside.sizes, seed=seed),
        permutations=effort,
        replicates=effort,
        seed=seed,
    )
    name = "share of what the best groups of these sizes tell apart"
    if best.p_value >= ALPHA:
        why = "No grouping of these sizes tells authors apart better than chance."
        rows.append(_absent("distinct", name, why))
    else:
        part = share_of_best(own, best)
        rows.append(
            _score(
                "distinct",
                name,
                part.share,
                part.interval,
                LARGE_R2,
                "Cohen's bound of a large effect, a correlation of one half with the best "
                "grouping: a rule less akin to what its own sizes allow looks at the wrong thing.",
                failed=p >= ALPHA,
            )
        )
    rows.append(
        _score(
            "homogeneous",
            "share of repeatable taste between segments",
            own.share,
            own.interval,
            SMALL_R2,
            "Cohen's bound of a small effect (f² of 0.02): below it, knowing the segment says next "
            "to nothing about what one of its authors wears.",
            failed=p >= ALPHA,
        )
    )
    return rows


def stable(
    evidence: Evidence, segments: pd.Series[Any], reassign: Reassign | None, effort: int, seed: int
) -> list[Score]:
    """Ask whether the same authors would be put together again."""
    names = (
        "worst segment's Jaccard, authors resampled",
        "adjusted Rand, first against second half",
        "worst segment's Jaccard, counts jittered",
    )
    if reassign is None:
        why = "Only the table is given, not the method that made it."
        return [_absent("stable", name, why) for name in names]
    counts = evidence.counts
    features = evidence.of(counts)
    given = pd.factorize(segments.reindex(counts.authors), sort=True)[0]
    replicates = max(5, effort // 25)
    # row numbers stand in for the data, so that features are resampled with the labels
    again = resample(
        np.arange(counts.n_authors, dtype=float)[:, None],
        lambda rows, rng: _codes(
            reassign(
                counts.select_authors(rows[:, 0].astype(np.int64)),
                features.iloc[rows[:, 0].astype(np.int64)].reset_index(drop=True),
                rng,
            )
        ),
        labels=given,
        replicates=replicates,
        seed=seed,
    )
    worst = np.nanmin(again.jaccard, axis=1)
    rows = [
        _score(
            "stable",
            names[0],
            float(worst.mean()),
            (float(np.quantile(worst, 0.025)), float(np.quantile(worst, 0.975))),
            0.75,
            "Hennig's bound for a valid cluster.",
        )
    ]
    halves = evidence.halves
    if halves is None:
        rows.append(_absent("stable", names[1], "Needs two halves of the window."))
    else:
        own = evidence.of(halves.first)
        both = [
            _codes(reassign(half, own, stream(seed, "scorecard", "half", k)))
            for k, half in enumerate((halves.first, halves.second))
        ]
        rows.append(
            _absent(
                "stable",
                names[1],
                "The method reads nothing that carries a date: whether segments hold over time "
                "cannot be seen.",
            )
            if np.array_equal(both[0], both[1])
            else _plain(
                "stable",
                names[1],
                agreement(*both).adjusted_rand,
                0.6,
                "Below it a panel changes more from year to year than trends do.",
            )
        )
    jittered = []
    for k in range(max(3, effort // 100)):
        rng = stream(seed, "scorecard", "jitter", k)
        found = _codes(reassign(_thinned(counts, rng), _jittered(features, rng), rng))
        jittered.append(float(np.nanmin(jaccard(given, found))))
    rows.append(
        _plain(
            "stable",
            names[2],
            float(np.mean(jittered)),
            0.75,
            "Follower counts move by a tenth within weeks and detectors miss a tenth of labels; a "
            "segment that does not outlive that is an accident.",
        )
    )
    return rows


def valid(evidence: Evidence, segments: pd.Series[Any], effort: int, seed: int) -> list[Score]:
    """Ask whether the segment says something about the author that it was not made from."""
    features = evidence.features
    codes = _groups(segments, features["AUTHOR_INDEX"].to_numpy()).codes
    flag = _numbers(features, "FLAG")
    usable = (codes >= 0) & np.isfinite(flag)
    if flag[usable].sum() < 20 or (usable.sum() - flag[usable].sum()) < 20:
        flagged = _absent("valid outside", FLAG_R2, "Fewer than twenty flagged authors.")
    else:
        flagged = _explains(FLAG_R2, flag[usable], codes[usable], effort, seed)
    comments = np.log1p(_numbers(features, "COMMENTS_MEAN"))
    usable = (codes >= 0) & np.isfinite(comments)
    if usable.sum() < 100:
        why = "Fewer than a hundred authors with comments."
        commented = _absent("valid outside", COMMENTS_R2, why)
    else:
        commented = _explains(COMMENTS_R2, comments[usable], codes[usable], effort, seed)
    return [flagged, _brands(evidence, segments, effort, seed), commented]


def useful(
    evidence: Evidence, segments: pd.Series[Any], effort: int, seed: int, *, leads: bool
) -> list[Score]:
    """Ask whether weekly series of each segment are precise enough, and whether one leads."""
    features = evidence.features
    groups = _groups(segments, features["AUTHOR_INDEX"].to_numpy())
    images = np.nan_to_num(_numbers(features, "N_LABELLED_IMAGES"))
    sizes = [
        kish(own[own > 0]).effective_n if (own := images[groups.codes == g]).sum() > 0 else 0.0
        for g in range(len(groups.names))
    ]
    rows = [
        _plain(
            "useful for trends",
            "effective authors of the smallest panel",
            float(min(sizes)),
            100.0,
            "With fewer, one author is more than a hundredth of the series.",
        )
    ]
    name = "smallest change from month to month, worst panel, as a share of the level"
    if evidence.trends is None:
        why = "No weekly counts of trends are given."
        return [*rows, _absent("useful for trends", name, why, most=True)]
    by_segment = regrouped(evidence.trends, segments)
    try:
        found = visibility(by_segment)
    except ValueError as error:
        return [*rows, _absent("useful for trends", name, f"{error}.".capitalize(), most=True)]
    # root mean square: most weeks of a rare trend hold no item and no error
    grouped = found.assign(SQUARE=found["SMALLEST_CHANGE"] ** 2).groupby(["GROUP", "TREND"])
    level = grouped["VISIBILITY"].mean()
    relative = np.sqrt(grouped["SQUARE"].mean()) / level.where(level > 0)
    relative = relative.groupby("GROUP").median()
    rows.append(
        _plain(
            "useful for trends",
            name,
            # a month of four weeks averages four errors
            float(relative.max()) / 2,
            1.0,
            "A panel that cannot tell a doubling within a month from noise gives no early signal.",
            most=True,
        )
    )
    if leads:
        rows.append(_leading(by_segment, effort, seed))
    return rows


def covering(evidence: Evidence, segments: pd.Series[Any]) -> list[Score]:
    """Count the authors who have a segment."""
    features = evidence.features
    inside = segments.reindex(features["AUTHOR_INDEX"]).notna().to_numpy()
    low, high = proportion_confint(int(inside.sum()), inside.size, ALPHA, method="wilson")
    images = np.nan_to_num(_numbers(features, "N_LABELLED_IMAGES"))
    silent = (images[~inside] == 0).mean() if (~inside).any() else 0.0
    reason = "A panel that leaves out more than one author in twenty is a selection of its own."
    if (~inside).any():
        reason += f" Of those left out {100 * silent:.0f} % show no labelled image."
    return [
        _score(
            "covering",
            "share of authors with a segment",
            float(inside.mean()),
            (float(low), float(high)),
            0.95,
            reason,
        )
    ]


def balanced(segments: pd.Series[Any]) -> list[Score]:
    """Ask whether there are as many segments as it says, or one and some crumbs."""
    shares = segments.value_counts(normalize=True).to_numpy(dtype=float)
    shares = shares[shares > 0]
    effective = float(np.exp(-(shares * np.log(shares)).sum()))
    return [
        _plain(
            "balanced",
            "effective number of segments per segment",
            effective / len(shares),
            0.5,
            "Below it half of the names describe almost nobody.",
        ),
        _plain(
            "balanced",
            "share of the smallest segment",
            float(shares.min()),
            0.01,
            "A smaller segment cannot carry a weekly series.",
        ),
    ]


def interpretable(evidence: Evidence, segments: pd.Series[Any]) -> list[Score]:
    """Ask whether each segment can be described by what it wears."""
    grouping = _groups(segments, evidence.counts.authors)
    found = telling_labels(evidence.counts, grouping)
    telling = found[(found["q"] < ALPHA) & (found["low"] > 1.25)]
    labels = telling.groupby("group").size().reindex(list(grouping.names), fill_value=0)
    return [
        _plain(
            "interpretable",
            "share of segments with three telling labels",
            float((labels >= 3).mean()),
            0.8,
            "A label tells a segment if it is surely a quarter more frequent there than elsewhere; "
            "with fewer than three a person cannot name the segment.",
        )
    ]


def cheap(seconds: float | None) -> list[Score]:
    """Ask whether it can be redone every week."""
    name = "seconds to assign all authors, next power of ten"
    if seconds is None:
        return [_absent("cheap", name, "The method was not timed.", most=True)]
    # the power of ten is the same on every machine and in every run
    power = 10.0 ** np.ceil(np.log10(max(seconds, 1e-3)))
    return [
        _plain("cheap", name, float(power), 100.0, "Segments are renewed with every load.", True)
    ]


def regrouped(counts: WeeklyCounts, segments: pd.Series[Any], blocks: int = 64) -> WeeklyCounts:
    """Sum weekly counts of single authors by segment and block of authors.

    Parameters
    ----------
    counts : WeeklyCounts
        BLOCK of each unit is an AUTHOR_INDEX.
    segments : Series
        Segment by AUTHOR_INDEX; authors without one are left out.
    blocks : int
        Authors are dealt into as many blocks per segment.
    """
    authors = counts.units["BLOCK"].to_numpy(dtype=np.int64)
    group = segments.reindex(authors)
    kept = np.flatnonzero(group.notna().to_numpy())
    units = pd.DataFrame(
        {"GROUP": group.to_numpy()[kept].astype(str), "BLOCK": authors[kept] % blocks}
    )
    index = pd.MultiIndex.from_frame(units)
    codes, unique = pd.factorize(index, sort=True)
    member = csr_array((np.ones(len(kept)), (codes, kept)), shape=(len(unique), len(authors)))
    return WeeklyCounts(
        counts.trends,
        counts.weeks,
        pd.DataFrame(list(unique), columns=["GROUP", "BLOCK"]),
        csr_array(member @ counts.items),
        np.asarray(member @ counts.images),
    )


def _held_out(
    evidence: Evidence,
    halves: Halves,
    segments: pd.Series[Any],
    reassign: Reassign | None,
    seed: int,
) -> tuple[Halves, Grouping]:
    """Return authors in a segment, and that segment: from the first half where possible."""
    if reassign is None:
        grouping = _groups(segments, halves.authors)
    else:
        own = evidence.of(halves.first)
        labels = reassign(halves.first, own, stream(seed, "scorecard", "half", 0))
        grouping = Grouping.of(pd.Series(_masked(labels)))
    kept = grouping.codes >= 0
    chosen = Halves(halves.first.select_authors(kept), halves.second.select_authors(kept))
    return chosen, Grouping(grouping.codes[kept], grouping.names)


def _permanova(counts: AuthorLabelCounts, grouping: Grouping, effort: int, seed: int) -> Score:
    """PERMANOVA of equal profiles of authors with enough labels, permuted within activity."""
    busy = (counts.totals >= 20) & (grouping.codes >= 0)
    name = "PERMANOVA R² of label profiles"
    own = Grouping.of(np.array(grouping.names, dtype=object)[grouping.codes[busy]])
    if len(own.names) < 2:
        return _absent("distinct", name, "Fewer than two segments hold authors with labels enough.")
    chosen = counts.select_authors(busy)
    rows = chosen.profiles()
    observed, null = permute_authors(
        rows,
        own,
        between_groups(own.sizes),
        permutations=effort,
        blocks=activity_blocks(chosen.totals),
        seed=seed,
        stage="scorecard/permanova",
    )
    n = rows.shape[0]
    total = float(rows.multiply(rows).sum()) - float((column_sums(rows) ** 2).sum()) / n
    bound = float(np.quantile(null, 1 - ALPHA)) / total
    return Score(
        "distinct",
        name,
        float(observed) / total,
        np.nan,
        np.nan,
        bound,
        "pass" if float(permutation_p_value(observed, null)) < ALPHA else "fail",
        "What shuffling authors of like activity reaches in one case of twenty.",
    )


def _brands(evidence: Evidence, segments: pd.Series[Any], effort: int, seed: int) -> Score:
    name = "Cramér's V with brands"
    brands = [label for label in evidence.counts.labels if label.startswith(BRANDS)]
    counts = evidence.counts.select_labels(brands).without_empty() if brands else None
    if counts is None or counts.n_authors < 100 or counts.n_labels < 2:
        return _absent("valid outside", name, "Too few authors show brands.")
    grouping = _groups(segments, counts.authors)
    if len(grouping.names) < 2:
        return _absent("valid outside", name, "Brands are seen in one segment only.")
    found = association(
        counts,
        grouping,
        blocks=activity_blocks(counts.totals),
        damping=20.0,
        permutations=effort,
        replicates=effort,
        seed=seed,
        stage="scorecard/brands",
    )
    return _score(
        "valid outside",
        name,
        found.cramers_v,
        found.cramers_v_interval,
        small_v(len(grouping.names)),
        "As for all labels; brands are what customers ask about.",
        failed=found.p_value >= ALPHA,
    )


def _leading(counts: WeeklyCounts, effort: int, seed: int) -> Score:
    """Return the lead of the segment that is surest to lead, over all others together."""
    name = "weeks by which a segment leads the others"
    names = sorted(counts.units["GROUP"].unique())
    if len(names) < 2:
        return _absent("useful for trends", name, "There is one segment only.")
    best: tuple[float, float, float] | None = None
    for group in names:
        units = counts.units.assign(
            GROUP=np.where(counts.units["GROUP"] == group, group, "others"),
            BLOCK=np.arange(len(counts.units)),
        )
        pair = WeeklyCounts(counts.trends, counts.weeks, units, counts.items, counts.images)
        try:
            # as many intervals as segments: each is widened accordingly
            found = lead_lag(
                pair,
                group,
                "others",
                replicates=effort,
                seed=seed,
                level=1 - ALPHA / len(names),
            )
        except ValueError:
            continue
        if best is None or found.low > best[1]:
            best = (found.lead, found.low, found.high)
    if best is None:
        return _absent("useful for trends", name, "No trend has items enough in two segments.")
    return _score(
        "useful for trends",
        name,
        best[0],
        (min(best[1], best[0]), max(best[2], best[0])),
        0.0,
        "A panel that never leads only repeats the others with more noise.",
    )


def _groups(segments: pd.Series[Any], authors: npt.NDArray[Any]) -> Grouping:
    return Grouping.of(segments.reindex(authors).reset_index(drop=True))


def _codes(labels: npt.ArrayLike) -> Ints:
    return np.asarray(pd.factorize(pd.Series(_masked(labels)), sort=True)[0], dtype=np.int64)


def _masked(labels: npt.ArrayLike) -> npt.NDArray[Any]:
    """Return labels as objects, with None for authors in no segment."""
    values = pd.Series(np.asarray(labels, dtype=object))
    outside = values.isna() | values.map(lambda v: isinstance(v, int | np.integer) and v < 0)
    return values.where(~outside, None).to_numpy(dtype=object)


def _thinned(counts: AuthorLabelCounts, rng: np.random.Generator) -> AuthorLabelCounts:
    matrix = counts.matrix.copy()
    matrix.data = rng.binomial(matrix.data.astype(np.int64), 1 - JITTER).astype(np.float64)
    return replace(counts, matrix=matrix)


def _jittered(features: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    moved = features.copy()
    factor = np.exp(rng.normal(0.0, JITTER, len(features)))
    for name in ("FOLLOWERS", "FOLLOWERS_AUTHORS", "FOLLOWERS_SEGMENTATIONS"):
        if name in moved:
            moved[name] = moved[name] * factor
    return moved


def _numbers(features: pd.DataFrame, name: str) -> Floats:
    if name not in features:
        return np.full(len(features), np.nan)
    values = pd.to_numeric(features[name]).astype("float64")
    return np.asarray(values, dtype=np.float64)


def _explains(name: str, y: Floats, codes: Ints, effort: int, seed: int) -> Score:
    """Judge the share of the variance of an outcome that lies between segments."""
    codes = np.unique(codes, return_inverse=True)[1]
    everyone = np.ones((1, y.size))
    observed = _between(y, codes, everyone)[0]
    rng = stream(seed, "scorecard", name)
    shuffled = [_between(rng.permutation(y), codes, everyone)[0] for _ in range(effort)]
    drawn = [
        _between(y, codes, author_weights(y.size, part, seed, "scorecard"))
        for part in (range(k, min(k + 50, effort)) for k in range(0, effort, 50))
    ]
    low, high = noise_free_interval(
        observed,
        np.array(shuffled),
        np.concatenate(drawn),
        smallest=int(np.bincount(codes).min()),
        level=1 - ALPHA,
    )
    return _score(
        "valid outside",
        name,
        max(0.0, float(observed - np.mean(shuffled))),
        (float(low), float(high)),
        SMALL_R2,
        "Cohen's bound of a small effect (f² of 0.02).",
    )


def _between(y: Floats, codes: Ints, weights: Floats) -> Floats:
    """Return the share of the variance of ``y`` between groups for each row of weights."""
    member = np.eye(int(codes.max()) + 1)[codes]
    size = weights @ member
    total = weights @ (member * y[:, None])
    centre = total.sum(axis=1) ** 2 / size.sum(axis=1)
    between = (total**2 / np.maximum(size, 1e-12)).sum(axis=1) - centre
    return np.asarray(between / np.maximum(weights @ y**2 - centre, 1e-12), dtype=np.float64)


def _score(
    criterion: str,
    measure: str,
    estimate: float,
    bounds: tuple[float, float],
    threshold: float,
    reason: str,
    *,
    failed: bool = False,
) -> Score:
    """Judge by where the interval lies; ``failed`` overrules it where chance gives as much."""
    low, high = bounds
    verdict: Verdict
    if not np.isfinite(estimate):
        verdict = "not measured"
    elif failed or high < threshold:
        verdict = "fail"
    elif low >= threshold and low > 0:
        verdict = "pass"
    else:
        verdict = "undecided"
    return Score(
        criterion, measure, float(estimate), float(low), float(high), threshold, verdict, reason
    )


def _plain(
    criterion: str, measure: str, estimate: float, threshold: float, reason: str, most: bool = False
) -> Score:
    """Judge by the estimate alone."""
    verdict: Verdict
    if not np.isfinite(estimate):
        verdict = "not measured"
    else:
        verdict = "pass" if (estimate <= threshold if most else estimate >= threshold) else "fail"
    return Score(
        criterion, measure, float(estimate), np.nan, np.nan, threshold, verdict, reason, most
    )


def _absent(criterion: str, measure: str, reason: str, *, most: bool = False) -> Score:
    return Score(criterion, measure, np.nan, np.nan, np.nan, np.nan, "not measured", reason, most)
