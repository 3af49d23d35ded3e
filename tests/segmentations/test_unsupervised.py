from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from analysis.segmentations.interface import Segmentation
from analysis.segmentations.stability import thin
from analysis.segmentations.unsupervised import FactorClusters, label_vectors

SETTINGS = [
    FactorClusters("nmf", "kmeans", factors=6, clusters=5),
    FactorClusters("lda", "kmeans", factors=6, clusters=5),
    FactorClusters("ppmi", "kmeans", factors=6, clusters=5),
    FactorClusters("ppmi", "gmm", factors=6, clusters=5),
]


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda s: s.method)
def test_finds_something_and_repeats(settings, world):
    first = settings.fit(world.counts, seed=1).assign(world.counts)
    again = settings.fit(world.counts, seed=1).assign(world.counts)
    assert (first.codes == again.codes).all()
    assert adjusted_rand_score(world.dominant, first.codes) > 0.25
    assert len(first.segments) == 5


def test_stored_zeros_do_no_harm(world):
    half = replace(world.counts, matrix=thin(world.counts.matrix, np.random.default_rng(0))[0])
    assert (half.matrix.data == 0).any()
    for settings in SETTINGS[:2]:
        assert len(settings.fit(half).assign(half).segments) == 5


def test_noise_is_allowed(world):
    settings = FactorClusters("ppmi", "hdbscan", factors=4, clusters=10)
    found = settings.fit(world.counts).assign(world.counts)
    assert found.posterior.shape == (1500, len(found.segments))
    assert found.abstained.any()


def test_where_all_is_noise_nobody_is_assigned():
    none = Segmentation.of("m", "1", {}, np.arange(3), (), np.zeros((3, 0)))
    assert none.abstained.all()
    assert none.describe().empty


def test_labels_worn_together_lie_together(world):
    vectors = label_vectors(world.counts, 6)
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    nearness = unit @ unit.T
    place = {label: j for j, label in enumerate(world.counts.labels)}
    within = [
        np.mean([nearness[place[a], place[b]] for a in rule for b in rule if a != b])
        for rule in world.rules.values()
    ]
    assert np.mean(within) > nearness.mean() + 0.08
