"""Deterministic starting partitions and coordinates for clustering authors by their labels."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from sklearn.cluster import KMeans
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

from analysis.contingency.counts import AuthorLabelCounts, Floats, Ints
from analysis.randomness import stream

SHRINKAGE = 50.0
"""Pseudo-labels by which a profile is shrunk towards the overall one: few labels say little."""

_DRAWN, _TRIES, _NEAR = 2000, 4, 1e-2
"""Points that find the centres to start from, how often they are tried, and how near the end."""


def hellinger_coordinates(counts: AuthorLabelCounts, n_axes: int = 24) -> Floats:
    """Return the authors on the principal axes of square-rooted, shrunken profiles.

    Authors weigh by n / (n + 300) when the axes are fitted. Shape (authors, axes).
    """
    base = np.asarray(counts.damped(300.0).sum(axis=0)) + 1e-9
    base = base / base.sum()
    rows = counts.matrix.toarray()  # in place from here: nothing as large is made twice
    rows += SHRINKAGE * base
    rows /= counts.totals[:, None] + SHRINKAGE
    np.sqrt(rows, out=rows)
    rows -= np.sqrt(base)
    cross = (rows * _weights(counts)[:, None]).T @ rows
    values, vectors = np.linalg.eigh(cross)
    axes = vectors[:, np.argsort(-values, kind="stable")[: min(n_axes, len(base))]]
    largest = np.abs(axes).argmax(axis=0)
    signs = np.sign(axes[largest, np.arange(axes.shape[1])])
    return np.asarray(rows @ (axes * np.where(signs == 0, 1.0, signs)))


def starting_partitions(
    counts: AuthorLabelCounts, components: int, *, starts: int = 3, seed: int = 0
) -> list[Ints]:
    """Return k-means partitions of the labelled authors on Hellinger axes, one per start."""
    coordinates = hellinger_coordinates(counts)
    weights = _weights(counts)
    partitions = []
    for start in range(starts):
        number = int(stream(seed, "starting partition", start).integers(2**31))
        partitions.append(weighted_kmeans(coordinates, weights, components, number)[0])
    return partitions


def weighted_kmeans(
    coordinates: Floats, weights: Floats, clusters: int, seed: int
) -> tuple[Ints, Floats]:
    """Return codes (-1 where the weight is 0) and centres; k-means on one thread, hence equal.

    Centres of the best of a few fits to some of the points start the fit to all of them: an unlucky
    start is as rare as with as many whole fits, at less than the time of one.
    """
    inside = np.flatnonzero(weights > 0)
    points, mass = coordinates[inside], weights[inside]
    number = min(clusters, len(inside))
    with _libraries().limit(limits=1):
        model = KMeans(number, n_init=_TRIES, random_state=seed % 2**31)
        if len(inside) > _DRAWN:
            rng = stream(seed, "k-means", clusters)
            drawn = rng.choice(len(inside), _DRAWN, replace=False, p=mass / mass.sum())
            few = model.set_params(tol=_NEAR).fit(points[drawn])
            model = KMeans(number, init=few.cluster_centers_, n_init=1)
        model.fit(points, sample_weight=mass)
    codes = np.full(len(coordinates), -1, dtype=np.int64)
    codes[inside] = model.labels_
    return codes, np.asarray(model.cluster_centers_)


@cache
def _libraries() -> Any:
    """Return the loaded numerical libraries; to find them takes longer than a small fit."""
    return ThreadpoolController()


def _weights(counts: AuthorLabelCounts) -> Floats:
    return np.asarray(counts.weights * counts.totals / (counts.totals + 300.0))
