"""Number of axes: what was planted is found, nothing is found in nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.contingency.counts import AuthorLabelCounts, Grouping
from analysis.contingency.dimension import (
    dirichlet_concentration,
    one_taste,
    parallel_analysis,
    permuted_axes,
)
from analysis.contingency.permutation import activity_blocks


def _one_taste(concentration: float, seed: int = 0) -> AuthorLabelCounts:
    rng = np.random.default_rng(seed)
    sizes = np.ceil(rng.lognormal(4, 1, 1500)).astype(np.int64)
    drawn = one_taste(rng.dirichlet(np.full(25, 2.0)), sizes, concentration, rng)
    return AuthorLabelCounts.from_wide(pd.DataFrame(drawn)).without_empty()


@pytest.mark.parametrize("concentration", [30.0, 300.0])
def test_concentration_is_recovered(concentration: float) -> None:
    found = dirichlet_concentration(_one_taste(concentration))
    assert found == pytest.approx(concentration, rel=0.15)
    assert dirichlet_concentration(_one_taste(np.inf)) > 5000


def test_one_taste_has_no_axis_and_multinomial_null_is_fooled() -> None:
    counts = _one_taste(30.0)
    assert parallel_analysis(counts, 4, replicates=19, damping=30.0).n_axes == 0
    naive = parallel_analysis(counts, 4, replicates=19, damping=30.0, concentration=np.inf)
    assert naive.n_axes == 4


def test_three_tastes_have_two_axes(world: AuthorLabelCounts) -> None:
    found = parallel_analysis(world, 5, replicates=39, damping=60.0, seed=1, workers=2)
    assert found.n_axes == 2
    again = parallel_analysis(world, 5, replicates=39, damping=60.0, seed=1, workers=1)
    pd.testing.assert_frame_equal(found.axes, again.axes)


def test_axes_of_groups_by_exchange_of_authors(world: AuthorLabelCounts) -> None:
    blocks = activity_blocks(world.totals, 40)
    rng = np.random.default_rng(0)
    noise = Grouping.of(rng.integers(0, 3, world.n_authors))
    assert permuted_axes(world, noise, blocks=blocks, permutations=299).n_axes == 0
    shares = world.profiles().toarray()
    side = np.linalg.svd(shares - shares.mean(axis=0), full_matrices=False)[0][:, 0]
    split = Grouping.of(np.digitize(side, np.quantile(side, [1 / 3, 2 / 3])))
    found = permuted_axes(world, split, blocks=blocks, permutations=299)
    assert found.n_axes >= 1
    assert len(found.axes) == 2
