"""What authors wear, as counts: the fashion labels of the authors in a panel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.contingency.counts import AuthorLabelCounts
from analysis.extracts.vocabulary import Vocabulary
from analysis.findings.step import Inputs

NEEDS = ("author_features", "author_label_counts", "label_vocabulary")


@dataclass(frozen=True)
class Wardrobe:
    """Fashion labels of the authors that a panel is drawn from.

    Attributes
    ----------
    counts : AuthorLabelCounts
        Distinct images per author and label; authors without any are left out.
    authors : DataFrame
        The rows of ``author_features`` in the order of ``counts``.
    without_labels : int
        Authors of the mart that no image shows wearing anything.
    """

    counts: AuthorLabelCounts
    authors: pd.DataFrame
    without_labels: int


def label_counts(inputs: Inputs, half: int | None = None) -> pd.DataFrame:
    """Return AUTHOR_INDEX, LABEL_INDEX and N_IMAGES, of the whole window or of one half of it."""
    counts = inputs.extract("author_label_counts")
    halves = [f"N_IMAGES_{which}" for which in ((1, 2) if half is None else (half,))]
    counts["N_IMAGES"] = counts[halves].sum(axis=1)
    return counts.loc[counts["N_IMAGES"] > 0, ["AUTHOR_INDEX", "LABEL_INDEX", "N_IMAGES"]]


def names_of_labels(inputs: Inputs) -> pd.Series:
    """Return the name of each label by its LABEL_INDEX, NA for what is not fashion."""
    labels = inputs.extract("label_vocabulary")
    return Vocabulary.load().names(labels).set_axis(labels["LABEL_INDEX"].to_numpy())


def wardrobe(inputs: Inputs, *, half: int | None = None) -> Wardrobe:
    """Collect what the authors of MART_AUTHORS wear.

    Parameters
    ----------
    inputs : Inputs
        With the extracts of ``NEEDS``.
    half : int, optional
        1 or 2: only images of that half of the window.
    """
    features = inputs.extract("author_features")
    long = label_counts(inputs, half)
    names = names_of_labels(inputs)
    members = features.loc[features["IN_AUTHORS"] & features["IS_DRAWN"], "AUTHOR_INDEX"]
    long = long.assign(LABEL=long["LABEL_INDEX"].map(names))
    long = long[long["LABEL"].notna() & long["AUTHOR_INDEX"].isin(members)]
    counts = AuthorLabelCounts.from_long(long, count="N_IMAGES")
    rows = features.set_index("AUTHOR_INDEX").loc[np.asarray(counts.authors)].reset_index()
    return Wardrobe(counts, rows, len(members) - counts.n_authors)
