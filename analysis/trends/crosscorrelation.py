"""Cross-correlation and Granger tests: descriptions of how two weekly series move together.

Two panels share the season, which puts the peak of a plain cross-correlation near lag zero
whoever leads; what is left after prewhitening is mostly noise. Read these as descriptions and
take leads from ``analysis.trends.leadlag``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats
from statsmodels.tsa.ar_model import ar_select_order

from analysis.contingency.multiplicity import adjust_p_values

FloatArray = npt.NDArray[np.float64]


def cross_correlation(x: npt.ArrayLike, y: npt.ArrayLike, lags: int) -> pd.Series[float]:
    """Return cor(x[t + lag], y[t]) for lags -lags..lags, by lag.

    Overall means and divisor n, as R's ``ccf``; a peak at a negative lag says that x leads y.
    White noise stays within 1.96 / sqrt(n).
    """
    a, b = _pair(x, y)
    n = a.size
    a, b = a - a.mean(), b - b.mean()
    scale = n * a.std() * b.std()
    if scale == 0:
        raise ValueError("a series is constant: correlation is not defined")
    if not 0 <= lags < n:
        raise ValueError("lags must be at least 0 and below the length of the series")
    full = np.correlate(a, b, mode="full") / scale
    lag = np.arange(-lags, lags + 1)
    return pd.Series(full[n - 1 + lag], index=pd.Index(lag, name="LAG"), name="CORRELATION")


def prewhiten(x: npt.ArrayLike, y: npt.ArrayLike, most: int = 8) -> tuple[FloatArray, FloatArray]:
    """Filter both series by the autoregression (order by AIC, at most ``most``) that whitens x.

    Box & Jenkins (1976). Take out trend and season first.
    """
    a, b = _pair(x, y)
    a, b = a - a.mean(), b - b.mean()
    selected = ar_select_order(a, most, trend="n", ic="aic")
    order = max(selected.ar_lags or [0])
    if order == 0:
        return a, b
    weights = np.concatenate([[1.0], -np.asarray(selected.model.fit().params)])
    return np.convolve(a, weights)[order : a.size], np.convolve(b, weights)[order : b.size]


class Granger(NamedTuple):
    """F test that the past of one series helps to predict another."""

    statistic: float
    df1: int
    df2: int
    p: float


def granger(cause: npt.ArrayLike, effect: npt.ArrayLike, order: int = 1) -> Granger:
    """Test whether ``order`` past values of ``cause`` help to predict ``effect``.

    Least squares with intercept, with and without them (R's ``lmtest::grangertest``). Take out
    trend and season first: a shared season makes everything "cause" everything.
    """
    x, y = _pair(cause, effect)
    n = y.size - order
    df2 = n - 2 * order - 1
    if order < 1 or df2 < 1:
        raise ValueError("order must be at least 1 and far below the length of the series")
    past = [np.stack([s[order - k : -k] for k in range(1, order + 1)], axis=1) for s in (y, x)]
    target, one = y[order:], np.ones((n, 1))
    rest = []
    for design in (np.hstack([one, past[0]]), np.hstack([one, *past])):
        fit, *_ = np.linalg.lstsq(design, target, rcond=None)
        rest.append(float(((target - design @ fit) ** 2).sum()))
    statistic = (rest[0] - rest[1]) / order / (rest[1] / df2)
    return Granger(statistic, order, df2, float(stats.f.sf(statistic, order, df2)))


def granger_table(
    lead: Mapping[str, npt.ArrayLike], follow: Mapping[str, npt.ArrayLike], order: int = 1
) -> pd.DataFrame:
    """Test both directions for many trends, with p-values adjusted over all of them.

    Parameters
    ----------
    lead, follow : mapping of trend to array (T,)
        Series of both panels.
    order : int
        Past values used.

    Returns
    -------
    DataFrame
        TREND, DIRECTION ("leads" or "follows"), F, P, P_ADJUSTED (Benjamini-Yekutieli: valid
        under any dependence between trends).
    """
    rows = []
    for trend, series in lead.items():
        other = follow[trend]
        for direction, found in (
            ("leads", granger(series, other, order)),
            ("follows", granger(other, series, order)),
        ):
            rows.append((trend, direction, found.statistic, found.p))
    table = pd.DataFrame(rows, columns=["TREND", "DIRECTION", "F", "P"])
    table["P_ADJUSTED"] = adjust_p_values(table["P"].to_numpy(dtype=np.float64), "by")
    return table


def _pair(x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    a, b = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if a.shape != b.shape or a.ndim != 1 or a.size < 3:
        raise ValueError("both series must be equally long, with at least three weeks")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise ValueError("a series holds missing values: fill or cut those weeks")
    return a, b
