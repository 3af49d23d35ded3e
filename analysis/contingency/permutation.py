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
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from analysis.contingency.counts import (
    Floats,
    Grouping,
    Ints,
    Sparse,
    as_sparse,
    column_sums,
    row_sums,
)
from analysis.contingency.parallel import parallel_map
from analysis.randomness import stream

_CHUNK = 100
_SLAB_BYTES = 2**20
"""Rows summed at a time: what a core's own cache holds."""
_SINGLE_CELLS = 2**21
_DENSE_CELLS = 2**26
"""Up to so many cells sums run over a dense copy, which is quicker than sparse rows: in double
precision below the first limit (16 MiB), in single precision below the second (256 MiB)."""

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
    sums = _GroupSums(rows, plan)

    def chunk(first: int) -> Floats:
        # a chunk is always drawn whole, so that fewer permutations are the first of more
        draws = plan.draw(_CHUNK, stream(seed, stage, first // _CHUNK))
        return statistic(sums.tables(draws[: permutations - first]))

    observed = statistic(sums.tables(plan.identity()))[0]
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
    """Draws exchanges of authors inside blocks.

    The largest group is the remainder: only the members of the others are drawn.
    Inside a block, authors are ordered by random keys whose low bits hold their place, so a plain
    sort of integers gives the permutation.

    Attributes
    ----------
    authors : array of int
        Authors of all blocks that hold more than one group, block by block; draws are positions
        in it.
    start, end, group : arrays of int of shape (drawn,)
        Where the block of each drawn place starts and ends, and the group that draws.
    """

    def __init__(self, codes: Ints, n_groups: int, blocks: Ints) -> None:
        sizes = np.bincount(codes, minlength=n_groups)
        self.remainder = int(np.argmax(sizes))
        self.n_groups = n_groups
        self.others = np.array([g for g in range(n_groups) if g != self.remainder])
        order = np.lexsort((codes, blocks))
        starts = np.flatnonzero(np.r_[True, np.diff(blocks[order]) != 0])
        lengths = np.diff(np.r_[starts, len(order)])
        self.shapes: list[tuple[int, int]] = []
        self.places: list[Ints] = []
        authors, first, last, drawn, offset = [], [], [], [], 0
        for length in np.unique(lengths):
            members = order[starts[lengths == length][:, None] + np.arange(length)]
            group = codes[members]
            mixed = (group != self.remainder).any(axis=1)
            members, group = members[mixed], group[mixed].ravel()
            places = np.flatnonzero(group != self.remainder)
            self.shapes.append(members.shape)
            self.places.append(places)
            authors.append(members.ravel())
            first.append(offset + places // length * length)
            last.append(first[-1] + length)
            drawn.append(group[places])
            offset += members.size
        self.authors = np.concatenate(authors)
        self.start, self.end = np.concatenate(first), np.concatenate(last)
        self.group = np.searchsorted(self.others, np.concatenate(drawn))

    def draw(self, size: int, rng: np.random.Generator) -> Ints:
        """Return the position of the author drawn for each place; shape (size, drawn)."""
        parts = []
        for (blocks, length), places in zip(self.shapes, self.places, strict=True):
            bits = (length - 1).bit_length()
            # 26 random bits are enough where few authors are ordered: ties have odds of 1e-5
            key = np.uint32 if bits <= 6 else np.uint64
            words = -(-blocks * length * size * np.dtype(key).itemsize // 8)
            raw: Any = rng.bit_generator.random_raw(words)
            keys = raw.view(key)[: blocks * length * size].reshape(-1, length)
            keys &= ~key(2**bits - 1)
            keys |= np.arange(length, dtype=key)
            keys.sort(axis=-1)
            parts.append((keys.reshape(size, -1)[:, places] & key(2**bits - 1)).astype(np.int32))
        return np.asarray(np.concatenate(parts, axis=1) + self.start.astype(np.int32))

    def identity(self) -> Ints:
        """Return the authors of the drawn groups as they are; shape (1, drawn)."""
        offsets = np.cumsum([0, *(blocks * length for blocks, length in self.shapes)])
        parts = [place + first for place, first in zip(self.places, offsets[:-1], strict=True)]
        return np.concatenate(parts)[None, :]


class _Slab(NamedTuple):
    """A stretch of blocks whose rows stay in a core's cache while they are summed.

    ``columns`` (drawn places of the stretch, group by group), ``first`` position of its rows,
    ``ends`` (others + 1,) where each group's places end, ``rows`` of its authors.
    """

    columns: Ints
    first: int
    ends: Ints
    rows: Any


class _GroupSums:
    """Sums rows of authors by group for many exchanges at once.

    Large tables are summed in single precision as deviations from ``mass x pooled profile``, whose
    rounding (1e-6 of a deviation) is far below what chance moves; masses stay exact.
    """

    def __init__(self, rows: Sparse, plan: _Exchange) -> None:
        self.plan = plan
        self.total = column_sums(rows)
        mass = row_sums(rows)
        cells = rows.shape[0] * rows.shape[1]
        self.centred = _SINGLE_CELLS < cells <= _DENSE_CELLS
        self.pooled = self.total / max(float(self.total.sum()), 1e-300)
        self.mass = mass[plan.authors]
        kind = np.float32 if self.centred else np.float64
        height = max(1, _SLAB_BYTES // (rows.shape[1] * np.dtype(kind).itemsize))
        slab = plan.start // height
        self.slabs = []
        for number in np.unique(slab):
            inside = np.flatnonzero(slab == number)
            columns = inside[np.argsort(plan.group[inside], kind="stable")]
            first = int(plan.start[inside].min())
            last = int(plan.end[inside].max())
            part: Any = rows[plan.authors[first:last]]
            if cells <= _DENSE_CELLS:
                part = part.toarray()
            if self.centred:
                part -= np.outer(self.mass[first:last], self.pooled)
                part = part.astype(np.float32)
            sizes = np.bincount(plan.group[columns], minlength=len(plan.others))
            self.slabs.append(_Slab(columns, first, np.r_[0, np.cumsum(sizes)], part))

    def tables(self, draws: Ints) -> Floats:
        """Return summed rows; shape (replicates, groups, labels)."""
        plan, size, labels = self.plan, len(draws), len(self.total)
        others = len(plan.others)
        summed = np.zeros((size * others, labels))
        for slab in self.slabs:
            indices = draws[:, slab.columns] - slab.first
            starts = np.arange(size)[:, None] * indices.shape[1] + slab.ends[:-1]
            indicator = sparse.csr_array(
                (
                    np.ones(indices.size, dtype=slab.rows.dtype),
                    indices.ravel().astype(np.int32),
                    np.append(starts.ravel(), indices.size).astype(np.int32),
                ),
                shape=(size * others, slab.rows.shape[0]),
            )
            part = indicator @ slab.rows
            summed += part if isinstance(part, np.ndarray) else part.toarray()
        tables = np.empty((size, plan.n_groups, labels))
        tables[:, plan.others] = summed.reshape(size, others, labels)
        if self.centred:
            member = np.eye(others)[plan.group]
            tables[:, plan.others] += (self.mass[draws] @ member)[:, :, None] * self.pooled
        tables[:, plan.remainder] = self.total - tables[:, plan.others].sum(axis=1)
        return tables
