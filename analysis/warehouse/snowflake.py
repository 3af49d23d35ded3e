"""The four marts in Snowflake, read through its connector.

Values are bound by the server, results come as Arrow and every batch is cast to the declared
schema. A query only reads and refers to one as-of time, so it can be sent again when something
passing went wrong; how often, and that it was, is bounded and logged.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, TypeVar

import pyarrow as pa
from snowflake import connector
from snowflake.connector import errors
from snowflake.connector.vendored import urllib3

from analysis.errors import SourceError
from analysis.warehouse import batches
from analysis.warehouse.dialect import require_marts, tables_of, to_snowflake, together
from analysis.warehouse.source import MARTS, NOTHING_SHARED, Answer, Parameter, SourceInfo

log = logging.getLogger(__name__)
Result = TypeVar("Result")

# seconds; a connection's own settings come first
TIMEOUTS = {"login_timeout": 60, "network_timeout": 120, "socket_timeout": 60}
STATEMENT_TIMEOUT = 1800
ATTEMPTS = 4
BACKOFF = 1.0

_PASSING = (
    errors.BadGatewayError,
    errors.GatewayTimeoutError,
    errors.HttpError,
    errors.InternalServerError,
    errors.OperationalError,
    errors.OtherHTTPRetryableError,
    errors.RequestExceedMaxRetryError,
    errors.RequestTimeoutError,
    errors.ServiceUnavailableError,
    errors.TooManyRequests,
)
_NETWORK = (urllib3.exceptions.HTTPError, OSError)
# session gone or expired: a new login mends it
_SESSION = {250002, 252007, 390104, 390110, 390111, 390112, 390113, 390114, 390115}
# a result that came in pieces or broken: 2520xx chunks, 255005 Arrow stream
_RESULT = {252010, 252013, 255005}
_LOGIN_LACKS = {251001: "an account", 251005: "a user", 251006: "a password or an authenticator"}
_TIME_TRAVEL = {707, 708, 709}
_MENDS = {
    604: ("was cancelled", "Run again, and see in the query history who cancelled it."),
    606: ("has no warehouse to run on", "Name one that the role may use in the connection."),
    630: ("took longer than allowed", "Use a larger warehouse, or raise its statement timeout."),
    904: ("asks for a column that does not exist", "Run study doctor: it lists what is missing."),
    2003: ("asks for a table that does not exist or that the role may not read",
           "Check database, schema and role of the connection; docs/sources.md lists the grants."),
    2043: ("asks for an object that does not exist or that the role may not use",
           "Check database, schema and role of the connection; docs/sources.md lists the grants."),
    90073: ("needs a warehouse that a resource monitor has suspended",
            "Wait for the monitor's next period, or name another warehouse."),
}  # fmt: skip
_TABLES = """
SELECT
    TABLE_CATALOG, TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, ROW_COUNT, BYTES,
    CAST(CREATED AS VARCHAR) AS CREATED, LAST_ALTERED
FROM INFORMATION_SCHEMA.TABLES
WHERE TABLE_SCHEMA = CURRENT_SCHEMA()
"""
_COLUMNS = """
SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, NUMERIC_PRECISION, NUMERIC_SCALE
FROM INFORMATION_SCHEMA.COLUMNS
WHERE TABLE_SCHEMA = CURRENT_SCHEMA()
ORDER BY TABLE_NAME, ORDINAL_POSITION
"""


class _IncompleteError(Exception):
    """Fewer or more rows came than the warehouse announced."""


class Snowflake:
    """A source in Snowflake.

    Parameters
    ----------
    name : str
        Name of the connection, shown on pages.
    parameters : mapping
        Arguments of ``snowflake.connector.connect``; kept for a new login, never shown.
    as_of : datetime, optional
        With a time zone; None takes the warehouse's own clock now.
    time_travel : bool, optional
        Whether marts are read as they were at ``as_of``. None does so unless the account refuses
        (a shared database has no history), and then says so in the log.
    attempts : int
        How often a query is sent at most.
    backoff : float
        Seconds before the second time; they double each time.

    Raises
    ------
    SourceError
        If the login is refused or Snowflake cannot be reached.
    """

    def __init__(
        self,
        name: str,
        parameters: Mapping[str, Any],
        *,
        as_of: datetime | None = None,
        time_travel: bool | None = None,
        attempts: int = ATTEMPTS,
        backoff: float = BACKOFF,
    ) -> None:
        self._name = name
        self._attempts, self._backoff = attempts, backoff
        self._parameters = self._settings(parameters)
        self._connection: Any = None
        self._asked = as_of is not None
        self._travel = time_travel
        # the warehouse's clock, not ours, decides what "now" is
        now = _utc(self._metadata("SELECT SYSDATE() AS NOW", "clock")[0][0])
        if as_of is not None and as_of > now:
            self.close()
            raise SourceError(
                f"The as-of time lies in the future of {name}'s clock.", "Choose an earlier one."
            )
        self._as_of = as_of or now
        self.info = SourceInfo(
            "snowflake", name, self._as_of.astimezone(UTC).isoformat(timespec="microseconds")
        )

    @staticmethod
    def _settings(parameters: Mapping[str, Any]) -> dict[str, Any]:
        session = {
            "TIMEZONE": "UTC",
            "WEEK_START": 1,
            "STATEMENT_TIMEOUT_IN_SECONDS": STATEMENT_TIMEOUT,
            "PYTHON_CONNECTOR_QUERY_RESULT_FORMAT": "arrow_force",
            "QUERY_TAG": _tag("session"),
            **parameters.get("session_parameters", {}),
        }
        return {
            "application": "author_panels",
            **TIMEOUTS,
            **parameters,
            "session_parameters": session,
            "paramstyle": "qmark",
        }

    def query(
        self,
        sql: str,
        parameters: Mapping[str, Parameter] | None = None,
        schema: pa.Schema | None = None,
        *,
        name: str = "query",
        shared: Mapping[str, str] = NOTHING_SHARED,
    ) -> Answer:
        """Run one statement; see ``Source.query``.

        Raises
        ------
        SourceError
            If Snowflake refuses the query or stays away.
        ContractError
            If a value does not fit the declared schema.
        """
        sql = together(sql, shared)  # a reader may keep nothing in the account
        require_marts(sql)
        travels = bool(tables_of(sql)) and self._travel is not False
        try:
            return self._query(sql, parameters, schema, name, self._as_of if travels else None)
        except errors.Error as error:
            if not travels or self._asked or self._travel or error.errno in _MENDS:
                raise self._refusal(error, name) from None
        log.warning("%s keeps no history of the marts: they are read as they are", self._name)
        self._travel = False
        try:
            return self._query(sql, parameters, schema, name, None)
        except errors.Error as error:
            raise self._refusal(error, name) from None

    def _query(
        self,
        sql: str,
        parameters: Mapping[str, Parameter] | None,
        schema: pa.Schema | None,
        name: str,
        as_of: datetime | None,
    ) -> Answer:
        text, marks = to_snowflake(sql, as_of)
        given = parameters or {}
        if missing := sorted(set(marks) - given.keys()):
            raise ValueError(f"{name} needs a value for {', '.join(missing)}")
        values = [given[mark] for mark in marks]
        start = time.perf_counter()

        def fetch(cursor: Any) -> Answer:
            cursor.execute(text, values, _statement_params={"QUERY_TAG": _tag(name)})
            if schema is None:
                table = cursor.fetch_arrow_all(force_return_table=True)
            else:
                table = batches.gather(cursor.fetch_arrow_batches(), schema, name)
            if cursor.rowcount is not None and table.num_rows != cursor.rowcount:
                raise _IncompleteError
            return Answer(table, cursor.sfqid)

        answer = self._attempt(fetch, name)
        seconds = time.perf_counter() - start
        log.info(
            "query %s id=%s rows=%d seconds=%.3f",
            name, answer.query_id, answer.table.num_rows, seconds,
        )  # fmt: skip
        return answer

    def _metadata(self, sql: str, name: str) -> list[tuple[Any, ...]]:
        """Return a few rows about tables, never of them."""

        def fetch(cursor: Any) -> list[tuple[Any, ...]]:
            rows: list[tuple[Any, ...]] = cursor.execute(sql).fetchall()
            log.info("query %s id=%s rows=%d", name, cursor.sfqid, len(rows))
            return rows

        try:
            return self._attempt(fetch, name)
        except errors.Error as error:
            raise self._refusal(error, name) from None

    def _attempt(self, fetch: Callable[[Any], Result], name: str) -> Result:
        """Run ``fetch`` with a cursor, again while what fails may pass.

        Raises
        ------
        SourceError
            If it failed as often as allowed, or the answer was broken each time.
        snowflake.connector.errors.Error
            If trying again cannot help.
        """
        for attempt in range(1, self._attempts + 1):
            try:
                if self._connection is None:
                    self._connection = self._login()
                with self._connection.cursor() as cursor:
                    return fetch(cursor)
            except (errors.Error, pa.ArrowException, _IncompleteError, *_NETWORK) as error:
                if not _is_transient(error):
                    raise
                reason = _reason(error)
                if attempt == self._attempts:
                    raise SourceError(
                        f"Snowflake ({self._name}) stayed away in {name}: {reason}, "
                        f"{attempt} times.",
                        "Check the network and Snowflake's status page, then run again: "
                        "what was fetched before is kept.",
                    ) from None
                pause = self._backoff * 2 ** (attempt - 1)
                log.warning(
                    "query %s: %s; attempt %d of %d in %.1f s",
                    name, reason, attempt + 1, self._attempts, pause,
                )  # fmt: skip
                time.sleep(pause)
                if attempt > 1 or getattr(error, "errno", None) in _SESSION:
                    self.close()
        raise AssertionError("the last attempt returns or raises")

    def _login(self) -> Any:
        # the connector logs hosts and statements at INFO; ours say what a reader needs
        logging.getLogger("snowflake").setLevel(logging.WARNING)
        try:
            return connector.connect(**self._parameters)
        except (errors.Error, *_NETWORK) as error:
            # the connector has tried again itself, for as long as login_timeout allows
            raise self._login_refusal(error) from None
        except (TypeError, ValueError):
            # a key that cannot be read, a value of the wrong kind: its text may quote the value
            raise SourceError(
                f"The connection {self._name} holds a value that cannot be used.",
                "Check its keys, private key and passphrase; see docs/sources.md.",
            ) from None

    def _login_refusal(self, error: Exception) -> SourceError:
        if not isinstance(error, errors.Error) or _is_transient(error):
            return SourceError(
                f"Snowflake cannot be reached for connection {self._name} ({_reason(error)}).",
                "Check the account's name, the network, and a proxy if there is one.",
            )
        if error.errno in _LOGIN_LACKS:
            return SourceError(
                f"The connection {self._name} lacks {_LOGIN_LACKS[error.errno]}.",
                "Add it to connections.toml or to the SNOWFLAKE_* variables.",
            )
        return SourceError(
            f"Snowflake refused the login of connection {self._name} (error {error.errno}).",
            "Check account, user, authenticator and its key, token or password.",
        )

    def _refusal(self, error: errors.Error, name: str) -> SourceError:
        """Return what a refused query means; the server's own text may quote values."""
        if error.errno in _TIME_TRAVEL:
            return SourceError(
                f"{self._name} keeps no rows as old as {self.info.as_of} for {name}.",
                "Leave the as-of time out or choose a later one.",
            )
        what, mend = _MENDS.get(
            error.errno, ("was refused", "Look the query up in the query history.")
        )
        query = f", query {error.sfqid}" if error.sfqid else ""
        return SourceError(
            f"The query {name} of {self._name} {what} (error {error.errno}{query}).", mend
        )

    def quick_fingerprint(self, tables: Sequence[str] = MARTS) -> dict[str, str]:
        """Return the same as ``fingerprint``, which asks for metadata only."""
        return self.fingerprint(tables)

    def fingerprint(self, tables: Sequence[str] = MARTS) -> dict[str, str]:
        """Return a hash of rows, bytes and time of the last change of each table.

        A view says nothing of its rows and a table that changed after the as-of time is no longer
        what was read: both count as changed in every run.
        """
        account = [self._parameters.get(key, "") for key in ("account", "host")]
        result = {}
        for row in self._metadata(_TABLES, "fingerprint"):
            table, kind, changed = row[2], row[3], row[-1]
            if table not in tables:
                continue
            facts = [*account, *row]
            if kind != "BASE TABLE" or changed is None or _utc(changed) > self._as_of:
                facts.append(self.info.as_of)
            result[table] = hashlib.sha256("/".join(map(str, facts)).encode()).hexdigest()
        return result

    def columns(self) -> dict[str, dict[str, str]]:
        """Return the column names and declared types of each mart that exists."""
        result: dict[str, dict[str, str]] = {}
        for table, column, kind, precision, scale in self._metadata(_COLUMNS, "columns"):
            if table in MARTS:
                declared = f"{kind}({precision},{scale})" if kind == "NUMBER" else kind
                result.setdefault(table, {})[column.upper()] = declared
        if not result:
            place = f"{self._parameters.get('database')}.{self._parameters.get('schema')}"
            raise SourceError(
                f"The connection {self._name} shows none of the four marts in {place}.",
                "Check its database, schema and role; docs/sources.md lists the grants.",
            )
        return result

    def close(self) -> None:
        """Give up the session."""
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close(retry=False)
            except (errors.Error, *_NETWORK):
                log.debug("the session was gone already")


def _utc(stamp: datetime) -> datetime:
    return stamp.replace(tzinfo=UTC) if stamp.tzinfo is None else stamp


def _tag(name: str) -> str:
    """Return the query tag: who asks, which version, what for."""
    return json.dumps(
        {"project": "author-panels", "version": version("author-panels"), "for": name}
    )


def _is_transient(error: Exception) -> bool:
    """Whether trying again may help."""
    if isinstance(error, (errors.NonRetryableTlsError, errors.RevocationCheckError)):
        return False
    if isinstance(error, _PASSING):
        return error.errno not in _LOGIN_LACKS
    if isinstance(error, errors.Error):
        return error.errno in _SESSION | _RESULT
    return True


def _reason(error: Exception) -> str:
    """Name a failure without its text, which may hold addresses and values."""
    number = getattr(error, "errno", None)
    known = isinstance(number, int) and number > 0
    name = "incomplete result" if isinstance(error, _IncompleteError) else type(error).__name__
    return f"{name} {number}" if known and isinstance(error, errors.Error) else name
