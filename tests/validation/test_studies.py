"""The studies themselves, at a size that tells working from broken, not good from better."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from analysis.validation import coverage
from analysis.validation.coverage import (
    association_coverage,
    bootstrap_agreement,
    effect_coverage,
    ellipse_coverage,
    interval_coverage,
)
from analysis.validation.levels import USED, discovery_study, level_study, power_study
from analysis.validation.recovered import READINGS, recovery_coverage
from analysis.validation.scorecard import scorecard_coverage
from analysis.validation.sets import binomial_band, over_sets, rates


def test_band_is_the_binomial_one() -> None:
    low, high = binomial_band(0.05, 2000)
    assert (round(low, 3), round(high, 3)) == (0.034, 0.066)
    judged = rates(pd.DataFrame({"right": np.arange(2000) < 100, "wrong": np.arange(2000) < 300}))
    assert judged["holds"].to_list() == [True, False]


def test_data_sets_are_dealt_to_processes_in_order() -> None:
    assert over_sets(partial(pow, 2), 7, workers=2) == [2**k for k in range(7)]
    assert over_sets(partial(pow, 2), 7, workers=1) == [2**k for k in range(7)]


def test_levels_tell_the_textbook_tests_from_the_used_ones() -> None:
    table = level_study(sets=16, workers=1)
    rate = table.set_index(["groups", "test"])["rate"]
    assert (rate.xs("Pearson on label rows", level="test") == 1).all()
    assert rate["unlike", "permutation of all authors: Hellinger"] > 0.9
    assert rate["unlike", "permutation of all authors: presence"] > 0.9
    used = table[table["used"]]
    assert set(used["test"]) == USED
    # 16 data sets at 5 %: more than 5 rejections have probability 0.0001
    assert (used["rate"] <= 5 / 16).all()


def test_power_grows_with_the_effect() -> None:
    table = power_study(sets=6, odds=(1.1, 6.0), workers=1)
    power = table.pivot_table(index="test", columns="odds", values="power")
    whole = power.loc["permutation in blocks: damped counts"]
    assert whole[6.0] == 1
    assert whole[1.1] < 0.7
    assert table.groupby("odds")["cramers_v"].first().is_monotonic_increasing


def test_discoveries_are_mostly_true() -> None:
    table = discovery_study(sets=8, shifts=(0.6,), workers=1)
    value = table.set_index(["values", "quantity"])["value"]
    assert value["presence", "false discovery rate (bh)"] < 0.2
    assert value["damped counts", "power (bh)"] > 0.4


@pytest.mark.parametrize(
    ("run", "least"),
    [
        (partial(association_coverage, odds=(2.5,)), 0.5),
        (effect_coverage, 0.7),
        (partial(ellipse_coverage, replicates=60), 0.7),
        (partial(interval_coverage, replicates=199), 0.7),
    ],
    ids=["association", "effects", "ellipses", "intervals"],
)
def test_intervals_cover_roughly(
    run: object, least: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coverage, "_POPULATION_PARTS", 1)
    table = run(sets=6, workers=1)
    if "events" in table:
        common = table["events"].isin(["20+", "200+ authors"])
        assert (table.loc[common, "coverage"] >= least).all()
    else:
        assert (table["coverage"] >= least).all()
    assert set(table["verdict"]) <= {"holds", "conservative", "too short"}
    sides = table["coverage"] + table["too_low"] + table["too_high"]
    np.testing.assert_allclose(sides, 1)


def test_blocks_agree_with_authors() -> None:
    table = bootstrap_agreement(replicates=150, authors=2500).set_index("blocks")
    assert table["median_ratio"].between(0.9, 1.1).all()
    assert table.loc[512, "rms_log_ratio"] < 0.2


def test_scorecard_intervals_hold_known_truths() -> None:
    table = scorecard_coverage(sets=8, workers=1)
    assert table.groupby("world").size().to_list() == [3, 3, 3, 2, 2]
    # 8 data sets at 95 %: fewer than 5 intervals that hold have probability 0.0004
    assert (table["coverage"] >= 5 / 8).all()
    assert table["used"].all()


def test_recovery_intervals_hold_known_truths() -> None:
    table = recovery_coverage(sets=8, workers=1)
    assert table.groupby("world", sort=False).size().to_dict() == {r.name: 2 for r in READINGS}
    # 8 data sets at 95 %: fewer than 5 intervals that hold have probability 0.0004
    assert (table["coverage"] >= 5 / 8).all()
    assert set(table.loc[~table["used"], "world"]) == {READINGS[0].name}


def test_readings_agree_with_their_population() -> None:
    for reading in READINGS:
        planted, optimal, own = replace(reading, authors=200_000).draw(0, 0)
        for found, right in zip((optimal, own), reading.right, strict=True):
            index = adjusted_rand_score(planted, found)
            assert abs(index - reading.adjusted_rand(right)) < 0.01
