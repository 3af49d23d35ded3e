"""A small panel with planted styles in two halves of a window."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.contingency.counts import AuthorLabelCounts, as_sparse
from analysis.segmentations.explained import Halves

LABELS = (*(f"item/{k:02d}" for k in range(24)), "shoe_brand/a", "shoe_brand/b")


def panel(
    rng: np.random.Generator, *, authors: int = 900, styles: int = 3, strength: float = 1.0
) -> tuple[AuthorLabelCounts, Halves, np.ndarray]:
    """Return counts, halves and the style of each author; no style counts at strength 0."""
    base = rng.dirichlet(np.full(len(LABELS), 4.0))
    profiles = base * np.exp(strength * rng.normal(size=(styles, len(LABELS))))
    profiles /= profiles.sum(axis=1, keepdims=True)
    style = np.arange(authors) % styles
    taste = np.stack([rng.dirichlet(150 * profiles[s]) for s in style])
    totals = np.maximum(8, np.exp(rng.normal(4.0, 0.7, authors))).astype(int)
    both = [rng.multinomial(totals, taste) for _ in range(2)]
    names = np.arange(100, 100 + authors)
    first, second, whole = (
        AuthorLabelCounts(as_sparse(counts), names, LABELS) for counts in (*both, both[0] + both[1])
    )
    return whole, Halves(first, second), style


def features(authors: np.ndarray, rng: np.random.Generator, style: np.ndarray) -> pd.DataFrame:
    """Return features in which comments and the flag go with the first style."""
    own = style == 0
    return pd.DataFrame(
        {
            "AUTHOR_INDEX": authors,
            "FLAG": rng.random(len(authors)) < np.where(own, 0.3, 0.03),
            "COMMENTS_MEAN": np.exp(rng.normal(np.where(own, 2.0, 0.0), 1.0)),
            "N_LABELLED_IMAGES": 50,
            "FOLLOWERS": np.exp(rng.normal(8.0, 1.5, len(authors))),
        }
    )
