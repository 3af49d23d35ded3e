"""Compare how labels are stored today with the proposed tables: bytes, and time of four questions.

    python benchmarks/storage.py [FILE.duckdb]

Both layouts are written from the same rows into fresh DuckDB files and into Parquet; each question
is put to both in turn, on one thread, and must get the same answer. Bytes read are those of the
columns that a question names, compressed, as a columnar warehouse reads and bills them; what
skipping of row groups saves on top is not counted. Figures go to benchmarks/results/storage.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from analysis.warehouse.migration import backfill
from analysis.warehouse.sample_file import ensure_sample
from analysis.warehouse.target import DuckDBTarget

RESULTS = Path(__file__).parent / "results" / "storage.json"
LAYOUTS = {
    "today": ("MART_IMAGES_LABELS",),
    "proposed": ("DIM_LABEL", "DETECTED_ITEM", "ITEM_LABEL"),
}
ORDER = {"DETECTED_ITEM": "ORDER BY ITEM_ID", "ITEM_LABEL": "ORDER BY LABEL_ID, ITEM_ID"}
ONE, OTHER = ("object_detection", "top"), ("pattern", "stripes")

# question -> layout -> (statement, columns that it reads)
QUESTIONS: dict[str, dict[str, tuple[str, tuple[str, ...]]]] = {
    "detections of every label": {
        "today": (
            "SELECT TYPE, LABEL_NAME, COUNT(*) FROM MART_IMAGES_LABELS GROUP BY ALL ORDER BY ALL",
            ("TYPE", "LABEL_NAME"),
        ),
        "proposed": (
            "SELECT TYPE, LABEL_NAME, N FROM (SELECT LABEL_ID, COUNT(*) AS N FROM ITEM_LABEL "
            "GROUP BY LABEL_ID) JOIN DIM_LABEL USING (LABEL_ID) ORDER BY ALL",
            ("ITEM_LABEL.LABEL_ID",),
        ),
    },
    "items of one trend (striped top)": {
        "today": (
            "SELECT COUNT(*) FROM (SELECT IMAGE_ID, CAST(POSITION_IN_IMAGE AS VARCHAR) AS BOX "
            f"FROM MART_IMAGES_LABELS WHERE (TYPE, LABEL_NAME) IN ({ONE}, {OTHER}) "
            "GROUP BY ALL HAVING COUNT(DISTINCT TYPE || LABEL_NAME) = 2)",
            ("IMAGE_ID", "TYPE", "LABEL_NAME", "POSITION_IN_IMAGE"),
        ),
        "proposed": (
            "SELECT COUNT(*) FROM ITEM_LABEL AS A JOIN ITEM_LABEL AS B USING (ITEM_ID) WHERE "
            + " AND ".join(
                f"{alias}.LABEL_ID = (SELECT LABEL_ID FROM DIM_LABEL "
                f"WHERE (TYPE, LABEL_NAME) = {label})"
                for alias, label in (("A", ONE), ("B", OTHER))
            ),
            ("ITEM_LABEL.LABEL_ID", "ITEM_LABEL.ITEM_ID"),
        ),
    },
    "images that show one label": {
        "today": (
            "SELECT COUNT(DISTINCT IMAGE_ID) FROM MART_IMAGES_LABELS "
            f"WHERE (TYPE, LABEL_NAME) = {OTHER}",
            ("IMAGE_ID", "TYPE", "LABEL_NAME"),
        ),
        "proposed": (
            "SELECT COUNT(DISTINCT IMAGE_ID) FROM ITEM_LABEL JOIN DETECTED_ITEM USING (ITEM_ID) "
            "WHERE LABEL_ID = (SELECT LABEL_ID FROM DIM_LABEL "
            f"WHERE (TYPE, LABEL_NAME) = {OTHER})",
            (
                "ITEM_LABEL.LABEL_ID",
                "ITEM_LABEL.ITEM_ID",
                "DETECTED_ITEM.ITEM_ID",
                "DETECTED_ITEM.IMAGE_ID",
            ),
        ),
    },
    "images by author and label": {
        "today": (
            "SELECT COUNT(*), SUM(N) FROM (SELECT AUTHORID, TYPE, LABEL_NAME, "
            "COUNT(DISTINCT IMAGE_ID) AS N FROM MART_IMAGES_LABELS JOIN POSTED USING (IMAGE_ID) "
            "GROUP BY ALL)",
            ("IMAGE_ID", "TYPE", "LABEL_NAME"),
        ),
        "proposed": (
            "SELECT COUNT(*), SUM(N) FROM (SELECT AUTHORID, LABEL_ID, COUNT(DISTINCT IMAGE_ID) AS N"
            " FROM ITEM_LABEL JOIN DETECTED_ITEM USING (ITEM_ID) JOIN POSTED USING (IMAGE_ID) "
            "GROUP BY ALL)",
            (
                "ITEM_LABEL.LABEL_ID",
                "ITEM_LABEL.ITEM_ID",
                "DETECTED_ITEM.ITEM_ID",
                "DETECTED_ITEM.IMAGE_ID",
            ),
        ),
    },
}


def write_layouts(source: Path, folder: Path) -> dict[str, Path]:
    """Write each layout, with the posts that both are joined to, into a fresh file and Parquet."""
    work = Path(shutil.copy(source, folder / "work.duckdb"))
    with closing(DuckDBTarget(work)) as target:
        backfill(target)
    files = {}
    for layout, tables in LAYOUTS.items():
        files[layout] = folder / f"{layout}.duckdb"
        with duckdb.connect(files[layout]) as connection:
            connection.execute(f"ATTACH '{work}' AS work (READ_ONLY)")
            for table in tables:
                connection.execute(
                    f"CREATE TABLE {table} AS SELECT * FROM work.{table} {ORDER.get(table, '')}"
                )
                connection.execute(
                    f"COPY {table} TO '{folder / table}.parquet' "
                    "(FORMAT parquet, CODEC zstd, PARQUET_VERSION v2)"
                )
            connection.execute("CHECKPOINT")
    return files


def column_bytes(folder: Path, table: str) -> dict[str, int]:
    """Return the compressed bytes of each column of a table in Parquet."""
    rows = duckdb.execute(
        "SELECT upper(split_part(path_in_schema, ',', 1)), sum(total_compressed_size)::BIGINT "
        f"FROM parquet_metadata('{folder / table}.parquet') GROUP BY 1"
    ).fetchall()
    return dict(rows)


def measure(source: Path, repetitions: int) -> dict[str, Any]:
    """Return bytes and seconds of both layouts."""
    with tempfile.TemporaryDirectory(prefix="storage-") as place:
        folder = Path(place)
        files = write_layouts(source, folder)
        file_bytes = {layout: path.stat().st_size for layout, path in files.items()}
        columns: dict[str, int] = {}
        parquet = {}
        rows = {}
        connections = {}
        for layout, tables in LAYOUTS.items():
            parquet[layout] = sum((folder / f"{table}.parquet").stat().st_size for table in tables)
            for table in tables:
                for name, size in column_bytes(folder, table).items():
                    columns[f"{table}.{name}"] = size
            connection = duckdb.connect(config={"threads": 1})
            connection.execute(f"ATTACH '{files[layout]}' AS layout (READ_ONLY)")
            connection.execute(f"ATTACH '{source}' AS source (READ_ONLY)")
            # numbered once, so that the join and not the posts is what is timed
            connection.execute(
                "CREATE TABLE memory.POSTED AS "
                "SELECT DISTINCT AUTHORID, IMAGE_ID FROM source.MART_IMAGES_OF_POSTS"
            )
            connection.execute("SET search_path = 'layout,memory'")
            rows |= {
                table: connection.execute(f"SELECT COUNT(*) FROM {table}").fetchall()[0][0]
                for table in tables
            }
            connections[layout] = connection
        questions = []
        for question, statements in QUESTIONS.items():
            seconds: dict[str, list[float]] = {layout: [] for layout in LAYOUTS}
            for _ in range(repetitions):
                answers = {}
                for layout, (statement, _) in statements.items():
                    start = time.perf_counter()
                    answers[layout] = connections[layout].execute(statement).fetchall()
                    seconds[layout].append(time.perf_counter() - start)
                if answers["today"] != answers["proposed"]:
                    raise SystemExit(f"the layouts answer '{question}' differently")
            ratios = sorted(
                before / after
                for before, after in zip(seconds["today"], seconds["proposed"], strict=True)
            )
            read = {
                layout: sum(
                    columns[name if "." in name else f"MART_IMAGES_LABELS.{name}"] for name in names
                )
                for layout, (_, names) in statements.items()
            }
            questions.append(
                {
                    "question": question,
                    "seconds": {
                        layout: round(statistics.median(times), 4)
                        for layout, times in seconds.items()
                    },
                    "times_as_fast": round(statistics.median(ratios), 3),
                    "times_as_fast_range": [round(ratios[0], 3), round(ratios[-1], 3)],
                    "bytes_read": read,
                }
            )
        for connection in connections.values():
            connection.close()
    return {
        "measured": datetime.now(UTC).date().isoformat(),
        "machine": {
            "processor": platform.machine(),
            "cores": os.cpu_count(),
            "system": platform.system(),
        },
        "versions": {"python": platform.python_version(), "duckdb": duckdb.__version__},
        "repetitions": repetitions,
        "rows": rows,
        "bytes": {"duckdb": file_bytes, "parquet": parquet},
        "questions": questions,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", nargs="?", type=Path, help="a DuckDB file with the four marts")
    parser.add_argument("--scale", type=float, default=0.05, help="of the sample, without a file")
    parser.add_argument("--seed", type=int, default=2025)
    parser.add_argument("--repetitions", type=int, default=7)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="storage-") as folder:
        source = chosen.file
        if source is None:
            source = Path(folder) / "sample.duckdb"
            print(f"building a sample of scale {chosen.scale}")
            ensure_sample(source, seed=chosen.seed, world="calibrated", scale=chosen.scale)
        made = f"the sample at scale {chosen.scale:g}, seed {chosen.seed}"
        figures = {"source": source.name if chosen.file else made}
        figures |= measure(source, chosen.repetitions)
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
