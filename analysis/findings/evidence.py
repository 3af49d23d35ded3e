"""The evidence on which every segmentation of the panel is judged."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.contingency.counts import AuthorLabelCounts
from analysis.extracts.trends import named
from analysis.findings import wardrobe as worn
from analysis.findings.step import Inputs
from analysis.segmentations.criteria import Evidence
from analysis.segmentations.explained import Halves
from analysis.trends.author_weeks import author_weeks

NEEDS = (*worn.NEEDS, "author_trend_counts", "weekly_activity")
BANDS = ("mainstream", "trendy", "edgy")
THRESHOLDS = (12_000.0, 40_000.0)
"""The house rule: followers up to which an account is mainstream, and trendy."""


def halves(inputs: Inputs) -> Halves | None:
    """Return what authors wear in each half of the window; None where it has only one."""
    try:
        return Halves.of(worn.wardrobe(inputs, half=1).counts, worn.wardrobe(inputs, half=2).counts)
    except ValueError:
        return None


def evidence(inputs: Inputs) -> Evidence:
    """Collect the evidence on the authors of MART_AUTHORS from the extracts of ``NEEDS``."""
    features = inputs.extract("author_features")
    features = features[features["IN_AUTHORS"]].reset_index(drop=True)
    features["FOLLOWERS"] = followers(features)
    try:
        trends = author_weeks(
            named(inputs.extract("author_trend_counts")),
            features[features["IS_DRAWN"]],
            inputs.extract("weekly_activity"),
        )
    except ValueError:
        trends = None
    return Evidence(worn.wardrobe(inputs).counts, features, halves(inputs), trends)


def followers(features: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Return the follower count that the house rule reads: of the mart, else of the other table."""
    return (
        features["FOLLOWERS_AUTHORS"]
        .fillna(features["FOLLOWERS_SEGMENTATIONS"])
        .to_numpy(dtype=np.float64, na_value=np.nan)
    )


def bands_of(counts: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
    """Return the band of each follower count by the house rule; None where it is missing."""
    low, high = THRESHOLDS
    names = np.array([*BANDS, None], dtype=object)
    place = np.where(counts <= low, 0, np.where(counts <= high, 1, 2))
    return np.asarray(names[np.where(np.isfinite(counts), place, 3)], dtype=object)


def follower_rule(
    counts: AuthorLabelCounts, features: pd.DataFrame, rng: np.random.Generator
) -> npt.NDArray[Any]:
    """Assign bands anew: the house rule as a method that the scorecard can run again."""
    del counts, rng  # the rule reads followers and nothing else
    return bands_of(features["FOLLOWERS"].to_numpy(dtype=np.float64))
