"""Permutation of authors between groups, inside blocks of like activity.

Label rows are clustered in authors, so authors are exchanged, not rows. Groups that differ in
activity make plain permutation reject although tastes are equal, because the noise of a profile
depends on how many labels it rests on; exchanging authors only with authors of like activity
keeps the level. One engine serves every statistic that is a function of the groups' summed rows:
chi-squared of counts, of damped counts and of equal profiles, and the between-groups sum of squares
of Hellinger profiles (PERMANOVA).

Sources: Good, Permutation, Parametric and Bootstrap Tests of Hypotheses (2005), chapter 9
(restricted randomisation); Phipson and Smyth (2010), doi:10.2202/1544-6115.1585 (p-value).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from analysis.contingency.counts import Floats, Grouping, Ints, Sparse, as_sparse, column_sums
from analysis.contingency.parallel import parallel_map
from analysis.randomness import stream

_CHUNK = 100
_DENSE_CELLS = 2**25
"""Up to this many cells (256 MiB) a dense work copy of the matrix is quicker than a sparse one."""

Statistic = Callable[[Floats], Floats]
"""Maps tables of shape (replicates, groups, labels) to one row of values per replicate."""


@dataclass(frozen=True)
class PermutationTest:
    """A statistic and its permutation distribution.

    Attributes
    ----------
    statistic : float
        Observed value; large values speak against the null.
    p_value : float
        ``(1 + number of permutations at least as large) / (permutations + 1)``.
    expected : float
        Mean of the statistic over the permutations.
    null : array of shape (permutations,)
        Every permuted value.
    """

    statistic: float
    p_value: float
    expected: float
    null: Floats


def activity_blocks(totals: Floats, size: int = 50) -> Ints:
    """Put authors of like activity into blocks of about ``size``.

    Parameters
    ----------
    totals : array of shape (authors,)
        Labels (or images) per author.
    size : int
        Authors per block; sizes differ by at most one. A last block smaller than ``size``
        never arises: the authors are spread evenly.

    Returns
    -------
    array of int of shape (authors,)
        Block of each author, 0 for the least active.
    """
    if size < 2:
        raise ValueError(f"size is {size}: a block needs at least two authors to exchange.")
    blocks = np.empty(len(totals), dtype=np.int64)
    order = np.argsort(totals, kind="stable")
    for block, members in enumerate(np.array_split(order, max(1, len(totals) // size))):
        blocks[members] = block
    return blocks


def permute_rows(blocks: Ints, rng: np.random.Generator) -> Ints:
    """Return a random permutation of positions that keeps each block's positions inside it."""
    order = np.empty(len(blocks), dtype=np.int64)
    order[np.argsort(blocks, kind="stable")] = np.lexsort((rng.random(len(blocks)), blocks))
    return order


def permute_authors(
    matrix: Sparse,
    grouping: Grouping,
    statistic: Statistic,
    *,
    permutations: int = 999,
    blocks: Ints | None = None,
    seed: int = 0,
    stage: str = "permutation",
    workers: int | None = None,
) -> tuple[Floats, Floats]:
    """Evaluate a statistic of the groups' summed rows for permuted authors.

    Parameters
    ----------
    matrix : csr_array of shape (authors, labels)
        Rows that groups sum: damped counts, profiles, Hellinger profiles.
    grouping : Grouping
        Group of each author; authors in none (code -1) are left out.
    statistic : callable
        Maps an array (replicates, groups, labels) to (replicates,) or (replicates, values).
    permutations : int
        Number of random permutations.
    blocks : array of int of shape (authors,), optional
        Authors are exchanged only inside their block; all with all when left out.
    seed, stage
        Name the random stream; chunk ``k`` of 100 permutations has its own, so the
        result does not depend on ``workers``.

    Returns
    -------
    observed : array of shape () or (values,)
    null : array of shape (permutations,) or (permutations, values)
    """
    grouping.check(matrix.shape[0])
    inside = np.flatnonzero(grouping.codes >= 0)
    rows = as_sparse(matrix[inside])
    plan = _Exchange(
        grouping.codes[inside],
        len(grouping.names),
        np.zeros(len(inside), dtype=np.int64) if blocks is None else blocks[inside],
    )
    dense = rows.shape[0] * rows.shape[1] <= _DENSE_CELLS
    factor: Any = rows.toarray() if dense else rows
    total = column_sums(rows)

    def chunk(first: int) -> Floats:
        size = min(_CHUNK, permutations - first)
        draws = plan.draw(size, stream(seed, stage, first // _CHUNK))
        return statistic(plan.tables(draws, factor, total))

    observed = statistic(plan.tables(plan.identity(), factor, total))[0]
    parts = parallel_map(chunk, range(0, permutations, _CHUNK), workers)
    return np.asarray(observed), np.concatenate(parts)


def permutation_p_value(observed: Floats | float, null: Floats) -> Floats:
    """Return ``(1 + #{null >= observed}) / (1 + permutations)``, never zero.

    Values that differ by rounding only (1e-9 relative) count as equal. With a second axis
    in ``null`` one p-value per column is returned.
    """
    reached = null >= np.asarray(observed) * (1 - 1e-9)
    return np.asarray((1 + reached.sum(axis=0)) / (1 + len(null)), dtype=np.float64)


def permutation_test(
    matrix: Sparse,
    grouping: Grouping,
    statistic: Statistic,
    *,
    permutations: int = 999,
    blocks: Ints | None = None,
    seed: int = 0,
    stage: str = "permutation",
    workers: int | None = None,
) -> PermutationTest:
    """Test one statistic by :func:`permute_authors` (same parameters)."""
    observed, null = permute_authors(
        matrix,
        grouping,
        statistic,
        permutations=permutations,
        blocks=blocks,
        seed=seed,
        stage=stage,
        workers=workers,
    )
    return PermutationTest(
        statistic=float(observed),
        p_value=float(permutation_p_value(observed, null)),
        expected=float(null.mean()),
        null=null,
    )


def chi_squared(tables: Floats) -> Floats:
    """Return Pearson's chi-squared of each table; shape (..., groups, labels) to (...)."""
    rows = tables.sum(axis=-1, keepdims=True)
    columns = tables.sum(axis=-2, keepdims=True)
    expected = rows * columns
    share = np.divide(tables * tables, expected, out=np.zeros_like(tables), where=expected > 0)
    total = rows.sum(axis=(-2, -1))
    return np.asarray(total * (share.sum(axis=(-2, -1)) - 1), dtype=np.float64)


def information_bits(tables: Floats) -> Floats:
    """Return the plug-in mutual information of rows and columns in bits, per table."""
    total = tables.sum(axis=(-2, -1), keepdims=True)

    def entropy(values: Floats) -> Floats:
        share = values / total
        logs = np.log2(share, out=np.zeros_like(share), where=share > 0)
        return np.asarray(-(share * logs).sum(axis=(-2, -1)), dtype=np.float64)

    joint = entropy(tables)
    rows = entropy(tables.sum(axis=-1, keepdims=True))
    columns = entropy(tables.sum(axis=-2, keepdims=True))
    return np.asarray(rows + columns - joint, dtype=np.float64)


def between_groups(sizes: Ints) -> Statistic:
    """Return the statistic "sum of squares between groups" for groups of the given sizes.

    The total sum of squares is the same for every permutation, so it orders permutations as
    the pseudo-F of PERMANOVA does.
    """

    def statistic(tables: Floats) -> Floats:
        total = tables.sum(axis=-2)
        within = (tables * tables).sum(axis=-1) @ (1.0 / sizes)
        return np.asarray(within - (total * total).sum(axis=-1) / sizes.sum(), dtype=np.float64)

    return statistic


class _Exchange:
    """Draws exchanges of authors inside blocks and sums the groups' rows.

    The largest group is the remainder: only the members of the others are drawn and summed.
    Inside a block, authors are ordered by random keys whose low bits hold their place, so a plain
    sort of integers gives the permutation.
    """

    def __init__(self, codes: Ints, n_groups: int, blocks: Ints) -> None:
        sizes = np.bincount(codes, minlength=n_groups)
        self.remainder = int(np.argmax(sizes))
        self.n_groups = n_groups
        self.others = np.array([g for g in range(n_groups) if g != self.remainder])
        self.counts = sizes[self.others]
        order = np.lexsort((codes, blocks))
        starts = np.flatnonzero(np.r_[True, np.diff(blocks[order]) != 0])
        lengths = np.diff(np.r_[starts, len(order)])
        self.members: list[Ints] = []
        self.places: list[Ints] = []
        drawn: list[Ints] = []
        for length in np.unique(lengths):
            members = order[starts[lengths == length][:, None] + np.arange(length)]
            group = codes[members]
            mixed = (group != self.remainder).any(axis=1)
            members, group = members[mixed], group[mixed]
            places = np.flatnonzero(group.ravel() != self.remainder)
            self.members.append(members)
            self.places.append(places)
            drawn.append(group.ravel()[places])
        # rows of one group side by side, so that the indicator matrix needs no sorting
        self.by_group = np.argsort(np.concatenate(drawn), kind="stable")

    def draw(self, size: int, rng: np.random.Generator) -> Ints:
        """Return authors of the drawn groups, ordered by group; shape (size, drawn)."""
        parts = []
        for members, places in zip(self.members, self.places, strict=True):
            length = members.shape[1]
            place = np.uint64(2 ** (length - 1).bit_length() - 1)
            keys = rng.bit_generator.random_raw(members.size * size).reshape(-1, length)
            keys &= ~place
            keys |= np.arange(length, dtype=np.uint64)
            keys.sort(axis=-1)
            slots = (keys.reshape(size, -1)[:, places] & place).astype(np.int64)
            parts.append(members.ravel()[places // length * length + slots])
        return np.concatenate(parts, axis=1)[:, self.by_group]

    def identity(self) -> Ints:
        """Return the drawn groups' authors as they are; shape (1, drawn)."""
        parts = [m.ravel()[p] for m, p in zip(self.members, self.places, strict=True)]
        return np.concatenate(parts)[self.by_group][None, :]

    def tables(self, draws: Ints, factor: Any, total: Floats) -> Floats:
        """Return summed rows; shape (replicates, groups, labels)."""
        size = len(draws)
        ends = np.concatenate(
            [[0], (np.arange(size)[:, None] * self.counts.sum() + np.cumsum(self.counts)).ravel()]
        )
        indicator = sparse.csr_array(
            (np.ones(draws.size), draws.ravel(), ends),
            shape=(size * len(self.others), factor.shape[0]),
        )
        summed = indicator @ factor
        if not isinstance(summed, np.ndarray):
            summed = summed.toarray()
        tables = np.empty((size, self.n_groups, factor.shape[1]))
        tables[:, self.others] = summed.reshape(size, len(self.others), -1)
        tables[:, self.remainder] = total - tables[:, self.others].sum(axis=1)
        return tables
