"""The unsupervised family: topics or embeddings of labels, then clusters of authors.

Topics are factors of the counts (non-negative matrix factorisation under Kullback-Leibler loss, or
latent Dirichlet allocation). Embeddings are singular vectors of the positive pointwise mutual
information of labels that authors use together; an author lies at the mean of its labels. On
either follow k-means, Gaussian mixtures or HDBSCAN, which may call authors noise.

Sources: Lee & Seung (2001); Hoffman, Blei & Bach (2010) for online LDA; Levy & Goldberg (2014) for
embeddings as factorised information; Campello et al. (2015), doi:10.1145/2733381, for HDBSCAN.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from sklearn.cluster import HDBSCAN
from sklearn.decomposition import NMF, LatentDirichletAllocation
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from analysis.contingency.counts import AuthorLabelCounts, Floats, Ints
from analysis.randomness import stream
from analysis.segmentations.interface import (
    Segment,
    Segmentation,
    aligned,
    check_rows,
    describe_clusters,
)
from analysis.segmentations.starts import starting_partitions, weighted_kmeans

VERSION = "1"
Space = Literal["nmf", "lda", "ppmi"]
Clustering = Literal["kmeans", "gmm", "hdbscan"]
_NAMES = {"nmf": "topics (NMF)", "lda": "topics (LDA)", "ppmi": "embeddings"}


@dataclass(frozen=True)
class FactorClusters:
    """Settings of a space for authors and a clustering in it.

    Attributes
    ----------
    space : {"nmf", "lda", "ppmi"}
    clustering : {"kmeans", "gmm", "hdbscan"}
    factors : int
        Topics or embedding dimensions.
    clusters : int
        Number of clusters; for HDBSCAN the number of parts of which the smallest allowed cluster
        is one half.
    damping : float
        See :mod:`analysis.contingency.counts`.
    least : float
        Abstain below this probability.
    """

    space: Space = "ppmi"
    clustering: Clustering = "gmm"
    factors: int = 12
    clusters: int = 10
    damping: float = 300.0
    least: float = 0.0

    @property
    def method(self) -> str:
        """Return the name of the method."""
        return f"{_NAMES[self.space]} + {self.clustering}"

    def fit(
        self,
        counts: AuthorLabelCounts,
        features: pd.DataFrame | None = None,
        *,
        seed: int = 0,
    ) -> FittedFactors:
        """Fit space and clusters to the labelled authors."""
        check_rows(counts, features)
        labelled = counts.without_empty()
        space = _fit_space(labelled, self, seed)
        places = space(labelled)
        weights = labelled.weights * labelled.totals / (labelled.totals + self.damping)
        number = int(stream(seed, self.method).integers(2**31))
        with threadpool_limits(limits=1):
            clusters = _fit_clusters(places, weights, self, number)
            member = clusters(places)
        return FittedFactors(
            self, labelled.labels, space, clusters, describe_clusters(labelled, member)
        )


@dataclass(frozen=True)
class FittedFactors:
    """A space and clusters in it."""

    settings: FactorClusters
    labels: tuple[str, ...]
    space: Callable[[AuthorLabelCounts], Floats] = field(repr=False)
    clusters: Callable[[Floats], Floats] = field(repr=False)
    segments: tuple[Segment, ...]

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Return settings and what the fit chose."""
        return {
            "space": self.settings.space,
            "clustering": self.settings.clustering,
            "factors": self.settings.factors,
            "clusters": len(self.segments),
        }

    def assign(
        self, counts: AuthorLabelCounts, features: pd.DataFrame | None = None
    ) -> Segmentation:
        """Return memberships; abstain on noise and on authors without known labels."""
        check_rows(counts, features)
        known = aligned(counts, self.labels)
        labelled = np.flatnonzero(known.totals > 0)
        posterior = np.zeros((counts.n_authors, len(self.segments)))
        with threadpool_limits(limits=1):
            posterior[labelled] = self.clusters(self.space(known.select_authors(labelled)))
        return Segmentation.of(
            self.settings.method,
            VERSION,
            self.parameters,
            counts.authors,
            self.segments,
            posterior,
            least=self.settings.least,
        )


def _fit_space(
    counts: AuthorLabelCounts, settings: FactorClusters, seed: int
) -> Callable[[AuthorLabelCounts], Floats]:
    damping = settings.damping
    if settings.space == "ppmi":
        vectors = label_vectors(counts, settings.factors, damping=damping)
        overall: Floats = np.asarray(counts.damped(damping).sum(axis=0))
        overall = overall / overall.sum()

        def mean_of_labels(table: AuthorLabelCounts) -> Floats:
            shrunk = table.matrix @ vectors + 20.0 * (overall @ vectors)
            return np.asarray(shrunk / (table.totals[:, None] + 20.0))

        return mean_of_labels
    rows = _single(counts, damping)
    number = int(stream(seed, settings.space).integers(2**31))
    if settings.space == "lda":
        model = LatentDirichletAllocation(
            settings.factors,
            learning_method="online",
            batch_size=1024,
            max_iter=2,
            max_doc_update_iter=20,
            mean_change_tol=1e-2,
            random_state=number,
        ).fit(rows)
    else:
        codes = starting_partitions(counts, settings.factors, starts=1, seed=seed)[0]
        model = NMF(
            settings.factors,
            init="custom",
            solver="mu",
            beta_loss="kullback-leibler",
            max_iter=40,  # more only fits the noise of rare labels
            tol=1e-3,
        )
        share, topics = _topic_start(rows, codes, settings.factors)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # stopping early is the setting
            model.fit_transform(rows, W=share, H=topics)

    def square_rooted_shares(table: AuthorLabelCounts) -> Floats:
        found = np.asarray(model.transform(_single(table, damping)), dtype=np.float64)
        total = found.sum(axis=1, keepdims=True)
        even = np.full(found.shape[1], 1 / found.shape[1])
        return np.asarray(np.sqrt(np.where(total > 0, found / np.maximum(total, 1e-12), even)))

    return square_rooted_shares


def _single(counts: AuthorLabelCounts, damping: float) -> Any:
    """Return damped counts in single precision, which halves the time, without stored zeros."""
    rows = counts.damped(damping).astype(np.float32)
    rows.eliminate_zeros()
    return rows


def _topic_start(rows: Any, codes: Ints, factors: int) -> tuple[Floats, Floats]:
    share = np.full((rows.shape[0], factors), 0.1 / factors)
    share[np.flatnonzero(codes >= 0), codes[codes >= 0]] += 0.9
    topics = np.asarray((rows.T @ share).T) + 1e-3
    share = share * np.asarray(rows.sum(axis=1))[:, None]
    topics = topics / topics.sum(axis=1, keepdims=True)
    return np.ascontiguousarray(share, np.float32), topics.astype(np.float32)


def label_vectors(counts: AuthorLabelCounts, dimensions: int, *, damping: float = 300.0) -> Floats:
    """Return vectors of labels from the positive pointwise mutual information of their use.

    Labels occur together if one author uses both; authors weigh by damped counts.

    Returns
    -------
    array of shape (labels, dimensions)
    """
    profiles = counts.profiles()
    together = np.asarray((profiles.T @ counts.damped(damping)).todense())
    together = (together + together.T) / 2
    share = together.sum(axis=0)
    expected = np.outer(share, share) / share.sum()
    with np.errstate(divide="ignore"):
        information = np.where(together > 0, np.log(together / expected), 0.0)
    values, vectors = np.linalg.eigh(np.maximum(information, 0.0))
    order = np.argsort(-values, kind="stable")[:dimensions]
    largest = np.abs(vectors[:, order]).argmax(axis=0)
    signs = np.sign(vectors[largest, order])
    return np.asarray(vectors[:, order] * signs * np.sqrt(np.maximum(values[order], 0.0)))


def _fit_clusters(
    places: Floats, weights: Floats, settings: FactorClusters, seed: int
) -> Callable[[Floats], Floats]:
    if settings.clustering == "gmm":
        model = GaussianMixture(
            settings.clusters, reg_covar=1e-5, n_init=2, random_state=seed, max_iter=200
        ).fit(places)
        return lambda points: np.asarray(model.predict_proba(points))
    if settings.clustering == "kmeans":
        codes, centres = weighted_kmeans(places, weights, settings.clusters, seed)
        radius = np.inf
    else:
        size = max(5, len(places) // (2 * settings.clusters))
        codes = HDBSCAN(min_cluster_size=size, min_samples=5, copy=True).fit_predict(places)
        names = np.unique(codes[codes >= 0])
        if not names.size:
            return lambda points: np.zeros((len(points), 0))
        centres = np.stack([places[codes == name].mean(axis=0) for name in names])
        inside = codes >= 0
        # an author farther from every centre than nearly all members are is noise
        own = np.linalg.norm(
            places[inside] - centres[np.searchsorted(names, codes[inside])], axis=1
        )
        radius = float(np.quantile(own, 0.95))

    def nearest(points: Floats) -> Floats:
        distance = np.linalg.norm(points[:, None, :] - centres[None, :, :], axis=2)
        member = np.eye(len(centres))[distance.argmin(axis=1)]
        return np.asarray(member * (distance.min(axis=1) <= radius)[:, None])

    return nearest
