from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.randomness import stream
from analysis.trends.crosscorrelation import cross_correlation
from analysis.trends.leadlag import (
    LAGS,
    bootstrap_interval,
    lead_lag,
    lowest,
    permutation_null,
    smooth_rate,
)
from analysis.trends.visibility import WeeklyCounts
from analysis.validation.trends import WEEKS, PairWorld, paired_panels


def panels(seed: int, **world: Any) -> WeeklyCounts:
    """Two panels with a season on the same dates and bumps that the edgy one has earlier."""
    return paired_panels(replace(PairWorld(lead=3.0, trends=6, blocks=(40, 60)), **world), seed)


def test_a_planted_lead_is_found_when_trends_are_pooled() -> None:
    found = [lead_lag(panels(s), "edgy", "mainstream", replicates=99, seed=s) for s in range(4)]
    assert all(f.verdict == "leads" for f in found)
    assert sum(f.low <= 3 <= f.high for f in found) >= 3
    assert np.mean([f.lead for f in found]) == pytest.approx(3.0, abs=0.5)
    assert all(f.high - f.low < 3 for f in found)
    assert np.mean([f.share_leading for f in found]) > 0.85


def test_no_lead_is_claimed_where_none_is_planted() -> None:
    found = [
        lead_lag(panels(s, lead=0.0), "edgy", "mainstream", replicates=99, seed=s) for s in range(5)
    ]
    assert sum(f.verdict != "undecided" for f in found) <= 1
    assert abs(np.mean([f.lead for f in found])) < 0.4


def test_the_shared_season_hides_the_lead_from_cross_correlation() -> None:
    counts = panels(3, trends=1, per_week=200, season=1.0, bump=0.6)
    items, images = counts.totals(
        np.stack([counts.in_group("edgy"), counts.in_group("mainstream")])
    )
    rates = np.log((items[:, 0] + 0.5) / images)
    peak = -int(cross_correlation(rates[0], rates[1], 12).idxmax())
    found = lead_lag(counts, "edgy", "mainstream", replicates=49)
    assert peak <= 1
    assert found.lead > 2


def test_without_a_bump_nothing_is_identified() -> None:
    found = lead_lag(panels(2, bump=0.0), "edgy", "mainstream", replicates=99)
    assert not found.trends["IDENTIFIED"].any()
    assert found.verdict == "undecided"


def test_swapping_the_panels_turns_the_lead_round() -> None:
    counts = panels(4, per_week=100, trends=3)
    there = lead_lag(counts, "edgy", "mainstream", replicates=29)
    back = lead_lag(counts, "mainstream", "edgy", replicates=29)
    assert there.lead == pytest.approx(-back.lead, abs=0.3)


def test_a_higher_level_in_one_panel_is_no_lead() -> None:
    found = lead_lag(panels(5, lead=0.0, level=3.0), "edgy", "mainstream", replicates=99)
    assert found.verdict == "undecided"


def test_shuffled_panels_show_whether_the_lead_is_more_than_chance() -> None:
    planted = permutation_null(
        panels(6, trends=4, blocks=(20, 160)), "edgy", "mainstream", permutations=39, strata=18
    )
    nothing = permutation_null(
        panels(7, lead=0.0, trends=4, blocks=(20, 160)),
        "edgy",
        "mainstream",
        permutations=39,
        strata=18,
    )
    assert planted.p <= 0.05
    assert planted.statistic > 1.5
    assert nothing.p > 0.05
    assert abs(np.median(planted.null)) < 1


def test_panels_that_differ_wholly_in_activity_cannot_be_shuffled() -> None:
    counts = panels(6, trends=1, blocks=(40, 40))
    with pytest.raises(ValueError, match="no stratum"):
        permutation_null(counts, "edgy", "mainstream", strata=4, permutations=3)


def test_trends_with_few_items_are_left_out_and_unknown_panels_refused() -> None:
    counts = panels(8, per_week=0.02, trends=1)
    with pytest.raises(ValueError, match="ten items"):
        lead_lag(counts, "edgy", "mainstream")
    with pytest.raises(ValueError, match="choose among"):
        lead_lag(counts, "edgy", "trendy")


@settings(deadline=None, max_examples=30)
@given(st.floats(-11, 11), st.floats(0.1, 5))
def test_the_lowest_point_of_a_parabola_is_found_between_grid_points(
    at: float, bend: float
) -> None:
    assert lowest(LAGS, bend * (LAGS - at) ** 2)[0] == pytest.approx(at, abs=1e-6)


def test_replicates_over_half_of_the_grid_are_not_reflected() -> None:
    wide, narrow = np.linspace(-12, 12, 99), np.linspace(2, 5, 99)
    assert bootstrap_interval(11.0, wide, LAGS, 0.95)[2] is False
    low, high, known = bootstrap_interval(3.0, narrow, LAGS, 0.95)
    assert known
    assert low == pytest.approx(6 - 4.925, abs=0.01)
    assert high == pytest.approx(6 - 2.075, abs=0.01)


def test_smooth_rate_follows_the_curve_through_empty_weeks() -> None:
    rng = stream(9, "smooth")
    week = np.arange(WEEKS)
    truth = 0.002 * np.exp(1.5 * np.exp(-0.5 * ((week - 50) / 7) ** 2))
    images = np.full(WEEKS, 4000.0)
    images[20] = 0
    items = rng.poisson(truth * images).astype(float)
    found = smooth_rate(items, images)
    assert np.abs(np.log(found / truth)).mean() < 0.15
    assert np.isfinite(found).all()
