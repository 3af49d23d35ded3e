from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256

import duckdb
import pytest
import sqlglot

from analysis.errors import StudyError
from analysis.warehouse import dialect

# what the files under sql/ are made of: Snowflake text, values bound, answer of DuckDB
CONSTRUCTS = [
    ("SELECT IFF(:n > 1, 'many', 'few')", {"n": 2}, "many"),
    (
        "SELECT LEFT(SHA2(CONCAT(:key, '/', CAST(12 AS VARCHAR)), 256), 6)",
        {"key": "k"},
        sha256(b"k/12").hexdigest()[:6],
    ),
    ("SELECT MD5('a')", {}, "0cc175b9c0f1b6a831c399e269772661"),
    ("SELECT CAST(DATE_TRUNC('WEEK', '2023-01-01'::DATE) AS DATE)::VARCHAR", {}, "2022-12-26"),
    ("SELECT CAST(DATEADD(DAY, 2, CAST('2023-01-30' AS DATE)) AS DATE)::VARCHAR", {}, "2023-02-01"),
    ("SELECT DATEDIFF(DAY, '2023-01-01'::TIMESTAMP_NTZ, '2023-01-03'::TIMESTAMP_NTZ)", {}, 2),
    ("SELECT COUNT_IF(X > 1) FROM (SELECT 1 AS X UNION ALL SELECT 2 UNION ALL SELECT NULL)", {}, 1),
    ("SELECT COUNT_IF(X > 1) FROM (SELECT 1 AS X) AS T WHERE X > 5", {}, 0),
    ("SELECT MEDIAN(X) FROM (SELECT 1 AS X UNION ALL SELECT 4)", {}, 2.5),
    ("SELECT BOOLAND_AGG(X) FROM (SELECT TRUE AS X UNION ALL SELECT FALSE)", {}, False),
    ("SELECT BOOLOR_AGG(X) FROM (SELECT TRUE AS X UNION ALL SELECT FALSE)", {}, True),
    ("SELECT 'A shop' ILIKE ANY ('%Shop%', '%store%')", {}, True),
    ("SELECT 'a\nb' LIKE '%\\n%'", {}, True),
    ("SELECT MOD(7, :blocks)", {"blocks": 4}, 3),
    ("SELECT CAST(1 AS DOUBLE) / NULLIF(4, 0)", {}, 0.25),
    ("SELECT 1 / 4", {}, 0.25),
    ("SELECT COUNT(DISTINCT IFF(X > 1, X, NULL)) FROM (SELECT 1 AS X UNION ALL SELECT 3)", {}, 1),
    ("SELECT TO_VARCHAR(:value)", {"value": "text"}, "text"),
    ("SELECT LENGTH('é ')", {}, 2),
    ("SELECT CAST(BITSHIFTLEFT(1, MOD(:place, 62)) AS BIGINT)", {"place": 123}, 2**61),
]


@pytest.mark.parametrize(("sql", "values", "expected"), CONSTRUCTS)
def test_constructs_keep_their_meaning(sql, values, expected):
    assert duckdb.execute(dialect.to_duckdb(sql), values).fetchone() == (expected,)


def test_values_are_bound_in_the_order_of_their_marks():
    sql = (
        "WITH A AS (SELECT :b AS X, :a AS Y) "
        "SELECT X, :c AS Z, Y FROM A WHERE X = :a AND Y <> ':not_a_mark' ORDER BY :b"
    )
    text, names = dialect.to_snowflake(sql)
    assert names == ["b", "a", "c", "a", "b"]
    assert text.count("?") == len(names)
    assert ":not_a_mark" in text
    assert dialect.placeholders(sql) == {"a", "b", "c"}


def test_time_travel_reaches_every_mart_and_nothing_else():
    sql = "WITH A AS (SELECT * FROM MART_AUTHORS) SELECT * FROM A JOIN mart_authors AS B USING (X)"
    when = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    text, _ = dialect.to_snowflake(sql, when)
    assert text.upper().count("AT (TIMESTAMP => CAST('2026-01-02T03:04:05.000000+00:00'") == 2
    assert "FROM A\n" in text
    assert "AT (" not in dialect.to_snowflake(sql)[0]


def test_bits_are_shifted_in_as_many_as_there_are():
    text = dialect.to_duckdb("SELECT BITSHIFTRIGHT(CAST(41 AS BIGINT), 3) AS X")
    assert "128" not in text
    assert duckdb.execute(text).fetchall() == [(5,)]


def test_inline_relation_binds_every_cell():
    relation, values = dialect.inline_relation(
        "WORDS", {"WORD": "VARCHAR", "N": "INTEGER"}, [("it's", 1), ("'; DROP TABLE X --", 2)]
    )
    query = dialect.with_relations(
        sqlglot.parse_one("SELECT WORD, N FROM WORDS"), {"WORDS": relation}
    )
    text = query.sql("snowflake")
    assert "DROP" not in text
    rows = duckdb.execute(dialect.to_duckdb(text), values).fetchall()
    assert rows == [("it's", 1), ("'; DROP TABLE X --", 2)]
    with pytest.raises(ValueError, match="at least one row"):
        dialect.inline_relation("WORDS", {"WORD": "VARCHAR"}, [])


@pytest.mark.parametrize("sql", ["SELECT (", "DROP TABLE X", "SELECT 1; SELECT 2", ""])
def test_only_one_select_is_accepted(sql):
    with pytest.raises(StudyError):
        dialect.parse(sql)


@pytest.mark.parametrize(
    "relation",
    [
        "truth.authors",
        "TRUTH.MART_AUTHORS",
        "SAMPLE_BUILD",
        "INFORMATION_SCHEMA.TABLES",
        "read_csv('/etc/passwd')",
        "TABLE(RESULT_SCAN('x'))",
        "'/etc/passwd'",
    ],
)
def test_queries_reach_the_marts_and_nothing_else(relation):
    with pytest.raises(StudyError, match=r"none of the four marts|cannot be read"):
        dialect.require_marts(f"WITH A AS (SELECT * FROM {relation}) SELECT * FROM A")
    dialect.require_marts("WITH A AS (SELECT 1 AS X) SELECT * FROM A, mart_authors")
