"""Association of groups of authors with labels: classical tests, residuals and effect sizes.

Tests that take label rows for independent (:func:`pearson_test`, :func:`likelihood_ratio_test`,
:func:`adjusted_residuals`) are kept to show how far off they are: with labels clustered in
authors they reject everything. :func:`association` is the one to report: effect sizes with
intervals, centred by permutation of authors inside blocks of like activity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.contingency_tables import Table

from analysis.contingency.bootstrap import author_weights
from analysis.contingency.counts import AuthorLabelCounts, Floats, Grouping, Ints, as_sparse
from analysis.contingency.parallel import parallel_map
from analysis.contingency.permutation import (
    chi_squared,
    information_bits,
    permutation_p_value,
    permute_authors,
)

_CHUNK = 50
_NOISE = 1.25  # part of the replicates' variance that is there without association, in variances
# under permutation; calibrated by simulation


@dataclass(frozen=True)
class ChiSquaredTest:
    """Result of a test with a chi-squared reference distribution."""

    statistic: float
    df: float
    p_value: float


def pearson_test(table: pd.DataFrame) -> ChiSquaredTest:
    """Pearson's test of independence, without continuity correction; rows count as independent.

    Raises
    ------
    ValueError
        If a row or column is empty.
    """
    return _chi2_contingency(table, "pearson")


def likelihood_ratio_test(table: pd.DataFrame) -> ChiSquaredTest:
    """Likelihood-ratio (G) test of independence; rows count as independent."""
    return _chi2_contingency(table, "log-likelihood")


def association_measures(table: pd.DataFrame) -> dict[str, float]:
    """Return descriptive measures of a table: how strong, whatever the sample.

    Returns
    -------
    dict
        ``phi2`` (chi-squared / n), ``cramers_v``, ``tschuprow_t``, ``contingency_coefficient``
        (scipy), ``cramers_v_bergsma`` (Bergsma 2013, doi:10.1016/j.jkss.2012.10.002; corrects for
        n independent rows, hence does nothing for clustered counts) and ``information_bits``.
    """
    values = _checked(table)
    n = values.sum()
    phi2 = float(chi_squared(values)) / n
    rows, columns = values.shape
    shrunk = max(0.0, phi2 - (rows - 1) * (columns - 1) / (n - 1))
    r, c = rows - (rows - 1) ** 2 / (n - 1), columns - (columns - 1) ** 2 / (n - 1)
    return {
        "phi2": phi2,
        "cramers_v": float(np.sqrt(phi2 / (min(rows, columns) - 1))),
        "tschuprow_t": float(np.sqrt(phi2 / np.sqrt((rows - 1) * (columns - 1)))),
        "contingency_coefficient": float(np.sqrt(phi2 / (1 + phi2))),
        "cramers_v_bergsma": float(np.sqrt(shrunk / (min(r, c) - 1))),
        "information_bits": float(information_bits(values)),
    }


def adjusted_residuals(table: pd.DataFrame) -> pd.DataFrame:
    """Return ``(O - E) / sqrt(E (1 - row share) (1 - column share))`` per cell.

    Standard normal under independence of label rows; divide by the square root of a design
    effect where rows are clustered (:mod:`analysis.contingency.rao_scott`).
    """
    _checked(table)
    residuals = Table(table, shift_zeros=False).standardized_resids
    return pd.DataFrame(np.asarray(residuals), index=table.index, columns=table.columns)


@dataclass(frozen=True)
class Association:
    """Strength and significance of the association of author groups with labels.

    Attributes
    ----------
    chi_squared : float
        Pearson's statistic of the (damped) table.
    p_value : float
        By permutation of authors inside blocks; about the damped chi-squared.
    cramers_v, cramers_v_interval : float, (float, float)
        Permutation-centred V, ``sqrt(max(0, phi2 - E[phi2]) / min(groups - 1, labels - 1))``.
    information_bits, information_interval : float, (float, float)
        Permutation-centred mutual information in bits.
    raw_cramers_v, raw_information_bits : float
        The plug-in values, which noise inflates.
    n_authors : int
        Authors in a group.
    replicates : DataFrame
        Every bootstrap replicate: ``replicate``, ``phi2``, ``information_bits`` (uncentred).
    level : float
        Confidence level of the intervals.
    """

    chi_squared: float
    p_value: float
    cramers_v: float
    cramers_v_interval: tuple[float, float]
    information_bits: float
    information_interval: tuple[float, float]
    raw_cramers_v: float
    raw_information_bits: float
    n_authors: int
    replicates: pd.DataFrame
    level: float = 0.95


def association(
    counts: AuthorLabelCounts,
    grouping: Grouping,
    *,
    blocks: Ints | None,
    damping: float = 300.0,
    permutations: int = 999,
    replicates: int = 999,
    level: float = 0.95,
    seed: int = 0,
    stage: str = "association",
    workers: int | None = None,
) -> Association:
    """Measure and test the association of author groups with labels.

    Sampling noise alone gives a positive phi2 and mutual information, so the estimate subtracts
    the mean over permutations of authors inside blocks; the interval is
    :func:`noise_free_interval`.

    Parameters
    ----------
    counts : AuthorLabelCounts
    grouping : Grouping
        Group of each author; authors in none are left out.
    blocks : array of int of shape (authors,) or None
        Blocks of like activity (:func:`~analysis.contingency.permutation.activity_blocks`).
        ``None`` permutes all authors: only where groups do not differ in activity.
    damping : float
        See :mod:`analysis.contingency.counts`.
    permutations, replicates : int
        Number of permutations and of bootstrap replicates of authors.

    Returns
    -------
    Association
    """
    grouping.check(counts.n_authors)
    inside = grouping.codes >= 0
    counts = counts.select_authors(inside).without_empty_labels()
    grouping = Grouping(grouping.codes[inside], grouping.names)
    rows = counts.damped(damping)
    smaller = min(len(grouping.names), counts.n_labels) - 1
    if smaller < 1:
        raise ValueError("counts hold fewer than two labels: nothing to compare.")

    def measures(tables: Floats) -> Floats:
        total = tables.sum(axis=(-2, -1))
        return np.stack([chi_squared(tables) / total, information_bits(tables)], axis=-1)

    observed, null = permute_authors(
        rows,
        grouping,
        measures,
        permutations=permutations,
        blocks=None if blocks is None else blocks[inside],
        seed=seed,
        stage=f"{stage}/permutation",
        workers=workers,
    )
    members = [np.flatnonzero(grouping.codes == group) for group in range(len(grouping.names))]
    parts: list[Any] = [as_sparse(rows[authors]) for authors in members]

    def chunk(first: int) -> Floats:
        size = min(_CHUNK, replicates - first)
        weights = author_weights(counts.n_authors, range(first, first + size), seed, stage)
        tables = [weights[:, own] @ part for own, part in zip(members, parts, strict=True)]
        return measures(np.stack(tables, axis=1))

    drawn = np.concatenate(parallel_map(chunk, range(0, replicates, _CHUNK), workers))
    centred = np.maximum(0.0, observed - null.mean(axis=0))
    low, high = noise_free_interval(
        observed, null, drawn, smallest=int(grouping.sizes.min()), level=level
    )
    return Association(
        chi_squared=float(observed[0] * rows.sum()),
        p_value=float(permutation_p_value(observed, null)[0]),
        cramers_v=float(np.sqrt(centred[0] / smaller)),
        cramers_v_interval=(float(np.sqrt(low[0] / smaller)), float(np.sqrt(high[0] / smaller))),
        information_bits=float(centred[1]),
        information_interval=(float(low[1]), float(high[1])),
        raw_cramers_v=float(np.sqrt(observed[0] / smaller)),
        raw_information_bits=float(observed[1]),
        n_authors=counts.n_authors,
        replicates=pd.DataFrame(
            {
                "replicate": np.arange(replicates),
                "phi2": drawn[:, 0],
                "information_bits": drawn[:, 1],
            }
        ),
        level=level,
    )


def noise_free_interval(
    observed: Floats | np.float64,
    null: Floats,
    drawn: Floats,
    *,
    smallest: int,
    level: float = 0.95,
) -> tuple[Floats, Floats]:
    """Return the interval of a strength of association from which noise is taken away.

    Resampling authors adds the sampling noise once more: percentiles are too wide for weak
    associations and too short for strong ones. This interval takes the bootstrap's own bias out
    and holds every strength from which the estimate is less than t standard errors away. The
    variance at a strength is that under permutation, and a part that grows with the strength and
    is read off the replicates: as in Wilson's interval (1927,
    doi:10.1080/01621459.1927.10502953), more room is left above than below.

    Parameters
    ----------
    observed : float or array of shape (quantities,)
        Strength with its noise: phi2, mutual information, or a multiple of them.
    null : array of shape (permutations,) or (permutations, quantities)
        The same of permuted authors, which is noise alone.
    drawn : array of shape (replicates,) or (replicates, quantities)
        The same of resampled authors.
    smallest : int
        Authors of the smallest group, for the t quantile.

    Returns
    -------
    (low, high) : arrays of shape (quantities,), or scalars
        Not below 0; they hold the estimate, ``observed`` less the mean of ``null``.
    """
    expected = null.mean(axis=0)
    centred = np.maximum(0.0, observed - expected)
    middle = np.maximum(0.0, 2 * observed - drawn.mean(axis=0))
    noise = null.var(axis=0, ddof=1)
    growing = np.maximum(0.0, drawn.var(axis=0, ddof=1) - _NOISE * noise)
    slope = growing / np.maximum(middle, expected / 2)
    square = float(stats.t.ppf((1 + level) / 2, max(1, smallest - 1))) ** 2
    # the two solutions of (middle - strength)^2 = square * (noise + slope * strength)
    about = middle + square * slope / 2
    reach = np.sqrt(about**2 - middle**2 + square * noise)
    low = np.minimum(centred, np.maximum(0.0, about - reach))
    return low, np.maximum(centred, about + reach)


def _chi2_contingency(
    table: pd.DataFrame, kind: Literal["pearson", "log-likelihood"]
) -> ChiSquaredTest:
    result = stats.chi2_contingency(_checked(table), correction=False, lambda_=kind)
    return ChiSquaredTest(float(result.statistic), float(result.dof), float(result.pvalue))


def _checked(table: pd.DataFrame) -> Floats:
    values = table.to_numpy(dtype=np.float64)
    if min(values.shape) < 2:
        raise ValueError(f"table has shape {values.shape}: give at least two rows and columns.")
    if not (np.isfinite(values).all() and (values >= 0).all()):
        raise ValueError("table holds negative or missing counts.")
    empty = [
        *table.index[values.sum(axis=1) == 0].astype(str),
        *table.columns[values.sum(axis=0) == 0].astype(str),
    ]
    if empty:
        raise ValueError(f"table has empty rows or columns {empty[:5]}: drop them first.")
    return values
