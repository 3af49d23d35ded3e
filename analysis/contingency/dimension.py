"""How many axes of a correspondence analysis carry more than noise.

Two nulls for two tables. For groups x labels, authors are exchanged between groups inside activity
blocks. For authors x labels, all authors share one taste: each draws its own number of labels from
a Dirichlet-multinomial round the common profile. A plain multinomial null would be wrong there:
authors repeat themselves, and every axis would look significant.

Sources: Horn (1965), doi:10.1007/BF02289447 (parallel analysis); Mosimann (1962),
doi:10.1093/biomet/49.1-2.65 (Dirichlet-multinomial).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import optimize
from scipy.special import gammaln

from analysis.contingency.correspondence import CrossProduct, correspondence_analysis_from
from analysis.contingency.counts import (
    AuthorLabelCounts,
    Floats,
    Grouping,
    Ints,
    as_sparse,
)
from analysis.contingency.parallel import parallel_map
from analysis.contingency.permutation import permute_authors
from analysis.randomness import stream


@dataclass(frozen=True)
class ParallelAnalysis:
    """Observed principal inertias next to those of a null.

    Attributes
    ----------
    axes : DataFrame
        By axis: ``eigenvalue``, ``null_mean``, ``null_high`` (quantile ``level`` of the null)
        and ``exceeds``.
    n_axes : int
        Number of leading axes that exceed, up to the first that does not.
    concentration : float
        Of the Dirichlet-multinomial null; infinite for a multinomial one, missing for permutation.
    """

    axes: pd.DataFrame
    n_axes: int
    concentration: float


def dirichlet_concentration(counts: AuthorLabelCounts) -> float:
    """Estimate how alike authors are, by maximum likelihood.

    Authors are Dirichlet-multinomial round the pooled profile with concentration A; their counts
    vary ``(n + A) / (1 + A)`` times as much as a multinomial's. Weights are not used.

    Returns
    -------
    float
        Between 1 and 1e6; the upper end means no overdispersion.
    """
    kept = counts.without_empty()
    n = kept.totals
    share = kept.label_totals / kept.label_totals.sum()
    x, p = kept.matrix.data, share[kept.matrix.indices]

    def loss(log_a: float) -> float:
        a = np.exp(log_a)
        authors = float((gammaln(a) - gammaln(a + n)).sum())
        return -authors - float((gammaln(x + a * p) - gammaln(a * p)).sum())

    found = optimize.minimize_scalar(
        loss, bounds=(0.0, np.log(1e6)), method="bounded", options={"xatol": 0.01}
    )
    return float(np.exp(found.x))


def parallel_analysis(
    counts: AuthorLabelCounts,
    n_axes: int,
    *,
    damping: float = np.inf,
    concentration: float | None = None,
    replicates: int = 39,
    level: float = 0.95,
    seed: int = 0,
    stage: str = "parallel_analysis",
    workers: int | None = None,
) -> ParallelAnalysis:
    """Compare the inertias of authors x labels with those of authors of one taste.

    Parameters
    ----------
    n_axes : int
        Axes compared.
    concentration : float, optional
        Of the null; estimated when left out. ``inf`` gives the multinomial null.
    replicates : int
        Null tables; each keeps every author's number of labels.
    """
    kept = counts.without_empty()
    a = dirichlet_concentration(kept) if concentration is None else concentration
    share = kept.label_totals / kept.label_totals.sum()
    sizes = np.round(kept.totals).astype(np.int64)

    def inertias(table: AuthorLabelCounts) -> Floats:
        fit = correspondence_analysis_from(CrossProduct.of(table, damping=damping), n_axes)
        values = np.zeros(n_axes)
        values[: len(fit.eigenvalues)] = fit.eigenvalues
        return values

    def null(replicate: int) -> Floats:
        rng = stream(seed, stage, replicate)
        drawn = one_taste(share, sizes, a, rng)
        return inertias(replace(kept, matrix=as_sparse(drawn)).without_empty())

    return _compare(
        inertias(kept), np.array(parallel_map(null, range(replicates), workers)), level, a
    )


def permuted_axes(
    counts: AuthorLabelCounts,
    grouping: Grouping,
    *,
    blocks: Ints | None,
    damping: float = 300.0,
    permutations: int = 999,
    level: float = 0.95,
    seed: int = 0,
    stage: str = "permuted_axes",
    workers: int | None = None,
) -> ParallelAnalysis:
    """Compare the inertias of groups x labels with those after exchanging authors in blocks."""
    kept = counts.without_empty_labels()

    def statistic(tables: Floats) -> Floats:
        total = tables.sum(axis=(-2, -1), keepdims=True)
        rows = tables.sum(axis=-1, keepdims=True) / total
        columns = tables.sum(axis=-2, keepdims=True) / total
        expected = rows * columns
        residual = np.zeros_like(tables)
        np.divide(tables / total - expected, np.sqrt(expected), out=residual, where=expected > 0)
        values = np.linalg.svd(residual, compute_uv=False) ** 2
        return np.asarray(values[..., : len(grouping.names) - 1], dtype=np.float64)

    observed, null = permute_authors(
        kept.damped(damping),
        grouping,
        statistic,
        permutations=permutations,
        blocks=blocks,
        seed=seed,
        stage=stage,
        workers=workers,
    )
    return _compare(observed, null, level, float("nan"))


def one_taste(share: Floats, sizes: Ints, concentration: float, rng: np.random.Generator) -> Ints:
    """Draw counts of authors who share one taste; shape (authors, labels).

    Parameters
    ----------
    share : array of shape (labels,)
        The common profile.
    sizes : array of int of shape (authors,)
        Labels per author.
    concentration : float
        Of the Dirichlet-multinomial; ``inf`` gives the multinomial.
    """
    if np.isinf(concentration):
        return np.asarray(rng.multinomial(sizes, share), dtype=np.int64)
    tastes = rng.standard_gamma(concentration * share, size=(len(sizes), len(share)))
    tastes += 1e-300
    return np.asarray(
        rng.multinomial(sizes, tastes / tastes.sum(axis=1, keepdims=True)), dtype=np.int64
    )


def _compare(
    observed: Floats, null: Floats, level: float, concentration: float
) -> ParallelAnalysis:
    high = np.quantile(null, level, axis=0)
    exceeds = observed > high
    axes = pd.DataFrame(
        {
            "eigenvalue": observed,
            "null_mean": null.mean(axis=0),
            "null_high": high,
            "exceeds": exceeds,
        },
        index=pd.RangeIndex(1, len(observed) + 1, name="axis"),
    )
    return ParallelAnalysis(axes, int(np.logical_and.accumulate(exceeds).sum()), concentration)
