"""Repeatable taste is measured without its noise, and the best groups are nearly the best."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from analysis.contingency.counts import AuthorLabelCounts, Grouping
from analysis.segmentations.explained import (
    Halves,
    best_grouping,
    explained,
    fill,
    share_of_best,
)
from analysis.segmentations.validity import agreement
from tests.segmentations.worlds import panel


def test_styles_hold_most_of_the_taste_and_shuffled_ones_none() -> None:
    rng = np.random.default_rng(3)
    _, halves, style = panel(rng)
    own = explained(halves, Grouping.of(style), permutations=199, replicates=199, seed=1)
    by_chance = Grouping.of(rng.permutation(style))
    none = explained(halves, by_chance, permutations=199, replicates=199, seed=1)
    assert own.p_value == 1 / 200
    assert 0.6 < own.interval[0] <= own.share <= own.interval[1] <= 1
    assert none.p_value > 0.05
    assert none.share < 0.02
    assert none.interval[0] < 1e-3
    same = share_of_best(own, own)
    assert same.share == 1
    assert same.interval == pytest.approx((1, 1), abs=0.05)
    least = share_of_best(none, own)
    assert 0 <= least.interval[0] <= least.share <= least.interval[1] < 0.05
    with pytest.raises(ValueError, match="tell nothing apart"):
        share_of_best(own, replace(none, inertia=0.0))


def test_share_of_taste_agrees_with_the_planted_profiles() -> None:
    rng = np.random.default_rng(4)
    _, halves, style = panel(rng, authors=3_000)
    found = explained(halves, Grouping.of(style), permutations=99, replicates=99)
    # between styles by the true spread of style means, within by Dirichlet's variance
    shares = halves.second.matrix.toarray() + halves.first.matrix.toarray()
    pooled = shares.sum(axis=0) / shares.sum()
    means = np.stack([shares[style == s].sum(axis=0) for s in range(3)])
    means /= means.sum(axis=1, keepdims=True)
    between = float((((means - pooled) ** 2) / pooled).sum(axis=1).mean())
    within = float(((means * (1 - means)) / pooled).sum(axis=1).mean()) / 151
    assert found.share == pytest.approx(between / (between + within), abs=0.03)
    assert found.taste == pytest.approx(between + within, rel=0.08)


def test_nothing_is_repeatable_in_pure_noise() -> None:
    rng = np.random.default_rng(5)
    counts = [rng.multinomial(np.full(800, 60), np.full(20, 1 / 20)) for _ in range(2)]
    names = tuple(f"item/{k}" for k in range(20))
    halves = Halves(*(AuthorLabelCounts(c, np.arange(800), names) for c in counts))
    best = explained(halves, best_grouping(halves, 4), permutations=199, replicates=50)
    assert best.taste < 0.01
    assert best.p_value > 0.05


def test_best_groups_find_planted_styles_from_the_first_half() -> None:
    _, halves, style = panel(np.random.default_rng(6), strength=1.3)
    free = best_grouping(halves, 3, seed=2)
    sized = best_grouping(halves, np.array([300, 300, 300]), seed=2)
    assert agreement(free.codes, style).adjusted_rand > 0.85
    assert sorted(sized.sizes) == [300, 300, 300]
    assert agreement(sized.codes, style).adjusted_rand > 0.85


def test_fill_keeps_the_room_and_costs_hardly_more_than_the_optimum() -> None:
    rng = np.random.default_rng(7)
    cost = rng.normal(size=(240, 4))
    room = np.array([120, 60, 40, 20])
    found = fill(cost, room)
    assert np.bincount(found, minlength=4).tolist() == room.tolist()
    seats = np.repeat(np.arange(4), room)
    rows, columns = linear_sum_assignment(cost[:, seats])
    optimum = cost[rows, seats[columns]].sum()
    reached = cost[np.arange(240), found].sum()
    assert reached <= optimum + 0.02 * abs(optimum)


def test_halves_of_keeps_common_authors_and_labels() -> None:
    first = AuthorLabelCounts(
        np.array([[3, 1, 0], [2, 2, 0], [1, 1, 1]]), np.array([1, 2, 3]), ("a", "b", "c")
    )
    second = AuthorLabelCounts(np.array([[1, 2], [4, 4], [1, 0]]), np.array([2, 3, 4]), ("a", "b"))
    halves = Halves.of(first, second)
    assert halves.authors.tolist() == [2, 3]
    assert halves.first.labels == ("a", "b")
    with pytest.raises(ValueError, match="same authors"):
        Halves(first, second)
    with pytest.raises(ValueError, match="nothing to compare"):
        Halves.of(first.select_labels(["c"]), second)
