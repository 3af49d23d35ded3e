"""Tests given strata: against mantelhaen.test, and as the limit of block permutation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.contingency.counts import AuthorLabelCounts, Grouping
from analysis.contingency.permutation import activity_blocks, permute_authors
from analysis.contingency.stratified import (
    blockwise_tests,
    cochran_mantel_haenszel,
    mantel_haenszel,
    presence,
    presence_odds_ratios,
)
from tests.reference.cases import Case, load


def _tables(case: Case) -> np.ndarray:
    long = case.files["counts.csv"]
    row, column, stratum = long.columns[:3]
    order = [long[name].unique() for name in (stratum, row, column)]
    index = pd.MultiIndex.from_product(order)
    counts = long.set_index([stratum, row, column])["count"].reindex(index)
    return counts.to_numpy(dtype=float).reshape([len(levels) for levels in order])


@pytest.mark.parametrize("case_id", ["cmh_punishment", "cmh_ucb"])
def test_two_by_two_strata(case_id: str) -> None:
    case = load(case_id)
    tables = _tables(case)
    if tables.shape[1:] != (2, 2):
        pytest.fail("the case is not 2 x 2")
    test = cochran_mantel_haenszel(tables)
    case.agree("cmh_chi2", test.statistic)
    case.agree("cmh_p", test.p_value)
    odds, low, high = mantel_haenszel(tables)
    case.agree("mh_common_or", odds)
    case.agree("mh_or_ci95", [low, high])


def test_general_association() -> None:
    case = load("gcmh_arthritis")
    test = cochran_mantel_haenszel(_tables(case))
    case.agree("gcmh_M2", test.statistic)
    case.agree("gcmh_df", test.df)
    case.agree("gcmh_p", test.p_value)


def _groups(world: AuthorLabelCounts) -> Grouping:
    rng = np.random.default_rng(5)
    return Grouping.of(rng.choice(["a", "b", "c"], world.n_authors, p=[0.6, 0.25, 0.15]))


def test_presence_test_is_cochran_mantel_haenszel(world: AuthorLabelCounts) -> None:
    grouping, blocks = _groups(world), activity_blocks(world.totals, 40)
    used = presence(world)
    found = blockwise_tests(used, world.labels, grouping, blocks)
    tables = np.zeros((blocks.max() + 1, 3, 2))
    np.add.at(tables, (blocks, grouping.codes, used.toarray()[:, 4].astype(int)), 1)
    assert found.labels["statistic"].iloc[4] == pytest.approx(
        cochran_mantel_haenszel(tables).statistic
    )


def test_moments_are_those_of_block_permutation(world: AuthorLabelCounts) -> None:
    grouping, blocks = _groups(world), activity_blocks(world.totals, 40)
    shares = world.profiles()
    found = blockwise_tests(shares, world.labels, grouping, blocks)
    observed, null = permute_authors(
        shares, grouping, lambda t: t[:, :, 7], permutations=4000, blocks=blocks
    )
    expected = (observed - null.mean(axis=0)) / null.std(axis=0)
    np.testing.assert_allclose(found.residuals.iloc[:, 7], expected, atol=0.08)


def test_presence_odds_ratio_removes_activity() -> None:
    """Twice the activity and the same taste: crude odds ratios say yes, blocks say no."""
    rng = np.random.default_rng(8)
    group = rng.integers(0, 2, 4000)
    activity = np.ceil(rng.lognormal(2.0 + 0.7 * group, 0.8)).astype(int)
    wide = np.stack([rng.multinomial(n, np.full(25, 0.04)) for n in activity])
    counts = AuthorLabelCounts.from_wide(pd.DataFrame(wide))
    grouping = Grouping.of(group)
    crude = presence_odds_ratios(counts, grouping, "1", np.zeros(4000, dtype=np.int64))
    given = presence_odds_ratios(counts, grouping, "1", activity_blocks(counts.totals, 20))
    assert (crude["low"] > 1).all()
    assert ((given["low"] < 1) & (given["high"] > 1)).mean() > 0.85


def test_undefined_odds_ratio_is_missing() -> None:
    assert np.isnan(mantel_haenszel(np.array([[[3.0, 0.0], [5.0, 0.0]]]))).all()


def test_odds_ratio_by_hand_and_without_empty_strata() -> None:
    tables = np.array(
        [[[8.0, 2.0], [3.0, 7.0]], [[0.0, 0.0], [0.0, 0.0]], [[1.0, 0.0], [0.0, 0.0]]]
    )
    odds, low, high = mantel_haenszel(tables)
    assert odds == pytest.approx(8 * 7 / (2 * 3))
    assert low < odds < high
    assert mantel_haenszel(tables[:1]) == pytest.approx((odds, low, high))
    narrower = mantel_haenszel(tables, level=0.5)
    assert low < narrower[1] < narrower[2] < high


@pytest.mark.parametrize("cells", [[[0.0, 3.0], [5.0, 2.0]], [[3.0, 0.0], [5.0, 2.0]]])
def test_odds_ratio_of_an_empty_diagonal_is_missing(cells: list[list[float]]) -> None:
    assert np.isnan(mantel_haenszel(np.array([cells]))).all()


def test_label_tests_name_labels_groups_and_degrees_of_freedom(world: AuthorLabelCounts) -> None:
    grouping, blocks = _groups(world), activity_blocks(world.totals, 40)
    found = blockwise_tests(presence(world), world.labels, grouping, blocks)
    assert found.labels.index.tolist() == list(world.labels)
    assert found.labels.index.name == found.residuals.columns.name == "label"
    assert found.residuals.index.tolist() == list(grouping.names)
    assert (found.labels["df"] == 2).all()
    expected = stats.chi2.sf(found.labels["statistic"], 2)
    np.testing.assert_allclose(found.labels["p_value"], expected)


@pytest.mark.parametrize("shape", [(0, 2, 2), (3, 1, 2), (3, 2)])
def test_tables_that_are_none_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError):
        cochran_mantel_haenszel(np.ones(shape))
