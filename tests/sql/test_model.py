"""The tables of sql/ddl and what sql/backfill puts into them, against the marts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from sqlglot import exp

from analysis.extracts.trends import load_trends
from analysis.resources import sql_file
from analysis.warehouse.migration import FILLED, backfill, create_tables
from analysis.warehouse.target import TABLES, DuckDBTarget, checked, for_duckdb
from tests.warehouse.small import build

MONDAY = datetime(2025, 1, 6, tzinfo=UTC)
FORMS = {
    "array": "POSITION_IN_IMAGE",
    "text": "CAST(POSITION_IN_IMAGE AS VARCHAR)",
    "json": "CAST(CAST(POSITION_IN_IMAGE AS VARCHAR) AS JSON)",
    "tuple": "'(' || ARRAY_TO_STRING(POSITION_IN_IMAGE, ',') || ')'",
}


def opened(path: Path, form: str) -> DuckDBTarget:
    build(path)
    with duckdb.connect(path) as connection:
        connection.execute(
            "CREATE OR REPLACE TABLE MART_IMAGES_LABELS AS SELECT * "
            f"REPLACE ({FORMS[form]} AS POSITION_IN_IMAGE) FROM MART_IMAGES_LABELS"
        )
    return DuckDBTarget(path)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBTarget]:
    target = opened(tmp_path_factory.mktemp("model") / "small.duckdb", "array")
    backfill(target, now=MONDAY)
    yield target
    target.close()


def test_every_table_is_made_and_none_twice(tmp_path: Path) -> None:
    target = opened(tmp_path / "small.duckdb", "array")
    create_tables(target)
    create_tables(target)
    assert target.tables() == set(TABLES)
    target.close()


@pytest.mark.parametrize("path", sorted(sql_file("ddl").glob("*.sql")), ids=lambda path: path.stem)
def test_tables_declare_their_keys_and_say_what_a_row_is(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = checked(text)
    assert text.startswith("-- One row per ") or "one row per" in text
    assert tree.find(exp.PrimaryKey, exp.PrimaryKeyColumnConstraint)
    # what Snowflake only declares is not enforced elsewhere either
    assert not {"PRIMARY", "REFERENCES", "UNIQUE", "CLUSTER"} & set(for_duckdb(tree).split())
    assert "NOT NULL" in for_duckdb(tree)


def test_policies_protect_every_personal_column_and_change_no_row() -> None:
    text = sql_file("ddl", "snowflake", "policies.sql").read_text(encoding="utf-8")
    code = re.sub(r"--.*", "", text)
    applied = re.findall(r"ALTER TABLE (\w+) (?:MODIFY COLUMN (\w+) SET|ADD) \w+", code)
    assert set(applied) == {
        ("MART_AUTHORS", "BIO"),
        ("MART_IMAGES_OF_POSTS", "POST_CAPTION"),
        ("AUTHOR_FOLLOWER_READING", ""),
        ("AUTHOR_SEGMENT", ""),
    }
    starts = {one.split()[0] for one in code.split(";") if one.strip()}
    assert starts == {"CREATE", "ALTER"}


@pytest.mark.parametrize("form", FORMS)
def test_positions_of_all_forms_give_the_same_items(
    form: str, filled: DuckDBTarget, tmp_path: Path
) -> None:
    target = opened(tmp_path / "small.duckdb", form)
    backfill(target, now=MONDAY)
    for table in FILLED:
        sql = f"SELECT * FROM {table} ORDER BY ALL"
        assert target._execute(sql) == filled._execute(sql)
    target.close()


def test_items_and_labels_are_those_of_the_mart(filled: DuckDBTarget) -> None:
    counted = "SELECT COUNT(*), COUNT(DISTINCT {}) FROM MART_IMAGES_LABELS"
    _, boxes = filled._execute(counted.format("(IMAGE_ID, POSITION_IN_IMAGE)"))[0]
    _, labels = filled._execute(counted.format("(IMAGE_ID, POSITION_IN_IMAGE, TYPE, LABEL_NAME)"))[
        0
    ]
    assert filled.run("SELECT COUNT(*) AS N, COUNT(DISTINCT ITEM_ID) AS M FROM DETECTED_ITEM") == [
        (boxes, boxes)
    ]
    assert filled.run("SELECT COUNT(*) AS N FROM ITEM_LABEL") == [(labels,)]
    back = (
        "SELECT D.IMAGE_ID, V.TYPE, V.LABEL_NAME, "
        "[D.BOX_1::FLOAT, D.BOX_2::FLOAT, D.BOX_3::FLOAT, D.BOX_4::FLOAT] AS BOX "
        "FROM ITEM_LABEL AS L JOIN DETECTED_ITEM AS D USING (ITEM_ID) "
        "JOIN DIM_LABEL AS V USING (LABEL_ID)"
    )
    mart = "SELECT IMAGE_ID, TYPE, LABEL_NAME, POSITION_IN_IMAGE FROM MART_IMAGES_LABELS"
    assert filled._execute(f"({back}) EXCEPT ({mart})") == []
    assert filled._execute(f"({mart}) EXCEPT ({back})") == []


def test_an_item_query_finds_what_the_boxes_hold(filled: DuckDBTarget) -> None:
    found = 0
    for trend in load_trends():
        one, other = (f"{kind}/{label}" for kind, label in (trend.labels * 2)[:2])
        model = filled._execute(
            "SELECT COUNT(DISTINCT A.ITEM_ID) FROM ITEM_LABEL A JOIN DIM_LABEL V USING (LABEL_ID) "
            "JOIN ITEM_LABEL B ON A.ITEM_ID = B.ITEM_ID JOIN DIM_LABEL W ON B.LABEL_ID = W.LABEL_ID"
            " WHERE V.TYPE || '/' || V.LABEL_NAME = $one AND W.TYPE || '/' || W.LABEL_NAME = $two",
            {"one": one, "two": other},
        )
        mart = filled._execute(
            "SELECT COUNT(*) FROM (SELECT IMAGE_ID, POSITION_IN_IMAGE FROM MART_IMAGES_LABELS "
            "GROUP BY ALL HAVING LIST(TYPE || '/' || LABEL_NAME) @> [$one, $two])",
            {"one": one, "two": other},
        )
        assert model == mart
        found += model[0][0]
    assert found > 1000


def test_labels_meet_in_one_name_and_say_whether_they_are_fashion(filled: DuckDBTarget) -> None:
    rows = filled.run("SELECT TYPE, LABEL_NAME, CANONICAL_NAME, IS_FASHION FROM DIM_LABEL")
    found = {(kind, name): (canonical, fashion) for kind, name, canonical, fashion in rows}
    assert found["shoe_brand", "balencia"] == ("balenciaga", True)
    assert found["object_detection", "human"] == ("human", False)
    assert found["object_detection", "top"] == ("top", True)
    assert found["pattern", "stripes"] == ("stripes", True)


def test_what_was_filled_is_not_filled_again_and_what_is_new_is(tmp_path: Path) -> None:
    target = opened(tmp_path / "small.duckdb", "array")
    first = backfill(target, now=MONDAY)
    assert all(first.values())
    assert not any(backfill(target).values())
    target._execute(
        "INSERT INTO MART_IMAGES_LABELS VALUES ('new', 'pattern', [0.1, 0.2, 0.3, 0.4], 'tartan'), "
        "('new', 'object_detection', [0.1, 0.2, 0.3, 0.4], 'coat'), "
        "('new', 'object_detection', NULL, 'hat'), ('new', 'pattern', NULL, 'tartan')"
    )
    target._execute("UPDATE MART_AUTHORS SET NB_FOLLOWERS = NB_FOLLOWERS + 1 WHERE AUTHORID = 7013")
    again = backfill(target)
    assert again == {
        "DIM_LABEL": 2,
        "DETECTED_ITEM": 2,
        "ITEM_LABEL": 4,
        "AUTHOR_FOLLOWER_READING": 1,
    }
    ids = target.run("SELECT COUNT(*) AS N, COUNT(DISTINCT LABEL_ID) AS M FROM DIM_LABEL")[0]
    assert ids[0] == ids[1]
    # what has no box belongs to no item that can be told apart
    assert target.run(
        "SELECT COUNT(*) AS N FROM DETECTED_ITEM WHERE IMAGE_ID = 'new' AND BOX_1 IS NULL"
    ) == [(1,)]
    target.close()


def test_readings_keep_both_counts_and_no_contradiction(filled: DuckDBTarget) -> None:
    rows = filled.run("SELECT AUTHORID, SOURCE, NB_FOLLOWERS FROM AUTHOR_FOLLOWER_READING")
    assert len({row[:2] for row in rows}) == len(rows)
    held = {(author, source): float(count) for author, source, count in rows}
    assert held[4321, "MART_AUTHORS_SEGMENTATIONS"] == 55555.5
    assert (4321, "MART_AUTHORS") not in held
