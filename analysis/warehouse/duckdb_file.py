"""The four marts in a DuckDB file, opened read-only."""

from __future__ import annotations

import hashlib
import logging
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TypeVar
from uuid import uuid4

import duckdb
import pyarrow as pa
from filelock import FileLock, Timeout

from analysis.errors import SourceError
from analysis.warehouse import batches
from analysis.warehouse.dialect import placeholders, require_marts, tables_of, to_duckdb
from analysis.warehouse.source import MARTS, NOTHING_SHARED, Answer, Parameter, SourceInfo

log = logging.getLogger(__name__)
Result = TypeVar("Result")

MEMORY_LIMIT = "2GB"
_LEAST_MiB, _MOST_MiB = 1024, 2048


def memory_for(path: Path) -> str:
    """Return what DuckDB may hold for a file: one and a half times its size, within limits.

    More would be filled with pages of the file that are read once; with less than a GiB, what
    queries share and what they sum push one another out, also of a small file.
    """
    return f"{min(max(path.stat().st_size * 3 // 2**21, _LEAST_MiB), _MOST_MiB)}MiB"


def quoted(identifier: str) -> str:
    """Quote a name for use in SQL."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote a text for use in SQL, where a statement takes no bound value."""
    return "'" + text.replace("'", "''") + "'"


class _Spill:
    """A private folder for rows that do not fit into memory.

    What killed runs left is removed first: the lock beside a folder goes with the process.
    """

    def __init__(self) -> None:
        place = Path(tempfile.gettempdir())
        for left in place.glob("study-spill-*.lock"):
            with suppress(Timeout, OSError), FileLock(left, timeout=0):  # nobody's any more
                shutil.rmtree(left.with_suffix(""), ignore_errors=True)
                left.unlink(missing_ok=True)
        self._lock = FileLock(place / f"study-spill-{uuid4().hex}.lock", mode=0o600)
        self._lock.acquire()
        self.name = str(Path(self._lock.lock_file).with_suffix(""))
        Path(self.name).mkdir(mode=0o700)

    def cleanup(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.name, ignore_errors=True)
        self._lock.release()
        Path(self._lock.lock_file).unlink(missing_ok=True)


class DuckDBEngine:
    """A private in-memory DuckDB over which views with the marts' names are laid.

    Parameters
    ----------
    memory_limit : str
        What DuckDB may hold in memory; beyond it, it spills to a private temporary folder.
    threads : int, optional
        Workers; None takes what the machine offers.
    """

    info: SourceInfo

    def __init__(self, memory_limit: str = MEMORY_LIMIT, threads: int | None = None) -> None:
        self._spill = _Spill()
        config: dict[str, str | int | bool] = {
            "memory_limit": memory_limit,
            "block_allocator_memory": memory_limit,  # pages are given back once, when it closes
            "temp_directory": self._spill.name,
            "autoinstall_known_extensions": False,
            "preserve_insertion_order": False,
        }
        if threads is not None:
            config["threads"] = threads
        self._connection = duckdb.connect(":memory:", config=config)  # type: ignore[arg-type]
        self._connection.execute("SET TimeZone = 'UTC'")
        self._queries = 0
        self._kept: dict[str, int] = {}

    def query(
        self,
        sql: str,
        parameters: Mapping[str, Parameter] | None = None,
        schema: pa.Schema | None = None,
        *,
        name: str = "query",
        shared: Mapping[str, str] = NOTHING_SHARED,
    ) -> Answer:
        """Run one statement written in Snowflake's dialect; see ``Source.query``.

        Shared relations are worked out once for all queries of this connection.
        """
        for text in (*shared.values(), sql):
            require_marts(text, frozenset(shared))
        names = placeholders(sql).union(*map(placeholders, shared.values()))
        bound = {key: value for key, value in (parameters or {}).items() if key in names}
        if missing := sorted(names - bound.keys()):
            raise ValueError(f"{name} needs a value for {', '.join(missing)}")
        start = time.perf_counter()
        for relation, select in shared.items():
            self._keep(relation, select, bound, name)
        text, values = to_duckdb(sql), {key: bound[key] for key in placeholders(sql)}
        table: pa.Table = self._guarded(
            lambda: self._connection.sql(text, params=values).to_arrow_table(), name
        )
        answer = table if schema is None else batches.cast(table, schema, name)
        self._queries += 1
        query_id = f"{self.info.kind}-{self._queries}"
        seconds = time.perf_counter() - start
        log.info("query %s id=%s rows=%d seconds=%.3f", name, query_id, answer.num_rows, seconds)
        return Answer(answer, query_id)

    def _keep(self, relation: str, sql: str, bound: Mapping[str, Parameter], name: str) -> None:
        """Make a temporary table of a relation, unless it is there, made of the same."""
        values = tuple((key, bound[key]) for key in sorted(placeholders(sql)))
        above = tuple(self._kept[table] for table in sorted(tables_of(sql) & self._kept.keys()))
        recipe = hash((sql, values, above))
        if self._kept.get(relation) != recipe:
            text = f"CREATE OR REPLACE TEMP TABLE {relation} AS {to_duckdb(sql)}"
            self._guarded(lambda: self._connection.execute(text, dict(values)), name)
            self._kept[relation] = recipe

    def _guarded(self, run: Callable[[], Result], name: str) -> Result:
        """Run a statement; what DuckDB says of a failure becomes a SourceError."""
        try:
            return run()
        except duckdb.OutOfMemoryException:
            raise SourceError(
                f"{name} needs more memory than it may use.",
                "Raise the memory limit, or free space in the temporary folder.",
            ) from None
        except (duckdb.BinderException, duckdb.CatalogException) as error:
            # these name tables, columns and types, never a value of a row
            line = str(error).splitlines()[0]
            raise SourceError(
                f"{self.info.name} cannot answer {name}: {line}",
                "Run study doctor: it compares the tables with the contract.",
            ) from None
        except duckdb.Error as error:
            if "No space left" in str(error):
                raise SourceError(
                    f"The temporary folder is full: {name} could not be finished.",
                    "Free space there, or let TMPDIR name a larger folder.",
                ) from None
            raise SourceError(
                f"{self.info.name} failed in {name} ({type(error).__name__}).",
                "Check that the file is whole and was not changed during the run, then run again.",
            ) from None

    def columns(self) -> dict[str, dict[str, str]]:
        """Return the column names and declared types of each mart that exists."""
        rows = self._connection.execute(
            "SELECT table_name, upper(column_name), data_type FROM duckdb_columns() "
            "WHERE database_name = 'memory' AND schema_name = 'main' ORDER BY ALL"
        ).fetchall()
        result: dict[str, dict[str, str]] = {}
        for table, column, kind in rows:
            if table in MARTS:
                result.setdefault(table, {})[column] = kind
        return result

    def close(self) -> None:
        """Close the database and remove what it spilled."""
        self._connection.close()
        self._spill.cleanup()


class DuckDBFile(DuckDBEngine):
    """A source in a DuckDB file; the marts may lie in any one schema, in any case.

    Parameters
    ----------
    path : Path
        The file.
    kind : str
        "duckdb", or "sample" for a file that this project made.
    as_of : datetime, optional
        With a time zone. A file keeps no history: a time before its last change is refused.

    Raises
    ------
    SourceError
        If the file is missing, is no DuckDB database or is being written.
    """

    def __init__(
        self,
        path: Path,
        *,
        kind: Literal["duckdb", "sample"] = "duckdb",
        as_of: datetime | None = None,
        memory_limit: str | None = None,
        threads: int | None = None,
    ) -> None:
        self._path = path
        if not path.is_file():
            raise SourceError(f"There is no file {path}.", "Check the path, or run study sample.")
        self.info = SourceInfo(kind, path.name, state_of([path], as_of))
        super().__init__(memory_limit or memory_for(path), threads)
        try:
            self._attach()
        except BaseException:
            self.close()
            raise

    def _attach(self) -> None:
        try:
            self._connection.execute(
                f"ATTACH {literal(str(self._path))} AS warehouse (TYPE duckdb, READ_ONLY)"
            )
        except duckdb.Error as error:
            if "lock" in str(error):
                raise SourceError(
                    f"{self._path.name} is being written by another program.",
                    "Close it there, then run again.",
                ) from None
            raise SourceError(
                f"{self._path.name} is not a DuckDB file that this version can read.",
                "Check that the file is whole, or write it again with the current DuckDB.",
            ) from None
        found = self._connection.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'warehouse' "
            "UNION ALL SELECT schema_name, view_name FROM duckdb_views() "
            "WHERE database_name = 'warehouse' AND NOT internal ORDER BY ALL"
        ).fetchall()
        by_schema: dict[str, dict[str, str]] = {}
        for schema, table in found:
            if table.upper() in MARTS:
                by_schema.setdefault(schema, {})[table.upper()] = table
        # the schema that holds most of the marts; `main` where two hold as many
        schema, tables = max(
            by_schema.items(), key=lambda item: (len(item[1]), item[0] == "main"), default=("", {})
        )
        if not tables:
            raise SourceError(
                f"{self._path.name} holds none of the four marts.",
                f"Name a file with {', '.join(MARTS)}.",
            )
        for mart, table in tables.items():
            self._connection.execute(
                f"CREATE VIEW {mart} AS SELECT * FROM warehouse.{quoted(schema)}.{quoted(table)}"
            )

    def quick_fingerprint(self, tables: Sequence[str] = MARTS) -> dict[str, str]:
        """Return size and time of change of the file, for every table."""
        log_file = self._path.with_name(self._path.name + ".wal")
        digest = digest_of([path for path in (self._path, log_file) if path.exists()])
        return dict.fromkeys([table for table in tables if table in self.columns()], digest)

    def fingerprint(self, tables: Sequence[str] = MARTS) -> dict[str, str]:
        """Return a hash of the rows of each table, whatever their order and the file's name."""
        present = self.columns()
        result = {}
        for table in tables:
            if table in present:
                columns = "/".join(f"{name} {kind}" for name, kind in present[table].items())
                row = self._connection.execute(
                    f"SELECT count(*), sum(hash(t)::HUGEINT)::VARCHAR FROM {quoted(table)} AS t"
                ).fetchall()
                # hash() may differ between versions of DuckDB, which must then look like a change
                text = f"{duckdb.__version__}/{columns}/{row}"
                result[table] = hashlib.sha256(text.encode()).hexdigest()
        return result


def digest_of(paths: Sequence[Path]) -> str:
    """Return a hash of name, size and time of change of files."""
    stats = [(str(path.resolve()), path.stat()) for path in sorted(paths)]
    text = "/".join(f"{name}:{stat.st_size}:{stat.st_mtime_ns}" for name, stat in stats)
    return hashlib.sha256(text.encode()).hexdigest()


def state_of(paths: Sequence[Path], as_of: datetime | None) -> str:
    """Return when the files were last changed, in UTC, to the second.

    Raises
    ------
    SourceError
        If ``as_of`` lies before that time: files keep no history.
    """
    changed = datetime.fromtimestamp(max(path.stat().st_mtime for path in paths), UTC)
    changed = changed.replace(microsecond=0)
    if as_of is not None and as_of < changed:
        raise SourceError(
            f"{paths[0].name} was changed at {changed.isoformat()}, after the time asked for.",
            "Files keep no history: leave the as-of time out, or use a copy from that time.",
        )
    return changed.isoformat()
