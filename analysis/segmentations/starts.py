"""Deterministic starting partitions and coordinates for clustering authors by their labels."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from analysis.contingency.counts import AuthorLabelCounts, Floats, Ints
from analysis.randomness import stream

SHRINKAGE = 50.0
"""Pseudo-labels by which a profile is shrunk towards the overall one: few labels say little."""


@dataclass(frozen=True)
class HellingerAxes:
    """Principal axes of square-rooted, shrunken profiles; authors weigh by n / (n + 300).

    Attributes
    ----------
    base : array of shape (labels,)
        Overall shares.
    axes : array of shape (labels, axes)
    """

    base: Floats = field(repr=False)
    axes: Floats = field(repr=False)

    @classmethod
    def of(cls, counts: AuthorLabelCounts, n_axes: int = 24) -> HellingerAxes:
        """Fit the axes."""
        base = np.asarray(counts.damped(300.0).sum(axis=0)) + 1e-9
        base = base / base.sum()
        rows = _square_roots(counts, base)
        cross = (rows * _weights(counts)[:, None]).T @ rows
        values, vectors = np.linalg.eigh(cross)
        axes = vectors[:, np.argsort(-values, kind="stable")[: min(n_axes, len(base))]]
        largest = np.abs(axes).argmax(axis=0)
        signs = np.sign(axes[largest, np.arange(axes.shape[1])])
        return cls(base, axes * np.where(signs == 0, 1.0, signs))

    def coordinates(self, counts: AuthorLabelCounts) -> Floats:
        """Return the authors' coordinates, shape (authors, axes)."""
        return np.asarray(_square_roots(counts, self.base) @ self.axes)


def starting_partitions(
    counts: AuthorLabelCounts, components: int, *, starts: int = 3, seed: int = 0
) -> list[Ints]:
    """Return k-means partitions of the labelled authors on Hellinger axes, one per start."""
    coordinates = HellingerAxes.of(counts).coordinates(counts)
    weights = _weights(counts)
    partitions = []
    for start in range(starts):
        number = int(stream(seed, "starting partition", start).integers(2**31))
        partitions.append(weighted_kmeans(coordinates, weights, components, number)[0])
    return partitions


def weighted_kmeans(
    coordinates: Floats, weights: Floats, clusters: int, seed: int, tries: int = 2
) -> tuple[Ints, Floats]:
    """Return codes (-1 where the weight is 0) and centres; k-means on one thread, hence equal."""
    inside = np.flatnonzero(weights > 0)
    with threadpool_limits(limits=1):
        model = KMeans(min(clusters, len(inside)), n_init=tries, random_state=seed % 2**31)
        model.fit(coordinates[inside], sample_weight=weights[inside])
    codes = np.full(len(coordinates), -1, dtype=np.int64)
    codes[inside] = model.labels_
    return codes, np.asarray(model.cluster_centers_)


def _weights(counts: AuthorLabelCounts) -> Floats:
    return np.asarray(counts.weights * counts.totals / (counts.totals + 300.0))


def _square_roots(counts: AuthorLabelCounts, base: Floats) -> Floats:
    shrunk = counts.matrix.toarray() + SHRINKAGE * base
    return np.sqrt(shrunk / (counts.totals[:, None] + SHRINKAGE)) - np.sqrt(base)
