from analysis.segmentations.tuning import tune
from analysis.segmentations.unsupervised import FactorClusters


def test_tuning_prefers_clusters_that_are_there(world, nothing):
    one = FactorClusters("ppmi", "kmeans", factors=6, clusters=5)
    there = tune(world.counts, [one], splits=1).iloc[0]
    absent = tune(nothing.counts, [one], splits=1).iloc[0]
    assert there["HELD_OUT"] > 0.02 > absent["HELD_OUT"]
    assert there["STABILITY"] > absent["STABILITY"] + 0.2
