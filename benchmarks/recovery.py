"""Whether the hybrid finds the planted styles again and again, on samples of other seeds.

``python -m benchmarks.recovery`` builds a sample per seed, runs its extracts, fits the hybrid and
holds it against the planted truth and against classifiers that know it: in the calibrated
world, and in one where a strong trait that is no style crosses all styles. Figures go to
benchmarks/results/recovery.json after every sample; a second run goes on where the first stopped.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from contextlib import closing
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

from analysis.evaluation.planted import planted_authors
from analysis.extracts import catalogue
from analysis.extracts.catalogue import SIZES
from analysis.findings.approach.labels import shown
from analysis.findings.approach.planted import (
    JUDGED,
    SAME_STYLE,
    described_labels,
    planted_styles,
)
from analysis.findings.step import Inputs
from analysis.findings.wardrobe import NEEDS
from analysis.segmentations.lexicon import Lexicon
from analysis.segmentations.limit import shortfall, taught_styles
from analysis.segmentations.recovery import recovery
from analysis.segmentations.settings import tuned
from analysis.warehouse.connect import open_source
from analysis.warehouse.pseudonym import pseudonym_key
from analysis.warehouse.sample import build_sample

RESULTS = Path(__file__).parent / "results" / "recovery.json"
SEEDS = {"calibrated": 20, "crossed": 6}
FIRST_SEED = 1001
"""Seeds that no setting was ever tried on."""


def inputs_of(sample: Path) -> tuple[Inputs, Any]:
    """Return the extracts of a sample, and what was planted about its authors."""
    with closing(open_source(str(sample), sample_file=sample)) as source:
        key = pseudonym_key(source.info)
        values = SIZES | {"pseudonym_key": key, "same_box": True}
        tables = {name: catalogue.get(name).run(source, values).table for name in NEEDS}
    truth = planted_authors(sample, tables["author_features"].to_pandas(), key)
    return Inputs(0, tables, {}), truth


def recover(world: str, seed: int, scale: float, folder: Path) -> list[dict[str, Any]]:
    """Build one sample and return a row per set of labels the hybrid is given."""
    sample = folder / "sample.duckdb"
    sample.unlink(missing_ok=True)
    build_sample(sample, seed=seed, world=world, scale=scale)
    inputs, truth = inputs_of(sample)
    counts, _ = shown(inputs)
    truth = truth.set_index("AUTHOR_INDEX").reindex(counts.authors)
    planted = planted_styles(truth)
    place = {style: i for i, style in enumerate(planted.styles)}
    rows = []
    for labels, given, column in (
        ("all labels", counts, "OPTIMAL_STYLE"),
        ("described labels", described_labels(counts), "OPTIMAL_DESCRIBED"),
    ):
        began = process_time()
        found = tuned(Lexicon.load())["hybrid"].fit(given, seed=seed).assign(given)
        seconds = process_time() - began
        decided = truth[column].map(place)
        judged = ((truth["DESCRIBED"].fillna(0) >= JUDGED) & decided.notna()).to_numpy()
        codes = np.asarray(decided.fillna(0), dtype=np.int64)
        own = recovery(found, planted, names=SAME_STYLE, rows=judged, replicates=2)
        limits = [
            shortfall(found, reference, planted, rows=judged)
            for reference in (codes, taught_styles(given, planted))
        ]
        limit, below, interval = max(limits)
        named = own.by_style[~own.by_style["STYLE"].isin(planted.unnamed)]
        rows.append(
            {
                "world": world,
                "seed": seed,
                "scale": scale,
                "labels": labels,
                "authors": int(judged.sum()),
                "limit_parameters": limits[0][0],
                "limit_taught": limits[1][0],
                "limit": limit,
                "adjusted_rand": own.adjusted_rand,
                "below": below,
                "below_low": interval[0],
                "below_high": interval[1],
                "smallest_named_f1": float(named["F1"].min()),
                "calibration_error": own.calibration_error,
                "membership_jaccard": own.membership_jaccard,
                "discovered": min(own.discovered.values(), default=0.0),
                "cpu_seconds": round(seconds, 2),
            }
        )
    return rows


def main() -> None:
    """Recover in every world and seed that the results do not hold yet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=0.2, help="size of the samples")
    parser.add_argument("--most", type=int, default=1000, help="samples to add in this run")
    parser.add_argument("--again", action="store_true", help="forget the results so far")
    chosen = parser.parse_args()
    rows = [] if chosen.again or not RESULTS.exists() else json.loads(RESULTS.read_text())
    known = {(row["world"], row["seed"], row["scale"]) for row in rows}
    wanted = [
        (world, seed)
        for world, seeds in SEEDS.items()
        for seed in range(FIRST_SEED, FIRST_SEED + seeds)
        if (world, seed, chosen.scale) not in known
    ]
    with tempfile.TemporaryDirectory() as folder:
        for world, seed in wanted[: chosen.most]:
            rows += recover(world, seed, chosen.scale, Path(folder))
            RESULTS.write_text(json.dumps(rows, indent=1) + "\n")
            print(json.dumps(rows[-2]))


if __name__ == "__main__":
    main()
