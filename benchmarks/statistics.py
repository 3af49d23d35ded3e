"""Axes from cross-products against axes from the table; clusters against defaults of others.

    python -m benchmarks.statistics

All run in turn on a drawn table of 150 labels and 20,000 authors (5,000 for the clusters); summing
the cross-products is the warehouse's work and not counted. k-means and NMF run as this project
calls them and with what scikit-learn does by default, on the same loss. StepMix has no family of
counts, so the mixture of counts is compared with its way to start, one random partition. Ratios of
the bootstrap and of tests are in ``benchmarks/contingency.py``.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
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
from analysis.contingency.counts import AuthorLabelCounts
from analysis.segmentations.mixture import fit_mixture
from analysis.segmentations.starts import HellingerAxes, starting_partitions, weighted_kmeans
from analysis.segmentations.unsupervised import _single, _topic_start
from analysis.validation.worlds import World
from benchmarks.measure import goal, spread, write

AUTHORS, FEWER, LABELS, AXES, CLUSTERS = 20_000, 5_000, 150, 8, 9

Fit = Callable[[], float]
"""Fits, and returns what is to be small."""


def timed(run: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    found = run()
    return time.process_time() - start, found


def kmeans(counts: AuthorLabelCounts) -> tuple[Fit, Fit]:
    """Return k-means on the authors' coordinates: two tries on one thread, and the default."""
    points = HellingerAxes.of(counts).coordinates(counts)
    weights = counts.totals / (counts.totals + 300.0)

    def ours() -> float:
        codes, centres = weighted_kmeans(points, weights, CLUSTERS, seed=0)
        return float(weights @ ((points - centres[codes]) ** 2).sum(axis=1))

    def default() -> float:
        model = KMeans(CLUSTERS, random_state=0).fit(points, sample_weight=weights)
        return float(model.inertia_)

    return ours, default


def mixture(counts: AuthorLabelCounts) -> tuple[Fit, Fit]:
    """Return a tempered mixture from a k-means partition, and from a random one."""
    drawn = np.random.default_rng(0).integers(0, CLUSTERS, counts.n_authors)

    def fitted(starts: list[Any]) -> float:
        return -fit_mixture(counts, starts=starts, family="tempered").log_likelihood

    return (
        lambda: fitted(starting_partitions(counts, CLUSTERS, starts=1)),
        lambda: fitted([drawn]),
    )


def topics(counts: AuthorLabelCounts) -> tuple[Fit, Fit]:
    """Return NMF by Kullback-Leibler loss from a k-means partition, and with default settings."""
    rows = _single(counts, 300.0)
    loss = {"solver": "mu", "beta_loss": "kullback-leibler", "random_state": 0}

    def ours() -> float:
        codes = starting_partitions(counts, CLUSTERS, starts=1)[0]
        share, shown = _topic_start(rows, codes, CLUSTERS)
        model = NMF(CLUSTERS, init="custom", max_iter=40, tol=1e-3, **loss)
        model.fit_transform(rows, W=share, H=shown)
        return float(model.reconstruction_err_)

    def default() -> float:
        return float(NMF(CLUSTERS, **loss).fit(rows).reconstruction_err_)

    return ours, default


CONTENDERS = {"k-means": kmeans, "mixture": mixture, "NMF": topics}


def clusters(counts: AuthorLabelCounts, repeats: int) -> dict[str, dict[str, Any]]:
    """Time each method and its default in turn, and compare what both make small."""
    found: dict[str, dict[str, Any]] = {}
    for name, of in CONTENDERS.items():
        ours, default = of(counts)
        pairs = [(timed(ours), timed(default)) for _ in range(repeats)]
        (_, own), (_, other) = pairs[0]
        found[name] = {
            "seconds": spread(a for (a, _), _ in pairs),
            "default_seconds": spread(b for _, (b, _) in pairs),
            "times_as_fast": spread(b / max(a, 1e-9) for (a, _), (b, _) in pairs),
            "objective": own,
            "default_objective": other,
            "excess": (own - other) / abs(other),
        }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
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
        compared = clusters(world.draw(0, 0, FEWER).counts.without_empty(), repeats)
    goals = [
        goal("axes from sums, times as fast as from the table", ratios["median"], 1, at_least=True),
        goal("axes from sums, relative error of an inertia", error, 1e-8, at_least=False),
    ]
    for name, facts in compared.items():
        fast, excess = facts["times_as_fast"]["median"], facts["excess"]
        goals += [
            goal(f"{name}, times as fast as the default", fast, 1, at_least=True),
            goal(f"{name}, loss above that of the default, share", excess, 1e-4, at_least=False),
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
