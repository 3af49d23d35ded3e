from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.errors import SourceError
from analysis.randomness import stream
from analysis.resources import data_file
from analysis.trends.hermes import (
    Pairs,
    figures,
    innovations,
    read_pairs,
    series_forecasts,
    series_leads,
)

WEEKS = 261


def pairs(seed: int, lead: float, series: int = 8, noise: float = 0.12) -> Pairs:
    """Series of the published form: one seasonal and one slow curve, both earlier in front."""
    rng = stream(seed, "hermes", "test")
    weeks = np.arange(WEEKS)
    frames: list[dict[str, np.ndarray]] = [{}, {}]
    for i in range(series):
        phase, centre = rng.uniform(0, 52), rng.uniform(60, 200)
        level = np.exp(rng.normal(-4, 0.7))
        zone, category = ("eu", "us", "jp")[i % 3], ("top", "shoes")[i % 2]
        for frame, shift in zip(frames, (0.0, lead), strict=True):
            at = weeks + shift
            curve = 0.6 * np.cos(2 * np.pi * (at - phase) / 52.18) + 0.5 * np.exp(
                -0.5 * ((at - centre) / 20) ** 2
            )
            values = level * np.exp(curve + noise * rng.normal(size=WEEKS))
            frame[f"{zone}_female_{category}_{i}"] = np.where(rng.random(WEEKS) < 0.01, 0, values)
    index = pd.date_range("2015-01-05", periods=WEEKS, freq="7D")
    return Pairs(*(pd.DataFrame(frame, index=index) for frame in frames))


def test_a_planted_lead_is_found_series_by_series_and_overall() -> None:
    found = series_leads(pairs(1, 2.0), replicates=99, seed=1)
    assert found.series["LEAD"].median() == pytest.approx(2.0, abs=0.4)
    assert (found.series["P_BY"] < 0.05).mean() > 0.7
    assert found.overall["pooled_low"] < 2.0 < found.overall["pooled_high"]
    assert found.overall["pooled_low"] > 1.0
    assert found.overall["share_leading"] == 1.0
    assert set(found.groups["VALUE"]) == {"eu", "us", "jp", "top", "shoes"}


def test_no_lead_is_claimed_where_none_is_planted() -> None:
    found = series_leads(pairs(2, 0.0), replicates=99, seed=1)
    assert (found.series["P_BY"] < 0.05).sum() == 0
    assert found.overall["median_low"] < 0 < found.overall["median_high"]
    assert found.overall["p"] > 0.05
    assert (found.groups["P_HOLM"] > 0.05).all()


def test_independent_news_does_not_correlate() -> None:
    table = innovations(pairs(3, 2.0), lags=4, replicates=99)
    assert table["CORRELATION"].abs().max() < 0.15
    assert list(table.index) == list(range(-4, 5))


def test_forecasts_from_ten_series_or_fewer_are_judged() -> None:
    found = series_forecasts(pairs(4, 4.0, series=6), origins=2, replicates=99)
    assert list(found.summary.index) == [
        "seasonal naive",
        "exponential smoothing",
        "own past",
        "with signal",
    ]
    assert (found.summary["MASE"] > 0).all()
    assert (found.summary["LOW"] <= found.summary["HIGH"]).all()
    assert len(found.errors) == 6 * 2
    assert 0 <= found.value["p"] <= 1


def test_a_signal_of_other_trends_adds_nothing_to_a_forecast() -> None:
    told, other = pairs(4, 4.0), pairs(11, 0.0)
    forward = pd.DataFrame(
        other.forward.to_numpy(), index=told.main.index, columns=told.main.columns
    )
    found = series_forecasts(Pairs(told.main, forward), origins=2, replicates=99)
    assert found.value["p"] > 0.05
    assert found.value["gain"] < 0.05


def test_files_are_read_and_bad_ones_refused(tmp_path: Path) -> None:
    both = pairs(5, 1.0, series=2)
    with pytest.raises(SourceError, match="holds 0 files"):
        read_pairs(tmp_path)
    both.main.to_csv(tmp_path / "f1_main_2_sequences.csv")
    both.forward.iloc[:, ::-1].to_csv(tmp_path / "f1_fashion_forward_2_sequences.csv")
    found = read_pairs(tmp_path)
    pd.testing.assert_frame_equal(found.forward, both.forward, check_freq=False)
    assert list(found.traits["ZONE"]) == ["eu", "us"]
    assert list(found.traits["CATEGORY"]) == ["top", "shoes"]
    both.forward.iloc[:, :1].to_csv(tmp_path / "f1_fashion_forward_2_sequences.csv")
    with pytest.raises(SourceError, match="in one of the files"):
        read_pairs(tmp_path)


def test_the_published_figures_carry_their_source_and_no_series() -> None:
    figures = json.loads(data_file("published", "hermes.json").read_text(encoding="utf-8"))
    assert "2202.03224" in figures["source"]
    assert figures["series"] == 100
    leads = figures["leads_shifted"]
    assert len(leads["series"]) == 100
    assert leads["overall"]["pooled_low"] <= leads["overall"]["pooled_high"]
    longest = max(len(v) for v in leads["series"][0].values() if isinstance(v, str))
    assert longest < 40
    assert "visibility" not in json.dumps(figures)


def write(folder: Path, both: Pairs) -> None:
    both.main.to_csv(folder / "main.csv")
    both.forward.to_csv(folder / "fashion_forward.csv")


def test_ten_series_with_odd_names_gaps_and_still_ones_are_studied(tmp_path: Path) -> None:
    both = pairs(6, 2.0, series=10)
    for frame in (both.main, both.forward):
        frame.columns = [f"trend {i}" for i in range(10)]
    both.main.iloc[40:43, 0] = np.nan
    both.forward.iloc[:, 9] = 0.01
    main, forward = both.main.drop(index=both.main.index[100]), both.forward
    write(tmp_path, Pairs(main.drop(index=main.index[150])[::-1], forward))
    found = read_pairs(tmp_path)
    assert found.main.shape == (WEEKS, 9)
    assert found.left_out == ("trend 9",)
    assert found.filled == 3 + 2 * 10
    assert found.main.notna().all(axis=None)
    assert found.traits["CELL"].nunique() == 9  # nothing to group them by
    figures_found = figures(tmp_path, replicates=49)
    overall = figures_found["leads_shifted"]["overall"]
    assert overall["median_low"] < 2.0 < overall["median_high"]
    assert figures_found["published_mase"] is None
    assert "David" not in figures_found["source"]


def test_short_series_are_dated_but_not_forecast(tmp_path: Path) -> None:
    both = pairs(7, 2.0, series=3)
    write(tmp_path, Pairs(both.main[:180], both.forward[:180]))
    found = figures(tmp_path, replicates=19)
    assert found["forecasts"] is None
    assert len(found["leads_shifted"]["series"]) == 3
    assert json.loads(json.dumps(found)) == found


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda m, f: (m[:100], f[:100]), "100 weeks; a season needs"),
        (lambda m, f: (m, f[1:]), "do not cover the same weeks"),
        (lambda m, f: (m * 0 + 1, f), "Fewer than two series"),
        (lambda m, f: (pd.concat([m[:9], -m[9:10] - 1, m[10:]]), f), "negative or infinite"),
        (lambda m, f: (m.rename(index=lambda day: f"week {day}"), f), "no table of weeks"),
        (lambda m, f: (m.assign(**{m.columns[0]: "n/b"}), f), "no table of"),
        (lambda m, f: (m, f.rename(index=lambda d: d + pd.Timedelta(days=d.day % 2))), "whole"),
        (lambda m, f: (m[m.index.year != 2017], f), "lack more than 4 weeks"),
        (lambda m, f: (pd.concat([m, m[:1]]), f), "a week twice"),
    ],
)
def test_files_that_cannot_be_studied_give_one_error(
    tmp_path: Path, spoil: Any, message: str
) -> None:
    both = pairs(8, 1.0, series=3)
    write(tmp_path, Pairs(*spoil(both.main, both.forward)))
    with pytest.raises(SourceError, match=message):
        read_pairs(tmp_path)
