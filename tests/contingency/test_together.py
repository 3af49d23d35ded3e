"""Pairs on items: the closed form is that of dealing anew, and chance alone is not found."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from analysis.contingency.together import Items, pairs

LABELS = ("garment/a", "garment/b", "garment/c", "pattern/x", "pattern/y")


def drawn(rng: np.random.Generator, authors: int, pull: float = 0.0) -> Items:
    """Return items with one garment and one pattern each; ``pull`` ties pattern x to garment a."""
    rows, author = [], []
    for who in range(authors):
        taste = rng.dirichlet([2, 2, 2])
        lean = rng.beta(2, 3)
        for _ in range(int(rng.integers(2, 15))):
            garment = rng.choice(3, p=taste)
            own = pull if garment == 0 and rng.random() < pull else lean
            rows.append((garment, 3 if rng.random() < max(own, lean) else 4))
            author.append(who)
    matrix = np.zeros((len(rows), 5))
    for row, places in enumerate(rows):
        matrix[row, list(places)] = 1
    return Items(
        sparse.csr_array(matrix), np.array(author), np.ones(len(rows), dtype=np.int64), LABELS
    )


def test_expected_authors_are_those_of_dealing_anew() -> None:
    rng = np.random.default_rng(0)
    items = drawn(rng, 60, 0.8)
    found = pairs(items, least=5).set_index(["FIRST", "SECOND"])
    dense = items.matrix.toarray()
    shown = []
    for _ in range(400):
        order = np.lexsort((rng.random(len(items.author)), items.author))
        dealt = dense[order][:, 3:]
        shown.append(
            [
                np.unique(items.author[(dense[:, g] > 0) & (dealt[:, p] > 0)]).size
                for g in range(3)
                for p in range(2)
            ]
        )
    mean, error = np.mean(shown, axis=0), np.std(shown, axis=0) / 20
    expected = [found.loc[(g, p), "EXPECTED"] for g in LABELS[:3] for p in LABELS[3:]]
    assert (np.abs(mean - expected) < 4 * error + 1e-9).all()


def test_chance_is_found_as_rarely_as_promised_and_a_tie_is() -> None:
    rng = np.random.default_rng(1)
    p_values = np.concatenate([pairs(drawn(rng, 80), least=5)["P"] for _ in range(60)])
    # six dependent pairs in each of sixty worlds; the correction for continuity keeps below 0.05
    assert (p_values < 0.05).mean() < 0.06
    found = pairs(drawn(rng, 300, 0.95)).set_index(["FIRST", "SECOND"])
    tied = found.loc[("garment/a", "pattern/x")]
    assert tied["Q"] < 0.001
    assert 1 < tied["LOW"] < tied["LIFT"] < tied["HIGH"]


def test_one_busy_author_is_one_author() -> None:
    matrix = sparse.csr_array(np.array([[1.0, 1.0], [1.0, 1.0]]))
    items = Items(matrix, np.array([0, 1]), np.array([500, 1]), ("garment/a", "pattern/x"))
    assert pairs(items, least=1).empty  # nothing could be dealt otherwise
    with pytest.raises(ValueError, match="one row per kind"):
        Items(matrix, np.array([0]), np.array([1]), ("garment/a", "pattern/x"))
