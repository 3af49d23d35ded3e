"""Where publishing writes: a DuckDB file or Snowflake, next to the four marts and never into them.

Statements are written in Snowflake's dialect with ``:name`` placeholders, as queries are. A target
carries out statements one by one; ``transaction`` makes several of them one.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import duckdb
import sqlglot
from snowflake import connector
from snowflake.connector import errors
from snowflake.connector.vendored import urllib3
from sqlglot import exp
from sqlglot.errors import SqlglotError

from analysis.errors import SourceError, StudyError, disk_trouble
from analysis.warehouse.connections import parameters_of
from analysis.warehouse.duckdb_file import MEMORY_LIMIT, quoted
from analysis.warehouse.snowflake import STATEMENT_TIMEOUT, TIMEOUTS
from analysis.warehouse.source import MARTS, Parameter

log = logging.getLogger(__name__)

TABLES = (
    "DIM_LABEL",
    "DETECTED_ITEM",
    "ITEM_LABEL",
    "AUTHOR_FOLLOWER_READING",
    "SEGMENTATION",
    "AUTHOR_SEGMENT",
)
"""The tables of ``sql/ddl/``."""

STAGE = "SEGMENT_CHANGES"
"""The one temporary table of a publication."""

_MARK = "__bind_{}__"
_MARKS = re.compile(r":__bind_(\d+)__")
_WRITES = (exp.Insert, exp.Merge, exp.Create)
_NETWORK = (urllib3.exceptions.HTTPError, OSError)

Rows = list[tuple[Any, ...]]


def checked(sql: str) -> exp.Expr:
    """Return the syntax tree of one statement that writes to no table but ours.

    Raises
    ------
    StudyError
        If it cannot be read, or would change a mart or anything else that was there.
    """
    try:
        (tree,) = (found for found in sqlglot.parse(sql, read="snowflake") if found is not None)
    except (SqlglotError, ValueError):
        raise StudyError("A statement cannot be read.", "Correct the file in sql/.") from None
    if isinstance(tree, exp.Query):
        return tree
    place = tree.this if isinstance(tree, _WRITES) else None
    place = place.this if isinstance(place, exp.Schema) else place
    ours = isinstance(place, exp.Table) and not place.args.get("db")
    if place is None or not ours or place.name.upper() not in (*TABLES, STAGE):
        what = place.sql("snowflake") if place is not None else tree.key.upper()
        raise StudyError(
            f"A statement would change {what}.", f"Publishing writes to {', '.join(TABLES)} only."
        )
    return tree


def for_duckdb(tree: exp.Expr) -> str:
    """Translate a statement to DuckDB; ``:name`` becomes ``$name``.

    Keys and the order of rows on disk are declarations that Snowflake does not enforce: DuckDB,
    which would enforce keys at the price of an index in memory, is given none, so that both do the
    same.
    """
    tree = tree.copy()
    if isinstance(tree, exp.Create):
        keys = (exp.PrimaryKey, exp.ForeignKey, exp.UniqueColumnConstraint)
        for node in list(tree.find_all(*keys, exp.Cluster, exp.ClusterProperty)):
            node.pop()
        for constraint in list(tree.find_all(exp.ColumnConstraint)):
            if isinstance(constraint.kind, exp.PrimaryKeyColumnConstraint | exp.Reference):
                constraint.pop()
    return tree.sql(dialect="duckdb", comments=False)


def for_snowflake(tree: exp.Expr) -> tuple[str, list[str]]:
    """Return the text that is sent to Snowflake and the names of its ``?`` marks in order."""
    tree = tree.copy()
    names: list[str] = []
    for mark in list(tree.find_all(exp.Placeholder)):
        names.append(str(mark.this))
        mark.set("this", _MARK.format(len(names) - 1))
    text = tree.sql(dialect="snowflake", pretty=True, comments=False)
    order = [names[int(number)] for number in _MARKS.findall(text)]
    return _MARKS.sub("?", text), order


class Target(Protocol):
    """A warehouse that may be written to."""

    @property
    def name(self) -> str:
        """Return the name that plans and errors show."""
        ...

    def run(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> Rows:
        """Carry out one statement in Snowflake's dialect and return its rows.

        Raises
        ------
        SourceError
            If the warehouse refuses it; no message holds a value of a row.
        StudyError
            If it would change a table that is not ours.
        """
        ...

    def tables(self) -> frozenset[str]:
        """Return which of our tables exist."""
        ...

    def transaction(self) -> Any:
        """Return a context: what runs in it is kept as a whole when it ends, or not at all."""
        ...

    def close(self) -> None:
        """Give up the connection."""
        ...


class DuckDBTarget:
    """A DuckDB file; our tables are made in the schema that holds the marts.

    Parameters
    ----------
    path : Path
    read_only : bool
        For plans: nothing can be written but what the session forgets.

    Raises
    ------
    SourceError
        If the file is missing, is used by another program or holds no mart.
    """

    def __init__(
        self, path: Path, *, read_only: bool = False, memory_limit: str = MEMORY_LIMIT
    ) -> None:
        self.name = path.name
        if not path.is_file():
            raise SourceError(f"There is no file {path}.", "Check the path.")
        try:
            self._connection = duckdb.connect(
                path, read_only=read_only, config={"memory_limit": memory_limit}
            )
        except duckdb.Error:
            raise SourceError(
                f"{path.name} cannot be opened for writing.",
                "Close it in other programs, and check that it is a DuckDB file you may write.",
            ) from None
        found = self._connection.execute(
            "SELECT schema_name, upper(table_name) FROM duckdb_tables() "
            "WHERE database_name = current_database() UNION ALL "
            "SELECT schema_name, upper(view_name) FROM duckdb_views() "
            "WHERE database_name = current_database() AND NOT internal"
        ).fetchall()
        schemas = sorted({schema for schema, table in found if table in MARTS})
        if len(schemas) != 1:
            self.close()
            raise SourceError(
                f"{path.name} holds the four marts in {len(schemas)} schemas.",
                "Name a file that holds them in one.",
            )
        self._connection.execute(f"SET schema = '{quoted(schemas[0])}'")
        self._connection.execute("SET TimeZone = 'UTC'")

    def run(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> Rows:
        """Carry out one statement; see ``Target.run``."""
        tree = checked(sql)
        names = {str(mark.this) for mark in tree.find_all(exp.Placeholder)}
        values = {name: (parameters or {})[name] for name in names}
        return self._execute(for_duckdb(tree), values)

    def _execute(self, text: str, values: Mapping[str, Parameter] | None = None) -> Rows:
        try:
            return self._connection.execute(text, dict(values or {})).fetchall()
        except (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException) as error:
            line = str(error).splitlines()[0]
            raise SourceError(f"{self.name} refuses a statement: {line}", _AGAIN) from None
        except duckdb.Error as error:
            why = (disk_trouble(error) or (type(error).__name__,))[0]
            raise SourceError(f"{self.name} failed in a statement: {why}.", _AGAIN) from None

    def tables(self) -> frozenset[str]:
        """Return which of our tables exist."""
        rows = self._connection.execute(
            "SELECT upper(table_name) FROM duckdb_tables() "
            "WHERE database_name = current_database() AND schema_name = current_schema()"
        ).fetchall()
        return frozenset(table for (table,) in rows) & frozenset(TABLES)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep what runs inside as a whole, or not at all."""
        self._execute("BEGIN TRANSACTION")
        try:
            yield
        except BaseException:
            self._execute("ROLLBACK")
            raise
        self._execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


class SnowflakeTarget:
    """A connection to Snowflake; our tables are made in its schema.

    A statement that writes is never sent twice: when the line breaks, the transaction is undone by
    the server, and publishing again does what is left to do.

    Parameters
    ----------
    name : str
        Name of the connection.
    parameters : mapping
        Arguments of ``snowflake.connector.connect``; never shown.

    Raises
    ------
    SourceError
        If the login is refused or Snowflake cannot be reached.
    """

    def __init__(self, name: str, parameters: Mapping[str, Any]) -> None:
        self.name = name
        tag = {"project": "author-panels", "version": version("author-panels"), "for": "publish"}
        session = {
            "TIMEZONE": "UTC",
            "STATEMENT_TIMEOUT_IN_SECONDS": STATEMENT_TIMEOUT,
            "QUERY_TAG": json.dumps(tag),
            **parameters.get("session_parameters", {}),
        }
        settings = {
            "application": "author_panels",
            **TIMEOUTS,
            **parameters,
            "session_parameters": session,
            "paramstyle": "qmark",
        }
        logging.getLogger("snowflake").setLevel(logging.WARNING)
        try:
            self._connection = connector.connect(**settings)
        except (errors.Error, *_NETWORK, TypeError, ValueError) as error:
            number = getattr(error, "errno", None)
            raise SourceError(
                f"Snowflake refused the connection {name} ({type(error).__name__} {number or ''}).",
                "Try study doctor with it: it says what is missing.",
            ) from None

    def run(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> Rows:
        """Carry out one statement; see ``Target.run``."""
        text, marks = for_snowflake(checked(sql))
        return self._execute(text, [(parameters or {})[mark] for mark in marks])

    def _execute(self, text: str, values: list[Parameter] | None = None) -> Rows:
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(text, values or None)
                rows: Rows = cursor.fetchall()
                log.info("statement id=%s rows=%d", cursor.sfqid, len(rows))
                return rows
        except (errors.Error, *_NETWORK) as error:
            number = getattr(error, "errno", None)
            raise SourceError(
                f"{self.name} refuses a statement ({type(error).__name__} {number or ''}).", _AGAIN
            ) from None

    def tables(self) -> frozenset[str]:
        """Return which of our tables exist."""
        rows = self._execute(
            "SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = CURRENT_SCHEMA()"
        )
        return frozenset(row[0].upper() for row in rows) & frozenset(TABLES)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep what runs inside as a whole, or not at all."""
        self._execute("BEGIN")
        try:
            yield
        except BaseException:
            # a line that is broken undoes it by itself
            with suppress(SourceError):
                self._execute("ROLLBACK")
            raise
        try:
            self._execute("COMMIT")
        except SourceError as error:
            raise SourceError(error.problem, _UNKNOWN) from None

    def close(self) -> None:
        """Give up the session."""
        with suppress(errors.Error, *_NETWORK):
            self._connection.close(retry=False)


_UNKNOWN = "It may have been kept, as a whole: publish again, which does only what is left to do."
_AGAIN = "Nothing was kept of it: mend the cause, then publish again."


def is_file(name: str) -> bool:
    """Say whether a user named a DuckDB file rather than a connection."""
    path = Path(name).expanduser()
    return path.is_file() or path.suffix.lower() in (".duckdb", ".db")


def open_target(name: str, *, read_only: bool = False) -> Target:
    """Open what a user named: a DuckDB file, "snowflake" for the default connection, or another.

    Raises
    ------
    SourceError
        If it does not exist or cannot be opened.
    """
    if is_file(name):
        return DuckDBTarget(Path(name).expanduser(), read_only=read_only)
    return SnowflakeTarget(*parameters_of(None if name == "snowflake" else name))
