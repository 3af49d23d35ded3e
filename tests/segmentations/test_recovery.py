import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from analysis.segmentations.interface import Segment, Segmentation
from analysis.segmentations.recovery import Planted, calibration_error, rand_of, recovery

SEGMENTS = (Segment("a", ""), Segment("b", ""), Segment("proposal 1", "", (), "proposed"))


def segmentation(posterior, membership=None) -> Segmentation:
    posterior = np.asarray(posterior, dtype=float)
    authors = np.arange(len(posterior))
    return Segmentation.of("m", "1", {}, authors, SEGMENTS, posterior, membership=membership)


def planted(dominant) -> Planted:
    dominant = np.asarray(dominant)
    return Planted(("a", "b", "c"), dominant, np.eye(3, dtype=bool)[dominant], ("c",))


def test_perfect_recovery():
    dominant = np.repeat([0, 1, 2], 20)
    found = recovery(segmentation(np.eye(3)[dominant]), planted(dominant))
    assert found.adjusted_rand == found.accuracy == found.covered == 1.0
    assert found.adjusted_rand_interval == (1.0, 1.0)
    assert found.membership_jaccard == 1.0
    assert found.discovered == {"c": 1.0}
    assert found.by_style["F1"].tolist() == [1.0, 1.0, 1.0]
    assert found.by_style["NAMED"].tolist() == [True, True, False]
    assert np.isnan(found.calibration_error)


def test_a_wrong_name_costs_f1_though_the_partition_is_right():
    dominant = np.repeat([0, 1, 2], 20)
    swapped = np.array([1, 0, 2])[dominant]
    found = recovery(segmentation(np.eye(3)[swapped]), planted(dominant))
    assert found.adjusted_rand == 1.0
    assert found.by_style["F1"].tolist() == [0.0, 0.0, 1.0]


def test_second_memberships_count():
    dominant = np.zeros(4, dtype=int)
    truth = Planted(("a", "b", "c"), dominant, np.array([[True, True, False]] * 4))
    posterior = np.array([[1.0, 0, 0]] * 4)
    alone = recovery(segmentation(posterior), truth)
    both = recovery(segmentation(posterior, np.array([[1.0, 0.9, 0]] * 4)), truth)
    assert alone.membership_jaccard == 0.5
    assert both.membership_jaccard == 1.0


def test_calibration_error_of_overconfidence():
    right = np.array([True] * 60 + [False] * 40)
    assert calibration_error(np.full(100, 0.9), right) == pytest.approx(0.3)
    assert calibration_error(np.full(100, 0.6), right) == pytest.approx(0.0, abs=1e-12)


def testrand_of_of_a_table_equals_sklearn():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 4, 300), rng.integers(0, 3, 300)
    table = np.zeros((4, 3))
    np.add.at(table, (a, b), 1)
    assert rand_of(table) == pytest.approx(adjusted_rand_score(a, b))
