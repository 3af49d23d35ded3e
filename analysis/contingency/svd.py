"""Eigen-decomposition of correspondence analysis with fixed signs and truthful zeros."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import linalg

from analysis.contingency.counts import Floats

NEGLIGIBLE = 1e-13
"""Eigenvalues below this are rounding errors of the trivial axis's 1 and count as zero."""


def principal_axes(
    symmetric: Floats, mass: Floats, names: Sequence[str], n_axes: int | None = None
) -> tuple[Floats, Floats]:
    """Decompose a centred cross-product of standardised residuals.

    Parameters
    ----------
    symmetric : array of shape (points, points)
        ``S'S`` of the standardised residuals S, trivial axis subtracted.
    mass : array of shape (points,)
        Masses of the points, all positive.
    names : sequence of str
        Names of the points; they decide ties when signs are fixed.
    n_axes : int, optional
        Axes wanted; all when left out.

    Returns
    -------
    eigenvalues : array of shape (axes,)
        Principal inertias, descending, negligible ones left out.
    standard : array of shape (points, axes)
        Standard coordinates: mass-weighted mean 0 and variance 1 on each axis.
    """
    size = len(mass)
    wanted = size - 1 if n_axes is None else min(n_axes, size - 1)
    subset = None if 3 * wanted > size else [size - wanted, size - 1]
    values, vectors = linalg.eigh(symmetric, subset_by_index=subset)
    values, vectors = values[::-1][:wanted], vectors[:, ::-1][:, :wanted]
    kept = values > NEGLIGIBLE
    values, vectors = values[kept], vectors[:, kept]
    return values, (vectors * axis_signs(vectors, names)) / np.sqrt(mass)[:, None]


def axis_signs(vectors: Floats, names: Sequence[str]) -> Floats:
    """Return +1 or -1 per axis so that the point with the largest contribution lies positive.

    Contributions equal up to rounding are a tie, which the first name in alphabetical order wins:
    the sign does not depend on the order of points, nor on the linear algebra library.
    """
    order = np.argsort(np.asarray(names, dtype=str), kind="stable")
    sorted_ = vectors[order]
    size = np.abs(sorted_)
    first = (size >= size.max(axis=0, initial=0.0) * (1 - 1e-6)).argmax(axis=0)
    return np.where(sorted_[first, np.arange(vectors.shape[1])] < 0, -1.0, 1.0)


def procrustes_rotation(moving: Floats, fixed: Floats, mass: Floats) -> Floats:
    """Return the orthogonal matrix R that minimises the mass-weighted ``|moving R - fixed|``.

    Shape (axes, axes); reflections and swaps of axes are orthogonal, too.

    Source: Schoenemann (1966), doi:10.1007/BF02289451.
    """
    left, _, right = np.linalg.svd((moving * mass[:, None]).T @ fixed)
    return np.asarray(left @ right, dtype=np.float64)
