"""From the four marts to the tables of ``sql/ddl/``: create them, and fill them with what is known.

The marts stay as they are and go on being filled; the statements of ``sql/backfill/`` add what came
since the last time, so that running them again changes nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime

from analysis.resources import sql_file
from analysis.warehouse.target import Target, checked
from analysis.warehouse.vocabulary import with_vocabulary

FILLED = ("DIM_LABEL", "DETECTED_ITEM", "ITEM_LABEL", "AUTHOR_FOLLOWER_READING")
"""Tables that are filled from the marts; the others are filled by publishing."""


def create_tables(target: Target) -> None:
    """Create the tables of ``sql/ddl/`` that are missing."""
    for path in sorted(sql_file("ddl").glob("*.sql")):
        target.run(path.read_text(encoding="utf-8"))


def backfill(target: Target, *, now: datetime | None = None) -> dict[str, int]:
    """Fill labels, items and readings of followers from the marts, in one transaction.

    Parameters
    ----------
    target : Target
    now : datetime, optional
        With a time zone: when the follower counts were read. The clock's time by default.

    Returns
    -------
    dict
        Table -> rows that were added.

    Raises
    ------
    SourceError
        If the warehouse refuses a statement; nothing is kept then.
    """
    moment = (now or datetime.now(UTC)).astimezone(UTC).replace(tzinfo=None)
    create_tables(target)
    before = _sizes(target)
    with target.transaction():
        for path in sorted(sql_file("backfill").glob("*.sql")):
            tree = with_vocabulary(checked(path.read_text(encoding="utf-8")))
            text = tree.sql(dialect="snowflake", comments=False)
            target.run(text, {"now": moment.isoformat(sep=" ")})
    return {table: size - before[table] for table, size in _sizes(target).items()}


def _sizes(target: Target) -> dict[str, int]:
    return {table: int(target.run(f"SELECT COUNT(*) AS N FROM {table}")[0][0]) for table in FILLED}
