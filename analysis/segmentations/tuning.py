"""Tune methods of any family without a truth: held-out labels, and halves of the authors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score

from analysis.contingency.counts import AuthorLabelCounts
from analysis.randomness import stream
from analysis.segmentations.foresight import saved_nats
from analysis.segmentations.interface import Segmenter
from analysis.segmentations.stability import thin


def tune(
    counts: AuthorLabelCounts,
    candidates: Sequence[Segmenter],
    *,
    splits: int = 3,
    seed: int = 0,
) -> pd.DataFrame:
    """Judge settings by held-out labels and by agreement between halves of the authors.

    Returns
    -------
    DataFrame
        Per candidate: METHOD, PLACE, HELD_OUT (nats per label that clusters learnt from one half
        of each author's labels save on the other half, against the overall profile), STABILITY
        (adjusted Rand index of the assignments by fits to two halves of the authors), COVERED
        (share of authors assigned) and CLUSTERS.
    """
    rows = []
    for place, candidate in enumerate(candidates):
        gains, agreements, covered, clusters = [], [], [], []
        for split in range(splits):
            rng = stream(seed, "tune", split)
            first, second = thin(counts.matrix, rng)
            train, test = replace(counts, matrix=first), replace(counts, matrix=second)
            found = candidate.fit(train, seed=seed).assign(train)
            worth = float(test.damped(300.0).sum())
            gains.append(float(saved_nats(train, test, found.posterior).sum()) / worth)
            covered.append(1 - float(found.abstained.mean()))
            clusters.append(len(found.segments))
            order = rng.permutation(counts.n_authors)
            halves = order[: len(order) // 2], order[len(order) // 2 :]
            a, b = (
                candidate.fit(counts.select_authors(np.sort(half)), seed=seed).assign(counts).codes
                for half in halves
            )
            both = (a >= 0) & (b >= 0)
            agreements.append(adjusted_rand_score(a[both], b[both]) if both.any() else 0.0)
        rows.append(
            {
                "METHOD": candidate.method,
                "PLACE": place,
                "HELD_OUT": float(np.mean(gains)),
                "STABILITY": float(np.mean(agreements)),
                "COVERED": float(np.mean(covered)),
                "CLUSTERS": float(np.mean(clusters)),
            }
        )
    return pd.DataFrame(rows)
