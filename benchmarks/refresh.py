"""A new week of posts: what changed against everything anew.

    python -m benchmarks.refresh [--scale 1]

The last week of a sample is taken away, the counts by author, label and week are fetched, the week
comes back, and the counts are refreshed. Refresh and full fetch run in turn, each on a connection
of its own, and must end with equal tables.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb

from analysis.extracts.refresh import LabelWeeks, refresh
from analysis.warehouse.duckdb_file import DuckDBFile
from benchmarks.measure import goal, sample, spread, write

PARAMETERS = {"pseudonym_key": "a key"}


def fetched(file: Path, kept: LabelWeeks | None) -> tuple[LabelWeeks, float, float]:
    """Return the counts with wall and processor seconds."""
    with closing(DuckDBFile(file)) as source:
        wall, spent = time.perf_counter(), time.process_time()
        found = refresh(source, PARAMETERS, kept)
        return found, time.perf_counter() - wall, time.process_time() - spent


def measure(file: Path, repeats: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="refresh-") as folder:
        copy = Path(shutil.copy(file, Path(folder) / "marts.duckdb"))
        with duckdb.connect(copy) as connection:
            connection.execute(
                "CREATE TABLE HELD AS SELECT * FROM MART_IMAGES_OF_POSTS WHERE "
                "POST_PUBLICATION_DATE >= (SELECT date_trunc('week', max(POST_PUBLICATION_DATE)) "
                "FROM MART_IMAGES_OF_POSTS)"
            )
            connection.execute(
                "DELETE FROM MART_IMAGES_OF_POSTS WHERE POST_PUBLICATION_DATE >= "
                "(SELECT min(POST_PUBLICATION_DATE) FROM HELD)"
            )
        kept, _, _ = fetched(copy, None)
        with duckdb.connect(copy) as connection:
            connection.execute("INSERT INTO MART_IMAGES_OF_POSTS SELECT * FROM HELD")
        times: dict[str, list[tuple[float, float]]] = {"refresh": [], "anew": []}
        for _ in range(repeats):
            found, *took = fetched(copy, kept)
            times["refresh"].append((took[0], took[1]))
            anew, *took = fetched(copy, None)
            times["anew"].append((took[0], took[1]))
            if not found.counts.equals(anew.counts):
                raise SystemExit("a refresh ends elsewhere than a full fetch")
    shares = spread(
        part[1] / whole[1] for part, whole in zip(times["refresh"], times["anew"], strict=True)
    )
    return {
        "rows": anew.counts.num_rows,
        "rows_kept": kept.counts.num_rows,
        "seconds": {name: spread(wall for wall, _ in found) for name, found in times.items()},
        "processor_seconds": {
            name: spread(spent for _, spent in found) for name, found in times.items()
        },
        "share": shares,
        "goals": [goal("time of a refresh, share of a full fetch", shares["median"], 0.1,
                       at_least=False)],
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--file", type=Path)
    parser.add_argument("--repeats", type=int, default=7)
    chosen = parser.parse_args()
    facts = measure(chosen.file or sample(chosen.scale), chosen.repeats)
    write("refresh", facts, ("duckdb", "pyarrow"))


if __name__ == "__main__":
    main()
