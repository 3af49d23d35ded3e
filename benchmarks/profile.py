"""What the extracts cost before their largest costs were removed, and what they cost now.

    python -m benchmarks.profile [--before REVISION] [--scale 1] [--repeats 2]

An earlier state of this project is taken from its history. Its extracts and those of today run in
turn on one warehouse, each round in processes of their own, and processor seconds are compared.
What several extracts share counts with the first that needs it. Extracts that came later are left
out.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tarfile
import tempfile
from io import BytesIO
from pathlib import Path
from typing import Any

from benchmarks.measure import PARAMETERS, in_turn, sample, spread, write

ROOT = Path(__file__).resolve().parents[1]
BEFORE = "aa22ff7"
"""The last state in which every extract worked out everything for itself."""
COSTS = {
    "items of trends: boxes as text and distinct labels per trend, three times": (
        "author_trend_counts", "trend_matching", "weekly_trend_counts",
    ),
    "pairs of image and label, grouped for each of labels, counts by author and dirt": (
        "author_label_counts", "dirt", "label_vocabulary",
    ),
    "posts, captions and weeks of authors: distinct posts three times, 21 patterns": (
        "author_features", "weekly_activity",
    ),
    "distinct values compared as text": ("monthly_activity", "table_profile"),
}  # fmt: skip
"""What was removed -> the extracts that bore it."""
CHILD = """
import json, sys, time
from pathlib import Path
from analysis.extracts import catalogue
from analysis.warehouse.duckdb_file import DuckDBFile
source, parameters, spent = DuckDBFile(Path(sys.argv[1])), json.loads(sys.argv[2]), {}
for name in catalogue.names():
    start = time.process_time()
    catalogue.get(name).run(source, parameters)
    spent[name] = time.process_time() - start
source.close()
print(json.dumps(spent))
"""


def spent(project: Path, file: Path) -> dict[str, float]:
    """Return the processor seconds of every extract that a state of the project has."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", CHILD, str(file.resolve()), json.dumps(PARAMETERS)],
        cwd=project, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(file: Path, before: str, repeats: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="profile-") as folder:
        archive = subprocess.run(
            ["git", "archive", before], cwd=ROOT, capture_output=True, check=True
        ).stdout
        with tarfile.open(fileobj=BytesIO(archive)) as files:
            files.extractall(folder, filter="data")
        runs = {
            "before": lambda: spent(Path(folder), file),
            "after": lambda: spent(ROOT, file),
        }
        rounds = in_turn(runs, repeats, {})
    both = set(rounds["before"][0]) & set(rounds["after"][0])

    def total(names: set[str]) -> dict[str, float]:
        return {
            state: spread(sum(run[name] for name in names) for run in found)["median"]
            for state, found in rounds.items()
        }

    costs = [{"cost": cost, **total(set(names))} for cost, names in COSTS.items()]
    return {
        "before": before,
        "repeats": repeats,
        "unit": "processor seconds",
        "costs": sorted(costs, key=lambda cost: cost["after"] - cost["before"]),
        "whole": "all extracts that both states have",
        "total": total(both),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--before", default=BEFORE, help="a revision of this repository")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--repeats", type=int, default=2)
    chosen = parser.parse_args()
    facts = measure(sample(chosen.scale), chosen.before, chosen.repeats)
    write("profile", facts, ("duckdb",))


if __name__ == "__main__":
    main()
