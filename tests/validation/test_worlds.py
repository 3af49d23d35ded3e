"""Populations for simulation: the stated truth is the truth of what is drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.contingency.counts import contingency_table
from analysis.contingency.stratified import presence
from analysis.validation.worlds import ALIKE, UNLIKE, World

STYLED = replace(UNLIKE, name="test", style_odds=4.0)


@pytest.fixture(scope="module")
def large() -> object:
    return STYLED.draw(0, 1, authors=60_000)


def test_stated_profiles_masses_and_presence_are_those_drawn(large: object) -> None:
    counts, grouping = large.counts, large.grouping
    table = contingency_table(counts, grouping, damping=300).to_numpy()
    np.testing.assert_allclose(table.sum(axis=1) / table.sum(), STYLED.masses(300), rtol=0.03)
    shares = table / table.sum(axis=1, keepdims=True)
    common = STYLED.group_profiles.min(axis=0) > 0.01
    np.testing.assert_allclose(
        shares[:, common], STYLED.group_profiles[:, common], rtol=0.08, atol=0.001
    )
    used = (grouping.indicator() @ presence(counts)).toarray() / grouping.sizes[:, None]
    np.testing.assert_allclose(used, STYLED.presence(), atol=0.03)


def test_stated_association_is_that_drawn(large: object) -> None:
    table = contingency_table(large.counts, large.grouping, damping=300).to_numpy()
    table = table[:, table.sum(axis=0) > 0]
    p = table / table.sum()
    expected = np.outer(p.sum(axis=1), p.sum(axis=0))
    v = np.sqrt(((p - expected) ** 2 / expected).sum() / 2)
    assert v == pytest.approx(STYLED.cramers_v(300), rel=0.05)
    bits = np.nansum(p * np.log2(np.where(p > 0, p, 1) / expected))
    assert bits == pytest.approx(STYLED.information_bits(300), rel=0.1)


def test_nulls_are_nulls() -> None:
    for world in (ALIKE, UNLIKE):
        assert world.cramers_v(300) == pytest.approx(0, abs=1e-12)
        assert world.information_bits(300) == pytest.approx(0, abs=1e-12)
    sample = UNLIKE.draw(3, 1)
    means = [sample.counts.totals[sample.grouping.codes == g].mean() for g in range(3)]
    assert min(means[1:]) > 1.4 * means[0]


def test_only_shifted_labels_differ() -> None:
    world = World("shift", shifted_pairs=5, shift=0.5)
    differs = np.abs(world.group_profiles[1] - world.group_profiles[0]) > 1e-15
    np.testing.assert_array_equal(np.flatnonzero(differs), np.sort(world.shifted_labels))
    np.testing.assert_allclose(world.profiles.sum(axis=2), 1)


def test_a_data_set_is_the_same_whatever_else_is_drawn() -> None:
    first = ALIKE.draw(5, 1)
    ALIKE.draw(4, 1)
    again = ALIKE.draw(5, 1)
    assert (first.counts.matrix != again.counts.matrix).nnz == 0
    assert (first.counts.matrix != ALIKE.draw(5, 2).counts.matrix).nnz > 0
