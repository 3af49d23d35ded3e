from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from sqlglot import exp

from analysis import extracts
from analysis.errors import StudyError
from analysis.resources import sql_file
from analysis.warehouse.dialect import parse, placeholders, to_snowflake
from analysis.warehouse.source import MARTS
from tests.warehouse.small import PARAMETERS

HEADER = """-- title = "Rows"
-- grain = "one row"
-- [parameters]
-- likes = "integer: a count"
-- [columns]
-- N = ["int32?", "rows", "How many"]
"""


def written(tmp_path, header, sql):
    path = tmp_path / "made.sql"
    path.write_text(header + sql, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", extracts.names())
def test_every_extract_reads_marts_only_and_says_what_it_returns(name):
    extract = extracts.get(name)
    assert extract.tables
    assert extract.tables <= set(MARTS)
    assert extract.grain
    assert all(column.meaning for column in extract.columns)
    assert placeholders(extract.sql) == extract.parameters.keys() | extract.values.keys()
    assert extract.schema.names == [column.name for column in extract.columns]


@pytest.mark.parametrize("name", extracts.names())
def test_no_extract_returns_an_identifier_or_a_text_of_a_person(name):
    forbidden = {"AUTHORID", "BIO", "POST_CAPTION", "POST_ID", "IMAGE_ID"}
    assert not forbidden & set(extracts.get(name).schema.names)


@pytest.mark.parametrize("name", extracts.names())
def test_answers_have_the_declared_schema_and_are_in_one_order(name, source):
    extract = extracts.get(name)
    few = {"coreset": 50} if name == "label_products" else {}  # else the warehouse sums nothing
    first = extract.run(source, PARAMETERS | few).table
    assert first.schema.names == extract.schema.names
    assert first.num_rows
    assert extract.run(source, PARAMETERS | few).table.equals(first)


@pytest.mark.parametrize("name", extracts.names())
def test_snowflake_reads_every_mart_as_of_one_time(name):
    extract = extracts.get(name)
    text, marks = to_snowflake(extract.sql, datetime(2026, 1, 1, tzinfo=UTC))
    tables = [table for table in parse(text).find_all(exp.Table) if table.name in MARTS]
    assert {table.name for table in tables} == extract.tables
    assert {table.args["when"].sql("snowflake") for table in tables} == {
        "AT (TIMESTAMP => CAST('2026-01-01T00:00:00.000000+00:00' AS TIMESTAMPTZ))"
    }
    assert text.count("?") == len(marks)
    assert set(marks) == extract.parameters.keys() | extract.values.keys()


def test_hash_only_tells_images_apart():
    """Its values differ between engines: nothing may be drawn or ordered by them, or leave."""
    for path in sql_file().rglob("*.sql"):
        text = path.read_text(encoding="utf-8").upper()
        for order in re.findall(r"ORDER BY[^)]*", text):
            assert "HASH" not in order, path.name
        assert not re.search(r"^-- \w*HASH\w* = ", text, re.MULTILINE), path.name


def test_header_and_query_are_read_together(tmp_path):
    extract = extracts.read(
        written(tmp_path, HEADER, "SELECT COUNT(*) AS N FROM LABEL_IMAGES WHERE N_IMAGES = :likes")
    )
    assert extract.name == "made"
    assert extract.tables == {"MART_IMAGES_LABELS"}
    assert list(extract.shared) == ["LABELS", "DETECTED", "LABEL_IMAGES"]
    assert extract.columns[0].nullable
    assert extract.sql.startswith("WITH LABELS AS")


@pytest.mark.parametrize(
    ("header", "sql", "match"),
    [
        (HEADER, "SELECT COUNT(*) AS N FROM MART_AUTHORS", "declares the parameters"),
        (HEADER, "SELECT :likes AS M FROM MART_AUTHORS", r"declares \['N'\], selects \['M'\]"),
        (HEADER, "SELECT :likes AS N FROM MART_NONE", "neither a mart nor a shared relation"),
        (HEADER, "SELECT :likes AS N FROM (", "cannot be read"),
        ("-- title = 'x'\n", "SELECT 1 AS N FROM MART_AUTHORS", "without columns, grain"),
        ("-- title = x y\n", "SELECT 1 AS N FROM MART_AUTHORS", "is not TOML"),
        (HEADER.replace("int32?", "int31"), "SELECT :likes AS N FROM MART_AUTHORS", "known type"),
        (HEADER.replace(', "How many"', ""), "SELECT :likes AS N FROM MART_AUTHORS", "known type"),
        (HEADER.replace("integer", "count"), "SELECT :likes AS N FROM MART_AUTHORS", "no known"),
    ],
)
def test_a_broken_file_is_named(tmp_path, header, sql, match):
    with pytest.raises(StudyError, match=match):
        extracts.read(written(tmp_path, header, sql))


def test_unknown_extract_lists_those_that_exist():
    with pytest.raises(StudyError, match="dirt"):
        extracts.get("../secrets")


def test_parameters_are_checked():
    extract = extracts.get("monthly_activity")
    with pytest.raises(ValueError, match="needs the parameter pseudonym_key"):
        extract.bind({})
    with pytest.raises(ValueError, match="pseudonym_key of extract monthly_activity must be text"):
        extract.bind({"pseudonym_key": 3})
    assert extract.bind({"pseudonym_key": "k", "blocks": 3}) == {"pseudonym_key": "k"}
