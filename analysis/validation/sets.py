"""Run a function on many simulated data sets, on all cores, and judge the rates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from joblib import Parallel, delayed  # type: ignore[import-untyped]
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from analysis.contingency.parallel import available_cores, one_blas_thread

T = TypeVar("T")

ACCEPTED = (0.93, 0.97)
"""Coverage that passes for 95 %."""
BAND = 0.999
"""Share of a binomial that the band of acceptance about a nominal rate holds."""


def over_sets(function: Callable[[int], T], sets: int, workers: int | None = None) -> list[T]:
    """Apply ``function`` to data set numbers 0 to ``sets - 1`` in processes.

    Each data set names its own random stream, so results do not depend on ``workers``.
    ``function`` must be importable (a module's function or a partial of one).
    """
    workers = available_cores() if workers is None else workers
    if workers == 1:
        return [_single_threaded(function, number) for number in range(sets)]
    batch = max(1, min(25, sets // (4 * workers)))
    run = Parallel(n_jobs=workers, batch_size=batch)
    return list(run(delayed(_single_threaded)(function, number) for number in range(sets)))


def binomial_band(rate: float, sets: int, band: float = BAND) -> tuple[float, float]:
    """Return the range about ``rate`` that ``band`` of the rates of ``sets`` data sets fall into.

    By the normal approximation: 0.034 to 0.066 for 0.05 and 2,000 data sets.
    """
    reach = float(stats.norm.ppf((1 + band) / 2)) * np.sqrt(rate * (1 - rate) / sets)
    return max(0.0, float(rate - reach)), min(1.0, float(rate + reach))


def rate_interval(rate: Any, sets: Any, level: float = 0.95) -> tuple[Any, Any]:
    """Return Wilson's interval of a rate over data sets, or arrays of both."""
    low, high = proportion_confint(rate * sets, sets, 1 - level, method="wilson")
    return low, high


def rates(rejected: pd.DataFrame, nominal: float = 0.05) -> pd.DataFrame:
    """Summarise rejections by test.

    Parameters
    ----------
    rejected : DataFrame of shape (sets, tests)
        True (or the share of a set's tests) where the test rejects.

    Returns
    -------
    DataFrame
        By test: ``sets``, ``rate``, ``band_low``, ``band_high`` and ``holds`` (the rate
        lies in the binomial band about the nominal one).
    """
    sets = len(rejected)
    low, high = binomial_band(nominal, sets)
    rate = rejected.astype(np.float64).mean()
    return pd.DataFrame(
        {
            "sets": sets,
            "rate": rate,
            "band_low": low,
            "band_high": high,
            "holds": rate.between(low, high),
        }
    ).rename_axis("test")


def _single_threaded(function: Callable[[int], T], number: int) -> T:
    with one_blas_thread():
        return function(number)
