"""Stability of all methods, under named schemes.

Figures of different schemes are never put in one column: ``bootstrap`` refits on authors drawn
with replacement (warm starts where a method has them), ``subset`` refits from scratch on a small
part of the authors, which is harsher. Subsets are drawn in disjoint pairs, and how far the two
fits of a pair agree on all their authors is ``author halves``: no author taught both. All methods
go through pairs of subsets; only those that can afford it through ``bootstrap``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score
from sklearn.utils.parallel import Parallel, delayed

from analysis.contingency.bootstrap import author_weights
from analysis.contingency.counts import AuthorLabelCounts, Floats, Ints
from analysis.randomness import stream
from analysis.segmentations.comparison import Entry
from analysis.segmentations.stability import jaccard, thin


@dataclass(frozen=True)
class Effort:
    """How much to spend on stability.

    Attributes
    ----------
    bootstrap : int
        Replicates for the methods that can afford it.
    pairs : int
        Pairs of subsets.
    authors : int
        Authors of a subset, at most half of all.
    seeds : int
        Fits that differ in the seed only.
    workers : int
        Processes; results are the same for any number.
    """

    bootstrap: int = 200
    pairs: int = 10
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
        pairs = Parallel(n_jobs=effort.workers)(
            delayed(_pair)(entry, counts, features, effort.authors, seed, r)
            for r in range(effort.pairs)
        )
        schemes = {"subset": [half for first, second, _ in pairs for half in (first, second)]}
        if entry.method.affordable:
            schemes["bootstrap"] = Parallel(n_jobs=effort.workers)(
                delayed(_bootstrap)(entry, counts, features, seed, r)
                for r in range(effort.bootstrap)
            )
        for scheme, found in schemes.items():
            rands = np.array([rand for rand, _ in found])
            pieces = np.array([piece for _, piece in found])
            summary.append(_row(name, scheme, "adjusted Rand", rands))
            if pieces.shape[1]:
                summary.append(_row(name, scheme, "mean Jaccard", np.nanmean(pieces, axis=1)))
                clusters.append(_clusters(entry, scheme, pieces))
        if _reads_labels(entry):
            agreed = np.array([agreement for *_, agreement in pairs])
            summary.append(_row(name, "author halves", "adjusted Rand", agreed))
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


Replicate = tuple[float, Floats]
"""Adjusted Rand index with the fit to all authors, and Jaccard coefficient of each segment."""


def _bootstrap(
    entry: Entry,
    counts: AuthorLabelCounts,
    features: pd.DataFrame | None,
    seed: int,
    replicate: int,
) -> Replicate:
    weights = author_weights(counts.n_authors, [replicate], seed, entry.method.name)[0]
    rows = np.flatnonzero(weights > 0)
    part, own = _part(counts, features, rows)
    part = replace(part, weights=part.weights * weights[rows])
    fitted = entry.method.refit(part, own, entry.fitted, seed)
    return _compared(entry, fitted.assign(part, own).codes, rows)


def _pair(
    entry: Entry,
    counts: AuthorLabelCounts,
    features: pd.DataFrame | None,
    authors: int,
    seed: int,
    replicate: int,
) -> tuple[Replicate, Replicate, float]:
    """Fit two disjoint subsets; compare each with the whole, and both with each other."""
    size = min(authors, counts.n_authors // 2)
    # the same authors for every method: their figures are compared
    order = stream(seed, "subset", replicate).permutation(counts.n_authors)
    both, own = _part(counts, features, np.sort(order[: 2 * size]))
    codes, replicates = [], []
    for half in (order[:size], order[size : 2 * size]):
        rows = np.sort(half)
        fitted = entry.method.segmenter.fit(*_part(counts, features, rows), seed=seed + replicate)
        found = fitted.assign(both, own).codes
        codes.append(found)
        here = np.searchsorted(np.sort(order[: 2 * size]), rows)
        replicates.append(_compared(entry, found[here], rows))
    return replicates[0], replicates[1], _rand(codes[0], codes[1])


def _part(
    counts: AuthorLabelCounts, features: pd.DataFrame | None, rows: Ints
) -> tuple[AuthorLabelCounts, pd.DataFrame | None]:
    own = None if features is None else features.iloc[rows].reset_index(drop=True)
    return counts.select_authors(rows), own


def _compared(entry: Entry, found: Ints, rows: Ints) -> Replicate:
    reference = entry.segmentation.codes[rows]
    pieces = np.full(len(entry.segmentation.segments), np.nan)
    best = jaccard(reference, found)
    pieces[: len(best)] = best
    return _rand(reference, found), pieces


def _reads_labels(entry: Entry) -> bool:
    return entry.method.family not in {"today", "hand"}


def _deterministic(
    entry: Entry,
    counts: AuthorLabelCounts,
    features: pd.DataFrame | None,
    halves: tuple[AuthorLabelCounts, AuthorLabelCounts] | None,
    effort: Effort,
    seed: int,
) -> list[dict[str, Any]]:
    """Compare fits that differ in seed, number, half of the window, half of the labels."""
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
    reads_labels = _reads_labels(entry)
    if reads_labels:
        parts = thin(counts.matrix, stream(seed, "label halves"))
        read = [entry.fitted.assign(replace(counts, matrix=part), features).codes for part in parts]
        rows.append(_row(name, "label halves", "adjusted Rand", np.array([_rand(*read)])))
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
