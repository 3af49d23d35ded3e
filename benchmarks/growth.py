"""How time and memory grow with the number of authors, under a limit of 4 GiB.

    python -m benchmarks.growth [--scales 1 3 10] [--rounds 3] [--files FILE ...]

Each stage runs in a process of its own whose DuckDB may hold 3 GiB: the warehouse stage asks all
extracts; the local stages read what it left: correspondence analysis, its bootstrap, a mixture and
the hybrid. The exponent is the slope of log processor time on log scale, which other work on the
machine disturbs less than the clock; growth is taken within each round of all scales. At the
largest scale what is computed without fetching all authors is compared with what all of them give:
inertias, from the products that the warehouse sums and from the authors drawn alone, and segments
given to the same authors.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from analysis.contingency.ca_bootstrap import CrossProductBlocks, bootstrap_axes
from analysis.contingency.correspondence import correspondence_analysis_from
from analysis.contingency.counts import AuthorLabelCounts
from analysis.extracts import catalogue
from analysis.extracts.catalogue import DAMPING
from analysis.findings.products import PRODUCTS, products_of_labels
from analysis.findings.step import Inputs
from analysis.findings.wardrobe import NEEDS, wardrobe
from analysis.segmentations.hybrid import Hybrid
from analysis.segmentations.statistical import CorrespondenceClusters, LatentClasses
from analysis.warehouse.duckdb_file import DuckDBFile
from benchmarks.measure import PARAMETERS, goal, in_child, report_child, sample, spread, write

AXES = 8
EVERYONE = 1_000_000_000
FETCHED = (*NEEDS, PRODUCTS)


def warehouse(file: Path, folder: Path) -> dict[str, float]:
    """Ask every extract, keep those that the local stages read, and time each."""
    source = DuckDBFile(file, memory_limit="3GB")
    spent = {}
    for name in catalogue.names():
        start = time.perf_counter()
        table = catalogue.get(name).run(source, PARAMETERS).table
        spent[name] = time.perf_counter() - start
        if name in FETCHED:
            feather.write_feather(table, folder / f"{name}.arrow", compression="uncompressed")
    source.close()
    return spent


def everyone(file: Path, folder: Path) -> dict[str, float]:
    """Fetch the counts of all authors, for the full fit."""
    source = DuckDBFile(file, memory_limit="3GB")
    for name in FETCHED:
        table = catalogue.get(name).run(source, PARAMETERS | {"coreset": EVERYONE}).table
        feather.write_feather(table, folder / f"{name}.arrow", compression="uncompressed")
    source.close()
    return {}


def read(folder: Path) -> Inputs:
    """Return what was fetched, by mapping the files into memory."""
    found = {n: feather.read_table(folder / f"{n}.arrow", memory_map=True) for n in FETCHED}
    return Inputs(0, found, {})


def worn(found: Inputs) -> AuthorLabelCounts:
    """Return what the authors of the mart wear."""
    return wardrobe(found).counts.without_empty_labels()


def analyse(blocks: CrossProductBlocks) -> Any:
    return correspondence_analysis_from(blocks.weighted(np.ones(len(blocks.totals))), AXES)


READ: dict[str, Callable[[Inputs], Any]] = {
    "correspondence analysis": products_of_labels,
    "bootstrap, 1,000 replicates": products_of_labels,
}
"""What a stage works on where that is not the counts by author."""

LOCAL: dict[str, Callable[[Any], Any]] = {
    "correspondence analysis": analyse,
    "bootstrap, 1,000 replicates": lambda blocks: bootstrap_axes(blocks, AXES, replicates=1000),
    "mixture of 9 classes": LatentClasses("tempered", numbers=(9,), starts=1).fit,
    "hybrid": lambda counts: Hybrid(starts=1).fit(counts),
}
SLOW = ("bootstrap, 1,000 replicates", "hybrid")
"""Stages of seconds, measured once in a round; of shorter ones the median of several counts."""
REPEATS = 9


def local(stage: str, folder: Path) -> dict[str, Any]:
    """Time a stage and, apart from it, what makes its input of the files."""
    start = time.process_time()
    data = READ.get(stage, worn)(read(folder))
    taken = time.process_time() - start
    spent = []
    with threadpool_limits(1):  # threads of linear algebra that wait spend processor time, too
        for _ in range(0 if stage == "reading" else 1 if stage in SLOW else REPEATS):
            start = time.process_time()
            LOCAL[stage](data)
            spent.append(time.process_time() - start)
    own = statistics.median(spent) if spent else 0.0
    authors = None if isinstance(data, CrossProductBlocks) else data.n_authors
    return {"authors": authors, "read": taken, "own": own}


def accuracy(drawn: Path, whole: Path) -> dict[str, Any]:
    """Compare what is computed without fetching all authors with what all of them give.

    ``inertia_error`` is the largest of the map; ``inertia_errors`` are those that the authors drawn
    alone would give, ``stated_errors`` the standard errors that these give for themselves.
    """
    found, everything = read(drawn), read(whole)
    exact = analyse(products_of_labels(everything)).eigenvalues
    summed = analyse(products_of_labels(found)).eigenvalues
    nothing_summed = found.extracts[PRODUCTS].slice(0, 0)
    alone = replace(found, extracts=found.extracts | {PRODUCTS: nothing_summed})
    boot = bootstrap_axes(products_of_labels(alone), AXES, replicates=500)
    here = boot.fit.eigenvalues
    few, all_of = worn(found), worn(everything)
    labels = [name for name in all_of.labels if name in set(few.labels)]
    few, all_of = few.select_labels(labels), all_of.select_labels(labels)
    # what was not drawn is all that is uncertain: the larger the share drawn, the less
    left = np.sqrt(1 - few.n_authors / all_of.n_authors)
    kinds = [
        CorrespondenceClusters(clusters=9, damping=DAMPING).fit(counts, seed=0)
        for counts in (few, all_of)
    ]
    codes = [fitted.assign(all_of, None).codes for fitted in kinds]
    return {
        "drawn": few.n_authors,
        "authors": all_of.n_authors,
        "inertia_error": float(np.max(np.abs(summed / exact - 1))),
        "inertia_errors": (here / exact - 1).tolist(),
        "stated_errors": (left * boot.eigenvalues.std(axis=0, ddof=1) / here).tolist(),
        "adjusted_rand": float(adjusted_rand_score(*codes)),
    }


def exponent(scales: list[float], values: list[float]) -> float:
    """Return the slope of log value on log scale."""
    return float(np.polyfit(np.log(scales), np.log(values), 1)[0])


def measure(files: dict[float, Path], rounds: int) -> dict[str, Any]:
    """Run every stage at every scale in each round, of which the smallest scale is the measure."""
    runs: dict[str, dict[str, list[dict[str, Any]]]] = {}
    scales, largest = list(files), max(files)
    with tempfile.TemporaryDirectory(prefix="growth-") as place:
        run = partial(in_child, __spec__.name, "--stage")
        for _ in range(rounds):
            for scale, file in files.items():
                folder = Path(place) / f"{scale:g}"
                folder.mkdir(exist_ok=True)
                for stage in ("warehouse", "reading", *LOCAL):
                    of_stage = runs.setdefault(stage, {str(size): [] for size in scales})
                    of_stage[str(scale)].append(run(stage, str(file), str(folder)))
        whole = Path(place) / "whole"
        whole.mkdir()
        run("everyone", str(files[largest]), str(whole))
        lost = run("accuracy", str(Path(place) / f"{largest:g}"), str(whole))["found"]
    stages = {stage: summary(stage, of_stage) for stage, of_stage in runs.items()}
    extracts = {
        scale: {name: spread(run["found"][name] for run in found) for name in found[0]["found"]}
        for scale, found in runs["warehouse"].items()
    }
    grown = {stage: stages[stage]["times"][str(largest)]["median"] for stage in LOCAL}
    peak = max(max(found["peak_MiB"].values()) for found in stages.values())
    return {
        "scales": scales,
        "rounds": rounds,
        "stages": stages,
        "extracts": extracts,
        "accuracy": lost,
        "goals": [
            goal("exponent of the warehouse stage", stages["warehouse"]["exponent"]["median"], 1.0,
                 at_least=False),
            *(goal(f"times the stage grows: {stage}", times, 1.3, at_least=False)
              for stage, times in grown.items()),
            goal("peak memory, MiB", peak, 4096, at_least=False),
            goal("error of an inertia", lost["inertia_error"], 0.01, at_least=False),
            goal("adjusted Rand of assignments", lost["adjusted_rand"], 0.97, at_least=True),
        ],
    }  # fmt: skip


def summary(stage: str, runs: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Return what a stage took at each scale, and how that grew within the rounds."""
    spent = {
        scale: [
            run["found"]["own"] if stage in LOCAL else run["processor_seconds"] for run in found
        ]
        for scale, found in runs.items()
    }
    first, *_ = spent.values()
    sizes = [float(scale) for scale in spent]
    return {
        "processor_seconds": {scale: spread(values) for scale, values in spent.items()},
        "seconds": {scale: spread(run["seconds"] for run in runs[scale]) for scale in runs},
        "peak_MiB": {scale: max(run["peak_MiB"] for run in runs[scale]) for scale in runs},
        "authors": {scale: found[0]["found"].get("authors") for scale, found in runs.items()},
        "times": {
            scale: spread(value / one for value, one in zip(values, first, strict=True))
            for scale, values in spent.items()
        },
        "exponent": spread(
            exponent(sizes, list(values)) for values in zip(*spent.values(), strict=True)
        ),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scales", nargs="+", type=float, default=[1.0, 3.0, 10.0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--files", nargs="+", type=Path, help="warehouses of these scales")
    parser.add_argument("--stage", nargs=3, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if not chosen.stage:
        found = chosen.files or [sample(scale) for scale in chosen.scales]
        facts = measure(dict(zip(chosen.scales, found, strict=True)), chosen.rounds)
        write("growth", facts, ("duckdb", "numpy", "scipy"))
        return
    stage, first, second = chosen.stage
    actions = {"warehouse": warehouse, "everyone": everyone, "accuracy": accuracy}
    run = actions.get(stage) or (lambda _, folder: local(stage, folder))
    pa.set_cpu_count(1)
    report_child(lambda: run(Path(first), Path(second)))


if __name__ == "__main__":
    main()
