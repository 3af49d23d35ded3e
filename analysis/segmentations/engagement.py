"""A rule of activity and engagement: what a marketing team would do by hand.

Authors are crossed by how often they post and by how warmly their audience answers for its size,
each cut at fixed quantiles of the authors at hand. Engagement falls with the number of followers,
so it is measured as what is left of log likes after a line in log followers: a plain rate would
only call small accounts engaged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.contingency.counts import AuthorLabelCounts, Floats
from analysis.segmentations.interface import Segment, Segmentation, check_rows

VERSION = "1"
_NEEDED = ("N_POSTS", "LIKES_MEDIAN", "FOLLOWERS_AUTHORS", "FOLLOWERS_SEGMENTATIONS")


@dataclass(frozen=True)
class EngagementRule:
    """Settings of the rule.

    Attributes
    ----------
    busy, warm : float
        Quantiles from which on an author counts as busy and the audience as warm.
    """

    busy: float = 0.6
    warm: float = 0.6

    @property
    def method(self) -> str:
        """Return the name of the method."""
        return "engagement and activity"

    def fit(
        self,
        counts: AuthorLabelCounts,
        features: pd.DataFrame | None = None,
        *,
        seed: int = 0,  # noqa: ARG002 - nothing is drawn
    ) -> FittedEngagement:
        """Find the cut points and the line of log likes in log followers."""
        check_rows(counts, features, *_NEEDED)
        assert features is not None  # noqa: S101 - check_rows has refused its absence
        likes, size = _logs(features)
        usable = np.isfinite(likes) & np.isfinite(size)
        slope, level = (
            np.polyfit(size[usable], likes[usable], 1)
            if len(np.unique(size[usable])) > 1
            else (0.0, 0.0)
        )
        posts = features["N_POSTS"].to_numpy(dtype=np.float64)
        rest = likes - (level + slope * size)
        return FittedEngagement(
            self,
            float(np.quantile(posts, self.busy)),
            float(np.quantile(rest[usable], self.warm)) if usable.any() else 0.0,
            float(slope),
            float(level),
        )


@dataclass(frozen=True)
class FittedEngagement:
    """Cut points of the rule."""

    settings: EngagementRule
    posts: float
    rest: float
    slope: float
    level: float

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Return the cut points."""
        return {
            "posts": self.posts,
            "log_likes_rest": self.rest,
            "slope": self.slope,
            "level": self.level,
        }

    @property
    def segments(self) -> tuple[Segment, ...]:
        """Return the four cells in words."""
        return (
            Segment("quiet", "Posts little, to an audience that answers little for its size."),
            Segment("busy", "Posts much, to an audience that answers little for its size."),
            Segment("loved", "Posts little, to an audience that answers more than its size tells."),
            Segment("busy and loved", "Posts much, to an audience that answers warmly."),
        )

    def assign(
        self, counts: AuthorLabelCounts, features: pd.DataFrame | None = None
    ) -> Segmentation:
        """Return the cells; abstain on authors without posts, likes or followers."""
        check_rows(counts, features, *_NEEDED)
        assert features is not None  # noqa: S101 - check_rows has refused its absence
        likes, size = _logs(features)
        rest = likes - (self.level + self.slope * size)
        posts = features["N_POSTS"].to_numpy(dtype=np.float64)
        known = np.isfinite(rest) & (posts > 0)
        cell = (posts > self.posts) + 2 * (np.nan_to_num(rest) > self.rest)
        posterior = np.eye(4)[cell.astype(np.int64)] * known[:, None]
        return Segmentation.of(
            self.settings.method,
            VERSION,
            self.parameters,
            counts.authors,
            self.segments,
            posterior,
        )


def _logs(features: pd.DataFrame) -> tuple[Floats, Floats]:
    followers = features["FOLLOWERS_AUTHORS"].fillna(features["FOLLOWERS_SEGMENTATIONS"])
    return (
        np.log1p(features["LIKES_MEDIAN"].to_numpy(dtype=np.float64, na_value=np.nan)),
        np.log1p(followers.to_numpy(dtype=np.float64, na_value=np.nan)),
    )
