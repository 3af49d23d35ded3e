"""Axes from cross-products against axes from the table; clusters against defaults of others.

    python -m benchmarks.statistics [--file WAREHOUSE]

Axes run in turn on a drawn table of 150 labels and 20,000 authors; summing the cross-products is
the warehouse's work and not counted. Clusters run on what the authors of the sample wear. A method
that starts at random may end well or badly, so what counts is the time to the same loss: this
project's way runs once, and the default of scikit-learn is tried with one seed after the other
until its loss is as low. StepMix has no family of counts, so the mixture of counts is compared with
its way to start, one random partition. Topics are judged on the half of each author's labels that
no fit has seen, because a longer fit always lowers the loss on those it has. Ratios of the
bootstrap and of tests are in ``benchmarks/contingency.py``.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.cluster import KMeans
from sklearn.decomposition import NMF
from threadpoolctl import threadpool_limits

from analysis.contingency.correspondence import (
    CrossProduct,
    correspondence_analysis,
    correspondence_analysis_from,
)
from analysis.contingency.counts import AuthorLabelCounts, as_sparse, column_sums, row_sums
from analysis.extracts import catalogue
from analysis.findings.step import Inputs
from analysis.findings.wardrobe import NEEDS, wardrobe
from analysis.segmentations.mixture import fit_mixture
from analysis.segmentations.starts import (
    hellinger_coordinates,
    starting_partitions,
    weighted_kmeans,
)
from analysis.segmentations.unsupervised import _single, _topic_start
from analysis.validation.worlds import World
from analysis.warehouse.duckdb_file import DuckDBFile
from benchmarks.measure import PARAMETERS, goal, sample, spread, write

AUTHORS, LABELS, AXES, CLUSTERS = 20_000, 150, 8, 9
MARGIN = 1e-4
"""Losses this share apart count as equal."""

Fit = Callable[[int], float]
"""Fits with a seed, and returns what is to be small."""


def timed(run: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    found = run()
    return time.process_time() - start, found


def worn(file: Path) -> AuthorLabelCounts:
    """Return what the authors of a warehouse wear."""
    source = DuckDBFile(file)
    tables = {name: catalogue.get(name).run(source, PARAMETERS).table for name in NEEDS}
    source.close()
    return wardrobe(Inputs(0, tables, {})).counts.without_empty()


def kmeans(counts: AuthorLabelCounts) -> tuple[Fit, Fit]:
    """Return k-means on the authors' coordinates: begun on some of them, and the default."""
    points = hellinger_coordinates(counts)
    weights = counts.totals / (counts.totals + 300.0)

    def ours(seed: int) -> float:
        codes, centres = weighted_kmeans(points, weights, CLUSTERS, seed)
        return float(weights @ ((points - centres[codes]) ** 2).sum(axis=1))

    def default(seed: int) -> float:
        model = KMeans(CLUSTERS, random_state=seed).fit(points, sample_weight=weights)
        return float(model.inertia_)

    return ours, default


def mixture(counts: AuthorLabelCounts) -> tuple[Fit, Fit]:
    """Return a tempered mixture from a k-means partition, and from a random one."""

    def fitted(start: Any) -> float:
        return -fit_mixture(counts, starts=[start], family="tempered").log_likelihood

    def ours(seed: int) -> float:
        return fitted(starting_partitions(counts, CLUSTERS, starts=1, seed=seed)[0])

    def default(seed: int) -> float:
        rng = np.random.default_rng(seed)
        return fitted(rng.integers(0, CLUSTERS, counts.n_authors))

    return ours, default


def topics(counts: AuthorLabelCounts) -> tuple[Fit, Fit]:
    """Return NMF by Kullback-Leibler loss from a k-means partition, and with default settings."""
    whole = as_sparse(counts.matrix)
    half = whole.copy()
    half.data = np.random.default_rng(0).binomial(whole.data.astype(int), 0.5).astype(float)
    seen = replace(counts, matrix=half)
    held = as_sparse(whole - half)
    total = row_sums(held)
    base = column_sums(held) / total.sum()
    rows = _single(seen, 300.0)
    loss = {"solver": "mu", "beta_loss": "kullback-leibler"}

    def unseen(share: Any, shown: Any) -> float:
        """Return nats per label of the other half; an author weighs n / (n + 300)."""
        expected = np.asarray(share @ shown, dtype=np.float64)
        expected /= np.maximum(expected.sum(axis=1, keepdims=True), 1e-12)
        log = np.log(0.999 * expected + 0.001 * base + 1e-12)
        nats = -np.asarray(held.multiply(log).sum(axis=1)).ravel()
        return float((nats / (total + 300.0)).sum() / (total / (total + 300.0)).sum())

    def ours(seed: int) -> float:
        codes = starting_partitions(seen, CLUSTERS, starts=1, seed=seed)[0]
        share, shown = _topic_start(rows, codes, CLUSTERS)
        model = NMF(CLUSTERS, init="custom", max_iter=40, tol=1e-3, **loss)
        return unseen(model.fit_transform(rows, W=share, H=shown), model.components_)

    def default(seed: int) -> float:
        model = NMF(CLUSTERS, random_state=seed, **loss)
        return unseen(model.fit_transform(rows), model.components_)

    return ours, default


CONTENDERS = {"k-means": (kmeans, 20, 25), "mixture": (mixture, 20, 25), "NMF": (topics, 1, 5)}
"""How to make each pair, how often its default is tried, and how often both are compared.

NMF's default does not start at random. The others do, and a few comparisons would be luck.
"""


def clusters(counts: AuthorLabelCounts) -> dict[str, dict[str, Any]]:
    """Time each method, and its default until the loss is as low or the tries are used up."""
    found: dict[str, dict[str, Any]] = {}
    for name, (of, most, repeats) in CONTENDERS.items():
        ours, default = of(counts)
        rows = []
        for turn in range(repeats):
            took, own = timed(partial(ours, turn))
            spent, first, least, tries = 0.0, np.nan, np.inf, 0
            while least > own * (1 + MARGIN) and tries < most:
                seconds, other = timed(partial(default, turn * most + tries))
                spent, least, tries = spent + seconds, min(least, other), tries + 1
                first = other if tries == 1 else first
            rows.append((took, spent, own, least, first, tries))
        took, spent, own, least, first, tries = np.array(rows).T
        found[name] = {
            "seconds": spread(took),
            "default_seconds": spread(spent),
            "times_as_fast": spread(spent / np.maximum(took, 1e-9)),
            "default_tries": spread(tries),
            "objective": spread(own),
            "excess": spread((own - least) / least),
            "excess_over_one_try": spread((own - first) / first),
        }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5, help="of the axes")
    parser.add_argument("--file", type=Path, help="warehouse, by default the full-size sample")
    chosen = parser.parse_args()
    repeats = chosen.repeats
    world = World("benchmark", labels=LABELS)
    counts = world.draw(0, 0, AUTHORS).counts.without_empty()
    cross = CrossProduct.of(counts)
    from_sums, from_table = [], []
    for _ in range(repeats):
        took, ours = timed(lambda: correspondence_analysis_from(cross, AXES))
        from_sums.append(took)
        took, peer = timed(lambda: correspondence_analysis(counts, AXES))
        from_table.append(took)
    ratios = spread(b / max(a, 1e-9) for a, b in zip(from_sums, from_table, strict=True))
    error = float(np.max(np.abs(ours.eigenvalues / peer.eigenvalues - 1)))
    with threadpool_limits(limits=1):
        compared = clusters(worn(chosen.file or sample(1.0)))
    goals = [
        goal("axes from sums, times as fast as from the table", ratios["median"], 1, at_least=True),
        goal("axes from sums, relative error of an inertia", error, 1e-8, at_least=False),
    ]
    for name, facts in compared.items():
        fast, excess = facts["times_as_fast"]["median"], facts["excess"]["median"]
        goals += [
            goal(f"{name}, times as fast as the default to this loss", fast, 1, at_least=True),
            goal(f"{name}, loss above that of the default, share", excess, MARGIN, at_least=False),
        ]
    facts = {
        "authors": counts.n_authors,
        "labels": counts.n_labels,
        "processor_seconds": {"from_sums": spread(from_sums), "from_table": spread(from_table)},
        "times_as_fast": ratios,
        "clusters": compared,
        "goals": goals,
    }
    write("statistics", facts, ("numpy", "scipy", "scikit-learn"))


if __name__ == "__main__":
    main()
