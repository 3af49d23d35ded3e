from __future__ import annotations

import shutil
from datetime import date

import duckdb
import pytest

from analysis.errors import ContractError
from analysis.warehouse import contract
from analysis.warehouse.dialect import tables_of
from analysis.warehouse.duckdb_file import DuckDBFile
from analysis.warehouse.source import MARTS


@pytest.fixture
def report_after(small, tmp_path):
    """Return a function that spoils a copy of the small warehouse and checks it."""

    def run(*statements, today=None):
        path = tmp_path / "spoilt.duckdb"
        shutil.copy(small, path)
        with duckdb.connect(path) as connection:
            for statement in statements:
                connection.execute(statement)
        source = DuckDBFile(path)
        try:
            return contract.check(source, today)
        finally:
            source.close()

    return run


def errors(report):
    rows = report[report["SEVERITY"] == "error"]
    return {(row.TABLE_NAME, row.COLUMN_NAME, row.RULE): row for row in rows.itertuples()}


def test_lawful_dirt_is_counted_and_says_how_it_is_repaired(report_after):
    report = report_after()
    assert not errors(report)
    contract.require(report)
    assert (report["REPAIR"] != "").all()
    counts = report.set_index(["TABLE_NAME", "COLUMN_NAME", "RULE"])["N_ROWS"]
    assert counts["MART_AUTHORS", "AUTHORID", "has one row per author"] == 11
    assert counts["MART_AUTHORS", "NB_FOLLOWERS", "is known"] == 22
    assert counts["MART_IMAGES_OF_POSTS", "AUTHORID", "is named by a table of authors"] > 0


# statement that breaks a rule -> table, column, rule, rows, example
BROKEN = [
    (
        "UPDATE MART_AUTHORS SET NB_FOLLOWERS = -5 WHERE AUTHORID IN (7000, 7013)",
        ("MART_AUTHORS", "NB_FOLLOWERS", "is not negative", 2, "-5"),
    ),
    (
        "UPDATE MART_AUTHORS SET NB_FOLLOWERS = 10000000000 WHERE AUTHORID = 7000",
        (
            "MART_AUTHORS",
            "NB_FOLLOWERS",
            "is a number below ten thousand million",
            1,
            "10000000000",
        ),
    ),
    (
        "UPDATE MART_AUTHORS SET NB_FOLLOWS = -1 WHERE AUTHORID = 7000",
        ("MART_AUTHORS", "NB_FOLLOWS", "is not negative", 1, "-1"),
    ),
    (
        "ALTER TABLE MART_AUTHORS ALTER NB_FOLLOWS SET DATA TYPE BIGINT; "
        "UPDATE MART_AUTHORS SET NB_FOLLOWS = 99999999999 WHERE AUTHORID = 7000",
        ("MART_AUTHORS", "NB_FOLLOWS", "is a number below ten thousand million", 1, "99999999999"),
    ),
    (
        "UPDATE MART_AUTHORS SET AUTHORID = NULL WHERE AUTHORID = 7000",
        ("MART_AUTHORS", "AUTHORID", "is not NULL", 1, ""),
    ),
    (
        "ALTER TABLE MART_AUTHORS_SEGMENTATIONS ALTER NB_FOLLOWERS SET DATA TYPE DOUBLE; "
        "UPDATE MART_AUTHORS_SEGMENTATIONS SET NB_FOLLOWERS = 'nan' WHERE AUTHORID = 7260",
        (
            "MART_AUTHORS_SEGMENTATIONS",
            "NB_FOLLOWERS",
            "is a number below ten thousand million",
            1,
            "nan",
        ),
    ),
    (
        "ALTER TABLE MART_AUTHORS_SEGMENTATIONS ALTER NB_FOLLOWERS SET DATA TYPE DOUBLE; "
        "UPDATE MART_AUTHORS_SEGMENTATIONS SET NB_FOLLOWERS = '-inf' WHERE AUTHORID = 7260",
        ("MART_AUTHORS_SEGMENTATIONS", "NB_FOLLOWERS", "is not negative", 1, "-inf"),
    ),
    (
        "UPDATE MART_AUTHORS_SEGMENTATIONS SET AUTHORID = NULL WHERE AUTHORID < 7300",
        ("MART_AUTHORS_SEGMENTATIONS", "AUTHORID", "is not NULL", 5, ""),
    ),
    (
        "UPDATE MART_AUTHORS_SEGMENTATIONS SET GEO_ZONE = repeat('x', 201) WHERE AUTHORID < 7300",
        (
            "MART_AUTHORS_SEGMENTATIONS",
            "GEO_ZONE",
            "is at most two hundred characters long",
            5,
            "",
        ),
    ),
    (
        "INSERT INTO MART_IMAGES_LABELS VALUES (NULL, 'shoe', NULL, 'boots')",
        ("MART_IMAGES_LABELS", "IMAGE_ID", "is not NULL", 1, ""),
    ),
    (
        "INSERT INTO MART_IMAGES_LABELS VALUES (repeat('x', 201), 'shoe', NULL, 'boots')",
        ("MART_IMAGES_LABELS", "IMAGE_ID", "is at most two hundred characters long", 1, ""),
    ),
    (
        "INSERT INTO MART_IMAGES_LABELS VALUES ('x', NULL, NULL, 'boots')",
        ("MART_IMAGES_LABELS", "TYPE", "is not NULL", 1, ""),
    ),
    (
        "INSERT INTO MART_IMAGES_LABELS VALUES ('x', repeat('é', 201), NULL, 'boots')",
        ("MART_IMAGES_LABELS", "TYPE", "is at most two hundred characters long", 1, ""),
    ),
    (
        "INSERT INTO MART_IMAGES_LABELS VALUES ('x', 'shoe', NULL, NULL)",
        ("MART_IMAGES_LABELS", "LABEL_NAME", "is not NULL", 1, ""),
    ),
    (
        "INSERT INTO MART_IMAGES_LABELS VALUES ('x', 'shoe', NULL, repeat('x', 100000))",
        ("MART_IMAGES_LABELS", "LABEL_NAME", "is at most two hundred characters long", 1, ""),
    ),
    (
        "UPDATE MART_IMAGES_LABELS SET IMAGE_ID = concat('other', IMAGE_ID)",
        ("MART_IMAGES_LABELS", "IMAGE_ID", "is the image of a post", 19553, ""),
    ),
    (
        "UPDATE MART_IMAGES_OF_POSTS SET NB_LIKES = -1 WHERE AUTHORID = 99",
        ("MART_IMAGES_OF_POSTS", "NB_LIKES", "is not negative", 3, "-1"),
    ),
    (
        "ALTER TABLE MART_IMAGES_OF_POSTS ALTER NB_LIKES SET DATA TYPE DOUBLE; "
        "UPDATE MART_IMAGES_OF_POSTS SET NB_LIKES = 2.5 WHERE AUTHORID = 99",
        (
            "MART_IMAGES_OF_POSTS",
            "NB_LIKES",
            "is a whole number below ten thousand million",
            3,
            "2.5",
        ),
    ),
    (
        "UPDATE MART_IMAGES_OF_POSTS SET COMMENT_COUNT = -7 WHERE AUTHORID = 99",
        ("MART_IMAGES_OF_POSTS", "COMMENT_COUNT", "is not negative", 3, "-7"),
    ),
    (
        "ALTER TABLE MART_IMAGES_OF_POSTS ALTER COMMENT_COUNT SET DATA TYPE DOUBLE; "
        "UPDATE MART_IMAGES_OF_POSTS SET COMMENT_COUNT = 'inf' WHERE AUTHORID = 99",
        (
            "MART_IMAGES_OF_POSTS",
            "COMMENT_COUNT",
            "is a whole number below ten thousand million",
            3,
            "inf",
        ),
    ),
    (
        "UPDATE MART_IMAGES_OF_POSTS SET POST_ID = NULL WHERE AUTHORID = 99",
        ("MART_IMAGES_OF_POSTS", "POST_ID", "is not NULL", 3, ""),
    ),
    (
        "UPDATE MART_IMAGES_OF_POSTS SET POST_ID = repeat('x', 300) WHERE AUTHORID = 99",
        ("MART_IMAGES_OF_POSTS", "POST_ID", "is at most two hundred characters long", 3, ""),
    ),
    (
        "UPDATE MART_IMAGES_OF_POSTS SET AUTHORID = NULL WHERE AUTHORID = 99",
        ("MART_IMAGES_OF_POSTS", "AUTHORID", "is not NULL", 3, ""),
    ),
    (
        "UPDATE MART_IMAGES_OF_POSTS SET IMAGE_ID = NULL WHERE AUTHORID = 99",
        ("MART_IMAGES_OF_POSTS", "IMAGE_ID", "is not NULL", 3, ""),
    ),
    (
        "UPDATE MART_IMAGES_OF_POSTS SET IMAGE_ID = repeat('x', 300) WHERE AUTHORID = 99",
        ("MART_IMAGES_OF_POSTS", "IMAGE_ID", "is at most two hundred characters long", 3, ""),
    ),
    (
        "UPDATE MART_IMAGES_OF_POSTS SET POST_PUBLICATION_DATE = NULL WHERE AUTHORID = 99",
        ("MART_IMAGES_OF_POSTS", "POST_PUBLICATION_DATE", "is not NULL", 3, ""),
    ),
    (
        "UPDATE MART_IMAGES_OF_POSTS SET POST_PUBLICATION_DATE = '1970-01-01' WHERE AUTHORID = 99",
        (
            "MART_IMAGES_OF_POSTS",
            "POST_PUBLICATION_DATE",
            "is not before 2010, when no such platform existed",
            3,
            "1970-01-01",
        ),
    ),
    (
        "UPDATE MART_IMAGES_OF_POSTS SET POST_PUBLICATION_DATE = '9999-01-01' WHERE AUTHORID = 99",
        ("MART_IMAGES_OF_POSTS", "POST_PUBLICATION_DATE", "is not in the future", 3, "9999-01-01"),
    ),
]


@pytest.mark.parametrize(
    ("statement", "expected"), BROKEN, ids=[" ".join(e[:3]) for _, e in BROKEN]
)
def test_each_rule_is_found_when_broken(report_after, statement, expected):
    table, column, rule, n_rows, example = expected
    report = report_after(statement)
    found = errors(report)
    assert set(found) == {(table, column, rule)}
    row = found[table, column, rule]
    assert [n_rows, example] == [row.N_ROWS, row.EXAMPLE]
    assert n_rows <= row.N_CHECKED
    with pytest.raises(ContractError, match=f"{table}.{column} {rule}, broken in {n_rows} of"):
        contract.require(report)


def test_every_error_rule_has_a_case_above():
    tried = {expected[:3] for _, expected in BROKEN}
    loaded = contract.load()
    rules = [rule for rule in loaded.rules if rule.severity == "error"]
    rules += [rule for rule in loaded.links if rule.severity == "error" or rule.stops]
    missing = {(rule.table, rule.column, rule.rule) for rule in rules} - tried
    assert not {key for key in missing if key[1] != "NB_FOLLOWERS"}
    assert {key[0] for key in missing} <= {"MART_AUTHORS_SEGMENTATIONS"}


def test_all_violations_come_at_once(report_after):
    report = report_after(
        "DROP TABLE MART_AUTHORS_SEGMENTATIONS",
        "ALTER TABLE MART_AUTHORS DROP NB_FOLLOWERS",
        "ALTER TABLE MART_AUTHORS ALTER AUTHORID SET DATA TYPE VARCHAR",
        "DELETE FROM MART_IMAGES_LABELS",
        "UPDATE MART_IMAGES_OF_POSTS SET NB_LIKES = -1 WHERE AUTHORID = 99",
        "ALTER TABLE MART_IMAGES_OF_POSTS ALTER POST_PUBLICATION_DATE SET DATA TYPE TIMESTAMPTZ",
    )
    assert set(errors(report)) == {
        ("MART_AUTHORS_SEGMENTATIONS", "", "exists"),
        ("MART_AUTHORS", "NB_FOLLOWERS", "exists"),
        ("MART_AUTHORS", "AUTHORID", "has a type that can hold a whole number"),
        ("MART_IMAGES_LABELS", "", "has rows"),
        ("MART_IMAGES_OF_POSTS", "NB_LIKES", "is not negative"),
        (
            "MART_IMAGES_OF_POSTS",
            "POST_PUBLICATION_DATE",
            "has a type that can hold a time without a zone",
        ),
    }
    with pytest.raises(ContractError) as error:
        contract.require(report)
    text = str(error.value)
    assert "\n" not in text
    assert "break 6 rules" in text
    assert "MART_AUTHORS_SEGMENTATIONS exists: it does not" in text
    assert "TIMESTAMP WITH TIME ZONE" in text


def test_odd_but_lawful_values_pass(report_after):
    report = report_after(
        "INSERT INTO MART_IMAGES_LABELS SELECT IMAGE_ID, 'colour', NULL, 'Bright <b>Red' "
        "FROM MART_IMAGES_OF_POSTS LIMIT 4",
        "UPDATE MART_AUTHORS_SEGMENTATIONS SET GEO_ZONE = NULL, FASHION_INTEREST_SEGMENT = NULL "
        "WHERE AUTHORID = 7260",
        "UPDATE MART_IMAGES_OF_POSTS SET NB_LIKES = NULL, COMMENT_COUNT = NULL WHERE AUTHORID = 99",
        "UPDATE MART_IMAGES_OF_POSTS SET AUTHORID = 7000 WHERE AUTHORID > 7300",
    )
    contract.require(report)
    rows = report.set_index(["COLUMN_NAME", "RULE"])
    assert rows.loc[("TYPE", "is one of the five known types"), "EXAMPLE"] == "colour"
    assert rows.loc[("LABEL_NAME", "is lower case without spaces"), "N_ROWS"] == 4
    assert ("AUTHORID", "no author has more than half of the rows") in rows.index
    assert ("POSITION_IN_IMAGE", "is known") in rows.index


def test_examples_name_no_person_and_print_on_one_line(report_after):
    report = report_after(
        "UPDATE MART_IMAGES_LABELS SET LABEL_NAME = 'A' || chr(10) || chr(27) || '[31m' "
        "WHERE LABEL_NAME = 'top'",
    )
    assert all(map(str.isprintable, report["EXAMPLE"]))
    loaded = contract.load()
    personal = {column.name for column in loaded.columns if column.personal}
    assert personal == {"AUTHORID", "BIO", "IMAGE_ID", "POST_ID", "POST_CAPTION"}
    for rule in loaded.rules:
        assert not any(name in rule.show for name in personal)


def test_posts_of_tomorrow_wait_for_tomorrow(report_after):
    assert errors(report_after(today=date(2023, 6, 1)))
    assert not errors(report_after(today=date(2024, 6, 1)))


@pytest.mark.parametrize(
    ("declared", "family"),
    [
        ("NUMBER(38,0)", "whole"), ("NUMBER(10,2)", "decimal"), ("DECIMAL(18,6)", "decimal"),
        ("BIGINT", "whole"), ("UINTEGER", "whole"), ("HUGEINT", "whole"), ("FLOAT", "float"),
        ("TEXT", "text"), ("VARCHAR", "text"), ("BOOLEAN", "boolean"), ("DATE", "date"),
        ("TIMESTAMP_NTZ", "time"), ("TIMESTAMP_NS", "time"), ("TIMESTAMP_TZ", "zoned time"),
        ("TIMESTAMP WITH TIME ZONE", "zoned time"), ("TIMESTAMP_LTZ", "zoned time"),
        ("ARRAY", "list"), ("VARIANT", "list"), ("DOUBLE[4]", "list"), ("FLOAT[]", "list"),
        ("STRUCT(a INTEGER)", "list"), ("JSON", "list"), ("BLOB", "other"), ("INTERVAL", "other"),
    ],
)  # fmt: skip
def test_declared_types_of_both_systems(declared, family):
    assert contract.family(declared) == family


def test_the_contract_describes_the_marts(small):
    source = DuckDBFile(small)
    columns = {(column.table, column.name) for column in contract.load().columns}
    assert columns == {(t, c) for t, names in source.columns().items() for c in names}
    source.close()
    for link in contract.load().links:
        assert tables_of(link.breaks) | tables_of(link.of) <= set(MARTS)
