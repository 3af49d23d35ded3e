"""Open the source that a user named: the sample, a DuckDB file, a folder or a connection."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from analysis.warehouse.connections import parameters_of
from analysis.warehouse.duckdb_file import DuckDBFile
from analysis.warehouse.folder import Folder
from analysis.warehouse.snowflake import Snowflake
from analysis.warehouse.source import Source


def open_source(
    name: str | None,
    *,
    sample_file: Path,
    as_of: datetime | None = None,
    memory_limit: str | None = None,
    threads: int | None = None,
    time_travel: bool | None = None,
) -> Source:
    """Open a source.

    Parameters
    ----------
    name : str or None
        None or "sample": the sample warehouse. A path of a ``.duckdb`` file or of a folder: what
        lies there. "snowflake": the default connection. Anything else: the name of a connection
        in ``connections.toml``.
    sample_file : Path
        Where the sample warehouse was written.
    as_of : datetime, optional
        With a time zone: the one time that all extracts refer to. Files keep no history.
    memory_limit, threads : str, int
        What DuckDB may use, for files and folders.
    time_travel : bool, optional
        Whether Snowflake reads the marts as they were at the as-of time; None: where it can,
        unless the variable STUDY_TIME_TRAVEL is "off".

    Raises
    ------
    SourceError
        If the source does not exist or cannot be opened; the text says how to mend it.
    """
    if name in (None, "", "sample"):
        return DuckDBFile(
            sample_file, kind="sample", as_of=as_of, memory_limit=memory_limit, threads=threads
        )
    path = Path(name).expanduser()
    if path.is_file() or path.suffix.lower() in (".duckdb", ".db"):
        return DuckDBFile(path, as_of=as_of, memory_limit=memory_limit, threads=threads)
    if path.is_dir() or name.endswith(("/", os.sep)):
        return Folder(path, as_of=as_of, memory_limit=memory_limit, threads=threads)
    if time_travel is None and os.environ.get("STUDY_TIME_TRAVEL", "").lower() == "off":
        time_travel = False
    connection, parameters = parameters_of(None if name == "snowflake" else name)
    return Snowflake(connection, parameters, as_of=as_of, time_travel=time_travel)
