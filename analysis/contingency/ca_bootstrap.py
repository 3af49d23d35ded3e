"""Stability of correspondence analysis: bootstrap of authors, aligned axes, confidence ellipses.

Authors are dealt into a few hundred blocks of like size; each block keeps its cross-product of
labels. A replicate weighs the blocks by Poisson(1), sums them and decomposes a labels x labels
matrix, so a thousand replicates cost about as much as a few refits. Each replicate's axes are
rotated onto the fitted ones (Procrustes), so that flips and swaps of axes do not pass for
uncertainty.

Sources: Chamandy et al. (2012), Estimating Uncertainty for Massive Data Streams; Milan and
Whittaker (1995), doi:10.2307/2986265 (Procrustes in bootstrapped biplots); Lebart (2006),
in Multiple Correspondence Analysis and Related Methods, chapter 7 (total bootstrap).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from analysis.contingency.bootstrap import Scheme, author_weights
from analysis.contingency.correspondence import (
    CorrespondenceAnalysis,
    CrossProduct,
    correspondence_analysis_from,
)
from analysis.contingency.counts import (
    AuthorLabelCounts,
    Floats,
    Grouping,
    Ints,
    as_sparse,
    damping_factors,
    row_sums,
    scale_rows,
)
from analysis.contingency.ellipse import Ellipse, ellipse_of, outline
from analysis.contingency.parallel import parallel_map
from analysis.contingency.svd import principal_axes, procrustes_rotation

_CHUNK = 25


def deal_blocks(totals: Floats, n_blocks: int = 512) -> Ints:
    """Deal authors, most active first, round the blocks and back again.

    Blocks come out equal in authors and nearly equal in activity, which the heavy tail of
    activity would otherwise upset.

    Returns
    -------
    array of int of shape (authors,)
        Block of each author, in ``range(n_blocks)``.
    """
    if n_blocks < 2:
        raise ValueError(f"n_blocks is {n_blocks}: give at least two.")
    place = np.arange(len(totals))
    lap, seat = np.divmod(place, n_blocks)
    blocks = np.empty(len(totals), dtype=np.int64)
    blocks[np.argsort(-totals, kind="stable")] = np.where(lap % 2, n_blocks - 1 - seat, seat)
    return blocks


@dataclass(frozen=True)
class CrossProductBlocks:
    """Cross-products of labels by block of authors.

    Attributes
    ----------
    triangles : array of shape (blocks, labels (labels + 1) / 2)
        Upper triangles of each block's ``sum_i w_i x_i x_i' / n_i``, row by row.
    totals : array of shape (blocks, labels)
    labels : tuple of str
    active : array of bool of shape (labels,)
    """

    triangles: Floats
    totals: Floats
    labels: tuple[str, ...]
    active: np.ndarray[Any, np.dtype[np.bool_]]

    @classmethod
    def of(
        cls,
        counts: AuthorLabelCounts,
        *,
        n_blocks: int = 512,
        damping: float = np.inf,
        supplementary: Iterable[str] = (),
    ) -> CrossProductBlocks:
        """Sum over the authors of each block; parameters as in :meth:`CrossProduct.of`."""
        aside = set(supplementary)
        active = np.array([label not in aside for label in counts.labels])
        size = row_sums(as_sparse(counts.matrix[:, active]))
        kept = counts.select_authors(size > 0)
        size = size[size > 0]
        blocks = deal_blocks(size, n_blocks)
        mass = kept.weights * damping_factors(size, damping)
        groups = Grouping(blocks, tuple(map(str, range(n_blocks))))
        totals = (groups.indicator() @ scale_rows(kept.matrix, mass)).toarray()
        order = np.argsort(blocks, kind="stable")
        root = as_sparse(scale_rows(kept.matrix, np.sqrt(mass / size))[order])
        ends = np.searchsorted(blocks[order], np.arange(n_blocks + 1))
        row = np.repeat(np.arange(len(order)), np.diff(root.indptr))
        upper = np.triu_indices(counts.n_labels)
        triangles = np.empty((n_blocks, len(upper[0])))
        for block, (first, last) in enumerate(pairwise(ends)):
            cells = slice(root.indptr[first], root.indptr[last])
            part = np.zeros((last - first, counts.n_labels))
            part[row[cells] - first, root.indices[cells]] = root.data[cells]
            triangles[block] = (part.T @ part)[upper]
        return cls(triangles, totals, counts.labels, active)

    @classmethod
    def from_long(
        cls, pairs: pd.DataFrame, labels: tuple[str, ...], *, n_blocks: int
    ) -> CrossProductBlocks:
        """Build from the answer to ``sql/extracts/label_products.sql``.

        Parameters
        ----------
        pairs : DataFrame
            Columns ``BLOCK``, ``LABEL_A``, ``LABEL_B`` (integers; each pair in one order) and
            ``PRODUCT``. ``LABEL_A`` spans the axes; labels that only ``LABEL_B`` names do not.
        labels : tuple of str
            Their names. Every label is paired with all that span the axes, so that its total is
            the sum of these products.
        n_blocks : int

        Raises
        ------
        ValueError
            If a block or label lies outside its range.
        """
        size = len(labels)
        block, a, b = (pairs[name].to_numpy(np.int64) for name in ("BLOCK", "LABEL_A", "LABEL_B"))
        if len(pairs) and (block.max() >= n_blocks or max(a.max(), b.max()) >= size):
            raise ValueError(f"pairs do not fit {n_blocks} blocks of {size} labels.")
        active = np.isin(np.arange(size), a)
        product = pairs["PRODUCT"].to_numpy(np.float64)
        triangles = np.zeros((n_blocks, size * (size + 1) // 2))
        first, last = np.minimum(a, b), np.maximum(a, b)
        triangles[block, first * size - first * (first - 1) // 2 + last - first] = product
        totals = np.zeros((n_blocks, size))
        np.add.at(totals, (block, b), product)
        both = active[b] & (a != b)
        np.add.at(totals, (block[both], a[both]), product[both])
        return cls(triangles, totals, labels, active)

    def weighted(self, weights: Floats) -> CrossProduct:
        """Return the cross-product of blocks weighted by ``weights``, shape (blocks,)."""
        return self.assemble(weights @ self.triangles, weights @ self.totals)

    def assemble(self, triangle: Floats, totals: Floats) -> CrossProduct:
        """Return the cross-product whose upper triangle is given."""
        size = len(self.labels)
        matrix = np.empty((size, size))
        upper = np.triu_indices(size)
        matrix[upper] = triangle
        matrix.T[upper] = triangle
        return CrossProduct(matrix, totals, self.labels, self.active)


@dataclass(frozen=True)
class AxisBootstrap:
    """A correspondence analysis and its bootstrap replicates on the same axes.

    Attributes
    ----------
    fit : CorrespondenceAnalysis
    labels : tuple of str
        Active and supplementary labels, in this order.
    coordinates : array of shape (replicates, labels, axes)
        Principal coordinates, rotated onto the fit; NaN where a replicate lacks the label.
    eigenvalues : array of shape (replicates, axes)
        Each replicate's own, before rotation.
    """

    fit: CorrespondenceAnalysis
    labels: tuple[str, ...]
    coordinates: Floats
    eigenvalues: Floats

    @property
    def estimate(self) -> pd.DataFrame:
        """Fitted principal coordinates of all labels; shape (labels, axes)."""
        parts = [self.fit.columns.coordinates]
        if self.fit.supplementary is not None:
            parts.append(self.fit.supplementary.coordinates)
        return pd.concat(parts).loc[list(self.labels)]

    def standard_errors(self) -> pd.DataFrame:
        """Return the replicates' standard deviation by label and axis."""
        return pd.DataFrame(
            np.nanstd(self.coordinates, axis=0, ddof=1),
            index=pd.Index(self.labels),
            columns=self.fit.eigenvalues.index,
        )

    def ellipses(self, axes: tuple[int, int] = (1, 2), *, level: float = 0.95) -> pd.DataFrame:
        """Return a confidence ellipse per label in the plane of two axes.

        Returns
        -------
        DataFrame
            By label: ``x``, ``y`` (the fitted point, the ellipse's centre), ``semi_major``,
            ``semi_minor``, ``angle`` (radians from the first axis to the major one) and
            ``replicates``, the number of replicates with the label. Normal theory: the ellipse
            holds ``level`` of a bivariate normal with the replicates' covariance.
        """
        columns = [axis - 1 for axis in axes]
        centre = self.estimate.to_numpy()[:, columns]
        rows = []
        for k, label in enumerate(self.labels):
            cloud = self.coordinates[:, k][:, columns]
            cloud = cloud[np.isfinite(cloud).all(axis=1)]
            rows.append((label, *centre[k], *ellipse_of(np.cov(cloud.T), level), len(cloud)))
        names = ["label", "x", "y", "semi_major", "semi_minor", "angle", "replicates"]
        return pd.DataFrame(rows, columns=names).set_index("label")

    def outlines(
        self, axes: tuple[int, int] = (1, 2), *, level: float = 0.95, points: int = 60
    ) -> pd.DataFrame:
        """Return the ellipses as closed paths: long table ``label``, ``point``, ``x``, ``y``."""
        parts = []
        for label, row in self.ellipses(axes, level=level).iterrows():
            ellipse = Ellipse(row["semi_major"], row["semi_minor"], row["angle"])
            path = outline(row[["x", "y"]].to_numpy(dtype=np.float64), ellipse, points)
            parts.append(
                pd.DataFrame(
                    {"label": label, "point": np.arange(points), "x": path[:, 0], "y": path[:, 1]}
                )
            )
        return pd.concat(parts, ignore_index=True)

    def replicates(self) -> pd.DataFrame:
        """Return every replicate: long table ``replicate``, ``label``, ``axis``, ``coordinate``."""
        index = pd.MultiIndex.from_product(
            [range(len(self.coordinates)), self.labels, self.fit.eigenvalues.index],
            names=["replicate", "label", "axis"],
        )
        return pd.Series(self.coordinates.ravel(), index=index, name="coordinate").reset_index()


def bootstrap_axes(
    data: CrossProductBlocks | AuthorLabelCounts,
    n_axes: int,
    *,
    replicates: int = 1000,
    damping: float = np.inf,
    supplementary: Iterable[str] = (),
    seed: int = 0,
    stage: str = "ca_bootstrap",
    workers: int | None = None,
) -> AxisBootstrap:
    """Bootstrap a correspondence analysis of authors x labels.

    Parameters
    ----------
    data : CrossProductBlocks or AuthorLabelCounts
        Blocks give the block Poisson bootstrap (quick); counts give the ordinary bootstrap of
        authors (multinomial weights), about ten times slower and the standard to compare with.
    n_axes : int
        Axes kept and aligned with each other. Keep one or two more than are read, so that an
        axis that changes places with a neighbour is still among them.
    damping, supplementary
        As in :meth:`CrossProduct.of`; only for ``AuthorLabelCounts``.

    Returns
    -------
    AxisBootstrap
        With a total bootstrap: axes, masses and coordinates of each replicate are its own.
    """
    if isinstance(data, CrossProductBlocks):
        whole = data.weighted(np.ones(len(data.totals)))
        n = len(data.totals)
    else:
        aside = tuple(supplementary)
        whole = CrossProduct.of(data, damping=damping, supplementary=aside)
        n = data.n_authors
    fit = correspondence_analysis_from(whole, n_axes)
    target = fit.columns.coordinates.to_numpy()
    mass = np.asarray(fit.columns.mass, dtype=np.float64)
    active = [whole.labels.index(name) for name in fit.columns.mass.index]
    aside_names = () if fit.supplementary is None else fit.supplementary.coordinates.index
    others = [whole.labels.index(name) for name in aside_names]
    axes = target.shape[1]

    def chunk(first: int) -> tuple[Floats, Floats]:
        numbers = range(first, min(first + _CHUNK, replicates))
        scheme: Scheme = "poisson" if isinstance(data, CrossProductBlocks) else "multinomial"
        weights = author_weights(n, numbers, seed, stage, scheme)
        coordinates = np.full((len(numbers), len(active) + len(others), axes), np.nan)
        eigenvalues = np.full((len(numbers), axes), np.nan)
        if isinstance(data, CrossProductBlocks):
            triangles, totals = weights @ data.triangles, weights @ data.totals
        for k in range(len(numbers)):
            if isinstance(data, CrossProductBlocks):
                cross = data.assemble(triangles[k], totals[k])
            else:
                weighted = replace(data, weights=data.weights * weights[k])
                cross = CrossProduct.of(weighted, damping=damping, supplementary=aside)
            coordinates[k], eigenvalues[k] = _replicate(cross, active, others, target, mass)
        return coordinates, eigenvalues

    parts = parallel_map(chunk, range(0, replicates, _CHUNK), workers)
    return AxisBootstrap(
        fit=fit,
        labels=tuple(whole.labels[k] for k in [*active, *others]),
        coordinates=np.concatenate([part[0] for part in parts]),
        eigenvalues=np.concatenate([part[1] for part in parts]),
    )


def _replicate(
    cross: CrossProduct, active: list[int], others: list[int], target: Floats, mass: Floats
) -> tuple[Floats, Floats]:
    """Return coordinates rotated onto ``target`` (NaN for lacking labels) and eigenvalues."""
    axes = target.shape[1]
    coordinates = np.full((len(active) + len(others), axes), np.nan)
    eigenvalues = np.zeros(axes)
    totals = cross.totals[active]
    here = np.flatnonzero(totals > 0)
    used = np.asarray(active)[here]
    total = totals[here].sum()
    own = totals[here] / total
    root = np.sqrt(own)
    centred = cross.matrix[np.ix_(used, used)] / (total * np.outer(root, root))
    centred -= np.outer(root, root)
    names = [cross.labels[k] for k in used]
    values, standard = principal_axes(centred, own, names, axes)
    eigenvalues[: len(values)] = values
    found = np.zeros((len(here), axes))
    found[:, : len(values)] = standard * np.sqrt(values)
    rotation = procrustes_rotation(found, target[here], mass[here])
    coordinates[here] = found @ rotation
    for place, label in enumerate(others, start=len(active)):
        if cross.totals[label] > 0:
            share = cross.matrix[label, used] / cross.totals[label]
            point = np.zeros(axes)
            point[: len(values)] = (share @ standard) / np.sqrt(values)
            coordinates[place] = point @ rotation
    return coordinates, eigenvalues
