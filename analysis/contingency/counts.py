"""Author x label counts: the one input of every statistic on labels.

Rows are authors, the unit of inference; columns are labels. The matrix is sparse and stays
sparse. An author's mass in an analysis is set by one number, the damping ``c``: an author with
``n`` labels is worth ``n (1 + c) / (n + c)`` labels, so that ``c = inf`` keeps counts,
``c = 0`` makes all authors equal and a finite ``c`` lets the mass of very active authors
saturate at ``1 + c``, which is what their labels are worth if tastes follow a
Dirichlet-multinomial with concentration ``c``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Sparse: TypeAlias = "sparse.csr_array[np.float64, tuple[int, int]]"


@dataclass(frozen=True)
class AuthorLabelCounts:
    """Sparse counts of labels by author.

    Parameters
    ----------
    matrix : csr_array of shape (authors, labels)
        Non-negative counts.
    authors : array of shape (authors,)
        Identifiers of the rows, distinct.
    labels : tuple of str
        Names of the columns, distinct.
    weights : array of shape (authors,), optional
        Positive or zero survey weights of the authors; ones when left out.
    dropped_authors, dropped_labels : int, tuple of str
        What :meth:`without_empty` took away so far.

    Raises
    ------
    ValueError
        If shapes do not fit, names repeat, or counts or weights are negative or not finite.
    """

    matrix: Sparse
    authors: npt.NDArray[Any]
    labels: tuple[str, ...]
    weights: Floats = field(default_factory=lambda: np.empty(0))
    dropped_authors: int = 0
    dropped_labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check shapes, names and signs once, so that no statistic has to."""
        matrix = as_sparse(self.matrix)
        matrix.sum_duplicates()
        object.__setattr__(self, "matrix", matrix)
        object.__setattr__(self, "authors", np.asarray(self.authors))
        object.__setattr__(self, "labels", tuple(str(label) for label in self.labels))
        weights = np.asarray(self.weights, dtype=np.float64)
        if weights.size == 0:
            weights = np.ones(matrix.shape[0])
        object.__setattr__(self, "weights", weights)
        if matrix.shape != (len(self.authors), len(self.labels)):
            raise ValueError(
                f"matrix has shape {matrix.shape} for {len(self.authors)} authors and "
                f"{len(self.labels)} labels: give one row per author and one column per label."
            )
        if len(set(self.labels)) != len(self.labels):
            raise ValueError("labels repeat: give each column its own name.")
        if len(np.unique(self.authors)) != len(self.authors):
            raise ValueError("authors repeat: sum the counts of each author first.")
        if matrix.nnz and not (np.isfinite(matrix.data).all() and matrix.data.min() >= 0):
            raise ValueError("matrix holds negative or missing counts: give counts of labels.")
        if weights.shape != (matrix.shape[0],) or not (
            np.isfinite(weights).all() and (weights >= 0).all()
        ):
            raise ValueError("weights must be one finite number, not negative, per author.")

    @classmethod
    def from_long(
        cls,
        table: Any,
        *,
        author: str = "AUTHOR_INDEX",
        label: str = "LABEL",
        count: str = "N",
        weights: pd.Series[float] | None = None,
    ) -> AuthorLabelCounts:
        """Build from a long table with one row per author and label.

        Parameters
        ----------
        table : pyarrow.Table or DataFrame
            Columns ``author``, ``label`` and ``count``; repeated pairs are summed.
        weights : Series, optional
            Author weights by author identifier.

        Raises
        ------
        ValueError
            If a column is missing, holds nulls, or an author has no weight.
        """
        frame: pd.DataFrame = table if isinstance(table, pd.DataFrame) else table.to_pandas()
        missing = [name for name in (author, label, count) if name not in frame.columns]
        if missing:
            raise ValueError(f"table lacks {missing}: its columns are {list(frame.columns)}.")
        if frame[[author, label, count]].isna().to_numpy().any():
            raise ValueError(f"table holds nulls in {author}, {label} or {count}: drop those rows.")
        rows, authors = pd.factorize(frame[author], sort=True)
        columns, labels = pd.factorize(frame[label].astype(str), sort=True)
        matrix = sparse.coo_array(
            (frame[count].to_numpy(dtype=np.float64), (rows, columns)),
            shape=(len(authors), len(labels)),
        )
        names = np.asarray(authors)
        return cls(as_sparse(matrix), names, tuple(labels), _author_weights(weights, names))

    @classmethod
    def from_wide(
        cls, table: pd.DataFrame, *, weights: pd.Series[float] | None = None
    ) -> AuthorLabelCounts:
        """Build from a frame with one row per author (its index) and one column per label."""
        names = np.asarray(table.index)
        return cls(
            as_sparse(table.to_numpy(dtype=np.float64)),
            names,
            tuple(str(column) for column in table.columns),
            _author_weights(weights, names),
        )

    @property
    def n_authors(self) -> int:
        """Number of authors."""
        return int(self.matrix.shape[0])

    @property
    def n_labels(self) -> int:
        """Number of labels."""
        return int(self.matrix.shape[1])

    @property
    def totals(self) -> Floats:
        """Labels per author, the author's activity; shape (authors,)."""
        return row_sums(self.matrix)

    @property
    def label_totals(self) -> Floats:
        """Unweighted count of each label; shape (labels,)."""
        return column_sums(self.matrix)

    @property
    def authors_by_label(self) -> Ints:
        """Number of authors who used each label; shape (labels,)."""
        used = self.matrix.data > 0
        return np.bincount(self.matrix.indices[used], minlength=self.n_labels).astype(np.int64)

    def select_authors(
        self, keep: npt.NDArray[np.bool_] | npt.NDArray[np.int64]
    ) -> AuthorLabelCounts:
        """Return the authors of a mask or of positions, in that order."""
        return replace(
            self,
            matrix=self.matrix[keep],
            authors=self.authors[keep],
            weights=self.weights[keep],
        )

    def select_labels(self, names: Iterable[str]) -> AuthorLabelCounts:
        """Return the named labels, in that order.

        Raises
        ------
        ValueError
            If a name is unknown.
        """
        wanted = list(names)
        position = {label: column for column, label in enumerate(self.labels)}
        unknown = [name for name in wanted if name not in position]
        if unknown:
            raise ValueError(f"labels {unknown[:5]} are not among the {self.n_labels} counted.")
        columns = [position[name] for name in wanted]
        return replace(self, matrix=self.matrix[:, columns], labels=tuple(wanted))

    def without_empty_labels(self) -> AuthorLabelCounts:
        """Drop labels that no author with a positive weight used, by name."""
        used = column_sums(self.with_weights_applied()) > 0
        named = list(zip(self.labels, used, strict=True))
        return replace(
            self.select_labels(label for label, keep in named if keep),
            dropped_labels=(*self.dropped_labels, *(label for label, keep in named if not keep)),
        )

    def without_empty(self) -> AuthorLabelCounts:
        """Drop authors and labels without any count, by name and with a count.

        An author or label whose weights are all zero is empty, too. Dropping one never
        empties another, so one pass is enough.
        """
        rows = row_sums(self.with_weights_applied()) > 0
        kept = self.select_authors(rows).without_empty_labels()
        return replace(kept, dropped_authors=self.dropped_authors + int((~rows).sum()))

    def profiles(self) -> Sparse:
        """Return row profiles: label shares by author, rows sum to 1 (0 for an empty author)."""
        return scale_rows(self.matrix, _inverse(self.totals))

    def damped(self, damping: float = np.inf) -> Sparse:
        """Return weighted counts in which an author is worth at most ``1 + damping`` labels.

        Each row is multiplied by the author's weight and by ``(1 + c) / (n + c)``; see the
        module's docstring. ``inf`` keeps the (weighted) counts, 0 gives (weighted) profiles.
        """
        return scale_rows(self.matrix, self.weights * damping_factors(self.totals, damping))

    def with_weights_applied(self) -> Sparse:
        """Return counts multiplied by the author weights."""
        return self.damped(np.inf)

    def summary(self) -> dict[str, float]:
        """Return size, sparsity and activity: what a caption needs to state."""
        totals = self.totals
        return {
            "authors": self.n_authors,
            "labels": self.n_labels,
            "counts": float(totals.sum()),
            "non_zero_share": self.matrix.nnz / max(1, self.n_authors * self.n_labels),
            "median_labels_per_author": float(np.median(totals)) if len(totals) else 0.0,
            "dropped_authors": self.dropped_authors,
            "dropped_labels": len(self.dropped_labels),
        }


@dataclass(frozen=True)
class Grouping:
    """Which group each author belongs to.

    Attributes
    ----------
    codes : array of shape (authors,)
        Position of the author's group in ``names``; -1 for an author in none.
    names : tuple of str
        The groups, in order of appearance of the categories or sorted.
    """

    codes: Ints
    names: tuple[str, ...]

    @classmethod
    def of(cls, values: Sequence[Any] | pd.Series[Any] | npt.NDArray[Any]) -> Grouping:
        """Encode one value per author; missing values mean "in no group".

        Categories without an author are left out; ordered categories keep their order.
        """
        series = pd.Series(values).reset_index(drop=True)
        if isinstance(series.dtype, pd.CategoricalDtype):
            series = series.cat.remove_unused_categories()
            return cls(
                np.asarray(series.cat.codes, dtype=np.int64),
                tuple(str(name) for name in series.cat.categories),
            )
        codes, names = pd.factorize(series, sort=True)
        return cls(np.asarray(codes, dtype=np.int64), tuple(str(name) for name in names))

    @property
    def sizes(self) -> Ints:
        """Authors per group."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.names)).astype(np.int64)

    def indicator(self) -> Sparse:
        """Return the (groups, authors) matrix of ones where an author is in a group."""
        inside = np.flatnonzero(self.codes >= 0)
        return as_sparse(
            sparse.coo_array(
                (np.ones(len(inside)), (self.codes[inside], inside)),
                shape=(len(self.names), len(self.codes)),
            )
        )

    def check(self, n_authors: int) -> None:
        """Raise ValueError unless there is one code per author and at least two groups."""
        if len(self.codes) != n_authors:
            raise ValueError(
                f"grouping has {len(self.codes)} values for {n_authors} authors: give one each."
            )
        if len(self.names) < 2:
            raise ValueError(
                "grouping holds fewer than two groups with authors: nothing to compare."
            )


def contingency_table(
    counts: AuthorLabelCounts, grouping: Grouping, *, damping: float = np.inf
) -> pd.DataFrame:
    """Sum the authors' (weighted, damped) counts by group.

    Supplementary rows are the table of another grouping, supplementary columns the table of
    other labels of the same authors.

    Returns
    -------
    DataFrame of shape (groups, labels)
    """
    if len(grouping.codes) != counts.n_authors:
        raise ValueError(
            f"grouping has {len(grouping.codes)} values for {counts.n_authors} authors."
        )
    table = grouping.indicator() @ counts.damped(damping)
    return pd.DataFrame(
        table.toarray(), index=pd.Index(grouping.names), columns=pd.Index(counts.labels)
    )


def damping_factors(totals: Floats, damping: float) -> Floats:
    """Return ``(1 + c) / (n + c)`` per author: ones for ``inf``, 0 for an empty author.

    Raises
    ------
    ValueError
        If the damping is negative or not a number.
    """
    if not damping >= 0:
        raise ValueError(f"damping is {damping}: give 0 (equal authors) up to inf (counts).")
    if np.isinf(damping):
        return np.ones_like(totals)
    return (1 + damping) * _inverse(totals + damping) * (totals > 0)


def as_sparse(matrix: Any) -> Sparse:
    """Return a matrix, dense or sparse, as compressed sparse rows of doubles."""
    return cast(Sparse, sparse.csr_array(matrix, dtype=np.float64))


def row_sums(matrix: Sparse) -> Floats:
    """Return the sum of each row; shape (rows,)."""
    return np.asarray(matrix.sum(axis=1), dtype=np.float64)


def column_sums(matrix: Sparse) -> Floats:
    """Return the sum of each column; shape (columns,)."""
    return np.asarray(matrix.sum(axis=0), dtype=np.float64)


def scale_rows(matrix: Sparse, factors: Floats) -> Sparse:
    """Multiply each row of a sparse matrix by a factor, without touching its pattern."""
    scaled = matrix.copy()
    scaled.data = scaled.data * np.repeat(factors, np.diff(matrix.indptr))
    return scaled


def _inverse(values: Floats) -> Floats:
    return cast(Floats, np.divide(1.0, values, out=np.zeros_like(values), where=values > 0))


def _author_weights(weights: pd.Series[float] | None, authors: npt.NDArray[Any]) -> Floats:
    if weights is None:
        return np.ones(len(authors))
    aligned = weights.reindex(authors)
    if aligned.isna().to_numpy().any():
        raise ValueError(f"weights lack {int(aligned.isna().sum())} authors: weigh every author.")
    return np.asarray(aligned, dtype=np.float64)
