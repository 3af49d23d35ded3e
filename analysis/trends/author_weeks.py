"""Weekly counts of single authors, so that panels of any making can be cut from them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from analysis.trends.visibility import WeeklyCounts


def author_weeks(
    items: pd.DataFrame, features: pd.DataFrame, activity: pd.DataFrame
) -> WeeklyCounts:
    """Arrange items by author and week, with each author's images spread over the weeks.

    How many images an author posted in a week is not counted; an author's images are spread over
    the weeks between the first and the last post as those of everybody are.

    Parameters
    ----------
    items : DataFrame
        AUTHOR_INDEX, TREND, WEEK, N_ITEMS; authors that ``features`` lack are left out.
    features : DataFrame
        AUTHOR_INDEX, N_LABELLED_IMAGES, FIRST_DAY, LAST_DAY; authors without labelled images are
        left out.
    activity : DataFrame
        WEEK, N_LABELLED_IMAGES, one row or several per week.

    Returns
    -------
    WeeklyCounts
        Units are authors: BLOCK is the AUTHOR_INDEX, GROUP is empty.

    Raises
    ------
    ValueError
        If there are no items or no images.
    """
    shown = features[features["N_LABELLED_IMAGES"] > 0]
    items = items[items["AUTHOR_INDEX"].isin(shown["AUTHOR_INDEX"])]
    if items.empty or activity.empty:
        raise ValueError("there are no items or no images: nothing to count by week")
    week = pd.to_datetime(activity["WEEK"])
    weeks = pd.date_range(week.min(), week.max(), freq="7D")
    everybody = activity.groupby(week)["N_LABELLED_IMAGES"].sum().reindex(weeks, fill_value=0)
    monday = weeks.to_numpy()[None, :]
    first, last = (
        pd.to_datetime(shown[name]).to_numpy(dtype="datetime64[ns]")[:, None]
        for name in ("FIRST_DAY", "LAST_DAY")
    )
    there = (monday + np.timedelta64(6, "D") >= first) & (monday <= last)
    spread = there * everybody.to_numpy(dtype=np.float64)
    total = spread.sum(axis=1, keepdims=True)
    images = shown["N_LABELLED_IMAGES"].to_numpy(dtype=np.float64)[:, None] * np.divide(
        spread, total, out=np.zeros_like(spread), where=total > 0
    )
    trends = tuple(sorted(items["TREND"].astype(str).unique()))
    row = pd.Index(shown["AUTHOR_INDEX"]).get_indexer(items["AUTHOR_INDEX"])
    when = weeks.get_indexer(pd.DatetimeIndex(pd.to_datetime(items["WEEK"])))
    column = pd.Index(trends).get_indexer(items["TREND"].astype(str)) * len(weeks) + when
    counts = csr_array(
        (items["N_ITEMS"].to_numpy(dtype=np.float64), (row, column)),
        shape=(len(shown), len(trends) * len(weeks)),
    )
    counts.sum_duplicates()
    units = pd.DataFrame({"GROUP": "", "BLOCK": shown["AUTHOR_INDEX"].to_numpy(dtype=np.int64)})
    return WeeklyCounts(trends, weeks, units, counts, images)
