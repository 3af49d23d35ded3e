"""Publish a segmentation: rows of authors with spans of validity, next to the marts.

The assignment is made in the warehouse by the segmentation's own scoring query; no author leaves
it. What would change is worked out first and shown as a plan; then one transaction closes the rows
that no longer hold and opens those that now do (a slowly changing dimension of type 2). Publishing
again what is published changes nothing, and a publication that breaks off leaves nothing behind.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from analysis.errors import StudyError
from analysis.resources import sql_file
from analysis.segmentations.followers import VERSION, FollowerBands
from analysis.segmentations.scoring import ScoringQuery
from analysis.warehouse.dialect import parse, placeholders, tables_of, with_relations
from analysis.warehouse.migration import create_tables
from analysis.warehouse.source import MARTS, Parameter
from analysis.warehouse.target import STAGE, TABLES, Target
from analysis.warehouse.vocabulary import with_vocabulary

TOLERANCE = 0.02
"""How far a probability may move before it opens a new row."""


@dataclass(frozen=True)
class Publication:
    """A version of a segmentation as the warehouse will know it.

    Attributes
    ----------
    method, version : str
        Its name and version. A version never changes: another rule is another version.
    axis : str
        What it tells apart: "style", "reach" or "fashion-forwardness".
    description : str
        The rule in one sentence.
    parameters : mapping
        Settings, JSON values.
    scoring : str
        One SELECT in Snowflake's dialect over the four marts that returns AUTHORID, SEGMENT (NULL
        for an author in none), IS_PRIMARY (one segment of each author is) and PROBABILITY.
    values : mapping
        Values of its ``:name`` placeholders.
    data_from, data_to : datetime.date, optional
        First and last day of the data on which it was fitted.
    """

    method: str
    version: str
    axis: str
    description: str
    parameters: Mapping[str, Any]
    scoring: str
    values: Mapping[str, Parameter] = field(default_factory=dict)
    data_from: date | None = None
    data_to: date | None = None

    def __post_init__(self) -> None:
        """Refuse a scoring query that reads more than the marts, or returns something else."""
        query = parse(self.scoring)
        if outside := sorted(tables_of(self.scoring) - set(MARTS)):
            raise ValueError(f"scoring reads {', '.join(outside)}: it may read the four marts.")
        columns = [name.upper() for name in query.named_selects]
        if columns != ["AUTHORID", "SEGMENT", "IS_PRIMARY", "PROBABILITY"]:
            raise ValueError(f"scoring returns {', '.join(columns)}: see Publication.")
        if missing := sorted(placeholders(self.scoring) - self.values.keys()):
            raise ValueError(f"values lack {', '.join(missing)}.")


@dataclass(frozen=True)
class Plan:
    """What a publication changes.

    Attributes
    ----------
    target, method, version : str
    creates : tuple of str
        Tables that are missing.
    kept, opened, closed, changed : int
        Rows that stay in force, that are new, that end, and that end and begin anew because their
        version, primacy or probability changed.
    """

    target: str
    method: str
    version: str
    creates: tuple[str, ...]
    kept: int = 0
    opened: int = 0
    closed: int = 0
    changed: int = 0

    @property
    def inserts(self) -> int:
        """Rows that are written."""
        return self.opened + self.changed

    @property
    def closes(self) -> int:
        """Rows whose validity ends."""
        return self.closed + self.changed

    @property
    def is_empty(self) -> bool:
        """Whether the rows in force are already what the segmentation says."""
        return self.inserts == self.closes == 0

    def __str__(self) -> str:
        """Return the plan for people, one thing a line."""
        lines = [f"{self.method}, version {self.version}, to {self.target}"]
        lines += [f"  create  {table}" for table in self.creates]
        lines += [
            f"  insert  {self.inserts:,} rows into AUTHOR_SEGMENT",
            f"  close   {self.closes:,} rows",
            f"  keep    {self.kept:,} rows",
        ]
        return "\n".join(lines)


def publish(
    target: Target,
    segmentation: Publication,
    *,
    dry_run: bool = False,
    now: datetime | None = None,
    tolerance: float = TOLERANCE,
    announce: Callable[[Plan], None] = lambda _: None,
) -> Plan:
    """Bring the published segments of a method up to date.

    Parameters
    ----------
    target : Target
        See ``analysis.warehouse.target.open_target``.
    segmentation : Publication
    dry_run : bool
        Only plan; nothing is created or written.
    now : datetime, optional
        With a time zone: when old rows end and new ones begin. By default the time of the
        warehouse's clock, which may not be a day away from ours.
    tolerance : float
        How far a probability may move before it opens a new row.
    announce : callable
        Receives the plan before anything is written.

    Returns
    -------
    Plan
        What was done, or with ``dry_run`` would be.

    Raises
    ------
    StudyError
        If the scoring query assigns nobody or contradicts itself, if the version was published with
        another rule, if ``now`` lies before what is published, or if another publication ran at the
        same time. Nothing is changed then.
    SourceError
        If the warehouse refuses a statement.
    """
    moment = (now or _clock(target)).astimezone(UTC).replace(tzinfo=None)
    values: dict[str, Parameter] = {
        **segmentation.values,
        "method": segmentation.method,
        "version": segmentation.version,
        "axis": segmentation.axis,
        "description": segmentation.description,
        "parameters": json.dumps(dict(segmentation.parameters), sort_keys=True),
        "scoring_query": segmentation.scoring.strip(),
        "data_from": _iso(segmentation.data_from),
        "data_to": _iso(segmentation.data_to),
        "tolerance": tolerance,
        "now": moment.isoformat(sep=" "),
    }
    present = target.tables()
    missing = tuple(table for table in TABLES if table not in present)
    if "SEGMENTATION" in present:
        _require_same_rule(target, values)
    counts = _stage(target, segmentation, values, published="AUTHOR_SEGMENT" in present)
    plan = Plan(target.name, segmentation.method, segmentation.version, missing, **counts)
    if "AUTHOR_SEGMENT" in present and not plan.is_empty:
        _require_later(target, values)
    announce(plan)
    if dry_run or (plan.is_empty and not missing):
        return plan
    create_tables(target)
    with target.transaction():
        target.run(_statement("publish", "segmentation.sql"), values)
        target.run(_statement("publish", "author_segment.sql"))
        _require_one_in_force(target, values)
    return plan


def _clock(target: Target) -> datetime:
    time: datetime = target.run("SELECT SYSDATE() AS NOW")[0][0].replace(tzinfo=UTC)
    if abs(time - datetime.now(UTC)) > timedelta(days=1):
        raise StudyError(
            f"The clock of {target.name} says {time:%Y-%m-%d}, that of this machine another day.",
            "Set the wrong one right, or name the day with --from.",
        )
    return time


def follower_bands(rule: FollowerBands | None = None) -> Publication:
    """Return today's rule as it would be published."""
    rule = rule or FollowerBands()
    return Publication(
        rule.method,
        VERSION,
        "reach",
        " ".join(f"{segment.name}: {segment.words}" for segment in rule.segments),
        rule.parameters,
        _statement("segmentations", "followers.sql"),
        dict(rule.parameters),
    )


def in_warehouse(query: ScoringQuery) -> str:
    """Return a fitted segmentation's query over the four marts, as ``Publication.scoring``.

    What the query reads is worked out in the warehouse as the study does it: the counts of
    ``AUTHOR_LABELS`` and the features of the accounts of MART_AUTHORS, under their own ids in place
    of the study's pseudonyms.
    """
    relations = {
        name: with_vocabulary(parse(_statement("segmentations", f"{name.lower()}.sql")))
        for name in query.reads
    }
    relations["SCORES"] = parse(query.snowflake)
    select = parse("SELECT AUTHOR_INDEX AS AUTHORID, SEGMENT, IS_PRIMARY, PROBABILITY FROM SCORES")
    return with_relations(select, relations).sql(dialect="snowflake", pretty=True, comments=False)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _statement(*parts: str) -> str:
    return sql_file(*parts).read_text(encoding="utf-8")


def _require_same_rule(target: Target, values: Mapping[str, Parameter]) -> None:
    rows = target.run(
        "SELECT PARAMETERS, SCORING_QUERY FROM SEGMENTATION "
        "WHERE METHOD = :method AND METHOD_VERSION = :version",
        values,
    )
    if rows and tuple(rows[0]) != (values["parameters"], values["scoring_query"]):
        raise StudyError(
            f"{values['method']}, version {values['version']}, was published with another rule.",
            "Give the new rule a new version.",
        )


def _require_later(target: Target, values: Mapping[str, Parameter]) -> None:
    rows = target.run(
        "SELECT COUNT(*) AS N FROM AUTHOR_SEGMENT WHERE METHOD = :method AND "
        "(VALID_FROM >= CAST(:now AS TIMESTAMP_NTZ) OR VALID_TO > CAST(:now AS TIMESTAMP_NTZ))",
        values,
    )
    if rows[0][0]:
        raise StudyError(
            f"{values['method']} was published for a later time than {values['now']}.",
            "Publish for a later time: what was in force stays as it was.",
        )


def _stage(
    target: Target, segmentation: Publication, values: Mapping[str, Parameter], *, published: bool
) -> dict[str, int]:
    """Keep in the session what would change, and return how many rows of each kind there are."""
    relations = {
        "SCORED": parse(segmentation.scoring),
        "IN_FORCE": parse(_statement("publish", "in_force.sql") if published else _NONE_IN_FORCE),
    }
    query = with_relations(parse(_statement("publish", "changes.sql")), relations)
    target.run(_statement("publish", "changes_table.sql"))
    columns = ", ".join(query.named_selects)
    target.run(f"INSERT INTO {STAGE} ({columns}) {query.sql(dialect='snowflake')}", values)
    (counts,) = target.run(_statement("publish", "sound.sql"))
    for number, (what, mend) in zip(counts[1:], _UNSOUND, strict=True):
        if number:
            raise StudyError(f"{segmentation.method} gives {number:,} authors {what}.", mend)
    if not counts[0]:
        raise StudyError(
            f"{segmentation.method} assigns no author.",
            "Nothing is closed on such an answer: check the marts and the scoring query.",
        )
    rows = target.run(f"SELECT CHANGE, COUNT(*) AS N FROM {STAGE} GROUP BY CHANGE")
    return {str(change): int(number) for change, number in rows}


def _require_one_in_force(target: Target, values: Mapping[str, Parameter]) -> None:
    if target.run(_statement("publish", "contradictions.sql"), values)[0][0]:
        raise StudyError(
            f"Another publication of {values['method']} ran at the same time.",
            "Nothing was kept of this one: publish again.",
        )


_NONE_IN_FORCE = """
SELECT
    CAST(NULL AS BIGINT) AS AUTHORID,
    CAST(NULL AS VARCHAR) AS SEGMENT,
    CAST(NULL AS VARCHAR) AS METHOD_VERSION,
    CAST(NULL AS BOOLEAN) AS IS_PRIMARY,
    CAST(NULL AS DOUBLE) AS PROBABILITY
FROM (SELECT 1 AS ONE) AS NOTHING
WHERE ONE = 0
"""
_UNSOUND = (
    ("without an id a segment", "The scoring query must return AUTHORID."),
    ("a segment twice", "The scoring query must return one row per author and segment."),
    ("no primary segment, or several", "One segment of each author must have IS_PRIMARY."),
    ("a probability outside 0 and 1", "Correct the scoring query."),
)
