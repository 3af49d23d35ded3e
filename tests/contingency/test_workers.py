"""Results do not depend on the number of workers, nor on the threads of the linear algebra."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from analysis.contingency.association import association
from analysis.contingency.ca_bootstrap import CrossProductBlocks, bootstrap_axes
from analysis.contingency.correspondence import correspondence_analysis
from analysis.contingency.counts import AuthorLabelCounts, Floats, Grouping
from analysis.contingency.dimension import parallel_analysis, permuted_axes
from analysis.contingency.distances import hellinger
from analysis.contingency.hcpc import hierarchical_partition
from analysis.contingency.permanova import permanova_one_way
from analysis.contingency.permutation import activity_blocks

Run = Callable[[AuthorLabelCounts, Grouping, int], Floats]


def _association(counts: AuthorLabelCounts, grouping: Grouping, workers: int) -> Floats:
    blocks = activity_blocks(counts.totals)
    found = association(
        counts, grouping, blocks=blocks, permutations=250, replicates=120, workers=workers
    )
    return np.array([found.p_value, found.cramers_v, *found.cramers_v_interval])


def _ellipses(counts: AuthorLabelCounts, grouping: Grouping, workers: int) -> Floats:
    blocks = CrossProductBlocks.of(counts, n_blocks=64)
    boot = bootstrap_axes(blocks, 3, replicates=60, workers=workers)
    return boot.ellipses((1, 2)).to_numpy(dtype=np.float64)


def _permanova(counts: AuthorLabelCounts, grouping: Grouping, workers: int) -> Floats:
    found = permanova_one_way(hellinger(counts), grouping, permutations=250, workers=workers)
    return np.array([found.F, found.p_value])


def _axes(counts: AuthorLabelCounts, grouping: Grouping, workers: int) -> Floats:
    between = permuted_axes(counts, grouping, blocks=None, permutations=250, workers=workers)
    among = parallel_analysis(counts, 3, replicates=19, workers=workers)
    return np.concatenate(
        [between.axes.to_numpy(float).ravel(), among.axes.to_numpy(float).ravel()]
    )


@pytest.fixture
def grouping(world: AuthorLabelCounts) -> Grouping:
    return Grouping(np.random.default_rng(3).integers(0, 3, world.n_authors), ("a", "b", "c"))


@pytest.mark.parametrize("run", [_association, _ellipses, _permanova, _axes])
def test_workers_change_no_bit(run: Run, world: AuthorLabelCounts, grouping: Grouping) -> None:
    one = run(world, grouping, 1)
    for workers in (2, 5):
        np.testing.assert_array_equal(run(world, grouping, workers), one)


def test_threads_of_blas_change_no_bit_of_what_is_resampled(
    world: AuthorLabelCounts, grouping: Grouping
) -> None:
    found = []
    for threads in (1, 2):
        with threadpool_limits(limits=threads, user_api="blas"):
            found.append(_association(world, grouping, 2))
    np.testing.assert_array_equal(found[0], found[1])


def test_threads_of_blas_change_a_fit_by_rounding_only(world: AuthorLabelCounts) -> None:
    # one decomposition of a large matrix is left to BLAS, which adds in another order
    coordinates, clusters = [], []
    for threads in (1, 2):
        with threadpool_limits(limits=threads, user_api="blas"):
            ca = correspondence_analysis(world, 4)
            coordinates.append(ca.columns.coordinates.to_numpy())
            rows = ca.rows.coordinates, ca.rows.mass
            clusters.append(hierarchical_partition(*rows, 4, leaves=50).consolidated.to_numpy())
    np.testing.assert_allclose(coordinates[0], coordinates[1], rtol=0, atol=1e-11)
    np.testing.assert_array_equal(clusters[0], clusters[1])
