"""One DuckDB file that holds extracts and results, each with its passport.

Readers open the file read-only and never wait. A writer works on a copy and
swaps it in whole, so that a reader, a crash or a full disk sees either the old
file or the new one.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from filelock import FileLock, Timeout

from analysis.cache.keys import content_hash, digest
from analysis.cache.passport import Entry, Passport
from analysis.errors import CacheError, DamagedCacheError, disk_trouble

FORMAT = 1
_LOCK_SECONDS = 900.0
_KEPT_RUNS = 50

_SCHEMA = f"""
create table format (version integer);
insert into format values ({FORMAT});
create table entries (
  key varchar primary key, name varchar, source varchar, passport varchar,
  tables varchar, values_json varchar);
create table fingerprints (source varchar primary key, quick varchar, exact varchar);
create table runs (run varchar primary key, started varchar, manifest varchar);
"""
_ENTRIES = "select passport, tables, values_json, key from entries"


@dataclass(frozen=True)
class Cache:
    """The cache file at ``path``.

    Parameters
    ----------
    path : pathlib.Path
        The DuckDB file; its folder is made when first written to.
    notice : callable, optional
        Receives one line when something was healed or waited for.
    """

    path: Path
    notice: Callable[[str], None] = lambda _: None

    # -- reading -------------------------------------------------------------

    def passports(self) -> list[Passport]:
        """Return the passports of all entries, oldest first."""
        rows = self._rows("select passport from entries order by rowid")
        with self._sound():
            return [_passport(text) for (text,) in rows]

    def passport(self, key: str) -> Passport | None:
        """Return the passport of an entry, or None where there is none; its tables stay unread."""
        rows = self._rows("select passport from entries where key = ?", [key])
        with self._sound():
            return _passport(rows[0][0]) if rows else None

    def read(self, key: str) -> tuple[Passport, Entry] | None:
        """Return an entry, or None where there is none.

        Raises
        ------
        CacheError
            If the stored tables no longer have the content their passport names.
        """
        if not self.path.exists():
            return None
        with self._reader() as connection:
            rows = connection.execute(f"{_ENTRIES} where key = ?", [key]).fetchall()
            return self._entry(connection, rows[0]) if rows else None

    def check(self) -> None:
        """Read all entries.

        Raises
        ------
        CacheError
            If one of them, or the last manifest, is not what was stored.
        """
        if self.path.exists():
            with self._reader() as connection:
                for row in connection.execute(_ENTRIES).fetchall():
                    passport, _ = self._entry(connection, row)
                    if passport.key != row[3]:
                        raise self.damaged(f"{passport.name} is not where its passport says")
            self.manifest()

    def fingerprint(self, source: str) -> tuple[dict[str, str], dict[str, str]] | None:
        """Return the quick and the exact fingerprint last seen of a source."""
        rows = self._rows("select quick, exact from fingerprints where source = ?", [source])
        with self._sound():
            return (json.loads(rows[0][0]), json.loads(rows[0][1])) if rows else None

    def manifest(self, run: str | None = None) -> dict[str, Any] | None:
        """Return what a run used (the last one if ``run`` is None)."""
        rows = self._rows(
            "select manifest from runs where ?1 is null or run = ?1 order by started desc limit 1",
            [run],
        )
        with self._sound():
            return json.loads(rows[0][0]) if rows else None

    # -- writing -------------------------------------------------------------

    def write(self, passport: Passport, entry: Entry) -> Passport:
        """Store an entry and drop the one it replaces; return the passport as stored.

        An entry of the same name and source is replaced: what an older state of
        the tables gave is not kept.
        """
        with self._writer() as connection:
            for key, stored in connection.execute(
                "select key, tables from entries where name = ? and source = ? or key = ?",
                [passport.name, passport.source, passport.key],
            ).fetchall():
                for table in json.loads(stored).values():
                    connection.execute(f'drop table "{table}"')
                connection.execute("delete from entries where key = ?", [key])
            names = {name: f"{passport.key[:24]}_{i}" for i, name in enumerate(entry.tables)}
            for name, stored in names.items():
                connection.register("incoming", entry.tables[name])
                connection.execute(f'create table "{stored}" as select * from incoming')
                connection.unregister("incoming")
            # Hashed as read back, because that is what every later reading is compared with.
            tables = {name: _fetch(connection, stored) for name, stored in names.items()}
            stamped = {
                **asdict(passport),
                "rows": sum(table.num_rows for table in tables.values()),
                "bytes": sum(table.nbytes for table in tables.values()),
                "content_hash": _content(tables, entry.values),
            }
            connection.execute(
                "insert into entries values (?, ?, ?, ?, ?, ?)",
                [
                    passport.key,
                    passport.name,
                    passport.source,
                    json.dumps(stamped),
                    json.dumps(names),
                    json.dumps(entry.values, allow_nan=False),
                ],
            )
        return _passport(json.dumps(stamped))

    def remember_fingerprint(
        self, source: str, quick: dict[str, str], exact: dict[str, str]
    ) -> None:
        """Note the state in which a source was last seen."""
        with self._writer() as connection:
            connection.execute(
                "insert or replace into fingerprints values (?, ?, ?)",
                [source, json.dumps(quick), json.dumps(exact)],
            )

    def record_run(self, run: str, started: str, manifest: dict[str, Any]) -> None:
        """Note which entries a run used; only the latest runs are kept."""
        with self._writer() as connection:
            connection.execute(
                "insert or replace into runs values (?, ?, ?)", [run, started, json.dumps(manifest)]
            )
            connection.execute(
                "delete from runs where run not in "
                f"(select run from runs order by started desc limit {_KEPT_RUNS})"
            )

    def clear(self) -> None:
        """Remove the cache file."""
        try:
            with self._lock():
                self.path.unlink(missing_ok=True)
        except OSError as error:
            raise self._trouble("removed", error) from error

    # -- the file ------------------------------------------------------------

    def _entry(
        self, connection: duckdb.DuckDBPyConnection, row: tuple[Any, ...]
    ) -> tuple[Passport, Entry]:
        passport = _passport(row[0])
        names: dict[str, str] = json.loads(row[1])
        tables = {name: _fetch(connection, stored) for name, stored in names.items()}
        values = json.loads(row[2])
        if _content(tables, values) != passport.content_hash:
            raise self.damaged(f"{passport.name} is not what was stored")
        return passport, Entry(tables, values)

    def _rows(self, sql: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
        if not self.path.exists():
            return []
        with self._reader() as connection:
            return connection.execute(sql, parameters or []).fetchall()

    @contextmanager
    def _reader(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._sound(), closing(duckdb.connect(str(self.path), read_only=True)) as connection:
            self._refuse_newer(connection)
            yield connection

    @contextmanager
    def _sound(self) -> Iterator[None]:
        """Turn whatever damage makes of reading into one error."""
        try:
            yield
        except (OSError, duckdb.Error, KeyError, TypeError, ValueError) as error:
            raise self._trouble("read", error) from error

    def _refuse_newer(self, connection: duckdb.DuckDBPyConnection) -> None:
        written_by = connection.execute("select max(version) from format").fetchall()[0][0]
        if written_by < FORMAT:
            raise self.damaged("it was written by an older version")
        if written_by > FORMAT:
            raise CacheError(
                f"The cache {self.path} was written by a newer version of the study.",
                "Upgrade, or run `study cache clear`.",
            )

    def _trouble(self, done: str, error: Exception) -> CacheError:
        """Return what it means that the file could not be read or written."""
        if cause := disk_trouble(error):
            return CacheError(
                f"The cache {self.path} could not be {done}: {cause[0]}.",
                f"{cause[1]}, or name another folder with STUDY_DIR.",
            )
        detail = f"{type(error).__name__}: {error}"
        # damage in a place that no entry lies in, where only a writer looks
        if done == "read" or "orrupt" in detail or "checksum" in detail:
            return self.damaged(detail)
        return CacheError(
            f"The cache {self.path} could not be {done} ({detail.splitlines()[0]}).",
            "Nothing in it was changed. Run `study doctor --bundle FILE` and report it.",
        )

    def damaged(self, detail: str) -> DamagedCacheError:
        """Return the error that says so; what was lost is fetched anew by the next run."""
        first = detail.splitlines()[0] if detail else "unreadable"
        return DamagedCacheError(
            f"The cache {self.path} is damaged ({first}).",
            "Run `study extract`: it fetches anew what was lost.",
        )

    @contextmanager
    def _lock(self) -> Iterator[None]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.path.with_suffix(".lock"))
        try:
            lock.acquire(timeout=0.2)
        except Timeout:
            self.notice("Another run is writing to the cache: waiting for it.")
            try:
                lock.acquire(timeout=_LOCK_SECONDS)
            except Timeout as error:
                raise CacheError(
                    f"Another run has held {lock.lock_file} for {_LOCK_SECONDS:.0f} seconds.",
                    "Wait for it or stop it.",
                ) from error
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def _writer(self) -> Iterator[duckdb.DuckDBPyConnection]:
        aside = self.path.with_name(f"{self.path.name}.{os.getpid()}.new")
        try:
            with self._lock():
                for left in self.path.parent.glob(f"{self.path.name}.*.new*"):
                    left.unlink(missing_ok=True)  # of a writer that was killed: the lock is ours
                try:
                    fresh = not self.path.exists()
                    if not fresh:
                        shutil.copyfile(self.path, aside)
                    with closing(duckdb.connect(str(aside))) as connection:
                        if fresh:
                            connection.execute(_SCHEMA)
                        self._refuse_newer(connection)
                        yield connection
                        connection.execute("checkpoint")
                    aside.chmod(0o600)  # features of authors, under pseudonyms
                    with aside.open("rb") as file:
                        os.fsync(file.fileno())
                    aside.replace(self.path)
                finally:
                    aside.unlink(missing_ok=True)
                    aside.with_name(aside.name + ".wal").unlink(missing_ok=True)
        except (OSError, duckdb.Error) as error:
            raise self._trouble("written", error) from error


def heal(cache: Cache) -> None:
    """Set a damaged cache file aside so that the next run starts a new one.

    Raises
    ------
    CacheError
        If the file is sound but of a newer version.
    """
    try:
        cache.check()
    except DamagedCacheError as error:
        cache.notice(f"{error.problem} It is fetched anew.")
        cache.clear()


def _fetch(connection: duckdb.DuckDBPyConnection, stored: str) -> pa.Table:
    return connection.table(f'"{stored}"').to_arrow_table()


def _content(tables: dict[str, pa.Table], values: dict[str, Any]) -> str:
    hashes = {name: content_hash(table) for name, table in tables.items()}
    return digest({"tables": hashes, "values": values})


def _passport(text: str) -> Passport:
    facts = json.loads(text)
    return Passport(**{**facts, "needs": tuple(facts["needs"])})
