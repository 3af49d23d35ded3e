import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from analysis.segmentations.statistical import CorrespondenceClusters, LatentClasses
from tests.segmentations.conftest import SMALL, draw


def test_correspondence_clusters_find_the_styles(world):
    fitted = CorrespondenceClusters(clusters=5, axes=8).fit(world.counts)
    found = fitted.assign(world.counts)
    assert adjusted_rand_score(world.dominant, found.codes) > 0.5
    assert not found.abstained.any()
    fresh = draw(SMALL, 200)
    assert adjusted_rand_score(fresh.dominant, fitted.assign(fresh.counts).codes) > 0.4


def test_correspondence_clusters_choose_a_number_and_repeat(world):
    settings = CorrespondenceClusters(axes=8, most=8)
    first, again = settings.fit(world.counts), settings.fit(world.counts)
    assert 3 <= len(first.segments) <= 8
    assert (first.assign(world.counts).codes == again.assign(world.counts).codes).all()


def test_latent_classes_choose_about_as_many_as_there_are(world):
    fitted = LatentClasses(numbers=(1, 3, 5, 7), starts=1).fit(world.counts)
    assert fitted.mixture.n_components in {5, 7}
    assert list(fitted.criteria["K"]) == [1, 3, 5, 7]
    found = fitted.assign(world.counts)
    assert found.posterior.sum(axis=1) == pytest.approx(np.ones(1500))


def test_latent_classes_may_say_that_there_is_nothing(nothing):
    fitted = LatentClasses(numbers=(1, 2, 4), criterion="bic", starts=1).fit(nothing.counts)
    assert fitted.mixture.n_components == 1
