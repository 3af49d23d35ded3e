"""Open the source that a user named: the sample, a DuckDB file, a folder or a connection."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from analysis.errors import SourceError
from analysis.warehouse.duckdb_file import MEMORY_LIMIT, DuckDBFile
from analysis.warehouse.folder import Folder
from analysis.warehouse.source import Source


def open_source(
    name: str | None,
    *,
    sample_file: Path,
    as_of: datetime | None = None,
    memory_limit: str = MEMORY_LIMIT,
    threads: int | None = None,
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
    raise SourceError(f"There is no source {name}.", "Name a DuckDB file or a folder.")
