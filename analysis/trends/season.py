"""Season of weekly series: STL decomposition and harmonics of the year."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from statsmodels.tsa.seasonal import STL

FloatArray = npt.NDArray[np.float64]
YEAR = 365.25 / 7
"""Weeks in a year."""


class Decomposition(NamedTuple):
    """series = trend + seasonal + remainder, each (T,)."""

    trend: FloatArray
    seasonal: FloatArray
    remainder: FloatArray


def decompose(
    series: npt.ArrayLike,
    *,
    period: int = 52,
    seasonal: int | Literal["periodic"] = "periodic",
    robust: bool = False,
    jump: bool = True,
) -> Decomposition:
    """Decompose by STL with the defaults of R's ``stl`` (Cleveland et al. 1990).

    Parameters
    ----------
    series : array (T,)
        At least two full periods, no missing values.
    period : int
        Observations per season.
    seasonal : int or "periodic"
        Odd span of the seasonal smoother; "periodic" keeps the season the same every year, which
        is all that two or three years can tell.
    robust : bool
        Down-weight outliers.
    jump : bool
        Interpolate between every tenth of a span, as R does; False evaluates everywhere.
    """
    y = np.asarray(series, dtype=float)
    if y.ndim != 1 or y.size < 2 * period or not np.isfinite(y).all():
        raise ValueError(f"series must hold at least {2 * period} finite values: use fewer weeks")
    span = 10 * y.size + 1 if seasonal == "periodic" else seasonal
    trend = int(np.ceil(1.5 * period / (1 - 1.5 / span)))
    trend += 1 - trend % 2
    low = period + 1 + period % 2
    jumps = [int(np.ceil(s / 10)) if jump else 1 for s in (span, trend, low)]
    fitted = STL(
        y,
        period=period,
        seasonal=span,
        trend=trend,
        low_pass=low,
        seasonal_deg=0,
        trend_deg=1,
        low_pass_deg=1,
        robust=robust,
        seasonal_jump=jumps[0],
        trend_jump=jumps[1],
        low_pass_jump=jumps[2],
    ).fit(inner_iter=1 if robust else 2, outer_iter=15 if robust else 0)
    season, level = np.asarray(fitted.seasonal), np.asarray(fitted.trend)
    if seasonal == "periodic":
        position = np.arange(y.size) % period
        season = (np.bincount(position, season) / np.bincount(position))[position]
    return Decomposition(level, season, y - level - season)


def harmonics(weeks: npt.ArrayLike, number: int, period: float = YEAR) -> FloatArray:
    """Return cosines and sines (T, 2 * number) of the year's first harmonics at ``weeks`` (T,)."""
    angle = 2 * np.pi * np.outer(np.asarray(weeks, dtype=float), np.arange(1, number + 1)) / period
    return np.hstack([np.cos(angle), np.sin(angle)])
