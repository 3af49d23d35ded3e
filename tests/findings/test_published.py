"""The chapter on published figures agrees with what was printed, and adds what was not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.spatial import Delaunay

from analysis.contingency.correspondence import correspondence_analysis
from analysis.findings import published
from analysis.findings.step import Inputs, Result


@pytest.fixture(scope="module")
def found() -> Result:
    return published.compute(Inputs(0, {}, {}))


def lift(found: Result, label: str, tier: str) -> pd.Series:
    table = found.tables["lifts"]
    return table[(table["label"] == label) & (table["tier"] == tier)].iloc[0]


@pytest.mark.parametrize(
    ("label", "tier", "printed"),
    [
        ("taffeta", "edgy", 4.723366),
        ("taffeta", "trendy", 2.112699),
        ("taffeta", "mainstream", 0.701848),
        ("stripes", "edgy", 1.251),
        ("jimmychoo", "trendy", 15.701),
    ],
)
def test_lifts_are_those_that_were_printed(
    found: Result, label: str, tier: str, printed: float
) -> None:
    assert lift(found, label, tier)["lift"] == pytest.approx(printed, rel=5e-4)


def test_there_are_34_labels_in_three_tiers_and_intervals_hold_the_lift(found: Result) -> None:
    table = found.tables["lifts"]
    assert table.groupby("tier").size().to_dict() == {"edgy": 34, "mainstream": 34, "trendy": 34}
    assert (table["low"] <= table["lift"] + 1e-12).all()
    assert (table["lift"] <= table["high"] + 1e-12).all()
    assert (table["q"] >= table["p"]).all()


def test_counts_add_up_to_the_authors_of_each_label() -> None:
    labels = published.label_table()
    tiered = labels[["mainstream", "trendy", "edgy", "not_tiered"]].sum(axis=1)
    assert (tiered == labels["authors"]).all()


def test_a_lift_of_two_authors_is_not_relied_on(found: Result) -> None:
    claim = found.claim("published.largest_lift")
    assert "Jimmy Choo" in claim.unit
    assert claim.verdict == "no"


def test_activity_explains_a_lift_of_about_two(found: Result) -> None:
    assert found.values["activity"] == pytest.approx(2044.697 / 918.466, rel=1e-3)


def test_a_quarter_of_the_edgy_have_no_follower_count(found: Result) -> None:
    claim = found.claim("published.missing_edgy")
    assert claim.estimate == pytest.approx(100 * 344 / 1454)
    assert claim.verdict == "yes"


def test_conclusions_count_intervals_not_points(found: Result) -> None:
    table = found.tables["conclusions"]
    assert table["printed"].tolist()[:2] == [6, 3]
    assert (table["certain"] <= table["printed"]).all()


def test_verdicts_follow_the_counts() -> None:
    labels = published.label_table()
    base = published.tier_sizes()["filled", "authors"]
    alike = labels.assign(
        **{tier: (labels["authors"] * base[tier] / 22_280).round().astype(int) for tier in base}
    )
    table = published.lifts(alike, base)
    edgy = table[table["tier"] == "edgy"]
    assert published._more_edgy(edgy).verdict == "no"


def test_ellipses_of_the_map_hold_labels_drawn_anew_as_often_as_they_say(found: Result) -> None:
    labels = published.label_table()
    wide = labels[labels["authors"] >= found.values["carriers"]]
    wide = wide.set_index(wide["type"] + "/" + wide["label"])[list(published.TIERS)]
    regions = found.tables["regions"]
    assert set(regions["name"]) == set(wide.index)
    onto = correspondence_analysis(wide).columns.standard.to_numpy()[:, :2]
    generator = np.random.default_rng(1)
    common = wide[wide.min(axis=1) >= 20]
    for name, counts in common.iterrows():
        size = int(counts.sum())
        drawn = generator.multinomial(size, counts / size, size=2_000) / size @ onto
        path = regions.loc[regions["name"] == name, ["axis1", "axis2"]].to_numpy()
        inside = Delaunay(path).find_simplex(drawn) >= 0
        assert 0.93 < inside.mean() < 0.97
