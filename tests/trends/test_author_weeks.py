"""Items keep their weeks, images their totals and their author's time."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.trends.author_weeks import author_weeks

WEEKS = pd.date_range("2024-01-01", periods=4, freq="7D")
FEATURES = pd.DataFrame(
    {
        "AUTHOR_INDEX": [7, 8, 9],
        "N_LABELLED_IMAGES": [40, 10, 0],
        "FIRST_DAY": ["2024-01-03", "2024-01-16", None],
        "LAST_DAY": ["2024-01-25", "2024-01-20", None],
    }
)
ACTIVITY = pd.DataFrame({"WEEK": WEEKS, "N_LABELLED_IMAGES": [10, 20, 30, 20]})
ITEMS = pd.DataFrame(
    {
        "AUTHOR_INDEX": [7, 7, 8, 9],
        "TREND": ["t", "u", "t", "t"],
        "WEEK": [WEEKS[0], WEEKS[3], WEEKS[2], WEEKS[1]],
        "N_ITEMS": [2, 1, 3, 5],
    }
)


def test_items_and_images_by_author_and_week() -> None:
    found = author_weeks(ITEMS, FEATURES, ACTIVITY)
    assert found.units["BLOCK"].tolist() == [7, 8]
    assert found.of_trend("t").tolist() == [[2, 0, 0, 0], [0, 0, 3, 0]]
    assert found.of_trend("u").tolist() == [[0, 0, 0, 1], [0, 0, 0, 0]]
    assert found.images[0].tolist() == [5, 10, 15, 10]
    assert found.images[1].tolist() == [0, 0, 10, 0]


def test_refuses_a_world_without_items() -> None:
    with pytest.raises(ValueError, match="nothing to count"):
        author_weeks(ITEMS.iloc[3:], FEATURES, ACTIVITY)
