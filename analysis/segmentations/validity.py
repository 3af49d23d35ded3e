"""How good a partition is: agreement with another one, separation, and how many clusters.

Partitions are arrays of labels, one per author; a negative label means "in no segment". Indices
from scikit-learn are called where it has them; prediction strength and the gap statistic follow
R's ``fpc`` 2.2 and ``cluster`` 2.1, whose results the tests reproduce.

None of these can tell structure from noise by itself: with few odd authors even prediction
strength is near one where nothing is there. Compare with the same figure under a null model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array, csr_matrix, issparse
from scipy.spatial.distance import cdist, pdist
from sklearn.metrics import (
    adjusted_mutual_info_score,
    adjusted_rand_score,
    pairwise_distances,
)
from sklearn.metrics.cluster import contingency_matrix

from analysis.randomness import stream

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
FitK = Callable[[Any, int, np.random.Generator], npt.ArrayLike]
"""(data, number of clusters, generator) -> labels of the rows of data."""


class Agreement(NamedTuple):
    """Agreement of two partitions of the same authors.

    Attributes
    ----------
    n : int
        Authors that are in a segment of both.
    adjusted_rand : float
        Hubert & Arabie (1985), doi:10.1007/BF01908075: 1 equal, 0 chance.
    adjusted_mutual_information : float
        Vinh, Epps & Bailey (2010), arithmetic normalisation: 1 equal, 0 chance.
    variation_of_information : float
        Meila (2007), doi:10.1016/j.jmva.2006.11.013, in bits: 0 equal.
    """

    n: int
    adjusted_rand: float
    adjusted_mutual_information: float
    variation_of_information: float


def agreement(first: npt.ArrayLike, second: npt.ArrayLike) -> Agreement:
    """Compare two partitions; authors that either leaves without a segment are dropped."""
    a, b = codes_of(first), codes_of(second)
    if a.shape != b.shape:
        raise ValueError("first and second must label the same authors in the same order")
    both = (a >= 0) & (b >= 0)
    if not both.any():
        raise ValueError("no author has a segment in both partitions")
    a, b = a[both], b[both]
    joint = contingency_matrix(a, b, sparse=True).tocoo()
    p = joint.data / a.size
    p_a, p_b = (np.asarray(joint.sum(axis=axis)).ravel() / a.size for axis in (1, 0))
    # H(a|b) + H(b|a), each term of it at least 0
    bits = -(p @ np.log2(p / p_a[joint.row]) + p @ np.log2(p / p_b[joint.col]))
    return Agreement(
        int(a.size),
        float(adjusted_rand_score(a, b)),
        float(adjusted_mutual_info_score(a, b)),
        float(max(bits, 0.0)),
    )


@dataclass(frozen=True)
class Silhouette:
    """Silhouette widths of evaluated authors.

    Attributes
    ----------
    widths : Series
        By row number: (nearest other cluster - own cluster) / larger of both, in [-1, 1].
    by_cluster : Series
        Mean width per cluster.
    mean : float
        Mean over all authors: cluster means weighted by cluster sizes.
    """

    widths: pd.Series[float]
    by_cluster: pd.Series[float]
    mean: float


def silhouette(
    data: Any,
    labels: npt.ArrayLike,
    *,
    metric: str | Callable[[Any, Any], float] = "euclidean",
    sample: int | None = None,
    seed: int = 0,
) -> Silhouette:
    """Return silhouette widths (Rousseeuw 1987, doi:10.1016/0377-0427(87)90125-7).

    Parameters
    ----------
    data : array (n, p), sparse matrix, or (n, n) with metric "precomputed"
        Rows are authors. For Hellinger distances pass the square roots of profiles, for
        chi-square distances principal coordinates.
    labels : array (n,)
        Cluster per author; negative labels are left out.
    metric : str or callable
        Any metric of ``scipy.spatial.distance.cdist``; for sparse data, of scikit-learn.
    sample : int, optional
        Evaluate about this many authors, at least 20 per cluster, drawn within clusters. Their
        widths are exact (distances to all authors are used); only the means carry sampling error.
    seed : int
        Of the sample.
    """
    codes = codes_of(labels)
    kept = np.flatnonzero(codes >= 0)
    X = rows_of(data)
    X = X[kept][:, kept] if metric == "precomputed" else X[kept]
    codes = np.unique(codes[kept], return_inverse=True)[1]
    names = np.unique(np.asarray(labels)[kept])
    sizes = np.bincount(codes)
    if sizes.size < 2:
        raise ValueError("silhouette needs at least two clusters")
    chosen = _stratified(codes, sizes, sample, seed)
    one_hot = np.eye(sizes.size)[codes]
    blocks = np.array_split(chosen, int(np.ceil(chosen.size * codes.size / 2e7)))
    sums = np.vstack([_distances(X, rows, metric) @ one_hot for rows in blocks])
    own = codes[chosen]
    rows = np.arange(chosen.size)
    within = sums[rows, own] / np.maximum(sizes[own] - 1, 1)
    means = sums / sizes
    means[rows, own] = np.inf
    nearest = means.min(axis=1)
    larger = np.maximum(within, nearest)
    widths = np.where(
        (sizes[own] > 1) & (larger > 0), (nearest - within) / np.where(larger > 0, larger, 1), 0.0
    )
    by_cluster = np.bincount(own, weights=widths) / np.bincount(own)
    return Silhouette(
        pd.Series(widths, index=kept[chosen], name="WIDTH"),
        pd.Series(by_cluster, index=names, name="WIDTH"),
        float(by_cluster @ sizes / sizes.sum()),
    )


def calinski_harabasz(
    data: npt.ArrayLike, labels: npt.ArrayLike, weights: npt.ArrayLike | None = None
) -> float:
    """Return (between / (k - 1)) / (within / (n - k)), with weighted sums of squares.

    Caliński & Harabasz (1974), doi:10.1080/03610927408827101; ``weights`` (n,) are masses with
    any scale, scikit-learn's function has none.
    """
    codes = codes_of(labels)
    kept = codes >= 0
    X, codes = np.asarray(data, dtype=float)[kept], np.unique(codes[kept], return_inverse=True)[1]
    w = np.ones(codes.size) if weights is None else np.asarray(weights, dtype=float)[kept]
    w = w * codes.size / w.sum()
    k = int(codes.max()) + 1
    if not 1 < k < codes.size:
        raise ValueError("labels must name at least two clusters and fewer than there are rows")
    mass = np.bincount(codes, weights=w)
    centres = _centres(X, codes, w)
    within = float(w @ ((X - centres[codes]) ** 2).sum(axis=1))
    between = float(mass @ ((centres - w @ X / w.sum()) ** 2).sum(axis=1))
    return (between / (k - 1)) / (within / (codes.size - k)) if within > 0 else float("inf")


def prediction_strength(
    data: npt.ArrayLike,
    numbers: Sequence[int],
    fit: FitK,
    *,
    splits: int = 50,
    seed: int = 0,
) -> pd.DataFrame:
    """Return prediction strength per number of clusters (Tibshirani & Walther 2005).

    Both random halves are clustered; each half's clustering, carried over by nearest centroid,
    must keep together the pairs that the other half's clustering puts together. The strength of
    a split is the worst cluster's share of such pairs, averaged over both directions
    (``fpc::prediction.strength``; clusters of one author count as 1).

    Parameters
    ----------
    data : array (n, p)
        Coordinates in which centroids make sense.
    numbers : sequence of int
        Numbers of clusters to try.
    fit : callable
        (data, number, generator) -> labels.
    splits : int
        Random halvings.
    seed : int
        Of halvings and fits.

    Returns
    -------
    DataFrame
        By K: STRENGTH, SE (over splits), SMALLEST (mean share of the smallest cluster). Below
        about 2 % the strength speaks of a handful of odd authors.
    """
    X = np.asarray(data, dtype=float)
    rows = []
    for k in numbers:
        strengths, smallest = [], []
        for split in range(splits):
            rng = stream(seed, "prediction strength", k, split)
            order = rng.permutation(len(X))
            halves = [X[order[: len(X) // 2]], X[order[len(X) // 2 :]]]
            found = [np.unique(codes_of(fit(h, k, rng)), return_inverse=True)[1] for h in halves]
            centres = [_centres(h, c) for h, c in zip(halves, found, strict=True)]
            strengths.append(
                np.mean([_kept_together(found[i], halves[i], centres[1 - i]) for i in (0, 1)])
            )
            smallest.append(min(np.bincount(c).min() / c.size for c in found))
        spread = float(np.std(strengths, ddof=1)) / np.sqrt(splits) if splits > 1 else np.nan
        rows.append((k, float(np.mean(strengths)), spread, float(np.mean(smallest))))
    return pd.DataFrame(rows, columns=["K", "STRENGTH", "SE", "SMALLEST"]).set_index("K")


Rule = Literal["firstSEmax", "Tibs2001SEmax", "globalSEmax", "firstmax", "globalmax"]


@dataclass(frozen=True)
class Gap:
    """Gap statistic for 1..K clusters.

    Attributes
    ----------
    table : DataFrame
        By K: LOG_W, EXPECTED, GAP, SE.
    replicates : DataFrame (references x K)
        log W of every reference data set.
    """

    table: pd.DataFrame
    replicates: pd.DataFrame

    def choose(self, rule: Rule = "firstSEmax", factor: float = 1.0) -> int:
        """Return the number of clusters by one of the rules of ``cluster::maxSE``."""
        gap = self.table["GAP"].to_numpy()
        se = factor * self.table["SE"].to_numpy()
        falls = np.flatnonzero(np.diff(gap) <= 0)
        first = int(falls[0]) if falls.size else gap.size - 1
        if rule == "firstmax":
            return first + 1
        if rule == "globalmax":
            return int(gap.argmax()) + 1
        if rule == "Tibs2001SEmax":
            good = np.flatnonzero(gap[:-1] >= (gap - se)[1:])
            return int(good[0]) + 1 if good.size else gap.size
        top = first if rule == "firstSEmax" else int(gap.argmax())
        near = np.flatnonzero(gap[:top] >= gap[top] - se[top])
        return int(near[0]) + 1 if near.size else top + 1


def gap_statistic(
    data: npt.ArrayLike,
    most: int,
    fit: FitK,
    *,
    references: int = 100,
    space: Literal["scaledPCA", "original"] = "scaledPCA",
    power: int = 2,
    seed: int = 0,
) -> Gap:
    """Return the gap statistic (Tibshirani, Walther & Hastie 2001, doi:10.1111/1467-9868.00293).

    Parameters
    ----------
    data : array (n, p)
        Coordinates.
    most : int
        Largest number of clusters tried; 1 is always included.
    fit : callable
        (data, number, generator) -> labels.
    references : int
        Uniform data sets, over the data's box along its principal axes ("scaledPCA") or along its
        columns ("original").
    power : int
        Power of the distances in W: 2 in the paper, 1 in ``cluster::clusGap`` by default.
        W is half the paper's, which cancels; SE uses the divisor references - 1, as clusGap does.
    seed : int
        Of references and fits.
    """
    X = np.asarray(data, dtype=float)
    centre = X.mean(axis=0)
    axes = np.eye(X.shape[1])
    if space == "scaledPCA":
        axes = np.linalg.svd(X - centre, full_matrices=False)[2]
    turned = (X - centre) @ axes.T
    low, high = turned.min(axis=0), turned.max(axis=0)

    def log_w(points: FloatArray, *names: str | int) -> FloatArray:
        found = np.zeros(most)
        for k in range(1, most + 1):
            rng = stream(seed, "gap", *names, k)
            labels = np.zeros(len(points)) if k == 1 else fit(points, k, rng)
            codes = np.unique(np.asarray(labels), return_inverse=True)[1]
            found[k - 1] = np.log(_dispersion(points, codes, power))
        return found

    observed = log_w(X, "data")
    simulated = np.empty((references, most))
    for b in range(references):
        uniform = stream(seed, "gap", "box", b).uniform(low, high, size=turned.shape)
        simulated[b] = log_w(uniform @ axes + centre, "reference", b)
    index = pd.RangeIndex(1, most + 1, name="K")
    expected = simulated.mean(axis=0)
    table = pd.DataFrame(
        {
            "LOG_W": observed,
            "EXPECTED": expected,
            "GAP": expected - observed,
            "SE": np.sqrt(1 + 1 / references) * simulated.std(axis=0, ddof=1),
        },
        index=index,
    )
    return Gap(table, pd.DataFrame(simulated, columns=index))


def _dispersion(points: FloatArray, codes: IntArray, power: int) -> float:
    """Half the sum over clusters of pairwise distances to ``power``, by cluster size."""
    if power == 2:
        return float(((points - _centres(points, codes)[codes]) ** 2).sum() / 2)
    return sum(
        0.5 * float((pdist(points[codes == c]) ** power).sum()) / int((codes == c).sum())
        for c in np.unique(codes)
    )


def _distances(X: Any, rows: IntArray, metric: Any) -> FloatArray:
    if metric == "precomputed":
        return np.asarray(X[rows])
    sparse = bool(issparse(X))
    if sparse:
        found = pairwise_distances(X[rows], X, metric=metric)
        found[np.arange(rows.size), rows] = 0.0
        return np.asarray(found)
    # scikit-learn's Euclidean distances lose half of the digits, scipy's do not
    return np.asarray(cdist(X[rows], X, metric=metric))


def _kept_together(codes: IntArray, points: FloatArray, centres: FloatArray) -> float:
    """Worst cluster's share of its pairs that nearest ``centres`` keep together."""
    distances = (centres**2).sum(axis=1) - 2 * points @ centres.T
    joint = contingency_matrix(codes, distances.argmin(axis=1))
    sizes = joint.sum(axis=1)
    pairs = (joint * (joint - 1)).sum(axis=1)
    return float(np.where(sizes > 1, pairs / np.maximum(sizes * (sizes - 1), 1), 1.0).min())


def _centres(points: FloatArray, codes: IntArray, weights: FloatArray | None = None) -> FloatArray:
    w = np.ones(codes.size) if weights is None else weights
    member = csr_matrix((w, (codes, np.arange(codes.size))))
    return np.asarray(member @ points) / np.bincount(codes, weights=w)[:, None]


def _stratified(codes: IntArray, sizes: IntArray, sample: int | None, seed: int) -> IntArray:
    if sample is None or sample >= codes.size:
        return np.arange(codes.size)
    rng = stream(seed, "silhouette")
    wanted = np.minimum(sizes, np.maximum(np.ceil(sample * sizes / codes.size).astype(int), 20))
    return np.sort(
        np.concatenate(
            [
                rng.choice(np.flatnonzero(codes == c), size, replace=False)
                for c, size in enumerate(wanted)
            ]
        )
    )


def rows_of(data: Any) -> Any:
    """Return a table of authors as a dense float array, or as CSR when it is sparse."""
    sparse = bool(issparse(data))
    return csr_array(data) if sparse else np.asarray(data, dtype=float)


def codes_of(labels: npt.ArrayLike) -> IntArray:
    """Return integer codes; negative numbers and missing names mean "in no segment" (-1)."""
    values = np.asarray(labels)
    if values.ndim != 1:
        raise ValueError("labels must hold one label per author")
    if np.issubdtype(values.dtype, np.number):
        return np.where(values >= 0, values, -1).astype(np.int64)
    return np.asarray(pd.factorize(values, sort=True)[0], dtype=np.int64)
