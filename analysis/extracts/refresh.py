"""Counts by author, label and week that a new week of posts touches only where it must.

Each week of posts is a partition. Posts that come or change in a week can alter the counts of that
week and, because an image counts in the week of its first post, those of later weeks; never those
of earlier ones. So everything from the first changed week on is asked anew, and the rest is kept.
Labels are taken to be detected once, when an image is first posted: labels added later to an old
image are not seen by the state of its week.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from analysis.extracts.catalogue import Extract, read
from analysis.resources import sql_file
from analysis.warehouse.batches import narrow
from analysis.warehouse.source import Parameter, Source


@dataclass(frozen=True)
class LabelWeeks:
    """Counts by author, label and week, and the state of the weeks that they were made from.

    Attributes
    ----------
    counts : pyarrow.Table
        The answer to ``sql/scale/label_weeks.sql`` for all weeks.
    state : pyarrow.Table
        The answer to ``sql/scale/week_state.sql``.
    fetched_from : datetime.date or None
        Monday from which on the last refresh asked anew; None if nothing had changed.
    """

    counts: pa.Table
    state: pa.Table
    fetched_from: date | None


def refresh(
    source: Source, parameters: Mapping[str, Parameter], kept: LabelWeeks | None = None
) -> LabelWeeks:
    """Bring the counts up to date; without ``kept``, for the first time.

    Raises
    ------
    SourceError, ContractError
        As ``Source.query`` does.
    """
    state = _extract("week_state").run(source).table
    changed = _changed(state, None if kept is None else kept.state)
    weeks = _extract("label_weeks")
    if not changed:
        empty = weeks.schema.empty_table()
        return LabelWeeks(empty if kept is None else kept.counts, state, None)
    first = min(changed)
    end = max([*state["WEEK"].to_pylist(), first]) + timedelta(days=7)
    values = {**parameters, "first_day": first.isoformat(), "end_day": end.isoformat()}
    fresh = weeks.run(source, values).table
    if kept is None:
        return LabelWeeks(fresh, state, first)
    before = kept.counts.filter(pc.less(kept.counts["WEEK"], pa.scalar(first)))
    together = pa.concat_tables([before, fresh], promote_options="permissive")
    return LabelWeeks(narrow(together), state, first)


def _changed(now: pa.Table, then: pa.Table | None) -> set[date]:
    def rows(table: pa.Table) -> set[tuple[object, ...]]:
        return {tuple(row.values()) for row in table.to_pylist()}

    differing = rows(now) ^ (set() if then is None else rows(then))
    return {week for week, *_ in differing if isinstance(week, date)}


def _extract(name: str) -> Extract:
    return read(sql_file("scale", f"{name}.sql"))
