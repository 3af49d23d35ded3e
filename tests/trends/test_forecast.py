from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.randomness import stream
from analysis.trends.forecast import (
    clark_west,
    diebold_mariano,
    exponential_smoothing,
    mase,
    rolling_origin,
    seasonal_naive,
    value_of_lead,
)
from tests.reference.cases import load


def test_diebold_mariano_is_that_of_r() -> None:
    case = load("dm_wwwusage")
    errors = case.files["errors.csv"]
    first, second = (errors[c] for c in errors.columns[-2:])
    for key, expected in case.value("tests").items():
        h, power, variance = key.split("_")
        if not expected:
            continue
        found = diebold_mariano(
            first,
            second,
            horizon=int(h[1:]),
            power=int(power[5:]),
            variance=variance,  # type: ignore[arg-type]
        )
        case.agree(("tests", key, "DM"), found.statistic)
        case.agree(("tests", key, "p_two_sided"), found.p)
        case.agree(("tests", key, "mean_loss_diff"), found.difference)


def test_forecasts_follow_a_clean_season() -> None:
    time = np.arange(208)
    series = 10 + 0.02 * time + 3 * np.sin(2 * np.pi * time / 52)
    table = rolling_origin(
        series, {"naive": seasonal_naive, "ets": exponential_smoothing}, [130, 156], 52
    )
    error = (table["FORECAST"] - table["ACTUAL"]).abs().groupby(table["MODEL"]).mean()
    assert error["naive"] == pytest.approx(0.02 * 52)
    assert error["ets"] < error["naive"]
    assert len(table) == 2 * 2 * 52
    assert mase(error["naive"], series[:130]) == pytest.approx(1.0)


def test_origins_see_nothing_of_the_future() -> None:
    series = stream(1, "origins").normal(size=120)
    changed = series.copy()
    changed[90:] += 100
    before, after = (
        rolling_origin(s, {"naive": seasonal_naive}, [80, 90], 10)["FORECAST"]
        for s in (series, changed)
    )
    np.testing.assert_array_equal(before, after)


def _pair(seed: int, effect: float) -> tuple[np.ndarray, np.ndarray]:
    rng = stream(seed, "lead")
    lead = np.zeros(130)
    for t in range(1, 130):
        lead[t] = 0.7 * lead[t - 1] + rng.normal()
    follow = effect * np.roll(lead, 4) + rng.normal(size=130)
    return lead[5:], follow[5:]


def test_value_of_lead_is_found_where_planted_and_seldom_elsewhere() -> None:
    planted = [value_of_lead(*_pair(s, 1.0)) for s in range(30)]
    nothing = [value_of_lead(*_pair(s, 0.0)) for s in range(60)]
    assert np.mean([v.test.p < 0.05 for v in planted]) > 0.9
    assert np.mean([v.gain for v in planted]) > 0.15
    assert np.mean([v.test.p < 0.05 for v in nothing]) < 0.15
    assert np.mean([v.gain for v in nothing]) < 0  # useless coefficients cost


@given(st.integers(0, 500), st.floats(0.1, 10))
def test_comparisons_ignore_the_unit(seed: int, scale: float) -> None:
    rng = stream(seed, "comparison")
    y, small, large = rng.normal(size=(3, 40))
    plain, scaled = clark_west(y, small, large), clark_west(scale * y, scale * small, scale * large)
    assert scaled.statistic == pytest.approx(plain.statistic, rel=1e-6, abs=1e-9)
    there, back = diebold_mariano(small, large), diebold_mariano(large, small)
    assert there.statistic == pytest.approx(-back.statistic)
    assert there.p == pytest.approx(back.p)


def test_series_too_short_are_refused() -> None:
    with pytest.raises(ValueError, match="too short"):
        value_of_lead(np.arange(30.0), np.arange(30.0))
    with pytest.raises(ValueError, match="earlier origins"):
        rolling_origin(np.arange(60.0), {"naive": seasonal_naive}, [55], 10)
