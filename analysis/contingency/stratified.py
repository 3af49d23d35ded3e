"""Association given strata: labels and groups compared among authors of like activity only.

Active authors use more labels, so "authors with the label" differ between groups that differ
in activity. Comparing inside activity blocks removes that. With one value per author (presence,
or a share) the moments of the permutation distribution inside blocks are known exactly, which
gives the Cochran-Mantel-Haenszel family of tests without any permutation.

Sources: Landis, Heyman and Koch (1978), doi:10.2307/1402373; Agresti, Categorical Data Analysis
(2002), section 7.5; agrees with ``stats::mantelhaen.test`` and ``vcdExtra::CMHtest``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import linalg, stats
from statsmodels.stats.contingency_tables import StratifiedTable

from analysis.contingency.association import ChiSquaredTest
from analysis.contingency.counts import (
    AuthorLabelCounts,
    Floats,
    Grouping,
    Ints,
    Sparse,
    as_sparse,
)


def cochran_mantel_haenszel(tables: Floats) -> ChiSquaredTest:
    """Test general association of rows and columns given strata, without continuity correction.

    Parameters
    ----------
    tables : array of shape (strata, rows, columns)
        Counts of independent units; strata with fewer than two units say nothing.
    """
    strata = np.asarray(tables, dtype=np.float64)
    strata = strata[strata.sum(axis=(1, 2)) > 1]
    if strata.ndim != 3 or min(strata.shape[1:]) < 2 or not len(strata):
        raise ValueError(
            "tables must be (strata, rows, columns) with two rows and columns or more."
        )
    deviation: Floats = np.zeros(tuple(size - 1 for size in strata.shape[1:]))
    covariance: Floats = np.zeros((deviation.size, deviation.size))
    for table in strata:
        n, r, c = table.sum(), table.sum(axis=1), table.sum(axis=0)
        deviation += (table - np.outer(r, c) / n)[:-1, :-1]
        rows = (n * np.diag(r) - np.outer(r, r))[:-1, :-1]
        columns = (n * np.diag(c) - np.outer(c, c))[:-1, :-1]
        covariance += np.kron(rows, columns) / (n**2 * (n - 1))
    statistic = float(deviation.ravel() @ linalg.pinvh(covariance) @ deviation.ravel())
    df = deviation.size
    return ChiSquaredTest(statistic, df, float(stats.chi2.sf(statistic, df)))


@dataclass(frozen=True)
class BlockwiseTests:
    """Per-label tests of equality between groups given blocks.

    Attributes
    ----------
    labels : DataFrame
        By label: ``statistic``, ``df``, ``p_value`` (all groups at once).
    residuals : DataFrame of shape (groups, labels)
        Group's sum minus its expectation inside blocks, in standard deviations; about
        standard normal under the null.
    """

    labels: pd.DataFrame
    residuals: pd.DataFrame


def presence(counts: AuthorLabelCounts) -> Sparse:
    """Return 1 where an author used a label; shape (authors, labels)."""
    used = counts.matrix.copy()
    used.data = (used.data > 0).astype(np.float64)
    return used


def blockwise_tests(
    values: Sparse, labels: tuple[str, ...], grouping: Grouping, blocks: Ints
) -> BlockwiseTests:
    """Test each label's values for equality between groups inside blocks of authors.

    For presence this is the (generalised) Cochran-Mantel-Haenszel test, for other values its
    mean-score version; the author is the unit, so clustering of labels in authors does no harm.

    Parameters
    ----------
    values : csr_array of shape (authors, labels)
        One value per author and label: :func:`presence` or damped counts. Plain shares reject
        too much once p-values are corrected for many labels: those of authors with few labels
        have heavy tails.
    labels : tuple of str
    grouping : Grouping
    blocks : array of int of shape (authors,)
        Strata, e.g. :func:`~analysis.contingency.permutation.activity_blocks`.
    """
    grouping.check(values.shape[0])
    inside = grouping.codes >= 0
    values, codes = as_sparse(values[inside]), grouping.codes[inside]
    _, stratum = np.unique(blocks[inside], return_inverse=True)
    groups, strata = len(grouping.names), int(stratum.max()) + 1
    size = np.bincount(stratum, minlength=strata).astype(np.float64)
    members = np.zeros((strata, groups))
    np.add.at(members, (stratum, codes), 1.0)
    by_block = Grouping(stratum.astype(np.int64), tuple(map(str, range(strata)))).indicator()
    sums = (by_block @ values).toarray()
    squares = (by_block @ values.multiply(values)).toarray() - sums**2 / size[:, None]
    observed = (Grouping(codes, grouping.names).indicator() @ values).toarray()
    deviation = observed - (members / size[:, None]).T @ sums
    usable = size > 1
    per_member = squares[usable] / (size[usable] - 1)[:, None]
    share = members[usable] / size[usable, None]
    outer = (
        share[:, :, None] * (np.eye(groups)[None] - share[:, None, :]) * size[usable, None, None]
    )
    covariance = np.einsum("bgh,bl->lgh", outer, per_member)
    statistic = np.empty(len(labels))
    for label in range(len(labels)):
        part = deviation[:-1, label]
        statistic[label] = part @ linalg.pinvh(covariance[label, :-1, :-1]) @ part
    variance = np.einsum("lgg->gl", covariance)
    residuals = np.divide(
        deviation, np.sqrt(variance), out=np.zeros_like(deviation), where=variance > 0
    )
    index = pd.Index(labels, name="label")
    return BlockwiseTests(
        pd.DataFrame(
            {
                "statistic": statistic,
                "df": groups - 1,
                "p_value": stats.chi2.sf(statistic, groups - 1),
            },
            index=index,
        ),
        pd.DataFrame(residuals, index=pd.Index(grouping.names), columns=index),
    )


def presence_odds_ratios(
    counts: AuthorLabelCounts,
    grouping: Grouping,
    group: str,
    blocks: Ints,
    *,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return each label's Mantel-Haenszel odds ratio of being used: a group against the others.

    Given activity blocks, so that a group's activity does not pass for its taste. Author weights
    are not used: the odds are those of the authors at hand.

    Returns
    -------
    DataFrame
        By label: ``odds_ratio``, ``low``, ``high`` (Robins, Breslow and Greenland), NaN where a
        label is used by none or all of one side in every block.
    """
    grouping.check(counts.n_authors)
    inside = grouping.codes >= 0
    member = grouping.codes[inside] == grouping.names.index(group)
    _, stratum = np.unique(blocks[inside], return_inverse=True)
    used = presence(counts.select_authors(inside))
    sides = []
    for side in (member, ~member):
        part = Grouping(np.where(side, stratum, -1), tuple(map(str, range(stratum.max() + 1))))
        with_label = (part.indicator() @ used).toarray()
        sides.append((with_label, part.sizes[:, None] - with_label))
    rows = []
    for label in range(counts.n_labels):
        tables = np.array([[side[0][:, label], side[1][:, label]] for side in sides])
        rows.append(mantel_haenszel(np.moveaxis(tables, 2, 0), level=level))
    return pd.DataFrame(
        rows, columns=["odds_ratio", "low", "high"], index=pd.Index(counts.labels, name="label")
    )


def mantel_haenszel(tables: Floats, *, level: float = 0.95) -> tuple[float, float, float]:
    """Return the common odds ratio of 2 x 2 tables and its interval; NaN where undefined.

    Parameters
    ----------
    tables : array of shape (strata, 2, 2)
    """
    strata = np.asarray(tables, dtype=np.float64)
    strata = strata[(strata.sum(axis=1) > 0).any(axis=1) & (strata.sum(axis=(1, 2)) > 1)]
    concordant = (strata[:, 0, 0] * strata[:, 1, 1]).sum()
    discordant = (strata[:, 0, 1] * strata[:, 1, 0]).sum()
    if concordant == 0 or discordant == 0:
        return float("nan"), float("nan"), float("nan")
    pooled = StratifiedTable(np.moveaxis(strata, 0, 2), shift_zeros=False)
    low, high = pooled.oddsratio_pooled_confint(alpha=1 - level)
    return float(pooled.oddsratio_pooled), float(low), float(high)
