"""Whole numbers that add up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.warehouse.sample.quotas import choose, largest_remainder, scaled, stratified


@given(
    weights=st.lists(st.floats(0.01, 1e6), min_size=1, max_size=40),
    total=st.integers(0, 5_000),
    least=st.integers(0, 3),
)
def test_parts_add_up_and_keep_their_bounds(weights, total, least):
    most = 400
    if not least * len(weights) <= total <= most * len(weights):
        with pytest.raises(ValueError, match="total"):
            largest_remainder(weights, total, least, most)
        return
    parts = largest_remainder(weights, total, least, most)
    assert parts.sum() == total
    assert parts.min() >= least
    assert parts.max() <= most


def test_equal_weights_give_the_rest_to_the_first():
    assert largest_remainder([1, 1, 1], 5).tolist() == [2, 2, 1]


@given(
    seed=st.integers(0, 100),
    weights=st.lists(st.just(0.0) | st.floats(1e-6, 1e4), min_size=1, max_size=200),
    quota=st.integers(0, 250),
)
def test_draws_are_distinct_sorted_positive_and_exact(seed, weights, quota):
    array = np.asarray(weights)
    drawn = choose(np.random.default_rng(seed), array, quota)
    assert drawn.size == min(quota, int((array > 0).sum()))
    assert (np.diff(drawn) > 0).all()
    assert (array[drawn] > 0).all()


def test_inclusion_follows_the_weights():
    weights = np.repeat([1.0, 3.0], 5_000)
    drawn = choose(np.random.default_rng(1), weights, 2_000)
    heavy = (drawn >= 5_000).mean()
    assert heavy == pytest.approx(0.75, abs=0.03)


def test_stratified_uniforms_hit_every_stratum():
    draws = np.sort(stratified(np.random.default_rng(0), 100))
    assert (np.floor(draws * 100) == np.arange(100)).all()


def test_a_count_that_exists_does_not_vanish_at_small_scale():
    assert scaled(3, 0.01) == 1
    assert scaled(0, 0.01) == 0
    assert scaled(150, 0.1) == 15
