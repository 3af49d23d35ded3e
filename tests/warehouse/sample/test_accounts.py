"""Who is behind an account, how it grew, and what it posts twice."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.warehouse.sample import WORLDS, SampleReport
from analysis.warehouse.sample.accounts import KINDS, draw_growth, draw_kinds
from analysis.warehouse.sample.build import draw_block
from analysis.warehouse.sample.populations import draw_authors
from analysis.warehouse.sample.text import caption_codes, captions, draw_bios, draw_languages
from analysis.warehouse.truth import Truth

# What the extract of author features takes for a trade, in lower case.
TRADE = {
    "shop": ("shop", "boutique", "store", "order", "shipping", "delivery", "tienda"),
    "brand": ("official", "brand", "collection", "label", "since 19"),
    "ambassador": ("ambassador", "partner", "discount", "promo", "collab", " code"),
}


@pytest.fixture(scope="module")
def block():
    return draw_block(5, 0, 0.1, WORLDS["calibrated"])


def test_kinds_come_in_their_shares_and_companies_lean_to_large_audiences():
    audience = np.random.default_rng(0).normal(size=200_000)
    kinds = draw_kinds(1, 0, audience)
    for number, kind in enumerate(KINDS):
        assert (kinds == number).mean() == pytest.approx(kind.share, rel=0.15)
    assert audience[kinds == 2].mean() > 0.25


def test_bios_tell_the_trade_at_the_planted_rates():
    authors = draw_authors(5, 0, 1.0, WORLDS["calibrated"])
    bios = draw_bios(5, 0, draw_languages(5, 0, authors.size), authors).to_pylist()
    for number, kind in enumerate(KINDS):
        mine = [(bios[i] or "").lower() for i in np.flatnonzero(authors.kind == number) if bios[i]]
        words = TRADE.get(kind.name, sum(TRADE.values(), ()))
        said = np.mean([any(word in bio for word in words) for bio in mine])
        # Bios that tell a trade are never empty or missing; about a fifth of the others are.
        rate = kind.bio / (kind.bio + 0.8 * (1.0 - kind.bio))
        chance = 4.0 * np.sqrt(rate * (1.0 - rate) / len(mine))
        assert said == pytest.approx(rate, abs=chance), kind.name


def test_captions_name_sponsors_and_sales_at_the_planted_rates(block):
    authors, rows = block.authors, block.rows
    codes = caption_codes(5, 0, 0.1, authors, rows, draw_languages(5, 0, authors.size))
    text = captions(codes).to_pylist()
    sold = np.array(["new arrival" in t or "shop now" in t for t in text])
    shop = authors.kind[rows.author] == 1
    assert sold[~shop].mean() < 0.004
    assert sold[shop].mean() == pytest.approx(KINDS[1].shop * 2 / 5, abs=0.05)
    assert np.mean(["sponsor" in t or "commercial partner" in t for t in text]) < 0.003


def test_accounts_ahead_of_fashion_grow_faster_unless_nothing_is_planted():
    rng = np.random.default_rng(2)
    audience = rng.normal(size=20_000)
    forward = 0.35 * audience + rng.normal(size=20_000)
    growth = draw_growth(1, 0, audience, forward, WORLDS["calibrated"])
    assert np.polyfit(forward - 0.35 * audience, growth, 1)[0] == pytest.approx(0.3, abs=0.02)
    none = draw_growth(1, 0, audience, forward, WORLDS["null"])
    assert abs(np.corrcoef(none, forward)[0, 1]) < 0.03


def test_bands_at_the_end_hold_accounts_that_were_not_in_them_before(small: SampleReport):
    with Truth(small.path) as truth:
        authors = truth.table("authors")
    grown = authors[(authors["segment"] == "edgy") & (authors["segment_before"] != "edgy")]
    stayed = authors[(authors["segment"] == "edgy") & (authors["segment_before"] == "edgy")]
    assert len(grown) > 0
    assert grown["forward"].mean() > stayed["forward"].mean()


def test_images_are_posted_again_by_their_author_weeks_later(marts):
    pairs = marts.execute(
        "select count(distinct AUTHORID), count(distinct POST_ID), count(*), "
        "max(POST_PUBLICATION_DATE) - min(POST_PUBLICATION_DATE) "
        "from MART_IMAGES_OF_POSTS group by IMAGE_ID having count(*) > 1"
    ).fetchall()
    assert len(pairs) == 20
    for authors, posts, rows, gap in pairs:
        assert (authors, posts, rows) == (1, 2, 2)
        assert 7 <= gap.days <= 240


def test_posts_with_several_images_are_of_the_last_weeks(marts):
    late, several = marts.execute(
        "select avg((POST_PUBLICATION_DATE >= '2024-12-01')::int), count(*) from "
        "MART_IMAGES_OF_POSTS where POST_ID in (select POST_ID from MART_IMAGES_OF_POSTS "
        "group by 1 having count(*) > 1)"
    ).fetchall()[0]
    assert several > 150
    assert late > 0.8


def test_label_rows_joined_to_posts_are_the_published_ones(marts):
    joined = marts.execute(
        "select count(*) from MART_IMAGES_LABELS join MART_IMAGES_OF_POSTS using (IMAGE_ID) "
        "where AUTHORID in (select AUTHORID from MART_AUTHORS)"
    ).fetchall()[0][0]
    assert joined == pytest.approx(17_743_839 * 0.02, abs=2)


def test_truth_tells_duplicates_and_how_well_detectors_see(small: SampleReport, marts):
    with Truth(small.path) as truth:
        twice = truth.table("duplicates").set_index("what")["rows_beyond"]
        seen = truth.table("detections_by_segment")
        zones = truth.table("platform_users")
    rows, images, posts = marts.execute(
        "select count(*), count(distinct IMAGE_ID), count(distinct POST_ID) "
        "from MART_IMAGES_OF_POSTS"
    ).fetchall()[0]
    assert twice["image"] == rows - images
    assert twice["post"] == rows - posts
    assert twice["author"] == 11
    assert seen["specificity"].min() > 0.9
    assert seen["sensitivity"].dropna().between(0.1, 1.0).all()
    assert zones["share"].sum() == pytest.approx(1.0)
