"""Pairs of thresholds: the planted pair wins, and inertia is that of the table."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.contingency.counts import AuthorLabelCounts, Grouping, contingency_table
from analysis.contingency.permutation import activity_blocks, chi_squared
from analysis.panels.cuts import pairs_of_cuts


def _world(lift: float) -> tuple[AuthorLabelCounts, np.ndarray]:
    rng = np.random.default_rng(8)
    n = 1_500
    followers = np.exp(rng.uniform(5, 12, n))
    taste = rng.dirichlet(np.full(15, 5.0), n)
    taste[followers > np.exp(8), 0] *= lift
    taste[followers > np.exp(10), 1] *= lift
    counts = rng.poisson(40 * taste)
    return AuthorLabelCounts(counts, np.arange(n), tuple(map(str, range(15)))), followers


def test_the_planted_pair_is_the_best_and_another_falls_short() -> None:
    counts, followers = _world(2.5)
    cuts = np.exp(np.arange(6, 12, 0.5))
    blocks = activity_blocks(counts.totals)
    found = pairs_of_cuts(counts, followers, cuts, (np.exp(8), np.exp(10)), blocks=blocks, seed=1)
    best = found.table.loc[found.table["CRAMERS_V"].idxmax()]
    assert np.log([best["LOW_CUT"], best["HIGH_CUT"]]) == pytest.approx([8, 10])
    assert found.ratio == 1.0
    assert found.p_value == 1 / 200
    other = pairs_of_cuts(counts, followers, cuts, (np.exp(6), np.exp(6.5)), blocks=blocks, seed=1)
    assert other.ratio_interval[1] < 0.5


def test_inertia_is_that_of_the_three_groups() -> None:
    counts, followers = _world(2.0)
    chosen = (np.exp(7.3), np.exp(9.1))
    found = pairs_of_cuts(
        counts,
        followers,
        np.exp(np.arange(6, 12, 1.0)),
        chosen,
        blocks=activity_blocks(counts.totals),
        permutations=400,
        replicates=10,
    )
    groups = np.digitize(followers, chosen, right=True)
    table = contingency_table(counts, Grouping.of(groups), damping=300).to_numpy()
    plain = float(chi_squared(table)) / table.sum()
    rng = np.random.default_rng(0)
    by_chance = [
        float(chi_squared(shuffled)) / table.sum()
        for shuffled in (
            contingency_table(counts, Grouping.of(rng.permutation(groups)), damping=300).to_numpy()
            for _ in range(200)
        )
    ]
    v = found.table.loc[found.chosen, "CRAMERS_V"]
    assert 2 * v**2 == pytest.approx(plain - np.mean(by_chance), rel=0.1)


def test_nothing_is_found_where_followers_do_not_matter() -> None:
    counts, followers = _world(1.0)
    found = pairs_of_cuts(
        counts,
        followers,
        np.exp(np.arange(6, 12, 0.5)),
        (np.exp(8), np.exp(10)),
        blocks=activity_blocks(counts.totals),
    )
    assert found.p_value > 0.05


def test_refuses_a_cut_beyond_all_values() -> None:
    counts, followers = _world(1.0)
    with pytest.raises(ValueError, match="nobody on one side"):
        pairs_of_cuts(
            counts, followers, [500.0], (1_000.0, 1e9), blocks=activity_blocks(counts.totals)
        )
