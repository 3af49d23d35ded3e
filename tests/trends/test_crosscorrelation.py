from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.randomness import stream
from analysis.trends.crosscorrelation import (
    cross_correlation,
    granger,
    granger_table,
    prewhiten,
)
from tests.reference.cases import load

COLUMNS = {
    "ts_chickegg": ("chicken", "egg"),
    "ts_nottem": ("temp", "lead12"),
    "ts_weekly_synth": ("xs", "ys"),
}


@pytest.mark.parametrize("name", list(COLUMNS))
def test_correlations_and_granger_tests_are_those_of_r(name: str) -> None:
    case = load(name)
    x, y = (case.files["data.csv"][column] for column in COLUMNS[name])
    lags = max(case.value(("ccf", "lag")))
    case.agree(("ccf", "value"), cross_correlation(x, y, lags))
    case.agree("acf_x", cross_correlation(x, x, lags).loc[0:][: len(case.value("acf_x"))])
    for key, cause, effect in [("granger_x_causes_y", x, y), ("granger_y_causes_x", y, x)]:
        expected = case.value(key)
        orders = [int(row.removeprefix("order")) for row in expected.index]
        case.agree(key, np.array([granger(cause, effect, order) for order in orders]))


def test_prewhitening_keeps_a_planted_lag_and_whitens() -> None:
    rng = stream(1, "prewhiten")
    news = rng.normal(size=2000)
    x = np.zeros(2000)
    for t in range(1, 2000):
        x[t] = 0.8 * x[t - 1] + news[t]
    y = np.roll(x, 4) + rng.normal(size=2000) * 0.5
    a, b = prewhiten(x, y)
    assert abs(cross_correlation(a, a, 1).loc[1]) < 0.05
    assert cross_correlation(a, b, 10).abs().idxmax() == -4


series = arrays(float, 30, elements=st.floats(-10, 10))


@given(series, series)
def test_correlation_swaps_sign_of_lag_with_order_of_series(x: np.ndarray, y: np.ndarray) -> None:
    if x.std() < 1e-3 or y.std() < 1e-3:
        return
    there, back = cross_correlation(x, y, 6), cross_correlation(y, x, 6)
    np.testing.assert_allclose(there, back[::-1], atol=1e-9)
    assert there.abs().max() <= 1 + 1e-9


def test_adjusted_tests_find_the_planted_direction_only() -> None:
    rng = stream(2, "granger")
    lead = {f"trend {i}": rng.normal(size=107) for i in range(12)}
    follow = {
        name: (np.roll(s, 1) if i < 3 else 0) + rng.normal(size=107) * 0.7
        for i, (name, s) in enumerate(lead.items())
    }
    table = granger_table(lead, follow, order=2)
    found = table[table["P_ADJUSTED"] < 0.05]
    assert set(found["TREND"]) == {"trend 0", "trend 1", "trend 2"}
    assert set(found["DIRECTION"]) == {"leads"}
    assert (table["P_ADJUSTED"] >= table["P"]).all()


def test_constant_and_missing_series_are_refused() -> None:
    with pytest.raises(ValueError, match="constant"):
        cross_correlation(np.ones(9), np.arange(9.0), 2)
    with pytest.raises(ValueError, match="missing"):
        granger([1.0, np.nan, 2.0, 3.0], [1.0, 2.0, 3.0, 5.0])
