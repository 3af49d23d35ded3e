"""Weekly visibility of trends per panel, with errors that know that posts belong to authors.

Visibility is items of a trend per image of the panel in a week. Items cluster in authors, so the
error comes from blocks of authors (or single authors): the ratio's influence summed per block.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats
from scipy.sparse import csr_array

FloatArray = npt.NDArray[np.float64]
POWER_80 = float(stats.norm.ppf(0.975) + stats.norm.ppf(0.8))
"""A change of this many standard errors is found with 80 % power at the 5 % level."""


@dataclass(frozen=True)
class WeeklyCounts:
    """Items and images per author block and week.

    Attributes
    ----------
    trends : tuple of str (K)
        Names of the trends.
    weeks : DatetimeIndex (T)
        Mondays without a gap; weeks that no row names hold zeros.
    units : DataFrame (U rows)
        GROUP (panel) and BLOCK (author block) of each unit of resampling.
    items : csr_array (U, K * T)
        Items, trend by trend.
    images : ndarray (U, T)
        Images that could have shown the trend.
    """

    trends: tuple[str, ...]
    weeks: pd.DatetimeIndex
    units: pd.DataFrame
    items: csr_array
    images: FloatArray

    def of_trend(self, trend: str) -> FloatArray:
        """Return items (U, T) of one trend."""
        t = len(self.weeks)
        start = self.trends.index(trend) * t
        return np.asarray(self.items[:, start : start + t].toarray(), dtype=float)

    def in_group(self, group: str) -> npt.NDArray[np.bool_]:
        """Return which units (U,) belong to a panel; refuse an unknown one."""
        member = self.units["GROUP"].to_numpy() == group
        if not member.any():
            known = ", ".join(sorted({str(name) for name in self.units["GROUP"]}))
            raise ValueError(f"no activity in group {group!r}: choose among {known}")
        return np.asarray(member)

    def totals(self, multiplicity: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Return items (R, K, T) and images (R, T) summed with weights (R, U) over units."""
        weights = np.atleast_2d(np.asarray(multiplicity, dtype=float))
        shape = (weights.shape[0], len(self.trends), len(self.weeks))
        items = np.asarray((self.items.T @ weights.T).T, dtype=float).reshape(shape)
        return items, weights @ self.images


def weekly_counts(items: pd.DataFrame, activity: pd.DataFrame) -> WeeklyCounts:
    """Arrange long tables by unit, trend and week.

    Parameters
    ----------
    items : DataFrame
        TREND, WEEK, GROUP, BLOCK, N_ITEMS; absent rows are zeros.
    activity : DataFrame
        GROUP, BLOCK, WEEK, N_IMAGES.

    Raises
    ------
    ValueError
        No activity, or items of a block and week that has no images.
    """
    if activity.empty or items.empty:
        raise ValueError("there are no items or no images: nothing to count by week")
    week = pd.to_datetime(activity["WEEK"])
    weeks = pd.date_range(week.min(), week.max(), freq="7D")
    units = activity[["GROUP", "BLOCK"]].drop_duplicates().sort_values(["GROUP", "BLOCK"])
    units = units.reset_index(drop=True)
    trends = tuple(sorted(items["TREND"].astype(str).unique()))
    row = pd.MultiIndex.from_frame(units)
    at = row.get_indexer(pd.MultiIndex.from_frame(activity[["GROUP", "BLOCK"]]))
    when = weeks.get_indexer(pd.DatetimeIndex(week))
    if (when < 0).any():
        raise ValueError("weeks do not start on the same weekday: truncate dates to weeks first")
    images = np.zeros((len(units), len(weeks)))
    np.add.at(images, (at, when), activity["N_IMAGES"].to_numpy(float))
    at = row.get_indexer(pd.MultiIndex.from_frame(items[["GROUP", "BLOCK"]]))
    when = weeks.get_indexer(pd.DatetimeIndex(pd.to_datetime(items["WEEK"])))
    if ((at < 0) | (when < 0)).any() or (images[at, when] == 0).any():
        raise ValueError("items fall in a block and week without images: count images first")
    column = pd.Index(trends).get_indexer(items["TREND"].astype(str)) * len(weeks) + when
    counts = csr_array(
        (items["N_ITEMS"].to_numpy(float), (at, column)),
        shape=(len(units), len(trends) * len(weeks)),
    )
    counts.sum_duplicates()
    return WeeklyCounts(trends, weeks, units, counts, images)


def visibility(counts: WeeklyCounts, *, level: float = 0.95) -> pd.DataFrame:
    """Return weekly visibility per trend and panel.

    Parameters
    ----------
    counts : WeeklyCounts
        Items and images.
    level : float
        Confidence level.

    Returns
    -------
    DataFrame
        One row per TREND, GROUP and WEEK: N_ITEMS, N_IMAGES, VISIBILITY, SE (clustered by
        block), LOW, HIGH, DESIGN_EFFECT (of the whole series), SMALLEST_CHANGE (least change
        from the week before that would be found with 80 % power). Weeks without images are NaN.

    Notes
    -----
    The interval is Poisson's (Jeffreys prior) for counts divided by the design effect of the
    series: one week alone has too few items to estimate its own variance well.
    """
    frames = []
    for group in pd.unique(counts.units["GROUP"]):
        member = counts.in_group(group)
        images = counts.images[member]
        for trend in counts.trends:
            items = counts.of_trend(trend)[member]
            frames.append(_series(items, images, level).assign(TREND=trend, GROUP=group))
    table = pd.concat(frames, ignore_index=True)
    table["WEEK"] = np.tile(counts.weeks.to_numpy(), len(frames))
    first = ["TREND", "GROUP", "WEEK"]
    return table[[*first, *[c for c in table.columns if c not in first]]]


def design_effect(items: FloatArray, images: FloatArray) -> float:
    """Return the variance of weekly visibility over Poisson's, pooled over weeks.

    Parameters
    ----------
    items, images : ndarray (units, T)
        Counts of one trend and one panel.
    """
    influence, rate, total = _influence(items, images)
    poisson = float(np.where(total > 0, rate / np.maximum(total, 1), 0).sum())
    return float((influence**2).sum()) / poisson if poisson > 0 else 1.0


def _influence(items: FloatArray, images: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return influence (units, T) on weekly visibility, visibility (T,) and images (T,)."""
    total = images.sum(axis=0)
    rate = items.sum(axis=0) / np.maximum(total, 1e-300)
    units = images.shape[0]
    factor = np.sqrt(units / (units - 1)) if units > 1 else np.inf
    with np.errstate(invalid="ignore", divide="ignore"):
        influence = factor * (items - rate * images) / total
    return np.where(total > 0, influence, 0.0), rate, total


def _series(items: FloatArray, images: FloatArray, level: float) -> pd.DataFrame:
    if images.shape[0] < 2:
        raise ValueError("a panel has one block only: errors need at least two blocks of authors")
    influence, rate, total = _influence(items, images)
    count = items.sum(axis=0)
    effect = design_effect(items, images) if count.sum() > 0 else 1.0
    if effect <= 0:  # a panel so small that its blocks do not vary
        effect = 1.0
    known = total > 0
    low, high = (
        stats.gamma.ppf(q, count / effect + 0.5) * effect / np.maximum(total, 1)
        for q in ((1 - level) / 2, (1 + level) / 2)
    )
    change = np.full(total.size, np.nan)
    step = np.sqrt((np.diff(influence, axis=1) ** 2).sum(axis=0))
    change[1:] = np.where(known[1:] & known[:-1], POWER_80 * step, np.nan)
    blank = np.where(known, 0.0, np.nan)
    return pd.DataFrame(
        {
            "N_ITEMS": count,
            "N_IMAGES": total,
            "VISIBILITY": rate + blank,
            "SE": np.sqrt((influence**2).sum(axis=0)) + blank,
            "LOW": np.where(count > 0, low, 0.0) + blank,
            "HIGH": high + blank,
            "DESIGN_EFFECT": effect,
            "SMALLEST_CHANGE": change,
        }
    )
