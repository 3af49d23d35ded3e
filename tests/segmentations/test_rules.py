import numpy as np
import pandas as pd
import pytest

from analysis.contingency.counts import AuthorLabelCounts, as_sparse
from analysis.segmentations.engagement import EngagementRule
from analysis.segmentations.followers import FollowerBands


def counts_of(n: int) -> AuthorLabelCounts:
    return AuthorLabelCounts(as_sparse(np.ones((n, 2))), np.arange(n), ("a", "b"))


def test_bands_keep_their_limits_and_the_unknown_apart():
    features = pd.DataFrame(
        {
            "FOLLOWERS_AUTHORS": [0, 12_000, 12_001, 40_000, 40_001, None, None],
            "FOLLOWERS_SEGMENTATIONS": [9e9, 9e9, 1, 1, 1, 12_000.5, None],
        }
    )
    found = FollowerBands().fit(counts_of(7), features).assign(counts_of(7), features)
    assert found.to_frame()["SEGMENT"].tolist()[:6] == [
        "mainstream",
        "mainstream",
        "trendy",
        "trendy",
        "edgy",
        "trendy",
    ]
    assert found.abstained.tolist() == [False] * 6 + [True]


def test_features_are_asked_for():
    with pytest.raises(ValueError, match="features are missing"):
        FollowerBands().assign(counts_of(2))
    with pytest.raises(ValueError, match="lack the columns"):
        FollowerBands().assign(counts_of(2), pd.DataFrame({"x": [1, 2]}))
    with pytest.raises(ValueError, match="1 rows for 2 authors"):
        FollowerBands().assign(counts_of(2), pd.DataFrame({"x": [1]}))


def test_engagement_does_not_just_call_small_accounts_loved():
    rng = np.random.default_rng(0)
    size = np.exp(rng.normal(7.5, 2, 4000))
    features = pd.DataFrame(
        {
            "FOLLOWERS_AUTHORS": size,
            "FOLLOWERS_SEGMENTATIONS": size,
            "N_POSTS": rng.poisson(50, 4000),
            "LIKES_MEDIAN": np.exp(0.5 * np.log(size) + rng.normal(0, 0.5, 4000)),
        }
    )
    features.loc[0, "LIKES_MEDIAN"] = None
    counts = counts_of(4000)
    found = EngagementRule().fit(counts, features).assign(counts, features)
    loved = np.isin(found.codes, [2, 3])
    assert found.abstained.tolist()[:2] == [True, False]
    assert loved.mean() == pytest.approx(0.4, abs=0.02)
    assert np.median(size[loved]) == pytest.approx(np.median(size[~loved]), rel=0.15)
