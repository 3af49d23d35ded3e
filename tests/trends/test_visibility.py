from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.panels.weights import Design
from analysis.randomness import stream
from analysis.trends.visibility import visibility, weekly_counts


def tables(
    seed: int, *, blocks: int = 60, weeks: int = 12, rate: float = 0.03, spread: float = 1.0
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Authors with their own taste (gamma, variance ``spread``) and activity."""
    rng = stream(seed, "visibility")
    index = pd.MultiIndex.from_product(
        [
            ["edgy", "mainstream"],
            range(blocks),
            pd.date_range("2024-01-01", periods=weeks, freq="7D"),
        ],
        names=["GROUP", "BLOCK", "WEEK"],
    )
    authors = 2 * blocks
    taste = rng.gamma(1 / spread, spread, authors)
    volume = rng.lognormal(2, 0.7, authors)
    images = rng.poisson(np.repeat(volume, weeks))
    items = rng.poisson(rate * np.repeat(taste, weeks) * images)
    activity = pd.DataFrame({"N_IMAGES": images}, index=index).reset_index()
    found = pd.DataFrame({"N_ITEMS": items}, index=index).reset_index().assign(TREND="red boots")
    return found[found["N_ITEMS"] > 0], activity[activity["N_IMAGES"] > 0]


def test_errors_are_those_of_a_clustered_ratio() -> None:
    items, activity = tables(1)
    table = visibility(weekly_counts(items, activity))
    week = table["WEEK"].iloc[3]
    whole = (
        activity.merge(items, on=["GROUP", "BLOCK", "WEEK"], how="left")
        .query("GROUP == 'edgy'")
        .assign(N_ITEMS=lambda t: t["N_ITEMS"].fillna(0))
    )
    found = Design.of(np.ones(len(whole)), whole["BLOCK"]).ratio(
        whole["N_ITEMS"], whole["N_IMAGES"], domain=whole["WEEK"] == week
    )
    row = table.query("GROUP == 'edgy' and WEEK == @week").iloc[0]
    assert row["VISIBILITY"] == pytest.approx(found.estimate)
    assert row["SE"] == pytest.approx(found.se)
    assert row["LOW"] < row["VISIBILITY"] < row["HIGH"]
    assert row["DESIGN_EFFECT"] > 1


@pytest.mark.parametrize(("rate", "spread"), [(0.03, 1.0), (0.004, 1.0), (0.03, 3.0)])
def test_intervals_cover_the_planted_visibility(rate: float, spread: float) -> None:
    hits = [
        visibility(weekly_counts(*tables(s, rate=rate, spread=spread)))
        .eval("LOW <= @rate <= HIGH")
        .mean()
        for s in range(60)
    ]
    assert 0.915 < np.mean(hits) < 0.975


def test_weeks_without_items_have_an_upper_bound_and_weeks_without_images_nothing() -> None:
    items, activity = tables(2, weeks=6)
    gone = activity["WEEK"] == activity["WEEK"].unique()[2]
    silent = items["WEEK"] == activity["WEEK"].unique()[4]
    quiet = items[(items["WEEK"] != activity.loc[gone, "WEEK"].iloc[0]) & ~silent]
    table = visibility(weekly_counts(quiet, activity[~gone]))
    edgy = table[table["GROUP"] == "edgy"].reset_index(drop=True)
    assert edgy.loc[2, ["VISIBILITY", "LOW", "HIGH", "SMALLEST_CHANGE"]].isna().all()
    assert edgy.loc[4, "VISIBILITY"] == edgy.loc[4, "LOW"] == 0
    assert edgy.loc[4, "HIGH"] > 0
    assert len(edgy) == 6


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 500), st.integers(2, 9))
def test_counting_everything_several_times_changes_no_visibility(seed: int, factor: int) -> None:
    items, activity = tables(seed, blocks=10, weeks=4, rate=0.1)
    if items.empty:
        return
    once = visibility(weekly_counts(items, activity))
    more = visibility(
        weekly_counts(
            items.assign(N_ITEMS=items["N_ITEMS"] * factor),
            activity.assign(N_IMAGES=activity["N_IMAGES"] * factor),
        )
    )
    np.testing.assert_allclose(once["VISIBILITY"], more["VISIBILITY"])
    np.testing.assert_allclose(once["SE"], more["SE"])
    np.testing.assert_allclose(once["HIGH"], more["HIGH"], rtol=1e-6)


def test_totals_are_those_of_the_long_tables() -> None:
    items, activity = tables(3)
    counts = weekly_counts(items, activity)
    found, images = counts.totals(counts.in_group("edgy"))
    assert found.sum() == items.query("GROUP == 'edgy'")["N_ITEMS"].sum()
    assert images.sum() == activity.query("GROUP == 'edgy'")["N_IMAGES"].sum()
    with pytest.raises(ValueError, match="choose among edgy, mainstream"):
        counts.in_group("trendy")


def test_items_without_images_and_odd_weeks_are_refused() -> None:
    items, activity = tables(4)
    with pytest.raises(ValueError, match="without images"):
        weekly_counts(items, activity.iloc[200:])
    odd = activity.copy()
    odd.loc[odd.index[5], "WEEK"] += pd.Timedelta(days=1)
    with pytest.raises(ValueError, match="truncate"):
        weekly_counts(items, odd)
