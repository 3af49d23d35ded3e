"""Simple correspondence analysis from a sparse table or from a cross-product of labels alone.

All that the labels' side needs is the labels x labels matrix ``sum_i x_i x_i' / n_i`` and the
labels' totals; both are sums over authors, which a warehouse can compute for any number of
them. Rows follow by the transition formula, one author at a time, so no authors x labels
array is ever dense.

Sources: Greenacre, Correspondence Analysis in Practice (2017), doi:10.1201/9781315369983;
agrees with ``FactoMineR::CA`` 2.7 and ``ca::ca`` 0.71.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from scipy import linalg

from analysis.contingency.counts import (
    AuthorLabelCounts,
    Floats,
    Sparse,
    as_sparse,
    column_sums,
    damping_factors,
    row_sums,
    scale_rows,
)
from analysis.contingency.parallel import one_blas_thread
from analysis.contingency.svd import NEGLIGIBLE, axis_signs, principal_axes

_ROWS = 1024
"""Rows made dense at a time."""
_PAIR = 40
"""A pair of cells in a sparse product takes as long as so many products of a dense one."""


@dataclass(frozen=True)
class CrossProduct:
    """Sufficient statistics of a correspondence analysis for its columns.

    Attributes
    ----------
    matrix : array of shape (labels, labels)
        ``sum_i w_i x_i x_i' / n_i`` with ``n_i`` the row's total over active labels.
    totals : array of shape (labels,)
        ``sum_i w_i x_i``.
    labels : tuple of str
    active : array of bool of shape (labels,)
        Labels that span the axes; the others are supplementary.
    """

    matrix: Floats
    totals: Floats
    labels: tuple[str, ...]
    active: np.ndarray[Any, np.dtype[np.bool_]] = field(
        default_factory=lambda: np.empty(0, dtype=bool)
    )

    def __post_init__(self) -> None:
        """Take all labels as active unless told, and check shapes."""
        if self.active.size == 0:
            object.__setattr__(self, "active", np.ones(len(self.labels), dtype=bool))
        size = len(self.labels)
        if self.matrix.shape != (size, size) or self.totals.shape != (size,):
            raise ValueError(f"cross-product does not fit {size} labels: check its shape.")

    @classmethod
    def of(
        cls,
        counts: AuthorLabelCounts,
        *,
        damping: float = np.inf,
        supplementary: Iterable[str] = (),
    ) -> CrossProduct:
        """Sum over authors.

        Parameters
        ----------
        damping : float
            See :mod:`analysis.contingency.counts`.
        supplementary : iterable of str
            Labels that do not span the axes, e.g. those of too few authors.
        """
        aside = set(supplementary)
        if unknown := aside.difference(counts.labels):
            raise ValueError(f"supplementary labels {sorted(unknown)[:5]} are not counted.")
        active = np.array([label not in aside for label in counts.labels])
        size = row_sums(as_sparse(counts.matrix[:, active]))
        mass = counts.weights * damping_factors(size, damping)
        kept = (size > 0) & (counts.weights > 0)
        matrix = as_sparse(counts.matrix[kept])
        return cls(
            _self_product(scale_rows(matrix, np.sqrt(mass[kept] / size[kept]))),
            column_sums(scale_rows(matrix, mass[kept])),
            counts.labels,
            active,
        )

    @classmethod
    def from_long(
        cls, pairs: pd.DataFrame, totals: pd.Series[float], *, supplementary: Iterable[str] = ()
    ) -> CrossProduct:
        """Build from a query's result.

        Parameters
        ----------
        pairs : DataFrame
            Columns ``LABEL_A``, ``LABEL_B``, ``PRODUCT``; one triangle is enough.
        totals : Series
            Weighted count by label.
        """
        labels = tuple(sorted(str(label) for label in totals.index))
        position = {label: k for k, label in enumerate(labels)}
        unknown = set(pairs["LABEL_A"]).union(pairs["LABEL_B"]).difference(labels)
        if unknown:
            raise ValueError(f"totals lack the labels {sorted(unknown)[:5]} of the pairs.")
        a = pairs["LABEL_A"].map(position).to_numpy(dtype=np.int64)
        b = pairs["LABEL_B"].map(position).to_numpy(dtype=np.int64)
        matrix = np.zeros((len(labels), len(labels)))
        matrix[a, b] = pairs["PRODUCT"].to_numpy(dtype=np.float64)
        matrix[b, a] = pairs["PRODUCT"].to_numpy(dtype=np.float64)
        aside = set(supplementary)
        return cls(
            matrix,
            np.asarray(totals.rename(index=str).reindex(list(labels)), dtype=np.float64),
            labels,
            np.array([label not in aside for label in labels]),
        )


@dataclass(frozen=True)
class Points:
    """Rows or columns of a correspondence analysis; every frame is indexed by their names.

    Attributes
    ----------
    coordinates : DataFrame of shape (points, axes)
        Principal coordinates.
    standard : DataFrame of shape (points, axes)
        Standard coordinates: principal / square root of the axis's inertia.
    mass : Series
        Share of the grand total; 0 for supplementary points.
    inertia : Series
        Mass times squared chi-square distance to the centroid; sums to the total inertia.
    contributions : DataFrame of shape (points, axes)
        Share of the axis's inertia; each axis sums to 1.
    cos2 : DataFrame of shape (points, axes)
        Share of the point's inertia on the axis (quality); over all axes it sums to 1.
    """

    coordinates: pd.DataFrame
    standard: pd.DataFrame
    mass: pd.Series[float]
    inertia: pd.Series[float]
    contributions: pd.DataFrame
    cos2: pd.DataFrame


@dataclass(frozen=True)
class SupplementaryPoints:
    """Points placed on the axes without having shaped them."""

    coordinates: pd.DataFrame
    cos2: pd.DataFrame


@dataclass(frozen=True)
class CorrespondenceAnalysis:
    """Axes, columns and, where a table was given, rows of a correspondence analysis.

    Attributes
    ----------
    total : float
        Grand total of the active (weighted, damped) table.
    total_inertia : float
        Pearson's chi-squared / total.
    eigenvalues : Series
        Principal inertia by axis (1, 2, ...), descending.
    columns : Points
    rows : Points or None
        None when only a cross-product was given: use :meth:`project_rows`.
    supplementary : SupplementaryPoints or None
        Supplementary columns of the cross-product.
    dropped : tuple of str
        Empty rows and columns that were left out.
    """

    total: float
    total_inertia: float
    eigenvalues: pd.Series[float]
    columns: Points
    rows: Points | None = None
    supplementary: SupplementaryPoints | None = None
    dropped: tuple[str, ...] = ()

    @property
    def chi_squared(self) -> float:
        """Pearson's chi-squared of the active table."""
        return self.total * self.total_inertia

    @cached_property
    def inertia(self) -> pd.DataFrame:
        """Eigenvalue, share and cumulative share of the total inertia by axis."""
        share = self.eigenvalues / self.total_inertia
        return pd.DataFrame(
            {"eigenvalue": self.eigenvalues, "share": share, "cumulative": share.cumsum()}
        )

    def project_rows(self, table: pd.DataFrame | AuthorLabelCounts) -> SupplementaryPoints:
        """Place rows by the transition formula: profile times standard column coordinates.

        Parameters
        ----------
        table : DataFrame of shape (rows, labels) or AuthorLabelCounts
            Counts of (at least) the active labels; a missing label counts as 0 nowhere: it raises.

        Raises
        ------
        ValueError
            If an active label is missing or a row is empty.
        """
        names = list(self.columns.mass.index)
        if isinstance(table, AuthorLabelCounts):
            counts, index = table.select_labels(names).matrix, pd.Index(table.authors)
        else:
            lacking = [name for name in names if name not in table.columns]
            if lacking:
                raise ValueError(f"table lacks the active labels {lacking[:5]}.")
            counts, index = as_sparse(table[names].to_numpy(dtype=np.float64)), table.index
        totals = row_sums(counts)
        if not totals.all():
            raise ValueError(f"{int((totals == 0).sum())} rows are empty on the active labels.")
        profiles = scale_rows(counts, 1 / totals)
        coordinates = profiles @ self.columns.standard.to_numpy()
        distance = _squared_distance(profiles, np.asarray(self.columns.mass, dtype=np.float64))
        return _supplementary(coordinates, distance, index, self.eigenvalues.index)

    def project_columns(self, table: pd.DataFrame) -> SupplementaryPoints:
        """Place columns by the transition formula: column profile times standard row coordinates.

        Parameters
        ----------
        table : DataFrame of shape (active rows, columns)
            Indexed as the rows of the analysed table.
        """
        if self.rows is None:
            raise ValueError("rows are unknown: fit the table, or mark the labels supplementary.")
        named = table.set_axis(table.index.astype(str))
        values = named.reindex(self.rows.mass.index.astype(str)).to_numpy(dtype=np.float64)
        if np.isnan(values).any():
            raise ValueError("table lacks rows of the analysed one: give all active rows.")
        profiles = as_sparse((values / values.sum(axis=0)).T)
        coordinates = profiles @ self.rows.standard.to_numpy()
        distance = _squared_distance(profiles, np.asarray(self.rows.mass, dtype=np.float64))
        return _supplementary(coordinates, distance, table.columns, self.eigenvalues.index)

    def reconstitute(self, n_axes: int | None = None) -> pd.DataFrame:
        """Return the table that the first axes rebuild; all axes give the table itself.

        For small tables: the result is dense, of shape (rows, columns).
        """
        if self.rows is None:
            raise ValueError("rows are unknown: fit the table rather than its cross-product.")
        axes = slice(None) if n_axes is None else slice(0, n_axes)
        product = (
            self.rows.coordinates.to_numpy()[:, axes] @ self.columns.standard.to_numpy()[:, axes].T
        )
        masses = np.outer(self.rows.mass, self.columns.mass)
        return pd.DataFrame(
            self.total * masses * (1 + product),
            index=self.rows.mass.index,
            columns=self.columns.mass.index,
        )


def correspondence_analysis(
    table: pd.DataFrame | AuthorLabelCounts,
    n_axes: int | None = None,
    *,
    damping: float = np.inf,
    row_weights: Floats | None = None,
) -> CorrespondenceAnalysis:
    """Analyse a table of rows x labels.

    Empty rows and columns are dropped by name (:attr:`CorrespondenceAnalysis.dropped`).

    Parameters
    ----------
    table : DataFrame or AuthorLabelCounts
        Non-negative counts; groups x labels or authors x labels.
    n_axes : int, optional
        Axes kept; all when left out.
    damping : float
        Author mass, see :mod:`analysis.contingency.counts`; ``inf`` keeps the counts.
    row_weights : array of shape (rows,), optional
        Multiply the rows, as ``row.w`` of FactoMineR does: mass = w n / sum(w n).
        For ``AuthorLabelCounts`` the weights it carries are used.

    Raises
    ------
    ValueError
        If fewer than two rows or columns hold counts, or the table has no association at all.
    """
    if isinstance(table, pd.DataFrame):
        table = AuthorLabelCounts(
            as_sparse(table.to_numpy(dtype=np.float64)),
            np.asarray(table.index.astype(str)),
            tuple(table.columns.astype(str)),
            np.empty(0) if row_weights is None else np.asarray(row_weights, dtype=np.float64),
        )
    elif row_weights is not None:
        raise ValueError("row_weights double the weights that the counts carry: give one of them.")
    counts = table.without_empty()
    gone = set(table.labels).difference(counts.labels)
    gone_rows = set(table.authors.tolist()).difference(counts.authors.tolist())
    dropped = (*sorted(map(str, gone_rows)), *sorted(gone))
    if min(counts.n_authors, counts.n_labels) < 2:
        raise ValueError("table has fewer than two non-empty rows or columns: nothing to analyse.")
    rows = counts.damped(damping)
    total = float(rows.sum())
    row_mass = row_sums(rows) / total
    column_mass = column_sums(rows) / total
    if counts.n_authors < counts.n_labels:
        values, standard = _axes_from_rows(rows, row_mass, column_mass, counts.labels, n_axes)
    else:
        cross = CrossProduct.of(counts, damping=damping)
        values, standard = principal_axes(
            _centred(cross.matrix / total, column_mass), column_mass, counts.labels, n_axes
        )
    if len(values) == 0:
        raise ValueError("table has no inertia: all row profiles are equal.")
    axes = pd.RangeIndex(1, len(values) + 1, name="axis")
    profiles = scale_rows(rows, 1 / (row_mass * total))
    row_coordinates = np.asarray(profiles @ standard, dtype=np.float64)
    row_distance = _squared_distance(profiles, column_mass)
    column_distance = _squared_distance(
        scale_rows(as_sparse(rows.T), 1 / (column_mass * total)), row_mass
    )
    columns = _points(
        standard * np.sqrt(values), values, column_mass, column_distance, counts.labels, axes
    )
    return CorrespondenceAnalysis(
        total=total,
        total_inertia=float(row_mass @ row_distance),
        eigenvalues=pd.Series(values, index=axes, name="eigenvalue"),
        columns=columns,
        rows=_points(row_coordinates, values, row_mass, row_distance, counts.authors, axes),
        dropped=dropped,
    )


def correspondence_analysis_from(
    cross: CrossProduct, n_axes: int | None = None
) -> CorrespondenceAnalysis:
    """Analyse the columns from a cross-product alone.

    Labels with a total of 0 are dropped by name. Rows are left to
    :meth:`CorrespondenceAnalysis.project_rows`.
    """
    filled = cross.totals > 0
    active, aside = cross.active & filled, ~cross.active & filled
    names = np.asarray(cross.labels, dtype=object)
    if active.sum() < 2:
        raise ValueError("cross-product has fewer than two active labels with counts.")
    total = float(cross.totals[active].sum())
    mass = cross.totals[active] / total
    centred = _centred(cross.matrix[np.ix_(active, active)] / total, mass)
    labels = [str(name) for name in names[active]]
    values, standard = principal_axes(centred, mass, labels, n_axes)
    if len(values) == 0:
        raise ValueError("cross-product has no inertia: all row profiles are equal.")
    axes = pd.RangeIndex(1, len(values) + 1, name="axis")
    distance = np.maximum(np.diagonal(centred), 0) / mass
    supplementary = None
    if aside.any():
        share = cross.matrix[np.ix_(aside, active)] / cross.totals[aside][:, None]
        coordinates = (share @ standard) / np.sqrt(values)
        own = np.diagonal(cross.matrix)[aside] * total / cross.totals[aside] ** 2 - 1
        supplementary = _supplementary(
            coordinates, np.maximum(own, 0), pd.Index(names[aside].astype(str)), axes
        )
    return CorrespondenceAnalysis(
        total=total,
        total_inertia=float(np.trace(centred)),
        eigenvalues=pd.Series(values, index=axes, name="eigenvalue"),
        columns=_points(standard * np.sqrt(values), values, mass, distance, labels, axes),
        supplementary=supplementary,
        dropped=tuple(str(name) for name in names[~filled]),
    )


def correlation_ratio(
    coordinates: pd.DataFrame, mass: pd.Series[float], groups: Sequence[Any] | pd.Series[Any]
) -> pd.Series[float]:
    """Return eta squared per axis: share of the rows' inertia that lies between groups."""
    frame = coordinates.mul(mass, axis=0)
    sums = frame.groupby(np.asarray(groups)).sum()
    weight = mass.groupby(np.asarray(groups)).sum()
    between = (sums**2).div(weight, axis=0).sum()
    return between / (coordinates**2).mul(mass, axis=0).sum()


def _self_product(rows: Sparse) -> Floats:
    """Return ``rows' rows``, by blocks of dense rows where these cost less than pairs of cells."""
    n, size = rows.shape
    pairs = float((np.diff(rows.indptr).astype(np.float64) ** 2).sum())
    if n * size**2 > _PAIR * pairs:
        return np.asarray((rows.T @ rows).toarray(), dtype=np.float64)
    found = np.zeros((size, size))
    with one_blas_thread():
        for first in range(0, n, _ROWS):
            part = rows[first : first + _ROWS].toarray()
            found += part.T @ part
    return found


def _centred(cross: Floats, mass: Floats) -> Floats:
    """Return ``S'S`` of standardised residuals from the cross-product of proportions."""
    root = np.sqrt(mass)
    return np.asarray(cross / np.outer(root, root) - np.outer(root, root), dtype=np.float64)


def _axes_from_rows(
    rows: Sparse, row_mass: Floats, column_mass: Floats, labels: Sequence[str], n_axes: int | None
) -> tuple[Floats, Floats]:
    """Decompose a wide table by a full SVD of its (small) residuals."""
    proportions = rows.toarray() / rows.sum()
    expected = np.outer(row_mass, column_mass)
    _, singular, right = linalg.svd(
        (proportions - expected) / np.sqrt(expected), full_matrices=False
    )
    kept = (singular**2 > NEGLIGIBLE) & (np.arange(len(singular)) < len(row_mass) - 1)
    singular, vectors = singular[kept][:n_axes], right.T[:, kept][:, :n_axes]
    standard = vectors * axis_signs(vectors, labels) / np.sqrt(column_mass)[:, None]
    return singular**2, standard


def _squared_distance(profiles: Sparse, mass: Floats) -> Floats:
    """Return squared chi-square distances of profiles to the centroid, from non-zeros alone."""
    squares = profiles.multiply(profiles) @ (1 / mass)
    return np.maximum(np.asarray(squares, dtype=np.float64) - 1, 0)


def _points(
    coordinates: Floats,
    values: Floats,
    mass: Floats,
    distance: Floats,
    names: Sequence[Any] | np.ndarray[Any, Any],
    axes: pd.Index[int],
) -> Points:
    index = pd.Index(np.asarray(names))

    def frame(array: Floats) -> pd.DataFrame:
        return pd.DataFrame(array, index=index, columns=axes)

    squares = coordinates**2
    return Points(
        coordinates=frame(coordinates),
        standard=frame(coordinates / np.sqrt(values)),
        mass=pd.Series(mass, index=index, name="mass"),
        inertia=pd.Series(mass * distance, index=index, name="inertia"),
        contributions=frame(mass[:, None] * squares / values),
        cos2=frame(squares * _reciprocal(distance)[:, None]),
    )


def _supplementary(
    coordinates: Floats, distance: Floats, names: pd.Index[Any], axes: pd.Index[int]
) -> SupplementaryPoints:
    return SupplementaryPoints(
        pd.DataFrame(coordinates, index=names, columns=axes),
        pd.DataFrame(coordinates**2 * _reciprocal(distance)[:, None], index=names, columns=axes),
    )


def _reciprocal(values: Any) -> Floats:
    array = np.asarray(values, dtype=np.float64)
    return np.asarray(
        np.divide(1.0, array, out=np.zeros_like(array), where=array > 0), dtype=np.float64
    )
