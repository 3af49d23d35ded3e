from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.randomness import stream
from analysis.trends.season import decompose, harmonics
from tests.reference.cases import load


@pytest.mark.parametrize(
    ("dataset", "column", "period"), [("ts_nottem", "temp", 12), ("ts_weekly_synth", "x", 52)]
)
def test_decomposition_is_that_of_r(dataset: str, column: str, period: int) -> None:
    case = load(dataset)
    series = case.files["data.csv"][column].to_numpy(float)
    for key, options in {
        "stl_periodic": {"seasonal": "periodic"},
        "stl_s13": {"seasonal": 13},
        "stl_s13_nojump": {"seasonal": 13, "jump": False},
        "stl_s13_robust": {"seasonal": 13, "robust": True},
        "stl_s13_nojump_robust": {"seasonal": 13, "robust": True, "jump": False},
    }.items():
        found = decompose(series, period=period, **options)  # type: ignore[arg-type]
        exact = {} if "robust" not in options else {"rtol": 0, "atol": 0.005 * np.ptp(series)}
        if key == "stl_s13_nojump":
            exact = {"rtol": 1e-6, "atol": 1e-7}
        for part in ("trend", "seasonal", "remainder"):
            case.agree((key, part), getattr(found, part), **exact)
        if key == "stl_s13":
            for name, values in (("trend", found.trend), ("seasonal", found.seasonal)):
                share = 1 - np.var(found.remainder) / np.var(values + found.remainder)
                case.agree(("strength", name), share, rtol=1e-4)


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 1000), st.sampled_from([3, 7, 12]))
def test_parts_add_up_and_a_periodic_season_repeats(seed: int, period: int) -> None:
    series = stream(seed, "season").normal(size=5 * period).cumsum()
    found = decompose(series, period=period)
    np.testing.assert_allclose(sum(found), series, atol=1e-9)
    np.testing.assert_allclose(found.seasonal[period:], found.seasonal[:-period], atol=1e-9)


def test_harmonics_repeat_every_period() -> None:
    np.testing.assert_allclose(
        harmonics(np.arange(5), 3, period=52),
        harmonics(np.arange(5) + 52, 3, period=52),
        atol=1e-12,
    )


def test_less_than_two_seasons_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 104"):
        decompose(np.zeros(100))
