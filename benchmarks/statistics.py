"""Axes from cross-products that the warehouse sums, against axes from the fetched table.

    python -m benchmarks.statistics

Both run in turn on a drawn table of 20,000 authors x 150 labels; summing is the warehouse's work
and not counted. Ratios of the bootstrap and of tests are in ``benchmarks/contingency.py``.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np

from analysis.contingency.correspondence import (
    CorrespondenceAnalysis,
    CrossProduct,
    correspondence_analysis,
    correspondence_analysis_from,
)
from analysis.validation.worlds import World
from benchmarks.measure import goal, spread, write

AUTHORS, LABELS, AXES = 20_000, 150, 8


def timed(run: Callable[[], CorrespondenceAnalysis]) -> tuple[float, CorrespondenceAnalysis]:
    start = time.process_time()
    found = run()
    return time.process_time() - start, found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    counts = World("benchmark", labels=LABELS).draw(0, 0, AUTHORS).counts.without_empty()
    cross = CrossProduct.of(counts)
    from_sums, from_table = [], []
    for _ in range(repeats):
        took, ours = timed(lambda: correspondence_analysis_from(cross, AXES))
        from_sums.append(took)
        took, peer = timed(lambda: correspondence_analysis(counts, AXES))
        from_table.append(took)
    ratios = spread(b / max(a, 1e-9) for a, b in zip(from_sums, from_table, strict=True))
    error = float(np.max(np.abs(ours.eigenvalues / peer.eigenvalues - 1)))
    facts = {
        "authors": counts.n_authors,
        "labels": counts.n_labels,
        "processor_seconds": {"from_sums": spread(from_sums), "from_table": spread(from_table)},
        "times_as_fast": ratios,
        "goals": [
            goal("axes from sums, times as fast as from the table", ratios["median"], 1,
                 at_least=True),
            goal("axes from sums, relative error of an inertia", error, 1e-8, at_least=False),
        ],
    }  # fmt: skip
    write("statistics", facts, ("numpy", "scipy"))


if __name__ == "__main__":
    main()
