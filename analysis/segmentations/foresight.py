"""What segments learnt from one half of the labels say of the other half."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils.parallel import Parallel, delayed

from analysis.contingency.bootstrap import author_weights
from analysis.contingency.counts import AuthorLabelCounts, Floats
from analysis.segmentations.comparison import Method


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
    workers: int = 1,
    seed: int = 0,
) -> HeldOut:
    """Fit methods to the first half and judge them on the second half of the same authors.

    Parameters
    ----------
    first, second : AuthorLabelCounts
        Same authors in the same rows, same labels.
    workers : int
        Processes; results are the same for any number.
    """
    if not np.array_equal(first.authors, second.authors) or first.labels != second.labels:
        raise ValueError("first and second must hold the same authors and labels in one order.")
    test = second.damped(300.0)
    worth = np.asarray(test.sum(axis=1), dtype=np.float64)
    by_author = np.stack(
        Parallel(n_jobs=workers)(
            delayed(_saved)(method, first, second, features, seed) for method in chosen
        )
    )
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


def _saved(
    method: Method,
    first: AuthorLabelCounts,
    second: AuthorLabelCounts,
    features: pd.DataFrame | None,
    seed: int,
) -> Floats:
    found = method.segmenter.fit(first, features, seed=seed).assign(first, features)
    return saved_nats(first, second, found.posterior)


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
