import numpy as np
import pytest

from analysis.contingency.counts import AuthorLabelCounts
from analysis.segmentations.foresight import held_out
from analysis.segmentations.stability import thin


def test_labels_foretold_separate_styles_from_bands(few, world, features):
    first, second = thin(world.counts.matrix, np.random.default_rng(0))
    parts = [
        AuthorLabelCounts(part, world.counts.authors, world.counts.labels)
        for part in (first, second)
    ]
    found = held_out(few, *parts, features, replicates=99)
    gains = found.gains.set_index("METHOD")
    assert abs(gains.loc["follower bands", "GAIN"]) < 0.01
    assert gains.loc["hybrid", "LOW"] > 0.03
    differences = found.differences.set_index("METHOD")
    assert differences.loc["follower bands", "HIGH"] < 0
    best = differences["BEST"].iloc[0]
    assert differences.loc[best, ["DIFFERENCE", "LOW", "HIGH"]].tolist() == [0, 0, 0]
    with pytest.raises(ValueError, match="same authors"):
        held_out(few, parts[0], parts[1].select_authors(np.arange(9)), features)
