"""Euclidean embeddings of label profiles, and distances between authors.

Each function returns sparse features whose Euclidean distances are the distances named, so that
tests and clusterings need no authors x authors matrix.

Source: Legendre and Gallagher (2001), doi:10.1007/s004420100716; agrees with
``vegan::decostand``.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial.distance import pdist, squareform

from analysis.contingency.counts import AuthorLabelCounts, Floats, Sparse, as_sparse


def hellinger(counts: AuthorLabelCounts) -> Sparse:
    """Return square roots of label shares by author; distances are Hellinger's times sqrt(2).

    Beware: with few labels per author these distances depend on activity by themselves.
    """
    features = counts.profiles()
    features.data = np.sqrt(features.data)
    return features


def chi_square(counts: AuthorLabelCounts) -> Sparse:
    """Return label shares scaled by ``sqrt(total / label total)``: chi-square distances of CA.

    Raises
    ------
    ValueError
        If a label has no counts.
    """
    totals = counts.label_totals
    if not totals.all():
        raise ValueError("counts hold empty labels: drop them first (without_empty_labels).")
    scale = np.sqrt(totals.sum() / totals)
    return as_sparse(counts.profiles().multiply(scale[None, :]))


def pairwise(features: Sparse) -> Floats:
    """Return Euclidean distances between all rows; shape (rows, rows), for small samples.

    Raises
    ------
    ValueError
        Above 5,000 rows, where the matrix would take 200 MB: draw a sample first.
    """
    if features.shape[0] > 5000:
        raise ValueError(f"features have {features.shape[0]} rows: draw a sample of at most 5,000.")
    return np.asarray(squareform(pdist(features.toarray())), dtype=np.float64)
