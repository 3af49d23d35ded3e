"""Telling labels: those planted, and none by chance."""

from __future__ import annotations

import numpy as np

from analysis.contingency.counts import AuthorLabelCounts, Grouping
from analysis.segmentations.telling import FEWEST, telling_labels


def _counts(rng: np.random.Generator, lift: float) -> tuple[AuthorLabelCounts, Grouping]:
    n, labels = 800, 30
    group = np.where(rng.random(n) < 0.2, "edgy", "other")
    taste = rng.dirichlet(np.full(labels, 6.0), n)
    taste[group == "edgy", 0] *= lift
    counts = rng.poisson(60 * taste)
    counts[:, -1] = 0
    counts[:3, -1] = 5  # a label of three authors
    names = tuple(f"item/{k}" for k in range(labels))
    return AuthorLabelCounts(counts, np.arange(n), names), Grouping.of(group)


def test_finds_the_planted_label_and_its_size() -> None:
    counts, groups = _counts(np.random.default_rng(1), lift=2.0)
    found = telling_labels(counts, groups)
    edgy = found[found["group"] == "edgy"].set_index("label")
    top = edgy.nlargest(1, "shrunk").index[0]
    assert top == "item/0"
    assert edgy.loc["item/0", "q"] < 1e-6
    # the label grows at the cost of all others, so its odds rise by a little less than two
    assert edgy.loc["item/0", "low"] < 2.0 < edgy.loc["item/0", "high"] * 1.05
    assert "item/29" not in edgy.index
    assert (edgy["authors"] >= FEWEST).all()


def test_finds_nothing_where_nothing_is() -> None:
    counts, groups = _counts(np.random.default_rng(2), lift=1.0)
    found = telling_labels(counts, groups)
    assert (found["q"] > 0.05).all()
