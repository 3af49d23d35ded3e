"""The four marts as a folder of Parquet or CSV files, read through DuckDB."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from analysis.errors import ContractError, SourceError
from analysis.warehouse.contract import load
from analysis.warehouse.duckdb_file import (
    MEMORY_LIMIT,
    DuckDBEngine,
    digest_of,
    literal,
    quoted,
    state_of,
)
from analysis.warehouse.source import MARTS, NOTHING_SHARED, Answer, Parameter, SourceInfo

_FORMATS = {".parquet": "parquet", ".csv": "csv", ".csv.gz": "csv"}
_CASTS = {
    "identifier": "BIGINT",
    "number": "DECIMAL(38, 9)",
    "text": "VARCHAR",
    "boolean": "BOOLEAN",
    "time": "TIMESTAMP",
    "box": "VARCHAR",
}


class Folder(DuckDBEngine):
    """A source in a folder: for each mart a file of its name, in any case, or a folder of parts.

    Parquet is read in place. CSV, whose values have no types, is read once, when the first query
    comes, into a private database that is removed on ``close``; every value that is not of its
    column's type is an error that names the column and the number of rows.

    Parameters
    ----------
    path : Path
        The folder.
    as_of : datetime, optional
        With a time zone; files keep no history.

    Raises
    ------
    SourceError
        If the folder lacks a mart, holds one twice, or a file cannot be read.
    """

    def __init__(
        self,
        path: Path,
        *,
        as_of: datetime | None = None,
        memory_limit: str | None = None,
        threads: int | None = None,
    ) -> None:
        self._files = find_marts(path)
        everything = [file for files in self._files.values() for file in files]
        self.info = SourceInfo("folder", path.resolve().name, state_of(everything, as_of))
        self._unloaded: list[str] = []
        super().__init__(memory_limit or MEMORY_LIMIT, threads)
        try:
            for mart, files in self._files.items():
                self._lay(mart, files)
        except BaseException:
            self.close()
            raise

    def _lay(self, mart: str, files: Sequence[Path]) -> None:
        """Lay a view over the files of a mart; the view of CSV has its types, not yet its rows."""
        names = "[" + ", ".join(literal(str(file)) for file in files) + "]"
        if _format(files[0]) == "parquet":
            reader = f"read_parquet({names}, union_by_name = true)"
        else:
            # an empty field is NULL, an empty text is written ""
            reader = (
                f"read_csv({names}, all_varchar = true, header = true, union_by_name = true, "
                "allow_quoted_nulls = false, null_padding = false, strict_mode = true, "
                "delim = ',', quote = '\"', escape = '\"')"
            )
            self._unloaded.append(mart)
        try:
            self._connection.execute(f"CREATE VIEW raw_{mart} AS SELECT * FROM {reader}")
        except duckdb.Error:
            raise SourceError(
                f"{files[0].name} cannot be read as {_format(files[0]).upper()}.",
                "Check that it is whole; CSV needs a header, commas, quotes around line breaks "
                "and UTF-8.",
            ) from None
        if mart in self._unloaded:
            casts = [
                f"CAST(NULL AS {_CASTS[kind]}) AS {quoted(column)}"
                for column, kind in self._kinds(mart).items()
            ]
            self._connection.execute(f"CREATE VIEW {mart} AS SELECT {', '.join(casts)} LIMIT 0")
        else:
            self._connection.execute(f"CREATE VIEW {mart} AS SELECT * FROM raw_{mart}")

    def _kinds(self, mart: str) -> dict[str, str]:
        """Return the contract's type of every column of a CSV that the contract knows."""
        known = {c.name: c.type for c in load().columns if c.table == mart}
        names = [row[0] for row in self._connection.execute(f"DESCRIBE raw_{mart}").fetchall()]
        return {name: known[name.upper()] for name in names if name.upper() in known}

    def query(
        self,
        sql: str,
        parameters: Mapping[str, Parameter] | None = None,
        schema: pa.Schema | None = None,
        *,
        name: str = "query",
        shared: Mapping[str, str] = NOTHING_SHARED,
    ) -> Answer:
        """Run one statement, loading CSV files first where none was run before."""
        while self._unloaded:
            self._load(self._unloaded[0])
            self._unloaded.pop(0)
        return super().query(sql, parameters, schema, name=name, shared=shared)

    def _load(self, mart: str) -> None:
        """Read the CSV of a mart into typed columns of a private database."""
        kinds = self._kinds(mart)
        self._connection.execute(
            f"ATTACH IF NOT EXISTS {literal(str(Path(self._spill.name) / 'csv.duckdb'))} AS csv"
        )
        casts = [f"{_typed(column, kind)} AS {quoted(column)}" for column, kind in kinds.items()]
        checks = [
            f"count_if({quoted(column)} IS NOT NULL AND {_typed(column, kind)} IS NULL)"
            for column, kind in kinds.items()
        ]
        try:
            broken = self._connection.execute(
                f"SELECT {', '.join(checks)} FROM raw_{mart}"
            ).fetchone()
            wrong = [
                f"{column} is not {_READS[kind]} in {count} rows"
                for (column, kind), count in zip(kinds.items(), broken or (), strict=True)
                if count
            ]
            if wrong:
                raise ContractError(
                    f"{self._files[mart][0].name} breaks the contract: {'; '.join(wrong)}.",
                    "Mend the file, or export Parquet, which keeps types and line breaks.",
                )
            self._connection.execute(
                f"CREATE OR REPLACE TABLE csv.{mart} AS SELECT {', '.join(casts)} FROM raw_{mart}"
            )
        except duckdb.Error as error:
            # DuckDB names line and cause, and then quotes the line, which may be of a person
            line = re.search(r"Line: (\d+)", str(error))
            where = f" at line {line[1]}" if line else ""
            raise SourceError(
                f"{self._files[mart][0].name} cannot be read as CSV{where}.",
                "Quote fields that hold commas, quotes or line breaks, and write UTF-8; "
                "or export Parquet.",
            ) from None
        self._connection.execute(f"CREATE OR REPLACE VIEW {mart} AS SELECT * FROM csv.{mart}")

    def quick_fingerprint(self, tables: Sequence[str] = MARTS) -> dict[str, str]:
        """Return name, size and time of change of the files of each table, hashed."""
        return {table: digest_of(self._files[table]) for table in tables if table in self._files}

    def fingerprint(self, tables: Sequence[str] = MARTS) -> dict[str, str]:
        """Return the same as ``quick_fingerprint``."""
        return self.quick_fingerprint(tables)


_READS = {
    "identifier": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "time": "a time",
}


def _typed(column: str, kind: str) -> str:
    """Return SQL that gives a CSV field its type, or NULL where it cannot have it."""
    name = quoted(column)
    if kind == "identifier":
        number = f"TRY_CAST({name} AS DECIMAL(38, 9))"
        return f"CASE WHEN {number} = floor({number}) THEN TRY_CAST({number} AS BIGINT) END"
    if kind in ("text", "box"):
        return name
    return f"TRY_CAST({name} AS {_CASTS[kind]})"


def _format(path: Path) -> str:
    name = path.name.lower()
    return next((kind for ending, kind in _FORMATS.items() if name.endswith(ending)), "")


def find_marts(folder: Path) -> dict[str, list[Path]]:
    """Return the files of each mart.

    Raises
    ------
    SourceError
        If marts are missing, or one is there in two forms.
    """
    if not folder.is_dir():
        raise SourceError(f"There is no folder {folder}.", "Check the path.")
    found: dict[str, list[list[Path]]] = {mart: [] for mart in MARTS}
    for entry in sorted(folder.iterdir()):
        stem = entry.name.upper().partition(".")[0]
        if stem not in found:
            continue
        files = sorted(entry.rglob("*")) if entry.is_dir() else [entry]
        parts = [file for file in files if file.is_file() and _format(file)]
        if parts:
            found[stem].append(parts)
    missing = [mart for mart, forms in found.items() if not forms]
    if missing:
        raise SourceError(
            f"The folder {folder.name} lacks {', '.join(missing)}.",
            "Add a .parquet or .csv file (or a folder of parts) of that name.",
        )
    for mart, forms in found.items():
        if len(forms) > 1 or len({_format(file) for file in forms[0]}) > 1:
            raise SourceError(
                f"The folder {folder.name} holds {mart} more than once.",
                "Keep one file, or one folder of parts in one format.",
            )
    return {mart: forms[0] for mart, forms in found.items()}
