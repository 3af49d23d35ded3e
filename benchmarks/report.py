"""The whole report: from nothing, again, after a chapter was touched, after a mart has changed.

    python -m benchmarks.report [--scale 1]

Works in a copy of the project, with the built-in engine; the sample is built before and not timed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.measure import goal, sample, write

ROOT = Path(__file__).resolve().parents[1]
NOT_COPIED = shutil.ignore_patterns(".git", ".venv", ".study", "_book", ".quarto", "__pycache__")


def render(project: Path, file: Path) -> float:
    """Render the report of a warehouse and return the seconds that it took."""
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "analysis.cli", "render", "--source", str(file), "--engine",
         "pandoc"],
        cwd=project, env=os.environ | {"PYTHONPATH": str(project)}, check=True,
        capture_output=True,
    )  # fmt: skip
    return time.perf_counter() - start


def measure(file: Path) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="report-") as folder:
        project = Path(folder) / "project"
        shutil.copytree(ROOT, project, ignore=NOT_COPIED)
        marts = Path(shutil.copy(file, Path(folder) / "marts.duckdb"))
        seconds = {"cold": render(project, marts), "warm": render(project, marts)}
        chapter = project / "chapters" / "data.qmd"
        chapter.write_text(chapter.read_text(encoding="utf-8") + "\nOne more line.\n", "utf-8")
        seconds["one chapter touched"] = render(project, marts)
        with duckdb.connect(marts) as connection:
            connection.execute(
                "UPDATE MART_AUTHORS SET NB_FOLLOWS = NB_FOLLOWS + 1 WHERE NB_FOLLOWS < 100"
            )
        seconds["one mart changed"] = render(project, marts)
    return {
        "seconds": {name: round(took, 2) for name, took in seconds.items()},
        "goals": [
            goal("warm, share of cold", seconds["warm"] / seconds["cold"], 0.1, at_least=False),
            goal("one chapter touched, share of cold",
                 seconds["one chapter touched"] / seconds["cold"], 0.2, at_least=False),
            goal("one mart changed, share of cold",
                 seconds["one mart changed"] / seconds["cold"], 1, at_least=False),
        ],
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=1.0)
    chosen = parser.parse_args()
    facts = {"scale": chosen.scale, **measure(sample(chosen.scale))}
    write("report", facts, ("duckdb", "pypandoc-binary", "typst"))


if __name__ == "__main__":
    main()
