"""Publishing and backfilling through the connector give what they give in a DuckDB file."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakesnow import info_schema

from analysis import extracts
from analysis.errors import SourceError, StudyError
from analysis.findings.approach.labels import shown
from analysis.findings.step import Inputs
from analysis.findings.wardrobe import NEEDS
from analysis.segmentations.engagement import EngagementRule
from analysis.segmentations.followers import FollowerBands
from analysis.segmentations.hybrid import FittedHybrid, Hybrid, PairMixture
from analysis.segmentations.interface import Segment, Segmenter
from analysis.segmentations.publish import Publication, follower_bands, in_warehouse, publish
from analysis.segmentations.scoring import scoring_query
from analysis.segmentations.statistical import CorrespondenceClusters, LatentClasses
from analysis.warehouse.duckdb_file import DuckDBFile
from analysis.warehouse.migration import FILLED, backfill
from analysis.warehouse.target import TABLES, DuckDBTarget, SnowflakeTarget, Target
from tests.warehouse.small import PARAMETERS

MONDAY = datetime(2025, 1, 6, tzinfo=UTC)


@pytest.fixture
def stand_in(
    server: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch
) -> Iterator[SnowflakeTarget]:
    # the stand-in notes an empty comment for each table that a MERGE needs on the way, in another
    # database of its own, which DuckDB refuses within a transaction
    monkeypatch.setattr(info_schema, "insert_table_comment_sql", lambda *_: "SELECT 1")
    opened = SnowflakeTarget("stand-in", dict(server))
    yield opened
    for table in sorted(opened.tables(), key=TABLES.index, reverse=True):
        opened._execute(f"DROP TABLE {table}")
    opened.close()


@pytest.fixture
def file(small: Path, tmp_path: Path) -> Iterator[DuckDBTarget]:
    opened = DuckDBTarget(Path(shutil.copy(small, tmp_path / "copy.duckdb")))
    yield opened
    opened.close()


def rows(target: Target, table: str) -> list[tuple[Any, ...]]:
    def comparable(value: Any) -> Any:
        return f"{value:.6f}" if isinstance(value, float | Decimal) else str(value)

    return sorted(tuple(map(comparable, row)) for row in target.run(f"SELECT * FROM {table}"))


def segments(target: Target) -> list[tuple[Any, ...]]:
    # the stand-in answers NULL times with the beginning of time
    return target.run(
        "SELECT AUTHORID, METHOD, METHOD_VERSION, SEGMENT, IS_PRIMARY, PROBABILITY, "
        "CAST(VALID_FROM AS VARCHAR) AS VALID_FROM, CAST(VALID_TO AS VARCHAR) AS VALID_TO "
        "FROM AUTHOR_SEGMENT ORDER BY AUTHORID, SEGMENT, VALID_FROM"
    )


def test_segments_and_their_history_are_the_same(
    stand_in: SnowflakeTarget, file: DuckDBTarget
) -> None:
    plan = publish(stand_in, follower_bands(), dry_run=True, now=MONDAY)
    assert plan.creates == TABLES
    assert not stand_in.tables()
    newer = follower_bands(FollowerBands(trendy=9_000.0))
    newer = Publication(**{**vars(newer), "version": "2"})
    for target in (stand_in, file):
        first = publish(target, follower_bands(), now=MONDAY)
        assert first.opened == plan.opened > 300
        assert publish(target, follower_bands(), now=MONDAY).is_empty
        second = publish(target, newer, now=MONDAY + timedelta(weeks=1))
        assert second.closes == second.inserts == first.opened
    assert segments(stand_in) == segments(file)
    assert stand_in.run("SELECT COUNT(*) AS N FROM SEGMENTATION") == [(2,)]


def test_a_failure_in_the_middle_keeps_what_was(
    stand_in: SnowflakeTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(stand_in, follower_bands(), now=MONDAY)
    before = segments(stand_in)
    newer = Publication(**{**vars(follower_bands(FollowerBands(trendy=9_000.0))), "version": "2"})
    execute = stand_in._execute

    def failing(text: str, values: Any = None) -> Any:
        if text == "COMMIT":
            raise SourceError("The line broke.", "")
        return execute(text, values)

    monkeypatch.setattr(stand_in, "_execute", failing)
    with pytest.raises(SourceError, match="line broke"):
        publish(stand_in, newer, now=MONDAY + timedelta(weeks=1))
    monkeypatch.undo()
    stand_in._execute("ROLLBACK")
    assert segments(stand_in) == before
    assert stand_in.run("SELECT COUNT(*) AS N FROM SEGMENTATION") == [(1,)]


def test_items_are_the_same(stand_in: SnowflakeTarget, file: DuckDBTarget) -> None:
    added = backfill(stand_in, now=MONDAY)
    assert added == backfill(file, now=MONDAY)
    assert all(added.values())
    for table in FILLED:
        assert rows(stand_in, table) == rows(file, table)
    assert not any(backfill(stand_in, now=MONDAY).values())


def test_no_answer_of_the_server_is_shown(stand_in: SnowflakeTarget) -> None:
    with pytest.raises(SourceError) as refused:
        stand_in.run("SELECT CANARY FROM MART_AUTHORS")
    assert "CANARY" not in str(refused.value)
    with pytest.raises(StudyError, match="would change MART_AUTHORS"):
        stand_in.run("INSERT INTO MART_AUTHORS (AUTHORID) SELECT 1 AS AUTHORID")


def test_a_refused_login_tells_no_secret(server: Mapping[str, Any]) -> None:
    broken = dict(server) | {"port": 1, "login_timeout": 1}
    with pytest.raises(SourceError) as refused:
        SnowflakeTarget("stand-in", broken)
    assert "canary" not in str(refused.value)


def of_two_styles(fitted: FittedHybrid) -> FittedHybrid:
    """Give the components names by turns, and let most authors be of two of them."""
    mixture = fitted.pairs.mixture
    names = np.arange(mixture.n_components) % 3
    pairs = replace(PairMixture.of(mixture, names, fitted.pairs.dominant), double=0.9)
    segments = tuple(Segment(name, name) for name in ("one", "two", "unresolved"))
    return replace(
        fitted, pairs=pairs, naming=replace(fitted.naming, segments=segments, of_component=names)
    )


@pytest.mark.parametrize(
    "method",
    [
        EngagementRule(),
        CorrespondenceClusters(clusters=3, axes=4),
        LatentClasses("tempered", numbers=(3,), starts=1),
        LatentClasses("dirichlet", numbers=(3,), starts=1),
        Hybrid(starts=1, components=5, gated=False),
    ],
)
def test_a_fitted_method_gives_every_author_the_same_segments(
    method: Segmenter, small: Path, stand_in: SnowflakeTarget, file: DuckDBTarget
) -> None:
    source = DuckDBFile(small, threads=1)
    found = {name: extracts.get(name).run(source, PARAMETERS).table for name in NEEDS}
    source.close()
    counts, features = shown(Inputs(1, found, {}))
    fitted = method.fit(counts, features, seed=3)
    if isinstance(fitted, FittedHybrid):
        fitted = of_two_styles(fitted)
    expected = fitted.assign(counts, features)
    scoring = in_warehouse(scoring_query(fitted))
    for target in (stand_in, file):
        publish(target, Publication("fitted", "1", "style", "", {}, scoring), now=MONDAY)
    ours, theirs = segments(file), segments(stand_in)
    assert [row[:5] for row in ours] == [row[:5] for row in theirs]
    assert [row[5] for row in theirs] == pytest.approx([row[5] for row in ours], abs=1e-6)
    named = expected.members()
    assert len(ours) >= named.sum() > 100
    for place, name in enumerate(expected.names):
        assert sum(row[3] == name for row in ours) >= named[:, place].sum()
    if isinstance(fitted, FittedHybrid):
        assert sum(not row[4] for row in ours) > 20
        assert "unresolved" in {row[3] for row in ours}
