"""Permutational analysis of variance between groups of authors, and of their dispersion.

Works on Euclidean features (:mod:`analysis.contingency.distances`), not on a matrix of distances,
so memory grows with the number of authors, not with its square. All authors weigh the same.

Sources: Anderson (2001), doi:10.1111/j.1442-9993.2001.01070.pp.x; Anderson (2006),
doi:10.1111/j.1541-0420.2005.00440.x; agrees with ``vegan::adonis2`` and ``betadisper`` 2.6-4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from analysis.contingency.counts import Floats, Grouping, Ints, Sparse, as_sparse, column_sums
from analysis.contingency.parallel import parallel_map
from analysis.contingency.permutation import (
    between_groups,
    permutation_p_value,
    permute_authors,
    permute_rows,
)
from analysis.randomness import stream


def permanova(
    features: Sparse,
    design: pd.DataFrame,
    *,
    by: Literal["terms", "margin"] = "terms",
    permutations: int = 999,
    blocks: Ints | None = None,
    seed: int = 0,
    stage: str = "permanova",
    workers: int | None = None,
) -> pd.DataFrame:
    """Split the variation of features between the terms of a design.

    Parameters
    ----------
    features : csr_array of shape (authors, features)
    design : DataFrame of shape (authors, terms)
        Factors (text, categories) or numbers, without missing values, in order of entry.
    by : {"terms", "margin"}
        ``terms`` adds them one after another, ``margin`` drops each from the full model.
    permutations : int
        Rows are permuted inside ``blocks``; 0 leaves p-values out.

    Returns
    -------
    DataFrame
        By term, ``Residual`` and ``Total``: ``df``, ``sum_sq``, ``R2``, ``F``, ``p_value``.
    """
    n = features.shape[0]
    if len(design) != n or design.isna().to_numpy().any():
        raise ValueError("design must have one row per author and no missing values.")
    columns = [_columns(design[name]) for name in design.columns]
    full = _orthogonal([np.ones((n, 1)), *columns])[1:]
    terms = full
    if by == "margin":
        terms = [
            _orthogonal([np.ones((n, 1)), *columns[:k], *columns[k + 1 :], columns[k]])[-1]
            for k in range(len(columns))
        ]
    widths = [part.shape[1] for part in terms]
    df_residual = n - 1 - sum(part.shape[1] for part in full)
    if df_residual < 1:
        raise ValueError("design has as many parameters as authors: use fewer levels.")
    basis = np.concatenate([*terms, *(full if by == "margin" else [])], axis=1)
    total = float(features.multiply(features).sum()) - float((column_sums(features) ** 2).sum()) / n

    def sums(rows: Floats) -> tuple[Floats, float]:
        """Return each term's sum of squares and the residual one."""
        squares = (np.asarray(features.T @ rows, dtype=np.float64) ** 2).sum(axis=0)
        ends = np.cumsum(widths)
        parts = np.array([part.sum() for part in np.split(squares[: ends[-1]], ends[:-1])])
        model = squares[ends[-1] :].sum() if by == "margin" else parts.sum()
        return parts, total - float(model)

    def pseudo_f(rows: Floats) -> Floats:
        parts, residual = sums(rows)
        return np.asarray(parts / np.array(widths) / (residual / df_residual), dtype=np.float64)

    parts, residual = sums(basis)
    observed = pseudo_f(basis)
    p_values = np.full(len(terms), np.nan)
    if permutations:
        strata = np.zeros(n, dtype=np.int64) if blocks is None else blocks
        null = parallel_map(
            lambda k: pseudo_f(basis[permute_rows(strata, stream(seed, stage, k))]),
            range(permutations),
            workers,
        )
        p_values = permutation_p_value(observed, np.array(null))
    return pd.DataFrame(
        {
            "df": [*widths, df_residual, n - 1],
            "sum_sq": [*parts, residual, total],
            "R2": [*parts / total, residual / total, 1.0],
            "F": [*observed, np.nan, np.nan],
            "p_value": [*p_values, np.nan, np.nan],
        },
        index=pd.Index([*map(str, design.columns), "Residual", "Total"]),
    )


@dataclass(frozen=True)
class OneWayPermanova:
    """Pseudo-F of one grouping, share of variation between groups and permutation p-value."""

    F: float
    R2: float
    df: int
    df_residual: int
    p_value: float


def permanova_one_way(
    features: Sparse,
    grouping: Grouping,
    *,
    permutations: int = 999,
    blocks: Ints | None = None,
    seed: int = 0,
    stage: str = "permanova",
    workers: int | None = None,
) -> OneWayPermanova:
    """Compare groups of many authors: :func:`permanova` of one factor, by the quick engine.

    Authors in no group are left out. Hellinger features depend on activity: give ``blocks``.
    """
    grouping.check(features.shape[0])
    inside = grouping.codes >= 0
    rows = as_sparse(features[inside])
    n, groups = rows.shape[0], len(grouping.names)
    between, null = permute_authors(
        rows,
        Grouping(grouping.codes[inside], grouping.names),
        between_groups(grouping.sizes),
        permutations=permutations,
        blocks=None if blocks is None else blocks[inside],
        seed=seed,
        stage=stage,
        workers=workers,
    )
    total = float(rows.multiply(rows).sum()) - float((column_sums(rows) ** 2).sum()) / n
    explained = float(between)
    return OneWayPermanova(
        F=explained / (groups - 1) / ((total - explained) / (n - groups)),
        R2=explained / total,
        df=groups - 1,
        df_residual=n - groups,
        p_value=float(permutation_p_value(between, null)),
    )


@dataclass(frozen=True)
class DispersionTest:
    """Comparison of groups' spread round their own centres.

    Attributes
    ----------
    distances : array of shape (authors,)
        Distance to the centre of the author's group; NaN for an author in none.
    means : Series
        Mean distance by group.
    F, p_value, p_permutation : float
        One-way analysis of variance of the distances; permutation of its residuals.
    """

    distances: Floats
    means: pd.Series[float]
    F: float
    p_value: float
    p_permutation: float


def dispersion_test(
    features: Sparse,
    grouping: Grouping,
    *,
    centre: Literal["centroid", "median"] = "median",
    bias_adjust: bool = False,
    permutations: int = 999,
    seed: int = 0,
    stage: str = "dispersion",
) -> DispersionTest:
    """Test whether groups are equally spread: what PERMANOVA also reacts to.

    Parameters
    ----------
    centre : {"centroid", "median"}
        Group mean, or spatial median (Weiszfeld's iteration), the default of ``betadisper``.
    bias_adjust : bool
        Multiply distances by ``sqrt(n / (n - 1))``, which small groups need.
    """
    grouping.check(features.shape[0])
    distances = np.full(features.shape[0], np.nan)
    for group, size in enumerate(grouping.sizes):
        own = np.flatnonzero(grouping.codes == group)
        part = as_sparse(features[own])
        middle = column_sums(part) / size
        if centre == "median":
            middle = _spatial_median(part, middle)
        distances[own] = _distance_to(part, middle)
        if bias_adjust:
            distances[own] *= np.sqrt(size / (size - 1))
    inside = grouping.codes >= 0
    codes, values = grouping.codes[inside], distances[inside]
    sizes = grouping.sizes
    means = np.bincount(codes, weights=values) / sizes

    def ratio(response: Floats) -> Floats:
        """Return F of the analysis of variance per row of ``response``."""
        indicator = Grouping(codes, grouping.names).indicator()
        group_means = np.asarray(indicator @ response.T).T / sizes
        grand = response.mean(axis=1, keepdims=True)
        between = ((group_means - grand) ** 2 * sizes).sum(axis=1)
        within = ((response - grand) ** 2).sum(axis=1) - between
        df = len(sizes) - 1
        return np.asarray(between / df / (within / (len(codes) - df - 1)), dtype=np.float64)

    observed = float(ratio(values[None, :])[0])
    residuals = values - means[codes]
    rng = stream(seed, stage)
    null = ratio(np.stack([rng.permutation(residuals) for _ in range(permutations)]))
    df = len(sizes) - 1
    return DispersionTest(
        distances=distances,
        means=pd.Series(means, index=pd.Index(grouping.names)),
        F=observed,
        p_value=float(stats.f.sf(observed, df, len(codes) - df - 1)),
        p_permutation=float(permutation_p_value(observed, null)),
    )


def _columns(term: pd.Series[float]) -> Floats:
    if pd.api.types.is_numeric_dtype(term) and not pd.api.types.is_bool_dtype(term):
        return np.asarray(term, dtype=np.float64)[:, None]
    return np.asarray(pd.get_dummies(term.astype(str)), dtype=np.float64)


def _orthogonal(blocks: list[Floats]) -> list[Floats]:
    """Return orthonormal bases of what each block of columns adds to those before it."""
    basis = np.zeros((len(blocks[0]), 0))
    parts = []
    for block in blocks:
        rest = block - basis @ (basis.T @ block)
        left, singular, _ = np.linalg.svd(rest, full_matrices=False)
        part = left[:, singular > 1e-9 * np.sqrt(len(block)) * max(1.0, np.abs(block).max())]
        parts.append(part)
        basis = np.concatenate([basis, part], axis=1)
    return parts


def _distance_to(features: Sparse, centre: Floats) -> Floats:
    squares = features.multiply(features).sum(axis=1) - 2 * (features @ centre) + centre @ centre
    return np.asarray(np.sqrt(np.maximum(squares, 0)), dtype=np.float64)


def _spatial_median(features: Sparse, start: Floats) -> Floats:
    centre = start
    for _ in range(500):
        distance = _distance_to(features, centre)
        weight = 1 / np.maximum(distance, 1e-12)
        moved: Floats = np.asarray(features.T @ weight / weight.sum(), dtype=np.float64)
        if np.abs(moved - centre).max() < 1e-10:
            break
        centre = moved
    return centre
