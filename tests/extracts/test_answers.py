"""Every extract against the same figures worked out in pandas from the whole tables."""

from __future__ import annotations

import re
from hashlib import sha256

import numpy as np
import pandas as pd
import pytest

from analysis import extracts
from analysis.warehouse.batches import frame
from tests.warehouse.small import PARAMETERS


def digest(author):
    return sha256(f"a key/{author}".encode()).hexdigest()


@pytest.fixture(scope="module")
def order(marts):
    """Map AUTHORID to its place in the random order."""
    known = set()
    for mart in ("MART_AUTHORS", "MART_AUTHORS_SEGMENTATIONS", "MART_IMAGES_OF_POSTS"):
        known |= set(marts[mart]["AUTHORID"])
    return {author: place for place, author in enumerate(sorted(known, key=digest))}


@pytest.fixture(scope="module")
def images(marts, order):
    """One row per author and image, on the first day."""
    posts = marts["MART_IMAGES_OF_POSTS"]
    first = posts.groupby(["AUTHORID", "IMAGE_ID"])["POST_PUBLICATION_DATE"].min().reset_index()
    first["AUTHOR_INDEX"] = first["AUTHORID"].map(order)
    first["DAY"] = first["POST_PUBLICATION_DATE"].dt.normalize()
    return first


@pytest.fixture(scope="module")
def split(marts):
    days = marts["MART_IMAGES_OF_POSTS"]["POST_PUBLICATION_DATE"].dt.normalize()
    return days.min() + pd.Timedelta(days=int(np.ceil((days.max() - days.min()).days / 2)))


def test_authors_are_numbered_in_the_order_of_their_keyed_digest(answers, order):
    features = answers["author_features"]
    assert features["AUTHOR_INDEX"].tolist() == list(range(len(order)))
    by_place = {place: author for author, place in order.items()}
    expected = [digest(by_place[place])[:16] for place in features["AUTHOR_INDEX"]]
    assert features["AUTHOR_KEY"].tolist() == expected


def test_repeated_and_missing_followers(answers, marts, order):
    features = answers["author_features"].set_index("AUTHOR_INDEX")
    repeated = features.loc[order[4321]]
    assert np.isnan(repeated["FOLLOWERS_AUTHORS"])  # 5687047 and 110 contradict each other
    assert repeated["FOLLOWERS_SEGMENTATIONS"] == 55555.5
    assert repeated["BAND"] == "edgy"
    mart = marts["MART_AUTHORS"].query("AUTHORID != 4321").set_index("AUTHORID")["NB_FOLLOWERS"]
    other = marts["MART_AUTHORS_SEGMENTATIONS"].set_index("AUTHORID")["NB_FOLLOWERS"]
    followers = mart.astype(float).combine_first(other.astype(float))
    followers = followers.reindex(list(order))
    expected = pd.Series("edgy", index=followers.index)
    expected[followers <= 40000] = "trendy"
    expected[followers <= 12000] = "mainstream"
    expected[followers.isna()] = "unknown"
    for author, place in order.items():
        assert features.loc[place, "BAND"] == expected[author]
    assert set(features["BAND"]) == {"mainstream", "trendy", "edgy", "unknown"}


def test_flag_is_unknown_without_a_segmentation_row(answers, marts, order):
    features = answers["author_features"]
    segmented = [order[author] for author in marts["MART_AUTHORS_SEGMENTATIONS"]["AUTHORID"]]
    known = features["AUTHOR_INDEX"].isin(segmented)
    assert features.loc[~known, "FLAG"].isna().all()
    assert features.loc[known, "FLAG"].notna().all()


def test_activity_and_engagement(answers, marts, order, images, split):
    features = answers["author_features"].set_index("AUTHOR_INDEX")
    posts = marts["MART_IMAGES_OF_POSTS"].assign(
        PLACE=lambda frame: frame["AUTHORID"].map(order),
        DAY=lambda frame: frame["POST_PUBLICATION_DATE"].dt.normalize(),
    )
    by_author = posts.groupby("PLACE")
    active = features.loc[features["N_IMAGE_ROWS"] > 0]
    assert active["N_IMAGE_ROWS"].to_dict() == by_author.size().to_dict()
    assert active["N_POSTS"].to_dict() == by_author["POST_ID"].nunique().to_dict()
    assert active["N_IMAGES"].to_dict() == images.groupby("AUTHOR_INDEX").size().to_dict()
    likes = by_author["NB_LIKES"]
    pd.testing.assert_series_equal(
        active["LIKES_MEAN"], likes.mean(), check_names=False, check_index_type=False
    )
    pd.testing.assert_series_equal(
        active["LIKES_MEDIAN"], likes.median(), check_names=False, check_index_type=False
    )
    share = likes.apply(lambda values: (values == 3).mean())
    pd.testing.assert_series_equal(
        active["LIKES_THREE"], share, check_names=False, check_index_type=False, rtol=1e-6
    )
    early = posts[posts["DAY"] < split].groupby("PLACE")["POST_ID"].nunique()
    assert active["N_POSTS_1"].to_dict() == early.reindex(active.index, fill_value=0).to_dict()
    captions = posts[posts["POST_CAPTION"].fillna("") != ""].groupby("PLACE")["POST_CAPTION"]
    sponsored = captions.apply(lambda text: text.str.contains("sponsor", case=False).mean())
    pd.testing.assert_series_equal(
        active["CAPTION_SPONSOR"].dropna(), sponsored, check_names=False, check_index_type=False
    )
    idle = features[features["N_IMAGE_ROWS"] == 0]
    assert len(idle)
    assert idle[["LIKES_MEAN", "CAPTION_ANY", "FIRST_DAY"]].isna().all().all()


def test_bio_becomes_a_class_and_flags_only(answers, marts, order):
    features = answers["author_features"].set_index("AUTHOR_INDEX")
    bios = marts["MART_AUTHORS"].drop_duplicates("AUTHORID").set_index("AUTHORID")["BIO"]
    for author, bio in bios.items():
        row = features.loc[order[author]]
        text = "" if pd.isna(bio) else bio
        length = "none" if not text else "short" if len(text) < 50 else None
        length = length or ("medium" if len(text) < 150 else "long")
        assert row["BIO_LENGTH"] == length
        assert row["BIO_SHOP"] == ("shop" in text)
        assert row["BIO_AMBASSADOR"] == ("ambassador" in text)
    assert features.loc[~features["IN_AUTHORS"], "BIO_LENGTH"].isna().all()


@pytest.fixture(scope="module")
def pairs(marts):
    """One row per image and label with its detections."""
    labels = marts["MART_IMAGES_LABELS"]
    return labels.groupby(["IMAGE_ID", "TYPE", "LABEL_NAME"]).size().rename("N").reset_index()


def test_vocabulary(answers, marts, pairs, images):
    vocabulary = answers["label_vocabulary"].set_index(["TYPE", "LABEL_NAME"])
    assert vocabulary.index.is_monotonic_increasing
    assert vocabulary["LABEL_INDEX"].tolist() == list(range(len(vocabulary)))
    by_label = pairs.groupby(["TYPE", "LABEL_NAME"])
    assert vocabulary["N_DETECTIONS"].to_dict() == by_label["N"].sum().to_dict()
    assert vocabulary["N_IMAGES"].to_dict() == by_label.size().to_dict()
    worn = pairs.merge(images, on="IMAGE_ID").groupby(["TYPE", "LABEL_NAME"])["AUTHORID"].nunique()
    assert vocabulary["N_AUTHORS"].to_dict() == worn.to_dict()


def test_author_label_counts(answers, pairs, images, split):
    vocabulary = answers["label_vocabulary"][["TYPE", "LABEL_NAME", "LABEL_INDEX"]]
    rows = pairs.merge(images, on="IMAGE_ID").merge(vocabulary, on=["TYPE", "LABEL_NAME"])
    features = answers["author_features"]
    rows = rows[rows["AUTHOR_INDEX"].isin(features.loc[features["IN_AUTHORS"], "AUTHOR_INDEX"])]
    early = (rows["DAY"] < split).rename("EARLY")
    expected = early.groupby([rows["AUTHOR_INDEX"], rows["LABEL_INDEX"]]).agg(["sum", "size"])
    expected = expected.assign(size=expected["size"] - expected["sum"]).reset_index()
    counts = answers["author_label_counts"]
    assert counts.to_numpy().tolist() == expected.to_numpy().tolist()


def test_profile(answers, marts):
    profile = answers["table_profile"].set_index(["TABLE_NAME", "COLUMN_NAME"])
    for (mart, column), row in profile.iterrows():
        values = marts[mart][column]
        assert row["N_ROWS"] == len(values)
        assert row["N_NULL"] == values.isna().sum()
        if column != "POSITION_IN_IMAGE":
            assert row["N_DISTINCT"] == values.nunique()
    assert np.isnan(profile.loc[("MART_AUTHORS", "AUTHORID"), "MAXIMUM"])
    assert profile.loc[("MART_AUTHORS", "NB_FOLLOWERS"), "MAXIMUM"] == 5687047
    days = profile.loc[("MART_IMAGES_OF_POSTS", "POST_PUBLICATION_DATE")]
    assert str(days["FIRST_DAY"]) == "2023-01-01"


def test_dirt(answers, marts, images, pairs):
    dirt = answers["dirt"].set_index(["KIND", "TABLE_NAME"])["N_AFFECTED"].to_dict()
    authors, posts = marts["MART_AUTHORS"], marts["MART_IMAGES_OF_POSTS"]
    segmentations, labels = marts["MART_AUTHORS_SEGMENTATIONS"], marts["MART_IMAGES_LABELS"]
    in_mart, in_other = set(authors["AUTHORID"]), set(segmentations["AUTHORID"])
    posting, labelled = set(posts["AUTHORID"]), set(labels["IMAGE_ID"])
    owners = images.groupby("IMAGE_ID").size()
    expected = {
        ("repeated author rows", "MART_AUTHORS"): authors["AUTHORID"].duplicated().sum(),
        ("no follower count", "MART_AUTHORS"): authors["NB_FOLLOWERS"].isna().sum(),
        ("no follower count", "MART_AUTHORS_SEGMENTATIONS"): segmentations["NB_FOLLOWERS"]
        .isna()
        .sum(),
        ("bio is empty", "MART_AUTHORS"): (authors["BIO"] == "").sum(),
        ("authors without a segmentation row", "MART_AUTHORS_SEGMENTATIONS"): len(
            in_mart - in_other
        ),
        ("authors without an author row", "MART_AUTHORS"): len(in_other - in_mart),
        ("authors without a post", "MART_AUTHORS"): len(in_mart - posting),
        ("posting authors without an author row", "MART_IMAGES_OF_POSTS"): len(posting - in_mart),
        ("posting authors that no other table names", "MART_IMAGES_OF_POSTS"): len(
            posting - in_mart - in_other
        ),
        ("zero likes", "MART_IMAGES_OF_POSTS"): (posts["NB_LIKES"] == 0).sum(),
        ("exactly three likes", "MART_IMAGES_OF_POSTS"): (posts["NB_LIKES"] == 3).sum(),
        ("caption with line breaks", "MART_IMAGES_OF_POSTS"): posts["POST_CAPTION"]
        .str.contains("\n")
        .sum(),
        ("posts with several images", "MART_IMAGES_OF_POSTS"): (
            posts.groupby("POST_ID").size() > 1
        ).sum(),
        ("images in several rows", "MART_IMAGES_OF_POSTS"): (
            posts.groupby("IMAGE_ID").size() > 1
        ).sum(),
        ("images of several authors", "MART_IMAGES_OF_POSTS"): (owners > 1).sum(),
        ("posted images without a label", "MART_IMAGES_LABELS"): len(set(owners.index) - labelled),
        ("labelled images without a post", "MART_IMAGES_LABELS"): len(labelled - set(owners.index)),
        ("labelled images without an object", "MART_IMAGES_LABELS"): len(
            labelled - set(labels.loc[labels["TYPE"] == "object_detection", "IMAGE_ID"])
        ),
        ("repeated detections of a label in an image", "MART_IMAGES_LABELS"): len(labels)
        - len(pairs),
        ("brands written in two ways", "MART_IMAGES_LABELS"): labels["LABEL_NAME"]
        .isin(["balencia", "balenciaga"])
        .sum(),
    }
    assert {kind: dirt[kind] for kind in expected} == {k: int(v) for k, v in expected.items()}
    looked_at = answers["dirt"]
    assert (looked_at["N_AFFECTED"] <= looked_at["N_LOOKED_AT"]).all()


def test_all_authors_are_drawn_up_to_the_number_asked_for(answers):
    assert answers["author_features"]["IS_DRAWN"].all()


def test_a_coreset_represents_every_stratum_in_proportion(source, answers):
    whole = answers["author_features"]
    n = len(whole) // 3
    few = PARAMETERS | {"coreset": n}
    features = frame(extracts.get("author_features").run(source, few).table)
    counts = frame(extracts.get("author_label_counts").run(source, few).table)
    assert features["IS_DRAWN"].sum() == n
    pd.testing.assert_frame_equal(features.drop(columns="IS_DRAWN"), whole.drop(columns="IS_DRAWN"))
    for stratum in (["IN_AUTHORS"], ["IN_AUTHORS", "BAND"]):
        drawn = features.groupby(stratum)["IS_DRAWN"].agg(["sum", "size"])
        assert ((drawn["sum"] - drawn["size"] * n / len(whole)).abs() < 1).all()
    every = answers["author_label_counts"]
    kept = set(features.loc[features["IS_DRAWN"], "AUTHOR_INDEX"])
    expected = every[every["AUTHOR_INDEX"].isin(kept)].reset_index(drop=True)
    pd.testing.assert_frame_equal(counts, expected)


def test_no_pattern_of_captions_is_missed_by_the_first_look():
    sql = extracts.get("author_features").sql
    look, *patterns = re.findall(r"'\.\*\((.*?)\)\.\*'", re.sub(r"'\s*\|\|\s*'", "", sql))
    assert len(patterns) == 3
    phrases = "|".join(patterns).split("|")
    assert [p for p in phrases if not any(word in p for word in look.split("|"))] == []
