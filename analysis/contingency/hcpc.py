"""Hierarchical clustering on principal components, with k-means before and after.

Ward's tree is built on principal coordinates weighted by mass, so that its heights split the
inertia that correspondence analysis describes; the cut is then consolidated by k-means. Both
partitions are returned, and one object feeds dendrogram and map.

Sources: Husson, Josse and Pages (2010), Principal component methods, hierarchical clustering,
partitional clustering; ``FactoMineR::HCPC`` 2.7; Murtagh (1983), doi:10.1093/comjnl/26.4.354
(nearest-neighbour chains).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy.cluster import hierarchy
from scipy.spatial.distance import cdist
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from analysis.contingency.counts import Floats, Ints
from analysis.randomness import stream


@dataclass(frozen=True)
class HierarchicalPartition:
    """A Ward tree, its cut and the consolidated cut.

    Attributes
    ----------
    n_clusters : int
    gains : array of shape (leaves - 1,)
        Between-clusters inertia gained by each split, largest first.
    within : array of shape (leaves - 1,)
        Within-clusters inertia of the tree's cut in 1, 2, 3, ... clusters.
    linkage : array of shape (leaves - 1, 4)
        The tree as of :func:`scipy.cluster.hierarchy.linkage`, heights are gains.
    leaves : Series of int
        Leaf of each point; several points share one after the k-means pre-step.
    ward, consolidated : Series of int
        Cluster of each point, 1 to ``n_clusters``, by the centre's first coordinate.
    ward_between, consolidated_between : float
        Mass-weighted inertia between clusters.
    total : float
        Inertia of the points on the axes given.
    """

    n_clusters: int
    gains: Floats
    within: Floats
    linkage: Floats
    leaves: pd.Series[int]
    ward: pd.Series[int]
    consolidated: pd.Series[int]
    ward_between: float
    consolidated_between: float
    total: float


def hierarchical_partition(
    coordinates: pd.DataFrame,
    mass: pd.Series[float],
    n_clusters: int | None = None,
    *,
    least: int = 3,
    most: int = 10,
    consolidation: Literal["weighted", "unweighted"] = "weighted",
    leaves: int = 400,
    seed: int = 0,
) -> HierarchicalPartition:
    """Cluster points on principal coordinates.

    Parameters
    ----------
    coordinates : DataFrame of shape (points, axes)
        Principal coordinates; all axes given are used.
    mass : Series of shape (points,)
        Positive masses, by the same index.
    n_clusters : int, optional
        When left out, the cut that loses most: the smallest ratio of within-clusters inertia
        in ``k`` to ``k - 1`` clusters, for k from ``least`` to ``most``.
    consolidation : {"weighted", "unweighted"}
        Whether k-means weighs points by mass; ``HCPC`` does not.
    leaves : int
        More points than this are first put into as many groups by weighted k-means, since the
        tree needs memory of the order of leaves squared.
    seed : int
        For that pre-step.

    Raises
    ------
    ValueError
        If masses do not fit or more clusters are asked for than there are distinct points.
    """
    points = coordinates.to_numpy(dtype=np.float64)
    weights = mass.reindex(coordinates.index).to_numpy(dtype=np.float64)
    if np.isnan(weights).any() or (weights <= 0).any():
        raise ValueError("mass must be positive for every point of coordinates.")
    weights = weights / weights.sum()
    leaf = np.arange(len(points))
    if len(points) > leaves:
        state = int(stream(seed, "hcpc", "leaves").integers(2**31))
        with threadpool_limits(limits=1):
            start = KMeans(leaves, n_init=1, random_state=state)
            leaf = _compact(start.fit_predict(points, sample_weight=weights))
    leaf_mass = np.bincount(leaf, weights=weights).astype(np.float64)
    leaf_points = _centres(points, leaf, weights)
    tree = ward_tree(leaf_points, leaf_mass)
    gains = tree[::-1, 2]
    centre = weights @ points
    total = float(weights @ ((points - centre) ** 2).sum(axis=1))
    pre_step = total - float(leaf_mass @ ((leaf_points - centre) ** 2).sum(axis=1))
    within = np.maximum(
        0.0, pre_step + gains.sum() - np.concatenate([[0.0], np.cumsum(gains)[:-1]])
    )
    if n_clusters is None:
        most = min(most, len(within))
        if most < least:
            raise ValueError(
                f"{len(leaf_points)} distinct points are too few for {least} clusters."
            )
        ratio = within[least - 1 : most] / within[least - 2 : most - 1]
        n_clusters = least + int(np.argmin(ratio))
    if not 1 <= n_clusters <= len(leaf_points):
        raise ValueError(f"n_clusters is {n_clusters} for {len(leaf_points)} distinct points.")
    cut = hierarchy.cut_tree(tree, [n_clusters]).ravel().astype(np.int64)[leaf]
    uniform = np.ones_like(weights)
    pull = weights if consolidation == "weighted" else uniform
    with threadpool_limits(limits=1):
        moved = KMeans(
            n_clusters, init=_centres(points, cut, pull), n_init=1, tol=0.0, max_iter=1000
        ).fit(points, sample_weight=pull)
    merged = _compact(moved.labels_)
    index = coordinates.index
    return HierarchicalPartition(
        n_clusters=n_clusters,
        gains=gains,
        within=within,
        linkage=tree,
        leaves=pd.Series(leaf, index=index, name="leaf"),
        ward=_numbered(points, cut, index),
        consolidated=_numbered(points, merged, index),
        ward_between=_between(points, cut, weights),
        consolidated_between=_between(points, merged, weights),
        total=total,
    )


def ward_tree(points: Floats, mass: Floats) -> Floats:
    """Build Ward's tree of weighted points by nearest-neighbour chains.

    The height of a merge is the within-clusters inertia it adds,
    ``w_i w_j / (w_i + w_j) |c_i - c_j|^2``; with masses that sum to 1 heights sum to the inertia.

    Returns
    -------
    array of shape (points - 1, 4)
        As of :func:`scipy.cluster.hierarchy.linkage`.
    """
    n = len(points)
    if n < 2:
        raise ValueError("points must be at least two.")
    weight = mass.astype(np.float64).copy()
    cost = cdist(points, points, "sqeuclidean") * np.outer(weight, weight)
    cost /= weight[:, None] + weight
    np.fill_diagonal(cost, np.inf)
    alive = np.ones(n, dtype=bool)
    merges: list[tuple[int, int, float]] = []
    chain: list[int] = []
    while len(merges) < n - 1:
        if not chain:
            chain.append(int(np.flatnonzero(alive)[0]))
        while True:
            tip = chain[-1]
            near = int(np.argmin(cost[tip]))
            # on a tie go back, or the chain would turn in circles
            if len(chain) > 1 and cost[tip, chain[-2]] <= cost[tip, near]:
                near = chain[-2]
                break
            chain.append(near)
        del chain[-2:]
        height = cost[tip, near]
        merges.append((tip, near, float(height)))
        both = weight[tip] + weight[near]
        merged = (weight[tip] + weight) * cost[tip] + (weight[near] + weight) * cost[near]
        merged = (merged - weight * height) / (both + weight)
        weight[near], alive[tip] = both, False
        merged[~alive], merged[near] = np.inf, np.inf
        cost[near], cost[:, near] = merged, merged
        cost[tip], cost[:, tip] = np.inf, np.inf
    return _as_linkage(merges, n)


def _as_linkage(merges: list[tuple[int, int, float]], n: int) -> Floats:
    """Order merges by height and number the nodes as scipy does."""
    parent = list(range(n))
    node, size = list(range(n)), [1] * n

    def root(point: int) -> int:
        while parent[point] != point:
            parent[point] = parent[parent[point]]
            point = parent[point]
        return point

    tree = np.empty((n - 1, 4))
    order = sorted(range(n - 1), key=lambda k: merges[k][2])
    for step, k in enumerate(order):
        a, b = root(merges[k][0]), root(merges[k][1])
        low, high = sorted((node[a], node[b]))
        tree[step] = low, high, merges[k][2], size[a] + size[b]
        parent[a] = b
        node[b], size[b] = n + step, size[a] + size[b]
    return tree


def _centres(points: Floats, cluster: Ints, weights: Floats) -> Floats:
    sums = np.zeros((int(cluster.max()) + 1, points.shape[1]))
    np.add.at(sums, cluster, points * weights[:, None])
    return np.asarray(sums / np.bincount(cluster, weights=weights)[:, None], dtype=np.float64)


def _between(points: Floats, cluster: Ints, weights: Floats) -> float:
    masses = np.bincount(cluster, weights=weights)
    gaps = _centres(points, cluster, weights) - weights @ points
    return float(masses @ (gaps**2).sum(axis=1))


def _numbered(points: Floats, cluster: Ints, index: pd.Index[str]) -> pd.Series[int]:
    """Return clusters numbered from 1 by the first coordinate of their unweighted centres."""
    first = _centres(points, cluster, np.ones(len(points)))[:, 0]
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(1, len(first) + 1)
    return pd.Series(rank[cluster], index=index, name="cluster")


def _compact(labels: Ints) -> Ints:
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)
