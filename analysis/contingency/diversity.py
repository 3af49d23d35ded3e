"""Hill numbers, and their comparison at equal sample coverage.

Richness and entropy grow with activity: who posts more shows more labels. Rarefying to a common
coverage (the share of all use that the labels seen so far account for) compares tastes instead.
For a panel, count the authors who used each label and rarefy authors (``size`` = number of
authors), so that labels clustered in authors do no harm.

Sources: Hill (1973), doi:10.2307/1934352; Chao and Jost (2012), doi:10.1890/11-1952.1; Chao et
al. (2014), doi:10.1890/13-0133.1; agrees with ``vegan`` 2.6-4 where that has the quantity.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import gammaln

from analysis.contingency.counts import Floats


def hill_numbers(counts: pd.DataFrame, orders: Sequence[float] = (0, 1, 2)) -> pd.DataFrame:
    """Return effective numbers of labels per unit, without any correction for activity.

    Parameters
    ----------
    counts : DataFrame of shape (units, labels)
    orders : sequence of float
        0 counts labels, 1 is exp(Shannon entropy in nats), 2 the inverse Simpson index,
        infinity 1 / largest share.

    Returns
    -------
    DataFrame of shape (units, orders)
    """
    values = counts.to_numpy(dtype=np.float64)
    totals = values.sum(axis=1, keepdims=True)
    if not totals.all():
        raise ValueError("counts hold empty units: drop them first.")
    shares = values / totals
    return pd.DataFrame(
        np.stack([_hill(shares, order) for order in orders], axis=1),
        index=counts.index,
        columns=pd.Index(list(orders), name="order"),
    )


def sample_coverage(frequencies: Floats, size: int | None = None) -> float:
    """Estimate the share of all use that belongs to labels seen in the sample.

    Parameters
    ----------
    frequencies : array of shape (labels,)
        Counts of labels, or numbers of authors who used them.
    size : int, optional
        Number of authors in the second case.
    """
    x = _positive(frequencies)
    n = int(x.sum()) if size is None else size
    once, twice = float((x == 1).sum()), float((x == 2).sum())
    if once == 0:
        return 1.0
    if twice > 0:
        unseen = (n - 1) * once / ((n - 1) * once + 2 * twice)
    else:
        unseen = (n - 1) * (once - 1) / ((n - 1) * (once - 1) + 2)
    return float(1 - once / x.sum() * unseen)


def rarefied_coverage(frequencies: Floats, m: float, size: int | None = None) -> float:
    """Return the expected coverage of a subsample of ``m`` counts (or authors)."""
    x = _positive(frequencies)
    n = float(x.sum()) if size is None else float(size)
    if m >= n:
        return sample_coverage(frequencies, size)
    inside = n - x >= m
    missed = np.zeros_like(x)
    missed[inside] = np.exp(_log_choose(n - x[inside], m) - _log_choose(n - 1, m))
    return float(1 - (x / x.sum() * missed).sum())


def rarefied_hill(frequencies: Floats, m: int, order: float, size: int | None = None) -> float:
    """Return the expected Hill number of a random subsample of ``m`` counts (or authors).

    Parameters
    ----------
    frequencies : array of shape (labels,)
    m : int
        At least 1, at most the sample itself.
    order : float
        0, 1, 2 or any other finite order.
    size : int, optional
        Number of authors, when ``frequencies`` count authors.
    """
    x = _positive(frequencies)
    n = int(x.sum()) if size is None else size
    if not 1 <= m <= n:
        raise ValueError(f"m is {m}: give 1 to the sample's size, {n}.")
    if order == 0:
        missed = np.zeros_like(x)
        inside = n - x >= m
        missed[inside] = np.exp(_log_choose(n - x[inside], m) - _log_choose(n, m))
        return float((1 - missed).sum())
    # expected number of labels seen k times in the subsample, summed over labels
    expected = np.zeros(m + 1)
    for value, labels in zip(*np.unique(x, return_counts=True), strict=True):
        k = np.arange(max(0, int(m - (n - value))), min(m, int(value)) + 1)
        log = _log_choose(value, k) + _log_choose(n - value, m - k) - _log_choose(n, m)
        expected[k] += labels * np.exp(log)
    k = np.arange(1, m + 1)
    share = k / (x.sum() * m / n)
    if order == 1:
        return float(np.exp(-(share * np.log(share)) @ expected[1:]))
    return float((share**order @ expected[1:]) ** (1 / (1 - order)))


def equal_coverage(
    counts: pd.DataFrame,
    *,
    orders: Sequence[float] = (0, 1, 2),
    coverage: float | None = None,
    sizes: pd.Series[int] | None = None,
) -> pd.DataFrame:
    """Compare units at equal coverage by rarefaction.

    Parameters
    ----------
    counts : DataFrame of shape (units, labels)
        Counts of labels, or (with ``sizes``) numbers of authors who used each label.
    coverage : float, optional
        Target; by default the smallest coverage of a unit, so that nothing is extrapolated.
    sizes : Series of shape (units,), optional
        Authors per unit.

    Returns
    -------
    DataFrame
        By unit: ``sample_coverage``, ``m`` (largest subsample not above the target coverage),
        ``coverage`` reached and one column per order.
    """
    values = counts.to_numpy(dtype=np.float64)
    totals = [None if sizes is None else int(sizes.loc[unit]) for unit in counts.index]
    own = np.array([sample_coverage(x, n) for x, n in zip(values, totals, strict=True)])
    target = float(own.min()) if coverage is None else coverage
    rows = []
    for x, n, reached in zip(values, totals, own, strict=True):
        m = _size_at(x, n, target)
        hills = [rarefied_hill(x, m, order, n) for order in orders]
        rows.append((reached, m, rarefied_coverage(x, m, n), *hills))
    columns = ["sample_coverage", "m", "coverage", *(f"hill_{order:g}" for order in orders)]
    return pd.DataFrame(rows, index=counts.index, columns=columns)


def _size_at(frequencies: Floats, size: int | None, target: float) -> int:
    """Return the largest subsample whose expected coverage is at most ``target`` (at least 1)."""
    n = int(_positive(frequencies).sum()) if size is None else size
    if rarefied_coverage(frequencies, n, size) <= target:
        return n
    low, high = 1, n
    while high - low > 1:
        middle = (low + high) // 2
        if rarefied_coverage(frequencies, middle, size) <= target:
            low = middle
        else:
            high = middle
    return low


def _hill(shares: Floats, order: float) -> Floats:
    if order == 0:
        return np.asarray((shares > 0).sum(axis=1), dtype=np.float64)
    if order == 1:
        logs = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
        return np.asarray(np.exp(-(shares * logs).sum(axis=1)), dtype=np.float64)
    if np.isinf(order):
        return np.asarray(1 / shares.max(axis=1), dtype=np.float64)
    powers = np.power(shares, order, out=np.zeros_like(shares), where=shares > 0)
    return np.asarray(powers.sum(axis=1) ** (1 / (1 - order)), dtype=np.float64)


def _positive(frequencies: Floats) -> Floats:
    x = np.asarray(frequencies, dtype=np.float64)
    x = x[x > 0]
    if x.size == 0 or (x != np.floor(x)).any():
        raise ValueError("frequencies must be whole numbers, not all zero.")
    return x


def _log_choose(n: Any, k: Any) -> Floats:
    return np.asarray(gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0), dtype=np.float64)
