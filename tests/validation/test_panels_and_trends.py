from __future__ import annotations

import pytest

from analysis.validation import panels, trends


def test_studies_do_not_depend_on_the_number_of_workers() -> None:
    one, two = (panels.panel_coverage(sets=2, workers=w) for w in (1, 2))
    assert one.equals(two)


def test_intervals_and_levels_are_near_their_nominal_rates() -> None:
    coverage = panels.panel_coverage(sets=8, workers=1).query("used")
    assert coverage["coverage"].mean() > 0.85
    assert coverage["coverage"].min() >= 0.5
    levels = panels.threshold_levels(sets=5, workers=1)
    assert levels["rate"].mean() < 0.2
    assert len(levels) == 8


def test_weights_take_out_most_of_a_planted_selection() -> None:
    table = panels.weighting_removes_selection(sets=4, workers=1).set_index("estimate")["bias"]
    assert table["unweighted"] > 0.15
    assert table.drop("unweighted").abs().max() < 0.06


def test_forecast_tests_hold_their_level_and_visibility_covers() -> None:
    levels = trends.forecast_levels(sets=40, workers=1)
    assert levels["rate"].max() < 0.2
    coverage = trends.visibility_coverage(sets=3, workers=1)
    assert coverage["coverage"].between(0.88, 1.0).all()


@pytest.mark.parametrize(("world", "claims"), [("lead of 3 weeks", 1.0), ("no lead", 0.0)])
def test_pooled_leads_are_claimed_where_they_are(world: str, claims: float) -> None:
    table = trends.lead_lag_study(
        sets=2, worlds={world: trends.WORLDS[world]}, replicates=49, workers=1
    )
    assert table["claims"].iloc[0] == claims
    assert table["false_claims"].iloc[0] == 0
