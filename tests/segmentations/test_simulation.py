import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from analysis.segmentations.simulation import World
from tests.segmentations.conftest import SMALL, draw


def test_world_is_a_function_of_its_seed():
    first, again, other = draw(SMALL, 200), draw(SMALL, 200), draw(SMALL, 200, seed=4)
    assert (first.counts.matrix != again.counts.matrix).nnz == 0
    assert (first.counts.matrix != other.counts.matrix).nnz > 0


def test_truth_is_coherent(world):
    assert np.allclose(world.weights.sum(axis=1), 1)
    assert np.allclose(world.optimal.sum(axis=1), 1)
    assert ((world.weights > 0).sum(axis=1) > 1).mean() == pytest.approx(0.15, abs=0.03)
    assert sorted(world.rules) == ["style 1", "style 2", "style 3"]


def test_optimal_classifier_is_calibrated_and_good(world):
    assert adjusted_rand_score(world.dominant, world.optimal.argmax(axis=1)) > 0.75
    sure = world.optimal.max(axis=1)
    right = world.optimal.argmax(axis=1) == world.dominant
    assert sure.mean() == pytest.approx(right.mean(), abs=0.02)


def test_nothing_planted_means_nothing_to_find(nothing):
    assert nothing.optimal.shape == (800, 1)
    assert nothing.rules == {}


def test_tied_labels_come_in_items():
    loose = draw(World(styles=5), 300)
    tied = draw(World(styles=5, tied=4), 300)
    assert tied.counts.label_totals.sum() > 0.5 * loose.counts.label_totals.sum()
    assert tied.counts.matrix.shape == loose.counts.matrix.shape
