"""The four marts: contract, exact counts, determinism and what happens when it goes wrong."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from analysis.errors import SourceError
from analysis.warehouse.sample import WORLDS, SampleReport, build_sample
from analysis.warehouse.sample.targets import labels

COLUMNS = {
    "MART_AUTHORS": {
        "AUTHORID": "BIGINT",
        "BIO": "VARCHAR",
        "NB_FOLLOWERS": "BIGINT",
        "NB_FOLLOWS": "BIGINT",
    },
    "MART_AUTHORS_SEGMENTATIONS": {
        "AUTHORID": "BIGINT",
        "GEO_ZONE": "VARCHAR",
        "NB_FOLLOWERS": "DECIMAL(18,6)",
        "FASHION_INTEREST_SEGMENT": "BOOLEAN",
    },
    "MART_IMAGES_LABELS": {
        "IMAGE_ID": "VARCHAR",
        "TYPE": "VARCHAR",
        "POSITION_IN_IMAGE": "DOUBLE[4]",
        "LABEL_NAME": "VARCHAR",
    },
    "MART_IMAGES_OF_POSTS": {
        "POST_ID": "VARCHAR",
        "AUTHORID": "BIGINT",
        "COMMENT_COUNT": "INTEGER",
        "POST_CAPTION": "VARCHAR",
        "NB_LIKES": "INTEGER",
        "POST_PUBLICATION_DATE": "TIMESTAMP",
        "IMAGE_ID": "VARCHAR",
    },
}


def one(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple:
    return connection.execute(sql).fetchall()[0]


@pytest.mark.parametrize("table", COLUMNS)
def test_columns_are_those_of_the_warehouse(marts, table):
    found = {row[0]: row[1] for row in marts.execute(f"describe {table}").fetchall()}
    assert found == COLUMNS[table]
    assert list(found) == list(COLUMNS[table])


def test_one_author_id_occurs_twelve_times_and_no_other_twice(marts):
    repeated = marts.execute(
        "select AUTHORID, count(*) n, count(NB_FOLLOWERS), max(NB_FOLLOWERS), min(NB_FOLLOWERS), "
        "count(NB_FOLLOWS) from MART_AUTHORS group by 1 having n > 1"
    ).fetchall()
    assert len(repeated) == 1
    author, *rest = repeated[0]
    assert 1_000 <= author <= 9_999
    assert rest == [12, 2, 5_687_047, 110, 0]


def test_rows_of_all_tables_are_the_scaled_published_numbers(marts):
    assert one(marts, "select count(*) from MART_IMAGES_OF_POSTS")[0] == pytest.approx(
        2_495_320 * 0.02, rel=2e-4
    )
    assert one(marts, "select count(*) from MART_IMAGES_LABELS")[0] == 357_917
    assert one(
        marts,
        "select count(distinct IMAGE_ID), count(distinct (IMAGE_ID, TYPE, LABEL_NAME)) "
        "from MART_IMAGES_LABELS",
    )[0] == pytest.approx(1_964_877 * 0.02, rel=2e-3)


def test_every_label_has_its_quota_of_images(marts):
    table = labels()
    found = {
        (kind, name): images
        for kind, name, images in marts.execute(
            "select TYPE, LABEL_NAME, count(distinct IMAGE_ID) from MART_IMAGES_LABELS "
            "group by 1, 2"
        ).fetchall()
    }
    assert len(found) == 245
    types = ("object_detection", "shoe", "pattern", "shoe_brand", "bag_brand")
    for number, name in enumerate(table.names):
        quota = max(1, round(table.images[number] * 0.02))
        assert found[types[table.types[number]], name] == quota


def test_images_and_authors_join_without_orphans(marts):
    assert one(
        marts,
        "select count(*) from MART_IMAGES_LABELS anti join MART_IMAGES_OF_POSTS using (IMAGE_ID)",
    ) == (0,)
    assert one(
        marts,
        "select count(*) from MART_AUTHORS anti join MART_AUTHORS_SEGMENTATIONS using (AUTHORID)",
    ) == (0,)
    outside = one(
        marts,
        "select count(distinct AUTHORID) from MART_IMAGES_OF_POSTS "
        "anti join MART_AUTHORS using (AUTHORID)",
    )[0]
    assert outside > 100


def test_labels_of_one_item_share_its_box(marts):
    shared = """
        with boxes as (select IMAGE_ID, TYPE, LABEL_NAME, POSITION_IN_IMAGE::varchar box
                       from MART_IMAGES_LABELS),
             item as (select IMAGE_ID, box from boxes
                      where TYPE = 'object_detection' and LABEL_NAME in ({items}))
        select avg((item.box is not null)::int)
        from (select distinct IMAGE_ID, box from boxes where TYPE = '{kind}') described
        left join (select distinct * from item) item using (IMAGE_ID, box)
    """
    garments = "'top', 'pants', 'coat', 'dress', 'skirt', 'shorts'"
    for kind, names in (
        ("shoe", "'shoes'"),
        ("shoe_brand", "'shoes'"),
        ("bag_brand", "'bag'"),
        ("pattern", garments),
    ):
        share = one(marts, shared.format(kind=kind, items=names))[0]
        assert share > 0.97, kind


def test_positions_are_boxes_inside_the_image_with_three_decimals(marts):
    assert one(
        marts,
        "select count(*) from MART_IMAGES_LABELS, "
        "(select 0) where not (POSITION_IN_IMAGE[1] between 0 and POSITION_IN_IMAGE[3] "
        "and POSITION_IN_IMAGE[3] <= 1 and POSITION_IN_IMAGE[2] between 0 and POSITION_IN_IMAGE[4] "
        "and POSITION_IN_IMAGE[4] <= 1 "
        "and POSITION_IN_IMAGE[1] = round(POSITION_IN_IMAGE[1], 3))",
    ) == (0,)


def test_same_seed_same_hash_other_seed_other_hash(small: SampleReport, tmp_path: Path):
    again = build_sample(tmp_path / "again.duckdb", scale=0.02)
    other = build_sample(tmp_path / "other.duckdb", scale=0.02, seed=1)
    assert again.content_hash == small.content_hash
    assert other.content_hash != small.content_hash


def test_written_rows_are_equal_for_equal_seeds(small: SampleReport, tmp_path: Path):
    again = build_sample(tmp_path / "again.duckdb", scale=0.02).path
    sums = []
    for path in (small.path, again):
        with duckdb.connect(str(path), read_only=True) as connection:
            sums.append(
                [
                    one(connection, f"select bit_xor(md5_number(t::varchar)) from {table} t")
                    for table in COLUMNS
                ]
            )
    assert sums[0] == sums[1]


def test_build_says_what_it_is(marts, small: SampleReport):
    assert one(marts, "select SEED, WORLD, SCALE, CONTENT_HASH from SAMPLE_BUILD") == (
        2025,
        "calibrated",
        0.02,
        small.content_hash,
    )


@pytest.mark.parametrize(
    "options", [{"scale": 0.0}, {"scale": 99.0}, {"seed": -1}, {"world": "upside-down"}]
)
def test_bad_options_are_one_error_that_says_what_to_do(tmp_path: Path, options):
    with pytest.raises(SourceError) as error:
        build_sample(tmp_path / "never.duckdb", **options)
    assert error.value.mend
    assert not list(tmp_path.iterdir())


def test_nothing_half_written_stays_behind(tmp_path: Path, monkeypatch):
    old = build_sample(tmp_path / "kept.duckdb", scale=0.005)
    before = old.path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("analysis.warehouse.sample.build.write_labels", full)
    with pytest.raises(SourceError, match="No space left"):
        build_sample(old.path, scale=0.005, seed=3)
    assert [path.name for path in tmp_path.iterdir()] == ["kept.duckdb"]
    assert old.path.read_bytes() == before


@pytest.mark.parametrize("world", sorted(WORLDS))
def test_every_world_can_be_built(tmp_path: Path, world: str):
    report = build_sample(tmp_path / f"{world}.duckdb", scale=0.01, world=world)
    assert report.rows["MART_IMAGES_LABELS"] == 178_959
