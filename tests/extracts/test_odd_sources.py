"""Sources that other people wrote: other types, little in them, strange but lawful values."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis import extracts
from analysis.resources import sql_file
from analysis.warehouse import contract
from analysis.warehouse.duckdb_file import DuckDBFile
from tests.warehouse.small import PARAMETERS

EMPTY = """
CREATE TABLE MART_AUTHORS (AUTHORID BIGINT, BIO VARCHAR, NB_FOLLOWERS BIGINT, NB_FOLLOWS BIGINT);
CREATE TABLE MART_AUTHORS_SEGMENTATIONS (
    AUTHORID BIGINT, GEO_ZONE VARCHAR, NB_FOLLOWERS DOUBLE, FASHION_INTEREST_SEGMENT BOOLEAN
);
CREATE TABLE MART_IMAGES_LABELS (
    IMAGE_ID VARCHAR, TYPE VARCHAR, POSITION_IN_IMAGE DOUBLE[4], LABEL_NAME VARCHAR
);
CREATE TABLE MART_IMAGES_OF_POSTS (
    POST_ID VARCHAR, AUTHORID BIGINT, COMMENT_COUNT INTEGER, POST_CAPTION VARCHAR,
    NB_LIKES INTEGER, POST_PUBLICATION_DATE TIMESTAMP, IMAGE_ID VARCHAR
);
"""


@contextlib.contextmanager
def opened(path, *statements, rows=None):
    with duckdb.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)
        for table, values in (rows or {}).items():
            marks = ", ".join("?" * len(values[0])) if values else ""
            for row in values:
                connection.execute(f"INSERT INTO {table} VALUES ({marks})", row)
    source = DuckDBFile(path, threads=1)
    try:
        yield source
    finally:
        source.close()


def answer_all(source):
    return {name: extracts.get(name).run(source, PARAMETERS).table for name in extracts.names()}


def test_other_types_of_the_same_values_give_the_same_answers(small, source, tmp_path):
    path = tmp_path / "retyped.duckdb"
    shutil.copy(small, path)
    retyped = {
        ("MART_AUTHORS", "AUTHORID"): "DECIMAL(38, 0)",
        ("MART_AUTHORS", "NB_FOLLOWERS"): "DOUBLE",
        ("MART_AUTHORS", "NB_FOLLOWS"): "HUGEINT",
        ("MART_AUTHORS_SEGMENTATIONS", "AUTHORID"): "INTEGER",
        ("MART_AUTHORS_SEGMENTATIONS", "NB_FOLLOWERS"): "DOUBLE",
        ("MART_IMAGES_LABELS", "POSITION_IN_IMAGE"): "VARCHAR",
        ("MART_IMAGES_OF_POSTS", "AUTHORID"): "UBIGINT",
        ("MART_IMAGES_OF_POSTS", "NB_LIKES"): "DOUBLE",
        ("MART_IMAGES_OF_POSTS", "COMMENT_COUNT"): "DECIMAL(18, 0)",
        ("MART_IMAGES_OF_POSTS", "POST_PUBLICATION_DATE"): "TIMESTAMP_NS",
    }
    statements = [
        f"ALTER TABLE {table} ALTER {column} SET DATA TYPE {kind}"
        for (table, column), kind in retyped.items()
    ]
    with opened(path, *statements) as other:
        contract.require(contract.check(other))
        for name, table in answer_all(other).items():
            assert table.equals(extracts.get(name).run(source, PARAMETERS).table), name


def test_any_number_of_labels(tmp_path):
    labels = ["INSERT INTO MART_IMAGES_LABELS SELECT 'a', 't', NULL, 'l' || i FROM range(140) t(i)",
              "INSERT INTO MART_IMAGES_LABELS SELECT 'b', 't', NULL, 'l' || i FROM range(70, 200) "
              "t(i), range(1 + i % 2)"]  # fmt: skip
    posts = [("p", 1, 0, None, 0, "2023-01-01", "a"), ("q", 1, 0, None, 0, "2023-01-01", "b")]
    with opened(
        tmp_path / "m.duckdb",
        EMPTY,
        *labels,
        rows={"MART_AUTHORS": [[1, "bio", 5, 5]], "MART_IMAGES_OF_POSTS": posts},
    ) as source:
        answers = answer_all(source)
    vocabulary = answers["label_vocabulary"].to_pandas()
    counts = answers["author_label_counts"].to_pandas().merge(vocabulary, on="LABEL_INDEX")
    found = counts.set_index("LABEL_NAME")[["N_IMAGES_1", "N_IMAGES_2"]].sum(axis=1)
    assert found.to_dict() == {f"l{i}": (i < 140) + (i >= 70) for i in range(200)}
    assert vocabulary["N_IMAGES"].sum() == 140 + 130
    assert vocabulary["N_DETECTIONS"].sum() == 140 + 130 + 65


def test_one_author_one_image_one_label(tmp_path):
    rows = {
        "MART_AUTHORS": [[1, "bio", 5, 5]],
        "MART_AUTHORS_SEGMENTATIONS": [[1, "fr", 5.0, True]],
        "MART_IMAGES_LABELS": [["i", "t", [0, 0, 1, 1], "l"]],
        "MART_IMAGES_OF_POSTS": [["p", 1, 0, "c", 0, "2023-05-06 01:02:03", "i"]],
    }
    with opened(tmp_path / "one.duckdb", EMPTY, rows=rows) as source:
        contract.require(contract.check(source))
        answers = answer_all(source)
    assert answers["author_label_counts"].to_pylist() == [
        {"AUTHOR_INDEX": 0, "LABEL_INDEX": 0, "N_IMAGES_1": 0, "N_IMAGES_2": 1}
    ]
    assert answers["weekly_activity"]["N_LABELLED_IMAGES"].to_pylist() == [1]
    assert answers["weekly_trend_counts"].num_rows == 0
    assert answers["author_features"]["ZONE"].to_pylist() == ["fr"]


def test_empty_marts_answer_with_empty_tables(tmp_path):
    kinds = sql_file("extracts", "dirt.sql").read_text(encoding="utf-8").count("UNION ALL") + 1
    with opened(tmp_path / "empty.duckdb", EMPTY) as source:
        report = contract.check(source)
        assert (report["RULE"] == "has rows").sum() == 4
        for name, table in answer_all(source).items():
            assert table.schema.names == extracts.get(name).schema.names
            assert table.num_rows == {"dirt": kinds, "table_profile": 19}.get(name, 0)


def test_hostile_names_are_data(tmp_path):
    label = "'; DROP TABLE MART_AUTHORS; -- {{x}} $key :key ?\n=1+1"
    rows = {
        "MART_AUTHORS": [[1, label, 5, 5]],
        "MART_AUTHORS_SEGMENTATIONS": [[1, label, 5.0, True]],
        "MART_IMAGES_LABELS": [["i", label, None, label]],
        "MART_IMAGES_OF_POSTS": [[label, 1, 0, label, 0, "2023-05-06", "i"]],
    }
    with opened(tmp_path / "hostile.duckdb", EMPTY, rows=rows) as source:
        answers = answer_all(source)
        assert "MART_AUTHORS" in source.columns()
    assert answers["label_vocabulary"]["LABEL_NAME"].to_pylist() == [label]
    assert answers["author_features"]["ZONE"].to_pylist() == [label]
    assert answers["box_matching"]["N_WITHOUT_BOX"].to_pylist() == [1]


AUTHOR = st.integers(0, 6)
COUNT = st.none() | st.sampled_from([0, 1, 3, 12000, 12001, 40000, 40001, 2**31 - 1])
TEXT = st.none() | st.text(max_size=6).filter(lambda text: "\0" not in text)
IMAGE = st.sampled_from(["a", "b", "c", "d", ""])
DAY = st.sampled_from(["2023-01-01", "2023-01-02 23:59:59", "2024-06-30", "2025-01-19"])
LABEL = st.sampled_from(
    [("object_detection", "top"), ("pattern", "stripes"), ("x", "Odd name"), ("", "y"), ("z", "")]
)
BOX = st.none() | st.sampled_from([[0.0, 0.0, 1.0, 1.0], [0.5, 0.5, 1.0, 1.0]])
MARTS = st.fixed_dictionaries(
    {
        "MART_AUTHORS": st.lists(st.tuples(AUTHOR, TEXT, COUNT, COUNT), min_size=1, max_size=8),
        "MART_AUTHORS_SEGMENTATIONS": st.lists(
            st.tuples(AUTHOR, TEXT, COUNT, st.booleans() | st.none()), min_size=1, max_size=8
        ),
        "MART_IMAGES_LABELS": st.lists(
            st.tuples(IMAGE, LABEL, BOX).map(lambda row: (row[0], row[1][0], row[2], row[1][1])),
            min_size=1,
            max_size=10,
        ),
        "MART_IMAGES_OF_POSTS": st.lists(
            st.tuples(TEXT.map(str), AUTHOR, COUNT, TEXT, COUNT, DAY, IMAGE),
            min_size=1,
            max_size=10,
        ),
    }
)


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(rows=MARTS)
def test_odd_but_lawful_marts_add_up(tmp_path, rows):
    path = tmp_path / "any.duckdb"
    path.unlink(missing_ok=True)
    with opened(path, EMPTY, rows=rows) as source:
        errors = contract.check(source).query("SEVERITY == 'error'")
        # the one rule that these marts can break
        assert set(errors["RULE"]) <= {"is the image of a post"}
        answers = answer_all(source)
    features = answers["author_features"].to_pandas()
    authors = {row[1] for row in rows["MART_IMAGES_OF_POSTS"]}
    authors |= {row[0] for row in rows["MART_AUTHORS"] + rows["MART_AUTHORS_SEGMENTATIONS"]}
    assert len(features) == len(authors)
    owned = {(row[1], row[6]) for row in rows["MART_IMAGES_OF_POSTS"]}
    assert features["N_IMAGES"].sum() == len(owned)
    assert answers["weekly_activity"].to_pandas()["N_IMAGES"].sum() == len(owned)
    labels = {(row[0], row[1], row[3]) for row in rows["MART_IMAGES_LABELS"]}
    members = {row[0] for row in rows["MART_AUTHORS"]}
    shown = sum(a in members and image == label[0] for a, image in owned for label in labels)
    counts = answers["author_label_counts"].to_pandas()
    assert counts[["N_IMAGES_1", "N_IMAGES_2"]].to_numpy().sum() == shown
    assert answers["label_vocabulary"].to_pandas()["N_IMAGES"].sum() == len(labels)
    dirt = answers["dirt"].to_pandas()
    assert (dirt["N_AFFECTED"] >= 0).all()
    assert (dirt["N_AFFECTED"] <= dirt["N_LOOKED_AT"]).all()


def test_the_sql_is_written_as_agreed():
    root = Path(__file__).parents[2]
    lint = subprocess.run(
        [
            sys.executable,
            "-m",
            "sqlfluff",
            "lint",
            "--disable-progress-bar",
            "sql/extracts",
            "sql/shared",
        ],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert lint.returncode == 0, lint.stdout
