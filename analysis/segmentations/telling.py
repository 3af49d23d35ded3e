"""Labels that tell the authors of a segment from all others."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.contingency.counts import AuthorLabelCounts, Grouping
from analysis.contingency.effects import log_odds, share_lifts
from analysis.contingency.multiplicity import adjust_p_values

FEWEST = 10
"""Authors of the segment, and of the others, who must use a label for it to be compared."""

_COLUMNS = [
    "group",
    "label",
    "authors",
    "share",
    "other_share",
    "lift",
    "low",
    "high",
    "shrunk",
    "q",
]


def telling_labels(
    counts: AuthorLabelCounts, grouping: Grouping, *, level: float = 0.95
) -> pd.DataFrame:
    """Compare each label's share in each segment with its share among all other authors.

    Parameters
    ----------
    counts : AuthorLabelCounts
    grouping : Grouping
        Segment of each author; authors in none count for none.
    level : float
        Confidence level.

    Returns
    -------
    DataFrame
        One row per ``group`` and ``label`` that enough authors use: ``authors`` of the group with
        it, ``share``, ``other_share``, ``lift`` (odds ratio) with ``low`` and ``high``, ``shrunk``
        (its logarithm shrunk, to rank labels by) and ``q``, the p-value adjusted over all rows
        (Benjamini and Hochberg). See :func:`analysis.contingency.effects.log_odds`.
    """
    users = counts.authors_by_label
    inside = grouping.codes >= 0
    everybody = counts.select_authors(inside).authors_by_label if not inside.all() else users
    frames = []
    for name, size in zip(grouping.names, grouping.sizes, strict=True):
        if min(size, inside.sum() - size) < FEWEST:
            continue
        shares = share_lifts(counts, grouping, name, level=level)
        odds = log_odds(counts, grouping, name, level=level)
        kept = (shares["authors"] >= FEWEST) & (everybody - shares["authors"] >= FEWEST)
        shares, odds = shares[kept], odds[kept]
        frames.append(
            pd.DataFrame(
                {
                    "group": name,
                    "label": shares.index,
                    "authors": shares["authors"].to_numpy(),
                    "share": shares["share"].to_numpy(),
                    "other_share": shares["other_share"].to_numpy(),
                    "lift": np.exp(odds["log_odds"].to_numpy()),
                    "low": np.exp(odds["low"].to_numpy()),
                    "high": np.exp(odds["high"].to_numpy()),
                    "shrunk": odds["shrunk"].to_numpy(),
                    "p": odds["p_value"].to_numpy(),
                }
            )
        )
    if not frames:
        return pd.DataFrame(columns=_COLUMNS)
    table = pd.concat(frames, ignore_index=True)
    table["q"] = adjust_p_values(table["p"].to_numpy(dtype=np.float64))
    return table.drop(columns="p")
