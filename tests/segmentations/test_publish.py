"""Publishing keeps history, changes nothing twice, and leaves nothing half-written."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis import extracts
from analysis.errors import SourceError, StudyError
from analysis.findings.approach.labels import shown
from analysis.findings.step import Inputs
from analysis.findings.wardrobe import NEEDS
from analysis.segmentations.engagement import EngagementRule
from analysis.segmentations.followers import FollowerBands
from analysis.segmentations.hybrid import Hybrid
from analysis.segmentations.interface import Segmenter
from analysis.segmentations.publish import Publication, follower_bands, in_warehouse, publish
from analysis.segmentations.scoring import scoring_query
from analysis.segmentations.statistical import CorrespondenceClusters, LatentClasses
from analysis.warehouse.duckdb_file import DuckDBFile
from analysis.warehouse.source import MARTS
from analysis.warehouse.target import TABLES, DuckDBTarget, checked
from tests.warehouse.small import PARAMETERS, build

MONDAY = datetime(2025, 1, 6, tzinfo=UTC)
WEEK = timedelta(weeks=1)
EMPTY = """
CREATE TABLE MART_AUTHORS (AUTHORID BIGINT, BIO VARCHAR, NB_FOLLOWERS BIGINT, NB_FOLLOWS BIGINT);
CREATE TABLE MART_AUTHORS_SEGMENTATIONS (AUTHORID BIGINT);
CREATE TABLE MART_IMAGES_LABELS (IMAGE_ID VARCHAR);
CREATE TABLE MART_IMAGES_OF_POSTS (IMAGE_ID VARCHAR);
"""
# the rows of MART_AUTHORS are the assignment: a stand-in for a scoring query of any method
TOLD = Publication(
    "told",
    "1",
    "style",
    "What the test says.",
    {},
    "SELECT AUTHORID, BIO AS SEGMENT, NB_FOLLOWS = 1 AS IS_PRIMARY, "
    "NB_FOLLOWERS / 100 AS PROBABILITY FROM MART_AUTHORS",
)
Row = tuple[int | None, str | None, int | None, int]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return build(tmp_path / "small.duckdb")


@pytest.fixture
def target(file: Path) -> Iterator[DuckDBTarget]:
    opened = DuckDBTarget(file)
    yield opened
    opened.close()


@pytest.fixture
def told(tmp_path: Path) -> Iterator[DuckDBTarget]:
    path = tmp_path / "told.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute(EMPTY)
    opened = DuckDBTarget(path)
    yield opened
    opened.close()


def say(target: DuckDBTarget, rows: list[Row]) -> None:
    """Let the marts say which author is in which segment."""
    target._execute("DELETE FROM MART_AUTHORS")
    for author, segment, percent, primary in rows:
        target._execute(
            "INSERT INTO MART_AUTHORS VALUES ($a, $s, $p, $f)",
            {"a": author, "s": segment, "p": percent, "f": primary},
        )


def everything(target: DuckDBTarget) -> list[tuple[object, ...]]:
    return target.run("SELECT * FROM AUTHOR_SEGMENT ORDER BY AUTHORID, SEGMENT, VALID_FROM")


def marts(target: DuckDBTarget) -> list[object]:
    return [
        target._execute(f"SELECT COUNT(*), SUM(HASH(M)::HUGEINT) FROM {mart} AS M")
        for mart in MARTS
    ]


def test_bands_are_published_as_the_rule_says(target: DuckDBTarget) -> None:
    before = marts(target)
    plan = publish(target, follower_bands(), now=MONDAY)
    rows = everything(target)
    assert plan.creates == TABLES
    assert plan.inserts == len(rows) > 300
    followers = dict(
        target._execute(
            "SELECT AUTHORID, MAX(NB_FOLLOWERS) FROM MART_AUTHORS GROUP BY AUTHORID "
            "HAVING MIN(NB_FOLLOWERS) = MAX(NB_FOLLOWERS)"
        )
    )
    bands = {row[0]: row[3] for row in rows}
    for author, count in followers.items():
        expected = "mainstream" if count <= 12_000 else "trendy" if count <= 40_000 else "edgy"
        assert bands[author] == expected
    # two lines of MART_AUTHORS contradict each other: the other table decides, not an ELSE
    assert 4321 not in followers
    assert bands[4321] == "edgy"
    assert marts(target) == before


def test_an_author_without_a_count_is_in_no_band(target: DuckDBTarget) -> None:
    target._execute("INSERT INTO MART_AUTHORS (AUTHORID) VALUES (1)")
    publish(target, follower_bands(), now=MONDAY)
    assert 1 not in {row[0] for row in everything(target)}


def test_the_second_time_changes_nothing(target: DuckDBTarget) -> None:
    first = publish(target, follower_bands(), now=MONDAY)
    rows = everything(target)
    second = publish(target, follower_bands(), now=MONDAY + WEEK)
    assert second.is_empty
    assert second.kept == first.opened
    assert everything(target) == rows
    assert target.run("SELECT COUNT(*) AS N FROM SEGMENTATION") == [(1,)]


def test_a_change_closes_old_rows_and_opens_new_ones(target: DuckDBTarget) -> None:
    publish(target, follower_bands(), now=MONDAY)
    target._execute("UPDATE MART_AUTHORS SET NB_FOLLOWERS = 41000 WHERE AUTHORID = 7013")
    target._execute("DELETE FROM MART_AUTHORS WHERE AUTHORID = 7026")
    plan = publish(target, follower_bands(), now=MONDAY + WEEK)
    assert (plan.opened, plan.closed, plan.changed) == (1, 2, 0)
    stamp = (MONDAY + WEEK).replace(tzinfo=None)
    spans = [row for row in everything(target) if row[0] == 7013]
    assert [(row[3], row[7]) for row in spans] == [("edgy", None), ("mainstream", stamp)]
    assert spans[0][6] == stamp
    assert [row[7] for row in everything(target) if row[0] == 7026] == [stamp]


def test_a_new_version_begins_new_rows(target: DuckDBTarget) -> None:
    first = publish(target, follower_bands(), now=MONDAY)
    lower = follower_bands(FollowerBands(trendy=9_000.0))
    with pytest.raises(StudyError, match="another rule"):
        publish(target, lower, now=MONDAY + WEEK)
    newer = Publication(**{**vars(lower), "version": "2"})
    plan = publish(target, newer, now=MONDAY + WEEK)
    assert plan.kept == 0
    assert plan.closes == plan.inserts == first.opened
    assert target.run("SELECT METHOD_VERSION FROM SEGMENTATION ORDER BY 1") == [("1",), ("2",)]


def test_a_plan_writes_nothing(file: Path) -> None:
    target = DuckDBTarget(file, read_only=True)
    plan = publish(target, follower_bands(), dry_run=True)
    assert plan.inserts > 300
    assert not target.tables()
    target.close()
    target = DuckDBTarget(file)
    publish(target, follower_bands(), now=MONDAY)
    rows = everything(target)
    target._execute("UPDATE MART_AUTHORS SET NB_FOLLOWERS = 41000 WHERE AUTHORID = 7013")
    assert publish(target, follower_bands(), dry_run=True).changed == 0
    assert everything(target) == rows
    target.close()


def test_the_plan_comes_before_the_first_row(target: DuckDBTarget) -> None:
    def refuse(plan: object) -> None:
        assert "insert  352 rows" in str(plan)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        publish(target, follower_bands(), now=MONDAY, announce=refuse)
    assert not target.tables()


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from analysis.segmentations.publish import follower_bands, publish
from analysis.warehouse.target import DuckDBTarget

class Dying(DuckDBTarget):
    def _execute(self, text, values=None):
        when, _, statement = sys.argv[2].partition(" ")
        if when == "before" and text.startswith(statement):
            os.kill(os.getpid(), signal.SIGKILL)
        rows = super()._execute(text, values)
        if when == "after" and text.startswith(statement):
            os.kill(os.getpid(), signal.SIGKILL)
        return rows

publish(Dying(Path(sys.argv[1])), follower_bands(), now=datetime(2025, 2, 3, tzinfo=UTC))
"""


MOMENTS = (
    "after INSERT INTO SEGMENT_CHANGES",
    "after INSERT INTO SEGMENTATION",
    "before MERGE INTO AUTHOR_SEGMENT",
    "after MERGE INTO AUTHOR_SEGMENT",
    "before COMMIT",
)


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_in_the_middle_nothing_is_half_written(file: Path, moment: str) -> None:
    target = DuckDBTarget(file)
    publish(target, follower_bands(), now=MONDAY)
    target._execute("UPDATE MART_AUTHORS SET NB_FOLLOWERS = 41000 WHERE AUTHORID < 7500")
    rows = everything(target)
    target.close()
    killed = subprocess.run([sys.executable, "-c", KILLED, str(file), moment], check=False)
    assert killed.returncode == -9
    target = DuckDBTarget(file)
    assert everything(target) == rows
    plan = publish(target, follower_bands(), now=MONDAY + WEEK)
    assert plan.opened > 10
    assert publish(target, follower_bands()).is_empty
    target.close()


def test_killed_while_tables_are_made_the_next_time_makes_the_others(file: Path) -> None:
    moment = "before CREATE TABLE IF NOT EXISTS AUTHOR_SEGMENT"
    killed = subprocess.run([sys.executable, "-c", KILLED, str(file), moment], check=False)
    assert killed.returncode == -9
    target = DuckDBTarget(file)
    assert "AUTHOR_SEGMENT" not in target.tables()
    assert publish(target, follower_bands(), now=MONDAY).creates == ("AUTHOR_SEGMENT",)
    assert len(everything(target)) > 300
    target.close()


def test_a_failure_in_the_middle_keeps_what_was(
    target: DuckDBTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(target, follower_bands(), now=MONDAY)
    target._execute("UPDATE MART_AUTHORS SET NB_FOLLOWERS = 41000 WHERE AUTHORID < 7500")
    rows = everything(target)
    run = target.run

    def failing(sql: str, parameters: object = None) -> object:
        if "N_PRIMARY <> 1" in sql and "IN_FORCE" in sql:
            raise SourceError("The line broke.", "")
        return run(sql, parameters)

    monkeypatch.setattr(target, "run", failing)
    with pytest.raises(SourceError, match="line broke"):
        publish(target, follower_bands(), now=MONDAY + WEEK)
    monkeypatch.undo()
    assert everything(target) == rows


def test_two_publications_at_once_are_noticed(told: DuckDBTarget) -> None:
    say(told, [(1, "sport", 90, 1)])

    def other(_: object) -> None:
        """Publish the same while the first waits with its plan."""
        told._execute(
            "INSERT INTO AUTHOR_SEGMENT VALUES (1, 'told', '1', 'sport', TRUE, 0.9, $t, NULL)",
            {"t": MONDAY.replace(tzinfo=None).isoformat(sep=" ")},
        )

    publish(told, TOLD, now=MONDAY)
    say(told, [(2, "sport", 90, 1), (1, "luxury", 90, 1)])
    publish(told, TOLD, now=MONDAY + WEEK)
    say(told, [(1, "sport", 90, 1)])
    rows = everything(told)
    with pytest.raises(StudyError, match="at the same time"):
        publish(told, TOLD, now=MONDAY + 2 * WEEK, announce=other)
    assert len(everything(told)) == len(rows) + 1


def test_time_does_not_run_backwards(told: DuckDBTarget) -> None:
    say(told, [(1, "sport", 90, 1)])
    publish(told, TOLD, now=MONDAY)
    assert publish(told, TOLD, now=MONDAY - WEEK).is_empty
    say(told, [(1, "luxury", 90, 1)])
    with pytest.raises(StudyError, match="later time"):
        publish(told, TOLD, now=MONDAY)


@pytest.mark.parametrize(
    ("rows", "match"),
    [
        ([], "assigns no author"),
        ([(1, None, 0, 1)], "assigns no author"),
        ([(None, "sport", 50, 1)], "without an id"),
        ([(1, "sport", 50, 1), (1, "sport", 50, 0)], "a segment twice"),
        ([(1, "sport", 50, 1), (1, "luxury", 50, 1)], "primary"),
        ([(1, "sport", 50, 0)], "primary"),
        ([(1, "sport", 101, 1)], "outside 0 and 1"),
    ],
)
def test_an_unsound_answer_closes_nothing(told: DuckDBTarget, rows: list[Row], match: str) -> None:
    say(told, [(1, "sport", 90, 1), (2, "luxury", 60, 1)])
    publish(told, TOLD, now=MONDAY)
    before = everything(told)
    say(told, rows)
    with pytest.raises(StudyError, match=match):
        publish(told, TOLD, now=MONDAY + WEEK)
    assert everything(told) == before


def test_a_probability_that_hardly_moves_opens_no_row(told: DuckDBTarget) -> None:
    say(told, [(1, "sport", 90, 1), (2, "sport", 60, 1)])
    publish(told, TOLD, now=MONDAY)
    say(told, [(1, "sport", 91, 1), (2, "sport", 70, 1)])
    plan = publish(told, TOLD, now=MONDAY + WEEK)
    assert (plan.kept, plan.changed) == (1, 1)
    in_force = [(row[0], row[5]) for row in everything(told) if row[7] is None]
    assert in_force == [(1, 0.9), (2, 0.7)]


assignments = st.dictionaries(
    st.integers(1, 6),
    st.lists(st.sampled_from(["sport", "luxury", "street"]), min_size=1, max_size=3, unique=True),
    min_size=1,
)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(assignments, min_size=2, max_size=4))
def test_every_state_can_be_read_back(
    tmp_path_factory: pytest.TempPathFactory, states: list[dict[int, list[str]]]
) -> None:
    path = tmp_path_factory.mktemp("told") / "told.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute(EMPTY)
    target = DuckDBTarget(path)
    for week, state in enumerate(states):
        say(
            target,
            [(a, s, 50, int(s == held[0])) for a, held in state.items() for s in held],
        )
        publish(target, TOLD, now=MONDAY + week * WEEK)
    for week, state in enumerate(states):
        rows = target.run(
            "SELECT AUTHORID, SEGMENT, IS_PRIMARY FROM AUTHOR_SEGMENT "
            "WHERE VALID_FROM <= CAST(:day AS TIMESTAMP_NTZ) "
            "AND (VALID_TO IS NULL OR VALID_TO > CAST(:day AS TIMESTAMP_NTZ))",
            {"day": str((MONDAY + week * WEEK).replace(tzinfo=None))},
        )
        assert sorted(rows) == sorted(
            (a, s, s == held[0]) for a, held in state.items() for s in held
        )
    target.close()


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM MART_AUTHORS",
        "INSERT INTO MART_AUTHORS (AUTHORID) SELECT AUTHORID FROM AUTHOR_SEGMENT",
        "UPDATE AUTHOR_SEGMENT SET SEGMENT = 'x'",
        "MERGE INTO MART_AUTHORS AS T USING AUTHOR_SEGMENT AS S ON T.AUTHORID = S.AUTHORID "
        "WHEN MATCHED THEN DELETE",
        "DROP TABLE MART_AUTHORS",
        "CREATE OR REPLACE TABLE MART_AUTHORS AS SELECT 1 AS A",
        "INSERT INTO OTHER.AUTHOR_SEGMENT SELECT 1 AS A",
        "SELECT 1 AS A; DROP TABLE MART_AUTHORS",
        "ALTER TABLE MART_AUTHORS DROP COLUMN BIO",
    ],
)
def test_nothing_but_our_tables_can_be_written(sql: str) -> None:
    with pytest.raises(StudyError):
        checked(sql)


@pytest.mark.parametrize(
    ("scoring", "match"),
    [
        ("SELECT AUTHORID, 'a' AS SEGMENT FROM MART_AUTHORS", "scoring returns"),
        (TOLD.scoring.replace("MART_AUTHORS", "TRUTH"), "scoring reads TRUTH"),
        (TOLD.scoring + " WHERE NB_FOLLOWS > :least", "values lack least"),
    ],
)
def test_a_scoring_query_is_checked_when_it_is_named(scoring: str, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        Publication("told", "1", "style", "", {}, scoring)


def test_a_file_without_marts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no file"):
        DuckDBTarget(tmp_path / "none.duckdb")
    duckdb.connect(tmp_path / "empty.duckdb").close()
    with pytest.raises(SourceError, match="0 schemas"):
        DuckDBTarget(tmp_path / "empty.duckdb")


FITTED: dict[str, Segmenter] = {
    "bands": FollowerBands(),
    "engagement": EngagementRule(),
    "correspondence": CorrespondenceClusters(clusters=3, axes=4),
    "multinomial": LatentClasses("multinomial", numbers=(3,), starts=1),
    "dirichlet": LatentClasses("dirichlet", numbers=(3,), starts=1),
    "hybrid": Hybrid(starts=1, gated=False, tie=0.5),
}


@pytest.fixture(scope="module")
def studied(small_sample: Path) -> tuple[Path, Inputs]:
    """Return the small sample and what the study reads of it."""
    source = DuckDBFile(small_sample, threads=1)
    found = {name: extracts.get(name).run(source, PARAMETERS).table for name in NEEDS}
    source.close()
    return small_sample, Inputs(1, found, {})


@pytest.mark.parametrize("method", FITTED)
def test_every_author_gets_the_same_segments_in_the_warehouse(
    method: str, studied: tuple[Path, Inputs], tmp_path: Path
) -> None:
    path, inputs = studied
    counts, features = shown(inputs)
    fitted = FITTED[method].fit(counts, features, seed=3)
    found = fitted.assign(counts, features)
    target = DuckDBTarget(Path(shutil.copy(path, tmp_path / "copy.duckdb")))
    scoring = in_warehouse(scoring_query(fitted))
    publish(target, Publication(method, "1", "style", method, {}, scoring), now=MONDAY)
    # the study's pseudonyms, worked out anew to compare
    ids = target._execute(
        "SELECT AUTHORID FROM (SELECT AUTHORID FROM MART_AUTHORS UNION SELECT AUTHORID FROM "
        "MART_AUTHORS_SEGMENTATIONS UNION SELECT AUTHORID FROM MART_IMAGES_OF_POSTS) "
        "ORDER BY SHA256($key || '/' || AUTHORID)",
        {"key": PARAMETERS["pseudonym_key"]},
    )
    place = {author: index for index, (author,) in enumerate(ids)}
    rows = {
        (place[row[0]], row[3], row[4]): row[5]
        for row in everything(target)
        if place[row[0]] in set(found.authors)
    }
    expected = {
        (author, found.names[s], s == code): (found.posterior if s == code else found.membership)[
            i, s
        ]
        for i, (author, code) in enumerate(zip(found.authors, found.codes, strict=True))
        for s in np.flatnonzero(found.members()[i])
    }
    assert rows == pytest.approx(expected, abs=1e-6)
    assert len({author for author, *_ in rows}) > 200
    if method == "hybrid":
        assert "not fashion" in {segment for _, segment, _ in rows}
        assert any(not primary for *_, primary in rows)
    target.close()
