from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.randomness import stream
from analysis.trends.forecast import (
    clark_west,
    exponential_smoothing,
    mase,
    seasonal_naive,
    value_of_lead,
)


def test_forecasts_follow_a_clean_season() -> None:
    time = np.arange(208)
    series = 10 + 0.02 * time + 3 * np.sin(2 * np.pi * time / 52)
    naive, smooth = (
        np.abs(forecast(series[:130], 52) - series[130:182]).mean()
        for forecast in (seasonal_naive, exponential_smoothing)
    )
    assert naive == pytest.approx(0.02 * 52)
    assert smooth < naive
    assert mase(naive, series[:130]) == pytest.approx(1.0)


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
def test_the_comparison_ignores_the_unit(seed: int, scale: float) -> None:
    rng = stream(seed, "comparison")
    y, small, large = rng.normal(size=(3, 40))
    plain, scaled = clark_west(y, small, large), clark_west(scale * y, scale * small, scale * large)
    assert scaled.statistic == pytest.approx(plain.statistic, rel=1e-6, abs=1e-9)


def test_series_too_short_are_refused() -> None:
    with pytest.raises(ValueError, match="too short"):
        value_of_lead(np.arange(30.0), np.arange(30.0))
