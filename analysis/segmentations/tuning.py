"""Tune methods of any family without a truth: held-out labels, and halves of the authors.

One protocol for all: settings are judged on worlds of other seeds than those they are compared on,
by what segments learnt from one half of each author's labels say of the other half. Where two
settings foretell alike, the one whose segments come out again on other authors is taken.
"""

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
    tried: Sequence[Segmenter],
    *,
    splits: int = 3,
    seed: int = 0,
) -> pd.DataFrame:
    """Judge settings by held-out labels and by agreement between halves of the authors.

    Returns
    -------
    DataFrame
        Per candidate and split: METHOD, PLACE (of the candidate), SPLIT, HELD_OUT (nats per label
        that segments learnt from one half of each author's labels save on the other half, against
        the overall profile), STABILITY (adjusted Rand index of the assignments by fits to two
        halves of the authors), COVERED (share of authors assigned) and SEGMENTS.
    """
    rows = []
    for split in range(splits):
        rng = stream(seed, "tune", split)
        first, second = thin(counts.matrix, rng)
        train, test = replace(counts, matrix=first), replace(counts, matrix=second)
        worth = float(test.damped(300.0).sum())
        order = rng.permutation(counts.n_authors)
        halves = order[: len(order) // 2], order[len(order) // 2 :]
        for place, candidate in enumerate(tried):
            found = candidate.fit(train, seed=seed).assign(train)
            a, b = (
                candidate.fit(counts.select_authors(np.sort(half)), seed=seed).assign(counts).codes
                for half in halves
            )
            both = (a >= 0) & (b >= 0)
            rows.append(
                {
                    "METHOD": candidate.method,
                    "PLACE": place,
                    "SPLIT": split,
                    "HELD_OUT": float(saved_nats(train, test, found.posterior).sum()) / worth,
                    "STABILITY": float(adjusted_rand_score(a[both], b[both])) if both.any() else 0,
                    "COVERED": 1 - float(found.abstained.mean()),
                    "SEGMENTS": len(found.segments),
                }
            )
    return pd.DataFrame(rows)


def choose(tuned: pd.DataFrame) -> pd.DataFrame:
    """Choose the settings of one method.

    Parameters
    ----------
    tuned : DataFrame
        Rows of :func:`tune` for one method, over worlds (WORLD) and splits.

    Returns
    -------
    DataFrame
        One row per PLACE: mean HELD_OUT, STABILITY, COVERED and SEGMENTS, and CHOSEN: of the
        candidates that foretell at least as much as the best one less one standard error of their
        difference over worlds and splits, the most stable.
    """
    wide = tuned.pivot_table("HELD_OUT", ["WORLD", "SPLIT"], "PLACE")
    best = int(wide.mean().to_numpy().argmax())
    gap = wide.sub(wide.iloc[:, best], axis=0)
    error = gap.std(ddof=1).fillna(0.0) / np.sqrt(len(gap))
    level = (gap.mean() + error >= 0).to_numpy()
    means = tuned.groupby("PLACE")[["HELD_OUT", "STABILITY", "COVERED", "SEGMENTS"]].mean()
    stable = np.where(level, means["STABILITY"].to_numpy(), -np.inf)
    means["CHOSEN"] = np.arange(len(means)) == stable.argmax()
    return means.reset_index()
