"""Lifts and log odds: by hand, against statsmodels, and what clustering must do to them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.contingency.counts import AuthorLabelCounts, Grouping, as_sparse
from analysis.contingency.effects import log_odds, presence_lifts, share_lifts, shrink


def _world(rng: np.random.Generator, authors: int = 600) -> tuple[AuthorLabelCounts, Grouping]:
    base = rng.dirichlet(np.full(20, 1.0))
    n = np.ceil(rng.lognormal(3, 1, authors)).astype(int)
    shares = rng.dirichlet(50 * base, authors)
    counts = rng.multinomial(n, shares)
    return AuthorLabelCounts.from_wide(pd.DataFrame(counts)), Grouping.of(
        rng.choice(["other", "edgy"], authors, p=[0.8, 0.2])
    )


def test_presence_lift_by_hand() -> None:
    wide = np.zeros((400, 3))
    wide[:30, 0] = 5  # 30 of 100 of the group, 60 of all 400
    wide[100:130, 0] = 1
    wide[:, 1] = 1
    wide[:2, 2] = 1
    counts = AuthorLabelCounts.from_wide(pd.DataFrame(wide, columns=["some", "all", "rare"]))
    grouping = Grouping.of(["edgy"] * 100 + ["other"] * 300)
    lifts = presence_lifts(counts, grouping, "edgy")
    assert lifts.loc["some", "lift"] == pytest.approx((30 / 100) / (60 / 400))
    error = np.sqrt(1 / 30 - 1 / 60 - 1 / 100 + 2 * 30 / (60 * 100) - 1 / 400)
    assert lifts.loc["some", "high"] == pytest.approx(2 * np.exp(1.959964 * error))
    assert lifts.loc["all", ["lift", "low", "high"]].to_list() == pytest.approx([1, 1, 1])
    assert lifts["interval"].to_list() == ["log", "log", "exact"]
    assert lifts.loc["rare", "high"] == pytest.approx(4)
    assert lifts.loc["rare", "low"] == pytest.approx(stats.beta.ppf(0.025, 2, 1) / 0.25)


def test_lifts_of_doubled_weights_are_the_same() -> None:
    counts, grouping = _world(np.random.default_rng(1))
    heavier = AuthorLabelCounts(
        counts.matrix, counts.authors, counts.labels, np.full(counts.n_authors, 2.0)
    )
    for function in (presence_lifts, share_lifts):
        pd.testing.assert_frame_equal(
            function(counts, grouping, "edgy"), function(heavier, grouping, "edgy")
        )


def test_share_error_is_the_cluster_robust_one() -> None:
    """A ratio's linearised variance is the cluster-robust (CR1) one of a weighted mean of rows."""
    counts, grouping = _world(np.random.default_rng(2))
    found = share_lifts(counts, grouping, "edgy", damping=np.inf)
    own = counts.matrix.toarray()[grouping.codes == grouping.names.index("edgy")]
    n, x = own.sum(axis=1), own[:, 4]
    p = x.sum() / n.sum()
    error = np.sqrt(((x - p * n) ** 2).sum() * len(n) / (len(n) - 1)) / n.sum()
    other = counts.matrix.toarray()[grouping.codes == grouping.names.index("other")]
    m, y = other.sum(axis=1), other[:, 4]
    q = y.sum() / m.sum()
    error2 = np.sqrt(((y - q * m) ** 2).sum() * len(m) / (len(m) - 1)) / m.sum()
    width = np.log(found["high"] / found["lift"]).iloc[4]
    assert found["lift"].iloc[4] == pytest.approx(p / q)
    assert width / np.hypot(error / p, error2 / q) == pytest.approx(2.0, abs=0.15)
    naive = np.sqrt(1 / x.sum() + 1 / y.sum())
    assert np.hypot(error / p, error2 / q) > 1.3 * naive


def test_rare_labels_are_shrunk_and_unseen_ones_stay_finite() -> None:
    rng = np.random.default_rng(4)
    counts, grouping = _world(rng)
    wide = counts.matrix.toarray()
    wide[:, 0] = 0
    wide[np.flatnonzero(grouping.codes == 0)[0], 0] = 1
    odds = log_odds(
        AuthorLabelCounts(as_sparse(wide), counts.authors, counts.labels), grouping, "edgy"
    )
    assert np.isfinite(odds).to_numpy().all()
    assert (odds["low"] < odds["log_odds"]).all()
    assert odds["standard_error"].idxmax() == "0"
    assert abs(odds["shrunk"].iloc[0]) < 0.2 * abs(odds["log_odds"].iloc[0])


def test_a_planted_preference_is_found() -> None:
    rng = np.random.default_rng(5)
    base = np.full(20, 0.05)
    tilted = base * np.where(np.arange(20) == 7, 2.0, 1.0)
    member = rng.random(2000) < 0.2
    p = np.where(member[:, None], tilted / tilted.sum(), base)
    n = np.ceil(rng.lognormal(3, 1, 2000)).astype(int)
    counts = AuthorLabelCounts.from_wide(pd.DataFrame(rng.multinomial(n, p)))
    odds = log_odds(counts, Grouping.of(member), "True")
    assert odds["z"].idxmax() == "7"
    assert odds.loc["7", "low"] < np.log(2.0) < odds.loc["7", "high"]
    assert odds["shrunk"].idxmax() == "7"


def test_shrinkage_by_known_cases() -> None:
    estimates = np.array([1.0, -1.0, 3.0, -3.0])
    kept, _ = shrink(estimates, np.full(4, 1e-3))
    np.testing.assert_allclose(kept, estimates, rtol=1e-4)
    gone, spread = shrink(np.array([0.1, -0.1, 0.05, -0.05]), np.full(4, 5.0))
    np.testing.assert_allclose(gone, 0, atol=1e-3)
    assert (spread > 2).all()


def test_unknown_groups_are_named() -> None:
    counts, grouping = _world(np.random.default_rng(1))
    for function in (presence_lifts, share_lifts, log_odds):
        with pytest.raises(ValueError, match="'well'"):
            function(counts, grouping, "well")
    with pytest.raises(ValueError, match="prior"):
        log_odds(counts, grouping, "edgy", prior=0)


def test_a_label_is_significant_where_its_interval_leaves_out_zero() -> None:
    counts, grouping = _world(np.random.default_rng(5))
    for level in (0.5, 0.8, 0.95):
        found = log_odds(counts, grouping, "edgy", level=level)
        outside = (found["low"] > 0) | (found["high"] < 0)
        assert (outside == (found["p_value"] < 1 - level)).all()
        middle = (found["low"] + found["high"]) / 2
        np.testing.assert_allclose(middle, found["log_odds"], atol=1e-12)
    np.testing.assert_allclose(found["z"] * found["standard_error"], found["log_odds"])
    assert found["p_value"].between(0, 1).all()
    assert found["p_value"].lt(0.5).any()
