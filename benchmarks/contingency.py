"""Speed and memory of the statistics on labels, as ratios in one run.

``python -m benchmarks.contingency`` writes benchmarks/results/contingency.json. Everything runs on
the same table of 22,000 authors x 150 labels: the bootstrap of correspondence analysis against
refits of ``prince.CA``, the permutation test against loops over ``scipy.stats.chi2_contingency``.
"""

from __future__ import annotations

import resource
from collections.abc import Callable
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
from benchmarks.measure import goal, write

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
    return {"ours_s": own, "prince_s": peer, "ratio": peer / own}


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
        result[name] = {"ours_s": own, "loop_s": peer, "ratio": peer / own}
    return result


def growth(labels: int = LABELS) -> list[dict[str, float]]:
    """Time the fit of four axes against the number of authors."""
    rows = []
    for authors in (5_000, 10_000, 20_000, 40_000, 80_000):
        counts = World("benchmark", labels=labels).draw(0, 0, authors).counts.without_empty()
        spent = seconds(lambda table=counts: correspondence_analysis(table, 4))
        rows.append({"authors": authors, "labels": labels, "fit_s": spent})
    return rows


def main() -> None:
    """Run all and write the ratios with the goals."""
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
    goals = [
        *(
            goal(
                f"permutations against a loop over {name} tables", part["ratio"], 20, at_least=True
            )
            for name, part in loops.items()
        ),
        goal("bootstrap of axes against prince", result["bootstrap"]["ratio"], 50, at_least=True),
        goal("peak memory in MiB", result["peak_MiB"], 2048, at_least=False),
    ]
    write("contingency", {**result, "goals": goals}, ("numpy", "pandas", "prince", "scipy"))


if __name__ == "__main__":
    main()
