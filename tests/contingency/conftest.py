"""Small worlds for tests of the statistics on labels."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.contingency.counts import AuthorLabelCounts, as_sparse


@pytest.fixture(scope="session")
def world() -> AuthorLabelCounts:
    """400 authors of three tastes x 30 labels: sparse, clustered, heavy-tailed activity."""
    rng = np.random.default_rng(20261)
    authors, labels = 400, 30
    base = rng.dirichlet(np.full(labels, 0.6))
    tastes = base * np.exp(rng.normal(0, 0.9, (3, labels)))
    tastes /= tastes.sum(axis=1, keepdims=True)
    taste = rng.integers(0, 3, authors)
    activity = np.ceil(rng.lognormal(3.5, 1.2, authors)).astype(int)
    shares = np.stack([rng.dirichlet(60 * tastes[t] + 1e-6) for t in taste])
    counts = np.stack([rng.multinomial(n, p) for n, p in zip(activity, shares, strict=True)])
    return AuthorLabelCounts(
        as_sparse(counts),
        np.arange(1000, 1000 + authors),
        tuple(f"label {k:02d}" for k in range(labels)),
    ).without_empty()
