"""Chi-squared tests corrected for the clustering of label rows in authors (Rao and Scott).

Under clustering Pearson's statistic is a weighted sum of chi-squared variables; the weights are
the generalised design effects. First order divides by their mean, which is not enough when they
differ (they do, between labels); second order (Satterthwaite) matches the variance, too.

Sources: Rao and Scott (1984), doi:10.1214/aos/1176346391; Thomas, Singh and Roberts (1996),
doi:10.2307/1403438; ``survey::svychisq`` 4.1-1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg, stats

from analysis.contingency.counts import (
    AuthorLabelCounts,
    Floats,
    Grouping,
    Sparse,
    as_sparse,
    column_sums,
    row_sums,
)


@dataclass(frozen=True)
class RaoScottTest:
    """Design-corrected chi-squared test of independence.

    Attributes
    ----------
    statistic : float
        Pearson's statistic of the weighted proportions, uncorrected.
    df : int
        (rows - 1) (columns - 1).
    design_effects : array of shape (df,) or empty
        Generalised design effects, descending, where they were computed.
    mean_design_effect : float
    p_first_order : float
        Statistic / mean design effect against chi-squared with ``df`` degrees of freedom.
    F, F_df1, F_df2, p_value : float
        Second-order correction: statistic / sum of design effects against F.
    """

    statistic: float
    df: int
    design_effects: Floats
    mean_design_effect: float
    p_first_order: float
    F: float
    F_df1: float
    F_df2: float
    p_value: float


def rao_scott_cells(
    cells: Sparse, shape: tuple[int, int], *, n: float | None = None, sampling_fraction: float = 0.0
) -> RaoScottTest:
    """Test independence of rows and columns of a table summed over clusters.

    Parameters
    ----------
    cells : csr_array of shape (clusters, rows * columns)
        Weighted count of each cell (row by row) in each cluster. A cluster may have counts in
        several rows.
    shape : (int, int)
        Rows and columns of the table; none may be empty.
    n : float, optional
        Number of observations that scales the statistic; by default the sum of ``cells``.
        ``svychisq`` uses the number of all rows, unweighted, those with missing values included.
    sampling_fraction : float
        Share of all clusters that were drawn (finite population correction).

    Returns
    -------
    RaoScottTest
        With linearised variances between clusters, drawn with replacement.
    """
    clusters = cells.shape[0]
    if clusters < 2:
        raise ValueError("cells hold one cluster: the variance between clusters needs two.")
    totals = column_sums(cells)
    p = totals / totals.sum()
    table = p.reshape(shape)
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    if not (rows.all() and columns.all()):
        raise ValueError("cells hold an empty row or column: drop it first.")
    covariance = _between_clusters(cells, p) * (1 - sampling_fraction)
    expected = np.outer(rows, columns)
    size = totals.sum() if n is None else n
    statistic = float(size * ((table - expected) ** 2 / expected).sum())
    # Delta = (C' D^-1 C / n)^-1 (C' D^-1 V D^-1 C), D = diag(p), C = interaction contrasts
    contrasts = np.kron(_contrasts(shape[0]), _contrasts(shape[1]))
    weighted = contrasts * np.divide(1.0, p, out=np.zeros_like(p), where=p > 0)[:, None]
    naive = contrasts.T @ weighted / size
    df = (shape[0] - 1) * (shape[1] - 1)
    if np.linalg.matrix_rank(naive, hermitian=True) < df:
        raise ValueError("cells hold too many empty ones: merge columns or use rao_scott.")
    effects = linalg.eigh(weighted.T @ covariance @ weighted, naive, eigvals_only=True)[::-1]
    first, second = float(effects.sum()), float((effects**2).sum())
    return _second_order(statistic, df, effects, first, second, clusters - 1)


def rao_scott(
    counts: AuthorLabelCounts, grouping: Grouping, *, damping: float = 300.0
) -> RaoScottTest:
    """Test whether groups of authors share one label profile, with a covariance for each group.

    Each group's profile has its own author-clustered (linearised) covariance, so groups may differ
    in activity and in overdispersion. Under the null the statistic is a quadratic form in
    independent group profiles; its mean and variance give a scaled F.

    Parameters
    ----------
    damping : float
        See :mod:`analysis.contingency.counts`. Use a finite one: with ``inf`` a few very active
        authors carry the variance and the reference distribution fails.

    Returns
    -------
    RaoScottTest
        ``design_effects`` stays empty: only their sum and sum of squares are needed.
    """
    grouping.check(counts.n_authors)
    inside = grouping.codes >= 0
    counts = counts.select_authors(inside).without_empty_labels()
    codes = grouping.codes[inside]
    rows = counts.damped(damping)
    mass = row_sums(rows)
    groups = range(len(grouping.names))
    if min(np.bincount(codes[mass > 0], minlength=len(groups))) < 2:
        raise ValueError("grouping holds a group with fewer than two authors with labels.")
    masses = np.bincount(codes, weights=mass, minlength=len(groups))
    parts = [as_sparse(rows[codes == group]) for group in groups]
    tables = np.stack([column_sums(part) for part in parts])
    pooled = tables.sum(axis=0) / masses.sum()
    profiles = tables / masses[:, None]
    share = masses / masses.sum()
    statistic = float((masses[:, None] * (profiles - pooled) ** 2 / pooled).sum())
    scale = 1.0 / np.sqrt(pooled)
    standardised = [
        mass_of_group * scale[:, None] * _between_clusters(part, profile) * scale
        for mass_of_group, part, profile in zip(masses, parts, profiles, strict=True)
    ]
    # X2 = |P u|^2 with u_g independent of covariance W_g and P = I - sqrt(share) sqrt(share)'
    projector = np.eye(len(groups)) - np.sqrt(np.outer(share, share))
    first = sum(projector[g, g] * np.trace(standardised[g]) for g in groups)
    second = sum(
        projector[g, h] ** 2 * float((standardised[g] * standardised[h]).sum())
        for g in groups
        for h in groups
    )
    df = (len(groups) - 1) * (counts.n_labels - 1)
    ddf = counts.n_authors - len(groups)
    return _second_order(statistic, df, np.empty(0), float(first), float(second), ddf)


def _between_clusters(cells: Sparse, p: Floats) -> Floats:
    """Return the linearised covariance of proportions ``p``; shape (cells, cells)."""
    clusters = cells.shape[0]
    size = row_sums(cells)
    total = size.sum()
    # z_i = x_i - n_i p; sum z = 0, so the sum of outer products needs no centring
    cross = np.asarray((cells.T @ cells).toarray(), dtype=np.float64)
    mixed = np.outer(np.asarray(cells.T @ size), p)
    outer = cross - mixed - mixed.T + (size @ size) * np.outer(p, p)
    return np.asarray(outer / total**2 * clusters / (clusters - 1), dtype=np.float64)


def _contrasts(levels: int) -> Floats:
    """Return orthonormal contrasts between levels; shape (levels, levels - 1)."""
    return np.asarray(linalg.helmert(levels).T, dtype=np.float64)


def _second_order(
    statistic: float, df: int, effects: Floats, first: float, second: float, ddf: int
) -> RaoScottTest:
    mean = first / df
    ndf = first**2 / second
    return RaoScottTest(
        statistic=statistic,
        df=df,
        design_effects=effects,
        mean_design_effect=mean,
        p_first_order=float(stats.chi2.sf(statistic / mean, df)),
        F=statistic / first,
        F_df1=ndf,
        F_df2=ndf * ddf,
        p_value=float(stats.f.sf(statistic / first, ndf, ndf * ddf)),
    )
