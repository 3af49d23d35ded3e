"""Tune all methods by one protocol that sees no truth, on worlds of other seeds.

``python -m benchmarks.tuning`` draws worlds from the margins of a small sample, of seeds that no
comparison uses, and judges the settings of every method on them: foresight of held-out labels
first, then agreement between halves of the authors. Figures and what was chosen go to
data/tuning.json; all comparisons take their settings from there.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.findings.approach.labels import shown
from analysis.resources import data_file
from analysis.segmentations.lexicon import Lexicon
from analysis.segmentations.phasemap import BREAKS
from analysis.segmentations.settings import candidates, settings_of
from analysis.segmentations.simulation import simulate
from analysis.segmentations.tuning import choose, tune
from analysis.warehouse.sample import build_sample
from benchmarks.recovery import inputs_of

WORLDS = ("nothing broken", "a strong crossing trait")
SEED = 501
"""Of the worlds; comparisons use small seeds, recoveries those from 1001."""


def main() -> None:
    """Judge all candidates in all worlds and write which are chosen."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--authors", type=int, default=2500, help="authors of a world")
    parser.add_argument("--splits", type=int, default=1, help="random halvings in each world")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sample = Path(folder) / "sample.duckdb"
        build_sample(sample, seed=SEED, scale=0.05)
        counts, _ = shown(inputs_of(sample)[0])
    counts = counts.without_empty_labels()
    share = counts.label_totals / counts.label_totals.sum()
    found: dict[str, list[pd.DataFrame]] = {}
    for seed, name in enumerate(WORLDS, SEED):
        drawn = simulate(
            share,
            counts.totals,
            BREAKS[name],
            authors=chosen.authors,
            seed=seed,
            labels=counts.labels,
        )
        for method, tried in candidates(Lexicon.of(drawn.rules)).items():
            table = tune(drawn.counts, tried, splits=chosen.splits, seed=seed)
            found.setdefault(method, []).append(table.assign(WORLD=name))
            print(name, method, flush=True)
    rows = []
    for method, tried in candidates(Lexicon.load()).items():
        table = choose(pd.concat(found[method], ignore_index=True)).rename(columns=str.lower)
        for row in table.to_dict("records"):
            settings = settings_of(tried[int(row["place"])])
            rows.append({"method": method, "settings": _difference(settings, tried[0]), **row})
    data_file("tuning.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def _difference(settings: Mapping[str, Any], first: Any) -> dict[str, Any]:
    """Return the settings in which a candidate differs from the first one."""
    usual = settings_of(first)
    return {name: value for name, value in settings.items() if value != usual[name]}


if __name__ == "__main__":
    main()
