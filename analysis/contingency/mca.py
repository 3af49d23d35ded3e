"""Multiple correspondence analysis of categorical variables, with adjusted inertias.

It is the correspondence analysis of the sparse indicator matrix, so it takes weights, keeps names
and fixes signs as :mod:`analysis.contingency.correspondence` does. The inertia of an indicator
matrix is inflated by construction; the adjusted inertias correct for that.

Sources: Benzecri (1979), Les Cahiers de l'analyse des donnees 4; Greenacre, Correspondence
Analysis in Practice (2017), chapter 19; agrees with ``FactoMineR::MCA`` and ``ca::mjca``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd
from scipy import sparse

from analysis.contingency.correspondence import (
    CorrespondenceAnalysis,
    Points,
    correlation_ratio,
    correspondence_analysis,
)
from analysis.contingency.counts import AuthorLabelCounts, Floats, as_sparse

SEPARATOR = "="


@dataclass(frozen=True)
class MultipleCorrespondence:
    """Axes of several categorical variables.

    Attributes
    ----------
    analysis : CorrespondenceAnalysis
        Of the indicator matrix: ``columns`` are categories (``variable=category``), ``rows``
        individuals. Its ``project_columns`` places the indicators of further variables.
    inertia : DataFrame
        By axis: ``eigenvalue``, ``share``, ``benzecri`` (adjusted inertia),
        ``benzecri_share`` and ``greenacre_share`` (of the adjusted total, lower and honest).
    adjusted_total : float
        Greenacre's adjusted total inertia.
    eta2 : DataFrame of shape (variables, axes)
        Correlation ratio of each variable with each axis.
    """

    analysis: CorrespondenceAnalysis
    inertia: pd.DataFrame
    adjusted_total: float
    eta2: pd.DataFrame


def multiple_correspondence(
    table: pd.DataFrame, *, row_weights: Floats | None = None
) -> MultipleCorrespondence:
    """Analyse categorical variables.

    Parameters
    ----------
    table : DataFrame of shape (individuals, variables)
        Categories without missing values: make "unknown" a category, or drop the row.
    row_weights : array of shape (individuals,), optional

    Raises
    ------
    ValueError
        If values are missing, there are fewer than two variables, or a variable has a category
        for more than half of all individuals, as an identifier has.
    """
    if table.shape[1] < 2:
        raise ValueError("table has fewer than two variables: use correspondence_analysis.")
    if table.isna().to_numpy().any():
        raise ValueError("table has missing values: make them a category or drop the rows.")
    levels = table.nunique()
    if (levels > max(2, len(table) // 2)).any():
        raise ValueError(f"{levels.idxmax()} has {levels.max()} categories: it looks like a name.")
    blocks, names = [], []
    for variable in table.columns:
        codes, categories = pd.factorize(table[variable].astype(str), sort=True)
        blocks.append(
            sparse.csr_array(
                (np.ones(len(codes)), (np.arange(len(codes)), codes)),
                shape=(len(codes), len(categories)),
            )
        )
        names += [f"{variable}{SEPARATOR}{category}" for category in categories]
    counts = AuthorLabelCounts(
        as_sparse(sparse.hstack(blocks)),
        np.asarray(table.index),
        tuple(names),
        np.empty(0) if row_weights is None else np.asarray(row_weights, dtype=np.float64),
    )
    analysis = correspondence_analysis(counts)
    q, categories_used = table.shape[1], len(analysis.columns.mass)
    values = analysis.eigenvalues
    adjusted = ((q / (q - 1)) ** 2 * (values - 1 / q) ** 2).where(values > 1 / q)
    total = q / (q - 1) * (float((values**2).sum()) - (categories_used - q) / q**2)
    rows = cast(Points, analysis.rows)
    eta2 = {
        str(name): correlation_ratio(rows.coordinates, rows.mass, table[name])
        for name in table.columns
    }
    return MultipleCorrespondence(
        analysis=analysis,
        inertia=pd.DataFrame(
            {
                "eigenvalue": values,
                "share": values / analysis.total_inertia,
                "benzecri": adjusted,
                "benzecri_share": adjusted / adjusted.sum(),
                "greenacre_share": adjusted / total,
            }
        ),
        adjusted_total=total,
        eta2=pd.DataFrame(eta2).T,
    )
