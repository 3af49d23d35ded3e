"""Today's rule: bands of followers. The baseline that every other method is compared with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.contingency.counts import AuthorLabelCounts
from analysis.segmentations.interface import Segment, Segmentation, check_rows

VERSION = "1"
BANDS = ("mainstream", "trendy", "edgy")


@dataclass(frozen=True)
class FollowerBands:
    """Settings of the follower rule.

    Attributes
    ----------
    trendy, edgy : float
        Most followers of a mainstream and of a trendy account.
    """

    trendy: float = 12_000.0
    edgy: float = 40_000.0

    @property
    def method(self) -> str:
        """Return the name of the method."""
        return "follower bands"

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Return the limits."""
        return {"trendy": self.trendy, "edgy": self.edgy}

    @property
    def segments(self) -> tuple[Segment, ...]:
        """Return the three bands in words."""
        return (
            Segment("mainstream", f"At most {self.trendy:,.0f} followers."),
            Segment("trendy", f"More than {self.trendy:,.0f}, at most {self.edgy:,.0f} followers."),
            Segment("edgy", f"More than {self.edgy:,.0f} followers."),
        )

    def fit(
        self,
        counts: AuthorLabelCounts,
        features: pd.DataFrame | None = None,
        *,
        seed: int = 0,  # noqa: ARG002 - nothing is drawn
    ) -> FollowerBands:
        """Return the rule itself: it learns nothing."""
        check_rows(counts, features)
        return self

    def assign(
        self, counts: AuthorLabelCounts, features: pd.DataFrame | None = None
    ) -> Segmentation:
        """Return the bands; an author without a follower count is in none, never edgy.

        Reads FOLLOWERS_AUTHORS and, where that is missing, FOLLOWERS_SEGMENTATIONS.
        """
        check_rows(counts, features, "FOLLOWERS_AUTHORS", "FOLLOWERS_SEGMENTATIONS")
        assert features is not None  # noqa: S101 - check_rows has refused its absence
        followers = features["FOLLOWERS_AUTHORS"].fillna(features["FOLLOWERS_SEGMENTATIONS"])
        known = followers.notna().to_numpy()
        band = np.digitize(
            followers.fillna(0.0).to_numpy(dtype=np.float64), [self.trendy, self.edgy], right=True
        )
        posterior = np.eye(3)[band] * known[:, None]
        return Segmentation.of(
            self.method, VERSION, self.parameters, counts.authors, self.segments, posterior
        )
