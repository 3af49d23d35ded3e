"""Build the sample with several seeds and compare each with the published figures.

    python -m benchmarks.sample [--seeds 10] [--first 1] [--scale 1]

Writes data/calibration_chance.csv, the standard deviation of every figure between the samples,
which is the part of its tolerance that is chance; then judges the samples by it and writes
data/calibration_seeds.csv, which the report shows: one row per seed, with the agreement of the
classifier that knows the truth, also in a null world of a quarter of the size.
"""

from __future__ import annotations

import argparse
import csv
import math
import resource
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.resources import data_file
from analysis.warehouse.sample import build_sample, check_sample
from analysis.warehouse.sample.check import compare
from analysis.warehouse.sample.targets import chances, figures
from analysis.warehouse.truth import Truth


def build(seed: int, scale: float) -> tuple[dict[str, Any], dict[str, Any]]:
    """Build one sample; return what the build took, and every measured figure by id."""
    with tempfile.TemporaryDirectory() as folder:
        report = build_sample(Path(folder) / "sample.duckdb", seed=seed, scale=scale)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        measured = check_sample(report.path).set_index("id")["measured"].to_dict()
        with Truth(report.path) as truth:
            agreement = truth.bayes_agreement()
        null = build_sample(Path(folder) / "null.duckdb", seed=seed, scale=scale / 4, world="null")
        with Truth(null.path) as truth:
            nothing = truth.bayes_agreement()
    took = {
        "seed": seed,
        "content_hash": report.content_hash,
        "bayes_agreement": round(agreement, 4),
        "bayes_null": round(nothing, 4),
        "cpu_seconds": round(report.cpu_seconds, 1),
        "megabytes": round(report.bytes / 1e6, 1),
        "peak_gib": round(peak, 2),
    }
    return took, measured


def judged(measured: dict[str, Any], scale: float) -> dict[str, Any]:
    """Return how many figures are inside their tolerance, by rule."""
    checked = compare(measured, scale)
    rule = checked["tolerance"]
    exact, cells = rule == "exact", rule.str.endswith(" sd")
    rest = checked[~exact & ~cells]
    return {
        "exact": int(checked.loc[exact, "passed"].sum()),
        "of_exact": int(exact.sum()),
        "cells": int(checked.loc[cells, "passed"].sum()),
        "of_cells": int(cells.sum()),
        "others": int(rest["passed"].sum()),
        "of_others": len(rest),
        "outside": " ".join(rest.loc[~rest["passed"], "id"]),
    }


def chance(samples: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the standard deviation between samples of every figure that was read."""
    found = []
    for figure in figures():
        if {"reading", "reading_percent"} & set(figure):
            sd = _numbers(figure, [sample[figure["id"]] for sample in samples]).std(ddof=1)
            if sd > 0 and math.isfinite(sd):
                found.append({"id": figure["id"], "sd": f"{sd:.3g}", "samples": len(samples)})
    return found


def _numbers(figure: dict[str, Any], measured: list[Any]) -> np.ndarray[Any, Any]:
    if isinstance(figure["value"], str):
        target = pd.Timestamp(figure["value"])
        return np.array([(pd.Timestamp(m) - target) / pd.Timedelta(days=1) for m in measured])
    values = np.asarray(measured, dtype=float)
    return np.log(values) if figure.get("log") else values


def write(took: list[dict[str, Any]], samples: list[dict[str, Any]], scale: float) -> None:
    """Write both files."""
    _write(data_file("calibration_chance.csv"), chance(samples))
    chances.cache_clear()
    rows = [one | judged(sample, scale) for one, sample in zip(took, samples, strict=True)]
    _write(data_file("calibration_seeds.csv"), rows)


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    """Build, measure, judge and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--scale", type=float, default=1.0)
    options = parser.parse_args()
    took, samples = [], []
    for seed in range(options.first, options.first + options.seeds):
        one, measured = build(seed, options.scale)
        print(*one.values(), flush=True)
        took.append(one)
        samples.append(measured)
    write(took, samples, options.scale)


if __name__ == "__main__":
    main()
