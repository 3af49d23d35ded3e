"""A refresh asks for the weeks that a change can alter, and ends where a first fetch would."""

from __future__ import annotations

import shutil
from contextlib import closing
from datetime import date

import duckdb
import pytest

from analysis.extracts.refresh import refresh
from analysis.warehouse.duckdb_file import DuckDBFile
from tests.warehouse.small import PARAMETERS


@pytest.fixture
def path(small, tmp_path):
    return shutil.copy(small, tmp_path / "copy.duckdb")


def fetched(path, kept=None):
    with closing(DuckDBFile(path)) as source:
        return refresh(source, PARAMETERS, kept)


def change(path, statement):
    with duckdb.connect(path) as connection:
        connection.execute(statement)


def test_weeks_add_up_to_the_counts_of_authors(path, answers):
    weeks = fetched(path).counts.to_pandas()
    labels = answers["label_vocabulary"][["LABEL_INDEX", "TYPE", "LABEL_NAME"]]
    members = answers["author_features"].query("IN_AUTHORS")
    keys = members[["AUTHOR_INDEX", "AUTHOR_KEY"]]
    weeks = weeks[weeks["AUTHOR_KEY"].isin(keys["AUTHOR_KEY"])]
    whole = answers["author_label_counts"].merge(labels).merge(keys)
    grain = ["AUTHOR_KEY", "TYPE", "LABEL_NAME"]
    whole["N_IMAGES"] = whole["N_IMAGES_1"] + whole["N_IMAGES_2"]
    expected = whole.groupby(grain)["N_IMAGES"].sum()
    assert weeks.groupby(grain)["N_IMAGES"].sum().to_dict() == expected.to_dict()


def test_nothing_new_asks_for_nothing(path):
    first = fetched(path)
    again = fetched(path, first)
    assert again.fetched_from is None
    assert again.counts.equals(first.counts)


@pytest.mark.parametrize(
    ("before", "after", "least"),
    [
        # posts of the last weeks come in
        (
            "CREATE TABLE HELD AS SELECT * FROM MART_IMAGES_OF_POSTS "
            "WHERE POST_PUBLICATION_DATE >= '2023-12-04'; "
            "DELETE FROM MART_IMAGES_OF_POSTS WHERE POST_PUBLICATION_DATE >= '2023-12-04'",
            "INSERT INTO MART_IMAGES_OF_POSTS SELECT * FROM HELD",
            date(2023, 12, 4),
        ),
        # an image posted late is found to have been posted before
        (
            "SELECT 1",
            "INSERT INTO MART_IMAGES_OF_POSTS SELECT * REPLACE "
            "(TIMESTAMP '2023-06-05 10:00:00' AS POST_PUBLICATION_DATE) "
            "FROM MART_IMAGES_OF_POSTS WHERE POST_PUBLICATION_DATE >= '2023-11-01'",
            date(2023, 6, 5),
        ),
        # posts are taken away
        (
            "SELECT 1",
            "DELETE FROM MART_IMAGES_OF_POSTS WHERE POST_PUBLICATION_DATE >= '2023-10-02'",
            date(2023, 10, 2),
        ),
    ],
    ids=["new weeks", "backdated", "withdrawn"],
)
def test_a_refresh_ends_where_a_first_fetch_would(path, before, after, least):
    change(path, before)
    kept = fetched(path)
    change(path, after)
    refreshed, anew = fetched(path, kept), fetched(path)
    assert refreshed.fetched_from is not None
    assert refreshed.fetched_from >= least
    assert refreshed.counts.equals(anew.counts)
    assert not refreshed.counts.equals(kept.counts)
