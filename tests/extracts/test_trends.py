"""Items, weeks and panels against pandas, and the file that names the trends."""

from __future__ import annotations

from hashlib import sha256

import pandas as pd
import pytest

from analysis import extracts
from analysis.errors import StudyError
from analysis.extracts.trends import Trend, load_trends, named
from analysis.warehouse.batches import frame
from tests.warehouse.small import PARAMETERS


@pytest.fixture(scope="module")
def dated(marts, answers):
    """One row per author and image with week, panel and block."""
    posts = marts["MART_IMAGES_OF_POSTS"]
    first = posts.groupby(["AUTHORID", "IMAGE_ID"])["POST_PUBLICATION_DATE"].min().reset_index()
    day = first["POST_PUBLICATION_DATE"].dt.normalize()
    first["WEEK"] = (day - pd.to_timedelta(day.dt.day_of_week, unit="D")).dt.date
    first["AUTHOR_KEY"] = [
        sha256(f"a key/{author}".encode()).hexdigest()[:16] for author in first["AUTHORID"]
    ]
    features = answers["author_features"][["AUTHOR_KEY", "AUTHOR_INDEX", "BAND", "FLAG"]]
    first = first.merge(features, on="AUTHOR_KEY")
    first["BLOCK"] = first["AUTHOR_INDEX"] % 8
    return first


def as_rows(frame):
    """Return the rows as a set of texts, NULL and NaN alike."""
    return {tuple(map(str, row)) for row in frame.astype(object).fillna("").to_numpy().tolist()}


def carriers(marts, same_box):
    """Return the set of labels of every item."""
    labels = marts["MART_IMAGES_LABELS"]
    labels = labels.assign(
        BOX=[tuple(box) if same_box else () for box in labels["POSITION_IN_IMAGE"]],
        LABEL=list(zip(labels["TYPE"], labels["LABEL_NAME"], strict=True)),
    )
    return labels.groupby(["IMAGE_ID", "BOX"])["LABEL"].agg(set)


def items(carried, trend):
    """One row per item that carries all labels of a trend."""
    return carried[carried.apply(set(trend.labels).issubset)].reset_index()


@pytest.mark.parametrize("same_box", [True, False], ids=["box", "image"])
def test_trend_counts(marts, dated, source, same_box):
    parameters = PARAMETERS | {"same_box": same_box}
    counts = named(frame(extracts.get("weekly_trend_counts").run(source, parameters).table))
    grain = ["WEEK", "BAND", "FLAG", "BLOCK"]
    carried = carriers(marts, same_box)
    seen = 0
    for trend in load_trends():
        shown = items(carried, trend).merge(dated, on="IMAGE_ID")
        expected = shown.groupby(grain, dropna=False).size().rename("N_ITEMS").reset_index()
        got = counts.loc[counts["TREND"] == trend.name, [*grain, "N_ITEMS"]]
        assert as_rows(got) == as_rows(expected)
        seen += len(shown)
    assert seen > 1000
    assert counts["N_ITEMS"].sum() == seen


def test_an_item_is_a_box_and_an_image_may_hold_labels_of_two_items(marts):
    beside = Trend("top beside leather", (("object_detection", "top"), ("pattern", "leather")))
    in_boxes = set(items(carriers(marts, True), beside)["IMAGE_ID"])
    in_images = set(items(carriers(marts, False), beside)["IMAGE_ID"])
    assert in_boxes < in_images


def test_author_counts_add_up_to_panel_counts(answers):
    by_author = named(answers["author_trend_counts"]).merge(
        answers["author_features"][["AUTHOR_INDEX", "BAND"]], on="AUTHOR_INDEX"
    )
    grain = ["TREND", "WEEK", "BAND"]
    left = by_author.groupby(grain)[["N_ITEMS"]].sum()
    right = named(answers["weekly_trend_counts"]).groupby(grain)[["N_ITEMS"]].sum()
    pd.testing.assert_frame_equal(left, right)


def test_weekly_activity(marts, dated, answers):
    labelled = set(marts["MART_IMAGES_LABELS"]["IMAGE_ID"])
    dated = dated.assign(LABELLED=dated["IMAGE_ID"].isin(labelled))
    groups = dated.groupby(["WEEK", "BAND", "FLAG", "BLOCK"], dropna=False)
    expected = pd.DataFrame(
        {
            "N_IMAGES": groups.size(),
            "N_LABELLED_IMAGES": groups["LABELLED"].sum(),
            "N_AUTHORS": groups["AUTHOR_INDEX"].nunique(),
        }
    ).reset_index()
    got = answers["weekly_activity"].drop(columns="N_LABELLED_AUTHORS")
    assert as_rows(got) == as_rows(expected)
    assert pd.to_datetime(got["WEEK"]).dt.day_of_week.eq(0).all()
    activity = answers["weekly_activity"]
    assert (activity["N_LABELLED_AUTHORS"] <= activity["N_AUTHORS"]).all()


def test_monthly_activity(marts, answers):
    posts = marts["MART_IMAGES_OF_POSTS"]
    month = posts["POST_PUBLICATION_DATE"].dt.strftime("%Y-%m-01")
    got = answers["monthly_activity"].groupby("MONTH")[["N_IMAGE_ROWS"]].sum()
    expected = posts.groupby(month).size()
    assert got["N_IMAGE_ROWS"].tolist() == expected.tolist()
    assert got.index.astype(str).tolist() == expected.index.tolist()


def test_box_matching_sees_what_was_built(answers):
    matching = answers["box_matching"].set_index("TYPE")
    assert (matching["N_WITHOUT_BOX"] == 0).all()
    assert matching.loc["shoe", "N_WITH_OBJECT"] == matching.loc["shoe", "N_BOXES"]
    assert matching.loc["pattern", "N_WITH_OBJECT"] < matching.loc["pattern", "N_BOXES"]
    assert matching.loc["shoe", "N_WITH_SEVERAL"] > 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[[trend]]\nname = 'a'",
        "[[trend]]\nname = 'a'\nlabels = []",
        "[[trend]]\nname = 'a'\nlabels = ['top']",
        "[[trend]]\nname = 'a'\nlabels = ['pattern/x', 'pattern/x']",
        "[[trend]]\nname = 'a'\nlabels = ['p/x']\n[[trend]]\nname = 'a'\nlabels = ['p/y']",
        "trend = 3",
        "not toml",
    ],
)
def test_a_broken_list_of_trends_is_refused(tmp_path, text):
    path = tmp_path / "trends.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(StudyError, match=r"trends\.toml"):
        load_trends(path)
