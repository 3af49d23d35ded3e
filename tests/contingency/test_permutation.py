"""Permutation of authors inside blocks: what is exchanged, what is not, and by whom it is run."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from analysis.contingency import permutation
from analysis.contingency.association import association
from analysis.contingency.counts import AuthorLabelCounts, Grouping, as_sparse, contingency_table
from analysis.contingency.permutation import (
    activity_blocks,
    between_groups,
    chi_squared,
    information_bits,
    permutation_p_value,
    permutation_test,
    permute_authors,
    permute_rows,
)


def _groups(n: int, seed: int = 1) -> Grouping:
    rng = np.random.default_rng(seed)
    return Grouping.of(rng.choice(["a", "b", "c"], n, p=[0.7, 0.2, 0.1]))


def test_blocks_are_even_and_ordered_by_activity() -> None:
    totals = np.random.default_rng(0).lognormal(size=1017)
    blocks = activity_blocks(totals, 50)
    sizes = np.bincount(blocks)
    assert sizes.max() - sizes.min() <= 1
    assert sizes.min() >= 50
    ends = [totals[blocks == b] for b in range(blocks.max() + 1)]
    assert all(low.max() <= high.min() for low, high in pairwise(ends))
    with pytest.raises(ValueError, match="size"):
        activity_blocks(totals, 1)


def test_group_sizes_stay_inside_every_block(world: AuthorLabelCounts) -> None:
    """Sums of block indicators are the groups' sizes by block: no permutation may change them."""
    grouping = _groups(world.n_authors)
    blocks = activity_blocks(world.totals, 30)
    indicator = as_sparse(np.eye(blocks.max() + 1)[blocks])
    observed, null = permute_authors(
        indicator, grouping, lambda t: t.reshape(len(t), -1), permutations=50, blocks=blocks
    )
    np.testing.assert_array_equal(null, np.broadcast_to(observed, null.shape))


def test_permuted_sums_have_the_permutation_mean_and_variance() -> None:
    values = np.array([0.0, 1.0, 5.0, 7.0, 20.0, 22.0])
    blocks = np.array([0, 0, 0, 0, 1, 1])
    grouping = Grouping.of(["x", "y", "y", "y", "x", "y"])
    _, null = permute_authors(
        as_sparse(values[:, None]),
        grouping,
        lambda t: t[:, 0, 0],
        permutations=20000,
        blocks=blocks,
    )
    assert null.mean() == pytest.approx(values[:4].mean() + values[4:].mean(), abs=0.1)
    assert null.var() == pytest.approx(values[:4].var() + values[4:].var(), rel=0.05)
    assert set(np.unique(null)) == {a + b for a in values[:4] for b in values[4:]}


@pytest.mark.parametrize(
    ("single", "dense"), [(2**21, 2**26), (0, 2**26), (0, 0)], ids=["double", "single", "sparse"]
)
def test_same_numbers_for_any_number_of_workers(
    world: AuthorLabelCounts, single: int, dense: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    grouping, blocks = _groups(world.n_authors), activity_blocks(world.totals)
    exact = permutation_test(
        world.damped(300), grouping, chi_squared, permutations=350, blocks=blocks
    )
    monkeypatch.setattr(permutation, "_SINGLE_CELLS", single)
    monkeypatch.setattr(permutation, "_DENSE_CELLS", dense)
    runs = [
        permutation_test(
            world.damped(300), grouping, chi_squared, permutations=350, blocks=blocks, workers=w
        )
        for w in (1, 2, 5)
    ]
    assert all(np.array_equal(run.null, runs[0].null) for run in runs)
    np.testing.assert_allclose(runs[0].null, exact.null, rtol=1e-5)
    table = contingency_table(world, grouping, damping=300)
    table = table.loc[:, table.sum() > 0]
    expected = stats.chi2_contingency(table).statistic
    assert runs[0].statistic == pytest.approx(expected, rel=1e-5)


def test_fewer_permutations_are_the_first_of_more(world: AuthorLabelCounts) -> None:
    grouping = _groups(world.n_authors)
    few, many = (
        permutation_test(world.profiles(), grouping, chi_squared, permutations=p).null
        for p in (130, 260)
    )
    np.testing.assert_array_equal(few, many[:130])


def test_authors_in_no_group_play_no_part(world: AuthorLabelCounts) -> None:
    grouping = _groups(world.n_authors)
    partial = Grouping(np.where(grouping.codes == 2, -1, grouping.codes), grouping.names[:2])
    kept = partial.codes >= 0
    without = Grouping(partial.codes[kept], partial.names)
    alone = permutation_test(as_sparse(world.matrix[kept]), without, chi_squared)
    among = permutation_test(world.matrix, partial, chi_squared)
    np.testing.assert_array_equal(alone.null, among.null)


def test_p_value_counts_ties_and_is_never_zero() -> None:
    null = np.array([1.0, 2.0, 3.0])
    assert permutation_p_value(3.0, null) == 0.5
    assert permutation_p_value(9.0, null) == 0.25
    assert permutation_p_value(0.0, null) == 1.0


def test_statistics_of_tables() -> None:
    tables = np.array([[[10.0, 0, 0], [0, 5, 5]], [[2, 2, 2], [3, 3, 3]]])
    np.testing.assert_allclose(chi_squared(tables), [20, 0], atol=1e-12)
    np.testing.assert_allclose(information_bits(tables), [1, 0], atol=1e-12)
    sums = np.array([[[2.0], [6.0]]])
    np.testing.assert_allclose(between_groups(np.array([2, 2]))(sums), [4.0])


def test_rows_are_permuted_inside_their_block() -> None:
    blocks = np.array([2, 0, 1, 0, 2, 1, 1])
    order = permute_rows(blocks, np.random.default_rng(0))
    assert sorted(order) == list(range(7))
    np.testing.assert_array_equal(blocks[order], blocks)


def test_association_finds_what_is_there_and_only_that(world: AuthorLabelCounts) -> None:
    blocks = activity_blocks(world.totals, 40)
    nothing = association(world, _groups(world.n_authors), blocks=blocks, seed=3)
    assert nothing.p_value > 0.05
    assert nothing.cramers_v_interval[0] == 0
    assert nothing.raw_cramers_v > 5 * max(nothing.cramers_v, 1e-3)
    taste = world.profiles().toarray()
    side = taste @ np.linalg.svd(taste - taste.mean(axis=0), full_matrices=False)[2][0]
    something = association(world, Grouping.of(side > np.median(side)), blocks=blocks, seed=3)
    assert something.p_value == 0.001
    low, high = something.cramers_v_interval
    assert 0 < low < something.cramers_v < high
    assert something.information_interval[0] > 0
    assert len(something.replicates) == 999
    again = association(
        world, Grouping.of(side > np.median(side)), blocks=blocks, seed=3, workers=1
    )
    assert again.cramers_v_interval == something.cramers_v_interval


def test_association_survives_relabelling(world: AuthorLabelCounts) -> None:
    grouping = _groups(world.n_authors)
    shuffled = world.select_labels(reversed(world.labels))
    a, b = (
        association(counts, grouping, blocks=None, permutations=99, replicates=99)
        for counts in (world, shuffled)
    )
    assert a.cramers_v == pytest.approx(b.cramers_v)
    assert a.information_interval == pytest.approx(b.information_interval)
