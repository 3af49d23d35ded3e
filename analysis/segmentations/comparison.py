"""All methods side by side: what they give, how stable they are, what their labels foretell.

Stability is measured under named schemes, and figures of different schemes are never put in one
column: ``bootstrap`` refits on authors drawn with replacement (warm starts where a method has
them), ``subset`` refits from scratch on a small part of the authors, which is harsher. All methods
go through ``subset``; only those that can afford it through ``bootstrap``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score
from sklearn.utils.parallel import Parallel, delayed

from analysis.contingency.bootstrap import author_weights
from analysis.contingency.counts import AuthorLabelCounts, Floats, Ints
from analysis.randomness import stream
from analysis.segmentations.engagement import EngagementRule
from analysis.segmentations.followers import FollowerBands
from analysis.segmentations.hybrid import FittedHybrid, Hybrid
from analysis.segmentations.interface import Fitted, Segmentation, Segmenter
from analysis.segmentations.lexicon import Lexicon, RuleVotes
from analysis.segmentations.scoring import scoring_query
from analysis.segmentations.stability import jaccard, thin
from analysis.segmentations.statistical import (
    CorrespondenceClusters,
    FittedClasses,
    LatentClasses,
)
from analysis.segmentations.supervised import WeakStyles
from analysis.segmentations.unsupervised import FactorClusters


@dataclass(frozen=True)
class Method:
    """A method in the comparison.

    Attributes
    ----------
    segmenter : Segmenter
    family : str
        "today", "hand", "rules", "statistical", "unsupervised", "supervised" or "hybrid".
    affordable : bool
        Whether full bootstrap replicates are.
    other_number : Segmenter, optional
        The same with two segments more, to see whether the number matters.
    """

    segmenter: Segmenter
    family: str
    affordable: bool = False
    other_number: Segmenter | None = None

    @property
    def name(self) -> str:
        """Return the name of the method."""
        return self.segmenter.method

    def refit(
        self, counts: AuthorLabelCounts, features: pd.DataFrame | None, base: Fitted, seed: int
    ) -> Fitted:
        """Fit again, from the fit on all authors where the method can start there."""
        if isinstance(base, FittedHybrid):
            return base.settings.fit(counts, features, start=base.pairs.mixture)
        if isinstance(base, FittedClasses):
            return base.settings.fit(counts, features, start=base.mixture)
        return self.segmenter.fit(counts, features, seed=seed)


def methods(lexicon: Lexicon, *, clusters: int | None = None) -> tuple[Method, ...]:
    """Return all methods at the settings that served them best.

    Parameters
    ----------
    lexicon : Lexicon
    clusters : int, optional
        Clusters of the methods that are told a number; by default one per rule and two more.
    """
    k = clusters or len(lexicon.rules) + 2
    spread = CorrespondenceClusters(clusters=k, axes=max(16, k))
    topics = FactorClusters("nmf", "kmeans", factors=k + 2, clusters=k)
    allocation = FactorClusters("lda", "kmeans", factors=k + 2, clusters=k)
    means = FactorClusters("ppmi", "kmeans", factors=k + 2, clusters=k)
    gaussian = FactorClusters("ppmi", "gmm", factors=k + 2, clusters=k)
    density = FactorClusters("ppmi", "hdbscan", factors=6, clusters=25)
    hybrid = Hybrid(lexicon)
    more = replace(hybrid, components=hybrid.n_components + 4)

    def fixed(number: int) -> LatentClasses:
        return LatentClasses("dirichlet", numbers=(number,))

    return (
        Method(FollowerBands(), "today", affordable=True),
        Method(EngagementRule(), "hand", affordable=True),
        Method(RuleVotes(lexicon), "rules", affordable=True),
        Method(spread, "statistical", True, replace(spread, clusters=k + 2)),
        Method(LatentClasses("multinomial"), "statistical", True, None),
        Method(LatentClasses("tempered"), "statistical", True, None),
        Method(fixed(k), "statistical", True, fixed(k + 2)),
        Method(topics, "unsupervised", other_number=replace(topics, clusters=k + 2)),
        Method(allocation, "unsupervised", other_number=replace(allocation, clusters=k + 2)),
        Method(means, "unsupervised", other_number=replace(means, clusters=k + 2)),
        Method(gaussian, "unsupervised", other_number=replace(gaussian, clusters=k + 2)),
        Method(density, "unsupervised", other_number=replace(density, clusters=30)),
        Method(WeakStyles(lexicon, "logistic"), "supervised"),
        Method(WeakStyles(lexicon, "boosting"), "supervised"),
        Method(hybrid, "hybrid", True, more),
    )


@dataclass(frozen=True)
class Entry:
    """One method, fitted to all authors.

    Attributes
    ----------
    method : Method
    fitted : Fitted
    segmentation : Segmentation
    seconds, cpu_seconds : float
        Of fit and assignment.
    """

    method: Method
    fitted: Fitted = field(repr=False)
    segmentation: Segmentation = field(repr=False)
    seconds: float
    cpu_seconds: float


def fit_all(
    chosen: Sequence[Method],
    counts: AuthorLabelCounts,
    features: pd.DataFrame | None,
    *,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> tuple[Entry, ...]:
    """Fit every method to all authors and assign them."""
    entries = []
    for method in chosen:
        if progress is not None:
            progress(method.name)
        began, began_cpu = time.perf_counter(), time.process_time()
        fitted = method.segmenter.fit(counts, features, seed=seed)
        found = fitted.assign(counts, features)
        entries.append(
            Entry(
                method,
                fitted,
                found,
                time.perf_counter() - began,
                time.process_time() - began_cpu,
            )
        )
    return tuple(entries)


def overview(entries: Sequence[Entry], counts: AuthorLabelCounts) -> pd.DataFrame:
    """Return what each method gives and costs, without a verdict.

    Returns
    -------
    DataFrame
        METHOD, FAMILY, SEGMENTS, NAMED (share of assigned authors in a segment with a name),
        COVERED, LARGEST, PROBABILITIES, SEVERAL (authors in two segments or more), SECONDS,
        CPU_SECONDS, ROWS_READ, SQL (whether a scoring query can be exported).
    """
    rows = []
    for entry in entries:
        found = entry.segmentation
        sizes = np.bincount(found.codes[found.codes >= 0], minlength=len(found.segments))
        named = np.array([s.kind in {"named", "rest"} for s in found.segments], dtype=bool)
        learns = entry.method.family not in {"today", "hand"}
        rows.append(
            {
                "METHOD": entry.method.name,
                "FAMILY": entry.method.family,
                "SEGMENTS": int((sizes > 0).sum()),
                "NAMED": float(sizes[named].sum() / max(1, sizes.sum())),
                "COVERED": float(1 - found.abstained.mean()),
                "LARGEST": float(sizes.max(initial=0) / max(1, sizes.sum())),
                "PROBABILITIES": bool(((found.posterior > 0) & (found.posterior < 1)).any()),
                "SEVERAL": float((found.members().sum(axis=1) > 1).mean()),
                "SECONDS": entry.seconds,
                "CPU_SECONDS": entry.cpu_seconds,
                "ROWS_READ": int(counts.matrix.nnz if learns else counts.n_authors),
                "SQL": _exports(entry.fitted),
            }
        )
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class Effort:
    """How much to spend on stability.

    Attributes
    ----------
    bootstrap, subset : int
        Replicates under each scheme.
    authors : int
        Authors of a subset, at most half of all.
    seeds : int
        Fits that differ in the seed only.
    workers : int
        Processes; results are the same for any number.
    """

    bootstrap: int = 200
    subset: int = 20
    authors: int = 4000
    seeds: int = 2
    workers: int = 1


def stability(
    entries: Sequence[Entry],
    counts: AuthorLabelCounts,
    features: pd.DataFrame | None,
    *,
    halves: tuple[AuthorLabelCounts, AuthorLabelCounts] | None = None,
    effort: Effort | None = None,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> Stabilities:
    """Measure stability of all methods.

    Parameters
    ----------
    halves : two AuthorLabelCounts, optional
        Labels of the two halves of the window.
    """
    effort = effort or Effort()
    summary: list[dict[str, Any]] = []
    clusters: list[pd.DataFrame] = []
    for entry in entries:
        if progress is not None:
            progress(entry.method.name)
        name = entry.method.name
        schemes = [("subset", effort.subset)]
        if entry.method.affordable:
            schemes.append(("bootstrap", effort.bootstrap))
        for scheme, replicates in schemes:
            found = Parallel(n_jobs=effort.workers)(
                delayed(_replicate)(entry, counts, features, scheme, effort.authors, seed, r)
                for r in range(replicates)
            )
            rands = np.array([rand for rand, _ in found])
            pieces = np.array([piece for _, piece in found])
            summary.append(_row(name, scheme, "adjusted Rand", rands))
            if pieces.shape[1]:
                summary.append(_row(name, scheme, "mean Jaccard", np.nanmean(pieces, axis=1)))
                clusters.append(_clusters(entry, scheme, pieces))
    if progress is not None:
        progress("halves, seeds and numbers")
    for rows in Parallel(n_jobs=effort.workers)(
        delayed(_deterministic)(entry, counts, features, halves, effort, seed) for entry in entries
    ):
        summary += rows
    return Stabilities(
        pd.DataFrame(summary), pd.concat(clusters, ignore_index=True) if clusters else None
    )


@dataclass(frozen=True)
class Stabilities:
    """Stability of all methods.

    Attributes
    ----------
    summary : DataFrame
        METHOD, SCHEME ("bootstrap", "subset", "seeds", "numbers", "time halves", "label halves",
        "author halves"), MEASURE, REPLICATES, ESTIMATE, LOW, HIGH (2.5 and 97.5 % of replicates).
    segments : DataFrame or None
        METHOD, SCHEME, SEGMENT, AUTHORS, JACCARD (mean), LOW, HIGH, RECOVERED (share of replicates
        with a Jaccard coefficient of at least 0.75).
    """

    summary: pd.DataFrame
    segments: pd.DataFrame | None


def _replicate(
    entry: Entry,
    counts: AuthorLabelCounts,
    features: pd.DataFrame | None,
    scheme: str,
    authors: int,
    seed: int,
    replicate: int,
) -> tuple[float, Floats]:
    n = counts.n_authors
    if scheme == "bootstrap":
        weights = author_weights(n, [replicate], seed, entry.method.name)[0]
        rows = np.flatnonzero(weights > 0)
        part = counts.select_authors(rows)
        part = replace(part, weights=part.weights * weights[rows])
    else:
        rng = stream(seed, entry.method.name, scheme, replicate)
        rows = np.sort(rng.choice(n, min(authors, n // 2), replace=False)).astype(np.int64)
        part = counts.select_authors(rows)
    own = None if features is None else features.iloc[rows].reset_index(drop=True)
    if scheme == "bootstrap":
        fitted = entry.method.refit(part, own, entry.fitted, seed)
    else:
        fitted = entry.method.segmenter.fit(part, own, seed=seed + replicate)
    found = fitted.assign(part, own).codes
    reference = entry.segmentation.codes[rows]
    pieces = np.full(len(entry.segmentation.segments), np.nan)
    best = jaccard(reference, found)
    pieces[: len(best)] = best
    return _rand(reference, found), pieces


def _deterministic(
    entry: Entry,
    counts: AuthorLabelCounts,
    features: pd.DataFrame | None,
    halves: tuple[AuthorLabelCounts, AuthorLabelCounts] | None,
    effort: Effort,
    seed: int,
) -> list[dict[str, Any]]:
    """Compare fits that differ in seed, number, half of the window, of the labels, of authors."""
    name, segmenter = entry.method.name, entry.method.segmenter
    reference = entry.segmentation.codes
    rows = []
    if entry.method.family not in {"today", "hand", "rules"}:
        others = [
            segmenter.fit(counts, features, seed=seed + s).assign(counts, features).codes
            for s in range(1, effort.seeds)
        ]
        rands = np.array([_rand(reference, other) for other in others])
        if len(rands):
            rows.append(_row(name, "seeds", "adjusted Rand", rands))
    if entry.method.other_number is not None:
        other = entry.method.other_number.fit(counts, features, seed=seed)
        rand = _rand(reference, other.assign(counts, features).codes)
        rows.append(_row(name, "numbers", "adjusted Rand", np.array([rand])))
    reads_labels = entry.method.family not in {"today", "hand"}
    if reads_labels:
        parts = thin(counts.matrix, stream(seed, "label halves"))
        read = [entry.fitted.assign(replace(counts, matrix=part), features).codes for part in parts]
        rows.append(_row(name, "label halves", "adjusted Rand", np.array([_rand(*read)])))
        order = stream(seed, "author halves").permutation(counts.n_authors)
        learnt = []
        for half in (order[: len(order) // 2], order[len(order) // 2 :]):
            chosen = np.sort(half)
            own = None if features is None else features.iloc[chosen].reset_index(drop=True)
            fitted = segmenter.fit(counts.select_authors(chosen), own, seed=seed)
            learnt.append(fitted.assign(counts, features).codes)
        rows.append(_row(name, "author halves", "adjusted Rand", np.array([_rand(*learnt)])))
    if reads_labels and halves is not None:
        first, second = halves
        _, one, two = np.intersect1d(first.authors, second.authors, return_indices=True)
        a = entry.fitted.assign(first.select_authors(one)).codes
        b = entry.fitted.assign(second.select_authors(two)).codes
        rows.append(_row(name, "time halves", "adjusted Rand", np.array([_rand(a, b)])))
    return rows


def _rand(first: Ints, second: Ints) -> float:
    both = (first >= 0) & (second >= 0)
    return float(adjusted_rand_score(first[both], second[both])) if both.any() else 0.0


def _row(method: str, scheme: str, measure: str, values: Floats) -> dict[str, Any]:
    low, high = np.quantile(values, [0.025, 0.975])
    return {
        "METHOD": method,
        "SCHEME": scheme,
        "MEASURE": measure,
        "REPLICATES": len(values),
        "ESTIMATE": float(values.mean()),
        "LOW": float(low),
        "HIGH": float(high),
    }


def _clusters(entry: Entry, scheme: str, pieces: Floats) -> pd.DataFrame:
    found = entry.segmentation
    sizes = np.bincount(found.codes[found.codes >= 0], minlength=len(found.segments))
    held = np.flatnonzero(sizes > 0)
    low, high = np.nanquantile(pieces[:, held], [0.025, 0.975], axis=0)
    return pd.DataFrame(
        {
            "METHOD": entry.method.name,
            "SCHEME": scheme,
            "SEGMENT": [found.names[s] for s in held],
            "AUTHORS": sizes[held],
            "JACCARD": np.nanmean(pieces[:, held], axis=0),
            "LOW": low,
            "HIGH": high,
            "RECOVERED": np.nanmean(pieces[:, held] >= 0.75, axis=0),
        }
    )


@dataclass(frozen=True)
class HeldOut:
    """What segments learnt from one half of the labels say of the other half.

    Attributes
    ----------
    gains : DataFrame
        METHOD, GAIN (nats per label saved against the overall profile), LOW, HIGH.
    differences : DataFrame
        METHOD, BEST (the method with the greatest gain), DIFFERENCE (gain less that of BEST), LOW,
        HIGH: simultaneous intervals over all methods, so that "better" is claimed where they
        exclude 0.
    """

    gains: pd.DataFrame
    differences: pd.DataFrame


def held_out(
    chosen: Sequence[Method],
    first: AuthorLabelCounts,
    second: AuthorLabelCounts,
    features: pd.DataFrame | None,
    *,
    replicates: int = 999,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> HeldOut:
    """Fit methods to the first half and judge them on the second half of the same authors.

    Parameters
    ----------
    first, second : AuthorLabelCounts
        Same authors in the same rows, same labels.
    """
    if not np.array_equal(first.authors, second.authors) or first.labels != second.labels:
        raise ValueError("first and second must hold the same authors and labels in one order.")
    test = second.damped(300.0)
    worth = np.asarray(test.sum(axis=1), dtype=np.float64)
    saved = []
    for method in chosen:
        if progress is not None:
            progress(method.name)
        found = method.segmenter.fit(first, features, seed=seed).assign(first, features)
        saved.append(saved_nats(first, second, found.posterior))
    by_author = np.stack(saved)
    totals = by_author.sum(axis=1) / worth.sum()
    drawn = np.empty((replicates, len(chosen)))
    for r in range(replicates):
        weights = author_weights(len(worth), [r], seed, "held out")[0]
        drawn[r] = (by_author @ weights) / (worth @ weights)
    names = [method.name for method in chosen]
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    gains = pd.DataFrame({"METHOD": names, "GAIN": totals, "LOW": low, "HIGH": high})
    best = int(np.argmax(totals))
    gap, spread = totals - totals[best], drawn - drawn[:, [best]]
    sd = spread.std(axis=0, ddof=1)
    scaled = np.abs(spread - gap) / np.where(sd > 0, sd, np.inf)
    reach = float(np.quantile(scaled.max(axis=1), 0.95))
    differences = pd.DataFrame(
        {
            "METHOD": names,
            "BEST": names[best],
            "DIFFERENCE": gap,
            "LOW": gap - reach * sd,
            "HIGH": gap + reach * sd,
        }
    )
    return HeldOut(gains, differences)


def saved_nats(train: AuthorLabelCounts, test: AuthorLabelCounts, posterior: Floats) -> Floats:
    """Return nats that each author's held-out (damped) labels save; 0 for who has no segment."""
    seen = train.damped(300.0)
    overall: Floats = np.asarray(seen.sum(axis=0)) + 0.5
    overall = overall / overall.sum()
    by_segment = np.asarray(seen.T @ posterior).T + 50.0 * overall
    profile = by_segment / by_segment.sum(axis=1, keepdims=True)
    rest = np.maximum(0.0, 1 - posterior.sum(axis=1))
    coo: Any = test.damped(300.0).tocoo()
    author, label = coo.coords
    expected = np.einsum("ik,ik->i", posterior[author], profile.T[label])
    expected = expected + rest[author] * overall[label]
    terms = coo.data * np.log(expected / overall[label])
    return np.asarray(np.bincount(author, weights=terms, minlength=train.n_authors))


def ranking(measures: pd.DataFrame, *, draws: int = 2000, seed: int = 0) -> pd.DataFrame:
    """Say how much the ranking of methods depends on the weights of the criteria.

    Parameters
    ----------
    measures : DataFrame (methods x criteria)
        Larger is better; missing values rank last.

    Returns
    -------
    DataFrame
        METHOD, MEAN_RANK (equal weights), FIRST (share of random weightings, uniform on the
        simplex, under which it comes first), WORST (its lowest overall place in them).
    """
    ranks = measures.rank(ascending=False, na_option="bottom").to_numpy()
    weights = stream(seed, "ranking").dirichlet(np.ones(ranks.shape[1]), size=draws)
    weighted = weights @ ranks.T
    place = weighted.argsort(axis=1, kind="stable").argsort(axis=1, kind="stable")
    return pd.DataFrame(
        {
            "METHOD": list(measures.index),
            "MEAN_RANK": ranks.mean(axis=1),
            "FIRST": (place == 0).mean(axis=0),
            "WORST": place.max(axis=0) + 1,
        }
    )


def _exports(fitted: Fitted) -> bool:
    try:
        scoring_query(fitted)
    except ValueError:
        return False
    return True
