"""Speed and memory of the statistics on labels, as ratios in one run.

``python -m benchmarks.contingency`` prints a table; ``--json FILE`` keeps it. Everything runs on
the same table of 22,000 authors x 150 labels: the bootstrap of correspondence analysis against
refits of ``prince.CA``, the permutation test against loops over ``scipy.stats.chi2_contingency``.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
import prince
from scipy.stats import chi2_contingency

from analysis.contingency.ca_bootstrap import CrossProductBlocks, bootstrap_axes
from analysis.contingency.correspondence import correspondence_analysis
from analysis.contingency.counts import AuthorLabelCounts, Grouping
from analysis.contingency.parallel import available_cores
from analysis.contingency.permutation import activity_blocks, chi_squared, permutation_test
from analysis.validation.worlds import World

AUTHORS, LABELS = 22_000, 150
REPLICATES, REFITS = 1000, 20
PERMUTATIONS, LOOPS = 9999, 100
DAMPING = 300.0


def seconds(function: Callable[[], object], repeats: int = 1) -> float:
    """Return the mean wall time of a call."""
    start = perf_counter()
    for _ in range(repeats):
        function()
    return (perf_counter() - start) / repeats


def bootstrap_ratio(counts: AuthorLabelCounts) -> dict[str, float]:
    """Time 1,000 replicates with ellipses, blocks included, and 20 refits of prince."""

    def ours() -> None:
        blocks = CrossProductBlocks.of(counts, n_blocks=512)
        bootstrap_axes(blocks, 4, replicates=REPLICATES).ellipses()

    dense = pd.DataFrame(counts.matrix.toarray(), columns=list(counts.labels))
    rng = np.random.default_rng(0)
    draws = iter(rng.integers(0, len(dense), (REFITS, len(dense))))

    def refit() -> None:
        sample = dense.iloc[next(draws)]
        sample = sample.loc[:, sample.sum() > 0]
        prince.CA(n_components=4, engine="scipy", random_state=0).fit(sample)

    own, peer = seconds(ours), seconds(refit, REFITS) * REPLICATES
    return {"ours_s": own, "prince_s": peer, "ratio": peer / own, "promised": 50}


def permutation_ratios(
    counts: AuthorLabelCounts, grouping: Grouping
) -> dict[str, dict[str, float]]:
    """Time 9,999 permutations in activity blocks and three plain loops of the same test.

    Each loop shuffles the groups, sums the authors' rows by group and calls
    ``scipy.stats.chi2_contingency``: by pandas' ``groupby``, by numpy on a dense table, and by the
    quickest that a user would write, an indicator matrix times the sparse table.
    """
    rows = counts.damped(DAMPING)
    blocks = activity_blocks(counts.totals)
    own = seconds(
        lambda: permutation_test(
            rows, grouping, chi_squared, permutations=PERMUTATIONS, blocks=blocks
        )
    )
    frame = pd.DataFrame(rows.toarray(), columns=list(counts.labels))
    values = frame.to_numpy()
    rng = np.random.default_rng(0)
    groups = range(len(grouping.names))

    def shuffled() -> np.ndarray:
        return rng.permutation(grouping.codes)

    def by_pandas() -> None:
        chi2_contingency(frame.groupby(shuffled()).sum())

    def by_numpy() -> None:
        codes = shuffled()
        chi2_contingency(np.stack([values[codes == group].sum(axis=0) for group in groups]))

    def by_sparse() -> None:
        indicator = Grouping(shuffled(), grouping.names).indicator()
        chi2_contingency((indicator @ rows).toarray())

    result = {}
    for name, loop in (("pandas", by_pandas), ("numpy", by_numpy), ("sparse", by_sparse)):
        peer = seconds(loop, LOOPS) * PERMUTATIONS
        result[name] = {"ours_s": own, "loop_s": peer, "ratio": peer / own, "promised": 20}
    return result


def growth(labels: int = LABELS) -> list[dict[str, float]]:
    """Time the fit of four axes against the number of authors."""
    rows = []
    for authors in (5_000, 10_000, 20_000, 40_000, 80_000):
        counts = World("benchmark", labels=labels).draw(0, 0, authors).counts.without_empty()
        spent = seconds(lambda table=counts: correspondence_analysis(table, 4))
        rows.append({"authors": authors, "labels": labels, "fit_s": spent})
    return rows


def main() -> int:
    """Run all and return 1 when a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    sample = World("benchmark", labels=LABELS).draw(0, 0, AUTHORS)
    counts = sample.counts.without_empty()
    loops = permutation_ratios(counts, sample.grouping)
    result = {
        "authors": counts.n_authors,
        "labels": counts.n_labels,
        "cores": available_cores(),
        "permutation": loops,
        "bootstrap": bootstrap_ratio(counts),
        "growth": growth(),
        "peak_MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    text = json.dumps(result, indent=1)
    if options.json:
        options.json.write_text(text + "\n", encoding="utf-8")
    sys.stdout.write(text + "\n")
    kept = all(part["ratio"] >= part["promised"] for part in (result["bootstrap"], *loops.values()))
    return 0 if kept and result["peak_MiB"] < 2048 else 1


if __name__ == "__main__":
    sys.exit(main())
