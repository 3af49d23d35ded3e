"""What accounts show: labels by author, in all and by half of the window."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis.contingency.counts import AuthorLabelCounts
from analysis.extracts.vocabulary import Vocabulary
from analysis.findings.step import Inputs
from analysis.findings.wardrobe import label_counts

PEOPLE = ("human", "humanface", "body")
"""Objects that say that somebody is in the picture, and nothing of style."""
_FEWEST = 500
"""Labelled authors below which nothing is segmented."""


def shown(inputs: Inputs, half: int | None = None) -> tuple[AuthorLabelCounts, pd.DataFrame]:
    """Return distinct images per author and label, people left out, and the authors' features.

    Labels of what is worn keep the names of :mod:`analysis.findings.wardrobe`; other objects have
    the type ``scene``: rooms, food and animals tell who does not post about fashion.
    """
    features = inputs.extract("author_features")
    labels = inputs.extract("label_vocabulary")
    long = label_counts(inputs, half)
    scene = ("scene/" + labels["LABEL_NAME"]).where(~labels["LABEL_NAME"].isin(PEOPLE))
    names = Vocabulary.load().names(labels)
    names = names.where(names.notna(), scene).set_axis(labels["LABEL_INDEX"].to_numpy())
    members = features.loc[features["IN_AUTHORS"] & features["IS_DRAWN"], "AUTHOR_INDEX"]
    long = long.assign(LABEL=long["LABEL_INDEX"].map(names))
    long = long[long["LABEL"].notna() & long["AUTHOR_INDEX"].isin(members)]
    counts = AuthorLabelCounts.from_long(long, count="N_IMAGES")
    rows = features.set_index("AUTHOR_INDEX").loc[np.asarray(counts.authors)].reset_index()
    return counts, rows


def require(counts: AuthorLabelCounts, authors: int | None = None) -> None:
    """Raise ValueError if there are too few authors or labels to segment by style."""
    n = counts.n_authors if authors is None else authors
    if n < _FEWEST or counts.n_labels < 10:
        raise ValueError(
            f"{n} authors with {counts.n_labels} labels are too few to segment by style"
        )


def only(counts: AuthorLabelCounts, authors: Any) -> AuthorLabelCounts:
    """Return the counts of some of the authors."""
    return counts.select_authors(np.searchsorted(counts.authors, authors))
