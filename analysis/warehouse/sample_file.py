"""The sample warehouse that a run needs: used again while nothing it is made from has changed."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import duckdb

from analysis.warehouse.sample.build import VERSION, Progress, build_sample


def ensure_sample(
    path: Path, *, seed: int, world: str, scale: float, progress: Progress | None = None
) -> None:
    """Build the sample at ``path`` unless the file there is that very sample.

    A file of another version, seed, world or scale, or one that cannot be read, is replaced.

    Raises
    ------
    SourceError
        If the options make no sense or the file cannot be written.
    """
    if _made_with(path) != (VERSION, seed, world, scale):
        build_sample(path, seed=seed, world=world, scale=scale, progress=progress)


def _made_with(path: Path) -> tuple[int, int, str, float] | None:
    if not path.is_file():
        return None
    try:
        with closing(duckdb.connect(str(path), read_only=True)) as connection:
            rows = connection.execute(
                "select VERSION, SEED, WORLD, SCALE from SAMPLE_BUILD"
            ).fetchall()
    except duckdb.Error:
        return None
    return rows[0] if rows else None
