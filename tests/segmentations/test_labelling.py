"""Teaching a learner: more labels teach more, and both ways of asking start from the same."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.segmentations.labelling import gain, labels_until, learning_curves, summary


def test_labels_teach_and_errors_of_the_person_cost(world) -> None:
    sure = np.ones(world.counts.n_authors)
    settings = {"batch": 25, "rounds": 5, "repeats": 3, "axes": 15}
    curves = learning_curves(world.counts, world.dominant, sure, **settings)
    table = summary(curves).set_index(["STRATEGY", "LABELS"])["PRECISION"]
    assert (table.xs(25, level="LABELS").round(9).nunique()) == 1
    for strategy in ("at random", "least sure"):
        assert table[strategy, 150] > table[strategy, 25] + 0.05
    until = labels_until(curves, float(table["at random", 100]))
    assert until["at random"] <= 100
    assert np.isnan(labels_until(curves, 1.01)).all()
    estimate, (low, high) = gain(curves)
    assert low <= estimate <= high
    again = learning_curves(world.counts, world.dominant, sure, **settings)
    assert again.equals(curves)
    doubtful = learning_curves(world.counts, world.dominant, sure * 0.6, **settings)
    assert doubtful["PRECISION"].mean() < curves["PRECISION"].mean() - 0.05


def test_what_cannot_be_taught_is_refused(world) -> None:
    n = world.counts.n_authors
    with pytest.raises(ValueError, match="fewer than two styles"):
        learning_curves(world.counts, np.zeros(n, dtype=int), np.ones(n))
    with pytest.raises(ValueError, match="too few"):
        learning_curves(world.counts, world.dominant, np.ones(n), batch=200)
