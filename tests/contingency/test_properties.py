"""What holds of every table: order and names of rows say nothing, weights are repetitions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analysis.contingency.association import association_measures, pearson_test
from analysis.contingency.bootstrap import author_weights, interval
from analysis.contingency.ca_bootstrap import CrossProductBlocks, deal_blocks
from analysis.contingency.correspondence import CrossProduct
from analysis.contingency.counts import AuthorLabelCounts, Grouping, contingency_table
from analysis.contingency.dimension import parallel_analysis
from analysis.contingency.distances import chi_square, hellinger, pairwise
from analysis.contingency.effects import log_odds, presence_lifts, share_lifts, shrink
from analysis.contingency.hcpc import hierarchical_partition, ward_tree
from analysis.contingency.mca import multiple_correspondence
from analysis.contingency.permanova import dispersion_test, permanova_one_way
from analysis.contingency.permutation import (
    activity_blocks,
    chi_squared,
    permutation_p_value,
    permutation_test,
    permute_rows,
)
from analysis.contingency.rao_scott import rao_scott
from analysis.contingency.stratified import blockwise_tests, presence_odds_ratios
from analysis.randomness import stream

quick = settings(max_examples=25, deadline=None)


@st.composite
def panels(draw: st.DrawFn) -> tuple[AuthorLabelCounts, Grouping]:
    """Draw authors of two groups who show labels; every group shows every label."""
    authors, labels = draw(st.integers(12, 24)), draw(st.integers(3, 6))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    cells = rng.poisson(draw(st.floats(0.5, 8)), (authors, labels))
    codes = np.arange(authors, dtype=np.int64) % 2
    for group in range(2):
        cells[group] += 1
    names = tuple(f"label {k}" for k in range(labels))
    return AuthorLabelCounts(cells, np.arange(authors), names), Grouping(codes, ("a", "b"))


def _rao_scott(counts: AuthorLabelCounts, grouping: Grouping) -> pd.Series[float]:
    found = rao_scott(counts, grouping)
    return pd.Series([found.statistic, found.F, found.p_value, found.mean_design_effect])


def _blockwise(counts: AuthorLabelCounts, grouping: Grouping) -> pd.DataFrame:
    blocks = np.zeros(counts.n_authors, dtype=np.int64)
    return blockwise_tests(counts.damped(300.0), counts.labels, grouping, blocks).labels


def _odds_ratios(counts: AuthorLabelCounts, grouping: Grouping) -> pd.DataFrame:
    blocks = np.zeros(counts.n_authors, dtype=np.int64)
    return presence_odds_ratios(counts, grouping, "a", blocks)


ESTIMATORS: dict[str, Callable[[AuthorLabelCounts, Grouping], Any]] = {
    "contingency table": lambda c, g: contingency_table(c, g, damping=300.0).T,
    "presence lifts": lambda c, g: presence_lifts(c, g, "a"),
    "share lifts": lambda c, g: share_lifts(c, g, "a"),
    "log odds": lambda c, g: log_odds(c, g, "a"),
    "Rao-Scott": _rao_scott,
    "single labels in blocks": _blockwise,
    "odds ratios in blocks": _odds_ratios,
}


@pytest.mark.parametrize("name", ESTIMATORS)
@quick
@given(panel=panels(), seed=st.integers(0, 100))
def test_the_order_of_authors_and_labels_says_nothing(
    name: str, panel: tuple[AuthorLabelCounts, Grouping], seed: int
) -> None:
    counts, grouping = panel
    rng = np.random.default_rng(seed)
    rows, columns = rng.permutation(counts.n_authors), rng.permutation(counts.n_labels)
    mixed = AuthorLabelCounts(
        counts.matrix.toarray()[rows][:, columns],
        counts.authors[rows],
        tuple(counts.labels[k] for k in columns),
    )
    plain = ESTIMATORS[name](counts, grouping)
    other = ESTIMATORS[name](mixed, Grouping(grouping.codes[rows], grouping.names))
    if isinstance(plain, pd.DataFrame):
        plain = plain.select_dtypes("number")
        other = other[plain.columns]
    # the prior of the log odds is found by a search that ends within this
    np.testing.assert_allclose(other.loc[plain.index], plain, rtol=1e-4, atol=1e-6)


@quick
@given(panels(), st.integers(0, 100))
def test_weights_are_repetitions(panel: tuple[AuthorLabelCounts, Grouping], seed: int) -> None:
    counts, grouping = panel
    times = np.random.default_rng(seed).integers(1, 4, counts.n_authors)
    again = np.repeat(np.arange(counts.n_authors), times)
    weighted = replace(counts, weights=times.astype(np.float64))
    repeated = AuthorLabelCounts(
        counts.matrix.toarray()[again], np.arange(len(again)), counts.labels
    )
    pd.testing.assert_frame_equal(
        contingency_table(weighted, grouping, damping=300.0),
        contingency_table(repeated, Grouping(grouping.codes[again], grouping.names), damping=300.0),
    )
    one, two = (CrossProduct.of(c, damping=300.0).matrix for c in (weighted, repeated))
    np.testing.assert_allclose(one, two)


@quick
@given(panels(), st.integers(2, 8))
def test_blocks_add_up_to_the_cross_product(
    panel: tuple[AuthorLabelCounts, Grouping], number: int
) -> None:
    counts = panel[0].without_empty_labels()
    blocks = CrossProductBlocks.of(counts, n_blocks=number)
    np.testing.assert_allclose(
        blocks.weighted(np.ones(number)).matrix, CrossProduct.of(counts).matrix
    )
    assert np.ptp(np.bincount(deal_blocks(counts.totals, number), minlength=number)) <= 1


@quick
@given(panels())
def test_measures_lie_in_their_range(panel: tuple[AuthorLabelCounts, Grouping]) -> None:
    table = contingency_table(*panel)
    found = association_measures(table)
    test = pearson_test(table)
    assert 0 <= found["cramers_v"] <= 1 + 1e-12
    assert found["phi2"] * table.to_numpy().sum() == pytest.approx(test.statistic)
    assert -1e-12 <= found["information_bits"] <= 1 + 1e-9
    assert found["cramers_v_bergsma"] <= found["cramers_v"] + 1e-12


@quick
@given(panels(), st.integers(0, 100))
def test_splits_of_variation_ignore_how_features_are_turned(
    panel: tuple[AuthorLabelCounts, Grouping], seed: int
) -> None:
    counts, grouping = panel
    assume((counts.totals > 0).all())
    features = hellinger(counts)
    lengths = np.sqrt(np.asarray(features.multiply(features).sum(axis=1))).ravel()
    np.testing.assert_allclose(lengths, 1.0)
    assert (pairwise(features) <= np.sqrt(2) + 1e-9).all()
    turn = np.linalg.qr(np.random.default_rng(seed).normal(size=(counts.n_labels,) * 2))[0]
    found, turned = (
        permanova_one_way(f, grouping, permutations=19, seed=seed, workers=1)
        for f in (features, type(features)(features.toarray() @ turn))
    )
    assert 0 <= found.R2 <= 1
    np.testing.assert_allclose(turned.F, found.F, rtol=1e-6)
    assert 1 / 20 <= found.p_value <= 1
    spread = dispersion_test(features, grouping, permutations=19, seed=seed)
    assert spread.F >= 0
    assert chi_square(counts).shape == features.shape


@quick
@given(panels(), st.integers(0, 100))
def test_permutation_stays_inside_blocks_and_p_values_in_range(
    panel: tuple[AuthorLabelCounts, Grouping], seed: int
) -> None:
    counts, grouping = panel
    blocks = activity_blocks(counts.totals, 4)
    order = permute_rows(blocks, stream(seed, "properties"))
    np.testing.assert_array_equal(np.sort(order), np.arange(counts.n_authors))
    np.testing.assert_array_equal(blocks[order], blocks)
    found = permutation_test(
        counts.matrix, grouping, chi_squared, permutations=19, blocks=blocks, seed=seed, workers=1
    )
    assert 1 / 20 <= found.p_value <= 1
    assert permutation_p_value(np.inf, np.zeros(19)) == pytest.approx(1 / 20)


@quick
@given(st.integers(0, 1000), st.floats(0.1, 10), st.floats(-5, 5))
def test_intervals_move_with_what_they_are_of(seed: int, scale: float, shift: float) -> None:
    rng = np.random.default_rng(seed)
    rows = rng.gamma(2.0, size=30)
    weights = author_weights(30, range(200), seed, "properties")
    np.testing.assert_allclose(weights.sum(axis=1), 30)
    draws, estimate = weights @ rows / 30, float(rows.mean())
    left_out = (rows.sum() - rows) / 29
    for kind in ("percentile", "basic", "bca"):
        low, high = interval(draws, estimate, kind, jackknife=left_out)  # type: ignore[arg-type]
        assert low <= high
        moved = interval(
            scale * draws + shift,
            scale * estimate + shift,
            kind,  # type: ignore[arg-type]
            jackknife=scale * left_out + shift,
        )
        np.testing.assert_allclose(moved, (scale * low + shift, scale * high + shift), rtol=1e-6)


@quick
@given(st.integers(0, 1000), st.integers(3, 30))
def test_shrinkage_draws_estimates_together_and_keeps_their_order(seed: int, number: int) -> None:
    rng = np.random.default_rng(seed)
    estimates, errors = rng.normal(size=number), np.full(number, rng.uniform(0.1, 2))
    mean, error = shrink(estimates, errors)
    assert np.ptp(mean) < np.ptp(estimates)
    assert mean.min() >= estimates.min()
    assert mean.max() <= estimates.max()
    assert (error <= errors).all()
    np.testing.assert_array_equal(np.argsort(mean), np.argsort(estimates))


@quick
@given(st.integers(0, 1000), st.integers(6, 25))
def test_a_tree_holds_the_inertia_and_knows_no_order(seed: int, number: int) -> None:
    rng = np.random.default_rng(seed)
    points, mass = rng.normal(size=(number, 3)), rng.dirichlet(np.ones(number) * 3)
    heights = ward_tree(points, mass)[:, 2]
    centred = points - mass @ points
    assert heights.sum() == pytest.approx(float(mass @ (centred**2).sum(axis=1)))
    assert (np.diff(heights) >= -1e-12).all()
    order = rng.permutation(number)
    np.testing.assert_allclose(ward_tree(points[order], mass[order])[:, 2], heights, atol=1e-9)
    frame = pd.DataFrame(points, index=[f"p{i}" for i in range(number)])
    cut = hierarchical_partition(frame, pd.Series(mass, frame.index), 3, seed=seed)
    assert cut.consolidated.nunique() == 3
    assert cut.ward_between <= cut.consolidated_between + 1e-9 <= cut.total + 2e-9


@quick
@given(st.integers(0, 1000), st.integers(20, 40))
def test_attributes_keep_their_axes_in_any_order(seed: int, number: int) -> None:
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({name: rng.choice(list("xyz"), number) for name in ("p", "q", "r")})
    found = multiple_correspondence(table)
    mixed = multiple_correspondence(table.sample(frac=1, random_state=seed).reset_index(drop=True))
    np.testing.assert_allclose(found.inertia, mixed.inertia, atol=1e-9)
    assert found.eta2.to_numpy().min() >= -1e-9
    assert found.eta2.to_numpy().max() <= 1 + 1e-9
    assert found.inertia["greenacre_share"].sum() <= 1 + 1e-9


@settings(max_examples=8, deadline=None)
@given(panels(), st.integers(0, 100))
def test_axes_kept_are_a_first_part_of_those_tried(
    panel: tuple[AuthorLabelCounts, Grouping], seed: int
) -> None:
    counts = panel[0].without_empty()
    wanted = min(2, counts.n_labels - 1)
    found = parallel_analysis(counts, wanted, replicates=9, seed=seed)
    assert 0 <= found.n_axes <= wanted
    assert len(found.axes) == wanted
